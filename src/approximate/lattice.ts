// Lattices: reduction by Lenstra, Lenstra and Lovasz in exact integers, and the lattice points near a point by enumeration, the first of
// them Babai's. A lattice is given by the Gram matrix of its basis.
// Sources: Lenstra, Lenstra, Lovasz 1982; Cohen 1993, "A course in computational algebraic number theory", section 2.6 (integers only);
// Schnorr and Euchner 1994, section 3 (order of enumeration).
// Left out: deep insertions, blocks (BKZ), dependent vectors.
import { Failure } from "../base/index.ts";

/** Lovasz' condition with 99/100: close to the strongest, still polynomial time. */
const DELTA = [99n, 100n] as const;

const magnitude = (n: bigint): bigint => (n < 0n ? -n : n);
/** The whole number next to a / b, b > 0. */
const nearest = (a: bigint, b: bigint): bigint => {
  const doubled = 2n * a + b;
  const q = doubled / (2n * b);
  return doubled < 0n && q * 2n * b !== doubled ? q - 1n : q;
};

/**
 * Rows of whole numbers of determinant +-1 that make a reduced basis from one with this Gram matrix. Fails with kind "numeric" if the
 * matrix is not positive definite.
 */
export function reduceGram(gram: readonly (readonly bigint[])[]): bigint[][] {
  const n = gram.length;
  const rows = Array.from({ length: n }, (_, i) => Array.from({ length: n }, (__, j) => (i === j ? 1n : 0n)));
  // d[i] is the determinant of the first i rows and columns, lambda[i][j] = d[j + 1] mu[i][j]: all whole.
  const d: bigint[] = [1n];
  const lambda: bigint[][] = [];
  for (let k = 0; k < n; k++) {
    lambda.push([]);
    for (let j = 0; j <= k; j++) {
      let u = gram[k][j];
      for (let i = 0; i < j; i++) u = (d[i + 1] * u - lambda[k][i] * lambda[j][i]) / d[i];
      if (j < k) lambda[k].push(u);
      else d.push(u);
    }
    if (d[k + 1] <= 0n) throw new Failure("numeric", "the vectors of the lattice depend on each other");
  }
  const reduce = (k: number, l: number): void => {
    if (2n * magnitude(lambda[k][l]) <= d[l + 1]) return;
    const q = nearest(lambda[k][l], d[l + 1]);
    for (let j = 0; j < n; j++) rows[k][j] -= q * rows[l][j];
    lambda[k][l] -= q * d[l + 1];
    for (let i = 0; i < l; i++) lambda[k][i] -= q * lambda[l][i];
  };
  const exchange = (k: number): void => {
    [rows[k], rows[k - 1]] = [rows[k - 1], rows[k]];
    for (let j = 0; j < k - 1; j++) [lambda[k][j], lambda[k - 1][j]] = [lambda[k - 1][j], lambda[k][j]];
    const between = lambda[k][k - 1];
    const first = (d[k - 1] * d[k + 1] + between * between) / d[k];
    for (let i = k + 1; i < n; i++) {
      const below = lambda[i][k];
      lambda[i][k] = (d[k + 1] * lambda[i][k - 1] - between * below) / d[k];
      lambda[i][k - 1] = (first * below + between * lambda[i][k]) / d[k + 1];
    }
    d[k] = first;
  };
  for (let k = 1; k < n;) {
    reduce(k, k - 1);
    const between = lambda[k][k - 1];
    if (DELTA[1] * (d[k + 1] * d[k - 1] + between * between) < DELTA[0] * d[k] * d[k]) {
      exchange(k);
      k = Math.max(1, k - 1);
    } else {
      for (let l = k - 2; l >= 0; l--) reduce(k, l);
      k++;
    }
  }
  return rows;
}

/** Gram and Schmidt's numbers: mu[i][j] for j < i, and squared lengths of the orthogonal parts. */
export function orthogonalised(vectors: readonly Float64Array[]): { mu: Float64Array[]; lengths: Float64Array } {
  const n = vectors.length;
  const parts = vectors.map((v) => Float64Array.from(v));
  const lengths = new Float64Array(n);
  const dot = (a: Float64Array, b: Float64Array): number => a.reduce((sum, x, i) => sum + x * b[i], 0);
  const mu = vectors.map((_, i) => new Float64Array(i));
  for (let i = 0; i < n; i++) {
    for (let j = 0; j < i; j++) {
      const m = dot(parts[i], parts[j]) / lengths[j];
      mu[i][j] = m;
      for (let t = 0; t < parts[i].length; t++) parts[i][t] -= m * parts[j][t];
    }
    lengths[i] = dot(parts[i], parts[i]);
  }
  return { mu, lengths };
}

/**
 * Visits points z (whole coordinates) with |sum (z_i - at_i) r_i|^2 <= most, the nearest on each line first; the first visited is
 * Babai's nearest plane. Of vectors whose orthogonal part has a squared length below `fine`, the nearest multiple alone is taken. `left` are the steps that remain of `steps`; where they run out, not all points were seen.
 */
export function enumerate(
  { mu, lengths }: { readonly mu: readonly Float64Array[]; readonly lengths: Float64Array },
  at: Float64Array,
  { most, steps, fine = 0 }: { readonly most: number; readonly steps: number; readonly fine?: number },
  visit: (z: Float64Array, distance: number) => void,
): { readonly all: boolean; readonly left: number } {
  const n = lengths.length;
  const z = new Float64Array(n);
  let left = steps;
  const level = (k: number, distance: number): boolean => {
    if (k < 0) {
      visit(z, distance);
      return true;
    }
    let centre = at[k];
    for (let j = k + 1; j < n; j++) centre -= (z[j] - at[j]) * mu[j][k];
    const middle = Math.round(centre);
    const side = centre < middle ? -1 : 1;
    // middle, then one on the nearer side, one on the other, and so on.
    for (let t = 0; ; t++) {
      z[k] = middle + (t % 2 === 1 ? side * ((t + 1) / 2) : -side * (t / 2));
      const next = distance + (z[k] - centre) ** 2 * lengths[k];
      if (next > most) return true;
      if (left-- <= 0) return false;
      if (!level(k - 1, next)) return false;
      if (lengths[k] < fine) return true;
    }
  };
  const all = level(n - 1, 0);
  return { all, left: Math.max(0, left) };
}
