import { gzipSync } from "node:zlib";
import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { Failure } from "../base/index.ts";
import { decimalValue, DECIMAL } from "./decimal.ts";
import { type Dense, dense, element, packed } from "./dense.ts";
import { type MatrixMarketFile, readMatrixMarket, readMatrixMarketStream } from "./matrix-market.ts";
import { writeMatrixMarket } from "./matrix-market-write.ts";
import { entryCount, fromTriplets, type Sparse } from "./sparse.ts";

const banner = (rest: string): string => `%%MatrixMarket matrix ${rest}\n`;

/** Rows of the real parts, zeros where nothing is stored. */
function table({ matrix }: MatrixMarketFile, part: "values" | "imaginary" = "values"): number[][] {
  const out = Array.from({ length: matrix.rows }, () => new Array<number>(matrix.cols).fill(0));
  if ("ptr" in matrix) {
    for (let i = 0; i < matrix.rows; i++)
      for (let p = matrix.ptr[i]; p < matrix.ptr[i + 1]; p++) out[i][matrix.idx[p]] = matrix[part]![p];
    return out;
  }
  const numbers: Dense = part === "values" ? matrix : { ...matrix, data: matrix.imaginary! };
  return out.map((row, i) => row.map((_, j) => element(numbers, i, j)));
}

describe("variants", () => {
  test("coordinate files", () => {
    expect(table(readMatrixMarket(`${banner("coordinate real general")}2 3 3\n1 1 1.5\n2 3 -2e-3\n1 2 4\n`))).toEqual([[1.5, 4, 0], [0, 0, -2e-3]]); // oxfmt-ignore
    expect(table(readMatrixMarket(`${banner("coordinate integer symmetric")}2 2 2\n1 1 3\n2 1 4`))).toEqual([[3, 4], [4, 0]]); // oxfmt-ignore
    expect(table(readMatrixMarket(`${banner("coordinate real skew-symmetric")}2 2 1\n2 1 4\n`))).toEqual([[0, -4], [4, 0]]); // oxfmt-ignore
    const file = readMatrixMarket(`${banner("coordinate complex hermitian")}2 2 2\n1 1 3 0\n2 1 1 2\n`);
    expect([table(file), table(file, "imaginary")]).toEqual([[[3, 1], [1, 0]], [[0, -2], [2, 0]]]); // oxfmt-ignore
    expect(table(readMatrixMarket(`${banner("coordinate pattern symmetric")}2 2 1\n2 1\n`))).toEqual([[0, 1], [1, 0]]); // oxfmt-ignore
  });

  test("array files, by columns", () => {
    expect(table(readMatrixMarket(`${banner("array real general")}2 2\n1\n2\n3\n4\n`))).toEqual([[1, 3], [2, 4]]); // oxfmt-ignore
    expect(table(readMatrixMarket(`${banner("array integer symmetric")}2 2\n1\n2\n3\n`))).toEqual([[1, 2], [2, 3]]); // oxfmt-ignore
    expect(table(readMatrixMarket(`${banner("array real skew-symmetric")}3 3\n1\n2\n3\n`))).toEqual([[0, -1, -2], [1, 0, -3], [2, 3, 0]]); // oxfmt-ignore
    const file = readMatrixMarket(`${banner("array complex hermitian")}2 2\n1 0\n2 5\n3 0\n`);
    expect(table(file, "imaginary")).toEqual([[0, -5], [5, 0]]); // oxfmt-ignore
  });

  test("any case, comments, blank lines, CRLF, no line end at the end", () => {
    const file = readMatrixMarket("%%matrixmarket MATRIX Coordinate REAL General\r\n% one\r\n\r\n%two\r\n2 2 2\r\n\r\n% in between\r\n 1\t1  +1.0D0 \r\n2 2 NaN"); // oxfmt-ignore
    expect(table(file)).toEqual([[1, 0], [0, Number.NaN]]); // oxfmt-ignore
    expect(file.comments).toEqual([" one", "two", " in between"]);
  });

  test("entries at one place are added and counted", () => {
    const file = readMatrixMarket(`${banner("coordinate real symmetric")}2 2 4\n2 1 1\n2 1 2\n1 1 1\n2 1 4\n`);
    expect(table(file)).toEqual([[1, 7], [7, 0]]); // oxfmt-ignore
    expect(file.duplicates).toBe(2);
  });

  test("both layouts", () => {
    const text = `${banner("coordinate real symmetric")}3 3 4\n1 1 1\n2 1 2\n3 1 3\n3 3 4\n`;
    const csc = readMatrixMarket(text, { layout: "csc" }).matrix as Sparse;
    const csr = readMatrixMarket(text).matrix as Sparse;
    expect(csc.layout).toBe("csc");
    expect([csc.ptr, csc.idx, csc.values]).toEqual([csr.ptr, csr.idx, csr.values]);
  });
});

describe("mistakes are told with their place", () => {
  const cases: readonly [text: string, message: RegExp][] = [
    ["", /m.mtx:1:1: the file is empty/],
    ["hello\n", /m.mtx:1:1: this is not a Matrix Market file/],
    [banner("coordinate quaternion general"), /"quaternion" is not a field/],
    [banner("array pattern general"), /an array of pattern/],
    [banner("coordinate real hermitian"), /a hermitian matrix is complex/],
    [`${banner("coordinate real general")}% only\n`, /m.mtx:3:1: the file ends before the line with its size/],
    [`${banner("coordinate real general")}2 2\n`, /m.mtx:2:1: 2 numbers where rows, columns, entries are told/],
    [`${banner("coordinate real general")}2 2 x\n`, /"x" is not a number of entries/],
    [`${banner("coordinate real general")}3000000000 2 1\n1 1 1\n`, /3000000000 rows: indices have 32 bits/],
    [`${banner("coordinate real symmetric")}3 2 0\n`, /a symmetric matrix of 3 x 2/],
    [`${banner("coordinate real general")}2 2 2\n1 1 1\n`, /m.mtx:4:1: the file is cut off: it has 1 of 2 entries/],
    [`${banner("coordinate real general")}2 2 2000000\n1 1 1\n`, /the file is cut off: 2000000 entries are announced/],
    [`${banner("coordinate real general")}2 2 1\n1 1 1\n2 2 1\n`, /m.mtx:4:1: more than the 1 entries/],
    [`${banner("coordinate real general")}2 2 1\n1 3 1\n`, /m.mtx:3:3: column 3, and the matrix has 2 columns/],
    [`${banner("coordinate real general")}2 2 1\n0 1 1\n`, /row 0, and the matrix has 2 rows\n.*\n.*\n  Indices begin with 1/],
    [`${banner("coordinate real general")}2 2 1\n1 1 one\n`, /m.mtx:3:5: "one" is not a number/],
    [`${banner("coordinate real general")}2 2 1\n1 1\n`, /m.mtx:3:4: the value is missing/],
    [`${banner("coordinate real general")}2 2 1\n1 1 1 1\n`, /m.mtx:3:7: more on the line/],
    [`${banner("coordinate real general")}2 2 1\n1.5 1 1\n`, /"1.5" is not a row/],
    [`${banner("coordinate integer general")}2 2 1\n1 1 1.5\n`, /"1.5" is not an integer/],
    [`${banner("coordinate integer general")}2 2 1\n1 1 9007199254740993\n`, /the integer 9007199254740993 is not a double/],
    [`${banner("coordinate real symmetric")}2 2 1\n1 2 1\n`, /entry \(1, 2\) lies above the diagonal/],
    [`${banner("coordinate real skew-symmetric")}2 2 1\n1 1 1\n`, /on the diagonal of a skew-symmetric/],
    [`${banner("coordinate complex hermitian")}2 2 1\n1 1 1 1\n`, /the diagonal of a hermitian matrix is real/],
    [`${banner("coordinate real general")}200000000 1 0\n`, /mostLines/],
  ]; // oxfmt-ignore
  test.each(cases)("%j", (text, message) => {
    let failure: unknown;
    try {
      readMatrixMarket(text, { source: "m.mtx" });
    } catch (error) {
      failure = error;
    }
    expect(failure).toBeInstanceOf(Failure);
    expect((failure as Failure).kind).toBe("io");
    expect((failure as Failure).message).toMatch(message);
  });
});

const anyDouble = fc.double({ noNaN: false });
const triplets = (complex: boolean): fc.Arbitrary<Sparse> =>
  fc.tuple(fc.integer({ min: 1, max: 8 }), fc.integer({ min: 1, max: 8 })).chain(([rows, cols]) =>
    fc
      .uniqueArray(fc.tuple(fc.nat(rows - 1), fc.nat(cols - 1), anyDouble, anyDouble), {
        selector: ([i, j]) => i * cols + j,
      }) // oxfmt-ignore
      .map((list) =>
        fromTriplets({
          rows,
          cols,
          row: list.map(([i]) => i),
          col: list.map(([, j]) => j),
          values: list.map(([, , x]) => x),
          ...(complex && { imaginary: list.map(([, , , y]) => y) }),
        }),
      ),
  );

describe("round trips and random bytes", () => {
  test("sparse and dense matrices come back bit by bit", () => {
    fc.assert(
      fc.property(fc.boolean().chain(triplets), (matrix) => {
        expect(readMatrixMarket(writeMatrixMarket(matrix, { comments: ["a\nb"] })).matrix).toEqual(matrix);
      }),
    );
    fc.assert(
      fc.property(
        fc.nat(5),
        fc.nat(5),
        fc.array(anyDouble, { minLength: 25, maxLength: 25 }),
        (rows, cols, numbers) => {
          const matrix = dense(rows, cols, numbers.slice(0, rows * cols));
          const back = readMatrixMarket(writeMatrixMarket(matrix)).matrix as Dense;
          expect(packed(back)).toEqual(packed(matrix));
        },
      ),
    );
  });

  test("symmetric ones too, and those that are not are refused", () => {
    const matrix = readMatrixMarket(`${banner("coordinate complex hermitian")}3 3 3\n1 1 3 0\n2 1 1 2\n3 2 0 -1\n`).matrix; // oxfmt-ignore
    const text = writeMatrixMarket(matrix, { symmetry: "hermitian" });
    expect(text.split("\n")[1]).toBe("3 3 3");
    expect(readMatrixMarket(text).matrix).toEqual(matrix);
    expect(() => writeMatrixMarket(matrix, { symmetry: "symmetric" })).toThrow("not symmetric");
    const skew = readMatrixMarket(`${banner("array real skew-symmetric")}3 3\n1\n2\n3\n`).matrix as Dense;
    expect(packed(readMatrixMarket(writeMatrixMarket(skew, { symmetry: "skew-symmetric" })).matrix as Dense)).toEqual(packed(skew)); // oxfmt-ignore
  });

  test("in pieces of any length, plain and gzipped, as in one piece", async () => {
    const text = `${banner("coordinate real general")}% note\n9 9 60\n${Array.from({ length: 60 }, (_, k) => `${(k % 9) + 1} ${((k * 5) % 9) + 1} ${(k + 1) / 7}`).join("\r\n")}`; // oxfmt-ignore
    const whole = readMatrixMarket(text);
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 1, max: 300 }), fc.boolean(), async (length, zipped) => {
        const bytes = zipped ? gzipSync(text) : new TextEncoder().encode(text);
        const pieces = Array.from({ length: Math.ceil(bytes.length / length) }, (_, k) => Uint8Array.from(bytes.subarray(k * length, (k + 1) * length))); // oxfmt-ignore
        expect(await readMatrixMarketStream(pieces)).toEqual(whole);
      }),
      { numRuns: 40 },
    );
    const cut = gzipSync(text).subarray(0, 60);
    await expect(readMatrixMarketStream([Uint8Array.from(cut)], { source: "a.mtx.gz" })).rejects.toThrow("a.mtx.gz: the packed data are broken"); // oxfmt-ignore
    const wrong = gzipSync(text.replace("% note", "% note\nx"));
    await expect(readMatrixMarketStream([Uint8Array.from(wrong)])).rejects.toThrow("1 numbers where rows, columns");
  });

  test("nothing but a Failure is thrown", () => {
    const read = (bytes: Uint8Array): void => {
      try {
        const { matrix } = readMatrixMarket(bytes, { mostLines: 10_000 });
        if ("ptr" in matrix) expect(entryCount(matrix)).toBeLessThanOrEqual(bytes.length);
      } catch (error) {
        expect(error).toBeInstanceOf(Failure);
      }
    };
    fc.assert(fc.property(fc.uint8Array({ maxLength: 200 }), read));
    const valid = new TextEncoder().encode(`${banner("coordinate complex hermitian")}%c\n3 3 3\n1 1 3 0\n2 1 1e-3 2\n3 3 1.5e10 0\n`); // oxfmt-ignore
    const change = fc.array(fc.tuple(fc.nat(valid.length - 1), fc.oneof(fc.nat(255), fc.constantFrom(10, 32, 37, 45, 48, 57, 101))), { minLength: 1, maxLength: 4 }); // oxfmt-ignore
    fc.assert(
      fc.property(change, fc.nat(valid.length), (changes, length) => {
        const bytes = valid.slice();
        for (const [at, byte] of changes) bytes[at] = byte;
        read(bytes);
        read(bytes.subarray(0, length));
      }),
      { numRuns: 500 },
    );
  });

  test("decimals are read as Number reads them", () => {
    const check = (text: string): void => {
      const value = decimalValue(new TextEncoder().encode(`${text}\n`), 0);
      expect(DECIMAL.end).toBe(text.length);
      expect(value).toBe(Number(text));
    };
    fc.assert(fc.property(fc.double({ noNaN: true, noDefaultInfinity: true }), (x) => check(String(x))));
    fc.assert(fc.property(fc.maxSafeInteger(), fc.integer({ min: -30, max: 30 }), (m, e) => check(`${m}e${e}`)));
    fc.assert(fc.property(fc.stringMatching(/^\d{1,25}\.\d{0,25}$/), check));
    for (const text of ["1e400", "-1e-400", ".5", "5.", "-0", "1E+5", "00012"]) check(text);
  });
});
