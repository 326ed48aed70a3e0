// Tokens of LaTeX mathematics. Spacing and sizes are dropped, delimiters are matched here, so that every unbalanced bracket
// is refused with its place before anything is read. Raw texts (\text, \mathrm, \operatorname ...) are single tokens.
import type { Failure } from "../base/index.ts";
import { quoted, type SourceText } from "./place.ts";

export type LatexTokenKind =
  | "number"
  /** A single letter. */
  | "letter"
  /** A command; `text` without backslash. */
  | "command"
  /** Content of \text, \mathrm, \operatorname: `text` trimmed; `style` the command. */
  | "word"
  /** Content of \mathtt (a name) or \texttt (a double). */
  | "raw"
  /** `text` one of ( [ \{ | floor ceil angle; `match` the place of the closing token. */
  | "open"
  | "close"
  /** A bar whose side is not written. */
  | "bar"
  | "group"
  | "endgroup"
  | "begin"
  | "end"
  /** Other characters, and the commands for them. */
  | "sign"
  | "stop";

export interface LatexToken {
  readonly kind: LatexTokenKind;
  readonly text: string;
  readonly style?: string;
  readonly at: number;
  /** Does it stand directly after the token before it? */
  readonly glued: boolean;
  /** open, group, begin: the place of what closes it. */
  match: number;
}

const SPACE =
  /(?:\s|~|\\[,;:!> \n]|\\(?:quad|qquad|displaystyle|textstyle|scriptstyle|limits|nolimits|thinspace|medspace|thickspace|negthinspace|hfill|nonumber|strut)(?![a-zA-Z]))+/y;
const NUMBER = /(?:\d{1,3}(?:(?:\{,\}|\\,)\d{3})+(?!\d)|\d+)(?:\.\d+)?|\.\d+/y;
const RAW =
  /\\(mathrm|text|textrm|textnormal|mathit|mathsf|operatorname\*?|mbox|rm|mathtt|texttt)(?:\s*\{([^{}\\]*(?:\\[^][^{}\\]*)*)\}|\s+([a-zA-Z]))/y;
const COMMAND = /\\([a-zA-Z]+\*?|[^])/y;
const ENVIRONMENT = /\s*\{([a-zA-Z]+\*?)\}/y;
const DELIMITER = /\s*(?:\\([a-zA-Z]+|[{}|])|([()[\]|.<>/]))/y;
const SIZED = /^(?:left|right|middle|(?:big|Big|bigg|Bigg)[lrm]?)$/;

const OPENING: Readonly<Record<string, string>> = { "(": "(", "[": "[", "{": "\\{", lbrace: "\\{", lbrack: "[", lparen: "(", lvert: "|", lfloor: "floor", lceil: "ceil", langle: "angle" }; // oxfmt-ignore
const CLOSING: Readonly<Record<string, string>> = { ")": "(", "]": "[", "}": "\\{", rbrace: "\\{", rbrack: "[", rparen: "(", rvert: "|", rfloor: "floor", rceil: "ceil", rangle: "angle" }; // oxfmt-ignore

/** Commands that stand for a sign. */
const SIGNS: Readonly<Record<string, string>> = {
  cdot: "*", times: "*", ast: "*", div: "\\div", "%": "%", "&": "&", "\\": "\\\\", cr: "\\\\", newline: "\\\\", tabularnewline: "\\\\", colon: ":",
}; // oxfmt-ignore

/** Cuts the text between two places into tokens. */
export function latexTokens(source: SourceText, from: number, to: number): LatexToken[] {
  const { text } = source;
  const tokens: LatexToken[] = [];
  const opened: number[] = [];
  let at = from;
  let glued = false;
  const match = (pattern: RegExp): RegExpExecArray | null => {
    pattern.lastIndex = at;
    return pattern.exec(text);
  };
  const push = (kind: LatexTokenKind, content: string, begin: number, style?: string): void => {
    tokens.push({ kind, text: content, style, at: begin, glued, match: -1 });
    if (kind === "open" || kind === "group" || kind === "begin") opened.push(tokens.length - 1);
    else if (kind === "close" || kind === "endgroup" || kind === "end") close(tokens.length - 1);
    glued = true;
  };
  const close = (place: number): void => {
    const token = tokens[place];
    const open = opened.pop();
    if (open === undefined) throw source.fail(`${shown(token)} closes nothing`, token.at);
    const wanted = { open: "close", group: "endgroup", begin: "end" }[tokens[open].kind as "open" | "group" | "begin"];
    if (wanted !== token.kind || (token.kind === "end" && token.text !== tokens[open].text))
      throw source.fail(`${shown(token)} does not match ${shown(tokens[open])}`, token.at);
    tokens[open].match = place;
    token.match = open;
  };
  while (at < to) {
    const blank = match(SPACE);
    if (blank !== null) {
      at += blank[0].length;
      glued = false;
      continue;
    }
    const begin = at;
    const number = match(NUMBER);
    if (number !== null) {
      at += number[0].length;
      refuseOddNumbers(source, text, begin, at);
      push("number", number[0].replace(/\{,\}|\\,/g, ""), begin);
      continue;
    }
    const character = String.fromCodePoint(text.codePointAt(at)!);
    if (character === "\\") {
      at = command(begin);
      continue;
    }
    at += character.length;
    if (/\p{L}/u.test(character)) push("letter", character, begin);
    else if (character === "{") push("group", character, begin);
    else if (character === "}") push("endgroup", character, begin);
    else if (character === "|") push("bar", character, begin);
    else if (Object.hasOwn(OPENING, character)) push("open", OPENING[character], begin);
    else if (Object.hasOwn(CLOSING, character)) push("close", CLOSING[character], begin);
    else if (character === "%") throw source.fail('"%" begins a comment in LaTeX', begin, "Write \\% for per cent.");
    else if (character === "$")
      throw source.fail('"$" stands inside the formula', begin, "Give one formula at a time.");
    else if ("+-*/=<>!'^_,&:;.≤≥≠·×÷−".includes(character))
      push("sign", { "·": "*", "×": "*", "÷": "\\div", "−": "-" }[character] ?? character, begin);
    else throw source.fail(`unexpected character ${quoted(character)}`, begin);
  }
  if (opened.length > 0) {
    const token = tokens[opened.at(-1)!];
    throw source.fail(`this ${shown(token)} is never closed`, token.at);
  }
  refuseSpelledFunctions(source, tokens);
  tokens.push({ kind: "stop", text: "", at: to, glued: false, match: -1 });
  return tokens;

  /** A command at `begin`; gives the place after it. */
  function command(begin: number): number {
    const raw = match(RAW);
    if (raw !== null) {
      const [whole, style, content, letter] = raw;
      push(
        style === "mathtt" || style === "texttt" ? "raw" : "word",
        clean(letter ?? content, style, begin),
        begin,
        style,
      );
      return begin + whole.length;
    }
    const found = match(COMMAND);
    if (found === null) throw source.fail("a backslash ends the text", begin);
    const name = found[1];
    const after = begin + found[0].length;
    if (name === "begin" || name === "end") {
      ENVIRONMENT.lastIndex = after;
      const environment = ENVIRONMENT.exec(text);
      if (environment === null) throw source.fail(`\\${name} takes the name of an environment in braces`, begin);
      push(name, environment[1], begin);
      return after + environment[0].length;
    }
    if (SIZED.test(name)) return delimiter(name, begin, after);
    if (Object.hasOwn(OPENING, name)) push("open", OPENING[name], begin);
    else if (Object.hasOwn(CLOSING, name)) push("close", CLOSING[name], begin);
    else if (name === "vert" || name === "mid") push("bar", "|", begin);
    else if (name === "lgroup" || name === "|" || /^[lr]?Vert$/.test(name))
      throw unsupported("norms are not done", begin);
    else if (Object.hasOwn(SIGNS, name)) push("sign", SIGNS[name], begin);
    else if (/^[a-zA-Z]/.test(name)) push("command", name.replace(/\*$/, ""), begin);
    else throw source.fail(`${quoted(found[0])} is not known`, begin);
    return after;
  }

  /** \left(, \bigl[, \right| and the like. */
  function delimiter(size: string, begin: number, after: number): number {
    DELIMITER.lastIndex = after;
    const found = DELIMITER.exec(text);
    const name = found?.[1] ?? found?.[2];
    if (found === null || name === undefined) throw source.fail(`\\${size} takes a bracket`, begin);
    if (size === "middle" || size.endsWith("m")) throw unsupported("\\middle is not done", begin);
    const side = size === "left" || (size !== "right" && size.endsWith("l")) ? "open" : size === "right" || size.endsWith("r") ? "close" : undefined; // oxfmt-ignore
    const bar = (name === "|" && found[1] === undefined) || name === "vert" || name === "lvert" || name === "rvert";
    if (bar) push(side ?? "bar", "|", begin);
    else if (name === "<" || name === ">") push(side ?? (name === "<" ? "open" : "close"), "angle", begin);
    else if (side !== "close" && name !== "|" && Object.hasOwn(OPENING, name)) push("open", OPENING[name], begin);
    else if (side !== "open" && name !== "|" && Object.hasOwn(CLOSING, name)) push("close", CLOSING[name], begin);
    else throw unsupported(`the bracket ${quoted(found[0].trim())} is not done here`, begin);
    return after + found[0].length;
  }

  function unsupported(what: string, place: number): Failure {
    return source.fail(what, place, undefined, "unsupported");
  }

  function clean(content: string, style: string, begin: number): string {
    const text = content
      .replace(/\\textbackslash ?/g, "\u0000")
      .replace(/\\textasciicircum ?/g, "^")
      .replace(/\\textasciitilde ?/g, "~")
      .replace(/\\([{}%#$&_])/g, "$1")
      .replace(/\\[,;:! ]|~/g, (each) => (style === "mathtt" ? "~" : each === "\\!" ? "" : " "));
    if (text.includes("\\")) throw unsupported(`commands inside \\${style} are not done`, begin);
    const plain = text.replaceAll("\u0000", "\\");
    return style === "mathtt" ? plain : plain.trim();
  }
}

/** A token as it was meant, for messages. */
export function shown(token: LatexToken): string {
  switch (token.kind) {
    case "command":
      return quoted(`\\${token.text}`);
    case "begin":
    case "end":
      return quoted(`\\${token.kind}{${token.text}}`);
    case "word":
    case "raw":
      return quoted(`\\${token.style}{${token.text}}`);
    case "close":
      return quoted(
        { "(": ")", "[": "]", "\\{": "\\}", "|": "\\right|", floor: "\\rfloor", ceil: "\\rceil", angle: "\\rangle" }[
          token.text
        ] ?? token.text,
      );
    case "open":
      return quoted(
        { floor: "\\lfloor", ceil: "\\lceil", angle: "\\langle", "|": "\\left|" }[token.text] ?? token.text,
      );
    case "stop":
      return "the end";
    default:
      return quoted(token.text);
  }
}

function refuseOddNumbers(source: SourceText, text: string, begin: number, end: number): void {
  const rest = text.slice(end, end + 8);
  if (/^\.\d*\./.test(rest) || /^\.\d/.test(rest)) throw source.fail("this is not a number", begin);
  if (/^\{,\}\d/.test(rest) || /^\{,\}\{?\d/.test(rest))
    throw source.fail("a comma in a number", begin, "Write a decimal point, or groups of three digits: 1{,}000.");
  if (/^[eE][+-]?\d/.test(rest))
    throw source.fail(
      "a number followed by e and digits",
      begin,
      "Write 1.5 \\times 10^{-3}, or 2 e - 3 with Euler's number.",
    );
}

/** sin x without a backslash is a product of letters in LaTeX; nobody means that. Subscripts may be words. */
function refuseSpelledFunctions(source: SourceText, tokens: readonly LatexToken[]): void {
  for (let i = 0; i < tokens.length; i++) {
    if (tokens[i].kind !== "letter") continue;
    const begin = i;
    let run = tokens[i].text;
    while (tokens[i + 1]?.kind === "letter" && tokens[i + 1].glued) run += tokens[++i].text;
    if (run.length < 2 || (tokens[begin - 1]?.kind === "group" && tokens[begin - 2]?.text === "_")) continue;
    const found = /sin|cos|tan|cot|sec|csc|log|exp|sqrt|max|min|abs|lim|det|gcd|^ln/.exec(run);
    if (found !== null)
      throw source.fail(
        `${quoted(run)} is a product of letters in LaTeX`,
        tokens[begin].at,
        `Write \\${found[0]} for the function, \\mathrm{${run.slice(0, 40)}} for one name, or blanks between factors.`,
      );
  }
}
