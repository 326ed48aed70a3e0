// The value of a term at a complex point, enclosed in balls: principal branches with the usual cuts (Kahan 1987). An argument that lies on
// both sides of a cut, or a function without complex values here, has no enclosure: the point is useless, not zero.
// Left out: arrays, bound variables, and special functions of arguments that are not real.
import { Failure, type Meter } from "../base/index.ts";
import {
  ballField,
  balls as B,
  complexField,
  Q,
  type Ball,
  type Complex,
  type ComplexField,
  type Rational,
} from "../number/index.ts";
import { ballFunction, Kind, postorder, type Term } from "../term/index.ts";

export type ComplexBall = Complex<Ball>;

/** Exact coordinates of a point: real and imaginary part. */
export type Point = ReadonlyMap<string, readonly [re: Rational, im: Rational]>;

const ZERO = B.exact(0);

const isReal = (z: ComplexBall): boolean => B.sign(z.im) === 0;

/** Enclosures of the terms at a point with working precision p, in bits; a Failure for each that has none. */
export function complexValues(
  roots: readonly Term[],
  point: Point,
  p: number,
  meter?: Meter,
): (ComplexBall | Failure)[] {
  const field = complexField(ballField(p));
  const done = new Map<Term, ComplexBall | boolean | Failure>();
  const of = (term: Term): ComplexBall => {
    const value = done.get(term)!;
    if (value instanceof Failure) throw value;
    if (typeof value === "boolean") throw new Failure("domain", `"${term}" is a condition, not a number`);
    return value;
  };
  const truth = (term: Term): boolean => {
    const value = done.get(term)!;
    if (value instanceof Failure) throw value;
    if (typeof value !== "boolean") throw new Failure("domain", `"${term}" is not a condition`);
    return value;
  };
  let count = 0;
  for (const term of postorder(roots)) {
    const stop = (++count & 63) === 0 ? meter?.stop() : undefined;
    if (stop) return roots.map(() => new Failure("unsolved", `not evaluated within the budget: ${stop.detail}`));
    try {
      done.set(term, valueOf(term, of, truth, point, field, p));
    } catch (error) {
      // Integers beyond the engine's greatest: exponentials of exponentials.
      if (!(error instanceof Failure || error instanceof RangeError)) throw error;
      done.set(term, error instanceof Failure ? error : new Failure("limit", `a value is too large: ${error.message}`));
    }
  }
  return roots.map((root) => {
    const value = done.get(root)!;
    return typeof value === "boolean" ? new Failure("domain", `"${root}" is a condition, not a number`) : value;
  });
}

const real = (x: Ball): ComplexBall => ({ re: x, im: ZERO });

function valueOf(
  term: Term,
  of: (term: Term) => ComplexBall,
  truth: (term: Term) => boolean,
  point: Point,
  F: ComplexField<Ball>,
  p: number,
): ComplexBall | boolean {
  const { args } = term;
  switch (term.kind) {
    case Kind.number:
      return real(B.fromRational(term.value, p));
    case Kind.float:
      return real(B.fromRational(Q.fromNumber(term.value as number), p));
    case Kind.symbol: {
      const at = point.get(term.name);
      if (at === undefined) throw new Failure("name", `"${term.name}" has no value`);
      return { re: B.fromRational(at[0], p), im: at[1] === 0 ? ZERO : B.fromRational(at[1], p) };
    }
    case Kind.sum: {
      let sum = real(B.fromRational(term.value, p));
      args.forEach((arg, k) => (sum = F.add(sum, scaled(of(arg), term.weights[k], p))));
      return sum;
    }
    case Kind.product: {
      let product = real(B.fromRational(term.value, p));
      args.forEach((arg, k) => (product = times(product, rationalPower(of(arg), term.weights[k], F, p), F, p)));
      return product;
    }
    case Kind.power:
      return generalPower(of(args[0]), of(args[1]), F, p);
    case Kind.call:
      return callValue(term.name, args.map(of), F, p);
    case Kind.relation:
      return relationValue(term.name, of(args[0]), of(args[1]), F);
    case Kind.logic:
      return term.name === "not" ? !truth(args[0]) : term.name === "and" ? args.every(truth) : args.some(truth);
    case Kind.piecewise: {
      for (let k = 0; k + 1 < args.length; k += 2) if (truth(args[k + 1])) return of(args[k]);
      return of(args[args.length - 1]);
    }
    default:
      throw new Failure("unsupported", `"${term}" has no complex value here`);
  }
}

/** Keeps real numbers exactly real, which decides on which side of a cut they lie. */
function times(a: ComplexBall, b: ComplexBall, F: ComplexField<Ball>, p: number): ComplexBall {
  if (isReal(a) && isReal(b)) return real(B.multiply(a.re, b.re, p));
  return F.multiply(a, b);
}

function scaled(a: ComplexBall, factor: Rational, p: number): ComplexBall {
  if (factor === 1) return a;
  const f = B.fromRational(factor, p);
  return { re: B.multiply(a.re, f, p), im: isReal(a) ? ZERO : B.multiply(a.im, f, p) };
}

function integerPower(a: ComplexBall, n: bigint, F: ComplexField<Ball>, p: number): ComplexBall {
  if (isReal(a)) return real(B.power(a.re, n, p));
  if (n > 10_000n) throw new Failure("limit", "a complex power beyond 10,000");
  let result = real(B.exact(1));
  let square = a;
  for (let e = n; e > 0n; e >>= 1n) {
    if (e & 1n) result = F.multiply(result, square);
    if (e > 1n) square = F.multiply(square, square);
  }
  return result;
}

function rationalPower(a: ComplexBall, e: Rational, F: ComplexField<Ball>, p: number): ComplexBall {
  if (e === 1) return a;
  if (Q.sign(e) < 0) return divided(real(B.exact(1)), rationalPower(a, Q.negate(e), F, p), F, p);
  if (Q.isInteger(e)) return integerPower(a, Q.numerator(e), F, p);
  if (isReal(a)) {
    const sign = B.sign(a.re);
    if (sign === 0) return a;
    if (sign === undefined) throw new Failure("numeric", "a root of a number whose sign is not told");
    if (sign === 1) {
      if (Q.denominator(e) === 2n) return real(B.power(B.sqrt(a.re, p), Q.numerator(e), p));
      return real(ballFunction("exp", [B.multiply(B.fromRational(e, p), ballFunction("log", [a.re], p), p)], p));
    }
    // (-x)^(n/2) = i^n x^(n/2), real or imaginary exactly.
    if (Q.denominator(e) === 2n) {
      const size = B.power(B.sqrt(B.negate(a.re), p), Q.numerator(e), p);
      const quarter = Q.numerator(e) % 4n;
      return { re: ZERO, im: quarter === 1n ? size : B.negate(size) };
    }
  }
  return F.exp(scaled(logOf(a, F, p), e, p));
}

function divided(a: ComplexBall, b: ComplexBall, F: ComplexField<Ball>, p: number): ComplexBall {
  if (isReal(b)) {
    if (B.sign(b.re) === 0) throw new Failure("domain", "division by zero");
    return { re: B.divide(a.re, b.re, p), im: isReal(a) ? ZERO : B.divide(a.im, b.re, p) };
  }
  return F.divide(a, b);
}

function logOf(a: ComplexBall, F: ComplexField<Ball>, p: number): ComplexBall {
  if (isReal(a)) {
    const sign = B.sign(a.re);
    if (sign === 0) throw new Failure("domain", "log of zero");
    if (sign === undefined) throw new Failure("numeric", "the logarithm of a number whose sign is not told");
    if (sign === 1) return real(ballFunction("log", [a.re], p));
    return { re: ballFunction("log", [B.negate(a.re)], p), im: B.constants.pi(p) };
  }
  // The cut: an imaginary part of unknown sign beside a real part that may be negative.
  if (B.sign(a.im) === undefined && B.sign(a.re) !== 1) throw new Failure("numeric", "a logarithm on its cut");
  return F.log(a);
}

function generalPower(base: ComplexBall, exponent: ComplexBall, F: ComplexField<Ball>, p: number): ComplexBall {
  if (isReal(base) && isReal(exponent) && B.sign(base.re) === 1)
    return callValue("exp", [real(B.multiply(exponent.re, ballFunction("log", [base.re], p), p))], F, p);
  if (isReal(exponent) && B.isExact(exponent.re)) {
    const value = B.rationalEnds(exponent.re)[0];
    return rationalPower(base, value, F, p);
  }
  if (isReal(base) && B.sign(base.re) === 0) {
    if (B.sign(exponent.re) === 1) return base;
    throw new Failure("domain", "zero to a power without positive real part");
  }
  const power = F.multiply(exponent, logOf(base, F, p));
  checkSize("exp", power);
  return F.exp(power);
}

function rootOf(a: ComplexBall, F: ComplexField<Ball>, p: number): ComplexBall {
  return rationalPower(a, Q.rational(1n, 2n), F, p);
}

/** Functions that are real wherever their argument is. */
const ENTIRE_REAL = new Set(["sin", "cos", "tan", "cot", "sec", "csc", "sinh", "cosh", "tanh", "asinh", "atan", "erf", "erfc", "exp", "gamma", "cbrt", "sign", "floor", "ceil", "abs"]); // oxfmt-ignore

/** Binary exponents of arguments beyond which a value has more digits, or needs a longer reduction, than a point is worth. */
const GROWING = 20;
const TURNING = 4096;
/** Functions that grow along the real axis and turn along the other, and those the other way round. */
const EXPONENTIAL = new Set(["exp", "sinh", "cosh", "tanh", "gamma", "erf", "erfc"]);
const CIRCULAR = new Set(["sin", "cos", "tan", "cot", "sec", "csc"]);

function checkSize(name: string, { re, im }: ComplexBall): void {
  const [growing, turning] = EXPONENTIAL.has(name) ? [re, im] : CIRCULAR.has(name) ? [im, re] : [undefined, undefined];
  if (growing && turning && (B.top(growing) > GROWING || B.top(turning) > TURNING))
    throw new Failure("limit", `${name} of an argument too large to be evaluated at a point`);
}

function callValue(name: string, args: readonly ComplexBall[], F: ComplexField<Ball>, p: number): ComplexBall {
  if (args.length === 1) checkSize(name, args[0]);
  if (args.every(isReal)) {
    if (args.length !== 1 || ENTIRE_REAL.has(name))
      return real(
        ballFunction(
          name,
          args.map((a) => a.re),
          p,
        ),
      );
    try {
      return real(ballFunction(name, [args[0].re], p));
    } catch (error) {
      // Outside the real domain the value is complex; an argument at its edge is told no side of it.
      if (!(error instanceof Failure) || error.kind !== "domain") throw error;
    }
  }
  const [z] = args;
  const one = real(B.exact(1));
  const i: ComplexBall = { re: ZERO, im: B.exact(1) };
  const half = (a: ComplexBall): ComplexBall => scaled(a, Q.rational(1n, 2n), p);
  const turned = (a: ComplexBall): ComplexBall => ({ re: B.negate(a.im), im: a.re });
  const back = (a: ComplexBall): ComplexBall => ({ re: a.im, im: B.negate(a.re) });
  const log = (a: ComplexBall): ComplexBall => logOf(a, F, p);
  switch (name) {
    case "log":
      return log(z);
    case "log2":
      return divided(log(z), real(ballFunction("log", [B.exact(2)], p)), F, p);
    case "log10":
      return divided(log(z), real(ballFunction("log", [B.exact(10)], p)), F, p);
    case "abs":
      return real(F.absolute(z));
    case "sign":
      return divided(z, real(F.absolute(z)), F, p);
    case "sin":
      return F.sin(z);
    case "cos":
      return F.cos(z);
    case "tan":
      return F.divide(F.sin(z), F.cos(z));
    case "cot":
      return F.divide(F.cos(z), F.sin(z));
    case "sec":
      return F.divide(one, F.cos(z));
    case "csc":
      return F.divide(one, F.sin(z));
    case "sinh":
      return back(F.sin(turned(z)));
    case "cosh":
      return F.cos(turned(z));
    case "tanh":
      return F.divide(back(F.sin(turned(z))), F.cos(turned(z)));
    case "asin":
      return back(log(F.add(turned(z), rootOf(F.subtract(one, F.multiply(z, z)), F, p))));
    case "acos": {
      const asin = back(log(F.add(turned(z), rootOf(F.subtract(one, F.multiply(z, z)), F, p))));
      return F.subtract(real(B.scale(B.constants.pi(p), -1)), asin);
    }
    case "atan":
      return half(F.multiply(i, F.subtract(log(F.subtract(one, turned(z))), log(F.add(one, turned(z))))));
    case "asinh":
      return log(F.add(z, rootOf(F.add(F.multiply(z, z), one), F, p)));
    case "acosh":
      return log(F.add(z, F.multiply(rootOf(F.add(z, one), F, p), rootOf(F.subtract(z, one), F, p))));
    case "atanh":
      return half(F.subtract(log(F.add(one, z)), log(F.subtract(one, z))));
    default:
      throw new Failure("unsupported", `${name} of a number that is not real`);
  }
}

function relationValue(name: string, a: ComplexBall, b: ComplexBall, F: ComplexField<Ball>): boolean {
  const difference = F.subtract(a, b);
  const signs = [B.sign(difference.re), B.sign(difference.im)];
  if (name === "=" || name === "!=") {
    if (signs.some((s) => s === 1 || s === -1)) return name === "!=";
    if (signs.every((s) => s === 0)) return name === "=";
    throw new Failure("numeric", "an equation that is not decided at this point");
  }
  if (!isReal(a) || !isReal(b)) throw new Failure("domain", "complex numbers have no order");
  if (signs[0] === undefined) throw new Failure("numeric", "an inequality that is not decided at this point");
  return name === "<" ? signs[0] < 0 : signs[0] <= 0;
}
