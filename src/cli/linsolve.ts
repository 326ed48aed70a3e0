// calculemus linsolve: A x = b from files, with the plan, the residual and what is known of a system that has no solution.
import { readFileSync } from "node:fs";
import { type Dense, dense, fromDense, type MatrixMarketFile, multiplyVector, npyMatrix, readNpy, realForm, type Sparse, toDense, writeMatrixMarket, writeNpy } from "../array/index.ts"; // oxfmt-ignore
import { Failure } from "../base/index.ts";
import { type LinearSolution, linsolve } from "../linear/index.ts";
import { formatDuration as duration, table } from "../report/index.ts";
import { numberArgument } from "./arguments.ts";
import { EXIT } from "./failures.ts";
import { checkWritable, writeWhole } from "./files.ts";
import { added, readMatrixFile } from "./matrix-file.ts";

function readWhole(path: string): Buffer {
  try {
    return readFileSync(path);
  } catch (error) {
    throw new Failure("io", `${path} cannot be read: ${(error as Error).message}`, { hint: "Check the path." });
  }
}

/** A matrix, and a word to the user where entries were added up. */
async function readNamed(path: string): Promise<MatrixMarketFile> {
  const read = await readMatrixFile(path);
  if (read.duplicates > 0) process.stderr.write(`calculemus: ${path}: ${added(read.duplicates)}\n`);
  return read;
}

async function rightSide(path: string | undefined, a: Sparse | Dense): Promise<Dense> {
  if (path === undefined) return ones(a);
  if (path.endsWith(".npy")) return npyMatrix(readNpy(readWhole(path), path));
  const { matrix } = await readNamed(path);
  return "rowStep" in matrix ? matrix : toDense(matrix);
}

/** A times the vector of ones. */
function ones(given: Sparse | Dense): Dense {
  const a = "ptr" in given ? given : fromDense(given);
  const { rows, cols, imaginary } = a;
  if (!imaginary) return dense(rows, 1, multiplyVector(a, new Float64Array(cols).fill(1)));
  const both = multiplyVector(realForm(a), new Float64Array(2 * cols).fill(1, 0, cols));
  return { ...dense(rows, 1, both.slice(0, rows)), imaginary: both.slice(rows) };
}

export async function linsolveCommand(file: string, right: string | undefined, options: Record<string, unknown>): Promise<void> {
  const text = (name: string): string | undefined => options[name] as string | undefined;
  const digits = numberArgument("--digits", text("digits")!);
  const seconds = text("seconds") === undefined ? undefined : numberArgument("--seconds", text("seconds")!);
  if (seconds !== undefined && !(seconds > 0)) throw new Failure("usage", "--seconds takes a positive number");
  const out = text("out");
  if (out !== undefined) {
    if (!/\.(mtx|npy)$/.test(out)) throw new Failure("usage", `--out ${out}: the name must end in .mtx or .npy`);
    checkWritable(out);
  }
  const start = performance.now();
  const { matrix } = await readNamed(file);
  const b = await rightSide(right, matrix);
  const read = performance.now() - start;
  const found = await linsolve(matrix, b, {
    digits,
    ...(text("method") !== undefined && { method: text("method") }),
    ...(options.leastSquares === true && { leastSquares: true }),
    ...(seconds !== undefined && { budget: { time_ms: 1000 * seconds } }),
  });
  const { x, imaginary } = found;
  const whole = x && { ...x, ...(imaginary && { imaginary: imaginary.data }) };
  const files: string[] = [];
  if (out !== undefined && whole) {
    writeWhole(out, out.endsWith(".npy") ? Buffer.from(writeNpy(whole)) : writeMatrixMarket(whole));
    files.push(out);
  }
  process.exitCode = found.status === "solved" ? EXIT.done : EXIT.unsolved;
  if (options.json) printJson(found, read, files);
  else print(found, whole, options.explain === true, files);
  if (found.status !== "solved") process.stderr.write(`calculemus: ${found.status}: ${found.reason}\n`);
} // oxfmt-ignore

/** JSON has no NaN and no infinity. */
const finite = (v: number): number | null => (Number.isFinite(v) ? v : null);

function printJson(found: LinearSolution<Dense>, read: number, files: readonly string[]): void {
  const { status, method, residual, backwardError, condition, digits, iterations, timing, plan, evidence, reason, rank, rankIs, nullVector, x, imaginary } = found; // oxfmt-ignore
  const numbers = (d: Dense | undefined): number[] | undefined => d && [...d.data];
  const candidates = plan.candidates.map((each) => ({ ...each, cost: finite(each.cost) }));
  process.stdout.write(
    `${JSON.stringify({
      ok: status === "solved", status, reason, method, residual: finite(residual), backwardError: finite(backwardError), condition: finite(condition), digits, iterations,
      timing: { read, ...timing }, plan: { ...plan, candidates }, evidence,
      ...(rank !== undefined && { rank, rankIs }), ...(nullVector && { nullVector: [...nullVector] }),
      ...(x && files.length === 0 && { x: numbers(x), ...(imaginary && { imaginary: numbers(imaginary) }) }), files,
    })}\n`,
  ); // oxfmt-ignore
}

/** Elements of x that are printed. */
const SHOWN = 10;

function print(found: LinearSolution<Dense>, x: Dense | undefined, explain: boolean, files: readonly string[]): void {
  const say = (line: string): void => void process.stdout.write(`${line}\n`);
  const { method, residual, backwardError, condition, digits, iterations, timing, plan, evidence, rank, rankIs, nullVector } = found;
  if (explain) {
    say(plan.reason);
    say(table(plan.candidates.toSorted((p, q) => p.cost - q.cost).map((c) => [c.name, c.cost < Infinity ? duration(c.cost / 1e6) : "", c.note]), { header: ["method", "expected", ""] }));
    say(`looking ${duration(timing.facts)}, factors and preconditioners ${duration(timing.setup)}, solutions ${duration(timing.solve)}, checks ${duration(timing.check)}`);
    say("");
  }
  if (x) {
    const shown = Math.min(SHOWN, x.rows);
    for (let i = 0; i < shown; i++) {
      const cells = Array.from({ length: Math.min(6, x.cols) }, (_, j) => `${x.data[i * x.cols + j]}${x.imaginary ? ` ${x.imaginary[i * x.cols + j]}i` : ""}`);
      say(`x[${i}] = ${cells.join("  ")}${x.cols > 6 ? " ..." : ""}`);
    }
    if (x.rows > shown) say(`... ${x.rows - shown} more${files.length === 0 ? " (--out FILE writes all)" : ""}`);
    say(`${method}${iterations > 0 ? `, ${iterations} iterations` : ""}: residual ${residual.toExponential(1)}, backward error ${backwardError.toExponential(1)}, condition ${Number.isFinite(condition) ? `about ${condition.toExponential(1)}` : "not estimated"}, ${digits > 0 ? `${digits.toFixed(1)} digits, ` : ""}${duration(timing.total)}`);
  }
  if (rank !== undefined) say(`rank ${rankIs === "at most" ? "at most " : ""}${rank}`);
  if (nullVector) {
    const least = 1e-12 * nullVector.reduce((most, v) => Math.max(most, Math.abs(v)), 0);
    const parts = [...nullVector.keys()].filter((i) => Math.abs(nullVector[i]) > least);
    const shown = parts.slice(0, SHOWN).map((i) => `x[${i}] = ${nullVector[i].toPrecision(5)}`);
    say(`A x is almost 0 for ${shown.join(", ")}${parts.length > SHOWN ? `, ... (${parts.length} elements; --json has all)` : ""}${parts.length < nullVector.length ? ", the others 0" : ""}`);
  }
  for (const { grade, statement, bound, method: how } of evidence) say(`${grade}: ${statement}${bound === undefined ? "" : `: ${bound.toExponential(1)}`} (${how})`);
  for (const path of files) say(`wrote ${path}`);
} // oxfmt-ignore
