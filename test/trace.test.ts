import { expect, test } from "vitest";
import { checkOpenLengths, checkRandomFunctions } from "./support/trace-cases.ts";

test("random functions: traced terms have the values of the JavaScript, held ones bit for bit", () => {
  const { compared, kept, wrong } = checkRandomFunctions(0, 60);
  expect(wrong).toEqual([]);
  expect(compared).toBeGreaterThan(1500);
  expect(kept).toBeGreaterThan(100);
});

test("random functions of arrays of open length", () => {
  const { traced, wrong } = checkOpenLengths(0, 60);
  expect(wrong).toEqual([]);
  expect(traced).toBeGreaterThan(10);
});
