// npm run bench -- approximate: programs found by evolution beside textbook approximations, every program's error proved.
// 2^x on [0, 1] from three seeds; erf and Ai(-7x) (absolute errors), I_1/2 (relative, with square roots): the functions of the paper's
// table. Operations: one for each step that depends on x. Needs Node.js with worker threads; some twenty-five minutes.
import { baselines, evolve, type Instruction, type Levelled, MinimaxProblem, provedError, targetOfTerm, type Weight } from "calculemus/approximate"; // oxfmt-ignore
import { Failure } from "calculemus/base";
import { bigfloat } from "calculemus/number";
import { parse } from "calculemus/term";
import { KNOWN } from "../claims/autonumerics.ts";
import type { Report } from "./report.ts";

const ISLANDS = 2;

interface Job {
  readonly text: string;
  readonly from: number;
  readonly to: number;
  readonly weight: Weight;
  readonly operations: number;
  readonly instructions?: readonly Instruction[];
  readonly seconds: number;
}

/** Every program of the front with its proved digits; `undefined` where no proof is found. */
async function search(job: Job, seed: number): Promise<{ digits: Map<number, { digits: number; proved: boolean }>; seconds: number; fitted: number }> {
  const n = bigfloat.fromNumber;
  const target = targetOfTerm(parse(job.text));
  // Programs may have a pole at an end that their result has not.
  const open = new MinimaxProblem(target, n(job.from === 0 ? 2 ** -60 : job.from), n(job.to), job.weight);
  const begin = performance.now();
  const { front, counts } = await evolve(open, { operations: job.operations, instructions: job.instructions, seed, islands: ISLANDS, budget: { time_ms: 1000 * job.seconds } });
  const seconds = (performance.now() - begin) / 1000;
  const whole = job.text.includes("sqrt") ? open : new MinimaxProblem(target, n(job.from), n(job.to), job.weight);
  return { digits: new Map(front.map((each) => [each.program.steps.length, proved(whole, each)])), seconds, fitted: counts.fitted };
} // oxfmt-ignore

function proved(problem: MinimaxProblem, { program, constants, error }: Levelled): { digits: number; proved: boolean } {
  try {
    return { digits: -Math.log10(provedError(problem, program, constants).upper), proved: true };
  } catch (failure) {
    if (!(failure instanceof Failure)) throw failure;
    return { digits: -Math.log10(error), proved: false };
  }
}

const shown = (found: { digits: number; proved: boolean } | undefined): string =>
  found === undefined ? "" : `${found.digits.toFixed(2)}${found.proved ? "" : " (sampled)"}`;

function beside(job: Job): (kind: string, operations: number) => string {
  const n = bigfloat.fromNumber;
  const problem = new MinimaxProblem(targetOfTerm(parse(job.text)), n(job.from === 0 ? 2 ** -60 : job.from), n(job.to), job.weight);
  const all = baselines(problem, job.operations);
  return (kind, operations) => all.find((each) => each.kind === kind && each.operations === operations)?.digits.toFixed(2) ?? "";
} // oxfmt-ignore

const KINDS = ["minimax polynomial", "minimax quotient", "Chebyshev interpolation", "Taylor", "Pade"] as const;

async function powerOfTwo(report: Report): Promise<void> {
  const job: Job = { text: "2^x", from: 0, to: 1, weight: "relative", operations: 10, seconds: 180 };
  const seeds = [1, 2, 3];
  const found: Awaited<ReturnType<typeof search>>[] = [];
  for (const seed of seeds) found.push(await search(job, seed));
  const peer = beside(job);
  report.table(
    "Programs for 2^x on [0, 1]",
    `Digits (-log10 of the proved relative error in exact arithmetic) by operations, from random programs, seeds ${seeds.join(", ")} on ${ISLANDS} islands; seconds ${found.map(({ seconds }) => seconds.toFixed(0)).join(", ")}, programs fitted ${found.map(({ fitted }) => fitted).join(", ")}. Wanted: within 0.1 of the best known row in at most 600 s.`,
    ["operations", "best known", ...seeds.map((seed) => `seed ${seed}`), ...KINDS],
    Object.keys(KNOWN).map((key) => [
      key, `${KNOWN[Number(key)]}`, ...found.map(({ digits }) => shown(digits.get(Number(key)))), ...KINDS.map((kind) => peer(kind, Number(key))),
    ]),
  ); // oxfmt-ignore
}

const OTHERS: readonly (readonly [title: string, wanted: string, job: Job])[] = [
  ["I_1/2 on (0, 1]", "relative error, square roots allowed; wanted: 8.1 digits at 8 operations (sqrt(x) P3(x^2), 9 operations: 7.69)",
    { text: "sqrt(2/(pi*x))*sinh(x)", from: 0, to: 1, weight: "relative", operations: 8, instructions: ["+", "-", "*", "/", "sqrt"], seconds: 150 }],
  ["erf on (0, 2]", "absolute error; wanted: at least Pade at every number of operations", { text: "erf(x)", from: 0, to: 2, weight: "absolute", operations: 12, seconds: 120 }],
  ["Ai(-7x) on [0, 1]", "absolute error; wanted: 4.2 digits at 19 operations (Chebyshev interpolation of degree 10, 20 operations: 2.03)",
    { text: "airyAi(-7*x)", from: 0, to: 1, weight: "absolute", operations: 19, seconds: 600 }],
]; // oxfmt-ignore

export async function approximateBench(report: Report): Promise<void> {
  await powerOfTwo(report);
  for (const [title, wanted, job] of OTHERS) {
    const { digits, seconds, fitted } = await search(job, 1);
    const peer = beside(job);
    const rows = [...digits].map(([operations, found]) => [`${operations}`, shown(found), ...KINDS.map((kind) => peer(kind, operations))]);
    report.table(`Programs for ${title}`, `Digits, ${wanted}. Seed 1, ${ISLANDS} islands, ${seconds.toFixed(0)} s, ${fitted} programs fitted.`, ["operations", "evolved", ...KINDS], rows);
  } // oxfmt-ignore
}
