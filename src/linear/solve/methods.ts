// The methods that `linsolve` chooses from: when one applies, what it is expected to cost, how it is made. Costs are nanoseconds of
// one core of a machine of 2026, from measurements (docs/decisions/0132); only their ratios matter.
import { type Sparse, SparseProduct, toDense, toLayout } from "../../array/index.ts";
import { type Budget, Failure } from "../../base/index.ts";
import { choleskyFactor } from "../dense/cholesky.ts";
import { luFactor } from "../dense/lu.ts";
import { analyzeBlockLU, BlockLU } from "../direct/block-lu.ts";
import { analyzeCholesky, SparseCholesky } from "../direct/sparse-cholesky.ts";
import { bicgstab } from "../iterative/bicgstab.ts";
import { cg } from "../iterative/cg.ts";
import { gmres } from "../iterative/gmres.ts";
import { minres } from "../iterative/minres.ts";
import type { IterativeResult, Preconditioner } from "../operator.ts";
import { amg } from "../precondition/amg.ts";
import { ic0 } from "../precondition/ic0.ts";
import { ilu0 } from "../precondition/ilu0.ts";
import { ilut } from "../precondition/ilut.ts";
import { jacobiPreconditioner } from "../precondition/jacobi.ts";
import type { MatrixFacts } from "./facts.ts";

/** What a method has made of a matrix. */
export interface Solver {
  /** Direct: solutions are as good as the arithmetic, with refinement. Iterative: to the tolerance asked for. */
  readonly direct: boolean;
  /** x for b, or why there is none. */
  solve(b: Float64Array, tolerance: number, budget: Budget, x0?: Float64Array): Solved;
  /** b = A^-1 b and b = A^-T b, about as good as the method is; for estimates. */
  readonly inverse?: (b: Float64Array) => void;
  readonly inverseTransposed?: (b: Float64Array) => void;
  /** Numbers kept. */
  readonly numbers: number;
  dispose(): void;
}

export interface Solved {
  readonly x?: Float64Array;
  readonly iterations: number;
  readonly reason: string;
}

/** A matrix that a method cannot treat: `why` in words, `singular` where a column showed it. */
export interface Refused {
  readonly why: string;
  readonly singularColumn?: number;
}

export interface MethodEntry {
  readonly name: string;
  /** Why it does not apply; undefined where it does. */
  readonly unfit: (facts: MatrixFacts) => string | undefined;
  /** Expected nanoseconds, and numbers kept. */
  readonly predict: (facts: MatrixFacts, digits: number) => { readonly cost: number; readonly numbers: number };
  readonly make: (a: Sparse, facts: MatrixFacts) => Solver | Refused;
}

/** Largest order for dense methods. */
const DENSE = 3000;

const log2 = Math.log2;

/** Operations and numbers of the factors with separators like the widest level; both grow with the entries of a row (5 of a plane grid). */
function dissection(facts: MatrixFacts): { flops: number; numbers: number } {
  const { rows: n, entries, component, width, levels, lowerBandwidth, upperBandwidth, fill } = facts;
  if (fill) return { flops: fill.flops, numbers: 2 * fill.entries };
  const share = n / Math.max(1, component);
  const separator = Math.min(width, Math.max(1, (2 * component) / Math.max(1, levels)));
  const narrow = Math.max(1, Math.min(lowerBandwidth + upperBandwidth + 1, 2 * separator));
  const coupled = Math.max(0.5, entries / n / 5);
  const numbers = Math.min(
    n * narrow,
    coupled * share * (2.5 * component * Math.max(1, log2(separator + 2)) + 2 * separator ** 2),
  );
  const flops = Math.min(n * narrow ** 2, coupled ** 1.5 * share * (5 * separator ** 3 + 8 * component * separator));
  return { numbers, flops };
}

/** Steps of conjugate gradients with the diagonal: by the diameter of the graph, by dominance, or as the pilot's residual fell. */
function steps({ levels, dominance, rate, indefinite }: MatrixFacts, digits: number): number {
  const condition = dominance > 1 ? (dominance + 1) / (dominance - 1) : Infinity;
  const byDiameter = 0.95 * levels + 20;
  const byPilot = rate === undefined || rate >= 1 ? Infinity : 5 + 8 / -Math.log10(rate);
  const all = (digits / 8) * Math.min(byDiameter, 5 + 10 * Math.sqrt(condition), byPilot);
  // Eigenvalues on both sides of 0 make every method slow.
  return indefinite ? 10 * all : all;
}

const symmetricPositive = (f: MatrixFacts): string | undefined =>
  !f.symmetric ? "the matrix is not symmetric" : f.indefinite ? "the matrix is not positive definite" : undefined;
const square = (f: MatrixFacts): string | undefined => (f.rows === f.cols ? undefined : "the matrix is not square");

/** Incomplete factors of indefinite symmetric matrices, and of those with zeros on the diagonal, often do not help at all. */
const risk = ({ indefinite, zeroDiagonal }: MatrixFacts): number => (indefinite || zeroDiagonal > 0 ? 10 : 1);

/** Time of one step with vectors and one product. */
const stepCost = ({ entries, rows }: MatrixFacts): number => 1.3 * entries + 6 * rows + 500;

interface IterativeRun {
  (b: Float64Array, tolerance: number, budget: Budget, x0: Float64Array | undefined): IterativeResult;
}

/** An iterative solver; its inverse, for estimates, goes to a hundredth only. */
function iterative(product: SparseProduct, numbers: number, run: IterativeRun, symmetric: boolean): Solver {
  const rough = (b: Float64Array): void => {
    const { x } = run(b, 1e-2, { steps: 100 }, undefined);
    b.set(x);
  };
  return {
    direct: false,
    numbers,
    solve(b, tolerance, budget, x0) {
      const { x, status, reason, iterations } = run(b, tolerance, budget, x0);
      return { ...(status === "converged" && { x }), iterations, reason: `${status}: ${reason}` };
    },
    ...(symmetric && { inverse: rough, inverseTransposed: rough }),
    dispose: () => product.dispose(),
  };
}

type Maker = (product: SparseProduct) => Preconditioner | undefined;
type Run = (product: SparseProduct, preconditioner: Preconditioner | undefined) => IterativeRun;

const iterativeMethod = (make: Maker, run: Run, symmetric: boolean) =>
  (a: Sparse): Solver | Refused => {
    const product = new SparseProduct(a);
    try {
      const preconditioner = make(product);
      return iterative(product, product.entries + (preconditioner?.entries ?? 0), run(product, preconditioner), symmetric); // oxfmt-ignore
    } catch (error) {
      product.dispose();
      if (error instanceof Failure && (error.kind === "numeric" || error.kind === "domain")) return { why: error.what };
      throw error;
    }
  }; // oxfmt-ignore

const withCg: Run = (product, preconditioner) => (b, tolerance, budget, x0) =>
  cg(product, b, { tolerance, budget, ...(x0 && { x0 }), ...(preconditioner && { preconditioner }) });

export const METHODS: readonly MethodEntry[] = [
  {
    name: "dense-cholesky",
    unfit: (f) => symmetricPositive(f) ?? (f.rows > DENSE ? `more than ${DENSE} rows` : undefined),
    predict: ({ rows: n }) => ({ cost: 100_000 + 0.08 * n ** 3 + 120 * n ** 2, numbers: n * n }),
    make: (a) => {
      const n = a.rows;
      const matrix = toDense(a);
      try {
        const f = choleskyFactor(matrix);
        const inverse = (b: Float64Array): void => b.set(f.solve(b).x);
        return { direct: true, numbers: n * n, inverse, inverseTransposed: inverse, solve: (b) => ({ x: f.solve(b).x, iterations: 0, reason: "" }), dispose() {} }; // oxfmt-ignore
      } catch (error) {
        if (error instanceof Failure && error.kind === "numeric") return { why: error.what };
        throw error;
      }
    },
  },
  {
    name: "dense-lu",
    unfit: (f) => square(f) ?? (f.rows > DENSE ? `more than ${DENSE} rows` : undefined),
    predict: ({ rows: n }) => ({ cost: 100_000 + 0.1 * n ** 3 + 150 * n ** 2, numbers: n * n }),
    make: (a) => {
      const n = a.rows;
      try {
        const f = luFactor(toDense(a));
        return { direct: true, numbers: n * n, inverse: (b) => b.set(f.solve(b).x), inverseTransposed: (b) => b.set(f.solveTransposed(b).x), solve: (b) => ({ x: f.solve(b).x, iterations: 0, reason: "" }), dispose() {} }; // oxfmt-ignore
      } catch (error) {
        if (error instanceof Failure && error.kind === "numeric") return { why: error.what, singularColumn: -1 }; // oxfmt-ignore
        throw error;
      }
    },
  },
  {
    name: "sparse-cholesky",
    unfit: symmetricPositive,
    predict: (f) => {
      const { flops, numbers } = dissection(f);
      return { cost: 600_000 + 900 * f.rows + 100 * f.entries + 0.16 * flops + 60 * numbers, numbers: 1.5 * numbers };
    },
    make: (a) => symmetricFactor(a, false),
  },
  {
    name: "sparse-ldl",
    unfit: (f) => (f.symmetric ? undefined : "the matrix is not symmetric"),
    predict: (f) => {
      const { flops, numbers } = dissection(f);
      return { cost: 650_000 + 900 * f.rows + 100 * f.entries + 0.22 * flops + 65 * numbers, numbers: 1.5 * numbers };
    },
    make: (a) => symmetricFactor(a, true),
  },
  {
    name: "sparse-lu",
    unfit: square,
    predict: (f) => {
      const { flops, numbers } = dissection(f);
      return { cost: 500_000 + 500 * f.rows + 200 * f.entries + 2 * flops + 130 * numbers, numbers: 3 * numbers };
    },
    make: (a) => {
      const c = toLayout(a, "csc");
      const f = new BlockLU(analyzeBlockLU(c));
      const status = f.factor(c.values);
      if (status.kind === "singular") {
        f.dispose();
        return { why: `no usable pivot in column ${status.column}: the matrix is singular`, singularColumn: status.column };
      }
      const solve = (b: Float64Array): void => f.solve(b);
      return {
        direct: true, numbers: f.entries, inverse: solve, inverseTransposed: (b) => f.solveTransposed(b),
        solve: (b) => { const x = b.slice(); f.solve(x); return { x, iterations: 0, reason: "" }; },
        dispose: () => f.dispose(),
      }; // oxfmt-ignore
    },
  },
  {
    name: "cg-jacobi",
    unfit: symmetricPositive,
    predict: (f, digits) => ({ cost: 300_000 + 60 * f.entries + steps(f, digits) * stepCost(f), numbers: f.entries + 6 * f.rows }), // oxfmt-ignore
    make: iterativeMethod(jacobiPreconditioner, withCg, true),
  },
  {
    name: "cg-ic0",
    unfit: symmetricPositive,
    predict: (f, digits) => ({ cost: 300_000 + 120 * f.entries + 0.42 * steps(f, digits) * (stepCost(f) + 3 * f.entries), numbers: 2 * f.entries + 6 * f.rows }), // oxfmt-ignore
    make: iterativeMethod(ic0, withCg, true),
  },
  {
    name: "cg-amg",
    unfit: (f) => symmetricPositive(f) ?? (f.rows < 500 ? "fewer than 500 rows" : undefined),
    predict: (f, digits) => ({ cost: 2e6 + 450 * f.entries + 2 * digits * (stepCost(f) + 10 * f.entries), numbers: 5 * f.entries + 20 * f.rows }), // oxfmt-ignore
    make: iterativeMethod(amg, withCg, true),
  },
  {
    name: "bicgstab-ilu0",
    unfit: (f) => square(f) ?? (f.zeroDiagonal > 0 ? "the diagonal has zeros" : undefined),
    predict: (f, digits) => ({ cost: risk(f) * (400_000 + 150 * f.entries + 0.2 * steps(f, digits) * 2 * (stepCost(f) + 3 * f.entries)), numbers: 2 * f.entries + 10 * f.rows }), // oxfmt-ignore
    make: iterativeMethod(ilu0, (product, preconditioner) => (b, tolerance, budget, x0) => bicgstab(product, b, { tolerance, budget, ...(x0 && { x0 }), ...(preconditioner && { preconditioner }) }), false), // oxfmt-ignore
  },
  {
    name: "gmres-ilut",
    unfit: square,
    predict: (f, digits) => ({ cost: risk(f) * (500_000 + 700 * f.entries + 3500 * f.rows + 0.08 * steps(f, digits) * (stepCost(f) + 8 * f.entries + 60 * f.rows)), numbers: 4 * f.entries + 60 * f.rows }), // oxfmt-ignore
    make: iterativeMethod((product) => ilut(product), (product, preconditioner) => (b, tolerance, budget, x0) => gmres(product, b, { tolerance, budget, ...(x0 && { x0 }), ...(preconditioner && { preconditioner }) }), false), // oxfmt-ignore
  },
  {
    name: "minres",
    unfit: (f) => (f.symmetric ? undefined : "the matrix is not symmetric"),
    predict: (f, digits) => ({ cost: 300_000 + 60 * f.entries + (2 * steps(f, digits) + (f.indefinite ? 2 * Math.min(f.rows, 20_000) : 0)) * stepCost(f), numbers: f.entries + 8 * f.rows }), // oxfmt-ignore
    make: iterativeMethod(() => undefined, (product) => (b, tolerance, budget, x0) => minres(product, b, { tolerance, budget, ...(x0 && { x0 }) }), true), // oxfmt-ignore
  },
]; // oxfmt-ignore

function symmetricFactor(a: Sparse, indefinite: boolean): Solver | Refused {
  const analysis = analyzeCholesky(a);
  const f = new SparseCholesky(analysis, { indefinite });
  const status = f.factor(a);
  if (status.kind === "breakdown") {
    f.dispose();
    const what = indefinite ? "a pivot vanishes" : "the matrix is not positive definite";
    return { why: `${what} (found at column ${status.column})` };
  }
  const solve = (b: Float64Array): void => f.solve(b);
  return {
    direct: true, numbers: analysis.layout.size, inverse: solve, inverseTransposed: solve,
    solve: (b) => { const x = b.slice(); f.solve(x); return { x, iterations: 0, reason: "" }; },
    dispose: () => f.dispose(),
  }; // oxfmt-ignore
}
