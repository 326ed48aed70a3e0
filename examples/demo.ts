// The demo (npm run demo): a model file in, a checked solution out. The model is the MAPK cascade of Kholodenko 2000.
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { readModel, simulate } from "calculemus";
import { curvesToCsv, formatDuration, formatNumber, plotCurves, table } from "calculemus/report";

const root = new URL("../", import.meta.url);
const model = readModel(readFileSync(new URL("examples/models/mapk.calc", root), "utf8"), "mapk.calc");
const result = await simulate(model, { digits: 6 });

const { states, parameters, reactions } = result.model;
console.log(`model: ${model.name}, ${states} states, ${parameters} parameters, ${reactions} reactions`);
console.log(`asked for: 6 digits of each output, at ${result.outputs.time.length} points`);

const { plan } = result;
console.log(`\nplan: ${plan.chosen}, ${plan.reason}`);
const candidates = plan.candidates.map(({ name, cost, note }) => [
  name === plan.chosen ? `${name} *` : name,
  Number.isFinite(cost) ? formatNumber(cost, 3) : "-",
  note,
]);
console.log(table(candidates, { header: ["candidate", "operations", "note"], align: ["left", "right", "left"] }));

console.log("\nevidence:");
const last = result.outputs.time.length - 1;
const rows = result.outputs.curves.map(({ name, values }, k) => {
  const { grade, measured } = result.evidence[k];
  return [name, formatNumber(values[last], 8), measured?.digits.toFixed(1), grade];
});
console.log(table(rows, { header: ["output", "at the end", "digits", "grade"], align: ["left", "right", "right"] }));
const [first] = result.evidence;
console.log(`${first.grade}: ${first.method}`);
for (const { grade, statement, measured } of result.evidence)
  if (measured?.digits === undefined) console.log(`${grade}: ${statement}`);

const { derive_ms, compile_ms, pilot_ms, solve_ms, check_ms } = result.timing;
const times = { derive: derive_ms, compile: compile_ms, pilot: pilot_ms, solve: solve_ms, check: check_ms };
const parts = Object.entries(times).map(([name, ms]) => `${name} ${formatDuration(ms)}`);
console.log(`\ntime: ${parts.join(", ")}`);

mkdirSync(new URL("out/", root), { recursive: true });
const digits = Math.min(...result.evidence.flatMap(({ measured }) => measured?.digits ?? []));
const picture = await plotCurves(result.outputs, {
  title: "The MAPK cascade with negative feedback",
  subtitle: `${plan.chosen}, ${first.grade} by ${plan.parameters.checkMethod}: at least ${digits.toFixed(1)} digits`,
  xLabel: "time in s",
  yLabel: "concentration in nM",
});
writeFileSync(new URL("out/mapk.svg", root), picture);
writeFileSync(new URL("out/mapk.csv", root), curvesToCsv(result.outputs));
console.log("wrote out/mapk.svg and out/mapk.csv");
