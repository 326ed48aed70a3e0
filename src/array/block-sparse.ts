// Sparse matrices of small dense blocks (block compressed rows): products read one index a block. Blocks lie row by row inside, as in
// SciPy. Products go through the compiled kernels of room compile. Left out: rectangular blocks, complex matrices.
import { Failure } from "../base/index.ts";
import { NumericKernels, type SparseMatrix } from "../compile/index.ts";
import { checkSparse, entryCount, fromTriplets, type Sparse, toLayout } from "./sparse.ts";

/** rows and cols count elements, ptr and idx blocks; values has size^2 numbers a block. Rows and columns that fill no block are padded. */
export interface BlockSparse {
  readonly size: 2 | 4;
  readonly rows: number;
  readonly cols: number;
  readonly ptr: Int32Array;
  readonly idx: Int32Array;
  readonly values: Float64Array;
}

/** The blocks that hold an entry, filled up with zeros. */
export function toBlocks(matrix: Sparse, size: 2 | 4 = 4): BlockSparse {
  if (size !== 2 && size !== 4) throw new Failure("usage", `blocks of ${String(size)}`, { hint: "Blocks have 2 or 4 rows." }); // oxfmt-ignore
  if (matrix.imaginary) throw new Failure("unsupported", "blocks of complex matrices", { hint: "Use realForm(A)." });
  const { rows, cols, ptr, idx, values } = toLayout(checkSparse(matrix), "csr");
  const [down, across] = [Math.ceil(rows / size), Math.ceil(cols / size)];
  const starts = new Int32Array(down + 1);
  const place = new Int32Array(across).fill(-1);
  const found: number[] = [];
  for (let r = 0; r < down; r++) {
    const begin = found.length;
    const last = Math.min(rows, (r + 1) * size);
    for (let p = ptr[r * size]; p < ptr[last]; p++) {
      const c = Math.floor(idx[p] / size);
      if (place[c] < begin) {
        place[c] = found.length;
        found.push(c);
      }
    }
    const own = found.slice(begin).sort((a, b) => a - b);
    own.forEach((c, k) => (found[begin + k] = c));
    starts[r + 1] = found.length;
  }
  const out = new Float64Array(found.length * size * size);
  for (let r = 0; r < down; r++) {
    for (let b = starts[r]; b < starts[r + 1]; b++) place[found[b]] = b;
    for (let i = r * size; i < Math.min(rows, (r + 1) * size); i++)
      for (let p = ptr[i]; p < ptr[i + 1]; p++) {
        const b = place[Math.floor(idx[p] / size)];
        out[b * size * size + (i - r * size) * size + (idx[p] % size)] = values[p];
      }
  }
  return { size, rows, cols, ptr: starts, idx: Int32Array.from(found), values: out };
}

/** The elements of the blocks that are not zero. */
export function fromBlocks({ size, rows, cols, ptr, idx, values }: BlockSparse): Sparse {
  const [row, col, out]: number[][] = [[], [], []];
  for (let r = 0; r + 1 < ptr.length; r++)
    for (let b = ptr[r]; b < ptr[r + 1]; b++)
      for (let k = 0; k < size * size; k++) {
        const value = values[b * size * size + k];
        if (value === 0) continue;
        row.push(r * size + Math.floor(k / size));
        col.push(idx[b] * size + (k % size));
        out.push(value);
      }
  return fromTriplets({ rows, cols, row, col, values: out });
}

/** Share of stored numbers that are not zero: blocks pay above a half or so. */
export const blockFill = (matrix: Sparse, size: 2 | 4): number => {
  const { values } = toBlocks(matrix, size);
  return values.length === 0 ? 1 : entryCount(matrix) / values.length;
};

/** y = A x, compiled, for many products with one matrix. */
export class BlockProduct {
  readonly #blocks: BlockSparse;
  readonly #kernels: NumericKernels;
  readonly #matrix: SparseMatrix<Float64Array>;
  readonly #x: Float64Array;
  readonly #y: Float64Array;

  constructor(blocks: BlockSparse) {
    const { size, rows, cols, ptr, idx, values } = blocks;
    this.#blocks = blocks;
    const [down, across] = [Math.ceil(rows / size), Math.ceil(cols / size)];
    this.#kernels = new NumericKernels({ bytes: 8 * values.length + 4 * (idx.length + ptr.length) + 8 * size * (down + across) + (4 << 20) }); // oxfmt-ignore
    this.#matrix = this.#kernels.sparse({ rows: down, columns: across, start: ptr, index: idx, value: values }, { form: "bsr", block: size }); // oxfmt-ignore
    this.#x = this.#kernels.array(across * size);
    this.#y = this.#kernels.array(down * size);
  }

  apply(x: Float64Array, y: Float64Array = new Float64Array(this.#blocks.rows)): Float64Array {
    const { rows, cols } = this.#blocks;
    if (x.length !== cols || y.length !== rows)
      throw new Failure("usage", `a matrix of ${rows} x ${cols} times a vector of ${x.length} into one of ${y.length}`);
    this.#x.set(x);
    this.#matrix.multiply(this.#x, this.#y);
    y.set(this.#y.subarray(0, rows));
    return y;
  }

  dispose(): void {
    this.#kernels.dispose();
  }
}
