import { expect, test } from "vitest";
import { ballField, balls as B, bigFloats, bigfloat as F, complexField, doubles } from "./index.ts";

test("doubles: principal branches", () => {
  const C = complexField(doubles);
  const i = C.complex(0, 1);
  expect(C.multiply(i, i)).toEqual(C.complex(-1, 0));
  expect(C.sqrt(C.complex(-4, 0)).im).toBe(2);
  expect(C.sqrt(C.complex(-4, -0)).im).toBe(-2);
  expect(C.log(C.complex(-1, 0)).im).toBe(Math.PI);
  expect(C.pow(i, i).re).toBeCloseTo(Math.exp(-Math.PI / 2), 14);
  const q = C.divide(C.complex(1e300, 1e300), C.complex(1e300, -1e300));
  expect(q.re).toBeCloseTo(0, 14);
  expect(q.im).toBeCloseTo(1, 14);
  expect(() => C.divide(i, C.complex(0, 0))).toThrow("complex number zero");
});

test("BigFloat and balls agree, balls enclose", () => {
  const C = complexField(bigFloats(200));
  const D = complexField(ballField(160));
  const z = { re: F.fromNumber(1.25, 200), im: F.fromNumber(-0.75, 200) };
  const w = { re: B.fromBigFloat(z.re), im: B.fromBigFloat(z.im) };
  for (const name of ["exp", "log", "sqrt", "sin", "cos"] as const) {
    const a = C[name](z);
    const b = D[name](w);
    const slack = new B.Ball(0n, 1n, -190);
    expect(B.contains(B.enlarge(b.re, slack, 400), F.toRational(a.re)), name).toBe(true);
    expect(B.contains(B.enlarge(b.im, slack, 400), F.toRational(a.im)), name).toBe(true);
    expect(B.accuracy(b.re)).toBeGreaterThan(140);
  }
  const back = D.subtract(D.exp(D.log(w)), w);
  expect(B.containsZero(back.re) && B.containsZero(back.im)).toBe(true);
  const square = D.subtract(D.multiply(D.sqrt(w), D.sqrt(w)), w);
  expect(B.containsZero(square.re) && B.containsZero(square.im)).toBe(true);
});
