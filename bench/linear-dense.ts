// npm run bench -- linear-dense: dense factorisations beside OpenBLAS's LAPACK on one thread (libopenblas of Debian, called in
// this process through koffi) and ml-matrix. Each round times every opponent once, one after the other; figures are medians over the
// rounds, ratios medians of the ratios of one round. Everyone starts from a matrix that must be kept, and pays for its own copy.
import { existsSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { type Dense, dense } from "calculemus/array";
import { Random } from "calculemus/base";
import { NumericKernels } from "calculemus/compile";
import { choleskyFactor, eigenGeneral, eigenSymmetric, luFactor, qrFactor, svd } from "calculemus/linear";
import { warm } from "./kernels.ts";
import { median, type Report } from "./report.ts";

const peers = join(fileURLToPath(new URL(".", import.meta.url)), "peers", "build");
const ROUNDS = 15;
/** Rounds of opponents that take many times as long. */
const FEW = 3;

type Foreign = (...args: unknown[]) => number;

interface Lapack {
  /** A Fortran routine by the types of its parameters: c character, i integers, d numbers. */
  routine(name: string, parameters: string): Foreign;
  /** C = A B of n x n, row by row. */
  product(n: number, a: Float64Array, b: Float64Array, c: Float64Array): void;
}

/** OpenBLAS on one thread, or undefined where it or koffi is missing. */
function openblas(): Lapack | undefined {
  try {
    const koffi = createRequire(import.meta.url)("koffi") as {
      load(path: string): { func(name: string, result: string, parameters: string[]): Foreign };
    };
    const library = koffi.load("libopenblas.so.0");
    library.func("openblas_set_num_threads", "void", ["int"])(1);
    const types: Record<string, string> = { c: "const char *", i: "int *", d: "double *" };
    const gemm = library.func("cblas_dgemm", "void", [
      "int", "int", "int", "int", "int", "int", "double", "double *", "int", "double *", "int", "double", "double *", "int",
    ]); // oxfmt-ignore
    return {
      routine: (name, parameters) =>
        library.func(
          `${name}_`,
          "void",
          Array.from(parameters, (c) => types[c]),
        ),
      product: (n, a, b, c) => gemm(101, 111, 111, n, n, n, 1, a, n, b, n, 0, c, n),
    };
  } catch {
    return undefined;
  }
}

interface MlMatrix {
  Matrix: { from1DArray(rows: number, cols: number, data: ArrayLike<number>): { mmul(other: unknown): unknown } };
  LuDecomposition: new (a: unknown) => { solve(b: unknown): unknown };
  CholeskyDecomposition: new (a: unknown) => unknown;
  QrDecomposition: new (a: unknown) => unknown;
  SingularValueDecomposition: new (a: unknown) => unknown;
  EigenvalueDecomposition: new (a: unknown, options?: { assumeSymmetric?: boolean }) => unknown;
}

function mlMatrix(): MlMatrix | undefined {
  const folder = join(peers, "node");
  return existsSync(join(folder, "node_modules", "ml-matrix")) ? (createRequire(join(folder, "package.json"))("ml-matrix") as MlMatrix) : undefined; // oxfmt-ignore
}

function randomDense(n: number, seed: number): Dense {
  const random = new Random(seed);
  return dense(
    n,
    n,
    Float64Array.from({ length: n * n }, () => random.next() - 0.5),
  );
}

const symmetricPart = (a: Dense): Dense => dense(a.rows, a.rows, a.data.map((x, p) => (x + a.data[(p % a.rows) * a.rows + Math.floor(p / a.rows)]) / 2)); // oxfmt-ignore

interface Case {
  readonly what: string;
  readonly wanted: string;
  readonly own: () => unknown;
  readonly native?: () => void;
  readonly script?: () => unknown;
}

const int = (value: number): Int32Array => Int32Array.of(value);

/** A LAPACK routine with its room: asked for once, with length -1. */
function withRoom(call: (work: Float64Array, length: Int32Array) => void): () => void {
  const size = new Float64Array(1);
  call(size, int(-1));
  const room = new Float64Array(Math.max(1, size[0]));
  return () => call(room, int(room.length));
}

function cases(lapack: Lapack | undefined, ml: MlMatrix | undefined): Case[] {
  const list: Case[] = [];
  const info = int(0);
  const from = (a: Dense): unknown => ml!.Matrix.from1DArray(a.rows, a.cols, a.data);
  const put = (what: string, wanted: string, own: () => unknown, native: ((l: Lapack) => () => void) | undefined, script: ((m: MlMatrix) => () => unknown) | undefined): void =>
    void list.push({ what, wanted, own, native: lapack && native?.(lapack), script: ml && script?.(ml) }); // oxfmt-ignore

  const kernels = new NumericKernels({ bytes: 32 << 20 });
  const [a4, b4] = [randomDense(400, 1), randomDense(400, 2)];
  const [pa, pb, pc] = [0, 1, 2].map(() => kernels.array(400 * 400));
  pa.set(a4.data);
  pb.set(b4.data);
  put(
    "product, 400",
    "",
    () => kernels.gemm(pa, pb, { m: 400, n: 400, k: 400, c: pc }),
    (l) => {
      const c = new Float64Array(400 * 400);
      return () => l.product(400, a4.data, b4.data, c);
    },
    () => {
      // oxfmt-ignore
      const [a, b] = [from(a4), from(b4)] as { mmul(other: unknown): unknown }[];
      return () => a.mmul(b);
    },
  );

  const a5 = randomDense(500, 3);
  const right = randomDense(500, 4).data.slice(0, 500);
  put(
    "LU and one solution, 500",
    "<= 3",
    () => luFactor(a5).solve(right),
    (l) => {
      const [copy, x, swap] = [new Float64Array(500 * 500), new Float64Array(500), new Int32Array(500)];
      const solve = l.routine("dgesv", "iidiidii");
      return () => {
        copy.set(a5.data);
        x.set(right);
        solve(int(500), int(1), copy, int(500), swap, x, int(500), info);
      };
    },
    (m) => {
      // oxfmt-ignore
      const [a, b] = [from(a5), m.Matrix.from1DArray(500, 1, right)];
      return () => new m.LuDecomposition(a).solve(b);
    },
  );

  const definite = symmetricPart(randomDense(500, 5));
  for (let i = 0; i < 500; i++) definite.data[i * 501] += 500;
  put(
    "Cholesky, 500",
    "",
    () => choleskyFactor(definite),
    (l) => {
      const copy = new Float64Array(500 * 500);
      const factor = l.routine("dpotrf", "cidii");
      return () => {
        copy.set(definite.data);
        factor("L", int(500), copy, int(500), info);
      };
    },
    (m) => {
      // oxfmt-ignore
      const a = from(definite);
      return () => new m.CholeskyDecomposition(a);
    },
  );

  const a3 = randomDense(300, 6);
  put(
    "QR, 300",
    "",
    () => qrFactor(a3),
    (l) => {
      const [copy, tau] = [new Float64Array(300 * 300), new Float64Array(300)];
      const factor = l.routine("dgeqrf", "iididdii");
      return withRoom((work, length) => {
        copy.set(a3.data);
        factor(int(300), int(300), copy, int(300), tau, work, length, info);
      });
    },
    (m) => {
      // oxfmt-ignore
      const a = from(a3);
      return () => new m.QrDecomposition(a);
    },
  );

  const a2 = randomDense(200, 7);
  put(
    "singular values and vectors, 200",
    "<= 5",
    () => svd(a2),
    (l) => {
      const [copy, s, u, v] = [40_000, 200, 40_000, 40_000].map((k) => new Float64Array(k));
      const whole = new Int32Array(1600);
      const factor = l.routine("dgesdd", "ciididdididiii");
      return withRoom((work, length) => {
        copy.set(a2.data);
        factor("S", int(200), int(200), copy, int(200), s, u, int(200), v, int(200), work, length, whole, info);
      });
    },
    (m) => {
      // oxfmt-ignore
      const a = from(a2);
      return () => new m.SingularValueDecomposition(a);
    },
  );

  const s2 = symmetricPart(randomDense(200, 8));
  put(
    "symmetric eigenvalues and vectors, 200",
    "<= 5",
    () => eigenSymmetric(s2),
    (l) => {
      const [copy, w, whole] = [new Float64Array(40_000), new Float64Array(200), new Int32Array(2000)];
      const factor = l.routine("dsyevd", "ccididdiiii");
      return withRoom((work, length) => {
        copy.set(s2.data);
        factor("V", "L", int(200), copy, int(200), w, work, length, whole, int(length[0] < 0 ? -1 : 2000), info);
      });
    },
    (m) => {
      // oxfmt-ignore
      const a = from(s2);
      return () => new m.EigenvalueDecomposition(a, { assumeSymmetric: true });
    },
  );

  put(
    "general eigenvalues and vectors, 200",
    "",
    () => eigenGeneral(a2),
    (l) => {
      const [copy, re, im, v] = [40_000, 200, 200, 40_000].map((k) => new Float64Array(k));
      const factor = l.routine("dgeev", "ccididddididii");
      return withRoom((work, length) => {
        copy.set(a2.data);
        factor("N", "V", int(200), copy, int(200), re, im, v, int(1), v, int(200), work, length, info);
      });
    },
    (m) => {
      // oxfmt-ignore
      const a = from(a2);
      return () => new m.EigenvalueDecomposition(a);
    },
  );
  return list;
}

function milliseconds(run: () => unknown): number {
  const begin = performance.now();
  run();
  return performance.now() - begin;
}

export async function linearDenseBench(report: Report): Promise<void> {
  const [lapack, ml] = [openblas(), mlMatrix()];
  const rows: string[][] = [];
  for (const { what, wanted, own, native, script } of cases(lapack, ml)) {
    await warm(() => void own());
    native?.();
    const [ours, theirs, ratios]: number[][] = [[], [], []];
    for (let round = 0; round < ROUNDS; round++) {
      ours.push(milliseconds(own));
      if (!native) continue;
      theirs.push(milliseconds(native));
      ratios.push(ours[round] / theirs[round]);
    }
    const scripts = script ? Array.from({ length: FEW }, () => milliseconds(script) / milliseconds(own)) : [];
    const show = (values: readonly number[], digits: number): string => (values.length === 0 ? "-" : median(values).toFixed(digits)); // oxfmt-ignore
    rows.push([
      what,
      show(ours, 2),
      show(theirs, 2),
      show(ratios, 2),
      wanted,
      scripts.length === 0 ? "-" : `${show(scripts, 0)}x`,
    ]);
  }
  report.table(
    "Dense factorisations",
    "Times in ms, medians of interleaved rounds; OpenBLAS (LAPACK) on one thread. Solutions include their residuals.",
    ["what", "ms", "OpenBLAS ms", "ratio", "wanted", "faster than ml-matrix"],
    rows,
  );
}
