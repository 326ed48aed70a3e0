// Running a formula's code over arrays, piece by piece. Arrays in the memory of a runtime are used where they lie; others pass through
// memories that all formulae share, block by block, so that inputs and results stay in the processor's cache. With threads, the
// caller's thread copies while others compute. The bits do not depend on the number of threads: pieces of a reduction have one size and
// are combined in order.
import type { Kernels } from "./kernel.ts";
import { Runtime } from "./runtime.ts";
import { type Job, runJob, threadCount, type Threads, threadsMissing } from "./threads.ts";

export type Numbers = Float64Array | Float32Array;

/** Points done at a time, where arrays are copied and in reductions. */
export const BLOCK = 2048;
/** Points that a thread does at a time. */
const PIECE = 8192;
/** Bytes of the memory that all formulae share, unless one needs more. */
const COMMON_BYTES = 8 << 20;

const common = new Map<string, Runtime>();

/** The memory of all formulae with room for so many bytes, for several threads or one. Slices are given back before a call returns. */
export function commonMemory(needed: number, threaded: boolean): Runtime {
  const bytes = needed + 4096 <= COMMON_BYTES ? COMMON_BYTES : 2 ** Math.ceil(Math.log2(needed + 4096));
  const key = `${bytes} ${String(threaded)}`;
  let runtime = common.get(key);
  if (!runtime) common.set(key, (runtime = new Runtime({ bytes, shared: threaded })));
  return runtime;
}

/** Code of a formula: function `run` of formulaProgram, in any memory. */
export interface PieceCode {
  readonly target: Kernels["target"];
  link(runtime: Runtime): Kernels;
  /** Of a large formula: f64 elements that a call needs besides its arrays, for its results and for scratch. */
  readonly extra?: (kernels: Kernels) => readonly number[];
  /** `run` takes the number of the first point after the number of points. */
  readonly numbered: boolean;
}

export interface PieceRequest {
  /** An array with an element a point, or one number for all points. */
  readonly values: readonly (Numbers | number)[];
  readonly n: number;
  readonly type: "f64" | "f32";
  /** Where results go; none for a reduction. */
  readonly results: readonly Numbers[];
  readonly threads: Threads;
  /** What a reduction begins with, and how a block's result joins the total; without `join` each block goes on from the last. */
  readonly reduction?: { readonly start: number; readonly join?: (total: number, part: number) => number };
}

/** Fills the results, or returns the total of a reduction. */
export function runPieces(
  code: PieceCode,
  { values, n, type, results, threads: wanted, reduction }: PieceRequest,
): number {
  let total = reduction?.start ?? 0;
  const sequential = reduction !== undefined && reduction.join === undefined;
  const possible = code.target === "wasm" && threadsMissing() === undefined;
  const threads = sequential || (wanted === "auto" && (!possible || n < 2 * PIECE)) ? 1 : threadCount(wanted);
  const arrays = [...values.filter((value) => typeof value !== "number"), ...results];
  const width = type === "f64" ? 8 : 4;
  const slots = threads === 1 ? 1 : Math.min(64, 2 * threads + 2);
  const most = reduction || threads === 1 ? BLOCK : PIECE;
  // What a large formula needs is known once it is linked, to any memory: it depends on the code alone.
  const lengths = code.extra?.(code.link(commonMemory(0, false))) ?? [];
  const home = homeOf(arrays, threads, slots * (arrays.length * (width * most + 64) + lengths.reduce((sum, each) => sum + 8 * each + 16, 0))); // oxfmt-ignore
  const kernels = code.link(home);
  const { buffer } = home.memory;
  const everywhere = arrays.every((array) => array.buffer === buffer);
  const piece = everywhere && threads === 1 && !reduction ? Math.max(1, n) : most;
  const mark = home.mark();
  try {
    /** By slot, the places of those values and results that lie elsewhere. */
    const place = (array: Numbers | number): (Numbers | undefined)[] =>
      typeof array === "number" || array.buffer === buffer
        ? []
        : Array.from({ length: slots }, () => home[type](piece));
    const ins = values.map(place);
    const outs = results.map(place);
    const more = Array.from({ length: lengths.length > 0 ? slots : 0 }, () => lengths.map((length) => home.f64(length).byteOffset)); // oxfmt-ignore
    const job: Job = {
      kernels,
      name: "run",
      count: Math.ceil(n / piece),
      slots: everywhere && lengths.length === 0 ? undefined : slots,
      copies: !everywhere,
      fill(item, args, slot) {
        const from = item * piece;
        const count = Math.min(piece, n - from);
        let k = 0;
        args[k++] = count;
        if (code.numbered) args[k++] = from;
        if (reduction) args[k++] = sequential ? total : reduction.start;
        values.forEach((value, j) => {
          if (typeof value === "number") args[k++] = value;
          else {
            const copy = ins[j][slot];
            copy?.set(value.subarray(from, from + count));
            args[k++] = copy ? copy.byteOffset : value.byteOffset + width * from;
          }
        });
        results.forEach((result, j) => {
          const copy = outs[j][slot];
          args[k++] = copy ? copy.byteOffset : result.byteOffset + width * from;
        });
        if (more.length > 0) args.set(more[slot], k);
      },
      finish(item, slot) {
        const from = item * piece;
        outs.forEach((copies, j) => {
          const copy = copies[slot];
          if (copy) results[j].set(copy.subarray(0, Math.min(piece, n - from)), from);
        });
      },
      collect: reduction && ((_item, part) => void (total = reduction.join ? reduction.join(total, part) : part)),
    };
    runJob(job, threads);
  } finally {
    home.release(mark);
  }
  return total;
}

/** The memory to work in: that of the arrays, or one that formulae share, shared with threads if there are several. */
function homeOf(arrays: readonly Numbers[], threads: Threads, needed: number): Runtime {
  const several = threads !== 1;
  for (const array of arrays) {
    const runtime = Runtime.of(array);
    if (runtime && (runtime.shared || !several)) return runtime;
  }
  return commonMemory(needed, several);
}

/**
 * A function that computes one point: all values numbers, results in an array. The first slices of the shared memory, which nobody
 * holds between calls, always have the same places.
 */
export function pointCode(code: PieceCode, values: number, results: number): (args: readonly number[]) => Float64Array {
  const lengths = code.extra?.(code.link(commonMemory(0, false))) ?? [];
  const { runtime, raw } = code.link(commonMemory(64 * (results + 2) + 8 * lengths.reduce((sum, each) => sum + each, 0), false)); // oxfmt-ignore
  const F = new Float64Array(runtime.memory.buffer);
  const mark = runtime.mark();
  const places = Array.from({ length: results }, () => runtime.f64(1).byteOffset);
  const more = lengths.map((length) => runtime.f64(length).byteOffset);
  runtime.release(mark);
  const first = code.numbered ? 2 : 1;
  const list = [1, ...(code.numbered ? [0] : []), ...Array.from({ length: values }, () => 0), ...places, ...more];
  const { run } = raw;
  return (args) => {
    for (let j = 0; j < values; j++) list[first + j] = args[j];
    run(...list);
    const result = new Float64Array(results);
    for (let j = 0; j < results; j++) result[j] = F[places[j] >> 3];
    return result;
  };
}

/** Nanoseconds an element of the code on the first block of some arrays, the least of a few turns. */
export function timeCode(code: PieceCode, values: readonly (Numbers | number)[], results: number): number {
  const part = values.map((value) => (typeof value === "number" ? value : value.subarray(0, BLOCK)));
  const outs = Array.from({ length: results }, () => new Float64Array(BLOCK));
  let least = Infinity;
  for (let turn = 0; turn < 12; turn++) {
    const begin = performance.now();
    runPieces(code, { values: part, n: BLOCK, type: "f64", results: outs, threads: 1 });
    least = Math.min(least, ((performance.now() - begin) * 1e6) / BLOCK);
  }
  return least;
}
