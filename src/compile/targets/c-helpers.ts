// Helpers of generated C source: the operations of the IR that C lacks or leaves undefined, as small inline functions named
// TYPE_OPERATION (`i32_add` wraps, `f64_min` hands on NaN, `i32_convert_f64` saturates). Only those used are written.
// Meanings are those of operations.ts. Most operations of lanes are loops over the lanes, which compilers turn into one instruction.
// Left out: intrinsics of one machine.
import type { Element, Lanes, Scalar } from "../ir.ts";
import { isCompare, LANES, type OperationName, widthOf } from "../operations.ts";

export const C_TYPES: Record<Element, string> = {
  f64: "double", f32: "float", i64: "int64_t", i32: "int32_t", i16: "int16_t", u16: "uint16_t", i8: "int8_t", u8: "uint8_t",
}; // oxfmt-ignore

/** Functions of the table in C: those of <math.h>, and helpers where JavaScript's Math differs or has more. */
export const C_MATH: Readonly<Record<string, { readonly arity: number; readonly helper?: string }>> = {
  exp: { arity: 1 }, expm1: { arity: 1 }, log: { arity: 1 }, log1p: { arity: 1 }, log2: { arity: 1 }, log10: { arity: 1 },
  sin: { arity: 1 }, cos: { arity: 1 }, tan: { arity: 1 }, asin: { arity: 1 }, acos: { arity: 1 }, atan: { arity: 1 }, atan2: { arity: 2 },
  sinh: { arity: 1 }, cosh: { arity: 1 }, tanh: { arity: 1 }, asinh: { arity: 1 }, acosh: { arity: 1 }, atanh: { arity: 1 },
  cbrt: { arity: 1 }, hypot: { arity: 2 }, trunc: { arity: 1 },
  /** NaN for an exponent that is NaN, and for 1 and -1 to an infinite one */
  pow: { arity: 2, helper: "return isnan(y) || (isinf(y) && fabs(x) == 1) ? (double)NAN : pow(x, y);" },
  sign: { arity: 1, helper: "return x > 0 ? 1.0 : x < 0 ? -1.0 : x;" },
  /** halves upwards */
  round: { arity: 1, helper: "const double r = floor(x);\n  return x - r >= 0.5 ? copysign(r + 1, x) : r;" },
  cot: { arity: 1, helper: "return 1 / tan(x);" },
  sec: { arity: 1, helper: "return 1 / cos(x);" },
  csc: { arity: 1, helper: "return 1 / sin(x);" },
  mod: { arity: 2, helper: "return x - y * floor(x / y);" },
}; // oxfmt-ignore

const LIMITS: Record<"i32" | "i64", { bits: number; mask: string; low: string; high: string; unsigned: string }> = {
  i32: { bits: 32, mask: "31", low: "INT32_MIN", high: "INT32_MAX", unsigned: "UINT32_MAX" },
  i64: { bits: 64, mask: "63", low: "INT64_MIN", high: "INT64_MAX", unsigned: "UINT64_MAX" },
};

const RELATION: Partial<Record<string, string>> = { eq: "==", ne: "!=", lt: "<", le: "<=", gt: ">", ge: ">=" };
const INFIX: Partial<Record<string, string>> = { add: "+", sub: "-", mul: "*", and: "&", or: "|", xor: "^" };

/** The helpers in use, in an order in which each comes after those it calls. */
export class Helpers {
  readonly #texts = new Map<string, string[]>();
  readonly #stop: (why: string) => string;
  readonly #fused: boolean;

  /** `stop` gives the C call that ends the program for a reason; `fused`: multiply-add may round once. */
  constructor(stop: (why: string) => string, fused: boolean) {
    this.#stop = stop;
    this.#fused = fused;
  }

  lines(): string[] {
    return [...this.#texts.values()].flat();
  }

  /** Are lanes in use? */
  get lanes(): boolean {
    return [...this.#texts.keys()].some((name) => name in LANES);
  }

  /** The name of a vector type, declared. */
  vector(lanes: Lanes): string {
    const { bytes } = LANES[lanes];
    if (!this.#texts.has(lanes)) {
      const integer = lanes.startsWith("i");
      const width = `__attribute__((vector_size(${widthOf(lanes)})))`;
      const lines = ["", `typedef ${vectorElement(lanes)} ${lanes} ${width};`];
      if (integer) lines.push(`typedef uint${8 * bytes}_t u${lanes.slice(1)} ${width};`);
      this.#texts.set(lanes, lines);
    }
    return lanes;
  }

  /** The helper's name; it is written if it was not yet. */
  use(name: string): string {
    if (this.#texts.has(name)) return name;
    const cut = name.indexOf("_");
    const type = name.slice(0, cut);
    const rest = name.slice(cut + 1);
    const lines =
      type === "math" ? this.#math(rest) : type in LANES ? this.#lanes(type as Lanes, rest) : this.#scalar(type as Scalar, rest); // oxfmt-ignore
    this.#texts.set(name, ["", ...lines]);
    return name;
  }

  #math(name: string): string[] {
    const { arity, helper } = C_MATH[name];
    return define("double", `math_${name}`, arity === 1 ? "double x" : "double x, double y", helper!);
  }

  #scalar(type: Scalar, rest: string): string[] {
    const t = C_TYPES[type];
    const name = `${type}_${rest}`;
    const one = `${t} a`;
    const two = `${t} a, ${t} b`;
    const three = `${two}, ${t} c`;
    const [op, from] = rest.split("_") as [OperationName | "choose", Scalar | "fine" | undefined];
    if (op === "choose") return define(t, name, `${two}, int32_t c`, "return c != 0 ? a : b;");
    if (RELATION[op]) return define("int32_t", name, two, `return a ${RELATION[op]} b;`);
    if (type === "f64" || type === "f32") {
      const f = type === "f32" ? "f" : "";
      switch (op) {
        case "min": return define(t, name, two, `return a < b ? a : b < a ? b : a == b ? (signbit(a) ? a : b) : a + b;`);
        case "max": return define(t, name, two, `return a < b ? b : b < a ? a : a == b ? (signbit(a) ? b : a) : a + b;`);
        case "pmin": return define(t, name, two, "return b < a ? b : a;");
        case "pmax": return define(t, name, two, "return a < b ? b : a;");
        case "copysign": return define(t, name, two, `return isnan(b) ? fabs${f}(a) : copysign${f}(a, b);`);
        case "madd": case "nmadd": {
          const [fused, plain] = op === "madd" ? [`fma${f}(a, b, c)`, "a * b + c"] : [`fma${f}(-a, b, c)`, "c - a * b"];
          if (!this.#fused) return define(t, name, three, `return ${plain};`);
          return [`static inline ${t} ${name}(${three})`, "{", `#if defined(FP_FAST_FMA${f.toUpperCase()})`, `  return ${fused};`, "#else", `  return ${plain};`, "#endif", "}"];
        }
        case "bits": {
          const source = C_TYPES[from as Scalar];
          return define(t, name, `${source} a`, `${t} r;\n  memcpy(&r, &a, sizeof r);\n  return r;`);
        }
        case "convert": return define(t, name, `${C_TYPES[from as Scalar]} a`, `return (${t})a;`);
        default: return define(t, name, `${C_TYPES[from as Scalar]} a`, `return (${t})(u${C_TYPES[from as Scalar]})a;`);
      } // oxfmt-ignore
    }
    const { bits, mask, low, high, unsigned } = LIMITS[type];
    const u = `uint${bits}_t`;
    const byZero = (): string => `if (b == 0) ${this.#stop("integer division by zero")};`;
    switch (op) {
      case "add": case "sub": case "mul": return define(t, name, two, `return (${t})((${u})a ${INFIX[op]} (${u})b);`);
      case "neg": return define(t, name, one, `return (${t})(0 - (${u})a);`);
      case "abs": return define(t, name, one, `return a < 0 ? (${t})(0 - (${u})a) : a;`);
      case "div": return define(t, name, two, `${byZero()}\n  if (b == -1 && a == ${low}) ${this.#stop("integer overflow in division")};\n  return a / b;`);
      case "rem": return define(t, name, two, `${byZero()}\n  return b == -1 ? 0 : a % b;`);
      case "divu": case "remu": return define(t, name, two, `${from === "fine" ? "" : `${byZero()}\n  `}return (${t})((${u})a ${op === "divu" ? "/" : "%"} (${u})b);`);
      case "min": return define(t, name, two, "return a < b ? a : b;");
      case "max": return define(t, name, two, "return a < b ? b : a;");
      case "ltu": return define("int32_t", name, two, `return (${u})a < (${u})b;`);
      case "leu": return define("int32_t", name, two, `return (${u})a <= (${u})b;`);
      case "gtu": return define("int32_t", name, two, `return (${u})a > (${u})b;`);
      case "geu": return define("int32_t", name, two, `return (${u})a >= (${u})b;`);
      case "shl": return define(t, name, two, `return (${t})((${u})a << (b & ${mask}));`);
      case "shr": return define(t, name, two, `return a >> (b & ${mask});`);
      case "shru": return define(t, name, two, `return (${t})((${u})a >> (b & ${mask}));`);
      case "rotl": return define(t, name, two, `return (${t})((${u})a << (b & ${mask}) | (${u})a >> (-(${u})b & ${mask}));`);
      case "popcnt": {
        const ones = bits === 32 ? ["0x55555555u", "0x33333333u", "0x0f0f0f0fu", "0x01010101u"] : ["0x5555555555555555u", "0x3333333333333333u", "0x0f0f0f0f0f0f0f0fu", "0x0101010101010101u"];
        return define(t, name, one, `${u} x = (${u})a;\n  x -= x >> 1 & ${ones[0]};\n  x = (x & ${ones[1]}) + (x >> 2 & ${ones[1]});\n  x = (x + (x >> 4)) & ${ones[2]};\n  return (${t})(x * ${ones[3]} >> ${bits - 8});`);
      }
      case "clz": {
        const spread = [1, 2, 4, 8, 16, 32].filter((k) => k < bits).map((k) => `x |= x >> ${k};`).join(" ");
        return define(t, name, one, `${u} x = (${u})a;\n  ${spread}\n  return ${this.use(`${type}_popcnt`)}((${t})~x);`);
      }
      case "ctz": return define(t, name, one, `const ${u} x = (${u})a;\n  return ${this.use(`${type}_popcnt`)}((${t})(~x & (x - 1)));`);
      case "bits": return define(t, name, `${C_TYPES[from as Scalar]} a`, `${t} r;\n  memcpy(&r, &a, sizeof r);\n  return r;`);
      case "convert":
        if (from === "i32" || from === "i64") return define(t, name, `${C_TYPES[from]} a`, `return (${t})a;`);
        return define(t, name, `${C_TYPES[from as Scalar]} a`, bits === 32
          ? `const double x = a;\n  return x != x ? 0 : x <= -2147483648.0 ? ${low} : x >= 2147483647.0 ? ${high} : (${t})x;`
          : `const double x = a;\n  return x != x ? 0 : x <= -9223372036854775808.0 ? ${low} : x >= 9223372036854775808.0 ? ${high} : (${t})x;`);
      default:
        if (from === "i32") return define(t, name, "int32_t a", `return (${t})(uint32_t)a;`);
        return define(t, name, `${C_TYPES[from as Scalar]} a`, `const double x = a;\n  return (${t})(!(x > 0) ? 0 : x >= ${bits === 32 ? "4294967295.0" : "18446744073709551616.0"} ? ${unsigned} : (${u})x);`);
    } // oxfmt-ignore
  }

  #lanes(type: Lanes, rest: string): string[] {
    const v = this.vector(type);
    const name = `${type}_${rest}`;
    const { count, bytes, scalar, mask, narrow } = LANES[type];
    const element = vectorElement(type);
    const float = scalar === "f64" || scalar === "f32";
    const uv = `u${type.slice(1)}`;
    const ue = `uint${8 * bytes}_t`;
    const [word, from] = rest.split("_") as [
      OperationName | "load" | "loadhalf" | "store" | "choose",
      Lanes | undefined,
    ];
    const one = `${v} a`;
    const two = `${v} a, ${v} b`;
    /** r[k] = text for every lane; `text` may use a, b, c and k. */
    const loop = (result: string, parameters: string, text: string, lanes = count): string[] =>
      define(result, name, parameters, `${result} r = {0};\n  for (int k = 0; k < ${lanes}; k++) r[k] = ${text};\n  return r;`); // oxfmt-ignore
    const reduce = (start: string, text: string): string[] =>
      define("int32_t", name, one, `int32_t r = ${start};\n  for (int k = 0; k < ${count}; k++) ${text}\n  return r;`);
    if (word === "shuffle") {
      const chosen = rest.split("_").slice(1).map(Number);
      const unused = [chosen.every((k) => k >= count) ? "  (void)a;\n" : "", chosen.every((k) => k < count) ? "  (void)b;\n" : ""].join(""); // oxfmt-ignore
      return define(v, name, two, `${unused.trimStart()}${unused ? "  " : ""}return (${v}){${chosen.map((k) => (k < count ? `a[${k}]` : `b[${k - count}]`)).join(", ")}};`); // oxfmt-ignore
    }
    if (isCompare(word as OperationName)) {
      const plain = word.endsWith("u") && word !== "eq" ? word.slice(0, -1) : word;
      const cast = plain === word ? "" : `(${uv})`;
      return define(this.vector(mask), name, two, `return (${mask})(${cast}a ${RELATION[plain]} ${cast}b);`);
    }
    switch (word) {
      case "load": return define(v, name, "const void *p", `${v} r;\n  memcpy(&r, p, sizeof r);\n  return r;`);
      case "loadhalf": return define(v, name, "const void *p", `${v} r = {0};\n  memcpy(&r, p, ${widthOf(type) / 2});\n  return r;`);
      case "store": return define("void", name, `void *p, ${v} a`, "memcpy(p, &a, sizeof a);");
      case "choose": return define(v, name, `${two}, int32_t c`, "return c != 0 ? a : b;");
      case "select": return define(v, name, `${two}, ${this.vector(mask)} c`, `return (${v})(((${mask})a & c) | ((${mask})b & ~c));`);
      case "splat": return define(v, name, `${C_TYPES[scalar]} a`, `const ${element} x = (${element})a;\n  return (${v}){${Array.from({ length: count }, () => "x").join(", ")}};`);
      case "lane": return define(C_TYPES[scalar], name, `${v} a, int k`, "return a[k];");
      case "laneu": return define("int32_t", name, `${v} a, int k`, `return (${ue})a[k];`);
      case "replace": return define(v, name, `${v} a, ${C_TYPES[scalar]} b, int k`, `a[k] = (${element})b;\n  return a;`);
      case "any": return reduce("0", "r |= a[k] != 0;");
      case "all": return reduce("1", "r &= a[k] != 0;");
      case "bitmask": return reduce("0", "r |= (int32_t)((uint32_t)(a[k] < 0) << k);");
      case "neg": return float ? define(v, name, one, "return -a;") : define(v, name, one, `return (${v})(-(${uv})a);`);
      case "andnot": return define(v, name, two, "return a & ~b;");
      case "and": case "or": case "xor": return define(v, name, two, `return a ${INFIX[word]} b;`);
      case "add": case "sub": case "mul": return define(v, name, two, `return (${v})((${uv})a ${INFIX[word]} (${uv})b);`);
      case "shl": return define(v, name, `${v} a, int32_t b`, `return (${v})((${uv})a << (b & ${8 * bytes - 1}));`);
      case "shr": return define(v, name, `${v} a, int32_t b`, `return a >> (b & ${8 * bytes - 1});`);
      case "shru": return define(v, name, `${v} a, int32_t b`, `return (${v})((${uv})a >> (b & ${8 * bytes - 1}));`);
      case "abs":
        if (float) return loop(v, one, `fabs${scalar === "f32" ? "f" : ""}(a[k])`);
        return loop(v, one, `(${element})(a[k] < 0 ? (${ue})(0 - (${ue})a[k]) : (${ue})a[k])`);
      case "sqrt": case "floor": case "ceil": case "trunc": return loop(v, one, `${word}${scalar === "f32" ? "f" : ""}(a[k])`);
      case "nearest": return loop(v, one, `rint${scalar === "f32" ? "f" : ""}(a[k])`);
      case "min": case "max":
        if (float) return loop(v, two, `${this.use(`${scalar}_${word}`)}(a[k], b[k])`);
        return loop(v, two, `${word === "min" ? "a[k] < b[k]" : "b[k] < a[k]"} ? a[k] : b[k]`);
      case "pmin": case "pmax": {
        const m = this.vector(mask);
        return define(v, name, two, `const ${m} c = (${m})(${word === "pmin" ? "b < a" : "a < b"});\n  return (${v})(((${m})b & c) | ((${m})a & ~c));`);
      }
      case "minu": return loop(v, two, `(${ue})a[k] < (${ue})b[k] ? a[k] : b[k]`);
      case "maxu": return loop(v, two, `(${ue})b[k] < (${ue})a[k] ? a[k] : b[k]`);
      case "madd": case "nmadd": {
        const each = loop(v, `${two}, ${v} c`, `${this.use(`${scalar}_${word}`)}(a[k], b[k], c[k])`);
        if (!this.#fused) return each;
        // gcc makes single multiply-adds of this loop, with the lanes taken apart and put together around them.
        const width = 8 * widthOf(type);
        const [m, end] = scalar === "f64" ? [`__m${width}d`, "pd"] : [`__m${width}`, "ps"];
        const whole = `  return (${v})_mm${width === 128 ? "" : width}_${word === "madd" ? "fmadd" : "fnmadd"}_${end}((${m})a, (${m})b, (${m})c);`;
        const [head, open, ...rest] = each;
        const has = `#if defined(${width === 512 ? "__AVX512F__" : "__FMA__"})`;
        return [has, "#include <immintrin.h>", "#endif", head, open, has, whole, "#else", ...rest.slice(0, -1), "#endif", "}"];
      }
      case "popcnt": return loop(v, one, `(${element})${this.use("i32_popcnt")}((${ue})a[k])`);
      case "avgu": return loop(v, two, `(${element})(((${ue})a[k] + (${ue})b[k] + 1) >> 1)`);
      case "swizzle": return loop(v, two, "(uint8_t)b[k] < 16 ? a[b[k]] : 0");
      case "addsat": case "subsat": case "addsatu": case "subsatu": {
        const u = word.endsWith("u");
        const top = 8 * bytes;
        const [low, high] = u ? [0, 2 ** top - 1] : [-(2 ** (top - 1)), 2 ** (top - 1) - 1];
        const x = u ? `(${ue})` : "";
        const body = `${v} r = {0};\n  for (int k = 0; k < ${count}; k++) {\n    const int x = ${x}a[k] ${word.startsWith("add") ? "+" : "-"} ${x}b[k];\n    r[k] = (${element})(x < ${low} ? ${low} : x > ${high} ? ${high} : x);\n  }\n  return r;`;
        return define(v, name, two, body);
      }
      case "narrow": case "narrowu": {
        const source: Lanes = type === "i8x16" ? "i16x8" : "i32x4";
        const top = 8 * bytes;
        const [low, high] = word === "narrowu" ? [0, 2 ** top - 1] : [-(2 ** (top - 1)), 2 ** (top - 1) - 1];
        const s = this.vector(source);
        return define(v, name, `${s} a, ${s} b`, `${v} r = {0};\n  for (int k = 0; k < ${count}; k++) {\n    const int32_t x = k < ${count / 2} ? a[k] : b[k - ${count / 2}];\n    r[k] = (${element})(x < ${low} ? ${low} : x > ${high} ? ${high} : x);\n  }\n  return r;`);
      }
      case "extendLow": case "extendHigh": case "extendLowu": case "extendHighu":
      case "extmulLow": case "extmulHigh": case "extmulLowu": case "extmulHighu": case "extadd": case "extaddu": {
        const source = HALF_AS_WIDE[type]!;
        const s = this.vector(source);
        const cast = word.endsWith("u") ? `(uint${4 * bytes}_t)` : "";
        // Arithmetic in the unsigned type of the result, or int if that is wider: it wraps.
        const wide = (x: string): string => bytes === 2 ? `(int)${cast}${x}` : `(${ue})(${element})${cast}${x}`;
        const at = word.includes("High") ? `k + ${count}` : "k";
        const text = word.startsWith("extend") ? wide(`a[${at}]`)
          : word.startsWith("extmul") ? `${bytes === 2 ? "(unsigned)" : ""}${wide(`a[${at}]`)} * ${bytes === 2 ? "(unsigned)" : ""}${wide(`b[${at}]`)}`
          : `${wide("a[2 * k]")} + ${wide("a[2 * k + 1]")}`;
        return loop(v, word.startsWith("extmul") ? `${s} a, ${s} b` : `${s} a`, `(${element})(${text})`);
      }
      case "dot": {
        const s = this.vector("i16x8");
        const product = (k: string): string => `(uint32_t)((int32_t)a[${k}] * b[${k}])`;
        return loop(v, `${s} a, ${s} b`, `(int32_t)(${product("2 * k")} + ${product("2 * k + 1")})`);
      }
      case "convert": case "convertu": {
        const source = from!;
        const lanes = Math.min(count, LANES[source].count);
        return loop(v, `${this.vector(source)} a`, `${this.use(`${scalar}_${word}_${LANES[source].scalar}`)}(a[k])`, lanes);
      }
      default: throw new Error(`no helper ${name}${narrow ?? ""}`);
    } // oxfmt-ignore
  }
}

const HALF_AS_WIDE: Partial<Record<Lanes, Lanes>> = { i16x8: "i8x16", i32x4: "i16x8", i64x2: "i32x4" };

function vectorElement(lanes: Lanes): string {
  const { bytes, scalar } = LANES[lanes];
  return scalar === "f64" ? "double" : scalar === "f32" ? "float" : `int${8 * bytes}_t`;
}

function define(result: string, name: string, parameters: string, body: string): string[] {
  return [`static inline ${result} ${name}(${parameters})`, "{", ...`  ${body}`.split("\n"), "}"];
}
