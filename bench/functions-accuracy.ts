// npm run bench -- accuracy --checks=FOLDER: the results that bench/functions-check.ts wrote with --out FOLDER, as a table.
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { Report } from "./report.ts";

interface Checked {
  readonly function: string;
  readonly type: string;
  readonly stated: number;
  readonly worst: number;
  readonly at: readonly number[];
  readonly count: number;
  readonly above: number;
  readonly grade: string;
  readonly target: string;
}

export function accuracyBench(report: Report): void {
  const folder = process.argv.find((word) => word.startsWith("--checks="))?.slice("--checks=".length);
  if (folder === undefined) {
    report.note("Not run: --checks=FOLDER names the folder that bench/functions-check.ts wrote.");
    return;
  }
  const found = readdirSync(folder)
    .filter((name) => name.endsWith(".json"))
    .sort();
  const rows = found.map((name) => JSON.parse(readFileSync(join(folder, name), "utf8")) as Checked);
  report.table(
    "Elementary functions against their bounds",
    "Worst errors in units in the last place. Single precision: beside the C library's double functions; double precision: beside its long double functions; the worst of each block again with BigFloat. Wanted: none above the stated bound.",
    ["function", "type", "stated bound", "worst", "at", "arguments", "above", "grade"],
    rows.map((each) => [each.function, each.type, `${each.stated}`, each.worst.toFixed(6), each.at.join(", "), each.count.toLocaleString("en"), `${each.above}`, each.grade]),
  ); // oxfmt-ignore
}
