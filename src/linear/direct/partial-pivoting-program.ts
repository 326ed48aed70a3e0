// Left-looking sparse LU with partial pivoting in the blocks of a block triangular form, its refactorization with the same pivots,
// and its triangular solves, as a program of the compiler's IR.
// Sources: Gilbert, Peierls, SIAM J. Sci. Stat. Comput. 9 (1988); symmetric pruning of Eisenstat, Liu, SIAM J. Matrix Anal. Appl. 13
// (1992); arrangement by blocks of Davis, Palamadai Natarajan, "Algorithm 907: KLU", ACM TOMS 37 (2010).
//
// C = R P A Q (R row scaling) in places 0 .. n - 1; entries above the diagonal blocks stay as they are. Of block columns k:
// column k of L (unit diagonal left out) is low[lowPtr[k] ..+ lowLen[k]), of U (diagonal apart in `pivots`) up[upPtr[k] ..+ upLen[k]),
// the latter in the order in which the columns must be applied. While a block is factored its rows are those of C; `step` gives
// the pivot place of a row or -1, and `renumber` turns rows into places at the end.
import { type Block, type Expression, fn, ir, program, type Program, type Variable } from "../../compile/index.ts";

const { abs, add, and, at, div, eq, ge, gt, i32, lt, mul, ne, nmadd, not, or, sub } = ir;

/** Codes of `factor` besides the place where the matrix is singular (0 ...) and -1 (done). */
export const FULL = -2;

const FACTORS = {
  lowPtr: "i32[]", lowLen: "i32[]", low: "i32[]", lowVal: "f64[]", upPtr: "i32[]", upLen: "i32[]", up: "i32[]", upVal: "f64[]", pivots: "f64[]",
} as const; // oxfmt-ignore

/** entries of C by columns: `row` (place), `from` (which value of A); scale[row of C]. */
const MATRIX = { ptr: "i32[]", row: "i32[]", from: "i32[]", values: "f64[]", scale: "f64[]" } as const;

/**
 * Factors blocks b1 .. b2; used[0] entries of low and used[1] of up are taken by other blocks (updated). Before the first block `step`
 * and `mark` are -1 and x is 0.
 */
const factor = fn(
  "pivotFactor",
  {
    b1: "i32", b2: "i32", blocks: "i32[]", tolerance: "f64", room: "i32", ...MATRIX, ...FACTORS,
    step: "i32[]", pivotRow: "i32[]", used: "i32[]", stack: "i32[]", position: "i32[]", topo: "i32[]", mark: "i32[]", reach: "i32[]", x: "f64[]",
  },
  "i32",
  (v, k) => {
    const { b1, b2, blocks, tolerance, room, ptr, row, from, values, scale } = v;
    const { lowPtr, lowLen, low, lowVal, upPtr, upLen, up, upVal, pivots } = v;
    const { step, pivotRow, used, stack, position, topo, mark, reach, x } = v;
    const lowFree = k.let("lowFree", at(used, 0));
    const upFree = k.let("upFree", at(used, 1));
    k.for("b", b1, b2, (b) => {
    const k1 = k.let("k1", at(blocks, b));
    const k2 = k.let("k2", at(blocks, add(b, 1)));
    k.for("c", k1, k2, (c) => {
      k.if(or(gt(add(lowFree, sub(k2, k1)), room), gt(add(upFree, sub(k2, k1)), room)), () => k.return(i32(FULL)));
      const begin = k.let("begin", lowFree);
      k.store(lowPtr, c, begin);
      k.store(upPtr, c, upFree);
      // What column c of C reaches through the columns of L.
      const found = k.let("found", i32(0));
      k.for("p", at(ptr, c), at(ptr, add(c, 1)), (p) => {
        const root = k.let("root", at(row, p));
        k.if(ge(root, k1), () => {
          k.if(ne(at(mark, root), c), () => {
            k.store(mark, root, c);
            const first = k.let("first", at(step, root));
            k.if(lt(first, 0), () => {
                k.store(low, lowFree, root);
                k.set(lowFree, add(lowFree, 1));
              }, () => {
                const depth = k.let("depth", i32(0));
                k.store(stack, 0, first);
                k.store(position, 0, at(lowPtr, first));
                k.while(ge(depth, 0), () => {
                  const s = k.let("s", at(stack, depth));
                  const stop = k.let("stop", add(at(lowPtr, s), at(reach, s)));
                  const q = k.let("q", at(position, depth));
                  const down = k.let("down", i32(-1));
                  k.while(lt(q, stop), () => {
                    const i = k.let("i", at(low, q));
                    k.set(q, add(q, 1));
                    k.if(ne(at(mark, i), c), () => {
                      k.store(mark, i, c);
                      const t = k.let("t", at(step, i));
                      k.if(ge(t, 0), () => {
                        k.set(down, t);
                        k.break();
                      });
                      k.store(low, lowFree, i);
                      k.set(lowFree, add(lowFree, 1));
                    });
                  });
                  k.store(position, depth, q);
                  k.if(ge(down, 0), () => {
                      k.set(depth, add(depth, 1));
                      k.store(stack, depth, down);
                      k.store(position, depth, at(lowPtr, down));
                    }, () => {
                      k.store(topo, found, s);
                      k.set(found, add(found, 1));
                      k.set(depth, sub(depth, 1));
                    }); // oxfmt-ignore
                });
              }); // oxfmt-ignore
          });
        });
      });
      // x = L^-1 C(:, c)
      k.for("p", at(ptr, c), at(ptr, add(c, 1)), (p) => {
        const r = k.let("r", at(row, p));
        k.if(ge(r, k1), () => k.store(x, r, mul(at(values, at(from, p)), at(scale, r))));
      });
      k.for("t", sub(found, 1), -1, (t) => {
        const s = k.let("s", at(topo, t));
        const pr = k.let("pr", at(pivotRow, s));
        const u = k.let("u", at(x, pr));
        k.store(x, pr, 0);
        k.store(up, upFree, s);
        k.store(upVal, upFree, u);
        k.set(upFree, add(upFree, 1));
        const start = k.let("start", at(lowPtr, s));
        k.for("q", start, add(start, at(lowLen, s)), (q) => {
          const i = k.let("i", at(low, q));
          k.store(x, i, nmadd(at(lowVal, q), u, at(x, i)));
        });
      }, -1); // oxfmt-ignore
      k.store(upLen, c, sub(upFree, at(upPtr, c)));
      // The pivot: the diagonal if large enough, else the largest.
      const largest = k.let("largest", -1);
      const best = k.let("best", i32(-1));
      const diagonal = k.let("diagonal", i32(-1));
      k.for("q", begin, lowFree, (q) => {
        const i = k.let("i", at(low, q));
        const size = k.let("size", abs(at(x, i)));
        k.if(eq(i, c), () => k.set(diagonal, q));
        k.if(or(gt(size, largest), ne(size, size)), () => {
          k.set(largest, size);
          k.set(best, q);
        });
      });
      k.if(not(and(gt(largest, 0), lt(largest, Infinity))), () => {
        k.for("q", begin, lowFree, (q) => k.store(x, at(low, q), 0));
        k.return(c);
      });
      k.if(ge(diagonal, 0), () => k.if(ge(abs(at(x, c)), mul(tolerance, largest)), () => k.set(best, diagonal)));
      const chosen = k.let("chosen", at(low, best));
      const pivot = k.let("pivot", at(x, chosen));
      k.store(x, chosen, 0);
      k.store(pivots, c, pivot);
      k.store(step, chosen, c);
      k.store(pivotRow, c, chosen);
      k.set(lowFree, sub(lowFree, 1));
      k.store(low, best, at(low, lowFree));
      k.for("q", begin, lowFree, (q) => {
        const i = k.let("i", at(low, q));
        k.store(lowVal, q, div(at(x, i), pivot));
        k.store(x, i, 0);
      });
      k.store(lowLen, c, sub(lowFree, begin));
      k.store(reach, c, sub(lowFree, begin));
      // Symmetric pruning: of a column s with U(s, c) and L(c, s), the rows that are not pivots yet are reached through c.
      k.for("u", at(upPtr, c), upFree, (u) => {
        const s = k.let("s", at(up, u));
        const start = k.let("start", at(lowPtr, s));
        const stop = k.let("stop", add(start, at(lowLen, s)));
        k.if(eq(at(reach, s), at(lowLen, s)), () => {
          const q = k.let("q", start);
          k.while(lt(q, stop), () => {
            k.if(eq(at(low, q), chosen), () => k.break());
            k.set(q, add(q, 1));
          });
          k.if(lt(q, stop), () => {
            const a = k.let("a", start);
            const b = k.let("b", stop);
            k.while(lt(a, b), () => {
              const i = k.let("i", at(low, a));
              k.if(ge(at(step, i), 0), () => k.set(a, add(a, 1)), () => {
                  k.set(b, sub(b, 1));
                  k.store(low, a, at(low, b));
                  k.store(low, b, i);
                  const value = k.let("value", at(lowVal, a));
                  k.store(lowVal, a, at(lowVal, b));
                  k.store(lowVal, b, value);
                }); // oxfmt-ignore
            });
            k.store(reach, s, sub(a, start));
          });
        });
      });
    });
    });
    k.store(used, 0, lowFree);
    k.store(used, 1, upFree);
    k.return(i32(-1));
  },
); // oxfmt-ignore

/** Rows of C in low become pivot places. */
const renumber = fn("pivotRenumber", { count: "i32", low: "i32[]", step: "i32[]" }, undefined, ({ count, low, step }, k) =>
  k.for("q", 0, count, (q) => k.store(low, q, at(step, at(low, q)))),
); // oxfmt-ignore

/** Blocks b1 .. b2 again with the pivots in use; place[r] is the pivot place of row r of C. The place whose pivot is too small, or -1. */
const refactor = fn(
  "pivotRefactor",
  { b1: "i32", b2: "i32", blocks: "i32[]", tolerance: "f64", ...MATRIX, ...FACTORS, place: "i32[]", x: "f64[]" },
  "i32",
  (v, k) => {
    const { b1, b2, blocks, tolerance, ptr, row, from, values, scale, place, x } = v;
    const { lowPtr, lowLen, low, lowVal, upPtr, upLen, up, upVal, pivots } = v;
    k.for("b", b1, b2, (b) => {
      const k1 = k.let("k1", at(blocks, b));
      const k2 = k.let("k2", at(blocks, add(b, 1)));
      k.for("c", k1, k2, (c) => {
        k.for("p", at(ptr, c), at(ptr, add(c, 1)), (p) => {
          const r = k.let("r", at(row, p));
          k.if(ge(r, k1), () => k.store(x, at(place, r), mul(at(values, at(from, p)), at(scale, r))));
        });
        const top = k.let("top", at(upPtr, c));
        k.for("t", top, add(top, at(upLen, c)), (t) => {
          const s = k.let("s", at(up, t));
          const u = k.let("u", at(x, s));
          k.store(x, s, 0);
          k.store(upVal, t, u);
          const start = k.let("start", at(lowPtr, s));
          k.for("q", start, add(start, at(lowLen, s)), (q) => {
            const i = k.let("i", at(low, q));
            k.store(x, i, nmadd(at(lowVal, q), u, at(x, i)));
          });
        });
        const pivot = k.let("pivot", at(x, c));
        k.store(x, c, 0);
        k.store(pivots, c, pivot);
        const largest = k.let("largest", 0);
        const start = k.let("start", at(lowPtr, c));
        const stop = k.let("stop", add(start, at(lowLen, c)));
        k.for("q", start, stop, (q) => {
          const i = k.let("i", at(low, q));
          const value = k.let("value", at(x, i));
          k.set(largest, ir.max(largest, abs(value)));
          k.store(lowVal, q, div(value, pivot));
          k.store(x, i, 0);
        });
        const size = k.let("size", abs(pivot));
        const usable = and(and(gt(size, 0), lt(size, Infinity)), ge(size, mul(tolerance, largest)));
        k.if(not(usable), () => k.return(c));
      });
    });
    k.return(i32(-1));
  },
);

/** Rows of the off-diagonal entries in pivot places, and their scaled values. */
const SOLVE = {
  b1: "i32", b2: "i32", blocks: "i32[]", ptr: "i32[]", row: "i32[]", from: "i32[]", values: "f64[]", scale: "f64[]", place: "i32[]", ...FACTORS, y: "f64[]",
} as const; // oxfmt-ignore

const COLUMNS = { ...FACTORS, y: "f64[]" } as const;
type Columns = { readonly [P in keyof typeof COLUMNS]: Variable<(typeof COLUMNS)[P]> };

/** y = L^-1 y: the part of column c. */
function lowerColumn(k: Block, { lowPtr, lowLen, low, lowVal, y }: Columns, c: Expression): void {
  const t = k.let("t", at(y, c));
  const start = k.let("start", at(lowPtr, c));
  k.for("q", start, add(start, at(lowLen, c)), (q) => {
    const i = k.let("i", at(low, q));
    k.store(y, i, nmadd(at(lowVal, q), t, at(y, i)));
  });
}

/** y = U^-1 y: the part of column c. */
function upperColumn(k: Block, { upPtr, upLen, up, upVal, pivots, y }: Columns, c: Expression): void {
  const t = k.let("t", div(at(y, c), at(pivots, c)));
  k.store(y, c, t);
  const start = k.let("start", at(upPtr, c));
  k.for("q", start, add(start, at(upLen, c)), (q) => {
    const i = k.let("i", at(up, q));
    k.store(y, i, nmadd(at(upVal, q), t, at(y, i)));
  });
}

/** y = L^-1 y by `count` columns, ascending: those that the entries of y reach. */
const lower = fn("pivotLower", { count: "i32", chosen: "i32[]", ...COLUMNS }, undefined, (v, k) =>
  k.for("t", 0, v.count, (t) => lowerColumn(k, v, k.let("c", at(v.chosen, t)))),
);

/** y = U^-1 y by the columns k2 - 1 down to k1 of a block. */
const upper = fn("pivotUpper", { k1: "i32", k2: "i32", ...COLUMNS }, undefined, (v, k) =>
  k.for("c", sub(v.k2, 1), sub(v.k1, 1), (c) => upperColumn(k, v, c), -1),
);

/** y = C^-1 y for blocks b2 - 1 down to b1, taking what they give from the blocks before. */
const solve = fn("pivotSolve", SOLVE, undefined, (v, k) => {
  const { b1, b2, blocks, ptr, row, from, values, scale, place, y } = v;
  k.for("b", sub(b2, 1), sub(b1, 1), (b) => {
    const k1 = k.let("k1", at(blocks, b));
    const k2 = k.let("k2", at(blocks, add(b, 1)));
    k.for("c", k1, k2, (c) => lowerColumn(k, v, c));
    k.for("c", sub(k2, 1), sub(k1, 1), (c) => upperColumn(k, v, c), -1);
    k.if(gt(k1, 0), () => k.for("c", k1, k2, (c) => {
      const t = k.let("t", at(y, c));
      k.for("p", at(ptr, c), at(ptr, add(c, 1)), (p) => {
        const r = k.let("r", at(row, p));
        k.if(lt(r, k1), () => {
          const i = k.let("i", at(place, r));
          k.store(y, i, nmadd(mul(at(values, at(from, p)), at(scale, r)), t, at(y, i)));
        });
      });
    })); // oxfmt-ignore
  }, -1); // oxfmt-ignore
});

/** y = C^-T y for blocks b1 up to b2 - 1. */
const solveTransposed = fn("pivotSolveTransposed", SOLVE, undefined, (v, k) => {
  const { b1, b2, blocks, ptr, row, from, values, scale, place, y } = v;
  const { lowPtr, lowLen, low, lowVal, upPtr, upLen, up, upVal, pivots } = v;
  k.for("b", b1, b2, (b) => {
    const k1 = k.let("k1", at(blocks, b));
    const k2 = k.let("k2", at(blocks, add(b, 1)));
    k.for("c", k1, k2, (c) => {
      const sum = k.let("sum", at(y, c));
      k.if(gt(k1, 0), () => k.for("p", at(ptr, c), at(ptr, add(c, 1)), (p) => {
        const r = k.let("r", at(row, p));
        k.if(lt(r, k1), () => k.set(sum, nmadd(mul(at(values, at(from, p)), at(scale, r)), at(y, at(place, r)), sum)));
      })); // oxfmt-ignore
      k.store(y, c, sum);
    });
    k.for("c", k1, k2, (c) => {
      const sum = k.let("sum", at(y, c));
      const start = k.let("start", at(upPtr, c));
      k.for("q", start, add(start, at(upLen, c)), (q) => k.set(sum, nmadd(at(upVal, q), at(y, at(up, q)), sum)));
      k.store(y, c, div(sum, at(pivots, c)));
    });
    k.for("c", sub(k2, 1), sub(k1, 1), (c) => {
      const sum = k.let("sum", at(y, c));
      const start = k.let("start", at(lowPtr, c));
      k.for("q", start, add(start, at(lowLen, c)), (q) => k.set(sum, nmadd(at(lowVal, q), at(y, at(low, q)), sum)));
      k.store(y, c, sum);
    }, -1); // oxfmt-ignore
  });
});

/**
 * scale[r] = the power of two that brings the largest entry of row r into [1, 2): nothing is rounded by it. Rows of zeros,
 * infinities or NaN get 1 and show at the pivots.
 */
const scaling = fn("pivotScale", { n: "i32", entries: "i32", row: "i32[]", from: "i32[]", values: "f64[]", scale: "f64[]" }, undefined, ({ n, entries, row, from, values, scale }, k) => {
  k.for("r", 0, n, (r) => k.store(scale, r, 0));
  k.for("p", 0, entries, (p) => {
    const r = k.let("r", at(row, p));
    const size = k.let("size", abs(at(values, at(from, p))));
    k.if(gt(size, at(scale, r)), () => k.store(scale, r, size));
  });
  k.for("r", 0, n, (r) => {
    const size = k.let("size", at(scale, r));
    const exponent = k.let("exponent", ir.shru(ir.bits(size, "i64"), ir.i64(52)), "i64");
    const power = ir.bits(ir.shl(sub(ir.i64(2046), exponent), ir.i64(52)), "f64");
    const usual = and(ge(size, 2 ** -1022), lt(size, 2 ** 1023));
    k.store(scale, r, ir.select(usual, power, 1));
  });
}); // oxfmt-ignore

export const partialPivotingProgram: Program = program("partialPivoting", scaling, factor, renumber, refactor, solve, solveTransposed, lower, upper); // oxfmt-ignore
