// Patterns as text: ordinary notation with variables. ?x stands for one operand, ??x for any number of operands of a sum, a
// product or a call (none, too); ?n:integer takes only what its type allows. A pattern is a held term, so that both engines
// (terms in normal form, e-graphs) can read it as it was written.
// Left out: alternatives, optional parts, predicates written in the pattern (conditions of rules do that).
import { Failure } from "../base/index.ts";
import { Q } from "../number/index.ts";
import { Context, functionRule, aliases, Kind, parse, postorder, type Term } from "../term/index.ts";

/** What a variable may stand for. */
export const VARIABLE_TYPES = ["number", "integer", "positive", "symbol", "real"] as const;
export type VariableType = (typeof VARIABLE_TYPES)[number];

/** Patterns and rules are data of their own: they live in no user's context. */
export const patternContext = new Context();

/** Names of operations that have no value of their own: a derivative and an integral of an expression by a symbol. */
export const FORMAL: ReadonlySet<string> = new Set(["diff", "int"]);

const VARIABLE = /\?\??[A-Za-z_]\w*(?::[a-z]+)?/g;

/** Is the symbol a variable of patterns? */
export const isVariable = (term: Term): boolean => term.kind === Kind.symbol && term.name.startsWith("?");
export const isSegment = (term: Term): boolean => term.kind === Kind.symbol && term.name.startsWith("??");

/** Reads a pattern; types written in it are entered into `types` by the name of the variable. */
export function parsePattern(
  text: string,
  types: Map<string, string> = new Map(),
  options: { readonly operators?: ReadonlySet<string>; readonly types?: Iterable<string> } = {},
): Term {
  const { operators = FORMAL } = options;
  const allowed: readonly string[] = [...VARIABLE_TYPES, ...(options.types ?? [])];
  const quoted = text.replace(VARIABLE, (found) => {
    const [name, type] = found.split(":");
    if (type !== undefined) {
      if (!allowed.includes(type))
        throw new Failure("syntax", `"${type}" is not a type of pattern variables`, { hint: `Types: ${allowed.join(", ")}.` }); // oxfmt-ignore
      if ((types.get(name) ?? type) !== type)
        throw new Failure("syntax", `${name} has two types: ${types.get(name)} and ${type}`);
      types.set(name, type);
    }
    return `\`${name}\``;
  });
  const read = parse(quoted, {
    context: patternContext,
    held: true,
    source: "pattern",
    functions: (name, args) =>
      functionRule(aliases[name] ?? name) === undefined && operators.has(name)
        ? patternContext.intern(Kind.held, name, 0, args, [])
        : undefined,
  });
  return withNegativeNumbers(read);
}

/** A sign before a number makes a number: -1 in a pattern is what graphs hold, not an operation on 1. */
function withNegativeNumbers(pattern: Term): Term {
  if (pattern.kind !== Kind.held) return pattern;
  const args = pattern.args.map(withNegativeNumbers);
  if (pattern.name === "neg" && args[0].kind === Kind.number) return patternContext.number(Q.negate(args[0].value));
  return patternContext.intern(Kind.held, pattern.name, 0, args, []);
}

/** Reads an expression into a held term, operation for operation, for an e-graph: diff(f, x) and int(f, x) are allowed. */
export function parseRaw(text: string, context: Context): Term {
  return parse(text, {
    context,
    held: true,
    functions: (name, args) =>
      functionRule(aliases[name] ?? name) === undefined && FORMAL.has(name)
        ? context.intern(Kind.held, name, 0, args, [])
        : undefined,
  });
}

/** The variables of a pattern, in order of first appearance. */
export function variablesOf(...patterns: readonly Term[]): Term[] {
  return postorder(patterns).filter(isVariable);
}
