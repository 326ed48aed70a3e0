// Exact linear algebra over expressions: entries are fractions of polynomials in the generators of ring.ts, kept without fractions by the
// method of Bareiss (1968): every division in it is exact. Zero is what is zero in normal form, so ranks and determinants are exact where the
// generators are independent but for their known relations. Left out: interpolation, sparse pivoting (the shortest pivot is taken).
import { Failure } from "../base/index.ts";
import { add, Kind, mul, pow, type Term } from "../term/index.ts";
import { NOTHING, type Assumptions } from "./assumptions.ts";
import { canonical } from "./canonical.ts";
import { cofactors } from "./gcd.ts";
import * as P from "./polynomial.ts";
import type { Polynomial } from "./polynomial.ts";
import { applyRelations, reduced, ringOf, toTerm, withoutRoots, type Ring } from "./ring.ts";

/** Rows of terms of one context; rectangular. */
export type TermMatrix = readonly (readonly Term[])[];

/** Most entries of a matrix. */
const MOST_ENTRIES = 250_000;

/** Rows and columns of a matrix; fails where it is not rectangular or empty. */
export function shape(a: TermMatrix): readonly [rows: number, columns: number] {
  const columns = a[0]?.length ?? 0;
  if (columns === 0) throw new Failure("usage", "an empty matrix");
  if (a.some((row) => row.length !== columns))
    throw new Failure("usage", "the rows of a matrix have different lengths");
  if (a.length * columns > MOST_ENTRIES) throw new Failure("limit", `a matrix of more than ${MOST_ENTRIES} entries`);
  return [a.length, columns];
}

function square(a: TermMatrix): number {
  const [rows, columns] = shape(a);
  if (rows !== columns) throw new Failure("usage", `a square matrix is needed, not ${rows} x ${columns}`);
  return rows;
}

/** A term that is an array of arrays, as a matrix. */
export function matrixOf(term: Term): TermMatrix {
  if (term.kind !== Kind.array || term.args.some((row) => row.kind !== Kind.array))
    throw new Failure("usage", "a matrix is an array of rows: [[a, b], [c, d]]");
  const matrix = term.args.map((row) => [...row.args]);
  shape(matrix);
  return matrix;
}

/** Polynomial rows whose quotients by `denominators` are the rows of the matrix. */
interface Cleared {
  readonly ring: Ring;
  readonly rows: Polynomial[][];
  readonly denominators: Polynomial[];
}

function cleared(a: TermMatrix, known: Assumptions, first: readonly Term[] = []): Cleared {
  const entries = a.map((row) => row.map((entry) => simple(entry, known)));
  const ring = ringOf(entries.flat(), { first });
  const denominators: Polynomial[] = [];
  const rows = entries.map((row) => {
    const fractions = row.map((entry) => reduced(ring, ring.of(entry)));
    let common = P.constant(1, ring.generators.length);
    for (const { den } of fractions) common = P.multiply(common, cofactors(common, den).b);
    denominators.push(common);
    return fractions.map(({ num, den }) => P.multiply(num, P.divide(common, den)!));
  });
  return { ring, rows, denominators };
}

/** Entries that contain functions go through the canonical form, where their relations are polynomial ones. */
function simple(entry: Term, known: Assumptions): Term {
  return entry.kind <= Kind.symbol ? entry : canonical(entry, known);
}

/** Powers of roots lowered; a relation with a denominator would leave the polynomials, and is refused. */
function lowered(ring: Ring, a: Polynomial): Polynomial {
  if (ring.relations.length === 0) return a;
  const { num, den } = applyRelations(ring, { num: a, den: P.constant(1, a.variables) });
  if (!P.isOne(den)) throw new Failure("unsupported", "matrices with roots of fractions are not done");
  return num;
}

interface Eliminated {
  readonly rows: Polynomial[][];
  /** Column of the pivot of each row that has one. */
  readonly pivots: number[];
  /** Sign of the permutation of rows. */
  readonly sign: 1 | -1;
  /** The last pivot: for a square matrix of full rank, its determinant up to sign. */
  readonly last: Polynomial;
}

/** Fraction-free elimination; `full` clears above the pivots as well (Gauss-Jordan), all pivots then equal the last. */
function eliminate(ring: Ring, matrix: readonly Polynomial[][], columns: number, full: boolean): Eliminated {
  const rows = matrix.map((row) => [...row]);
  const { length: variables } = ring.generators;
  const pivots: number[] = [];
  let sign: 1 | -1 = 1;
  let last = P.constant(1, variables);
  const exact = ring.relations.length === 0;
  for (let c = 0, r = 0; c < columns && r < rows.length; c++) {
    let chosen = -1;
    for (let i = r; i < rows.length; i++)
      if (!P.isZero(rows[i][c]) && (chosen < 0 || P.size(rows[i][c]) < P.size(rows[chosen][c]))) chosen = i;
    if (chosen < 0) continue;
    if (chosen !== r) {
      [rows[chosen], rows[r]] = [rows[r], rows[chosen]];
      sign = sign === 1 ? -1 : 1;
    }
    const pivot = rows[r][c];
    for (let i = full ? 0 : r + 1; i < rows.length; i++) {
      if (i === r) continue;
      const factor = rows[i][c];
      for (let j = 0; j < rows[i].length; j++) {
        if (j < c && !full) continue;
        const value = lowered(ring, P.subtract(P.multiply(pivot, rows[i][j]), P.multiply(factor, rows[r][j])));
        rows[i][j] = exact ? P.divide(value, last)! : quotient(ring, value, last);
      }
    }
    last = pivot;
    pivots.push(c);
    r++;
  }
  return { rows, pivots, sign, last };
}

/** value / divisor in a ring with relations, where the quotient is again a polynomial: by the inverse of the divisor's roots. */
function quotient(ring: Ring, value: Polynomial, divisor: Polynomial): Polynomial {
  const direct = P.divide(value, divisor);
  if (direct) return direct;
  const fraction = withoutRoots(ring, { num: value, den: divisor });
  const made = P.divide(fraction.num, fraction.den);
  if (!made) throw new Failure("unsupported", "an elimination step over these roots leaves the polynomials");
  return made;
}

const termOf = (ring: Ring, num: Polynomial, den: Polynomial): Term => {
  const fraction = reduced(ring, { num, den });
  return P.isConstant(fraction.den)
    ? toTerm(ring, fraction.num, P.leading(fraction.den))
    : mul(toTerm(ring, fraction.num), pow(toTerm(ring, fraction.den), -1));
};

export interface MatrixOptions {
  readonly assumptions?: Assumptions;
}

/** The determinant of a square matrix. */
export function determinant(a: TermMatrix, { assumptions = NOTHING }: MatrixOptions = {}): Term {
  const n = square(a);
  const { ring, rows, denominators } = cleared(a, assumptions);
  const { pivots, sign, last } = eliminate(ring, rows, n, false);
  if (pivots.length < n) return a[0][0].context.number(0);
  const below = denominators.reduce((product, d) => P.multiply(product, d));
  return termOf(ring, P.scale(last, sign), below);
}

/** The rank over the field of the generators: for almost all values of the symbols. */
export function rank(a: TermMatrix, { assumptions = NOTHING }: MatrixOptions = {}): number {
  const [, columns] = shape(a);
  const { ring, rows } = cleared(a, assumptions);
  return eliminate(ring, rows, columns, false).pivots.length;
}

/** The inverse. Fails with kind "domain" where the determinant is zero. */
export function inverse(a: TermMatrix, options: MatrixOptions = {}): Term[][] {
  const n = square(a);
  const { context } = a[0][0];
  const unit = a.map((_, i) => a.map((_row, j) => context.number(i === j ? 1 : 0)));
  const solved = solveLinear(a, unit, options);
  if (solved === undefined)
    throw new Failure("domain", `the matrix is singular: its rank is ${rank(a, options)} of ${n}`);
  return solved;
}

/** X with A X = B for a square matrix A; undefined where A is singular. */
export function solveLinear(
  a: TermMatrix,
  b: TermMatrix,
  { assumptions = NOTHING }: MatrixOptions = {},
): Term[][] | undefined {
  const n = square(a);
  const [rowsB, width] = shape(b);
  if (rowsB !== n) throw new Failure("usage", `the right-hand side has ${rowsB} rows, the matrix ${n}`);
  const { ring, rows } = cleared(
    a.map((row, i) => [...row, ...b[i]]),
    assumptions,
  );
  const done = eliminate(ring, rows, n, true);
  if (done.pivots.length < n) return undefined;
  return Array.from({ length: n }, (_, i) =>
    Array.from({ length: width }, (_unused, j) => termOf(ring, done.rows[i][n + j], done.rows[i][i])),
  );
}

/** A basis of the null space: vectors x with A x = 0, one a column without pivot. */
export function nullSpace(a: TermMatrix, { assumptions = NOTHING }: MatrixOptions = {}): Term[][] {
  const [, columns] = shape(a);
  const { context } = a[0][0];
  const { ring, rows } = cleared(a, assumptions);
  const { rows: made, pivots } = eliminate(ring, rows, columns, true);
  const free = Array.from({ length: columns }, (_, c) => c).filter((c) => !pivots.includes(c));
  return free.map((c) => {
    const vector = Array.from({ length: columns }, () => context.number(0));
    vector[c] = context.number(1);
    pivots.forEach((p, r) => (vector[p] = termOf(ring, P.negate(made[r][c]), made[r][p])));
    return vector;
  });
}

/** det(x I - A) as coefficients of 1, x, x^2, ..., by the method of Berkowitz (1984): without divisions. */
export function characteristicPolynomial(a: TermMatrix, { assumptions = NOTHING }: MatrixOptions = {}): Term[] {
  const n = square(a);
  const { context } = a[0][0];
  const entries = a.map((row) => row.map((entry) => simple(entry, assumptions)));
  const ring = ringOf(entries.flat());
  const zero = P.constant(0, ring.generators.length);
  const one = P.constant(1, ring.generators.length);
  // One denominator for the whole matrix keeps the entries polynomials: A = M / d, and the coefficient of x^k gains d^(n - k).
  const fractions = entries.map((row) => row.map((entry) => reduced(ring, ring.of(entry))));
  let d = one;
  for (const { den } of fractions.flat()) d = P.multiply(d, cofactors(d, den).b);
  const m = fractions.map((row) => row.map(({ num, den }) => P.multiply(num, P.divide(d, den)!)));
  const low = (x: Polynomial): Polynomial => lowered(ring, x);
  let vector: Polynomial[] = [one, P.negate(m[n - 1][n - 1])];
  for (let k = n - 2; k >= 0; k--) {
    // The next leading block: its first row and column meet the powers of the block below.
    const size = n - 1 - k;
    const column = Array.from({ length: size }, (_, i) => m[k + 1 + i][k]);
    const row = Array.from({ length: size }, (_, j) => m[k][k + 1 + j]);
    const toeplitz: Polynomial[] = [one, P.negate(m[k][k])];
    let power = column;
    for (let j = 0; j < size; j++) {
      let sum = zero;
      for (let i = 0; i < size; i++) sum = P.add(sum, P.multiply(row[i], power[i]));
      toeplitz.push(P.negate(low(sum)));
      if (j + 1 < size)
        power = power.map((_, i) =>
          low(power.reduce((total, x, l) => P.add(total, P.multiply(m[k + 1 + i][k + 1 + l], x)), zero)),
        );
    }
    const next: Polynomial[] = [];
    for (let i = 0; i <= size + 1; i++) {
      let sum = zero;
      for (let j = 0; j <= i && j < vector.length; j++)
        if (i - j < toeplitz.length) sum = P.add(sum, P.multiply(toeplitz[i - j], vector[j]));
      next.push(low(sum));
    }
    vector = next;
  }
  // vector[k] belongs to x^(n - k).
  return Array.from({ length: n + 1 }, (_, k) => {
    const coefficient = vector[n - k];
    return k === n ? context.number(1) : termOf(ring, coefficient, P.power(d, n - k));
  });
}

/** The product of two matrices, entries multiplied out. */
export function multiplyMatrices(a: TermMatrix, b: TermMatrix): Term[][] {
  const [, inner] = shape(a);
  const [rows, columns] = shape(b);
  if (inner !== rows) throw new Failure("usage", `a matrix with ${inner} columns times one with ${rows} rows`);
  return a.map((row) =>
    Array.from({ length: columns }, (_, j) => {
      let sum = row[0].context.number(0);
      row.forEach((entry, k) => (sum = add(sum, mul(entry, b[k][j]))));
      return sum;
    }),
  );
}
