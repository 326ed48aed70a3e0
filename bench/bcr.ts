// The BCR network (1,122 species, 24,388 reactions): preparation, right-hand side, accuracy, time to solution beside CVODE
// with KLU (AMD ordering, analytic sparse Jacobian, table-driven right-hand side in C).
import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { gunzipSync } from "node:zlib";
import { readModel, simulate } from "calculemus";
import { compileProgram, lower, operationCounts, program, Runtime, tapeFunction } from "calculemus/compile";
import { integrate, type Integration, type MethodName } from "calculemus/dynamics";
import { lowerModel } from "calculemus/model";
import { Kind } from "calculemus/term";
import { median, type Report } from "./report.ts";
import { timeAt, type Point } from "./work-precision.ts";

const here = fileURLToPath(new URL(".", import.meta.url));
const data = join(here, "..", "..", "shared", "data", "networks");
const T = 10_000;

/** Largest error over the curves, relative to each curve's maximum. */
function worst(curves: readonly ArrayLike<number>[], reference: readonly ArrayLike<number>[]): number {
  let error = 0;
  curves.forEach((curve, k) => {
    let largest = 0;
    let difference = 0;
    for (let i = 0; i < curve.length; i++) {
      largest = Math.max(largest, Math.abs(reference[k][i]));
      difference = Math.max(difference, Math.abs(reference[k][i] - curve[i]));
    }
    error = Math.max(error, difference / largest);
  });
  return error;
}

function rightHandSide(
  report: Report,
  lowered: Awaited<ReturnType<typeof lowerModel>>,
  naive: (y: Float64Array, dy: Float64Array) => void,
): void {
  const { problem, equations } = lowered;
  const { system } = problem;
  const n = system.n;
  const [y, fast, slow] = [system.vector(), new Float64Array(n), new Float64Array(n)];
  const resident = system.vector();
  // Error of each component against the sum of its terms' absolute values, at the start and at spread-out states.
  let error = 0;
  for (const state of [
    problem.y0,
    Float64Array.from({ length: n }, (_, i) => 1 + (i % 7)),
    Float64Array.from({ length: n }, (_, i) => 10 ** ((i % 13) - 6)),
  ]) {
    y.set(state);
    system.rhs(0, y, fast);
    naive(y, slow);
    const value = new Map(equations.model.states.map((s, i) => [s.symbol, state[i]]));
    equations.model.parameters.forEach((p, i) =>
      value.set(equations.model.context.symbol(p.name), lowered.parameters[i]),
    );
    equations.rightHandSides.forEach((sum, i) => {
      let size = 0;
      sum.args.forEach((term, k) => {
        let part = Math.abs(Number(sum.weights[k]));
        if (term.kind === Kind.product)
          term.args.forEach((factor, f) => (part *= Math.abs(value.get(factor)! ** Number(term.weights[f]))));
        else part *= Math.abs(value.get(term)!);
        size += part;
      });
      if (size > 0) error = Math.max(error, Math.abs(fast[i] - slow[i]) / size);
    });
  }
  y.set(problem.y0);
  const time = (call: () => void): number => {
    const begin = performance.now();
    for (let i = 0; i < 2000; i++) call();
    return (performance.now() - begin) / 2;
  };
  const rounds = Array.from(
    { length: 15 },
    () => [time(() => system.rhs(0, y, resident)), time(() => naive(y, slow))] as const,
  );
  const [a, b] = [median(rounds.map((r) => r[0])), median(rounds.map((r) => r[1]))];
  report.row(
    "right-hand side, factored WebAssembly",
    `${a.toFixed(1)} us`,
    `unshared straight-line WebAssembly ${b.toFixed(1)} us`,
    `${median(rounds.map((r) => r[1] / r[0])).toFixed(1)}x faster (wanted >= 5x, <= 10 us)`,
  );
  report.row(
    "its error against the sum of its terms' sizes",
    error.toExponential(1),
    "the unshared form",
    "wanted <= 1e-14",
  );
}

export async function bcr(report: Report): Promise<void> {
  const path = join(data, "bcr.net.gz");
  if (!existsSync(path)) {
    report.note("BCR: ../shared/data/networks/bcr.net.gz is not there; skipped");
    return;
  }
  report.section("BCR network", "1,122 species, 24,388 reactions, to t = 10,000");
  const fresh = Array.from({ length: 5 }, () => {
    const run = spawnSync(
      process.execPath,
      ["--conditions=calculemus-src", "--import", import.meta.resolve("tsx"), join(here, "bcr-prepare.ts"), path],
      { encoding: "utf8" },
    );
    return JSON.parse(run.stdout) as {
      read: number;
      derive: number;
      compile: number;
      total: number;
      peakMB: number;
      nonzeros: number;
    };
  });
  const mid = (key: "read" | "derive" | "compile" | "total" | "peakMB"): number =>
    median(fresh.map((each) => each[key]));
  report.row(
    "read + derive + compile + first calls, fresh process",
    `${(mid("total") / 1000).toFixed(2)} s (read ${mid("read").toFixed(0)}, derive ${mid("derive").toFixed(0)}, compile ${mid("compile").toFixed(0)} ms)`,
    "published Julia run: 14.9 s reading, 41.3 s to the first right-hand side, 1.01 h to the first Jacobian",
    `wanted <= 1.5 s; ${fresh[0].nonzeros} Jacobian nonzeros`,
  );
  report.row("peak memory", `${mid("peakMB").toFixed(0)} MB`, "-", "wanted <= 700 MB");

  const model = readModel(gunzipSync(readFileSync(path)).toString(), "bcr.net");
  const lowered = await lowerModel(model);
  const { problem, equations } = lowered;
  const naive = lower(
    {
      name: "naive",
      inputs: [
        { name: "y", symbols: model.states.map((state) => state.symbol) },
        { name: "p", symbols: model.parameters.map((parameter) => model.context.symbol(parameter.name)) },
      ],
      outputs: [{ name: "dy", terms: equations.rightHandSides }],
    },
    { unshared: true },
  );
  const counts = operationCounts(naive);
  const own = operationCounts(problem.system.code!.rhs.tape);
  report.row(
    "operations (multiplications + additions)",
    `${own.multiplications} + ${own.additions}`,
    `unshared: ${counts.multiplications} + ${counts.additions}`,
    "",
  );
  const runtime = new Runtime();
  const kernels = await compileProgram(program("naive", tapeFunction(naive)), { runtime });
  const [y2, p2, dy2, w2] = [
    runtime.f64(model.states.length),
    runtime.f64(model.parameters.length),
    runtime.f64(model.states.length),
    runtime.f64(kernels.scratchLength("naive")),
  ];
  p2.set(lowered.parameters);
  rightHandSide(report, lowered, (y, dy) => {
    y2.set(y);
    kernels.raw.naive(y2.byteOffset, p2.byteOffset, dy2.byteOffset, w2.byteOffset);
    if (dy !== dy2) dy.set(dy2);
  });
  runtime.dispose();

  // The reference: two methods at tolerances <= 1e-12.
  const times = Float64Array.from({ length: T + 1 }, (_, i) => i);
  const solve = (method: MethodName, relative: number, factor: number): Promise<Integration> =>
    integrate(problem, {
      method,
      relative,
      absolute: new Float64Array(problem.system.n).fill(relative * factor),
      times,
    });
  const reference = await solve("mebdf", 3e-13, 1e-3);
  const second = await solve("bdf", 1e-13, 1e-3);
  const agreement = worst(second.curves, reference.curves);
  report.row(
    "reference: MEBDF 3e-13 against BDF 1e-13",
    agreement.toExponential(1),
    "-",
    "wanted agreement <= 1e-7 of the maximum",
  );

  gdat(report, reference);

  const result = await simulate(model, { digits: 6, tEnd: T, points: T + 1 });
  const truth = worst(
    result.outputs.curves.map((curve) => curve.values),
    reference.curves,
  );
  report.row(
    "`simulate --digits 6`: true digits of the worst output",
    (-Math.log10(2 * truth)).toFixed(2),
    "the reference",
    `wanted >= 6; claimed ${Math.min(...result.evidence.flatMap((e) => (e.measured?.digits === undefined ? [] : [e.measured.digits]))).toFixed(2)}`,
  );
  const { pilot_ms, solve_ms, check_ms, total_ms } = result.timing;
  report.row(
    "its times",
    `pilot ${(pilot_ms / 1000).toFixed(1)}, solve ${(solve_ms / 1000).toFixed(1)}, check ${(check_ms / 1000).toFixed(1)}, total ${(total_ms / 1000).toFixed(1)} s`,
    "-",
    `check/solve ${(check_ms / solve_ms).toFixed(2)} (wanted <= 1.5)`,
  );

  // Work and precision beside CVODE, in turns.
  const folder = mkdtempSync(join(tmpdir(), "calculemus-bench-"));
  const table = join(folder, "bcr.txt");
  const converted = spawnSync("/usr/bin/python3", [join(here, "peers", "net_to_table.py"), path, table], {
    encoding: "utf8",
  });
  const program_ = join(here, "peers", "build", "cvode_network");
  if (converted.status !== 0 || !existsSync(program_)) report.note("CVODE is not built: run bench/peers/install.sh");
  else {
    const ours: Point[] = [];
    const peer: Point[] = [];
    for (const rtol of [1e-6, 1e-8, 1e-10, 1e-12]) {
      const csv = join(folder, "out.csv");
      const run = spawnSync(
        program_,
        ["--table", table, "--rtol", String(rtol), "--t-end", String(T), "--count", String(T), "--out", csv],
        { encoding: "utf8", maxBuffer: 1 << 26 },
      );
      const line = JSON.parse(run.stdout.split("\n").find((each) => each.startsWith("{"))!) as {
        ms: number;
        steps: number;
      };
      const rows = readFileSync(csv, "utf8")
        .trim()
        .split("\n")
        .filter((row) => /^[\d.-]/.test(row))
        .map((row) => row.split(",").map(Number));
      const offset = rows.length === T ? 1 : 0;
      const error = worst(
        problem.outputs.names.map((_, k) => rows.map((row) => row[k + 1])),
        reference.curves.map((curve) => curve.subarray(offset)),
      );
      peer.push({ problem: "bcr", solver: "CVODE KLU AMD", rtol, ms: line.ms, error, steps: line.steps });
      for (const method of ["bdf", "mebdf"] as const) {
        const runs = [await solve(method, rtol, 1), await solve(method, rtol, 1), await solve(method, rtol, 1)];
        ours.push({
          problem: "bcr",
          solver: method,
          rtol,
          ms: median(runs.map((each) => each.ms + each.prepareMs)),
          error: worst(runs[0].curves, reference.curves),
          steps: runs[0].stats.steps,
        });
      }
    }
    for (const point of [...peer, ...ours])
      report.row(
        `${point.solver}, tolerance ${point.rtol.toExponential(0)}`,
        `${(point.ms / 1000).toFixed(2)} s`,
        `error ${point.error.toExponential(1)}`,
        `${point.steps} steps`,
      );
    const ratios = ours.map((point) => point.ms / timeAt(peer, point.error)).filter((ratio) => !Number.isNaN(ratio));
    report.row(
      "time to solution at equal error, median of the points",
      `${median(ratios).toFixed(2)}x CVODE`,
      "CVODE 6.4 with KLU (AMD)",
      `${ratios.map((ratio) => ratio.toFixed(2)).join(", ")}; wanted <= 1.5x`,
    );
  }
  rmSync(folder, { recursive: true, force: true });
  problem.dispose();
}

/** Every 20th point of the published trajectory up to t = 9,400, relative, where values exceed 1e-6 of their curve's maximum. */
function gdat(report: Report, reference: Integration): void {
  const rows = gunzipSync(readFileSync(join(data, "bcr.gdat.gz")))
    .toString()
    .trim()
    .split("\n")
    .slice(1)
    .map((row) => row.trim().split(/\s+/).map(Number));
  let error = 0;
  reference.curves.forEach((curve, k) => {
    const largest = rows.reduce((max, row) => Math.max(max, Math.abs(row[k + 1])), 0);
    for (let i = 0; i <= 9400; i += 20)
      if (Math.abs(rows[i][k + 1]) > 1e-6 * largest)
        error = Math.max(error, Math.abs(curve[i] - rows[i][k + 1]) / Math.abs(rows[i][k + 1]));
  });
  report.row(
    "against bcr.gdat, every 20th point to t = 9,400",
    error.toExponential(1),
    "BioNetGen's own trajectory",
    "wanted <= 3e-4 relative",
  );
}
