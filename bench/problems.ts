// The work-precision problems as models. Sources: Robertson 1966; Hairer and Wanner, Solving ODEs II (section IV.10) and
// Solving ODEs I (Pleiades, Lorenz, Brusselator); Mazzia and Magherini, Test Set for IVP Solvers (HIRES, POLLU).
// The same equations stand in peers/cvode_problems.c and peers/scipy_problems.py; references in references/.
import { readCalc, type Model } from "calculemus/model";

export interface BenchProblem {
  readonly name: string;
  readonly model: () => Model;
  /** Share of the relative tolerance taken as absolute tolerance, as in the peers' runs. */
  readonly absolute: number;
}

const rober = `state y1 = 1, y2 = 0, y3 = 0
y1' = -0.04*y1 + 1e4*y2*y3
y2' = 0.04*y1 - 1e4*y2*y3 - 3e7*y2^2
y3' = 3e7*y2^2
time 0 .. 1e5`;

const hires = `state y1 = 1, y2 = 0, y3 = 0, y4 = 0, y5 = 0, y6 = 0, y7 = 0, y8 = 0.0057
let r = 280*y6*y8
y1' = -1.71*y1 + 0.43*y2 + 8.32*y3 + 0.0007
y2' = 1.71*y1 - 8.75*y2
y3' = -10.03*y3 + 0.43*y4 + 0.035*y5
y4' = 8.32*y2 + 1.71*y3 - 1.12*y4
y5' = -1.745*y5 + 0.43*y6 + 0.43*y7
y6' = -r + 0.69*y4 + 1.71*y5 - 0.43*y6 + 0.69*y7
y7' = r - 1.81*y7
y8' = -r + 1.81*y7
time 0 .. 321.8122`;

/** POLLU as reactions: rate constant, reactants, products (species 1 to 20). */
const POLLU: readonly (readonly [number, readonly number[], readonly number[]])[] = [
  [0.35, [1], [2, 3]],
  [26.6, [2, 4], [1]],
  [1.23e4, [5, 2], [6, 1]],
  [0.86e-3, [7], [5, 5, 8]],
  [0.82e-3, [7], [8]],
  [1.5e4, [7, 6], [5, 8]],
  [0.13e-3, [9], [5, 8, 10]],
  [2.4e4, [9, 6], [11]],
  [1.65e4, [11, 2], [1, 12, 10]],
  [9e3, [11, 1], [13]],
  [0.022, [13], [11, 1]],
  [1.2e4, [10, 2], [14, 1]],
  [1.88, [14], [7, 5]],
  [1.63e4, [1, 6], [15]],
  [4.8e6, [3], [4]],
  [0.35e-3, [4], [16]],
  [0.0175, [4], [3]],
  [1e8, [16], [6, 6]],
  [4.44e11, [16], [3]],
  [1240, [17, 6], [18, 5]],
  [2.1, [19], [2]],
  [5.78, [19], [1, 3]],
  [0.0474, [1, 4], [19]],
  [1780, [19, 1], [20]],
  [3.12, [20], [19, 1]],
];

function pollu(): string {
  const start: Record<number, number> = { 2: 0.2, 4: 0.04, 7: 0.1, 8: 0.3, 9: 0.01, 17: 0.007 };
  const lines = [`state ${Array.from({ length: 20 }, (_, i) => `y${i + 1} = ${start[i + 1] ?? 0}`).join(", ")}`];
  const rhs: string[][] = Array.from({ length: 21 }, () => []);
  POLLU.forEach(([k, from, to], r) => {
    lines.push(`let r${r + 1} = ${k}*${from.map((i) => `y${i}`).join("*")}`);
    for (const i of from) rhs[i].push(`- r${r + 1}`);
    for (const i of to) rhs[i].push(`+ r${r + 1}`);
  });
  for (let i = 1; i <= 20; i++) lines.push(`y${i}' = 0 ${rhs[i].join(" ")}`);
  return `${lines.join("\n")}\ntime 0 .. 60`;
}

const orego = `state y1 = 1, y2 = 2, y3 = 3
y1' = 77.27*(y2 + y1*(1 - 8.375e-6*y1 - y2))
y2' = (y3 - (1 + y1)*y2)/77.27
y3' = 0.161*(y1 - y3)
time 0 .. 360`;

const vdpol = `state y1 = 2, y2 = 0
y1' = y2
y2' = ((1 - y1^2)*y2 - y1)/1e-6
time 0 .. 2`;

const lorenz = `state x = 1, y = 0, z = 0
x' = 10*(y - x)
y' = x*(28 - z) - y
z' = x*y - 8/3*z
time 0 .. 10`;

/** Seven masses 1..7 in the plane. */
function pleiades(): string {
  const x = [3, 3, -1, -3, 2, -2, 2];
  const y = [3, -3, 2, 0, 0, -4, 4];
  const vx = [0, 0, 0, 0, 0, 1.75, -1.5];
  const vy = [0, 0, 0, -1.25, 1, 0, 0];
  const all = (name: string, values: readonly number[]): string =>
    values.map((v, i) => `${name}${i + 1} = ${v}`).join(", ");
  const lines = [`state ${all("x", x)}, ${all("y", y)}, ${all("u", vx)}, ${all("v", vy)}`];
  for (let i = 1; i <= 7; i++)
    for (let j = i + 1; j <= 7; j++) lines.push(`let w${i}${j} = ((x${i} - x${j})^2 + (y${i} - y${j})^2)^(-3/2)`);
  const w = (i: number, j: number): string => (i < j ? `w${i}${j}` : `w${j}${i}`);
  for (let i = 1; i <= 7; i++) {
    const others = [1, 2, 3, 4, 5, 6, 7].filter((j) => j !== i);
    lines.push(`x${i}' = u${i}`, `y${i}' = v${i}`);
    lines.push(`u${i}' = ${others.map((j) => `${j}*(x${j} - x${i})*${w(i, j)}`).join(" + ")}`);
    lines.push(`v${i}' = ${others.map((j) => `${j}*(y${j} - y${i})*${w(i, j)}`).join(" + ")}`);
  }
  return `${lines.join("\n")}\ntime 0 .. 3`;
}

/** Brusselator in one dimension: N interior points, alpha = 1/50, A = 1, B = 3, u = 1 and v = 3 on the boundary. */
function bruss1d(N = 500): string {
  const states: string[] = [];
  const equations: string[] = [];
  const c = (1 / 50) * (N + 1) ** 2;
  for (let i = 1; i <= N; i++) {
    states.push(`u${i} = ${1 + Math.sin((2 * Math.PI * i) / (N + 1))}`, `v${i} = 3`);
    const at = (name: string, k: number, boundary: number): string =>
      k < 1 || k > N ? String(boundary) : `${name}${k}`;
    equations.push(`u${i}' = 1 + u${i}^2*v${i} - 4*u${i} + c*(${at("u", i - 1, 1)} - 2*u${i} + ${at("u", i + 1, 1)})`);
    equations.push(`v${i}' = 3*u${i} - u${i}^2*v${i} + c*(${at("v", i - 1, 3)} - 2*v${i} + ${at("v", i + 1, 3)})`);
  }
  return `param c = ${c}\nstate ${states.join(", ")}\n${equations.join("\n")}\ntime 0 .. 10`;
}

const problem = (name: string, text: string | (() => string), absolute: number): BenchProblem => ({
  name,
  model: () => readCalc(typeof text === "string" ? text : text(), `${name}.calc`),
  absolute,
});

export const problems: readonly BenchProblem[] = [
  problem("rober", rober, 1e-4),
  problem("hires", hires, 1e-4),
  problem("pollu", pollu, 1e-4),
  problem("orego", orego, 1e-2),
  problem("vdpol", vdpol, 1),
  problem("bruss1d", () => bruss1d(), 1),
  problem("lorenz", lorenz, 1),
  problem("pleiades", pleiades, 1),
];
