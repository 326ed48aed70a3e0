// The Jacobi preconditioner: division by the diagonal.
import { Runtime } from "../../compile/index.ts";
import { hasRoom } from "../iterative/vector-space.ts";
import type { Preconditioner } from "../operator.ts";
import { type GivenMatrix, nonzeroDiagonal, squareMatrix } from "./given.ts";

/** M = diag(A). @throws Failure where the diagonal has a zero. */
export function jacobiPreconditioner(given: GivenMatrix): Preconditioner {
  const { n, matrix, runtime } = squareMatrix("Jacobi", given);
  const d = nonzeroDiagonal("Jacobi", matrix);
  const fits = runtime !== undefined && hasRoom(runtime, n);
  const own = fits ? runtime : Runtime.for({ f64: n });
  const inverse = own.f64(n);
  for (let i = 0; i < n; i++) inverse[i] = 1 / d[i];
  return {
    name: "Jacobi",
    n,
    symmetric: true,
    entries: n,
    diagonal: inverse,
    runtime: own,
    apply(r, z) {
      for (let i = 0; i < n; i++) z[i] = inverse[i] * r[i];
    },
    dispose: () => (fits ? undefined : own.dispose()),
  };
}
