// Reads the lines that bench/oracle/mpfr_vectors.py writes and compares bigfloat with them, in all five modes.
import { bigfloat as F } from "../../src/number/index.ts";

type Value = F.BigFloat | number;
type Applied = (args: readonly Value[], precision: number, mode: F.RoundingMode) => F.BigFloat;

/** The functions of bigfloat by the oracle's names: those that take numbers first, then precision and mode. */
const byName = F as unknown as Readonly<Record<string, (...args: unknown[]) => F.BigFloat>>;
const applied = (name: string): Applied | undefined =>
  Object.hasOwn(byName, name) ? (args, precision, mode) => byName[name](...args, precision, mode) : undefined;

function read(text: string): Value {
  if (text.startsWith("i:")) return Number(text.slice(2));
  switch (text) {
    case "0":
      return F.zero(2);
    case "-0":
      return F.zero(2, -1);
    case "inf":
      return F.infinity(2);
    case "-inf":
      return F.infinity(2, -1);
    case "nan":
      return F.nan(2);
  }
  const [digits, exponent] = text.split(":");
  const minus = digits.startsWith("-");
  const n = BigInt(`0x${minus ? digits.slice(1) : digits}`);
  return F.fromInteger(minus ? -n : n, Math.max(1, n.toString(2).length), "nearest", Number(exponent));
}

/** Same value, sign of zero included. */
const same = (a: F.BigFloat, b: F.BigFloat): boolean =>
  a.kind === "nan" || b.kind === "nan" ? a.kind === b.kind : a.sign === b.sign && F.equal(a, b);

/** What differs in one line: one text a mode; undefined if the function is not there. */
export function check(line: string): string[] | undefined {
  const [left, right] = line.split(" = ");
  const [name, bits, ...rest] = left.split(" ");
  const apply = applied(name);
  if (apply === undefined) return undefined;
  const args = rest.map(read);
  const wrong: string[] = [];
  right.split(" ").forEach((text, i) => {
    const mode = F.ROUNDING_MODES[i];
    let found: F.BigFloat;
    try {
      found = apply(args, Number(bits), mode);
    } catch (error) {
      wrong.push(`${mode}: ${String(error)}`);
      return;
    }
    if (!same(found, read(text) as F.BigFloat))
      wrong.push(`${mode}: ${F.hexadecimal(found)} is not ${F.hexadecimal(read(text) as F.BigFloat)}`);
  });
  return wrong;
}
