// The fast path against the oracle, longer: 2,000 doubles for each of twelve formats, all modes and overflow rules, and
// 10,000 random formats. bench/rounding-exhaustive.ts goes on from here.
import fc from "fast-check";
import { expect, test } from "vitest";
import { anyFloat, differences } from "../../test/support/fast-path.ts";
import type { FloatFormat } from "./format.ts";
import { formatNamed } from "./named-formats.ts";
import { OVERFLOW_RULES, ROUNDING_MODES, type RoundingMode } from "./rounding.ts";

const MODES = Object.keys(ROUNDING_MODES) as RoundingMode[];
const TWELVE = ["binary16", "binary32", "bfloat16", "tf32", "e5m2", "e4m3fn", "e3m2fn", "e2m3fn", "e2m1fn", "e4m3fnuz", "ue5m3", "p3109:k8p1se"]; // oxfmt-ignore

test.each(TWELVE)("%s", { timeout: 300_000 }, (name) => {
  const format = formatNamed(name) as FloatFormat;
  MODES.forEach((mode, i) =>
    OVERFLOW_RULES.forEach((rule, j) => expect(differences(format, mode, rule, 2000, 1000 + 97 * i + j)).toEqual([])),
  );
});

test("random formats", { timeout: 300_000 }, () => {
  fc.assert(
    fc.property(anyFloat, fc.constantFrom(...MODES), fc.constantFrom(...OVERFLOW_RULES), fc.nat(1e6), (format, mode, rule, seed) => {
      expect(differences(format, mode, rule, 20, seed)).toEqual([]);
    }),
    { numRuns: 10_000 },
  ); // oxfmt-ignore
});
