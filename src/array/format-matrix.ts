// Matrices as text for people: numbers aligned in columns, the middle of large matrices left out.
import type { Dense } from "./dense.ts";
import { entryCount, type Sparse, toLayout } from "./sparse.ts";

export interface FormatMatrixOptions {
  /** Significant digits; default 5. */
  readonly digits?: number;
  /** Rows, and columns, that are shown; default 10. Of a sparse matrix twice as many entries. */
  readonly most?: number;
}

function short(x: number, digits: number): string {
  const plain = String(x);
  return plain.length <= digits + 1 ? plain : String(Number(x.toPrecision(digits)));
}

function shortComplex(re: number, im: number | undefined, digits: number): string {
  if (im === undefined) return short(re, digits);
  return `${short(re, digits)}${im < 0 || Object.is(im, -0) ? "-" : "+"}${short(Math.abs(im), digits)}i`;
}

/** 0 .. n - 1 with -1 for what is left out in the middle. */
function shown(n: number, most: number): number[] {
  if (n <= most) return Array.from({ length: n }, (_, k) => k);
  const head = Math.ceil(most / 2);
  return [...Array.from({ length: head }, (_, k) => k), -1, ...Array.from({ length: most - head }, (_, k) => n - most + head + k)]; // oxfmt-ignore
}

/** Columns to the right, one row a line. */
function aligned(rows: readonly (readonly string[])[]): string {
  const widths: number[] = [];
  for (const row of rows) row.forEach((cell, j) => (widths[j] = Math.max(widths[j] ?? 0, cell.length)));
  return rows.map((row) => row.map((cell, j) => cell.padStart(widths[j])).join("  ")).join("\n");
}

/** A dense matrix as a table; a sparse one as a line of its size and its entries with their places, which count from 0. */
export function formatMatrix(matrix: Sparse | Dense, { digits = 5, most = 10 }: FormatMatrixOptions = {}): string {
  if ("ptr" in matrix) {
    const { rows, cols, ptr, idx, values, imaginary } = toLayout(matrix, "csr");
    const count = entryCount(matrix);
    const lines = shown(count, 2 * most).map((p) => {
      if (p < 0) return ["...", ""];
      let [low, high] = [0, rows - 1];
      // The last row that begins at p or before.
      while (low < high) {
        const middle = (low + high + 1) >>> 1;
        if (ptr[middle] <= p) low = middle;
        else high = middle - 1;
      }
      return [`(${low}, ${idx[p]})`, shortComplex(values[p], imaginary?.[p], digits)];
    });
    return `${rows} x ${cols}, ${count} ${count === 1 ? "entry" : "entries"}${count > 0 ? `\n${aligned(lines).replaceAll(/ +$/gm, "")}` : ""}`; // oxfmt-ignore
  }
  const { rows, cols, data, imaginary, offset, rowStep, colStep } = matrix;
  if (rows === 0 || cols === 0) return `${rows} x ${cols}`;
  const columns = shown(cols, most);
  const table = shown(rows, most).map((i) =>
    columns.map((j) => {
      if (i < 0 || j < 0) return "...";
      const p = offset + i * rowStep + j * colStep;
      return shortComplex(data[p], imaginary?.[p], digits);
    }),
  );
  return aligned(table);
}
