// The commands that do one symbolic operation: simplify, expand, factor, equal and their like.
import { Failure } from "../base/index.ts";
import type { Operation, Outcome } from "../operate.ts";
import { numberArgument, wholeArgument } from "./arguments.ts";
import { EXIT } from "./failures.ts";
import { TaskRunner } from "./task-runner.ts";

/** Options of all of them, as commander gives them. */
export interface OperationOptions {
  readonly assume?: string;
  readonly timeout?: string;
  readonly to?: string;
  readonly from?: string;
  readonly var?: string;
  readonly order?: string;
  readonly times?: string;
  readonly json?: boolean;
}

/** Exit status where an operation is not done. */
function status({ ok, kind, result }: Outcome, op: string): number {
  if (ok) return op === "equal" && result === "unknown" ? EXIT.unsolved : EXIT.done;
  return kind === "usage" ? EXIT.usage : kind === "unsolved" || kind === "limit" ? EXIT.unsolved : EXIT.failed;
}

export async function operationCommand(
  op: string,
  expr: string,
  options: OperationOptions,
  other?: string,
): Promise<void> {
  const seconds = options.timeout === undefined ? undefined : numberArgument("--timeout", options.timeout);
  if (seconds !== undefined && !(seconds > 0))
    throw new Failure("usage", "--timeout takes a positive number of seconds");
  const { assume, to, from, order } = options;
  const operation: Operation = {
    op,
    expr,
    other,
    assume,
    to,
    from,
    order,
    var: options.var,
    times: options.times === undefined ? undefined : wholeArgument("--times", options.times),
    timeout_ms: seconds && Math.ceil(1000 * seconds),
  };
  const runner = new TaskRunner();
  const outcome = await runner.run(operation);
  runner.dispose();
  process.exitCode = status(outcome, op);
  if (options.json) {
    process.stdout.write(`${JSON.stringify(outcome)}\n`);
    if (!outcome.ok) process.stderr.write(`calculemus: ${outcome.reason}\n`);
    return;
  }
  if (!outcome.ok) {
    process.stderr.write(`calculemus: ${outcome.reason}\n`);
    return;
  }
  const grade = outcome.evidence[0]?.grade;
  if (op === "equal") {
    const witness =
      outcome.witness &&
      Object.entries(outcome.witness)
        .map(([name, value]) => `${name} = ${value}`)
        .join(", ");
    process.stdout.write(`${outcome.result}  (${grade}${witness ? `: they differ at ${witness}` : ""})\n`);
  } else process.stdout.write(`${outcome.result}\n`);
  if (outcome.reason) process.stderr.write(`calculemus: ${outcome.reason}\n`);
  if (outcome.conditions && outcome.conditions.length > 0)
    process.stderr.write(`calculemus: where ${outcome.conditions.join(", ")}\n`);
}
