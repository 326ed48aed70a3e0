// Fixed steps wholly in compiled code, for one system and for ensembles: many members with their own initial values and
// parameters, in lanes and on threads. For work where the step size is known: parameter studies, particle-like systems, real time.
// Step-size control and error estimates are the business of `solve`; nothing here says how accurate the steps are.
// Left out: implicit methods, events, output inside a run (call it again for the next stretch).
import { Failure } from "../base/index.ts";
import {
  type Compiled,
  compileModuleSync,
  factorSums,
  type Job,
  type Kernels,
  lower,
  printProgram,
  type Program,
  Runtime,
  runJob,
  type Tape,
  type TargetName,
  threadCount,
  type Threads,
  threadsMissing,
} from "../compile/index.ts";
import type { Evidence } from "../evidence/index.ts";
import { specialFunctions } from "../special/index.ts";
import { freeSymbols, Kind, parse, print, Term } from "../term/index.ts";
import { type FixedStepCode, fixedStepProgram, fixedStepRoom, type FixedStepRoom } from "./fixed-step.ts";
import { FIXED_STEP_METHODS, type FixedStepMethod } from "./fixed-step.tableau.ts";

/** dy_s/dt = rhs[s]. */
export interface FixedStepSystem {
  readonly states: readonly string[];
  /** One right-hand side for each state, in the same order. */
  readonly rhs: readonly (string | Term)[];
  /** Default none. */
  readonly parameters?: readonly string[];
  /** Name of the time. Default "t". */
  readonly time?: string;
}

export interface FixedStepOptions {
  /** Default rk4. */
  readonly method?: FixedStepMethod;
  readonly target?: TargetName;
  /** Greatest error of each function (exp, sin, ...) in units in the last place. Default 1. */
  readonly ulp?: number;
  /** Operations round as written: the same bits on every target, for one system and for members of ensembles. Default false: sums are factored, multiply-adds may be fused. */
  readonly strict?: boolean;
  /** Several members side by side in 128 bits. Default true. */
  readonly lanes?: boolean;
}

/** A stretch of steps. */
export interface Stretch {
  /** Size of a step, negative to go back; and how many. */
  readonly step: number;
  readonly steps: number;
  /** Time at the start. Default 0. */
  readonly from?: number;
}

export interface SingleRun extends Stretch {
  /** Initial values, one for each state. Not changed. */
  readonly y: ArrayLike<number>;
  readonly parameters?: Readonly<Record<string, number>>;
}

export interface EnsembleRun extends Stretch {
  readonly members: number;
  /** Initial values: state s of member j at y[s * members + j]. Not changed, unless it is `out`. */
  readonly y: Float64Array;
  /** One number for all members, or an array with one for each. */
  readonly parameters?: Readonly<Record<string, number | Float64Array>>;
  /** Where the final states go, laid out as y; may be y itself. A new array otherwise. */
  readonly out?: Float64Array;
  /** Default 1; "auto": as many as the machine has. The results are the same. */
  readonly threads?: Threads;
}

export interface EnsembleResult {
  /** Time at the end. */
  readonly t: number;
  /** Final states, laid out as the initial values. */
  readonly y: Float64Array;
  /** Members with a state that is not finite; nothing is said about those. */
  readonly lost: readonly number[];
}

export interface FixedStepper {
  readonly states: readonly string[];
  readonly parameters: readonly string[];
  readonly method: FixedStepMethod;
  readonly target: Kernels["target"];
  /** Steps one system. Fails (Failure, numeric) where a state is not finite in the end. */
  run(options: SingleRun): { readonly t: number; readonly y: Float64Array };
  /** Steps many members. An array `out` of a `Runtime` (a shared one, for several threads) is stepped where it lies. */
  ensemble(options: EnsembleRun): EnsembleResult;
  readonly evidence: readonly Evidence[];
  /** The program in its readable form, for parameters that are all alike or all different. */
  program(parameters: "common" | "own"): Program;
  /** Method, program and loops as text. */
  explain(): string;
  /** Gives memory back; the stepper may be used again. */
  dispose(): void;
}

/** Time that a thread should have for what it is given, in operations. */
const PIECE_OPERATIONS = 60_000;

/**
 * Compiles a system for steps of fixed size. Fails (Failure) on names that are not declared or declared twice, on right-hand sides
 * that are not numbers or not as many as states, on unknown methods and on targets that are not there.
 */
export function fixedStepper(system: FixedStepSystem, options: FixedStepOptions = {}): FixedStepper {
  const { method = "rk4", ulp = 1, strict = false, lanes = true, target = "auto" } = options;
  const { states, parameters = [], time = "t" } = system;
  if (!Object.hasOwn(FIXED_STEP_METHODS, method))
    throw new Failure("usage", `there is no method ${method} of fixed steps`, {
      hint: `methods: ${Object.keys(FIXED_STEP_METHODS).join(", ")}`,
    });
  const tableau = FIXED_STEP_METHODS[method];
  const tape = readSystem(states, system.rhs, parameters, time, !strict);
  const variants = new Map<string, { compiled: Compiled; links: WeakMap<Runtime, Kernels>; room: FixedStepRoom }>();

  function code(varying: readonly boolean[]): FixedStepCode {
    const functions = (target !== "js" && target !== "table") || strict ? specialFunctions : undefined;
    const inLanes = lanes && (target === "wasm" || target === "auto");
    return { tape, states: states.length, parameters: parameters.length, varying, tableau, functions, ulp, strict, lanes: inLanes }; // oxfmt-ignore
  }

  /** The code for parameters of which some vary, in a memory. */
  function linked(varying: readonly boolean[], runtime: Runtime): Kernels {
    const key = varying.map(Number).join("");
    let known = variants.get(key);
    if (!known) {
      const made = code(varying);
      const compiled = compileModuleSync(fixedStepProgram(made).program, { target });
      variants.set(key, (known = { compiled, links: new WeakMap(), room: fixedStepRoom(made) }));
    }
    let kernels = known.links.get(runtime);
    if (!kernels) known.links.set(runtime, (kernels = known.compiled.link(runtime)));
    return kernels;
  }

  const memories = new Map<boolean, Runtime>();
  /** A memory of this stepper with room for so many numbers. */
  function memoryFor(numbers: number, shared: boolean): Runtime {
    const bytes = 8 * numbers + (1 << 16);
    let runtime = memories.get(shared);
    if (!runtime || runtime.capacity < bytes) {
      runtime?.dispose();
      memories.set(shared, (runtime = new Runtime({ bytes: 2 ** Math.ceil(Math.log2(bytes)), shared })));
    }
    return runtime;
  }

  function parameterValues(given: Readonly<Record<string, number | Float64Array>>): (number | Float64Array)[] {
    const stray = Object.keys(given).find((name) => !parameters.includes(name));
    if (stray !== undefined)
      throw new Failure("name", `"${stray}" is not a parameter`, { hint: `parameters: ${parameters.join(", ") || "none"}` }); // oxfmt-ignore
    return parameters.map((name) => {
      if (!Object.hasOwn(given, name)) throw new Failure("usage", `no value is given for the parameter ${name}`);
      const value = given[name];
      if (typeof value !== "number" && !(value instanceof Float64Array))
        throw new Failure("usage", `the parameter ${name} must be a number or a Float64Array`);
      return value;
    });
  }

  const uniform = parameters.map(() => false);
  const codeTarget = linked(uniform, memoryFor(1, false)).target;

  function run({ y, parameters: given = {}, ...stretch }: SingleRun): { t: number; y: Float64Array } {
    const { step, steps, from } = checkStretch(stretch);
    if (y.length !== states.length)
      throw new Failure("usage", `${y.length} initial values, but there are ${states.length} states`);
    const values = parameterValues(given);
    const array = values.findIndex((value) => typeof value !== "number");
    if (array >= 0)
      throw new Failure("usage", `the parameter ${parameters[array]} is an array, but there is one system`, { hint: "use `ensemble`" }); // oxfmt-ignore
    const made = code(uniform);
    const room = fixedStepRoom(made);
    const runtime = memoryFor(states.length + parameters.length + room.work + 8 * tape.op.length, false);
    const kernels = linked(uniform, runtime);
    const mark = runtime.mark();
    try {
      const own = runtime.f64(states.length);
      own.set(Array.from(y));
      const q = runtime.f64(parameters.length);
      q.set(values as number[]);
      const args = [steps, from, step, own.byteOffset, q.byteOffset];
      if (!room.inline) args.push(runtime.f64(room.work).byteOffset, runtime.f64(kernels.scratchLength(tape.name)).byteOffset); // oxfmt-ignore
      kernels.raw.run(...args);
      const wrong = own.findIndex((value) => !Number.isFinite(value));
      if (wrong >= 0)
        throw new Failure("numeric", `${states[wrong]} is ${own[wrong]} after ${steps} steps of ${step}`, {
          hint: "take smaller steps, or use `solve`, which chooses them",
        });
      return { t: from + steps * step, y: Float64Array.from(own) };
    } finally {
      runtime.release(mark);
    }
  }

  function ensemble(options: EnsembleRun): EnsembleResult {
    const { members, y, parameters: given = {}, threads: wanted = 1, ...rest } = options;
    const { step, steps, from } = checkStretch(rest);
    if (!(Number.isInteger(members) && members >= 1)) throw new Failure("usage", `${members} members: a whole number, 1 or more, is needed`); // oxfmt-ignore
    const numbers = states.length * members;
    const check = (array: unknown, length: number, what: string): void => {
      if (!(array instanceof Float64Array)) throw new Failure("usage", `${what} must be a Float64Array`);
      if (array.length !== length)
        throw new Failure("usage", `${what} has ${array.length} elements, but ${length} are needed`);
    };
    check(y, numbers, "the array of initial values");
    const values = parameterValues(given);
    values.forEach((value, j) => typeof value !== "number" && check(value, members, `the array of the parameter ${parameters[j]}`)); // oxfmt-ignore
    const out = options.out ?? new Float64Array(numbers);
    check(out, numbers, "the array for the final states");
    if (out !== y && overlap(out, y) && out.byteOffset !== y.byteOffset)
      throw new Failure("usage", "the array for the final states overlaps that of the initial values without being the same"); // oxfmt-ignore
    values.forEach((value, j) => {
      if (typeof value !== "number" && overlap(value, out))
        throw new Failure("usage", `the array for the final states overlaps that of the parameter ${parameters[j]}`);
    });
    const possible = codeTarget === "wasm" && threadsMissing() === undefined;
    const threads = wanted === "auto" && !possible ? 1 : threadCount(wanted);
    const varying = values.map((value) => typeof value !== "number");
    const own = values.filter((value) => typeof value !== "number");
    const room = fixedStepRoom(code(varying));
    const scratch = room.inline ? 0 : 8 * tape.op.length;
    const slots = threads === 1 ? 1 : Math.min(64, 2 * threads);
    const home = Runtime.of(out);
    const runtime =
      home && (home.shared || threads === 1)
        ? home
        : memoryFor(numbers + (members + 2) * own.length + parameters.length + slots * (room.block + room.work + scratch + 8), threads > 1); // oxfmt-ignore
    const kernels = linked(varying, runtime);
    const mark = runtime.mark();
    try {
      const inside = out.buffer === runtime.memory.buffer;
      const at = inside ? out : runtime.f64(numbers);
      if (at !== y) at.set(y);
      const p = runtime.f64(own.length * members);
      own.forEach((array, row) => p.set(array, row * members));
      const q = runtime.f64(parameters.length);
      values.forEach((value, j) => typeof value === "number" && (q[j] = value));
      const spaces = Array.from({ length: slots }, () => {
        const space = [runtime.f64(room.block).byteOffset];
        if (!room.inline) space.push(runtime.f64(room.work).byteOffset, runtime.f64(kernels.scratchLength(tape.name)).byteOffset); // oxfmt-ignore
        return space;
      });
      // What one thread takes at a time: whole blocks, worth some ten microseconds.
      const perBlock = room.members * Math.max(1, steps) * tableau.b.length * tape.op.length;
      const piece =
        threads === 1
          ? members
          : room.members * Math.max(1, Math.min(Math.ceil(PIECE_OPERATIONS / perBlock), Math.floor(members / (2 * threads * room.members)))); // oxfmt-ignore
      const job: Job = {
        kernels,
        name: "members",
        count: Math.ceil(members / piece),
        slots,
        fill(item, args, slot) {
          const first = item * piece;
          args.set([members, first, Math.min(members, first + piece), steps, from, step, at.byteOffset, p.byteOffset, q.byteOffset]); // oxfmt-ignore
          args.set(spaces[slot], 9);
        },
      };
      runJob(job, threads);
      if (!inside) out.set(at);
    } finally {
      runtime.release(mark);
    }
    return { t: from + steps * step, y: out, lost: lostMembers(out, members) };
  }

  const evidence: Evidence[] = [
    {
      statement: `${tableau.title}, order ${tableau.order}, with steps of fixed size: their error is not estimated`,
      grade: "none",
      method: "compare with half the step, or use `solve`",
    },
  ];
  return {
    states,
    parameters,
    method,
    target: codeTarget,
    run,
    ensemble,
    evidence,
    program: (kind) => fixedStepProgram(code(parameters.map(() => kind === "own"))).program,
    explain() {
      const { program, loops } = fixedStepProgram(code(parameters.map(() => true)));
      return [
        `${tableau.title}, order ${tableau.order}, ${tableau.b.length} stages; target ${codeTarget}`,
        ...loops.done.map((loop) => `vectorised: ${loop}`),
        ...loops.left.map((loop) => `not vectorised: ${loop}`),
        printProgram(program),
      ].join("\n");
    },
    dispose() {
      for (const runtime of memories.values()) runtime.dispose();
      memories.clear();
    },
  };
}

/** The right-hand side as a tape of the time, the states and the parameters. */
function readSystem(
  states: readonly string[],
  rhs: readonly (string | Term)[],
  parameters: readonly string[],
  time: string,
  factor: boolean,
): Tape {
  if (states.length === 0) throw new Failure("usage", "a system needs at least one state");
  if (rhs.length !== states.length)
    throw new Failure("usage", `${rhs.length} right-hand sides, but there are ${states.length} states`);
  const known = new Map<string, Term>();
  const symbols = [...states, ...parameters, time].map((name) => {
    if (known.has(name)) throw new Failure("usage", `the name ${name} is declared twice`);
    const symbol = parse(name, { source: "names", names: () => undefined });
    if (symbol.kind !== Kind.symbol) throw new Failure("name", `"${name}" cannot be the name of a state, a parameter or the time`); // oxfmt-ignore
    known.set(name, symbol);
    return symbol;
  });
  const hint = `declared are ${[...known.keys()].join(", ")}`;
  const terms = rhs.map((each, s) => {
    const term = typeof each === "string" ? parse(each, { source: `right-hand side of ${states[s]}`, names: (name) => known.get(name), closed: hint }) : each; // oxfmt-ignore
    for (const symbol of freeSymbols(term))
      if (known.get(symbol.name) !== symbol)
        throw new Failure("name", `right-hand side of ${states[s]}: "${symbol.name}" is not declared`, { hint });
    if (term.kind === Kind.relation || term.kind === Kind.logic)
      throw new Failure("domain", `right-hand side of ${states[s]}: ${print(term)} is a condition, not a number`);
    return term;
  });
  const n = states.length;
  return lower({
    name: "rhs",
    scalars: [symbols[n + parameters.length]],
    inputs: [
      { name: "y", symbols: symbols.slice(0, n) },
      { name: "p", symbols: symbols.slice(n, n + parameters.length) },
    ],
    outputs: [{ name: "dy", terms: factor ? factorSums(terms) : terms }],
  });
}

function checkStretch({ step, steps, from = 0 }: Stretch): Required<Stretch> {
  if (!(Number.isFinite(step) && step !== 0)) throw new Failure("usage", `a step of ${step}: a finite number other than 0 is needed`); // oxfmt-ignore
  if (!(Number.isInteger(steps) && steps >= 0 && steps < 2 ** 31)) throw new Failure("usage", `${steps} steps: a whole number from 0 to 2^31 - 1 is needed`); // oxfmt-ignore
  if (!Number.isFinite(from)) throw new Failure("usage", `the time at the start is ${from}`);
  return { step, steps, from };
}

function lostMembers(y: Float64Array, members: number): number[] {
  const lost = new Set<number>();
  for (let i = 0; i < y.length; i++) if (!Number.isFinite(y[i])) lost.add(i % members);
  return [...lost].sort((a, b) => a - b);
}

function overlap(a: Float64Array, b: Float64Array): boolean {
  return (
    a.buffer === b.buffer && a.byteOffset < b.byteOffset + b.byteLength && b.byteOffset < a.byteOffset + a.byteLength
  );
}
