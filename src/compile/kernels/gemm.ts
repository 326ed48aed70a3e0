// Matrix product C = alpha A B + beta C of row-major matrices with leading dimensions, in blocks that fit the caches
// (Goto, van de Geijn 2008, "Anatomy of High-Performance Matrix Multiplication"): a block of B is packed into panels of NR
// columns, a block of A into panels of MR rows, and a micro-kernel keeps MR x NR results in registers while it runs along k.
// Order of summation, part of the meaning: beta C first; then for each block of `kc` products in turn, their sum in order
// from zero, times alpha, is added. Rows, columns and tails do not change it. With beta = 0 the old C is not read, and with
// alpha = 0 or k = 0 neither A nor B, as in BLAS (Dongarra et al. 1990).
// The loop along k is not unrolled: V8 11.3 would put the additions to one accumulator one behind the other, and keep the loads of
// all turns in registers that it does not have (17 against 12 GFLOP/s). 4 x 2 vectors with their operands just fit 15 registers.
// Left out: transposed operands, small matrices without packing.
import * as ir from "../builder.ts";
import type { Expression, StructuredFunction, Variable } from "../ir.ts";
import { checkedByAuthor } from "./checked.ts";
import { REAL, type Real } from "./real.ts";

/** Sizes of blocks, in elements. */
export interface GemmBlocking {
  /** Rows of the micro-kernel. */
  readonly mr: number;
  /** Vectors of 128 bits in a row of the micro-kernel. */
  readonly nv: number;
  /** Rows of a packed block of A, a multiple of `mr`. */
  readonly mc: number;
  /** Products summed before they are added to C. */
  readonly kc: number;
  /** Columns of a packed block of B, a multiple of the micro-kernel's. */
  readonly nc: number;
}

export const GEMM_BLOCKING: Record<Real, GemmBlocking> = {
  f64: { mr: 4, nv: 2, mc: 128, kc: 256, nc: 512 },
  f32: { mr: 4, nv: 2, mc: 64, kc: 256, nc: 512 },
};

export interface GemmFunctions {
  readonly blocking: GemmBlocking;
  /**
   * gemm(from, to, n, k, alpha, a, lda, b, ldb, beta, c, ldc, work): rows from <= i < to of C. A has at least `to` rows of
   * `lda` elements, B has k of `ldb`, C has `to` of `ldc`; lda >= k, ldb >= n and ldc >= n. C overlaps neither A nor B.
   */
  readonly gemm: StructuredFunction;
  /** Elements of `work`. */
  readonly workLength: number;
}

export function gemmFunctions(real: Real, blocking: GemmBlocking = GEMM_BLOCKING[real]): GemmFunctions {
  const { lanes, width, suffix } = REAL[real];
  const { mr, nv, mc, kc, nc } = blocking;
  const nr = nv * width;
  const { add, sub, mul, min, at, madd, splat, slice } = ir;
  const [panelA, panelB] = [mc * kc, nc * kc];
  const workLength = panelA + panelB + mr * nr;
  const array = `${real}[]` as const;
  const range = (count: number): number[] => Array.from({ length: count }, (_, i) => i);

  /** c[r][j] += alpha * (sum over k of a[k][r] * b[k][j]), with c in rows of `ldc`. */
  const micro = ir.fn(
    `gemmMicro${suffix}`,
    { k: "i32", alpha: real, a: array, b: array, c: array, ldc: "i32" },
    undefined,
    ({ k, alpha, a, b, c, ldc }, s) => {
      const sums = range(mr).map((r) => range(nv).map((v) => s.let(`c${r}${v}`, 0, lanes)));
      const pa = s.view("pa", a, 0);
      const pb = s.view("pb", b, 0);
      s.for("p", 0, k, () => {
        const row = range(nv).map((v) => s.let(`b${v}`, at(pb, v * width, lanes)));
        for (const r of range(mr)) {
          const x = s.let("x", splat(at(pa, r), lanes));
          for (const v of range(nv)) s.set(sums[r][v], madd(x, row[v], sums[r][v]));
        }
        s.shift(pa, mr);
        s.shift(pb, nr);
      });
      const factor = s.let("factor", splat(alpha, lanes));
      const pc = s.view("pc", c, 0);
      for (const r of range(mr)) {
        for (const v of range(nv)) s.store(pc, v * width, madd(factor, sums[r][v], at(pc, v * width, lanes)));
        if (r < mr - 1) s.shift(pc, ldc);
      }
    },
  );

  /** Rows of A side by side, `mr` at a time; missing rows are zero. */
  const packA = ir.fn(
    `gemmPackA${suffix}`,
    { rows: "i32", k: "i32", a: array, lda: "i32", out: array },
    undefined,
    ({ rows, k, a, lda, out }, s) => {
      const to = s.view("to", out, 0);
      s.for("i", 0, rows, (i) => {
        const left = s.let("left", sub(rows, i));
        s.if(ir.ge(left, mr), () => {
          const row = range(mr).map((r) => s.view(`a${r}`, a, mul(add(i, r), lda)));
          s.for("p", 0, k, (p) => {
            for (const r of range(mr)) s.store(to, r, at(row[r], p));
            s.shift(to, mr);
          }); // oxfmt-ignore
        }, () => {
          s.for("p", 0, k, (p) => {
            for (const r of range(mr)) s.store(to, r, 0);
            s.for("r", 0, left, (r) => s.store(to, r, at(a, add(mul(add(i, r), lda), p))));
            s.shift(to, mr);
          });
        }); // oxfmt-ignore
      }, mr); // oxfmt-ignore
    },
  );

  /** Columns of B side by side, `nr` at a time; missing columns are zero. */
  const packB = ir.fn(
    `gemmPackB${suffix}`,
    { columns: "i32", k: "i32", b: array, ldb: "i32", out: array },
    undefined,
    ({ columns, k, b, ldb, out }, s) => {
      const to = s.view("to", out, 0);
      s.for("j", 0, columns, (j) => {
        const left = s.let("left", sub(columns, j));
        const row = s.view("row", b, j);
        s.if(ir.ge(left, nr), () => {
          s.for("p", 0, k, () => {
            for (const v of range(nv)) s.store(to, v * width, at(row, v * width, lanes));
            s.shift(to, nr);
            s.shift(row, ldb);
          });
        }, () => {
          s.for("p", 0, k, () => {
            for (const v of range(nv)) s.store(to, v * width, ir.constant(0, lanes));
            s.for("r", 0, left, (r) => s.store(to, r, at(row, r)));
            s.shift(to, nr);
            s.shift(row, ldb);
          });
        }); // oxfmt-ignore
      }, nr); // oxfmt-ignore
    },
  );

  /** The micro-kernel on `rows` x `columns` elements of C, by way of a tile of full size. */
  const edge = ir.fn(
    `gemmEdge${suffix}`,
    { rows: "i32", columns: "i32", k: "i32", alpha: real, a: array, b: array, c: array, ldc: "i32", tile: array },
    undefined,
    ({ rows, columns, k, alpha, a, b, c, ldc, tile }, s) => {
      const each = (body: (inTile: Expression, inC: Expression) => void): void =>
        s.for("r", 0, rows, (r) =>
          s.for("j", 0, columns, (j) => body(add(mul(r, nr), j), add(mul(r, ldc), j))),
        ); // oxfmt-ignore
      each((x, y) => s.store(tile, x, at(c, y)));
      s.do(micro, k, alpha, a, b, tile, nr);
      each((x, y) => s.store(c, y, at(tile, x)));
    },
  );

  const gemm = ir.fn(
    `gemm${suffix}`,
    {
      from: "i32",
      to: "i32",
      n: "i32",
      k: "i32",
      alpha: real,
      a: `${real}[to*lda]`,
      lda: "i32",
      b: `${real}[k*ldb]`,
      ldb: "i32",
      beta: real,
      c: `${real}[to*ldc]`,
      ldc: "i32",
      work: `${real}[${workLength}]`,
    },
    undefined,
    ({ from, to, n, k, alpha, a, lda, b, ldb, beta, c, ldc, work }, s) => {
      const wrong = ir.or(ir.lt(from, 0), ir.or(ir.lt(lda, k), ir.or(ir.lt(ldb, n), ir.lt(ldc, n))));
      s.if(ir.or(wrong, ir.or(ir.lt(n, 0), ir.lt(k, 0))), () => s.trap("gemm: rows before the first, or a leading dimension shorter than a row")); // oxfmt-ignore
      const rows = (body: (start: Variable<"i32">) => void): void =>
        s.for("i", from, to, (i) => body(s.let("start", mul(i, ldc), "i32")));
      s.if(ir.eq(beta, 0), () =>
        rows((start) => s.for("j", 0, n, (j) => s.store(c, add(start, j), 0))),
      () =>
        s.if(ir.ne(beta, 1), () =>
          rows((start) => s.for("j", 0, n, (j) => s.store(c, add(start, j), mul(beta, at(c, add(start, j)))))),
        ),
      ); // oxfmt-ignore
      s.if(ir.or(ir.eq(alpha, 0), ir.eq(k, 0)), () => s.return());
      const packedB = s.view("packedB", work, panelA);
      const tile = s.view("tile", work, panelA + panelB);
      s.for("jc", 0, n, (jc) => {
        const nb = s.let("nb", min(sub(n, jc), nc));
        s.for("pc", 0, k, (pc) => {
          const kb = s.let("kb", min(sub(k, pc), kc));
          s.do(packB, nb, kb, slice(b, add(mul(pc, ldb), jc)), ldb, packedB);
          s.for("ic", from, to, (ic) => {
            const mb = s.let("mb", min(sub(to, ic), mc));
            s.do(packA, mb, kb, slice(a, add(mul(ic, lda), pc)), lda, work);
            s.for("jr", 0, nb, (jr) => {
              const columns = s.let("columns", min(sub(nb, jr), nr));
              const pb = s.view("pb", packedB, mul(jr, kb));
              s.for("ir", 0, mb, (i) => {
                const count = s.let("count", min(sub(mb, i), mr));
                const pa = slice(work, mul(i, kb));
                const pc = slice(c, add(mul(add(ic, i), ldc), add(jc, jr)));
                s.if(ir.and(ir.eq(count, mr), ir.eq(columns, nr)), () =>
                  s.do(micro, kb, alpha, pa, pb, pc, ldc),
                () => s.do(edge, count, columns, kb, alpha, pa, pb, pc, ldc, tile)); // oxfmt-ignore
              }, mr); // oxfmt-ignore
            }, nr); // oxfmt-ignore
          }, mc); // oxfmt-ignore
        }, kc); // oxfmt-ignore
      }, nc); // oxfmt-ignore
    },
  );
  return { blocking, gemm: checkedByAuthor(gemm), workLength };
}
