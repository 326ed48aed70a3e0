// A preconditioner M = (I + E) D (I + F), E strictly lower and F strictly upper: what incomplete factorisations and SSOR come to. The
// two triangular solves are compiled loops. F's rows are kept in descending order: the entry computed last is used last, which
// shortens the chain of operations from one row to the next.
import { forLines, LINES, lineSum } from "../../array/index.ts";
import {
  type Compiled,
  compileModuleSync,
  fn,
  ir,
  kernelFunctions,
  program,
  type Runtime,
} from "../../compile/index.ts";
import type { Preconditioner } from "../operator.ts";
import { Placement } from "./placement.ts";

const { add, at, mul, sub } = ir;

/** lower(n, start, column, value, r, y): y = (I + E)^-1 r */
const lower = fn("lower", { n: "i32", ...LINES, r: "f64[]", y: "f64[]" }, undefined, ({ n, r, y, ...a }, k) =>
  forLines(k, a.start, n, (i, range) => k.store(y, i, lineSum(k, a, range, y, { from: at(r, i), sign: -1 }))),
);

/** upper(n, start, column, value, d, r, z): z = (I + F)^-1 (d z), d element by element; returns r.z */
const upper = fn("upper", { n: "i32", ...LINES, d: "f64[]", r: "f64[]", z: "f64[]" }, "f64", ({ n, d, r, z, ...a }, k) => {
  const dot = k.let("dot", 0);
  const end = k.let("end", at(a.start, n), "i32");
  k.for("i", sub(n, 1), -1, (i) => {
    const begin = k.let("begin", at(a.start, i), "i32");
    const sum = lineSum(k, a, { begin, end }, z, { from: mul(at(d, i), at(z, i)), sign: -1 });
    k.store(z, i, sum);
    k.set(dot, add(dot, mul(sum, at(r, i))));
    k.set(end, begin);
  }, -1);
  k.return(dot);
}); // oxfmt-ignore

let compiled: Compiled | undefined;

/** Rows of strict triangles; the columns of a row in any order. */
export interface TriangleRows {
  readonly ptr: Int32Array;
  readonly idx: Int32Array;
  readonly values: Float64Array;
}

export interface TrianglesOptions {
  readonly name: string;
  readonly symmetric: boolean;
  /** Where the factors are put if there is room; else in a memory of their own. */
  readonly runtime?: Runtime;
}

/** Puts strict triangles and the inverse diagonal d into a memory. */
export class Triangles implements Preconditioner {
  readonly name: string;
  readonly n: number;
  readonly symmetric: boolean;
  readonly entries: number;
  readonly runtime: Runtime;
  readonly #placement: Placement;
  readonly #lower: (r: number, y: number) => void;
  readonly #upper: (r: number, z: number) => number;
  readonly #r: Float64Array;
  readonly #z: Float64Array;

  constructor(e: TriangleRows, d: Float64Array, f: TriangleRows, { name, symmetric, runtime }: TrianglesOptions) {
    const n = d.length;
    const [ne, nf] = [e.ptr[n], f.ptr[n]];
    this.name = name;
    this.n = n;
    this.symmetric = symmetric;
    this.entries = ne + nf + n;
    this.#placement = new Placement(runtime, { f64: ne + nf + 3 * n, i32: ne + nf + 2 * n + 2 });
    this.runtime = this.#placement.runtime;
    const place = ({ ptr, idx, values }: TriangleRows, count: number): [number, number, number] => {
      const [p, i, v] = [this.runtime.i32(n + 1), this.runtime.i32(count), this.runtime.f64(count)];
      p.set(ptr);
      i.set(idx.length === count ? idx : idx.subarray(0, count));
      v.set(values.length === count ? values : values.subarray(0, count));
      return [p.byteOffset, i.byteOffset, v.byteOffset];
    };
    const [pe, pf] = [place(e, ne), place(descending(f, n), nf)];
    const diagonal = this.runtime.f64(n);
    diagonal.set(d);
    [this.#r, this.#z] = [this.runtime.f64(n), this.runtime.f64(n)];
    this.#placement.done();
    compiled ??= compileModuleSync(program("triangles", ...[lower, upper].map((g) => kernelFunctions.checkedByAuthor(g))), { target: typeof WebAssembly === "undefined" ? "js" : "wasm" }); // oxfmt-ignore
    const raw = compiled.link(this.runtime).raw;
    this.#lower = (r, y) => void raw.lower(n, ...pe, r, y);
    this.#upper = (r, z) => raw.upper(n, ...pf, diagonal.byteOffset, r, z);
  }

  apply(r: Float64Array, z: Float64Array): void {
    this.applyDot(r, z);
  }

  applyDot(r: Float64Array, z: Float64Array): number {
    const { buffer } = this.#r;
    if (r.buffer === buffer && z.buffer === buffer) {
      this.#lower(r.byteOffset, z.byteOffset);
      return this.#upper(r.byteOffset, z.byteOffset);
    }
    this.#r.set(r);
    this.#lower(this.#r.byteOffset, this.#z.byteOffset);
    const dot = this.#upper(this.#r.byteOffset, this.#z.byteOffset);
    z.set(this.#z);
    return dot;
  }

  dispose(): void {
    this.#placement.dispose();
  }
}

/** The same rows, the columns of each in descending order (those given ascend or descend). */
function descending({ ptr, idx, values }: TriangleRows, n: number): TriangleRows {
  const [i, v] = [idx.slice(0, ptr[n]), values.slice(0, ptr[n])];
  for (let k = 0; k < n; k++) {
    const [from, to] = [ptr[k], ptr[k + 1]];
    if (to - from < 2 || i[from] > i[to - 1]) continue;
    i.subarray(from, to).reverse();
    v.subarray(from, to).reverse();
  }
  return { ptr, idx: i, values: v };
}

/** Rows of the transpose of a strict triangle, columns ascending. */
export function transposeRows({ ptr, idx, values }: TriangleRows, n: number): TriangleRows {
  const count = ptr[n];
  const out = new Int32Array(n + 1);
  for (let p = 0; p < count; p++) out[idx[p] + 1]++;
  for (let k = 0; k < n; k++) out[k + 1] += out[k];
  const next = out.slice(0, n);
  const [index, re] = [new Int32Array(count), new Float64Array(count)];
  for (let k = 0; k < n; k++)
    for (let p = ptr[k]; p < ptr[k + 1]; p++) {
      const to = next[idx[p]]++;
      index[to] = k;
      re[to] = values[p];
    }
  return { ptr: out, idx: index, values: re };
}
