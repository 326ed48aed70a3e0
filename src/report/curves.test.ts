import { expect, test } from "vitest";
import { Failure } from "../base/index.ts";
import { checkCurves } from "./curves.ts";

test("accepts what can be shown and refuses the rest with advice", () => {
  checkCurves({ time: [0], curves: [{ name: "A", values: Float64Array.of(NaN) }] });
  expect(() => checkCurves({ time: [0], curves: [] })).toThrow(Failure);
  expect(() => checkCurves({ time: [], curves: [{ name: "A", values: [] }] })).toThrow(/no time point/);
  expect(() => checkCurves({ time: [0, 1], curves: [{ name: "A", values: [1] }] })).toThrow(
    /curve "A" has 1 values for 2 times\n.*one value per time/,
  );
});
