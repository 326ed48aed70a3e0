// denseFactor and denseSolve of dense-lu.ts as a program of the compiler's IR, for WebAssembly with SIMD: the same
// operations on every element in the same order, so the same bits.
import { fn, ir, program, type Program } from "../compile/index.ts";
import { axpy } from "./axpy.ts";

const { abs, add, and, at, at2, div, gt, i32, lt, ne, not, or, splat, sub } = ir;

const factor = fn("denseFactor", { n: "i32", a: "f64[]", swap: "i32[]" }, "i32", ({ n, a, swap }, k) => {
  const column = k.view("column", a, 0);
  k.for("s", 0, n, (s) => {
    const below = k.let("below", sub(sub(n, s), 1));
    const best = k.let("best", s);
    const largest = k.let("largest", abs(at(column, s)));
    k.for("i", add(s, 1), n, (i) => {
      const size = k.let("size", abs(at(column, i)));
      k.if(or(gt(size, largest), ne(size, size)), () => {
        k.set(largest, size);
        k.set(best, i);
      });
    });
    k.if(not(and(gt(largest, 0), lt(largest, Infinity))), () => k.return(s));
    k.store(swap, s, best);
    k.if(ne(best, s), () => {
      const row = k.view("row", a, 0);
      k.for("j", 0, n, () => {
        const v = k.let("v", at(row, s));
        k.store(row, s, at(row, best));
        k.store(row, best, v);
        k.shift(row, n);
      });
    });
    const pivot = k.let("pivot", at(column, s));
    const l = k.view("l", column, add(s, 1));
    const pivots = k.let2("pivots", splat(pivot));
    k.for("i", 0, sub(below, 1), (i) => k.store(l, i, div(at2(l, i), pivots)), 2);
    k.if(and(below, 1), () => k.store(l, sub(below, 1), div(at(l, sub(below, 1)), pivot)));
    const target = k.view("target", column, n);
    k.for("j", 0, below, () => {
      const v = k.let("v", at(target, s));
      k.if(ne(v, 0), () => axpy(k, below, l, v, k.view("rest", target, add(s, 1))));
      k.shift(target, n);
    });
    k.shift(column, n);
  });
  k.return(i32(-1));
});

const solve = fn(
  "denseSolve",
  { n: "i32", a: "f64[]", swap: "i32[]", b: "f64[]" },
  undefined,
  ({ n, a, swap, b }, k) => {
    k.for("s", 0, n, (s) => {
      const other = k.let("other", at(swap, s));
      const v = k.let("v", at(b, other));
      k.store(b, other, at(b, s));
      k.store(b, s, v);
    });
    const column = k.view("column", a, 0);
    k.for("s", 0, n, (s) => {
      const l = k.view("l", column, add(s, 1));
      axpy(k, k.let("below", sub(sub(n, s), 1)), l, k.let("v", at(b, s)), k.view("rest", b, add(s, 1)));
      k.shift(column, n);
    });
    k.for("s", sub(n, 1), -1, (s) => {
    k.shift(column, sub(0, n));
    const v = k.let("v", div(at(b, s), at(column, s)));
    k.store(b, s, v);
    axpy(k, s, column, v, b);
  }, -1); // oxfmt-ignore
  },
);

export const denseProgram: Program = program("dense", factor, solve);
