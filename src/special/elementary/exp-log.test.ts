// The functions of the exp and log family: every variant against BigFloat, special values of IEEE 754, equal bits on the targets.
import { describe, expect, test } from "vitest";
import { Random } from "../../base/index.ts";
import { compileProgramSync, expandMath, fn, ir, program, type Program, vectorise } from "../../compile/index.ts";
import { bigfloat, type BigFloat } from "../../number/index.ts";
import { variantsOf } from "../library.ts";

const P = 160;
const { add, divide, fromNumber, multiply, subtract } = bigfloat;
const big = (x: number): BigFloat => fromNumber(x, P);
const power = (base: number, x: BigFloat): BigFloat => bigfloat.pow(big(base), x, P);
/** exp(x), with digits to spare for sums. */
const wide = (x: BigFloat): BigFloat => bigfloat.exp(x, 3000);

/** References, and the interval of the usual arguments. */
const FUNCTIONS: Readonly<Record<string, [(x: BigFloat, y: BigFloat) => BigFloat, number, number]>> = {
  exp: [(x) => bigfloat.exp(x, P), -745, 710],
  exp2: [(x) => power(2, x), -1075, 1024],
  exp10: [(x) => power(10, x), -324, 309],
  expm1: [(x) => bigfloat.expm1(x, P), -40, 710],
  log: [(x) => bigfloat.log(x, P), 0, 2],
  log2: [(x) => bigfloat.log2(x, P), 0, 2],
  log10: [(x) => bigfloat.log10(x, P), 0, 2],
  log1p: [(x) => bigfloat.log1p(x, P), -1, 2],
  sinh: [(x) => bigfloat.sinh(x, P), -711, 711],
  cosh: [(x) => bigfloat.cosh(x, P), -711, 711],
  tanh: [(x) => bigfloat.tanh(x, P), -20, 20],
  asinh: [(x) => bigfloat.asinh(x, P), -4, 4],
  acosh: [(x) => bigfloat.acosh(x, P), 1, 4],
  atanh: [(x) => bigfloat.atanh(x, P), -1, 1],
  erf: [(x) => bigfloat.erf(x, P), -6, 6],
  erfc: [(x) => bigfloat.erfc(x, P), -6, 27.3],
  gelu: [(x) => multiply(multiply(x, big(0.5), P), bigfloat.erfc(divide(bigfloat.negate(x), bigfloat.sqrt(big(2), P), P), P), P), -38, 9],
  sigmoid: [(x) => divide(big(1), add(big(1), wide(bigfloat.negate(x)), 3000), P), -745, 40],
  softplus: [(x) => bigfloat.log1p(wide(x), P), -745, 40],
  pow: [(x, y) => bigfloat.pow(x, y, P), 0, 10],
}; // oxfmt-ignore

/** All variants of a function, side by side: `v0(n, x, z, y)`, `v1` ... */
function programOf(name: string, type: "f64" | "f32"): Program {
  const functions = variantsOf(name, type).map((expansion, j) => {
    const array = `${type}[n]` as "f64[n]";
    const f = fn(
      `v${j}`,
      { n: "i32", x: array, z: array, y: array },
      undefined,
      ({ n, x, z, y }, k) =>
      k.for("i", 0, n, (i) => k.store(y, i, ir.math(name, ...(name === "pow" ? [ir.at(x, i), ir.at(z, i)] : [ir.at(x, i)])))), // oxfmt-ignore
    );
    return expandMath(program("p", f), () => expansion, 1);
  });
  const all = functions.flatMap((each) => each.functions);
  return { name: "p", functions: [...new Map(all.map((f) => [f.name, f])).values()] };
}

type Target = "wasm" | "js" | "lanes";

function results(
  name: string,
  type: "f64" | "f32",
  x: readonly number[],
  z: readonly number[],
  target: Target,
): number[][] {
  // oxfmt-ignore
  const p = programOf(name, type);
  const kernels = compileProgramSync(target === "lanes" ? vectorise(p) : p, { target: target === "js" ? "js" : "wasm", relaxed: false }); // oxfmt-ignore
  const slice = (): Float64Array | Float32Array => (type === "f64" ? kernels.runtime.f64(x.length) : kernels.runtime.f32(x.length)); // oxfmt-ignore
  const [xs, zs, ys] = [slice(), slice(), slice()];
  xs.set(x);
  zs.set(z);
  const out = variantsOf(name, type).map((_, j) => {
    kernels.call[`v${j}`](x.length, xs, zs, ys);
    return [...ys];
  });
  kernels.dispose();
  return out;
}

function argument(name: string, random: Random): number {
  const [, from, to] = FUNCTIONS[name];
  const [u, v, w] = [random.next(), random.next(), random.next()];
  if (u < 0.6) return from + (to - from) * v;
  const size = 2 ** (u < 0.8 ? -30 * v : 2000 * v - 1000);
  if (name.startsWith("log") && name !== "log1p") return u < 0.9 ? size : 1 + (w - 0.5) * 2 ** (-40 * v);
  if (name === "acosh") return 1 + size;
  return w < 0.5 ? -size : size;
}

/** Is it in the domain, and can BigFloat compute it at once? */
function usual(name: string, x: number): boolean {
  if (!Number.isFinite(x)) return false;
  if (name === "atanh") return Math.abs(x) < 1;
  if (name === "log1p") return x > -1;
  if (name.startsWith("log") || name === "pow") return x > 0;
  if (name === "erfc" || name === "gelu") return Math.abs(x) < 1100 && Math.abs(x) > 2 ** -60;
  return name === "asinh" || name === "acosh" || Math.abs(x) < 1100;
}

/** |y - value| in units in the last place. */
function errorOf(value: BigFloat, y: number, type: "f64" | "f32"): number {
  const [bits, emin, top] = type === "f64" ? [53, -1022, 1024] : [24, -126, 128];
  if (value.kind !== "normal") return Object.is(y, bigfloat.toNumber(value)) ? 0 : Infinity;
  if (value.top > top) return Math.abs(y) === Infinity ? 0 : Infinity;
  if (!Number.isFinite(y)) return value.top === top ? 0.5 : Infinity;
  const difference = subtract(fromNumber(y, 53), value, P);
  return Math.abs(bigfloat.toNumber(bigfloat.scale(difference, -(Math.max(value.top - 1, emin) - (bits - 1)))));
}

describe.each(Object.keys(FUNCTIONS))("%s", (name) => {
  const [reference] = FUNCTIONS[name];
  for (const type of ["f64", "f32"] as const)
    test(`of ${type}: every variant keeps to its bound`, () => {
      const random = new Random(name.length);
      const rounded = (x: number): number => (type === "f32" ? Math.fround(x) : x);
      const all = Array.from({ length: 300 }, () => [rounded(argument(name, random)), rounded((random.next() - 0.5) * 200)]); // oxfmt-ignore
      const pairs = all.filter(([a]) => usual(name, a));
      const [x, z] = [pairs.map(([a]) => a), pairs.map(([, b]) => b)];
      const computed = results(name, type, x, z, "lanes");
      const expected = x.map((_, i) => reference(big(x[i]), big(z[i])));
      variantsOf(name, type).forEach(({ ulp }, j) => {
        const errors = expected.map((value, i) => errorOf(value, computed[j][i], type));
        const worst = errors.reduce((at, e, i) => (e <= errors[at] ? at : i), 0);
        expect({ ulp, x: x[worst], z: z[worst], error: errors[worst], ok: errors[worst] <= ulp }).toMatchObject({ ok: true }); // oxfmt-ignore
      });
      expect(results(name, type, x, z, "wasm")).toEqual(computed);
    });
});

const [inf, nan] = [Infinity, Number.NaN];
/** Arguments and values that IEEE 754 and C state, or limits. */
const SPECIAL: Readonly<Record<string, readonly (readonly [number, number])[]>> = {
  exp: [[0, 1], [-0, 1], [inf, inf], [-inf, 0], [nan, nan], [710, inf], [-746, 0], [1e300, inf], [-1e300, 0]],
  exp2: [[0, 1], [10, 1024], [-2, 0.25], [1024, inf], [-1e9, 0], [-inf, 0], [inf, inf], [nan, nan]],
  exp10: [[0, 1], [2, 100], [3, 1000], [400, inf], [-400, 0], [-inf, 0], [inf, inf], [nan, nan]],
  expm1: [[0, 0], [-0, -0], [inf, inf], [-inf, -1], [-1e300, -1], [1e300, inf], [nan, nan]],
  log: [[1, 0], [0, -inf], [-0, -inf], [-1, nan], [-inf, nan], [inf, inf], [nan, nan]],
  log2: [[1, 0], [8, 3], [0.125, -3], [0, -inf], [-1, nan], [inf, inf], [nan, nan]],
  log10: [[1, 0], [1000, 3], [0, -inf], [-0, -inf], [-1, nan], [inf, inf], [nan, nan]],
  log1p: [[0, 0], [-0, -0], [-1, -inf], [-2, nan], [-inf, nan], [inf, inf], [nan, nan]],
  sinh: [[0, 0], [-0, -0], [inf, inf], [-inf, -inf], [1e300, inf], [-1e300, -inf], [nan, nan]],
  cosh: [[0, 1], [-0, 1], [inf, inf], [-inf, inf], [1e300, inf], [nan, nan]],
  tanh: [[0, 0], [-0, -0], [inf, 1], [-inf, -1], [30, 1], [-1e300, -1], [nan, nan]],
  asinh: [[0, 0], [-0, -0], [inf, inf], [-inf, -inf], [nan, nan]],
  acosh: [[1, 0], [0.5, nan], [-2, nan], [-inf, nan], [inf, inf], [nan, nan]],
  atanh: [[0, 0], [-0, -0], [1, inf], [-1, -inf], [2, nan], [-inf, nan], [nan, nan]],
  erf: [[0, 0], [-0, -0], [inf, 1], [-inf, -1], [10, 1], [nan, nan]],
  erfc: [[0, 1], [-0, 1], [inf, 0], [-inf, 2], [30, 0], [-30, 2], [nan, nan]],
  gelu: [[0, 0], [-0, -0], [inf, inf], [-inf, -0], [50, 50], [nan, nan]],
  sigmoid: [[0, 0.5], [-0, 0.5], [inf, 1], [-inf, 0], [1e300, 1], [nan, nan]],
  softplus: [[inf, inf], [-inf, 0], [100, 100], [nan, nan]],
}; // oxfmt-ignore

/** pow(x, y). */
const POWERS: readonly (readonly [number, number, number])[] = [
  [nan, 0, 1], [nan, -0, 1], [inf, 0, 1], [-2, 0, 1], [1, nan, 1], [1, inf, 1], [1, -inf, 1], [1, -3.5, 1], [nan, 1, nan], [2, nan, nan],
  [-1, inf, 1], [-1, -inf, 1], [0, -3, inf], [-0, -3, -inf], [0, -2, inf], [-0, -2, inf], [-0, -2.5, inf], [0, -inf, inf], [-0, -inf, inf],
  [0, 3, 0], [-0, 3, -0], [0, 2, 0], [-0, 2, 0], [-0, 2.5, 0], [-0, inf, 0], [0.5, inf, 0], [-0.5, inf, 0], [2, inf, inf], [-2, inf, inf],
  [0.5, -inf, inf], [-0.5, -inf, inf], [2, -inf, 0], [-2, -inf, 0], [inf, 3, inf], [inf, -3, 0], [inf, 0.5, inf], [inf, inf, inf],
  [inf, -inf, 0], [-inf, 3, -inf], [-inf, 2, inf], [-inf, 2.5, inf], [-inf, -3, -0], [-inf, -2, 0], [-inf, -2.5, 0], [-inf, inf, inf],
  [-8, 1 / 3, nan], [-2, 3, -8], [-2, 2, 4], [-2, -1, -0.5], [2, 10, 1024], [10, 2, 100], [2, -1e300, 0], [2, 1e300, inf], [-2, 1e300, inf],
  [4, 0.5, 2], [1e30, 1e30, inf], [1e-30, 1e30, 0], [1.5, 1, 1.5],
]; // oxfmt-ignore

describe.each(["wasm", "js", "lanes"] as const)("special values on %s", (target) => {
  test.each(Object.keys(SPECIAL))("%s", (name) => {
    for (const type of ["f64", "f32"] as const) {
      const x = SPECIAL[name].map(([a]) => a);
      for (const values of results(name, type, x, x, target)) expect(values).toEqual(SPECIAL[name].map(([, b]) => b));
    }
  });

  test("pow", () => {
    for (const type of ["f64", "f32"] as const) {
      const [x, y] = [POWERS.map(([a]) => a), POWERS.map(([, b]) => b)];
      for (const values of results("pow", type, x, y, target)) expect(values).toEqual(POWERS.map(([, , v]) => v));
    }
  });
});

test("smallest and subnormal numbers pass through functions that are x near 0", () => {
  const x = [5e-324, -5e-324, 2 ** -1050, -(2 ** -1022), 3e-300];
  for (const name of ["expm1", "sinh", "tanh", "log1p", "asinh", "atanh"])
    for (const values of results(name, "f64", x, x, "lanes")) expect(values).toEqual(x);
});
