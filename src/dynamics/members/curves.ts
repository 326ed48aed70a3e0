// Many members of one small ordinary system, each with steps of its own size, in lanes: members that are taken side by side share nothing
// but the code. All stages of an attempt are straight-line code in a loop over the lanes, which the pass `vectorise` runs two at a time;
// accepting, step sizes and outputs are looked at lane by lane, and a lane that is done takes the next member of its record.
// Methods: Tsit5 for what is not stiff, Rodas5P (with the matrix factorised in straight-line code, no pivoting) for what is; their tableaus
// and dense outputs are those of single runs. Step sizes by the error of the last step alone, factors 0.2 to 8 (Hairer, Norsett, Wanner,
// Solving Ordinary Differential Equations I, section II.4).
// Left out: events, delays, algebraic equations, systems too large for straight-line code (`membersFit`).
import { Failure } from "../../base/index.ts";
import { contract, expandMath, fn, hoist, ir, program as wholeProgram, type Program, share, structureTape, type Tape, vectorise } from "../../compile/index.ts"; // oxfmt-ignore
import type { Block } from "../../compile/index.ts";
import type { Expression, StructuredFunction, Variable } from "../../compile/ir.ts";
import { type StaticLU, staticLU } from "../../linear/static-lu.ts";
import { specialFunctions } from "../../special/index.ts";
import * as rodas5p from "../rodas5p.tableau.ts";
import type { SparsePattern } from "../system.ts";
import * as tsit5 from "../tsit5.tableau.ts";
import { scratchOf, termFunction } from "./code.ts";
import { COUNT, DETAIL, DETAIL2, DONE_STATUS, HEAD, type MemberCode, type MembersOptions, type MembersResult, NEXT, RUNNING, runMembers, STATUS, STEPS } from "./run.ts"; // oxfmt-ignore

const { abs, add, and, at, div, eq, f64, ge, gt, i32, le, lt, max, min, mul, not, select, sqrt, sub, toF64, toI32 } = ir; // oxfmt-ignore
type Numbers = Variable<"f64[]">;

/** A small system as tapes with scalar t and arrays y, p, out. */
export interface CurveSystem {
  readonly name: string;
  readonly states: readonly string[];
  readonly parameters: number;
  readonly rhs: Tape;
  readonly jacobian: Tape;
  readonly pattern: SparsePattern;
  /** df/dt, where the right-hand sides depend on time. */
  readonly timeDerivative?: Tape;
  readonly outputNames: readonly string[];
  readonly outputs: Tape;
}

export type CurveMethod = "tsit5" | "rodas5p";

export interface CurveMembersOptions extends MembersOptions {
  readonly method: CurveMethod;
  readonly from: number;
  /** State s of member m at y[m * states + s]. */
  readonly y: Float64Array;
  /** Parameter q of member m at parameters[m * system.parameters + q]. */
  readonly parameters: Float64Array;
  /** Tolerance of the local error: relative, and absolute for each state. */
  readonly relative: number;
  readonly absolute: Float64Array;
}

/** Members of a record. */
const PER_RECORD = 32;
/** Programs made, by system and method. */
const made = new WeakMap<CurveSystem, Map<CurveMethod, Program>>();
/** Members side by side. */
const LANES = 4;
/** Most instructions of an attempt. */
const MOST_INSTRUCTIONS = 12_000;
const STUCK = 2;

/** Places in the record. */
const CURSOR = HEAD;
const MEMBERS = HEAD + 1;
const FROM = HEAD + 2;
const ACTIVE = HEAD + 3;
const RELATIVE = HEAD + 4;
const OWN = HEAD + 8;

function instructions(system: CurveSystem, method: CurveMethod, lu: StaticLU | undefined): number {
  const n = system.states.length;
  const rhs = system.rhs.op.length;
  if (method === "tsit5") return 7 * rhs + 21 * 2 * n;
  const time = system.timeDerivative?.op.length ?? 0;
  return 8 * rhs + system.jacobian.op.length + time + lu!.factor.op.length + 8 * lu!.solve.op.length + 56 * 4 * n;
}

/** Does the code of a method stay small enough? */
export function membersFit(system: CurveSystem, method: CurveMethod): boolean {
  if (system.states.length === 0 || system.rhs.op.length > MOST_INSTRUCTIONS) return false;
  const lu = method === "rodas5p" ? staticLU(system.pattern, MOST_INSTRUCTIONS) : undefined;
  if (method === "rodas5p" && lu === undefined) return false;
  return instructions(system, method, lu) <= MOST_INSTRUCTIONS;
}

/** Rows of a lane: quantity r of lane j at lanes[r * LANES + j]. */
class Rows {
  #next = 0;
  readonly #n: number;
  readonly y: number;
  readonly p: number;
  readonly absolute: number;
  readonly next: number;
  readonly k: number;
  readonly t: number;
  readonly h: number;
  readonly error: number;
  readonly member: number;
  readonly output: number;
  readonly relative: number;

  constructor(n: number, parameters: number, stages: number) {
    this.#n = n;
    this.y = this.#take(n);
    this.p = this.#take(parameters);
    this.absolute = this.#take(n);
    this.next = this.#take(n);
    this.k = this.#take(stages * n);
    [this.t, this.h, this.error, this.member, this.output, this.relative] = [1, 1, 1, 1, 1, 1].map((one) => this.#take(one)); // oxfmt-ignore
  }

  #take(rows: number): number {
    this.#next += rows;
    return this.#next - rows;
  }

  stage(i: number, s: number): number {
    return this.k + i * this.#n + s;
  }

  get length(): number {
    return this.#next * LANES;
  }
}

const place = (row: number, j: Expression): Expression => (row === 0 ? j : add(j, row * LANES));

/** Writes a tape with given values of its arrays; returns what it stores. */
function inline(k: Block, tape: Tape, t: Expression, load: (array: number, index: number) => Expression, count: number): Expression[] {
  const values: Expression[] = Array.from({ length: count }, () => f64(0));
  structureTape(tape, k, {
    scalar: () => t,
    load,
    store: (_array, index, value) => (values[index] = value.kind === "constant" ? value : k.let("r", value)),
  });
  return values;
} // oxfmt-ignore

/** sum of weights[i] * terms[i], weights that are 0 left out. */
function weighted(weights: readonly number[], terms: readonly Expression[]): Expression | undefined {
  let sum: Expression | undefined;
  weights.forEach((weight, i) => {
    if (weight === 0) return;
    const part = weight === 1 ? terms[i] : mul(weight, terms[i]);
    sum = sum === undefined ? part : add(sum, part);
  });
  return sum;
}

/** The root mean square of the errors in units of the tolerances. */
function norm(k: Block, lanes: Numbers, j: Expression, rows: Rows, y: readonly Expression[], next: readonly Expression[], errors: readonly Expression[]): Expression {
  const relative = k.let("relative", at(lanes, place(rows.relative, j)));
  let sum: Expression = f64(0);
  errors.forEach((error, s) => {
    const scale = add(at(lanes, place(rows.absolute + s, j)), mul(relative, max(abs(y[s]), abs(next[s]))));
    const part = k.let("part", div(error, scale));
    sum = k.let("sum", add(sum, mul(part, part)));
  });
  return sqrt(mul(sum, 1 / errors.length));
} // oxfmt-ignore

/** An attempt of Tsit5 in all lanes; its first stage is there. */
function attemptTsit5(system: CurveSystem, rows: Rows): StructuredFunction {
  const n = system.states.length;
  return fn("attempt", { lanes: "f64[]" }, undefined, ({ lanes }, k) =>
    k.for("j", 0, LANES, (j) => {
      const t = k.let("t", at(lanes, place(rows.t, j)));
      const h = k.let("h", at(lanes, place(rows.h, j)));
      const y = system.states.map((_, s) => k.let("y", at(lanes, place(rows.y + s, j))));
      const stages: Expression[][] = [y.map((_, s) => k.let("k", at(lanes, place(rows.stage(0, s), j))))];
      let next: Expression[] = y;
      for (let i = 1; i < 7; i++) {
        next = y.map((value, s) =>
          k.let("Y", add(value, mul(h, weighted(tsit5.a[i], stages.map((stage) => stage[s]))!))),
        ); // oxfmt-ignore
        const time = k.let("ti", add(t, mul(tsit5.c[i], h)));
        const state = next;
        const slope = inline(k, system.rhs, time, (array, index) => array === 0 ? state[index] : at(lanes, place(rows.p + index, j)), n); // oxfmt-ignore
        slope.forEach((value, s) => k.store(lanes, place(rows.stage(i, s), j), value));
        stages.push(slope);
      }
      const errors = y.map((_, s) => k.let("e", mul(h, weighted(tsit5.e, stages.map((stage) => stage[s]))!))); // oxfmt-ignore
      next.forEach((value, s) => k.store(lanes, place(rows.next + s, j), value));
      k.store(lanes, place(rows.error, j), norm(k, lanes, j, rows, y, next, errors));
    }),
  );
}

/** An attempt of Rodas5P in all lanes; formulas in rodas5p.tableau.ts. */
function attemptRodas5p(system: CurveSystem, rows: Rows, lu: StaticLU): StructuredFunction {
  const n = system.states.length;
  const { a, c, C, d, gamma } = rodas5p;
  return fn("attempt", { lanes: "f64[]" }, undefined, ({ lanes }, k) =>
    k.for("j", 0, LANES, (j) => {
      const t = k.let("t", at(lanes, place(rows.t, j)));
      const h = k.let("h", at(lanes, place(rows.h, j)));
      const over = k.let("over", div(1, h));
      const scale = k.let("scale", mul(h, gamma));
      const y = system.states.map((_, s) => k.let("y", at(lanes, place(rows.y + s, j))));
      const from = (state: readonly Expression[]) => (array: number, index: number): Expression =>
        array === 0 ? state[index] : at(lanes, place(rows.p + index, j)); // oxfmt-ignore
      const J = inline(k, system.jacobian, t, from(y), system.pattern.rowIdx.length);
      const time = system.timeDerivative && inline(k, system.timeDerivative, t, from(y), n);
      const factors = inline(k, lu.factor, scale, (_array, index) => J[index], lu.length);
      const stages: Expression[][] = [];
      let stage: Expression[] = y;
      for (let i = 0; i < 8; i++) {
        if (i > 0) {
          // The last two stages continue the one before.
          const before: Expression[] = stage;
          stage = y.map((value, s) =>
            k.let("Y", i >= 6 ? add(before[s], stages[i - 1][s]) : add(value, weighted(a[i], stages.map((each) => each[s]))!)),
          ); // oxfmt-ignore
        }
        const slope = inline(k, system.rhs, c[i] === 0 ? t : k.let("ti", add(t, mul(c[i], h))), from(stage), n);
        const right = slope.map((value, s) => {
          let sum = value;
          const history = weighted(C[i], stages.map((each) => each[s])); // oxfmt-ignore
          if (history !== undefined) sum = add(sum, mul(over, history));
          if (time !== undefined && d[i] !== 0) sum = add(sum, mul(mul(d[i], h), time[s]));
          return k.let("b", mul(sum, scale));
        });
        const solved = inline(k, lu.solve, t, (array, index) => (array === 0 ? factors[index] : right[index]), n);
        solved.forEach((value, s) => k.store(lanes, place(rows.stage(i, s), j), value));
        stages.push(solved);
      }
      const errors = stages[7];
      const next = stage.map((value, s) => k.let("next", add(value, errors[s])));
      next.forEach((value, s) => k.store(lanes, place(rows.next + s, j), value));
      const size = norm(k, lanes, j, rows, y, next, errors);
      k.store(lanes, place(rows.error, j), select(gt(factors[lu.length - 1], 0), size, Infinity));
    }),
  );
}

/** Weights of the dense output of Tsit5 at s, as `denseWeights` of its tableau. */
function tsit5Weights(k: Block, s: Expression): Expression[] {
  const s2 = k.let("s2", mul(s, s));
  const quadratic = (p: number, q: number): Expression => add(sub(s2, mul(p, s)), q);
  const roots = (factor: number, p: number, q: number): Expression => mul(mul(mul(factor, sub(s, p)), sub(s, q)), s2);
  return [
    mul(mul(mul(-1.0530884977290216, s), sub(s, 1.329989018975141)), quadratic(1.4364028541716351, 0.7139816917074209)),
    mul(mul(0.1017, s2), quadratic(2.1966568338249754, 1.2949852507374631)),
    mul(mul(2.490627285651252793, s2), quadratic(2.38535645472061657, 1.57803468208092486)),
    roots(-16.54810288924490272, 1.21712927295533244, 0.61620406037800089),
    roots(47.37952196281928122, 1.203071208372362603, 0.658047292653547382),
    roots(-34.87065786149660974, 1.2, 0.666666666666666667),
    roots(2.5, 1, 0.6),
  ].map((weight) => k.let("weight", weight));
}

function curveProgram(system: CurveSystem, method: CurveMethod, rows: Rows, perRecord: number, stride: number, at0: { lanes: number; y0: number; p0: number; point: number; scratch: number }): Program {
  const n = system.states.length;
  const width = system.outputNames.length;
  const stages = method === "tsit5" ? 7 : 8;
  const order = 5;
  const attempt =
    method === "tsit5"
      ? attemptTsit5(system, rows)
      : attemptRodas5p(system, rows, staticLU(system.pattern, MOST_INSTRUCTIONS)!);
  const outputs = termFunction(system.outputs);
  const rhs = termFunction(system.rhs);
  /** Gives lane j the next member, or none. */
  const fill = fn("fill", { record: "f64[]", j: "i32", count: "i32", times: "f64[]", out: "f64[]" }, undefined, ({ record, j, count, times, out }, k) => {
    const lanes = k.view("cells", record, at0.lanes);
    const cursor = k.let("cursor", at(record, CURSOR));
    k.if(ge(cursor, at(record, MEMBERS)), () => {
      k.store(lanes, place(rows.member, j), -1);
      k.store(record, ACTIVE, sub(at(record, ACTIVE), 1));
      k.return();
    });
    k.store(record, CURSOR, add(cursor, 1));
    const member = k.let("member", toI32(cursor));
    const y = k.view("start", record, add(mul(member, n), at0.y0));
    const p = k.view("given", record, add(mul(member, system.parameters), at0.p0));
    const point = k.view("point", record, at0.point);
    const scratch = k.view("scratch", record, at0.scratch);
    const from = k.let("from", at(record, FROM));
    for (let q = 0; q < system.parameters; q++) k.store(lanes, place(rows.p + q, j), at(p, q));
    k.do(rhs, from, y, p, point, scratch);
    const [size, slope] = [k.let("size", 0), k.let("slope", 0)];
    const relative = k.let("relative", at(record, RELATIVE));
    k.for("s", 0, n, (s) => {
      const value = k.let("value", at(y, s));
      k.store(lanes, add(mul(add(s, rows.y), LANES), j), value);
      k.store(lanes, add(mul(add(s, rows.k), LANES), j), at(point, s));
      const scale = k.let("scale", add(at(lanes, add(mul(add(s, rows.absolute), LANES), j)), mul(relative, abs(value))));
      k.set(size, max(size, div(abs(value), scale)));
      k.set(slope, max(slope, div(abs(at(point, s)), scale)));
    });
    const next = k.let("next", i32(0));
    k.while(lt(next, count), () => {
      k.if(gt(at(times, next), from), () => k.break());
      const row = k.view("row", out, mul(add(mul(member, count), next), width));
      k.do(outputs, at(times, next), y, p, row, scratch);
      k.set(next, add(next, 1));
    });
    const span = k.let("span", sub(at(times, sub(count, 1)), from));
    // The first step changes the state by a hundredth, or by a hundred tolerances where it is small.
    const h = k.let("h", select(gt(slope, 0), div(mul(0.01, max(size, 1)), slope), mul(0.01, span)));
    k.store(lanes, place(rows.t, j), from);
    k.store(lanes, place(rows.h, j), min(h, mul(0.1, span)));
    k.store(lanes, place(rows.relative, j), relative);
    k.store(lanes, place(rows.member, j), cursor);
    k.store(lanes, place(rows.output, j), toF64(next));
  }); // oxfmt-ignore
  const finish = fn("finish", { record: "f64[]", j: "i32", count: "i32", times: "f64[]", out: "f64[]" }, undefined, ({ record, j, count, times, out }, k) => {
    const lanes = k.view("cells", record, at0.lanes);
    const cell = (row: Expression): Expression => add(mul(row, LANES), j);
    const error = k.let("error", at(lanes, place(rows.error, j)));
    const t = k.let("t", at(lanes, place(rows.t, j)));
    const h = k.let("h", at(lanes, place(rows.h, j)));
    const member = k.let("member", toI32(at(lanes, place(rows.member, j))));
    const end = k.let("end", at(times, sub(count, 1)));
    const factor = k.let("factor", select(lt(error, Infinity), min(8, max(0.2, mul(0.9, ir.math("pow", max(error, 1e-12), -1 / order)))), 0.2)); // oxfmt-ignore
    k.if(le(error, 1), () => {
      const through = k.let("through", ge(h, mul(sub(end, t), 1 - 1e-12)));
      const after = k.let("after", select(through, end, add(t, h)));
      const next = k.let("next", toI32(at(lanes, place(rows.output, j))));
      const p = k.view("given", record, add(mul(member, system.parameters), at0.p0));
      const point = k.view("point", record, at0.point);
      const scratch = k.view("scratch", record, at0.scratch);
      k.while(lt(next, count), () => {
        const time = k.let("time", at(times, next));
        k.if(gt(time, after), () => k.break());
        const s = k.let("s", min(1, div(sub(time, t), h)));
        const rest = k.let("rest", sub(1, s));
        const weights = method === "tsit5" ? tsit5Weights(k, s) : [];
        k.for("i", 0, n, (i) => {
          const value = k.let("value", at(lanes, cell(add(i, rows.y))));
          const stage = Array.from({ length: stages }, (_, r) => k.let("stage", at(lanes, cell(add(i, rows.k + r * n)))));
          if (method === "tsit5") {
            let sum: Expression = mul(weights[0], stage[0]);
            for (let r = 1; r < stages; r++) sum = add(sum, mul(weights[r], stage[r]));
            k.store(point, i, add(value, mul(h, sum)));
          } else {
            const [q1, q2, q3] = rodas5p.dense.map((row) => k.let("q", weighted(row, stage)!));
            const inner = add(q1, mul(s, add(q2, mul(s, q3))));
            k.store(point, i, add(mul(rest, value), mul(s, add(at(lanes, cell(add(i, rows.next))), mul(rest, inner)))));
          }
        });
        const row = k.view("row", out, mul(add(mul(member, count), next), width));
        k.do(outputs, time, point, p, row, scratch);
        k.set(next, add(next, 1));
      });
      k.store(record, STEPS, add(at(record, STEPS), 1));
      k.if(ge(next, count), () => {
        k.do(fill, record, j, count, times, out);
        k.return();
      });
      k.for("i", 0, n, (i) => {
        k.store(lanes, cell(add(i, rows.y)), at(lanes, cell(add(i, rows.next))));
        if (method === "tsit5") k.store(lanes, cell(add(i, rows.k)), at(lanes, cell(add(i, rows.k + 6 * n))));
      });
      k.store(lanes, place(rows.t, j), after);
      k.store(lanes, place(rows.output, j), toF64(next));
      const wanted = k.let("wanted", mul(h, factor));
      const left = k.let("left", sub(end, after));
      // No tiny last step: what remains is one step, or two halves.
      k.store(lanes, place(rows.h, j), select(ge(wanted, left), left, select(ge(mul(2, wanted), left), mul(0.5, left), wanted))); // oxfmt-ignore
    }, () => {
      const wanted = k.let("wanted", mul(h, min(factor, 0.9)));
      k.store(lanes, place(rows.h, j), wanted);
      k.store(record, COUNT, add(at(record, COUNT), 1));
      k.if(not(gt(wanted, mul(1e-14, add(abs(t), mul(1e-6, abs(sub(end, t))))))), () => {
        k.store(record, STATUS, STUCK);
        k.store(record, DETAIL, toF64(member));
        k.store(record, DETAIL2, t);
      });
    });
  }); // oxfmt-ignore
  const advance = fn(
    "advance",
    { from: "i32", to: "i32", fuel: "i32", count: "i32", members: "i32", records: "f64[]", times: "f64[]", out: "f64[]", table: "i32[]" },
    undefined,
    ({ from, to, fuel, count, records, times, out: all }, k) => {
      k.for("r", from, to, (r) => {
        const record = k.view("record", records, mul(r, stride));
        k.if(eq(at(record, STATUS), RUNNING), () => {
          const out = k.view("own", all, mul(mul(r, count), perRecord * width));
          const lanes = k.view("cells", record, at0.lanes);
          k.if(lt(at(record, ACTIVE), 0), () => {
            k.store(record, ACTIVE, LANES);
            k.for("j", 0, LANES, (j) => k.do(fill, record, j, count, times, out));
          });
          k.for("attempts", 0, fuel, () => {
            k.do(attempt, lanes);
            k.for("j", 0, LANES, (j) => k.if(ge(at(lanes, place(rows.member, j)), 0), () => k.do(finish, record, j, count, times, out)));
            k.if(not(and(gt(at(record, ACTIVE), 0), eq(at(record, STATUS), RUNNING))), () => k.break());
          });
          k.if(and(le(at(record, ACTIVE), 0), eq(at(record, STATUS), RUNNING)), () => k.store(record, STATUS, DONE_STATUS));
          k.store(record, NEXT, mul(toF64(count), div(at(record, CURSOR), at(record, MEMBERS))));
        });
      });
    },
  ); // oxfmt-ignore
  let whole = share(expandMath(wholeProgram("curves", advance), specialFunctions, 1));
  whole = share(vectorise(whole, { distinct: new Set(["lanes"]) }));
  return hoist(contract(whole));
} // oxfmt-ignore

/** Runs all members. Fails (Failure) where a member cannot go on, naming it. */
export async function runCurves(system: CurveSystem, options: CurveMembersOptions): Promise<MembersResult> {
  const { method, from, y, parameters, relative, absolute } = options;
  const n = system.states.length;
  const rows = new Rows(n, system.parameters, method === "tsit5" ? 7 : 8);
  const perRecord = PER_RECORD;
  const lanes = 2 * Math.ceil(OWN / 2);
  const y0 = lanes + rows.length;
  const p0 = y0 + perRecord * n;
  const point = p0 + perRecord * system.parameters;
  const scratch = point + n;
  const stride = 2 * Math.ceil((scratch + scratchOf(system.rhs, system.outputs)) / 2);
  const known = made.get(system) ?? new Map<CurveMethod, Program>();
  made.set(system, known);
  const program =
    known.get(method) ?? curveProgram(system, method, rows, perRecord, stride, { lanes, y0, p0, point, scratch });
  known.set(method, program);
  const code: MemberCode = {
    program,
    stride,
    perRecord,
    outputs: system.outputNames.length,
    table: new Int32Array(),
    stepSeconds: 1e-9 * LANES * (50 + system.rhs.op.length * 4),
    begin(first, count, record) {
      record[MEMBERS] = count;
      record[ACTIVE] = -1;
      record[FROM] = from;
      record[RELATIVE] = relative;
      for (let s = 0; s < n; s++)
        record.fill(absolute[s], lanes + (rows.absolute + s) * LANES, lanes + (rows.absolute + s + 1) * LANES);
      record.set(y.subarray(first * n, (first + count) * n), y0);
      record.set(parameters.subarray(first * system.parameters, (first + count) * system.parameters), p0);
    },
    failure: (_status, first, record) =>
      new Failure(
        "numeric",
        `member ${first + record[DETAIL] + 1}: the steps become too small at t = ${record[DETAIL2]}`,
        {
          hint: "The solution may have a singularity there; look at this member alone.",
        },
      ),
  };
  return runMembers(code, options);
}
