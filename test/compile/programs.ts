// Generators for tests: random tapes and random structured programs, run on every target alike.
// Integer divisors are never zero and indices are always inside their arrays, so every generated program is defined.
// Only tests import this file.
import {
  abs,
  add,
  and,
  at,
  at2,
  ceil,
  copysign,
  div,
  eq,
  f64,
  floor,
  fn,
  ge,
  i32,
  lane,
  le,
  lt,
  math,
  max,
  min,
  mul,
  ne,
  nearest,
  neg,
  not,
  or,
  pair,
  rem,
  select,
  shl,
  shr,
  shru,
  splat,
  sqrt,
  sub,
  toF64,
  toI32,
  trunc,
  xor,
} from "../../src/compile/builder.ts";
import type { Block } from "../../src/compile/builder.ts";
import { compileProgramSync, type Kernels, type TargetName } from "../../src/compile/kernel.ts";
import type { Expression, Program, Scalar, StructuredFunction, Variable } from "../../src/compile/ir.ts";
import { nativeMissing } from "../../src/compile/targets/c-build.ts";
import { Op, TapeBuilder, type OpCode, type Tape } from "../../src/compile/tape.ts";

export const TARGETS = ["table", "js", "wasm"] as const satisfies readonly TargetName[];

/** The targets with target c, where a compiler and koffi are there; the tests of target c say why they are not. */
export const ALL_TARGETS: readonly TargetName[] = nativeMissing() ? TARGETS : [...TARGETS, "c"];
/** Those that compile structured functions in different ways. */
export const CODE_TARGETS: readonly TargetName[] = ALL_TARGETS.filter((target) => target !== "table");

/** Values at which arithmetic is special. */
export const SPECIAL = [0, -0, 1, -1, 0.5, -0.5, 1.5, 2.5, -2.5, 3, Infinity, -Infinity, NaN, 5e-324, -5e-324, 1.7976931348623157e308, 2147483647, 2147483648, -2147483648, -2147483649, 4503599627370495.5, 4503599627370497, 0.49999999999999994, 1e16] as const; // oxfmt-ignore

const UNARY: readonly OpCode[] = [Op.neg, Op.sqrt, Op.abs, Op.floor, Op.ceil, Op.not];
const BINARY: readonly OpCode[] = [
  Op.add,
  Op.add,
  Op.sub,
  Op.mul,
  Op.mul,
  Op.div,
  Op.min,
  Op.max,
  Op.lt,
  Op.le,
  Op.eq,
  Op.ne,
  Op.and,
  Op.or,
];

/** A stream of choices: numbers in 0 ... 1. */
export type Choose = (count: number) => number;

export function chooser(seed: number): Choose {
  let state = seed >>> 0 || 1;
  return (count) => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) % count;
  };
}

/**
 * A random tape of `length` instructions over 2 scalars, 2 read arrays of 8 and a written one of `stores` elements.
 * `calls: false`: without functions of the function table, which differ between C and JavaScript in the last bits.
 */
export function randomTape(seed: number, length: number, near = 1000, { calls = true, name = "t" } = {}): Tape {
  const choose = chooser(seed);
  const stores = Math.max(4, Math.ceil(length / 4));
  const tape = new TapeBuilder(
    name,
    ["p", "q"],
    [
      { name: "x", length: 8, access: "read" },
      { name: "z", length: 8, access: "read" },
      { name: "out", length: stores, access: "write" },
    ],
  );
  const values: number[] = [tape.emit(Op.scalar, 0), tape.emit(Op.scalar, 1), tape.load(0, 0), tape.constant(-1)];
  const pick = (): number => values[Math.max(0, values.length - 1 - choose(Math.min(near, values.length)))];
  let stored = 0;
  while (tape.length < length) {
    const kind = choose(20);
    if (kind === 0) values.push(tape.constant(SPECIAL[choose(SPECIAL.length)]));
    else if (kind < 3) values.push(tape.load(choose(2), choose(8)));
    else if (kind === 3) values.push(tape.emit(Op.scalar, choose(2)));
    else if (kind < 6) values.push(tape.emit(UNARY[choose(UNARY.length)], pick()));
    else if (kind === 6) values.push(tape.emit(Op.select, pick(), pick(), pick()));
    else if (kind === 7 && calls)
      values.push(
        choose(2)
          ? tape.call(["exp", "sin", "tanh"][choose(3)], pick())
          : tape.call(["pow", "atan2", "hypot"][choose(3)], pick(), pick()),
      );
    else if (kind < 11) tape.store(pick(), 2, choose(2) ? stored++ % stores : choose(stores));
    else values.push(tape.emit(BINARY[choose(BINARY.length)], pick(), pick()));
  }
  tape.store(values.at(-1)!, 2, 0);
  return tape.build();
}

/**
 * A random function over an f64 and an i32, arrays of 16 elements, with loops, branches, locals, pairs of lanes and a view.
 * `calls: false`: without functions of the function table.
 */
export function randomFunction(
  seed: number,
  name = "f",
  callees: readonly StructuredFunction[] = [],
  { calls = true } = {},
): StructuredFunction {
  const choose = chooser(seed);
  return fn(name, { a: "f64", n: "i32", x: "f64[]", j: "i32[]" }, "f64", ({ a, n, x, j }, k) => {
    const floats: Variable<Scalar>[] = [k.let("u", a), k.let("w", f64(SPECIAL[choose(SPECIAL.length)]))];
    const integers: Variable<Scalar>[] = [k.let("p", n), k.let("r", i32(choose(100) - 50))];
    const twos = [k.let2("v", SPECIAL[choose(SPECIAL.length)]), k.let2("z", pair(a, 3))];
    /** x from its element 4 on, now and then from elsewhere between 0 and 8. */
    const view = k.view("view", x, 4);
    const readable: Variable<Scalar>[] = [];
    const index = (): Expression => {
      if (readable.length > 0 && choose(2)) return readable[choose(readable.length)];
      return and(integer(1), 15);
    };
    const shifted = (): Expression => (choose(3) === 0 ? add(min(max(integer(0), 0), 7), choose(9)) : index());
    const float = (depth: number): Expression => {
      if (depth === 0)
        return choose(4) === 0
          ? f64(SPECIAL[choose(SPECIAL.length)])
          : choose(2)
            ? floats[choose(floats.length)]
            : choose(4) === 0
              ? at(view, choose(8))
              : at(x, shifted());
      const d = depth - 1;
      switch (choose(14)) {
        case 12: case 13: return lane(lanes(d), choose(2) as 0 | 1);
        case 0: return select(integer(d), float(d), float(d));
        case 1: return toF64(integer(d));
        case 2: return calls ? math(["sin", "exp", "cbrt"][choose(3)], float(d)) : sqrt(float(d));
        case 3: return calls ? math("pow", float(d), float(d)) : mul(float(d), float(d));
        case 4: return [neg, abs, sqrt, floor, ceil, trunc, nearest][choose(7)](float(d));
        case 5: return [min, max, copysign][choose(3)](float(d), float(d));
        default: return [add, sub, mul, div][choose(4)](float(d), float(d));
      } // oxfmt-ignore
    };
    const lanes = (depth: number): Expression => {
      const d = depth - 1;
      switch (choose(depth === 0 ? 4 : 8)) {
        case 0: return twos[choose(2)];
        case 1: return at2(x, min(and(integer(0), 15), 14));
        case 2: return at2(view, choose(7));
        case 3: return splat(choose(2) ? at(x, index()) : float(0));
        case 4: return pair(float(d), float(d));
        default: return [add, sub, mul, div][choose(4)](lanes(d), choose(3) ? lanes(d) : float(d));
      } // oxfmt-ignore
    };
    const integer = (depth: number): Expression => {
      if (depth === 0)
        return choose(3) === 0
          ? i32([0, 1, -1, 31, 2147483647, -2147483648][choose(6)])
          : choose(2)
            ? integers[choose(integers.length)]
            : at(j, shifted0());
      const d = depth - 1;
      switch (choose(8)) {
        case 0: return [lt, le, eq, ne, ge][choose(5)](float(d), float(d));
        case 1: return [lt, le, eq, ne, ge][choose(5)](integer(d), integer(d));
        case 2: return toI32(float(d));
        case 3: return [neg, abs, not][choose(3)](integer(d));
        case 4: return choose(2) ? rem(integer(d), i32([3, -1, 7][choose(3)])) : div(integer(d), i32([3, 5, -7][choose(3)]));
        case 5: return select(integer(d), integer(d), integer(d));
        default: return [add, sub, mul, and, or, xor, shl, shr, shru, min, max][choose(11)](integer(d), integer(d));
      } // oxfmt-ignore
    };
    const shifted0 = (): Expression => and(integers[choose(integers.length)], 15);
    const statement = (block: Block, depth: number, looping: boolean): void => {
      const kind = choose(17);
      if (kind === 12 || kind === 13) block.set(twos[choose(2)], lanes(3));
      else if (kind === 14) block.store(x, min(and(integer(1), 15), 14), lanes(2));
      else if (kind === 15) block.store(view, choose(7), choose(2) ? lanes(2) : float(2));
      else if (kind === 16) {
        block.move(view, x, and(integer(1), 7));
      } else if (kind < 3) block.set(floats[choose(floats.length)], float(3));
      else if (kind < 5) block.set(integers[choose(integers.length)], integer(3));
      else if (kind === 5) block.store(x, shifted(), float(2));
      else if (kind === 6) block.store(j, index(), integer(2));
      else if (kind === 7 && callees.length > 0)
        block.set(floats[0], {
          kind: "call",
          type: "f64",
          callee: callees[choose(callees.length)],
          args: [float(1), integer(1), x, j],
        });
      else if (kind === 8 && looping) block.if(integer(1), () => block.break());
      else if (depth > 0 && kind < 10) {
        const down = choose(3) === 0;
        block.for("i", down ? 15 : choose(4), down ? choose(4) - 1 : 4 + choose(12), (i) => {
          readable.push(i);
          statement(block, depth - 1, true);
          if (choose(2)) statement(block, depth - 1, true);
          readable.pop();
        }, down ? -1 - choose(3) : 1 + choose(3)); // oxfmt-ignore
      } else if (depth > 0 && kind === 10) {
        const left = block.let("left", i32(1 + choose(5)));
        block.while(ne(left, 0), () => {
          block.set(left, sub(left, 1));
          statement(block, depth - 1, true);
        });
      } else if (depth > 0)
        block.if(
          integer(2),
          () => statement(block, depth - 1, looping),
          choose(2) ? () => statement(block, depth - 1, looping) : undefined,
        );
    };
    const count = 3 + choose(6);
    for (let s = 0; s < count; s++) statement(k, 3, false);
    const rest = add(lane(add(twos[0], twos[1]), 0), lane(mul(twos[0], twos[1]), 1));
    k.return(add(add(add(floats[0], floats[1]), rest), toF64(add(integers[0], integers[1]))));
  });
}

/** Compiles for one target and gives the kernels with a clean-up. */
export function withKernels<R>(program: Program, target: TargetName, use: (k: Kernels) => R, chunkNodes?: number): R {
  const kernels = compileProgramSync(program, { target, chunkNodes });
  try {
    return use(kernels);
  } finally {
    kernels.dispose();
  }
}
