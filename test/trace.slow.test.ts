import { expect, test } from "vitest";
import { checkRandomFunctions } from "./support/trace-cases.ts";

test("more random functions", () => {
  expect(checkRandomFunctions(1000, 1000).wrong).toEqual([]);
});
