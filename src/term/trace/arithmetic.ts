// Operators and functions of JavaScript as terms. In ordinary mode a double stands for the number that was written (0.1 is
// one tenth) and operations are exact; in held mode operations are kept as they are, on doubles. What JavaScript would
// compute to another value than the term has is refused: remainders of negative numbers, bits of what is no whole number,
// decisions that depend on rounding.
import { Failure } from "../../base/index.ts";
import { Q, type Rational } from "../../number/index.ts";
import { add, div, logic, mul, neg, piecewise, pow, relation, sqrt, sub, type RelationName } from "../build.ts";
import type { Context } from "../context.ts";
import { call, eulersNumber, pi } from "../functions.ts";
import { held } from "../held.ts";
import { Kind, type Term } from "../term.ts";
import { affine, type Ranges } from "./ranges.ts";
import type { Bool, Num } from "./values.ts";

/** Functions of Math that are functions of terms, by their names there. */
const FUNCTIONS: Readonly<Record<string, number>> = {
  exp: 1, log: 1, log10: 1, log2: 1, sqrt: 1, cbrt: 1, sin: 1, cos: 1, tan: 1, asin: 1, acos: 1, atan: 1, atan2: 2, sinh: 1,
  cosh: 1, tanh: 1, asinh: 1, acosh: 1, atanh: 1, abs: 1, sign: 1, floor: 1, ceil: 1,
}; // oxfmt-ignore

const BOTH: Readonly<Record<string, (a: number, b: number) => number>> = {
  "+": (a, b) => a + b,
  "-": (a, b) => a - b,
  "*": (a, b) => a * b,
  "/": (a, b) => a / b,
  "**": (a, b) => a ** b,
};

/** Whole numbers of 32 bits, which `| 0` leaves alone. */
const INT32 = 2 ** 31;

export class Arithmetic {
  readonly context: Context;
  readonly held: boolean;
  readonly ranges: Ranges;

  constructor(context: Context, isHeld: boolean, ranges: Ranges) {
    this.context = context;
    this.held = isHeld;
    this.ranges = ranges;
  }

  /** A number as written: `exact` is its exact value where it is not that of the double. */
  constant(value: number, exact: Rational | undefined = undefined): Num {
    if (!Number.isFinite(value)) {
      if (Number.isNaN(value)) throw new Failure("domain", "the value is not a number");
      return { type: "number", term: undefined, known: value };
    }
    if (Number.isSafeInteger(value) && !Object.is(value, -0)) {
      const term = this.context.number(value);
      return { type: "number", term, index: term, known: value };
    }
    if (this.held) return { type: "number", term: this.context.float(value), known: value };
    const rational = exact ?? Q.parseDecimal(String(value)) ?? Q.fromNumber(value);
    return { type: "number", term: this.context.number(rational), known: value };
  }

  /** A number that is not known. A whole one may be an index. */
  unknown(term: Term, index?: Term): Num {
    return { type: "number", term, index };
  }

  /** The value as a term; fails on infinities. */
  term(x: Num): Term {
    if (x.term === undefined) throw new Failure("domain", `${String(x.known)} cannot stand in a term`);
    return x.term;
  }

  binary(operator: string, a: Num, b: Num): Num {
    const compute = BOTH[operator];
    if (compute === undefined) return this.#integer(operator, a, b);
    const both = a.known !== undefined && b.known !== undefined;
    const known = both ? compute(a.known!, b.known!) : undefined;
    if (known !== undefined && !Number.isFinite(known)) {
      if (a.term === undefined || b.term === undefined) return this.constant(known);
      throw new Failure("domain", `the value is ${known}`);
    }
    const [x, y] = [this.term(a), this.term(b)];
    let index: Term | undefined;
    if (a.index !== undefined && b.index !== undefined) index = this.#wholeBinary(operator, a.index, b.index);
    // What is known and whole in both readings stays a plain number, so that it can count.
    if (index?.kind === Kind.number && known !== undefined && index.value !== known) index = undefined;
    const term = this.held
      ? held(this.context, operator === "**" ? "^" : operator, x, y)
      : bounded(this.#exact(operator, x, y));
    return { type: "number", term, index, known };
  }

  #wholeBinary(operator: string, a: Term, b: Term): Term | undefined {
    switch (operator) {
      case "+":
        return add(a, b);
      case "-":
        return sub(a, b);
      case "*":
        return mul(a, b);
      case "/": {
        const quotient = a.kind === Kind.number && b.kind === Kind.number && b.value !== 0 ? Q.divide(a.value, b.value) : undefined; // oxfmt-ignore
        return quotient !== undefined && Q.isInteger(quotient) ? this.context.number(quotient) : undefined;
      }
      case "**":
        return a.kind === Kind.number && b.kind === Kind.number && Q.sign(b.value) > 0 ? pow(a, b) : undefined;
    }
    return undefined;
  }

  #exact(operator: string, a: Term, b: Term): Term {
    switch (operator) {
      case "+":
        return add(a, b);
      case "-":
        return sub(a, b);
      case "*":
        return mul(a, b);
      case "/":
        return div(a, b);
      default:
        return pow(a, b);
    }
  }

  /** % and the operators on bits: only where they are what they are for whole numbers. */
  #integer(operator: string, a: Num, b: Num): Num {
    if (a.known !== undefined && b.known !== undefined && a.index !== undefined && b.index !== undefined) {
      const [x, y] = [a.known, b.known];
      const results: Record<string, number> = { "%": x % y, "|": x | y, "&": x & y, "^": x ^ y, "<<": x << y, ">>": x >> y, ">>>": x >>> y }; // oxfmt-ignore
      const value = results[operator];
      if (value === undefined) throw new Failure("unsupported", `the operator ${operator} cannot be traced`);
      return this.constant(value === 0 ? 0 : value);
    }
    const { ranges } = this;
    if (operator === "%") {
      if (b.known !== undefined && b.index !== undefined && b.known > 0 && a.index !== undefined) {
        if (ranges.low(a.index) < 0)
          throw new Failure("unsupported", "the sign of % is that of its left side, which may be negative here", {
            hint: "Add a multiple of the right side first: (i - 1 + n) % n.",
          });
        return this.#whole(this.remainder(a.index, b.known));
      }
      throw new Failure("unsupported", "% is traced for whole numbers: an index that is not negative, and a known number above 0"); // oxfmt-ignore
    }
    if (a.index === undefined || b.known === undefined || b.index === undefined)
      throw new Failure("unsupported", `${operator} is traced for whole numbers only`, {
        hint: "Write Math.floor(x) or Math.trunc(x).",
      });
    const [low, high] = [ranges.low(a.index), ranges.high(a.index)];
    if (low < -INT32 || high >= INT32)
      throw new Failure("unsupported", `${operator} cuts numbers to 32 bits, and this one may be longer`);
    if (b.known === 0 && (operator === "|" || operator === ">>" || operator === "<<")) return a;
    if (operator === ">>" && b.known > 0 && b.known < 32) return this.#whole(this.quotient(a.index, 2 ** b.known));
    throw new Failure("unsupported", `${operator} on an index cannot be traced`);
  }

  #whole(index: Term): Num {
    const known = index.kind === Kind.number ? Q.toNumber(index.value) : undefined;
    return { type: "number", term: index, index, known };
  }

  /** A whole term divided by c > 0 and rounded down: whole parts come out, the rest by its range. */
  quotient(term: Term, c: number): Term {
    const { whole, rest } = this.#split(term, c);
    const shift = Math.floor(this.ranges.low(rest) / c);
    if (Number.isFinite(shift) && Math.floor(this.ranges.high(rest) / c) === shift) return add(whole, shift);
    const floor = call(this.context, "floor", div(rest, c));
    const [low, high] = [this.ranges.low(rest), this.ranges.high(rest)];
    this.ranges.note(floor, Math.floor(low / c), Math.floor(high / c));
    return add(whole, floor);
  }

  /** The remainder of a whole term by c > 0, from 0 to c - 1. */
  remainder(term: Term, c: number): Term {
    const { rest } = this.#split(term, c);
    const shift = Math.floor(this.ranges.low(rest) / c);
    if (Number.isFinite(shift) && Math.floor(this.ranges.high(rest) / c) === shift) return sub(rest, shift * c);
    const value = call(this.context, "mod", rest, this.context.number(c));
    this.ranges.note(value, 0, c - 1);
    return value;
  }

  /** term = c whole + rest, where rest has coefficients below c. */
  #split(term: Term, c: number): { whole: Term; rest: Term } {
    const args = term.kind === Kind.sum ? term.args : [term];
    let whole: Term = this.context.number(0);
    for (const arg of args) {
      const value = term.kind === Kind.sum ? term.weights[term.args.indexOf(arg)] : arg.kind === Kind.product ? arg.value : arg.kind === Kind.number ? arg.value : 1; // oxfmt-ignore
      if (typeof value !== "number") continue;
      const times = arg.kind === Kind.number ? Math.floor(value / c) : Math.trunc(value / c);
      if (times === 0) continue;
      const atom = term.kind === Kind.sum ? arg : arg.kind === Kind.number ? this.context.number(1) : div(arg, value);
      whole = add(whole, mul(atom, times));
    }
    if (term.kind === Kind.sum && typeof term.value === "number") whole = add(whole, Math.floor(term.value / c));
    return { whole, rest: sub(term, mul(whole, c)) };
  }

  negate(x: Num): Num {
    if (x.term === undefined) return this.constant(-x.known!);
    const known = x.known === undefined ? undefined : -x.known;
    const index = x.index === undefined ? undefined : neg(x.index);
    const literal = x.term.kind === Kind.number || x.term.kind === Kind.float;
    if (known !== undefined && literal && this.held) return this.constant(known === 0 && x.index ? 0 : known);
    return { type: "number", term: this.held ? held(this.context, "neg", x.term) : neg(x.term), index, known };
  }

  /** A value of `Math`. */
  mathConstant(name: string): Num | undefined {
    const value = (Math as unknown as Record<string, unknown>)[name];
    if (typeof value !== "number") return undefined;
    if (this.held) return { type: "number", term: this.context.float(value), known: value };
    const { context } = this;
    const log = (n: number): Term => call(context, "log", context.number(n));
    const exact: Record<string, () => Term> = {
      PI: () => pi(context),
      E: () => eulersNumber(context),
      LN2: () => log(2),
      LN10: () => log(10),
      LOG2E: () => pow(log(2), -1),
      LOG10E: () => pow(log(10), -1),
      SQRT2: () => sqrt(context.number(2)),
      SQRT1_2: () => pow(sqrt(context.number(2)), -1),
    };
    return { type: "number", term: exact[name](), known: value };
  }

  /** A function of `Math`; undefined if it is not one that can be traced. */
  mathCall(name: string, args: readonly Num[]): Num | undefined {
    const whole = args.every((x) => x.index !== undefined);
    const known = args.every((x) => x.known !== undefined)
      ? ((Math as unknown as Record<string, (...values: number[]) => number>)[name]?.(...args.map((x) => x.known!)) ??
        undefined)
      : undefined;
    if (name === "min" || name === "max") return this.#extreme(name, args, known);
    const [a] = args;
    if (name === "pow" && args.length === 2) return this.binary("**", a, args[1]);
    if (FUNCTIONS[name] === args.length) {
      if (whole && (name === "floor" || name === "ceil")) return a;
      if (known !== undefined && !Number.isFinite(known)) throw new Failure("domain", `Math.${name} is ${known} here`);
      const terms = args.map((x) => this.term(x));
      const rounds = name === "floor" || name === "ceil";
      if (whole && name === "abs" && this.ranges.low(a.index!) >= 0) return a;
      if (known !== undefined && (rounds || (whole && (name === "abs" || name === "sign")))) {
        const term = this.held ? undefined : call(this.context, name, ...terms);
        if (term !== undefined && !(term.kind === Kind.number && Q.toNumber(term.value) === known))
          throw new Failure("unsupported", `Math.${name} depends on rounding here`);
        return this.constant(known);
      }
      const term = this.held ? held(this.context, name, ...terms) : call(this.context, name, ...terms);
      const index = rounds && !this.held ? this.#floorIndex(name, a, term) : undefined;
      return { type: "number", term: index ?? term, index, known };
    }
    if (name === "trunc" && args.length === 1) {
      if (whole) return a;
      const [up, down] = ["ceil", "floor"].map((f) => this.mathCall(f, args)!);
      if (known !== undefined) return known < 0 ? up : down;
      const condition = relation("<=", this.context.number(0), this.term(a));
      return this.unknown(piecewise([[this.term(down), condition]], this.term(up)));
    }
    if (this.held) return undefined;
    const rest: Record<string, [number, () => Term]> = {
      log1p: [1, () => call(this.context, "log", add(this.term(a), 1))],
      expm1: [1, () => sub(call(this.context, "exp", this.term(a)), 1)],
      round: [1, () => call(this.context, "floor", add(this.term(a), this.context.number(Q.rational(1n, 2n))))],
      hypot: [args.length, () => sqrt(args.map((x) => pow(this.term(x), 2)).reduce((s, x) => add(s, x)))],
    };
    if (!Object.hasOwn(rest, name) || rest[name][0] !== args.length || args.length === 0) return undefined;
    if (name === "round" && whole) return a;
    const term = rest[name][1]();
    if (name === "round" && known !== undefined) {
      if (!(term.kind === Kind.number && Q.toNumber(term.value) === known))
        throw new Failure("unsupported", "Math.round depends on rounding here");
      return this.constant(known);
    }
    return { type: "number", term, known };
  }

  /** floor(index / c) as a whole number. */
  #floorIndex(name: string, a: Num, term: Term): Term | undefined {
    const x = a.term!;
    // c x with c = 1/n: a whole term over n.
    let scale = 1;
    const weights: readonly Rational[] = x.kind === Kind.sum ? [x.value, ...x.weights] : [x.value];
    if (x.kind !== Kind.sum && x.kind !== Kind.product) return undefined;
    for (const weight of weights) scale = Math.max(scale, typeof weight === "number" ? 1 : Number(weight.den));
    const inner = mul(x, scale);
    const atoms = inner.kind === Kind.sum ? inner.args : inner.kind === Kind.product && inner.args.length === 1 ? inner.args : [inner]; // oxfmt-ignore
    const isWhole = (atom: Term): boolean => this.ranges.bounds(atom) !== undefined || (atom.kind === Kind.call && (atom.name === "mod" || atom.name === "floor")); // oxfmt-ignore
    if (!atoms.every(isWhole) || ![...weights].every((w) => Q.isInteger(Q.multiply(w, scale)))) return undefined;
    if (name === "floor") return this.quotient(inner, scale);
    return term;
  }

  #extreme(name: "min" | "max", args: readonly Num[], known: number | undefined): Num {
    if (args.length === 0) return this.constant(name === "min" ? Infinity : -Infinity);
    return args.reduce((a, b) => {
      const infinity = name === "min" ? Infinity : -Infinity;
      if (a.known === infinity) return b;
      if (b.known === infinity) return a;
      if (a.known !== undefined && b.known !== undefined && a.term !== undefined && b.term !== undefined)
        return this.compare(name === "min" ? "<=" : ">=", a, b).known ? a : b;
      const [x, y] = [this.term(a), this.term(b)];
      if (a.index !== undefined && b.index !== undefined) {
        const order = this.ranges.atMost(a.index, b.index);
        if (order === true) return name === "min" ? a : b;
        if (this.ranges.atMost(b.index, a.index) === true) return name === "min" ? b : a;
        const index = call(this.context, name, a.index, b.index);
        const pick = name === "min" ? Math.min : Math.max;
        this.ranges.note(
          index,
          pick(this.ranges.low(a.index), this.ranges.low(b.index)),
          pick(this.ranges.high(a.index), this.ranges.high(b.index)),
        );
        return { type: "number", term: this.held ? held(this.context, name, x, y) : index, index, known };
      }
      return this.unknown(this.held ? held(this.context, name, x, y) : call(this.context, name, x, y));
    });
  }

  compare(operator: string, a: Num, b: Num): Bool {
    const name = ({ "==": "=", "===": "=", "!==": "!=" }[operator] ?? operator) as RelationName;
    if (a.known !== undefined && b.known !== undefined) {
      const js = compareDoubles(name, a.known, b.known);
      if (!this.held && a.term !== undefined && b.term !== undefined) {
        const difference = sub(a.term, b.term);
        const exact =
          difference.kind === Kind.number
            ? compareDoubles(name, Q.sign(difference.value), 0)
            : Math.abs(a.known - b.known) > 1e-9 * Math.max(Math.abs(a.known), Math.abs(b.known))
              ? js
              : undefined;
        if (exact !== js)
          throw new Failure("unsupported", "rounding decides this comparison", {
            hint: "Compare whole numbers, or leave a distance between the two sides.",
          });
      }
      return { type: "boolean", known: js };
    }
    if (a.index !== undefined && b.index !== undefined) {
      const known = this.#decide(name, a.index, b.index);
      return known === undefined
        ? { type: "boolean", condition: tidyRelation(name, a.index, b.index) }
        : { type: "boolean", known };
    }
    // Everything that is not known is finite.
    if (a.term === undefined) return { type: "boolean", known: compareDoubles(name, a.known!, 0) };
    if (b.term === undefined) return { type: "boolean", known: compareDoubles(name, 0, b.known!) };
    return { type: "boolean", condition: relation(name, a.term, b.term) };
  }

  #decide(name: RelationName, a: Term, b: Term): boolean | undefined {
    const { ranges } = this;
    const not = (x: boolean | undefined): boolean | undefined => (x === undefined ? undefined : !x);
    switch (name) {
      case "=":
        return ranges.equal(a, b);
      case "!=":
        return not(ranges.equal(a, b));
      case "<=":
        return ranges.atMost(a, b);
      case ">=":
        return ranges.atMost(b, a);
      case "<":
        return not(ranges.atMost(b, a));
      default:
        return not(ranges.atMost(a, b));
    }
  }

  not(x: Bool): Bool {
    return x.known === undefined
      ? { type: "boolean", condition: this.negation(x.condition!) }
      : { type: "boolean", known: !x.known };
  }

  /** not of a condition, turned into a relation where it is one of whole numbers or an equation. */
  negation(condition: Term): Term {
    if (condition.kind === Kind.logic && condition.name === "not") return condition.args[0];
    if (condition.kind === Kind.relation) {
      const [a, b] = condition.args;
      if (condition.name === "=") return relation("!=", a, b);
      if (condition.name === "!=") return relation("=", a, b);
    }
    return logic("not", condition);
  }

  /** a if the condition holds, else b. */
  choose(condition: Term, a: Num, b: Num, ranges: readonly [number, number] | undefined): Num {
    if (a.term !== undefined && a.term === b.term) return a;
    const term = chosen(this.term(a), condition, this.term(b));
    let index: Term | undefined;
    if (a.index !== undefined && b.index !== undefined) {
      index = chosen(a.index, condition, b.index);
      if (ranges !== undefined) this.ranges.note(index, ranges[0], ranges[1]);
    }
    return { type: "number", term, index };
  }
}

/** a if the condition holds, else b; one list of cases where b is one. */
function chosen(a: Term, condition: Term, b: Term): Term {
  const cases: [Term, Term][] = [[a, condition]];
  if (b.kind !== Kind.piecewise) return piecewise(cases, b);
  for (let i = 0; i + 1 < b.args.length; i += 2) cases.push([b.args[i], b.args[i + 1]]);
  return piecewise(cases, b.args[b.args.length - 1]);
}

/** A relation of affine terms with positive coefficients on both sides: i - 1 < n - 1 becomes i < n. */
export function tidyRelation(name: RelationName, a: Term, b: Term): Term {
  const difference = sub(a, b);
  const form = affine(difference);
  if (form === undefined) return relation(name, a, b);
  const zero = a.context.number(0);
  let [left, right] = [add(zero, Math.max(form.constant, 0)), add(zero, Math.max(-form.constant, 0))];
  for (const [atom, weight] of form.parts)
    if (weight > 0) left = add(left, mul(atom, weight));
    else right = add(right, mul(atom, -weight));
  // x = 1 rather than 1 = x.
  if ((name === "=" || name === "!=") && left.kind === Kind.number) [left, right] = [right, left];
  return relation(name, left, right);
}

/** Bits of an exact number: beyond them repeated squaring would take minutes. */
const MOST_BITS = 20_000;

/** Fails on exact numbers that grow out of hand. */
function bounded(term: Term): Term {
  for (let i = -1; i < term.weights.length; i++) {
    const value = i < 0 ? term.value : term.weights[i];
    if (
      typeof value !== "number" &&
      Math.max(Q.bitLength(value.num < 0n ? -value.num : value.num), Q.bitLength(value.den)) > MOST_BITS
    )
      throw new Failure("limit", `exact numbers grow beyond ${MOST_BITS} bits`, {
        hint: "Trace with held: true, which computes on doubles.",
      });
  }
  return term;
}

function compareDoubles(name: RelationName, a: number, b: number): boolean {
  switch (name) {
    case "=":
      return a === b;
    case "!=":
      return a !== b;
    case "<":
      return a < b;
    case "<=":
      return a <= b;
    case ">":
      return a > b;
    default:
      return a >= b;
  }
}
