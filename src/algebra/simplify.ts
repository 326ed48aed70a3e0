// simplify: the shortest of many equal forms. Arguments are simplified before what stands around them; at each expression every form in
// FORMS is made, put in order by local rules, and the one with the fewest tokens (measure.ts) is kept, again until nothing gets shorter.
// Every form is an identity under the assumptions, by algebra; as a second line of defence each accepted one is compared with the input
// in ball arithmetic at random points; a difference is a defect, the input is returned, and `stop` says so.
import { DONE, Failure, Meter, type Budget, type StopReason } from "../base/index.ts";
import type { Evidence } from "../evidence/index.ts";
import { Q } from "../number/index.ts";
import {
  add,
  call,
  eulersNumber,
  graphSize,
  isCondition,
  Kind,
  mul,
  neg,
  pow,
  postorder,
  print,
  rebuild,
  sub,
  type Term,
} from "../term/index.ts";
import { joinArctangents } from "./arctangents.ts";
import { NOTHING, type Assumptions } from "./assumptions.ts";
import { absolute, canonical, composed, logarithm, rationalPower, withoutIntegers } from "./canonical.ts";
import { factorPolynomial } from "./factor.ts";
import { lostConditions } from "./conditions.ts";
import { measure } from "./measure.ts";
import * as P from "./polynomial.ts";
import { openRoots, rationalised } from "./radicals.ts";
import { cancel, expand, factor, productOf } from "./rational.ts";
import { applyRelations, reduced, ringOf, toTerm, withoutRoots, type Ring } from "./ring.ts";
import {
  byHalfAngles,
  collectAngles,
  contractProducts,
  exactShifts,
  expandAngles,
  halfAngles,
  isTrigonometric,
  toSinesAndCosines,
} from "./trigonometry.ts";
import { within } from "./work.ts";
import { differs } from "./zero.ts";

export interface SimplifyOptions {
  readonly assumptions?: Assumptions;
  /** Default 5 seconds. */
  readonly budget?: Budget;
  readonly signal?: AbortSignal;
}

export interface Simplified {
  readonly term: Term;
  /** Terms that must not be zero for the two to be equal. */
  readonly conditions: readonly Term[];
  /** "done", or what ended the search; the term is the best so far. */
  readonly stop: StopReason;
  readonly evidence: readonly Evidence[];
}

const DEFAULT_BUDGET: Budget = { time_ms: 5_000 };
/** Expressions with more distinct parts are simplified at their root and in function arguments, not at every sum and product. */
const LARGE = 150;
/** Beyond so many distinct parts nothing is tried: the constructors' normal form is the answer, and the reason is said. */
const HUGE = 20_000;
const ROUNDS = 4;
/** What one form may take: a share of the whole budget, at least so many milliseconds. */
const SHARE = 0.1;
const LEAST_MS = 50;

const EQUAL: Evidence = {
  statement: "the result equals the input wherever both are defined",
  grade: "proved",
  method: "identities that hold under the assumptions; compared at random points as well",
};

/** The shortest form found; equal to the input under the assumptions, where both are defined. */
export function simplify(term: Term, options: SimplifyOptions = {}): Simplified {
  const known = options.assumptions ?? NOTHING;
  const meter = new Meter(options.budget ?? DEFAULT_BUDGET, options.signal);
  const parts = postorder([term]);
  const tooLarge: StopReason = {
    kind: "nodes",
    detail: `${parts.length} distinct parts; at most ${HUGE} are simplified`,
  };
  if (parts.length > HUGE) return { term, conditions: [], stop: tooLarge, evidence: [EQUAL] };
  const memo = new Map<Term, Term>();
  let stop: StopReason = DONE;
  const done = new Map<Term, Term>();
  /** Size as a tree, which bounds the work on a part. */
  const sizes = new Map<Term, number>();
  for (const part of parts) {
    const size = part.args.reduce((sum, arg) => sum + sizes.get(arg)!, 1);
    sizes.set(part, size);
    if (part.args.length === 0) {
      done.set(part, part);
      continue;
    }
    const rebuilt = rebuild(
      part,
      part.args.map((arg) => done.get(arg)!),
    );
    stop = meter.stop() ?? stop;
    const tried = (size <= LARGE || part === term) && stop === DONE && !isCondition(part);
    done.set(part, tried ? best(rebuilt, known, meter, memo) : rebuilt);
  }
  let result = done.get(term)!;
  if (isCondition(term))
    result = rebuild(
      term,
      term.args.map((arg) => done.get(arg)!),
    );
  if (measure(result) > measure(term)) result = term;
  stop = meter.stop() ?? stop;
  const conditions = lostConditions(term, result, known);
  const difference = isCondition(term) || result === term ? undefined : differs(term, result, known);
  if (difference) {
    const detail = `a defect of Calculemus: ${print(result)} was found, which differs at ${difference}; the input is returned`;
    return { term, conditions: [], stop: { kind: "other", detail }, evidence: [EQUAL] };
  }
  return { term: result, conditions, stop, evidence: [EQUAL] };
}

/** The shortest form of one expression whose parts are simplified already. */
function best(term: Term, known: Assumptions, meter: Meter, memo: Map<Term, Term>): Term {
  const before = memo.get(term);
  if (before) return before;
  let chosen = local(term, known);
  let size = measure(chosen);
  if (measure(term) < size) {
    chosen = term;
    size = measure(term);
  }
  for (let round = 0; round < ROUNDS; round++) {
    const start = chosen;
    for (const form of FORMS) {
      if (meter.stop()) break;
      const made = attempt(() =>
        within({ time_ms: Math.max(LEAST_MS, SHARE * (meter.budget.time_ms ?? Infinity)) }, () =>
          within(meter, () => form(start, known)),
        ),
      );
      if (made === undefined || made === start) continue;
      for (const candidate of [made, local(made, known)]) {
        const tokens = measure(candidate);
        if (tokens < size || (tokens === size && candidate !== chosen && prettier(candidate, chosen))) {
          chosen = candidate;
          size = tokens;
        }
      }
    }
    if (chosen === start) break;
  }
  memo.set(term, chosen);
  memo.set(chosen, chosen);
  return chosen;
}

/** Of two forms of one length: the one with fewer powers of sums and denominators, so that the choice does not hang on the order of forms. */
function prettier(a: Term, b: Term): boolean {
  return graphSize(a) < graphSize(b);
}

function attempt<T>(make: () => T): T | undefined {
  try {
    return make();
  } catch (error) {
    // A form that does not exist, or is too large, is no candidate.
    if (error instanceof Failure && error.kind !== "usage") return undefined;
    throw error;
  }
}

type Form = (term: Term, known: Assumptions) => Term | undefined;

const FORMS: readonly Form[] = [
  expand,
  cancel,
  (term) => factor(term),
  (term) => bothParts(term, (ring, num, den) => mul(factored(ring, num), pow(toTerm(ring, den), -1))),
  (term) => bothParts(term, (ring, num, den) => mul(toTerm(ring, num), pow(factored(ring, den), -1))),
  partByPart,
  rationalised,
  (term, known) => openRoots(term, known),
  (term, known) => openRoots(factor(term), known),
  (term, known) => cancel(openRoots(term, known)),
  joinArctangents,
  (term, known) => canonical(term, known),
  (term, known) => cancel(canonical(term, known)),
  (term, known) => factor(canonical(term, known)),
  joinLogarithms,
  (term) => onlyTrigonometric(term, (t) => dressed(expandAngles(toSinesAndCosines(t)), false)),
  (term) => onlyTrigonometric(term, (t) => dressed(expandAngles(toSinesAndCosines(t)), true)),
  (term) => onlyTrigonometric(term, (t) => dressed(toSinesAndCosines(t), true)),
  (term) => onlyTrigonometric(term, (t) => dressed(byHalfAngles(expandAngles(toSinesAndCosines(t))), true)),
  (term) => onlyTrigonometric(term, (t) => collectAngles(expand(t))),
  (term) => onlyTrigonometric(term, (t) => quotientOfWaves(toSinesAndCosines(t))),
  (term) => onlyTrigonometric(term, (t) => contractProducts(factor(t), true)),
  (term) => onlyTrigonometric(term, (t) => contractProducts(halfAngles(t), false)),
  toHyperbolic,
  (term) => onlyTrigonometric(term, hyperbolicToExponentials),
];

function onlyTrigonometric(term: Term, form: (term: Term) => Term): Term | undefined {
  return isTrigonometric(term) ? form(term) : undefined;
}

function bothParts(term: Term, form: (ring: Ring, num: P.Polynomial, den: P.Polynomial) => Term): Term | undefined {
  const ring = ringOf([term]);
  const { num, den } = reduced(ring, ring.of(term));
  return P.isConstant(den) || P.isZero(num) ? undefined : form(ring, num, den);
}

const factored = (ring: Ring, a: P.Polynomial): Term => productOf(ring, factorPolynomial(a));

/** A sum whose parts share a denominator or generators may be shorter in pieces: numerators divided one by one. */
function partByPart(term: Term): Term | undefined {
  const ring = ringOf([term]);
  const { num, den } = reduced(ring, ring.of(term));
  if (P.isConstant(den) || P.size(num) < 2 || P.size(num) > 50) return undefined;
  const below = pow(toTerm(ring, den), -1);
  const above = toTerm(ring, num);
  if (above.kind !== Kind.sum) return undefined;
  let sum = mul(term.context.number(above.value), below);
  above.args.forEach((arg, k) => (sum = add(sum, mul(term.context.number(above.weights[k]), arg, below))));
  return sum;
}

/** A quotient of polynomials in sines and cosines; above and below, the shortest of several dresses each. */
function dressed(term: Term, conjugated: boolean): Term {
  const list = withPartners(term);
  const ring = ringOf(list);
  let made = reduced(ring, ring.of(term));
  if (conjugated) made = withoutRoots(ring, made);
  if (P.isZero(made.num)) return term.context.number(0);
  // Squares of the other function, from the same polynomials.
  const other = ringOf(list, { lower: "cos" });
  const dresses = (a: P.Polynomial): Term[] => {
    const plain = toTerm(ring, a);
    const turned = toTerm(other, applyRelations(other, other.of(plain)).num);
    const waves = collectAngles(plain);
    const all = [plain, turned, waves, ...[plain, turned, waves].map((each) => attempt(() => factor(each)) ?? each)];
    return [...new Set(all)].sort((x, y) => measure(x) - measure(y)).slice(0, 3);
  };
  const above = dresses(made.num);
  const below = P.isConstant(made.den) ? [toTerm(ring, made.den)] : dresses(made.den);
  const quotients = above.flatMap((a) => below.map((b) => mul(a, pow(b, -1))));
  const all = quotients.flatMap((q) => [q, contractProducts(q, false), contractProducts(q, true)]);
  return all.reduce((a, b) => (measure(b) < measure(a) ? b : a));
}

/** The term, and for each sine or cosine in it its partner, so that the relation between the two is there. */
function withPartners(term: Term): Term[] {
  const partner: Readonly<Record<string, string>> = { sin: "cos", cos: "sin", sinh: "cosh", cosh: "sinh" };
  const all = [term];
  for (const part of postorder([term]))
    if (part.kind === Kind.call && Object.hasOwn(partner, part.name))
      all.push(call(term.context, partner[part.name], part.args[0]));
  return all;
}

/** Numerator and denominator as sums of waves, each. */
function quotientOfWaves(term: Term): Term {
  const ring = ringOf([term]);
  const { num, den } = reduced(ring, ring.of(term));
  const up = collectAngles(toTerm(ring, num));
  const down = collectAngles(toTerm(ring, den));
  return contractProducts(cancel(mul(up, pow(down, -1))), false);
}

function hyperbolicToExponentials(term: Term): Term {
  const e = eulersNumber(term.context);
  const done = new Map<Term, Term>();
  for (const part of postorder([term])) {
    const args = part.args.map((arg) => done.get(arg)!);
    const half = (a: Term): Term => mul(term.context.number(Q.rational(1n, 2n)), a);
    const made =
      part.kind === Kind.call && part.name === "sinh"
        ? half(sub(pow(e, args[0]), pow(e, neg(args[0]))))
        : part.kind === Kind.call && part.name === "cosh"
          ? half(add(pow(e, args[0]), pow(e, neg(args[0]))))
          : args.length === 0
            ? part
            : rebuild(part, args);
    done.set(part, made);
  }
  return cancel(done.get(term)!);
}

/** e^u by cosh u + sinh u for each exponent that occurs, then as polynomials in those. */
function toHyperbolic(term: Term): Term | undefined {
  const e = eulersNumber(term.context);
  const ring = ringOf([term]);
  const at = ring.generators.findIndex((g) => g.kind === Kind.power && g.args[0] === e);
  const whole = ring.generators.find((g) => g.kind === Kind.product && g.args[0] === e);
  if (at < 0 || whole) return undefined;
  const u = ring.generators[at].args[1];
  const half = mul(u, term.context.number(Q.rational(1n, 2n)));
  const found: Term[] = [];
  for (const angle of [u, half]) {
    const done = new Map<Term, Term>();
    for (const part of postorder([term])) {
      const args = part.args.map((arg) => done.get(arg)!);
      let made = args.length === 0 ? part : rebuild(part, args);
      if (part.kind === Kind.power && part.args[0] === e) {
        const ratio = mul(part.args[1], pow(angle, -1));
        if (ratio.kind === Kind.number && Q.isInteger(ratio.value))
          made = pow(add(call(term.context, "cosh", angle), call(term.context, "sinh", angle)), ratio);
      }
      done.set(part, made);
    }
    found.push(dressed(done.get(term)!, true));
  }
  return found.reduce((a, b) => (measure(b) < measure(a) ? b : a));
}

/** Sums of logarithms of positive numbers as one logarithm: log a + n log b = log(a b^n). */
function joinLogarithms(term: Term, known: Assumptions): Term | undefined {
  if (term.kind !== Kind.sum) return undefined;
  const { context } = term;
  let inside = context.number(1);
  let rest = context.number(term.value);
  let count = 0;
  let factorOf: Term["value"] = 0;
  const parts = term.args.map((arg, k) => ({ arg, weight: term.weights[k] }));
  const isLog = (arg: Term): boolean => arg.kind === Kind.call && arg.name === "log" && known.isPositive(arg.args[0]);
  for (const { arg, weight } of parts)
    if (isLog(arg)) factorOf = factorOf === 0 ? Q.absolute(weight) : Q.content(factorOf, weight);
  if (factorOf === 0) return undefined;
  for (const { arg, weight } of parts) {
    if (isLog(arg)) {
      inside = mul(inside, pow(arg.args[0], context.number(Q.divide(weight, factorOf))));
      count++;
    } else rest = add(rest, mul(context.number(weight), arg));
  }
  return count < 2 ? undefined : add(rest, mul(context.number(factorOf), call(context, "log", cancel(inside))));
}

/** Rules that always shorten or order: what is known of arguments, exact values, inverse functions. */
function local(root: Term, known: Assumptions): Term {
  const done = new Map<Term, Term>();
  for (const term of postorder([root])) {
    const args = term.args.map((arg) => done.get(arg)!);
    done.set(term, localStep(term, args, known));
  }
  const result = done.get(root)!;
  return attempt(() => exactShifts(result)) ?? result;
}

function localStep(term: Term, args: readonly Term[], known: Assumptions): Term {
  if (args.length === 0) return term;
  const { context, name } = term;
  const [u] = args;
  if (term.kind === Kind.product && term.weights.some((w) => !Q.isInteger(w))) {
    let product = context.number(term.value);
    args.forEach((arg, k) => (product = mul(product, rationalPower(arg, term.weights[k], known))));
    return product;
  }
  if (term.kind === Kind.power) {
    if (args[0] === eulersNumber(context)) return exponentialOfLogarithms(args[1], known) ?? pow(args[0], args[1]);
    // (b^a)^e = b^(a e) for b > 0 and real a, or integer e.
    if (
      args[0].kind === Kind.power &&
      (known.isInteger(args[1]) || (positive(args[0].args[0], known) && known.isReal(args[0].args[1])))
    )
      return pow(args[0].args[0], mul(args[0].args[1], args[1]));
    if (args[0].kind === Kind.product && known.isInteger(args[1])) return distributed(args[0], args[1]);
  }
  if (term.kind === Kind.call && args.length === 1) {
    const inner = composed(name, u);
    if (inner) return inner;
    switch (name) {
      case "abs":
        return absolute(u, known);
      case "sign": {
        const signs = known.signs(u);
        if (signs === 4 || signs === 1 || signs === 2) return context.number(signs === 4 ? 1 : signs === 1 ? -1 : 0);
        break;
      }
      case "log": {
        const split = logarithm(u, known);
        const whole = call(context, "log", u);
        return measure(split) <= measure(whole) ? split : whole;
      }
      case "floor":
      case "ceil":
        return withoutIntegers(name, u, known);
      case "asin":
      case "acos":
      case "atan": {
        const exact = canonical(call(context, name, u), known);
        if (
          measure(exact) < measure(u) + 3 &&
          !postorder([exact]).some((part) => part.kind === Kind.call && part.args.length > 0)
        )
          return exact;
        break;
      }
      case "cbrt":
        if (known.isNonnegative(u)) return rationalPower(u, Q.rational(1n, 3n), known);
        break;
    }
  }
  if (term.kind === Kind.piecewise) return decided(term, args, known);
  return rebuild(term, args);
}

const positive = (term: Term, known: Assumptions): boolean => known.isPositive(term);

/** (a b)^n factor by factor for an integer n. */
function distributed(base: Term, exponent: Term): Term {
  const { context } = base;
  let product = pow(context.number(base.value), exponent);
  base.args.forEach((arg, k) => (product = mul(product, pow(arg, mul(context.number(base.weights[k]), exponent)))));
  return product;
}

/** e^(r log u + v) = u^r e^v; undefined where the exponent has no logarithm. */
function exponentialOfLogarithms(exponent: Term, known: Assumptions): Term | undefined {
  const { context } = exponent;
  const parts =
    exponent.kind === Kind.sum
      ? exponent.args.map((arg, k) => [arg, exponent.weights[k]] as const)
      : [[exponent, 1] as const];
  let result = context.number(1);
  let rest = context.number(exponent.kind === Kind.sum ? exponent.value : 0);
  let found = false;
  for (const [arg, weight] of parts) {
    const log = logFactor(arg);
    if (!log) {
      rest = add(rest, mul(context.number(weight), arg));
      continue;
    }
    found = true;
    const power = mul(context.number(weight), log.rest);
    result = mul(
      result,
      power.kind === Kind.number ? rationalPower(log.inside, power.value, known) : pow(log.inside, power),
    );
  }
  return found ? mul(result, pow(eulersNumber(context), rest)) : undefined;
}

function logFactor(term: Term): { inside: Term; rest: Term } | undefined {
  if (term.kind === Kind.call && term.name === "log") return { inside: term.args[0], rest: term.context.number(1) };
  if (term.kind !== Kind.product) return undefined;
  const at = term.args.findIndex((arg, k) => arg.kind === Kind.call && arg.name === "log" && term.weights[k] === 1);
  return at < 0 ? undefined : { inside: term.args[at].args[0], rest: mul(term, pow(term.args[at], -1)) };
}

/** A piecewise term without the cases that the assumptions rule out. */
function decided(term: Term, args: readonly Term[], known: Assumptions): Term {
  const kept: Term[] = [];
  for (let k = 0; k + 1 < args.length; k += 2) {
    const truth = truthOf(args[k + 1], known);
    if (truth === false) continue;
    if (truth === true) return kept.length === 0 ? args[k] : rebuild(term, [...kept, args[k]]);
    kept.push(args[k], args[k + 1]);
  }
  const last = args[args.length - 1];
  if (kept.length === 0) return last;
  if (kept.every((arg, k) => k % 2 === 1 || arg === last)) return last;
  return rebuild(term, [...kept, last]);
}

function truthOf(condition: Term, known: Assumptions): boolean | undefined {
  if (condition.kind !== Kind.relation) return undefined;
  const [a, b] = condition.args;
  const difference = sub(b, a);
  const signs = known.signs(difference);
  if (signs === undefined) return undefined;
  const holds: Readonly<Record<string, number>> = { "<": 4, "<=": 6, "=": 2, "!=": 5 };
  const wanted = holds[condition.name];
  return (signs & ~wanted) === 0 ? true : (signs & wanted) === 0 ? false : undefined;
}
