// Compiled inner loop of the double-shift QR algorithm: one sweep of the bulge down an upper Hessenberg matrix.
// Source: Francis 1961, 1962, "The QR transformation"; Golub, Van Loan, "Matrix Computations" (4th ed. 2013), section 7.5.
import { fn, ir, kernelFunctions, type StructuredFunction } from "../../compile/index.ts";

const { abs, add, at, at2, div, lt, madd, min, mul, ne, neg, nmadd, splat, sqrt, sub } = ir;

/**
 * Reflectors of rows k, k + 1, k + 2 for k = from ... end - 1, the first made of (p, q, r); h has rows of `ld` numbers. `start` is the first
 * row of the active block. Rows change in columns k ... cols - 1, columns in rows top ... end. zt, Z^T with `width` numbers a row (0: none), turns with them.
 */
const sweep = fn(
  "francisSweep",
  { start: "i32", from: "i32", end: "i32", top: "i32", cols: "i32", h: "f64[]", ld: "i32", p: "f64", q: "f64", r: "f64", zt: "f64[]", ldz: "i32", width: "i32" },
  undefined,
  ({ start, from, end, top, cols, h, ld, p: p0, q: q0, r: r0, zt, ldz, width }, k) => {
    const [p, q, r] = [k.let("pp", p0), k.let("qq", q0), k.let("rr", r0)];
    k.for("k", from, end, (row) => {
      const three = k.let("three", lt(row, sub(end, 1)));
      const a = k.view("a", h, mul(row, ld));
      const b = k.view("b", a, ld);
      const size = k.let("size", 1);
      k.if(ne(row, from), () => {
        k.set(p, at(a, sub(row, 1)));
        k.set(q, at(b, sub(row, 1)));
        k.set(r, 0);
        k.if(three, () => k.set(r, at(b, add(ld, sub(row, 1)))));
        k.set(size, add(add(abs(p), abs(q)), abs(r)));
        k.if(ne(size, 0), () => {
          k.set(p, div(p, size));
          k.set(q, div(q, size));
          k.set(r, div(r, size));
        });
      });
      k.if(ne(size, 0), () => {
        const s = k.let("s", sqrt(add(add(mul(p, p), mul(q, q)), mul(r, r))));
        k.if(lt(p, 0), () => k.set(s, neg(s)));
        k.if(ne(row, from), () => {
          k.store(a, sub(row, 1), neg(mul(s, size)));
          k.store(b, sub(row, 1), 0);
          k.if(three, () => k.store(b, add(ld, sub(row, 1)), 0));
        }, () => k.if(ne(start, from), () => k.store(a, sub(row, 1), neg(at(a, sub(row, 1))))));
        k.if(ne(s, 0), () => {
        k.set(p, add(p, s));
        const x = k.let("x", div(p, s));
        const y = k.let("y", div(q, s));
        const z = k.let("z", div(r, s));
        k.set(q, div(q, p));
        k.set(r, div(r, p));
        const [x2, y2, z2] = [k.let("x2", splat(x)), k.let("y2", splat(y)), k.let("z2", splat(z))];
        const [q2, r2] = [k.let("q2", splat(q)), k.let("r2", splat(r))];
        const turn = (height: 2 | 3): void => {
          const c = k.view("c", b, height === 3 ? ld : 0);
          k.for("j", row, cols, (j) => {
            const [u, v] = [k.let("u", at2(a, j)), k.let("v", at2(b, j))];
            if (height === 2) {
              const t = k.let("t", madd(q2, v, u));
              k.store(a, j, nmadd(t, x2, u));
              k.store(b, j, nmadd(t, y2, v));
            } else {
              const w = k.let("w", at2(c, j));
              const t = k.let("t", madd(r2, w, madd(q2, v, u)));
              k.store(a, j, nmadd(t, x2, u));
              k.store(b, j, nmadd(t, y2, v));
              k.store(c, j, nmadd(t, z2, w));
            }
          }, 2);
          const column = k.view("column", h, add(mul(top, ld), row));
          k.for("i", top, add(min(end, add(row, 3)), 1), () => {
            const [u, v] = [k.let("u", at(column, 0)), k.let("v", at(column, 1))];
            const t = k.let("t", add(mul(x, u), mul(y, v)));
            if (height === 3) {
              const w = k.let("w", at(column, 2));
              k.set(t, add(t, mul(z, w)));
              k.store(column, 2, sub(w, mul(t, r)));
            }
            k.store(column, 0, sub(u, t));
            k.store(column, 1, sub(v, mul(t, q)));
            k.shift(column, ld);
          });
          const z0 = k.view("z0", zt, mul(row, ldz));
          const z1 = k.view("z1", z0, ldz);
          const z3 = k.view("z3", z1, height === 3 ? ldz : 0);
          k.for("j", 0, width, (j) => {
            const [u, v] = [k.let("u", at2(z0, j)), k.let("v", at2(z1, j))];
            if (height === 2) {
              const t = k.let("t", madd(y2, v, mul(x2, u)));
              k.store(z0, j, sub(u, t));
              k.store(z1, j, nmadd(t, q2, v));
            } else {
              const w = k.let("w", at2(z3, j));
              const t = k.let("t", madd(z2, w, madd(y2, v, mul(x2, u))));
              k.store(z0, j, sub(u, t));
              k.store(z1, j, nmadd(t, q2, v));
              k.store(z3, j, nmadd(t, r2, w));
            }
          }, 2);
        };
        k.if(three, () => turn(3), () => turn(2));
        });
      });
    });
  },
); // oxfmt-ignore

export const francisKernel: StructuredFunction = kernelFunctions.checkedByAuthor(sweep);
