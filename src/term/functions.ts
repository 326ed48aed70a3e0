// The named functions that terms know: arity, values at exact arguments, partial derivatives, and the double-precision
// value. Rules are data; the engine never mentions a particular function. `log` is the natural logarithm (as in
// mathematics and in most languages), `ln` is read as `log`. exp(x) is kept as e^x, sqrt(x) as x^(1/2).
import { Failure } from "../base/index.ts";
import { type BigFloat, bigfloat, Q, type Rational } from "../number/index.ts";
import { add, div, logic, mul, neg, piecewise, pow, relation, sqrt, sub } from "./build.ts";
import type { Context } from "./context.ts";
import { Kind, type Term } from "./term.ts";

export interface FunctionRule {
  readonly name: string;
  /** Least and greatest number of arguments. */
  readonly arity: readonly [number, number];
  /** Value in double precision. */
  readonly value: (...args: number[]) => number;
  /**
   * Partial derivatives by each argument (in terms of the arguments); absent, or undefined for an argument: not known in
   * closed form within the language, and asking for it fails.
   */
  readonly derivatives?: (...args: Term[]) => (Term | undefined)[];
  /** The exact value where it is known; undefined leaves the call. */
  readonly exact?: (...args: Term[]) => Term | undefined;
  /** The derivative given holds away from points where the function jumps or bends. */
  readonly jumps?: true;
  /** A common name of variables too: it is the function only where an argument in parentheses follows. */
  readonly alsoSymbol?: true;
  /** f(-x) = -f(x) or f(x): moves a sign out of the argument. */
  readonly parity?: "odd" | "even";
}

const num = (like: Term, value: Rational): Term => like.context.number(value);
const one = (like: Term): Term => num(like, 1);
const square = (x: Term): Term => pow(x, 2);
/** 1 / (1 + sign x^2), and with a square root. */
const over = (x: Term, constant: number, weight: number): Term =>
  pow(add(mul(num(x, weight), square(x)), constant), -1);
const overRoot = (x: Term, constant: number, weight: number): Term =>
  pow(add(mul(num(x, weight), square(x)), constant), num(x, Q.rational(-1n, 2n)));

/** Exact values at 0 and 1 as a table from argument to value. */
const at =
  (table: Readonly<Record<string, number>>) =>
  (x: Term): Term | undefined => {
    if (x.kind !== Kind.number || typeof x.value !== "number") return undefined;
    const found = table[x.value];
    return found === undefined ? undefined : num(x, found);
  };

const exactNumber =
  (f: (value: Rational) => Rational) =>
  (x: Term): Term | undefined =>
    x.kind === Kind.number ? num(x, f(x.value)) : undefined;

const rules: readonly FunctionRule[] = [
  // Exponential and logarithm.
  { name: "exp", arity: [1, 1], value: Math.exp, exact: (x) => pow(eulersNumber(x.context), x) },
  { name: "log", arity: [1, 1], value: Math.log, derivatives: (x) => [pow(x, -1)], exact: logExact },
  {
    name: "log10",
    arity: [1, 1],
    value: Math.log10,
    derivatives: (x) => [pow(mul(x, call(x.context, "log", num(x, 10))), -1)],
    exact: at({ 1: 0, 10: 1, 100: 2, 1000: 3 }),
  },
  {
    name: "log2",
    arity: [1, 1],
    value: Math.log2,
    derivatives: (x) => [pow(mul(x, call(x.context, "log", num(x, 2))), -1)],
    exact: at({ 1: 0, 2: 1, 4: 2, 8: 3 }),
  },
  { name: "sqrt", arity: [1, 1], value: Math.sqrt, exact: (x) => sqrt(x) },
  {
    name: "cbrt",
    arity: [1, 1],
    value: Math.cbrt,
    parity: "odd",
    derivatives: (x) => [div(call(x.context, "cbrt", x), mul(num(x, 3), x))],
    exact: at({ 0: 0, 1: 1, 8: 2, 27: 3 }),
  },
  // Trigonometric.
  {
    name: "sin",
    arity: [1, 1],
    value: Math.sin,
    parity: "odd",
    derivatives: (x) => [call(x.context, "cos", x)],
    exact: at({ 0: 0 }),
  },
  {
    name: "cos",
    arity: [1, 1],
    value: Math.cos,
    parity: "even",
    derivatives: (x) => [neg(call(x.context, "sin", x))],
    exact: at({ 0: 1 }),
  },
  {
    name: "tan",
    arity: [1, 1],
    value: Math.tan,
    parity: "odd",
    derivatives: (x) => [add(square(call(x.context, "tan", x)), 1)],
    exact: at({ 0: 0 }),
  },
  {
    name: "cot",
    arity: [1, 1],
    value: (x) => 1 / Math.tan(x),
    parity: "odd",
    derivatives: (x) => [neg(add(square(call(x.context, "cot", x)), 1))],
  },
  {
    name: "sec",
    arity: [1, 1],
    value: (x) => 1 / Math.cos(x),
    parity: "even",
    derivatives: (x) => [mul(call(x.context, "sec", x), call(x.context, "tan", x))],
    exact: at({ 0: 1 }),
  },
  {
    name: "csc",
    arity: [1, 1],
    value: (x) => 1 / Math.sin(x),
    parity: "odd",
    derivatives: (x) => [neg(mul(call(x.context, "csc", x), call(x.context, "cot", x)))],
  },
  {
    name: "asin",
    arity: [1, 1],
    value: Math.asin,
    parity: "odd",
    derivatives: (x) => [overRoot(x, 1, -1)],
    exact: at({ 0: 0 }),
  },
  { name: "acos", arity: [1, 1], value: Math.acos, derivatives: (x) => [neg(overRoot(x, 1, -1))], exact: at({ 1: 0 }) },
  {
    name: "atan",
    arity: [1, 1],
    value: Math.atan,
    parity: "odd",
    derivatives: (x) => [over(x, 1, 1)],
    exact: at({ 0: 0 }),
  },
  {
    name: "atan2",
    arity: [2, 2],
    value: Math.atan2,
    derivatives: (y, x) => {
      const r = pow(add(square(x), square(y)), -1);
      return [mul(x, r), neg(mul(y, r))];
    },
  },
  // Hyperbolic.
  {
    name: "sinh",
    arity: [1, 1],
    value: Math.sinh,
    parity: "odd",
    derivatives: (x) => [call(x.context, "cosh", x)],
    exact: at({ 0: 0 }),
  },
  {
    name: "cosh",
    arity: [1, 1],
    value: Math.cosh,
    parity: "even",
    derivatives: (x) => [call(x.context, "sinh", x)],
    exact: at({ 0: 1 }),
  },
  {
    name: "tanh",
    arity: [1, 1],
    value: Math.tanh,
    parity: "odd",
    derivatives: (x) => [sub(one(x), square(call(x.context, "tanh", x)))],
    exact: at({ 0: 0 }),
  },
  {
    name: "asinh",
    arity: [1, 1],
    value: Math.asinh,
    parity: "odd",
    derivatives: (x) => [overRoot(x, 1, 1)],
    exact: at({ 0: 0 }),
  },
  // (x - 1)^(-1/2) (x + 1)^(-1/2) and not (x^2 - 1)^(-1/2): the two differ left of the cut.
  {
    name: "acosh",
    arity: [1, 1],
    value: Math.acosh,
    derivatives: (x) => {
      const h = num(x, Q.rational(-1n, 2n));
      return [mul(pow(sub(x, 1), h), pow(add(x, 1), h))];
    },
    exact: at({ 1: 0 }),
  },
  {
    name: "atanh",
    arity: [1, 1],
    value: Math.atanh,
    parity: "odd",
    derivatives: (x) => [over(x, 1, -1)],
    exact: at({ 0: 0 }),
  },
  // Special functions; in double precision they are the correctly rounded values of src/number.
  {
    name: "gamma",
    alsoSymbol: true,
    arity: [1, 1],
    value: (x) => inDoubles(bigfloat.gamma, x),
    derivatives: (x) => [mul(call(x.context, "gamma", x), call(x.context, "digamma", x))],
    exact: gammaExact,
  },
  {
    name: "lgamma",
    arity: [1, 1],
    value: (x) => inDoubles(bigfloat.lgamma, x),
    derivatives: (x) => [call(x.context, "digamma", x)],
    exact: at({ 1: 0, 2: 0 }),
  },
  { name: "digamma", arity: [1, 1], value: (x) => inDoubles(bigfloat.digamma, x) },
  { name: "zeta", alsoSymbol: true, arity: [1, 1], value: (x) => inDoubles(bigfloat.zeta, x), exact: zetaExact },
  {
    name: "erf",
    arity: [1, 1],
    value: (x) => inDoubles(bigfloat.erf, x),
    parity: "odd",
    derivatives: (x) => [gaussian(x)],
    exact: at({ 0: 0 }),
  },
  {
    name: "erfc",
    arity: [1, 1],
    value: (x) => inDoubles(bigfloat.erfc, x),
    derivatives: (x) => [neg(gaussian(x))],
    exact: at({ 0: 1 }),
  },
  {
    name: "airyAi",
    arity: [1, 1],
    value: (x) => inDoubles(bigfloat.airyAi, x),
    derivatives: (x) => [call(x.context, "airyAiPrime", x)],
  },
  {
    name: "airyAiPrime",
    arity: [1, 1],
    value: (x) => inDoubles(bigfloat.airyAiPrime, x),
    // Ai'' = x Ai (DLMF 9.2.1).
    derivatives: (x) => [mul(x, call(x.context, "airyAi", x))],
  },
  {
    name: "besselJ",
    arity: [2, 2],
    value: (n, x) => inDoubles((y, p) => bigfloat.besselJ(wholeOrder("besselJ", n), y, p), x),
    derivatives: (n, x) => [undefined, besselSlope("besselJ", n, x)],
  },
  {
    name: "besselY",
    arity: [2, 2],
    value: (n, x) => inDoubles((y, p) => bigfloat.besselY(wholeOrder("besselY", n), y, p), x),
    derivatives: (n, x) => [undefined, besselSlope("besselY", n, x)],
  },
  // Pieces: derivatives hold away from the jumps.
  {
    name: "abs",
    jumps: true,
    arity: [1, 1],
    value: Math.abs,
    parity: "even",
    derivatives: (x) => [call(x.context, "sign", x)],
    exact: exactNumber(Q.absolute),
  },
  {
    name: "sign",
    jumps: true,
    arity: [1, 1],
    value: Math.sign,
    parity: "odd",
    derivatives: (x) => [num(x, 0)],
    exact: exactNumber(Q.sign),
  },
  {
    name: "floor",
    jumps: true,
    arity: [1, 1],
    value: Math.floor,
    derivatives: (x) => [num(x, 0)],
    exact: exactNumber((a) => Q.rational(Q.floor(a))),
  },
  {
    name: "ceil",
    jumps: true,
    arity: [1, 1],
    value: Math.ceil,
    derivatives: (x) => [num(x, 0)],
    exact: exactNumber((a) => Q.rational(-Q.floor(Q.negate(a)))),
  },
  {
    name: "min",
    jumps: true,
    arity: [2, 2],
    value: (x, y) => Math.min(x, y),
    derivatives: (x, y) => choose(x, y),
    exact: (x, y) =>
      x.kind === Kind.number && y.kind === Kind.number
        ? Q.compare(x.value, y.value) <= 0
          ? x
          : y
        : x === y
          ? x
          : undefined,
  },
  {
    name: "max",
    jumps: true,
    arity: [2, 2],
    value: (x, y) => Math.max(x, y),
    derivatives: (x, y) => choose(y, x),
    exact: (x, y) =>
      x.kind === Kind.number && y.kind === Kind.number
        ? Q.compare(x.value, y.value) >= 0
          ? x
          : y
        : x === y
          ? x
          : undefined,
  },
  {
    name: "mod",
    jumps: true,
    arity: [2, 2],
    value: (x, y) => x - y * Math.floor(x / y),
    derivatives: (x, y) => [one(x), neg(call(x.context, "floor", div(x, y)))],
  },
  // Constants.
  { name: "pi", arity: [0, 0], value: () => Math.PI },
  { name: "e", arity: [0, 0], value: () => Math.E },
];

function inDoubles(f: (x: BigFloat, precision: number) => BigFloat, x: number): number {
  return bigfloat.toNumber(f(bigfloat.fromNumber(x), 53));
}

/** The order of a Bessel function in doubles: a whole number, or NaN passes. */
function wholeOrder(name: string, n: number): number {
  if (!Number.isInteger(n)) throw new Failure("unsupported", `${name} of order ${n}: only whole orders are computed`);
  return n;
}

/** 2 / sqrt(pi) e^(-x^2). */
function gaussian(x: Term): Term {
  const { context } = x;
  return mul(num(x, 2), pow(pi(context), num(x, Q.rational(-1n, 2n))), pow(eulersNumber(context), neg(square(x))));
}

/** Both kinds: C_n' = (C_(n-1) - C_(n+1)) / 2 (DLMF 10.6.1). */
function besselSlope(name: string, n: Term, x: Term): Term {
  return div(sub(call(x.context, name, sub(n, 1), x), call(x.context, name, add(n, 1), x)), 2);
}

/** (n - 1)! up to here is written out. */
const MOST_FACTORIAL = 100;

function gammaExact(x: Term): Term | undefined {
  if (x.kind !== Kind.number || !Q.isInteger(x.value)) return undefined;
  if (Q.sign(x.value) <= 0) throw new Failure("domain", `gamma(${x}) is not defined: a pole`);
  if (Q.compare(x.value, MOST_FACTORIAL) > 0) return undefined;
  let product = 1n;
  for (let i = 2n; i < Q.numerator(x.value); i++) product *= i;
  return num(x, Q.rational(product));
}

function zetaExact(s: Term): Term | undefined {
  if (s.kind !== Kind.number || !Q.isInteger(s.value)) return undefined;
  if (s.value === 1) throw new Failure("domain", "zeta(1) is not defined: a pole");
  if (s.value === 0) return num(s, Q.rational(-1n, 2n));
  return Q.sign(s.value) < 0 && Q.isInteger(Q.divide(s.value, 2)) ? num(s, 0) : undefined;
}

function choose(x: Term, y: Term): Term[] {
  const condition = relation("<=", x, y);
  return [piecewise([[one(x), condition]], num(x, 0)), piecewise([[one(x), logic("not", condition)]], num(x, 0))];
}

function logExact(x: Term): Term | undefined {
  if (x.kind === Kind.number && x.value === 1) return num(x, 0);
  if (x.kind === Kind.number && x.value === 0) throw new Failure("domain", "log(0) is not defined");
  if (x === eulersNumber(x.context)) return one(x);
  return undefined;
}

const table = new Map(rules.map((rule) => [rule.name, rule]));

/** Other names under which functions are read. */
export const aliases: Readonly<Record<string, string>> = {
  ln: "log",
  arcsin: "asin",
  arccos: "acos",
  arctan: "atan",
  arcsinh: "asinh",
  arccosh: "acosh",
  arctanh: "atanh",
  sgn: "sign",
  ceiling: "ceil",
};

/** The rule of a function, or undefined if it is unknown. */
export function functionRule(name: string): FunctionRule | undefined {
  return table.get(name);
}

/** Is the name a function or a constant that no symbol can have without quotes? */
export function isReservedName(name: string): boolean {
  const rule = table.get(Object.hasOwn(aliases, name) ? aliases[name] : name);
  return rule !== undefined && !rule.alsoSymbol;
}

/** All known functions, constants excluded. */
export function functionNames(): string[] {
  return rules.filter((rule) => rule.arity[1] > 0).map((rule) => rule.name);
}

/** Euler's number e. */
export function eulersNumber(context: Context): Term {
  return context.intern(Kind.call, "e", 0, [], []);
}

export function pi(context: Context): Term {
  return context.intern(Kind.call, "pi", 0, [], []);
}

/** Is the first factor of this term's canonical form negative? Decides which of x and -x is kept inside odd and even functions. */
function hasMinus(term: Term): boolean {
  if (term.kind === Kind.number || term.kind === Kind.product) return Q.sign(term.value) < 0;
  return term.kind === Kind.sum && Q.sign(term.weights[0]) < 0;
}

/** A call of a known function. Fails on unknown names and wrong numbers of arguments. */
export function call(context: Context, name: string, ...args: Term[]): Term {
  const rule = table.get(aliases[name] ?? name);
  if (rule === undefined)
    throw new Failure("name", `unknown function "${name.slice(0, 60)}"`, { hint: suggestion(name) });
  const [least, most] = rule.arity;
  if (args.length < least || args.length > most)
    throw new Failure(
      "usage",
      `${rule.name} takes ${least === most ? least : `${least} to ${most}`} argument${most === 1 ? "" : "s"}, not ${args.length}`,
    );
  const exact = rule.exact?.(...args);
  if (exact !== undefined) return exact;
  if (rule.parity !== undefined && hasMinus(args[0])) {
    const inner = call(context, rule.name, neg(args[0]));
    return rule.parity === "odd" ? neg(inner) : inner;
  }
  return context.intern(Kind.call, rule.name, 0, args, []);
}

/** Names within two edits of an unknown one, nearest first. */
function suggestion(name: string): string {
  const names = name.length > 30 ? [] : [...table.keys(), ...Object.keys(aliases)];
  const near = names
    .map((known) => [distance(known, name.toLowerCase()), known] as const)
    .filter(([edits, known]) => edits <= Math.min(2, known.length - 1))
    .sort((a, b) => a[0] - b[0]);
  return near.length > 0
    ? `Did you mean ${near
        .slice(0, 3)
        .map(([, known]) => known)
        .join(" or ")}?`
    : `For a product write ${name.slice(0, 30)}*(...). Known functions: ${functionNames().join(", ")}.`;
}

/** Edit distance (Levenshtein). */
function distance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++)
      next.push(Math.min(row[j] + 1, next[j - 1] + 1, row[j - 1] + (a[i - 1] === b[j - 1] ? 0 : 1)));
    row = next;
  }
  return row[b.length];
}
