// The vector work of the multistep methods in a compiled module, two lanes at a time, with the right-hand side and, where
// the matrix code is short, the solves beside it. Notation of multistep.ts.
import { compileProgramSync, fn, ir, type Kernels, program, type StructuredFunction, type TapeFunction } from "../compile/index.ts"; // oxfmt-ignore
import { elements, squares } from "./lanes.ts";
import {
  GeneralVectors,
  iterate,
  MOST_ITERATIONS,
  type MultistepVectors,
  type NewtonOutcome,
} from "./multistep-vectors.ts";
import type { NewtonMatrix } from "./newton-matrix.ts";
import type { OdeSystem, SystemCode, Tolerances } from "./system.ts";

/** The vectors for this system: compiled where it is made of tapes and its memory has room. */
export function multistepVectors(
  system: OdeSystem,
  matrix: NewtonMatrix,
  rows: number,
  tolerances: Tolerances,
): MultistepVectors {
  return CompiledVectors.make(system, matrix, rows, tolerances) ?? new GeneralVectors(system, matrix, rows, tolerances);
}

const made = new WeakMap<SystemCode, Kernels>();

/** Numbers kept for coefficients: two rows. */
const COEFFICIENTS = 16;

class CompiledVectors implements MultistepVectors {
  readonly D: readonly Float64Array[];
  readonly w: Float64Array;
  readonly f: Float64Array;
  readonly predicted: Float64Array;
  readonly psi: Float64Array;
  readonly stage: Float64Array;
  readonly stagePsi: Float64Array;
  readonly d: Float64Array;
  readonly d1: Float64Array;
  readonly d2: Float64Array;
  readonly #system: OdeSystem;
  readonly #matrix: NewtonMatrix;
  readonly #raw: Kernels["raw"];
  readonly #relative: number;
  readonly #absolute: Float64Array;
  readonly #block: Float64Array;
  readonly #trial: Float64Array;
  readonly #delta: Float64Array;
  readonly #x: Float64Array;
  readonly #first: Float64Array;
  readonly #second: Float64Array;
  readonly #seen: Float64Array;
  readonly #work: Float64Array;

  static make(
    system: OdeSystem,
    matrix: NewtonMatrix,
    rows: number,
    tolerances: Tolerances,
  ): CompiledVectors | undefined {
    const { code, n } = system;
    if (code === undefined || system.mass !== undefined) return undefined;
    const solve = matrix.code?.solve;
    let kernels = made.get(code);
    if (kernels === undefined) {
      const functions = [
        weightsFunction(n),
        normFunction(n),
        combineFunction(n),
        correctFunction(n),
        acceptFunction(n),
      ];
      if (solve !== undefined) functions.push(newtonFunction(n, code, solve));
      kernels = compileProgramSync(program("multistep", ...functions), {
        runtime: code.runtime,
        target: code.target,
        functions: code.functions,
      });
      made.set(code, kernels);
    }
    const scratch =
      solve === undefined ? 1 : Math.max(1, kernels.scratchLength(code.rhs.name), kernels.scratchLength(solve.name));
    const vectors = [rows * n, COEFFICIENTS, COEFFICIENTS, 2, scratch, ...new Array<number>(14).fill(n)].map((length) =>
      system.vector(length),
    );
    if (!vectors.every((vector) => vector.buffer === code.runtime.memory.buffer)) return undefined;
    return new CompiledVectors(system, matrix, rows, tolerances, kernels, vectors);
  }

  constructor(
    system: OdeSystem,
    matrix: NewtonMatrix,
    rows: number,
    tolerances: Tolerances,
    kernels: Kernels,
    vectors: readonly Float64Array[],
  ) {
    const { n } = system;
    this.#system = system;
    this.#matrix = matrix;
    this.#raw = kernels.raw;
    this.#relative = tolerances.relative;
    [
      this.#block,
      this.#first,
      this.#second,
      this.#seen,
      this.#work,
      this.w,
      this.f,
      this.predicted,
      this.psi,
      this.stage,
      this.stagePsi,
      this.d,
      this.d1,
      this.d2,
      this.#trial,
      this.#delta,
      this.#x,
      this.#absolute,
    ] = vectors;
    this.D = Array.from({ length: rows }, (_, j) => this.#block.subarray(j * n, (j + 1) * n));
    this.#absolute.set(tolerances.absolute);
  }

  weights(): void {
    this.#raw.weights(this.#relative, this.#block.byteOffset, this.#absolute.byteOffset, this.w.byteOffset);
  }

  norm(v: Float64Array): number {
    return this.#raw.norm(v.byteOffset, this.w.byteOffset);
  }

  combine(
    k: number,
    A: readonly number[],
    B: readonly number[],
    ea: number,
    eb: number,
    a: Float64Array,
    b: Float64Array,
  ): void {
    for (let j = 0; j <= k; j++) {
      this.#first[j] = A[j];
      this.#second[j] = B[j];
    }
    this.#raw.combine(
      k,
      ea,
      eb,
      this.#first.byteOffset,
      this.#second.byteOffset,
      this.#block.byteOffset,
      this.d1.byteOffset,
      a.byteOffset,
      b.byteOffset,
    );
  }

  correct(k: number, C: readonly number[], back: number, ahead: number): void {
    for (let j = 0; j <= k; j++) this.#first[j] = C[j];
    this.#raw.correct(
      k,
      back,
      ahead,
      this.#first.byteOffset,
      this.#block.byteOffset,
      this.d1.byteOffset,
      this.d2.byteOffset,
      this.stagePsi.byteOffset,
      this.psi.byteOffset,
    );
  }

  newton(
    t: number,
    c: number,
    scale: number,
    tolerance: number,
    rate: number,
    base: Float64Array,
    psi: Float64Array,
    d: Float64Array,
  ): NewtonOutcome {
    const code = this.#matrix.code;
    const lu = code?.factors();
    if (lu === undefined)
      return iterate(this.#system, this.#matrix, this.#trial, this.f, this.w, {
        t,
        c,
        scale,
        tolerance,
        rate,
        base,
        psi,
        d,
      });
    const solved = this.#raw.newton(
      t,
      c,
      scale,
      tolerance,
      rate,
      base.byteOffset,
      psi.byteOffset,
      d.byteOffset,
      this.w.byteOffset,
      this.#trial.byteOffset,
      this.f.byteOffset,
      this.#delta.byteOffset,
      this.#x.byteOffset,
      this.#system.code!.parameters.byteOffset,
      lu.byteOffset,
      this.#seen.byteOffset,
      this.#work.byteOffset,
    );
    return { solved: solved === 1, iterations: this.#seen[0], rate: this.#seen[1] };
  }

  accept(k: number): void {
    this.#raw.accept(k, this.#block.byteOffset, this.d.byteOffset);
  }
}

const { abs, add, at, div, f64, ge, gt, i32, le, lt, max, min, mul, not, or, sqrt, sub, toF64 } = ir;

/** w_i = 1 / (relative |y_i| + absolute_i) */
function weightsFunction(n: number): StructuredFunction {
  return fn(
    "weights",
    { relative: "f64", y: "f64[]", absolute: "f64[]", w: "f64[]" },
    undefined,
    ({ relative, y, absolute, w }, block) => {
      block.for("i", i32(0), i32(n), (i) =>
        block.store(w, i, div(f64(1), add(mul(relative, abs(at(y, i))), at(absolute, i)))),
      );
    },
  );
}

/** sqrt(sum (v_i w_i)^2 / n) */
function normFunction(n: number): StructuredFunction {
  return fn("norm", { v: "f64[]", w: "f64[]" }, "f64", ({ v, w }, block) => {
    block.return(
      sqrt(
        div(
          squares(block, n, "s", (i, { load }) => mul(load(v, i), load(w, i))),
          f64(n),
        ),
      ),
    );
  });
}

/** a = sum_{j<=k} A_j D_j + ea d1, b = sum_{j<=k} B_j D_j + eb d1 */
function combineFunction(n: number): StructuredFunction {
  return fn(
    "combine",
    { k: "i32", ea: "f64", eb: "f64", A: "f64[]", B: "f64[]", D: "f64[]", d1: "f64[]", a: "f64[]", b: "f64[]" },
    undefined,
    ({ k, ea, eb, A, B, D, d1, a, b }, block) => {
      elements(block, n, "i", (i, { load, number, two }) => {
        const start = two ? block.let2("d", load(d1, i)) : block.let("e", load(d1, i));
        const sumA = two ? block.let2("sa", mul(number(ea), start)) : block.let("ra", mul(ea, start));
        const sumB = two ? block.let2("sb", mul(number(eb), start)) : block.let("rb", mul(eb, start));
        const row = block.view(two ? "r" : "q", D, i);
        block.for(two ? "j" : "l", i32(0), add(k, i32(1)), (j) => {
          const value = two ? block.let2("v", load(row, i32(0))) : block.let("u", load(row, i32(0)));
          block.set(sumA as never, add(sumA, mul(number(at(A, j)), value)));
          block.set(sumB as never, add(sumB, mul(number(at(B, j)), value)));
          block.shift(row, i32(n));
        });
        block.store(a, i, sumA);
        block.store(b, i, sumB);
      });
    },
  );
}

/** psi = sum_{j<=k} C_j D_j - back (d1 + psi) + ahead (d2 + stagePsi) */
function correctFunction(n: number): StructuredFunction {
  return fn(
    "correct",
    {
      k: "i32",
      back: "f64",
      ahead: "f64",
      C: "f64[]",
      D: "f64[]",
      d1: "f64[]",
      d2: "f64[]",
      stagePsi: "f64[]",
      psi: "f64[]",
    },
    undefined,
    ({ k, back, ahead, C, D, d1, d2, stagePsi, psi }, block) => {
      elements(block, n, "i", (i, { load, number, two }) => {
        const start = sub(
          mul(number(ahead), add(load(d2, i), load(stagePsi, i))),
          mul(number(back), add(load(d1, i), load(psi, i))),
        );
        const sum = two ? block.let2("s", start) : block.let("r", start);
        const row = block.view(two ? "p" : "q", D, i);
        block.for(two ? "j" : "l", i32(0), add(k, i32(1)), (j) => {
          block.set(sum as never, add(sum, mul(number(at(C, j)), load(row, i32(0)))));
          block.shift(row, i32(n));
        });
        block.store(psi, i, sum);
      });
    },
  );
}

/** D_{k+2} = d - D_{k+1}; D_{k+1} = d; D_j += D_{j+1} for j = k ... 0 */
function acceptFunction(n: number): StructuredFunction {
  return fn("accept", { k: "i32", D: "f64[]", d: "f64[]" }, undefined, ({ k, D, d }, block) => {
    elements(block, n, "i", (i, { load, two }) => {
      const value = two ? block.let2("v", load(d, i)) : block.let("u", load(d, i));
      const row = block.view(two ? "r" : "q", D, add(i, mul(add(k, i32(1)), i32(n))));
      block.store(row, i32(n), sub(value, load(row, i32(0))));
      block.store(row, i32(0), value);
      block.for(two ? "j" : "l", i32(0), add(k, i32(1)), () => {
        block.shift(row, i32(-n));
        block.set(value as never, add(load(row, i32(0)), value));
        block.store(row, i32(0), value);
      });
    });
  });
}

/** The loop of `iterate` with right-hand side and solves in the module; seen = [iterations, rate]. */
function newtonFunction(n: number, code: SystemCode, solve: TapeFunction): StructuredFunction {
  const arrays = {
    base: "f64[]",
    psi: "f64[]",
    d: "f64[]",
    w: "f64[]",
    y: "f64[]",
    f: "f64[]",
    delta: "f64[]",
    x: "f64[]",
    p: "f64[]",
    lu: "f64[]",
    seen: "f64[]",
    work: "f64[]",
  } as const;
  return fn(
    "newton",
    { t: "f64", c: "f64", scale: "f64", tolerance: "f64", rate: "f64", ...arrays },
    "f64",
    ({ t, c, scale, tolerance, rate, base, psi, d, w, y, f, delta, x, p, lu, seen, work }, block) => {
      const before = block.let("before", f64(Infinity));
      const contraction = block.let("contraction", rate);
      const iteration = block.let("iteration", i32(0));
      const leave = (value: number): void => {
        block.store(seen, i32(0), toF64(add(iteration, i32(1))));
        block.store(seen, i32(1), contraction);
        block.return(f64(value));
      };
      block.while(i32(1), () => {
        elements(block, n, "a", (i, { load }) => block.store(y, i, add(load(base, i), load(d, i))));
        block.do(code.rhs, t, y, p, f, work);
        elements(block, n, "b", (i, { load, number }) =>
          block.store(delta, i, sub(sub(mul(number(c), load(f, i)), load(psi, i)), load(d, i))),
        );
        block.do(solve, lu, delta, x, work);
        const sum = squares(block, n, "s", (i, { load, number, two }) => {
          const step = two
            ? block.let2("step", mul(number(scale), load(x, i)))
            : block.let("last", mul(scale, load(x, i)));
          block.store(d, i, add(load(d, i), step));
          return mul(step, load(w, i));
        });
        const size = block.let("size", sqrt(div(sum, f64(n))));
        block.if(not(lt(size, f64(Infinity))), () => leave(0));
        block.if(gt(iteration, i32(0)), () => {
          const ratio = block.let("ratio", div(size, before));
          block.set(contraction, max(mul(f64(0.3), contraction), ratio));
          block.if(or(ge(ratio, f64(0.9)), ge(iteration, i32(MOST_ITERATIONS))), () => leave(0));
        });
        const factor = min(f64(1), div(contraction, max(f64(0.1), sub(f64(1), contraction))));
        block.if(le(mul(size, factor), tolerance), () => leave(1));
        block.set(before, size);
        block.set(iteration, add(iteration, i32(1)));
      });
      leave(0);
    },
  );
}
