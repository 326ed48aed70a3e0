// The failure of everything in this room that builds an approximation and does not reach the accuracy asked for.
import { Failure, type StopReason } from "../base/index.ts";

/** Not resolved: a Failure of kind "unsolved" that carries the best approximation so far and why the work stopped. */
export class NotResolved<T> extends Failure {
  readonly best: T;
  readonly stop: StopReason;

  constructor(what: string, best: T, stop: StopReason) {
    super("unsolved", what, {
      hint: "Ask for fewer digits, leave the place out, or take what was reached from the property `best`.",
    });
    this.best = best;
    this.stop = stop;
  }
}
