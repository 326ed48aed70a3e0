import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";

const MAIN = fileURLToPath(new URL("main.ts", import.meta.url));

/** Runs the command from source; a string is its standard input. */
function calculemus(args: readonly string[], input = ""): { status: number | null; out: string; err: string } {
  const run = spawnSync(process.execPath, ["--conditions=calculemus-src", "--import", import.meta.resolve("tsx"), MAIN, ...args], { input, encoding: "utf8", timeout: 55_000 }); // oxfmt-ignore
  expect(`${run.stdout}${run.stderr}`).not.toMatch(/^\s+at .+:\d+/m);
  return { status: run.status, out: run.stdout, err: run.stderr };
}

interface Line {
  readonly id: unknown;
  readonly ok: boolean;
  readonly result: string | null;
  readonly reason?: string;
  readonly ms: number;
}

test("batch answers each line in order, whatever the lines are, and goes on after one that is over its time", () => {
  const lines = [
    '{"id":1,"op":"simplify","expr":"\\\\frac{x^2-1}{x-1}"}',
    "not json",
    '{"id":"a","op":"equal","expr":"x","other":"sqrt(x^2)","unknownField":7}',
    '{"id":3,"op":"expand","expr":"(a+b+c+d+f)^300","timeout_ms":200}',
    '{"id":4,"op":"eval","expr":"x+y","at":"x=1, y=1/2"}',
    '{"id":5,"op":"nothing","expr":"x"}',
    '{"id":6,"op":"simplify"}',
    "[]",
    "",
    '{"id":7,"op":"factor","expr":"x^2-1","to":"latex"}',
  ];
  const { status, out } = calculemus(["batch"], `${lines.join("\n")}\n`);
  expect(status).toBe(0);
  const answers = out.trim().split("\n").map((line) => JSON.parse(line) as Line); // oxfmt-ignore
  expect(answers.map(({ id, ok, result }) => [id, ok, result])).toEqual([
    [1, true, "x + 1"],
    [null, false, null],
    ["a", true, "no"],
    [3, false, null],
    [4, true, "3/2"],
    [5, false, null],
    [6, false, null],
    [null, false, null],
    [7, true, "\\left(x + 1\\right) \\left(x - 1\\right)"],
  ]);
  expect(answers[3].reason).toMatch(/200 ms|budget|monomials/);
  expect(answers[6].reason).toContain('"expr" must be a string');
  for (const { ms } of answers) expect(ms).toBeGreaterThanOrEqual(0);
});

test("exit statuses: 0 done, 1 failed, 2 wrong usage, 3 not decided", () => {
  expect(calculemus(["equal", "x + x", "2*x"])).toMatchObject({ status: 0, out: "yes  (proved)\n" });
  const different = calculemus(["equal", "x", "sqrt(x^2)"]);
  expect([different.status, different.out]).toEqual([0, "no  (proved: they differ at x = -1)\n"]);
  const unknown = calculemus(["equal", "2*asin(3/5)", "acos(7/25)", "--json"]);
  expect(unknown.status).toBe(3);
  expect(JSON.parse(unknown.out)).toMatchObject({ ok: true, result: "unknown" });
  expect(calculemus(["simplify", "1/0"])).toMatchObject({ status: 1, out: "" });
  expect(calculemus(["simplify", "x", "--to", "braille"]).status).toBe(2);
  expect(calculemus(["expand", "(a+b+c+d+f)^300", "--timeout", "0.2"]).status).toBe(3);
  const simplified = calculemus(["simplify", "\\sin^2 x + \\cos^2 x + \\frac{x}{x}"]);
  expect([simplified.out, simplified.err]).toEqual(["2\n", "calculemus: where x != 0\n"]);
});

test("eval takes assumptions and a time limit as the others do", () => {
  expect(
    calculemus(["eval", "sqrt(x)", "--at", "x=4", "--assume", "x > 0", "--timeout", "5", "--digits", "5"]).out,
  ).toMatch(/^2.0000 /);
  const excluded = calculemus(["eval", "sqrt(x)", "--at", "x=-4", "--assume", "x > 0"]);
  expect([excluded.status, excluded.err]).toEqual([2, expect.stringContaining('which --assume "x > 0" excludes')]);
});
