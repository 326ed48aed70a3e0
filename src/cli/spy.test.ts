import { execFileSync, spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import { afterAll, expect, test } from "vitest";

const root = fileURLToPath(new URL("../../", import.meta.url));
const folder = mkdtempSync(join(tmpdir(), "calculemus-spy-"));
afterAll(() => rmSync(folder, { recursive: true }));

const command = ["tools/run.mjs", "src/cli/main.ts", "spy"];

test("facts and a picture of a packed file", () => {
  const file = join(folder, "a.mtx.gz");
  const picture = join(folder, "a.svg");
  writeFileSync(
    file,
    gzipSync("%%MatrixMarket matrix coordinate real general\n3 3 5\n1 1 2\n2 2 -7\n3 1 1\n1 3 1\n1 3 0\n"),
  );
  const out = execFileSync(process.execPath, [...command, file, "--plot", picture, "--json"], { cwd: root, encoding: "utf8", stdio: ["ignore", "pipe", "pipe"] }); // oxfmt-ignore
  expect(JSON.parse(out)).toEqual({
    ok: true, rows: 3, cols: 3, entries: 4, field: "real", symmetry: "general", symmetric: true,
    bandwidth: { below: 2, above: 2 }, emptyRows: 0, largest: 7, duplicates: 1, files: [picture],
  }); // oxfmt-ignore
  expect(readFileSync(picture, "utf8")).toContain("3 × 3, 4 entries");
});

test("a broken file is told with its place", () => {
  const file = join(folder, "b.mtx");
  writeFileSync(file, "%%MatrixMarket matrix coordinate real general\n3 3 1\n1 4 2\n");
  const { status, stderr } = spawnSync(process.execPath, [...command, file], { cwd: root, encoding: "utf8" });
  expect(status).toBe(1);
  expect(stderr).toContain("b.mtx:3:3: column 4, and the matrix has 3 columns");
});
