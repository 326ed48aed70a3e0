// Printing LaTeX as textbooks set it: fractions, roots, \sin^{2} x, bars and floors, Greek names, words in \mathrm. What is
// printed reads back as the same term (latex-read.ts), so a product has \cdot where juxtaposition could be misread. Doubles
// kept apart stand in typewriter type, \texttt{0.1}; so do names that have no other form, \mathtt{A(b!1)}.
import { Failure } from "../base/index.ts";
import { isHeld } from "./held.ts";
import { LATEX_COMMANDS, latexSymbol } from "./latex-names.ts";
import { PRINT_LIMIT } from "./print.ts";
import type { Term } from "./term.ts";
import { fold, literal, written, type Written } from "./written.ts";

const Level = { or: 1, and: 2, not: 3, relation: 4, sum: 5, product: 6, factor: 8, atom: 9 } as const;

interface Piece {
  readonly text: string;
  readonly level: number;
  /** What it begins with, where that matters for what stands before it. */
  readonly begins?: "digit" | "bracket" | "function";
  /** open: a function whose argument has no brackets; callable: a name that before a bracket would be a function. */
  readonly ends?: "open" | "callable";
  /** May it follow a function without brackets? */
  readonly simple?: boolean;
}

/** The term in LaTeX mathematics, without dollar signs. */
export function printLatex(term: Term): string {
  if (isHeld(term))
    throw new Failure("unsupported", "held terms cannot be written in LaTeX", { hint: "Use infix, FPCore or JSON." });
  let total = 0;
  return fold<Piece>(written(term), (node, args) => {
    const piece = one(node, args);
    total += piece.text.length;
    if (piece.text.length > PRINT_LIMIT || total > 40 * PRINT_LIMIT)
      throw new Failure("limit", `the printed term is longer than ${PRINT_LIMIT} characters`, {
        hint: "It shares subterms; print its parts.",
      });
    return piece;
  }).text;
}

const bracket = (piece: Piece): Piece => ({
  text: `\\left(${piece.text}\\right)`,
  level: Level.atom,
  begins: "bracket",
});
const within = (piece: Piece, level: number): Piece => (piece.level < level ? bracket(piece) : piece);
const list = (args: readonly Piece[]): string => args.map((arg) => arg.text).join(", ");

const SIGNS: Readonly<Record<string, string>> = { "=": "=", "!=": "\\ne", "<": "<", "<=": "\\le" };
const FENCES: Readonly<Record<string, readonly [string, string]>> = {
  abs: ["\\left|", "\\right|"],
  floor: ["\\left\\lfloor ", "\\right\\rfloor"],
  ceil: ["\\left\\lceil ", "\\right\\rceil"],
};

function one(node: Written, args: readonly Piece[]): Piece {
  switch (node.op) {
    case "number":
      return { text: node.name, level: Level.atom, begins: "digit" };
    case "float":
      return { text: `\\texttt{${Object.is(node.value, -0) ? "-0" : String(node.value)}}`, level: Level.atom };
    case "symbol": {
      // oxlint-disable-next-line no-control-regex
      if (/[\u0000-\u001f\u2028\u2029]/.test(node.name))
        throw new Failure(
          "unsupported",
          `the name ${JSON.stringify(node.name.slice(0, 40))} cannot be written in LaTeX`,
        );
      const { text, plain, callable } = latexSymbol(node.name);
      return { text, level: Level.atom, simple: plain, ends: callable ? "callable" : undefined };
    }
    case "constant":
      return node.name === "pi" ? { text: "\\pi", level: Level.atom, simple: true } : { text: "e", level: Level.atom };
    case "sum":
      return {
        text: args
          .map((arg, i) => {
            const sign = node.minus![i] ? "-" : "+";
            return `${i > 0 ? ` ${sign} ` : node.minus![i] ? "-" : ""}${within(arg, Level.product).text}`;
          })
          .join(""),
        level: Level.sum,
      };
    case "neg":
      return { text: `-${within(args[0], Level.product).text}`, level: Level.sum };
    case "product":
      return product(args);
    case "quotient":
      return { text: `\\frac{${args[0].text}}{${args[1].text}}`, level: Level.factor };
    case "power":
      return power(node, args);
    case "root":
      return { text: `\\sqrt${node.name === "2" ? "" : `[${node.name}]`}{${args[0].text}}`, level: Level.factor };
    case "call":
      return call(node.name, "", args, isFenced(node));
    case "relation":
      return {
        text: `${within(args[0], Level.sum).text} ${SIGNS[node.name]} ${within(args[1], Level.sum).text}`,
        level: Level.relation,
      };
    case "logic": {
      if (node.name === "not") return { text: `\\lnot ${bracket(args[0]).text}`, level: Level.not };
      const level = node.name === "and" ? Level.and : Level.or;
      const sign = node.name === "and" ? " \\land " : " \\lor ";
      return { text: args.map((arg) => within(arg, level + 1).text).join(sign), level };
    }
    case "piecewise": {
      const rows: string[] = [];
      for (let i = 0; i + 1 < args.length; i += 2) rows.push(`${args[i].text} & ${args[i + 1].text}`);
      rows.push(`${args.at(-1)!.text} & \\text{otherwise}`);
      return { text: `\\begin{cases} ${rows.join(" \\\\ ")} \\end{cases}`, level: Level.factor };
    }
    case "array":
      return array(node, args);
    case "index": {
      const indices = list(args.slice(1));
      const base = args[0].simple && !args[0].text.includes("_") ? args[0].text : undefined;
      return node.local && base !== undefined && base !== "\\pi"
        ? { text: `${base}_{${indices}}`, level: Level.atom }
        : { text: `{${within(args[0], Level.atom).text}}_{[${indices}]}`, level: Level.atom };
    }
    case "range":
      return range(node, args);
    default:
      throw new Failure("unsupported", "held terms cannot be written in LaTeX");
  }
}

/** Factors side by side, with a dot where they could be misread. */
function product(args: readonly Piece[]): Piece {
  const parts = args.map((arg) => within(arg, Level.factor));
  let { text } = parts[0];
  for (let i = 1; i < parts.length; i++) {
    const [before, after] = [parts[i - 1], parts[i]];
    const dot =
      after.begins === "digit" ||
      (before.ends === "open" && after.begins !== "function") ||
      (before.ends === "callable" && after.begins === "bracket");
    text += `${dot ? " \\cdot " : " "}${after.text}`;
  }
  return { text, level: Level.product, begins: parts[0].begins, ends: parts.at(-1)!.ends };
}

function power(node: Written, args: readonly Piece[]): Piece {
  const [base, exponent] = node.args;
  const text = literal(exponent) ?? args[1].text;
  const bare = base.op === "call" && !isFenced(base);
  if (bare && exponent.op === "number")
    if (base.name !== "gamma" && base.name !== "zeta" && !base.name.startsWith("log1") && base.name !== "log2")
      return { ...call(base.name, `^{${text}}`, argumentsOf(args[0]), false), level: Level.factor };
  const below = bare ? bracket(args[0]) : within(args[0], Level.atom);
  return {
    text: `${below.text}^{${text}}`,
    level: Level.factor,
    begins: below.begins,
    ends: bare ? undefined : args[0].ends,
  };
}

/** The pieces of the arguments of a printed call. */
function argumentsOf(piece: Piece): readonly Piece[] {
  return (piece as CallPiece).args;
}

interface CallPiece extends Piece {
  readonly args: readonly Piece[];
}

/** Bars around a matrix would be its determinant. */
const isFenced = (node: Written): boolean =>
  Object.hasOwn(FENCES, node.name) && (node.name !== "abs" || node.args[0].op !== "array");

function call(name: string, exponent: string, args: readonly Piece[], fenced: boolean): CallPiece {
  if (fenced) {
    const [left, right] = FENCES[name];
    return { text: `${left}${args[0].text}${right}`, level: Level.atom, args };
  }
  const command = LATEX_COMMANDS[name] ?? `\\operatorname{${name}}`;
  const letter = name === "gamma" || name === "zeta";
  const begins = letter ? undefined : "function";
  if (!letter && args.length === 1 && args[0].simple && /^\\[a-z]+$/.test(command))
    return { text: `${command}${exponent} ${args[0].text}`, level: Level.factor, begins, ends: "open", args };
  return { text: `${command}${exponent}\\left(${list(args)}\\right)`, level: Level.factor, begins, args };
}

/** A matrix if it is rows of equal length, else a list in angle brackets. */
function array(node: Written, args: readonly Piece[]): Piece {
  const rows = node.args;
  const width = rows[0]?.op === "array" ? rows[0].args.length : 0;
  if (width > 0 && rows.every((row) => row.op === "array" && row.args.length === width)) {
    const lines = args.map((row) => (row as RowPiece).cells.join(" & "));
    const text = `\\begin{pmatrix} ${lines.join(" \\\\ ")} \\end{pmatrix}`;
    return { text, level: Level.atom, cells: args.map((arg) => arg.text) } as RowPiece;
  }
  const text = `\\left\\langle ${list(args)}\\right\\rangle`;
  return { text, level: Level.atom, cells: args.map((arg) => arg.text) } as RowPiece;
}

interface RowPiece extends Piece {
  readonly cells: readonly string[];
}

function range(node: Written, args: readonly Piece[]): Piece {
  const [variable, body, from, to] = args;
  if (node.name === "array")
    return {
      text: `\\left\\langle ${body.text}\\right\\rangle_{${variable.text} = ${from.text}}^{${to.text}}`,
      level: Level.factor,
    };
  const inside = within(body, Level.product).text;
  return node.name === "sum" || node.name === "product"
    ? {
        text: `\\${node.name === "sum" ? "sum" : "prod"}_{${variable.text} = ${from.text}}^{${to.text}} ${inside}`,
        level: Level.product,
      }
    : {
        text: `\\${node.name}_{${within(from, Level.sum).text} \\le ${variable.text} \\le ${within(to, Level.sum).text}} ${inside}`,
        level: Level.product,
      };
}
