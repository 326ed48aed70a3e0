// Target wgsl: what is emitted and what is refused; where a shader can run, every operation bit by bit against target js.
import { afterAll, describe, expect, test } from "vitest";
import { compileSync } from "../../formula.ts";
import { closedFunctions } from "../../special/index.ts";
import { fn, program } from "../builder.ts";
import * as ir from "../builder.ts";
import type { Expression, Program, Variable } from "../ir.ts";
import { compileProgramSync } from "../kernel.ts";
import { allowed, operationNames } from "../operations.ts";
import { expandMath } from "../passes/expand-math.ts";
import { Runtime } from "../runtime.ts";
import { emitWgsl } from "./wgsl.ts";
import { closeGpu, compileWgsl, gpuMissing } from "./wgsl-run.ts";

const missing = await gpuMissing();
afterAll(closeGpu);

const axpy = program(
  "blas",
  fn("axpy", { n: "i32", a: "f32", x: "f32[n]", y: "f32[n]" }, undefined, ({ n, a, x, y }, k) =>
    k.for("i", 0, n, (i) => k.store(y, i, ir.add(ir.mul(a, ir.at(x, i)), ir.at(y, i)))),
  ),
);

/** A function of x: f32[] and y: f32[]. */
function loop(
  body: (p: { n: Variable<"i32">; x: Variable<"f32[]">; y: Variable<"f32[]"> }, k: ir.Block) => void,
): Program {
  return program("p", fn("f", { n: "i32", x: "f32[]", y: "f32[]" }, undefined, body));
}

describe("emission", () => {
  test("a loop becomes invocations, arrays buffers, scalars a uniform", () => {
    const { text, scalars, arrays, turns, stops, workgroup } = emitWgsl(axpy);
    expect(scalars).toEqual([{ name: "n", type: "i32" }, { name: "a", type: "f32" }]); // oxfmt-ignore
    expect(arrays.map(({ name, access, binding }) => [name, access, binding])).toEqual([["x", "read", 2], ["y", "read_write", 3]]); // oxfmt-ignore
    expect(turns(new Map([["n", 17], ["a", 2]]))).toBe(17); // oxfmt-ignore
    expect(turns(new Map([["n", -3]]))).toBe(0);
    expect([stops, workgroup]).toEqual([[], 64]);
    expect(text).toContain("@compute @workgroup_size(64)");
    expect(text).toContain("if (last <= first || turn >= bitcast<u32>(last - first)) { return; }");
    expect(text).toContain("y_[i_] = kept(kept(s.a_ * x_[i_]) + y_[i_]);");
    expect(text).not.toContain("for (");
  });

  test("constants are read back exactly; what is no normal number is put together from bits", () => {
    const value = (c: number): string => {
      const { text } = emitWgsl(
        loop(({ n, x, y }, k) => k.for("i", 0, n, (i) => k.store(y, i, ir.mul(ir.at(x, i), c)))),
      );
      return /\* (.*)\);/.exec(text)![1];
    };
    expect(value(0.5)).toBe("0.5f");
    expect(value(-3)).toBe("(-3.0f)");
    expect(value(0.1)).toBe("0x1.99999ap-4f");
    expect(value(-1e30)).toBe("(-0x1.93e594p99f)");
    expect(value(0)).toBe("wordOf(0x0u)");
    expect(value(-0)).toBe("wordOf(0x80000000u)");
    expect(value(Infinity)).toBe("wordOf(0x7f800000u)");
    expect(value(1e-40)).toBe("wordOf(0x116c2u)");
  });

  test("a stated length is guarded: an access that is not proved stops the program", () => {
    const p = program(
      "p",
      fn("f", { n: "i32", x: "f32[n]", y: "f32[n]" }, undefined, ({ n, x, y }, k) =>
        k.for("i", 0, n, (i) => k.store(y, i, ir.at(x, ir.toI32(ir.at(x, i))))),
      ),
    );
    expect(emitWgsl(p).stops).toHaveLength(1);
    expect(emitWgsl(p).text).toContain("atomicMax(&stopped, why)");
  });

  test.each<[string, Program, string]>([
    ["f64", program("p", fn("f", { n: "i32", y: "f64[]" }, undefined, ({ n, y }, k) => k.for("i", 0, n, (i) => k.store(y, i, 1)))), "the parameter y is f64[], and WGSL has no 64-bit numbers"],
    ["f64 inside", loop(({ n, x, y }, k) => k.for("i", 0, n, (i) => k.store(y, i, ir.convert(ir.mul(ir.convert(ir.at(x, i), "f64"), 2), "f32")))), "it computes in f64"],
    ["i64", loop(({ n, x, y }, k) => k.for("i", 0, n, (i) => k.store(y, i, ir.convert(ir.convert(ir.at(x, i), "i64"), "f32")))), "it computes in i64"],
    ["function table", loop(({ n, x, y }, k) => k.for("i", 0, n, (i) => k.store(y, i, ir.math("tanh", ir.at(x, i))))), "it calls the function tanh of the function table"],
    ["carried local", loop(({ n, x, y }, k) => { const sum = k.let("sum", ir.f32(0)); k.for("i", 0, n, (i) => { k.set(sum, ir.add(sum, ir.at(x, i))); k.store(y, i, sum); }); }), "sum goes from one turn of its loop to the next"],
    ["carried element", loop(({ n, y }, k) => k.for("i", 1, n, (i) => k.store(y, i, ir.at(y, ir.sub(i, 1))))), "may touch the same elements of y"],
    ["one place", loop(({ n, x, y }, k) => k.for("i", 0, n, (i) => k.store(y, 0, ir.at(x, i)))), "may touch the same elements of y"],
    ["overlapping rows", loop(({ n, y }, k) => k.for("i", 0, n, (i) => k.for("j", 0, ir.add(n, 1), (j) => k.store(y, ir.add(ir.mul(i, n), j), 1)))), "may touch the same elements of y"],
    ["scatter", loop(({ n, x, y }, k) => k.for("i", 0, n, (i) => k.store(y, ir.toI32(ir.at(x, i)), 1))), "an index into it cannot be followed"],
    ["reduction", program("p", fn("f", { n: "i32", x: "f32[]" }, "f32", ({ n, x }, k) => { const s = k.let("s", ir.f32(0)); k.for("i", 0, n, (i) => k.set(s, ir.add(s, ir.at(x, i)))); k.return(s); })), "it gives a result"],
    ["early end", loop(({ n, x, y }, k) => k.for("i", 0, n, (i) => { k.store(y, i, 1); k.if(ir.gt(ir.at(x, i), 0), () => k.break()); })), "it leaves its loop early"],
    ["narrow stores", program("p", fn("f", { n: "i32", y: "u8[]" }, undefined, ({ n, y }, k) => k.for("i", 0, n, (i) => k.store(y, i, 1)))), "it stores to y, an u8[]"],
    ["data-dependent count", loop(({ x, y }, k) => k.for("i", 0, ir.toI32(ir.at(x, 0)), (i) => k.store(y, i, 1))), "the bounds of its loop over i are not integer expressions of its parameters"],
  ])("refused by name: %s", (_, p, why) => {
    expect(() => emitWgsl(p)).toThrow(expect.objectContaining({ kind: "unsupported", what: expect.stringContaining(why) }));
  }); // oxfmt-ignore

  test("rows of a grid are independent", () => {
    const rows = program(
      "p",
      fn("f", { n: "i32", m: "i32", x: "f32[n*m]", y: "f32[n*m]" }, undefined, ({ n, m, x, y }, k) =>
        k.for("i", 0, n, (i) =>
          k.for("j", 1, m, (j) => k.store(y, ir.add(ir.mul(i, m), j), ir.at(x, ir.add(ir.mul(i, m), ir.sub(j, 1))))),
        ),
      ),
    );
    expect(emitWgsl(rows).text).toContain("for (j_ = 1i; j_ < limit");
  });
});

describe("formulae", () => {
  const f = compileSync("exp(-x*x)*sin(a*x)", { variables: ["x", "a"], target: "wgsl" });

  test("the shader calls no function of WGSL's own that is loose", () => {
    expect(f.shader).not.toMatch(/\b(exp|sin|cos|log|pow|tan)\(/);
    expect(f.explain()).toContain("target: wgsl");
    expect(f.evidence.some((each) => each.statement === "sin is within 1 units in the last place")).toBe(true);
  });

  test("what needs another target says so", async () => {
    expect(() => f(1, 2)).toThrow(expect.objectContaining({ kind: "unsupported" }));
    expect(() => f.map({ x: new Float32Array(2), a: 1 })).toThrow(/asynchronously/);
    await expect(f.mapAsync({ x: new Float64Array(2), a: 1 })).rejects.toThrow(/double precision/);
    expect(() => compileSync("sinh(x)", { target: "wgsl" })).toThrow(/function table|sinh/);
    expect(() => compileSync("x+1", { target: "wgsl", arithmetic: { format: "bfloat16" } })).toThrow(/emulated/);
  });

  test("on other targets mapAsync is map", async () => {
    const g = compileSync("x^2+1", { target: "js" });
    expect(await g.mapAsync(Float64Array.of(1, 2))).toEqual(Float64Array.of(2, 5));
    expect(g.shader).toBeUndefined();
  });

  test.runIf(missing)(`without a GPU the failure says what to install (${missing})`, async () => {
    await expect(f.mapAsync({ x: new Float32Array(2), a: 1 })).rejects.toThrow(expect.objectContaining({ kind: "unsupported" }));
  }); // oxfmt-ignore
});

const FLOATS = [0, -0, 1, -1, 0.5, -0.5, 1.5, 2.5, -2.5, 3, 7, 0.1, 1e-20, -1e20, 8388609, 16777215, -8388607.5, 2147483648, -2147483648, 4294967296, 3e9, 1e38, 3.4028234663852886e38, 2 ** -126, Infinity, -Infinity, NaN]; // oxfmt-ignore
const WHOLES = [
  0, 1, -1, 2, -2, 7, 31, 32, 33, 100, -100, 65535, 65536, 2147483647, -2147483648, -2147483647, 1431655765,
];

/** All pairs of the list, and some hundred others. */
function pairs(list: readonly number[], other: (k: number) => number): { a: number[]; b: number[] } {
  const a = list.flatMap((x) => list.map(() => x));
  const b = list.flatMap(() => list);
  for (let k = 0; k < 400; k++) {
    a.push(other(2 * k));
    b.push(other(2 * k + 1));
  }
  return { a, b };
}
const noise = (k: number): number => Math.imul(k + 1, 0x9e3779b1) ^ (Math.imul(k + 7, 0x85ebca6b) >>> 5);
const FLOAT_PAIRS = pairs(FLOATS, (k) => Math.fround((noise(k) / 2 ** 31) * 2 ** ((noise(k + 99) >> 3) % 40)));
const WHOLE_PAIRS = pairs(WHOLES, noise);

interface Row {
  readonly name: string;
  readonly make: (a: Expression, b: Expression) => Expression;
}

/** Operations of scalars from two operands of one type (and a third, the first again). */
function rows(from: "f32" | "i32", to: "f32" | "i32"): Row[] {
  const found: Row[] = [];
  for (const op of operationNames)
    for (const count of [1, 2, 3]) {
      const types = op === "select" && count === 3 ? [from, from, "i32" as const] : Array.from({ length: count }, () => from); // oxfmt-ignore
      if (!allowed(op, to, types)) continue;
      found.push({
        name: op,
        make(a, b) {
          // Traps are tested apart.
          const safe = ["div", "rem", "divu", "remu"].includes(op) && from === "i32" ? ir.or(ir.and(b, 0x7fffffff), 1) : b; // oxfmt-ignore
          const third = op === "select" ? ir.lt(a, b) : a;
          return ir.operation(op, to, [a, safe, third].slice(0, count));
        },
      });
    }
  return found;
}

function table(from: "f32" | "i32", to: "f32" | "i32", list: readonly Row[]): Program {
  const count = list.length;
  return program(
    "table",
    fn("f", { n: "i32", a: `${from}[]`, b: `${from}[]`, y: `${to}[]` }, undefined, ({ n, a, b, y }, k) =>
      k.for("i", 0, n, (i) => list.forEach(({ make }, j) => k.store(y, ir.add(ir.mul(i, count), j), make(ir.at(a, i), ir.at(b, i))))),
    ),
  ); // oxfmt-ignore
}

/** NaNs are alike, and so are numbers below the normal range and zeros. */
function alike(x: number, y: number): boolean {
  const flushed = (v: number): number => (Math.abs(v) < 2 ** -126 ? 0 : v);
  return Object.is(x, y) || flushed(x) === flushed(y);
}

describe.skipIf(missing)(`execution${missing ? ` (skipped: ${missing})` : ""}`, () => {
  test.each([["f32", "f32"], ["f32", "i32"], ["i32", "i32"], ["i32", "f32"]] as const)("every operation from %s to %s, bit by bit", async (from, to) => {
    const list = rows(from, to).filter(({ name }) => name !== "madd" && name !== "nmadd");
    const { a, b } = from === "f32" ? FLOAT_PAIRS : WHOLE_PAIRS;
    const n = a.length;
    const p = table(from, to, list);
    const runtime = new Runtime({ bytes: 1 << 22 });
    const arrays = [a, b].map((values) => { const v = runtime[from](n); v.set(values); return v; });
    const expected = runtime[to](n * list.length);
    compileProgramSync(p, { target: "js", runtime }).call.f(n, arrays[0], arrays[1], expected);
    const actual = to === "f32" ? new Float32Array(n * list.length) : new Int32Array(n * list.length);
    const kind = from === "f32" ? Float32Array : Int32Array;
    await (await compileWgsl(p)).call(n, kind.from(a), kind.from(b), actual);
    const wrong: unknown[] = [];
    for (let i = 0; i < n * list.length; i++) {
      const { name } = list[i % list.length];
      const [p, q] = [a[Math.floor(i / list.length)], b[Math.floor(i / list.length)]];
      // NaNs have many bit patterns.
      const ok = alike(actual[i], expected[i]) || (name === "bits" && Number.isNaN(p));
      if (!ok) wrong.push([name, p, q, actual[i], expected[i]]);
    }
    runtime.dispose();
    expect(list.length).toBeGreaterThan(1);
    expect(wrong.slice(0, 20)).toEqual([]);
  }); // oxfmt-ignore

  test.each(["exp", "log", "sin", "cos", "tan"])("%s has the bits of target js", async (name) => {
    const p = expandMath(loop(({ n, x, y }, k) => k.for("i", 0, n, (i) => k.store(y, i, ir.math(name, ir.at(x, i))))), closedFunctions, 2.5); // oxfmt-ignore
    const values = [...FLOATS, ...FLOAT_PAIRS.a.slice(-400), ...Array.from({ length: 2000 }, (_, k) => (k - 1000) / 8)];
    for (let e = -126; e < 128; e++) values.push(1.3 * 2 ** e, -1.9 * 2 ** e);
    const n = values.length;
    const runtime = new Runtime({ bytes: 1 << 20 });
    const [x, y] = [runtime.f32(n), runtime.f32(n)];
    x.set(values);
    compileProgramSync(p, { target: "js", runtime }).call.f(n, x, y);
    const actual = new Float32Array(n);
    await (await compileWgsl(p)).call(n, Float32Array.from(values), actual);
    const wrong = values.filter((_, i) => !alike(actual[i], y[i]));
    runtime.dispose();
    expect(wrong).toEqual([]);
  });

  test("more invocations than one axis of groups has, and scalars", async () => {
    const n = 65_535 * 64 + 77;
    const [x, y] = [new Float32Array(n).fill(2), new Float32Array(n).fill(1)];
    await (await compileWgsl(axpy)).call(n, 3, x, y);
    expect([y[0], y[n - 78], y[n - 1]]).toEqual([7, 7, 7]);
    expect(y.findIndex((each) => each !== 7)).toBe(-1);
  });

  test("inner loops, whiles, branches, views, functions, narrow elements", async () => {
    const g = fn("g", { x: "f32", k: "i32" }, "f32", ({ x, k: times }, k) => {
      const y = k.let("y", x);
      k.for("j", 0, times, () => k.set(y, ir.mul(y, 0.5)));
      k.if(ir.lt(y, 1), () => k.return(ir.neg(y)));
      k.return(y);
    });
    const p = program(
      "p",
      g,
      fn("f", { n: "i32", c: "u8[]", w: "i16[]", x: "f32[]", y: "f32[]" }, undefined, ({ n, c, w, x, y }, k) => {
        const half = k.let("half", ir.shr(n, 1));
        const later = k.view("later", y, half);
        k.for("i", 0, half, (i) => {
          const t = k.let("t", ir.call(g, ir.at(x, i), ir.at(c, i)));
          const m = k.let("m", ir.at(w, i));
          k.while(ir.gt(m, 10), () => k.set(m, ir.shr(m, 1)));
          k.if(ir.lt(m, 0), () => k.set(t, ir.add(t, 100)), () => k.set(t, ir.sub(t, ir.convert(m, "f32")))); // oxfmt-ignore
          k.store(later, i, t);
        });
      }),
    );
    const n = 1001;
    const values = { c: Array.from({ length: n }, (_, i) => i % 7), w: Array.from({ length: n }, (_, i) => ((i * 977) % 3000) - 1000), x: Array.from({ length: n }, (_, i) => i / 3) }; // oxfmt-ignore
    const runtime = new Runtime({ bytes: 1 << 20 });
    const [c, w, x, y] = [runtime.u8(n), runtime.i16(n), runtime.f32(n), runtime.f32(n)];
    c.set(values.c);
    w.set(values.w);
    x.set(values.x);
    compileProgramSync(p, { target: "js", runtime }).call.f(n, c, w, x, y);
    const actual = new Float32Array(n);
    await (await compileWgsl(p, { name: "f" })).call(n, Uint8Array.from(values.c), Int16Array.from(values.w), Float32Array.from(values.x), actual); // oxfmt-ignore
    expect(actual).toEqual(Float32Array.from(y));
    runtime.dispose();
  });

  test("a division by zero and an access outside stop the program; results stay as they were", async () => {
    const p = program(
      "p",
      fn("f", { n: "i32", a: "i32[n]", y: "i32[n]" }, undefined, ({ n, a, y }, k) =>
        k.for("i", 0, n, (i) => k.store(y, i, ir.div(100, ir.at(a, i)))),
      ),
    );
    const kernel = await compileWgsl(p);
    const y = new Int32Array(3);
    await expect(kernel.call(3, Int32Array.of(1, 0, 2), y)).rejects.toThrow("integer division by zero");
    expect(y).toEqual(new Int32Array(3));
    await kernel.call(3, Int32Array.of(1, -7, 2), y);
    expect(y).toEqual(Int32Array.of(100, -14, 50));
  });

  test("arguments are checked", async () => {
    const { call } = await compileWgsl(axpy);
    const x = new Float32Array(8);
    await expect(call(8, 1, x, new Float32Array(7))).rejects.toThrow("7 elements, but 8 are needed");
    await expect(call(8, 1, x, x)).rejects.toThrow("overlaps");
    await expect(call(8, 1, x)).rejects.toThrow("takes 4 arguments");
    await expect(call(2.5, 1, x, x)).rejects.toThrow("not a 32-bit integer");
    await expect(call(8, 1, new Int32Array(8), x)).rejects.toThrow("a Float32Array is needed");
    await expect(call(-1, 1, x, new Float32Array(8))).rejects.toThrow("its length would be -1");
    await call(0, 1, x, new Float32Array(8));
  });

  test("a formula, its result in place of its input, many calls at once", async () => {
    const f = compileSync("exp(-x*x)*sin(3*x)+x^3/(1+x^2)", { target: "wgsl" });
    const x = Float32Array.from({ length: 5000 }, (_, i) => -5 + i / 500);
    const expected = Array.from(x, (v) => Math.exp(-v * v) * Math.sin(3 * v) + v ** 3 / (1 + v * v));
    const results = await Promise.all(Array.from({ length: 5 }, () => f.mapAsync(x)));
    for (const y of results) expected.forEach((value, i) => expect(Math.abs(y[i] - value)).toBeLessThan(4e-7 * Math.max(1e-1, Math.abs(value)))); // oxfmt-ignore
    expect(await f.mapAsync(x, { out: x })).toBe(x);
    expect(x).toEqual(results[0]);
  });
});
