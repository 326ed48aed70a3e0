// A phase plane of a model: trajectories of two of its states, and the field of directions in their plane, ready for `plotPhase`.
import { Failure } from "./base/index.ts";
import { lowerModel, type Model } from "./model/index.ts";
import type { PhasePlane } from "./report/index.ts";
import { simulate, type SimulateOptions } from "./simulate.ts";

export interface PhaseOptions extends SimulateOptions {
  /** Names of the two states. */
  readonly x: string;
  readonly y: string;
  /** Further starts in the plane, besides the model's own; other states start as in the model. */
  readonly starts?: readonly (readonly [x: number, y: number])[];
}

export interface Phase {
  readonly plane: PhasePlane;
  /** Whether states besides the two are held at their initial values for the field, so that trajectories need not follow it. */
  readonly section: boolean;
  /** Gives the memory of the field's code back. */
  dispose(): void;
}

/**
 * Simulates from each start and gives the field at the start time.
 * Fails (Failure) on names that are not states, on models with algebraic equations or delays, and as `simulate` does.
 */
export async function phasePlane(model: Model, { x, y, starts = [], ...options }: PhaseOptions): Promise<Phase> {
  const place = (name: string): number => {
    const at = model.states.findIndex((state) => state.name === name);
    if (at < 0)
      throw new Failure("name", `the model has no state "${name}"`, {
        hint: `Its states: ${model.states
          .slice(0, 20)
          .map((state) => state.name)
          .join(", ")}${model.states.length > 20 ? " and more" : ""}.`,
      });
    return at;
  };
  const [ix, iy] = [place(x), place(y)];
  if (ix === iy) throw new Failure("usage", `a phase plane needs two different states, not ${x} twice`);
  if ((model.unknowns?.size ?? 0) > 0 || (model.delays?.length ?? 0) > 0)
    throw new Failure("unsupported", "models with algebraic equations or delays have no field in a plane", {
      hint: "Draw the time courses instead.",
    });
  const outputs = [x, y].map((name, k) => ({ name, term: model.states[k === 0 ? ix : iy].symbol }));
  const trajectories = [];
  for (const start of [undefined, ...starts]) {
    const states = model.states.map((state, i) =>
      start === undefined || (i !== ix && i !== iy)
        ? state
        : { ...state, initial: model.context.float(start[i === ix ? 0 : 1]) },
    );
    const { outputs: found } = await simulate({ ...model, states, outputs }, options);
    const [first, second] = found.curves;
    trajectories.push({
      name: start === undefined ? "from the model's start" : `from (${start.join(", ")})`,
      x: first.values,
      y: second.values,
    });
  }
  const { problem } = await lowerModel(model, { parameters: options.parameters, target: options.target });
  const { system, t0, y0 } = problem;
  const at = system.vector();
  const rate = system.vector();
  return {
    plane: {
      x,
      y,
      trajectories,
      field: (a, b) => {
        at.set(y0);
        at[ix] = a;
        at[iy] = b;
        system.rhs(t0, at, rate);
        return [rate[ix], rate[iy]];
      },
    },
    section: model.states.length > 2,
    dispose: () => problem.dispose(),
  };
}
