// Cases of the SBML Test Suite (github.com/sbmlteam/sbml-test-suite): settings, expected results, tags, and the suite's own
// scoring: a case passes if and only if at every point |expected - computed| <= absolute + relative * |expected|.
import { Failure } from "../../base/index.ts";
import type { SbmlOutput } from "./reader.ts";

export interface CaseSettings {
  readonly start: number;
  readonly duration: number;
  /** steps + 1 rows are compared. */
  readonly steps: number;
  /** In the order of the columns of the results. */
  readonly variables: readonly string[];
  readonly absolute: number;
  readonly relative: number;
  readonly amount: readonly string[];
  readonly concentration: readonly string[];
}

export interface CaseTags {
  /** "TimeCourse", "FluxBalanceSteadyState" ... */
  readonly testType: string;
  readonly tags: readonly string[];
}

export interface CaseResults {
  readonly names: readonly string[];
  /** One row a time; the first column is time. */
  readonly rows: readonly (readonly number[])[];
}

/** The settings of a case from NNNNN-settings.txt. */
export function readSettings(text: string, source: string): CaseSettings {
  const fields = new Map<string, string>();
  for (const line of text.split(/\r\n|\n|\r/)) {
    const found = /^\s*([A-Za-z]+)\s*:(.*)$/.exec(line);
    if (found !== null) fields.set(found[1].toLowerCase(), found[2].trim());
  }
  const number = (name: string, otherwise: number): number => {
    const text = fields.get(name) ?? "";
    const value = text === "" ? otherwise : Number(text);
    if (!Number.isFinite(value)) throw new Failure("syntax", `${source}: ${name} is "${text}", not a number`);
    return value;
  };
  const list = (name: string): string[] =>
    (fields.get(name) ?? "")
      .split(",")
      .map((each) => each.trim())
      .filter((each) => each !== "");
  const settings = {
    start: number("start", 0),
    duration: number("duration", 0),
    steps: number("steps", 0),
    variables: list("variables"),
    absolute: number("absolute", 0),
    relative: number("relative", 0),
    amount: list("amount"),
    concentration: list("concentration"),
  };
  if (!Number.isInteger(settings.steps) || settings.steps < 0 || settings.steps > 1e6)
    throw new Failure("syntax", `${source}: steps is ${settings.steps}`);
  return settings;
}

/** The tags of a case from NNNNN-model.m; lists may go on over several lines. */
export function readTags(text: string): CaseTags {
  const lines = text.split(/\r\n|\n|\r/);
  const tags = new Set<string>();
  let testType = "TimeCourse";
  let listing = false;
  for (const line of lines) {
    const field = /^\s*([A-Za-z]+)\s*:(?!\w)(.*)$/.exec(line);
    if (field !== null) {
      const name = field[1].toLowerCase();
      if (name === "testtype") testType = field[2].trim();
      listing = name === "componenttags" || name === "testtags";
    } else if (line.trim() === "") listing = false;
    if (!listing) continue;
    for (const tag of (field === null ? line : field[2]).split(/[,;\s]+/)) if (/^[\w:-]+$/.test(tag)) tags.add(tag);
  }
  return { testType, tags: [...tags] };
}

/** The expected values from NNNNN-results.csv. */
export function readResults(text: string, source: string): CaseResults {
  const [head, ...lines] = text.split(/\r\n|\n|\r/).filter((line) => line.trim() !== "");
  if (head === undefined) throw new Failure("syntax", `${source} is empty`);
  const names = head.split(",").map((name) => name.trim());
  const rows = lines.map((line, i) => {
    const row = line.split(",").map((cell) => valueOf(cell.trim()));
    if (row.length !== names.length || row.some((value) => value === undefined))
      throw new Failure("syntax", `${source}: row ${i + 1} is not ${names.length} numbers`);
    return row as number[];
  });
  return { names, rows };
}

function valueOf(text: string): number | undefined {
  const word = text.toLowerCase();
  if (word === "nan") return Number.NaN;
  if (/^[+-]?inf(inity)?$/.test(word)) return word.startsWith("-") ? -Infinity : Infinity;
  const value = Number(text);
  return text === "" || Number.isNaN(value) ? undefined : value;
}

/** What the reader is to report for a case. */
export function outputsOf({ variables, amount, concentration }: CaseSettings): SbmlOutput[] {
  return variables.map((id) => ({
    id,
    as: amount.includes(id) ? "amount" : concentration.includes(id) ? "concentration" : undefined,
  }));
}

export function timesOf({ start, duration, steps }: CaseSettings): Float64Array {
  return Float64Array.from({ length: steps + 1 }, (_, i) => start + (duration * i) / Math.max(steps, 1));
}

/** Is a computed value right by the suite's rule? */
export function withinTolerance(expected: number, computed: number, { absolute, relative }: CaseSettings): boolean {
  if (Number.isNaN(expected)) return Number.isNaN(computed);
  if (!Number.isFinite(expected)) return expected === computed;
  return Math.abs(expected - computed) <= absolute + relative * Math.abs(expected);
}

/** The first point that is wrong, in words, or undefined: passed. `curves` are in the order of the variables. */
export function score(
  expected: CaseResults,
  settings: CaseSettings,
  curves: readonly ArrayLike<number>[],
): string | undefined {
  let wrong = 0;
  let first: string | undefined;
  let worst = 0;
  for (let v = 0; v < settings.variables.length; v++) {
    const name = settings.variables[v];
    // The first column is time, and a variable may have that name too.
    const column = v + 1;
    if (expected.names[column] !== name) return `column ${column + 1} of the expected results is not "${name}"`;
    for (let i = 0; i < expected.rows.length; i++) {
      const right = expected.rows[i][column];
      const value = curves[v]?.[i] ?? Number.NaN;
      if (withinTolerance(right, value, settings)) continue;
      wrong++;
      worst = Math.max(worst, Math.abs(right - value) / (settings.absolute + settings.relative * Math.abs(right)));
      first ??= `"${name}" is ${value} instead of ${right} at t = ${expected.rows[i][0]}`;
    }
  }
  return first === undefined
    ? undefined
    : `${first}; ${wrong} values wrong, the worst by ${worst.toPrecision(2)} times the tolerance`;
}

/** The first value of a single row that is wrong, in words, or undefined: passed. */
export function scoreRow(
  expected: CaseResults,
  settings: CaseSettings,
  values: ReadonlyMap<string, number>,
): string | undefined {
  if (expected.rows.length !== 1) return `the expected results have ${expected.rows.length} rows, not one`;
  for (const name of settings.variables) {
    const column = expected.names.indexOf(name);
    if (column < 0) return `the expected results have no column "${name}"`;
    const right = expected.rows[0][column];
    const value = values.get(name) ?? Number.NaN;
    if (!withinTolerance(right, value, settings)) return `"${name}" is ${value} instead of ${right}`;
  }
  return undefined;
}
