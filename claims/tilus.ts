// Claim tilus: one description of a matrix product, compiled for every format of 1 to 8 bits. Results are compared with plain sums
// in the same order, bit for bit; where every partial sum is a double, they are therefore the exact products.
import { Random } from "calculemus/base";
import type { Claim, ClaimContext, ClaimResult } from "calculemus/claims";
import { type CodeFormat, codeFormatOf, codeMatrix, sumsAreExact, type TargetName, valueOfCode } from "calculemus/compile"; // oxfmt-ignore
import { floatFormat, formatNamed, p3109Format } from "calculemus/number";

/** Targets of the description; one that is added here is compared with the others. */
const TARGETS: readonly TargetName[] = ["wasm", "js"];
const OCP = ["e5m2", "e4m3fn", "e3m2fn", "e2m3fn", "e2m1fn", "e8m0fnu", "e4m3fnuz", "e5m2fnuz", "ue5m3"];

export interface NamedFormat {
  readonly name: string;
  readonly format: CodeFormat;
}

/** Whole numbers of every width; floats of every width and split, with and without sign; P3109 of every width and precision; OCP. */
export function formats(): NamedFormat[] {
  const list: NamedFormat[] = [];
  for (let bits = 1; bits <= 8; bits++) {
    list.push({ name: `uint${bits}`, format: { kind: "unsigned", bits } }, { name: `int${bits}`, format: { kind: "signed", bits } }); // oxfmt-ignore
    for (const signed of [false, true])
      for (let e = 1; e + (signed ? 1 : 0) <= bits; e++) {
        const fraction = bits - e - (signed ? 1 : 0);
        const bias = 2 ** (e - 1) - 1;
        const name = `${signed ? "" : "u"}e${e}m${fraction}, finite`;
        const format = floatFormat({ precision: fraction + 1, emin: 1 - bias, emax: 2 ** e - 1 - bias, signed, infinities: false, nan: "none" }); // oxfmt-ignore
        list.push({ name, format: codeFormatOf(format) });
      }
    if (bits < 3) continue;
    for (let precision = 1; precision < bits; precision++)
      for (const signed of [false, true])
        for (const extended of [false, true]) {
          const format = p3109Format({ width: bits, precision, signed, extended });
          list.push({ name: format.name, format: codeFormatOf(format) });
        }
  }
  for (const name of OCP) list.push({ name, format: codeFormatOf(formatNamed(name)) });
  return list;
}

/** `step`: every so many of the formats. */
export function run({ machine, log }: ClaimContext, { batch = 3, rows = 5, columns = 67, step = 1 } = {}): ClaimResult {
  const list = formats().filter((_, i) => i % step === 0);
  const random = new Random(23);
  const codes = (length: number, bits: number): Uint8Array => Uint8Array.from({ length }, () => random.next() * 2 ** bits); // oxfmt-ignore
  let [programs, compared, wrong, exact] = [0, 0, 0, 0];
  const widths = new Set<string>();
  const check = (weights: CodeFormat, activations: CodeFormat): void => {
    const [w, a] = [codes(rows * columns, weights.bits), codes(batch * columns, activations.bits)];
    const wanted = Array.from({ length: batch * rows }, (_, i) => {
      const [b, r] = [Math.floor(i / rows), i % rows];
      let sum = 0;
      for (let c = 0; c < columns; c++)
        sum += valueOfCode(weights, w[r * columns + c]) * valueOfCode(activations, a[b * columns + c]);
      return sum;
    });
    for (const target of TARGETS) {
      const matrix = codeMatrix({ rows, columns, batch, codes: w, weights, activations, target });
      const found = matrix.multiply(a);
      matrix.dispose();
      programs++;
      found.forEach((y, i) => {
        compared++;
        if (!Object.is(y, wanted[i])) wrong++;
      });
    }
    if (sumsAreExact(weights, activations, columns)) exact++;
    widths.add(`${weights.bits} ${activations.bits}`);
  };
  // Each format with 8-bit whole numbers, with itself, and with one of another kind; whole numbers in every pair of widths.
  list.forEach(({ format }, i) => {
    check(format, { kind: "signed", bits: 8 });
    check(format, format);
    check(format, list[(7 * i + 11) % list.length].format);
  });
  for (let w = 1; w <= 8; w++)
    for (let a = 1; a <= 8; a++) check({ kind: "unsigned", bits: w }, { kind: "signed", bits: a });
  log(`${list.length} formats, ${programs} programs, ${wrong} of ${compared} results wrong`);
  const pairs = programs / TARGETS.length;
  return {
    verdict: wrong === 0 ? "shown" : "refuted",
    summary: `${wrong} of ${compared} results wrong: ${list.length} formats of 1 to 8 bits in ${pairs} pairs (${widths.size} of 64 pairs of widths), one description, targets ${TARGETS.join(" and ")}; in ${exact} pairs every partial sum is a double, so the product is exact. Speed is not compared (published, on a GPU: 1.75 times Triton)`,
    evidence: [
      {
        statement: `${compared - wrong} of ${compared} results of ${programs} programs equal plain sums in double precision in the same order, bit for bit (${batch} x ${rows} x ${columns})`,
        grade: "cross-checked",
        bound: wrong,
        unit: "wrong results",
        method: "codes from a counter-based stream, values from the tables of the number formats",
        machine,
      },
      {
        statement: `in ${exact} of ${pairs} pairs of formats no sum of ${columns} products can leave 53 bits: there the results are the exact products`,
        grade: "proved",
        bound: 0,
        unit: "error",
        method: "least bit and largest value of both formats, all codes tried",
        machine,
      },
    ],
  };
}

export const claim: Claim = {
  id: "tilus",
  title: "One program for every format of 1 to 8 bits",
  source: "Ding et al. 2025, Tilus: A Virtual Machine for Arbitrary Low-Precision GPGPU Computation in LLM Serving.",
  statement:
    "One description of a matrix product compiles for every unsigned, signed and floating-point width from 1 to 8 bits to each target and gives the reference product exactly.",
  run: (context) => Promise.resolve(run(context)),
};
