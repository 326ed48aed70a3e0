// The supernodal refactor and solve of lu-kernels.ts as one program of the compiler's IR, for WebAssembly with SIMD.
// Every element goes through the same operations in the same order as there, so both give the same bits: lanes hold
// different rows, or the partial sums that the plain functions keep apart too. Pieces are written inline by functions of
// this file, because calls inside the innermost loops would cost more than the work of a small supernode.
// Arguments: sizes, numbers, index arrays of the layout (supernode.ts), then arrays of numbers.
// Left out: the transposed solve (only condition estimates use it), several right sides at once.
import { fn, ir, program, type Block, type Expression, type Program, type Value, type Variable } from "../compile/index.ts"; // oxfmt-ignore
import { axpy } from "./axpy.ts";

const { abs, add, and, at, at2, div, eq, f64, ge, i32, lane, lt, max, mul, ne, not, or, pair, splat, sub } = ir;
type Doubles = Variable<"f64[]">;
type Integers = Variable<"i32[]">;

const next = (index: Value): Expression => (typeof index === "number" ? i32(index + 1) : add(index, 1));

/** y[idx[r]] -= l[r] * v, r < count. */
function scatterColumn(k: Block, count: Expression, l: Doubles, v: Expression, idx: Integers, y: Doubles): void {
  k.for("r", 0, sub(count, 3), (r) => {
      const places = [0, 1, 2, 3].map((i) => k.let(`i${i}`, at(idx, add(r, i))));
      const sums = places.map((place, i) => k.let(`s${i}`, sub(at(y, place), mul(at(l, add(r, i)), v))));
      places.forEach((place, i) => k.store(y, place, sums[i]));
    }, 4); // oxfmt-ignore
  k.for("r", and(count, -4), count, (r) => {
    const place = k.let("i", at(idx, r));
    k.store(y, place, sub(at(y, place), mul(at(l, r), v)));
  });
}

/** Cuts r = 0 ... rows - 1 into tiles of 8, then 4, 2 and 1 rows: `tile` gets the first row and the number of pairs, 0 for one row. */
function tiles(k: Block, rows: Expression, tile: (r: Expression, pairs: number) => void): void {
  k.for("r", 0, sub(rows, 7), (r) => tile(r, 4), 8);
  k.if(and(rows, 4), () => tile(and(rows, -8), 2));
  k.if(and(rows, 2), () => tile(and(rows, -4), 1));
  k.if(and(rows, 1), () => tile(sub(rows, 1), 0));
}

/** y[idx[r]] -= sum_c l[r + c*ld] * u[c], r < rows, c < cols; two columns at least. */
function scatterBlock(
  k: Block, rows: Expression, cols: Expression, l: Doubles, ld: Expression, u: Doubles, idx: Integers, y: Doubles,
): void {
  const minus = (place: Expression, value: Expression): void => {
    const i = k.let("i", place);
    k.store(y, i, sub(at(y, i), value));
  };
  tiles(k, rows, (r, pairs) => {
    const p = k.view("p", l, r);
    if (pairs === 0) {
      const s = k.let("s", 0);
      k.for("c", 0, cols, (c) => {
        k.set(s, add(s, mul(at(p, 0), at(u, c))));
        k.shift(p, ld);
      });
      minus(at(idx, r), s);
      return;
    }
    const sums = Array.from({ length: pairs }, (_, i) => k.let2(`s${i}`, 0));
    k.for("c", 0, cols, (c) => {
      const v = k.let2("v", splat(at(u, c)));
      sums.forEach((s, i) => k.set(s, add(s, mul(at2(p, 2 * i), v))));
      k.shift(p, ld);
    });
    const list = k.view("list", idx, r);
    sums.forEach((s, i) => [0, 1].forEach((j) => minus(at(list, 2 * i + j), lane(s, j as 0 | 1))));
  });
} // oxfmt-ignore

/** y[r] -= l[r + c*ld] * u[c] for c = 0 ... cols - 1, r < rows. */
function denseBlock(
  k: Block, rows: Expression, cols: Expression, l: Doubles, ld: Expression, u: Doubles, y: Doubles,
): void {
  tiles(k, rows, (r, pairs) => {
    const p = k.view("p", l, r);
    const d = k.view("d", y, r);
    if (pairs === 0) {
      const s = k.let("s", at(d, 0));
      k.for("c", 0, cols, (c) => {
        k.set(s, sub(s, mul(at(p, 0), at(u, c))));
        k.shift(p, ld);
      });
      k.store(d, 0, s);
      return;
    }
    const sums = Array.from({ length: pairs }, (_, i) => k.let2(`s${i}`, at2(d, 2 * i)));
    k.for("c", 0, cols, (c) => {
      const v = k.let2("v", splat(at(u, c)));
      sums.forEach((s, i) => k.set(s, sub(s, mul(at2(p, 2 * i), v))));
      k.shift(p, ld);
    });
    sums.forEach((s, i) => k.store(d, 2 * i, s));
  });
} // oxfmt-ignore

/** y = T^-1 y, T the unit lower triangle of order m at l. */
function lowerSolve(k: Block, m: Expression, l: Doubles, ld: Expression, y: Doubles): void {
  const column = k.view("column", l, 1);
  const rest = k.view("rest", y, 0);
  k.for("left", sub(m, 1), 0, (left) => {
      const v = k.let("v", at(rest, 0));
      k.shift(rest, 1);
      axpy(k, left, column, v, rest);
      k.shift(column, next(ld));
    }, -1); // oxfmt-ignore
}

/** What a supernode is: first column, width, rows below, leading dimension. */
function node(k: Block, s: Expression, nodeCol: Integers, rowPtr: Integers) {
  const first = k.let("first", at(nodeCol, s));
  const width = k.let("width", sub(at(nodeCol, next(s)), first));
  const rows = k.let("rows", sub(at(rowPtr, next(s)), at(rowPtr, s)));
  return { first, width, rows, ld: k.let("ld", add(width, rows)) };
}

export const refactor = fn(
  "refactor",
  {
    nodes: "i32", pivotTolerance: "f64",
    nodeCol: "i32[]", rowPtr: "i32[]", nodeRow: "i32[]", blockPtr: "i32[]", segPtr: "i32[]", segNode: "i32[]",
    segRow: "i32[]", segVal: "i32[]", entryPtr: "i32[]", entryRow: "i32[]", entryPos: "i32[]",
    values: "f64[]", L: "f64[]", U: "f64[]", inverse: "f64[]", x: "f64[]",
  },
  "i32",
  (p, k) => {
    const { nodes, pivotTolerance, nodeCol, rowPtr, nodeRow, blockPtr, segPtr, segNode, segRow, segVal } = p;
    const { entryPtr, entryRow, entryPos, values, L, U, inverse, x } = p;
    k.for("s", 0, nodes, (s) => {
      const { first, width, rows, ld } = node(k, s, nodeCol, rowPtr);
      const block = k.view("block", L, at(blockPtr, s));
      const column = k.view("column", block, 0);
      const below = k.view("below", nodeRow, at(rowPtr, s));
      k.for("c", 0, width, (c) => {
        const j = k.let("j", add(first, c));
        k.for("e", at(entryPtr, j), at(entryPtr, next(j)), (e) => {
          k.store(x, at(entryRow, e), at(values, at(entryPos, e)));
        });

        // x -= L(:, t) * U(t, j) for the segments of U above this supernode
        k.for("q", at(segPtr, j), at(segPtr, next(j)), (q) => {
          const t = k.let("t", at(segNode, q));
          const top = k.let("top", at(segRow, q));
          const up = node(k, t, nodeCol, rowPtr);
          const m = k.let("m", sub(add(up.first, up.width), top));
          const skip = k.let("skip", sub(top, up.first));
          const u = k.view("u", U, at(segVal, q));
          const y = k.view("y", x, top);
          const list = k.view("list", nodeRow, at(rowPtr, t));
          const l = k.view("l", L, add(at(blockPtr, t), mul(skip, next(up.ld))));
          k.if(eq(m, 1), () => {
              const v = k.let("v", at(y, 0));
              k.store(u, 0, v);
              k.store(y, 0, f64(0));
              k.if(ne(v, 0), () => {
                k.shift(l, 1);
                scatterColumn(k, up.rows, l, v, list, x);
              });
            }, () => {
              lowerSolve(k, m, l, up.ld, y);
              const any = k.let("any", i32(0));
              k.for("r", 0, m, (r) => {
                const v = k.let("v", at(y, r));
                k.store(u, r, v);
                k.store(y, r, f64(0));
                k.set(any, or(any, ne(v, 0)));
              });
              k.if(any, () => {
                k.shift(l, m);
                scatterBlock(k, up.rows, m, l, up.ld, u, list, x);
              });
            }); // oxfmt-ignore
        });

        // gather into the block
        k.for("r", 0, width, (r) => {
          const place = k.let("place", add(first, r));
          k.store(column, r, at(x, place));
          k.store(x, place, f64(0));
        });
        const low = k.view("low", column, width);
        k.for("r", 0, rows, (r) => {
          const place = k.let("place", at(below, r));
          k.store(low, r, at(x, place));
          k.store(x, place, f64(0));
        });

        // the columns of the block to the left
        k.if(c, () => {
          lowerSolve(k, c, block, ld, column);
          denseBlock(k, sub(ld, c), c, k.view("left", block, c), ld, column, k.view("target", column, c));
        });

        // pivot
        const rest = k.view("rest", column, next(c));
        const count = k.let("count", sub(sub(ld, c), 1));
        const largest = k.let("largest", 0);
        k.for("r", 0, count, (r) => k.set(largest, max(largest, abs(at(rest, r))))); // NaN stays
        const pivot = k.let("pivot", at(column, c));
        const size = k.let("size", abs(pivot));
        const over = k.let("over", div(1, pivot));
        const usable = and(
          and(lt(abs(over), Infinity), lt(size, Infinity)),
          ge(size, mul(pivotTolerance, largest)),
        );
        k.if(not(usable), () => k.return(j));
        k.store(inverse, j, over);
        k.for("r", 0, sub(count, 1), (r) => k.store(rest, r, mul(at2(rest, r), over)), 2);
        k.if(and(count, 1), () => k.store(rest, sub(count, 1), mul(at(rest, sub(count, 1)), over)));
        k.shift(column, ld);
      });
    });
    k.return(i32(-1));
  },
); // oxfmt-ignore

const SOLVE = {
  nodeCol: "i32[]", rowPtr: "i32[]", nodeRow: "i32[]", blockPtr: "i32[]", upPtr: "i32[]", upCol: "i32[]", upBlock: "i32[]",
  L: "f64[]", U: "f64[]", inverse: "f64[]", x: "f64[]",
} as const; // oxfmt-ignore
type SolveParameters = { readonly [P in keyof typeof SOLVE]: Variable<(typeof SOLVE)[P]> };

/** x = L^-1 x: the part of supernode s. */
function lowerNode(k: Block, { nodeCol, rowPtr, nodeRow, blockPtr, L, x }: SolveParameters, s: Expression): void {
  const { first, width, rows, ld } = node(k, s, nodeCol, rowPtr);
  const y = k.view("y", x, first);
  const list = k.view("list", nodeRow, at(rowPtr, s));
  const l = k.view("l", L, add(at(blockPtr, s), width));
  k.if(eq(width, 1), () => scatterColumn(k, rows, l, k.let("v", at(y, 0)), list, x), () => {
      lowerSolve(k, width, k.view("block", L, at(blockPtr, s)), ld, y);
      scatterBlock(k, rows, width, l, ld, y, list, x);
    }); // oxfmt-ignore
}

/** x = U^-1 x: rows of U of supernode t times the part of x that is done, gathered at `gathered`. */
function upperNode(k: Block, p: SolveParameters, gathered: Doubles, t: Expression): void {
  const { nodeCol, rowPtr, blockPtr, upPtr, upCol, upBlock, L, U, inverse, x } = p;
  const { first, width, ld } = node(k, t, nodeCol, rowPtr);
  const list = k.view("list", upCol, at(upPtr, t));
  const count = k.let("count", sub(at(upPtr, next(t)), at(upPtr, t)));
  const up = k.view("up", U, at(upBlock, t));
  const y = k.view("y", x, first);
  const over = k.view("over", inverse, first);
  k.if(eq(width, 1), () => {
      const s = [0, 1].map((i) => k.let2(`s${i}`, 0));
      const from = (c: Expression, i: number): Expression => at(x, at(list, add(c, i)));
      k.for("c", 0, sub(count, 3), (c) => s.forEach((sum, i) =>
          k.set(sum, add(sum, mul(at2(up, add(c, 2 * i)), pair(from(c, 2 * i), from(c, 2 * i + 1)))))), 4);
      const both = k.let2("both", add(s[0], s[1]));
      const sum = k.let("sum", add(lane(both, 0), lane(both, 1)));
      k.for("c", and(count, -4), count, (c) => k.set(sum, add(sum, mul(at(up, c), from(c, 0)))));
      k.store(y, 0, mul(sub(at(y, 0), sum), at(over, 0)));
    }, () => {
      k.for("c", 0, count, (c) => k.store(gathered, c, at(x, at(list, c))));
      denseBlock(k, width, count, up, width, gathered, y);
      const column = k.view("column", L, add(at(blockPtr, t), mul(width, ld)));
      k.for("c", sub(width, 1), -1, (c) => {
          k.shift(column, sub(0, ld));
          const v = k.let("v", mul(at(y, c), at(over, c)));
          k.store(y, c, v);
          axpy(k, c, column, v, y);
        }, -1);
    }); // oxfmt-ignore
}

export const solve = fn(
  "solve",
  { n: "i32", nodes: "i32", rowOrder: "i32[]", colOrder: "i32[]", b: "f64[]", ...SOLVE },
  undefined,
  (p, k) => {
    const { n, nodes, rowOrder, colOrder, b, x } = p;
    k.for("i", 0, n, (i) => k.store(x, i, at(b, at(rowOrder, i))));
    k.for("s", 0, nodes, (s) => lowerNode(k, p, s));
    const gathered = k.view("gathered", x, n);
    k.for("t", sub(nodes, 1), -1, (t) => upperNode(k, p, gathered, t), -1);
    k.for("i", 0, n, (i) => k.store(b, at(colOrder, i), at(x, i)));
  },
);

export const luProgram: Program = program("lu", refactor, solve);

/** The two halves of a solve by `count` supernodes, ascending: those that the entries of x reach, those that the wanted entries need. */
const NODES = { n: "i32", count: "i32", chosen: "i32[]", ...SOLVE } as const;
const lower = fn("lower", NODES, undefined, (p, k) =>
  k.for("i", 0, p.count, (i) => lowerNode(k, p, k.let("s", at(p.chosen, i)))),
);
const upper = fn("upper", NODES, undefined, (p, k) => {
  const gathered = k.view("gathered", p.x, p.n);
  k.for("i", sub(p.count, 1), -1, (i) => upperNode(k, p, gathered, k.let("t", at(p.chosen, i))), -1);
});

export const luNodesProgram: Program = program("luNodes", lower, upper);
