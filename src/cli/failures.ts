// How failures leave the command: one clear message, no stack trace, an exit status.
import { Failure } from "../base/index.ts";

/** Exit statuses (see main.ts). */
export const EXIT = { done: 0, failed: 1, usage: 2, unsolved: 3 } as const;

/** Prints an error; returns the exit status. With --json the document says {ok: false, error}. */
export function report(error: unknown, json: boolean): number {
  if (error instanceof Failure) {
    if (json)
      process.stdout.write(
        `${JSON.stringify({ ok: false, error: { kind: error.kind, message: error.what, place: error.place, hint: error.hint } })}\n`,
      );
    process.stderr.write(`calculemus: ${error.message}\n`);
    return error.kind === "usage" ? EXIT.usage : error.kind === "unsolved" ? EXIT.unsolved : EXIT.failed;
  }
  const what = error instanceof Error ? error.message : String(error);
  if (json) process.stdout.write(`${JSON.stringify({ ok: false, error: { kind: "defect", message: what } })}\n`);
  process.stderr.write(
    `calculemus: internal error: ${what}\n  This is a defect of Calculemus; please report it with the command that led to it.\n`,
  );
  if (process.env.CALCULEMUS_DEBUG && error instanceof Error) process.stderr.write(`${error.stack}\n`);
  return EXIT.failed;
}
