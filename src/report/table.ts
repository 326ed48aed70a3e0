// Tables for terminals: aligned columns of plain text. Numbers stand at the right and are never cut (a cut number is a wrong
// number); text columns are shortened in the middle to fit the width, and columns that still have no room are left
// out behind a "…". Left out on purpose: colours, borders, cells of several lines.
import { formatNumber } from "./format.ts";
import { shortenMiddle } from "./shorten.ts";

export type Cell = string | number | bigint | boolean | null | undefined;

export interface TableOptions {
  /** Column heads, underlined in the output; default none. */
  readonly header?: readonly string[];
  /** Width of the terminal in columns (`process.stdout.columns`); default unlimited. */
  readonly width?: number;
  /** Significant digits of number cells; default 6. */
  readonly digits?: number;
  /** Alignment by column; default: right where every filled cell is a number, else left. */
  readonly align?: readonly ("left" | "right" | undefined)[];
}

const BETWEEN = 2;
/** Text columns are not made narrower than this. */
const NARROWEST = 8;

/** Columns a text takes in a terminal: none for combining marks, two for wide East Asian characters and emoji. */
export function displayWidth(text: string): number {
  let width = 0;
  for (const c of text)
    if (/\p{M}|\u200d/u.test(c)) continue;
    else if (/[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Hangul}\p{Emoji_Presentation}]/u.test(c))
      width += 2;
    else width++;
  return width;
}

function print(cell: Cell, digits: number): string {
  if (cell === null || cell === undefined) return "";
  if (typeof cell === "number") return formatNumber(cell, digits);
  // Control characters could break the lines or steer the terminal.
  return String(cell).replaceAll(/\p{Cc}+/gu, " ");
}

/** Width of the widest cell of column `c`. */
function widest(lines: readonly string[][], c: number): number {
  return lines.reduce((most, line) => Math.max(most, displayWidth(line[c])), 0);
}

/** Width of columns side by side. */
function sum(widths: readonly number[]): number {
  return widths.reduce((a, b) => a + b, 0) + BETWEEN * (widths.length - 1);
}

/**
 * Rows of cells as lines of text with aligned columns, without a final line break; "" for no rows and no header.
 * Rows may differ in length. No line is wider than `width`, except where the first column alone is.
 */
export function table(rows: readonly (readonly Cell[])[], options: TableOptions = {}): string {
  const { header, width = Infinity, digits = 6, align = [] } = options;
  const count = rows.reduce((most, { length }) => Math.max(most, length), header?.length ?? 0);
  if (count === 0) return "";
  const body = rows.map((row) => Array.from({ length: count }, (_, c) => print(row[c], digits)));
  const head = header && Array.from({ length: count }, (_, c) => print(header[c], digits));
  const numeric = Array.from({ length: count }, (_, c) => {
    const filled = rows.map((row) => row[c]).filter((cell) => cell !== undefined && cell !== null && cell !== "");
    return filled.length > 0 && filled.every((cell) => typeof cell === "number" || typeof cell === "bigint");
  });
  const natural = Array.from({ length: count }, (_, c) => widest(head ? [head, ...body] : body, c));
  // A number column may shrink to its numbers (its head is text), a text column to NARROWEST.
  const least = natural.map((w, c) => Math.min(w, numeric[c] ? Math.max(widest(body, c), 1) : NARROWEST));
  const { widths, more } = fit(natural, least, width);

  const right = (c: number) => (align[c] ?? (numeric[c] ? "right" : "left")) === "right";
  const layOut = (cells: string[]) => {
    const shown = widths.map((w, c) => {
      const text = shortenMiddle(cells[c], (s) => displayWidth(s) <= w);
      const pad = " ".repeat(Math.max(0, w - displayWidth(text)));
      return right(c) ? pad + text : text + pad;
    });
    if (more) shown.push("…");
    return shown.join(" ".repeat(BETWEEN)).trimEnd();
  };
  const lines = body.map(layOut);
  if (head)
    lines.unshift(
      layOut(head),
      [...widths.map((w) => "─".repeat(w)), ...(more ? ["─"] : [])].join(" ".repeat(BETWEEN)),
    );
  return lines.join("\n");
}

/** Column widths within `width`: the widest columns give first, then columns at the right are left out. */
function fit(natural: readonly number[], least: readonly number[], width: number) {
  let shown = natural.length;
  const room = () => (shown < natural.length ? width - BETWEEN - 1 : width);
  while (shown > 1 && sum(least.slice(0, shown)) > room()) shown--;
  const widths = natural.slice(0, shown);
  for (let excess = sum(widths) - room(); excess > 0; excess--) {
    let give = -1;
    for (let c = 0; c < shown; c++) if (widths[c] > least[c] && (give < 0 || widths[c] > widths[give])) give = c;
    if (give < 0) break;
    widths[give]--;
  }
  return { widths, more: shown < natural.length };
}
