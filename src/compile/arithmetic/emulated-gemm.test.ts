// Products against the same steps in exact rationals, each rounded by the oracle.
import { expect, test } from "vitest";
import { adversarial } from "../../../test/support/adversarial.ts";
import { formatNamed, numberOf, Q, randomBits, roundExact, roundingMode } from "../../number/index.ts";
import { emulatedProduct, type EmulatedProductOptions } from "./emulated-gemm.ts";

/** One entry, step by step. */
function entry(x: readonly number[], y: readonly number[], options: EmulatedProductOptions, place: number): number {
  const format = formatNamed(options.format as string);
  const accumulate = formatNamed((options.accumulate ?? options.format) as string);
  const mode = roundingMode(options.rounding ?? "rne");
  const k = x.length;
  const random = (p: number, word: number, bits: number): number =>
    randomBits(options.seed ?? 0, 0, 4 * (place * k + p) + word, bits);
  const round = (
    value: ReturnType<typeof Q.rational>,
    to: typeof format,
    p: number,
    word: number,
    zero: number,
  ): number => {
    if (value === 0) return zero;
    const bits = options.bits ?? 32;
    return numberOf(
      roundExact(value, to, mode.startsWith("stochastic") ? { mode, bits, random: random(p, word, bits) } : { mode }),
    );
  };
  const add = (a: number, b: number, p: number): number =>
    round(Q.add(Q.fromNumber(a), Q.fromNumber(b)), accumulate, p, 1, a + b);
  let total = 0;
  const block = options.block ?? k;
  for (let from = 0; from < k; from += block) {
    let sum = 0;
    for (let p = from; p < Math.min(from + block, k); p++) {
      const product = Q.multiply(Q.fromNumber(x[p]), Q.fromNumber(y[p]));
      if (options.products === "exact") sum = round(Q.add(Q.fromNumber(sum), product), accumulate, p, 1, 0);
      else sum = add(sum, round(product, format, p, 0, x[p] * y[p]), p);
    }
    total = options.block === undefined ? sum : add(total, sum, from);
  }
  return total;
}

const CASES: readonly EmulatedProductOptions[] = [
  { format: "binary16" },
  { format: "e4m3fn", overflow: "saturate" },
  { format: "e5m2" },
  { format: "bfloat16" },
  { format: "bfloat16", accumulate: "binary32" },
  { format: "e4m3fn", accumulate: "binary32" },
  { format: "e4m3fn", accumulate: "binary16" },
  { format: "binary16", rounding: "rtz" },
  { format: "tf32", rounding: "rup" },
  { format: "binary32" },
  { format: "binary16", block: 3 },
  { format: "binary16", products: "exact" },
  { format: "e4m3fn", products: "exact", accumulate: "binary32" },
  { format: "binary32", products: "exact", rounding: "rdn" },
  { format: "bfloat16", rounding: "sra", bits: 20, seed: 3 },
  { format: "e5m2", rounding: "sre", bits: 32, seed: 4 },
];

test("every entry equals the exact steps", () => {
  const [m, k, n] = [3, 11, 13];
  const differences: string[] = [];
  for (const options of CASES) {
    const format = formatNamed(options.format as string);
    const next = adversarial(format, 5);
    const value = (): number => {
      // Of moderate size, so that sums mean something; now and then tiny.
      for (;;) {
        const x = numberOf(roundExact(next(), format));
        if (Math.abs(x) <= 2 ** 6) return x;
      }
    };
    const a = Float64Array.from({ length: m * k }, value);
    const b = Float64Array.from({ length: k * n }, value);
    const { multiply, plan } = emulatedProduct(options);
    const c = multiply(a, b, { m, k, n });
    // Random numbers are numbered by padded rows.
    const group = plan.lanes === "f32x4" ? 16 : 8;
    const padded = Math.ceil(n / group) * group;
    for (let i = 0; i < m; i++)
      for (let j = 0; j < n; j++) {
        const x = Array.from({ length: k }, (_, p) => a[i * k + p]);
        const y = Array.from({ length: k }, (_, p) => b[p * n + j]);
        const expected = entry(x, y, options, i * padded + j);
        if (c[i * n + j] !== expected)
          differences.push(`${JSON.stringify(options)} (${i}, ${j}): ${c[i * n + j]}, not ${expected}`);
      }
  }
  expect(differences.slice(0, 8)).toEqual([]);
});

test("the lanes are chosen with a reason", () => {
  expect(emulatedProduct({ format: "binary16" }).plan.lanes).toBe("f32x4");
  expect(emulatedProduct({ format: "e4m3fn", accumulate: "binary32" }).plan.lanes).toBe("f32x4");
  expect(emulatedProduct({ format: "bfloat16" }).plan.reason).toContain("range");
  expect(emulatedProduct({ format: "binary16", rounding: "rtz" }).plan.reason).toContain("toward-zero");
});

test("shapes and formats that do not fit are refused", () => {
  const { multiply } = emulatedProduct({ format: "binary16" });
  expect(() => multiply(new Float64Array(5), new Float64Array(6), { m: 2, k: 3, n: 2 })).toThrow("A has 5 entries");
  expect(() => multiply(new Float64Array(6), new Float64Array(5), { m: 2, k: 3, n: 2 })).toThrow("B has 5 entries");
  expect(() => multiply(new Float64Array(6), new Float64Array(6), { m: -2, k: 3, n: 2 })).toThrow("m = -2");
  expect([...multiply(new Float64Array(0), new Float64Array(0), { m: 2, k: 0, n: 2 })]).toEqual([0, 0, 0, 0]);
  expect(() => emulatedProduct({ format: "posit16" })).toThrow("no float format");
  expect(() => emulatedProduct({ format: "binary64" })).toThrow("binary64");
  expect(() => emulatedProduct({ format: "binary16", block: 0 })).toThrow("blocks of 0");
});
