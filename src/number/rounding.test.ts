import { expect, test } from "vitest";
import { type Landing, landing, ROUNDING_MODES, roundingMode, type RoundingMode } from "./rounding.ts";
import { formatNamed } from "./named-formats.ts";
import { round } from "./round.ts";
import { Random } from "../base/index.ts";

// The saturation table of P3109 (interim report 4.0), row by row: formats se, sf, ue, uf.
const FORMATS = [
  { signed: true, infinities: true },
  { signed: true, infinities: false },
  { signed: false, infinities: true },
  { signed: false, infinities: false },
];
const [limit, infinity, nan] = ["limit", "infinity", "nan"] as const;
const column = (negative: boolean, infinite: boolean, mode: RoundingMode, rule: "saturate" | "propagate" | "none") =>
  FORMATS.map((range): Landing => landing(rule, mode, range, negative, infinite));

test("P3109 saturation", () => {
  for (const mode of Object.keys(ROUNDING_MODES) as RoundingMode[]) {
    for (const negative of [false, true]) {
      for (const infinite of [false, true]) expect(column(negative, infinite, mode, "saturate")).toEqual([limit, limit, limit, limit]); // oxfmt-ignore
      expect(column(negative, false, mode, "propagate")).toEqual([limit, limit, limit, limit]);
    }
    expect(column(false, true, mode, "propagate")).toEqual([infinity, limit, infinity, limit]);
    expect(column(true, true, mode, "propagate")).toEqual([infinity, limit, limit, limit]);
    expect(column(false, true, mode, "none")).toEqual([infinity, limit, infinity, limit]);
    expect(column(true, true, mode, "none")).toEqual([infinity, limit, nan, nan]);
    const high = mode === "toward-zero" || mode === "down" ? [limit, limit, limit, limit] : [infinity, limit, mode === "to-odd" ? limit : infinity, limit]; // oxfmt-ignore
    expect(column(false, false, mode, "none")).toEqual(high);
    const low = mode === "toward-zero" || mode === "up" ? [limit, limit, limit, limit] : [infinity, limit, nan, nan];
    expect(column(true, false, mode, "none")).toEqual(low);
  }
});

test("modes by name", () => {
  expect(["rne", "sr", "up", "sre"].map(roundingMode)).toEqual([
    "nearest-even",
    "stochastic-a",
    "up",
    "stochastic-equal",
  ]);
  expect(() => roundingMode("round")).toThrow("no rounding mode");
});

test("binary32, nearest even, is the engine's own rounding", () => {
  const random = new Random(17);
  const format = formatNamed("binary32");
  for (let i = 0; i < 20_000; i++) {
    const x = (random.next() - 0.5) * 2 ** Math.floor(random.next() * 320 - 170);
    if (!Object.is(round(x, format), Math.fround(x))) expect(round(x, format)).toBe(Math.fround(x));
  }
});
