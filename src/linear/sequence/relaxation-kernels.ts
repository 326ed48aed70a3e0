// Whole solves by relaxation as compiled loops, for matrices in compressed rows of a runtime: one call a system, because for the small
// systems of a long sequence the calls would cost as much as the sweeps. `mid` holds the places of the diagonal entries.
import { forLines, LINES, lineSum, type Lines } from "../../array/index.ts";
import { fn, ir, kernelFunctions, program, type Block, type Expression, type Program, type Variable } from "../../compile/index.ts"; // oxfmt-ignore

const { add, at, div, gt, le, lt, mul, not, or, sub, and } = ir;
type Doubles = Variable<"f64[]">;
type Integers = Variable<"i32[]">;

/** Sum of a_ij x_j over the row without its diagonal, taken from `from`. */
function besides(k: Block, a: Lines, mid: Integers, i: Expression, x: Doubles, from: Expression): Variable<"f64"> {
  const right = lineSum(k, a, { begin: add(at(mid, i), 1), end: at(a.start, add(i, 1)) }, x, { from, sign: -1 });
  return lineSum(k, a, { begin: at(a.start, i), end: at(mid, i) }, x, { from: right, sign: -1 });
}

/**
 * sorSolve(n, start, column, value, mid, omega, goal, limit, b, x, out): sweeps of SOR from x until |b - A x|^2 <= goal, computed
 * after each; out = [|b - A x|^2]. Returns the sweeps; `limit` of them at most. Ends where the residual is not finite.
 */
const sorSolve = fn(
  "sorSolve",
  { n: "i32", ...LINES, mid: "i32[]", omega: "f64", goal: "f64", limit: "i32", b: "f64[]", x: "f64[]", out: "f64[]" },
  "i32",
  ({ n, mid, omega, goal, limit, b, x, out, ...a }, k) => {
    const steps = k.let("steps", 0, "i32");
    const square = k.let("square", Infinity, "f64");
    k.while(and(lt(steps, limit), gt(square, goal)), () => {
      k.for("i", 0, n, (i) => {
        const sum = besides(k, a, mid, i, x, at(b, i));
        const old = k.let("old", at(x, i));
        k.store(x, i, add(old, mul(omega, sub(div(sum, at(a.value, at(mid, i))), old))));
      });
      k.set(square, 0);
      forLines(k, a.start, n, (i, range) => {
        const r = lineSum(k, a, range, x, { from: at(b, i), sign: -1 });
        k.set(square, add(square, mul(r, r)));
      });
      k.set(steps, add(steps, 1));
      k.if(not(lt(square, Infinity)), () => k.break());
    });
    k.store(out, 0, square);
    k.return(steps);
  },
); // oxfmt-ignore

/**
 * ssorCg(n, start, column, value, mid, omega, goal, limit, b, x, r, z, p, q, out): conjugate gradients from x with the preconditioner
 * (D + omega L) D^-1 (D + omega U) / (omega (2 - omega)) until the |r|^2 of the recurrence is at most goal; omega = 0: none.
 * out = [|b - A x|^2 recomputed, p.Ap of the last step]. Returns the steps; ends where p.Ap or r.z is not positive.
 */
const ssorCg = fn(
  "ssorCg",
  {
    n: "i32", ...LINES, mid: "i32[]", omega: "f64", goal: "f64", limit: "i32",
    b: "f64[]", x: "f64[]", r: "f64[]", z: "f64[]", p: "f64[]", q: "f64[]", out: "f64[]",
  },
  "i32",
  ({ n, mid, omega, goal, limit, b, x, r, z, p, q, out, ...a }, k) => {
    const steps = k.let("steps", 0, "i32");
    const [square, rz, pq] = [k.let("square", 0), k.let("rz", 0, "f64"), k.let("pq", 1)];
    const scale = k.let("scale", mul(omega, sub(2, omega)));
    const residual = (store: boolean): void => {
      k.set(square, 0);
      forLines(k, a.start, n, (i, range) => {
        const value = lineSum(k, a, range, x, { from: at(b, i), sign: -1 });
        if (store) k.store(r, i, value);
        k.set(square, add(square, mul(value, value)));
      });
    };
    /** z = M^-1 r, next = r.z */
    const precondition = (next: Variable<"f64">): void => {
      k.set(next, 0);
      k.if(gt(omega, 0), () => {
        // Forwards z = (D + omega L)^-1 r, without the diagonal: z_i d_i is kept for the way back.
        k.for("i", 0, n, (i) => {
          const begin = k.let("begin", at(a.start, i), "i32");
          const middle = k.let("middle", at(mid, i), "i32");
          const sum = lineSum(k, a, { begin, end: middle }, z, { sign: -1 });
          k.store(z, i, div(add(mul(omega, sum), at(r, i)), at(a.value, middle)));
        });
        k.for("i", sub(n, 1), -1, (i) => {
          const middle = k.let("middle", at(mid, i), "i32");
          const sum = lineSum(k, a, { begin: add(middle, 1), end: at(a.start, add(i, 1)) }, z, { sign: -1 });
          const value = k.let("value", add(at(z, i), div(mul(omega, sum), at(a.value, middle))));
          k.store(z, i, value);
          k.set(next, add(next, mul(value, at(r, i))));
        }, -1);
        k.set(next, mul(next, scale));
      }, () =>
        k.for("i", 0, n, (i) => {
          k.store(z, i, at(r, i));
          k.set(next, add(next, mul(at(r, i), at(r, i))));
        }));
    };
    residual(true);
    k.if(gt(square, goal), () => {
      // z carries no factor omega (2 - omega) itself: p takes it with z.
      k.if(not(gt(omega, 0)), () => k.set(scale, 1));
      precondition(rz);
      k.for("i", 0, n, (i) => k.store(p, i, mul(scale, at(z, i))));
      k.while(lt(steps, limit), () => {
        k.set(pq, 0);
        forLines(k, a.start, n, (i, range) => {
          const sum = lineSum(k, a, range, p);
          k.store(q, i, sum);
          k.set(pq, add(pq, mul(sum, at(p, i))));
        });
        k.if(or(not(gt(pq, 0)), not(gt(rz, 0))), () => k.break());
        const alpha = k.let("alpha", div(rz, pq));
        k.set(square, 0);
        k.for("i", 0, n, (i) => {
          k.store(x, i, add(at(x, i), mul(alpha, at(p, i))));
          const value = k.let("value", sub(at(r, i), mul(alpha, at(q, i))));
          k.store(r, i, value);
          k.set(square, add(square, mul(value, value)));
        });
        k.set(steps, add(steps, 1));
        k.if(or(le(square, goal), not(lt(square, Infinity))), () => k.break());
        const next = k.let("next", 0, "f64");
        precondition(next);
        const beta = k.let("beta", div(next, rz));
        k.set(rz, next);
        k.for("i", 0, n, (i) => k.store(p, i, add(mul(scale, at(z, i)), mul(beta, at(p, i)))));
      });
      residual(false);
    });
    k.store(out, 0, square);
    k.store(out, 1, pq);
    k.return(steps);
  },
); // oxfmt-ignore

export const relaxationProgram = (): Program =>
  program("relaxation", ...[sorSolve, ssorCg].map((f) => kernelFunctions.checkedByAuthor(f)));
