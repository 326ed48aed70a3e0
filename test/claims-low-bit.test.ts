// The claims about products of few bits, each run once at a small scale.
import { codeFormatOf } from "calculemus/compile";
import type { ClaimContext } from "calculemus/claims";
import { formatNamed } from "calculemus/number";
import { expect, test } from "vitest";
import * as bipolar from "../claims/bipolar.ts";
import { Products } from "../claims/low-bit.ts";
import * as lookup from "../claims/lut-mpgemm.ts";
import * as marlin from "../claims/marlin.ts";
import * as tilus from "../claims/tilus.ts";

const context: ClaimContext = { machine: "test", log: () => undefined };

// Verdicts depend on times here too, so only what does not is asked for.

test("bipolar: no result is wrong", () => {
  expect(bipolar.wrongProducts([1, 130])).toEqual({ wrong: 0, compared: 64 * 2 * 15 });
  const result = bipolar.runAt({ columns: [9], gemm: { rows: 3, columns: 200, batch: 2 }, gemv: [{ rows: 5, columns: 130 }] }, context); // oxfmt-ignore
  expect(result.evidence[0].bound).toBe(0);
  expect(result.evidence).toHaveLength(3);
});

test("lut-mpgemm: whole results are exact, scaled ones within rounding", () => {
  const result = lookup.runAt([{ rows: 35, columns: 131 }], context);
  expect(result.evidence[0].bound).toBe(0);
  expect(result.evidence[1].bound).toBeLessThan(1e-6);
  expect(result.evidence).toHaveLength(6);
});

test("marlin: products are within rounding", () => {
  const result = marlin.runAt({ rows: 5, columns: 260, batches: [1, 3] }, context);
  expect(result.evidence[0].bound).toBeLessThan(1e-6);
  expect(result.evidence).toHaveLength(3);
});

test("tilus: every width is there, no result is wrong", () => {
  const formats = tilus.formats();
  const widths = (pattern: RegExp): Set<number> =>
    new Set(formats.filter(({ name }) => pattern.test(name)).map(({ format }) => format.bits));
  for (const kind of [/^uint/, /^int/, /, finite$/]) expect(widths(kind).size).toBe(8);
  // The finite split with 2 exponent bits and 1 fraction bit is the OCP format.
  expect(formats.find(({ name }) => name === "e2m1, finite")!.format).toEqual(codeFormatOf(formatNamed("e2m1fn")));
  const result = tilus.run(context, { batch: 1, rows: 1, columns: 9, step: 9 });
  expect(result.verdict).toBe("shown");
  expect(result.evidence[0].bound).toBe(0);
});

test("every way that is timed is compared with plain sums", () => {
  const products = new Products({ rows: 33, columns: 140 });
  const ways = [products.planes(3, 2), products.lookup(3)];
  expect(ways.map((way) => way.check())).toEqual([0, 0]);
  expect(products.floats().check()).toBeLessThan(1e-6);
  products.dispose();
});
