// A model written as text inside a program: the Brusselator of Prigogine and Lefever (1968), whose limit cycle appears
// where B > 1 + A^2. The same model is simulated for three values of B.
import { readModel, simulate } from "calculemus";

const model = readModel(
  `
  param A = 1, B = 3
  state X = 1, Y = 1
  reaction 0 -> X : A
  reaction 2 X + Y -> 3 X : X^2*Y
  reaction X -> Y : B*X
  reaction X -> 0 : X
  output X, Y
  time 0 .. 60 points 601
  `,
  "brusselator.calc",
);

for (const B of [1.5, 2.5, 3.5]) {
  const { outputs, evidence, plan } = await simulate(model, { parameters: { B }, digits: 7 });
  const late = outputs.curves[0].values.slice(400);
  const low = Math.min(...late).toFixed(4);
  const high = Math.max(...late).toFixed(4);
  console.log(`B = ${B}: X between ${low} and ${high} after t = 40 (${plan.chosen}, ${evidence[0].grade})`);
}
