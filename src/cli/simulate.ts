// calculemus simulate FILE
import { Failure } from "../base/index.ts";
import type { Check } from "../dynamics/index.ts";
import type { Model } from "../model/index.ts";
import { readModel } from "../model/read.ts";
import {
  type Curves,
  curvesToCsv,
  formatDuration,
  formatNumber,
  htmlPage,
  plotCurves,
  plotPhase,
  readTimes,
  table,
} from "../report/index.ts";
import { simulate, type SimulateOptions, type Simulation } from "../simulate.ts";
import { assignments, choice, numberArgument, wholeArgument } from "./arguments.ts";
import { EXIT } from "./failures.ts";
import { besides, checkWritable, readText, writeWhole } from "./files.ts";
import { progress } from "./progress.ts";

/** Rows of the report on a terminal; the rest is in --out and --json. */
const MOST_ROWS = 24;

export async function simulateCommand(file: string, options: Record<string, unknown>): Promise<void> {
  const text = (name: string): string | undefined => options[name] as string | undefined;
  const out = text("out");
  const plot = text("plot");
  if (out !== undefined && !/\.(csv|json)$/i.test(out))
    throw new Failure("usage", `--out takes a .csv or .json file, not "${out}"`);
  if (plot !== undefined && !/\.(svg|html)$/i.test(plot))
    throw new Failure("usage", `--plot takes an .svg or .html file, not "${plot}"`);
  const phase = text("phase")
    ?.split(",")
    .map((name) => name.trim());
  if (phase !== undefined && (phase.length !== 2 || plot === undefined))
    throw new Failure("usage", "--phase takes two states, x,y, and a picture: --plot phase.svg");
  const log = text("log") === undefined ? "" : choice("--log", text("log")!, ["x", "y", "xy"]);
  for (const path of [out, plot]) if (path !== undefined) checkWritable(path);
  const number = (name: string, flag: string): number | undefined =>
    text(name) === undefined ? undefined : numberArgument(flag, text(name)!);
  if (text("points") !== undefined && text("times") !== undefined)
    throw new Failure("usage", "give --points or --times, not both");
  for (const [name, flag] of [
    ["seed", "--seed"],
    ["threads", "--threads"],
    ["step", "--step"],
  ])
    if (options[name] !== undefined)
      throw new Failure("usage", `${flag} belongs to many runs: give --sweep or --stochastic too`);
  const settings = {
    drift: options.drift === true,
    tEnd: number("tEnd", "--t-end"),
    points: text("points") === undefined ? undefined : wholeArgument("--points", text("points")!),
    digits: number("digits", "--digits"),
    method: text("method") as "auto" | undefined,
    parameters: assignments("--param", options.param as string[]),
    check: choice<Check>("--check", text("check")!, ["method", "tighten", "none"]),
    budget:
      text("timeout") === undefined ? undefined : { time_ms: 1000 * numberArgument("--timeout", text("timeout")!) },
  };
  if (settings.budget !== undefined && !(settings.budget.time_ms > 0))
    throw new Failure("usage", "--timeout must be positive");
  const timesFile = text("times");
  const times = timesFile === undefined ? undefined : readTimes(readText(timesFile).text, timesFile);

  const begin = performance.now();
  const { text: source, name } = readText(file);
  const model = readModel(source, name, undefined, { resolve: besides(file) });
  const read = performance.now() - begin;
  checkOutputs(
    model.outputs.map((output) => output.name),
    text("outputs"),
  );
  const bar = await progress();
  let result: Simulation;
  try {
    result = await simulate(model, { ...settings, times, onProgress: (phase, share) => bar.update(phase, share) });
  } finally {
    bar.stop();
  }
  const timing = { read_ms: read, ...result.timing, total_ms: performance.now() - begin };
  const selected = select(result, text("outputs"));
  const written: string[] = [];
  const complete = result.stop.kind === "done";
  // A result that is not what was asked for does not stand under the name that was asked for.
  const write = (path: string, content: string): void => {
    const target = complete ? path : `${path}.partial`;
    writeWhole(target, content);
    written.push(target);
  };
  const document = (): object => ({
    ok: complete,
    model: result.model,
    plan: result.plan,
    evidence: result.evidence,
    stop: result.stop,
    timing: rounded(timing),
    stats: {
      steps: result.stats.steps,
      rhs: result.stats.rhs,
      jacobians: result.stats.jacobians,
      factorizations: result.stats.factorizations,
      rejected: result.stats.rejected,
      solves: result.stats.solves,
    },
    outputs: {
      time: Array.from(selected.time),
      curves: selected.curves.map((curve) => ({ name: curve.name, values: Array.from(curve.values) })),
    },
  });
  if (out !== undefined) write(out, /\.json$/i.test(out) ? `${JSON.stringify(document())}\n` : curvesToCsv(selected));
  if (plot !== undefined) {
    const svg =
      phase === undefined ? await picture(result, selected, log) : await phasePicture(model, phase, settings, result);
    const title = result.model.name.split("/").pop()!;
    const notes = [evidenceLine(result), `plan: ${result.plan.chosen} (${result.plan.reason})`];
    write(plot, /\.html$/i.test(plot) ? htmlPage({ title, svg, notes, curves: selected }) : svg);
  }
  if (options.json) process.stdout.write(`${JSON.stringify(document())}\n`);
  else process.stdout.write(`${summary(result, selected, timing)}\n`);
  for (const path of written) process.stderr.write(`wrote ${path}\n`);
  if (!complete) {
    process.stderr.write(`calculemus: not solved as asked (${result.stop.kind}): ${result.stop.detail}\n`);
    process.exitCode = EXIT.unsolved;
  }
}

const listed = (names: string): string[] => names.split(",").map((name) => name.trim());

/** Refuses unknown names before any work. */
function checkOutputs(known: readonly string[], names: string | undefined): void {
  for (const name of names === undefined ? [] : listed(names))
    if (!known.includes(name))
      throw new Failure("usage", `--outputs: the model has no output "${name}"`, {
        hint: `Its outputs: ${known.slice(0, 20).join(", ")}${known.length > 20 ? " and more" : ""}.`,
      });
}

function select(result: Simulation, names: string | undefined): Curves {
  const { time, curves } = result.outputs;
  return {
    time,
    curves: names === undefined ? curves : listed(names).map((name) => curves.find((curve) => curve.name === name)!),
  };
}

async function picture(result: Simulation, curves: Curves, log: string): Promise<string> {
  // More curves than a picture can hold: the first ones, and it says so.
  const shown = curves.curves.slice(0, 30);
  const left = curves.curves.length - shown.length;
  return plotCurves(
    { time: curves.time, curves: shown },
    {
      title: result.model.name.split("/").pop(),
      subtitle: `${evidenceLine(result)}${left > 0 ? `; ${left} more outputs not shown` : ""}`,
      xLabel: "time",
      logX: log.includes("x"),
      logY: log.includes("y"),
    },
  );
}

async function phasePicture(
  model: Model,
  [x, y]: readonly string[],
  settings: SimulateOptions,
  result: Simulation,
): Promise<string> {
  const { phasePlane } = await import("../phase.ts");
  const { plane, section, dispose } = await phasePlane(model, { ...settings, x, y });
  try {
    const held = section ? "\nThe field is that of the start: other states are held at their initial values." : "";
    return await plotPhase(plane, {
      title: result.model.name.split("/").pop(),
      subtitle: `${evidenceLine(result)}${held}`,
    });
  } finally {
    dispose();
  }
}

/** One line on what was shown. */
export function evidenceLine(result: Simulation): string {
  const digits = result.evidence.flatMap((each) => (each.measured?.digits === undefined ? [] : [each.measured.digits]));
  const { chosen, parameters } = result.plan;
  if (digits.length === 0) return `${chosen}, not checked`;
  const worst = Math.min(...digits).toFixed(1);
  const grade = result.evidence.find((each) => each.measured?.digits !== undefined)!.grade;
  return `${chosen}, ${grade}${parameters.checkMethod === chosen ? "" : ` by ${parameters.checkMethod}`}: at least ${worst} digits`;
}

const plural = (count: number, noun: string): string => `${count} ${noun}${count === 1 ? "" : "s"}`;

function rounded(timing: Readonly<Record<string, number>>): Record<string, number> {
  return Object.fromEntries(Object.entries(timing).map(([name, value]) => [name, Math.round(value * 1000) / 1000]));
}

function summary(result: Simulation, curves: Curves, timing: Readonly<Record<string, number>>): string {
  const { model, plan, stats } = result;
  const lines = [
    `${model.name}: ${plural(model.states, "state")}, ${plural(model.parameters, "parameter")}, ${plural(model.reactions, "reaction")}`,
    `plan: ${plan.chosen} (${plan.reason}), tolerance ${Number(plan.parameters.tolerance).toExponential(1)}`,
    `work: ${plural(stats.steps, "step")}, ${plural(stats.rhs, "right-hand side")}, ${plural(stats.jacobians, "Jacobian")}, ${plural(stats.factorizations, "factorization")}`,
    `time: read ${formatDuration(timing.read_ms)}, derive ${formatDuration(timing.derive_ms)}, compile ${formatDuration(timing.compile_ms)}, pilot ${formatDuration(timing.pilot_ms)}, solve ${formatDuration(timing.solve_ms)}, check ${formatDuration(timing.check_ms)}`,
    "",
  ];
  // Evidence of outputs comes in their order, before that of the rest.
  const shownBy = result.evidence.filter((each) => each.measured?.digits !== undefined);
  const byName = new Map(
    result.outputs.curves.flatMap((curve, k) => (shownBy[k] === undefined ? [] : [[curve.name, shownBy[k]] as const])),
  );
  const last = Math.max(0, result.reached - 1);
  const rows = curves.curves.slice(0, MOST_ROWS).map((curve) => {
    const shown = byName.get(curve.name);
    return [
      curve.name,
      formatNumber(curve.values[last], 8),
      shown === undefined ? "-" : shown.measured!.digits.toFixed(1),
      shown?.grade ?? "none",
    ];
  });
  lines.push(
    table(rows, {
      header: ["output", `at t = ${formatNumber(curves.time[last], 6)}`, "digits", "grade"],
      align: ["left", "right", "right", "left"],
      width: process.stdout.columns ?? 120,
    }),
  );
  if (curves.curves.length > MOST_ROWS)
    lines.push(`... and ${curves.curves.length - MOST_ROWS} more outputs (--out F.csv writes all)`);
  lines.push("");
  for (const each of result.evidence)
    if (each.measured?.digits === undefined) lines.push(`${each.grade}: ${each.statement}`);
  const checked = result.evidence.find((each) => each.measured?.digits !== undefined);
  if (checked !== undefined) lines.push(`${checked.grade}: ${checked.method}`);
  return lines.join("\n");
}
