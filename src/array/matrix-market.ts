// Reading of Matrix Market files in every variant: coordinate and array; real, integer, complex and pattern; general, symmetric,
// skew-symmetric and Hermitian; any case, comments and blank lines anywhere, CRLF. Bytes are parsed as they come, so that files
// larger than the longest string are read; sizes of the header reserve the arrays.
// Source: Boisvert, Pozo, Remington 1996, "The Matrix Market exchange formats: initial design" (NISTIR 5935). Beyond it: nan and inf,
// Fortran's exponent letter D, values above the range of doubles round to infinity. Left out: objects other than matrices.
import { Failure } from "../base/index.ts";
import { type Dense, dense } from "./dense.ts";
import { chunksOf, type Chunks } from "./chunks.ts";
import { DECIMAL, decimalValue } from "./decimal.ts";
import { entryCount, fromTriplets, type Sparse, type SparseLayout } from "./sparse.ts";

export type MatrixMarketField = "real" | "integer" | "complex" | "pattern";
export type MatrixMarketSymmetry = "general" | "symmetric" | "skew-symmetric" | "hermitian";

export interface MatrixMarketHeader {
  readonly format: "coordinate" | "array";
  readonly field: MatrixMarketField;
  readonly symmetry: MatrixMarketSymmetry;
}

export type MatrixMarketFile = MatrixMarketHeader & {
  /** Lines of comment, without the percent sign. */
  readonly comments: readonly string[];
  /** Entries that lay where another did; they were added. */
  readonly duplicates: number;
} & ({ readonly format: "coordinate"; readonly matrix: Sparse } | { readonly format: "array"; readonly matrix: Dense });

export interface MatrixMarketReadOptions {
  /** Name of the file, for messages. */
  readonly source?: string;
  /** Of a coordinate file; default csr. */
  readonly layout?: SparseLayout;
  /** Most rows and most columns of a coordinate file, which cost memory whatever the entries; default 2^27. */
  readonly mostLines?: number;
}

const MOST_INDEX = 2 ** 31 - 1;
const MOST_LINES = 2 ** 27;
/** Entries reserved before any has been seen. */
const RESERVED = 1 << 20;
/** Longest line, in bytes. */
const LONGEST = 1 << 20;
/** Comments that are kept. */
const COMMENTS = 1000;
const [NEWLINE, RETURN, SPACE, TAB, PERCENT] = [10, 13, 32, 9, 37];
const NONE: Uint8Array = new Uint8Array();
const BANNER = "The first line is %%MatrixMarket matrix, then coordinate or array, then real, integer, complex or pattern, then general, symmetric, skew-symmetric or hermitian."; // oxfmt-ignore

const FIELDS: Readonly<Record<string, MatrixMarketField>> = {
  real: "real", integer: "integer", "unsigned-integer": "integer", complex: "complex", pattern: "pattern",
}; // oxfmt-ignore
const SYMMETRIES: readonly MatrixMarketSymmetry[] = ["general", "symmetric", "skew-symmetric", "hermitian"];

/** Text as one byte a character; comments may hold anything. */
function textOf(bytes: Uint8Array, from: number, to: number): string {
  let text = "";
  for (let at = from; at < to; at += 4096)
    text += String.fromCharCode.apply(null, bytes.subarray(at, Math.min(to, at + 4096)) as unknown as number[]);
  return text;
}

/**
 * The matrix of a file in memory. Failures are of kind "io" with line and column: a broken header, a file that is cut off or has
 * too many entries, indices out of range, what is not a number, entries above the diagonal of a symmetric file.
 */
export function readMatrixMarket(
  content: Uint8Array | string,
  options: MatrixMarketReadOptions = {},
): MatrixMarketFile {
  const bytes = typeof content === "string" ? new TextEncoder().encode(content) : content;
  const reader = new MatrixMarketReader(options, bytes.length);
  reader.push(bytes);
  return reader.end();
}

/** The same of a file that comes in pieces (a stream of Node.js or of a browser, or any of bytes), unpacked if it is gzipped. */
export async function readMatrixMarketStream(
  chunks: Chunks,
  options: MatrixMarketReadOptions = {},
): Promise<MatrixMarketFile> {
  const reader = new MatrixMarketReader(options);
  for await (const chunk of chunksOf(chunks, options.source)) reader.push(chunk);
  return reader.end();
}

/** Reads whole lines as they come. */
class MatrixMarketReader {
  readonly #options: MatrixMarketReadOptions;
  /** Bytes of the whole file, where they are known. */
  readonly #size: number | undefined;
  #phase: "banner" | "size" | "entries" = "banner";
  /** The beginning of a line whose end has not come. */
  #rest: Uint8Array = NONE;
  #line = 0;
  readonly #comments: string[] = [];
  #header: MatrixMarketHeader = { format: "coordinate", field: "real", symmetry: "general" };
  #rows = 0;
  #cols = 0;
  /** Entries that the file should have, and has so far. */
  #count = 0;
  #seen = 0;
  #row = new Int32Array();
  #col = new Int32Array();
  #re = new Float64Array();
  #im: Float64Array | undefined;
  /** Of an array: where the next value belongs. */
  #i = 0;
  #j = 0;
  // The line in work.
  #bytes: Uint8Array = NONE;
  #begin = 0;
  #at = 0;

  constructor(options: MatrixMarketReadOptions, size?: number) {
    this.#options = options;
    this.#size = size;
  }

  push(chunk: Uint8Array): void {
    let from = 0;
    if (this.#rest.length > 0) {
      const end = chunk.indexOf(NEWLINE);
      const piece = end < 0 ? chunk : chunk.subarray(0, end + 1);
      if (this.#rest.length + piece.length > LONGEST) this.#tooLong();
      const joined = new Uint8Array(this.#rest.length + piece.length);
      joined.set(this.#rest);
      joined.set(piece, this.#rest.length);
      if (end < 0) {
        this.#rest = joined;
        return;
      }
      this.#rest = NONE;
      this.#lines(joined, 0, joined.length);
      from = end + 1;
    }
    const last = chunk.lastIndexOf(NEWLINE) + 1;
    if (last > from) this.#lines(chunk, from, last);
    const begin = Math.max(from, last);
    if (chunk.length - begin > LONGEST) this.#tooLong();
    // A copy: the chunk may be used again by whoever gave it.
    if (begin < chunk.length) this.#rest = chunk.slice(begin);
  }

  end(): MatrixMarketFile {
    if (this.#rest.length > 0) {
      const line = new Uint8Array(this.#rest.length + 1);
      line.set(this.#rest);
      line[line.length - 1] = NEWLINE;
      this.#rest = NONE;
      this.#lines(line, 0, line.length);
    }
    [this.#line, this.#bytes, this.#begin, this.#at] = [this.#line + 1, NONE, 0, 0];
    if (this.#phase === "banner") throw this.#bad("the file is empty", BANNER);
    if (this.#phase === "size") throw this.#bad("the file ends before the line with its size");
    if (this.#seen < this.#count)
      throw this.#bad(`the file is cut off: it has ${this.#seen} of ${this.#count} ${this.#header.format === "array" ? "values" : "entries"}`, "Get the file again, or correct the count in its line of sizes."); // oxfmt-ignore
    return this.#header.format === "array" ? this.#denseFile() : this.#sparseFile();
  }

  #tooLong(): never {
    this.#line++;
    [this.#bytes, this.#begin, this.#at] = [NONE, 0, 0];
    throw this.#bad(`a line of more than ${LONGEST} bytes`, "Is this a Matrix Market file?");
  }

  /** Failure at the current place, or at another in the line. */
  #bad(what: string, hint?: string, at: number = this.#at): Failure {
    const bytes = this.#bytes;
    let end = this.#begin;
    while (end < bytes.length && bytes[end] !== NEWLINE && end - this.#begin < 1000) end++;
    const text = bytes.length > 0 ? textOf(bytes, this.#begin, end).replace(/\r$/, "") : undefined;
    const place = { source: this.#options.source ?? "matrix", line: Math.max(1, this.#line), column: at - this.#begin + 1, text }; // oxfmt-ignore
    return new Failure("io", what, { place, hint });
  }

  #lines(bytes: Uint8Array, from: number, to: number): void {
    this.#bytes = bytes;
    this.#at = from;
    while (this.#at < to && this.#phase !== "entries") {
      this.#startLine();
      const end = bytes.indexOf(NEWLINE, this.#at);
      const text = textOf(bytes, this.#at, end);
      if (this.#phase === "banner") this.#banner(text.replace(/^\u00ef\u00bb\u00bf/, ""));
      else if (/^\s*%/.test(text)) this.#comment(text);
      else if (text.trim() !== "") this.#sizes(text);
      this.#at = end + 1;
    }
    if (this.#header.format === "array") while (this.#at < to) this.#value();
    else while (this.#at < to) this.#entry();
  }

  #startLine(): void {
    this.#line++;
    this.#begin = this.#at;
  }

  #comment(text: string): void {
    if (this.#comments.length < COMMENTS) this.#comments.push(text.trim().slice(1));
  }

  #banner(text: string): void {
    const words = text.trim().toLowerCase().split(/\s+/);
    if (words[0] !== "%%matrixmarket")
      throw this.#bad(words[0].startsWith("\u001f\u008b") ? "the file is gzipped" : "this is not a Matrix Market file", words[0].startsWith("\u001f\u008b") ? "Unpack it, or read it by readMatrixMarketStream." : BANNER); // oxfmt-ignore
    const [, object, format, field, symmetry] = words;
    if (object !== "matrix") throw this.#bad(`the object "${object ?? ""}" cannot be read, only a matrix`, BANNER);
    if (format !== "coordinate" && format !== "array") throw this.#bad(`"${format ?? ""}" is not a format of Matrix Market files`, BANNER); // oxfmt-ignore
    const kind = Object.hasOwn(FIELDS, field ?? "") ? FIELDS[field] : undefined;
    if (!kind) throw this.#bad(`"${field ?? ""}" is not a field of Matrix Market files`, BANNER);
    const shape = SYMMETRIES.find((each) => each === symmetry);
    if (!shape) throw this.#bad(`"${symmetry ?? ""}" is not a symmetry of Matrix Market files`, BANNER);
    if (words.length > 5) throw this.#bad(`"${words[5]}" after the symmetry`, BANNER);
    if (kind === "pattern" && format === "array") throw this.#bad("an array of pattern has no values");
    if (kind === "pattern" && (shape === "skew-symmetric" || shape === "hermitian"))
      throw this.#bad(`a pattern cannot be ${shape}`, "It is general or symmetric.");
    if (shape === "hermitian" && kind !== "complex") throw this.#bad("a hermitian matrix is complex");
    this.#header = { format, field: kind, symmetry: shape };
    this.#phase = "size";
  }

  #sizes(text: string): void {
    const { format, symmetry, field } = this.#header;
    const words = text.trim().split(/\s+/);
    const names = format === "array" ? ["rows", "columns"] : ["rows", "columns", "entries"];
    if (words.length !== names.length) throw this.#bad(`${words.length} numbers where ${names.join(", ")} are told`);
    const numbers = words.map((word, k) => {
      const value = /^\+?\d+$/.test(word) ? Number(word) : Number.NaN;
      if (Number.isNaN(value)) throw this.#bad(`"${word.slice(0, 40)}" is not a number of ${names[k]}`);
      if (value > MOST_INDEX) throw this.#bad(`${word.slice(0, 40)} ${names[k]}: indices have 32 bits`, `At most ${MOST_INDEX}.`); // oxfmt-ignore
      return value;
    });
    const [rows, cols, entries] = numbers;
    if (symmetry !== "general" && rows !== cols) throw this.#bad(`a ${symmetry} matrix of ${rows} x ${cols}`, "It must be square."); // oxfmt-ignore
    const most = this.#options.mostLines ?? MOST_LINES;
    if (format === "coordinate" && Math.max(rows, cols) > most)
      throw this.#bad(`${Math.max(rows, cols)} rows or columns`, `At most ${most} are read unasked (mostLines).`);
    const half = (rows * (rows + 1)) / 2;
    const all = symmetry === "general" ? rows * cols : symmetry === "skew-symmetric" ? half - rows : half;
    [this.#rows, this.#cols, this.#count] = [rows, cols, format === "array" ? all : entries];
    this.#phase = "entries";
    // An entry and its end of line have two bytes at least, four with indices.
    const least = (format === "array" ? 2 : 4) * this.#count - 1;
    if (this.#size !== undefined && least > this.#size)
      throw this.#bad(`the file is cut off: ${this.#count} entries are announced, and it has ${this.#size} bytes`);
    if (format === "array" && rows * cols > 2 ** 32)
      throw this.#bad(`an array of ${rows} x ${cols} numbers is too large`, "Sparse matrices are kept in coordinate files."); // oxfmt-ignore
    const length = this.#size === undefined ? Math.min(this.#count, RESERVED) : this.#count;
    this.#reserve(length);
    if (field === "complex") this.#im = this.#array(() => new Float64Array(length));
    if (format === "array" && symmetry === "skew-symmetric") this.#i = 1;
  }

  #array<T>(make: () => T): T {
    try {
      return make();
    } catch (cause) {
      throw new Failure("limit", `${this.#count} entries do not fit into memory`, { cause });
    }
  }

  /** Room for so many entries. */
  #reserve(length: number): void {
    this.#array(() => {
      const grown = new Float64Array(length);
      grown.set(this.#re.subarray(0, this.#seen));
      this.#re = grown;
      if (this.#im) {
        const im = new Float64Array(length);
        im.set(this.#im.subarray(0, this.#seen));
        this.#im = im;
      }
      if (this.#header.format === "array") return;
      const [row, col] = [new Int32Array(length), new Int32Array(length)];
      row.set(this.#row.subarray(0, this.#seen));
      col.set(this.#col.subarray(0, this.#seen));
      [this.#row, this.#col] = [row, col];
    });
  }

  /** Skips spaces. Is there more on the line? */
  #more(): boolean {
    const bytes = this.#bytes;
    let at = this.#at;
    let byte = bytes[at];
    while (byte === SPACE || byte === TAB || byte === RETURN) byte = bytes[++at];
    this.#at = at;
    return byte !== NEWLINE;
  }

  /** Begins a line with an entry; false, and the line is done, where it has none. */
  #entryLine(): boolean {
    this.#startLine();
    if (!this.#more()) {
      this.#at++;
      return false;
    }
    if (this.#bytes[this.#at] === PERCENT) {
      const end = this.#bytes.indexOf(NEWLINE, this.#at);
      this.#comment(textOf(this.#bytes, this.#at, end));
      this.#at = end + 1;
      return false;
    }
    if (this.#seen >= this.#count)
      throw this.#bad(`more than the ${this.#count} entries that the file announces`, "Correct the count in its line of sizes, or drop what is too much."); // oxfmt-ignore
    if (this.#seen >= this.#re.length) this.#reserve(Math.min(this.#count, Math.max(1, 2 * this.#re.length)));
    return true;
  }

  #endLine(): void {
    if (this.#more()) throw this.#bad(`more on the line than an entry of a ${this.#header.field} matrix has`);
    this.#at++;
  }

  /** A 1-based index, as a 0-based one. */
  #index(limit: number, what: string): number {
    const bytes = this.#bytes;
    if (!this.#more()) throw this.#bad(`the ${what} is missing`);
    const begin = this.#at;
    let at = begin;
    if (bytes[at] === 43) at++;
    const first = at;
    let value = 0;
    for (let digit = bytes[at] - 48; digit >= 0 && digit <= 9; digit = bytes[++at] - 48) value = 10 * value + digit;
    if (at === first || bytes[at] > SPACE) {
      while (bytes[at] > SPACE) at++;
      throw this.#bad(`"${textOf(bytes, begin, Math.min(at, begin + 40))}" is not a ${what}`, "Indices are integers from 1."); // oxfmt-ignore
    }
    if (!(value >= 1 && value <= limit))
      throw this.#bad(`${what} ${value}, and the matrix has ${limit} ${what}s`, value === 0 ? "Indices begin with 1." : undefined); // oxfmt-ignore
    this.#at = at;
    return value - 1;
  }

  #number(): number {
    const bytes = this.#bytes;
    if (!this.#more()) throw this.#bad("the value is missing");
    const begin = this.#at;
    const value = decimalValue(bytes, begin);
    if (DECIMAL.end < 0 || bytes[DECIMAL.end] > SPACE) {
      let end = begin;
      while (bytes[end] > SPACE) end++;
      throw this.#bad(`"${textOf(bytes, begin, Math.min(end, begin + 40))}" is not a number`);
    }
    if (this.#header.field === "integer" && !Number.isSafeInteger(value)) {
      const text = textOf(bytes, begin, DECIMAL.end);
      if (!/^[+-]?\d+$/.test(text)) throw this.#bad(`"${text.slice(0, 40)}" is not an integer`);
      if (BigInt(text.replace("+", "")) !== BigInt(value)) throw this.#bad(`the integer ${text.slice(0, 40)} is not a double`); // oxfmt-ignore
    }
    this.#at = DECIMAL.end;
    return value;
  }

  #checkDiagonal(re: number, im: number): void {
    const { symmetry } = this.#header;
    if (symmetry === "skew-symmetric" && (re !== 0 || im !== 0))
      throw this.#bad("an entry on the diagonal of a skew-symmetric matrix", "Its diagonal is zero.");
    if (symmetry === "hermitian" && im !== 0)
      throw this.#bad("the diagonal of a hermitian matrix is real", "Is it symmetric?");
  }

  #entry(): void {
    if (!this.#entryLine()) return;
    const place = this.#at;
    const i = this.#index(this.#rows, "row");
    const j = this.#index(this.#cols, "column");
    const { field, symmetry } = this.#header;
    if (j > i && symmetry !== "general")
      throw this.#bad(`entry (${i + 1}, ${j + 1}) lies above the diagonal`, `A ${symmetry} file has the lower triangle only.`, place); // oxfmt-ignore
    const k = this.#seen;
    const re = field === "pattern" ? 1 : this.#number();
    const im = this.#im ? this.#number() : 0;
    if (i === j) this.#checkDiagonal(re, im);
    this.#row[k] = i;
    this.#col[k] = j;
    this.#re[k] = re;
    if (this.#im) this.#im[k] = im;
    this.#seen = k + 1;
    this.#endLine();
  }

  #value(): void {
    if (!this.#entryLine()) return;
    const k = this.#seen;
    const re = (this.#re[k] = this.#number());
    const im = this.#im ? (this.#im[k] = this.#number()) : 0;
    if (this.#i === this.#j) this.#checkDiagonal(re, im);
    if (++this.#i === this.#rows) {
      this.#j++;
      const { symmetry } = this.#header;
      this.#i = symmetry === "general" ? 0 : symmetry === "skew-symmetric" ? this.#j + 1 : this.#j;
    }
    this.#seen = k + 1;
    this.#endLine();
  }

  /** Signs of the real and imaginary part of the mirrored entry. */
  #mirror(): readonly [re: number, im: number] {
    const { symmetry } = this.#header;
    return symmetry === "skew-symmetric" ? [-1, -1] : symmetry === "hermitian" ? [1, -1] : [1, 1];
  }

  #denseFile(): MatrixMarketFile {
    const { symmetry } = this.#header;
    const [rows, cols] = [this.#rows, this.#cols];
    const unfold = (from: Float64Array, sign: number): Float64Array => {
      if (symmetry === "general") return from;
      const out = this.#array(() => new Float64Array(rows * cols));
      let p = 0;
      for (let j = 0; j < cols; j++)
        for (let i = symmetry === "skew-symmetric" ? j + 1 : j; i < rows; i++, p++) {
          out[i + j * rows] = from[p];
          if (i > j) out[j + i * rows] = sign * from[p];
        }
      return out;
    };
    const [re, im] = this.#mirror();
    const matrix = dense(rows, cols, unfold(this.#re, re), "column");
    const imaginary = this.#im && unfold(this.#im, im);
    return {
      ...this.#header, format: "array", matrix: imaginary ? { ...matrix, imaginary } : matrix,
      comments: this.#comments, duplicates: 0,
    }; // oxfmt-ignore
  }

  #sparseFile(): MatrixMarketFile {
    const count = this.#count;
    const { symmetry } = this.#header;
    const layout = this.#options.layout ?? "csr";
    const cut = <T extends Int32Array | Float64Array>(array: T): T => (array.length === count ? array : (array.subarray(0, count) as T)); // oxfmt-ignore
    const shape = { rows: this.#rows, cols: this.#cols };
    const half = this.#array(
      () =>
      fromTriplets({ ...shape, row: cut(this.#row), col: cut(this.#col), values: cut(this.#re), imaginary: this.#im && cut(this.#im) }, layout), // oxfmt-ignore
    );
    const duplicates = count - entryCount(half);
    const matrix = symmetry === "general" ? half : this.#array(() => unfoldSparse(half, this.#mirror()));
    return { ...this.#header, format: "coordinate", matrix, comments: this.#comments, duplicates };
  }
}

/** A triangle with its mirror image. */
function unfoldSparse(half: Sparse, [signRe, signIm]: readonly [number, number]): Sparse {
  const { layout, rows, cols, ptr, idx, values, imaginary } = half;
  const count = ptr[rows];
  let diagonal = 0;
  for (let k = 0; k < rows; k++) for (let p = ptr[k]; p < ptr[k + 1]; p++) if (idx[p] === k) diagonal++;
  const total = 2 * count - diagonal;
  if (total > MOST_INDEX) throw new Failure("limit", `${total} entries: indices have 32 bits`);
  const out = new Int32Array(rows + 1);
  for (let k = 0; k < rows; k++)
    for (let p = ptr[k]; p < ptr[k + 1]; p++) {
      out[k + 1]++;
      if (idx[p] !== k) out[idx[p] + 1]++;
    }
  for (let k = 0; k < rows; k++) out[k + 1] += out[k];
  const next = out.slice(0, rows);
  const index = new Int32Array(total);
  const re = new Float64Array(total);
  const im = imaginary && new Float64Array(total);
  const put = (k: number, j: number, p: number, a: number, b: number): void => {
    const to = next[k]++;
    index[to] = j;
    re[to] = a * values[p];
    if (im) im[to] = b * imaginary![p];
  };
  // Of rows, a lower triangle comes before its mirror image in every line; of columns, after it.
  if (layout === "csr")
    for (let k = 0; k < rows; k++) for (let p = ptr[k]; p < ptr[k + 1]; p++) put(k, idx[p], p, 1, 1);
  for (let k = 0; k < rows; k++)
    for (let p = ptr[k]; p < ptr[k + 1]; p++) if (idx[p] !== k) put(idx[p], k, p, signRe, signIm);
  if (layout === "csc")
    for (let k = 0; k < rows; k++) for (let p = ptr[k]; p < ptr[k + 1]; p++) put(k, idx[p], p, 1, 1);
  return { layout, rows, cols, ptr: out, idx: index, values: re, ...(im && { imaginary: im }) };
}
