// Two-point boundary value problems y' = f(x, y, p) on [a, b], g(y(a), y(b), p) = 0, with unknown parameters p.

export interface BoundaryProblem {
  /** Number of states, and of unknown parameters (default 0). */
  readonly n: number;
  readonly k?: number;
  readonly a: number;
  readonly b: number;
  /** dy = f(x, y, p). */
  rhs(x: number, y: Float64Array, p: Float64Array, dy: Float64Array): void;
  /** Row by row: J = df/dy (n x n), P = df/dp (n x k). Differences where absent. */
  jacobian?(x: number, y: Float64Array, p: Float64Array, J: Float64Array, P: Float64Array): void;
  /** r = g(ya, yb, p): n + k numbers. */
  boundary(ya: Float64Array, yb: Float64Array, p: Float64Array, r: Float64Array): void;
  /** Row by row: A = dg/dya, B = dg/dyb (n + k rows of n), P = dg/dp (n + k rows of k). Differences where absent. */
  boundaryJacobian?(
    ya: Float64Array,
    yb: Float64Array,
    p: Float64Array,
    A: Float64Array,
    B: Float64Array,
    P: Float64Array,
  ): void;
}

/** Fills in Jacobians by forward differences, right to about half the digits. */
export function withJacobians(problem: BoundaryProblem): Required<BoundaryProblem> {
  const { n, k = 0, rhs, boundary } = problem;
  const p0 = new Float64Array(k);
  const moved = (v: Float64Array, j: number, at: (step: number) => void): void => {
    const kept = v[j];
    v[j] = kept + Math.sqrt(Number.EPSILON) * Math.max(1, Math.abs(kept));
    const step = v[j] - kept;
    at(step);
    v[j] = kept;
  };
  const [f0, f1] = [new Float64Array(n), new Float64Array(n)];
  const [g0, g1] = [new Float64Array(n + k), new Float64Array(n + k)];
  const column = (base: Float64Array, image: Float64Array, step: number, out: Float64Array, j: number, width: number): void => {
    for (let i = 0; i < base.length; i++) out[i * width + j] = (image[i] - base[i]) / step;
  }; // oxfmt-ignore
  return {
    n,
    k,
    a: problem.a,
    b: problem.b,
    rhs: (x, y, p, dy) => rhs.call(problem, x, y, p, dy),
    boundary: (ya, yb, p, r) => boundary.call(problem, ya, yb, p, r),
    jacobian:
      problem.jacobian?.bind(problem) ??
      ((x, y, p, J, P) => {
        const at = k === 0 ? p0 : p;
        rhs.call(problem, x, y, at, f0);
        for (const [v, out] of [
          [y, J],
          [at, P],
        ])
          // oxfmt-ignore
          for (let j = 0; j < v.length; j++)
            moved(v, j, (step) => {
              rhs.call(problem, x, y, at, f1);
              column(f0, f1, step, out, j, v.length);
            });
      }),
    boundaryJacobian:
      problem.boundaryJacobian?.bind(problem) ??
      ((ya, yb, p, A, B, P) => {
        boundary.call(problem, ya, yb, p, g0);
        for (const [v, out] of [
          [ya, A],
          [yb, B],
          [p, P],
        ])
          // oxfmt-ignore
          for (let j = 0; j < v.length; j++)
            moved(v, j, (step) => {
              boundary.call(problem, ya, yb, p, g1);
              column(g0, g1, step, out, j, v.length);
            });
      }),
  };
}
