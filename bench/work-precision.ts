// Work-precision: time to solve against the error reached, beside CVODE and SciPy in the same run.
// Error: over 50 output points, the largest over the components of max|y - ref| / max|ref| (as in peers/). Times are
// medians. At equal error: CVODE's time is interpolated (log-log) at the error that Calculemus reached.
import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { integrate, METHODS, type MethodName } from "calculemus/dynamics";
import { lowerModel } from "calculemus/model";
import { problems, type BenchProblem } from "./problems.ts";

const here = fileURLToPath(new URL(".", import.meta.url));

interface Reference {
  readonly times: number[];
  readonly values: number[][];
  readonly components: number[];
}

export interface Point {
  readonly problem: string;
  readonly solver: string;
  readonly rtol: number;
  readonly ms: number;
  readonly error: number;
  readonly steps: number;
}

export function reference(name: string): Reference {
  return JSON.parse(readFileSync(`${here}references/${name}.json`, "utf8")) as Reference;
}

/** One problem with our methods. */
export async function ours(
  problem: BenchProblem,
  methods: readonly MethodName[],
  rtols: readonly number[],
): Promise<Point[]> {
  const { problem: lowered } = await lowerModel(problem.model());
  const { times, values, components } = reference(problem.name);
  const at = Float64Array.from(times);
  const points: Point[] = [];
  for (const method of methods)
    for (const relative of rtols) {
      const absolute = new Float64Array(lowered.system.n).fill(relative * problem.absolute);
      const run = () => integrate(lowered, { method, relative, absolute, times: at });
      try {
        const ms: number[] = [];
        // Warm-up until the engine has compiled what it will, then at least 15 runs or half a second.
        const warm = performance.now();
        if (!problem.large) for (let i = 0; i < 3 || (performance.now() - warm < 250 && i < 100); i++) await run();
        const begin = performance.now();
        let result = await run();
        if (problem.large) ms.push(result.ms);
        for (let i = 0; !problem.large && (i < 15 || (performance.now() - begin < 300 && i < 100)); i++) {
          result = await run();
          ms.push(result.ms);
          if (performance.now() - begin > 3000) break;
        }
        ms.sort((a, b) => a - b);
        let error = 0;
        components.forEach((component, c) => {
          let largest = 0;
          let worst = 0;
          values.forEach((row, i) => {
            largest = Math.max(largest, Math.abs(row[c]));
            worst = Math.max(worst, Math.abs(result.curves[component][i] - row[c]));
          });
          error = Math.max(error, worst / largest);
        });
        points.push({
          problem: problem.name,
          solver: method,
          rtol: relative,
          ms: ms[ms.length >> 1],
          error,
          steps: result.stats.steps,
        });
      } catch (failure) {
        console.error(`${problem.name} ${method} ${relative}: ${(failure as Error).message}`);
      }
    }
  lowered.dispose();
  return points;
}

/** CVODE (unmodified library, optimised build) with every method that fits the problem. */
export function cvode({ name, large }: BenchProblem, rtols: readonly number[]): Point[] {
  const once = large ? ["--repeat", "1"] : [];
  const run = spawnSync(
    `${here}peers/build/cvode_problems`,
    [name, "best", rtols.join(","), "--ref", `${here}references`, ...once],
    { encoding: "utf8" },
  );
  const lines = run.stdout.split("\n").filter((line) => line.startsWith("{"));
  return lines
    .map((line) => JSON.parse(line) as Point & { method: string; flag: number })
    .filter((point) => !(point.flag < 0))
    .map((point) => ({ ...point, solver: `CVODE ${point.method}` }));
}

/** Time of the fastest of the given solvers at this error, interpolated in logarithms; NaN outside what was measured. */
export function timeAt(points: readonly Point[], error: number): number {
  let best = Number.NaN;
  for (const solver of new Set(points.map((point) => point.solver))) {
    const line = points.filter((point) => point.solver === solver && point.error > 0).sort((a, b) => a.error - b.error);
    for (let i = 0; i + 1 < line.length; i++) {
      const [a, b] = [line[i], line[i + 1]];
      if (error < a.error || error > b.error || a.error === b.error) continue;
      const s = Math.log(error / a.error) / Math.log(b.error / a.error);
      const ms = Math.exp((1 - s) * Math.log(a.ms) + s * Math.log(b.ms));
      if (!(ms >= best)) best = ms;
    }
  }
  return best;
}

export const TOLERANCES = [1e-4, 1e-5, 1e-6, 1e-7, 1e-8, 1e-9, 1e-10] as const;

if (process.argv[1]?.endsWith("work-precision.ts")) {
  const [names, methods] = [
    process.argv[2]?.split(",") ?? problems.map((p) => p.name),
    (process.argv[3]?.split(",") ?? METHODS) as MethodName[],
  ];
  for (const problem of problems.filter((p) => names.includes(p.name))) {
    const peer = cvode(problem, [1e-3, ...(problem.tolerances ?? TOLERANCES), 1e-11, 1e-12]);
    const points = await ours(problem, methods, TOLERANCES);
    for (const point of points) {
      const ratio = point.ms / timeAt(peer, point.error);
      console.log(
        `${point.problem.padEnd(9)} ${point.solver.padEnd(8)} ${point.rtol.toExponential(0)} ${point.ms.toFixed(3).padStart(9)} ms  error ${point.error.toExponential(2)}  steps ${String(point.steps).padStart(6)}  ${Number.isNaN(ratio) ? "-" : `${ratio.toFixed(2)}x CVODE`}`,
      );
    }
  }
}
