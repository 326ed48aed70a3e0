// Block formats: numbers of a row, or of a rectangle of a matrix, share a scale, block by block. A value is element * scale (* tensor scale).
//   mx        OCP Microscaling 1.0: scale E8M0 = 2^(floor(log2 amax) - emax of the element), held within 2^-127 .. 2^127
//   nvfp4     NVIDIA: elements e2m1fn, scale e4m3fn of amax/6 over a binary32 scale of the whole tensor, amax/(6 * 448)
//   bfp       block floating point: two's complement integers of m bits, range symmetric, scale 2^(floor(log2 amax) - m + 2)
//   dynamic   dynamic fixed point (Courbariaux 2014): integers, one exponent, the smallest for which nothing overflows
// Elements are rounded once, from the exact quotient, and saturate. What the OCP text leaves open is settled so: a block
// that holds NaN or an infinity is NaN as a whole (its scale is NaN); a block of zeros has the smallest scale.
import { Failure } from "../base/index.ts";
import { encode } from "./codes.ts";
import { exactOfNumber, floorLog2, type Finite, numberOf } from "./exact.ts";
import { type Format, integerFormat } from "./format.ts";
import { formatNamed, NAMED_FORMATS } from "./named-formats.ts";
import * as Q from "./rational.ts";
import { roundExact, type RoundOptions } from "./round-exact.ts";

export interface BlockFormat {
  readonly kind: "block";
  readonly name: string;
  /** Numbers that share a scale, along a row; Infinity: the whole row. */
  readonly block: number;
  /** Rows that a block spans; Infinity: all of them. Default 1. */
  readonly blockRows?: number;
  readonly element: Format;
  readonly rule: "mx" | "nvfp4" | "bfp" | "dynamic";
}

const MX_ELEMENTS: Readonly<Record<string, Format>> = {
  mxfp8: NAMED_FORMATS.e4m3fn,
  mxfp8e4m3: NAMED_FORMATS.e4m3fn,
  mxfp8e5m2: NAMED_FORMATS.e5m2,
  mxfp6: NAMED_FORMATS.e2m3fn,
  mxfp6e2m3: NAMED_FORMATS.e2m3fn,
  mxfp6e3m2: NAMED_FORMATS.e3m2fn,
  mxfp4: NAMED_FORMATS.e2m1fn,
  mxint8: integerFormat({ name: "int8*1/64", bits: 8, scale: Q.rational(1n, 64n) }),
};

export const BLOCK_FORMAT_NAMES = `${Object.keys(MX_ELEMENTS).join(" ")} nvfp4 bfp8 dfx8, with a block length mxfp4:16 or rows x columns mxfp4:8x8`;

/**
 * The block format of a name: mxfp4, mxfp6e3m2, mxint8 (blocks of 32), nvfp4 (16), bfp8 (integers of 8 bits, blocks of 16),
 * dfx8 (whole rows); a suffix such as mxfp4:16 gives another block length, mxfp4:8x8 rows by columns. Undefined if the name is of another kind.
 */
export function blockFormatNamed(name: string): BlockFormat | undefined {
  const found = /^(mx\w+|nvfp4|bfp(\d+)|dfx(\d+))(?::(\d+)(?:x(\d+))?)?$/.exec(name.trim().toLowerCase());
  if (!found) return undefined;
  const [, base, bfp, dynamic, side, across] = found;
  // One number is the length along a row, two are rows by columns.
  const [blockRows, length] = across === undefined ? [undefined, side] : [Number(side), across];
  const integer = (bits: number): Format => {
    if (bits < 2) throw new Failure("domain", `impossible format: ${name} needs at least 2 bits`);
    return integerFormat({ bits, symmetric: true, scale: bits === 2 ? 1 : Q.power(2, 2 - bits) });
  };
  const make = (rule: BlockFormat["rule"], element: Format, block: number): BlockFormat =>
    blockFormat({
      name: name.trim().toLowerCase(),
      rule,
      element,
      block: length === undefined ? block : Number(length),
      ...(blockRows === undefined ? {} : { blockRows }),
    });
  if (base === "nvfp4") return make("nvfp4", NAMED_FORMATS.e2m1fn, 16);
  if (bfp !== undefined) return make("bfp", integer(Number(bfp)), 16);
  if (dynamic !== undefined) return make("dynamic", integer(Number(dynamic)), Infinity);
  if (Object.hasOwn(MX_ELEMENTS, base)) return make("mx", MX_ELEMENTS[base], 32);
  throw new Failure("usage", `there is no block format "${name}"`, { hint: `Known: ${BLOCK_FORMAT_NAMES}.` });
}

/** A block format from its parts. `element` may be any format with doubles as values (for nvfp4 any float). */
export function blockFormat(parts: Omit<BlockFormat, "kind">): BlockFormat {
  const { block, blockRows = 1, element } = parts;
  for (const side of [block, blockRows])
    if (!(side === Infinity || (Number.isInteger(side) && side >= 1)))
      throw new Failure("domain", `impossible format: blocks of ${side}`);
  if (element.kind === "posit" || element.kind === "table")
    throw new Failure("unsupported", `${element.name} has no exponent to choose a block scale from`);
  return Object.freeze({ kind: "block", ...parts });
}

export interface Blocked {
  readonly format: BlockFormat;
  /** The rounded values, exact. */
  readonly values: Float64Array;
  /** Codes of the elements; undefined in a block that is NaN and whose element has no code for it. */
  readonly codes: (bigint | undefined)[];
  /** Scale of each block, row of blocks after row of blocks; NaN for a block that is NaN. */
  readonly scales: number[];
  /** E8M0 codes (mx) or e4m3fn codes (nvfp4) of the scales; undefined in the other formats, whose scales are powers of two. */
  readonly scaleCodes: (bigint | undefined)[];
  /** nvfp4: the scale of the tensor, a binary32 number; else 1. */
  readonly tensorScale: number;
}

export interface BlockOptions extends RoundOptions {
  /** Length of a row; blocks do not cross rows, the last of a row may be short. Default: all numbers are one row. */
  readonly columns?: number;
  /** nvfp4: another tensor scale, a positive binary32 number. */
  readonly tensorScale?: number;
}

/** Rounds a row-major array to a block format. Elements take mode and random bits from the options (index + position). */
export function roundBlocks(xs: ArrayLike<number>, format: BlockFormat, options: BlockOptions = {}): Blocked {
  const { columns = Math.max(1, xs.length), index = 0 } = options;
  if (!Number.isInteger(columns) || columns < 1 || xs.length % columns !== 0)
    throw new Failure("domain", `${xs.length} numbers do not fill rows of ${columns}`);
  const tensorScale = format.rule === "nvfp4" ? tensorScaleOf(xs, format, options.tensorScale) : 1;
  const values = new Float64Array(xs.length);
  const codes = Array.from<bigint | undefined>({ length: xs.length });
  const scales: number[] = [];
  const scaleCodes: (bigint | undefined)[] = [];
  const rows = xs.length / columns;
  const [width, height] = [Math.min(format.block, columns), Math.min(format.blockRows ?? 1, Math.max(1, rows))];
  for (let top = 0; top < rows; top += height)
    for (let left = 0; left < columns; left += width) {
      const places: number[] = [];
      for (let r = top; r < Math.min(top + height, rows); r++)
        for (let c = left; c < Math.min(left + width, columns); c++) places.push(r * columns + c);
      let amax = 0;
      for (const i of places) amax = Number.isFinite(xs[i]) ? Math.max(amax, Math.abs(xs[i])) : Number.NaN;
      const scale = scaleOf(amax, format, tensorScale);
      scales.push(scale);
      scaleCodes.push(scaleCode(scale, format));
      const unit = scale * tensorScale;
      for (const i of places) {
        const rounded = element(xs[i], unit, format, { ...options, index: index + i });
        values[i] = rounded === undefined ? Number.NaN : rounded * unit;
        codes[i] = rounded === undefined ? undefined : encode(format.element, rounded);
      }
    }
  return { format, values, codes, scales, scaleCodes, tensorScale };
}

/** The element nearest to x/unit (by mode); undefined in a block that is NaN. A scale of zero leaves zeros. */
function element(x: number, unit: number, { element: format }: BlockFormat, options: RoundOptions): number | undefined {
  if (Number.isNaN(unit)) return undefined;
  if (unit === 0) return x < 0 || Object.is(x, -0) ? numberOf(roundExact(-0, format)) : 0;
  if (x === 0) return numberOf(roundExact(x, format));
  const quotient = Q.divide(Q.fromNumber(x), Q.fromNumber(unit));
  const exact: Finite = { kind: "finite", negative: x < 0, num: Q.numerator(Q.absolute(quotient)), den: Q.denominator(quotient), exponent: 0 }; // oxfmt-ignore
  return numberOf(roundExact(exact, format, { ...options, overflow: "saturate" }));
}

function largestOf(format: Format): Q.Rational {
  return Q.fromNumber(numberOf(roundExact(Infinity, format, { overflow: "saturate" })));
}

/** Exponent of the largest value of an element: 8 for e4m3fn, 0 for int8/64. */
function elementExponent(format: Format): number {
  return floorLog2(exactOfNumber(Q.toNumber(largestOf(format))) as Finite);
}

function scaleOf(amax: number, { rule, element: format }: BlockFormat, tensorScale: number): number {
  if (Number.isNaN(amax)) return Number.NaN;
  if (rule === "nvfp4") {
    const target = Q.divide(Q.fromNumber(amax), Q.multiply(largestOf(format), Q.fromNumber(tensorScale)));
    return numberOf(
      roundExact(Q.sign(target) === 0 ? 0 : asExact(target), NAMED_FORMATS.e4m3fn, { overflow: "saturate" }),
    );
  }
  if (amax === 0) return rule === "mx" ? 2 ** -127 : 2 ** -1000;
  const log = floorLog2(exactOfNumber(amax) as Finite) - elementExponent(format);
  if (rule === "mx") return 2 ** Math.max(-127, Math.min(127, log));
  // Scales of the two others are kept where products of 32-bit integers with them are doubles.
  if (log < -1000 || log > 970)
    throw new Failure("numeric", `a block with largest magnitude ${amax} has no scale within doubles`);
  if (rule === "bfp") return 2 ** log;
  // One exponent more where the largest magnitude would round above the largest element.
  const place = Q.multiply(Q.fromNumber(amax), Q.fromNumber(2 ** -log));
  const step = format.kind === "integer" ? format.scale : 0;
  const limit = Q.add(largestOf(format), Q.divide(step, 2));
  const fits = Q.compare(place, limit);
  return fits >= 0 ? 2 ** (log + 1) : 2 ** log;
}

const asExact = (q: Q.Rational): Finite => ({
  kind: "finite",
  negative: Q.sign(q) < 0,
  num: Q.numerator(Q.absolute(q)),
  den: Q.denominator(q),
  exponent: 0,
});

function scaleCode(scale: number, { rule }: BlockFormat): bigint | undefined {
  if (rule === "mx") return encode(NAMED_FORMATS.e8m0fnu, scale);
  return rule === "nvfp4" ? encode(NAMED_FORMATS.e4m3fn, scale) : undefined;
}

function tensorScaleOf(xs: ArrayLike<number>, { element: format }: BlockFormat, given: number | undefined): number {
  if (given !== undefined) {
    if (!(given > 0 && given < Infinity) || Math.fround(given) !== given)
      throw new Failure("domain", `the tensor scale ${given} is not a positive binary32 number`);
    return given;
  }
  let amax = 0;
  for (let i = 0; i < xs.length; i++) if (Number.isFinite(xs[i])) amax = Math.max(amax, Math.abs(xs[i]));
  if (amax === 0) return 1;
  const scale = numberOf(
    roundExact(asExact(Q.divide(Q.fromNumber(amax), Q.multiply(largestOf(format), 448))), NAMED_FORMATS.binary32),
  );
  if (scale === 0 || scale === Infinity)
    throw new Failure("numeric", `the largest magnitude ${amax} gives a tensor scale beyond binary32`, {
      hint: "Scale the numbers first, or give tensorScale.",
    });
  return scale;
}

/** A format or block format by name. */
export function anyFormatNamed(name: string): Format | BlockFormat {
  return blockFormatNamed(name) ?? formatNamed(name);
}
