// Kernels on vectors: AXPY, dot product, and the four loops of STREAM (McCalpin 1995, "Memory Bandwidth and Machine Balance in
// Current High Performance Computers"). Written as plain loops; `fast` (fast.ts) gives them lanes.
// Each works on elements 0 ... n-1 of its arrays; parts of vectors are passed as views that start later. An array that is
// written must not overlap another of the arguments.
// Left out: strides other than 1, norms (`dot(x, x)`).
import * as ir from "../builder.ts";
import type { StructuredFunction } from "../ir.ts";
import { REAL, type Real } from "./real.ts";

const { add, at, mul } = ir;

/** axpy(n, a, x, y): y += a x. */
export function axpy(real: Real): StructuredFunction {
  return ir.fn(`axpy${REAL[real].suffix}`, { n: "i32", a: real, x: `${real}[n]`, y: `${real}[n]` }, undefined, ({ n, a, x, y }, k) =>
    k.for("i", 0, n, (i) => k.store(y, i, add(at(y, i), mul(a, at(x, i))))),
  ); // oxfmt-ignore
}

/** dot(n, x, y): the sum of x[i] y[i], in order; `fast` keeps several partial sums. */
export function dot(real: Real): StructuredFunction {
  return ir.fn(`dot${REAL[real].suffix}`, { n: "i32", x: `${real}[n]`, y: `${real}[n]` }, real, ({ n, x, y }, k) => {
    const sum = k.let("sum", 0, real);
    k.for("i", 0, n, (i) => k.set(sum, add(sum, mul(at(x, i), at(y, i)))));
    k.return(sum);
  });
}

/** copy(n, a, c): c = a. */
export function streamCopy(real: Real): StructuredFunction {
  return ir.fn(`copy${REAL[real].suffix}`, { n: "i32", a: `${real}[n]`, c: `${real}[n]` }, undefined, ({ n, a, c }, k) =>
    k.for("i", 0, n, (i) => k.store(c, i, at(a, i))),
  ); // oxfmt-ignore
}

/** scale(n, s, c, b): b = s c. */
export function streamScale(real: Real): StructuredFunction {
  return ir.fn(`scale${REAL[real].suffix}`, { n: "i32", s: real, c: `${real}[n]`, b: `${real}[n]` }, undefined, ({ n, s, c, b }, k) =>
    k.for("i", 0, n, (i) => k.store(b, i, mul(s, at(c, i)))),
  ); // oxfmt-ignore
}

/** sum(n, a, b, c): c = a + b. */
export function streamSum(real: Real): StructuredFunction {
  return ir.fn(`sum${REAL[real].suffix}`, { n: "i32", a: `${real}[n]`, b: `${real}[n]`, c: `${real}[n]` }, undefined, ({ n, a, b, c }, k) =>
    k.for("i", 0, n, (i) => k.store(c, i, add(at(a, i), at(b, i)))),
  ); // oxfmt-ignore
}

/** triad(n, s, b, c, a): a = b + s c. */
export function streamTriad(real: Real): StructuredFunction {
  return ir.fn(
    `triad${REAL[real].suffix}`,
    { n: "i32", s: real, b: `${real}[n]`, c: `${real}[n]`, a: `${real}[n]` },
    undefined,
    ({ n, s, b, c, a }, k) => k.for("i", 0, n, (i) => k.store(a, i, add(at(b, i), mul(s, at(c, i))))),
  );
}
