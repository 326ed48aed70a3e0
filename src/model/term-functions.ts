// Terms compiled as functions of time and arrays, in a memory of their own: for solvers that need more of a model than its
// right-hand side and Jacobian.
import { compileProgram, factorSums, type Kernels, lower, program, Runtime, tapeFunction, type TargetName } from "../compile/index.ts"; // oxfmt-ignore
import type { Term } from "../term/index.ts";

export interface TermFunction {
  /** Input arrays: element i of array k is the value of inputs[k][i]. */
  readonly inputs: readonly (readonly Term[])[];
  readonly terms: readonly Term[];
}

/** (t, input arrays in their order, output array). */
export type CompiledFunction = (t: number, ...arrays: readonly Float64Array[]) => void;

export class TermFunctions {
  readonly #runtime: Runtime;
  readonly #kernels: Kernels | undefined;
  readonly #functions: ReadonlyMap<string, TermFunction>;

  private constructor(runtime: Runtime, kernels: Kernels | undefined, functions: ReadonlyMap<string, TermFunction>) {
    this.#runtime = runtime;
    this.#kernels = kernels;
    this.#functions = functions;
  }

  /** Compiles functions by name. Functions without terms write nothing. */
  static async make(
    name: string,
    time: Term,
    functions: Readonly<Record<string, TermFunction>>,
    target?: TargetName,
  ): Promise<TermFunctions> {
    const table = new Map(Object.entries(functions));
    const tapes = [...table].flatMap(([key, { inputs, terms }]) =>
      terms.length === 0
        ? []
        : tapeFunction(
            lower({
              name: key,
              scalars: [time],
              inputs: inputs.map((symbols, k) => ({ name: `in${k}`, symbols })),
              outputs: [{ name: "out", terms: factorSums(terms) }],
            }),
          ),
    );
    const sizes = [...table.values()].map(({ inputs, terms }) => terms.length + inputs.flat().length + 64);
    const scratch = tapes.reduce((sum, { tape }) => sum + tape.op.length + 64, 0);
    const runtime = Runtime.for({ f64: scratch + sizes.reduce((a, b) => a + b, 0), slices: 256 });
    const kernels = tapes.length === 0 ? undefined : await compileProgram(program(name, ...tapes), { runtime, target });
    return new TermFunctions(runtime, kernels, table);
  }

  /** The function of this name; arrays are copied in and out. */
  get(name: string): CompiledFunction {
    const { inputs, terms } = this.#functions.get(name)!;
    if (terms.length === 0) return () => {};
    const slices = inputs.map((symbols) => this.#runtime.f64(Math.max(1, symbols.length)));
    const out = this.#runtime.f64(terms.length);
    const scratch = this.#runtime.f64(Math.max(1, this.#kernels!.scratchLength(name)));
    const raw = this.#kernels!.raw[name];
    const addresses = [...slices, out, scratch].map((slice) => slice.byteOffset);
    const lengths = inputs.map((symbols) => symbols.length);
    return (t, ...arrays) => {
      for (let k = 0; k < slices.length; k++)
        if (arrays[k].length === lengths[k]) slices[k].set(arrays[k]);
        else slices[k].set(arrays[k].subarray(0, lengths[k]));
      raw(t, ...addresses);
      arrays[slices.length].set(out);
    };
  }

  dispose(): void {
    this.#kernels?.dispose();
    this.#runtime.dispose();
  }
}
