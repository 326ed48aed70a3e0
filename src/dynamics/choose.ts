// Choosing a method: predicted operations of each candidate from the size and sparsity of the system, its stiffness and
// the tolerance. Predictions rank methods; they are not times.
import { cheapest, type Candidate, type Plan } from "../plan/index.ts";
import type { MethodName } from "./method.ts";
import { newtonMatrix } from "./newton-matrix.ts";
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
  rodas5p: { factor: 10, order: 4.5, rhs: 8, solves: 8, factorizations: 1.1, vectors: 120, fixed: 1200 },
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

/** Predicted operations of a run that reaches the relative error epsilon, up to a factor common to all methods. */
export function predictedWork(method: MethodName, work: Work, epsilon: number): number {
  const { factor, order, rhs, solves, factorizations, vectors, fixed } = STEPS[method];
  const steps = factor * epsilon ** (-1 / order);
  return (
    steps *
    (rhs * work.rhs +
      solves * work.solve +
      factorizations * (work.factorization + work.jacobian) +
      vectors * work.n +
      fixed)
  );
}

/** The plan for a system known to be stiff or not. `stiff` undefined means that it has not been measured. */
export function chooseMethod(
  work: Work,
  stiff: { readonly stiff: boolean; readonly why: string },
  epsilon: number,
  pinned?: MethodName,
): Plan {
  const all: Candidate[] = (["tsit5", "rodas5p", "bdf", "mebdf"] as const).map((name) => {
    const explicit = name === "tsit5";
    const cost = explicit && stiff.stiff ? Infinity : predictedWork(name, work, epsilon);
    return {
      name,
      cost,
      note: explicit
        ? stiff.stiff
          ? `explicit, and the system is stiff: ${stiff.why}`
          : stiff.why
        : `${Math.round(work.factorization)} operations a factorisation, ${Math.round(work.solve)} a solve`,
    };
  });
  const best = cheapest(all);
  const chosen = pinned ?? (best.name as MethodName);
  return {
    candidates: all,
    chosen,
    reason: pinned !== undefined ? "asked for" : `least predicted work: ${stiff.why}`,
    pinned: pinned !== undefined,
    parameters: { states: work.n, stiff: stiff.stiff ? "yes" : "no" },
  };
}

/** The method that checks another: of another family, with an independent error. */
export const CHECKED_BY: Readonly<Record<MethodName, MethodName>> = {
  tsit5: "dopri5",
  dopri5: "tsit5",
  rodas5p: "mebdf",
  bdf: "mebdf",
  mebdf: "bdf",
};

/** Error at equal tolerance, relative to BDF: MEBDF reports the error of its lower-order stage and is more accurate than asked. */
export const ERROR_AT_TOLERANCE: Readonly<Record<MethodName, number>> = {
  tsit5: 1,
  dopri5: 1,
  rodas5p: 0.5,
  bdf: 1,
  mebdf: 0.2,
};
