// Compiled plane rotations of neighbouring rows of a row-major matrix: a whole sweep of the QR algorithm at once, on narrow
// strips of columns whose running row stays in registers.
import { fn, ir, kernelFunctions, type StructuredFunction } from "../../compile/index.ts";

const { add, at, at2, madd, mul, nmadd, splat, sub } = ir;
const { checkedByAuthor } = kernelFunctions;

/** Columns of a strip. */
const STRIP = 8;

/**
 * Rotations k = 0 ... count - 1 (or from the last to the first) of rows k and k + 1 of q, with n columns:
 * (row_k, row_k+1) = (c_k row_k + s_k row_k+1, c_k row_k+1 - s_k row_k).
 */
function rotateRows(name: string, forward: boolean): StructuredFunction {
  return fn(name, { count: "i32", n: "i32", q: "f64[]", ldq: "i32", c: "f64[]", s: "f64[]" }, undefined, ({ count, n, q, ldq, c, s }, k) => {
    const strip = (start: ir.Value, width: number): void => {
      const vectors = Array.from({ length: width / 2 }, (_, v) => 2 * v);
      const row = k.view("row", q, forward ? start : add(start, mul(count, ldq)));
      const running = vectors.map((v) => k.let(`x${v}`, at2(row, v), "f64x2"));
      const next = k.view("next", row, forward ? ldq : sub(0, ldq));
      const turn = (i: ir.Value): void => {
        const cc = k.let("cc", splat(at(c, i)), "f64x2");
        const ss = k.let("ss", splat(at(s, i)), "f64x2");
        vectors.forEach((v, r) => {
          const y = k.let("y", at2(next, v), "f64x2");
          const x = running[r];
          // Forward the running row is row k, backward row k + 1.
          k.store(row, v, forward ? madd(cc, x, mul(ss, y)) : nmadd(ss, y, mul(cc, x)));
          k.set(x, forward ? nmadd(ss, x, mul(cc, y)) : madd(cc, y, mul(ss, x)));
        });
        k.move(row, next, 0);
        k.shift(next, forward ? ldq : sub(0, ldq));
      };
      if (forward) k.for("i", 0, count, turn);
      else k.for("i", sub(count, 1), -1, turn, -1);
      vectors.forEach((v, r) => k.store(row, v, running[r]));
    };
    const whole = k.let("whole", ir.and(n, -STRIP));
    k.for("j", 0, whole, (j) => strip(j, STRIP), STRIP);
    k.for("j", whole, n, (j) => strip(j, 2), 2);
  }); // oxfmt-ignore
}

export const rotateKernels: readonly StructuredFunction[] = [rotateRows("rotateForward", true), rotateRows("rotateBackward", false)].map(checkedByAuthor); // oxfmt-ignore
