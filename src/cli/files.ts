// Files of the command: inputs are checked before they are read, outputs appear whole or not at all.
import { readFileSync, renameSync, rmSync, statSync, writeFileSync } from "node:fs";
import { basename, dirname, join, resolve, sep } from "node:path";
import { gunzipSync } from "node:zlib";
import { Failure } from "../base/index.ts";

/** Largest model file that is read, in bytes. */
const LIMIT = 256 * 2 ** 20;

/** The text of a file, unpacked if its name ends in .gz; `name` is the file's name without .gz. */
export function readText(path: string): { text: string; name: string } {
  let size: number;
  try {
    const stat = statSync(path);
    if (stat.isDirectory()) throw new Failure("io", `${path} is a folder, not a file`);
    size = stat.size;
  } catch (error) {
    if (error instanceof Failure) throw error;
    throw new Failure("io", `${path} cannot be read: ${reason(error)}`, { hint: "Check the path." });
  }
  if (size > LIMIT) throw tooLarge(path, size);
  const packed = path.endsWith(".gz");
  try {
    const bytes = packed ? gunzipSync(readFileSync(path), { maxOutputLength: LIMIT }) : readFileSync(path);
    return { text: bytes.toString("utf8"), name: packed ? path.slice(0, -3) : path };
  } catch (error) {
    if ((error as { code?: string }).code === "ERR_BUFFER_TOO_LARGE") throw tooLarge(path, size);
    throw new Failure("io", `${path} cannot be read: ${reason(error)}`);
  }
}

function tooLarge(path: string, size: number): Failure {
  return new Failure(
    "limit",
    `${path} is too large (${(size / 2 ** 20).toFixed(0)} MB); at most ${LIMIT / 2 ** 20} MB are read`,
    { hint: "Is this a model file?" },
  );
}

/** Reads files in the folder of a file, and below it, by relative address: nothing else. */
export function besides(file: string): (uri: string) => string {
  const folder = resolve(dirname(file));
  return (uri) => {
    const path = resolve(folder, uri);
    if (!path.startsWith(folder + sep))
      throw new Failure("unsupported", `"${uri}" is not in the folder of the file that refers to it, ${file}`);
    return readText(path).text;
  };
}

/** Writes a file through a temporary one beside it, so that no half-written file is left under its name. */
export function writeWhole(path: string, content: string | Uint8Array): void {
  const temporary = join(dirname(path), `.${basename(path)}.${process.pid}.tmp`);
  try {
    writeFileSync(temporary, content);
    renameSync(temporary, path);
  } catch (error) {
    rmSync(temporary, { force: true });
    throw new Failure("io", `${path} cannot be written: ${reason(error)}`, {
      hint: "Check that the folder exists and may be written to.",
    });
  }
}

/** Refuses, before any work, an output path that cannot be written. */
export function checkWritable(path: string): void {
  const folder = dirname(path);
  try {
    if (!statSync(folder).isDirectory()) throw new Failure("io", `${folder} is not a folder`);
  } catch (error) {
    if (error instanceof Failure) throw error;
    throw new Failure("io", `${path} cannot be written: the folder ${folder} does not exist`);
  }
}

function reason(error: unknown): string {
  const code = (error as { code?: string }).code;
  if (code === "ENOENT") return "there is no such file";
  if (code === "EACCES" || code === "EPERM") return "permission is denied";
  return error instanceof Error ? error.message : String(error);
}
