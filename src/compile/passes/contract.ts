// Pass: a product that is added to or subtracted from something becomes one multiply-add, which machines that have it round
// once. The result then differs between machines in the last bit, within the bound of the sum of both roundings: for programs
// whose accuracy grants it, never in strict ones.
// Left out: products used several times (the multiplication would be done again), scalars (WebAssembly has it for lanes only).
import { operation } from "../builder.ts";
import type { Expression, Program, Statement, Variable } from "../ir.ts";
import { isLanes } from "../operations.ts";
import { mapExpression, mapStatement, replaceFunctions, visitBody, visitStatements } from "../shape.ts";

export function contract(program: Program): Program {
  const functions = program.functions.map((f) => (f.kind === "tape" ? f : { ...f, body: contractBody(inlineProducts(f.body)) })); // oxfmt-ignore
  return replaceFunctions(program, functions);
}

function contractBody(list: readonly Statement[]): Statement[] {
  return list.map((s): Statement => {
    const next = mapStatement(s, (e) => mapExpression(e, fuse));
    if (next.kind === "for" || next.kind === "while") return { ...next, body: contractBody(next.body) };
    if (next.kind === "if") return { ...next, body: contractBody(next.body), otherwise: contractBody(next.otherwise) };
    return next;
  });
}

function fuse(e: Expression): Expression {
  if (e.kind !== "operation" || !isLanes(e.type) || !e.type.startsWith("f")) return e;
  if (e.op !== "add" && e.op !== "sub") return e;
  const [a, b] = e.args;
  const isProduct = (x: Expression): x is Expression & { kind: "operation" } =>
    x.kind === "operation" && x.op === "mul";
  if (isProduct(b)) return operation(e.op === "add" ? "madd" : "nmadd", e.type, [...b.args, a]);
  if (e.op === "add" && isProduct(a)) return operation("madd", e.type, [...a.args, b]);
  return e;
}

/** Products set into a local that is read once, in the same run of statements, go to where they are read. */
function inlineProducts(list: readonly Statement[]): readonly Statement[] {
  const reads = new Map<Variable, number>();
  const sets = new Map<Variable, number>();
  visitStatements(list, (e) => void (e.kind === "variable" && reads.set(e, (reads.get(e) ?? 0) + 1)));
  visitBody(list, (s) => {
    if (s.kind === "set" || s.kind === "for" || s.kind === "view") sets.set(s.target, (sets.get(s.target) ?? 0) + 1);
  });
  const walk = (body: readonly Statement[]): Statement[] => {
    /** Products that wait for their reader. */
    const waiting = new Map<Variable, Expression>();
    const out: Statement[] = [];
    for (const s of body) {
      const next = mapStatement(s, (e) => mapExpression(e, (x) => (x.kind === "variable" ? (waiting.get(x) ?? x) : x)));
      const value = next.kind === "set" ? next.value : undefined;
      if (
        next.kind === "set" &&
        value?.kind === "operation" &&
        value.op === "mul" &&
        isLanes(value.type) &&
        reads.get(next.target) === 1 &&
        sets.get(next.target) === 1 &&
        value.args.every((x) => x.kind === "constant" || (x.kind === "variable" && (sets.get(x) ?? 0) <= 1)) &&
        readHere(body, next.target)
      )
        waiting.set(next.target, value);
      else if (next.kind === "for" || next.kind === "while") out.push({ ...next, body: walk(next.body) });
      else if (next.kind === "if") out.push({ ...next, body: walk(next.body), otherwise: walk(next.otherwise) });
      else out.push(next);
    }
    return out;
  };
  return walk(list);
}

/** Is the variable read by a statement of this list itself, not inside one? */
function readHere(body: readonly Statement[], v: Variable): boolean {
  let found = false;
  for (const s of body) {
    if (s.kind === "for" || s.kind === "while" || s.kind === "if") continue;
    visitStatements([s], (e) => (found ||= e === v));
  }
  return found;
}
