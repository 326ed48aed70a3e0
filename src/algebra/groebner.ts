// Groebner bases over the rationals: reduced bases modulo primes near 2^26 (groebner-modular.ts), combined by the Chinese remainder theorem
// and rational reconstruction until two consecutive primes change nothing (Arnold 2003; Idrees, Pfister, Steidel 2011). With `proof` the
// result is checked over the rationals: the input reduces to zero, and so do the critical pairs; without, it is right but for a probability
// of about 2^-26 for every prime beyond the first.
import { Failure, Meter, type Budget } from "../base/index.ts";
import type { Grade } from "../evidence/index.ts";
import { modularBasis, type ModularPolynomial } from "./groebner-modular.ts";
import { gcd as gcdInteger, inverse, reconstruct } from "./integer.ts";
import * as M from "./modular.ts";
import { orderedMonomials, type MonomialOrder, type OrderedMonomials } from "./monomial-order.ts";
import * as P from "./polynomial.ts";
import type { Polynomial } from "./polynomial.ts";

export interface GroebnerOptions {
  /** Default grevlex. */
  readonly order?: MonomialOrder;
  /** Check the result over the rationals. Default false. */
  readonly proof?: boolean;
  /** Default 20 seconds. */
  readonly budget?: Budget;
}

export interface GroebnerBasis {
  /** The reduced basis, each element primitive over the integers, leading monomials rising. */
  readonly basis: readonly Polynomial[];
  readonly grade: Grade;
  /** Primes used. */
  readonly primes: number;
}

const DEFAULT_BUDGET: Budget = { time_ms: 20_000 };
const MOST_PRIMES = 2000;

/** The reduced Groebner basis of polynomials in the same variables. Fails with kind "unsolved" where the budget ends. */
export function groebnerBasis(input: readonly Polynomial[], options: GroebnerOptions = {}): GroebnerBasis {
  const generators = input.filter((f) => !P.isZero(f)).map((f) => P.primitive(f).part);
  if (generators.length === 0) return { basis: [], grade: "proved", primes: 0 };
  const { variables } = generators[0];
  if (generators.some(P.isConstant)) return { basis: [P.constant(1, variables)], grade: "proved", primes: 0 };
  const order = orderedMonomials(options.order ?? "grevlex", variables);
  const meter = new Meter(options.budget ?? DEFAULT_BUDGET);
  const keys = generators.map((f) => keysOf(f, order));
  let shape = "";
  let modulus = 1n;
  let monomials: readonly Float64Array[] = [];
  let residues: bigint[][] = [];
  let used = 0;
  let last: string | undefined;
  for (let index = 0; index < MOST_PRIMES; index++) {
    const field = M.primeField(M.largePrime(index));
    const images = generators.map((f, k) => image(f, keys[k], field));
    if (images.some((each) => each === undefined)) continue;
    const basis = modularBasis(images as ModularPolynomial[], order, field, meter);
    const found = basis.map((f) => f.keys.join()).join(";");
    used++;
    if (found !== shape) {
      // Primes disagree: the later one is kept, as unlucky primes are rarer than lucky ones; a wrong choice is corrected by the next.
      shape = found;
      modulus = BigInt(field.p);
      monomials = basis.map((f) => f.keys);
      residues = basis.map((f) => Array.from(f.coefficients, BigInt));
      last = undefined;
    } else {
      const p = BigInt(field.p);
      const unit = inverse(modulus, p)!;
      residues = residues.map((row, k) =>
        row.map((r, j) => {
          const d = (((BigInt(basis[k].coefficients[j]) - r) % p) + p) % p;
          return d === 0n ? r : r + modulus * ((d * unit) % p);
        }),
      );
      modulus *= p;
    }
    const lifted = rational(monomials, residues, modulus, order);
    if (lifted === undefined) continue;
    const text = lifted.map((f) => f.coefficients.join()).join(";");
    if (text !== last) {
      last = text;
      continue;
    }
    if (!options.proof) return { basis: lifted, grade: "cross-checked", primes: used };
    if (isBasisOf(lifted, generators, order, meter)) return { basis: lifted, grade: "proved", primes: used };
  }
  throw new Failure("unsolved", `the Groebner basis was not found with ${MOST_PRIMES} primes`);
}

function keysOf(f: Polynomial, order: OrderedMonomials): Float64Array {
  const { variables, exponents } = f;
  return Float64Array.from({ length: P.size(f) }, (_, k) =>
    order.key(exponents.subarray(k * variables, (k + 1) * variables)),
  );
}

/** Monic image; undefined where the leading coefficient vanishes. */
function image(f: Polynomial, keys: Float64Array, field: M.PrimeField): ModularPolynomial | undefined {
  const places = Array.from(keys.keys()).sort((a, b) => keys[b] - keys[a]);
  const residues = places.map((k) => M.residue(f.coefficients[k], field));
  if (residues[0] === 0) return undefined;
  const unit = M.invert(residues[0], field);
  const kept = places.map((k, j) => [keys[k], M.times(residues[j], unit, field)] as const).filter(([, c]) => c !== 0);
  return { keys: Float64Array.from(kept, ([key]) => key), coefficients: Float64Array.from(kept, ([, c]) => c) };
}

/** Primitive integer polynomials with these residues; undefined where one has no rational within the bound. */
function rational(
  monomials: readonly Float64Array[],
  residues: readonly (readonly bigint[])[],
  modulus: bigint,
  order: OrderedMonomials,
): Polynomial[] | undefined {
  const out: Polynomial[] = [];
  for (let k = 0; k < residues.length; k++) {
    // Denominators of one polynomial share factors: the common one so far is tried before a full reconstruction.
    let common = 1n;
    const parts: { num: bigint; den: bigint }[] = [];
    for (const r of residues[k]) {
      const found = reconstruct((r * common) % modulus, modulus);
      if (found === undefined) return undefined;
      parts.push({ num: found.num, den: found.den * common });
      common *= found.den;
    }
    const list = parts.map(({ num, den }, j) => [order.exponents(monomials[k][j]), num * (common / den)] as const);
    const f = P.ofMonomials(list, order.variables);
    const { content } = P.primitive(f);
    // Positive leading coefficient in this order, whatever the lexicographic one is.
    const whole = content < 0n ? -content : content;
    out.push(P.unscale(f, common < 0n ? -whole : whole));
  }
  return out;
}

/** Do the generators, and all critical pairs that no criterion rules out, reduce to zero? Over the integers. */
function isBasisOf(
  basis: readonly Polynomial[],
  generators: readonly Polynomial[],
  order: OrderedMonomials,
  meter: Meter,
): boolean {
  const elements = basis.map((f) => ordered(f, order));
  if (generators.some((f) => !reducesToZero(ordered(f, order), elements, order, meter))) return false;
  for (let i = 0; i < elements.length; i++)
    for (let j = 0; j < i; j++) {
      const a = elements[i];
      const b = elements[j];
      const lcm = a.lead.map((e, v) => Math.max(e, b.lead[v]));
      if (a.lead.every((e, v) => e === 0 || b.lead[v] === 0)) continue;
      // Chain criterion: a third leading monomial divides the lcm, and both pairs with it come earlier.
      if (elements.some((c, k) => k < j && c.lead.every((e, v) => e <= lcm[v]))) continue;
      const key = order.key(lcm);
      if (!reducesToZero(difference(a, key, b), elements, order, meter)) return false;
    }
  return true;
}

interface Ordered {
  readonly keys: readonly number[];
  readonly coefficients: readonly bigint[];
  readonly lead: Int32Array;
}

function ordered(f: Polynomial, order: OrderedMonomials): Ordered {
  const keys = keysOf(f, order);
  const places = Array.from(keys.keys()).sort((a, b) => keys[b] - keys[a]);
  const c = P.bigCoefficients(f);
  return {
    keys: places.map((k) => keys[k]),
    coefficients: places.map((k) => c[k]),
    lead: order.exponents(keys[places[0]]),
  };
}

/** The S-polynomial at the lcm with this key. */
function difference(a: Ordered, key: number, b: Ordered): Ordered {
  const common = gcdInteger(a.coefficients[0], b.coefficients[0]);
  const sums = new Map<number, bigint>();
  const put = (f: Ordered, factor: bigint): void =>
    f.keys.forEach((k, i) => {
      const at = k + key - f.keys[0];
      sums.set(at, (sums.get(at) ?? 0n) + factor * f.coefficients[i]);
    });
  put(a, b.coefficients[0] / common);
  put(b, -a.coefficients[0] / common);
  const keys = [...sums.keys()].filter((k) => sums.get(k) !== 0n).sort((x, y) => y - x);
  return { keys, coefficients: keys.map((k) => sums.get(k)!), lead: a.lead };
}

function reducesToZero(f: Ordered, basis: readonly Ordered[], order: OrderedMonomials, meter: Meter): boolean {
  const rest = new Map<number, bigint>();
  f.keys.forEach((key, k) => rest.set(key, f.coefficients[k]));
  const open = [...f.keys].reverse();
  for (let key = open.pop(); key !== undefined; key = open.pop()) {
    const x = rest.get(key)!;
    rest.delete(key);
    if (x === 0n) continue;
    const stop = meter.stop();
    if (stop !== undefined)
      throw new Failure(
        "unsolved",
        `the check of the Groebner basis was not finished within the budget: ${stop.detail}`,
      );
    const exponents = order.exponents(key);
    const g = basis.find((each) => each.keys[0] <= key && each.lead.every((e, v) => e <= exponents[v]));
    if (g === undefined) return false;
    const common = gcdInteger(x, g.coefficients[0]);
    const up = g.coefficients[0] / common;
    if (up !== 1n) {
      for (const [at, value] of rest) rest.set(at, value * up);
    }
    const factor = x / common;
    const shift = key - g.keys[0];
    for (let k = 1; k < g.keys.length; k++) {
      const at = g.keys[k] + shift;
      const before = rest.get(at);
      if (before === undefined) open.push(at);
      rest.set(at, (before ?? 0n) - factor * g.coefficients[k]);
    }
    open.sort((a, b) => a - b);
  }
  return true;
}
