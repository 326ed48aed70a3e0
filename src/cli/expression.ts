// calculemus eval EXPR
import { assume, Sign, within } from "../algebra/index.ts";
import { Failure } from "../base/index.ts";
import type { Evidence } from "../evidence/index.ts";
import { bigfloat, Q } from "../number/index.ts";
import { evaluate, evaluateDigits, evaluateWithError, freeSymbols, Kind, type Term } from "../term/index.ts";
import { DIGITS_MEAN } from "../operate.ts";
import { assignedTerms, assignments, numberArgument, wholeArgument } from "./arguments.ts";
import { readArgument, termPrinter } from "./notation.ts";

export function evalCommand(text: string, options: Record<string, unknown>): void {
  if (options.digits !== undefined) {
    evalDigits(text, wholeArgument("--digits", options.digits as string), options);
    return;
  }
  const shown = termPrinter(options);
  const at = assignments("--at", options.at as string[]);
  const term = readArgument(text, options, { held: true });
  checkUsed(term, at);
  checkAssumed(options, Object.entries(at));
  const exact = term.kind === Kind.number && Object.keys(at).length === 0;
  const { value, error } = evaluateWithError(term, at);
  if (!exact && !Number.isFinite(value))
    throw new Failure(
      "domain",
      `the value of ${text} is ${Number.isNaN(value) ? "not a real number" : "beyond the range of doubles"}`,
      { hint: "Look for a division by zero, a logarithm or root of a negative number, or an overflow." },
    );
  const evidence: Evidence = exact
    ? {
        statement: "the value is exact",
        grade: "proved",
        bound: 0,
        unit: "absolute error",
        method: "rational arithmetic",
      }
    : {
        statement: `the value is within about ${error.toExponential(1)} of the true one`,
        grade: "estimated",
        bound: error,
        unit: "absolute error",
        method: "double precision with a running error estimate",
      };
  const result = exact ? shown(term) : String(value);
  if (options.json) process.stdout.write(`${JSON.stringify({ ok: true, result, value, evidence: [evidence] })}\n`);
  else process.stdout.write(`${result}${exact ? "" : `  (${evidence.grade}: +- ${error.toExponential(1)})`}\n`);
}

/** Every assignment must be to a symbol of the expression. */
function checkUsed(term: Term, at: Readonly<Record<string, unknown>>): void {
  const unused = Object.keys(at).filter((name) => !freeSymbols(term).some((symbol) => symbol.name === name));
  if (unused.length > 0)
    throw new Failure("usage", `--at gives "${unused[0]}", which does not occur in the expression`);
}

/** A value that the assumptions exclude is a mistake in one of the two. */
function checkAssumed(options: Record<string, unknown>, at: readonly (readonly [string, number])[]): void {
  if (options.assume === undefined) return;
  const known = assume(options.assume as string);
  for (const [name, value] of at) {
    const facts = known.of(name);
    const x = Q.fromNumber(value);
    const sign = value > 0 ? Sign.positive : value < 0 ? Sign.negative : Sign.zero;
    if (!within(facts, x) || (facts.signs & sign) === 0 || (facts.integer && !Q.isInteger(x)))
      throw new Failure(
        "usage",
        `--at gives ${name} the value ${value}, which --assume "${String(options.assume)}" excludes`,
      );
  }
}

function evalDigits(text: string, digits: number, options: Record<string, unknown>): void {
  const at = assignedTerms("--at", options.at as string[]);
  const term = readArgument(text, options);
  checkUsed(term, at);
  checkAssumed(
    options,
    Object.entries(at).map(([name, value]) => [name, evaluate(value)]),
  );
  const seconds = options.timeout === undefined ? undefined : numberArgument("--timeout", options.timeout as string);
  const budget = seconds === undefined ? undefined : { time_ms: 1000 * seconds };
  const { text: result, rounding, ball, precision } = evaluateDigits(term, digits, { at, budget });
  const evidence: Evidence = {
    statement: DIGITS_MEAN[rounding],
    grade: "proved",
    bound: rounding === "exact" ? 0 : rounding === "nearest" ? 0.5 : 1,
    unit: "units of the last digit",
    method: `ball arithmetic at ${precision} bits, radius ${bigfloat.toDigits(ball.radius, 2, "up")}`,
  };
  if (options.json)
    process.stdout.write(`${JSON.stringify({ ok: true, result, digits, rounding, evidence: [evidence] })}\n`);
  else process.stdout.write(`${result}  (${evidence.grade}: ${DIGITS_MEAN[rounding]})\n`);
}
