// calculemus approximate, as a user runs it.
import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, describe, expect, test } from "vitest";

const MAIN = fileURLToPath(new URL("main.ts", import.meta.url));
const folder = mkdtempSync(join(tmpdir(), "calculemus-approximate-"));
afterAll(() => rmSync(folder, { recursive: true }));

function approximate(...args: string[]): { status: number | null; out: string; err: string } {
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    ["--conditions=calculemus-src", "--import", import.meta.resolve("tsx"), MAIN, "approximate", ...args],
    { encoding: "utf8", timeout: 55_000 },
  );
  expect(stderr).not.toContain("internal error");
  return { status, out: stdout, err: stderr };
}

describe("approximate", () => {
  test("prints the front, what stands beside it, the program, the proof, a sketch and code; writes files", () => {
    const [code, plot] = [join(folder, "f.c"), join(folder, "f.svg")];
    const { status, out, err } = approximate("exp(x)", "--on", "0:1", "--digits", "4", "--search", "remez", "--ops", "8", "--out", code, "--plot", plot); // oxfmt-ignore
    expect(err).toBe("");
    expect(status).toBe(0);
    expect(out).toMatch(/^exp\(x\) on 0 \.\. 1, relative error$/m);
    expect(out).toMatch(/^8 \* .* proved .* minimax quotient of degrees 2\/2$/m);
    expect(out).toMatch(/^operations +minimax polynomial +Chebyshev interpolation +Taylor +minimax quotient +Pade$/m);
    expect(out).toMatch(/^proved: computed in f64, the relative error is at most/m);
    expect(out).toContain("double f(double x) {");
    expect(out).toMatch(/^ +\+[\d.e-]+ \|.*\*/m);
    expect(readFileSync(code, "utf8")).toContain("return t8;");
    expect(readFileSync(plot, "utf8")).toMatch(/^<svg/);
  });

  test("--json prints one document", () => {
    const { status, out } = approximate("sin(x)", "--on=-pi/4:pi/4", "--relative", "1e-6", "--search", "remez", "--target", "js", "--json"); // oxfmt-ignore
    expect(status).toBe(0);
    const found = JSON.parse(out) as Record<string, unknown> & { front: { operations: number; digits: number; ulp: number; program: string; code: string; evidence: unknown[] }[]; best: { code: string } }; // oxfmt-ignore
    expect(found.ok).toBe(true);
    for (const { operations, digits, ulp, program, code, evidence } of found.front) {
      expect(program.split("\n")).toHaveLength(operations);
      expect(digits).toBeGreaterThan(0);
      expect(ulp).toBeGreaterThan(0);
      expect(code).toContain("export function f(x)");
      expect(evidence.length).toBeGreaterThan(0);
    }
    expect(Array.isArray(found.evidence)).toBe(true);
    expect((found.outputs as { time: number[] }).time.length).toBeGreaterThan(100);
  });

  test("what is not reached leaves with 3 and shows the best", () => {
    const { status, out, err } = approximate(
      "exp(x)",
      "--on",
      "0:1",
      "--digits",
      "12",
      "--ops",
      "4",
      "--search",
      "remez",
    );
    expect(status).toBe(3);
    expect(err).toContain("no program found meets what was asked");
    expect(out).toContain("minimax quotient of degrees 1/1");
  });

  test.each([
    [["tan(x)", "--on", "0:2"], 1, /pole or a jump near 1.57/],
    [["foo(x)", "--on", "0:1"], 1, /unknown function "foo"/],
    [["x", "--on", "0"], 2, /--on takes a range a:b/],
    [["x"], 2, /required option '--on/],
    [["x", "--on", "1:0"], 2, /empty/],
    [["x", "--on", "0:1", "--format", "e4m3"], 2, /--format/],
    [["x", "--on", "0:1", "--target", "rust"], 2, /--target/],
    [["x", "--on", "0:1", "--ops", "0"], 2, /1 to 32/],
    [["x", "--on", "0:1", "--ulp", "1", "--digits", "3"], 2, /one accuracy/],
    [["x", "--on", "0:1", "--seconds", "0"], 2, /--seconds/],
    [["x", "--on", "0:1", "--instructions", "exp"], 2, /--instructions/],
    [["x", "--on", "0:1", "--out", join(folder, "no", "f.c")], 1, /no.f\.c|folder|directory/],
  ])("%j leaves with %i", (args, status, message) => {
    const found = approximate(...args);
    expect(found.err).toMatch(message);
    expect(found.status).toBe(status);
    expect(found.out).toBe("");
    expect(existsSync(join(folder, "no"))).toBe(false);
  });
});
