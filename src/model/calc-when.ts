// The statement of events in `.calc`:
//   when CONDITION [after DELAY] [priority P] [drop] [initially] [late] : x = VALUE, k = VALUE
// An event happens at the instant when its condition turns true; `after` delays what it does, with the values of the instant
// of the trigger (with `late`: of the instant when it is done); greater priorities go first; with `drop` it is given up if the
// condition turns false during the delay. A condition that holds at the start does nothing there, unless `initially` is given.
import type { LineReader } from "./lines.ts";

/** A piece of a line and the column where it begins. */
export interface Piece {
  readonly text: string;
  readonly line: number;
  readonly column: number;
}

export interface When {
  readonly condition: Piece;
  readonly delay?: Piece;
  readonly priority?: Piece;
  readonly drop: boolean;
  readonly initially: boolean;
  readonly late: boolean;
  readonly assignments: Piece;
}

const OPTION = /\s(after|priority|drop|initially|late)(?=\s|$)/g;
/** Options without a value. */
const FLAGS = new Set(["drop", "initially", "late"]);

/** Cuts the text after `when` into its parts. */
export function readWhen(piece: Piece, input: LineReader): When {
  const colon = piece.text.indexOf(":");
  if (colon < 0 || piece.text.slice(colon + 1).trim() === "")
    throw input.fail("an event is written when CONDITION : x = VALUE", piece.line, piece.column);
  const head = piece.text.slice(0, colon);
  const marks = [...head.matchAll(OPTION)];
  const part = (from: number, to: number): Piece => ({
    text: head.slice(from, to),
    line: piece.line,
    column: piece.column + from,
  });
  const given = new Map<string, Piece>();
  marks.forEach((mark, k) => {
    const value = part(mark.index + mark[0].length, marks[k + 1]?.index ?? head.length);
    const [, name] = mark;
    if (given.has(name)) throw input.fail(`"${name}" is given twice`, piece.line, piece.column + mark.index + 1);
    if (FLAGS.has(name) !== (value.text.trim() === ""))
      throw input.fail(
        FLAGS.has(name) ? `"${name}" takes no value` : `nothing follows "${name}"`,
        piece.line,
        value.column,
        "Write, for example: when x > 1 after 2 priority 3 drop : x = 0.",
      );
    given.set(name, value);
  });
  const condition = part(0, marks[0]?.index ?? head.length);
  if (condition.text.trim() === "") throw input.fail("the event has no condition", piece.line, piece.column);
  return {
    condition,
    delay: given.get("after"),
    priority: given.get("priority"),
    drop: given.has("drop"),
    initially: given.has("initially"),
    late: given.has("late"),
    assignments: { text: piece.text.slice(colon + 1), line: piece.line, column: piece.column + colon + 1 },
  };
}
