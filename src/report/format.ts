// Numbers and durations for people: significant digits, engineering notation, milliseconds to hours.
// For machines there is csv.ts (shortest round trip). Left out on purpose: locales, units, uncertainties.

/** "1.500e-7" -> "1.5e-7": drops trailing zeros of the mantissa and the plus sign of the exponent. */
function tidy(text: string): string {
  const [mantissa, exponent] = text.split("e");
  const short = mantissa.includes(".") ? mantissa.replace(/\.?0+$/, "") : mantissa;
  return exponent === undefined ? short : `${short}e${Number(exponent)}`;
}

/** NaN, the infinities and zero, which have no digits; undefined for all other numbers. */
function special(x: number): string | undefined {
  if (Number.isNaN(x)) return "NaN";
  if (x === 0) return "0";
  if (!Number.isFinite(x)) return x > 0 ? "Infinity" : "-Infinity";
  return undefined;
}

/**
 * `x` rounded to `digits` significant digits (1 to 17), without trailing zeros; plain from 1e-4 up to 10^max(6, digits),
 * with an exponent outside. `formatNumber(0.1 + 0.2)` is "0.3".
 */
export function formatNumber(x: number, digits = 6): string {
  const known = special(x);
  if (known !== undefined) return known;
  const scientific = x.toExponential(digits - 1);
  const exponent = Number(scientific.slice(scientific.indexOf("e") + 1));
  if (exponent < -4 || exponent >= Math.max(6, digits)) return tidy(scientific);
  return tidy(Number(scientific).toFixed(Math.max(0, digits - 1 - exponent)));
}

/**
 * Engineering notation: `digits` significant digits (1 to 17) and an exponent that is a multiple of three.
 * `engineering(12345)` is "12.35e3", `engineering(0.5)` is "500e-3", `engineering(7)` is "7".
 */
export function engineering(x: number, digits = 4): string {
  const known = special(x);
  if (known !== undefined) return known;
  // Round first: 999.99 to three digits is 1.00e3, with the exponent of the rounded number.
  const [mantissa, exponent] = x.toExponential(digits - 1).split("e");
  const e = Number(exponent);
  const e3 = Math.floor(e / 3) * 3;
  const shifted = tidy(Number(`${mantissa}e${e - e3}`).toFixed(Math.max(0, digits - 1 - (e - e3))));
  return e3 === 0 ? shifted : `${shifted}e${e3}`;
}

/**
 * A duration in milliseconds for people: "850 µs", "12.3 ms", "1.23 s", "2 min 5 s", "1 h 3 min".
 * Three significant digits below a minute; negative durations keep their sign.
 */
export function formatDuration(ms: number): string {
  if (Number.isNaN(ms)) return "NaN";
  if (ms < 0) return `-${formatDuration(-ms)}`;
  if (!Number.isFinite(ms)) return "Infinity";
  if (ms === 0) return "0 s";
  const three = Number(ms.toPrecision(3));
  if (three < 1e-3) return `${formatNumber(ms * 1e6, 3)} ns`;
  if (three < 1) return `${formatNumber(ms * 1e3, 3)} µs`;
  if (three < 1e3) return `${formatNumber(ms, 3)} ms`;
  if (three < 60e3) return `${formatNumber(ms / 1e3, 3)} s`;
  const seconds = Math.round(ms / 1e3);
  if (seconds < 3600) return parts(Math.floor(seconds / 60), "min", seconds % 60, "s");
  const minutes = Math.round(seconds / 60);
  return parts(Math.floor(minutes / 60), "h", minutes % 60, "min");
}

function parts(large: number, unit: string, small: number, smallUnit: string): string {
  return small === 0 ? `${large} ${unit}` : `${large} ${unit} ${small} ${smallUnit}`;
}
