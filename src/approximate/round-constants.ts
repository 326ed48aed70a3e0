// Constants of a program as numbers of a format. One after the other is rounded, up or down, whichever leaves the smaller error once
// the constants that are still free have been made level again; the last has no other to help it.
import { Failure } from "../base/index.ts";
import { bigfloat as F, type BigFloat } from "../number/index.ts";
import type { Family, MinimaxProblem } from "./minimax.ts";
import { minimax } from "./minimax.ts";

/** The family with its first constants held. */
function heldFamily(family: Family, held: readonly BigFloat[]): Family {
  return {
    parameters: family.parameters - held.length,
    linear: false,
    evaluate(c, x, p) {
      const sample = family.evaluate([...held, ...c], x, p);
      return sample && { value: sample.value, slopes: sample.slopes.slice(held.length) };
    },
  };
}

/** The two numbers of `bits` significant bits around c, the nearer first. */
function neighbours(c: BigFloat, bits: number): BigFloat[] {
  const near = F.round(c, bits);
  if (F.isZero(near) || F.equal(near, c)) return [near];
  const other = F.compare(near, c) === -1 ? F.round(c, bits, "up") : F.round(c, bits, "down");
  return F.equal(near, other) ? [near] : [near, other];
}

/** Constants of `bits` bits; the greatest error with them, found by search. */
export function roundConstants(
  problem: MinimaxProblem,
  family: Family,
  constants: readonly BigFloat[],
  bits: number,
): { constants: BigFloat[]; error: number } {
  let held: BigFloat[] = [];
  let rest = constants;
  let error = Infinity;
  for (let k = 0; k < constants.length; k++) {
    const trials = neighbours(rest[0], bits).map((c) => {
      const next = [...held, c];
      const found = settled(problem, heldFamily(family, next), rest.slice(1));
      return { next, ...found };
    });
    const best = trials.reduce((a, b) => (b.error < a.error ? b : a));
    held = best.next;
    rest = best.rest;
    error = best.error;
  }
  return { constants: held, error };
}

/** The free constants made level again, or left where that fails. */
function settled(
  problem: MinimaxProblem,
  family: Family,
  start: readonly BigFloat[],
): { rest: readonly BigFloat[]; error: number } {
  try {
    const found = minimax(problem, family, { start, tolerance: 1e-2, iterations: family.parameters === 0 ? 0 : 6 });
    return { rest: found.parameters, error: found.error };
  } catch (error) {
    if (error instanceof Failure && error.kind === "unsolved") return { rest: start, error: Infinity };
    throw error;
  }
}
