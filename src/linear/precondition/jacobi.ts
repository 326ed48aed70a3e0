// The Jacobi preconditioner: division by the diagonal.
import type { Preconditioner } from "../operator.ts";
import { type GivenMatrix, nonzeroDiagonal, squareMatrix } from "./given.ts";
import { Placement } from "./placement.ts";

/** M = diag(A). @throws Failure where the diagonal has a zero. */
export function jacobiPreconditioner(given: GivenMatrix): Preconditioner {
  const { n, matrix, runtime } = squareMatrix("Jacobi", given);
  const d = nonzeroDiagonal("Jacobi", matrix);
  const placement = new Placement(runtime, { f64: n, slices: 4 });
  const inverse = placement.runtime.f64(n);
  placement.done();
  for (let i = 0; i < n; i++) inverse[i] = 1 / d[i];
  return {
    name: "Jacobi",
    n,
    symmetric: true,
    entries: n,
    diagonal: inverse,
    runtime: placement.runtime,
    apply(r, z) {
      for (let i = 0; i < n; i++) z[i] = inverse[i] * r[i];
    },
    dispose: () => placement.dispose(),
  };
}
