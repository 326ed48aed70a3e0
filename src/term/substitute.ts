// Substitution of terms for symbols (or for any subterms), all at once, over the graph.
import { mapLeaves } from "./array.ts";
import { lift, type TermLike } from "./build.ts";
import type { Term } from "./term.ts";

/** Replaces every key of `values` (terms or names of symbols) by its value, simultaneously. Keys are looked for outermost first. */
export function substitute(
  term: Term,
  values: ReadonlyMap<Term | string, TermLike> | Readonly<Record<string, TermLike>>,
): Term {
  const { context } = term;
  const table = new Map<Term, Term>();
  for (const [key, value] of values instanceof Map ? values : Object.entries(values as Record<string, TermLike>))
    table.set(typeof key === "string" ? context.symbol(key) : key, lift(context, value));
  if (table.size === 0) return term;
  return mapLeaves(term, (part) => table.get(part), 0);
}
