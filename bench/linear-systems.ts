// The systems on which the choice of `linsolve` is judged (part `linear-plan`): sequences of one, mixed in size and kind. Written
// before the choice was tuned; those with `held` are for judging only, and only their totals were read while it was tuned.
import { fromTriplets, multiplyVector, type Sparse } from "calculemus/array";

export interface System {
  readonly name: string;
  readonly held: boolean;
  readonly matrix: () => Sparse;
}

/** A generator of numbers in [0, 1) that is the same everywhere. */
function uniform(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), state | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

class Entries {
  readonly row: number[] = [];
  readonly col: number[] = [];
  readonly values: number[] = [];
  add(i: number, j: number, v: number): void {
    this.row.push(i);
    this.col.push(j);
    this.values.push(v);
  }
  both(i: number, j: number, v: number): void {
    this.add(i, j, v);
    if (i !== j) this.add(j, i, v);
  }
  matrix(rows: number, cols = rows): Sparse {
    return fromTriplets({ rows, cols, row: this.row, col: this.col, values: this.values });
  }
}

/** -div(k grad u) + c u on a grid by finite volumes with harmonic means; k of a cell. */
function diffusion(size: readonly number[], k: (...at: number[]) => number | readonly number[], c = 0): Sparse {
  const [nx, ny, nz = 1] = size;
  const e = new Entries();
  const at = (x: number, y: number, z: number): number => x + nx * (y + ny * z);
  const of = (x: number, y: number, z: number, d: number): number => {
    const v = k(x / nx, y / ny, z / nz);
    return typeof v === "number" ? v : v[d];
  };
  const diagonal = new Float64Array(nx * ny * nz).fill(c);
  for (let z = 0; z < nz; z++)
    for (let y = 0; y < ny; y++)
      for (let x = 0; x < nx; x++)
        for (const [d, [dx, dy, dz]] of [[1, 0, 0], [0, 1, 0], [0, 0, 1]].entries()) {
          if (d === 2 && nz === 1) continue;
          const here = of(x, y, z, d);
          const i = at(x, y, z);
          // Walls at both ends.
          if (x - dx < 0 || y - dy < 0 || z - dz < 0) diagonal[i] += 2 * here;
          if (x + dx >= nx || y + dy >= ny || z + dz >= nz) {
            diagonal[i] += 2 * here;
            continue;
          }
          const there = of(x + dx, y + dy, z + dz, d);
          const mean = (2 * here * there) / (here + there);
          const j = at(x + dx, y + dy, z + dz);
          e.both(i, j, -mean);
          diagonal[i] += mean;
          diagonal[j] += mean;
        } // oxfmt-ignore
  diagonal.forEach((v, i) => e.add(i, i, v));
  return e.matrix(nx * ny * nz);
}

/** Upwind convection and diffusion on an N x N grid, velocity v (sin 7y, cos 5x). */
export function convection(N: number, v: number): Sparse {
  const h = 1 / (N + 1);
  const e = new Entries();
  for (let y = 0; y < N; y++)
    for (let x = 0; x < N; x++) {
      const i = x + N * y;
      const [a, b] = [v * h * Math.sin(7 * (y + 1) * h), v * h * Math.cos(5 * (x + 1) * h)];
      const [w, o, s, n] = [-1 - Math.max(a, 0), -1 + Math.min(a, 0), -1 - Math.max(b, 0), -1 + Math.min(b, 0)];
      e.add(i, i, -(w + o + s + n));
      if (x > 0) e.add(i, i - 1, w);
      if (x < N - 1) e.add(i, i + 1, o);
      if (y > 0) e.add(i, i - N, s);
      if (y < N - 1) e.add(i, i + N, n);
    }
  return e.matrix(N * N);
}

/** A circuit: resistors between near and some far nodes, voltage sources with rows of their own, a few controlled sources. */
function circuit(n: number, seed: number): Sparse {
  const random = uniform(seed);
  const e = new Entries();
  const resistor = (i: number, j: number, g: number): void => {
    e.add(i, i, g);
    e.add(j, j, g);
    e.both(i, j, -g);
  };
  for (let i = 1; i < n; i++)
    resistor(i, Math.max(0, i - 1 - Math.floor(random() ** 3 * 30)), 10 ** (4 * random() - 2));
  for (let k = 0; k < n / 3; k++) {
    const i = Math.floor(random() * n);
    const j = Math.floor(random() * n);
    if (i !== j) resistor(i, j, 10 ** (4 * random() - 2));
  }
  e.add(0, 0, 1);
  for (let k = 0; k < n / 10; k++) e.add(Math.floor(random() * n), Math.floor(random() * n), random() - 0.5);
  const sources = Math.floor(n / 20);
  for (let s = 0; s < sources; s++) e.both(n + s, s * 20, 1);
  return e.matrix(n + sources);
}

function randomSparse(n: number, each: number, seed: number, diagonal: number, symmetric: boolean): Sparse {
  const random = uniform(seed);
  const e = new Entries();
  for (let i = 0; i < n; i++) {
    e.add(i, i, diagonal);
    for (let k = 0; k < each; k++) {
      const j = Math.floor(random() * n);
      if (symmetric) e.both(i, j, random() - 0.5);
      else e.add(i, j, random() - 0.5);
    }
  }
  return e.matrix(n);
}

function banded(n: number, below: number, above: number, seed: number, diagonal: number): Sparse {
  const random = uniform(seed);
  const e = new Entries();
  for (let i = 0; i < n; i++)
    for (let j = Math.max(0, i - below); j <= Math.min(n - 1, i + above); j++) e.add(i, j, i === j ? diagonal + random() : random() - 0.5); // oxfmt-ignore
  return e.matrix(n);
}

/** [H B^T; B 0] with a diffusion operator H and random constraints. */
function saddle(N: number, constraints: number, seed: number): Sparse {
  const random = uniform(seed);
  const h = diffusion([N, N], () => 1, 0.1);
  const e = new Entries();
  for (let i = 0; i < h.rows; i++) for (let p = h.ptr[i]; p < h.ptr[i + 1]; p++) e.add(i, h.idx[p], h.values[p]);
  for (let c = 0; c < constraints; c++)
    for (let k = 0; k < 4; k++) e.both(h.rows + c, Math.floor(((c + random()) * h.rows) / constraints), 1 + random());
  return e.matrix(h.rows + constraints);
}

/** Dense matrices as sparse ones with all entries. */
function full(n: number, seed: number, positive: boolean): Sparse {
  const random = uniform(seed);
  const e = new Entries();
  if (positive)
    for (let i = 0; i < n; i++) for (let j = 0; j < n; j++) e.add(i, j, Math.exp(-Math.abs(i - j) / 20) + (i === j ? 0.01 : 0)); // oxfmt-ignore
  else for (let i = 0; i < n; i++) for (let j = 0; j < n; j++) e.add(i, j, random() - 0.5);
  return e.matrix(n);
}

/** Elasticity-like: blocks of two unknowns a node, coupled in both directions. */
function elastic(N: number): Sparse {
  const e = new Entries();
  for (let y = 0; y < N; y++)
    for (let x = 0; x < N; x++) {
      const i = 2 * (x + N * y);
      e.add(i, i, 6.2);
      e.add(i + 1, i + 1, 6.2);
      if (x + 1 < N) void [e.both(i, i + 2, -2), e.both(i + 1, i + 3, -1)];
      if (y + 1 < N) void [e.both(i, i + 2 * N, -1), e.both(i + 1, i + 2 * N + 1, -2)];
      if (x + 1 < N && y + 1 < N) void [e.both(i, i + 2 * N + 3, -0.25), e.both(i + 1, i + 2 * N + 2, 0.25)];
    }
  return e.matrix(2 * N * N);
}

/** A graph with preferential attachment: few nodes of great degree; Laplacian + shift. */
function graph(n: number, links: number, seed: number, shift: number): Sparse {
  const random = uniform(seed);
  const e = new Entries();
  const ends: number[] = [0];
  for (let i = 1; i < n; i++)
    for (let k = 0; k < Math.min(i, links); k++) {
      const j = ends[Math.floor(random() * ends.length)];
      if (j === i) continue;
      e.add(i, i, 1);
      e.add(j, j, 1);
      e.both(i, j, -1);
      ends.push(i, j);
    }
  for (let i = 0; i < n; i++) e.add(i, i, shift);
  return e.matrix(n);
}

const jump = (x: number, y: number): number => ((Math.floor(8 * x) + Math.floor(8 * y)) % 2 === 0 ? 1 : 1000);
const wavy = (x: number, y: number, z = 0): number => Math.exp(3 * Math.sin(20 * x) * Math.cos(13 * y + 7 * z));

const list: readonly (readonly [name: string, matrix: () => Sparse])[] = [
  ["Poisson 2-D, 20^2", () => diffusion([20, 20], () => 1)],
  ["Poisson 2-D, 40^2", () => diffusion([40, 40], () => 1)],
  ["Poisson 2-D, 100^2", () => diffusion([100, 100], () => 1)],
  ["Poisson 2-D, 150^2", () => diffusion([150, 150], () => 1)],
  ["Poisson 2-D, 300^2", () => diffusion([300, 300], () => 1)],
  ["Poisson 2-D, 400^2", () => diffusion([400, 400], () => 1)],
  ["Poisson 3-D, 12^3", () => diffusion([12, 12, 12], () => 1)],
  ["Poisson 3-D, 24^3", () => diffusion([24, 24, 24], () => 1)],
  ["Poisson 3-D, 32^3", () => diffusion([32, 32, 32], () => 1)],
  ["Poisson 3-D, 40^3", () => diffusion([40, 40, 40], () => 1)],
  ["jumps 2-D, 80^2", () => diffusion([80, 80], jump)],
  ["jumps 2-D, 200^2", () => diffusion([200, 200], jump)],
  ["wavy 3-D, 20^3", () => diffusion([20, 20, 20], wavy)],
  ["wavy 3-D, 36^3", () => diffusion([36, 36, 36], wavy)],
  ["anisotropic 2-D, 120^2", () => diffusion([120, 120], () => [1, 100])],
  ["anisotropic 2-D, 250^2", () => diffusion([250, 250], () => [100, 1])],
  ["diffusion with reaction, 200^2", () => diffusion([200, 200], () => 1, 2)],
  ["diffusion with reaction, 40^3", () => diffusion([40, 40, 40], () => 1, 1)],
  ["Helmholtz 2-D, 60^2", () => diffusion([60, 60], () => 1, -0.5)],
  ["Helmholtz 2-D, 160^2", () => diffusion([160, 160], () => 1, -0.1)],
  ["convection 40^2, v 20", () => convection(40, 20)],
  ["convection 150^2, v 200", () => convection(150, 200)],
  ["convection 200^2, v 1000", () => convection(200, 1000)],
  ["convection 100^2, v 5000", () => convection(100, 5000)],
  ["convection 300^2, v 50", () => convection(300, 50)],
  ["circuit 300", () => circuit(300, 1)],
  ["circuit 5,000", () => circuit(5000, 2)],
  ["circuit 30,000", () => circuit(30_000, 3)],
  ["random 500, 4 a row", () => randomSparse(500, 4, 4, 3, false)],
  ["random 3,000, 3 a row", () => randomSparse(3000, 3, 5, 2, false)],
  ["random 20,000, 2 a row", () => randomSparse(20_000, 2, 6, 4, false)],
  ["random symmetric 2,000", () => randomSparse(2000, 2, 7, 4, true)],
  ["random symmetric indefinite 1,000", () => randomSparse(1000, 2, 8, 0.1, true)],
  ["band 1 + 1, 100,000", () => banded(100_000, 1, 1, 9, 2)],
  ["band 3 + 2, 20,000", () => banded(20_000, 3, 2, 10, 3)],
  ["band 20 + 20, 3,000", () => banded(3000, 20, 20, 11, 8)],
  ["saddle point 30^2 + 100", () => saddle(30, 100, 12)],
  ["saddle point 80^2 + 400", () => saddle(80, 400, 13)],
  ["full 60", () => full(60, 14, false)],
  ["full 300", () => full(300, 15, false)],
  ["full positive definite 200", () => full(200, 16, true)],
  ["elastic 40^2", () => elastic(40)],
  ["elastic 120^2", () => elastic(120)],
  ["graph 3,000", () => graph(3000, 2, 17, 0.1)],
  ["graph 20,000", () => graph(20_000, 2, 18, 1)],
  ["graph 10,000, 3 links", () => graph(10_000, 3, 19, 0.01)],
];

/** Every second system is held out. */
export const SYSTEMS: readonly System[] = list.map(([name, matrix], i) => ({ name, held: i % 2 === 1, matrix }));

/** A right side whose solution is known: A times smooth and rough parts. */
export function rightSide(matrix: Sparse): { readonly x: Float64Array; readonly b: Float64Array } {
  const x = Float64Array.from({ length: matrix.cols }, (_, i) => 1 + Math.sin(0.01 * i) + 0.1 * Math.cos(3 * i));
  return { x, b: multiplyVector(matrix, x) };
}
