// Members of small systems side by side: closed forms, single runs, orders, failures.
import { describe, expect, test } from "vitest";
import { ensemble } from "../../ensemble.ts";
import { lowerCurves, readCalc } from "../../model/index.ts";
import { simulate } from "../../simulate.ts";
import { type CurveMembersOptions, type CurveMethod, membersFit, runCurves } from "./curves.ts";
import { statistics } from "./statistics.ts";

/** A harmonic oscillator with its own frequency for each member, forced by time: x = cos(w t) + t^2, with explicit time. */
const FORCED = readCalc(
  "param w = 1\nstate x = 1, v = 0\nx' = v + 2*t\nv' = -w^2*(x - t^2)\noutput x, e = exp(-t)*v\ntime 0 .. 3 points 4\n",
);

async function run(members: number, options: Partial<CurveMembersOptions> & { method: CurveMethod }) {
  const system = lowerCurves(FORCED)!;
  return runCurves(system, {
    members,
    times: Float64Array.from([0, 0.7, 1.9, 3]),
    from: 0,
    y: Float64Array.from({ length: 2 * members }, (_, i) => 1 - (i % 2)),
    parameters: Float64Array.from({ length: members }, (_, m) => 0.5 + m / 10),
    relative: 1e-8,
    absolute: new Float64Array(2).fill(1e-8),
    ...options,
  });
}

describe.each(["tsit5", "rodas5p"] as const)("%s", (method) => {
  test("every member is the closed form at all output times", async () => {
    const members = 37;
    const { values, complete, stop } = await run(members, { method });
    expect([complete, stop.kind]).toEqual([members, "done"]);
    for (let m = 0; m < members; m++)
      [0, 0.7, 1.9, 3].forEach((t, k) => {
        const w = 0.5 + m / 10;
        expect(Math.abs(values[(m * 4 + k) * 2] - Math.cos(w * t) - t * t)).toBeLessThan(2e-6);
        expect(Math.abs(values[(m * 4 + k) * 2 + 1] + Math.exp(-t) * w * Math.sin(w * t))).toBeLessThan(2e-6);
      });
  });

  test("the error falls with the tolerance", async () => {
    const error = async (relative: number): Promise<number> => {
      const { values } = await run(8, { method, relative, absolute: new Float64Array(2).fill(relative) });
      return Math.max(...Array.from({ length: 8 }, (_, m) => Math.abs(values[(m * 4 + 3) * 2] - Math.cos(3 * (0.5 + m / 10)) - 9))); // oxfmt-ignore
    };
    const [loose, tight] = [await error(1e-5), await error(1e-9)];
    expect(tight).toBeLessThan(loose / 100);
    expect(tight).toBeLessThan(1e-7);
  });

  test("a member does not depend on threads, nor on the members beside it", async () => {
    const one = await run(200, { method, threads: 1 });
    const two = await run(200, { method, threads: 2 });
    expect(two.values).toEqual(one.values);
    const few = await run(3, { method });
    expect(few.values).toEqual(one.values.slice(0, 24));
  });
});

test("a member that cannot go on is named", async () => {
  const system = lowerCurves(readCalc("param a = 1\nstate x = 1\nx' = a*x^2\ntime 0 .. 2\n"))!;
  const options = { times: Float64Array.from([0.5, 2]), from: 0, relative: 1e-6, absolute: Float64Array.of(1e-6) };
  for (const method of ["tsit5", "rodas5p"] as const)
    await expect(
      runCurves(system, { ...options, method, members: 6, y: new Float64Array(6).fill(1), parameters: Float64Array.of(0.1, 0.1, 0.1, 0.1, 1, 0.1) }),
    ).rejects.toThrow(/member 5: the steps become too small at t = (0\.99|1)/); // oxfmt-ignore
});

test("systems with events, conditions or delays, and large ones, do not go side by side", () => {
  for (const text of [
    "state x = 1\nx' = -x\nwhen x < 0.5 : x = 1",
    "state x = 1\nx' = -delay(x, 1)",
    "state x = 1\nx' = floor(x)",
    "state x = 1\nunknown z = 1\nx' = z\n0 = x + z - 2",
  ])
    expect(lowerCurves(readCalc(text))).toBeUndefined();
  const n = 200;
  const large = readCalc(
    Array.from({ length: n }, (_, i) => `state x${i} = 1\nx${i}' = x${(i + 1) % n} - x${i}*x${(i + 7) % n}`).join("\n"),
  );
  const system = lowerCurves(large)!;
  expect(membersFit(system, "rodas5p")).toBe(false);
  expect(membersFit(lowerCurves(FORCED)!, "rodas5p")).toBe(true);
});

test("`ensemble` takes the road side by side for many members, checks some, and agrees with single runs", async () => {
  const stiff = readCalc(
    "param k = 0.04\nstate x = 1, y = 0, z = 0\nx' = -k*x + 1e4*y*z\ny' = k*x - 1e4*y*z - 3e7*y^2\nz' = 3e7*y^2\ntime 0 .. 100 points 3\n",
  );
  const values = Float64Array.from({ length: 300 }, (_, m) => 0.03 + m / 1e4);
  const result = await ensemble(stiff, { names: ["k"], values }, { digits: 5 });
  expect(result).toMatchObject({ complete: 300, plan: { chosen: "rodas5p" }, stop: { kind: "done" } });
  expect(result.evidence.map((each) => each.grade)).toEqual(["sampled", "estimated"]);
  for (const m of [17, 151, 260]) {
    const { outputs } = await simulate(stiff, { parameters: { k: values[m] }, digits: 7 });
    outputs.curves.forEach((curve, o) => {
      const top = Math.max(...curve.values.map(Math.abs));
      curve.values.forEach((value, k) => expect(Math.abs(result.values[(m * 3 + k) * 3 + o] - value) / top).toBeLessThan(1e-5));
    }); // oxfmt-ignore
  }
  const partial = await ensemble(stiff, { names: ["k"], values }, { digits: 5, signal: AbortSignal.abort() });
  expect(partial.stop.kind).toBe("cancelled");
});

test("statistics: mean, deviation, quantiles; members that were not reached are left out", () => {
  const values = Float64Array.of(1, 10, 2, 20, 3, Number.NaN, 6, 40);
  const { counts, mean, deviation, quantiles } = statistics(values, { from: 0, to: 4, times: 2, outputs: 1, output: 0 }, [0.5, 0.25]); // oxfmt-ignore
  expect([...counts]).toEqual([4, 3]);
  expect(mean[0]).toBe(3);
  expect(mean[1]).toBeCloseTo(70 / 3, 12);
  expect(deviation[0]).toBeCloseTo(Math.sqrt(14 / 3), 12);
  expect([...quantiles[0]]).toEqual([2.5, 20]);
  expect([...quantiles[1]]).toEqual([1.75, 15]);
});
