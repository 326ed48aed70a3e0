import { expect, test } from "vitest";
import { Random } from "../base/index.ts";
import { blockFormat, blockFormatNamed, roundBlocks } from "./blocks.ts";
import { formatNamed, NAMED_FORMATS } from "./named-formats.ts";
import { round } from "./round.ts";

const random = new Random(5);
const normal = (n: number): Float64Array =>
  Float64Array.from(
    { length: n },
    () => Math.sqrt(-2 * Math.log(1 - random.next())) * Math.cos(2 * Math.PI * random.next()),
  );

test.each([
  ["mxfp8", "e4m3fn", 8],
  ["mxfp8e5m2", "e5m2", 15],
  ["mxfp6e3m2", "e3m2fn", 4],
  ["mxfp6e2m3", "e2m3fn", 2],
  ["mxfp4", "e2m1fn", 2],
  ["mxint8", "int8*1/64", 0],
  ["mxfp4:7", "e2m1fn", 2],
] as const)("%s by its definition", (name, elementName, emax) => {
  const format = blockFormatNamed(name)!;
  const element = formatNamed(elementName);
  const columns = 100;
  const xs = normal(3 * columns);
  const { values, scales, scaleCodes } = roundBlocks(xs, format, { columns });
  let at = 0;
  for (let row = 0; row < 3; row++)
    for (let start = 0; start < columns; start += format.block, at++) {
      const block = xs.slice(row * columns + start, row * columns + Math.min(start + format.block, columns));
      const amax = Math.max(...block.map(Math.abs));
      let e = -200;
      while (2 ** (e + 1) <= amax) e++;
      const scale = 2 ** (e - emax);
      expect(scales[at]).toBe(scale);
      expect(scaleCodes[at]).toBe(BigInt(e - emax + 127));
      block.forEach((x, i) =>
        expect(values[row * columns + start + i]).toBe(round(x / scale, element, { overflow: "saturate" }) * scale),
      );
    }
  expect(scales).toHaveLength(at);
});

test("mx: zeros, NaN, infinities, ends of the scale, a directed mode", () => {
  const format = blockFormatNamed("mxfp4:2")!;
  const { values, scaleCodes, codes } = roundBlocks(
    [0, -0, 1, Number.NaN, Infinity, 1, 5e-324, 0, 1e300, -1e300],
    format,
  );
  expect([...values]).toEqual([
    0,
    -0,
    Number.NaN,
    Number.NaN,
    Number.NaN,
    Number.NaN,
    0,
    0,
    6 * 2 ** 127,
    -6 * 2 ** 127,
  ]);
  expect(scaleCodes).toEqual([0n, 255n, 255n, 0n, 254n]);
  expect(codes).toEqual([0n, 8n, undefined, undefined, undefined, undefined, 0n, 0n, 7n, 15n]);
  expect(roundBlocks([5e-324, 0], format, { mode: "up" }).values[0]).toBe(0.5 * 2 ** -127);
});

test("nvfp4 by its definition: two levels of scales, one rounding of each", () => {
  const format = blockFormatNamed("nvfp4")!;
  const xs = normal(64).map((x) => x * 37);
  const { values, scales, scaleCodes, tensorScale } = roundBlocks(xs, format);
  const top = Math.max(...xs.map(Math.abs));
  expect(tensorScale).toBe(Math.fround(top / (6 * 448)));
  for (let b = 0; b < 4; b++) {
    const block = xs.slice(16 * b, 16 * b + 16);
    const scale = round(Math.max(...block.map(Math.abs)) / 6 / tensorScale, NAMED_FORMATS.e4m3fn, {
      overflow: "saturate",
    });
    expect(scales[b]).toBe(scale);
    expect(scaleCodes[b]).toBeLessThan(0x7fn);
    block.forEach((x, i) => {
      const unit = scale * tensorScale;
      expect(values[16 * b + i]).toBe(round(x / unit, NAMED_FORMATS.e2m1fn, { overflow: "saturate" }) * unit);
    });
  }
  expect([...roundBlocks([0, 0], format).values]).toEqual([0, 0]);
  // A block far below the others underflows to scale zero.
  expect(roundBlocks([...new Float64Array(16).fill(1e6), ...new Float64Array(16).fill(1e-6)], format).values[20]).toBe(
    0,
  );
  expect(() => roundBlocks([1e300], format)).toThrow("tensor scale");
  expect(() => roundBlocks([1], format, { tensorScale: 0.1 })).toThrow("binary32");
});

test("block floating point and dynamic fixed point", () => {
  // 7.9 = 126.4/16; the block's scale is 2^(2 - 6), so 0.03 = 0.48/16 vanishes.
  expect([...roundBlocks([7.9, -0.03, 0.04], blockFormatNamed("bfp8")!).values]).toEqual([126 / 16, 0, 1 / 16]);
  // 7.99 would round to 128/16: block floating point saturates, dynamic fixed point takes the next exponent.
  expect([...roundBlocks([7.99, 1], blockFormatNamed("bfp8")!).values]).toEqual([127 / 16, 1]);
  expect([...roundBlocks([7.99, 1], blockFormatNamed("dfx8")!).values]).toEqual([8, 1]);
  expect(blockFormatNamed("bfp4:3")).toMatchObject({ block: 3, rule: "bfp" });
});

test("what is refused", () => {
  expect(blockFormatNamed("binary16")).toBeUndefined();
  expect(() => blockFormatNamed("mxfp5")).toThrow("no block format");
  expect(() => blockFormatNamed("mxfp4:0")).toThrow("blocks of 0");
  expect(() => blockFormatNamed("bfp1")).toThrow("2 bits");
  expect(() => blockFormat({ name: "x", block: 4, rule: "mx", element: formatNamed("posit8") })).toThrow("exponent");
  expect(() => roundBlocks([1, 2, 3], blockFormatNamed("mxfp4")!, { columns: 2 })).toThrow("rows of 2");
});

test("blocks of two dimensions: rectangles, short at the ends, equal rows of transposed blocks", () => {
  const format = blockFormatNamed("mxfp4:2x3")!;
  expect(format).toMatchObject({ block: 3, blockRows: 2 });
  const [rows, columns] = [5, 7];
  const xs = normal(rows * columns);
  const { values, scales, codes } = roundBlocks(xs, format, { columns });
  expect(scales).toHaveLength(9);
  for (let top = 0, at = 0; top < rows; top += 2)
    for (let left = 0; left < columns; left += 3, at++) {
      const places = [0, 1].flatMap((r) => [0, 1, 2].map((c) => [top + r, left + c])).filter(([r, c]) => r < rows && c < columns).map(([r, c]) => r * columns + c); // oxfmt-ignore
      const amax = Math.max(...places.map((i) => Math.abs(xs[i])));
      const scale = 2 ** (Math.floor(Math.log2(amax)) - 2);
      expect(scales[at]).toBe(scale);
      for (const i of places) expect(values[i]).toBe(round(xs[i] / scale, formatNamed("e2m1fn"), { overflow: "saturate" }) * scale); // oxfmt-ignore
    }
  expect(codes.every((code) => code !== undefined)).toBe(true);
  expect(roundBlocks([], format).values).toHaveLength(0);
  const whole = blockFormat({ name: "tensor", block: Infinity, blockRows: Infinity, rule: "bfp", element: formatNamed("int8sym*1/64") }); // oxfmt-ignore
  expect(roundBlocks(xs, whole, { columns }).scales).toHaveLength(1);
  expect(() => blockFormatNamed("mxfp4:0x3")).toThrow("blocks of 0");
});
