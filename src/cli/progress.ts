// A progress bar on standard error, only where that is a terminal.
import type { SingleBar } from "cli-progress";
import { formatDuration } from "../report/index.ts";

export interface Progress {
  /** `remaining`: milliseconds that remain, where they can be told. */
  update(phase: string, share: number, remaining?: number): void;
  stop(): void;
}

/** Milliseconds between redraws: steps are far more frequent. */
const REDRAW_MS = 80;

/** Starts a bar; silent where standard error is no terminal. */
export async function progress(): Promise<Progress> {
  if (!process.stderr.isTTY) return { update() {}, stop() {} };
  const { default: library } = await import("cli-progress");
  const bar: SingleBar = new library.SingleBar(
    {
      format: "{phase} {bar} {percentage} %{left}",
      stream: process.stderr,
      hideCursor: true,
      clearOnComplete: true,
      barsize: 30,
      noTTYOutput: false,
    },
    library.Presets.shades_grey,
  );
  let started = false;
  let last = 0;
  return {
    update(phase, share, remaining) {
      const now = performance.now();
      if (started && now - last < REDRAW_MS) return;
      last = now;
      const left = remaining !== undefined && Number.isFinite(remaining) ? `, ${formatDuration(remaining)} left` : "";
      const payload = { phase: phase.padEnd(6), left };
      if (started) bar.update(Math.round(share * 100), payload);
      else bar.start(100, Math.round(share * 100), payload);
      started = true;
    },
    stop() {
      if (started) bar.stop();
    },
  };
}
