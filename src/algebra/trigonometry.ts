// Trigonometric and hyperbolic expressions in other forms: everything by sines and cosines, angles expanded to multiples of few or collected
// into sums (products of sines and cosines as sums: the Fourier form), quotients as tangents. The same code serves both families, which
// differ by signs (Fu, Zhong, Zeng 2006 treat the choice among such forms; here simplify.ts measures them).
import { Q, type Rational } from "../number/index.ts";
import { add, call, div, Kind, mul, neg, pow, postorder, rebuild, sub, type Term } from "../term/index.ts";
import {
  angleParts,
  CIRCULAR,
  commonMultiples,
  exactAngle,
  FAMILIES,
  type Family,
  HYPERBOLIC,
  multipleOfPi,
  plainAngle,
  type SinCos,
  sumOfAngles,
} from "./angles.ts";
import { expand } from "./rational.ts";
import { checkWork } from "./work.ts";

const NAMES = new Set(["sin", "cos", "tan", "cot", "sec", "csc", "sinh", "cosh", "tanh"]);

/** Does the term contain a trigonometric or hyperbolic function? */
export function isTrigonometric(term: Term): boolean {
  return postorder([term]).some((part) => part.kind === Kind.call && NAMES.has(part.name));
}

function rewriteCalls(root: Term, change: (name: string, arg: Term) => Term | undefined): Term {
  const done = new Map<Term, Term>();
  for (const term of postorder([root])) {
    const args = term.args.map((arg) => done.get(arg)!);
    const made = term.kind === Kind.call && args.length === 1 ? change(term.name, args[0]) : undefined;
    done.set(term, made ?? (args.length === 0 ? term : rebuild(term, args)));
  }
  return done.get(root)!;
}

/** tan, cot, sec, csc and tanh by sines and cosines. */
export function toSinesAndCosines(root: Term): Term {
  return rewriteCalls(root, (name, u) => {
    const { context } = u;
    const f = (g: string): Term => call(context, g, u);
    switch (name) {
      case "tan":
        return div(f("sin"), f("cos"));
      case "cot":
        return div(f("cos"), f("sin"));
      case "sec":
        return pow(f("cos"), -1);
      case "csc":
        return pow(f("sin"), -1);
      case "tanh":
        return div(f("sinh"), f("cosh"));
      default:
        return undefined;
    }
  });
}

/** Sines and cosines of sums by those of the parts, and of several multiples of an angle by one. `whole`: by the angle itself, also where only 2x occurs. */
export function expandAngles(root: Term, { whole = false }: { readonly whole?: boolean } = {}): Term {
  let result = rewriteCalls(root, (name, u) => {
    const family = FAMILIES.find((each) => each.sin === name || each.cos === name);
    if (!family) return undefined;
    const parts = angleParts(u);
    if (parts.length === 1) return undefined;
    let pair: SinCos | undefined;
    for (const { coefficient, unit } of parts) {
      const angle = mul(u.context.number(coefficient), unit);
      const r = family === CIRCULAR ? multipleOfPi(angle) : undefined;
      const next = (r === undefined ? undefined : exactAngle(u.context, r)) ?? plainAngle(angle, family);
      pair = pair === undefined ? next : sumOfAngles(pair, next, family);
    }
    return name === family.sin ? pair!.sin : pair!.cos;
  });
  for (const family of FAMILIES) result = commonMultiples(result, family, whole);
  return result;
}

/** Greatest degree in sines and cosines of a product that is turned into a sum, and terms of it. */
const MOST_FACTORS = 16;
const MOST_TERMS = 2000;

/** Products and powers of sines and cosines as sums of sines and cosines (both families). Sums are multiplied out first by the caller. */
export function collectAngles(root: Term): Term {
  const done = new Map<Term, Term>();
  for (const term of postorder([root])) {
    const args = term.args.map((arg) => done.get(arg)!);
    let made = args.length === 0 ? term : rebuild(term, args);
    if (made.kind === Kind.product) for (const family of FAMILIES) made = collectProduct(made, family);
    else if (made.kind === Kind.sum)
      for (const family of FAMILIES) {
        let sum = made.context.number(made.value);
        if (made.kind !== Kind.sum) break;
        made.args.forEach((arg, k) => (sum = add(sum, mul(made.context.number(made.weights[k]), arg.kind === Kind.product ? collectProduct(arg, family) : arg)))); // oxfmt-ignore
        made = sum;
      }
    done.set(term, made);
  }
  return done.get(root)!;
}

/** A sum of coefficient * cos(angle), or sin(angle). */
type Wave = { readonly sine: boolean; readonly angle: Term; readonly coefficient: Rational };

function collectProduct(term: Term, family: Family): Term {
  if (term.kind !== Kind.product) return term;
  const { context } = term;
  const factors: { readonly sine: boolean; readonly angle: Term }[] = [];
  let rest = context.number(term.value);
  term.args.forEach((arg, k) => {
    const weight = term.weights[k];
    const sine = arg.kind === Kind.call && arg.name === family.sin;
    const cosine = arg.kind === Kind.call && arg.name === family.cos;
    if ((sine || cosine) && typeof weight === "number" && weight > 0 && weight <= MOST_FACTORS)
      for (let j = 0; j < weight; j++) factors.push({ sine, angle: arg.args[0] });
    else rest = mul(rest, pow(arg, context.number(weight)));
  });
  if (factors.length < 2 || factors.length > MOST_FACTORS) return term;
  let waves: Wave[] = [{ sine: factors[0].sine, angle: factors[0].angle, coefficient: 1 }];
  const half = Q.rational(1n, 2n);
  const s = family.sign;
  for (const { sine, angle } of factors.slice(1)) {
    const next: Wave[] = [];
    for (const wave of waves) {
      checkWork();
      const c = Q.multiply(wave.coefficient, half);
      const plus = add(wave.angle, angle);
      const minus = sub(wave.angle, angle);
      if (wave.sine && sine) {
        // sin a sin b = (cos(a-b) - cos(a+b))/2; sinh a sinh b = (cosh(a+b) - cosh(a-b))/2.
        next.push({ sine: false, angle: s === 1 ? minus : plus, coefficient: c });
        next.push({ sine: false, angle: s === 1 ? plus : minus, coefficient: Q.negate(c) });
      } else if (!wave.sine && !sine) {
        next.push({ sine: false, angle: minus, coefficient: c }, { sine: false, angle: plus, coefficient: c });
      } else if (wave.sine) {
        next.push({ sine: true, angle: plus, coefficient: c }, { sine: true, angle: minus, coefficient: c });
      } else {
        next.push({ sine: true, angle: plus, coefficient: c }, { sine: true, angle: minus, coefficient: Q.negate(c) });
      }
    }
    waves = merged(next);
    if (waves.length > MOST_TERMS) return term;
  }
  let sum = context.number(0);
  for (const { sine, angle, coefficient } of waves)
    sum = add(sum, mul(context.number(coefficient), call(context, sine ? family.sin : family.cos, angle)));
  // The rest multiplies every wave, so that neighbours can cancel.
  if (sum.kind !== Kind.sum) return mul(rest, sum);
  let result = mul(rest, context.number(sum.value));
  sum.args.forEach((arg, k) => (result = add(result, mul(context.number(sum.weights[k]), arg, rest))));
  return result;
}

function merged(waves: readonly Wave[]): Wave[] {
  const sums: readonly [Map<Term, Rational>, Map<Term, Rational>] = [new Map(), new Map()];
  for (const { sine, angle, coefficient } of waves) {
    const family = sums[sine ? 1 : 0];
    const before = family.get(angle);
    family.set(angle, before === undefined ? coefficient : Q.add(before, coefficient));
  }
  return sums.flatMap((family, k) =>
    [...family]
      .filter(([, coefficient]) => coefficient !== 0)
      .map(([angle, coefficient]) => ({ sine: k === 1, angle, coefficient })),
  );
}

/** sin/cos = tan, sinh/cosh = tanh, cos/sin = cot = 1/tan, and sin cos = sin(2u)/2, inside products. */
export function contractProducts(root: Term, double: boolean): Term {
  const done = new Map<Term, Term>();
  for (const term of postorder([root])) {
    const args = term.args.map((arg) => done.get(arg)!);
    let made = args.length === 0 ? term : rebuild(term, args);
    if (made.kind === Kind.product) for (const family of FAMILIES) made = contractProduct(made, family, double);
    done.set(term, made);
  }
  return done.get(root)!;
}

function contractProduct(term: Term, family: Family, double: boolean): Term {
  if (term.kind !== Kind.product) return term;
  const { context } = term;
  let result = term;
  term.args.forEach((arg, k) => {
    if (arg.kind !== Kind.call || arg.name !== family.sin) return;
    const [u] = arg.args;
    const cosine = call(context, family.cos, u);
    const at = term.args.indexOf(cosine);
    if (at < 0) return;
    const [a, b] = [term.weights[k], term.weights[at]];
    if (typeof a !== "number" || typeof b !== "number") return;
    if (a * b < 0) {
      const n = Math.min(Math.abs(a), Math.abs(b)) * Math.sign(a);
      result = mul(result, pow(arg, -n), pow(cosine, n), pow(call(context, family.tan, u), n));
    } else if (double) {
      const n = Math.min(Math.abs(a), Math.abs(b)) * Math.sign(a);
      const twice = div(call(context, family.sin, mul(context.number(2), u)), 2);
      result = mul(result, pow(arg, -n), pow(cosine, -n), pow(twice, n));
    }
  });
  return result;
}

/** 1 - cos(u) as 2 sin(u/2)^2 and 1 + cos(u) as 2 cos(u/2)^2 (for cosh with its signs), for sums of just these two parts. */
export function halfAngles(root: Term): Term {
  const done = new Map<Term, Term>();
  for (const term of postorder([root])) {
    const args = term.args.map((arg) => done.get(arg)!);
    let made = args.length === 0 ? term : rebuild(term, args);
    if (made.kind === Kind.sum && made.args.length === 1 && made.value !== 0) {
      const [arg] = made.args;
      const family = FAMILIES.find((each) => arg.kind === Kind.call && arg.name === each.cos);
      const ratio = Q.divide(made.weights[0], made.value);
      if (family && (ratio === 1 || ratio === -1)) {
        const half = div(arg.args[0], 2);
        const square = pow(call(made.context, ratio === 1 ? family.cos : family.sin, half), 2);
        const sign = ratio === -1 && family === HYPERBOLIC ? -2 : 2;
        made = mul(made.context.number(Q.multiply(made.value, sign)), square);
      }
    }
    done.set(term, made);
  }
  return done.get(root)!;
}

/** Functions of sums and multiples of angles by those of the angles: sin(2x + y) by sines and cosines of x and y, multiplied out. */
export function trigExpand(term: Term): Term {
  return expand(expandAngles(term, { whole: true }));
}

/** Products and powers of sines and cosines as sums of sines and cosines of sums of angles; both families. */
export function trigReduce(term: Term): Term {
  return collectAngles(expand(term));
}

/** Sines and cosines by those of half the angle: sin u = 2 sin(u/2) cos(u/2), cos u = 1 - 2 sin(u/2)^2; likewise cosh u = 1 + 2 sinh(u/2)^2. */
export function byHalfAngles(root: Term): Term {
  return rewriteCalls(root, (name, u) => {
    const family = FAMILIES.find((each) => each.sin === name || each.cos === name);
    if (!family) return undefined;
    const { sin, cos } = plainAngle(div(u, 2), family);
    return name === family.sin
      ? mul(u.context.number(2), sin, cos)
      : add(mul(u.context.number(-2 * family.sign), sin, sin), 1);
  });
}

/** Exact values at multiples of pi, and shifts by multiples of pi/2 taken out of sines and cosines. */
export function exactShifts(root: Term): Term {
  return rewriteCalls(root, (name, u) => {
    const { context } = u;
    if (!["sin", "cos", "tan", "cot", "sec", "csc"].includes(name)) return undefined;
    const parts = angleParts(u);
    let turns: Rational = 0;
    let rest = context.number(0);
    for (const { coefficient, unit } of parts) {
      const part = mul(context.number(coefficient), unit);
      const r = multipleOfPi(part);
      if (r === undefined) rest = add(rest, part);
      else turns = Q.add(turns, r);
    }
    if (turns === 0) return undefined;
    const over = (a: Term, b: Term): Term | undefined =>
      b.kind === Kind.number && b.value === 0 ? undefined : div(a, b);
    if (rest.kind === Kind.number && rest.value === 0) {
      const exact = exactAngle(context, turns);
      if (!exact) return undefined;
      const { sin, cos } = exact;
      const one = context.number(1);
      return { sin, cos, tan: over(sin, cos), cot: over(cos, sin), sec: over(one, cos), csc: over(one, sin) }[name];
    }
    const quarters = Q.multiply(turns, 2);
    if (!Q.isInteger(quarters)) return undefined;
    const q = Number(((Q.numerator(quarters) % 4n) + 4n) % 4n);
    const f = (g: string): Term => call(context, g, rest);
    switch (name) {
      case "sin":
        return [f("sin"), f("cos"), neg(f("sin")), neg(f("cos"))][q];
      case "cos":
        return [f("cos"), neg(f("sin")), neg(f("cos")), f("sin")][q];
      case "tan":
        return q % 2 === 0 ? f("tan") : neg(f("cot"));
      case "cot":
        return q % 2 === 0 ? f("cot") : neg(f("tan"));
      case "sec":
        return [f("sec"), neg(f("csc")), neg(f("sec")), f("csc")][q];
      default:
        return [f("csc"), f("sec"), neg(f("csc")), neg(f("sec"))][q];
    }
  });
}
