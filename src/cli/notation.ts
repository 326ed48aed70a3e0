// --from and --to: the notation of an expression that is read, of a term that is printed.
import { detectNotation, NOTATIONS, printTerm, readTerm, type Notation, type Term } from "../term/index.ts";
import { choice } from "./arguments.ts";

export interface NotationOptions {
  /** By default it is recognised by its marks. */
  readonly from?: string;
  /** infix by default. */
  readonly to?: string;
}

/** Reads an argument in the notation of --from; `held` keeps FPCore as written, otherwise it is read by value. */
export function readArgument(text: string, { from }: NotationOptions, { held = false } = {}): Term {
  const notation = from === undefined ? detectNotation(text) : choice("--from", from, NOTATIONS);
  return readTerm(text, { notation, held: notation === "fpcore" ? held : undefined, source: "expression" });
}

/** The printer of --to; the choice is checked before any work is done. */
export function termPrinter({ to = "infix" }: NotationOptions): (term: Term) => string {
  const notation: Notation = choice("--to", to, NOTATIONS);
  return (term) => printTerm(term, { notation });
}
