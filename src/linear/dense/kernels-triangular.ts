// Compiled inner loops of triangular work on row-major matrices: the narrow panels of LU and Cholesky, triangular solves with
// many right sides, exchanges of rows, transposes. What is larger goes to the matrix product (kernels of room compile).
// Rows of right sides and of panels are contiguous, elements of the triangular matrix may have any steps (so that its transpose
// serves too). Left out: single right sides, which plain functions solve (triangular.ts).
import { fn, ir, kernelFunctions, type StructuredFunction } from "../../compile/index.ts";

const { abs, add, and, at, at2, div, gt, lt, mul, ne, nmadd, not, replace, shuffle, splat, sqrt, sub } = ir;
const { checkedByAuthor } = kernelFunctions;

/** Columns of an LU panel. */
export const PANEL = 8;

const pairs = Array.from({ length: PANEL / 2 }, (_, v) => v);

/** LU of m x 8 (m >= 8) with partial pivoting; swap[s] is the row exchanged with row s. Returns -1 or the first column without a pivot. */
const luPanel = fn("luPanel", { m: "i32", a: "f64[]", lda: "i32", swap: "i32[]" }, "i32", ({ m, a, lda, swap }, k) => {
  const best = k.let("best", 0, "i32");
  const largest = k.let("largest", -1);
  const seek = k.view("seek", a, 0);
  k.for("i", 0, m, (i) => {
    k.if(gt(abs(at(seek, 0)), largest), () => {
      k.set(largest, abs(at(seek, 0)));
      k.set(best, i);
    });
    k.shift(seek, lda);
  });
  for (let s = 0; s < PANEL; s++) {
    k.if(not(gt(largest, 0)), () => k.return(ir.i32(s)));
    k.store(swap, s, best);
    const row = k.view("row", a, mul(lda, s));
    k.if(ne(best, s), () => {
      const other = k.view("other", a, mul(lda, best));
      for (const v of pairs) {
        const x = k.let("x", at2(row, 2 * v), "f64x2");
        k.store(row, 2 * v, at2(other, 2 * v));
        k.store(other, 2 * v, x);
      }
    });
    const pivot = k.let("pivot", at(row, s));
    const first = (s + (s % 2)) / 2;
    const upper = pairs.slice(first).map((v) => {
      const u = at2(row, 2 * v);
      return k.let(`u${v}`, 2 * v === s ? replace(u, 0, 0) : u, "f64x2");
    });
    k.set(best, s + 1);
    k.set(largest, -1);
    const r = k.view("r", row, lda);
    k.for("i", s + 1, m, (i) => {
      const l = k.let("l", div(at(r, s), pivot));
      const l2 = k.let("l2", splat(l), "f64x2");
      upper.forEach((u, index) => {
        const v = first + index;
        const x = nmadd(l2, u, at2(r, 2 * v));
        k.store(r, 2 * v, 2 * v === s ? replace(x, 0, l) : x);
      });
      if (s % 2 === 1) k.store(r, s, l);
      if (s + 1 < PANEL) {
        const size = k.let("size", abs(at(r, s + 1)));
        k.if(gt(size, largest), () => {
          k.set(largest, size);
          k.set(best, i);
        });
      }
      k.shift(r, lda);
    });
  }
  k.return(ir.i32(-1));
});

/** The same for n < 8 columns, and any m. */
const luNarrow = fn("luNarrow", { m: "i32", n: "i32", a: "f64[]", lda: "i32", swap: "i32[]" }, "i32", ({ m, n, a, lda, swap }, k) => {
  k.for("s", 0, ir.min(m, n), (s) => {
    const best = k.let("best", s, "i32");
    const largest = k.let("largest", -1);
    k.for("i", s, m, (i) => {
      const size = k.let("size", abs(at(a, add(mul(i, lda), s))));
      k.if(gt(size, largest), () => {
        k.set(largest, size);
        k.set(best, i);
      });
    });
    k.if(not(gt(largest, 0)), () => k.return(s));
    k.store(swap, s, best);
    const row = k.view("row", a, mul(s, lda));
    const other = k.view("other", a, mul(best, lda));
    k.if(ne(best, s), () =>
      k.for("j", 0, n, (j) => {
        const x = k.let("x", at(row, j));
        k.store(row, j, at(other, j));
        k.store(other, j, x);
      }),
    );
    const pivot = k.let("pivot", at(row, s));
    k.for("i", add(s, 1), m, (i) => {
      const r = k.view("r", a, mul(i, lda));
      const l = k.let("l", div(at(r, s), pivot));
      k.store(r, s, l);
      k.for("j", add(s, 1), n, (j) => k.store(r, j, sub(at(r, j), mul(l, at(row, j)))));
    });
  });
  k.return(ir.i32(-1));
}); // oxfmt-ignore

/** Exchanges rows s and swap[s] in n columns, s = from ... to - 1. */
const swapRows = fn("swapRows", { from: "i32", to: "i32", n: "i32", a: "f64[]", lda: "i32", swap: "i32[]" }, undefined, ({ from, to, n, a, lda, swap }, k) => {
  const even = k.let("even", and(n, -2));
  k.for("s", from, to, (s) => {
    const best = k.let("best", at(swap, s));
    k.if(ne(best, s), () => {
      const row = k.view("row", a, mul(s, lda));
      const other = k.view("other", a, mul(best, lda));
      k.for("j", 0, even, (j) => {
        const x = k.let("x", at2(row, j), "f64x2");
        k.store(row, j, at2(other, j));
        k.store(other, j, x);
      }, 2);
      k.if(and(n, 1), () => {
        const x = k.let("last", at(row, even));
        k.store(row, even, at(other, even));
        k.store(other, even, x);
      });
    });
  });
}); // oxfmt-ignore

/** Upper Cholesky factor A = R^T R of the upper triangle, in place, n small. Returns -1 or the first column that is not positive. */
const choleskyPanel = fn("choleskyPanel", { n: "i32", a: "f64[]", lda: "i32" }, "i32", ({ n, a, lda }, k) => {
  k.for("s", 0, n, (s) => {
    const row = k.view("row", a, mul(s, lda));
    const pivot = k.let("pivot", at(row, s));
    k.if(not(and(gt(pivot, 0), lt(pivot, Infinity))), () => k.return(s));
    const root = k.let("root", sqrt(pivot));
    k.store(row, s, root);
    k.for("j", add(s, 1), n, (j) => k.store(row, j, div(at(row, j), root)));
    k.for("i", add(s, 1), n, (i) => {
      const r = k.view("r", a, mul(i, lda));
      const l = k.let("l", at(row, i));
      const l2 = k.let("l2", splat(l), "f64x2");
      const begin = k.let("begin", i, "i32");
      k.if(and(sub(n, i), 1), () => {
        k.store(r, i, sub(at(r, i), mul(l, at(row, i))));
        k.set(begin, add(i, 1));
      });
      k.for("j", begin, n, (j) => k.store(r, j, nmadd(l2, at2(row, j), at2(r, j))), 2);
    });
  });
  k.return(ir.i32(-1));
});

/** B = T^-1 B for a triangular T of k rows, T(i, j) = t[i * rs + j * cs], B of n columns; `unit`: the diagonal is 1. */
function triangularSolve(name: string, lower: boolean): StructuredFunction {
  return fn(
    name,
    { size: "i32", n: "i32", t: "f64[]", rs: "i32", cs: "i32", unit: "i32", b: "f64[]", ldb: "i32" },
    undefined,
    ({ size, n, t, rs, cs, unit, b, ldb }, k) => {
      // `width` columns at once: vectors of two, or one number.
      const strip = (start: ir.Value, width: number): void => {
        const cell = (v: number) => (width === 1 ? 0 : 2 * v);
        const count = Math.max(1, width / 2);
        const load = (view: Parameters<typeof at>[0], v: number) => (width === 1 ? at(view, 0) : at2(view, cell(v)));
        const column = k.view("column", b, start);
        const solveRow = (i: ir.Value, from: ir.Value, to: ir.Value): void => {
          const row = k.view("row", column, mul(i, ldb));
          const sums = Array.from({ length: count }, (_, v) => k.let(`s${v}`, load(row, v), width === 1 ? "f64" : "f64x2"));
          const known = k.view("known", column, mul(from, ldb));
          const tri = k.view("tri", t, add(mul(i, rs), mul(from, cs)));
          k.for("j", from, to, () => {
            const x = k.let("x", at(tri, 0));
            if (width === 1) k.set(sums[0], sub(sums[0], mul(x, at(known, 0))));
            else {
              const x2 = k.let("x2", splat(x), "f64x2");
              sums.forEach((s, v) => k.set(s, nmadd(x2, at2(known, 2 * v), s)));
            }
            k.shift(known, ldb);
            k.shift(tri, cs);
          });
          k.if(not(unit), () => {
            const pivot = k.let("pivot", at(t, mul(i, add(rs, cs))));
            sums.forEach((s) => k.set(s, div(s, width === 1 ? pivot : splat(pivot))));
          });
          sums.forEach((s, v) => k.store(row, cell(v), s));
        };
        if (lower) k.for("i", 0, size, (i) => solveRow(i, 0, i));
        else k.for("i", sub(size, 1), -1, (i) => solveRow(i, k.let("after", add(i, 1)), size), -1);
      };
      const eight = k.let("eight", and(n, -8));
      const even = k.let("even", and(n, -2));
      k.for("c", 0, eight, (c) => strip(c, 8), 8);
      k.for("c", eight, even, (c) => strip(c, 2), 2);
      k.if(and(n, 1), () => strip(even, 1));
    },
  );
} // oxfmt-ignore

/** b(j, i) = a(i, j), i < m, j < n. */
const transposeInto = fn("transposeInto", { m: "i32", n: "i32", a: "f64[]", lda: "i32", b: "f64[]", ldb: "i32" }, undefined, ({ m, n, a, lda, b, ldb }, k) => {
  const one = (i: ir.Value, j: ir.Value): void => k.store(b, add(mul(j, ldb), i), at(a, add(mul(i, lda), j)));
  const [mm, nn] = [k.let("mm", and(m, -2)), k.let("nn", and(n, -2))];
  k.for("i", 0, mm, (i) => {
    const r = k.view("r", a, mul(i, lda));
    const s = k.view("s", r, lda);
    const to = k.view("to", b, i);
    k.for("j", 0, nn, (j) => {
      const x = k.let("x", at2(r, j), "f64x2");
      const y = k.let("y", at2(s, j), "f64x2");
      k.store(to, 0, shuffle(x, y, [0, 2]));
      k.shift(to, ldb);
      k.store(to, 0, shuffle(x, y, [1, 3]));
      k.shift(to, ldb);
    }, 2);
    k.if(ne(nn, n), () => [i, add(i, 1)].forEach((row) => one(row, nn)));
  }, 2);
  k.if(ne(mm, m), () => k.for("j", 0, n, (j) => one(mm, j)));
}); // oxfmt-ignore

export const triangularKernels: readonly StructuredFunction[] = [
  luPanel, luNarrow, swapRows, choleskyPanel, triangularSolve("solveLower", true), triangularSolve("solveUpper", false), transposeInto,
].map(checkedByAuthor); // oxfmt-ignore
