// Steady states of models, and curves of them in one parameter.
import { type Budget, Failure, Meter, type StopReason } from "./base/index.ts";
import type { TargetName } from "./compile/index.ts";
import { type Bifurcation, continueEquilibria, type ContinuationOptions } from "./dynamics/steady/continuation.ts";
import { findSteadyState, type SteadyPoint } from "./dynamics/steady/steady.ts";
import { stabilityAt, type Stability } from "./dynamics/steady/stability.ts";
import type { Evidence } from "./evidence/index.ts";
import type { Model } from "./model/index.ts";
import { type EquilibriumModel, equilibriumModel } from "./model/steady/equilibrium.ts";

export interface SteadyStateOptions {
  readonly parameters?: Readonly<Record<string, number>>;
  /** Where to look, by state: a guess instead of initial values. Conserved totals stay those of the initial values, so that one state of each follows from the others. */
  readonly guess?: Readonly<Record<string, number>>;
  /** "transient" (default): where the solution leads, if it settles; "newton": what Newton's method finds from the start. */
  readonly method?: "transient" | "newton";
  readonly budget?: Budget;
  readonly signal?: AbortSignal;
  readonly target?: TargetName;
}

export interface SteadyState {
  /** All states, by name. */
  readonly states: Readonly<Record<string, number>>;
  readonly outputs: Readonly<Record<string, number>>;
  /** Largest absolute rate of change. */
  readonly residual: number;
  /** stable: small deviations (with the same totals) die out. */
  readonly stability: Stability["verdict"];
  /** Eigenvalues of the linearised system without those of conservation laws, the largest real part first. */
  readonly eigenvalues: { readonly re: Float64Array; readonly im: Float64Array };
  readonly evidence: readonly Evidence[];
  readonly method: SteadyPoint["method"];
  readonly iterations: number;
}

/**
 * A steady state of a model. It need not be the only one, nor the one that the solution tends to.
 * Fails (Failure) where none is found, on models that depend on time, and on events and delays.
 */
export async function steadyState(model: Model, options: SteadyStateOptions = {}): Promise<SteadyState> {
  const made = await equilibriumModel(model, options);
  try {
    const meter = new Meter(options.budget, options.signal);
    const found = findSteadyState(made.system, made.start(options.guess), 0, { method: options.method, meter });
    const stability = stabilityAt(made.system, found.y, 0);
    const { im, re, verdict } = stability;
    return {
      states: named(model.states, made.states(found.y, 0)),
      outputs: named(model.outputs, made.outputs(found.y, 0)),
      residual: found.residual,
      stability: verdict,
      eigenvalues: { re, im },
      evidence: await evidenceOf(made, found, stability),
      method: found.method,
      iterations: found.iterations,
    };
  } finally {
    made.dispose();
  }
}

const named = (definitions: readonly { readonly name: string }[], values: Float64Array): Record<string, number> =>
  Object.fromEntries(definitions.map(({ name }, i) => [name, values[i]]));

async function evidenceOf(made: EquilibriumModel, found: SteadyPoint, stability: Stability): Promise<Evidence[]> {
  const { rate, correction, residual, isolated } = found;
  const evidence: Evidence[] = [
    {
      statement: `all rates of change are below ${residual.toExponential(1)}, and below ${rate.toExponential(1)} relative to the states`,
      grade: "sampled",
      bound: residual,
      unit: "rate of change",
      method: "right-hand sides evaluated at the state, in double precision",
    },
  ];
  const { proveSteadyState } = await import("./model/steady/proof.ts");
  const proof = isolated ? proveSteadyState(made.terms, made.symbols, made.values, found.y) : undefined;
  if (proof !== undefined)
    evidence.push({
      statement: `there is exactly one steady state with these totals within ${proof.toExponential(1)} of the values, relatively`,
      grade: "proved",
      bound: proof,
      unit: "relative error",
      method: "Krawczyk's test in ball arithmetic, for the parameters as they are in double precision",
    });
  else
    evidence.push({
      statement: isolated
        ? `the states are right to ${correction.toExponential(1)} of their sizes`
        : "the equations are singular there: other steady states may lie next to it, and its digits are not known",
      grade: isolated ? "estimated" : "none",
      bound: isolated ? correction : undefined,
      unit: isolated ? "relative error" : undefined,
      method: isolated ? "the last correction of Newton's method" : "the Jacobian is singular in double precision",
    });
  evidence.push({
    statement:
      stability.verdict === "undecided"
        ? "stability is not decided: an eigenvalue's real part is zero up to rounding"
        : `the steady state is ${stability.verdict}: the largest real part of an eigenvalue is ${stability.re[0]?.toPrecision(4) ?? "none"}`,
    grade: stability.verdict === "undecided" ? "none" : "estimated",
    method: `${stability.re.length} eigenvalues of the Jacobian in double precision${made.laws > 0 ? `, ${made.laws} conserved quantities left out` : ""}`,
  });
  return evidence;
}

export interface ContinueOptions extends Omit<ContinuationOptions, "from" | "to" | "meter" | "sizes"> {
  /** The range of the parameter; the curve starts at the first. */
  readonly from: number;
  readonly to: number;
  readonly parameters?: Readonly<Record<string, number>>;
  readonly guess?: Readonly<Record<string, number>>;
  readonly method?: "transient" | "newton";
  readonly budget?: Budget;
  readonly signal?: AbortSignal;
  readonly target?: TargetName;
}

export interface SteadyBranch {
  readonly parameter: Float64Array;
  /** Outputs of the model along the branch. */
  readonly curves: readonly { readonly name: string; readonly values: Float64Array }[];
  /** Eigenvalues with positive real part; 0: stable. */
  readonly unstable: Int32Array;
  readonly stop: StopReason;
}

export interface SteadyBifurcation {
  readonly kind: Bifurcation["kind"];
  readonly parameter: number;
  readonly outputs: Readonly<Record<string, number>>;
  /** Position of its branch. */
  readonly branch: number;
  /** Of a Hopf point: the period of the oscillation that starts there. */
  readonly period?: number;
}

export interface SteadyCurves {
  readonly parameter: string;
  readonly branches: readonly SteadyBranch[];
  readonly bifurcations: readonly SteadyBifurcation[];
  readonly evidence: readonly Evidence[];
  readonly stop: StopReason;
}

/**
 * The steady states of a model as curves in one parameter, from the steady state at `from` on, with folds, Hopf points and branch points.
 * Fails (Failure) where there is no steady state to start from; a curve that cannot be followed ends with a reason.
 */
export async function continueSteadyStates(
  model: Model,
  parameter: string,
  options: ContinueOptions,
): Promise<SteadyCurves> {
  const { from, to, step, points, branches } = options;
  if (!(Number.isFinite(from) && Number.isFinite(to) && from !== to))
    throw new Failure("usage", `the range of ${parameter} must have two different ends, not ${from} and ${to}`);
  const made = await equilibriumModel(model, {
    parameter,
    parameters: { ...options.parameters, [parameter]: from },
    target: options.target,
  });
  try {
    const meter = new Meter(options.budget, options.signal);
    const guess = made.start(options.guess);
    const start = findSteadyState(made.system, guess, from, { method: options.method, meter });
    const result = continueEquilibria(made.system, start.y, {
      from,
      to,
      step,
      points,
      branches,
      sizes: guess,
      meter,
    });
    const total = result.branches.reduce((sum, branch) => sum + branch.points.length, 0);
    return {
      parameter,
      stop: result.stop,
      branches: result.branches.map((branch): SteadyBranch => {
        const rows = branch.points.map((each) => made.outputs(each.y, each.parameter));
        return {
          parameter: Float64Array.from(branch.points, (each) => each.parameter),
          curves: model.outputs.map(({ name }, k) => ({ name, values: Float64Array.from(rows, (row) => row[k]) })),
          unstable: Int32Array.from(branch.points, (each) => each.unstable),
          stop: branch.stop,
        };
      }),
      bifurcations: result.bifurcations.map((each) => ({
        kind: each.kind,
        parameter: each.parameter,
        outputs: named(model.outputs, made.outputs(each.y, each.parameter)),
        branch: each.branch,
        period: each.frequency === undefined ? undefined : (2 * Math.PI) / each.frequency,
      })),
      evidence: [
        {
          statement: `${total} points on ${result.branches.length} branch${result.branches.length === 1 ? "" : "es"} fulfil the equations to rounding; points and branches between or beside them may have been missed`,
          grade: "sampled",
          method:
            "Newton's method at every point; bifurcations by sign changes of test functions between neighbouring points",
        },
      ],
    };
  } finally {
    made.dispose();
  }
}
