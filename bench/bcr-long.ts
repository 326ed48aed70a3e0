// The BCR network over ten times the usual span, to t = 100,000, beside CVODE with KLU (AMD), at equal error: 1,000 outputs.
import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { gunzipSync } from "node:zlib";
import { readModel } from "calculemus";
import { integrate, type Integration, type MethodName } from "calculemus/dynamics";
import { lowerModel } from "calculemus/model";
import { median, type Report } from "./report.ts";
import { type Point, timeAt } from "./work-precision.ts";

const here = fileURLToPath(new URL(".", import.meta.url));
const data = join(here, "..", "..", "shared", "data", "networks");
const END = 100_000;
const COUNT = 1000;
const TOLERANCES = [1e-6, 1e-8, 1e-10];

export async function bcrLong(report: Report): Promise<void> {
  report.section(
    "BCR network to t = 100,000",
    "1,122 species, 24,388 reactions, 1,000 outputs; error relative to each curve's maximum",
  );
  const program = join(here, "peers", "build", "cvode_network");
  if (!existsSync(program)) {
    report.note("CVODE is not built: run bench/peers/install.sh");
    return;
  }
  const folder = mkdtempSync(join(tmpdir(), "calculemus-bench-"));
  const path = join(folder, "bcr.net");
  const text = gunzipSync(readFileSync(join(data, "bcr.net.gz"))).toString();
  writeFileSync(path, text);
  const { problem } = await lowerModel(readModel(text, "bcr.net"));
  const times = Float64Array.from({ length: COUNT }, (_, i) => ((i + 1) * END) / COUNT);
  const solve = (method: MethodName, relative: number, factor = 1): Promise<Integration> =>
    integrate(problem, {
      method,
      relative,
      absolute: new Float64Array(problem.system.n).fill(relative * factor),
      times,
    });
  const worst = (curves: readonly ArrayLike<number>[], reference: readonly Float64Array[]): number =>
    Math.max(
      ...curves.map((curve, k) => {
        const largest = reference[k].reduce((most, value) => Math.max(most, Math.abs(value)), 0);
        return reference[k].reduce((most, value, i) => Math.max(most, Math.abs(value - curve[i])), 0) / largest;
      }),
    );
  const reference = await solve("mebdf", 1e-12, 1e-3);
  const second = await solve("bdf", 1e-12, 1e-3);
  report.row(
    "reference: MEBDF 1e-12 against BDF 1e-12",
    worst(second.curves, reference.curves).toExponential(1),
    "-",
    "",
  );
  const table = join(folder, "bcr.txt");
  spawnSync("/usr/bin/python3", [join(here, "peers", "net_to_table.py"), path, table]);
  const [ours, peer]: [Point[], Point[]] = [[], []];
  for (const rtol of TOLERANCES) {
    const csv = join(folder, "out.csv");
    const run = spawnSync(
      program,
      ["--table", table, "--rtol", String(rtol), "--t-end", String(END), "--count", String(COUNT), "--out", csv],
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
    const used = rows.slice(rows.length - COUNT);
    const curves = problem.outputs.names.map((_, k) => used.map((row) => row[k + 1]));
    peer.push({
      problem: "bcr",
      solver: "CVODE KLU AMD",
      rtol,
      ms: line.ms,
      error: worst(curves, reference.curves),
      steps: line.steps,
    });
    for (const method of ["bdf", "mebdf"] as const) {
      const runs = [await solve(method, rtol), await solve(method, rtol), await solve(method, rtol)];
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
  for (const { solver, rtol, ms, error, steps } of [...peer, ...ours])
    report.row(
      `${solver}, tolerance ${rtol.toExponential(0)}`,
      `${(ms / 1000).toFixed(2)} s`,
      `error ${error.toExponential(1)}`,
      `${steps} steps`,
    );
  const ratios = ours.map((point) => point.ms / timeAt(peer, point.error)).filter((ratio) => !Number.isNaN(ratio));
  report.row(
    "time to solution at equal error, median of the points",
    `${median(ratios).toFixed(2)}x CVODE`,
    "CVODE 6.4 with KLU (AMD)",
    `${ratios.map((ratio) => ratio.toFixed(2)).join(", ")}; wanted <= 1x`,
  );
  rmSync(folder, { recursive: true, force: true });
  problem.dispose();
}
