// Every code of a small format, for the tests of src/number.
import { codeTable, compareExact, decode, encode, type Exact, exact, type Format, nextDown, nextUp, Q, rationalOf, roundExact, type RoundingMode, sameExact, valuesOf } from "../../src/number/index.ts"; // oxfmt-ignore

const bool = (x: boolean): number => (x ? 1 : 0);

/** Every code: round trip, and rounding in the given modes is the identity; about `gaps` gaps between values: the right
 * neighbours in every mode at a quarter, a half and three quarters. Returns what is wrong. */
export function exhaust(format: Format, modes: readonly RoundingMode[], gaps: number): string[] {
  const wrong: string[] = [];
  const fail = (what: string): void => void (wrong.length < 5 && wrong.push(`${format.name}: ${what}`));
  const zeroCode = new Set<string>();
  for (const { code, value } of codeTable(format)) {
    if (value === undefined) continue;
    const back = encode(format, value);
    if (!sameExact(decode(format, back), value)) fail(`code ${code} does not come back`);
    // Only NaNs and the zeros of absent subnormals have several codes.
    if (back !== code && value.kind === "finite" && value.num !== 0n) fail(`code ${code} became ${back}`);
    if (value.kind === "finite" && value.num === 0n) zeroCode.add(String(back));
    for (const mode of modes) if (!sameExact(roundExact(value, format, { mode, overflow: "ieee" }), value) && !(value.kind === "infinite" && format.kind !== "float")) fail(`code ${code} moves, ${mode}`); // oxfmt-ignore
  }
  if (format.kind === "float" && format.zero === "signed" && zeroCode.size !== 2) fail("zeros");
  const values = valuesOf(format);
  for (let i = 1; i < values.length; i++) if (compareExact(values[i - 1], values[i]) >= 0) fail(`order at ${i}`);
  const stride = Math.max(1, Math.floor(values.length / gaps));
  const quarter = (a: Exact, b: Exact, k: number): Q.Rational =>
    Q.add(rationalOf(a), Q.multiply(Q.rational(BigInt(k), 4n), Q.subtract(rationalOf(b), rationalOf(a))));
  for (let i = 1; i < values.length; i += i < 20 || i > values.length - 20 ? 1 : stride) {
    const [a, b] = [values[i - 1], values[i]];
    if (compareExact(nextUp(format, a), b) !== 0 || compareExact(nextDown(format, b), a) !== 0)
      fail(`neighbours at ${i}`);
    if (format.kind === "float" && format.subnormals === "flush" && (i === 1 || Q.sign(rationalOf(b)) <= 0 || Q.sign(rationalOf(a)) === 0)) continue; // oxfmt-ignore
    for (const k of [1, 2, 3]) {
      const x = quarter(a, b, k);
      const in_ = (mode: RoundingMode): number => {
        const y = roundExact(exact(x), format, { mode });
        if (compareExact(y, a) === 0) return 0;
        if (compareExact(y, b) === 0) return 1;
        fail(`${mode} leaves the gap ${i}`);
        return Number.NaN;
      };
      if (in_("up") !== 1 || in_("down") !== 0) fail(`directed at ${i}`);
      const near = bool(compareExact(exact(Q.absolute(rationalOf(b))), exact(Q.absolute(rationalOf(a)))) < 0);
      const far = 1 - near;
      const oneSign = Q.sign(rationalOf(a)) * Q.sign(rationalOf(b)) >= 0;
      if (oneSign && in_("toward-zero") !== near) fail(`toward zero at ${i}`);
      if (format.kind === "posit") continue;
      const tie = k === 2;
      if (!tie) for (const mode of ["nearest-even", "nearest-away", "nearest-zero"] as const) if (in_(mode) !== bool(k === 3)) fail(`${mode} at ${i}`); // oxfmt-ignore
      if (tie && oneSign && (in_("nearest-away") !== far || in_("nearest-zero") !== near)) fail(`tie at ${i}`);
      if (tie && in_("nearest-even") === in_("to-odd")) fail(`even and odd agree at ${i}`);
    }
  }
  return wrong;
}
