// npm run bench -- linear-direct: sparse factorisations beside CSparse, KLU and Eigen (bench/peers/sparse_direct.cpp, called in this
// process through koffi; their times are taken inside), and beside mathjs and numeric from npm. One thread. Each round times every
// opponent once, one after the other; figures are medians over the rounds, ratios medians of the ratios of one round.
// Matrices: grids, and those of the SuiteSparse collection in the folder --matrices=FOLDER (*.mtx.gz). rajat01 has a pattern only: its
// values come from a generator with seed 12345 (entries off the diagonal in [0.5, 1.5), on it in [10, 10.5) + 0 .. 1).
import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, statSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { gunzipSync } from "node:zlib";
import { fromTriplets, isSymmetric, multiplyVector, poisson, type Sparse, toLayout } from "calculemus/array";
import { analyzeBlockLU, analyzeCholesky, BlockLU, linsolveSync, SparseCholesky, SparseQR } from "calculemus/linear";
import { warm } from "./kernels.ts";
import { convection } from "./linear-systems.ts";
import { median, type Report } from "./report.ts";

const here = fileURLToPath(new URL(".", import.meta.url));
const source = join(here, "peers", "sparse_direct.cpp");
const library = join(here, "peers", "build", "sparse_direct.so");
const ROUNDS = 9;
/** Each figure is a mean over so many calls that they take this long, in ms. */
const SPAN = 15;

type Timer = (repeats: number) => number;
type Name =
  | "csparse_chol_analyze" | "csparse_chol_factor" | "csparse_chol_solve" | "eigen_chol_factor" | "klu_analyze_ms" | "klu_factor_ms" | "klu_refactor_ms" | "klu_solve_ms" | "csparse_lu_factor" | "csparse_qr"; // oxfmt-ignore

interface Peers {
  open(matrix: Sparse): void;
  readonly timers: Readonly<Record<Name, Timer>>;
  readonly choleskyFill: () => number;
  readonly luFill: () => number;
  readonly qrFill: () => number;
}

const NAMES: readonly Name[] = ["csparse_chol_analyze", "csparse_chol_factor", "csparse_chol_solve", "eigen_chol_factor", "klu_analyze_ms", "klu_factor_ms", "klu_refactor_ms", "klu_solve_ms", "csparse_lu_factor", "csparse_qr"]; // oxfmt-ignore

/** The library of peers, compiled where it is older than its source; undefined where something is missing. */
function peers(): Peers | undefined {
  if (!existsSync(library) || statSync(library).mtimeMs < statSync(source).mtimeMs) {
    mkdirSync(join(here, "peers", "build"), { recursive: true });
    const flags = ["-O3", "-march=native", "-DNDEBUG", "-shared", "-fPIC"];
    if (spawnSync("g++", [...flags, source, "-o", library, "-lklu", "-lcxsparse"]).status !== 0) return undefined;
  }
  try {
    const koffi = createRequire(import.meta.url)("koffi") as {
      load(path: string): { func(name: string, result: string, parameters: string[]): (...args: unknown[]) => number };
    };
    const loaded = koffi.load(library);
    const open = loaded.func("open_matrix", "void", ["int", "int *", "int *", "double *"]);
    const entries = NAMES.map((name) => [name, loaded.func(name, "double", ["int"])] as const);
    return {
      open: ({ cols, ptr, idx, values }) => void open(cols, ptr, idx, values),
      timers: Object.fromEntries(entries) as unknown as Peers["timers"],
      choleskyFill: loaded.func("csparse_chol_fill", "double", []),
      luFill: loaded.func("klu_fill", "double", []),
      qrFill: loaded.func("csparse_qr_fill", "double", []),
    };
  } catch {
    return undefined;
  }
}

/** A Matrix Market file of real or no values, general or symmetric, by columns. */
function fromFile(path: string): Sparse {
  const lines = gunzipSync(readFileSync(path)).toString("latin1").split("\n");
  const [symmetric, pattern] = [lines[0].includes("symmetric"), lines[0].includes("pattern")];
  const [size, ...entries] = lines.filter((line) => line !== "" && !line.startsWith("%"));
  const [rows, cols] = size.trim().split(/\s+/).map(Number);
  const [row, col, values]: [number[], number[], number[]] = [[], [], []];
  let seed = 12345;
  for (const line of entries) {
    const [i, j, stored] = line.trim().split(/\s+/).map(Number);
    seed = (Math.imul(seed, 1103515245) + 12345) & 0x7fffffff;
    const v = pattern ? (i === j ? 10 : 0.5) + seed / 2147483647 : stored;
    row.push(i - 1);
    col.push(j - 1);
    values.push(v);
    if (!symmetric || i === j) continue;
    row.push(j - 1);
    col.push(i - 1);
    values.push(v);
  }
  return fromTriplets({ rows, cols, row, col, values }, "csc");
}

/** The mean time of a call, in ms. */
const own =
  (body: () => unknown): Timer =>
  (repeats) => {
    const begin = performance.now();
    for (let k = 0; k < repeats; k++) body();
    return (performance.now() - begin) / repeats;
  };

interface Duel {
  readonly ours: number;
  readonly theirs: number;
  readonly ratio: number;
}

function duel(ours: Timer, theirs: Timer): Duel {
  const often = Math.max(1, Math.round(SPAN / Math.max(ours(1), theirs(1), 1e-4)));
  const rounds = Array.from({ length: ROUNDS }, () => [ours(often), theirs(often)] as const);
  return {
    ours: median(rounds.map(([a]) => a)),
    theirs: median(rounds.map(([, b]) => b)),
    ratio: median(rounds.map(([a, b]) => a / b)),
  };
}

const figure = (ms: number): string => (ms < 0 ? "fails" : ms.toPrecision(3));

function cholesky(report: Report, peer: Peers, systems: readonly (readonly [string, Sparse])[]): Promise<void> {
  return table(report, "Sparse Cholesky", "A = L L^T, analysed once; CSparse with AMD (cs_chol), Eigen's SimplicialLLT with AMD. Fill: entries of L / CSparse's.", async (rows) => {
    for (const [name, matrix] of systems) {
      peer.open(matrix);
      const analysis = analyzeCholesky(matrix);
      const factors = new SparseCholesky(analysis);
      const b = new Float64Array(matrix.rows);
      await warm(() => void [factors.factor(matrix), factors.solve(b.fill(1))]);
      const { timers } = peer;
      const analysed = duel(own(() => analyzeCholesky(matrix)), timers.csparse_chol_analyze); // oxfmt-ignore
      const factored = duel(own(() => factors.factor(matrix)), timers.csparse_chol_factor); // oxfmt-ignore
      const eigen = duel(own(() => factors.factor(matrix)), timers.eigen_chol_factor); // oxfmt-ignore
      const solved = duel(own(() => factors.solve(b.fill(1))), timers.csparse_chol_solve); // oxfmt-ignore
      const fill = (analysis.layout.entries / peer.choleskyFill()).toFixed(2);
      rows.push([`${name}, analysis`, figure(analysed.ours), figure(analysed.theirs), analysed.ratio.toFixed(2), "", `${analysis.ordering}`]);
      rows.push([`${name}, factor`, figure(factored.ours), figure(factored.theirs), factored.ratio.toFixed(2), "<= 2", `fill ${fill}; Eigen ${eigen.ratio.toFixed(2)}`]);
      rows.push([`${name}, solve`, figure(solved.ours), figure(solved.theirs), solved.ratio.toFixed(2), "", ""]);
      factors.dispose();
    }
  }); // oxfmt-ignore
}

function lu(report: Report, peer: Peers, systems: readonly (readonly [string, Sparse])[]): Promise<void> {
  return table(report, "Sparse LU", "Analysed once; KLU with its defaults (block triangular form, AMD, pivot tolerance 1e-3). Fill: entries of L and U / KLU's, wanted <= 1.2.", async (rows) => {
    for (const [name, matrix] of systems) {
      peer.open(matrix);
      const analysis = analyzeBlockLU(matrix);
      const factors = new BlockLU(analysis);
      const b = new Float64Array(matrix.rows);
      const { timers } = peer;
      const { values } = matrix;
      await warm(() => void [factors.factor(values), factors.refactor(values), factors.solve(b.fill(1))]);
      const analysed = duel(own(() => analyzeBlockLU(matrix)), timers.klu_analyze_ms); // oxfmt-ignore
      const factored = duel(own(() => factors.factor(values)), timers.klu_factor_ms); // oxfmt-ignore
      const fill = factors.entries / peer.luFill();
      const again = duel(own(() => factors.refactor(values)), timers.klu_refactor_ms); // oxfmt-ignore
      const solved = duel(own(() => factors.solve(b.fill(1))), timers.klu_solve_ms); // oxfmt-ignore
      const csparse = duel(own(() => factors.factor(values)), timers.csparse_lu_factor); // oxfmt-ignore
      rows.push([`${name}, analysis`, figure(analysed.ours), figure(analysed.theirs), analysed.ratio.toFixed(2), "", ""]);
      rows.push([`${name}, factor`, figure(factored.ours), figure(factored.theirs), factored.ratio.toFixed(2), "<= 2", `fill ${fill.toFixed(2)}; CSparse ${csparse.theirs < 0 ? "fails" : csparse.ratio.toFixed(2)}`]);
      rows.push([`${name}, refactor`, figure(again.ours), figure(again.theirs), again.ratio.toFixed(2), "<= 2", ""]);
      rows.push([`${name}, solve`, figure(solved.ours), figure(solved.theirs), solved.ratio.toFixed(2), "", ""]);
      factors.dispose();
    }
  }); // oxfmt-ignore
}

function qr(report: Report, peer: Peers, systems: readonly (readonly [string, Sparse])[]): Promise<void> {
  return table(report, "Sparse QR", "Order and Householder vectors; CSparse (cs_sqr with minimum degree of A^T A, cs_qr). Fill: entries of R and the vectors / CSparse's.", async (rows) => {
    for (const [name, matrix] of systems) {
      peer.open(matrix);
      let factors = new SparseQR(matrix);
      await warm(() => void (factors = new SparseQR(matrix)));
      const both = duel(own(() => new SparseQR(matrix)), peer.timers.csparse_qr); // oxfmt-ignore
      const { r, vectors } = factors.entries;
      rows.push([name, figure(both.ours), figure(both.theirs), both.ratio.toFixed(2), "", `fill ${((r + vectors) / peer.qrFill()).toFixed(2)}; ${factors.pivots} pivots of ${matrix.cols}`]);
    }
  }); // oxfmt-ignore
}

async function table(report: Report, title: string, text: string, fill: (rows: string[][]) => Promise<void>): Promise<void> {
  const rows: string[][] = [];
  await fill(rows);
  report.table(title, `Times in ms. ${text}`, ["what", "ms", "peer, ms", "ratio", "wanted", "remark"], rows);
} // oxfmt-ignore

interface MathJs {
  slu(matrix: unknown, order: number, threshold: number): unknown;
  lusolve(factors: unknown, b: unknown): unknown;
  SparseMatrix: new (data: { values: number[]; index: number[]; ptr: number[]; size: [number, number] }) => unknown;
}
interface Numeric {
  ccsLUP(a: readonly number[][]): unknown;
  ccsLUPSolve(factors: unknown, b: readonly number[]): number[];
}

/** Factors and one solution beside what npm has, which analyses each time. */
async function scripts(report: Report, systems: readonly (readonly [string, Sparse])[]): Promise<void> {
  const folder = join(here, "peers", "build", "node");
  const load = (name: string): unknown =>
    existsSync(join(folder, "node_modules", name)) ? createRequire(join(folder, "package.json"))(name) : undefined;
  const mathjs = load("mathjs") as MathJs | undefined;
  const numeric = load("numeric") as Numeric | undefined;
  const rows: string[][] = [];
  for (const [name, matrix] of systems) {
    const { cols: n, ptr, idx, values } = matrix;
    const b = Array.from({ length: n }, () => 1);
    const kept = new BlockLU(analyzeBlockLU(matrix));
    const solve = (factors: BlockLU): Float64Array => {
      factors.factor(values);
      const x = Float64Array.from(b);
      factors.solve(x);
      return x;
    };
    const again = own(() => solve(kept));
    const all = own(() => {
      const factors = new BlockLU(analyzeBlockLU(matrix));
      solve(factors);
      factors.dispose();
    });
    const plain = [ptr, idx, values].map((part) => Array.from(part));
    const beside = async (body: (() => ArrayLike<unknown>) | undefined): Promise<string[]> => {
      if (!body) return ["-", "-"];
      try {
        const time = own(body);
        const x = Float64Array.from((body() as object).valueOf() as ArrayLike<unknown>, Number);
        const residual = multiplyVector(matrix, x).reduce((most, v, i) => Math.max(most, Math.abs(v - b[i])), 0);
        const wrong = residual < 1e-4 ? "" : `, residual ${residual.toExponential(0)}`;
        // What takes long is run once.
        const first = time(1);
        if (first < 200) await warm(body);
        const ratios = Array.from({ length: first < 2000 ? 5 : 1 }, () => {
          const theirs = time(Math.max(1, Math.round(SPAN / first)));
          return [theirs / again(Math.max(1, Math.round(SPAN / again(1)))), theirs / all(3)] as const;
        });
        return [median(ratios.map(([r]) => r)), median(ratios.map(([, r]) => r))].map((ratio) => `${ratio < 10 ? ratio.toFixed(1) : ratio.toFixed(0)}x${wrong}`); // oxfmt-ignore
      } catch (error) {
        return [`fails: ${(error as Error).message}`, "-"];
      }
    };
    await warm(() => void [again(1), all(1)]);
    rows.push([
      name,
      again(100).toPrecision(3),
      ...(await beside(mathjs && (() => mathjs.lusolve(mathjs.slu(new mathjs.SparseMatrix({ values: plain[2], index: plain[1], ptr: plain[0], size: [n, n] }), 1, 1e-3), b) as ArrayLike<unknown>))),
      ...(await beside(numeric && (() => numeric.ccsLUPSolve(numeric.ccsLUP(plain), b)))),
    ]); // oxfmt-ignore
    kept.dispose();
  }
  report.table("Sparse LU in JavaScript", "Ours: factor with pivot search and one solution, ms. Then how many times longer mathjs (slu with its order of A + A^T, threshold 1e-3; wanted >= 50x) and numeric (ccsLUP; wanted >= 15x) take, beside that and beside ours with the analysis, which they cannot keep.", ["matrix", "ms", "mathjs", "with our analysis", "numeric", "with our analysis"], rows); // oxfmt-ignore
}

/** Right sides with one and ten entries, spread evenly, beside the dense solve of the same factors. */
async function sparseSides(report: Report, definite: readonly (readonly [string, Sparse])[], general: readonly (readonly [string, Sparse])[]): Promise<void> {
  const rows: string[][] = [];
  const measure = async (name: string, n: number, factors: SparseCholesky | BlockLU): Promise<void> => {
    const b = new Float64Array(n);
    const dense = own(() => factors.solve(b.fill(1)));
    const beside = async (count: number, all: boolean): Promise<string> => {
      const indices = Array.from({ length: count }, (_, k) => Math.floor(((k + 0.5) * n) / count));
      const side = { indices, values: indices.map(() => 1) };
      const body = (): unknown => factors.solveSparse(side, all ? {} : { wanted: indices });
      await warm(() => void body());
      const { ours, ratio } = duel(own(body), dense);
      return `${figure(ours)} (${(1 / ratio).toPrecision(2)}x)`;
    };
    await warm(() => void dense(1));
    rows.push([name, figure(dense(Math.max(1, Math.round(SPAN / dense(1))))), await beside(1, false), await beside(10, false), await beside(1, true)]);
    factors.dispose();
  };
  for (const [name, matrix] of definite) {
    const factors = new SparseCholesky(analyzeCholesky(matrix));
    factors.factor(matrix);
    await measure(`${name}, Cholesky`, matrix.rows, factors);
  }
  for (const [name, matrix] of general) {
    const factors = new BlockLU(analyzeBlockLU(matrix));
    factors.factor(matrix.values);
    await measure(`${name}, LU`, matrix.rows, factors);
  }
  report.table("Right sides with few entries", "solveSparse: times in ms, and how many times longer the dense solve with the same factors takes. One or ten entries of b, spread evenly, and the same entries of x wanted; then one entry of b and all of x.", ["matrix", "dense, ms", "1 entry, 1 wanted", "10 entries, 10 wanted", "1 entry, all of x"], rows);
} // oxfmt-ignore

/** What is left of the residual after refinement. */
function residuals(report: Report, systems: readonly (readonly [string, Sparse])[]): void {
  const rows = systems.map(([name, matrix]) => {
    const methods = ["sparse-lu", ...(isSymmetric(matrix) ? ["sparse-cholesky"] : [])];
    return methods.map((method) => {
      const { status, residual, backwardError, condition } = linsolveSync(matrix, new Float64Array(matrix.rows).fill(1), { method }); // oxfmt-ignore
      return [name, method, status, residual.toExponential(1), backwardError.toExponential(1), condition.toExponential(1)]; // oxfmt-ignore
    });
  });
  report.table("Residuals", "A x = (1, ..., 1) by linsolve with the method given: |b - A x| / |b| after refinement, wanted <= 1e-10.", ["matrix", "method", "status", "residual", "backward error", "condition"], rows.flat()); // oxfmt-ignore
}

export async function linearDirectBench(report: Report): Promise<void> {
  const folder = process.argv.find((word) => word.startsWith("--matrices="))?.slice(11) ?? join(here, "matrices");
  const files = ["bcsstk13", "rajat01", "adder_dcop_05", "west0479", "impcol_a"].filter((name) => existsSync(join(folder, `${name}.mtx.gz`))); // oxfmt-ignore
  const read = new Map(files.map((name) => [name, fromFile(join(folder, `${name}.mtx.gz`))]));
  const named = (...names: string[]): [string, Sparse][] => names.flatMap((name) => (read.has(name) ? [[name, read.get(name)!]] : [])); // oxfmt-ignore
  const columns = (matrix: Sparse): Sparse => toLayout(matrix, "csc");
  const general: [string, Sparse][] = [...named("rajat01", "adder_dcop_05", "west0479", "impcol_a"), ["convection-diffusion 150²", columns(convection(150, 200))]]; // oxfmt-ignore
  const definite: [string, Sparse][] = [["Poisson 300²", columns(poisson(300))], ["Poisson 20³", columns(poisson(20, 3))], ...named("bcsstk13")]; // oxfmt-ignore
  const peer = peers();
  if (peer) {
    await cholesky(report, peer, definite);
    await lu(report, peer, general);
    await qr(report, peer, [...general.slice(1, -1), ["convection-diffusion 60²", columns(convection(60, 200))]]);
  } else report.note("The peers in C could not be built: koffi, g++, libsuitesparse-dev and libeigen3-dev are needed.");
  // The grid is smaller, and rajat01 is left out: mathjs takes minutes for them.
  await scripts(report, [
    ...general.slice(0, -1).filter(([name]) => name !== "rajat01"),
    ["convection-diffusion 40²", columns(convection(40, 200))],
  ]);
  await sparseSides(report, definite, general);
  residuals(report, [...named("bcsstk13"), ...general]);
}
