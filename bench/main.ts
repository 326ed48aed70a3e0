// npm run bench -- [bcr] [dynamics-problems] [dynamics-bcr] [process] [numbers] [kernels] [linear-iterative] [linear-dense] [linear-products] [linear-plan] [linear-sequence] [linear-direct --matrices=FOLDER] [compile] [algebra] [egraph] [functions] [accuracy --checks=FOLDER] [approximate] [symbolics] [fpminimax] [cost [--fit]] [ensembles] [--write]: benchmarks beside their peers, in one run. Peers come by
// bench/peers/install.sh. --write puts the result into docs/benchmarks.md.
import { spawnSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { cpus } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { candidatesFor, chooseMethod, workOf, type MethodName } from "calculemus/dynamics";
import { lowerModel } from "calculemus/model";
import { algebraBench } from "./algebra.ts";
import { approximateBench } from "./approximate.ts";
import { bcrLong } from "./bcr-long.ts";
import { bcr } from "./bcr.ts";
import { steppers } from "./steppers.ts";
import { symbolicsBench } from "./symbolics.ts";
import { termsBench } from "./terms.ts";
import { lowBitBench } from "./lowbit.ts";
import { numbersRounding } from "./numbers-rounding.ts";
import { numbersSums } from "./numbers-sums.ts";
import { compileBench } from "./compile.ts";
import { costBench } from "./cost.ts";
import { ensemblesBench } from "./ensembles.ts";
import { egraphBench } from "./egraph.ts";
import { accuracyBench } from "./functions-accuracy.ts";
import { functionsBench } from "./functions.ts";
import { fpminimaxBench } from "./fpminimax.ts";
import { kernels } from "./kernels.ts";
import { linearDenseBench } from "./linear-dense.ts";
import { linearDirectBench } from "./linear-direct.ts";
import { linearIterative } from "./linear-iterative.ts";
import { linearPlanBench } from "./linear-plan.ts";
import { linearProducts } from "./linear-products.ts";
import { linearSequence } from "./linear-sequence.ts";
import { bigfloatBench } from "./numbers-bigfloat.ts";
import { type BenchProblem, problems } from "./problems.ts";
import { geometricMean, median, Report } from "./report.ts";
import { cvode, ours, type Point, timeAt, TOLERANCES } from "./work-precision.ts";

const here = fileURLToPath(new URL(".", import.meta.url));
const root = join(here, "..");
const wanted = process.argv.slice(2).filter((word) => !word.startsWith("--"));
const all = wanted.length === 0;
let report = new Report();

/** The method of the automatic plan at the tolerances of the table; explicit for the two problems that are not stiff. */
async function automatic(name: string): Promise<MethodName> {
  const problem = problems.find((each) => each.name === name)!;
  const { problem: lowered } = await lowerModel(problem.model());
  const stiff = !["lorenz", "pleiades", "threebody"].includes(name);
  const { system } = lowered;
  const plan = chooseMethod(
    workOf(system),
    { stiff, why: "" },
    1,
    1e-7,
    false,
    undefined,
    candidatesFor(lowered).methods,
  );
  lowered.dispose();
  return plan.chosen as MethodName;
}

function scipy({ name, tolerances }: BenchProblem): Point[] {
  const rtols = tolerances === undefined ? "1e-4,1e-6,1e-8,1e-10" : "1e-3,1e-5,1e-7";
  const run = spawnSync("/usr/bin/python3", [join(here, "peers", "scipy_problems.py"), name, rtols], {
    encoding: "utf8",
    cwd: join(here, "peers"),
  });
  return run.stdout
    .split("\n")
    .filter((line) => line.startsWith("{"))
    .map((line) => JSON.parse(line) as Point & { method: string })
    .filter((point) => point.error > 0)
    .map((point) => ({ ...point, solver: `SciPy ${point.method}` }));
}

async function workPrecision(): Promise<void> {
  const rows: string[][] = [];
  const means: number[] = [];
  const alarms: string[] = [];
  for (const problem of problems) {
    const method = await automatic(problem.name);
    const tolerances = problem.tolerances ?? TOLERANCES;
    const [first, last] = [tolerances[0], tolerances[tolerances.length - 1]];
    const wider = problem.large
      ? [10 * first, ...tolerances, last / 10]
      : [100 * first, 10 * first, ...tolerances, last / 10, last / 100];
    const peer = cvode(problem, wider);
    const points = await ours(problem, [method], tolerances);
    // A large problem is measured once on each side.
    const again = problem.large ? peer : cvode(problem, wider);
    const other = problem.large ? [] : scipy(problem);
    const ratios: number[] = [];
    points.forEach((point, i) => {
      const beside = (timeAt(peer, point.error) + timeAt(again, point.error)) / 2;
      const ratio = point.ms / beside;
      if (!Number.isNaN(ratio)) ratios.push(ratio);
      const slow = timeAt(other, point.error);
      rows.push([
        problem.name,
        point.solver,
        point.rtol.toExponential(0),
        point.ms.toFixed(3),
        point.error.toExponential(1),
        String(point.steps),
        Number.isNaN(beside) ? "-" : beside.toFixed(3),
        Number.isNaN(ratio) ? "-" : ratio.toFixed(2),
        Number.isNaN(slow) ? "-" : `${(slow / point.ms).toFixed(0)}x`,
      ]);
      // The alarm: error must fall as the tolerance does, unless rounding has been reached.
      if (i > 0 && point.error > 1e-11 && point.error > 0.9 * points[i - 1].error)
        alarms.push(
          `${problem.name} ${point.solver}: error ${points[i - 1].error.toExponential(1)} at ${points[i - 1].rtol}, ${point.error.toExponential(1)} at ${point.rtol}`,
        );
    });
    means.push(geometricMean(ratios));
  }
  report.table(
    "Work and precision",
    "Times in ms, medians; error over 50 output points: the largest over the components of max|y - ref| / max|ref|. CVODE 6.4 (built with -O3 -march=native, analytic Jacobian; Adams or BDF, dense, band or KLU, whichever is faster) interpolated at the same error, mean of a run before and a run after.",
    [
      "problem",
      "method",
      "tolerance",
      "ms",
      "error",
      "steps",
      "CVODE ms at this error",
      "ratio",
      "SciPy (best) slower by",
    ],
    rows,
  );
  report.table(
    "Work and precision, by problem",
    "Geometric mean of the ratios of each problem.",
    ["problem", "time / CVODE at equal error"],
    [
      ...problems.map((problem, i) => [problem.name, means[i].toFixed(2)]),
      ["geometric mean over the set (wanted <= 1.0)", geometricMean(means).toFixed(2)],
      ["worst (wanted <= 2)", Math.max(...means).toFixed(2)],
    ],
  );
  report.note(
    alarms.length === 0
      ? "Alarm for errors that do not fall with the tolerance: none."
      : `ALARM, errors that do not fall with the tolerance: ${alarms.join("; ")}.`,
  );
}

/** Whole process of the command on a small model. Needs `npm run build`. */
function wholeProcess(): void {
  report.section("Whole process", "`calculemus simulate bench/ten-states.calc`, from the shell to the report");
  const ms = Array.from({ length: 9 }, () => {
    const begin = performance.now();
    const run = spawnSync(
      process.execPath,
      [join(root, "dist", "cli", "main.js"), "simulate", join(here, "ten-states.calc")],
      { encoding: "utf8" },
    );
    if (run.status !== 0) throw new Error(run.stderr);
    return performance.now() - begin;
  });
  report.row("simulate, 10 states, 6 digits, checked", `${(median(ms) / 1000).toFixed(2)} s`, "-", "wanted <= 0.6 s");
}

/** Parts of the report by name, in order. */
const PARTS: Readonly<Record<string, () => void | Promise<void>>> = {
  process: wholeProcess,
  bcr: () => bcr(report),
  "dynamics-problems": workPrecision,
  "dynamics-bcr": () => bcrLong(report),
  kernels: async () => {
    await kernels(report);
    lowBitBench(report);
  },
  "linear-iterative": () => linearIterative(report),
  "linear-dense": () => linearDenseBench(report),
  "linear-direct": () => linearDirectBench(report),
  "linear-products": () => linearProducts(report),
  "linear-plan": () => linearPlanBench(report),
  "linear-sequence": () => linearSequence(report),
  steppers: () => steppers(report),
  compile: () => compileBench(report),
  algebra: () => algebraBench(report),
  egraph: () => egraphBench(report),
  functions: () => functionsBench(report),
  accuracy: () => accuracyBench(report),
  approximate: () => approximateBench(report),
  symbolics: () => symbolicsBench(report),
  fpminimax: () => fpminimaxBench(report),
  cost: () => costBench(report, process.argv.includes("--fit")),
  terms: () => termsBench(report),
  "dynamics-ensembles": () => ensemblesBench(report),
  numbers: async () => {
    numbersRounding(report);
    numbersSums(report);
    await bigfloatBench(report);
  },
};

/** A word stands for the part of that name, or for all whose names begin with it: linear, for example. */
const meant = (word: string, part: string): boolean => part === word || (!(word in PARTS) && part.startsWith(`${word}-`)); // oxfmt-ignore
const stray = wanted.find((word) => !Object.keys(PARTS).some((part) => meant(word, part)));
if (stray !== undefined) throw new Error(`there is no part "${stray}"; known: ${Object.keys(PARTS).join(", ")}`);
const machine = `${cpus()[0].model.trim()}, ${cpus().length} cores, shared; Node.js ${process.version.slice(1)}; ${new Date().toISOString().slice(0, 10)}.`;
const file = join(root, "docs", "benchmarks.md");
for (const [name, part] of Object.entries(PARTS)) {
  if (!all && !wanted.some((word) => meant(word, name))) continue;
  report = new Report();
  await part();
  if (process.argv.includes("--write")) write(name, `Machine: ${machine}\n\n${report.markdown()}`);
}

/** Puts a part's text between its marks in the file; the others stay as they are. */
function write(name: string, text: string): void {
  const mark = (each: string): string => `<!-- part: ${each} -->`;
  const old = readFileSync(file, "utf8");
  const kept = new Map<string, string>();
  for (const each of Object.keys(PARTS)) {
    const start = old.indexOf(mark(each));
    if (start < 0) continue;
    const next = old.indexOf("<!-- part: ", start + 1);
    kept.set(each, old.slice(start + mark(each).length, next < 0 ? undefined : next).trim());
  }
  kept.set(name, text.trim());
  const head = readFileSync(join(here, "benchmarks-head.md"), "utf8").trim();
  const parts = Object.keys(PARTS).filter((each) => kept.has(each)).map((each) => `${mark(each)}\n\n${kept.get(each)}`); // oxfmt-ignore
  writeFileSync(file, `${[head, ...parts].join("\n\n")}\n`);
}
