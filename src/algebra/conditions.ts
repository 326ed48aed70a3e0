// Conditions under which a result equals its input: denominators that the input has and the result has not.
import { Failure } from "../base/index.ts";
import { Q } from "../number/index.ts";
import { call, Kind, mul, postorder, type Term } from "../term/index.ts";
import type { Assumptions } from "./assumptions.ts";
import * as P from "./polynomial.ts";
import { ringOf } from "./ring.ts";

/** Denominators of the input, poles of tangents and the like among them, that the result no longer has. */
export function lostConditions(term: Term, result: Term, known: Assumptions): Term[] {
  if (term === result) return [];
  const kept = denominators(result);
  const product = [...kept].reduce((a, b) => mul(a, b), term.context.number(1));
  return [...denominators(term)].filter((base) => {
    if (kept.has(base) || known.isNonzero(base) || base.kind === Kind.number) return false;
    return !isFactor(base, product);
  });
}

/** Is it a factor of a denominator that is still there? No, where that is not decided: a condition too many does no harm. */
function isFactor(base: Term, product: Term): boolean {
  try {
    const ring = ringOf([base, product]);
    const [b, whole] = [ring.of(base).num, ring.of(product).num];
    return P.divide(P.primitive(whole).part, P.primitive(b).part) !== undefined;
  } catch (error) {
    if (error instanceof Failure) return false;
    throw error;
  }
}

function denominators(term: Term): Set<Term> {
  const found = new Set<Term>();
  for (const part of postorder([term])) {
    if (part.kind === Kind.product) part.args.forEach((arg, k) => Q.sign(part.weights[k]) < 0 && found.add(arg));
    if (part.kind !== Kind.call) continue;
    const pole = { tan: "cos", sec: "cos", cot: "sin", csc: "sin" }[part.name];
    if (pole !== undefined) found.add(call(term.context, pole, part.args[0]));
    if (part.name === "log") found.add(part.args[0]);
  }
  return found;
}
