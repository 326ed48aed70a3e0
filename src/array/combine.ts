// Sums, Kronecker products, stacks and parts of sparse matrices, real and complex. Results are in compressed rows and new; entries
// that cancel stay as stored zeros. Source: textbook (Davis 2006, chapter 2).
import { Failure } from "../base/index.ts";
import { type Dense, dense } from "./dense.ts";
import { entryCount, type Sparse, toLayout } from "./sparse.ts";

const MOST = 2 ** 31 - 1;

/** alpha A + beta B. */
export function addSparse(left: Sparse, right: Sparse, alpha = 1, beta = 1): Sparse {
  const { rows, cols } = left;
  if (rows !== right.rows || cols !== right.cols)
    throw new Failure("usage", `a matrix of ${rows} x ${cols} plus one of ${right.rows} x ${right.cols}`);
  const [a, b] = [toLayout(left, "csr"), toLayout(right, "csr")];
  const most = entryCount(a) + entryCount(b);
  const complex = a.imaginary !== undefined || b.imaginary !== undefined;
  const ptr = new Int32Array(rows + 1);
  const idx = new Int32Array(most);
  const re = new Float64Array(most);
  const im = complex ? new Float64Array(most) : undefined;
  let n = 0;
  for (let i = 0; i < rows; i++) {
    let [p, q] = [a.ptr[i], b.ptr[i]];
    const [pEnd, qEnd] = [a.ptr[i + 1], b.ptr[i + 1]];
    while (p < pEnd || q < qEnd) {
      const j = p < pEnd ? a.idx[p] : MOST;
      const k = q < qEnd ? b.idx[q] : MOST;
      idx[n] = Math.min(j, k);
      if (j <= k) {
        re[n] = alpha * a.values[p];
        if (im) im[n] = alpha * (a.imaginary?.[p] ?? 0);
        p++;
      }
      if (k <= j) {
        re[n] = j === k ? re[n] + beta * b.values[q] : beta * b.values[q];
        if (im) im[n] += beta * (b.imaginary?.[q] ?? 0);
        q++;
      }
      n++;
    }
    ptr[i + 1] = n;
  }
  return { layout: "csr", rows, cols, ptr, idx: idx.slice(0, n), values: re.slice(0, n), ...(im && { imaginary: im.slice(0, n) }) }; // oxfmt-ignore
}

/** A - B. */
export const subtractSparse = (left: Sparse, right: Sparse): Sparse => addSparse(left, right, 1, -1);

/** alpha A; pattern and layout are shared. */
export const scaleSparse = (matrix: Sparse, alpha: number): Sparse => ({
  ...matrix,
  values: matrix.values.map((x) => alpha * x),
  ...(matrix.imaginary && { imaginary: matrix.imaginary.map((x) => alpha * x) }),
});

/** The Kronecker product: a_ij B at block (i, j). */
export function kron(left: Sparse, right: Sparse): Sparse {
  const [a, b] = [toLayout(left, "csr"), toLayout(right, "csr")];
  const [rows, cols, count] = [a.rows * b.rows, a.cols * b.cols, entryCount(a) * entryCount(b)];
  if (Math.max(rows, cols, count) > MOST) throw new Failure("limit", `a Kronecker product of ${rows} x ${cols} with ${count} entries`, { hint: "Indices have 32 bits." }); // oxfmt-ignore
  const ptr = new Int32Array(rows + 1);
  const idx = new Int32Array(count);
  const re = new Float64Array(count);
  const im = (a.imaginary ?? b.imaginary) ? new Float64Array(count) : undefined;
  let n = 0;
  for (let i = 0; i < a.rows; i++)
    for (let k = 0; k < b.rows; k++) {
      for (let p = a.ptr[i]; p < a.ptr[i + 1]; p++) {
        const base = a.idx[p] * b.cols;
        for (let q = b.ptr[k]; q < b.ptr[k + 1]; q++, n++) {
          idx[n] = base + b.idx[q];
          if (!im) {
            re[n] = a.values[p] * b.values[q];
            continue;
          }
          const [x, y] = [a.imaginary?.[p] ?? 0, b.imaginary?.[q] ?? 0];
          re[n] = a.values[p] * b.values[q] - x * y;
          im[n] = a.values[p] * y + x * b.values[q];
        }
      }
      ptr[i * b.rows + k + 1] = n;
    }
  return { layout: "csr", rows, cols, ptr, idx, values: re, ...(im && { imaginary: im }) };
}

/**
 * A matrix of blocks, given row by row; undefined is a block of zeros, whose size the others of its row and column tell.
 * Failure "usage" where sizes do not fit, or nothing tells them.
 */
export function blockMatrix(blocks: readonly (readonly (Sparse | undefined)[])[]): Sparse {
  const down = blocks.length;
  const across = down === 0 ? 0 : blocks[0].length;
  const [heights, widths] = [new Array<number>(down).fill(-1), new Array<number>(across).fill(-1)];
  blocks.forEach((row, i) => {
    if (row.length !== across) throw new Failure("usage", `row ${i} has ${row.length} blocks, and row 0 has ${across}`);
    row.forEach((each, j) => {
      if (!each) return;
      if (heights[i] >= 0 && heights[i] !== each.rows) throw new Failure("usage", `block (${i}, ${j}) has ${each.rows} rows, and others of its row have ${heights[i]}`); // oxfmt-ignore
      if (widths[j] >= 0 && widths[j] !== each.cols) throw new Failure("usage", `block (${i}, ${j}) has ${each.cols} columns, and others of its column have ${widths[j]}`); // oxfmt-ignore
      [heights[i], widths[j]] = [each.rows, each.cols];
    });
  });
  if (heights.includes(-1)) throw new Failure("usage", `nothing tells the height of block row ${heights.indexOf(-1)}`);
  if (widths.includes(-1)) throw new Failure("usage", `nothing tells the width of block column ${widths.indexOf(-1)}`);
  const sum = (sizes: readonly number[]): number => sizes.reduce((x, y) => x + y, 0);
  const [rows, cols] = [sum(heights), sum(widths)];
  const all = blocks.map((row) => row.map((each) => each && toLayout(each, "csr")));
  const count = sum(all.flat().map((each) => (each ? entryCount(each) : 0)));
  if (Math.max(rows, cols, count) > MOST) throw new Failure("limit", `blocks of ${rows} x ${cols} with ${count} entries`, { hint: "Indices have 32 bits." }); // oxfmt-ignore
  const ptr = new Int32Array(rows + 1);
  const idx = new Int32Array(count);
  const re = new Float64Array(count);
  const im = all.some((row) => row.some((each) => each?.imaginary)) ? new Float64Array(count) : undefined;
  let [n, line] = [0, 0];
  all.forEach((row, r) => {
    for (let i = 0; i < heights[r]; i++) {
      let base = 0;
      row.forEach((each, c) => {
        if (each)
          for (let p = each.ptr[i]; p < each.ptr[i + 1]; p++, n++) {
            idx[n] = base + each.idx[p];
            re[n] = each.values[p];
            if (im && each.imaginary) im[n] = each.imaginary[p];
          }
        base += widths[c];
      });
      ptr[++line] = n;
    }
  });
  return { layout: "csr", rows, cols, ptr, idx, values: re, ...(im && { imaginary: im }) };
}

/** Matrices side by side. */
export const hstack = (...matrices: readonly Sparse[]): Sparse => blockMatrix([matrices]);

/** Matrices one below the other. */
export const vstack = (...matrices: readonly Sparse[]): Sparse => blockMatrix(matrices.map((each) => [each]));

/** Rows r0 .. r1 and columns c0 .. c1, ends left out. */
export function subMatrix(matrix: Sparse, r0: number, r1: number, c0: number, c1: number): Sparse {
  const { rows, cols, ptr, idx, values, imaginary } = toLayout(matrix, "csr");
  const whole = [r0, r1, c0, c1].every((each) => Number.isInteger(each));
  if (!(whole && r0 >= 0 && r0 <= r1 && r1 <= rows && c0 >= 0 && c0 <= c1 && c1 <= cols))
    throw new Failure("usage", `rows ${r0} .. ${r1} and columns ${c0} .. ${c1} of a matrix of ${rows} x ${cols}`);
  const out = new Int32Array(r1 - r0 + 1);
  const places: number[] = [];
  for (let i = r0; i < r1; i++) {
    for (let p = ptr[i]; p < ptr[i + 1]; p++) if (idx[p] >= c0 && idx[p] < c1) places.push(p);
    out[i - r0 + 1] = places.length;
  }
  return {
    layout: "csr", rows: r1 - r0, cols: c1 - c0, ptr: out,
    idx: Int32Array.from(places, (p) => idx[p] - c0),
    values: Float64Array.from(places, (p) => values[p]),
    ...(imaginary && { imaginary: Float64Array.from(places, (p) => imaginary[p]) }),
  }; // oxfmt-ignore
}

/** All elements of a sparse matrix, row by row. */
export function toDense(matrix: Sparse): Dense {
  const { layout, rows, cols, ptr, idx, values, imaginary } = matrix;
  if (rows * cols > 2 ** 31) throw new Failure("limit", `a dense matrix of ${rows} x ${cols} has too many elements`);
  const out = dense(rows, cols);
  const im = imaginary && new Float64Array(rows * cols);
  for (let k = 0; k < (layout === "csr" ? rows : cols); k++)
    for (let p = ptr[k]; p < ptr[k + 1]; p++) {
      const to = layout === "csr" ? k * cols + idx[p] : idx[p] * cols + k;
      out.data[to] = values[p];
      if (im) im[to] = imaginary![p];
    }
  return im ? { ...out, imaginary: im } : out;
}

/** The elements of a dense matrix that are not zero (NaN is not). */
export function fromDense({ rows, cols, data, imaginary, offset, rowStep, colStep }: Dense): Sparse {
  const stored = (p: number): boolean => data[p] !== 0 || (imaginary !== undefined && imaginary[p] !== 0);
  const ptr = new Int32Array(rows + 1);
  for (let i = 0; i < rows; i++) {
    ptr[i + 1] = ptr[i];
    for (let j = 0; j < cols; j++) if (stored(offset + i * rowStep + j * colStep)) ptr[i + 1]++;
  }
  const idx = new Int32Array(ptr[rows]);
  const values = new Float64Array(ptr[rows]);
  const im = imaginary && new Float64Array(ptr[rows]);
  for (let i = 0, to = 0; i < rows; i++)
    for (let j = 0; j < cols; j++) {
      const p = offset + i * rowStep + j * colStep;
      if (!stored(p)) continue;
      idx[to] = j;
      values[to] = data[p];
      if (im) im[to] = imaginary![p];
      to++;
    }
  return { layout: "csr", rows, cols, ptr, idx, values, ...(im && { imaginary: im }) };
}
