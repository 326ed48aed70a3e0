// Changes of programs: a step put in, taken out or altered, an operand led elsewhere, a part of another program taken over. Every
// child differs from its parent in what it computes. Constants that are kept hand on their values as a place to begin the fit, and a
// new constant changes nothing at first where it can (v + 0, v * 1).
import type { Random } from "../../base/index.ts";
import { type Instruction, isUnary, normaliseStart, type Program, type Start, type Step } from "./program.ts";

/** Steps under construction: operands as in `Program`, every constant written -1. */
type Draft = { op: Instruction; left: number; right: number; value?: number }[];

/** A program with the values of its constants. */
export interface Fixed {
  readonly program: Program;
  readonly constants: readonly number[];
}

const draftOf = ({ program, constants }: Fixed): Draft =>
  program.steps.map(({ op, left, right }) => {
    const constant = Math.min(left, right);
    const value = constant < 0 ? constants[-constant - 1] : undefined;
    return { op, left: Math.max(left, -1), right: Math.max(right, -1), value };
  });

/** The value that makes a new step with a constant give its other operand; undefined where there is none. */
function neutral(op: Instruction, left: number, right: number): number | undefined {
  if (left >= 0 && right >= 0) return undefined;
  if (op === "+" || op === "*") return op === "+" ? 0 : 1;
  return right >= 0 ? undefined : op === "-" ? 0 : 1;
}

const below = (random: Random, n: number): number => Math.floor(random.next() * n);

/** Steps at `at` and later are moved up by one. */
function insert(draft: Draft, at: number, step: Draft[number]): void {
  for (const each of draft) {
    if (each.left > at) each.left++;
    if (each.right > at) each.right++;
  }
  draft.splice(at, 0, step);
}

/** x, a constant, or a result of the first `count` steps. */
function operand(random: Random, count: number): number {
  const share = random.next();
  if (share < 0.35) return -1;
  if (share < 0.55 || count === 0) return 0;
  return 1 + below(random, count);
}

export class Mutator {
  readonly #random: Random;
  readonly #instructions: readonly Instruction[];

  constructor(random: Random, instructions: readonly Instruction[]) {
    this.#random = random;
    this.#instructions = instructions;
  }

  /** A program of random steps, each on the one before. */
  random(steps: number): Start | undefined {
    const draft: Draft = [];
    for (let k = 0; k < steps; k++) draft.push({ ...this.#step(k, operand(this.#random, k)), value: undefined });
    return normaliseStart(draft);
  }

  #step(result: number, other: number): Draft[number] {
    const op = this.#instructions[below(this.#random, this.#instructions.length)];
    if (isUnary(op)) return { op, left: result, right: result };
    const [left, right] = this.#random.next() < 0.5 ? [result, other] : [other, result];
    return { op, left, right, value: neutral(op, left, right) };
  }

  /** One to four changes. Undefined if what is left has no meaning. */
  child(parent: Fixed, partner: Fixed): Start | undefined {
    const draft = draftOf(parent);
    const share = this.#random.next();
    const changes = share < 0.45 ? 1 : share < 0.75 ? 2 : share < 0.9 ? 3 : 4;
    if (this.#random.next() < 0.1) this.#graft(draft, partner);
    else for (let k = 0; k < changes; k++) this.#change(draft);
    return draft.length === 0 ? undefined : normaliseStart(draft);
  }

  #change(draft: Draft): void {
    const random = this.#random;
    const share = random.next();
    const n = draft.length;
    if (share < 0.2 || n === 0) {
      // One more step at the end.
      draft.push(this.#step(n, random.next() < 0.3 ? n : operand(random, n)));
    } else if (share < 0.65) {
      // A step between a result and one use of it, or all uses.
      const at = below(random, n);
      const { left, right } = draft[at];
      const side = random.next() < 0.5 ? "left" : "right";
      const old = side === "left" ? left : right;
      const step = this.#step(old, operand(random, at));
      const every = random.next() < 0.3 && old >= 0;
      insert(draft, at, step);
      // The step that was at `at` is at + 1 now; the new result is operand at + 1.
      if (every) {
        for (let k = at + 1; k < draft.length; k++) {
          if (draft[k].left === old) draft[k].left = at + 1;
          if (draft[k].right === old) draft[k].right = at + 1;
        }
      } else draft[at + 1][side] = at + 1;
      if (isUnary(draft[at + 1].op)) draft[at + 1].right = draft[at + 1].left;
    } else if (share < 0.75) {
      const at = below(random, n);
      const op = this.#instructions[below(random, this.#instructions.length)];
      draft[at] = { ...draft[at], op, right: isUnary(op) ? draft[at].left : draft[at].right };
    } else if (share < 0.9) {
      const at = below(random, n);
      const side = random.next() < 0.5 ? "left" : "right";
      draft[at][side] = operand(random, at);
      if (isUnary(draft[at].op)) draft[at].right = draft[at].left;
    } else if (share < 0.96) {
      // A step is taken out: its uses take one of its operands.
      const at = below(random, n);
      const instead = random.next() < 0.5 ? draft[at].left : draft[at].right;
      for (const each of draft) {
        if (each.left === at + 1) each.left = instead;
        if (each.right === at + 1) each.right = instead;
      }
      if (at === n - 1 && instead > 0) draft.length = instead;
    } else {
      const at = below(random, n);
      draft[at] = { ...draft[at], left: draft[at].right, right: draft[at].left };
    }
  }

  /** The partner's steps, up to a random one, take the place of an operand. */
  #graft(draft: Draft, partner: Fixed): void {
    const random = this.#random;
    const taken = draftOf(partner).slice(0, 1 + below(random, partner.program.steps.length));
    const shift = taken.length;
    const at = below(random, draft.length);
    const side = random.next() < 0.5 ? "left" : "right";
    for (const each of draft) {
      if (each.left > 0) each.left += shift;
      if (each.right > 0) each.right += shift;
    }
    draft[at][side] = shift;
    if (isUnary(draft[at].op)) draft[at].right = draft[at].left;
    draft.unshift(...taken);
  }
}

/** Two steps that one could replace: a constant added to, or multiplied with, a result that only got a constant itself. */
export function isRedundant({ steps }: Program): boolean {
  const uses = new Int32Array(steps.length + 1);
  for (const { op, left, right } of steps) {
    if (left > 0) uses[left]++;
    if (right > 0 && !isUnary(op)) uses[right]++;
  }
  const constantWith = (step: Step): boolean => step.left < 0 || (step.right < 0 && !isUnary(step.op));
  for (const step of steps) {
    if (!constantWith(step)) continue;
    const other = step.left < 0 ? step.right : step.left;
    if (other <= 0 || uses[other] > 1) continue;
    const inner = steps[other - 1];
    if (!constantWith(inner)) continue;
    const additive = (op: Instruction): boolean => op === "+" || op === "-";
    if (additive(step.op) === additive(inner.op)) return true;
  }
  return false;
}
