// The value of a term to as many digits as asked, with proof: the term is evaluated in ball arithmetic, and the working
// precision is raised until the ball is small enough (Johansson 2017, section 2; the loop is Ziv's).
// Every function value is enclosed, so the digits are proved; a ball that keeps containing zero, a jump or a pole within
// the budget is an answer too, and an honest one: Unsolved, with the bound that was reached.
// Left out: arrays as values of symbols, functions that src/number does not enclose.
import { Failure, Meter, type Budget } from "../base/index.ts";
import { bigfloat, balls as B, Ball, Q, type Rational } from "../number/index.ts";
import { isBinder } from "./array.ts";
import { Kind, type Term } from "./term.ts";
import { postorder } from "./traverse.ts";

export interface BallOptions {
  /** Values of symbols: terms are evaluated as exactly as the rest, numbers are the exact values of doubles, balls stand for any value in them. */
  readonly at?: Readonly<Record<string, Term | number | Ball>>;
  /** `steps` counts operations on balls; by default 30 s. */
  readonly budget?: Budget;
  /** Greatest working precision in bits; by default the greater of 20,000 and 16 times what the digits need. */
  readonly mostPrecision?: number;
  readonly signal?: AbortSignal;
}

export interface Certified {
  /** The value with the digits asked for. */
  readonly text: string;
  /**
   * exact: the text is the value. nearest: every digit is that of the correctly rounded value.
   * unit: the value is within one unit of the last digit (it lies too near to the middle of two decimals to tell).
   */
  readonly rounding: "exact" | "nearest" | "unit";
  /** Contains the value. */
  readonly ball: Ball;
  /** Working precision, in bits, that was enough. */
  readonly precision: number;
}

/** Most digits that are asked for in one call: some seconds for an exponential. */
export const MOST_BALL_DIGITS = 100_000;
const BITS_PER_DIGIT = Math.log2(10);
const DEFAULT_BUDGET: Budget = { time_ms: 30_000 };
/** Bits beyond those needed after which a value that still straddles two roundings is given within a unit. */
const PATIENCE = 256;

/**
 * The value of a real term to `digits` significant decimal digits.
 * Fails with kind "domain" where the term has no real value, and with kind "unsolved" where the budget does not decide
 * its sign, the side of a jump, or its digits; the message says which operation, and the bound reached.
 */
export function evaluateDigits(term: Term, digits: number, options: BallOptions = {}): Certified {
  if (!Number.isInteger(digits) || digits < 1 || digits > MOST_BALL_DIGITS)
    throw new Failure("usage", `the number of digits is a whole number from 1 to ${MOST_BALL_DIGITS}, not ${digits}`);
  const needed = Math.ceil(digits * BITS_PER_DIGIT) + 2;
  const most = options.mostPrecision ?? Math.max(20_000, 16 * needed);
  const meter = new Meter(options.budget ?? DEFAULT_BUDGET, options.signal);
  const reached: { value?: Ball; failure?: Failure } = {};
  for (let precision = needed + 24; ;) {
    let next = 2 * precision;
    try {
      const value = new BallEvaluator(options.at ?? {}, precision, meter).number(term);
      reached.value = value;
      reached.failure = undefined;
      const sign = B.sign(value);
      if (sign === 0) return { text: "0", rounding: "exact", ball: value, precision };
      if (sign !== undefined) {
        const accuracy = B.accuracy(value);
        if (accuracy >= needed) {
          const found = decimal(value, digits, accuracy > needed + PATIENCE);
          if (found !== undefined) return { ...found, ball: value, precision };
          next = precision + 64 + (accuracy > needed + 64 ? PATIENCE : 0);
        } else next = precision + Math.max(16, needed - accuracy) + 16;
      }
    } catch (error) {
      if (!(error instanceof Failure) || error.kind !== "numeric") throw error;
      reached.failure = error;
    }
    const stop = meter.stop();
    if (stop !== undefined || next > most)
      throw unsolved(reached, digits, stop === undefined ? `${precision} bits of working precision` : stop.detail);
    precision = next;
  }
}

/** A ball that contains the value of a real term, computed with a working precision of so many bits. */
export function evaluateBall(term: Term, precision: number, options: BallOptions = {}): Ball {
  const meter = new Meter(options.budget ?? DEFAULT_BUDGET, options.signal);
  return new BallEvaluator(options.at ?? {}, precision, meter).number(term);
}

function unsolved(reached: { value?: Ball; failure?: Failure }, digits: number, limit: string): Failure {
  if (reached.failure !== undefined)
    return new Failure("unsolved", `not decided within ${limit}: ${reached.failure.what}`, { cause: reached.failure });
  const value = reached.value;
  if (value !== undefined && B.containsZero(value))
    return new Failure(
      "unsolved",
      `the value is not told from zero within ${limit}: it is below 10^${Math.ceil(B.top(value) / BITS_PER_DIGIT)} in absolute value`,
      { hint: "If it is zero, ball arithmetic cannot show it: simplify the expression first." },
    );
  return new Failure("unsolved", `${digits} digits are not reached within ${limit}`);
}

/** The decimal on which the whole ball agrees; with `unit`, else the one nearest its middle. */
function decimal(
  value: Ball,
  digits: number,
  unit: boolean,
): { text: string; rounding: Certified["rounding"] } | undefined {
  const middle = value.mid;
  if (B.isExact(value)) {
    const text = bigfloat.toDigits(middle, digits);
    const kept = bigfloat.toRational(middle);
    const shown = Q.parseDecimal(text);
    return { text, rounding: shown !== undefined && Q.equal(shown, kept) ? "exact" : "nearest" };
  }
  const bits = middle.precision + 64;
  const low = bigfloat.toDigits(value.lower(bits), digits);
  if (low === bigfloat.toDigits(value.upper(bits), digits)) return { text: low, rounding: "nearest" };
  return unit ? { text: bigfloat.toDigits(middle, digits), rounding: "unit" } : undefined;
}

type Truth = boolean;
type Value = Ball | Truth | readonly Value[];

const MOST_ELEMENTS = 1_000_000;

class BallEvaluator {
  readonly #at: Readonly<Record<string, Term | number | Ball>>;
  readonly #p: number;
  readonly #meter: Meter;
  readonly #symbols = new Map<string, Ball>();
  readonly #open = new Set<string>();

  constructor(at: Readonly<Record<string, Term | number | Ball>>, precision: number, meter: Meter) {
    this.#at = at;
    // A little more than the ball needs: every operation cuts to this many bits.
    this.#p = precision + 16;
    this.#meter = meter;
  }

  number(term: Term, bound: readonly bigint[] = []): Ball {
    return ballOf(term, this.#run(term, bound));
  }

  /** `bound` holds the values of bound variables, innermost last. */
  #run(root: Term, bound: readonly bigint[]): Value {
    // A failure counts only where its value is used: not in a piece that is not chosen.
    const done = new Map<Term, Value | Failure>();
    const of = (arg: Term): Value => {
      const value = done.get(arg)!;
      if (value instanceof Failure) throw value;
      return value;
    };
    for (const term of postorder([root], (t) => !isBinder(t))) {
      this.#meter.steps++;
      if ((this.#meter.steps & 15) === 0) {
        const stop = this.#meter.stop();
        if (stop !== undefined)
          throw new Failure("unsolved", `stopped at working precision ${this.#p}: ${stop.detail}`);
      }
      try {
        done.set(term, this.#one(term, bound, of));
      } catch (error) {
        if (!(error instanceof Failure) || error.kind === "unsolved") throw error;
        done.set(term, error);
      }
    }
    return of(root);
  }

  #one(term: Term, bound: readonly bigint[], of: (arg: Term) => Value): Value {
    const p = this.#p;
    const number = (arg: Term): Ball => ballOf(arg, of(arg));
    const { args } = term;
    switch (term.kind) {
      case Kind.number:
        return ofRational(term.value, p);
      case Kind.float:
        return B.fromBigFloat(bigfloat.fromNumber(term.value as number));
      case Kind.symbol:
        return this.#symbol(term.name);
      case Kind.bound:
        return B.exact(bound[bound.length - 1 - (term.value as number)]);
      case Kind.sum: {
        let sum = ofRational(term.value, p);
        args.forEach((arg, i) => {
          sum = B.add(sum, scaled(number(arg), term.weights[i], p), p);
        });
        return sum;
      }
      case Kind.product: {
        let product = ofRational(term.value, p);
        args.forEach((arg, i) => {
          product = B.multiply(product, raised(number(arg), term.weights[i], isEuler(arg), p), p);
        });
        return product;
      }
      case Kind.power:
        return isEuler(args[0]) ? B.exp(number(args[1]), p) : B.pow(number(args[0]), number(args[1]), p);
      case Kind.call:
        return ballFunction(term.name, args.map(number), p);
      case Kind.relation:
        return related(term.name, number(args[0]), number(args[1]), p);
      case Kind.logic: {
        const truths = args.map(
          (arg) => of(arg) === true || (typeof of(arg) === "object" && B.sign(number(arg)) !== 0),
        );
        return term.name === "not" ? !truths[0] : term.name === "and" ? truths.every(Boolean) : truths.some(Boolean);
      }
      case Kind.piecewise:
        for (let i = 0; i + 1 < args.length; i += 2) if (of(args[i + 1]) === true) return of(args[i]);
        return of(args[args.length - 1]);
      case Kind.array:
        return args.map(of);
      case Kind.index: {
        let value = of(args[0]);
        for (const arg of args.slice(1)) {
          const i = Number(wholeNumber(number(arg), "an index"));
          if (!Array.isArray(value)) throw new Failure("domain", `"${args[0]}" has fewer indices than it is given`);
          if (i < 1 || i > value.length) throw new Failure("domain", `index ${i} is outside 1 .. ${value.length}`);
          value = value[i - 1] as Value;
        }
        return value;
      }
      case Kind.comprehension:
      case Kind.reduction:
        return this.#range(term, bound);
      default:
        return heldValue(term, args.map(number), p);
    }
  }

  #symbol(name: string): Ball {
    const known = this.#symbols.get(name);
    if (known !== undefined) return known;
    if (!Object.hasOwn(this.#at, name))
      throw new Failure("name", `"${name}" has no value`, {
        hint: `Give it one: --at ${name}=..., or evaluateDigits(term, digits, { at: { ${name}: ... } }).`,
      });
    if (this.#open.has(name)) throw new Failure("name", `the value of "${name}" is given in terms of itself`);
    const given = this.#at[name];
    this.#open.add(name);
    const value =
      given instanceof Ball
        ? given
        : typeof given === "number"
          ? B.fromBigFloat(bigfloat.fromNumber(given))
          : this.number(given);
    this.#open.delete(name);
    this.#symbols.set(name, value);
    return value;
  }

  #range(term: Term, bound: readonly bigint[]): Value {
    const [body, from, to] = term.args;
    const first = wholeNumber(this.number(from, bound), "the start of a range");
    const last = wholeNumber(this.number(to, bound), "the end of a range");
    if (last - first > BigInt(MOST_ELEMENTS))
      throw new Failure("limit", `the range has more than ${MOST_ELEMENTS} elements`, { hint: "Shorten it." });
    const elements: Value[] = [];
    let total = term.name === "product" ? B.ONE : B.ZERO;
    for (let i = first; i <= last; i++) {
      const next = this.#run(body, [...bound, i]);
      if (term.kind === Kind.comprehension) elements.push(next);
      else {
        const value = ballOf(body, next);
        if (term.name === "sum") total = B.add(total, value, this.#p);
        else if (term.name === "product") total = B.multiply(total, value, this.#p);
        else total = i === first ? value : ballFunction(term.name, [total, value], this.#p);
      }
    }
    if (term.kind === Kind.comprehension) return elements;
    if (last < first && (term.name === "min" || term.name === "max"))
      throw new Failure("domain", `the ${term.name} of no elements has no value`);
    return total;
  }
}

const isEuler = (term: Term): boolean => term.kind === Kind.call && term.name === "e";

function ballOf(term: Term, value: Value): Ball {
  if (typeof value === "boolean") return value ? B.ONE : B.ZERO;
  if (Array.isArray(value)) throw new Failure("domain", `"${term}" is an array where a number is needed`);
  return value as Ball;
}

function ofRational(value: Rational, p: number): Ball {
  return typeof value === "number" ? B.exact(value) : B.fromRational(value, p);
}

function scaled(a: Ball, weight: Rational, p: number): Ball {
  if (weight === 1) return a;
  return B.divide(B.multiply(a, B.exact(Q.numerator(weight)), p + 8), B.exact(Q.denominator(weight)), p);
}

/** a to a rational power, real: by roots and integer powers where the sign allows it. */
function raised(a: Ball, exponent: Rational, euler: boolean, p: number): Ball {
  if (exponent === 1) return a;
  if (euler) return B.exp(ofRational(exponent, p + 64), p);
  if (Q.isInteger(exponent)) return B.pow(a, B.exact(Q.numerator(exponent)), p);
  const half = Q.multiply(exponent, 2);
  if (Q.isInteger(half)) return B.pow(B.sqrt(a, p + 8), B.exact(Q.numerator(half)), p);
  return B.pow(a, ofRational(exponent, p + 64), p);
}

function wholeNumber(a: Ball, what: string): bigint {
  const [low, high] = B.integerRange(a);
  if (low !== high || !B.isExact(a)) throw new Failure("domain", `${what}, ${a}, is not known to be a whole number`);
  return low;
}

/** The order of a Bessel function; other real orders have values too, but none that are enclosed. */
function wholeOrder(name: string, a: Ball): number {
  const [low, high] = B.integerRange(a);
  if (low !== high || !B.isExact(a))
    throw new Failure("unsupported", `${name} of order ${a}: only whole orders are enclosed`);
  return Number(low);
}

/** The order of two numbers; fails while it is not certain. */
function order(name: string, a: Ball, b: Ball): -1 | 0 | 1 {
  const found = B.compare(a, b);
  if (found === undefined)
    throw new Failure("numeric", `"${name}" of two numbers that are not told apart, ${a} and ${b}`);
  return found;
}

function related(name: string, a: Ball, b: Ball, _p: number): Truth {
  const found = order(name, a, b);
  switch (name) {
    case "=":
      return found === 0;
    case "!=":
      return found !== 0;
    case "<":
      return found < 0;
    default:
      return found <= 0;
  }
}

function floor(name: string, a: Ball): Ball {
  const [low] = B.integerRange(B.ends(a)[0]);
  const [high] = B.integerRange(B.ends(a)[1]);
  if (low !== high) throw new Failure("numeric", `${name} of a ball that contains a whole number, ${a}`);
  return B.exact(low);
}

/** The greater of two: from the greater lower end to the greater upper end. */
function greater(a: Ball, b: Ball, p: number): Ball {
  const [a0, a1] = B.ends(a);
  const [b0, b1] = B.ends(b);
  const max = (x: Ball, y: Ball): Ball => (B.compare(x, y) === -1 ? y : x);
  const found = B.compare(a, b);
  if (found !== undefined) return found < 0 ? b : a;
  return B.hull(max(a0, b0), max(a1, b1), p);
}

const unary: Readonly<Record<string, (a: Ball, p: number) => Ball>> = {
  exp: B.exp,
  log: B.log,
  log10: (a, p) => B.logBase(a, 10, p),
  log2: (a, p) => B.logBase(a, 2, p),
  sqrt: B.sqrt,
  cbrt: (a, p) => B.rootn(a, 3, p),
  sin: B.sin,
  cos: B.cos,
  tan: B.tan,
  cot: B.cot,
  sec: B.sec,
  csc: B.csc,
  asin: B.asin,
  acos: B.acos,
  atan: B.atan,
  sinh: B.sinh,
  cosh: B.cosh,
  tanh: B.tanh,
  asinh: B.asinh,
  acosh: B.acosh,
  atanh: B.atanh,
  gamma: B.gamma,
  lgamma: B.lgamma,
  digamma: B.digamma,
  zeta: B.zeta,
  erf: B.erf,
  erfc: B.erfc,
  airyAi: B.airyAi,
  airyAiPrime: B.airyAiPrime,
  abs: B.absolute,
  sign: (a) => B.exact(order("sign", a, B.ZERO)),
  floor: (a) => floor("floor", a),
  ceil: (a) => B.negate(floor("ceil", B.negate(a))),
};

const binary: Readonly<Record<string, (a: Ball, b: Ball, p: number) => Ball>> = {
  atan2: B.atan2,
  besselJ: (n, x, p) => B.besselJ(wholeOrder("besselJ", n), x, p),
  besselY: (n, x, p) => B.besselY(wholeOrder("besselY", n), x, p),
  min: (a, b, p) => B.negate(greater(B.negate(a), B.negate(b), p)),
  max: greater,
  mod: (a, b, p) => B.subtract(a, B.multiply(b, floor("mod", B.divide(a, b, p)), p), p),
};

/** A real function of the table over balls. Fails with kind "domain" or "numeric" where it has no real value or none is told. */
export function ballFunction(name: string, args: readonly Ball[], p: number): Ball {
  if (args.length === 0 && name === "pi") return B.constants.pi(p);
  if (args.length === 0 && name === "e") return B.constants.e(p);
  if (args.length === 1 && Object.hasOwn(unary, name)) return unary[name](args[0], p);
  if (args.length === 2 && Object.hasOwn(binary, name)) return binary[name](args[0], args[1], p);
  throw new Failure("unsupported", `${name} has no proved digits yet`, { hint: "Evaluate it without --digits." });
}

function heldValue(term: Term, args: readonly Ball[], p: number): Ball {
  const [a, b] = args;
  switch (term.name) {
    case "+":
      return B.add(a, b, p);
    case "-":
      return B.subtract(a, b, p);
    case "*":
      return B.multiply(a, b, p);
    case "/":
      return B.divide(a, b, p);
    case "^":
      return B.pow(a, b, p);
    case "neg":
      return B.negate(a);
    default:
      return ballFunction(term.name, args, p);
  }
}
