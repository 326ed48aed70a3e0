// npm run bench -- functions: elementary functions over arrays of 4096 elements: V8's Math, the C library element by element and by
// gcc's vector functions for AVX2 (bench/peers/functions.c, compiled here), and our code on targets wasm and c in its tiers of accuracy.
// Everything runs in one process over the same arguments; each round times every opponent once, one after the other, and figures are
// medians over the rounds. Without gcc or koffi the columns of C stay empty.
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { engineFeatures, type Kernels, nativeLaneBytes, nativeMissing } from "calculemus/compile";
import { variantsOf } from "calculemus/special";
import { Random } from "calculemus/base";
import { compileLoop, type Float, TWO } from "./functions-code.ts";
import { median, type Report } from "./report.ts";

const N = 4096;
const ROUNDS = 7;

/** Function, range of arguments, wanted ratio to V8, greatest wanted ratio of the code within 1 ulp to the vector functions. */
const CASES: readonly [name: string, type: Float, low: number, high: number, overV8?: number, overVector?: number][] = [
  ["exp", "f64", -10, 10, 3.5, 3], ["log", "f64", 0.01, 100, 2.5, 3], ["sin", "f64", -100, 100, 5, 4], ["cos", "f64", -100, 100, 5, 4],
  ["tan", "f64", -100, 100], ["tanh", "f64", -4, 4, 3, 3], ["pow", "f64", 0.1, 10, 5], ["exp2", "f64", -10, 10], ["expm1", "f64", -2, 2],
  ["log1p", "f64", -0.5, 5], ["atan", "f64", -10, 10], ["asin", "f64", -1, 1], ["sinh", "f64", -5, 5], ["cbrt", "f64", -100, 100], ["erf", "f64", -3, 3],
  ["exp", "f32", -10, 10, 12], ["log", "f32", 0.01, 100], ["sin", "f32", -100, 100], ["tanh", "f32", -4, 4],
]; // oxfmt-ignore

const TIERS: readonly [name: string, ulp: number][] = [["fast", 4], ["standard", 1], ["accurate", 0.55]]; // oxfmt-ignore

type Native = (name: string) => ((...args: unknown[]) => void) | undefined;

/** The functions of bench/peers/functions.c compiled with these flags. */
function native(folder: string, flags: readonly string[]): Native {
  const path = join(folder, `functions${flags.length}.so`);
  const source = fileURLToPath(new URL("peers/functions.c", import.meta.url));
  const built = spawnSync("gcc", [...flags, "-shared", "-fPIC", source, "-o", path, "-lm"], { encoding: "utf8" });
  if (built.status !== 0) return () => undefined;
  const koffi = createRequire(import.meta.url)("koffi") as { load(path: string): { func(name: string, result: string, parameters: string[]): (...args: unknown[]) => void } }; // oxfmt-ignore
  const library = koffi.load(path);
  return (name) => {
    const pointer = name.startsWith("f32") ? "float *" : "double *";
    const arrays = TWO.has(name.slice(4)) ? 3 : 2;
    try {
      return library.func(name, "void", ["int", ...Array.from({ length: arrays }, () => pointer)]);
    } catch {
      return undefined;
    }
  };
}

/** A loop over V8's function, made anew so that it is optimised for this one. */
function ofMath(name: string): (x: ArrayLike<number>, z: ArrayLike<number>, y: { [i: number]: number }) => void {
  const expression = name === "exp2" ? "Math.pow(2, x[i])" : TWO.has(name) ? `Math.${name}(x[i], z[i])` : `Math.${name}(x[i])`; // oxfmt-ignore
  return new Function("x", "z", "y", `for (let i = 0; i < ${N}; i++) y[i] = ${expression};`) as never;
}

/** Nanoseconds an element of one call, from a group of some milliseconds. */
function timed(run: () => void, group: number): number {
  const begin = performance.now();
  for (let i = 0; i < group; i++) run();
  return ((performance.now() - begin) * 1e6) / (group * N);
}

interface Opponent {
  readonly what: string;
  readonly run: () => void;
  group: number;
  readonly times: number[];
}

export function functionsBench(report: Report): void {
  const folder = mkdtempSync(join(tmpdir(), "calculemus-functions-"));
  const compiled = nativeMissing() === undefined;
  const scalar: Native = compiled ? native(folder, ["-O2", "-fno-builtin"]) : () => undefined;
  const vector: Native = compiled ? native(folder, ["-O3", "-ffast-math", "-mavx2", "-mfma"]) : () => undefined;
  const bytes = compiled ? nativeLaneBytes() : 16;
  const rows: string[][] = [];
  try {
    for (const [name, type, low, high, overV8, overVector] of CASES) {
      const random = new Random(5);
      const opponents: Opponent[] = [];
      const all: Kernels[] = [];
      const add = (what: string, run: (() => void) | undefined): void => {
        if (run) opponents.push({ what, run, group: 1, times: [] });
      };
      const fill = (x: Float64Array | Float32Array, z: Float64Array | Float32Array): void => {
        for (let i = 0; i < N; i++) {
          x[i] = low + (high - low) * random.next();
          z[i] = 10 * random.next() - 5;
        }
      };
      const Make = type === "f64" ? Float64Array : Float32Array;
      const [x, z, y] = [new Make(N), new Make(N), new Make(N)];
      fill(x, z);
      if (name !== "erf") {
        const loop = ofMath(name);
        add("V8", () => loop(x, z, y));
      }
      for (const [what, found] of [["glibc", scalar(`${type}_${name}`)], ["libmvec", vector(`${type}_${name}`)]] as const)
        if (found) add(what, TWO.has(name) ? () => found(N, x, z, y) : () => found(N, x, y)); // oxfmt-ignore
      const own = (what: string, options: Parameters<typeof compileLoop>[3], ulp: number): void => {
        const variant = variantsOf(name, type).find((each) => each.ulp <= ulp);
        if (!variant) return;
        const kernels = compileLoop(name, type, variant, options);
        all.push(kernels);
        const [a, b, c] = [0, 1, 2].map(() => kernels.runtime[type](N));
        a.set(x);
        b.set(z);
        const { map } = kernels.raw;
        add(what, () => void map(N, a.byteOffset, b.byteOffset, c.byteOffset));
      };
      for (const [tier, ulp] of TIERS) {
        own(`wasm ${tier}`, { unroll: 4 }, ulp);
        if (compiled) own(`c ${tier}`, { target: "c", bytes, fused: true }, ulp);
      }
      for (const each of opponents) {
        const warm = performance.now();
        while (performance.now() - warm < 60) each.run();
        each.group = Math.max(1, Math.round(4e6 / (N * timed(each.run, 4))));
      }
      for (let round = 0; round < ROUNDS; round++) for (const each of opponents) each.times.push(timed(each.run, each.group)); // oxfmt-ignore
      const time = (what: string): number =>
        median(opponents.find((each) => each.what === what)?.times ?? [Number.NaN]);
      const text = (ns: number): string => (Number.isNaN(ns) ? "-" : ns.toFixed(2));
      const ratio = (a: number, b: number): string => (Number.isNaN(a / b) ? "-" : (a / b).toFixed(2));
      const three = (target: string): string => TIERS.map(([tier]) => text(time(`${target} ${tier}`))).join(" / ");
      const wanted = overV8 === undefined ? "" : ` (>= ${overV8})`;
      rows.push([
        `${name} ${type}`, text(time("V8")), text(time("glibc")), text(time("libmvec")), three("wasm"), three("c"),
        `${ratio(time("V8"), time("wasm fast"))} / ${ratio(time("V8"), time("wasm standard"))}${wanted}`,
        `${ratio(time("wasm standard"), time("libmvec"))}${overVector === undefined ? "" : ` (<= ${overVector})`}`,
        `${ratio(time("c fast"), time("libmvec"))} / ${ratio(time("c standard"), time("libmvec"))} (<= 1)`,
      ]); // oxfmt-ignore
      for (const kernels of all) kernels.dispose();
    }
  } finally {
    rmSync(folder, { recursive: true });
  }
  report.table(
    "Elementary functions over arrays",
    `ns an element of ${N}, medians of ${ROUNDS} interleaved rounds. Ours in three tiers: the cheapest code within 4 units in the last place (fast), within 1 (standard), within 0.55 (accurate); where there is no cheaper code the next tier stands. wasm: 128-bit lanes, ${engineFeatures().relaxedSimd ? "the engine has" : "no"} fused multiply-add, the same bits on every target; c: ${8 * bytes}-bit lanes, fused multiply-add. libmvec: gcc's vector functions for AVX2, at most 4 units. V8's exp2 is pow(2, x); it has no erf. Wanted in brackets.`,
    ["function", "V8 Math", "glibc", "libmvec AVX2", "wasm fast / standard / accurate", "c fast / standard / accurate", "V8 / wasm fast, standard", "wasm standard / libmvec", "c fast, standard / libmvec"], // oxfmt-ignore
    rows,
  );
}
