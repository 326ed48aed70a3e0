// Shared by the claims about numbers of few bits and by bench/lowbit.ts: products of one shape in several ways, each checked
// against plain sums in double precision (whole numbers over every result, floats over a share), and timed in turn within one loop.
import { Random } from "calculemus/base";
import { bitPlaneProgram, codeValue, compileProgramSync, floatGemm, floatGemv, FUSED, lookupBytes, lookupProgram, planeBytes, program, quantisedProgram, Runtime, UNPACKED } from "calculemus/compile"; // oxfmt-ignore

export interface Shape {
  readonly rows: number;
  readonly columns: number;
  /** Vectors; default 1. */
  readonly batch?: number;
}

export interface Way {
  readonly name: string;
  run(): void;
  /** Runs and compares every result: wrong ones of whole numbers; for floats the largest error over the sum of sizes. */
  check(): number;
  /** Bytes of weights read in a run. */
  readonly bytes: number;
}

/** Median milliseconds of each, taken in turn; the machine's other work then falls on all of them. */
export function time(ways: readonly Way[], { rounds = 15, warm = 60 } = {}): number[] {
  for (const way of ways) {
    const begin = performance.now();
    do way.run();
    while (performance.now() - begin < warm);
  }
  const times = ways.map((): number[] => []);
  for (let i = 0; i < rounds; i++)
    ways.forEach((way, j) => {
      const begin = performance.now();
      way.run();
      times[j].push(performance.now() - begin);
    });
  return times.map((list) => list.sort((a, b) => a - b)[list.length >> 1]);
}

/** Products of one shape; weights are drawn from one stream, so every call sees the same. */
export class Products {
  readonly #runtime: Runtime;
  readonly #codes: Uint8Array;
  readonly shape: Required<Shape>;

  /** `runtime` memory for the f32 weights and for four copies of them in few bits. */
  constructor({ rows, columns, batch = 1 }: Shape) {
    this.shape = { rows, columns, batch };
    const padded = 4 * Math.ceil(rows / 32) * 32 * Math.ceil(columns / 128) * 128;
    this.#runtime = new Runtime({ bytes: 2 * padded + 16 * batch * (rows + columns) * 4 + (4 << 20) });
    const random = new Random(17);
    this.#codes = Uint8Array.from({ length: rows * columns }, () => random.next() * 256);
  }

  dispose(): void {
    this.#runtime.dispose();
  }

  /** Codes of the weights: the low bits. */
  #weights(bits: number): Uint8Array {
    return this.#codes.map((x) => x & (2 ** bits - 1));
  }

  #inputs<T extends Uint8Array | Int8Array | Float32Array>(to: T, value: (u: number) => number): T {
    const random = new Random(18);
    for (let i = 0; i < to.length; i++) to[i] = value(random.next());
    return to;
  }

  /** Puts codes into the memory in pieces, each packed by `pack`. */
  #pack(codes: Uint8Array, pack: (rows: number, piece: Uint8Array, first: number) => void): void {
    const { rows, columns } = this.shape;
    const mark = this.#runtime.mark();
    const piece = this.#runtime.u8(32 * columns);
    for (let r = 0; r < rows; r += 32) {
      const count = Math.min(32, rows - r);
      piece.set(codes.subarray(r * columns, (r + count) * columns));
      pack(count, piece, r);
    }
    this.#runtime.release(mark);
  }

  /** Results that differ from whole sums. */
  #wrong(out: Int32Array, w: Int32Array, a: Int32Array): number {
    const { rows, columns, batch } = this.shape;
    let wrong = 0;
    for (let b = 0; b < batch; b++)
      for (let r = 0; r < rows; r++) {
        let sum = 0;
        for (let c = 0; c < columns; c++) sum += w[r * columns + c] * a[b * columns + c];
        if (out[b * rows + r] !== sum) wrong++;
      }
    return wrong;
  }

  /** Largest error over the sum of sizes, over about four million products spread over all rows and vectors. */
  #error(y: Float32Array, weight: (i: number, r: number, c: number) => number, x: Float32Array): number {
    const { rows, columns, batch } = this.shape;
    let worst = 0;
    for (let b = 0; b < batch; b++) {
      const step = Math.max(1, Math.floor((rows * columns * batch) / 2 ** 22));
      for (let r = b % step; r < rows; r += step) {
        let [sum, size] = [0, 0];
        for (let c = 0; c < columns; c++) {
          const term = weight(r * columns + c, r, c) * x[b * columns + c];
          sum += term;
          size += Math.abs(term);
        }
        worst = Math.max(worst, Math.abs(y[b * rows + r] - sum) / size);
      }
    }
    return worst;
  }

  /** Single precision: the measure. */
  floats(): Way {
    const { rows, columns, batch } = this.shape;
    const runtime = this.#runtime;
    const { call } = compileProgramSync(program("floats", floatGemv(), floatGemm()), { runtime });
    const w = runtime.f32(rows * columns);
    for (let i = 0; i < w.length; i++) w[i] = this.#codes[i] / 128 - 1;
    const x = this.#inputs(runtime.f32(batch * columns), (u) => u - 0.5);
    const y = runtime.f32(batch * rows);
    const run = batch === 1 ? () => void call.gemv(rows, columns, w, x, y) : () => void call.gemm(batch, rows, columns, w, x, y); // oxfmt-ignore
    return {
      name: "f32",
      bytes: 4 * rows * columns,
      run,
      check: () => {
        run();
        return this.#error(y, (i) => w[i], x);
      },
    };
  }

  /** Bipolar bit planes; the activations are packed anew in each run. */
  planes(weightBits: number, activationBits: number): Way {
    const { rows, columns, batch } = this.shape;
    const runtime = this.#runtime;
    const { call } = compileProgramSync(bitPlaneProgram({ weightBits, activationBits }), { runtime });
    const codes = this.#weights(weightBits);
    const bytes = planeBytes(rows, columns, weightBits);
    const weights = runtime.u8(bytes);
    this.#pack(codes, (count, piece, r) => call.packWeights(count, columns, piece, weights.subarray(planeBytes(r, columns, weightBits)))); // oxfmt-ignore
    const a = this.#inputs(runtime.u8(batch * columns), (u) => u * 2 ** activationBits);
    const planes = runtime.u8(planeBytes(batch, columns, activationBits));
    const out = runtime.i32(batch * rows);
    const run = (): void => {
      call.packActivations(batch, columns, a, planes);
      call.multiply(batch, rows, columns, planes, weights, out);
    };
    return {
      name: `planes W${weightBits}A${activationBits}`,
      bytes,
      run,
      check: () => {
        run();
        const values = (list: Uint8Array, bits: number): Int32Array => Int32Array.from(list, (code) => codeValue(code, bits, "bipolar")); // oxfmt-ignore
        return this.#wrong(out, values(codes, weightBits), values(a, activationBits));
      },
    };
  }

  /** Bipolar weights by tables, which are made anew in each run; `scaled`: with a scale for every 128 columns. */
  lookup(weightBits: number, { scaled = false } = {}): Way {
    const { rows, columns } = this.shape;
    const runtime = this.#runtime;
    const { call } = compileProgramSync(lookupProgram({ weightBits }), { runtime });
    const codes = this.#weights(weightBits);
    const padded = Math.ceil(columns / 128) * 128;
    const tiled = Math.ceil(rows / 32) * 32;
    const bytes = lookupBytes(tiled, padded, weightBits);
    const weights = runtime.u8(bytes);
    this.#pack(codes, (count, piece, r) => call.pack(count, columns, padded, piece, weights.subarray(lookupBytes(r, padded, weightBits)))); // oxfmt-ignore
    const a = runtime.i8(padded);
    this.#inputs(a.subarray(0, columns), (u) => Math.floor(31 * u) - 15);
    const tables = runtime.i8(4 * padded);
    const out = runtime.i32(tiled);
    const groups = padded / 128;
    const scales = runtime.f32(scaled ? tiled * groups : 0);
    for (let i = 0; i < scales.length; i++) scales[i] = 1 + (i % 7) / 8;
    const floats = runtime.f32(scaled ? tiled : 0);
    const run = (): void => {
      call.tables(padded, a, tables);
      if (scaled) call.multiplyScaled(tiled, padded, weights, tables, scales, floats);
      else call.multiply(tiled, padded, weights, tables, out);
    };
    return {
      name: `tables W${weightBits}${scaled ? ", scaled" : ""}`,
      bytes,
      run,
      check: () => {
        run();
        const w = Int32Array.from(codes, (code) => codeValue(code, weightBits, "bipolar"));
        if (!scaled) return this.#wrong(out.subarray(0, rows), w, Int32Array.from(a));
        const scale = (r: number, c: number): number => scales[(Math.floor(r / 32) * groups + (c >> 7)) * 32 + (r % 32)]; // oxfmt-ignore
        return this.#error(floats, (i, r, c) => w[i] * scale(r, c), Float32Array.from(a));
      },
    };
  }

  /** Weights unpacked to f32 as they are used, a scale for every 128 columns. */
  unpacking(width: 1 | 2 | 4): Way {
    const { rows, columns, batch } = this.shape;
    const runtime = this.#runtime;
    const { call } = compileProgramSync(quantisedProgram({ width }), { runtime });
    const codes = this.#weights(width);
    const padded = Math.ceil(columns / 128) * 128;
    const rowBytes = (padded * width) / 8;
    const packed = runtime.u8(rows * rowBytes);
    this.#pack(codes, (count, piece, r) => call.pack(count, columns, padded, piece, packed.subarray(r * rowBytes)));
    const groups = padded / 128;
    const scales = runtime.f32(rows * groups);
    for (let i = 0; i < scales.length; i++) scales[i] = 1 + (i % 7) / 8;
    const x = this.#inputs(new Float32Array(batch * columns), (u) => u - 0.5);
    const input = runtime.f32(batch * padded);
    for (let b = 0; b < batch; b++) input.set(x.subarray(b * columns, (b + 1) * columns), b * padded);
    const y = runtime.f32(batch * rows);
    const buffer = runtime.f32(UNPACKED);
    const run = (): void => {
      if (batch <= FUSED) call.fused(batch, rows, padded, packed, scales, input, y);
      else call.gemm(batch, rows, padded, packed, scales, input, y, buffer);
    };
    const value = (code: number): number => (width === 1 ? 2 * code - 1 : code - 2 ** (width - 1));
    return {
      name: `unpacking W${width}`,
      bytes: rows * rowBytes,
      run,
      check: () => {
        run();
        return this.#error(y, (i, r, c) => value(codes[i]) * scales[r * groups + (c >> 7)], x);
      },
    };
  }
}
