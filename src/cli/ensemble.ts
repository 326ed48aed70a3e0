// calculemus simulate FILE with --sweep, --runs or --stochastic: many runs of one model.
// Results: .csv in long form (a line for each member and time), .npy (members x times x outputs) with a .json beside it that names the
// axes, or .json. Left out: pictures.
import { writeNpy } from "../array/index.ts";
import { Failure } from "../base/index.ts";
import {
  type Ensemble,
  STOCHASTIC_METHODS,
  type StochasticMethod,
  stochastic,
  sweep,
  sweepGrid,
  type SweepValues,
} from "../ensemble.ts";
import { readModel } from "../model/index.ts";
import { formatDuration, formatNumber, htmlPage, plotCurves, readTimes, table } from "../report/index.ts";
import { assignments, choice, numberArgument, wholeArgument } from "./arguments.ts";
import { EXIT } from "./failures.ts";
import { besides, checkWritable, readText, writeWhole } from "./files.ts";
import { progress } from "./progress.ts";

/** Quantiles of the bands. */
const QUANTILES = [0.05, 0.25, 0.5, 0.75, 0.95] as const;
const MOST_ROWS = 24;
/** Most numbers that are written as text. */
const MOST_TEXT = 20_000_000;

/** One --sweep: name=from:to:count, name=from:to:count:log, or name=a,b,c. */
export function readSweep(text: string): [name: string, values: SweepValues] {
  const option = "--sweep";
  const at = text.indexOf("=");
  const name = text.slice(0, at).trim();
  const rest = text.slice(at + 1).trim();
  if (at <= 0 || name === "" || rest === "")
    throw new Failure("usage", `${option} takes name=from:to:count or name=a,b,c, not "${text}"`);
  const number = (part: string): number => numberArgument(`${option} ${name}`, part.trim());
  if (!rest.includes(":")) return [name, rest.split(",").map(number)];
  const parts = rest.split(":");
  const log = parts.length === 4 && parts[3].trim() === "log";
  if (parts.length !== 3 && !log)
    throw new Failure("usage", `${option} ${name} takes from:to:count, or from:to:count:log, not "${rest}"`);
  const count = /^\s*\d+\s*$/.test(parts[2]) ? Number(parts[2]) : 0;
  if (!(count >= 1))
    throw new Failure("usage", `${option} ${name}: the number of values must be 1 or more, not "${parts[2].trim()}"`, {
      hint: "Write from:to:count, such as k=0.1:1:50.",
    });
  return [name, { from: number(parts[0]), to: number(parts[1]), count, log }];
}

export async function ensembleCommand(file: string, options: Record<string, unknown>): Promise<void> {
  const text = (name: string): string | undefined => options[name] as string | undefined;
  const refuse = (what: string, hint?: string): never => {
    throw new Failure("usage", what, { hint });
  };
  const ranges: Record<string, SweepValues> = {};
  for (const each of options.sweep as string[]) {
    const [name, values] = readSweep(each);
    if (Object.hasOwn(ranges, name)) refuse(`--sweep gives "${name}" twice`);
    ranges[name] = values;
  }
  sweepGrid(ranges);
  const chance = options.stochastic !== undefined;
  if (!chance)
    for (const [name, flag] of [
      ["runs", "--runs"],
      ["seed", "--seed"],
      ["step", "--step"],
    ])
      if (options[name] !== undefined) refuse(`${flag} belongs to runs with chance: give --stochastic too`);
  if (chance)
    for (const [name, flag] of [
      ["digits", "--digits"],
      ["drift", "--drift"],
    ])
      if (options[name] !== undefined) refuse(`${flag} belongs to runs without chance; leave it or --stochastic out`);
  if (chance && text("method") !== "auto") refuse("give the method of runs with chance after --stochastic: --stochastic next"); // oxfmt-ignore
  if (text("phase") !== undefined) refuse("--phase draws single runs; leave it or the many runs out");
  const plot = text("plot");
  if (plot !== undefined && !/\.(svg|html)$/i.test(plot)) refuse(`--plot takes an .svg or .html file, not "${plot}"`);
  if (plot !== undefined) checkWritable(plot);
  if (text("points") !== undefined && text("times") !== undefined) refuse("give --points or --times, not both");
  const out = text("out");
  if (out !== undefined && !/\.(csv|json|npy)$/i.test(out))
    refuse(`--out takes a .csv, .npy or .json file, not "${out}"`);
  if (out !== undefined) checkWritable(out);
  const number = (name: string, flag: string): number | undefined =>
    text(name) === undefined ? undefined : numberArgument(flag, text(name)!);
  const seconds = number("timeout", "--timeout");
  if (seconds !== undefined && !(seconds > 0)) refuse("--timeout must be positive");
  const whole = (name: string, flag: string): number | undefined =>
    text(name) === undefined ? undefined : wholeArgument(flag, text(name)!);
  const threads = whole("threads", "--threads");
  if (threads === 0) refuse("--threads must be 1 or more");
  const runs = whole("runs", "--runs");
  if (runs === 0) refuse("--runs must be 1 or more");
  const given = options.stochastic;
  const named = typeof given === "string" ? choice("--stochastic", given, ["auto", ...STOCHASTIC_METHODS]) : "auto";
  const timesFile = text("times");
  const common = {
    tEnd: number("tEnd", "--t-end"),
    points: whole("points", "--points"),
    times: timesFile === undefined ? undefined : readTimes(readText(timesFile).text, timesFile),
    parameters: assignments("--param", options.param as string[]),
    threads,
    budget: seconds === undefined ? undefined : { time_ms: 1000 * seconds },
  };

  const { text: source, name } = readText(file);
  const model = readModel(source, name, undefined, { resolve: besides(file) });
  const selected = selection(
    model.outputs.map((output) => output.name),
    text("outputs"),
  );
  const bar = await progress();
  const onProgress = (share: number, ms: number): void => bar.update("runs", share, (ms / share) * (1 - share));
  let result: Ensemble;
  try {
    result = chance
      ? await stochastic(model, {
          ...common,
          sweep: ranges,
          runs,
          step: number("step", "--step"),
          seed: whole("seed", "--seed"),
          method: named as StochasticMethod | "auto",
          onProgress,
        })
      : await sweep(model, ranges, {
          ...common,
          digits: number("digits", "--digits"),
          method: text("method") as "auto",
          drift: options.drift === true,
          onProgress,
        });
  } finally {
    bar.stop();
  }
  const done = result.stop.kind === "done";
  const written: string[] = [];
  // A result that is not what was asked for does not stand under the name that was asked for.
  const write = (path: string, content: string | Uint8Array): void => {
    const target = done ? path : `${path}.partial`;
    writeWhole(target, content);
    written.push(target);
  };
  if (out !== undefined) {
    if (/\.npy$/i.test(out)) {
      write(out, writeNpy(kept(result, selected), { shape: [result.members, result.time.length, selected.length] }));
      write(`${out}.json`, `${JSON.stringify(axes(result, selected))}\n`);
    } else write(out, /\.csv$/i.test(out) ? csv(result, selected) : `${JSON.stringify(document(result, selected))}\n`);
  }
  if (plot !== undefined) write(plot, await bandPicture(result, selected, plot, text("log") ?? ""));
  if (options.json) process.stdout.write(`${JSON.stringify(document(result, selected))}\n`);
  else process.stdout.write(`${summary(result, selected)}\n`);
  for (const path of written) process.stderr.write(`wrote ${path}\n`);
  if (!done) {
    process.stderr.write(
      `calculemus: ${result.complete} of ${result.members} runs done (${result.stop.kind}): ${result.stop.detail}\n`,
    );
    process.exitCode = EXIT.unsolved;
  }
}

/** Positions of the outputs asked for; unknown names are refused before any work. */
function selection(known: readonly string[], names: string | undefined): number[] {
  if (names === undefined) return known.map((_, o) => o);
  return names.split(",").map((each) => {
    const at = known.indexOf(each.trim());
    if (at < 0)
      throw new Failure("usage", `--outputs: the model has no output "${each.trim()}"`, {
        hint: `Its outputs: ${known.slice(0, 20).join(", ")}${known.length > 20 ? " and more" : ""}.`,
      });
    return at;
  });
}

/** The values of some outputs. */
function kept({ values, outputs }: Ensemble, selected: readonly number[]): Float64Array {
  if (selected.length === outputs.length && selected.every((o, i) => o === i)) return values;
  const rows = values.length / outputs.length;
  const result = new Float64Array(rows * selected.length);
  for (let r = 0; r < rows; r++)
    selected.forEach((o, i) => (result[r * selected.length + i] = values[r * outputs.length + o]));
  return result;
}

function checkText(numbers: number): void {
  if (numbers > MOST_TEXT)
    throw new Failure("limit", `${numbers} numbers are too many for text`, { hint: "Write them as --out FILE.npy." });
}

const field = (name: string): string => (/[",\r\n]/.test(name) ? `"${name.replaceAll('"', '""')}"` : name);

/** Long form: member, the parameters that differ, run, time, outputs. */
function csv({ members, runs, parameters, time, values, outputs }: Ensemble, selected: readonly number[]): string {
  checkText(members * time.length * selected.length);
  const columns = parameters.names.length;
  const lines = [
    ["member", ...parameters.names, ...(runs > 1 ? ["run"] : []), "time", ...selected.map((o) => outputs[o])]
      .map(field)
      .join(","),
  ];
  for (let m = 0; m < members; m++) {
    const own = Array.from(parameters.values.subarray(m * columns, (m + 1) * columns));
    const head = [m + 1, ...own, ...(runs > 1 ? [(m % runs) + 1] : [])].join(",");
    for (let k = 0; k < time.length; k++) {
      let line = `${head},${time[k]}`;
      for (const o of selected) line += `,${values[(m * time.length + k) * outputs.length + o]}`;
      lines.push(line);
    }
  }
  lines.push("");
  return lines.join("\n");
}

/** What the axes of a .npy file are. */
function axes(result: Ensemble, selected: readonly number[]): object {
  const { members, runs, parameters, time, outputs } = result;
  const columns = parameters.names.length;
  return {
    shape: [members, time.length, selected.length],
    axes: ["member", "time", "output"],
    runs,
    parameters: {
      names: parameters.names,
      values: Array.from({ length: members / runs }, (_, s) =>
        Array.from(parameters.values.subarray(s * runs * columns, s * runs * columns + columns)),
      ),
    },
    time: Array.from(time),
    outputs: selected.map((o) => outputs[o]),
    complete: result.complete,
    plan: result.plan,
    evidence: result.evidence,
    stop: result.stop,
  };
}

function document(result: Ensemble, selected: readonly number[]): object {
  const { runs, parameters, members, time, outputs } = result;
  checkText((members / runs) * time.length * selected.length * (2 + QUANTILES.length));
  const sets = members / runs;
  const columns = parameters.names.length;
  const curves = (set: number): object[] =>
    selected.map((o) => {
      const { mean, deviation, quantiles } = result.statistics(outputs[o], { set, quantiles: QUANTILES });
      const list = (values: Float64Array): (number | null)[] => Array.from(values, (x) => (Number.isFinite(x) ? x : null)); // oxfmt-ignore
      return runs === 1
        ? { name: outputs[o], values: list(mean) }
        : {
            name: outputs[o],
            mean: list(mean),
            deviation: list(deviation),
            quantiles: Object.fromEntries(QUANTILES.map((q, i) => [q, list(quantiles[i])])),
          };
    });
  return {
    ok: result.stop.kind === "done",
    model: result.model,
    plan: result.plan,
    evidence: result.evidence,
    stop: result.stop,
    timing: Object.fromEntries(Object.entries(result.timing).map(([name, ms]) => [name, Math.round(1000 * ms) / 1000])),
    members,
    runs,
    complete: result.complete,
    outputs: {
      time: Array.from(time),
      sets: Array.from({ length: sets }, (_, s) => ({
        parameters: Object.fromEntries(
          parameters.names.map((name, c) => [name, parameters.values[s * runs * columns + c]]),
        ),
        curves: curves(s),
      })),
    },
  };
}

function summary(result: Ensemble, selected: readonly number[]): string {
  const { model, plan, parameters, runs, members, outputs, time, timing } = result;
  const sets = members / runs;
  const columns = parameters.names.length;
  const last = time.length - 1;
  const lines = [
    `${model.name}: ${members} runs${sets > 1 ? `, ${sets} sets of ${parameters.names.join(", ")}` : ""}${runs > 1 ? `, ${runs} runs each` : ""}`,
    `plan: ${plan.chosen} (${plan.reason})`,
    `time: ${formatDuration(timing.total_ms)}, ${formatDuration(timing.run_ms)} of it running`,
    "",
  ];
  const rows: string[][] = [];
  for (let s = 0; s < sets && rows.length < MOST_ROWS; s++)
    for (const o of selected) {
      if (rows.length >= MOST_ROWS) break;
      const { mean, deviation, quantiles } = result.statistics(outputs[o], { set: s, quantiles: [0.05, 0.95] });
      rows.push([
        ...parameters.names.map((_, c) => formatNumber(parameters.values[s * runs * columns + c], 6)),
        outputs[o],
        formatNumber(mean[last], 6),
        ...(runs > 1 ? [deviation, quantiles[0], quantiles[1]].map((values) => formatNumber(values[last], 6)) : []),
      ]);
    }
  lines.push(
    table(rows, {
      header: [
        ...parameters.names,
        "output",
        runs > 1 ? `mean at t = ${formatNumber(time[last], 6)}` : `at t = ${formatNumber(time[last], 6)}`,
        ...(runs > 1 ? ["deviation", "5 %", "95 %"] : []),
      ],
      align: [
        ...parameters.names.map(() => "right" as const),
        "left" as const,
        ...Array.from({ length: runs > 1 ? 4 : 1 }, () => "right" as const),
      ],
      width: process.stdout.columns ?? 120,
    }),
  );
  if (sets * selected.length > rows.length)
    lines.push(`... and ${sets * selected.length - rows.length} more lines (--out F.csv or F.npy writes all)`);
  lines.push("");
  for (const each of result.evidence) lines.push(`${each.grade}: ${each.statement} (${each.method})`);
  return lines.join("\n");
}

/** Means of the outputs over all members, with bands from the 5th to the 95th percent of them. */
async function bandPicture(result: Ensemble, selected: readonly number[], path: string, log: string): Promise<string> {
  const outputs = selected.slice(0, MOST_BANDS).map((o) => result.outputs[o]);
  const found = outputs.map((output) => result.statistics(output, { quantiles: [0.05, 0.95] }));
  const curves = { time: result.time, curves: outputs.map((name, o) => ({ name, values: found[o].mean })) };
  const left = selected.length - outputs.length;
  const title = result.model.name.split("/").pop()!;
  const subtitle = `means of ${result.complete} members; bands: 5 % to 95 % of them${left > 0 ? `; ${left} more outputs not shown` : ""}`;
  const svg = await plotCurves(curves, {
    title,
    subtitle,
    logX: log.includes("x"),
    logY: log.includes("y"),
    bands: found.map(({ quantiles: [low, high] }, curve) => ({ curve, low, high })),
  });
  return /\.html$/i.test(path)
    ? htmlPage({ title, svg, notes: [subtitle, `plan: ${result.plan.chosen}`], curves })
    : svg;
}

/** Outputs in one picture; bands of more lie on top of each other. */
const MOST_BANDS = 8;
