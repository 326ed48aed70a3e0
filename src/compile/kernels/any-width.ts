// One description of a matrix product for codes of every width from 1 to 8 bits: whole numbers with or without sign, and any
// values by table (floats of every split into exponent and fraction, posits, ...), packed without gaps.
//   y[b][r] = sum_c weight[r][c] activation[b][c],  added in double precision in order of columns
// The description is a list of instructions over tiles; formats are filled in when it is compiled, as in a virtual machine whose
// registers are tiles of any element type (Ding et al. 2025, "Tilus: a virtual machine for arbitrary low-precision GPGPU
// computation in LLM serving", sections 4 and 5). Eight codes of w bits fill w bytes, so a strip of eight columns starts at a byte and
// its shifts are constants. Rows begin at strips. Two lanes are two vectors of the batch; no sum is reordered.
// Left out: products in lanes of 8 or 16 bits (bit-planes.ts and lookup.ts are the fast kernels), threads.
import { Failure } from "../../base/index.ts";
import { codeTable, type Format, numberOf } from "../../number/index.ts";
import { add, and, at, convert, fn, i32, lane, lt, mul, or, pair, program, shl, shr, shru, splat, sub } from "../builder.ts"; // oxfmt-ignore
import type { Block } from "../builder.ts";
import type { ArrayType, Expression, Program, StructuredFunction, Variable } from "../ir.ts";
import { blocked } from "./float-rows.ts";

/** What the codes of an operand mean. */
export type CodeFormat =
  | { readonly kind: "unsigned" | "signed"; readonly bits: number }
  /** `values[code]`; NaN and infinities are values like others. */
  | { readonly kind: "table"; readonly bits: number; readonly values: readonly number[] };

/** A number format of at most 8 bits by its table. Fails ("unsupported") if a code means nothing or is no double. */
export function codeFormatOf(format: Format): CodeFormat {
  if (format.bits > 8) throw new Failure("unsupported", `${format.name} has ${format.bits} bits; codes have 1 to 8`);
  const values = codeTable(format).map(({ code, value }) => {
    if (value === undefined) throw new Failure("unsupported", `code ${code} of ${format.name} means nothing`);
    return numberOf(value);
  });
  return { kind: "table", bits: format.bits, values };
}

/** The value of a code, as the kernels decode it. */
export function valueOfCode(format: CodeFormat, code: number): number {
  if (format.kind === "table") return format.values[code];
  return format.kind === "signed" && code >= 2 ** (format.bits - 1) ? code - 2 ** format.bits : code;
}

/** Columns of a strip. */
export const STRIP = 8;

/** Bytes of the packed codes of a matrix. */
export function stripBytes(rows: number, columns: number, bits: number): number {
  return rows * Math.ceil(columns / STRIP) * bits;
}

type Operand = "weights" | "activations";

/** Instructions over tiles: of codes and values, `rows` or `batch` by eight columns; of sums, rows by batch. */
type Instruction =
  /** For tiles of so many rows and vectors: `body` for each. */
  | { readonly op: "tiles"; readonly rows: number; readonly batch: number; readonly body: readonly Instruction[] }
  | { readonly op: "clear" }
  /** For strips of eight columns: `body` for each. */
  | { readonly op: "strips"; readonly body: readonly Instruction[] }
  /** Bits to codes. */
  | { readonly op: "unpack"; readonly from: Operand }
  /** Codes to values. */
  | { readonly op: "decode"; readonly from: Operand }
  /** sums += values of the weights times values of the activations, column after column. */
  | { readonly op: "multiply" }
  | { readonly op: "store" };

/** The matrix product: the one description that all formats share. */
const PRODUCT: readonly Instruction[] = [
  {
    op: "tiles",
    rows: 2,
    batch: 2,
    body: [
      { op: "clear" },
      {
        op: "strips",
        body: [
          { op: "unpack", from: "weights" },
          { op: "decode", from: "weights" },
          { op: "unpack", from: "activations" },
          { op: "decode", from: "activations" },
          { op: "multiply" },
        ],
      },
      { op: "store" },
    ],
  },
];

function checkFormat(format: CodeFormat): void {
  const { bits } = format;
  if (!(Number.isInteger(bits) && bits >= 1 && bits <= 8))
    throw new Failure("domain", `codes of ${bits} bits: 1 to 8 are possible`);
  if (format.kind === "table" && format.values.length !== 2 ** bits)
    throw new Failure("domain", `${format.values.length} values for codes of ${bits} bits`);
}

/** `name(rows, columns, codes, packed)`: eight codes in `bits` bytes, the first in the lowest bits. */
function packFunction(name: string, bits: number): StructuredFunction {
  return fn(name, { rows: "i32", columns: "i32", codes: "u8[]", packed: "u8[]" }, undefined, ({ rows, columns, codes, packed }, k) => {
    const from = k.view("source", codes, 0);
    const to = k.view("to", packed, 0);
    k.for("r", 0, rows, () => {
      k.for("c", 0, columns, (c) => {
        const list = Array.from({ length: STRIP }, (_, i) => {
          const code = k.let(`code${i}`, i32(0), "i32");
          k.if(lt(add(c, i), columns), () => k.set(code, at(from, add(c, i))));
          return code;
        });
        for (let b = 0; b < bits; b++) {
          // Codes with bits in byte b.
          const parts = list.flatMap((code, i) => {
            const shift = i * bits - 8 * b;
            if (shift >= 8 || shift <= -bits) return [];
            return [shift >= 0 ? shl(code, shift) : shru(code, -shift)];
          });
          k.store(to, b, parts.reduce((x, y) => or(x, y)));
        }
        k.shift(to, bits);
      }, STRIP);
      k.shift(from, columns);
    });
  }); // oxfmt-ignore
}

/** Registers of the machine while one tile is worked on. */
interface Registers {
  readonly first: Readonly<Record<Operand, Expression>>;
  readonly count: Readonly<Record<Operand, number>>;
  readonly views: Record<Operand, Variable<"u8[]">[]>;
  codes: Record<Operand, Expression[][]>;
  values: Record<Operand, Expression[][]>;
  sums: Variable[];
}

class Machine {
  /** Columns of the strip at hand that count, where not all do. */
  #limit: Expression | undefined;
  readonly k: Block;
  readonly formats: Readonly<Record<Operand, CodeFormat>>;
  readonly sizes: { readonly batch: Expression; readonly rows: Expression; readonly columns: Expression };
  readonly arrays: Readonly<Record<Operand, Variable<"u8[]">>>;
  readonly tables: Readonly<Record<Operand, Variable<"f64[]">>>;
  readonly y: Variable<"f64[]">;

  constructor(parts: Pick<Machine, "k" | "formats" | "sizes" | "arrays" | "tables" | "y">) {
    this.k = parts.k;
    this.formats = parts.formats;
    this.sizes = parts.sizes;
    this.arrays = parts.arrays;
    this.tables = parts.tables;
    this.y = parts.y;
  }

  run(list: readonly Instruction[], tile?: Registers): void {
    for (const instruction of list) this.#step(instruction, tile);
  }

  #step(instruction: Instruction, tile: Registers | undefined): void {
    const { k, sizes } = this;
    if (instruction.op === "tiles") {
      const strips = k.let("strips", shru(add(sizes.columns, STRIP - 1), 3), "i32");
      blocked(k, sizes.batch, [instruction.batch, 1], (b, batch) =>
        blocked(k, sizes.rows, [instruction.rows, 1], (r, rows) => {
          const first = { weights: r, activations: b };
          const count = { weights: rows, activations: batch };
          const views = (of: Operand): Variable<"u8[]">[] =>
            Array.from({ length: count[of] }, (_, i) => k.view(`${of}${i}`, this.arrays[of], mul(add(first[of], i), mul(strips, this.formats[of].bits)))); // oxfmt-ignore
          const none = { weights: [], activations: [] };
          const registers: Registers = { first, count, views: { weights: views("weights"), activations: views("activations") }, codes: { ...none }, values: { ...none }, sums: [] }; // oxfmt-ignore
          this.run(instruction.body, registers);
        }),
      );
      return;
    }
    if (!tile) throw new Error(`${instruction.op} outside a tile`);
    const { count } = tile;
    switch (instruction.op) {
      case "clear":
        tile.sums = Array.from({ length: count.weights }, (_, n) => k.let(`sum${n}`, 0, "f64x2"));
        return;
      case "strips": {
        const whole = k.let("whole", and(sizes.columns, -STRIP), "i32");
        k.for("c", 0, whole, () => {
          this.run(instruction.body, tile);
          for (const of of ["weights", "activations"] as const)
            for (const view of tile.views[of]) k.shift(view, this.formats[of].bits);
        }, STRIP); // oxfmt-ignore
        k.if(lt(whole, sizes.columns), () => {
          this.#limit = sub(sizes.columns, whole);
          this.run(instruction.body, tile);
          this.#limit = undefined;
        });
        return;
      }
      case "unpack": {
        const { bits } = this.formats[instruction.from];
        tile.codes[instruction.from] = tile.views[instruction.from].map((view) =>
          Array.from({ length: STRIP }, (_, i) => {
            const [byte, shift] = [(i * bits) >> 3, (i * bits) & 7];
            const low = shru(at(view, byte), shift);
            const all = shift + bits > 8 ? or(low, shl(at(view, byte + 1), 8 - shift)) : low;
            return k.let(`code${i}`, and(all, 2 ** bits - 1));
          }),
        );
        return;
      }
      case "decode": {
        const { from } = instruction;
        const format = this.formats[from];
        tile.values[from] = tile.codes[from].map((line) =>
          line.map((code, i) => {
            const wide = 32 - format.bits;
            const value = format.kind === "table" ? at(this.tables[from], code) : convert(format.kind === "signed" ? shr(shl(code, wide), wide) : code, "f64"); // oxfmt-ignore
            return k.let(`value${i}`, value);
          }),
        );
        return;
      }
      case "multiply": {
        const { weights, activations } = tile.values;
        for (let i = 0; i < STRIP; i++) {
          const column = (): void => {
            const x = k.let("x", activations.length === 1 ? splat(activations[0][i], "f64x2") : pair(activations[0][i], activations[1][i])); // oxfmt-ignore
            tile.sums.forEach((sum, n) => k.set(sum as Variable<"f64x2">, add(sum, mul(splat(weights[n][i], "f64x2"), x)))); // oxfmt-ignore
          };
          if (this.#limit === undefined) column();
          else k.if(lt(i, this.#limit), column);
        }
        return;
      }
      case "store":
        for (let m = 0; m < count.activations; m++)
          tile.sums.forEach((sum, n) => {
            const place = add(mul(add(tile.first.activations, m), sizes.rows), add(tile.first.weights, n));
            k.store(this.y, place, lane(sum, m));
          });
    }
  }
}

/**
 * Functions `packWeights(rows, columns, codes, packed)`, `packActivations(...)` and
 * `multiply(batch, rows, columns, activations, activationTable, weights, weightTable, y)`. Tables are f64[] of 2^bits values for
 * formats given by values, and not read for the others.
 */
export function anyWidthProgram(weights: CodeFormat, activations: CodeFormat): Program {
  checkFormat(weights);
  checkFormat(activations);
  const codes: ArrayType = "u8[]";
  const multiply = fn(
    "multiply",
    { batch: "i32", rows: "i32", columns: "i32", activations: codes, activationTable: "f64[]", weights: codes, weightTable: "f64[]", y: "f64[]" },
    undefined,
    (p, k) => {
      new Machine({
        k,
        formats: { weights, activations },
        sizes: p,
        arrays: { weights: p.weights, activations: p.activations },
        tables: { weights: p.weightTable, activations: p.activationTable },
        y: p.y,
      }).run(PRODUCT);
    },
  ); // oxfmt-ignore
  return program(
    `codes${weights.bits}x${activations.bits}`,
    packFunction("packWeights", weights.bits),
    packFunction("packActivations", activations.bits),
    multiply,
  );
}

/** Powers of two of the least bit and just above the largest value of a format; undefined if it has NaN or infinities. */
function span(format: CodeFormat): { least: number; above: number } | undefined {
  let [least, above] = [Infinity, -Infinity];
  for (let code = 0; code < 2 ** format.bits; code++) {
    let x = Math.abs(valueOfCode(format, code));
    if (!Number.isFinite(x)) return undefined;
    if (x === 0) continue;
    let e = 0;
    for (; x >= 2 ** 53; e++) x /= 2;
    for (; !Number.isInteger(x); e--) x *= 2;
    for (; x % 2 === 0; e++) x /= 2;
    least = Math.min(least, e);
    above = Math.max(above, e + Math.ceil(Math.log2(x + 1)));
  }
  return above < least ? { least: 0, above: 0 } : { least, above };
}

/** Is every sum of so many columns a double, whatever the codes? Then results are exact in any order. */
export function sumsAreExact(weights: CodeFormat, activations: CodeFormat, columns: number): boolean {
  const [w, a] = [span(weights), span(activations)];
  if (!w || !a) return false;
  return w.above + a.above + Math.ceil(Math.log2(Math.max(columns, 1))) - w.least - a.least <= 53;
}
