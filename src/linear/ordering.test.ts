import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { gridLaplacian, networkJacobian, readNetwork, sharedData } from "../../test/support/matrices.ts";
import { luFill, type Fill } from "./gilbert-peierls.ts";
import { amd, checkPattern, markowitz, symmetrized, transposePattern, type SparsePattern } from "./index.ts";

/** A random pattern with a full diagonal. */
const patterns = fc
  .tuple(fc.integer({ min: 1, max: 40 }), fc.array(fc.tuple(fc.nat(39), fc.nat(39)), { maxLength: 160 }))
  .map(([n, pairs]): SparsePattern => {
    const columns = Array.from({ length: n }, (_, j) => new Set([j]));
    for (const [i, j] of pairs) if (i < n && j < n) columns[j].add(i);
    const colPtr = new Int32Array(n + 1);
    for (let j = 0; j < n; j++) colPtr[j + 1] = colPtr[j] + columns[j].size;
    return { n, colPtr, rowIdx: Int32Array.from(columns.flatMap((c) => [...c])) };
  });

const isPermutation = (n: number, order: Int32Array): boolean =>
  order.length === n && [...order].sort((a, b) => a - b).every((v, k) => v === k);

/** Lower and upper counts by elimination on a Boolean matrix. */
function denseFill({ n, colPtr, rowIdx }: SparsePattern, order: Int32Array): [number, number] {
  const a = Array.from({ length: n }, () => new Uint8Array(n));
  const at = new Int32Array(n);
  order.forEach((v, k) => (at[v] = k));
  for (let j = 0; j < n; j++) for (let p = colPtr[j]; p < colPtr[j + 1]; p++) a[at[rowIdx[p]]][at[j]] = 1;
  let low = 0;
  let up = 0;
  for (let k = 0; k < n; k++)
    for (let i = k + 1; i < n; i++) {
      low += a[i][k];
      up += a[k][i];
      if (a[i][k]) for (let j = k + 1; j < n; j++) a[i][j] |= a[k][j];
    }
  return [low, up];
}

const flops = (pattern: SparsePattern, order: Int32Array): number => (luFill(pattern, order) as Fill).flops;

test("orderings are permutations, and the fill of luFill is that of elimination", () => {
  fc.assert(
    fc.property(patterns, (pattern) => {
      checkPattern(pattern);
      const natural = Int32Array.from({ length: pattern.n }, (_, k) => k);
      for (const order of [natural, amd(symmetrized(pattern)), amd(symmetrized(pattern), { denseFactor: 0.1 }), markowitz(pattern)!]) {
        expect(isPermutation(pattern.n, order)).toBe(true);
        const fill = luFill(pattern, order) as Fill;
        expect([fill.lowIdx.length, fill.upIdx.length]).toEqual(denseFill(pattern, order));
      }
    }),
  );
}); // oxfmt-ignore

test("transposing twice sorts; a bad pattern is a Failure that names the column", () => {
  const pattern = { n: 3, colPtr: Int32Array.of(0, 2, 3, 4), rowIdx: Int32Array.of(2, 0, 1, 0) };
  expect([...transposePattern(transposePattern(pattern)).rowIdx]).toEqual([0, 2, 1, 0]);
  expect(() => checkPattern({ n: 2, colPtr: Int32Array.of(0, 1, 3), rowIdx: Int32Array.of(0, 1, 1) })).toThrow("column 1");
  expect(() => checkPattern({ n: 2, colPtr: Int32Array.of(0, 1, 2), rowIdx: Int32Array.of(0, 2) })).toThrow("outside 0 .. 1");
}); // oxfmt-ignore

test("a tree has no fill, an arrow has none", () => {
  const star = { n: 30, colPtr: new Int32Array(31), rowIdx: new Int32Array(88) };
  let e = 0;
  for (let j = 0; j < 30; j++) {
    star.rowIdx[e++] = j;
    if (j > 0) star.rowIdx[e++] = 0;
    else for (let i = 1; i < 30; i++) star.rowIdx[e++] = i;
    star.colPtr[j + 1] = e;
  }
  for (const order of [amd(symmetrized(star)), markowitz(star)!]) expect(denseFill(star, order)).toEqual([29, 29]);
});

test("the 60 x 60 grid: fill of minimum degree, not of the band", () => {
  const grid = gridLaplacian(60);
  const fill = luFill(grid, amd(symmetrized(grid))) as Fill;
  expect(fill.lowIdx.length).toBeLessThan(65_000); // the natural order has 212,000
});

test("the Markowitz order stops at its budget", () => {
  expect(markowitz(gridLaplacian(30), { work: 1000 })).toBeUndefined();
});

const network = sharedData("networks/bcr.net.gz");
describe.skipIf(!network)(`BCR network Jacobian${network ? "" : " (skipped: ../shared is absent)"}`, () => {
  test("31,369 entries; Markowitz needs a fraction of the operations of minimum degree", () => {
    const model = readNetwork(network!);
    const jacobian = networkJacobian(model, model.initial);
    expect([jacobian.n, jacobian.rowIdx.length]).toEqual([1122, 31369]);
    const byDegree = flops(jacobian, amd(symmetrized(jacobian)));
    const byMarkowitz = flops(jacobian, markowitz(jacobian)!);
    expect(byDegree).toBeLessThan(62e6);
    expect(byMarkowitz).toBeLessThan(7.5e6);
  });
});
