// The parts of claim symbolics at a small scale: their baselines against independent computation, and each run once.
import { Random } from "calculemus/base";
import type { ClaimContext } from "calculemus/claims";
import { Context, evaluate } from "calculemus/term";
import { describe, expect, test } from "vitest";
import * as plain from "../claims/symbolics-normal-forms-baseline.ts";
import { asTerm, asTree, normalForms, recipe } from "../claims/symbolics-normal-forms.ts";
import { BlockedLU, reactionDiffusion, trBdf2 } from "../claims/symbolics-pde-baseline.ts";
import { nonzeros, pde, tracedRightHandSide } from "../claims/symbolics-pde.ts";

const context: ClaimContext = { machine: "test", log: () => undefined };

describe("normal forms", () => {
  const call = (op: string, ...args: plain.Tree[]): plain.Tree => new plain.Call(op, args);
  const text = (tree: plain.Tree): string => (tree instanceof plain.Call ? `(${tree.op} ${tree.args.map(text).join(" ")})` : String(tree)); // oxfmt-ignore
  const simplified = (tree: plain.Tree): string => text(plain.simplify(tree)!.tree);

  test("the rules collect like terms and factors", () => {
    expect(simplified(call("+", call("*", 2, "a"), call("+", "b", call("*", 3, "a"))))).toBe("(+ b (* 5 a))");
    expect(simplified(call("+", "a", call("+", 1, call("+", "a", 2))))).toBe("(+ 3 (* 2 a))");
    expect(simplified(call("*", call("/", 1, "a"), call("*", "a", "b")))).toBe("b");
    expect(simplified(call("/", call("*", "a", "b"), call("/", "a", "c")))).toBe("(* b c)");
    expect(simplified(call("*", call("*", 2, "a"), call("/", "b", 2)))).toBe("(* a b)");
  });

  test("both sides have the value of the expression as written", () => {
    const at = { a: 0.5, b: 1.25, c: 2, d: 0.75 };
    for (const operators of [["+", "*"], ["/", "*"]])
      for (let seed = 1; seed <= 20; seed++) {
        const plan = recipe(30, operators, seed);
        const tree = asTree(plan);
        const wanted = plain.valueOf(tree, at);
        expect(plain.valueOf(plain.simplify(tree)!.tree, at) / wanted).toBeCloseTo(1, 12);
        expect(evaluate(asTerm(plan, new Context()), at) / wanted).toBeCloseTo(1, 12);
      } // oxfmt-ignore
  });

  test("runs", async () => {
    const evidence = await normalForms(context, { leaves: [50], rounds: 1 });
    expect(evidence.map((each) => each.measured?.shown)).toEqual([1, 1]);
  });
});

describe("reaction and diffusion", () => {
  test("the blocked LU solves", () => {
    const random = new Random(3);
    for (const n of [1, 2, 17, 70, 131]) {
      const lu = new BlockedLU(n);
      const A = Float64Array.from({ length: n * n }, () => random.next() - 0.5);
      lu.matrix.set(A);
      lu.factor();
      const x = Float64Array.from({ length: n }, () => random.next());
      const b = x.map((_, i) => x.reduce((sum, value, j) => sum + A[i * n + j] * value, 0));
      lu.solve(b);
      b.forEach((value, i) => expect(value).toBeCloseTo(x[i], 9));
      lu.dispose();
    }
  });

  test("the integrator is of second order, with an error estimate that is there", () => {
    // y' = -y, by its exact Jacobian.
    const solve = (relative: number): number => {
      let c = 0;
      const newton = {
        evaluate: () => undefined,
        factor: (value: number) => void (c = value),
        solve: (b: Float64Array) => void (b[0] /= 1 + c),
      };
      const run = trBdf2((dy, y) => void (dy[0] = -y[0]), newton, Float64Array.of(1), [1], { relative, absolute: relative }); // oxfmt-ignore
      return Math.abs(run.states[0][0] - Math.exp(-1));
    };
    expect(solve(1e-4)).toBeLessThan(1e-3);
    expect(solve(1e-7)).toBeLessThan(solve(1e-4) / 50);
  });

  test("the traced terms are the program", () => {
    const N = 4;
    const { terms, variables } = tracedRightHandSide(N);
    const random = new Random(9);
    const u = Float64Array.from(variables, () => random.next());
    const du = new Float64Array(u.length);
    reactionDiffusion(N)(du, u, 0);
    const at = Object.fromEntries(variables.map((variable, k) => [variable.name, u[k]]));
    terms.forEach((term, k) => expect(evaluate(term, at)).toBeCloseTo(du[k], 10));
  });

  test("runs", async () => {
    expect(nonzeros(32)).toBe(13_184);
    const evidence = await pde(context, { N: 5, rounds: 1 });
    expect(evidence.map((each) => each.measured?.shown)).toEqual([1, 1, 1]);
  });
});
