// Jacobi sweeps for the Poisson equation: 5 points in 2-D, 7 points in 3-D, on grids stored row by row (the last index runs
// fastest). Points on the border of the grid are not written. Neighbours are added in the order of their addresses, then `f`,
// then the sum is multiplied; so there is one result, bit for bit, whatever the target and the lanes.
// Left out: other stencils (write them with the builder; the passes treat them alike), blocking in time.
import * as ir from "../builder.ts";
import type { Expression, StructuredFunction } from "../ir.ts";
import { checkedByAuthor } from "./checked.ts";
import { REAL, type Real } from "./real.ts";

const { add, at, mul, sub } = ir;

const total = (terms: readonly Expression[]): Expression => terms.reduce((sum, term) => add(sum, term));

/**
 * jacobi2(from, to, rows, columns, u, f, v): v = (north + west + east + south + f) / 4 at the inner points of rows
 * from <= i < to, where 1 <= from and to <= rows - 1. `f` holds the right-hand side times the square of the mesh width;
 * v overlaps neither u nor f.
 */
export function jacobi2(real: Real): StructuredFunction {
  const grid = `${real}[rows*columns]` as const;
  const f = ir.fn(
    `jacobi2${REAL[real].suffix}`,
    { from: "i32", to: "i32", rows: "i32", columns: "i32", u: grid, f: grid, v: grid },
    undefined,
    ({ from, to, rows, columns, u, f, v }, k) => {
      k.if(ir.and(ir.lt(from, to), ir.or(ir.lt(from, 1), ir.gt(to, sub(rows, 1)))), () => k.trap("jacobi2: rows on or beyond the border")); // oxfmt-ignore
      k.for("i", from, to, (i) => {
        const start = k.let("start", mul(i, columns), "i32");
        // Views start at the west point of the first inner one, so that no offset is negative.
        const north = k.view("north", u, sub(start, columns));
        const here = k.view("here", u, start);
        const south = k.view("south", u, add(start, columns));
        const source = k.view("source", f, start);
        const out = k.view("out", v, start);
        k.for("j", 0, sub(columns, 2), (j) => {
          const east = add(j, 2);
          const point = add(j, 1);
          k.store(out, point, mul(0.25, total([at(north, point), at(here, j), at(here, east), at(south, point), at(source, point)]))); // oxfmt-ignore
        });
      });
    },
  );
  return checkedByAuthor(f);
}

/**
 * jacobi3(from, to, planes, rows, columns, u, f, v): v = (below + north + west + east + south + above + f) / 6 at the inner
 * points of planes from <= i < to, where 1 <= from and to <= planes - 1. As `jacobi2` otherwise.
 */
export function jacobi3(real: Real): StructuredFunction {
  const grid = `${real}[planes*rows*columns]` as const;
  const f = ir.fn(
    `jacobi3${REAL[real].suffix}`,
    { from: "i32", to: "i32", planes: "i32", rows: "i32", columns: "i32", u: grid, f: grid, v: grid },
    undefined,
    ({ from, to, planes, rows, columns, u, f, v }, k) => {
      k.if(ir.and(ir.lt(from, to), ir.or(ir.lt(from, 1), ir.gt(to, sub(planes, 1)))), () => k.trap("jacobi3: planes on or beyond the border")); // oxfmt-ignore
      const plane = k.let("plane", mul(rows, columns), "i32");
      k.for("i", from, to, (i) =>
        k.for("j", 1, sub(rows, 1), (j) => {
          const start = k.let("start", add(mul(i, plane), mul(j, columns)), "i32");
          const below = k.view("below", u, sub(start, plane));
          const north = k.view("north", u, sub(start, columns));
          const here = k.view("here", u, start);
          const south = k.view("south", u, add(start, columns));
          const above = k.view("above", u, add(start, plane));
          const source = k.view("source", f, start);
          const out = k.view("out", v, start);
          k.for("x", 0, sub(columns, 2), (x) => {
            const point = add(x, 1);
            const neighbours = [at(below, point), at(north, point), at(here, x), at(here, add(x, 2)), at(south, point), at(above, point)]; // oxfmt-ignore
            k.store(out, point, mul(1 / 6, total([...neighbours, at(source, point)])));
          });
        }),
      );
    },
  );
  return checkedByAuthor(f);
}
