// Fixed steps and threads: HIRES (8 states, 20 terms) with the classical Runge-Kutta method, one system and an ensemble of 1,024 members,
// beside the same in C (peers/steppers.c, built by peers/install.sh); element-wise maps on one and two threads.
// Each figure is the median over rounds in which both sides take turns; ratios are medians of the rounds' ratios.
import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { setFlagsFromString } from "node:v8";
import { compile } from "calculemus";
import { engineFeatures, nativeMissing, Runtime, startThreads } from "calculemus/compile";
import { fixedStepper, type FixedStepper, type FixedStepSystem } from "calculemus/dynamics";
import { median, type Report } from "./report.ts";

const peers = fileURLToPath(new URL("peers/build/", import.meta.url));
const ROUNDS = 7;
const MEMBERS = 1024;
const STEPS = { single: 20_000, ensemble: 100 };
const STEP = 1e-3;

const START = [1, 0, 0, 0, 0, 0, 0, 0.0057];
const RATES = [1.71, 0.43, 8.32, 0.0007, 8.75, 10.03, 0.035, 1.12, 1.745, 280, 0.69, 1.81];
/** Hairer and Wanner, Solving ODEs II, with all rate constants as parameters. */
const hires: FixedStepSystem = {
  states: START.map((_, s) => `y${s + 1}`),
  parameters: RATES.map((_, k) => `k${k + 1}`),
  rhs: [
    "-k1*y1 + k2*y2 + k3*y3 + k4",
    "k1*y1 - k5*y2",
    "-k6*y3 + k2*y4 + k7*y5",
    "k3*y2 + k1*y3 - k8*y4",
    "-k9*y5 + k2*y6 + k2*y7",
    "-k10*y6*y8 + k11*y4 + k1*y5 - k2*y6 + k11*y7",
    "k10*y6*y8 - k12*y7",
    "-k10*y6*y8 + k12*y7",
  ],
};
const rates = Object.fromEntries(RATES.map((value, k) => [`k${k + 1}`, value]));

interface Timed {
  /** Nanoseconds. */
  readonly ns: number;
  /** Sum of the final states: both sides must agree. */
  readonly sum: number;
}

/** Median time of some calls, in nanoseconds per unit of work. */
function timed(units: number, calls: number, run: () => void): number {
  const times = Array.from({ length: calls }, () => {
    const begin = performance.now();
    run();
    return performance.now() - begin;
  });
  return (median(times) * 1e6) / units;
}

function peer(program: string, ...args: (string | number)[]): Timed {
  const run = spawnSync(peers + program, args.map(String), { encoding: "utf8" });
  if (run.status !== 0) throw new Error(`${program} ${args.join(" ")}: ${run.stderr}`);
  return JSON.parse(run.stdout) as Timed;
}

function single(stepper: FixedStepper): Timed {
  let sum = 0;
  const ns = timed(STEPS.single, 9, () => {
    const { y } = stepper.run({ y: START, parameters: rates, step: STEP, steps: STEPS.single });
    sum = y.reduce((a, b) => a + b, 0);
  });
  return { ns, sum };
}

function ensemble(stepper: FixedStepper, y: Float64Array, threads: number): Timed {
  const parameters = {
    ...rates,
    k1: Float64Array.from({ length: MEMBERS }, (_, j) => RATES[0] * (1 + (0.1 * j) / MEMBERS)),
    k10: Float64Array.from({ length: MEMBERS }, (_, j) => RATES[9] * (1 + j / MEMBERS)),
  };
  const start = Float64Array.from({ length: START.length * MEMBERS }, (_, i) => START[Math.floor(i / MEMBERS)]);
  const ns = timed(STEPS.ensemble * MEMBERS, 15, () => {
    y.set(start);
    stepper.ensemble({ members: MEMBERS, y, out: y, parameters, step: STEP, steps: STEPS.ensemble, threads });
  });
  return { ns, sum: y.reduce((a, b) => a + b, 0) };
}

function compared(what: string, wanted: string, ours: () => Timed, theirs: () => Timed): string[] {
  ours();
  const a: number[] = [];
  const b: number[] = [];
  const ratios: number[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    const [x, y] = [ours(), theirs()];
    if (!(Math.abs(x.sum / y.sum - 1) < 1e-10)) throw new Error(`${what}: ${x.sum} is not ${y.sum}`);
    a.push(x.ns);
    b.push(y.ns);
    ratios.push(x.ns / y.ns);
  }
  return [what, median(a).toFixed(1), median(b).toFixed(1), median(ratios).toFixed(2), wanted];
}

function stepperTable(report: Report): void {
  if (!existsSync(`${peers}steppers`)) {
    report.note("Steppers: the C programs are not built; run bench/peers/install.sh.");
    return;
  }
  const runtime = new Runtime({ bytes: 8 << 20, shared: true });
  const y = runtime.f64(START.length * MEMBERS);
  const wasm = fixedStepper(hires, { target: "wasm" });
  const steps = (program: string, threads: number) => () => peer(program, "blocks", STEPS.ensemble, 15, MEMBERS, threads); // oxfmt-ignore
  const alone = () => peer("steppers", "single", STEPS.single, 9);
  const rows = [
    compared("one system, wasm", "<= 1.2", () => single(wasm), alone),
    compared("member of the ensemble, wasm, 1 thread; gcc in full width", "<= 1.5", () => ensemble(wasm, y, 1), steps("steppers", 1)), // oxfmt-ignore
    compared("the same, 2 threads; gcc on 2 threads", "<= 1.5", () => ensemble(wasm, y, 2), steps("steppers", 2)),
    compared("the same, 1 thread; gcc with 128-bit vectors", "", () => ensemble(wasm, y, 1), steps("steppers128", 1)),
  ]; // oxfmt-ignore
  if (nativeMissing() === undefined) {
    const c = fixedStepper(hires, { target: "c" });
    const own = new Float64Array(START.length * MEMBERS);
    rows.push(
      compared("one system, target c", "", () => single(c), alone),
      compared("member of the ensemble, target c; gcc in full width", "<= 1.5", () => ensemble(c, own, 1), steps("steppers", 1)), // oxfmt-ignore
    );
  }
  report.table(
    "Steppers",
    "HIRES (8 states, 20 terms), classical Runge-Kutta; an ensemble of 1,024 members with two parameters of their own. Nanoseconds a step, of a member. gcc -O3 -march=native of plain C with the same blocks of members.",
    ["what", "Calculemus", "gcc", "ratio", "wanted"],
    rows,
  );
  runtime.dispose();
}

async function mapTable(report: Report): Promise<void> {
  const n = 1_000_000;
  const f = await compile("exp(-x*x)*sin(3*x) + x^3/(1 + x^2)", { ulp: 4 });
  const plain = Float64Array.from({ length: n }, (_, i) => -5 + (10 * i) / n);
  const [x, y] = [f.array(n), f.array(n)];
  x.set(plain);
  const out = new Float64Array(n);
  const cases: [string, string, (threads: number) => void][] = [
    ["arrays of the formula's memory, used in place", ">= 1.3", (threads) => f.map(x, { out: y, threads })],
    ["arrays from elsewhere, copied block by block", ">= 1.3", (threads) => f.map(plain, { out, threads })],
  ];
  const rows = cases.map(([what, wanted, run]) => {
    run(2);
    const [one, two, ratios]: number[][] = [[], [], []];
    for (let round = 0; round < ROUNDS; round++) {
      one.push(timed(n, 9, () => run(1)));
      two.push(timed(n, 9, () => run(2)));
      ratios.push(one[round] / two[round]);
    }
    return [what, median(one).toFixed(2), median(two).toFixed(2), `${median(ratios).toFixed(2)}x`, wanted];
  });
  report.table(
    "Maps on threads",
    "exp(-x*x)*sin(3*x) + x^3/(1 + x^2) over a million doubles, functions within 4 ULP, target wasm. Nanoseconds an element.",
    ["what", "1 thread", "2 threads", "gain", "wanted"],
    rows,
  );
  f.dispose();
}

export async function steppers(report: Report): Promise<void> {
  if (!engineFeatures().relaxedSimd) setFlagsFromString("--experimental-wasm-relaxed-simd");
  await startThreads(2);
  stepperTable(report);
  await mapTable(report);
}
