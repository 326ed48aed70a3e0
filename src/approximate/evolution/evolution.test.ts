// Programs, their fit, fingerprints, mutations and the search.
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { Random } from "../../base/index.ts";
import { bigfloat as F } from "../../number/index.ts";
import { parse } from "../../term/index.ts";
import { MinimaxProblem } from "../minimax.ts";
import { targetOfOracle, targetOfTerm } from "../target.ts";
import { evolve } from "./evolve.ts";
import { programFamily } from "./family.ts";
import { Fingerprinter } from "./fingerprint.ts";
import { Fitter } from "./fit.ts";
import { Island } from "./island.ts";
import { Leveller, samplesOf } from "./level.ts";
import { type Fixed, isRedundant, Mutator } from "./mutate.ts";
import {
  type Instruction,
  normalise,
  normaliseStart,
  type Program,
  programText,
  run,
  type Step,
  structure,
  valueOf,
} from "./program.ts";

const doubles = {
  add: (a: number, b: number) => a + b,
  subtract: (a: number, b: number) => a - b,
  multiply: (a: number, b: number) => a * b,
  divide: (a: number, b: number) => a / b,
  sqrt: Math.sqrt,
};
const powerOfTwo = new MinimaxProblem(targetOfTerm(parse("2^x")), F.fromNumber(0), F.fromNumber(1));

/** With constants 1, 2, ... */
const valued = (program: Program): Fixed => ({ program, constants: Array.from({ length: program.constants }, (_, j) => j + 1) }); // oxfmt-ignore

/** Random programs, as the search makes them. */
function* programs(seed: number, count: number): Generator<Program> {
  const mutator = new Mutator(new Random(seed), ["+", "-", "*", "/", "sqrt"]);
  let last: Program | undefined;
  for (let made = 0; made < count;) {
    const next: Program | undefined = (last === undefined ? mutator.random(3) : mutator.child(valued(last), valued(last)))?.program; // oxfmt-ignore
    if (next === undefined || next.steps.length > 14) {
      last = undefined;
      continue;
    }
    made++;
    last = next;
    yield next;
  }
}

describe("programs", () => {
  test("of changes hold what programs promise", () => {
    for (const { steps, constants } of programs(3, 500)) {
      const used = new Set<number>();
      let count = 0;
      steps.forEach(({ op, left, right }, k) => {
        expect(left).toBeLessThanOrEqual(k);
        expect(right).toBeLessThanOrEqual(k);
        for (const operand of op === "sqrt" ? [left] : [left, right]) {
          if (operand < 0) expect(-operand).toBe(++count);
          else used.add(operand);
        }
        expect(left < 0 && right < 0 && op !== "sqrt").toBe(false);
      });
      expect(count).toBe(constants);
      for (let k = 1; k < steps.length; k++) expect(used.has(k)).toBe(true);
    }
  });

  test("normal form: constants fold, equal steps are one, unused ones go", () => {
    const draft: Step[] = [
      { op: "+", left: -1, right: -1 },
      { op: "*", left: 0, right: 1 },
      { op: "*", left: 0, right: 0 },
      { op: "*", left: 0, right: 0 },
      { op: "-", left: 0, right: -1 },
      { op: "+", left: 3, right: 4 },
      { op: "+", left: 6, right: 2 },
    ];
    const program = normalise(draft)!;
    expect(structure(program)).toBe("*0c *00 +22 +31");
    expect(program.constants).toBe(1);
    expect(normalise([{ op: "-", left: 0, right: 0 }])).toBeUndefined();
    expect(normalise([{ op: "+", left: -1, right: -1 }])).toBeUndefined();
    expect(programText(program, [2])).toBe("t1 = x * 2\nt2 = x * x\nt3 = t2 + t2\ny = t3 + t1");
    expect(valueOf(program, [2], 3)).toBe(24);
    expect(run(program, [2], 3, doubles)).toEqual([6, 9, 18, 24]);
  });

  test("constants that are kept keep their values", () => {
    const found = normaliseStart([
      { op: "+", left: -1, right: -1, value: 7 },
      { op: "*", left: 0, right: 1 },
      { op: "-", left: 2, right: -1, value: 3 },
      { op: "/", left: 3, right: -1, value: 4 },
    ])!;
    expect(structure(found.program)).toBe("*0c +1c *2c");
    expect(found.values).toEqual([undefined, -3, 0.25]);
    const parent: Fixed = { program: found.program, constants: [2, -3, 0.25] };
    const mutator = new Mutator(new Random(1), ["+", "*", "/"]);
    const children = Array.from({ length: 200 }, () => mutator.child(parent, parent));
    // A new constant that changes nothing: some children are the parent as a function.
    const same = children.filter((each) => each !== undefined && each.program.constants > 3 && !each.values.includes(undefined) && Math.abs(valueOf(each.program, each.values as number[], 5) - 1.75) < 1e-12); // oxfmt-ignore
    expect(same.length).toBeGreaterThan(10);
    expect(new Set(same.map((each) => structure(each!.program))).size).toBeGreaterThan(3);
  });

  test("steps that one could replace are seen", () => {
    expect(isRedundant(normalise([{ op: "+", left: 0, right: -1 }, { op: "+", left: 1, right: -1 }])!)).toBe(true); // oxfmt-ignore
    expect(isRedundant(normalise([{ op: "+", left: 0, right: -1 }, { op: "*", left: 1, right: -1 }])!)).toBe(false); // oxfmt-ignore
  });
});

describe("derivatives by constants", () => {
  test("in BigFloat agree with differences", () => {
    for (const program of programs(5, 60)) {
      if (program.constants === 0) continue;
      const c = Array.from({ length: program.constants }, (_, j) => F.fromNumber(0.7 + 0.3 * j, 200));
      const family = programFamily(program);
      const x = F.fromNumber(0.4, 200);
      const here = family.evaluate(c, x, 200);
      if (here === undefined) continue;
      const h = F.scale(F.fromInteger(1n, 200), -60);
      c.forEach((each, j) => {
        const moved = family.evaluate(c.map((one, i) => (i === j ? F.add(each, h, 200) : one)), x, 200);
        if (moved === undefined) return;
        const slope = F.toNumber(F.divide(F.subtract(moved.value, here.value, 200), h, 200));
        const given = F.toNumber(here.slopes[j]);
        expect(Math.abs(slope - given)).toBeLessThanOrEqual(1e-10 * Math.max(1, Math.abs(given)));
      }); // oxfmt-ignore
    }
  });
});

describe("the fit", () => {
  test("finds the constants of its own programs again", () => {
    // y = 2 + 3 / (x + 1.5)
    const program = normalise([{ op: "+", left: 0, right: -1 }, { op: "/", left: -1, right: 1 }, { op: "+", left: 2, right: -1 }])!; // oxfmt-ignore
    const points = Float64Array.from({ length: 20 }, (_, i) => i / 19);
    const goal = points.map((x) => 2 + 3 / (x + 1.5));
    const fitter = new Fitter({ points, goal, weight: new Float64Array(20).fill(1) });
    const found = fitter.descend(program, Float64Array.of(0.7, 1, 1), 200)!;
    [1.5, 3, 2].forEach((c, j) => expect(found.constants[j]).toBeCloseTo(c, 8));
    expect(found.worst).toBeLessThan(1e-12);
  });
  test("a pole at a sample is no start", () => {
    const program = normalise([{ op: "/", left: -1, right: 0 }])!;
    const fitter = new Fitter({
      points: Float64Array.of(0, 1),
      goal: Float64Array.of(1, 1),
      weight: Float64Array.of(1, 1),
    });
    expect(fitter.descend(program, Float64Array.of(1), 10)).toBeUndefined();
  });
});

describe("fingerprints", () => {
  const prints = new Fingerprinter(0, 1);
  const of = (steps: Step[]): string => prints.of(normalise(steps)!);
  test("do not see the order of operands and of independent steps", () => {
    const a = of([{ op: "*", left: 0, right: 0 }, { op: "+", left: 0, right: -1 }, { op: "/", left: 1, right: 2 }]); // oxfmt-ignore
    const b = of([{ op: "+", left: -1, right: 0 }, { op: "*", left: 0, right: 0 }, { op: "/", left: 2, right: 1 }]); // oxfmt-ignore
    expect(a).toBe(b);
    // x x x and x (x x); 2x - x and x + 0 have no constants.
    expect(of([{ op: "+", left: 0, right: 0 }, { op: "+", left: 1, right: 0 }])).toBe(of([{ op: "+", left: 0, right: 0 }, { op: "+", left: 0, right: 1 }])); // oxfmt-ignore
  });
  test("tell two constants from one", () => {
    const two = of([{ op: "+", left: 0, right: -1 }, { op: "+", left: 0, right: -1 }, { op: "*", left: 1, right: 2 }]); // oxfmt-ignore
    const one = of([
      { op: "+", left: 0, right: -1 },
      { op: "*", left: 1, right: 1 },
    ]);
    expect(two).not.toBe(one);
  });
});

describe("level constants", () => {
  test("of the published structure for 2^x: 9.25, 11.05, 12.85 and 14.66 digits with 0 to 3 squares", () => {
    const program = normalise([
      { op: "/", left: -1, right: 0 }, { op: "+", left: 1, right: 0 }, { op: "/", left: -1, right: 2 }, { op: "+", left: 3, right: -1 },
      { op: "+", left: 4, right: 2 }, { op: "/", left: -1, right: 5 }, { op: "+", left: 6, right: -1 },
    ])!; // oxfmt-ignore
    const problem = new MinimaxProblem(targetOfTerm(parse("2^x")), F.fromNumber(2 ** -60), F.fromNumber(1));
    const found = new Leveller(problem).level({ program, constants: [90, 237, -31.4, 62.7, 1], worst: 1 }, 10);
    expect(found.map(({ program: { steps } }) => steps.length)).toEqual([7, 8, 9, 10]);
    [9.25, 11.05, 12.85, 14.66].forEach((digits, k) => expect(-Math.log10(found[k].error)).toBeCloseTo(digits, 1));
  });
});

describe("the search", () => {
  const options = { operations: 4, seed: 7, budget: { steps: 2000 } };
  test("is the same from the same seed, with and without skipping of what is known", async () => {
    const front = async (cache: boolean): Promise<string[]> => {
      const found = await evolve(powerOfTwo, { ...options, cache });
      return found.front.map(({ program, error }) => `${structure(program)} ${error}`);
    };
    const first = await front(true);
    expect(await front(true)).toEqual(first);
    expect(await front(false)).toEqual(first);
  });

  test("keeps programs under their own number of steps, with the errors that their constants give", () => {
    const samples = samplesOf(powerOfTwo);
    for (const seed of [1, 2]) {
      const island = new Island({ from: 0, to: 1, samples, instructions: ["+", "-", "*"], mostOperations: 6, seed, stream: 0 }); // oxfmt-ignore
      island.advance(1500);
      let kept = 0;
      island.archive.forEach((list, cost) => {
        for (const { program, constants, worst } of list) {
          kept++;
          expect(program.steps.length).toBe(cost);
          const errors = samples.points.map((x, i) => Math.abs(valueOf(program, constants, x) - samples.goal[i]) * samples.weight[i]); // oxfmt-ignore
          expect(Math.max(...errors)).toBeCloseTo(worst, 12);
        }
      });
      expect(kept).toBeGreaterThan(20);
    }
  });

  test("finds 3.06 digits of 2^x with three operations, and squares them", async () => {
    const { front, counts, stop } = await evolve(powerOfTwo, options);
    const digits = new Map(front.map(({ program, error }) => [program.steps.length, -Math.log10(error)]));
    expect(digits.get(2)).toBeCloseTo(1.525, 2);
    expect(digits.get(3)).toBeCloseTo(3.062, 2);
    expect(digits.get(4)).toBeCloseTo(3.664, 2);
    expect(counts.repeated).toBeGreaterThan(0);
    expect(stop.kind).toBe("steps");
  });

  test("knows a function by its values alone, and other instructions", async () => {
    const root = new MinimaxProblem(targetOfOracle("sqrt", F.sqrt), F.fromNumber(1), F.fromNumber(4));
    const { front } = await evolve(root, { operations: 2, instructions: ["sqrt", "+"], budget: { steps: 500 } });
    expect(structure(front.at(-1)!.program)).toContain("sqrt0");
    expect(front.at(-1)!.error).toBeLessThan(1e-12);
  });

  test("stops when it is told to", async () => {
    const controller = new AbortController();
    const running = evolve(powerOfTwo, { operations: 6, budget: { time_ms: 60_000 }, signal: controller.signal, progress: () => controller.abort() }); // oxfmt-ignore
    expect((await running).stop.kind).toBe("cancelled");
  });

  test("refuses what makes no sense", async () => {
    await expect(evolve(powerOfTwo, { operations: 0 })).rejects.toThrow(/from 1 to 32/);
    await expect(evolve(powerOfTwo, { instructions: [] })).rejects.toThrow(/no instructions/);
    await expect(evolve(powerOfTwo, { instructions: ["exp" as Instruction] })).rejects.toThrow(
      /unknown instruction "exp"/,
    );
    await expect(evolve(powerOfTwo, { islands: 0 })).rejects.toThrow(/islands/);
  });

  test("samples are the values at the zeros of a Chebyshev polynomial", () => {
    const { points, goal, weight } = samplesOf(powerOfTwo);
    fc.assert(
      fc.property(fc.nat(points.length - 1), (i) => {
        expect(goal[i]).toBeCloseTo(2 ** points[i], 14);
        expect(weight[i] * goal[i]).toBeCloseTo(1, 14);
      }),
    );
  });
});
