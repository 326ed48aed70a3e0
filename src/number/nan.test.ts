import { expect, test } from "vitest";
import { formatNamed } from "./named-formats.ts";
import { convertNan, hasPayloads } from "./nan.ts";

const [double, single, half, bfloat] = ["binary64", "binary32", "binary16", "bfloat16"].map(formatNamed);

test("conversion quiets, keeps the sign and the leading bits of the payload", () => {
  // What cvtsd2ss and vcvtps2ph give.
  expect(convertNan(double, 0x7ff4000000000000n, single)).toBe(0x7fe00000n);
  expect(convertNan(double, 0xfff0000000000001n, single)).toBe(0xffc00000n);
  expect(convertNan(single, 0x7f802000n, half)).toBe(0x7e01n);
  expect(convertNan(half, 0x7c01n, single)).toBe(0x7fc02000n);
  expect(convertNan(single, 0xffa10000n, bfloat)).toBe(0xffe1n);
  expect(convertNan(double, 0x7ff8000000000000n, double)).toBe(0x7ff8000000000000n);
});

test("formats without payloads have their one NaN; what is no NaN, or has none, is refused", () => {
  expect(["binary128", "tf32", "e5m2", "e4m3fn", "e5m2fnuz", "p3109:k8p4se", "posit8", "e3m1"].map((name) => hasPayloads(formatNamed(name)))).toEqual([true, true, true, false, false, false, false, false]); // oxfmt-ignore
  expect(convertNan(double, 0x7ff8000000000001n, formatNamed("e4m3fn"))).toBe(0x7fn);
  expect(convertNan(formatNamed("posit8"), 0x80n, single)).toBe(0x7fc00000n);
  expect(() => convertNan(double, 0n, single)).toThrow("no NaN of binary64");
  expect(() => convertNan(double, 0x7ff8000000000000n, formatNamed("e2m1fn"))).toThrow("e2m1fn has no NaN");
});
