// Range reductions that a function allows, found from its symmetries and functional equations and shown by algebra: parity, periods,
// f' = c f (exponentials), x f' = a (logarithms), x f' = a f (powers), and f(1/x) = +-f(x) + const.
// Differential identities hold on pieces where the function is analytic, so they are used only for terms whose form shows that the
// function is analytic on the whole line, or on x > 0.
// Left out: addition theorems of two values (tan(a + b)), periods that no argument of the term tells.
import { equal, simplify } from "../algebra/index.ts";
import type { Evidence } from "../evidence/index.ts";
import { Q } from "../number/index.ts";
import { add, diff, div, evaluateBall, freeSymbols, Kind, mul, neg, pi, postorder, substitute, type Term } from "../term/index.ts"; // oxfmt-ignore
import { Failure } from "../base/index.ts";

export type Reduction = { readonly evidence: Evidence } & (
  | { readonly kind: "parity"; readonly parity: "even" | "odd" }
  /** f(x + period) = sign f(x). */
  | { readonly kind: "period"; readonly period: Term; readonly sign: 1 | -1 }
  /** f(x + s) = e^(rate s) f(x). */
  | { readonly kind: "exponential"; readonly rate: Term }
  /** f(2 x) = f(x) + slope ln 2 for x > 0. */
  | { readonly kind: "logarithmic"; readonly slope: Term }
  /** f(t x) = t^(top/bottom) f(x) for x, t > 0. */
  | { readonly kind: "power"; readonly top: number; readonly bottom: number }
  /** f(1/x) = sign f(x) + constant for x > 0. */
  | { readonly kind: "reciprocal"; readonly sign: 1 | -1; readonly constant: Term }
);

const BUDGET = { time_ms: 3000 };
/** Equal by algebra; agreement at random points is not enough here. */
const same = (a: Term, b: Term): boolean => {
  const { answer, evidence } = equal(a, b, { budget: BUDGET });
  return answer === "yes" && evidence.every(({ grade }) => grade === "proved");
};
const simplified = (term: Term): Term => simplify(term, { budget: BUDGET }).term;
const shown = (statement: string): Evidence => ({ statement, grade: "proved", method: "algebra and differentiation" });

/** As it stands before what it multiplies. */
const factor = (c: Term): string => (c.kind === Kind.number && c.value === 1 ? "" : `(${c}) `);

/** All reductions found for a term of one variable, each proved; an empty list says nothing about the function. */
export function reductionsOf(term: Term): readonly Reduction[] {
  const symbols = freeSymbols(term);
  if (symbols.length !== 1) throw new Failure("usage", `a range is reduced for a function of one variable, not of ${symbols.length}`); // oxfmt-ignore
  const [x] = symbols;
  const out: Reduction[] = [];
  const at = (argument: Term): Term => substitute(term, new Map([[x, argument]]));
  const mirrored = at(neg(x));
  if (same(mirrored, term)) out.push({ kind: "parity", parity: "even", evidence: shown("f(-x) = f(x)") });
  else if (same(mirrored, neg(term))) out.push({ kind: "parity", parity: "odd", evidence: shown("f(-x) = -f(x)") });
  const period = periodOf(term, x, at);
  if (period !== undefined) out.push(period);
  const where = analytic(term, x);
  if (where === undefined) return out;
  const slope = diff(term, x);
  const without = (t: Term): boolean => freeSymbols(t).length === 0;
  if (where === "line") {
    const rate = simplified(div(slope, term));
    if (without(rate) && !isZeroNumber(rate) && same(slope, mul(rate, term)))
      out.push({ kind: "exponential", rate, evidence: shown(`f' = ${factor(rate)}f everywhere, so f(x + s) = e^(${factor(rate)}s) f(x)`) }); // oxfmt-ignore
  }
  const scaled = mul(x, slope);
  const constant = simplified(scaled);
  if (without(constant) && !isZeroNumber(constant) && same(scaled, constant))
    out.push({ kind: "logarithmic", slope: constant, evidence: shown(`x f' = ${constant} for x > 0, so f(2 x) = f(x) + ${factor(constant)}ln 2`) }); // oxfmt-ignore
  const exponent = simplified(div(scaled, term));
  if (exponent.kind === Kind.number && !isZeroNumber(exponent) && same(scaled, mul(exponent, term))) {
    const [top, bottom] = [Number(Q.numerator(exponent.value)), Number(Q.denominator(exponent.value))];
    if (bottom <= 16 && Math.abs(top) <= 16)
      out.push({ kind: "power", top, bottom, evidence: shown(`x f' = ${exponent} f for x > 0, so f(t x) = t^(${exponent}) f(x)`) }); // oxfmt-ignore
  }
  const mirror = reciprocalOf(x, slope, at);
  if (mirror !== undefined) out.push(mirror);
  return out;
}

const isZeroNumber = (t: Term): boolean => t.kind === Kind.number && Q.sign(t.value) === 0;

/** Candidates come from the arguments of the functions in the term: those that are linear, a + b x, suggest pi/b and 2 pi/b. */
function periodOf(term: Term, x: Term, at: (argument: Term) => Term): Reduction | undefined {
  const rates = new Set<Term>();
  for (const each of postorder([term])) {
    if (each.kind !== Kind.call) continue;
    for (const argument of each.args) {
      const rate = diff(argument, x);
      if (!isZeroNumber(rate) && freeSymbols(rate).length === 0) rates.add(simplified(rate));
    }
  }
  const size = (t: Term): number => Math.abs(Number(evaluateBall(t, 64).mid));
  const candidates = [...rates]
    .flatMap((rate) => [div(pi(rate.context), rate), div(mul(x.context.number(2), pi(rate.context)), rate)])
    .map(simplified)
    .sort((a, b) => size(a) - size(b));
  for (const period of candidates) {
    const moved = at(add(x, period));
    for (const sign of [1, -1] as const)
      if (same(moved, sign === 1 ? term : neg(term)))
        return { kind: "period", period, sign, evidence: shown(`f(x + ${period}) = ${sign === 1 ? "" : "-"}f(x)`) };
  }
  return undefined;
}

/** From derivatives: f(1/x) - sign f(x) is constant, and its value at 1 is known. */
function reciprocalOf(x: Term, slope: Term, at: (argument: Term) => Term): Reduction | undefined {
  const inverted = diff(at(div(x.context.number(1), x)), x);
  for (const sign of [1, -1] as const) {
    if (!same(inverted, sign === 1 ? slope : neg(slope))) continue;
    const constant = sign === 1 ? x.context.number(0) : simplified(mul(x.context.number(2), at(x.context.number(1))));
    const plus = isZeroNumber(constant) ? "" : ` + ${constant}`;
    return { kind: "reciprocal", sign, constant, evidence: shown(`f(1/x) = ${sign === 1 ? "" : "-"}f(x)${plus} for x > 0: the derivatives agree, and the values at 1`) }; // oxfmt-ignore
  }
  return undefined;
}

/** Functions that are analytic on the real line. */
const REAL_ANALYTIC = new Set(["sin", "cos", "sinh", "cosh", "exp", "erf", "erfc", "atan", "tanh", "asinh"]);

/** Where the form of the term shows that the function is analytic: on the line, on x > 0, or nowhere for certain. */
function analytic(term: Term, x: Term): "line" | "positive" | undefined {
  let positive = false;
  const done = new Map<Term, boolean>();
  const isPositive = (t: Term): boolean => {
    if (t === x) return true;
    if (freeSymbols(t).length === 0) {
      const ball = evaluateBall(t, 64);
      return ball.mid.sign > 0 && Number(ball.mid) > Number(ball.radius);
    }
    return (t.kind === Kind.product || t.kind === Kind.sum) && Q.sign(t.value) >= 0 && (t.kind === Kind.sum || Q.sign(t.value) > 0) &&
      t.args.every(isPositive) && (t.kind === Kind.product || t.weights.every((w) => Q.sign(w) > 0)); // oxfmt-ignore
  };
  const constant = (t: Term): boolean => freeSymbols(t).length === 0;
  for (const each of postorder([term])) done.set(each, constant(each) || fine(each));
  return done.get(term)! ? (positive ? "positive" : "line") : undefined;

  function onPositive(t: Term): boolean {
    if (!isPositive(t)) return false;
    if (!constant(t)) positive = true;
    return true;
  }
  function fine(t: Term): boolean {
    if (!t.args.every((arg) => done.get(arg)!)) return false;
    switch (t.kind) {
      case Kind.symbol:
      case Kind.sum:
        return true;
      case Kind.product:
        return t.args.every((arg, i) => (Q.isInteger(t.weights[i]) && Q.sign(t.weights[i]) > 0) || onPositive(arg));
      case Kind.power:
        return onPositive(t.args[0]);
      case Kind.call:
        if (t.name === "log" || t.name === "sqrt" || t.name === "cbrt") return t.args.every(onPositive);
        return t.args.length === 1 && REAL_ANALYTIC.has(t.name);
      default:
        return false;
    }
  }
}
