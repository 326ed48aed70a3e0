// Target wgsl: a function that is one loop of independent turns (passes/independent.ts) as a WebGPU compute shader. Turns become
// invocations, arrays storage buffers, scalars a uniform buffer; what cannot be shown independent is refused.
// WGSL lets a compiler assume that there are no NaNs and infinities, and regroup or fuse what is exact in real numbers, which
// undoes reductions of arguments. So the bits of every floating-point result pass an exclusive or with a uniform that holds 0:
// no compiler can see through it. Comparisons, minima, rounding and conversions work on bits; quotients and square roots, which
// WGSL allows to be 2.5 units off, are corrected in integers. What remains open in WGSL: the rounding mode (nearest on all known
// machines) and numbers below 2^-126, which may become 0. Design and measurements: docs/decisions/0117-target-wgsl.md.
// Left out: reductions, f64 and i64, stores of narrow integers, workgroup memory, functions of the function table.
import { Failure } from "../../base/index.ts";
import type { ArrayType, Element, Expression, Operation, Program, ProgramFunction, Statement, StructuredFunction, Variable } from "../ir.ts"; // oxfmt-ignore
import { elementOf, isArray, type OperationName } from "../operations.ts";
import { checkBounds } from "../passes/bounds.ts";
import { independentLoop, type IndependentLoop } from "../passes/independent.ts";
import { scalarise } from "../passes/scalarise.ts";
import { assigned, callees, mapExpression, visitBody, visitExpression } from "../shape.ts";
import { verify } from "../verify.ts";

export interface WgslOptions {
  /** The function; default: the only one that no other calls. */
  readonly name?: string;
}

/** An array of a shader. */
export interface WgslArray {
  readonly name: string;
  readonly element: Element;
  readonly binding: number;
  readonly access: "read" | "read_write";
  readonly parameter: Variable<ArrayType>;
}

/** A compute shader and what its caller must know. */
export interface WgslSource {
  readonly text: string;
  readonly name: string;
  readonly entry: string;
  /** Invocations of a workgroup, along x. */
  readonly workgroup: number;
  /** Parameters in the order of a call. */
  readonly parameters: readonly Variable[];
  /** Scalars in the uniform buffer (binding 0), 4 bytes each, in this order; two zeros follow them. */
  readonly scalars: readonly { readonly name: string; readonly type: "f32" | "i32" }[];
  readonly arrays: readonly WgslArray[];
  /** Why the program may stop: binding 1 then holds 0 or the number of a reason, from 1. Empty if it cannot. */
  readonly stops: readonly string[];
  /** Turns of the loop for these values of the scalars. */
  turns(scalars: ReadonlyMap<string, number>): number;
}

const WORKGROUP = 64;

function unsupported(f: string, what: string, hint?: string): never {
  throw new Failure("unsupported", `function ${f} has no WGSL form: ${what}`, { hint });
}

/** Helpers by name: text, and the helpers it calls. */
const HELPERS: Record<string, { needs?: readonly string[]; text: string }> = {
  kept: { text: "fn kept(x: f32) -> f32 { return bitcast<f32>(bitcast<u32>(x) ^ s.zero); }" },
  another: { text: "fn another(x: f32) -> f32 { return bitcast<f32>(bitcast<u32>(x) ^ s.nought); }" },
  wordOf: { text: "fn wordOf(x: u32) -> f32 { return bitcast<f32>(x ^ s.zero); }" },
  isNan: { text: "fn isNan(x: f32) -> bool { return (bitcast<u32>(x) & 0x7fffffffu) > 0x7f800000u; }" },
  rank: {
    text: `fn rank(x: f32) -> i32 {
  let b = bitcast<i32>(x);
  return select(b, -(b & 0x7fffffffi), b < 0);
}`,
  },
  less: {
    needs: ["isNan", "rank"],
    text: "fn less(a: f32, b: f32) -> bool { return !isNan(a) && !isNan(b) && rank(a) < rank(b); }",
  },
  atMost: {
    needs: ["isNan", "rank"],
    text: "fn atMost(a: f32, b: f32) -> bool { return !isNan(a) && !isNan(b) && rank(a) <= rank(b); }",
  },
  same: {
    needs: ["isNan", "rank"],
    text: "fn same(a: f32, b: f32) -> bool { return !isNan(a) && !isNan(b) && rank(a) == rank(b); }",
  },
  least: {
    needs: ["isNan", "rank", "wordOf"],
    text: `fn least(a: f32, b: f32) -> f32 {
  if (isNan(a) || isNan(b)) { return wordOf(0x7fc00000u); }
  if (rank(a) == rank(b)) { return wordOf(bitcast<u32>(a) | bitcast<u32>(b)); }
  return select(b, a, rank(a) < rank(b));
}`,
  },
  greatest: {
    needs: ["isNan", "rank", "wordOf"],
    text: `fn greatest(a: f32, b: f32) -> f32 {
  if (isNan(a) || isNan(b)) { return wordOf(0x7fc00000u); }
  if (rank(a) == rank(b)) { return wordOf(bitcast<u32>(a) & bitcast<u32>(b)); }
  return select(a, b, rank(a) < rank(b));
}`,
  },
  signed: {
    needs: ["isNan", "wordOf"],
    text: `fn signed(a: f32, b: f32) -> f32 {
  let sign = select(bitcast<u32>(b) & 0x80000000u, 0u, isNan(b));
  return wordOf((bitcast<u32>(a) & 0x7fffffffu) | sign);
}`,
  },
  // From 2^23 on every number is whole; the sign of a zero is that of x.
  whole: {
    needs: ["wordOf"],
    text: `fn whole(x: f32, r: f32) -> f32 {
  let b = bitcast<u32>(x);
  return wordOf(select((bitcast<u32>(r) & 0x7fffffffu) | (b & 0x80000000u), b, (b & 0x7fffffffu) >= 0x4b000000u));
}`,
  },
  quotient: {
    needs: ["kept", "isNan", "wordOf"],
    text: `fn quotient(a: f32, b: f32) -> f32 {
  let ua = bitcast<u32>(a);
  let ub = bitcast<u32>(b);
  let sign = (ua ^ ub) & 0x80000000u;
  let ea = (ua >> 23u) & 255u;
  let eb = (ub >> 23u) & 255u;
  let za = (ua & 0x7fffffffu) == 0u;
  let zb = (ub & 0x7fffffffu) == 0u;
  if (ea == 255u || eb == 255u || za || zb) {
    if (isNan(a) || isNan(b) || (za && zb) || (ea == 255u && eb == 255u)) { return wordOf(0x7fc00000u); }
    return wordOf(select(sign, sign | 0x7f800000u, zb || ea == 255u));
  }
  let ma = (ua & 0x7fffffu) | 0x800000u;
  let mb = (ub & 0x7fffffu) | 0x800000u;
  let up = select(0u, 1u, ma < mb);
  let e = i32(ea) - i32(eb) + 127i - i32(up);
  if (e > 254i) { return wordOf(sign | 0x7f800000u); }
  if (ea == 0u || eb == 0u || e < 1i) { return kept(a / b); }
  // Some units off at most; what remains of the division, modulo 2^32, tells by how many.
  var q = u32(kept(f32(ma << up) / f32(mb)) * 8388608.0f);
  var r = bitcast<i32>((ma << (23u + up)) - q * mb);
  let off = i32(floor(kept(f32(r) / f32(mb))));
  q += bitcast<u32>(off);
  r -= off * i32(mb);
  let one = select(0i, 1i, r >= i32(mb)) - select(0i, 1i, r < 0i);
  q += bitcast<u32>(one);
  r -= one * i32(mb);
  q += select(0u, 1u, 2i * r > i32(mb));
  return wordOf(sign | ((u32(e) << 23u) + (q - 0x800000u)));
}`,
  },
  root: {
    needs: ["kept", "isNan", "wordOf"],
    text: `fn root(x: f32) -> f32 {
  let u = bitcast<u32>(x);
  if ((u & 0x7fffffffu) == 0u || u == 0x7f800000u) { return x; }
  if (isNan(x) || u >= 0x80000000u) { return wordOf(0x7fc00000u); }
  if (u < 0x800000u) { return kept(sqrt(x)); }
  let e = i32(u >> 23u) - 127i;
  let odd = u32(e & 1i);
  let m = ((u & 0x7fffffu) | 0x800000u) << odd;
  var q = u32(kept(sqrt(f32(m) * 0x1p-23f)) * 8388608.0f);
  var r = bitcast<i32>((m << 23u) - q * q);
  // Newton's step from some units off, then at most one more.
  let off = i32(floor(kept(f32(r) / f32(2u * q))));
  r -= off * i32(2u * q) + off * off;
  q += bitcast<u32>(off);
  if (r < 0i) { q -= 1u; r += i32(2u * q + 1u); } else if (r > i32(2u * q)) { r -= i32(2u * q + 1u); q += 1u; }
  q += select(0u, 1u, r > i32(q));
  return wordOf((u32((e - i32(odd)) / 2i + 127i) << 23u) + (q - 0x800000u));
}`,
  },
  // Rounded here, because some drivers do not round conversions of large numbers to the nearest.
  fromUnsigned: {
    needs: ["wordOf"],
    text: `fn fromUnsigned(x: u32) -> f32 {
  if (x == 0u) { return wordOf(0u); }
  let zeros = countLeadingZeros(x);
  let m = x << zeros;
  let q = m >> 8u;
  let rest = m & 255u;
  let up = select(0u, 1u, rest > 128u || (rest == 128u && (q & 1u) == 1u));
  return wordOf(((158u - zeros) << 23u) + (q + up - 0x800000u));
}`,
  },
  fromInteger: {
    needs: ["fromUnsigned", "wordOf"],
    text: `fn fromInteger(x: i32) -> f32 {
  let sign = bitcast<u32>(x) & 0x80000000u;
  return wordOf(sign | bitcast<u32>(fromUnsigned(select(bitcast<u32>(x), 0u - bitcast<u32>(x), x < 0i))));
}`,
  },
  toInteger: {
    needs: ["isNan", "rank"],
    text: `fn toInteger(x: f32) -> i32 {
  if (isNan(x)) { return 0i; }
  if (rank(x) >= 0x4f000000i) { return 0x7fffffffi; }
  if (rank(x) <= -0x4f000000i) { return i32(-2147483648); }
  return i32(x);
}`,
  },
  toUnsigned: {
    needs: ["isNan", "rank"],
    text: `fn toUnsigned(x: f32) -> i32 {
  if (isNan(x) || rank(x) <= 0i) { return 0i; }
  if (rank(x) >= 0x4f800000i) { return -1i; }
  return bitcast<i32>(u32(x));
}`,
  },
};

/** Helpers that stop the program, with the number of their reason put in. */
const DIVISION = {
  div: (zero: number, overflow: number) => `fn divided(a: i32, b: i32) -> i32 {
  if (b == 0i) { stop(${zero}u); return 0i; }
  if (b == -1i && a == i32(-2147483648)) { stop(${overflow}u); return 0i; }
  return a / b;
}`,
  rem: (zero: number) => `fn remainder(a: i32, b: i32) -> i32 {
  if (b == 0i) { stop(${zero}u); return 0i; }
  if (b == -1i) { return 0i; }
  return a % b;
}`,
  divu: (zero: number) => `fn dividedUnsigned(a: i32, b: i32) -> i32 {
  if (b == 0i) { stop(${zero}u); return 0i; }
  return bitcast<i32>(bitcast<u32>(a) / bitcast<u32>(b));
}`,
  remu: (zero: number) => `fn remainderUnsigned(a: i32, b: i32) -> i32 {
  if (b == 0i) { stop(${zero}u); return 0i; }
  return bitcast<i32>(bitcast<u32>(a) % bitcast<u32>(b));
}`,
};
const DIVISION_NAME = { div: "divided", rem: "remainder", divu: "dividedUnsigned", remu: "remainderUnsigned" } as const;

/** Writes one function as a compute shader. Fails (unsupported) on what has no WGSL form, naming it. */
export function emitWgsl(program: Program, options: WgslOptions = {}): WgslSource {
  verify(program);
  const checked = checkBounds(scalarise(program));
  return new Emitter(chosen(checked, options.name)).run();
}

function chosen(program: Program, name: string | undefined): StructuredFunction {
  const called = new Set<ProgramFunction>();
  for (const f of program.functions) if (f.kind === "structured") for (const g of callees(f)) called.add(g);
  const candidates = program.functions.filter((f) => (name === undefined ? !called.has(f) : f.name === name));
  if (candidates.length !== 1)
    throw new Failure("usage", name === undefined ? `program ${program.name} has ${candidates.length} functions that no other calls; say which one` : `program ${program.name} has no function ${name}`); // oxfmt-ignore
  const [f] = candidates;
  return f.kind === "structured" ? f : unsupported(f.name, "it is a tape in f64");
}

/** The value of an i32 expression of scalar parameters, wrapping; undefined where it cannot be computed here. */
function evaluate(e: Expression, values: ReadonlyMap<string, number>): number | undefined {
  if (e.kind === "constant") return Number(e.value) | 0;
  if (e.kind === "variable") return values.get(e.name);
  if (e.kind !== "operation" || e.type !== "i32") return undefined;
  const [a, b] = e.args.map((x) => (x.type === "i32" ? evaluate(x, values) : undefined));
  if (a === undefined || (e.args.length > 1 && b === undefined)) return undefined;
  switch (e.op) {
    case "add": return (a + b!) | 0;
    case "sub": return (a - b!) | 0;
    case "mul": return Math.imul(a, b!);
    case "shl": return a << b!;
    case "shr": return a >> b!;
    case "shru": return (a >>> b!) | 0;
    case "and": return a & b!;
    case "min": return Math.min(a, b!);
    case "max": return Math.max(a, b!);
    case "neg": return -a | 0;
    default: return undefined;
  } // oxfmt-ignore
}

const COMPARE: Partial<Record<OperationName, string>> = { eq: "==", ne: "!=", lt: "<", le: "<=", gt: ">", ge: ">=", ltu: "<", leu: "<=", gtu: ">", geu: ">=" }; // oxfmt-ignore
const INFIX: Partial<Record<OperationName, string>> = { add: "+", sub: "-", mul: "*", and: "&", or: "|", xor: "^" };

/** An f32 literal that is read back exactly; zeros and what is not a normal number are put together by the shader. */
function literal(value: number): string | undefined {
  const size = Math.abs(value);
  if (!(size >= 2 ** -126 && size < 2 ** 128)) return undefined;
  if (Number.isInteger(value * 1024) && size < 2 ** 20) {
    const text = Number.isInteger(value) ? `${value}.0f` : `${value}f`;
    return value < 0 ? `(${text})` : text;
  }
  const e = Math.floor(Math.log2(size));
  const exponent = size / 2 ** e >= 2 ? e + 1 : size / 2 ** e < 1 ? e - 1 : e;
  const digits = Math.round((size / 2 ** exponent - 1) * 2 ** 24).toString(16).padStart(6, "0").replace(/0+$/, ""); // oxfmt-ignore
  const text = `0x1${digits === "" ? "" : `.${digits}`}p${exponent}f`;
  return value < 0 ? `(-${text})` : text;
}

const scratch = new DataView(new ArrayBuffer(4));
function bitsOf(value: number): number {
  scratch.setFloat32(0, value);
  return scratch.getUint32(0);
}

class Emitter {
  readonly #f: StructuredFunction;
  readonly #names = new Map<Variable | ProgramFunction, string>();
  readonly #taken = new Set<string>();
  readonly #helpers = new Set<string>();
  readonly #divisions = new Map<string, string>();
  readonly #stops: string[] = [];
  readonly #functions = new Map<ProgramFunction, string>();
  #views: IndependentLoop["root"] = (v) => v;
  #out: string[] = [];
  #limits = 0;
  /** What `return` says in the function at hand. */
  #fallback = "";

  constructor(f: StructuredFunction) {
    this.#f = f;
  }

  run(): WgslSource {
    const f = this.#f;
    // What no shader can hold is named before how the function loops.
    this.#refuseTypes(f);
    const found = independentLoop(f);
    if ("why" in found) unsupported(f.name, found.why, "its body must be one loop over independent elements");
    const { before, loop, written, root } = found as IndependentLoop;
    this.#views = root;
    const scalars = f.parameters.filter((p) => !isArray(p.type)) as Variable<"f32" | "i32">[];
    const turns = this.#turns(before, loop, scalars);
    this.#locals(f);
    for (const s of before) this.#statement(s, "  ");
    this.#out.push(`  let first = ${this.#expression(loop.from)};`);
    this.#out.push(`  let last = ${this.#expression(loop.to)};`);
    this.#out.push(`  let turn = (group.y * groups.x + group.x) * ${WORKGROUP}u + local;`);
    this.#out.push("  if (last <= first || turn >= bitcast<u32>(last - first)) { return; }");
    this.#out.push(`  ${this.#name(loop.target)} = first + bitcast<i32>(turn);`);
    for (const s of loop.body) this.#statement(s, "  ");
    const body = this.#out;
    const arrays = f.parameters
      .filter((p) => isArray(p.type))
      .map((parameter, k): WgslArray => {
        const p = parameter as Variable<ArrayType>;
        const element = elementOf(p.type);
        const access = written.has(p) ? "read_write" : "read";
        if (access === "read_write" && element !== "f32" && element !== "i32")
          unsupported(f.name, `it stores to ${p.name}, an ${p.type}; only f32[] and i32[] can be written`);
        return { name: p.name, element, binding: k + 2, access, parameter: p };
      });
    const text = [
      `// ${f.name}(${f.parameters.map((p) => `${p.name}: ${p.type}`).join(", ")}), written by Calculemus.`,
      "struct Scalars {",
      ...scalars.map((p) => `  ${this.#name(p)}: ${p.type},`),
      "  zero: u32,",
      "  nought: u32,",
      "}",
      "@group(0) @binding(0) var<uniform> s: Scalars;",
      ...(this.#stops.length > 0 ? ["@group(0) @binding(1) var<storage, read_write> stopped: atomic<u32>;"] : []),
      ...arrays.map(({ parameter, binding, access, element }) => `@group(0) @binding(${binding}) var<storage, ${access}> ${this.#name(parameter)}: array<${element === "f32" || element === "i32" ? element : "u32"}>;`), // oxfmt-ignore
      "",
      ...(this.#stops.length > 0 ? ["fn stop(why: u32) { atomicMax(&stopped, why); }"] : []),
      ...Object.keys(HELPERS).filter((name) => this.#helpers.has(name)).map((name) => HELPERS[name].text),
      ...this.#divisions.values(),
      ...this.#functions.values(),
      "",
      `@compute @workgroup_size(${WORKGROUP})`,
      "fn main(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) local: u32) {",
      ...body,
      "}",
      "",
    ].join("\n"); // oxfmt-ignore
    return {
      text,
      name: f.name,
      entry: "main",
      workgroup: WORKGROUP,
      parameters: f.parameters,
      scalars: scalars.map(({ name, type }) => ({ name, type })),
      arrays,
      stops: this.#stops,
      turns,
    };
  }

  #refuseTypes(f: StructuredFunction): void {
    for (const p of f.parameters)
      if (/^[fi]64/.test(p.type)) unsupported(f.name, `the parameter ${p.name} is ${p.type}, and WGSL has no 64-bit numbers`, "use f32 and i32"); // oxfmt-ignore
    if (f.result?.endsWith("64")) unsupported(f.name, `its result is ${f.result}`);
    const look = (e: Expression): void =>
      visitExpression(e, (x) => {
        if (x.kind === "math")
          unsupported(f.name, `it calls the function ${x.name} of the function table`, "expand it with a library that has f32 code for it (expandMath)"); // oxfmt-ignore
        if (/^[fi]64/.test(x.type)) unsupported(f.name, `it computes in ${x.type}, and WGSL has no 64-bit numbers`, "use f32 and i32"); // oxfmt-ignore
      });
    visitBody(f.body, (s) => {
      if ("value" in s && s.value) look(s.value);
      if ("index" in s) look(s.index);
      if ("offset" in s) look(s.offset);
      if ("condition" in s) look(s.condition);
      if (s.kind === "for") [s.from, s.to].forEach(look);
      if (s.kind === "do") unsupported(f.name, `it calls ${s.callee.name} for its effect`);
    });
  }

  /** Number of turns from the scalars; locals before the loop are seen through. */
  #turns(
    before: readonly Statement[],
    loop: IndependentLoop["loop"],
    scalars: readonly Variable[],
  ): WgslSource["turns"] {
    const values = new Map<Variable, Expression>();
    const counts = new Map<Variable, number>();
    visitBody(before, (s) => void (s.kind === "set" && counts.set(s.target, (counts.get(s.target) ?? 0) + 1)));
    const plain = (e: Expression): Expression =>
      mapExpression(e, (x) => (x.kind === "variable" ? (values.get(x) ?? x) : x));
    for (const s of before) if (s.kind === "set" && counts.get(s.target) === 1) values.set(s.target, plain(s.value));
    const [from, to] = [plain(loop.from), plain(loop.to)];
    const changed = scalars.some((p) => counts.has(p));
    const probe = new Map(scalars.map((p) => [p.name, 1]));
    if (changed || evaluate(from, probe) === undefined || evaluate(to, probe) === undefined)
      unsupported(this.#f.name, `the bounds of its loop over ${loop.target.name} are not integer expressions of its parameters`); // oxfmt-ignore
    return (given) => Math.max(0, evaluate(to, given)! - evaluate(from, given)!);
  }

  /** Names end in "_" or "_" and a number, as no reserved word and no helper does. */
  #name(v: Variable | ProgramFunction): string {
    let known = this.#names.get(v);
    if (known) return known;
    const base = v.name.replaceAll(/\W/g, "_").replace(/^(?=[\d_])/, "v").replace(/_*$/, "_"); // oxfmt-ignore
    known = base;
    for (let k = 1; this.#taken.has(known); k++) known = `${base}${k}`;
    this.#taken.add(known);
    this.#names.set(v, known);
    return known;
  }

  /** Scalar parameters are copied if the body sets them; the rest of what it sets is declared. */
  #locals(f: StructuredFunction): void {
    for (const v of f.parameters) this.#name(v);
    for (const v of assigned(f)) {
      if (f.parameters.includes(v)) unsupported(f.name, `it sets its parameter ${v.name}`);
      this.#out.push(`  var ${this.#name(v)}: ${isArray(v.type) ? "i32" : v.type};`);
    }
  }

  #helper(name: string): string {
    this.#helpers.add(name);
    for (const other of HELPERS[name].needs ?? []) this.#helpers.add(other);
    return name;
  }

  #stop(why: string): number {
    const at = this.#stops.indexOf(why);
    return at < 0 ? this.#stops.push(why) : at + 1;
  }

  #statements(list: readonly Statement[], indent: string): void {
    for (const s of list) this.#statement(s, indent);
  }

  #statement(s: Statement, indent: string): void {
    const put = (line: string): void => void this.#out.push(indent + line);
    switch (s.kind) {
      case "set":
        put(`${this.#name(s.target)} = ${this.#expression(s.value)};`);
        return;
      case "view":
        put(`${this.#name(s.target)} = ${this.#place(s.array, s.offset)};`);
        return;
      case "store":
        put(`${this.#name(this.#views(s.array))}[${this.#place(s.array, s.index)}] = ${this.#expression(s.value)};`);
        return;
      case "for": {
        const limit = `limit${this.#limits++}`;
        const t = this.#name(s.target);
        put(`let ${limit} = ${this.#expression(s.to)};`);
        put(`for (${t} = ${this.#expression(s.from)}; ${t} ${s.step > 0 ? "<" : ">"} ${limit}; ${t} += ${this.#integer(s.step)}) {`); // oxfmt-ignore
        this.#statements(s.body, `${indent}  `);
        put("}");
        return;
      }
      case "while":
        put(`while (${this.#condition(s.condition)}) {`);
        this.#statements(s.body, `${indent}  `);
        put("}");
        return;
      case "if":
        put(`if (${this.#condition(s.condition)}) {`);
        this.#statements(s.body, `${indent}  `);
        if (s.otherwise.length > 0) {
          put("} else {");
          this.#statements(s.otherwise, `${indent}  `);
        }
        put("}");
        return;
      case "break":
        put("break;");
        return;
      case "return":
        put(s.value ? `return ${this.#expression(s.value)};` : "return;");
        return;
      case "trap":
        put(`stop(${this.#stop(s.why)}u);`);
        put(`return${this.#fallback};`);
        return;
      case "do":
        unsupported(this.#f.name, `it calls ${s.callee.name} for its effect`);
    }
  }

  /** An element's number in its buffer. */
  #place(array: Variable, index: Expression): string {
    const at = this.#expression(index);
    return this.#views(array) === array ? at : `(${this.#name(array)} + ${at})`;
  }

  #integer(value: number): string {
    return value === -2147483648 ? "i32(-2147483648)" : `${value < 0 ? `(${value}i)` : `${value}i`}`;
  }

  #constant(e: Expression & { kind: "constant" }): string {
    if (e.type === "i32") return this.#integer(e.value);
    const value = e.value as number;
    return literal(value) ?? `${this.#helper("wordOf")}(0x${bitsOf(value).toString(16)}u)`;
  }

  /** A condition as a bool. */
  #condition(e: Expression): string {
    if (e.kind === "operation") {
      const sign = COMPARE[e.op];
      if (sign) {
        const [a, b] = this.#operands(e);
        if (e.args[0].type === "f32") return this.#compared(e.op, a, b);
        return e.op.endsWith("u") ? `(bitcast<u32>(${a}) ${sign} bitcast<u32>(${b}))` : `(${a} ${sign} ${b})`;
      }
      if (e.op === "not") return `!${this.#condition(e.args[0])}`;
    }
    return `(${this.#expression(e)} != 0i)`;
  }

  #compared(op: OperationName, a: string, b: string): string {
    switch (op) {
      case "lt": return `${this.#helper("less")}(${a}, ${b})`;
      case "gt": return `${this.#helper("less")}(${b}, ${a})`;
      case "le": return `${this.#helper("atMost")}(${a}, ${b})`;
      case "ge": return `${this.#helper("atMost")}(${b}, ${a})`;
      case "eq": return `${this.#helper("same")}(${a}, ${b})`;
      default: return `!${this.#helper("same")}(${a}, ${b})`;
    } // oxfmt-ignore
  }

  /** Operands as text; of constants alone the first is hidden from the compiler, which refuses constants that overflow. */
  #operands(e: Operation): string[] {
    const texts = e.args.map((x) => this.#expression(x));
    const [a] = e.args;
    if (e.args.every((x) => x.kind === "constant"))
      texts[0] = a.type === "f32" ? `${this.#helper("wordOf")}(0x${bitsOf(Number((a as { value: number }).value)).toString(16)}u)` : `bitcast<i32>(s.zero ^ 0x${(Number((a as { value: number }).value) >>> 0).toString(16)}u)`; // oxfmt-ignore
    return texts;
  }

  #expression(e: Expression): string {
    switch (e.kind) {
      case "constant":
        return this.#constant(e);
      case "variable":
        return this.#f.parameters.includes(e) ? `s.${this.#name(e)}` : this.#name(e);
      case "load": {
        const root = this.#views(e.array);
        const [name, at, element] = [this.#name(root), this.#place(e.array, e.index), elementOf(root.type as ArrayType)]; // oxfmt-ignore
        return element === "f32" || element === "i32" ? `${name}[${at}]` : this.#narrow(name, at, element);
      }
      case "call":
        return this.#call(e);
      case "operation":
        return e.type === "f32" ? this.#float(e) : this.#whole(e);
      case "math":
        return unsupported(this.#f.name, `it calls ${e.name}`);
    }
  }

  /** An element of less than 32 bits. */
  #narrow(name: string, at: string, element: Element): string {
    const [bits, shift] = element.endsWith("8") ? [8, 2] : [16, 1];
    const offset = `((bitcast<u32>(${at}) & ${(1 << shift) - 1}u) * ${bits}u)`;
    const word = `${name}[bitcast<u32>(${at}) >> ${shift}u]`;
    if (element.startsWith("u")) return `bitcast<i32>((${word} >> ${offset}) & ${2 ** bits - 1}u)`;
    return `(bitcast<i32>(${word} << (${32 - bits}u - ${offset})) >> ${32 - bits}u)`;
  }

  #float(e: Operation): string {
    const kept = (text: string): string => `${this.#helper("kept")}(${text})`;
    const [a, b, c] = this.#operands(e);
    const bits = (x: string): string => `bitcast<u32>(${x})`;
    switch (e.op) {
      case "add": case "mul": return kept(`${a} ${INFIX[e.op]} ${b}`);
      // Equal operands would be taken for a difference of 0.
      case "sub": return kept(`${a} - ${a === b ? `${this.#helper("another")}(${b})` : b}`);
      case "div": return `${this.#helper("quotient")}(${a}, ${b})`;
      case "sqrt": return `${this.#helper("root")}(${a})`;
      case "madd": return kept(`fma(${a}, ${b}, ${c})`);
      case "nmadd": return kept(`fma(-(${a}), ${b}, ${c})`);
      case "neg": return `${this.#helper("wordOf")}(${bits(a)} ^ 0x80000000u)`;
      case "abs": return `${this.#helper("wordOf")}(${bits(a)} & 0x7fffffffu)`;
      case "floor": case "ceil": case "trunc": return `${this.#helper("whole")}(${a}, ${e.op}(${a}))`;
      case "nearest": return `${this.#helper("whole")}(${a}, round(${a}))`;
      case "min": return `${this.#helper("least")}(${a}, ${b})`;
      case "max": return `${this.#helper("greatest")}(${a}, ${b})`;
      case "pmin": return `select(${a}, ${b}, ${this.#helper("less")}(${b}, ${a}))`;
      case "pmax": return `select(${a}, ${b}, ${this.#helper("less")}(${a}, ${b}))`;
      case "copysign": return `${this.#helper("signed")}(${a}, ${b})`;
      case "select": return `select(${b}, ${a}, ${this.#condition(e.args[2])})`;
      case "bits": return `${this.#helper("wordOf")}(${bits(a)})`;
      case "convert": return `${this.#helper("fromInteger")}(${a})`;
      case "convertu": return `${this.#helper("fromUnsigned")}(bitcast<u32>(${a}))`;
      default: return unsupported(this.#f.name, `it uses ${e.op}`);
    } // oxfmt-ignore
  }

  #whole(e: Operation): string {
    if (COMPARE[e.op] || e.op === "not") return `select(0i, 1i, ${this.#condition(e)})`;
    const [a, b] = this.#operands(e);
    const by = (): string => {
      const [, x] = e.args;
      return x.kind === "constant" ? `${Number(x.value) & 31}u` : `(bitcast<u32>(${b}) & 31u)`;
    };
    switch (e.op) {
      case "add": case "sub": case "mul": case "and": case "or": case "xor": return `(${a} ${INFIX[e.op]} ${b})`;
      case "shl": return `(${a} << ${by()})`;
      case "shr": return `(${a} >> ${by()})`;
      case "shru": return `bitcast<i32>(bitcast<u32>(${a}) >> ${by()})`;
      case "rotl": return `((${a} << ${by()}) | bitcast<i32>(bitcast<u32>(${a}) >> ((32u - ${by()}) & 31u)))`;
      case "div": case "rem": case "divu": case "remu": {
        const zero = this.#stop("integer division by zero");
        const overflow = e.op === "div" ? this.#stop("integer overflow in division") : 0;
        this.#divisions.set(e.op, DIVISION[e.op](zero, overflow));
        return `${DIVISION_NAME[e.op]}(${a}, ${b})`;
      }
      case "min": case "max": return `${e.op}(${a}, ${b})`;
      case "neg": return `(0i - ${a})`;
      case "abs": return `select(${a}, 0i - ${a}, ${a} < 0i)`;
      case "clz": return `countLeadingZeros(${a})`;
      case "ctz": return `countTrailingZeros(${a})`;
      case "popcnt": return `countOneBits(${a})`;
      case "select": return `select(${b}, ${a}, ${this.#condition(e.args[2])})`;
      case "bits": return `bitcast<i32>(${a})`;
      case "convert": return `${this.#helper("toInteger")}(${a})`;
      case "convertu": return `${this.#helper("toUnsigned")}(${a})`;
      default: return unsupported(this.#f.name, `it uses ${e.op}`);
    } // oxfmt-ignore
  }

  /** A function of scalars, written where it is first called. */
  #call(e: Expression & { kind: "call" }): string {
    const g = e.callee;
    const args = e.args.map((x) => (x.kind === "slice" || isArray(x.type) ? unsupported(this.#f.name, `it hands an array to ${g.name}`, "write the function into the loop") : this.#expression(x))); // oxfmt-ignore
    if (g.kind === "tape") return unsupported(this.#f.name, `it calls the tape ${g.name}`);
    if (!this.#functions.has(g)) {
      this.#refuseTypes(g);
      const [out, fallback] = [this.#out, this.#fallback];
      this.#fallback = g.result ? ` ${g.result}(0)` : "";
      this.#out = [];
      this.#locals(g);
      this.#statements(g.body, "  ");
      const last = g.body.at(-1)?.kind;
      if (last !== "return" && last !== "trap") this.#out.push(`  return${this.#fallback};`);
      const head = `fn ${this.#name(g)}(${g.parameters.map((p) => `${this.#name(p)}: ${p.type}`).join(", ")}) -> ${g.result}`; // oxfmt-ignore
      this.#functions.set(g, [`${head} {`, ...this.#out, "}"].join("\n"));
      [this.#out, this.#fallback] = [out, fallback];
    }
    return `${this.#name(g)}(${args.join(", ")})`;
  }
}
