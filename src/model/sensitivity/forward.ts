// Forward sensitivities: the model extended by its variational equations S' = f_y S + f_p, S(t0) = dy0/dp, one column of n states for
// each parameter or initial value. For an algebraic equation 0 = g the row is 0 = g_y S + g_p.
// Source: Hairer, Norsett, Wanner, Solving ODEs I (2nd ed. 1993), section I.14.
// The extended model is one like any other: its Jacobian, second derivatives included, comes from the terms.
import { Failure } from "../../base/index.ts";
import { diff, gradient, mul, SumBuilder, type Term } from "../../term/index.ts";
import { derive } from "../derive.ts";
import type { Definition, Model, State } from "../model.ts";
import { followParameters, initialDerivative, refuseJumps, type Target } from "./targets.ts";

/** Most states of an extended model. */
const MOST_STATES = 20_000;

export interface SensitivityModel {
  /** Outputs of the model, then the derivative of each output by each target, outputs first. */
  readonly model: Model;
  readonly targets: readonly Target[];
}

/** The model with its variational equations. Fails (Failure) on events, delays and conditions in states, and beyond 20,000 states. */
export function sensitivityModel(
  model: Model,
  targets: readonly Target[],
  replaced: Readonly<Record<string, number>> = {},
): SensitivityModel {
  const { context, states } = model;
  const n = states.length;
  if (n * (targets.length + 1) > MOST_STATES)
    throw new Failure(
      "limit",
      `${n} states by ${targets.length} parameters are ${n * targets.length} sensitivities, more than ${MOST_STATES}`,
      { hint: "Name fewer parameters, or take the gradient of one number, which costs as much for many as for one." },
    );
  const equations = derive(model);
  const { rightHandSides, jacobian } = equations;
  refuseJumps(equations, targets, rightHandSides);
  const follow = followParameters(model, targets, replaced);
  const zero = context.number(0);
  const one = context.number(1);
  const byParameter = (term: Term, { kind, name }: Target): Term =>
    kind === "initial" ? zero : diff(follow(term), context.symbol(name));
  const extended: State[] = states.map((state) => ({ ...state }));
  const rows: Term[] = [...rightHandSides];
  const unknowns = new Set(model.unknowns ?? []);
  const columns = targets.map((target, k) => {
    const symbols = states.map((state) => context.symbol(`d${state.name}/d${target.name}`));
    states.forEach((state, i) => {
      const start = initialDerivative(model, i, target);
      extended.push({
        name: symbols[i].name,
        symbol: symbols[i],
        initial: start === "one" ? one : start === "zero" ? zero : byParameter(state.initial, target),
        fixed: false,
      });
      const sum = new SumBuilder(context);
      for (const [j, entry] of jacobian[i]) sum.add(mul(entry, symbols[j]));
      sum.add(byParameter(rightHandSides[i], target));
      rows.push(sum.build());
      if (model.unknowns?.has(i)) unknowns.add((k + 1) * n + i);
    });
    return symbols;
  });
  const stateSymbols = states.map((state) => state.symbol);
  const outputs: Definition[] = model.outputs.map(({ name }, o) => ({ name, term: equations.outputs[o] }));
  model.outputs.forEach(({ name }, o) => {
    const slope = gradient(equations.outputs[o], stateSymbols);
    targets.forEach((target, k) => {
      const sum = new SumBuilder(context);
      for (const [j, entry] of slope) sum.add(mul(entry, columns[k][j]));
      sum.add(byParameter(equations.outputs[o], target));
      outputs.push({ name: `d${name}/d${target.name}`, term: sum.build() });
    });
  });
  const order = [...unknowns];
  return {
    targets,
    model: {
      name: model.name,
      format: model.format,
      context,
      time: model.time,
      parameters: model.parameters,
      states: extended,
      assignments: [],
      reactions: [],
      equations: new Map(rows.flatMap((row, i) => (unknowns.has(i) ? [] : [[i, row] as const]))),
      algebraic: order.map((i) => ({ name: extended[i].name, term: rows[i] })),
      unknowns: new Set(order),
      outputs,
      span: model.span,
    },
  };
}
