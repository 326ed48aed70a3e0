// Every rule of every group is evaluated on both sides at random points: positive, negative and complex, as its conditions allow.
import { describe, expect, test } from "vitest";
import {
  type ComplexValue,
  complexOf,
  complexValue,
  field,
  real,
  relativeDifference,
} from "../../test/support/complex-terms.ts";
import { Failure, Random } from "../base/index.ts";
import { bigfloat } from "../number/index.ts";
import { diff, Kind, release, type Term } from "../term/index.ts";
import * as room from "./index.ts";
import { variablesOf } from "./pattern.ts";
import { rule, type Rule } from "./rule.ts";

const WANTED = 24;
const TRIES = 4000;

/** All exported groups of rules, by name. */
const groups = Object.entries(room).filter((entry): entry is [string, readonly Rule[]] => Array.isArray(entry[1]));
const FORMAL_GROUPS = new Set(["derivativeRules", "integralRules", "calculusRules"]);

const number = (z: ComplexValue): { re: number; im: number } => ({
  re: bigfloat.toNumber(z.re),
  im: bigfloat.toNumber(z.im),
});

/** Does a value satisfy a test of a condition? */
function satisfies(testName: string, z: ComplexValue): boolean {
  const isReal = real.isZero(z.im);
  const { re } = number(z);
  switch (testName) {
    case "nonzero":
      return !(real.isZero(z.re) && isReal);
    case "positive":
      return isReal && re > 0;
    case "nonnegative":
      return isReal && re >= 0;
    case "integer":
      return isReal && Number.isInteger(re);
    case "real":
    case "number":
      return isReal;
    default:
      throw new Error(`the condition ${testName} cannot be tested by a value`);
  }
}

/** A random point for one variable: positive, negative, a small whole number, zero, or complex in any quadrant. */
function point(random: Random): ComplexValue {
  const kind = Math.floor(random.next() * 6);
  const size = (): number => Math.round((random.next() * 4 - 2) * 1024) / 1024;
  if (kind === 0) return complexOf(Math.abs(size()) + 1 / 64);
  if (kind === 1) return complexOf(-Math.abs(size()) - 1 / 64);
  if (kind === 2) return complexOf(Math.round(size() * 2));
  return complexOf(size(), 3 * size());
}

interface Outcome {
  /** Points at which both sides had values and the conditions held. */
  readonly points: number;
  /** Those with a negative real part or off the real axis. */
  readonly beyond: number;
  readonly worst: number;
}

function compare(rule: Rule, seed: number): Outcome {
  const random = new Random(seed);
  const names = variablesOf(rule.lhs).map((variable) => variable.name);
  let [points, beyond, worst] = [0, 0, 0];
  for (let tries = 0; tries < TRIES && points < WANTED; tries++) {
    const values = Object.fromEntries(names.map((name) => [name, point(random)]));
    try {
      if (!rule.conditions.every(({ test: name, of }) => satisfies(name, complexValue(of, values)))) continue;
      if (![...rule.types].every(([name, type]) => satisfies(type, values[name]))) continue;
      const [left, right] = [complexValue(rule.lhs, values), complexValue(rule.rhs, values)];
      worst = Math.max(worst, relativeDifference(left, right));
      points++;
      if (names.some((name) => number(values[name]).re < 0 || number(values[name]).im !== 0)) beyond++;
    } catch (error) {
      // A point where a side has no value: 1/0, log 0, 0^0.
      if (!(error instanceof Failure)) throw error;
    }
  }
  return { points, beyond, worst };
}

describe("rules hold at random points", () => {
  for (const [name, group] of groups.filter(([each]) => !FORMAL_GROUPS.has(each)))
    describe(name, () => {
      for (const [i, each] of group.entries())
        test(`${each.name}: ${each.text}`, () => {
          const { points, worst } = compare(each, 100 + i);
          expect(points).toBeGreaterThanOrEqual(10);
          expect(worst).toBeLessThan(1e-40);
          expect(each.origin.length).toBeGreaterThan(3);
        });
    });

  test("complex and negative points are among them wherever conditions allow", () => {
    for (const each of room.trigonometricCollapse) expect(compare(each, 1).beyond).toBeGreaterThan(10);
  });

  test.each([
    ["log(exp(?x)) -> ?x"],
    ["sqrt(?x^2) -> ?x"],
    ["sqrt(?x^2) -> abs(?x)"],
    ["log(?a*?b) -> log(?a) + log(?b)"],
    ["(?a*?b)^?n -> ?a^?n*?b^?n"],
    ["(?x^?m)^?n -> ?x^(?m*?n)"],
    ["exp(?x)^?n -> exp(?n*?x)"],
    ["abs(?x)^2 -> ?x^2"],
    ["log(?x^?n) -> ?n*log(?x)"],
    ["log(1/?x) -> -log(?x) if real(?x) and ?x != 0"],
  ])("without its condition the check refutes %s", (text) => {
    expect(compare(rule("wrong", text), 5).worst).toBeGreaterThan(1e-3);
  });
});

// Derivatives and integrals: ?f, ?g, ?a, ?b, ?c become functions of x; an integral is a certain antiderivative, a derivative is
// taken by room term. Sides of integral rules may differ by a constant, so their derivatives are compared.

const { context } = room.calculusRules[0].lhs;
const x = context.symbol("x");
const SAMPLES: readonly (readonly [string, string])[] = [
  ["x^2 + 3", "x^3/3 + 3*x"],
  ["cos(x)", "sin(x)"],
  ["exp(2*x)", "exp(2*x)/2"],
  ["x*exp(x)", "x*exp(x) - exp(x)"],
];

/** A formal integral becomes an unknown function F whose derivative is its integrand; it is enough to differentiate both sides. */
function slope(side: Term, values: ReadonlyMap<string, Term>): Term {
  const build = (part: Term): Term => {
    if (part.kind === Kind.symbol) return values.get(part.name) ?? part;
    if (part.kind !== Kind.held) return part;
    const args = part.args.map(build);
    if (part.name === "diff") return diff(args[0], args[1]);
    return release(context.intern(Kind.held, part.name, 0, args, []));
  };
  /** Derivative with integrals inside taken apart. */
  const derive = (part: Term): Term => {
    if (part.kind !== Kind.held) return diff(build(part), x);
    const [a, b] = part.args;
    const join = (name: string, left: Term, right: Term): Term => release(context.intern(Kind.held, name, 0, [left, right], [])); // oxfmt-ignore
    switch (part.name) {
      case "int":
        return value(a);
      case "+":
      case "-":
        return join(part.name, derive(a), derive(b));
      case "*":
        return join("+", join("*", derive(a), value(b)), join("*", value(a), derive(b)));
      default:
        return diff(build(part), x);
    }
  };
  /** Value with integrals inside: those of the samples, or by name. */
  const value = (part: Term): Term => {
    if (part.kind !== Kind.held) return build(part);
    if (part.name === "int") {
      const integrand = value(part.args[0]);
      const known = antiderivatives.get(integrand);
      if (known === undefined) throw new Error(`no antiderivative of ${integrand} in the table`);
      return known;
    }
    if (part.name === "diff") return diff(value(part.args[0]), x);
    return release(context.intern(Kind.held, part.name, 0, part.args.map(value), []));
  };
  return derive(side);
}

const read = (text: string): Term => release(room.rule("side", `sin(?q) -> ${text}`).rhs);
const antiderivatives = new Map(SAMPLES.map(([f, F]) => [read(f), read(F)]));

describe("calculus rules hold", () => {
  const random = new Random(77);
  const points = Array.from({ length: 12 }, () => ({ x: point(random) })).filter(({ x: at }) => number(at).re !== 0);
  const agree = (left: Term, right: Term): void => {
    let compared = 0;
    for (const values of points)
      try {
        expect(relativeDifference(complexValue(left, values), complexValue(right, values))).toBeLessThan(1e-40);
        compared++;
      } catch (error) {
        if (!(error instanceof Failure)) throw error;
      }
    expect(compared).toBeGreaterThan(5);
  };

  for (const each of [...room.derivativeRules, ...room.integralRules])
    test(`${each.name}: ${each.text}`, () => {
      const names = variablesOf(each.lhs).map((variable) => variable.name).filter((name) => name !== "?x"); // oxfmt-ignore
      const constant = (name: string): boolean =>
        each.conditions.some(({ test: what, of }) => of.name === name && ["free", "number", "integer"].includes(what));
      for (let shift = 0; shift < SAMPLES.length; shift++) {
        const values = new Map<string, Term>([["?x", x]]);
        names.forEach((name, i) => {
          values.set(name, constant(name) ? context.number(shift + 2) : read(SAMPLES[(i + shift) % SAMPLES.length][0]));
        });
        const integral = each.lhs.name === "int";
        const value = (side: Term): Term => slope(context.intern(Kind.held, "int", 0, [side, x], []), values);
        if (integral) agree(slope(each.lhs, values), slope(each.rhs, values));
        else agree(value(each.lhs), value(each.rhs));
      }
    });

  test("a false rule for integrals is refuted", () => {
    const wrong = rule("wrong", "int(?a*?b, ?x) -> int(?a, ?x)*int(?b, ?x)");
    const values = new Map([["?x", x], ["?a", read("cos(x)")], ["?b", read("exp(2*x)")]]); // oxfmt-ignore
    expect(() => agree(slope(wrong.lhs, values), slope(wrong.rhs, values))).toThrow();
  });
});

test("the complex field of the tests takes principal branches", () => {
  const near = (z: ComplexValue, re: number, im: number): void =>
    expect(relativeDifference(z, complexOf(re, im))).toBeLessThan(1e-15);
  near(field.log(complexOf(-1)), 0, Math.PI);
  near(field.sqrt(complexOf(-4)), 0, 2);
});
