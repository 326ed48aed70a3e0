// QR factorisation of dense matrices by Householder reflectors, in blocks; with column pivoting step by step (A P = Q R, the columns by
// descending norm of what is left of them).
// Sources: Golub, Van Loan, "Matrix Computations" (4th ed. 2013), sections 5.2 and 5.4; the update of the norms and when it
// must not be trusted: Drmac, Bujanovic 2008, "On the failure of rank-revealing QR factorization software".
// Left out: blocks with column pivoting, strong rank-revealing exchanges.
import { type Dense, dense } from "../../array/index.ts";
import { Failure } from "../../base/index.ts";
import { applyReflectors, BLOCK, makeReflector, norm2, reflectorRoom, reflectVector } from "./householder.ts";
import { likeRight, prepare, type Right, rightSides, type Solved } from "./input.ts";
import { rowStep, withWork, type Work } from "./work.ts";

export interface QROptions {
  /** Exchange columns, so that |r_00| >= |r_11| >= ...: the numerical rank shows. Default false. */
  readonly pivot?: boolean;
}

export interface QRFactors {
  readonly rows: number;
  readonly cols: number;
  /** Upper triangular or trapezoidal, min(rows, cols) x cols: A P = Q R. */
  readonly r: Dense;
  /** Column k of A P is column permutation[k] of A. The identity without pivoting. */
  readonly permutation: Int32Array;
  /** Q with orthonormal columns: min(rows, cols) of them, or all. */
  q(options?: { readonly full?: boolean }): Dense;
  /** Q b, with all columns of Q; b has as many rows as A. */
  multiplyQ<B extends Right>(b: B): Solved<B>;
  /** Q^T b. */
  multiplyQTransposed<B extends Right>(b: B): Solved<B>;
  /** Diagonal elements of R above `tolerance` (default max(rows, cols) * 2^-52) times the first. Pivoted factors only; an estimate of the rank. */
  rank(tolerance?: number): number;
}

/** Factors in plain numbers, for programs of this room. */
export interface QRNumbers {
  /** k x cols, row by row. */
  readonly r: Float64Array;
  /** k reflectors of `rows` numbers, row by row. */
  readonly vt: Float64Array;
  readonly tau: Float64Array;
  readonly permutation: Int32Array;
}

/** Reflectors in place of columns j0 ... j1 of a panel (below the diagonal), R above. */
function factorPanel(work: Work, m: number, a: number, lda: number, j0: number, j1: number, tau: Float64Array, w: number): void {
  const { numbers } = work;
  for (let j = j0; j < j1; j++) {
    const at = a + j * lda + j;
    const { tau: t, beta } = makeReflector(numbers, at, lda, m - j);
    tau[j] = t;
    if (t !== 0 && j + 1 < j1) work.raw.reflectLeft(m - j, j1 - j - 1, 8 * (at + 1), lda, 8 * at, lda, t, 8 * w);
    numbers[at] = beta;
  }
} // oxfmt-ignore

/** Reflectors of columns j0 ... j1 as rows, with their zeros and ones. */
function collectRows(work: Work, m: number, a: number, lda: number, j0: number, j1: number, vt: number, ld: number): void {
  work.transpose(m - j0, j1 - j0, a + j0 * lda + j0, lda, vt + j0 * ld + j0, ld);
  for (let j = j0; j < j1; j++) {
    work.numbers.fill(0, vt + j * ld, vt + j * ld + j);
    work.numbers[vt + j * ld + j] = 1;
  }
} // oxfmt-ignore

function factorBlocks(work: Work, m: number, n: number, a: number, lda: number, vt: number, ld: number, tau: Float64Array): void {
  const w = work.take(BLOCK);
  const k = Math.min(m, n);
  for (let j0 = 0; j0 < k; j0 += BLOCK) {
    const j1 = Math.min(k, j0 + BLOCK);
    factorPanel(work, m, a, lda, j0, j1, tau, w);
    collectRows(work, m, a, lda, j0, j1, vt, ld);
    const part = { vt: vt + j0 * ld, ld, count: j1 - j0, length: m, shift: j0, tau: tau.subarray(j0, j1) };
    applyReflectors(work, part, "transposed", a + j1, lda, n - j1);
  }
} // oxfmt-ignore

/** Below this share of its old size, a norm got by subtraction is computed anew. */
const DISTRUST = 2 ** -26;

function factorPivoted(work: Work, m: number, n: number, a: number, lda: number, tau: Float64Array): Int32Array {
  const { numbers } = work;
  const w = work.take(n);
  const order = Int32Array.from({ length: n }, (_, j) => j);
  const norms = Float64Array.from({ length: n }, (_, j) => norm2(numbers, a + j, lda, m));
  const exact = norms.slice();
  for (let j = 0; j < Math.min(m, n); j++) {
    let best = j;
    for (let k = j + 1; k < n; k++) if (norms[k] > norms[best]) best = k;
    if (best !== j) {
      for (let i = 0, p = a; i < m; i++, p += lda) {
        const x = numbers[p + j];
        numbers[p + j] = numbers[p + best];
        numbers[p + best] = x;
      }
      [order[j], order[best]] = [order[best], order[j]];
      [norms[best], exact[best]] = [norms[j], exact[j]];
    }
    const at = a + j * lda + j;
    const { tau: t, beta } = makeReflector(numbers, at, lda, m - j);
    tau[j] = t;
    if (t !== 0 && j + 1 < n) work.raw.reflectLeft(m - j, n - j - 1, 8 * (at + 1), lda, 8 * at, lda, t, 8 * w);
    numbers[at] = beta;
    for (let k = j + 1; k < n; k++) {
      if (norms[k] === 0) continue;
      const left = Math.max(0, 1 - (numbers[a + j * lda + k] / norms[k]) ** 2);
      if (left * (norms[k] / exact[k]) ** 2 > DISTRUST) norms[k] *= Math.sqrt(left);
      else norms[k] = exact[k] = norm2(numbers, a + (j + 1) * lda + k, lda, m - j - 1);
    }
  }
  return order;
}

/** QR of m x n numbers, row by row. */
export function factorQR(m: number, n: number, data: Float64Array, pivot: boolean): QRNumbers {
  const k = Math.min(m, n);
  const [lda, ld] = [rowStep(n), rowStep(m)];
  const tau = new Float64Array(k);
  return withWork(m * lda + k * ld + n + BLOCK + reflectorRoom(m, n), (work) => {
    const [a, vt] = [work.take(m * lda), work.take(k * ld)];
    work.put(dense(m, n, data), a, lda);
    let permutation = Int32Array.from({ length: n }, (_, j) => j);
    if (pivot) {
      permutation = new Int32Array(factorPivoted(work, m, n, a, lda, tau));
      if (k > 0) collectRows(work, m, a, lda, 0, k, vt, ld);
    } else factorBlocks(work, m, n, a, lda, vt, ld, tau);
    const r = work.get(k, n, a, lda);
    for (let i = 0; i < k; i++) r.fill(0, i * n, i * n + i);
    return { r, vt: work.get(k, m, vt, ld), tau, permutation };
  });
}

/** Right sides from which on Q is applied in blocks. */
const MANY = 4;

/** Q x or Q^T x in place; x has `length` rows of `count` numbers. */
export function applyQ(
  vt: Float64Array,
  tau: Float64Array,
  length: number,
  which: "Q" | "transposed",
  x: Float64Array,
  count: number,
  growing = false,
): void {
  const k = tau.length;
  if (count < MANY) {
    for (let c = 0; c < count; c++) reflectVector({ vt, count: k, length, shift: 0, tau }, which, x, count, c);
    return;
  }
  const [ld, ldc] = [rowStep(length), rowStep(count)];
  withWork(k * ld + length * ldc + reflectorRoom(length, count), (work) => {
    const [v, c] = [work.take(k * ld), work.take(length * ldc)];
    work.put(dense(k, length, vt), v, ld);
    work.put(dense(length, count, x), c, ldc);
    applyReflectors(work, { vt: v, ld, count: k, length, shift: 0, tau }, which, c, ldc, count, growing);
    x.set(work.get(length, count, c, ldc));
  });
}

/** The first `count` columns of Q as length x count numbers. */
export function columnsOfQ(vt: Float64Array, tau: Float64Array, length: number, count: number): Float64Array {
  const x = new Float64Array(length * count);
  for (let i = 0; i < count; i++) x[i * (count + 1)] = 1;
  applyQ(vt, tau, length, "Q", x, count, true);
  return x;
}

/**
 * QR factors of any real matrix, backward stable column by column. Failures: "numeric" (NaN or infinity inside), "usage"
 * (`rank` of factors without pivoting).
 */
export function qrFactor(a: Dense, { pivot = false }: QROptions = {}): QRFactors {
  const { rows, cols, data, scale } = prepare(a, "qrFactor");
  const k = Math.min(rows, cols);
  const { r, vt, tau, permutation } = factorQR(rows, cols, data, pivot);
  const times = (which: "Q" | "transposed", name: string) => <B extends Right>(b: B): Solved<B> => {
    const right = rightSides(b, rows, name);
    applyQ(vt, tau, rows, which, right.data, right.count);
    return likeRight(b, rows, right.count, right.data);
  }; // oxfmt-ignore
  return {
    rows, cols, permutation,
    get r(): Dense {
      return dense(k, cols, r.map((v) => v / scale));
    },
    q({ full = false } = {}) {
      const count = full ? rows : k;
      return dense(rows, count, columnsOfQ(vt, tau, rows, count));
    },
    multiplyQ: times("Q", "multiplyQ"),
    multiplyQTransposed: times("transposed", "multiplyQTransposed"),
    rank(tolerance = Math.max(rows, cols) * 2 ** -52) {
      if (!pivot) throw new Failure("usage", "rank: the factors were made without pivoting", { hint: "qrFactor(a, { pivot: true })" }); // oxfmt-ignore
      return rankOf(r, k, cols, tolerance);
    },
  }; // oxfmt-ignore
}

/** Diagonal elements of pivoted R that count. */
export function rankOf(r: Float64Array, k: number, cols: number, tolerance: number): number {
  let rank = 0;
  while (rank < k && Math.abs(r[rank * (cols + 1)]) > tolerance * Math.abs(r[0])) rank++;
  return rank;
}
