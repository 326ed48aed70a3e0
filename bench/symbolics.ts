// npm run bench -- symbolics: the three parts of the claim `symbolics`, each beside its baseline in one run, and the dense LU of the PDE's
// baseline beside OpenBLAS (SciPy's lu_factor), so that the baseline is no straw man. --data as for the claims; default ../shared/data.
import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import type { Evidence } from "calculemus/evidence";
import { Random } from "calculemus/base";
import { network } from "../claims/symbolics-network.ts";
import { normalForms } from "../claims/symbolics-normal-forms.ts";
import { BlockedLU } from "../claims/symbolics-pde-baseline.ts";
import { pde } from "../claims/symbolics-pde.ts";
import { median, type Report } from "./report.ts";

const N = 3072;
const ROUNDS = 3;

const SCIPY = `
import time, numpy as np, scipy.linalg as la
a = np.random.default_rng(1).standard_normal((${N}, ${N}))
for _ in range(${ROUNDS}):
    s = time.perf_counter(); la.lu_factor(a); print(time.perf_counter() - s)
`;

function denseLU(report: Report): void {
  const lu = new BlockedLU(N);
  const random = new Random(1);
  const ours = Array.from({ length: ROUNDS }, () => {
    for (let k = 0; k < N * N; k++) lu.matrix[k] = random.next() - 0.5;
    const start = performance.now();
    lu.factor();
    return (performance.now() - start) / 1000;
  });
  const rows: string[][] = [["this baseline, one thread", median(ours).toFixed(2), ""]];
  for (const threads of ["1", "2"]) {
    const run = spawnSync("/usr/bin/env", ["python3", "-c", SCIPY], {
      encoding: "utf8",
      env: { ...process.env, OPENBLAS_NUM_THREADS: threads },
    });
    const times = run.stdout.trim().split("\n").map(Number).filter((x) => x > 0); // oxfmt-ignore
    const time = times.length === ROUNDS ? median(times) : Number.NaN;
    rows.push([
      `SciPy, OpenBLAS, ${threads} thread${threads === "1" ? "" : "s"}`,
      time.toFixed(2),
      `${(median(ours) / time).toFixed(1)}x`,
    ]);
  }
  report.table("Dense LU of the baseline", `${N} x ${N}, seconds, medians of ${ROUNDS}; the baseline over the peer, wanted <= 5x.`, ["what", "seconds", "ratio"], rows); // oxfmt-ignore
}

export async function symbolicsBench(report: Report): Promise<void> {
  const root = fileURLToPath(new URL("..", import.meta.url));
  const data = `${root}../shared/data`;
  const context = { machine: "this machine", data: existsSync(data) ? data : undefined, log: () => undefined };
  const rows = (part: string, list: readonly Evidence[]): string[][] =>
    list.map(({ statement, grade }) => [part, statement, grade]);
  report.table(
    "Claim symbolics",
    "Wanted: normal forms at least 100 times faster than trees with rules at 1,000 leaves; the network's operation cost at most half; the traced PDE at least 150 times faster than with a dense Jacobian, with 13,184 nonzeros.",
    ["part", "found", "grade"],
    [
      ...rows("normal forms", await normalForms(context)),
      ...rows("network", await network(context)),
      ...rows("PDE", await pde(context)),
    ],
  );
  denseLU(report);
}
