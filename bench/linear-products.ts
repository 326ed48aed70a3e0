// npm run bench -- linear-products: products of sparse matrices beside Eigen 3.4 and CXSparse (bench/peers/sparse_products.cpp, g++
// -O3 -march=native, processes of their own), and reading of a large Matrix Market file beside SciPy. Each round times every opponent
// once, one after the other; figures are medians over the rounds. CXSparse leaves the entries of its columns unsorted.
import { execFileSync, spawnSync } from "node:child_process";
import {
  createReadStream,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import {
  entryCount, fromTriplets, matrixMarketPieces, multiplySparse, poisson, readMatrixMarket, readMatrixMarketStream, type Sparse,
  SparseMultiplication, SparseProduct,
} from "calculemus/array"; // oxfmt-ignore
import { median, type Report } from "./report.ts";

const here = fileURLToPath(new URL(".", import.meta.url));
const source = join(here, "peers", "sparse_products.cpp");
const built = join(here, "peers", "build", "sparse_products");
const data = join(here, "..", "..", "shared", "data", "matrices");
const ROUNDS = 7;

/** Compiles the peer where it is older than its source; false where Eigen, CXSparse or the compiler is missing. */
function build(): boolean {
  if (existsSync(built) && statSync(built).mtimeMs > statSync(source).mtimeMs) return true;
  mkdirSync(join(here, "peers", "build"), { recursive: true });
  const flags = ["-O3", "-march=native", "-DNDEBUG", "-I/usr/include/eigen3"];
  return spawnSync("g++", [...flags, source, "-o", built, "-lcxsparse"]).status === 0;
}

/** Upwind differences of -div grad u + 200 (sin 7y, cos 5x) grad u on n x n points, scaled by the square of the step. */
export function convectionDiffusion(n: number): Sparse {
  const h = 1 / (n + 1);
  const [row, col, values]: number[][] = [[], [], []];
  const put = (i: number, j: number, to: number, value: number): void => {
    if (i < 0 || j < 0 || i >= n || j >= n) return;
    row.push(to);
    col.push(i * n + j);
    values.push(value);
  };
  for (let i = 0; i < n; i++)
    for (let j = 0; j < n; j++) {
      const [u, v] = [200 * h * Math.sin(7 * (i + 1) * h), 200 * h * Math.cos(5 * (j + 1) * h)];
      const at = i * n + j;
      put(i, j, at, 4 + Math.abs(u) + Math.abs(v));
      put(i, j - 1, at, -1 - Math.max(u, 0));
      put(i, j + 1, at, -1 + Math.min(u, 0));
      put(i - 1, j, at, -1 - Math.max(v, 0));
      put(i + 1, j, at, -1 + Math.min(v, 0));
    }
  return fromTriplets({ rows: n * n, cols: n * n, row, col, values });
}

interface Peer {
  readonly ms: number;
  readonly entries: number;
}

const peer = (what: string, file: string): Peer =>
  JSON.parse(execFileSync(built, [what, file, "5"], { encoding: "utf8" })) as Peer;

function time(run: () => unknown): number {
  const begin = performance.now();
  run();
  return performance.now() - begin;
}

const figure = (ms: number): string => ms.toFixed(ms < 1 ? 4 : ms < 100 ? 2 : 0);

function dump(matrix: Sparse, file: string): void {
  const { rows, cols, ptr, idx, values } = matrix;
  const parts = [Int32Array.of(rows, cols, entryCount(matrix)), ptr, idx, values];
  writeFileSync(file, Buffer.concat(parts.map(({ buffer, byteOffset, byteLength }) => Buffer.from(buffer, byteOffset, byteLength)))); // oxfmt-ignore
}

async function matrices(): Promise<[string, Sparse][]> {
  const list: [string, Sparse][] = [
    ["Poisson 300²", poisson(300)],
    ["Poisson 30³", poisson(30, 3)],
    ["convection-diffusion 150²", convectionDiffusion(150)],
  ];
  const file = join(data, "bcsstk13.mtx.gz");
  if (existsSync(file)) list.push(["bcsstk13", (await readMatrixMarketStream(createReadStream(file))).matrix as Sparse]); // oxfmt-ignore
  return list;
}

async function products(report: Report, folder: string): Promise<void> {
  const rows: string[][] = [];
  for (const [name, a] of await matrices()) {
    const file = join(folder, "matrix");
    dump(a, file);
    const spmv = new SparseProduct(a);
    const [x, y] = [spmv.runtime.f64(a.cols).fill(1), spmv.runtime.f64(a.rows)];
    const again = new SparseMultiplication(a, a);
    const own: Record<string, () => number> = {
      spmv: () => time(() => Array.from({ length: 5 }, () => spmv.apply(x, y))) / 5,
      product: () => time(() => multiplySparse(a, a)),
      again: () => time(() => again.numeric(a, a)),
    };
    for (const run of Object.values(own)) {
      for (let turn = 0; turn < 4; turn++) {
        const begin = performance.now();
        do run();
        while (performance.now() - begin < 80);
        await new Promise((resolve) => setTimeout(resolve, 30));
      }
    }
    const mine: Record<string, number[]> = { spmv: [], product: [], again: [] };
    const theirs: Record<string, Peer[]> = { spmv: [], spmvc: [], eigen: [], csparse: [] };
    for (let round = 0; round < ROUNDS; round++) {
      for (const what of Object.keys(theirs)) theirs[what].push(peer(what, file));
      for (const [what, run] of Object.entries(own)) mine[what].push(median(Array.from({ length: 5 }, run)));
    }
    const add = (what: string, ours: string, beside: string, wanted: string): void => {
      const [m, p] = [median(mine[ours]), median(theirs[beside].map(({ ms }) => ms))];
      rows.push([`${what}, ${name}`, figure(m), figure(p), (m / p).toFixed(2), wanted]);
    };
    const entries = entryCount(again.result);
    if (theirs.eigen[0].entries !== entries) throw new Error(`${name}: ${entries} entries, Eigen ${theirs.eigen[0].entries}`); // oxfmt-ignore
    add("SpMV beside C", "spmv", "spmvc", "<= 1.5");
    add("SpMV beside Eigen", "spmv", "spmv", "");
    add("A A beside Eigen", "product", "eigen", "<= 0.7");
    add("A A beside CXSparse", "product", "csparse", "<= 2");
    add("A A, pattern known, beside Eigen", "again", "eigen", "");
    spmv.dispose();
    again.dispose();
  }
  report.table(
    "Products of sparse matrices",
    "Eigen 3.4 (rows, sorted) and CXSparse (unsorted columns), one thread.",
    ["what", "ms", "peer, ms", "ratio", "wanted"],
    rows,
  );
}

async function reading(report: Report, folder: string): Promise<void> {
  const file = join(folder, "large.mtx");
  const a = convectionDiffusion(560);
  writeFileSync(file, Buffer.concat([...matrixMarketPieces(a)].map((piece) => Buffer.from(piece))));
  const size = statSync(file).size;
  const script = "import sys,time,scipy.io\nb=time.perf_counter()\na=scipy.io.mmread(sys.argv[1]).tocsr()\nprint((time.perf_counter()-b)*1000, a.nnz)"; // oxfmt-ignore
  const [whole, stream, theirs]: number[][] = [[], [], []];
  for (let round = 0; round < 3; round++) {
    const run = spawnSync("/usr/bin/python3", ["-c", script, file], { encoding: "utf8" });
    if (run.status === 0) theirs.push(Number(run.stdout.split(" ")[0]));
    whole.push(time(() => readMatrixMarket(readFileSync(file))));
    const begin = performance.now();
    const { matrix } = await readMatrixMarketStream(createReadStream(file, { highWaterMark: 1 << 20 }));
    stream.push(performance.now() - begin);
    if (entryCount(matrix as Sparse) !== entryCount(a)) throw new Error("the file was read wrongly");
  }
  const scipy = theirs.length > 0 ? median(theirs) : Number.NaN;
  report.table(
    "Reading of a Matrix Market file",
    `${entryCount(a)} entries with 16 or 17 digits, ${(size / 1e6).toFixed(0)} MB, into compressed rows; beside scipy.io.mmread.`,
    ["what", "ms", "SciPy, ms", "ratio"],
    ([["from memory", whole], ["as a stream", stream]] as const).map(([what, times]) => [what, figure(median(times)), figure(scipy), (median(times) / scipy).toFixed(2)]), // oxfmt-ignore
  );
}

export async function linearProducts(report: Report): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), "calculemus-"));
  try {
    if (build()) await products(report, folder);
    else
      report.note("Eigen or CXSparse is not here (libeigen3-dev, libsuitesparse-dev, g++): no comparison of products.");
    await reading(report, folder);
  } finally {
    rmSync(folder, { recursive: true });
  }
}
