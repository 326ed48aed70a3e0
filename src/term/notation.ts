// Terms in any notation: one function reads, one prints. Infix is the language of parse.ts; the others have files of their own.
import { Failure } from "../base/index.ts";
import type { Context } from "./context.ts";
import { printFpcore } from "./fpcore-print.ts";
import { readFpcore } from "./fpcore-read.ts";
import { printJson } from "./json-print.ts";
import { readJson } from "./json-read.ts";
import { printLatex } from "./latex-print.ts";
import { readLatex } from "./latex-read.ts";
import { printMathml } from "./mathml-print.ts";
import { readMathml } from "./mathml-read.ts";
import { parse } from "./parse.ts";
import { print } from "./print.ts";
import type { Term } from "./term.ts";

export const NOTATIONS = ["infix", "latex", "mathml", "fpcore", "json"] as const;
export type Notation = (typeof NOTATIONS)[number];

/**
 * The notation a text is written in, by its marks: XML is MathML, an S-expression that begins with FPCore is that, an object is JSON; a
 * backslash, a dollar sign, or braces after ^ or _ mean LaTeX; all else is infix.
 */
export function detectNotation(text: string): Notation {
  const start = text.trimStart();
  if (start.startsWith("<")) return "mathml";
  if (/^\(\s*FPCore\b/.test(start)) return "fpcore";
  if (start.startsWith("{") && /^\{\s*"/.test(start)) return "json";
  return /[\\$]|[\^_]\s*\{/.test(text) ? "latex" : "infix";
}

export interface ReadTermOptions {
  /** infix by default. */
  readonly notation?: Notation;
  readonly context?: Context;
  /**
   * Keep operations as written. Infix: false by default; FPCore: true by default; JSON says it itself; LaTeX and MathML
   * have no held form.
   */
  readonly held?: boolean;
  /** File name for messages. */
  readonly source?: string;
}

/** Reads one term. Mistakes are Failures with line and column. */
export function readTerm(text: string, { notation = "infix", held, ...rest }: ReadTermOptions = {}): Term {
  if (held === true && (notation === "latex" || notation === "mathml"))
    throw new Failure("usage", `held terms cannot be read from ${notation}`, { hint: "Use infix, FPCore or JSON." });
  switch (notation) {
    case "infix":
      return parse(text, { held, ...rest });
    case "latex":
      return readLatex(text, rest);
    case "mathml":
      return readMathml(text, rest);
    case "fpcore":
      return readFpcore(text, { held, ...rest }).body;
    case "json":
      return readJson(text, rest);
    default:
      throw unknown(notation);
  }
}

export interface PrintTermOptions {
  /** infix by default. */
  readonly notation?: Notation;
}

/** The term as text. What is printed reads back as the same term; what a notation cannot express is a Failure. */
export function printTerm(term: Term, { notation = "infix" }: PrintTermOptions = {}): string {
  switch (notation) {
    case "infix":
      return print(term);
    case "latex":
      return printLatex(term);
    case "mathml":
      return printMathml(term);
    case "fpcore":
      return printFpcore(term);
    case "json":
      return printJson(term);
    default:
      throw unknown(notation);
  }
}

function unknown(notation: string): Failure {
  return new Failure("usage", `unknown notation "${String(notation).slice(0, 40)}"`, {
    hint: `Notations are ${NOTATIONS.join(", ")}.`,
  });
}
