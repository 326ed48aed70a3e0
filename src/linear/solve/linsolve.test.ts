import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { dense, fromTriplets, multiplyVector, poisson, type Sparse, toLayout } from "../../array/index.ts";
import { Failure } from "../../base/index.ts";
import { factsOf } from "./facts.ts";
import { linsolve, linsolveSync, METHOD_NAMES } from "./linsolve.ts";
import { linearPlan } from "./plan.ts";
import { errorsOf, exactResidual } from "./verify.ts";

const triplets = (n: number, m: number, list: readonly (readonly [number, number, number])[]): Sparse =>
  fromTriplets({ rows: n, cols: m, row: list.map((e) => e[0]), col: list.map((e) => e[1]), values: list.map((e) => e[2]) }); // oxfmt-ignore

const smooth = (n: number): Float64Array => Float64Array.from({ length: n }, (_, i) => 1 + 0.5 * Math.sin(i));

const distance = (x: Float64Array, y: Float64Array): number => {
  let [most, size] = [0, 0];
  x.forEach((v, i) => (most = Math.max(most, Math.abs(v - y[i]))));
  y.forEach((v) => (size = Math.max(size, Math.abs(v))));
  return most / size;
};

/** Upwind convection on a line, not symmetric. */
const line = (n: number): Sparse =>
  triplets(n, n, Array.from({ length: n }, (_, i) => [[i, i, 3], ...(i > 0 ? [[i, i - 1, -1.5]] : []), ...(i + 1 < n ? [[i, i + 1, -0.5]] : [])] as [number, number, number][]).flat()); // oxfmt-ignore

describe("linsolve", () => {
  it("solves with every method that applies, to the digits asked for", () => {
    for (const a of [poisson(12, 2), poisson(30, 2), line(200)]) {
      const x = smooth(a.rows);
      const b = multiplyVector(a, x);
      const facts = factsOf(a);
      for (const { name } of linearPlan(facts, 9).order) {
        const found = linsolveSync(a, b, { digits: 9, method: name });
        expect([name, found.status]).toEqual([name, "solved"]);
        expect(found.method).toBe(name);
        expect(found.plan.pinned).toBe(true);
        expect(distance(found.x!, x)).toBeLessThan(0.5e-9);
        expect(found.digits).toBeGreaterThanOrEqual(9);
        expect(found.residual).toBeLessThan(1e-8);
        expect(found.evidence.map((e) => e.grade)).toEqual(["bounded", "estimated"]);
      }
    }
  });

  it("meets the equations of small random systems", () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 8 }), fc.integer({ min: 1, max: 1e6 }), (n, seed) => {
        let state = seed;
        const next = (): number => (state = (state * 48271) % 2147483647) / 2147483647 - 0.5;
        const a = dense(n, n, Float64Array.from({ length: n * n }, next));
        const b = Float64Array.from({ length: n }, next);
        const found = linsolveSync(a, b);
        if (found.status === "unsolved") return;
        for (let i = 0; i < n; i++) {
          let sum = -b[i];
          for (let j = 0; j < n; j++) sum += a.data[i * n + j] * found.x![j];
          expect(Math.abs(sum)).toBeLessThan(1e-12 * (1 + found.condition * 1e-3));
        }
      }),
    );
  });

  it("reaches digits that the condition would take away, by residuals in twice the precision", () => {
    // Hilbert's matrix of order 8, entries as doubles: condition 1e10.
    const n = 8;
    const a = dense(
      n,
      n,
      Float64Array.from({ length: n * n }, (_, p) => 1 / (Math.floor(p / n) + (p % n) + 1)),
    );
    const b = Float64Array.from({ length: n }, (_, i) => 1 / (i + 1));
    const found = linsolveSync(a, b, { digits: 12 });
    expect(found.status).toBe("solved");
    expect(found.condition).toBeGreaterThan(1e9);
    // The right side is the first column.
    expect(distance(found.x!, Float64Array.of(1, 0, 0, 0, 0, 0, 0, 0))).toBeLessThan(1e-14);
  });

  it("takes matrices of right sides, complex ones, and the empty system", () => {
    const a = poisson(6, 2);
    const x = smooth(72);
    const right = new Float64Array(72);
    for (const c of [0, 1]) {
      const b = multiplyVector(
        a,
        Float64Array.from({ length: 36 }, (_, i) => x[2 * i + c]),
      );
      b.forEach((v, i) => (right[2 * i + c] = v));
    }
    const many = linsolveSync(a, dense(36, 2, right));
    expect(distance(many.x!.data, x)).toBeLessThan(1e-10);

    // (1 + i) x = 2 i has x = 1 + i.
    const complex: Sparse = { ...triplets(1, 1, [[0, 0, 1]]), imaginary: Float64Array.of(1) };
    const z = linsolveSync(complex, { ...dense(1, 1, [0]), imaginary: Float64Array.of(2) });
    expect(z.x!.data[0]).toBeCloseTo(1, 14);
    expect(z.imaginary!.data[0]).toBeCloseTo(1, 14);

    const none = linsolveSync(triplets(0, 0, []), new Float64Array(0));
    expect(none.status).toBe("solved");
    expect(none.x!.length).toBe(0);
  });

  it("is the same with and without waiting, and shows its plan", async () => {
    const a = poisson(20, 2);
    const b = smooth(400);
    const found = await linsolve(a, b, { digits: 8 });
    expect(found.x).toEqual(linsolveSync(a, b, { digits: 8, method: found.method }).x);
    expect(found.plan.candidates.map((c) => c.name)).toContain("sparse-cholesky");
    expect(found.plan.chosen).toBe(found.method);
    expect(found.plan.parameters).toEqual({ digits: 8 });
  });
});

describe("the plan", () => {
  it("prefers factors where there are many right sides", () => {
    const facts = factsOf(poisson(14, 3));
    const direct = /^(dense|sparse)-/;
    expect(linearPlan(facts, 8).plan.chosen).not.toMatch(direct);
    expect(linearPlan(facts, 8, undefined, 200).plan.chosen).toMatch(direct);
  });
  it("knows indefinite matrices, zeros on the diagonal, and hubs", () => {
    const shifted = poisson(20, 2);
    const values = shifted.values.map((v) => (v > 0 ? v - 3 : v));
    expect(factsOf({ ...shifted, values }).indefinite).toBe(true);
    expect(factsOf(shifted).indefinite).toBe(false);
    expect(factsOf(triplets(2, 2, [[0, 1, 1], [1, 0, 1]])).zeroDiagonal).toBe(2); // oxfmt-ignore
    const star = triplets(300, 300, Array.from({ length: 300 }, (_, i) => [[i, i, 4], [0, i, 1], [i, 0, 1]] as [number, number, number][]).flat()); // oxfmt-ignore
    // Eliminated last, the hub fills nothing.
    expect(factsOf(star).fill).toEqual({ entries: 599, flops: 299 * 4 + 1 });
  });
});

describe("what cannot be solved", () => {
  it("says that a matrix is singular, with rank and null vector", () => {
    const a = triplets(3, 3, [[0, 0, 1], [0, 1, 2], [1, 0, 2], [1, 1, 4], [2, 2, 1]]); // oxfmt-ignore
    const found = linsolveSync(a, Float64Array.of(1, 3, 1));
    expect(found.status).toBe("unsolved");
    expect(found.x).toBeUndefined();
    expect(found.rank).toBe(2);
    expect(Math.abs(found.nullVector![0] / found.nullVector![1])).toBeCloseTo(2, 12);
    expect(found.reason).toMatch(/rank is 2 of 3.*leastSquares/);
    expect(linsolveSync(triplets(2, 2, [[0, 1, 1], [0, 0, 0]]), Float64Array.of(1, 1)).reason).toContain("There is nothing in row 1 and column 0."); // oxfmt-ignore
  });

  it("knows an empty row, and a null vector of a large matrix", () => {
    const n = 900;
    const a = triplets(n, n, Array.from({ length: n }, (_, i) => (i === 17 ? [] : [[i, i, 2], ...(i > 0 ? [[i, i - 1, -1]] : [])] as [number, number, number][])).flat()); // oxfmt-ignore
    const found = linsolveSync(a, smooth(n));
    expect(found.status).toBe("unsolved");
    expect(found.rank).toBe(n - 1);
    expect(found.reason).toContain("There is nothing in row 17.");
    expect(Math.max(...multiplyVector(a, found.nullVector!).map(Math.abs))).toBeLessThan(1e-8);
  });

  it("does not give out digits that a nearly singular matrix has not", () => {
    // Hilbert's matrix of order 14 in doubles is singular to working precision.
    const n = 14;
    const a = dense(
      n,
      n,
      Float64Array.from({ length: n * n }, (_, p) => 1 / (Math.floor(p / n) + (p % n) + 1)),
    );
    const found = linsolveSync(a, smooth(n));
    expect(found.status).not.toBe("solved");
    expect(found.reason).toMatch(/digits|rank/);
    if (found.x) expect(found.residual).toBeLessThan(1);
  });

  it("gives the least-squares solution on request", () => {
    const a = triplets(3, 2, [[0, 0, 1], [1, 0, 1], [1, 1, 1], [2, 1, 2]]); // oxfmt-ignore
    expect(() => linsolveSync(a, Float64Array.of(1, 2, 3))).toThrow(/3 equations in 2 unknowns/);
    const found = linsolveSync(a, Float64Array.of(1, 2, 3), { leastSquares: true });
    // Normal equations [2 1; 1 5] x = [3; 8].
    expect(found.x![0]).toBeCloseTo(7 / 9, 13);
    expect(found.x![1]).toBeCloseTo(13 / 9, 13);
    expect(found.rank).toBe(2);
    expect(found.residual).toBeGreaterThan(0.01);

    const singular = triplets(2, 2, [[0, 0, 1], [0, 1, 1], [1, 0, 1], [1, 1, 1]]); // oxfmt-ignore
    const inconsistent = linsolveSync(singular, Float64Array.of(1, 3), { leastSquares: true });
    expect(inconsistent.x![0]).toBeCloseTo(1, 13);
    expect(inconsistent.x![1]).toBeCloseTo(1, 13);
    expect(inconsistent.rank).toBe(1);
    expect(linsolveSync(singular, Float64Array.of(1, 3)).status).toBe("unsolved");
  });

  it("counts the rank of a complex matrix once", () => {
    // [1 i; i -1]: the second row is i times the first.
    const a: Sparse = { ...triplets(2, 2, [[0, 0, 1], [0, 1, 0], [1, 0, 0], [1, 1, -1]]), imaginary: Float64Array.of(0, 1, 1, 0) }; // oxfmt-ignore
    const found = linsolveSync(a, Float64Array.of(1, 0));
    expect(found.status).toBe("unsolved");
    expect(found.rank).toBe(1);
    expect(found.nullVector).toBeUndefined();
    const zero: Sparse = {
      ...triplets(2, 2, [
        [0, 0, 0],
        [0, 1, 1],
        [1, 1, 1],
      ]),
      imaginary: Float64Array.of(0, 1, 0),
    };
    expect(linsolveSync(zero, Float64Array.of(1, 0)).reason).toContain("There is nothing in column 0.");
  });

  it("goes on when a matrix said to be definite is not", () => {
    const a = triplets(2, 2, [[0, 0, 1], [0, 1, 2], [1, 0, 2], [1, 1, 1]]); // oxfmt-ignore
    const found = linsolveSync(a, Float64Array.of(5, 4));
    expect(found.status).toBe("solved");
    expect([...found.x!]).toEqual([1, 2]);
    const pinned = linsolveSync(a, Float64Array.of(5, 4), { method: "sparse-cholesky" });
    expect(pinned.status).toBe("unsolved");
    expect(pinned.reason).toMatch(/not positive definite/);
  });

  it.each([
    ["NaN in the matrix", () => linsolveSync(triplets(2, 2, [[0, 0, 1], [1, 1, Number.NaN]]), Float64Array.of(1, 1)), /NaN at row 1, column 1/],
    ["an infinity in the right side", () => linsolveSync(poisson(2, 2), Float64Array.of(1, Infinity, 1, 1)), /Infinity at row 1/],
    ["a right side of another length", () => linsolveSync(poisson(2, 2), Float64Array.of(1)), /1 numbers for 4 equations/],
    ["too many digits", () => linsolveSync(poisson(2, 2), smooth(4), { digits: 40 }), /40 digits/],
    ["an unknown method", () => linsolveSync(poisson(2, 2), smooth(4), { method: "magic" }), /no method "magic"/],
  ])("refuses %s", (_, work, message) => {
    expect(work).toThrow(Failure);
    expect(work).toThrow(message);
  }); // oxfmt-ignore

  it("stops at its budget with what it has", () => {
    const found = linsolveSync(poisson(60, 2), smooth(3600), { method: "cg-jacobi", budget: { time_ms: 0.001 } });
    expect(found.status).toBe("unsolved");
    expect(found.reason).toMatch(/stopped before|limit: /);
  });
});

describe("any matrix", () => {
  const systems = fc.integer({ min: 1, max: 14 }).chain((n) =>
    fc.record({
      n: fc.constant(n),
      scale: fc.constantFrom(1, 1e300, 1e-300, 5e-320),
      entries: fc.array(fc.tuple(fc.nat(n - 1), fc.nat(n - 1), fc.oneof(fc.integer({ min: -2, max: 2 }), fc.double({ min: -1, max: 1, noNaN: true }))), { maxLength: 5 * n }),
      method: fc.option(fc.constantFrom(...METHOD_NAMES), { nil: undefined }),
    }),
  ); // oxfmt-ignore
  it("gives a finite x that meets the equations, or none", () => {
    fc.assert(
      fc.property(systems, ({ n, scale, entries, method }) => {
        const a = triplets(n, n, entries.map(([i, j, v]) => [i, j, v * scale])); // oxfmt-ignore
        const b = multiplyVector(a, smooth(n));
        fc.pre(b.every(Number.isFinite) && a.values.every(Number.isFinite));
        const found = linsolveSync(a, b, { digits: 8, ...(method && { method }) });
        expect(found.reason === "").toBe(found.status === "solved");
        if (found.status === "unsolved") expect(found.x).toBeUndefined();
        else {
          expect(found.x!.every(Number.isFinite)).toBe(true);
          expect(found.residual).toBeGreaterThanOrEqual(0);
          if (found.status === "solved") expect(found.backwardError).toBeLessThan(1e-7);
        }
      }),
      { numRuns: 400 },
    );
  });
});

describe("residuals", () => {
  it("are exact to the last place where doubles alone lose them", () => {
    const a = toLayout(triplets(1, 3, [[0, 0, 1e16], [0, 1, 1], [0, 2, -1e16]]), "csr"); // oxfmt-ignore
    const x = Float64Array.of(1 + 2 ** -52, 0.25, 1);
    const r = exactResidual(a, x, Float64Array.of(3));
    // 1e16 2^-52 = 2.220446049250313080847263336181640625 exactly.
    expect(r[0]).toBe(3 - 0.25 - 2.220446049250313080847263336181640625);
    expect(errorsOf(a, x, Float64Array.of(3), r).backwardError).toBeLessThan(1e-16);
  });
});
