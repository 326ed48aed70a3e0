// Airy's function Ai and its derivative over balls: the power series at zero (DLMF 9.4.1, 9.4.3), with bits for the cancellation.
// Left out: Bi, complex arguments, the asymptotic expansions, so that |x| stays below 2^12.
import { Failure } from "../base/index.ts";
import * as B from "./ball.ts";
import type { Ball } from "./ball.ts";
import { carried, gamma } from "./ball-special.ts";
import { rootn } from "./ball-elementary.ts";
import { bitLength } from "./integer.ts";

const MOST_TOP = 12;

function check(name: string, x: Ball): void {
  if (B.top(x) > MOST_TOP) throw new Failure("limit", `${name} is enclosed for |x| < ${2 ** MOST_TOP}, not at ${x}`);
}

/** Ai(0) and -Ai'(0), kept from call to call. */
let kept: { bits: number; values: readonly [Ball, Ball] } = { bits: 0, values: [B.ZERO, B.ZERO] };

/** 3^(-2/3) / gamma(2/3) and 3^(-1/3) / gamma(1/3) (DLMF 9.2.3, 9.2.4). */
function initial(bits: number): readonly [Ball, Ball] {
  if (kept.bits >= bits) return kept.values;
  const p = Math.ceil(1.2 * bits) + 64;
  const root = rootn(B.exact(3), 3, p);
  const third = B.divide(B.ONE, B.exact(3), p);
  const value = B.divide(B.ONE, B.multiply(B.multiply(root, root, p), gamma(B.scale(third, 1), p), p), p);
  kept = { bits: p - 32, values: [value, B.divide(B.ONE, B.multiply(root, gamma(third, p), p), p)] };
  return kept.values;
}

/** first * sum of t_k with t_0 = 1, t_k = t_(k-1) x^3 / (a_k b_k). */
function series(first: Ball, cube: Ball, factors: (k: number) => number, p: number): Ball {
  let term = first;
  let sum = first;
  const size = B.top(cube);
  for (let k = 1; ; k++) {
    const divisor = factors(k);
    term = B.divide(B.multiply(term, cube, p), B.exact(divisor), p);
    // Once a ratio is below 1/2, so are all later ones, and the rest is below twice the term.
    if (size < Math.log2(divisor) - 1 && B.top(term) < B.top(sum) - p - 4) return B.enlarge(sum, B.scale(term, 1), p);
    if (term.m === 0n && term.r === 0n) return sum;
    sum = B.add(sum, term, p);
  }
}

/** Bits that cancel: terms reach e^(2/3 |x|^(3/2)), and for positive x the sum is as much below one. */
function workingBits(x: Ball, p: number): number {
  const large = 2 ** Math.max(0, B.top(x));
  return p + 40 + Math.ceil((x.m > 0n ? 2 : 1) * 0.97 * large ** 1.5) + 2 * bitLength(BigInt(p));
}

function airyPoint(x: Ball, p: number): Ball {
  const w = workingBits(x, p);
  const [value, slope] = initial(w);
  if (x.m === 0n) return value;
  const cube = B.multiply(B.multiply(x, x, w), x, w);
  const even = series(value, cube, (k) => 3 * k * (3 * k - 1), w);
  const odd = series(B.multiply(slope, x, w), cube, (k) => 3 * k * (3 * k + 1), w);
  return B.subtract(even, odd, p + 8);
}

function airyPrimePoint(x: Ball, p: number): Ball {
  const w = workingBits(x, p);
  const [value, slope] = initial(w);
  if (x.m === 0n) return B.negate(slope);
  const square = B.multiply(x, x, w);
  const cube = B.multiply(square, x, w);
  const even = series(B.scale(B.multiply(value, square, w), -1), cube, (k) => 3 * k * (3 * k + 2), w);
  const odd = series(slope, cube, (k) => 3 * k * (3 * k - 2), w);
  return B.subtract(even, odd, p + 8);
}

/** 1 + |x|, which bounds |Ai'|; times |x| it bounds |Ai''| = |x Ai|. The modulus of Ai' grows like |x|^(1/4) (DLMF 9.8(iv)). */
const slopeBound = (x: Ball, p: number): Ball => B.add(B.ONE, B.absolute(x), p);

/** Airy's function Ai(x), |x| < 4096. */
export function airyAi(x: Ball, p: number): Ball {
  check("airyAi", x);
  return carried(airyPoint, x, p, (q) => slopeBound(x, q));
}

/** Ai'(x), |x| < 4096. */
export function airyAiPrime(x: Ball, p: number): Ball {
  check("airyAiPrime", x);
  return carried(airyPrimePoint, x, p, (q) => B.multiply(slopeBound(x, q), B.absolute(x), q));
}
