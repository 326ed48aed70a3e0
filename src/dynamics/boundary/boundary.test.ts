import { describe, expect, test } from "vitest";
import { solveBoundary } from "./solve.ts";
import type { BoundaryProblem } from "./problem.ts";

/** y'' = g(x, y, y', p) with conditions on both ends. */
function second(
  [a, b]: readonly [number, number],
  g: (x: number, y: number, v: number, p: Float64Array) => number,
  conditions: (ya: Float64Array, yb: Float64Array, p: Float64Array) => number[],
  k = 0,
): BoundaryProblem {
  return {
    n: 2,
    k,
    a,
    b,
    rhs: (x, y, p, dy) => dy.set([y[1], g(x, y[0], y[1], p)]),
    boundary: (ya, yb, p, r) => r.set(conditions(ya, yb, p)),
  };
}

const worst = (x: Float64Array, y: Float64Array, truth: (x: number) => number): number =>
  x.reduce((most, t, i) => Math.max(most, Math.abs(y[i] - truth(t))), 0);

describe("closed forms", () => {
  test.each([1e-3, 1e-6, 1e-9])("y'' = -y at tolerance %f, at mesh points and between", (tolerance) => {
    const found = solveBoundary(second([0, Math.PI / 2], (_, y) => -y, (ya, yb) => [ya[0], yb[0] - 1]), { tolerance }); // oxfmt-ignore
    expect(found.stop.kind).toBe("done");
    expect(found.residual).toBeLessThanOrEqual(tolerance);
    expect(worst(found.x, found.y[0], Math.sin)).toBeLessThan(tolerance);
    for (let x = 0; x < 1.5; x += 0.0371) expect(Math.abs(found.at(x)[1] - Math.cos(x))).toBeLessThan(tolerance);
    // The difference to a finer mesh is the error, up to a sixteenth.
    expect(found.difference).toBeGreaterThan(0.5 * worst(found.x, found.y[0], Math.sin));
  });

  test("the two solutions of Bratu's problem y'' + exp(y) = 0", () => {
    for (const [guess, from] of [
      [0, 1],
      [3, 12],
    ] as const) {
      // oxfmt-ignore
      let theta = from;
      for (let k = 0; k < 60; k++) {
        const f = theta - Math.SQRT2 * Math.cosh(theta / 4);
        theta -= f / (1 - (Math.SQRT2 / 4) * Math.sinh(theta / 4));
      }
      const found = solveBoundary(
        second([0, 1], (_, y) => -Math.exp(y), (ya, yb) => [ya[0], yb[0]]), // oxfmt-ignore
        { tolerance: 1e-9, guess: (x) => [4 * guess * x * (1 - x), 4 * guess * (1 - 2 * x)] },
      );
      expect(found.stop.kind).toBe("done");
      const exact = (x: number): number => -2 * Math.log(Math.cosh(((x - 0.5) * theta) / 2) / Math.cosh(theta / 4));
      expect(worst(found.x, found.y[0], exact)).toBeLessThan(1e-8);
    }
  });

  test("a layer of width 1e-3: the mesh gathers there", () => {
    const e = 1e-3;
    const found = solveBoundary(second([0, 1], (_, y) => y / e ** 2, (ya, yb) => [ya[0] - 1, yb[0]]), { tolerance: 1e-6 }); // oxfmt-ignore
    expect(found.stop.kind).toBe("done");
    expect(worst(found.x, found.y[0], (x) => Math.exp(-x / e))).toBeLessThan(1e-6);
    expect(found.x.length).toBeLessThan(1000);
    expect(found.x.filter((x) => x < 0.02).length).toBeGreaterThan(found.x.length / 2);
  });

  test("both dichotomies: growing and decaying solutions of size exp(60) do no harm", () => {
    const w = 60;
    const found = solveBoundary(second([0, 1], (_, y) => w * w * y, (ya, yb) => [ya[0] - 1, yb[0] - 1]), { tolerance: 1e-8 }); // oxfmt-ignore
    const exact = (x: number): number => (Math.exp(-w * x) + Math.exp(-w * (1 - x))) / (1 + Math.exp(-w));
    expect(worst(found.x, found.y[0], exact)).toBeLessThan(1e-8);
  });

  test("an eigenvalue as unknown parameter: y'' = -k^2 y, k = 2 pi", () => {
    const found = solveBoundary(
      second([0, 1], (_, y, __, [k]) => -k * k * y, (ya, yb, [k]) => [ya[0], yb[0], ya[1] - k], 1), // oxfmt-ignore
      { tolerance: 1e-9, parameters: [6], guess: (x) => [Math.sin(6 * x), 6 * Math.cos(6 * x)] },
    );
    expect(found.stop.kind).toBe("done");
    expect(Math.abs(found.parameters[0] - 2 * Math.PI)).toBeLessThan(1e-8);
  });

  test("a periodic solution: conditions that join both ends", () => {
    const found = solveBoundary(
      {
        n: 1,
        a: 0,
        b: 2 * Math.PI,
        rhs: (x, y, _, dy) => (dy[0] = Math.sin(x) - y[0]),
        boundary: (ya, yb, _, r) => (r[0] = yb[0] - ya[0]),
      },
      { tolerance: 1e-8 },
    );
    expect(worst(found.x, found.y[0], (x) => (Math.sin(x) - Math.cos(x)) / 2)).toBeLessThan(1e-7);
  });
});

describe("published values", () => {
  test("Blasius' boundary layer: f''(0) = 0.332057336215196", () => {
    const found = solveBoundary(
      {
        n: 3,
        a: 0,
        b: 20,
        rhs: (_, y, __, dy) => dy.set([y[1], y[2], -0.5 * y[0] * y[2]]),
        boundary: (ya, yb, _, r) => r.set([ya[0], ya[1], yb[1] - 1]),
      },
      { tolerance: 1e-9, guess: (x) => [x, 1, Math.exp(-x)] },
    );
    expect(found.stop.kind).toBe("done");
    expect(Math.abs(found.y[2][0] - 0.332057336215196)).toBeLessThan(1e-9);
  });

  test("the fourth characteristic value of Mathieu's equation at q = 5", () => {
    const found = solveBoundary(
      second([0, Math.PI], (x, y, _, [l]) => -(l - 10 * Math.cos(2 * x)) * y, (ya, yb) => [ya[1], yb[1], ya[0] - 1], 1), // oxfmt-ignore
      { tolerance: 1e-9, parameters: [15], guess: (x) => [Math.cos(4 * x), -4 * Math.sin(4 * x)] },
    );
    // From the tridiagonal matrix of its Fourier series (n = 0, 2, 4, ...).
    expect(Math.abs(found.parameters[0] - mathieu(5, 17))).toBeLessThan(1e-8);
  });
});

/** The eigenvalue nearest to `near` of Mathieu's equation for even solutions of period pi: a root of the continued determinant. */
function mathieu(q: number, near: number): number {
  const determinant = (a: number): number => {
    let [before, here] = [1, a];
    // Scaled by each diagonal element, so that it converges.
    for (let m = 1; m < 30; m++) {
      const scale = (2 * m) ** 2;
      [before, here] = [here, ((a - scale) * here - (m === 1 ? 2 : 1) * q * q * before) / scale];
      before /= scale;
    }
    return here;
  };
  let [low, high] = [near - 0.5, near + 0.5];
  for (let k = 0; k < 80; k++) {
    const middle = (low + high) / 2;
    if (determinant(low) * determinant(middle) <= 0) high = middle;
    else low = middle;
  }
  return low;
}

describe("no solution", () => {
  test("Bratu's problem beyond its fold is given up, with the last attempt", () => {
    const found = solveBoundary(second([0, 1], (_, y) => -4 * Math.exp(y), (ya, yb) => [ya[0], yb[0]]), { points: 400 }); // oxfmt-ignore
    expect(found.stop.kind).toBe("other");
    expect(found.stop.detail).toMatch(/converge|singular|finite/);
  });

  test("conditions that do not determine the solution", () => {
    const found = solveBoundary(second([0, Math.PI], (_, y) => -y, (ya) => [ya[0], ya[0]])); // oxfmt-ignore
    expect(found.stop.detail).toContain("singular");
  });

  test("a tolerance that the points do not allow", () => {
    const found = solveBoundary(second([0, 1], (_, y) => 1e6 * y, (ya, yb) => [ya[0] - 1, yb[0]]), { tolerance: 1e-10, points: 50 }); // oxfmt-ignore
    expect(found.stop.kind).toBe("accuracy");
  });

  test.each([
    [{ mesh: [0, 0.5] }, "mesh"],
    [{ tolerance: 0 }, "tolerance"],
    [{ guess: () => [1] }, "1 values for 2 states"],
    [{ parameters: [1] }, "1 guesses for 0"],
  ])("%o", (options, message) => {
    const problem = second([0, 1], (_, y) => y, (ya, yb) => [ya[0], yb[0]]); // oxfmt-ignore
    expect(() => solveBoundary(problem, options)).toThrow(message);
  });
});
