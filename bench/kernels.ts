// npm run bench -- kernels: the kernels of calculemus/compile on target wasm beside the same loops in C (gcc -O3 -march=native),
// OpenBLAS on one thread, and JavaScript libraries. Peers come by bench/peers/install.sh; absent ones are left out of the table.
// Each round times every opponent once, one after the other; figures are medians over the rounds, so that a change of the
// machine's load meets all of them. C runs in processes of its own, each call warmed up first.
import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { setFlagsFromString } from "node:v8";
import { engineFeatures, nativeMissing, NumericKernels, type RealArray } from "calculemus/compile";
import { median, type Report } from "./report.ts";

const peers = join(fileURLToPath(new URL(".", import.meta.url)), "peers", "build");
const native = join(peers, "kernels");
const ROUNDS = 5;
/** Calls a round, after one that does not count. */
const CALLS = 5;

/** Milliseconds of one call in C, or NaN where the program lacks it. */
export function nativeTime(name: string, n: number): number {
  if (!existsSync(native)) return Number.NaN;
  const run = spawnSync(native, [name, String(n), String(CALLS)], { encoding: "utf8" });
  return run.status === 0 ? (JSON.parse(run.stdout) as { ms: number }).ms : Number.NaN;
}

/** Median of several calls. Short ones are timed in groups. */
export function timeOf(run: () => void): number {
  const begin = performance.now();
  run();
  const group = Math.max(1, Math.min(1000, Math.floor(1 / (performance.now() - begin))));
  const times = Array.from({ length: CALLS }, () => {
    const start = performance.now();
    for (let i = 0; i < group; i++) run();
    return (performance.now() - start) / group;
  });
  return median(times);
}

/** Calls until the engine's optimising tier has had its time. */
export async function warm(run: () => void): Promise<void> {
  for (let turn = 0; turn < 3; turn++) {
    const begin = performance.now();
    do run();
    while (performance.now() - begin < 60);
    await new Promise((resolve) => setTimeout(resolve, 30));
  }
}

interface Case {
  readonly what: string;
  readonly run: () => void;
  /** Name and size in bench/peers/kernels.c. */
  readonly peer: readonly [string, number];
  readonly bytes?: number;
  readonly flops?: number;
  readonly wanted: string;
}

const number = (i: number): number => ((i * 7919) % 1000) / 1000 - 0.5;

/** The 5-point Laplacian on n x n points in compressed rows. */
export function laplacian(n: number): {
  rows: number;
  columns: number;
  start: Int32Array;
  index: Int32Array;
  value: Float64Array;
} {
  // oxfmt-ignore
  const [start, index, value] = [new Int32Array(n * n + 1), new Int32Array(5 * n * n), new Float64Array(5 * n * n)];
  let p = 0;
  for (let i = 0; i < n; i++)
    for (let j = 0; j < n; j++) {
      const row = i * n + j;
      const put = (column: number, x: number): void => {
        index[p] = column;
        value[p++] = x;
      };
      if (i > 0) put(row - n, -1);
      if (j > 0) put(row - 1, -1);
      put(row, 4);
      if (j < n - 1) put(row + 1, -1);
      if (i < n - 1) put(row + n, -1);
      start[row + 1] = p;
    }
  return { rows: n * n, columns: n * n, start, index: index.subarray(0, p), value: value.subarray(0, p) };
}

/** Best of the bandwidths of C, GB/s: the limit that loops out of cache meet. */
function bandwidth(n: number): number {
  return Math.max(...["copy", "triad", "dot"].map((name) => ((name === "copy" ? 16 : name === "dot" ? 16 : 24) * n) / nativeTime(name, n) / 1e6)); // oxfmt-ignore
}

async function memoryBound(report: Report): Promise<void> {
  const N = 1 << 22;
  const k = new NumericKernels({ bytes: 400 << 20 });
  const raw = k.kernels.raw;
  const [a, b, c] = [0, 1, 2].map(() => {
    const array = k.array(N);
    for (let i = 0; i < N; i++) array[i] = number(i);
    return array;
  });
  const [A, B, C] = [a, b, c].map((array) => array.byteOffset);
  const grid = laplacian(1024);
  const matrix = k.sparse(grid);
  const entries = grid.value.length;
  const [x, y] = [a.subarray(0, 1 << 20), b.subarray(0, 1 << 20)];
  const inCache = 20_000;
  const cgWork = k.array(3 * grid.rows + 1);
  const solution = k.array(grid.rows);
  const [starts, indices, values] = [k.runtime.i32(grid.rows + 1), k.runtime.i32(entries), k.array(entries)];
  starts.set(grid.start);
  indices.set(grid.index);
  values.set(grid.value);
  const cases: Case[] = [
    { what: "copy, 2^22", run: () => raw.copyF64(N, A, C), peer: ["copy", N], bytes: 16 * N, wanted: "" },
    { what: "scale, 2^22", run: () => raw.scaleF64(N, 3, A, C), peer: ["scale", N], bytes: 16 * N, wanted: "" },
    { what: "sum, 2^22", run: () => raw.sumF64(N, A, B, C), peer: ["sum", N], bytes: 24 * N, wanted: "" },
    { what: "triad, 2^22", run: () => raw.triadF64(N, 3, A, B, C), peer: ["triad", N], bytes: 24 * N, wanted: "<= 1.55" },
    { what: "AXPY, 2^22", run: () => raw.axpyF64(N, 1e-9, A, C), peer: ["axpy", N], bytes: 24 * N, flops: 2 * N, wanted: "<= 1.55" },
    { what: "dot, 2^22", run: () => raw.dotF64(N, A, B), peer: ["dot", N], bytes: 16 * N, flops: 2 * N, wanted: "" },
    { what: "AXPY, 20,000 (L2)", run: () => raw.axpyF64(inCache, 1e-9, A, C), peer: ["axpy", inCache], bytes: 24 * inCache, flops: 2 * inCache, wanted: "" },
    { what: "triad, 20,000 (L2)", run: () => raw.triadF64(inCache, 3, A, B, C), peer: ["triad", inCache], bytes: 24 * inCache, flops: 2 * inCache, wanted: "" },
    { what: "dot, 20,000 (L2)", run: () => raw.dotF64(inCache, A, B), peer: ["dot", inCache], bytes: 16 * inCache, flops: 2 * inCache, wanted: "" },
    { what: "GEMV, 2048", run: () => raw.gemvF64(0, 2048, 2048, 1, A, 2048, B, 0, C), peer: ["gemv", 2048], bytes: 8 * N, flops: 2 * N, wanted: "" },
    { what: "SpMV, 5-point 1024^2", run: () => void matrix.multiply(x, y), peer: ["spmv", 1024], bytes: 12 * entries + 20 * grid.rows, flops: 2 * entries, wanted: "<= 1.55" },
    { what: "Jacobi 2-D, 1024^2", run: () => raw.jacobi2F64(1, 1023, 1024, 1024, A, B, C), peer: ["jacobi2", 1024], bytes: 24 << 20, flops: 5 << 20, wanted: "<= 1.55" },
    { what: "Jacobi 2-D, 2048^2", run: () => raw.jacobi2F64(1, 2047, 2048, 2048, A, B, C), peer: ["jacobi2", 2048], bytes: 96 << 20, flops: 5 << 22, wanted: "<= 1.55" },
    { what: "Jacobi 3-D, 128^3", run: () => raw.jacobi3F64(1, 127, 128, 128, 128, A, B, C), peer: ["jacobi3", 128], bytes: 24 << 21, flops: 7 << 21, wanted: "<= 1.55" },
    {
      what: "CG, 10 steps, 5-point 1024^2",
      run: () => {
        solution.fill(0);
        raw.cgF64(grid.rows, entries, starts.byteOffset, indices.byteOffset, values.byteOffset, A, solution.byteOffset, cgWork.byteOffset, 0, 10);
      },
      peer: ["cg", 1024], flops: 10 * (2 * entries + 10 * grid.rows), wanted: "<= 1.3",
    },
  ]; // oxfmt-ignore
  const limit = bandwidth(N);
  const rows: string[][] = [];
  for (const each of cases) {
    await warm(each.run);
    const own: number[] = [];
    const theirs: number[] = [];
    for (let round = 0; round < ROUNDS; round++) {
      own.push(timeOf(each.run));
      theirs.push(nativeTime(...each.peer));
    }
    const [ms, peer] = [median(own), median(theirs)];
    rows.push([
      each.what,
      ms.toFixed(ms < 0.1 ? 4 : 2),
      Number.isNaN(peer) ? "-" : peer.toFixed(peer < 0.1 ? 4 : 2),
      Number.isNaN(peer) ? "-" : (ms / peer).toFixed(2),
      each.wanted,
      each.bytes ? (each.bytes / ms / 1e6).toFixed(1) : "-",
      each.flops ? (each.flops / ms / 1e6).toFixed(2) : "-",
    ]);
  }
  k.dispose();
  report.table(
    "Memory-bound kernels",
    `Target wasm on one thread, ${engineFeatures().relaxedSimd ? "with" : "without"} fused multiply-add; C by gcc -O3 -march=native, one thread. Bytes are those that must move once. The largest bandwidth that the C loops reached out of cache in this run: ${limit.toFixed(1)} GB/s.`,
    ["kernel", "ms", "C, ms", "ratio", "wanted", "GB/s", "GFLOP/s"],
    rows,
  );
}

interface Matrices {
  readonly n: number;
  readonly a: RealArray;
  readonly b: RealArray;
}

/** Products by JavaScript libraries, as far as they are installed. */
async function libraries({ n, a, b }: Matrices): Promise<{ what: string; run: () => void }[]> {
  const folder = join(peers, "node", "package.json");
  if (!existsSync(folder)) return [];
  const load = createRequire(folder);
  const found: { what: string; run: () => void }[] = [];
  const single = a instanceof Float32Array;
  const attempt = async (add: () => void | Promise<void>): Promise<void> => {
    try {
      await add();
    } catch (error) {
      if ((error as { code?: string }).code !== "MODULE_NOT_FOUND") throw error;
    }
  };
  await attempt(() => {
    type Product = (order: string, ta: string, tb: string, m: number, n: number, k: number, alpha: number, a: RealArray, lda: number, b: RealArray, ldb: number, beta: number, c: RealArray, ldc: number) => void; // oxfmt-ignore
    const product = load(single ? "@stdlib/blas/base/sgemm" : "@stdlib/blas/base/dgemm") as Product;
    const c = a.slice();
    found.push({ what: "@stdlib/blas", run: () => product("row-major", "no-transpose", "no-transpose", n, n, n, 1, a, n, b, n, 0, c, n) }); // oxfmt-ignore
  });
  if (!single)
    await attempt(() => {
      const { Matrix } = load("ml-matrix") as { Matrix: { from1DArray(r: number, c: number, x: RealArray): { mmul(y: unknown): unknown } } }; // oxfmt-ignore
      const [x, y] = [Matrix.from1DArray(n, n, a), Matrix.from1DArray(n, n, b)];
      found.push({ what: "ml-matrix", run: () => void x.mmul(y) });
    });
  else
    await attempt(async () => {
      interface Tensor {
        dataSync(): unknown;
        dispose(): void;
      }
      const tf = load("@tensorflow/tfjs-core") as { setBackend(name: string): Promise<boolean>; ready(): Promise<void>; tensor2d(x: RealArray, shape: number[]): Tensor; matMul(x: Tensor, y: Tensor): Tensor }; // oxfmt-ignore
      const backend = load("@tensorflow/tfjs-backend-wasm") as { setWasmPaths(path: string): void };
      backend.setWasmPaths(join(peers, "node", "node_modules", "@tensorflow", "tfjs-backend-wasm", "wasm-out/"));
      await tf.setBackend("wasm");
      await tf.ready();
      const [x, y] = [a, b].map((m) => tf.tensor2d(m, [n, n]));
      found.push({
        what: "tfjs-backend-wasm",
        run: () => {
          const c = tf.matMul(x, y);
          c.dataSync();
          c.dispose();
        },
      });
    });
  return found;
}

async function products(report: Report): Promise<void> {
  const n = 512;
  const rows: string[][] = [];
  for (const real of ["f64", "f32"] as const) {
    const k = new NumericKernels<RealArray>({ real });
    const [a, b, c] = [0, 1, 2].map(() => k.array(n * n));
    for (let i = 0; i < n * n; i++) [a[i], b[i]] = [number(i), number(3 * i + 1)];
    const own = { what: `Calculemus wasm ${real}`, run: () => void k.gemm(a, b, { m: n, n, k: n, c }) };
    const others = await libraries({ n, a: a.slice(), b: b.slice() });
    const compiled = nativeMissing() ? undefined : new NumericKernels<RealArray>({ real, target: "c" });
    if (compiled) {
      const [x, y, z] = [a, b, c].map((each) => {
        const array = compiled.array(n * n);
        array.set(each);
        return array;
      });
      others.push({ what: "Calculemus c", run: () => void compiled.gemm(x, y, { m: n, n, k: n, c: z }) });
    }
    const blas = real === "f64" ? "dgemm" : "sgemm";
    await warm(own.run);
    for (const other of others) other.run();
    const times = new Map<string, number[]>();
    const note = (what: string, ms: number): void => void times.set(what, [...(times.get(what) ?? []), ms]);
    for (let round = 0; round < ROUNDS; round++) {
      note(own.what, timeOf(own.run));
      note(`OpenBLAS ${blas}, one thread`, nativeTime(blas, n));
      if (real === "f64") note("C, i-k-j loops, gcc -O3 -march=native", nativeTime("gemm", n));
      for (const other of others) {
        const begin = performance.now();
        other.run();
        const once = performance.now() - begin;
        note(`${other.what} ${real}`, once > 200 ? once : timeOf(other.run));
      }
    }
    const ours = median(times.get(own.what)!);
    for (const [what, list] of times) {
      const ms = median(list);
      if (Number.isNaN(ms)) continue;
      const wanted = what.startsWith("OpenBLAS") ? ">= 0.3" : /stdlib|ml-matrix/.test(what) ? ">= 20" : what.startsWith("tfjs") ? ">= 1" : ""; // oxfmt-ignore
      rows.push([what, ms.toFixed(2), ((2 * n ** 3) / ms / 1e6).toFixed(1), (ms / ours).toFixed(2), wanted]);
    }
    k.dispose();
    compiled?.dispose();
  }
  report.table(
    "Matrix products, 512 x 512",
    "One thread each. The last figures: how many times faster Calculemus is (below 1: slower). The limit of 128-bit lanes is a quarter of that of 512-bit ones, a half of that of 256-bit ones.",
    ["product", "ms", "GFLOP/s", "time / ours", "wanted"],
    rows,
  );
}

async function softmax(report: Report): Promise<void> {
  const rows: string[][] = [];
  for (const real of ["f32", "f64"] as const)
    for (const n of [10_000, 1 << 23]) {
      const k = new NumericKernels<RealArray>({ real, bytes: 150 << 20 });
      const [x, y] = [k.array(n), k.array(n)];
      for (let i = 0; i < n; i++) x[i] = 20 * number(i);
      const runs = ([2, 3] as const).map((passes) => () => void k.softmax(x, { passes, y }));
      for (const run of runs) await warm(run);
      const times: number[][] = [[], [], []];
      for (let round = 0; round < ROUNDS; round++) {
        runs.forEach((run, i) => times[i].push(timeOf(run)));
        if (real === "f32") times[2].push(nativeTime("softmax3", n));
      }
      const [two, three] = [median(times[0]), median(times[1])];
      const nanoseconds = (ms: number): string => ((ms / n) * 1e6).toFixed(2);
      const peer = real === "f32" ? median(times[2]) : Number.NaN;
      rows.push([`${real}, ${n}`, nanoseconds(two), nanoseconds(three), (three / two).toFixed(2), Number.isNaN(peer) ? "-" : nanoseconds(peer)]); // oxfmt-ignore
      k.dispose();
    }
  report.table(
    "Softmax",
    "Nanoseconds an element. The loops in C call expf of the system's library.",
    ["elements", "two passes", "three passes", "three / two", "three passes in C"],
    rows,
  );
}

export async function kernels(report: Report): Promise<void> {
  if (!engineFeatures().relaxedSimd && process.version.startsWith("v20")) setFlagsFromString("--experimental-wasm-relaxed-simd"); // oxfmt-ignore
  if (!existsSync(native)) report.note("The peers in C are not built: run bench/peers/install.sh");
  await products(report);
  await memoryBound(report);
  await softmax(report);
}
