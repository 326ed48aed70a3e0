// Line-wise reading of model files: places for messages, comments, quotes.
import { Failure, type Place } from "../base/index.ts";

/** Longest model text that is read, in characters (512 MiB is near the longest string of some engines). */
export const TEXT_LIMIT = 256 * 2 ** 20;

export class LineReader {
  readonly source: string;
  readonly lines: readonly string[];

  constructor(text: string, source: string) {
    if (text.length > TEXT_LIMIT)
      throw new Failure("limit", `${source}: the text is longer than ${TEXT_LIMIT} characters`, {
        hint: "Is this a model file?",
      });
    if (text.includes("\0"))
      throw new Failure("syntax", `${source} is not a text file`, { hint: "Give a BioNetGen .net or a .calc file." });
    this.source = source;
    this.lines = text.replace(/^\uFEFF/, "").split(/\r\n|\n|\r/);
  }

  /** The place of a 0-based line and column. */
  place(line: number, column = 0): Place {
    return { source: this.source, line: line + 1, column: column + 1, text: this.lines[line] };
  }

  fail(what: string, line: number, column = 0, hint?: string): Failure {
    return new Failure("syntax", what, { place: this.place(line, column), hint });
  }
}
