// Claim cheb-tucker: Chebyshev interpolation and Tucker compression of its coefficients need no mesh and no more rank than Tucker
// compression of values on a grid (Benner, Khoromskij, Khoromskaia, Sun 2025).
// The kernel is 1/|x| without its singular part: of the quadrature 1/r = 2/sqrt(pi) sum h e^(u_k) exp(-r^2 e^(2 u_k)) (trapezoidal rule
// in u; Braess, Hackbusch 2005) only Gaussians wider than a bound are kept. That sum is separable, so a grid's Tucker form comes exactly
// from its side matrices on grids of any size; on a small grid the whole tensor is decomposed as well.
// The multi-particle part adds the kernels of many charges. Left out: the short-range part, which lives on few grid points.
import { Chebyshev, Chebyshev3, expanded, type Matrix, tucker, tuckerOfProducts } from "calculemus/approximate";
import { Random } from "calculemus/base";
import type { Claim, ClaimContext, ClaimResult } from "calculemus/claims";

/** Relative error asked for. */
const ACCURACY = 1e-8;
/** Ranks that the Chebyshev form may need more. */
const MORE = 2;

export interface Gaussians {
  readonly weights: readonly number[];
  /** exp(-exponent r^2). */
  readonly exponents: readonly number[];
}

/** The Gaussians of 1/r that are no steeper than exp(-steepest r^2). */
export function smoothedNewton(steepest: number, h = 0.25, flattest = 1e-8): Gaussians {
  const exponents: number[] = [];
  const weights: number[] = [];
  for (let k = Math.ceil(Math.log(flattest) / (2 * h)); Math.exp(2 * k * h) <= steepest; k++) {
    exponents.push(Math.exp(2 * k * h));
    weights.push((2 / Math.sqrt(Math.PI)) * h * Math.exp(k * h));
  }
  return { weights, exponents };
}

export type Point = readonly [number, number, number];

export function kernel({ weights, exponents }: Gaussians, [x, y, z]: Point): number {
  const square = x * x + y * y + z * z;
  return weights.reduce((sum, weight, k) => sum + weight * Math.exp(-exponents[k] * square), 0);
}

function sideOn(grid: Float64Array, exponents: readonly number[]): Matrix {
  const data = new Float64Array(grid.length * exponents.length);
  exponents.forEach((exponent, l) => grid.forEach((x, i) => (data[i + grid.length * l] = Math.exp(-exponent * x * x))));
  return { rows: grid.length, columns: exponents.length, data };
}

/** Cell centres of a uniform grid of n cells on [-1, 1]. */
const cells = (n: number): Float64Array => Float64Array.from({ length: n }, (_, i) => (2 * i + 1) / n - 1);

/** Relative Frobenius error of the grid's tensor by Tucker rank 1, 2, ..., from its singular values, and the first that meets the accuracy. */
export function gridRanks(gaussians: Gaussians, n: number): { rank: number; errors: number[] } {
  const side = sideOn(cells(n), gaussians.exponents);
  const { singular } = tuckerOfProducts([side, side, side], gaussians.weights, { tolerance: 1e-15, sweeps: 0 });
  return byRank(singular);
}

function byRank(singular: readonly Float64Array[]): { rank: number; errors: number[] } {
  const total = singular[0].reduce((sum, s) => sum + s * s, 0);
  const errors: number[] = [];
  for (let r = 1; r < singular[0].length; r++) {
    let tail = 0;
    for (const s of singular) for (let i = r; i < s.length; i++) tail += s[i] * s[i];
    errors.push(Math.sqrt(tail / total));
  }
  return { rank: errors.findIndex((error) => error <= ACCURACY) + 1, errors };
}

/** The same from the whole tensor, and the largest error of that rank on the grid relative to the largest value. */
export function wholeGrid(gaussians: Gaussians, n: number): { rank: number; largest: number } {
  const grid = cells(n);
  const data = new Float64Array(n ** 3);
  for (let k = 0, at = 0; k < n; k++)
    for (let j = 0; j < n; j++)
      for (let i = 0; i < n; i++, at++) data[at] = kernel(gaussians, [grid[i], grid[j], grid[k]]);
  const tensor = { shape: [n, n, n] as [number, number, number], data };
  const { rank } = byRank(tucker(tensor, { tolerance: 1e-15, sweeps: 0 }).singular);
  const close = expanded(tucker(tensor, { ranks: [rank, rank, rank], sweeps: 2 })).data;
  let [size, worst] = [0, 0];
  for (let i = 0; i < data.length; i++) {
    size = Math.max(size, Math.abs(data[i]));
    worst = Math.max(worst, Math.abs(data[i] - close[i]));
  }
  return { rank, largest: worst / size };
}

/** Largest error at random points and along the diagonal through the centre, relative to the largest value. */
export function evaluatedError(form: Chebyshev3, f: (point: Point) => number, points: number): number {
  const random = new Random(2025);
  let [size, worst] = [0, 0];
  const look = (point: Point): void => {
    const value = f(point);
    size = Math.max(size, Math.abs(value));
    worst = Math.max(worst, Math.abs(value - form.at(...point)));
  };
  for (let i = 0; i < points; i++) look([2 * random.next() - 1, 2 * random.next() - 1, 2 * random.next() - 1]);
  for (let i = 0; i <= 200; i++) look([i / 100 - 1, i / 100 - 1, i / 100 - 1]);
  return worst / size;
}

/** The least rank r of the Chebyshev form, up to `most`, whose evaluated error meets the accuracy; errors by rank. */
export function chebyshevRanks(
  gaussians: Gaussians,
  points: number,
  most: number,
): { rank: number; errors: number[]; degree: number } {
  // oxfmt-ignore
  const f = (x: number, y: number, z: number): number => kernel(gaussians, [x, y, z]);
  const all = Chebyshev3.of(f, { digits: 11 });
  const degree = Math.max(...all.degrees);
  const errors: number[] = [];
  for (let r = 1; r <= most; r++) {
    const form = all.withRanks([r, r, r]);
    errors.push(evaluatedError(form, (point) => kernel(gaussians, point), points));
    if (errors[r - 1] <= ACCURACY) return { rank: r, errors, degree };
  }
  return { rank: Infinity, errors, degree };
}

/** The smoothed potential of random charges, without any tensor of values: rank and evaluated error. */
export function particles(
  gaussians: Gaussians,
  count: number,
  points: number,
): { ranks: readonly number[]; error: number; products: number } {
  // oxfmt-ignore
  const random = new Random(7);
  const charges = Array.from({ length: count }, (_, j) => ({
    at: [0, 1, 2].map(() => 1.6 * random.next() - 0.8) as unknown as Point,
    charge: j % 2 === 0 ? 1 : -1,
  }));
  const factor = (centre: number, exponent: number): Chebyshev =>
    Chebyshev.of((x) => Math.exp(-exponent * (x - centre) ** 2), { splitting: false, digits: 13 });
  const products = charges.flatMap(({ at, charge }) =>
    gaussians.exponents.map((exponent, k) => ({
      weight: charge * gaussians.weights[k],
      factors: at.map((centre) => factor(centre, exponent)) as unknown as [Chebyshev, Chebyshev, Chebyshev],
    })),
  );
  const form = Chebyshev3.ofProducts(products, { digits: 9 });
  const potential = ([x, y, z]: Point): number =>
    charges.reduce((sum, { at, charge }) => sum + charge * kernel(gaussians, [x - at[0], y - at[1], z - at[2]]), 0);
  return { ranks: form.ranks, error: evaluatedError(form, potential, points), products: products.length };
}

export interface Scale {
  readonly grids: readonly number[];
  readonly wholeGrid: number;
  readonly points: number;
  readonly particles: number;
  readonly steepest: readonly number[];
}

const FULL: Scale = { grids: [64, 256, 1024], wholeGrid: 64, points: 20_000, particles: 60, steepest: [4, 16, 50] };

const list = (errors: readonly number[]): string => errors.map((error) => error.toExponential(1)).join(", ");

export async function run(context: ClaimContext, scale: Scale = FULL): Promise<ClaimResult> {
  const evidence: ClaimResult["evidence"][number][] = [];
  const told: string[] = [];
  let holds = true;
  for (const steepest of scale.steepest) {
    const gaussians = smoothedNewton(steepest);
    const grids = scale.grids.map((n) => gridRanks(gaussians, n));
    const baseline = Math.min(...grids.map(({ rank }) => rank));
    const whole = wholeGrid(gaussians, scale.wholeGrid);
    const found = chebyshevRanks(gaussians, scale.points, baseline + MORE + 3);
    const error = found.errors.at(-1)!;
    holds &&= found.rank <= baseline + MORE && error <= ACCURACY;
    context.log(`exp(-${steepest} r^2) and flatter: grid rank ${baseline}, Chebyshev rank ${found.rank}`);
    told.push(`${found.rank} against ${baseline} (${gaussians.weights.length} Gaussians up to exp(-${steepest} r^2))`);
    evidence.push(
      {
        statement: `Chebyshev-Tucker of ${gaussians.weights.length} Gaussians up to exp(-${steepest} r^2) on [-1, 1]^3, degree ${found.degree}: rank ${found.rank} has relative error ${error.toExponential(1)}; by rank from 1: ${list(found.errors)}`,
        grade: "sampled",
        bound: error,
        unit: "largest error relative to the largest value",
        method: `compared with the kernel at ${scale.points} random points and along a diagonal`,
        measured: { rank: found.rank, degree: found.degree },
      },
      {
        statement: `baseline: Tucker rank of the same kernel on grids of ${scale.grids.join(", ")} cells a direction: ${grids.map(({ rank }) => rank).join(", ")} at 1e-8 in the Frobenius norm; by rank from 1: ${list(grids[0].errors.slice(0, baseline))}`,
        grade: "estimated",
        bound: baseline,
        unit: "rank",
        method: "singular values of the unfoldings, from side matrices",
        measured: { wholeTensorRank: whole.rank, wholeTensorLargestError: whole.largest },
      },
    );
  }
  const gaussians = smoothedNewton(scale.steepest[0]);
  const many = particles(gaussians, scale.particles, Math.ceil(scale.points / 10));
  holds &&= many.error <= ACCURACY;
  context.log("multi-particle potential compared");
  evidence.push({
    statement: `smoothed potential of ${scale.particles} charges, ${many.products} products of Chebyshev series compressed without a tensor of values: ranks ${many.ranks.join(", ")}, relative error ${many.error.toExponential(1)}`,
    grade: "sampled",
    bound: many.error,
    unit: "largest error relative to the largest value",
    method: "compared with direct summation at random points and along a diagonal",
    measured: { rank: Math.max(...many.ranks), products: many.products },
  });
  return {
    verdict: holds ? "shown" : "refuted",
    summary: `rank of Chebyshev-Tucker at an evaluated error of 1e-8 against that of the grid at 1e-8: ${told.join("; ")} (at most ${MORE} more wanted); ${scale.particles} charges: ranks ${many.ranks.join(", ")}, error ${many.error.toExponential(1)}`,
    evidence,
  };
}

export const claim: Claim = {
  id: "cheb-tucker",
  title: "Chebyshev-Tucker form of the smoothed Newton kernel",
  source: "Benner, Khoromskij, Khoromskaia, Sun 2025, A mesh-free hybrid Chebyshev-Tucker tensor format with applications to multi-particle modelling.", // oxfmt-ignore
  statement:
    "For the smoothed 3-D Newton kernel, three steepnesses, the Tucker rank at which the mesh-free Chebyshev form has an evaluated error of at most 1e-8 is at most 2 above that of Tucker compression on uniform grids at 1e-8.",
  run: (context) => run(context),
};
