// Linear programs: the least or greatest c x subject to A x = b, lower <= x <= upper. Solved by HiGHS (highs.dev; Huangfu and Hall 2018,
// revised simplex), compiled to WebAssembly and loaded when it is first needed. What it finds is checked here (certificate.ts):
// its answer counts as an estimate, the check may prove it.
// Left out: inequalities between expressions (a slack variable does it), whole numbers, quadratic objectives.
import type { Highs, ModelData } from "highs";
import { Failure } from "../../base/index.ts";
import type { Evidence } from "../../evidence/index.ts";
import { type Basis, dualityGap, provesInfeasible, provesUnbounded, vertex } from "./certificate.ts";

/** The entries of one column of A. */
export interface Column {
  readonly rows: readonly number[];
  readonly values: readonly number[];
}

export interface LinearProgram {
  readonly sense: "minimize" | "maximize";
  /** c */
  readonly cost: ArrayLike<number>;
  /** A, by columns; no row twice in a column. */
  readonly columns: readonly Column[];
  /** b; its length is the number of rows. */
  readonly right: ArrayLike<number>;
  /** Bounds; -Infinity and Infinity for none. */
  readonly lower: ArrayLike<number>;
  readonly upper: ArrayLike<number>;
}

export interface LinearOptimum {
  readonly status: "optimal" | "infeasible" | "unbounded";
  /** c x at the optimum; NaN if there is none. */
  readonly objective: number;
  /** A vertex where the optimum is taken (there may be others); empty if there is none. */
  readonly x: Float64Array;
  /** The change of the objective with each right side; empty if there is no optimum. */
  readonly duals: Float64Array;
  /** c - A^T duals: the change of the objective with each variable that is held. */
  readonly reducedCosts: Float64Array;
  readonly evidence: readonly Evidence[];
}

/** Beyond this size bounds and costs are refused: HiGHS takes bounds from 1e20 for infinite. */
const LARGEST = 1e15;
const METHOD = "HiGHS, revised simplex";

/**
 * The optimum of a linear program. What is proved holds for the coefficients as doubles.
 * Fails (Failure): "usage" on lengths that do not fit, "domain" on values that are not numbers or larger than 1e15, "unsolved" where
 * HiGHS ends without an answer.
 */
export async function linearProgram(program: LinearProgram): Promise<LinearOptimum> {
  check(program);
  const { lower, upper } = program;
  for (let j = 0; j < lower.length; j++)
    if (lower[j] > upper[j])
      return none("infeasible", {
        statement: `variable ${j} has no value: its lower bound ${lower[j]} is above its upper bound ${upper[j]}`,
        grade: "proved",
        method: "comparison",
      });
  const highs = await loadHighs();
  const run = (given: LinearProgram, presolve: "choose" | "off"): Answer => {
    const model = highs.createModel(data(given, highs));
    try {
      model.options.set({ output_flag: false, presolve, solver: "simplex", small_matrix_value: 1e-12 });
      model.run();
      const status = model.getModelStatus();
      const { optimal, infeasible, unbounded, unboundedOrInfeasible, empty } = highs.constants.modelStatus;
      const name =
        status === optimal || status === empty
          ? "optimal"
          : status === infeasible
            ? "infeasible"
            : status === unbounded
              ? "unbounded"
              : status === unboundedOrInfeasible
                ? "unclear"
                : "unsolved";
      const ray = presolve === "off" && (name === "infeasible" || name === "unbounded");
      return {
        name,
        solution: name === "optimal" ? model.getSolution() : undefined,
        basis: name === "optimal" ? model.getBasis() : undefined,
        dualRay: ray && name === "infeasible" ? model.getDualRay()?.values : undefined,
        primalRay: ray && name === "unbounded" ? model.getPrimalRay()?.values : undefined,
      };
    } finally {
      model.dispose();
    }
  };
  const first = run(program, "choose");
  if (first.name === "optimal") return optimum(program, first);
  // Is any point feasible? Without presolving, there are rays that prove what is said.
  const feasible = run({ ...program, cost: new Float64Array(lower.length) }, "off");
  if (feasible.name === "infeasible") {
    const proved = feasible.dualRay !== undefined && provesInfeasible(program, feasible.dualRay);
    return none("infeasible", {
      statement: "no point meets all equations and bounds",
      grade: proved ? "proved" : "estimated",
      method: proved ? `${METHOD}; a combination of the equations that contradicts the bounds, exact` : METHOD,
    });
  }
  const again = run(program, "off");
  if (again.name === "optimal") return optimum(program, again);
  if (feasible.name !== "optimal" || again.name !== "unbounded")
    throw new Failure("unsolved", "the linear program was not solved: the solver ended without an answer");
  const point = feasible.basis !== undefined && vertex({ ...program, cost: new Float64Array(lower.length) }, feasible.basis); // oxfmt-ignore
  const proved = Boolean(point) && again.primalRay !== undefined && provesUnbounded(program, again.primalRay);
  return none("unbounded", {
    statement: `the objective is not bounded from ${program.sense === "maximize" ? "above" : "below"}`,
    grade: proved ? "proved" : "estimated",
    method: proved ? `${METHOD}; a feasible point and a direction without end, exact` : METHOD,
  });
}

/** The package's types are those of its CommonJS form, where the loader lies one level deeper. */
async function loadHighs(): Promise<Highs> {
  const { default: load } = (await import("highs")) as unknown as { default: () => Promise<Highs> };
  return load();
}

interface Answer {
  readonly name: "optimal" | "infeasible" | "unbounded" | "unclear" | "unsolved";
  readonly solution?: {
    readonly colValue: Float64Array;
    readonly rowDual: Float64Array;
    readonly colDual: Float64Array;
  };
  readonly basis?: Basis;
  readonly dualRay?: ArrayLike<number>;
  readonly primalRay?: ArrayLike<number>;
}

function none(status: "infeasible" | "unbounded", evidence: Evidence): LinearOptimum {
  const empty = new Float64Array(0);
  return { status, objective: Number.NaN, x: empty, duals: empty, reducedCosts: empty, evidence: [evidence] };
}

function optimum(program: LinearProgram, { solution, basis }: Answer): LinearOptimum {
  const exact = basis === undefined ? undefined : vertex(program, basis);
  if (exact !== undefined) {
    const { x, duals, reducedCosts, objective, error } = exact;
    return {
      status: "optimal",
      objective,
      x,
      duals,
      reducedCosts,
      evidence: [
        {
          statement: "the objective differs from the optimum by at most",
          grade: "proved",
          bound: error,
          method: `${METHOD}; its basis solved again in rational numbers, feasible and with reduced costs of the right signs`,
        },
      ],
    };
  }
  const { colValue, rowDual } = solution!;
  const { objective, reducedCosts, gap, residual } = dualityGap(program, colValue, rowDual);
  return {
    status: "optimal",
    objective,
    x: colValue,
    duals: rowDual,
    reducedCosts,
    evidence: [
      {
        statement: "the objective differs from the optimum by about",
        grade: "estimated",
        bound: gap,
        method: `${METHOD}; gap between the primal and the dual objective, in double precision`,
        measured: { residual },
      },
    ],
  };
}

function data(program: LinearProgram, highs: Highs): ModelData {
  const { columns, right, sense } = program;
  const starts = [0];
  const indices: number[] = [];
  const values: number[] = [];
  for (const column of columns) {
    indices.push(...column.rows);
    values.push(...column.values);
    starts.push(indices.length);
  }
  const { objectiveSense } = highs.constants;
  return {
    numCols: columns.length,
    numRows: right.length,
    sense: objectiveSense[sense],
    colCost: Array.from(program.cost),
    colLower: Array.from(program.lower),
    colUpper: Array.from(program.upper),
    rowLower: Array.from(right),
    rowUpper: Array.from(right),
    matrix: {
      format: "csc",
      numRows: right.length,
      numCols: columns.length,
      starts: Int32Array.from(starts),
      indices: Int32Array.from(indices),
      values: Float64Array.from(values),
    },
  };
}

function check({ cost, columns, right, lower, upper }: LinearProgram): void {
  const n = columns.length;
  for (const [name, list] of Object.entries({ cost, lower, upper }))
    if (list.length !== n) throw new Failure("usage", `there are ${n} columns, but ${list.length} values in "${name}"`);
  const number = (value: number, what: string, infinite = false): void => {
    if (Number.isNaN(value) || (!infinite && !Number.isFinite(value)))
      throw new Failure("domain", `${what} is ${value}`);
    if (Number.isFinite(value) && Math.abs(value) > LARGEST)
      throw new Failure("domain", `${what} is ${value}; sizes up to ${LARGEST} are solved`, {
        hint: "Where no bound is meant, give none (infinity).",
      });
  };
  for (let j = 0; j < n; j++) {
    number(cost[j], `the coefficient ${j} of the objective`);
    number(lower[j], `the lower bound ${j}`, true);
    number(upper[j], `the upper bound ${j}`, true);
    if (lower[j] === Infinity || upper[j] === -Infinity)
      throw new Failure(
        "domain",
        `the bounds ${lower[j]} and ${upper[j]} of variable ${j} leave no number between them`,
      );
    const seen = new Set<number>();
    columns[j].rows.forEach((row, k) => {
      if (!Number.isInteger(row) || row < 0 || row >= right.length || seen.has(row))
        throw new Failure("usage", `column ${j} has an entry in row ${row}, which is outside, or there twice`);
      seen.add(row);
      number(columns[j].values[k], `the entry of row ${row} and column ${j}`);
    });
  }
  for (let i = 0; i < right.length; i++) number(right[i], `the right side ${i}`);
}
