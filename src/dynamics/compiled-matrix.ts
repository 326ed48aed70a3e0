// The matrix I - c J factorised by straight-line code, for patterns of which that is short.
import { compileProgramSync, type Kernels, program, type TapeFunction, tapeFunction } from "../compile/index.ts";
import { type StaticLU, staticLU } from "../linear/static-lu.ts";
import { KrylovNewton } from "./krylov-matrix.ts";
import { type MatrixCode, type NewtonMatrix, pivotingMatrix } from "./newton-matrix.ts";
import type { OdeSystem } from "./system.ts";

/** Longest straight-line factorisation, in operations. */
const COMPILED_OPERATIONS = 60_000;

/** The cheapest way to factorise the matrix of this system. */
export function newtonMatrix(system: OdeSystem): NewtonMatrix {
  if (system.matrixFree === true) return new KrylovNewton(system);
  return CompiledNewton.make(system) ?? pivotingMatrix(system);
}

/** Straight-line factorisation without pivoting; a matrix with a small pivot goes to the pivoting one. */
class CompiledNewton implements NewtonMatrix {
  readonly kind = "compiled";
  readonly factorCost: number;
  readonly operations: { readonly factor: number; readonly solve: number };
  readonly #system: OdeSystem;
  readonly #kernels: Kernels;
  readonly #code: MatrixCode;
  readonly #J: Float64Array;
  readonly #lu: Float64Array;
  readonly #x: Float64Array;
  readonly #b: Float64Array;
  readonly #work: Float64Array;
  /** Takes over where a pivot was too small. */
  #other: NewtonMatrix | undefined;
  #useOther = false;
  #at: { t: number; y: Float64Array } | undefined;

  static readonly #made = new WeakMap<
    OdeSystem["pattern"],
    { kernels: Kernels; lu: StaticLU; solve: TapeFunction } | undefined
  >();

  static make(system: OdeSystem): CompiledNewton | undefined {
    const { code, pattern } = system;
    if (code === undefined || system.mass !== undefined) return undefined;
    if (!CompiledNewton.#made.has(pattern)) {
      const lu = staticLU(pattern, COMPILED_OPERATIONS);
      if (lu === undefined) CompiledNewton.#made.set(pattern, undefined);
      else {
        const solve = tapeFunction(lu.solve);
        const kernels = compileProgramSync(program("newton", tapeFunction(lu.factor), solve), {
          runtime: code.runtime,
          target: code.target,
        });
        CompiledNewton.#made.set(pattern, { lu, kernels, solve });
      }
    }
    const known = CompiledNewton.#made.get(pattern);
    if (known === undefined) return undefined;
    const { n } = system;
    const { kernels, lu, solve } = known;
    const vectors = [
      Math.max(1, pattern.rowIdx.length),
      lu.length,
      n,
      n,
      Math.max(1, kernels.scratchLength("factor"), kernels.scratchLength("solve")),
    ].map((length) => system.vector(length));
    if (!vectors.every((vector) => vector.buffer === code.runtime.memory.buffer)) return undefined;
    return new CompiledNewton(system, kernels, lu, solve, vectors);
  }

  constructor(
    system: OdeSystem,
    kernels: Kernels,
    lu: StaticLU,
    solve: TapeFunction,
    vectors: readonly Float64Array[],
  ) {
    this.#system = system;
    this.#kernels = kernels;
    this.#code = { solve, factors: () => (this.#useOther ? undefined : this.#lu) };
    [this.#J, this.#lu, this.#x, this.#b, this.#work] = vectors;
    const { rhs, jacobian } = system.cost;
    this.operations = { factor: lu.operations + 2 * this.#J.length, solve: 2 * lu.length };
    this.factorCost = (jacobian + this.operations.factor) / (rhs + this.operations.solve + 10 * system.n);
  }

  vector(): Float64Array {
    return this.#b;
  }

  get code(): MatrixCode {
    return this.#code;
  }

  evaluate(t: number, y: Float64Array): void {
    this.#system.jacobian(t, y, this.#J);
    this.#at = { t, y };
    if (this.#useOther) this.#other!.evaluate(t, y);
  }

  factor(c: number): boolean {
    this.#kernels.raw.factor(c, this.#J.byteOffset, this.#lu.byteOffset, this.#work.byteOffset);
    this.#useOther = !(this.#lu[this.#lu.length - 1] > 0);
    if (!this.#useOther) return true;
    this.#other ??= pivotingMatrix(this.#system);
    if (this.#at !== undefined) this.#other.evaluate(this.#at.t, this.#at.y);
    return this.#other.factor(c);
  }

  solve(b: Float64Array): void {
    if (this.#useOther) {
      this.#other!.solve(b);
      return;
    }
    if (b !== this.#b) this.#b.set(b);
    this.#kernels.raw.solve(this.#lu.byteOffset, this.#b.byteOffset, this.#x.byteOffset, this.#work.byteOffset);
    b.set(this.#x);
  }

  dispose(): void {
    this.#other?.dispose();
  }
}
