// A picture of where a sparse matrix has entries: a square an entry, or, where squares would be smaller than CELL pixels, cells
// whose grey tells how full they are. One standalone SVG on white, the same text on every run.
// Left out: values, colours by sign, zooming.
import type { Sparse } from "../array/index.ts";
import { Failure } from "../base/index.ts";
import { escapeXml, FONT, px, textWidth, wrap } from "./svg.ts";

export interface SpyOptions {
  /** Default: no title. */
  readonly title?: string;
  /** Pixels of the longer side of the matrix, at least 120; default 560. */
  readonly size?: number;
}

/** Smallest side of a cell, in pixels. */
const CELL = 2;
/** Greys of cells. */
const LEVELS = 8;
const INK = "#1b1e23";
const GREY = "#555b66";
const DOT = "#20466b";
/** Narrowest side of a long matrix, in pixels. */
const NARROW = 24;

/** The picture as SVG text. Failure "domain" for a matrix without rows or columns. */
export function spy(matrix: Sparse, { title, size = 560 }: SpyOptions = {}): string {
  const { rows, cols } = matrix;
  if (rows === 0 || cols === 0) throw new Failure("domain", `a matrix of ${rows} x ${cols} has no picture`);
  if (!(size >= 120)) throw new Failure("usage", `spy: a size of ${size} pixels`, { hint: "At least 120." });
  const longest = Math.max(rows, cols);
  const width = Math.max(NARROW, (size * cols) / longest);
  const height = Math.max(NARROW, (size * rows) / longest);
  const cells = cellsOf(matrix, Math.min(rows, Math.floor(height / CELL)), Math.min(cols, Math.floor(width / CELL)));
  const left = 20 + Math.max(...ticks(rows, height).map((row) => textWidth(String(row), 11)));
  const total = Math.ceil(Math.max(left + width + 24, 320));
  const lines = title === undefined ? [] : wrap(title, total - 28, 15, "bold");
  const count = matrix.ptr[matrix.layout === "csr" ? rows : cols];
  const notes = [
    `${rows} × ${cols}, ${count} ${count === 1 ? "entry" : "entries"} (${percent(count / rows / cols)} of all places)`,
    ...(cells.grouped
      ? [`A cell is up to ${Math.ceil(rows / cells.down)} × ${Math.ceil(cols / cells.across)} places; the darkest is ${percent(cells.most)} full.`] // oxfmt-ignore
      : []),
  ].flatMap((note) => wrap(note, total - 28, 12));
  const top = 18 + 20 * lines.length + 16 * notes.length + 22;
  const all = Math.ceil(top + height + 16);
  const text = (x: number, y: number, content: string, style: string): string =>
    `<text x="${px(x)}" y="${px(y)}" ${style}>${escapeXml(content)}</text>`;
  const out = [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${total}" height="${all}" viewBox="0 0 ${total} ${all}" font-family="${escapeXml(FONT)}" role="img">`,
    `<title>${escapeXml(`${title ?? "Sparsity"}: ${notes.join(" ")}`)}</title>`,
    `<rect width="${total}" height="${all}" fill="white"/>`,
    ...lines.map((line, k) => text(14, 24 + 20 * k, line, `font-size="15" font-weight="bold" fill="${INK}"`)),
    ...notes.map((line, k) => text(14, 24 + 20 * lines.length + 16 * k, line, `font-size="12" fill="${GREY}"`)),
    ...paths(cells, left, top, width / cells.across, height / cells.down),
    `<rect x="${px(left)}" y="${px(top)}" width="${px(width)}" height="${px(height)}" fill="none" stroke="${GREY}"/>`,
  ];
  for (const column of ticks(cols, width)) {
    const x = left + ((column + 0.5) * width) / cols;
    out.push(`<path d="M${px(x)} ${px(top)}v-4" stroke="${GREY}"/>`, text(x, top - 7, String(column), `font-size="11" fill="${INK}" text-anchor="middle"`)); // oxfmt-ignore
  }
  for (const row of ticks(rows, height)) {
    const y = top + ((row + 0.5) * height) / rows;
    out.push(`<path d="M${px(left)} ${px(y)}h-4" stroke="${GREY}"/>`, text(left - 7, y + 4, String(row), `font-size="11" fill="${INK}" text-anchor="end"`)); // oxfmt-ignore
  }
  return `${out.join("\n")}\n</svg>\n`;
}

function percent(share: number): string {
  const value = 100 * share;
  return `${value >= 10 || value === 0 ? value.toFixed(0) : value.toPrecision(2)} %`;
}

/** Multiples of 1, 2 or 5 times a power of ten that have room. */
function ticks(n: number, length: number): number[] {
  const least = n / Math.max(1, length / 60);
  const power = 10 ** Math.floor(Math.log10(Math.max(1, least)));
  const step = [1, 2, 5, 10].map((k) => k * power).find((each) => each >= least) ?? 10 * power;
  const out: number[] = [];
  for (let k = 0; k < n; k += step) out.push(k);
  return out;
}

interface Cells {
  readonly down: number;
  readonly across: number;
  /** Does a cell stand for several places? */
  readonly grouped: boolean;
  /** Share of places with an entry, row by row. */
  readonly share: Float64Array;
  readonly most: number;
}

function cellsOf({ layout, rows, cols, ptr, idx }: Sparse, down: number, across: number): Cells {
  const counts = new Float64Array(down * across);
  const lines = layout === "csr" ? rows : cols;
  for (let k = 0; k < lines; k++)
    for (let p = ptr[k]; p < ptr[k + 1]; p++) {
      const [i, j] = layout === "csr" ? [k, idx[p]] : [idx[p], k];
      counts[Math.floor((i * down) / rows) * across + Math.floor((j * across) / cols)]++;
    }
  let most = 0;
  for (let i = 0; i < down; i++) {
    const high = Math.ceil(((i + 1) * rows) / down) - Math.ceil((i * rows) / down);
    for (let j = 0; j < across; j++) {
      const wide = Math.ceil(((j + 1) * cols) / across) - Math.ceil((j * cols) / across);
      most = Math.max(most, (counts[i * across + j] /= high * wide));
    }
  }
  return { down, across, grouped: down < rows || across < cols, share: counts, most };
}

/** One path for each grey: runs of cells along rows. The lightest is still seen; the darkest is the fullest. */
function paths(
  { down, across, share, most }: Cells,
  left: number,
  top: number,
  width: number,
  height: number,
): string[] {
  // oxfmt-ignore
  const found: string[][] = Array.from({ length: LEVELS + 1 }, () => []);
  const level = (at: number): number => (share[at] === 0 ? 0 : Math.max(1, Math.ceil(LEVELS * Math.sqrt(share[at] / most)))); // oxfmt-ignore
  for (let i = 0; i < down; i++)
    for (let j = 0; j < across;) {
      const own = level(i * across + j);
      let end = j + 1;
      while (end < across && level(i * across + end) === own) end++;
      if (own > 0) found[own].push(`M${px(left + j * width)} ${px(top + i * height)}h${px((end - j) * width)}v${px(height)}h${px((j - end) * width)}z`); // oxfmt-ignore
      j = end;
    }
  return found.flatMap((runs, k) => {
    const opacity = px(0.25 + (0.75 * k) / LEVELS);
    return runs.length === 0 ? [] : [`<path d="${runs.join("")}" fill="${DOT}" fill-opacity="${opacity}"/>`];
  });
}
