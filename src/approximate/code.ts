// A program with its constants as code: C, JavaScript, WebAssembly's text format, and a function of the compiler's representation.
// Every step rounds as written; multiply-adds are not fused.
import { Failure } from "../base/index.ts";
import { fn, ir, type Expression, type StructuredFunction } from "../compile/index.ts";
import { exact, hexFloat } from "../number/index.ts";
import { isUnary, type Program } from "./evolution/program.ts";

export const CODE_TARGETS = ["c", "wasm", "js"] as const;
export type CodeTarget = (typeof CODE_TARGETS)[number];
export type FloatType = "f64" | "f32";

/** A program in floating-point arithmetic. */
export interface FloatProgram {
  readonly program: Program;
  /** Numbers of the format. */
  readonly constants: readonly number[];
  readonly type: FloatType;
}

/** Source code of a function `name` of one argument. */
export function sourceCode(given: FloatProgram, target: CodeTarget, name = "f"): string {
  if (!/^[A-Za-z_]\w*$/.test(name)) throw new Failure("usage", `"${name}" is no name of a function`);
  switch (target) {
    case "c":
      return cSource(given, name);
    case "js":
      return jsSource(given, name);
    case "wasm":
      return watSource(given, name);
  }
}

/** The lines of the program: name of the result, operation, operands. */
function lines(
  { program, constants }: FloatProgram,
  constant: (c: number) => string,
): { to: string; op: string; a: string; b: string }[] {
  const at = (operand: number): string =>
    operand === 0 ? "x" : operand > 0 ? `t${operand}` : constant(constants[-operand - 1]);
  return program.steps.map(({ op, left, right }, k) => ({ to: `t${k + 1}`, op, a: at(left), b: at(right) }));
}

function cSource(given: FloatProgram, name: string): string {
  const single = given.type === "f32";
  const type = single ? "float" : "double";
  const rows = lines(given, (c) => `${literal(c)}${single ? "f" : ""}`);
  const body = rows.map(({ to, op, a, b }) =>
    op === "sqrt"
      ? `  const ${type} ${to} = sqrt${single ? "f" : ""}(${a});`
      : `  const ${type} ${to} = ${a} ${op} ${negative(b)};`,
  );
  return [
    ...(rows.some(({ op }) => op === "sqrt") ? ["#include <math.h>", ""] : []),
    "/* Compile with -ffp-contract=off: every operation rounds by itself. */",
    `${type} ${name}(${type} x) {`,
    ...body,
    `  return t${rows.length};`,
    "}",
    "",
  ].join("\n");
}

const literal = (c: number): string => hexFloat(exact(c));
const negative = (text: string): string => (text.startsWith("-") ? `(${text})` : text);

function jsSource(given: FloatProgram, name: string): string {
  const single = given.type === "f32";
  const body = lines(given, String).map(({ to, op, a, b }) => {
    const value = op === "sqrt" ? `Math.sqrt(${a})` : `${a} ${op} ${negative(b)}`;
    return `  const ${to} = ${single ? `Math.fround(${value})` : value};`;
  });
  return [`export function ${name}(x) {`, ...body, `  return t${given.program.steps.length};`, "}", ""].join("\n");
}

const WAT: Readonly<Record<string, string>> = { "+": "add", "-": "sub", "*": "mul", "/": "div", sqrt: "sqrt" };

function watSource(given: FloatProgram, name: string): string {
  const { type } = given;
  const at = (text: string): string => (/^(x|t\d+)$/.test(text) ? `(local.get $${text})` : `(${type}.const ${text})`);
  const body = lines(given, literal).map(
    ({ to, op, a, b }) => `    (local.set $${to} (${type}.${WAT[op]} ${at(a)}${op === "sqrt" ? "" : ` ${at(b)}`}))`,
  );
  const locals = given.program.steps.map((_, k) => `(local $t${k + 1} ${type})`).join(" ");
  return [
    "(module",
    `  (func (export "${name}") (param $x ${type}) (result ${type}) ${locals}`,
    ...body,
    `    (local.get $t${given.program.steps.length})))`,
    "",
  ].join("\n");
}

/** The value of the program as an expression, steps before it written into a block by `let`. */
export function programExpression(
  { program, constants, type }: FloatProgram,
  x: Expression,
  keep: (name: string, value: Expression) => Expression,
): Expression {
  const results: Expression[] = [];
  const at = (operand: number): Expression =>
    operand === 0 ? x : operand > 0 ? results[operand - 1] : ir.constant(constants[-operand - 1], type);
  for (const { op, left, right } of program.steps) {
    const a = at(left);
    const b = isUnary(op) ? a : at(right);
    const value = op === "+" ? ir.add(a, b) : op === "-" ? ir.sub(a, b) : op === "*" ? ir.mul(a, b) : op === "/" ? ir.div(a, b) : ir.sqrt(a); // oxfmt-ignore
    results.push(keep(`t${results.length + 1}`, value));
  }
  return results[results.length - 1];
}

/** map(n, x, y): y[i] = p(x[i]) for arrays of the type. */
export function programMap(given: FloatProgram): StructuredFunction {
  const array = given.type === "f64" ? "f64[n]" : "f32[n]";
  return fn("map", { n: "i32", x: array, y: array }, undefined, ({ n, x, y }, k) => {
    k.for("i", 0, n, (i) => {
      const argument = k.let("x", ir.at(x, i), given.type);
      k.store(
        y,
        i,
        programExpression(given, argument, (name, value) => k.let(name, value, given.type)),
      );
    });
  });
}
