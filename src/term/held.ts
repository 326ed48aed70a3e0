// Held terms keep their operations in the written order and are never normalised: x + (y + z) and (x + y) + z differ,
// x - x is not 0. Everything about rounding, summation order and emulated arithmetic works on them.
// Leaves of a held term are ordinary leaves; `release` turns a held term into the ordinary term of equal value.
import { Failure } from "../base/index.ts";
import { arithmetic } from "./build.ts";
import type { Context } from "./context.ts";
import { call, functionRule } from "./functions.ts";
import { Kind, type Term } from "./term.ts";
import { postorder } from "./traverse.ts";
import { rebuild } from "./interface.ts";

const ARITHMETIC: Readonly<Record<string, number>> = { "+": 2, "-": 2, "*": 2, "/": 2, "^": 2, neg: 1 };

/** A held operation: `+ - * / ^` of two arguments, `neg` of one, or a known function. */
export function held(context: Context, name: string, ...args: Term[]): Term {
  const count = Object.hasOwn(ARITHMETIC, name) ? ARITHMETIC[name] : Number.NaN;
  const rule = Number.isNaN(count) ? functionRule(name) : undefined;
  if (Number.isNaN(count) && rule === undefined)
    throw new Failure("name", `unknown operation "${String(name).slice(0, 60)}" in a held term`);
  const [least, most] = rule?.arity ?? [count, count];
  if (args.length < least || args.length > most)
    throw new Failure("usage", `held "${name}" takes ${most} arguments, not ${args.length}`);
  return context.intern(Kind.held, name, 0, args, []);
}

/** Does the term contain a held operation? */
export function isHeld(term: Term): boolean {
  return postorder([term]).some((part) => part.kind === Kind.held);
}

/** The ordinary term equal to a held one (as rational functions). */
export function release(term: Term): Term {
  const done = new Map<Term, Term>();
  for (const part of postorder([term])) {
    const args = part.args.map((arg) => done.get(arg)!);
    done.set(
      part,
      part.kind === Kind.held ? applyReleased(part, args) : args.length === 0 ? part : rebuild(part, args),
    );
  }
  return done.get(term)!;
}

function applyReleased(term: Term, args: readonly Term[]): Term {
  return arithmetic(term.name, args[0], args[1]) ?? call(term.context, term.name, ...args);
}
