// The text of a function as a syntax tree (acorn), and refusals that name the line and column inside that text.
import {
  parseExpressionAt,
  type ArrowFunctionExpression,
  type Expression,
  type FunctionExpression,
  type Node,
} from "acorn";
import { Failure, type FailureKind, placeAt } from "../../base/index.ts";

export type FunctionNode = ArrowFunctionExpression | FunctionExpression;

/** A text and what is cut off its front before places are counted. */
export interface Source {
  readonly text: string;
  readonly name: string;
  /** Characters before the user's text. */
  readonly skip: number;
}

/** What cannot be traced, at a node. Inside a loop that is being kept it only means: write the loop out instead. */
export function refusal(
  source: Source,
  node: Node,
  what: string,
  hint?: string,
  kind: FailureKind = "unsupported",
): Failure {
  const place = placeAt(source.text.slice(source.skip), node.start - source.skip, source.name);
  return new Failure(kind, what, { place, hint });
}

/** Reads a function, or the text of one. Fails on text that is no function, and on kinds of functions that cannot be traced. */
export function readFunction(fn: unknown, name: string): { node: FunctionNode; source: Source } {
  if (typeof fn !== "function" && typeof fn !== "string")
    throw new Failure("usage", `trace takes a function or the text of one, not ${typeof fn}`);
  const text = String(fn);
  if (/\{\s*\[native code\]\s*\}\s*$/.test(text))
    throw new Failure("unsupported", `${name} has no source text: it is built in, or bound`, {
      hint: "Give a plain function.",
    });
  // Methods are functions without the word.
  const method =
    /^(?!async\b|function\b|class\b)(?:[A-Za-z_$][\w$]*|\[[^\]]*\])\s*\([^]*\)\s*\{/.test(text) &&
    !/^[^{]*=>/.test(text);
  const source: Source = method ? { text: `function ${text}`, name, skip: 9 } : { text, name, skip: 0 };
  let node: Expression;
  try {
    node = parseExpressionAt(source.text, 0, { ecmaVersion: 2023, locations: false });
  } catch (error) {
    const at = (error as { pos?: number }).pos ?? 0;
    throw new Failure("syntax", (error as Error).message.replace(/ \(\d+:\d+\)$/, ""), {
      place: placeAt(source.text.slice(source.skip), at - source.skip, name),
    });
  }
  if (node.type !== "ArrowFunctionExpression" && node.type !== "FunctionExpression")
    throw refusal(source, node, `this is no function but ${describe(node)}`, undefined, "usage");
  if (node.async) throw refusal(source, node, "an async function cannot be traced");
  if (node.generator) throw refusal(source, node, "a generator cannot be traced");
  return { node, source };
}

const WORDS: Readonly<Record<string, string>> = {
  AwaitExpression: "await",
  CallExpression: "a call",
  ClassDeclaration: "a class",
  ClassExpression: "a class",
  DoWhileStatement: "do ... while",
  ForInStatement: "for ... in",
  ForOfStatement: "for ... of",
  ImportExpression: "the import of a module",
  LabeledStatement: "a label",
  MemberExpression: "a member",
  NewExpression: "new",
  ObjectExpression: "an object",
  RestElement: "a rest parameter",
  SequenceExpression: "a comma",
  SwitchStatement: "switch",
  TaggedTemplateExpression: "a tagged template",
  TemplateLiteral: "a text",
  ThisExpression: "this",
  ThrowStatement: "throw",
  TryStatement: "try",
  WhileStatement: "while",
  WithStatement: "with",
  YieldExpression: "yield",
};

/** A kind of syntax in words. */
export function describe(node: Node): string {
  return WORDS[node.type] ?? node.type.replace(/(Expression|Statement|Declaration)$/, "").replace(/([a-z])([A-Z])/g, "$1 $2").toLowerCase(); // oxfmt-ignore
}

/** Does `test` hold of a node below `root`? Functions inside are left out. */
export function someNode(root: Node, test: (node: Node) => boolean): boolean {
  const stack: unknown[] = [root];
  while (stack.length > 0) {
    const node = stack.pop();
    if (Array.isArray(node)) {
      stack.push(...(node as unknown[]));
      continue;
    }
    if (typeof node !== "object" || node === null || typeof (node as Node).type !== "string") continue;
    if (test(node as Node)) return true;
    if (node !== root && /Function/.test((node as Node).type)) continue;
    for (const value of Object.values(node)) if (typeof value === "object" && value !== null) stack.push(value);
  }
  return false;
}
