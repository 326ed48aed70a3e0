// The two sequences of systems of "Learning to relax": shifted Laplacians solved by SOR, and the heat equation by Crank-Nicolson steps
// with CG preconditioned by SSOR. Definitions from the paper's experiments; random numbers are Philox.
import { poisson } from "calculemus/array";
import { Random } from "calculemus/base";
import { analyzeCholesky, type Bandit, cg, ic0, Relaxation, SparseCholesky } from "calculemus/linear";

/** The relaxations to choose from. */
export const OMEGAS: readonly number[] = Array.from({ length: 20 }, (_, i) => 1 + 0.05 * i);
export const TOLERANCE = 1e-8;

/** A run over a sequence: steps of the solver, and milliseconds. `learning` is the part that the choice took. */
export interface Run {
  readonly iterations: number;
  readonly total: number;
  readonly learning: number;
}

/** What chooses a relaxation: a bandit, or a function of the context. */
export type Chooser = Bandit | ((context: number) => number);

export function normal(random: Random): number {
  return Math.sqrt(-2 * Math.log(1 - random.next())) * Math.cos(2 * Math.PI * random.next());
}

/** Gamma(shape, 1) (Marsaglia, Tsang 2000). */
function gamma(random: Random, shape: number): number {
  if (shape < 1) return gamma(random, shape + 1) * (1 - random.next()) ** (1 / shape);
  const d = shape - 1 / 3;
  for (;;) {
    const x = normal(random);
    const v = (1 + x / Math.sqrt(9 * d)) ** 3;
    if (v > 0 && Math.log(1 - random.next()) < 0.5 * x * x + d - d * v + d * Math.log(v)) return d * v;
  }
}

export function beta(random: Random, a: number, b: number): number {
  const x = gamma(random, a);
  return x / (x + gamma(random, b));
}

/** Learns from steps k >= 1 as costs k - 1, so that the least cost is 0. */
function chosen(chooser: Chooser, context: number): { omega: number; arm: number } {
  if (typeof chooser === "function") return { omega: chooser(context), arm: -1 };
  const arm = chooser.choose(context);
  return { omega: OMEGAS[arm], arm };
}

/** Shifted Laplacians A + c_t I on side x side points, c_t = -0.15 + 0.6 Beta(a, b), normal right sides not longer than sqrt(n). */
export class Shifted {
  static readonly RANGE = [-0.15, 0.65] as const;
  readonly contexts: Float64Array;
  readonly #side: number;
  readonly #right: Float64Array;
  readonly #relaxation: Relaxation;

  constructor(shape: readonly [number, number], count: number, seed: number, side = 10) {
    const n = side ** 2;
    this.#side = side;
    this.contexts = new Float64Array(count);
    this.#right = new Float64Array(n * count);
    const random = new Random(seed, 0x0e1a);
    for (let t = 0; t < count; t++) {
      this.contexts[t] = -0.15 + 0.6 * beta(random, ...shape);
      let square: number;
      do {
        square = 0;
        for (let i = 0; i < n; i++) square += (this.#right[t * n + i] = normal(random)) ** 2;
      } while (square > n);
    }
    this.#relaxation = new Relaxation(poisson(side));
  }

  #load(t: number): void {
    const { values, diagonal, b, x, n } = this.#relaxation;
    for (let i = 0; i < n; i++) values[diagonal[i]] = 4 + this.contexts[t];
    b.set(this.#right.subarray(t * n, (t + 1) * n));
    x.fill(0);
  }

  /** The relaxation that is best for SOR on A + c I (Young 1971). */
  optimal(c: number): number {
    const rho = (4 * Math.cos(Math.PI / (this.#side + 1))) / (4 + c);
    return 1 + (rho / (1 + Math.sqrt(1 - rho * rho))) ** 2;
  }

  /** SOR over the first `count` systems. */
  sor(chooser: Chooser, count = this.contexts.length): Run {
    let [iterations, learning] = [0, 0];
    const begin = performance.now();
    for (let t = 0; t < count; t++) {
      this.#load(t);
      const before = performance.now();
      const { omega, arm } = chosen(chooser, this.contexts[t]);
      const between = performance.now();
      const { iterations: steps, converged } = this.#relaxation.sor({ omega, tolerance: TOLERANCE });
      if (!converged) throw new Error(`SOR with omega ${omega} does not converge for c = ${this.contexts[t]}`);
      const after = performance.now();
      if (arm >= 0) (chooser as Bandit).learn(steps - 1);
      learning += between - before + (performance.now() - after);
      iterations += steps;
    }
    return { iterations, learning, total: performance.now() - begin };
  }

  /** CG with IC(0) made for each system. */
  incomplete(): Run {
    return this.#each(() => incompleteCg(this.#relaxation, false));
  }

  /** Cholesky factors of each system, analysed once. */
  direct(): Run {
    const solver = new SparseCholesky(analyzeCholesky(this.#relaxation.product.matrix));
    try {
      return this.#each(() => refactored(solver, this.#relaxation));
    } finally {
      solver.dispose();
    }
  }

  #each(solve: () => number): Run {
    let iterations = 0;
    const begin = performance.now();
    for (let t = 0; t < this.contexts.length; t++) {
      this.#load(t);
      iterations += solve();
    }
    return { iterations, learning: 0, total: performance.now() - begin };
  }

  dispose(): void {
    this.#relaxation.dispose();
  }
}

/** Solves by CG with a fresh IC(0) into x. */
function incompleteCg({ product, b, x }: Relaxation, warm: boolean): number {
  const preconditioner = ic0(product.matrix);
  const result = cg(product, b, { preconditioner, tolerance: TOLERANCE, ...(warm && { x0: x }) });
  preconditioner.dispose();
  x.set(result.x);
  return result.iterations;
}

function refactored(solver: SparseCholesky, { product, b, x }: Relaxation): number {
  if (solver.factor(product.matrix).kind !== "ok") throw new Error("a system of the sequence is not positive definite");
  x.set(b);
  solver.solve(x);
  return 1;
}

const bump = (x: number, y: number, cx: number, cy: number, radius: number): number => {
  const q = ((x - cx) ** 2 + (y - cy) ** 2) / radius ** 2;
  return q >= 1 ? 0 : Math.exp(1 - 1 / (1 - q));
};

/** u_t = a(t) (u_xx + u_yy) + f on the unit square by Crank-Nicolson steps of 1e-3; each step starts from the solution before. */
export class Heat {
  /** Of a(t), the context. */
  static readonly RANGE = [0, 10] as const;
  readonly cells: number;
  readonly steps: number;

  constructor(cells: number, steps: number) {
    this.cells = cells;
    this.steps = steps;
  }

  #run(solve: (relaxation: Relaxation, coefficient: number) => number, learning: () => number, steps = this.steps): Run {
    const { cells } = this;
    const [m, h, dt] = [cells - 1, 1 / cells, 1e-3];
    const laplacian = poisson(m);
    const relaxation = new Relaxation(laplacian);
    const { values, diagonal, b, x, n } = relaxation;
    const [u, lu] = [new Float64Array(n), new Float64Array(n)];
    const { ptr, idx, values: given } = laplacian;
    for (let i = 0; i < m; i++) for (let j = 0; j < m; j++) x[i * m + j] = bump((i + 1) * h, (j + 1) * h, 0.5, 0.5, 0.25);
    let iterations = 0;
    const begin = performance.now();
    for (let s = 0; s < steps; s++) {
      const t = (s + 0.5) * dt;
      const wave = Math.sin(2 * Math.PI * t);
      const a = Math.max(0.1 * wave, -10 * wave);
      const c = (0.5 * a * dt) / (h * h);
      u.set(x);
      for (let i = 0; i < n; i++) {
        let sum = 0;
        for (let p = ptr[i]; p < ptr[i + 1]; p++) sum += given[p] * u[idx[p]];
        lu[i] = sum;
      }
      for (let p = 0; p < values.length; p++) values[p] = c * given[p];
      for (let i = 0; i < n; i++) values[diagonal[i]] = 1 + 4 * c;
      const [fx, fy] = [0.5 + Math.cos(16 * Math.PI * t) / 4, 0.5 + Math.sin(16 * Math.PI * t) / 4];
      for (let i = 0; i < m; i++)
        for (let j = 0; j < m; j++) {
          const k = i * m + j;
          b[k] = u[k] - c * lu[k] + dt * 32 * bump((i + 1) * h, (j + 1) * h, fx, fy, 0.125);
        }
      iterations += solve(relaxation, a);
    }
    const total = performance.now() - begin;
    relaxation.dispose();
    return { iterations, total, learning: learning() };
  } // oxfmt-ignore

  /** CG with SSOR; omega = 0: without. */
  ssorCg(chooser: Chooser, steps = this.steps): Run {
    let learning = 0;
    const solve = (relaxation: Relaxation, context: number): number => {
      const before = performance.now();
      const { omega, arm } = chosen(chooser, context);
      const between = performance.now();
      const { iterations, converged } = relaxation.ssorCg({ omega, tolerance: TOLERANCE });
      if (!converged) throw new Error(`SSOR-CG with omega ${omega} does not converge`);
      const after = performance.now();
      if (arm >= 0) (chooser as Bandit).learn(Math.max(0, iterations - 1));
      learning += between - before + (performance.now() - after);
      return iterations;
    };
    return this.#run(solve, () => learning, steps);
  }

  incomplete(): Run {
    return this.#run((relaxation) => incompleteCg(relaxation, true), () => 0); // oxfmt-ignore
  }

  direct(): Run {
    const solver = new SparseCholesky(analyzeCholesky(poisson(this.cells - 1)));
    try {
      return this.#run((relaxation) => refactored(solver, relaxation), () => 0); // oxfmt-ignore
    } finally {
      solver.dispose();
    }
  }
}
