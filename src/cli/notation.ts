// --from and --to: the notation of an expression that is read, of a term that is printed.
import { NOTATIONS, printTerm, readTerm, type Notation, type Term } from "../term/index.ts";
import { choice } from "./arguments.ts";

export interface NotationOptions {
  /** infix by default. */
  readonly from?: string;
  /** infix by default. */
  readonly to?: string;
}

/** Reads an argument in the notation of --from; `held` keeps FPCore as written, otherwise it is read by value. */
export function readArgument(text: string, { from = "infix" }: NotationOptions, { held = false } = {}): Term {
  const notation = choice(`--from`, from, NOTATIONS);
  return readTerm(text, { notation, held: notation === "fpcore" ? held : undefined, source: "expression" });
}

/** The printer of --to; the choice is checked before any work is done. */
export function termPrinter({ to = "infix" }: NotationOptions): (term: Term) => string {
  const notation: Notation = choice("--to", to, NOTATIONS);
  return (term) => printTerm(term, { notation });
}
