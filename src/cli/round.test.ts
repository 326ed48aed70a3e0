import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import { readNpy } from "../array/index.ts";

const MAIN = fileURLToPath(new URL("main.ts", import.meta.url));

function calculemus(input: string | Buffer, ...args: string[]): { status: number | null; out: string; err: string } {
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    ["--conditions=calculemus-src", "--import", import.meta.resolve("tsx"), MAIN, ...args],
    { input, encoding: "utf8", timeout: 55_000 },
  );
  expect(stderr).not.toContain("internal error");
  return { status, out: stdout, err: stderr };
}

/** A .npy file of doubles. */
function npy(values: readonly number[], descr = "<f8", shape = `(${values.length},)`): Buffer {
  const header = `{'descr': '${descr}', 'fortran_order': False, 'shape': ${shape}, }`.padEnd(117) + "\n"; // oxfmt-ignore
  const head = Buffer.from(`\x93NUMPY\x01\x00\x00\x00${header}`, "latin1");
  head.writeUInt16LE(header.length, 8);
  return Buffer.concat([head, Buffer.from(Float64Array.from(values).buffer)]);
}

describe("round", () => {
  test("values and codes, one a line", () => {
    const { status, out } = calculemus("0.1\n-0\n0x1.8p-3\n\n1e300\n-inf\nnan\n", "round", "--format", "binary16");
    expect(status).toBe(0);
    expect(out).toBe("0.0999755859375\t0x2e66\n-0\t0x8000\n0.1875\t0x3200\ninf\t0x7c00\n-inf\t0xfc00\nnan\t0x7e00\n");
  });

  test("--saturate, --mode, formats without a code for NaN", () => {
    expect(calculemus("500\ninf\n", "round", "--format", "e4m3fn", "--saturate").out).toBe("448\t0x7e\n448\t0x7e\n");
    expect(calculemus("500\n", "round", "--format", "e4m3fn").out).toBe("nan\t0x7f\n");
    expect(calculemus("7\n", "round", "--format", "e2m1fn").out).toBe("nan\t-\n");
    expect(calculemus("-0.3\n", "round", "--format", "int8*0.25", "--mode", "rup").out).toBe("-0.25\t0xff\n");
  });

  test("stochastic rounding repeats from its seed; .npy on standard input; --json", () => {
    const args = ["round", "--format", "e5m2", "--mode", "sr", "--seed", "9", "--bits", "8"];
    const lines = calculemus("1.1\n1.1\n1.1\n1.1\n1.1\n1.1\n1.1\n1.1\n", ...args).out;
    expect(calculemus(npy(Array.from({ length: 8 }, () => 1.1)), ...args).out).toBe(lines);
    expect(new Set(lines.trim().split("\n"))).toEqual(new Set(["1\t0x3c", "1.25\t0x3d"]));
    const document = JSON.parse(calculemus("1\n6\n", "round", "--format", "mxfp4", "--json").out) as object;
    expect(document).toMatchObject({ ok: true, results: [{ value: "1", code: "0x2" }, { value: "6", code: "0x7" }], scales: [{ code: "0x7f" }] }); // oxfmt-ignore
  });

  test("what is refused, and how", () => {
    const bad = calculemus("1\nabc\n", "round", "--format", "binary16");
    expect([bad.status, bad.out]).toEqual([1, ""]);
    expect(bad.err).toContain('standard input:2:1: "abc" is not a number');
    expect(calculemus("1\n", "round", "--format", "nothing").status).toBe(2);
    expect(calculemus("1\n", "round", "--format", "binary16", "--mode", "up-ish").status).toBe(2);
    expect(calculemus("1\n", "round", "--format", "binary16", "--mode", "sr", "--bits", "40").status).toBe(2);
    expect(calculemus("", "round", "--format", "binary16")).toMatchObject({ status: 0, out: "" });
  });
});

test("format prints what it can represent, and its table", () => {
  const { out } = calculemus("", "format", "e2m1fn", "--table");
  expect(out).toContain("largest: 6\n");
  expect(out).toContain("0x9\t-0.5\n");
  const document = JSON.parse(calculemus("", "format", "posit8", "--json", "--table").out) as { table: unknown[] };
  expect(document).toMatchObject({ ok: true, format: { largest: "16777216", nan: "0x80" } });
  expect(document.table).toHaveLength(256);
  expect(calculemus("", "format", "binary64", "--table").err).toContain("tables go up to");
});

test(".npy files", () => {
  expect([...readNpy(npy([1, -0, 1 / 3], "<f8", "(3, 1)"), "x").values]).toEqual([1, -0, 1 / 3]);
  expect(() => readNpy(npy([1]).subarray(0, 100), "x")).toThrow();
  expect(() => readNpy(npy([1], "<V16"), "x")).toThrow("real or complex numbers");
  expect(() => readNpy(npy([1], "<f8", "(2,)"), "x")).toThrow("cut off");
  const integers = npy([0], "<i8");
  integers.writeBigInt64LE(2n ** 53n + 1n, integers.length - 8);
  expect(() => readNpy(integers, "x")).toThrow("is not a double");
});

test("damaged and unusual .npy files say what is wrong", () => {
  expect(() => readNpy(npy([1]).subarray(0, 8), "x")).toThrow("the header is cut off");
  expect(() => readNpy(npy([1]).subarray(0, 40), "x")).toThrow("the header is cut off");
  for (const shape of ["(-1,)", "(-1, -1)", "(1.5,)", "(a,)"])
    expect(() => readNpy(npy([1], "<f8", shape), "x"), shape).toThrow("is not a shape");
  expect([...readNpy(npy([1, 2], "<f8", "(2L,)"), "x").values]).toEqual([1, 2]);
  const columns = (shape: string): Buffer => Buffer.from(npy([1, 2, 3, 4], "<f8", shape).toString("latin1").replace("False", "True "), "latin1"); // oxfmt-ignore
  expect([...readNpy(columns("(2, 2)"), "x").values]).toEqual([1, 3, 2, 4]);
  expect([...readNpy(columns("(4, 1)"), "x").values]).toEqual([1, 2, 3, 4]);
});

test("a number beyond what is read is not called no number", () => {
  expect(calculemus("1e99999\n", "round", "--format", "binary16").err).toContain("beyond the exponents");
  expect(calculemus("1e\n", "round", "--format", "binary16").err).toContain("is not a number");
});

test("block formats have no other overflow than saturation", () => {
  expect(calculemus("7\n", "round", "--format", "mxfp4", "--overflow", "none").err).toContain("always saturate");
  expect(calculemus("7\n", "round", "--format", "mxfp4", "--overflow", "saturate").status).toBe(0);
});
