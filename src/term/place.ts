// What readers share: a text that makes Failures with line, column and caret, and exact fractions.
import { Failure, type FailureKind, placeAt } from "../base/index.ts";
import { Q, type Rational } from "../number/index.ts";

/** A text to be read and its name in messages. */
export class SourceText {
  readonly text: string;
  readonly source: string | undefined;

  constructor(text: string, source?: string) {
    this.text = text;
    this.source = source;
  }

  /** A Failure at the character `at`. */
  fail(what: string, at: number, hint?: string, kind: FailureKind = "syntax"): Failure {
    return new Failure(kind, what, { hint, place: placeAt(this.text, at, this.source) });
  }

  /** Gives Failures of the constructors (division by zero, wrong numbers of arguments) their place. */
  guard<T>(at: number, build: () => T): T {
    try {
      return build();
    } catch (error) {
      if (!(error instanceof Failure) || error.place !== undefined) throw error;
      throw this.fail(error.what, at, error.hint, error.kind);
    }
  }
}

/** A piece of the text for a message. */
export function quoted(text: string): string {
  return `"${text.length > 40 ? `${text.slice(0, 40)}...` : text}"`;
}

/** Most digits of a number: greatest common divisors of longer ones take minutes. */
export const MOST_DIGITS = 100_000;

/** numerator/denominator of digits, the first perhaps with a sign. */
export function exactFraction(numerator: string, denominator: string): Rational {
  if (numerator.length > MOST_DIGITS || denominator.length > MOST_DIGITS)
    throw new Failure("limit", `numbers of more than ${MOST_DIGITS} digits are not read`);
  if (/^0+$/.test(denominator)) throw new Failure("domain", "division by zero in exact arithmetic");
  return Q.rational(BigInt(numerator.replace(/^\+/, "")), BigInt(denominator));
}
