// Orders of the rows and columns of a symmetric pattern by name.
import { type Sparse, toLayout } from "../../array/index.ts";
import { amd } from "../amd.ts";
import { symmetrized } from "../pattern.ts";
import { nestedDissection } from "./nested-dissection.ts";
import { reverseCuthillMcKee } from "./cuthill-mckee.ts";

export type SymmetricOrdering = "amd" | "nested-dissection" | "rcm" | "natural";

/** order[k]: the row and column that comes k-th; of the pattern of A + A^T, whatever half of it is stored. */
export function symmetricOrder(matrix: Sparse, name: SymmetricOrdering): Int32Array {
  const { cols: n, ptr, idx } = toLayout(matrix, "csc");
  if (name === "natural") return Int32Array.from({ length: n }, (_, k) => k);
  const graph = symmetrized({ n, colPtr: ptr, rowIdx: idx });
  if (name === "rcm") return reverseCuthillMcKee(graph);
  return name === "amd" ? amd(graph) : nestedDissection(graph);
}
