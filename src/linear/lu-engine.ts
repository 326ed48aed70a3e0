// Where the factors of a sparse LU live and what runs on them: plain arrays and the functions of lu-kernels.ts, or a
// WebAssembly memory and the program of lu-program.ts. Both give the same bits. The module is compiled once a process.
import { compileModuleSync, Runtime, type Compiled } from "../compile/index.ts";
import { luLower, luRefactor, luSolve, luSolveTransposed, luUpper } from "./lu-kernels.ts";
import { luNodesProgram, luProgram } from "./lu-program.ts";
import type { LULayout } from "./supernode.ts";

export type LUTarget = "wasm" | "js";

/** The factors of matrices of one layout. */
export interface LUEngine {
  readonly target: LUTarget;
  readonly layout: LULayout;
  /** -1, or the step whose pivot is not usable; the factors are then unusable. */
  refactor(values: Float64Array, pivotTolerance: number): number;
  /** b = A^-1 b. */
  solve(b: Float64Array): void;
  /** b = A^-T b. */
  solveTransposed(b: Float64Array): void;
  /** n numbers, any content, in places of the layout: what `solveNodes` works on. Other calls overwrite them. */
  readonly x: Float64Array;
  /** x = U^-1 L^-1 x, with L by the first supernodes and with U by the second; both ascend. */
  solveNodes(lower: Int32Array, upper: Int32Array): void;
  /** A vector of zeros which needs no copy here, as long as there is room for one. */
  vector(length: number): Float64Array;
  dispose(): void;
}

/** Vectors of n numbers that a memory has room for besides those of the kernels; a vector of values counts apart. */
const VECTORS = 16;

let compiled: Compiled | undefined;
let compiledNodes: Compiled | undefined;

/** An engine for this layout; `entries` is the number of values of the matrix. */
export function luEngine(layout: LULayout, entries: number, target: LUTarget): LUEngine {
  return target === "wasm" ? new WasmEngine(layout, entries) : new PlainEngine(layout);
}

class PlainEngine implements LUEngine {
  readonly target = "js";
  readonly layout: LULayout;
  readonly #L: Float64Array;
  readonly #U: Float64Array;
  readonly #inverse: Float64Array;
  /** Zeros between refactorizations. */
  readonly #x: Float64Array;
  readonly #work: Float64Array;

  constructor(layout: LULayout) {
    this.layout = layout;
    this.#L = new Float64Array(layout.sizeL);
    this.#U = new Float64Array(layout.sizeU);
    this.#inverse = new Float64Array(layout.n);
    this.#x = new Float64Array(layout.n);
    this.#work = new Float64Array(2 * layout.n);
  }

  refactor(values: Float64Array, pivotTolerance: number): number {
    const step = luRefactor(this.layout, values, pivotTolerance, this.#L, this.#U, this.#inverse, this.#x);
    if (step >= 0) this.#x.fill(0);
    return step;
  }

  solve(b: Float64Array): void {
    luSolve(this.layout, this.#L, this.#U, this.#inverse, b, this.#work);
  }

  solveTransposed(b: Float64Array): void {
    luSolveTransposed(this.layout, this.#L, this.#U, b, this.#work);
  }

  get x(): Float64Array {
    return this.#work;
  }

  solveNodes(lower: Int32Array, upper: Int32Array): void {
    luLower(this.layout, this.#L, this.#work, lower);
    luUpper(this.layout, this.#L, this.#U, this.#inverse, this.#work, upper);
  }

  vector(length: number): Float64Array {
    return new Float64Array(length);
  }

  dispose(): void {}
}

class WasmEngine implements LUEngine {
  readonly target = "wasm";
  readonly layout: LULayout;
  readonly #runtime: Runtime;
  readonly #entries: number;
  readonly #L: Float64Array;
  readonly #U: Float64Array;
  readonly #x: Float64Array;
  readonly #work: Float64Array;
  /** Copies of what lives elsewhere. */
  readonly #values: Float64Array;
  readonly #b: Float64Array;
  readonly #refactor: (values: number, pivotTolerance: number) => number;
  readonly #solve: (b: number) => void;
  readonly #link: () => (which: "lower" | "upper", nodes: Int32Array) => void;
  #nodes: ((which: "lower" | "upper", nodes: Int32Array) => void) | undefined;

  constructor(layout: LULayout, entries: number) {
    const { n, nodes, sizeL, sizeU } = layout;
    const names = ["nodeCol", "rowPtr", "nodeRow", "blockPtr", "segPtr", "segNode", "segRow", "segVal", "upPtr", "upCol", "upBlock", "entryPtr", "entryRow", "entryPos", "rowOrder", "colOrder"] as const; // oxfmt-ignore
    const runtime = Runtime.for({
      f64: sizeL + sizeU + (5 + VECTORS) * n + 2 * entries,
      i32: names.reduce((sum, name) => sum + layout[name].length, nodes),
    });
    this.layout = layout;
    this.#entries = entries;
    this.#runtime = runtime;
    const place = {} as Record<(typeof names)[number], number>;
    for (const name of names) {
      const view = runtime.i32(layout[name].length);
      view.set(layout[name]);
      place[name] = view.byteOffset;
    }
    this.#L = runtime.f64(sizeL);
    this.#U = runtime.f64(sizeU);
    this.#x = runtime.f64(n);
    this.#work = runtime.f64(2 * n);
    this.#b = runtime.f64(n);
    this.#values = runtime.f64(entries);
    const inverse = runtime.f64(n).byteOffset;
    compiled ??= compileModuleSync(luProgram, { target: "wasm" });
    const { refactor, solve } = compiled.link(runtime).raw;
    const L = this.#L.byteOffset;
    const U = this.#U.byteOffset;
    const x = this.#x.byteOffset;
    const work = this.#work.byteOffset;
    const { nodeCol, rowPtr, nodeRow, blockPtr, segPtr, segNode, segRow, segVal, upPtr, upCol, upBlock } = place;
    const { entryPtr, entryRow, entryPos, rowOrder, colOrder } = place;
    this.#refactor = (values, pivotTolerance) =>
      refactor(
        nodes, pivotTolerance, nodeCol, rowPtr, nodeRow, blockPtr, segPtr, segNode, segRow, segVal,
        entryPtr, entryRow, entryPos, values, L, U, inverse, x,
      ); // oxfmt-ignore
    const factors = [nodeCol, rowPtr, nodeRow, blockPtr, upPtr, upCol, upBlock, L, U, inverse, work];
    this.#solve = (b) =>
      solve(n, nodes, rowOrder, colOrder, b, nodeCol, rowPtr, nodeRow, blockPtr, upPtr, upCol, upBlock, L, U, inverse, work); // oxfmt-ignore
    const chosen = runtime.i32(nodes);
    this.#link = () => {
      compiledNodes ??= compileModuleSync(luNodesProgram, { target: "wasm" });
      const { raw } = compiledNodes.link(runtime);
      return (which, list) => {
        chosen.set(list);
        raw[which](n, list.length, chosen.byteOffset, ...factors);
      };
    };
  }

  refactor(values: Float64Array, pivotTolerance: number): number {
    let at = values;
    if (!this.#here(values)) {
      at = this.#values;
      at.set(values.length > this.#entries ? values.subarray(0, this.#entries) : values);
    }
    const step = this.#refactor(at.byteOffset, pivotTolerance);
    if (step >= 0) this.#x.fill(0);
    return step;
  }

  solve(b: Float64Array): void {
    if (this.#here(b)) this.#solve(b.byteOffset);
    else {
      this.#b.set(b);
      this.#solve(this.#b.byteOffset);
      b.set(this.#b);
    }
  }

  solveTransposed(b: Float64Array): void {
    luSolveTransposed(this.layout, this.#L, this.#U, b, this.#work);
  }

  get x(): Float64Array {
    return this.#work;
  }

  solveNodes(lower: Int32Array, upper: Int32Array): void {
    this.#nodes ??= this.#link();
    this.#nodes("lower", lower);
    this.#nodes("upper", upper);
  }

  vector(length: number): Float64Array {
    const { used, capacity } = this.#runtime;
    return used + 8 * length + 16 <= capacity ? this.#runtime.f64(length) : new Float64Array(length);
  }

  dispose(): void {
    this.#runtime.dispose();
  }

  #here(view: Float64Array): boolean {
    return view.buffer === this.#L.buffer;
  }
}
