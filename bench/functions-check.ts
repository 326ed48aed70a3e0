// node tools/run.mjs bench/functions-check.ts NAME... [--type f32|f64] [--ulp U] [--shard I/N] [--count N] [--seed S] [--processes T]
//   [--target wasm|js|c] [--out FOLDER]: holds functions of room special to the bounds they state. NAME all: every function.
// Of f32, all 2^32 arguments of a function of one argument (or shard I of N of them, every N-th block of 65,536) go through the code in lanes, beside the C
// library's double functions, in lanes too where it has them; functions of two arguments, and all of f64, get random and chosen arguments (--count, default 10^8)
// beside its long double functions (bench/oracle/functions.c). The worst case, and all that come within 10^-6 of the
// bound or above it, are looked at again with BigFloat. Prints a line and writes a JSON document a variant; ends with status 1 if a
// bound does not hold. Needs gcc and the package koffi.
import { fork, spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { cpus, tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { SPECIAL_NAMES, variantsOf } from "calculemus/special";
import { compileLoop, type Float, TWO } from "./functions-code.ts";
import { exactError } from "./functions-exact.ts";
import { chosenArguments, RANGES } from "./functions-arguments.ts";

const BLOCK = 1 << 16;
/** First argument of the processes that share the work. */
const WORKER = "--as-worker";

interface Job {
  /** Path of the compiled oracle. */
  readonly compiled: string;
  readonly name: string;
  readonly type: Float;
  /** Places among the variants of the function. */
  readonly variants: readonly number[];
  readonly target: "wasm" | "js" | "c";
  readonly fused: boolean;
  /** Blocks of this process: every bit pattern, or random ones. */
  readonly exhaustive: boolean;
  /** Block numbers first, first + stride, ... below `end`. */
  readonly first: number;
  readonly stride: number;
  readonly end: number;
  readonly seed: number;
}

interface Worst {
  readonly ulp: number;
  readonly x: number;
  readonly z: number;
  readonly y: number;
}

interface Found {
  readonly count: number;
  readonly worst: Worst;
  /** Results above the bound, by BigFloat. */
  readonly above: number;
  readonly rechecked: number;
}

type Errors = (f: number, x: unknown, z: unknown, y: unknown, n: number, bound: number, where: Int32Array, above: Int32Array) => number; // oxfmt-ignore
interface Oracle {
  find(name: string): number;
  /** Computes the values of a block of arguments. */
  values(f: number, x: unknown, z: unknown, n: number): void;
  /** Errors of results beside those values: the worst; `above` gets the number and the indices of those above the bound. */
  errors: Errors;
  draw(seed: bigint, from: bigint, n: number, ranges: Float64Array, count: number, x: unknown): void;
}

function oracle(path: string, type: Float): Oracle {
  interface Library {
    func(name: string, result: string, parameters: string[]): (...args: unknown[]) => unknown;
  }
  const koffi = createRequire(import.meta.url)("koffi") as { load(path: string): Library };
  const library = koffi.load(path);
  const array = type === "f32" ? "float *" : "double *";
  return {
    find: library.func("find", "int", ["const char *"]) as Oracle["find"],
    values: library.func(`values_${type}`, "void", ["int", array, array, "int"]) as Oracle["values"],
    errors: library.func(`errors_${type}`, "double", ["int", array, array, array, "int", "double", "int32_t *", "int32_t *"]) as Errors, // oxfmt-ignore
    draw: library.func(`draw_${type}`, "void", [
      "uint64_t",
      "uint64_t",
      "int",
      "double *",
      "int",
      array,
    ]) as Oracle["draw"],
  };
}

/** Runs the blocks of a job in this process: what is found of each variant. */
function run(job: Job): Found[] {
  const { name, type, exhaustive } = job;
  const { find, values, errors, draw } = oracle(job.compiled, type);
  const reference = find(name);
  if (reference < 0) throw new Error(`bench/oracle/functions.c has no ${name}`);
  const first = compileLoop(name, type, variantsOf(name, type)[job.variants[0]], { target: job.target, fused: job.fused }); // oxfmt-ignore
  const array = (): Float64Array | Float32Array => first.runtime[type](BLOCK);
  const [x, z, y] = [array(), array(), array()];
  const states = job.variants.map((place) => {
    const { ulp } = variantsOf(name, type)[place];
    const kernels = compileLoop(name, type, variantsOf(name, type)[place], { target: job.target, fused: job.fused, runtime: first.runtime }); // oxfmt-ignore
    return { ulp, kernels, worst: { ulp: -1, x: 0, z: 0, y: 0 } as Worst, above: 0, rechecked: 0 };
  });
  const ranges = Float64Array.from(RANGES[name] ?? [-10, 10]);
  const others = Float64Array.from(RANGES[`${name} second`] ?? [-10, 10]);
  const [where, above] = [new Int32Array(1), new Int32Array(BLOCK + 1)];
  let count = 0;
  const block = (n: number): void => {
    count += n;
    values(reference, x, z, n);
    for (const state of states) {
      if (state.above > 1000) continue;
      state.kernels.raw.map(n, x.byteOffset, z.byteOffset, y.byteOffset);
      const found = errors(reference, x, z, y, n, state.ulp - 1e-6, where, above);
      if (above[0] > 0)
        for (const i of above.subarray(1, above[0] + 1)) {
          const ulp = exactError(name, type, x[i], z[i], y[i]);
          state.rechecked++;
          if (ulp > state.ulp) state.above++;
          if (ulp > state.worst.ulp) state.worst = { ulp, x: x[i], z: z[i], y: y[i] };
          if (state.above > 1000) break;
        }
      else if (found > state.worst.ulp) state.worst = { ulp: found, x: x[where[0]], z: z[where[0]], y: y[where[0]] };
    }
  };
  if (!exhaustive && job.first === 0) {
    const list = chosenArguments(name, type);
    for (let start = 0; start < list.length; start += BLOCK) {
      const part = list.slice(start, start + BLOCK);
      part.forEach(([a, b], i) => ([x[i], z[i]] = [a, b]));
      block(part.length);
    }
  }
  const patterns = new Uint32Array(x.buffer, x.byteOffset, BLOCK);
  for (let b = job.first; b < job.end; b += job.stride) {
    if (exhaustive) for (let i = 0; i < BLOCK; i++) patterns[i] = b * BLOCK + i;
    else {
      draw(BigInt(job.seed), BigInt(b) * BigInt(BLOCK), BLOCK, ranges, ranges.length / 2, x);
      if (TWO.has(name)) draw(BigInt(job.seed) + 977n, BigInt(b) * BigInt(BLOCK), BLOCK, others, others.length / 2, z);
    }
    block(BLOCK);
  }
  return states.map(({ worst, above, rechecked }) => {
    const exact = worst.ulp < 0 ? worst.ulp : exactError(name, type, worst.x, worst.z, worst.y);
    return { count, worst: { ...worst, ulp: exact }, above, rechecked };
  });
}

async function main(): Promise<void> {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      type: { type: "string" }, ulp: { type: "string" }, shard: { type: "string", default: "1/1" }, count: { type: "string", default: "1e8" },
      seed: { type: "string", default: "1" }, processes: { type: "string", default: String(cpus().length) }, target: { type: "string", default: "wasm" },
      fused: { type: "boolean", default: false }, out: { type: "string" },
    },
  }); // oxfmt-ignore
  const names = positionals.length === 1 && positionals[0] === "all" ? SPECIAL_NAMES : positionals;
  if (names.length === 0) throw new Error("name a function, or all");
  for (const name of names) if (!SPECIAL_NAMES.includes(name)) throw new Error(`there is no function ${name}; known: ${SPECIAL_NAMES.join(", ")}`); // oxfmt-ignore
  const [shard, shards] = values.shard.split("/").map(Number);
  if (!(shard >= 1 && shard <= shards)) throw new Error(`--shard is I/N with I from 1 to N, not ${values.shard}`);
  const folder = mkdtempSync(join(tmpdir(), "calculemus-check-"));
  const library = join(folder, "functions.so");
  const source = (name: string): string => fileURLToPath(new URL(`oracle/${name}.c`, import.meta.url));
  const gcc = (...words: string[]): void => {
    const built = spawnSync("gcc", ["-march=native", "-fPIC", ...words], { encoding: "utf8" });
    if (built.status !== 0) throw new Error(`gcc: ${built.stderr}`);
  };
  const lanes = join(folder, "functions-lanes.o");
  gcc("-O3", "-ffast-math", "-c", source("functions-lanes"), "-o", lanes);
  gcc("-O2", "-ffp-contract=off", "-shared", source("functions"), lanes, "-o", library, "-lquadmath", "-lmvec", "-lm");
  try {
    for (const type of ["f32", "f64"] as const) {
      if (values.type !== undefined && values.type !== type) continue;
      for (const name of names) {
        const all = variantsOf(name, type);
        const variants = [...all.keys()].filter((i) => values.ulp === undefined || all[i].ulp === Number(values.ulp));
        if (variants.length === 0) continue;
        const exhaustive = type === "f32" && !TWO.has(name);
        const blocks = exhaustive ? 2 ** 32 / BLOCK : Math.ceil(Number(values.count) / BLOCK);
        // A shard takes every N-th block, so that each one meets all magnitudes.
        const processes = Math.max(1, Math.min(Number(values.processes), Math.floor(blocks / shards)));
        const begin = performance.now();
        const parts = await Promise.all(
          Array.from({ length: processes }, (_, t) => {
            const job: Job = { compiled: library, name, type, variants, target: values.target as "wasm", fused: values.fused, exhaustive, first: shard - 1 + t * shards, stride: processes * shards, end: blocks, seed: Number(values.seed) }; // oxfmt-ignore
            return new Promise<Found[]>((resolve, reject) => {
              const child = fork(fileURLToPath(import.meta.url), [WORKER], { serialization: "advanced" });
              child.once("message", (found) => resolve(found as Found[]));
              child.once("exit", (code) => void (code !== 0 && reject(new Error(`a process of the check ended with status ${code}`)))); // oxfmt-ignore
              child.send(job);
            });
          }),
        );
        const seconds = Math.round((performance.now() - begin) / 1000);
        for (const [j, index] of variants.entries()) {
          const variant = all[index];
          const mine = parts.map((p) => p[j]);
          const worst = mine.map((p) => p.worst).reduce((a, b) => (b.ulp > a.ulp ? b : a));
          const sum = (pick: (p: Found) => number): number => mine.reduce((total, p) => total + pick(p), 0);
          const [count, above, rechecked] = [sum((p) => p.count), sum((p) => p.above), sum((p) => p.rechecked)];
          const complete = exhaustive && shards === 1;
          const result = {
            function: name, type, stated: variant.ulp, source: variant.source, worst: worst.ulp, at: TWO.has(name) ? [worst.x, worst.z] : [worst.x], result: worst.y,
            count, above, rechecked, grade: complete ? "exhaustive" : "sampled", shard: values.shard, seed: exhaustive ? undefined : Number(values.seed),
            target: values.target, fused: values.fused, seconds,
          }; // oxfmt-ignore
          const holds = above === 0 && worst.ulp <= variant.ulp;
          if (!holds) process.exitCode = 1;
          console.log(`${holds ? "holds" : "FAILS"} ${name} ${type} <= ${variant.ulp}: worst ${worst.ulp.toFixed(6)} at ${result.at.join(", ")} gives ${worst.y}; ${count} arguments, ${above} above, ${result.grade}, ${seconds} s`); // oxfmt-ignore
          if (values.out !== undefined) {
            mkdirSync(values.out, { recursive: true });
            const part = shards === 1 ? "" : `-${shard}-of-${shards}`;
            writeFileSync(join(values.out, `${name}-${type}-${index}${part}.json`), `${JSON.stringify(result, undefined, 1)}\n`); // oxfmt-ignore
          }
        }
      }
    }
  } finally {
    rmSync(folder, { recursive: true });
  }
}

if (process.argv[2] === WORKER) process.once("message", (job: Job) => process.send!(run(job), () => process.exit(0)));
else await main();
