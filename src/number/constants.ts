// Mathematical constants to any precision, cached: pi, e, log 2, Euler's gamma, Catalan's constant.
// Series with rational terms are summed exactly by binary splitting (Haible and Papanikolaou 1998, "Fast multiprecision
// evaluation of series of rational numbers"). Each constant is kept as an integer c with |constant - c 2^-w| < 2^(1-w).
import { type Ball, ball } from "./ball.ts";
import { squareRoot } from "./integer.ts";

interface Cached {
  w: number;
  c: bigint;
}

/** A cache around a function that gives the constant times 2^w within one unit. */
function cached(compute: (w: number) => bigint): (p: number) => Ball {
  let known: Cached = { w: 0, c: 0n };
  return (p) => {
    const w = p + 8;
    if (known.w < w) {
      const more = Math.ceil(w * 1.1) + 64;
      known = { w: more, c: compute(more) };
    }
    // Cutting adds less than a unit to less than two.
    const cut = known.w - w;
    return ball(known.c >> BigInt(cut), 3n, -w, w);
  };
}

/** P/Q-style partial sums of a hypergeometric series: returns [P, Q, T] over a <= n < b. */
function split(a: number, b: number, term: (n: number) => readonly [bigint, bigint, bigint]): [bigint, bigint, bigint] {
  if (b - a === 1) {
    const [p, q, t] = term(a);
    return [p, q, t * p];
  }
  const m = (a + b) >> 1;
  const [p1, q1, t1] = split(a, m, term);
  const [p2, q2, t2] = split(m, b, term);
  return [p1 * p2, q1 * q2, t1 * q2 + p1 * t2];
}

const GUARD = 32;

/** Chudnovsky and Chudnovsky 1988: 1/pi = 12 sum (-1)^n (6n)! (13591409 + 545140134 n) / ((3n)! n!^3 640320^(3n + 3/2)). */
function piBits(w: number): bigint {
  const g = w + GUARD;
  // Each term gives 47.1 bits.
  const terms = Math.floor(g / 47) + 3;
  const [, q, t] = split(0, terms, (n) => {
    const k = BigInt(n);
    if (n === 0) return [1n, 1n, 13591409n];
    return [-(6n * k - 5n) * (2n * k - 1n) * (6n * k - 1n), k * k * k * 10939058860032000n, 13591409n + 545140134n * k];
  });
  const root = squareRoot(10005n << BigInt(2 * g));
  return ((q * 426880n * root) / t) >> BigInt(GUARD);
}

/** e = sum 1/n!. */
function eulerBits(w: number): bigint {
  const g = w + GUARD;
  let terms = 2;
  for (let bits = 0; bits < g + 2; terms++) bits += Math.log2(terms);
  const [, q, t] = split(0, terms, (n) => [1n, n === 0 ? 1n : BigInt(n), 1n]);
  return ((t << BigInt(g)) / q) >> BigInt(GUARD);
}

/** atanh(1/n) 2^g within 2 units. */
function atanhInverse(n: bigint, g: number): bigint {
  const square = n * n;
  const terms = Math.floor(g / Math.log2(Number(square))) + 3;
  // sum 1 / ((2k + 1) n^(2k + 1)): P = 2k - 1 over Q = (2k + 1) n^2.
  const [, q, t] = split(0, terms, (k) =>
    k === 0 ? [1n, n, 1n] : [BigInt(2 * k - 1), BigInt(2 * k + 1) * square, 1n],
  );
  return (t << BigInt(g)) / q;
}

/** log 2 = 18 atanh(1/26) - 2 atanh(1/4801) + 8 atanh(1/8749). */
function logTwoBits(w: number): bigint {
  const g = w + GUARD;
  return (18n * atanhInverse(26n, g) - 2n * atanhInverse(4801n, g) + 8n * atanhInverse(8749n, g)) >> BigInt(GUARD);
}

/**
 * Euler's gamma by Brent and McMillan 1980, algorithm B1, in fixed point: gamma = S/I - log n with
 * I = sum (n^k/k!)^2, S = sum (n^k/k!)^2 H_k and an error below pi exp(-4 n) (Brent and Johansson 2015).
 */
function gammaBits(w: number): bigint {
  const g = w + GUARD;
  const n = Math.ceil((g * Math.LN2) / 4) + 2;
  // I is about e^(2n): the sums are kept with g bits below one, the quotient loses none.
  const guard = BigInt(g + 32 - Math.clz32(8 * n));
  const nn = BigInt(n) * BigInt(n);
  let b = 1n << guard;
  let a = 0n;
  let i = b;
  let s = 0n;
  for (let k = 1n; b !== 0n || a !== 0n; k++) {
    // b_k = b_(k-1) n^2 / k^2; a_k = (a_(k-1) n^2 / k + b_k) / k.
    b = (b * nn) / (k * k);
    a = ((a * nn) / k + b) / k;
    i += b;
    s += a;
  }
  // log n from log 2 and atanh: n = 2^j (1 + x).
  const log = logInteger(n, g);
  return ((s << BigInt(g)) / i - log) >> BigInt(GUARD);
}

/** log(n) 2^g within a few units: log n = j log 2 + 2 atanh((n - 2^j)/(n + 2^j)). */
function logInteger(n: number, g: number): bigint {
  const j = Math.round(Math.log2(n));
  const up = BigInt(n) - (1n << BigInt(j));
  const down = BigInt(n) + (1n << BigInt(j));
  const log2 = logTwoBits(g);
  if (up === 0n) return BigInt(j) * log2;
  const x2n = up * up;
  const x2d = down * down;
  const terms = Math.ceil(g / Math.log2(Number(x2d) / Number(x2n))) + 3;
  const [, q, t] = split(0, terms, (k) =>
    k === 0 ? [up, down, 1n] : [BigInt(2 * k - 1) * x2n, BigInt(2 * k + 1) * x2d, 1n],
  );
  return BigInt(j) * log2 + 2n * ((t << BigInt(g)) / q);
}

/**
 * Catalan's constant: G = pi/8 log(2 + sqrt 3) + 3/8 sum 1 / ((2k + 1)^2 binomial(2k, k)) (Ramanujan; Bradley 1999).
 * log(2 + sqrt 3) = 2 atanh(1/sqrt 3) = 2 sqrt 3 / 3 sum 1 / ((2k + 1) 3^k).
 */
function catalanBits(w: number): bigint {
  const g = w + GUARD;
  const terms = Math.floor(g / 2) + 4;
  // t_k = 1/((2k+1)^2 C(2k,k)): with P/Q = k/(2(2k-1)) for 1/C and T = 1/(2k+1)^2 folded in as a rational.
  // Written as a_k / (2k+1)^2 = product of (2j-1)^2 k / ((2j+1)^2 2(2j-1)) = (2j-1) j / (2 (2j+1)^2).
  const [, q, t] = split(0, terms, (k) =>
    k === 0 ? [1n, 1n, 1n] : [BigInt(2 * k - 1) * BigInt(k), 2n * BigInt(2 * k + 1) ** 2n, 1n],
  );
  const sum = (t << BigInt(g)) / q;
  const logTerms = Math.floor(g / Math.log2(3)) + 4;
  const [, q2, t2] = split(0, logTerms, (k) =>
    k === 0 ? [1n, 1n, 1n] : [BigInt(2 * k - 1), 3n * BigInt(2 * k + 1), 1n],
  );
  const root3 = squareRoot(3n << BigInt(2 * g));
  const log = (2n * root3 * t2) / q2 / 3n;
  return (((piBits(g) * log) >> BigInt(g + 3)) + ((3n * sum) >> 3n)) >> BigInt(GUARD);
}

export const pi: (p: number) => Ball = cached(piBits);
export const e: (p: number) => Ball = cached(eulerBits);
export const log2: (p: number) => Ball = cached(logTwoBits);
export const euler: (p: number) => Ball = cached(gammaBits);
export const catalan: (p: number) => Ball = cached(catalanBits);
