import { expect, test } from "vitest";
import { checkRequirement, digitsReached, shortfall, weaker } from "./evidence.ts";

test("digits are counted against the maximum of the curve", () => {
  const reference = [0, 50, 100];
  expect(digitsReached([0, 50, 100.05], reference)).toBeCloseTo(3, 10);
  expect(digitsReached([0.05, 50, 100], reference)).toBeCloseTo(3, 10);
  expect(digitsReached(reference, reference)).toBe(16);
  expect(digitsReached([0, Number.NaN, 100], reference)).toBe(0);
});

test("requirements measure the worst point", () => {
  expect(shortfall({ relative: 1e-3, floor: 1 }, [1.001, 0.0005], [1, 0])).toBeCloseTo(1, 9);
  expect(shortfall({ relative: 1e-3 }, [1e-9], [0])).toBe(Infinity);
  expect(shortfall({ absolute: 0.1 }, [1.2], [1])).toBeCloseTo(2, 9);
});

test("impossible requirements are refused", () => {
  for (const digits of [0, -3, Number.NaN, 13, Infinity]) expect(() => checkRequirement({ digits })).toThrow(/digits/);
  expect(() => checkRequirement({ relative: -1e-3 })).toThrow("relative");
  expect(() => checkRequirement({ relative: 1e-16 })).toThrow("double precision");
  expect(() => checkRequirement({ absolute: 0 })).toThrow("positive");
  expect(() => checkRequirement({ digits: 6 })).not.toThrow();
});

test("a combined grade is the weaker one", () => {
  expect(weaker("proved", "estimated")).toBe("estimated");
  expect(weaker("none", "cross-checked")).toBe("none");
});
