// calculemus spy: what a matrix file holds, and a picture of where it has entries.
import { basename } from "node:path";
import { entryCount, isSymmetric, type MatrixMarketFile, norm, type Sparse } from "../array/index.ts";
import { Failure } from "../base/index.ts";
import { spy } from "../report/index.ts";
import { checkWritable, writeWhole } from "./files.ts";
import { added, readMatrixFile } from "./matrix-file.ts";

/** Furthest entries below and above the diagonal. */
function bandwidth({ rows, ptr, idx }: Sparse): { below: number; above: number } {
  let [below, above] = [0, 0];
  for (let i = 0; i < rows; i++)
    for (let p = ptr[i]; p < ptr[i + 1]; p++) {
      below = Math.max(below, i - idx[p]);
      above = Math.max(above, idx[p] - i);
    }
  return { below, above };
}

function emptyRows({ rows, ptr }: Sparse): number {
  let count = 0;
  for (let i = 0; i < rows; i++) if (ptr[i + 1] === ptr[i]) count++;
  return count;
}

export async function spyCommand(file: string, options: Record<string, unknown>): Promise<void> {
  const plot = options.plot as string | undefined;
  if (plot !== undefined) checkWritable(plot);
  const read: MatrixMarketFile = await readMatrixFile(file);
  if (read.format === "array")
    throw new Failure("unsupported", `${file} holds an array, which has all its entries`, {
      hint: "spy looks at coordinate files.",
    });
  const { matrix, field, symmetry, duplicates } = read;
  const { rows, cols } = matrix;
  const facts = {
    rows,
    cols,
    entries: entryCount(matrix),
    field,
    symmetry,
    symmetric: isSymmetric(matrix),
    bandwidth: bandwidth(matrix),
    emptyRows: emptyRows(matrix),
    largest: norm(matrix, "max"),
    duplicates,
  };
  if (plot !== undefined) writeWhole(plot, spy(matrix, { title: basename(file) }));
  const files = plot === undefined ? [] : [plot];
  if (options.json) {
    // JSON has no NaN and no infinity.
    const largest = Number.isFinite(facts.largest) ? facts.largest : String(facts.largest);
    process.stdout.write(`${JSON.stringify({ ok: true, ...facts, largest, files })}\n`);
    return;
  }
  const say = (line: string): void => void process.stdout.write(`${line}\n`);
  say(`${basename(file)}: ${rows} x ${cols}, ${facts.entries} entries, ${field}, ${symmetry}`);
  say(`bandwidth ${facts.bandwidth.below} below and ${facts.bandwidth.above} above the diagonal; largest entry ${facts.largest.toPrecision(4)}`); // oxfmt-ignore
  if (facts.symmetric && symmetry === "general") say("the matrix is symmetric, though the file does not say so");
  if (facts.emptyRows > 0) say(`${facts.emptyRows} rows have no entry`);
  for (const path of files) say(`wrote ${path}`);
  if (duplicates > 0) process.stderr.write(`calculemus: ${added(duplicates)}\n`);
}
