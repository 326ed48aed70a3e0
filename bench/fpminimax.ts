// npm run bench -- fpminimax: polynomials with coefficients of single and double precision beside those of Sollya's fpminimax, ten
// functions: the same degree, format, range and weight. Both errors are measured here, on the coefficients that Sollya prints
// exactly, by the same search for extrema. Sollya comes by bench/peers/install-sollya.sh; without it its columns stay empty.
import { spawnSync } from "node:child_process";
import { fpminimax, MinimaxProblem, polynomialFamily, sampledError, targetOfTerm } from "calculemus/approximate";
import { bigfloat as F, type BigFloat } from "calculemus/number";
import { parse } from "calculemus/term";
import type { Report } from "./report.ts";

interface Case {
  readonly f: string;
  /** The same for Sollya, where it is written otherwise. */
  readonly sollya?: string;
  readonly range: readonly [number, number];
  readonly exponents: readonly number[];
  readonly format: "f32" | "f64";
  readonly weight?: "absolute";
  /** Coefficients of 1, x, ... that are held at 1. */
  readonly ones?: number;
}

const upTo = (most: number, step = 1, from = 0): number[] =>
  Array.from({ length: (most - from) / step + 1 }, (_, i) => from + step * i);
const HALF_LN2 = Math.LN2 / 2;

const CASES: readonly Case[] = [
  { f: "2^x", range: [-0.5, 0.5], exponents: upTo(6), format: "f32" },
  { f: "exp(x)", range: [-HALF_LN2, HALF_LN2], exponents: upTo(11, 1, 2), format: "f64", ones: 2 },
  { f: "sin(x)", range: [0, Math.PI / 4], exponents: upTo(13, 2, 1), format: "f64" },
  { f: "cos(x)", range: [0, Math.PI / 4], exponents: upTo(12, 2), format: "f64" },
  { f: "log((1 + x)/(1 - x))", range: [0, 0.171875], exponents: upTo(13, 2, 1), format: "f64" },
  { f: "atan(x)", range: [0, 0.4140625], exponents: upTo(21, 2, 1), format: "f64" },
  { f: "tanh(x)", range: [0, 0.625], exponents: upTo(11, 2, 1), format: "f32" },
  { f: "erf(x)", range: [0, 0.84375], exponents: upTo(11, 2, 1), format: "f32" },
  { f: "asin(x)", range: [0, 0.5], exponents: upTo(25, 2, 1), format: "f64" },
  { f: "sqrt(1 + x)", range: [0, 1], exponents: upTo(7), format: "f32", weight: "absolute" },
];

/** An exact number as Sollya reads it. */
const dyadic = (x: number): string => `(${BigInt(x * 2 ** 60)} * 2^(-60))`;

/** Sollya's coefficients in the order of the exponents, and seconds; undefined where it has none. */
function peer({
  f,
  sollya = f,
  range,
  exponents,
  format,
  weight = "relative",
  ones = 0,
}: Omit<Case, "weight"> & { weight?: string }): { coefficients: BigFloat[]; seconds: number } | undefined {
  const held = ["0", "1", "1 + x"][ones];
  const bits = format === "f32" ? "24" : "D";
  const script = [
    "display = dyadic!;",
    `p = fpminimax(${sollya}, [|${exponents.join(", ")}|], [|${exponents.map(() => bits).join(", ")}|], [${range.map(dyadic).join("; ")}], ${ones > 0 ? `${held}, ` : ""}floating, ${weight});`,
    ...exponents.map((k) => `print(coeff(p, ${k}));`),
    "quit;",
  ];
  const start = performance.now();
  const run = spawnSync("sollya", ["--warnonstderr"], {
    input: `${script.join("\n")}\n`,
    encoding: "utf8",
    timeout: 120_000,
  });
  const seconds = (performance.now() - start) / 1000;
  const words = (run.stdout ?? "").split("\n").map((line) => line.trim()).filter((line) => /^-?\d+(b[+-]?\d+)?$/i.test(line)); // oxfmt-ignore
  if (words.length !== exponents.length) return undefined;
  const coefficients = words.map((word) => {
    const [digits, exponent = "0"] = word.toLowerCase().split("b");
    return F.scale(F.fromInteger(BigInt(digits), 128), Number(exponent));
  });
  return { coefficients, seconds };
}

export function fpminimaxBench(report: Report): void {
  const ratios: number[] = [];
  const rows = CASES.map((each) => {
    const { f, range, exponents, format, weight = "relative", ones = 0 } = each;
    const held = upTo(ones - 1).map((exponent) => ({ exponent, value: F.fromInteger(1n, 53) }));
    const problem = new MinimaxProblem(targetOfTerm(parse(f)), F.fromNumber(range[0]), F.fromNumber(range[1]), weight);
    const start = performance.now();
    const ours = fpminimax(problem, exponents, { formats: format, held });
    const seconds = (performance.now() - start) / 1000;
    const other = peer(each);
    const family = polynomialFamily(exponents, (x, p) => held.reduce((sum, { exponent }) => F.add(sum, exponent === 0 ? F.fromInteger(1n, p) : x, p), F.zero(p))); // oxfmt-ignore
    const beside = other === undefined ? Number.NaN : sampledError(problem, family, other.coefficients);
    if (other !== undefined) ratios.push(ours.error / beside);
    const monomials = `x^${exponents[0]}..x^${exponents.at(-1)}`;
    return [`${f} on [${range.map((x) => String(Number(x.toPrecision(6)))).join(", ")}], ${monomials}, ${format}${ones > 0 ? ", 1 + x held" : ""}, ${weight}`, ours.free.toExponential(4), ours.error.toExponential(4), beside.toExponential(4), (ours.error / beside).toFixed(3), seconds.toFixed(2), other?.seconds.toFixed(2) ?? "-"]; // oxfmt-ignore
  });
  report.table(
    "Coefficients of a format",
    "Greatest weighted errors in exact arithmetic of polynomials with coefficients of single and double precision, ours and those of Sollya's `fpminimax`, measured by the same code; wanted: ours <= 1.02 times. Free: the minimax polynomial with real coefficients.",
    ["function", "free", "ours", "Sollya", "ours / Sollya", "seconds", "Sollya's seconds, start included"],
    rows,
  );
  report.note(
    ratios.length === 0
      ? "Sollya is not installed here."
      : `Greatest ratio over ${ratios.length} of ${CASES.length} functions: ${Math.max(...ratios).toFixed(3)}.`,
  );
}
