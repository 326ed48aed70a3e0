// Ensembles: 10,000 small systems that differ in one parameter, beside CVODE in a loop (peers/cvode_ensemble.c, built by peers/install.sh), at
// equal error: CVODE's time at our error is interpolated between its tolerances. CVODE runs before and after ours.
// Repeated runs with chance: reactions a second.
import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { ensemble, simulate, stochastic } from "calculemus";
import { readCalc, type Model } from "calculemus/model";
import { geometricMean, median, type Report } from "./report.ts";
import { type Point, timeAt } from "./work-precision.ts";

const peer = fileURLToPath(new URL("peers/build/cvode_ensemble", import.meta.url));
const MEMBERS = 10_000;
const CHECKED = 8;
const POINTS = 10;
const ROUNDS = 3;

interface EnsembleProblem {
  readonly name: string;
  readonly text: string;
  readonly low: number;
  readonly high: number;
  readonly tEnd: number;
  readonly methods: readonly string[];
  readonly tolerances: readonly number[];
}

const PROBLEMS: readonly EnsembleProblem[] = [
  {
    name: "lorenz",
    text: "param p = 28\nstate x = 1, y = 1, z = 1\nx' = 10*(y - x)\ny' = x*(p - z) - y\nz' = x*y - 8/3*z",
    low: 24,
    high: 32,
    tEnd: 2,
    methods: ["adams", "bdf"],
    tolerances: [1e-6, 1e-8, 1e-10, 1e-12],
  },
  {
    name: "rober",
    text: "param p = 0.04\nstate x = 1, y = 0, z = 0\nx' = -p*x + 1e4*y*z\ny' = p*x - 1e4*y*z - 3e7*y^2\nz' = 3e7*y^2",
    low: 0.03,
    high: 0.05,
    tEnd: 1e4,
    methods: ["bdf"],
    tolerances: [1e-5, 1e-7, 1e-9, 1e-11],
  },
  {
    name: "hires",
    text: `param p = 280
state a = 1, b = 0, c = 0, d = 0, e = 0, f = 0, g = 0, h = 0.0057
a' = -1.71*a + 0.43*b + 8.32*c + 0.0007
b' = 1.71*a - 8.75*b
c' = -10.03*c + 0.43*d + 0.035*e
d' = 8.32*b + 1.71*c - 1.12*d
e' = -1.745*e + 0.43*(f + g)
f' = -p*f*h + 0.69*(d + g) + 1.71*e - 0.43*f
g' = p*f*h - 1.81*g
h' = 1.81*g - p*f*h`,
    low: 200,
    high: 360,
    tEnd: 321.8122,
    methods: ["bdf"],
    tolerances: [1e-5, 1e-7, 1e-9, 1e-11],
  },
];

/** Largest over checked members and states of max|y - ref| / max|ref| over the output times. */
function errorOf(values: ArrayLike<number>, reference: Float64Array, states: number): number {
  let worst = 0;
  for (let m = 0; m < CHECKED; m++)
    for (let s = 0; s < states; s++) {
      let [off, top] = [0, 0];
      for (let k = 0; k < POINTS; k++) {
        const at = (m * POINTS + k) * states + s;
        off = Math.max(off, Math.abs(values[at] - reference[at]));
        top = Math.max(top, Math.abs(reference[at]));
      }
      worst = Math.max(worst, off / top);
    }
  return worst;
}

function cvodeLoop(name: string, method: string, rtol: number, vectors: string, reference: Float64Array, states: number): Point {
  const run = spawnSync(peer, [name, method, String(rtol), String(MEMBERS), "--vectors", vectors], { encoding: "utf8", maxBuffer: 2 ** 26 }); // oxfmt-ignore
  if (run.status !== 0) throw new Error(`cvode_ensemble ${name}: ${run.stderr}`);
  const { ms, steps, flag, values } = JSON.parse(run.stdout) as { ms: number; steps: number; flag: number; values: number[] };
  if (flag < 0) throw new Error(`cvode_ensemble ${name} ${method} ${rtol}: flag ${flag}`);
  return { problem: name, solver: `CVODE ${method} ${vectors}`, rtol, ms, steps, error: errorOf(values, reference, states) };
} // oxfmt-ignore

async function references(problem: EnsembleProblem, model: Model, times: Float64Array): Promise<Float64Array> {
  const list: number[] = [];
  for (let c = 0; c < CHECKED; c++) {
    const j = Math.floor((c * (MEMBERS - 1)) / (CHECKED - 1));
    const p = problem.low + ((problem.high - problem.low) * j) / (MEMBERS - 1);
    const { outputs } = await simulate(model, { parameters: { p }, times, digits: 10 });
    for (let k = 0; k < POINTS; k++) for (const { values } of outputs.curves) list.push(values[k]);
  }
  return Float64Array.from(list);
}

export async function ensemblesBench(report: Report): Promise<void> {
  if (!existsSync(peer)) {
    report.note("Ensembles: the peer is not built; run bench/peers/install.sh.");
    return;
  }
  const rows: string[][] = [];
  const ratios: number[] = [];
  for (const problem of PROBLEMS) {
    const model = readCalc(problem.text);
    const states = model.states.length;
    const times = Float64Array.from({ length: POINTS }, (_, i) => (problem.tEnd * (i + 1)) / POINTS);
    const reference = await references(problem, model, times);
    const values = Float64Array.from(
      { length: MEMBERS },
      (_, j) => problem.low + ((problem.high - problem.low) * j) / (MEMBERS - 1),
    );
    const peerRound = (): Point[] =>
      problem.methods.flatMap((method) =>
        problem.tolerances.map((rtol) => cvodeLoop(problem.name, method, rtol, "fast", reference, states)),
      );
    const before = peerRound();
    const mine: { digits: number; ms: number; error: number; note: string }[] = [];
    for (const digits of [4, 6]) {
      const ms: number[] = [];
      let error = 0;
      let note = "";
      for (let round = 0; round < ROUNDS; round++) {
        const begin = performance.now();
        const result = await ensemble(model, { names: ["p"], values }, { digits, times });
        ms.push(performance.now() - begin);
        const checked = new Float64Array(CHECKED * POINTS * states);
        for (let c = 0; c < CHECKED; c++) {
          const j = Math.floor((c * (MEMBERS - 1)) / (CHECKED - 1));
          checked.set(result.values.subarray(j * POINTS * states, (j + 1) * POINTS * states), c * POINTS * states);
        }
        error = errorOf(checked, reference, states);
        note = `${result.plan.chosen}, ${result.plan.parameters.threads} threads`;
      }
      mine.push({ digits, ms: median(ms), error, note });
    }
    const after = peerRound();
    for (const { digits, ms, error, note } of mine) {
      const beside = (timeAt(before, error) + timeAt(after, error)) / 2;
      // Outside the tolerances tried there is nothing to compare with.
      if (!Number.isNaN(beside)) ratios.push(beside / ms);
      rows.push([
        problem.name,
        String(digits),
        note,
        ms.toFixed(0),
        error.toExponential(1),
        Number.isNaN(beside) ? "-" : beside.toFixed(0),
        Number.isNaN(beside) ? "-" : `${(beside / ms).toFixed(1)}x`,
      ]);
    }
  }
  rows.push(["geometric mean (wanted >= 5x)", "", "", "", "", "", `${geometricMean(ratios).toFixed(1)}x`]);
  report.table(
    "Ensembles",
    `${MEMBERS} members, ${POINTS} output times, all states. The whole call \`ensemble\`: deriving, compiling, 8 members solved and checked one by one, all members, on what threads there are; CVODE 6.4 (-O3 -march=native, analytic Jacobian, dense LU; Adams or BDF, whichever is faster; vector loops of our own, which are faster than the library's) in a loop on one thread, interpolated at the same error. Error: largest over 8 members and all states of max|y - ref| / max|ref|. Ours: medians of ${ROUNDS}; CVODE: mean of a run before and one after.`,
    ["problem", "digits asked", "method", "ms", "error", "CVODE ms at this error", "faster by"],
    rows,
  );
  await chance(report);
}

/** Reactions a second of the methods for jump processes. */
async function chance(report: Report): Promise<void> {
  const cases: readonly { name: string; text: string; runs: number }[] = [
    {
      name: "2 reactions (immigration and death)",
      text: "state X = 100\nreaction 0 -> X : 100\nreaction X -> 0 : X\ntime 0 .. 20 points 2",
      runs: 2000,
    },
    {
      name: "200 reactions (a ring)",
      text: [
        ...Array.from({ length: 200 }, (_, i) => `state X${i} = 10`),
        ...Array.from({ length: 200 }, (_, i) => `reaction X${i} -> X${(i + 1) % 200} : X${i}`),
        "output X0",
        "time 0 .. 4 points 2",
      ].join("\n"),
      runs: 100,
    },
  ];
  const rows: string[][] = [];
  for (const { name, text, runs } of cases) {
    const model = readCalc(text);
    for (const method of ["direct", "next"] as const) {
      const rates = [];
      for (let round = 0; round < ROUNDS; round++) {
        const { plan, timing } = await stochastic(model, { runs, method, seed: round });
        rates.push((Number(plan.parameters.steps) / timing.run_ms) * 1e-3);
      }
      rows.push([name, method, median(rates).toFixed(1)]);
    }
  }
  report.table(
    "Reactions one by one",
    "Millions of reactions a second, all threads; medians.",
    ["network", "method", "million reactions / s"],
    rows,
  );
}
