// Decimal numbers in bytes of text. Up to 15 digits with a small power of ten are exact products or quotients of doubles (Clinger
// 1990, "How to read floating point numbers accurately"); all others go through `Number`, which rounds correctly.

/** Where the number just read ends; -1 if there was none. One object, so that reading makes no garbage. */
export const DECIMAL = { end: -1 };

const POWERS = Float64Array.from({ length: 23 }, (_, k) => Number(`1e${k}`));
const [MINUS, PLUS, POINT, ZERO] = [45, 43, 46, 48];
const LARGEST_MANTISSA = 2 ** 53;

/** The number that begins at `from`: decimal with e, E, d or D before an exponent, nan, inf or infinity; sets DECIMAL.end. */
export function decimalValue(bytes: Uint8Array, from: number): number {
  let at = from;
  let byte = bytes[at];
  const negative = byte === MINUS;
  if (negative || byte === PLUS) byte = bytes[++at];
  const first = at;
  let mantissa = 0;
  let digits = 0;
  let scale = 0;
  for (; byte >= ZERO && byte <= 57; byte = bytes[++at]) {
    mantissa = 10 * mantissa + (byte - ZERO);
    digits++;
  }
  if (byte === POINT) {
    byte = bytes[++at];
    const begin = at;
    for (; byte >= ZERO && byte <= 57; byte = bytes[++at]) mantissa = 10 * mantissa + (byte - ZERO);
    scale = begin - at;
    digits -= scale;
  }
  if (digits === 0) return named(bytes, first, negative);
  let fortran = false;
  if (byte === 101 || byte === 69 || byte === 100 || byte === 68) {
    fortran = byte === 100 || byte === 68;
    let next = at + 1;
    const down = bytes[next] === MINUS;
    if (down || bytes[next] === PLUS) next++;
    const begin = next;
    let exponent = 0;
    for (let c = bytes[next]; c >= ZERO && c <= 57; c = bytes[++next]) if (exponent < 1e6) exponent = 10 * exponent + (c - ZERO); // oxfmt-ignore
    if (next === begin) {
      DECIMAL.end = -1;
      return Number.NaN;
    }
    at = next;
    scale += down ? -exponent : exponent;
  }
  DECIMAL.end = at;
  // 10 mantissa + digit is exact as long as it stays below 2^53, and stays above once it is.
  if (mantissa < LARGEST_MANTISSA && scale >= -22 && scale <= 22) {
    const value = scale < 0 ? mantissa / POWERS[-scale] : mantissa * POWERS[scale];
    return negative ? -value : value;
  }
  const text = String.fromCharCode.apply(null, bytes.subarray(from, at) as unknown as number[]);
  return Number(fortran ? text.replace(/[dD]/, "e") : text);
}

function named(bytes: Uint8Array, from: number, negative: boolean): number {
  let word = "";
  for (let at = from; word.length < 9; at++) {
    const letter = bytes[at] | 32;
    if (!(letter >= 97 && letter <= 122)) break;
    word += String.fromCharCode(letter);
  }
  const value = word === "nan" ? Number.NaN : word === "inf" || word === "infinity" ? Infinity : undefined;
  DECIMAL.end = value === undefined ? -1 : from + word.length;
  return value === undefined ? Number.NaN : negative ? -value : value;
}
