import { spawnSync } from "node:child_process";
import { closeSync, ftruncateSync, mkdtempSync, openSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs"; // oxfmt-ignore
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeEach, describe, expect, test } from "vitest";

const MAIN = fileURLToPath(new URL("main.ts", import.meta.url));
const ROOT = fileURLToPath(new URL("../../", import.meta.url));
const folder = mkdtempSync(join(tmpdir(), "calculemus-cli-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

interface Run {
  readonly status: number | null;
  readonly out: string;
  readonly err: string;
}

/** Runs the command from source in the test's folder. */
function calculemus(...args: string[]): Run {
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    ["--conditions=calculemus-src", "--import", import.meta.resolve("tsx"), MAIN, ...args],
    { cwd: folder, encoding: "utf8", timeout: 55_000 },
  );
  // No stack trace anywhere, whatever happens.
  expect(`${stdout}${stderr}`).not.toMatch(/^\s+at .+:\d+/m);
  expect(stderr).not.toContain("internal error");
  return { status, out: stdout, err: stderr };
}

const file = (name: string, text: string): string => {
  writeFileSync(join(folder, name), text);
  return name;
};
/** The one JSON document on standard output. */
const only = (text: string): Record<string, unknown> => {
  expect(text.trim().split("\n")).toHaveLength(1);
  return JSON.parse(text) as Record<string, unknown>;
};

const DECAY = "param k = 1\nstate x = 2, y = 0\nx' = -k*x\ny' = k*x\ntime 0 .. 5 points 11\n";

beforeEach(() => {
  file("decay.calc", DECAY);
});

describe("steady", () => {
  test("a steady state, and curves with a picture", () => {
    file("cubic.calc", "param r = -1\nstate x = -1\nx' = r + x - x^3\n");
    const single = only(calculemus("steady", "cubic.calc", "--param", "r=0", "--guess", "x=2", "--json").out) as {
      states: { x: number };
      stability: string;
    };
    expect(Math.abs(single.states.x - 1)).toBeLessThan(1e-12);
    expect(single.stability).toBe("stable");
    const { status, out } = calculemus("steady", "cubic.calc", "--continue", "r=-1:1", "--plot", "c.svg", "--json");
    expect(status).toBe(0);
    const document = only(out) as { ok: boolean; bifurcations: { kind: string; parameter: number }[] };
    expect(document.ok).toBe(true);
    expect(document.bifurcations.map(({ kind }) => kind)).toEqual(["fold", "fold"]);
    expect(readFileSync(join(folder, "c.svg"), "utf8")).toContain("fold, r = 0.3849");
  });

  test("wrong arguments", () => {
    for (const args of [
      ["--continue", "k=1"],
      ["--plot", "a.svg"],
      ["--continue", "q=0:1"],
      ["--method", "x"],
    ]) {
      const { status, err } = calculemus("steady", "decay.calc", ...args);
      expect(status, args.join(" ")).toBeGreaterThan(0);
      expect(err).toMatch(/^calculemus: /);
    }
  });
});

describe("simulate", () => {
  test("--json prints one document, --out and --times do what they say", () => {
    file("times.csv", "t\n0\n1\n2.5\n");
    const { status, out } = calculemus("simulate", "decay.calc", "--json", "--times", "times.csv", "--out", "r.csv", "--param", "k=2", "--digits", "7"); // oxfmt-ignore
    expect(status).toBe(0);
    const document = only(out) as {
      ok: boolean;
      model: Record<string, number>;
      evidence: { grade: string; statement: string; method: string }[];
      outputs: { time: number[]; curves: { name: string; values: number[] }[] };
      plan: { chosen: string; candidates: unknown[]; reason: string };
      timing: Record<string, number>;
      stats: Record<string, number>;
      stop: { kind: string };
    };
    expect(document.ok).toBe(true);
    expect(document.model.states).toBe(2);
    expect(document.outputs.time).toEqual([0, 1, 2.5]);
    document.outputs.time.forEach((t, i) => {
      expect(Math.abs(document.outputs.curves[0].values[i] - 2 * Math.exp(-2 * t))).toBeLessThan(0.5e-7 * 2);
    });
    expect(document.evidence.length).toBeGreaterThan(1);
    for (const each of document.evidence) expect(each).toMatchObject({ grade: expect.any(String), statement: expect.any(String), method: expect.any(String) }); // oxfmt-ignore
    expect(document.plan.candidates.length).toBeGreaterThan(1);
    expect(document.stop.kind).toBe("done");
    for (const name of ["read_ms", "derive_ms", "compile_ms", "pilot_ms", "solve_ms", "check_ms", "total_ms"])
      expect(document.timing[name]).toBeGreaterThanOrEqual(0);
    for (const name of ["steps", "rhs", "jacobians", "factorizations"]) expect(document.stats[name]).toBeGreaterThanOrEqual(0); // oxfmt-ignore
    const rows = readFileSync(join(folder, "r.csv"), "utf8").trim().split("\n");
    expect(rows[0]).toBe("time,x,y");
    expect(rows).toHaveLength(4);
    // The same doubles in both.
    expect(rows[2].split(",").map(Number)).toEqual([1, ...document.outputs.curves.map((curve) => curve.values[1])]);
  });

  test("a budget that ends leaves with 3, the reason, and only a .partial file", () => {
    file("long.calc", "state x = 0, v = 1\nx' = v\nv' = -x\ntime 0 .. 1e9 points 11\n");
    const { status, out, err } = calculemus("simulate", "long.calc", "--timeout", "0.3", "--out", "long.csv", "--json");
    expect(status).toBe(3);
    expect(err).toMatch(/not solved as asked \(time\)/);
    expect(only(out)).toMatchObject({ ok: false, stop: { kind: "time" } });
    expect(readdirSync(folder)).not.toContain("long.csv");
    expect(readdirSync(folder)).toContain("long.csv.partial");
  });

  test("a blow-up leaves with 3, the reason, and what was reached in files that say so", () => {
    file("blow.calc", "state y = 1\ny' = y^2\ntime 0 .. 2\n");
    const { status, out, err } = calculemus("simulate", "blow.calc", "--out", "blow.csv", "--plot", "blow.svg", "--json"); // oxfmt-ignore
    expect(status).toBe(3);
    expect(only(out)).toMatchObject({ ok: false, stop: { kind: "other" } });
    expect(err).toMatch(/t = (0\.99|1\.0|1;)/);
    expect(readdirSync(folder).filter((name) => name.startsWith("blow.")).sort()).toEqual(["blow.calc", "blow.csv.partial", "blow.svg.partial"]); // oxfmt-ignore
  });

  const refused: readonly [what: string, args: () => string[], status: number, message: RegExp][] = [
    ["a missing file", () => ["nothing.calc"], 1, /nothing\.calc.*no such file/],
    ["a folder", () => ["."], 1, /folder/],
    ["an unknown format", () => [file("m.txt", DECAY)], 1, /\.txt is not supported/],
    ["an empty file", () => [file("empty.net", "")], 1, /empty/],
    ["a binary file", () => [file("binary.net", "\0\0\0")], 1, /not a text file/],
    ["a mistake in the model", () => [file("bad.calc", DECAY.replace("k*x", "kk*x"))], 1, /bad\.calc:3:7: "kk" is not defined/], // oxfmt-ignore
    ["a folder for --out that is not there", () => ["decay.calc", "--out", "no/such/r.csv"], 1, /folder no\/such does not exist/], // oxfmt-ignore
    ["an ending of --out", () => ["decay.calc", "--out", "r.xls"], 2, /\.csv or \.json/],
    ["too many digits", () => ["decay.calc", "--digits", "40"], 2, /40 digits cannot be reached/],
    ["negative digits", () => ["decay.calc", "--digits=-3"], 2, /must be positive/],
    ["an unknown option", () => ["decay.calc", "--frobnicate"], 2, /unknown option/],
    ["an unknown method", () => ["decay.calc", "--method", "euler"], 2, /"euler" is not a method/],
    ["an unknown parameter", () => ["decay.calc", "--param", "q=1"], 1, /no parameter "q"/],
    ["--param without a value", () => ["decay.calc", "--param", "k"], 2, /name=value/],
    ["an unknown output", () => ["decay.calc", "--outputs", "q", "--out", "q.csv"], 2, /no output "q"/],
    ["bad times", () => ["decay.calc", "--times", file("bad.csv", "1\n0\n")], 1, /bad\.csv:2:1/],
  ];
  // Each needs a process: in the fast set every third.
  const chosen = process.env.CALCULEMUS_TESTS === "full" ? refused : refused.filter((_, i) => i % 3 === 0);
  test.each(chosen)("%s is refused", (_, args, status, message) => {
    const before = readdirSync(folder).filter((name) => /\.(csv|json|svg)$/.test(name) && name !== "bad.csv");
    const run = calculemus("simulate", ...args());
    expect(run.err).toMatch(message);
    expect(run.status).toBe(status);
    expect(run.out).toBe("");
    expect(run.err).toMatch(/^calculemus: |^error: /);
    expect(readdirSync(folder).filter((name) => /\.(csv|json|svg)$/.test(name) && name !== "bad.csv")).toEqual(before);
  });

  test("a file of 1 GB is refused before it is read", () => {
    const handle = openSync(join(folder, "huge.net"), "w");
    ftruncateSync(handle, 2 ** 30);
    closeSync(handle);
    const { status, err } = calculemus("simulate", "huge.net");
    rmSync(join(folder, "huge.net"));
    expect(status).toBe(1);
    expect(err).toMatch(/too large \(1024 MB\)/);
  });
});

describe("eval, diff, and the rest", () => {
  test("eval is exact where it can be", () => {
    const { status, out } = calculemus("eval", "1/3 + 1/6", "--json");
    expect(status).toBe(0);
    expect(only(out)).toMatchObject({ ok: true, result: "1/2", value: 0.5, evidence: [{ grade: "proved" }] });
  });

  test("eval refuses what has no value, with a caret", () => {
    const { status, err, out } = calculemus("eval", "1 + foo(2)");
    expect([status, out]).toEqual([1, ""]);
    expect(err).toMatch(/expression:1:5: unknown function "foo"\n {2}1 \+ foo\(2\)\n {6}\^/);
  });

  test("diff states its conditions", () => {
    const { status, out } = calculemus("diff", "x^2/x*sin(x)", "--var", "x", "--json");
    expect(status).toBe(0);
    const document = only(out);
    expect(document).toMatchObject({ ok: true, evidence: [{ grade: "proved" }] });
    expect(document.result).toBe("x*cos(x) + sin(x)");
  });

  test("--from and --to name notations", () => {
    const { status, out } = calculemus("diff", String.raw`x^2\sin x`, "--from", "latex", "--to", "latex", "--var", "x");
    expect([status, out.trim()]).toEqual([0, String.raw`x^{2} \cos x + 2 x \sin x`]);
    expect(calculemus("eval", "(/ 1 3)", "--from", "fpcore", "--at", "x=1").status).toBe(2);
    const difference = "(FPCore (x) (- (+ x 1) x))";
    expect(calculemus("eval", difference, "--from", "fpcore", "--at", "x=1e16").out).toMatch(/^0 /);
    expect(only(calculemus("diff", "x^2", "--var", "x", "--to", "json").out)).toEqual({ op: "*", args: [2, "x"] });
    const wrong = calculemus("eval", "1/2x", "--from", "latex");
    expect(wrong.status).toBe(1);
    expect(wrong.err).toMatch(/expression:1:2: a product after a division is ambiguous/);
    expect(calculemus("diff", "x", "--var", "x", "--to", "roman").status).toBe(2);
  });

  test("usage errors leave with 2, the version is that of the package", () => {
    expect(calculemus("frobnicate").status).toBe(2);
    const { status, out } = calculemus("--version");
    expect(status).toBe(0);
    const { version } = JSON.parse(readFileSync(join(ROOT, "package.json"), "utf8")) as { version: string };
    expect(out.trim()).toBe(version);
  });
});
