// What is known of a singular square matrix: its rank (of small ones, by singular values) and a vector that it sends to almost nothing.
import { fromTriplets, multiplyVector, norm, type Sparse, toDense, toLayout } from "../../array/index.ts";
import { Random } from "../../base/index.ts";
import { svd } from "../dense/svd.ts";
import { analyzeBlockLU, BlockLU } from "../direct/block-lu.ts";
import { maximumTransversal } from "../direct/block-triangular.ts";
import { length } from "./verify.ts";

export interface Deficiency {
  /** Numerical rank, where all singular values were computed; else an upper bound from the pattern. */
  readonly rank: number;
  readonly rankIs: "numerical" | "at most";
  /** A vector of length 1 with |A v| = `size` |A|. */
  readonly nullVector?: Float64Array;
  readonly size?: number;
}

const SMALL = 400;

/** Looks for what makes a square matrix singular. */
export function deficiency(a: Sparse): Deficiency {
  const { rows: n } = a;
  const scale = norm(a, "infinity");
  if (n <= SMALL) {
    const { values, v } = svd(toDense(a));
    const least = n * 2 ** -52 * (values[0] ?? 0);
    let rank = 0;
    while (rank < n && values[rank] > least) rank++;
    if (rank === n || !v) return { rank, rankIs: "numerical" };
    const x = Float64Array.from({ length: n }, (_, i) => v.data[v.offset + i * v.rowStep + (n - 1) * v.colStep]);
    return { rank, rankIs: "numerical", ...measured(a, x, scale) };
  }
  const c = toLayout(a, "csc");
  const { rowOf, rank } = maximumTransversal({ n, colPtr: c.ptr, rowIdx: c.idx }, c.values);
  const x = inverseIteration(c, rowOf, scale);
  return { rank: Math.min(rank, n - 1), rankIs: "at most", ...(x && measured(a, x, scale)) };
}

function measured(a: Sparse, x: Float64Array, scale: number): { nullVector?: Float64Array; size?: number } {
  const whole = length(x);
  if (!(whole > 0 && whole < Infinity)) return {};
  const v = x.map((each) => each / whole);
  const size = scale === 0 ? 0 : length(multiplyVector(a, v)) / scale;
  return size < 1e-8 ? { nullVector: v, size } : {};
}

/** Two steps with the matrix changed a little on a transversal, so that it can be factored. */
function inverseIteration(a: Sparse, rowOf: Int32Array, scale: number): Float64Array | undefined {
  const { cols: n, ptr, idx, values } = a;
  const taken = new Uint8Array(n);
  for (const i of rowOf) if (i >= 0) taken[i] = 1;
  const free = [...taken.keys()].filter((i) => taken[i] === 0);
  const random = new Random(1);
  const [row, col, value]: [number[], number[], number[]] = [[], [], []];
  for (let j = 0; j < n; j++) {
    for (let p = ptr[j]; p < ptr[j + 1]; p++) {
      row.push(idx[p]);
      col.push(j);
      value.push(values[p]);
    }
    row.push(rowOf[j] >= 0 ? rowOf[j] : free.pop()!);
    col.push(j);
    value.push((scale === 0 ? 1 : scale) * 1e-11 * (1 + random.next()));
  }
  const changed = fromTriplets({ rows: n, cols: n, row, col, values: value }, "csc");
  const f = new BlockLU(analyzeBlockLU(changed));
  try {
    if (f.factor(changed.values).kind === "singular") return undefined;
    let x = Float64Array.from({ length: n }, () => random.next() - 0.5);
    for (let step = 0; step < 3; step++) {
      f.solve(x);
      const whole = length(x);
      if (!(whole > 0 && whole < Infinity)) return undefined;
      x = x.map((v) => v / whole);
    }
    return x;
  } finally {
    f.dispose();
  }
}
