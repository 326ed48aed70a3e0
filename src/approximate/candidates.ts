// Classical approximations as programs: polynomials by Horner's rule, in x or in x^2, and quotients of polynomials.
import { Failure } from "../base/index.ts";
import { bigfloat as F, type BigFloat } from "../number/index.ts";
import type { Program, Step } from "./evolution/program.ts";
import { polynomialFamily, rationalFamily, rationalStart } from "./families.ts";
import { minimax, MinimaxProblem } from "./minimax.ts";

/** A program with constants, and what it is. */
export interface Candidate {
  readonly kind: string;
  readonly program: Program;
  readonly constants: readonly BigFloat[];
  /** Greatest weighted error, found by search. */
  readonly error: number;
  /** For a sum of powers of x: the exponents that the constants belong to, in their order, and the problem that it solves. */
  readonly powers?: { readonly exponents: readonly number[]; readonly problem: MinimaxProblem };
}

/** Writes steps one after the other; constants get their numbers in the order in which they are used. */
class Writer {
  readonly steps: Step[] = [];
  readonly constants: BigFloat[] = [];

  step(op: Step["op"], left: number, right: number): number {
    this.steps.push({ op, left, right });
    return this.steps.length;
  }

  constant(c: BigFloat): number {
    this.constants.push(c);
    return -this.constants.length;
  }

  /** sum c_j x^j; `from` is the value that multiplies first, where the leading coefficient is 1. */
  horner(c: readonly BigFloat[], x: number, monic = false): number {
    let value: number;
    let k = c.length - 1;
    if (monic) {
      value = this.step("+", x, this.constant(c[k - 1]));
      k -= 1;
    } else if (k === 0) throw new Failure("usage", "a constant is no program of x");
    else {
      value = this.step("*", x, this.constant(c[k]));
      value = this.step("+", value, this.constant(c[k - 1]));
      k -= 1;
    }
    for (; k > 0; k--) {
      value = this.step("*", value, x);
      value = this.step("+", value, this.constant(c[k - 1]));
    }
    return value;
  }

  get program(): Program {
    return { steps: this.steps, constants: this.constants.length };
  }
}

/** c_0 + c_1 x + ... in 2 n steps. */
export function polynomialProgram(c: readonly BigFloat[]): Omit<Candidate, "kind" | "error"> {
  const w = new Writer();
  w.horner(c, 0);
  return { program: w.program, constants: w.constants };
}

/** P(x^2), or x P(x^2). */
export function parityProgram(c: readonly BigFloat[], odd: boolean): Omit<Candidate, "kind" | "error"> {
  const w = new Writer();
  const square = w.step("*", 0, 0);
  const value = w.horner(c, square);
  if (odd) w.step("*", value, 0);
  return { program: w.program, constants: w.constants };
}

/** (p_0 + ... + p_m x^m) / (q_0 + ... + x^n) in 2 m + 2 n steps; m, n >= 1. */
export function rationalProgram(p: readonly BigFloat[], q: readonly BigFloat[]): Omit<Candidate, "kind" | "error"> {
  const w = new Writer();
  const top = w.horner(p, 0);
  const bottom = w.horner(q, 0, true);
  w.step("/", top, bottom);
  return { program: w.program, constants: w.constants };
}

/** Best approximations of at most so many steps: polynomials, polynomials in x^2 where they fit, quotients. */
export function classicalCandidates(
  problem: MinimaxProblem,
  operations: number,
  parity: "odd" | "even" | undefined,
): Candidate[] {
  const out: Candidate[] = [];
  for (let n = 1; 2 * n <= operations; n++) {
    const exponents = Array.from({ length: n + 1 }, (_, i) => i);
    attempt(out, `minimax polynomial of degree ${n}`, () => {
      const found = minimax(problem, polynomialFamily(exponents));
      return {
        ...polynomialProgram(found.parameters),
        error: found.error,
        powers: { exponents: exponents.toReversed(), problem },
      };
    });
  }
  if (parity !== undefined) {
    const half = folded(problem);
    const odd = parity === "odd";
    for (let n = 1; 2 * n + 1 + Number(odd) <= operations; n++) {
      const exponents = Array.from({ length: n + 1 }, (_, i) => 2 * i + Number(odd));
      attempt(out, `minimax polynomial with ${parity} powers to ${2 * n + Number(odd)}`, () => {
        const found = minimax(half, polynomialFamily(exponents));
        return {
          ...parityProgram(found.parameters, odd),
          error: found.error,
          powers: { exponents: exponents.toReversed(), problem: half },
        };
      });
    }
  }
  for (let sum = 2; 2 * sum <= operations; sum++) {
    const n = Math.floor(sum / 2);
    const m = sum - n;
    attempt(out, `minimax quotient of degrees ${m}/${n}`, () => {
      const found = minimax(problem, rationalFamily(m, n), { start: rationalStart(problem, m, n) });
      const c = found.parameters;
      const last = c[m + n];
      if (F.isZero(last)) return undefined;
      const over = (x: BigFloat): BigFloat => F.divide(x, last, problem.precision);
      const bottom = [over(F.fromInteger(1n, problem.precision)), ...c.slice(m + 1).map(over)];
      return { ...rationalProgram(c.slice(0, m + 1).map(over), bottom), error: found.error };
    });
  }
  return out;
}

/** On one side of zero, for functions and approximations with a symmetry: on both sides of it powers of one parity have no unique best. */
function folded(problem: MinimaxProblem): MinimaxProblem {
  const { target, from, to, weight, precision } = problem;
  if (!(from.sign < 0 && to.sign > 0)) return problem;
  const reach = F.compare(F.absolute(from), to) === 1 ? F.absolute(from) : to;
  return new MinimaxProblem(target, F.zero(precision), reach, weight, precision);
}

/** An approximation that cannot be made level is left out: there are others. */
function attempt(out: Candidate[], kind: string, make: () => Omit<Candidate, "kind"> | undefined): void {
  try {
    const found = make();
    if (found !== undefined) out.push({ kind, ...found });
  } catch (error) {
    if (!(error instanceof Failure) || error.kind !== "unsolved") throw error;
  }
}
