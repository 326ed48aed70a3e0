// Threads: the same function of compiled kernels on several threads at once, each call with its own arguments (a range of
// independent elements, usually). Workers are started when they are first needed, kept, and never keep a process alive.
// The caller's thread works too. Calls are handed out one by one to whoever is free, and results come back in the order of the
// calls: what they are does not depend on the number of threads, as long as no call reads what another writes.
// Left out: 64-bit integers as arguments, several jobs at once, priorities.
import { Failure } from "../base/index.ts";
import type { KernelArgument, Kernels } from "./kernel.ts";
import { REASON } from "./targets/wasm.ts";
import {
  ARGUMENTS,
  CONTROL_BYTES,
  MOST_ARGUMENTS,
  MOST_WORKERS,
  Place,
  readMessage,
  RESULTS,
  ROWS,
  SPINS,
  State,
  type WorkerMessage,
  workerSource,
  writeMessage,
} from "./thread-control.ts";

/** A number of threads, the caller's among them; "auto": as many as the machine has, one where there are no threads. */
export type Threads = number | "auto";

/** What is used of a worker of Node.js or of a browser. */
interface Host {
  postMessage(message: WorkerMessage): void;
}

/** How long a worker may take to start or to link code, in milliseconds. */
const PATIENCE = 20_000;

function node(): NodeJS.Process | undefined {
  const host = (globalThis as { process?: NodeJS.Process }).process;
  return typeof host?.getBuiltinModule === "function" ? host : undefined;
}

/** Why there are no threads here; undefined where there are. */
export function threadsMissing(): string | undefined {
  if (typeof SharedArrayBuffer !== "function") return "there are no shared memories here (a page must be isolated from other origins)"; // oxfmt-ignore
  if (!node() && typeof Worker !== "function") return "there are no workers here";
  return undefined;
}

/** Threads that the machine runs at once. */
export function hardwareThreads(): number {
  const seen = (globalThis as { navigator?: { hardwareConcurrency?: number } }).navigator?.hardwareConcurrency;
  return Math.min(MOST_WORKERS + 1, seen ?? node()?.getBuiltinModule("node:os").availableParallelism() ?? 1);
}

/** A number of threads, checked; "auto" is what the machine has. Fails where several are asked for and there are none. */
export function threadCount(threads: Threads): number {
  if (threads === "auto") return threadsMissing() === undefined ? hardwareThreads() : 1;
  if (!(Number.isInteger(threads) && threads >= 1 && threads <= MOST_WORKERS + 1))
    throw new Failure("usage", `${threads} threads: a whole number from 1 to ${MOST_WORKERS + 1} is needed, or "auto"`);
  const missing = threads > 1 ? threadsMissing() : undefined;
  if (missing !== undefined) throw new Failure("unsupported", missing, { hint: 'ask for threads: 1, or "auto"' });
  return threads;
}

/** Items of work for one function. */
export interface Job {
  readonly kernels: Kernels;
  readonly name: string;
  readonly count: number;
  /** Slots of memory that items may use while they run, at most 64 (default). Slot 0 is the caller's thread's own if `copies`. */
  readonly slots?: number;
  /**
   * Items bring data into their slot and out of it, which costs most where it goes from one processor to another: the caller's thread then
   * works on items of its own, and hands over only as many as the others need.
   */
  readonly copies?: boolean;
  /** Writes the arguments of an item that runs in `slot`; in the order of the items. */
  fill(item: number, args: Float64Array, slot: number): void;
  /** The item has run; its slot is free afterwards. In any order. */
  finish?(item: number, slot: number): void;
  /** Results, in the order of the items, when all have run. */
  collect?(item: number, result: number): void;
}

class Pool {
  readonly #control = new SharedArrayBuffer(CONTROL_BYTES);
  readonly #cells = new Int32Array(this.#control, 0, Place.end);
  readonly #args = new Float64Array(this.#control, ARGUMENTS, MOST_ARGUMENTS * ROWS);
  readonly #results = new Float64Array(this.#control, RESULTS, ROWS);
  readonly #workers: { readonly host: Host; readonly linked: Set<number>; ready: boolean }[] = [];
  readonly #ids = new WeakMap<Kernels, number>();
  readonly #lost = new FinalizationRegistry<number>((id) => this.#dead.push(id));
  #dead: number[] = [];
  #nextId = 1;
  #busy = false;
  /** May this thread sleep? The main thread of a page may not. */
  readonly #sleeps: boolean;

  constructor() {
    let sleeps = true;
    try {
      Atomics.wait(this.#cells, 0, 1, 0);
    } catch {
      sleeps = false;
    }
    this.#sleeps = sleeps;
  }

  /** Starts workers up to `count`; they are not ready at once. */
  start(count: number): void {
    while (this.#workers.length < count) {
      const index = this.#workers.length;
      this.#cells[Place.workers + 16 * index] = State.outside;
      const host = makeWorker(workerSource(REASON));
      host.postMessage({ control: this.#control, index });
      this.#workers.push({ host, linked: new Set(), ready: false });
    }
  }

  /** Workers ready to be used, of the first `count`. In Node.js those that are not are waited for. */
  ready(count: number): number {
    this.start(count);
    let ready = 0;
    for (let w = 0; w < count; w++) {
      const worker = this.#workers[w];
      if (!worker.ready && node()) this.#settle(w);
      worker.ready ||= Atomics.load(this.#cells, Place.workers + 16 * w) !== State.outside;
      if (!worker.ready) break;
      ready++;
    }
    return ready;
  }

  /** Are the first `count` workers there? */
  started(count: number): boolean {
    for (let w = 0; w < count; w++)
      if (Atomics.load(this.#cells, Place.workers + 16 * w) === State.outside) return false;
    return true;
  }

  /** Waits until the worker has come back from its event loop. */
  #settle(w: number): void {
    const cell = Place.workers + 16 * w;
    const end = performance.now() + PATIENCE;
    while (Atomics.load(this.#cells, cell) === State.outside) {
      if (this.#sleeps) Atomics.wait(this.#cells, cell, State.outside, 1000);
      if (performance.now() > end) throw new Error("a worker does not answer");
    }
    if (Atomics.load(this.#cells, cell) === State.failed) {
      const why = readMessage(this.#cells, ROWS - 1);
      throw new Failure("limit", `a thread cannot link the compiled code: ${why}`);
    }
  }

  /** The number of the kernels' code, known to the first `count` workers. */
  #link(kernels: Kernels, count: number): number {
    const { threading } = kernels;
    if (typeof threading === "string") throw new Failure("unsupported", threading);
    let id = this.#ids.get(kernels);
    if (id === undefined) {
      this.#ids.set(kernels, (id = this.#nextId++));
      this.#lost.register(kernels, id);
    }
    const asked: number[] = [];
    for (let w = 0; w < count; w++) {
      const { linked, host } = this.#workers[w];
      if (linked.has(id)) continue;
      const drop = this.#dead.filter((dead) => linked.delete(dead));
      const cell = Place.workers + 16 * w;
      Atomics.store(this.#cells, cell, State.outside);
      Atomics.notify(this.#cells, cell);
      host.postMessage({ link: { id, ...threading, names: Object.keys(kernels.raw) }, drop });
      asked.push(w);
    }
    for (const w of asked) {
      this.#settle(w);
      this.#workers[w].linked.add(id);
    }
    if (asked.length > 0)
      this.#dead = this.#dead.filter((dead) => this.#workers.some(({ linked }) => linked.has(dead)));
    return id;
  }

  run(job: Job, threads: number): void {
    const { kernels, name, count, copies = false, fill, finish, collect } = job;
    const { arity, thrown, stopped } = kernels.prepare[name];
    const helpers = this.#busy ? 0 : this.ready(Math.min(threads, count) - 1);
    if (helpers === 0) {
      runAlone(job);
      return;
    }
    const C = this.#cells;
    C[Place.code] = this.#link(kernels, helpers);
    C[Place.entry] = Object.keys(kernels.raw).indexOf(name);
    C[Place.arity] = arity;
    const first = copies ? 1 : 0;
    const rows = (C[Place.rows] = Math.max(1, Math.min(job.slots ?? ROWS, ROWS) - first));
    Atomics.store(C, Place.taken, 0);
    Atomics.store(C, Place.ready, 0);
    for (let row = 0; row < rows; row++) C[Place.done + 16 * row] = 0;
    const results = new Float64Array(collect ? count : 0);
    /** The item in each row. */
    const items = new Int32Array(rows);
    const own = new Float64Array(arity);
    let failure: { readonly item: number; readonly error: unknown } | undefined;
    const failed = (item: number, error: unknown): void => {
      if (!failure || item < failure.item) failure = { item, error };
    };
    this.#busy = true;
    try {
      let next = 0;
      let filled = 0;
      let emptied = 0;
      let spins = 0;
      for (;;) {
        // Items begin in order, so that when one fails all before it have begun, and are waited for.
        const more = next < count && !failure;
        if (emptied === filled && !more) break;
        const row = emptied % rows;
        const done = Place.done + 16 * row;
        const mark = Atomics.load(C, done);
        if (emptied < filled && Math.abs(mark) === emptied + 1) {
          const item = items[row];
          if (mark < 0) {
            const why = readMessage(C, row);
            failed(item, C[done + 1] < 0 ? new Error(why) : stopped(why, C[done + 1]));
          } else if (collect) results[item] = this.#results[row];
          finish?.(item, first + row);
          emptied++;
          spins = 0;
        } else if (more && filled - emptied < rows && (!copies || filled - Atomics.load(C, Place.taken) <= helpers)) {
          const at = MOST_ARGUMENTS * (filled % rows);
          items[filled % rows] = next;
          fill(next++, this.#args.subarray(at, at + arity), first + (filled % rows));
          filled++;
          Atomics.store(C, Place.ready, filled);
          if (filled === 1) this.#offer(helpers);
          else Atomics.notify(C, Place.ready);
        } else if (more && copies) {
          const item = next++;
          fill(item, own, 0);
          try {
            const result = kernels.raw[name](...own);
            if (collect) results[item] = result;
          } catch (error) {
            failed(item, thrown(error));
          }
          finish?.(item, 0);
        } else if (!this.#takeOne(job, filled, rows, arity)) {
          if (++spins > SPINS && this.#sleeps) Atomics.wait(C, done, mark, 100);
        }
      }
    } finally {
      Atomics.store(C, Place.ready, -1);
      Atomics.notify(C, Place.ready);
      for (let w = 0; w < helpers; w++) {
        const cell = Place.workers + 16 * w;
        if (Atomics.compareExchange(C, cell, State.offered, State.free) === State.offered) continue;
        for (let spins = 0; Atomics.load(C, cell) === State.running;)
          if (++spins > SPINS && this.#sleeps) Atomics.wait(C, cell, State.running, 100);
      }
      this.#busy = false;
    }
    if (failure) throw failure.error;
    if (collect) for (let item = 0; item < count; item++) collect(item, results[item]);
  }

  #offer(helpers: number): void {
    for (let w = 0; w < helpers; w++) {
      const cell = Place.workers + 16 * w;
      Atomics.store(this.#cells, cell, State.offered);
      Atomics.notify(this.#cells, cell);
    }
  }

  /** Takes the next item, if there is one, and runs it in this thread. */
  #takeOne({ kernels, name }: Job, filled: number, rows: number, arity: number): boolean {
    const C = this.#cells;
    const item = Atomics.load(C, Place.taken);
    if (item >= filled) return false;
    if (Atomics.compareExchange(C, Place.taken, item, item + 1) !== item) return true;
    const row = item % rows;
    const done = Place.done + 16 * row;
    const at = MOST_ARGUMENTS * row;
    let mark = item + 1;
    try {
      this.#results[row] = kernels.raw[name](...this.#args.subarray(at, at + arity));
    } catch (error) {
      if (!(error instanceof WebAssembly.RuntimeError)) throw error;
      mark = -mark;
      C[done + 1] = kernels.prepare[name].reason();
      writeMessage(C, row, error.message);
    }
    Atomics.store(C, done, mark);
    return true;
  }
}

function makeWorker(source: string): Host {
  const host = node();
  if (!host) return new Worker(URL.createObjectURL(new Blob([source], { type: "text/javascript" })));
  const { Worker: NodeWorker } = host.getBuiltinModule("node:worker_threads");
  const worker = new NodeWorker(source, { eval: true, execArgv: [], name: "calculemus" });
  worker.unref();
  return worker;
}

let pool: Pool | undefined;

/** All items in this thread. */
function runAlone({ kernels, name, count, fill, finish, collect }: Job): void {
  const f = kernels.raw[name];
  const { arity, thrown } = kernels.prepare[name];
  const args = new Float64Array(arity);
  for (let item = 0; item < count; item++) {
    fill(item, args, 0);
    let result: number;
    try {
      result = f(...args);
    } catch (error) {
      throw thrown(error);
    }
    finish?.(item, 0);
    collect?.(item, result);
  }
}

/**
 * Threads that kernels can be run on: what is asked for, or one where "auto" finds a reason against more.
 * Fails where several were asked for and there is such a reason.
 */
export function usableThreads(kernels: Kernels, threads: Threads): number {
  const count = threadCount(threads);
  if (count === 1) return 1;
  const reason =
    typeof kernels.threading === "string"
      ? kernels.threading
      : Object.values(kernels.prepare).some(({ arity }) => arity > MOST_ARGUMENTS)
        ? `functions for several threads take at most ${MOST_ARGUMENTS} arguments`
        : undefined;
  if (reason === undefined) return count;
  if (threads === "auto") return 1;
  throw new Failure("unsupported", `these kernels cannot run on ${threads} threads: ${reason}`);
}

/** Runs a job on threads; arguments are not checked. */
export function runJob(job: Job, threads: Threads): void {
  const count = Math.min(usableThreads(job.kernels, threads), job.count);
  if (count <= 1) {
    runAlone(job);
    return;
  }
  pool ??= new Pool();
  if (threads !== "auto" && pool.ready(count - 1) < count - 1)
    throw new Failure("usage", "the threads have not started yet", { hint: "await startThreads(n) before the first use in a page" }); // oxfmt-ignore
  pool.run(job, count);
}

export interface ParallelOptions {
  /** Default "auto". */
  readonly threads?: Threads;
}

/**
 * Calls `name` of the kernels once for each list of arguments, on several threads; returns the results in that order (undefined for
 * a function without a result). No call may write what another reads or writes. The first call that stops the program,
 * in the order of the calls, is the Failure; calls after it may or may not have been made.
 */
export function parallel(
  kernels: Kernels,
  name: string,
  calls: readonly (readonly KernelArgument[])[],
  { threads = "auto" }: ParallelOptions = {},
): (number | undefined)[] {
  const prepare = kernels.prepare[name];
  if (!prepare) throw new Failure("name", `there is no kernel ${name}`);
  const plain = calls.map((args) => prepare.arguments(args));
  if (plain.some((args) => args.some((x) => typeof x === "bigint")))
    throw new Failure("unsupported", `kernel ${name} takes 64-bit integers, which threads do not hand over`);
  const results = Array.from<number | undefined>({ length: calls.length });
  runJob(
    {
      kernels,
      name,
      count: calls.length,
      fill: (item, args) => args.set(plain[item] as readonly number[]),
      collect: (item, result) => {
        if (prepare.hasResult) results[item] = result;
      },
    },
    threads,
  );
  return results;
}

/**
 * Starts workers for so many threads and waits until they are ready; needed before the first use in a page, useful elsewhere (the first
 * use takes some 50 ms more otherwise). Returns the number of threads that there are.
 */
export async function startThreads(threads: Threads = "auto"): Promise<number> {
  const count = threadCount(threads);
  if (count === 1) return 1;
  pool ??= new Pool();
  pool.start(count - 1);
  const end = performance.now() + PATIENCE;
  while (!pool.started(count - 1)) {
    if (performance.now() > end) throw new Failure("unsupported", "the workers do not start; does the page allow workers from blobs?"); // oxfmt-ignore
    await new Promise((resolve) => setTimeout(resolve, 1));
  }
  return count;
}
