// calculemus compile: a formula, or a file of them, as code to take away.
import { existsSync, statSync } from "node:fs";
import { basename } from "node:path";
import { Failure } from "../base/index.ts";
import { nativeMissing } from "../compile/index.ts";
import { compileSync } from "../formula.ts";
import { standalone, type StandaloneTarget, withoutEnding } from "../standalone.ts";
import { freeSymbols, parse, substitute, type Term } from "../term/index.ts";
import { choice, numberArgument } from "./arguments.ts";
import { checkWritable, readText, writeWhole } from "./files.ts";
import { storedRoofline } from "./roofline.ts";
import { version } from "./version.ts";

interface Formulae {
  readonly terms: readonly Term[];
  readonly outputs: readonly string[];
}

const NAME = /^[\p{L}_][\p{L}\p{N}_]*$/u;

/** One formula a line, "name = expression" or an expression alone; # begins a comment. Later lines may use earlier names. */
function readFormulae(path: string): Formulae {
  const { text, name } = readText(path);
  const terms: Term[] = [];
  const outputs: string[] = [];
  const known: [Term, Term][] = [];
  text.split(/\r?\n/).forEach((line, k) => {
    const content = line.replace(/#.*$/, "");
    if (content.trim() === "") return;
    const named = /^\s*([\p{L}_][\p{L}\p{N}_]*)\s*=(?!=)/u.exec(content);
    const source = `${name}:${k + 1}`;
    const result = named?.[1] ?? `result${terms.length + 1}`;
    if (outputs.includes(result)) throw new Failure("name", `${source}: "${result}" is defined twice`);
    const written = parse(named ? content.slice(named[0].length) : content, { source });
    const term = known.reduce((t, [from, to]) => substitute(t, new Map([[from, to]])), written);
    if (named) known.push([parse(result, { source }), term]);
    terms.push(term);
    outputs.push(result);
  });
  if (terms.length === 0) throw new Failure("syntax", `${name} holds no formula`);
  return { terms, outputs: terms.length === 1 && outputs[0] === "result1" ? ["result"] : outputs };
}

function readSource(text: string): Formulae {
  if (existsSync(text) && statSync(text).isFile()) return readFormulae(text);
  return { terms: [parse(text, { source: "expression" })], outputs: ["result"] };
}

/** The variables in the order of --var; without it only one may be there. */
function readVariables(terms: readonly Term[], given: string | undefined): string[] {
  const free = [...new Set(terms.flatMap((term) => freeSymbols(term).map((each) => each.name)))];
  if (given === undefined) {
    if (free.length > 1)
      throw new Failure("usage", `the order of the variables ${free.join(", ")} is not stated`, {
        hint: `write --var ${free.join(",")}`,
      });
    return free;
  }
  const names = given.split(",").map((each) => each.trim());
  for (const name of names)
    if (!NAME.test(name)) throw new Failure("usage", `--var takes names separated by commas, not "${given}"`);
  const missing = free.filter((name) => !names.includes(name));
  if (missing.length > 0)
    throw new Failure("name", `"${missing[0]}" is not declared`, { hint: `write --var ${[...names, ...missing].join(",")}` }); // oxfmt-ignore
  return names;
}

export function compileCommand(text: string, options: Record<string, unknown>): void {
  const target = choice<StandaloneTarget>("--target", options.target as string, ["js", "wasm", "c", "wgsl"]);
  const ulp = numberArgument("--accuracy", options.accuracy as string);
  const strict = options.strict === true;
  const out = options.out as string | undefined;
  if (target === "wasm" && out === undefined)
    throw new Failure("usage", "target wasm writes three files", { hint: "name them: --out F writes F.wasm, F.js, F.d.ts" }); // oxfmt-ignore
  if (out !== undefined) checkWritable(out);
  const { terms, outputs } = readSource(text);
  const variables = readVariables(terms, options.var as string | undefined);
  const base = out === undefined ? "formula" : withoutEnding(out, target);
  const name = (options.name as string | undefined) ?? identifier(basename(base));
  if (!/^[A-Za-z_]\w*$/.test(name) || name === "run") throw new Failure("usage", `--name takes an identifier other than "run", not "${name}"`); // oxfmt-ignore
  const made = standalone(terms, { target, variables, outputs, name, ulp, strict, version, base });
  const written: string[] = [];
  for (const { ending, content } of made.files) {
    if (out === undefined) break;
    const path = made.files.length === 1 ? (base === out ? `${out}${ending}` : out) : `${base}${ending}`;
    writeWhole(path, content);
    written.push(path);
  }
  const explained = options.explain ? explain(terms, { variables, target, ulp, strict, name }) : undefined;
  for (const { statement, grade } of made.evidence)
    if (grade === "none") process.stderr.write(`calculemus: ${statement}; its accuracy is not shown\n`);
  if (options.json) {
    const code = out === undefined ? { code: made.files[0].content } : {};
    process.stdout.write(`${JSON.stringify({ ok: true, target, variables, outputs, files: written, ...code, ...explained, evidence: made.evidence })}\n`); // oxfmt-ignore
    return;
  }
  if (out === undefined) process.stdout.write(made.files[0].content as string);
  // Beside code on standard output, messages go to standard error.
  const say = (line: string): void => void (out === undefined ? process.stderr : process.stdout).write(`${line}\n`);
  for (const path of written) say(`wrote ${path}`);
  explained?.lines.forEach(say);
}

function identifier(text: string): string {
  const found = text.replaceAll(/\W/g, "_");
  return /^[A-Za-z_]/.test(found) && found !== "run" ? found : `f_${found}`;
}

interface Timing {
  readonly target: string;
  /** Nanoseconds an element of a map: predicted and measured. */
  readonly predicted?: number;
  readonly measured?: number;
  readonly why?: string;
}

interface Explained {
  readonly lines: readonly string[];
  readonly plan: unknown;
  readonly times: readonly Timing[];
}

type Asked = { readonly variables: readonly string[]; readonly target: StandaloneTarget; readonly ulp: number; readonly strict: boolean; readonly name: string }; // oxfmt-ignore

/** Points of the timed map. */
const POINTS = 1 << 14;

function explain(terms: readonly Term[], asked: Asked): Explained {
  const roofline = storedRoofline();
  const missing = nativeMissing();
  if (missing !== undefined && asked.target === "c")
    throw new Failure("unsupported", `target c cannot be explained here: ${missing}`, { hint: "leave out --explain: the source needs no compiler" }); // oxfmt-ignore
  const inputs = Object.fromEntries(asked.variables.map((name, j) => [name, Float64Array.from({ length: POINTS }, (_, i) => 0.25 + ((i * (2 * j + 7)) % 1009) / 1009)])); // oxfmt-ignore
  const out = terms.map(() => new Float64Array(POINTS));
  const times = (["wasm", "js", "c"] as const).map((target): Timing => {
    if (target === "c" && missing !== undefined) return { target, why: missing };
    if (asked.variables.length === 0) return { target, why: "there are no variables" };
    const compiled = compileSync(terms, { ...asked, target, roofline });
    const predicted = compiled.plan.candidates.find((each) => each.name === target)?.cost;
    return { target, predicted, measured: timed(() => void compiled.mapAll(inputs, { out })) };
  });
  const compiled = compileSync(terms, { ...asked, roofline });
  const show = (ns: number | undefined): string => (ns === undefined ? "-" : `${ns.toPrecision(3)} ns`);
  const lines = [
    ...(asked.variables.length > 0 ? compiled.explain().split("\n") : []),
    ...(asked.variables.length > 0 ? compiled.program.split("\n").map((line) => `  ${line}`.trimEnd()) : []),
    `roofline: ${roofline?.machine ?? "built-in figures; `calculemus doctor` measures this machine"}`,
    ...times.map(({ target, predicted, measured, why }) =>
      why === undefined ? `${target}: predicted ${show(predicted)}, measured ${show(measured)} an element` : `${target}: not measured, ${why}`,
    ),
  ]; // oxfmt-ignore
  return { lines, plan: compiled.plan, times };
}

/** Nanoseconds an element, the least of many maps after warming up. */
function timed(run: () => void): number {
  const begin = performance.now();
  do run();
  while (performance.now() - begin < 100);
  let best = Infinity;
  for (let k = 0; k < 50; k++) {
    const start = performance.now();
    run();
    best = Math.min(best, performance.now() - start);
  }
  return (best * 1e6) / POINTS;
}
