// Systems from plain functions: Jacobians by differences, Krylov solvers, mass matrices.
import { describe, expect, test } from "vitest";
import { diagonalMass, integrate, plainProblem, type MassMatrix, type MethodName } from "./index.ts";

const N = 40;
/** Heat on a rod with a cubic sink; ends held at 0. */
function heat(t: number, y: Float64Array, dy: Float64Array): void {
  const share = (N + 1) ** 2 / 100;
  for (let i = 0; i < N; i++) {
    const left = i > 0 ? y[i - 1] : 0;
    const right = i + 1 < N ? y[i + 1] : 0;
    dy[i] = share * (left - 2 * y[i] + right) - y[i] ** 3 + 0.1 * Math.sin(t);
  }
}
const tridiagonal = {
  n: N,
  colPtr: Int32Array.from({ length: N + 1 }, (_, j) => (j === 0 ? 0 : j === N ? 3 * N - 2 : 3 * j - 1)),
  rowIdx: Int32Array.from(Array.from({ length: N }, (_, j) => [j - 1, j, j + 1].filter((i) => i >= 0 && i < N)).flat()),
};
const y0 = Float64Array.from({ length: N }, (_, i) => Math.sin((Math.PI * (i + 1)) / (N + 1)));
const times = Float64Array.of(1, 5);
const tolerance = { relative: 1e-8, absolute: new Float64Array(N).fill(1e-10) };

describe("plain systems", () => {
  test.each(["rodas5p", "bdf", "radau", "ros34pw2"] as MethodName[])(
    "%s: coloured differences and Krylov agree with Vern9",
    async (method) => {
      const exact = await integrate(plainProblem({ rhs: heat, y0 }), { method: "vern9", times, ...tolerance });
      for (const jacobian of ["differences", "none"] as const) {
        if (method === "radau" && jacobian === "none") continue;
        const run = await integrate(plainProblem({ rhs: heat, y0, pattern: tridiagonal, jacobian }), {
          method,
          times,
          ...tolerance,
        });
        run.curves.forEach((curve, i) => expect(Math.abs(curve[1] - exact.curves[i][1])).toBeLessThan(3e-7));
      }
    },
  );

  test("a preconditioner makes Krylov solvers need fewer right-hand sides", async () => {
    // Cells of very different capacity: the diagonal is most of the matrix.
    const capacity = Float64Array.from({ length: N }, (_, i) => 10 ** (i % 5));
    let calls = 0;
    const rhs = (t: number, y: Float64Array, dy: Float64Array): void => {
      calls++;
      heat(t, y, dy);
      for (let i = 0; i < N; i++) dy[i] -= capacity[i] * (y[i] - Math.cos(t));
    };
    const scale = new Float64Array(N);
    const preconditioner = {
      prepare: (_: number, __: Float64Array, c: number) => {
        for (let i = 0; i < N; i++) scale[i] = 1 / (1 + c * ((2 * (N + 1) ** 2) / 100 + capacity[i]));
        return true;
      },
      solve: (b: Float64Array) => b.forEach((value, i) => (b[i] = value * scale[i])),
    };
    const count = async (given: typeof preconditioner | undefined): Promise<number> => {
      calls = 0;
      const problem = plainProblem({ rhs, y0, jacobian: "none", preconditioner: given });
      const run = await integrate(problem, { method: "bdf", times, relative: 1e-5, absolute: tolerance.absolute });
      expect(run.stop.kind).toBe("done");
      return calls;
    };
    expect(await count(preconditioner)).toBeLessThan(0.8 * (await count(undefined)));
  });

  test("a full mass matrix: M y' = M f gives y' = f", async () => {
    const dense: MassMatrix = {
      pattern: { n: 2, colPtr: Int32Array.of(0, 2, 4), rowIdx: Int32Array.of(0, 1, 0, 1) },
      values: Float64Array.of(2, 1, 1, 3),
    };
    const rhs = (_: number, y: Float64Array, dy: Float64Array): void => {
      const f = [-y[0] + y[1], -2 * y[1]];
      dy[0] = 2 * f[0] + f[1];
      dy[1] = f[0] + 3 * f[1];
    };
    for (const method of ["rodas5p", "bdf", "radau", "ros34pw2"] as const) {
      const run = await integrate(plainProblem({ rhs, y0: [1, 1], mass: dense }), {
        method,
        times: Float64Array.of(1),
        relative: 1e-8,
        absolute: Float64Array.of(1e-10, 1e-10),
      });
      // y1 = e^-2t, y0 = 2 e^-t - e^-2t.
      expect(run.curves[1][0]).toBeCloseTo(Math.exp(-2), 5);
      expect(run.curves[0][0]).toBeCloseTo(2 * Math.exp(-1) - Math.exp(-2), 5);
    }
  });

  test("a singular mass matrix that is not diagonal: consistent values are found in its null space", async () => {
    // y0' + y1' = -(y0 + y1), 0 = y0 - y1: both e^-t / 2 * (sum at the start).
    const mass: MassMatrix = {
      pattern: { n: 2, colPtr: Int32Array.of(0, 1, 2), rowIdx: Int32Array.of(0, 0) },
      values: Float64Array.of(1, 1),
    };
    const rhs = (_: number, y: Float64Array, dy: Float64Array): void => {
      dy[0] = -(y[0] + y[1]);
      dy[1] = y[0] - y[1];
    };
    for (const method of ["rodas5p", "radau"] as const) {
      const run = await integrate(plainProblem({ rhs, y0: [1, 0], mass }), {
        method,
        times: Float64Array.of(0, 1),
        relative: 1e-8,
        absolute: Float64Array.of(1e-10, 1e-10),
      });
      expect(run.curves[0][0]).toBeCloseTo(0.5, 10);
      expect(run.curves[0][1]).toBeCloseTo(0.5 * Math.exp(-1), 6);
      expect(run.curves[1][1]).toBeCloseTo(0.5 * Math.exp(-1), 6);
    }
  });

  test("equations of index 2 are refused, with the unknown and what to do", async () => {
    // x' = z, 0 = x - sin t: z = cos t.
    const run = await integrate(
      plainProblem({
        rhs: (t, y, dy) => {
          dy[0] = y[1];
          dy[1] = y[0] - Math.sin(t);
        },
        y0: [0, 1],
        mass: diagonalMass([1, 0]),
      }),
      { method: "radau", times: Float64Array.of(2), relative: 1e-6, absolute: Float64Array.of(1e-8, 1e-2) },
    ).catch((error: Error) => error);
    expect(run).toBeInstanceOf(Error);
    expect((run as Error).message).toMatch(/do not determine y1/);
  });

  test("sizes that do not fit are refused", () => {
    expect(() => plainProblem({ rhs: heat, y0: [] })).toThrow(/at least one state/);
    expect(() => plainProblem({ rhs: heat, y0: [1], names: ["a", "b"] })).toThrow(/2 names for 1 states/);
    expect(() => plainProblem({ rhs: heat, y0: [1], pattern: tridiagonal })).toThrow(/one of 40 states, not 1/);
  });
});
