// Left-looking supernodal Cholesky factorization and its triangular solves as a program of the compiler's IR.
// A supernode's block takes the updates of the supernodes to its left that reach it, tile by tile (4 rows by 4 columns in
// registers along the columns of the other supernode), straight to their places; then it is factored itself by panels of 4 columns.
// `signed`: pivots may be negative, A = L S L^T with S = diag(+-1), which is L D L^T without pivoting.
// Sources: Ng, Peyton, SIAM J. Sci. Comput. 14 (1993); the lists of pending supernodes as in Chen, Davis, Hager, Rajamanickam,
// ACM TOMS 35 (2008). Left out: several right sides at once.
import { fn, ir, program, type Block, type Expression, type Program, type StructuredFunction, type Variable } from "../../compile/index.ts"; // oxfmt-ignore

const { abs, add, and, at, at2, div, ge, gt, i32, lane, lt, madd, mul, nmadd, not, select, splat, sqrt, sub } = ir;
type Doubles = Variable<"f64[]">;

const range = (n: number): number[] => Array.from({ length: n }, (_, i) => i);

/**
 * The sums over p < depth of a[r + p lda] b[c + p lda] (times sign[p]) for rows r < rows and `cols` columns, handed out tile by tile:
 * `give` gets the row, the column and the value, or two rows' values at once.
 */
function products(
  k: Block,
  cols: number,
  rows: Expression,
  depth: Expression,
  a: Doubles,
  b: Doubles,
  lda: Expression,
  sign: Doubles | undefined,
  give: (row: Expression, pairs: number, sums: Variable[][]) => void,
): void {
  const tile = (r: Expression, pairs: number): void => {
    const pa = k.view("pa", a, r);
    const pb = k.view("pb", b, 0);
    const sums = range(cols).map((c) =>
      range(Math.max(pairs, 1)).map((v) => (pairs > 0 ? k.let2(`s${c}${v}`, 0) : k.let(`s${c}`, 0))),
    );
    k.for("p", 0, depth, (p) => {
      const left = range(Math.max(pairs, 1)).map((v) => (pairs > 0 ? k.let2(`a${v}`, at2(pa, 2 * v)) : k.let("a", at(pa, 0)))); // oxfmt-ignore
      for (const c of range(cols)) {
        const value = sign ? mul(at(pb, c), at(sign, p)) : at(pb, c);
        const x = pairs > 0 ? k.let2("x", splat(value)) : k.let("x", value);
        sums[c].forEach((sum, v) => k.set(sum, madd(left[v], x, sum)));
      }
      k.shift(pa, lda);
      k.shift(pb, lda);
    });
    give(r, pairs, sums);
  };
  k.for("r", 0, sub(rows, 3), (r) => tile(r, 2), 4);
  k.if(and(rows, 2), () => tile(k.let("two", and(rows, -4), "i32"), 1));
  k.if(and(rows, 1), () => tile(k.let("one", sub(rows, 1), "i32"), 0));
}

/** Functions of one kind of pivots. */
function functions(signed: boolean): { factor: StructuredFunction; solve: StructuredFunction[] } {
  const kind = signed ? "ldl" : "cholesky";

  /** block[place[row r] + (column c - first) * height] -= sum of products; columns are rows c of the same list. */
  const scatter = (cols: number): StructuredFunction =>
    fn(
      `${kind}Scatter${cols}`,
      { rows: "i32", depth: "i32", a: "f64[]", lda: "i32", sign: "f64[]", list: "i32[]", place: "i32[]", block: "f64[]", first: "i32", height: "i32" }, // oxfmt-ignore
      undefined,
      ({ rows, depth, a, lda, sign, list, place, block, first, height }, k) => {
        const columns = range(cols).map((c) => k.view(`column${c}`, block, mul(sub(at(list, c), first), height)));
        products(k, cols, rows, depth, a, a, lda, signed ? sign : undefined, (r, pairs, sums) => {
          range(Math.max(2 * pairs, 1)).forEach((i) => {
            const to = k.let("to", at(place, at(list, add(r, i))));
            sums.forEach((sum, c) => {
              const value = pairs > 0 ? lane(sum[i >> 1], i & 1) : sum[0];
              k.store(columns[c], to, sub(at(columns[c], to), value));
            });
          });
        });
      },
    ); // oxfmt-ignore

  /** c[r + j lda] -= sum of products of rows of a, columns j < cols. */
  const inside = (cols: number): StructuredFunction =>
    fn(
      `${kind}Inside${cols}`,
      { rows: "i32", depth: "i32", a: "f64[]", lda: "i32", sign: "f64[]", c: "f64[]" },
      undefined,
      ({ rows, depth, a, lda, sign, c }, k) => {
        const columns = range(cols).map((j) => k.view(`column${j}`, c, mul(lda, j)));
        products(k, cols, rows, depth, a, a, lda, signed ? sign : undefined, (r, pairs, sums) =>
          sums.forEach((sum, j) => {
            if (pairs === 0) k.store(columns[j], r, sub(at(columns[j], r), sum[0]));
            else
              sum.forEach((s, v) =>
                k.store(columns[j], add(r, 2 * v), sub(at2(columns[j], add(r, 2 * v)), s)),
              );
          }),
        );
      },
    ); // oxfmt-ignore

  const scatters = [4, 2, 1].map(scatter);
  const insides = [4, 2, 1].map(inside);

  const strips = (k: Block, count: Expression, body: (j: Expression, which: number) => void): void => {
    k.for("j", 0, sub(count, 3), (j) => body(j, 0), 4);
    k.if(and(count, 2), () => body(k.let("j2", and(count, -4), "i32"), 1));
    k.if(and(count, 1), () => body(k.let("j1", sub(count, 1), "i32"), 2));
  };

  /**
   * Factors; values of A are in their places in L beforehand. -1, or the first column whose pivot is not positive (of `signed`: whose
   * pivot is not larger than `least`) or not finite. work: 3 integers a supernode and one a row.
   */
  const factor = fn(
    kind,
    {
      nodes: "i32",
      n: "i32",
      least: "f64",
      nodeCol: "i32[]",
      rowPtr: "i32[]",
      nodeRow: "i32[]",
      blockPtr: "i32[]",
      nodeOf: "i32[]",
      head: "i32[]",
      next: "i32[]",
      from: "i32[]",
      place: "i32[]",
      L: "f64[]",
      sign: "f64[]",
    },
    "i32",
    ({ nodes, least, nodeCol, rowPtr, nodeRow, blockPtr, nodeOf, head, next, from, place, L, sign }, k) => {
      k.for("s", 0, nodes, (s) => k.store(head, s, i32(-1)));
      k.for("s", 0, nodes, (s) => {
        const first = k.let("first", at(nodeCol, s));
        const end = k.let("end", at(nodeCol, add(s, 1)));
        const width = k.let("width", sub(end, first));
        const start = k.let("start", at(rowPtr, s));
        const height = k.let("height", sub(at(rowPtr, add(s, 1)), start));
        const block = k.view("block", L, at(blockPtr, s));
        const list = k.view("list", nodeRow, start);
        k.for("i", 0, height, (i) => k.store(place, at(list, i), i));

        // The supernodes to the left with rows among these columns.
        const d = k.let("d", at(head, s));
        k.while(ge(d, 0), () => {
          const follow = k.let("follow", at(next, d));
          const top = k.let("top", at(rowPtr, d));
          const begin = k.let("begin", at(from, d));
          const tall = k.let("tall", sub(at(rowPtr, add(d, 1)), top));
          const depth = k.let("depth", sub(at(nodeCol, add(d, 1)), at(nodeCol, d)));
          const stop = k.let("stop", begin);
          k.while(1, () => {
            k.if(ge(stop, tall), () => k.break());
            k.if(ge(at(nodeRow, add(top, stop)), end), () => k.break());
            k.set(stop, add(stop, 1));
          });
          const cols = k.let("cols", sub(stop, begin));
          const signs = k.view("signs", sign, at(nodeCol, d));
          strips(k, cols, (j, which) => {
            const at0 = k.let("at0", add(begin, j));
            k.do(
              scatters[which], sub(tall, at0), depth, ir.slice(L, add(at(blockPtr, d), at0)), tall, signs,
              ir.slice(nodeRow, add(top, at0)), place, block, first, height,
            ); // oxfmt-ignore
          });
          // On to the next supernode that it reaches.
          k.if(lt(stop, tall), () => {
            k.store(from, d, stop);
            const up = k.let("up", at(nodeOf, at(nodeRow, add(top, stop))));
            k.store(next, d, at(head, up));
            k.store(head, up, d);
          });
          k.set(d, follow);
        });

        // The block itself, by panels of 4 columns.
        const mySigns = k.view("mySigns", sign, first);
        k.for("c", 0, width, (c) => {
          const panel = k.let("panel", ir.min(sub(width, c), 4));
          strips(k, panel, (j, which) => {
            const row = k.let("row", add(c, j));
            k.do(insides[which], sub(height, row), c, ir.slice(block, row), height, mySigns, ir.slice(block, add(row, mul(row, height)))); // oxfmt-ignore
          });
          k.for("j", c, add(c, panel), (j) => {
            const column = k.view("column", block, mul(j, height));
            k.for("q", c, j, (q) => {
              const left = k.view("left", block, mul(q, height));
              const x = k.let("x", signed ? mul(at(left, j), at(mySigns, q)) : at(left, j));
              const w = k.let2("w", splat(x));
              k.for("i", j, sub(height, 1), (i) => k.store(column, i, nmadd(at2(left, i), w, at2(column, i))), 2);
              k.if(and(sub(height, j), 1), () => {
                const i = k.let("last", sub(height, 1));
                k.store(column, i, nmadd(at(left, i), x, at(column, i)));
              });
            });
            const pivot = k.let("pivot", at(column, j));
            const size = k.let("size", abs(pivot));
            const good = signed ? and(gt(size, least), lt(size, Infinity)) : and(gt(pivot, 0), lt(pivot, Infinity));
            k.if(not(good), () => k.return(add(first, j)));
            const root = k.let("root", sqrt(size));
            k.store(column, j, root);
            if (signed) k.store(mySigns, j, select(lt(pivot, 0), -1, 1));
            const over = k.let("over", signed ? div(select(lt(pivot, 0), -1, 1), root) : div(1, root));
            const ww = k.let2("ww", splat(over));
            const below = k.let("below", add(j, 1));
            k.for("i", below, sub(height, 1), (i) => k.store(column, i, mul(at2(column, i), ww)), 2);
            k.if(and(sub(height, below), 1), () => {
              const i = k.let("last", sub(height, 1));
              k.store(column, i, mul(at(column, i), over));
            });
          });
        }, 4); // oxfmt-ignore
        k.if(lt(width, height), () => {
          k.store(from, s, width);
          const up = k.let("up", at(nodeOf, at(list, width)));
          k.store(next, s, at(head, up));
          k.store(head, up, s);
        });
      });
      k.return(i32(-1));
    },
  );

  const layout = { count: "i32", chosen: "i32[]", nodeCol: "i32[]", rowPtr: "i32[]", nodeRow: "i32[]", blockPtr: "i32[]", L: "f64[]", sign: "f64[]", x: "f64[]", work: "f64[]" } as const; // oxfmt-ignore

  /** x = L^-1 x, then x = S x, by the supernodes chosen, ascending: all of them, or those that the entries of x reach. */
  const forward = fn(`${kind}Forward`, layout, undefined, ({ count, chosen, nodeCol, rowPtr, nodeRow, blockPtr, L, sign, x }, k) => {
    k.for("t", 0, count, (t) => {
      const s = k.let("s", at(chosen, t));
      const first = k.let("first", at(nodeCol, s));
      const width = k.let("width", sub(at(nodeCol, add(s, 1)), first));
      const start = k.let("start", at(rowPtr, s));
      const height = k.let("height", sub(at(rowPtr, add(s, 1)), start));
      const column = k.view("column", L, at(blockPtr, s));
      const mine = k.view("mine", x, first);
      const list = k.view("list", nodeRow, start);
      k.for("c", 0, width, (c) => {
        const v = k.let("v", div(at(mine, c), at(column, c)));
        k.store(mine, c, v);
        k.for("i", add(c, 1), width, (i) => k.store(mine, i, nmadd(at(column, i), v, at(mine, i))));
        k.shift(column, height);
      });
      const block = k.view("block", L, at(blockPtr, s));
      const tile = (r: Expression, pairs: number): void => {
        const pa = k.view("pa", block, r);
        const sums = range(Math.max(1, pairs)).map((v) => (pairs > 0 ? k.let2(`s${v}`, 0) : k.let("s", 0)));
        k.for("c", 0, width, (c) => {
          const w = pairs > 0 ? k.let2("w", splat(at(mine, c))) : k.let("w", at(mine, c));
          sums.forEach((sum, v) => k.set(sum, madd(pairs > 0 ? at2(pa, 2 * v) : at(pa, 0), w, sum)));
          k.shift(pa, height);
        });
        range(Math.max(1, 2 * pairs)).forEach((i) => {
          const to = k.let("to", at(list, add(r, i)));
          k.store(x, to, sub(at(x, to), pairs > 0 ? lane(sums[i >> 1], i & 1) : sums[0]));
        });
      };
      const below = k.let("below", sub(height, width));
      k.for("r", width, sub(height, 3), (r) => tile(r, 2), 4);
      k.if(and(below, 2), () => tile(k.let("two", add(width, and(below, -4)), "i32"), 1));
      k.if(and(below, 1), () => tile(k.let("one", sub(height, 1), "i32"), 0));
      if (signed)
        k.for("c", 0, width, (c) => k.store(mine, c, mul(at(mine, c), at(sign, add(first, c)))));
    });
  }); // oxfmt-ignore

  /** x = L^-T x by the supernodes chosen, ascending; with each of them those that its rows lie in. */
  const backward = fn(`${kind}Backward`, layout, undefined, ({ count, chosen, nodeCol, rowPtr, nodeRow, blockPtr, L, x, work }, k) => {
    k.for("t", 0, count, (t) => {
      const s = k.let("s", at(chosen, sub(sub(count, 1), t)));
      const first = k.let("first", at(nodeCol, s));
      const width = k.let("width", sub(at(nodeCol, add(s, 1)), first));
      const start = k.let("start", at(rowPtr, s));
      const height = k.let("height", sub(at(rowPtr, add(s, 1)), start));
      const list = k.view("list", nodeRow, start);
      k.for("i", 0, height, (i) => k.store(work, i, at(x, at(list, i))));
      k.for("u", 0, width, (u) => {
        const c = k.let("c", sub(sub(width, 1), u));
        const column = k.view("column", L, add(at(blockPtr, s), mul(c, height)));
        const sum = k.let2("sum", 0);
        const from = k.let("from", add(c, 1));
        k.for("i", from, sub(height, 1), (i) => k.set(sum, madd(at2(column, i), at2(work, i), sum)), 2);
        const total = k.let("total", add(lane(sum, 0), lane(sum, 1)));
        k.if(and(sub(height, from), 1), () => {
          const i = k.let("last", sub(height, 1));
          k.set(total, madd(at(column, i), at(work, i), total));
        });
        k.store(work, c, div(sub(at(work, c), total), at(column, c)));
      });
      k.for("c", 0, width, (c) => k.store(x, add(first, c), at(work, c)));
    });
  }); // oxfmt-ignore
  return { factor, solve: [forward, backward] };
}

let made: Program | undefined;

/** cholesky, choleskyForward, choleskyBackward, and the same with signs: ldl, ldlForward, ldlBackward. Written when first asked for. */
export function choleskyProgram(): Program {
  if (made) return made;
  const [plain, signed] = [functions(false), functions(true)];
  return (made = program("sparseCholesky", plain.factor, ...plain.solve, signed.factor, ...signed.solve));
}
