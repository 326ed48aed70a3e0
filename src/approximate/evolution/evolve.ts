// Programs for a function, found from random ones: islands of programs that are changed, fitted and kept by their number of
// operations (island.ts), which exchange their best from time to time, then constants made level in BigFloat (level.ts). Nothing about
// the function is known to the search but its values at some points.
// Source of the task: Real et al. 2023, "AutoNumerics-Zero: automated discovery of state-of-the-art mathematical functions",
// arXiv 2312.08472. Other than there, constants are fitted by least squares and Remez' algorithm instead of an evolution strategy.
import { type Budget, Failure, Meter, type StopReason } from "../../base/index.ts";
import type { MinimaxProblem } from "../minimax.ts";
import { bigfloat as F } from "../../number/index.ts";
import { Island, type Individual, type IslandOptions, type SearchCounts } from "./island.ts";
import type { IslandReply, IslandRequest } from "./island-worker.ts";
import { type Levelled, Leveller, samplesOf } from "./level.ts";
import { INSTRUCTIONS, type Instruction } from "./program.ts";

export interface EvolveOptions {
  /** Most steps of a program; default 10. */
  readonly operations?: number;
  /** Default + - * /. */
  readonly instructions?: readonly Instruction[];
  readonly seed?: number;
  /** Islands, each on a thread where there are worker threads; default 1. The result depends on it. */
  readonly islands?: number;
  /** `steps` counts children, over all islands. Default 60 s. */
  readonly budget?: Budget;
  /** Fit programs met before only now and then; default true. The result is the same without. */
  readonly cache?: boolean;
  readonly signal?: AbortSignal;
  /** Called after every round. */
  readonly progress?: (state: EvolveProgress) => void;
}

export interface EvolveProgress {
  readonly elapsed_ms: number;
  readonly counts: SearchCounts;
  /** Least worst error at the samples by number of operations. */
  readonly best: readonly (number | undefined)[];
}

export interface Evolved {
  /** The best program found of every number of operations from 1 up that is better than all shorter ones. */
  readonly front: readonly Levelled[];
  /** Further programs with level constants, several of a cost: what rounds badly may have a neighbour that rounds well. */
  readonly all: readonly Levelled[];
  readonly counts: SearchCounts;
  readonly stop: StopReason;
}

export const MOST_OPERATIONS = 32;
const DEFAULT_BUDGET: Budget = { time_ms: 60_000 };
/** Children between exchanges. */
const ROUND = 500;
/** Programs of each cost that visit the other islands, and whose constants are made level. */
const VISITORS = 2;
const LEVELLED = 4;
/** Share of a time budget that is kept for levelling. */
const LAST_SHARE = 0.15;

export async function evolve(problem: MinimaxProblem, options: EvolveOptions = {}): Promise<Evolved> {
  const { operations = 10, instructions = ["+", "-", "*", "/"], seed = 1, islands = 1, signal } = options;
  if (!Number.isInteger(operations) || operations < 1 || operations > MOST_OPERATIONS)
    throw new Failure(
      "usage",
      `the number of operations is a whole number from 1 to ${MOST_OPERATIONS}, not ${operations}`,
    );
  if (!Number.isInteger(islands) || islands < 1 || islands > 64)
    throw new Failure("usage", `the number of islands is a whole number from 1 to 64, not ${islands}`);
  for (const each of instructions)
    if (!INSTRUCTIONS.includes(each))
      throw new Failure("usage", `unknown instruction "${String(each)}"`, {
        hint: `There are ${INSTRUCTIONS.join(" ")}.`,
      });
  if (instructions.length === 0) throw new Failure("usage", "there are no instructions to make programs of");
  const budget = options.budget ?? DEFAULT_BUDGET;
  const meter = new Meter(budget, signal);
  // Levelling takes time as well.
  const search: Budget =
    budget.time_ms === undefined ? budget : { ...budget, time_ms: budget.time_ms * (1 - LAST_SHARE) };
  const samples = samplesOf(problem);
  const [from, to] = [F.toNumber(problem.from), F.toNumber(problem.to)];
  const shared = { from, to, samples, instructions, mostOperations: operations, seed, cache: options.cache };
  const hosts = Array.from({ length: islands }, (_, stream) => makeHost({ ...shared, stream }, islands > 1));
  let replies: IslandReply[] = [];
  let stop: StopReason | undefined;
  try {
    while (stop === undefined) {
      const guests = hosts.map((_, k) => replies.filter((_, j) => j !== k).flatMap(best));
      replies = await Promise.all(hosts.map((host, k) => host.advance(guests[k], ROUND)));
      meter.steps = replies.reduce((sum, { counts }) => sum + counts.children, 0);
      stop = stopOf(meter, search);
      options.progress?.({ elapsed_ms: meter.elapsed(), counts: total(replies), best: leastErrors(replies) });
    }
  } finally {
    for (const host of hosts) host.end();
  }
  const all = levelAll(problem, replies, operations, meter);
  return { front: frontOf(all), all, counts: total(replies), stop };
}

function stopOf(meter: Meter, search: Budget): StopReason | undefined {
  const found = meter.stop();
  if (found !== undefined) return found;
  const { time_ms } = search;
  if (time_ms !== undefined && meter.elapsed() >= time_ms)
    return { kind: "time", detail: `${Math.round(meter.elapsed())} ms, the rest for the constants` };
  return undefined;
}

const best = ({ archive }: IslandReply): Individual[] => archive.flatMap((list) => list.slice(0, VISITORS));

function total(replies: readonly IslandReply[]): SearchCounts {
  const sum = (part: keyof SearchCounts): number => replies.reduce((s, { counts }) => s + counts[part], 0);
  return { children: sum("children"), fitted: sum("fitted"), repeated: sum("repeated") };
}

function leastErrors(replies: readonly IslandReply[]): (number | undefined)[] {
  return replies[0].archive.map((_, cost) => {
    const errors = replies.flatMap(({ archive }) => archive[cost].slice(0, 1)).map(({ worst }) => worst);
    return errors.length === 0 ? undefined : Math.min(...errors);
  });
}

/** Level constants and squares at the end of the best programs of every cost. */
function levelAll(
  problem: MinimaxProblem,
  replies: readonly IslandReply[],
  operations: number,
  meter: Meter,
): Levelled[] {
  const leveller = new Leveller(problem);
  const bases = replies[0].archive.map((_, cost) => {
    const all = replies.flatMap(({ archive }) => archive[cost]).sort((a, b) => a.worst - b.worst);
    // The same program comes from several islands.
    return all.filter((each, k) => k === 0 || each.worst > all[k - 1].worst * (1 + 1e-9)).slice(0, LEVELLED);
  });
  const out: Levelled[] = [];
  // Best ones of every cost first, so that a budget that ends leaves the best.
  for (let rank = 0; rank < LEVELLED; rank++)
    for (const list of bases)
      if (rank < list.length && (rank === 0 || meter.stop() === undefined))
        out.push(...leveller.level(list[rank], operations));
  return out;
}

/** Of every cost the best; a program that a shorter one equals is left out. */
function frontOf(all: readonly Levelled[]): Levelled[] {
  const front: Levelled[] = [];
  const sorted = [...all].sort((a, b) => a.program.steps.length - b.program.steps.length || a.error - b.error);
  for (const each of sorted)
    if (front.length === 0 || each.error < front.at(-1)!.error) {
      if (front.at(-1)?.program.steps.length !== each.program.steps.length) front.push(each);
    }
  return front;
}

/** An island here, or on a thread. */
interface Host {
  advance(visitors: readonly Individual[], children: number): Promise<IslandReply>;
  end(): void;
}

/** Node's built-in modules where there are any, without naming them in code that browsers load. */
const node = (globalThis as { process?: { getBuiltinModule?: (name: string) => unknown; execArgv?: string[] } })
  .process;

function makeHost(options: IslandOptions, thread: boolean): Host {
  const threads = thread
    ? (node?.getBuiltinModule?.("node:worker_threads") as typeof import("node:worker_threads") | undefined)
    : undefined;
  if (threads === undefined) {
    const island = new Island(options);
    return {
      async advance(visitors, children) {
        island.welcome(visitors);
        island.advance(children);
        // Timers and signals have their turn.
        await new Promise((resolve) => setTimeout(resolve));
        return { archive: island.archive, counts: island.counts };
      },
      end: () => undefined,
    };
  }
  const file = import.meta.url.endsWith(".ts") ? "./island-worker.ts" : "./island-worker.js";
  const worker = new threads.Worker(new URL(file, import.meta.url), { execArgv: node?.execArgv });
  let first = true;
  return {
    advance: (visitors, children) =>
      new Promise((resolve, reject) => {
        worker.removeAllListeners();
        worker.once("message", resolve);
        worker.once("error", reject);
        const request: IslandRequest = { visitors, children, ...(first ? { options } : {}) };
        first = false;
        worker.postMessage(request);
      }),
    end: () => void worker.terminate(),
  };
}
