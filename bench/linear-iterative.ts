// npm run bench -- linear-iterative: sparse products and preconditioned conjugate gradients beside Eigen 3.4 and a plain loop in C
// (bench/peers/eigen_sparse.cpp, g++ -O3 -march=native, processes of their own), on Poisson matrices, right side of ones, tolerance 1e-8.
// Each round times every opponent once, one after the other; figures are medians over the rounds.
import { execFileSync, spawnSync } from "node:child_process";
import { existsSync, mkdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { poisson, SparseProduct } from "calculemus/array";
import { amg, cg, ic0, jacobiPreconditioner } from "calculemus/linear";
import { median, type Report } from "./report.ts";

const here = fileURLToPath(new URL(".", import.meta.url));
const source = join(here, "peers", "eigen_sparse.cpp");
const built = join(here, "peers", "build", "eigen_sparse");
const ROUNDS = 5;

/** Compiles the peer where it is older than its source; false where Eigen or the compiler is missing. */
function build(): boolean {
  if (existsSync(built) && statSync(built).mtimeMs > statSync(source).mtimeMs) return true;
  mkdirSync(join(here, "peers", "build"), { recursive: true });
  const flags = ["-O3", "-march=native", "-DNDEBUG", "-I/usr/include/eigen3"];
  return spawnSync("g++", [...flags, source, "-o", built]).status === 0;
}

interface Peer {
  readonly ms: number;
  readonly iterations: number;
}

const peer = (what: string, kind: number, size: number): Peer =>
  JSON.parse(execFileSync(built, [what, String(kind), String(size), "3"], { encoding: "utf8" })) as Peer;

function time<T>(run: () => T): { ms: number; result: T } {
  const begin = performance.now();
  const result = run();
  return { ms: performance.now() - begin, result };
}

const figure = (ms: number): string => ms.toFixed(ms < 1 ? 4 : ms < 100 ? 2 : 0);

async function warm(run: () => void): Promise<void> {
  for (let turn = 0; turn < 3; turn++) {
    const begin = performance.now();
    do run();
    while (performance.now() - begin < 80);
    await new Promise((resolve) => setTimeout(resolve, 30));
  }
}

/** Products and CG beside Eigen. */
async function beside(report: Report): Promise<void> {
  const rows: string[][] = [];
  const grids = [[2, 150], [2, 512], [3, 40], [3, 64]] as const; // oxfmt-ignore
  for (const [kind, size] of grids) {
    const grid = `${size}${kind === 2 ? "²" : "³"}`;
    const matrix = new SparseProduct(poisson(size, kind));
    const b = matrix.runtime.f64(matrix.rows).fill(1);
    const y = matrix.runtime.f64(matrix.rows);
    const jacobi = jacobiPreconditioner(matrix);
    const steps = (): number => {
      const { ms, result } = time(() => cg(matrix, b, { preconditioner: jacobi }));
      return ms / result.iterations;
    };
    const withFactor = (): { ms: number; iterations: number } => {
      const { ms, result } = time(() => {
        const preconditioner = ic0(matrix);
        return { result: cg(matrix, b, { preconditioner }), preconditioner };
      });
      result.preconditioner.dispose();
      return { ms, iterations: result.result.iterations };
    };
    const product = (): number => time(() => Array.from({ length: 5 }, () => matrix.apply(b, y))).ms / 5;
    await warm(product);
    await warm(withFactor);
    const own: Record<string, number[]> = { spmv: [], jacobi: [], ic: [] };
    const theirs: Record<string, Peer[]> = { spmv: [], spmvc: [], jacobi: [], ic: [] };
    let iterations = 0;
    for (let round = 0; round < ROUNDS; round++) {
      own.spmv.push(product());
      theirs.spmvc.push(peer("spmvc", kind, size));
      theirs.spmv.push(peer("spmv", kind, size));
      own.jacobi.push(steps());
      theirs.jacobi.push(peer("jacobi", kind, size));
      const factored = withFactor();
      iterations = factored.iterations;
      own.ic.push(factored.ms);
      theirs.ic.push(peer("ic", kind, size));
    }
    const add = (what: string, name: string, against: string, wanted: string, remark = ""): void => {
      const [a, p] = [median(own[name]), median(theirs[against].map((each) => each.ms))];
      rows.push([`${what}, ${grid}`, figure(a), figure(p), (a / p).toFixed(2), wanted, remark]);
    };
    add("SpMV, beside C", "spmv", "spmvc", "<= 1.5");
    add("SpMV, beside Eigen", "spmv", "spmv", "");
    add("Jacobi-CG, a step", "jacobi", "jacobi", "<= 1.5");
    add("IC(0)-CG, set-up and solve", "ic", "ic", "<= 1.2", `${iterations} steps; Eigen ${theirs.ic[0].iterations}`);
    matrix.dispose();
  }
  report.table(
    "Sparse products and conjugate gradients",
    "Poisson matrices (5 and 7 points). Eigen 3.4: ConjugateGradient on both triangles, IncompleteCholesky in natural order.",
    ["what", "ms", "peer, ms", "ratio", "wanted", "remark"],
    rows,
  );
}

/** Smoothed aggregation by size. */
function multigrid(report: Report): void {
  const rows: string[][] = [];
  const grids = [[2, 128], [2, 256], [2, 512], [3, 32], [3, 64]] as const; // oxfmt-ignore
  for (const [kind, size] of grids) {
    const matrix = new SparseProduct(poisson(size, kind));
    const b = new Float64Array(matrix.rows).fill(1);
    const setups: number[] = [];
    const solves: number[] = [];
    let remark = "";
    for (let round = 0; round <= ROUNDS; round++) {
      const setup = time(() => amg(matrix));
      const solve = time(() => cg(matrix, b, { preconditioner: setup.result }));
      if (round > 0) {
        setups.push(setup.ms);
        solves.push(solve.ms);
      }
      const { iterations, residual, status } = solve.result;
      remark = `${status === "converged" ? "" : status} ${iterations} | ${residual.toExponential(1)} | ${setup.result.sizes.join(", ")}`;
      setup.result.dispose();
    }
    const [setup, solve] = [median(setups), median(solves)];
    rows.push([`${size}${kind === 2 ? "²" : "³"}`, ...remark.split(" | "), figure(setup), figure(solve), (setup / solve).toFixed(1)]); // oxfmt-ignore
    matrix.dispose();
  }
  report.table(
    "CG with smoothed aggregation",
    "Tolerance 1e-8; wanted: at most 15 steps, whatever the size; set-up below the time of 5 solves.",
    ["grid", "steps", "residual", "levels", "set-up, ms", "solve, ms", "set-up / solve"],
    rows,
  );
  const run = spawnSync(process.execPath, [join(here, "..", "tools", "run.mjs"), join(here, "linear-memory.ts"), "64"], { encoding: "utf8" }); // oxfmt-ignore
  const { megabytes, iterations } = JSON.parse(run.stdout) as { megabytes: number; iterations: number };
  report.note(`Memory of a process that makes the 64³ matrix, sets up and solves it (${iterations} steps): ${megabytes.toFixed(0)} MB at most, the loader of TypeScript included; wanted <= 400.`); // oxfmt-ignore
}

export async function linearIterative(report: Report): Promise<void> {
  if (build()) await beside(report);
  else report.note("Eigen is not here (libeigen3-dev, g++): no comparison.");
  multigrid(report);
}
