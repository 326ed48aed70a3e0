// Formulae as files to take away: a JavaScript module, a WebAssembly module with its loader, C or WGSL source, each with its evidence
// at its head. Needs nothing of Calculemus to run. Wires compile and special, as formula.ts does.
import { basename } from "node:path";
import { Failure } from "./base/index.ts";
import { formula, formulaProgram, writeCSource, writeJavaScript, writeWebAssembly } from "./compile/index.ts";
import type { Evidence } from "./evidence/index.ts";
import { type CompiledFormula, compileSync } from "./formula.ts";
import { specialFunctions } from "./special/index.ts";
import { defaultContext, print, type Term } from "./term/index.ts";

export type StandaloneTarget = "js" | "wasm" | "c" | "wgsl";

export interface StandaloneOptions {
  readonly target: StandaloneTarget;
  readonly variables: readonly string[];
  /** Names of the results, one a formula. */
  readonly outputs: readonly string[];
  readonly name: string;
  readonly ulp: number;
  readonly strict: boolean;
  /** Of the version that wrote the files. */
  readonly version: string;
  /** Path without ending; only its last part is written into files. */
  readonly base: string;
}

export interface StandaloneFile {
  /** What follows the base: ".js", ".wasm", ".d.ts", ".c", ".wgsl". */
  readonly ending: string;
  readonly content: string | Uint8Array;
}

export interface Standalone {
  readonly files: readonly StandaloneFile[];
  /** What is known about the values that these files compute. */
  readonly evidence: readonly Evidence[];
}

/** Writes formulae as source or code. Fails (Failure) as `compile` does, and on functions that the target has not. */
export function standalone(terms: readonly Term[], options: StandaloneOptions): Standalone {
  const { target, variables, outputs, name, ulp, strict, version, base } = options;
  const lowered = formula(terms, variables.map((each) => defaultContext.symbol(each)), name); // oxfmt-ignore
  const compiled = compileSync(terms, { variables, target, ulp, strict, name });
  const evidence = evidenceOf(compiled, options);
  const header = [
    `Written by Calculemus ${version}, target ${target}.`,
    "",
    ...terms.map((term, k) => `${outputs[k]} = ${print(term)}`),
    "",
    "Evidence:",
    ...evidence.map(({ statement, grade, method }) => `${grade}: ${statement} (${method})`),
  ];
  if (target === "wgsl") {
    const comments = header.map((line) => `// ${line}`.trimEnd());
    return { evidence, files: [{ ending: ".wgsl", content: `${comments.join("\n")}\n\n${compiled.shader!}` }] };
  }
  if (target === "js") return { evidence, files: [{ ending: ".js", content: writeJavaScript(lowered.tape, { outputs, header }) }] }; // oxfmt-ignore
  const { program } = formulaProgram(
    lowered,
    { arrays: variables.map(() => true), type: "f64" },
    { library: specialFunctions, ulp, strict, vectorise: target === "wasm" },
  );
  const tape = program.functions.find((f) => f.kind === "tape")?.name;
  if (target === "c") return { evidence, files: [{ ending: ".c", content: writeCSource(program, { variables, outputs, header, tape }) }] }; // oxfmt-ignore
  const { wasm, loader, types } = writeWebAssembly(program, { variables, outputs, header, tape, file: `${basename(base)}.wasm` }); // oxfmt-ignore
  return {
    evidence,
    files: [
      { ending: ".wasm", content: wasm },
      { ending: ".js", content: loader },
      { ending: ".d.ts", content: types },
    ],
  };
}

/** As the compiled formula has it; where files differ from it (functions of Math instead of code of our own), what holds for them. */
function evidenceOf({ evidence }: CompiledFormula, { target }: StandaloneOptions): Evidence[] {
  if (target !== "js") return [...evidence];
  return evidence.map((each): Evidence => {
    const called = each.unit === "ulp" ? each.statement.split(" ", 1)[0] : undefined;
    return called === undefined
      ? { ...each, statement: each.statement.replace("; multiply-adds may be fused and sums regrouped", ", in the order of the code") } // oxfmt-ignore
      : { statement: `${called} is the engine's own function`, grade: "none", method: "no bound is stated for it" };
  });
}

/** A file name without one of the endings that are written. */
export function withoutEnding(path: string, target: StandaloneTarget): string {
  const endings = { js: [".js", ".mjs"], wasm: [".wasm", ".js"], c: [".c"], wgsl: [".wgsl"] }[target];
  const found = endings.find((ending) => path.endsWith(ending));
  if (found === path.slice(path.lastIndexOf("/") + 1)) throw new Failure("usage", `${path} is an ending, not a name`);
  return found ? path.slice(0, -found.length) : path;
}
