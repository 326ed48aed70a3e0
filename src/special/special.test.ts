// Functions against BigFloat values, with random arguments over their whole range; the bound is the one they state.
import { expect, test } from "vitest";
import { compileProgramSync, expandMath, fn, ir, program, type Program, vectorise } from "../compile/index.ts";
import { bigfloat } from "../number/index.ts";
import { Random } from "../base/index.ts";
import { specialFunctions } from "./library.ts";

const N = 3000;

function mapOf(name: string, type: "f64" | "f32", ulp: number): Program {
  const array = `${type}[n]` as "f64[n]";
  const f = fn("map", { n: "i32", x: array, y: array }, undefined, ({ n, x, y }, k) =>
    k.for("i", 0, n, (i) => k.store(y, i, ir.math(name, ir.at(x, i)))),
  );
  return expandMath(program("p", f), specialFunctions, ulp);
}

/** Arguments that matter: the usual range, all magnitudes, and what lies near zeros of the function. */
function argument(name: string, type: "f64" | "f32", random: Random): number {
  const u = random.next();
  const v = random.next() - 0.5;
  const [low, high] = type === "f64" ? [-745, 710] : [-103, 89];
  let x: number;
  if (name === "exp") x = u < 0.1 ? v * 2 ** -20 : low + (high - low) * random.next();
  else if (name === "log")
    x = u < 0.3 ? 1 + v / 4 : 2 ** ((type === "f64" ? 2098 : 276) * random.next() - (type === "f64" ? 1074 : 149));
  else if (u < 0.4) x = v * 20;
  else if (u < 0.7) x = v * (type === "f64" ? 1.9e6 : 9000);
  else if (u < 0.9) x = (Math.round(v * (type === "f64" ? 1e6 : 5000)) * Math.PI) / 2;
  else x = v * 2 ** (40 * random.next() - 20);
  return type === "f32" ? Math.fround(x) : x;
}

const exact = { exp: bigfloat.exp, log: bigfloat.log, sin: bigfloat.sin, cos: bigfloat.cos, tan: bigfloat.tan };

/** |y - f(x)| in units in the last place of f(x). */
function error(name: keyof typeof exact, x: number, y: number, type: "f64" | "f32"): number {
  const [bits, emin, top] = type === "f64" ? [53, -1022, 1024] : [24, -126, 128];
  const value = exact[name](bigfloat.fromNumber(x, 53), 120);
  if (value.kind !== "normal") return Object.is(y, bigfloat.toNumber(value)) ? 0 : Infinity;
  if (value.top > top) return Math.abs(y) === Infinity ? 0 : Infinity;
  const difference = bigfloat.subtract(bigfloat.fromNumber(y, 53), value, 120);
  return Math.abs(bigfloat.toNumber(bigfloat.scale(difference, -(Math.max(value.top - 1, emin) - (bits - 1)))));
}

for (const type of ["f64", "f32"] as const)
  for (const name of Object.keys(exact) as (keyof typeof exact)[])
    for (const ulp of [1, 1.5, 2.5, 3]) {
      const expansion = specialFunctions({ name, type, ulp });
      if (!expansion || expansion.ulp !== ulp) continue;
      test(`${name} of ${type} is within ${ulp} units in the last place`, () => {
        for (const lanes of [true, false]) {
          const scalar = mapOf(name, type, ulp);
          const kernels = compileProgramSync(lanes ? vectorise(scalar, { unroll: 2 }) : scalar);
          const x = type === "f64" ? kernels.runtime.f64(N) : kernels.runtime.f32(N);
          const y = type === "f64" ? kernels.runtime.f64(N) : kernels.runtime.f32(N);
          const random = new Random(11);
          for (let i = 0; i < N; i++) x[i] = argument(name, type, random);
          kernels.call.map(N, x, y);
          let worst = 0;
          let where = 0;
          for (let i = 0; i < N; i++) {
            const off = error(name, x[i], y[i], type);
            if (!(off <= worst)) [worst, where] = [off, x[i]];
          }
          expect({ ok: worst <= ulp, worst, where }).toMatchObject({ ok: true });
          kernels.dispose();
        }
      });
    }

test("asking for less than there is finds nothing", () => {
  expect(specialFunctions({ name: "exp", type: "f64", ulp: 0.5 })).toBeUndefined();
  expect(specialFunctions({ name: "nosuch", type: "f64", ulp: 4 })).toBeUndefined();
  expect(specialFunctions({ name: "toString", type: "f64", ulp: 4 })).toBeUndefined();
});
