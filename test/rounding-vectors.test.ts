// Rounding against ../shared/data/rounding: results of an independent exact oracle (its README has the layout), by the fast
// path and by the oracle of this repository. Object.is semantics: the sign of zero counts.
import { describe, expect, test } from "vitest";
import { exact, type FloatFormat, formatNamed, numberOf, roundExact, rounder, type RoundingMode, type RoundOptions } from "../src/number/index.ts"; // oxfmt-ignore
import { hasShared, sharedGzip } from "./support/shared.ts";

const FORMATS = {
  e5m10: "binary16",
  e8m7: "bfloat16",
  e4m3fn: "e4m3fn",
  e5m2: "e5m2",
  e2m1fn: "e2m1fn",
  e8m23: "binary32",
};
const PLANES: readonly RoundOptions[] = [
  ...(["nearest-even", "toward-zero", "up", "down", "nearest-away", "nearest-zero", "to-odd"] as RoundingMode[]).map((mode) => ({ mode })), // oxfmt-ignore
  { mode: "nearest-even", overflow: "propagate" },
];
const absent = !hasShared("rounding/e5m10.bin.gz");

describe.skipIf(absent)(`rounding vectors${absent ? " (skipped: ../shared/data is absent)" : ""}`, () => {
  for (const [file, name] of Object.entries(FORMATS)) {
    const format = formatNamed(name) as FloatFormat;

    test(`${file}: eight deterministic planes`, () => {
      const bytes = sharedGzip(`rounding/${file}.bin.gz`);
      expect(bytes.toString("latin1", 0, 4)).toBe("CRV1");
      const n = bytes.readUInt32LE(4);
      let checked = 0;
      let wrong = 0;
      PLANES.forEach((options, plane) => {
        const fast = rounder(format, options);
        for (let i = 0; i < n; i++) {
          const x = bytes.readDoubleLE(8 + 8 * i);
          const expected = bytes.readFloatLE(8 + 8 * n + 4 * n * plane + 4 * i);
          checked += 2;
          if (!Object.is(fast(x, 0), expected)) wrong++;
          if (!Object.is(numberOf(roundExact(x, format, options)), expected)) wrong++;
        }
      });
      expect(checked).toBe(16 * n);
      expect(wrong).toBe(0);
    });

    test(`${file}: stochastic rounding A, B, C with given random bits`, () => {
      const bytes = sharedGzip(`rounding/${file}.sr.bin.gz`);
      expect(bytes.toString("latin1", 0, 4)).toBe("CRS1");
      const n = bytes.readUInt32LE(4);
      let wrong = 0;
      (["stochastic-a", "stochastic-b", "stochastic-c"] as const).forEach((mode, plane) => {
        for (let i = 0; i < n; i++) {
          const x = bytes.readDoubleLE(8 + 8 * i);
          const random = bytes.readUInt32LE(8 + 8 * n + 4 * i);
          const expected = bytes.readFloatLE(8 + 12 * n + 4 * n * plane + 4 * i);
          const options = { mode, random, bits: bytes[8 + 24 * n + i] };
          if (!Object.is(rounder(format, options)(x, 0), expected)) wrong++;
          if (!Object.is(numberOf(roundExact(exact(x), format, options)), expected)) wrong++;
        }
      });
      expect(n).toBe(1500);
      expect(wrong).toBe(0);
    });
  }
});
