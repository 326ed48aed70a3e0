// Files of ../shared/data, beside the repository: read only, absent in a clone elsewhere (tests then skip, visibly).
import { existsSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { gunzipSync } from "node:zlib";

const path = (name: string): string => fileURLToPath(new URL(`../../../shared/data/${name}`, import.meta.url));

export const hasShared = (name: string): boolean => existsSync(path(name));

/** The unpacked bytes of a .gz file. */
export const sharedGzip = (name: string): Buffer => gunzipSync(readFileSync(path(name)));

/** The regular files of a tar archive (ustar; names up to 100 characters), by name. */
export function tarFiles(bytes: Buffer): Map<string, Buffer> {
  const files = new Map<string, Buffer>();
  for (let at = 0; at + 512 <= bytes.length;) {
    const header = bytes.subarray(at, at + 512);
    const text = (from: number, length: number): string =>
      header.subarray(from, from + length).toString("latin1").replace(/\0.*$/s, ""); // oxfmt-ignore
    const name = text(0, 100);
    if (name === "") break;
    const size = Number.parseInt(text(124, 12).trim(), 8);
    const type = text(156, 1);
    if (type === "0" || type === "") files.set(name, bytes.subarray(at + 512, at + 512 + size));
    at += 512 + Math.ceil(size / 512) * 512;
  }
  return files;
}
