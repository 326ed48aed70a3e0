import { describe, expect, test } from "vitest";
import { Failure } from "../../base/index.ts";
import { sensitivities, type SensitivitiesOptions } from "../../sensitivities.ts";
import { simulate } from "../../simulate.ts";
import { readCalc } from "../index.ts";

const run = (text: string, options: SensitivitiesOptions = {}) => sensitivities(readCalc(text, "test.calc"), options);

function difference(values: ArrayLike<number>, truth: ArrayLike<number>): number {
  let [error, largest] = [0, 0];
  for (let i = 0; i < truth.length; i++) {
    error = Math.max(error, Math.abs(values[i] - truth[i]));
    largest = Math.max(largest, Math.abs(truth[i]));
  }
  return error / largest;
}

describe("closed forms", () => {
  test("decay: by the rate, by a parameter that others follow, and by the initial value", async () => {
    // x = 3 a exp(-2 a t): dx/da = 3 (1 - 2 a t) exp(-2 a t) at a = 1/2.
    const result = await run("param a = 1/2, k = 2*a\nstate x = 3*a\nx' = -k*x\noutput x, s = k*x\ntime 0 .. 3", {
      by: ["a", "x(0)"],
      digits: 9,
    });
    const at = Array.from(result.time);
    expect(result.by).toEqual(["a", "x(0)"]);
    const [x, s] = result.outputs;
    expect(difference(x.values, at.map((t) => 1.5 * Math.exp(-t)))).toBeLessThan(1e-9); // oxfmt-ignore
    expect(difference(x.derivatives[0], at.map((t) => 3 * (1 - t) * Math.exp(-t)))).toBeLessThan(1e-9); // oxfmt-ignore
    expect(difference(x.derivatives[1], at.map((t) => Math.exp(-t)))).toBeLessThan(1e-9); // oxfmt-ignore
    // s = 6 a^2 exp(-2 a t)
    expect(difference(s.derivatives[0], at.map((t) => (6 - 3 * t) * Math.exp(-t)))).toBeLessThan(1e-9); // oxfmt-ignore
    expect(result.stop.kind).toBe("done");
    expect(result.evidence.filter((each) => each.grade === "cross-checked")).toHaveLength(6);
  });

  test("a replaced parameter follows nothing any more", async () => {
    const result = await run("param a = 1/2, k = 2*a\nstate x = 1\nx' = -k*x\ntime 0 .. 3", {
      by: ["a", "k"],
      parameters: { k: 2 },
    });
    expect(result.outputs[0].derivatives[0].every((value) => value === 0)).toBe(true);
    const truth = result.time.map((t) => -t * Math.exp(-2 * t));
    expect(difference(result.outputs[0].derivatives[1], truth)).toBeLessThan(1e-6);
  });

  test("an algebraic equation: x' = -z, 0 = z - k x", async () => {
    const result = await run("param k = 2\nstate x = 1\nunknown z = 1\nx' = -z\n0 = z - k*x\ntime 0 .. 2", {
      digits: 7,
    });
    const z = result.outputs.find(({ name }) => name === "z")!;
    const truth = result.time.map((t) => (1 - 2 * t) * Math.exp(-2 * t));
    expect(difference(z.derivatives[0], truth)).toBeLessThan(1e-7);
  });

  test("conditions in time", async () => {
    const result = await run("param k = 2\nstate x = 1\nx' = -if(t < 1, k, 2*k)*x\ntime 0 .. 2 points 5", {
      digits: 6,
    });
    const truth = result.time.map((t) => {
      const s = t < 1 ? t : 2 * t - 1;
      return -s * Math.exp(-2 * s);
    });
    expect(difference(result.outputs[0].derivatives[0], truth)).toBeLessThan(1e-6);
  });
});

test("a stiff problem (Robertson) agrees with differences of simulations", async () => {
  const text = (k: number) =>
    `param k1 = ${k}\nstate A = 1, B = 0, C = 0\nreaction A -> B : k1*A\nreaction 2 B -> B + C : 3e7*B^2\nreaction B + C -> A + C : 1e4*B*C\ntime 0 .. 40 points 5`;
  const result = await run(text(0.04), { digits: 7 });
  const curves = async (k: number) => (await simulate(readCalc(text(k)), { digits: 10 })).outputs.curves;
  const step = 1e-4;
  const [lower, upper] = [await curves(0.04 - step), await curves(0.04 + step)];
  result.outputs.forEach(({ derivatives }, o) => {
    const truth = upper[o].values.map((value, i) => (value - lower[o].values[i]) / (2 * step));
    // The error of the difference itself is about 1e-5.
    expect(difference(derivatives[0].subarray(1), truth.subarray(1))).toBeLessThan(3e-5);
  });
});

test.each([
  ["events", "param k = 1\nstate x = 1\nx' = -k*x\nwhen x < 1/2 : x = 1\ntime 0 .. 2", undefined, "events"],
  ["conditions in states", "param k = 1\nstate x = 1\nx' = -if(x > 1/2, k, 2*k)*x\ntime 0 .. 2", undefined, "condition"],
  ["conditions that a target moves", "param k = 1\nstate x = 1\nx' = -if(t > k, 1, 2)*x\ntime 0 .. 2", undefined, "condition"],
  ["unknown names", "param k = 1\nstate x = 1\nx' = -k*x\ntime 0 .. 2", ["q"], "neither a parameter nor a state"],
  ["no parameters", "state x = 1\nx' = -x\ntime 0 .. 2", undefined, "no parameters"],
  ["names given twice", "param k = 1\nstate x = 1\nx' = -k*x\ntime 0 .. 2", ["x", "x(0)"], "twice"],
] as const)("%s are refused", async (_, text, by, message) => {
  const error = await run(text, { by }).catch((each: unknown) => each);
  expect(error).toBeInstanceOf(Failure);
  expect((error as Failure).message).toContain(message);
}); // oxfmt-ignore
