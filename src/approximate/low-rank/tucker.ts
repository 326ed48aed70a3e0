// Tucker form of tensors of order three: T = core x1 A x2 B x3 C with few columns in A, B, C. Higher-order singular value
// decomposition (De Lathauwer, De Moor, Vandewalle 2000), then alternating least squares over the three bases (the same authors,
// "higher-order orthogonal iteration"). Sums of products become Tucker form through their side matrices alone, without the tensor
// (reduced HOSVD: Khoromskij, Khoromskaia 2009). Left out: orders above three.
import { Failure } from "../../base/index.ts";
import { leading, type Matrix, matrix, normalised, svd, thinQr, times, transposed } from "./dense.ts";

/** Entry (i, j, k) at i + n1 (j + n2 k). */
export interface Tensor {
  readonly shape: readonly [number, number, number];
  readonly data: Float64Array;
}

export interface Tucker {
  readonly core: Tensor;
  /** n x r with orthonormal columns, one for each direction. */
  readonly factors: readonly [Matrix, Matrix, Matrix];
  /** Singular values of each direction's unfolding, descending. */
  readonly singular: readonly [Float64Array, Float64Array, Float64Array];
}

export interface TuckerOptions {
  /** Largest error in the Frobenius norm, relative to that of the tensor; default 1e-14. */
  readonly tolerance?: number;
  /** Ranks themselves, instead of a tolerance. */
  readonly ranks?: readonly [number, number, number];
  /** Rounds of alternating least squares; default 2. */
  readonly sweeps?: number;
}

type Mode = 0 | 1 | 2;
const MODES: readonly Mode[] = [0, 1, 2];

export function norm({ data }: { readonly data: Float64Array }): number {
  let sum = 0;
  for (const each of data) sum += each * each;
  return Math.sqrt(sum);
}

/** The tensor with one index per row of the result: (product of the others) x n. */
export function unfolded({ shape, data }: Tensor, mode: Mode): Matrix {
  const [n1, n2, n3] = shape;
  const n = shape[mode];
  const rows = data.length / n;
  if (mode === 2) return { rows, columns: n3, data };
  if (mode === 0) return matrix(rows, n1, (i, j) => data[j + n1 * i]);
  return matrix(rows, n2, (i, j) => data[(i % n1) + n1 * (j + n2 * Math.floor(i / n1))]);
}

/** Multiplies one direction by m (r x n): sum over j of m(i, j) T(.., j, ..). */
export function alongMode(tensor: Tensor, mode: Mode, m: Matrix): Tensor {
  const { shape, data } = tensor;
  const r = m.rows;
  const result = new Float64Array((data.length / shape[mode]) * r);
  const inner = MODES.filter((each) => each < mode).reduce<number>((size, each) => size * shape[each], 1);
  const n = shape[mode];
  const outer = data.length / (inner * n);
  for (let o = 0; o < outer; o++)
    for (let j = 0; j < n; j++)
      for (let i = 0; i < r; i++) {
        const factor = m.data[i + r * j];
        if (factor === 0) continue;
        const [to, from] = [inner * (i + r * o), inner * (j + n * o)];
        for (let l = 0; l < inner; l++) result[to + l] += factor * data[from + l];
      }
  return { shape: shape.with(mode, r) as [number, number, number], data: result };
}

/** The least number of leading values whose tail has at most this norm; at least one. */
export function rankWithin(s: Float64Array, most: number): number {
  let sum = 0;
  let rank = s.length;
  while (rank > 1) {
    sum += s[rank - 1] ** 2;
    if (Math.sqrt(sum) > most) break;
    rank--;
  }
  return rank;
}

/** Tucker form of a tensor. Ranks above the sizes are cut to them. */
export function tucker(tensor: Tensor, { tolerance = 1e-14, ranks, sweeps = 2 }: TuckerOptions = {}): Tucker {
  checkOptions(tolerance, ranks, sweeps);
  const { scale, scaled } = normalised(tensor.data);
  const { core, factors, singular } = ofNormal({ shape: tensor.shape, data: scaled }, tolerance, ranks, sweeps);
  const back = (list: Float64Array): Float64Array => list.map((x) => x / scale);
  const [a, b, c] = singular;
  return { core: { shape: core.shape, data: back(core.data) }, factors, singular: [back(a), back(b), back(c)] };
}

function ofNormal(tensor: Tensor, tolerance: number, ranks: TuckerOptions["ranks"], sweeps: number): Tucker {
  const part = (tolerance * norm(tensor)) / Math.sqrt(3);
  const all = MODES.map((mode) => svd(unfolded(tensor, mode)));
  const singular = all.map(({ s }) => s) as unknown as Tucker["singular"];
  const rank = (mode: Mode): number => Math.min(ranks?.[mode] ?? rankWithin(singular[mode], part), singular[mode].length); // oxfmt-ignore
  const factors = MODES.map((mode) => leading(all[mode].v, rank(mode)));
  for (let sweep = 0; sweep < sweeps; sweep++)
    for (const mode of MODES) {
      let rest = tensor;
      for (const other of MODES) if (other !== mode) rest = alongMode(rest, other, transposed(factors[other]));
      const { v } = svd(unfolded(rest, mode));
      if (v.columns >= factors[mode].columns) factors[mode] = leading(v, factors[mode].columns);
    }
  let core = tensor;
  for (const mode of MODES) core = alongMode(core, mode, transposed(factors[mode]));
  return { core, factors: factors as unknown as Tucker["factors"], singular };
}

function checkOptions(tolerance: number, ranks: TuckerOptions["ranks"], sweeps: number): void {
  if (!(tolerance >= 0 && tolerance < 1))
    throw new Failure("usage", `a relative tolerance lies between 0 and 1: ${tolerance}`);
  if (!Number.isInteger(sweeps) || sweeps < 0) throw new Failure("usage", `there are no ${sweeps} sweeps`);
  if (ranks?.some((rank) => !Number.isInteger(rank) || rank < 1))
    throw new Failure("usage", `ranks are whole numbers from 1, not ${ranks.join(", ")}`);
}

/** The tensor that a Tucker form stands for. */
export function expanded({ core, factors }: Pick<Tucker, "core" | "factors">): Tensor {
  return MODES.reduce<Tensor>((tensor, mode) => alongMode(tensor, mode, factors[mode]), core);
}

/** Frobenius norm of the difference, relative to the tensor's. */
export function tuckerError(tensor: Tensor, form: Pick<Tucker, "core" | "factors">): number {
  const approximation = expanded(form);
  return norm({ data: tensor.data.map((x, i) => x - approximation.data[i]) }) / norm(tensor);
}

/** Tucker form of sum_l weight_l a_l x b_l x c_l from its side matrices (n x R, columns a_l, b_l, c_l). */
export function tuckerOfProducts(
  sides: readonly [Matrix, Matrix, Matrix],
  weights: ArrayLike<number>,
  options: TuckerOptions = {},
): Tucker {
  const terms = weights.length;
  const small = sides.map((side) => {
    if (side.columns !== terms) throw new Failure("usage", `${side.columns} columns for ${terms} products`);
    if (side.rows <= terms) return { basis: matrix(side.rows, side.rows, (i, j) => Number(i === j)), coordinates: side }; // oxfmt-ignore
    const { q, r } = thinQr(side);
    return { basis: q, coordinates: r };
  });
  const [n1, n2, n3] = small.map(({ basis }) => basis.columns);
  const data = new Float64Array(n1 * n2 * n3);
  const [a, b, c] = small.map(({ coordinates }) => coordinates.data);
  for (let l = 0; l < terms; l++)
    for (let k = 0; k < n3; k++)
      for (let j = 0; j < n2; j++) {
        const factor = weights[l] * b[j + n2 * l] * c[k + n3 * l];
        if (factor !== 0) for (let i = 0; i < n1; i++) data[i + n1 * (j + n2 * k)] += factor * a[i + n1 * l];
      }
  const { core, factors, singular } = tucker({ shape: [n1, n2, n3], data }, options);
  const large = factors.map((factor, mode) => times(small[mode].basis, factor)) as unknown as Tucker["factors"];
  return { core, factors: large, singular };
}
