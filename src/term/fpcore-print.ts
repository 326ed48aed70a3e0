// Printing FPCore 2.0 (fpbench.org/spec/fpcore-2.0.html): (FPCore (x y) expression). Ordinary terms are written as people
// do; held ones operation by operation. A double kept apart is a literal under (! :precision binary64 ...). Functions that
// FPCore does not know stand under our names, as calls. Left out: ranges, indices.
import { Failure } from "../base/index.ts";
import { PRINT_LIMIT } from "./print.ts";
import { Kind, type Term } from "./term.ts";
import { freeSymbols, postorder } from "./traverse.ts";
import { fold, literal, written, type Written } from "./written.ts";

/** Our names of functions and their names in FPCore, where they differ. */
export const FPCORE_NAMES: Readonly<Record<string, string>> = {
  abs: "fabs", gamma: "tgamma", min: "fmin", max: "fmax", "^": "pow", "=": "==", neg: "-",
}; // oxfmt-ignore

/** Words that are no symbols. */
export const FPCORE_WORDS: ReadonlySet<string> = new Set(
  "E LOG2E LOG10E LN2 LN10 PI PI_2 PI_4 M_1_PI M_2_PI M_2_SQRTPI SQRT2 SQRT1_2 INFINITY NAN TRUE FALSE ! + - * /".split(
    " ",
  ),
);

const SYMBOL = /^[a-zA-Z~@$%^&*_=<>?/:-][a-zA-Z0-9~!@$%^&*_+=<>.?/:-]*$/;

/** A name as FPCore: bare where its grammar allows, else between bars. */
export function fpcoreSymbol(name: string): string {
  return SYMBOL.test(name) && !FPCORE_WORDS.has(name) && !/^[-+]?[.\d]/.test(name) && !name.startsWith(":")
    ? name
    : `|${name.replace(/[\\|]/g, (each) => `\\${each}`)}|`;
}

/** The term as an FPCore program without properties; its arguments are the free symbols by name. */
export function printFpcore(term: Term): string {
  for (const part of postorder([term]))
    if (part.kind === Kind.index || part.kind === Kind.comprehension || part.kind === Kind.reduction)
      throw new Failure("unsupported", "sums over ranges, comprehensions and indices cannot be written in FPCore");
  const names = freeSymbols(term).map((symbol) => fpcoreSymbol(symbol.name));
  let total = 0;
  const body = fold<string>(written(term), (node, args) => {
    const text = one(node, args);
    total += text.length;
    if (text.length > PRINT_LIMIT || total > 40 * PRINT_LIMIT)
      throw new Failure("limit", `the printed term is longer than ${PRINT_LIMIT} characters`, {
        hint: "It shares subterms; print its parts.",
      });
    return text;
  });
  return `(FPCore (${names.join(" ")}) ${body})`;
}

function one(node: Written, args: readonly string[]): string {
  const number = literal(node);
  if (number !== undefined) return number;
  const call = (name: string, ...parts: string[]): string => `(${[name, ...parts].join(" ")})`;
  switch (node.op) {
    case "float":
      return `(! :precision binary64 ${Object.is(node.value, -0) ? "-0.0" : String(node.value)})`;
    case "symbol":
      return fpcoreSymbol(node.name);
    case "constant":
      return node.name === "pi" ? "PI" : "E";
    case "sum": {
      let text = node.minus![0] ? call("-", args[0]) : args[0];
      for (let i = 1; i < args.length; i++) text = call(node.minus![i] ? "-" : "+", text, args[i]);
      return text;
    }
    case "neg":
      return call("-", args[0]);
    case "product":
      return args.reduce((a, b) => call("*", a, b));
    case "quotient":
      return call("/", ...args);
    case "power":
      return node.args[0].op === "constant" && node.args[0].name === "e" ? call("exp", args[1]) : call("pow", ...args);
    case "root":
      return node.name === "2" ? call("sqrt", args[0]) : call("pow", args[0], `1/${node.name}`);
    case "piecewise": {
      // A nested conditional in the last place is kept apart by an annotation without properties.
      let text = node.args.at(-1)!.op === "piecewise" ? `(! ${args.at(-1)!})` : args.at(-1)!;
      for (let i = args.length - 3; i >= 0; i -= 2) text = call("if", args[i + 1], args[i], text);
      return text;
    }
    case "array":
      return call("array", ...args);
    default:
      return call(FPCORE_NAMES[node.name] ?? node.name, ...args);
  }
}
