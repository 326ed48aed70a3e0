import { expect, test } from "vitest";
import { checkOpenLengths, checkRandomFunctions } from "./support/trace-cases.ts";

test("more random functions", () => {
  expect(checkRandomFunctions(1000, 400).wrong).toEqual([]);
}, 600_000);

test("more random functions of arrays of open length", () => {
  expect(checkOpenLengths(1000, 400).wrong).toEqual([]);
}, 600_000);
