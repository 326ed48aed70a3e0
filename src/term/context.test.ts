import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { build, type Recipe, recipe, SYMBOLS } from "../../test/support/terms.ts";
import { Failure } from "../base/index.ts";
import {
  add,
  compareTerms,
  Context,
  held,
  isHeld,
  Kind,
  mul,
  pack,
  parse,
  print,
  release,
  sameStructure,
  transfer,
  unpack,
  type Term,
} from "./index.ts";

/** The term of a recipe, or undefined where it is not defined. */
function tryBuild(context: Context, r: Recipe): Term | undefined {
  try {
    return build(context, r);
  } catch (error) {
    expect(error).toBeInstanceOf(Failure);
    return undefined;
  }
}

/** A context in which many things were made before, in an order of its own. */
function used(): Context {
  const context = new Context();
  for (const name of ["q", ...SYMBOLS].toReversed()) parse(`sin(${name})^3 + 5/7*${name} - ${name}^2`, { context });
  for (let i = 0; i < 200; i++) context.symbol(`s${i}`);
  return context;
}

describe("hash-consing", () => {
  test("equal structure is the same object, also across a growing table", () => {
    const context = new Context();
    const made = Array.from({ length: 5000 }, (_, i) => parse(`x^${i} + ${i}/7*y`, { context }));
    const size = context.size;
    made.forEach((term, i) => expect(parse(`x^${i} + ${i}/7*y`, { context })).toBe(term));
    expect(context.size).toBe(size);
    expect(new Set(made).size).toBe(made.length);
  });

  test("structure, printing, packing and hash do not depend on the order of creation", () => {
    fc.assert(
      fc.property(recipe, recipe, (ra, rb) => {
        const one = new Context();
        const two = used();
        const a1 = tryBuild(one, ra);
        const b1 = tryBuild(one, rb);
        const b2 = tryBuild(two, rb);
        const a2 = tryBuild(two, ra);
        if (a1 === undefined || b1 === undefined) {
          expect(a2 === undefined || b2 === undefined).toBe(true);
          return;
        }
        for (const [here, there] of [
          [a1, a2!],
          [add(a1, b1), add(b2!, a2!)],
          [mul(b1, a1), mul(a2!, b2!)],
        ]) {
          expect(there.hash).toBe(here.hash);
          expect(print(there)).toBe(print(here));
          expect(pack([there])).toEqual(pack([here]));
          expect(sameStructure(here, there)).toBe(true);
        }
        expect(Math.sign(compareTerms(a2!, b2!))).toBe(Math.sign(compareTerms(a1, b1)));
        expect(compareTerms(b1, a1)).toBe(-compareTerms(a1, b1) || 0);
      }),
      { numRuns: 800, seed: 4 },
    );
  });

  test("terms of two contexts do not mix", () => {
    const [a, b] = [new Context(), new Context()];
    expect(() => add(a.symbol("x"), b.symbol("y"))).toThrow("terms of two contexts");
  });

  test("clear forgets everything and the context can be used again", () => {
    const context = new Context();
    parse("x + y", { context });
    const before = context.size;
    context.clear();
    expect(context.size).toBeLessThan(before);
    expect(print(parse("y + x", { context }))).toBe("x + y");
    expect(parse("3", { context })).toBe(context.number(3));
  });
});

describe("packing", () => {
  test("unpack(pack(t)) is t in its context and the same structure in another", () => {
    fc.assert(
      fc.property(recipe, recipe, (ra, rb) => {
        const context = new Context();
        const terms = [ra, rb].flatMap((r) => tryBuild(context, r) ?? []);
        const packed = structuredClone(pack([...terms, ...terms]));
        const back = unpack(context, packed);
        expect(back).toHaveLength(2 * terms.length);
        terms.forEach((term, i) => {
          expect(back[i]).toBe(term);
          expect(back[i + terms.length]).toBe(term);
          const other = used();
          const there = transfer(term, other);
          expect(there.context).toBe(other);
          expect(print(there)).toBe(print(term));
          expect(transfer(there, context)).toBe(term);
        });
      }),
      { numRuns: 500, seed: 5 },
    );
  });

  test.each([
    "123456789012345678901234567890*x + 1/98765432109876543210",
    "float(-0) + float(0.1)*x",
    "sum(a[i]*x^i, i = 1 .. n)",
    "piecewise(x, x < 1 and not y = 2, -x)",
    "array(i^2, i = 0 .. 3)",
    "[x, y, [z]]",
    "`a name`*x",
    "x^(2/3)*y^a",
  ])("%s travels", (text) => {
    const one = new Context();
    const term = parse(text, { context: one });
    const two = new Context();
    expect(transfer(term, two)).toBe(parse(text, { context: two }));
    expect(sameStructure(term, parse(text, { context: two }))).toBe(true);
    expect(sameStructure(term, parse(`(${text.startsWith("[") ? "[1]" : "1"})`, { context: two }))).toBe(false);
  });
});

describe("held terms", () => {
  const context = new Context();
  const h = (text: string): Term => parse(text, { context, held: true });

  test("are never normalised", () => {
    for (const [a, b] of [
      ["x + y", "y + x"],
      ["(x + y) + z", "x + (y + z)"],
      ["x - x", "0"],
      ["x*1", "x"],
      ["x/x", "1"],
      ["-(-x)", "x"],
      ["-(x*y)", "-x*y"],
      ["x*x", "x^2"],
      ["sqrt(x)", "x^(1/2)"],
      ["sin(-x)", "-sin(x)"],
      ["1/0", "1"],
    ])
      expect(h(a)).not.toBe(h(b));
    expect(h("x + (y + z)")).toBe(h("x+(y+z)"));
    expect(isHeld(h("x + y"))).toBe(true);
    expect(isHeld(h("x"))).toBe(false);
  });

  test("release gives the ordinary term", () => {
    for (const text of ["(x + y) - y", "-(x*y)/x", "2^(x - x)", "sin(x - 2*x)", "max(x, y)^2", "x^y*x"])
      expect(release(h(text))).toBe(parse(text, { context }));
  });

  test("stand inside ordinary terms as they are", () => {
    const inner = held(context, "-", context.symbol("x"), context.symbol("x"));
    const sum = add(inner, inner);
    expect(sum).toBe(mul(inner, 2));
    expect(sum.kind).toBe(Kind.product);
    expect(release(sum)).toBe(context.number(0));
  });

  test("refuse unknown operations and wrong numbers of arguments", () => {
    const x = context.symbol("x");
    expect(() => held(context, "frobnicate", x)).toThrow(Failure);
    expect(() => held(context, "+", x)).toThrow(Failure);
    expect(() => held(context, "sin", x, x)).toThrow(Failure);
    expect(() => held(context, "constructor", x)).toThrow(Failure);
  });

  test("print as written: what is printed reads back as the same held term", () => {
    const operand = fc.constantFrom("x", "y", "z", "2", "7");
    const text = fc.letrec<{ e: string }>((tie) => ({
      e: fc.oneof(
        { depthSize: "small" },
        operand,
        fc.tuple(tie("e"), fc.constantFrom("+", "-", "*", "/", "^"), tie("e")).map(([a, op, b]) => `(${a})${op}(${b})`),
        tie("e").map((a) => `(-(${a}))`),
        tie("e").map((a) => `sin(${a})`),
      ),
    })).e;
    fc.assert(
      fc.property(text, (written) => {
        const term = h(written);
        expect(h(print(term))).toBe(term);
      }),
      { numRuns: 1500, seed: 6 },
    );
  });
});
