// The functions of this room for use from JavaScript: a number, or an array in lanes of WebAssembly. The code is that which
// formulae are compiled to, so that a value has the same bits wherever it is computed.
// Left out: other targets (compile a formula, or expand `math` in a program of your own, for those); sincos, which has two results.
import { Failure } from "../base/index.ts";
import {
  checkBounds,
  commonMemory,
  type Compiled,
  compileModuleSync,
  expandMath,
  type Expansion,
  fn,
  hoist,
  ir,
  type Kernels,
  type PieceCode,
  program,
  type Program,
  runPieces,
  type Runtime,
  share,
  vectorise,
} from "../compile/index.ts";
import type { Evidence } from "../evidence/index.ts";
import { SPECIAL_NAMES, variantsOf } from "./library.ts";

export interface ElementaryOptions {
  /** Numbers of the arrays, and to which results are rounded. Default f64. */
  readonly type?: "f64" | "f32";
  /** Greatest error in units in the last place that is accepted; the cheapest code that keeps to it is taken. Default 1. */
  readonly ulp?: number;
}

type Numbers = Float64Array | Float32Array;

export interface ElementaryFunction {
  readonly name: string;
  readonly type: "f64" | "f32";
  /** Number of arguments. */
  readonly arity: 1 | 2;
  /** Bound of the error in units in the last place of the result, over all arguments. */
  readonly ulp: number;
  /** How it is computed. */
  readonly source: string;
  readonly evidence: readonly Evidence[];
  /** The value at a number, or at two. Arguments are rounded to the type; what is outside the domain gives NaN. */
  call(x: number, y?: number): number;
  /** The values at all elements, in `out` or a new array. One of two arguments may be a number. Arrays are of the function's type. */
  map(x: Numbers, out?: Numbers): Numbers;
  map(x: Numbers | number, y: Numbers | number, out?: Numbers): Numbers;
}

/** Functions of two arguments. */
const BINARY: ReadonlySet<string> = new Set(["pow", "atan2", "hypot"]);

/** Copies of a turn of the loop side by side, which hide what one operation waits for the last. */
const UNROLL = 4;

interface Code {
  readonly expansion: Expansion;
  readonly module: Compiled;
  readonly link: (runtime: Runtime) => Kernels;
}

const made = new Map<string, Code>();

/** Functions `value(x, ...)` and `run(n, x, ..., y)`, the second in lanes. `several[j]`: argument j of `run` is an array. */
function programOf(name: string, type: "f64" | "f32", ulp: number, several: readonly boolean[]): Program {
  const names = several.map((_, j) => `x${j}`);
  const scalars = Object.fromEntries(names.map((each) => [each, type]));
  const value = fn("value", scalars, type, (v, k) => k.return(ir.math(name, ...names.map((each) => v[each]))));
  const array = `${type}[n]` as const;
  const arrays = Object.fromEntries(names.map((each, j) => [each, several[j] ? array : type]));
  const run = fn("run", { n: "i32", ...arrays, y: array }, undefined, (parameters, k) => {
    const v = parameters as unknown as Record<string, never>;
    k.for("i", 0, v.n, (i) => {
      const args = names.map((each, j) => (several[j] ? ir.at(v[each], i) : v[each]));
      k.store(v.y, i, ir.math(name, ...args));
    });
  });
  const only = ({ ulp: bound }: Expansion): boolean => bound <= ulp;
  return expandMath(program(name, value, run), () => variantsOf(name, type).find(only), ulp);
}

function codeOf(name: string, type: "f64" | "f32", ulp: number, several: readonly boolean[]): Code {
  const expansion = variantsOf(name, type).find((each) => each.ulp <= ulp);
  if (!expansion) {
    const best = variantsOf(name, type).at(-1);
    if (!best) throw new Failure("domain", `there is no function "${name}" of ${type}`, { hint: `There are ${SPECIAL_NAMES.join(", ")}.` }); // oxfmt-ignore
    throw new Failure("unsupported", `${name} of ${type} to ${ulp} units in the last place`, { hint: `The most accurate code keeps to ${best.ulp}.` }); // oxfmt-ignore
  }
  const key = `${name} ${type} ${expansion.ulp} ${several.join()}`;
  let code = made.get(key);
  if (!code) {
    const scalar = share(programOf(name, type, expansion.ulp, several));
    // Bounds before lanes: a check in the loop would keep engines from moving its constants out.
    const wide = vectorise(checkBounds(scalar), { unroll: UNROLL });
    const module = compileModuleSync(hoist(share(wide)), { target: "wasm" });
    const links = new WeakMap<Runtime, Kernels>();
    const link = (runtime: Runtime): Kernels => {
      let kernels = links.get(runtime);
      if (!kernels) links.set(runtime, (kernels = module.link(runtime)));
      return kernels;
    };
    made.set(key, (code = { expansion, module, link }));
  }
  return code;
}

function checked(name: string, type: "f64" | "f32", values: readonly (Numbers | number)[], results: Numbers): number {
  const wanted = type === "f64" ? Float64Array : Float32Array;
  for (const each of [...values, results])
    if (typeof each !== "number" && !(each instanceof wanted))
      throw new Failure("usage", `${name} of ${type}: an array that is not a ${wanted.name}`, { hint: `Copy it: ${wanted.name}.from(x).` }); // oxfmt-ignore
  const lengths = new Set([...values, results].filter((each) => typeof each !== "number").map(({ length }) => length));
  if (lengths.size !== 1)
    throw new Failure("usage", `${name}: arrays of ${[...lengths].join(" and ")} elements`, { hint: "Give arrays of one length." }); // oxfmt-ignore
  return results.length;
}

/**
 * The function of that name, with a bound on its error. Names: `SPECIAL_NAMES`; pow, atan2 and hypot take two arguments. Special
 * cases are those of IEEE 754 and C: outside the domain the value is NaN (see `elementaryComplex`), pow(1, y) = pow(x, 0) = 1.
 * Fails (Failure): a name that is not known, a bound that no code keeps to.
 */
export function elementary(name: string, { type = "f64", ulp = 1 }: ElementaryOptions = {}): ElementaryFunction {
  const arity = BINARY.has(name) ? 2 : 1;
  const all = Array.from({ length: arity }, () => true);
  const { expansion, link } = codeOf(name, type, ulp, all);
  const { value } = link(commonMemory(0, false)).raw;
  const evaluate = (values: readonly (Numbers | number)[], given: Numbers | undefined): Numbers => {
    const first = values.find((each) => typeof each !== "number");
    if (!first) throw new Failure("usage", `${name}: map takes an array`, { hint: "Use call for numbers." });
    const results = given ?? (type === "f64" ? new Float64Array(first.length) : new Float32Array(first.length));
    const n = checked(name, type, values, results);
    const several = values.map((each) => typeof each !== "number");
    const code: PieceCode = { target: "wasm", link: codeOf(name, type, ulp, several).link, numbered: false };
    runPieces(code, { values, n, type, results: [results], threads: 1 });
    return results;
  };
  const tried = type === "f32" && arity === 1;
  return {
    name,
    type,
    arity,
    ulp: expansion.ulp,
    source: expansion.source,
    evidence: [
      {
        statement: `${name} of ${type} is within ${expansion.ulp} units in the last place at all arguments`,
        // Of single precision and one argument, bench/functions-check.ts has tried all 2^32 (docs/benchmarks.md, part accuracy).
        grade: tried ? "exhaustive" : "sampled",
        bound: expansion.ulp,
        unit: "ULP",
        method: `${expansion.source}; compared with ${tried ? "more exact values at all 2^32 arguments" : "more exact values at 10^8 random and all special arguments"}`,
      },
    ],
    call(x, y) {
      if (arity === 2 && y === undefined) throw new Failure("usage", `${name} takes two arguments`);
      return arity === 1 ? value(x) : value(x, y!);
    },
    map(x: Numbers | number, second?: Numbers | number, third?: Numbers) {
      if (arity === 1) return evaluate([x], second as Numbers | undefined);
      if (second === undefined) throw new Failure("usage", `${name} takes two arguments`);
      return evaluate([x, second], third);
    },
  };
}
