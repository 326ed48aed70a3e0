import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, expect, test } from "vitest";
import { conformCommand } from "./conform.ts";
import { assignment, ci, cn, level3, parameters, rate, rules } from "../../test/support/sbml.ts";

const root = fileURLToPath(new URL("../../", import.meta.url));
const folder = mkdtempSync(join(tmpdir(), "calculemus-conform-"));
afterAll(() => rmSync(folder, { recursive: true }));

const run = (...words: string[]) =>
  spawnSync(process.execPath, ["tools/run.mjs", "src/cli/main.ts", "conform", ...words], { cwd: root, encoding: "utf8" }); // oxfmt-ignore

/** x' = -x from 1, with what is expected at t = 0 and 1. */
function write(id: string, atOne: string, { type = "TimeCourse", model = "" } = {}): void {
  const where = join(folder, id);
  mkdirSync(where);
  const text = model === "" ? level3(parameters('id="x" value="1" constant="false"', 'id="k" value="-1" constant="true"') + rules(rate("x", `<apply><times/>${ci("k")}${ci("x")}</apply>`))) : model; // oxfmt-ignore
  writeFileSync(join(where, `${id}-sbml-l3v2.xml`), text);
  writeFileSync(join(where, `${id}-settings.txt`), "start: 0\nduration: 1\nsteps: 1\nvariables: x\nabsolute: 1e-6\nrelative: 1e-4\namount:\nconcentration:\n"); // oxfmt-ignore
  writeFileSync(join(where, `${id}-results.csv`), `time,x\n0,1\n1,${atOne}\n`);
  writeFileSync(join(where, `${id}-model.m`), `componentTags: Parameter, RateRule\ntestTags: ${id === "00002" ? "Odd" : "Even"}\ntestType: ${type}\n`); // oxfmt-ignore
}
write("00001", "0.36788");
write("00002", "0.4");
write("00003", "1", { type: "StochasticTimeCourse" });
write("00004", "1", { model: level3(parameters('id="x" constant="false"') + rules(assignment("x", ci("nix")))) });
write("00005", "1", { model: level3("<listOfWishes/>") });
write("00006", "Inf", { model: level3(parameters('id="x" value="1" constant="false"') + rules(assignment("x", cn("1e3")))) }); // oxfmt-ignore

test("cases are scored, counted by tag, and those that do not pass are listed with reasons", () => {
  const { stdout, status } = run(folder, "--json", "--jobs", "2");
  expect(status).toBe(1);
  const found = JSON.parse(stdout);
  expect(found).toMatchObject({ passed: 1, failed: 3, unsupported: 2 });
  expect(found.byTag).toEqual({
    Even: { passed: 1, failed: 2, unsupported: 2 },
    Odd: { passed: 0, failed: 1, unsupported: 0 },
    Parameter: { passed: 1, failed: 3, unsupported: 2 },
    RateRule: { passed: 1, failed: 3, unsupported: 2 },
  });
  const cases: { id: string; status: string; reason?: string; level: string }[] = found.cases;
  expect(cases.map(({ id, status, reason }) => `${id} ${status} ${reason ?? ""}`.trim())).toEqual([
    "00001 passed",
    expect.stringMatching(/^00002 failed "x" is 0\.36787.* instead of 0\.4 at t = 1; 1 values wrong/),
    expect.stringMatching(/^00003 unsupported tests of the type StochasticTimeCourse/),
    expect.stringMatching(/^00004 failed 00004-l3v2\.xml:\d+:\d+: "nix" is not defined/),
    expect.stringMatching(/^00005 unsupported 00005-l3v2\.xml:\d+:\d+: <listOfWishes> is not known/),
    expect.stringMatching(/^00006 failed "x" is 1000 instead of 1 at t = 0; 2 values wrong/),
  ]);
  expect(cases[0].level).toBe("l3v2");
});

test("one case, in words", () => {
  const { stdout, status } = run(join(folder, "00001"));
  expect(status).toBe(0);
  expect(stdout).toMatch(/^1 passed, 0 failed, 0 unsupported, of 1 cases/);
  expect(run(folder, "--only", "00002").stdout).toMatch(/00002 failed: "x" is/);
  expect(run(folder, "--only", "00001", "--level", "l2v4").stdout).toMatch(/00001 unsupported: there is no file/);
});

test("wrong requests", async () => {
  const refused = (where: string, options: Record<string, unknown>) => expect(conformCommand(where, options)).rejects;
  await refused(join(folder, "nowhere"), {}).toThrow(/cannot be read/);
  await refused(root, {}).toThrow(/no cases of the SBML Test Suite/);
  await refused(folder, { only: "00009" }).toThrow(/no case "00009"/);
  await refused(folder, { timeout: "0" }).toThrow(/must be positive/);
  await refused(folder, { jobs: "0" }).toThrow(/at least 1/);
  await refused(folder, { level: "l9" }).toThrow(/a level such as l3v2/);
});
