// calculemus conform DIR: the cases of the SBML Test Suite in a folder, each in its own budget, on all cores.
import { fork, type ChildProcess } from "node:child_process";
import { existsSync, readdirSync, statSync } from "node:fs";
import { availableParallelism } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { Failure } from "../base/index.ts";
import type { CaseOutcome, CaseTask } from "../conform.ts";
import { table } from "../report/index.ts";
import { numberArgument, wholeArgument } from "./arguments.ts";
import { EXIT } from "./failures.ts";

/** Beyond its budget a process is given this long to answer by itself, and to start, in milliseconds. */
const GRACE_MS = 1_000;
const START_MS = 5_000;
const MEMORY_MB = 2048;

interface Counts {
  passed: number;
  failed: number;
  unsupported: number;
}

export async function conformCommand(folder: string, options: Record<string, unknown>): Promise<void> {
  const text = (name: string): string | undefined => options[name] as string | undefined;
  const seconds = numberArgument("--timeout", text("timeout") ?? "20");
  if (!(seconds > 0)) throw new Failure("usage", "--timeout must be positive");
  const jobs = text("jobs") === undefined ? availableParallelism() : wholeArgument("--jobs", text("jobs")!);
  if (jobs < 1) throw new Failure("usage", "--jobs must be at least 1");
  const level = text("level");
  if (level !== undefined && !/^l[23]v[1-5]$/.test(level))
    throw new Failure("usage", `--level takes a level such as l3v2, not "${level}"`);
  const only = text("only")
    ?.split(",")
    .map((id) => id.trim());
  const cases = casesIn(folder, only);
  const tasks = cases.map((each): CaseTask => ({ ...each, level, time_ms: 1000 * seconds }));
  const outcomes = await runAll(tasks, jobs, (done) => {
    if (process.stderr.isTTY) process.stderr.write(`\r${done} of ${tasks.length} cases`);
  });
  if (process.stderr.isTTY) process.stderr.write("\r\u001b[K");

  const total = count(outcomes);
  const tags = new Map<string, CaseOutcome[]>();
  for (const outcome of outcomes) for (const tag of outcome.tags) tags.set(tag, [...(tags.get(tag) ?? []), outcome]);
  const byTag = [...tags].sort((a, b) => (a[0] < b[0] ? -1 : 1)).map(([tag, list]) => [tag, count(list)] as const);
  if (options.json)
    process.stdout.write(
      `${JSON.stringify({ ...total, byTag: Object.fromEntries(byTag), cases: outcomes.map((each) => ({ ...each, ms: Math.round(each.ms) })) })}\n`,
    );
  else {
    const rows = byTag.map(([tag, { passed, failed, unsupported }]) => [
      tag,
      `${passed}`,
      `${failed}`,
      `${unsupported}`,
    ]);
    const lines = [
      `${total.passed} passed, ${total.failed} failed, ${total.unsupported} unsupported, of ${outcomes.length} cases`,
      "",
      table(rows, { header: ["tag", "passed", "failed", "unsupported"], align: ["left", "right", "right", "right"] }),
    ];
    const others = outcomes.filter((outcome) => outcome.status !== "passed");
    if (others.length > 0) lines.push("", ...others.map(({ id, status, reason }) => `${id} ${status}: ${reason}`));
    process.stdout.write(`${lines.join("\n")}\n`);
  }
  if (total.passed < outcomes.length) process.exitCode = EXIT.failed;
}

interface Case {
  readonly folder: string;
  readonly id: string;
}

/** The cases in a folder: it is one itself, or holds folders NNNNN that are, or is that of the whole suite. */
function casesIn(folder: string, only: readonly string[] | undefined): readonly Case[] {
  if (!existsSync(folder) || !statSync(folder).isDirectory())
    throw new Failure("io", `${folder} cannot be read: there is no such folder`, {
      hint: "Give the folder cases/semantic of the SBML Test Suite.",
    });
  const places = [folder, join(folder, "semantic"), join(folder, "cases", "semantic")];
  const cases = places.map(casesDirectlyIn).find((found) => found.length > 0) ?? [];
  if (cases.length === 0)
    throw new Failure("usage", `there are no cases of the SBML Test Suite in ${folder}`, {
      hint: "A case is a folder of five digits, with the files NNNNN-settings.txt, NNNNN-results.csv and NNNNN-sbml-l3v2.xml.",
    });
  for (const id of only ?? [])
    if (!cases.some((each) => each.id === id))
      throw new Failure("usage", `--only: there is no case "${id}" in ${folder}`);
  return only === undefined ? cases : cases.filter((each) => only.includes(each.id));
}

function casesDirectlyIn(folder: string): readonly Case[] {
  if (!existsSync(folder)) return [];
  const names = readdirSync(folder).sort();
  const here = names.flatMap((name) => /^(\d{5})-settings\.txt$/.exec(name)?.[1] ?? []);
  if (here.length > 0) return here.map((id) => ({ folder, id }));
  return names.filter((name) => /^\d{5}$/.test(name)).map((id) => ({ folder: join(folder, id), id }));
}

function count(outcomes: readonly CaseOutcome[]): Counts {
  const counts: Counts = { passed: 0, failed: 0, unsupported: 0 };
  for (const { status } of outcomes) counts[status]++;
  return counts;
}

async function runAll(
  tasks: readonly CaseTask[],
  jobs: number,
  onDone: (count: number) => void,
): Promise<CaseOutcome[]> {
  const outcomes: CaseOutcome[] = [];
  let next = 0;
  let done = 0;
  const work = async (): Promise<void> => {
    const runner = new CaseRunner();
    for (let i = next++; i < tasks.length; i = next++) {
      outcomes[i] = await runner.run(tasks[i]);
      onDone(++done);
    }
    runner.dispose();
  };
  await Promise.all(Array.from({ length: Math.min(jobs, tasks.length) }, work));
  return outcomes;
}

/** A process for cases; it is stopped when a case is over its time or out of memory, and replaced. */
class CaseRunner {
  #child: ChildProcess | undefined;
  #started = false;

  run(task: CaseTask): Promise<CaseOutcome> {
    const child = (this.#child ??= this.#start());
    return new Promise((resolve) => {
      const finish = (outcome: CaseOutcome, keep: boolean): void => {
        clearTimeout(timer);
        child.removeAllListeners();
        child.on("error", () => undefined);
        if (!keep) {
          this.#child = undefined;
          child.kill("SIGKILL");
        }
        resolve(outcome);
      };
      const limit = task.time_ms!;
      const failed = (reason: string): CaseOutcome => ({
        id: task.id,
        status: "failed",
        reason,
        tags: [],
        level: task.level ?? "",
        ms: limit,
      });
      const patience = limit + GRACE_MS + (this.#started ? 0 : START_MS);
      const timer = setTimeout(() => finish(failed(`not done within ${limit / 1000} seconds`), false), patience);
      child.once("message", (outcome) => {
        this.#started = true;
        finish(outcome as CaseOutcome, true);
      });
      child.once("error", (error) => finish(failed(`internal error: ${error.message}`), false));
      child.once("exit", (code, signal) =>
        finish(failed(`internal error: the run ended with ${signal ?? `status ${code}`}`), false),
      );
      child.send(task);
    });
  }

  #start(): ChildProcess {
    this.#started = false;
    const file = import.meta.url.endsWith(".ts") ? "./conform-process.ts" : "./conform-process.js";
    return fork(fileURLToPath(new URL(file, import.meta.url)), {
      execArgv: [...process.execArgv, `--max-old-space-size=${MEMORY_MB}`],
      stdio: ["ignore", "ignore", process.env.CALCULEMUS_DEBUG ? "inherit" : "ignore", "ipc"],
    });
  }

  dispose(): void {
    this.#child?.removeAllListeners();
    this.#child?.disconnect();
    this.#child = undefined;
  }
}
