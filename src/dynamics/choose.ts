// Choosing a method: predicted operations of each candidate from the size and sparsity of the system, its stiffness and
// the tolerance. Predictions rank methods; they are not times.
import { cheapest, type Candidate, type Plan } from "../plan/index.ts";
import { isStiffMethod, type MethodName } from "./method.ts";
import { newtonMatrix } from "./compiled-matrix.ts";
import type { OdeProblem } from "./problem.ts";
import type { OdeSystem } from "./system.ts";

/**
 * Steps that reach a relative error epsilon of the curves: steps = factor * epsilon^(-1/order), fitted to the
 * work-precision runs (HIRES, POLLU, OREGO, Van der Pol, Brusselator; explicit methods: Lorenz, Pleiades).
 * Work in one step: right-hand sides, solves, the share of a factorisation, passes over vectors, and a fixed part in
 * operations (control that runs in JavaScript).
 */
interface StepModel {
  readonly factor: number;
  readonly order: number;
  readonly rhs: number;
  readonly solves: number;
  readonly factorizations: number;
  readonly vectors: number;
  readonly fixed: number;
}

const STEPS: Readonly<Record<MethodName, StepModel>> = {
  tsit5: { factor: 30, order: 5, rhs: 6, solves: 0, factorizations: 0, vectors: 60, fixed: 800 },
  dopri5: { factor: 33, order: 5, rhs: 6, solves: 0, factorizations: 0, vectors: 60, fixed: 800 },
  dop853: { factor: 15, order: 8, rhs: 12, solves: 0, factorizations: 0, vectors: 120, fixed: 1000 },
  vern7: { factor: 17, order: 7, rhs: 10, solves: 0, factorizations: 0, vectors: 100, fixed: 1000 },
  vern9: { factor: 12, order: 9, rhs: 16, solves: 0, factorizations: 0, vectors: 180, fixed: 1200 },
  rkc: { factor: 1.5, order: 2, rhs: 10, solves: 0, factorizations: 0, vectors: 40, fixed: 800 },
  exprb43: { factor: 12, order: 4, rhs: 20, solves: 0, factorizations: 0, vectors: 2000, fixed: 40_000 },
  verlet: { factor: 30, order: 2, rhs: 3, solves: 0, factorizations: 0, vectors: 10, fixed: 800 },
  yoshida6: { factor: 30, order: 6, rhs: 15, solves: 0, factorizations: 0, vectors: 40, fixed: 800 },
  yoshida8: { factor: 30, order: 8, rhs: 31, solves: 0, factorizations: 0, vectors: 80, fixed: 800 },
  rodas5p: { factor: 10, order: 4.5, rhs: 8, solves: 8, factorizations: 1.1, vectors: 120, fixed: 1200 },
  rodas5: { factor: 10, order: 4.5, rhs: 8, solves: 8, factorizations: 1.1, vectors: 120, fixed: 1200 },
  ros34pw2: { factor: 8, order: 3, rhs: 4, solves: 4, factorizations: 0.2, vectors: 80, fixed: 3000 },
  radau: { factor: 12, order: 4.5, rhs: 12, solves: 20, factorizations: 2.5, vectors: 250, fixed: 4000 },
  bdf: { factor: 61, order: 5.5, rhs: 1.4, solves: 1.4, factorizations: 0.03, vectors: 80, fixed: 4500 },
  mebdf: { factor: 103, order: 10, rhs: 3.8, solves: 3.8, factorizations: 0.04, vectors: 200, fixed: 11_000 },
};

export interface Work {
  readonly rhs: number;
  readonly jacobian: number;
  readonly factorization: number;
  readonly solve: number;
  readonly n: number;
}

/** Operations of the parts of a step of this system. */
export function workOf(system: OdeSystem): Work {
  const leave = system.enter?.();
  const matrix = newtonMatrix(system);
  const { factor, solve } = matrix.operations;
  matrix.dispose();
  leave?.();
  return { rhs: system.cost.rhs, jacobian: system.cost.jacobian, factorization: factor, solve, n: system.n };
}

function predictedSteps(method: MethodName, epsilon: number): number {
  const { factor, order } = STEPS[method];
  return factor * epsilon ** (-1 / order);
}

/** Predicted operations of a run that reaches the relative error epsilon, up to a factor common to all methods. */
export function predictedWork(method: MethodName, work: Work, epsilon: number): number {
  const { rhs, solves, factorizations, vectors, fixed } = STEPS[method];
  const steps = predictedSteps(method, epsilon);
  return (
    steps *
    (rhs * work.rhs +
      solves * work.solve +
      factorizations * (work.factorization + work.jacobian) +
      vectors * work.n +
      fixed)
  );
}

/** What the explicit pilot told. `eigenvalue` is the size of the largest Jacobian eigenvalue where stability held it back. */
export interface Stiffness {
  readonly stiff: boolean;
  readonly why: string;
  readonly eigenvalue?: number;
}

/** Right-hand sides of the direct system cost about this much more. */
const DIRECT = 2;
/** Explicit methods are stable up to about this size of h times an eigenvalue. */
const STABLE = 3;
/** Price of a surprise: the other kind of method than the pilot speaks for must be predicted this much cheaper. */
const DOUBT = 2;

/** Methods that the plan chooses from; the others check them. */
const CANDIDATES = ["tsit5", "rodas5p", "bdf", "mebdf"] as const;
/** Runs of systems larger than this are cut by events without going over to one-step methods. */
const SMALL = 400;

/** Methods that can solve this problem, and why not the others. Multistep methods start small after every event, and know no delays and no projections. */
export function candidatesFor(problem: OdeProblem): { readonly methods: readonly MethodName[]; readonly why?: string } {
  const { system, hybrid } = problem;
  const delays = hybrid?.delays !== undefined;
  const oneStep = delays || problem.constraints !== undefined || (hybrid !== undefined && system.n <= SMALL);
  const methods = CANDIDATES.filter(
    (name) =>
      !(oneStep && (name === "bdf" || name === "mebdf")) && !(system.mass !== undefined && !isStiffMethod(name)),
  );
  if (system.mass !== undefined) return { methods, why: "algebraic equations need an implicit method" };
  return { methods };
}

/** The plan for a run over a time of this length that is to reach the relative error epsilon, with a check by another method or not. */
export function chooseMethod(
  work: Work,
  stiffness: Stiffness,
  span: number,
  epsilon: number,
  checked: boolean,
  pinned?: MethodName,
  among: readonly MethodName[] = CANDIDATES,
): Plan {
  const { stiff, why, eigenvalue } = stiffness;
  const candidates = among.map((name): Candidate => {
    // A candidate is priced with the method that would check it, on the dearer direct system, at a looser tolerance.
    const check = checked ? predictedWork(CHECKED_BY[name], { ...work, rhs: DIRECT * work.rhs }, 2 * epsilon) : 0;
    const cost = predictedWork(name, work, epsilon) + check;
    if (isStiffMethod(name))
      return {
        name,
        cost: stiff ? cost : cost * DOUBT,
        note: `${Math.round(work.factorization)} operations a factorization, ${Math.round(work.solve)} a solve`,
      };
    if (!stiff) return { name, cost, note: why };
    // Held back by stability: so many steps, whatever the accuracy.
    const steps = ((eigenvalue ?? Number.MAX_VALUE) * span) / STABLE;
    return {
      name,
      cost: Math.min(Number.MAX_VALUE, Math.max(cost, (cost / predictedSteps(name, epsilon)) * steps) * DOUBT),
      note: why,
    };
  });
  const best = cheapest(candidates);
  return {
    candidates,
    chosen: pinned ?? best.name,
    reason: pinned !== undefined ? "asked for" : `least predicted work; ${why}`,
    pinned: pinned !== undefined,
    parameters: { states: work.n, stiff: stiff ? "yes" : "no" },
  };
}

/** The method that checks another, at a like price: other coefficients or another family, so that its error is another. */
export const CHECKED_BY: Readonly<Record<MethodName, MethodName>> = {
  tsit5: "dopri5",
  dopri5: "tsit5",
  dop853: "vern7",
  vern7: "dop853",
  vern9: "dop853",
  rkc: "rodas5p",
  exprb43: "rodas5p",
  verlet: "yoshida6",
  yoshida6: "yoshida8",
  yoshida8: "vern9",
  rodas5p: "rodas5",
  rodas5: "rodas5p",
  ros34pw2: "rodas5p",
  radau: "rodas5p",
  bdf: "mebdf",
  mebdf: "bdf",
};

/** Error at equal tolerance, relative to BDF: MEBDF reports the error of its lower-order stage and is more accurate than asked. */
export const ERROR_AT_TOLERANCE: Readonly<Record<MethodName, number>> = {
  tsit5: 1,
  dopri5: 1,
  dop853: 1,
  vern7: 1,
  vern9: 1,
  rkc: 1,
  exprb43: 1,
  verlet: 1,
  yoshida6: 1,
  yoshida8: 1,
  ros34pw2: 1,
  rodas5p: 0.5,
  rodas5: 0.5,
  radau: 0.5,
  bdf: 1,
  mebdf: 0.5,
};
