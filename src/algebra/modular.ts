// Arithmetic modulo a prime below 2^26, in doubles: a product of two residues is exact, and its quotient by the prime is off by one at
// most. Polynomials in one variable are Float64Arrays of residues, constant term first, without leading zeros (zero is empty).

/** A prime field: the prime and its inverse in double precision. */
export interface PrimeField {
  readonly p: number;
  readonly inverse: number;
}

export type Residues = Float64Array;

const ZERO = new Float64Array(0);

export function primeField(p: number): PrimeField {
  return { p, inverse: 1 / p };
}

/** Primes just below 2^26, falling; made when first asked for. */
const found: number[] = [];

export function largePrime(index: number): number {
  let next = found.length > 0 ? found[found.length - 1] - 2 : 2 ** 26 - 1;
  while (found.length <= index) {
    let prime = true;
    for (let d = 3; prime && d * d <= next; d += 2) prime = next % d !== 0;
    if (prime) found.push(next);
    next -= 2;
  }
  return found[index];
}

export function times(a: number, b: number, { p, inverse }: PrimeField): number {
  const t = a * b;
  const r = t - Math.floor(t * inverse) * p;
  return r < 0 ? r + p : r >= p ? r - p : r;
}

export function power(a: number, n: number, f: PrimeField): number {
  let result = 1;
  for (let e = n; e > 0; e = Math.floor(e / 2)) {
    if (e % 2 === 1) result = times(result, a, f);
    a = times(a, a, f);
  }
  return result;
}

/** The inverse of a nonzero residue. */
export function invert(a: number, { p }: PrimeField): number {
  let [r0, r1] = [p, a];
  let [t0, t1] = [0, 1];
  while (r1 !== 0) {
    const q = Math.floor(r0 / r1);
    [r0, r1] = [r1, r0 - q * r1];
    [t0, t1] = [t1, t0 - q * t1];
  }
  return t0 < 0 ? t0 + p : t0;
}

/** The residue of an integer. */
export function residue(a: number | bigint, { p }: PrimeField): number {
  const r = typeof a === "number" ? a % p : Number(a % BigInt(p));
  return r < 0 ? r + p : r + 0;
}

export function trim(a: Residues): Residues {
  let n = a.length;
  while (n > 0 && a[n - 1] === 0) n--;
  return n === a.length ? a : a.subarray(0, n);
}

export function add(a: Residues, b: Residues, { p }: PrimeField): Residues {
  if (a.length < b.length) [a, b] = [b, a];
  const sum = a.slice();
  for (let k = 0; k < b.length; k++) {
    const s = sum[k] + b[k];
    sum[k] = s >= p ? s - p : s;
  }
  return trim(sum);
}

export function subtract(a: Residues, b: Residues, { p }: PrimeField): Residues {
  const difference = new Float64Array(Math.max(a.length, b.length));
  difference.set(a);
  for (let k = 0; k < b.length; k++) {
    const s = difference[k] - b[k];
    difference[k] = s < 0 ? s + p : s;
  }
  return trim(difference);
}

export function scale(a: Residues, factor: number, f: PrimeField): Residues {
  if (factor === 0) return ZERO;
  return factor === 1 ? a : a.map((x) => times(x, factor, f));
}

export function multiply(a: Residues, b: Residues, { p, inverse }: PrimeField): Residues {
  if (a.length === 0 || b.length === 0) return ZERO;
  const product = new Float64Array(a.length + b.length - 1);
  for (let i = 0; i < a.length; i++) {
    const x = a[i];
    if (x === 0) continue;
    for (let j = 0; j < b.length; j++) {
      const t = x * b[j] + product[i + j];
      const r = t - Math.floor(t * inverse) * p;
      product[i + j] = r < 0 ? r + p : r >= p ? r - p : r;
    }
  }
  return product;
}

/** Leading coefficient 1. */
export function monic(a: Residues, f: PrimeField): Residues {
  const lead = a[a.length - 1];
  return a.length === 0 || lead === 1 ? a : scale(a, invert(lead, f), f);
}

/** Quotient and remainder by a polynomial that is not zero. */
export function divide(a: Residues, b: Residues, f: PrimeField): { quotient: Residues; remainder: Residues } {
  const n = a.length - b.length;
  if (n < 0) return { quotient: ZERO, remainder: a };
  const { p, inverse } = f;
  const rest = a.slice();
  const quotient = new Float64Array(n + 1);
  const top = b.length - 1;
  const unit = b[top] === 1 ? 1 : invert(b[top], f);
  for (let k = n; k >= 0; k--) {
    const head = rest[k + top];
    if (head === 0) continue;
    const q = unit === 1 ? head : times(head, unit, f);
    quotient[k] = q;
    const minus = p - q;
    for (let j = 0; j < top; j++) {
      const t = minus * b[j] + rest[k + j];
      const r = t - Math.floor(t * inverse) * p;
      rest[k + j] = r < 0 ? r + p : r >= p ? r - p : r;
    }
    rest[k + top] = 0;
  }
  return { quotient: trim(quotient), remainder: trim(rest.subarray(0, top)) };
}

export function remainder(a: Residues, b: Residues, f: PrimeField): Residues {
  return a.length < b.length ? a : divide(a, b, f).remainder;
}

/** The monic greatest common divisor. */
export function gcd(a: Residues, b: Residues, f: PrimeField): Residues {
  if (a.length < b.length) [a, b] = [b, a];
  while (b.length > 0) {
    b = monic(b, f);
    [a, b] = [b, remainder(a, b, f)];
  }
  return monic(a, f);
}

/** s and t with s a + t b = 1, degrees below those of b and a, for coprime a and b. */
export function bezout(a: Residues, b: Residues, f: PrimeField): { s: Residues; t: Residues } {
  let [r0, r1] = [a, b];
  let [s0, s1]: Residues[] = [Float64Array.of(1), ZERO];
  let [t0, t1]: Residues[] = [ZERO, Float64Array.of(1)];
  while (r1.length > 0) {
    const { quotient, remainder: rest } = divide(r0, r1, f);
    [r0, r1] = [r1, rest];
    [s0, s1] = [s1, subtract(s0, multiply(quotient, s1, f), f)];
    [t0, t1] = [t1, subtract(t0, multiply(quotient, t1, f), f)];
  }
  const unit = invert(r0[0], f);
  return { s: scale(s0, unit, f), t: scale(t0, unit, f) };
}

/** base^exponent modulo m. */
export function powerModulo(base: Residues, exponent: bigint, m: Residues, f: PrimeField): Residues {
  let result: Residues = Float64Array.of(1);
  let square = remainder(base, m, f);
  for (let e = exponent; e > 0n; e >>= 1n) {
    if (e & 1n) result = remainder(multiply(result, square, f), m, f);
    if (e > 1n) square = remainder(multiply(square, square, f), m, f);
  }
  return result;
}

export function derivative(a: Residues, f: PrimeField): Residues {
  const d = new Float64Array(Math.max(0, a.length - 1));
  for (let k = 1; k < a.length; k++) d[k - 1] = times(a[k], k % f.p, f);
  return trim(d);
}

export function valueAt(a: Residues, x: number, { p, inverse }: PrimeField): number {
  let value = 0;
  for (let k = a.length - 1; k >= 0; k--) {
    const t = value * x + a[k];
    const r = t - Math.floor(t * inverse) * p;
    value = r < 0 ? r + p : r >= p ? r - p : r;
  }
  return value;
}
