// The steps of a range reduction around a program: their value here, and as C and JavaScript. The reduction is computed in double
// precision, whatever the program's format; powers of two are multiplied in two halves, so that nothing overflows on the way.
import type { ReductionPlan, ReductionStep } from "./reduced.ts";

/** The value at x, where `core` computes the program. */
export function reducedValue(plan: ReductionPlan, core: (x: number) => number, x: number, single: boolean): number {
  const value = inDoubles(plan, single ? (r) => core(Math.fround(r)) : core, x);
  return single ? Math.fround(value) : value;
}

function inDoubles({ mirror, step, shift }: ReductionPlan, core: (x: number) => number, x: number): number {
  const a = mirror === undefined ? x : Math.abs(x);
  const back = (y: number): number => (mirror === "odd" && x < 0 ? -y : y);
  if (step === undefined) return back(core(a));
  switch (step.kind) {
    case "multiple": {
      const k = Math.round(a * step.inverse);
      const y = core(a - k * step.high - k * step.low);
      if (step.result === "scale") return scaled(y, k);
      return step.result < 0 && k % 2 !== 0 ? -y : y;
    }
    case "binary": {
      if (!(a > 0)) return a === 0 && vanishes(step) ? a : Number.NaN;
      const [m, k] = split(a, step.group, step.centred);
      const y = core(m - shift);
      return back("power" in step.result ? scaled(y, step.result.power * k) : k * step.result.high + (y + k * step.result.low)); // oxfmt-ignore
    }
    case "reciprocal":
      return back(a > 1 ? step.high + (step.sign * core(1 / a) + step.low) : core(a));
  }
}

/** Powers with positive exponents are zero at zero, where there is no exponent to take. */
const vanishes = ({ result }: Extract<ReductionStep, { kind: "binary" }>): boolean =>
  "power" in result && result.power > 0;

/** y 2^k. */
function scaled(y: number, k: number): number {
  const bounded = Math.max(-2000, Math.min(2000, k));
  const half = Math.trunc(bounded / 2);
  return y * 2 ** half * 2 ** (bounded - half);
}

const view = new DataView(new ArrayBuffer(8));

/** m and k with x = m 2^(group k), x > 0. */
function split(x: number, group: number, centred: boolean): [number, number] {
  let e = x < 2 ** -1022 ? -54 : 0;
  view.setFloat64(0, x < 2 ** -1022 ? x * 2 ** 54 : x);
  const word = view.getUint32(0);
  e += (word >>> 20) - 1022;
  view.setUint32(0, (word & 0xfffff) | 0x3fe00000);
  let m = view.getFloat64(0);
  if (centred && m < Math.SQRT1_2) [m, e] = [2 * m, e - 1];
  const k = Math.floor(e / group);
  return [m * 2 ** (e - group * k), k];
}

/** Source of `f` around the source of the program, whose function becomes `f_reduced`. */
export function reducedSource(plan: ReductionPlan, core: string, language: "c" | "js", single: boolean): string {
  return language === "c" ? cSource(plan, core, single) : jsSource(plan, core, single);
}

function cSource(plan: ReductionPlan, core: string, single: boolean): string {
  const type = single ? "float" : "double";
  const inner = core.replace(`${type} f(`, `static ${type} f_reduced(`).replace("#include <math.h>\n\n", "");
  const lines = body(plan, {
    declare: (t, name, value) => `${t === "int" ? "int" : "double"} ${name} = ${value};`,
    call: (argument) => `f_reduced(${single ? `(float)(${argument})` : argument})`,
    round: (value) => `round(${value})`, absolute: (value) => `fabs(${value})`,
    floor: (e, group) => (group === 1 ? e : `(int)floor((double)${e} / ${group}.0)`), odd: (k) => `fmod(${k}, 2.0) != 0.0`,
    scale: (y, k) => `ldexp(${y}, (int)fmax(-2000.0, fmin(2000.0, ${k})))`, power: (m, e) => `ldexp(${m}, ${e})`,
    split: ["int e;", "double m = frexp(a, &e);"], number: (c) => (Number.isInteger(c) ? `${c}.0` : String(c)), nan: "NAN"
  }); // oxfmt-ignore
  return ["#include <math.h>", "", `${inner}`, `${type} f(${type} x) {`, ...lines.map((line) => `  ${line}`), "}", ""].join("\n"); // oxfmt-ignore
}

function jsSource(plan: ReductionPlan, core: string, single: boolean): string {
  const inner = core.replace("export function f(", "function f_reduced(");
  const lines = body(plan, {
    declare: (_, name, value) => `${name === "m" || name === "e" ? "let" : "const"} ${name} = ${value};`,
    call: (argument) => (single ? `f_reduced(Math.fround(${argument}))` : `f_reduced(${argument})`),
    round: (value) => `Math.round(${value})`, absolute: (value) => `Math.abs(${value})`,
    floor: (e, group) => (group === 1 ? e : `Math.floor(${e} / ${group})`), odd: (k) => `${k} % 2 !== 0`,
    scale: (y, k) => `scaled(${y}, ${k})`, power: (m, e) => `${m} * 2 ** (${e})`,
    split: ["let [m, e] = split(a);"], number: String, nan: "NaN",
  }).map((line) => (single ? line.replace(/return (.*);$/, "return Math.fround($1);") : line)); // oxfmt-ignore
  const helpers = lines.some((line) => line.includes("scaled(")) ? [JS_SCALED] : [];
  if (lines.some((line) => line.includes("split("))) helpers.push(JS_SPLIT);
  return [inner, ...helpers, "export function f(x) {", ...lines.map((line) => `  ${line}`), "}", ""].join("\n");
}

interface Words {
  readonly declare: (type: "int" | "double", name: string, value: string) => string;
  readonly call: (argument: string) => string;
  readonly round: (value: string) => string;
  readonly absolute: (value: string) => string;
  readonly floor: (e: string, group: number) => string;
  readonly odd: (k: string) => string;
  readonly scale: (y: string, k: string) => string;
  readonly power: (m: string, e: string) => string;
  /** Lines that declare m in [1/2, 1) and e with a = m 2^e. */
  readonly split: readonly string[];
  readonly number: (c: number) => string;
  readonly nan: string;
}

/** The lines of the function, the same in both languages up to words. */
function body({ mirror, step, shift }: ReductionPlan, w: Words): string[] {
  const out = [w.declare("double", "a", mirror === undefined ? "x" : w.absolute("x"))];
  const n = (c: number): string => (c < 0 ? `(${w.number(c)})` : w.number(c));
  const back = (y: string): string => (mirror === "odd" ? `return x < 0 ? -(${y}) : ${y};` : `return ${y};`);
  if (step === undefined) return [...out, w.declare("double", "y", w.call("a")), back("y")];
  switch (step.kind) {
    case "multiple":
      out.push(w.declare("double", "k", w.round(`a * ${n(step.inverse)}`)));
      out.push(w.declare("double", "y", w.call(`a - k * ${n(step.high)} - k * ${n(step.low)}`)));
      if (step.result === "scale") out.push(`return ${w.scale("y", "k")};`);
      else out.push(step.result < 0 ? `return ${w.odd("k")} ? -y : y;` : "return y;");
      return out;
    case "binary":
      if (vanishes(step)) out.push("if (a == 0) return a;");
      out.push(`if (!(a > 0)) return ${w.nan};`, ...w.split);
      if (step.centred) out.push(`if (m < ${Math.SQRT1_2}) { m = 2 * m; e = e - 1; }`);
      out.push(w.declare("int", "k", w.floor("e", step.group)));
      if (step.group > 1) out.push(`m = ${w.power("m", `e - ${step.group} * k`)};`);
      out.push(w.declare("double", "y", w.call(shift === 0 ? "m" : `m - ${shift}`)));
      if ("power" in step.result) out.push(w.declare("double", "z", w.scale("y", `${step.result.power} * k`)));
      else out.push(w.declare("double", "z", `k * ${n(step.result.high)} + (y + k * ${n(step.result.low)})`));
      return [...out, back("z")];
    case "reciprocal":
      out.push(w.declare("double", "y", w.call("a > 1 ? 1 / a : a")));
      out.push(w.declare("double", "z", `a > 1 ? ${n(step.high)} + (${step.sign < 0 ? "-" : ""}y + ${n(step.low)}) : y`)); // oxfmt-ignore
      return [...out, back("z")];
  }
}

const JS_SCALED = `function scaled(y, k) {
  const bounded = Math.max(-2000, Math.min(2000, k));
  const half = Math.trunc(bounded / 2);
  return y * 2 ** half * 2 ** (bounded - half);
}
`;

const JS_SPLIT = `function split(x) {
  const view = new DataView(new ArrayBuffer(8));
  const small = x < 2 ** -1022;
  view.setFloat64(0, small ? x * 2 ** 54 : x);
  const word = view.getUint32(0);
  view.setUint32(0, (word & 0xfffff) | 0x3fe00000);
  return [view.getFloat64(0), (word >>> 20) - 1022 - (small ? 54 : 0)];
}
`;
