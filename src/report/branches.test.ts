import { expect, test } from "vitest";
import { Failure } from "../base/index.ts";
import { plotBranches } from "./branches.ts";

const LABELS = { xLabel: "r", yLabel: "x < 1", title: "A & B" };

test("solid where stable, dashed where not, a mark for each point", () => {
  const svg = plotBranches(
    {
      branches: [{ x: [0, 1, 2, 3], y: [0, 1, 1.5, 2], unstable: [0, 0, 1, 1] }],
      marks: [{ kind: "hopf", x: 1.5, y: 1.25 }],
    },
    LABELS,
  );
  const paths = [...svg.matchAll(/<path d="(M[^"]*L[^"]*)" fill="none"[^>]*>/g)];
  expect(paths).toHaveLength(2);
  expect(paths[0][0]).not.toContain("dasharray");
  expect(paths[1][0]).toContain("dasharray");
  // The pieces meet: three points and two.
  expect(paths.map(([, d]) => d.split("L").length)).toEqual([3, 2]);
  expect(svg).toContain("Hopf point, r = 1.5");
  expect(svg).toContain("A &amp; B");
  expect(svg).toContain("x &lt; 1");
  expect(svg).not.toMatch(/NaN|undefined|Infinity/);
});

test("a branch of one point and equal values still have axes", () => {
  const svg = plotBranches({ branches: [{ x: [1], y: [2], unstable: [0] }], marks: [] }, LABELS);
  expect(svg).not.toMatch(/NaN|undefined|Infinity/);
});

test("nothing to draw is refused", () => {
  expect(() => plotBranches({ branches: [], marks: [] }, LABELS)).toThrow(Failure);
});
