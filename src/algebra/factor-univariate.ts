// Factorisation of polynomials in one variable over the integers: modulo a small prime by distinct and equal degrees (Cantor, Zassenhaus
// 1981), lifted quadratically (Zassenhaus 1969; von zur Gathen, Gerhard, section 15.5), recombined by lattice-free search over subsets in
// growing size, with a test of the constant term before every trial division. Degrees that occur modulo several primes rule out most subsets.
// x^n - 1 and x^n + 1 split into cyclotomic polynomials at once.
// Left out: lattice recombination (van Hoeij 2002): a polynomial with more than some twenty modular factors and no true ones ends in Unsolved.
import { Failure, type Meter, Random } from "../base/index.ts";
import { absolute, centred, gcd as gcdInteger, inverse, isPrime, modulo, squareRoot } from "./integer.ts";
import * as M from "./modular.ts";
import type { PrimeField, Residues } from "./modular.ts";

/** A polynomial in one variable: coefficients from the constant term on, the last not zero. */
export type Univariate = readonly bigint[];

/** Irreducible factors of a square-free primitive polynomial with positive leading coefficient, of degree at least 1. */
export function factorSquareFree(f: Univariate, meter: Meter): Univariate[] {
  const n = f.length - 1;
  if (n <= 1) return [f];
  if (f[0] === 0n) return [[0n, 1n], ...factorSquareFree(f.slice(1), meter)];
  const step = f.reduce((g, c, k) => (c === 0n ? g : Number(gcdInteger(BigInt(g), BigInt(k)))), 0);
  if (n === step && f[n] === 1n && (f[0] === -1n || f[0] === 1n)) return cyclotomicFactors(n, f[0] === -1n);
  if (step > 1) {
    // A polynomial in x^step: factors of the smaller one first, then of each with x^step put in.
    const inner = f.filter((_, k) => k % step === 0);
    const parts = factorSquareFree(inner, meter);
    if (parts.length > 1) return parts.flatMap((part) => factorDirectly(widen(part, step), meter));
  }
  return factorDirectly(f, meter);
}

function widen(f: Univariate, step: number): Univariate {
  const out = new Array<bigint>((f.length - 1) * step + 1).fill(0n);
  f.forEach((c, k) => (out[k * step] = c));
  return out;
}

/** The factors of x^n - 1, or of x^n + 1: cyclotomic polynomials of the divisors of n, or of those of 2n that do not divide n. */
function cyclotomicFactors(n: number, minus: boolean): Univariate[] {
  const divisors: number[] = [];
  const top = minus ? n : 2 * n;
  for (let d = 1; d <= top; d++) if (top % d === 0 && (minus || n % d !== 0)) divisors.push(d);
  return divisors.map(cyclotomic);
}

/** The cyclotomic polynomial of order n as the product of (x^d - 1)^mu(n/d). */
export function cyclotomic(n: number): Univariate {
  let radical = 1;
  const primes: number[] = [];
  for (let p = 2, rest = n; rest > 1; p++)
    if (rest % p === 0) {
      primes.push(p);
      radical *= p;
      while (rest % p === 0) rest /= p;
    }
  const up: number[] = [];
  const down: number[] = [];
  for (let mask = 0; mask < 1 << primes.length; mask++) {
    let d = radical;
    let odd = false;
    primes.forEach((p, k) => {
      if (mask & (1 << k)) {
        d /= p;
        odd = !odd;
      }
    });
    (odd ? down : up).push(d);
  }
  let degree = primes.reduce((m, p) => m * (p - 1), 1);
  if (n === 1) degree = 1;
  // As power series to the degree: multiplying or dividing by (1 - x^d) is one pass. The sign cancels, but for n = 1.
  const series = new Array<bigint>(degree + 1).fill(0n);
  series[0] = 1n;
  for (const d of up) for (let k = degree; k >= d; k--) series[k] -= series[k - d];
  for (const d of down) for (let k = d; k <= degree; k++) series[k] += series[k - d];
  const small = series[degree] < 0n ? series.map((c) => -c) : series;
  return widen(small, n / radical);
}

/** Coefficients modulo p; empty if the leading one vanishes. */
function reduce(f: Univariate, field: PrimeField): Residues {
  const out = Float64Array.from(f, (c) => M.residue(c, field));
  return out[out.length - 1] === 0 ? new Float64Array(0) : out;
}

interface Split {
  readonly field: PrimeField;
  /** [product of the irreducible factors of this degree, degree] */
  readonly parts: readonly (readonly [Residues, number])[];
  readonly count: number;
}

/** Greatest degree that is factored modulo primes; polynomials in a power of x, and x^n +- 1, may be of higher degree. */
const MOST_DEGREE = 3000;

function checkTime(meter: Meter, n: number): void {
  const stop = meter.stop();
  if (stop)
    throw new Failure(
      "unsolved",
      `the factors of a polynomial of degree ${n} were not found within the budget: ${stop.detail}`,
    );
}

function factorDirectly(f: Univariate, meter: Meter): Univariate[] {
  const n = f.length - 1;
  if (n === 1) return [f];
  if (n > MOST_DEGREE) throw new Failure("limit", `a polynomial of degree ${n}; at most ${MOST_DEGREE} is factored`);
  let best: Split | undefined;
  // Degrees of true factors: sums of modular degrees, for every prime tried.
  let possible = (1n << BigInt(n + 1)) - 1n;
  let tried = 0;
  for (let p = 3; tried < 6; p += 2) {
    if (!isPrime(BigInt(p))) continue;
    const field = M.primeField(p);
    const image = M.monic(reduce(f, field), field);
    if (image.length === 0 || M.gcd(image, M.derivative(image, field), field).length !== 1) continue;
    tried++;
    const parts = distinctDegrees(image, field, meter);
    const count = parts.reduce((sum, [part, d]) => sum + (part.length - 1) / d, 0);
    let sums = 1n;
    for (const [part, d] of parts) for (let k = (part.length - 1) / d; k > 0; k--) sums |= sums << BigInt(d);
    possible &= sums;
    if (possible === 1n + (1n << BigInt(n))) return [f];
    if (best === undefined || count < best.count) best = { field, parts, count };
    if (best.count <= 3 && tried >= 3) break;
  }
  const { field, parts } = best!;
  const random = new Random(1, n);
  const modular = parts.flatMap(([part, d]) => equalDegrees(part, d, field, random, meter));
  const { factors, modulus } = lift(f, modular, field);
  return recombine(f, factors, modulus, possible, meter);
}

/** Products of the irreducible factors of each degree, of a monic square-free polynomial. */
function distinctDegrees(f: Residues, field: PrimeField, meter: Meter): [Residues, number][] {
  const { p } = field;
  const parts: [Residues, number][] = [];
  const x = Float64Array.of(0, 1);
  let rest = f;
  let h: Residues = M.powerModulo(x, BigInt(p), rest, field);
  // x^(p^d) from x^(p^(d-1)) by the matrix of the Frobenius map: row k is x^(k p).
  const rows: Residues[] = [Float64Array.of(1)];
  for (let k = 1; k < f.length - 1; k++) {
    if ((k & 31) === 0) checkTime(meter, f.length - 1);
    rows.push(M.remainder(M.multiply(rows[k - 1], h, field), f, field));
  }
  for (let d = 1; rest.length - 1 >= 2 * d; d++) {
    checkTime(meter, f.length - 1);
    const part = M.gcd(M.subtract(h, x, field), rest, field);
    if (part.length > 1) {
      parts.push([part, d]);
      rest = M.divide(rest, part, field).quotient;
    }
    h = frobenius(h, rows, field);
  }
  if (rest.length > 1) parts.push([rest, rest.length - 1]);
  return parts;
}

/** h^p modulo f by linearity: the sum of h_k (x^p)^k. */
function frobenius(h: Residues, rows: readonly Residues[], field: PrimeField): Residues {
  const { p, inverse } = field;
  const out = new Float64Array(rows.length + 1);
  for (let k = 0; k < h.length; k++) {
    const c = h[k];
    if (c === 0) continue;
    const row = rows[k];
    for (let j = 0; j < row.length; j++) {
      const t = c * row[j] + out[j];
      const r = t - Math.floor(t * inverse) * p;
      out[j] = r < 0 ? r + p : r >= p ? r - p : r;
    }
  }
  return M.trim(out);
}

/** Irreducible factors of a product of factors of degree d. */
function equalDegrees(f: Residues, d: number, field: PrimeField, random: Random, meter: Meter): Residues[] {
  if (f.length - 1 === d) return [f];
  const exponent = (BigInt(field.p) ** BigInt(d) - 1n) / 2n;
  for (;;) {
    checkTime(meter, f.length - 1);
    const a = M.trim(Float64Array.from({ length: f.length - 1 }, () => Math.floor(random.next() * field.p)));
    if (a.length < 2) continue;
    const power = M.powerModulo(a, exponent, f, field);
    const g = M.gcd(M.subtract(power, Float64Array.of(1), field), f, field);
    if (g.length === 1 || g.length === f.length) continue;
    const other = M.divide(f, g, field).quotient;
    return [...equalDegrees(g, d, field, random, meter), ...equalDegrees(other, d, field, random, meter)];
  }
}

type Mod = bigint[];

function trimmed(a: Mod): Mod {
  while (a.length > 0 && a[a.length - 1] === 0n) a.pop();
  return a;
}

function product(a: Univariate, b: Univariate, m: bigint): Mod {
  if (a.length === 0 || b.length === 0) return [];
  const out = new Array<bigint>(a.length + b.length - 1).fill(0n);
  for (let i = 0; i < a.length; i++) for (let j = 0; j < b.length; j++) out[i + j] += a[i] * b[j];
  return trimmed(out.map((c) => modulo(c, m)));
}

function combination(a: Univariate, b: Univariate, sign: bigint, m: bigint): Mod {
  return trimmed(
    Array.from({ length: Math.max(a.length, b.length) }, (_, k) => modulo((a[k] ?? 0n) + sign * (b[k] ?? 0n), m)),
  );
}

/** Quotient and remainder by a monic polynomial. */
function quotientMonic(a: Univariate, b: Univariate, m: bigint): [Mod, Mod] {
  const rest = [...a];
  const top = b.length - 1;
  const quotient = new Array<bigint>(Math.max(0, a.length - top)).fill(0n);
  for (let k = a.length - 1 - top; k >= 0; k--) {
    const q = modulo(rest[k + top], m);
    quotient[k] = q;
    if (q !== 0n) for (let j = 0; j < top; j++) rest[k + j] -= q * b[j];
  }
  return [trimmed(quotient), trimmed(rest.slice(0, top).map((c) => modulo(c, m)))];
}

/** A factor tree: the polynomial at a node is the product of its two branches; s g + t h = 1. All monic. */
interface Node {
  value: Mod;
  left?: Node;
  right?: Node;
  s: Mod;
  t: Mod;
}

const toBig = (a: Residues): Mod => Array.from(a, BigInt);

function tree(factors: readonly Residues[], field: PrimeField): { node: Node; value: Residues } {
  if (factors.length === 1) return { node: { value: toBig(factors[0]), s: [], t: [] }, value: factors[0] };
  // Balanced by degree keeps the steps small.
  const half = factors.length >> 1;
  const left = tree(factors.slice(0, half), field);
  const right = tree(factors.slice(half), field);
  const { s, t } = M.bezout(left.value, right.value, field);
  const value = M.multiply(left.value, right.value, field);
  return { node: { value: toBig(value), left: left.node, right: right.node, s: toBig(s), t: toBig(t) }, value };
}

/** One quadratic step: f = g h mod m becomes a factorisation modulo m^2, which is `m` here (Gathen-Gerhard, algorithm 15.10). */
function liftNode(node: Node, f: Mod, m: bigint, last: boolean): void {
  node.value = f;
  const { left, right } = node;
  if (!left || !right) return;
  const g = left.value;
  const h = right.value;
  const e = combination(f, product(g, h, m), -1n, m);
  const [q, r] = quotientMonic(product(node.s, e, m), h, m);
  const g2 = combination(combination(g, product(node.t, e, m), 1n, m), product(q, g, m), 1n, m);
  const h2 = combination(h, r, 1n, m);
  if (!last) {
    const b = combination(combination(product(node.s, g2, m), product(node.t, h2, m), 1n, m), [1n], -1n, m);
    const [c, d] = quotientMonic(product(node.s, b, m), h2, m);
    node.s = combination(node.s, d, -1n, m);
    node.t = combination(combination(node.t, product(node.t, b, m), -1n, m), product(c, g2, m), -1n, m);
  }
  liftNode(left, g2, m, last);
  liftNode(right, h2, m, last);
}

/** Factors modulo a power of p beyond twice the greatest coefficient of lc(f) times a factor of f. */
function lift(f: Univariate, factors: readonly Residues[], field: PrimeField): { factors: Mod[]; modulus: bigint } {
  const n = f.length - 1;
  const lead = f[n];
  // Mignotte: the coefficients of a factor are at most 2^n |f|; times the leading coefficient.
  const norm = squareRoot(f.reduce((sum, c) => sum + c * c, 0n)) + 1n;
  const bound = (norm << BigInt(n + 1)) * absolute(lead);
  let modulus = BigInt(field.p);
  const { node: root } = tree(factors, field);
  while (modulus <= bound) {
    modulus *= modulus;
    const unit = inverse(lead, modulus)!;
    liftNode(
      root,
      f.map((c) => modulo(c * unit, modulus)),
      modulus,
      modulus > bound,
    );
  }
  const leaves: Mod[] = [];
  const walk = (node: Node): void => {
    if (!node.left || !node.right) leaves.push(node.value);
    else {
      walk(node.left);
      walk(node.right);
    }
  };
  walk(root);
  return { factors: leaves, modulus };
}

/** f / g over the integers; undefined where g does not divide f. */
export function exactQuotient(f: Univariate, g: Univariate): Univariate | undefined {
  const rest = [...f];
  const top = g.length - 1;
  const lead = g[top];
  const quotient = new Array<bigint>(f.length - top).fill(0n);
  for (let k = f.length - 1 - top; k >= 0; k--) {
    const head = rest[k + top];
    if (head % lead !== 0n) return undefined;
    const q = head / lead;
    quotient[k] = q;
    if (q !== 0n) for (let j = 0; j <= top; j++) rest[k + j] -= q * g[j];
  }
  for (let k = 0; k < top; k++) if (rest[k] !== 0n) return undefined;
  return quotient;
}

export function contentOf(f: Univariate): bigint {
  return f.reduce((g, c) => gcdInteger(g, c), 0n);
}

function recombine(
  f: Univariate,
  factors: readonly Mod[],
  modulus: bigint,
  possible: bigint,
  meter: Meter,
): Univariate[] {
  const found: Univariate[] = [];
  let rest = f;
  let left = factors.map((_, k) => k);
  for (let count = 1; 2 * count <= left.length;) {
    const chosen = search(rest, left, count);
    if (chosen === undefined) {
      count++;
      continue;
    }
    found.push(chosen.factor);
    rest = chosen.rest;
    left = left.filter((k) => !chosen.subset.includes(k));
  }
  return [...found, rest];

  function search(
    g: Univariate,
    pool: readonly number[],
    count: number,
  ): { factor: Univariate; rest: Univariate; subset: number[] } | undefined {
    const lead = g[g.length - 1];
    const last = lead * g[0];
    const picks = Array.from({ length: count }, (_, k) => k);
    for (;;) {
      meter.steps++;
      if ((meter.steps & 255) === 0) {
        checkTime(meter, f.length - 1);
      }
      const subset = picks.map((k) => pool[k]);
      const degree = subset.reduce((sum, k) => sum + factors[k].length - 1, 0);
      if ((possible >> BigInt(degree)) & 1n) {
        const tail = centred(
          subset.reduce((x, k) => modulo(x * factors[k][0], modulus), modulo(lead, modulus)),
          modulus,
        );
        if (tail !== 0n && last % tail === 0n) {
          const candidate = subset.reduce<Mod>((x, k) => product(x, factors[k], modulus), [modulo(lead, modulus)]);
          const whole = candidate.map((c) => centred(c, modulus));
          const content = contentOf(whole);
          const factor = whole.map((c) => c / content);
          const quotient = exactQuotient(g, factor);
          if (quotient !== undefined) return { factor, rest: quotient, subset };
        }
      }
      // With half of the factors, a subset and its complement are one choice: the first stays in.
      let k = count - 1;
      while (k >= 0 && picks[k] === pool.length - count + k) k--;
      if (k < 0 || (2 * count === pool.length && k === 0)) return undefined;
      picks[k]++;
      for (let j = k + 1; j < count; j++) picks[j] = picks[j - 1] + 1;
    }
  }
}
