// Pass: neighbouring loops over the same range become one, so that what the first has stored is still at hand when the second
// reads it. Two loops are joined if every array that one writes and the other touches is touched at one and the same index, and
// neither sets a local that the other reads: then each iteration of the joined loop does what both did, bit for bit.
// Left out: loops of different ranges, loops with calls, loops apart from one another.
import type { Expression, Program, Statement, Variable } from "../ir.ts";
import { printExpression } from "../print.ts";
import { mapExpression, mapStatement, replaceFunctions } from "../shape.ts";
import { elementwise, flow, touched } from "./dependence.ts";

export function fuseLoops(program: Program): Program {
  return replaceFunctions(program, program.functions.map((f) => (f.kind === "tape" ? f : { ...f, body: fuseBody(f.body) }))); // oxfmt-ignore
}

type Loop = Statement & { kind: "for" };

function fuseBody(list: readonly Statement[]): Statement[] {
  const out: Statement[] = [];
  for (const s of list) {
    const next: Statement =
      s.kind === "for" || s.kind === "while"
        ? { ...s, body: fuseBody(s.body) }
        : s.kind === "if"
          ? { ...s, body: fuseBody(s.body), otherwise: fuseBody(s.otherwise) }
          : s;
    const last = out.at(-1);
    if (next.kind === "for" && last?.kind === "for" && joinable(last, next)) out[out.length - 1] = joined(last, next);
    else out.push(next);
  }
  return out;
}

function joinable(a: Loop, b: Loop): boolean {
  const same = (x: Expression, y: Expression): boolean => x === y || (plain(x) && plain(y) && printExpression(x) === printExpression(y)); // oxfmt-ignore
  if (a.step !== b.step || !same(a.from, b.from) || !same(a.to, b.to)) return false;
  const rename = new Map<Variable, string>([
    [a.target, "#i"],
    [b.target, "#i"],
  ]);
  const numbers = new Map<Variable, number>();
  if (!elementwise(touched(a.body, rename, numbers), touched(b.body, rename, numbers))) return false;
  const [first, second] = [flow(a.body), flow(b.body)];
  const crosses = (sets: ReadonlySet<Variable>, reads: ReadonlySet<Variable>): boolean => [...sets].some((v) => reads.has(v)); // oxfmt-ignore
  return !crosses(first.sets, second.reads) && !crosses(second.sets, first.reads) && !crosses(first.sets, second.sets);
}

/** A limit that is the same wherever it stands: a constant. (A variable is compared by identity.) */
function plain(e: Expression): boolean {
  return e.kind === "constant";
}

function joined(a: Loop, b: Loop): Loop {
  const rename = (list: readonly Statement[]): Statement[] =>
    list.map((s): Statement => {
      const next = mapStatement(s, (e) => mapExpression(e, (x) => (x === b.target ? a.target : x)));
      if (next.kind === "for" || next.kind === "while") return { ...next, body: rename(next.body) };
      if (next.kind === "if") return { ...next, body: rename(next.body), otherwise: rename(next.otherwise) };
      return next;
    });
  return { ...a, body: [...a.body, ...rename(b.body)] };
}
