// Pass: expressions that occur several times in a run of statements are computed once, into a local (common subexpressions).
// Value numbering over straight-line runs of `set` and `store` (Cocke 1970, "Global common subexpression elimination", the
// local part): two expressions are the same if their operations and operands are. Bits do not change.
// Branches that only set locals do not end a run. Left out: sharing into branches, across other branches and loops, commuted operands.
import type { Expression, Program, Statement, ValueType, Variable } from "../ir.ts";
import { isArray } from "../operations.ts";
import { assignedIn, replaceFunctions, visitBody, visitExpression, visitStatements } from "../shape.ts";

export function share(program: Program): Program {
  return replaceFunctions(program, program.functions.map((f) => (f.kind === "tape" ? f : { ...f, body: shareBody(f.body) }))); // oxfmt-ignore
}

/** Statements with repeated expressions in locals; nested bodies are done on their own. */
export function shareBody(list: readonly Statement[]): Statement[] {
  const out: Statement[] = [];
  let run: Statement[] = [];
  const flush = (): void => {
    if (run.length > 0) out.push(...shareRun(run));
    run = [];
  };
  for (const s of list) {
    if (s.kind === "set" || s.kind === "store" || s.kind === "return" || onlySets(s)) {
      run.push(s);
      continue;
    }
    flush();
    if (s.kind === "for" || s.kind === "while") out.push({ ...s, body: shareBody(s.body) });
    else if (s.kind === "if") out.push({ ...s, body: shareBody(s.body), otherwise: shareBody(s.otherwise) });
    else out.push(s);
  }
  flush();
  return out;
}

/** A branch that sets locals and does no more: what was computed before it stays known after it. */
function onlySets(s: Statement): boolean {
  if (s.kind !== "if") return false;
  let only = true;
  visitBody([s], (t) => (only &&= t.kind === "set" || t.kind === "if"));
  visitStatements([s], (e) => {
    if (e.kind === "call") only &&= e.args.every((x) => x.kind !== "slice" && !isArray(x.type));
  });
  return only;
}

function shareRun(run: readonly Statement[]): Statement[] {
  // Numbers of values: a variable has a new one each time it is set, memory a new one after each store.
  const numbers = new Map<string, number>();
  const versions = new Map<Variable, number>();
  let nextVersion = 0;
  let memory = 0;
  const numberOf = (key: string): number => {
    let known = numbers.get(key);
    if (known === undefined) numbers.set(key, (known = numbers.size));
    return known;
  };
  const ids = new Map<Variable, number>();
  const idOf = (v: Variable): number => {
    let known = ids.get(v);
    if (known === undefined) ids.set(v, (known = ids.size));
    return known;
  };
  const number = (e: Expression, seen?: Map<number, number>): number => {
    let key: string;
    switch (e.kind) {
      case "constant": key = `c ${e.type} ${Object.is(e.value, -0) ? "-0" : String(e.value)}`; break;
      case "variable": {
        const value = valueOf.get(e);
        if (value !== undefined) return value;
        key = `v ${idOf(e)} ${versions.get(e) ?? 0}`;
        break;
      }
      case "load": key = `l ${e.type} ${idOf(e.array)} ${versions.get(e.array) ?? 0} ${number(e.index, seen)} ${memory} ${e.half ?? ""}`; break;
      case "operation": key = `o ${e.op} ${e.type} ${e.args.map((x) => number(x, seen)).join(" ")} ${e.immediate?.join() ?? ""}`; break;
      case "math": key = `m ${e.name} ${e.type} ${e.args.map((x) => number(x, seen)).join(" ")}`; break;
      case "call":
        // A call may depend on memory and change it: never shared.
        for (const x of e.args) number(x.kind === "slice" ? x.offset : x, seen);
        memory++;
        key = `call ${nextVersion++}`;
        break;
    } // oxfmt-ignore
    const own = numberOf(key);
    if (seen && (e.kind === "operation" || e.kind === "load" || e.kind === "math"))
      seen.set(own, (seen.get(own) ?? 0) + 1);
    return own;
  };
  /** What a variable set in this run holds. */
  const valueOf = new Map<Variable, number>();
  const assign = (v: Variable, value: number): void => {
    versions.set(v, ++nextVersion);
    valueOf.set(v, value);
  };
  /** What a branch may have set is unknown from there on. */
  const forget = (s: Statement): void => {
    for (const v of assignedIn([s])) {
      versions.set(v, ++nextVersion);
      valueOf.delete(v);
    }
  };
  // First walk: how often each value is written.
  const counts = new Map<number, number>();
  for (const s of run) {
    if (s.kind === "set") assign(s.target, number(s.value, counts));
    else if (s.kind === "store") {
      number(s.index, counts);
      number(s.value, counts);
      memory++;
    } else if (s.kind === "return" && s.value) number(s.value, counts);
    else if (s.kind === "if") {
      number(s.condition, counts);
      forget(s);
    }
  }
  if (![...counts.values()].some((c) => c > 1)) return [...run];
  // Second walk, with the same numbers: values written more than once go to locals.
  versions.clear();
  valueOf.clear();
  memory = 0;
  nextVersion = 0;
  const out: Statement[] = [];
  /** A variable that holds a value, while it does. */
  const home = new Map<number, Variable<ValueType>>();
  const rewrite = (e: Expression, top = false): Expression => {
    if (e.kind !== "operation" && e.kind !== "load" && e.kind !== "math") {
      if (e.kind === "call") return { ...e, args: e.args.map((x) => (x.kind === "slice" ? { ...x, offset: rewrite(x.offset) } : rewrite(x))) }; // oxfmt-ignore
      return e;
    }
    const own = number(e);
    const known = home.get(own);
    if (known) return known;
    const inner: Expression =
      e.kind === "load"
        ? { ...e, index: rewrite(e.index) }
        : ({ ...e, args: e.args.map((x) => rewrite(x)) } as Expression);
    if (top || (counts.get(own) ?? 0) < 2 || trivial(e)) return inner;
    const target: Variable<ValueType> = { kind: "variable", name: `s${own}`, type: e.type };
    out.push({ kind: "set", target, value: inner });
    home.set(own, target);
    return target;
  };
  for (const s of run) {
    if (s.kind === "set") {
      const value = rewrite(s.value, true);
      const own = number(s.value);
      for (const [key, v] of home) if (v === s.target) home.delete(key);
      assign(s.target, own);
      if (!home.has(own) && value.kind !== "constant") home.set(own, s.target);
      out.push({ ...s, value });
    } else if (s.kind === "store") {
      const index = rewrite(s.index);
      out.push({ ...s, index, value: rewrite(s.value) });
      memory++;
    } else if (s.kind === "return" && s.value) out.push({ ...s, value: rewrite(s.value) });
    else if (s.kind === "if") {
      const condition = rewrite(s.condition);
      out.push({ ...s, condition, body: shareBody(s.body), otherwise: shareBody(s.otherwise) });
      const set = assignedIn([s]);
      for (const [key, v] of home) if (set.has(v)) home.delete(key);
      forget(s);
    } else out.push(s);
  }
  return out;
}

/** Not worth a local: lanes of a constant, and sums of a variable and a constant (addresses). */
function trivial(e: Expression): boolean {
  if (e.kind !== "operation") return false;
  let leaves = 0;
  visitExpression(e, (x) => {
    if (x.kind !== "constant") leaves++;
  });
  return leaves <= 1 || (e.type === "i32" && leaves <= 2 && (e.op === "add" || e.op === "sub"));
}
