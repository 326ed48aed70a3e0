// Factorisation over the integers: contents, square-free parts (Yun 1976), then in one variable factor-univariate.ts and in several the
// lifting of an image in one variable (Wang 1978; Geddes, Czapor, Labahn 1992, chapters 6 and 8), whose leading coefficients are known beforehand.
// Where an image splits further than the polynomial, its factors are grouped two by two, in growing size; a polynomial none of whose groups
// lifts is irreducible.
import { Failure, Meter, type Budget } from "../base/index.ts";
import { factorSquareFree, type Univariate } from "./factor-univariate.ts";
import { contentBy, gcd, select, spread } from "./gcd.ts";
import { liftFactors } from "./hensel.ts";
import { absolute, gcd as gcdInteger } from "./integer.ts";
import * as P from "./polynomial.ts";
import type { Polynomial } from "./polynomial.ts";

export interface Factorization {
  /** Integer factor, with the sign. */
  readonly content: bigint;
  /** Irreducible, primitive, with positive leading coefficients, no two equal. */
  readonly factors: readonly (readonly [factor: Polynomial, multiplicity: number])[];
}

const DEFAULT_BUDGET: Budget = { time_ms: 20_000 };

/** The irreducible factors over the rationals. Fails with kind "unsolved" where the budget ends. */
export function factorPolynomial(a: Polynomial, meter = new Meter(DEFAULT_BUDGET)): Factorization {
  if (P.isZero(a)) throw new Failure("domain", "the zero polynomial has no factorisation");
  const { content, part } = P.primitive(a);
  const factors: [Polynomial, number][] = [];
  let rest = part;
  for (let v = 0; v < a.variables; v++) {
    let least = Infinity;
    for (let k = v; k < rest.exponents.length; k += a.variables) least = Math.min(least, rest.exponents[k]);
    if (least === 0 || least === Infinity) continue;
    factors.push([P.variable(v, a.variables), least]);
    rest = { ...rest, exponents: rest.exponents.map((e, k) => (k % a.variables === v ? e - least : e)) };
  }
  for (const [square, multiplicity] of squareFree(rest))
    for (const factor of irreducible(square, meter)) factors.push([factor, multiplicity]);
  return { content, factors };
}

/** Pairs of a square-free polynomial and its multiplicity; pairwise coprime, primitive. */
export function squareFree(a: Polynomial): [Polynomial, number][] {
  const found: [Polynomial, number][] = [];
  const open: Polynomial[] = [a];
  for (let part = open.pop(); part !== undefined; part = open.pop()) {
    if (P.isConstant(part)) continue;
    const v = mainVariable(part);
    const content = contentBy(part, v);
    open.push(content);
    let f = P.divide(part, content)!;
    f = P.primitive(f).part;
    // Yun's algorithm in v.
    const slope = P.derivative(f, v);
    let common = gcd(f, slope);
    if (P.isOne(common)) {
      found.push([f, 1]);
      continue;
    }
    let b = P.divide(f, common)!;
    let c = P.divide(slope, common)!;
    for (let multiplicity = 1; !P.isConstant(b); multiplicity++) {
      const d = P.subtract(c, P.derivative(b, v));
      common = gcd(b, d);
      if (!P.isConstant(common)) found.push([P.primitive(common).part, multiplicity]);
      b = P.divide(b, common)!;
      c = P.isZero(d) ? d : P.divide(d, common)!;
    }
  }
  return found;
}

/** The variable to work in: constant leading coefficient first, then lowest degree. */
function mainVariable(a: Polynomial): number {
  let best = -1;
  let cost = Infinity;
  for (let v = 0; v < a.variables; v++) {
    const d = P.degree(a, v);
    if (d === 0) continue;
    const lead = P.leadingCoefficient(a, v);
    const price = d + (P.isConstant(lead) ? 0 : 1000 * P.size(lead));
    if (price < cost) [best, cost] = [v, price];
  }
  return best;
}

/** Irreducible factors of a square-free primitive polynomial without monomial factors. */
function irreducible(a: Polynomial, meter: Meter): Polynomial[] {
  const { variables } = a;
  const used: number[] = [];
  for (let v = 0; v < variables; v++) if (P.degree(a, v) > 0) used.push(v);
  if (used.length === 0) return [];
  if (used.length === 1) return factorIn(a, used[0], meter);
  if (used.some((v) => P.degree(a, v) === 1)) {
    // Linear in a variable: only a content in that variable splits off.
    const v = used.find((w) => P.degree(a, w) === 1)!;
    const content = contentBy(a, v);
    const linear = P.primitive(P.divide(a, content)!).part;
    return P.isConstant(content) ? [linear] : [linear, ...irreducible(P.primitive(content).part, meter)];
  }
  if (isHomogeneous(a)) {
    // One variable set to 1 loses nothing but powers of it, which are gone already.
    const v = used[used.length - 1];
    return irreducible(P.primitive(P.substituteInteger(a, v, 1n)).part, meter).map((f) => homogenised(f, v));
  }
  const main = mainVariable(a);
  const content = contentBy(a, main);
  if (!P.isConstant(content))
    return [...irreducible(P.primitive(content).part, meter), ...irreducible(P.primitive(P.divide(a, content)!).part, meter)]; // oxfmt-ignore
  const order = [main, ...used.filter((v) => v !== main)];
  return wang(select(a, order), meter).map((f) => P.primitive(spread(f, order, variables)).part);
}

function isHomogeneous(a: Polynomial): boolean {
  const sums = new Set<number>();
  for (let k = 0; k < P.size(a) && sums.size < 2; k++) {
    let sum = 0;
    for (let v = 0; v < a.variables; v++) sum += a.exponents[k * a.variables + v];
    sums.add(sum);
  }
  return sums.size === 1;
}

function homogenised(a: Polynomial, v: number): Polynomial {
  const top = P.totalDegree(a);
  const c = P.bigCoefficients(a);
  return P.primitive(
    P.ofMonomials(
      c.map((x, k) => {
        const e = a.exponents.slice(k * a.variables, (k + 1) * a.variables);
        e[v] = top - e.reduce((sum, each) => sum + each, 0);
        return [e, x] as const;
      }),
      a.variables,
    ),
  ).part;
}

/** The coefficients of a polynomial in v alone. */
export function toUnivariate(a: Polynomial, v: number): bigint[] {
  P.checkDense(P.degree(a, v));
  const out = new Array<bigint>(P.degree(a, v) + 1).fill(0n);
  const c = P.bigCoefficients(a);
  c.forEach((x, k) => (out[a.exponents[k * a.variables + v]] = x));
  return out;
}

export function ofUnivariate(f: Univariate, v: number, variables: number): Polynomial {
  return P.ofMonomials(
    f.map((c, d) => {
      const e = new Int32Array(variables);
      e[v] = d;
      return [e, c] as const;
    }),
    variables,
  );
}

function factorIn(a: Polynomial, v: number, meter: Meter): Polynomial[] {
  const f = toUnivariate(a, v);
  const whole = f[f.length - 1] < 0n ? f.map((c) => -c) : f;
  return factorSquareFree(whole, meter).map((part) => P.primitive(ofUnivariate(part, v, a.variables)).part);
}

/** A point where the image in the main variable 0 keeps degree and square-freeness, with what Wang's method needs there. */
interface Image {
  readonly point: readonly bigint[];
  /** Irreducible factors of the primitive part of the image. */
  readonly factors: readonly Univariate[];
  readonly content: bigint;
  /** Values of the factors of the leading coefficient. */
  readonly values: readonly bigint[];
}

/** Images tried before the one with the fewest factors is lifted. */
const IMAGES = 3;

/** Irreducible factors of a square-free polynomial, primitive in variable 0, with two variables or more, all used. */
function wang(f: Polynomial, meter: Meter): Polynomial[] {
  const lead = factorPolynomial(P.leadingCoefficient(f, 0), meter);
  let spreadOf = 2;
  let seed = 7;
  const images: Image[] = [];
  for (let attempt = 0; attempt < 2000; attempt++) {
    const stop = meter.stop();
    if (stop !== undefined)
      throw new Failure("unsolved", `a factorisation was not finished within the budget: ${stop.detail}`);
    const point = Array.from({ length: f.variables - 1 }, () => {
      seed = (seed * 48_271) % 2_147_483_647;
      return attempt === 0 ? 0n : BigInt((seed % (2 * spreadOf + 1)) - spreadOf);
    });
    if (attempt % 8 === 7) spreadOf += 1 + (spreadOf >> 1);
    const image = imageAt(f, lead, point, meter);
    if (image === undefined) continue;
    if (image.factors.length === 1) return [f];
    images.push(image);
    if (images.length < IMAGES) continue;
    images.sort((a, b) => a.factors.length - b.factors.length);
    const best = images[0];
    const found = liftImage(
      f,
      lead,
      best,
      best.factors.map((_, k) => [k]),
    );
    if (found !== undefined) return found;
    const split = splitByGroups(f, lead, best, meter);
    if (split === "irreducible") return [f];
    if (split !== undefined) return split.flatMap((part) => irreducible(P.primitive(part).part, meter));
    images.length = 0;
  }
  throw new Failure("unsolved", "no image of the polynomial in one variable could be lifted");
}

function evaluated(a: Polynomial, point: readonly bigint[]): Polynomial {
  let value = a;
  point.forEach((x, k) => (value = P.substituteInteger(value, k + 1, x)));
  return value;
}

function imageAt(f: Polynomial, lead: Factorization, point: readonly bigint[], meter: Meter): Image | undefined {
  const image = toUnivariate(evaluated(f, point), 0);
  if (image.length - 1 < P.degree(f, 0)) return undefined;
  const values = lead.factors.map(([l]) => P.leading(evaluated(l, point)));
  const whole = P.primitive(ofUnivariate(image, 0, 1));
  const slope = P.derivative(whole.part, 0);
  if (!P.isConstant(gcd(whole.part, slope))) return undefined;
  // Each factor of the leading coefficient must bring a prime that no other brings (Wang 1978, section 3).
  const seen = [absolute(whole.content) * absolute(lead.content)];
  for (const value of values) {
    let q = absolute(value);
    for (const r of seen.toReversed()) {
      for (let d = gcdInteger(r, q); d !== 1n; d = gcdInteger(d, q)) q /= d;
    }
    if (q === 1n) return undefined;
    seen.push(q);
  }
  const primitive = toUnivariate(whole.part, 0);
  return { point, factors: factorSquareFree(primitive, meter), content: whole.content, values };
}

/** Lifts the products of groups of an image's factors; undefined where they are not images of factors of f. */
function liftImage(
  f: Polynomial,
  lead: Factorization,
  image: Image,
  groups: readonly (readonly number[])[],
): Polynomial[] | undefined {
  const univariate = image.factors.map((u) => [...u]);
  // The leading coefficient of each factor: the parts of the whole one whose primes divide the image's.
  const leads = univariate.map((u) => {
    let d = absolute(u[u.length - 1] * lead.content * image.content);
    let l = P.constant(1, f.variables);
    // From the last: its prime divides no value before it.
    for (let k = lead.factors.length - 1; k >= 0; k--) {
      const value = absolute(image.values[k]);
      while (d % value === 0n) {
        d /= value;
        l = P.multiply(l, lead.factors[k][0]);
      }
    }
    return l;
  });
  const total = leads.reduce((l, each) => P.multiply(l, each), P.constant(1, f.variables));
  const expected = lead.factors.reduce((l, [part, k]) => P.multiply(l, P.power(part, k)), P.constant(1, f.variables));
  if (!P.equal(total, expected)) return undefined;
  const wholeLead = P.leadingCoefficient(f, 0);
  // Every factor is lifted with the whole integer part of the leading coefficient; contents are taken out at the end.
  const factors: Univariate[] = [];
  const tops: Polynomial[] = [];
  let target = f;
  for (const group of groups) {
    const u = group.reduce<Univariate>((x, k) => productOf(x, univariate[k]), [1n]);
    let l = group.reduce((x, k) => P.multiply(x, leads[k]), P.constant(1, f.variables));
    const value = P.leading(evaluated(l, image.point));
    // Multiples of u and l with equal leading coefficients at the point: both scaled to their least common multiple, and by the
    // image's content, of which the true factor's own may have any part.
    const top = u[u.length - 1];
    const common = gcdInteger(top, value);
    const content = absolute(image.content);
    const up = (value / common) * content;
    l = P.scale(l, (top / common) * content);
    factors.push(u.map((c) => c * up));
    tops.push(l);
  }
  // The product of the chosen leading coefficients must be that of an integer multiple of f.
  const made = tops.reduce((l, each) => P.multiply(l, each), P.constant(1, f.variables));
  const integer = P.primitive(made).content;
  const own = P.primitive(wholeLead).content;
  const ratio = gcdInteger(integer, own);
  const raise = absolute(own / ratio);
  // raise * made = multiple * lc(f): the first factor takes `raise`, f takes `multiple`.
  factors[0] = factors[0].map((c) => c * raise);
  tops[0] = P.scale(tops[0], raise);
  target = P.scale(f, absolute(integer / ratio));
  if (P.leading(P.leadingCoefficient(target, 0)) < 0n !== P.leading(made) < 0n) {
    factors[0] = factors[0].map((c) => -c);
    tops[0] = P.negate(tops[0]);
  }
  const lifted = liftFactors(target, factors, tops, image.point);
  if (lifted === undefined) return undefined;
  const parts = lifted.map((part) => P.primitive(P.divide(part, contentBy(part, 0))!).part);
  const productOfParts = parts.reduce((x, part) => P.multiply(x, part), P.constant(1, f.variables));
  return P.equal(P.primitive(productOfParts).part, P.primitive(f).part) ? parts : undefined;
}

function productOf(a: Univariate, b: Univariate): Univariate {
  const out = new Array<bigint>(a.length + b.length - 1).fill(0n);
  for (let i = 0; i < a.length; i++) for (let j = 0; j < b.length; j++) out[i + j] += a[i] * b[j];
  return out;
}

/** Two factors whose images are a group of factors and the rest; "irreducible" where no group lifts. */
function splitByGroups(
  f: Polynomial,
  lead: Factorization,
  image: Image,
  meter: Meter,
): Polynomial[] | "irreducible" | undefined {
  const r = image.factors.length;
  for (let count = 1; 2 * count <= r; count++) {
    const picks = Array.from({ length: count }, (_, k) => k);
    for (;;) {
      const stop = meter.stop();
      if (stop !== undefined)
        throw new Failure("unsolved", `a factorisation was not finished within the budget: ${stop.detail}`);
      const others = image.factors.map((_, k) => k).filter((k) => !picks.includes(k));
      if (others.length === 0) break;
      const found = liftImage(f, lead, image, [picks, others]);
      if (found !== undefined) return found;
      let k = count - 1;
      while (k >= 0 && picks[k] === r - count + k) k--;
      if (k < 0 || (2 * count === r && k === 0)) break;
      picks[k]++;
      for (let j = k + 1; j < count; j++) picks[j] = picks[j - 1] + 1;
    }
  }
  return "irreducible";
}
