// Indexed arrays, comprehensions and reductions. Loops stay loops: a sum over a million cells is one term.
// Bound variables are de Bruijn indices (de Bruijn 1972), so terms that differ only in the name of a bound variable are
// the same term. Indices are integers; arrays are numbered from the `from` of their comprehension, literal arrays from 1.
import { Failure } from "../base/index.ts";
import type { Context } from "./context.ts";
import { call } from "./functions.ts";
import { make, rebuild } from "./interface.ts";
import { Kind, type Term } from "./term.ts";
import { postorder } from "./traverse.ts";

export type ReductionName = "sum" | "product" | "min" | "max";

/** A literal array, numbered from 1. */
export function array(context: Context, elements: readonly Term[]): Term {
  return context.intern(Kind.array, "", 0, elements, []);
}

/** base[i, j, ...]. An integer index into a literal array or a comprehension with integer bounds is carried out. */
export function index(base: Term, ...indices: Term[]): Term {
  const [first, ...rest] = indices;
  if (first === undefined) return base;
  if (first.kind === Kind.number) {
    const i = first.value;
    if (base.kind === Kind.array) {
      if (typeof i !== "number" || i < 1 || i > base.args.length)
        throw new Failure("domain", `index ${i} is outside 1 .. ${base.args.length}`);
      return index(base.args[i - 1], ...rest);
    }
    if (base.kind === Kind.comprehension && base.args[1].kind === Kind.number && base.args[2].kind === Kind.number) {
      const [, from, to] = base.args;
      if (typeof i !== "number" || i < (from.value as number) || i > (to.value as number))
        throw new Failure("domain", `index ${i} is outside ${from.value} .. ${to.value}`);
      return index(instantiate(base.args[0], first), ...rest);
    }
  }
  if (base.kind === Kind.index) return base.context.intern(Kind.index, "", 0, [...base.args, ...indices], []);
  return base.context.intern(Kind.index, "", 0, [base, ...indices], []);
}

/** The array of `body` for variable = from .. to. */
export function comprehension(body: Term, variable: Term, from: Term, to: Term): Term {
  return body.context.intern(Kind.comprehension, "", 0, [abstract(body, variable), from, to], []);
}

/** Sum, product, minimum or maximum of `body` for variable = from .. to; an empty range gives 0, 1, infinity, -infinity. */
export function reduction(name: ReductionName, body: Term, variable: Term, from: Term, to: Term): Term {
  return body.context.intern(Kind.reduction, name, 0, [abstract(body, variable), from, to], []);
}

export function isBinder(term: Term): boolean {
  return term.kind === Kind.comprehension || term.kind === Kind.reduction;
}

/** Rebuilds `body` with `leaf(term, depth)` replacing leaves where it returns a term; depth counts enclosing binders. */
export function mapLeaves(
  body: Term,
  leaf: (term: Term, depth: number) => Term | undefined,
  depth: number,
  memo: Map<Term, Term>[] = [],
): Term {
  // One table a depth for the whole walk: a body shared by several binders is rebuilt once.
  const done = (memo[depth] ??= new Map());
  for (const term of postorder([body], (t) => !done.has(t) && !isBinder(t) && leaf(t, depth) === undefined)) {
    if (done.has(term)) continue;
    const replaced = leaf(term, depth);
    if (replaced !== undefined) done.set(term, replaced);
    else if (isBinder(term)) {
      const [inner, from, to] = term.args;
      const args = [
        mapLeaves(inner, leaf, depth + 1, memo),
        mapLeaves(from, leaf, depth, memo),
        mapLeaves(to, leaf, depth, memo),
      ];
      done.set(term, term.context.intern(term.kind, term.name, 0, args, []));
    } else if (term.args.length === 0) done.set(term, term);
    else {
      const args = term.args.map((arg) => done.get(arg)!);
      done.set(term, args.every((arg, i) => arg === term.args[i]) ? term : rebuild(term, args));
    }
  }
  return done.get(body)!;
}

/** Makes the symbol `variable` the innermost bound variable of `body`. */
export function abstract(body: Term, variable: Term): Term {
  if (variable.kind !== Kind.symbol)
    throw new Failure("usage", `"${variable}" cannot be a bound variable; use a symbol`);
  const { context } = body;
  return mapLeaves(
    body,
    (term, depth) => {
      if (term === variable) return context.intern(Kind.bound, "", depth, [], []);
      if (term.kind === Kind.bound && (term.value as number) >= depth)
        return context.intern(Kind.bound, "", (term.value as number) + 1, [], []);
      return undefined;
    },
    0,
  );
}

/** Replaces the innermost bound variable of a binder's body by a closed term. */
export function instantiate(body: Term, value: Term): Term {
  const { context } = body;
  return mapLeaves(
    body,
    (term, depth) => {
      if (term.kind !== Kind.bound) return undefined;
      const level = term.value as number;
      if (level === depth) return value;
      return level > depth ? context.intern(Kind.bound, "", level - 1, [], []) : undefined;
    },
    0,
  );
}

/** Writes literal integer ranges out: reductions become sums, comprehensions arrays. Fails beyond `limit` elements. */
export function unroll(term: Term, limit = 100_000): Term {
  let spent = 0;
  const expand = (root: Term): Term => {
    const done = new Map<Term, Term>();
    for (const part of postorder([root], (t) => !isBinder(t))) {
      if (!isBinder(part)) {
        done.set(
          part,
          part.args.length === 0
            ? part
            : rebuild(
                part,
                part.args.map((arg) => done.get(arg)!),
              ),
        );
        continue;
      }
      const [body, from, to] = [part.args[0], expand(part.args[1]), expand(part.args[2])];
      if (
        from.kind !== Kind.number ||
        to.kind !== Kind.number ||
        typeof from.value !== "number" ||
        typeof to.value !== "number"
      )
        throw new Failure("domain", `the range ${from} .. ${to} has no literal integer bounds`);
      const elements: Term[] = [];
      for (let i = from.value; i <= to.value; i++) {
        if (++spent > limit) throw new Failure("limit", `more than ${limit} elements would be written out`);
        elements.push(expand(instantiate(body, part.context.number(i))));
      }
      done.set(
        part,
        part.kind === Kind.comprehension
          ? array(part.context, elements)
          : combine(part.name as ReductionName, part.context, elements),
      );
    }
    return done.get(root)!;
  };
  return expand(term);
}

function combine(name: ReductionName, context: Context, elements: readonly Term[]): Term {
  if (name === "sum") return make(context, "+", elements);
  if (name === "product") return make(context, "*", elements);
  if (elements.length === 0) throw new Failure("domain", `the ${name} of an empty range has no finite value`);
  return elements.reduce((a, b) => call(context, name, a, b));
}
