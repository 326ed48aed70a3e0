// A form of terms in which as much as possible is a polynomial relation: trigonometric functions become sines and cosines of few angles,
// hyperbolic ones exponentials, general powers b^e become e^(e log b), logarithms of numbers those of primes; what assumptions allow is
// applied (log of products, roots of powers, absolute values). Every step is an identity for the values the assumptions admit, principal
// branches included. Equal canonical forms prove equality; terms that are equal may still differ here (zero.ts says what then).
import { Q, type Rational } from "../number/index.ts";
import {
  add,
  call,
  div,
  eulersNumber,
  Kind,
  mul,
  neg,
  pi,
  pow,
  postorder,
  rebuild,
  sub,
  type Context,
  type Term,
} from "../term/index.ts";
import {
  angleOfPi,
  angleParts,
  CIRCULAR,
  commonMultiples,
  imaginary,
  multipleOfPi,
  plainAngle,
  sumOfAngles,
  type SinCos,
} from "./angles.ts";
import { joinArctangents } from "./arctangents.ts";
import { type Assumptions } from "./assumptions.ts";

/** The canonical form under the assumptions. */
export function canonical(root: Term, assumptions: Assumptions): Term {
  const done = new Map<Term, Term>();
  for (const term of postorder([root]))
    done.set(
      term,
      step(
        term,
        term.args.map((arg) => done.get(arg)!),
        assumptions,
      ),
    );
  return commonMultiples(done.get(root)!, CIRCULAR);
}

function step(term: Term, args: readonly Term[], known: Assumptions): Term {
  const { context } = term;
  switch (term.kind) {
    case Kind.product: {
      let product = context.number(term.value);
      args.forEach((arg, k) => (product = mul(product, rationalPower(arg, term.weights[k], known))));
      return product;
    }
    case Kind.power:
      return power(args[0], args[1], known);
    case Kind.call:
      return functionOf(term, args, known);
    case Kind.sum: {
      const sum = rebuild(term, args);
      return joinArctangents(sum, known) ?? sum;
    }
    default:
      return args.length === 0 ? term : rebuild(term, args);
  }
}

const isE = (term: Term): boolean => term === eulersNumber(term.context);

/** base^exponent where the exponent is not rational. */
function power(base: Term, exponent: Term, known: Assumptions): Term {
  const { context } = base;
  if (exponent.kind === Kind.number) return rationalPower(base, exponent.value, known);
  if (!isE(base)) {
    if (base.kind === Kind.number && base.value === 0) return pow(base, exponent);
    return exponential(mul(exponent, logarithm(base, known)), known);
  }
  return exponential(exponent, known);

  function exponential(e: Term, k: Assumptions): Term {
    // e^(a + r log u + i v) = e^a u^r (cos v + i sin v).
    let result = context.number(1);
    let rest = context.number(0);
    const distributed = e.kind === Kind.product ? distribute(e) : e;
    for (const { coefficient, unit } of angleParts(distributed)) {
      if (unit.kind === Kind.call && unit.name === "log") {
        result = mul(result, rationalPower(unit.args[0], coefficient, k));
        continue;
      }
      const turned = withoutImaginary(unit);
      if (turned) {
        const angle = trigonometric(mul(context.number(coefficient), turned), k);
        result = mul(result, add(angle.cos, mul(imaginary(context), angle.sin)));
        continue;
      }
      rest = add(rest, mul(context.number(coefficient), unit));
    }
    return mul(result, pow(eulersNumber(context), rest));
  }
}

/** A product with one sum among its factors, multiplied out; exponents are compared by their parts. */
function distribute(term: Term): Term {
  const at = term.args.findIndex((arg, k) => arg.kind === Kind.sum && term.weights[k] === 1);
  if (at < 0) return term;
  const { context } = term;
  const sum = term.args[at];
  const others = mul(term, pow(sum, -1));
  let result = mul(context.number(sum.value), others);
  sum.args.forEach((arg, k) => (result = add(result, mul(context.number(sum.weights[k]), arg, others))));
  return result;
}

/** u where the term is i u; undefined where i is no factor. */
function withoutImaginary(term: Term): Term | undefined {
  const i = imaginary(term.context);
  if (term === i) return term.context.number(1);
  if (term.kind !== Kind.product) return undefined;
  const at = term.args.findIndex(
    (arg, k) => arg.kind === Kind.number && arg.value === -1 && Q.equal(term.weights[k], Q.rational(1n, 2n)),
  );
  return at < 0 ? undefined : div(term, i);
}

/** base^exponent for a rational exponent, by what is known of the base. */
export function rationalPower(base: Term, exponent: Rational, known: Assumptions): Term {
  const { context } = base;
  if (Q.isInteger(exponent)) {
    // |x|^2 = x^2 for real x.
    if (base.kind === Kind.call && base.name === "abs" && known.isReal(base.args[0])) {
      const e = Q.numerator(exponent);
      if (e % 2n === 0n) return pow(base.args[0], context.number(exponent));
    }
    return pow(base, context.number(exponent));
  }
  if (base.kind === Kind.product) {
    // (a b)^r = a^r b^r for a >= 0; what is left stays together. (u^n)^r = u^(n r) for u >= 0, |u|^(n r) for real u and even n.
    let outside = context.number(1);
    let inside = context.number(base.value);
    base.args.forEach((arg, k) => {
      const weight = base.weights[k];
      const factor = pow(arg, context.number(weight));
      const whole = Q.multiply(weight, exponent);
      if (known.isNonnegative(arg)) outside = mul(outside, pow(arg, context.number(whole)));
      else if (known.isReal(arg) && Q.isInteger(weight) && Q.numerator(weight) % 2n === 0n) {
        const size = absolute(arg, known);
        outside = mul(
          outside,
          Q.isInteger(whole) ? rationalPower(size, whole, known) : pow(size, context.number(whole)),
        );
      } else if (known.isNegative(arg) && Q.numerator(weight) % 2n !== 0n && Q.isInteger(weight)) {
        outside = mul(outside, pow(neg(arg), context.number(whole)));
        inside = neg(inside);
      } else inside = mul(inside, factor);
    });
    return mul(outside, pow(inside, context.number(exponent)));
  }
  if (base.kind === Kind.power && isE(base.args[0]) && known.isReal(base.args[1]))
    return pow(base.args[0], mul(base.args[1], context.number(exponent)));
  if (base.kind === Kind.power && known.isPositive(base.args[0]) && known.isReal(base.args[1]))
    return pow(base.args[0], mul(base.args[1], context.number(exponent)));
  if (known.isNegative(base))
    return mul(pow(neg(base), context.number(exponent)), pow(context.number(-1), context.number(exponent)));
  return pow(base, context.number(exponent));
}

/** |u| by what is known of u. */
export function absolute(term: Term, known: Assumptions): Term {
  const { context } = term;
  if (known.isNonnegative(term)) return term;
  const signs = known.signs(term);
  if (signs !== undefined && (signs & 4) === 0) return neg(term);
  if (term.kind === Kind.product) {
    let result = context.number(Q.absolute(term.value));
    term.args.forEach((arg, k) => {
      const weight = term.weights[k];
      if (Q.isInteger(weight) || known.isNonnegative(arg)) {
        const size = absolute(arg, known);
        const even = Q.isInteger(weight) && Q.numerator(weight) % 2n === 0n && known.isReal(arg);
        result = mul(result, pow(even ? arg : size, context.number(weight)));
      } else result = mul(result, call(context, "abs", pow(arg, context.number(weight))));
    });
    return result;
  }
  if (term.kind === Kind.power && isE(term.args[0]) && known.isReal(term.args[1])) return term;
  if (term.kind === Kind.call && term.name === "abs") return term;
  return call(context, "abs", term);
}

/** log u, split where that is an identity. */
export function logarithm(term: Term, known: Assumptions): Term {
  const { context } = term;
  const log = (u: Term): Term => call(context, "log", u);
  if (isE(term)) return context.number(1);
  if (term.kind === Kind.number) return logOfNumber(term);
  if (term.kind === Kind.power) {
    const [base, exponent] = term.args;
    if ((isE(base) || known.isPositive(base)) && known.isReal(exponent)) return mul(exponent, logarithm(base, known));
    return log(term);
  }
  if (term.kind === Kind.product) {
    let sum = context.number(0);
    let inside = context.number(Q.sign(term.value) < 0 ? -1 : 1);
    if (term.value !== 1 && term.value !== -1) sum = logOfNumber(context.number(Q.absolute(term.value)));
    term.args.forEach((arg, k) => {
      const weight = term.weights[k];
      if (known.isPositive(arg)) sum = add(sum, mul(context.number(weight), logarithm(arg, known)));
      else if (known.isReal(arg) && known.isNonzero(arg) && Q.isInteger(weight) && Q.numerator(weight) % 2n === 0n)
        sum = add(sum, mul(context.number(weight), logarithm(absolute(arg, known), known)));
      else inside = mul(inside, pow(arg, context.number(weight)));
    });
    if (inside.kind === Kind.number && inside.value === 1) return sum;
    if (inside.kind === Kind.number) return add(sum, mul(imaginary(context), pi(context)));
    return add(
      sum,
      known.isNegative(inside) ? add(log(neg(inside)), mul(imaginary(context), pi(context))) : log(inside),
    );
  }
  if (term.kind === Kind.sum) {
    const negative = known.isNegative(term);
    const content = term.weights.reduce<Rational>((g, w) => Q.content(g, w), Q.absolute(term.value));
    if (content !== 1)
      return add(logOfNumber(context.number(content)), logarithm(div(term, context.number(content)), known));
    if (negative) return add(log(neg(term)), mul(imaginary(context), pi(context)));
  }
  if (known.isNegative(term)) return add(log(neg(term)), mul(imaginary(context), pi(context)));
  return log(term);
}

/** log of a rational number by its small prime factors; of a negative one with i pi. */
function logOfNumber(term: Term): Term {
  const { context } = term;
  let sum = context.number(0);
  if (Q.sign(term.value) < 0) sum = mul(imaginary(context), pi(context));
  const put = (n: bigint, sign: number): void => {
    let rest = n;
    for (let p = 2n; p < 1000n && p * p <= rest; p += p === 2n ? 1n : 2n) {
      let times = 0;
      while (rest % p === 0n) {
        rest /= p;
        times++;
      }
      if (times > 0) sum = add(sum, mul(context.number(sign * times), call(context, "log", context.number(Number(p)))));
    }
    if (rest > 1n) sum = add(sum, mul(context.number(sign), call(context, "log", context.number(Q.rational(rest)))));
  };
  const size = Q.absolute(term.value);
  put(Q.numerator(size), 1);
  put(Q.denominator(size), -1);
  return sum;
}

const exponentialOf = (context: Context, u: Term, known: Assumptions): Term => power(eulersNumber(context), u, known);

function functionOf(term: Term, args: readonly Term[], known: Assumptions): Term {
  const { context, name } = term;
  const [u, v] = args;
  const number = (n: number): Term => context.number(n);
  const trig = (): SinCos => trigonometric(u, known);
  const pair = (): [Term, Term] => [exponentialOf(context, u, known), exponentialOf(context, neg(u), known)];
  switch (name) {
    case "sin":
      return composed(name, u) ?? trig().sin;
    case "cos":
      return composed(name, u) ?? trig().cos;
    case "tan":
      return composed(name, u) ?? div(trig().sin, trig().cos);
    case "cot":
      return div(trig().cos, trig().sin);
    case "sec":
      return div(number(1), trig().cos);
    case "csc":
      return div(number(1), trig().sin);
    case "sinh": {
      const [up, down] = pair();
      return div(sub(up, down), 2);
    }
    case "cosh": {
      const [up, down] = pair();
      return div(add(up, down), 2);
    }
    case "tanh": {
      const [up, down] = pair();
      return div(sub(up, down), add(up, down));
    }
    case "log":
      return logarithm(u, known);
    case "log2":
      return div(logarithm(u, known), call(context, "log", number(2)));
    case "log10":
      return div(logarithm(u, known), logarithm(number(10), known));
    case "abs":
      return absolute(u, known);
    case "sign": {
      const signs = known.signs(u);
      return signs === 4 ? number(1) : signs === 1 ? number(-1) : signs === 2 ? number(0) : call(context, name, u);
    }
    case "cbrt":
      return known.isNonnegative(u) ? rationalPower(u, Q.rational(1n, 3n), known) : call(context, name, u);
    case "acos":
      return sub(div(pi(context), 2), inverseSine(u));
    case "asin":
      return inverseSine(u);
    case "atan":
      return inverseTangent(u);
    case "asinh":
      return logarithm(add(u, pow(add(pow(u, 2), 1), number2(context))), known);
    case "acosh":
      return logarithm(add(u, mul(pow(add(u, 1), number2(context)), pow(sub(u, 1), number2(context)))), known);
    case "atanh":
      return div(sub(logarithm(add(u, 1), known), logarithm(sub(number(1), u), known)), 2);
    case "erfc":
      return sub(number(1), call(context, "erf", u));
    case "floor":
    case "ceil":
      return withoutIntegers(name, u, known);
    case "max":
    case "min": {
      // (u + v +- |u - v|)/2 for real u and v.
      if (!known.isReal(u) || !known.isReal(v)) return call(context, name, u, v);
      const size = absolute(sub(u, v), known);
      return div(name === "max" ? add(u, v, size) : sub(add(u, v), size), 2);
    }
    case "gamma":
      return gammaShifted(u);
    default:
      return v === undefined && args.length === 0 ? term : call(context, name, ...args);
  }
}

/** floor(n + u) = n + floor(u) for an integer n; likewise ceil. */
export function withoutIntegers(name: "floor" | "ceil", u: Term, known: Assumptions): Term {
  const { context } = u;
  if (known.isInteger(u)) return u;
  if (u.kind !== Kind.sum) return call(context, name, u);
  const whole = Q.rational(Q.floor(u.value));
  let outside = context.number(whole);
  let inside = context.number(Q.subtract(u.value, whole));
  u.args.forEach((arg, k) => {
    const part = mul(context.number(u.weights[k]), arg);
    if (known.isInteger(part)) outside = add(outside, part);
    else inside = add(inside, part);
  });
  return add(outside, call(context, name, inside));
}

const number2 = (context: Context): Term => context.number(Q.rational(1n, 2n));

/** f(f^-1(u)) = u, and the algebraic ones: sin(acos u) = cos(asin u) = sqrt(1 - u^2), tan(asin u), cos(atan u), sin(atan u). All complex u. */
export function composed(name: string, arg: Term): Term | undefined {
  if (arg.kind !== Kind.call || arg.args.length !== 1) {
    // pi/2 - asin u, as acos is written canonically.
    if (arg.kind !== Kind.sum || arg.args.length !== 2 || arg.value !== 0) return undefined;
    const at = arg.args.findIndex((part) => part.kind === Kind.call && part.name === "asin");
    if (at < 0 || arg.args[1 - at] !== pi(arg.context)) return undefined;
    if (arg.weights[at] !== -1 || !Q.equal(arg.weights[1 - at], Q.rational(1n, 2n))) return undefined;
    const asin = arg.args[at];
    if (name === "sin") return composed("cos", asin);
    if (name === "cos") return composed("sin", asin);
    return undefined;
  }
  const { context } = arg;
  const [u] = arg.args;
  const one = context.number(1);
  const half = number2(context);
  const minusHalf = context.number(Q.rational(-1n, 2n));
  const co = (): Term => pow(sub(one, pow(u, 2)), half);
  switch (`${name} ${arg.name}`) {
    case "sin asin":
    case "cos acos":
    case "tan atan":
      return u;
    case "sin acos":
    case "cos asin":
      return co();
    case "tan asin":
      return div(u, co());
    case "cos atan":
      return pow(add(pow(u, 2), one), minusHalf);
    case "sin atan":
      return mul(u, pow(add(pow(u, 2), one), minusHalf));
    default:
      return undefined;
  }
}

/** asin at the sines of exact angles. */
function inverseSine(u: Term): Term {
  const { context } = u;
  for (const r of EXACT_ANGLES) {
    const { sin } = angleOfPi(context, r);
    if (sin === u) return mul(context.number(r), pi(context));
    if (sin === neg(u)) return mul(context.number(Q.negate(r)), pi(context));
  }
  return call(context, "asin", u);
}

function inverseTangent(u: Term): Term {
  const { context } = u;
  const table: [Term, Rational][] = [
    [context.number(1), Q.rational(1n, 4n)],
    [pow(context.number(3), number2(context)), Q.rational(1n, 3n)],
    [div(pow(context.number(3), number2(context)), 3), Q.rational(1n, 6n)],
  ];
  for (const [value, r] of table) {
    if (value === u) return mul(context.number(r), pi(context));
    if (value === neg(u)) return mul(context.number(Q.negate(r)), pi(context));
  }
  return call(context, "atan", u);
}

const EXACT_ANGLES: readonly Rational[] = [
  "1/2",
  "1/3",
  "1/4",
  "1/5",
  "1/6",
  "1/8",
  "3/8",
  "1/10",
  "3/10",
  "2/5",
  "1/12",
  "5/12",
].map((text) => {
  const [n, d] = text.split("/");
  return Q.rational(BigInt(n), BigInt(d));
});

/** gamma(u + n) = gamma(u) u (u + 1) ... for a positive integer n: the constant of the argument goes into [0, 1). */
function gammaShifted(u: Term): Term {
  const { context } = u;
  if (u.kind !== Kind.sum || !Q.isInteger(u.value) || u.value === 0) return call(context, "gamma", u);
  const n = Q.toNumber(u.value);
  if (Math.abs(n) > 30) return call(context, "gamma", u);
  const base = sub(u, context.number(u.value));
  let result = call(context, "gamma", base);
  for (let k = 0; k < n; k++) result = mul(result, add(base, k));
  for (let k = -1; k >= n; k--) result = div(result, add(base, k));
  return result;
}

/** Sine and cosine by the parts of the angle: pi r exactly, pi n for integer n by its parity, the others as calls. */
function trigonometric(angle: Term, known: Assumptions): SinCos {
  const { context } = angle;
  let result: SinCos | undefined;
  const expanded = angle.kind === Kind.product ? distribute(angle) : angle;
  for (const { coefficient, unit } of angleParts(expanded)) {
    const part = mul(context.number(coefficient), unit);
    const r = multipleOfPi(part);
    const next = r === undefined ? (wholeTurns(part, known) ?? plainAngle(part)) : angleOfPi(context, r);
    result = result === undefined ? next : sumOfAngles(result, next);
  }
  return result ?? plainAngle(angle);
}

/** Sine and cosine of pi n for an integer n: 0 and (-1)^n. */
function wholeTurns(angle: Term, known: Assumptions): SinCos | undefined {
  const { context } = angle;
  const n = div(angle, pi(context));
  if (!known.isInteger(n)) return undefined;
  const even = known.isInteger(div(n, 2));
  return { sin: context.number(0), cos: even ? context.number(1) : call(context, "cos", angle) };
}
