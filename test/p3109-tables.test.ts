// Every code of every IEEE P3109 format of 3 to 8 bits against the working group's value tables, decoded and encoded.
import { describe, expect, test } from "vitest";
import { decode, encode, type Exact, type FloatFormat, formatNamed, numberOf, sameExact } from "../src/number/index.ts";
import { hasShared, sharedGzip, tarFiles } from "./support/shared.ts";

const absent = !hasShared("p3109.tar.gz");

/** The tables' notation: 0x1.8p-3, Inf, -Inf, NaN. */
function tableValue(text: string): number {
  if (text === "NaN") return Number.NaN;
  if (/^-?Inf$/.test(text)) return text.startsWith("-") ? -Infinity : Infinity;
  const [, minus, whole, fraction = "", e] = /^(-?)0x([0-9a-f]+)(?:\.([0-9a-f]+))?p([+-]\d+)$/i.exec(text)!;
  const value = Number.parseInt(whole + fraction, 16) * 2 ** (Number(e) - 4 * fraction.length);
  return minus ? -value : value;
}

describe.skipIf(absent)(`P3109 value tables${absent ? " (skipped: ../shared/data is absent)" : ""}`, () => {
  test("120 formats: every code decodes to the table's value and every value encodes to its code", () => {
    const files = [...tarFiles(sharedGzip("p3109.tar.gz"))].filter(([name]) => name.endsWith(".csv"));
    let codes = 0;
    const wrong: string[] = [];
    for (const [file, bytes] of files) {
      const [, k, p, s, e] = /Binary(\d+)p(\d+)([su])([ef])\.csv$/.exec(file)!;
      const format = formatNamed(`p3109:k${k}p${p}${s}${e}`) as FloatFormat;
      const rows = bytes.toString("utf8").trim().split(/\r?\n/).slice(1);
      expect(rows).toHaveLength(2 ** Number(k));
      for (const row of rows) {
        const [point, text, subnormal] = row.split(",").map((part) => part.trim());
        const code = BigInt(point);
        const value = tableValue(text);
        const found: Exact = decode(format, code);
        codes++;
        if (!Object.is(numberOf(found), value)) wrong.push(`${format.name} ${point}: ${numberOf(found)}, not ${text}`);
        if (encode(format, value) !== code)
          wrong.push(`${format.name} ${text}: ${encode(format, value)}, not ${point}`);
        if (!sameExact(decode(format, encode(format, value)), found)) wrong.push(`${format.name} ${point} round trip`);
        const tiny = Math.abs(value) < 2 ** format.emin && value !== 0;
        if ((subnormal !== "") !== tiny && Number.isFinite(value)) wrong.push(`${format.name} ${point} subnormal`);
      }
    }
    expect(wrong.slice(0, 10)).toEqual([]);
    expect(files).toHaveLength(120);
    expect(codes).toBe(13_296);
  });
});
