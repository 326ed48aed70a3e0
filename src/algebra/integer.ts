// Arbitrary integers for polynomial coefficients: BigInt helpers that JavaScript lacks. Euclid by machine numbers once both are small.
// Left out: subquadratic algorithms; coefficients here have hundreds of digits, not millions.

const MAX_SAFE = BigInt(Number.MAX_SAFE_INTEGER);

/** Greatest common divisor of two doubles that are integers; not negative. */
export function gcdSmall(a: number, b: number): number {
  a = Math.abs(a);
  b = Math.abs(b);
  while (b !== 0) [a, b] = [b, a % b];
  return a;
}

export function absolute(a: bigint): bigint {
  return a < 0n ? -a : a;
}

/** Greatest common divisor; not negative. */
export function gcd(a: bigint, b: bigint): bigint {
  a = absolute(a);
  b = absolute(b);
  while (b !== 0n) {
    if (a <= MAX_SAFE && b <= MAX_SAFE) return BigInt(gcdSmall(Number(a), Number(b)));
    [a, b] = [b, a % b];
  }
  return a;
}

/** a modulo m, from 0 to m - 1. */
export function modulo(a: bigint, m: bigint): bigint {
  const r = a % m;
  return r < 0n ? r + m : r;
}

/** a modulo m, the representative nearest to zero. */
export function centred(a: bigint, m: bigint): bigint {
  const r = modulo(a, m);
  return 2n * r > m ? r - m : r;
}

/** The inverse of a modulo m; undefined if they have a common factor. */
export function inverse(a: bigint, m: bigint): bigint | undefined {
  let [r0, r1] = [m, modulo(a, m)];
  let [t0, t1] = [0n, 1n];
  while (r1 !== 0n) {
    const q = r0 / r1;
    [r0, r1] = [r1, r0 - q * r1];
    [t0, t1] = [t1, t0 - q * t1];
  }
  return r0 === 1n ? modulo(t0, m) : undefined;
}

/** base^exponent modulo m for exponent >= 0. */
export function powerModulo(base: bigint, exponent: bigint, m: bigint): bigint {
  let result = 1n % m;
  base = modulo(base, m);
  for (; exponent > 0n; exponent >>= 1n) {
    if (exponent & 1n) result = (result * base) % m;
    base = (base * base) % m;
  }
  return result;
}

/** The greatest integer whose square is at most n. */
export function squareRoot(n: bigint): bigint {
  if (n < 2n) return n;
  let x = 1n << BigInt((n.toString(2).length + 1) >> 1);
  for (;;) {
    const next = (x + n / x) >> 1n;
    if (next >= x) return x;
    x = next;
  }
}

/** Bases for which the Miller-Rabin test is a proof below 3.3e24 (Sorenson, Webster 2017); a strong probable prime beyond. */
const WITNESSES = [2n, 3n, 5n, 7n, 11n, 13n, 17n, 19n, 23n, 29n, 31n, 37n, 41n];

/** Is n prime? Proved below 3.3e24; above, n passes thirteen Miller-Rabin tests. */
export function isPrime(n: bigint): boolean {
  if (n < 2n) return false;
  for (const p of WITNESSES) if (n % p === 0n) return n === p;
  let d = n - 1n;
  let s = 0;
  for (; (d & 1n) === 0n; d >>= 1n) s++;
  witness: for (const a of WITNESSES) {
    let x = powerModulo(a, d, n);
    if (x === 1n || x === n - 1n) continue;
    for (let k = 1; k < s; k++) {
      x = (x * x) % n;
      if (x === n - 1n) continue witness;
    }
    return false;
  }
  return true;
}

/** The least prime above n. */
export function primeAbove(n: bigint): bigint {
  let p = n + 1n;
  if (p <= 2n) return 2n;
  if ((p & 1n) === 0n) p++;
  while (!isPrime(p)) p += 2n;
  return p;
}

/** num/den = a modulo m with |num|, den <= sqrt(m/2) (rational reconstruction: Wang, Guy, Davenport 1982); undefined if there is none. */
export function reconstruct(a: bigint, m: bigint): { num: bigint; den: bigint } | undefined {
  const bound = squareRoot(m >> 1n);
  let [r0, r1] = [m, modulo(a, m)];
  let [t0, t1] = [0n, 1n];
  while (r1 > bound) {
    const q = r0 / r1;
    [r0, r1] = [r1, r0 - q * r1];
    [t0, t1] = [t1, t0 - q * t1];
  }
  if (t1 === 0n || absolute(t1) > bound || gcd(r1, t1) !== 1n) return undefined;
  return t1 < 0n ? { num: -r1, den: -t1 } : { num: r1, den: t1 };
}
