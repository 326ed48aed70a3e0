import { expect, test } from "vitest";
import { add, at, fn, program, tapeFunction } from "./builder.ts";
import { compileProgramSync } from "./kernel.ts";
import { memoryCounts, Runtime } from "./runtime.ts";
import { Op, TapeBuilder } from "./tape.ts";

test("2,000 programs compiled and dropped reuse a few memories", () => {
  const before = memoryCounts().created;
  for (let i = 0; i < 2000; i++) {
    const f = fn("f", { x: "f64[]" }, "f64", ({ x }, k) => k.return(add(at(x, 0), i)));
    const kernels = compileProgramSync(program("p", f), { target: i % 10 ? "wasm" : "js" });
    expect(kernels.call.f(kernels.runtime.f64(1))).toBe(i);
    kernels.dispose();
  }
  expect(memoryCounts().created - before).toBeLessThan(5);
});

test("slices are aligned, zero even in a reused memory, and limited by the capacity", () => {
  const first = new Runtime({ bytes: 1 << 20 });
  const mark = first.mark();
  first.f64(1000).fill(3);
  first.release(mark);
  expect(first.f64(1000).every((v) => v === 0)).toBe(true);
  first.f64(10).fill(5);
  first.dispose();
  expect(first.disposed).toBe(true);
  expect(() => first.f64(1)).toThrow("disposed");
  const second = new Runtime({ bytes: 1 << 20 });
  second.i32(3);
  const x = second.f64(5000);
  expect(x.byteOffset % 16).toBe(0);
  expect(x.every((v) => v === 0)).toBe(true);
  expect(() => second.f64(1 << 24)).toThrow("does not fit");
  expect(() => new Runtime({ bytes: 2 ** 33 })).toThrow("4 GiB");
  second.dispose();
});

test("a runtime for known lengths has room for them", () => {
  const runtime = Runtime.for({ f64: 300_000, i32: 7, slices: 3 });
  runtime.i32(7);
  runtime.f64(299_999);
  runtime.f64(1);
  runtime.dispose();
});

test("arguments of kernels are checked", () => {
  const f = fn("f", { n: "i32", x: "f64[]" }, undefined, () => {});
  const kernels = compileProgramSync(program("p", f));
  const x = kernels.runtime.f64(2);
  expect(() => kernels.call.f(1)).toThrow("takes 2 arguments (n, x)");
  expect(() => kernels.call.f(1.5, x)).toThrow("not a 32-bit integer");
  expect(() => kernels.call.f(1, new Float64Array(2))).toThrow("not in the memory");
  expect(() => kernels.call.f(1, kernels.runtime.i32(2))).toThrow("Float64Array is needed");
  expect(() => kernels.call.f(x, x)).toThrow("a number is needed");
  kernels.dispose();
});

test("a tape's arrays must be long enough and apart from what it writes", () => {
  const t = new TapeBuilder("t", [], [{ name: "x", length: 2, access: "read" }, { name: "y", length: 2, access: "write" }]); // oxfmt-ignore
  t.store(t.emit(Op.neg, t.load(0, 1)), 1, 0);
  const kernels = compileProgramSync(program("p", tapeFunction(t.build())));
  const x = kernels.runtime.f64(3);
  const w = kernels.runtime.f64(kernels.scratchLength("t"));
  expect(() => kernels.call.t(x.subarray(0, 1), x, w)).toThrow("1 elements, but 2 are needed");
  expect(() => kernels.call.t(x, x.subarray(1), w)).toThrow("overlaps argument x");
  expect(() => kernels.scratchLength("u")).toThrow("no tape u");
  kernels.dispose();
});
