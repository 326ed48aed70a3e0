import { execFileSync, spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";

const folder = mkdtempSync(join(tmpdir(), "calculemus-"));
afterAll(() => rmSync(folder, { recursive: true }));

const command = (...args: string[]) =>
  spawnSync(process.execPath, ["tools/run.mjs", "src/cli/main.ts", ...args], { encoding: "utf8" });

test("flux: report, CSV and JSON", () => {
  const out = join(folder, "fluxes.csv");
  const { stdout, stderr, status } = command("flux", "examples/models/fermentation.xml", "--out", out);
  expect(status).toBe(0);
  expect(stdout).toContain("growth (maximize): 8");
  expect(stdout).toContain("proved: the objective differs from the optimum by at most 0");
  expect(stderr).toContain(`wrote ${out}`);
  expect(readFileSync(out, "utf8").split("\n")[1]).toBe("uptake,10,0,10,0.2");
  const json = JSON.parse(command("flux", "examples/models/fermentation.xml", "--objective", "ethanol", "--json").stdout) as { ok: boolean; objective: object; fluxes: object[] }; // oxfmt-ignore
  expect(json).toMatchObject({
    ok: true,
    status: "optimal",
    objective: { id: "ethanol", sense: "maximize", value: 20 },
  });
  expect(json.fluxes[0]).toMatchObject({ reaction: "uptake", flux: 10, lower: 0, upper: 10 });
});

test("flux: an answer that is none leaves with 1", () => {
  const text = readFileSync("examples/models/fermentation.xml", "utf8");
  const file = join(folder, "free.xml");
  writeFileSync(file, text.replaceAll('id="limit" value="10"', 'id="limit" value="INF"').replace('id="air" value="6"', 'id="air" value="INF"')); // oxfmt-ignore
  const { stdout, stderr, status } = command("flux", file);
  expect(status).toBe(1);
  expect(stdout).toContain("growth (maximize): unbounded");
  expect(stderr).toContain('the objective "growth" grows without bound');
  expect(command("flux", file, "--objective", "x").stderr).toContain('no objective "x"');
  expect(command("flux", file, "--out", "a.txt").status).toBe(2);
});

test("convert: to a file by its ending, to standard output, and back", () => {
  const file = join(folder, "decay.calc");
  const { stderr, status } = command("convert", "examples/models/decay.xml", "--out", file);
  expect(status).toBe(0);
  expect(stderr).toContain("S.amount is S_amount");
  expect(readFileSync(file, "utf8")).toContain("when S < 1 : S_amount = 3*cell");
  const back = execFileSync(process.execPath, ["tools/run.mjs", "src/cli/main.ts", "convert", file, "--to", "sbml", "--json"], { encoding: "utf8", stdio: "pipe" }); // oxfmt-ignore
  expect((JSON.parse(back) as { text: string }).text).toContain('<species id="S_amount"');
  expect(command("convert", file, "--to", "sbml", "--out", join(folder, "x.calc")).stderr).toContain(
    "does not go with",
  );
});
