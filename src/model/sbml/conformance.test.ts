import { describe, expect, test } from "vitest";
import {
  type CaseSettings, outputsOf, readResults, readSettings, readTags, score, timesOf,
} from "../index.ts"; // oxfmt-ignore
import { withinTolerance } from "./conformance.ts";

const SETTINGS = `start: 1\r
duration: 4\r
steps: 2\r
variables: A, sub__B ,C\r
absolute: 1e-3\r
relative: 0.01\r
amount: A\r
concentration: sub__B\r
`;
const settings = readSettings(SETTINGS, "s.txt");

describe("files of a case", () => {
  test("settings", () => {
    expect(settings).toEqual({ start: 1, duration: 4, steps: 2, variables: ["A", "sub__B", "C"], absolute: 1e-3, relative: 0.01, amount: ["A"], concentration: ["sub__B"] }); // oxfmt-ignore
    expect([...timesOf(settings)]).toEqual([1, 3, 5]);
    expect(outputsOf(settings)).toEqual([{ id: "A", as: "amount" }, { id: "sub__B", as: "concentration" }, { id: "C", as: undefined }]); // oxfmt-ignore
    expect(readSettings("start:\nsteps:\n", "s").steps).toBe(0);
    expect(() => readSettings("duration: long", "s.txt")).toThrow(/s\.txt: duration is "long"/);
    expect(() => readSettings("steps: 1e9", "s.txt")).toThrow(/steps/);
  });

  test("tags, in one line, in several, and malformed", () => {
    const text = "(*\n\ncategory:  Test\n componentTags: Compartment, Species,\n   Reaction ,comp:Submodel\ntestTags:      Amount;FastReaction\ntestType:      TimeCourse\n\nText: a, b\n*)"; // oxfmt-ignore
    expect(readTags(text)).toEqual({ testType: "TimeCourse", tags: ["Compartment", "Species", "Reaction", "comp:Submodel", "Amount", "FastReaction"] }); // oxfmt-ignore
    expect(readTags("testType: FluxBalanceSteadyState").testType).toBe("FluxBalanceSteadyState");
    expect(readTags("")).toEqual({ testType: "TimeCourse", tags: [] });
  });

  test("results with NaN and infinities in any case", () => {
    const { names, rows } = readResults("time,A,B\n0, 1e-3,nan\n\n1,-INF,Inf\n", "r.csv");
    expect(names).toEqual(["time", "A", "B"]);
    expect(rows).toEqual([[0, 1e-3, Number.NaN], [1, -Infinity, Infinity]]); // oxfmt-ignore
    expect(() => readResults("time,A\n0\n", "r.csv")).toThrow(/r\.csv: row 1/);
    expect(() => readResults("time,A\n0,x\n", "r.csv")).toThrow(/row 1/);
    expect(() => readResults("", "r.csv")).toThrow(/empty/);
  });
});

describe("scoring", () => {
  test("the suite's rule", () => {
    const rule = { absolute: 0.1, relative: 0.01 } as CaseSettings;
    // Allowed for 10: 0.1 + 0.1.
    expect(withinTolerance(10, 10.199, rule)).toBe(true);
    expect(withinTolerance(10, 10.201, rule)).toBe(false);
    expect(withinTolerance(-10, -9.801, rule)).toBe(true);
    expect(withinTolerance(0, Number.NaN, rule)).toBe(false);
    expect(withinTolerance(Number.NaN, Number.NaN, rule)).toBe(true);
    expect(withinTolerance(Infinity, Infinity, rule)).toBe(true);
    expect(withinTolerance(Infinity, -Infinity, rule)).toBe(false);
    expect(withinTolerance(Infinity, 1e300, rule)).toBe(false);
  });

  test("by columns, with the first wrong value in words", () => {
    const expected = readResults("Time,A,sub__B,C\n1,1,2,3\n3,1,2,3\n5,1,2,3\n", "r.csv");
    const good = [[1, 1, 1], [2, 2, 2], [3, 3, 3]]; // oxfmt-ignore
    expect(score(expected, settings, good)).toBeUndefined();
    expect(score(expected, settings, good.with(1, [2, 2.5, 2]))).toMatch(/"sub__B" is 2.5 instead of 2 at t = 3; 1 values wrong/); // oxfmt-ignore
    expect(score(expected, settings, good.slice(0, 2))).toMatch(/"C" is NaN/);
    expect(score(readResults("time,B\n0,1\n", "r"), settings, good)).toMatch(/not "A"/);
  });
});
