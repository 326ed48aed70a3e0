// From a model to a jump process: reactions happen one at a time, with their rates as propensities.
// Rates are taken as written. Those of BioNetGen networks are products of a constant and the reactants, a reactant that is named twice
// as a square: there X^m becomes X (X - 1) ... (X - m + 1), the number of ways to pick m of X in order, as BioNetGen's own simulator
// counts (statistical factors are in the constant).
// To stochastic differential equations in two ways: equations with noise, and the chemical Langevin equation of reactions, in which reaction
// j has the drift v_j a_j and the noise v_j sqrt(a_j) dW_j (Gillespie 2000, J. Chem. Phys. 113:297-306).
import { Failure } from "../base/index.ts";
import { lower } from "../compile/index.ts";
import type { JumpReaction, JumpSystem, SdeSystem } from "../dynamics/index.ts";
import { diff, div, evaluate, freeSymbols, Kind, mul, numericValue, sub, type Term } from "../term/index.ts";
import { derive, type Equations } from "./derive.ts";
import type { Model } from "./model.ts";

/** The jump process of a model of reactions. Fails (Failure) on what jump processes do not have: equations, events, delays, rates that depend on time. */
export function lowerJumps(model: Model): JumpSystem {
  const refuse = (what: string, hint: string): never => {
    throw new Failure("unsupported", `the model ${model.name} ${what}`, { hint });
  };
  if (model.reactions.length === 0)
    refuse("has no reactions", "Jump processes are made of reactions: reaction A -> B : k*A.");
  if (model.equations.size > 0)
    refuse(
      `has an equation for ${model.states[[...model.equations.keys()][0]].name}`,
      "In jump processes everything changes by reactions. Equations with noise take the method sde.",
    );
  if ((model.noise?.size ?? 0) > 0) refuse("has noise, which jump processes do not have", "Take the method sde.");
  if ((model.events?.length ?? 0) > 0)
    refuse("has events, which stochastic runs do not carry out", "Take the events out, or run it without chance.");
  if ((model.algebraic?.length ?? 0) > 0) refuse("has algebraic equations", "Stochastic runs take reactions only.");
  if ((model.delays?.length ?? 0) > 0) refuse("has delays", "Stochastic runs take reactions without delays.");
  if ((model.discrete?.length ?? 0) > 0)
    refuse("has quantities that only events change", "Declare them as parameters for stochastic runs.");
  const { inline, outputs } = derive(model);
  const { context, time, states } = model;
  const symbols = states.map((state) => state.symbol);
  const at = new Map(symbols.map((symbol, i) => [symbol, i]));
  const inputs = [
    { name: "y", symbols },
    { name: "p", symbols: model.parameters.map(({ name }) => context.symbol(name)) },
  ];
  const reactions = model.reactions.flatMap(({ name, change, rate, place }, j): JumpReaction[] => {
    const term = inline(model.format === "net" ? ordered(rate, at) : rate);
    const used = freeSymbols(term);
    if (used.includes(time))
      throw new Failure("unsupported", `the rate of the reaction ${name} depends on time`, {
        place,
        hint: "Stochastic runs take rates that depend on states and parameters only.",
      });
    const moved = new Map([...change].filter(([state]) => !states[state].fixed));
    if (moved.size === 0) return [];
    for (const [state, by] of moved)
      if (!Number.isSafeInteger(by) || Math.abs(by) > 1e6)
        throw new Failure("domain", `the reaction ${name} changes ${states[state].name} by ${by}, no whole number`, {
          place,
        });
    const degrees = new Map(
      used.flatMap((symbol) => (at.has(symbol) ? [[at.get(symbol)!, degree(term, symbol)]] : [])),
    );
    const tape = lower({ name: `a${j}`, scalars: [time], inputs, outputs: [{ name: "out", terms: [term] }] });
    return [{ name, change: moved, degrees, propensity: tape }];
  });
  return {
    name: model.name,
    states: states.map((state) => state.name),
    reactions,
    parameters: model.parameters.length,
    outputNames: model.outputs.map((output) => output.name),
    outputs: lower({ name: "outputs", scalars: [time], inputs, outputs: [{ name: "out", terms: outputs }] }),
  };
}

/** What stochastic differential equations cannot have. */
function refuseParts({ name, events, algebraic, delays, discrete }: Model): void {
  const parts: [string, readonly unknown[] | undefined][] = [
    ["events", events],
    ["algebraic equations", algebraic],
    ["delays", delays],
    ["quantities that only events change", discrete],
  ];
  for (const [what, list] of parts)
    if ((list?.length ?? 0) > 0)
      throw new Failure("unsupported", `the model ${name} has ${what}, which stochastic runs do not carry out`, {
        hint: "Take them out, or run it without chance.",
      });
}

/** Equations with noise. Fails (Failure) on models without noise and on events, delays and algebraic equations. */
export function lowerSde(model: Model): SdeSystem {
  refuseParts(model);
  const noise = [...(model.noise ?? [])];
  if (noise.length === 0)
    throw new Failure("unsupported", `the model ${model.name} has no noise`, {
      hint: "Write a line such as noise x = 0.1*x; for reactions take the method cle, or run jumps.",
    });
  const equations = derive(model);
  const terms = noise.map(([, term]) => equations.inline(term));
  const own = noise.map(([state]) => model.states[state].symbol);
  const states = new Set(model.states.map((state) => state.symbol));
  const diagonal = terms.every((term, j) =>
    freeSymbols(term).every((symbol) => symbol === own[j] || !states.has(symbol)),
  );
  const columns = noise.map(([state]) => ({ change: new Map([[state, 1]]) }));
  const slopes = diagonal ? terms.map((term, j) => diff(term, own[j])) : undefined;
  return sdeSystem(model, equations, columns, terms, false, slopes);
}

/** The chemical Langevin equation of a model of reactions. Fails (Failure) as `lowerJumps` does. */
export function lowerLangevin(model: Model): SdeSystem {
  refuseParts(model);
  if ((model.noise?.size ?? 0) > 0)
    throw new Failure("unsupported", `the model ${model.name} has noise of its own`, { hint: "Take the method sde." });
  if (model.reactions.length === 0)
    throw new Failure("unsupported", `the model ${model.name} has no reactions`, {
      hint: "The chemical Langevin equation is made of reactions: reaction A -> B : k*A.",
    });
  if (model.equations.size > 0)
    throw new Failure("unsupported", `the model ${model.name} has equations beside reactions`, {
      hint: "The chemical Langevin equation is made of reactions alone.",
    });
  const equations = derive(model);
  const moving = model.reactions.flatMap(({ change, rate }) => {
    const moved = new Map([...change].filter(([state]) => !model.states[state].fixed));
    return moved.size === 0 ? [] : [{ change: moved, rate: equations.inline(rate) }];
  });
  return sdeSystem(
    model,
    equations,
    moving,
    moving.map(({ rate }) => rate),
    true,
  );
}

function sdeSystem(
  model: Model,
  { rightHandSides, outputs }: Equations,
  columns: readonly { readonly change: ReadonlyMap<number, number> }[],
  diffusion: readonly Term[],
  squared: boolean,
  slopes?: readonly Term[],
): SdeSystem {
  const { context, time, states } = model;
  const inputs = [
    { name: "y", symbols: states.map((state) => state.symbol) },
    { name: "p", symbols: model.parameters.map(({ name }) => context.symbol(name)) },
  ];
  const tape = (name: string, terms: readonly Term[]): SdeSystem["drift"] =>
    lower({ name, scalars: [time], inputs, outputs: [{ name: "out", terms }] });
  return {
    name: model.name,
    states: states.map((state) => state.name),
    parameters: model.parameters.length,
    drift: tape("drift", rightHandSides),
    columns,
    diffusion: tape("diffusion", diffusion),
    squared,
    slopes: slopes === undefined ? undefined : tape("slopes", slopes),
    outputNames: model.outputs.map((output) => output.name),
    outputs: tape("outputs", outputs),
  };
}

/** Sum of the rates at a state, with values of the parameters in the order of the model; NaN where one has no value. */
export function activityOf(model: Model, parameters: ArrayLike<number>, y: ArrayLike<number>): number {
  const { inline } = derive(model);
  const values: Record<string, number> = Object.create(null) as Record<string, number>;
  model.parameters.forEach(({ name }, i) => (values[name] = parameters[i]));
  model.states.forEach(({ symbol }, i) => (values[symbol.name] = y[i]));
  return model.reactions.reduce((sum, { rate }) => sum + evaluate(inline(rate), values), 0);
}

/** Degree of a polynomial in a symbol, at most 3; 3 for what is no polynomial of such a degree. */
function degree(term: Term, symbol: Term): number {
  let derivative = term;
  for (let k = 0; k < 3; k++) {
    derivative = diff(derivative, symbol);
    if (numericValue(derivative) === 0) return k;
  }
  return 3;
}

/** X^m as X (X - 1) ... (X - m + 1) for states X in a product. */
function ordered(rate: Term, states: ReadonlyMap<Term, number>): Term {
  if (rate.kind !== Kind.product) return rate;
  let result = rate;
  rate.args.forEach((base, i) => {
    const m = rate.weights[i];
    if (!states.has(base) || typeof m !== "number" || m < 2) return;
    let [power, ways] = [base, base];
    for (let k = 1; k < m; k++) {
      power = mul(power, base);
      ways = mul(ways, sub(base, k));
    }
    result = mul(div(result, power), ways);
  });
  return result;
}
