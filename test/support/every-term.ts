// Random terms of every kind, as functions of a context: for the printers and readers of notations.
import * as fc from "fast-check";
import { Q } from "../../src/number/index.ts";
import {
  add, array, call, comprehension, type Context, div, eulersNumber, functionNames, functionRule, held, index, logic, mul, neg, pi,
  piecewise, pow, reduction, relation, type ReductionName, type RelationName, sub, type Term,
} from "../../src/term/index.ts"; // oxfmt-ignore

export type Maker = (context: Context) => Term;

/** Names that are hard for some notation: functions, constants, words, blanks, marks, subscripts, other scripts. */
export const HARD_NAMES = [
  "x", "y", "z", "k", "n", "a", "b", "d", "e", "f", "g", "i", "x_1", "x_12", "x_k", "v_max", "a_alpha", "d_1", "f_1", "e_1", "k_1", "pi_1", "mass", "alpha", "pi",
  "Gamma", "gamma", "zeta", "Delta", "infty", "if", "and", "float", "sin", "PI", "E", "let", "TRUE", "a b", "A(b!1).B(a!1)", "x'", "x_1_2", "x_",
  "_x", "1x", "é", "π", "α", "größe", "#0", "__proto__", "constructor", "|", "a|b", "\\", "\\alpha", "{", "a}b", "$x", "50%", "~", "^", "&lt;", "<b>", '"', "-", "+", "1e5", "x y_z", ":pre", "!", "op", "rational",
]; // oxfmt-ignore

const name = fc.oneof(
  { weight: 3, arbitrary: fc.constantFrom("x", "y", "z", "k", "n") },
  fc.constantFrom(...HARD_NAMES),
);
const symbol = name.map(
  (text): Maker =>
    (context) =>
      context.symbol(text),
);
const number = fc.tuple(fc.integer({ min: -12, max: 12 }), fc.constantFrom(1, 1, 2, 3, 7, 10)).map(
  ([n, d]): Maker =>
    (context) =>
      context.number(Q.rational(BigInt(n), BigInt(d))),
);
const large = fc.bigInt(-(10n ** 30n), 10n ** 30n).map(
  (n): Maker =>
    (context) =>
      context.number(Q.rational(n, 7n)),
);
const float = fc
  .oneof(fc.constantFrom(0, -0, 0.1, -2.5, 1e300, 5e-324), fc.double({ noNaN: true, noDefaultInfinity: true }))
  .map(
    (value): Maker =>
      (context) =>
        context.float(value),
  );
const constant = fc.constantFrom<Maker>(pi, eulersNumber);
const functions = functionNames().filter((each) => each !== "besselJ" && each !== "besselY");

export interface EveryOptions {
  readonly arrays: boolean;
  readonly ranges: boolean;
}

/** Ordinary terms of every kind; values only at the top. */
export function everyTerm({ arrays, ranges }: EveryOptions): fc.Arbitrary<Maker> {
  return fc.letrec<{ value: Maker; condition: Maker }>((tie) => {
    const value = tie("value");
    const condition = tie("condition");
    const two = fc.tuple(value, value);
    const options: fc.WeightedArbitrary<Maker>[] = [
      {
        weight: 4,
        arbitrary: fc.oneof({ weight: 4, arbitrary: symbol }, { weight: 3, arbitrary: number }, constant, float, large),
      },
      {
        weight: 3,
        arbitrary: two.map(
          ([a, b]): Maker =>
            (c) =>
              add(a(c), b(c)),
        ),
      },
      {
        weight: 3,
        arbitrary: two.map(
          ([a, b]): Maker =>
            (c) =>
              sub(a(c), b(c)),
        ),
      },
      {
        weight: 3,
        arbitrary: two.map(
          ([a, b]): Maker =>
            (c) =>
              mul(a(c), b(c)),
        ),
      },
      {
        weight: 2,
        arbitrary: two.map(
          ([a, b]): Maker =>
            (c) =>
              div(a(c), b(c)),
        ),
      },
      {
        weight: 2,
        arbitrary: two.map(
          ([a, b]): Maker =>
            (c) =>
              pow(a(c), b(c)),
        ),
      },
      {
        weight: 1,
        arbitrary: value.map(
          (a): Maker =>
            (c) =>
              neg(a(c)),
        ),
      },
      {
        weight: 2,
        arbitrary: fc.tuple(value, fc.integer({ min: -4, max: 4 }), fc.constantFrom(1, 2, 3)).map(
          ([a, n, d]): Maker =>
            (c) =>
              pow(a(c), c.number(Q.rational(BigInt(n), BigInt(d)))),
        ),
      },
      {
        weight: 4,
        arbitrary: fc.tuple(fc.constantFrom(...functions), value, value).map(
          ([f, a, b]): Maker =>
            (c) =>
              functionRule(f)!.arity[1] === 2 ? call(c, f, a(c), b(c)) : call(c, f, a(c)),
        ),
      },
      {
        weight: 1,
        arbitrary: fc
          .tuple(fc.array(fc.tuple(value, condition), { minLength: 1, maxLength: 3 }), value)
          .map(([cases, last]): Maker => (c) => piecewise(cases.map(([a, b]) => [a(c), b(c)] as const), last(c))), // oxfmt-ignore
      },
    ];
    if (arrays)
      options.push(
        { weight: 1, arbitrary: fc.array(value, { maxLength: 3 }).map((all): Maker => (c) => array(c, all.map((each) => each(c)))) }, // oxfmt-ignore
        { weight: 1, arbitrary: fc.array(fc.tuple(value, value), { minLength: 1, maxLength: 2 }).map((all): Maker => (c) => array(c, all.map(([a, b]) => array(c, [a(c), b(c)])))) }, // oxfmt-ignore
        { weight: 1, arbitrary: fc.tuple(symbol, fc.array(value, { minLength: 1, maxLength: 2 })).map(([a, all]): Maker => (c) => index(a(c), ...all.map((each) => each(c)))) }, // oxfmt-ignore
      );
    if (arrays && ranges)
      options.push({
        weight: 1,
        arbitrary: fc.tuple(value, name, value, value).map(
          ([body, variable, from, to]): Maker =>
            (c) =>
              comprehension(body(c), c.symbol(variable), from(c), to(c)),
        ),
      });
    if (ranges)
      options.push({
        weight: 1,
        arbitrary: fc
          .tuple(fc.constantFrom<ReductionName>("sum", "product", "min", "max"), value, name, value, value)
          .map(
            ([f, body, variable, from, to]): Maker =>
              (c) =>
                reduction(f, body(c), c.symbol(variable), from(c), to(c)),
          ),
      });
    return {
      value: fc.oneof({ depthSize: "small", withCrossShrink: true }, ...options),
      condition: fc.oneof(
        { depthSize: "small", withCrossShrink: true },
        fc.tuple(fc.constantFrom<RelationName>("=", "!=", "<", "<=", ">", ">="), value, value).map(([f, a, b]): Maker => (c) => relation(f, a(c), b(c))), // oxfmt-ignore
        fc.tuple(fc.constantFrom("and" as const, "or" as const), fc.array(condition, { minLength: 1, maxLength: 3 })).map(([f, all]): Maker => (c) => logic(f, ...all.map((each) => each(c)))), // oxfmt-ignore
        condition.map(
          (a): Maker =>
            (c) =>
              logic("not", a(c)),
        ),
      ),
    };
  }).value;
}

/** Held terms with held operations and functions over leaves. */
export const heldTerm: fc.Arbitrary<Maker> = fc.letrec<{ value: Maker }>((tie) => {
  const value = tie("value");
  return {
    value: fc.oneof(
      { depthSize: "small", withCrossShrink: true },
      fc.oneof({ weight: 4, arbitrary: symbol }, { weight: 3, arbitrary: number }, constant, float),
      fc.tuple(fc.constantFrom("+", "-", "*", "/", "^"), value, value).map(([f, a, b]): Maker => (c) => held(c, f, a(c), b(c))), // oxfmt-ignore
      value.map(
        (a): Maker =>
          (c) =>
            held(c, "neg", a(c)),
      ),
      fc.tuple(fc.constantFrom(...functions), value, value).map(
        ([f, a, b]): Maker =>
          (c) =>
            functionRule(f)!.arity[1] === 2 ? held(c, f, a(c), b(c)) : held(c, f, a(c)),
      ),
      fc
        .tuple(fc.array(fc.tuple(value, fc.tuple(value, value)), { minLength: 1, maxLength: 2 }), value)
        .map(([cases, last]): Maker => (c) => piecewise(cases.map(([a, [x, y]]) => [a(c), relation("<", x(c), y(c))] as const), last(c))), // oxfmt-ignore
    ),
  };
}).value;
