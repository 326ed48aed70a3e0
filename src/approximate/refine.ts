// Constants moved by units in the last place to lessen the error of what is really computed, rounding included: one constant after
// the other, as long as the worst of many points gets better. Rounding errors follow no formula, so this is a search on samples; what
// comes of it is judged anew.
import { bigfloat as F } from "../number/index.ts";
import type { FloatProgram, FloatType } from "./code.ts";
import type { Program } from "./evolution/program.ts";
import type { MinimaxProblem } from "./minimax.ts";

/** Points, spread evenly over the range with a step that meets no pattern of the bits. */
const POINTS = 4096;
const GOLDEN = 0.6180339887498949;
const MOST_PASSES = 6;
const MOVES = [1, -1, 2, -2];

interface References {
  readonly x: Float64Array;
  /** The value, and what it exceeds its double by. */
  readonly high: Float64Array;
  readonly low: Float64Array;
  /** One over the unit in the last place of the format. */
  readonly perUnit: Float64Array;
}

function references(problem: MinimaxProblem, type: FloatType): References {
  const [a, b] = [F.toNumber(problem.from), F.toNumber(problem.to)];
  const [bits, least] = type === "f32" ? [24, -126] : [53, -1022];
  const out = { x: new Float64Array(POINTS), high: new Float64Array(POINTS), low: new Float64Array(POINTS), perUnit: new Float64Array(POINTS) }; // oxfmt-ignore
  for (let i = 0; i < POINTS; i++) {
    const exact = i === 0 ? a : i === 1 ? b : a + (b - a) * ((i * GOLDEN) % 1);
    const x = type === "f32" ? Math.fround(exact) : exact;
    const value = problem.target.value(F.fromNumber(x), 120).mid;
    out.x[i] = x;
    out.high[i] = F.toNumber(value);
    out.low[i] = F.toNumber(F.subtract(value, F.fromNumber(out.high[i]), 120));
    out.perUnit[i] = 2 ** (bits - Math.max(value.top, least + 1));
  }
  return out;
}

/** Steps of a program over arrays; the greatest error in units, or Infinity once it exceeds `limit`. */
function worstOf({ steps }: Program, c: Float64Array, type: FloatType, r: References, limit: number): number {
  const round = type === "f32" ? Math.fround : (x: number): number => x;
  const values = new Float64Array(steps.length);
  let worst = 0;
  for (let i = 0; i < POINTS; i++) {
    const x = r.x[i];
    for (let k = 0; k < steps.length; k++) {
      const { op, left, right } = steps[k];
      const a = left === 0 ? x : left > 0 ? values[left - 1] : c[-left - 1];
      const b = right === 0 ? x : right > 0 ? values[right - 1] : c[-right - 1];
      values[k] = round(
        op === "+" ? a + b : op === "-" ? a - b : op === "*" ? a * b : op === "/" ? a / b : Math.sqrt(a),
      );
    }
    const off = Math.abs(values[steps.length - 1] - r.high[i] - r.low[i]) * r.perUnit[i];
    if (!(off <= worst)) worst = off;
    if (!(worst <= limit)) return Infinity;
  }
  return worst;
}

/** The number `count` units of the format away. */
function moved(x: number, count: number, type: FloatType): number {
  if (x === 0) return x;
  const exponent = Math.floor(Math.log2(Math.abs(x)));
  const next = x + count * 2 ** (exponent - (type === "f32" ? 23 : 52));
  return type === "f32" ? Math.fround(next) : next;
}

/** Refines programs of one type for one problem: the values at the points are computed once. */
export class Refiner {
  readonly #type: FloatType;
  readonly #references: References;

  constructor(problem: MinimaxProblem, type: FloatType) {
    this.#type = type;
    this.#references = references(problem, type);
  }

  /** The program with constants that do better at the points; its worst error there in units in the last place. */
  refine({ program, constants }: FloatProgram): { given: FloatProgram; worst: number } {
    const type = this.#type;
    const r = this.#references;
    const c = Float64Array.from(constants);
    let worst = worstOf(program, c, type, r, Infinity);
    for (let pass = 0; pass < MOST_PASSES; pass++) {
      let better = false;
      for (let j = 0; j < c.length; j++)
        for (const move of MOVES) {
          const before = c[j];
          c[j] = moved(before, move, type);
          const found = worstOf(program, c, type, r, worst);
          if (found < worst) {
            worst = found;
            better = true;
          } else c[j] = before;
        }
      if (!better) break;
    }
    return { given: { program, constants: [...c], type }, worst };
  }
}
