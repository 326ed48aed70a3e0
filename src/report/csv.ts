// CSV: curves out, output times in. Quoting by RFC 4180; numbers by their shortest round trip (ECMAScript's
// Number::toString), so reading them back gives the same doubles. Lines end in "\n", which every reader takes.
// Left out on purpose: reading whole tables (room array), decimal commas, other encodings than UTF-8.
import { Failure, type Place } from "../base/index.ts";
import { checkCurves, type Curves } from "./curves.ts";

/** A field as RFC 4180 wants it: quoted when it has a comma, a quote or a line break. */
function field(text: string): string {
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

/** Shortest decimal that reads back as the same double, -0 included; "NaN", "Infinity", "-Infinity". */
function shortest(x: number): string {
  return Object.is(x, -0) ? "-0" : String(x);
}

/**
 * Curves as CSV text: header `time,name,…`, one line per time, a final line break.
 * @throws Failure "domain" without curves or times or when lengths disagree.
 */
export function curvesToCsv({ time, curves }: Curves): string {
  checkCurves({ time, curves });
  const lines = [["time", ...curves.map(({ name }) => field(name))].join(",")];
  for (let i = 0; i < time.length; i++) {
    let line = shortest(time[i]);
    for (const { values } of curves) line += `,${shortest(values[i])}`;
    lines.push(line);
  }
  lines.push("");
  return lines.join("\n");
}

const NUMBER = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?$/;

/** What cannot be a header: begins like a number, or spells one of the values that are none. */
const LIKE_NUMBER = /^(?:[+-]?[.\d]|[+-]?(?:nan|inf|infinity)$)/i;

const WANTED = "Give one time per line, in ascending order; a header in the first line is allowed.";

/**
 * Reads output times from CSV text: the first column (fields end at a comma, semicolon, tab or blank), an optional header
 * in the first line, blank lines and comment lines that begin with # skipped. `source` names the file in messages.
 * Returns the times, strictly ascending and finite, in the unit of the file.
 * @throws Failure "syntax" with file, line and column for what is no number or does not ascend, and when there is no time.
 */
export function readTimes(text: string, source = "times"): Float64Array {
  const times: number[] = [];
  const lines = text.split(/\r\n|\n|\r/);
  if (lines[0].startsWith("\ufeff")) lines[0] = lines[0].slice(1);
  let first = true;
  let before = 0;
  for (const [index, line] of lines.entries()) {
    const start = line.search(/\S/);
    if (start < 0 || line[start] === "#") continue;
    const [whole, quoted, bare] = /^(?:"([^"]*)"|([^,;\t "]*))/.exec(line.slice(start))!;
    const item = (quoted ?? bare).trim();
    const header = first && item !== "" && !LIKE_NUMBER.test(item);
    first = false;
    if (header) continue;
    const place: Place = { source, line: index + 1, column: start + 1, text: line };
    const value = Number(item);
    if (item === "") throw new Failure("syntax", "there is no time in the first column", { place, hint: WANTED });
    const rest = line.slice(start + whole.length);
    if (!NUMBER.test(item) || !/^(?:[,;\s]|$)/.test(rest))
      throw new Failure("syntax", `"${item}" is not a number`, { place, hint: WANTED });
    if (!Number.isFinite(value))
      throw new Failure("syntax", `${item} is too large for a double`, { place, hint: WANTED });
    if (times.length > 0 && value <= times[times.length - 1])
      throw new Failure("syntax", `time ${item} does not come after ${times[times.length - 1]} of line ${before}`, {
        place,
        hint: "Times must ascend strictly: sort them and remove repeated ones.",
      });
    times.push(value);
    before = index + 1;
  }
  if (times.length === 0)
    throw new Failure("syntax", "there is no time in this text", {
      place: { source, line: 1, column: 1 },
      hint: WANTED,
    });
  return Float64Array.from(times);
}
