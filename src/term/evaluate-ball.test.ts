import fc from "fast-check";
import { expect, test } from "vitest";
import { Q } from "../number/index.ts";
import { evaluate, evaluateBall, evaluateDigits, functionNames, parse } from "./index.ts";

/** By mpmath 1.2.1 at 80 digits, rounded to 50. */
const MPMATH = [
  ["gamma(-7/3)", "-1.3057565844468861163400991700061382931793512922691"],
  ["lgamma(1/7)", "1.8791692715958358364559564093450710543995426217203"],
  ["lgamma(-5/2)", "-0.056243716497674050672594530097654284122944102552846"],
  ["digamma(-1/3)", "1.6817655842134115275976591833548868781286379513723"],
  ["digamma(100)", "4.6001618527380874001986055855758507268668127907685"],
  ["zeta(1/2)", "-1.4603545088095868128894991525152980124672293310126"],
  ["zeta(-7/2)", "0.0044410113354794319585346580178197750862142454418003"],
  ["zeta(sqrt(2))", "3.0207376794860326682709922837004090186536775964584"],
  ["erf(1/3)", "0.36264811176606293340817864014786587969214159037254"],
  ["erfc(10)", "2.0884875837625447570007862949577886115608181193212e-45"],
  ["erfc(-2/3)", "1.6542214138488396842683835306000422920407217843859"],
  ["besselJ(0, 100*pi)", "0.031818300869118031798477671821793872863323338540598"],
  ["besselJ(-3, sqrt(2))", "-0.051918104528982467841218119319698191443097587046259"],
  ["besselY(0, 1/3)", "-0.73437307345447260776116547505670782619457773519923"],
  ["besselY(5, 1/1000)", "-244462007868026409.18275658775987293394823547185089"],
  ["besselY(-3, 50)", "-0.064459122060222487006742642955432151942609546278811"],
  ["besselY(2, pi)", "-0.099900713929027878773490295584186552327642644463451"],
] as const;

const digits = (text: string, n: number): string => evaluateDigits(parse(text), n).text;

test("digits are those of the correctly rounded value", () => {
  expect(digits("pi", 50)).toBe("3.1415926535897932384626433832795028841971693993751");
  expect(digits("exp(1)", 30)).toBe("2.71828182845904523536028747135");
  expect(digits("exp(pi*sqrt(163))", 40)).toBe("262537412640768743.9999999999992500725972");
  expect(digits("sin(10^22)", 20)).toBe("-0.85220084976718880177");
  // Rump's example: doubles give 1.17..., the value is negative.
  expect(
    digits(
      "333.75*b^6 + a^2*(11*a^2*b^2 - b^6 - 121*b^4 - 2) + 5.5*b^8 + a/(2*b)"
        .replaceAll("a", "77617")
        .replaceAll("b", "33096"),
      20,
    ),
  ).toBe("-0.82739605994682136814");
  expect(evaluateDigits(parse("sum(1/k^2, k = 1 .. 50)"), 12)).toMatchObject({
    text: "1.62513273362",
    rounding: "nearest",
  });
  expect(evaluateDigits(parse("x^2 + 1"), 10, { at: { x: parse("1/3") } }).text).toBe("1.111111111");
  expect(evaluateDigits(parse("x"), 20, { at: { x: 0.1 } }).text).toBe("0.10000000000000000555");
});

test("exact values say so; a tie that cannot be decided is given within a unit", () => {
  expect(evaluateDigits(parse("1/8"), 3).rounding).toBe("exact");
  expect(evaluateDigits(parse("floor(exp(3))"), 2)).toMatchObject({ text: "20", rounding: "exact" });
  expect(evaluateDigits(parse("exp(log(2)*3)/64"), 2).rounding).toBe("unit");
  expect(evaluateDigits(parse("sin(0)"), 2)).toMatchObject({ text: "0", rounding: "exact" });
});

test("what is not decided is unsolved and names the operation and the bound", () => {
  expect(() => digits("sin(pi)", 20)).toThrow(/not told from zero .* below 10\^-\d+/);
  expect(() => digits("1/(sin(1)^2 + cos(1)^2 - 1)", 5)).toThrow("division by a ball that contains zero");
  expect(() => digits("floor(2*sin(pi/6))", 5)).toThrow("floor of a ball that contains a whole number");
  expect(() => digits("tan(pi/2)", 5)).toThrow("tan of a ball that may contain a pole");
  try {
    digits("sin(pi)", 20);
  } catch (error) {
    expect(error).toMatchObject({ kind: "unsolved" });
  }
  expect(() => evaluateDigits(parse("exp(exp(2))"), 50, { budget: { steps: 1 } })).not.toThrow();
  expect(() => evaluateDigits(parse("sin(pi)"), 50, { budget: { steps: 1 } })).toThrow("1 steps".slice(2));
});

test("outside the domain and without a value", () => {
  expect(() => digits("log(-1)", 5)).toThrow("log of a negative number");
  expect(() => digits("sqrt(-2)*3", 5)).toThrow("square root of a negative number");
  expect(() => digits("x", 5)).toThrow('"x" has no value');
  expect(() => digits("pi", 0)).toThrow("number of digits");
  expect(() => digits("exp(10^30)", 5)).toThrow("beyond the range");
});

test("every function agrees with doubles", () => {
  fc.assert(
    fc.property(
      fc.constantFrom(...functionNames()),
      fc.integer({ min: 1, max: 63 }),
      fc.integer({ min: 1, max: 63 }),
      (name, i, j) => {
        const x = name.startsWith("bessel") ? `${i % 5}` : `${i}/64 + ${name === "acosh" ? 1 : 0}`;
        let term;
        try {
          term = parse(`${name}(${x})`);
        } catch {
          term = parse(`${name}(${x}, ${j}/64)`);
        }
        const value = evaluate(term);
        const ball = evaluateBall(term, 100);
        const low = Q.toNumber(Q.fromNumber(value));
        const middle = Number(String(ball.mid));
        expect(Math.abs(low - middle)).toBeLessThanOrEqual(1e-13 * Math.max(1, Math.abs(value)));
      },
    ),
    { numRuns: 300 },
  );
});

test("special functions: published and mpmath digits", () => {
  // OEIS A073005, A002117, A001620.
  expect(digits("gamma(1/3)", 50)).toBe("2.6789385347077476336556929409746776441286893779573");
  expect(digits("zeta(3)", 40)).toBe("1.202056903159594285399738161511449990765");
  expect(digits("digamma(1)", 30)).toBe("-0.577215664901532860606512090082");
  for (const [text, value] of MPMATH) expect(digits(text, 50), text).toBe(value);
  expect(String(parse("gamma(5) + zeta(0) + zeta(-2) + erf(0)"))).toBe("47/2");
});

test("special functions: poles, orders and limits are failures that name the operation", () => {
  for (const [text, message] of [
    ["gamma(cos(pi) + 1)", "gamma at a pole"],
    ["gamma(2*cos(pi))", "gamma at a pole"],
    ["lgamma(sin(pi))", "log gamma at a pole"],
    ["digamma(sin(pi))", "digamma at a pole"],
    ["zeta(sin(pi/2))", "zeta at its pole"],
    ["besselY(0, sin(pi))", "besselY of a ball that reaches its pole 0"],
    ["besselY(1, -2)", "besselY at a negative number"],
    ["besselJ(1/2, 1)", "only whole orders are enclosed"],
    ["besselJ(5000, 1)", "an order is a whole number from -4096 to 4096"],
    ["besselJ(0, 10^6)", "besselJ is enclosed for |x| < 65536"],
    ["erf(10^9)", "erf is enclosed for |x| < 2^22"],
    ["gamma(10^12 + 1/3)", "gamma is enclosed for |x| < 2^36"],
  ] as const)
    expect(() => evaluateDigits(parse(text), 5, { mostPrecision: 2000 }), text).toThrow(message);
  expect(() => parse("gamma(-3)")).toThrow("a pole");
  expect(() => parse("zeta(1)")).toThrow("a pole");
  expect(() => digits("gamma(1/3)", 100_001)).toThrow("number of digits");
  expect(() => evaluateDigits(parse("x"), 5, { at: { x: Number.NaN } })).toThrow("NaN is not in any ball");
  expect(() => evaluateDigits(parse("gamma(x)"), 5, { at: { x: Infinity } })).toThrow("an infinity is not in any ball");
});

test("gamma and zeta stay names of variables where no argument follows", () => {
  const term = parse("gamma*x + gamma(x) + zeta");
  expect(parse(String(term))).toBe(term);
  expect(evaluate(term, { gamma: 2, x: 3, zeta: 1 })).toBe(9);
});
