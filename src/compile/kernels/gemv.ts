// Matrix-vector product y = alpha A x + beta y of a row-major matrix. Four rows go along the columns together, so that x is read
// once for four; each row's sum is the same as if it went alone.
// With beta = 0 the old y is not read, as in BLAS. Left out: the transposed matrix, strides of vectors.
import * as ir from "../builder.ts";
import type { Expression, StructuredFunction } from "../ir.ts";
import { checkedByAuthor } from "./checked.ts";
import { REAL, type Real } from "./real.ts";

const TOGETHER = 4;

/**
 * gemv(from, to, n, alpha, a, lda, x, beta, y): elements from <= i < to of y. A has `to` rows of `lda` >= n elements;
 * y overlaps neither A nor x.
 */
export function gemv(real: Real): StructuredFunction {
  const { suffix } = REAL[real];
  const { add, at, mul } = ir;
  const f = ir.fn(
    `gemv${suffix}`,
    {
      from: "i32",
      to: "i32",
      n: "i32",
      alpha: real,
      a: `${real}[to*lda]`,
      lda: "i32",
      x: `${real}[n]`,
      beta: real,
      y: `${real}[to]`,
    },
    undefined,
    ({ from, to, n, alpha, a, lda, x, beta, y }, k) => {
      k.if(ir.or(ir.lt(from, 0), ir.lt(lda, n)), () => k.trap("gemv: rows before the first, or a leading dimension shorter than a row")); // oxfmt-ignore
      const rows = (first: Expression, count: number): void => {
        const row = Array.from({ length: count }, (_, r) => k.view(`a${r}`, a, mul(add(first, r), lda)));
        const sums = row.map((_, r) => k.let(`sum${r}`, 0, real));
        k.for("j", 0, n, (j) => row.forEach((ar, r) => k.set(sums[r], add(sums[r], mul(at(ar, j), at(x, j))))));
        const out = k.view("out", y, first);
        k.if(ir.eq(beta, 0),
          () => sums.forEach((sum, r) => k.store(out, r, mul(alpha, sum))),
          () => sums.forEach((sum, r) => k.store(out, r, add(mul(beta, at(out, r)), mul(alpha, sum)))),
        ); // oxfmt-ignore
      };
      const whole = k.let("whole", ir.sub(to, ir.rem(ir.max(ir.sub(to, from), 0), TOGETHER)));
      k.for("i", from, whole, (i) => rows(i, TOGETHER), TOGETHER);
      k.for("i", ir.max(whole, from), to, (i) => rows(i, 1));
    },
  );
  return checkedByAuthor(f);
}
