// Printing content MathML 3 (w3.org/TR/MathML3, chapter 4). Functions without an element are csymbols with our name; a double
// kept apart is <cn type="double">. Sums over ranges have bvar, lowlimit and uplimit, comprehensions are vectors with them.
// Held terms have no MathML.
import { Failure } from "../base/index.ts";
import { isHeld } from "./held.ts";
import { MATHML_ELEMENTS, MATHML_NAMESPACE } from "./mathml-names.ts";
import { PRINT_LIMIT } from "./print.ts";
import type { Term } from "./term.ts";
import { fold, literal, written, type Written } from "./written.ts";

/** The term as a <math> element of content markup. */
export function printMathml(term: Term): string {
  if (isHeld(term))
    throw new Failure("unsupported", "held terms cannot be written in MathML", { hint: "Use infix, FPCore or JSON." });
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
  return `<math xmlns="${MATHML_NAMESPACE}">${body}</math>`;
}

const apply = (operation: string, ...args: readonly string[]): string =>
  `<apply><${operation}/>${args.join("")}</apply>`;
const cn = (text: string): string => `<cn type="integer">${text}</cn>`;

function name(text: string): string {
  // What XML 1.0 cannot carry, and blanks that readers may drop.
  if (!/^[\u0020-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]*$/u.test(text) || text.trim() !== text)
    throw new Failure("unsupported", `the name ${JSON.stringify(text.slice(0, 40))} cannot be written in XML`);
  return text.replace(/&/g, "&amp;").replace(/</g, "&lt;").replace(/>/g, "&gt;");
}

function one(node: Written, args: readonly string[]): string {
  const number = literal(node);
  if (number !== undefined)
    return number.includes("/") ? `<cn type="rational">${number.replace("/", "<sep/>")}</cn>` : cn(number);
  switch (node.op) {
    case "float":
      return `<cn type="double">${Object.is(node.value, -0) ? "-0" : String(node.value)}</cn>`;
    case "symbol":
      return `<ci>${name(node.name)}</ci>`;
    case "constant":
      return node.name === "pi" ? "<pi/>" : "<exponentiale/>";
    case "sum":
      return sum(node, args);
    case "neg":
      return apply("minus", args[0]);
    case "product":
      return apply("times", ...args);
    case "quotient":
      return apply("divide", ...args);
    case "power":
      return node.args[0].op === "constant" && node.args[0].name === "e"
        ? apply("exp", args[1])
        : apply("power", ...args);
    case "root":
      return node.name === "2" ? apply("root", args[0]) : apply("root", `<degree>${cn(node.name)}</degree>`, args[0]);
    case "piecewise": {
      let text = "<piecewise>";
      for (let i = 0; i + 1 < args.length; i += 2) text += `<piece>${args[i]}${args[i + 1]}</piece>`;
      return `${text}<otherwise>${args.at(-1)!}</otherwise></piecewise>`;
    }
    case "array":
      return `<vector>${args.join("")}</vector>`;
    case "index":
      return apply("selector", ...args);
    case "range": {
      const [variable, body, from, to] = args;
      const limits = `<bvar>${variable}</bvar><lowlimit>${from}</lowlimit><uplimit>${to}</uplimit>`;
      return node.name === "array" ? `<vector>${limits}${body}</vector>` : apply(node.name, limits, body);
    }
    default: {
      if (node.name === "log10") return apply("log", args[0]);
      if (node.name === "log2") return apply("log", `<logbase>${cn("2")}</logbase>`, args[0]);
      const element = MATHML_ELEMENTS.get(node.name);
      return element !== undefined
        ? apply(element, ...args)
        : `<apply><csymbol>${node.name}</csymbol>${args.join("")}</apply>`;
    }
  }
}

/** Runs of positive terms are one sum; a negative one is taken away from what stands before it. */
function sum(node: Written, args: readonly string[]): string {
  let run = [node.minus![0] ? apply("minus", args[0]) : args[0]];
  const whole = (): string => (run.length === 1 ? run[0] : apply("plus", ...run));
  for (let i = 1; i < args.length; i++)
    if (node.minus![i]) run = [apply("minus", whole(), args[i])];
    else run.push(args[i]);
  return whole();
}
