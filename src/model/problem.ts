// Lowers a model to an initial value problem: equations are derived, factored and compiled, parameters get their values.
import { Failure } from "../base/index.ts";
import {
  compileProgram,
  factorSums,
  lower,
  program,
  Runtime,
  type Tape,
  tapeFunction,
  type TargetName,
} from "../compile/index.ts";
import type { OdeProblem, OdeSystem, SparsePattern } from "../dynamics/index.ts";
import { diagonalMass } from "../dynamics/mass.ts";
import { diff, evaluate, freeSymbols, postorder, type Term } from "../term/index.ts";
import { conservationLaws } from "./conservation.ts";
import { derive, type Equations } from "./derive.ts";
import { modelFunctions } from "./functions.ts";
import { hybridParts, hybridTerms } from "./hybrid.ts";
import type { Model, State } from "./model.ts";
import { SharedMemory } from "./shared-memory.ts";

export interface LowerModelOptions {
  /** Other values of parameters: name -> value. */
  readonly parameters?: Readonly<Record<string, number>>;
  /** Start time; that of the model's span, or 0, by default. */
  readonly from?: number;
  readonly target?: TargetName;
  /** Key of the random order of simultaneous events. Default 0. */
  readonly seed?: number;
  /** Leave noise out: only the drift of a stochastic model. Default false: models with noise are refused. */
  readonly drift?: boolean;
}

export interface LoweredModel {
  readonly problem: OdeProblem;
  readonly equations: Equations;
  /** Instructions of the right-hand side and the Jacobian, and the size of their code in bytes. */
  readonly size: { readonly rhs: number; readonly jacobian: number; readonly code: number };
  /** Values of all parameters in the order of the model. */
  readonly parameters: Float64Array;
  /** Gives the problem other values of parameters, and the initial values that follow from them; what is not named has the model's value. */
  reset(parameters: Readonly<Record<string, number>>): void;
  readonly deriveMs: number;
  readonly compileMs: number;
}

/** Derives, factors and compiles a model. Fails (Failure) on unknown parameter names and on values that are not finite. */
export async function lowerModel(given: Model, options: LowerModelOptions = {}): Promise<LoweredModel> {
  if ((given.noise?.size ?? 0) > 0 && options.drift !== true)
    throw new Failure(
      "unsupported",
      `the model ${given.name} has noise, which solvers of ordinary equations leave out`,
      {
        hint: "Run it with chance (--stochastic sde), or ask for its drift alone (--drift).",
      },
    );
  const begin = performance.now();
  const t0 = options.from ?? given.span?.from ?? 0;
  const parameters = parameterValues(given, options.parameters ?? {}, t0);
  const equations = derive(given.states.length > 0 ? given : withState(given));
  const { model } = equations;
  const y0 = initialValues(model, model.states, parameters, t0);
  const n = model.states.length;
  const jacobianEntries = byColumns(equations.jacobian);
  const factored = factorSums(equations.rightHandSides);
  const factoredJacobian = factorSums(jacobianEntries.terms);
  const t1 = performance.now();

  const { context, time } = model;
  const states = model.states.map((state) => state.symbol);
  const p = [
    ...model.parameters.map((parameter) => context.symbol(parameter.name)),
    ...(model.discrete ?? []).map((each) => each.symbol),
    ...(model.delays ?? []).map((each) => each.symbol),
  ];
  const inputs = [
    { name: "y", symbols: states },
    { name: "p", symbols: p },
  ];
  // Shared pairs pay for the right-hand side, which is called a hundred times as often as the Jacobian.
  const tape = (name: string, terms: readonly Term[], output: string, from = inputs): Tape =>
    lower({ name, scalars: [time], inputs: from, outputs: [{ name: output, terms }] }, { shareSums: name === "rhs" });
  const rhs = tape("rhs", factored, "dy");
  const jacobian = tape("jacobian", factoredJacobian, "J");
  const timeTerms = partialsByTime(equations.rightHandSides, time);
  const needed = neededStates(equations.outputs, states);
  const outputTape = tape("outputs", equations.outputs, "out", [
    { name: "y", symbols: needed.map((i) => states[i]) },
    inputs[1],
  ]);
  const dft = timeTerms === undefined ? undefined : tapeFunction(tape("dft", factorSums(timeTerms), "dft"));
  const functions = [rhs, jacobian, outputTape].map(tapeFunction);
  if (dft !== undefined) functions.push(dft);
  const hybrid = hybridTerms(model, equations);
  for (const [name, terms] of Object.entries(hybrid?.functions ?? {}))
    if (terms.length > 0) functions.push(tapeFunction(tape(name, terms, "out")));
  const held = equations.constraints.map(({ term }) => term);
  if (held.length > 0) {
    functions.push(tapeFunction(tape("constraints", held, "out")));
    functions.push(
      tapeFunction(
        tape(
          "gradients",
          held.flatMap((term) => states.map((y) => diff(term, y))),
          "out",
        ),
      ),
    );
  }
  const longest = Math.max(...functions.map((each) => each.tape.op.length));
  const runtime = Runtime.for({
    f64:
      VECTORS * n +
      4 * jacobianEntries.terms.length +
      2 * longest +
      p.length +
      4 * (equations.outputs.length + (hybrid?.size ?? 0) + held.length * (n + 1)) +
      4 * directLength(equations) +
      STEPPER_ROOM,
    slices: 1024,
  });
  const kernels = await compileProgram(program(model.name, ...functions), {
    runtime,
    target: options.target,
    functions: modelFunctions,
  });
  const values = new Float64Array(p.length);
  values.set(parameters);
  const discreteStart = initialValues(model, model.discrete ?? [], parameters, t0, true);
  values.set(discreteStart, parameters.length);
  const shared = new SharedMemory(runtime, kernels, n, values, {
    rhs: functions[0],
    jacobian: functions[1],
    timeDerivative: dft,
    target: options.target,
    functions: modelFunctions,
  });
  const system = shared.system(
    model.states.map((state) => state.name),
    jacobianEntries.pattern,
    rhs.op.length,
    jacobian.op.length,
    timeTerms !== undefined,
    (model.unknowns?.size ?? 0) === 0
      ? undefined
      : diagonalMass(model.states.map((_, i) => (model.unknowns!.has(i) ? 0 : 1))),
  );
  let direct: Promise<OdeSystem> | undefined;
  const problem: OdeProblem = {
    name: model.name,
    system,
    direct: () => (direct ??= directSystem(model, equations, system, shared, p, options.target)),
    t0,
    y0,
    constraints:
      held.length === 0
        ? undefined
        : {
            count: held.length,
            names: equations.constraints.map(({ name }) => name),
            values: shared.call("constraints", held.length),
            gradients: shared.call("gradients", held.length * n),
            // Unknowns that are states now: their initial values are guesses.
            movable: Uint8Array.from(model.states, (_, i) =>
              i < given.states.length && given.unknowns!.has(i) && !model.unknowns!.has(i) ? 1 : 0,
            ),
          },
    hybrid: hybrid === undefined ? undefined : hybridParts(model, hybrid, shared, discreteStart, options.seed ?? 0),
    outputs: shared.outputs(
      model.outputs.map((output) => output.name),
      Int32Array.from(needed),
    ),
    conserved: conservationLaws(model),
    amounts: model.reactions.length > 0 && model.equations.size === 0,
    dispose: () => {
      kernels.dispose();
      runtime.dispose();
    },
  };
  const t2 = performance.now();
  return {
    problem,
    equations,
    size: { rhs: rhs.op.length, jacobian: jacobian.op.length, code: kernels.codeSize },
    parameters,
    reset(replaced) {
      parameters.set(parameterValues(model, replaced, t0));
      shared.parameters.set(parameters);
      y0.set(initialValues(model, model.states, parameters, t0));
      discreteStart.set(initialValues(model, model.discrete ?? [], parameters, t0, true));
    },
    deriveMs: t1 - begin,
    compileMs: t2 - t1,
  };
}

/** Solvers need a state: one that stands still, where all else is discrete or follows from time. */
function withState(model: Model): Model {
  const zero = model.context.number(0);
  const still = { name: ".still", symbol: model.context.symbol(".still"), initial: zero, fixed: false };
  return { ...model, states: [still], equations: new Map([[0, zero]]) };
}

/** Numbers that compiled steppers may need besides vectors: factors and scratch. */
const STEPPER_ROOM = 1 << 18;
/** Vectors of n that steppers may take in the kernels' memory; further ones are copied. */
const VECTORS = 64;

/**
 * Values of the parameters at t0, with some replaced; expressions of replaced ones follow. Not finite are only those that the model
 * itself makes infinite or NaN, and what follows from them.
 */
export function parameterValues(
  model: Model,
  replaced: Readonly<Record<string, number>>,
  t0 = model.span?.from ?? 0,
): Float64Array {
  const names = new Set(model.parameters.map((parameter) => parameter.name));
  for (const [name, value] of Object.entries(replaced)) {
    if (!names.has(name))
      throw new Failure("name", `the model ${model.name} has no parameter "${name}"`, {
        hint: `Its parameters: ${[...names].slice(0, 20).join(", ")}${names.size > 20 ? " and more" : ""}.`,
      });
    if (!Number.isFinite(value))
      throw new Failure("usage", `parameter "${name}" must be a finite number, not ${value}`);
  }
  const values: Record<string, number> = Object.create(null) as Record<string, number>;
  values[model.time.name] = t0;
  const meant = (term: Term): boolean => freeSymbols(term).some((symbol) => !Number.isFinite(values[symbol.name]));
  return Float64Array.from(model.parameters, ({ name, term, value: given, place }) => {
    const value = Object.hasOwn(replaced, name) ? replaced[name] : (given ?? evaluate(term, values));
    if (!Number.isFinite(value) && given === undefined && !meant(term))
      throw new Failure("numeric", `parameter "${name}" is ${value}`, {
        place,
        hint: "Look for a division by zero, or a logarithm or root of a negative number.",
      });
    return (values[name] = value);
  });
}

/** Initial values at t0, in parameters and time. Discrete quantities may be anything, states must be finite. */
export function initialValues(
  model: Model,
  quantities: readonly State[],
  parameters: Float64Array,
  t0: number,
  anything = false,
): Float64Array {
  const values: Record<string, number> = Object.create(null) as Record<string, number>;
  model.parameters.forEach((parameter, i) => (values[parameter.name] = parameters[i]));
  values[model.time.name] = t0;
  return Float64Array.from(quantities, ({ name, initial, place }) => {
    const value = evaluate(initial, values);
    if (!anything && !Number.isFinite(value))
      throw new Failure("numeric", `the initial value of "${name}" is ${value}`, {
        place,
        hint: "Look for a division by zero, or a logarithm or root of a negative number.",
      });
    return value;
  });
}

/** Rows of derivatives as compressed columns. */
export function byColumns(rows: readonly ReadonlyMap<number, Term>[]): { pattern: SparsePattern; terms: Term[] } {
  const n = rows.length;
  const columns: [number, Term][][] = Array.from({ length: n }, () => []);
  rows.forEach((row, i) => {
    for (const [j, term] of row) columns[j].push([i, term]);
  });
  const colPtr = new Int32Array(n + 1);
  const rowIdx: number[] = [];
  const terms: Term[] = [];
  columns.forEach((column, j) => {
    for (const [i, term] of column) {
      rowIdx.push(i);
      terms.push(term);
    }
    colPtr[j + 1] = rowIdx.length;
  });
  return { pattern: { n, colPtr, rowIdx: Int32Array.from(rowIdx) }, terms };
}

/** df/dt, or undefined where no right-hand side depends on time. */
export function partialsByTime(terms: readonly Term[], time: Term): Term[] | undefined {
  return postorder(terms).includes(time) ? terms.map((term) => diff(term, time)) : undefined;
}

function neededStates(outputs: readonly Term[], states: readonly Term[]): number[] {
  const used = new Set(freeSymbols(...outputs));
  return states.flatMap((symbol, i) => (used.has(symbol) ? [i] : []));
}

/** Length of the direct tape, at most. */
function directLength({ rightHandSides }: Equations): number {
  let length = 64;
  for (const { args } of rightHandSides) length += 6 * (args.length + 1);
  return length;
}

/**
 * The system with its sums as they stand: every monomial computed from the states, nothing factored. The Jacobian is the
 * compiled one: it steers Newton's iteration and not the solution, except in Rosenbrock methods, which check no others.
 */
function directSystem(
  model: Model,
  equations: Equations,
  fast: OdeSystem,
  shared: SharedMemory,
  p: readonly Term[],
  target: TargetName | undefined,
): Promise<OdeSystem> {
  const { time } = model;
  const tape = lower({
    name: "direct",
    scalars: [time],
    inputs: [
      { name: "y", symbols: model.states.map((state) => state.symbol) },
      { name: "p", symbols: p },
    ],
    outputs: [{ name: "dy", terms: equations.rightHandSides }],
  });
  return shared.withRightHandSide(fast, tape, target);
}
