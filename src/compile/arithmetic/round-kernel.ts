// Rounding of arrays in WebAssembly lanes, bit for bit what roundArray of `number` gives. Formats and modes without code in lanes
// go through roundArray itself; `road` says which. Arrays pass through the memory of the kernel in blocks.
import { Failure } from "../../base/index.ts";
import { type FloatFormat, type FloatRounding, floatRounding, type Format, roundArray, type RoundOptions, withinDoubles } from "../../number/index.ts"; // oxfmt-ignore
import { engineFeatures } from "../features.ts";
import { fn, program } from "../builder.ts";
import * as ir from "../builder.ts";
import type { StructuredFunction } from "../ir.ts";
import { compileModuleSync } from "../kernel.ts";
import { hoist } from "../passes/hoist.ts";
import { vectorise } from "../passes/vectorise.ts";
import { Runtime } from "../runtime.ts";
import { inOrder, philoxCode } from "./philox-code.ts";
import { canRound, needsRandom, roundingCode } from "./rounding-code.ts";

/** Elements a block: inputs and results stay in the first-level cache. */
const BLOCK = 1024;

export interface ArrayRounder<A extends Float64Array | Float32Array = Float64Array> {
  /** "lanes": the kernel; "scalar": roundArray, with the reason. */
  readonly road: "lanes" | "scalar";
  readonly reason: string;
  /** An array in the memory of the kernel: arrays from here are rounded without a copy. They stay valid until `dispose`. */
  array(length: number): A;
  dispose(): void;
  /** Rounds an array; element i takes the random bits number index + i. `out` may be the input. */
  round(xs: A, out?: A): A;
}

export interface ArrayRounderOptions extends RoundOptions {
  /** Room for arrays in the memory of the kernel, in bytes. Default 0. */
  readonly bytes?: number;
}

/** Deterministic modes: the loop in scalars, then lanes. */
export function roundFunction(
  rounding: FloatRounding,
  name = "round",
  type: "f64" | "f32" = "f64",
): StructuredFunction {
  const array = `${type}[n]` as "f64[n]";
  return fn(name, { n: "i32", x: array, y: array }, undefined, ({ n, x, y }, k) =>
    k.for("i", 0, n, (i) => k.store(y, i, roundingCode(k, rounding, ir.at(x, i)))),
  );
}

/** Stochastic modes: 16 elements a turn, n a multiple of 16; random bits from counters counter ..., of 4 elements each. */
export function randomRoundFunction(rounding: FloatRounding, name = "round"): StructuredFunction {
  const parameters = { n: "i32", counter: "i32", high: "i32", s0: "i32", s1: "i32", k0: "i32", k1: "i32", x: "f64[n]", y: "f64[n]" } as const; // oxfmt-ignore
  return fn(name, parameters, undefined, (p, k) => {
    k.for(
      "i",
      0,
      p.n,
      (i) => {
        const at = k.let("at", ir.add(p.counter, ir.shru(i, 2)));
        const rows = inOrder(k, philoxCode(k, at, p.high, [p.s0, p.s1], [p.k0, p.k1]));
        rows.forEach((row, j) => {
          const bits = rounding.bits === 32 ? row : k.let("bits", ir.shru(row, 32 - rounding.bits), "i32x4");
          for (const half of [0, 1]) {
            const wide = half === 0 ? ir.extendLowu(bits) : ir.extendHighu(bits);
            const random = k.let("random", ir.sub(ir.bits(ir.or(wide, ir.i64(0x4330000000000000n)), "f64x2"), 2 ** 52), "f64x2"); // oxfmt-ignore
            const place = ir.add(i, 4 * j + 2 * half);
            k.store(p.y, place, roundingCode(k, rounding, k.let("x", ir.at(p.x, place, "f64x2"), "f64x2"), random));
          }
        });
      },
      16,
    );
  });
}

function supported(format: Format, options: RoundOptions): FloatRounding | string {
  if (!withinDoubles(format))
    throw new Failure("unsupported", `values of ${format.name} are beyond doubles`, {
      hint: "roundExact rounds to exact values",
    });
  if (format.kind !== "float") return `${format.name} is no float format`;
  const rounding = floatRounding(format as FloatFormat, options);
  if (!canRound(rounding, "f64")) return `no code in lanes for ${format.name}, ${rounding.mode}`;
  if (needsRandom(rounding) && options.random !== undefined) return "the random integer is given";
  return engineFeatures().simd ? rounding : "the engine has no lanes";
}

/**
 * Rounding of Float32Array in four f32 lanes, where f32 holds the values and decides the rounding (binary16, the 8-bit formats, ...; not
 * bfloat16, whose range is that of f32 itself: those go through double precision). Deterministic modes. Fails ("unsupported") on
 * formats with values that f32 does not hold, and on stochastic modes.
 */
export function singleRounder(format: Format, options: ArrayRounderOptions = {}): ArrayRounder<Float32Array> {
  if (
    format.kind !== "float" ||
    !withinDoubles(format) ||
    format.precision > 24 ||
    format.emax > 127 ||
    format.emin - format.precision < -150
  )
    throw new Failure("unsupported", `values of ${format.name} are beyond single precision, or it is no float format`);
  const rounding = floatRounding(format, options);
  if (needsRandom(rounding)) throw new Failure("unsupported", "stochastic rounding of single-precision arrays", { hint: "use arrayRounder" }); // oxfmt-ignore
  const wide = (xs: Float32Array, out: Float32Array): Float32Array => {
    // Values of the format are values of f32: setting them does not round.
    out.set(roundArray(xs, format, options));
    return out;
  };
  if (!canRound(rounding, "f32") || !engineFeatures().simd)
    return {
      road: "scalar",
      reason: `${format.name}, ${rounding.mode}, is not decided in f32`,
      array: (length) => new Float32Array(length),
      dispose: () => undefined,
      round: (xs, out = new Float32Array(xs.length)) => wide(xs, checkRoom(xs, out)),
    };
  const runtime = new Runtime({ bytes: 8 * BLOCK + 4096 + (options.bytes ?? 0) });
  const passed = hoist(vectorise(program("round", roundFunction(rounding, "round", "f32")), { unroll: 4 }));
  const { raw } = compileModuleSync(passed, { target: "wasm" }).link(runtime);
  const [x, y] = [runtime.f32(BLOCK), runtime.f32(BLOCK)];
  return {
    road: "lanes",
    reason: "four f32 lanes",
    array: (length) => runtime.f32(length),
    dispose: () => runtime.dispose(),
    round(xs, out = new Float32Array(xs.length)) {
      checkRoom(xs, out);
      const { buffer } = runtime.memory;
      if (xs.buffer === buffer && out.buffer === buffer) {
        checkApart(xs, out);
        raw.round(xs.length, xs.byteOffset, out.byteOffset);
        return out;
      }
      for (let from = 0; from < xs.length; from += BLOCK) {
        const count = Math.min(BLOCK, xs.length - from);
        x.set(xs.subarray(from, from + count));
        raw.round(count, x.byteOffset, y.byteOffset);
        out.set(count === BLOCK ? y : y.subarray(0, count), from);
      }
      return out;
    },
  };
}

function checkRoom<A extends Float64Array | Float32Array>(xs: A, out: A): A {
  if (out.length < xs.length)
    throw new Failure("domain", `${xs.length} results do not fit in an array of ${out.length}`);
  return out;
}

function checkApart(xs: Float64Array | Float32Array, out: Float64Array | Float32Array): void {
  if (
    xs.byteOffset !== out.byteOffset &&
    xs.byteOffset < out.byteOffset + out.byteLength &&
    out.byteOffset < xs.byteOffset + xs.byteLength
  )
    throw new Failure("usage", "the array for the results overlaps the values without being the same array");
}

/** A compiled rounding of arrays to the format. Fails as `rounder` does on formats that doubles do not hold. */
export function arrayRounder(format: Format, options: ArrayRounderOptions = {}): ArrayRounder {
  const rounding = supported(format, options);
  if (typeof rounding === "string")
    return {
      road: "scalar",
      reason: rounding,
      array: (length) => new Float64Array(length),
      dispose: () => undefined,
      round: (xs, out) => roundArray(xs, format, options, out),
    };
  const random = needsRandom(rounding);
  const f = random ? randomRoundFunction(rounding) : roundFunction(rounding);
  const passed = hoist(random ? program("round", f) : vectorise(program("round", f), { unroll: 4 }));
  const runtime = new Runtime({ bytes: 16 * BLOCK + 4096 + (options.bytes ?? 0) });
  const kernels = compileModuleSync(passed, { target: "wasm" }).link(runtime);
  const { memory } = runtime;
  const x = runtime.f64(BLOCK);
  const y = runtime.f64(BLOCK);
  const { seed = 0, stream = 0, index: first = 0 } = options;
  const words = (value: number): [number, number] => [value | 0, Math.floor(value / 2 ** 32) | 0];
  const keys = [...words(stream), ...words(seed)];

  /** Rounds `count` elements in the memory, from address to address; the number done: lanes take whole groups of sixteen. */
  function inMemory(from: number, to: number, count: number, index: number): number {
    if (!random) {
      kernels.raw.round(count, from, to);
      return count;
    }
    // Groups begin with a block of four random words; the counter's low word must not wrap around on the way.
    const counter = Math.floor(index / 4);
    const whole = count - (count % 16);
    if (index % 4 !== 0 || (counter % 2 ** 32) + whole / 4 > 2 ** 32 || whole === 0) return 0;
    kernels.raw.round(whole, counter | 0, Math.floor(counter / 2 ** 32) | 0, ...keys, from, to);
    return whole;
  }

  /** What lanes left, in plain code. */
  function rest(xs: Float64Array, out: Float64Array, from: number): void {
    if (from < xs.length) out.set(roundArray(xs.slice(from), format, { ...options, index: first + from }), from);
  }

  return {
    road: "lanes",
    reason: random ? "two f64 lanes, sixteen elements a turn" : "two f64 lanes",
    array: (length) => runtime.f64(length),
    dispose: () => runtime.dispose(),
    round(xs, out = new Float64Array(xs.length)) {
      checkRoom(xs, out);
      if (xs.buffer === memory.buffer && out.buffer === memory.buffer) {
        checkApart(xs, out);
        rest(xs, out, inMemory(xs.byteOffset, out.byteOffset, xs.length, first));
        return out;
      }
      for (let from = 0; from < xs.length; from += BLOCK) {
        const count = Math.min(BLOCK, xs.length - from);
        const part = xs.subarray(from, from + count);
        x.set(part);
        const done = inMemory(x.byteOffset, y.byteOffset, count, first + from);
        if (done < count) y.set(roundArray(part.slice(done), format, { ...options, index: first + from + done }), done);
        out.set(count === BLOCK ? y : y.subarray(0, count), from);
      }
      return out;
    },
  };
}
