// Sparse derivatives: which terms depend on which variables, Jacobians and Hessians as compressed rows or columns, and colourings
// of columns for compressed differences.
// Dependence is found by reachability, once a shared term (Griewank and Walther 2008, section 7.1). Columns that share no row can be
// differenced together (Curtis, Powell and Reid 1974); they are coloured greedily in the order of falling degree
// (Gebremedhin, Manne and Pothen 2005, section 3). Left out: star colourings of Hessians, bipartite (row and column) colourings.
import { Failure } from "../base/index.ts";
import { gradient, jacobian } from "./diff.ts";
import { Kind, type Term } from "./term.ts";
import { postorder } from "./traverse.ts";

/** Compressed rows ("csr") or columns ("csc"): entries starts[i] .. starts[i + 1] - 1 lie in row (column) i, ascending. */
export interface Sparsity {
  readonly layout: "csr" | "csc";
  readonly rows: number;
  readonly columns: number;
  readonly starts: Int32Array;
  /** Columns (rows) of the entries. */
  readonly indices: Int32Array;
}

/** A matrix of terms: terms[k] is the k-th entry. */
export interface SparseTerms extends Sparsity {
  readonly terms: readonly Term[];
}

export interface SparseOptions {
  /** Compressed rows (default) or columns. */
  readonly layout?: "csr" | "csc";
}

/**
 * Which terms depend on which variables (symbols, or elements `a[k]` of array symbols): a superset of the nonzeros of the
 * Jacobian, found without derivatives. Conditions of piecewise terms do not count: they contribute nothing to a derivative.
 */
export function jacobianSparsity(
  terms: readonly Term[],
  variables: readonly Term[],
  options: SparseOptions = {},
): Sparsity {
  const places = new Map<Term, number>();
  /** Elements among the variables by array. */
  const elements = new Map<Term, number[]>();
  variables.forEach((variable, j) => {
    checkVariable(variable);
    places.set(variable, j);
    if (variable.kind === Kind.index) {
      const list = elements.get(variable.args[0]) ?? [];
      list.push(j);
      elements.set(variable.args[0], list);
    }
  });
  const reached = new Map<Term, Int32Array>();
  const of = (term: Term): Int32Array => {
    const place = places.get(term);
    if (place !== undefined) return Int32Array.of(place);
    if (term.kind === Kind.relation || term.kind === Kind.logic) return EMPTY;
    if (term.kind === Kind.index && elements.has(term.args[0])) return matching(term, variables, elements.get(term.args[0])!); // oxfmt-ignore
    return union(term.args.map((arg) => reached.get(arg) ?? EMPTY));
  };
  for (const term of postorder(terms, (each) => !places.has(each))) reached.set(term, of(term));
  const lists = terms.map((term) => reached.get(term)!);
  return arranged(lists, variables.length, options.layout ?? "csr").sparsity;
}

const EMPTY = new Int32Array(0);

function checkVariable(variable: Term): void {
  if (variable.kind !== Kind.symbol && !(variable.kind === Kind.index && variable.args[0].kind === Kind.symbol))
    throw new Failure("usage", `"${variable}" is no variable`, {
      hint: "Give symbols, or elements a[k] of array symbols.",
    });
}

/** The elements that a[i], with an index that is not a number, may be. */
function matching(term: Term, variables: readonly Term[], places: readonly number[]): Int32Array {
  return Int32Array.from(
    places.filter((j) => {
      const fixed = variables[j].args;
      return (
        fixed.length === term.args.length &&
        fixed.every((k, d) => k === term.args[d] || k.kind !== Kind.number || term.args[d].kind !== Kind.number)
      );
    }),
  ).sort();
}

/** Union of ascending lists. */
function union(lists: readonly Int32Array[]): Int32Array {
  let result: Int32Array = EMPTY;
  for (const list of lists) {
    if (list.length === 0 || list === result) continue;
    if (result.length === 0) {
      result = list;
      continue;
    }
    const merged = new Int32Array(result.length + list.length);
    let [i, j, n] = [0, 0, 0];
    while (i < result.length && j < list.length) {
      const [a, b] = [result[i], list[j]];
      merged[n++] = a < b ? a : b;
      if (a <= b) i++;
      if (b <= a) j++;
    }
    while (i < result.length) merged[n++] = result[i++];
    while (j < list.length) merged[n++] = list[j++];
    if (n !== result.length) result = merged.slice(0, n);
  }
  return result;
}

/** Rows of ascending columns in the layout asked for; `from` tells for each entry which one of the rows, in order, it was. */
function arranged(
  lists: readonly ArrayLike<number>[],
  columns: number,
  layout: "csr" | "csc",
): { sparsity: Sparsity; from: Int32Array } {
  const rows = lists.length;
  const rowStarts = new Int32Array(rows + 1);
  lists.forEach((list, i) => (rowStarts[i + 1] = rowStarts[i] + list.length));
  const count = rowStarts[rows];
  const indices = new Int32Array(count);
  if (layout === "csr") {
    lists.forEach((list, i) => indices.set(list, rowStarts[i]));
    return {
      sparsity: { layout, rows, columns, starts: rowStarts, indices },
      from: Int32Array.from(indices, (_, k) => k),
    };
  }
  const starts = new Int32Array(columns + 1);
  for (const list of lists) for (let k = 0; k < list.length; k++) starts[list[k] + 1]++;
  for (let j = 0; j < columns; j++) starts[j + 1] += starts[j];
  const next = starts.slice();
  const from = new Int32Array(count);
  lists.forEach((list, i) => {
    for (let k = 0; k < list.length; k++) {
      const at = next[list[k]]++;
      indices[at] = i;
      from[at] = rowStarts[i] + k;
    }
  });
  return { sparsity: { layout, rows, columns, starts, indices }, from };
}

/** The Jacobian without its zeros: entry (i, j) is d terms[i] / d variables[j]. Shared terms are differentiated once. */
export function sparseJacobian(
  terms: readonly Term[],
  variables: readonly Term[],
  options: SparseOptions = {},
): SparseTerms {
  return packed(jacobian(terms, variables), variables.length, options.layout ?? "csr");
}

function packed(rows: readonly ReadonlyMap<number, Term>[], columns: number, layout: "csr" | "csc"): SparseTerms {
  const lists = rows.map((row) => [...row.keys()]);
  const values = rows.flatMap((row) => [...row.values()]);
  const { sparsity, from } = arranged(lists, columns, layout);
  return { ...sparsity, terms: Array.from(from, (k) => values[k]) };
}

/**
 * The Hessian of a term without its zeros. It is symmetric to the term: entries (i, j) and (j, i) are one object. With
 * `triangle: "lower"` only entries with j <= i.
 */
export function sparseHessian(
  term: Term,
  variables: readonly Term[],
  options: SparseOptions & { readonly triangle?: "full" | "lower" } = {},
): SparseTerms {
  const slopes = gradient(term, variables);
  const order = [...slopes.keys()].sort((a, b) => a - b);
  const second = jacobian(order.map((i) => slopes.get(i)!), variables); // oxfmt-ignore
  const rows = variables.map(() => new Map<number, Term>());
  order.forEach((i, k) => {
    for (const [j, value] of second[k]) {
      if (j > i) continue;
      rows[i].set(j, value);
      if (j < i && options.triangle !== "lower") rows[j].set(i, value);
    }
  });
  const sorted = rows.map((row) => new Map([...row].sort((a, b) => a[0] - b[0])));
  return packed(sorted, variables.length, options.layout ?? "csr");
}

export interface Coloring {
  /** Number of colours. */
  readonly count: number;
  /** Colour of each column, from 0. */
  readonly color: Int32Array;
}

/**
 * Colours columns so that two of one colour have no row in common: one difference of a function along all columns of a colour
 * gives every entry of them. Greedy, columns of many neighbours first.
 */
export function columnColoring(pattern: Sparsity): Coloring {
  const byColumn = pattern.layout === "csc" ? pattern : transposed(pattern);
  const byRow = pattern.layout === "csr" ? pattern : transposed(pattern);
  const { columns } = pattern;
  const degree = new Int32Array(columns);
  for (let j = 0; j < columns; j++)
    for (let p = byColumn.starts[j]; p < byColumn.starts[j + 1]; p++) {
      const i = byColumn.indices[p];
      degree[j] += byRow.starts[i + 1] - byRow.starts[i] - 1;
    }
  const order = Int32Array.from(degree, (_, j) => j).sort((a, b) => degree[b] - degree[a] || a - b);
  const color = new Int32Array(columns).fill(-1);
  const taken = new Int32Array(columns + 1).fill(-1);
  let count = 0;
  for (const j of order) {
    for (let p = byColumn.starts[j]; p < byColumn.starts[j + 1]; p++) {
      const i = byColumn.indices[p];
      for (let q = byRow.starts[i]; q < byRow.starts[i + 1]; q++) {
        const other = color[byRow.indices[q]];
        if (other >= 0) taken[other] = j;
      }
    }
    let free = 0;
    while (taken[free] === j) free++;
    color[j] = free;
    count = Math.max(count, free + 1);
  }
  return { count, color };
}

/** The same entries in the other layout. */
export function transposed(pattern: Sparsity): Sparsity {
  const outer = pattern.starts.length - 1;
  const lists = Array.from({ length: outer }, (_, i) => pattern.indices.subarray(pattern.starts[i], pattern.starts[i + 1])); // oxfmt-ignore
  const inner = pattern.layout === "csr" ? pattern.columns : pattern.rows;
  const { starts, indices } = arranged(lists, inner, "csc").sparsity;
  return { layout: pattern.layout === "csr" ? "csc" : "csr", rows: pattern.rows, columns: pattern.columns, starts, indices }; // oxfmt-ignore
}
