// Events, algebraic equations and delays, against solutions in closed form.
import { describe, expect, test } from "vitest";
import { readCalc } from "../../model/index.ts";
import { simulate, type SimulateOptions, type Simulation } from "../../simulate.ts";

async function run(
  text: string,
  options: SimulateOptions = {},
): Promise<Simulation & { value: (name: string, at?: number) => number }> {
  const result = await simulate(readCalc(text), { digits: 7, ...options });
  const value = (name: string, at = result.outputs.time.length - 1): number =>
    result.outputs.curves.find((curve) => curve.name === name)!.values[at];
  return { ...result, value };
}

describe("events", () => {
  test("a ball bounces: heights, instants and counts in closed form", async () => {
    const { value, stop } = await run(`
      param g = 9.81, e = 0.8
      state h = 1, v = 0
      discrete n = 0
      h' = v
      v' = -g
      when h < 0 : h = 0, v = -e*v, n = n + 1
      time 0 .. 2 points 201`);
    expect(stop.kind).toBe("done");
    const fall = Math.sqrt(2 / 9.81);
    const starts = [fall, fall * (1 + 2 * 0.8), fall * (1 + 2 * 0.8 + 2 * 0.64)];
    const speed = 0.8 ** 3 * 9.81 * fall;
    const since = 2 - starts[2];
    expect(value("n")).toBe(3);
    expect(value("h")).toBeCloseTo(speed * since - 4.905 * since * since, 8);
  });

  test("at an output time that is the instant of an event the value after it is reported, for >= and not for >", async () => {
    const { value } = await run(`
      state x = 0
      discrete a = 0, b = 0
      x' = 1
      when t >= 1 : a = 1
      when t > 1 : b = 1
      time 0 .. 2 points 3`);
    expect([value("a", 0), value("a", 1), value("a", 2)]).toEqual([0, 1, 1]);
    expect([value("b", 0), value("b", 1), value("b", 2)]).toEqual([0, 0, 1]);
  });

  test("delays keep the values of the trigger; greater priorities go first; dropped events do not happen", async () => {
    const { value } = await run(`
      state x = 0
      discrete late = 0, order = 0, dropped = 0, kept = 0
      x' = 1
      when x > 1 after 0.5 : late = x
      when t >= 2 priority 1 : order = 10*order + 1
      when t >= 2 priority 2 : order = 10*order + 2
      when x > 1 and x < 1.2 after 0.5 drop : dropped = 1
      when x > 1 and x < 1.2 after 0.5 : kept = 1
      time 0 .. 3 points 7`);
    expect(value("late")).toBeCloseTo(1, 12);
    expect(value("late", 2)).toBe(0);
    // Each trigger keeps the values of its instant: both see order = 0, the second one written stays.
    expect(value("order")).toBe(1);
    expect(value("dropped")).toBe(0);
    expect(value("kept")).toBe(1);
  });

  test("events trigger events at the same instant; an endless chain is refused", async () => {
    const { value } = await run(`
      state x = 0
      discrete a = 0, b = 0
      x' = 1
      when x > 1 : a = 1
      when a > 0.5 : b = 7
      time 0 .. 2 points 3`);
    expect(value("b")).toBe(7);
    await expect(
      run(`
      state x = 0
      discrete a = 0
      x' = 1
      when x > 1 : a = 1
      when a > 0.5 : a = 0
      when a < 0.5 and x > 1 : a = 1
      time 0 .. 2 points 3`),
    ).rejects.toThrow(/events follow each other at t = 1/);
  });

  test("events that set the same thing at one instant without an order are told; their instants are compared", async () => {
    const model = (priorities: readonly [string, string]): string => `
      state x = 0
      discrete a = 0
      x' = 1
      when x > 1 ${priorities[0]} : a = 1
      when x > 1.0 ${priorities[1]} : a = 2
      time 0 .. 2 points 3`;
    const chance = await run(model(["", ""]));
    expect(chance.evidence.some(({ statement }) => /no priority orders them/.test(statement))).toBe(true);
    expect(chance.evidence.some(({ statement, grade }) => /2 events in the same order/.test(statement) && grade === "cross-checked")).toBe(true); // oxfmt-ignore
    const ordered = await run(model(["priority 2", "priority 1"]));
    expect(ordered.evidence.some(({ statement }) => /no priority/.test(statement))).toBe(false);
    expect(ordered.value("a")).toBe(2);
  });

  test("chattering ends with what was reached, marked", async () => {
    const result = await run(`
      state x = 1
      x' = if(x > 0, -1, 1)
      time 0 .. 2 points 11`);
    expect(result.stop.kind).toBe("other");
    expect(result.stop.detail).toMatch(/chattering/);
    expect(result.reached).toBe(6);
    expect(result.evidence.every((each) => each.grade === "none")).toBe(true);
  });

  test("a jump of the right-hand side costs no accuracy", async () => {
    const { value } = await run(
      `
      state x = 0
      x' = if(t < 1/3, 1, -2)
      time 0 .. 1 points 4`,
      { digits: 12, check: "none" },
    );
    expect(value("x")).toBeCloseTo(-1, 12);
  });

  test("negative delays are refused", async () => {
    await expect(
      run(`
      state x = 0
      x' = 1
      when x > 1 after 0.5 - x : x = 0
      time 0 .. 2 points 3`),
    ).rejects.toThrow(/delay of the event x > 1 is -0\.5/);
  });
});

describe("algebraic equations", () => {
  test("an unknown follows its equation", async () => {
    const { value, plan } = await run(`
      state x = 1
      unknown z = 0.5
      x' = -z
      0 = z - x
      time 0 .. 1 points 3`);
    expect(value("x")).toBeCloseTo(Math.exp(-1), 7);
    expect(value("z")).toBeCloseTo(Math.exp(-1), 7);
    expect(value("z", 0)).toBe(1);
    expect(plan.chosen).toBe("rodas5p");
  });

  test("multistep methods take them too", async () => {
    for (const method of ["bdf", "mebdf", "rodas5"] as const) {
      const { value } = await run(
        `
      state x = 1
      unknown z = 1, w = 2
      x' = -z
      0 = w - 2*x
      0 = z - w/2
      time 0 .. 1 points 3`,
        { method },
      );
      expect(value("z")).toBeCloseTo(Math.exp(-1), 6);
    }
  });

  test("equations without a solution, singular ones and explicit methods are refused", async () => {
    const model = (equation: string): string => `
      state x = 1
      unknown z = 0.5
      x' = -z
      0 = ${equation}
      time 0 .. 1 points 3`;
    await expect(run(model("z^2 + 1"))).rejects.toThrow(/z/);
    await expect(
      run(`
      state x = 1
      unknown z = 0.5, w = 0
      x' = -z
      0 = z + w - x
      0 = 2*z + 2*w - 2*x
      time 0 .. 1 points 3`),
    ).rejects.toThrow(/do not determine z, w/);
    await expect(run(model("z - x"), { method: "tsit5" })).rejects.toThrow(/cannot solve algebraic equations/);
  });

  test("after an event unknowns fit again", async () => {
    const { value } = await run(`
      state x = 0
      unknown z = 1
      x' = 1
      0 = z + z^3 - x
      when x > 1 : x = 10
      time 0 .. 2 points 3`);
    expect(value("z") + value("z") ** 3).toBeCloseTo(11, 7);
  });
});

describe("delays", () => {
  // x' = -x(t - 1), x = 1 before: a polynomial on every unit interval.
  const exact = (t: number): number => {
    let sum = 0;
    let factorial = 1;
    for (let k = 0; k <= t + 1; k++) {
      if (k > 0) factorial *= k;
      sum += ((-1) ** k * (t - (k - 1)) ** k) / factorial;
    }
    return sum;
  };

  test("the method of steps reproduces the polynomials", async () => {
    const { value, stop } = await run(`
      state x = 1
      x' = -delay(x, 1)
      time 0 .. 6 points 7`);
    expect(stop.kind).toBe("done");
    for (let t = 1; t <= 6; t++) expect(value("x", t)).toBeCloseTo(exact(t), 7);
  });

  test("delays in outputs, in quantities and inside delays", async () => {
    const { value } = await run(`
      state x = 0
      x' = 1
      let y = delay(x, 0.5)
      output x, y, z = delay(delay(x, 0.25), 0.5), w = delay(t, 1)
      time 0 .. 2 points 5`);
    expect(value("y")).toBeCloseTo(1.5, 10);
    expect(value("y", 1)).toBeCloseTo(0, 10);
    expect(value("z")).toBeCloseTo(1.25, 10);
    expect(value("w")).toBeCloseTo(1, 10);
  });

  test("a delay that becomes negative is refused", async () => {
    await expect(
      run(`
      state x = 1
      x' = -delay(x, 1 - t)
      time 0 .. 2 points 3`),
    ).rejects.toThrow(/the delay of delay\(x, -t \+ 1\) is -/);
  });
});

describe("equations of higher index", () => {
  const pendulum = (equation: string, start = "x = 0.6, vx = 0, y = -0.8, vy = 0"): string => `
      param g = 9.81
      state ${start}
      unknown T = 0
      x' = vx
      y' = vy
      vx' = -T*x
      vy' = -T*y - g
      0 = ${equation}
      output x, y, length = x^2 + y^2
      time 0 .. 4 points 5`;

  test("a pendulum in Cartesian coordinates (index 3) moves like its form of index 1, and its length stays", async () => {
    const three = await run(pendulum("x^2 + y^2 - 1"));
    const one = await run(pendulum("vx^2 + vy^2 - T*(x^2 + y^2) - g*y"));
    for (let i = 0; i < 5; i++) {
      expect(three.value("x", i)).toBeCloseTo(one.value("x", i), 6);
      expect(three.value("length", i)).toBeCloseTo(1, 9);
    }
  });

  test("unknowns in equations that are differentiated become states", async () => {
    // 0 = z - sin t and 0 = z - x: x' = w gives w = cos t.
    const { value } = await run(`
      state x = 0
      unknown z = 0.3, w = 0.7
      x' = w
      0 = z - sin(t)
      0 = z - x
      time 0 .. 2 points 3`);
    expect(value("w")).toBeCloseTo(Math.cos(2), 6);
    expect(value("z", 0)).toBeCloseTo(0, 12);
  });

  test("initial values that contradict a constraint, and equations that determine nothing, are refused", async () => {
    await expect(run(pendulum("x^2 + y^2 - 1", "x = 1, vx = 0, y = -0.8, vy = 0"))).rejects.toThrow(
      /initial values contradict/,
    );
    await expect(run(pendulum("x^2 + y^2 - 1", "x = 0.6, vx = 1, y = -0.8, vy = 0"))).rejects.toThrow(
      /initial values contradict/,
    );
    await expect(run(pendulum("g - 9.81"))).rejects.toThrow(/does not determine anything/);
  });
});
