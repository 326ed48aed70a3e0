// Taylor coefficients of a term about a point: the term is evaluated in truncated power series, exactly in rationals or in balls
// that contain the coefficients. Cancelling powers of x cost orders; the work is repeated with more until enough are left.
// Functions: those with a differential equation in power-series.ts, Bessel functions J of whole order about 0, and in balls those of
// local-series.ts. Left out: gamma, digamma, zeta; pieces, reductions; fractional powers and logarithms of x.
import { Failure } from "../base/index.ts";
import { type Ball, Q, type Rational } from "../number/index.ts";
import { freeSymbols, Kind, operator, parse, postorder, print, Term } from "../term/index.ts";
import { Deadline, type Limits } from "./deadline.ts";
import { type PowerSeries, SeriesArithmetic } from "./power-series.ts";
import { ballSeries, rationals, type SeriesField } from "./series-field.ts";

export interface TaylorOptions extends Limits {
  /** Name of the variable; may be left out where there is only one. */
  readonly variable?: string;
  /** The point; a number stands for its exact value. Default 0. */
  readonly at?: Rational;
  /** Highest power; default 10. */
  readonly order?: number;
}

const MOST_ORDER = 2000;
/** Orders that cancelling powers may cost before the work is given up. */
const MOST_LOSS = 64;

/**
 * Coefficients c_0 ... c_order of the term about a point, as exact rationals, or with `precision` (bits) as balls that contain them.
 * Fails: domain on a pole or branch point; unsupported on coefficients that are not rational where none of `precision` is given, and on
 * functions that series do not know; unsolved where a leading coefficient is not told from zero.
 */
export function taylor(source: Term | string, options?: TaylorOptions): Rational[];
export function taylor(source: Term | string, options: TaylorOptions & { readonly precision: number }): Ball[];
export function taylor(
  source: Term | string,
  options: TaylorOptions & { readonly precision?: number } = {},
): Rational[] | Ball[] {
  // oxfmt-ignore
  const term = typeof source === "string" ? parse(source, { source: "function" }) : source;
  const { order = 10, at = 0, precision } = options;
  if (!Number.isInteger(order) || order < 0 || order > MOST_ORDER)
    throw new Failure("usage", `the order is a whole number from 0 to ${MOST_ORDER}, not ${order}`);
  if (typeof at === "number" && !Number.isFinite(at)) throw new Failure("usage", `there is no series about ${at}`);
  const point = typeof at === "number" ? Q.fromNumber(at) : at;
  const name = variableOf(term, options.variable);
  const deadline = new Deadline(`the series of ${print(term)} to order ${order}`, options);
  if (precision === undefined) return expand(term, name, point, order, rationals, deadline);
  if (!Number.isInteger(precision) || precision < 2 || precision > 100_000)
    throw new Failure("usage", `a precision is a whole number of bits from 2 to 100,000, not ${precision}`);
  // Working bits against the growth of radii through sums.
  return expand(term, name, point, order, ballSeries(precision + 32 + 2 * order), deadline);
}

function variableOf(term: Term, wanted: string | undefined): string | undefined {
  const names = [...freeSymbols(term)].map((symbol) => symbol.name);
  const other = names.find((name) => name !== (wanted ?? names[0]));
  if (other !== undefined)
    throw new Failure("name", `"${other}" has no value`, {
      hint: "A series is in one variable: substitute the others.",
    });
  return wanted ?? names[0];
}

function expand<T>(
  term: Term,
  name: string | undefined,
  at: Rational,
  order: number,
  field: SeriesField<T>,
  deadline: Deadline,
): T[] {
  // oxfmt-ignore
  for (let loss = 0; ; loss = 2 * loss + 2) {
    const arithmetic = new SeriesArithmetic(field, order + 1 + loss, deadline);
    const series = new Expansion(arithmetic, name, field.from(at)).run(term);
    const leading = series.c.findIndex((each) => !field.isZero(each));
    if (series.low < 0 && leading >= 0 && series.low + leading < 0)
      throw new Failure("domain", `${print(term)} has a pole of order ${-(series.low + leading)} at ${Q.toString(at)}`);
    if (series.low + series.c.length > order)
      return Array.from({ length: order + 1 }, (_, k) => arithmetic.coefficient(series, k)!);
    if (loss > MOST_LOSS) throw new Failure("unsolved", `more than ${MOST_LOSS} orders cancel in ${print(term)}`);
  }
}

/** Evaluates a term in series. */
class Expansion<T> {
  readonly #s: SeriesArithmetic<T>;
  readonly #name: string | undefined;
  readonly #at: T;

  constructor(arithmetic: SeriesArithmetic<T>, name: string | undefined, at: T) {
    this.#s = arithmetic;
    this.#name = name;
    this.#at = at;
  }

  run(root: Term): PowerSeries<T> {
    // A failure counts only where its value is used: e has no rational value, e^x about 0 needs none.
    const done = new Map<Term, PowerSeries<T> | Failure>();
    const of = (arg: Term): PowerSeries<T> => {
      const series = done.get(arg)!;
      if (series instanceof Failure) throw series;
      return series;
    };
    for (const term of postorder([root]))
      try {
        done.set(term, this.#one(term, of));
      } catch (error) {
        if (!(error instanceof Failure)) throw error;
        done.set(term, error);
      }
    return of(root);
  }

  #one(term: Term, of: (arg: Term) => PowerSeries<T>): PowerSeries<T> {
    const s = this.#s;
    const { field } = s;
    const { args, weights } = term;
    switch (term.kind) {
      case Kind.number:
        return s.constant(field.from(term.value));
      case Kind.float:
        return s.constant(field.from(Q.fromNumber(term.value as number)));
      case Kind.symbol:
        if (term.name !== this.#name) throw new Failure("name", `"${term.name}" has no value`);
        return s.variable(this.#at);
      case Kind.sum:
        return args.reduce(
          (sum, arg, i) => s.add(sum, s.scale(field.from(weights[i]), of(arg))),
          s.constant(field.from(term.value)),
        );
      case Kind.product:
        return s.scale(
          field.from(term.value),
          args.map((arg, i) => s.power(of(arg), weights[i])).reduce((a, b) => s.multiply(a, b)),
        );
      case Kind.power:
        return args[0].kind === Kind.call && args[0].name === "e"
          ? s.exp(of(args[1]))
          : s.exp(s.multiply(of(args[1]), this.#call("log", [of(args[0])], args)));
      case Kind.call:
        return this.#call(term.name, args.map(of), args);
      default:
        throw new Failure("unsupported", `a power series of ${operator(term)}`);
    }
  }

  #call(name: string, [u, v]: readonly PowerSeries<T>[], args: readonly Term[]): PowerSeries<T> {
    const s = this.#s;
    const { field } = s;
    if (u === undefined) return s.constant(field.value(name));
    const one = s.constant(field.from(1));
    const half = Q.rational(1n, 2n);
    const square = (): PowerSeries<T> => s.multiply(u, u);
    const inverse = (a: PowerSeries<T>): PowerSeries<T> => s.divide(one, a);
    switch (name) {
      case "log": {
        if (u.low !== 0) throw new Failure("domain", "the logarithm of zero or of a pole is no power series");
        return s.byDerivative(name, u, inverse(u));
      }
      case "log2":
      case "log10": {
        const base = s.constant(field.value("log", field.from(name === "log2" ? 2 : 10)));
        return s.divide(this.#call("log", [u], args), base);
      }
      case "cbrt": {
        const negative = u.c.length > 0 && field.sign(u.c[0]) === -1;
        const minus = field.from(-1);
        const root = s.power(negative ? s.scale(minus, u) : u, Q.rational(1n, 3n));
        return negative ? s.scale(minus, root) : root;
      }
      case "sin":
        return s.waves(u, -1)[0];
      case "cos":
        return s.waves(u, -1)[1];
      case "sinh":
        return s.waves(u, 1)[0];
      case "cosh":
        return s.waves(u, 1)[1];
      case "sec":
        return inverse(s.waves(u, -1)[1]);
      case "csc":
        return inverse(s.waves(u, -1)[0]);
      case "tan":
      case "tanh":
      case "cot": {
        const [sine, cosine] = s.waves(u, name === "tanh" ? 1 : -1);
        return name === "cot" ? s.divide(cosine, sine) : s.divide(sine, cosine);
      }
      case "asin":
        return s.byDerivative(name, u, s.power(s.add(one, square(), -1), Q.negate(half)));
      case "acos":
        return s.byDerivative(name, u, s.scale(field.from(-1), s.power(s.add(one, square(), -1), Q.negate(half))));
      case "atan":
        return s.byDerivative(name, u, inverse(s.add(one, square())));
      case "asinh":
        return s.byDerivative(name, u, s.power(s.add(one, square()), Q.negate(half)));
      case "acosh": {
        const slope = s.multiply(s.power(s.add(u, one), Q.negate(half)), s.power(s.add(u, one, -1), Q.negate(half)));
        return s.byDerivative(name, u, slope);
      }
      case "atanh":
        return s.byDerivative(name, u, inverse(s.add(one, square(), -1)));
      case "erf":
      case "erfc": {
        const factor = field.divide(field.from(name === "erf" ? 2 : -2), field.power(field.value("pi"), half));
        return s.byDerivative(name, u, s.scale(factor, s.exp(s.scale(field.from(-1), square()))));
      }
      case "besselJ":
      case "besselY": {
        const order = args[0].kind === Kind.number && typeof args[0].value === "number" ? args[0].value : NaN;
        if (!Number.isInteger(order))
          throw new Failure("unsupported", `a series of ${name} of order ${print(args[0])}`);
        if (name === "besselJ" && order >= 0 && v.low > 0) return this.#bessel(order, v);
        return this.#local(name, order, v);
      }
      case "abs":
      case "sign": {
        const sign = u.low === 0 ? field.sign(u.c[0]) : undefined;
        if (sign === undefined || sign === 0) throw new Failure("domain", `${name} of zero is no power series`);
        return name === "abs" ? s.scale(field.from(sign), u) : s.constant(field.from(sign));
      }
      default:
        return this.#local(name, undefined, u);
    }
  }

  /** A function whose coefficients about a number are known, of a series. */
  #local(name: string, order: number | undefined, u: PowerSeries<T>): PowerSeries<T> {
    const s = this.#s;
    const start = s.start(u, name);
    const g = s.field.local(name, order, start, s.length);
    if (g === undefined)
      throw new Failure("unsupported", `power series do not know ${name}${order === undefined ? "" : " here"}`, {
        hint: "Give a precision in bits for coefficients in balls, or approximate it by Chebyshev interpolants.",
      });
    return s.compose(g, u);
  }

  /** J_n(u) = sum (-1)^k / (k! (n + k)!) (u / 2)^(2 k + n) for n >= 0 and a series u without constant term (DLMF 10.2.2). */
  #bessel(n: number, u: PowerSeries<T>): PowerSeries<T> {
    const s = this.#s;
    const { field } = s;
    const half = s.scale(field.from(Q.rational(1n, 2n)), u);
    const factor = s.scale(field.from(-1), s.multiply(half, half));
    let part = s.power(half, n);
    for (let k = 2; k <= n; k++) part = s.scale(field.from(Q.rational(1n, BigInt(k))), part);
    let sum = part;
    for (let k = 1; 2 * k * u.low <= s.length; k++) {
      part = s.scale(field.from(Q.rational(1n, BigInt(k) * BigInt(n + k))), s.multiply(part, factor));
      sum = s.add(sum, part);
    }
    return sum;
  }
}
