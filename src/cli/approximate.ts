// calculemus approximate: a program for a function on a range, its proof, its code.
import type { Approximated, ApproximationFormat, CodeTarget, Instruction } from "../approximate/index.ts";
import { approximate, CODE_TARGETS, INSTRUCTIONS } from "../approximate/index.ts";
import { Failure } from "../base/index.ts";
import { plotCurves, table } from "../report/index.ts";
import { choice, numberArgument, wholeArgument } from "./arguments.ts";
import { EXIT } from "./failures.ts";
import { checkWritable, writeWhole } from "./files.ts";
import { progress } from "./progress.ts";

/** Both ends of a:b; either may be an expression. */
function readRange(text: string | undefined): [string, string] {
  const parts = text?.split(":") ?? [];
  if (parts.length !== 2 || parts.some((part) => part.trim() === ""))
    throw new Failure("usage", text === undefined ? "the range is missing" : `--on takes a range a:b, not "${text}"`, { hint: "For example --on 0:1 or --on -pi/4:pi/4." }); // oxfmt-ignore
  return [parts[0], parts[1]];
}

export async function approximateCommand(text: string, options: Record<string, unknown>): Promise<void> {
  const value = (name: string): string | undefined => options[name] as string | undefined;
  const number = (name: string): number | undefined =>
    value(name) === undefined ? undefined : numberArgument(`--${name}`, value(name)!);
  const on = readRange(value("on"));
  const seconds = number("seconds");
  if (seconds !== undefined && !(seconds > 0)) throw new Failure("usage", "--seconds takes a positive number");
  const target = choice<CodeTarget>("--target", value("target")!, [...CODE_TARGETS]);
  const instructions = value("instructions")?.split(",").map((each) => choice<Instruction>("--instructions", each.trim(), [...INSTRUCTIONS])); // oxfmt-ignore
  for (const path of [value("plot"), value("out")]) if (path !== undefined) checkWritable(path);
  const limit = 1000 * (seconds ?? 20);
  const bar = await progress();
  let found: Approximated;
  try {
    found = await approximate(text, {
      on,
      format: choice<ApproximationFormat>("--format", value("format")!, ["f32", "f64", "any"]),
      ulp: number("ulp"),
      relative: number("relative"),
      digits: number("digits"),
      absolute: number("absolute"),
      operations: value("ops") === undefined ? undefined : wholeArgument("--ops", value("ops")!),
      search: choice<"remez" | "evolve" | "auto">("--search", value("search")!, ["remez", "evolve", "auto"]),
      seed: value("seed") === undefined ? undefined : wholeArgument("--seed", value("seed")!),
      islands: value("islands") === undefined ? undefined : wholeArgument("--islands", value("islands")!),
      instructions,
      target,
      budget: { time_ms: limit },
      progress: ({ elapsed_ms }) => bar.update("search", Math.min(1, elapsed_ms / limit)),
    });
  } finally {
    bar.stop();
  }
  process.exitCode = found.met ? EXIT.done : EXIT.unsolved;
  const written: string[] = [];
  const write = (path: string, content: string): void => {
    writeWhole(path, content);
    written.push(path);
  };
  if (value("out") !== undefined) write(value("out")!, found.best.code);
  if (value("plot") !== undefined) write(value("plot")!, await picture(found));
  if (options.json) {
    const plain = ({ evaluate: _evaluate, float: _float, ...rest }: Approximated["best"]): object => rest;
    const { front, best, curve, ...rest } = found;
    process.stdout.write(`${JSON.stringify({ ok: found.met, ...rest, front: front.map(plain), best: plain(best), outputs: { time: curve.x, curves: [{ name: "error", values: curve.error }] }, files: written })}\n`); // oxfmt-ignore
    return;
  }
  print(found, written);
}

function picture({ name, on, weight, best, curve }: Approximated): Promise<string> {
  return plotCurves(
    { time: curve.x, curves: [{ name: `${weight} error`, values: curve.error }] },
    { title: `${name} on ${on[0]} .. ${on[1]}: ${best.operations} operations`, subtitle: best.evidence.at(-1)?.statement, xLabel: "x" },
  ); // oxfmt-ignore
}

function print(found: Approximated, written: readonly string[]): void {
  const { front, best, baselines, weight, met } = found;
  const say = (line = ""): void => void process.stdout.write(`${line}\n`);
  const units = front.some(({ ulp }) => ulp !== undefined);
  say(`${found.name} on ${found.on[0]} .. ${found.on[1]}, ${weight} error`);
  say();
  say(
    table(
      front.map((each) => [
        `${each.operations}${each === best ? " *" : ""}`,
        each.digits.toFixed(2),
        ...(units ? [each.ulp === undefined ? "" : each.ulp.toPrecision(4)] : []),
        each.evidence.at(-1)!.grade,
        each.kind,
      ]),
      { header: ["operations", "digits", ...(units ? ["ulp"] : []), "evidence", "what"] },
    ),
  );
  if (baselines.length > 0) {
    const kinds = [...new Set(baselines.map(({ kind }) => kind))];
    const counts = [...new Set(baselines.map(({ operations }) => operations))].sort((a, b) => a - b);
    const digits = (kind: string, count: number): string =>
      baselines.find((each) => each.kind === kind && each.operations === count)?.digits.toFixed(2) ?? "";
    say();
    say("digits of textbook approximations by operations, in exact arithmetic");
    say(
      table(
        counts.map((count) => [`${count}`, ...kinds.map((kind) => digits(kind, count))]),
        { header: ["operations", ...kinds] },
      ),
    );
  }
  say();
  say(`* ${best.kind}, ${best.operations} operations`);
  say(best.program);
  say();
  for (const { grade, statement, method } of best.evidence) say(`${grade}: ${statement} (${method})`);
  if (found.stop !== undefined) say(`the search stopped after ${found.stop.detail}`);
  say();
  say(sketch(found));
  say();
  say(best.code);
  for (const path of written) say(`wrote ${path}`);
  if (!met) process.stderr.write("calculemus: no program found meets what was asked; the most accurate one is shown. More operations (--ops) or more time (--seconds) may find one.\n"); // oxfmt-ignore
}

const COLUMNS = 64;
const ROWS = 9;

/** The error curve in characters: of every column the greatest and the least. */
function sketch({ curve, on, weight }: Approximated): string {
  const most = curve.error.reduce((m, e) => Math.max(m, Math.abs(e)), 0);
  if (!(most > 0)) return "the error is zero at all points looked at";
  const rows = Array.from({ length: ROWS }, () => new Array<string>(COLUMNS).fill(" "));
  rows[(ROWS - 1) / 2].fill("-");
  curve.x.forEach((x, i) => {
    const column = Math.min(COLUMNS - 1, Math.floor(((x - on[0]) / (on[1] - on[0])) * COLUMNS));
    const row = Math.round(((1 - curve.error[i] / most) / 2) * (ROWS - 1));
    rows[row][column] = "*";
  });
  const label = (row: number): string =>
    row === 0
      ? `+${most.toExponential(1)}`
      : row === ROWS - 1
        ? `-${most.toExponential(1)}`
        : row === (ROWS - 1) / 2
          ? "0"
          : "";
  return [`${weight} error, as computed`, ...rows.map((cells, row) => `${label(row).padStart(9)} |${cells.join("")}`.trimEnd())].join("\n"); // oxfmt-ignore
}
