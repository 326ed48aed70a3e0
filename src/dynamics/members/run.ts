// Many members of an ensemble in compiled code and on threads. A method says how a record (some members with all that they need:
// time, state, parameters, random numbers) goes on for a number of steps; here records are begun, given to the threads a little at a
// time, so that budgets and progress are looked at, and their outputs are collected. What a member does depends on its record alone:
// the results are the same for any number of threads.
import { type Budget, DONE, Failure, Meter, type StopReason } from "../../base/index.ts";
import {
  type Compiled,
  compileModuleSync,
  expandMath,
  type Job,
  type Kernels,
  type Program,
  Runtime,
  runJob,
  share,
  type TargetName,
  threadCount,
  type Threads,
  threadsMissing,
} from "../../compile/index.ts";
import { specialFunctions } from "../../special/index.ts";

/** Places in every record; a method's own numbers begin at `HEAD`. */
export const TIME = 0;
/** Output time that comes next. */
export const NEXT = 1;
export const STATUS = 2;
/** Steps or events so far. */
export const STEPS = 3;
/** What went wrong: two numbers whose meaning the method knows. */
export const DETAIL = 4;
export const DETAIL2 = 5;
/** Things that the method counts: negative propensities, rejected steps. */
export const COUNT = 6;
export const HEAD = 8;

/** Status of a record: anything greater than `done` is a failure that the method describes. */
export const RUNNING = 0;
export const DONE_STATUS = 1;

/** What a method gives. */
export interface MemberCode {
  /**
   * Function `advance(from, to, fuel, count, members, records, times, out, table)`: takes records `from` to `to` - 1 (of `stride` numbers)
   * further by at most `fuel` steps each. Outputs of member m (within the wave) at time k go to out[(m * count + k) * outputs ...].
   */
  readonly program: Program;
  /** Numbers of a record. */
  readonly stride: number;
  /** Members of a record. */
  readonly perRecord: number;
  readonly outputs: number;
  /** Data of the method. */
  readonly table: Int32Array;
  /** Writes the start of the members first ... first + count - 1 into their record, which is zero. */
  begin(first: number, count: number, record: Float64Array): void;
  /** A failure, from the status and the record. */
  failure(status: number, member: number, record: Float64Array): Failure;
  /** Seconds of a step on one thread, roughly: how long the first pieces should be. */
  readonly stepSeconds: number;
}

export interface MembersOptions {
  readonly members: number;
  /** Output times, ascending; the first not before the start. */
  readonly times: Float64Array;
  readonly threads?: Threads;
  readonly target?: TargetName;
  readonly budget?: Budget;
  readonly signal?: AbortSignal;
  /** Share of the members that are done, and milliseconds since the start. */
  readonly onProgress?: (share: number, ms: number) => void;
}

export interface MembersResult {
  /** Output o of member m at time k: values[(m * times.length + k) * outputs + o]; NaN where it was not reached. */
  readonly values: Float64Array;
  /** Members that reached the last time. */
  readonly complete: number;
  readonly steps: number;
  /** Sum of what the method counts. */
  readonly counted: number;
  readonly stop: StopReason;
  readonly threads: number;
  readonly ms: number;
}

/** Most numbers of a result: 1 GiB. */
export const MOST_VALUES = 2 ** 27;
/** Memory of records and outputs at a time, in bytes. */
const WAVE_BYTES = 2 ** 26;
const MOST_RECORDS = 4096;
/** Time between two looks at budget and progress, in milliseconds. */
const SLICE_MS = 60;
const MOST_FUEL = 2 ** 30;

const modules = new WeakMap<Program, Map<TargetName, Compiled>>();

/** Machine code of a program, made once. */
function compiled(program: Program, target: TargetName): Compiled {
  const known = modules.get(program) ?? new Map<TargetName, Compiled>();
  modules.set(program, known);
  const found = known.get(target) ?? compileModuleSync(share(expandMath(program, specialFunctions, 1)), { target });
  known.set(target, found);
  return found;
}

/** Runs all members. Fails (Failure) where a member fails, naming it; a budget that ends gives what there is with `stop`. */
export async function runMembers(code: MemberCode, options: MembersOptions): Promise<MembersResult> {
  const { members, times, target = "auto" } = options;
  const { stride, perRecord, outputs } = code;
  const count = times.length;
  if (members * count * outputs > MOST_VALUES)
    throw new Failure("limit", `${members} members x ${count} times x ${outputs} outputs are more numbers than fit`, {
      hint: `Ask for fewer times, outputs or members: at most ${MOST_VALUES} numbers in all.`,
    });
  const begin = performance.now();
  const meter = new Meter(options.budget, options.signal);
  const values = new Float64Array(members * count * outputs).fill(Number.NaN);
  const asked = options.threads ?? "auto";
  const possible = target === "auto" || target === "wasm" ? threadsMissing() === undefined : false;
  const threads = asked === "auto" && !possible ? 1 : threadCount(asked);
  const perOut = perRecord * count * outputs;
  const records = Math.max(
    1,
    Math.min(MOST_RECORDS, Math.ceil(members / perRecord), Math.floor(WAVE_BYTES / (8 * (stride + perOut)))),
  );
  const numbers = records * (stride + perOut) + count + code.table.length + 64;
  const runtime = new Runtime({ bytes: 8 * numbers + 4096, shared: threads > 1 });
  let kernels: Kernels | undefined;
  let stop: StopReason = DONE;
  let [complete, steps, counted] = [0, 0, 0];
  try {
    kernels = compiled(code.program, target).link(runtime);
    const all = runtime.f64(records * stride);
    const out = runtime.f64(records * perOut);
    const at = runtime.f64(count);
    at.set(times);
    const table = runtime.i32(Math.max(1, code.table.length));
    table.set(code.table);
    let fuel = Math.max(16, Math.ceil((1e-3 * SLICE_MS) / code.stepSeconds / Math.max(1, records / threads)));
    for (let first = 0; first < members && stop === DONE; first += records * perRecord) {
      const inWave = Math.min(records * perRecord, members - first);
      const used = Math.ceil(inWave / perRecord);
      all.fill(0);
      out.fill(Number.NaN);
      for (let r = 0; r < used; r++)
        code.begin(
          first + r * perRecord,
          Math.min(perRecord, inWave - r * perRecord),
          all.subarray(r * stride, (r + 1) * stride),
        );
      const piece = Math.max(1, Math.ceil(used / (16 * threads)));
      const job: Job = {
        kernels,
        name: "advance",
        count: Math.ceil(used / piece),
        fill(item, args) {
          const from = item * piece;
          args.set([from, Math.min(used, from + piece), fuel, count, inWave]);
          args.set([all.byteOffset, at.byteOffset, out.byteOffset, table.byteOffset], 5);
        },
      };
      for (;;) {
        const started = performance.now();
        runJob(job, threads);
        const took = performance.now() - started;
        if (took < SLICE_MS / 2) fuel = Math.min(MOST_FUEL, 2 * fuel);
        else if (took > 2 * SLICE_MS) fuel = Math.max(16, Math.floor(fuel / 2));
        let running = 0;
        let share = 0;
        for (let r = 0; r < used; r++) {
          const status = all[r * stride + STATUS];
          if (status > DONE_STATUS)
            throw code.failure(status, first + r * perRecord, all.subarray(r * stride, (r + 1) * stride));
          if (status === RUNNING) running++;
          share += status === RUNNING ? all[r * stride + NEXT] / count : 1;
        }
        options.onProgress?.((first + (share / used) * inWave) / members, performance.now() - begin);
        if (running === 0) break;
        const reason = meter.stop();
        if (reason !== undefined) {
          stop = reason;
          break;
        }
        // Signals and timers of the caller have their turn.
        await new Promise((resolve) => setTimeout(resolve, 0));
      }
      values.set(out.subarray(0, inWave * count * outputs), first * count * outputs);
      for (let r = 0; r < used; r++) {
        steps += all[r * stride + STEPS];
        counted += all[r * stride + COUNT];
      }
      if (stop === DONE && first + inWave < members) stop = meter.stop() ?? DONE;
    }
    const perMember = count * outputs;
    for (let m = 0; m < members; m++) if (!Number.isNaN(values[(m + 1) * perMember - 1]) || wholly(values, m, count, outputs)) complete++; // oxfmt-ignore
  } finally {
    kernels?.dispose();
    runtime.dispose();
  }
  return { values, complete, steps, counted, stop, threads, ms: performance.now() - begin };
}

/** Was any output of the last time written? An output may be NaN itself. */
function wholly(values: Float64Array, member: number, count: number, outputs: number): boolean {
  const from = (member * count + count - 1) * outputs;
  for (let o = 0; o < outputs; o++) if (!Number.isNaN(values[from + o])) return true;
  return false;
}
