// The roofline of this machine as the command keeps it: a small file in the user's cache directory. Only `doctor` writes it.
import { mkdirSync, readFileSync } from "node:fs";
import { homedir } from "node:os";
import { dirname, join } from "node:path";
import { readRoofline, type Roofline } from "../compile/index.ts";
import { writeWhole } from "./files.ts";

/** XDG_CACHE_HOME or its like, by the habits of the system. */
export function rooflinePath(): string {
  const { XDG_CACHE_HOME, LOCALAPPDATA } = process.env;
  const folder = XDG_CACHE_HOME ?? (process.platform === "win32" ? LOCALAPPDATA : undefined) ?? join(homedir(), ".cache"); // oxfmt-ignore
  return join(folder, "calculemus", "roofline.json");
}

/** The stored roofline; undefined where none was measured. A file that is damaged is a Failure. */
export function storedRoofline(): Roofline | undefined {
  let text: string;
  try {
    text = readFileSync(rooflinePath(), "utf8");
  } catch {
    return undefined;
  }
  return readRoofline(text, rooflinePath());
}

export function storeRoofline(roofline: Roofline): void {
  const path = rooflinePath();
  mkdirSync(dirname(path), { recursive: true });
  writeWhole(
    path,
    `${JSON.stringify(roofline, (_, x: unknown) => (typeof x === "number" ? Number(x.toPrecision(4)) : x), 1)}\n`,
  );
}
