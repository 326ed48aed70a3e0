// One suite for all targets: random programs must give the same bits everywhere, and published limits must be reached.
import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  abs,
  add,
  and,
  at,
  at2,
  call,
  ceil,
  copysign,
  div,
  eq,
  f64,
  floor,
  fn,
  ge,
  gt,
  i32,
  lane,
  le,
  lt,
  math,
  max,
  min,
  mul,
  ne,
  nearest,
  neg,
  not,
  or,
  pair,
  program,
  rem,
  select,
  shl,
  shr,
  shru,
  slice,
  splat,
  sqrt,
  sub,
  tapeFunction,
  toF64,
  toI32,
  trunc,
  xor,
} from "./builder.ts";
import { compileProgram, compileProgramSync } from "./kernel.ts";
import type { StructuredFunction } from "./ir.ts";
import { Runtime } from "./runtime.ts";
import { Op, runTape, TapeBuilder, type Tape } from "./tape.ts";
import { mathFunctions } from "./functions.ts";
import {
  ALL_TARGETS,
  CODE_TARGETS,
  randomFunction,
  randomTape,
  SPECIAL,
  TARGETS,
  withKernels,
} from "../../test/compile/programs.ts";

const anyNumber = fc.oneof(
  { weight: 3, arbitrary: fc.double({ min: -10, max: 10, noNaN: true }) },
  { weight: 2, arbitrary: fc.constantFrom(...SPECIAL) },
  { weight: 1, arbitrary: fc.double() },
);

/** What the table tier computes, independently of kernels. */
function reference(tape: Tape, scalars: number[], read: number[][]): Float64Array {
  const arrays = tape.arrays.map(({ length }, k) => Float64Array.from({ length }, (_, i) => read[k]?.[i] ?? 0));
  runTape(tape, tape.functions.map((name) => mathFunctions[name]), scalars, arrays, new Float64Array(tape.op.length)); // oxfmt-ignore
  return arrays.at(-1)!;
}

/** Equal bit by bit, except for the bits of NaN. */
function same(actual: ArrayLike<number>, expected: ArrayLike<number>): void {
  expect(actual.length).toBe(expected.length);
  for (let i = 0; i < actual.length; i++)
    if (!Object.is(actual[i], expected[i])) expect([i, actual[i]]).toEqual([i, expected[i]]);
}

function run(
  tape: Tape,
  target: (typeof TARGETS)[number],
  scalars: number[],
  read: number[][],
  chunkNodes?: number,
): Float64Array {
  return withKernels(program("p", tapeFunction(tape)), target, (k) => {
    const arrays = tape.arrays.map(({ length }, a) => {
      const view = k.runtime.f64(length);
      if (read[a]) view.set(read[a].slice(0, length));
      return view;
    });
    k.call[tape.name](...scalars, ...arrays, k.runtime.f64(k.scratchLength(tape.name)));
    return arrays.at(-1)!.slice();
  }, chunkNodes); // oxfmt-ignore
}

const eight = fc.array(anyNumber, { minLength: 8, maxLength: 8 });

describe.each(TARGETS)("tapes on %s", (target) => {
  test("random tapes give the bits of the table tier, whatever the chunks", () => {
    fc.assert(
      fc.property(
        fc.integer(),
        fc.integer({ min: 5, max: 400 }),
        fc.integer({ min: 1, max: 60 }),
        fc.constantFrom(1, 7, 50, undefined),
        anyNumber,
        anyNumber,
        eight,
        eight,
        (seed, length, near, chunk, p, q, x, z) => {
          const tape = randomTape(seed, length, near);
          same(run(tape, target, [p, q], [x, z], chunk), reference(tape, [p, q], [x, z]));
        },
      ),
      { numRuns: 150 },
    );
  });

  test("every operation at special values", () => {
    const unary = [Op.neg, Op.sqrt, Op.abs, Op.floor, Op.ceil, Op.not];
    const binary = [Op.add, Op.sub, Op.mul, Op.div, Op.min, Op.max, Op.lt, Op.le, Op.eq, Op.ne, Op.and, Op.or];
    const n = SPECIAL.length;
    const t = new TapeBuilder("ops", [], [
      { name: "x", length: n, access: "read" },
      { name: "out", length: n * unary.length + n * n * (binary.length + 1), access: "write" },
    ]); // oxfmt-ignore
    const x = SPECIAL.map((_, i) => t.load(0, i));
    let k = 0;
    for (const a of x) {
      for (const op of unary) t.store(t.emit(op, a), 1, k++);
      for (const b of x) {
        for (const op of binary) t.store(t.emit(op, a, b), 1, k++);
        t.store(t.emit(Op.select, a, b, a), 1, k++);
      }
    }
    const tape = t.build();
    same(run(tape, target, [], [[...SPECIAL]]), reference(tape, [], [[...SPECIAL]]));
  });

  test("200,000 nodes, 60,000 values of many uses, chains of 100,000 to the left and to the right", () => {
    const big = randomTape(99, 200_000, 50_000);
    const x = [1, 2, 3, 4, 5, 6, 7, 8];
    same(run(big, target, [0.5, 2], [x, x]), reference(big, [0.5, 2], [x, x]));

    const many = new TapeBuilder("many", [], [{ name: "x", length: 8, access: "read" }, { name: "out", length: 1, access: "write" }]); // oxfmt-ignore
    const shared: number[] = [many.load(0, 1)];
    for (let i = 0; i < 60_000; i++) shared.push(many.emit(Op.add, shared[i], many.load(0, i % 8)));
    let sum = many.constant(0);
    for (const v of shared) sum = many.emit(Op.add, sum, v);
    many.store(sum, 1, 0);
    const manyTape = many.build();
    same(run(manyTape, target, [], [x]), reference(manyTape, [], [x]));

    for (const right of [false, true]) {
      const chain = new TapeBuilder("chain", [], [{ name: "x", length: 8, access: "read" }, { name: "out", length: 1, access: "write" }]); // oxfmt-ignore
      const leaves = Array.from({ length: 100_000 }, (_, i) => chain.load(0, i % 8));
      let value = leaves[0];
      for (let i = 1; i < leaves.length; i++)
        value = right ? chain.emit(Op.sub, leaves[i], value) : chain.emit(Op.sub, value, leaves[i]);
      chain.store(value, 1, 0);
      const tape = chain.build();
      same(run(tape, target, [], [x]), reference(tape, [], [x]));
    }
  });

  test("many scalars, an empty tape, dead code", () => {
    const names = Array.from({ length: 600 }, (_, i) => `s${i}`);
    const t = new TapeBuilder("scalars", names, [{ name: "out", length: 600, access: "write" }]);
    names.forEach((_, i) => t.store(t.emit(Op.mul, t.emit(Op.scalar, i), t.emit(Op.scalar, 599 - i)), 0, i));
    t.call("exp", t.constant(1));
    const tape = t.build();
    const values = names.map((_, i) => i + 0.25);
    same(run(tape, target, values, [], 100), reference(tape, values, []));
    const empty = new TapeBuilder("empty", [], []).build();
    withKernels(program("p", tapeFunction(empty)), target, (k) => k.call.empty(k.runtime.f64(0)));
  });
});

/** Everything a structured function leaves behind: result and both arrays. */
function outcome(
  functions: StructuredFunction[],
  target: (typeof TARGETS)[number],
  a: number,
  n: number,
  x: number[],
  j: number[],
): (number | bigint)[] {
  return withKernels(program("p", ...functions), target, (k) => {
    const xs = k.runtime.f64(16);
    const js = k.runtime.i32(16);
    xs.set(x);
    js.set(j);
    const result = k.call[functions.at(-1)!.name](a, n, xs, js);
    return [result!, ...xs, ...js];
  });
}

describe("structured functions", () => {
  test("random programs give the same bits on js and wasm", () => {
    const sixteen = fc.array(anyNumber, { minLength: 16, maxLength: 16 });
    const integers = fc.array(fc.integer(), { minLength: 16, maxLength: 16 });
    fc.assert(
      fc.property(fc.integer(), fc.integer(), anyNumber, fc.integer(), sixteen, integers, (s1, s2, a, n, x, j) => {
        const inner = randomFunction(s1, "inner");
        const functions = [inner, randomFunction(s2, "outer", [inner])];
        same(outcome(functions, "wasm", a, n, x, j) as number[], outcome(functions, "js", a, n, x, j) as number[]);
      }),
      { numRuns: 400 },
    );
  });

  const doubles = { neg, abs, sqrt, floor, ceil, trunc, nearest };
  const pairs = { add, sub, mul, div, min, max, copysign };
  const integerPairs = { add, sub, mul, and, or, xor, shl, shr, shru, min, max };
  const relations = { eq, ne, lt, le, gt, ge };

  test("every operation at special values, all targets", () => {
    const functions: StructuredFunction[] = [];
    for (const [name, op] of Object.entries(doubles))
      functions.push(fn(`u_${name}`, { a: "f64", b: "f64" }, "f64", ({ a }, k) => k.return(op(a))));
    for (const [name, op] of Object.entries(pairs))
      functions.push(fn(`b_${name}`, { a: "f64", b: "f64" }, "f64", ({ a, b }, k) => k.return(op(a, b))));
    for (const [name, op] of Object.entries(relations))
      functions.push(fn(`r_${name}`, { a: "f64", b: "f64" }, "i32", ({ a, b }, k) => k.return(op(a, b))));
    functions.push(fn("toI32", { a: "f64", b: "f64" }, "i32", ({ a }, k) => k.return(toI32(a))));
    const ints = [0, 1, -1, 2, 31, 32, 33, 100, -100, 2147483647, -2147483648];
    const whole: StructuredFunction[] = [];
    for (const [name, op] of Object.entries({
      ...integerPairs,
      ...relations,
      toF64: (a: Parameters<typeof toF64>[0]) => toI32(toF64(a)),
      neg,
      abs,
      not,
    }))
      whole.push(fn(`i_${name}`, { a: "i32", b: "i32" }, "i32", ({ a, b }, k) => k.return((op as typeof add)(a, b))));
    for (const b of [1, 2, -3, 7])
      whole.push(
        fn(`div${b}`, { a: "i32", b: "i32" }, "i32", ({ a }, k) => k.return(div(a, b))),
        fn(`rem${b}`, { a: "i32", b: "i32" }, "i32", ({ a }, k) => k.return(rem(a, b))),
      );
    const p = program("ops", ...functions, ...whole);
    for (const target of CODE_TARGETS.slice(1))
      withKernels(p, CODE_TARGETS[0], (js) =>
        withKernels(p, target, (other) => {
          for (const { name } of functions)
            for (const a of SPECIAL)
              for (const b of SPECIAL)
                expect([target, name, a, b, other.call[name](a, b)]).toEqual([target, name, a, b, js.call[name](a, b)]);
          for (const { name } of whole)
            for (const a of ints)
              for (const b of ints)
                expect([target, name, a, b, other.call[name](a, b)]).toEqual([target, name, a, b, js.call[name](a, b)]);
        }),
      );
  });

  const fib = fn("fib", { n: "i32" }, "f64", ({ n }, k) => {
    const a = k.let("a", 0);
    const b = k.let("b", 1);
    const i = k.let("i", i32(0));
    k.while(i32(1), () => {
      k.if(ge(i, n), () => k.break());
      const t = k.let("t", add(a, b));
      k.set(a, b);
      k.set(b, t);
      k.set(i, add(i, 1));
    });
    k.return(a);
  });
  const row = fn("row", { n: "i32", a: "f64[]", x: "f64[]" }, "f64", ({ n, a, x }, k) => {
    const s = k.let("s", 0);
    k.for("i", 0, n, (i) => k.set(s, add(s, mul(at(a, i), at(x, i)))));
    k.return(s);
  });
  const gemv = fn("gemv", { n: "i32", a: "f64[]", x: "f64[]", y: "f64[]" }, undefined, ({ n, a, x, y }, k) => {
    k.for("i", 0, n, (i) => k.store(y, i, call(row, n, slice(a, mul(i, n)), x)));
  });

  test("lanes: every operation at special values, pairs that overlap in memory, a lane read while both are set", () => {
    const f = fn("f", { x: "f64[]", y: "f64[]" }, undefined, ({ x, y }, k) => {
      const n = SPECIAL.length;
      let out = 0;
      [add, sub, mul, div].forEach((op) =>
        k.for("i", 0, n, (i) =>
          k.for("j", 0, n - 1, (j) => k.store(y, add(add(mul(i, n), mul(j, 1)), n * n * out), op(splat(at(x, i)), at2(x, j))), 2)), void out++); // oxfmt-ignore
      k.store(x, 1, at2(x, 0));
      const v = k.let2("v", pair(at(x, 2), 7));
      k.set(v, add(splat(lane(v, 0)), splat(lane(v, 1))));
      k.store(x, 3, v);
    });
    const results = CODE_TARGETS.map((target) =>
      withKernels(program("p", f), target, (k) => {
        const x = k.runtime.f64(SPECIAL.length);
        const y = k.runtime.f64(4 * SPECIAL.length ** 2);
        x.set(SPECIAL);
        k.call.f(x, y);
        expect(x.slice(0, 5)).toEqual(Float64Array.of(0, 0, -0, 7, 7));
        return [...x, ...y];
      }),
    );
    for (const result of results.slice(1)) same(result, results[0]);
  });

  test.each(CODE_TARGETS)("loops, breaks, calls with slices on %s", (target) => {
    withKernels(program("p", fib, row, gemv), target, (k) => {
      expect(k.call.fib(10)).toBe(55);
      const a = k.runtime.f64(9);
      const x = k.runtime.f64(3);
      const y = k.runtime.f64(3);
      a.set([1, 2, 3, 4, 5, 6, 7, 8, 9]);
      x.set([1, 10, 100]);
      k.call.gemv(3, a, x, y);
      expect([...y]).toEqual([321, 654, 987]);
    });
  });

  test.each(ALL_TARGETS)("a loop around a tape on %s", (target) => {
    const t = new TapeBuilder("decay", ["h"], [{ name: "y", length: 2, access: "read" }, { name: "dy", length: 2, access: "write" }]); // oxfmt-ignore
    for (const i of [0, 1]) t.store(t.emit(Op.mul, t.emit(Op.scalar, 0), t.load(0, i)), 1, i);
    const rhs = tapeFunction(t.build());
    const euler = fn(
      "euler",
      { steps: "i32", h: "f64", y: "f64[]", dy: "f64[]", w: "f64[]" },
      undefined,
      ({ steps, h, y, dy, w }, k) => {
        k.for("s", 0, steps, () => {
          k.do(rhs, neg(h), y, dy, w);
          k.for("i", 0, 2, (i) => k.store(y, i, add(at(y, i), at(dy, i))));
        });
      },
    );
    withKernels(program("p", rhs, euler), target, (k) => {
      const y = k.runtime.f64(2);
      y.set([1, 2]);
      k.call.euler(3, 0.5, y, k.runtime.f64(2), k.runtime.f64(k.scratchLength("decay")));
      expect([...y]).toEqual([0.125, 0.25]);
    });
  });

  test("an index that wraps below zero reaches the same element", () => {
    const f = fn("f", { x: "f64[]", n: "i32" }, "f64", ({ x, n }, k) => k.return(at(x, add(n, 3))));
    for (const target of CODE_TARGETS)
      withKernels(program("p", f), target, (k) => {
        const x = k.runtime.f64(4);
        x.set([5, 6, 7, 8]);
        expect(k.call.f(x, -3)).toBe(5);
      });
  });

  test("functions of the table are called by name; missing ones are refused", async () => {
    const f = fn("f", { x: "f64" }, "f64", ({ x }, k) => k.return(math("half", x)));
    const k = await compileProgram(program("p", f), { functions: { half: (x) => x / 2 } });
    expect(k.call.f(3)).toBe(1.5);
    k.dispose();
    expect(() => compileProgramSync(program("p", f))).toThrow("has no half");
  });

  test("two programs share one memory", () => {
    const runtime = new Runtime({ bytes: 1 << 20 });
    const set = fn("set", { x: "f64[]" }, undefined, ({ x }, k) => k.store(x, 0, f64(7)));
    const get = fn("get", { x: "f64[]" }, "f64", ({ x }, k) => k.return(at(x, 0)));
    const x = runtime.f64(1);
    compileProgramSync(program("a", set), { runtime, target: "wasm" }).call.set(x);
    expect(compileProgramSync(program("b", get), { runtime, target: "js" }).call.get(x)).toBe(7);
    runtime.dispose();
  });

  test("select and not", () => {
    const f = fn("f", { a: "i32" }, "i32", ({ a }, k) => k.return(select(not(a), 10, select(eq(a, 1), i32(20), 30))));
    for (const target of CODE_TARGETS)
      withKernels(program("p", f), target, (k) => expect([0, 1, 2].map((a) => k.call.f(a))).toEqual([10, 20, 30]));
  });
});
