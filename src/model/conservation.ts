// Conservation laws from stoichiometry: integer vectors w with w . change = 0 for every reaction (left null space of the
// stoichiometric matrix). Elimination runs modulo a prime, column by column and sparse; each law found is then verified
// exactly over the integers, so a law that is returned is proved, and one that does not lift is left out.
import type { ConservationLaw } from "../dynamics/index.ts";
import type { Model } from "./model.ts";

/** A prime below 2^26: products stay exact in doubles. */
const PRIME = 67_108_859;

const mod = (a: number): number => ((a % PRIME) + PRIME) % PRIME;

function inverse(a: number): number {
  let [r0, r1, s0, s1] = [PRIME, a, 0, 1];
  while (r1 !== 0) {
    const q = Math.floor(r0 / r1);
    [r0, r1] = [r1, r0 - q * r1];
    [s0, s1] = [s1, s0 - q * s1];
  }
  return mod(s0);
}

/** Laws of a model whose states change by reactions only; none for models with equations or events. */
export function conservationLaws(model: Model): ConservationLaw[] {
  if (model.reactions.length === 0 || model.equations.size > 0) return [];
  if ((model.events ?? []).length > 0 || (model.algebraic ?? []).length > 0) return [];
  const n = model.states.length;
  const changes = new Map<string, ReadonlyMap<number, number>>();
  for (const { change } of model.reactions)
    if (change.size > 0) changes.set([...change].sort((a, b) => a[0] - b[0]).join(";"), change);
  // pivots[i]: a vector whose highest nonzero is a 1 at i; `at` and `value` hold the lower ones.
  const pivots: ({ at: number[]; value: number[] } | undefined)[] = new Array(n);
  const work = new Float64Array(n);
  for (const change of changes.values()) {
    let top = -1;
    for (const [i, net] of change) {
      work[i] = mod(net);
      top = Math.max(top, i);
    }
    let pivot = -1;
    for (let i = top; i >= 0; i--) {
      if (work[i] === 0) continue;
      const known = pivots[i];
      if (known === undefined) {
        pivot = i;
        break;
      }
      const factor = work[i];
      work[i] = 0;
      for (let k = 0; k < known.at.length; k++) work[known.at[k]] = mod(work[known.at[k]] - factor * known.value[k]);
    }
    if (pivot < 0) continue;
    const scale = inverse(work[pivot]);
    const at: number[] = [];
    const value: number[] = [];
    for (let i = 0; i < pivot; i++)
      if (work[i] !== 0) {
        at.push(i);
        value.push((work[i] * scale) % PRIME);
      }
    work.fill(0, 0, pivot + 1);
    pivots[pivot] = { at, value };
  }
  const laws: ConservationLaw[] = [];
  const all = [...changes.values()];
  for (let free = 0; free < n; free++) {
    if (pivots[free] !== undefined || model.states[free].fixed) continue;
    const law = lift(free, pivots, n);
    if (law !== undefined && law.states.length > 1 && holds(law, all)) laws.push(law);
  }
  return laws;
}

/** The null vector with a 1 at `free` and 0 at the other free places, as small integers; undefined if they are not small. */
function lift(
  free: number,
  pivots: readonly ({ at: number[]; value: number[] } | undefined)[],
  n: number,
): ConservationLaw | undefined {
  const w = new Float64Array(n);
  w[free] = 1;
  for (let i = free + 1; i < n; i++) {
    const pivot = pivots[i];
    if (pivot === undefined) continue;
    let sum = 0;
    for (let k = 0; k < pivot.at.length; k++) sum = mod(sum + w[pivot.at[k]] * pivot.value[k]);
    w[i] = mod(-sum);
  }
  // Small fractions have small common denominators.
  for (let denominator = 1; denominator <= 12; denominator++) {
    const states: number[] = [];
    const weights: number[] = [];
    let small = true;
    for (let i = 0; i < n && small; i++) {
      if (w[i] === 0) continue;
      const residue = mod(w[i] * denominator);
      const value = residue > PRIME / 2 ? residue - PRIME : residue;
      small = Math.abs(value) <= 10_000;
      states.push(i);
      weights.push(value);
    }
    if (small) return { states, weights };
  }
  return undefined;
}

function holds(law: ConservationLaw, changes: readonly ReadonlyMap<number, number>[]): boolean {
  const weight = new Map(law.states.map((state, i) => [state, law.weights[i]]));
  return changes.every((change) => {
    let sum = 0;
    for (const [i, net] of change) sum += net * (weight.get(i) ?? 0);
    return sum === 0;
  });
}
