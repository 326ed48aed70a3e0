import { describe, expect, test } from "vitest";
import { boundaryValue } from "../../boundary.ts";
import { readCalc } from "../index.ts";

const model = (text: string) => readCalc(text, "test.calc");

describe("from a model", () => {
  test("a hanging chain: y'' = c sqrt(1 + y'^2), its parameter found from a third condition", async () => {
    // y = cosh(c (t - 1/2)) / c up to a constant; y(0) = y(1) = 0 and the sag at the start v(0) = -sinh(c/2) = -1.
    const found = await boundaryValue(
      model("param c = 1\nstate y = 0, v = 0\ny' = v\nv' = c*sqrt(1 + v^2)\noutput y, slope = v\ntime 0 .. 1"),
      ["y(0) = 0", "y(1) = 0", "v(0) + 1"],
      { unknown: ["c"], tolerance: 1e-9, outputPoints: 21 },
    );
    const c = 2 * Math.asinh(1);
    expect(found.stop.kind).toBe("done");
    expect(Math.abs(found.parameters.c - c)).toBeLessThan(1e-9);
    expect(found.curves.map(({ name }) => name)).toEqual(["y", "slope"]);
    found.time.forEach((t, i) => {
      const y = (Math.cosh(c * (t - 0.5)) - Math.cosh(c / 2)) / c;
      expect(Math.abs(found.curves[0].values[i] - y)).toBeLessThan(1e-8);
    });
    expect(found.evidence.map(({ grade }) => grade)).toEqual(["sampled", "estimated"]);
    expect(found.evidence[1].bound).toBeLessThan(1e-8);
  });

  test("conditions that join both ends, parameters in them, and a formula as guess", async () => {
    // x = cos t + a cos 2t + b sin 2t: the first condition asks for a = 0, the second for 2 b + 2 = 4.
    const found = await boundaryValue(
      model("param w = 2\nstate x = 0, v = 0\nx' = v\nv' = -w^2*x + 3*cos(t)"),
      ["x(0) = -x(pi)", "v(0) + w*x(0) = 2*w"],
      { to: Math.PI, guess: { x: "cos(t)", v: (t) => -Math.sin(t) }, tolerance: 1e-9 },
    );
    found.time.forEach((t, i) => {
      expect(Math.abs(found.curves[0].values[i] - Math.cos(t) - Math.sin(2 * t))).toBeLessThan(1e-8);
    });
  });

  test.each([
    [["y(0) = 0"], "1 conditions for 2 states"],
    [["y(0) = 0", "y(0.5) = 1"], "not an end"],
    [["y(0) = 0", "z(1) = 1"], "z"],
    [["y(0) = 0", "1 = 1"], "condition"],
    [["y(0) = 0", "y(1) > 1"], "not an equation"],
  ])("%o is refused", async (conditions, message) => {
    const text = model("state y = 0, v = 0\ny' = v\nv' = -y\ntime 0 .. 1");
    await expect(boundaryValue(text, conditions)).rejects.toThrow(message);
  });

  test("no solution is told as such", async () => {
    const found = await boundaryValue(
      model("state y = 0, v = 0\ny' = v\nv' = -4*exp(y)\ntime 0 .. 1"),
      ["y(0) = 0", "y(1) = 0"],
      { points: 300 },
    );
    expect(found.stop.kind).not.toBe("done");
    expect(found.evidence).toHaveLength(1);
    expect(found.evidence[0].grade).toBe("none");
  });
});
