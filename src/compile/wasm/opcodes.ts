// WebAssembly opcodes and type codes used by the encoder, as data.
// Source: WebAssembly core specification 2.0, binary format (https://webassembly.github.io/spec/core/binary/instructions.html).
// Left out: what the IR has no operation for (tables, references, bulk memory, exceptions).

export const ValueType = { i32: 0x7f, i64: 0x7e, f32: 0x7d, f64: 0x7c, v128: 0x7b } as const;
export type ValueTypeName = keyof typeof ValueType;

/** Block type of blocks without parameters and results. */
export const EMPTY_BLOCK = 0x40;

/** One-byte opcodes; immediates are written by the caller. */
export const I = {
  unreachable: 0x00,
  block: 0x02,
  loop: 0x03,
  if: 0x04,
  else: 0x05,
  end: 0x0b,
  br: 0x0c,
  br_if: 0x0d,
  return: 0x0f,
  call: 0x10,
  drop: 0x1a,
  select: 0x1b,
  local_get: 0x20,
  local_set: 0x21,
  global_set: 0x24,
  local_tee: 0x22,
  i32_load: 0x28,
  f64_load: 0x2b,
  i32_store: 0x36,
  f64_store: 0x39,
  i32_const: 0x41,
  i64_const: 0x42,
  f32_const: 0x43,
  f64_const: 0x44,
  i32_eqz: 0x45,
  i32_eq: 0x46,
  i32_ne: 0x47,
  i32_lt_s: 0x48,
  i32_gt_s: 0x4a,
  i32_le_s: 0x4c,
  i32_ge_s: 0x4e,
  f64_eq: 0x61,
  f64_ne: 0x62,
  f64_lt: 0x63,
  f64_gt: 0x64,
  f64_le: 0x65,
  f64_ge: 0x66,
  i32_add: 0x6a,
  i32_sub: 0x6b,
  i32_mul: 0x6c,
  i32_div_s: 0x6d,
  i32_rem_s: 0x6f,
  i32_and: 0x71,
  i32_or: 0x72,
  i32_xor: 0x73,
  i32_shl: 0x74,
  i32_shr_s: 0x75,
  i32_shr_u: 0x76,
  f32_copysign: 0x98,
  f64_abs: 0x99,
  f64_neg: 0x9a,
  f64_ceil: 0x9b,
  f64_floor: 0x9c,
  f64_trunc: 0x9d,
  f64_nearest: 0x9e,
  f64_sqrt: 0x9f,
  f64_add: 0xa0,
  f64_sub: 0xa1,
  f64_mul: 0xa2,
  f64_div: 0xa3,
  f64_min: 0xa4,
  f64_max: 0xa5,
  f64_copysign: 0xa6,
  f64_convert_i32_s: 0xb7,
} as const;

/** Loads and stores by element; narrow integers are read as i32. */
export const MEMORY = {
  load: { f64: 0x2b, f32: 0x2a, i64: 0x29, i32: 0x28, i16: 0x2e, u16: 0x2f, i8: 0x2c, u8: 0x2d },
  store: { f64: 0x39, f32: 0x38, i64: 0x37, i32: 0x36, i16: 0x3b, u16: 0x3b, i8: 0x3a, u8: 0x3a },
} as const;

/** Operations of scalars: "operand type.operation", and "conversion.to<from". */
export const SCALAR_OPS: Readonly<Record<string, number>> = {
  "i32.not": 0x45, "i32.eq": 0x46, "i32.ne": 0x47, "i32.lt": 0x48, "i32.ltu": 0x49, "i32.gt": 0x4a, "i32.gtu": 0x4b,
  "i32.le": 0x4c, "i32.leu": 0x4d, "i32.ge": 0x4e, "i32.geu": 0x4f, "i64.eq": 0x51, "i64.ne": 0x52, "i64.lt": 0x53,
  "i64.ltu": 0x54, "i64.gt": 0x55, "i64.gtu": 0x56, "i64.le": 0x57, "i64.leu": 0x58, "i64.ge": 0x59, "i64.geu": 0x5a,
  "f32.eq": 0x5b, "f32.ne": 0x5c, "f32.lt": 0x5d, "f32.gt": 0x5e, "f32.le": 0x5f, "f32.ge": 0x60, "f64.eq": 0x61,
  "f64.ne": 0x62, "f64.lt": 0x63, "f64.gt": 0x64, "f64.le": 0x65, "f64.ge": 0x66, "i32.clz": 0x67, "i32.ctz": 0x68,
  "i32.popcnt": 0x69, "i32.add": 0x6a, "i32.sub": 0x6b, "i32.mul": 0x6c, "i32.div": 0x6d, "i32.divu": 0x6e,
  "i32.rem": 0x6f, "i32.remu": 0x70, "i32.and": 0x71, "i32.or": 0x72, "i32.xor": 0x73, "i32.shl": 0x74,
  "i32.shr": 0x75, "i32.shru": 0x76, "i32.rotl": 0x77, "i64.clz": 0x79, "i64.ctz": 0x7a, "i64.popcnt": 0x7b,
  "i64.add": 0x7c, "i64.sub": 0x7d, "i64.mul": 0x7e, "i64.div": 0x7f, "i64.divu": 0x80, "i64.rem": 0x81,
  "i64.remu": 0x82, "i64.and": 0x83, "i64.or": 0x84, "i64.xor": 0x85, "i64.shl": 0x86, "i64.shr": 0x87,
  "i64.shru": 0x88, "i64.rotl": 0x89, "f32.abs": 0x8b, "f32.neg": 0x8c, "f32.ceil": 0x8d, "f32.floor": 0x8e,
  "f32.trunc": 0x8f, "f32.nearest": 0x90, "f32.sqrt": 0x91, "f32.add": 0x92, "f32.sub": 0x93, "f32.mul": 0x94,
  "f32.div": 0x95, "f32.min": 0x96, "f32.max": 0x97, "f64.abs": 0x99, "f64.neg": 0x9a, "f64.ceil": 0x9b,
  "f64.floor": 0x9c, "f64.trunc": 0x9d, "f64.nearest": 0x9e, "f64.sqrt": 0x9f, "f64.add": 0xa0, "f64.sub": 0xa1,
  "f64.mul": 0xa2, "f64.div": 0xa3, "f64.min": 0xa4, "f64.max": 0xa5, "convert.i32<i64": 0xa7,
  "convert.i64<i32": 0xac, "convert.f32<i32": 0xb2, "convert.f32<i64": 0xb4, "convert.f32<f64": 0xb6,
  "convert.f64<i32": 0xb7, "convert.f64<i64": 0xb9, "convert.f64<f32": 0xbb, "convertu.i64<i32": 0xad,
  "convertu.f32<i32": 0xb3, "convertu.f64<i32": 0xb8, "convertu.f64<i64": 0xba, "bits.i32<f32": 0xbc,
  "bits.i64<f64": 0xbd, "bits.f32<i32": 0xbe, "bits.f64<i64": 0xbf,
}; // oxfmt-ignore

/** Conversions after the prefix 0xfc. */
export const TRUNCATIONS: Readonly<Record<string, number>> = {
  "convert.i32<f32": 0, "convertu.i32<f32": 1, "convert.i32<f64": 2, "convertu.i32<f64": 3, "convert.i64<f32": 4,
  "convert.i64<f64": 6, "convertu.i64<f64": 7,
}; // oxfmt-ignore

/** Operations after the prefix 0xfd: "lanes.operation" (of narrow and extend the result's lanes), and conversions. */
export const LANE_OPS: Readonly<Record<string, number>> = {
  "i8x16.splat": 15, "i16x8.splat": 0x10, "i32x4.splat": 0x11, "i64x2.splat": 0x12, "f32x4.splat": 0x13,
  "f64x2.splat": 0x14, "i8x16.swizzle": 14, "i8x16.lane": 0x15, "i8x16.laneu": 0x16, "i8x16.replace": 0x17,
  "i16x8.lane": 0x18, "i16x8.laneu": 0x19, "i16x8.replace": 0x1a, "i32x4.lane": 0x1b, "i32x4.replace": 0x1c,
  "i64x2.lane": 0x1d, "i64x2.replace": 0x1e, "f32x4.lane": 0x1f, "f32x4.replace": 0x20, "f64x2.lane": 0x21,
  "f64x2.replace": 0x22, "i8x16.eq": 0x23, "i8x16.ne": 0x24, "i8x16.lt": 0x25, "i8x16.ltu": 0x26, "i8x16.gt": 0x27,
  "i8x16.gtu": 0x28, "i8x16.le": 0x29, "i8x16.leu": 0x2a, "i8x16.ge": 0x2b, "i8x16.geu": 0x2c, "i16x8.eq": 0x2d,
  "i16x8.ne": 0x2e, "i16x8.lt": 0x2f, "i16x8.ltu": 0x30, "i16x8.gt": 0x31, "i16x8.gtu": 0x32, "i16x8.le": 0x33,
  "i16x8.leu": 0x34, "i16x8.ge": 0x35, "i16x8.geu": 0x36, "i32x4.eq": 0x37, "i32x4.ne": 0x38, "i32x4.lt": 0x39,
  "i32x4.ltu": 0x3a, "i32x4.gt": 0x3b, "i32x4.gtu": 0x3c, "i32x4.le": 0x3d, "i32x4.leu": 0x3e, "i32x4.ge": 0x3f,
  "i32x4.geu": 0x40, "f32x4.eq": 0x41, "f32x4.ne": 0x42, "f32x4.lt": 0x43, "f32x4.gt": 0x44, "f32x4.le": 0x45,
  "f32x4.ge": 0x46, "f64x2.eq": 0x47, "f64x2.ne": 0x48, "f64x2.lt": 0x49, "f64x2.gt": 0x4a, "f64x2.le": 0x4b,
  "f64x2.ge": 0x4c, "i64x2.eq": 0xd6, "i64x2.ne": 0xd7, "i64x2.lt": 0xd8, "i64x2.gt": 0xd9, "i64x2.le": 0xda,
  "i64x2.ge": 0xdb, "i8x16.abs": 0x60, "i8x16.neg": 0x61, "i8x16.popcnt": 0x62, "i8x16.all": 0x63,
  "i8x16.bitmask": 0x64, "i8x16.narrow": 0x65, "i8x16.narrowu": 0x66, "f32x4.ceil": 0x67, "f32x4.floor": 0x68,
  "f32x4.trunc": 0x69, "f32x4.nearest": 0x6a, "f64x2.ceil": 0x74, "f64x2.floor": 0x75, "f64x2.trunc": 0x7a,
  "f64x2.nearest": 0x94, "i8x16.shl": 0x6b, "i8x16.shr": 0x6c, "i8x16.shru": 0x6d, "i8x16.add": 0x6e,
  "i8x16.addsat": 0x6f, "i8x16.addsatu": 0x70, "i8x16.sub": 0x71, "i8x16.subsat": 0x72, "i8x16.subsatu": 0x73,
  "i8x16.min": 0x76, "i8x16.minu": 0x77, "i8x16.max": 0x78, "i8x16.maxu": 0x79, "i8x16.avgu": 0x7b,
  "i16x8.extadd": 0x7c, "i16x8.extaddu": 0x7d, "i32x4.extadd": 0x7e, "i32x4.extaddu": 0x7f, "i16x8.abs": 0x80,
  "i16x8.neg": 0x81, "i16x8.all": 0x83, "i16x8.bitmask": 0x84, "i16x8.narrow": 0x85, "i16x8.narrowu": 0x86,
  "i16x8.extendLow": 0x87, "i16x8.extendHigh": 0x88, "i16x8.extendLowu": 0x89, "i16x8.extendHighu": 0x8a,
  "i16x8.shl": 0x8b, "i16x8.shr": 0x8c, "i16x8.shru": 0x8d, "i16x8.add": 0x8e, "i16x8.addsat": 0x8f,
  "i16x8.addsatu": 0x90, "i16x8.sub": 0x91, "i16x8.subsat": 0x92, "i16x8.subsatu": 0x93, "i16x8.mul": 0x95,
  "i16x8.min": 0x96, "i16x8.minu": 0x97, "i16x8.max": 0x98, "i16x8.maxu": 0x99, "i16x8.avgu": 0x9b,
  "i16x8.extmulLow": 0x9c, "i16x8.extmulHigh": 0x9d, "i16x8.extmulLowu": 0x9e, "i16x8.extmulHighu": 0x9f,
  "i32x4.abs": 0xa0, "i32x4.neg": 0xa1, "i32x4.all": 0xa3, "i32x4.bitmask": 0xa4, "i32x4.extendLow": 0xa7,
  "i32x4.extendHigh": 0xa8, "i32x4.extendLowu": 0xa9, "i32x4.extendHighu": 0xaa, "i32x4.shl": 0xab, "i32x4.shr": 0xac,
  "i32x4.shru": 0xad, "i32x4.add": 0xae, "i32x4.sub": 0xb1, "i32x4.mul": 0xb5, "i32x4.min": 0xb6, "i32x4.minu": 0xb7,
  "i32x4.max": 0xb8, "i32x4.maxu": 0xb9, "i32x4.dot": 0xba, "i32x4.extmulLow": 0xbc, "i32x4.extmulHigh": 0xbd,
  "i32x4.extmulLowu": 0xbe, "i32x4.extmulHighu": 0xbf, "i64x2.abs": 0xc0, "i64x2.neg": 0xc1, "i64x2.all": 0xc3,
  "i64x2.bitmask": 0xc4, "i64x2.extendLow": 0xc7, "i64x2.extendHigh": 0xc8, "i64x2.extendLowu": 0xc9,
  "i64x2.extendHighu": 0xca, "i64x2.shl": 0xcb, "i64x2.shr": 0xcc, "i64x2.shru": 0xcd, "i64x2.add": 0xce,
  "i64x2.sub": 0xd1, "i64x2.mul": 0xd5, "i64x2.extmulLow": 0xdc, "i64x2.extmulHigh": 0xdd, "i64x2.extmulLowu": 0xde,
  "i64x2.extmulHighu": 0xdf, "f32x4.abs": 0xe0, "f32x4.neg": 0xe1, "f32x4.sqrt": 0xe3, "f32x4.add": 0xe4,
  "f32x4.sub": 0xe5, "f32x4.mul": 0xe6, "f32x4.div": 0xe7, "f32x4.min": 0xe8, "f32x4.max": 0xe9, "f32x4.pmin": 0xea,
  "f32x4.pmax": 0xeb, "f64x2.abs": 0xec, "f64x2.neg": 0xed, "f64x2.sqrt": 0xef, "f64x2.add": 0xf0, "f64x2.sub": 0xf1,
  "f64x2.mul": 0xf2, "f64x2.div": 0xf3, "f64x2.min": 0xf4, "f64x2.max": 0xf5, "f64x2.pmin": 0xf6, "f64x2.pmax": 0xf7,
  "convert.i32x4<f32x4": 0xf8, "convertu.i32x4<f32x4": 0xf9, "convert.f32x4<i32x4": 0xfa,
  "convertu.f32x4<i32x4": 0xfb, "convert.i32x4<f64x2": 0xfc, "convertu.i32x4<f64x2": 0xfd,
  "convert.f64x2<i32x4": 0xfe, "convertu.f64x2<i32x4": 0xff, "convert.f32x4<f64x2": 0x5e, "convert.f64x2<f32x4": 0x5f,
  "i8x16.relaxedSwizzle": 0x100, "f32x4.madd": 0x105, "f32x4.nmadd": 0x106, "f64x2.madd": 0x107, "f64x2.nmadd": 0x108, "i64x2.and": 0x4e,
  "i64x2.andnot": 0x4f, "i64x2.or": 0x50, "i64x2.xor": 0x51, "i64x2.any": 0x53, "i32x4.and": 0x4e,
  "i32x4.andnot": 0x4f, "i32x4.or": 0x50, "i32x4.xor": 0x51, "i32x4.any": 0x53, "i16x8.and": 0x4e,
  "i16x8.andnot": 0x4f, "i16x8.or": 0x50, "i16x8.xor": 0x51, "i16x8.any": 0x53, "i8x16.and": 0x4e,
  "i8x16.andnot": 0x4f, "i8x16.or": 0x50, "i8x16.xor": 0x51, "i8x16.any": 0x53,
}; // oxfmt-ignore

/** SIMD opcodes that are not operations of one type. */
export const SIMD = {
  v128_load: 0x00,
  v128_store: 0x0b,
  v128_const: 0x0c,
  i8x16_shuffle: 0x0d,
  v128_load64_zero: 0x5d,
  v128_bitselect: 0x52,
} as const;

/** Loads of one element into all lanes, by the bytes of a lane. */
export const LOAD_SPLAT: Readonly<Record<number, number>> = { 1: 0x07, 2: 0x08, 4: 0x09, 8: 0x0a };
