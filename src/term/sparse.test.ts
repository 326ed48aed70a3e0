import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { columnColoring, Context, diff, evaluate, jacobianSparsity, parse, sparseHessian, sparseJacobian, trace, transposed, type Sparsity, type SparseTerms, type Term } from "./index.ts"; // oxfmt-ignore

const context = new Context();
const p = (text: string): Term => parse(text, { context });

/** Entries "row column". */
function entries(matrix: Sparsity): string[] {
  const list: string[] = [];
  for (let i = 0; i + 1 < matrix.starts.length; i++)
    for (let k = matrix.starts[i]; k < matrix.starts[i + 1]; k++)
      list.push(matrix.layout === "csr" ? `${i} ${matrix.indices[k]}` : `${matrix.indices[k]} ${i}`);
  return list;
}
const table = (matrix: SparseTerms): Map<string, Term> => new Map(entries(matrix).map((key, k) => [key, matrix.terms[k]])); // oxfmt-ignore

/** The system of 50 equations that other systems are measured on. */
function fiftyEquations(): { terms: Term[]; variables: Term[] } {
  const x = (i: number): string => `x${i % 50}`;
  const terms = Array.from({ length: 50 }, (_, i) => p(`${x(i)}^2*${x(i + 1)} + sin(${x(i)}*${x(i + 2)}) + exp(-${x(i + 3)})/(1 + ${x(i)}^2)`)); // oxfmt-ignore
  return { terms, variables: Array.from({ length: 50 }, (_, i) => p(x(i))) };
}

describe("Jacobians", () => {
  test("200 nonzeros of 2,500", () => {
    const { terms, variables } = fiftyEquations();
    const rows = sparseJacobian(terms, variables);
    expect(rows.terms).toHaveLength(200);
    expect(entries(jacobianSparsity(terms, variables))).toEqual(entries(rows));
    const columns = sparseJacobian(terms, variables, { layout: "csc" });
    expect([...table(columns)].sort()).toEqual([...table(rows)].sort());
    expect(entries(transposed(rows))).toEqual(entries(columns));
    for (const [key, term] of table(rows)) {
      const [i, j] = key.split(" ").map(Number);
      expect(term).toBe(diff(terms[i], variables[j]));
    }
  });

  test("what cancels is not stored, what may depend is in the pattern", () => {
    const terms = [p("x*y + floor(x) - x*y"), p("if(x < 1, y, 2)"), p("7")];
    const variables = [p("x"), p("y")];
    expect(entries(sparseJacobian(terms, variables))).toEqual(["1 1"]);
    expect(entries(jacobianSparsity(terms, variables))).toEqual(["0 0", "1 1"]);
  });

  test("elements of arrays", () => {
    const terms = [p("a[1]*a[3]"), p("a[k]"), p("sum(a[i]^2, i = 1 .. n)"), p("b[1]")];
    const variables = [p("a[1]"), p("a[2]"), p("a[3]")];
    expect(entries(jacobianSparsity(terms, variables))).toEqual([
      "0 0",
      "0 2",
      "1 0",
      "1 1",
      "1 2",
      "2 0",
      "2 1",
      "2 2",
    ]);
    expect(() => jacobianSparsity(terms, [p("x + 1")])).toThrow("is no variable");
  });

  test("of a traced function", () => {
    const { value } = trace("(u) => { let s = 0; for (let i = 1; i < 6; i++) s += u[i] * u[i - 1]; return s; }", { context, parameters: { u: Array.from({ length: 6 }, (_, i) => `v${i}`) } }); // oxfmt-ignore
    const variables = Array.from({ length: 6 }, (_, i) => p(`v${i}`));
    expect(sparseJacobian([value!], variables).terms.map(String)).toEqual(["v1", "v0 + v2", "v1 + v3", "v2 + v4", "v3 + v5", "v4"]); // oxfmt-ignore
    expect(sparseHessian(value!, variables).terms).toHaveLength(10);
  });
});

describe("Hessians", () => {
  test("are symmetric, and right", () => {
    const f = p("x^2*y + sin(y*z) + w");
    const variables = [p("x"), p("y"), p("z"), p("w")];
    const full = table(sparseHessian(f, variables));
    for (let i = 0; i < 4; i++)
      for (let j = 0; j < 4; j++) {
        const value = diff(diff(f, variables[i]), variables[j]);
        const stored = full.get(`${i} ${j}`);
        expect(stored).toBe(full.get(`${j} ${i}`));
        const at = { x: 0.5, y: 0.25, z: -1.5, w: 2 };
        expect(stored === undefined ? 0 : evaluate(stored, at)).toBeCloseTo(evaluate(value, at), 14);
      }
    expect(entries(sparseHessian(f, variables, { triangle: "lower" }))).toEqual(["0 0", "1 0", "1 1", "2 1", "2 2"]);
  });
});

describe("colourings", () => {
  const compatible = (pattern: Sparsity, color: Int32Array): boolean => {
    const seen = new Set<string>();
    return entries(pattern).every((entry) => {
      const [i, j] = entry.split(" ").map(Number);
      const key = `${i} ${color[j]}`;
      return !seen.has(key) && seen.add(key);
    });
  };

  test("a tridiagonal matrix needs three colours, an arrow all", () => {
    const chain = (n: number, at: (i: number) => number[]): Sparsity => {
      const lists = Array.from({ length: n }, (_, i) => at(i).filter((j) => j >= 0 && j < n));
      const starts = Int32Array.from([0, ...lists.map((_, i) => lists.slice(0, i + 1).flat().length)]);
      return { layout: "csr", rows: n, columns: n, starts, indices: Int32Array.from(lists.flat()) };
    };
    const band = chain(100, (i) => [i - 1, i, i + 1]);
    expect(columnColoring(band).count).toBe(3);
    const arrow = chain(20, (i) => (i === 0 ? Array.from({ length: 20 }, (_, j) => j) : [0, i]));
    expect(columnColoring(arrow).count).toBe(20);
  });

  test("columns of one colour share no row", () => {
    const row = fc.uniqueArray(fc.nat(14), { maxLength: 5 });
    fc.assert(
      fc.property(fc.array(row, { minLength: 1, maxLength: 20 }), (lists) => {
        const sorted = lists.map((list) => [...list].sort((a, b) => a - b));
        let count = 0;
        const starts = Int32Array.from([0, ...sorted.map((list) => (count += list.length))]);
        const pattern: Sparsity = { layout: "csr", rows: lists.length, columns: 15, starts, indices: Int32Array.from(sorted.flat()) }; // oxfmt-ignore
        for (const each of [pattern, transposed(pattern)]) {
          const { color, count: colors } = columnColoring(each);
          expect(compatible(pattern, color)).toBe(true);
          expect(Math.max(-1, ...color) + 1).toBe(colors);
        }
      }),
      { numRuns: 200, seed: 1 },
    );
  });
});
