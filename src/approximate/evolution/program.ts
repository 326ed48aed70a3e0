// Programs over x and free constants: straight-line code of few instructions, the individuals of the search.
// The cost of a program is the number of its steps: every step depends on x, for what depends on constants alone is a constant
// itself (the counting rule of AutoNumerics-Zero: Real et al. 2023, arXiv 2312.08472, and its published source).
// Left out: constants that several steps share. Each place that takes a constant has its own.
import { Failure } from "../../base/index.ts";

export const INSTRUCTIONS = ["+", "-", "*", "/", "sqrt"] as const;
export type Instruction = (typeof INSTRUCTIONS)[number];

/** An operand: 0 is x, k > 0 the result of step k - 1, -j < 0 the constant j - 1. */
export type Operand = number;

export interface Step {
  readonly op: Instruction;
  readonly left: Operand;
  /** Equal to `left` where the instruction takes one operand. */
  readonly right: Operand;
}

/**
 * Invariants (of what `normalise` returns): an operand that is a step lies before its step; every step but the last is used; the
 * last is the result; a step has at most one constant, and constants are numbered in the order of their steps.
 */
export interface Program {
  readonly steps: readonly Step[];
  readonly constants: number;
}

export const isUnary = (op: Instruction): boolean => op === "sqrt";
export const commutes = (op: Instruction): boolean => op === "+" || op === "*";

/** A step with the value its constant begins with; undefined where it is not known. */
export interface ValuedStep extends Step {
  readonly value?: number;
}

/** A program and the values its constants begin with. */
export interface Start {
  readonly program: Program;
  readonly values: readonly (number | undefined)[];
}

/**
 * The same function with as few steps: steps of constants alone become constants, equal steps one, unused ones none.
 * Undefined if the result does not depend on x, or a step is the difference or the quotient of a step with itself.
 */
export function normalise(steps: readonly Step[]): Program | undefined {
  return normaliseStart(steps)?.program;
}

/** The same, with the values of constants that are kept; constants made of constants have none. */
export function normaliseStart(steps: readonly ValuedStep[]): Start | undefined {
  // A place: x, a kept step, or any constant.
  const CONSTANT = -1;
  const places: number[] = [];
  const kept: ValuedStep[] = [];
  const known = new Map<string, number>();
  const place = (operand: Operand): number => (operand < 0 ? CONSTANT : operand === 0 ? 0 : places[operand - 1]);
  for (const { op, left, right, value: own } of steps) {
    let [a, b] = [place(left), place(isUnary(op) ? left : right)];
    // A value belongs to a constant of the step itself.
    let value = left < 0 || right < 0 ? own : undefined;
    if (a === CONSTANT && b === CONSTANT) {
      places.push(CONSTANT);
      continue;
    }
    if (a === b && (op === "-" || op === "/")) return undefined;
    // x - c is x + c', and x / c is x * c'.
    const last = op === "-" && b === CONSTANT ? "+" : op === "/" && b === CONSTANT ? "*" : op;
    if (last !== op && value !== undefined) value = op === "-" ? -value : 1 / value;
    if (commutes(last) && b > a) [a, b] = [b, a];
    const key = a === CONSTANT || b === CONSTANT ? "" : `${last}${a},${b}`;
    const found = key === "" ? undefined : known.get(key);
    if (found !== undefined) {
      places.push(found);
      continue;
    }
    kept.push({ op: last, left: a, right: b, value });
    places.push(kept.length);
    if (key !== "") known.set(key, kept.length);
  }
  const result = places.at(-1);
  if (result === undefined || result <= 0) return undefined;
  const used = new Uint8Array(kept.length + 1);
  used[result] = 1;
  for (let k = result; k > 0; k--) {
    if (used[k] === 0) continue;
    const { left, right } = kept[k - 1];
    if (left > 0) used[left] = 1;
    if (right > 0) used[right] = 1;
  }
  const renumbered = new Int32Array(kept.length + 1);
  const out: Step[] = [];
  const values: (number | undefined)[] = [];
  for (let k = 1; k <= result; k++) {
    if (used[k] === 0) continue;
    const { op, left, right, value } = kept[k - 1];
    const at = (operand: number): Operand => (operand === CONSTANT ? -values.push(value) : renumbered[operand]);
    const first = at(left);
    out.push({ op, left: first, right: isUnary(op) ? first : at(right) });
    renumbered[k] = out.length;
  }
  return { program: { steps: out, constants: values.length }, values };
}

/** The value at x: the arithmetic of doubles, every step rounded. */
export function valueOf({ steps }: Program, constants: ArrayLike<number>, x: number): number {
  const values: number[] = [];
  const at = (operand: Operand): number => (operand === 0 ? x : operand > 0 ? values[operand - 1] : constants[-operand - 1]); // oxfmt-ignore
  for (const { op, left, right } of steps) values.push(apply(op, at(left), at(right)));
  return values[values.length - 1];
}

function apply(op: Instruction, a: number, b: number): number {
  switch (op) {
    case "+":
      return a + b;
    case "-":
      return a - b;
    case "*":
      return a * b;
    case "/":
      return a / b;
    case "sqrt":
      return Math.sqrt(a);
  }
}

/** What a program needs of a kind of numbers. */
export interface ProgramArithmetic<T> {
  readonly add: (a: T, b: T) => T;
  readonly subtract: (a: T, b: T) => T;
  readonly multiply: (a: T, b: T) => T;
  readonly divide: (a: T, b: T) => T;
  readonly sqrt?: (a: T) => T;
}

/** The results of all steps in another arithmetic. */
export function run<T>({ steps }: Program, constants: readonly T[], x: T, r: ProgramArithmetic<T>): T[] {
  const values: T[] = [];
  const at = (operand: Operand): T => (operand === 0 ? x : operand > 0 ? values[operand - 1] : constants[-operand - 1]);
  for (const { op, left, right } of steps) {
    const [a, b] = [at(left), at(right)];
    switch (op) {
      case "+":
        values.push(r.add(a, b));
        break;
      case "-":
        values.push(r.subtract(a, b));
        break;
      case "*":
        values.push(r.multiply(a, b));
        break;
      case "/":
        values.push(r.divide(a, b));
        break;
      case "sqrt":
        if (r.sqrt === undefined) throw new Failure("unsupported", "this arithmetic has no square root");
        values.push(r.sqrt(a));
    }
  }
  return values;
}

/** The program as assignments, one a line; constants as given, or c1, c2, ... */
export function programText({ steps }: Program, constants?: readonly (number | string)[]): string {
  const at = (operand: Operand): string =>
    operand === 0 ? "x" : operand > 0 ? `t${operand}` : `${constants?.[-operand - 1] ?? `c${-operand}`}`;
  const negative = (text: string): string => (text.startsWith("-") ? `(${text})` : text);
  return steps
    .map(({ op, left, right }, k) => {
      const name = k === steps.length - 1 ? "y" : `t${k + 1}`;
      return isUnary(op) ? `${name} = ${op}(${at(left)})` : `${name} = ${at(left)} ${op} ${negative(at(right))}`;
    })
    .join("\n");
}

/** One line, the structure alone: what two programs with equal steps share. */
export function structure({ steps }: Program): string {
  return steps.map(({ op, left, right }) => `${op}${left < 0 ? "c" : left}${right < 0 ? "c" : right}`).join(" ");
}
