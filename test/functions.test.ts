// Every function of room special, in every variant, against BigFloat: random and chosen arguments over the whole domain, in lanes of
// target wasm, with the bits of target js beside them and those of target c where there is a compiler. The bound is the one stated.
// The large form of the same check is bench/functions-check.ts.
import { describe, expect, test } from "vitest";
import { Random } from "calculemus/base";
import { type Block, compileProgramSync, contract, expandMath, type Expression, fn, hoist, instructionTotal, ir, mathUses, nativeLaneBytes, nativeMissing, operationMix, program, share, vectorise } from "calculemus/compile"; // oxfmt-ignore
import { sincos, SPECIAL_NAMES, variantsOf } from "calculemus/special";
import { chosenArguments, nearQuarterTurns, RANGES } from "../bench/functions-arguments.ts";
import { compileLoop, type Float, loopProgram, TWO } from "../bench/functions-code.ts";
import { exactError } from "../bench/functions-exact.ts";

/** Arguments a variant: as many from the list of chosen ones, of all bit patterns, and of the ranges that matter. */
const EACH = 25;

const words = new Uint32Array(2);
const asDouble = new Float64Array(words.buffer);
const asSingle = new Float32Array(words.buffer);

function anyBits(type: Float, random: Random): number {
  words[0] = Math.floor(random.next() * 2 ** 32);
  words[1] = Math.floor(random.next() * 2 ** 32);
  return type === "f64" ? asDouble[0] : asSingle[0];
}

function within(ranges: readonly number[], random: Random): number {
  const k = 2 * Math.floor((random.next() * ranges.length) / 2);
  return ranges[k] + (ranges[k + 1] - ranges[k]) * random.next();
}

const chosen = new Map<string, [number, number][]>();

function argumentsOf(name: string, type: Float, random: Random): [number, number][] {
  const key = TWO.has(name) ? `${name} ${type}` : type;
  let list = chosen.get(key);
  if (!list) chosen.set(key, (list = chosenArguments(name, type)));
  const out: [number, number][] = [];
  for (let i = 0; i < EACH; i++) {
    out.push(list[Math.floor(random.next() * list.length)]);
    out.push([anyBits(type, random), anyBits(type, random)]);
    out.push([within(RANGES[name] ?? [-10, 10], random), within(RANGES[`${name} second`] ?? [-10, 10], random)]);
  }
  for (const x of [0, -0, Infinity, -Infinity, Number.NaN, 1, -1]) out.push([x, 2], [x, -0], [2, x]);
  return out;
}

const same = (a: ArrayLike<number>, b: ArrayLike<number>): number => Array.from(a).findIndex((x, i) => !Object.is(x, b[i])); // oxfmt-ignore

describe.each(["f64", "f32"] as const)("%s", (type) => {
  for (const name of SPECIAL_NAMES)
    for (const [index, variant] of variantsOf(name, type).entries())
      test(`${name} is within ${variant.ulp} units in the last place (variant ${index}), js as wasm`, () => {
        const list = argumentsOf(name, type, new Random(7));
        const outputs = (["wasm", "js"] as const).map((target) => {
          const kernels = compileLoop(name, type, variant, { target });
          const [x, z, y] = [0, 1, 2].map(() => kernels.runtime[type](list.length));
          list.forEach(([a, b], i) => ([x[i], z[i]] = [a, b]));
          kernels.call.map(list.length, x, z, y);
          const out = { x: x.slice(), z: z.slice(), y: y.slice() };
          kernels.dispose();
          return out;
        });
        const { x, z, y } = outputs[0];
        expect(same(y, outputs[1].y)).toBe(-1);
        let worst = { ulp: 0, x: 0, z: 0, y: 0 };
        y.forEach((value, i) => {
          const ulp = exactError(name, type, x[i], z[i], value);
          if (!(ulp <= worst.ulp)) worst = { ulp, x: x[i], z: z[i], y: value };
        });
        expect({ holds: worst.ulp <= variant.ulp, worst }).toMatchObject({ holds: true });
      });
});

/** Functions whose code here is closed: it calls no function table. */
const CLOSED = ["sin", "cos", "tan", "sinpi", "cospi", "asin", "acos", "atan", "atan2", "cbrt", "hypot", "sqrt", "reciprocal"]; // oxfmt-ignore

test("circular functions and roots call no function table, and come in the three tiers", () => {
  for (const type of ["f64", "f32"] as const)
    for (const name of CLOSED) {
      const variants = variantsOf(name, type);
      for (const variant of variants) expect(mathUses(loopProgram(name, type, variant).functions).size).toBe(0);
      for (const ulp of [0.55, 1, 4]) expect(variants.some((each) => each.ulp <= ulp), `${name} ${type} ${ulp}`).toBe(true); // oxfmt-ignore
    }
});

test("sine and tangent next to multiples of pi/2, in every binade", () => {
  const list = nearQuarterTurns("f64").filter((x) => x > 1);
  expect(list).toContain(6381956970095103 * 2 ** 797);
  for (const name of ["sin", "tan"]) {
    const variant = variantsOf(name, "f64").at(-1)!;
    const kernels = compileLoop(name, "f64", variant);
    const every = list.filter((_, i) => i % 37 === 0);
    const [x, z, y] = [0, 1, 2].map(() => kernels.runtime.f64(every.length));
    x.set(every);
    kernels.call.map(every.length, x, z, y);
    every.forEach((v, i) => expect(exactError(name, "f64", v, 0, y[i]), String(v)).toBeLessThanOrEqual(variant.ulp));
    kernels.dispose();
  }
});

test("sine and cosine of one argument share the reduction and the kernels", () => {
  const operations = (write: (k: Block, x: Expression) => Expression): number => {
    const f = fn("f", { x: "f64" }, "f64", ({ x }, k) => k.return(write(k, x)));
    const shared = share(program("p", f)).functions.find((each) => each.name === "f")!;
    return instructionTotal(operationMix(shared));
  };
  const sine = variantsOf("sin", "f64").find((v) => v.ulp <= 1)!;
  const alone = operations((k, x) => sine.expand(k, [x]) as Expression);
  const both = operations((k, x) => {
    const parts = sincos(k, x);
    return ir.add(parts.sine, parts.cosine);
  });
  expect(alone).toBeGreaterThan(30);
  expect(both).toBeLessThan(1.35 * alone);
});

test.skipIf(nativeMissing() !== undefined)("target c gives the bits of wasm, in lanes of 128 bits and as wide as the machine's", () => {
  const names = CLOSED.filter((name) => !TWO.has(name));
  const maps = names.map((name) =>
    fn(name, { n: "i32", x: "f64[n]", y: "f64[n]" }, undefined, ({ n, x, y }, k) => k.for("i", 0, n, (i) => k.store(y, i, ir.math(name, ir.at(x, i))))), // oxfmt-ignore
  );
  const list = chosenArguments("sin", "f64").filter((_, i) => i % 50 === 0).map(([x]) => x); // oxfmt-ignore
  const results = ([["wasm", 16], ["c", 16], ["c", nativeLaneBytes()]] as const).map(([target, bytes]) => {
    const code = vectorise(share(expandMath(program("closed", ...maps), ({ name, type }) => variantsOf(name, type).find((v) => v.ulp <= 1), 1)), { bytes }); // oxfmt-ignore
    const kernels = compileProgramSync(hoist(code), { target });
    const [x, y] = [kernels.runtime.f64(list.length), kernels.runtime.f64(list.length)];
    x.set(list);
    const out = names.map((name) => {
      kernels.call[name](list.length, x, y);
      return y.slice();
    });
    kernels.dispose();
    return out;
  });
  names.forEach((name, k) => {
    expect([name, same(results[1][k], results[0][k])]).toEqual([name, -1]);
    expect([name, same(results[2][k], results[0][k])]).toEqual([name, -1]);
  });
}); // oxfmt-ignore

test.skipIf(nativeMissing() !== undefined)("fused multiply-add on target c keeps the stated bounds", () => {
  const names = ["sin", "cos", "tan", "atan", "asin", "acos", "cbrt"];
  const maps = names.flatMap((name) =>
    variantsOf(name, "f64").map((variant, j) => ({
      name, variant,
      f: fn(`${name}${j}`, { n: "i32", x: "f64[n]", y: "f64[n]" }, undefined, ({ n, x, y }, k) => k.for("i", 0, n, (i) => k.store(y, i, variant.expand(k, [k.let("x", ir.at(x, i))])))),
    })),
  ); // oxfmt-ignore
  const code = contract(share(vectorise(share(expandMath(program("fused", ...maps.map(({ f }) => f)), () => undefined, 1))))); // oxfmt-ignore
  const kernels = compileProgramSync(code, { target: "c" });
  const random = new Random(3);
  const [x, y] = [kernels.runtime.f64(400), kernels.runtime.f64(400)];
  for (const { name, variant, f } of maps) {
    for (let i = 0; i < 400; i++) x[i] = within(RANGES[name], random);
    kernels.call[f.name](400, x, y);
    const worst = Math.max(...y.map((value, i) => exactError(name, "f64", x[i], 0, value)));
    expect([name, worst, worst <= variant.ulp]).toEqual([name, worst, true]);
  }
  kernels.dispose();
});
