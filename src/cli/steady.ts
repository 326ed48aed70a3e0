// calculemus steady FILE [--continue k=a:b]
import { Failure } from "../base/index.ts";
import type { Evidence } from "../evidence/index.ts";
import { type Model, readModel } from "../model/index.ts";
import { formatNumber, plotBranches, table } from "../report/index.ts";
import { continueSteadyStates, type SteadyCurves, steadyState } from "../steady.ts";
import { assignments, choice, numberArgument } from "./arguments.ts";
import { EXIT } from "./failures.ts";
import { checkWritable, readText, writeWhole } from "./files.ts";

/** Rows of the report on a terminal. */
const MOST_ROWS = 24;

export async function steadyCommand(file: string, options: Record<string, unknown>): Promise<void> {
  const text = (name: string): string | undefined => options[name] as string | undefined;
  const range = text("continue") === undefined ? undefined : readRange(text("continue")!);
  const plot = text("plot");
  if (plot !== undefined && range === undefined)
    throw new Failure("usage", "--plot draws curves of steady states", { hint: "Give --continue k=a:b as well." });
  if (plot !== undefined && !/\.svg$/i.test(plot))
    throw new Failure("usage", `--plot takes an .svg file, not "${plot}"`);
  if (plot !== undefined) checkWritable(plot);
  const seconds = text("timeout") === undefined ? undefined : numberArgument("--timeout", text("timeout")!);
  if (seconds !== undefined && !(seconds > 0)) throw new Failure("usage", "--timeout must be positive");
  const settings = {
    parameters: assignments("--param", options.param as string[]),
    guess: assignments("--guess", options.guess as string[]),
    method: choice<"transient" | "newton">("--method", text("method")!, ["transient", "newton"]),
    budget: seconds === undefined ? undefined : { time_ms: 1000 * seconds },
  };
  const { text: source, name } = readText(file);
  const model = readModel(source, name);
  const wanted = text("output");
  if (wanted !== undefined && !model.outputs.some((output) => output.name === wanted))
    throw new Failure("usage", `--output: the model has no output "${wanted}"`);
  if (range === undefined) {
    await one(model, settings, options.json === true);
    return;
  }
  const curves = await continueSteadyStates(model, range.name, { ...settings, from: range.from, to: range.to });
  if (plot !== undefined) writeWhole(plot, picture(model, curves, wanted ?? model.outputs[0].name));
  if (options.json) print({ ok: curves.stop.kind === "done", model: { name: model.name }, ...plain(curves) });
  else say(report(model, curves));
  if (plot !== undefined) process.stderr.write(`wrote ${plot}\n`);
  if (curves.stop.kind !== "done") {
    process.stderr.write(`calculemus: not solved as asked (${curves.stop.kind}): ${curves.stop.detail}\n`);
    process.exitCode = EXIT.unsolved;
  }
}

const say = (text: string): void => void process.stdout.write(`${text}\n`);
const print = (document: object): void => say(JSON.stringify(document));

/** k=a:b */
function readRange(text: string): { name: string; from: number; to: number } {
  const found = /^\s*([^=]+?)\s*=([^:]+):([^:]+)$/.exec(text);
  if (found === null) throw new Failure("usage", `--continue takes k=a:b, not "${text}"`);
  const [, name, a, b] = found;
  return { name, from: numberArgument("--continue", a.trim()), to: numberArgument("--continue", b.trim()) };
}

async function one(model: Model, settings: Parameters<typeof steadyState>[1], json: boolean): Promise<void> {
  const found = await steadyState(model, settings);
  const { re, im } = found.eigenvalues;
  if (json) {
    print({ ok: true, model: { name: model.name }, ...found, eigenvalues: { re: Array.from(re), im: Array.from(im) } });
    return;
  }
  const rows = Object.entries(found.outputs);
  say(`${model.name}: ${found.stability} steady state`);
  say("");
  say(table(rows.slice(0, MOST_ROWS), { header: ["output", "value"], width: process.stdout.columns ?? 120 }));
  if (rows.length > MOST_ROWS) say(`${rows.length - MOST_ROWS} more outputs: see --json`);
  say("");
  say(lines(found.evidence));
}

const lines = (evidence: readonly Evidence[]): string => evidence.map(({ grade, statement }) => `${grade}: ${statement}`).join("\n"); // oxfmt-ignore

function report(model: Model, { parameter, branches, bifurcations, evidence }: SteadyCurves): string {
  const out = [
    `${model.name}: ${branches.length} branch${branches.length === 1 ? "" : "es"} of steady states over ${parameter}`,
  ];
  branches.forEach((branch, k) => {
    const { parameter: p, stop } = branch;
    const why = stop.detail === "" ? "" : ` (${stop.detail})`;
    out.push(
      `branch ${k + 1}: ${p.length} points, ${formatNumber(p[0])} to ${formatNumber(p[p.length - 1])}, ${stabilityOf(branch.unstable)}${why}`,
    );
  });
  const names = model.outputs.slice(0, 4).map(({ name }) => name);
  if (bifurcations.length > 0)
    out.push(
      "",
      table(
        bifurcations
          .slice(0, MOST_ROWS)
          .map(({ kind, branch, parameter: p, outputs, period }) => [
            kind,
            branch + 1,
            p,
            ...names.map((name) => outputs[name]),
            period,
          ]),
        { header: ["point", "branch", parameter, ...names, "period"], width: process.stdout.columns ?? 120 },
      ),
    );
  else out.push("no folds, Hopf points or branch points were met");
  return [...out, "", lines(evidence)].join("\n");
}

function stabilityOf(unstable: Int32Array): string {
  const stable = unstable.reduce((count, each) => count + (each === 0 ? 1 : 0), 0);
  return stable === unstable.length ? "stable" : stable === 0 ? "unstable" : `stable at ${stable} points`;
}

const plain = (curves: SteadyCurves): object => ({
  ...curves,
  branches: curves.branches.map((branch) => ({
    ...branch,
    parameter: Array.from(branch.parameter),
    unstable: Array.from(branch.unstable),
    curves: branch.curves.map(({ name, values }) => ({ name, values: Array.from(values) })),
  })),
});

function picture(model: Model, { parameter, branches, bifurcations }: SteadyCurves, output: string): string {
  const at = model.outputs.findIndex(({ name }) => name === output);
  return plotBranches(
    {
      branches: branches.map((branch) => ({
        x: branch.parameter,
        y: branch.curves[at].values,
        unstable: branch.unstable,
      })),
      marks: bifurcations.map(({ kind, parameter: x, outputs }) => ({ kind, x, y: outputs[output] })),
    },
    {
      title: model.name.split("/").pop(),
      subtitle: "Steady states: solid where stable, dashed where not.",
      xLabel: parameter,
      yLabel: output,
    },
  );
}
