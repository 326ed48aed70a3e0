import * as fc from "fast-check";
import { expect, test } from "vitest";
import { linearAxis, logAxis } from "./axis.ts";

const texts = (axis: { ticks: readonly { text: string }[] }) => axis.ticks.map(({ text }) => text);

test("linear ticks have no artefacts", () => {
  const axis = linearAxis(0, 0.5, 5, "nice");
  expect(texts(axis)).toEqual(["0", "0.1", "0.2", "0.3", "0.4", "0.5"]);
  expect(axis.ticks.map(({ value }) => value)).toEqual([0, 0.1, 0.2, 0.3, 0.4, 0.5]);
  expect(texts(linearAxis(-1, 1, 4, "nice"))).toEqual(["−1.0", "−0.5", "0", "0.5", "1.0"]);
  expect(texts(linearAxis(0, 50_000, 2, "nice"))).toEqual(["0", "50000"]);
});

test("large and small values share an exponent that is a multiple of three", () => {
  expect(texts(linearAxis(0, 2e6, 4, "nice"))).toEqual(["0", "0.5×10^6", "1.0×10^6", "1.5×10^6", "2.0×10^6"]);
  expect(texts(linearAxis(0, 6e23, 3, "nice"))).toEqual(["0", "200×10^21", "400×10^21", "600×10^21"]);
  expect(texts(linearAxis(0, 3e-7, 3, "nice"))).toEqual(["0", "100×10^−9", "200×10^−9", "300×10^−9"]);
});

test("a constant is drawn in the middle, rounding noise is not blown up", () => {
  for (const [low, high] of [
    [300, 300 + 1e-12],
    [0, 0],
    [-2, -2],
    [1e-310, 2e-310],
  ]) {
    // oxfmt-ignore
    const { domain } = linearAxis(low, high, 5, "nice");
    expect(domain[0]).toBeLessThan(low);
    expect(domain[1]).toBeGreaterThan(high);
  }
  expect(() => linearAxis(-1.7e308, 1.7e308, 5, "nice")).toThrow(/logY/);
});

test("log ticks are powers of ten, every n-th when there are many, with 2 and 5 when there are few", () => {
  expect(texts(logAxis(1e-5, 1, 6, "nice"))).toEqual(["10^−5", "10^−4", "10^−3", "10^−2", "10^−1", "10^0"]);
  expect(texts(logAxis(3e-15, 8, 6, "nice"))).toEqual(["10^−15", "10^−12", "10^−9", "10^−6", "10^−3", "10^0"]);
  expect(texts(logAxis(1, 1000, 6, "exact"))).toEqual(["1", "10", "100", "1000"]);
  expect(texts(logAxis(3, 60, 6, "exact"))).toEqual(["5", "10", "20", "50"]);
  expect(texts(logAxis(4, 5, 5, "nice"))).toEqual(["4.0", "4.2", "4.4", "4.6", "4.8", "5.0"]);
});

test("axes contain their data, ticks ascend inside the domain, texts differ", () => {
  const value = fc.double({ min: 1e-300, max: 1e300, noNaN: true });
  const sign = fc.constantFrom(-1, 0, 1);
  fc.assert(
    fc.property(
      value,
      value,
      sign,
      fc.boolean(),
      fc.constantFrom("nice" as const, "exact" as const),
      (a, b, s, log, ends) => {
        const [low, high] = [log ? a : s * a, b].sort((p, q) => p - q);
        const axis = (log ? logAxis : linearAxis)(low, high, 6, ends);
        const [from, to] = axis.domain;
        expect(from).toBeLessThan(to);
        expect(from).toBeLessThanOrEqual(low + (log ? 1e-9 * low : 1e-8 * (to - from)));
        expect(to).toBeGreaterThanOrEqual(high - (log ? 1e-9 * high : 1e-8 * (to - from)));
        expect(axis.ticks.length).toBeLessThan(14);
        const values = axis.ticks.map((tick) => tick.value);
        expect(values).toEqual([...new Set(values)].sort((p, q) => p - q));
        expect(new Set(texts(axis)).size).toBe(values.length);
        for (const v of [...values, ...axis.minor]) {
          expect(v).toBeGreaterThanOrEqual(from - 1e-6 * Math.abs(from) - 1e-6 * (to - from));
          expect(v).toBeLessThanOrEqual(to + 1e-6 * Math.abs(to) + 1e-6 * (to - from));
        }
      },
    ),
  );
});
