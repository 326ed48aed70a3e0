// Truth values and numbers, which SBML lets stand for each other: a condition is 1 or 0, a number is true unless it is 0.
import { type Context, isCondition, Kind, logic, piecewise, relation, type Term } from "../../term/index.ts";

export function truth(context: Context, value: boolean): Term {
  const [zero, one] = [context.number(0), context.number(1)];
  return value ? relation("<", zero, one) : relation("<", one, zero);
}

const known = (condition: Term): boolean | undefined =>
  condition === truth(condition.context, true)
    ? true
    : condition === truth(condition.context, false)
      ? false
      : undefined;

export function both(a: Term, b: Term): Term {
  const [left, right] = [known(a), known(b)];
  if (left !== undefined) return left ? b : a;
  if (right !== undefined) return right ? a : b;
  return logic("and", a, b);
}

export function either(a: Term, b: Term): Term {
  const [left, right] = [known(a), known(b)];
  if (left !== undefined) return left ? a : b;
  if (right !== undefined) return right ? b : a;
  return logic("or", a, b);
}

export function opposite(a: Term): Term {
  const value = known(a);
  return value === undefined ? logic("not", a) : truth(a.context, !value);
}

/** 1 or 0. */
export function toValue(term: Term): Term {
  if (!isCondition(term)) return term;
  const value = known(term);
  const { context } = term;
  if (value !== undefined) return context.number(value ? 1 : 0);
  return piecewise([[context.number(1), term]], context.number(0));
}

/** True unless the value is 0. Cases become conditions of their own, so that the instants where they change are found. */
export function toCondition(term: Term): Term {
  const { context } = term;
  if (isCondition(term)) return term;
  if (term.kind === Kind.number) return truth(context, term.value !== 0);
  if (term.kind !== Kind.piecewise) return relation("!=", term, 0);
  let result = toCondition(term.args[term.args.length - 1]);
  for (let i = term.args.length - 3; i >= 0; i -= 2) {
    const [value, condition] = [toCondition(term.args[i]), term.args[i + 1]];
    result = either(both(condition, value), both(opposite(condition), result));
  }
  return result;
}

/** Operations where conditions and numbers meet, or that have no arguments; undefined leaves them to their ordinary meaning. */
export function mixedOperation(context: Context, name: string, args: readonly Term[]): Term | undefined {
  const conditions = (): Term[] => args.map(toCondition);
  switch (name) {
    case "and":
      return conditions().reduce(both, truth(context, true));
    case "or":
      return conditions().reduce(either, truth(context, false));
    case "not":
      return args.length === 1 ? opposite(toCondition(args[0])) : undefined;
    case "xor":
      return conditions().reduce(unequal, truth(context, false));
    case "implies": {
      const [a, b] = conditions();
      return args.length === 2 ? either(opposite(a), b) : undefined;
    }
    case "=":
    case "!=":
      if (args.length === 2 && args.every(isCondition)) {
        const different = unequal(args[0], args[1]);
        return name === "=" ? opposite(different) : different;
      }
      break;
    case "+":
      if (args.length === 0) return context.number(0);
      break;
    case "*":
      if (args.length === 0) return context.number(1);
  }
  return undefined;
}

function unequal(a: Term, b: Term): Term {
  return either(both(a, opposite(b)), both(opposite(a), b));
}
