// The update y -= v l over neighbours, written inline with two lanes a time: the innermost loop of triangular solves and
// of dense elimination. Each element sees one multiplication and one subtraction, so the bits are those of a plain loop.
import { ir, type Block, type Expression, type Value, type Variable } from "../compile/index.ts";

const { add, and, at, at2, mul, sub } = ir;

/** y[r] -= l[r] * v, r < count. */
export function axpy(k: Block, count: Expression, l: Variable<"f64[]">, v: Expression, y: Variable<"f64[]">): void {
  const w = k.let2("w", v);
  const two = (r: Value): void => k.store(y, r, sub(at2(y, r), mul(at2(l, r), w)));
  k.for("r", 0, sub(count, 3), (r) => [r, add(r, 2)].forEach(two), 4);
  k.if(and(count, 2), () => two(and(count, -4)));
  k.if(and(count, 1), () => {
    const r = k.let("last", sub(count, 1));
    k.store(y, r, sub(at(y, r), mul(at(l, r), v)));
  });
}
