// calculemus batch: JSON lines in, JSON lines out, in order; one process, each task under its own budget.
import { createInterface } from "node:readline";
import { Readable } from "node:stream";
import type { Operation } from "../operate.ts";
import { wholeArgument } from "./arguments.ts";
import { readText } from "./files.ts";
import { TaskRunner } from "./task-runner.ts";

export async function batchCommand(file: string | undefined, options: Record<string, unknown>): Promise<void> {
  const timeout =
    options.timeout === undefined ? undefined : 1000 * wholeArgument("--timeout", options.timeout as string);
  const runner = new TaskRunner();
  let number = 0;
  const input = file === undefined ? process.stdin : Readable.from(readText(file).text);
  for await (const line of createInterface({ input, crlfDelay: Infinity })) {
    number++;
    if (line.trim() === "") continue;
    const answer = await answerLine(runner, line, number, timeout);
    // A reader that lags behind is waited for.
    if (!process.stdout.write(`${JSON.stringify(answer)}\n`))
      await new Promise((resolve) => process.stdout.once("drain", resolve));
  }
  runner.dispose();
}

async function answerLine(
  runner: TaskRunner,
  line: string,
  number: number,
  timeout: number | undefined,
): Promise<unknown> {
  const refused = (id: unknown, reason: string): unknown => ({
    id,
    ok: false,
    result: null,
    reason,
    evidence: [],
    ms: 0,
  });
  let task: Record<string, unknown>;
  try {
    const read: unknown = JSON.parse(line);
    if (typeof read !== "object" || read === null || Array.isArray(read))
      return refused(null, `line ${number}: a JSON object is needed`);
    task = read as Record<string, unknown>;
  } catch (error) {
    return refused(null, `line ${number}: not JSON: ${(error as Error).message}`);
  }
  const id = task.id ?? null;
  const problem = check(task);
  if (problem) return refused(id, `line ${number}: ${problem}`);
  const started = performance.now();
  const operation = { timeout_ms: timeout, ...task } as unknown as Operation;
  const { ok, result, ...more } = await runner.run(operation);
  return { id, ok, result, ...more, ms: Math.round(100 * (performance.now() - started)) / 100 };
}

/** Fields of the wrong type, by name. */
function check(task: Record<string, unknown>): string | undefined {
  for (const name of ["op", "expr"]) if (typeof task[name] !== "string") return `"${name}" must be a string`;
  for (const name of ["other", "var", "to", "from", "order"])
    if (task[name] !== undefined && typeof task[name] !== "string") return `"${name}" must be a string`;
  for (const name of ["assume"])
    if (task[name] !== undefined && typeof task[name] !== "string")
      return `"${name}" must be relations separated by commas, in one string`;
  for (const name of ["digits", "times", "timeout_ms"])
    if (task[name] !== undefined && !(Number.isSafeInteger(task[name]) && (task[name] as number) > 0))
      return `"${name}" must be a positive whole number`;
  const { at } = task;
  if (
    at !== undefined &&
    typeof at !== "string" &&
    !(
      typeof at === "object" &&
      at !== null &&
      Object.values(at).every((v) => typeof v === "string" || typeof v === "number")
    )
  )
    return '"at" must be "x=1, y=2" or an object of values';
  return undefined;
}
