// Loops over vectors, fused for iterative methods, as functions of the compiler's IR. Vectors have n elements and do not overlap,
// unless one is given twice. Written as plain loops; `fast` gives them lanes and keeps sums in several parts (fixed by n alone).
import { fast, fn, ir, program, type Program } from "../../compile/index.ts";

const { add, at, mul, sub } = ir;

/** dot(n, x, y) = x.y */
const dot = fn("dot", { n: "i32", x: "f64[]", y: "f64[]" }, "f64", ({ n, x, y }, k) => {
  const sum = k.let("sum", 0);
  k.for("i", 0, n, (i) => k.set(sum, add(sum, mul(at(x, i), at(y, i)))));
  k.return(sum);
});

/** norm2(n, x) = x.x */
const norm2 = fn("norm2", { n: "i32", x: "f64[]" }, "f64", ({ n, x }, k) => {
  const sum = k.let("sum", 0);
  k.for("i", 0, n, (i) => k.set(sum, add(sum, mul(at(x, i), at(x, i)))));
  k.return(sum);
});

/** dotPair(n, x, y, z, out): out = [x.y, x.z] */
const dotPair = fn("dotPair", { n: "i32", x: "f64[]", y: "f64[]", z: "f64[]", out: "f64[]" }, undefined, ({ n, x, y, z, out }, k) => {
  const [s, t] = [k.let("s", 0), k.let("t", 0)];
  k.for("i", 0, n, (i) => {
    k.set(s, add(s, mul(at(x, i), at(y, i))));
    k.set(t, add(t, mul(at(x, i), at(z, i))));
  });
  k.store(out, 0, s);
  k.store(out, 1, t);
}); // oxfmt-ignore

/** axpy(n, a, x, y): y += a x */
const axpy = fn("axpy", { n: "i32", a: "f64", x: "f64[]", y: "f64[]" }, undefined, ({ n, a, x, y }, k) =>
  k.for("i", 0, n, (i) => k.store(y, i, add(at(y, i), mul(a, at(x, i))))),
);

/** xpay(n, x, a, y): y = x + a y */
const xpay = fn("xpay", { n: "i32", x: "f64[]", a: "f64", y: "f64[]" }, undefined, ({ n, x, a, y }, k) =>
  k.for("i", 0, n, (i) => k.store(y, i, add(at(x, i), mul(a, at(y, i))))),
);

/** axpby(n, a, x, b, y): y = a x + b y */
const axpby = fn("axpby", { n: "i32", a: "f64", x: "f64[]", b: "f64", y: "f64[]" }, undefined, ({ n, a, x, b, y }, k) =>
  k.for("i", 0, n, (i) => k.store(y, i, add(mul(a, at(x, i)), mul(b, at(y, i))))),
);

/** triad(n, x, a, y, z): z = x + a y */
const triad = fn("triad", { n: "i32", x: "f64[]", a: "f64", y: "f64[]", z: "f64[]" }, undefined, ({ n, x, a, y, z }, k) =>
  k.for("i", 0, n, (i) => k.store(z, i, add(at(x, i), mul(a, at(y, i))))),
); // oxfmt-ignore

/** scale(n, a, x, y): y = a x */
const scale = fn("scale", { n: "i32", a: "f64", x: "f64[]", y: "f64[]" }, undefined, ({ n, a, x, y }, k) =>
  k.for("i", 0, n, (i) => k.store(y, i, mul(a, at(x, i)))),
);

/** times(n, d, x, y): y = d x element by element */
const times = fn("times", { n: "i32", d: "f64[]", x: "f64[]", y: "f64[]" }, undefined, ({ n, d, x, y }, k) =>
  k.for("i", 0, n, (i) => k.store(y, i, mul(at(d, i), at(x, i)))),
);

/** timesPlus(n, d, x, a, y): y = d x + a y, d element by element */
const timesPlus = fn("timesPlus", { n: "i32", d: "f64[]", x: "f64[]", a: "f64", y: "f64[]" }, undefined, ({ n, d, x, a, y }, k) =>
  k.for("i", 0, n, (i) => k.store(y, i, add(mul(at(d, i), at(x, i)), mul(a, at(y, i))))),
); // oxfmt-ignore

/** minus(n, x, y, z): z = x - y; returns z.z */
const minus = fn("minus", { n: "i32", x: "f64[]", y: "f64[]", z: "f64[]" }, "f64", ({ n, x, y, z }, k) => {
  const sum = k.let("sum", 0);
  k.for("i", 0, n, (i) => {
    const v = k.let("v", sub(at(x, i), at(y, i)));
    k.store(z, i, v);
    k.set(sum, add(sum, mul(v, v)));
  });
  k.return(sum);
});

/** advance(n, a, p, q, x, r): x += a p, r -= a q; returns r.r */
const advance = fn("advance", { n: "i32", a: "f64", p: "f64[]", q: "f64[]", x: "f64[]", r: "f64[]" }, "f64", ({ n, a, p, q, x, r }, k) => {
  const sum = k.let("sum", 0);
  k.for("i", 0, n, (i) => {
    k.store(x, i, add(at(x, i), mul(a, at(p, i))));
    const v = k.let("v", sub(at(r, i), mul(a, at(q, i))));
    k.store(r, i, v);
    k.set(sum, add(sum, mul(v, v)));
  });
  k.return(sum);
}); // oxfmt-ignore

/** advanceScaled(n, a, p, q, d, x, r, out): as `advance`, and out[0] = sum d r^2 */
const advanceScaled = fn(
  "advanceScaled",
  { n: "i32", a: "f64", p: "f64[]", q: "f64[]", d: "f64[]", x: "f64[]", r: "f64[]", out: "f64[]" },
  "f64",
  ({ n, a, p, q, d, x, r, out }, k) => {
    const [sum, scaled] = [k.let("sum", 0), k.let("scaled", 0)];
    k.for("i", 0, n, (i) => {
      k.store(x, i, add(at(x, i), mul(a, at(p, i))));
      const v = k.let("v", sub(at(r, i), mul(a, at(q, i))));
      k.store(r, i, v);
      const square = k.let("square", mul(v, v));
      k.set(sum, add(sum, square));
      k.set(scaled, add(scaled, mul(at(d, i), square)));
    });
    k.store(out, 0, scaled);
    k.return(sum);
  },
);

/** addPair(n, a, x, b, y, z): z += a x + b y */
const addPair = fn("addPair", { n: "i32", a: "f64", x: "f64[]", b: "f64", y: "f64[]", z: "f64[]" }, undefined, ({ n, a, x, b, y, z }, k) =>
  k.for("i", 0, n, (i) => k.store(z, i, add(at(z, i), add(mul(a, at(x, i)), mul(b, at(y, i)))))),
); // oxfmt-ignore

/** bicgDirection(n, r, beta, omega, v, p): p = r + beta (p - omega v) */
const bicgDirection = fn(
  "bicgDirection",
  { n: "i32", r: "f64[]", beta: "f64", omega: "f64", v: "f64[]", p: "f64[]" },
  undefined,
  ({ n, r, beta, omega, v, p }, k) =>
    k.for("i", 0, n, (i) => k.store(p, i, add(at(r, i), mul(beta, sub(at(p, i), mul(omega, at(v, i))))))),
);

/** dot4(n, stride, v, w, out): out[j] = v_j.w of the four vectors v_j that begin `stride` elements apart */
const dot4 = fn("dot4", { n: "i32", stride: "i32", v: "f64[]", w: "f64[]", out: "f64[]" }, undefined, ({ n, stride, v, w, out }, k) => {
  const vs = [0, 1, 2, 3].map((j) => k.view(`v${j}`, v, mul(stride, j)));
  const sums = vs.map((_, j) => k.let(`s${j}`, 0));
  k.for("i", 0, n, (i) => sums.forEach((s, j) => k.set(s, add(s, mul(at(vs[j], i), at(w, i))))));
  sums.forEach((s, j) => k.store(out, j, s));
}); // oxfmt-ignore

/** axpy4(n, stride, v, h, w): w += sum h[j] v_j */
const axpy4 = fn("axpy4", { n: "i32", stride: "i32", v: "f64[]", h: "f64[]", w: "f64[]" }, undefined, ({ n, stride, v, h, w }, k) => {
  const vs = [0, 1, 2, 3].map((j) => k.view(`v${j}`, v, mul(stride, j)));
  const hs = vs.map((_, j) => k.let(`h${j}`, at(h, j)));
  k.for("i", 0, n, (i) => {
    const terms = vs.map((each, j) => mul(hs[j], at(each, i)));
    k.store(w, i, add(at(w, i), add(add(terms[0], terms[1]), add(terms[2], terms[3]))));
  });
}); // oxfmt-ignore

/** All of them, in lanes. Loops with many sums use fewer vectors a turn, which the registers hold. */
export function vectorProgram(): Program {
  const own = (name: string, ...functions: Program["functions"]): Program =>
    program(name, ...functions.map((f) => ({ ...f, checked: true }))) as Program;
  const wide = fast(own("wide", dot, norm2, axpy, xpay, axpby, triad, scale, times, timesPlus, addPair, bicgDirection));
  const crowded = fast(own("crowded", dotPair, minus, advance, advanceScaled, dot4, axpy4), { unroll: 2 });
  return program("vectors", ...wide.functions, ...crowded.functions);
}
