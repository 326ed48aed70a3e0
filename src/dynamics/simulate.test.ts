import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { Failure } from "../base/index.ts";
import { readCalc } from "../model/index.ts";
import { simulate, type SimulateOptions, type Simulation } from "../simulate.ts";

const run = (text: string, options: SimulateOptions = {}): Promise<Simulation> =>
  simulate(readCalc(text, "test.calc"), options);

/** Correct digits in the sense of the requirement: -log10(2 max|error| / max|truth|). */
function trueDigits(values: ArrayLike<number>, truth: ArrayLike<number>): number {
  let [error, largest] = [0, 0];
  for (let i = 0; i < truth.length; i++) {
    error = Math.max(error, Math.abs(values[i] - truth[i]));
    largest = Math.max(largest, Math.abs(truth[i]));
  }
  return Math.min(16, -Math.log10((2 * error) / largest));
}

/** Models with known solutions. */
const KNOWN: readonly (readonly [name: string, text: string, exact: (t: number) => number[]])[] = [
  ["decay", "state x = 3\nx' = -2*x\ntime 0 .. 4", (t) => [3 * Math.exp(-2 * t)]],
  ["oscillator", "state x = 0, v = 1\nx' = v\nv' = -x\ntime 0 .. 20", (t) => [Math.sin(t), Math.cos(t)]],
  ["logistic", "state x = 0.01\nx' = x*(1 - x)\ntime 0 .. 12", (t) => [1 / (1 + 99 * Math.exp(-t))]],
  ["pulse", "state y = 1/2\ny' = y^2*cos(t)\ntime 0 .. 9", (t) => [1 / (2 - Math.sin(t))]],
  ["stiff Prothero-Robinson", "state y = 0\ny' = -10^6*(y - sin(t)) + cos(t)\ntime 0 .. 6", (t) => [Math.sin(t)]],
  ["fast and slow", "state a = 1, b = 0\nreaction a -> b : 1000*a\nreaction b -> a : b\ntime 0 .. 2", (t) => [(1 + 1000 * Math.exp(-1001 * t)) / 1001, (1000 - 1000 * Math.exp(-1001 * t)) / 1001]], // oxfmt-ignore
  ["chain with output", "state a = 1, b = 0\nreaction a -> b : a\noutput s = a + 2*b\ntime 0 .. 5", (t) => [2 - Math.exp(-t)]], // oxfmt-ignore
];

describe.each(KNOWN)("%s", (_, text, exact) => {
  test.each([3, 6, 9])("%i digits are kept, and the evidence claims no more than is true", async (digits) => {
    const result = await run(text, { digits });
    expect(result.stop.kind).toBe("done");
    expect(result.reached).toBe(result.outputs.time.length);
    const truth = Array.from(result.outputs.time, exact);
    result.outputs.curves.forEach((curve, k) => {
      const reached = trueDigits(curve.values, truth.map((row) => row[k])); // oxfmt-ignore
      expect(reached, curve.name).toBeGreaterThanOrEqual(digits);
      const evidence = result.evidence.find((each) => each.statement.startsWith(`${curve.name}:`))!;
      expect(evidence.grade).toBe("cross-checked");
      expect(evidence.measured!.digits).toBeGreaterThanOrEqual(digits);
      // A factor 2 between the true error and what is claimed.
      expect(evidence.measured!.digits, curve.name).toBeLessThanOrEqual(reached + Math.log10(2));
    });
  });
});

describe("grades", () => {
  const text = KNOWN[1][1];
  test.each([
    ["method", "cross-checked"],
    ["tighten", "estimated"],
    ["none", "none"],
  ] as const)("check %s gives %s", async (check, grade) => {
    const result = await run(text, { check, digits: 5 });
    expect(new Set(result.evidence.map((each) => each.grade))).toEqual(new Set([grade]));
    if (check === "none") expect(result.evidence.every((each) => each.measured?.digits === undefined)).toBe(true);
    if (check === "method") expect(result.plan.parameters.checkMethod).not.toBe(result.plan.chosen);
  });

  test.each(["tsit5", "dopri5", "rodas5p", "bdf", "mebdf"] as const)("the method %s can be pinned", async (method) => {
    const result = await run(text, { method, digits: 5 });
    expect(result.plan).toMatchObject({ chosen: method, pinned: true });
    expect(trueDigits(result.outputs.curves[0].values, result.outputs.time.map(Math.sin))).toBeGreaterThanOrEqual(5);
  });
});

test("Rodas5P on a stiff forced problem, where its steps outgrow its dense output, is found out or repaired", async () => {
  const [, text, exact] = KNOWN[4];
  for (const digits of [3, 6]) {
    const result = await run(text, { method: "rodas5p", digits });
    const truth = Array.from(result.outputs.time, (t) => exact(t)[0]);
    const claimed = result.evidence.find((each) => each.measured?.digits !== undefined)?.measured!.digits ?? 0;
    const reached = trueDigits(result.outputs.curves[0].values, truth);
    expect(claimed).toBeLessThanOrEqual(reached + Math.log10(2));
    if (result.stop.kind === "done") expect(reached).toBeGreaterThanOrEqual(digits);
  }
});

test("conserved amounts are reported and hold", async () => {
  const result = await run(KNOWN[5][1], { digits: 6 });
  const law = result.evidence.find((each) => each.statement.includes("conservation law"))!;
  expect(law.bound).toBeLessThan(1e-9);
  expect(law.grade).toBe("sampled");
});

describe("what cannot be done", () => {
  test("a blow-up in finite time keeps what was reached, right and marked", async () => {
    const { stop, reached, outputs, evidence } = await run("state y = 1\ny' = y^2\ntime 0 .. 2", { points: 201 });
    expect(stop.kind).toBe("other");
    expect(stop.detail).toMatch(/blow up.*\(y = /);
    expect(stop.detail).toMatch(/t = (0\.99|1\.0|1;)/);
    expect(evidence.every(({ grade }) => grade === "none")).toBe(true);
    expect(reached).toBeGreaterThanOrEqual(100);
    expect(reached).toBeLessThanOrEqual(101);
    for (let i = 0; i < 99; i++) expect(outputs.curves[0].values[i] * (1 - outputs.time[i])).toBeCloseTo(1, 2);
    expect(outputs.curves[0].values[150]).toBeNaN();
  });

  test("an explicit method asked for on a very stiff problem is refused with the steps it would need, unless a budget is given", async () => {
    const rober = `state a = 1, b = 0, c = 0
      a' = -0.04*a + 1e4*b*c
      b' = 0.04*a - 1e4*b*c - 3e7*b^2
      c' = 3e7*b^2
      time 0 .. 1e5`;
    await expect(run(rober, { method: "tsit5" })).rejects.toThrow(/would need about .* steps: the problem is stiff/);
    const { stop, evidence } = await run(rober, { method: "tsit5", budget: { time_ms: 300 } });
    expect(stop.kind).toBe("time");
    expect(evidence[0].grade).toBe("none");
  });

  test("division by zero and logarithms of negative numbers at the start", async () => {
    for (const [text, name] of [
      ["state u = 1, w = 0\nu' = 1\nw' = 1/w\ntime 0 .. 1", "w"],
      ["state u = 1, w = -1\nu' = -u\nw' = log(w)\ntime 0 .. 1", "w"],
      ["state u = 0\nu' = sqrt(u - 1)\ntime 0 .. 1", "u"],
    ] as const) {
      const error = await run(text).catch((each: unknown) => each);
      expect(error).toBeInstanceOf(Failure);
      expect((error as Failure).message).toMatch(new RegExp(`derivative of ${name} .*t = 0`));
    }
  });

  test("requirements that are none", async () => {
    const text = KNOWN[0][1];
    for (const options of [
      { digits: 0 },
      { digits: -3 },
      { digits: 13 },
      { digits: Number.NaN },
      { requirement: { relative: -1e-6 } },
      { requirement: { relative: 1e-15 } },
      { requirement: { relative: 1e-6, floor: -1 } },
      { requirement: { absolute: 0 } },
      { requirement: {} as { absolute: number } },
      { tEnd: 0 },
      { tEnd: -1 },
      { tEnd: Infinity },
      { points: 1 },
      { points: 2.5 },
      { times: [] },
      { times: [2, 1] },
      { times: [-1, 1] },
      { method: "euler" as "bdf" },
      { parameters: { nothing: 1 } },
    ])
      await expect(run(text, options), JSON.stringify(options)).rejects.toThrow(Failure);
    await expect(run("state x = 1\nx' = -x")).rejects.toThrow("no end time");
  });

  test("Lorenz to t = 60 at 6 digits ends honestly", async () => {
    const text = "state x = 1, y = 0, z = 0\nx' = 10*(y - x)\ny' = x*(28 - z) - y\nz' = x*y - 8/3*z\ntime 0 .. 60";
    const result = await run(text, { digits: 6, budget: { time_ms: 20_000 } });
    expect(["accuracy", "time"]).toContain(result.stop.kind);
    for (const each of result.evidence)
      if (each.measured?.digits !== undefined) expect(each.measured.digits).toBeLessThan(6);
  }, 60_000);

  test("a budget and a signal stop a run with what was reached", async () => {
    const text = "state x = 0, v = 1\nx' = v\nv' = -x\ntime 0 .. 1e6 points 11";
    const steps = await run(text, { budget: { steps: 500 }, method: "bdf" });
    expect(steps.stop.kind).toBe("steps");
    expect(steps.reached).toBeLessThan(11);
    expect(steps.outputs.curves[0].values[10]).toBeNaN();
    expect(steps.evidence.map((each) => each.grade)).toEqual(["none"]);
    const controller = new AbortController();
    controller.abort();
    expect((await run(text, { signal: controller.signal })).stop.kind).toBe("cancelled");
    const later = new AbortController();
    setTimeout(() => later.abort(), 200);
    expect((await run(text, { signal: later.signal })).stop.kind).toBe("cancelled");
  });
});

describe("references from other codes", () => {
  const reference = (name: string): { times: number[]; values: number[][]; components: number[] } =>
    JSON.parse(readFileSync(new URL(`../../bench/references/${name}.json`, import.meta.url), "utf8")) as never;
  const MODELS: Readonly<Record<string, string>> = {
    rober: "state a = 1, b = 0, c = 0\na' = 10^4*b*c - 0.04*a\nb' = 0.04*a - 10^4*b*c - 3*10^7*b^2\nc' = 3*10^7*b^2",
    orego: "state a = 1, b = 2, c = 3\na' = 77.27*(b + a*(1 - 8.375e-6*a - b))\nb' = (c - (1 + a)*b)/77.27\nc' = 0.161*(a - c)", // oxfmt-ignore
    vdpol: "state a = 2, b = 0\na' = b\nb' = ((1 - a^2)*b - a)/1e-6",
    lorenz: "state x = 1, y = 0, z = 0\nx' = 10*(y - x)\ny' = x*(28 - z) - y\nz' = x*y - 8/3*z",
    hires: "state a = 1, b = 0, c = 0, d = 0, p = 0, f = 0, g = 0, h = 0.0057\na' = -1.71*a + 0.43*b + 8.32*c + 0.0007\nb' = 1.71*a - 8.75*b\nc' = -10.03*c + 0.43*d + 0.035*p\nd' = 8.32*b + 1.71*c - 1.12*d\np' = -1.745*p + 0.43*f + 0.43*g\nf' = -280*f*h + 0.69*d + 1.71*p - 0.43*f + 0.69*g\ng' = 280*f*h - 1.81*g\nh' = -280*f*h + 1.81*g", // oxfmt-ignore
  };
  test.each(Object.keys(MODELS))("%s at 6 digits", async (name) => {
    const { times, values } = reference(name);
    const result = await run(MODELS[name], { times, digits: 6 });
    expect(result.stop.kind).toBe("done");
    result.outputs.curves.forEach((curve, k) => {
      const reached = trueDigits(curve.values, values.map((row) => row[k])); // oxfmt-ignore
      expect(reached, curve.name).toBeGreaterThanOrEqual(6);
    });
  });
});
