// The determinant of a small literal matrix, written out by expansion along the first row (Laplace). Nothing is simplified
// beyond normal forms. Left out: elimination, which divides by pivots that may be zero.
import { Failure } from "../base/index.ts";
import { requireValue } from "./apply.ts";
import { mul } from "./build.ts";
import { SumBuilder } from "./sum.ts";
import { Kind, type Term } from "./term.ts";

/** Greatest determinant that is written out: n! products. */
const LARGEST_DETERMINANT = 5;

/** The determinant of a square array of rows by expansion along the first row. */
export function determinant(matrix: Term): Term {
  const n = matrix.kind === Kind.array ? matrix.args.length : 0;
  if (n === 0 || matrix.args.some((row) => row.kind !== Kind.array || row.args.length !== n))
    throw new Failure("usage", "a determinant takes a square matrix");
  if (n > LARGEST_DETERMINANT)
    throw new Failure("limit", `determinants are written out up to ${LARGEST_DETERMINANT} rows`);
  const expand = (rows: readonly (readonly Term[])[]): Term => {
    if (rows.length === 1) return rows[0][0];
    const sum = new SumBuilder(matrix.context);
    rows[0].forEach((entry, j) => {
      requireValue("a determinant", entry);
      const minor = rows.slice(1).map((row) => row.filter((_, k) => k !== j));
      sum.add(mul(entry, expand(minor)), j % 2 === 0 ? 1 : -1);
    });
    return sum.build();
  };
  return expand(matrix.args.map((row) => row.args));
}
