// Random terms for property tests: recipes that can be built in any context, evaluated without the term room, and written
// as text.
import * as fc from "fast-check";
import { type Context, add, call, div, mul, pow, sub, type Term } from "../../src/term/index.ts";
import { Q, type Rational } from "../../src/number/index.ts";

export type Recipe =
  | { readonly op: "number"; readonly n: number; readonly d: number }
  | { readonly op: "symbol"; readonly name: string }
  | { readonly op: "+" | "-" | "*" | "/"; readonly a: Recipe; readonly b: Recipe }
  | { readonly op: "^"; readonly a: Recipe; readonly n: number }
  | { readonly op: "power"; readonly a: Recipe; readonly b: Recipe }
  | { readonly op: "root"; readonly a: Recipe; readonly n: number; readonly d: number }
  | { readonly op: "call"; readonly name: string; readonly a: Recipe };

export const SYMBOLS = ["x", "y", "z"] as const;

const leaf = fc.oneof(
  fc.record({ op: fc.constant("number" as const), n: fc.integer({ min: -12, max: 12 }), d: fc.constantFrom(1, 1, 2, 3, 7) }), // oxfmt-ignore
  fc.record({ op: fc.constant("symbol" as const), name: fc.constantFrom(...SYMBOLS) }),
);

/** Recipes with + - * / and integer powers: rational functions of x, y, z. */
export const rationalRecipe: fc.Arbitrary<Recipe> = fc.letrec<{ r: Recipe }>((tie) => ({
  r: fc.oneof(
    { depthSize: "small", withCrossShrink: true },
    leaf,
    fc.record({ op: fc.constantFrom("+" as const, "-" as const, "*" as const, "/" as const), a: tie("r"), b: tie("r") }), // oxfmt-ignore
    fc.record({ op: fc.constant("^" as const), a: tie("r"), n: fc.integer({ min: -3, max: 3 }) }),
  ),
})).r;

/** Recipes that also have functions, roots and symbolic powers. */
export const recipe: fc.Arbitrary<Recipe> = fc.letrec<{ r: Recipe }>((tie) => ({
  r: fc.oneof(
    { depthSize: "small", withCrossShrink: true },
    leaf,
    fc.record({ op: fc.constantFrom("+" as const, "-" as const, "*" as const, "/" as const), a: tie("r"), b: tie("r") }), // oxfmt-ignore
    fc.record({ op: fc.constant("^" as const), a: tie("r"), n: fc.integer({ min: -3, max: 3 }) }),
    fc.record({ op: fc.constant("power" as const), a: tie("r"), b: tie("r") }),
    fc.record({ op: fc.constant("root" as const), a: tie("r"), n: fc.constantFrom(-2, -1, 1, 2, 3), d: fc.constantFrom(2, 3, 5) }), // oxfmt-ignore
    fc.record({ op: fc.constant("call" as const), name: fc.constantFrom("sin", "cos", "exp", "log", "abs", "tanh", "sqrt", "sign", "cosh"), a: tie("r") }), // oxfmt-ignore
  ),
})).r;

/** The term of a recipe. May fail (Failure) on exact division by zero and the like. */
export function build(context: Context, r: Recipe): Term {
  switch (r.op) {
    case "number":
      return context.number(Q.rational(BigInt(r.n), BigInt(r.d)));
    case "symbol":
      return context.symbol(r.name);
    case "+":
      return add(build(context, r.a), build(context, r.b));
    case "-":
      return sub(build(context, r.a), build(context, r.b));
    case "*":
      return mul(build(context, r.a), build(context, r.b));
    case "/":
      return div(build(context, r.a), build(context, r.b));
    case "^":
      return pow(build(context, r.a), r.n);
    case "power":
      return pow(build(context, r.a), build(context, r.b));
    case "root":
      return pow(build(context, r.a), context.number(Q.rational(BigInt(r.n), BigInt(r.d))));
    case "call":
      return call(context, r.name, build(context, r.a));
  }
}

/** Exact fraction n/d of bigints, d > 0: an arithmetic of its own, not that of the number room. */
export type Ratio = readonly [bigint, bigint];

const ratio = (n: bigint, d: bigint): Ratio => (d < 0n ? [-n, -d] : [n, d]);

/** The exact value of a rational recipe, or undefined where something is divided by zero. */
export function exactValue(r: Recipe, at: Readonly<Record<string, Ratio>>): Ratio | undefined {
  switch (r.op) {
    case "number":
      return ratio(BigInt(r.n), BigInt(r.d));
    case "symbol":
      return at[r.name];
    case "^": {
      const a = exactValue(r.a, at);
      if (a === undefined || (a[0] === 0n && r.n <= 0)) return undefined;
      const n = BigInt(Math.abs(r.n));
      return r.n >= 0 ? ratio(a[0] ** n, a[1] ** n) : ratio(a[1] ** n, a[0] ** n);
    }
    case "+":
    case "-":
    case "*":
    case "/": {
      const a = exactValue(r.a, at);
      const b = exactValue(r.b, at);
      if (a === undefined || b === undefined) return undefined;
      if (r.op === "+") return ratio(a[0] * b[1] + b[0] * a[1], a[1] * b[1]);
      if (r.op === "-") return ratio(a[0] * b[1] - b[0] * a[1], a[1] * b[1]);
      if (r.op === "*") return ratio(a[0] * b[0], a[1] * b[1]);
      return b[0] === 0n ? undefined : ratio(a[0] * b[1], a[1] * b[0]);
    }
    default:
      return undefined;
  }
}

export const asRational = ([n, d]: Ratio): Rational => Q.rational(n, d);
