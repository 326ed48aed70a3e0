// Terms as JSON: the exact structure, readable. Numbers are JSON integers or {"number": "1/3"}, doubles {"float": "0.1"},
// symbols strings, operations {"op": "+", "args": [...]} with the names of `operator`. Variables of ranges are de Bruijn
// indices {"bound": 0}, so the body of {"op": "reduce:sum", "args": [body, from, to]} needs no names. Shared terms are
// written once per use; `pack` keeps sharing.
import { Failure } from "../base/index.ts";
import { Q } from "../number/index.ts";
import { operands, operator } from "./interface.ts";
import { PRINT_LIMIT } from "./print.ts";
import { Kind, type Term } from "./term.ts";
import { postorder } from "./traverse.ts";

/** The term as JSON text on one line. */
export function printJson(term: Term): string {
  const texts = new Map<Term, string>();
  let total = 0;
  const text = (part: Term): string => {
    const found = texts.get(part);
    if (found !== undefined) return found;
    const made = one(part, text);
    total += made.length;
    if (made.length > PRINT_LIMIT || total > 40 * PRINT_LIMIT)
      throw new Failure("limit", `the printed term is longer than ${PRINT_LIMIT} characters`, {
        hint: "It shares subterms; print its parts.",
      });
    texts.set(part, made);
    return made;
  };
  for (const part of postorder([term])) text(part);
  return texts.get(term)!;
}

function one(term: Term, text: (part: Term) => string): string {
  switch (term.kind) {
    case Kind.number:
      return typeof term.value === "number" ? String(term.value) : JSON.stringify({ number: Q.toString(term.value) });
    case Kind.float: {
      const value = term.value as number;
      return JSON.stringify({ float: Object.is(value, -0) ? "-0" : String(value) });
    }
    case Kind.symbol:
      return JSON.stringify(term.name);
    case Kind.bound:
      return JSON.stringify({ bound: term.value });
    default:
      return `{"op":${JSON.stringify(operator(term))},"args":[${operands(term).map(text).join(",")}]}`;
  }
}
