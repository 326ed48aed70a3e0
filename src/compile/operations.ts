// The operations of the IR as data: for each name, the types it takes and gives. verify, builder and all targets read it.
// Meanings follow WebAssembly (core specification 2.0 with fixed-width SIMD) unless said otherwise at the name.
import type { ArrayType, Element, Lanes, Scalar, Type, ValueType } from "./ir.ts";

/** Shape of lanes: what each is as a scalar, how many, and the type of a comparison's result. */
export const LANES: Record<Lanes, { scalar: Scalar; count: number; bytes: number; mask: Lanes; narrow?: "i8" | "i16" }> = {
  f64x2: { scalar: "f64", count: 2, bytes: 8, mask: "i64x2" },
  f32x4: { scalar: "f32", count: 4, bytes: 4, mask: "i32x4" },
  i64x2: { scalar: "i64", count: 2, bytes: 8, mask: "i64x2" },
  i32x4: { scalar: "i32", count: 4, bytes: 4, mask: "i32x4" },
  i16x8: { scalar: "i32", count: 8, bytes: 2, mask: "i16x8", narrow: "i16" },
  i8x16: { scalar: "i32", count: 16, bytes: 1, mask: "i8x16", narrow: "i8" },
  f64x4: { scalar: "f64", count: 4, bytes: 8, mask: "i64x4" },
  f32x8: { scalar: "f32", count: 8, bytes: 4, mask: "i32x8" },
  i64x4: { scalar: "i64", count: 4, bytes: 8, mask: "i64x4" },
  i32x8: { scalar: "i32", count: 8, bytes: 4, mask: "i32x8" },
  f64x8: { scalar: "f64", count: 8, bytes: 8, mask: "i64x8" },
  f32x16: { scalar: "f32", count: 16, bytes: 4, mask: "i32x16" },
  i64x8: { scalar: "i64", count: 8, bytes: 8, mask: "i64x8" },
  i32x16: { scalar: "i32", count: 16, bytes: 4, mask: "i32x16" },
}; // oxfmt-ignore

export const SCALARS: readonly Scalar[] = ["f64", "f32", "i32", "i64"];

/** Bytes of a whole vector. */
export function widthOf(lanes: Lanes): number {
  return LANES[lanes].count * LANES[lanes].bytes;
}

export function isLanes(type: Type): type is Lanes {
  return type in LANES;
}

export function isScalar(type: Type): type is Scalar {
  return type === "f64" || type === "f32" || type === "i32" || type === "i64";
}

export function isArray(type: Type): type is ArrayType {
  return type.endsWith("[]");
}

/** Base-2 logarithm of the bytes of an element. */
export const ELEMENT_SHIFT: Record<Element, number> = { f64: 3, i64: 3, f32: 2, i32: 2, i16: 1, u16: 1, i8: 0, u8: 0 };

export function elementOf(type: ArrayType): Element {
  return type.slice(0, -2) as Element;
}

/** The scalar that an element is read as. */
export function scalarOf(element: Element): Scalar {
  return element === "f64" || element === "f32" || element === "i64" ? element : "i32";
}

/** Lanes as wide as an element, which may be loaded from and stored to its arrays. */
export function fits(lanes: Lanes, array: ArrayType): boolean {
  return LANES[lanes].bytes === 1 << ELEMENT_SHIFT[elementOf(array)];
}

const FLOAT_UNARY = ["neg", "abs", "sqrt", "floor", "ceil", "trunc", "nearest"] as const;
const COMPARE = ["eq", "ne", "lt", "le", "gt", "ge"] as const;
const COMPARE_UNSIGNED = ["ltu", "leu", "gtu", "geu"] as const;
/** Both operands and the result of one type. */
const BINARY = [
  "add",
  "sub",
  "mul",
  "div",
  "rem",
  "divu",
  "remu",
  /** NaN if either operand is NaN */
  "min",
  "max",
  /** b < a ? b : a and a < b ? b : a */
  "pmin",
  "pmax",
  "minu",
  "maxu",
  "copysign",
  "and",
  "or",
  "xor",
  /** a & ~b */
  "andnot",
  /** saturating, signed and unsigned */
  "addsat",
  "addsatu",
  "subsat",
  "subsatu",
  /** rounded mean of unsigned numbers */
  "avgu",
  /** lanes of a by the indices in b, 0 for those beyond 15 */
  "swizzle",
] as const;
const SHIFTS = ["shl", "shr", "shru", "rotl"] as const;
const OTHERS = [
  /** 1 if the i32 is 0, else 0 */
  "not",
  "clz",
  "ctz",
  "popcnt",
  /** a where the condition holds, else b; both are computed. args [a, b, condition]: an i32, or for lanes a mask of lanes all ones or all zeros. */
  "select",
  /** To another type by value: integers from floats truncate and saturate, NaN gives 0; of lanes with fewer in the result, the lower ones; missing ones are 0. */
  "convert",
  /** The same from or to integers without sign. */
  "convertu",
  /** The same bits as another type of the same width. */
  "bits",
  /** All lanes equal to the scalar. */
  "splat",
  /** Each lane a scalar, in order. */
  "vector",
  /** One lane as a scalar: narrow integers with their sign (`lane`) or without (`laneu`). */
  "lane",
  "laneu",
  /** The lanes with one replaced. */
  "replace",
  "shuffle",
  /** 1 if any bit, all lanes are not zero; the sign bits of the lanes as an integer */
  "any",
  "all",
  "bitmask",
  /** a * b + c and c - a * b, rounded once or twice as the machine likes: accuracy granted for it by the pass that made it. */
  "madd",
  "nmadd",
  /** Integers twice as wide from the lower or upper half of the lanes. */
  "extendLow",
  "extendHigh",
  "extendLowu",
  "extendHighu",
  /** Products twice as wide of the lower or upper halves. */
  "extmulLow",
  "extmulHigh",
  "extmulLowu",
  "extmulHighu",
  /** Sums of neighbours, twice as wide. */
  "extadd",
  "extaddu",
  /** Two vectors to lanes half as wide, saturating to signed and unsigned. */
  "narrow",
  "narrowu",
  /** Sums of two neighbouring products of i16, as i32. */
  "dot",
] as const;

export type OperationName =
  | (typeof FLOAT_UNARY)[number]
  | (typeof COMPARE)[number]
  | (typeof COMPARE_UNSIGNED)[number]
  | (typeof BINARY)[number]
  | (typeof SHIFTS)[number]
  | (typeof OTHERS)[number];

export const operationNames: readonly OperationName[] = [
  ...FLOAT_UNARY,
  ...COMPARE,
  ...COMPARE_UNSIGNED,
  ...BINARY,
  ...SHIFTS,
  ...OTHERS,
];

export type BinaryName = (typeof BINARY)[number];
export type CompareName = (typeof COMPARE)[number] | (typeof COMPARE_UNSIGNED)[number];

const compareNames = new Set<string>([...COMPARE, ...COMPARE_UNSIGNED]);
export function isCompare(op: OperationName): op is CompareName {
  return compareNames.has(op);
}

const INTEGER_SCALARS: readonly ValueType[] = ["i32", "i64"];
const WIDE_LONGS: readonly ValueType[] = ["i64x4", "i64x8"];
const WIDE_INTEGERS: readonly ValueType[] = ["i32x8", "i32x16"];
const FLOATS: readonly ValueType[] = ["f64", "f32", "f64x2", "f32x4", "f64x4", "f32x8", "f64x8", "f32x16"];
const INTEGER_LANES: readonly ValueType[] = ["i64x2", "i32x4", "i16x8", "i8x16", ...WIDE_LONGS, ...WIDE_INTEGERS];
const NARROW_LANES: readonly ValueType[] = ["i16x8", "i8x16"];

/** Types for which an operation with operands and result of one type is there. */
const SAME: Partial<Record<OperationName, readonly ValueType[]>> = {
  neg: [...FLOATS, ...INTEGER_SCALARS, ...INTEGER_LANES],
  abs: [...FLOATS, ...INTEGER_SCALARS, ...INTEGER_LANES],
  sqrt: FLOATS, floor: FLOATS, ceil: FLOATS, trunc: FLOATS, nearest: FLOATS,
  not: ["i32"],
  clz: INTEGER_SCALARS, ctz: INTEGER_SCALARS, popcnt: [...INTEGER_SCALARS, "i8x16"],
  add: [...FLOATS, ...INTEGER_SCALARS, ...INTEGER_LANES],
  sub: [...FLOATS, ...INTEGER_SCALARS, ...INTEGER_LANES],
  mul: [...FLOATS, ...INTEGER_SCALARS, "i64x2", "i32x4", "i16x8", ...WIDE_LONGS, ...WIDE_INTEGERS],
  div: [...FLOATS, ...INTEGER_SCALARS],
  rem: INTEGER_SCALARS, divu: INTEGER_SCALARS, remu: INTEGER_SCALARS,
  min: [...FLOATS, "i32", "i32x4", ...NARROW_LANES, ...WIDE_INTEGERS], max: [...FLOATS, "i32", "i32x4", ...NARROW_LANES, ...WIDE_INTEGERS],
  pmin: FLOATS, pmax: FLOATS,
  minu: ["i32x4", ...NARROW_LANES, ...WIDE_INTEGERS], maxu: ["i32x4", ...NARROW_LANES, ...WIDE_INTEGERS],
  copysign: ["f64", "f32"],
  and: [...INTEGER_SCALARS, ...INTEGER_LANES], or: [...INTEGER_SCALARS, ...INTEGER_LANES],
  xor: [...INTEGER_SCALARS, ...INTEGER_LANES], andnot: INTEGER_LANES,
  addsat: NARROW_LANES, addsatu: NARROW_LANES, subsat: NARROW_LANES, subsatu: NARROW_LANES, avgu: NARROW_LANES,
  swizzle: ["i8x16"],
  madd: FLOATS, nmadd: FLOATS,
}; // oxfmt-ignore

const ARITY: Partial<Record<OperationName, number>> = {
  neg: 1, abs: 1, sqrt: 1, floor: 1, ceil: 1, trunc: 1, nearest: 1, not: 1, clz: 1, ctz: 1, popcnt: 1, madd: 3, nmadd: 3,
}; // oxfmt-ignore

/** Comparisons without sign. */
const UNSIGNED_COMPARE: readonly ValueType[] = [...INTEGER_SCALARS, "i32x4", ...NARROW_LANES, ...WIDE_INTEGERS];

/** Pairs [from, to] of `convert` and `convertu`. */
const CONVERT = new Set(
  [
    "f64<f32", "f64<i32", "f64<i64", "f32<f64", "f32<i32", "f32<i64", "i32<f64", "i32<f32", "i32<i64", "i64<f64", "i64<f32", "i64<i32",
    "f64x2<f32x4", "f32x4<f64x2", "f64x2<i32x4", "i32x4<f64x2", "f32x4<i32x4", "i32x4<f32x4",
    ...[[4, 8], [8, 16]].flatMap(([d, s]) => [
      `f64x${d}<f32x${s}`, `f32x${s}<f64x${d}`, `f64x${d}<i32x${s}`, `i32x${s}<f64x${d}`, `f32x${s}<i32x${s}`, `i32x${s}<f32x${s}`,
    ]),
  ],
); // oxfmt-ignore
const CONVERT_UNSIGNED = new Set([
  "f64<i32", "f64<i64", "f32<i32", "i64<i32", "i32<f64", "i32<f32", "i64<f64", "f64x2<i32x4", "i32x4<f64x2", "f32x4<i32x4", "i32x4<f32x4",
]); // oxfmt-ignore

/** Lanes twice and half as wide. */
export const WIDER: Partial<Record<ValueType, Lanes>> = { i8x16: "i16x8", i16x8: "i32x4", i32x4: "i64x2" };
const NARROWER: Partial<Record<ValueType, Lanes>> = { i16x8: "i8x16", i32x4: "i16x8" };

/**
 * Does the operation, from operands of these types, give `type`? `count` is the number of immediates.
 * This is the whole typing of operations.
 */
export function allowed(
  op: OperationName,
  type: ValueType,
  args: readonly Type[],
  immediate: readonly number[] = [],
): boolean {
  const [a, b, c] = args;
  const same = SAME[op];
  if (same) return args.length === (ARITY[op] ?? 2) && same.includes(type) && args.every((x) => x === type);
  if (isCompare(op)) {
    if (args.length !== 2 || a !== b || isArray(a)) return false;
    if (op.endsWith("u") && !UNSIGNED_COMPARE.includes(a)) return false;
    return isLanes(a) ? type === LANES[a].mask : type === "i32";
  }
  const lanes = a !== undefined && isLanes(a) ? LANES[a] : undefined;
  switch (op) {
    case "shl": case "shr": case "shru":
      return args.length === 2 && a === type && (lanes ? INTEGER_LANES.includes(a as Lanes) && b === "i32" : INTEGER_SCALARS.includes(type) && b === type);
    case "rotl":
      return args.length === 2 && INTEGER_SCALARS.includes(type) && a === type && b === type;
    case "select":
      return args.length === 3 && a === type && b === type && (c === "i32" || (lanes !== undefined && c === lanes.mask));
    case "convert": return args.length === 1 && CONVERT.has(`${type}<${a}`);
    case "convertu": return args.length === 1 && CONVERT_UNSIGNED.has(`${type}<${a}`);
    case "bits":
      return args.length === 1 && a !== type && ((lanes !== undefined && isLanes(type) && widthOf(a as Lanes) === widthOf(type)) || ["f64<i64", "i64<f64", "f32<i32", "i32<f32"].includes(`${type}<${a}`));
    case "splat": return args.length === 1 && isLanes(type) && a === LANES[type].scalar;
    case "vector": return isLanes(type) && args.length === LANES[type].count && args.every((x) => x === LANES[type].scalar);
    case "lane": case "laneu":
      return args.length === 1 && lanes !== undefined && type === lanes.scalar && immediate.length === 1 && immediate[0] >= 0 && immediate[0] < lanes.count && (op === "lane" || lanes.narrow !== undefined);
    case "replace":
      return args.length === 2 && lanes !== undefined && a === type && b === lanes.scalar && immediate.length === 1 && immediate[0] >= 0 && immediate[0] < lanes.count;
    case "shuffle":
      return args.length === 2 && lanes !== undefined && a === type && b === type && immediate.length === lanes.count && immediate.every((k) => Number.isInteger(k) && k >= 0 && k < 2 * lanes.count);
    case "any": case "all": case "bitmask":
      return args.length === 1 && type === "i32" && INTEGER_LANES.includes(a as Lanes);
    case "extendLow": case "extendHigh": case "extendLowu": case "extendHighu":
      return args.length === 1 && WIDER[a as Lanes] === type;
    case "extmulLow": case "extmulHigh": case "extmulLowu": case "extmulHighu":
      return args.length === 2 && a === b && WIDER[a as Lanes] === type;
    case "extadd": case "extaddu":
      return args.length === 1 && type !== "i64x2" && WIDER[a as Lanes] === type;
    case "narrow": case "narrowu":
      return args.length === 2 && a === b && NARROWER[a as Lanes] === type;
    case "dot": return args.length === 2 && a === "i16x8" && b === "i16x8" && type === "i32x4";
    default: return false;
  } // oxfmt-ignore
}
