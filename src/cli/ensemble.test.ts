// The command simulate for many runs: files, documents, refusals.
import { spawnSync } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, describe, expect, test } from "vitest";
import { readNpy } from "../array/index.ts";
import { ensembleCommand, readSweep } from "./ensemble.ts";

const MAIN = fileURLToPath(new URL("main.ts", import.meta.url));
const folder = mkdtempSync(join(tmpdir(), "calculemus-ensemble-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const path = (name: string): string => join(folder, name);
writeFileSync(path("birth.calc"), "param k = 10, d = 1\nstate X = 0\nreaction 0 -> X : k\nreaction X -> 0 : d*X\ntime 0 .. 4 points 3\n"); // oxfmt-ignore

function calculemus(...args: string[]): { status: number | null; out: string; err: string } {
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    ["--conditions=calculemus-src", "--import", import.meta.resolve("tsx"), MAIN, "simulate", "birth.calc", ...args],
    { cwd: folder, encoding: "utf8", timeout: 55_000 },
  );
  expect(stderr).not.toContain("internal error");
  return { status, out: stdout, err: stderr };
}

/** What commander gives without options. */
const NONE = { sweep: [], param: [], method: "auto", check: "method" };

describe("--sweep", () => {
  test("ranges and lists", () => {
    expect(readSweep("k=0.1:1:50")).toEqual(["k", { from: 0.1, to: 1, count: 50, log: false }]);
    expect(readSweep(" k = 1/2 : pi : 3 : log")).toEqual(["k", { from: 0.5, to: Math.PI, count: 3, log: true }]);
    expect(readSweep("k=0.1, 0.2,5")).toEqual(["k", [0.1, 0.2, 5]]);
    expect(readSweep("k=-1:1:3")).toEqual(["k", { from: -1, to: 1, count: 3, log: false }]);
  });

  test.each(["k", "=1:2:3", "k=", "k=1:2", "k=1:2:3:4", "k=1:2:3:log:x", "k=1:0:-5", "k=1:2:0", "k=1:2:1.5", "k=1:2:x", "k=a:2:3", "k=nan", "k=1,,2", "k=1:inf:3"])("%s is refused", (text) => {
    expect(() => readSweep(text)).toThrow(/--sweep/);
  }); // oxfmt-ignore

  test("a picture of many runs: means with bands", () => {
    const { status, err } = calculemus("--stochastic", "--runs", "40", "--plot", "bands.svg");
    expect(status).toBe(0);
    expect(err).toContain("wrote bands.svg");
    const svg = readFileSync(path("bands.svg"), "utf8");
    expect(svg).toContain('fill-opacity="0.18"');
    expect(svg).toContain("means of 40 members; bands: 5 % to 95 % of them");
  });

  test.each<[Record<string, unknown>, RegExp]>([
    [{ sweep: ["k=1:2:3", "k=1,2"] }, /twice/],
    [{ sweep: ["k=0:1:3:log"] }, /greater than 0/],
    [{ sweep: ["q=1,2"] }, /no parameter "q"/],
    [{ sweep: ["k=1,2"], param: ["k=3"] }, /one value and a range/],
    [{ sweep: ["k=1,2"], out: "x.txt" }, /--out takes/],
    [{ sweep: ["k=1,2"], plot: "x.txt" }, /--plot takes/],
    [{ sweep: ["k=1,2"], outputs: "Z" }, /no output "Z"/],
    [{ runs: "5" }, /--runs belongs/],
    [{ sweep: ["k=1,2"], seed: "5" }, /--seed belongs/],
    [{ stochastic: true, runs: "0" }, /--runs must/],
    [{ stochastic: true, runs: "x" }, /--runs takes/],
    [{ stochastic: true, digits: "5" }, /--digits belongs/],
    [{ stochastic: true, seed: "-1" }, /--seed takes/],
    [{ stochastic: true, threads: "0" }, /--threads/],
    [{ stochastic: true, timeout: "0" }, /--timeout/],
    [{ stochastic: "euler" }, /--stochastic takes/],
    [{ stochastic: true, method: "bdf" }, /after --stochastic/],
    [{ stochastic: true, points: "5", times: "t.csv" }, /not both/],
  ])("%j is refused", async (options, message) => {
    await expect(ensembleCommand(path("birth.calc"), { ...NONE, ...options })).rejects.toThrow(message);
  });
});

describe("files and documents", () => {
  test(".csv in long form, --json with sets", () => {
    const { status, out } = calculemus("--sweep", "k=1,2", "--sweep", "d=1:2:2", "--out", "r.csv", "--json");
    expect(status).toBe(0);
    const lines = readFileSync(path("r.csv"), "utf8").trim().split("\n");
    expect(lines[0]).toBe("member,k,d,time,X");
    expect(lines).toHaveLength(1 + 4 * 3);
    expect(lines[12].split(",").slice(0, 4)).toEqual(["4", "2", "2", "4"]);
    expect(Number(lines[12].split(",")[4])).toBeCloseTo(1 - Math.exp(-8), 5);
    const document = JSON.parse(out) as { ok: boolean; outputs: { sets: { parameters: object; curves: { values: number[] }[] }[] } }; // oxfmt-ignore
    expect(document.ok).toBe(true);
    expect(document.outputs.sets[3].parameters).toEqual({ k: 2, d: 2 });
    expect(document.outputs.sets[3].curves[0].values[2]).toBeCloseTo(1 - Math.exp(-8), 5);
  });

  test(".npy with the axes beside it; the seed alone decides", () => {
    const run = (out: string, threads: string): Float64Array => {
      const { status, out: text } = calculemus("--stochastic", "next", "--runs", "50", "--sweep", "k=5,50", "--seed", "7", "--threads", threads, "--out", out); // oxfmt-ignore
      expect(status).toBe(0);
      expect(text).toContain("sampled");
      const { shape, values } = readNpy(readFileSync(path(out)), out);
      expect(shape).toEqual([100, 3, 1]);
      return values;
    };
    expect(run("a.npy", "1")).toEqual(run("b.npy", "2"));
    const axes = JSON.parse(readFileSync(path("a.npy.json"), "utf8")) as Record<string, unknown>;
    expect(axes).toMatchObject({ axes: ["member", "time", "output"], outputs: ["X"], runs: 50, time: [0, 2, 4] });
  });

  test("what a budget leaves is marked", () => {
    const { status, err } = calculemus("--stochastic", "direct", "--param", "k=1e9", "--timeout", "0.3", "--out", "p.csv"); // oxfmt-ignore
    expect(status).toBe(3);
    expect(err).toContain("p.csv.partial");
    expect(readdirSync(folder)).not.toContain("p.csv");
  });
});
