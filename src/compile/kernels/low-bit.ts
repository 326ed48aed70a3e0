// Matrices of few bits, packed once and multiplied many times: memory, packing and checks around the kernels of this folder.
//   planeMatrix      whole numbers of 1 to 8 bits by bit planes, 32-bit results             (bit-planes.ts)
//   lookupMatrix     1 to 4 bits against whole activations up to +-15, by tables            (lookup.ts)
//   quantisedMatrix  1, 2 or 4 bits with scales of groups, against f32                      (quantised.ts)
//   codeMatrix       any formats of 1 to 8 bits, sums in f64                                (any-width.ts)
// All are given codes row by row. What does not fit is a Failure: a code of too many bits, a wrong length, too many columns.
// Left out: sharing a runtime between matrices (each has its own memory, given back by dispose()).
import { Failure } from "../../base/index.ts";
import { compileProgramSync, type Kernels, type TargetName } from "../kernel.ts";
import type { Program } from "../ir.ts";
import { Runtime } from "../runtime.ts";
import { anyWidthProgram, type CodeFormat, stripBytes, valueOfCode } from "./any-width.ts";
import { type BitPlaneOptions, bitPlaneProgram, mostColumns, planeBytes } from "./bit-planes.ts";
import { lookupBytes, type LookupOptions, lookupProgram, MOST, SPAN, TILE } from "./lookup.ts";
import { FUSED, type QuantisedOptions, quantisedProgram, UNPACKED } from "./quantised.ts";

export interface MatrixShape {
  readonly rows: number;
  readonly columns: number;
  /** Codes of the weights, row by row. */
  readonly codes: Uint8Array;
  /** Vectors multiplied at once, at most; default 1. */
  readonly batch?: number;
  /** Default auto: wasm where there is WebAssembly. */
  readonly target?: TargetName;
  /** Fused multiply-add where the engine has it; default true. Without it wasm and js give the same bits in f32 as well. */
  readonly relaxed?: boolean;
}

interface Matrix {
  readonly rows: number;
  readonly columns: number;
  readonly target: Kernels["target"];
  dispose(): void;
}

/** Whole results: [vector][row]. */
export interface PlaneMatrix extends Matrix {
  /** `codes` of the activations, vector by vector. */
  multiply(codes: Uint8Array): Int32Array;
}

export interface LookupMatrix extends Matrix {
  /** One vector of whole numbers. */
  multiply(activations: Int8Array): Int32Array;
  /** With the scales of the groups; only if they were given. */
  multiplyScaled(activations: Int8Array): Float32Array;
}

export interface QuantisedMatrix extends Matrix {
  /** Vectors one after the other; so are the results. */
  multiply(x: Float32Array): Float32Array;
}

export interface CodeMatrix extends Matrix {
  multiply(codes: Uint8Array): Float64Array;
}

const wholeNumber = (what: string, value: number): void => {
  if (!(Number.isInteger(value) && value >= 1 && value < 2 ** 31))
    throw new Failure("domain", `${what} is ${value}; a whole number from 1 is needed`);
};

function checkCodes(what: string, codes: Uint8Array, length: number, bits: number): void {
  if (codes.length !== length) throw new Failure("domain", `${what}: ${codes.length} codes, but ${length} are needed`);
  const limit = 2 ** bits;
  for (let i = 0; i < codes.length; i++)
    if (codes[i] >= limit) throw new Failure("domain", `${what}: code ${codes[i]} at ${i} has more than ${bits} bits`);
}

/** How many vectors of `columns` elements; at least one, at most `most`. */
function vectors(length: number, columns: number, most: number): number {
  const count = length / columns;
  if (!(Number.isInteger(count) && count >= 1)) throw new Failure("domain", `${length} elements are no vectors of ${columns}`); // oxfmt-ignore
  if (count > most)
    throw new Failure("limit", `${count} vectors, but there is room for ${most}`, { hint: "give `batch` when the matrix is made" }); // oxfmt-ignore
  return count;
}

interface Made {
  readonly runtime: Runtime;
  readonly kernels: Kernels;
  readonly batch: number;
  readonly matrix: Matrix;
}

/** Compiles for a matrix of this shape, in a memory with `bytes` bytes of slices. */
function make(program: Program, shape: MatrixShape, bits: number, bytes: number): Made {
  const { rows, columns, codes, batch = 1, target, relaxed } = shape;
  wholeNumber("rows", rows);
  wholeNumber("columns", columns);
  wholeNumber("batch", batch);
  checkCodes("weights", codes, rows * columns, bits);
  // Codes are packed in pieces of one tile of rows.
  const runtime = new Runtime({ bytes: bytes + TILE * columns + 1024 });
  const kernels = compileProgramSync(program, {
    target,
    runtime,
    ...(relaxed === undefined || relaxed ? {} : { relaxed }),
  });
  return {
    runtime,
    kernels,
    batch,
    matrix: { rows, columns, target: kernels.target, dispose: () => runtime.dispose() },
  };
}

/** Packs the weights in pieces of `TILE` rows. */
function pack({ runtime, kernels }: Made, name: string, { rows, columns, codes }: MatrixShape, to: Uint8Array<ArrayBuffer>, bytesOf: (rows: number) => number, padded?: number): void {
  const mark = runtime.mark();
  const piece = runtime.u8(TILE * columns);
  for (let r = 0; r < rows; r += TILE) {
    const count = Math.min(TILE, rows - r);
    piece.set(codes.subarray(r * columns, (r + count) * columns));
    const place = to.subarray(bytesOf(r), bytesOf(r + count));
    if (padded === undefined) kernels.call[name](count, columns, piece, place);
    else kernels.call[name](count, columns, padded, piece, place);
  }
  runtime.release(mark);
} // oxfmt-ignore

/** Products of whole numbers of 1 to 8 bits, exact. */
export function planeMatrix(shape: MatrixShape & BitPlaneOptions): PlaneMatrix {
  const { rows, columns, batch = 1, weightBits, activationBits } = shape;
  if (columns > mostColumns(shape))
    throw new Failure("limit", `${columns} columns of ${weightBits} by ${activationBits} bits: results need not fit 32 bits`, {
      hint: `at most ${mostColumns(shape)}`,
    }); // oxfmt-ignore
  const bytes = planeBytes(rows, columns, weightBits) + batch * (planeBytes(1, columns, activationBits) + columns + 4 * rows); // oxfmt-ignore
  const made = make(bitPlaneProgram(shape), shape, weightBits, bytes);
  const { runtime, kernels } = made;
  const weights = runtime.u8(planeBytes(rows, columns, weightBits));
  pack(made, "packWeights", shape, weights, (r) => planeBytes(r, columns, weightBits));
  const input = runtime.u8(batch * columns);
  const planes = runtime.u8(planeBytes(batch, columns, activationBits));
  const out = runtime.i32(batch * rows);
  return {
    ...made.matrix,
    multiply(codes) {
      const count = vectors(codes.length, columns, batch);
      checkCodes("activations", codes, count * columns, activationBits);
      input.set(codes);
      kernels.call.packActivations(count, columns, input, planes);
      kernels.call.multiply(count, rows, columns, planes, weights, out);
      return out.slice(0, count * rows);
    },
  };
}

/** Scales as the tiles of the kernel want them: [tile][group][row of tile]. */
function tiledScales(scales: Float32Array, rows: number, groups: number): Float32Array {
  const out = new Float32Array(Math.ceil(rows / TILE) * TILE * groups);
  for (let r = 0; r < rows; r++)
    for (let g = 0; g < groups; g++)
      out[(Math.floor(r / TILE) * groups + g) * TILE + (r % TILE)] = scales[r * groups + g];
  return out;
}

function checkScales(scales: Float32Array, rows: number, groups: number): void {
  if (scales.length !== rows * groups)
    throw new Failure("domain", `${scales.length} scales, but ${rows} rows have ${groups} groups each`);
}

/** Products by tables; with `scales` ([row][group]) also `multiplyScaled`. */
export function lookupMatrix(shape: MatrixShape & LookupOptions & { readonly scales?: Float32Array }): LookupMatrix {
  const { rows, columns, weightBits, weights: coding = "bipolar", group = SPAN, scales } = shape;
  const padded = Math.ceil(columns / group) * group;
  const tiled = Math.ceil(rows / TILE) * TILE;
  const groups = padded / group;
  const largest = coding === "twos" ? 2 ** (weightBits - 1) : 2 ** weightBits - 1;
  if (padded * MOST * largest >= 2 ** 31)
    throw new Failure("limit", `${columns} columns of ${weightBits} bits: results need not fit 32 bits`);
  if (scales) checkScales(scales, rows, groups);
  const bytes = lookupBytes(tiled, padded, weightBits) + 6 * padded + 8 * tiled + 4 * tiled * groups;
  const made = make(lookupProgram(shape), shape, weightBits, bytes);
  const { runtime, kernels } = made;
  const weights = runtime.u8(lookupBytes(tiled, padded, weightBits));
  pack(made, "pack", shape, weights, (r) => lookupBytes(r, padded, weightBits), padded);
  const input = runtime.i8(padded);
  const tables = runtime.i8(4 * padded);
  const [out, scaledOut] = [runtime.i32(tiled), runtime.f32(tiled)];
  const factors = runtime.f32(scales ? tiled * groups : 0);
  if (scales) factors.set(tiledScales(scales, rows, groups));
  const fill = (activations: Int8Array): void => {
    if (activations.length !== columns)
      throw new Failure("domain", `${activations.length} activations, but there are ${columns} columns`);
    for (let i = 0; i < columns; i++)
      if (Math.abs(activations[i]) > MOST)
        throw new Failure("domain", `activation ${activations[i]} at ${i} is beyond ${MOST}`);
    input.set(activations);
    kernels.call.tables(padded, input, tables);
  };
  return {
    ...made.matrix,
    multiply(activations) {
      fill(activations);
      kernels.call.multiply(tiled, padded, weights, tables, out);
      return out.slice(0, rows);
    },
    multiplyScaled(activations) {
      if (!scales) throw new Failure("usage", "this matrix was made without scales");
      fill(activations);
      kernels.call.multiplyScaled(tiled, padded, weights, tables, factors, scaledOut);
      return scaledOut.slice(0, rows);
    },
  };
}

/** Products of grouped weights with f32 vectors. `scales` are [row][group], groups of `group` columns (default 128). */
export function quantisedMatrix(
  shape: MatrixShape & QuantisedOptions & { readonly scales: Float32Array },
): QuantisedMatrix {
  const { rows, columns, width, group = 128, scales } = shape;
  const padded = Math.ceil(columns / group) * group;
  const groups = padded / group;
  checkScales(scales, rows, groups);
  const { batch = 1 } = shape;
  const rowBytes = (padded * width) / 8;
  const bytes = rows * rowBytes + 4 * (batch * (padded + rows) + rows * groups + UNPACKED);
  const made = make(quantisedProgram(shape), shape, width, bytes);
  const { runtime, kernels } = made;
  const packed = runtime.u8(rows * rowBytes);
  pack(made, "pack", shape, packed, (r) => r * rowBytes, padded);
  const factors = runtime.f32(rows * groups);
  factors.set(scales);
  const [input, out, buffer] = [runtime.f32(batch * padded), runtime.f32(batch * rows), runtime.f32(UNPACKED)];
  return {
    ...made.matrix,
    multiply(x) {
      const count = vectors(x.length, columns, batch);
      for (let b = 0; b < count; b++) input.set(x.subarray(b * columns, (b + 1) * columns), b * padded);
      if (count <= FUSED) kernels.call.fused(count, rows, padded, packed, factors, input, out);
      else kernels.call.gemm(count, rows, padded, packed, factors, input, out, buffer);
      return out.slice(0, count * rows);
    },
  };
}

/** Products of codes of any formats of 1 to 8 bits, summed in f64 in order of columns. */
export function codeMatrix(
  shape: MatrixShape & { readonly weights: CodeFormat; readonly activations: CodeFormat },
): CodeMatrix {
  const { rows, columns, batch = 1, weights, activations } = shape;
  const bytes = stripBytes(rows, columns, weights.bits) + batch * (stripBytes(1, columns, activations.bits) + columns + 8 * rows) + 2 * 2048; // oxfmt-ignore
  const made = make(anyWidthProgram(weights, activations), shape, weights.bits, bytes);
  const { runtime, kernels } = made;
  const table = (format: CodeFormat): Float64Array<ArrayBuffer> => {
    const values = runtime.f64(2 ** format.bits);
    for (let code = 0; code < values.length; code++) values[code] = valueOfCode(format, code);
    return values;
  };
  const [weightTable, activationTable] = [table(weights), table(activations)];
  const packed = runtime.u8(stripBytes(rows, columns, weights.bits));
  pack(made, "packWeights", shape, packed, (r) => stripBytes(r, columns, weights.bits));
  const input = runtime.u8(batch * columns);
  const strips = runtime.u8(stripBytes(batch, columns, activations.bits));
  const out = runtime.f64(batch * rows);
  return {
    ...made.matrix,
    multiply(codes) {
      const count = vectors(codes.length, columns, batch);
      checkCodes("activations", codes, count * columns, activations.bits);
      input.set(codes);
      kernels.call.packActivations(count, columns, input, strips);
      kernels.call.multiply(count, rows, columns, strips, activationTable, packed, weightTable, out);
      return out.slice(0, count * rows);
    },
  };
}
