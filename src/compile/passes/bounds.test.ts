import { expect, test } from "vitest";
import { fn, program, type Block } from "../builder.ts";
import * as ir from "../builder.ts";
import type { StructuredFunction, Variable } from "../ir.ts";
import { compileProgramSync } from "../kernel.ts";
import { type BoundsReport, checkBounds } from "./bounds.ts";
import { CODE_TARGETS } from "../../../test/compile/programs.ts";

function check(f: StructuredFunction): BoundsReport {
  const report = { proved: 0, guarded: 0 };
  checkBounds(program("p", f), report);
  return report;
}

test("loops over arrays are proved: maps, stencils, matrices, triangles, backwards", () => {
  expect(
    check(
      fn("axpy", { n: "i32", a: "f64", x: "f64[n]", y: "f64[n]" }, undefined, ({ n, a, x, y }, k) =>
        k.for("i", 0, n, (i) => k.store(y, i, ir.add(ir.mul(a, ir.at(x, i)), ir.at(y, i)))),
      ),
    ),
  ).toEqual({ proved: 3, guarded: 0 });
  const stencil = fn("jacobi", { n: "i32", m: "i32", u: "f64[n*m]", v: "f64[n*m]" }, undefined, ({ n, m, u, v }, k) =>
    k.for("i", 1, ir.sub(n, 1), (i) =>
      k.for("j", 1, ir.sub(m, 1), (j) => {
        const c = k.let("c", ir.add(ir.mul(i, m), j));
        k.store(v, c as Variable<"i32">, ir.add(ir.at(u, ir.sub(c, m)), ir.add(ir.at(u, ir.add(c, m)), ir.at(u, ir.add(c, 1)))));
      }),
    ),
  ); // oxfmt-ignore
  expect(check(stencil)).toEqual({ proved: 4, guarded: 0 });
  const triangle = fn("lower", { n: "i32", a: "f64[n*n]", x: "f64[n]" }, undefined, ({ n, a, x }, k) =>
    k.for("i", ir.sub(n, 1), -1, (i) => k.for("j", 0, ir.add(i, 1), (j) => k.store(x, j, ir.at(a, ir.add(ir.mul(i, n), j)))), -1),
  ); // oxfmt-ignore
  expect(check(triangle)).toEqual({ proved: 2, guarded: 0 });
  const lanes = fn("lanes", { n: "i32", x: "f64[2*n]" }, undefined, ({ n, x }, k) =>
    k.for("i", 0, n, (i) => k.store(x, ir.mul(i, 2), ir.splat(1))),
  );
  expect(check(lanes)).toEqual({ proved: 1, guarded: 0 });
});

test("index arrays are proved by their range, which a call checks", () => {
  const f = fn("gather", { n: "i32", m: "i32", index: "i32[n]", x: "f64[m]", y: "f64[n]" }, undefined, (p, k) => {
    k.for("i", 0, p.n, (i) => k.store(p.y, i, ir.at(p.x, ir.at(p.index, i))));
  });
  expect(check(f)).toEqual({ proved: 2, guarded: 1 });
  const g = fn("gather", { n: "i32", m: "i32", x: "f64[m]", y: "f64[n]" }, undefined, () => undefined);
  const index: Variable<"i32[]"> = {
    kind: "variable",
    name: "index",
    type: "i32[]",
    length: g.parameters[0] as Variable,
    range: { from: ir.i32(0), to: g.parameters[1] as Variable },
  };
  const body = fn("gather", {}, undefined, (_, k: Block) => {
    const [n, , x, y] = g.parameters as [Variable, Variable, Variable<"f64[]">, Variable<"f64[]">];
    k.for("i", 0, n, (i) => k.store(y, i, ir.at(x, ir.at(index, i))));
  }).body;
  const whole: StructuredFunction = { ...g, parameters: [...g.parameters, index], body };
  expect(check(whole)).toEqual({ proved: 3, guarded: 0 });
  const kernels = compileProgramSync(program("p", whole));
  const { runtime, call } = kernels;
  const x = runtime.f64(3);
  x.set([10, 20, 30]);
  const y = runtime.f64(2);
  const at = runtime.i32(2);
  at.set([2, 0]);
  call.gather(2, 3, x, y, at);
  expect([...y]).toEqual([30, 10]);
  at[1] = 3;
  expect(() => call.gather(2, 3, x, y, at)).toThrow("argument index: element 1 is 3, outside 0 ... 2");
  expect(() => call.gather(3, 3, x, y, at)).toThrow("argument y: 2 elements, but 3 are needed");
  expect(() => call.gather(-1, 3, x, y, at)).toThrow("argument n: -1 is negative, but it is a length");
  kernels.dispose();
});

test("an access that is certainly outside is refused, with the statement", () => {
  const beyond = fn("beyond", { n: "i32", x: "f64[n]" }, undefined, ({ n, x }, k) =>
    k.for("i", 0, n, (i) => k.store(x, ir.add(i, 1), 0)),
  );
  expect(() => check(beyond)).toThrow("x[(i + 1)] is outside the array, which has n elements");
  const before = fn("before", { n: "i32", x: "f64[n]" }, "f64", ({ x }, k) => k.return(ir.at(x, -1)));
  expect(() => check(before)).toThrow('function before, statement "return x[-1]": x[-1] is outside');
});

test("what cannot be proved is guarded: the program stops and says where", () => {
  for (const target of CODE_TARGETS) {
    const f = fn("pick", { n: "i32", j: "i32", x: "f64[n]" }, "f64", ({ j, x }, k) => k.return(ir.at(x, j)));
    const kernels = compileProgramSync(program("p", f), { target });
    const x = kernels.runtime.f64(4);
    x.set([1, 2, 3, 4]);
    expect(kernels.call.pick(4, 3, x)).toBe(4);
    expect(() => kernels.call.pick(4, 4, x)).toThrow(
      "kernel pick stopped: x[j] is outside the array, in function pick",
    );
    expect(() => kernels.call.pick(4, -1, x)).toThrow("outside the array");
    const search = fn("search", { n: "i32", x: "f64[n]" }, "i32", ({ x }, k) => {
      const i = k.let("i", ir.i32(0));
      k.while(ir.ne(ir.at(x, i), 0), () => k.set(i, ir.add(i, 1)));
      k.return(i);
    });
    const second = compileProgramSync(program("p", search), { target, runtime: kernels.runtime });
    expect(() => second.call.search(4, x)).toThrow("x[i] is outside the array");
    x[2] = 0;
    expect(second.call.search(4, x)).toBe(2);
    kernels.dispose();
  }
});

test("arrays handed on must be long enough; views and unknown lengths are refused", () => {
  const inner = fn("inner", { m: "i32", z: "f64[m]" }, undefined, ({ z }, k) => k.store(z, 0, 1));
  const outer = fn("outer", { n: "i32", x: "f64[n]" }, undefined, ({ n, x }, k) => k.do(inner, n, x));
  const report = { proved: 0, guarded: 0 };
  checkBounds(program("p", outer, inner), report);
  expect(report).toEqual({ proved: 1, guarded: 1 });
  const careless = fn("careless", { n: "i32", x: "f64[n]" }, undefined, ({ n, x }, k) => k.do(inner, ir.add(n, 5), x));
  const kernels = compileProgramSync(program("p", careless));
  expect(() => kernels.call.careless(2, kernels.runtime.f64(2))).toThrow("x is shorter than inner needs");
  kernels.dispose();
  const unstated = fn("unstated", { n: "i32", x: "f64[n]", y: "f64[]" }, undefined, ({ y }, k) => k.store(y, 0, 1));
  expect(() => check(unstated)).toThrow("the length of y is not stated");
  const view = fn("view", { n: "i32", x: "f64[n]" }, undefined, ({ x }, k) => void k.view("v", x, 1));
  expect(() => check(view)).toThrow("views are not allowed");
});

test("functions marked as checked get no guards inside; their callers must still pass enough", () => {
  const inner: StructuredFunction = {
    ...fn("inner", { n: "i32", x: "f64[n]", i: "i32" }, "f64", ({ x, i }, k) => k.return(ir.at(x, i))),
    checked: true,
  };
  expect(check(inner)).toEqual({ proved: 0, guarded: 0 });
  const outer = (extra: number): StructuredFunction =>
    fn("outer", { n: "i32", x: "f64[n]" }, "f64", ({ n, x }, k) => k.return(ir.call(inner, ir.add(n, extra), x, 0)));
  expect(check(outer(0))).toEqual({ proved: 1, guarded: 0 });
  expect(check(outer(1))).toEqual({ proved: 0, guarded: 1 });
  // What this pass has checked it leaves alone when it comes again.
  const guarded = checkBounds(program("p", fn("pick", { n: "i32", x: "f64[n]", i: "i32" }, "f64", ({ x, i }, k) => k.return(ir.at(x, i))))); // oxfmt-ignore
  const report = { proved: 0, guarded: 0 };
  expect(checkBounds(guarded, report)).toBe(guarded);
  expect(report).toEqual({ proved: 0, guarded: 0 });
});

test("arrays that are written must be apart, but for the same array element by element", () => {
  const add = fn("add", { n: "i32", x: "f64[n]", y: "f64[n]" }, undefined, ({ n, x, y }, k) =>
    k.for("i", 0, n, (i) => k.store(y, i, ir.add(ir.at(x, i), 1))),
  );
  const shift = fn("shift", { n: "i32", x: "f64[n+1]", y: "f64[n]" }, undefined, ({ n, x, y }, k) =>
    k.for("i", 0, n, (i) => k.store(y, i, ir.at(x, ir.add(i, 1)))),
  );
  const kernels = compileProgramSync(program("p", add, shift));
  const memory = kernels.runtime.f64(8);
  memory.set([1, 2, 3, 4]);
  kernels.call.add(4, memory.subarray(0, 4), memory.subarray(0, 4));
  expect([...memory.subarray(0, 4)]).toEqual([2, 3, 4, 5]);
  expect(() => kernels.call.add(4, memory.subarray(0, 4), memory.subarray(1, 5))).toThrow(
    "argument y: overlaps argument x",
  );
  expect(() => kernels.call.shift(3, memory.subarray(0, 4), memory.subarray(0, 3))).toThrow("must be apart");
  kernels.call.shift(3, memory.subarray(0, 4), memory.subarray(4, 7));
  expect([...memory.subarray(4, 7)]).toEqual([3, 4, 5]);
  kernels.dispose();
});
