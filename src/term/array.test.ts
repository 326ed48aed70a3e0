import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { Failure } from "../base/index.ts";
import {
  abstract,
  array,
  comprehension,
  Context,
  diff,
  evaluate,
  freeSymbols,
  graphSize,
  index,
  instantiate,
  parse,
  print,
  reduction,
  substitute,
  unroll,
  type Term,
} from "./index.ts";

const context = new Context();
const p = (text: string): Term => parse(text, { context });

describe("bound variables", () => {
  test("the name does not matter", () => {
    expect(p("sum(i^2, i = 1 .. n)")).toBe(p("sum(k^2, k = 1 .. n)"));
    expect(p("array(sum(i*j, j = 1 .. i), i = 1 .. 3)")).toBe(p("array(sum(b*a, a = 1 .. b), b = 1 .. 3)"));
    expect(p("sum(sum(i, i = 1 .. 2), i = 1 .. 3)")).toBe(p("sum(sum(k, k = 1 .. 2), i = 1 .. 3)"));
    expect(p("sum(sum(i, j = 1 .. 2), i = 1 .. 3)")).not.toBe(p("sum(sum(j, j = 1 .. 2), i = 1 .. 3)"));
  });

  test("are not free", () => {
    expect(freeSymbols(p("sum(a[i]*x, i = 1 .. n)")).map(print)).toEqual(["a", "n", "x"]);
  });

  test("bounds do not see the variable", () => {
    expect(freeSymbols(p("sum(1, i = 1 .. i)")).map(print)).toEqual(["i"]);
  });

  test("substitution does not capture", () => {
    // The i that is put in is another one than the bound i.
    const sum = p("sum(x*i, i = 1 .. 3)");
    const there = substitute(sum, { x: context.symbol("i") });
    expect(there).toBe(p("sum(i*k, k = 1 .. 3)"));
    expect(evaluate(there, { i: 10 })).toBe(60);
    expect(substitute(sum, { i: 5 })).toBe(sum);
    expect(evaluate(substitute(p("sum(sum(x*i*j, j = 1 .. i), i = 1 .. 3)"), { x: p("i + j") }), { i: 1, j: 2 })).toBe(
      3 * 25,
    );
  });

  test("are printed by a name that is not taken", () => {
    for (const text of [
      "sum(i*k, k = 1 .. 3)",
      "sum(sum(a*b*i, a = 1 .. b), b = 1 .. 4)",
      "array(sum(a[j, k], j = 1 .. k), k = 1 .. n)",
      "sum(i1*i*k, k = 1 .. 3)",
      "array(array(j, j = 1 .. k), k = 1 .. 2)[2]",
    ])
      expect(p(print(p(text)))).toBe(p(text));
  });

  test("abstract and instantiate are inverse", () => {
    const body = p("sum(x^i + j*y, i = j .. 4) + j");
    const j = context.symbol("j");
    expect(instantiate(abstract(body, j), j)).toBe(body);
    expect(abstract(body, j)).not.toBe(body);
    expect(() => abstract(body, p("2"))).toThrow(Failure);
  });
});

describe("indices", () => {
  test("into literal arrays and ranges are carried out", () => {
    expect(p("[x, y, z][2]")).toBe(p("y"));
    expect(p("[[1, 2], [3, 4]][2, 1]")).toBe(p("3"));
    expect(p("array(x^i, i = 0 .. 5)[3]")).toBe(p("x^3"));
    expect(p("a[1][2]")).toBe(p("a[1, 2]"));
    expect(index(array(context, [p("x"), p("y")]), p("k"))).not.toBe(p("x"));
  });

  test.each(["[x, y][0]", "[x, y][3]", "[x][1/2]", "array(i, i = 2 .. 4)[1]", "array(i, i = 1 .. 4)[5]"])(
    "%s is outside",
    (text) => {
      expect(() => p(text)).toThrow(/outside|index/);
    },
  );

  test("an index out of range counts only where it is used", () => {
    const differences = p("sum(if(i > 1, a[i] - a[i - 1], a[i]), i = 1 .. 4)");
    // A telescoping sum: the last element.
    expect(evaluate(differences, { a: [5, 3, 8, 13] })).toBe(13);
    expect(() => evaluate(p("a[5]"), { a: [1, 2] })).toThrow("outside");
  });
});

describe("ranges", () => {
  // n(n+1)/2, n(n+1)(2n+1)/6, n!, and empty ranges.
  test("have their known values", () => {
    expect(evaluate(p("sum(i, i = 1 .. 100)"))).toBe(5050);
    expect(evaluate(p("sum(i^2, i = 1 .. n)"), { n: 50 })).toBe((50 * 51 * 101) / 6);
    expect(evaluate(p("product(i, i = 1 .. 10)"))).toBe(3628800);
    expect(unroll(p("product(i, i = 1 .. 25)"))).toBe(p("15511210043330985984000000"));
    expect(unroll(p("sum(1/i, i = 1 .. 10)"))).toBe(p("7381/2520"));
    expect(evaluate(p("max((i - 3)^2, i = 1 .. 4)"))).toBe(4);
    expect(evaluate(p("min((i - 3)^2, i = 1 .. 4)"))).toBe(0);
    expect(evaluate(p("sum(i, i = 5 .. 4)"))).toBe(0);
    expect(evaluate(p("product(i, i = 5 .. 4)"))).toBe(1);
    expect(evaluate(p("max(i, i = 5 .. 4)"))).toBe(-Infinity);
  });

  test("unrolled and evaluated they agree", () => {
    const body = fc.constantFrom("i", "x*i", "i^2 - y", "a[i]*x", "sum(i*j + x, j = 1 .. i)", "x^i", "1/(i + y^2)", "product(j + x, j = 1 .. 3)*i"); // oxfmt-ignore
    fc.assert(
      fc.property(
        fc.constantFrom("sum", "product"),
        body,
        body,
        fc.integer({ min: 1, max: 4 }),
        fc.integer({ min: 1, max: 5 }),
        (name, one, two, from, to) => {
          const term = p(`${name}(${one} + ${two}, i = ${from} .. ${to})`);
          const at = { x: 0.75, y: 1.25, a: [1, -2, 3, 0.5, 7] };
          const [whole, written] = [evaluate(term, at), evaluate(unroll(term), at)];
          expect(Math.abs(whole - written)).toBeLessThanOrEqual(1e-12 * Math.max(1, Math.abs(whole)));
        },
      ),
      { numRuns: 300, seed: 7 },
    );
  });

  test("differentiate under the sum and the product", () => {
    // d/dx prod_{i=1..4} (x + i) at 0 = 4! H_4 = 50.
    expect(evaluate(diff(p("product(x + i, i = 1 .. 4)"), context.symbol("x")), { x: 0 })).toBeCloseTo(50, 12);
    expect(evaluate(diff(p("sum(x^i, i = 1 .. 5)"), context.symbol("x")), { x: 1 })).toBe(15);
    expect(evaluate(diff(p("sum(a[i]^2, i = 1 .. 3)"), p("a[2]")), { a: [4, 5, 6] })).toBe(10);
    expect(diff(p("a[1]*a[2]"), p("a[2]"))).toBe(p("a[1]"));
    expect(() => diff(p("sum(i, i = 1 .. n)"), context.symbol("n"))).toThrow("depends on the variable");
  });

  test("limits stop what is too long", () => {
    expect(() => unroll(p("sum(i, i = 1 .. 10^9)"), 1000)).toThrow("more than 1000");
    expect(() => unroll(p("sum(i, i = 1 .. n)"))).toThrow(Failure);
    expect(() => evaluate(p("sum(i, i = 1 .. 10^15)"))).toThrow("elements");
    expect(() => evaluate(p("sum(i, i = 1/2 .. 3)"))).toThrow("integers");
    expect(() => p(`${"sum(".repeat(5000)}1${", i = 1 .. 2)".repeat(5000)}`)).toThrow("inside each other");
  });

  test("a body shared by two binders at every level is rebuilt once", () => {
    // 2^40 paths, 40 levels of two binders.
    let term = p("x");
    const i = context.symbol("i");
    const [one, two] = [context.number(1), context.number(2)];
    for (let level = 0; level < 40; level++)
      term = array(context, [comprehension(term, i, one, two), reduction("max", term, i, one, two)]);
    const there = substitute(term, { x: p("y + 1") });
    expect(graphSize(there)).toBe(graphSize(term) + 1);
    expect(freeSymbols(there).map(print)).toEqual(["y"]);
  });
});
