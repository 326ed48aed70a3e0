import { describe, expect, test } from "vitest";
import { exhaust } from "../../test/support/exhaust.ts";
import { codeTable, decode, encode, factsOf, hasValue, nextDown, nextUp, valuesOf } from "./codes.ts";
import { exact, numberOf, rationalOf, sameExact } from "./exact.ts";
import {
  dyadicFormat,
  floatFormat,
  type Format,
  ieeeFormat,
  integerFormat,
  p3109Format,
  tableFormat,
} from "./format.ts";
import { formatNamed } from "./named-formats.ts";
import * as Q from "./rational.ts";
import { withinDoubles } from "./float-rounding.ts";
import { roundArray } from "./round.ts";
import { round, rounder } from "./round.ts";
import { roundExact } from "./round-exact.ts";
import { isStochastic, ROUNDING_MODES, type RoundingMode } from "./rounding.ts";

const MODES = (Object.keys(ROUNDING_MODES) as RoundingMode[]).filter((mode) => !isStochastic(mode));

const SMALL = [
  "e5m2", "e4m3fn", "e3m2fn", "e2m3fn", "e2m1fn", "e8m0fnu", "e4m3fnuz", "e5m2fnuz", "e4m3b11fnuz", "ue5m3", "e3m4", "e4m3", "e2m1",
  "p3109:k8p1se", "p3109:k8p4sf", "p3109:k8p8ue", "p3109:k8p1uf", "p3109:k4p2se", "p3109:k12p5se", "posit6", "posit8", "posit10:es1", "posit12:es0",
  "int8", "int8sym", "uint8", "bipolar1", "bipolar4", "q3.4", "uq4.4", "int8*1/127", "pow2:-7..0", "upow2:-3..3", "dyadic:4/3", "powexp:4/2", "powexp:5/0.5", "posit8:es5",
]; // oxfmt-ignore
const SIXTEEN = ["binary16", "bfloat16", "p3109:k16p5uf", "int16"];
const tables: Format[] = [
  tableFormat([0, 1, -1, Q.rational(1n, 3n), 7]),
  floatFormat({ precision: 4, emin: -6, emax: 7, subnormals: "none" }),
  floatFormat({ precision: 4, emin: 3, emax: 5, subnormals: "flush", signed: false }),
];

describe("exhaustive: every code of", () => {
  test.each(SMALL)("%s", (name) => expect(exhaust(formatNamed(name), MODES, 1e6)).toEqual([]));
  test.each(SIXTEEN)("%s", (name) => expect(exhaust(formatNamed(name), ["nearest-even"], 300)).toEqual([]));
  test.each(tables.map((format) => [format.name, format] as const))("%s", (_, format) =>
    expect(exhaust(format, MODES, 1e6)).toEqual([]),
  );
});

test("rounding is monotone and idempotent over every quarter of the small formats", () => {
  const wrong: string[] = [];
  for (const name of SMALL) {
    const format = formatNamed(name);
    // The values of int8*1/127 and powexp:4/2 (denominator 49) are not doubles.
    if (!withinDoubles(format) || name.includes("/127") || name === "powexp:4/2" || format.bits > 8) continue;
    const values = valuesOf(format).map(numberOf);
    for (const mode of MODES) {
      const apply = rounder(format, { mode, overflow: "saturate" });
      let last = -Infinity;
      for (let i = 1; i < values.length; i++)
        for (let k = 0; k < 4; k++) {
          const y = apply(values[i - 1] + (k / 4) * (values[i] - values[i - 1]), 0);
          if (!(y >= last) || apply(y, 0) !== y) wrong.push(`${name} ${mode} ${y}`);
          last = y;
        }
    }
  }
  expect(wrong).toEqual([]);
});

test("published codes", () => {
  const cases: readonly [string, number, bigint][] = [
    ["binary16", 65504, 0x7bffn],
    ["binary16", 2 ** -24, 1n],
    ["binary16", -0, 0x8000n],
    ["binary16", Number.NaN, 0x7e00n],
    ["binary32", 1, 0x3f800000n],
    ["binary32", Number.NaN, 0x7fc00000n],
    ["bfloat16", -Infinity, 0xff80n],
    ["tf32", 1, 0x1fc00n],
    ["e4m3fn", 448, 0x7en],
    ["e4m3fn", Number.NaN, 0x7fn],
    ["e5m2", 57344, 0x7bn],
    ["e5m2", Number.NaN, 0x7en],
    ["e3m2fn", 28, 0x1fn],
    ["e2m3fn", 7.5, 0x1fn],
    ["e2m1fn", -6, 0xfn],
    ["e2m1fn", 0.5, 1n],
    ["e8m0fnu", 1, 127n],
    ["e8m0fnu", Number.NaN, 255n],
    ["e4m3fnuz", 240, 0x7fn],
    ["e4m3fnuz", Number.NaN, 0x80n],
    ["e5m2fnuz", 57344, 0x7fn],
    ["e4m3b11fnuz", 30, 0x7fn],
    ["ue5m3", 114688, 0xfen],
    ["p3109:k8p4se", Infinity, 0x7fn],
    ["int8", -128, 0x80n],
    ["int8sym", -127, 0x81n],
    ["bipolar2", -3, 0n],
    ["bipolar2", 3, 3n],
    ["q3.4", -0.0625, 0xffn],
  ];
  for (const [name, value, code] of cases) {
    const format = formatNamed(name);
    expect(encode(format, value), `${name} ${value}`).toBe(code);
    expect(numberOf(decode(format, code)), `${name} ${code}`).toBe(value);
  }
  // binary64 itself is the host's coding.
  const view = new DataView(new ArrayBuffer(8));
  for (const x of [0.1, -1e-310, 5e-324, Number.MAX_VALUE, -0, Infinity]) {
    view.setFloat64(0, x);
    expect(encode(formatNamed("binary64"), x)).toBe(view.getBigUint64(0));
  }
});

test("formats beyond doubles: binary128 and P3109 of 32 bits", () => {
  const quad = formatNamed("binary128");
  const tenth = roundExact(Q.rational(1n, 10n), quad);
  expect(encode(quad, tenth)).toBe(0x3ffb999999999999999999999999999an);
  expect(encode(quad, factsOf(quad).largest)).toBe(0x7ffeffffffffffffffffffffffffffffn);
  expect(encode(quad, nextUp(quad, 0))).toBe(1n);
  expect(Q.compare(rationalOf(decode(quad, 1n)), Q.power(2, -16494))).toBe(0);
  const wide = p3109Format({ width: 32, precision: 3, signed: true, extended: true });
  const top = factsOf(wide).largest;
  expect(top).toMatchObject({ kind: "finite", exponent: 2 ** 28 - 3 });
  expect(encode(wide, top)).toBe(0x7ffffffen);
  expect(sameExact(roundExact(top, formatNamed("binary16")), exact(Infinity))).toBe(true);
  expect(sameExact(roundExact(nextUp(wide, 0), formatNamed("binary16"), { mode: "up" }), exact(2 ** -24))).toBe(true);
  expect(() => numberOf(top)).toThrow("beyond the range of doubles");
  expect(() => rationalOf(top)).toThrow("bits");
});

test("next values at the ends", () => {
  const half = formatNamed("binary16");
  expect(numberOf(nextUp(half, 65504))).toBe(Infinity);
  expect(numberOf(nextDown(half, Infinity))).toBe(65504);
  expect(numberOf(nextUp(half, Infinity))).toBe(Infinity);
  expect(numberOf(nextUp(half, -(2 ** -24)))).toBe(-0);
  expect(numberOf(nextDown(half, 0))).toBe(-(2 ** -24));
  expect(numberOf(nextUp(half, -Infinity))).toBe(-65504);
  expect(() => nextUp(formatNamed("e4m3fn"), 448)).toThrow("largest");
  expect(() => nextDown(formatNamed("uint8"), 0)).toThrow("smallest");
});

test("impossible formats and codes are refused", () => {
  const half = formatNamed("binary16");
  expect(() => formatNamed("e1m3")).toThrow("no normal numbers");
  expect(() => formatNamed("e5m0")).toThrow("no code for NaN");
  expect(() => formatNamed("nonsense")).toThrow("there is no format");
  expect(() => formatNamed("p3109:k4p4se")).toThrow("P is 4");
  expect(() => formatNamed("posit2")).toThrow("width of a posit");
  expect(() => formatNamed("int8*0")).toThrow("scale");
  expect(() => formatNamed("int8*1/0")).toThrow("no scale");
  expect(() => ieeeFormat(60, 3)).toThrow("exponent bits");
  expect(() => floatFormat({ precision: 0, emin: 0, emax: 1 })).toThrow("precision");
  expect(() => floatFormat({ precision: 2, emin: 3, emax: 1 })).toThrow("below emin");
  expect(() => floatFormat({ precision: 2, emin: 0, emax: 9, bits: 3 })).toThrow("fit");
  expect(() => tableFormat([1, 1])).toThrow("twice");
  expect(() => tableFormat([0.5])).toThrow("not a Rational");
  expect(() => integerFormat({ bits: 1, symmetric: true })).toThrow("symmetric");
  expect(() => formatNamed("powexp:4/0.3")).toThrow("exponent 0.3");
  expect(() => formatNamed("posit8:es31")).toThrow("exponent bits of a posit");
  expect(() => dyadicFormat(1, 3)).toThrow("numerator");
  expect(() => decode(half, 65536)).toThrow("no code");
  expect(() => decode(formatNamed("int8sym"), 0x80)).toThrow("means nothing");
  expect(() => encode(half, 0.1)).toThrow("no code for 0.1");
  expect(() => encode(formatNamed("e2m1fn"), Number.NaN)).toThrow("no code for NaN");
  expect(() => codeTable(formatNamed("binary32"))).toThrow("tables go up to");
  expect(hasValue(half, 1.5) && !hasValue(half, 0.1) && hasValue(half, -0) && !hasValue(formatNamed("int8"), -0)).toBe(
    true,
  );
});

test("posits: known values of the 2022 standard", () => {
  const eight = formatNamed("posit8");
  // Smallest and largest positive posits are 2^(-4n+8) and 2^(4n-8); 1 is 0100...0.
  for (const n of [8, 16, 32]) {
    const format = formatNamed(`posit${n}`);
    expect(numberOf(factsOf(format).largest)).toBe(2 ** (4 * n - 8));
    expect(numberOf(factsOf(format).smallestPositive!)).toBe(2 ** (8 - 4 * n));
    expect(encode(format, 1)).toBe(1n << BigInt(n - 2));
    expect(encode(format, -1)).toBe(3n << BigInt(n - 2));
    expect(decode(format, 1n << BigInt(n - 1)).kind).toBe("nan");
    expect(round(1e300, format)).toBe(2 ** (4 * n - 8));
    expect(round(-1e-300, format)).toBe(-(2 ** (8 - 4 * n)));
    expect(round(Infinity, format)).toBeNaN();
  }
  const codes: readonly [bigint, number][] = [[0x41n, 1.125], [0x48n, 2], [0x50n, 4], [0x60n, 16], [0x5fn, 15], [0x38n, 0.5], [0x7en, 2 ** 20], [0x02n, 2 ** -20], [0xbfn, -1.125], [0x63n, 28]]; // oxfmt-ignore
  for (const [code, value] of codes) expect(numberOf(decode(eight, code))).toBe(value);
  // pi in posit16 and posit32 (Gustafson's tables: 3.1416015625 and 3.14159265160...).
  expect(round(Math.PI, formatNamed("posit16"))).toBe(3.1416015625);
  expect(Math.abs(round(Math.PI, formatNamed("posit32")) - Math.PI)).toBeLessThan(2 ** -27);
  // Between 2^20 and 2^24 the nine-bit posit is 2^22: ties in the exponent, not in the value.
  expect(round(2 ** 22, eight)).toBe(2 ** 20);
  expect(round(2 ** 22 * 1.01, eight)).toBe(2 ** 24);
});

test("facts of a format without a positive value; properties that do not exist", () => {
  const facts = factsOf(formatNamed("int1"));
  expect(facts.smallestPositive).toBeUndefined();
  expect(facts.values).toBe(2n);
  for (const odd of [{ subnormals: "some" }, { zero: "odd" }, { nan: "many" }, { overflow: "clip" }])
    expect(() => floatFormat({ precision: 3, emin: -1, emax: 1, ...(odd as object) })).toThrow("it must be one of");
});

test("an empty array stays empty, a long one is rounded to its end", () => {
  const format = formatNamed("binary16");
  expect(roundArray(new Float64Array(0), format)).toHaveLength(0);
  const long = roundArray(new Float64Array(3_000_001).fill(0.1), format);
  expect([long[0], long[3_000_000]]).toEqual([0.0999755859375, 0.0999755859375]);
});
