// Functions for numbers and arrays, complex values, and the table with the names that Math lacks.
import { describe, expect, test } from "vitest";
import { compileSync } from "../formula.ts";
import { mathFunctions, Runtime } from "../compile/index.ts";
import { elementary, elementaryComplex, functionTable, SPECIAL_NAMES } from "./index.ts";

describe("elementary", () => {
  test("every function, by number and by array, of both types", () => {
    const x = Array.from({ length: 37 }, (_, i) => (i - 10) / 8);
    for (const name of SPECIAL_NAMES)
      for (const type of ["f64", "f32"] as const) {
        const f = elementary(name, { type });
        expect(f.ulp).toBeLessThanOrEqual(2.5);
        const given = type === "f64" ? Float64Array.from(x) : Float32Array.from(x);
        const values = f.arity === 1 ? f.map(given) : f.map(given, 1.5);
        expect([...values]).toEqual([...given].map((each) => (f.arity === 1 ? f.call(each) : f.call(each, 1.5))));
      }
  });

  test("the result goes where it is asked to go, arrays of a runtime are used in place", () => {
    const exp = elementary("exp");
    const out = new Float64Array(3);
    expect(exp.map(Float64Array.of(0, 1, -Infinity), out)).toBe(out);
    expect([...out]).toEqual([1, exp.call(1), 0]);
    const runtime = new Runtime({ bytes: 1 << 16 });
    const [x, y] = [runtime.f64(5), runtime.f64(5)];
    x.set([1, 2, 3, 4, 5]);
    elementary("log2").map(x, y);
    expect(y[3]).toBe(2);
    runtime.dispose();
  });

  test("one of two arguments may be a number", () => {
    const pow = elementary("pow");
    expect(pow.map(2, Float64Array.of(1, 2, 3))).toEqual(Float64Array.from([2, 4, 8]));
    expect(pow.map(Float64Array.of(1, 2, 3), 2)).toEqual(Float64Array.from([1, 4, 9]));
    expect(pow.map(Float64Array.of(1, 2, 3), Float64Array.of(3, 2, 1))).toEqual(Float64Array.from([1, 4, 3]));
  });

  test("the accuracy asked for decides on the code, and is told", () => {
    for (const ulp of [0.55, 1, 4]) {
      const f = elementary("tanh", { ulp });
      expect(f.ulp).toBeLessThanOrEqual(ulp);
      expect(f.evidence[0]).toMatchObject({ grade: "sampled", bound: f.ulp, unit: "ULP" });
    }
    expect(elementary("tanh", { type: "f32" }).evidence[0].grade).toBe("exhaustive");
    expect(elementary("pow", { type: "f32" }).evidence[0].grade).toBe("sampled");
    expect(elementary("tanh", { ulp: 4 }).source).not.toBe(elementary("tanh", { ulp: 0.55 }).source);
  });

  test("mistakes are failures that say what to do", () => {
    expect(() => elementary("nosuch")).toThrow('there is no function "nosuch" of f64');
    expect(() => elementary("toString")).toThrow("there is no function");
    expect(() => elementary("exp", { ulp: 0.5 })).toThrow("exp of f64 to 0.5 units in the last place");
    expect(() => elementary("exp").map(Float32Array.of(1))).toThrow("an array that is not a Float64Array");
    expect(() => elementary("exp").map(Float64Array.of(1), new Float64Array(2))).toThrow("arrays of 1 and 2 elements");
    expect(() => elementary("pow").call(2)).toThrow("pow takes two arguments");
    expect(() => elementary("pow").map(2, 3)).toThrow("map takes an array");
  });
});

test("complex values on the upper side of the cuts, real ones elsewhere", () => {
  const near = (name: string, x: number, re: number, im: number, y?: number): void => {
    const z = elementaryComplex(name, x, y);
    expect(z.re).toBeCloseTo(re, 14);
    expect(z.im).toBeCloseTo(im, 14);
  };
  near("log", -Math.E, 1, Math.PI);
  near("log2", -8, 3, Math.PI / Math.LN2);
  near("log10", -100, 2, Math.PI / Math.LN10);
  near("log1p", -3, Math.LN2, Math.PI);
  near("sqrt", -4, 0, 2);
  near("pow", -8, 1, Math.sqrt(3), 1 / 3);
  near("pow", -2, -8, 0, 3);
  near("asin", 2, Math.PI / 2, Math.acosh(2));
  near("asin", -2, -Math.PI / 2, Math.acosh(2));
  near("acos", 2, 0, -Math.acosh(2));
  near("acos", -2, Math.PI, -Math.acosh(2));
  near("acosh", 0.5, 0, Math.PI / 3);
  near("acosh", -2, Math.acosh(2), Math.PI);
  near("atanh", 2, Math.atanh(0.5), Math.PI / 2);
  near("exp", 1, Math.E, 0);
  expect(elementaryComplex("log", Number.NaN).re).toBeNaN();
  expect(() => elementaryComplex("nosuch", 1)).toThrow("there is no function");
});

test("the function table has every name, and Math's own functions where there are such", () => {
  for (const name of SPECIAL_NAMES)
    if (!["sqrt", "acosh"].includes(name))
      expect(functionTable[name](0.5, 0.25)).toBeCloseTo(elementary(name).call(0.5, 0.25), 14);
  for (const name of Object.keys(mathFunctions)) expect(functionTable[name]).toBe(mathFunctions[name]);
});

test("formulae have erf on every target", () => {
  const expected = elementary("erf").call(0.5);
  for (const target of ["wasm", "js", "table"] as const)
    expect(compileSync("erf(x)", { variables: ["x"], target })(0.5)).toBe(expected);
});
