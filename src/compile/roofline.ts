// The roofline of a machine: what an operation of each class costs on each target, and what memory delivers by working set.
// After Williams, Waterman, Patterson 2009 (Roofline), with a ceiling for each class of operation instead of one for all.
// A roofline is a value: `defaultRoofline` has figures of an ordinary server core, `measureRoofline` takes those of this machine by
// small kernels in under a second. The command `doctor` stores them; nothing here reads or writes files.
// Left out: several threads, latencies, effects of heat and of neighbours.
import { Failure } from "../base/index.ts";
import { fn, program, tapeFunction, type Block } from "./builder.ts";
import * as ir from "./builder.ts";
import type { Expression, Program } from "./ir.ts";
import { compileProgramSync, type Kernels } from "./kernel.ts";
import { type ClassCounts, noCounts, OPERATION_CLASSES, type OperationClass } from "./mix.ts";
import { contract } from "./passes/contract.ts";
import { hoist } from "./passes/hoist.ts";
import { vectorise } from "./passes/vectorise.ts";
import { Runtime } from "./runtime.ts";
import { Op, TapeBuilder } from "./tape.ts";

export type CostedTarget = Kernels["target"];

/** Nanoseconds on one target. */
export interface TargetCosts {
  readonly scalar: ClassCounts;
  /** Absent where lanes are computed one after the other. */
  readonly lanes?: ClassCounts;
  /** One call of a function of the table: those measured, and `other`. */
  readonly math: Readonly<Record<string, number>>;
  /** A turn of a loop, a call inside the program, a call from JavaScript. */
  readonly turn: number;
  readonly call: number;
  readonly entry: number;
}

export interface Roofline {
  /** The machine, in words. */
  readonly machine: string;
  readonly targets: Readonly<Partial<Record<CostedTarget, TargetCosts>>>;
  /** Bytes of a working set and the bytes a nanosecond that memory delivers there (GB/s), ascending. */
  readonly bandwidth: readonly (readonly [bytes: number, rate: number])[];
}

function counts(values: Partial<ClassCounts>): ClassCounts {
  return { ...noCounts(), ...values };
}

const BASIC: Partial<ClassCounts> = { add: 0.19, mul: 0.14, fused: 0.35, div: 1.05, root: 2.2, compare: 0.15, int: 0.09, long: 0.05, move: 0.1, load: 0.14, store: 0.14 }; // oxfmt-ignore
const LANES: Partial<ClassCounts> = { ...BASIC, add: 0.24, mul: 0.16, fused: 0.2, div: 1.1, compare: 0.28, int: 0.4, long: 0.12, load: 0.3, store: 0.3 }; // oxfmt-ignore

/** Figures of a server core at 3 GHz, Node.js 20, as `measureRoofline` gives them: the order of targets is right on most machines. */
export const defaultRoofline: Roofline = {
  machine: "built-in figures of a server core",
  targets: {
    wasm: {
      scalar: counts(BASIC),
      lanes: counts(LANES),
      math: { exp: 8.4, log: 7.2, sin: 6.6, cos: 6.3, pow: 47, other: 15 },
      turn: 0.14,
      call: 2,
      entry: 28,
    },
    js: {
      scalar: counts({ ...BASIC, long: 1.5, load: 0.32, store: 0.32 }),
      math: { exp: 6.9, log: 5.6, sin: 5.6, cos: 5.1, pow: 42, other: 13 },
      turn: 0.32,
      call: 2,
      entry: 25,
    },
    table: {
      scalar: counts(Object.fromEntries(OPERATION_CLASSES.map((name) => [name, 4.5]))),
      math: { exp: 11.5, log: 10, sin: 10, cos: 9.5, pow: 47, other: 18 },
      turn: 0.32,
      call: 5,
      entry: 250,
    },
    c: {
      scalar: counts({ ...BASIC, fused: 0.19, load: 0.1, store: 0.1 }),
      lanes: counts({ ...BASIC, fused: 0.19, load: 0.15, store: 0.2 }),
      math: { exp: 6, log: 5, sin: 6, cos: 6, pow: 15, other: 10 },
      turn: 0.1,
      call: 1,
      entry: 60,
    },
  },
  bandwidth: [
    [16_384, 38],
    [262_144, 40],
    [4_194_304, 50],
    [33_554_432, 22],
  ],
};

/** Bytes a nanosecond for a working set: between the measured ones by the logarithm of the size. */
export function bandwidthAt({ bandwidth }: Roofline, bytes: number): number {
  if (bytes <= bandwidth[0][0]) return bandwidth[0][1];
  for (let k = 1; k < bandwidth.length; k++) {
    const [[below, slow], [above, fast]] = [bandwidth[k - 1], bandwidth[k]];
    if (bytes > above) continue;
    const at = Math.log(bytes / below) / Math.log(above / below);
    return Math.exp((1 - at) * Math.log(slow) + at * Math.log(fast));
  }
  return bandwidth[bandwidth.length - 1][1];
}

// ---- Measurement ----

/** Elements of the arrays of the small kernels: they stay in the first cache. */
const N = 512;

type Chain = readonly [
  name: OperationClass,
  count: number,
  step: (x: Expression, k: number, block: Block) => Expression,
];

const CHAINS: readonly Chain[] = [
  ["add", 16, (x, k) => ir.add(x, 1 + k / 64)],
  ["mul", 16, (x, k) => ir.mul(x, 1 + k / 64)],
  ["fused", 16, (x, k) => ir.add(ir.mul(x, 0.5), k)],
  ["div", 6, (x, k) => ir.div(x, 1 + k / 64)],
  ["root", 4, (x) => ir.sqrt(x)],
  ["compare", 8, (x, k, block) => block.let("v", ir.select(ir.lt(x, 10 + k), x, ir.f64(k + 0.5)))],
];
const MATH = ["exp", "log", "sin", "cos"] as const;

function map(name: string, value: (x: Expression, k: Block) => Expression): ReturnType<typeof fn> {
  return fn(name, { n: "i32", x: "f64[n]", y: "f64[n]" }, undefined, ({ n, x, y }, k) => {
    k.for("i", 0, n, (i) => k.store(y, i, value(ir.at(x, i), k)));
  });
}

function smallKernels(math: boolean): Program {
  const chain = ([name, count, step]: Chain): ReturnType<typeof fn> =>
    map(name, (x, block) => {
      let value: Expression = block.let("x", x);
      for (let k = 0; k < count; k++) value = step(value, k, block);
      return value;
    });
  const long = map("long", (x) => {
    let value = ir.bits(x, "i64");
    for (let k = 0; k < 12; k++) value = ir.add(value, ir.i64(k + 1));
    return ir.bits(value, "f64");
  });
  const int = fn("int", { n: "i32", x: "i32[n]", y: "i32[n]" }, undefined, ({ n, x, y }, k) => {
    k.for("i", 0, n, (i) => {
      let value: Expression = ir.at(x, i);
      for (let j = 0; j < 12; j++) value = j % 2 === 0 ? ir.add(value, 3 + j) : ir.xor(value, 5 + j);
      k.store(y, i, value);
    });
  });
  const functions = [map("copy", (x) => x), ...CHAINS.map(chain), long, int];
  if (math) {
    functions.push(...MATH.map((name) => map(`math_${name}`, (x) => ir.math(name, x))));
    functions.push(map("math_pow", (x) => ir.math("pow", x, 1.7)));
  }
  return program("roofline", ...functions);
}

/** The least time of a call over several short samples, in ns; `milliseconds` of calls first. */
function least(run: () => void, milliseconds: number): number {
  const begin = performance.now();
  let calls = 0;
  do {
    run();
    calls++;
  } while (performance.now() - begin < milliseconds);
  const group = Math.max(1, Math.round((calls * 0.2) / milliseconds));
  let best = Infinity;
  for (let sample = 0; sample < 3; sample++) {
    const start = performance.now();
    for (let k = 0; k < group; k++) run();
    best = Math.min(best, (performance.now() - start) / group);
  }
  return best * 1e6;
}

/** Milliseconds of calls before a sample. */
const WARM = 1;
/** Rounds over all kernels; the optimising tier of the engine comes in between, so the first does not decide. */
const ROUNDS = 4;
/** Nothing is cheaper than this, ns: differences of noisy times may be negative. */
const FLOOR = 0.02;

interface Loops {
  readonly costs: ClassCounts;
  readonly math: Record<string, number>;
  readonly turn: number;
  readonly entry: number;
}

function measureLoops(target: "wasm" | "js" | "c", lanes: boolean): Loops {
  let code = smallKernels(!lanes);
  if (lanes) code = vectorise(code, { unroll: 4, reassociate: false });
  if (target !== "js") code = contract(code);
  code = hoist(code);
  const runtime = new Runtime({ bytes: 1 << 16 });
  const kernels = compileProgramSync(code, { target, runtime });
  const best = new Map<string, number>();
  let entry = Infinity;
  try {
    const [x, y] = [runtime.f64(N), runtime.f64(N)];
    for (let i = 0; i < N; i++) x[i] = 0.5 + i / N;
    const [from, to] = [x.byteOffset, y.byteOffset];
    for (let round = 0; round < ROUNDS; round++) {
      for (const { name } of code.functions) {
        const run = kernels.raw[name];
        const ns = least(() => void run(N, from, to), WARM);
        best.set(name, Math.min(ns, best.get(name) ?? Infinity));
      }
      const { copy: run } = kernels.raw;
      entry = Math.min(
        entry,
        least(() => void run(0, from, to), WARM),
      );
    }
  } finally {
    kernels.dispose();
    runtime.dispose();
  }
  const copy = best.get("copy")!;
  const beyondCopy = (name: string): number => best.get(name)! - copy;
  /** Operations of one element count for all lanes at once. */
  const elements = lanes ? N / 2 : N;
  const costs = noCounts();
  for (const [name, count] of CHAINS) costs[name] = Math.max(FLOOR, beyondCopy(name) / elements / count);
  // A comparison and a choice are two of their class.
  costs.compare = Math.max(FLOOR, costs.compare / 2);
  costs.long = Math.max(FLOOR, beyondCopy("long") / elements / 12);
  costs.int = Math.max(FLOOR, (best.get("int")! - copy / 2) / (lanes ? N / 4 : N) / 12);
  costs.move = costs.add / 2;
  // A turn of the copy is one load, one store and the loop's own work.
  const third = Math.max(FLOOR, copy / elements / 3);
  costs.load = costs.store = third;
  const math: Record<string, number> = {};
  if (!lanes) {
    for (const name of [...MATH, "pow"]) math[name] = Math.max(FLOOR, beyondCopy(`math_${name}`) / N);
    math.other = MATH.reduce((sum, name) => sum + math[name], math.pow) / (MATH.length + 1);
  }
  return { costs, math, turn: third, entry };
}

/** One instruction of a tape run from its table. */
function measureTable(js: TargetCosts): TargetCosts {
  const builder = new TapeBuilder("t", ["x"], [{ name: "y", length: 1, access: "write" }]);
  let value = builder.emit(Op.scalar, 0);
  for (let k = 0; k < 400; k++) value = builder.emit(k % 2 === 0 ? Op.add : Op.mul, value, builder.constant(1 + (k % 7) / 8)); // oxfmt-ignore
  builder.store(value, 0, 0);
  const tape = builder.build();
  const runtime = new Runtime({ bytes: 1 << 16 });
  const kernels = compileProgramSync(program("table", tapeFunction(tape)), { target: "table", runtime });
  const [y, scratch] = [runtime.f64(1), runtime.f64(kernels.scratchLength("t"))];
  const each = least(() => void kernels.raw.t(1.5, y.byteOffset, scratch.byteOffset), 20 * WARM) / tape.op.length;
  kernels.dispose();
  runtime.dispose();
  const scalar = noCounts();
  for (const name of OPERATION_CLASSES) scalar[name] = Math.max(each, js.scalar[name]);
  const math = Object.fromEntries(Object.entries(js.math).map(([name, ns]) => [name, ns + each]));
  return { ...js, scalar, math, entry: 10 * js.entry };
}

/** Bandwidth of y = x + 3 z at several working sets, on wasm. */
function measureBandwidth(sizes: readonly number[]): [number, number][] {
  const triad = fn("triad", { n: "i32", x: "f64[n]", z: "f64[n]", y: "f64[n]" }, undefined, ({ n, x, z, y }, k) => {
    k.for("i", 0, n, (i) => k.store(y, i, ir.add(ir.at(x, i), ir.mul(3, ir.at(z, i)))));
  });
  const runtime = new Runtime({ bytes: sizes[sizes.length - 1] + 4096 });
  const code = hoist(contract(vectorise(program("bandwidth", triad), { unroll: 4, reassociate: false })));
  const kernels = compileProgramSync(code, { target: "wasm", runtime });
  const mark = runtime.mark();
  const rates = new Map<number, number>();
  // The first round warms the code.
  for (let round = 0; round < 2; round++)
    for (const bytes of sizes) {
      const n = Math.floor(bytes / 24);
      const [x, z, y] = [runtime.f64(n), runtime.f64(n), runtime.f64(n)];
      const ns = least(() => void kernels.raw.triad(n, x.byteOffset, z.byteOffset, y.byteOffset), 2 * WARM);
      runtime.release(mark);
      rates.set(bytes, Math.max(rates.get(bytes) ?? 0, (24 * n) / ns));
    }
  kernels.dispose();
  runtime.dispose();
  return [...rates];
}

export interface RooflineOptions {
  /** The machine, in words. */
  readonly machine: string;
  /** Targets to measure; default wasm, js, table. Target c takes a second of compiling and must be there. */
  readonly targets?: readonly CostedTarget[];
}

/** Measures the roofline of this machine: wasm, js and table in well under a second. Targets not measured keep the built-in figures. */
export function measureRoofline({ machine, targets = ["wasm", "js", "table"] }: RooflineOptions): Roofline {
  const found: Partial<Record<CostedTarget, TargetCosts>> = { ...defaultRoofline.targets };
  for (const target of ["wasm", "js", "c"] as const) {
    if (!targets.includes(target)) continue;
    const { costs, math, turn, entry } = measureLoops(target, false);
    const lanes = target === "js" ? undefined : measureLoops(target, true).costs;
    found[target] = { scalar: costs, lanes, math, turn, entry, call: defaultRoofline.targets[target]!.call };
  }
  if (targets.includes("table")) found.table = measureTable(found.js!);
  return { machine, targets: found, bandwidth: measureBandwidth(defaultRoofline.bandwidth.map(([bytes]) => bytes)) };
}

/** A roofline as it was stored (JSON); a Failure if it is not one. */
export function readRoofline(text: string, source: string): Roofline {
  const wrong = (why: string): never => {
    throw new Failure("syntax", `${source} holds no roofline: ${why}`, { hint: "measure it again: calculemus doctor" });
  };
  let value: Partial<Roofline>;
  try {
    value = JSON.parse(text) as Partial<Roofline>;
  } catch {
    return wrong("it is not JSON");
  }
  const positive = (x: unknown): boolean => typeof x === "number" && x >= 0 && Number.isFinite(x);
  if (typeof value?.machine !== "string" || typeof value.targets !== "object" || !Array.isArray(value.bandwidth))
    return wrong("fields are missing");
  for (const [name, costs] of Object.entries(value.targets))
    for (const group of [costs.scalar, costs.lanes ?? costs.scalar])
      if (typeof group !== "object" || !OPERATION_CLASSES.every((each) => positive(group[each])))
        return wrong(`the costs of ${name} are not numbers`);
  if (
    value.bandwidth.length === 0 ||
    !value.bandwidth.every((pair) => pair.length === 2 && pair.every(positive) && pair[1] > 0)
  )
    // oxfmt-ignore
    return wrong("the bandwidths are not numbers");
  return value as Roofline;
}
