// Sequences: solutions beside the dense LU, reuse by counts, the margin against the default run alone, states; relaxation kernels.
import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { multiplyVector, poisson, type Sparse } from "../../array/index.ts";
import { sor } from "../iterative/stationary.ts";
import { cg } from "../iterative/cg.ts";
import { ssorPreconditioner } from "../precondition/ssor.ts";
import { convection, randomMatrix, randomVector } from "../iterative/test-systems.ts";
import { type Arm } from "./arms.ts";
import { Relaxation } from "./relaxation.ts";
import { Sequence, type SequenceOptions } from "./sequence.ts";

const residual = (a: Sparse, x: Float64Array, b: Float64Array): number => {
  const y = multiplyVector(a, x);
  return Math.hypot(...y.map((value, i) => b[i] - value)) / Math.hypot(...b);
};

/** a + c I */
function plus(a: Sparse, c: number): Sparse {
  const values = Float64Array.from(a.values);
  for (let i = 0; i < a.rows; i++) for (let p = a.ptr[i]; p < a.ptr[i + 1]; p++) if (a.idx[p] === i) values[p] += c;
  return { ...a, values };
}

describe("relaxation", () => {
  test("SOR and SSOR-CG take the steps of the methods that go step by step", () => {
    for (const omega of [1, 1.5, 1.8]) {
      const a = plus(poisson(8), 0.1);
      const b = randomVector(a.rows, 3);
      const relaxation = new Relaxation(a);
      relaxation.b.set(b);
      const own = relaxation.sor({ omega });
      const beside = sor(a, b, { omega });
      expect(own.converged).toBe(true);
      expect(Math.abs(own.iterations - beside.iterations)).toBeLessThanOrEqual(1);
      expect(residual(a, relaxation.x, b)).toBeCloseTo(own.residual, 12);
      relaxation.x.fill(0);
      const fast = relaxation.ssorCg({ omega });
      const slow = cg(relaxation.product, b, { preconditioner: ssorPreconditioner(a, { omega }) });
      expect(Math.abs(fast.iterations - slow.iterations)).toBeLessThanOrEqual(1);
      expect(residual(a, relaxation.x, b)).toBeLessThanOrEqual(1.01e-8);
      relaxation.dispose();
    }
  });

  test("says that a matrix is indefinite or has no diagonal, and that SOR diverges", () => {
    const relaxation = new Relaxation(plus(poisson(6), -4.3));
    relaxation.b.set(randomVector(36, 1));
    expect(relaxation.ssorCg({ omega: 0 })).toMatchObject({ converged: false, indefinite: true });
    expect(relaxation.sor()).toMatchObject({ converged: false });
    const hollow: Sparse = { layout: "csr", rows: 2, cols: 2, ptr: Int32Array.of(0, 1, 2), idx: Int32Array.of(1, 0), values: Float64Array.of(1, 1) }; // oxfmt-ignore
    expect(() => new Relaxation(hollow)).toThrow("no entry on the diagonal of row 0");
    expect(() => relaxation.sor({ omega: 2 })).toThrow("omega is 2");
    relaxation.dispose();
  });
});

describe("Sequence", () => {
  test("every solution has the residual it says, for random matrices of every kind", () => {
    fc.assert(
      fc.property(fc.constantFrom("definite" as const, "indefinite" as const, "general" as const), fc.integer({ min: 0, max: 1e6 }), (kind, seed) => {
        const a = randomMatrix(30, kind, seed);
        const sequence = new Sequence({ seed });
        for (let t = 0; t < 12; t++) {
          const each = { ...a, values: a.values.map((v) => v * (1 + 0.01 * t)) };
          const b = randomVector(30, seed + t);
          const found = sequence.solve(each, b);
          expect(found.status).toBe("converged");
          expect(residual(each, found.x, b)).toBeLessThanOrEqual(1.001e-8);
          expect(Math.abs(residual(each, found.x, b) - found.residual)).toBeLessThan(1e-10);
        }
        sequence.dispose();
      }),
      { numRuns: 12 },
    ); // oxfmt-ignore
  });

  test("one analysis a pattern, no factor for the same matrix again, preconditioners kept while they work", () => {
    const a = plus(poisson(12), 0.1);
    const direct = new Sequence({ arms: [{ method: "direct" }] });
    for (let t = 0; t < 6; t++) direct.solve(plus(a, t < 3 ? 0 : 0.1 * t), randomVector(a.rows, t));
    expect(direct.counts).toMatchObject({ analyses: 1, factors: 4 });
    direct.solve(poisson(5), randomVector(25, 1));
    expect(direct.counts.analyses).toBe(2);
    const iterative = new Sequence({ arms: [{ method: "ic0-cg" }] });
    for (let t = 0; t < 6; t++) iterative.solve(plus(a, 1e-3 * t), randomVector(a.rows, t));
    expect(iterative.counts.preconditioners).toBe(1);
    // Far from the first matrix: the old one no longer works.
    for (let t = 0; t < 4; t++) iterative.solve(plus(a, 100), randomVector(a.rows, t));
    expect(iterative.counts.preconditioners).toBe(2);
    // Scaled beyond recognition: given up while it is at work, and made anew.
    const scaled = plus(a, 0);
    const s = randomVector(a.rows, 9).map((v) => 10 ** (3 * v));
    for (let i = 0; i < a.rows; i++)
      for (let p = a.ptr[i]; p < a.ptr[i + 1]; p++) scaled.values[p] *= s[i] * s[a.idx[p]];
    const found = iterative.solve(
      scaled,
      randomVector(a.rows, 8).map((v, i) => v * s[i]),
    );
    expect(found.status).toBe("converged");
    expect(found.iterations).toBeLessThan(200);
    expect(iterative.counts.preconditioners).toBe(3);
    direct.dispose();
    iterative.dispose();
  });

  const arms: Arm[] = [
    { method: "ic0-cg" }, { method: "sor", omega: 1 }, { method: "sor", omega: 1.9 }, { method: "gmres" },
    { method: "jacobi-gcro-dr" }, { method: "ict-cg", drop: 1e-2 }, { method: "ssor-cg", omega: 1.5 }, { method: "direct" },
  ]; // oxfmt-ignore

  test.each([0.05, 0.2, 1])("costs stay within the margin %f of the default, at every system", (margin) => {
    for (const feedback of ["work", "iterations"] as const) {
      // Of arms that are all worse than the default, too.
      for (const choice of [arms, [{ method: "direct" }, { method: "sor", omega: 1 }, { method: "gmres" }] as Arm[]]) {
        const sequence = new Sequence({ arms: choice, margin, feedback, seed: 4 });
        let tried = 0;
        for (let t = 0; t < 120; t++) {
          const a = plus(poisson(10), 0.2 + 0.2 * Math.sin(t));
          const { arm, fallback, status } = sequence.solve(a, randomVector(100, t));
          expect(status).toBe("converged");
          const { total, reference } = sequence.costs;
          expect(total).toBeLessThanOrEqual((1 + margin) * reference * (1 + 1e-12));
          if (arm !== choice[0] || fallback) tried++;
        }
        if (margin >= 0.2) expect(tried).toBeGreaterThan(0);
        sequence.dispose();
      }
    }
  });

  test("the estimate of the default is its cost alone, so the sum is within the margin of it", () => {
    const options: SequenceOptions = { margin: 0.2, seed: 1 };
    const alone = new Sequence({ arms: [arms[0]] });
    const learning = new Sequence({ ...options, arms });
    for (let t = 0; t < 200; t++) {
      const a = plus(poisson(10), 0.2 + 0.2 * Math.sin(t));
      const b = randomVector(100, t);
      alone.solve(a, b);
      learning.solve(a, b);
    }
    const { total, reference } = learning.costs;
    expect(reference / alone.costs.total).toBeGreaterThan(0.85);
    expect(reference / alone.costs.total).toBeLessThan(1.25);
    expect(total).toBeLessThan(1.25 * alone.costs.total);
  });

  test("finds the better arm", () => {
    const choice: Arm[] = [{ method: "jacobi-cg" }, { method: "sor", omega: 1 }, { method: "direct" }];
    const sequence = new Sequence({ arms: choice, margin: 0.5, seed: 2 });
    for (let t = 0; t < 300; t++) sequence.solve(plus(poisson(12), 0.01 + 0.001 * (t % 7)), randomVector(144, t));
    expect(sequence.solvedBy[2]).toBeGreaterThan(150);
    expect(sequence.costs.total).toBeLessThan(0.9 * sequence.costs.reference);
  });

  test("saved as JSON and restored, it goes on as it would have", () => {
    // Preconditioners are not saved, so here are arms without.
    const arms: Arm[] = [{ method: "cg" }, { method: "sor", omega: 1.5 }, { method: "ssor-cg", omega: 1.2 }, { method: "gcro-dr" }];
    const make = (): Sequence => new Sequence({ arms, seed: 7, range: [0, 1], margin: 0.5 });
    const go = (sequence: Sequence, from: number, to: number): string[] =>
      Array.from({ length: to - from }, (_, k) => {
        const context = ((from + k) % 5) / 5;
        const { arm, cost, residual } = sequence.solve(plus(poisson(8), 0.3 + context), randomVector(64, from + k), { context });
        return JSON.stringify([arm, cost, residual]);
      });
    const first = make();
    go(first, 0, 40);
    const second = make();
    second.restore(JSON.parse(JSON.stringify(first.state())) as ReturnType<Sequence["state"]>);
    expect(second.costs).toEqual(first.costs);
    expect(go(second, 40, 80)).toEqual(go(first, 40, 80));
    expect(() => new Sequence({ arms: [arms[0]] }).restore(first.state())).toThrow("other arms");
  }); // oxfmt-ignore

  test("recycles Krylov subspaces: fewer steps from the second system on", () => {
    const sequence = new Sequence({ arms: [{ method: "gcro-dr" }] });
    const a = convection(20, 30);
    const steps = [0, 1, 2, 3].map((t) => sequence.solve(plus(a, 0.001 * t), randomVector(400, t)).iterations);
    expect(Math.max(...steps.slice(1))).toBeLessThan(0.9 * steps[0]);
  });

  test("subspaces survive rows scaled differently from system to system, with the diagonal as preconditioner", () => {
    const sequence = new Sequence({ arms: [{ method: "jacobi-gcro-dr" }] });
    const a = convection(20, 30);
    const steps = [0, 1, 2, 3].map((t) => {
      const scale = randomVector(400, 50 + t).map((v) => 10 ** (2 * v));
      const values = Float64Array.from(a.values);
      for (let i = 0; i < 400; i++) for (let p = a.ptr[i]; p < a.ptr[i + 1]; p++) values[p] *= scale[i];
      const b = randomVector(400, t).map((v, i) => v * scale[i]);
      return sequence.solve({ ...a, values }, b).iterations;
    });
    expect(Math.max(...steps.slice(1)), steps.join()).toBeLessThan(0.95 * steps[0]);
  });

  test("singular, indefinite and broken input", () => {
    const singular = plus(poisson(2, 1), -1);
    const found = new Sequence().solve(singular, Float64Array.of(1, 2));
    expect(found.status).not.toBe("converged");
    expect(found.residual).toBeGreaterThan(1e-3);
    expect(found.reason).not.toBe("");
    const indefinite = plus(poisson(6), -4.3);
    expect(new Sequence({ arms }).solve(indefinite, randomVector(36, 1)).status).not.toBe("converged");
    expect(new Sequence({ arms: [{ method: "direct" }] }).solve(indefinite, randomVector(36, 1)).status).toBe("converged");
    expect(() => new Sequence().solve({ ...singular, values: singular.values.map(() => Number.NaN) }, Float64Array.of(1, 2))).toThrow("NaN");
    expect(() => new Sequence().solve(singular, Float64Array.of(1, 2, 3))).toThrow("3 elements");
    expect(() => new Sequence({ margin: 0 })).toThrow("a margin of 0");
    expect(() => new Sequence({ arms: [] })).toThrow("without arms");
  }); // oxfmt-ignore
});
