// A stiff problem over seventeen powers of ten: output times on a logarithmic scale, a log-log plot, a pointwise
// requirement. B stays near 1e-5 and falls to 1e-14, so "6 digits of the largest value" says little about its end.
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { readModel, simulate } from "calculemus";
import { plotCurves } from "calculemus/report";

const root = new URL("../", import.meta.url);
const model = readModel(readFileSync(new URL("models/robertson.calc", import.meta.url), "utf8"), "robertson.calc");
const times = Array.from({ length: 171 }, (_, i) => 10 ** (-6 + i / 10));
const { outputs, plan, evidence, stop } = await simulate(model, {
  times,
  requirement: { relative: 1e-5, floor: 1e-16 },
});

console.log(`plan: ${plan.chosen}, ${plan.reason}`);
for (const { name, values } of outputs.curves)
  console.log(`${name}(1e11) = ${values[values.length - 1].toExponential(4)}`);
for (const { grade, statement } of evidence) console.log(`${grade}: ${statement}`);
console.log(`stop: ${stop.kind}`);

mkdirSync(new URL("out/", root), { recursive: true });
const picture = await plotCurves(outputs, {
  title: "The Robertson problem",
  subtitle: `${plan.chosen}, ${evidence[0].grade}`,
  logX: true,
  logY: true,
});
writeFileSync(new URL("out/robertson.svg", root), picture);
console.log("wrote out/robertson.svg");
