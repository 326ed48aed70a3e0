import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync, existsSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, expect, test } from "vitest";

const root = fileURLToPath(new URL("../../", import.meta.url));
const folder = mkdtempSync(join(tmpdir(), "calculemus-linsolve-"));
afterAll(() => rmSync(folder, { recursive: true }));

const write = (name: string, text: string): string => {
  const path = join(folder, name);
  writeFileSync(path, text);
  return path;
};

const run = (...words: string[]) =>
  spawnSync(process.execPath, ["tools/run.mjs", "src/cli/main.ts", "linsolve", ...words], {
    cwd: root,
    encoding: "utf8",
  });

const matrix = write(
  "a.mtx",
  "%%MatrixMarket matrix coordinate real symmetric\n3 3 5\n1 1 4\n2 2 4\n3 3 4\n2 1 1\n3 2 1\n",
);
const right = write("b.mtx", "%%MatrixMarket matrix array real general\n3 1\n6\n12\n14\n");

test("a system from files, and x as a file", () => {
  const out = join(folder, "x.mtx");
  const { stdout, status } = run(matrix, right, "--out", out, "--json");
  expect(status).toBe(0);
  const found = JSON.parse(stdout);
  expect(found).toMatchObject({ ok: true, status: "solved", files: [out] });
  expect(found.residual).toBeLessThan(1e-14);
  for (const key of ["method", "backwardError", "condition", "iterations", "timing", "plan", "evidence"]) expect(found).toHaveProperty(key); // oxfmt-ignore
  const lines = readFileSync(out, "utf8").trim().split("\n");
  expect(lines[0]).toBe("%%MatrixMarket matrix array real general");
  expect(lines.slice(2).map(Number)).toEqual([1, 2, 3]);
});

test("a singular system leaves with 3, says its rank, and writes no file", () => {
  const file = write("s.mtx", "%%MatrixMarket matrix coordinate real general\n2 2 4\n1 1 1\n1 2 2\n2 1 2\n2 2 4\n");
  const out = join(folder, "none.mtx");
  const { stdout, stderr, status } = run(file, "--out", out);
  expect(status).toBe(3);
  expect(stdout).toContain("rank 1");
  expect(stdout).toMatch(/A x is almost 0 for x\[0\] = -?0\.89443, x\[1\] = -?0\.44721\n/);
  expect(stderr).toContain("unsolved");
  expect(existsSync(out)).toBe(false);
  expect(run(file, "--least-squares").status).toBe(0);
});

test("entries at one place are added, and it is said", () => {
  const file = write("d.mtx", "%%MatrixMarket matrix coordinate real general\n2 2 3\n1 1 1\n1 1 3\n2 2 4\n");
  const { stdout, stderr, status } = run(file);
  expect(status).toBe(0);
  expect(stdout).toContain("x[1] = 1");
  expect(stderr).toContain("1 entry lay where another did, and was added");
});

test("broken input is told with its place, and leaves with 1 or 2", () => {
  const broken = write("broken.mtx", "%%MatrixMarket matrix coordinate real general\n2 2 2\n1 1 1\n");
  expect(run(broken)).toMatchObject({ status: 1, stdout: "" });
  expect(run(broken).stderr).toContain("broken.mtx");
  const { status, stderr } = run(matrix, "--method", "magic");
  expect(status).toBe(2);
  expect(stderr).toContain('no method "magic"');
  expect(run(matrix, "--out", "x.txt").status).toBe(2);
});
