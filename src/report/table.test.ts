import * as fc from "fast-check";
import { expect, test } from "vitest";
import { displayWidth, table } from "./table.ts";

test("numbers stand at the right, text at the left, the header is underlined", () => {
  const rows = [
    ["Rodas5P", 12, 1.5e-7],
    ["BDF", 1234, 0.25],
  ];
  expect(table(rows, { header: ["method", "steps", "error"] })).toBe(
    ["method   steps   error", "───────  ─────  ──────", "Rodas5P     12  1.5e-7", "BDF       1234    0.25"].join("\n"),
  );
});

test("long text is shortened in the middle, numbers never", () => {
  const rows = [["gTetR(lac!1,lac!2).pLacI(tet!1)", 123456]];
  expect(table(rows, { width: 24 })).toBe("gTetR(la…(tet!1)  123456");
});

test("columns without room are left out behind a mark", () => {
  expect(table([[1111111, 2222222, 3333333]], { width: 20, digits: 7 })).toBe("1111111  2222222  …");
});

test("rows of different lengths, empty cells, control characters, no rows", () => {
  expect(table([["a"], ["b\n\u001b[2J", 1], [null, undefined, true]])).toBe("a\nb [2J  1\n          true");
  expect(table([])).toBe("");
  expect(table([], { header: ["a"] })).toBe("a\n─");
});

test("wide characters count twice, combining marks not", () => {
  expect(displayWidth("水")).toBe(2);
  expect(displayWidth("e\u0301")).toBe(1);
});

test("no line is wider than the terminal", () => {
  const cell = fc.oneof(fc.string(), fc.integer({ min: -99, max: 99 }));
  fc.assert(
    fc.property(
      fc.array(fc.array(cell, { maxLength: 6 }), { maxLength: 6 }),
      fc.integer({ min: 20, max: 60 }),
      (rows, width) =>
        table(rows, { width })
          .split("\n")
          .every((line) => displayWidth(line) <= width),
    ),
  );
});
