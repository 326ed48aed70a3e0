// Double-double arithmetic: numbers of about 106 bits as unevaluated sums of two doubles.
// Error-free transformations: TwoSum (Knuth 1969), TwoProduct by Veltkamp's splitting (Dekker 1971; JavaScript has no
// fused multiply-add). Sums, products and quotients are the accurate algorithms of Joldes, Muller and Popescu 2017,
// "Tight and rigorous error bounds for basic building blocks of double-word arithmetic", ACM TOMS 44; with u = 2^-53 the
// relative errors are below 3 u^2 / (1 - 4 u) (sum), 7 u^2 (product), 15 u^2 (quotient) without overflow and underflow.
// Left out: elementary functions (see BigFloat), results beyond the range of doubles.
import { add as plus, fromNumber, type Rational } from "./rational.ts";

/** hi + lo with hi = the nearest double to hi + lo. */
export interface DoubleDouble {
  readonly hi: number;
  readonly lo: number;
}

/** s + e = a + b exactly, s = fl(a + b). */
export function twoSum(a: number, b: number): [s: number, e: number] {
  const s = a + b;
  const t = s - a;
  return [s, a - (s - t) + (b - t)];
}

/** As twoSum, for |a| >= |b| or a = 0. */
export function fastTwoSum(a: number, b: number): [s: number, e: number] {
  const s = a + b;
  return [s, b - (s - a)];
}

const SPLITTER = 2 ** 27 + 1;
/** Above this the splitting or one of its products could overflow. */
const LARGE = 2 ** 990;

/** p + e = a b exactly, p = fl(a b), unless p overflows (then e is 0) or lies below 2^-969. */
export function twoProduct(a: number, b: number): [p: number, e: number] {
  const p = a * b;
  if (Math.abs(a) > LARGE || Math.abs(b) > LARGE || Math.abs(p) > LARGE) {
    if (!Number.isFinite(p)) return [p, 0];
    const [, e] = Math.abs(a) > Math.abs(b) ? twoProduct(a * 2 ** -64, b) : twoProduct(a, b * 2 ** -64);
    return [p, e * 2 ** 64];
  }
  const ca = SPLITTER * a;
  const ah = ca - (ca - a);
  const al = a - ah;
  const cb = SPLITTER * b;
  const bh = cb - (cb - b);
  const bl = b - bh;
  return [p, al * bl - (p - ah * bh - al * bh - ah * bl)];
}

export const fromDouble = (x: number): DoubleDouble => ({ hi: x, lo: 0 });
export const toDouble = (x: DoubleDouble): number => x.hi;
export const negate = (x: DoubleDouble): DoubleDouble => ({ hi: -x.hi, lo: -x.lo });

/** The exact value. */
export const toRational = (x: DoubleDouble): Rational => plus(fromNumber(x.hi), fromNumber(x.lo));

const pair = ([hi, lo]: [number, number]): DoubleDouble => ({ hi, lo });

/** AccurateDWPlusDW, algorithm 6. */
export function add(x: DoubleDouble, y: DoubleDouble): DoubleDouble {
  const [sh, sl] = twoSum(x.hi, y.hi);
  const [th, tl] = twoSum(x.lo, y.lo);
  const [vh, vl] = fastTwoSum(sh, sl + th);
  return pair(fastTwoSum(vh, tl + vl));
}

export function subtract(x: DoubleDouble, y: DoubleDouble): DoubleDouble {
  return add(x, negate(y));
}

/** DWTimesDW1, algorithm 10. */
export function multiply(x: DoubleDouble, y: DoubleDouble): DoubleDouble {
  const [ch, cl] = twoProduct(x.hi, y.hi);
  return pair(fastTwoSum(ch, cl + (x.hi * y.lo + x.lo * y.hi)));
}

/** DWDivDW2, algorithm 17. */
export function divide(x: DoubleDouble, y: DoubleDouble): DoubleDouble {
  const th = x.hi / y.hi;
  const [ph, pl] = twoProduct(y.hi, th);
  const r = pair(fastTwoSum(ph, pl + y.lo * th));
  const delta = x.hi - r.hi + (x.lo - r.lo);
  return pair(fastTwoSum(th, delta / y.hi));
}

/** Square root by one Newton step (Lefevre, Louvet, Muller, Picot, Rideau 2023: below 25/8 u^2). */
export function sqrt(x: DoubleDouble): DoubleDouble {
  if (x.hi === 0) return x;
  const s = Math.sqrt(x.hi);
  const [p, e] = twoProduct(s, s);
  return pair(fastTwoSum(s, (x.hi - p - e + x.lo) / (2 * s)));
}

/** hi + lo as the two terms, exactly: `1 + 1.1102230246251565e-17`. */
export function text(x: DoubleDouble): string {
  return x.lo === 0 ? String(x.hi) : `${x.hi} ${x.lo < 0 ? "-" : "+"} ${Math.abs(x.lo)}`;
}
