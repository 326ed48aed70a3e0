// Loops over a matrix in compressed rows, as functions of the compiler's IR: products fused with what iterative methods do with
// them next. A row is summed in order of storage, eight entries a turn and then four, two and one without a loop: rows are short,
// and the control of a loop over five entries costs more than their products (measured on the 5-point Laplacian: 1.9 times the
// time of C with a plain loop, 1.2 times with this). Index arrays are trusted: `SparseProduct` checks them once.
// Left out: several vectors at once, blocks (see kernelFunctions.spmvBsr), f32.
import { fn, ir, kernelFunctions, program, type Block, type Expression, type Program, type Variable } from "../compile/index.ts"; // oxfmt-ignore

const { add, and, at, mul, sub } = ir;
type Doubles = Variable<"f64[]">;
type Integers = Variable<"i32[]">;

/** The arrays of a matrix in a kernel. */
export interface Lines {
  readonly start: Integers;
  readonly column: Integers;
  readonly value: Doubles;
}

/** Parameters of the arrays, for `fn`. */
export const LINES = { start: "i32[]", column: "i32[]", value: "f64[]" } as const;

/** from + sum of value[p] x[column[p]] over begin <= p < end (`sign` -1: minus that sum), in this order. */
export function lineSum(
  k: Block,
  { column, value }: Pick<Lines, "column" | "value">,
  range: { readonly begin: Expression; readonly end: Expression },
  x: Doubles,
  { from = 0, sign = 1 }: { readonly from?: Expression | number; readonly sign?: 1 | -1 } = {},
): Variable<"f64"> {
  const sum = k.let("sum", from, "f64");
  const v = k.view("v", value, range.begin);
  const c = k.view("c", column, range.begin);
  const count = k.let("count", sub(range.end, range.begin), "i32");
  const step = sign === 1 ? add : sub;
  const several = (width: number): void => {
    for (let q = 0; q < width; q++) k.set(sum, step(sum, mul(at(v, q), at(x, at(c, q)))));
    if (width === 1) return;
    k.shift(v, width);
    k.shift(c, width);
  };
  k.for("left", count, 7, () => several(8), -8);
  for (const width of [4, 2, 1]) k.if(and(count, width), () => several(width));
  return sum;
}

/** Calls `body` for rows 0 .. n - 1 with the places where their entries begin and end. */
export function forLines(
  k: Block,
  start: Integers,
  n: Expression,
  body: (i: Variable<"i32">, range: { readonly begin: Expression; readonly end: Expression }) => void,
): void {
  const begin = k.let("begin", at(start, 0), "i32");
  k.for("i", 0, n, (i) => {
    const end = k.let("end", at(start, add(i, 1)), "i32");
    body(i, { begin, end });
    k.set(begin, end);
  });
}

/** Where the entries of row i begin and end. */
export const rangeOfLine = (k: Block, start: Integers, i: Expression): { begin: Expression; end: Expression } => ({
  begin: k.let("begin", at(start, i), "i32"),
  end: k.let("end", at(start, add(i, 1)), "i32"),
});

/** product(n, start, column, value, x, y): y = A x, n rows. */
const product = fn("product", { n: "i32", ...LINES, x: "f64[]", y: "f64[]" }, undefined, ({ n, x, y, ...a }, k) =>
  forLines(k, a.start, n, (i, range) => k.store(y, i, lineSum(k, a, range, x))),
);

/** productAdd(n, start, column, value, x, y): y += A x. */
const productAdd = fn("productAdd", { n: "i32", ...LINES, x: "f64[]", y: "f64[]" }, undefined, ({ n, x, y, ...a }, k) =>
  forLines(k, a.start, n, (i, range) => k.store(y, i, lineSum(k, a, range, x, { from: at(y, i) }))),
); // oxfmt-ignore

/** productDot(n, start, column, value, x, y): y = A x; returns x.y (square matrices). */
const productDot = fn("productDot", { n: "i32", ...LINES, x: "f64[]", y: "f64[]" }, "f64", ({ n, x, y, ...a }, k) => {
  const dot = k.let("dot", 0);
  forLines(k, a.start, n, (i, range) => {
    const sum = lineSum(k, a, range, x);
    k.store(y, i, sum);
    k.set(dot, add(dot, mul(sum, at(x, i))));
  });
  k.return(dot);
});

/**
 * residual(n, start, column, value, b, x, r): r = b - A x; returns r.r. The sum is made first: begun with b, which a huge x absorbs, it
 * could be 0 though A x is not b.
 */
const residual = fn(
  "residual",
  { n: "i32", ...LINES, b: "f64[]", x: "f64[]", r: "f64[]" },
  "f64",
  ({ n, b, x, r, ...a }, k) => {
    const dot = k.let("dot", 0);
    forLines(k, a.start, n, (i, range) => {
      const left = k.let("left", sub(at(b, i), lineSum(k, a, range, x)));
      k.store(r, i, left);
      k.set(dot, add(dot, mul(left, left)));
    });
    k.return(dot);
  },
);

/** The functions above, and spmvCscF64(rows, columns, entries, start, row, value, x, y), which is the product with the transpose. */
export function sparseProgram(): Program {
  const own = [product, productAdd, productDot, residual].map((f) => kernelFunctions.checkedByAuthor(f));
  return program("sparseProduct", ...own, kernelFunctions.spmvCsc("f64"));
}
