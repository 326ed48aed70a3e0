// Compiled inner loops of orthogonal reductions on row-major matrices: Householder reflectors applied from both sides, and the steps of the
// reductions to tridiagonal, bidiagonal and Hessenberg form. A step applies the update that the last one left pending, and makes
// the products with the next reflector in the same pass, so that each element is read and written once.
// Sources: Golub, Van Loan, "Matrix Computations" (4th ed. 2013), sections 5.1, 5.4, 7.4, 8.3; the one-pass form is that of
// Howell, Demmel, Fulton, Hammarling, Marmol 2008, "Cache efficient bidiagonalization using BLAS 2.5 operators".
// The steps go through rows four numbers at a time and over the end: rows need 3 numbers of room, and vectors 3 zeros, after the last element.
import { fn, ir, kernelFunctions, type Block, type StructuredFunction, type Variable } from "../../compile/index.ts";

const { add, and, at, at2, lane, madd, mul, nmadd, splat, sub } = ir;
const { checkedByAuthor } = kernelFunctions;

type Row = Variable<"f64[]">;

/** `count` rows of a from row i on, as views. */
const rowViews = (k: Block, a: Row, lda: ir.Value, i: ir.Value, count: number): Row[] => {
  const rows = [k.view("r0", a, mul(i, lda))];
  for (let r = 1; r < count; r++) rows.push(k.view(`r${r}`, rows[r - 1], lda));
  return rows;
};

/** Groups of `count` rows, then the rest one by one. */
const byRows = (k: Block, m: Variable<"i32">, count: number, body: (i: Variable<"i32">, count: number) => void): void => {
  const whole = k.let("whole", sub(m, ir.rem(m, count)));
  k.for("i", 0, whole, (i) => body(i, count), count);
  k.for("i", whole, m, (i) => body(i, 1));
}; // oxfmt-ignore

const across = (count: number): number[] => Array.from({ length: count }, (_, r) => r);

/** w = v^T A, then A -= tau v w^T: the reflector I - tau v v^T from the left on m x n; element i of v is v[i * step]. */
const reflectLeft = fn(
  "reflectLeft",
  { m: "i32", n: "i32", a: "f64[]", lda: "i32", v: "f64[]", step: "i32", tau: "f64", w: "f64[]" },
  undefined,
  ({ m, n, a, lda, v, step, tau, w }, k) => {
    const even = k.let("even", and(n, -2));
    k.for("j", 0, n, (j) => k.store(w, j, 0));
    byRows(k, m, 4, (i, count) => {
      const rows = rowViews(k, a, lda, i, count);
      const factors = across(count).map((r) => k.let(`v${r}`, at(v, mul(add(i, r), step))));
      const lanes = factors.map((f, r) => k.let(`w${r}`, splat(f), "f64x2"));
      k.for("j", 0, even, (j) => k.store(w, j, rows.reduce((sum: ir.Value, row, r) => madd(lanes[r], at2(row, j), sum), at2(w, j))), 2);
      k.if(and(n, 1), () => k.store(w, even, rows.reduce((sum: ir.Value, row, r) => add(sum, mul(factors[r], at(row, even))), at(w, even))));
    });
    byRows(k, m, 4, (i, count) => {
      const rows = rowViews(k, a, lda, i, count);
      const factors = across(count).map((r) => k.let(`v${r}`, mul(tau, at(v, mul(add(i, r), step)))));
      const lanes = factors.map((f, r) => k.let(`w${r}`, splat(f), "f64x2"));
      k.for("j", 0, even, (j) => {
        const x = k.let("x", at2(w, j), "f64x2");
        rows.forEach((row, r) => k.store(row, j, nmadd(lanes[r], x, at2(row, j))));
      }, 2);
      k.if(and(n, 1), () => rows.forEach((row, r) => k.store(row, even, sub(at(row, even), mul(factors[r], at(w, even))))));
    });
  },
); // oxfmt-ignore

/** Sum of the two lanes of two sums. */
const total = (a: ir.Value, b: ir.Value): ReturnType<typeof add> => {
  const s = add(a, b);
  return add(lane(s, 0), lane(s, 1));
};

/** y = A x, m rows of n numbers. */
const rowDots = fn("rowDots", { m: "i32", n: "i32", a: "f64[]", lda: "i32", x: "f64[]", y: "f64[]" }, undefined, ({ m, n, a, lda, x, y }, k) =>
  byRows(k, m, 4, (i, count) => {
    const rows = rowViews(k, a, lda, i, count);
    const sums = rows.map((_, r) => across(2).map((h) => k.let(`s${r}${h}`, 0, "f64x2")));
    k.for("j", 0, n, (j) => {
      for (const h of across(2)) {
        const place = add(j, 2 * h);
        const v = k.let("v", at2(x, place), "f64x2");
        rows.forEach((row, r) => k.set(sums[r][h], madd(at2(row, place), v, sums[r][h])));
      }
    }, 4);
    rows.forEach((_, r) => k.store(y, add(i, r), total(sums[r][0], sums[r][1])));
  }),
); // oxfmt-ignore

interface StepShape {
  readonly name: string;
  /** A = A - p1 q1^T - p2 q2^T: numbers by row, and vectors along the rows. */
  readonly pending: readonly (readonly [string, string])[];
  /** y_i = row . u: also make this product. */
  readonly right: boolean;
  /** z += g_i row: also make this product. */
  readonly left: boolean;
}

/** A step on m x n: the pending update, with y = A u and z = A^T g from the new elements. z is set to zero first. */
function step({ name, pending, right, left }: StepShape): StructuredFunction {
  const vectors = [...new Set(pending.flat())];
  const parameters: Record<string, "i32" | "f64[]"> = { m: "i32", n: "i32", a: "f64[]", lda: "i32" };
  for (const v of [...vectors, ...(right ? ["u", "y"] : []), ...(left ? ["g", "z"] : [])]) parameters[v] = "f64[]";
  return fn(name, parameters, undefined, (given, k) => {
    const { m, n, lda } = given as unknown as Record<string, Variable<"i32">>;
    const p = given as unknown as Record<string, Row>;
    if (left) k.for("j", 0, n, (j) => [0, 2].forEach((h) => k.store(p.z, add(j, h), ir.constant(0, "f64x2"))), 4);
    byRows(k, m, 2, (i, count) => {
      const rows = rowViews(k, p.a, lda, i, count);
      const spread = (v: string) => across(count).map((r) => k.let(`${v}${r}`, splat(at(p[v], add(i, r))), "f64x2"));
      const factors = pending.map(([row]) => spread(row));
      const g = left ? spread("g") : [];
      const sums = right ? across(count).map((r) => [0, 1].map((h) => k.let(`s${r}${h}`, 0, "f64x2"))) : [];
      k.for("j", 0, n, (j) => {
        for (const h of [0, 1]) {
          const place = k.let("place", add(j, 2 * h));
          const x = rows.map((row, r) => k.let(`x${r}`, at2(row, place), "f64x2"));
          pending.forEach(([, along], q) => {
            const v = k.let("v", at2(p[along], place), "f64x2");
            x.forEach((value, r) => k.set(value, nmadd(factors[q][r], v, value)));
          });
          x.forEach((value, r) => k.store(rows[r], place, value));
          if (right) {
            const u = k.let("u", at2(p.u, place), "f64x2");
            x.forEach((value, r) => k.set(sums[r][h], madd(value, u, sums[r][h])));
          }
          if (left) k.store(p.z, place, x.reduce((sum: ir.Value, value, r) => madd(g[r], value, sum), at2(p.z, place)));
        }
      }, 4);
      if (right) across(count).forEach((r) => k.store(p.y, add(i, r), total(sums[r][0], sums[r][1])));
    });
  });
} // oxfmt-ignore

export const reflectKernels: readonly StructuredFunction[] = [
  reflectLeft,
  rowDots,
  step({ name: "tridiagonalStep", pending: [["v", "w"], ["w", "v"]], right: true, left: false }),
  step({ name: "bidiagonalStep", pending: [["v", "w"], ["x", "t"]], right: false, left: true }),
  step({ name: "hessenbergStep", pending: [["v", "w"], ["x", "t"]], right: true, left: true }),
].map(checkedByAuthor); // oxfmt-ignore
