// Families to fit: sums of fixed functions (polynomials of any exponents, with coefficients held), quotients of polynomials.
import { Failure } from "../base/index.ts";
import { bigfloat as F, type BigFloat } from "../number/index.ts";
import { solveDense } from "./big-linear.ts";
import { chebyshev, type Family, type MinimaxProblem, type Sample } from "./minimax.ts";
import type { Target } from "./target.ts";

/** x^0 .. x^most, by multiplication. */
function powers(x: BigFloat, most: number, p: number): BigFloat[] {
  const out = [F.fromInteger(1n, p)];
  for (let k = 1; k <= most; k++) out.push(F.multiply(out[k - 1], x, p));
  return out;
}

/** sum of c_j x^(exponents[j]) + held(x). */
export function polynomialFamily(exponents: readonly number[], held?: (x: BigFloat, p: number) => BigFloat): Family {
  if (exponents.some((e) => !Number.isInteger(e) || e < 0) || new Set(exponents).size < exponents.length)
    throw new Failure("usage", `exponents are different whole numbers from 0, not ${exponents.join(", ")}`);
  const most = Math.max(0, ...exponents);
  return linearFamily(
    exponents.length,
    (x, p) => {
      const all = powers(x, most, p);
      return exponents.map((e) => all[e]);
    },
    held,
  );
}

/** sum of c_j times the values of other functions. */
export function basisFamily(basis: readonly Target[], held?: (x: BigFloat, p: number) => BigFloat): Family {
  return linearFamily(basis.length, (x, p) => basis.map((each) => F.round(each.value(x, p).mid, p)), held);
}

function linearFamily(
  parameters: number,
  basis: (x: BigFloat, p: number) => BigFloat[],
  held?: (x: BigFloat, p: number) => BigFloat,
): Family {
  // The same points come again in every exchange.
  const known = new Map<string, BigFloat[]>();
  return {
    parameters,
    linear: true,
    evaluate(c, x, p): Sample {
      const key = `${x.kind}${x.sign}*${x.significand}e${x.exponent}`;
      let slopes = known.get(key);
      if (slopes === undefined) {
        slopes = basis(x, p);
        if (known.size < 4096) known.set(key, slopes);
      }
      let value = held?.(x, p) ?? F.zero(p);
      c.forEach((each, j) => (value = F.add(value, F.multiply(each, slopes[j], p), p)));
      return { value, slopes };
    },
  };
}

/** (c_0 + ... + c_m x^m) / (1 + c_(m+1) x + ... + c_(m+n) x^n). */
export function rationalFamily(m: number, n: number): Family {
  return {
    parameters: m + n + 1,
    linear: n === 0,
    evaluate(c, x, p): Sample | undefined {
      const all = powers(x, Math.max(m, n), p);
      let top = F.zero(p);
      for (let j = 0; j <= m; j++) top = F.add(top, F.multiply(c[j], all[j], p), p);
      let bottom = all[0];
      for (let j = 1; j <= n; j++) bottom = F.add(bottom, F.multiply(c[m + j], all[j], p), p);
      if (bottom.kind !== "normal" || bottom.sign < 0) return undefined;
      const value = F.divide(top, bottom, p);
      const slopes = all.slice(0, m + 1).map((power) => F.divide(power, bottom, p));
      for (let j = 1; j <= n; j++) slopes.push(F.negate(F.multiply(value, F.divide(all[j], bottom, p), p)));
      return { value, slopes };
    },
  };
}

/** A start for `rationalFamily`: the quotient through m + n + 1 Chebyshev points. Undefined if there is none. */
export function rationalStart(problem: MinimaxProblem, m: number, n: number): BigFloat[] | undefined {
  const p = problem.precision;
  const count = m + n + 1;
  const rows: BigFloat[][] = [];
  const right: BigFloat[] = [];
  for (let i = 0; i < count; i++) {
    const { x, f } = problem.place(problem.point(chebyshev(2 * i + 1, 2 * count)));
    const all = powers(x, Math.max(m, n), p);
    rows.push([...all.slice(0, m + 1), ...all.slice(1, n + 1).map((power) => F.negate(F.multiply(power, f, p)))]);
    right.push(f);
  }
  return solveDense(rows, right, p);
}
