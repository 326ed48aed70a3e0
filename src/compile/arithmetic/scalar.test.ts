// fma and the other operations on single numbers, against exact rationals.
import { expect, test } from "vitest";
import { adversarial } from "../../../test/support/adversarial.ts";
import { formatNamed, numberOf, Q, roundExact, roundingMode } from "../../number/index.ts";
import { formatArithmetic } from "./scalar.ts";

test("fma rounds once, in every mode, also where products need more than 53 bits", () => {
  const differences: string[] = [];
  for (const name of ["binary16", "bfloat16", "e4m3fn", "binary32", "e8m40", "posit16"])
    for (const short of ["rne", "rna", "rtz", "rup", "rdn", "rto"]) {
      const format = formatNamed(name);
      const mode = roundingMode(short);
      const { fma, road } = formatArithmetic(format, { mode });
      expect(road).toBe(name === "posit16" ? "exact" : "f64");
      const next = adversarial(format, 9);
      const value = (): number => numberOf(roundExact(next(), format));
      for (let i = 0; i < 250; i++) {
        const [a, b] = [value(), value()];
        // Now and then a sum that nearly cancels.
        const c = i % 3 === 0 ? -numberOf(roundExact(a * b, format)) : value();
        if (![a, b, c].every(Number.isFinite) || a === 0 || b === 0) continue;
        const exact = Q.add(Q.multiply(Q.fromNumber(a), Q.fromNumber(b)), Q.fromNumber(c));
        const expected = exact === 0 ? 0 : numberOf(roundExact(exact, format, { mode }));
        const got = fma(a, b, c);
        if (!Object.is(got, expected))
          differences.push(`${name} ${short}: fma(${a}, ${b}, ${c}) = ${got}, not ${expected}`);
      }
    }
  expect(differences.slice(0, 8)).toEqual([]);
});

test("special values and the exact road", () => {
  const half = formatArithmetic(formatNamed("binary16"));
  expect([half.add(65504, 65504), half.div(1, 0), half.sqrt(-1), half.fma(Infinity, 0, 1)]).toEqual([Infinity, Infinity, Number.NaN, Number.NaN]); // oxfmt-ignore
  expect(half.div(1, 3)).toBe(0.333251953125);
  const posit = formatArithmetic(formatNamed("posit16"));
  expect([posit.add(1, 2), posit.sub(1, 1), posit.mul(3, 0.5), posit.sqrt(4)]).toEqual([3, 0, 1.5, 2]);
  const random = formatArithmetic(formatNamed("bfloat16"), { mode: "stochastic-a", seed: 3 });
  expect(random.road).toBe("exact");
  const sums = Array.from({ length: 400 }, () => random.add(1, 2 ** -8));
  expect(new Set(sums)).toEqual(new Set([1, 1 + 2 ** -7]));
  expect(() => formatArithmetic(formatNamed("binary128"))).toThrow("beyond doubles");
});
