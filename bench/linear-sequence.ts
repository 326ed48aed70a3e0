// npm run bench -- linear-sequence: bandits against the best fixed relaxation (two seeds of the sequences of claims/relax.ts), and the
// Sequence object against each of its arms alone, on three families. Sums of costs, of which time is noisy and operations are not.
import { poisson, type Sparse } from "calculemus/array";
import { Random } from "calculemus/base";
import { type Arm, armName, Sequence } from "calculemus/linear";
import { heat, shifted } from "../claims/relax.ts";
import { convection, darcy } from "../claims/skr-systems.ts";
import type { Report } from "./report.ts";

const SYSTEMS = 300;

interface Family {
  readonly name: string;
  readonly arms: readonly Arm[];
  /** The system of a context in [0, 1]. */
  readonly at: (context: number) => Sparse;
}

/** a, its diagonal multiplied by 1 + c. */
function heavier(a: Sparse, c: number): Sparse {
  const values = Float64Array.from(a.values);
  for (let i = 0; i < a.rows; i++) for (let p = a.ptr[i]; p < a.ptr[i + 1]; p++) if (a.idx[p] === i) values[p] *= 1 + c;
  return { ...a, values };
}

const relaxations: readonly Arm[] = [1, 1.3, 1.6, 1.8].map((omega) => ({ method: "ssor-cg", omega }));

function families(): Family[] {
  const [laplacian, rough, wind] = [poisson(48), darcy(40, 1).matrix, convection(40, 1).matrix];
  return [
    { name: "shifted Laplacian 48²", arms: [{ method: "ic0-cg" }, { method: "direct" }, { method: "ict-cg", drop: 1e-2 }, ...relaxations], at: (c) => heavier(laplacian, 0.5 * c ** 4) },
    { name: "Darcy flow with decay 40²", arms: [{ method: "direct" }, { method: "ic0-cg" }, { method: "jacobi-cg" }, { method: "ict-cg", drop: 1e-2 }], at: (c) => heavier(rough, c ** 4) },
    { name: "convection-diffusion with decay 40²", arms: [{ method: "direct" }, { method: "ilu0-gmres" }, { method: "ilut-gmres", drop: 1e-3 }, { method: "ilu0-gcro-dr" }], at: (c) => heavier(wind, c ** 4) },
  ]; // oxfmt-ignore
}

function play(family: Family, arms: readonly Arm[], learn: boolean): { work: number; ms: number; failed: number } {
  const sequence = new Sequence({ arms, ...(learn && { range: [0, 1] as const }), seed: 1 });
  const random = new Random(11, 0xbe);
  let [ms, failed] = [0, 0];
  for (let t = 0; t < SYSTEMS; t++) {
    const context = random.next();
    const matrix = family.at(context);
    const b = Float64Array.from({ length: matrix.rows }, () => 2 * random.next() - 1);
    const begin = performance.now();
    if (sequence.solve(matrix, b, { context }).status !== "converged") failed++;
    ms += performance.now() - begin;
  }
  const work = sequence.costs.total;
  sequence.dispose();
  return { work, ms, failed };
}

export function linearSequence(report: Report): void {
  const rows: string[][] = [];
  for (const each of [shifted("high", 5000, 2), shifted("low", 5000, 2), heat(25, 5000, 2)]) {
    const base = each.iterations["best fixed"];
    for (const name of Object.keys(each.iterations))
      rows.push([each.title, name, each.iterations[name].toFixed(1), (each.iterations[name] / base).toFixed(2), each.ms[name].toFixed(0)]);
  } // oxfmt-ignore
  report.table(
    "Relaxation chosen by bandits",
    "5,000 systems, means of two seeds; the claim `relax` has twenty",
    ["sequence", "method", "iterations a system", "over best fixed", "ms"],
    rows,
  );
  const own: string[][] = [];
  for (const family of families()) {
    const usual = play(family, family.arms.slice(0, 1), false);
    const line = (name: string, { work, ms, failed }: { work: number; ms: number; failed: number }): number =>
      own.push([family.name, name, (work / usual.work).toFixed(2), (ms / usual.ms).toFixed(2), String(failed)]);
    for (const arm of family.arms) line(`${armName(arm)} alone`, play(family, [arm], false));
    line("Sequence", play(family, family.arms, true));
  }
  report.table(
    "Sequences of systems",
    `${SYSTEMS} systems each; the first of a family is the default; margin 0.2 on operations`,
    ["family", "method", "operations over the default's", "time over the default's", "not solved"],
    own,
  );
}
