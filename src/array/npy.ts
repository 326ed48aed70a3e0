// NumPy's .npy files (format versions 1 to 3): reading of real and complex numbers of any shape and order, and of short texts;
// writing of matrices. 64-bit integers that are not doubles are refused rather than rounded.
// Source: the format's definition, numpy.lib.format. Left out: structures, objects, long doubles.
import { Failure } from "../base/index.ts";
import { type Dense, dense, packed } from "./dense.ts";

export interface NpyArray {
  readonly shape: readonly number[];
  /** Row by row (the last index runs fastest), whatever the order of the file. */
  readonly values: Float64Array;
  readonly imaginary?: Float64Array;
  /** Of arrays of texts: the first one. */
  readonly text?: string;
}

const MAGIC = [0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59];

export const isNpy = (bytes: Uint8Array): boolean => MAGIC.every((byte, k) => bytes[k] === byte);

const latin1 = (bytes: Uint8Array): string => {
  let text = "";
  for (const byte of bytes) text += String.fromCharCode(byte);
  return text;
};

/** The array of a .npy file. Failures of kind "io" name `source`. */
export function readNpy(bytes: Uint8Array, source: string): NpyArray {
  const bad = (what: string): Failure => new Failure("io", `${source}: ${what}`);
  if (!isNpy(bytes)) throw bad("not a .npy file");
  const wide = bytes[6] > 1;
  const start = wide ? 12 : 10;
  if (bytes.length < start) throw bad("the header is cut off");
  if (bytes[6] > 3) throw bad(`version ${bytes[6]} of the .npy format is not known`);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const end = start + (wide ? view.getUint32(8, true) : view.getUint16(8, true));
  if (bytes.length < end) throw bad("the header is cut off");
  const header = latin1(bytes.subarray(start, end));
  const descr = /'descr':\s*'([<>|=]?)([fiucbSU])(\d+)'/.exec(header);
  const shapeText = /'shape':\s*\(([^)]*)\)/.exec(header);
  if (!descr || !shapeText) throw bad("only arrays of real or complex numbers can be read");
  const parts = shapeText[1].split(",").map((part) => part.trim()).filter((part) => part !== ""); // oxfmt-ignore
  // Python 2 wrote lengths as 3L.
  const shape = parts.map((part) => (/^\d+L?$/.test(part) ? Number.parseInt(part, 10) : Number.NaN));
  if (!shape.every((length) => Number.isSafeInteger(length))) throw bad(`(${shapeText[1]}) is not a shape`);
  const count = shape.reduce((a, b) => a * b, 1);
  const [, order, type, size] = descr;
  const width = Number(size) * (type === "U" ? 4 : 1);
  if (!(bytes.length >= end + count * width)) throw bad("the file is cut off");
  const little = order !== ">";
  if (type === "S" || type === "U") return { shape, values: new Float64Array(), text: textAt(view, end, type, Number(size), little) }; // oxfmt-ignore
  const complex = type === "c";
  const half = complex ? width / 2 : width;
  const read = Object.hasOwn(READERS, `${complex ? "f" : type}${half}`) ? READERS[`${complex ? "f" : type}${half}`] : undefined; // oxfmt-ignore
  if (read === undefined) throw bad(`numbers of type ${type}${width} cannot be read`);
  const place = /'fortran_order':\s*True/.test(header) ? columnOrder(shape) : undefined;
  const values = new Float64Array(count);
  const imaginary = complex ? new Float64Array(count) : undefined;
  for (let i = 0; i < count; i++) {
    const to = place ? place(i) : i;
    const value = read(view, end + i * width, little);
    values[to] = Number(value);
    if (imaginary) imaginary[to] = Number(read(view, end + i * width + half, little));
    if (typeof value === "bigint" && BigInt(values[to]) !== value) throw bad(`the integer ${value} is not a double`);
  }
  return { shape, values, ...(imaginary && { imaginary }) };
}

/** Where element i of the file lies row by row. */
function columnOrder(shape: readonly number[]): (i: number) => number {
  const steps = shape.map((_, d) => shape.slice(d + 1).reduce((a, b) => a * b, 1));
  return (i) => {
    let [rest, to] = [i, 0];
    for (let d = 0; d < shape.length; d++) {
      to += (rest % shape[d]) * steps[d];
      rest = Math.floor(rest / shape[d]);
    }
    return to;
  };
}

function textAt(view: DataView, from: number, type: "S" | "U", size: number, little: boolean): string {
  let text = "";
  for (let k = 0; k < size && from + (type === "U" ? 4 * k + 3 : k) < view.byteLength; k++) {
    const code = type === "U" ? view.getUint32(from + 4 * k, little) : view.getUint8(from + k);
    if (code === 0 || code > 0x10ffff) break;
    text += String.fromCodePoint(code);
  }
  return text;
}

/** The array as a matrix: of one dimension as a column, of none as 1 x 1. */
export function npyMatrix({ shape, values, imaginary, text }: NpyArray, source = "the array"): Dense {
  if (shape.length > 2 || text !== undefined)
    throw new Failure("io", `${source}: ${text === undefined ? `an array of ${shape.length} dimensions` : "an array of texts"} is not a matrix`); // oxfmt-ignore
  const [rows, cols] = [shape[0] ?? 1, shape[1] ?? 1];
  return { ...dense(rows, cols, values), ...(imaginary && { imaginary }) };
}

/** A header with 'descr' and shape, padded so that the data begin at a multiple of 64. */
function headed(
  descr: string,
  shape: readonly number[],
  fortran: boolean,
  size: number,
): { bytes: Uint8Array<ArrayBuffer>; start: number } {
  // oxfmt-ignore
  const shapeText = shape.length === 1 ? `${shape[0]},` : shape.join(", ");
  const header = `{'descr': '${descr}', 'fortran_order': ${fortran ? "True" : "False"}, 'shape': (${shapeText}), }`;
  const length = Math.ceil((10 + header.length + 1) / 64) * 64;
  const bytes = new Uint8Array(length + size);
  bytes.set([...MAGIC, 1, 0, (length - 10) & 255, (length - 10) >> 8]);
  bytes.set(new TextEncoder().encode(`${header.padEnd(length - 11)}\n`), 10);
  return { bytes, start: length };
}

export interface NpyWriteOptions {
  /** Column by column; default false. */
  readonly fortran?: boolean;
  /** One dimension, whatever the shape of the matrix; default false. */
  readonly flat?: boolean;
  /** Of a list: lengths of its dimensions, the last index runs fastest; default one dimension. */
  readonly shape?: readonly number[];
}

/** A .npy file of a matrix of f8 or c16, or of a list: of doubles f8, of 32-bit integers i4, of a text S. */
export function writeNpy(
  content: Dense | Float64Array | Int32Array | string,
  { fortran = false, flat = false, shape: given }: NpyWriteOptions = {},
): Uint8Array<ArrayBuffer> {
  if (typeof content === "string") {
    const { bytes, start } = headed(`|S${content.length}`, [], false, content.length);
    bytes.set(new TextEncoder().encode(content), start);
    return bytes;
  }
  const list = content instanceof Float64Array || content instanceof Int32Array;
  const order = fortran ? "column" : "row";
  const re = list ? content : packed(content, order);
  const im = !list && content.imaginary ? packed(content, order, "imaginary") : undefined;
  if (given !== undefined && given.reduce((a, b) => a * b, 1) !== re.length)
    throw new Failure("usage", `${re.length} numbers do not make an array of ${given.join(" x ")}`);
  const shape = given !== undefined ? given : list || flat ? [re.length] : [content.rows, content.cols];
  const width = content instanceof Int32Array ? 4 : im ? 16 : 8;
  const { bytes, start } = headed(
    width === 4 ? "<i4" : im ? "<c16" : "<f8",
    shape,
    fortran && !list,
    width * re.length,
  );
  const view = new DataView(bytes.buffer);
  for (let k = 0; k < re.length; k++) {
    if (width === 4) view.setInt32(start + 4 * k, re[k], true);
    else view.setFloat64(start + width * k, re[k], true);
    if (im) view.setFloat64(start + 16 * k + 8, im[k], true);
  }
  return bytes;
}

const READERS: Readonly<Record<string, (view: DataView, at: number, little: boolean) => number | bigint>> = {
  f8: (view, at, little) => view.getFloat64(at, little),
  f4: (view, at, little) => view.getFloat32(at, little),
  f2: (view, at, little) => binary16(view.getUint16(at, little)),
  i1: (view, at) => view.getInt8(at),
  i2: (view, at, little) => view.getInt16(at, little),
  i4: (view, at, little) => view.getInt32(at, little),
  i8: (view, at, little) => view.getBigInt64(at, little),
  u1: (view, at) => view.getUint8(at),
  u2: (view, at, little) => view.getUint16(at, little),
  u4: (view, at, little) => view.getUint32(at, little),
  u8: (view, at, little) => view.getBigUint64(at, little),
  b1: (view, at) => (view.getUint8(at) === 0 ? 0 : 1),
};

/** A binary16 number from its code. */
function binary16(code: number): number {
  const e = (code >> 10) & 31;
  const t = code & 1023;
  const magnitude = e === 31 ? (t === 0 ? Infinity : Number.NaN) : e === 0 ? t * 2 ** -24 : (1024 + t) * 2 ** (e - 25);
  return code & 0x8000 ? -magnitude : magnitude;
}
