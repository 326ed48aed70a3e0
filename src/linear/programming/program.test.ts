import { expect, test } from "vitest";
import { Q } from "../../number/index.ts";
import { dualityGap, vertex } from "./certificate.ts";
import { linearProgram, type LinearProgram } from "./program.ts";
import { solveRational } from "./rational-elimination.ts";

/** Columns of a matrix given by rows. */
function columns(rows: readonly (readonly number[])[], n: number): LinearProgram["columns"] {
  return Array.from({ length: n }, (_, j) => {
    const held = rows.flatMap((row, i) => (row[j] === 0 ? [] : [i]));
    return { rows: held, values: held.map((i) => rows[i][j]) };
  });
}

/** 3 x + 5 y with x <= 4, 2 y <= 12, 3 x + 2 y <= 18, by slacks: 36 at (2, 6) (Hillier and Lieberman's example). */
const WYNDOR: LinearProgram = {
  sense: "maximize",
  cost: [3, 5, 0, 0, 0],
  columns: columns([[1, 0, 1, 0, 0], [0, 2, 0, 1, 0], [3, 2, 0, 0, 1]], 5),
  right: [4, 12, 18],
  lower: [0, 0, 0, 0, 0],
  upper: [Infinity, Infinity, Infinity, Infinity, Infinity],
}; // oxfmt-ignore

test("an optimum is proved, with its prices", async () => {
  const found = await linearProgram(WYNDOR);
  expect(found.status).toBe("optimal");
  expect(found.objective).toBe(36);
  expect([...found.x]).toEqual([2, 6, 2, 0, 0]);
  expect([...found.duals]).toEqual([0, 1.5, 1]);
  expect([...found.reducedCosts]).toEqual([0, 0, 0, -1.5, -1]);
  expect(found.evidence[0]).toMatchObject({ grade: "proved", bound: 0 });
  const least = await linearProgram({ ...WYNDOR, sense: "minimize", cost: [-3, -5, 0, 0, 0] });
  expect(least.objective).toBe(-36);
  expect([...least.duals]).toEqual([-0, -1.5, -1].map((v) => v + 0));
});

test("the vertex is rounded from exact values", async () => {
  // x = 1/3 and y = 2/3 of the doubles 0.1 and 0.3: no rounding on the way.
  const found = await linearProgram({
    sense: "minimize",
    cost: [1, 1],
    columns: columns([[3, 0], [0, 0.3]], 2),
    right: [1, 0.2],
    lower: [-Infinity, -Infinity],
    upper: [Infinity, Infinity],
  }); // oxfmt-ignore
  expect(found.x[0]).toBe(1 / 3);
  expect(found.evidence[0].grade).toBe("proved");
  expect(found.evidence[0].bound).toBeGreaterThan(0);
  expect(found.evidence[0].bound).toBeLessThan(1.2e-16);
});

test("no feasible point and no bound are proved", async () => {
  const infeasible = await linearProgram({
    sense: "minimize",
    cost: [1, 0],
    columns: columns([[1, 1], [1, -1]], 2),
    right: [1, 4],
    lower: [0, 0],
    upper: [Infinity, Infinity],
  }); // oxfmt-ignore
  expect(infeasible.status).toBe("infeasible");
  expect(infeasible.evidence[0].grade).toBe("proved");
  const unbounded = await linearProgram({
    sense: "maximize",
    cost: [1, 1],
    columns: columns([[1, -3]], 2),
    right: [7],
    lower: [0, 0],
    upper: [Infinity, Infinity],
  });
  expect(unbounded.status).toBe("unbounded");
  expect(unbounded.evidence[0].grade).toBe("proved");
  const crossed = await linearProgram({ ...WYNDOR, lower: [5, 0, 0, 0, 0], upper: [4, 1, 1, 1, 1] });
  expect(crossed.status).toBe("infeasible");
  expect(crossed.evidence[0].statement).toContain("its lower bound 5 is above its upper bound 4");
});

test("rows that repeat and degenerate vertices", async () => {
  const found = await linearProgram({
    sense: "maximize",
    cost: [1, 1, 0],
    columns: columns([[1, -1, 0], [2, -2, 0], [0, 1, -1]], 3),
    right: [0, 0, 0],
    lower: [0, 0, 0],
    upper: [10, 10, 4],
  }); // oxfmt-ignore
  expect(found.objective).toBe(8);
  expect(found.evidence[0].grade).toBe("proved");
});

test("a basis that is not optimal proves nothing", () => {
  // The origin is a vertex, but x and y improve it.
  expect(vertex(WYNDOR, { colStatus: [0, 0, 1, 1, 1], rowStatus: [0, 0, 0] })).toBeUndefined();
  // Not feasible: x = 6 leaves the slack of x <= 4 at -2.
  expect(vertex(WYNDOR, { colStatus: [1, 0, 1, 1, 0], rowStatus: [0, 0, 0] })).toBeUndefined();
  expect(vertex(WYNDOR, { colStatus: [1, 1, 1, 0, 0], rowStatus: [0, 0, 0] })?.objective).toBe(36);
});

test("the gap of weak duality is zero at the optimum only", async () => {
  const { x, duals } = await linearProgram(WYNDOR);
  expect(dualityGap(WYNDOR, x, duals)).toMatchObject({ gap: 0, residual: 0, objective: 36 });
  expect(dualityGap(WYNDOR, Float64Array.of(0, 6, 4, 0, 6), duals).gap).toBe(6);
  expect(dualityGap(WYNDOR, Float64Array.of(2, 5, 2, 0, 0), duals).residual).toBe(2);
});

test("rational elimination: too many equations, too few, contradictions", () => {
  const row = (...entries: [number, number][]): Map<number, number> => new Map(entries);
  const third = Q.rational(1n, 3n);
  expect(solveRational([row([0, 3], [1, 1]), row([1, 2]), row([0, 6], [1, 4])], [1, 0, 2], 2)).toEqual([third, 0]);
  expect(solveRational([row([0, 3], [1, 1]), row([1, 2]), row([0, 6], [1, 4])], [1, 0, 3], 2)).toBeUndefined();
  expect(solveRational([row([0, 3], [1, 1])], [1], 2)).toBeUndefined();
});

test("impossible programs are refused", async () => {
  const refused = (changes: Partial<LinearProgram>): Promise<unknown> => linearProgram({ ...WYNDOR, ...changes });
  await expect(refused({ cost: [1] })).rejects.toThrow('5 columns, but 1 values in "cost"');
  await expect(refused({ right: [1, Number.NaN, 2] })).rejects.toThrow("right side 1 is NaN");
  await expect(refused({ upper: [1e20, 1, 1, 1, 1] })).rejects.toThrow("give none");
  await expect(refused({ lower: [Infinity, 0, 0, 0, 0] })).rejects.toThrow("no number between");
  await expect(refused({ columns: WYNDOR.columns.with(0, { rows: [7], values: [1] }) })).rejects.toThrow("outside");
});
