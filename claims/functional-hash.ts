// Claim functional-hash: a search over programs that recognises programs by what they compute (values at fixed points) and does not
// fit them again finds exactly what the search without that finds, in at most half the time.
// Left out: the paper's other tasks (learning algorithms); the hash here is of values rounded to nine digits.
import { evolve, MinimaxProblem, programText, targetOfTerm } from "calculemus/approximate";
import type { Claim, ClaimContext, ClaimResult } from "calculemus/claims";
import type { Evidence } from "calculemus/evidence";
import { bigfloat } from "calculemus/number";
import { parse } from "calculemus/term";

export interface Scale {
  readonly children: number;
  readonly operations: number;
  readonly seeds: readonly number[];
}

const FULL: Scale = { children: 40_000, operations: 5, seeds: [1, 2, 3] };
const FUNCTIONS = ["2^x", "log(1 + x)"] as const;

export async function run(context: ClaimContext, scale: Scale = FULL): Promise<ClaimResult> {
  const evidence: Evidence[] = [];
  const ratios: number[] = [];
  let same = true;
  for (const text of FUNCTIONS)
    for (const seed of scale.seeds) {
      const problem = new MinimaxProblem(
        targetOfTerm(parse(text)),
        bigfloat.fromNumber(0),
        bigfloat.fromNumber(1),
        "absolute",
      );
      const once = async (cache: boolean): Promise<{ front: string; seconds: number; fitted: number; repeated: number }> => {
        const begin = performance.now();
        const found = await evolve(problem, { operations: scale.operations, seed, cache, budget: { steps: scale.children } });
        return {
          front: found.front.map(({ program, constants, error }) => `${programText(program, constants.map(String))} ${error}`).join("\n\n"),
          seconds: (performance.now() - begin) / 1000,
          fitted: found.counts.fitted,
          repeated: found.counts.repeated,
        };
      }; // oxfmt-ignore
      const [with_, without] = [await once(true), await once(false)];
      context.log(`${text}, seed ${seed}: ${with_.seconds.toFixed(0)} s and ${without.seconds.toFixed(0)} s`);
      same &&= with_.front === without.front;
      const ratio = without.seconds / with_.seconds;
      ratios.push(ratio);
      evidence.push({
        statement: `${text}, seed ${seed}, ${scale.children} children: ${with_.fitted} programs fitted instead of ${without.fitted}, ${with_.repeated} recognised; time without the cache over time with it ${ratio.toFixed(2)}; programs and constants found ${with_.front === without.front ? "identical" : "different"}`,
        grade: "sampled", bound: ratio, unit: "ratio of times", method: "one run each, one after the other, the last hand at constants included",
        measured: { withSeconds: with_.seconds, withoutSeconds: without.seconds, evaluationsWithout: without.fitted, evaluationsWith: with_.fitted },
        machine: context.machine,
      }); // oxfmt-ignore
    }
  // One pair of runs is at the mercy of what else the machine does.
  const middle = [...ratios].sort((a, b) => a - b)[ratios.length >> 1];
  return {
    verdict: same && middle >= 2 ? "shown" : "refuted",
    summary: `${same ? "identical results" : "DIFFERENT results"} with and without; time without over time with ${ratios.map((ratio) => ratio.toFixed(2)).join(", ")} ; median ${middle.toFixed(2)} (at least 2 wanted)`,
    evidence,
  };
}

export const claim: Claim = {
  id: "functional-hash",
  title: "Programs recognised by what they compute",
  source: "Gillard et al. 2023, Unified Functional Hashing in Automatic Machine Learning (arXiv 2302.05433).",
  statement:
    "The evolution of programs for 2^x and log(1 + x) on [0, 1] finds the same programs with and without a cache by functional fingerprints, with it in at most half the time.",
  run: (context) => run(context),
};
