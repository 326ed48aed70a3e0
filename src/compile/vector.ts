// Static kernels on vectors, as programs of the IR: what ODE solvers do between right-hand sides.
// Formulae stand above the kernels; argument order is sizes, numbers, inputs, outputs. Loops are unrolled by four;
// only the norm's summation order depends on it (four partial sums), and it is the same on every target.
// Left out: SIMD lanes (the IR has none yet), dot products and dense matrix kernels, which belong to the room `linear`.
import {
  add,
  and,
  at,
  div,
  f64,
  fn,
  gt,
  i32,
  mul,
  not,
  program,
  select,
  slice,
  sqrt,
  sub,
  toF64,
  type Block,
} from "./builder.ts";
import type { Expression, ParameterType, Program, StructuredFunction, Variable } from "./ir.ts";

/** Writes body(i) for i = 0 ... n - 1, four a turn. */
function every(k: Block, n: Expression, body: (i: Expression) => void): void {
  k.for("i", 0, sub(n, 3), (i) => [0, 1, 2, 3].forEach((u) => body(u === 0 ? i : add(i, u))), 4); // oxfmt-ignore
  k.for("r", and(n, -4), n, (i) => body(i));
}

/** y = x */
export const copy: StructuredFunction = fn(
  "copy",
  { n: "i32", x: "f64[]", y: "f64[]" },
  undefined,
  ({ n, x, y }, k) => {
    every(k, n, (i) => k.store(y, i, at(x, i)));
  },
);

/** y = a x; y may be x */
export const scale: StructuredFunction = fn(
  "scale",
  { n: "i32", a: "f64", x: "f64[]", y: "f64[]" },
  undefined,
  ({ n, a, x, y }, k) => {
    every(k, n, (i) => k.store(y, i, mul(a, at(x, i))));
  },
);

/** y = a x + y */
export const axpy: StructuredFunction = fn(
  "axpy",
  { n: "i32", a: "f64", x: "f64[]", y: "f64[]" },
  undefined,
  ({ n, a, x, y }, k) => {
    every(k, n, (i) => k.store(y, i, add(mul(a, at(x, i)), at(y, i))));
  },
);

/** y = b + c_0 x0 + c_1 x1 + ..., summed from left to right, for a fixed number of arrays; named `linear` and that number; y may be any of them. */
export function linear(count: number): StructuredFunction {
  const vectors: Record<string, "f64[]"> = {};
  for (let j = 0; j < count; j++) vectors[`x${j}`] = "f64[]";
  const parameters: Record<string, ParameterType> = { n: "i32", c: "f64[]", ...vectors, b: "f64[]", y: "f64[]" };
  return fn(`linear${count}`, parameters, undefined, (p, k) => {
    const c = p.c as Variable<"f64[]">;
    const b = p.b as Variable<"f64[]">;
    const y = p.y as Variable<"f64[]">;
    const terms = Object.keys(vectors).map((name, j) => ({
      weight: k.let(`c${j}`, at(c, j)),
      x: p[name] as Variable<"f64[]">,
    }));
    every(k, p.n as Variable<"i32">, (i) => {
      let sum: Expression = at(b, i);
      for (const { weight, x } of terms) sum = add(sum, mul(weight, at(x, i)));
      k.store(y, i, sum);
    });
  });
}

/**
 * y_i = b_i + sum over j = 0 ... count - 1 of c_j x_(j stride + i), summed from left to right; y may be b.
 * The number of vectors is fixed when the kernel is made; its name is `combine` followed by it. It calls `linear`.
 */
export function combine(count: number): StructuredFunction {
  const inner = linear(count);
  return fn(
    `combine${count}`,
    { n: "i32", stride: "i32", c: "f64[]", x: "f64[]", b: "f64[]", y: "f64[]" },
    undefined,
    ({ n, stride, c, x, b, y }, k) => {
      const vectors = Array.from({ length: count }, (_, j) => slice(x, mul(stride, j)));
      k.do(inner, n, c, ...vectors, b, y);
    },
  );
}

/** sqrt(sum (x_i w_i)^2 / n), 0 for n = 0; partial sums over i mod 4, added as (s0 + s1) + (s2 + s3), then the last n mod 4 terms. */
export const weightedRms: StructuredFunction = fn(
  "weightedRms",
  { n: "i32", x: "f64[]", w: "f64[]" },
  "f64",
  ({ n, x, w }, k) => {
    const s = [0, 1, 2, 3].map((u) => k.let(`s${u}`, 0));
    const t = k.let("t", 0);
    const square = (sum: Variable<"f64" | "i32">, i: Expression): void => {
      k.set(t, mul(at(x, i), at(w, i)));
      k.set(sum, add(sum, mul(t, t)));
    };
    k.for("i", 0, sub(n, 3), (i) => s.forEach((sum, u) => square(sum, u === 0 ? i : add(i, u))), 4);
    const total = k.let("total", add(add(s[0], s[1]), add(s[2], s[3])));
    k.for("r", and(n, -4), n, (i) => square(total, i));
    k.return(select(not(gt(n, i32(0))), f64(0), sqrt(div(total, toF64(n)))));
  },
);

/** All kernels, with `combine` and `linear` for each number of vectors asked for. */
export function vectorProgram(combinations: readonly number[] = [1, 2, 3, 4, 5, 6, 7]): Program {
  return program("vector", copy, scale, axpy, weightedRms, ...combinations.map(combine));
}
