// Range reductions: what is found and what is not, and approximations behind them against big floats, with their code.
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { bigfloat as F } from "../number/index.ts";
import { parse } from "../term/index.ts";
import { approximateReduced, type ReducedApproximated } from "./reduced.ts";
import { reductionsOf } from "./reduction.ts";
import { targetOfTerm } from "./target.ts";
import type { ApproximateOptions } from "./approximate.ts";

const found = (text: string): string[] =>
  reductionsOf(parse(text)).map((each) => {
    switch (each.kind) {
      case "parity": return each.parity;
      case "period": return `${each.sign < 0 ? "-" : "+"}(${each.period})`;
      case "exponential": return `exponential ${each.rate}`;
      case "logarithmic": return `logarithmic ${each.slope}`;
      case "power": return `power ${each.top}/${each.bottom}`;
      case "reciprocal": return `reciprocal ${each.sign} ${each.constant}`;
    }
  }); // oxfmt-ignore

describe("found by algebra", () => {
  test.each([
    ["exp(x)", ["exponential 1"]], ["10^x", ["exponential log(10)"]], ["3*exp(1 - 2*x)", ["exponential -2"]],
    ["sin(x)", ["odd", "-(pi)"]], ["tan(2*x)", ["odd", "+(pi/2)"]], ["sin(2*pi*x)", ["odd", "-(1/2)"]], ["sin(x) + cos(2*x)", ["+(2*pi)"]],
    ["log(x)", ["logarithmic 1", "reciprocal -1 0"]], ["log(x)/log(10)", ["logarithmic 1/log(10)", "reciprocal -1 0"]],
    ["sqrt(x)", ["power 1/2"]], ["x^(-3/2)", ["power -3/2"]], ["atan(x)", ["odd", "reciprocal -1 pi/2"]],
    ["cosh(x)", ["even"]], ["x + exp(x)", []],
  ] as const)("%s", (text, wanted) => expect(found(text)).toEqual(wanted)); // oxfmt-ignore

  test.each(["atan((2 + x)/(1 - 2*x))", "exp(x)*floor(x)", "exp(x + atan(1/x) + atan(x))"])(
    "%s jumps: what its derivative says is not used",
    (text) => expect(found(text)).toEqual([]),
  );

  test("every evidence is proved and says what", () => {
    for (const { evidence } of reductionsOf(parse("atan(x)"))) {
      expect(evidence.grade).toBe("proved");
      expect(evidence.statement).toMatch(/^f\(/);
    }
  });
});

const reduced = (text: string, on: readonly [number, number], options: Partial<ApproximateOptions> = {}): Promise<ReducedApproximated> =>
  approximateReduced(text, { on, search: "remez", ...options }); // oxfmt-ignore

/** Greatest error at points that the sample of the result does not have. */
function worst(text: string, { best, weight, on: [a, b] }: ReducedApproximated): number {
  const target = targetOfTerm(parse(text));
  let most = 0;
  for (let i = 1; i < 300; i++) {
    const share = (i * 0.6180339887) % 1;
    const x = a > 0 ? Math.exp((1 - share) * Math.log(a) + share * Math.log(b)) : a + share * (b - a);
    const f = F.round(target.value(F.fromNumber(x), 100).mid, 100);
    const off = F.subtract(F.fromNumber(best.evaluate(x), 100), f, 100);
    most = Math.max(most, Math.abs(F.toNumber(weight === "relative" ? F.divide(off, f, 100) : off)));
  }
  return most;
}

describe("approximations behind a reduction", () => {
  test.each([
    ["exp(x)", [-100, 100], { digits: 9 }, [0.35, -0.34]], ["10^x", [-300, 300], { digits: 6 }, [0.16, -0.15]],
    ["sin(x)", [-1000, 1000], { absolute: 1e-9 }, [1.58, -1.57]], ["log(x)", [1e-300, 1e300], { absolute: 1e-8 }, [0.42, -0.29]],
    ["atan(x)", [-1e6, 1e6], { absolute: 1e-5 }, [1.01, 0]], ["sqrt(x)", [1e-300, 1e300], { digits: 5 }, [2.01, 0.49]],
    ["cbrt(x)", [1, 1e9], { digits: 3 }, [4.01, 0.49]], ["x^(-3/2)", [1e-100, 1e100], { digits: 2 }, [2.01, 0.49]],
  ] as const)("%s on %j with %j keep what is asked", async (text, on, options, [high, low]) => {
    const result = await reduced(text, on, options);
    expect(result.met).toBe(true);
    expect(result.plan!.on[1]).toBeLessThan(high);
    expect(result.plan!.on[1] - result.plan!.on[0]).toBeLessThanOrEqual(2 * high);
    expect(result.plan!.on[0]).toBeLessThanOrEqual(low < 0 ? low : low + 0.02);
    expect(result.evidence.at(-1)!.grade).toBe("sampled");
    expect(result.evidence.some(({ statement, grade }) => grade === "proved" && statement.startsWith("on the reduced interval"))).toBe(true);
    expect(result.curve.x.length).toBeGreaterThanOrEqual(1000);
    const bound = "absolute" in options ? options.absolute : 0.5 * 10 ** -options.digits;
    expect(worst(text, result)).toBeLessThanOrEqual(bound);
  }); // oxfmt-ignore

  test("neither overflow nor lose small values on the way", async () => {
    const exp = (await reduced("exp(x)", [-745, 709.7], { operations: 10 })).best.evaluate;
    expect(exp(709.7) / Math.exp(709.7)).toBeCloseTo(1, 6);
    expect(exp(-708) / Math.exp(-708)).toBeCloseTo(1, 6);
    expect(exp(-745)).toBe(Number.MIN_VALUE);
    const root = (await reduced("sqrt(x)", [0, 1e308], { digits: 5 })).best.evaluate;
    expect(root(0)).toBe(0);
    expect(root(Number.MIN_VALUE) / Math.sqrt(Number.MIN_VALUE)).toBeCloseTo(1, 5);
    expect(root(-1)).toBeNaN();
  });

  test("as JavaScript compute the same bits", async () => {
    for (const [text, on, format] of [["exp(x)", [-700, 700], "f64"], ["sin(x)", [-1000, 1000], "f64"], ["log(x)", [1e-300, 1e300], "f64"], ["atan(x)", [-1e6, 1e6], "f64"], ["x^(-3/2)", [1e-9, 1e9], "f32"]] as const) {
      const { best } = await reduced(text, on, { target: "js", format, operations: 6 });
      const f = new Function(`${best.code.replace("export function f(", "function f(")}; return f;`)() as (x: number) => number;
      for (let i = 1; i < 200; i++) {
        const x = Math.fround(on[0] + ((i * 0.6180339887) % 1) * (on[1] - on[0]));
        expect(f(x)).toBe(best.evaluate(x));
      }
    }
  }); // oxfmt-ignore

  test.skipIf(spawnSync("cc", ["--version"]).status !== 0)("as C compute the same bits", async () => {
    const folder = mkdtempSync(join(tmpdir(), "calculemus-reduced-"));
    try {
      for (const [text, on] of [["exp(x)", [-700, 700]], ["cbrt(x)", [-1e9, 1e9]]] as const) {
        const { best } = await reduced(text, on, { operations: 6 });
        const points = Array.from({ length: 100 }, (_, i) => on[0] + ((i * 0.6180339887 + 0.1) % 1) * (on[1] - on[0]));
        const main = `#include <stdio.h>\nint main(void) { const double x[] = {${points.join(", ")}}; for (int i = 0; i < 100; i++) printf("%.17g\\n", f(x[i])); return 0; }\n`;
        writeFileSync(join(folder, "f.c"), `${best.code}${main}`);
        const built = spawnSync("cc", ["-O1", "-ffp-contract=off", "-o", join(folder, "f"), join(folder, "f.c"), "-lm"], { encoding: "utf8" });
        expect(built.stderr).toBe("");
        const printed = spawnSync(join(folder, "f"), { encoding: "utf8" }).stdout.trim().split("\n").map(Number);
        expect(printed).toEqual(points.map((x) => best.evaluate(x)));
      }
    } finally {
      rmSync(folder, { recursive: true });
    }
  }); // oxfmt-ignore

  test("are not made where the range is short, or where the code cannot be written", async () => {
    expect((await reduced("exp(x)", [0, 0.1], { digits: 4 })).plan).toBeUndefined();
    expect((await reduced("x + exp(x)", [0, 1], { digits: 3 })).plan).toBeUndefined();
    await expect(reduced("exp(x)", [-9, 9], { target: "wasm" })).rejects.toThrow(/WebAssembly/);
    await expect(reduced("sin(x)", [-1e12, 1e12])).rejects.toThrow(/32 are done/);
    await expect(reduced("sqrt(x)", [1, 100], { absolute: 1 })).rejects.toThrow(/scaled by powers of two/);
    await expect(reduced("exp(x)", [-9, 9], { format: "any" })).rejects.toThrow(/needs a format/);
  });
});
