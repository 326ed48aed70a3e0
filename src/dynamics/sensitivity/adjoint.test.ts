import { describe, expect, test } from "vitest";
import { adjoint, type AdjointMethod, type AdjointObjective, type AdjointSystem, densePattern } from "../index.ts";
import { Checkpoints } from "./checkpoints.ts";
import { discreteTableau } from "./discrete-step.ts";
import * as sdirk4 from "./sdirk4.tableau.ts";

/** Complex numbers as pairs; enough for right-hand sides made of sums and products. */
type C = readonly [number, number];
const add = (...all: C[]): C => all.reduce(([a, b], [c, d]) => [a + c, b + d]);
const mul = (...all: C[]): C => all.reduce(([a, b], [c, d]) => [a * c - b * d, a * d + b * c]);
const real = (x: number): C => [x, 0];
const div = ([a, b]: C, [c, d]: C): C => mul([a, b], [c / (c * c + d * d), -d / (c * c + d * d)]);

interface Case {
  readonly y0: readonly number[];
  readonly p: readonly number[];
  readonly end: number;
  readonly f: (y: readonly C[], p: readonly C[]) => C[];
  readonly fy: (y: ArrayLike<number>, p: readonly number[]) => number[][];
  readonly fp: (y: ArrayLike<number>) => number[][];
}

const lotka: Case = {
  y0: [1.2, 0.7],
  p: [1.5, 1, 3, 1],
  end: 7,
  f: ([x, y], [a, b, c, d]) => [add(mul(a, x), mul(real(-1), b, x, y)), add(mul(d, x, y), mul(real(-1), c, y))],
  fy: (y, [a, b, c, d]) => [[a - b * y[1], -b * y[0]], [d * y[1], d * y[0] - c]], // oxfmt-ignore
  fp: (y) => [[y[0], -y[0] * y[1], 0, 0], [0, 0, -y[1], y[0] * y[1]]], // oxfmt-ignore
};

const robertson: Case = {
  y0: [1, 0, 0],
  p: [0.04, 3e7, 1e4],
  end: 40,
  f: ([x, y, z], [k1, k2, k3]) => {
    const [r1, r2, r3] = [mul(k1, x), mul(k2, y, y), mul(k3, y, z)];
    return [add(mul(real(-1), r1), r3), add(r1, mul(real(-1), r2), mul(real(-1), r3)), r2];
  },
  fy: (y, [k1, k2, k3]) => [
    [-k1, k3 * y[2], k3 * y[1]],
    [k1, -2 * k2 * y[1] - k3 * y[2], -k3 * y[1]],
    [0, 2 * k2 * y[1], 0],
  ],
  fp: (y) => [[-y[0], 0, y[1] * y[2]], [y[0], -y[1] * y[1], -y[1] * y[2]], [0, y[1] * y[1], 0]], // oxfmt-ignore
};

function systemOf({ y0, p, f, fy, fp }: Case): AdjointSystem {
  const n = y0.length;
  return {
    n,
    q: p.length,
    names: y0.map((_, i) => `y${i}`),
    pattern: densePattern(n),
    rhs: (_, y, dy) => dy.set(f(Array.from(y, real), p.map(real)).map(([re]) => re)),
    jacobian: (_, y, values) => fy(y, p).forEach((row, i) => row.forEach((v, j) => (values[j * n + i] = v))),
    pullback: (_, y, mu, byState, byParameter) => {
      byState.fill(0);
      fy(y, p).forEach((row, i) => row.forEach((v, j) => (byState[j] += mu[i] * v)));
      fp(y).forEach((row, i) => row.forEach((v, k) => (byParameter[k] += mu[i] * v)));
    },
  };
}

/** Sum over three instants of the squares of all states, each over its size. */
function squares({ end }: Case, sizes: readonly number[]): AdjointObjective {
  return {
    times: Float64Array.of(end / 3, end / 2, end),
    value: (_, y) => y.reduce((sum, v, i) => sum + (v / sizes[i]) ** 2, 0),
    slope: (_, y, byState) => y.forEach((v, i) => (byState[i] += (2 * v) / sizes[i] ** 2)),
  };
}

/** x with A x = b by elimination, complex. */
function solveComplex(A: C[][], b: C[]): C[] {
  const n = b.length;
  for (let k = 0; k < n; k++) {
    let at = k;
    for (let i = k; i < n; i++) if (Math.hypot(...A[i][k]) > Math.hypot(...A[at][k])) at = i;
    [A[k], A[at]] = [A[at], A[k]];
    [b[k], b[at]] = [b[at], b[k]];
    for (let i = k + 1; i < n; i++) {
      const factor = mul(real(-1), div(A[i][k], A[k][k]));
      for (let j = k; j < n; j++) A[i][j] = add(A[i][j], mul(factor, A[k][j]));
      b[i] = add(b[i], mul(factor, b[k]));
    }
  }
  for (let k = n - 1; k >= 0; k--) {
    for (let j = k + 1; j < n; j++) b[k] = add(b[k], mul(real(-1), A[k][j], b[j]));
    b[k] = div(b[k], A[k][k]);
  }
  return b;
}

/** The same steps in complex arithmetic: the imaginary part of the objective over the tiny step is its derivative. */
function complexStep(
  each: Case,
  method: AdjointMethod,
  ts: Float64Array,
  sizes: readonly number[],
  at: number,
): number {
  const tiny = 1e-80;
  const n = each.y0.length;
  const p = each.p.map((v, k): C => [v, k === at - n ? tiny : 0]);
  let y = each.y0.map((v, i): C => [v, i === at ? tiny : 0]);
  const { a, b, gamma } = discreteTableau(method);
  const { times } = squares(each, sizes);
  let derivative = 0;
  for (let s = 0; s + 1 < ts.length; s++) {
    const h = ts[s + 1] - ts[s];
    const K: C[][] = [];
    for (let i = 0; i < b.length; i++) {
      const base = y.map((v, l) => K.reduce((sum, k, j) => add(sum, mul(real(a[i][j] ?? 0), k[l])), v));
      let k = base.map((): C => [0, 0]);
      if (gamma === 0) k = each.f(base, p).map((v) => mul(real(h), v));
      else
        for (let iteration = 0; iteration < 30; iteration++) {
          // Newton with the Jacobian of the real parts; its last iterations converge the imaginary parts as well.
          const Y = base.map((v, l) => add(v, mul(real(gamma), k[l])));
          const jacobian = each.fy(Y.map(([re]) => re), p.map(([re]) => re)); // oxfmt-ignore
          const A = jacobian.map((row, i) => row.map((v, j): C => [(i === j ? 1 : 0) - h * gamma * v, 0]));
          const r = each.f(Y, p).map((v, l) => add(mul(real(h), v), mul(real(-1), k[l])));
          const change = solveComplex(A, r);
          k = k.map((v, l) => add(v, change[l]));
        }
      K.push(k);
    }
    y = y.map((v, l) => K.reduce((sum, k, i) => add(sum, mul(real(b[i]), k[l])), v));
    if (times.includes(ts[s + 1])) derivative += y.reduce((sum, v, i) => sum + mul(v, v)[1] / sizes[i] ** 2, 0) / tiny;
  }
  return derivative;
}

describe.each([
  ["Lotka-Volterra", "tsit5", lotka, [1, 1], 1e-5],
  ["Lotka-Volterra", "vern7", lotka, [1, 1], 1e-8],
  ["Lotka-Volterra", "vern9", lotka, [1, 1], 1e-10],
  ["Lotka-Volterra", "sdirk4", lotka, [1, 1], 1e-5],
  ["Robertson", "sdirk4", robertson, [1, 1e-5, 1], 1e-5],
] as const)("%s by %s", (_, method, each, sizes, relative) => {
  const options = { method, relative, absolute: Float64Array.from(sizes, (size) => 1e-3 * relative * size) };
  const system = systemOf(each);
  const y0 = Float64Array.from(each.y0);

  test("the gradient of the discrete solution agrees with a complex step to 1e-10", async () => {
    const result = await adjoint(system, 0, y0, squares(each, sizes), options);
    const gradient = [...result.byState, ...result.byParameter];
    expect(result.stats.steps).toBeGreaterThan(10);
    gradient.forEach((value, k) => {
      const truth = complexStep(each, method, result.steps, sizes, k);
      expect(Math.abs(value - truth) / Math.abs(truth), `component ${k}`).toBeLessThan(1e-10);
    });
  });

  test("with room for eight states it is the same, bit by bit", async () => {
    const all = await adjoint(system, 0, y0, squares(each, sizes), options);
    const few = await adjoint(system, 0, y0, squares(each, sizes), { ...options, memory_bytes: 8 * 8 * system.n });
    expect(few.byState).toEqual(all.byState);
    expect(few.byParameter).toEqual(all.byParameter);
    expect(few.stats.held).toBeLessThanOrEqual(8);
    expect(few.stats.repeated).toBeGreaterThan(all.stats.repeated);
  });
});

test.each([8, 9, 20, 64])("checkpoints with room for %i visit every step once, backwards", async (room) => {
  for (const count of [1, 2, 7, 8, 9, 50, 333, 2000]) {
    const kept = new Checkpoints(room);
    // State k is the number k.
    for (let k = 0; k <= count; k++) kept.offer(k, Float64Array.of(k));
    const seen: number[] = [];
    await kept.backward(
      count,
      (k, y, next) => {
        expect(y[0]).toBe(k);
        next[0] = k + 1;
      },
      (k, y) => {
        expect(y[0]).toBe(k);
        seen.push(k);
      },
    );
    expect(seen).toEqual(Array.from({ length: count }, (_, k) => count - 1 - k));
    expect(kept.held).toBeLessThanOrEqual(room);
  }
});

test("SDIRK4 fulfils the conditions of order 4 and is stiffly accurate", () => {
  const rows = sdirk4.a.map((row) => [...row, 0, 0, 0, 0].slice(0, 5));
  const b = rows[4];
  const dot = (u: readonly number[], v: readonly number[]): number => u.reduce((sum, x, i) => sum + x * v[i], 0);
  const A = (v: readonly number[]): number[] => rows.map((row) => dot(row, v));
  const c = [...sdirk4.c];
  rows.forEach((row, i) => expect(row.reduce((x, y) => x + y)).toBeCloseTo(c[i], 14));
  const power = (k: number): number[] => c.map((x) => x ** k);
  const conditions = [[dot(b, power(0)), 1], [dot(b, c), 1 / 2], [dot(b, power(2)), 1 / 3], [dot(b, A(c)), 1 / 6], [dot(b, power(3)), 1 / 4], [dot(b, c.map((x, i) => x * A(c)[i])), 1 / 8], [dot(b, A(power(2))), 1 / 12], [dot(b, A(A(c))), 1 / 24]]; // oxfmt-ignore
  for (const [value, truth] of conditions) expect(value).toBeCloseTo(truth, 13);
  const other = b.map((x, i) => x - sdirk4.e[i]);
  for (const [value, truth] of [
    [dot(other, power(0)), 1],
    [dot(other, c), 1 / 2],
    [dot(other, power(2)), 1 / 3],
    [dot(other, A(c)), 1 / 6],
  ])
    // oxfmt-ignore
    expect(value).toBeCloseTo(truth, 13);
});
