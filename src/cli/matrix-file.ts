// Matrices of the command: Matrix Market files, gzipped or not, read as a stream.
import { createReadStream, statSync } from "node:fs";
import { type MatrixMarketFile, type MatrixMarketReadOptions, readMatrixMarketStream } from "../array/index.ts";
import { Failure } from "../base/index.ts";

const PIECE = 1 << 20;

/** What is said of entries at one place. */
export const added = (duplicates: number): string =>
  `${duplicates} ${duplicates === 1 ? "entry" : "entries"} lay where another did, and ${duplicates === 1 ? "was" : "were"} added`; // oxfmt-ignore

/** The matrix of a .mtx or .mtx.gz file. */
export async function readMatrixFile(path: string, options: MatrixMarketReadOptions = {}): Promise<MatrixMarketFile> {
  const unreadable = (why: string): Failure => new Failure("io", `${path} cannot be read: ${why}`, { hint: "Check the path." }); // oxfmt-ignore
  const stat = statSync(path, { throwIfNoEntry: false });
  if (!stat) throw unreadable("there is no such file");
  if (stat.isDirectory()) throw new Failure("io", `${path} is a folder, not a file`);
  try {
    return await readMatrixMarketStream(createReadStream(path, { highWaterMark: PIECE }), { source: path, ...options });
  } catch (error) {
    if (error instanceof Failure || typeof (error as { code?: unknown }).code !== "string") throw error;
    throw unreadable((error as Error).message);
  }
}
