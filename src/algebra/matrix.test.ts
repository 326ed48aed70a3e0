import fc from "fast-check";
import { expect, test } from "vitest";
import { parse, print, type Term } from "../term/index.ts";
import { eigenvalues } from "./eigenvalues.ts";
import { characteristicPolynomial, determinant, inverse, matrixOf, multiplyMatrices, nullSpace, rank, solveLinear, type TermMatrix } from "./matrix.ts"; // oxfmt-ignore
import { factor } from "./rational.ts";
import { equal } from "./zero.ts";

const matrix = (text: string): TermMatrix => matrixOf(parse(text));
const same = (a: Term, b: Term): void => expect(equal(a, b).answer).toBe("yes");

test("determinants of published matrices", () => {
  same(determinant(matrix("[[1, x, x^2], [1, y, y^2], [1, z, z^2]]")), parse("(y - x)*(z - x)*(z - y)"));
  expect(print(factor(determinant(matrix("[[a, b], [b, a]]"))))).toBe(print(parse("(a - b)*(a + b)")));
  same(determinant(matrix("[[cos(t), -sin(t)], [sin(t), cos(t)]]")), parse("1"));
  // The Hilbert matrix of order 6: 1/186313420339200000.
  const hilbert = `[${Array.from({ length: 6 }, (_, i) => `[${Array.from({ length: 6 }, (_each, j) => `1/${i + j + 1}`).join()}]`).join()}]`;
  expect(print(determinant(matrix(hilbert)))).toBe("1/186313420339200000");
  expect(print(determinant(matrix("[[1, 2], [2, 4]]")))).toBe("0");
});

test("the inverse times the matrix is the unit matrix; singular ones are refused", () => {
  for (const text of [
    "[[a, b], [c, d]]",
    "[[1, 1/x, 0], [x, 2, y], [0, y, 3]]",
    "[[sqrt(2), 1], [1, sqrt(3)]]",
    "[[exp(x), 1], [1, 2]]",
  ]) {
    const a = matrix(text);
    multiplyMatrices(a, inverse(a)).forEach((row, i) =>
      row.forEach((entry, j) => same(entry, parse(i === j ? "1" : "0"))),
    );
  }
  expect(() => inverse(matrix("[[1, 2], [2, 4]]"))).toThrow("its rank is 1 of 2");
  expect(() => inverse(matrix("[[sin(x)^2 + cos(x)^2, 1], [1, 1]]"))).toThrow("singular");
});

test("rank, null space and linear systems", () => {
  const a = matrix("[[1, 2, 3], [4, 5, 6], [7, 8, 9]]");
  expect(rank(a)).toBe(2);
  const [vector] = nullSpace(a);
  multiplyMatrices(
    a,
    vector.map((entry) => [entry]),
  ).forEach(([entry]) => same(entry, parse("0")));
  expect(solveLinear(a, [[parse("1")], [parse("1")], [parse("1")]])).toBeUndefined();
  expect(nullSpace(matrix("[[1, 0], [0, x]]"))).toEqual([]);
});

test("a matrix is a root of its characteristic polynomial (Cayley and Hamilton)", () => {
  for (const text of [
    "[[1, 2], [3, 4]]",
    "[[1/2, x, 0], [1, 1/x, 2], [0, y, 3]]",
    "[[2, 1, 0, a], [0, 1, 1, 0], [b, 0, 0, 1], [1, 1, 1, 1]]",
  ]) {
    const a = matrix(text);
    const coefficients = characteristicPolynomial(a);
    const n = a.length;
    let power: Term[][] = a.map((_, i) => a.map((_row, j) => parse(i === j ? "1" : "0")));
    let sum = power.map((row) => row.map(() => parse("0")));
    for (const c of coefficients) {
      sum = sum.map((row, i) =>
        row.map((entry, j) => parse(`(${print(entry)}) + (${print(c)})*(${print(power[i][j])})`)),
      );
      power = multiplyMatrices(power, a);
    }
    for (let i = 0; i < n; i++) for (let j = 0; j < n; j++) same(sum[i][j], parse("0"));
  }
});

test("eigenvalues in radicals, or as roots of what is irreducible", () => {
  expect(
    eigenvalues(matrix("[[2, 1], [1, 2]]"))
      .map(({ value }) => print(value!))
      .sort(),
  ).toEqual(["1", "3"]);
  const general = eigenvalues(matrix("[[a, b], [c, d]]"));
  same(parse(general.map(({ value }) => `(${print(value!)})`).join(" + ")), parse("a + d"));
  same(parse(general.map(({ value }) => `(${print(value!)})`).join(" * ")), parse("a*d - b*c"));
  const [cubic] = eigenvalues(matrix("[[0, 1, 0], [0, 0, 1], [1, 1, 1]]"));
  expect(cubic.rootOf!.map(print)).toEqual(["-1", "-1", "-1", "1"]);
  expect(eigenvalues(matrix("[[3, 0], [0, 3]]"))).toMatchObject([{ multiplicity: 2 }]);
});

test("integer determinants agree with cofactor expansion", () => {
  const minor = (a: bigint[][]): bigint =>
    a.length === 1 ? a[0][0] : a[0].reduce((sum, x, j) => sum + (j % 2 === 0 ? x : -x) * minor(a.slice(1).map((row) => row.filter((_, k) => k !== j))), 0n); // oxfmt-ignore
  fc.assert(
    fc.property(
      fc.array(fc.array(fc.bigInt(-(10n ** 20n), 10n ** 20n), { minLength: 4, maxLength: 4 }), {
        minLength: 4,
        maxLength: 4,
      }),
      (rows) => {
        const made = determinant(matrix(`[${rows.map((row) => `[${row.map(String).join()}]`).join()}]`));
        expect(print(made)).toBe(String(minor(rows)));
      },
    ),
    { numRuns: 40 },
  );
});

test("what is no matrix is refused", () => {
  expect(() => matrix("[[1, 2], [3]]")).toThrow("different lengths");
  expect(() => matrix("[1, 2]")).toThrow("array of rows");
  expect(() => determinant(matrix("[[1, 2]]"))).toThrow("square");
});
