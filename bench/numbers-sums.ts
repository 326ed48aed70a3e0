// Sums and dot products of 10^6 doubles: correctly rounded and compensated forms beside the plain loop, in one run.
import { Random } from "calculemus/base";
import { compensatedDot, compensatedSum, ExactSum, exactDot, exactSum } from "calculemus/number";
import { median, type Report } from "./report.ts";

const N = 1_000_000;
const ROUNDS = 21;

function plainSum(values: Float64Array): number {
  let sum = 0;
  for (let i = 0; i < values.length; i++) sum += values[i];
  return sum;
}

function plainDot(x: Float64Array, y: Float64Array): number {
  let sum = 0;
  for (let i = 0; i < x.length; i++) sum += x[i] * y[i];
  return sum;
}

function oneByOne(values: Float64Array): number {
  const sum = new ExactSum();
  for (let i = 0; i < values.length; i++) sum.add(values[i]);
  return sum.value();
}

/** Adds the table of sums to the report. Rounds are interleaved: every form runs once a round; medians. */
export function numbersSums(report: Report): void {
  const random = new Random(20_261);
  const near = Float64Array.from({ length: N }, () => random.next() - 0.5);
  const other = Float64Array.from({ length: N }, () => random.next() - 0.5);
  const wide = near.map((x) => x * 2 ** Math.floor(200 * random.next() - 100));
  const forms: readonly (readonly [name: string, data: string, run: () => number])[] = [
    ["plain loop", "sum", () => plainSum(near)],
    ["compensatedSum", "sum", () => compensatedSum(near)],
    ["exactSum", "sum", () => exactSum(near)],
    ["exactSum, exponents over 200 binades", "sum", () => exactSum(wide)],
    ["ExactSum.add, one by one", "sum", () => oneByOne(near)],
    ["plain loop", "dot", () => plainDot(near, other)],
    ["compensatedDot", "dot", () => compensatedDot(near, other)],
    ["exactDot", "dot", () => exactDot(near, other)],
  ];
  const times = forms.map((): number[] => []);
  for (let round = 0; round < ROUNDS; round++)
    forms.forEach(([, , run], k) => {
      const begin = performance.now();
      run();
      times[k].push(((performance.now() - begin) * 1e6) / N);
    });
  const medians = times.map(median);
  const base = { sum: medians[0], dot: medians[forms.findIndex(([, data]) => data === "dot")] };
  report.table(
    "Sums and dot products",
    `${N} doubles, uniform in [-0.5, 0.5) if nothing else is said; medians of ${ROUNDS} interleaved rounds, plain JavaScript.`,
    ["what", "ns an element", "beside the plain loop"],
    forms.map(([name, data], k) => [
      `${data}: ${name}`,
      medians[k].toFixed(2),
      `${(medians[k] / base[data as "sum" | "dot"]).toFixed(1)}x`,
    ]),
  );
}
