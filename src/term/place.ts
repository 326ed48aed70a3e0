// What readers share: a text that makes Failures with line, column and caret, and exact decimals.
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

/** Most digits of an integer: about as many as exact arithmetic carries. */
const MOST_DIGITS = 1_200_000;

/** A decimal as an exact rational; undefined if it is none, or too long. */
export function exactDecimal(text: string): Rational | undefined {
  if (/^-?\d+$/.test(text) && text.length > 100_000 && text.length <= MOST_DIGITS) return Q.rational(BigInt(text));
  return Q.parseDecimal(text);
}
