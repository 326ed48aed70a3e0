// Stationary methods: Richardson, Jacobi, Gauss-Seidel, successive over-relaxation (SOR) and its symmetric form (SSOR) (Young 1971; Saad
// 2003, chapter 4). One sweep a step; the residual is computed after each, so that step counts are true.
// The last four sweep over the entries of a matrix, so they take the matrix itself, and no preconditioner.
import { diagonal, type Sparse, SparseProduct } from "../../array/index.ts";
import { Failure } from "../../base/index.ts";
import type { IterativeResult, LinearOperator } from "../operator.ts";
import { smoothers } from "../precondition/smoothers.ts";
import { type IterativeOptions, iterate, type Run, type RunEnd } from "./iteration.ts";
import { hasRoom } from "./vector-space.ts";

export interface RelaxationOptions extends IterativeOptions {
  /** Relaxation. Default 1. SOR and SSOR: 0 < omega < 2. */
  readonly omega?: number;
}

/** x += omega M^-1 (b - A x). Converges where the eigenvalues of omega M^-1 A lie within 1 of 1. */
export function richardson(
  operator: LinearOperator,
  b: Float64Array,
  options: RelaxationOptions = {},
): IterativeResult {
  const { omega = 1 } = options;
  return iterate(operator, b, options, (n) => ({
    name: "richardson",
    doubles: 2 * (n + 2),
    start(run) {
      const [z, q] = [run.space.vector(n), run.space.vector(n)];
      return () => {
        for (;;) {
          run.precondition(run.r, z);
          run.apply(z, q);
          const end = run.step(run.space.advance(omega, z, q, run.x, run.r));
          if (end) return end;
        }
      };
    },
  }));
}

type Matrix = Sparse | SparseProduct;
type SweepOptions = Omit<RelaxationOptions, "preconditioner">;

/** x += omega D^-1 (b - A x). */
export function jacobi(matrix: Matrix, b: Float64Array, options: SweepOptions = {}): IterativeResult {
  return sweep("jacobi", matrix, b, options, ({ space, x, r, n }, d) => {
    const z = space.vector(n);
    return () => {
      space.times(d, r, z);
      space.axpy(1, z, x);
    };
  });
}

/** Rows one after another, each solved for its unknown: SOR with omega = 1. */
export function gaussSeidel(matrix: Matrix, b: Float64Array, options: SweepOptions = {}): IterativeResult {
  return sweep("gauss-seidel", matrix, b, { ...options, omega: 1 }, (run, d, sweeps) => () => sweeps.forward(run, d));
}

/** Gauss-Seidel, each change multiplied by omega. */
export function sor(matrix: Matrix, b: Float64Array, options: SweepOptions = {}): IterativeResult {
  return sweep("sor", matrix, b, options, (run, d, sweeps) => () => sweeps.forward(run, d));
}

/** A sweep of SOR forwards, then one backwards. */
export function ssor(matrix: Matrix, b: Float64Array, options: SweepOptions = {}): IterativeResult {
  return sweep("ssor", matrix, b, options, (run, d, sweeps) => () => {
    sweeps.forward(run, d);
    sweeps.backward(run, d);
  });
}

interface Sweeps {
  forward(run: Run, d: Float64Array): void;
  backward(run: Run, d: Float64Array): void;
}

function sweep(
  name: string,
  matrix: Matrix,
  b: Float64Array,
  options: SweepOptions,
  method: (run: Run, d: Float64Array, sweeps: Sweeps) => () => void,
): IterativeResult {
  const { omega = 1 } = options;
  if (!(omega > 0 && (omega < 2 || name === "jacobi")))
    throw new Failure("usage", `${name}: omega is ${omega}`, { hint: "0 < omega < 2." });
  const n = matrix.rows;
  const doubles = 8 * (n + 2) + 200;
  const ready = matrix instanceof SparseProduct;
  // The sweeps need the vectors in the memory of the matrix.
  const product = ready && hasRoom(matrix.runtime, doubles) ? matrix : new SparseProduct(ready ? matrix.matrix : matrix);
  const { ptr, idx, values } = product.matrix;
  const place = [ptr.byteOffset, idx.byteOffset, values.byteOffset] as const;
  const raw = smoothers(product.runtime);
  try {
    const d = diagonal(product.matrix);
    const zero = d.indexOf(0);
    if (zero >= 0) throw new Failure("numeric", `${name}: the diagonal is zero at row ${zero}`);
    return iterate(product, b, { ...options, preconditioner: undefined } as IterativeOptions, () => ({
      name,
      doubles: 2 * (n + 2),
      start(run) {
        const inverse = run.space.vector(n);
        for (let i = 0; i < n; i++) inverse[i] = omega / d[i];
        const go = method(run, inverse, {
          forward: ({ b: right, x }, by) => void raw.forward(n, ...place, by.byteOffset, right.byteOffset, x.byteOffset),
          backward: ({ b: right, x }, by) => void raw.backward(n, ...place, by.byteOffset, right.byteOffset, x.byteOffset),
        });
        return (): RunEnd => {
          for (;;) {
            go();
            const end = run.step(run.residual(run.x, run.r));
            if (end) return end;
          }
        };
      },
    }));
  } finally {
    if (product !== matrix) product.dispose();
  }
} // oxfmt-ignore
