// Every kernel on every target beside plain JavaScript, at odd sizes, with tails, with nothing at all, with NaN and infinities.
import * as fc from "fast-check";
import { afterAll, describe, expect, test } from "vitest";
import { program } from "../builder.ts";
import { compileProgramSync } from "../kernel.ts";
import { Runtime } from "../runtime.ts";
import { checkBounds } from "../passes/bounds.ts";
import { vectorise } from "../passes/vectorise.ts";
import { nativeMissing } from "../targets/c-build.ts";
import { fast, gemm, kernelFunctions, kernelProgram, NumericKernels, type RealArray } from "./index.ts";

const REALS = ["f64", "f32"] as const;
/** js and wasm, and c where there is a compiler and koffi. */
const TARGETS = nativeMissing() ? (["wasm", "js"] as const) : (["wasm", "js", "c"] as const);
const EPSILON = { f64: 2 ** -52, f32: 2 ** -23 };

/** Numbers in [-1/2, 1/2), the same for the same seed. */
function numbers(length: number, seed: number, real: "f64" | "f32"): RealArray {
  let s = seed;
  const next = (): number => (s = (Math.imul(s, 1103515245) + 12345) >>> 0) / 2 ** 32 - 0.5;
  return real === "f64" ? Float64Array.from({ length }, next) : Float32Array.from({ length }, next);
}

function close(actual: ArrayLike<number>, expected: ArrayLike<number>, tolerance: number): void {
  expect(actual.length).toBe(expected.length);
  for (let i = 0; i < expected.length; i++) {
    const [x, y] = [actual[i], expected[i]];
    if (Object.is(x, y) || Math.abs(x - y) <= tolerance) continue;
    expect([i, x]).toEqual([i, y]);
  }
}

const instances: NumericKernels<RealArray>[] = [];
const libraries = new Map(
  REALS.flatMap((real) =>
    TARGETS.map((target) => {
      const kernels = new NumericKernels<RealArray>({ real, target, relaxed: false, bytes: 8 << 20 });
      instances.push(kernels);
      return [`${real} ${target}`, kernels] as const;
    }),
  ),
);
afterAll(() => instances.forEach((each) => each.dispose()));

/** The result on all targets, which must be the same bit for bit. */
function onAll(real: "f64" | "f32", use: (k: NumericKernels<RealArray>) => ArrayLike<number>): number[] {
  const [wasm, ...others] = TARGETS.map((target) => Array.from(use(libraries.get(`${real} ${target}`)!)));
  for (const other of others) expect(other).toEqual(wasm);
  return wasm;
}

interface Csr {
  rows: number;
  columns: number;
  start: number[];
  index: number[];
  value: RealArray;
}

/** About a third of the entries, some rows empty. */
function randomSparse(rows: number, columns: number, seed: number, real: "f64" | "f32", block = 1): Csr {
  const pick = numbers(rows * columns, seed, "f64");
  const [start, index]: [number[], number[]] = [[0], []];
  for (let i = 0; i < rows; i++) {
    for (let j = 0; j < columns; j++) if (pick[i * columns + j] < -0.2 && i % 4 !== 3) index.push(j);
    start.push(index.length);
  }
  return { rows, columns, start, index, value: numbers(index.length * block * block, seed + 1, real) };
}

/** The 5-point Laplacian on n x n points. */
function laplacian(n: number, real: "f64" | "f32"): Csr {
  const [start, index, value]: [number[], number[], number[]] = [[0], [], []];
  for (let i = 0; i < n; i++)
    for (let j = 0; j < n; j++) {
      const put = (a: number, b: number, x: number): void => {
        if (a < 0 || b < 0 || a >= n || b >= n) return;
        index.push(a * n + b);
        value.push(x);
      };
      put(i - 1, j, -1);
      put(i, j - 1, -1);
      put(i, j, 4);
      put(i, j + 1, -1);
      put(i + 1, j, -1);
      start.push(index.length);
    }
  return {
    rows: n * n,
    columns: n * n,
    start,
    index,
    value: real === "f64" ? Float64Array.from(value) : Float32Array.from(value),
  };
}

describe.each(REALS)("%s", (real) => {
  const eps = EPSILON[real];
  const round = real === "f64" ? (x: number) => x : Math.fround;

  test("vectors of every length to 40", () => {
    for (let n = 0; n <= 40; n++) {
      const [x, y, z] = [1, 2, 3].map((seed) => numbers(n, seed, real));
      const s = round(1.7);
      expect(onAll(real, (k) => k.axpy(s, x, y.slice()))).toEqual(Array.from(y, (v, i) => round(v + round(s * x[i]))));
      const exact = Array.from(x).reduce((sum, v, i) => sum + v * y[i], 0);
      close(
        onAll(real, (k) => [k.dot(x, y)]),
        [exact],
        40 * eps,
      );
      for (const [name, wanted] of [
        ["copy", (i: number) => x[i]],
        ["scale", (i: number) => round(s * x[i])],
        ["sum", (i: number) => round(x[i] + y[i])],
        ["triad", (i: number) => round(x[i] + round(s * y[i]))],
      ] as const)
        expect(
          onAll(real, (k) => {
            const mark = k.runtime.mark();
            const [a, b, c] = [x, y, z].map((v) => {
              const own = k.array(n);
              own.set(v);
              return own;
            });
            const call = k.kernels.call[`${name}${real === "f64" ? "F64" : "F32"}`];
            if (name === "copy") call(n, a, c);
            else if (name === "scale") call(n, s, a, c);
            else if (name === "sum") call(n, a, b, c);
            else call(n, s, a, b, c);
            const out = c.slice();
            k.runtime.release(mark);
            return out;
          }),
        ).toEqual(Array.from(x, (_, i) => wanted(i)));
    }
  });

  test("gemm: any sizes, leading dimensions, alpha and beta", () => {
    const size = fc.integer({ min: 0, max: 19 });
    const factor = fc.constantFrom(0, 1, -0.5, 2);
    const pad = fc.integer({ min: 0, max: 3 });
    fc.assert(
      fc.property(size, size, size, factor, factor, pad, pad, pad, (m, n, k, alpha, beta, pa, pb, pc) => {
        const [lda, ldb, ldc] = [k + pa, n + pb, n + pc];
        const [a, b, c] = [m * lda, k * ldb, m * ldc].map((length, i) => numbers(length, i + 1, real));
        const found = onAll(real, (s) => s.gemm(a, b, { m, n, k, alpha, beta, lda, ldb, ldc, c: c.slice() }));
        const wanted = Float64Array.from(c);
        for (let i = 0; i < m; i++)
          for (let j = 0; j < n; j++) {
            let sum = 0;
            for (let p = 0; p < k; p++) sum += a[i * lda + p] * b[p * ldb + j];
            wanted[i * ldc + j] = alpha * sum + beta * c[i * ldc + j];
          }
        close(found, wanted, 40 * eps);
      }),
      { numRuns: 60 },
    );
  });

  test("gemm: several blocks of every kind, and rows in parts", () => {
    const { gemm: f, workLength } = kernelFunctions.gemmFunctions(real, { mr: 4, nv: 2, mc: 8, kc: 5, nc: 16 });
    const [m, n, k] = [21, 37, 23];
    const [a, b] = [m * k, k * n].map((length, i) => numbers(length, i + 1, real));
    const results = TARGETS.map((target) => {
      const kernels = compileProgramSync(fast(program("g", f)), { target, relaxed: false });
      const [A, B, whole, parts, work] = [m * k, k * n, m * n, m * n, workLength].map((l) => kernels.runtime[real](l));
      A.set(a);
      B.set(b);
      const run = (from: number, to: number, c: RealArray): unknown => kernels.call[f.name](from, to, n, k, 1, A, k, B, n, 0, c, n, work); // oxfmt-ignore
      run(0, m, whole);
      run(0, 6, parts);
      run(6, m, parts);
      expect(parts).toEqual(whole);
      // The stated order: blocks of kc products.
      for (let i = 0; i < m; i++)
        for (let j = 0; j < n; j++) {
          let c = 0;
          for (let from = 0; from < k; from += 5) {
            let sum = 0;
            for (let p = from; p < Math.min(k, from + 5); p++) sum = round(sum + round(a[i * k + p] * b[p * n + j]));
            c = round(c + sum);
          }
          if (whole[i * n + j] !== c) expect([i, j, whole[i * n + j]]).toEqual([i, j, c]);
        }
      expect(() => run(-1, 3, whole)).toThrow("rows before the first");
      expect(() => kernels.call[f.name](0, m, n, k, 1, A, k - 1, B, n, 0, whole, n, work)).toThrow("leading dimension");
      expect(() => run(0, m + 1, whole)).toThrow("elements, but");
      const out = whole.slice();
      kernels.dispose();
      return out;
    });
    for (const other of results) expect(other).toEqual(results[0]);
  });

  test("gemm: NaN and infinities go where they belong, and beta = 0 does not read C", () => {
    const [m, n, k] = [7, 9, 6];
    const [a, b] = [numbers(m * k, 1, real), numbers(k * n, 2, real)];
    a[2 * k + 3] = Number.NaN;
    b[4 * n + 8] = Infinity;
    const c = numbers(m * n, 3, real).fill(Number.NaN);
    const found = onAll(real, (s) => s.gemm(a, b, { m, n, k, c: c.slice() as RealArray }));
    for (let i = 0; i < m; i++)
      for (let j = 0; j < n; j++) {
        const x = found[i * n + j];
        if (i === 2) expect(x).toBeNaN();
        else if (j === 8) expect(Math.abs(x)).toBe(Infinity);
        else expect(Number.isFinite(x)).toBe(true);
      }
  });

  test("gemv of odd sizes; a row's bits do not depend on its place", () => {
    for (const [m, n] of [
      [0, 5],
      [1, 1],
      [5, 0],
      [7, 33],
      [9, 17],
    ]) {
      const [a, x, y] = [m * (n + 2), n, m].map((length, i) => numbers(length, i + 1, real)); // oxfmt-ignore
      const options = { m, n, lda: n + 2, alpha: 2, beta: -1 };
      const found = onAll(real, (k) => k.gemv(a, x, { ...options, y: y.slice() as RealArray }));
      const wanted = Array.from(y, (v, i) => {
        let sum = 0;
        for (let j = 0; j < n; j++) sum += a[i * (n + 2) + j] * x[j];
        return 2 * sum - v;
      });
      close(found, wanted, 60 * eps);
      if (m > 1 && n > 0)
        expect(onAll(real, (k) => k.gemv(a.slice((m - 2) * (n + 2)) as RealArray, x, { m: 2, n, lda: n + 2 }))).toEqual(
          onAll(real, (k) => k.gemv(a, x, { m, n, lda: n + 2 })).slice(m - 2),
        );
    }
  });

  test("sparse products: rows in the order of the loops, columns, blocks", () => {
    for (const [rows, columns] of [
      [0, 0],
      [1, 7],
      [9, 5],
      [20, 23],
    ]) {
      const matrix = randomSparse(rows, columns, 5, real);
      const x = numbers(columns, 9, real);
      const wanted = Array.from({ length: rows }, (_, i) => {
        let sum = 0;
        for (let p = matrix.start[i]; p < matrix.start[i + 1]; p++)
          sum = round(sum + round(matrix.value[p] * x[matrix.index[p]]));
        return sum;
      });
      expect(onAll(real, (k) => k.sparse(matrix).multiply(x))).toEqual(wanted);
      // The same arrays as columns are the transposed matrix.
      const z = numbers(rows, 10, real);
      const transposed = Array.from({ length: columns }, () => 0);
      for (let i = 0; i < rows; i++)
        for (let p = matrix.start[i]; p < matrix.start[i + 1]; p++)
          transposed[matrix.index[p]] = round(transposed[matrix.index[p]] + round(matrix.value[p] * z[i]));
      const csc = { ...matrix, rows: columns, columns: rows };
      expect(onAll(real, (k) => k.sparse(csc, { form: "csc" }).multiply(z))).toEqual(transposed);
      for (const block of real === "f64" ? ([2, 4] as const) : ([4] as const)) {
        const blocks = randomSparse(rows, columns, 6, real, block);
        const v = numbers(columns * block, 11, real);
        const expected = new Float64Array(rows * block);
        for (let i = 0; i < rows; i++)
          for (let p = blocks.start[i]; p < blocks.start[i + 1]; p++)
            for (let r = 0; r < block; r++)
              for (let c = 0; c < block; c++)
                expected[i * block + r] += blocks.value[(p * block + r) * block + c] * v[blocks.index[p] * block + c];
        close(
          onAll(real, (k) => k.sparse(blocks, { form: "bsr", block }).multiply(v)),
          expected,
          100 * eps,
        );
      }
    }
  });

  test("Jacobi sweeps have the bits of the plain loop; borders stay", () => {
    for (const shape of [
      [1, 1],
      [3, 3],
      [4, 9],
      [6, 2],
      [5, 16],
    ] as const) {
      const [r, c] = shape;
      const [u, f, v] = [1, 2, 3].map((seed) => numbers(r * c, seed, real));
      const wanted = v.slice();
      for (let i = 1; i < r - 1; i++)
        for (let j = 1; j < c - 1; j++) {
          const p = i * c + j;
          wanted[p] = [u[p - 1], u[p + 1], u[p + c], f[p]].reduce((s, x) => round(s + x), u[p - c]) * 0.25;
        }
      expect(onAll(real, (k) => k.jacobi(u, f, v.slice() as RealArray, shape))).toEqual([...wanted]);
    }
    for (const shape of [
      [3, 3, 3],
      [4, 5, 9],
      [2, 5, 5],
      [3, 6, 2],
    ] as const) {
      const [q, r, c] = shape;
      const [u, f, v] = [1, 2, 3].map((seed) => numbers(q * r * c, seed, real));
      const wanted = v.slice();
      for (let i = 1; i < q - 1; i++)
        for (let j = 1; j < r - 1; j++)
          for (let x = 1; x < c - 1; x++) {
            const p = (i * r + j) * c + x;
            const rest = [u[p - c], u[p - 1], u[p + 1], u[p + c], u[p + r * c], f[p]];
            wanted[p] = round(1 / 6) * rest.reduce((s, y) => round(s + y), u[p - r * c]);
          }
      expect(onAll(real, (k) => k.jacobi(u, f, v.slice() as RealArray, shape))).toEqual([...wanted]);
    }
  });

  test("conjugate gradients solve the Laplacian", () => {
    const matrix = laplacian(9, real);
    const b = numbers(81, 4, real);
    const tolerance = real === "f64" ? 1e-12 : 1e-5;
    const x = onAll(real, (k) => k.sparse(matrix).solve(b, { tolerance }).x);
    for (let i = 0; i < 81; i++) {
      let sum = 0;
      for (let p = matrix.start[i]; p < matrix.start[i + 1]; p++) sum += matrix.value[p] * x[matrix.index[p]];
      expect(Math.abs(sum - b[i])).toBeLessThan(10 * tolerance);
    }
    const k = libraries.get(`${real} wasm`)!;
    const system = k.sparse(matrix);
    expect(() => system.solve(b, { tolerance, limit: 3 })).toThrow("after 3 steps");
    expect(system.solve(numbers(81, 1, real).fill(0) as RealArray).steps).toBe(0);
    const negative = k.sparse({ ...matrix, value: matrix.value.map((v) => -v) as RealArray });
    expect(() => negative.solve(b)).toThrow("not positive definite");
    expect(() => system.solve(b.map(() => Number.NaN) as RealArray)).toThrow("not positive definite");
  });

  describe.each([2, 3] as const)("softmax in %i passes", (passes) => {
    const reference = (x: RealArray): number[] => {
      const top = Math.max(...x);
      const e = Array.from(x, (v) => Math.exp(v - top));
      const sum = e.reduce((a, b) => a + b, 0);
      return e.map((v) => v / sum);
    };

    test("every length to 40, also in place", () => {
      for (let n = 0; n <= 40; n++) {
        const x = numbers(n, n + 1, real).map((v) => 10 * v) as RealArray;
        const found = onAll(real, (k) => k.softmax(x, { passes }));
        reference(x).forEach((v, i) => expect(Math.abs(found[i] / v - 1)).toBeLessThan(16 * eps));
        expect(onAll(real, (k) => { const y = x.slice() as RealArray; return k.softmax(y, { passes, y }); })).toEqual(found); // oxfmt-ignore
      }
    });

    test("never overflows, whatever the size of the elements", () => {
      const largest = real === "f64" ? 1.7e308 : 3.4e38;
      for (const list of [
        [1000, 1000, 999],
        [-1000, -1000.5, -990, -1e6],
        [largest, largest, 0, -largest],
        [-largest, -largest / 2],
        [1e6, 1e6, 1e6 - 1],
        [-Infinity, 1, 2, -Infinity, 3],
        [-largest, 1],
      ]) {
        const x = real === "f64" ? Float64Array.from(list) : Float32Array.from(list);
        const found = onAll(real, (k) => k.softmax(x, { passes }));
        reference(x).forEach((v, i) => expect(Math.abs(found[i] - v)).toBeLessThanOrEqual(Math.max(16 * eps * v, real === "f64" ? 2.3e-308 : 1.2e-38))); // oxfmt-ignore
      }
    });

    test("NaN, Infinity and nothing but -Infinity give NaN, wherever they stand", () => {
      for (const [bad, rest] of [[Number.NaN, 1], [Infinity, 1], [-Infinity, -Infinity]])
        for (const n of [1, 5, 37])
          for (const at of new Set([0, n >> 1, n - 1])) {
            const x = numbers(n, 1, real).fill(rest) as RealArray;
            x[at] = bad;
            expect(onAll(real, (k) => k.softmax(x, { passes })).every((v) => Number.isNaN(v))).toBe(true);
          } // oxfmt-ignore
    });
  });
});

describe("use", () => {
  const k = libraries.get("f64 wasm")!;
  const [a, b] = [numbers(6, 1, "f64"), numbers(6, 2, "f64")];

  test("arrays in the runtime are not copied; others are", () => {
    const own = k.array(6);
    own.set(b);
    expect(k.axpy(2, a, own)).toBe(own);
    expect([...own]).toEqual(Array.from(b, (v, i) => v + 2 * a[i]));
    const used = k.runtime.used;
    k.axpy(2, a, b.slice());
    expect(k.runtime.used).toBe(used);
  });

  test("gemm alone", () => {
    const c = gemm(Float32Array.of(1, 2, 3, 4), Float32Array.of(1, 0, 0, 1), { m: 2, n: 2, k: 2 });
    expect(c).toEqual(Float32Array.of(1, 2, 3, 4));
  });

  test.each([
    ["lengths that differ", () => k.axpy(1, a, b.subarray(1)), "x has 6 elements and y 5"],
    ["a short array", () => k.gemm(a, b, { m: 3, n: 3, k: 3 }), "a: 6 elements, but 9 are needed"],
    ["a leading dimension", () => k.gemm(a, b, { m: 2, n: 2, k: 3, lda: 2 }), "lda is 2"],
    ["a negative size", () => k.gemm(a, b, { m: -1, n: 2, k: 3 }), "m is -1"],
    ["beta without c", () => k.gemm(a, b, { m: 2, n: 2, k: 3, beta: 1 }), "beta without c"],
    ["an alias", () => k.gemm(a, b, { m: 2, n: 2, k: 3, c: a }), "c overlaps a"],
    ["an alias in part", () => k.softmax(a.subarray(0, 4), { y: a.subarray(2) }), "y overlaps x"],
    ["the other kind of numbers", () => k.dot(Float32Array.of(1), Float32Array.of(1)), "a Float64Array is needed"],
    ["an index outside", () => k.sparse({ rows: 1, columns: 2, start: [0, 1], index: [2], value: a }), "index[0] is 2, outside 0 ... 1"],
    ["starts that descend", () => k.sparse({ rows: 2, columns: 2, start: [0, 2, 1], index: [0, 1], value: a }), "start[2] is 1"],
    ["a grid", () => k.jacobi(a, b, k.array(9), [3, 3]), "u: 6 elements, but 9 are needed"],
  ] as const)("%s: a typed error", (_, use, message) => {
    expect(use).toThrow(message);
  }); // oxfmt-ignore

  test("call checks index arrays each time", () => {
    const { runtime, call } = k.kernels;
    const mark = runtime.mark();
    const [start, column, value, x, y] = [
      runtime.i32(2),
      runtime.i32(1),
      runtime.f64(1),
      runtime.f64(1),
      runtime.f64(1),
    ];
    start.set([0, 1]);
    column[0] = 1;
    expect(() => call.spmvCsrF64(0, 1, 1, 1, start, column, value, x, y)).toThrow("element 0 is 1, outside 0 ... 0");
    start[1] = 2;
    expect(() => call.spmvCsrF64(0, 1, 1, 1, start, column, value, x, y)).toThrow("element 1 is 2, outside 0 ... 1");
    runtime.release(mark);
  });

  test("exact: sums in order have the bits of the plain loop", () => {
    const kernels = compileProgramSync(kernelProgram("f64", { exact: true }), {
      runtime: new Runtime({ bytes: 4 << 20 }),
    });
    const [x, y] = [kernels.runtime.f64(37), kernels.runtime.f64(37)];
    x.set(numbers(37, 1, "f64"));
    y.set(numbers(37, 2, "f64"));
    expect(kernels.call.dotF64(37, x, y)).toBe(x.reduce((sum, v, i) => sum + v * y[i], 0));
    kernels.runtime.dispose();
  });

  test("sums of gathered elements stay in order, other sums are given lanes", () => {
    const report = { done: [] as string[], left: [] as string[] };
    const { dot, spmvCsr } = kernelFunctions;
    vectorise(checkBounds(program("p", dot("f64"), spmvCsr("f64"))), { reassociate: true }, report);
    expect(report.done).toEqual(["dotF64: loop over i"]);
    expect(report.left).toEqual(["spmvCsrF64: loop over p: it sums elements of x found through column"]);
  });
});
