// Reading of NumPy's .npy files (format versions 1 to 3): real numbers of any shape, as doubles. 64-bit integers that are
// not doubles are refused rather than rounded. Left out: complex numbers, structures, objects, several dimensions in column order.
import { Failure } from "../base/index.ts";

export interface NpyArray {
  readonly shape: readonly number[];
  /** In the order of the file. */
  readonly values: Float64Array;
}

export const isNpy = (bytes: Buffer): boolean => bytes.toString("latin1", 0, 6) === "\x93NUMPY";

export function readNpy(bytes: Buffer, source: string): NpyArray {
  const bad = (what: string): Failure => new Failure("io", `${source}: ${what}`);
  if (!isNpy(bytes)) throw bad("not a .npy file");
  const wide = bytes[6] > 1;
  const start = wide ? 12 : 10;
  if (bytes.length < start) throw bad("the header is cut off");
  if (bytes[6] > 3) throw bad(`version ${bytes[6]} of the .npy format is not known`);
  const end = start + (wide ? bytes.readUInt32LE(8) : bytes.readUInt16LE(8));
  if (bytes.length < end) throw bad("the header is cut off");
  const header = bytes.toString("latin1", start, end);
  const descr = /'descr':\s*'([<>|=]?)([fiu])(\d+)'/.exec(header);
  const shapeText = /'shape':\s*\(([^)]*)\)/.exec(header);
  if (!descr || !shapeText) throw bad("only arrays of real numbers can be read");
  const parts = shapeText[1].split(",").map((part) => part.trim()).filter((part) => part !== ""); // oxfmt-ignore
  // Python 2 wrote lengths as 3L.
  const shape = parts.map((part) => (/^\d+L?$/.test(part) ? Number.parseInt(part, 10) : Number.NaN));
  if (!shape.every((length) => Number.isSafeInteger(length))) throw bad(`(${shapeText[1]}) is not a shape`);
  if (/'fortran_order':\s*True/.test(header) && shape.filter((length) => length !== 1).length > 1)
    throw bad("the array is in column order; save it in row order (numpy.ascontiguousarray)");
  const count = shape.reduce((a, b) => a * b, 1);
  const [, order, type, size] = descr;
  const width = Number(size);
  if (bytes.length < end + count * width) throw bad("the file is cut off");
  const view = new DataView(bytes.buffer, bytes.byteOffset + end);
  const little = order !== ">";
  const read = READERS[`${type}${width}`];
  if (read === undefined) throw bad(`numbers of type ${type}${width} cannot be read`);
  const values = new Float64Array(count);
  for (let i = 0; i < count; i++) {
    const value = read(view, i * width, little);
    values[i] = Number(value);
    if (typeof value === "bigint" && BigInt(values[i]) !== value) throw bad(`the integer ${value} is not a double`);
  }
  return { shape, values };
}

const READERS: Readonly<Record<string, (view: DataView, at: number, little: boolean) => number | bigint>> = {
  f8: (view, at, little) => view.getFloat64(at, little),
  f4: (view, at, little) => view.getFloat32(at, little),
  f2: (view, at, little) => half(view.getUint16(at, little)),
  i1: (view, at) => view.getInt8(at),
  i2: (view, at, little) => view.getInt16(at, little),
  i4: (view, at, little) => view.getInt32(at, little),
  i8: (view, at, little) => view.getBigInt64(at, little),
  u1: (view, at) => view.getUint8(at),
  u2: (view, at, little) => view.getUint16(at, little),
  u4: (view, at, little) => view.getUint32(at, little),
  u8: (view, at, little) => view.getBigUint64(at, little),
};

/** A binary16 number from its code. */
function half(code: number): number {
  const e = (code >> 10) & 31;
  const t = code & 1023;
  const magnitude = e === 31 ? (t === 0 ? Infinity : Number.NaN) : e === 0 ? t * 2 ** -24 : (1024 + t) * 2 ** (e - 25);
  return code & 0x8000 ? -magnitude : magnitude;
}
