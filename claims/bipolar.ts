// Claim bipolar: products of bipolar whole numbers (every bit counts +-2^j) from bit planes, exact for every pair of widths, and
// faster than single precision at 1 and 2 bits. The published factors are from GPUs against CUTLASS and are named, not raced.
import { Random } from "calculemus/base";
import type { Claim, ClaimContext, ClaimResult } from "calculemus/claims";
import { codeValue, planeMatrix } from "calculemus/compile";
import { Products, type Shape, time } from "./low-bit.ts";

export interface Scale {
  /** Columns of the exact comparison, for each pair of widths. */
  readonly columns: readonly number[];
  readonly gemm: Shape;
  readonly gemv: readonly Shape[];
}

/** Wrong results of every pair of widths, against plain whole sums. */
export function wrongProducts(columns: readonly number[]): { wrong: number; compared: number } {
  const random = new Random(19);
  const [rows, batch] = [5, 3];
  let [wrong, compared] = [0, 0];
  for (let weightBits = 1; weightBits <= 8; weightBits++)
    for (let activationBits = 1; activationBits <= 8; activationBits++)
      for (const width of columns) {
        const w = Uint8Array.from({ length: rows * width }, () => random.next() * 2 ** weightBits);
        const a = Uint8Array.from({ length: batch * width }, () => random.next() * 2 ** activationBits);
        const matrix = planeMatrix({ rows, columns: width, batch, codes: w, weightBits, activationBits });
        const found = matrix.multiply(a);
        matrix.dispose();
        for (let b = 0; b < batch; b++)
          for (let r = 0; r < rows; r++, compared++) {
            let sum = 0;
            for (let c = 0; c < width; c++)
              sum += codeValue(w[r * width + c], weightBits, "bipolar") * codeValue(a[b * width + c], activationBits, "bipolar"); // oxfmt-ignore
            if (found[b * rows + r] !== sum) wrong++;
          }
      }
  return { wrong, compared };
}

export const name = ({ rows, columns, batch = 1 }: Shape): string => `${rows} x ${columns}${batch > 1 ? `, ${batch} vectors` : ", one vector"}`; // oxfmt-ignore

export function runAt({ columns, gemm, gemv }: Scale, { machine, log }: ClaimContext): ClaimResult {
  const { wrong, compared } = wrongProducts(columns);
  log(`64 pairs of widths: ${wrong} of ${compared} results wrong`);
  let bad = 0;
  const timed = [gemm, ...gemv].map((shape) => {
    const products = new Products(shape);
    const ways = [products.floats(), products.planes(1, 1), products.planes(2, 2)];
    bad += ways[1].check() + ways[2].check();
    const times = time(ways);
    products.dispose();
    log(`${name(shape)}: f32 ${times[0].toFixed(3)} ms, planes ${times[1].toFixed(3)} and ${times[2].toFixed(3)} ms, wrong so far ${bad}`); // oxfmt-ignore
    return { shape, ms: times[0], one: times[0] / times[1], two: times[0] / times[2] };
  });
  const [product] = timed;
  const shown = wrong === 0 && bad === 0 && product.one > 1 && product.two > 1;
  return {
    verdict: shown ? "shown" : "refuted",
    summary: `${wrong} of ${compared} results wrong over all 64 pairs of widths; faster than f32 by ${timed.map(({ shape, one, two }) => `${one.toFixed(1)} (1 bit) and ${two.toFixed(1)} (2 bits) at ${name(shape)}`).join("; ")} (published, on GPUs: up to 2.4 times CUTLASS)`,
    evidence: [
      {
        statement: `bit planes of 1 to 8 by 1 to 8 bits, ${columns.join(", ")} columns: ${compared - wrong} of ${compared} results equal plain whole sums`,
        grade: "cross-checked",
        bound: wrong,
        unit: "wrong results",
        method: "codes from a counter-based stream; sums in double precision, exact below 2^53",
        machine,
      },
      ...timed.map(({ shape, ms, one, two }) => ({
        statement: `${name(shape)}: ${one.toFixed(1)} times as fast as f32 (${ms.toFixed(3)} ms) at 1 bit, ${two.toFixed(1)} times at 2 bits; all results checked`,
        grade: "sampled" as const,
        measured: { one, two, ms },
        method: "medians of runs in turn; f32 in the same program representation, SIMD, fused multiply-add where the engine has it", // oxfmt-ignore
        machine,
      })),
    ],
  };
}

export const claim: Claim = {
  id: "bipolar",
  title: "Products of few bits from bit planes, exact for every width",
  source: "Wei et al. 2024, Efficient Arbitrary Precision Acceleration for Large Language Models on GPU Tensor Cores.",
  statement:
    "Bit-plane products of bipolar numbers equal whole products exactly for all pairs of widths 1 to 8, and products of matrices at 1 and 2 bits are faster than in single precision on this machine.",
  run: (context) =>
    Promise.resolve(
      runAt(
        {
          columns: [1, 127, 1000, 2049],
          gemm: { rows: 512, columns: 2048, batch: 32 },
          gemv: [
            { rows: 1024, columns: 2048 },
            { rows: 4096, columns: 4096 },
          ],
        },
        context,
      ),
    ),
};
