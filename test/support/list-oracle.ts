// An oracle of rounding to formats with a short list of finite values (posits, tables, integers of at most 16 bits), written
// apart from src/number/round-exact.ts: the list comes from decoding every code; x is found in it by bisection; the decision
// is made on integers, all values being brought to a common denominator (a power of two times that of the format).
import { codeTable, type Format, numberOf, type Overflow, Q, rationalOf, type RoundingMode } from "../../src/number/index.ts"; // oxfmt-ignore

interface Entry {
  readonly code: bigint;
  readonly double: number;
  /** Value times the common denominator. */
  readonly scaled: bigint;
}

interface List {
  readonly entries: readonly Entry[];
  readonly denominator: bigint;
  /** Posits: what divides code c from c + 1, by c. */
  readonly middles: readonly bigint[];
}

const lists = new WeakMap<Format, { readonly short: List; readonly long: List }>();

/** Doubles that are multiples of 2^-SHORT take short integers; 2^-1074 divides all. */
const SHORT = 140;
const LONG = 1074;

function listOf(format: Format, places: number): List {
  const finite = codeTable(format).flatMap(({ code, value }) => (value?.kind === "finite" ? [{ code, q: rationalOf(value), double: numberOf(value) }] : [])); // oxfmt-ignore
  // The lowest common multiple of all denominators.
  let denominator = 1n << BigInt(places);
  for (const { q } of finite) {
    let [a, b] = [denominator, Q.denominator(q)];
    while (b !== 0n) [a, b] = [b, a % b];
    denominator = (denominator / a) * Q.denominator(q);
  }
  const entries = finite
    .map(({ code, q, double }) => ({ code, double, scaled: (Q.numerator(q) * denominator) / Q.denominator(q) }))
    .sort((x, y) => (x.scaled < y.scaled ? -1 : 1));
  return { entries, denominator, middles: format.kind === "posit" ? positMiddles(format.bits, format.es, denominator) : [] }; // oxfmt-ignore
}

/** Rounding to the format by its list of values, given N random bits R with each x; results as `rounder` gives them. */
export function listOracle(
  format: Format,
  mode: RoundingMode,
  overflow: Overflow,
  bits: number,
): (x: number, random: number) => number {
  let both = lists.get(format);
  if (both === undefined) lists.set(format, (both = { short: listOf(format, SHORT), long: listOf(format, LONG) }));
  const { short, long } = both;
  const last = short.entries.length - 1;
  const signed = short.entries[0].scaled < 0n;
  const integer = format.kind === "integer";

  const outside = (negative: boolean, infinite: boolean): number => {
    const end = short.entries[negative ? 0 : last].double;
    if (overflow === "saturate" || overflow === "propagate") return end;
    const inward = mode === "toward-zero" || mode === (negative ? "up" : "down");
    if (!infinite && (inward || (mode === "to-odd" && overflow === "ieee"))) return end;
    if (overflow === "ieee") return Number.NaN;
    const unsigned = format.kind === "integer" && !signed;
    return negative && unsigned ? Number.NaN : end;
  };

  return (x, random) => {
    if (Number.isNaN(x)) return x;
    if (!Number.isFinite(x)) return format.kind === "posit" ? Number.NaN : outside(x < 0, true);
    const negative = x < 0;
    const { entries, denominator, middles } = Number.isInteger(x * 2 ** SHORT) ? short : long;
    const X = scaledDouble(x, denominator);
    // Entries at or below X.
    let low = -1;
    let high = entries.length;
    while (high - low > 1) {
      const middle = (low + high) >> 1;
      if (entries[middle].scaled <= X) low = middle;
      else high = middle;
    }
    if (low >= 0 && entries[low].scaled === X) return entries[low].double;
    if (format.kind === "posit") {
      // Never to zero or NaR.
      if (low === last || low === -1) return entries[low === -1 ? 0 : last].double;
      const nearest = mode.startsWith("nearest");
      if (nearest && entries[low].scaled === 0n) return entries[high].double;
      if (nearest && entries[high].scaled === 0n) return entries[low].double;
    } else if (!integer && (low === -1 || low === last)) return outside(low === -1, false);
    // Integers go on beyond the ends, by the step.
    let below = low >= 0 && low <= last ? entries[low].scaled : 0n;
    let above = high <= last ? entries[high].scaled : 0n;
    let place = BigInt(low);
    if (integer && (low === -1 || low === last)) {
      const end = entries[low === -1 ? 0 : last].scaled;
      const step = entries[1].scaled - entries[0].scaled;
      const steps = (X - end) / step - (X < end && (X - end) % step !== 0n ? 1n : 0n);
      below = end + steps * step;
      above = below + step;
      place = BigInt(Math.max(low, 0)) + steps;
      if (below === X) return outside(low === -1, false);
    }
    // Of two at the same distance from zero (+-1 of the bipolar integers) the near one is that on the side of x.
    const belowIsNear = magnitude(below) < magnitude(above) || (magnitude(below) === magnitude(above) && negative);
    const [near, far] = belowIsNear ? [below, above] : [above, below];
    const gap = magnitude(far - near);
    const rest = magnitude(X - near);
    let twice = 2n * rest - gap;
    const nearPlace = belowIsNear ? place : place + 1n;
    if (format.kind === "posit") {
      const { code } = entries[Number(nearPlace)];
      const positive = negative && code !== 0n ? 2n ** BigInt(format.bits) - code : code;
      twice = 2n * (magnitude(X) - middles[Number(positive)]);
    }
    const odd = oddAt(format, nearPlace, entries);
    const N = 1n << BigInt(bits);
    const R = BigInt(random);
    let away: boolean;
    switch (mode) {
      case "toward-zero":
        away = false;
        break;
      case "up":
        away = belowIsNear;
        break;
      case "down":
        away = !belowIsNear;
        break;
      case "to-odd":
        away = !odd;
        break;
      case "nearest-even":
        away = twice > 0n || (twice === 0n && odd);
        break;
      case "nearest-away":
        away = twice >= 0n;
        break;
      case "nearest-zero":
        away = twice > 0n;
        break;
      case "stochastic-a":
        away = (rest * N) / gap + R >= N;
        break;
      case "stochastic-b":
        away = (rest * 2n * N) / gap + 2n * R + 1n >= 2n * N;
        break;
      case "stochastic-c": {
        const whole = (2n * rest * N + gap) / (2n * gap);
        const tie = (2n * rest * N + gap) % (2n * gap) === 0n;
        away = whole - (tie && whole % 2n === 1n ? 1n : 0n) + R >= N;
        break;
      }
      default:
        away = 2n * R >= N;
    }
    const up = away === belowIsNear;
    const chosen = up ? place + 1n : place;
    if (chosen < 0n) return outside(true, false);
    if (chosen > BigInt(last)) return outside(false, false);
    return entries[Number(chosen)].double;
  };
}

const magnitude = (n: bigint): bigint => (n < 0n ? -n : n);

function scaledDouble(x: number, denominator: bigint): bigint {
  let [n, e] = [x, 0];
  while (!Number.isInteger(n)) [n, e] = [n * 2 ** 40, e + 40];
  return (BigInt(n) * denominator) >> BigInt(e);
}

/** Parity: of the integer's code, of the posit's code, of a table's position. */
function oddAt(format: Format, place: bigint, entries: readonly Entry[]): boolean {
  if (format.kind === "integer" || format.kind === "table") {
    const first = format.kind === "integer" && format.coding === "twos" ? entries[0].code : 0n;
    return magnitude(first + place) % 2n === 1n;
  }
  return entries[Number(place)].code % 2n === 1n;
}

/** Between positive posit codes c and c + 1 lies the posit 2c + 1 of one bit more (Posit Standard 2022, section 4.1): by c. */
function positMiddles(bits: number, es: number, denominator: bigint): bigint[] {
  const middles: bigint[] = [];
  for (let code = 1; code < 2 ** bits; code += 2) {
    // Read from its digits, the sign left out: regime, its end, exponent, fraction.
    const digits = code.toString(2).padStart(bits, "0");
    const run = /^(?:0+|1+)/.exec(digits)![0].length;
    const regime = digits.startsWith("1") ? run - 1 : -run;
    const rest = digits.slice(run + 1);
    const exponent = Number.parseInt(`0${rest.slice(0, es).padEnd(es, "0")}`, 2);
    const fraction = rest.slice(es);
    const e = regime * 2 ** es + exponent - fraction.length;
    const scaled = BigInt(`0b1${fraction}`) * denominator;
    middles.push(e >= 0 ? scaled << BigInt(e) : scaled >> BigInt(-e));
  }
  return middles;
}
