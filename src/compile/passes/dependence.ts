// Which elements statements touch, as texts of indices: enough to tell that two accesses are of one and the same element of an
// iteration; whether that element is the iteration's own; which locals leave an iteration or a loop. Passes that move loops ask
// here; what is not certainly independent is not moved.
// Left out: distances, direction vectors, anything beyond equal indices.
import type { Expression, Statement, Variable } from "../ir.ts";
import { printExpression } from "../print.ts";
import { assignedIn, visitBody, visitExpression, visitStatements } from "../shape.ts";

export interface Touched {
  /** Of each array the indices, by their texts. */
  readonly reads: ReadonlyMap<Variable, ReadonlyMap<string, Expression>>;
  readonly writes: ReadonlyMap<Variable, ReadonlyMap<string, Expression>>;
  /** Calls, traps, returns and the like: anything whose order with other statements matters. */
  readonly effects: boolean;
}

/** `rename` gives variables the names by which indices of different loops are compared. */
export function touched(
  body: readonly Statement[],
  rename: ReadonlyMap<Variable, string>,
  numbers: Map<Variable, number>,
): Touched {
  const reads = new Map<Variable, Map<string, Expression>>();
  const writes = new Map<Variable, Map<string, Expression>>();
  let effects = false;
  const text = (index: Expression): string => {
    let out = printExpression(index);
    visitExpression(index, (e) => {
      if (e.kind !== "variable") return;
      if (!numbers.has(e)) numbers.set(e, numbers.size);
      out += ` ${rename.get(e) ?? numbers.get(e)}`;
    });
    for (const [v, name] of rename) out = out.replaceAll(new RegExp(`\\b${v.name}\\b`, "g"), name);
    return out;
  };
  const note = (to: Map<Variable, Map<string, Expression>>, array: Variable, index: Expression): void => {
    let places = to.get(array);
    if (!places) to.set(array, (places = new Map()));
    places.set(text(index), index);
  };
  visitStatements(body, (e) => {
    if (e.kind === "load") note(reads, e.array, e.index);
    effects ||= e.kind === "call";
  });
  visitBody(body, (s) => {
    if (s.kind === "store") note(writes, s.array, s.index);
    effects ||= s.kind === "do" || s.kind === "trap" || s.kind === "return" || s.kind === "break" || s.kind === "while" || s.kind === "view"; // oxfmt-ignore
  });
  return { reads, writes, effects };
}

/**
 * True if every array that one of them writes and the other touches is touched by both at one and the same index, and no two
 * iterations have that index in common by `own`.
 */
export function elementwise(a: Touched, b: Touched, own: (index: Expression) => boolean): boolean {
  const apart = (first: Touched, second: Touched): boolean => {
    for (const [array, places] of first.writes)
      for (const other of [second.reads.get(array), second.writes.get(array)]) {
        if (!other) continue;
        if (places.size !== 1 || other.size !== 1) return false;
        const [[text, index]] = places;
        if (!other.has(text) || !own(index)) return false;
      }
    return true;
  };
  return !a.effects && !b.effects && apart(a, b) && apart(b, a);
}

/** Locals that statements set, and all that they read before setting it. */
export function flow(body: readonly Statement[]): { sets: ReadonlySet<Variable>; reads: ReadonlySet<Variable> } {
  const sets = assignedIn(body);
  const reads = new Set<Variable>();
  visitStatements(body, (e) => void (e.kind === "variable" && reads.add(e)));
  return { sets, reads };
}

/** No part of the expression changes while `changing` do, and computing it cannot stop the program. */
export function invariant(e: Expression, changing: ReadonlySet<Variable>): boolean {
  let same = true;
  visitExpression(e, (x) => {
    if (x.kind === "load" || x.kind === "call" || x.kind === "math") same = false;
    if (x.kind === "variable" && changing.has(x)) same = false;
    if (x.kind === "operation" && ["div", "rem", "divu", "remu"].includes(x.op)) same = false;
  });
  return same;
}

/** A loop variable in an index, and what it is multiplied by: nothing, a variable or a number. */
export interface Term {
  readonly variable: Variable;
  readonly scale: Expression | undefined;
}

/** The loop variables of an index that is a sum of them, each at most scaled once, and of what is invariant; else undefined. */
export function linearTerms(
  e: Expression,
  loops: readonly Variable[],
  changing: ReadonlySet<Variable>,
): readonly Term[] | undefined {
  if (e.kind === "variable" && loops.includes(e)) return [{ variable: e, scale: undefined }];
  if (invariant(e, new Set([...changing, ...loops]))) return [];
  if (e.kind !== "operation" || e.type !== "i32") return undefined;
  const [a, b] = e.args.map((x) => linearTerms(x, loops, changing));
  if (a === undefined || b === undefined) return undefined;
  if (e.op === "add" || e.op === "sub") return [...a, ...b];
  if (e.op !== "mul" || (a.length > 0 && b.length > 0)) return undefined;
  const [terms, scale] = a.length > 0 ? [a, e.args[1]] : [b, e.args[0]];
  return terms.every((term) => term.scale === undefined)
    ? terms.map(({ variable }) => ({ variable, scale }))
    : undefined;
}

/** How often statements read a variable. */
export function readCount(body: readonly Statement[], variable: Variable): number {
  let count = 0;
  visitStatements(body, (e) => void (e === variable && count++));
  return count;
}

/** True if the statements read none of the locals that they set before they have certainly set it (those in `set` are): nothing stays from one run to the next. */
export function setsBeforeReading(body: readonly Statement[], set: ReadonlySet<Variable> = new Set()): boolean {
  const own = assignedIn(body);
  let fresh = true;
  const read = (e: Expression, set: ReadonlySet<Variable>): void =>
    visitExpression(e, (x) => {
      if (x.kind === "variable" && own.has(x) && !set.has(x)) fresh = false;
    });
  const walk = (list: readonly Statement[], before: ReadonlySet<Variable>): Set<Variable> => {
    const set = new Set(before);
    for (const s of list) {
      if (s.kind === "for" || s.kind === "while" || s.kind === "if") {
        for (const e of s.kind === "for" ? [s.from, s.to] : [s.condition]) read(e, set);
        const inside = walk(s.body, s.kind === "for" ? new Set([...set, s.target]) : set);
        if (s.kind !== "if") continue;
        const otherwise = walk(s.otherwise, set);
        for (const v of inside) if (otherwise.has(v)) set.add(v);
        continue;
      }
      visitStatements([s], (e) => read(e, set));
      if (s.kind === "set") set.add(s.target);
    }
    return set;
  };
  walk(body, set);
  return fresh;
}
