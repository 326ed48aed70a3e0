// Families of systems from random fields on an n x n grid: Darcy flow by finite volumes, Helmholtz, convection and diffusion; and the
// order in which neighbours are alike (Wang et al. 2024, "Accelerating data generation for neural operators via Krylov subspace
// recycling"): by the signs of the leading coefficients of the field, in the order of the Gray code.
import { fromTriplets, type Sparse } from "calculemus/array";
import { Random } from "calculemus/base";
import { normal } from "./relax-sequences.ts";

/** Cosines a direction in a random field. */
const MODES = 16;
/** Leading coefficients whose signs order a family. */
const BITS = 7;

export interface Field {
  /** Of cos(pi k x) cos(pi l y), row by row. */
  readonly coefficients: Float64Array;
  /** At cell centres, row by row. */
  readonly values: Float64Array;
}

export interface System {
  readonly matrix: Sparse;
  readonly b: Float64Array;
  readonly coefficients: Float64Array;
}

/** A Gaussian field with covariance (-Laplace + tau^2)^-alpha and Neumann conditions, scaled to a standard deviation. */
export function gaussianField(n: number, seed: number, deviation: number, alpha = 2.5, tau = 7): Field {
  const random = new Random(seed, 0xf1e1d);
  const coefficients = new Float64Array(MODES ** 2);
  let variance = 0;
  for (let k = 0; k < MODES; k++)
    for (let l = 0; l < MODES; l++) {
      if (k + l === 0) continue;
      const size = (Math.PI ** 2 * (k * k + l * l) + tau ** 2) ** (-alpha / 2);
      variance += size ** 2 * (k > 0 ? 0.5 : 1) * (l > 0 ? 0.5 : 1);
      coefficients[k * MODES + l] = size * normal(random);
    }
  const scale = deviation / Math.sqrt(variance);
  coefficients.forEach((c, i) => (coefficients[i] = c * scale));
  const cosine = Float64Array.from({ length: n * MODES }, (_, i) => Math.cos((Math.PI * (i % MODES) * (Math.floor(i / MODES) + 0.5)) / n)); // oxfmt-ignore
  const half = new Float64Array(n * MODES);
  for (let i = 0; i < n; i++)
    for (let k = 0; k < MODES; k++)
      for (let l = 0; l < MODES; l++) half[i * MODES + l] += cosine[i * MODES + k] * coefficients[k * MODES + l];
  const values = new Float64Array(n * n);
  for (let i = 0; i < n; i++)
    for (let j = 0; j < n; j++)
      for (let l = 0; l < MODES; l++) values[i * n + j] += half[i * MODES + l] * cosine[j * MODES + l];
  return { coefficients, values };
}

type Put = (row: number, column: number, value: number) => void;

function assemble(size: number, rows: (put: Put) => void): Sparse {
  const [row, col, values]: number[][] = [[], [], []];
  rows((i, j, value) => {
    row.push(i);
    col.push(j);
    values.push(value);
  });
  return fromTriplets({ rows: size, cols: size, row, col, values });
}

const STEPS = [[-1, 0], [1, 0], [0, -1], [0, 1]] as const; // oxfmt-ignore

/** -div(exp(g) grad u) = 1, u = 0 on the boundary: finite volumes, harmonic means. Symmetric positive definite. */
export function darcy(n: number, seed: number): System {
  const { coefficients, values } = gaussianField(n, seed, 1.5);
  const a = values.map(Math.exp);
  const matrix = assemble(n * n, (put) => {
    for (let i = 0; i < n; i++)
      for (let j = 0; j < n; j++) {
        const k = i * n + j;
        for (const [di, dj] of STEPS) {
          const inside = i + di >= 0 && i + di < n && j + dj >= 0 && j + dj < n;
          const other = k + di * n + dj;
          const face = inside ? (2 * a[k] * a[other]) / (a[k] + a[other]) : 2 * a[k];
          put(k, k, face);
          if (inside) put(k, other, -face);
        }
      }
  });
  return { matrix, b: new Float64Array(n * n).fill(1 / n ** 2), coefficients };
}

/** -Laplace u - k^2 (1 + g) u = a bump, u = 0 on the boundary. Symmetric, indefinite. */
export function helmholtz(n: number, seed: number, wave = 12): System {
  const { coefficients, values } = gaussianField(n, seed, 0.2);
  const h = 1 / (n + 1);
  const matrix = assemble(n * n, (put) => {
    for (let i = 0; i < n; i++)
      for (let j = 0; j < n; j++) {
        const k = i * n + j;
        put(k, k, 4 - (wave * h) ** 2 * (1 + values[k]));
        for (const [di, dj] of STEPS)
          if (i + di >= 0 && i + di < n && j + dj >= 0 && j + dj < n) put(k, k + di * n + dj, -1);
      }
  });
  const b = Float64Array.from({ length: n * n }, (_, k) => h * h * Math.exp(-50 * ((Math.floor(k / n) * h - 0.4) ** 2 + ((k % n) * h - 0.6) ** 2))); // oxfmt-ignore
  return { matrix, b, coefficients };
}

/** -Laplace u + v.grad u = 1, v = the curl of a random stream function, upwind. Not symmetric. */
export function convection(n: number, seed: number, strength = 8): System {
  const { coefficients, values } = gaussianField(n, seed, strength);
  const at = (i: number, j: number): number => values[Math.max(0, Math.min(n - 1, i)) * n + Math.max(0, Math.min(n - 1, j))]; // oxfmt-ignore
  const matrix = assemble(n * n, (put) => {
    for (let i = 0; i < n; i++)
      for (let j = 0; j < n; j++) {
        const k = i * n + j;
        // h times the velocity: differences of the stream function.
        const [u, v] = [(at(i, j + 1) - at(i, j - 1)) / 2, (at(i - 1, j) - at(i + 1, j)) / 2];
        put(k, k, 4 + Math.abs(u) + Math.abs(v));
        for (const [di, dj] of STEPS) {
          if (!(i + di >= 0 && i + di < n && j + dj >= 0 && j + dj < n)) continue;
          put(k, k + di * n + dj, -1 - Math.max(0, -(di * u + dj * v)));
        }
      }
  });
  return { matrix, b: new Float64Array(n * n).fill(1 / (n + 1) ** 2), coefficients };
}

/** Numbers of the systems in the order in which neighbours are alike. */
export function sortedOrder(systems: readonly System[]): number[] {
  const size = (index: number): number => systems.reduce((sum, { coefficients }) => sum + coefficients[index] ** 2, 0);
  const leading = Array.from(systems[0].coefficients, (_, i) => i).sort((a, b) => size(b) - size(a)).slice(0, BITS); // oxfmt-ignore
  const place = systems.map(({ coefficients }) => {
    // The number whose Gray code the signs are.
    let [bit, number] = [0, 0];
    for (const i of leading) {
      bit ^= coefficients[i] > 0 ? 1 : 0;
      number = 2 * number + bit;
    }
    return number;
  });
  return systems.map((_, i) => i).sort((a, b) => place[a] - place[b] || systems[a].coefficients[leading[0]] - systems[b].coefficients[leading[0]]); // oxfmt-ignore
}
