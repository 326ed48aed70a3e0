// Softmax, y[i] = exp(x[i]) / sum of exp(x[j]), in two passes over memory and in the ordinary three.
// Two passes (Dukhan, Ablavatski 2020, "The Two-Pass Softmax Algorithm"): exp(x) is kept as m * 2^e with m near 1 and e a float
// of its own, which never overflows; the sum is kept in the same form, so the maximum need not be known first.
// exp: e = nearest(x / ln 2), m = exp(x - e ln 2) by its Taylor sum (Cody, Waite 1980, for ln 2 in two parts).
// Beyond LIMIT in magnitude the reduction would lose digits; then, and where something is infinite or NaN at the top, the
// two-pass kernel goes on to the three passes. Elements below -LIMIT count as -LIMIT, which is exact while the largest is well
// above it; otherwise the three passes are taken too.
// Results below the smallest normal number are 0. A NaN or +Infinity anywhere makes every result NaN, and so do elements that
// are all -Infinity: the formula's own value. Order of sums: one partial sum for each lane of each of UNROLL vectors.
// Left out: rows of a matrix (call it for each row), the logarithm of softmax.
import * as ir from "../builder.ts";
import type { Block } from "../builder.ts";
import type { Expression, StructuredFunction, Variable } from "../ir.ts";
import { LANES } from "../operations.ts";
import { checkedByAuthor } from "./checked.ts";
import { REAL, type Real } from "./real.ts";

const { add, at, lane, madd, mul, nmadd, splat, sub } = ir;

const UNROLL = 2;

interface Parts {
  /** ln 2 in two parts; the first has so few bits that its products with `e` are exact. */
  readonly high: number;
  readonly low: number;
  /** Degree of the Taylor sum: its error on |r| <= ln(2)/2 is below half a unit in the last place. */
  readonly degree: number;
  /** Adding it puts an integer into the lowest bits. */
  readonly shifter: number;
  readonly bias: number;
  readonly fraction: number;
  readonly limit: number;
}

const PARTS: Record<Real, Parts> = {
  f64: { high: 0.6931471803691238, low: 1.9082149292705877e-10, degree: 13, shifter: 1.5 * 2 ** 52, bias: 1023, fraction: 52, limit: 7e5 },
  f32: { high: 0.693359375, low: -2.1219444005469057e-4, degree: 7, shifter: 1.5 * 2 ** 23, bias: 127, fraction: 23, limit: 2000 },
}; // oxfmt-ignore

/** Largest magnitude of elements that the two passes take as they are. */
export const SOFTMAX_LIMIT: Record<Real, number> = { f64: PARTS.f64.limit, f32: PARTS.f32.limit };

/** The first with the second, the result with the third ... */
function joined(list: readonly Expression[], op: (a: Expression, b: Expression) => Expression): Expression {
  return list.reduce((a, b) => op(a, b));
}

/** exp(x) = m * 2^e of lanes. */
function split(k: Block, real: Real, x: Expression): { m: Expression; e: Expression } {
  const { lanes } = REAL[real];
  const { high, low, degree } = PARTS[real];
  const e = k.let("e", ir.nearest(mul(x, Math.LOG2E)), lanes);
  const r = k.let("r", nmadd(e, low, nmadd(e, high, x)), lanes);
  let inverse = 1;
  for (let d = 2; d <= degree; d++) inverse /= d;
  let m = ir.constant(inverse, lanes);
  for (let d = degree; d >= 1; d--) {
    inverse *= d;
    m = madd(m, r, d === 1 ? 1 : inverse);
  }
  return { m: k.let("m", m, lanes), e };
}

/** 2^d of lanes for integers d <= 0; 0 below the normal numbers. */
function powerOfTwo(real: Real, d: Expression): Expression {
  const { lanes } = REAL[real];
  const { shifter, bias, fraction } = PARTS[real];
  const biased = ir.bits(add(ir.pmax(d, -bias), shifter + bias), LANES[lanes].mask);
  return ir.bits(ir.shl(biased, fraction), lanes);
}

/** Runs `body` on vectors of n elements: UNROLL at a time, then one, then one with its first element only. */
function overVectors(
  k: Block,
  real: Real,
  n: Expression,
  body: (index: Expression, which: number, left?: true) => void,
): void {
  const { width } = REAL[real];
  const count = UNROLL * width;
  const whole = k.let("whole", sub(n, ir.and(n, count - 1)), "i32");
  const single = k.let("single", sub(n, ir.and(n, width - 1)), "i32");
  k.for("i", 0, whole, (i) => {
    for (let u = 0; u < UNROLL; u++) body(u === 0 ? i : add(i, u * width), u);
  }, count); // oxfmt-ignore
  k.for("i", whole, single, (i) => body(i, 0), width);
  k.for("i", single, n, (i) => body(i, 0, true));
}

function load(real: Real, x: Variable<"f64[]" | "f32[]">, i: Expression, left?: true): Expression {
  const { lanes } = REAL[real];
  return left ? splat(at(x, i), lanes) : at(x, i, lanes);
}

function store(k: Block, y: Variable<"f64[]" | "f32[]">, i: Expression, value: Expression, left?: true): void {
  k.store(y, i, left ? lane(value, 0) : value);
}

/** softmax3(n, x, y): maximum, exponentials and their sum, quotients. y may be x. */
export function softmaxThreePass(real: Real): StructuredFunction {
  const { lanes, width, suffix } = REAL[real];
  const f = ir.fn(`softmax3${suffix}`, { n: "i32", x: `${real}[n]`, y: `${real}[n]` }, undefined, ({ n, x, y }, k) => {
    k.if(ir.le(n, 0), () => k.return());
    const tops = Array.from({ length: UNROLL }, (_, u) => k.let(`top${u}`, -Infinity, lanes));
    overVectors(k, real, n, (i, u, left) => k.set(tops[u], ir.pmax(tops[u], load(real, x, i, left))));
    const all = k.let("all", joined(tops, ir.pmax), lanes); // oxfmt-ignore
    let top = lane(all, 0);
    for (let w = 1; w < width; w++) top = ir.pmax(top, lane(all, w));
    const most = k.let("most", splat(top, lanes), lanes);
    const sums = Array.from({ length: UNROLL }, (_, u) => k.let(`sum${u}`, 0, lanes));
    // Below the smallest exponent powerOfTwo is 0, whatever m; the bound keeps m in range.
    const least = (PARTS[real].bias + 2) * -Math.LN2;
    overVectors(k, real, n, (i, u, left) => {
      // pmax passes over a NaN, which comes back here. A maximum of -Infinity or Infinity gives NaN here, as the formula does.
      const d = k.let("d", ir.pmax(sub(load(real, x, i, left), most), least), lanes);
      const { m, e } = split(k, real, d);
      const value = k.let("value", mul(m, powerOfTwo(real, e)), lanes);
      store(k, y, i, value, left);
      k.set(sums[u], add(sums[u], left ? ir.replace(ir.constant(0, lanes), 0, lane(value, 0)) : value));
    });
    const total = k.let("total", joined(sums, add), lanes); // oxfmt-ignore
    let sum = lane(total, 0);
    for (let w = 1; w < width; w++) sum = add(sum, lane(total, w));
    const factor = k.let("factor", splat(ir.div(1, sum), lanes), lanes);
    overVectors(k, real, n, (i, _, left) => store(k, y, i, mul(factor, load(real, y, i, left)), left));
  });
  return checkedByAuthor(f);
}

/** softmax2(n, x, y): two passes. y may be x. */
export function softmaxTwoPass(real: Real, threePass: StructuredFunction = softmaxThreePass(real)): StructuredFunction {
  const { lanes, width, suffix } = REAL[real];
  const { limit, bias } = PARTS[real];
  const f = ir.fn(`softmax2${suffix}`, { n: "i32", x: `${real}[n]`, y: `${real}[n]` }, undefined, ({ n, x, y }, k) => {
    k.if(ir.le(n, 0), () => k.return());
    const lowest = -(2 ** (bias === 127 ? 24 : 53));
    const sums = Array.from({ length: UNROLL }, (_, u) => k.let(`sum${u}`, 0, lanes));
    const exponents = Array.from({ length: UNROLL }, (_, u) => k.let(`exponent${u}`, lowest, lanes));
    overVectors(k, real, n, (i, u, left) => {
      const { m, e } = split(k, real, k.let("x", ir.pmax(load(real, x, i, left), -limit), lanes));
      const top = k.let("top", ir.pmax(exponents[u], e), lanes);
      const kept = left ? ir.replace(ir.constant(0, lanes), 0, lane(m, 0)) : m;
      const old = mul(sums[u], powerOfTwo(real, sub(exponents[u], top)));
      k.set(sums[u], madd(kept, powerOfTwo(real, sub(e, top)), old));
      k.set(exponents[u], top);
    });
    // Sum of all partial sums, at the largest exponent.
    let most: Expression = joined(exponents, ir.pmax);
    const tops = k.let("tops", most, lanes);
    most = lane(tops, 0);
    for (let w = 1; w < width; w++) most = ir.pmax(most, lane(tops, w));
    const exponent = k.let("exponent", splat(most, lanes), lanes);
    const total = k.let(
      "total",
      joined(sums.map((s, u) => mul(s, powerOfTwo(real, sub(exponents[u], exponent)))), add), // oxfmt-ignore
      lanes,
    );
    let sum = lane(total, 0);
    for (let w = 1; w < width; w++) sum = add(sum, lane(total, w));
    const whole = k.let("sum", sum, real);
    const top = lane(exponent, 0);
    // Elements cut off at -limit are too small to count if the largest is above this.
    const floor = -limit * Math.LOG2E + 2 * bias;
    const reached = ir.and(ir.ge(top, Math.ceil(floor)), ir.le(top, Math.floor(limit * Math.LOG2E)));
    k.if(ir.not(ir.and(reached, ir.lt(whole, Infinity))), () => {
      k.do(threePass, n, x, y);
      k.return();
    });
    const factor = k.let("factor", splat(ir.div(1, whole), lanes), lanes);
    overVectors(k, real, n, (i, _, left) => {
      const { m, e } = split(k, real, k.let("x", ir.pmax(load(real, x, i, left), -limit), lanes));
      store(k, y, i, mul(mul(m, factor), powerOfTwo(real, sub(e, exponent))), left);
    });
  });
  return checkedByAuthor(f);
}
