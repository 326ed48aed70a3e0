// NaNs with payloads. In an IEEE 754 interchange coding (signed zeros, infinities, at least two fraction bits) a NaN has a
// sign, a quiet bit (the highest of the fraction) and a payload below it. Conversion (IEEE 754-2019, 6.2.3 and 5.4.2) gives a
// quiet NaN; sign and payload are kept, the payload at its place from the left, as processors do it: a narrower fraction
// loses low bits, a wider one gets zeros. All other formats have NaNs without payload: nanCode. Values (Exact, doubles of the
// host) know only one NaN, so this works on codes.
import { Failure } from "../base/index.ts";
import { decode, hex, nanCode } from "./codes.ts";
import type { FloatFormat, Format } from "./format.ts";

/** Are the format's NaNs coded as IEEE 754 interchange formats do it? */
export function hasPayloads(format: Format): format is FloatFormat {
  if (format.kind !== "float" || format.nan !== "top" || !format.infinities || format.zero !== "signed") return false;
  const fraction = format.precision - 1;
  return fraction >= 2 && ((format.largest + 1n) & ((1n << BigInt(fraction)) - 1n)) === 0n;
}

/** The code in `to` of the NaN with this code in `from`, quiet. Fails ("domain") if it is no NaN or `to` has none. */
export function convertNan(from: Format, code: bigint, to: Format): bigint {
  if (decode(from, code).kind !== "nan") throw new Failure("domain", `${hex(from, code)} is no NaN of ${from.name}`);
  const plain = nanCode(to);
  if (plain === undefined) throw new Failure("domain", `${to.name} has no NaN`);
  if (!hasPayloads(from) || !hasPayloads(to)) return plain;
  const [old, now] = [from.precision - 1, to.precision - 1];
  const fraction = code & ((1n << BigInt(old)) - 1n);
  const moved = now >= old ? fraction << BigInt(now - old) : fraction >> BigInt(old - now);
  const sign = (code >> BigInt(from.bits - 1)) << BigInt(to.bits - 1);
  return sign | plain | moved;
}
