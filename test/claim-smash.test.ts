import { describe, expect, test } from "vitest";
import { multiplySparse, poisson } from "calculemus/array";
import { inner, outer, powerLaw, rowDense, rowHash, run, same, scattered } from "../claims/smash.ts";

describe("claim smash", () => {
  test("all formulations give the product, and a wrong one is noticed", () => {
    for (const matrix of [poisson(6), scattered(50, 5), powerLaw(6, 6)]) {
      const wanted = multiplySparse(matrix, matrix);
      for (const method of [rowHash, rowDense, outer, inner]) {
        const found = method(matrix, matrix);
        expect(same(found, wanted)).toBe(true);
        found.values[0] += 1;
        expect(same(found, wanted)).toBe(false);
      }
    }
  });

  test("tells times beside one another", async () => {
    const result = await run({ machine: "a machine", log: () => undefined }, { matrices: () => [["grid", poisson(8)]], rounds: 1 }); // oxfmt-ignore
    expect(result.evidence.map(({ grade }) => grade)).toEqual(["sampled", "cross-checked"]);
    expect(result.evidence[1].statement).toContain("exactly");
    expect(result.summary).toMatch(/grid: outer [\d.]+, inner \d+, dense [\d.]+/);
  });
});
