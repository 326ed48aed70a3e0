// Vectors in one runtime and the compiled loops over them, so that methods cross into WebAssembly a few times a step. The vectors
// are Float64Arrays: operators and preconditioners written by users read and write them as any others.
// The memory is that of the matrix or of the preconditioner, where it has room (given back at the end), or one of its own.
import { type Compiled, compileModuleSync, Runtime } from "../../compile/index.ts";
import { vectorProgram } from "./vector-kernels.ts";

type Raw = Readonly<Record<string, (...args: number[]) => number>>;

let compiled: Compiled | undefined;
const linked = new WeakMap<Runtime, Raw>();

function kernelsOf(runtime: Runtime): Raw {
  let raw = linked.get(runtime);
  if (!raw) {
    compiled ??= compileModuleSync(vectorProgram(), { target: typeof WebAssembly === "undefined" ? "js" : "wasm" });
    linked.set(runtime, (raw = compiled.link(runtime).raw));
  }
  return raw;
}

/** Is there room for so many doubles, in `slices` slices? */
export const hasRoom = (runtime: Runtime, doubles: number, slices = 64): boolean =>
  !runtime.disposed && runtime.used + 8 * doubles + 16 * slices <= runtime.capacity;

export class VectorSpace {
  readonly runtime: Runtime;
  readonly #raw: Raw;
  readonly #owned: boolean;
  readonly #mark: number;
  /** For results of several numbers. */
  readonly #out: Float64Array;

  /** A space with room for `doubles` numbers in at most `slices` vectors; in the first of these runtimes that has it. */
  constructor(doubles: number, hosts: readonly (Runtime | undefined)[] = [], slices = 64) {
    const host = hosts.find((each) => each !== undefined && hasRoom(each, doubles + 64, slices + 2));
    this.#owned = !host;
    this.runtime = host ?? Runtime.for({ f64: doubles + 64, slices: slices + 2 });
    this.#mark = this.runtime.mark();
    this.#out = this.runtime.f64(8);
    this.#raw = kernelsOf(this.runtime);
  }

  /** A vector of zeros, valid until `close`. */
  vector(n: number): Float64Array {
    return this.runtime.f64(n);
  }

  /** Gives the vectors back. */
  close(): void {
    if (this.#owned) this.runtime.dispose();
    else this.runtime.release(this.#mark);
  }

  /** x.y */
  dot(x: Float64Array, y: Float64Array): number {
    return this.#raw.dot(x.length, x.byteOffset, y.byteOffset);
  }

  /** |x| */
  norm(x: Float64Array): number {
    return Math.sqrt(this.#raw.norm2(x.length, x.byteOffset));
  }

  /** [x.y, x.z] */
  dotPair(x: Float64Array, y: Float64Array, z: Float64Array): readonly [number, number] {
    this.#raw.dotPair(x.length, x.byteOffset, y.byteOffset, z.byteOffset, this.#out.byteOffset);
    return [this.#out[0], this.#out[1]];
  }

  /** y += a x */
  axpy(a: number, x: Float64Array, y: Float64Array): void {
    this.#raw.axpy(x.length, a, x.byteOffset, y.byteOffset);
  }

  /** y = x + a y */
  xpay(x: Float64Array, a: number, y: Float64Array): void {
    this.#raw.xpay(x.length, x.byteOffset, a, y.byteOffset);
  }

  /** y = a x + b y */
  axpby(a: number, x: Float64Array, b: number, y: Float64Array): void {
    this.#raw.axpby(x.length, a, x.byteOffset, b, y.byteOffset);
  }

  /** z = x + a y */
  triad(x: Float64Array, a: number, y: Float64Array, z: Float64Array): void {
    this.#raw.triad(x.length, x.byteOffset, a, y.byteOffset, z.byteOffset);
  }

  /** y = a x; x may be y. */
  scale(a: number, x: Float64Array, y: Float64Array): void {
    this.#raw.scale(x.length, a, x.byteOffset, y.byteOffset);
  }

  /** y = d x, element by element */
  times(d: Float64Array, x: Float64Array, y: Float64Array): void {
    this.#raw.times(x.length, d.byteOffset, x.byteOffset, y.byteOffset);
  }

  /** y = d x + a y, d element by element */
  timesPlus(d: Float64Array, x: Float64Array, a: number, y: Float64Array): void {
    this.#raw.timesPlus(x.length, d.byteOffset, x.byteOffset, a, y.byteOffset);
  }

  /** z = x - y; gives |z| */
  minus(x: Float64Array, y: Float64Array, z: Float64Array): number {
    return Math.sqrt(this.#raw.minus(x.length, x.byteOffset, y.byteOffset, z.byteOffset));
  }

  /** x += a p, r -= a q; gives |r| */
  advance(a: number, p: Float64Array, q: Float64Array, x: Float64Array, r: Float64Array): number {
    return Math.sqrt(this.#raw.advance(x.length, a, p.byteOffset, q.byteOffset, x.byteOffset, r.byteOffset));
  }

  /** As `advance`; gives [|r|, sum d r^2]. */
  advanceScaled(a: number, p: Float64Array, q: Float64Array, d: Float64Array, x: Float64Array, r: Float64Array): readonly [number, number] {
    const out = this.#out.byteOffset;
    const square = this.#raw.advanceScaled(x.length, a, p.byteOffset, q.byteOffset, d.byteOffset, x.byteOffset, r.byteOffset, out);
    return [Math.sqrt(square), this.#out[0]];
  } // oxfmt-ignore

  /** z += a x + b y */
  addPair(a: number, x: Float64Array, b: number, y: Float64Array, z: Float64Array): void {
    this.#raw.addPair(x.length, a, x.byteOffset, b, y.byteOffset, z.byteOffset);
  }

  /** p = r + beta (p - omega v) */
  bicgDirection(r: Float64Array, beta: number, omega: number, v: Float64Array, p: Float64Array): void {
    this.#raw.bicgDirection(r.length, r.byteOffset, beta, omega, v.byteOffset, p.byteOffset);
  }

  /** The products of w with the first `count` vectors of a basis, into h from h[at] on. */
  dots(basis: Basis, count: number, w: Float64Array, h: Float64Array, at = 0): void {
    const { n, stride, address } = basis;
    let j = 0;
    for (; j + 4 <= count; j += 4) {
      this.#raw.dot4(n, stride, address(j), w.byteOffset, this.#out.byteOffset);
      for (let q = 0; q < 4; q++) h[at + j + q] = this.#out[q];
    }
    for (; j < count; j++) h[at + j] = this.#raw.dot(n, address(j), w.byteOffset);
  }

  /** w += sign * sum of h[at + j] v_j over the first `count` vectors of a basis. */
  combine(basis: Basis, count: number, h: ArrayLike<number>, sign: 1 | -1, w: Float64Array, at = 0): void {
    const { n, stride, address } = basis;
    let j = 0;
    for (; j + 4 <= count; j += 4) {
      for (let q = 0; q < 4; q++) this.#out[q] = sign * h[at + j + q];
      this.#raw.axpy4(n, stride, address(j), this.#out.byteOffset, w.byteOffset);
    }
    for (; j < count; j++) this.#raw.axpy(n, sign * h[at + j], address(j), w.byteOffset);
  }

  /** `count` vectors of n elements one after the other. */
  basis(n: number, count: number): Basis {
    // An even stride keeps every vector at a multiple of 16 bytes.
    const stride = n + (n & 1);
    const all = this.vector(stride * count);
    const vectors = Array.from({ length: count }, (_, j) => all.subarray(j * stride, j * stride + n));
    return { n, stride, vectors, address: (j) => all.byteOffset + 8 * stride * j };
  }

  /**
   * w -= V V^T w for orthonormal v_0 .. v_(count - 1), a second time if much has cancelled (Daniel, Gragg, Kaufman, Stewart 1976);
   * the coefficients go to h from h[at] on. Gives |w| afterwards.
   */
  orthogonalise(basis: Basis, count: number, w: Float64Array, h: Float64Array, at = 0): number {
    const before = this.norm(w);
    this.dots(basis, count, w, h, at);
    this.combine(basis, count, h, -1, w, at);
    let after = this.norm(w);
    if (after < 0.7 * before && count > 0) {
      const again = new Float64Array(count);
      this.dots(basis, count, w, again);
      this.combine(basis, count, again, -1, w);
      for (let j = 0; j < count; j++) h[at + j] += again[j];
      after = this.norm(w);
    }
    return after;
  }
}

/** Vectors of n elements, evenly spaced in memory. */
export interface Basis {
  readonly n: number;
  /** Elements from one vector to the next. */
  readonly stride: number;
  readonly vectors: readonly Float64Array[];
  readonly address: (j: number) => number;
}
