// Systems from plain functions: right-hand sides written in TypeScript, Jacobians by the caller, by differences of columns that
// share no row (Curtis, Powell, Reid 1974, "On the estimation of sparse Jacobian matrices"), or not at all (Krylov).
import { Failure } from "../base/index.ts";
import { columnColoring } from "../term/index.ts";
import type { MassMatrix } from "./mass.ts";
import type { OdeProblem } from "./problem.ts";
import type { OdeSystem, Preconditioner, SparsePattern } from "./system.ts";

export interface PlainProblem {
  readonly name?: string;
  /** dy = f(t, y). */
  readonly rhs: (t: number, y: Float64Array, dy: Float64Array) => void;
  readonly y0: ArrayLike<number>;
  readonly t0?: number;
  /** Names of the states; y0, y1, ... by default. */
  readonly names?: readonly string[];
  /** Where df_i/dy_j may be nonzero; dense by default. */
  readonly pattern?: SparsePattern;
  /** values[k] = df_i/dy_j of the k-th entry of `pattern`; "differences" (default); "none": Krylov solvers with differences. */
  readonly jacobian?: ((t: number, y: Float64Array, values: Float64Array) => void) | "differences" | "none";
  /** An approximate inverse of M - c J for Krylov solvers. */
  readonly preconditioner?: Preconditioner;
  /** M in M y' = f(t, y). */
  readonly mass?: MassMatrix;
  /** The right-hand side does not depend on t. Default false. */
  readonly autonomous?: boolean;
}

/** A problem whose outputs are its states. Fails (Failure, usage) on sizes that do not fit. */
export function plainProblem(given: PlainProblem): OdeProblem {
  const y0 = Float64Array.from(given.y0);
  const n = y0.length;
  const {
    t0 = 0,
    names = Array.from(y0, (_, i) => `y${i}`),
    jacobian = "differences",
    pattern = densePattern(n),
  } = given;
  if (n === 0) throw new Failure("usage", "a problem needs at least one state");
  if (names.length !== n) throw new Failure("usage", `there are ${names.length} names for ${n} states`);
  if (pattern.n !== n || pattern.colPtr.length !== n + 1)
    throw new Failure("usage", `the pattern of the Jacobian is one of ${pattern.n} states, not ${n}`);
  if (given.mass !== undefined && given.mass.pattern.n !== n)
    throw new Failure("usage", `the mass matrix is one of ${given.mass.pattern.n} states, not ${n}`);
  const system: OdeSystem = {
    n,
    names,
    pattern: jacobian === "none" ? { n, colPtr: new Int32Array(n + 1), rowIdx: new Int32Array(0) } : pattern,
    vector: (length = n) => new Float64Array(length),
    rhs: given.rhs,
    jacobian: jacobian === "none" ? () => {} : jacobian === "differences" ? differences(given.rhs, pattern) : jacobian,
    matrixFree: jacobian === "none",
    preconditioner: given.preconditioner,
    timeDerivative: given.autonomous ? undefined : timeDifference(given.rhs, n),
    mass: given.mass,
    cost: { rhs: 10 * n, jacobian: 10 * Math.max(pattern.rowIdx.length, n) },
  };
  return {
    name: given.name ?? "system",
    system,
    direct: () => Promise.resolve(system),
    t0,
    y0,
    outputs: {
      names,
      components: Int32Array.from(y0, (_, i) => i),
      evaluate: (_, values, out) => out.set(values),
    },
    conserved: [],
    amounts: false,
    dispose: () => {},
  };
}

export function densePattern(n: number): SparsePattern {
  return {
    n,
    colPtr: Int32Array.from({ length: n + 1 }, (_, j) => j * n),
    rowIdx: Int32Array.from({ length: n * n }, (_, k) => k % n),
  };
}

/** Forward differences, several columns at once where they share no row. Error about the square root of the rounding unit. */
function differences(rhs: PlainProblem["rhs"], { n, colPtr, rowIdx }: SparsePattern): OdeSystem["jacobian"] {
  const { color, count } = columnColoring({ layout: "csc", rows: n, columns: n, starts: colPtr, indices: rowIdx });
  const moved = new Float64Array(n);
  const base = new Float64Array(n);
  const image = new Float64Array(n);
  const steps = new Float64Array(n);
  return (t, y, values) => {
    rhs(t, y, base);
    let scale = 0;
    for (let j = 0; j < n; j++) scale = Math.max(scale, Math.abs(y[j]));
    for (let group = 0; group < count; group++) {
      moved.set(y);
      for (let j = 0; j < n; j++)
        if (color[j] === group) {
          moved[j] += Math.sqrt(Number.EPSILON) * Math.max(Math.abs(y[j]), 1e-3 * scale, 1e-8);
          steps[j] = moved[j] - y[j];
        }
      rhs(t, moved, image);
      for (let j = 0; j < n; j++)
        if (color[j] === group)
          for (let p = colPtr[j]; p < colPtr[j + 1]; p++) values[p] = (image[rowIdx[p]] - base[rowIdx[p]]) / steps[j];
    }
  };
}

function timeDifference(rhs: PlainProblem["rhs"], n: number): NonNullable<OdeSystem["timeDerivative"]> {
  const base = new Float64Array(n);
  return (t, y, dft) => {
    const step = Math.sqrt(Number.EPSILON) * Math.max(Math.abs(t), 1e-3);
    const after = t + step;
    rhs(t, y, base);
    rhs(after, y, dft);
    for (let i = 0; i < n; i++) dft[i] = (dft[i] - base[i]) / (after - t);
  };
}
