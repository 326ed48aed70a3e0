// The reduction of huge f32 arguments: against BigFloat for every exponent, in both signs, and for arguments near multiples of pi/2.
import { describe, expect, test } from "vitest";
import { fn, program } from "../../compile/builder.ts";
import * as ir from "../../compile/builder.ts";
import { compileProgramSync, expandMath, Runtime, mathUses } from "../../compile/index.ts";
import { closedFunctions } from "../index.ts";

const NAMES = ["sin", "cos", "tan"] as const;

const kernels = program(
  "closed",
  ...NAMES.map((name) =>
    fn(name, { n: "i32", x: "f32[]", y: "f32[]" }, undefined, ({ n, x, y }, k) =>
      k.for("i", 0, n, (i) => k.store(y, i, ir.math(name, ir.at(x, i)))),
    ),
  ),
);
const closed = expandMath(kernels, closedFunctions, 2.5);

/** 2/pi times 2^640, from Machin's formula for pi in integers. */
function turns(): { halfPi: bigint; one: bigint } {
  const one = 1n << 640n;
  const inverse = (n: bigint): bigint => {
    let power = one / n;
    let sum = 0n;
    for (let k = 1n; power !== 0n; k += 2n) {
      sum += (k % 4n === 1n ? power : -power) / k;
      power /= n * n;
    }
    return sum;
  };
  return { halfPi: 8n * inverse(5n) - 2n * inverse(239n), one };
}
const { halfPi, one } = turns();

/** sin, cos and tan of an f32 to double precision, the reduction in exact integers. */
function exact(x: number): Record<(typeof NAMES)[number], number> {
  const exponent = Math.floor(Math.log2(Math.abs(x))) - 40;
  const scaled = BigInt(Math.round(Math.abs(x) / 2 ** exponent));
  const value = exponent >= 0 ? scaled * (one << BigInt(exponent)) : (scaled * one) >> BigInt(-exponent);
  const n = (2n * value + halfPi) / (2n * halfPi);
  const r = Number(((value - n * halfPi) << 200n) / one) / 2 ** 200;
  const [s, c] = [Math.sin(r), Math.cos(r)];
  const [sine, cosine] = [[s, c], [c, -s], [-s, -c], [-c, s]][Number(n % 4n)]; // oxfmt-ignore
  const sign = x < 0 ? -1 : 1;
  return { sin: sign * sine, cos: cosine, tan: (sign * sine) / cosine };
}

/** Distance in units in the last place of the exact value. */
function ulps(actual: number, value: number): number {
  const exponent = Math.max(Math.floor(Math.log2(Math.abs(value))), -126);
  return Math.abs(actual - value) / 2 ** (exponent - 23);
}

/** The f32 values closest to multiples of pi/2 within each exponent: continued fractions of 2^e / (pi/2). */
function closest(): number[] {
  const found: number[] = [];
  for (let e = -11; e <= 104; e++) {
    let [p, q] = [e >= 0 ? one << BigInt(e) : one >> BigInt(-e), halfPi];
    let [before, denominator] = [1n, 0n];
    // Denominators of the convergents are significands m with m 2^e near a multiple.
    while (q !== 0n && denominator < 1n << 24n) {
      if (denominator > 1n) {
        let m = denominator;
        while (m < 1n << 23n) m += denominator;
        if (m < 1n << 24n) found.push(Number(m) * 2 ** e);
      }
      const part = p / q;
      [p, q] = [q, p % q];
      [before, denominator] = [denominator, part * denominator + before];
    }
  }
  return found.filter((x) => x > 5000 && x <= 3.4028234663852886e38);
}

const regular: number[] = [];
for (let e = 2; e <= 254; e++)
  for (let j = 0; j < 60; j++) {
    const m = j === 0 ? 0 : j === 1 ? 0x7fffff : Math.imul(e * 61 + j, 0x9e3779b1) >>> 9;
    regular.push((j % 2 === 0 ? 1 : -1) * (1 + m / 2 ** 23) * 2 ** (e - 127));
  }
const near = closest();
const inputs = Float32Array.from([...regular.filter((x) => Math.abs(x) > 1e-20), ...near, ...near.map((x) => -x)]);

describe.each(["js", "wasm"] as const)("target %s", (target) => {
  const runtime = new Runtime({ bytes: 1 << 22 });
  const compiled = compileProgramSync(closed, { target, runtime });
  const x = runtime.f32(inputs.length);
  const y = runtime.f32(inputs.length);
  x.set(inputs);

  test.each(NAMES)("%s of every exponent and of the worst arguments", (name) => {
    expect(mathUses(closed.functions).size).toBe(0);
    compiled.call[name](inputs.length, x, y);
    const bound = closedFunctions({ name, type: "f32", ulp: 3 })!.ulp;
    let worst = { ulp: 0, x: 0 };
    inputs.forEach((value, i) => {
      const error = ulps(y[i], exact(value)[name]);
      if (!(error <= worst.ulp)) worst = { ulp: error, x: value };
    });
    expect(worst.ulp, `at ${worst.x}`).toBeLessThanOrEqual(bound);
    expect(worst.ulp).toBeGreaterThan(0.3);
  });

  test.each(NAMES)("%s of what is not finite is NaN", (name) => {
    x.set([Infinity, -Infinity, NaN]);
    compiled.call[name](3, x, y);
    expect([...y.subarray(0, 3)]).toEqual([NaN, NaN, NaN]);
    x.set(inputs.subarray(0, 3));
  });
});

test("the list of worst arguments has the one known to be closest to a multiple of pi/2", () => {
  expect(near.length).toBeGreaterThan(100);
  expect(near).toContain(16367173 * 2 ** 72);
});

test("code that calls nothing is there for f64 too", () => {
  expect(closedFunctions({ name: "sin", type: "f64", ulp: 3 })?.calls).toBeFalsy();
  expect(closedFunctions({ name: "exp", type: "f64", ulp: 3 })).toBeDefined();
});
