// The claims about numbers, at a small scale: their parts against independent computation, and each run once.
import { Random } from "calculemus/base";
import type { ClaimContext } from "calculemus/claims";
import { formatNamed, Q, rounder } from "calculemus/number";
import { describe, expect, test } from "vitest";
import * as he from "../claims/cross-he.ts";
import * as fp32 from "../claims/fp32-or-death.ts";
import * as gumbel from "../claims/masked-gumbel.ts";
import * as hpc from "../claims/hpc-kernels.ts";
import * as lMul from "../claims/l-mul.ts";
import * as mlirCost from "../claims/mlir-cost.ts";
import * as modern from "../claims/modern-cpp.ts";
import * as twoPass from "../claims/two-pass-softmax.ts";

const context: ClaimContext = { machine: "test", log: () => undefined };

describe("l-mul", () => {
  test("moments over all pairs equal the closed form, and not that of another offset", () => {
    for (const m of [2, 3, 4, 5, 6]) {
      const [found, expected] = [lMul.exactMoments(m, "formula"), lMul.expectedMoments(m)];
      expect(Q.equal(found.mean, expected.mean) && Q.equal(found.square, expected.square)).toBe(true);
      expect(Q.equal(lMul.exactMoments(m, "addition").square, expected.square)).toBe(false);
    }
    // m = 2 by hand: E a = 3/8, c = 1/4: E e = 9/64 - 1/4.
    expect(String(lMul.expectedMoments(2).mean)).toBe("-7/64");
  });

  test("addition is one addition of bit patterns", () => {
    const words = new Uint32Array(1);
    const single = new Float32Array(words.buffer);
    const bits = (x: number): number => {
      single[0] = x;
      return words[0];
    };
    for (const m of [2, 3, 4, 6])
      for (let i = 0; i < 2 ** m; i++)
        for (let j = 0; j < 2 ** m; j++) {
          const [x, y] = [1 + i / 2 ** m, 1 + j / 2 ** m];
          words[0] = bits(x) + bits(y) - bits(1) + 2 ** (23 - lMul.offsetBits(m));
          expect(lMul.lMul(x, y, m, "addition")).toBe(single[0]);
        }
  });

  test("runs: the ranking holds for truncated operands and fails for rounded ones", async () => {
    const result = await lMul.run(context, { widths: [3, 4], fine: 6 });
    expect(result.verdict).toBe("refuted");
    expect(result.evidence.every((each) => each.grade === "exhaustive")).toBe(true);
    expect(result.evidence).toHaveLength(13);
  });
});

describe("masked-gumbel", () => {
  test("the closed form equals full enumeration", () => {
    for (const weights of [
      [0.5513, 0.3019, 0.1468],
      [0.9041, 0.0672, 0.0287],
    ]) {
      const groups = weights.map((weight) => ({ count: 1, weight }));
      const found = gumbel.winners(gumbel.fixedGrid(5), groups);
      const wanted = gumbel.enumerateWinners(5, weights);
      found.forEach((p, i) => expect(p).toBeCloseTo(wanted[i], 4));
    }
    const classes = gumbel.winners(gumbel.fixedGrid(10), [{ count: 1, weight: 0.9 }, { count: 4, weight: 0.025 }]); // oxfmt-ignore
    expect(Math.abs(classes[1] - 0.1)).toBeLessThan(gumbel.couplingBound(10, 5));
  });

  test("a rare class beside a strong one wins as often as its series says", () => {
    // Weight w = 2^-12 on a grid of 2^-12: about 1 / (e - 1) of its share.
    const [, rare] = gumbel.winners(gumbel.fixedGrid(12), [{ count: 1, weight: 1 }, { count: 1, weight: 2 ** -12 }]); // oxfmt-ignore
    expect(rare * 2 ** 12).toBeCloseTo(1 / (Math.E - 1), 2);
    const [, cured] = gumbel.winners(gumbel.floatingGrid(8), [{ count: 1, weight: 1 }, { count: 1, weight: 2 ** -12 }]); // oxfmt-ignore
    // At 8 bits the tail of the strong class is cut at 2^-9.
    expect(Math.abs(cured * (2 ** 12 + 1) - 1)).toBeLessThan(2 ** -9);
  });

  test("runs", async () => {
    const sizes = { levels: 5, deltas: [2 ** -12, 2 ** -14], cureBits: [6], draws: 20_000, steps: [64, 128, 256] };
    const result = await gumbel.run(context, sizes);
    expect(result.verdict).toBe("shown");
    expect(result.evidence.map((each) => each.grade)).toContain("bounded");
  });
});

describe("cross-he", () => {
  test("products and transforms agree with BigInt", async () => {
    const result = await he.run(context, { cases: [[28, 2000], [32, 2000], [60, 500], [256, 100]], transforms: [[28, 4, 8], [32, 8, 8], [60, 4, 4]] }); // oxfmt-ignore
    expect(result.verdict).toBe("shown");
    expect(result.evidence.every((each) => each.bound === 0)).toBe(true);
  });

  test("a transform multiplies polynomials", () => {
    const n = 16;
    const q = he.primeBelow(28, 32n);
    const modulus = new he.ByteModulus(q);
    const root = he.rootOfUnity(16n, q);
    const random = new Random(1);
    const list = (): bigint[] => Array.from({ length: n }, () => BigInt(Math.floor(random.next() * Number(q))));
    const [a, b] = [list(), list()];
    const bytes = (x: readonly bigint[]): Uint8Array => Uint8Array.from(x.flatMap((each) => [...he.toBytes(each, 4)]));
    const forward = new he.ByteTransform(modulus, 4, 4, root);
    const [fa, fb] = [forward.apply(bytes(a)), forward.apply(bytes(b))];
    const product = new Uint8Array(4 * n);
    for (let i = 0; i < n; i++) modulus.multiply(fa.subarray(4 * i, 4 * i + 4), fb.subarray(4 * i, 4 * i + 4), product.subarray(4 * i, 4 * i + 4)); // oxfmt-ignore
    const back = new he.ByteTransform(modulus, 4, 4, he.powerMod(root, q - 2n, q)).apply(product);
    const scale = he.powerMod(BigInt(n), q - 2n, q);
    for (let k = 0; k < n; k++) {
      let wanted = 0n;
      for (let i = 0; i < n; i++) wanted += a[i] * b[(k - i + n) % n];
      expect((he.fromBytes(back.subarray(4 * k, 4 * k + 4)) * scale) % q).toBe(wanted % q);
    }
  });
});

describe("fp32-or-death", () => {
  test("its rounding to bfloat16 is that of the library", () => {
    const round = rounder(formatNamed("bfloat16"));
    const random = new Random(5);
    const check = (x: number): void => expect(Object.is(fp32.bfloat16(x), round(x, 0)), String(x)).toBe(true);
    for (const x of [0, -0, Infinity, -Infinity, Number.NaN, 3.4e38, -3.395e38, 1e300, 5e-324, 2 ** -134, 2 ** -133, 3 * 2 ** -134, -(2 ** -140)]) check(x); // oxfmt-ignore
    for (let i = 0; i < 10_000; i++) {
      const x = (random.next() - 0.5) * 2 ** Math.floor(280 * random.next() - 145);
      check(x);
      // Midpoints and their neighbours.
      const y = fp32.bfloat16(x);
      const middle = y * (1 + 2 ** -8);
      check(middle);
      check(middle * (1 + 2 ** -52));
    }
  });

  test("reproducible sums do not diverge in any bit; bf16 differs", () => {
    const sizes = { prompts: 2, promptLength: 4, decoded: 6 };
    const [bf16, , , f32, exact] = fp32.ARITHMETICS.map((each) => fp32.divergence(each, sizes, 32));
    expect([exact.diverged, exact.tokens, exact.logits, exact.largest]).toEqual([0, 0, 0, 0]);
    expect(bf16.logits).toBeGreaterThan(0);
    expect(f32.logits).toBeGreaterThan(0);
    expect(bf16.largest).toBeGreaterThan(1000 * f32.largest);
  });
});

describe("hpc-kernels", () => {
  test("six kernels on every target that is there", async () => {
    const result = await hpc.run(context, { vector: 103, gemv: 13, gemm: 11, grid: 7, box: [4, 5, 7] });
    expect(result.verdict).toBe("shown");
    expect(result.evidence.length % 6).toBe(0);
    expect(result.evidence.length).toBeGreaterThanOrEqual(12);
    for (const { bound } of result.evidence) expect(bound).toBeLessThan(1);
  });

  test("grades of the rubric", () => {
    const [right, wrong, other] = [{ correct: true, asked: true }, { correct: false, asked: true }, { correct: true, asked: false }]; // oxfmt-ignore
    expect([[], [wrong], [other], [right, other], [right, wrong], [right, right], [right]].map((each) => hpc.proficiency(each))).toEqual([0, 0, 0, 0.25, 0.5, 0.75, 1]); // oxfmt-ignore
  });
});

describe("two-pass-softmax", () => {
  test("runs: accurate, whichever is faster", async () => {
    const result = await twoPass.run(context, { elements: 40, timed: 1000, rounds: 3 });
    expect(["shown", "refuted"]).toContain(result.verdict);
    const errors = result.evidence.filter((each) => each.grade === "cross-checked");
    expect(errors).toHaveLength(2);
    for (const { bound } of errors) expect(bound).toBeLessThan(8);
  });

  test("its measure of errors sees a wrong element, a NaN and an overflow", () => {
    const x = Float64Array.of(0, 0);
    expect(twoPass.ulps(x, Float64Array.of(0.5, 0.5), "f64")).toBe(0);
    expect(twoPass.ulps(x, Float64Array.of(0.5, 0.5 + 2 ** -50), "f64")).toBe(8);
    expect(twoPass.ulps(x, Float64Array.of(0.5, Number.NaN), "f64")).toBe(Infinity);
  });
});

describe("modern-cpp", () => {
  test("runs, or says that there is no gcc", async () => {
    const result = await modern.run(context, { elements: 1000, rounds: 1, calls: 3 });
    if (result.verdict === "not run") expect(result.summary).toContain("gcc");
    else expect(result.evidence.length % 4).toBe(0);
  });
});

describe("mlir-cost", () => {
  test("runs at a small scale; kernels are on one side of the split", async () => {
    const result = await mlirCost.run(context, { formulae: 12, points: [16, 500], warm: 0.2, sample: 0.1 });
    expect(["shown", "refuted"]).toContain(result.verdict);
    expect(result.evidence.map((each) => each.grade)).toEqual(["sampled", "sampled"]);
    const names = mlirCost.corpus(60).map((kernel) => kernel.name);
    expect(new Set(names).size).toBe(names.length);
    const share = names.filter(mlirCost.heldBack).length / names.length;
    expect(share).toBeGreaterThan(0.2);
    expect(share).toBeLessThan(0.6);
  });

  test("judges by kernels that were not fitted", () => {
    const sample = (kernel: string, points: number, target: "wasm" | "js"): mlirCost.Measured => {
      const predicted = points * (target === "wasm" ? 1 : 2) * (1 + kernel.length);
      return {
        kernel,
        points,
        target,
        predicted,
        measured: 3 * predicted,
        features: [Math.log(predicted), target === "js" ? 1 : 0],
      };
    };
    const samples = mlirCost.corpus(30).flatMap(({ name }) => [10, 1000].flatMap((n) => (["wasm", "js"] as const).map((target) => sample(name, n, target)))); // oxfmt-ignore
    const quality = mlirCost.judge(samples);
    expect(quality.learned).toBeCloseTo(1, 12);
    expect(quality.factor).toBeCloseTo(1, 9);
    expect(quality.plainFactor).toBeCloseTo(3, 9);
    expect(quality.rightTarget).toBe(1);
    expect(quality.trained + quality.unseen).toBe(samples.length);
  });
});
