// Claim lut-mpgemm: the software half of LUT Tensor Core. Weights of 1 to 4 bits against whole activations by lookup tables equal
// the product of unpacked weights, and are faster than unpacking them. The published factor (over 10 in density and energy) is hardware and not tested.
import type { Claim, ClaimContext, ClaimResult } from "calculemus/claims";
import { name } from "./bipolar.ts";
import { Products, type Shape, time } from "./low-bit.ts";

interface Outcome {
  readonly shape: Shape;
  readonly bits: number;
  readonly wrong: number;
  /** Times as fast as f32, and as unpacking at the width (3 bits have no such kernel: 4 bits unpacked). */
  readonly overFloat: number;
  readonly overUnpacking: number;
}

export function runAt(shapes: readonly Shape[], { machine, log }: ClaimContext): ClaimResult {
  const outcomes: Outcome[] = [];
  let worst = 0;
  for (const shape of shapes) {
    const products = new Products(shape);
    const float = products.floats();
    for (const bits of [1, 2, 3, 4]) {
      const lookup = products.lookup(bits);
      const scaled = products.lookup(bits, { scaled: true });
      const unpacking = products.unpacking(bits === 3 ? 4 : (bits as 1 | 2 | 4));
      const wrong = lookup.check();
      worst = Math.max(worst, scaled.check(), unpacking.check());
      // With scales on both sides.
      const [f32, ours, other] = time([float, scaled, unpacking]);
      outcomes.push({ shape, bits, wrong, overFloat: f32 / ours, overUnpacking: other / ours });
      log(`${name(shape)}, ${bits} bits: ${(f32 / ours).toFixed(1)} times f32, ${(other / ours).toFixed(1)} times unpacking, ${wrong} wrong`); // oxfmt-ignore
    }
    products.dispose();
  }
  const wrong = outcomes.reduce((sum, each) => sum + each.wrong, 0);
  const widths = outcomes.filter((each) => each.overUnpacking > 1);
  const allowed = Math.max(...shapes.map((shape) => shape.columns)) * 2 ** -24;
  const shown = wrong === 0 && worst <= allowed && widths.length > 0;
  return {
    verdict: shown ? "shown" : "refuted",
    summary: `${wrong} whole results wrong; tables beat unpacking in ${widths.length} of ${outcomes.length} cases: ${outcomes.map((each) => `W${each.bits} ${each.overUnpacking.toFixed(1)}x (f32 ${each.overFloat.toFixed(1)}x) at ${each.shape.rows} x ${each.shape.columns}`).join("; ")}. Hardware not tested (published: over 10 in density and energy)`,
    evidence: [
      {
        statement: `whole products by tables, weights of 1 to 4 bits, activations to 15: ${wrong} wrong results over all shapes timed`,
        grade: "cross-checked",
        bound: wrong,
        unit: "wrong results",
        method: "plain sums in double precision, exact below 2^53",
        machine,
      },
      {
        statement: `with a scale for every 128 columns the largest error is ${worst.toExponential(1)} of the sum of sizes, tables and unpacking alike`,
        grade: "cross-checked",
        bound: worst,
        unit: "of the sum of sizes",
        method: "sums in double precision",
        machine,
      },
      ...outcomes.map((each) => ({
        statement: `W${each.bits}, ${name(each.shape)}: ${each.overUnpacking.toFixed(1)} times as fast as unpacking${each.bits === 3 ? " (from 4 bits)" : ""}, ${each.overFloat.toFixed(1)} times f32`,
        grade: "sampled" as const,
        measured: { overUnpacking: each.overUnpacking, overFloat: each.overFloat },
        method: "medians of runs in turn, tables made anew in each run",
        machine,
      })),
    ],
  };
}

export const claim: Claim = {
  id: "lut-mpgemm",
  title: "Mixed-precision products by lookup tables",
  source: "Mo et al. 2025, LUT Tensor Core: A Software-Hardware Co-Design for LUT-Based Low-Bit LLM Inference (ISCA).",
  statement:
    "In software: matrix-vector products by tables equal those of unpacked weights for weights of 1 to 4 bits, and are faster than the unpacking kernel on this processor for at least one width.",
  run: (context) =>
    Promise.resolve(
      runAt(
        [
          { rows: 1024, columns: 2048 },
          { rows: 4096, columns: 4096 },
        ],
        context,
      ),
    ),
};
