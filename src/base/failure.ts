// Typed errors with places. Every error a user can cause is a Failure: what happened, where, and what to do.
// Anything else that is thrown is a defect of Calculemus itself.

/** A place in a text: 1-based line and column; `source` names the file or input. */
export interface Place {
  readonly source?: string;
  readonly line: number;
  readonly column: number;
  /** The text of the line, for the caret picture. */
  readonly text?: string;
}

/** What kind of mistake: decides the exit status of the command (`usage` 2, `unsolved` 3, others 1). */
export type FailureKind =
  | "syntax"
  | "name"
  | "domain"
  | "unsupported"
  | "numeric"
  | "limit"
  | "usage"
  | "unsolved"
  | "io";

export interface FailureOptions {
  readonly place?: Place;
  /** What the user can do about it, as a sentence. */
  readonly hint?: string;
  readonly cause?: unknown;
}

/**
 * An error with a kind, a place and advice.
 * `message` is complete: "file:line:column: what happened", the line with a caret, and the hint.
 */
export class Failure extends Error {
  readonly kind: FailureKind;
  /** What happened, without place and hint. */
  readonly what: string;
  readonly place?: Place;
  readonly hint?: string;

  constructor(kind: FailureKind, what: string, options: FailureOptions = {}) {
    super(describe(what, options), options.cause === undefined ? undefined : { cause: options.cause });
    this.name = "Failure";
    this.kind = kind;
    this.what = what;
    this.place = options.place;
    this.hint = options.hint;
  }
}

/** The widest piece of a source line shown above a caret, in characters. */
const WINDOW = 100;

function describe(what: string, { place, hint }: FailureOptions): string {
  let message = what;
  if (place) {
    message = `${place.source ?? "input"}:${place.line}:${place.column}: ${what}`;
    if (place.text !== undefined) {
      const start = Math.max(0, Math.min(place.column - 1 - WINDOW / 2, place.text.length - WINDOW));
      const piece = place.text.slice(start, start + WINDOW).replaceAll("\t", " ");
      message += `\n  ${piece}\n  ${" ".repeat(Math.max(0, place.column - 1 - start))}^`;
    }
  }
  return hint ? `${message}\n  ${hint}` : message;
}

/** Place of the character at `offset` in `text`. */
export function placeAt(text: string, offset: number, source?: string): Place {
  const end = Math.max(0, Math.min(offset, text.length));
  let line = 1;
  let start = 0;
  for (let next = text.indexOf("\n"); next >= 0 && next < end; next = text.indexOf("\n", next + 1)) {
    line++;
    start = next + 1;
  }
  const stop = text.indexOf("\n", start);
  return {
    source,
    line,
    column: end - start + 1,
    text: text.slice(start, stop < 0 ? undefined : stop).replace(/\r$/, ""),
  };
}
