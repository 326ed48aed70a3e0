// What is approximated: a function of TypeScript, a term, or the text of one, all as one thing that computes values at many points.
// Terms are compiled to plain JavaScript, whose elementary functions are those of the engine.
import { Failure } from "../base/index.ts";
import {
  compileModuleSync,
  formula,
  formulaProgram,
  type FunctionTable,
  type Kernels,
  mathFunctions,
  type PieceCode,
  runPieces,
  type Runtime,
} from "../compile/index.ts";
import { freeSymbols, functionNames, functionRule, Kind, parse, print, Term } from "../term/index.ts";

/** A function of some real variables: a function, a term, or the text of a term. */
export type Source = ((...x: number[]) => number) | Term | string;

export interface Sampler {
  /** What it is, for messages and evidence. */
  readonly name: string;
  /** The value at one point; may be NaN or infinite. */
  readonly at: (...x: number[]) => number;
  /** Values at as many points as each array has elements. */
  readonly map: (...x: Float64Array[]) => Float64Array;
}

/**
 * A sampler of a function of `count` variables. Terms have at most as many symbols; `variables` is their order, needed where there are
 * several. Fails (name, usage) on symbols that are not variables.
 */
export function sampler(source: Source, count: number, variables?: readonly string[]): Sampler {
  if (typeof source === "function") {
    const value = (x: readonly Float64Array[], i: number): number => source(...x.map((each) => each[i]));
    const map =
      count === 1
        ? (x: Float64Array): Float64Array => Float64Array.from(x, (t) => source(t))
        : (...x: Float64Array[]): Float64Array => Float64Array.from(x[0], (_, i) => value(x, i));
    return { name: source.name === "" ? "a function" : source.name, at: source, map };
  }
  if (typeof source !== "string" && !(source instanceof Term))
    throw new Failure("usage", `a function, a term or text is approximated, not ${typeof source}`);
  const term = typeof source === "string" ? parse(source, { source: "function" }) : source;
  if (term.kind === Kind.relation || term.kind === Kind.logic)
    throw new Failure("domain", `${print(term)} is a condition, not a number`);
  const symbols = ordered(term, count, variables);
  const lowered = formula([term], symbols);
  const shape = { arrays: symbols.map(() => true), type: "f64" } as const;
  const { program } = formulaProgram(lowered, shape, { vectorise: false });
  const compiled = compileModuleSync(program, { target: "js", functions: functionTable() });
  const links = new WeakMap<Runtime, Kernels>();
  const code: PieceCode = {
    target: "js",
    link(runtime) {
      let kernels = links.get(runtime);
      if (!kernels) links.set(runtime, (kernels = compiled.link(runtime)));
      return kernels;
    },
    // A large formula works in chunks, with a place for its result and for what passes between them.
    extra: program.functions.length > 1 ? (kernels) => [1, kernels.scratchLength(lowered.tape.name)] : undefined,
    numbered: false,
  };
  const used = symbols.length;
  const map = (...x: Float64Array[]): Float64Array => {
    const result = new Float64Array(x[0].length);
    runPieces(code, { values: x.slice(0, used), n: result.length, type: "f64", results: [result], threads: 1 });
    return result;
  };
  return { name: print(term), at: (...x) => map(...x.map((each) => Float64Array.of(each)))[0], map };
}

/** All functions that terms know; those of the compiler, then those that only terms have. */
function functionTable(): FunctionTable {
  const all: [string, (...x: number[]) => number][] = functionNames().map((name) => [name, functionRule(name)!.value]);
  return { ...Object.fromEntries(all), ...mathFunctions };
}

/** The variables of a term in order: those named, or those it has. */
function ordered(term: Term, count: number, names: readonly string[] | undefined): Term[] {
  const free = [...freeSymbols(term)];
  const list = names ?? free.map((symbol) => symbol.name);
  if (list.length > count)
    throw new Failure("usage", `${print(term)} has ${list.length} variables (${list.join(", ")}), not ${count}`);
  if (names === undefined && free.length > 1)
    throw new Failure("usage", `the order of the variables ${list.join(", ")} is not stated`, {
      hint: `write variables: [${list.map((name) => `"${name}"`).join(", ")}]`,
    });
  const stranger = free.find((symbol) => !list.includes(symbol.name));
  if (stranger) throw new Failure("name", `"${stranger.name}" is not a variable of ${print(term)}`);
  return list.map((name) => free.find((symbol) => symbol.name === name) ?? parse(name));
}
