import { describe, expect, test } from "vitest";
import { fromTriplets, poisson, toLayout } from "../array/index.ts";
import { spy } from "./spy.ts";

describe("spy", () => {
  test("draws a square an entry of a small matrix", () => {
    const matrix = fromTriplets({ rows: 3, cols: 4, row: [0, 2, 2], col: [1, 2, 3], values: [1, 1, 1] });
    const picture = spy(matrix, { title: "a < b", size: 400 });
    expect(picture).toContain("3 × 4, 3 entries (25 % of all places)");
    expect(picture).toContain("a &lt; b");
    // Row 2 has a run of two squares of 100 pixels, row 0 one.
    expect(picture).toMatch(/h100v100h-100z.*h200v100h-200z/);
    expect(picture).not.toContain("A cell is");
    expect(spy(toLayout(matrix, "csc"), { title: "a < b", size: 400 })).toBe(picture);
  });

  test("groups places of a large matrix into cells", () => {
    const picture = spy(poisson(60));
    expect(picture).toMatch(/A cell is up to 13 × 13 places; the darkest is \d+ % full/);
    expect(picture.length).toBeLessThan(300_000);
    expect(picture).toContain(">3000</text>");
  });

  test("long, narrow and empty matrices", () => {
    const long = fromTriplets({ rows: 100_000, cols: 2, row: [99_999], col: [1], values: [1] });
    expect(spy(long)).toContain("100000 × 2, 1 entry");
    expect(spy(fromTriplets({ rows: 2, cols: 2, row: [], col: [], values: [] }))).toContain("0 entries (0 % of");
    expect(() => spy(fromTriplets({ rows: 0, cols: 2, row: [], col: [], values: [] }))).toThrow("has no picture");
    expect(() => spy(long, { size: 10 })).toThrow("At least 120");
  });
});
