// Rounding of arrays in lanes gives the bits of roundArray, for every mode, overflow rule, length and place.
import { expect, test } from "vitest";
import { adversarial } from "../../../test/support/adversarial.ts";
import { formatNamed, type Overflow, roundArray, ROUNDING_MODES, type RoundingMode } from "../../number/index.ts";
import { arrayRounder, singleRounder } from "./round-kernel.ts";

const MODES = Object.keys(ROUNDING_MODES) as RoundingMode[];
const FORMATS = [
  "binary16",
  "bfloat16",
  "tf32",
  "binary32",
  "e4m3fn",
  "e5m2",
  "e2m1fn",
  "e4m3fnuz",
  "p3109:k8p4se",
  "p3109:k6p3sf",
  "e8m20",
];
const bits = (xs: ArrayLike<number>): string[] => Array.from(xs, (x) => (Object.is(x, -0) ? "-0" : String(x)));

test("double-precision arrays", () => {
  const bad: string[] = [];
  for (const name of FORMATS)
    for (const mode of MODES)
      for (const overflow of (mode === "up" ? ["ieee", "saturate", "propagate", "none"] : ["none"]) as Overflow[]) {
        const format = formatNamed(name);
        const next = adversarial(format, 3);
        const x = Float64Array.from({ length: 1400 }, next);
        const options = { mode, overflow, seed: 77_000_000_001, stream: 5, index: 12 };
        const rounder = arrayRounder(format, { ...options, bytes: 30_000 });
        expect([name, mode, rounder.road]).toEqual([name, mode, "lanes"]);
        const expected = bits(roundArray(x, format, options));
        if (bits(rounder.round(x)).join() !== expected.join()) bad.push(`${name} ${mode} ${overflow}`);
        const inside = rounder.array(1400);
        inside.set(x);
        rounder.round(inside, inside);
        if (bits(inside).join() !== expected.join()) bad.push(`${name} ${mode} ${overflow} in place`);
        rounder.dispose();
      }
  expect(bad).toEqual([]);
});

test("random bits belong to the number of the element, whatever the index and the length", () => {
  const format = formatNamed("bfloat16");
  const x = Float64Array.from({ length: 333 }, (_, i) => 1 + i / 1000);
  for (const index of [0, 4, 5, 2 ** 34 - 100, 2 ** 34 - 64]) {
    const options = { mode: "stochastic-b", bits: 9, seed: 3, index } as const;
    expect(arrayRounder(format, options).round(x)).toEqual(roundArray(x, format, options));
  }
});

test("formats without code in lanes say why, and give the same", () => {
  for (const name of ["posit16", "int8", "e8m0fnu", "p3109:k8p3uf", "binary64"]) {
    const format = formatNamed(name);
    const rounder = arrayRounder(format);
    expect(rounder.road).toBe("scalar");
    expect(rounder.reason.length).toBeGreaterThan(5);
    const x = Float64Array.of(1.3, 0, 250, 1e-9);
    expect(rounder.round(x)).toEqual(roundArray(x, format));
  }
  expect(() => arrayRounder(formatNamed("binary128"))).toThrow("beyond doubles");
});

test("single-precision arrays", () => {
  for (const name of ["binary16", "e4m3fn", "e5m2", "bfloat16", "e8m20"])
    for (const mode of MODES) {
      const format = formatNamed(name);
      if (mode.startsWith("stochastic")) {
        expect(() => singleRounder(format, { mode })).toThrow("stochastic");
        continue;
      }
      const next = adversarial(format, 8);
      const x = Float32Array.from({ length: 1100 }, next);
      const rounder = singleRounder(format, { mode });
      expect(bits(rounder.round(x))).toEqual(bits(roundArray(x, format, { mode })));
      rounder.dispose();
    }
  expect(() => singleRounder(formatNamed("binary64"))).toThrow("beyond single precision");
  expect(singleRounder(formatNamed("binary16")).road).toBe("lanes");
});

test("arrays that do not fit or overlap are refused; empty ones are not", () => {
  const rounder = arrayRounder(formatNamed("binary16"), { bytes: 1000 });
  expect(rounder.round(new Float64Array(0))).toEqual(new Float64Array(0));
  expect(() => rounder.round(new Float64Array(3), new Float64Array(2))).toThrow("3 results do not fit");
  const memory = rounder.array(10);
  expect(() => rounder.round(memory.subarray(0, 6), memory.subarray(2, 8))).toThrow("overlaps");
  rounder.dispose();
});
