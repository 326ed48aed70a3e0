// Every operation for every type it is allowed for: targets wasm, js (through `scalarise`) and c (GNU vectors) give the same bits.
import { expect, test } from "vitest";
import { fn, program } from "./builder.ts";
import * as ir from "./builder.ts";
import type { ArrayType, Expression, StructuredFunction, Type, ValueType, Variable } from "./ir.ts";
import { compileProgramSync } from "./kernel.ts";
import { allowed, isLanes, LANES, operationNames, type OperationName } from "./operations.ts";
import { Runtime } from "./runtime.ts";
import { nativeMissing } from "./targets/c-build.ts";

const TYPES: readonly ValueType[] = ["f64", "f32", "i32", "i64", "f64x2", "f32x4", "i64x2", "i32x4", "i16x8", "i8x16"];
const arrayFor = (type: ValueType): ArrayType =>
  isLanes(type) ? (`${LANES[type].narrow ?? LANES[type].scalar}[]` as ArrayType) : (`${type}[]` as ArrayType);

interface Case {
  readonly op: OperationName;
  readonly type: ValueType;
  readonly args: readonly ValueType[];
  readonly immediate?: readonly number[];
}

/** Everything that the table allows. */
function cases(): Case[] {
  const found: Case[] = [];
  const consider = (op: OperationName, args: readonly ValueType[]): void => {
    for (const type of TYPES)
      for (const immediate of [
        undefined,
        [1],
        [0, 3],
        [1, 0],
        [6, 1, 0, 7],
        [7, 9, 0, 3, 15, 8, 1, 1],
        [31, 3, 17, 0, 1, 2, 16, 15, 9, 8, 7, 22, 1, 5, 5, 30],
      ])
        // oxfmt-ignore
        if (allowed(op, type, args as readonly Type[], immediate)) {
          found.push({ op, type, args, immediate });
          break;
        }
  };
  for (const op of operationNames) {
    if (op === "vector") for (const type of TYPES) if (isLanes(type)) consider(op, Array.from({ length: LANES[type].count }, () => LANES[type].scalar)); // oxfmt-ignore
    for (const a of TYPES) {
      consider(op, [a]);
      for (const b of TYPES) {
        consider(op, [a, b]);
        for (const c of TYPES) consider(op, [a, b, c]);
      }
    }
  }
  return found;
}

/** Stores op(operands at 32 k bytes) into `out`, element by element. Masks are made by a comparison, as they must be. */
function kernel({ op, type, args, immediate }: Case, name: string): StructuredFunction {
  const parameters: Record<string, ArrayType> = { out: arrayFor(type) };
  args.forEach((t, k) => (parameters[`x${k}`] = arrayFor(t)));
  return fn(name, parameters, undefined, (p, k) => {
    const variables = p as unknown as Record<string, Variable<ArrayType>>;
    const operands: Expression[] = args.map((t, j) => k.let(`a${j}`, ir.at(variables[`x${j}`], 0, t), t));
    if (op === "select") {
      const mask = operands[2];
      operands[2] = isLanes(mask.type) ? ir.lt(mask, ir.constant(0, mask.type)) : ir.lt(mask, 0);
    }
    k.store(variables.out, 0, ir.operation(op, type, operands, immediate));
  });
}

const SPECIAL64 = [0n, 1n << 63n, 0x3ff0000000000000n, 0x7ff0000000000000n, 0xfff8000000000000n, 1n, 0x43e0000000000000n, 0xc3e0000000000001n]; // oxfmt-ignore
const SPECIAL32 = [
  0, 0x80000000, 0x3f800000, 0x7f800000, 0xffc00000, 1, 0x7fffffff, 0xffffffff, 0x4f000000, 0x3effffff,
];

const missing = nativeMissing();

test.for([
  { target: "js" as const, lanes: "scalar" as const, skip: undefined },
  { target: "c" as const, lanes: "vector" as const, skip: missing },
  { target: "c" as const, lanes: "scalar" as const, skip: missing },
])(
  "every operation allowed gives the same bits on wasm and $target with $lanes lanes",
  ({ target, lanes, skip }, context) => {
    if (skip) context.skip(skip);
    const all = cases();
    expect(all.length).toBeGreaterThan(300);
    const one = program("operations", ...all.map((each, k) => kernel(each, `k${k}`)));
    let seed = 12345;
    const random = (): number => (seed = (Math.imul(seed, 1103515245) + 12345) | 0) >>> 0;
    const runtimes = (["wasm", target] as const).map((target) => {
      const runtime = new Runtime({ bytes: 1 << 20 });
      const kernels = compileProgramSync(one, { target, runtime, relaxed: false, native: { optimise: 1, lanes } });
      return { runtime, kernels, slots: runtime.f64(4 * 17) };
    });
    const differences: string[] = [];
    for (let round = 0; round < 40; round++)
      all.forEach((each, k) => {
        const inputs = each.args.map((type) => {
          const bytes = new DataView(new ArrayBuffer(16));
          for (let i = 0; i < 16; i += 4) bytes.setUint32(i, random(), true);
          const floats = type.startsWith("f");
          if (floats && round % 2 === 0)
            for (let i = 0; i < 16; i += 8) {
              if (type.startsWith("f64")) {
                if (random() % 3 === 0) bytes.setBigUint64(i, SPECIAL64[random() % SPECIAL64.length], true);
                else bytes.setFloat64(i, (random() / 2 ** 31 - 1) * 10 ** (random() % 20), true);
              } else for (const j of [i, i + 4]) bytes.setUint32(j, SPECIAL32[random() % SPECIAL32.length], true);
            }
          // JavaScript may make a signalling NaN quiet on the way through a number.
          if (type.startsWith("f32"))
            for (let i = 0; i < 16; i += 4)
              if (Number.isNaN(bytes.getFloat32(i, true)))
                bytes.setUint32(i, bytes.getUint32(i, true) | 0x400000, true);
          return bytes;
        });
        const outcomes = runtimes.map(({ runtime, kernels, slots }) => {
          const { buffer } = runtime.memory;
          const at = (j: number): number => slots.byteOffset + 32 * j;
          new Uint8Array(buffer, at(0), 16).fill(0);
          inputs.forEach((bytes, j) => new Uint8Array(buffer, at(j + 1), 16).set(new Uint8Array(bytes.buffer)));
          try {
            kernels.raw[`k${k}`](at(0), ...inputs.map((_, j) => at(j + 1)));
          } catch {
            return "trap";
          }
          const float = each.type.startsWith("f64")
            ? Float64Array
            : each.type.startsWith("f32")
              ? Float32Array
              : undefined;
          // The bits of a NaN are not specified.
          if (float) return [...new float(buffer, at(0), 16 / float.BYTES_PER_ELEMENT)].map((x) => (Object.is(x, -0) ? "-0" : String(x))).join(); // oxfmt-ignore
          return [...new Uint8Array(buffer, at(0), 16)].join();
        });
        if (outcomes[0] !== outcomes[1])
          differences.push(`${each.op} ${each.args.join()} -> ${each.type}: ${outcomes.join(" | ")}`);
      });
    for (const { kernels, runtime } of runtimes) {
      kernels.dispose();
      runtime.dispose();
    }
    expect(differences.slice(0, 10)).toEqual([]);
  },
);
