// Claim autonumerics: from random programs and no knowledge of series, evolution finds programs for 2^x on [0, 1] that are more
// accurate than textbook approximations of as many operations, the row of published and re-measured figures included; and a
// program for single precision whose exp2 stays below one unit in the last place at every argument.
// Cost rule: one for each step that depends on x, constants are free (the paper's). Every program's error is proved with Taylor models.
// Left out: the paper's scale (thousands of processes for days), its evolution strategy for constants.
import {
  baselines,
  evolve,
  exhaust,
  MinimaxProblem,
  programText,
  provedError,
  targetOfTerm,
} from "calculemus/approximate";
import { bigfloat } from "calculemus/number";
import type { Claim, ClaimContext, ClaimResult } from "calculemus/claims";
import type { Evidence } from "calculemus/evidence";
import { parse } from "calculemus/term";
import { exp2Programs, RANGE, timeExp2 } from "./autonumerics-single.ts";

/** Digits of 2^x by number of operations: the best known structures, level constants, 60-digit arithmetic. */
export const KNOWN: Readonly<Record<number, number>> = { 2: 1.53, 3: 3.06, 4: 3.66, 5: 5.36, 6: 6.56, 7: 9.25, 8: 11.05, 9: 12.85, 10: 14.66 }; // oxfmt-ignore

export interface Scale {
  readonly operations: number;
  /** Milliseconds for each seed, the last hand at the constants included. */
  readonly time_ms: number;
  readonly seeds: readonly number[];
  readonly islands: number;
  /** Share of the range of single-precision arguments. */
  readonly single: number;
}

const FULL: Scale = { operations: 10, time_ms: 180_000, seeds: [1], islands: 2, single: 1 };

/** Digits reached within 0.1 of what is known, for every number of operations. */
export async function search(context: ClaimContext, scale: Scale): Promise<{ evidence: Evidence[]; short: string[] }> {
  const n = bigfloat.fromNumber;
  const problem = new MinimaxProblem(targetOfTerm(parse("2^x")), n(0), n(1));
  // Programs may have a pole at 0 that their result has not.
  const open = new MinimaxProblem(problem.target, n(2 ** -60), n(1));
  const beside = baselines(problem, scale.operations);
  const evidence: Evidence[] = [];
  const short: string[] = [];
  for (const seed of scale.seeds) {
    const begin = performance.now();
    const { front, counts } = await evolve(open, {
      operations: scale.operations, seed, islands: scale.islands, budget: { time_ms: scale.time_ms },
    }); // oxfmt-ignore
    const seconds = (performance.now() - begin) / 1000;
    context.log(`seed ${seed}: ${counts.fitted} programs fitted in ${seconds.toFixed(0)} s`);
    for (const { program, constants } of front) {
      const operations = program.steps.length;
      const proof = provedError(problem, program, constants);
      const digits = -Math.log10(proof.upper);
      const known = KNOWN[operations];
      if (known !== undefined && digits < known - 0.1)
        short.push(`${operations} operations, seed ${seed}: ${digits.toFixed(2)} of ${known}`);
      const peers = beside.filter((each) => each.operations === operations);
      evidence.push({
        statement: `2^x on [0, 1], ${operations} operations, seed ${seed}: ${digits.toFixed(2)} digits (known ${known ?? "-"}; ${peers.map(({ kind, digits: theirs }) => `${kind} ${theirs.toFixed(2)}`).join(", ") || "nothing of the textbook has as few"}): ${programText(program, constants.map((c) => bigfloat.toNumber(c))).replaceAll("\n", "; ")}`,
        grade: "proved",
        bound: proof.upper,
        unit: "relative error in exact arithmetic",
        method: `Taylor models on ${proof.pieces} pieces, branch and bound`,
        measured: { digits, ...Object.fromEntries(peers.map(({ kind, digits: theirs }) => [kind, theirs])) },
      }); // oxfmt-ignore
    }
    for (const operations of Object.keys(KNOWN).map(Number))
      if (operations <= scale.operations && !front.some(({ program }) => program.steps.length === operations))
        short.push(`${operations} operations, seed ${seed}: nothing better than fewer`);
    evidence.push({
      statement: `seed ${seed}: ${counts.children} children, ${counts.fitted} fitted, ${counts.repeated} known before, in ${seconds.toFixed(0)} s on ${scale.islands} islands`,
      grade: "sampled", bound: seconds, unit: "seconds", method: "one run", machine: context.machine,
    }); // oxfmt-ignore
  }
  return { evidence, short };
}

export async function run(context: ClaimContext, scale: Scale = FULL): Promise<ClaimResult> {
  const { evidence, short } = await search(context, scale);
  const [low, high] = RANGE.map((x) => bigfloat.fromNumber(x * scale.single));
  const target = targetOfTerm(parse("2^x"));
  const programs = await exp2Programs(scale.time_ms / 3);
  const found = programs.map((each) => ({
    ...each,
    result: exhaust(each.given, target, low, high),
  }));
  context.log(`single precision: ${found[0].result.count} arguments tried`);
  for (const { what, given, result } of found)
    evidence.push({
      statement: `2^x in single precision, ${what}, ${given.program.steps.length} operations: within ${result.ulp.toFixed(4)} units in the last place on [${RANGE.map((x) => x * scale.single).join(", ")}], worst at ${result.at}`,
      grade: "exhaustive", bound: result.ulp, unit: "units in the last place",
      method: `all ${result.count.toLocaleString("en")} arguments, against a polynomial with a proved error below 2^-44`,
    }); // oxfmt-ignore
  const times = timeExp2(programs.map(({ given }) => given));
  programs.forEach(({ what }, k) =>
    evidence.push({
      statement: `2^x in single precision, ${what}: ${times.ours[k].toFixed(3)} ns an element in WebAssembly; Math.pow(2, x) ${times.engine.toFixed(2)} ns`,
      grade: "sampled", bound: times.engine / times.ours[k], unit: "ratio of medians", method: "4,096 elements, 41 interleaved rounds", machine: context.machine,
    }),
  ); // oxfmt-ignore
  const below = found.filter(({ result }) => result.ulp < 1);
  const shown = short.length === 0 && below.length > 0;
  return {
    verdict: shown ? "shown" : "refuted",
    summary: `${short.length === 0 ? `all rows up to ${scale.operations} operations within 0.1 digit of the best known structures, each proved (10 operations: ${KNOWN[10]} digits; minimax polynomial 7.13, quotient 8.12)` : `short of the best known: ${short.join("; ")}`}; single precision: ${found.map(({ what, result }) => `${what} ${result.ulp.toFixed(3)} ulp`).join(", ")} (below 1 wanted), all arguments tried; ${programs.map(({ what }, k) => `${what} ${(times.engine / times.ours[k]).toFixed(1)}x`).join(", ")} the speed of Math.pow`,
    evidence,
  };
}

export const claim: Claim = {
  id: "autonumerics",
  title: "Programs for functions found by evolution",
  source:
    "Real, Chen, Rossini, de Souza, Garg, Verghese, Firsching, Le, Cubuk, Park 2023, AutoNumerics-Zero: Automated Discovery of State-of-the-Art Mathematical Functions (arXiv 2312.08472).",
  statement:
    "From random programs, 2^x on [0, 1] to the digits of the best known structures for every number of operations up to 10, each proved; and 2^x in single precision below one unit in the last place at every argument of [-3/8, 5/8], a range of x - k.",
  run: (context) => run(context),
};
