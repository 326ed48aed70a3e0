// An island on a thread of its own: advances when told to, answers with its archive.
import { parentPort } from "node:worker_threads";
import { type Individual, Island, type IslandOptions, type SearchCounts } from "./island.ts";

export interface IslandRequest {
  /** The first message makes the island. */
  readonly options?: IslandOptions;
  readonly visitors: readonly Individual[];
  readonly children: number;
}

export interface IslandReply {
  readonly archive: readonly (readonly Individual[])[];
  readonly counts: SearchCounts;
}

let island: Island | undefined;

parentPort?.on("message", ({ options, visitors, children }: IslandRequest) => {
  if (options !== undefined) island = new Island(options);
  island!.welcome(visitors);
  island!.advance(children);
  const reply: IslandReply = { archive: island!.archive, counts: island!.counts };
  parentPort!.postMessage(reply);
});
