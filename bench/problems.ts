// The work-precision problems as models. Sources: Robertson 1966; Hairer and Wanner, Solving ODEs II (section IV.10) and
// Solving ODEs I (Pleiades, Lorenz, Brusselator); Mazzia and Magherini, Test Set for IVP Solvers (HIRES, POLLU, E5, ring modulator, Medical Akzo Nobel).
// Three bodies: Arenstorf's orbit as in Solving ODEs I, section II.0. bruss32 and bruss128: two dimensions, periodic, as plain systems.
// The same equations stand in peers/cvode_problems.c and peers/scipy_problems.py; references in references/.
import { readCalc, type Model } from "calculemus/model";

export interface BenchProblem {
  readonly name: string;
  readonly model: () => Model;
  /** Share of the relative tolerance taken as absolute tolerance, as in the peers' runs. */
  readonly absolute: number;
  /** Relative tolerances of the table; those of all problems by default. */
  readonly tolerances?: readonly number[];
  /** Minutes a run: measured once, and SciPy is left out. */
  readonly large?: boolean;
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

/** Chemical pyrolysis with rate constants over twenty powers of ten. */
const e5 = `param A = 7.89e-10, B = 1.1e7, C = 1.13e3, M = 1e6
state y1 = 1.76e-3, y2 = 0, y3 = 0, y4 = 0
y1' = -A*y1 - B*y1*y3
y2' = A*y1 - M*C*y2*y3
y3' = A*y1 - B*y1*y3 - M*C*y2*y3 + C*y4
y4' = B*y1*y3 - C*y4
time 0 .. 1e11`;

/** The ring modulator with small capacities Cs = 2e-12. */
const ring = `param C = 1.6e-8, Cs = 2e-12, Cp = 1e-8, Lh = 4.45, Ls1 = 2e-3, Ls2 = 5e-4, Ls3 = 5e-4
param g = 40.67286402e-9, d = 17.7493332, R = 25e3, Rp = 50, Rg1 = 36.3, Rg2 = 17.3, Rg3 = 17.3, Ri = 50, Rc = 600
state ${Array.from({ length: 15 }, (_, i) => `y${i + 1} = 0`).join(", ")}
let U1 = 0.5*sin(2000*pi*t)
let U2 = 2*sin(20000*pi*t)
let q1 = g*(exp(d*(y3 - y5 - y7 - U2)) - 1)
let q2 = g*(exp(d*(-y4 + y6 - y7 - U2)) - 1)
let q3 = g*(exp(d*(y4 + y5 + y7 + U2)) - 1)
let q4 = g*(exp(d*(-y3 - y6 + y7 + U2)) - 1)
y1' = (y8 - 0.5*y10 + 0.5*y11 + y14 - y1/R)/C
y2' = (y9 - 0.5*y12 + 0.5*y13 + y15 - y2/R)/C
y3' = (y10 - q1 + q4)/Cs
y4' = (-y11 + q2 - q3)/Cs
y5' = (y12 + q1 - q3)/Cs
y6' = (-y13 - q2 + q4)/Cs
y7' = (-y7/Rp + q1 + q2 - q3 - q4)/Cp
y8' = -y1/Lh
y9' = -y2/Lh
y10' = (0.5*y1 - y3 - Rg2*y10)/Ls2
y11' = (-0.5*y1 + y4 - Rg3*y11)/Ls3
y12' = (0.5*y2 - y5 - Rg2*y12)/Ls2
y13' = (-0.5*y2 + y6 - Rg3*y13)/Ls3
y14' = (-y1 + U1 - (Ri + Rg1)*y14)/Ls1
y15' = (-y2 - (Rc + Rg1)*y15)/Ls1
time 0 .. 1e-3`;

/** Penetration of labelled antibodies into a tumour: 200 points, 400 states; the supply ends at t = 5. */
function medakzo(): string {
  const N = 200;
  const step = 1 / N;
  const states: string[] = [];
  const equations: string[] = [];
  for (let j = 1; j <= N; j++) {
    states.push(`u${j} = 0`, `v${j} = 1`);
    const z = j * step;
    const alpha = (2 * (z - 1) ** 3) / 16 / (2 * step);
    const beta = (z - 1) ** 4 / 16 / (step * step);
    const left = j === 1 ? "phi" : `u${j - 1}`;
    const right = j === N ? `u${N}` : `u${j + 1}`;
    equations.push(
      `u${j}' = ${alpha}*(${right} - ${left}) + ${beta}*(${left} - 2*u${j} + ${right}) - k*u${j}*v${j}`,
      `v${j}' = -k*u${j}*v${j}`,
    );
  }
  return `param k = 100\nlet phi = if(t <= 5, 2, 0)\nstate ${states.join(", ")}\n${equations.join("\n")}\ntime 0 .. 20`;
}

/** The restricted problem of three bodies, Arenstorf's orbit over one period. */
const threebody = `param m = 0.012277471
state x = 0.994, y = 0, u = 0, v = -2.00158510637908252240537862224
let n = 1 - m
let a = ((x + m)^2 + y^2)^(-3/2)
let b = ((x - n)^2 + y^2)^(-3/2)
x' = u
y' = v
u' = x + 2*v - n*(x + m)*a - m*(x - n)*b
v' = y - 2*u - n*y*a - m*y*b
time 0 .. 17.0652165601579625588917206249`;

/** Brusselator on an N x N periodic grid with a source that is switched on: 2 N^2 states, interleaved. */
function bruss2d(N: number): string {
  const h = 1 / (N - 1);
  const states: string[] = [];
  const equations: string[] = [];
  const at = (name: string, i: number, j: number): string => `${name}${((i + N) % N) * N + ((j + N) % N)}`;
  for (let i = 0; i < N; i++)
    for (let j = 0; j < N; j++) {
      const [x, y] = [j * h, i * h];
      const p = i * N + j;
      states.push(`u${p} = ${22 * (y * (1 - y)) ** 1.5}`, `v${p} = ${27 * (x * (1 - x)) ** 1.5}`);
      const source = (x - 0.3) ** 2 + (y - 0.6) ** 2 <= 0.01 ? " + f" : "";
      const flow = (name: string): string =>
        `c*(${at(name, i - 1, j)} + ${at(name, i + 1, j)} + ${at(name, i, j - 1)} + ${at(name, i, j + 1)} - 4*${name}${p})`;
      equations.push(`u${p}' = 1 + u${p}^2*v${p} - 4.4*u${p} + ${flow("u")}${source}`);
      equations.push(`v${p}' = 3.4*u${p} - u${p}^2*v${p} + ${flow("v")}`);
    }
  return `param c = ${10 / (h * h)}\nlet f = if(t >= 1.1, 5, 0)\nstate ${states.join(", ")}\n${equations.join("\n")}\ntime 0 .. 11.5`;
}

const problem = (
  name: string,
  text: string | (() => string),
  absolute: number,
  more: Pick<BenchProblem, "tolerances" | "large"> = {},
): BenchProblem => ({
  ...more,
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
  problem("e5", e5, 1e-18),
  problem("ring", ring, 1, { tolerances: [1e-4, 1e-5, 1e-6, 1e-7, 1e-8] }),
  problem("medakzo", medakzo, 1, { tolerances: [1e-4, 1e-5, 1e-6, 1e-7, 1e-8] }),
  problem("threebody", threebody, 1),
  problem("bruss32", () => bruss2d(32), 1, { tolerances: [1e-3, 1e-4, 1e-5, 1e-6] }),
  problem("bruss128", () => bruss2d(128), 1, { tolerances: [1e-3, 1e-4], large: true }),
];
