// Polynomials in several variables with integer coefficients, sparse and distributed: a list of monomials in falling lexicographic
// order. Arithmetic goes over Kronecker keys: a monomial becomes one number in the mixed radix of the result's degrees, so that keys
// add when monomials multiply and their order is that of the monomials. Products accumulate in a dense box where it is small, else in a
// hash table (the choices are discussed by Johnson 1974 and Monagan, Pearce 2007; measured in docs/decisions/0124). Coefficients are
// doubles while the exact result provably fits 53 bits, and BigInts otherwise.
// Left out: other orders (groebner.ts has its own monomials), rational coefficients (a common denominator is kept beside).
import { Failure } from "../base/index.ts";
import { gcd, gcdSmall } from "./integer.ts";
import { checkWork } from "./work.ts";

/** Coefficients: safe integers, or BigInts if at least one is not safe. */
export type Coefficients = Float64Array | bigint[];

/** A polynomial over the integers. Never changed after it is made. */
export interface Polynomial {
  /** Number of variables. */
  readonly variables: number;
  /** Exponents: `variables` numbers a monomial, monomials strictly falling in lexicographic order. */
  readonly exponents: Int32Array;
  /** One a monomial, none zero. */
  readonly coefficients: Coefficients;
}

/** Most monomials of a result. */
export const MOST_MONOMIALS = 4_000_000;
/** Greatest number of cells of a dense box. */
const BOX = 1 << 22;
const SAFE = Number.MAX_SAFE_INTEGER;

export function constant(value: number | bigint, variables: number): Polynomial {
  const zero = value === 0 || value === 0n;
  return {
    variables,
    exponents: new Int32Array(zero ? 0 : variables),
    coefficients: zero ? new Float64Array(0) : tidy([BigInt(value)]),
  };
}

export function variable(index: number, variables: number): Polynomial {
  const exponents = new Int32Array(variables);
  exponents[index] = 1;
  return { variables, exponents, coefficients: Float64Array.of(1) };
}

/** Doubles where all fit. */
export function tidy(coefficients: bigint[]): Coefficients {
  const small = new Float64Array(coefficients.length);
  for (let k = 0; k < coefficients.length; k++) {
    const value = Number(coefficients[k]);
    if (!(value <= SAFE && value >= -SAFE)) return coefficients;
    small[k] = value;
  }
  return small;
}

export function bigCoefficients(a: Polynomial): bigint[] {
  return a.coefficients instanceof Float64Array ? Array.from(a.coefficients, BigInt) : a.coefficients;
}

export function size(a: Polynomial): number {
  return a.coefficients.length;
}

export function isZero(a: Polynomial): boolean {
  return a.coefficients.length === 0;
}

/** Is it a number? */
export function isConstant(a: Polynomial): boolean {
  return a.coefficients.length === 0 || (a.coefficients.length === 1 && a.exponents.every((e) => e === 0));
}

export function isOne(a: Polynomial): boolean {
  return isConstant(a) && a.coefficients.length === 1 && Number(a.coefficients[0]) === 1;
}

/** Coefficient of the leading monomial. */
export function leading(a: Polynomial): bigint {
  return BigInt(a.coefficients[0] ?? 0);
}

/** Greatest exponent of each variable. */
export function degrees(a: Polynomial): Int32Array {
  const { variables, exponents } = a;
  const result = new Int32Array(variables);
  for (let k = 0; k < exponents.length; k += variables)
    for (let v = 0; v < variables; v++) if (exponents[k + v] > result[v]) result[v] = exponents[k + v];
  return result;
}

export function degree(a: Polynomial, v: number): number {
  let d = 0;
  for (let k = v; k < a.exponents.length; k += a.variables) if (a.exponents[k] > d) d = a.exponents[k];
  return d;
}

export function totalDegree(a: Polynomial): number {
  let most = 0;
  for (let k = 0; k < size(a); k++) {
    let sum = 0;
    for (let v = 0; v < a.variables; v++) sum += a.exponents[k * a.variables + v];
    most = Math.max(most, sum);
  }
  return most;
}

/** Greatest absolute value of a coefficient, rounded up a little if it is not safe. */
function height(c: Coefficients): number {
  let most = 0;
  if (c instanceof Float64Array) {
    for (let k = 0; k < c.length; k++) {
      const x = Math.abs(c[k]);
      if (x > most) most = x;
    }
    return most;
  }
  return Infinity;
}

export function negate(a: Polynomial): Polynomial {
  const c = a.coefficients;
  return { ...a, coefficients: c instanceof Float64Array ? c.map((x) => -x) : c.map((x) => -x) };
}

/** factor * a. */
export function scale(a: Polynomial, factor: number | bigint): Polynomial {
  const f = Number(factor);
  if (f === 0) return constant(0, a.variables);
  if (f === 1) return a;
  const c = a.coefficients;
  if (c instanceof Float64Array && height(c) * Math.abs(f) <= SAFE) return { ...a, coefficients: c.map((x) => x * f) };
  const big = BigInt(factor);
  return { ...a, coefficients: tidy(bigCoefficients(a).map((x) => x * big)) };
}

/** a / divisor for an integer that divides every coefficient. */
export function unscale(a: Polynomial, divisor: bigint): Polynomial {
  if (divisor === 1n) return a;
  const c = a.coefficients;
  const d = Number(divisor);
  if (c instanceof Float64Array && Number.isSafeInteger(d)) return { ...a, coefficients: c.map((x) => x / d) };
  return { ...a, coefficients: tidy(bigCoefficients(a).map((x) => x / divisor)) };
}

/** Greatest common divisor of the coefficients; positive unless the polynomial is zero. */
export function integerContent(a: Polynomial): bigint {
  const c = a.coefficients;
  if (c instanceof Float64Array) {
    let g = 0;
    for (let k = 0; k < c.length && g !== 1; k++) g = gcdSmall(g, c[k]);
    return BigInt(g);
  }
  let g = 0n;
  for (let k = 0; k < c.length && g !== 1n; k++) g = gcd(g, c[k]);
  return g;
}

/** The polynomial divided by its integer content, leading coefficient positive. */
export function primitive(a: Polynomial): { content: bigint; part: Polynomial } {
  if (isZero(a)) return { content: 0n, part: a };
  let content = integerContent(a);
  if (Number(a.coefficients[0]) < 0) content = -content;
  return { content, part: unscale(a, content) };
}

/** Sign of the difference of monomials i of a and j of b. */
function compare(a: Polynomial, i: number, b: Polynomial, j: number): number {
  const { variables } = a;
  for (let v = 0; v < variables; v++) {
    const d = a.exponents[i * variables + v] - b.exponents[j * variables + v];
    if (d !== 0) return d;
  }
  return 0;
}

export function equal(a: Polynomial, b: Polynomial): boolean {
  if (size(a) !== size(b)) return false;
  for (let k = 0; k < a.exponents.length; k++) if (a.exponents[k] !== b.exponents[k]) return false;
  for (let k = 0; k < size(a); k++) if (a.coefficients[k] !== b.coefficients[k]) return false;
  return true;
}

/** a + sign * b for sign 1 or -1. */
function combine(a: Polynomial, b: Polynomial, sign: 1 | -1): Polynomial {
  const { variables } = a;
  const n = size(a);
  const m = size(b);
  if (m === 0) return a;
  if (n === 0) return sign === 1 ? b : negate(b);
  const exponents = new Int32Array((n + m) * variables);
  const small = height(a.coefficients) + height(b.coefficients) <= SAFE;
  const sa = small ? (a.coefficients as Float64Array) : undefined;
  const sb = small ? (b.coefficients as Float64Array) : undefined;
  const ba = small ? undefined : bigCoefficients(a);
  const bb = small ? undefined : bigCoefficients(b);
  const outSmall = new Float64Array(small ? n + m : 0);
  const outBig: bigint[] = [];
  let count = 0;
  for (let i = 0, j = 0; i < n || j < m;) {
    const order = i === n ? -1 : j === m ? 1 : compare(a, i, b, j);
    const from = order >= 0 ? a.exponents : b.exponents;
    const at = (order >= 0 ? i : j) * variables;
    let zero: boolean;
    if (sa !== undefined && sb !== undefined) {
      const value = order > 0 ? sa[i] : order < 0 ? sign * sb[j] : sa[i] + sign * sb[j];
      outSmall[count] = value;
      zero = value === 0;
    } else {
      const s = BigInt(sign);
      const value = order > 0 ? ba![i] : order < 0 ? s * bb![j] : ba![i] + s * bb![j];
      if (value !== 0n) outBig.push(value);
      zero = value === 0n;
    }
    if (!zero) {
      for (let v = 0; v < variables; v++) exponents[count * variables + v] = from[at + v];
      count++;
    }
    if (order >= 0) i++;
    if (order <= 0) j++;
  }
  return {
    variables,
    exponents: exponents.slice(0, count * variables),
    coefficients: small ? outSmall.slice(0, count) : tidy(outBig),
  };
}

export function add(a: Polynomial, b: Polynomial): Polynomial {
  return combine(a, b, 1);
}

export function subtract(a: Polynomial, b: Polynomial): Polynomial {
  return combine(a, b, -1);
}

/** Mixed radix of a box: each variable's stride; `cells` may be too large to be exact. */
interface Box {
  readonly strides: Float64Array;
  readonly cells: number;
}

function boxOf(degreesOf: ArrayLike<number>): Box {
  const strides = new Float64Array(degreesOf.length);
  let cells = 1;
  for (let v = degreesOf.length - 1; v >= 0; v--) {
    strides[v] = cells;
    cells *= degreesOf[v] + 1;
  }
  return { strides, cells };
}

function keysOf(a: Polynomial, { strides }: Box): Float64Array {
  const { variables, exponents } = a;
  const n = size(a);
  const keys = new Float64Array(n);
  for (let k = 0, at = 0; k < n; k++) {
    let key = 0;
    for (let v = 0; v < variables; v++) key += exponents[at++] * strides[v];
    keys[k] = key;
  }
  return keys;
}

/** Exponents of the keys, in the given order. */
function exponentsOf(keys: ArrayLike<number>, count: number, { strides }: Box): Int32Array {
  const variables = strides.length;
  const exponents = new Int32Array(count * variables);
  for (let k = 0, at = 0; k < count; k++) {
    let rest = keys[k];
    for (let v = 0; v < variables; v++) {
      const e = Math.floor(rest / strides[v]);
      exponents[at++] = e;
      rest -= e * strides[v];
    }
  }
  return exponents;
}

/** Cells of the box in which products of doubles accumulate; all zero between uses. */
let cells = new Float64Array(1 << 12);

function cleanCells(count: number): Float64Array {
  if (cells.length < count) cells = new Float64Array(Math.max(count, 2 * cells.length));
  return cells;
}

/** Asks whether to go on; the cells are emptied where not. */
function checkBox(count: number): void {
  try {
    checkWork();
  } catch (error) {
    cells.fill(0, 0, count);
    throw error;
  }
}

/** The nonzero cells below `count`, emptied, as a polynomial. */
function takeCells(box: Box): Polynomial {
  const count = box.cells;
  let found = 0;
  for (let k = 0; k < count; k++) if (cells[k] !== 0) found++;
  const keys = new Float64Array(found);
  const coefficients = new Float64Array(found);
  let at = 0;
  for (let k = count - 1; at < found; k--) {
    const value = cells[k];
    if (value === 0) continue;
    keys[at] = k;
    coefficients[at++] = value;
    cells[k] = 0;
  }
  return { variables: box.strides.length, exponents: exponentsOf(keys, found, box), coefficients };
}

/** The polynomial of keys and coefficients in any order, keys distinct. */
function ofEntries(
  keys: Float64Array,
  coefficients: readonly (number | bigint)[] | Float64Array,
  box: Box,
): Polynomial {
  const order = Array.from(keys.keys())
    .filter((k) => Number(coefficients[k]) !== 0)
    .sort((a, b) => keys[b] - keys[a]);
  const sorted = Float64Array.from(order, (k) => keys[k]);
  return {
    variables: box.strides.length,
    exponents: exponentsOf(sorted, sorted.length, box),
    coefficients:
      coefficients instanceof Float64Array
        ? Float64Array.from(order, (k) => coefficients[k])
        : tidy(order.map((k) => BigInt(coefficients[k]))),
  };
}

export function multiply(a: Polynomial, b: Polynomial): Polynomial {
  const { variables } = a;
  checkWork();
  const n = size(a);
  const m = size(b);
  if (n === 0 || m === 0) return constant(0, variables);
  if (n < m) return multiply(b, a);
  if (m === 1) return multiplyMonomial(a, b);
  const da = degrees(a);
  const db = degrees(b);
  const box = boxOf(da.map((d, v) => d + db[v]));
  if (box.cells > 2 ** 52) return multiplyWide(a, b);
  const ka = keysOf(a, box);
  const kb = keysOf(b, box);
  const small = height(a.coefficients) * height(b.coefficients) * m <= SAFE;
  if (small && box.cells <= BOX && box.cells <= 64 * (n + 16) * m) {
    const ca = a.coefficients as Float64Array;
    const cb = b.coefficients as Float64Array;
    const box64 = cleanCells(box.cells);
    for (let j = 0; j < m; j++) {
      const c = cb[j];
      const k = kb[j];
      if ((j & 63) === 63) checkBox(box.cells);
      for (let i = 0; i < n; i++) box64[ka[i] + k] += c * ca[i];
    }
    return takeCells(box);
  }
  return small ? multiplySparse(a, b, ka, kb, box) : multiplyBig(a, b, ka, kb, box);
}

/** a times one monomial. */
function multiplyMonomial(a: Polynomial, b: Polynomial): Polynomial {
  const { variables } = a;
  const exponents = a.exponents.slice();
  for (let k = 0; k < exponents.length; k += variables)
    for (let v = 0; v < variables; v++) exponents[k + v] += b.exponents[v];
  return { ...scale(a, b.coefficients[0]), exponents };
}

/** Products of doubles in an open hash table. */
function multiplySparse(a: Polynomial, b: Polynomial, ka: Float64Array, kb: Float64Array, box: Box): Polynomial {
  const ca = a.coefficients as Float64Array;
  const cb = b.coefficients as Float64Array;
  let capacity = 1 << 10;
  while (capacity < 4 * (ka.length + kb.length)) capacity *= 2;
  let keys = new Float64Array(capacity).fill(-1);
  let values = new Float64Array(capacity);
  let count = 0;
  const slotOf = (key: number): number => {
    const mask = capacity - 1;
    let slot = (Math.imul(key >>> 0, 0x9e3779b1) ^ Math.imul((key / 4294967296) >>> 0, 0x85ebca6b)) >>> 0;
    slot = (slot ^ (slot >>> 15)) & mask;
    while (keys[slot] !== key && keys[slot] !== -1) slot = (slot + 1) & mask;
    return slot;
  };
  for (let j = 0; j < kb.length; j++) {
    checkWork();
    if (2 * (count + ka.length) > capacity) {
      const oldKeys = keys;
      const oldValues = values;
      while (2 * (count + ka.length) > capacity) capacity *= 2;
      keys = new Float64Array(capacity).fill(-1);
      values = new Float64Array(capacity);
      for (let k = 0; k < oldKeys.length; k++) {
        if (oldKeys[k] === -1) continue;
        const slot = slotOf(oldKeys[k]);
        keys[slot] = oldKeys[k];
        values[slot] = oldValues[k];
      }
    }
    const c = cb[j];
    const k = kb[j];
    for (let i = 0; i < ka.length; i++) {
      const key = ka[i] + k;
      const slot = slotOf(key);
      if (keys[slot] === -1) {
        keys[slot] = key;
        count++;
      }
      values[slot] += c * ca[i];
    }
    if (count > MOST_MONOMIALS) throw tooLarge();
  }
  const used = new Float64Array(count);
  const found = new Float64Array(count);
  for (let k = 0, at = 0; k < capacity; k++) {
    if (keys[k] === -1) continue;
    used[at] = keys[k];
    found[at++] = values[k];
  }
  return ofEntries(used, found, box);
}

const tooLarge = (): Failure =>
  new Failure("limit", `a polynomial of more than ${MOST_MONOMIALS} monomials`, {
    hint: "Keep the expression factored, or evaluate it instead of expanding it.",
  });

function multiplyBig(a: Polynomial, b: Polynomial, ka: Float64Array, kb: Float64Array, box: Box): Polynomial {
  const ca = bigCoefficients(a);
  const cb = bigCoefficients(b);
  if (box.cells <= BOX && box.cells <= 8 * ca.length * cb.length) {
    const sums: bigint[] = new Array<bigint>(box.cells).fill(0n);
    for (let j = 0; j < cb.length; j++) {
      checkWork();
      for (let i = 0; i < ca.length; i++) sums[ka[i] + kb[j]] += ca[i] * cb[j];
    }
    const keys: number[] = [];
    for (let k = box.cells - 1; k >= 0; k--) if (sums[k] !== 0n) keys.push(k);
    return {
      variables: a.variables,
      exponents: exponentsOf(keys, keys.length, box),
      coefficients: tidy(keys.map((k) => sums[k])),
    };
  }
  const places = new Map<number, number>();
  const keys: number[] = [];
  const sums: bigint[] = [];
  for (let j = 0; j < cb.length; j++) {
    checkWork();
    for (let i = 0; i < ca.length; i++) {
      const key = ka[i] + kb[j];
      const at = places.get(key);
      if (at === undefined) {
        places.set(key, keys.length);
        keys.push(key);
        sums.push(ca[i] * cb[j]);
      } else sums[at] += ca[i] * cb[j];
    }
    if (keys.length > MOST_MONOMIALS) throw tooLarge();
  }
  return ofEntries(Float64Array.from(keys), sums, box);
}

/** Products whose keys do not fit a double: monomials are told apart by their text. Rare: many variables of high degree. */
function multiplyWide(a: Polynomial, b: Polynomial): Polynomial {
  const { variables } = a;
  const ca = bigCoefficients(a);
  const cb = bigCoefficients(b);
  const sums = new Map<string, { exponents: Int32Array; sum: bigint }>();
  for (let j = 0; j < cb.length; j++) {
    for (let i = 0; i < ca.length; i++) {
      const exponents = a.exponents.slice(i * variables, (i + 1) * variables);
      for (let v = 0; v < variables; v++) exponents[v] += b.exponents[j * variables + v];
      const key = exponents.join();
      const known = sums.get(key);
      if (known === undefined) sums.set(key, { exponents, sum: ca[i] * cb[j] });
      else known.sum += ca[i] * cb[j];
    }
    if (sums.size > MOST_MONOMIALS) throw tooLarge();
  }
  return ofMonomials(
    [...sums.values()].map(({ exponents, sum }) => [exponents, sum]),
    variables,
  );
}

/** The polynomial of distinct monomials in any order; zero coefficients are left out. */
export function ofMonomials(
  list: readonly (readonly [ArrayLike<number>, number | bigint])[],
  variables: number,
): Polynomial {
  const kept = list.filter(([, c]) => Number(c) !== 0);
  kept.sort(([a], [b]) => {
    for (let v = 0; v < variables; v++) if (a[v] !== b[v]) return b[v] - a[v];
    return 0;
  });
  const exponents = new Int32Array(kept.length * variables);
  kept.forEach(([e], k) => exponents.set(Array.from(e), k * variables));
  return { variables, exponents, coefficients: tidy(kept.map(([, c]) => BigInt(c))) };
}

/** Most bits of all coefficients of a power together. */
const MOST_POWER_BITS = 2 ** 32;

/** Refuses powers with more monomials, or longer coefficients, than can be held: by the number of multisets of monomials, and by degrees. */
function checkPower(a: Polynomial, n: number): void {
  let monomials = 1;
  for (let k = 1; k < size(a) && monomials <= MOST_MONOMIALS; k++) monomials *= (n + k) / k;
  let cells = 1;
  for (const d of degrees(a)) cells *= n * d + 1;
  const count = Math.min(monomials, cells);
  const most = height(a.coefficients);
  const bits = n * Math.log2(size(a) * (most === Infinity ? 2 ** 60 : most));
  if (count > MOST_MONOMIALS || count * bits > MOST_POWER_BITS) throw tooLarge();
}

/** (c x^a + d x^b)^n by binomial coefficients. */
function binomialPower(a: Polynomial, n: number): Polynomial {
  const { variables, exponents } = a;
  const [c, d] = bigCoefficients(a);
  const made = new Int32Array((n + 1) * variables);
  const coefficients: bigint[] = [];
  // Term k: C(n, k) c^(n - k) d^k; falling order, as the first monomial is the greater.
  let binomial = 1n;
  const up = [1n];
  for (let k = 1; k <= n; k++) up.push(up[k - 1] * c);
  let down = 1n;
  for (let k = 0; k <= n; k++) {
    coefficients.push(binomial * up[n - k] * down);
    for (let v = 0; v < variables; v++) made[k * variables + v] = (n - k) * exponents[v] + k * exponents[variables + v];
    down *= d;
    binomial = (binomial * BigInt(n - k)) / BigInt(k + 1);
  }
  return { variables, exponents: made, coefficients: tidy(coefficients) };
}

/** a^n for n >= 0. Few monomials are multiplied in one by one, which costs less than squaring. Fails where the power is too large. */
export function power(a: Polynomial, n: number): Polynomial {
  if (n === 0) return constant(1, a.variables);
  if (n === 1) return a;
  if (size(a) > 1) checkPower(a, n);
  if (size(a) === 2) return binomialPower(a, n);
  if (size(a) === 1) {
    const c = leading(a) ** BigInt(n);
    return { variables: a.variables, exponents: a.exponents.map((e) => e * n), coefficients: tidy([c]) };
  }
  if (size(a) <= 12 || n < 4) {
    let result = a;
    for (let k = 1; k < n; k++) result = multiply(result, a);
    return result;
  }
  const half = power(a, n >> 1);
  const square = multiply(half, half);
  return n % 2 === 0 ? square : multiply(square, a);
}

/** a / b where b divides a; undefined where it does not. */
export function divide(a: Polynomial, b: Polynomial): Polynomial | undefined {
  const { variables } = a;
  if (isZero(b)) throw new Failure("domain", "division of a polynomial by zero");
  if (isZero(a)) return a;
  const da = degrees(a);
  const db = degrees(b);
  for (let v = 0; v < variables; v++) if (db[v] > da[v]) return undefined;
  if (size(b) === 1) return divideMonomial(a, b);
  const box = boxOf(da);
  if (box.cells > 2 ** 52) return divideWide(a, b);
  const lead = BigInt(b.coefficients[0]);
  const last = BigInt(b.coefficients[size(b) - 1]);
  if (leading(a) % lead !== 0n || BigInt(a.coefficients[size(a) - 1]) % last !== 0n) return undefined;
  const ka = keysOf(a, box);
  const kb = keysOf(b, box);
  const room = da.map((d, v) => d - db[v]);
  const small = a.coefficients instanceof Float64Array && b.coefficients instanceof Float64Array;
  if (small && box.cells <= BOX && box.cells <= 64 * (size(a) + 64)) {
    const found = divideBox(a, b, ka, kb, room, box);
    if (found !== "large") return found;
  }
  return divideMap(a, b, ka, kb, room, box);
}

/** Is monomial `key` the product of the leading monomial of b and one within `room`? */
function fits(key: number, { strides }: Box, b: Polynomial, room: Int32Array): boolean {
  let rest = key;
  for (let v = 0; v < strides.length; v++) {
    const e = Math.floor(rest / strides[v]);
    rest -= e * strides[v];
    const q = e - b.exponents[v];
    if (q < 0 || q > room[v]) return false;
  }
  return true;
}

/** Exact division in a dense box of doubles; "large" if a number did not fit. */
function divideBox(
  a: Polynomial,
  b: Polynomial,
  ka: Float64Array,
  kb: Float64Array,
  room: Int32Array,
  box: Box,
): Polynomial | undefined | "large" {
  const ca = a.coefficients as Float64Array;
  const cb = b.coefficients as Float64Array;
  const box64 = cleanCells(box.cells);
  for (let k = 0; k < ka.length; k++) box64[ka[k]] = ca[k];
  const keys: number[] = [];
  const values: number[] = [];
  const m = kb.length;
  const lead = cb[0];
  let result: "exact" | "large" | "inexact" = "exact";
  let most = 0;
  for (let k = 1; k < m; k++) most = Math.max(most, Math.abs(cb[k]));
  scan: for (let key = ka[0]; key >= 0; key--) {
    const value = box64[key];
    if (value === 0) continue;
    const q = value / lead;
    if (!Number.isInteger(q) || key < kb[0] || !fits(key, box, b, room)) {
      result = "inexact";
      break;
    }
    const shift = key - kb[0];
    box64[key] = 0;
    if (Math.abs(q) * most > SAFE / 2) {
      result = "large";
      break;
    }
    for (let k = 1; k < m; k++) {
      const at = kb[k] + shift;
      const rest = box64[at] - q * cb[k];
      if (!(rest <= SAFE && rest >= -SAFE)) {
        result = "large";
        break scan;
      }
      box64[at] = rest;
    }
    keys.push(shift);
    values.push(q);
  }
  if (result !== "exact") {
    box64.fill(0, 0, box.cells);
    return result === "large" ? "large" : undefined;
  }
  return {
    variables: a.variables,
    exponents: exponentsOf(keys, keys.length, box),
    coefficients: Float64Array.from(values),
  };
}

/** Exact division with BigInt coefficients in a map, leading monomials from a heap of keys. */
function divideMap(
  a: Polynomial,
  b: Polynomial,
  ka: Float64Array,
  kb: Float64Array,
  room: Int32Array,
  box: Box,
): Polynomial | undefined {
  const ca = bigCoefficients(a);
  const cb = bigCoefficients(b);
  const rest = new Map<number, bigint>();
  const heap = new KeyHeap();
  ka.forEach((key, k) => {
    rest.set(key, ca[k]);
    heap.push(key);
  });
  const keys: number[] = [];
  const values: bigint[] = [];
  for (let key = heap.pop(); key !== undefined; key = heap.pop()) {
    const value = rest.get(key);
    if (value === undefined) continue;
    rest.delete(key);
    if (value === 0n) continue;
    if (value % cb[0] !== 0n || key < kb[0] || !fits(key, box, b, room)) return undefined;
    const q = value / cb[0];
    const shift = key - kb[0];
    for (let k = 1; k < cb.length; k++) {
      const at = kb[k] + shift;
      const before = rest.get(at);
      if (before === undefined) heap.push(at);
      rest.set(at, (before ?? 0n) - q * cb[k]);
    }
    keys.push(shift);
    values.push(q);
    checkWork();
  }
  return { variables: a.variables, exponents: exponentsOf(keys, keys.length, box), coefficients: tidy(values) };
}

/** A heap of numbers, greatest first. */
class KeyHeap {
  readonly #keys: number[] = [];

  push(key: number): void {
    const keys = this.#keys;
    let at = keys.push(key) - 1;
    while (at > 0) {
      const parent = (at - 1) >> 1;
      if (keys[parent] >= key) break;
      keys[at] = keys[parent];
      at = parent;
    }
    keys[at] = key;
  }

  pop(): number | undefined {
    const keys = this.#keys;
    const top = keys[0];
    const last = keys.pop();
    if (last === undefined || keys.length === 0) return top;
    let at = 0;
    for (;;) {
      let child = 2 * at + 1;
      if (child >= keys.length) break;
      if (child + 1 < keys.length && keys[child + 1] > keys[child]) child++;
      if (keys[child] <= last) break;
      keys[at] = keys[child];
      at = child;
    }
    keys[at] = last;
    return top;
  }
}

function divideMonomial(a: Polynomial, b: Polynomial): Polynomial | undefined {
  const { variables } = a;
  const exponents = a.exponents.slice();
  for (let k = 0; k < exponents.length; k += variables)
    for (let v = 0; v < variables; v++) if ((exponents[k + v] -= b.exponents[v]) < 0) return undefined;
  const c = leading(b);
  if (integerContent(a) % c !== 0n) return undefined;
  return { ...unscale(a, c), exponents };
}

/** Exact division whose keys do not fit a double. */
function divideWide(a: Polynomial, b: Polynomial): Polynomial | undefined {
  let rest = a;
  let quotient = constant(0, a.variables);
  const head: Polynomial = { variables: b.variables, exponents: b.exponents.slice(0, b.variables), coefficients: b.coefficients.slice(0, 1) }; // oxfmt-ignore
  while (!isZero(rest)) {
    const first: Polynomial = { variables: a.variables, exponents: rest.exponents.slice(0, a.variables), coefficients: rest.coefficients.slice(0, 1) }; // oxfmt-ignore
    const q = divideMonomial(first, head);
    if (q === undefined) return undefined;
    quotient = add(quotient, q);
    rest = subtract(rest, multiply(b, q));
  }
  return quotient;
}

/** The derivative by variable v. */
export function derivative(a: Polynomial, v: number): Polynomial {
  const list: [Int32Array, bigint][] = [];
  const c = bigCoefficients(a);
  for (let k = 0; k < c.length; k++) {
    const e = a.exponents.slice(k * a.variables, (k + 1) * a.variables);
    const d = e[v];
    if (d === 0) continue;
    e[v]--;
    list.push([e, c[k] * BigInt(d)]);
  }
  return ofMonomials(list, a.variables);
}

/** Greatest degree in one variable of what is written out densely by powers. */
const MOST_DENSE = 1_000_000;

/** Refuses degrees whose coefficients are too many to list. */
export function checkDense(degreeOf: number): void {
  if (degreeOf > MOST_DENSE)
    throw new Failure(
      "limit",
      `a polynomial of degree ${degreeOf}; at most ${MOST_DENSE} is worked with by powers of a variable`,
    );
}

/** Coefficients by powers of variable v, from v^0; each a polynomial in the same variables, without v. */
export function coefficientsBy(a: Polynomial, v: number): Polynomial[] {
  const { variables } = a;
  checkDense(degree(a, v));
  const lists: { exponents: number[]; coefficients: bigint[] }[] = Array.from({ length: degree(a, v) + 1 }, () => ({
    exponents: [],
    coefficients: [],
  }));
  const c = bigCoefficients(a);
  for (let k = 0; k < c.length; k++) {
    const list = lists[a.exponents[k * variables + v]];
    for (let w = 0; w < variables; w++) list.exponents.push(w === v ? 0 : a.exponents[k * variables + w]);
    list.coefficients.push(c[k]);
  }
  // Within one power of v the order of the others is that of the whole.
  return lists.map(({ exponents, coefficients }) => ({
    variables,
    exponents: Int32Array.from(exponents),
    coefficients: tidy(coefficients),
  }));
}

/** The sum of coefficients[d] v^d; the inverse of `coefficientsBy`. */
export function fromCoefficients(coefficients: readonly Polynomial[], v: number): Polynomial {
  const { variables } = coefficients[0];
  const list: [Int32Array, bigint][] = [];
  coefficients.forEach((part, d) => {
    const c = bigCoefficients(part);
    for (let k = 0; k < c.length; k++) {
      const e = part.exponents.slice(k * variables, (k + 1) * variables);
      e[v] += d;
      list.push([e, c[k]]);
    }
  });
  return ofMonomials(list, variables);
}

/** Coefficient of the highest power of v, as a polynomial without v. */
export function leadingCoefficient(a: Polynomial, v: number): Polynomial {
  const { variables } = a;
  const d = degree(a, v);
  const exponents: number[] = [];
  const coefficients: bigint[] = [];
  for (let k = 0; k < size(a); k++) {
    if (a.exponents[k * variables + v] !== d) continue;
    for (let w = 0; w < variables; w++) exponents.push(w === v ? 0 : a.exponents[k * variables + w]);
    coefficients.push(BigInt(a.coefficients[k]));
  }
  return { variables, exponents: Int32Array.from(exponents), coefficients: tidy(coefficients) };
}

/** The polynomial with variable v replaced by an integer. */
export function substituteInteger(a: Polynomial, v: number, value: bigint): Polynomial {
  const { variables } = a;
  const powers: bigint[] = [1n];
  const sums = new Map<string, [Int32Array, bigint]>();
  const c = bigCoefficients(a);
  for (let k = 0; k < c.length; k++) {
    const e = a.exponents.slice(k * variables, (k + 1) * variables);
    for (let d = powers.length; d <= e[v]; d++) powers.push(powers[d - 1] * value);
    const part = c[k] * powers[e[v]];
    e[v] = 0;
    const key = e.join();
    const known = sums.get(key);
    if (known === undefined) sums.set(key, [e, part]);
    else known[1] += part;
  }
  return ofMonomials([...sums.values()], variables);
}
