// Pass: neighbouring loops over the same range become one, so that what the first has stored is still at hand when the second
// reads it. Two loops are joined if every array that one writes and the other touches is touched at one and the same index, which
// no other iteration has, and neither sets a local that the other reads: then each iteration of the joined loop does what both did,
// bit for bit. Such an index is the loop variable, perhaps times a constant, plus what does not change.
// Left out: loops of different ranges, loops with calls, loops apart from one another.
import type { Expression, Program, Statement, Variable } from "../ir.ts";
import { printExpression } from "../print.ts";
import { mapExpression, mapStatement, replaceFunctions } from "../shape.ts";
import { elementwise, flow, invariant, linearTerms, readCount, touched } from "./dependence.ts";

export function fuseLoops(program: Program): Program {
  return replaceFunctions(program, program.functions.map((f) => (f.kind === "tape" ? f : { ...f, body: fuseBody(f.body, f.body) }))); // oxfmt-ignore
}

type Loop = Statement & { kind: "for" };

/** `whole` is the body of the function. */
function fuseBody(list: readonly Statement[], whole: readonly Statement[]): Statement[] {
  const out: Statement[] = [];
  for (const s of list) {
    const next: Statement =
      s.kind === "for" || s.kind === "while"
        ? { ...s, body: fuseBody(s.body, whole) }
        : s.kind === "if"
          ? { ...s, body: fuseBody(s.body, whole), otherwise: fuseBody(s.otherwise, whole) }
          : s;
    const last = out.at(-1);
    if (next.kind === "for" && last?.kind === "for" && joinable(last, next, whole))
      out[out.length - 1] = joined(last, next);
    else out.push(next);
  }
  return out;
}

function joinable(a: Loop, b: Loop, whole: readonly Statement[]): boolean {
  const [first, second] = [flow(a.body), flow(b.body)];
  const changing = new Set([...first.sets, ...second.sets]);
  if (changing.has(a.target) || changing.has(b.target)) return false;
  const within = new Set([...changing, a.target]);
  const same = (x: Expression, y: Expression): boolean => (x === y || (plain(x) && plain(y) && printExpression(x) === printExpression(y))) && invariant(x, within); // oxfmt-ignore
  if (a.step !== b.step || !same(a.from, b.from) || !same(a.to, b.to)) return false;
  // The second loop variable goes away: nothing else may read it.
  if (b.target !== a.target && readCount(whole, b.target) !== readCount(b.body, b.target)) return false;
  const rename = new Map<Variable, string>([
    [a.target, "#i"],
    [b.target, "#i"],
  ]);
  const numbers = new Map<Variable, number>();
  const own = (index: Expression): boolean => {
    const terms = linearTerms(index, [a.target, b.target], changing);
    const scale = terms?.[0]?.scale;
    return terms?.length === 1 && (scale === undefined || (scale.kind === "constant" && scale.value !== 0));
  };
  if (!elementwise(touched(a.body, rename, numbers), touched(b.body, rename, numbers), own)) return false;
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
