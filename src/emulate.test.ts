// Emulated arithmetic against exact rationals, rounded by the oracle.
import { expect, test } from "vitest";
import { formula, nativeMissing, runExactly, type TargetName } from "./compile/index.ts";
import { formatNamed, numberOf, Q, roundExact, roundingMode, type RoundingMode } from "./number/index.ts";
import { parse } from "./term/index.ts";
import { adversarial } from "../test/support/adversarial.ts";
import { compileSync } from "./formula.ts";

const FORMATS = ["binary16", "bfloat16", "tf32", "binary32", "e4m3fn", "e5m2", "e2m1fn", "e4m3fnuz", "e8m40", "e7m28"];
const MODES: readonly RoundingMode[] = [
  "nearest-even",
  "nearest-away",
  "nearest-zero",
  "up",
  "down",
  "toward-zero",
  "to-odd",
];
const N = 300;

test("every operation equals the exact one, rounded once, in every mode", () => {
  const differences: string[] = [];
  for (const name of FORMATS)
    for (const rounding of MODES) {
      const format = formatNamed(name);
      const next = adversarial(format, 11);
      // Values of the format, with neighbours, subnormals and the ends of the range among them.
      const value = (): number => numberOf(roundExact(next(), format));
      const x = Float64Array.from({ length: N }, value);
      const y = Float64Array.from({ length: N }, value);
      for (const [op, exact] of [
        ["+", Q.add],
        ["-", Q.subtract],
        ["*", Q.multiply],
        ["/", Q.divide],
      ] as const) {
        const f = compileSync(`x ${op} y`, { variables: ["x", "y"], arithmetic: { format, rounding } });
        const z = f.map({ x, y });
        for (let i = 0; i < N; i++) {
          const plain = op === "+" ? x[i] + y[i] : op === "-" ? x[i] - y[i] : op === "*" ? x[i] * y[i] : x[i] / y[i];
          const special = !Number.isFinite(x[i]) || !Number.isFinite(y[i]) || plain === 0 || (op !== "+" && op !== "-" && (x[i] === 0 || y[i] === 0)); // oxfmt-ignore
          const expected = numberOf(roundExact(special ? plain : exact(Q.fromNumber(x[i]), Q.fromNumber(y[i])), format, { mode: rounding })); // oxfmt-ignore
          // A quotient or product that is not zero may be zero in doubles.
          if (special && plain === 0 && x[i] !== 0 && y[i] !== 0 && op !== "+" && op !== "-") continue;
          if (!Object.is(z[i], expected)) differences.push(`${name} ${rounding}: ${x[i]} ${op} ${y[i]} = ${z[i]}, not ${expected}`); // oxfmt-ignore
        }
      }
      const root = compileSync("sqrt(x)", { arithmetic: { format, rounding } }).map(x);
      for (let i = 0; i < N; i++) {
        if (!(root[i] > 0) || !Number.isFinite(root[i])) continue;
        // Squares of the result and of its neighbours tell: compare with a root of 200 digits' worth of bits.
        const scaled = Q.fromNumber(x[i]);
        const shift = 1n << 400n;
        const whole = (Q.numerator(scaled) * shift * shift) / Q.denominator(scaled);
        // Newton's iteration from above.
        let s = 1n << BigInt(Math.ceil(whole.toString(2).length / 2));
        for (let next = (s + whole / s) >> 1n; next < s; next = (s + whole / s) >> 1n) s = next;
        const exactRoot = s * s === whole && whole * Q.denominator(scaled) === Q.numerator(scaled) * shift * shift;
        const near = Q.rational(exactRoot ? s : 2n * s + 1n, exactRoot ? shift : 2n * shift);
        const expected = numberOf(roundExact(near, format, { mode: rounding }));
        if (!Object.is(root[i], expected)) differences.push(`${name} ${rounding}: sqrt(${x[i]}) = ${root[i]}, not ${expected}`); // oxfmt-ignore
      }
    }
  expect(differences.slice(0, 10)).toEqual([]);
});

test("the road taken is told, and the exact road gives the same", () => {
  const text = "(x*y + 1/x)*sqrt(x) - y";
  const x = Float64Array.from({ length: 50 }, (_, i) => 0.1 + i / 7);
  for (const format of ["binary16", "e4m3fn", "e8m40"])
    for (const rounding of ["rne", "rtz", "rup"]) {
      const f = compileSync(text, { variables: ["x", "y"], arithmetic: { format, rounding } });
      expect(f.evidence[0].method).toContain(
        format === "e8m40" || rounding !== "rne" ? "made odd" : "decide every rounding",
      );
      const symbols = ["x", "y"].map((name) => parse(name));
      const { tape } = formula([parse(text, { held: true })], symbols);
      const exact = new Float64Array(x.length);
      runExactly(tape, formatNamed(format), { mode: roundingMode(rounding) }, x.length, (i, j) => (j === 0 ? x[i] : 0.75), (i, _, v) => void (exact[i] = v)); // oxfmt-ignore
      expect(f.map({ x, y: 0.75 })).toEqual(exact);
    }
  const posit = compileSync("x*y + 1", { variables: ["x", "y"], arithmetic: { format: "posit16" } });
  expect(posit.evidence[0]).toMatchObject({ grade: "proved" });
  expect(posit.evidence[0].method).toContain("posit16 is no float format");
  expect(posit(1.5, 2)).toBe(4);
  expect(posit.target).toBe("exact");
  expect(posit.plan).toMatchObject({ chosen: "exact", candidates: [] });
  expect(posit.explain()).toContain("target: exact (posit16 is no float format)");
  expect(posit.program).toContain("mul");
  const third = compileSync("x/3", { arithmetic: { format: "posit16" } });
  expect(third(1)).toBe(numberOf(roundExact(Q.rational(1n, 3n), formatNamed("posit16"))));
  const fixed = compileSync("x*x", { arithmetic: { format: "uq4.4" } });
  expect(fixed(1.0625)).toBe(numberOf(roundExact(Q.rational(289n, 256n), formatNamed("uq4.4"))));
});

test("stochastic rounding: the same bits in every block, mean as it should be", () => {
  const f = compileSync("x + y", {
    variables: ["x", "y"],
    arithmetic: { format: "bfloat16", rounding: "sr", seed: 5 },
  });
  const x = new Float64Array(20_000).fill(1);
  const z = f.map({ x, y: 2 ** -9 }) as Float64Array;
  expect(new Set(z)).toEqual(new Set([1, 1 + 2 ** -7]));
  const mean = z.reduce((a, b) => a + b, 0) / z.length;
  expect(Math.abs((mean - 1) * 2 ** 9 - 1)).toBeLessThan(0.05);
  // Random bits belong to the point, not to its place in a block.
  expect(f.map({ x: x.subarray(0, 5000), y: 2 ** -9 })).toEqual(z.slice(0, 5000));
  expect(z.subarray(0, 2048)).not.toEqual(z.subarray(2048, 4096));
  const other = compileSync("x + y", {
    variables: ["x", "y"],
    arithmetic: { format: "bfloat16", rounding: "sr", seed: 6 },
  });
  expect(other.map({ x, y: 2 ** -9 })).not.toEqual(z);
});

test("js, wasm and c give the same bits, random bits included", () => {
  const x = Float64Array.from({ length: 9 }, (_, i) => Math.sin(i * 3.3) * 10 ** (i % 5));
  const targets: TargetName[] = nativeMissing() === undefined ? ["js", "c"] : ["js"];
  for (const [format, rounding] of [["bfloat16", "sr"], ["binary16", "rup"], ["e5m2", "src"], ["e8m30", "rto"]]) {
    const options = { variables: ["x", "y"], arithmetic: { format, rounding, seed: 9 } };
    const text = "x*y + x/(y - 3) + sqrt(abs(x))";
    const expected = compileSync(text, { ...options, target: "wasm" }).map({ x, y: 1.37 });
    for (const target of targets) expect(compileSync(text, { ...options, target }).map({ x, y: 1.37 })).toEqual(expected);
  }
}); // oxfmt-ignore

test("reductions round after every step; the accumulator may be another format", () => {
  const xs = new Float64Array(5000).fill(1);
  const narrow = compileSync("x", { arithmetic: { format: "bfloat16" } });
  expect(narrow.reduce("sum", xs)).toBe(256);
  const wide = compileSync("x", { arithmetic: { format: "bfloat16", accumulate: "binary32" } });
  expect(wide.reduce("sum", xs)).toBe(5000);
  const half = compileSync("2.5e-6*x", { arithmetic: { format: "binary16" } });
  expect(half(1)).toBe(numberOf(roundExact(2.5e-6, formatNamed("binary16"))));
});

test("the evidence says what was emulated, and nothing of fused or regrouped operations", () => {
  const half = compileSync("exp(x) + x*x", { arithmetic: { format: "binary16" } });
  expect(half.evidence.map((each) => each.statement)).toEqual([
    "every sum, product, quotient and square root is rounded once to binary16, nearest-even",
    "exp is within 1 units in the last place of double precision before it is rounded to binary16",
  ]);
  const posit = compileSync("exp(x)", { arithmetic: { format: "posit16" } });
  expect(posit.evidence.map((each) => each.grade)).toEqual(["proved", "bounded"]);
  expect(half.explain()).not.toContain("fused");
});

test("what cannot be emulated is refused with the reason", () => {
  expect(() => compileSync("x", { arithmetic: { format: "binary128" } })).toThrow("beyond doubles");
  expect(() => compileSync("x", { arithmetic: { format: "nosuch" } })).toThrow("nosuch");
  expect(() => compileSync("x", { arithmetic: { format: "binary16", rounding: "sideways" } })).toThrow("sideways");
  expect(() => compileSync("x", { arithmetic: { format: "posit16", accumulate: "binary32" } })).toThrow(
    "no float format",
  );
  const f = compileSync("x", { arithmetic: { format: "binary16" } });
  expect(() => f.map(Float32Array.of(1))).toThrow("takes Float64Array");
  expect(() => compileSync("x", { arithmetic: { format: "posit16" } }).reduce("sum", Float64Array.of(1))).toThrow(
    "a reduction in posit16",
  );
});
