// A formula as a WebAssembly module with a small typed loader: NAME.wasm, NAME.js, NAME.d.ts. The module holds the loop over points
// (128-bit lanes) and the code of its functions; the loader supplies memory and what is left of Math, and moves arrays in blocks.
// Left out: relaxed SIMD and threads (the module runs wherever SIMD does), modules that hold several formulae's memories.
import { checkBounds } from "../passes/bounds.ts";
import type { Program } from "../ir.ts";
import { emitWasm } from "../targets/wasm.ts";
import { verify } from "../verify.ts";
import { comment, definitionsFor, mathName, type ModuleOptions, readArguments } from "./javascript.ts";
import { Names } from "./names.ts";

export interface WebAssemblyOptions extends ModuleOptions {
  readonly variables: readonly string[];
  /** Name of the .wasm file, as the loader finds it beside itself. */
  readonly file: string;
  /** Of a long formula: the name of its tape in the program. */
  readonly tape?: string;
}

export interface WebAssemblyFiles {
  readonly wasm: Uint8Array;
  readonly loader: string;
  readonly types: string;
}

/** Points done at a time, as in the library. */
const BLOCK = 2048;
const PAGE = 65_536;
/** The first bytes stay free: a program that stops leaves its reason there. */
const FIRST = 64;

/** The files of a program made by `formulaProgram` in which every variable is an array. */
export function writeWebAssembly(given: Program, options: WebAssemblyOptions): WebAssemblyFiles {
  const { variables, outputs, header, file, tape } = options;
  verify(given);
  const { bytes, math, scratch } = emitWasm(checkBounds(given));
  const several = outputs.length > 1;
  const columns = variables.length + outputs.length;
  /** Room of a long formula: its results and what it keeps. */
  const more = tape === undefined ? 0 : outputs.length + (scratch.get(tape) ?? 0);
  const column = 8 * BLOCK;
  const pages = Math.ceil((FIRST + columns * column + 8 * more) / PAGE);
  const names = new Names(["value"]);
  const list = variables.map((name) => names.take(name));
  const places = [
    ...Array.from({ length: columns }, (_, k) => FIRST + k * column),
    ...(tape === undefined ? [] : [FIRST + columns * column, FIRST + columns * column + 8 * outputs.length]),
  ];
  const imports = [...math].map(([key, { name }]) => `    ${JSON.stringify(key)}: ${mathName(name)},`);
  const loader = [
    comment(header),
    "",
    ...definitionsFor([...math.values()].map(({ name }) => name)),
    `const BLOCK = ${BLOCK};`,
    `/** Byte addresses: one column a variable, one a result${tape === undefined ? "" : ", then results and memory of one point"}. */`,
    `const PLACES = ${JSON.stringify(places)};`,
    ...readArguments(variables, outputs),
    "",
    "/** The bytes of a file beside this one, in Node.js and in browsers. */",
    "async function read(url) {",
    '  if (url.protocol !== "file:") return (await fetch(url)).arrayBuffer();',
    "  return (await import('node:fs/promises')).readFile(url);",
    "}",
    "",
    `/** Loads the module; \`source\` is its bytes, a WebAssembly.Module or a URL (default: ${file} beside this file). */`,
    `export async function load(source = new URL(${JSON.stringify(`./${file}`)}, import.meta.url)) {`,
    "  const code = source instanceof URL ? await read(source) : source;",
    "  const module = code instanceof WebAssembly.Module ? code : await WebAssembly.compile(code);",
    `  const memory = new WebAssembly.Memory({ initial: ${pages}, maximum: ${pages} });`,
    "  const math = {",
    ...imports,
    "  };",
    "  const instance = await WebAssembly.instantiate(module, { env: { memory }, math });",
    "  const { run } = instance.exports;",
    "  const columnsIn = VARIABLES.map((_, k) => new Float64Array(memory.buffer, PLACES[k], BLOCK));",
    `  const columnsOut = Array.from({ length: ${outputs.length} }, (_, k) => new Float64Array(memory.buffer, PLACES[VARIABLES.length + k], BLOCK));`,
    "",
    `  function value(${list.join(", ")}) {`,
    ...list.map((name, k) => `    columnsIn[${k}][0] = ${name};`),
    "    run(1, ...PLACES);",
    several ? "    return columnsOut.map((column) => column[0]);" : "    return columnsOut[0][0];",
    "  }",
    "",
    "  function map(inputs, out) {",
    "    const { columns, n, results } = readArguments(inputs, out);",
    "    for (let from = 0; from < n; from += BLOCK) {",
    "      const count = Math.min(BLOCK, n - from);",
    "      columns.forEach((column, k) => {",
    '        if (typeof column === "number") columnsIn[k].fill(column, 0, count);',
    "        else columnsIn[k].set(column.subarray(from, from + count));",
    "      });",
    "      run(count, ...PLACES);",
    "      results.forEach((result, k) => result.set(columnsOut[k].subarray(0, count), from));",
    "    }",
    several ? "    return results;" : "    return results[0];",
    "  }",
    "",
    "  return { value, map };",
    "}",
    "",
  ].join("\n");
  return { wasm: bytes, loader, types: writeTypes(options, list) };
}

function writeTypes({ variables, outputs, header }: WebAssemblyOptions, list: readonly string[]): string {
  const several = outputs.length > 1;
  const array = "Float64Array | Float32Array";
  const record = `{ ${variables.map((name) => `readonly ${JSON.stringify(name)}: ${array} | number`).join("; ")} }`;
  const result = several ? `readonly (${array})[]` : array;
  const meaning = several ? `[${outputs.join(", ")}]` : outputs[0];
  return [
    comment(header),
    "",
    "export interface Loaded {",
    `  /** The value at a point: ${meaning}. */`,
    `  value(${list.map((name) => `${name}: number`).join(", ")}): ${several ? "number[]" : "number"};`,
    "  /** Values at many points; results go to `out`, or to new arrays of doubles. */",
    `  map(inputs: ${record}${variables.length === 1 ? ` | ${array}` : ""}, out?: ${result}): ${result};`,
    "}",
    "",
    "/** Loads the module; `source` is its bytes, a WebAssembly.Module or a URL (default: the file beside this one). */",
    "export function load(source?: BufferSource | WebAssembly.Module | URL): Promise<Loaded>;",
    "",
  ].join("\n");
}
