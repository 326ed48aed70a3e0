// Claim sbacc: Berrut approximated coded computing survives slow workers and workers that lie; the liars are named by a code over the
// discrete cosine transform ("On Securing Berrut Approximated Coded Computing Through Discrete Cosine Transforms").
// Coding (Jahani-Nezhad, Maddah-Ali 2023): data X_0 ... X_(K-1) are values at a_j = cos((2 j + 1) pi / 2 K) of Berrut's rational interpolant
// u; worker i gets u(b_i), b_i = cos(i pi / (N - 1)), and returns f(u(b_i)). Berrut's interpolant of the results that are there is
// evaluated at the a_j.
// Naming: g = f(u) is smooth, so that its cosine transform over the workers is negligible from some degree m on. With the erasure
// polynomial G, zero at the s missing workers, G g has degree m + s, and it does not matter what is put for the missing results. False
// results add e spikes. A polynomial A = sum l_j T_j of degree e with its zeros at the false workers makes A times the spikes vanish:
// sum_j l_j (S_(k+j) + S_|k-j|) = 0 for all k that touch only coefficients S of degree above m + s, since 2 T_j T_k = T_(k+j) + T_|k-j|.
// The equations of all entries of the results are stacked (their liars are the same) and solved by singular values; the number of
// liars is the number of singular values above the level of what was neglected.
// Error bound: Floater, Hormann 2007, theorem 3, for Berrut's interpolant, with norms of g' and g'' from Chebyshev interpolants.
// What is neglected beyond the band must be known: here it is measured on rounds without liars, with other stragglers than those of the
// experiment. Left out: privacy, real networks, colluding workers that know the code.
import { barycentric, berrutWeights, Chebyshev, type Matrix, svd, toCoefficients } from "calculemus/approximate";
import { Random } from "calculemus/base";
import type { Claim, ClaimContext, ClaimResult } from "calculemus/claims";

export interface Code {
  /** Pieces of data. */
  readonly data: number;
  /** Workers; a power of two and one more. */
  readonly workers: number;
  /** Degree from which on honest results count as zero. */
  readonly band: number;
  /** Most liars that are looked for. */
  readonly most: number;
}

export const dataPoints = (k: number): Float64Array =>
  Float64Array.from({ length: k }, (_, j) => Math.cos(((2 * j + 1) * Math.PI) / (2 * k)));

export const workerPoints = (n: number): Float64Array =>
  Float64Array.from({ length: n }, (_, i) => Math.sin((Math.PI * (n - 1 - 2 * i)) / (2 * (n - 1))));

/** What worker points get: Berrut's interpolant of each entry of the data. */
export function encode(data: readonly Float64Array[], at: number): Float64Array {
  const points = dataPoints(data.length);
  const weights = berrutWeights(data.length);
  return data[0].map((_, entry) => barycentric(points, data.map((x) => x[entry]), weights, at)); // oxfmt-ignore
}

/** Values at the data points, of Berrut's interpolant through the results of some workers. */
export function decode(code: Code, results: ReadonlyMap<number, Float64Array>): Float64Array[] {
  const all = workerPoints(code.workers);
  const there = [...results.keys()].sort((i, j) => i - j);
  const points = Float64Array.from(there, (i) => all[i]);
  const weights = berrutWeights(there.length);
  const [first] = results.values();
  return Array.from(
    dataPoints(code.data),
    (a) =>
    first.map((_, entry) => barycentric(points, there.map((i) => results.get(i)![entry]), weights, a)), // oxfmt-ignore
  );
}

/** The liars among the workers that answered, and the levels that decided their number. */
export function nameLiars(
  code: Code,
  results: ReadonlyMap<number, Float64Array>,
  level: number,
): { named: number[]; levels: number[] } {
  // oxfmt-ignore
  const n = code.workers - 1;
  const points = workerPoints(code.workers);
  const missing = Array.from(points.keys()).filter((i) => !results.has(i));
  const erasure = points.map((x) => missing.reduce((product, i) => product * (x - points[i]) * 2, 1));
  const largest = erasure.reduce((size, value) => Math.max(size, Math.abs(value)), 0);
  const from = code.band + missing.length;
  const { most } = code;
  const first = from + most;
  const equations = n - most - first + 1;
  if (equations < 1) throw new Error(`${missing.length} missing workers leave no room to look for ${most} liars`);
  const entries = results.values().next().value!.length;
  // One row an equation and entry, one column a coefficient of the locator.
  const rows = equations * entries;
  const system: Matrix = { rows, columns: most + 1, data: new Float64Array(rows * (most + 1)) };
  for (let entry = 0; entry < entries; entry++) {
    // Ascending points, as transforms want them.
    const values = points.map((_, i) => (results.has(i) ? (results.get(i)![entry] * erasure[i]) / largest : 0)).toReversed(); // oxfmt-ignore
    const S = toCoefficients(values);
    // The last coefficient of a transform counts twice.
    S[n] *= 2;
    for (let row = 0; row < equations; row++) {
      const k = first + row;
      for (let j = 0; j <= most; j++)
        system.data[entry * equations + row + rows * j] = (S[k + j] + S[k - j]) / 2 / Math.sqrt(entries);
    }
  }
  const levels = [...svd(system).s];
  const count = levels.filter((s) => s > level).length;
  if (count === 0) return { named: [], levels };
  if (count > most) return { named: [], levels };
  // The locator of that degree.
  const small: Matrix = { rows, columns: count + 1, data: system.data.slice(0, rows * (count + 1)) };
  const locator = svd(small).v.data.slice((count + 1) * count);
  const size = (x: number): number => {
    const angle = Math.acos(Math.max(-1, Math.min(1, x)));
    return Math.abs(locator.reduce((sum, c, j) => sum + c * Math.cos(j * angle), 0));
  };
  const order = [...results.keys()].sort((i, j) => size(points[i]) - size(points[j]));
  return { named: order.slice(0, count).sort((i, j) => i - j), levels };
}

/** Largest singular level that honest results reach with 0 to so many stragglers: what is neglected beyond the band. */
export function honestLevel(code: Code, honest: readonly Float64Array[], stragglers: number, tries: number): number {
  let most = 0;
  for (let missing = 0; missing <= stragglers; missing++)
    for (let seed = 0; seed < tries; seed++) {
      const there = answers(code, honest, { stragglers: missing, liars: 0, seed: 1_000_000 + seed, size: 0 });
      most = Math.max(most, nameLiars(code, there.results, Infinity).levels[0]);
    }
  return most;
}

/** Floater and Hormann's bound for Berrut's interpolant on these ascending points of a function with these norms. */
export function berrutBound(points: Float64Array, slope: number, bend: number): number {
  const gaps = Array.from({ length: points.length - 1 }, (_, i) => points[i + 1] - points[i]);
  let ratio = 0;
  for (let i = 1; i + 1 < gaps.length; i++)
    ratio = Math.max(ratio, Math.min(gaps[i] / gaps[i - 1], gaps[i] / gaps[i + 1]));
  const width = points[points.length - 1] - points[0];
  const h = Math.max(...gaps);
  return h * (1 + ratio) * ((width * bend) / 2 + (points.length % 2 === 0 ? 0 : slope));
}

interface Trial {
  readonly stragglers: number;
  readonly liars: number;
  readonly seed: number;
  /** Size of the lies, relative to the largest honest result. */
  readonly size: number;
}

/** Results of a round: stragglers are missing, liars add noise to all entries. */
export function answers(
  code: Code,
  honest: readonly Float64Array[],
  { stragglers, liars, seed, size }: Trial,
): { results: Map<number, Float64Array>; false: number[] } {
  // oxfmt-ignore
  const random = new Random(seed, 5);
  const order = Array.from({ length: code.workers }, (_, i) => i);
  for (let i = order.length - 1; i > 0; i--) {
    const j = Math.floor((i + 1) * random.next());
    [order[i], order[j]] = [order[j], order[i]];
  }
  const scale = Math.max(...honest.map((result) => result.reduce((most, x) => Math.max(most, Math.abs(x)), 0)));
  const wrong = order.slice(stragglers, stragglers + liars);
  const results = new Map<number, Float64Array>();
  for (const i of order.slice(stragglers)) {
    const lie = wrong.includes(i);
    results.set(i, lie ? honest[i].map((x) => x + size * scale * (random.next() < 0.5 ? -1 : 1) * (0.5 + random.next())) : honest[i]); // oxfmt-ignore
  }
  return { results, false: wrong.sort((i, j) => i - j) };
}

/** Things to compute on a block of `side` x `side` numbers. */
export const TASKS: Readonly<Record<string, (x: Float64Array) => Float64Array>> = {
  "X' X": (x) => {
    const side = Math.round(Math.sqrt(x.length));
    return Float64Array.from(x, (_, at) => {
      const [i, j] = [at % side, Math.floor(at / side)];
      let sum = 0;
      for (let l = 0; l < side; l++) sum += x[l + side * i] * x[l + side * j];
      return sum / side;
    });
  },
  "tanh": (x) => x.map(Math.tanh), // oxfmt-ignore
  "softplus": (x) => x.map((t) => Math.log1p(Math.exp(t))), // oxfmt-ignore
};

export interface Outcome {
  trials: number;
  /** Rounds in which exactly the liars were named. */
  named: number;
  /** Largest error of decoded values over their bound. */
  ofBound: number;
  error: number;
  bound: number;
  /** Largest error where liars stay in. */
  unprotected: number;
  /** Largest error with all workers, none lying. */
  ideal: number;
}

/** Rounds of one task: results compared with f of the data itself. */
export function rounds(
  code: Code,
  task: (x: Float64Array) => Float64Array,
  trials: readonly Trial[],
  side: number,
): Outcome {
  // oxfmt-ignore
  const random = new Random(31);
  const data = Array.from({ length: code.data }, () =>
    Float64Array.from({ length: side * side }, () => 2 * random.next() - 1),
  );
  const truth = data.map(task);
  const points = workerPoints(code.workers);
  const honest = Array.from(points, (b) => task(encode(data, b)));
  // Norms of derivatives entry by entry.
  const norms = truth[0].map((_, entry) => entry).reduce<{ slope: number; bend: number }[]>((list, entry) => {
    const g = Chebyshev.of((x) => task(encode(data, x))[entry], { splitting: false, digits: 9 });
    return [...list, { slope: g.derivative().norm(Infinity), bend: g.derivative(2).norm(Infinity) }];
  }, []); // oxfmt-ignore
  const missed = (decoded: readonly Float64Array[]): Float64Array =>
    truth[0].map((_, entry) => Math.max(...truth.map((x, j) => Math.abs(x[entry] - decoded[j][entry]))));
  const most = Math.max(...trials.map(({ stragglers }) => stragglers));
  const level = 4 * honestLevel(code, honest, most, 5);
  const outcome: Outcome = { trials: trials.length, named: 0, ofBound: 0, error: 0, bound: Infinity, unprotected: 0, ideal: 0 }; // oxfmt-ignore
  outcome.ideal = Math.max(...missed(decode(code, new Map(honest.map((result, i) => [i, result])))));
  for (const trial of trials) {
    const { results, false: wrong } = answers(code, honest, trial);
    if (wrong.length > 0) outcome.unprotected = Math.max(outcome.unprotected, ...missed(decode(code, results)));
    const { named } = nameLiars(code, results, level);
    if (named.join() === wrong.join()) outcome.named++;
    const kept = new Map([...results].filter(([i]) => !named.includes(i)));
    const there = Float64Array.from([...kept.keys()].sort((i, j) => j - i), (i) => points[i]); // oxfmt-ignore
    missed(decode(code, kept)).forEach((error, entry) => {
      // The bound holds between the outermost workers that are left.
      const inside = dataPoints(code.data).every((a) => a >= there[0] && a <= there[there.length - 1]);
      const bound = inside ? berrutBound(there, norms[entry].slope, norms[entry].bend) : 0;
      outcome.error = Math.max(outcome.error, error);
      outcome.bound = Math.min(outcome.bound, bound);
      outcome.ofBound = Math.max(outcome.ofBound, error / bound);
    });
  }
  return outcome;
}

/** Trials with 0 ... stragglers and 0 ... liars, all combinations in turn, the largest ones first. */
export function schedule(count: number, stragglers: number, liars: number, size: number): Trial[] {
  return Array.from({ length: count }, (_, i) => ({
    stragglers: stragglers - (i % (stragglers + 1)),
    liars: liars - (Math.floor(i / 2) % (liars + 1)),
    seed: i + 1,
    size,
  }));
}

export interface Scale {
  readonly code: Code;
  readonly stragglers: number;
  readonly trials: number;
  readonly side: number;
  /** Sizes of lies, relative to the largest honest result; the claim is about the first. */
  readonly sizes: readonly number[];
}

const FULL: Scale = {
  code: { data: 5, workers: 129, band: 70, most: 6 },
  stragglers: 12,
  trials: 120,
  side: 4,
  sizes: [1, 1e-3, 1e-6],
};

export async function run(context: ClaimContext, scale: Scale = FULL): Promise<ClaimResult> {
  const { code, stragglers, trials, side, sizes } = scale;
  const evidence: ClaimResult["evidence"][number][] = [];
  const told: string[] = [];
  let holds = true;
  for (const [name, task] of Object.entries(TASKS))
    for (const size of sizes) {
      const found = rounds(code, task, schedule(trials, stragglers, code.most, size), side);
      if (size === sizes[0]) {
        holds &&= found.named === found.trials && found.ofBound <= 1;
        told.push(`${name}: ${found.named} of ${found.trials} rounds named, error ${found.error.toExponential(1)} is ${found.ofBound.toPrecision(2)} of its bound (liars left in: ${found.unprotected.toExponential(1)})`); // oxfmt-ignore
        context.log(told.at(-1)!);
      }
      evidence.push({
        statement: `${name}, lies of ${size} of the largest result: in ${found.named} of ${found.trials} rounds exactly the liars are named; largest error ${found.error.toExponential(1)}, at most ${found.ofBound.toPrecision(2)} of its bound; baselines: ${found.unprotected.toExponential(1)} with the liars left in, ${found.ideal.toExponential(1)} with all ${code.workers} workers and none lying`,
        grade: "sampled",
        bound: found.ofBound,
        unit: "error over Floater and Hormann's bound",
        method: `${found.trials} rounds with 0 to ${stragglers} stragglers and 0 to ${code.most} liars among ${code.workers} workers, ${code.data} pieces of data`,
        measured: { named: found.named, rounds: found.trials, error: found.error, unprotected: found.unprotected },
      });
    }
  return { verdict: holds ? "shown" : "refuted", summary: told.join("; "), evidence };
}

export const claim: Claim = {
  id: "sbacc",
  title: "Coded computing with stragglers and false workers",
  source: "On Securing Berrut Approximated Coded Computing Through Discrete Cosine Transforms; Jahani-Nezhad, Maddah-Ali 2023, Berrut approximated coded computing.", // oxfmt-ignore
  statement:
    "With 129 workers, up to 12 stragglers and up to 6 false workers whose lies have the size of the results, all false workers and no others are named in every round, and decoded values of three functions stay within the error bound of Berrut's interpolant.",
  run: (context) => run(context),
};
