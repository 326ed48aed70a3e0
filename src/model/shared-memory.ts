// Kernels of a model and the memory they share with the steppers' vectors.
import { modelFunctions } from "./functions.ts";
import {
  compileProgram,
  type Kernels,
  program,
  type Runtime,
  type Tape,
  tapeFunction,
  type TargetName,
} from "../compile/index.ts";
import type { MassMatrix, OdeSystem, Outputs, SparsePattern, SystemCode } from "../dynamics/index.ts";

/** Kernels and the memory they share with the steppers' vectors. */
export class SharedMemory {
  readonly #runtime: Runtime;
  readonly #kernels: Kernels;
  readonly #p: Float64Array;
  readonly #n: number;
  readonly #scratch: Float64Array;
  readonly #y: Float64Array;
  readonly #dy: Float64Array;
  readonly #code: SystemCode;

  constructor(
    runtime: Runtime,
    kernels: Kernels,
    n: number,
    parameters: Float64Array,
    code: Omit<SystemCode, "runtime" | "parameters">,
  ) {
    this.#runtime = runtime;
    this.#kernels = kernels;
    this.#n = n;
    this.#p = runtime.f64(Math.max(1, parameters.length));
    this.#p.set(parameters);
    this.#code = { ...code, runtime, parameters: this.#p };
    const scratch = Object.keys(kernels.raw).map((name) => kernels.scratchLength(name));
    this.#scratch = runtime.f64(Math.max(1, ...scratch));
    this.#y = runtime.f64(Math.max(1, n));
    this.#dy = runtime.f64(Math.max(1, n));
  }

  /** Wraps a kernel (t, y, p, out, scratch); vectors outside the memory are copied. */
  #call(
    raw: (...args: number[]) => number,
    out: Float64Array,
    scratch = this.#scratch,
  ): (t: number, y: Float64Array, result: Float64Array) => void {
    const buffer = this.#runtime.memory.buffer;
    const [p, w, yIn, outIn] = [this.#p.byteOffset, scratch.byteOffset, this.#y.byteOffset, out.byteOffset];
    const y0 = this.#y;
    return (t, y, result) => {
      let from = yIn;
      if (y.buffer === buffer) from = y.byteOffset;
      else y0.set(y);
      if (result.buffer === buffer) raw(t, from, p, result.byteOffset, w);
      else {
        raw(t, from, p, outIn, w);
        result.set(result.length === out.length ? out : out.subarray(0, result.length));
      }
    };
  }

  /** A kernel by its name as a function of t and y that writes `length` numbers. */
  call(name: string, length: number): (t: number, y: Float64Array, result: Float64Array) => void {
    return this.#call(this.#kernels.raw[name], this.#runtime.f64(Math.max(1, length)));
  }

  /** Parameters, discrete quantities and delayed values, as compiled functions read them. */
  get parameters(): Float64Array {
    return this.#p;
  }

  #vector = (length: number): Float64Array => {
    try {
      return this.#runtime.f64(length).fill(0);
    } catch {
      return new Float64Array(length);
    }
  };

  system(
    names: readonly string[],
    pattern: SparsePattern,
    rhsCost: number,
    jacobianCost: number,
    timeDependent: boolean,
    mass: MassMatrix | undefined,
  ): OdeSystem {
    const { raw } = this.#kernels;
    const n = this.#n;
    const runtime = this.#runtime;
    return {
      n,
      names,
      pattern,
      vector: (length = n) => this.#vector(length),
      enter: () => {
        const mark = runtime.mark();
        return () => runtime.release(mark);
      },
      rhs: this.#call(raw.rhs, this.#dy),
      jacobian: this.#call(raw.jacobian, runtime.f64(Math.max(1, pattern.rowIdx.length))),
      timeDerivative: timeDependent ? this.#call(raw.dft, this.#dy) : undefined,
      mass,
      code: this.#code,
      cost: { rhs: rhsCost, jacobian: jacobianCost },
    };
  }

  async withRightHandSide(system: OdeSystem, tape: Tape, target: TargetName | undefined): Promise<OdeSystem> {
    const kernels = await compileProgram(program("direct", tapeFunction(tape)), {
      runtime: this.#runtime,
      target,
      functions: modelFunctions,
    });
    const scratch = this.#runtime.f64(Math.max(1, kernels.scratchLength("direct")));
    return {
      ...system,
      rhs: this.#call(kernels.raw.direct, this.#dy, scratch),
      cost: { ...system.cost, rhs: tape.op.length },
    };
  }

  outputs(names: readonly string[], components: Int32Array): Outputs {
    const { raw } = this.#kernels;
    const y = this.#runtime.f64(Math.max(1, components.length));
    const result = this.#runtime.f64(Math.max(1, names.length));
    const p = this.#p.byteOffset;
    const w = this.#scratch.byteOffset;
    return {
      names,
      components,
      evaluate: (t, values, out) => {
        y.set(values);
        raw.outputs(t, y.byteOffset, p, result.byteOffset, w);
        out.set(names.length === result.length ? result : result.subarray(0, names.length));
      },
    };
  }
}
