// Products with dense matrices: dense times dense through the blocked kernel of room compile, sparse times dense row by row.
// Left out: complex matrices.
import { Failure } from "../base/index.ts";
import { NumericKernels } from "../compile/index.ts";
import { type Dense, dense, packed } from "./dense.ts";
import { type Sparse, toLayout } from "./sparse.ts";

function checkProduct(a: Sparse | Dense, b: Dense): void {
  if (a.imaginary ?? b.imaginary) throw new Failure("unsupported", "products of complex matrices");
  if (a.cols !== b.rows) throw new Failure("usage", `a matrix of ${a.rows} x ${a.cols} times one of ${b.rows} x ${b.cols}`); // oxfmt-ignore
}

/** A B, row by row. */
export function multiplyDense(a: Dense, b: Dense): Dense {
  checkProduct(a, b);
  const [m, n, k] = [a.rows, b.cols, a.cols];
  const kernels = new NumericKernels({ bytes: 8 * (m * k + k * n + m * n) + (4 << 20) });
  try {
    const c = kernels.gemm(packed(a), packed(b), { m, n, k });
    return dense(m, n, Float64Array.from(c));
  } finally {
    kernels.dispose();
  }
}

/** A B of a sparse A, row by row; each sum in order of storage. */
export function multiplySparseDense(left: Sparse, b: Dense): Dense {
  checkProduct(left, b);
  const { rows, ptr, idx, values } = toLayout(left, "csr");
  const n = b.cols;
  const from = b.colStep === 1 ? b : dense(b.rows, n, packed(b));
  const { data, offset, rowStep } = from;
  const out = new Float64Array(rows * n);
  for (let i = 0; i < rows; i++)
    for (let p = ptr[i]; p < ptr[i + 1]; p++) {
      const v = values[p];
      const begin = offset + idx[p] * rowStep;
      for (let j = 0; j < n; j++) out[i * n + j] += v * data[begin + j];
    }
  return dense(rows, n, out);
}
