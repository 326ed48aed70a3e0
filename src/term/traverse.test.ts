import { describe, expect, test } from "vitest";
import {
  add,
  call,
  contains,
  Context,
  diff,
  evaluate,
  freeSymbols,
  graphSize,
  held,
  isHeld,
  mul,
  pack,
  parse,
  postorder,
  print,
  release,
  substitute,
  transfer,
  type Term,
} from "./index.ts";

describe("a deep chain (a million terms in the full set)", () => {
  const DEPTH = process.env.CALCULEMUS_TESTS === "full" ? 1_000_000 : 100_000;
  const context = new Context();
  const x = context.symbol("x");
  let deep: Term = x;
  for (let i = 0; i < DEPTH; i++) deep = call(context, "tanh", deep);

  test("is walked, measured, packed and carried over", () => {
    const order = postorder([deep]);
    expect(order).toHaveLength(DEPTH + 1);
    expect(order[0]).toBe(x);
    expect(order[DEPTH]).toBe(deep);
    expect(graphSize(deep)).toBe(DEPTH + 1);
    expect(freeSymbols(deep).map(print)).toEqual(["x"]);
    expect(contains(x, deep)).toBe(true);
    const other = new Context();
    expect(graphSize(transfer(deep, other))).toBe(DEPTH + 1);
    expect(pack([deep]).kind).toHaveLength(DEPTH + 1);
  });

  test("is substituted and evaluated", () => {
    const there = substitute(deep, { x: context.symbol("y") });
    expect(freeSymbols(there).map(print)).toEqual(["y"]);
    // The iterates of tanh behave like sqrt(3/(2n)) (the leading term of its asymptotic expansion).
    expect(evaluate(deep, { x: 1 })).toBeCloseTo(Math.sqrt(1.5 / DEPTH), 6);
  });

  test("is evaluated and released as a held chain", () => {
    let sum: Term = x;
    const one = context.number(1);
    for (let i = 0; i < DEPTH; i++) sum = held(context, "+", sum, one);
    expect(isHeld(sum)).toBe(true);
    expect(evaluate(sum, { x: 0.5 })).toBe(DEPTH + 0.5);
    expect(release(sum)).toBe(add(x, DEPTH));
    expect(diff(sum, x)).toBe(one);
  });
});

describe("a graph of 2^60 paths", () => {
  const context = new Context();
  const x = context.symbol("x");
  let shared: Term = x;
  for (let i = 0; i < 60; i++) shared = call(context, "atan2", shared, add(shared, 1));

  test("is as large as its distinct terms", () => {
    expect(graphSize(shared)).toBe(1 + 2 * 60);
    expect(freeSymbols(shared).map(print)).toEqual(["x"]);
    expect(graphSize(substitute(shared, { x: context.symbol("z") }))).toBe(graphSize(shared));
    expect(graphSize(transfer(shared, new Context()))).toBe(graphSize(shared));
  });

  test("is evaluated and differentiated", () => {
    let value = 0.3;
    for (let i = 0; i < 60; i++) value = Math.atan2(value, value + 1);
    expect(evaluate(shared, { x: 0.3 })).toBe(value);
    let slope = 1;
    let y = 0.3;
    for (let i = 0; i < 60; i++) {
      // d atan2(y, y + 1) = ((y + 1) - y) / (y^2 + (y + 1)^2) dy
      slope *= 1 / (y * y + (y + 1) * (y + 1));
      y = Math.atan2(y, y + 1);
    }
    const derivative = diff(shared, x);
    expect(graphSize(derivative)).toBeLessThan(2000);
    expect(evaluate(derivative, { x: 0.3 }) / slope).toBeCloseTo(1, 10);
  });

  test("is refused by the printer, whose text would be a tree", () => {
    expect(() => print(shared)).toThrow("longer than");
  });
});

test("powers of sums by repeated squaring stay small", () => {
  const context = new Context();
  let term = parse("1 + x*y", { context });
  for (let i = 0; i < 40; i++) term = add(mul(term, term), 1);
  expect(graphSize(term)).toBeLessThan(150);
});
