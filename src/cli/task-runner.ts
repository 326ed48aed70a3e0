// Operations under a budget that holds whatever happens: they run in a child process, which is stopped when it is over its time or out of
// memory, and replaced. The algorithms stop by themselves before that where they can, and then say how far they came.
import { fork, type ChildProcess } from "node:child_process";
import { fileURLToPath } from "node:url";
import { DEFAULT_TIMEOUT_MS, type Operation, type Outcome } from "../operate.ts";

/** What a task may take beyond its budget to answer by itself, in milliseconds; the first one starts the process as well. */
const GRACE_MS = 300;
const START_MS = 5_000;
const MEMORY_MB = 2048;

export class TaskRunner {
  #child: ChildProcess | undefined;
  #started = false;

  /** The outcome; one task at a time. */
  run(operation: Operation): Promise<Outcome> {
    const child = (this.#child ??= this.#start());
    const limit = operation.timeout_ms ?? DEFAULT_TIMEOUT_MS;
    return new Promise((resolve) => {
      const finish = (outcome: Outcome, keep: boolean): void => {
        clearTimeout(timer);
        child.removeAllListeners();
        child.on("error", () => undefined);
        if (!keep) {
          this.#child = undefined;
          child.kill("SIGKILL");
        }
        resolve(outcome);
      };
      const none = (kind: string, reason: string): Outcome => ({ ok: false, result: null, kind, reason, evidence: [] });
      const patience = 1.1 * limit + GRACE_MS + (this.#started ? 0 : START_MS);
      const timer = setTimeout(() => finish(none("unsolved", `not done within ${limit} ms`), false), patience);
      child.once("message", (outcome) => {
        this.#started = true;
        finish(outcome as Outcome, true);
      });
      child.once("error", (error) => finish(none("defect", `internal error: ${error.message}`), false));
      child.once("exit", (code, signal) =>
        finish(
          signal === "SIGABRT" || code === 134
            ? none("limit", `not done within ${MEMORY_MB} MB of memory`)
            : none("defect", `internal error: the calculation ended with ${signal ?? `status ${code}`}`),
          false,
        ),
      );
      child.send(operation);
    });
  }

  #start(): ChildProcess {
    this.#started = false;
    const file = import.meta.url.endsWith(".ts") ? "./task-process.ts" : "./task-process.js";
    return fork(fileURLToPath(new URL(file, import.meta.url)), {
      execArgv: [...process.execArgv, `--max-old-space-size=${MEMORY_MB}`],
      // What an engine says as it runs out of memory is no answer.
      stdio: ["ignore", "ignore", process.env.CALCULEMUS_DEBUG ? "inherit" : "ignore", "ipc"],
    });
  }

  dispose(): void {
    this.#child?.removeAllListeners();
    this.#child?.disconnect();
    this.#child = undefined;
  }
}
