// Kernels of few bits against plain sums, on shapes that do not fit their blocks; wasm and js give the same.
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { Failure, Random } from "../../base/index.ts";
import { floatFormat, formatNamed, type Format, p3109Format } from "../../number/index.ts";
import { program } from "../builder.ts";
import { compileProgramSync } from "../kernel.ts";
import { Runtime } from "../runtime.ts";
import { type CodeFormat, codeFormatOf, sumsAreExact, valueOfCode } from "./any-width.ts";
import { codeValue, type Coding, mostColumns } from "./bit-planes.ts";
import { floatGemm, floatGemv } from "./float-rows.ts";
import { codeMatrix, lookupMatrix, planeMatrix, quantisedMatrix } from "./low-bit.ts";

const random = new Random(11);
const codes = (length: number, bits: number): Uint8Array =>
  Uint8Array.from({ length }, () => Math.floor(random.next() * 2 ** bits));

/** sum_c w[r][c] a[b][c] as BigInt. */
function products(batch: number, rows: number, columns: number, w: (i: number) => number, a: (i: number) => number): number[] {
  return Array.from({ length: batch * rows }, (_, i) => {
    const [b, r] = [Math.floor(i / rows), i % rows];
    let sum = 0n;
    for (let c = 0; c < columns; c++) sum += BigInt(w(r * columns + c)) * BigInt(a(b * columns + c));
    return Number(sum);
  });
} // oxfmt-ignore

function planes(target: "wasm" | "js", sizes: readonly [number, number, number], bits: readonly [number, number], coding: readonly [Coding, Coding]): [number[], number[]] {
  const [batch, rows, columns] = sizes;
  const [weightBits, activationBits] = bits;
  const [weights, activations] = coding;
  const [w, a] = [codes(rows * columns, weightBits), codes(batch * columns, activationBits)];
  const matrix = planeMatrix({ rows, columns, batch, codes: w, weightBits, activationBits, weights, activations, target });
  const found = [...matrix.multiply(a)];
  matrix.dispose();
  const value = (all: Uint8Array, width: number, how: Coding) => (i: number) => codeValue(all[i], width, how);
  return [found, products(batch, rows, columns, value(w, weightBits, weights), value(a, activationBits, activations))];
} // oxfmt-ignore

describe("bit planes", () => {
  test("every pair of widths is exact, on odd shapes", () => {
    for (let w = 1; w <= 8; w++)
      for (let a = 1; a <= 8; a++)
        for (const columns of [1, 127 + w, 1000 + 37 * a]) {
          const [found, wanted] = planes("wasm", [2, 3, columns], [w, a], ["bipolar", "bipolar"]);
          expect(found, `${w} x ${a}, ${columns} columns`).toEqual(wanted);
        }
  });

  test("binary and two's complement codes, in every pair of widths", () => {
    const pairs: [Coding, Coding][] = [["unsigned", "unsigned"], ["twos", "twos"], ["twos", "unsigned"], ["unsigned", "twos"]]; // oxfmt-ignore
    for (let w = 1; w <= 8; w++)
      for (let a = 1; a <= 8; a++) {
        const coding = pairs[(w + a) % 4];
        const [found, wanted] = planes("wasm", [1, 2, 700 + 13 * w], [w, a], coding);
        expect(found, `${w} x ${a} ${coding.join()}`).toEqual(wanted);
      }
  });

  test("counts are emptied in time: all bits alike over many columns", () => {
    for (const [weightBits, activationBits] of [[1, 1], [1, 2], [2, 2], [3, 4], [8, 8]])
      for (const bit of [0, 1]) {
        const columns = 20_000 + bit;
        const w = new Uint8Array(columns).fill(bit * (2 ** weightBits - 1));
        const a = new Uint8Array(columns).fill(2 ** activationBits - 1);
        const matrix = planeMatrix({ rows: 1, columns, codes: w, weightBits, activationBits });
        const sign = bit === 1 ? 1 : -1;
        expect([...matrix.multiply(a)]).toEqual([sign * (2 ** weightBits - 1) * (2 ** activationBits - 1) * columns]);
        matrix.dispose();
      }
  }); // oxfmt-ignore

  test("js gives the same", () => {
    for (const [w, a, coding] of [[1, 1, "bipolar"], [2, 2, "bipolar"], [3, 5, "twos"]] as const) {
      const [found, wanted] = planes("js", [2, 2, 300], [w, a], [coding, coding]);
      expect(found).toEqual(wanted);
    }
  }); // oxfmt-ignore

  test("random shapes", () => {
    const size = fc.integer({ min: 1, max: 6 });
    const bits = fc.integer({ min: 1, max: 8 });
    fc.assert(
      fc.property(size, size, fc.integer({ min: 1, max: 1500 }), bits, bits, (batch, rows, columns, w, a) => {
        const [found, wanted] = planes("wasm", [batch, rows, columns], [w, a], ["bipolar", "bipolar"]);
        expect(found).toEqual(wanted);
      }),
      { numRuns: 30, seed: 5 },
    );
  });

  test("what does not fit is refused", () => {
    const most = mostColumns({ weightBits: 8, activationBits: 8 });
    const shape = { rows: 1, columns: 2, codes: Uint8Array.of(0, 3), weightBits: 2, activationBits: 1 };
    expect(most).toBe(33_025);
    expect(() => planeMatrix({ ...shape, columns: most + 1, weightBits: 8, activationBits: 8 })).toThrow(Failure);
    expect(() => planeMatrix({ ...shape, weightBits: 1 })).toThrow(/more than 1 bits/);
    expect(() => planeMatrix({ ...shape, weightBits: 9 })).toThrow(/1 to 8/);
    expect(() => planeMatrix({ ...shape, columns: 3 })).toThrow(/2 codes, but 3/);
    expect(() => planeMatrix({ ...shape, activations: "twos" })).toThrow(/bipolar/);
    const matrix = planeMatrix(shape);
    expect(() => matrix.multiply(Uint8Array.of(1, 1, 1))).toThrow(Failure);
    expect(() => matrix.multiply(Uint8Array.of(1, 1, 1, 1))).toThrow(/room for 1/);
    expect(() => matrix.multiply(Uint8Array.of(2, 1))).toThrow(/more than 1 bits/);
    matrix.dispose();
  });
});

describe("lookup", () => {
  const run = (target: "wasm" | "js", rows: number, columns: number, weightBits: number, weights: Coding, group = 128): void => {
    const w = codes(rows * columns, weightBits);
    const a = Int8Array.from({ length: columns }, () => Math.floor(random.next() * 31) - 15);
    const groups = Math.ceil(columns / group);
    const scales = Float32Array.from({ length: rows * groups }, () => random.next() - 0.5);
    const matrix = lookupMatrix({ rows, columns, codes: w, weightBits, weights, group, scales, target, relaxed: false });
    const value = (i: number): number => codeValue(w[i], weightBits, weights);
    expect([...matrix.multiply(a)], `${rows} x ${columns}, ${weightBits} bits ${weights}`).toEqual(products(1, rows, columns, value, (i) => a[i]));
    const scaled = matrix.multiplyScaled(a);
    for (let r = 0; r < rows; r++) {
      // The same operations: whole sum of a group times its scale, rounded, then added, rounded.
      let sum = 0;
      for (let g = 0; g < groups; g++) {
        let whole = 0;
        for (let c = g * group; c < Math.min(columns, (g + 1) * group); c++) whole += value(r * columns + c) * a[c];
        sum = Math.fround(sum + Math.fround(whole * scales[r * groups + g]));
      }
      expect(scaled[r]).toBe(sum);
    }
    matrix.dispose();
  }; // oxfmt-ignore

  test("every width and coding is exact, on odd shapes", () => {
    for (const bits of [1, 2, 3, 4])
      for (const coding of ["bipolar", "unsigned", "twos"] as const)
        for (const columns of [1, 130 * bits + 1, 384]) run("wasm", 33 + bits, columns, bits, coding);
  });

  test("long rows and groups: sums leave 8 and 16 bits in time", () => {
    for (const bits of [1, 2, 3, 4]) {
      const [columns, most] = [5000, 15];
      const matrix = lookupMatrix({ rows: 1, columns, codes: new Uint8Array(columns).fill(2 ** bits - 1), weightBits: bits, group: 2560, scales: Float32Array.of(1, 2) });
      const a = new Int8Array(columns).fill(most);
      const each = most * (2 ** bits - 1);
      expect([...matrix.multiply(a)]).toEqual([columns * each]);
      expect([...matrix.multiplyScaled(a)]).toEqual([2560 * each + 2 * 2440 * each]);
      matrix.dispose();
    }
  }); // oxfmt-ignore

  test("js gives the same", () => {
    run("js", 3, 140, 2, "bipolar");
    run("js", 2, 129, 3, "twos", 256);
  });

  test("what does not fit is refused", () => {
    const shape = { rows: 1, columns: 2, codes: Uint8Array.of(0, 1), weightBits: 1 };
    expect(() => lookupMatrix({ ...shape, weightBits: 5 })).toThrow(/1 to 4/);
    expect(() => lookupMatrix({ ...shape, group: 100 })).toThrow(/multiple of 128/);
    expect(() => lookupMatrix({ ...shape, scales: Float32Array.of(1, 2) })).toThrow(/2 scales/);
    const matrix = lookupMatrix(shape);
    expect(() => matrix.multiply(Int8Array.of(16, 0))).toThrow(/beyond 15/);
    expect(() => matrix.multiply(Int8Array.of(1))).toThrow(/1 activations/);
    expect(() => matrix.multiplyScaled(Int8Array.of(1, 1))).toThrow(/without scales/);
    matrix.dispose();
  });
});

describe("quantised", () => {
  const run = (target: "wasm" | "js", relaxed: boolean, width: 1 | 2 | 4, batch: number, rows: number, columns: number, values?: readonly number[]): Float32Array => {
    const own = new Random(3);
    const w = Uint8Array.from({ length: rows * columns }, () => Math.floor(own.next() * 2 ** width));
    const x = Float32Array.from({ length: batch * columns }, () => own.next() - 0.5);
    const groups = Math.ceil(columns / 128);
    const scales = Float32Array.from({ length: rows * groups }, () => own.next());
    const matrix = quantisedMatrix({ rows, columns, batch, codes: w, width, values, scales, target, relaxed });
    const y = matrix.multiply(x);
    const valueOf = (code: number): number => values?.[code] ?? (width === 1 ? 2 * code - 1 : code - 2 ** (width - 1));
    for (let b = 0; b < batch; b++)
      for (let r = 0; r < rows; r++) {
        let [sum, size] = [0, 0];
        for (let c = 0; c < columns; c++) {
          const term = valueOf(w[r * columns + c]) * scales[r * groups + (c >> 7)] * x[b * columns + c];
          sum += term;
          size += Math.abs(term);
        }
        // Any order of n additions: at most (n + 3) roundings of 2^-24 of the sum of sizes; lanes need far fewer.
        expect(Math.abs(y[b * rows + r] - sum)).toBeLessThanOrEqual((columns + 3) * 2 ** -24 * size);
      }
    matrix.dispose();
    return y;
  }; // oxfmt-ignore

  test("every width and batch, on odd shapes", () => {
    for (const width of [1, 2, 4] as const)
      for (const batch of [1, 2, 3, 7]) run("wasm", true, width, batch, 5, 100 + 333 * batch);
  });

  test("values by table: e2m1", () => {
    const magnitudes = [0, 0.5, 1, 1.5, 2, 3, 4, 6];
    run("wasm", true, 4, 2, 3, 300, [...magnitudes, ...magnitudes.map((x) => -x)]);
  });

  test("js gives the same bits", () => {
    for (const batch of [1, 3])
      expect(run("js", false, 4, batch, 3, 200)).toEqual(run("wasm", false, 4, batch, 3, 200));
  });

  test("columns beyond one block", () => {
    run("wasm", true, 4, 1, 2, 5000);
    run("wasm", true, 4, 6, 3, 5000);
  });

  test("what does not fit is refused", () => {
    const shape = { rows: 1, columns: 2, codes: Uint8Array.of(0, 1), scales: Float32Array.of(1) };
    expect(() => quantisedMatrix({ ...shape, width: 2, values: [0, 1, 2, 0.1] })).toThrow(/bfloat16/);
    expect(() => quantisedMatrix({ ...shape, width: 1, values: [0, 1, 2] })).toThrow(/3 values/);
    expect(() => quantisedMatrix({ ...shape, width: 4, group: 48 })).toThrow(/groups of 48/);
    expect(() => quantisedMatrix({ ...shape, width: 4, scales: Float32Array.of(1, 1) })).toThrow(/2 scales/);
  });
});

describe("products in f32", () => {
  test("against sums in double precision; wasm and js the same bits", () => {
    const [batch, rows, columns] = [3, 5, 1036];
    const results = (["wasm", "js"] as const).map((target) => {
      const runtime = new Runtime({ bytes: 1 << 20 });
      const { call } = compileProgramSync(program("rows", floatGemv(), floatGemm()), { target, runtime, relaxed: false });
      const own = new Random(4);
      const [w, x, y, z] = [runtime.f32(rows * columns), runtime.f32(batch * columns), runtime.f32(rows), runtime.f32(batch * rows)];
      for (const list of [w, x]) for (let i = 0; i < list.length; i++) list[i] = own.next() - 0.5;
      call.gemv(rows, columns, w, x, y);
      call.gemm(batch, rows, columns, w, x, z);
      for (let b = 0; b < batch; b++)
        for (let r = 0; r < rows; r++) {
          let sum = 0;
          for (let c = 0; c < columns; c++) sum += w[r * columns + c] * x[b * columns + c];
          expect(z[b * rows + r]).toBeCloseTo(sum, 4);
          if (b === 0) expect(y[r]).toBeCloseTo(sum, 4);
        }
      expect(() => call.gemm(1, 1, 6, w, x, z)).toThrow(/multiple of 4/);
      const all = [...y, ...z];
      runtime.dispose();
      return all;
    });
    expect(results[0]).toEqual(results[1]);
  }); // oxfmt-ignore
});

describe("any width", () => {
  /** Plain sums in double precision, in order of columns; with whole numbers also as BigInt. */
  const check = (weights: CodeFormat, activations: CodeFormat, target: "wasm" | "js", label: string): void => {
    const [batch, rows, columns] = [3, 3, 21];
    const [w, a] = [codes(rows * columns, weights.bits), codes(batch * columns, activations.bits)];
    const matrix = codeMatrix({ rows, columns, batch, codes: w, weights, activations, target });
    const found = matrix.multiply(a);
    for (let b = 0; b < batch; b++)
      for (let r = 0; r < rows; r++) {
        let sum = 0;
        for (let c = 0; c < columns; c++) sum += valueOfCode(weights, w[r * columns + c]) * valueOfCode(activations, a[b * columns + c]);
        expect(found[b * rows + r], label).toBe(sum);
      }
    matrix.dispose();
  }; // oxfmt-ignore

  test("whole numbers of every pair of widths", () => {
    for (let w = 1; w <= 8; w++)
      for (let a = 1; a <= 8; a++) {
        const formats = [{ kind: w % 2 ? "signed" : "unsigned", bits: w }, { kind: a % 3 ? "signed" : "unsigned", bits: a }] as const; // oxfmt-ignore
        check(formats[0], formats[1], (w + a) % 5 === 0 ? "js" : "wasm", `${w} x ${a}`);
        expect(sumsAreExact(formats[0], formats[1], 1 << 20)).toBe(true);
      }
  });

  test("floats of every width and split, P3109 and OCP", () => {
    const list: Format[] = ["e5m2", "e4m3fn", "e3m2fn", "e2m3fn", "e2m1fn", "e8m0fnu", "e4m3fnuz", "e5m2fnuz", "ue5m3", "posit8", "posit6:es1"].map((name) => formatNamed(name)); // oxfmt-ignore
    for (let width = 1; width <= 8; width++)
      for (const signed of [false, true])
        for (let e = 1; e + (signed ? 1 : 0) <= width; e++) {
          const bias = 2 ** (e - 1) - 1;
          list.push(floatFormat({ precision: width - e - (signed ? 0 : -1), emin: 1 - bias, emax: 2 ** e - 1 - bias, signed, infinities: false, nan: "none" })); // oxfmt-ignore
          if (width >= 3 && e < width) list.push(p3109Format({ width, precision: e, signed, extended: e % 2 === 0 }));
        }
    list.forEach((format, i) => {
      const other = list[(i * 7 + 3) % list.length];
      check(codeFormatOf(format), codeFormatOf(other), i % 4 === 0 ? "js" : "wasm", `${format.name} x ${other.name}`);
    });
    expect(list.length).toBeGreaterThan(100);
    expect(new Set(list.map((format) => format.bits)).size).toBe(8);
    const [e2m1, e5m2, e4m3] = ["e2m1fn", "e5m2", "e4m3fn"].map((name) => codeFormatOf(formatNamed(name)));
    expect([sumsAreExact(e2m1, e2m1, 4096), sumsAreExact(e2m1, e4m3, 64), sumsAreExact(e5m2, e5m2, 64)]).toEqual([true, false, false]); // oxfmt-ignore
  });

  test("what does not fit is refused", () => {
    expect(() => codeFormatOf(formatNamed("binary16"))).toThrow(/16 bits/);
    expect(() => codeFormatOf(formatNamed("int8sym"))).toThrow(/means nothing/);
    const shape = { rows: 1, columns: 1, codes: Uint8Array.of(1) };
    const bit = { kind: "unsigned", bits: 1 } as const;
    expect(() => codeMatrix({ ...shape, weights: { kind: "unsigned", bits: 9 }, activations: bit })).toThrow(/1 to 8/);
    expect(() => codeMatrix({ ...shape, weights: { kind: "table", bits: 2, values: [1] }, activations: bit })).toThrow(/1 values/); // oxfmt-ignore
  });
});
