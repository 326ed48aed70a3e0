// Conformance: one case of the SBML Test Suite read, simulated (or its fluxes balanced) and scored by the suite's own rule. The command `calculemus conform`
// runs a folder of them.
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { Failure } from "./base/index.ts";
import { besides } from "./cli/files.ts";
import type { Requirement } from "./evidence/index.ts";
import {
  fluxBalance,
  outputsOf,
  readResults,
  readSbml,
  readSettings,
  readTags,
  score,
  scoreRow,
  timesOf,
  type CaseSettings,
} from "./model/index.ts";
import { simulate } from "./simulate.ts";

export interface CaseOutcome {
  readonly id: string;
  readonly status: "passed" | "failed" | "unsupported";
  /** Why it did not pass. */
  readonly reason?: string;
  /** Component and test tags of the suite. */
  readonly tags: readonly string[];
  /** The level and version that was run, such as l3v2. */
  readonly level: string;
  readonly ms: number;
}

export interface CaseTask {
  /** Folder that holds NNNNN-settings.txt and the rest. */
  readonly folder: string;
  readonly id: string;
  /** Another level than the highest: l2v4. */
  readonly level?: string;
  /** Milliseconds for the simulation. */
  readonly time_ms?: number;
}

/** Highest first. */
const LEVELS = ["l3v2", "l3v1", "l2v5", "l2v4", "l2v3", "l2v2", "l2v1"] as const;

/** Runs a case. Whatever goes wrong is an outcome with its reason. */
export async function runCase(task: CaseTask): Promise<CaseOutcome> {
  const begin = performance.now();
  const { folder, id } = task;
  let tags: readonly string[] = [];
  let level = task.level ?? "";
  try {
    const path = (ending: string): string => join(folder, `${id}-${ending}`);
    const described = existsSync(path("model.m")) ? readTags(readFileSync(path("model.m"), "utf8")) : undefined;
    tags = described?.tags ?? [];
    const found = LEVELS.filter((each) => task.level === undefined || each === task.level).find((each) =>
      existsSync(path(`sbml-${each}.xml`)),
    );
    if (found === undefined)
      throw new Failure("unsupported", `there is no file ${path(`sbml-${task.level ?? "l..v."}.xml`)}`);
    level = found;
    const testType = described?.testType ?? "TimeCourse";
    if (testType !== "TimeCourse" && testType !== "FluxBalanceSteadyState")
      throw new Failure("unsupported", `tests of the type ${testType} are not done`);
    const reason = await (testType === "TimeCourse" ? compare : compareFluxes)(task, path(`sbml-${level}.xml`), path);
    const ms = performance.now() - begin;
    return reason === undefined
      ? { id, status: "passed", tags, level, ms }
      : { id, status: "failed", reason, tags, level, ms };
  } catch (error) {
    const ms = performance.now() - begin;
    const unsupported = error instanceof Failure && error.kind === "unsupported";
    const reason = error instanceof Failure ? error.message.split("\n")[0] : `internal error: ${String(error)}`;
    return { id, status: unsupported ? "unsupported" : "failed", reason, tags, level, ms };
  }
}

async function compare(task: CaseTask, file: string, path: (ending: string) => string): Promise<string | undefined> {
  const settings = readSettings(readFileSync(path("settings.txt"), "utf8"), path("settings.txt"));
  const expected = readResults(readFileSync(path("results.csv"), "utf8"), path("results.csv"));
  const model = readSbml(readFileSync(file, "utf8"), `${task.id}-${file.slice(file.lastIndexOf("-") + 1)}`, {
    outputs: outputsOf(settings),
    resolve: besides(file),
  });
  const result = await simulate(model, {
    times: timesOf(settings),
    requirement: requirement(settings),
    check: "none",
    ...(task.time_ms !== undefined && { budget: { time_ms: task.time_ms } }),
  });
  if (result.stop.kind !== "done" && result.stop.kind !== "accuracy")
    return `not simulated to the end: ${result.stop.detail}`;
  return score(
    expected,
    settings,
    result.outputs.curves.map((curve) => curve.values),
  );
}

/** The one row of a case of flux balance: fluxes, and the objective under its name. */
async function compareFluxes(
  task: CaseTask,
  file: string,
  path: (ending: string) => string,
): Promise<string | undefined> {
  const settings = readSettings(readFileSync(path("settings.txt"), "utf8"), path("settings.txt"));
  const expected = readResults(readFileSync(path("results.csv"), "utf8"), path("results.csv"));
  const found = await fluxBalance(readFileSync(file, "utf8"), {
    source: `${task.id}-${file.slice(file.lastIndexOf("-") + 1)}`,
    resolve: besides(file),
  });
  if (found.status !== "optimal") return `${found.status}: ${found.reason}`;
  const values = new Map(found.fluxes.map(({ reaction, flux }) => [reaction, flux]));
  values.set(found.objective.id, found.objective.value);
  return scoreRow(expected, settings, values);
}

/** Well below what the suite allows. */
function requirement({ absolute, relative }: CaseSettings): Requirement {
  if (absolute === 0) return { relative: Math.max(relative, 1e-11) / 20 };
  if (relative === 0) return { absolute: absolute / 20 };
  return { relative: Math.max(relative, 1e-11) / 20, floor: absolute / relative };
}
