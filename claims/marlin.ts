// Claim marlin: products of grouped 4-bit weights with single-precision vectors, against the batch size. What was shown on GPUs
// against half precision is asked here of one processor core against single precision.
import type { Claim, ClaimContext, ClaimResult } from "calculemus/claims";
import { Products, time } from "./low-bit.ts";

export interface Scale {
  readonly rows: number;
  readonly columns: number;
  readonly batches: readonly number[];
}

/** A speed-up below this has faded. */
const FADED = 1.1;

export function runAt({ rows, columns, batches }: Scale, { machine, log }: ClaimContext): ClaimResult {
  let worst = 0;
  const found = batches.map((batch) => {
    const products = new Products({ rows, columns, batch });
    const ways = [products.floats(), products.unpacking(4)];
    worst = Math.max(worst, ways[1].check());
    const [f32, ours] = time(ways, { rounds: batch >= 32 ? 5 : 11 });
    products.dispose();
    log(`batch ${batch}: f32 ${f32.toFixed(2)} ms, 4 bits ${ours.toFixed(2)} ms`);
    return { batch, ratio: f32 / ours, rate: (rows * columns * batch) / ours / 1e6 };
  });
  const allowed = columns * 2 ** -24;
  const fading = found.find((each) => each.ratio < FADED);
  const shown = worst <= allowed && found[0].ratio > 1 && found.at(-1)!.ratio < found[0].ratio;
  return {
    verdict: shown ? "shown" : "refuted",
    summary:
      `4-bit weights, ${rows} x ${columns}, over f32 by batch: ${found.map(({ batch, ratio }) => `${batch}: ${ratio.toFixed(2)}`).join(", ")}; ` +
      `${fading ? `first below ${FADED} at batch ${fading.batch}` : `above ${FADED} throughout`} (published, on a GPU over FP16: near 4 up to batch 16-32). WebAssembly only`,
    evidence: [
      {
        statement: `largest error ${worst.toExponential(1)} of the sum of sizes, batches ${batches.join(", ")}`,
        grade: "cross-checked",
        bound: worst,
        unit: "of the sum of sizes",
        method: "sums in double precision; about four million products a batch, spread over all rows and vectors",
        machine,
      },
      ...found.map(({ batch, ratio, rate }) => ({
        statement: `batch ${batch}: ${ratio.toFixed(2)} times as fast as f32, ${rate.toFixed(1)} products a nanosecond`,
        grade: "sampled" as const,
        measured: { ratio, rate },
        method: "medians of runs in turn; f32 in the same program representation",
        machine,
      })),
    ],
  };
}

export const claim: Claim = {
  id: "marlin",
  title: "Four-bit weights against the batch size",
  source:
    "Frantar, Castro, Chen, Hoefler, Alistarh 2025, MARLIN: Mixed-Precision Auto-Regressive Parallel Inference on Large Language Models (PPoPP).",
  statement:
    "Products of grouped 4-bit weights are correct, are faster than single precision for one vector whose f32 weights leave the cache, and the factor fades as the batch grows from 1 to 128.",
  run: (context) =>
    Promise.resolve(runAt({ rows: 4096, columns: 4096, batches: [1, 2, 4, 8, 16, 32, 64, 128] }, context)),
};
