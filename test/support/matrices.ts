// Sparse matrices for tests and measurements: Matrix Market files (coordinate, real or pattern, general or symmetric)
// and the Jacobian of a BioNetGen reaction network with elementary rate laws. A small reader of its own, so that the
// solvers are tested without the model room. It leaves out complex and array files, functional rate laws, observables.
import { existsSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { gunzipSync } from "node:zlib";

/** A square matrix by compressed columns; rows ascend within a column. */
export interface Matrix {
  readonly n: number;
  readonly colPtr: Int32Array;
  readonly rowIdx: Int32Array;
  readonly values: Float64Array;
}

/** The path of a data file beside the checkout, or undefined where the data are not there. */
export function sharedData(name: string): string | undefined {
  const path = fileURLToPath(new URL(`../../../shared/data/${name}`, import.meta.url));
  return existsSync(path) ? path : undefined;
}

/** Lines of a text file, unpacked where the name ends in .gz. */
function linesOf(path: string): string[] {
  const bytes = readFileSync(path);
  return (path.endsWith(".gz") ? gunzipSync(bytes) : bytes).toString("utf8").split("\n");
}

/** Compressed columns from triplets; repeated entries are summed. */
export function fromTriplets(
  n: number,
  rows: ArrayLike<number>,
  cols: ArrayLike<number>,
  x: ArrayLike<number>,
): Matrix {
  const columns: Map<number, number>[] = Array.from({ length: n }, () => new Map());
  for (let e = 0; e < rows.length; e++) {
    const column = columns[cols[e]];
    column.set(rows[e], (column.get(rows[e]) ?? 0) + x[e]);
  }
  const colPtr = new Int32Array(n + 1);
  for (let j = 0; j < n; j++) colPtr[j + 1] = colPtr[j] + columns[j].size;
  const rowIdx = new Int32Array(colPtr[n]);
  const values = new Float64Array(colPtr[n]);
  for (let j = 0; j < n; j++) {
    let p = colPtr[j];
    for (const [i, value] of [...columns[j]].sort((a, b) => a[0] - b[0])) {
      rowIdx[p] = i;
      values[p++] = value;
    }
  }
  return { n, colPtr, rowIdx, values };
}

/** Reads a square Matrix Market coordinate file; a pattern file gets the values 1, or n on the diagonal. */
export function readMatrixMarket(path: string): Matrix {
  const lines = linesOf(path);
  const [, , , field, symmetry] = lines[0].toLowerCase().split(/\s+/);
  let at = 1;
  while (lines[at].startsWith("%")) at++;
  const [n, , nnz] = lines[at++].trim().split(/\s+/).map(Number);
  const rows: number[] = [];
  const cols: number[] = [];
  const x: number[] = [];
  for (let e = 0; e < nnz; e++) {
    const [r, c, v] = lines[at + e].trim().split(/\s+/).map(Number);
    const value = field === "pattern" ? (r === c ? n : 1) : v;
    rows.push(r - 1);
    cols.push(c - 1);
    x.push(value);
    if (symmetry === "symmetric" && r !== c) {
      rows.push(c - 1);
      cols.push(r - 1);
      x.push(value);
    }
  }
  return fromTriplets(n, rows, cols, x);
}

/** A reaction network with elementary rates: dy/dt = sum over reactions of (products - reactants) * rate * prod y. */
export interface Network {
  readonly n: number;
  readonly initial: Float64Array;
  readonly reactants: Int32Array[];
  readonly products: Int32Array[];
  readonly rates: Float64Array;
}

/** Species "3,7" as indices from 0; species 0 of the file means none. */
function speciesOf(list: string): Int32Array {
  const numbers = list.split(",").map(Number);
  return Int32Array.from(numbers.filter((s) => s > 0).map((s) => s - 1));
}

/** Reads a BioNetGen .net file; parameters are evaluated in file order. */
export function readNetwork(path: string): Network {
  const parameters = new Map<string, number>();
  const evaluate = (text: string): number => {
    const known = text.replace(/[A-Za-z_]\w*/g, (name, offset: number) => {
      if (/[eE]/.test(name[0]) && /[\d.]/.test(text[offset - 1] ?? "")) return name;
      const value = parameters.get(name);
      if (value === undefined) throw new Error(`unknown parameter ${name}`);
      return `(${value})`;
    });
    if (!/^[-+*/().\deE\s]*$/.test(known)) throw new Error(`cannot evaluate ${text}`);
    return Number(new Function(`return ${known};`)());
  };
  const initial: number[] = [];
  const reactants: Int32Array[] = [];
  const products: Int32Array[] = [];
  const rates: number[] = [];
  let section = "";
  for (const raw of linesOf(path)) {
    const line = raw.replace(/#.*/, "").trim();
    if (line === "") continue;
    const word = line.split(/\s+/);
    if (word[0] === "begin" || word[0] === "end") section = word[0] === "begin" ? word[1] : "";
    else if (section === "parameters") parameters.set(word[1], evaluate(word.slice(2).join("")));
    else if (section === "species") initial.push(evaluate(word[2]));
    else if (section === "reactions") {
      reactants.push(speciesOf(word[1]));
      products.push(speciesOf(word[2]));
      rates.push(evaluate(word[3]));
    }
  }
  return {
    n: initial.length,
    initial: Float64Array.from(initial),
    reactants,
    products,
    rates: Float64Array.from(rates),
  };
}

/**
 * The Jacobian df_i/dy_j of a network at y, with every structural entry and the whole diagonal kept.
 * Net stoichiometry decides the structure: a catalyst has no row entry.
 */
export function networkJacobian(network: Network, y: ArrayLike<number>): Matrix {
  const rows: number[] = [];
  const cols: number[] = [];
  const x: number[] = [];
  for (let i = 0; i < network.n; i++) {
    rows.push(i);
    cols.push(i);
    x.push(0);
  }
  for (let r = 0; r < network.rates.length; r++) {
    const net = new Map<number, number>();
    for (const s of network.reactants[r]) net.set(s, (net.get(s) ?? 0) - 1);
    for (const s of network.products[r]) net.set(s, (net.get(s) ?? 0) + 1);
    const used = network.reactants[r];
    for (const j of new Set(used)) {
      let derivative = 0;
      for (let k = 0; k < used.length; k++) {
        if (used[k] !== j) continue;
        let term = network.rates[r];
        for (let l = 0; l < used.length; l++) if (l !== k) term *= y[used[l]];
        derivative += term;
      }
      for (const [i, s] of net) {
        if (s === 0) continue;
        rows.push(i);
        cols.push(j);
        x.push(s * derivative);
      }
    }
  }
  return fromTriplets(network.n, rows, cols, x);
}

/** M = I - gamma*J on the pattern of J (whose diagonal is complete). */
export function newtonMatrix(jacobian: Matrix, gamma: number): Matrix {
  const values = new Float64Array(jacobian.values.length);
  for (let j = 0; j < jacobian.n; j++)
    for (let p = jacobian.colPtr[j]; p < jacobian.colPtr[j + 1]; p++)
      values[p] = (jacobian.rowIdx[p] === j ? 1 : 0) - gamma * jacobian.values[p];
  return { ...jacobian, values };
}

/** The 5-point Laplacian on a k-by-k grid plus `shift` on the diagonal; `wind` makes it unsymmetric. */
export function gridLaplacian(k: number, shift = 0, wind = 0): Matrix {
  const rows: number[] = [];
  const cols: number[] = [];
  const x: number[] = [];
  const put = (i: number, j: number, v: number): void => {
    rows.push(i);
    cols.push(j);
    x.push(v);
  };
  for (let a = 0; a < k; a++)
    for (let b = 0; b < k; b++) {
      const i = a * k + b;
      put(i, i, 4 + shift);
      if (a > 0) put(i, i - k, -1 - wind);
      if (a < k - 1) put(i, i + k, -1 + wind);
      if (b > 0) put(i, i - 1, -1 - wind);
      if (b < k - 1) put(i, i + 1, -1 + wind);
    }
  return fromTriplets(k * k, rows, cols, x);
}
