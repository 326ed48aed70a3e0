// Which elements statements touch, as texts of indices: enough to tell that two accesses are of one and the same element of an
// iteration. Passes that move loops ask here; what is not certainly independent is not moved.
// Left out: distances, direction vectors, anything beyond equal indices.
import type { Expression, Statement, Variable } from "../ir.ts";
import { printExpression } from "../print.ts";
import { assignedIn, visitBody, visitExpression, visitStatements } from "../shape.ts";

export interface Touched {
  readonly reads: ReadonlyMap<Variable, ReadonlySet<string>>;
  readonly writes: ReadonlyMap<Variable, ReadonlySet<string>>;
  /** Calls, traps, returns and the like: anything whose order with other statements matters. */
  readonly effects: boolean;
}

/** `rename` gives variables the names by which indices of different loops are compared. */
export function touched(
  body: readonly Statement[],
  rename: ReadonlyMap<Variable, string>,
  numbers: Map<Variable, number>,
): Touched {
  const reads = new Map<Variable, Set<string>>();
  const writes = new Map<Variable, Set<string>>();
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
  const note = (to: Map<Variable, Set<string>>, array: Variable, index: Expression): void => {
    let set = to.get(array);
    if (!set) to.set(array, (set = new Set()));
    set.add(text(index));
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

/** True if every array that one of them writes and the other touches is touched by both at one and the same index. */
export function elementwise(a: Touched, b: Touched): boolean {
  const apart = (first: Touched, second: Touched): boolean => {
    for (const [array, places] of first.writes)
      for (const other of [second.reads.get(array), second.writes.get(array)]) {
        if (!other) continue;
        if (places.size !== 1 || other.size !== 1 || [...places][0] !== [...other][0]) return false;
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
