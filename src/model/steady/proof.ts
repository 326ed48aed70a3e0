// Krawczyk's test: with C near the inverse of the Jacobian at y, X the box y +- r and
//   K = y - C f(y) + (I - C J(X)) (X - y),
// K inside X proves that X contains exactly one zero of f.
// Source: Krawczyk 1969, "Newton-Algorithmen zur Bestimmung von Nullstellen mit Fehlerschranken", Computing 4:187-201.
// f and J are evaluated in ball arithmetic, so that rounding is part of the proof.
import { DenseLU } from "../../linear/dense-lu.ts";
import { Failure } from "../../base/index.ts";
import { type Ball, balls as B, bigfloat } from "../../number/index.ts";
import { evaluateBall, jacobian, type Term } from "../../term/index.ts";

/** Larger systems are not tried: the test would take seconds. */
const MOST_UNKNOWNS = 24;
const PRECISION = 96;
/** Radii tried, relative to the sizes of the values. */
const RADII = [1e-14, 1e-13, 1e-12, 1e-11, 1e-10, 1e-8, 1e-6];

/** Least relative radius about y, of those tried, within which there is exactly one zero of the terms; undefined where none is proved. */
export function proveSteadyState(
  terms: readonly Term[],
  symbols: readonly Term[],
  values: Readonly<Record<string, number>>,
  y: Float64Array,
): number | undefined {
  const n = symbols.length;
  if (n === 0 || n > MOST_UNKNOWNS) return undefined;
  const largest = y.reduce((most, v) => Math.max(most, Math.abs(v)), 0) || 1;
  const sizes = y.map((v) => Math.max(Math.abs(v), 1e-6 * largest));
  try {
    const rows = jacobian(terms, symbols);
    const at = (ball: (i: number) => Ball): Record<string, Ball | number> => ({
      ...values,
      ...Object.fromEntries(symbols.map((symbol, i) => [symbol.name, ball(i)])),
    });
    const middle = at((i) => exact(y[i]));
    const f = terms.map((term) => evaluateBall(term, PRECISION, { at: middle }));
    const C = inverse(n, rows, middle);
    if (C === undefined) return undefined;
    const G = C.map((row) => magnitude(product(row, f)));
    for (const radius of RADII) {
      const r = sizes.map((size) => size * radius);
      const box = at((i) => B.enlarge(exact(y[i]), exact(r[i]), PRECISION));
      const J = rows.map(
        (row) => new Map([...row].map(([j, term]) => [j, evaluateBall(term, PRECISION, { at: box })])),
      );
      const inside = C.every((row, i) => {
        let reach = G[i];
        for (let j = 0; j < n; j++) {
          const column = J.map((each) => each.get(j) ?? B.ZERO);
          const element = B.subtract(i === j ? B.ONE : B.ZERO, product(row, column), PRECISION);
          reach += magnitude(element) * r[j];
        }
        // The sums above are in doubles: a millionth more than pays for their rounding.
        return reach * (1 + 1e-6) < r[i];
      });
      if (inside) return radius;
    }
  } catch (error) {
    // Functions that balls do not enclose, or a jump inside the box: no proof.
    if (!(error instanceof Failure)) throw error;
  }
  return undefined;
}

const exact = (x: number): Ball => B.fromBigFloat(bigfloat.fromNumber(x));

/** An upper bound of |x| over the ball. */
const magnitude = (a: Ball): number => bigfloat.toNumber(B.absolute(a).upper(53), "up");

function product(row: Float64Array, column: readonly Ball[]): Ball {
  let sum = B.ZERO;
  for (let k = 0; k < row.length; k++) sum = B.add(sum, B.multiply(exact(row[k]), column[k], PRECISION), PRECISION);
  return sum;
}

/** Rows of an approximate inverse of the Jacobian. */
function inverse(
  n: number,
  rows: readonly ReadonlyMap<number, Term>[],
  at: Readonly<Record<string, Ball | number>>,
): Float64Array[] | undefined {
  const J = new Float64Array(n * n);
  rows.forEach((row, i) => {
    for (const [j, term] of row) J[i * n + j] = bigfloat.toNumber(evaluateBall(term, PRECISION, { at }).mid);
  });
  const lu = new DenseLU(n);
  try {
    if (lu.factor(J) >= 0) return undefined;
    const result = Array.from({ length: n }, () => new Float64Array(n));
    for (let j = 0; j < n; j++) {
      const column = new Float64Array(n);
      column[j] = 1;
      lu.solve(column);
      for (let i = 0; i < n; i++) result[i][j] = column[i];
    }
    return result.every((row) => row.every(Number.isFinite)) ? result : undefined;
  } finally {
    lu.dispose();
  }
}
