import { expect, test } from "vitest";
import { parse, print, type Term } from "../term/index.ts";
import { groebnerBasis, type GroebnerOptions } from "./groebner.ts";
import { ringOf, toTerm } from "./ring.ts";

/** The basis as text; variables in the order given. */
function basis(texts: readonly string[], variables: string, options: GroebnerOptions = {}): string[] {
  const symbols = variables.split(" ").map((name) => parse(name));
  const terms: Term[] = texts.map((text) => parse(text));
  const ring = ringOf([...terms, ...symbols], { first: symbols });
  const found = groebnerBasis(
    terms.map((term) => ring.of(term).num),
    { proof: true, ...options },
  );
  expect(found.grade).toBe("proved");
  return found.basis.map((f) => print(toTerm(ring, f)));
}

// Published bases, and those that SymPy 1.14 prints.
test("reduced bases in three orders", () => {
  expect(basis(["x^2 + y^2 - 1", "x - y"], "x y", { order: "lex" })).toEqual(["2*y^2 - 1", "x - y"]);
  expect(basis(["x*y - 1", "y^2 - 1"], "x y", { order: "lex" })).toEqual(["y^2 - 1", "x - y"]);
  expect(basis(["x^3 - 2*x*y", "x^2*y - 2*y^2 + x"], "x y", { order: "grlex" })).toEqual(["2*y^2 - x", "x*y", "x^2"]);
  expect(basis(["x^2*y - 1", "x*y^2 - x"], "x y", { order: "grevlex" })).toEqual(["x^2 - y", "y^2 - 1"].sort((a) => (a.startsWith("y") ? -1 : 1))); // oxfmt-ignore
  expect(basis(["x + y", "x + y + 1"], "x y")).toEqual(["1"]);
});

test("elimination: the twisted cubic as equations in x, y, z", () => {
  const found = basis(["x - t", "y - t^2", "z - t^3"], "t x y z", { order: { eliminate: 1 } });
  const free = found.filter((text) => !/\bt\b/.test(text));
  expect(new Set(free)).toEqual(new Set(["y^2 - x*z", "x*y - z", "x^2 - y"].map((text) => print(parse(text)))));
});

/** cyclic-n: elementary cyclic sums, and the product minus one. */
function cyclic(n: number): string[] {
  const x = (i: number): string => `x${i % n}`;
  const sums = Array.from({ length: n - 1 }, (_, k) =>
    Array.from({ length: n }, (_unused, i) => Array.from({ length: k + 1 }, (_each, j) => x(i + j)).join("*")).join(
      " + ",
    ),
  );
  return [...sums, `${Array.from({ length: n }, (_, i) => x(i)).join("*")} - 1`];
}

test("cyclic-4 and cyclic-5 have 7 and 20 elements in graded reverse lexicographic order", () => {
  for (const [n, size] of [
    [4, 7],
    [5, 20],
  ])
    // oxfmt-ignore
    expect(basis(cyclic(n), Array.from({ length: n }, (_, i) => `x${i}`).join(" ")).length).toBe(size);
});

test("a budget that ends is said, and degrees beyond the packing are refused", () => {
  const variables = Array.from({ length: 8 }, (_, i) => `x${i}`).join(" ");
  expect(() => basis(cyclic(8), variables, { budget: { time_ms: 50 } })).toThrow("within the budget");
  expect(() => basis(["x0^100 - x1", "x0 + x7"], variables)).toThrow("degree");
});
