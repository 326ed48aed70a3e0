// Sines and cosines: exact values at rational multiples of pi, addition theorems, and multiples of one angle as polynomials in its sine and
// cosine (Chebyshev), for circular and hyperbolic functions alike. Every identity here holds for all complex arguments.
import { Q, type Rational } from "../number/index.ts";
import {
  add,
  call,
  div,
  Kind,
  mul,
  neg,
  pi,
  postorder,
  pow,
  sqrt,
  sub,
  substitute,
  type Context,
  type Term,
} from "../term/index.ts";
import { gcd as gcdInteger } from "./integer.ts";

/** One of the two families of functions; they differ by signs. */
export interface Family {
  readonly sin: string;
  readonly cos: string;
  readonly tan: string;
  /** cos^2 + sign sin^2 = 1. */
  readonly sign: 1 | -1;
}

export const CIRCULAR: Family = { sin: "sin", cos: "cos", tan: "tan", sign: 1 };
export const HYPERBOLIC: Family = { sin: "sinh", cos: "cosh", tan: "tanh", sign: -1 };
export const FAMILIES: readonly Family[] = [CIRCULAR, HYPERBOLIC];

export interface SinCos {
  readonly sin: Term;
  readonly cos: Term;
}

/** An angle as a sum of coefficient * unit; the unit of a plain number is 1. */
export interface AnglePart {
  readonly coefficient: Rational;
  readonly unit: Term;
}

/** The parts of a sum of products. */
export function angleParts(angle: Term): AnglePart[] {
  const { context } = angle;
  if (angle.kind === Kind.number) return [{ coefficient: angle.value, unit: context.number(1) }];
  if (angle.kind === Kind.sum) {
    const parts: AnglePart[] = angle.args.map((unit, k) => ({ coefficient: angle.weights[k], unit }));
    if (angle.value !== 0) parts.push({ coefficient: angle.value, unit: context.number(1) });
    return parts;
  }
  if (angle.kind === Kind.product && angle.value !== 1)
    return [{ coefficient: angle.value, unit: mul(angle, context.number(Q.invert(angle.value))) }];
  return [{ coefficient: 1, unit: angle }];
}

/** Cosine and sine of pi r in radicals, for denominators 1, 2, 3, 4, 5, 6, 8, 10, 12; undefined for others. */
export function exactAngle(context: Context, r: Rational): SinCos | undefined {
  const den = Q.denominator(r);
  if (![1n, 2n, 3n, 4n, 5n, 6n, 8n, 10n, 12n].includes(den)) return undefined;
  // Into [0, 2), then into [0, 1/2] by symmetries.
  const turns = Q.multiply(2, Q.rational(Q.floor(Q.divide(r, 2))));
  const x = Q.subtract(r, turns);
  if (Q.compare(x, 1) >= 0) {
    const inner = exactAngle(context, Q.subtract(x, 1))!;
    return { sin: neg(inner.sin), cos: neg(inner.cos) };
  }
  const half = Q.rational(1n, 2n);
  if (Q.compare(x, half) > 0) {
    const inner = exactAngle(context, Q.subtract(1, x))!;
    return { sin: inner.sin, cos: neg(inner.cos) };
  }
  if (Q.compare(x, Q.rational(1n, 4n)) > 0) {
    const inner = exactAngle(context, Q.subtract(half, x))!;
    return { sin: inner.cos, cos: inner.sin };
  }
  const root = (n: number): Term => sqrt(context.number(n));
  const number = (n: number): Term => context.number(n);
  const pair = (sin: Term, cos: Term): SinCos => ({ sin, cos });
  const key = Q.toString(x);
  switch (key) {
    case "0":
      return pair(number(0), number(1));
    case "1/6":
      return pair(div(number(1), 2), div(root(3), 2));
    case "1/4":
      return pair(div(root(2), 2), div(root(2), 2));
    case "1/12":
      return pair(div(sub(root(6), root(2)), 4), div(add(root(6), root(2)), 4));
    case "1/8":
      return pair(div(sqrt(sub(number(2), root(2))), 2), div(sqrt(add(number(2), root(2))), 2));
    case "1/10":
      return pair(div(sub(root(5), 1), 4), div(sqrt(add(mul(number(2), root(5)), 10)), 4));
    default:
      // 1/5
      return pair(div(sqrt(sub(number(10), mul(number(2), root(5)))), 4), div(add(root(5), 1), 4));
  }
}

/** Is the term pi times a rational number? Then that number. */
export function multipleOfPi(term: Term): Rational | undefined {
  const { context } = term;
  if (term.kind === Kind.number) return term.value === 0 ? 0 : undefined;
  if (term === pi(context)) return 1;
  if (term.kind === Kind.product && term.args.length === 1 && term.weights[0] === 1 && term.args[0] === pi(context))
    return term.value;
  return undefined;
}

/** e^(i pi r) as a power of -1. */
function unity(context: Context, r: Rational): Term {
  return pow(context.number(-1), context.number(r));
}

export function imaginary(context: Context): Term {
  return pow(context.number(-1), context.number(Q.rational(1n, 2n)));
}

/** Sine and cosine of r pi: radicals, or roots of unity for other denominators. */
export function angleOfPi(context: Context, r: Rational): SinCos {
  const exact = exactAngle(context, r);
  if (exact) return exact;
  const up = unity(context, r);
  const down = unity(context, Q.negate(r));
  return { sin: div(sub(up, down), mul(context.number(2), imaginary(context))), cos: div(add(up, down), 2) };
}

/** Greatest multiple of an angle that is written out. */
const MOST_MULTIPLE = 64;

/** Sine and cosine of n times an angle, n >= 0, from those of the angle (Chebyshev polynomials of both kinds). */
export function multipleAngle(base: SinCos, n: number): SinCos {
  const { context } = base.sin;
  let [t0, t1] = [context.number(1), base.cos];
  let [u0, u1] = [context.number(0), context.number(1)];
  if (n === 0) return { sin: context.number(0), cos: context.number(1) };
  const twice = mul(context.number(2), base.cos);
  for (let k = 1; k < n; k++) {
    [t0, t1] = [t1, sub(mul(twice, t1), t0)];
    [u0, u1] = [u1, sub(mul(twice, u1), u0)];
  }
  return { sin: mul(base.sin, u1), cos: t1 };
}

/** Sine and cosine of a sum of angles. */
export function sumOfAngles(a: SinCos, b: SinCos, { sign }: Family = CIRCULAR): SinCos {
  const cross = mul(a.sin, b.sin);
  return {
    sin: add(mul(a.sin, b.cos), mul(a.cos, b.sin)),
    cos: sign === 1 ? sub(mul(a.cos, b.cos), cross) : add(mul(a.cos, b.cos), cross),
  };
}

/** Sine and cosine as calls. */
export function plainAngle(angle: Term, { sin, cos }: Family = CIRCULAR): SinCos {
  return { sin: call(angle.context, sin, angle), cos: call(angle.context, cos, angle) };
}

/** Angles r u for several r as multiples of the greatest angle of which all are; `whole`: of u over the common denominator. */
export function commonMultiples(root: Term, family: Family, whole = false): Term {
  const found = new Map<Term, { readonly term: Term; readonly coefficient: Rational }[]>();
  for (const term of postorder([root])) {
    if (term.kind !== Kind.call || (term.name !== family.sin && term.name !== family.cos)) continue;
    const parts = angleParts(term.args[0]);
    if (parts.length !== 1) continue;
    const [{ coefficient, unit }] = parts;
    found.set(unit, [...(found.get(unit) ?? []), { term, coefficient }]);
  }
  const replacements = new Map<Term, Term>();
  for (const [unit, list] of found) {
    let num = 0n;
    let den = 1n;
    for (const { coefficient } of list) {
      const d = Q.denominator(coefficient);
      const common = (den / gcdInteger(den, d)) * d;
      num = gcdInteger(num * (common / den), Q.numerator(coefficient) * (common / d));
      den = common;
    }
    const base = Q.rational(whole ? 1n : num, den);
    const ratios = list.map(({ coefficient }) => Q.toNumber(Q.divide(coefficient, base)));
    if (ratios.some((n) => Math.abs(n) > MOST_MULTIPLE)) continue;
    const pair = plainAngle(mul(unit.context.number(base), unit), family);
    list.forEach(({ term }, k) => {
      const made = multipleAngle(pair, Math.abs(ratios[k]));
      replacements.set(term, term.name === family.cos ? made.cos : ratios[k] < 0 ? neg(made.sin) : made.sin);
    });
  }
  return replacements.size === 0 ? root : substitute(root, replacements);
}
