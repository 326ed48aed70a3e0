// One symbolic operation from text to text: what the commands and `batch` do. Each call has a Context of its own, so that a long batch does
// not grow, and a Budget; what is not done within it, or not at all, says why.
import {
  algebraWithin,
  apart,
  assume,
  type Assumptions,
  cancel,
  collect,
  complexValues,
  determinant,
  equal,
  expand,
  factor,
  groebnerBasis,
  lostConditions,
  matrixOf,
  type MonomialOrder,
  ringOf,
  simplify,
  toTerm,
  together,
} from "./algebra/index.ts";
import { Failure, type Budget } from "./base/index.ts";
import type { Evidence, Grade } from "./evidence/index.ts";
import { balls, bigfloat, Q } from "./number/index.ts";
import {
  array,
  type Certified,
  Context,
  detectNotation,
  diff,
  evaluateDigits,
  freeSymbols,
  functionRule,
  isHeld,
  jacobian,
  Kind,
  postorder,
  type Notation,
  NOTATIONS,
  printTerm,
  readTerm,
  release,
  sub,
  substitute,
  type Term,
} from "./term/index.ts";

export const OPERATIONS = ["parse", "simplify", "expand", "factor", "together", "apart", "cancel", "collect", "groebner", "diff", "jacobian", "det", "equal", "eval"] as const; // oxfmt-ignore
export type OperationName = (typeof OPERATIONS)[number];

/** A request; fields that an operation does not use are ignored. */
export interface Operation {
  readonly op: string;
  readonly expr: string;
  /** Second operand of `equal`. */
  readonly other?: string;
  /** Variable, or several separated by commas. */
  readonly var?: string;
  /** Values of symbols: "x=1, y=1/3", or an object. */
  readonly at?: string | Readonly<Record<string, string | number>>;
  /** "x > 0, n integer". */
  readonly assume?: string;
  /** Significant digits of `eval` (default 15). */
  readonly digits?: number;
  /** Notation of the result (default infix). */
  readonly to?: string;
  /** Notation of the operands (default: recognised). */
  readonly from?: string;
  /** Monomial order of `groebner`: lex (default), grlex, grevlex. */
  readonly order?: string;
  /** How often `diff` differentiates. */
  readonly times?: number;
  readonly timeout_ms?: number;
}

export interface Outcome {
  readonly ok: boolean;
  /** The answer in the notation asked for; null where there is none. */
  readonly result: string | null;
  /** Why it is not done, or not all of it. */
  readonly reason?: string;
  /** The failure's kind, where there is one: "unsolved" means not decided within the budget. */
  readonly kind?: string;
  /** Conditions under which the result holds, as text. */
  readonly conditions?: readonly string[];
  /** Where two expressions differ. */
  readonly witness?: Readonly<Record<string, string>>;
  readonly evidence: readonly Evidence[];
}

export const DEFAULT_TIMEOUT_MS = 10_000;

/** Does the operation. Never throws a Failure: what went wrong is the outcome. */
export function operate(request: Operation): Outcome {
  try {
    return algebraWithin({ time_ms: request.timeout_ms ?? DEFAULT_TIMEOUT_MS }, () => answer(request));
  } catch (error) {
    const failure = asFailure(error);
    if (!failure) throw error;
    return { ok: false, result: null, reason: failure.message, kind: failure.kind, evidence: [] };
  }
}

function asFailure(error: unknown): Failure | undefined {
  if (error instanceof Failure) return error;
  if (error instanceof RangeError)
    return new Failure(
      "limit",
      /stack/i.test(error.message) ? "the expression is nested too deeply" : `too large: ${error.message}`,
    );
  return undefined;
}

interface Task {
  readonly request: Operation;
  readonly context: Context;
  readonly known: Assumptions;
  readonly budget: Budget;
  readonly to: Notation;
  read(text: string | undefined, name: string): Term;
}

function taskOf(request: Operation): Task {
  const context = new Context();
  const notation = (name: string, option: string): Notation => {
    const found = NOTATIONS.find((each) => each === name);
    if (!found) throw new Failure("usage", `${option} takes ${NOTATIONS.join(", ")}, not "${name}"`);
    return found;
  };
  const to = notation(request.to ?? "infix", "to");
  const from = request.from === undefined ? undefined : notation(request.from, "from");
  return {
    request,
    context,
    known: assume(request.assume ?? "", context),
    budget: { time_ms: request.timeout_ms ?? DEFAULT_TIMEOUT_MS },
    to,
    read(text, name) {
      if (typeof text !== "string") throw new Failure("usage", `the operation ${request.op} needs "${name}"`);
      const term = readTerm(text, { notation: from ?? detectNotation(text), context, source: name });
      return isHeld(term) ? release(term) : term;
    },
  };
}

const proved = (statement: string, method: string): Evidence => ({ statement, grade: "proved", method });

function answer(request: Operation): Outcome {
  const task = taskOf(request);
  const { known, context, budget } = task;
  const done = (term: Term, evidence: readonly Evidence[], more: Partial<Outcome> = {}): Outcome => ({
    ok: true,
    result: printTerm(term, { notation: task.to }),
    ...more,
    evidence,
  });
  const exact = (operation: (term: Term) => Term, method: string): Outcome => {
    const term = task.read(request.expr, "expr");
    const cancelled = context.takeCancelled();
    const result = operation(term);
    const conditions = conditionsOf(known, [...cancelled, ...lostConditions(term, result, known)]);
    return done(result, [proved("the result equals the input wherever both are defined", method)], conditions);
  };
  switch (request.op as OperationName) {
    case "parse": {
      const term = task.read(request.expr, "expr");
      return done(
        term,
        [proved("the expression as it was read", "reading")],
        conditionsOf(known, context.takeCancelled()),
      );
    }
    case "simplify": {
      const term = task.read(request.expr, "expr");
      const cancelled = context.takeCancelled();
      const {
        term: result,
        conditions,
        stop,
        evidence,
      } = simplify(term, { assumptions: known, budget: share(budget) });
      const reason =
        stop.kind === "done"
          ? undefined
          : stop.kind === "other"
            ? stop.detail
            : `stopped by its budget (${stop.detail}); the shortest form so far`;
      return done(result, evidence, {
        ...conditionsOf(known, [...cancelled, ...conditions]),
        ...(reason ? { reason } : {}),
      });
    }
    case "expand":
      return exact(expand, "polynomial arithmetic");
    case "factor":
      return exact((term) => factor(term, share(budget)), "factorisation over the rationals");
    case "together":
      return exact(together, "fractions over a common denominator");
    case "cancel":
      return exact(cancel, "greatest common divisors of polynomials");
    case "apart":
      return exact((term) => apart(term, oneVariable(task, term)), "partial fractions by linear equations");
    case "collect":
      return exact((term) => collect(term, oneVariable(task, term)), "polynomial arithmetic");
    case "groebner":
      return groebner(task, done);
    case "diff": {
      const term = task.read(request.expr, "expr");
      const result = diff(term, oneVariable(task, term), request.times ?? 1);
      const bending = postorder([term]).filter((part) => part.kind === Kind.call && functionRule(part.name)?.jumps);
      const conditions = [
        ...(conditionsOf(known, context.takeCancelled()).conditions ?? []),
        ...[...new Set(bending.map((part) => part.name))].map((name) => `${name} does not jump or bend`),
      ];
      const where = conditions.length > 0 ? ` where ${conditions.join(", ")}` : "";
      return done(result, [proved(`this is the derivative${where}`, "rules of differentiation in exact arithmetic")], {
        conditions,
      });
    }
    case "jacobian": {
      const term = task.read(request.expr, "expr");
      const rows = term.kind === Kind.array ? [...term.args] : [term];
      const variables = request.var === undefined ? freeSymbols(term) : variablesOf(task);
      const zero = context.number(0);
      const made = jacobian(rows, variables).map((row) =>
        array(
          context,
          variables.map((_, k) => row.get(k) ?? zero),
        ),
      );
      const result = array(context, made);
      return done(result, [proved("these are the partial derivatives where they exist", "rules of differentiation")]);
    }
    case "det":
      return exact(
        (term) => simplerOf(determinant(matrixOf(term), { assumptions: known }), known, share(budget)),
        "fraction-free elimination",
      );
    case "equal":
      return equality(task);
    case "eval":
      return evaluated(task);
    default:
      throw new Failure("usage", `unknown operation "${String(request.op).slice(0, 40)}"`, {
        hint: `Operations: ${OPERATIONS.join(", ")}.`,
      });
  }
}

/** What the algorithms may use of a task's time: printing and the way back need some as well. */
function share(budget: Budget): Budget {
  return { time_ms: 0.8 * (budget.time_ms ?? DEFAULT_TIMEOUT_MS) };
}

function simplerOf(term: Term, known: Assumptions, budget: Budget): Term {
  return simplify(term, { assumptions: known, budget }).term;
}

/** What cancelled at reading, and what the result has lost, must not be zero. */
function conditionsOf(known: Assumptions, terms: readonly Term[]): { conditions?: readonly string[] } {
  const list = terms
    .filter((each) => each.kind !== Kind.number && !known.isNonzero(each))
    .map((each) => `${printTerm(each)} != 0`);
  return list.length > 0 ? { conditions: [...new Set(list)] } : {};
}

function variablesOf(task: Task): Term[] {
  return (task.request.var ?? "")
    .split(/[,\s]+/)
    .filter((name) => name !== "")
    .map((name) => {
      const symbol = readTerm(name, { notation: detectNotation(name), context: task.context, source: "var" });
      if (symbol.kind !== Kind.symbol && symbol.kind !== Kind.index)
        throw new Failure("usage", `var takes symbols, not "${name}"`);
      return symbol;
    });
}

/** The variable asked for, or the only one there is. */
function oneVariable(task: Task, term: Term): Term {
  const given = variablesOf(task);
  if (given.length > 1) throw new Failure("usage", `${task.request.op} takes one variable, not ${given.length}`);
  if (given.length === 1) return given[0];
  const free = freeSymbols(term);
  if (free.length === 1) return free[0];
  throw new Failure(
    "usage",
    `${task.request.op} needs the variable (var): the expression has ${free.length === 0 ? "none" : free.map((each) => each.name).join(", ")}`,
  );
}

function groebner(task: Task, done: (term: Term, evidence: readonly Evidence[]) => Outcome): Outcome {
  const { context, request } = task;
  const term = task.read(
    /^\s*[[{]/.test(request.expr) || request.expr.includes("\\") ? request.expr : `[${request.expr}]`,
    "expr",
  );
  const list = term.kind === Kind.array ? [...term.args] : [term];
  const polynomials = list.map((each) =>
    each.kind === Kind.relation && each.name === "=" ? sub(each.args[0], each.args[1]) : each,
  );
  const variables = request.var === undefined ? freeSymbols(term) : variablesOf(task);
  const order = request.order ?? "lex";
  if (!["lex", "grlex", "grevlex"].includes(order))
    throw new Failure("usage", `order takes lex, grlex or grevlex, not "${order}"`);
  const ring = ringOf([...polynomials, ...variables], { first: variables });
  const extra = ring.generators.slice(variables.length);
  if (extra.length > 0)
    throw new Failure(
      "unsupported",
      `a Groebner basis over "${printTerm(extra[0])}": every part must be a polynomial in the variables`,
      {
        hint: "Name all symbols as variables, and roots by new symbols with their equations.",
      },
    );
  const fractions = polynomials.map((each) => {
    const { num, den } = ring.of(each);
    if (den.exponents.some((e) => e > 0)) throw new Failure("domain", `"${printTerm(each)}" is no polynomial`);
    return num;
  });
  const { basis, grade, primes } = groebnerBasis(fractions, {
    order: order as MonomialOrder,
    budget: share(task.budget),
  });
  const evidence: Evidence = {
    statement: "this is the reduced Groebner basis of the ideal",
    grade: grade as Grade,
    method:
      grade === "proved"
        ? "exact arithmetic"
        : `F4 modulo ${primes} primes, rational reconstruction confirmed by one more`,
  };
  return done(
    array(
      context,
      basis.map((f) => toTerm(ring, f)),
    ),
    [evidence],
  );
}

function equality(task: Task): Outcome {
  const { request, known } = task;
  let a = task.read(request.expr, "expr");
  let b: Term;
  if (request.other === undefined && a.kind === Kind.relation && a.name === "=") [a, b] = [a.args[0], a.args[1]];
  else b = task.read(request.other, "other");
  const { answer: result, witness, reason, evidence } = equal(a, b, { assumptions: known, budget: share(task.budget) });
  return { ok: true, result, ...(witness ? { witness } : {}), ...(reason ? { reason } : {}), evidence };
}

/** What the digits of a certified value mean. */
export const DIGITS_MEAN: Readonly<Record<Certified["rounding"], string>> = {
  exact: "the value is exact",
  nearest: "every digit is correct: this is the value rounded to nearest",
  unit: "the value is within one unit of the last digit",
};

function evaluated(task: Task): Outcome {
  const { request, context } = task;
  const term = task.read(request.expr, "expr");
  const at = new Map<Term, Term>();
  for (const [name, text] of assignmentsOf(request.at)) {
    const value = typeof text === "number" ? context.number(Q.fromNumber(text)) : task.read(text, `at ${name}`);
    at.set(context.symbol(name), value);
  }
  const filled = at.size === 0 ? term : substitute(term, at);
  const free = freeSymbols(filled);
  if (free.length > 0)
    throw new Failure("name", `"${free[0].name}" has no value`, { hint: `Give it one: at ${free[0].name}=...` });
  if (filled.kind === Kind.number && request.digits === undefined)
    return {
      ok: true,
      result: printTerm(filled, { notation: task.to }),
      evidence: [proved("the value is exact", "rational arithmetic")],
    };
  const digits = request.digits ?? 15;
  try {
    const { text, rounding, precision } = evaluateDigits(filled, digits, { budget: share(task.budget) });
    return {
      ok: true,
      result: text,
      evidence: [proved(DIGITS_MEAN[rounding], `ball arithmetic at ${precision} bits`)],
    };
  } catch (error) {
    if (!(error instanceof Failure) || error.kind !== "domain") throw error;
    const complex = complexDigits(filled, digits);
    if (complex === undefined) throw error;
    return complex;
  }
}

/** A value that is not real, both parts to so many significant digits. */
function complexDigits(term: Term, digits: number): Outcome | undefined {
  for (let p = Math.ceil(digits * 3.33) + 40; p < 40_000; p *= 2) {
    const [value] = complexValues([term], new Map(), p);
    if (value instanceof Failure) {
      if (value.kind === "domain") return undefined;
      continue;
    }
    const parts = [value.re, value.im].map((part) => {
      if (balls.sign(part) === 0) return "0";
      if (balls.containsZero(part) && balls.top(part) > -p / 2) return undefined;
      if (balls.containsZero(part)) return "0";
      return balls.accuracy(part) >= digits * 3.33 ? bigfloat.toDigits(part.mid, digits) : undefined;
    });
    if (parts.some((part) => part === undefined)) continue;
    const zero = [value.re, value.im].some((part) => balls.sign(part) !== 0 && balls.containsZero(part));
    const [re, im] = parts as string[];
    const result =
      im === "0"
        ? re
        : `${re === "0" ? "" : re}${im.startsWith("-") ? "-" : re === "0" ? "" : "+"}${im.replace(/^-/, "")}*i`;
    const grade: Grade = zero ? "estimated" : "proved";
    return {
      ok: true,
      result,
      evidence: [
        {
          statement: zero
            ? "a part is zero as far as it was computed"
            : "both parts are within one unit of their last digits",
          grade,
          method: `complex ball arithmetic at ${p} bits`,
        },
      ],
    };
  }
  return undefined;
}

function assignmentsOf(at: Operation["at"]): [string, string | number][] {
  if (at === undefined) return [];
  if (typeof at === "object") return Object.entries(at);
  return at
    .split(/[,;](?=\s*[\p{L}_][\p{L}\p{N}_]*\s*=)/u)
    .filter((part) => part.trim() !== "")
    .map((part) => {
      const found = /^\s*([\p{L}_][\p{L}\p{N}_]*)\s*=(.*)$/su.exec(part);
      if (!found) throw new Failure("usage", `at takes name=value, not "${part.trim().slice(0, 60)}"`);
      return [found[1], found[2]];
    });
}
