// Rounding modes and overflow rules, as tables. Sources: IEEE 754-2019 section 4.3; IEEE P3109 interim report 4.0 (2026),
// sections on rounding, stochastic rounding and saturation; "equal" as in CPFloat (Fasi and Mikaitis 2023).
// With nu the part of a unit in the last place that would be cut off a magnitude, and R a random integer, 0 <= R < 2^N:
//   stochastic-a  away if floor(nu 2^N) + R >= 2^N
//   stochastic-b  away if floor(nu 2^(N+1)) + 2R + 1 >= 2^(N+1)
//   stochastic-c  away if (nu 2^N rounded to an integer, ties to even) + R >= 2^N
//   stochastic-equal  away with probability 1/2 unless nu = 0: if the highest of the N bits of R is set
import { Failure, philoxWords } from "../base/index.ts";
import type { Format, Overflow } from "./format.ts";

export type RoundingMode =
  | "nearest-even"
  | "nearest-away"
  | "nearest-zero"
  | "up"
  | "down"
  | "toward-zero"
  | "to-odd"
  | "stochastic-a"
  | "stochastic-b"
  | "stochastic-c"
  | "stochastic-equal";

/** Every mode with its short name on the command line. */
export const ROUNDING_MODES: Readonly<Record<RoundingMode, string>> = {
  "nearest-even": "rne",
  "nearest-away": "rna",
  "nearest-zero": "rnz",
  up: "rup",
  down: "rdn",
  "toward-zero": "rtz",
  "to-odd": "rto",
  "stochastic-a": "sra",
  "stochastic-b": "srb",
  "stochastic-c": "src",
  "stochastic-equal": "sre",
};

/** A mode by its long or short name; "sr" is stochastic-a. */
export function roundingMode(name: string): RoundingMode {
  if (name === "sr") return "stochastic-a";
  for (const [mode, short] of Object.entries(ROUNDING_MODES))
    if (name === mode || name === short) return mode as RoundingMode;
  throw new Failure("usage", `there is no rounding mode "${name}"`, {
    hint: `Known: ${Object.values(ROUNDING_MODES).join(", ")}, and sr for sra.`,
  });
}

export const OVERFLOW_RULES: readonly Overflow[] = ["ieee", "saturate", "propagate", "none"];

export function isStochastic(mode: RoundingMode): boolean {
  return mode.startsWith("stochastic");
}

/** Most random bits of one rounding. */
export const MAX_RANDOM_BITS = 32;

export function checkRandomBits(bits: number): void {
  if (!Number.isInteger(bits) || bits < 1 || bits > MAX_RANDOM_BITS)
    throw new Failure("usage", `stochastic rounding takes 1 to ${MAX_RANDOM_BITS} random bits, not ${bits}`);
}

/** Words of the last Philox block, so that four roundings in a row share one. */
const block = { seed: Number.NaN, stream: 0, index: 0, words: new Uint32Array(4) };

/**
 * The N random bits of rounding number `index` (0 <= index < 2^53): the highest N bits of word index mod 4 of the
 * Philox4x32-10 block floor(index/4) of (seed, stream). The same on every target and in every order.
 */
export function randomBits(seed: number, stream: number, index: number, bits: number): number {
  const at = Math.floor(index / 4);
  if (block.seed !== seed || block.stream !== stream || block.index !== at) {
    const high = Math.floor(at / 2 ** 32);
    philoxWords(block.words, at >>> 0, high >>> 0, stream >>> 0, Math.floor(stream / 2 ** 32) >>> 0, seed >>> 0, Math.floor(seed / 2 ** 32) >>> 0); // oxfmt-ignore
    block.seed = seed;
    block.stream = stream;
    block.index = at;
  }
  return block.words[index % 4] >>> (32 - bits);
}

/** What is known about a magnitude between two neighbours: nu = rest/unit, 0 <= rest < unit. */
export interface Cut {
  readonly rest: bigint;
  readonly unit: bigint;
  /** The lower neighbour (the one toward zero) has an odd code. */
  readonly odd: boolean;
  /** Away from zero is upward: the value is positive. */
  readonly awayIsUp: boolean;
  /** Random bits: N and 0 <= R < 2^N. */
  readonly bits: number;
  readonly random: number;
}

/** Does the mode choose the neighbour away from zero? By integers only. */
export function roundsAway(mode: RoundingMode, { rest, unit, odd, awayIsUp, bits, random }: Cut): boolean {
  if (rest === 0n) return false;
  const n = BigInt(bits);
  switch (mode) {
    case "nearest-even":
      return 2n * rest > unit || (2n * rest === unit && odd);
    case "nearest-away":
      return 2n * rest >= unit;
    case "nearest-zero":
      return 2n * rest > unit;
    case "up":
      return awayIsUp;
    case "down":
      return !awayIsUp;
    case "toward-zero":
      return false;
    case "to-odd":
      return !odd;
    case "stochastic-a":
      return (rest << n) / unit + BigInt(random) >= 1n << n;
    case "stochastic-b":
      return (rest << (n + 1n)) / unit + 2n * BigInt(random) + 1n >= 1n << (n + 1n);
    case "stochastic-c": {
      const scaled = rest << n;
      let whole = scaled / unit;
      const twice = 2n * (scaled - whole * unit);
      if (twice > unit || (twice === unit && (whole & 1n) === 1n)) whole += 1n;
      return whole + BigInt(random) >= 1n << n;
    }
    case "stochastic-equal":
      return random >= 2 ** (bits - 1);
  }
}

/** Where a value beyond the finite ones goes: to the largest or smallest finite value, to an infinity, to NaN. */
export type Landing = "limit" | "infinity" | "nan";

export interface Range {
  readonly infinities: boolean;
  /** Negative numbers exist. */
  readonly signed: boolean;
}

export function rangeOf(format: Format): Range {
  if (format.kind === "float") return { infinities: format.infinities, signed: format.signed };
  return { infinities: false, signed: format.kind !== "integer" || format.min < 0n };
}

/**
 * The overflow rules. `negative`: beyond the lower end (in an unsigned format, below zero); `infinite`: an infinity came in,
 * otherwise a finite value was rounded and lies outside.
 *   ieee       toward-zero, to-odd and the directed mode that points inward give the end of the range, all others infinity,
 *              NaN where there is none; infinities stay, or become NaN
 *   saturate   the end of the range, always (P3109 SatFinite)
 *   propagate  the end of the range; infinities stay where they exist (P3109 SatPropagate)
 *   none       P3109 SatNone: as ieee, but to-odd gives infinity (except unsigned), and a format without infinities gives
 *              the end of the range, an unsigned one NaN for what is below zero
 */
export function landing(
  rule: Overflow,
  mode: RoundingMode,
  range: Range,
  negative: boolean,
  infinite: boolean,
): Landing {
  const below = negative && !range.signed;
  const endless = range.infinities && !below;
  const inward = mode === "toward-zero" || mode === (negative ? "up" : "down");
  switch (rule) {
    case "saturate":
      return "limit";
    case "propagate":
      return infinite && endless ? "infinity" : "limit";
    case "ieee":
      if (!infinite && (inward || mode === "to-odd")) return "limit";
      return endless ? "infinity" : "nan";
    case "none":
      if (!infinite && inward) return "limit";
      if (!infinite && !negative && mode === "to-odd" && !range.signed && range.infinities) return "limit";
      if (below) return "nan";
      return endless ? "infinity" : "limit";
  }
}
