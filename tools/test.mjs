// node tools/test.mjs fast|slow|full: runs vitest and ends with "N passed, N failed" from the runner's own counts.
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { spawnSync } from "node:child_process";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("..", import.meta.url));
const set = ["slow", "full"].find((name) => name === process.argv[2]) ?? "fast";
const folder = mkdtempSync(join(tmpdir(), "calculemus-test-"));
const report = join(folder, "report.json");
const vitest = join(root, "node_modules", "vitest", "vitest.mjs");
const run = spawnSync(
  process.execPath,
  [vitest, "run", "--reporter=default", "--reporter=json", `--outputFile.json=${report}`, ...process.argv.slice(3)],
  { cwd: root, stdio: "inherit", env: { ...process.env, CALCULEMUS_TESTS: set } },
);
let line = "0 passed, 1 failed";
let failed = 1;
try {
  const counts = JSON.parse(readFileSync(report, "utf8"));
  const broken = counts.testResults.filter(
    (file) => file.status === "failed" && file.assertionResults.length === 0,
  ).length;
  failed = counts.numFailedTests + broken;
  const skipped = counts.numPendingTests + counts.numTodoTests;
  line = `${counts.numPassedTests} passed, ${failed} failed${skipped ? `, ${skipped} skipped` : ""}`;
} catch (error) {
  console.error(`The test runner left no report: ${error.message}`);
}
rmSync(folder, { recursive: true, force: true });
console.log(line);
process.exit(run.status === 0 && failed === 0 ? 0 : 1);
