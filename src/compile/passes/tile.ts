// Pass: two nested loops run over tiles, so that what a tile touches stays in the cache. for i for j becomes for tiles of i, for
// tiles of j, for i in the tile, for j in the tile. The order of the iterations changes: it is done only where every array that is
// written is touched at one and the same index in an iteration, an index that no other iteration has: i * m + j with j below m, or
// the other way round (and never for sums: a local that goes from one iteration to the next forbids it). Bits do not change.
// Left out: choosing sizes (callers know the cache, or the cost model does), three and more loops, skewing.
import { Failure } from "../../base/index.ts";
import * as ir from "../builder.ts";
import type { Expression, Program, Statement, Variable } from "../ir.ts";
import { assignedIn, replaceFunctions } from "../shape.ts";
import { elementwise, invariant, linearTerms, readCount, setsBeforeReading, touched } from "./dependence.ts";

export interface TileOptions {
  /** Rows and columns of a tile: whole numbers from 1. */
  readonly rows: number;
  readonly columns: number;
}

/** Fails ("usage") on sizes that are none. */
export function tile(program: Program, options: TileOptions): Program {
  for (const size of [options.rows, options.columns])
    if (!Number.isInteger(size) || size < 1 || size >= 2 ** 31)
      throw new Failure("usage", `a tile has a whole number of rows and columns, not ${size}`);
  return replaceFunctions(program, program.functions.map((f) => (f.kind === "tape" ? f : { ...f, body: tileBody(f.body, options, f.body) }))); // oxfmt-ignore
}

type Loop = Statement & { kind: "for" };

/** `whole` is the body of the function. */
function tileBody(list: readonly Statement[], options: TileOptions, whole: readonly Statement[]): Statement[] {
  return list.flatMap((s): Statement[] => {
    if (s.kind === "for") {
      const inner = s.body.length === 1 ? s.body[0] : undefined;
      if (inner?.kind === "for" && canTile(s, inner, whole)) return tiled(s, inner, options);
      return [{ ...s, body: tileBody(s.body, options, whole) }];
    }
    if (s.kind === "while") return [{ ...s, body: tileBody(s.body, options, whole) }];
    if (s.kind === "if")
      return [{ ...s, body: tileBody(s.body, options, whole), otherwise: tileBody(s.otherwise, options, whole) }];
    return [s];
  });
}

function canTile(outer: Loop, inner: Loop, whole: readonly Statement[]): boolean {
  if (outer.step !== 1 || inner.step !== 1 || outer.target === inner.target) return false;
  const sets = assignedIn(inner.body);
  const loops = [outer.target, inner.target];
  if (loops.some((v) => sets.has(v))) return false;
  const changing = new Set([...sets, ...loops]);
  if (!invariant(inner.from, changing) || !invariant(inner.to, changing)) return false;
  // A written element must belong to one iteration.
  const own = (index: Expression): boolean => {
    const terms = linearTerms(index, loops, sets);
    if (terms?.length !== 2 || terms[0].variable === terms[1].variable) return false;
    const [across, down] = terms[0].scale === undefined ? terms : [terms[1], terms[0]];
    if (across.scale !== undefined || down.scale === undefined) return false;
    return spans(across.variable === inner.target ? inner : outer, down.scale);
  };
  const one = touched(inner.body, new Map(), new Map());
  if (!elementwise(one, one, own)) return false;
  for (const places of one.writes.values()) for (const index of places.values()) if (!own(index)) return false;
  // Locals belong to one iteration too, and nothing outside reads the last one's.
  const outside = (v: Variable): boolean => readCount(whole, v) !== readCount(inner.body, v);
  return setsBeforeReading(inner.body) && ![...sets, ...loops].some(outside);
}

/** Does the loop's variable take at most `size` values? */
function spans({ from, to }: Loop, size: Expression): boolean {
  if (from.kind !== "constant" || Number(from.value) < 0) return false;
  const number = (e: Expression): number => (e.kind === "constant" ? Number(e.value) : Number.NaN);
  const less = to.kind === "operation" && to.op === "sub" && number(to.args[1]) >= 0 ? to.args[0] : to;
  return (size.kind === "variable" && (to === size || less === size)) || number(to) - number(from) <= number(size);
}

function tiled(outer: Loop, inner: Loop, { rows, columns }: TileOptions): Statement[] {
  const local = (name: string): Variable<"i32"> => ({ kind: "variable", name, type: "i32" });
  const [ti, tj] = [local(`${outer.target.name}.tile`), local(`${inner.target.name}.tile`)];
  const [ei, ej] = [local(`${outer.target.name}.end`), local(`${inner.target.name}.end`)];
  const [li, lj] = [local(`${outer.target.name}.last`), local(`${inner.target.name}.last`)];
  const across: Loop = { ...inner, from: tj, to: lj };
  const down: Loop = { ...outer, from: ti, to: li, body: [across] };
  return [
    { kind: "set", target: ei, value: outer.to },
    { kind: "set", target: ej, value: inner.to },
    {
      kind: "for",
      target: ti,
      from: outer.from,
      to: ei,
      step: rows,
      body: [
        { kind: "set", target: li, value: ir.min(ir.add(ti, rows), ei) },
        {
          kind: "for",
          target: tj,
          from: inner.from,
          to: ej,
          step: columns,
          body: [{ kind: "set", target: lj, value: ir.min(ir.add(tj, columns), ej) }, down],
        },
      ],
    },
  ];
}
