// Flux balance analysis: the fluxes of a network at steady state that make a linear objective greatest or least, S v = 0 with bounds.
// Source: Orth, Thiele, Palsson, What is flux balance analysis?, Nature Biotechnology 28 (2010). Solved as a linear program.
// Left out: flux variability, sampling, knock-outs, minimal total flux.
import type { Evidence } from "../evidence/index.ts";
import { linearProgram, type Column } from "../linear/programming/index.ts";
import { type FluxModel, objectiveOf, readFluxes, type ReadFluxOptions } from "./sbml/flux.ts";

export interface FluxBalanceOptions extends ReadFluxOptions {
  /** The id of an objective instead of the active one. */
  readonly objective?: string;
  /** The name of the model in messages. */
  readonly source?: string;
}

export interface Flux {
  readonly reaction: string;
  readonly lower: number;
  readonly upper: number;
  /** NaN if there is no optimum. Where several distributions of fluxes reach the optimum, this is one of them. */
  readonly flux: number;
  /** The change of the objective with the flux, if the flux is held at another value nearby. */
  readonly reducedCost: number;
}

export interface FluxBalance {
  readonly status: "optimal" | "infeasible" | "unbounded";
  /** Why there is no optimum. */
  readonly reason?: string;
  readonly objective: {
    readonly id: string;
    readonly sense: "minimize" | "maximize";
    /** NaN if there is no optimum. */
    readonly value: number;
  };
  readonly fluxes: readonly Flux[];
  /** The change of the objective for each unit of the species that is taken out in a unit of time. */
  readonly shadowPrices: readonly { readonly species: string; readonly price: number }[];
  readonly evidence: readonly Evidence[];
}

/**
 * The optimal fluxes of an SBML model with the package fbc, given as text or read by `readFluxes`.
 * A model that no fluxes satisfy, or whose objective has no bound, is an answer. Fails (Failure) on what cannot be read and on
 * objectives that are not there ("name").
 */
export async function fluxBalance(model: string | FluxModel, options: FluxBalanceOptions = {}): Promise<FluxBalance> {
  const fluxes = typeof model === "string" ? readFluxes(model, options.source, options) : model;
  const { id, sense, coefficients } = objectiveOf(fluxes, options.objective ?? fluxes.active);
  const { reactions, species } = fluxes;
  const none = (status: "infeasible" | "unbounded", reason: string, evidence: readonly Evidence[]): FluxBalance => ({
    status,
    reason,
    objective: { id, sense, value: Number.NaN },
    fluxes: reactions.map(({ name, lower, upper }) => ({
      reaction: name,
      lower,
      upper,
      flux: Number.NaN,
      reducedCost: Number.NaN,
    })),
    shadowPrices: [],
    evidence,
  });
  const crossed = reactions.find(({ lower, upper }) => lower > upper);
  if (crossed !== undefined) {
    const { name, lower, upper } = crossed;
    const statement = `"${name}" can have no flux: its lower bound ${lower} is above its upper bound ${upper}`;
    return none("infeasible", statement, [{ statement, grade: "proved", method: "comparison" }]);
  }
  const found = await linearProgram({
    sense,
    cost: reactions.map((_, j) => coefficients.get(j) ?? 0),
    columns: reactions.map(({ change }): Column => ({ rows: [...change.keys()], values: [...change.values()] })),
    right: new Float64Array(species.length),
    lower: reactions.map(({ lower }) => lower),
    upper: reactions.map(({ upper }) => upper),
  });
  if (found.status === "infeasible") return none("infeasible", "no fluxes balance all species within their bounds", found.evidence); // oxfmt-ignore
  if (found.status === "unbounded")
    return none(
      "unbounded",
      `the objective "${id}" ${sense === "maximize" ? "grows" : "falls"} without bound; some flux needs a bound`,
      found.evidence,
    );
  return {
    status: "optimal",
    objective: { id, sense, value: found.objective },
    fluxes: reactions.map(({ name, lower, upper }, j) => ({
      reaction: name,
      lower,
      upper,
      flux: found.x[j],
      reducedCost: found.reducedCosts[j],
    })),
    shadowPrices: species.map((name, i) => ({ species: name, price: found.duals[i] })),
    evidence: found.evidence,
  };
}
