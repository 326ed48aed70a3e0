// Passes change programs, not results: what a loop leaves behind is compared bit by bit before and after.
import { expect, test } from "vitest";
import { fn, program, type Block } from "../builder.ts";
import * as ir from "../builder.ts";
import type { Expression, Program, StructuredFunction, Variable } from "../ir.ts";
import { compileProgramSync } from "../kernel.ts";
import { printProgram } from "../print.ts";
import { contract } from "./contract.ts";
import { expandMath, type MathLibrary } from "./expand-math.ts";
import { hoist } from "./hoist.ts";
import { share } from "./share.ts";
import { vectorise, type VectoriseReport } from "./vectorise.ts";

const N = 23;
const SPECIAL = [0, -0, 1, -1.5, 1e300, -1e-300, Infinity, -Infinity, Number.NaN, 3.7, 2 ** 53, 5e-324];

/** A loop over x, y and an index array j, writing z; returns a number. */
type Body = (p: { i: Expression; x: Variable<"f64[]">; y: Variable<"f64[]">; z: Variable<"f64[]">; j: Variable<"i32[]">; a: Expression }, k: Block) => void; // oxfmt-ignore

function loop(body: Body, start = 0): StructuredFunction {
  return fn(
    "f",
    { n: "i32", a: "f64", x: "f64[]", y: "f64[]", z: "f64[]", j: "i32[]" },
    undefined,
    ({ n, a, x, y, z, j }, k) => k.for("i", start, n, (i) => body({ i, x, y, z, j, a }, k)),
  );
}

function outcome(p: Program, target: "wasm" | "js", n: number): string[] {
  const kernels = compileProgramSync(p, { target, relaxed: false });
  const { runtime } = kernels;
  const [x, y, z] = [runtime.f64(N + 9), runtime.f64(N + 9), runtime.f64(N + 9)];
  const j = runtime.i32(N + 9);
  for (let i = 0; i < x.length; i++) {
    x[i] = SPECIAL[(i * 5) % SPECIAL.length];
    y[i] = Math.sin(i * 3) * 10;
    j[i] = (i * 7) % N;
  }
  kernels.call.f(n, 0.75, x, y, z, j);
  const result = [...z].map((v) => (Object.is(v, -0) ? "-0" : String(v)));
  kernels.dispose();
  return result;
}

const BODIES: Readonly<Record<string, Body>> = {
  arithmetic: ({ i, x, y, z, a }, k) => k.store(z, i, ir.sub(ir.mul(ir.at(x, i), a), ir.div(ir.at(y, i), 3))),
  neighbours: ({ i, x, y, z }, k) => k.store(z, i, ir.add(ir.at(x, ir.add(i, 2)), ir.mul(ir.at(y, ir.add(i, 1)), ir.at(y, i)))),
  gather: ({ i, x, y, z, j }, k) => k.store(z, i, ir.mul(ir.at(x, ir.at(j, i)), ir.at(y, ir.mul(i, 1)))),
  strided: ({ i, y, z }, k) => k.store(z, i, ir.at(y, ir.shr(i, 1))),
  same: ({ i, x, y, z }, k) => k.store(z, i, ir.add(ir.at(y, 4), ir.at(x, i))),
  select: ({ i, x, y, z, a }, k) => {
    const big = k.let("big", ir.and(ir.gt(ir.at(x, i), 0), ir.not(ir.eq(ir.at(y, i), a))));
    k.store(z, i, ir.select(ir.or(big, ir.lt(ir.at(y, i), -5)), ir.at(x, i), ir.neg(ir.at(y, i))));
  },
  truth: ({ i, x, y, z }, k) => k.store(z, i, ir.add(ir.toF64(ir.lt(ir.at(x, i), ir.at(y, i))), ir.mul(2, ir.toF64(ir.ge(ir.at(x, i), 1))))),
  branches: ({ i, x, y, z }, k) => {
    const v = k.let("v", ir.at(x, i));
    k.if(
      ir.gt(v, 1),
      () => {
        const w = k.let("w", ir.sqrt(v));
        k.set(v, ir.add(w, ir.at(y, i)));
      },
      () => k.set(v, ir.mul(v, 2)),
    );
    k.rarely(ir.not(ir.lt(ir.abs(v), 100)), () => {
      k.set(v, ir.math("atan", v));
      k.if(ir.eq(v, 0), () => k.set(v, 7));
    });
    k.store(z, i, v);
  },
  rare: ({ i, y, z }, k) => {
    const v = k.let("v", ir.mul(ir.at(y, i), 3));
    k.rarely(ir.gt(v, 20), () => k.set(v, ir.math("log", v)));
    k.store(z, i, ir.add(v, 1));
  },
  integers: ({ i, x, z }, k) => {
    const bits = k.let("bits", ir.bits(ir.at(x, i), "i64"));
    k.store(z, i, ir.bits(ir.xor(ir.add(bits, ir.shl(bits, ir.i64(3))), ir.i64(12345)), "f64"));
  },
  calls: ({ i, y, z }, k) => k.store(z, i, ir.math("pow", ir.abs(ir.at(y, i)), ir.math("sin", ir.at(y, i)))),
  index: ({ i, y, z, j }, k) => {
    const c = k.let("c", ir.add(i, 3));
    k.store(z, i, ir.add(ir.at(y, c as Variable<"i32">), ir.toF64(ir.at(j, i))));
  },
  copysign: ({ i, x, y, z }, k) => k.store(z, i, ir.copysign(ir.at(y, i), ir.at(x, i))),
  minimum: ({ i, x, y, z }, k) => k.store(z, i, ir.max(ir.min(ir.at(x, i), ir.at(y, i)), ir.f64(-3))),
  inPlace: ({ i, x, z }, k) => k.store(z, i, ir.add(ir.at(z, i), ir.at(x, i))),
}; // oxfmt-ignore

test("vectorised loops leave the same bits, for every length and unrolling, on wasm and js", () => {
  for (const [name, body] of Object.entries(BODIES)) {
    const plain = program("p", loop(body));
    const report: VectoriseReport = { done: [], left: [] };
    vectorise(plain, {}, report);
    expect([name, report.left]).toEqual([name, []]);
    for (const n of [0, 1, 2, 3, 5, 8, 16, N]) {
      const expected = outcome(plain, "wasm", n);
      for (const unroll of [1, 2, 4]) {
        const wide = vectorise(plain, { unroll });
        expect([name, n, unroll, ...outcome(wide, "wasm", n)]).toEqual([name, n, unroll, ...expected]);
        if (n === N) expect([name, ...outcome(hoist(share(wide)), "js", n)]).toEqual([name, ...expected]);
        expect([name, ...outcome(hoist(share(wide)), "wasm", n)]).toEqual([name, ...expected]);
      }
    }
  }
});

test("loops whose iterations depend on one another are left, with the reason", () => {
  const refused: Readonly<Record<string, [Body, string]>> = {
    recurrence: [({ i, x, z }, k) => k.store(z, ir.add(i, 1), ir.add(ir.at(z, i), ir.at(x, i))), "read and written at different places"],
    scatter: [({ i, x, z, j }, k) => k.store(z, ir.at(j, i), ir.at(x, i)), "not next to the last"],
    backwards: [({ i, x, z }, k) => k.store(z, ir.sub(20, i), ir.at(x, i)), "not next to the last"],
  }; // oxfmt-ignore
  for (const [body, why] of Object.values(refused)) {
    const report: VectoriseReport = { done: [], left: [] };
    const plain = program("p", loop(body));
    expect(vectorise(plain, {}, report)).toBe(plain);
    expect(report.left[0]).toContain(why);
  }
  const carried = fn("f", { n: "i32", x: "f64[]" }, "f64", ({ n, x }, k) => {
    const s = k.let("s", 0);
    k.for("i", 0, n, (i) => k.set(s, ir.add(s, ir.at(x, i))));
    k.return(s);
  });
  const report: VectoriseReport = { done: [], left: [] };
  vectorise(program("p", carried), {}, report);
  expect(report.left[0]).toContain("s goes from one iteration to the next");
  vectorise(program("p", carried), { reassociate: true }, report);
  expect(report.done).toEqual(["f: loop over i"]);
});

test("reductions in lanes: every element once, in the stated order", () => {
  for (const [op, start] of [["add", 0], ["mul", 1], ["min", Infinity], ["max", -Infinity]] as const) {
    const f = fn("f", { n: "i32", x: "f64[]" }, "f64", ({ n, x }, k) => {
      const s = k.let("s", ir.f64(start));
      k.for("i", 0, n, (i) => k.set(s, ir.operation(op, "f64", [s, ir.at(x, i)])));
      k.return(s);
    });
    for (const unroll of [1, 2, 4]) {
      const kernels = compileProgramSync(vectorise(program("p", f), { reassociate: true, unroll }));
      const x = kernels.runtime.f64(40);
      // Integers: every order gives the same.
      for (let i = 0; i < 40; i++) x[i] = op === "mul" ? (i % 3 === 0 ? 2 : 1) : ((i * 37) % 50) - 20;
      for (const n of [0, 1, 2, 3, 7, 8, 9, 40]) {
        const part = [...x.subarray(0, n)];
        const expected = part.reduce((a, b) => ({ add: a + b, mul: a * b, min: Math.min(a, b), max: Math.max(a, b) })[op], start); // oxfmt-ignore
        expect([op, n, kernels.call.f(n, x)]).toEqual([op, n, expected]);
      }
      kernels.dispose();
    }
  }
}); // oxfmt-ignore

test("share computes a repeated expression once, and not across stores that change it", () => {
  const f = fn("f", { x: "f64[]" }, undefined, ({ x }, k) => {
    k.store(x, 0, ir.mul(ir.add(ir.at(x, 1), ir.at(x, 2)), ir.add(ir.at(x, 1), ir.at(x, 2))));
    k.store(x, 3, ir.sqrt(ir.add(ir.at(x, 1), ir.at(x, 2))));
    k.store(x, 1, 5);
    k.store(x, 4, ir.add(ir.at(x, 1), ir.at(x, 2)));
  });
  const shared = share(program("p", f));
  expect(printProgram(shared).split("(x[1] + x[2])").length - 1).toBe(2);
  const run = (p: Program): number[] => {
    const kernels = compileProgramSync(p);
    const x = kernels.runtime.f64(5);
    x.set([1, 2, 7, 0, 0]);
    kernels.call.f(x);
    const result = [...x];
    kernels.dispose();
    return result;
  };
  expect(run(shared)).toEqual(run(program("p", f)));
  expect(run(shared)).toEqual([81, 5, 7, 3, 12]);
});

test("contract fuses products of lanes into sums, never scalars", () => {
  const f = loop(({ i, x, y, z, a }, k) => k.store(z, i, ir.sub(ir.at(y, i), ir.mul(ir.at(x, i), a))));
  expect(printProgram(contract(program("p", f)))).not.toContain("madd");
  const fused = printProgram(contract(vectorise(program("p", f))));
  expect(fused).toContain("nmadd(x[i : 2], splat(a), y[i : 2])");
  const twice = loop(({ i, x, y, z }, k) => {
    const p = k.let("p", ir.mul(ir.at(x, i), ir.at(y, i)));
    k.store(z, i, ir.add(p, ir.div(1, p)));
  });
  expect(printProgram(contract(vectorise(program("p", twice))))).not.toContain("madd");
});

test("hoist takes constant lanes out of loops, and nothing that depends on them", () => {
  const f = loop(({ i, x, z, a }, k) => k.store(z, i, ir.add(ir.mul(ir.at(x, i), ir.mul(a, 2)), 5)));
  const text = printProgram(hoist(vectorise(program("p", f))));
  expect(text.indexOf("splat(5)")).toBeLessThan(text.indexOf("for i"));
  // Once for the lanes' loop, once for that of the last elements.
  expect(text.split("splat(5)").length - 1).toBe(2);
  expect(text).not.toContain("x[i : 2] * splat");
});

test("functions are expanded by a library where it has code, and stay calls where it has none", () => {
  const library: MathLibrary = ({ name, ulp }) =>
    name === "sin" && ulp >= 2
      ? { ulp: 2, source: "test", expand: (k, [x]) => k.let("double", ir.mul(x, 2)) }
      : undefined;
  const f = loop(({ i, y, z }, k) =>
    k.store(z, i, ir.add(ir.math("sin", ir.math("sin", ir.at(y, i))), ir.math("cos", ir.at(y, i)))),
  );
  const text = printProgram(expandMath(program("p", f), library, 2));
  expect(text).not.toContain("sin(");
  expect(text).toContain("cos(");
  expect(printProgram(expandMath(program("p", f), library, 1))).toContain("sin(sin(");
});

test("f32 beside f64 in lanes, and lanes wider than 128 bits", () => {
  const f = fn("f", { n: "i32", x: "f32[n]", y: "f32[n]" }, undefined, ({ n, x, y }, k) =>
    k.for("i", 0, n, (i) => {
      const wide = k.let("w", ir.convert(ir.at(x, i), "f64"));
      k.store(y, i, ir.convert(ir.div(ir.add(wide, 1), 3), "f32"));
    }),
  );
  const scalar = program("p", f);
  const narrow = vectorise(scalar, { unroll: 2 });
  expect(printProgram(narrow)).toContain("f64x2");
  const results = [scalar, narrow, vectorise(scalar, { bytes: 64 })].map((p, j) => {
    const kernels = compileProgramSync(p, { target: j === 2 ? "js" : "wasm" });
    const [x, y] = [kernels.runtime.f32(23), kernels.runtime.f32(23)];
    x.forEach((_, i) => (x[i] = i / 7));
    kernels.call.f(23, x, y);
    const out = [...y];
    kernels.dispose();
    return out;
  });
  expect(results[0][7]).toBe(Math.fround((Math.fround(1) + 1) / 3));
  expect(results[1]).toEqual(results[0]);
  expect(results[2]).toEqual(results[0]);
  expect(() => compileProgramSync(vectorise(scalar, { bytes: 32 }), { target: "wasm" })).toThrow(
    /lanes .* on target wasm/,
  );
});

test("a branch for rare elements may call a function of numbers", () => {
  const far = fn("far", { x: "f64" }, "f64", ({ x }, k) => k.return(ir.mul(x, -1)));
  const f = fn("f", { n: "i32", x: "f64[n]", y: "f64[n]" }, undefined, ({ n, x, y }, k) =>
    k.for("i", 0, n, (i) => {
      const v = k.let("v", ir.at(x, i));
      const r = k.let("r", ir.mul(v, v));
      k.rarely(ir.gt(v, 10), () => k.set(r, ir.call(far, v)));
      k.store(y, i, r);
    }),
  );
  const report: VectoriseReport = { done: [], left: [] };
  const lanes = vectorise(program("p", f), { unroll: 2 }, report);
  expect(report.left).toEqual([]);
  for (const target of ["wasm", "js"] as const) {
    const kernels = compileProgramSync(lanes, { target });
    const [x, y] = [kernels.runtime.f64(13), kernels.runtime.f64(13)];
    x.forEach((_, i) => (x[i] = i));
    kernels.call.f(13, x, y);
    expect([...y]).toEqual([0, 1, 4, 9, 16, 25, 36, 49, 64, 81, 100, -11, -12]);
    expect(() => kernels.call.f(12, x, x.subarray(1))).toThrow(/overlaps/);
    kernels.dispose();
  }
});

test("what was computed before a branch that only sets locals is known after it", () => {
  const f = fn("f", { x: "f64" }, "f64", ({ x }, k) => {
    const a = k.let("a", ir.mul(x, x));
    k.rarely(ir.gt(x, 3), () => k.set(a, 1));
    const b = k.let("b", ir.mul(x, x));
    k.return(ir.sub(b, a));
  });
  const shared = share(program("p", f));
  const kernels = compileProgramSync(shared);
  expect(kernels.call.f(2)).toBe(0);
  expect(kernels.call.f(4)).toBe(15);
  kernels.dispose();
  const g = fn("g", { x: "f64" }, "f64", ({ x }, k) => {
    const c = k.let("c", 0);
    const a = k.let("a", ir.sqrt(ir.add(x, 1)));
    k.if(ir.gt(x, 3), () => k.set(c, 1));
    k.return(ir.add(ir.add(ir.sqrt(ir.add(x, 1)), a), c));
  });
  expect(printProgram(share(program("p", g))).match(/sqrt/g)?.length).toBe(1);
});
