// A formula as a self-contained JavaScript module: `value` for a point and `map` for arrays, written from its tape to be read.
// Nothing is imported; functions are those of Math, or short definitions written along. Long formulae become several functions
// of bounded size (schedule.ts), because engines never optimise huge ones.
// Left out: single precision inside (results are doubles, stored as the array asks), generated code for functions.
import { Place, schedule } from "../schedule.ts";
import { mathUses } from "../shape.ts";
import { Op, type Tape } from "../tape.ts";
import { number } from "../targets/js.ts";
import { tapeFunction } from "../builder.ts";
import { Names } from "./names.ts";

/** What every kind of module needs to know. */
export interface ModuleOptions {
  /** Names of the results, in order; one formula has one. */
  readonly outputs: readonly string[];
  /** Lines of the comment at the head. */
  readonly header: readonly string[];
}

/** Nodes of a function; V8 stops optimising functions of about 5,000. */
const CHUNK_NODES = 1000;

const PREFIX: Record<number, string> = {
  [Op.sqrt]: "Math.sqrt",
  [Op.abs]: "Math.abs",
  [Op.floor]: "Math.floor",
  [Op.ceil]: "Math.ceil",
  [Op.min]: "Math.min",
  [Op.max]: "Math.max",
};
const INFIX: Record<number, readonly [symbol: string, level: number]> = {
  [Op.add]: ["+", 5], [Op.sub]: ["-", 5], [Op.mul]: ["*", 6], [Op.div]: ["/", 6],
}; // oxfmt-ignore
const RELATION: Record<number, readonly [symbol: string, level: number]> = {
  [Op.lt]: ["<", 4], [Op.le]: ["<=", 4], [Op.eq]: ["===", 3], [Op.ne]: ["!==", 3],
}; // oxfmt-ignore
/** Level of what never needs parentheses, and of signs. */
const ATOM = 9;
const SIGN = 7;

/** Text and how tightly it binds: operands on the right of an operation of the same level keep their parentheses. */
type Text = readonly [text: string, level: number];

function within([text, level]: Text, least: number): string {
  return level < least ? `(${text})` : text;
}

/** Definitions of functions that Math lacks, by name; the same as those of the function table. */
const DEFINITIONS: Readonly<Record<string, string>> = {
  cot: "const cot = (x) => 1 / Math.tan(x);",
  sec: "const sec = (x) => 1 / Math.cos(x);",
  csc: "const csc = (x) => 1 / Math.sin(x);",
  mod: "const mod = (x, y) => x - y * Math.floor(x / y);",
};

/** A function of the table as an expression of plain JavaScript: `Math.exp`, or a name of `definitionsFor`. */
export function mathName(name: string): string {
  return Object.hasOwn(DEFINITIONS, name) ? name : `Math.${name}`;
}

export function definitionsFor(names: Iterable<string>): string[] {
  return [...new Set(names)].filter((name) => Object.hasOwn(DEFINITIONS, name)).map((name) => DEFINITIONS[name]);
}

/** Lines as one comment; nothing in them can end it. */
export function comment(lines: readonly string[]): string {
  return ["/*", ...lines.map((line) => ` * ${line.replaceAll("*/", "* /")}`.trimEnd()), " */"].join("\n");
}

/** Reads the arguments of `map`: the same text in modules of every kind. `variables` are the users' names. */
export function readArguments(variables: readonly string[], outputs: readonly string[]): string[] {
  const list = JSON.stringify(variables);
  const several = outputs.length > 1;
  return [
    `const VARIABLES = ${list};`,
    ...(several ? [`const OUTPUTS = ${JSON.stringify(outputs)};`] : []),
    "",
    "/** One column a variable (an array, or a number for all points), the number of points, and where results go. */",
    "function readArguments(inputs, out) {",
    ...(variables.length === 1
      ? [`  const given = ArrayBuffer.isView(inputs) ? { [VARIABLES[0]]: inputs } : inputs;`]
      : ["  const given = inputs;"]),
    "  let n;",
    "  const columns = VARIABLES.map((name) => {",
    "    const column = given[name];",
    '    if (typeof column === "number") return column;',
    "    if (!(column instanceof Float64Array || column instanceof Float32Array)) throw new TypeError(`the values of ${name} must be a Float64Array, a Float32Array or a number`);",
    "    if (n !== undefined && n !== column.length) throw new RangeError(`${name} has ${column.length} elements, others have ${n}`);",
    "    n = column.length;",
    "    return column;",
    "  });",
    '  if (n === undefined) throw new TypeError("there is no array to map over");',
    several
      ? "  const results = out ?? OUTPUTS.map(() => new Float64Array(n));"
      : "  const results = [out ?? new Float64Array(n)];",
    ...(several
      ? [
          "  if (results.length !== OUTPUTS.length) throw new RangeError(`${OUTPUTS.length} arrays are needed for the results`);",
        ]
      : []),
    "  for (const result of results) if (result.length !== n) throw new RangeError(`an array for results has ${result.length} elements, but there are ${n} points`);",
    "  return { columns, n, results };",
    "}",
  ];
}

/** The module's source. `tape` has the variables as scalars and one array of results. */
export function writeJavaScript(tape: Tape, { outputs, header }: ModuleOptions): string {
  const names = new Names(["Math", "Float64Array", "value", "map", "readArguments", "VARIABLES", "OUTPUTS", "at", "fill", "r", "w", ...Object.keys(DEFINITIONS)]); // oxfmt-ignore
  const variables = tape.scalars.map((name) => names.take(name));
  const local = names.prefix("t");
  const plan = schedule(tape, CHUNK_NODES);
  const { op, a, b, c } = tape;
  const { place, slot, units, start } = plan;
  const chunks = plan.locals.length;
  const several = outputs.length > 1;

  const truth = (i: number): Text =>
    (place[i] === Place.inline ? relation(i) : undefined) ?? [`${within(value(i), 4)} !== 0`, 3];

  function relation(i: number): Text | undefined {
    const found = RELATION[op[i]];
    if (found)
      return [`${within(value(a[i]), found[1] + 1)} ${found[0]} ${within(value(b[i]), found[1] + 1)}`, found[1]];
    if (op[i] === Op.not) return [`!${within(truth(a[i]), SIGN)}`, SIGN];
    if (op[i] === Op.and) return [`${within(truth(a[i]), 2)} && ${within(truth(b[i]), 3)}`, 2];
    if (op[i] === Op.or) return [`${within(truth(a[i]), 3)} || ${within(truth(b[i]), 3)}`, 1];
    return undefined;
  }

  function value(i: number): Text {
    switch (place[i]) {
      case Place.inline: return expression(i);
      case Place.local: return [`${local}${slot[i]}`, ATOM];
      case Place.scratch: return [`w[${slot[i]}]`, ATOM];
    } // oxfmt-ignore
    if (op[i] === Op.constant) return [number(tape.constants[a[i]]), ATOM];
    return plan.scalarsInScratch ? [`w[${a[i]}]`, ATOM] : [variables[a[i]], ATOM];
  }

  function expression(i: number): Text {
    const found = INFIX[op[i]];
    if (found) return [`${within(value(a[i]), found[1])} ${found[0]} ${within(value(b[i]), found[1] + 1)}`, found[1]];
    if (op[i] === Op.neg) return [`-${within(value(a[i]), SIGN + 1)}`, SIGN];
    if (PREFIX[op[i]]) return [`${PREFIX[op[i]]}(${value(a[i])[0]}${op[i] === Op.min || op[i] === Op.max ? `, ${value(b[i])[0]}` : ""})`, ATOM]; // oxfmt-ignore
    if (op[i] === Op.select) return [`${within(truth(c[i]), 2)} ? ${within(value(a[i]), 2)} : ${within(value(b[i]), 2)}`, 0]; // oxfmt-ignore
    if (op[i] === Op.call1) return [`${mathName(tape.functions[b[i]])}(${value(a[i])[0]})`, ATOM];
    if (op[i] === Op.call2) return [`${mathName(tape.functions[c[i]])}(${value(a[i])[0]}, ${value(b[i])[0]})`, ATOM];
    return [`${within(relation(i)!, 2)} ? 1 : 0`, 0];
  }

  function statements(k: number, result: (index: number, text: string) => string): string[] {
    return Array.from(units.subarray(start[k], start[k + 1]), (i) => {
      if (op[i] === Op.store) return `  ${result(c[i], value(a[i])[0])}`;
      return `  ${place[i] === Place.scratch ? `w[${slot[i]}]` : `const ${local}${slot[i]}`} = ${expression(i)[0]};`;
    });
  }

  const list = variables.join(", ");
  const meaning = several ? `[${outputs.join(", ")}]` : outputs[0];
  const used = [...mathUses([tapeFunction(tape)]).values()].map(({ name }) => name);
  const out: string[] = [comment(header), "", ...definitionsFor(used)];
  if (chunks === 1 && plan.scratchLength === 0 && !several)
    out.push(
      `/** The value at a point: ${meaning}. */`,
      `export function value(${list}) {`,
      ...statements(0, (_, text) => `return ${text};`),
      "}",
    );
  else {
    const store = (index: number, text: string): string => `r[${index}] = ${text};`;
    out.push(
      "/** Results of one point, and what parts of the computation hand on. */",
      `const r = new Float64Array(${outputs.length});`,
      ...(plan.scratchLength > 0 ? [`const w = new Float64Array(${plan.scratchLength});`] : []),
      "",
    );
    if (chunks > 1)
      for (let k = 0; k < chunks; k++) out.push(`function part${k}() {`, ...statements(k, store), "}", "");
    out.push(
      `function fill(${list}) {`,
      ...(plan.scalarsInScratch ? variables.map((name, k) => `  w[${k}] = ${name};`) : []),
      ...(chunks > 1 ? Array.from({ length: chunks }, (_, k) => `  part${k}();`) : statements(0, store)),
      "}",
      "",
      `/** The value at a point: ${meaning}. */`,
      `export function value(${list}) {`,
      `  fill(${list});`,
      several ? "  return [...r];" : "  return r[0];",
      "}",
    );
  }
  const simple = chunks === 1 && plan.scratchLength === 0 && !several;
  const point = variables.map((_, k) => `at(columns[${k}], i)`).join(", ");
  out.push(
    "",
    ...readArguments(tape.scalars, outputs),
    "",
    'const at = (column, i) => (typeof column === "number" ? column : column[i]);',
    "",
    `/** Values at many points: \`inputs\` has an array or a number for each of ${tape.scalars.join(", ") || "no variables"}; results go to \`out\`, or to new arrays. */`,
    "export function map(inputs, out) {",
    "  const { columns, n, results } = readArguments(inputs, out);",
    ...(simple
      ? ["  const [result] = results;", `  for (let i = 0; i < n; i++) result[i] = value(${point});`]
      : [
          "  for (let i = 0; i < n; i++) {",
          `    fill(${point});`,
          "    for (let k = 0; k < results.length; k++) results[k][i] = r[k];",
          "  }",
        ]),
    several ? "  return results;" : "  return results[0];",
    "}",
    "",
  );
  return out.join("\n");
}
