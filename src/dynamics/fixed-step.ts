// Programs that take many steps of an explicit Runge-Kutta method by themselves: for one system, and for an ensemble of systems
// that differ in their initial values and parameters. A step is straight-line code, all stages in turn:
//   Y_i = y + sum_j (h a_ij) k_j,  k_i = f(t + c_i h, Y_i),  y' = y + sum_i (h b_i) k_i,  sums from left to right, t = t0 + step h.
// Of an ensemble (structure of arrays, state s of member j at y[s m + j]) a block of members is brought into contiguous memory
// that stays in the first cache; then each step is a loop over its members, which the pass `vectorise` runs in lanes.
// Systems too large for that call their right-hand side as a tape, member after member.
// Left out: error estimates, dense output, implicit methods.
import {
  contract,
  expandMath,
  fn,
  hoist,
  ir,
  type MathLibrary,
  program,
  type Program,
  share,
  structureTape,
  type Tape,
  tapeFunction,
  vectorise,
  type VectoriseReport,
} from "../compile/index.ts";
import type { Block } from "../compile/index.ts";
import type { Expression, StructuredFunction, Variable } from "../compile/ir.ts";
import type { ExplicitTableau } from "./fixed-step.tableau.ts";

const { add, at, mul, toF64 } = ir;

/** Most instructions of all stages for which a step becomes straight-line code. */
const MOST_INLINE = 8000;
/** Numbers of a block of members: 16 KiB, half of the smallest first cache. */
const BLOCK_NUMBERS = 2048;

export interface FixedStepCode {
  /** Right-hand side: scalar t, arrays y, p (read) and dy. */
  readonly tape: Tape;
  readonly states: number;
  readonly parameters: number;
  /** Of each parameter: members have their own values. */
  readonly varying: readonly boolean[];
  readonly tableau: ExplicitTableau;
  readonly functions?: MathLibrary;
  readonly ulp: number;
  readonly strict: boolean;
  readonly lanes: boolean;
}

/** Numbers of the arrays that a run needs besides its states and parameters. */
export interface FixedStepRoom {
  /** Straight-line code; else the functions take arrays `work` and `scratch` as well. */
  readonly inline: boolean;
  /** Members of a block. */
  readonly members: number;
  readonly block: number;
  readonly work: number;
}

export function fixedStepRoom({ tape, tableau, states, parameters, varying }: FixedStepCode): FixedStepRoom {
  const inline = tape.op.length * tableau.b.length <= MOST_INLINE;
  if (!inline) return { inline, members: 1, block: states + parameters, work: states * (tableau.b.length + 1) };
  const rows = states + varying.filter(Boolean).length;
  let members = Math.max(8, Math.min(256, 4 * Math.floor(BLOCK_NUMBERS / rows / 4)));
  // Rows 2 KiB apart would share cache sets.
  if (members % 64 === 0) members -= 4;
  return { inline, members, block: rows * members, work: 0 };
}

/**
 * Functions `run(steps, t0, h, y, q)`, for one system with parameters q, and
 * `members(m, from, to, steps, t0, h, y, p, q, block)`, for members from ... to - 1 of m: parameters that vary in p as the states in y, the
 * others in q (indexed as all parameters). Where the code is not inline, both take `work` and `scratch` at the end.
 */
export function fixedStepProgram(code: FixedStepCode): { program: Program; loops: VectoriseReport } {
  const loops: VectoriseReport = { done: [], left: [] };
  const room = fixedStepRoom(code);
  if (!room.inline) return { program: callingProgram(code), loops };
  let result = program("fixedStep", runInline(code), membersInline(code, room.members));
  if (code.functions) result = expandMath(result, code.functions, code.ulp);
  result = share(result);
  if (code.lanes) result = vectorise(result, { distinct: new Set(["block"]) }, loops);
  result = share(result);
  if (!code.strict) result = contract(result);
  return { program: hoist(result), loops };
}

/** Products of the step size with the coefficients of the method, and the times of the stages. */
class Coefficients {
  readonly a: readonly (readonly (Expression | undefined)[])[];
  readonly b: readonly (Expression | undefined)[];
  readonly #c: readonly (Expression | undefined)[];

  constructor(k: Block, { a, b, c }: ExplicitTableau, h: Expression) {
    const known = new Map<number, Expression>();
    const times = (value: number): Expression | undefined => {
      if (value === 0) return undefined;
      let product = known.get(value);
      if (!product) known.set(value, (product = value === 1 ? h : k.let("hc", mul(h, value))));
      return product;
    };
    this.a = a.map((row) => row.map(times));
    this.b = b.map(times);
    this.#c = c.map(times);
  }

  /** Time of each stage of the step from t. */
  times(k: Block, t: Expression): Expression[] {
    const known = new Map<Expression, Expression>();
    return this.#c.map((shift) => {
      if (!shift) return t;
      let time = known.get(shift);
      if (!time) known.set(shift, (time = k.let("t", add(t, shift))));
      return time;
    });
  }
}

/** Straight-line code of one step; returns the new state. */
function step(
  k: Block,
  { tape, tableau, states }: FixedStepCode,
  { a, b }: Coefficients,
  times: readonly Expression[],
  y: readonly Expression[],
  parameter: (j: number) => Expression,
): Expression[] {
  const slopes: Expression[][] = [];
  let next = [...y];
  tableau.b.forEach((_, i) => {
    const stage = y.map((value, s) => {
      let sum = value;
      a[i].forEach((factor, j) => {
        if (factor) sum = add(sum, mul(factor, slopes[j][s]));
      });
      return sum === value ? value : k.let("Y", sum);
    });
    const slope: Expression[] = Array.from({ length: states }, () => ir.f64(0));
    structureTape(tape, k, {
      scalar: () => times[i],
      load: (array, index) => (array === 0 ? stage[index] : parameter(index)),
      store: (_array, index, value) => (slope[index] = value.kind === "constant" ? value : k.let("k", value)),
    });
    slopes.push(slope);
    // Added up as they come, so that few values are alive at a time.
    if (b[i]) next = next.map((sum, s) => k.let("next", add(sum, mul(b[i]!, slope[s]))));
  });
  return next;
}

function runInline(code: FixedStepCode): StructuredFunction {
  return fn(
    "run",
    { steps: "i32", t0: "f64", h: "f64", y: "f64[]", q: "f64[]" },
    undefined,
    ({ steps, t0, h, y, q }, k) => {
      const coefficients = new Coefficients(k, code.tableau, h);
      const parameters = Array.from({ length: code.parameters }, (_, j) => k.let("q", at(q, j)));
      const state = Array.from({ length: code.states }, (_, s) => k.let("y", at(y, s)));
      k.for("step", 0, steps, (i) => {
        const times = coefficients.times(k, k.let("t", add(t0, mul(toF64(i), h))));
        const next = step(k, code, coefficients, times, state, (j) => parameters[j]);
        next.forEach((value, s) => k.set(state[s], value));
      });
      state.forEach((value, s) => k.store(y, s, value));
    },
  );
}

function membersInline(code: FixedStepCode, size: number): StructuredFunction {
  const { states, varying } = code;
  const rows = varying.flatMap((own, j) => (own ? [j] : []));
  return fn(
    "members",
    {
      m: "i32",
      from: "i32",
      to: "i32",
      steps: "i32",
      t0: "f64",
      h: "f64",
      y: "f64[]",
      p: "f64[]",
      q: "f64[]",
      block: "f64[]",
    },
    undefined,
    ({ m, from, to, steps, t0, h, y, p, q, block }, k) => {
      const coefficients = new Coefficients(k, code.tableau, h);
      const common = varying.map((own, j) => (own ? undefined : k.let("q", at(q, j))));
      const each = (array: Variable<"f64[]">, count: number, offset: number, first: Expression, n: Expression, out: boolean): void => {
        for (let s = 0; s < count; s++) {
          const outside = k.view("outside", array, add(mul(m, s), first));
          k.for("j", 0, n, (j) => {
            const inside = add(j, (offset + s) * size);
            if (out) k.store(outside, j, at(block, inside));
            else k.store(block, inside, at(outside, j));
          });
        }
      }; // oxfmt-ignore
      k.for(
        "first",
        from,
        to,
        (first) => {
          const n = k.let("n", ir.min(ir.sub(to, first), size));
          each(y, states, 0, first, n, false);
          each(p, rows.length, states, first, n, false);
          k.for("step", 0, steps, (i) => {
            const times = coefficients.times(k, k.let("t", add(t0, mul(toF64(i), h))));
            k.for("j", 0, n, (j) => {
              const place = (row: number): Expression => (row === 0 ? j : add(j, row * size));
              const state = Array.from({ length: states }, (_, s) => k.let("y", at(block, place(s))));
              const own = new Map<number, Expression>();
              const parameter = (index: number): Expression => {
                let value = common[index] ?? own.get(index);
                // Read where it is first used; parameters are not written.
                if (!value) own.set(index, (value = at(block, place(states + rows.indexOf(index)))));
                return value;
              };
              const next = step(k, code, coefficients, times, state, parameter);
              next.forEach((value, s) => k.store(block, place(s), value));
            });
          });
          each(y, states, 0, first, n, true);
        },
        size,
      );
    },
  );
}

/** For large systems: the right-hand side is called, vectors lie in memory. */
function callingProgram(code: FixedStepCode): Program {
  const { states: n, parameters, varying, tableau } = code;
  const rhs = tapeFunction(code.tape);
  const run = fn(
    "run",
    { steps: "i32", t0: "f64", h: "f64", y: "f64[]", q: "f64[]", work: "f64[]", scratch: "f64[]" },
    undefined,
    ({ steps, t0, h, y, q, work, scratch }, k) => {
      const coefficients = new Coefficients(k, tableau, h);
      const stage = k.view("stage", work, 0);
      const slopes = tableau.b.map((_, i) => k.view("k", work, (i + 1) * n));
      const combine = (to: Variable<"f64[]">, factors: readonly (Expression | undefined)[]): void =>
        k.for("s", 0, n, (s) => {
          let sum = at(y, s);
          factors.forEach((factor, j) => {
            if (factor) sum = add(sum, mul(factor, at(slopes[j], s)));
          });
          k.store(to, s, sum);
        });
      k.for("step", 0, steps, (i) => {
        const times = coefficients.times(k, k.let("t", add(t0, mul(toF64(i), h))));
        tableau.b.forEach((_, j) => {
          combine(stage, coefficients.a[j]);
          k.do(rhs, times[j], stage, q, slopes[j], scratch);
        });
        combine(y, coefficients.b);
      });
    },
  );
  const members = fn(
    "members",
    {
      m: "i32",
      from: "i32",
      to: "i32",
      steps: "i32",
      t0: "f64",
      h: "f64",
      y: "f64[]",
      p: "f64[]",
      q: "f64[]",
      block: "f64[]",
      work: "f64[]",
      scratch: "f64[]",
    },
    undefined,
    ({ m, from, to, steps, t0, h, y, p, q, block, work, scratch }, k) => {
      const own = k.view("own", block, n);
      k.for("j", 0, parameters, (j) => k.store(own, j, at(q, j)));
      k.for("member", from, to, (member) => {
        k.for("s", 0, n, (s) => k.store(block, s, at(y, add(mul(s, m), member))));
        let row = 0;
        varying.forEach((is, j) => {
          if (is) k.store(own, j, at(p, add(mul(m, row++), member)));
        });
        k.do(run, steps, t0, h, block, own, work, scratch);
        k.for("s", 0, n, (s) => k.store(y, add(mul(s, m), member), at(block, s)));
      });
    },
  );
  return program("fixedStep", run, members);
}
