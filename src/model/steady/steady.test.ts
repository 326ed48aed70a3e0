import { describe, expect, test } from "vitest";
import { Failure } from "../../base/index.ts";
import { continueSteadyStates, steadyState } from "../../steady.ts";
import { readCalc } from "../index.ts";

const model = (text: string) => readCalc(text, "test.calc");

describe("steady states", () => {
  test("a closed network keeps its totals", async () => {
    // A + B <-> C, A0 = 1, B0 = 2: C^2 - (3 + K) C + 2 = 0 with K = kr/kf.
    const found = await steadyState(
      model(
        "param kf = 3, kr = 0.6\nstate A = 1, B = 2, C = 0\nreaction A + B -> C : kf*A*B\nreaction C -> A + B : kr*C",
      ),
    );
    const C = (3.2 - Math.sqrt(3.2 ** 2 - 8)) / 2;
    expect(Math.abs(found.states.C - C)).toBeLessThan(1e-14);
    expect(Math.abs(found.states.A - (1 - C))).toBeLessThan(1e-14);
    expect(Math.abs(found.states.B - (2 - C))).toBeLessThan(1e-14);
    expect(found.stability).toBe("stable");
    expect(found.eigenvalues.re).toHaveLength(1);
    expect(Math.abs(found.eigenvalues.re[0] + 3 * (1 - C) + 3 * (2 - C) + 0.6)).toBeLessThan(1e-12);
    expect(found.evidence.find(({ grade }) => grade === "proved")!.bound).toBeLessThan(1e-10);
  });

  test("roots with negative amounts are not taken for steady states", async () => {
    // 2 A -> B, B -> 2 A with A + 2 B = 1: 2 A^2 = B has a root with A < 0 too, to which Newton's method from the start goes.
    const text = model("state A = 0, B = 1/2\nreaction 2 A -> B : 2*A^2\nreaction B -> 2 A : B");
    const A = (Math.sqrt(17) - 1) / 8;
    for (const method of ["transient", "newton"] as const)
      expect((await steadyState(text, { method, guess: { B: 0.495 } })).states.A).toBeCloseTo(A, 12);
    await expect(steadyState(text, { method: "newton", guess: { B: 3 } })).rejects.toThrow("no steady state");
  });

  test("Robertson's network ends far away from where it starts", async () => {
    const found = await steadyState(
      model(
        "state A = 1, B = 0, C = 0\nreaction A -> B : 0.04*A\nreaction 2 B -> B + C : 3e7*B^2\nreaction B + C -> A + C : 1e4*B*C\nreaction C -> A : 1e-3*C",
      ),
    );
    expect(found.states.A + found.states.B + found.states.C).toBeCloseTo(1, 14);
    const { A, B, C } = found.states;
    expect(Math.abs((0.04 * A + 1e-3 * C) / (1e4 * B * C) - 1)).toBeLessThan(0.1);
    expect(Math.abs(3e7 * B * B - 1e-3 * C)).toBeLessThan(1e-15);
    expect(found.stability).toBe("stable");
  });

  test("two stable states: the basin of the start, and guesses", async () => {
    const text = (x: number) => model(`state x = ${x}\nx' = x - x^3`);
    expect((await steadyState(text(0.1))).states.x).toBeCloseTo(1, 14);
    expect((await steadyState(text(-2))).states.x).toBeCloseTo(-1, 14);
    const middle = await steadyState(text(1), { guess: { x: 0.1 }, method: "newton" });
    expect(Math.abs(middle.states.x)).toBeLessThan(1e-12);
    expect(middle.stability).toBe("unstable");
  });

  test("algebraic equations: eigenvalues of the rest", async () => {
    const found = await steadyState(model("param k = 2\nstate x = 1\nunknown z = 1\nx' = 1 - z\n0 = z - k*x"));
    expect(found.states.x).toBeCloseTo(0.5, 14);
    expect(found.eigenvalues.re).toHaveLength(1);
    expect(found.eigenvalues.re[0]).toBeCloseTo(-2, 13);
  });

  test("a line of steady states is told as singular", async () => {
    const found = await steadyState(model("state x = 1, y = 2\nx' = y - x\ny' = x - y"));
    expect(found.states.x).toBeCloseTo(1.5, 9);
    expect(found.evidence.some(({ grade, statement }) => grade === "none" && statement.includes("singular"))).toBe(
      true,
    );
  });

  test.each([
    ["growth without end", "state x = 1\nx' = 1", "no steady state"],
    ["time", "state x = 1\nx' = sin(t) - x", "depends on time"],
    ["events", "state x = 1\nx' = -x\nwhen x < 1/2 : x = 1", "has events"],
  ])("%s", async (_, text, message) => {
    const error = await steadyState(model(text)).catch((each: unknown) => each);
    expect(error).toBeInstanceOf(Failure);
    expect((error as Failure).message).toContain(message);
  });
});

describe("continuation", () => {
  test("a cubic: two folds at r = +-2/(3 sqrt 3)", async () => {
    const curves = await continueSteadyStates(model("param r = -1\nstate x = -1\nx' = r + x - x^3"), "r", {
      from: -1,
      to: 1,
    });
    expect(curves.bifurcations.map(({ kind }) => kind)).toEqual(["fold", "fold"]);
    const fold = 2 / (3 * Math.sqrt(3));
    expect(Math.abs(curves.bifurcations[0].parameter - fold)).toBeLessThan(1e-12);
    expect(Math.abs(curves.bifurcations[1].parameter + fold)).toBeLessThan(1e-12);
    expect(Math.abs(curves.bifurcations[0].outputs.x + Math.sqrt(1 / 3))).toBeLessThan(1e-7);
    const [branch] = curves.branches;
    expect(branch.parameter[branch.parameter.length - 1]).toBe(1);
    // Stable, unstable between the folds, stable.
    const changes = [...branch.unstable].filter((count, i, all) => i === 0 || count !== all[i - 1]);
    expect(changes).toEqual([0, 1, 0]);
    branch.parameter.forEach((r, i) => {
      const x = branch.curves[0].values[i];
      expect(Math.abs(r + x - x ** 3)).toBeLessThan(1e-12);
    });
  });

  test.each([0.25, 1, 4])("the cusp: folds at r = +-2 (s/3)^(3/2) for s = %f", async (s) => {
    const curves = await continueSteadyStates(model(`param r = 0, s = ${s}\nstate x = -5\nx' = r + s*x - x^3`), "r", {
      from: -8,
      to: 8,
    });
    const folds = curves.bifurcations.map(({ parameter }) => parameter);
    expect(folds).toHaveLength(2);
    folds.forEach((r) => expect(Math.abs(Math.abs(r) - 2 * (s / 3) ** 1.5)).toBeLessThan(1e-10));
  });

  test.each([0.5, 1, 2])("the Brusselator: a Hopf point at B = 1 + A^2 with period 2 pi / A for A = %f", async (A) => {
    const curves = await continueSteadyStates(
      model(`param A = ${A}, B = 0.5\nstate x = 1, y = 1\nx' = A - (B + 1)*x + x^2*y\ny' = B*x - x^2*y`),
      "B",
      { from: 0.5, to: 6 },
    );
    expect(curves.bifurcations).toHaveLength(1);
    const [hopf] = curves.bifurcations;
    expect(hopf.kind).toBe("hopf");
    expect(Math.abs(hopf.parameter - (1 + A * A))).toBeLessThan(1e-10);
    expect(Math.abs(hopf.period! - (2 * Math.PI) / A)).toBeLessThan(1e-9);
  });

  test("a pitchfork: the trivial branch, and both arms x = +-sqrt(r)", async () => {
    const curves = await continueSteadyStates(model("param r = -1\nstate x = 0\nx' = r*x - x^3"), "r", {
      from: -1,
      to: 2,
    });
    expect(curves.bifurcations.filter(({ kind }) => kind === "branch")).toHaveLength(1);
    expect(Math.abs(curves.bifurcations[0].parameter)).toBeLessThan(1e-6);
    const ends = curves.branches.map(({ parameter, curves: [x] }) => [
      parameter[parameter.length - 1],
      x.values[x.values.length - 1],
    ]);
    expect(ends).toHaveLength(3);
    expect(ends.map(([r]) => r)).toEqual([2, 2, 2]);
    const last = ends.map(([, x]) => x).sort((a, b) => a - b);
    [-Math.SQRT2, 0, Math.SQRT2].forEach((x, k) => expect(Math.abs(last[k] - x)).toBeLessThan(1e-10));
  });

  test("Lorenz: a pitchfork at r = 1, and a Hopf point on each arm at r = s (s + b + 3)/(s - b - 1)", async () => {
    const curves = await continueSteadyStates(
      model(
        "param r = 1/2, s = 10, b = 8/3\nstate x = 1, y = 1, z = 1\nx' = s*(y - x)\ny' = x*(r - z) - y\nz' = x*y - b*z",
      ),
      "r",
      { from: 0.5, to: 30 },
    );
    expect(curves.bifurcations.map(({ kind, branch }) => [kind, branch])).toEqual([["branch", 0], ["hopf", 1], ["hopf", 2]]); // oxfmt-ignore
    expect(Math.abs(curves.bifurcations[0].parameter - 1)).toBeLessThan(1e-9);
    const hopf = (10 * (10 + 8 / 3 + 3)) / (10 - 8 / 3 - 1);
    for (const { parameter } of curves.bifurcations.slice(1)) expect(Math.abs(parameter - hopf)).toBeLessThan(1e-9);
  });

  test("a transcritical point: x' = r x - x^2", async () => {
    const curves = await continueSteadyStates(model("param r = -1\nstate x = 0\nx' = r*x - x^2"), "r", {
      from: -1,
      to: 1,
    });
    expect(curves.bifurcations.map(({ kind }) => kind)).toEqual(["branch"]);
    expect(curves.branches).toHaveLength(3);
    for (const {
      parameter,
      curves: [x],
    } of curves.branches.slice(1))
      // oxfmt-ignore
      parameter.forEach((r, i) => expect(Math.abs(x.values[i] - r)).toBeLessThan(1e-10));
  });

  test("a total of a closed network as the parameter, with a bistable switch", async () => {
    // Autocatalysis with saturation: u -> v by k v^2 u + e u, back by v.
    const text = "param T = 1, e = 0.02\nstate u = T, v = 0\nreaction u -> v : (e + v^2)*u\nreaction v -> u : v";
    const curves = await continueSteadyStates(model(text), "T", { from: 1, to: 4 });
    // T = v + v / (e + v^2): folds where dT/dv = 0.
    const slope = (v: number): number => 1 + (0.02 - v * v) / (0.02 + v * v) ** 2;
    const root = (a: number, b: number): number => {
      for (let k = 0; k < 200; k++) [a, b] = slope(a) * slope((a + b) / 2) <= 0 ? [a, (a + b) / 2] : [(a + b) / 2, b];
      return a;
    };
    const folds = [root(0.05, 0.5), root(0.5, 2)].map((v) => v + v / (0.02 + v * v)).filter((T) => T > 1 && T < 4);
    expect(curves.bifurcations.map(({ kind }) => kind)).toEqual(folds.map(() => "fold"));
    curves.bifurcations.forEach(({ parameter }, k) => expect(Math.abs(parameter - folds[k])).toBeLessThan(1e-10));
  });

  test("branches with negative amounts are not followed", async () => {
    // x grows by r x and is taken away by x^2: x = 0, and x = r where r > 0.
    const text = "param r = -1\nstate x = 1\nreaction 0 -> x : (1 + r)*x\nreaction x -> 0 : x + x^2";
    const curves = await continueSteadyStates(model(text), "r", { from: -1, to: 1 });
    expect(curves.bifurcations.map(({ kind }) => kind)).toEqual(["branch"]);
    expect(curves.branches).toHaveLength(2);
    const { parameter, curves: [x] } = curves.branches[1]; // oxfmt-ignore
    expect(parameter[parameter.length - 1]).toBe(1);
    parameter.forEach((r, i) => expect(Math.abs(x.values[i] - r)).toBeLessThan(1e-10));
  });

  test("impossible ranges and names", async () => {
    const text = model("param r = -1\nstate x = -1\nx' = r + x - x^3");
    await expect(continueSteadyStates(text, "r", { from: 1, to: 1 })).rejects.toThrow("two different ends");
    await expect(continueSteadyStates(text, "q", { from: 0, to: 1 })).rejects.toThrow('no parameter "q"');
  });
});
