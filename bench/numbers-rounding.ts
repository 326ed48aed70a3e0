// Rounding of arrays and emulated matrix products beside a plain copy, beside Pychop (NumPy) and, where it is named, CPFloat.
import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { Random } from "calculemus/base";
import { arrayRounder, emulatedProduct, VectorSums } from "calculemus/compile";
import { compensatedSum, exactDot, exactSum, formatNamed, roundArray, roundingMode } from "calculemus/number";
import { median, type Report } from "./report.ts";

const here = fileURLToPath(new URL(".", import.meta.url));
const N = 1_000_000;
const ROUNDS = 15;
const ORDER = 256;

interface PeerLine {
  readonly peer: string;
  readonly case?: string;
  readonly ns?: number;
  readonly copy_ns?: number;
  readonly skipped?: string;
}

/** Lines of the peer script; interleaving with a process is not possible, so it runs before and after and the lower time counts. */
function pychop(): Map<string, PeerLine> {
  const lines = new Map<string, PeerLine>();
  for (let turn = 0; turn < 2; turn++) {
    const run = spawnSync("/usr/bin/python3", [join(here, "peers", "pychop_round.py")], { encoding: "utf8", env: { ...process.env, RUNS: "5" } }); // oxfmt-ignore
    for (const line of run.stdout.split("\n").filter((each) => each.startsWith("{"))) {
      const parsed = JSON.parse(line) as PeerLine;
      const key = `${parsed.peer} ${parsed.case ?? ""}`;
      const before = lines.get(key);
      if (!before || (parsed.ns ?? Infinity) < (before.ns ?? Infinity)) lines.set(key, parsed);
    }
  }
  return lines;
}

/** Median nanoseconds an element of each form, interleaved. */
function interleaved(forms: readonly (() => unknown)[], elements: number, rounds = ROUNDS): number[] {
  const times = forms.map((): number[] => []);
  for (const form of forms) form();
  for (let round = 0; round < rounds; round++)
    forms.forEach((form, k) => {
      const begin = performance.now();
      form();
      times[k].push(((performance.now() - begin) * 1e6) / elements);
    });
  return times.map(median);
}

export function numbersRounding(report: Report): void {
  const peers = existsSync(join(here, "peers", "build", "python")) ? pychop() : new Map<string, PeerLine>();
  const peer = (name: string): PeerLine | undefined => [...peers.values()].find((line) => line.case === name);
  const random = new Random(77);
  const data = Float64Array.from({ length: N }, () => (random.next() - 0.5) * 2 ** Math.floor(16 * random.next() - 8));
  const rows: string[][] = [];
  for (const format of ["binary16", "bfloat16", "e4m3fn"])
    for (const short of ["rne", "rtz", "sr"]) {
      const mode = roundingMode(short);
      const rounder = arrayRounder(formatNamed(format), { mode, bytes: 3 * 8 * N });
      const x = rounder.array(N);
      const y = rounder.array(N);
      x.set(data);
      const outside = new Float64Array(N);
      const [copy, inside, between, scalar] = interleaved(
        [
          () => y.set(x),
          () => rounder.round(x, y),
          () => rounder.round(data, outside),
          () => roundArray(data, formatNamed(format), { mode }, outside),
        ],
        N,
      );
      rounder.dispose();
      const other = peer(`round ${format} ${short === "sr" ? "stochastic" : "nearest-even"}`);
      rows.push([
        `${format} ${short}`,
        copy.toFixed(2),
        inside.toFixed(2),
        `${(inside / copy).toFixed(1)}x`,
        between.toFixed(2),
        scalar.toFixed(1),
        other?.ns && short !== "rtz" ? other.ns.toFixed(0) : "-",
        other?.ns && short !== "rtz" ? `${(other.ns / inside).toFixed(0)}x` : "-",
      ]);
    }
  report.table(
    "Rounding of 10^6 doubles",
    "Nanoseconds an element, medians of interleaved rounds. In place: arrays in the kernel's memory; from outside: arrays copied in and out in blocks; plain code: roundArray. The copy is TypedArray.set between the same arrays. Pychop 0.6 with NumPy, in a process of its own. Wanted: nearest even <= 1.6x the copy, stochastic <= 4x, >= 50x Pychop.",
    ["format and mode", "copy", "in place", "in place / copy", "from outside", "plain code", "Pychop", "Pychop / ours"],
    rows,
  );

  const a = Float64Array.from({ length: ORDER * ORDER }, () => random.next() - 0.5);
  const b = Float64Array.from({ length: ORDER * ORDER }, () => random.next() - 0.5);
  const shape = { m: ORDER, k: ORDER, n: ORDER };
  const cases = [
    { format: "binary16" },
    { format: "bfloat16" },
    { format: "e4m3fn", overflow: "saturate" as const },
    { format: "e4m3fn", accumulate: "binary32" },
    { format: "tf32" },
    { format: "binary16", rounding: "rtz" },
    { format: "bfloat16", rounding: "sr" },
  ];
  const products = cases.map((options) => emulatedProduct(options));
  const times = interleaved(products.map((p) => () => p.multiply(a, b, shape)), ORDER ** 3, 5); // oxfmt-ignore
  report.table(
    `Emulated matrix product, ${ORDER} x ${ORDER}`,
    "Every product and every sum rounded. Nanoseconds a multiply-add, the copies in and out included. Wanted: below 2.2 for p <= 11, >= 50x Pychop; CPFloat (native C) was 6.7 on the notes' machine.",
    ["arithmetic", "lanes", "ns a multiply-add", "Pychop", "Pychop / ours"],
    cases.map((options, k) => {
      const other =
        options.accumulate || options.rounding ? undefined : peer(`gemm ${ORDER} ${options.format} nearest-even`);
      return [
        Object.values(options).join(", "),
        products[k].plan.lanes,
        times[k].toFixed(2),
        other?.ns ? other.ns.toFixed(0) : "-",
        other?.ns ? `${(other.ns / times[k]).toFixed(0)}x` : "-",
      ];
    }),
  );
  for (const line of peers.values()) if (line.skipped) report.note(`${line.peer}: ${line.skipped}`);

  const sums = new VectorSums({ bytes: 2 * 8 * N + 1024 });
  const [p, q] = [sums.array(N), sums.array(N)];
  p.set(data);
  q.set(data.toReversed());
  const loop = (values: Float64Array): number => {
    let sum = 0;
    for (let i = 0; i < values.length; i++) sum += values[i];
    return sum;
  };
  const names = ["plain loop", "compensated, lanes", "compensated, plain code", "correctly rounded, lanes", "correctly rounded, plain code", "dot, correctly rounded, lanes", "dot, correctly rounded, plain code"]; // oxfmt-ignore
  const spent = interleaved(
    [() => loop(p), () => sums.compensatedSum(p), () => compensatedSum(p), () => sums.exactSum(p), () => exactSum(p), () => sums.exactDot(p, q), () => exactDot(p, q)],
    N,
  ); // oxfmt-ignore
  sums.dispose();
  report.table(
    "Sums of 10^6 doubles in lanes",
    "Medians of interleaved rounds. Correctly rounded sums do not depend on the order.",
    ["what", "ns an element", "beside the plain loop"],
    names.map((name, k) => [name, spent[k].toFixed(2), `${(spent[k] / spent[0]).toFixed(1)}x`]),
  );
}
