// Row-wise products of sparse matrices as functions of the compiler's IR (Gustavson 1978), over semirings and under masks. A row of
// the result is gathered in one of four ways:
//   sorted   one or two entries in A's row: a copy of a row of B, or a merge of two;
//   hash     few products over a wide range of columns: a table of open addresses, then a sort;
//   again    A's row has the columns of the row before, or those next to them and so have the rows of B: the columns follow from those
//            of the row before, and only sums are computed (unknowns of one node, points of a grid);
//   dense    all others: an array as long as a row, and a set of bits of two levels that gives the columns in order without comparing.
// Sums run in order of storage of A's row and begin with the semiring's zero: what they are does not depend on the way taken.
// Index arrays are trusted; multiply-sparse.ts checks them.
import { type Block, type Expression, fn, ir, kernelFunctions, type Program, program, type StructuredFunction, type Variable } from "../compile/index.ts"; // oxfmt-ignore

const { add, and, at, ctz, div, eq, ge, gt, i32, le, lt, max, min, mul, ne, or, select, shl, shr, shru, sub } = ir;

/** plus-times: ordinary; min-plus: shortest paths; or-and: is there a path, 1 or 0; max-times: most reliable paths. */
export type Semiring = "plus-times" | "min-plus" | "or-and" | "max-times";
export const SEMIRINGS: readonly Semiring[] = ["plus-times", "min-plus", "or-and", "max-times"];

interface Operations {
  readonly suffix: string;
  readonly zero: number;
  plus(a: Expression, b: Expression): Expression;
  times(a: Expression, b: Expression): Expression;
}

const OPERATIONS: Readonly<Record<Semiring, Operations>> = {
  "plus-times": { suffix: "PlusTimes", zero: 0, plus: add, times: mul },
  "min-plus": { suffix: "MinPlus", zero: Infinity, plus: min, times: add },
  "or-and": { suffix: "OrAnd", zero: 0, plus: max, times: (a, b) => select(and(ne(a, 0), ne(b, 0)), ir.f64(1), 0) },
  "max-times": { suffix: "MaxTimes", zero: -Infinity, plus: max, times: mul },
};

/** Rows with at most this many products may be hashed. */
export const HASHED = 1024;
/** Elements of the table of keys, and of that of places. */
export const TABLE = 4 * HASHED;
/** A row is hashed if its columns range over more than this, and over more than SPREAD columns a product. */
const WIDE = 1 << 18;
const SPREAD = 64;
/** Rows up to this length are sorted by insertion. */
const SHORT = 24;

export const productName = (semiring: Semiring, masked: boolean): string =>
  `sparseProduct${OPERATIONS[semiring].suffix}${masked ? "Masked" : ""}`;
export const numericName = (semiring: Semiring, masked: boolean): string =>
  `sparseNumeric${OPERATIONS[semiring].suffix}${masked ? "Masked" : ""}`;

type Ints = Variable<"i32[]">;
type Doubles = Variable<"f64[]">;
type Place = Variable<"i32">;

/** Exchanges of entries p and q of columns and values. */
function exchange(k: Block, column: Ints, value: Doubles, p: Expression, q: Expression): void {
  const j = k.let("j", at(column, p), "i32");
  const v = k.let("v", at(value, p));
  k.store(column, p, at(column, q));
  k.store(value, p, at(value, q));
  k.store(column, q, j);
  k.store(value, q, v);
}

/** sortEntries(count, column, value): by column; insertion for short rows, heaps (Williams 1964, Floyd 1964) for others. */
const sortEntries = kernelFunctions.checkedByAuthor(
  fn("sortEntries", { count: "i32", column: "i32[]", value: "f64[]" }, undefined, ({ count, column, value }, k) => {
    k.if(le(count, SHORT), () => {
      k.for("p", 1, count, (p) => {
        const j = k.let("j", at(column, p), "i32");
        const v = k.let("v", at(value, p));
        const q = k.let("q", p, "i32");
        k.while(gt(q, 0), () => {
          k.if(le(at(column, sub(q, 1)), j), () => k.break());
          k.store(column, q, at(column, sub(q, 1)));
          k.store(value, q, at(value, sub(q, 1)));
          k.set(q, sub(q, 1));
        });
        k.store(column, q, j);
        k.store(value, q, v);
      });
      k.return();
    });
    const sift = (from: Expression, end: Expression): void => {
      const root = k.let("root", from, "i32");
      const child = k.let("child", add(mul(root, 2), 1), "i32");
      k.while(lt(child, end), () => {
        k.if(lt(add(child, 1), end), () =>
          k.if(lt(at(column, child), at(column, add(child, 1))), () => k.set(child, add(child, 1))),
        );
        k.if(ge(at(column, root), at(column, child)), () => k.break());
        exchange(k, column, value, root, child);
        k.set(root, child);
        k.set(child, add(mul(root, 2), 1));
      });
    };
    const first = k.let("first", div(count, 2), "i32");
    k.while(gt(first, 0), () => {
      k.set(first, sub(first, 1));
      sift(first, count);
    });
    const end = k.let("end", sub(count, 1), "i32");
    k.while(gt(end, 0), () => {
      exchange(k, column, value, i32(0), end);
      sift(i32(0), end);
      k.set(end, sub(end, 1));
    });
  }),
);

/** Slot of column j in a table whose size is 2^(32 - shift): the slot that holds it, or the free one. Keys are columns + 1. */
function findSlot(k: Block, keys: Ints, j: Expression, shift: Expression, mask: Expression): Place {
  const slot = k.let("slot", shru(mul(j, 0x9e3779b1 | 0), shift), "i32");
  const key = k.let("key", add(j, 1), "i32");
  k.while(and(ne(at(keys, slot), 0), ne(at(keys, slot), key)), () => k.set(slot, and(add(slot, 1), mask)));
  return slot;
}

/** Shift of a table with at least twice as many slots as `count`, which is at least 1. */
const tableShift = (count: Expression): Expression => sub(ir.clz(count), 1);

const A = { ap: "i32[]", ai: "i32[]", av: "f64[]" } as const;
const B = { bp: "i32[]", bi: "i32[]", bv: "f64[]" } as const;
const SCRATCH = { x: "f64[]", bits: "i32[]", top: "i32[]", keys: "i32[]", places: "i32[]" } as const;
const MASK = { mp: "i32[]", mi: "i32[]", complement: "i32", allowed: "i32[]" } as const;

/** Calls `body` with each entry a of A's row and the range of B's row that it multiplies. */
function forEntries(
  k: Block,
  p: { readonly ai: Ints; readonly av: Doubles; readonly bp: Ints },
  range: { readonly begin: Expression; readonly end: Expression },
  body: (a: Variable, from: Variable, to: Variable) => void,
): void {
  k.for("p", range.begin, range.end, (q) => {
    const row = k.let("row", at(p.ai, q), "i32");
    const a = k.let("a", at(p.av, q));
    const from = k.let("from", at(p.bp, row), "i32");
    const to = k.let("to", at(p.bp, add(row, 1)), "i32");
    body(a, from, to);
  });
}

/**
 * sparseProduct...(first, last, A, B, scratch, length, column, value): rows first .. last of A B, one after the other into `column` and
 * `value`; their lengths into `length`. Returns the number of entries. x holds the semiring's zero, bits, top and keys 0, before
 * and after. Masked: only columns that are (complement: are not) in the mask's row; `allowed` holds numbers other than row + 1.
 * shifted, wp, wi, wm: as scanRows gives them for B, and listed: may the last three be used? Not looked at when masked.
 */
function productKernel(semiring: Semiring, masked: boolean): StructuredFunction {
  const { zero, plus, times } = OPERATIONS[semiring];
  const parameters = {
    first: "i32", last: "i32", ...A, ...B, ...SCRATCH, length: "i32[]", column: "i32[]", value: "f64[]",
    ...MASK, shifted: "i32[]", listed: "i32", wp: "i32[]", wi: "i32[]", wm: "i32[]",
  } as const; // oxfmt-ignore
  return fn(productName(semiring, masked), parameters, "i32", (g, k) => {
    const { ap, bi, bv, x, bits, top, keys, places, column, value } = g;
    const n = k.let("n", 0, "i32");
    const put = (j: Expression, v: Expression): void => {
      k.store(column, n, j);
      k.store(value, n, v);
      k.set(n, add(n, 1));
    };
    const product = (a: Expression, q: Expression): Expression => plus(ir.f64(zero), times(a, at(bv, q)));

    /** One entry in A's row. */
    const copyRow = (begin: Expression): void =>
      forEntries(k, g, { begin, end: add(begin, 1) }, (a, from, to) =>
        k.for("q", from, to, (q) => put(at(bi, q), product(a, q))),
      );

    const mergeRows = (begin: Expression): void => {
      const row = (which: number): readonly [a: Variable, q: Place, end: Place] => {
        const r = k.let("r", at(g.ai, add(begin, which)), "i32");
        return [k.let("a", at(g.av, add(begin, which))), k.let("q", at(g.bp, r), "i32"), k.let("e", at(g.bp, add(r, 1)), "i32")]; // oxfmt-ignore
      };
      const [[a0, q0, e0], [a1, q1, e1]] = [row(0), row(1)];
      k.while(and(lt(q0, e0), lt(q1, e1)), () => {
        const j0 = k.let("j0", at(bi, q0), "i32");
        const j1 = k.let("j1", at(bi, q1), "i32");
        k.if(eq(j0, j1), () => {
          put(j0, plus(product(a0, q0), times(a1, at(bv, q1))));
          k.set(q0, add(q0, 1));
          k.set(q1, add(q1, 1));
        }, () => k.if(lt(j0, j1), () => {
          put(j0, product(a0, q0));
          k.set(q0, add(q0, 1));
        }, () => {
          put(j1, product(a1, q1));
          k.set(q1, add(q1, 1));
        })); // oxfmt-ignore
      });
      k.for("q", q0, e0, (q) => put(at(bi, q), product(a0, q)));
      k.for("q", q1, e1, (q) => put(at(bi, q), product(a1, q)));
    };

    const hashRow = (range: { begin: Expression; end: Expression }, most: Expression): void => {
      const shift = k.let("shift", tableShift(most), "i32");
      const mask = k.let("mask", sub(shl(i32(1), sub(32, shift)), 1), "i32");
      const start = k.let("start", n, "i32");
      forEntries(k, g, range, (a, from, to) =>
        k.for("q", from, to, (q) => {
          const j = k.let("j", at(bi, q), "i32");
          const slot = findSlot(k, keys, j, shift, mask);
          k.if(eq(at(keys, slot), 0), () => {
            k.store(keys, slot, add(j, 1));
            k.store(places, slot, n);
            put(j, product(a, q));
          }, () => {
            const place = k.let("place", at(places, slot), "i32");
            k.store(value, place, plus(at(value, place), times(a, at(bv, q))));
          }); // oxfmt-ignore
        }),
      );
      k.for("slot", 0, add(mask, 1), (slot) => k.store(keys, slot, 0));
      k.do(sortEntries, sub(n, start), ir.slice(column, start), ir.slice(value, start));
    };

    /** Products of a row are added up in x. */
    const sums = (range: { begin: Expression; end: Expression }): void =>
      forEntries(k, g, range, (a, begin, end) => {
        const b = k.view("b", bv, begin);
        const c = k.view("c", bi, begin);
        k.for("q", 0, sub(end, begin), (q) => {
          const j = k.let("j", at(c, q), "i32");
          k.store(x, j, plus(at(x, j), times(a, at(b, q))));
        });
      });

    const denseRow = (
      range: { begin: Expression; end: Expression },
      low: Expression,
      high: Expression,
      stamp: Expression,
    ): void => {
      /** Notes columns 32 w + i for the bits i of word. */
      const note = (w: Expression, word: Expression): void => {
        const old = k.let("old", at(bits, w), "i32");
        k.store(bits, w, or(old, word));
        k.if(eq(old, 0), () => {
          const t = k.let("t", shru(w, 5), "i32");
          k.store(top, t, or(at(top, t), shl(i32(1), and(w, 31))));
        });
      };
      const direct = (): void =>
        forEntries(k, g, range, (a, from, to) =>
          k.if(lt(from, to), () => {
            const b = k.view("b", bv, from);
            const c = k.view("c", bi, from);
            // Bits of neighbouring columns are collected before they go to the set.
            const w = k.let("w", shru(at(c, 0), 5), "i32");
            const word = k.let("word", 0, "i32");
            k.for("q", 0, sub(to, from), (q) => {
              const j = k.let("j", at(c, q), "i32");
              const gather = (): void => {
                k.store(x, j, plus(at(x, j), times(a, at(b, q))));
                k.if(ne(shru(j, 5), w), () => {
                  note(w, word);
                  k.set(w, shru(j, 5));
                  k.set(word, 0);
                });
                k.set(word, or(word, shl(i32(1), and(j, 31))));
              };
              if (masked) k.if(ne(eq(at(g.allowed, j), stamp), g.complement), gather);
              else gather();
            });
            note(w, word);
          }),
        );
      if (masked) direct();
      else
        k.if(g.listed, () => {
          sums(range);
          k.for("p", range.begin, range.end, (p) => {
            const row = k.let("row", at(g.ai, p), "i32");
            k.for("t", at(g.wp, row), at(g.wp, add(row, 1)), (t) => note(k.let("w", at(g.wi, t), "i32"), at(g.wm, t)));
          });
        }, direct); // oxfmt-ignore
      k.for("t", shr(low, 10), add(shr(high, 10), 1), (t) => {
        const words = k.let("words", at(top, t), "i32");
        k.if(ne(words, 0), () => k.store(top, t, 0));
        k.while(ne(words, 0), () => {
          const w = k.let("w", add(shl(t, 5), ctz(words)), "i32");
          k.set(words, and(words, sub(words, 1)));
          const word = k.let("word", at(bits, w), "i32");
          k.store(bits, w, 0);
          const base = k.let("base", shl(w, 5), "i32");
          k.while(ne(word, 0), () => {
            const j = k.let("j", add(base, ctz(word)), "i32");
            k.set(word, and(word, sub(word, 1)));
            put(j, at(x, j));
            k.store(x, j, zero);
          });
        });
      });
    };

    /** The columns are those of the row before, which begin at `from` in the result, plus `shift`. */
    const againRow = (range: { begin: Expression; end: Expression }, from: Expression, shift: Expression): void => {
      sums(range);
      const stop = k.let("stop", n, "i32");
      k.for("q", from, stop, (q) => {
        const j = k.let("j", add(at(column, q), shift), "i32");
        put(j, at(x, j));
        k.store(x, j, zero);
      });
    };

    /** Does row begin .. end of A lead to the columns of the row before, which begins at `previous`, plus `shift`? */
    const repeats = (begin: Expression, end: Expression, previous: Expression, shift: Expression): Place => {
      const size = k.let("size", sub(end, begin), "i32");
      const same = k.let("same", and(eq(sub(begin, previous), size), le(shru(shift, 1), 0)), "i32");
      const p = k.let("p", 0, "i32");
      k.while(and(same, lt(p, size)), () => {
        const row = k.let("row", at(g.ai, add(begin, p)), "i32");
        k.set(same, and(eq(sub(row, at(g.ai, add(previous, p))), shift), or(eq(shift, 0), at(g.shifted, row))));
        k.set(p, add(p, 1));
      });
      return same;
    };

    const previous = k.let("previous", at(ap, g.first), "i32");
    const written = k.let("written", 0, "i32");
    k.for("i", g.first, g.last, (i) => {
      const begin = k.let("begin", at(ap, i), "i32");
      const end = k.let("end", at(ap, add(i, 1)), "i32");
      const before = k.let("before", n, "i32");
      const other = (): void => {
        const low = k.let("low", 0x7fffffff, "i32");
        const high = k.let("high", -1, "i32");
        const most = k.let("most", 0, "i32");
        forEntries(k, { ...g }, { begin, end }, (_a, from, to) =>
          k.if(lt(from, to), () => {
            k.set(low, min(low, at(bi, from)));
            k.set(high, max(high, at(bi, sub(to, 1))));
            k.set(most, min(add(most, sub(to, from)), 1 << 29));
          }),
        );
        if (masked) {
          const stamp = k.let("stamp", add(i, 1), "i32");
          k.for("p", at(g.mp, i), at(g.mp, add(i, 1)), (p) => k.store(g.allowed, at(g.mi, p), stamp));
          denseRow({ begin, end }, low, high, stamp);
          return;
        }
        const wide = k.let("wide", sub(high, low), "i32");
        const hashed = and(and(gt(wide, WIDE), le(most, HASHED)), gt(div(wide, max(most, 1)), SPREAD));
        k.if(hashed, () => hashRow({ begin, end }, most), () => denseRow({ begin, end }, low, high, i32(0))); // oxfmt-ignore
      };
      const long = (): void => {
        const shift = k.let("shift", sub(at(g.ai, begin), at(g.ai, previous)), "i32");
        k.if(repeats(begin, end, previous, shift), () => againRow({ begin, end }, written, shift), other);
      };
      if (masked) other();
      else
        k.if(gt(sub(end, begin), 2), long, () =>
          k.if(eq(sub(end, begin), 2), () => mergeRows(begin), () => k.if(eq(sub(end, begin), 1), () => copyRow(begin))),
        ); // oxfmt-ignore
      k.store(g.length, i, sub(n, before));
      k.set(previous, begin);
      k.set(written, before);
    });
    k.return(n);
  });
}

/**
 * scanRows(rows, bp, bi, shifted, room, wp, wi, wm): shifted is 1 of rows that have the columns next to those of the row before, else 0.
 * Columns of row i as bits wm[t] of words wi[t], wp[i] <= t < wp[i + 1]; 0 if there are more than `room` of these, which have one place
 * more, else 1.
 */
const scanRows = fn(
  "scanRows",
  { rows: "i32", bp: "i32[]", bi: "i32[]", shifted: "i32[]", room: "i32", wp: "i32[]", wi: "i32[]", wm: "i32[]" },
  "i32",
  ({ rows, bp, bi, shifted, room, wp, wi, wm }, k) => {
    const previous = k.let("previous", 0, "i32");
    const words = k.let("words", 0, "i32");
    const listed = k.let("listed", 1, "i32");
    k.for("i", 0, rows, (i) => {
      const begin = k.let("begin", at(bp, i), "i32");
      const size = k.let("size", sub(at(bp, add(i, 1)), begin), "i32");
      const same = k.let("same", eq(sub(begin, previous), size), "i32");
      const w = k.let("w", -1, "i32");
      const word = k.let("word", 0, "i32");
      const close = (): void => {
        k.store(wi, words, w);
        k.store(wm, words, word);
        k.if(lt(words, room), () => k.set(words, add(words, ge(w, 0))), () => k.set(listed, and(listed, lt(w, 0)))); // oxfmt-ignore
      };
      k.store(wp, i, words);
      k.for("p", 0, size, (p) => {
        const j = k.let("j", at(bi, add(begin, p)), "i32");
        k.if(same, () => k.set(same, eq(sub(j, at(bi, add(previous, p))), 1)));
        k.if(ne(shru(j, 5), w), () => {
          close();
          k.set(w, shru(j, 5));
          k.set(word, 0);
        });
        k.set(word, or(word, shl(i32(1), and(j, 31))));
      });
      close();
      k.store(shifted, i, same);
      k.set(previous, begin);
    });
    k.store(wp, rows, words);
    k.return(listed);
  },
);

/**
 * sparseNumeric...(first, last, A, B, cp, ci, cv, x, keys, places, allowed): values cv of rows first .. last of a product whose pattern
 * is known. Masked: products at other places than those of the pattern are dropped; `allowed` holds numbers other than row + 1.
 */
function numericKernel(semiring: Semiring, masked: boolean): StructuredFunction {
  const { zero, plus, times } = OPERATIONS[semiring];
  const parameters = {
    first: "i32", last: "i32", ...A, ...B, cp: "i32[]", ci: "i32[]", cv: "f64[]",
    x: "f64[]", keys: "i32[]", places: "i32[]", allowed: "i32[]",
  } as const; // oxfmt-ignore
  return fn(numericName(semiring, masked), parameters, undefined, (g, k) => {
    const { bi, bv, ci, cv, x, keys, places } = g;
    k.for("i", g.first, g.last, (i) => {
      const begin = k.let("begin", at(g.ap, i), "i32");
      const end = k.let("end", at(g.ap, add(i, 1)), "i32");
      const start = k.let("start", at(g.cp, i), "i32");
      const stop = k.let("stop", at(g.cp, add(i, 1)), "i32");
      const count = k.let("count", sub(stop, start), "i32");
      const stamp = k.let("stamp", add(i, 1), "i32");
      const products = (body: (j: Variable<"i32">, v: Expression) => void): void =>
        forEntries(k, g, { begin, end }, (a, from, to) => {
          const b = k.view("b", bv, from);
          const c = k.view("c", bi, from);
          k.for("q", 0, sub(to, from), (q) => {
            const j = k.let("j", at(c, q), "i32");
            body(j, times(a, at(b, q)));
          });
        });
      const denseRow = (): void => {
        if (masked) k.for("p", start, stop, (p) => k.store(g.allowed, at(ci, p), stamp));
        products((j, v) => {
          const gather = (): void => k.store(x, j, plus(at(x, j), v));
          if (masked) k.if(eq(at(g.allowed, j), stamp), gather);
          else gather();
        });
        k.for("p", start, stop, (p) => {
          const j = k.let("j", at(ci, p), "i32");
          k.store(cv, p, at(x, j));
          k.store(x, j, zero);
        });
      };
      const hashRow = (): void => {
        const shift = k.let("shift", tableShift(count), "i32");
        const mask = k.let("mask", sub(shl(i32(1), sub(32, shift)), 1), "i32");
        k.for("p", start, stop, (p) => {
          const slot = findSlot(k, keys, at(ci, p), shift, mask);
          k.store(keys, slot, add(at(ci, p), 1));
          k.store(places, slot, p);
          k.store(cv, p, zero);
        });
        products((j, v) => {
          const slot = findSlot(k, keys, j, shift, mask);
          const place = k.let("place", at(places, slot), "i32");
          k.store(cv, place, plus(at(cv, place), v));
        });
        k.for("slot", 0, add(mask, 1), (slot) => k.store(keys, slot, 0));
      };
      if (masked) {
        denseRow();
        return;
      }
      k.if(gt(count, 0), () => {
        const wide = k.let("wide", sub(at(ci, sub(stop, 1)), at(ci, start)), "i32");
        const hashed = and(and(gt(wide, WIDE), le(count, HASHED)), gt(div(wide, count), SPREAD));
        k.if(eq(sub(end, begin), 1), () => {
          const a = k.let("a", at(g.av, begin));
          const row = k.let("row", at(g.bp, at(g.ai, begin)), "i32");
          k.for("p", 0, count, (p) => k.store(cv, add(start, p), plus(ir.f64(zero), times(a, at(bv, add(row, p))))));
        }, () => k.if(hashed, hashRow, denseRow)); // oxfmt-ignore
      });
    });
  });
}

/** All functions above. */
export function multiplyProgram(semiring: Semiring, masked: boolean): Program {
  const kernels = [productKernel(semiring, masked), numericKernel(semiring, masked), ...(masked ? [] : [scanRows])];
  return program(
    `multiply${OPERATIONS[semiring].suffix}`,
    ...kernels.map((each) => kernelFunctions.checkedByAuthor(each)),
  );
}
