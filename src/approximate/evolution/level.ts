// The last hand at programs that the search has found: constants by Remez' algorithm in BigFloat, and squares at the end. v^2 near f
// is v near sqrt(f), so a program is fitted to the roots of f one after the other, by way of roots of orders between, where its
// constants for the last two say where the next begin (continuation with a secant predictor).
import { Failure } from "../../base/index.ts";
import { bigfloat as F, balls as B, type BigFloat } from "../../number/index.ts";
import { chebyshev, minimax, MinimaxProblem, type Minimax } from "../minimax.ts";
import type { Target } from "../target.ts";
import { programFamily } from "./family.ts";
import { Fitter, type Samples } from "./fit.ts";
import type { Individual } from "./island.ts";
import type { Program } from "./program.ts";

/** A program with level constants. */
export interface Levelled {
  readonly program: Program;
  readonly constants: readonly BigFloat[];
  /** Greatest weighted error found by search. */
  readonly error: number;
  readonly level: boolean;
}

/** Goals from one square root to the next. */
const STAGES = 4;
const FIT_STEPS = 400;
/** Points of a fit in double precision. */
const SAMPLES = 40;

/** The problem in doubles, at the zeros of a Chebyshev polynomial. */
export function samplesOf(problem: MinimaxProblem): Samples {
  const places = Array.from({ length: SAMPLES }, (_, i) => problem.place(problem.point(chebyshev(2 * i + 1, 2 * SAMPLES))));
  const row = (part: (place: (typeof places)[number]) => BigFloat): Float64Array =>
    Float64Array.from(places, (place) => F.toNumber(part(place)));
  return { points: row(({ x }) => x), goal: row(({ f }) => f), weight: row(({ w }) => w) };
}

/** f^(1/order), and the weight that makes the error of a power of an approximation of it that of f. */
function rooted(problem: MinimaxProblem, order: number): MinimaxProblem {
  const { target, from, to, precision, weight } = problem;
  const exponent = B.fromBigFloat(F.fromNumber(1 / order));
  const root: Target = { name: `${target.name}^(1/${order})`, value: (x, p) => B.pow(target.value(x, p + 8), exponent, p) };
  if (weight === "relative") return new MinimaxProblem(root, from, to, "relative", precision);
  // d(v^order) = order v^(order - 1) dv.
  const slope = B.fromBigFloat(F.fromNumber(1 - 1 / order));
  const own: Target = {
    name: "weight",
    value(x, p) {
      const part = B.multiply(B.fromBigFloat(F.fromNumber(order)), B.pow(target.value(x, p + 8), slope, p), p);
      return weight === "absolute" ? part : B.multiply(part, weight.value(x, p), p);
    },
  };
  return new MinimaxProblem(root, from, to, own, precision);
}

function levelled(problem: MinimaxProblem, program: Program, start: readonly BigFloat[]): Minimax | undefined {
  try {
    return minimax(problem, programFamily(program), { start, tolerance: 1e-4 });
  } catch (error) {
    if (error instanceof Failure && error.kind === "unsolved") return undefined;
    throw error;
  }
}

const numbers = (constants: readonly number[], p: number): BigFloat[] => constants.map((c) => F.fromNumber(c, p));

/** Levels constants of programs for one problem. */
export class Leveller {
  readonly #problem: MinimaxProblem;
  /** By the number of the stage, made when needed; the first is the problem itself. */
  readonly #stages: MinimaxProblem[];
  readonly #positive: boolean;

  constructor(problem: MinimaxProblem) {
    this.#problem = problem;
    this.#stages = [problem];
    this.#positive = problem.grid(96).every(({ f }) => f.kind === "normal" && f.sign > 0);
  }

  /** The program with its constants level; with as many squares as fit into `mostOperations` steps, one entry each. */
  level({ program, constants }: Individual, mostOperations: number): Levelled[] {
    const p = this.#problem.precision;
    const first = levelled(this.#problem, program, numbers(constants, p));
    if (first === undefined) return [];
    const out: Levelled[] = [{ program, constants: first.parameters, error: first.error, level: first.level }];
    if (!this.#positive || !first.level) return out;
    let from = first.parameters;
    let before = from;
    const steps = [...program.steps];
    for (let stage = 1; steps.length < mostOperations; stage++) {
      const found = this.#next(program, stage, from, before);
      if (found === undefined) break;
      [before, from] = [from, found.parameters];
      if (stage % STAGES !== 0) continue;
      steps.push({ op: "*", left: steps.length, right: steps.length });
      const squared: Program = { steps: [...steps], constants: program.constants };
      const last = levelled(this.#problem, squared, from);
      if (last !== undefined) out.push({ program: squared, constants: last.parameters, error: last.error, level: last.level });
    }
    return out;
  }

  #next(program: Program, stage: number, from: readonly BigFloat[], before: readonly BigFloat[]): Minimax | undefined {
    const p = this.#problem.precision;
    while (this.#stages.length <= stage)
      this.#stages.push(rooted(this.#problem, 2 ** (this.#stages.length / STAGES)));
    const ahead = from.map((c, j) =>
      c.kind === "normal" && before[j].kind === "normal" && c.sign === before[j].sign
        ? F.divide(F.multiply(c, c, p), before[j], p)
        : F.subtract(F.scale(c, 1), before[j], p),
    );
    const found = levelled(this.#stages[stage], program, ahead);
    if (found?.level) return found;
    // Newton's method has lost its way: least squares find theirs from farther off.
    const fitter = new Fitter(samplesOf(this.#stages[stage]));
    const near = fitter.descend(program, Float64Array.from(ahead, (c) => F.toNumber(c)), FIT_STEPS);
    const again = near && levelled(this.#stages[stage], program, numbers([...near.constants], p));
    return again?.level ? again : undefined;
  }
}
