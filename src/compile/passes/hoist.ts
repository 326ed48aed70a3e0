// Pass: lanes that do not change in a loop (constants, parameters in all lanes) are computed once, before it. Engines compute a
// constant of lanes anew at each use. Only expressions
// without loads and without integer division are moved: nothing that could stop the program.
// Left out: scalars, which engines handle themselves; loads of arrays that the loop does not write.
import type { Expression, Program, Statement, ValueType, Variable } from "../ir.ts";
import { isLanes } from "../operations.ts";
import { assignedIn, mapStatement, replaceFunctions, visitExpression } from "../shape.ts";

export function hoist(program: Program): Program {
  return replaceFunctions(program, program.functions.map((f) => (f.kind === "tape" ? f : { ...f, body: hoistBody(f.body, new Map()) }))); // oxfmt-ignore
}

/** Hoisted values that are in reach, by their text. */
type Known = ReadonlyMap<string, Variable<ValueType>>;

function hoistBody(list: readonly Statement[], known: Known): Statement[] {
  return list.flatMap((s): Statement[] => {
    if (s.kind === "if") return [{ ...s, body: hoistBody(s.body, known), otherwise: hoistBody(s.otherwise, known) }];
    if (s.kind !== "for" && s.kind !== "while") return [s];
    const inner = assignedIn(s.body);
    if (s.kind === "for") inner.add(s.target);
    const own = new Map(known);
    const before: Statement[] = [];
    const replace = (e: Expression): Expression => {
      if (movable(e, inner)) {
        const key = keyOf(e);
        let v = own.get(key);
        if (!v) {
          own.set(key, (v = { kind: "variable", name: `h${own.size}`, type: e.type as ValueType }));
          before.push({ kind: "set", target: v, value: e });
        }
        return v;
      }
      if (e.kind === "operation" || e.kind === "math") return { ...e, args: e.args.map(replace) } as Expression;
      return e;
    };
    const walk = (body: readonly Statement[]): Statement[] =>
      body.map((t): Statement => {
        if (t.kind === "for" || t.kind === "while") return { ...t, body: walk(t.body) };
        if (t.kind === "if") return { ...t, body: walk(t.body), otherwise: walk(t.otherwise) };
        return mapStatement(t, replace);
      });
    const body = walk(s.body);
    return [...before, { ...s, body: hoistBody(body, own) }];
  });
}

function movable(e: Expression, inner: ReadonlySet<Variable>): boolean {
  if (e.kind !== "operation" || !isLanes(e.type)) return false;
  let can = true;
  visitExpression(e, (x) => {
    if (x.kind === "load" || x.kind === "call" || x.kind === "math") can = false;
    if (x.kind === "variable" && inner.has(x)) can = false;
    if (x.kind === "operation" && !isLanes(x.type) && ["div", "rem", "divu", "remu"].includes(x.op)) can = false;
  });
  return can;
}

/** Numbers of variables, for keys. */
const names = new WeakMap<Variable, number>();
let named = 0;

function keyOf(e: Expression): string {
  const parts: string[] = [];
  visitExpression(e, (x) => {
    if (x.kind === "constant") parts.push(`${x.type} ${Object.is(x.value, -0) ? "-0" : String(x.value)}`);
    else if (x.kind === "variable") {
      if (!names.has(x)) names.set(x, named++);
      parts.push(`v${names.get(x)}`);
    } else if (x.kind === "operation") parts.push(`${x.op} ${x.type} ${x.args.length} ${x.immediate?.join() ?? ""}`);
  });
  return parts.join(";");
}
