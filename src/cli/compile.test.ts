import { spawnSync } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { afterAll, describe, expect, test } from "vitest";

const MAIN = fileURLToPath(new URL("main.ts", import.meta.url));
const folder = mkdtempSync(join(tmpdir(), "calculemus-compile-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

interface Run {
  readonly status: number | null;
  readonly out: string;
  readonly err: string;
}

function calculemus(...args: string[]): Run {
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    ["--conditions=calculemus-src", "--import", import.meta.resolve("tsx"), MAIN, ...args],
    { cwd: folder, encoding: "utf8", timeout: 55_000, env: { ...process.env, XDG_CACHE_HOME: join(folder, "cache") } },
  );
  expect(stderr).not.toContain("internal error");
  return { status, out: stdout, err: stderr };
}

/** What a script prints that runs in a process of its own, with nothing of this package on its way. */
function runs(script: string): unknown {
  writeFileSync(join(folder, "use.mjs"), script);
  const { status, stdout, stderr } = spawnSync(process.execPath, [join(folder, "use.mjs")], { cwd: tmpdir(), encoding: "utf8" }); // oxfmt-ignore
  expect(stderr).toBe("");
  expect(status).toBe(0);
  return JSON.parse(stdout);
}

const place = (name: string): string => JSON.stringify(pathToFileURL(join(folder, name)).href);
const FORMULA = "exp(-x*x)*sin(3*x) + x^3/(1+x^2) - y*if(x < y, x, mod(x, y))";
const expected = (x: number, y: number): number =>
  Math.exp(-x * x) * Math.sin(3 * x) + x ** 3 / (1 + x * x) - y * (x < y ? x : x - y * Math.floor(x / y));
const POINTS: readonly [number, number][] = [[0.3, 0.7], [1.9, 0.6], [-2, 3]]; // oxfmt-ignore

describe("compile", () => {
  test("a shader, with its evidence at its head", () => {
    const { status, out } = calculemus(
      "compile",
      "exp(-x)*sin(y)",
      "--target",
      "wgsl",
      "--accuracy",
      "1",
      "--var",
      "x,y",
    );
    expect(status).toBe(0);
    expect(out).toMatch(/^\/\/ Written by Calculemus .*, target wgsl\./);
    expect(out).toContain("sampled: exp is within 1 units in the last place");
    expect(out).toContain("@compute");
  });

  test("a JavaScript module: points, arrays, numbers for all points; evidence at its head", () => {
    const { status, out, err } = calculemus("compile", FORMULA, "--var", "x,y", "--out", "f.js");
    expect(status).toBe(0);
    expect(out).toBe("wrote f.js\n");
    expect(err).toContain("exp is the engine's own function");
    const text = readFileSync(join(folder, "f.js"), "utf8");
    expect(text).not.toContain("import ");
    expect(text).toContain("bounded: every operation rounds to nearest");
    const results = runs(
      `import { value, map } from ${place("f.js")};
       const out = new Float64Array(3);
       const same = map({ x: Float64Array.of(0.3, 1.9, -2), y: Float64Array.of(0.7, 0.6, 3) }, out) === out;
       let wrong = []; for (const call of [() => map({ x: 1, y: 2 }), () => map({ x: out, y: new Float64Array(2) }), () => map({ x: out })]) try { call(); } catch (e) { wrong.push(e.message); }
       console.log(JSON.stringify({ points: ${JSON.stringify(POINTS)}.map((p) => value(...p)), out: [...out], same, wrong, one: [...map({ x: Float32Array.of(0.5), y: 0.7 })] }));`,
    ) as { points: number[]; out: number[]; same: boolean; wrong: string[]; one: number[] };
    expect(results.out).toEqual(results.points);
    expect(results.same).toBe(true);
    expect(results.wrong).toEqual(["there is no array to map over", "y has 2 elements, others have 3", "the values of y must be a Float64Array, a Float32Array or a number"]); // oxfmt-ignore
    POINTS.forEach(([x, y], k) => expect(results.points[k]).toBeCloseTo(expected(x, y), 13));
    expect(results.one[0]).toBeCloseTo(expected(0.5, 0.7), 13);
  });

  test("a WebAssembly module with its loader, from a file of several formulae", () => {
    writeFileSync(join(folder, "rates.txt"), "# two rates\nr = k*x*tanh(x)\ns = r - exp(x)\n\nx^2\n");
    const { status, out } = calculemus("compile", "rates.txt", "--var", "k,x", "--target", "wasm", "--out", "rates", "--json"); // oxfmt-ignore
    expect(status).toBe(0);
    const document = JSON.parse(out) as { files: string[]; outputs: string[]; evidence: { grade: string }[] };
    expect(document.files).toEqual(["rates.wasm", "rates.js", "rates.d.ts"]);
    expect(document.outputs).toEqual(["r", "s", "result3"]);
    expect(document.evidence.map((each) => each.grade)).toEqual(["bounded", "sampled", "sampled"]);
    expect(readFileSync(join(folder, "rates.d.ts"), "utf8")).toContain("value(k: number, x: number): number[];");
    const results = runs(
      `import { load } from ${place("rates.js")};
       const { value, map } = await load();
       const x = Float64Array.from({ length: 5000 }, (_, i) => i / 2500);
       const [r, s, t] = map({ k: 2, x });
       let same = true; for (const i of [0, 1, 2047, 2048, 4999]) same &&= JSON.stringify(value(2, x[i])) === JSON.stringify([r[i], s[i], t[i]]);
       console.log(JSON.stringify({ same, at: value(2, 1.5) }));`,
    ) as { same: boolean; at: number[] };
    expect(results.same).toBe(true);
    [3 * Math.tanh(1.5), 3 * Math.tanh(1.5) - Math.exp(1.5), 2.25].forEach((y, k) => expect(results.at[k]).toBeCloseTo(y, 13)); // oxfmt-ignore
  });

  test("C source that a compiler takes without a warning", (context) => {
    const gcc = spawnSync("cc", ["--version"]).status === 0;
    if (!gcc) context.skip("no C compiler");
    expect(calculemus("compile", FORMULA, "--var", "x,y", "--target", "c", "--out", "f.c").status).toBe(0);
    const main = `#include <stdio.h>\ndouble f_value(double, double);\nint main(void) { printf("[%.17g,%.17g,%.17g]", ${POINTS.map(([x, y]) => `f_value(${x}, ${y})`).join(", ")}); return 0; }\n`; // oxfmt-ignore
    writeFileSync(join(folder, "main.c"), main);
    const built = spawnSync("cc", ["-std=c11", "-O1", "-Wall", "-Wextra", "-Werror", "f.c", "main.c", "-o", "f", "-lm"], { cwd: folder, encoding: "utf8" }); // oxfmt-ignore
    expect(built.stderr).toBe("");
    const values = JSON.parse(spawnSync(join(folder, "f"), { encoding: "utf8" }).stdout) as number[];
    POINTS.forEach(([x, y], k) => expect(values[k]).toBeCloseTo(expected(x, y), 13));
  });

  test("a long formula, names that JavaScript has for itself, --explain", () => {
    const long = Array.from({ length: 1500 }, (_, i) => `(t0 + ${i})*(value - ${i})/${i + 1}`).join("\n");
    writeFileSync(join(folder, "long.txt"), `total = ${long.replaceAll("\n", " + ")}\n`);
    expect(calculemus("compile", "long.txt", "--var", "t0,value", "--out", "long.js").status).toBe(0);
    let sum = 0;
    for (let i = 0; i < 1500; i++) sum += ((2 + i) * (3 - i)) / (i + 1);
    const script = `import { value, map } from ${place("long.js")}; console.log(JSON.stringify([value(2, 3), map({ t0: 2, value: Float64Array.of(3) })[0]]));`; // oxfmt-ignore
    for (const y of runs(script) as number[]) expect(y / sum).toBeCloseTo(1, 12);
    const { out, err } = calculemus("compile", "x^2 + x", "--explain");
    expect(out).toContain("export function value(x)");
    expect(err).toMatch(/share: [\d.]+ -> [\d.]+ instructions an element/);
    expect(err).toMatch(/wasm: predicted [\d.]+ ns, measured [\d.e+]+ ns an element/);
  });

  test("what is refused, and how", () => {
    const cases: readonly [args: string[], status: number, message: RegExp][] = [
      [["x*y"], 2, /the order of the variables x, y is not stated\s+write --var x,y/],
      [["x*y", "--var", "x"], 1, /"y" is not declared/],
      [["tanh(x)", "--target", "wgsl"], 1, /tanh/],
      [["x", "--target", "llvm"], 2, /--target takes js, wasm, c or wgsl/],
      [["x", "--target", "wasm"], 2, /--out F/],
      [["x", "--out", "no/such/f.js"], 1, /folder no\/such does not exist/],
      [["x +"], 1, /expression:1:4/],
      [["x", "--accuracy", "0"], 2, /cannot be had/],
      [["x", "--name", "run"], 2, /--name/],
    ];
    // Each needs a process: in the fast set every third.
    for (const [args, status, message] of cases.filter(
      (_, i) => process.env.CALCULEMUS_TESTS === "full" || i % 3 === 0,
    )) {
      const run = calculemus("compile", ...args);
      expect([args, run.status]).toEqual([args, status]);
      expect(run.err).toMatch(message);
      expect(run.out).toBe("");
    }
    expect(readdirSync(folder).filter((name) => name.includes(".tmp"))).toEqual([]);
  });
});
