// A small WebAssembly binary encoder: a growing byte buffer with LEB128, and a module of types, imports, functions and exports.
// Function bodies are written once, straight into the code section: their sizes are five-byte LEB128 numbers patched afterwards.
// Source: WebAssembly core specification 2.0, binary format (modules and sections).
// Left out: tables, globals but one, data segments, start functions, several memories, custom sections.
import { Failure } from "../../base/index.ts";
import type { Lanes } from "../ir.ts";
import { LANES } from "../operations.ts";
import { I, ValueType, type ValueTypeName } from "./opcodes.ts";

/** Limits of V8 (and of the JavaScript API of WebAssembly) that generated code must respect. */
export const LIMITS = { bodyBytes: 7_654_321, locals: 50_000, parameters: 1_000, functions: 1_000_000 } as const;

const float = new Float64Array(1);
const floatBytes = new Uint8Array(float.buffer);
const single = new Float32Array(1);
const singleBytes = new Uint8Array(single.buffer);
const lanes = new DataView(new ArrayBuffer(8));
const text = new TextEncoder();

/** Growing byte buffer with the number formats and the common instructions of WebAssembly. */
export class ByteWriter {
  /** Valid up to `length`; replaced by a longer one when it is full. */
  bytes: Uint8Array;
  length = 0;

  constructor(capacity = 1 << 12) {
    this.bytes = new Uint8Array(capacity);
  }

  /** Makes room for `count` more bytes. */
  reserve(count: number): void {
    if (this.length + count <= this.bytes.length) return;
    const grown = new Uint8Array(Math.max(this.bytes.length * 2, this.length + count));
    grown.set(this.bytes.subarray(0, this.length));
    this.bytes = grown;
  }

  u8(value: number): void {
    if (this.length === this.bytes.length) this.reserve(1);
    this.bytes[this.length++] = value;
  }

  /** Unsigned LEB128 of 0 ... 2^32 - 1. */
  u32(value: number): void {
    if (this.length + 5 > this.bytes.length) this.reserve(5);
    let rest = value >>> 0;
    while (rest > 127) {
      this.bytes[this.length++] = (rest & 127) | 128;
      rest >>>= 7;
    }
    this.bytes[this.length++] = rest;
  }

  /** Signed LEB128 of an i32. */
  s32(value: number): void {
    this.reserve(5);
    let rest = value | 0;
    while (rest < -64 || rest > 63) {
      this.bytes[this.length++] = (rest & 127) | 128;
      rest >>= 7;
    }
    this.bytes[this.length++] = rest & 127;
  }

  f64(value: number): void {
    if (this.length + 8 > this.bytes.length) this.reserve(8);
    float[0] = value;
    this.bytes.set(floatBytes, this.length);
    this.length += 8;
  }

  name(value: string): void {
    const encoded = text.encode(value);
    this.u32(encoded.length);
    this.append(encoded);
  }

  append(bytes: Uint8Array): void {
    this.reserve(bytes.length);
    this.bytes.set(bytes, this.length);
    this.length += bytes.length;
  }

  /** Leaves five bytes for a number that `patch` writes later; returns their place. */
  hole(): number {
    this.reserve(5);
    this.length += 5;
    return this.length - 5;
  }

  /** Writes `value` as LEB128 padded to five bytes. */
  patch(place: number, value: number): void {
    for (let i = 0; i < 4; i++) this.bytes[place + i] = ((value >>> (7 * i)) & 127) | 128;
    this.bytes[place + 4] = value >>> 28;
  }

  // Instructions.
  localGet(index: number): void {
    this.#short(I.local_get, index);
  }

  localSet(index: number): void {
    this.#short(I.local_set, index);
  }

  /** An instruction and its operand, mostly of one byte: the first tier of an engine pays for every call. */
  #short(opcode: number, operand: number): void {
    let n = this.length;
    if (n + 6 > this.bytes.length) this.reserve(6);
    const { bytes } = this;
    bytes[n++] = opcode;
    if (operand < 128) {
      bytes[n] = operand;
      this.length = n + 1;
      return;
    }
    this.length = n;
    this.u32(operand);
  }

  localTee(index: number): void {
    this.u8(I.local_tee);
    this.u32(index);
  }

  call(index: number): void {
    this.u8(I.call);
    this.u32(index);
  }

  i32Const(value: number): void {
    this.u8(I.i32_const);
    this.s32(value);
  }

  f64Const(value: number): void {
    let n = this.length;
    if (n + 9 > this.bytes.length) this.reserve(9);
    const { bytes } = this;
    bytes[n++] = I.f64_const;
    float[0] = value;
    for (let k = 0; k < 8; k++) bytes[n++] = floatBytes[k];
    this.length = n;
  }

  f32Const(value: number): void {
    single[0] = value;
    this.u8(I.f32_const);
    this.append(singleBytes);
  }

  i64Const(value: bigint): void {
    this.u8(I.i64_const);
    let rest = BigInt.asIntN(64, value);
    for (;;) {
      const low = Number(BigInt.asUintN(7, rest));
      rest >>= 7n;
      const last = (rest === 0n && low < 64) || (rest === -1n && low >= 64);
      this.u8(last ? low : low | 128);
      if (last) return;
    }
  }

  /** The bytes of one lane of a v128 constant. */
  lane(type: Lanes, value: number | bigint): void {
    lanes.setBigInt64(0, 0n);
    if (type === "f64x2") lanes.setFloat64(0, Number(value), true);
    else if (type === "f32x4") lanes.setFloat32(0, Number(value), true);
    else if (type === "i64x2") lanes.setBigInt64(0, BigInt(value), true);
    else lanes.setInt32(0, Number(value), true);
    const { bytes } = LANES[type];
    for (let k = 0; k < bytes; k++) this.u8(lanes.getUint8(k));
  }

  /** A load or store of a scalar: `align` is the power of two, `offset` in bytes is added without wrapping. */
  memory(opcode: number, align: number, offset: number): void {
    let n = this.length;
    if (n + 7 > this.bytes.length) this.reserve(7);
    const { bytes } = this;
    bytes[n++] = opcode;
    bytes[n++] = align;
    let rest = offset >>> 0;
    while (rest > 127) {
      bytes[n++] = (rest & 127) | 128;
      rest >>>= 7;
    }
    bytes[n++] = rest;
    this.length = n;
  }

  simd(opcode: number): void {
    this.u8(0xfd);
    this.u32(opcode);
  }

  /** A load or store of lanes: `align` is the power of two. */
  simdMemory(opcode: number, align: number, offset: number): void {
    this.simd(opcode);
    this.u32(align);
    this.u32(offset);
  }

  finish(): Uint8Array<ArrayBuffer> {
    return this.bytes.slice(0, this.length);
  }
}

interface FunctionImport {
  readonly module: string;
  readonly field: string;
  readonly type: number;
}

/** A module under construction. All function imports must be declared before the first function body begins. */
export class ModuleWriter {
  readonly #types = new Map<string, number>();
  readonly #typeBytes = new ByteWriter(256);
  readonly #imports: FunctionImport[] = [];
  readonly #functionTypes: number[] = [];
  readonly #exports: { name: string; index: number }[] = [];
  /** Bodies of the code section, in order of their indices. */
  readonly code: ByteWriter;
  #bodies = 0;

  constructor(codeCapacity = 1 << 12) {
    this.code = new ByteWriter(codeCapacity);
  }

  type(parameters: readonly ValueTypeName[], results: readonly ValueTypeName[]): number {
    const key = `${parameters.join()}>${results.join()}`;
    let index = this.#types.get(key);
    if (index === undefined) {
      index = this.#types.size;
      this.#types.set(key, index);
      const out = this.#typeBytes;
      out.u8(0x60);
      out.u32(parameters.length);
      for (const type of parameters) out.u8(ValueType[type]);
      out.u32(results.length);
      for (const type of results) out.u8(ValueType[type]);
    }
    return index;
  }

  importFunction(module: string, field: string, type: number): number {
    if (this.#functionTypes.length > 0) throw new Error("imports come before functions");
    return this.#imports.push({ module, field, type }) - 1;
  }

  /** Declares a function; bodies follow in the same order. Returns its index in calls. */
  declare(type: number, exportName?: string): number {
    const index = this.#imports.length + this.#functionTypes.push(type) - 1;
    if (exportName !== undefined) this.#exports.push({ name: exportName, index });
    return index;
  }

  /** Writes the next body: groups of locals, then what `emit` writes, then `end`. */
  body(
    name: string,
    locals: readonly (readonly [count: number, type: ValueTypeName])[],
    emit: (code: ByteWriter) => void,
  ): void {
    const { code } = this;
    const hole = code.hole();
    const groups = locals.filter(([count]) => count > 0);
    let total = 0;
    code.u32(groups.length);
    for (const [count, type] of groups) {
      total += count;
      code.u32(count);
      code.u8(ValueType[type]);
    }
    if (total > LIMITS.locals)
      throw new Failure("limit", `function ${name}: ${total} locals; an engine allows ${LIMITS.locals}`);
    emit(code);
    code.u8(I.end);
    const size = code.length - hole - 5;
    if (size > LIMITS.bodyBytes)
      throw new Failure("limit", `function ${name}: ${size} bytes of code; an engine allows ${LIMITS.bodyBytes}`, {
        hint: "split it, or write it as a tape, which is split automatically",
      });
    code.patch(hole, size);
    this.#bodies++;
  }

  /**
   * The module, with the memory imported as ("env", "memory"): one of any size, shared between threads or not. `cell` exports a global i32
   * of that name, number 0.
   */
  finish({
    shared = false,
    cell,
  }: { readonly shared?: boolean; readonly cell?: string } = {}): Uint8Array<ArrayBuffer> {
    if (this.#bodies !== this.#functionTypes.length) throw new Error("a declared function has no body");
    if (this.#bodies > LIMITS.functions)
      throw new Failure("limit", `${this.#bodies} functions; an engine allows ${LIMITS.functions}`);
    const out = new ByteWriter(this.code.length + this.#functionTypes.length * 3 + 4096);
    out.append(Uint8Array.of(0, 0x61, 0x73, 0x6d, 1, 0, 0, 0));
    const section = (id: number, write: () => void) => {
      out.u8(id);
      const hole = out.hole();
      write();
      out.patch(hole, out.length - hole - 5);
    };
    section(1, () => {
      out.u32(this.#types.size);
      out.append(this.#typeBytes.bytes.subarray(0, this.#typeBytes.length));
    });
    section(2, () => {
      out.u32(this.#imports.length + 1);
      out.name("env");
      out.name("memory");
      // A minimum of 0 and no maximum, or for shared ones, which must have one, the greatest: accepts every memory.
      out.append(shared ? Uint8Array.of(2, 3, 0, 0x80, 0x80, 0x04) : Uint8Array.of(2, 0, 0));
      for (const { module, field, type } of this.#imports) {
        out.name(module);
        out.name(field);
        out.u8(0);
        out.u32(type);
      }
    });
    section(3, () => {
      out.u32(this.#functionTypes.length);
      for (const type of this.#functionTypes) out.u32(type);
    });
    if (cell !== undefined) section(6, () => out.append(Uint8Array.of(1, ValueType.i32, 1, I.i32_const, 0, I.end)));
    section(7, () => {
      out.u32(this.#exports.length + (cell === undefined ? 0 : 1));
      for (const { name, index } of this.#exports) {
        out.name(name);
        out.u8(0);
        out.u32(index);
      }
      if (cell !== undefined) {
        out.name(cell);
        out.append(Uint8Array.of(3, 0));
      }
    });
    section(10, () => {
      out.u32(this.#functionTypes.length);
      out.append(this.code.bytes.subarray(0, this.code.length));
    });
    return out.finish();
  }
}
