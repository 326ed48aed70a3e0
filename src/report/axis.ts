// Axes: the domain, the ticks and their texts for a range of values, linear or logarithmic.
// Ticks are integer multiples of 1, 2 or 5 times a power of ten and are printed from those integers, so that 0.3 never
// reads 0.30000000000000004. Large and small values get one exponent for the whole axis, a multiple of three
// (engineering notation); "10^6" in a text stands for a raised exponent and is drawn so by svg.ts.
// Left out on purpose: dates, reversed axes, symmetric logarithms.
import { Failure } from "../base/index.ts";

export interface Axis {
  readonly type: "linear" | "log";
  /** Both ends in data units, first < second. */
  readonly domain: readonly [number, number];
  /** Ascending, inside the domain, each with its text. */
  readonly ticks: readonly { readonly value: number; readonly text: string }[];
  /** Small ticks without a text, inside the domain. */
  readonly minor: readonly number[];
}

/** Values that differ by less than this part of their size are rounding, not signal: they are drawn as a flat line. */
const FLAT = 1e-9;

/** m * 10^e with m an integer, correctly rounded. */
function decimal(m: number, e: number): number {
  return Number(`${m}e${e}`);
}

/** The step among 1, 2, 5 times a power of ten that gives at most `count` intervals, as mantissa and exponent. */
function niceStep(span: number, count: number): [number, number] {
  let e = Math.floor(Math.log10(span / count));
  for (;;) {
    for (const m of [1, 2, 5]) if (decimal(m, e) * count >= span * (1 - 1e-12)) return [m, e];
    e++;
  }
}

/** Texts of k * m * 10^e for the integers k: plain between 1e-3 and 1e5, else with a shared exponent. */
function texts(ks: readonly number[], m: number, e: number): string[] {
  const top = Math.max(...ks.map((k) => Math.abs(k * m)));
  const magnitude = top === 0 ? 0 : Math.floor(Math.log10(top) + 1e-9) + e;
  const plain = (magnitude < 5 && magnitude >= -3) || (magnitude < 15 && magnitude - e > 5);
  const exponent = plain ? 0 : Math.floor(magnitude / 3) * 3;
  const places = Math.max(0, exponent - e);
  return ks.map((k) => {
    if (k === 0) return "0";
    const number = decimal(k * m, e - exponent).toFixed(Math.min(100, places));
    return (exponent === 0 ? number : `${number}×10^${exponent}`).replace("-", "−").replace("^-", "^−");
  });
}

/**
 * A linear axis over [low, high] with about `count` ticks. `ends` "nice" widens the domain to ticks, "exact" keeps it.
 * @throws Failure "domain" when the range does not fit into a double.
 */
export function linearAxis(low: number, high: number, count: number, ends: "nice" | "exact"): Axis {
  const size = Math.max(Math.abs(low), Math.abs(high));
  if (!Number.isFinite(high - low) || size > 1e307)
    throw new Failure("domain", `values from ${low} to ${high} span more than a drawing can scale`, {
      hint: "Scale the values first, or draw them on a logarithmic axis (logY).",
    });
  if (high - low <= FLAT * size || size < 1e-300) {
    const middle = size < 1e-300 ? 0 : (low + high) / 2;
    const pad = middle === 0 ? 1 : Math.abs(middle) / 2;
    return linearAxis(middle - pad, middle + pad, count, "nice");
  }
  const [m, e] = niceStep(high - low, count);
  const step = decimal(m, e);
  const slack = ends === "exact" ? 1e-9 : -1e-9;
  const [first, last] =
    ends === "exact"
      ? [Math.ceil(low / step - slack), Math.floor(high / step + slack)]
      : [Math.floor(low / step - slack), Math.ceil(high / step + slack)];
  const ks: number[] = [];
  for (let k = first; k <= last; k++) ks.push(k === 0 ? 0 : k);
  const labels = texts(ks, m, e);
  const ticks = ks.map((k, i) => ({ value: decimal(k * m, e), text: labels[i] }));
  const domain: [number, number] = ends === "exact" ? [low, high] : [ticks[0].value, ticks[ticks.length - 1].value];
  return { type: "linear", domain, ticks, minor: [] };
}

/** Text of m * 10^e on a logarithmic axis. */
function logText(m: number, e: number, plain: boolean): string {
  if (plain) return decimal(m, e).toFixed(Math.max(0, -e));
  return `${m === 1 ? "" : `${m}×`}10^${String(e).replace("-", "−")}`;
}

/** Strides of labelled powers of ten. */
const STRIDES = [1, 2, 3, 5, 10, 20, 50, 100];

/**
 * A logarithmic axis over [low, high], 0 < low <= high, with at most about `count` labelled ticks: powers of ten (every
 * one, or every second, third, fifth …), with 2 and 5 between them when there are fewer than three powers.
 * `ends` "nice" widens the domain to powers of ten, or to one digit when it spans less than a decade and a half.
 */
export function logAxis(low: number, high: number, count: number, ends: "nice" | "exact"): Axis {
  if (high / low < 1 + FLAT) return logAxis(low / 2, high * 2, count, "nice");
  if (high / low < 3) return { ...linearAxis(low, high, count, ends), type: "log" };
  let [bottom, top] = [low, high];
  if (ends === "nice") {
    const wide = Math.log10(high / low) > 1.5;
    bottom = floorDigit(low, wide);
    top = ceilDigit(high, wide);
  }
  const inside = (v: number) => v >= bottom * (1 - 1e-12) && v <= top * (1 + 1e-12);
  const from = Math.floor(Math.log10(bottom)) - 1;
  const to = Math.ceil(Math.log10(top)) + 1;
  const powers: number[] = [];
  for (let e = from; e <= to; e++) if (inside(decimal(1, e)) && e >= -323 && e <= 308) powers.push(e);
  const minor: number[] = [];
  if (powers.length < 3) {
    const all: [number, number][] = [];
    for (let e = from; e <= to; e++) for (const m of [1, 2, 5]) if (inside(decimal(m, e))) all.push([m, e]);
    const plain = all.every(([, e]) => e >= -3 && e < 4);
    for (let e = from; e <= to; e++)
      for (const m of [3, 4, 6, 7, 8, 9]) if (inside(decimal(m, e))) minor.push(decimal(m, e));
    const ticks = all.map(([m, e]) => ({ value: decimal(m, e), text: logText(m, e, plain) }));
    return { type: "log", domain: [bottom, top], ticks, minor };
  }
  const stride = STRIDES.find((s) => powers.length / s <= count) ?? 200;
  const ticks = powers
    .filter((e) => e % stride === 0)
    .map((e) => ({ value: decimal(1, e), text: logText(1, e, powers[0] >= -2 && powers[powers.length - 1] <= 3) }));
  if (stride === 1 && powers.length <= 7) {
    for (let e = from; e <= to; e++) for (let m = 2; m <= 9; m++) if (inside(decimal(m, e))) minor.push(decimal(m, e));
  } else if (powers.length <= 40) {
    for (const e of powers) if (e % stride !== 0) minor.push(decimal(1, e));
  }
  return { type: "log", domain: [bottom, top], ticks, minor };
}

function floorDigit(x: number, decade: boolean): number {
  const e = Math.floor(Math.log10(x) + 1e-12);
  const m = decade ? 1 : Math.max(1, Math.floor(x / decimal(1, e) + 1e-9));
  return decimal(m, e) || x;
}

function ceilDigit(x: number, decade: boolean): number {
  const e = Math.floor(Math.log10(x) + 1e-12);
  const ratio = x / decimal(1, e);
  const top = decade ? decimal(1, ratio > 1 + 1e-9 ? e + 1 : e) : decimal(Math.ceil(ratio - 1e-9), e);
  return Number.isFinite(top) ? top : x;
}
