// Rounding to a float format as IR code, for scalars and, through `vectorise`, for lanes. With a = |x|, s the power of two at or
// below a (at least 2^emin), u = s 2^(1-t) the unit there and M = 2^52 u (f32: 2^23 u): r = (a + M) - M is the multiple of u
// nearest to a, ties to even, exactly; the other modes are decided from r, a - r and u (round.ts has the same in plain code).
// Left out: formats without subnormals, with t = 1, unsigned or without zero, and more than 52 (f32: 23) bits; `canRound` says so.
import type { FloatRounding } from "../../number/index.ts";
import type { Block } from "../builder.ts";
import * as ir from "../builder.ts";
import type { Expression, ValueType } from "../ir.ts";
import { isLanes, LANES } from "../operations.ts";

export type FloatType = "f64" | "f32";
/** A scalar, or lanes of it. */
export type FloatValue = FloatType | "f64x2" | "f32x4";

const scalarOf = (type: FloatValue): FloatType => (isLanes(type) ? (LANES[type].scalar as FloatType) : type);
/** Integers as wide, with as many lanes. */
export const integerOf = (type: FloatValue): ValueType =>
  isLanes(type) ? LANES[type].mask : type === "f64" ? "i64" : "i32";

/** Fraction bits, exponent of the largest binade, of the smallest normal number. */
const TYPE = {
  f64: { fraction: 52, top: 1023, bottom: -1022 },
  f32: { fraction: 23, top: 127, bottom: -126 },
} as const;

/** Is there code for this rounding in this type? */
export function canRound(rounding: FloatRounding, type: FloatType): boolean {
  const { precision: t, emin, emax, format, mode } = rounding;
  const { fraction, top, bottom } = TYPE[type];
  if (t < 2 || t > fraction || format.subnormals !== "kept" || !format.signed || format.zero === "none") return false;
  if (emax + 1 + fraction + 1 - t > top || emin < bottom) return false;
  // Units and, for random decisions, 2^-N of them must be numbers of the type that products reach exactly.
  const grain = mode.startsWith("stochastic") ? rounding.bits + 1 : 0;
  return emin + 1 - t - grain >= bottom - (mode === "nearest-even" ? fraction : 0);
}

/** Does a rounding of this mode need random bits? */
export function needsRandom(rounding: FloatRounding): boolean {
  return rounding.mode.startsWith("stochastic");
}

/**
 * x rounded; `random` is the integer R of stochastic modes, 0 <= R < 2^N, as a number of the type.
 * Infinities, NaN, overflow and the sign of zero are those of the format and its overflow rule.
 */
export function roundingCode(k: Block, rounding: FloatRounding, x: Expression, random?: Expression): Expression {
  const type = x.type as FloatValue;
  const { precision: t, emin, emax, largest, mode } = rounding;
  const { fraction } = TYPE[scalarOf(type)];
  const integer = integerOf(type);
  const exponents = scalarOf(type) === "f64" ? ir.i64(0x7ffn << 52n) : ir.i32(0x7f800000);
  if (mode === "nearest-even") return nearestEven(k, rounding, x, exponents);
  const magnitude = k.let("a", ir.abs(x), type);
  // Beyond the format everything is alike: a bound keeps M within range. NaN stays.
  const a = k.let("b", ir.pmin(magnitude, 2 ** (emax + 1)), type);
  const power = ir.bits(ir.and(ir.bits(a, integer), exponents), type);
  const s = k.let("s", ir.pmax(power, 2 ** emin), type);
  const M = k.let("m", ir.mul(s, 2 ** (fraction + 1 - t)), type);
  const r = k.let("r", ir.sub(ir.add(a, M), M), type);
  const y = k.let("y", decided(k, rounding, { x, a, r, s, M, random, type }), type);
  return finished(k, rounding, x, magnitude, y, largest);
}

/**
 * The commonest case with fewer operations: with 1.5 M in place of M the sign of x needs no care but for zeros. Overflow to
 * infinity comes of itself when the result is scaled to the top of the type's own range and back, which is exact below.
 */
function nearestEven(k: Block, rounding: FloatRounding, x: Expression, exponents: Expression): Expression {
  const type = x.type as FloatValue;
  const integer = integerOf(type);
  const { precision: t, emin, emax, largest, above, below, infinity, minusInfinity, format } = rounding;
  const { fraction, top } = TYPE[scalarOf(type)];
  const power = ir.bits(ir.and(ir.bits(x, integer), exponents), type);
  const s = ir.pmin(ir.pmax(power, 2 ** emin), 2 ** (emax + 1));
  const M = k.let("m", ir.mul(s, 1.5 * 2 ** (fraction + 1 - t)), type);
  const r = k.let("r", ir.sub(ir.add(x, M), M), type);
  const full = largest === (2 - 2 ** (1 - t)) * 2 ** emax;
  let value: Expression;
  if (above === Infinity && below === -Infinity && infinity === Infinity && full)
    value = top === emax ? r : ir.mul(ir.mul(r, 2 ** (top - emax)), 2 ** (emax - top));
  else if (above === largest && below === -largest && infinity === largest && minusInfinity === -largest)
    value = ir.pmax(ir.pmin(r, largest), -largest);
  else {
    const inside = ir.select(
      ir.gt(ir.abs(r), largest),
      ir.select(ir.gt(x, 0), ir.constant(above, type), ir.constant(below, type)),
      r,
    );
    value = inside;
    if (!Object.is(above, infinity) || !Object.is(below, minusInfinity)) {
      const out = k.let("o", inside, type);
      value = ir.select(
        ir.eq(ir.abs(x), Infinity),
        ir.select(ir.gt(x, 0), ir.constant(infinity, type), ir.constant(minusInfinity, type)),
        out,
      );
    }
  }
  if (format.zero === "unsigned") return ir.add(value, 0);
  const signBit = ir.bits(ir.constant(-0, type), integer);
  return ir.bits(ir.or(ir.bits(value, integer), ir.and(ir.bits(x, integer), signBit)), type);
}

interface Parts {
  readonly x: Expression;
  readonly a: Expression;
  /** Nearest multiple of the unit. */
  readonly r: Expression;
  readonly s: Expression;
  readonly M: Expression;
  readonly random?: Expression;
  readonly type: FloatValue;
}

/** The magnitude that the mode chooses. */
function decided(k: Block, rounding: FloatRounding, { x, a, r, s, M, random, type }: Parts): Expression {
  const { mode, precision: t, bits } = rounding;
  const u = k.let("u", ir.mul(s, 2 ** (1 - t)), type);
  const zero = ir.constant(0, type);
  if (mode === "nearest-away") return ir.add(r, ir.select(ir.eq(ir.sub(a, r), ir.mul(u, 0.5)), u, zero));
  if (mode === "nearest-zero") return ir.sub(r, ir.select(ir.eq(ir.sub(r, a), ir.mul(u, 0.5)), u, zero));
  const low = k.let("l", ir.sub(r, ir.select(ir.gt(r, a), u, zero)), type);
  if (mode === "toward-zero") return low;
  const away = (condition: Expression): Expression => ir.add(low, ir.select(condition, u, zero));
  if (mode === "up") return away(ir.and(ir.lt(low, a), ir.gt(x, 0)));
  if (mode === "down") return away(ir.and(ir.lt(low, a), ir.lt(x, 0)));
  if (mode === "to-odd") {
    const half = k.let("h", ir.mul(low, 0.5), type);
    const even = ir.eq(ir.sub(ir.add(half, M), M), half);
    return away(ir.and(ir.lt(low, a), even));
  }
  // d/u against levels of R: (2^N - R) 2^-N u and the like are exact.
  const d = k.let("d", ir.sub(a, low), type);
  const top = 2 ** bits;
  const level = k.let("v", ir.sub(top, random!), type);
  const grain = ir.mul(u, 1 / top);
  switch (mode) {
    case "stochastic-a":
      return away(ir.ge(d, ir.mul(level, grain)));
    case "stochastic-b":
      return away(ir.ge(d, ir.mul(ir.sub(level, 0.5), grain)));
    case "stochastic-c": {
      const middle = k.let("g", ir.mul(ir.sub(level, 0.5), grain), type);
      const half = k.let("h", ir.mul(level, 0.5), type);
      const even = ir.eq(ir.floor(half), half);
      return away(ir.or(ir.gt(d, middle), ir.and(ir.eq(d, middle), even)));
    }
    default:
      return away(ir.and(ir.gt(d, 0), ir.ge(random!, top / 2)));
  }
}

/** Overflow, infinities, NaN and the sign. */
function finished(
  k: Block,
  rounding: FloatRounding,
  x: Expression,
  magnitude: Expression,
  y: Expression,
  largest: number,
): Expression {
  const type = x.type as FloatValue;
  const integer = integerOf(type);
  const { above, below, infinity, minusInfinity, format } = rounding;
  const signBit = ir.bits(ir.constant(-0, type), integer);
  const sign = ir.and(ir.bits(x, integer), signBit);
  const symmetric = Object.is(above, -below) || (Number.isNaN(above) && Number.isNaN(below));
  let value = y;
  if (symmetric) value = ir.select(ir.gt(y, largest), above, y);
  // Without the comparison NaN would be lost in directed modes: low and r are NaN there, and stay it.
  value = ir.bits(ir.or(ir.bits(value, integer), sign), type);
  if (!symmetric)
    value = ir.select(
      ir.gt(y, largest),
      ir.select(ir.gt(x, 0), ir.constant(above, type), ir.constant(below, type)),
      value,
    );
  const out = k.let("o", value, type);
  value = ir.select(
    ir.eq(magnitude, Infinity),
    ir.select(ir.gt(x, 0), ir.constant(infinity, type), ir.constant(minusInfinity, type)),
    out,
  );
  if (format.zero === "unsigned") value = ir.add(value, 0);
  return value;
}
