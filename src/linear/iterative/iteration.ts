// What all iterative methods for square systems share: options, checks of input, the record of steps, and the loop around them.
// A method runs from a true residual until its own recurrence meets the goal; then the residual is computed anew from x. Where that
// one misses the goal the method is started again from it (residual replacement by restart), until a start no longer gains a factor 2:
// then it has stalled, at the accuracy that the arithmetic allows. The x of the smallest true residual is what is given out.
import { SparseProduct } from "../../array/index.ts";
import { type Budget, Failure, Meter, type StopReason } from "../../base/index.ts";
import type { Runtime } from "../../compile/index.ts";
import type { IterationStatus, IterativeResult, LinearOperator, Preconditioner } from "../operator.ts";
import { VectorSpace } from "./vector-space.ts";

export interface IterativeOptions {
  /** |b - A x| / |b| (Euclidean norms) at which x is good enough. Default 1e-8. */
  readonly tolerance?: number;
  /** Steps at most. Default 10 n, at least 100. */
  readonly limit?: number;
  /** Where to begin. Default 0. */
  readonly x0?: Float64Array;
  readonly preconditioner?: Preconditioner;
  readonly budget?: Budget;
  readonly signal?: AbortSignal;
}

/** Why a run of a method ended. "again": nothing is wrong, it wants to be started from the true residual. */
export type RunEnd =
  | "goal"
  | "again"
  | "limit"
  | "stalled"
  | {
      readonly breakdown: string;
      /** Would break down again from any residual. */
      readonly final?: boolean;
    };

/** The system as a method sees it. All vectors lie in `space`. */
export interface Run {
  readonly space: VectorSpace;
  readonly n: number;
  readonly operator: LinearOperator;
  readonly preconditioner: Preconditioner | undefined;
  readonly b: Float64Array;
  /** The solution so far; kept up to date by the method at the end of each run. */
  readonly x: Float64Array;
  /** b - A x at the start of a run; the method may overwrite it. */
  readonly r: Float64Array;
  /** |r| at the start of this run. */
  norm: number;
  /** The |r| to be reached. */
  readonly goal: number;
  /** y = A x */
  apply(x: Float64Array, y: Float64Array): void;
  /** y = A x; gives x.y */
  applyDot(x: Float64Array, y: Float64Array): number;
  /** r = b - A x; gives |r| */
  residual(x: Float64Array, r: Float64Array): number;
  /** z = M^-1 r, a copy where there is no preconditioner */
  precondition(r: Float64Array, z: Float64Array): void;
  /** Notes a step with the |r| the method knows; gives the reason to end, if there is one. */
  step(norm: number): RunEnd | undefined;
}

/** A method: vectors are made once, then it may run several times. */
export interface Method {
  readonly name: string;
  /** Doubles and vectors it needs besides b, x and r. */
  readonly doubles: number;
  readonly slices?: number;
  /** Needs a symmetric positive definite preconditioner. */
  readonly symmetric?: boolean;
  start(run: Run): () => RunEnd;
}

/** Powers of two from which on squares might overflow or vanish. */
const FAR = 400;

/** Refuses vectors of a wrong length, and numbers that are not finite. */
export function checkVector(name: string, v: Float64Array, length: number): void {
  if (v.length !== length) throw new Failure("usage", `${name} has ${v.length} elements, and ${length} are needed`);
  for (let i = 0; i < length; i++)
    if (!Number.isFinite(v[i])) throw new Failure("domain", `${name} has ${v[i]} at place ${i}`, { hint: "Give finite numbers." }); // oxfmt-ignore
}

export function checkTolerance(tolerance: number): number {
  if (!(tolerance >= 0 && tolerance < 1))
    throw new Failure("usage", `a relative tolerance of ${tolerance}`, { hint: "Ask for 1e-4 to 1e-12." });
  return tolerance;
}

/** A power of two s such that the entries of v / s are of moderate size; 1 for most vectors. */
export function scaleOf(v: Float64Array): number {
  let most = 0;
  for (let i = 0; i < v.length; i++) most = Math.max(most, Math.abs(v[i]));
  if (most === 0) return 1;
  const exponent = Math.floor(Math.log2(most));
  return Math.abs(exponent) > FAR ? 2 ** Math.max(-1022, Math.min(1023, exponent)) : 1;
}

/** Counts steps, keeps their residuals and knows when to stop. */
export class Steps {
  readonly history: number[] = [];
  readonly #limit: number;
  readonly #meter: Meter;
  readonly #patience: number;
  #best = Infinity;
  #since = 0;
  stop: StopReason | undefined;
  reason = "";

  constructor(n: number, { limit, budget, signal }: IterativeOptions) {
    if (limit !== undefined && !(limit >= 0)) throw new Failure("usage", `a limit of ${limit} steps`);
    this.#limit = limit ?? Math.max(100, 10 * n);
    this.#meter = new Meter(budget, signal);
    this.#patience = Math.max(200, Math.min(2 * n, 10_000));
  }

  /** Is there a reason not to take another step? */
  ended(): "limit" | undefined {
    const taken = this.history.length;
    this.#meter.steps = taken;
    if (taken >= this.#limit) this.stop = { kind: "steps", detail: `${taken} steps` };
    else if (taken % 8 === 0 || this.#meter.budget.steps !== undefined) this.stop = this.#meter.stop();
    if (!this.stop) return undefined;
    this.reason = this.stop.detail;
    return "limit";
  }

  /** Notes a relative residual. */
  take(relative: number): RunEnd | undefined {
    this.history.push(relative);
    if (!Number.isFinite(relative)) return { breakdown: "a residual is not finite" };
    if (relative < (1 - 1e-6) * this.#best) {
      this.#best = relative;
      this.#since = this.history.length;
    } else if (this.history.length - this.#since > this.#patience) {
      this.reason = `no smaller residual in ${this.#patience} steps`;
      return "stalled";
    }
    return this.ended();
  }
}

/** Solves A x = b by a method. */
export function iterate(
  operator: LinearOperator,
  b: Float64Array,
  options: IterativeOptions,
  method: (n: number) => Method,
): IterativeResult {
  if (typeof operator.apply !== "function")
    throw new Failure("usage", "the matrix cannot be multiplied by a vector: it has no function apply", { hint: "Give new SparseProduct(matrix)." }); // oxfmt-ignore
  const n = operator.rows;
  const { preconditioner } = options;
  const made = method(n);
  if (operator.cols !== n)
    throw new Failure("usage", `${made.name}: the matrix has ${n} rows and ${operator.cols} columns`, {
      hint: "lsqr and lsmr solve least-squares problems.",
    });
  checkVector("the right side", b, n);
  if (preconditioner && preconditioner.n !== n)
    throw new Failure("usage", `a preconditioner of order ${preconditioner.n} for a matrix of order ${n}`);
  if (preconditioner && made.symmetric && !preconditioner.symmetric)
    throw new Failure("usage", `${made.name} needs a symmetric preconditioner, and ${preconditioner.name} is none`, {
      hint: "Use gmres or bicgstab, or a preconditioner such as Jacobi, SSOR, IC(0) or smoothed aggregation.",
    });
  if (options.x0) checkVector("x0", options.x0, n);
  const tolerance = checkTolerance(options.tolerance ?? 1e-8);
  const steps = new Steps(n, options);
  const hosts: (Runtime | undefined)[] = [operator.runtime, preconditioner?.runtime];
  const space = new VectorSpace(5 * (n + 2) + made.doubles, hosts, 9 + (made.slices ?? 16));
  try {
    return solve(space, operator, b, { ...options, tolerance }, made, steps);
  } finally {
    space.close();
  }
}

function solve(
  space: VectorSpace,
  operator: LinearOperator,
  given: Float64Array,
  options: IterativeOptions & { readonly tolerance: number },
  method: Method,
  steps: Steps,
): IterativeResult {
  const n = given.length;
  const { preconditioner, x0, tolerance } = options;
  const [b, x, r, best, third] = [0, 1, 2, 3, 4].map(() => space.vector(n));
  const scale = scaleOf(given);
  b.set(given);
  if (scale !== 1) for (let i = 0; i < n; i++) b[i] = given[i] / scale;
  const whole = space.norm(b);
  // A zero right side has the solution 0.
  if (x0 && whole > 0) for (let i = 0; i < n; i++) x[i] = x0[i] / scale;
  const product = operator instanceof SparseProduct && operator.holds(x) ? operator : undefined;
  let products = 0;
  const run: Run = {
    space, n, operator, preconditioner, b, x, r,
    norm: 0,
    goal: tolerance * whole,
    apply(from, to) {
      products++;
      operator.apply(from, to);
    },
    applyDot(from, to) {
      products++;
      if (product) return product.applyDot(from, to);
      operator.apply(from, to);
      return space.dot(from, to);
    },
    residual(from, to) {
      products++;
      if (product) return Math.sqrt(product.residual(b, from, to));
      operator.apply(from, to);
      return space.minus(b, to, to);
    },
    precondition(from, to) {
      if (preconditioner) preconditioner.apply(from, to);
      else to.set(from);
    },
    step: (norm) => (norm <= run.goal ? (steps.take(norm / whole), "goal") : steps.take(norm / whole)),
  }; // oxfmt-ignore
  /** |b - 3 A (x / 3)| / |b|, whose rounding errors are others than those of |b - A x|: a huge x may meet b by their help. Overwrites r. */
  const again = (): number => {
    for (let i = 0; i < n; i++) third[i] = x[i] / 3;
    run.apply(third, r);
    for (let i = 0; i < n; i++) r[i] *= 3;
    return space.minus(b, r, r) / whole;
  };
  const finish = (given: IterationStatus, why: string, first: number): IterativeResult => {
    let [status, reason, residual] = [given, why, first];
    if (whole > 0) {
      const second = again();
      if (status === "converged" && !(second <= 10 * tolerance)) [status, reason] = ["stalled", "x is so large that rounding errors of A x exceed the tolerance: the matrix may be singular"]; // oxfmt-ignore
      if (!(second <= residual)) residual = second;
    }
    const out = Float64Array.from(x);
    if (scale !== 1) for (let i = 0; i < n; i++) out[i] *= scale;
    return {
      x: out, status, reason,
      ...(steps.stop && status === "limit" && { stop: steps.stop }),
      iterations: steps.history.length,
      products, residual,
      history: steps.history,
      evidence: [residualEvidence(residual, method.name)],
    }; // oxfmt-ignore
  };
  if (whole === 0) return finish("converged", "the right side is zero", 0);

  const go = method.start(run);
  let least = Infinity;
  let before = Infinity;
  let end: RunEnd | undefined = steps.ended();
  for (;;) {
    run.norm = x0 || steps.history.length > 0 ? run.residual(x, r) : (r.set(b), whole);
    const norm = run.norm;
    if (norm < least) {
      least = norm;
      best.set(x);
    }
    if (norm <= run.goal) return finish("converged", `|b - A x| <= ${tolerance} |b|`, norm / whole);
    const gained = norm < 0.5 * before;
    const status = statusOf(end, gained);
    if (status || !Number.isFinite(norm)) {
      if (least < Infinity) x.set(best);
      else x.fill(0);
      const relative = least < Infinity ? least / whole : 1;
      const reason = !status
        ? "a product with the matrix is not finite"
        : typeof end === "object"
          ? end.breakdown
          : end === "goal"
            ? "the residual computed from x falls no further: the accuracy of the arithmetic is reached"
            : steps.reason;
      return finish(status ?? "breakdown", reason, relative);
    }
    if (end !== "again") before = norm;
    end = go();
  }
}

/** The status after a run that ended so, without the goal being met; undefined to run again. */
function statusOf(end: RunEnd | undefined, gained: boolean): IterationStatus | undefined {
  if (end === undefined || end === "again") return undefined;
  if (end === "limit") return "limit";
  if (end === "stalled") return "stalled";
  if (end === "goal") return gained ? undefined : "stalled";
  return end.final || !gained ? "breakdown" : undefined;
}

export const residualEvidence = (residual: number, method: string) =>
  ({
    statement: "|b - A x| / |b| is as stated",
    grade: "estimated",
    bound: residual,
    method: `residual computed from x in double precision (${method})`,
  }) as const;
