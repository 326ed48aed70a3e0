// Products of sparse matrices, row by row: windows of rows go through the compiled functions of multiply-kernels.ts, whose results are
// copied out of a buffer that stays in the cache. Windows are shared between threads; each row is computed by one of them in the
// same way, so that the bits do not depend on their number. Entries that cancel are stored as zeros.
// Sources: Gustavson 1978, "Two fast algorithms for sparse matrices"; Nagasaka, Matsuoka, Azad, Buluc 2019, "Performance optimization,
// modeling and analysis of sparse matrix-matrix products" (accumulators by row). Left out: complex matrices, products of many factors.
import { Failure } from "../base/index.ts";
import { type Compiled, compileModuleSync, type Kernels, runJob, Runtime, type Threads, usableThreads } from "../compile/index.ts"; // oxfmt-ignore
import { multiplyProgram, numericName, productName, type Semiring, TABLE } from "./multiply-kernels.ts";
import { multiplySmall } from "./multiply-small.ts";
import { checkSparse, entryCount, type Sparse, toLayout } from "./sparse.ts";

export interface MultiplySparseOptions {
  /** Default plus-times. In all of them places without an entry are the semiring's zero (0, infinity, 0, -infinity). */
  readonly semiring?: Semiring;
  /** Only entries at places where this matrix has one are computed. */
  readonly mask?: Sparse;
  /** Only entries at places where the mask has none. */
  readonly complement?: boolean;
  /** Default 1. */
  readonly threads?: Threads;
}

const MOST = 2 ** 31 - 1;
/** Products in a window of rows; more only where a single row has more. */
const WINDOW = 1 << 16;
/** Products below which nothing is compiled. */
const SMALL = 30_000;
/** Columns are kept as words of 32 bits where there are at most so many words an entry. */
const LISTED = 0.4;
/** Windows in work at once, for each thread. */
const SLOTS = 2;
const ZERO: Readonly<Record<Semiring, number>> = { "plus-times": 0, "min-plus": Infinity, "or-and": 0, "max-times": -Infinity }; // oxfmt-ignore

const compiled = new Map<string, Compiled>();

function codeFor(semiring: Semiring, masked: boolean): Compiled {
  const key = productName(semiring, masked);
  let known = compiled.get(key);
  if (!known) {
    const target = typeof WebAssembly === "undefined" ? "js" : "wasm";
    compiled.set(key, (known = compileModuleSync(multiplyProgram(semiring, masked), { target })));
  }
  return known;
}

/** A B, in compressed rows. */
export function multiplySparse(left: Sparse, right: Sparse, options: MultiplySparseOptions = {}): Sparse {
  const [a, b] = prepared(left, right);
  const { semiring = "plus-times", mask, threads = 1 } = options;
  const bounds = rowBounds(a, b);
  if (!mask && semiring === "plus-times" && threads === 1 && bounds[a.rows] < SMALL) return multiplySmall(a, b);
  return wholeProduct(a, b, bounds, options);
}

/** Both in compressed rows, sizes checked. */
function prepared(left: Sparse, right: Sparse): [Sparse, Sparse] {
  if (left.imaginary ?? right.imaginary)
    throw new Failure("unsupported", "products of complex sparse matrices", { hint: "Multiply their real forms." });
  if (left.cols !== right.rows)
    throw new Failure("usage", `a matrix of ${left.rows} x ${left.cols} times one of ${right.rows} x ${right.cols}`);
  const a = toLayout(left, "csr");
  return [a, right === left ? a : toLayout(right, "csr")];
}

/** Products in the rows before each. */
function rowBounds({ rows, ptr, idx }: Sparse, { ptr: bp }: Sparse): Float64Array {
  const out = new Float64Array(rows + 1);
  let sum = 0;
  for (let i = 0; i < rows; i++) {
    let row = 0;
    for (let p = ptr[i], end = ptr[i + 1]; p < end; p++) {
      const k = idx[p];
      row += bp[k + 1] - bp[k];
    }
    out[i + 1] = sum += row;
  }
  return out;
}

/** First rows of windows of at most WINDOW products, or of one row, and the number of rows at the end. */
function windowsOf(bounds: Float64Array): number[] {
  const rows = bounds.length - 1;
  const out = [0];
  for (let i = 1; i < rows; i++) if (bounds[i + 1] - bounds[out.at(-1)!] > WINDOW) out.push(i);
  out.push(rows);
  return out;
}

function checkedMask(mask: Sparse, rows: number, cols: number): Sparse {
  if (mask.rows !== rows || mask.cols !== cols)
    throw new Failure("usage", `a mask of ${mask.rows} x ${mask.cols} for a product of ${rows} x ${cols}`);
  return toLayout(checkSparse(mask), "csr");
}

/** Addresses of a matrix's arrays, copied into the memory. */
function put(runtime: Runtime, { ptr, idx, values }: Sparse, count: number): [number, number, number] {
  const [p, i, v] = [runtime.i32(ptr.length), runtime.i32(count), runtime.f64(count)];
  p.set(ptr);
  i.set(idx.length === count ? idx : idx.subarray(0, count));
  v.set(values.length === count ? values : values.subarray(0, count));
  return [p.byteOffset, i.byteOffset, v.byteOffset];
}

/** Bytes of a matrix in the memory. */
const bytesOf = (matrix: Sparse): number => 12 * entryCount(matrix) + 4 * matrix.ptr.length + 64;
/** Bytes of the scratch of one slot. */
const scratchBytes = (cols: number): number => 8 * cols + cols / 8 + cols / 256 + 4 * cols + 8 * TABLE + 256;

interface Scratch {
  readonly x: number;
  readonly bits: number;
  readonly top: number;
  readonly keys: number;
  readonly places: number;
  readonly allowed: number;
}

/** One row of a scratch for every slot. */
function scratch(runtime: Runtime, slots: number, cols: number, zero: number, masked: boolean): Scratch[] {
  return Array.from({ length: slots }, () => ({
    x: (zero === 0 ? runtime.f64(cols) : runtime.f64(cols).fill(zero)).byteOffset,
    bits: runtime.i32((cols >>> 5) + 1).byteOffset,
    top: runtime.i32((cols >>> 10) + 1).byteOffset,
    keys: runtime.i32(TABLE).byteOffset,
    places: runtime.i32(TABLE).byteOffset,
    allowed: runtime.i32(masked ? cols : 0).byteOffset,
  }));
}

/** What scanRows finds out about the rows of B, as arguments of the product. */
function scanned(runtime: Runtime, kernels: Kernels, b: Sparse, [bp, bi]: readonly number[]): number[] {
  const room = Math.floor(LISTED * entryCount(b));
  const [shifted, wp, wi, wm] = [b.rows, b.rows + 1, room + 1, room + 1].map((n) => runtime.i32(n).byteOffset);
  const listed = kernels.raw.scanRows(b.rows, bp, bi, shifted, room, wp, wi, wm);
  return [shifted, listed, wp, wi, wm];
}

/** Runs windows on threads; the number of threads is known to be there. */
function run(
  kernels: Kernels,
  name: string,
  count: number,
  threads: number,
  job: {
    fill(item: number, args: Float64Array, slot: number): void;
    finish?(item: number, slot: number): void;
    collect?(item: number, result: number): void;
  },
): void {
  // oxfmt-ignore
  runJob({ kernels, name, count, slots: threads === 1 ? 1 : SLOTS * threads, ...job }, threads);
}

function wholeProduct(a: Sparse, b: Sparse, bounds: Float64Array, options: MultiplySparseOptions): Sparse {
  const { semiring = "plus-times", complement = false, threads: asked = 1 } = options;
  const { rows } = a;
  const { cols } = b;
  checkSparse(a);
  if (b !== a) checkSparse(b);
  const mask = options.mask && checkedMask(options.mask, rows, cols);
  const masked = mask !== undefined;
  const windows = windowsOf(bounds);
  const count = windows.length - 1;
  const code = codeFor(semiring, masked);
  let longest = 0;
  for (let w = 0; w < count; w++) longest = Math.max(longest, bounds[windows[w + 1]] - bounds[windows[w]]);
  // A window of one row has at most as many entries as columns.
  longest = Math.min(longest, Math.max(WINDOW, cols));
  const several = asked !== 1 && count > 1;
  const slots = several ? SLOTS * (asked === "auto" ? 32 : asked) : 1;
  const bytes = (wanted: number): number =>
    bytesOf(a) + (b === a ? 0 : bytesOf(b)) + (mask ? bytesOf(mask) : 0) + 4 * rows + 8 * (b.rows + LISTED * entryCount(b)) + wanted * (scratchBytes(cols) + 12 * longest) + 65_536; // oxfmt-ignore
  const runtime = new Runtime({ bytes: bytes(slots), shared: several });
  try {
    const kernels = code.link(runtime);
    const threads = several ? usableThreads(kernels, asked) : 1;
    const placeA = put(runtime, a, entryCount(a));
    const placeB = b === a ? placeA : put(runtime, b, entryCount(b));
    const placeMask = mask ? put(runtime, mask, entryCount(mask)) : [0, 0, 0];
    const work = scratch(runtime, Math.max(1, threads === 1 ? 1 : SLOTS * threads), cols, ZERO[semiring], masked);
    const lengths = runtime.i32(rows);
    const scan = masked ? [0, 0, 0, 0, 0] : scanned(runtime, kernels, b, placeB);
    const buffers = work.map(() => ({ column: runtime.i32(longest), value: runtime.f64(longest) }));
    const rest = new Gathered(lengths, windows, bounds);
    run(kernels, productName(semiring, masked), count, threads, {
      fill: (item, args, slot) => {
        const { x, bits, top, keys, places, allowed } = work[slot];
        const { column, value } = buffers[slot];
        args.set([
          windows[item], windows[item + 1], ...placeA, ...placeB, x, bits, top, keys, places, lengths.byteOffset,
          column.byteOffset, value.byteOffset, placeMask[0], placeMask[1], complement ? 1 : 0, allowed, ...scan,
        ]); // oxfmt-ignore
      },
      finish: (item, slot) => rest.take(item, buffers[slot].column, buffers[slot].value),
    });
    return { layout: "csr", rows, cols, ...rest.matrix() };
  } finally {
    runtime.dispose();
  }
}

/** Windows put behind one another as they are done; those that are done before their turn wait as copies. */
class Gathered {
  readonly #lengths: Int32Array;
  readonly #windows: readonly number[];
  readonly #bounds: Float64Array;
  readonly #waiting = new Map<number, readonly [Int32Array, Float64Array]>();
  #next = 0;
  #count = 0;
  #column = new Int32Array();
  #value = new Float64Array();

  constructor(lengths: Int32Array, windows: readonly number[], bounds: Float64Array) {
    this.#lengths = lengths;
    this.#windows = windows;
    this.#bounds = bounds;
  }

  take(window: number, column: Int32Array, value: Float64Array): void {
    let entries = 0;
    for (let i = this.#windows[window]; i < this.#windows[window + 1]; i++) entries += this.#lengths[i];
    if (window !== this.#next) {
      this.#waiting.set(window, [column.slice(0, entries), value.slice(0, entries)]);
      return;
    }
    this.#append(column.subarray(0, entries), value.subarray(0, entries));
    for (let ready = this.#waiting.get(this.#next); ready; ready = this.#waiting.get(this.#next)) {
      this.#waiting.delete(this.#next);
      this.#append(...ready);
    }
  }

  #append(column: Int32Array, value: Float64Array): void {
    const count = this.#count + column.length;
    if (count > MOST) throw new Failure("limit", `the product has more than ${MOST} entries`, { hint: "Indices have 32 bits." }); // oxfmt-ignore
    this.#next++;
    if (count > this.#column.length) {
      // As many entries a product as there were so far, and some more.
      const [done, all] = [this.#bounds[this.#windows[this.#next]], this.#bounds.at(-1)!];
      const room = Math.ceil(Math.min(MOST, all, count + (1.05 * count * (all - done)) / Math.max(1, done) + 1000));
      const [columns, values] = [new Int32Array(Math.max(count, room)), new Float64Array(Math.max(count, room))];
      columns.set(this.#column.subarray(0, this.#count));
      values.set(this.#value.subarray(0, this.#count));
      [this.#column, this.#value] = [columns, values];
    }
    this.#column.set(column, this.#count);
    this.#value.set(value, this.#count);
    this.#count = count;
  }

  matrix(): Pick<Sparse, "ptr" | "idx" | "values"> {
    const ptr = new Int32Array(this.#lengths.length + 1);
    for (let i = 0; i < this.#lengths.length; i++) ptr[i + 1] = ptr[i] + this.#lengths[i];
    const count = this.#count;
    // Little room left over is not worth a copy.
    const copied = this.#column.length > 1.25 * count;
    return {
      ptr,
      idx: copied ? this.#column.slice(0, count) : this.#column.subarray(0, count),
      values: copied ? this.#value.slice(0, count) : this.#value.subarray(0, count),
    };
  }
}

/** A product whose pattern is found once and whose values are computed again for matrices of the same patterns. */
export class SparseMultiplication {
  /** The product of the matrices given last. */
  #result: Sparse;
  readonly #a: Sparse;
  readonly #b: Sparse;
  readonly #runtime: Runtime;
  readonly #kernels: Kernels;
  readonly #values: readonly [a: Float64Array, b: Float64Array, product: Float64Array];
  readonly #windows: readonly number[];
  readonly #threads: number;
  readonly #work: readonly Scratch[];
  readonly #place: readonly number[];
  readonly #name: string;

  constructor(left: Sparse, right: Sparse, options: MultiplySparseOptions = {}) {
    const { semiring = "plus-times", mask, threads = 1 } = options;
    const [a, b] = ([this.#a, this.#b] = prepared(left, right));
    const bounds = rowBounds(a, b);
    this.#result = wholeProduct(a, b, bounds, options);
    this.#windows = windowsOf(bounds);
    const masked = mask !== undefined;
    const several = threads !== 1 && this.#windows.length > 2;
    const slots = several ? SLOTS * (threads === "auto" ? 32 : threads) : 1;
    const { cols } = b;
    const entries = entryCount(this.#result);
    this.#runtime = new Runtime({
      bytes: bytesOf(a) + bytesOf(b) + bytesOf(this.#result) + slots * scratchBytes(cols) + 65_536,
      shared: several,
    });
    this.#kernels = codeFor(semiring, masked).link(this.#runtime);
    this.#threads = several ? usableThreads(this.#kernels, threads) : 1;
    const places = [a, b, this.#result].map((each) => put(this.#runtime, each, entryCount(each)));
    this.#place = places.flat();
    const { buffer } = this.#runtime.memory;
    const view = (k: number, length: number): Float64Array => new Float64Array(buffer, places[k][2], length);
    this.#values = [view(0, entryCount(a)), view(1, entryCount(b)), view(2, entries)];
    this.#work = scratch(this.#runtime, this.#threads === 1 ? 1 : SLOTS * this.#threads, cols, ZERO[semiring], masked);
    this.#name = numericName(semiring, masked);
  }

  get result(): Sparse {
    return this.#result;
  }

  /** The product of matrices with the patterns of the first ones. */
  numeric(left: Sparse, right: Sparse): Sparse {
    const [a, b] = prepared(left, right);
    [this.#a, this.#b].forEach((old, k) => {
      const next = [a, b][k];
      const same =
        next.rows === old.rows && next.cols === old.cols && entryCount(next) === entryCount(old) &&
        (next.ptr === old.ptr || next.ptr.every((p, i) => p === old.ptr[i])) &&
        (next.idx === old.idx || next.idx.subarray(0, entryCount(old)).every((j, p) => j === old.idx[p])); // oxfmt-ignore
      if (!same) throw new Failure("usage", `the ${k === 0 ? "first" : "second"} matrix has another pattern`, { hint: "Make a new SparseMultiplication of it." }); // oxfmt-ignore
    });
    const [va, vb, vc] = this.#values;
    va.set(a.values.subarray(0, va.length));
    vb.set(b.values.subarray(0, vb.length));
    run(this.#kernels, this.#name, this.#windows.length - 1, this.#threads, {
      fill: (item, args, slot) => {
        const { x, keys, places, allowed } = this.#work[slot];
        args.set([this.#windows[item], this.#windows[item + 1], ...this.#place, x, keys, places, allowed]);
      },
    });
    return (this.#result = { ...this.#result, values: vc.slice() });
  }

  dispose(): void {
    this.#runtime.dispose();
  }
}
