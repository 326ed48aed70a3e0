// Matrix-vector product in single precision, rows with consecutive columns: the measure that low-bit kernels are held against.
//   y[r] = sum_c w[r][c] x[c]
// Four rows at a time share the loads of x, two accumulators of four lanes a row hide the latency of the (fused) multiply-add.
// Summation order is fixed by the program: eight partial sums a row, then their sum, then the columns left over.
// Left out: blocking for caches (x is small), threads.
import { add, at, fn, lane, madd, mul, shl, shru } from "../builder.ts";
import type { Block } from "../builder.ts";
import type { Expression, StructuredFunction, Variable } from "../ir.ts";

/** The sum of four lanes. */
export function laneSum(x: Expression): Expression {
  return add(add(lane(x, 0), lane(x, 1)), add(lane(x, 2), lane(x, 3)));
}

/** `gemv(rows, columns, w, x, y)` in f32. */
export function floatGemv(name = "gemv"): StructuredFunction {
  return fn(
    name,
    { rows: "i32", columns: "i32", w: "f32[]", x: "f32[]", y: "f32[]" },
    undefined,
    ({ rows, columns, w, x, y }, k) => {
      const even = k.let("even", shl(shru(columns, 3), 3));
      const four = k.let("four", shl(shru(rows, 2), 2));
      const row = k.view("row", w, 0);
      const block = (r: Expression, count: number, inner: Block): void => {
        inner.move(row, w, mul(r, columns));
        const sums = Array.from({ length: count }, (_, j) => [0, 1].map((h) => inner.let(`s${j}${h}`, 0, "f32x4")));
        const views = Array.from({ length: count }, (_, j) => inner.view(`w${j}`, row, mul(columns, j)));
        inner.for("c", 0, even, (c) => {
          for (const h of [0, 1]) {
            const part = inner.let(`x${h}`, at(x, add(c, 4 * h), "f32x4"));
            views.forEach((v, j) => inner.set(sums[j][h], madd(at(v, add(c, 4 * h), "f32x4"), part, sums[j][h])));
          }
        }, 8); // oxfmt-ignore
        const totals: Variable<"f32">[] = sums.map(([a, b], j) => inner.let(`t${j}`, laneSum(add(a, b)), "f32"));
        inner.for("c", even, columns, (c) => {
          views.forEach((v, j) => inner.set(totals[j], add(totals[j], mul(at(v, c), at(x, c)))));
        });
        totals.forEach((t, j) => inner.store(y, add(r, j), t));
      };
      k.for("r", 0, four, (r) => block(r, 4, k), 4);
      k.for("r", four, rows, (r) => block(r, 1, k));
    },
  );
}
