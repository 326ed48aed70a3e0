import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { Failure, Random } from "../../base/index.ts";
import { Chebyshev } from "../chebyshev/chebyshev.ts";
import type { NotResolved } from "../not-resolved.ts";
import { Chebyshev2 } from "./chebyshev2.ts";
import { Chebyshev3 } from "./chebyshev3.ts";
import { type Matrix, matrix, svd, thinQr, times, transposed } from "./dense.ts";
import { norm, tucker, tuckerError, tuckerOfProducts } from "./tucker.ts";

const random = (seed: number): ((i?: number, j?: number) => number) => {
  const stream = new Random(seed);
  return () => 2 * stream.next() - 1;
};

function difference(a: Matrix, b: Matrix): number {
  return norm({ data: a.data.map((x, i) => x - b.data[i]) });
}

function orthonormal(q: Matrix): number {
  return difference(
    times(transposed(q), q),
    matrix(q.columns, q.columns, (i, j) => Number(i === j)),
  );
}

function failure(kind: Failure["kind"], call: () => unknown): Failure {
  try {
    call();
  } catch (error) {
    expect(error).toBeInstanceOf(Failure);
    expect((error as Failure).kind).toBe(kind);
    return error as Failure;
  }
  throw new Error("nothing was thrown");
}

describe("dense", () => {
  test("QR and SVD give the matrix back, with orthonormal factors", () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 12 }), fc.integer({ min: 1, max: 12 }), fc.nat(1000), (m, n, seed) => {
        const a = matrix(m, n, random(seed));
        const { u, s, v } = svd(a);
        const k = Math.min(m, n);
        const scaled = matrix(m, k, (i, j) => u.data[i + m * j] * s[j]);
        expect(difference(times(scaled, transposed(v)), a)).toBeLessThan(1e-13);
        expect(orthonormal(u)).toBeLessThan(1e-13);
        expect(orthonormal(v)).toBeLessThan(1e-13);
        for (let j = 1; j < k; j++) expect(s[j]).toBeLessThanOrEqual(s[j - 1]);
        if (m < n) return;
        const { q, r } = thinQr(a);
        expect(difference(times(q, r), a)).toBeLessThan(1e-13);
        expect(orthonormal(q)).toBeLessThan(1e-13);
      }),
      { numRuns: 60, seed: 1 },
    );
  });

  test("known singular values, small ones to many digits", () => {
    // diag(1, 1e-6, 1e-12) between two rotations.
    const turn = (angle: number): Matrix => {
      const [c, s] = [Math.cos(angle), Math.sin(angle)];
      return times(matrix(3, 3, (i, j) => [c, s, 0, -s, c, 0, 0, 0, 1][i + 3 * j]), matrix(3, 3, (i, j) => [1, 0, 0, 0, c, s, 0, -s, c][i + 3 * j])); // oxfmt-ignore
    };
    const wanted = [1, 1e-6, 1e-12];
    const a = times(
      turn(0.3),
      matrix(3, 3, (i, j) => (i === j ? wanted[i] : 0)),
    );
    const { s } = svd(a);
    wanted.forEach((value, i) => expect(Math.abs(s[i] / value - 1)).toBeLessThan(1e-4));
    // Hilbert matrix of order 3: eigenvalues of a positive definite matrix are its singular values; their product is 1/2160.
    const hilbert = svd(matrix(3, 3, (i, j) => 1 / (i + j + 1))).s;
    expect(hilbert[0] * hilbert[1] * hilbert[2] * 2160).toBeCloseTo(1, 12);
    expect([...svd(matrix(3, 2)).s]).toEqual([0, 0]);
    failure("usage", () => thinQr(matrix(2, 3)));
  });
});

describe("tucker", () => {
  const shape = [7, 5, 6] as const;
  const [a, b, c] = shape.map((n, mode) => matrix(n, 3, random(mode + 20)));
  const weights = [3, -1, 0.25];
  const data = new Float64Array(7 * 5 * 6);
  for (let k = 0; k < 6; k++)
    for (let j = 0; j < 5; j++)
      for (let i = 0; i < 7; i++)
        for (let l = 0; l < 3; l++)
          data[i + 7 * (j + 5 * k)] += weights[l] * a.data[i + 7 * l] * b.data[j + 5 * l] * c.data[k + 6 * l];
  const tensor = { shape, data };

  test("a tensor of rank three is found exactly, from itself and from its products", () => {
    const whole = tucker(tensor, { tolerance: 1e-12 });
    expect(whole.core.shape).toEqual([3, 3, 3]);
    expect(tuckerError(tensor, whole)).toBeLessThan(1e-13);
    const products = tuckerOfProducts([a, b, c], weights, { tolerance: 1e-12 });
    expect(products.core.shape).toEqual([3, 3, 3]);
    expect(tuckerError(tensor, products)).toBeLessThan(1e-13);
    whole.singular.forEach((s, mode) =>
      s.slice(0, 3).forEach((value, i) => expect(products.singular[mode][i]).toBeCloseTo(value, 12)),
    );
  });

  test("the error of given ranks keeps to the singular values, and sweeps do not increase it", () => {
    for (const ranks of [
      [1, 1, 1],
      [2, 2, 2],
      [3, 1, 2],
    ] as const) {
      // oxfmt-ignore
      const errors = [0, 1, 5].map((sweeps) => tuckerError(tensor, tucker(tensor, { ranks, sweeps })));
      const { singular } = tucker(tensor, { ranks });
      let tail = 0;
      singular.forEach((s, mode) => s.slice(ranks[mode]).forEach((value) => (tail += value * value)));
      expect(errors[0]).toBeLessThanOrEqual((Math.sqrt(tail) / norm(tensor)) * (1 + 1e-12));
      expect(errors[1]).toBeLessThanOrEqual(errors[0] * (1 + 1e-12));
      expect(errors[2]).toBeLessThanOrEqual(errors[1] * (1 + 1e-12));
      // No approximation of these ranks is better than the best in one direction alone.
      singular.forEach((s, mode) => expect(errors[2] * norm(tensor)).toBeGreaterThanOrEqual(Math.hypot(...s.slice(ranks[mode])) * (1 - 1e-12))); // oxfmt-ignore
    }
    failure("usage", () => tucker(tensor, { ranks: [0, 1, 1] }));
    failure("usage", () => tucker(tensor, { tolerance: 2 }));
    failure("usage", () => tuckerOfProducts([a, b, c], [1]));
  });
});

describe("two variables", () => {
  test.each([
    ["cos(10*x*y) + exp(-x^2)", 14, 5e-14],
    ["1/(1 + x^2 + 3*y^2)", 14, 5e-14],
    ["x^2*y + 3", 2, 1e-14],
  ] as const)("%s has a small rank", (text, rank, error) => {
    const f = Chebyshev2.of(text, { variables: ["x", "y"] });
    expect(f.rank).toBeLessThanOrEqual(rank);
    expect(f.evidence[0]).toMatchObject({ grade: "sampled" });
    expect(f.evidence[0].bound).toBeLessThan(error);
  });

  test("integrals, slices and derivatives known in closed form", () => {
    const on = [[0, 1], [0, 2]] as const; // oxfmt-ignore
    const f = Chebyshev2.of((x, y) => Math.exp(x) * Math.cos(x * y), { on });
    const slice = f.slice(0, 0.5);
    expect(slice.at(1.5)).toBeCloseTo(Math.exp(0.5) * Math.cos(0.75), 13);
    expect(f.slice(1, 2).at(0.25)).toBeCloseTo(Math.exp(0.25) * Math.cos(0.5), 13);
    expect(f.derivative(0).at(0.3, 1.1)).toBeCloseTo(Math.exp(0.3) * (Math.cos(0.33) - 1.1 * Math.sin(0.33)), 11);
    expect(f.derivative(1).at(0.3, 1.1)).toBeCloseTo(-0.3 * Math.exp(0.3) * Math.sin(0.33), 11);
    expect(f.derivative(1).evidence[0].grade).toBe("none");
    const g = Chebyshev2.of((x, y) => Math.exp(x + y), { on });
    expect(g.rank).toBe(1);
    expect(g.integral()).toBeCloseTo((Math.E - 1) * (Math.E ** 2 - 1), 12);
    expect(g.integrate(0).at(0.7)).toBeCloseTo((Math.E - 1) * Math.exp(0.7), 13);
    expect(g.integrate(1).integral()).toBeCloseTo(g.integral(), 12);
    expect(Chebyshev2.of(() => 0).at(0.2, 0.3)).toBe(0);
  });

  test("bends, poles and bad input", () => {
    const bend = failure("unsolved", () => Chebyshev2.of((x, y) => Math.abs(x - y), { mostRank: 20 }));
    const { best } = bend as NotResolved<Chebyshev2>;
    expect(best.rank).toBe(20);
    expect(Math.abs(best.at(0.3, -0.4) - 0.7)).toBeLessThan(0.05);
    failure("domain", () => Chebyshev2.of((x, y) => 1 / (x - y)));
    failure("usage", () => Chebyshev2.of("x + y"));
    failure("usage", () => Chebyshev2.of("x", { on: [[0, 1], [1, 1]] })); // oxfmt-ignore
    failure("usage", () => Chebyshev2.of("x", { digits: 40 }));
    failure("domain", () => Chebyshev2.of("x").at(2, 0));
    failure("unsolved", () => Chebyshev2.of((x, y) => Math.abs(x - y), { budget: { time_ms: 0 } }));
  });
});

describe("three variables", () => {
  const on = [[0, 1], [-1, 1], [0, 2]] as const; // oxfmt-ignore

  test("values, integral and derivatives known in closed form", () => {
    const f = Chebyshev3.of((x, y, z) => Math.exp(x - y) * Math.sin(z) + x * y * z, { on });
    expect(f.ranks).toEqual([2, 2, 2]);
    expect(f.evidence[0]).toMatchObject({ grade: "sampled" });
    expect(f.evidence[0].bound).toBeLessThan(5e-10);
    const product = (Math.E - 1) * (Math.E - 1 / Math.E) * (1 - Math.cos(2));
    expect(f.integral()).toBeCloseTo(product, 10);
    expect(f.derivative(1).at(0.5, 0.25, 1.5)).toBeCloseTo(-Math.exp(0.25) * Math.sin(1.5) + 0.75, 9);
    expect(f.derivative(2).at(0.5, 0.25, 1.5)).toBeCloseTo(Math.exp(0.25) * Math.cos(1.5) + 0.125, 9);
  });

  test("singular values fall, and the error with the rank", () => {
    const f = (x: number, y: number, z: number): number => 1 / (3 + x + y * z);
    const all = Chebyshev3.of(f);
    const errors = [1, 2, 3, 4].map((r) => all.withRanks([r, r, r]).evidence[0].bound!);
    expect(Chebyshev3.of(f, { ranks: [2, 2, 2] }).evidence[0].bound).toBeCloseTo(errors[1], 4);
    for (let r = 1; r < 4; r++) expect(errors[r]).toBeLessThan(errors[r - 1] / 3);
    const term = Chebyshev3.of("1/(3 + x + y*z)", { variables: ["x", "y", "z"] });
    expect(term.evidence[0].bound).toBeLessThan(1e-9);
    term.singular.forEach((s) => s.slice(1).forEach((value, i) => expect(value).toBeLessThanOrEqual(s[i])));
  });

  test("sums of products need no tensor", () => {
    const gauss = (width: number): Chebyshev => Chebyshev.of((x) => Math.exp(-width * x * x), { on: [-1, 1] });
    const widths = [1, 4, 20];
    const f = Chebyshev3.ofProducts(
      widths.map((width) => ({ weight: 1 / width, factors: [gauss(width), gauss(width), gauss(width)] })),
    );
    const wanted = (x: number, y: number, z: number): number =>
      widths.reduce((sum, width) => sum + Math.exp(-width * (x * x + y * y + z * z)) / width, 0);
    for (const [x, y, z] of [
      [0, 0, 0],
      [0.3, -0.7, 1],
      [-1, 0.2, 0.9],
    ])
      // oxfmt-ignore
      expect(Math.abs(f.at(x, y, z) - wanted(x, y, z))).toBeLessThan(1e-10);
    expect(f.ranks).toEqual([3, 3, 3]);
    failure("usage", () => Chebyshev3.ofProducts([]));
    const bent = Chebyshev.of((x) => Math.abs(x));
    failure("unsupported", () => Chebyshev3.ofProducts([{ weight: 1, factors: [bent, bent, bent] }]));
  });

  test("constants, one variable alone, huge and tiny values", () => {
    expect(Chebyshev3.of(() => 0).at(0.1, 0.2, 0.3)).toBe(0);
    expect(Chebyshev3.of(() => 3).ranks).toEqual([1, 1, 1]);
    expect(Chebyshev3.of((_x, _y, z) => Math.sin(3 * z)).degrees.slice(0, 2)).toEqual([0, 0]);
    for (const size of [1e200, 1e-200]) {
      const f = Chebyshev3.of((x, y, z) => size * Math.exp(x + y * z));
      expect(f.at(0.5, 0.3, -0.4) / size).toBeCloseTo(Math.exp(0.38), 9);
    }
  });

  test("bad input", () => {
    const bend = failure("unsolved", () => Chebyshev3.of((x, y, z) => Math.abs(x + y + z), { mostDegree: 16, sweeps: 0 })); // oxfmt-ignore
    expect(Math.abs((bend as NotResolved<Chebyshev3>).best.at(0.5, 0.5, 0.1) - 1.1)).toBeLessThan(0.1);
    failure("domain", () => Chebyshev3.of((x, y, z) => 1 / (x + y + z)));
    failure("usage", () => Chebyshev3.of("x", { mostDegree: 1024 }));
    failure("usage", () => Chebyshev3.of("x", { digits: 0 }));
    failure("domain", () => Chebyshev3.of("x").at(0, 0, 5));
  });
});
