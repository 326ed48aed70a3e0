// Stages of one-step methods as one compiled function: right-hand sides, Jacobian, factorisation, solves, vector work and
// the error norm run in the module; JavaScript is crossed once a step, to choose the next step size.
// For systems made of tapes whose matrix code stays small; others take the general path of the steppers.
import {
  compileProgramSync,
  fn,
  ir,
  type Kernels,
  program,
  type StructuredFunction,
  tapeFunction,
  type TapeFunction,
} from "../compile/index.ts";
import { staticLU } from "../linear/static-lu.ts";
import { elements } from "./lanes.ts";
import type { OdeSystem, SystemCode, Tolerances } from "./system.ts";
import type { RosenbrockName, RosenbrockTableau } from "./tableau.ts";

const { abs, add, at, div, f64, i32, max, mul, not, gt, slice, sqrt } = ir;

/** Most instructions of right-hand side and Jacobian, and operations of a factorisation, for which code is made. */
export const MOST_INSTRUCTIONS = 60_000;
const MOST_OPERATIONS = 120_000;

/** Memory and call of a compiled step. */
export interface CompiledStages {
  /** k[i]: stage vectors. */
  readonly k: readonly Float64Array[];
  readonly y: Float64Array;
  /** The new state after an attempt. */
  readonly next: Float64Array;
  /** f(t, y) after an attempt that was `fresh`. */
  readonly f0: Float64Array;
  /** Vectors of the dense output of the last attempt (Rosenbrock: q_1, q_2, q_3), formed by `formDense`. */
  readonly dense: readonly Float64Array[];
  formDense(): void;
  /** b = (I - h gamma J)^-1 b with the factors of the last attempt. */
  solve(b: Float64Array): void;
  /** Error in units of the tolerance; NaN or infinite where it failed, negative where a pivot was too small. */
  attempt(t: number, h: number, fresh: boolean): number;
}

const made = new WeakMap<SystemCode, Map<string, { kernels: Kernels; luLength: number } | undefined>>();

/** Compiled stages of a Rosenbrock method for this system, or undefined where they do not fit. */
export function rodasStages(
  name: RosenbrockName,
  tableau: RosenbrockTableau,
  system: OdeSystem,
  tolerances: Tolerances,
): CompiledStages | undefined {
  const { code } = system;
  if (
    code === undefined ||
    system.mass !== undefined ||
    code.rhs.tape.op.length + code.jacobian.tape.op.length > MOST_INSTRUCTIONS
  )
    return undefined;
  const known = cached(code, name, () => {
    const lu = staticLU(system.pattern, MOST_OPERATIONS);
    if (lu === undefined) return undefined;
    const factor = tapeFunction(lu.factor);
    const solve = tapeFunction(lu.solve);
    const step = rodasFunction(tableau, system.n, code, factor, solve, lu.length);
    return {
      kernels: compileProgramSync(program(name, step, denseFunction(system.n, tableau)), {
        runtime: code.runtime,
        target: code.target,
        functions: code.functions,
      }),
      luLength: lu.length,
    };
  });
  if (known === undefined) return undefined;
  const { kernels, luLength } = known;
  const { n } = system;
  const names = [code.rhs, code.jacobian, code.timeDerivative].flatMap((f) => (f === undefined ? [] : [f.name]));
  const scratch = Math.max(
    1,
    ...names.map((name) => kernels.scratchLength(name)),
    kernels.scratchLength("factor"),
    kernels.scratchLength("solve"),
  );
  const memory = resident(system, [
    n,
    n,
    n,
    n,
    n,
    n,
    n,
    8 * n,
    Math.max(1, system.pattern.rowIdx.length),
    luLength,
    n,
    scratch,
    3 * n,
  ]);
  if (memory === undefined) return undefined;
  const [y, next, stage, f, f0, ft, b, k, J, lu, absolute, work, q] = memory;
  absolute.set(tolerances.absolute);
  const raw = kernels.raw.step;
  const arrays = [y, code.parameters, next, stage, f, f0, ft, b, k, J, lu, absolute, work].map(
    (array) => array.byteOffset,
  );
  return {
    k: Array.from({ length: 8 }, (_, i) => k.subarray(i * n, (i + 1) * n)),
    y,
    next,
    f0,
    dense: [0, 1, 2].map((r) => q.subarray(r * n, (r + 1) * n)),
    solve: (right) => {
      b.set(right);
      kernels.raw.solve(lu.byteOffset, b.byteOffset, stage.byteOffset, work.byteOffset);
      right.set(stage);
    },
    formDense: () => void kernels.raw.dense(k.byteOffset, q.byteOffset),
    attempt: (t, h, fresh) => raw(t, h, tolerances.relative, fresh ? 1 : 0, ...arrays),
  };
}

/** What `make` gives, made once for each name. */
export function cached<T>(code: SystemCode, name: string, make: () => T): T {
  let of = made.get(code) as Map<string, T> | undefined;
  if (of === undefined) made.set(code, (of = new Map()) as never);
  if (!of.has(name)) of.set(name, make());
  return of.get(name)!;
}

/** Vectors of these lengths in the system's memory; undefined if there is no room. */
export function resident(system: OdeSystem, lengths: readonly number[]): Float64Array[] | undefined {
  const buffer = system.code!.runtime.memory.buffer;
  const vectors = lengths.map((length) => system.vector(length));
  return vectors.every((vector) => vector.buffer === buffer) ? vectors : undefined;
}

/** q_r = sum over j of dense[r][j] k_j */
function denseFunction(n: number, tableau: RosenbrockTableau): StructuredFunction {
  return fn("dense", { k: "f64[]", q: "f64[]" }, undefined, ({ k, q }, block) => {
    tableau.dense.forEach((weights, r) =>
      elements(block, n, `l${r}`, (l, { load, number }) => {
        let sum = mul(number(f64(weights[0])), load(k, l));
        for (let j = 1; j < 8; j++) sum = add(sum, mul(number(f64(weights[j])), load(k, add(l, i32(j * n)))));
        block.store(q, add(l, i32(r * n)), sum);
      }),
    );
  });
}

/** One attempt of a Rosenbrock method; formulas in rodas5p.tableau.ts. */
function rodasFunction(
  tableau: RosenbrockTableau,
  n: number,
  code: SystemCode,
  factor: TapeFunction,
  solve: TapeFunction,
  luLength: number,
): StructuredFunction {
  const { a, c, C, d, gamma } = tableau;
  const names = {
    y: "f64[]",
    p: "f64[]",
    next: "f64[]",
    stage: "f64[]",
    f: "f64[]",
    f0: "f64[]",
    ft: "f64[]",
    b: "f64[]",
    k: "f64[]",
    J: "f64[]",
    lu: "f64[]",
    absolute: "f64[]",
    work: "f64[]",
  } as const;
  return fn(
    "step",
    { t: "f64", h: "f64", relative: "f64", fresh: "i32", ...names },
    "f64",
    ({ t, h, relative, fresh, y, p, next, stage, f, f0, ft, b, k, J, lu, absolute, work }, block) => {
      block.if(fresh, () => {
        block.do(code.rhs, t, y, p, f0, work);
        block.do(code.jacobian, t, y, p, J, work);
        if (code.timeDerivative !== undefined) block.do(code.timeDerivative, t, y, p, ft, work);
      });
      const scale = block.let("scale", mul(h, f64(gamma)));
      const over = block.let("over", div(f64(1), h));
      block.do(factor, scale, J, lu, work);
      block.if(not(gt(at(lu, i32(luLength - 1)), f64(0))), () => block.return(f64(-1)));
      for (let i = 0; i < 8; i++) {
        let slope = f0;
        if (i > 0) {
          // The last two stages continue the one before: row 7 is row 6 and 1, row 8 row 7 and 1.
          const continued = i >= 6;
          elements(block, n, `l${i}`, (l, { load, number }) => {
            let sum = continued ? load(stage, l) : load(y, l);
            for (let j = continued ? i - 1 : 0; j < i; j++)
              sum = add(sum, mul(number(f64(a[i][j])), load(k, add(l, i32(j * n)))));
            block.store(stage, l, sum);
          });
          block.do(code.rhs, add(t, mul(f64(c[i]), h)), stage, p, f, work);
          slope = f;
        }
        const weights = C[i].map((value, j) => block.let(`C${i}${j}`, mul(f64(value), over)));
        const hd = code.timeDerivative !== undefined && d[i] !== 0 ? block.let(`hd${i}`, mul(h, f64(d[i]))) : undefined;
        elements(block, n, `m${i}`, (l, { load, number }) => {
          let sum = load(slope, l);
          weights.forEach((weight, j) => (sum = add(sum, mul(number(weight), load(k, add(l, i32(j * n)))))));
          if (hd !== undefined) sum = add(sum, mul(number(hd), load(ft, l)));
          block.store(b, l, mul(sum, number(scale)));
        });
        block.do(solve, lu, b, slice(k, i32(i * n)), work);
      }
      const sum = block.let("sum", f64(0));
      block.for("e", i32(0), i32(n), (l) => {
        const error = block.let("error", at(k, add(l, i32(7 * n))));
        const value = block.let("value", add(at(stage, l), error));
        block.store(next, l, value);
        const part = block.let("part", div(error, add(mul(relative, max(abs(at(y, l)), abs(value))), at(absolute, l))));
        block.set(sum, add(sum, mul(part, part)));
      });
      block.return(sqrt(div(sum, f64(n))));
    },
  );
}
