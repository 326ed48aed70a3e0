// NumPy's .npz files (zip archives of .npy files), and sparse matrices in them as scipy.sparse.save_npz writes them.
// Members may be stored or deflated; they are unpacked as gzip streams, whose end checks length and CRC-32. Members are written stored.
// Sources: PKWARE's APPNOTE (zip), RFC 1952 (gzip). Left out: archives above 4 GB (zip64), encryption.
import { Failure } from "../base/index.ts";
import { gunzip } from "./chunks.ts";
import { type NpyArray, readNpy, writeNpy } from "./npy.ts";
import { checkSparse, entryCount, fromTriplets, type Sparse } from "./sparse.ts";

const [LOCAL, CENTRAL, END] = [0x04034b50, 0x02014b50, 0x06054b50];

const CRC_TABLE = Uint32Array.from({ length: 256 }, (_, n) => {
  let c = n;
  for (let k = 0; k < 8; k++) c = c & 1 ? (c >>> 1) ^ 0xedb88320 : c >>> 1;
  return c;
});

function crc32(bytes: Uint8Array): number {
  let c = ~0;
  for (let k = 0; k < bytes.length; k++) c = (c >>> 8) ^ CRC_TABLE[(c ^ bytes[k]) & 255];
  return ~c >>> 0;
}

/** The arrays of a .npz file by name, without .npy. */
export async function readNpz(bytes: Uint8Array, source = "the archive"): Promise<Map<string, NpyArray>> {
  const out = new Map<string, NpyArray>();
  for (const { name, content } of await members(bytes, source))
    if (name.endsWith(".npy")) out.set(name.slice(0, -4), readNpy(content, `${source}: ${name}`));
  return out;
}

async function members(bytes: Uint8Array, source: string): Promise<{ name: string; content: Uint8Array }[]> {
  const bad = (what: string): Failure => new Failure("io", `${source}: ${what}`, { hint: "Is this a .npz file, and whole?" }); // oxfmt-ignore
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let end = bytes.length - 22;
  while (end >= 0 && end > bytes.length - 66_000 && view.getUint32(end, true) !== END) end--;
  if (end < 0 || view.getUint32(end, true) !== END) throw bad("not a zip archive, or cut off");
  const out: { name: string; content: Uint8Array }[] = [];
  let at = view.getUint32(end + 16, true);
  const count = view.getUint16(end + 10, true);
  if (at === 0xffffffff || count === 0xffff) throw new Failure("unsupported", `${source}: archives of zip64 cannot be read`); // oxfmt-ignore
  for (let k = 0; k < count; k++) {
    if (at + 46 > end || view.getUint32(at, true) !== CENTRAL) throw bad("the directory of the archive is broken");
    const [flags, method] = [view.getUint16(at + 8, true), view.getUint16(at + 10, true)];
    const [crc, size, length] = [16, 20, 24].map((offset) => view.getUint32(at + offset, true));
    const [nameLength, extra, comment] = [28, 30, 32].map((offset) => view.getUint16(at + offset, true));
    const local = view.getUint32(at + 42, true);
    const name = new TextDecoder().decode(bytes.subarray(at + 46, at + 46 + nameLength));
    at += 46 + nameLength + extra + comment;
    if (size === 0xffffffff || local === 0xffffffff) throw new Failure("unsupported", `${source}: archives of zip64 cannot be read`); // oxfmt-ignore
    if ((flags & 1) !== 0) throw new Failure("unsupported", `${source}: ${name} is encrypted`);
    if (local + 30 > bytes.length || view.getUint32(local, true) !== LOCAL) throw bad(`${name} is not where the directory says`); // oxfmt-ignore
    const start = local + 30 + view.getUint16(local + 26, true) + view.getUint16(local + 28, true);
    if (start + size > bytes.length) throw bad(`${name} is cut off`);
    const packed = bytes.slice(start, start + size);
    if (method !== 0 && method !== 8) throw new Failure("unsupported", `${source}: ${name} is packed by method ${method}`); // oxfmt-ignore
    const content = method === 0 ? packed : await inflate(packed, crc, length, `${source}: ${name}`);
    if (content.length !== length || crc32(content) !== crc) throw bad(`${name} is damaged`);
    out.push({ name, content });
  }
  return out;
}

/** Deflated bytes within the frame of a gzip file. */
async function inflate(packed: Uint8Array, crc: number, length: number, source: string): Promise<Uint8Array> {
  const framed = new Uint8Array(packed.length + 18);
  framed.set([0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 255]);
  framed.set(packed, 10);
  const view = new DataView(framed.buffer);
  view.setUint32(10 + packed.length, crc, true);
  view.setUint32(14 + packed.length, length, true);
  const pieces: Uint8Array[] = [];
  let total = 0;
  for await (const piece of gunzip([framed], source)) {
    pieces.push(piece);
    total += piece.length;
    if (total > length) throw new Failure("io", `${source}: longer than the archive says`);
  }
  const out = new Uint8Array(total);
  let to = 0;
  for (const piece of pieces) {
    out.set(piece, to);
    to += piece.length;
  }
  return out;
}

/** A .npz file of these .npy files (see `writeNpy`), by name. */
export function writeNpz(arrays: Readonly<Record<string, Uint8Array>>): Uint8Array<ArrayBuffer> {
  const parts: Uint8Array[] = [];
  const directory: Uint8Array[] = [];
  let at = 0;
  for (const [key, content] of Object.entries(arrays)) {
    const name = new TextEncoder().encode(`${key}.npy`);
    const crc = crc32(content);
    // Version 2.0, names in UTF-8, stored, the first of January 1980.
    const common = new Uint8Array(26);
    const view = new DataView(common.buffer);
    view.setUint16(0, 20, true);
    view.setUint16(2, 0x800, true);
    view.setUint16(8, 0x21, true);
    view.setUint32(10, crc, true);
    view.setUint32(14, content.length, true);
    view.setUint32(18, content.length, true);
    view.setUint16(22, name.length, true);
    const local = new Uint8Array(30 + name.length);
    new DataView(local.buffer).setUint32(0, LOCAL, true);
    local.set(common, 4);
    local.set(name, 30);
    const entry = new Uint8Array(46 + name.length);
    const entryView = new DataView(entry.buffer);
    entryView.setUint32(0, CENTRAL, true);
    entryView.setUint16(4, 20, true);
    entry.set(common, 6);
    entryView.setUint32(42, at, true);
    entry.set(name, 46);
    parts.push(local, content);
    directory.push(entry);
    at += local.length + content.length;
  }
  const length = directory.reduce((sum, each) => sum + each.length, 0);
  if (at + length > 0xfffffffe || directory.length > 0xfffe) throw new Failure("limit", "an archive of more than 4 GB");
  const end = new Uint8Array(22);
  const view = new DataView(end.buffer);
  view.setUint32(0, END, true);
  view.setUint16(8, directory.length, true);
  view.setUint16(10, directory.length, true);
  view.setUint32(12, length, true);
  view.setUint32(16, at, true);
  const out = new Uint8Array(at + length + 22);
  let to = 0;
  for (const part of [...parts, ...directory, end]) {
    out.set(part, to);
    to += part.length;
  }
  return out;
}

/** The sparse matrix of an archive by scipy.sparse.save_npz: csr, csc or coo. */
export async function readSparseNpz(bytes: Uint8Array, source = "the archive"): Promise<Sparse> {
  const arrays = await readNpz(bytes, source);
  const bad = (what: string): Failure => new Failure("io", `${source}: ${what}`, { hint: "scipy.sparse.save_npz writes csr, csc and coo matrices." }); // oxfmt-ignore
  const need = (name: string): NpyArray => {
    const found = arrays.get(name);
    if (!found) throw bad(`the archive has no ${name}`);
    return found;
  };
  const format = need("format").text;
  const [rows, cols] = need("shape").values;
  const { values, imaginary } = need("data");
  const numbers = { values, ...(imaginary && { imaginary }) };
  try {
    if (format === "coo") return fromTriplets({ rows, cols, row: need("row").values, col: need("col").values, ...numbers }); // oxfmt-ignore
    if (format !== "csr" && format !== "csc") throw bad(`matrices of form ${format ?? "?"} cannot be read`);
    return compressed(format, rows, cols, need("indptr").values, need("indices").values, numbers);
  } catch (error) {
    if (error instanceof Failure && error.kind === "usage") throw bad(error.what);
    if (error instanceof RangeError) throw new Failure("limit", `${source}: a matrix of ${rows} x ${cols} does not fit into memory`, { cause: error }); // oxfmt-ignore
    throw error;
  }
}

/** SciPy's index arrays need not ascend, and may name a place twice. */
function compressed(
  layout: "csr" | "csc",
  rows: number,
  cols: number,
  ptr: Float64Array,
  idx: Float64Array,
  numbers: { values: Float64Array; imaginary?: Float64Array },
): Sparse {
  // oxfmt-ignore
  const lines = layout === "csr" ? rows : cols;
  const count = idx.length;
  const rising = ptr.length === lines + 1 && ptr[0] === 0 && ptr[lines] === count && ptr.every((p, k) => k === 0 || p >= ptr[k - 1]); // oxfmt-ignore
  if (!rising) throw new Failure("usage", `the line pointers do not rise from 0 to ${count}`);
  const line = new Int32Array(count);
  for (let k = 0; k < lines; k++) line.fill(k, ptr[k], ptr[k + 1]);
  const [row, col] = layout === "csr" ? [line, idx] : [idx, line];
  return checkSparse(fromTriplets({ rows, cols, row, col, ...numbers }, layout));
}

/** An archive that scipy.sparse.load_npz reads. */
export function writeSparseNpz(matrix: Sparse): Uint8Array<ArrayBuffer> {
  const { layout, rows, cols, ptr, idx, values, imaginary } = matrix;
  const count = entryCount(matrix);
  const list = { rows: count, cols: 1, data: values, offset: 0, rowStep: 1, colStep: 1 };
  const data = writeNpy(imaginary ? { ...list, imaginary } : list, { flat: true });
  return writeNpz({
    indices: writeNpy(idx.subarray(0, count)),
    indptr: writeNpy(ptr),
    format: writeNpy(layout),
    shape: writeNpy(Int32Array.of(rows, cols)),
    data,
  });
}
