// Spelling out: a term in normal form as the binary operations it stands for, a held term. Sums and products run from left to
// right in canonical order; factors with negative exponents go below one line; e^x is exp(x). Binders stay as they are.
import { Q, type Rational } from "../number/index.ts";
import { type Context, isBinder, Kind, operands, operator, postorder, type Term } from "../term/index.ts";

/** A held term that means the same, operation for operation. */
export function spell(term: Term): Term {
  return spellAll([term])[0];
}

/** Several at once: what they share is shared in the results. */
export function spellAll(terms: readonly Term[]): Term[] {
  const done = new Map<Term, Term>();
  for (const part of postorder(terms, (each) => !isBinder(each))) done.set(part, one(part, done));
  return terms.map((term) => done.get(term)!);
}

const isEuler = (term: Term): boolean => term.kind === Kind.call && term.name === "e";

/** op(args) as written. Any name is allowed: derivatives and integrals have no rule in the table of functions. */
export function operation(context: Context, name: string, ...args: Term[]): Term {
  return context.intern(Kind.held, name, 0, args, []);
}

function one(term: Term, done: ReadonlyMap<Term, Term>): Term {
  const { context } = term;
  const of = (part: Term): Term => done.get(part)!;
  if (isBinder(term) || term.args.length === 0) return term;
  const number = (value: Rational): Term => context.number(value);
  const binary = (name: string, a: Term | undefined, b: Term): Term =>
    a === undefined ? b : operation(context, name, a, b);
  switch (term.kind) {
    case Kind.sum: {
      let sum: Term | undefined;
      term.args.forEach((arg, i) => {
        const weight = term.weights[i];
        const size = Q.absolute(weight);
        const part = size === 1 ? of(arg) : operation(context, "*", number(size), of(arg));
        if (Q.sign(weight) > 0) sum = binary("+", sum, part);
        else sum = sum === undefined ? operation(context, "neg", part) : operation(context, "-", sum, part);
      });
      if (term.value === 0) return sum!;
      return operation(context, Q.sign(term.value) < 0 ? "-" : "+", sum!, number(Q.absolute(term.value)));
    }
    case Kind.product: {
      const power = (base: Term, weight: Rational): Term => {
        if (isEuler(base)) return operation(context, "exp", number(weight));
        if (weight === 1) return of(base);
        if (typeof weight !== "number" && weight.num === 1n && weight.den === 2n) return operation(context, "sqrt", of(base)); // oxfmt-ignore
        return operation(context, "^", of(base), number(weight));
      };
      let above = term.value === 1 || term.value === -1 ? undefined : number(term.value);
      let below: Term | undefined;
      term.args.forEach((arg, i) => {
        const weight = term.weights[i];
        if (Q.sign(weight) > 0) above = binary("*", above, power(arg, weight));
        else below = binary("*", below, power(arg, Q.negate(weight)));
      });
      const all = below === undefined ? above! : operation(context, "/", above ?? number(1), below);
      return term.value === -1 ? operation(context, "neg", all) : all;
    }
    case Kind.power:
      return isEuler(term.args[0])
        ? operation(context, "exp", of(term.args[1]))
        : operation(context, "^", of(term.args[0]), of(term.args[1]));
    case Kind.held:
      return operation(context, term.name, ...term.args.map(of));
    default:
      return operation(context, operator(term), ...operands(term).map(of));
  }
}
