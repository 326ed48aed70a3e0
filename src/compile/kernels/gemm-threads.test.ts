import { expect, test } from "vitest";
import { Runtime } from "../runtime.ts";
import { threadsMissing } from "../threads.ts";
import { NumericKernels } from "./numeric.ts";

test.skipIf(threadsMissing() !== undefined)("a matrix product on two threads has the bits of one", () => {
  for (const real of ["f64", "f32"] as const) {
    const runtime = new Runtime({ bytes: 32 << 20, shared: true });
    const kernels = new NumericKernels({ real, runtime });
    for (const [m, n, k] of [[1, 3, 2], [64, 65, 7], [150, 33, 41], [257, 129, 300]]) {
      const make = (length: number, s: number) => {
        const array = kernels.array(length);
        for (let i = 0; i < length; i++) array[i] = Math.sin(i * s);
        return array;
      };
      const [a, b] = [make(m * k, 1.3), make(k * n, 0.7)];
      const one = kernels.gemm(a, b, { m, n, k, alpha: 1.5 });
      for (const threads of [2, 3]) expect(kernels.gemm(a, b, { m, n, k, alpha: 1.5, threads })).toEqual(one);
    }
    runtime.dispose();
  }
  const plain = new NumericKernels();
  expect(() => plain.gemm(new Float64Array(4), new Float64Array(4), { m: 2, n: 2, k: 2, threads: 2 })).toThrow("cannot run on 2 threads");
  plain.dispose();
}); // oxfmt-ignore
