// The claims autonumerics and functional-hash, small: the same code with less time, and what would refute them.
import { describe, expect, test } from "vitest";
import * as autonumerics from "../claims/autonumerics.ts";
import { exp2Programs, timeExp2 } from "../claims/autonumerics-single.ts";
import * as hash from "../claims/functional-hash.ts";

const context = { machine: "test", log: () => undefined };

describe("autonumerics", () => {
  test("proves what it finds and says what it misses", async () => {
    const { evidence, short } = await autonumerics.search(context, { operations: 4, time_ms: 4000, seeds: [1], islands: 1, single: 1 }); // oxfmt-ignore
    const programs = evidence.filter(({ grade }) => grade === "proved");
    expect(programs.length).toBeGreaterThan(2);
    for (const { bound, statement } of programs) {
      expect(bound).toBeGreaterThan(0);
      expect(statement).toMatch(/^2\^x on \[0, 1\], \d operations, seed 1: \d\.\d\d digits \(known/);
    }
    // Two operations are a line; nothing known is beaten by more than rounding.
    const line = programs.find(({ statement }) => statement.includes(", 2 operations"))!;
    expect(line.measured!.digits).toBeCloseTo(1.525, 2);
    for (const each of short) expect(each).toMatch(/operations, seed 1/);
  });

  test("its single-precision polynomial keeps a unit at samples, and both kinds are timed", async () => {
    const programs = await exp2Programs(1500);
    expect(programs.map(({ what }) => what)).toEqual([expect.stringContaining("polynomial"), "evolved"]);
    const { ours, engine } = timeExp2(programs.map(({ given }) => given));
    for (const time of [...ours, engine]) expect(time).toBeGreaterThan(0);
  }, 60_000);
});

describe("functional-hash", () => {
  test("finds the same with and without the cache", async () => {
    const { evidence, summary } = await hash.run(context, { children: 1500, operations: 3, seeds: [4] });
    expect(summary).toContain("identical results");
    for (const { measured } of evidence) expect(measured!.evaluationsWith).toBeLessThan(measured!.evaluationsWithout);
  });
});
