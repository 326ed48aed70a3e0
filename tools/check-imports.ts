// Holds imports to the table of rooms: a room imports only from the rooms above its own line.
// Entry files (src/*.ts) may import everything; nobody imports an entry file but the command, examples, claims and bench.
import { readdirSync, readFileSync } from "node:fs";
import { dirname, join, relative, resolve, sep } from "node:path";
import { fileURLToPath } from "node:url";

/** The rooms, lowest first. A new room, or a moved line, is a decision (docs/decisions/). */
export const rooms = [
  "base", "number", "evidence", "term", "rewrite", "algebra", "plan", "compile", "array",
  "special", "approximate", "linear", "dynamics", "model", "report", "cli",
]; // oxfmt-ignore

/** Packages a room may import besides other rooms; everything else there is plain TypeScript. */
const packages: Record<string, string[]> = {
  term: ["acorn", "@rgrove/parse-xml"],
  report: ["@observablehq/plot", "linkedom"],
  approximate: ["node:worker_threads"],
  linear: ["highs"],
  cli: ["commander", "cli-progress", "node:"],
};

const source = resolve(dirname(fileURLToPath(import.meta.url)), "..", "src");
const problems: string[] = [];
let count = 0;

function* files(folder: string): Generator<string> {
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) yield* files(path);
    else if (entry.name.endsWith(".ts")) yield path;
  }
}

for (const file of files(source)) {
  const path = relative(source, file).split(sep);
  const room = path.length > 1 ? path[0] : "";
  const test = file.endsWith(".test.ts");
  const level = rooms.indexOf(room);
  if (room !== "" && level < 0) problems.push(`${file}: "${room}" is not a room`);
  const text = readFileSync(file, "utf8");
  for (const found of text.matchAll(/(?:\bfrom\s+|\bimport\s+|\bimport\s*\(\s*)"([^"]+)"/g)) {
    count++;
    const target = found[1];
    const line = text.slice(0, found.index).split("\n").length;
    if (!target.startsWith(".")) {
      if (test || room === "") continue;
      const allowed = packages[room] ?? [];
      if (!allowed.some((name) => target === name || (name.endsWith(":") && target.startsWith(name))))
        problems.push(`${file}:${line}: room "${room}" must not import the package "${target}"`);
      continue;
    }
    const to = relative(source, resolve(dirname(file), target)).split(sep);
    if (to[0] === "..") {
      if (!test) problems.push(`${file}:${line}: imports "${target}" outside src`);
      continue;
    }
    const toRoom = to.length > 1 ? to[0] : "";
    if (room === "" || test || toRoom === room) continue;
    if (toRoom === "") {
      if (room !== "cli") problems.push(`${file}:${line}: room "${room}" must not import the entry file "${target}"`);
    } else if (rooms.indexOf(toRoom) > level) {
      problems.push(
        `${file}:${line}: room "${room}" must not import from "${toRoom}", which lies below it in the table`,
      );
    }
  }
}

for (const problem of problems) console.error(problem);
console.log(`check:imports: ${count} imports, ${problems.length} problems`);
process.exit(problems.length === 0 ? 0 : 1);
