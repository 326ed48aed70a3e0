// Claim symbolics, part "normal forms": constructors that keep sums as {term: coefficient} and products as {base: exponent} against
// generic call trees with rules to a fixpoint (symbolics-normal-forms-baseline.ts). The task is the benchmark of SymbolicUtils.jl at
// pull request 154: random leaves, neighbours combined by random operators until one expression is left, then simplified.
import type { ClaimContext } from "calculemus/claims";
import type { Evidence } from "calculemus/evidence";
import { add, Context, div, evaluateDigits, mul, type Term } from "calculemus/term";
import { Call, simplify, type Tree, valueOf } from "./symbolics-normal-forms-baseline.ts";

export interface Sizes {
  readonly leaves: readonly number[];
  readonly rounds: number;
}

const FULL: Sizes = { leaves: [100, 1000, 10_000], rounds: 5 };
const WANTED = 100;
/** At which size the claim is judged. */
const JUDGED = 1000;
/** Rules are given up after so many milliseconds, run once beyond the second figure. */
const LIMIT = 60_000;
const LONG = 5000;
/** Leaves of warm-up runs, milliseconds of the same for rules. */
const WARM = 400_000;
const WARM_MS = 500;
const POINT = { a: 0.71, b: 1.37, c: 0.93, d: 1.12 };

const LEAVES: readonly Tree[] = ["a", "b", "c", "d", new Call("/", [1, "a"]), new Call("/", [1, "b"]), 1, 2];

/** A recipe that both sides follow: leaves, then for each pass the operators of its pairs. */
export interface Recipe {
  readonly leaves: readonly number[];
  readonly operators: readonly (readonly string[])[];
}

export function recipe(count: number, operators: readonly string[], seed: number): Recipe {
  let state = seed;
  const draw = (k: number): number => {
    state = Number((1103515245n * BigInt(state) + 12345n) % 2147483648n);
    return (state >> 8) % k;
  };
  const leaves = Array.from({ length: count }, () => draw(LEAVES.length));
  const passes: string[][] = [];
  for (let left = count; left > 1; left = Math.ceil(left / 2))
    passes.push(Array.from({ length: Math.ceil(left / 2) }, () => operators[draw(operators.length)]));
  return { leaves, operators: passes };
}

/** Follows a recipe. An odd last one is combined with 1. */
function follow<T>(
  { leaves, operators }: Recipe,
  leaf: (i: number) => T,
  one: T,
  apply: (op: string, x: T, y: T) => T,
): T {
  let list = leaves.map(leaf);
  for (const pass of operators) list = pass.map((op, i) => apply(op, list[2 * i], list[2 * i + 1] ?? one));
  return list[0];
}

export const asTree = (plan: Recipe): Tree => follow(plan, (i) => LEAVES[i], 1 as Tree, (op, x, y) => new Call(op, [x, y])); // oxfmt-ignore

export function asTerm(plan: Recipe, context: Context): Term {
  const [a, b, c, d] = context.symbols("a", "b", "c", "d");
  const one = context.number(1);
  const leaves = [a, b, c, d, div(one, a), div(one, b), one, context.number(2)];
  return follow(plan, (i) => leaves[i], one, (op, x, y) => (op === "+" ? add(x, y) : op === "*" ? mul(x, y) : div(x, y))); // oxfmt-ignore
}

const median = (values: readonly number[]): number => [...values].sort((x, y) => x - y)[values.length >> 1];

/** The part of the claim; shown if every piece of evidence has `measured.shown` 1. */
export async function normalForms(context: ClaimContext, { leaves, rounds }: Sizes = FULL): Promise<Evidence[]> {
  const evidence: Evidence[] = [];
  for (const operators of [
    ["+", "*"],
    ["/", "*"],
  ]) {
    for (const count of leaves) {
      const plan = recipe(count, operators, 7);
      const slow: number[] = [];
      const fast: number[] = [];
      let tree: Tree | undefined;
      let term: Term | undefined;
      let walks = 0;
      const constructors = (): void => {
        const own = new Context();
        const begin = performance.now();
        term = asTerm(plan, own);
        fast.push(performance.now() - begin);
      };
      const rules = (): void => {
        const begin = performance.now();
        const done = simplify(asTree(plan), LIMIT);
        slow.push(performance.now() - begin);
        tree = done?.tree;
        walks = done?.walks ?? 0;
      };
      // Both warm, then interleaved; what takes long runs once.
      for (let k = 0; k < WARM; k += count) constructors();
      const begin = performance.now();
      while (performance.now() - begin < WARM_MS) rules();
      const long = slow[0] > LONG;
      if (!long) slow.length = 0;
      fast.length = 0;
      for (let round = 0; round < rounds; round++) {
        for (let again = 0; again < 5; again++) constructors();
        if (!long) rules();
      }
      const written = valueOf(asTree(plan), POINT);
      const exact = Number(evaluateDigits(term!, 15, { at: POINT }).text);
      const values = tree === undefined ? [exact] : [valueOf(tree, POINT), exact];
      const off = Math.max(...values.map((value) => Math.abs(value / written - 1)));
      const ratio = median(slow) / median(fast);
      const gaveUp = tree === undefined;
      context.log(`${operators.join(" ")} ${count}: ${median(slow).toFixed(1)} ms by rules, ${median(fast).toFixed(3)} ms by constructors`); // oxfmt-ignore
      const judged = count === JUDGED;
      const walked = gaveUp ? "given up" : `${walks} walks`;
      evidence.push({
        statement: `${count} random leaves combined by ${operators.join(" and ")}: call trees and rules ${median(slow).toPrecision(3)} ms (${walked}), constructors ${median(fast).toPrecision(3)} ms, ${gaveUp ? "more than " : ""}${ratio.toFixed(0)} times faster${judged ? ` (wanted ${WANTED})` : ""}; values agree to ${off.toExponential(1)}`, // oxfmt-ignore
        grade: "sampled",
        bound: ratio,
        unit: "ratio",
        method: `medians of ${slow.length} and ${fast.length} warm, interleaved runs, each in a new context; the values of the normal forms against that of the expression as written, at one point`,
        measured: { shown: off < 1e-9 && (!judged || ratio >= WANTED) ? 1 : 0, rulesMs: median(slow), constructorsMs: median(fast), difference: off }, // oxfmt-ignore
        machine: context.machine,
      });
    }
  }
  return evidence;
}
