// The half of the SBML Test Suite in ../shared/data, scored by the command. Nothing of it is copied into the project.
import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, describe, expect, test } from "vitest";

const root = fileURLToPath(new URL("../", import.meta.url));
const archive = join(root, "..", "shared", "data", "sbml-suite.tar.gz");
const absent = !existsSync(archive);
const folder = mkdtempSync(join(tmpdir(), "calculemus-sbml-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

interface Found {
  readonly passed: number;
  readonly cases: readonly { readonly id: string; readonly status: string; readonly reason?: string }[];
}

const conform = (...words: string[]): Found => {
  const { stdout } = spawnSync(
    process.execPath,
    ["tools/run.mjs", "src/cli/main.ts", "conform", join(folder, "sbml-suite"), "--json", "--timeout", "60", ...words], // oxfmt-ignore
    { cwd: root, encoding: "utf8", maxBuffer: 2 ** 26 },
  );
  return JSON.parse(stdout) as Found;
};

describe.skipIf(absent)(`SBML Test Suite${absent ? " (skipped: ../shared/data is absent)" : ""}`, () => {
  test("every case passes but flux balance", { timeout: 900_000 }, () => {
    expect(spawnSync("tar", ["xzf", archive, "-C", folder]).status).toBe(0);
    const { passed, cases } = conform();
    expect(cases).toHaveLength(911);
    const others = cases.filter(({ status, reason = "" }) => status !== "passed" && !reason.includes("FluxBalance"));
    expect(others).toEqual([]);
    expect(passed).toBeGreaterThanOrEqual(895);
  });

  test("the files of Level 2 give the same", { timeout: 300_000 }, () => {
    const { cases } = conform("--level", "l2v4");
    const found = cases.filter(({ reason = "" }) => !reason.includes("there is no file"));
    expect(found).toHaveLength(128);
    expect(found.filter(({ status }) => status !== "passed")).toEqual([]);
  });
});
