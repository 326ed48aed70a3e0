// Greatest common divisors of polynomials over the integers: images modulo primes near 2^26 by evaluation of all variables but one and
// interpolation (Brown 1971), lifted by the Chinese remainder theorem, and accepted only when the candidate divides both.
// Images live in dense boxes. Univariate images first bound the degree in every variable, which settles most coprime pairs.
// Where a box would be too large, the primitive remainder sequence does the work (Collins 1967).
// Left out: sparse interpolation (Zippel 1979).
import { Failure } from "../base/index.ts";
import { centred, gcd as gcdInteger, inverse } from "./integer.ts";
import * as M from "./modular.ts";
import type { PrimeField, Residues } from "./modular.ts";
import * as P from "./polynomial.ts";
import type { Polynomial } from "./polynomial.ts";
import { checkWork } from "./work.ts";

/** Most cells of an image's box. */
const BOX = 1 << 21;

/** The gcd, with positive leading coefficient; of two zeros, zero. */
export function gcd(a: Polynomial, b: Polynomial): Polynomial {
  if (P.isZero(a)) return P.primitive(b).content < 0n ? P.negate(b) : b;
  if (P.isZero(b)) return gcd(b, a);
  const ca = P.primitive(a);
  const cb = P.primitive(b);
  const content = gcdInteger(ca.content, cb.content);
  const common = commonMonomial(ca.part, cb.part);
  const primitive = gcdPrimitive(withoutMonomial(ca.part), withoutMonomial(cb.part));
  return P.multiply(P.scale(primitive, P.leading(primitive) < 0n ? -content : content), common);
}

/** The gcd and both cofactors. */
export function cofactors(a: Polynomial, b: Polynomial): { gcd: Polynomial; a: Polynomial; b: Polynomial } {
  const g = gcd(a, b);
  if (P.isOne(g)) return { gcd: g, a, b };
  return { gcd: g, a: P.divide(a, g)!, b: P.divide(b, g)! };
}

/** Least exponents of a polynomial that is not zero. */
function leastExponents({ variables, exponents }: Polynomial): Int32Array {
  const least = exponents.slice(0, variables);
  for (let k = variables; k < exponents.length; k++)
    least[k % variables] = Math.min(least[k % variables], exponents[k]);
  return least;
}

function commonMonomial(a: Polynomial, b: Polynomial): Polynomial {
  const ea = leastExponents(a);
  const eb = leastExponents(b);
  return { variables: a.variables, exponents: ea.map((e, v) => Math.min(e, eb[v])), coefficients: Float64Array.of(1) };
}

function withoutMonomial(a: Polynomial): Polynomial {
  const least = leastExponents(a);
  if (least.every((e) => e === 0)) return a;
  return { ...a, exponents: a.exponents.map((e, k) => e - least[k % a.variables]) };
}

/** Both primitive, no monomial factors. */
function gcdPrimitive(a: Polynomial, b: Polynomial): Polynomial {
  const { variables } = a;
  const one = P.constant(1, variables);
  if (P.isConstant(a) || P.isConstant(b)) return one;
  if (P.equal(a, b)) return a;
  const da = P.degrees(a);
  const db = P.degrees(b);
  for (let v = 0; v < variables; v++) {
    if (da[v] > 0 && db[v] === 0) return gcd(contentBy(a, v), b);
    if (db[v] > 0 && da[v] === 0) return gcd(a, contentBy(b, v));
  }
  const used = Array.from(da.keys()).filter((v) => da[v] > 0);
  for (const v of used) P.checkDense(Math.max(da[v], db[v]));
  const bounds = degreeBounds(a, b, used);
  if (bounds !== undefined) {
    if (bounds.every((d) => d === 0)) return one;
    if (used.every((v, k) => bounds[k] === da[v]) && P.divide(b, a)) return a;
    if (used.every((v, k) => bounds[k] === db[v]) && P.divide(a, b)) return b;
    // A variable that the gcd does not contain leaves through the content.
    const gone = used.find((_, k) => bounds[k] === 0);
    if (gone !== undefined) return gcd(contentBy(a, gone), contentBy(b, gone));
  }
  // The variable of the highest degree is innermost: it needs no evaluation points.
  const order = [...used].sort((u, v) => Math.min(da[u], db[u]) - Math.min(da[v], db[v]));
  const found = bounds && modularGcd(select(a, order), select(b, order), order.map((v) => bounds[used.indexOf(v)])); // oxfmt-ignore
  return found ? spread(found, order, variables) : remainderSequence(a, b, used[used.length - 1]);
}

/** The gcd of the coefficients by powers of v. */
export function contentBy(a: Polynomial, v: number): Polynomial {
  const parts = P.coefficientsBy(a, v)
    .filter((part) => !P.isZero(part))
    .sort((x, y) => P.size(x) - P.size(y));
  let content = parts[0];
  for (let k = 1; k < parts.length && !P.isOne(content); k++) content = gcd(content, parts[k]);
  return P.leading(content) < 0n ? P.negate(content) : content;
}

/** The polynomial in the listed variables alone, in that order. */
export function select(a: Polynomial, order: readonly number[]): Polynomial {
  if (order.length === a.variables && order.every((v, k) => v === k)) return a;
  const c = P.bigCoefficients(a);
  return P.ofMonomials(
    c.map((x, k) => [order.map((v) => a.exponents[k * a.variables + v]), x] as const),
    order.length,
  );
}

/** The inverse of `select`. */
export function spread(a: Polynomial, order: readonly number[], variables: number): Polynomial {
  const c = P.bigCoefficients(a);
  return P.ofMonomials(
    c.map((x, k) => {
      const e = new Int32Array(variables);
      order.forEach((v, j) => (e[v] = a.exponents[k * a.variables + j]));
      return [e, x] as const;
    }),
    variables,
  );
}

function coefficientsModulo(a: Polynomial, f: PrimeField): Float64Array {
  const c = a.coefficients;
  const result = new Float64Array(c.length);
  for (let k = 0; k < c.length; k++) result[k] = M.residue(c[k], f);
  return result;
}

/** The image in variable v when the others take the values of `point`. */
function univariateImage(
  a: Polynomial,
  c: Float64Array,
  v: number,
  powers: readonly Float64Array[],
  f: PrimeField,
): Residues {
  const { variables, exponents } = a;
  const image = new Float64Array(P.degree(a, v) + 1);
  for (let k = 0, at = 0; k < c.length; k++, at += variables) {
    let x = c[k];
    for (let w = 0; w < variables; w++)
      if (w !== v && exponents[at + w] > 0) x = M.times(x, powers[w][exponents[at + w]], f);
    const s = image[exponents[at + v]] + x;
    image[exponents[at + v]] = s >= f.p ? s - f.p : s;
  }
  return image;
}

/**
 * Upper bounds of the gcd's degree in each of `used`, from gcds of images in one variable; undefined where no image kept the degrees
 * (leading coefficients that vanish modulo the prime).
 */
function degreeBounds(a: Polynomial, b: Polynomial, used: readonly number[]): number[] | undefined {
  const f = M.primeField(M.largePrime(0));
  const ca = coefficientsModulo(a, f);
  const cb = coefficientsModulo(b, f);
  const da = P.degrees(a);
  const db = P.degrees(b);
  const bounds: number[] = [];
  let seed = 12_345;
  for (const v of used) {
    let bound: number | undefined;
    for (let attempt = 0; attempt < 3 && bound === undefined; attempt++) {
      const powers = Array.from(da, (d, w) => {
        seed = (seed * 48_271) % 2_147_483_647;
        const x = 1 + (seed % (f.p - 1));
        const list = new Float64Array(Math.max(d, db[w]) + 1).fill(1);
        for (let k = 1; k < list.length; k++) list[k] = M.times(list[k - 1], x, f);
        return list;
      });
      const ia = univariateImage(a, ca, v, powers, f);
      const ib = univariateImage(b, cb, v, powers, f);
      if (ia[da[v]] === 0 || ib[db[v]] === 0) continue;
      bound = M.gcd(ia, ib, f).length - 1;
    }
    if (bound === undefined) return undefined;
    bounds.push(bound);
  }
  return bounds;
}

/** A polynomial modulo a prime in a dense box: degrees[0] belongs to the outermost variable. */
interface Image {
  readonly data: Float64Array;
  readonly degrees: readonly number[];
}

function imageOf(a: Polynomial, f: PrimeField): Image {
  const degrees = Array.from(P.degrees(a));
  const data = new Float64Array(degrees.reduce((n, d) => n * (d + 1), 1));
  for (let k = 0, at = 0; k < P.size(a); k++) {
    let key = 0;
    for (let v = 0; v < a.variables; v++) key = key * (degrees[v] + 1) + a.exponents[at++];
    data[key] = M.residue(a.coefficients[k], f);
  }
  return { data, degrees };
}

function modularGcd(a: Polynomial, b: Polynomial, bounds: readonly number[]): Polynomial | undefined {
  const boxSize = (d: ArrayLike<number>): number => Array.from(d).reduce((n, e) => n * (e + 1), 1);
  if (boxSize(P.degrees(a)) > BOX || boxSize(P.degrees(b)) > BOX) return undefined;
  const lead = gcdInteger(P.leading(a), P.leading(b));
  let modulus = 1n;
  let residues: bigint[] = [];
  let shape: readonly number[] = [];
  let key = Infinity;
  for (let index = 0; index < 4000; index++) {
    const f = M.primeField(M.largePrime(index));
    if (M.residue(P.leading(a), f) === 0 || M.residue(P.leading(b), f) === 0) continue;
    const image = gcdBox(imageOf(a, f), imageOf(b, f), bounds, f);
    if (image === undefined) continue;
    const top = leadIndex(image.data);
    if (top === 0) return P.constant(1, a.variables);
    // A larger leading monomial: an unlucky prime; a smaller one: all before were.
    if (top > key) continue;
    const scaled = M.scale(image.data, M.residue(lead, f), f);
    if (top < key || modulus === 1n) {
      key = top;
      shape = image.degrees;
      modulus = BigInt(f.p);
      residues = Array.from(scaled, BigInt);
    } else {
      const p = BigInt(f.p);
      const unit = inverse(modulus, p)!;
      residues = residues.map((r, k) => {
        const d = (((BigInt(scaled[k]) - r) % p) + p) % p;
        return d === 0n ? r : r + modulus * ((d * unit) % p);
      });
      modulus *= p;
      // A trial costs more than an image: powers of two of the number of primes.
      if ((index & (index + 1)) !== 0) continue;
    }
    const candidate = P.primitive(unpack(residues, shape, modulus)).part;
    if (P.divide(a, candidate) && P.divide(b, candidate)) return candidate;
  }
  throw new Failure("limit", "a greatest common divisor was not found with 4,000 primes");
}

function unpack(residues: readonly bigint[], degrees: readonly number[], modulus: bigint): Polynomial {
  const list: [number[], bigint][] = [];
  for (let key = 0; key < residues.length; key++) {
    if (residues[key] === 0n) continue;
    const e: number[] = [];
    for (let v = degrees.length - 1, rest = key; v >= 0; v--) {
      e[v] = rest % (degrees[v] + 1);
      rest = Math.floor(rest / (degrees[v] + 1));
    }
    list.push([e, centred(residues[key], modulus)]);
  }
  return P.ofMonomials(list, degrees.length);
}

function leadIndex(data: Float64Array): number {
  let k = data.length - 1;
  while (k > 0 && data[k] === 0) k--;
  return k;
}

/** The box with leading coefficient 1. */
function unitLead(data: Float64Array, f: PrimeField): Float64Array {
  const lead = data[leadIndex(data)];
  return lead === 1 ? data : M.scale(data, M.invert(lead, f), f);
}

/** Values at x of the outermost variable. */
function evaluateOuter({ data, degrees }: Image, x: number, f: PrimeField): Image {
  const { p, inverse: inv } = f;
  const stride = data.length / (degrees[0] + 1);
  const out = data.slice(degrees[0] * stride);
  for (let j = degrees[0] - 1; j >= 0; j--) {
    const base = j * stride;
    for (let i = 0; i < stride; i++) {
      const t = out[i] * x + data[base + i];
      const r = t - Math.floor(t * inv) * p;
      out[i] = r < 0 ? r + p : r >= p ? r - p : r;
    }
  }
  return { data: out, degrees: degrees.slice(1) };
}

/** Coefficient of the inner monomial i, as a polynomial in the outermost variable. */
function column({ data, degrees }: Image, i: number): Residues {
  const stride = data.length / (degrees[0] + 1);
  const out = new Float64Array(degrees[0] + 1);
  for (let j = 0; j <= degrees[0]; j++) out[j] = data[j * stride + i];
  return M.trim(out);
}

/** The greatest inner monomial that occurs. */
function innerLead({ data, degrees }: Image): number {
  const stride = data.length / (degrees[0] + 1);
  for (let i = stride - 1; i > 0; i--) for (let j = 0; j <= degrees[0]; j++) if (data[j * stride + i] !== 0) return i;
  return 0;
}

/** The gcd of all coefficients, polynomials in the outermost variable. */
function outerContent(image: Image, f: PrimeField): Residues {
  const stride = image.data.length / (image.degrees[0] + 1);
  let content: Residues = new Float64Array(0);
  for (let i = stride - 1; i >= 0 && content.length !== 1; i--) {
    const c = column(image, i);
    if (c.length > 0) content = M.gcd(content, c, f);
  }
  return content;
}

/** Writes a smaller box into one of the given degrees; undefined if it does not fit. */
function reshape({ data, degrees }: Image, to: readonly number[]): Float64Array | undefined {
  const out = new Float64Array(to.reduce((n, d) => n * (d + 1), 1));
  for (let key = 0; key < data.length; key++) {
    if (data[key] === 0) continue;
    let rest = key;
    let at = 0;
    let stride = 1;
    for (let v = degrees.length - 1; v >= 0; v--) {
      const e = rest % (degrees[v] + 1);
      rest = Math.floor(rest / (degrees[v] + 1));
      if (e > to[v]) return undefined;
      at += e * stride;
      stride *= to[v] + 1;
    }
    out[at] = data[key];
  }
  return out;
}

/**
 * The gcd modulo a prime, leading coefficient 1, in a box of the degrees `bounds`; undefined where the field has no more points, or where
 * the images contradict the bounds.
 */
function gcdBox(a: Image, b: Image, bounds: readonly number[], f: PrimeField): Image | undefined {
  checkWork();
  if (a.degrees.length === 1) {
    const g = M.gcd(M.trim(a.data), M.trim(b.data), f);
    if (g.length - 1 > bounds[0]) return undefined;
    const data = new Float64Array(bounds[0] + 1);
    data.set(g);
    return { data, degrees: bounds };
  }
  const inner = bounds.slice(1);
  const stride = inner.reduce((n, d) => n * (d + 1), 1);
  const leadA = column(a, innerLead(a));
  const leadB = column(b, innerLead(b));
  const gamma = M.gcd(leadA, leadB, f);
  const wanted = bounds[0] + gamma.length;
  /** The interpolant, wanted powers of the outer variable, and the product of (y - point). */
  let values = new Float64Array(wanted * stride);
  let nodes: Residues = Float64Array.of(1);
  let key = Infinity;
  let points = 0;
  let misses = 0;
  for (let x = 1; points < wanted; x++) {
    if (x >= f.p || misses > 50) return undefined;
    if (M.valueAt(leadA, x, f) === 0 || M.valueAt(leadB, x, f) === 0) continue;
    const image = gcdBox(evaluateOuter(a, x, f), evaluateOuter(b, x, f), inner, f);
    if (image === undefined) {
      misses++;
      continue;
    }
    const top = leadIndex(image.data);
    if (top > key) {
      misses++;
      continue;
    }
    if (top < key) {
      key = top;
      points = 0;
      values = new Float64Array(wanted * stride);
      nodes = Float64Array.of(1);
      if (top === 0) break;
    }
    // Newton: values += nodes * (image gamma(x) - values(x)) / nodes(x).
    const g = M.valueAt(gamma, x, f);
    const unit = M.invert(M.valueAt(nodes, x, f), f);
    const now = evaluateOuter({ data: values.subarray(0, Math.max(1, points) * stride), degrees: [Math.max(1, points) - 1, ...inner] }, x, f).data; // oxfmt-ignore
    for (let i = 0; i < stride; i++) {
      const wantedValue = M.times(image.data[i], g, f);
      const difference = wantedValue - now[i];
      if (difference === 0) continue;
      const step = M.times(difference < 0 ? difference + f.p : difference, unit, f);
      for (let j = 0; j < nodes.length; j++) {
        const at = j * stride + i;
        const s = values[at] + M.times(step, nodes[j], f);
        values[at] = s >= f.p ? s - f.p : s;
      }
    }
    nodes = M.multiply(nodes, Float64Array.of(f.p - x, 1), f);
    points++;
  }
  const common = M.gcd(outerContent(a, f), outerContent(b, f), f);
  let result: Image;
  if (key === 0) {
    const data = new Float64Array(common.length * stride);
    for (let j = 0; j < common.length; j++) data[j * stride] = common[j];
    result = { data, degrees: [common.length - 1, ...inner] };
  } else {
    const found: Image = { data: values, degrees: [wanted - 1, ...inner] };
    const content = outerContent(found, f);
    const rows = wanted - (content.length - 1) + (common.length - 1);
    const data = new Float64Array(rows * stride);
    for (let i = 0; i < stride; i++) {
      const c = column(found, i);
      if (c.length === 0) continue;
      const primitive = M.divide(c, content, f).quotient;
      const full = M.multiply(primitive, common, f);
      for (let j = 0; j < full.length; j++) data[j * stride + i] = full[j];
    }
    result = { data, degrees: [rows - 1, ...inner] };
  }
  const data = reshape(result, bounds);
  if (data === undefined) return undefined;
  return { data: unitLead(data, f), degrees: bounds };
}

/** The gcd by the primitive remainder sequence in variable v. */
function remainderSequence(a: Polynomial, b: Polynomial, v: number): Polynomial {
  const ca = contentBy(a, v);
  const cb = contentBy(b, v);
  const content = gcd(ca, cb);
  let r0 = P.divide(a, ca)!;
  let r1 = P.divide(b, cb)!;
  if (P.degree(r0, v) < P.degree(r1, v)) [r0, r1] = [r1, r0];
  while (!P.isZero(r1)) {
    if (P.degree(r1, v) === 0) return content;
    const rest = pseudoRemainder(r0, r1, v);
    r0 = r1;
    r1 = P.isZero(rest) ? rest : P.divide(rest, contentBy(rest, v))!;
  }
  return P.multiply(P.primitive(r0).part, content);
}

/** lc(b)^(deg a - deg b + 1) a modulo b, in variable v (Knuth, section 4.6.1). */
export function pseudoRemainder(a: Polynomial, b: Polynomial, v: number): Polynomial {
  const { variables } = a;
  const db = P.degree(b, v);
  const lead = P.leadingCoefficient(b, v);
  let rest = a;
  let left = P.degree(a, v) - db + 1;
  while (!P.isZero(rest) && P.degree(rest, v) >= db) {
    const head = P.leadingCoefficient(rest, v);
    const shift = P.power(P.variable(v, variables), P.degree(rest, v) - db);
    rest = P.subtract(P.multiply(rest, lead), P.multiply(P.multiply(head, shift), b));
    left--;
  }
  for (; left > 0; left--) rest = P.multiply(rest, lead);
  return rest;
}
