// Numeric evaluation in double precision, with a running error estimate.
// The estimate is first order (Higham 2002, section 3.3): every operation adds half a unit in the last place of its
// result, every function two, and errors of arguments pass through; at a function they are measured by moving the
// argument. It is an estimate, not a bound. Certified digits are left out.
import { Failure } from "../base/index.ts";
import { Q } from "../number/index.ts";
import { isBinder } from "./array.ts";
import { functionRule } from "./functions.ts";
import { Kind, type Term } from "./term.ts";
import { postorder } from "./traverse.ts";

/** A value for a symbol: a number, or numbers from index 1 for an array (nested for more indices). */
export type NumericValue = number | NumericArray;
export interface NumericArray extends ReadonlyArray<NumericValue> {}

export interface Evaluated {
  readonly value: number;
  /** Estimated absolute error of `value`. */
  readonly error: number;
}

/** The value of a term in double precision; NaN where a real function has no real value. */
export function evaluate(term: Term, at: Readonly<Record<string, NumericValue>> = {}): number {
  return evaluateWithError(term, at).value;
}

/** The value and its estimated error. Fails on symbols without a value. */
export function evaluateWithError(term: Term, at: Readonly<Record<string, NumericValue>> = {}): Evaluated {
  const result = new Evaluator(at).run(term, []);
  if (typeof result !== "object" || Array.isArray(result))
    throw new Failure("domain", `"${term}" is an array, not a number`, { hint: "Take one element: a[1]." });
  return result as Evaluated;
}

type Value = Evaluated | NumericArray | readonly Value[];

const HALF_ULP = 2 ** -53;
const rounded = (value: number, error: number, units = 1): Evaluated => ({
  value,
  error: error + Math.abs(value) * HALF_ULP * units,
});
const exactly = (value: number): Evaluated => ({ value, error: 0 });

/** A float is at most half a unit from the rational it stands for. */
function ofRational(value: Term["value"]): Evaluated {
  const nearest = Q.toNumber(value);
  return typeof value === "number" || Q.equal(Number.isFinite(nearest) ? Q.fromNumber(nearest) : 0, value)
    ? exactly(nearest)
    : rounded(nearest, 0);
}

/** Elements of all ranges of one evaluation: some seconds of work. */
const MOST_ELEMENTS = 10_000_000;

class Evaluator {
  #spent = 0;
  readonly #at: Readonly<Record<string, NumericValue>>;

  constructor(at: Readonly<Record<string, NumericValue>>) {
    this.#at = at;
  }

  /** `bound` holds the values of bound variables, innermost last. */
  run(root: Term, bound: readonly number[]): Value {
    // A failure counts only where its value is used: not in a piece that is not chosen.
    const done = new Map<Term, Value | Failure>();
    const of = (arg: Term): Value => {
      const value = done.get(arg)!;
      if (value instanceof Failure) throw value;
      return value;
    };
    for (const term of postorder([root], (t) => !isBinder(t)))
      try {
        done.set(term, this.#one(term, bound, of));
      } catch (error) {
        if (!(error instanceof Failure)) throw error;
        done.set(term, error);
      }
    return of(root);
  }

  #one(term: Term, bound: readonly number[], of: (arg: Term) => Value): Value {
    const number = (arg: Term): Evaluated => {
      const value = of(arg);
      if (Array.isArray(value)) throw new Failure("domain", `"${arg}" is an array where a number is needed`);
      return value as Evaluated;
    };
    const { args } = term;
    switch (term.kind) {
      case Kind.number:
        return ofRational(term.value);
      case Kind.float:
        return exactly(term.value as number);
      case Kind.symbol: {
        if (!Object.hasOwn(this.#at, term.name))
          throw new Failure("name", `"${term.name}" has no value`, {
            hint: `Give it one: --at ${term.name}=..., or evaluate(term, { ${term.name}: ... }).`,
          });
        const value = this.#at[term.name];
        return typeof value === "number" ? exactly(value) : value;
      }
      case Kind.bound:
        return exactly(bound[bound.length - 1 - (term.value as number)]);
      case Kind.sum: {
        let sum = ofRational(term.value);
        args.forEach((arg, i) => {
          const part = times(number(arg), ofRational(term.weights[i]));
          sum = rounded(sum.value + part.value, sum.error + part.error);
        });
        return sum;
      }
      case Kind.product: {
        let product = ofRational(term.value);
        args.forEach((arg, i) => {
          const weight = term.weights[i];
          const base = number(arg);
          product =
            Q.sign(weight) < 0
              ? over(product, raised(base, Q.negate(weight), isEuler(arg)))
              : times(product, raised(base, weight, isEuler(arg)));
        });
        return product;
      }
      case Kind.power:
        return isEuler(args[0])
          ? apply(Math.exp, [number(args[1])])
          : apply(Math.pow, [number(args[0]), number(args[1])]);
      case Kind.call:
        return apply(functionRule(term.name)!.value, args.map(number));
      case Kind.relation: {
        const a = number(args[0]).value;
        const b = number(args[1]).value;
        return exactly(
          Number(term.name === "=" ? a === b : term.name === "!=" ? a !== b : term.name === "<" ? a < b : a <= b),
        );
      }
      case Kind.logic: {
        const truths = args.map((arg) => number(arg).value !== 0);
        return exactly(
          Number(term.name === "not" ? !truths[0] : term.name === "and" ? truths.every(Boolean) : truths.some(Boolean)),
        );
      }
      case Kind.piecewise:
        for (let i = 0; i + 1 < args.length; i += 2) if (number(args[i + 1]).value !== 0) return of(args[i]);
        return of(args[args.length - 1]);
      case Kind.array:
        return args.map(of);
      case Kind.index: {
        let value = of(args[0]);
        for (const arg of args.slice(1)) {
          const i = number(arg).value;
          if (!Array.isArray(value)) throw new Failure("domain", `"${args[0]}" has fewer indices than it is given`);
          if (!Number.isInteger(i) || i < 1 || i > value.length)
            throw new Failure("domain", `index ${i} is outside 1 .. ${value.length}`);
          value = value[i - 1];
          if (typeof value === "number") value = exactly(value);
        }
        return value;
      }
      case Kind.comprehension:
      case Kind.reduction:
        return this.#range(term, bound);
      default:
        return heldValue(term, args.map(number));
    }
  }

  #range(term: Term, bound: readonly number[]): Value {
    const [body, from, to] = term.args;
    const first = (this.run(from, bound) as Evaluated).value;
    const last = (this.run(to, bound) as Evaluated).value;
    if (!Number.isSafeInteger(first) || !Number.isSafeInteger(last))
      throw new Failure("domain", `the range ${first} .. ${last} is not one of integers`);
    this.#spent += Math.max(0, last - first);
    if (this.#spent > MOST_ELEMENTS)
      throw new Failure("limit", `the ranges have more than ${MOST_ELEMENTS} elements`, {
        hint: "Shorten them, or compile the term.",
      });
    if (term.kind === Kind.comprehension) {
      const elements: Value[] = [];
      for (let i = first; i <= last; i++) elements.push(this.run(body, [...bound, i]));
      return elements;
    }
    const start = { sum: 0, product: 1, min: Infinity, max: -Infinity }[term.name as "sum"];
    let total = exactly(start);
    for (let i = first; i <= last; i++) {
      const next = this.run(body, [...bound, i]) as Evaluated;
      if (term.name === "sum") total = rounded(total.value + next.value, total.error + next.error);
      else if (term.name === "product") total = times(total, next);
      else if (term.name === "min" ? next.value < total.value : next.value > total.value) total = next;
    }
    return total;
  }
}

const isEuler = (term: Term): boolean => term.kind === Kind.call && term.name === "e";

function times(a: Evaluated, b: Evaluated): Evaluated {
  if (a.error === 0 && a.value === 1) return b;
  if (b.error === 0 && b.value === 1) return a;
  return rounded(a.value * b.value, Math.abs(a.value) * b.error + Math.abs(b.value) * a.error);
}

function over(a: Evaluated, b: Evaluated): Evaluated {
  const value = a.value / b.value;
  return rounded(value, (a.error + Math.abs(value) * b.error) / Math.abs(b.value));
}

function raised(base: Evaluated, exponent: Term["value"], euler: boolean): Evaluated {
  if (exponent === 1) return base;
  const e = Q.toNumber(exponent);
  if (euler) return rounded(Math.exp(e), 0, 2);
  if (e === 0.5) return apply(Math.sqrt, [base]);
  const value = base.value ** e;
  return rounded(value, Math.abs((e * value) / base.value) * base.error, Math.min(Math.abs(e), 8));
}

/** A function of arguments with errors: how far the value moves when each argument moves by its error. */
function apply(f: (...args: number[]) => number, args: readonly Evaluated[]): Evaluated {
  const values = args.map((arg) => arg.value);
  const value = f(...values);
  let error = 0;
  args.forEach((arg, i) => {
    if (arg.error === 0) return;
    for (const moved of [arg.value - arg.error, arg.value + arg.error]) {
      const change = Math.abs(f(...values.with(i, moved)) - value);
      if (change > error || Number.isNaN(change)) error = Number.isNaN(change) ? Infinity : change;
    }
  });
  return rounded(value, error, 4);
}

function heldValue(term: Term, args: readonly Evaluated[]): Evaluated {
  const [a, b] = args;
  switch (term.name) {
    case "+":
      return rounded(a.value + b.value, a.error + b.error);
    case "-":
      return rounded(a.value - b.value, a.error + b.error);
    case "*":
      return rounded(a.value * b.value, Math.abs(a.value) * b.error + Math.abs(b.value) * a.error);
    case "/":
      return over(a, b);
    case "^":
      return apply(Math.pow, [a, b]);
    case "neg":
      return { value: -a.value, error: a.error };
    default:
      return apply(functionRule(term.name)!.value, args);
  }
}
