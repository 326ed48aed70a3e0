import { describe, expect, test } from "vitest";
import { Failure } from "../../base/index.ts";
import { gradient, type GradientOptions, type Objective } from "../../gradient.ts";
import { sensitivities } from "../../sensitivities.ts";
import { readCalc } from "../index.ts";

const run = (text: string, objective: Objective, options: GradientOptions = {}) =>
  gradient(readCalc(text, "test.calc"), objective, options);

const DECAY = "param a = 1/2, k = 2*a\nstate x = 3*a\nx' = -k*x\noutput x, s = k*x\ntime 0 .. 3";

describe("closed forms", () => {
  test("at the end, through parameters that follow and initial values", async () => {
    // x = 3 a exp(-2 a t)
    const result = await run(DECAY, { final: "s" }, { by: ["a", "x(0)"], digits: 9 });
    expect(result.value).toBeCloseTo(1.5 * Math.exp(-3), 10);
    // s = 6 a^2 exp(-2 a t): ds/da = (12 a - 12 a^2 t) exp(-2 a t)
    expect(Math.abs(result.gradient[0] / ((6 - 9) * Math.exp(-3)) - 1)).toBeLessThan(1e-9);
    expect(Math.abs(result.gradient[1] / Math.exp(-3) - 1)).toBeLessThan(1e-9);
    expect(result.stop.kind).toBe("done");
    expect(result.evidence.every(({ grade }) => grade === "estimated")).toBe(true);
  });

  test("an integral, a sum over instants, data with gaps", async () => {
    const result = await run(
      DECAY,
      {
        integral: "a*x",
        at: { times: [0, 1], term: "x^2" },
        data: { times: [1, 2], values: { x: [0.5, Number.NaN], s: [1, 0.25] }, scale: { s: 2 } },
      },
      { by: ["a"], digits: 8 },
    );
    const value = (a: number): number => {
      const x = (t: number): number => 3 * a * Math.exp(-2 * a * t);
      const s = (t: number): number => 2 * a * x(t);
      return (
        1.5 * a * (1 - Math.exp(-6 * a)) +
        x(0) ** 2 +
        x(1) ** 2 +
        (x(1) - 0.5) ** 2 +
        ((s(1) - 1) / 2) ** 2 +
        ((s(2) - 0.25) / 2) ** 2
      );
    };
    expect(Math.abs(result.value - value(0.5))).toBeLessThan(1e-8);
    const step = 1e-3;
    const slope =
      (8 * (value(0.5 + step) - value(0.5 - step)) - (value(0.5 + 2 * step) - value(0.5 - 2 * step))) / (12 * step);
    expect(Math.abs(result.gradient[0] / slope - 1)).toBeLessThan(1e-8);
  });
});

describe("against forward sensitivities", () => {
  test("HIRES, stiff: by three rates and an initial value", async () => {
    const text = `param k1 = 1.71, k2 = 0.43, k3 = 280
state y1 = 1, y2 = 0, y3 = 0, y4 = 0, y5 = 0, y6 = 0, y7 = 0, y8 = 0.0057
y1' = -k1*y1 + k2*y2 + 8.32*y3 + 0.0007
y2' = k1*y1 - 8.75*y2
y3' = -10.03*y3 + k2*y4 + 0.035*y5
y4' = 8.32*y2 + k1*y3 - 1.12*y4
y5' = -1.745*y5 + k2*y6 + k2*y7
y6' = -k3*y6*y8 + 0.69*y4 + k1*y5 - k2*y6 + 0.69*y7
y7' = k3*y6*y8 - 1.81*y7
y8' = -k3*y6*y8 + 1.81*y7
time 0 .. 50 points 2`;
    const by = ["k1", "k2", "k3", "y1(0)"];
    const backward = await run(text, { final: "y5 + 2*y6" }, { by, digits: 8, method: "sdirk4" });
    const forward = await sensitivities(readCalc(text), { by, digits: 10 });
    by.forEach((_, k) => {
      const truth = forward.outputs[4].derivatives[k][1] + 2 * forward.outputs[5].derivatives[k][1];
      expect(Math.abs(backward.gradient[k] / truth - 1), by[k]).toBeLessThan(1e-8);
    });
  });

  test("a forced oscillator, not stiff, with little memory", async () => {
    const text =
      "param w = 2, d = 1/10, b = 1\nstate x = 1, v = 0\nx' = v\nv' = -w^2*x - d*v + b*sin(t) - x^3\ntime 0 .. 30 points 2";
    const backward = await run(text, { final: "x*v" }, { digits: 8, memory_bytes: 400 });
    expect(backward.method).toBe("vern7");
    expect(backward.stats.held).toBeLessThanOrEqual(25);
    const forward = await sensitivities(readCalc(text), { digits: 10 });
    const [x, v] = forward.outputs;
    backward.by.forEach((name, k) => {
      const truth = x.values[1] * v.derivatives[k][1] + v.values[1] * x.derivatives[k][1];
      expect(Math.abs(backward.gradient[k] / truth - 1), name).toBeLessThan(1e-8);
    });
  });
});

test("a sparse stiff system: diffusion on 40 cells, by every rate", async () => {
  const cells = Array.from({ length: 40 }, (_, i) => i);
  const text = [
    "param D = 50",
    ...cells.map((i) => `param k${i} = ${1 + i / 100}\nstate x${i} = ${i === 20 ? 1 : 0}`),
    ...cells.map((i) => `x${i}' = D*(${i > 0 ? `x${i - 1}` : 0} - 2*x${i} + ${i < 39 ? `x${i + 1}` : 0}) - k${i}*x${i}^3 + 1`), // oxfmt-ignore
    "time 0 .. 2 points 2",
  ].join("\n");
  const backward = await run(text, { final: "x20" }, { digits: 6, method: "sdirk4" });
  expect(backward.by).toHaveLength(41);
  const forward = await sensitivities(readCalc(text), { by: ["D", "k10", "k20"], digits: 8 });
  const greatest = Math.max(...backward.gradient.map(Math.abs));
  forward.by.forEach((name, k) => {
    const found = backward.gradient[backward.by.indexOf(name)];
    expect(Math.abs(found - forward.outputs[20].derivatives[k][1]) / greatest, name).toBeLessThan(1e-7);
  });
});

test("a budget that ends says so", async () => {
  const text = "param k = 1\nstate x = 1, v = 0\nx' = v\nv' = -k*x\ntime 0 .. 1e6";
  const error = await run(text, { final: "x" }, { budget: { time_ms: 30 } }).catch((each: unknown) => each);
  expect(error).toBeInstanceOf(Failure);
  expect((error as Failure).kind).toBe("limit");
});

test.each([
  ["an empty objective", {}, {}, "empty"],
  ["unknown names", { final: "q" }, {}, "q"],
  ["unknown outputs", { data: { times: [1], values: { q: [1] } } }, {}, "not an output"],
  ["data of another length", { data: { times: [1], values: { x: [1, 2] } } }, {}, "2 values of x for 1 times"],
  ["instants before the start", { at: { times: [-1], term: "x" } }, {}, "starts at 0"],
  ["too little memory", { final: "x" }, { memory_bytes: 8 }, "memory"],
  ["methods without adjoint", { final: "x" }, { method: "bdf" as "sdirk4" }, "not a method with an adjoint"],
] as const)("%s is refused", async (_, objective, options, message) => {
  const error = await run(DECAY, objective as Objective, options).catch((each: unknown) => each);
  expect(error).toBeInstanceOf(Failure);
  expect((error as Failure).message).toContain(message);
}); // oxfmt-ignore
