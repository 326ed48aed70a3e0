// Claim linf-regression: least squares on a dense random sketch keeps every entry of the solution close, a count sketch does not (Song, Ye,
// Yin, Zhang 2023, after Price, Song, Woodruff 2017). The bound is |x' - x|_inf <= (eps / sqrt d) |A x - b| |A^+| with
// m = d log^3(n / delta) / eps^2 rows up to a constant, which is stated. In the built example the columns are unit
// vectors and the residual lies on one row: where a count sketch adds that row to one of the columns', one entry of the solution takes all of it.
// Left out: fast transforms (the dense sketch is Gaussian), optimality in d.
import { dense, type Dense, element } from "calculemus/array";
import { Random } from "calculemus/base";
import { leastSquares, svd } from "calculemus/linear";
import type { Claim, ClaimContext, ClaimResult } from "calculemus/claims";
import { normal } from "./relax-sequences.ts";

export interface Scale {
  readonly n: number;
  readonly d: number;
  readonly rows: number;
  readonly eps: number;
  readonly trials: number;
}

const FULL: Scale = { n: 4096, d: 8, rows: 512, eps: 1, trials: 400 };

/** n x d: unit columns on d rows of their own, the rest zeros; the residual of b lies on one row. */
export function example(n: number, d: number): { a: Dense; b: Float64Array } {
  const a = dense(n, d);
  const b = new Float64Array(n);
  for (let j = 0; j < d; j++) a.data[j * d + j] = 1;
  for (let j = 0; j < d; j++) b[j] = 1 + j;
  b[d] = 1;
  return { a, b };
}

type Sketch = (a: Dense, b: Float64Array, rows: number, random: Random) => { a: Dense; b: Float64Array };

/** S with independent normal entries of variance 1 / rows. Rows of zeros in A and b need no numbers. */
const gaussian: Sketch = (a, b, rows, random) => {
  const out = dense(rows, a.cols);
  const right = new Float64Array(rows);
  for (let i = 0; i < a.rows; i++) {
    let zero = b[i] === 0;
    for (let j = 0; j < a.cols; j++) zero &&= element(a, i, j) === 0;
    if (zero) continue;
    for (let r = 0; r < rows; r++) {
      const s = normal(random) / Math.sqrt(rows);
      for (let j = 0; j < a.cols; j++) out.data[r * a.cols + j] += s * element(a, i, j);
      right[r] += s * b[i];
    }
  }
  return { a: out, b: right };
};

/** S with one sign in each column, at a random row. */
const count: Sketch = (a, b, rows, random) => {
  const out = dense(rows, a.cols);
  const right = new Float64Array(rows);
  for (let i = 0; i < a.rows; i++) {
    const r = Math.floor(random.next() * rows);
    const s = random.next() < 0.5 ? -1 : 1;
    for (let j = 0; j < a.cols; j++) out.data[r * a.cols + j] += s * element(a, i, j);
    right[r] += s * b[i];
  }
  return { a: out, b: right };
};

export interface Tally {
  readonly broken: number;
  readonly largest: number;
  readonly median: number;
}

/** Errors over the bound (eps / sqrt d) |A x - b| |A^+|, over random sketches. */
export function errors(name: "gaussian" | "count", { n, d, rows, eps, trials }: Scale): Tally {
  const { a, b } = example(n, d);
  const { x } = leastSquares(a, b);
  let square = 0;
  for (let i = 0; i < n; i++) {
    let r = b[i];
    for (let j = 0; j < d; j++) r -= element(a, i, j) * x[j];
    square += r * r;
  }
  const { values: singular } = svd(a);
  const bound = (eps / Math.sqrt(d)) * Math.sqrt(square) / singular[d - 1];
  const ratios: number[] = [];
  for (let trial = 0; trial < trials; trial++) {
    const random = new Random(trial + 1, name === "count" ? 0xc5 : 0x6a);
    const sketched = (name === "count" ? count : gaussian)(a, b, rows, random);
    const found = leastSquares(sketched.a, sketched.b).x;
    ratios.push(Math.max(...found.map((value, j) => Math.abs(value - x[j]))) / bound);
  }
  ratios.sort((p, q) => p - q);
  return { broken: ratios.filter((ratio) => ratio > 1).length, largest: ratios[trials - 1], median: ratios[trials >> 1] };
} // oxfmt-ignore

export async function run(context: ClaimContext, scale: Scale = FULL): Promise<ClaimResult> {
  const dense = errors("gaussian", scale);
  context.log(`dense: largest error ${dense.largest.toFixed(3)} of the bound`);
  const counted = errors("count", scale);
  context.log(`count sketch: ${counted.broken} of ${scale.trials} break the bound`);
  const { n, d, rows, eps, trials } = scale;
  const evidence = (name: string, { broken, largest, median }: Tally) => ({
    statement: `${name}, ${rows} rows for ${n} x ${d}, eps = ${eps}: ${broken} of ${trials} sketches break the bound; largest error ${largest.toFixed(3)} of it, median ${median.toFixed(3)}`,
    grade: "sampled" as const,
    bound: largest,
    unit: "largest entry of the error over (eps / sqrt d) |A x - b| |A^+|",
    method: `Philox, ${trials} sketches; exact solution by QR factors`,
    measured: { broken, largest, median },
  });
  return {
    verdict: dense.broken === 0 && counted.broken > 0 ? "shown" : "refuted",
    summary: `of ${trials} sketches ${dense.broken} dense ones break the bound (largest error ${dense.largest.toFixed(2)} of it) and ${counted.broken} count sketches do (${counted.largest.toFixed(2)})`,
    evidence: [evidence("dense Gaussian sketch", dense), evidence("count sketch", counted)],
  };
}

export const claim: Claim = {
  id: "linf-regression",
  title: "Least squares with a bound on every entry by dense sketches",
  source: "Song, Ye, Yin, Zhang 2023, A Nearly-Optimal Bound for Fast Regression with l_inf Guarantee (ICML 2023).",
  statement:
    "On a built 4096 x 8 problem, 400 sketches of 512 rows: no dense Gaussian sketch has an entry of the error above |A x - b| |A^+| / sqrt 8 (eps = 1), and some count sketches do.",
  run: (context) => run(context),
};
