import { expect, test } from "vitest";
import { checkRandomFunctions } from "./support/trace-cases.ts";

test("random functions: traced terms have the values of the JavaScript, held ones bit for bit", () => {
  const { compared, kept, wrong } = checkRandomFunctions(0, 60);
  expect(wrong).toEqual([]);
  expect(compared).toBeGreaterThan(1500);
  expect(kept).toBeGreaterThan(100);
});
