// Random formulae: every target against certified values (ball arithmetic). The tolerance is the running error estimate of a
// plain evaluation, with room for functions of other last bits and for sums taken in another order.
import * as fc from "fast-check";
import { expect, test } from "vitest";
import { build, recipe, SYMBOLS } from "../test/support/terms.ts";
import { nativeMissing, type TargetName } from "./compile/index.ts";
import { Failure } from "./base/index.ts";
import { compileSync } from "./formula.ts";
import { bigfloat } from "./number/index.ts";
import { Context, evaluateDigits, evaluateWithError, print, type Term } from "./term/index.ts";

const POINTS = [
  { x: 0.3, y: -1.7, z: 2.25 },
  { x: 1.5, y: 0.875, z: -0.4 },
  { x: -2.2, y: 3.1, z: 0.6 },
];

interface Case {
  readonly term: Term;
  /** Certified value and tolerance by point; undefined where there is none, or the problem is too ill conditioned to compare. */
  readonly expected: readonly ({ readonly value: number; readonly tolerance: number } | undefined)[];
}

function prepare(term: Term): Case | undefined {
  const expected = POINTS.map((point) => {
    const plain = evaluateWithError(term, point);
    if (!Number.isFinite(plain.value) || !(plain.error < 1e-3 * Math.abs(plain.value)) || Math.abs(plain.value) > 1e250) return undefined; // oxfmt-ignore
    try {
      const { ball } = evaluateDigits(term, 25, { at: point, budget: { steps: 20_000 } });
      return { value: bigfloat.toNumber(ball.mid), tolerance: 64 * plain.error + 1e-300 };
    } catch (error) {
      if (error instanceof Failure) return undefined;
      throw error;
    }
  });
  return expected.some(Boolean) ? { term, expected } : undefined;
}

/** Random terms that can be evaluated somewhere. */
function cases(count: number, seed: number): Case[] {
  const context = new Context();
  const found: Case[] = [];
  for (let turn = 0; found.length < count && turn < 20; turn++)
    for (const each of fc.sample(recipe, { numRuns: count, seed: seed + turn })) {
      try {
        const one = prepare(build(context, each));
        if (one && found.length < count) found.push(one);
      } catch (error) {
        if (!(error instanceof Failure)) throw error;
      }
    }
  return found;
}

function wrong({ term, expected }: Case, values: ArrayLike<number>, what: string): string[] {
  return expected.flatMap((each, i) =>
    each && !(Math.abs(values[i] - each.value) <= each.tolerance)
      ? [`${what}: ${print(term)} at ${JSON.stringify(POINTS[i])} is ${values[i]}, not ${each.value}`]
      : [],
  );
}

const columns = Object.fromEntries(SYMBOLS.map((name) => [name, Float64Array.from(POINTS, (p) => p[name])]));

test("random formulae on table, js and wasm agree with certified values, at points and over arrays", () => {
  const all = cases(150, 17);
  expect(all.length).toBe(150);
  const bad: string[] = [];
  for (const one of all)
    for (const target of ["table", "js", "wasm"] as TargetName[])
      for (const strict of [true, false]) {
        const f = compileSync(one.term, { variables: SYMBOLS, target, strict, ulp: strict ? 1 : 4 });
        bad.push(...wrong(one, POINTS.map(({ x, y, z }) => f(x, y, z)), `${target} ${strict}`)); // oxfmt-ignore
        if (target === "wasm") bad.push(...wrong(one, f.map(columns), `map ${strict}`));
      }
  expect(bad.slice(0, 6)).toEqual([]);
});

const missing = nativeMissing();
test.skipIf(missing !== undefined)(
  `random formulae on c agree with certified values${missing ? ` (${missing})` : ""}`,
  () => {
    const all = cases(100, 99);
    const bad: string[] = [];
    // A library for every 25 of them.
    for (let from = 0; from < all.length; from += 25) {
      const group = all.slice(from, from + 25);
      const f = compileSync(group.map(({ term }) => term), { variables: SYMBOLS, target: "c" }); // oxfmt-ignore
      const values = POINTS.map(({ x, y, z }) => f.values(x, y, z));
      bad.push(...group.flatMap((one, k) => wrong(one, values.map((each) => each[k]), "c"))); // oxfmt-ignore
    }
    expect(bad.slice(0, 6)).toEqual([]);
  },
  // Four runs of the C compiler, on machines that may be busy.
  240_000,
);
