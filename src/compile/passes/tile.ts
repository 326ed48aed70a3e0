// Pass: two nested loops run over tiles, so that what a tile touches stays in the cache. for i for j becomes for tiles of i, for
// tiles of j, for i in the tile, for j in the tile. The order of the iterations changes: it is done only where every array that is
// written is touched at one and the same index in an iteration, so that no iteration sees another (and never for sums: a local that
// goes from one iteration to the next forbids it). Bits do not change.
// Left out: choosing sizes (callers know the cache, or the cost model does), three and more loops, skewing.
import * as ir from "../builder.ts";
import type { Expression, Program, Statement, Variable } from "../ir.ts";
import { replaceFunctions, visitExpression } from "../shape.ts";
import { elementwise, flow, touched } from "./dependence.ts";

export interface TileOptions {
  /** Rows and columns of a tile. */
  readonly rows: number;
  readonly columns: number;
}

export function tile(program: Program, options: TileOptions): Program {
  return replaceFunctions(program, program.functions.map((f) => (f.kind === "tape" ? f : { ...f, body: tileBody(f.body, options) }))); // oxfmt-ignore
}

type Loop = Statement & { kind: "for" };

function tileBody(list: readonly Statement[], options: TileOptions): Statement[] {
  return list.flatMap((s): Statement[] => {
    if (s.kind === "for") {
      const inner = s.body.length === 1 ? s.body[0] : undefined;
      if (inner?.kind === "for" && canTile(s, inner)) return tiled(s, inner, options);
      return [{ ...s, body: tileBody(s.body, options) }];
    }
    if (s.kind === "while") return [{ ...s, body: tileBody(s.body, options) }];
    if (s.kind === "if") return [{ ...s, body: tileBody(s.body, options), otherwise: tileBody(s.otherwise, options) }];
    return [s];
  });
}

function canTile(outer: Loop, inner: Loop): boolean {
  if (outer.step !== 1 || inner.step !== 1) return false;
  let depends = false;
  for (const limit of [inner.from, inner.to])
    visitExpression(limit, (e) => (depends ||= e === outer.target || e.kind === "load"));
  if (depends) return false;
  const one = touched(inner.body, new Map(), new Map());
  if (!elementwise(one, one)) return false;
  // A written element must belong to one iteration: its index has to name both loop variables.
  for (const places of one.writes.values())
    for (const place of places)
      if (![outer.target.name, inner.target.name].every((name) => new RegExp(`\\b${name}\\b`).test(place)))
        return false;
  // Locals are set before they are read in each iteration; the verifier sees to that where none is set outside.
  const { sets } = flow(inner.body);
  return inner.body.every((s) => s.kind !== "set" || !readsOf(s.value).has(s.target)) && !sets.has(outer.target);
}

function readsOf(e: Expression): ReadonlySet<Variable> {
  const found = new Set<Variable>();
  visitExpression(e, (x) => void (x.kind === "variable" && found.add(x)));
  return found;
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
