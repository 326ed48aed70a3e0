// Block Jacobi: the blocks on the diagonal are inverted one by one and kept as one sparse matrix, so that an application is one
// compiled product.
import { isSymmetric, type Sparse, SparseProduct } from "../../array/index.ts";
import { Failure } from "../../base/index.ts";
import { DenseLU } from "../dense-lu.ts";
import type { Preconditioner } from "../operator.ts";
import { type GivenMatrix, squareMatrix } from "./given.ts";
import { Placement } from "./placement.ts";

export interface BlockJacobiOptions {
  /** Rows of each block, the last one may be smaller; or where the blocks begin, from 0, ascending. Default 8. */
  readonly blocks?: number | ArrayLike<number>;
}

/** @throws Failure where a block is singular. */
export function blockJacobi(given: GivenMatrix, { blocks = 8 }: BlockJacobiOptions = {}): Preconditioner {
  const { n, matrix, runtime } = squareMatrix("block Jacobi", given);
  const starts = typeof blocks === "number" ? evenStarts(n, blocks) : checkedStarts(n, blocks);
  const symmetric = isSymmetric(matrix);
  const inverse = invertBlocks(matrix, starts, symmetric);
  const entries = inverse.ptr[n];
  const placement = new Placement(runtime, { f64: entries + 2 * n, i32: entries + n + 1 });
  const product = new SparseProduct(inverse, { runtime: placement.runtime });
  placement.done();
  return {
    name: `block Jacobi, ${starts.length} blocks`,
    n,
    symmetric,
    entries,
    runtime: product.runtime,
    apply: (r, z) => product.apply(r, z),
    dispose: () => placement.dispose(),
  };
}

function evenStarts(n: number, size: number): number[] {
  if (!(Number.isInteger(size) && size >= 1)) throw new Failure("usage", `block Jacobi: blocks of ${size} rows`);
  return Array.from({ length: Math.ceil(n / size) }, (_, k) => k * size);
}

function checkedStarts(n: number, given: ArrayLike<number>): number[] {
  const starts = Array.from(given);
  if (n > 0 && starts[0] !== 0) throw new Failure("usage", "block Jacobi: the first block does not begin at row 0");
  starts.forEach((s, k) => {
    if (!(Number.isInteger(s) && s < n && (k === 0 || s > starts[k - 1])))
      throw new Failure("usage", `block Jacobi: block ${k} begins at ${s}`, { hint: "Starts ascend and are rows." });
  });
  return starts;
}

function invertBlocks({ rows: n, ptr, idx, values }: Sparse, starts: readonly number[], symmetric: boolean): Sparse {
  const sizes = starts.map((s, k) => (starts[k + 1] ?? n) - s);
  const total = sizes.reduce((sum, size) => sum + size * size, 0);
  const out = { ptr: new Int32Array(n + 1), idx: new Int32Array(total), values: new Float64Array(total) };
  let to = 0;
  starts.forEach((first, k) => {
    const size = sizes[k];
    const dense = new Float64Array(size * size);
    for (let i = 0; i < size; i++)
      for (let p = ptr[first + i]; p < ptr[first + i + 1]; p++) {
        const j = idx[p] - first;
        if (j >= 0 && j < size) dense[i * size + j] = values[p];
      }
    const lu = new DenseLU(size, { target: "js" });
    const column = lu.factor(dense);
    if (column >= 0)
      throw new Failure("numeric", `block Jacobi: block ${k} (rows ${first} to ${first + size - 1}) is singular at its column ${column}`); // oxfmt-ignore
    const columns = Array.from({ length: size }, (_, j) => {
      const e = new Float64Array(size);
      e[j] = 1;
      lu.solve(e);
      return e;
    });
    for (let i = 0; i < size; i++) {
      for (let j = 0; j < size; j++, to++) {
        out.idx[to] = first + j;
        out.values[to] = symmetric ? (columns[j][i] + columns[i][j]) / 2 : columns[j][i];
      }
      out.ptr[first + i + 1] = to;
    }
  });
  return { layout: "csr", rows: n, cols: n, ...out };
}
