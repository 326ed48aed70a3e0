// npm run bench -- cost: the cost model beside measured times: rank correlation on kernels it was not fitted to, with the learned
// correction and without. With --fit the correction, fitted anew from kernels that are not held back, is written into the library.
import { writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { setFlagsFromString } from "node:v8";
import { engineFeatures, FEATURES, measureRoofline } from "calculemus/compile";
import { FULL, judge, measure } from "../claims/mlir-cost.ts";
import type { Report } from "./report.ts";

const file = fileURLToPath(new URL("../src/compile/cost-correction.ts", import.meta.url));

export function costBench(report: Report, fit: boolean): void {
  if (!engineFeatures().relaxedSimd && process.version.startsWith("v20")) setFlagsFromString("--experimental-wasm-relaxed-simd"); // oxfmt-ignore
  const roofline = measureRoofline({ machine: "this machine", targets: ["wasm", "js"] });
  const samples = measure(roofline, FULL, () => undefined);
  const quality = judge(samples);
  const show = (x: number): string => x.toFixed(3);
  report.table(
    "Cost model",
    `${quality.trained} timings fitted, ${quality.unseen} of other kernels judged; wasm and js, ${FULL.points.join(", ")} points a call.`,
    ["what", "with the correction", "roofline alone"],
    [
      ["rank correlation, unseen kernels", show(quality.learned), show(quality.plain)],
      ["the same at one size, the least (wanted > 0.8)", show(quality.within), "-"],
      [
        "factor between predicted and measured, geometric mean",
        quality.factor.toFixed(2),
        quality.plainFactor.toFixed(2),
      ],
      ["the faster target is named", `${(100 * quality.rightTarget).toFixed(0)} %`, "-"],
    ],
  );
  if (!fit) return;
  const round = (list: readonly number[]): string => `[${list.map((x) => Number(x.toPrecision(4))).join(", ")}]`;
  const { mean, scale, weight, intercept } = quality.correction;
  writeFileSync(
    file,
    [
      "// The learned correction of the cost model, written by `npm run bench -- cost --fit` (bench/cost.ts). Not to be edited by hand.",
      'import type { Correction } from "./cost.ts";',
      "",
      `/** Features: ${FEATURES.join("; ")}. Fitted to ${quality.trained} timings; on ${quality.unseen} of other kernels the rank correlation was ${show(quality.learned)}. */`,
      "export const fittedCorrection: Correction | null = {",
      `  mean: ${round(mean)},`,
      `  scale: ${round(scale)},`,
      `  weight: ${round(weight)},`,
      `  intercept: ${Number(intercept.toPrecision(4))},`,
      "};",
      "",
    ].join("\n"),
  );
  report.note(`The correction has been written to ${file}.`);
}
