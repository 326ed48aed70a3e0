// Sensitivity. In the Lorenz system errors grow like e^(0.9 t): by 1e8 up to t = 20, by 1e23 up to t = 60. The first can
// be met by tighter tolerances; for the second double precision is not enough, and the answer says so.
import { readFileSync } from "node:fs";
import { readModel, simulate } from "calculemus";

const model = readModel(readFileSync(new URL("models/lorenz.calc", import.meta.url), "utf8"), "lorenz.calc");

for (const tEnd of [5, 20, 60]) {
  const { plan, evidence, stop } = await simulate(model, { tEnd, points: 601, digits: 4 });
  const tolerance = Number(plan.parameters.tolerance).toExponential(0);
  const digits = Math.min(...evidence.map(({ measured }) => measured?.digits ?? 0)).toFixed(1);
  console.log(`to t = ${tEnd}: 4 digits asked for, ${digits} shown, tolerance ${tolerance}, ${stop.kind}`);
  if (stop.kind !== "done") console.log(`  ${stop.detail}`);
}
