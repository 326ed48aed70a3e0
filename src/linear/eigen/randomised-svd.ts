// The largest singular values and vectors of a big matrix by random sampling (Halko, Martinsson, Tropp 2011, algorithms 4.4 and 5.1):
// the range of A (A^T A)^q Omega, orthonormalised in between, then the small dense decomposition of Q^T A. The error of the range
// is estimated from further random vectors (their lemma 4.1).
import { dense, type Dense, element, packed } from "../../array/index.ts";
import { Failure, Random } from "../../base/index.ts";
import type { Evidence } from "../../evidence/index.ts";
import { svd } from "../dense/index.ts";
import { type Basis, VectorSpace } from "../iterative/vector-space.ts";
import type { LinearOperator } from "../operator.ts";

export interface RandomisedSvdOptions {
  readonly count: number;
  /** Sample vectors more than wanted. Default 10. */
  readonly oversample?: number;
  /** Multiplications by A A^T: more of them for singular values that fall slowly. Default 2. */
  readonly powers?: number;
  readonly seed?: number;
}

export interface RandomisedSvd {
  /** Descending. */
  readonly values: Float64Array;
  /** rows x count and cols x count, orthonormal columns. */
  readonly u: Dense;
  readonly v: Dense;
  /** |A - Q Q^T A| is at most this with probability at least 1 - 1e-6 (over the choice of vectors; rounding apart). */
  readonly rangeError: number;
  readonly products: number;
  readonly evidence: readonly Evidence[];
}

/** Vectors that the error is estimated from; the chance that it is larger is 10^-PROBES. */
const PROBES = 6;

/** @throws Failure for operators without products with the transpose. */
export function randomisedSvd(operator: LinearOperator, options: RandomisedSvdOptions): RandomisedSvd {
  const { rows: m, cols: n } = operator;
  const { count, oversample = 10, powers = 2, seed = 0 } = options;
  const most = Math.min(m, n);
  if (!(Number.isInteger(count) && count >= 1 && count <= most)) throw new Failure("usage", `${count} singular values of a matrix of ${m} x ${n}`); // oxfmt-ignore
  if (!(Number.isInteger(oversample) && oversample >= 0 && Number.isInteger(powers) && powers >= 0))
    throw new Failure("usage", `randomised SVD: ${oversample} further vectors, ${powers} powers`);
  if (!operator.applyTransposed) throw new Failure("usage", "randomised SVD needs products with the transpose", { hint: "Give the operator applyTransposed." }); // oxfmt-ignore
  const l = Math.min(most, count + oversample);
  const space = new VectorSpace((l + 2) * (m + n + 4), [operator.runtime], 16);
  try {
    const random = new Random(seed, 77);
    const [q, w] = [space.basis(m, l), space.basis(n, l)];
    const [work, image] = [space.vector(n), space.vector(m)];
    let products = 0;
    const apply = (x: Float64Array, y: Float64Array): void => {
      products++;
      operator.apply(x, y);
    };
    for (let j = 0; j < l; j++) {
      fillNormal(work, random);
      apply(work, q.vectors[j]);
    }
    let size = orthonormal(space, q, l);
    for (let step = 0; step < powers; step++) {
      for (let j = 0; j < size; j++) operator.applyTransposed(q.vectors[j], w.vectors[j]);
      const width = orthonormal(space, w, size);
      for (let j = 0; j < width; j++) apply(w.vectors[j], q.vectors[j]);
      products += size;
      size = orthonormal(space, q, width);
    }
    for (let j = 0; j < size; j++) operator.applyTransposed(q.vectors[j], w.vectors[j]);
    products += size;
    let rangeError = 0;
    const h = new Float64Array(size);
    for (let k = 0; k < PROBES; k++) {
      fillNormal(work, random);
      apply(work, image);
      space.dots(q, size, image, h);
      space.combine(q, size, h, -1, image);
      rangeError = Math.max(rangeError, 10 * Math.sqrt(2 / Math.PI) * space.norm(image));
    }
    // Q^T A is size x n: its transpose W has the small decomposition W = V S U'^T.
    const tall = dense(n, size);
    for (let j = 0; j < size; j++) for (let i = 0; i < n; i++) tall.data[i * size + j] = w.vectors[j][i];
    const small = svd(tall);
    const values = new Float64Array(count);
    const u = dense(m, count);
    const v = dense(n, count);
    for (let k = 0; k < count; k++) {
      if (k >= size) break;
      values[k] = small.values[k];
      for (let i = 0; i < n; i++) v.data[i * count + k] = element(small.u!, i, k);
      image.fill(0);
      space.combine(
        q,
        size,
        Float64Array.from({ length: size }, (_, j) => element(small.v!, j, k)),
        1,
        image,
      );
      for (let i = 0; i < m; i++) u.data[i * count + k] = image[i];
    }
    if (size < count) throw new Failure("numeric", `the matrix has rank ${size}, and ${count} singular vectors are asked for`); // oxfmt-ignore
    if (!packed(u).every(Number.isFinite)) throw new Failure("numeric", "randomised SVD: a product with the matrix is not finite"); // oxfmt-ignore
    const evidence: Evidence = {
      statement: "|A - Q Q^T A| (spectral norm) is at most the bound, with probability at least 1 - 1e-6",
      grade: "sampled",
      bound: rangeError,
      method: `${PROBES} random vectors (Halko, Martinsson, Tropp 2011, lemma 4.1), in double precision`,
    };
    return { values, u, v, rangeError, products, evidence: [evidence] };
  } finally {
    space.close();
  }
}

/** Orthonormalises the first `count` vectors; those that depend on others are left out. Gives how many remain. */
function orthonormal(space: VectorSpace, basis: Basis, count: number): number {
  const h = new Float64Array(count);
  let size = 0;
  let greatest = 0;
  for (let j = 0; j < count; j++) {
    const v = basis.vectors[size];
    if (size !== j) v.set(basis.vectors[j]);
    const before = space.norm(v);
    greatest = Math.max(greatest, before);
    const norm = space.orthogonalise(basis, size, v, h);
    if (!(norm > 1e-13 * greatest)) {
      if (Number.isNaN(norm)) throw new Failure("numeric", "randomised SVD: a product with the matrix is not finite");
      continue;
    }
    space.scale(1 / norm, v, v);
    size++;
  }
  return size;
}

/** Normally distributed numbers (Box, Muller 1958). */
function fillNormal(v: Float64Array, random: Random): void {
  for (let i = 0; i < v.length; i += 2) {
    const radius = Math.sqrt(-2 * Math.log(1 - random.next()));
    const angle = 2 * Math.PI * random.next();
    v[i] = radius * Math.cos(angle);
    if (i + 1 < v.length) v[i + 1] = radius * Math.sin(angle);
  }
}
