// Sparse matrix times vector, y = A x, for three storage forms: compressed rows (CSR), compressed columns (CSC) and compressed
// rows of dense blocks (BSR, blocks row by row inside, as in SciPy). Rows or columns without entries are allowed.
// The index arrays are trusted inside: `call` checks the stated ranges each time; whoever uses `raw` validates them once
// (numeric.ts does). That each `start` lies within 0 ... entries suffices for every access.
// Order: a row's products in storage order from zero; of BSR, one partial sum a lane, lanes added in order at the end.
// Left out: symmetric storage, several vectors at once.
import * as ir from "../builder.ts";
import { Failure } from "../../base/index.ts";
import type { ArrayType, Expression, StructuredFunction, Variable } from "../ir.ts";
import { checkedByAuthor } from "./checked.ts";
import { REAL, type Real } from "./real.ts";

const { add, at, madd, mul } = ir;

/** The function with index arrays whose elements lie in 0 <= x < limit. */
function ranged(
  f: StructuredFunction,
  limits: Readonly<Record<string, (parameter: (name: string) => Expression) => Expression>>,
): StructuredFunction {
  // oxfmt-ignore
  const parameter = (name: string): Expression => f.parameters.find((p) => p.name === name)! as Expression;
  for (const [name, limit] of Object.entries(limits))
    Object.assign(parameter(name), { range: { from: ir.i32(0), to: limit(parameter) } });
  return checkedByAuthor(f);
}

/** sum of value[p] * x[column[p]] for start[i] <= p < start[i + 1], in order */
export function rowProduct(
  k: ir.Block,
  real: Real,
  {
    i,
    start,
    column,
    value,
    x,
  }: {
    i: Expression;
    start: Variable<ArrayType>;
    column: Variable<ArrayType>;
    value: Variable<ArrayType>;
    x: Variable<ArrayType>;
  },
): Variable {
  // oxfmt-ignore
  const sum = k.let("sum", 0, real);
  k.for("p", at(start, i), at(start, add(i, 1)), (p) => k.set(sum, add(sum, mul(at(value, p), at(x, at(column, p))))));
  return sum;
}

/** spmvCsr(from, to, columns, entries, start, column, value, x, y): y[i] for from <= i < to. y overlaps no other array. */
export function spmvCsr(real: Real): StructuredFunction {
  const f = ir.fn(
    `spmvCsr${REAL[real].suffix}`,
    {
      from: "i32",
      to: "i32",
      columns: "i32",
      entries: "i32",
      start: "i32[to+1]",
      column: "i32[entries]",
      value: `${real}[entries]`,
      x: `${real}[columns]`,
      y: `${real}[to]`,
    },
    undefined,
    ({ from, to, start, column, value, x, y }, k) => {
      k.if(ir.lt(from, 0), () => k.trap("spmvCsr: rows before the first"));
      k.for("i", from, to, (i) => k.store(y, i, rowProduct(k, real, { i, start, column, value, x }) as Expression));
    },
  );
  return ranged(f, { start: (p) => add(p("entries"), 1), column: (p) => p("columns") });
}

/** spmvCsc(rows, columns, entries, start, row, value, x, y): all of y. y overlaps no other array. */
export function spmvCsc(real: Real): StructuredFunction {
  const f = ir.fn(
    `spmvCsc${REAL[real].suffix}`,
    {
      rows: "i32",
      columns: "i32",
      entries: "i32",
      start: "i32[columns+1]",
      row: "i32[entries]",
      value: `${real}[entries]`,
      x: `${real}[columns]`,
      y: `${real}[rows]`,
    },
    undefined,
    ({ rows, columns, start, row, value, x, y }, k) => {
      k.for("i", 0, rows, (i) => k.store(y, i, 0));
      k.for("j", 0, columns, (j) => {
        const xj = k.let("xj", at(x, j), real);
        k.for("p", at(start, j), at(start, add(j, 1)), (p) => {
          const i = k.let("i", at(row, p), "i32");
          k.store(y, i, add(at(y, i), mul(at(value, p), xj)));
        });
      });
    },
  );
  return ranged(f, { start: (p) => add(p("entries"), 1), row: (p) => p("rows") });
}

/**
 * spmvBsr(from, to, columns, entries, start, column, value, x, y) with square blocks of `size`: from, to, columns and entries
 * count blocks; x and y have `size` elements a block, value has size * size. y overlaps no other array.
 */
export function spmvBsr(real: Real, size: 2 | 4 | 8): StructuredFunction {
  const { lanes, width, suffix } = REAL[real];
  if (size % width !== 0)
    throw new Failure("domain", `spmvBsr: blocks of ${size} do not fill lanes of ${width}`, {
      hint: `use blocks of a multiple of ${width}`,
    });
  const f = ir.fn(
    `spmvBsr${size}${suffix}`,
    {
      from: "i32",
      to: "i32",
      columns: "i32",
      entries: "i32",
      start: "i32[to+1]",
      column: "i32[entries]",
      value: `${real}[entries*${size * size}]`,
      x: `${real}[columns*${size}]`,
      y: `${real}[to*${size}]`,
    },
    undefined,
    ({ from, to, start, column, value, x, y }, k) => {
      k.if(ir.lt(from, 0), () => k.trap("spmvBsr: rows before the first"));
      k.for("i", from, to, (i) => {
        const sums = Array.from({ length: size }, (_, r) => k.let(`sum${r}`, 0, lanes));
        k.for("p", at(start, i), at(start, add(i, 1)), (p) => {
          const block = k.view("block", value, mul(p, size * size));
          const part = k.view("part", x, mul(at(column, p), size));
          for (let c = 0; c < size; c += width) {
            const xs = k.let("xs", at(part, c, lanes), lanes);
            sums.forEach((sum, r) => k.set(sum, madd(at(block, r * size + c, lanes), xs, sum)));
          }
        });
        const out = k.view("out", y, mul(i, size));
        sums.forEach((sum, r) => {
          let all = ir.lane(sum, 0);
          for (let w = 1; w < width; w++) all = add(all, ir.lane(sum, w));
          k.store(out, r, all);
        });
      });
    },
  );
  return ranged(f, { start: (p) => add(p("entries"), 1), column: (p) => p("columns") });
}
