import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { Failure } from "../base/index.ts";
import { dense, packed, transposed } from "./dense.ts";
import { npyMatrix, readNpy, writeNpy } from "./npy.ts";
import { readNpz, readSparseNpz, writeNpz, writeSparseNpz } from "./npz.ts";
import { fromTriplets } from "./sparse.ts";

const bytes = (base64: string): Uint8Array => Uint8Array.from(atob(base64), (c) => c.charCodeAt(0));

/** Written by SciPy 1.17.1: [[0, 1.5, 0], [2, 0, -3]] as csr, deflated, and as coo with imaginary parts of 1, stored. */
const CSR = "UEsDBC0AAAAIAAAAIQDzoLL+//////////8LABQAaW5kaWNlcy5ucHkBABAAjAAAAAAAAABKAAAAAAAAAJvsF+obEMnIUMZQrZ6SWpxcpG6loG6TaaKuo6Cell9UUpSYF59flJIKEndLzClOBYoXZyQWpAL5GsY6mjoKtQoUAC5GBghgAmIAUEsDBC0AAAAIAAAAIQBniwER//////////8KABQAaW5kcHRyLm5weQEAEACMAAAAAAAAAEwAAAAAAAAAm+wX6hsQychQxlCtnpJanFykbqWgbpNpoq6joJ6WX1RSlJgXn1+UkgoSd0vMKU4FihdnJBakAvkaxjqaOgq1ChQALgYgYARiZiAGAFBLAwQtAAAACAAAACEAo8N0l///////////CgAUAGZvcm1hdC5ucHkBABAAgwAAAAAAAABFAAAAAAAAAJvsF+obEMnIUMZQrZ6SWpxcpG6loF4TbKyuo6Cell9UUpSYF59flJIKEndLzClOBYoXZyQWpAL5Gpo6CrUKFAGu5OIiAFBLAwQtAAAACAAAACEAYEh+DP//////////CQAUAHNoYXBlLm5weQEAEACQAAAAAAAAAEoAAAAAAAAAm+wX6hsQychQxlCtnpJanFykbqWgbpNpoa6joJ6WX1RSlJgXn1+UkgoSd0vMKU4FihdnJBakAvkaRjqaOgq1ChQALiYGCGCG0gBQSwMELQAAAAgAAAAhAAbs9L7//////////wgAFABkYXRhLm5weQEAEACYAAAAAAAAAFAAAAAAAAAAm+wX6hsQychQxlCtnpJanFykbqWgbpNmoa6joJ6WX1RSlJgXn1+UkgoSd0vMKU4FihdnJBakAvkaxjqaOgq1ChQALgYw+GEPoRkcIBTHAQBQSwECLQMtAAAACAAAACEA86Cy/koAAACMAAAACwAAAAAAAAAAAAAAgAEAAAAAaW5kaWNlcy5ucHlQSwECLQMtAAAACAAAACEAZ4sBEUwAAACMAAAACgAAAAAAAAAAAAAAgAGHAAAAaW5kcHRyLm5weVBLAQItAy0AAAAIAAAAIQCjw3SXRQAAAIMAAAAKAAAAAAAAAAAAAACAAQ8BAABmb3JtYXQubnB5UEsBAi0DLQAAAAgAAAAhAGBIfgxKAAAAkAAAAAkAAAAAAAAAAAAAAIABkAEAAHNoYXBlLm5weVBLAQItAy0AAAAIAAAAIQAG7PS+UAAAAJgAAAAIAAAAAAAAAAAAAACAARUCAABkYXRhLm5weVBLBQYAAAAABQAFABYBAACfAgAAAAA="; // oxfmt-ignore
const COO = "UEsDBC0AAAAAAAAAIQDsQwi7//////////8HABQAcm93Lm5weQEAEACMAAAAAAAAAIwAAAAAAAAAk05VTVBZAQB2AHsnZGVzY3InOiAnPGk0JywgJ2ZvcnRyYW5fb3JkZXInOiBGYWxzZSwgJ3NoYXBlJzogKDMsKSwgfSAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgIAoAAAAAAQAAAAEAAABQSwMELQAAAAAAAAAhAPOgsv7//////////wcAFABjb2wubnB5AQAQAIwAAAAAAAAAjAAAAAAAAACTTlVNUFkBAHYAeydkZXNjcic6ICc8aTQnLCAnZm9ydHJhbl9vcmRlcic6IEZhbHNlLCAnc2hhcGUnOiAoMywpLCB9ICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgCgEAAAAAAAAAAgAAAFBLAwQtAAAAAAAAACEAJ/IFEv//////////CgAUAGZvcm1hdC5ucHkBABAAgwAAAAAAAACDAAAAAAAAAJNOVU1QWQEAdgB7J2Rlc2NyJzogJ3xTMycsICdmb3J0cmFuX29yZGVyJzogRmFsc2UsICdzaGFwZSc6ICgpLCB9ICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAKY29vUEsDBC0AAAAAAAAAIQBgSH4M//////////8JABQAc2hhcGUubnB5AQAQAJAAAAAAAAAAkAAAAAAAAACTTlVNUFkBAHYAeydkZXNjcic6ICc8aTgnLCAnZm9ydHJhbl9vcmRlcic6IEZhbHNlLCAnc2hhcGUnOiAoMiwpLCB9ICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgCgIAAAAAAAAAAwAAAAAAAABQSwMELQAAAAAAAAAhAJeOUyb//////////wgAFABkYXRhLm5weQEAEACwAAAAAAAAALAAAAAAAAAAk05VTVBZAQB2AHsnZGVzY3InOiAnPGMxNicsICdmb3J0cmFuX29yZGVyJzogRmFsc2UsICdzaGFwZSc6ICgzLCksIH0gICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgIAoAAAAAAAD4PwAAAAAAAPA/AAAAAAAAAEAAAAAAAADwPwAAAAAAAAjAAAAAAAAA8D9QSwECLQMtAAAAAAAAACEA7EMIu4wAAACMAAAABwAAAAAAAAAAAAAAgAEAAAAAcm93Lm5weVBLAQItAy0AAAAAAAAAIQDzoLL+jAAAAIwAAAAHAAAAAAAAAAAAAACAAcUAAABjb2wubnB5UEsBAi0DLQAAAAAAAAAhACfyBRKDAAAAgwAAAAoAAAAAAAAAAAAAAIABigEAAGZvcm1hdC5ucHlQSwECLQMtAAAAAAAAACEAYEh+DJAAAACQAAAACQAAAAAAAAAAAAAAgAFJAgAAc2hhcGUubnB5UEsBAi0DLQAAAAAAAAAhAJeOUyawAAAAsAAAAAgAAAAAAAAAAAAAAIABFAMAAGRhdGEubnB5UEsFBgAAAAAFAAUADwEAAP4DAAAAAA=="; // oxfmt-ignore

describe(".npy", () => {
  test("matrices come back bit by bit, in both orders, real and complex", () => {
    const matrices = fc.tuple(fc.nat(6), fc.nat(6)).chain(([rows, cols]) => {
      const numbers = fc.array(fc.double(), { minLength: rows * cols, maxLength: rows * cols }).map((x) => Float64Array.from(x)); // oxfmt-ignore
      return fc.tuple(numbers, fc.option(numbers), fc.boolean(), fc.boolean()).map(([re, im, fortran, turned]) => {
        const matrix = { ...dense(rows, cols, re), ...(im && { imaginary: im }) };
        return { matrix: turned ? transposed(matrix) : matrix, fortran };
      });
    });
    fc.assert(
      fc.property(matrices, ({ matrix, fortran }) => {
        const back = npyMatrix(readNpy(writeNpy(matrix, { fortran }), "x"));
        expect([back.rows, back.cols]).toEqual([matrix.rows, matrix.cols]);
        expect(packed(back)).toEqual(packed(matrix));
        expect(packed(back, "row", "imaginary")).toEqual(packed(matrix, "row", "imaginary"));
      }),
    );
  });

  test("lists are columns, texts no matrices", () => {
    expect(npyMatrix(readNpy(writeNpy(Float64Array.of(1, 2)), "x"))).toMatchObject({ rows: 2, cols: 1 });
    expect([...readNpy(writeNpy(Int32Array.of(1, -2)), "x").values]).toEqual([1, -2]);
    expect(readNpy(writeNpy("csr"), "x").text).toBe("csr");
    expect(() => npyMatrix(readNpy(writeNpy("csr"), "x"))).toThrow("an array of texts is not a matrix");
  });
});

describe(".npz", () => {
  test("sparse matrices of SciPy", async () => {
    expect(await readSparseNpz(bytes(CSR))).toEqual(fromTriplets({ rows: 2, cols: 3, row: [0, 1, 1], col: [1, 0, 2], values: [1.5, 2, -3] })); // oxfmt-ignore
    expect(await readSparseNpz(bytes(COO))).toEqual(fromTriplets({ rows: 2, cols: 3, row: [0, 1, 1], col: [1, 0, 2], values: [1.5, 2, -3], imaginary: [1, 1, 1] })); // oxfmt-ignore
  });

  test("the header of a list", () => {
    expect(new TextDecoder("latin1").decode(writeNpy(dense(1, 3), { flat: true }))).toContain("'shape': (3,), } ");
  });

  test("sparse matrices come back, in both layouts, real and complex", async () => {
    const list = { rows: 4, cols: 3, row: [0, 3, 3, 1], col: [2, 0, 1, 1], values: [1, Number.NaN, -0, 1e-300] };
    for (const layout of ["csr", "csc"] as const)
      for (const imaginary of [undefined, [1, 2, 3, 4]]) {
        const matrix = fromTriplets({ ...list, ...(imaginary && { imaginary }) }, layout);
        expect(await readSparseNpz(writeSparseNpz(matrix))).toEqual(matrix);
      }
  });

  test("damage is told, and nothing but a Failure is thrown", async () => {
    await expect(readNpz(bytes(CSR).subarray(0, 200), "a.npz")).rejects.toThrow("a.npz: not a zip archive, or cut off");
    await expect(readSparseNpz(writeNpz({ x: writeNpy("y") }))).rejects.toThrow("the archive has no format");
    for (const valid of [bytes(CSR), bytes(COO)])
      await fc.assert(
        fc.asyncProperty(
          fc.array(fc.tuple(fc.nat(valid.length - 1), fc.nat(255)), { minLength: 1, maxLength: 4 }),
          async (changes) => {
            // oxfmt-ignore
            const broken = valid.slice();
            for (const [at, byte] of changes) broken[at] = byte;
            await readSparseNpz(broken).catch((error: unknown) => expect(error).toBeInstanceOf(Failure));
          },
        ),
        { numRuns: 150 },
      );
  });
});
