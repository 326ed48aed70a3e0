import { readFileSync } from "node:fs";
import { gunzipSync } from "node:zlib";
import { describe, expect, test } from "vitest";
import { sharedData } from "../../test/support/matrices.ts";
import { Random } from "../base/index.ts";
import { simulate } from "../simulate.ts";
import { evaluate, Kind } from "../term/index.ts";
import { derive, lowerModel, readModel, type Model } from "./index.ts";

const absent = sharedData("networks/bcr.net.gz") === undefined;
const text = (name: string): string => {
  const bytes = readFileSync(sharedData(`networks/${name}`)!);
  return (name.endsWith(".gz") ? gunzipSync(bytes) : bytes).toString("utf8");
};
const model = (name: string): Model => readModel(text(`${name}`), name.replace(/\.gz$/, ""));

/** The network as plain numbers, read by a loop of its own. */
function loop(source: string, parameter: (expression: string) => number) {
  const block = (name: string): string[][] =>
    new RegExp(`begin ${name}\\n([^]*?)end ${name}`)
      .exec(source)![1]
      .trim()
      .split("\n")
      .map((line) => line.replace(/#.*/, "").trim().split(/\s+/));
  const list = (words: string): number[] => words.split(",").map(Number).filter((i) => i > 0).map((i) => i - 1); // oxfmt-ignore
  const n = block("species").length;
  const reactions = block("reactions").map(([, from, to, rate]) => ({ from: list(from), to: list(to), k: parameter(rate) })); // oxfmt-ignore
  return (y: Float64Array): { dy: Float64Array; size: Float64Array } => {
    const dy = new Float64Array(n);
    const size = new Float64Array(n);
    for (const { from, to, k } of reactions) {
      let v = k;
      for (const i of from) v *= y[i];
      for (const [side, sign] of [
        [from, -1],
        [to, 1],
      ] as const)
        for (const i of side) {
          dy[i] += sign * v;
          size[i] += Math.abs(v);
        }
    }
    return { dy, size };
  };
}

describe.skipIf(absent)(`reaction networks${absent ? " (skipped: ../shared/data is absent)" : ""}`, () => {
  test("BCR: size of the derived equations, right-hand side and Jacobian", async () => {
    const bcr = model("bcr.net.gz");
    const equations = derive(bcr);
    expect(bcr.states).toHaveLength(1122);
    expect(bcr.reactions).toHaveLength(24388);
    const terms = equations.rightHandSides.reduce((n, t) => n + (t.kind === Kind.sum ? t.args.length : t.kind === Kind.number ? 0 : 1), 0); // oxfmt-ignore
    expect(terms).toBe(52_364);
    expect(equations.jacobian.reduce((sum, row) => sum + row.size, 0)).toBe(31_369);

    const { problem, parameters } = await lowerModel(bcr);
    const values: Record<string, number> = {};
    bcr.parameters.forEach(({ name }, i) => (values[name] = parameters[i]));
    const rates = new Map(bcr.reactions.map((reaction, i) => [i, reaction]));
    expect(rates.size).toBe(24388);
    const number = (expression: string): number =>
      expression.split("*").reduce((product, part) => product * (Number.isNaN(Number(part)) ? values[part] : Number(part)), 1); // oxfmt-ignore
    const plain = loop(text("bcr.net.gz"), number);
    const { system } = problem;
    const random = new Random(3, 0);
    const y = Float64Array.from({ length: 1122 }, () => 1000 * random.next());
    const { dy, size } = plain(y);
    const found = new Float64Array(1122);
    system.rhs(0, y, found);
    for (let i = 0; i < 1122; i++) expect(Math.abs(found[i] - dy[i])).toBeLessThanOrEqual(1e-14 * size[i]);

    // Central differences are exact for quadratic right-hand sides, up to rounding.
    const jacobian = new Float64Array(system.pattern.rowIdx.length);
    system.jacobian(0, y, jacobian);
    for (let j = 0; j < 1122; j += 7) {
      const h = y[j] / 2 + 1;
      const [up, down] = [Float64Array.from(y), Float64Array.from(y)];
      up[j] += h;
      down[j] -= h;
      const [a, b] = [plain(up), plain(down)];
      const column = new Float64Array(1122);
      for (let k = system.pattern.colPtr[j]; k < system.pattern.colPtr[j + 1]; k++)
        column[system.pattern.rowIdx[k]] = jacobian[k];
      for (let i = 0; i < 1122; i++) {
        const slope = (a.dy[i] - b.dy[i]) / (up[j] - down[j]);
        const rounding = (1e-13 * (a.size[i] + b.size[i])) / (up[j] - down[j]);
        expect(Math.abs(column[i] - slope)).toBeLessThanOrEqual(rounding);
      }
    }
    problem.dispose();
  }, 120_000);

  /** Columns of a .gdat file. */
  const columns = (name: string): number[][] =>
    text(name)
      .trim()
      .split("\n")
      .slice(1)
      .map((line) => line.trim().split(/\s+/).map(Number));

  // The .gdat files were made by BioNetGen with CVODE at tolerances of 1e-8 and better.
  test.each([
    ["higherorder", 1e-5],
    ["birth-death", 1e-5],
    ["Repressilator", 1e-3],
  ])(
    "%s agrees with BioNetGen's own trajectory",
    async (name, tolerance) => {
      const rows = columns(`${name}.gdat`);
      const result = await simulate(model(`${name}.net`), { times: rows.map(([t]) => t), digits: 7 });
      expect(result.stop.kind).toBe("done");
      result.outputs.curves.forEach((curve, k) => {
        const largest = Math.max(...rows.map((row) => Math.abs(row[k + 1])));
        rows.forEach((row, i) => expect(Math.abs(curve.values[i] - row[k + 1])).toBeLessThan(tolerance * largest + 1e-12)); // oxfmt-ignore
      });
    },
    60_000,
  );

  test("birth and death follow the analytic solution", async () => {
    const result = await simulate(model("birth-death.net"), { tEnd: 20, digits: 8 });
    // A' = 10 - A/5, A(0) = 0.
    result.outputs.time.forEach((t, i) => {
      expect(Math.abs(result.outputs.curves[0].values[i] - 50 * -Math.expm1(-t / 5))).toBeLessThan(0.5e-8 * 50);
    });
  });

  test("parameters of the repressilator are as the file says", () => {
    const repressilator = model("Repressilator.net");
    const at = repressilator.parameters.find((parameter) => parameter.name === "c6")!;
    expect(evaluate(at.term)).toBeCloseTo(Math.LN2 / 120, 15);
  });
});
