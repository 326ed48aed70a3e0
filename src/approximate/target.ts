// What is approximated: a real function of one variable on an interval, with its values as narrow balls and, where it is given by a
// term, as Taylor models. Values at points where the term is 0/0 are limits.
// Left out: functions of more than one variable (the room's Chebyshev objects have those), complex values.
import { Failure } from "../base/index.ts";
import { bigfloat, balls as B, type Ball, type BigFloat, Q, type Rational } from "../number/index.ts";
import { ballFunction, evaluateBall, freeSymbols, Kind, postorder, type Term } from "../term/index.ts";
import { besselSeries, LOCAL_SERIES, powerSeries } from "./local-series.ts";
import { TaylorArithmetic, type TaylorModel } from "./taylor-model.ts";

export interface Target {
  /** As the user wrote it. */
  readonly name: string;
  /** A ball of about `precision` relative bits around f(x). */
  value(x: BigFloat, precision: number): Ball;
  /** A model of f(x0 + t); absent for a function that is only known by its values. */
  model?(x0: Ball, arithmetic: TaylorArithmetic): TaylorModel;
  readonly term?: Term;
}

/** A function given by its values alone: `f(x, precision)` is within a unit of the last of `precision` bits. Nothing about it is proved. */
export function targetOfOracle(name: string, f: (x: BigFloat, precision: number) => BigFloat): Target {
  return { name, value: (x, precision) => B.fromBigFloat(f(x, precision)) };
}

/** The function of the one free symbol of a term. */
export function targetOfTerm(term: Term, name = String(term)): Target {
  const symbols = freeSymbols(term);
  if (symbols.length !== 1)
    throw new Failure("usage", symbols.length === 0 ? `"${name}" is a constant, not a function of a variable` : `"${name}" has ${symbols.length} variables: ${symbols.map(String).join(", ")}`, {
      hint: "Give a function of one variable, such as \"2^x\".",
    }); // oxfmt-ignore
  const variable = symbols[0].name;
  return {
    name,
    term,
    model: (x0, arithmetic) => modelOf(term, x0, arithmetic),
    value(x, precision) {
      const at = { [variable]: term.context.number(bigfloat.toRational(x)) };
      for (let p = precision + 16; p <= 64 * precision + 4096; p *= 2) {
        let ball: Ball;
        try {
          ball = evaluateBall(term, p, { at });
        } catch (error) {
          if (!(error instanceof Failure)) throw error;
          if (error.kind !== "domain" && error.kind !== "numeric") throw error;
          // Perhaps a quotient of zeros.
          const limit = limitAt(term, x, p);
          if (limit === undefined) {
            if (error.kind === "domain") throw error;
            continue;
          }
          ball = limit;
        }
        if (B.accuracy(ball) >= precision || B.sign(ball) === 0) return ball;
      }
      throw new Failure("unsolved", `the value of ${name} at ${bigfloat.toNumber(x)} is not told from zero`);
    },
  };
}

const LIMIT_ORDER = 6;

function limitAt(term: Term, x: BigFloat, p: number): Ball | undefined {
  try {
    return modelOf(term, B.fromBigFloat(x), new TaylorArithmetic(B.ZERO, LIMIT_ORDER, p)).coefficients[0];
  } catch (error) {
    if (error instanceof Failure && error.kind !== "name") return undefined;
    throw error;
  }
}

/** A Taylor model of a term of one variable at x0. Fails with kind "numeric" where an operation has no model over all of the span. */
export function modelOf(term: Term, x0: Ball, k: TaylorArithmetic): TaylorModel {
  const done = new Map<Term, TaylorModel>();
  for (const each of postorder([term]))
    done.set(
      each,
      one(each, x0, k, (arg) => done.get(arg)!),
    );
  return done.get(term)!;
}

function rationalBall(value: Rational, p: number): Ball {
  return typeof value === "number" ? B.exact(value) : B.fromRational(value, p);
}

function one(term: Term, x0: Ball, k: TaylorArithmetic, of: (arg: Term) => TaylorModel): TaylorModel {
  const p = k.precision;
  const { args } = term;
  switch (term.kind) {
    case Kind.number:
      return k.constant(rationalBall(term.value, p));
    case Kind.float:
      return k.constant(B.fromBigFloat(bigfloat.fromNumber(term.value as number)));
    case Kind.symbol:
      return k.variable(x0);
    case Kind.sum:
      return args.reduce(
        (sum, arg, i) => k.add(sum, k.scale(of(arg), rationalBall(term.weights[i], p))),
        k.constant(rationalBall(term.value, p)),
      );
    case Kind.product: {
      // Factors with negative exponents divide together, so that common zeros cancel.
      let top = k.constant(rationalBall(term.value, p));
      let bottom: TaylorModel | undefined;
      args.forEach((arg, i) => {
        const weight = term.weights[i];
        const below = Q.sign(weight) < 0 && !isEuler(arg);
        const factor = raised(of(arg), below ? Q.negate(weight) : weight, isEuler(arg), k);
        if (!below) top = k.multiply(top, factor);
        else bottom = bottom === undefined ? factor : k.multiply(bottom, factor);
      });
      return bottom === undefined ? top : k.divide(top, bottom);
    }
    case Kind.power: {
      const exp = (a: TaylorModel): TaylorModel => k.compose(a, (u, n) => LOCAL_SERIES.exp(u, n, p));
      if (isEuler(args[0])) return exp(of(args[1]));
      const log = k.compose(of(args[0]), (u, n) => LOCAL_SERIES.log(u, n, p));
      return exp(k.multiply(of(args[1]), log));
    }
    case Kind.call:
      return called(term, k, of);
    case Kind.piecewise:
      for (let i = 0; i + 1 < args.length; i += 2) if (holds(args[i + 1], k, of)) return of(args[i]);
      return of(args[args.length - 1]);
    case Kind.relation:
      return k.constant(B.ZERO);
    default:
      throw new Failure("unsupported", `"${term}" has no Taylor model`);
  }
}

/** Does a relation hold over the whole span? Fails where that is not certain. */
function holds(condition: Term, k: TaylorArithmetic, of: (arg: Term) => TaylorModel): boolean {
  if (condition.kind !== Kind.relation)
    throw new Failure("unsupported", `the condition "${condition}" has no enclosure`);
  const sign = B.sign(k.range(k.subtract(of(condition.args[0]), of(condition.args[1]))));
  if (sign === undefined) throw new Failure("numeric", `"${condition}" changes`);
  return condition.name === "=" ? sign === 0 : condition.name === "!=" ? sign !== 0 : condition.name === "<" ? sign < 0 : sign <= 0; // oxfmt-ignore
}

const isEuler = (term: Term): boolean => term.kind === Kind.call && term.name === "e";

function raised(a: TaylorModel, exponent: Rational, euler: boolean, k: TaylorArithmetic): TaylorModel {
  const p = k.precision;
  if (exponent === 1) return a;
  if (euler) return k.compose(k.constant(rationalBall(exponent, p)), (u, n) => LOCAL_SERIES.exp(u, n, p));
  if (Q.isInteger(exponent)) return wholePower(a, Q.numerator(exponent), k);
  // At zero a power of x is no power series.
  const alpha = rationalBall(exponent, p + 64);
  const half = Q.multiply(exponent, 2);
  const value = Q.isInteger(half)
    ? (u: Ball, q: number): Ball => B.pow(B.sqrt(u, q + 8), B.exact(Q.numerator(half)), q)
    : (u: Ball, q: number): Ball => B.pow(u, alpha, q);
  return k.compose(a, (u, n) => powerSeries(alpha, value)(u, n, p));
}

function wholePower(a: TaylorModel, exponent: bigint, k: TaylorArithmetic): TaylorModel {
  if (exponent < 0n) return k.divide(k.constant(B.ONE), wholePower(a, -exponent, k));
  let result: TaylorModel | undefined;
  for (let square = a, rest = exponent; rest > 0n; rest >>= 1n) {
    if (rest & 1n) result = result === undefined ? square : k.multiply(result, square);
    if (rest > 1n) square = k.multiply(square, square);
  }
  return result ?? k.constant(B.ONE);
}

/** Functions as quotients of models. */
const QUOTIENTS: Readonly<Record<string, readonly [string | undefined, string]>> = {
  tan: ["sin", "cos"], cot: ["cos", "sin"], sec: [undefined, "cos"], csc: [undefined, "sin"], tanh: ["sinh", "cosh"],
}; // oxfmt-ignore

function called(term: Term, k: TaylorArithmetic, of: (arg: Term) => TaylorModel): TaylorModel {
  const p = k.precision;
  const { name, args } = term;
  if (args.length === 0) return k.constant(ballFunction(name, [], p));
  const compose = (series: string, a: TaylorModel): TaylorModel =>
    k.compose(a, (u, n) => LOCAL_SERIES[series](u, n, p));
  if (args.length === 1 && Object.hasOwn(LOCAL_SERIES, name)) return compose(name, of(args[0]));
  if (args.length === 1 && Object.hasOwn(QUOTIENTS, name)) {
    const [top, bottom] = QUOTIENTS[name];
    const a = of(args[0]);
    return k.divide(top === undefined ? k.constant(B.ONE) : compose(top, a), compose(bottom, a));
  }
  if (name === "besselJ" || name === "besselY") {
    const order = args[0].kind === Kind.number ? Number(args[0].value) : Number.NaN;
    if (!Number.isSafeInteger(order)) throw new Failure("unsupported", `${name} has models for whole orders only`);
    const kind = name === "besselJ" ? "first" : "second";
    return k.compose(of(args[1]), (u, n) => besselSeries(kind, order)(u, n, p));
  }
  if (name === "abs") {
    const a = of(args[0]);
    const sign = B.sign(k.range(a));
    if (sign === undefined) throw new Failure("numeric", `abs bends in ${k.range(a)}`);
    return sign < 0 ? k.negate(a) : a;
  }
  throw new Failure("unsupported", `${name} has no Taylor model`, { hint: "Its approximation is found, but nothing about it is proved." }); // oxfmt-ignore
}
