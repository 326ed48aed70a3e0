import { expect, test } from "vitest";
import { Failure } from "../base/index.ts";
import * as ir from "./builder.ts";
import { fn, program } from "./builder.ts";
import { compileModuleSync, compileProgramSync } from "./kernel.ts";
import { Runtime } from "./runtime.ts";
import { hardwareThreads, parallel, runJob, startThreads, threadsMissing } from "./threads.ts";

const { add, at, mul } = ir;

const work = program(
  "work",
  fn("scale", { from: "i32", to: "i32", a: "f64", x: "f64[]", y: "f64[]" }, undefined, ({ from, to, a, x, y }, k) =>
    k.for("i", from, to, (i) => k.store(y, i, mul(a, ir.math("exp", at(x, i))))),
  ),
  fn("sum", { from: "i32", to: "i32", x: "f64[]" }, "f64", ({ from, to, x }, k) => {
    const total = k.let("total", ir.f64(0));
    k.for("i", from, to, (i) => k.set(total, add(total, at(x, i))));
    k.return(total);
  }),
  fn("stop", { n: "i32" }, "i32", ({ n }, k) => {
    k.if(ir.eq(n, 7), () => k.trap("seven is not wanted"));
    k.if(ir.eq(n, 8), () => k.trap("nor is eight"));
    k.return(ir.div(ir.i32(100), n));
  }),
);

const ranges = (n: number, size: number): [number, number][] =>
  Array.from({ length: Math.ceil(n / size) }, (_, k) => [k * size, Math.min(n, (k + 1) * size)]);

test("results and memory do not depend on the number of threads", () => {
  const runtime = new Runtime({ bytes: 4 << 20, shared: true });
  const kernels = compileProgramSync(work, { target: "wasm", runtime });
  const n = 10_007;
  const x = runtime.f64(n);
  x.forEach((_, i) => (x[i] = Math.sin(i)));
  const parts = ranges(n, 100);
  const expected = parts.map(([from, to]) => kernels.call.sum(from, to, x));
  const y1 = runtime.f64(n);
  kernels.call.scale(0, n, 3, x, y1);
  for (const threads of [1, 2, 3, 4]) {
    const y = runtime.f64(n);
    const done = parallel(kernels, "scale", parts.map(([from, to]) => [from, to, 3, x, y]), { threads }); // oxfmt-ignore
    expect(done.every((value) => value === undefined)).toBe(true);
    expect([...y]).toEqual([...y1]);
    expect(parallel(kernels, "sum", parts.map(([from, to]) => [from, to, x]), { threads })).toEqual(expected); // oxfmt-ignore
  }
  expect(parallel(kernels, "sum", [], { threads: 2 })).toEqual([]);
  runtime.dispose();
});

test("a program that stops gives the same Failure on any number of threads: the first in the order of the calls", () => {
  const runtime = new Runtime({ shared: true, bytes: 1 << 20 });
  const kernels = compileProgramSync(work, { target: "wasm", runtime });
  const message = (threads: number, calls: number[][]): string => {
    try {
      parallel(kernels, "stop", calls, { threads });
      return "done";
    } catch (error) {
      expect(error).toBeInstanceOf(Failure);
      return (error as Failure).message;
    }
  };
  const many = Array.from({ length: 300 }, (_, k) => [k === 200 ? 7 : k === 250 ? 8 : k + 20]);
  for (const threads of [1, 2, 4]) {
    expect(message(threads, many)).toBe("kernel stop stopped: seven is not wanted");
    expect(message(threads, [[1], [0], [7]])).toMatch(/^kernel stop stopped: divide by zero/);
    expect(message(threads, [[1], [2]])).toBe("done");
  }
  expect(() => parallel(kernels, "none", [])).toThrow("there is no kernel none");
  expect(() => parallel(kernels, "stop", [[1, 2]])).toThrow("takes 1 arguments");
  runtime.dispose();
});

test("kernels that cannot run on several threads say why, and run on one where the number is left open", () => {
  const own = compileProgramSync(work, { target: "wasm" });
  expect(() => parallel(own, "stop", [[1], [2]], { threads: 2 })).toThrow("not in a shared memory");
  expect(parallel(own, "stop", [[1], [2]])).toEqual([100, 50]);
  const js = compileProgramSync(work, { target: "js", runtime: new Runtime({ shared: true, bytes: 1 << 20 }) });
  expect(() => parallel(js, "stop", [[1], [2]], { threads: 2 })).toThrow("target js runs on one thread");
  expect(parallel(js, "stop", [[1], [2]])).toEqual([100, 50]);
  expect(() => parallel(js, "stop", [[7]])).toThrow("seven is not wanted");
  const exp = (x: number): number => x + 1;
  const given = compileProgramSync(work, { target: "wasm", functions: { exp }, runtime: new Runtime({ shared: true, bytes: 1 << 20 }) }); // oxfmt-ignore
  expect(() => parallel(given, "stop", [[1], [2]], { threads: 2 })).toThrow("function exp of the option");
  for (const threads of [0, 1.5, 65, Number.NaN]) expect(() => parallel(own, "stop", [[1]], { threads })).toThrow("a whole number from 1 to 64"); // oxfmt-ignore
  for (const each of [own, js, given]) each.dispose();
});

test("one module runs in shared and other memories, and a slot of the ring is one call's at a time", async () => {
  expect(threadsMissing()).toBeUndefined();
  expect(hardwareThreads()).toBeGreaterThan(0);
  expect(await startThreads(3)).toBe(3);
  const compiled = compileModuleSync(work, { target: "wasm" });
  const [shared, own] = [new Runtime({ shared: true, bytes: 1 << 20 }), new Runtime({ bytes: 1 << 20 })];
  expect(compiled.link(own).call.stop(4)).toBe(25);
  const kernels = compiled.link(shared);
  const slots = Array.from({ length: 3 }, () => shared.f64(16));
  const seen: number[] = [];
  runJob(
    {
      kernels,
      name: "sum",
      count: 500,
      slots: 3,
      copies: true,
      fill(item, args, which) {
        const slot = slots[which];
        slot.fill(item);
        args.set([0, 16, slot.byteOffset]);
      },
      collect: (item, result) => seen.push(result - 16 * item),
    },
    3,
  );
  expect(seen).toEqual(Array.from({ length: 500 }, () => 0));
  expect(Runtime.of(slots[0])).toBe(shared);
  expect(Runtime.of(new Float64Array(3))).toBeUndefined();
  shared.dispose();
  expect(Runtime.of(slots[0])).toBeUndefined();
  own.dispose();
});
