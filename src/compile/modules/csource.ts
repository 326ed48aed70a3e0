// A formula as C11 source to take away: emitC's text with a head that tells what it is, and a function for one point.
import type { Program } from "../ir.ts";
import { emitC } from "../targets/c.ts";
import { comment, type ModuleOptions } from "./javascript.ts";

export interface CSourceOptions extends ModuleOptions {
  readonly variables: readonly string[];
  /** Of a long formula: the name of its tape in the program. */
  readonly tape?: string;
}

/** The source of a program made by `formulaProgram` in which every variable is an array: functions NAME_run and NAME_value. */
export function writeCSource(program: Program, { variables, outputs, header, tape }: CSourceOptions): string {
  const { text, names, scratch } = emitC(program);
  const run = names.get("run")!;
  const several = outputs.length > 1;
  const room = tape === undefined ? 0 : (scratch.get(tape) ?? 0);
  const inputs = variables.map((_, k) => `double x${k}`);
  const call = [
    "1",
    ...variables.map((_, k) => `&x${k}`),
    ...outputs.map((_, k) => `result + ${k}`),
    ...(tape === undefined ? [] : ["values", "scratch"]),
  ];
  const usage = [
    "",
    ...variables.map((name, k) => `x${k}: ${name}`),
    ...outputs.map((name, k) => `y${k}: ${name}`),
    `${run}(n, ${[...variables.map((_, k) => `x${k}`), ...outputs.map((_, k) => `y${k}`)].join(", ")}${tape === undefined ? "" : `, values, scratch`}) fills n points${tape === undefined ? "" : `; values holds ${outputs.length} doubles, scratch ${room}`}.`,
    "Build without -ffast-math: results would lose what is stated above.",
  ];
  return [
    comment([...header, ...usage]),
    "",
    text.trimEnd(),
    "",
    `/* The value${several ? "s" : ""} at one point. */`,
    `${several ? "void" : "double"} ${run.replace(/_run$/, "_value")}(${[...inputs, ...(several ? ["double *result"] : [])].join(", ")})`,
    "{",
    ...(several ? [] : ["    double result[1];"]),
    ...(tape === undefined ? [] : [`    double values[${outputs.length}];`, `    static double scratch[${Math.max(1, room)}];`]), // oxfmt-ignore
    `    ${run}(${call.join(", ")});`,
    ...(several ? [] : ["    return result[0];"]),
    "}",
    "",
  ].join("\n");
}
