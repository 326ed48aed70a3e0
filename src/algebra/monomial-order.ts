// Monomial orders for Groebner bases. A monomial is one number, additive under multiplication and ordered as the order asks: the rows of
// the order's matrix (Robbiano 1985) applied to the exponents, as digits. Graded reverse lexicographic order is the lexicographic order of
// the partial sums e1 + ... + en, e1 + ... + e(n-1), ..., e1, which are not negative.
import { Failure } from "../base/index.ts";

/** lex: by the first variable first; grlex, grevlex: by total degree first. A number k: the first k variables are eliminated, both blocks grevlex. */
export type MonomialOrder = "lex" | "grlex" | "grevlex" | { readonly eliminate: number };

export interface OrderedMonomials {
  readonly variables: number;
  /** Greatest value of a digit. */
  readonly most: number;
  key(exponents: ArrayLike<number>): number;
  exponents(key: number): Int32Array;
}

/** Greatest exact number of a key: digits beyond are refused. */
const KEY_BITS = 52;

export function orderedMonomials(order: MonomialOrder, variables: number): OrderedMonomials {
  const bits = Math.min(16, Math.floor(KEY_BITS / variables));
  if (bits < 2)
    throw new Failure(
      "limit",
      `a Groebner basis in ${variables} variables: at most ${KEY_BITS / 2} are packed into a monomial`,
    );
  const base = 2 ** bits;
  const rows = digits(order, variables);
  const weights = new Float64Array(variables);
  rows.forEach((row, k) => row.forEach((v) => (weights[v] += base ** (rows.length - 1 - k))));
  const most = base - 1;
  return {
    variables,
    most,
    key(exponents) {
      let key = 0;
      let sum = 0;
      for (let v = 0; v < variables; v++) {
        key += exponents[v] * weights[v];
        sum += exponents[v];
      }
      if (sum > most)
        throw new Failure(
          "limit",
          `a monomial of degree ${sum} in ${variables} variables; Groebner bases are made up to degree ${most}`,
        );
      return key;
    },
    exponents(key) {
      const values = new Array<number>(rows.length);
      for (let k = rows.length - 1, rest = key; k >= 0; k--) {
        const high = Math.floor(rest / base);
        values[k] = rest - high * base;
        rest = high;
      }
      const out = new Int32Array(variables);
      // Rows of a block shrink by one variable each: differences of neighbours are the exponents.
      rows.forEach((row, k) => {
        const next = rows[k + 1];
        const inner = next && next.length < row.length && next.every((v) => row.includes(v)) ? next : [];
        if (row.length - inner.length === 1) {
          const v = row.find((w) => !inner.includes(w))!;
          out[v] = values[k] - (inner.length > 0 ? values[k + 1] : 0);
        }
      });
      if (order === "grlex" && variables > 1) {
        for (let v = 0; v + 1 < variables; v++) out[v] = values[v + 1];
        out[variables - 1] = values[0] - values.slice(1).reduce((sum, x) => sum + x, 0);
      }
      return out;
    },
  };
}

/** For each digit, highest first, the variables whose exponents it sums. */
function digits(order: MonomialOrder, n: number): number[][] {
  const block = (from: number, to: number): number[][] =>
    Array.from({ length: to - from }, (_, k) => Array.from({ length: to - from - k }, (_unused, j) => from + j));
  if (order === "lex") return Array.from({ length: n }, (_, v) => [v]);
  if (order === "grlex")
    return [Array.from({ length: n }, (_, v) => v), ...Array.from({ length: n - 1 }, (_, v) => [v])];
  if (order === "grevlex") return block(0, n);
  return [...block(0, order.eliminate), ...block(order.eliminate, n)];
}
