// The tag m`...`: an expression in the middle of a program. Terms and numbers may be put in: m`${a} + x^2`.
import { Failure } from "../base/index.ts";
import { lift } from "./build.ts";
import { type Context, defaultContext } from "./context.ts";
import { parse } from "./parse.ts";
import { Term } from "./term.ts";

/** Reads the template as infix notation; what is put in counts as one operand, as if in parentheses. */
export function m(strings: TemplateStringsArray, ...values: (Term | number | bigint)[]): Term {
  let context: Context = defaultContext;
  for (const value of values) if (value instanceof Term) context = value.context;
  const inserted = new Map<string, Term>();
  let text = strings[0];
  values.forEach((value, i) => {
    if (typeof value !== "number" && typeof value !== "bigint" && !(value instanceof Term))
      throw new Failure("usage", "only terms and numbers can be put into m`...`");
    const name = `#${i}`;
    inserted.set(name, lift(context, value));
    text += ` \`${name}\` ${strings[i + 1]}`;
  });
  return parse(text, { context, source: "m`...`", names: (name) => inserted.get(name) });
}
