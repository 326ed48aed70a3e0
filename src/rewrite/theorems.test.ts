// The theorems of egg's own tests (Willsey et al. 2021, tests/math.rs), from rules alone: both sides go in as they are written.
// Each is found with commutative operations and with commutativity as a rule, explained, and the explanation replayed.
import { describe, expect, test } from "vitest";
import { Context } from "../term/index.ts";
import { calculusRules, commutativity, explain, saturate, type SaturateOptions, TermGraph, type TermGraphOptions, verify } from "./index.ts"; // oxfmt-ignore

interface Found {
  readonly equal: boolean;
  readonly steps: number;
}

const LIMITS: SaturateOptions = { budget: { steps: 30, nodes: 20_000, time_ms: 20_000 } };

function prove(left: string, right: string, options: TermGraphOptions): Found {
  const graph = new TermGraph({ context: new Context(), explanations: true, ...options });
  const [a, b] = [graph.addTerm(left), graph.addTerm(right)];
  const list = options.commutative?.length === 0 ? [...calculusRules, ...commutativity] : calculusRules;
  saturate(graph, list, { ...LIMITS, until: () => graph.same(a, b) });
  if (!graph.same(a, b)) return { equal: false, steps: 0 };
  const explanation = explain(graph, a, b);
  expect(verify(explanation)).toBe(undefined);
  expect(String(explanation.steps.at(-1)?.after ?? explanation.from)).toBe(String(explanation.to));
  return { equal: true, steps: explanation.steps.length };
}

describe.each([
  ["commutative by construction", undefined],
  ["commutativity as a rule", []],
] as const)("%s", (_, commutative) => {
  const assume = { x: "nonzero" } as const;
  const holds = (left: string, right: string): void => expect(prove(left, right, { commutative, assume }).equal).toBe(true); // oxfmt-ignore

  test("x + (x + (x + x)) = 4 x", () => holds("x + (x + (x + x))", "4*x"));
  test("2^x 2^y = 2^(x + y)", () => holds("2^x * 2^y", "2^(x + y)"));
  test("1 + (a - (2 - 1) a) = 1", () => holds("1 + (a - (2 - 1)*a)", "1"));
  test("d/dx x = 1", () => holds("diff(x, x)", "1"));
  test("d/dx y = 0", () => holds("diff(y, x)", "0"));
  test("d/dx (1 + 2 x) = 2", () => holds("diff(1 + 2*x, x)", "2"));
  test("d/dx (1 + x y) = y", () => holds("diff(1 + x*y, x)", "y"));
  test("d/dx ln x = 1/x", () => holds("diff(ln(x), x)", "1/x"));
  test("d/dx x^3 = 3 x^2", () => holds("diff(x^3, x)", "3*x^2"));
  test("d/dx (x^3 - 7 x^2) = x (3 x - 14)", () => holds("diff(x^3 - 7*x^2, x)", "x*(3*x - 14)"));
  test("int 1 = x", () => holds("int(1, x)", "x"));
  test("int cos x = sin x", () => holds("int(cos(x), x)", "sin(x)"));
  test("int x = x^2/2", () => holds("int(x, x)", "x^2/2"));
  test("int x cos x = x sin x + cos x", () => holds("int(x*cos(x), x)", "x*sin(x) + cos(x)"));
  test("int cos x x = x sin x + cos x", () => holds("int(cos(x)*x, x)", "x*sin(x) + cos(x)"));
  test("int ln x = x ln x - x", () => holds("int(ln(x), x)", "x*ln(x) - x"));

  test("x + y = x/y is not proved, and the search ends by itself", () => {
    const graph = new TermGraph({ context: new Context(), commutative, assume: { x: "nonzero", y: "nonzero" } });
    const [a, b] = [graph.addTerm("x + y"), graph.addTerm("x/y")];
    const list = commutative === undefined ? calculusRules : [...calculusRules, ...commutativity];
    const { saturated, stop } = saturate(graph, list, LIMITS);
    expect([saturated, stop.kind, stop.detail]).toEqual([true, "done", "saturated"]);
    expect(graph.same(a, b)).toBe(false);
  });

  test("without x non-zero: d/dx ln x = 1/x and x/x = 1 are not proved", () => {
    expect(prove("diff(ln(x), x)", "1/x", { commutative }).equal).toBe(false);
    expect(prove("x/x", "1", { commutative }).equal).toBe(false);
    expect(prove("x^0", "1", { commutative }).equal).toBe(false);
    expect(prove("x*x^(-1)", "1", { commutative }).equal).toBe(false);
  });

  test("a value that is zero is seen to be: (y - y)/(y - y) = 1 is not proved whatever y is", () => {
    expect(prove("(y - y)/(y - y)", "1", { commutative, assume: { y: "nonzero" } }).equal).toBe(false);
  });

  test("with x non-zero they are", () => {
    holds("x/x", "1");
    holds("x^0", "1");
    holds("x*(1/x)", "1");
  });
});
