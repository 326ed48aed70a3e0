// Reading of argument values: numbers, assignments, choices. Wrong ones are usage failures that name the option.
import { Failure } from "../base/index.ts";
import { evaluate, freeSymbols, parse, type Term } from "../term/index.ts";

/** A number, or a constant expression such as 1/3 or 2*pi. */
export function numberArgument(option: string, text: string): number {
  let value = Number.NaN;
  try {
    const term = parse(text, { source: option });
    if (freeSymbols(term).length === 0) value = evaluate(term);
  } catch {
    value = Number.NaN;
  }
  if (!Number.isFinite(value)) throw new Failure("usage", `${option} takes a number, not "${text}"`);
  return value;
}

export function wholeArgument(option: string, text: string): number {
  const value = /^\d+$/.test(text) ? Number(text) : Number.NaN;
  if (!Number.isSafeInteger(value)) throw new Failure("usage", `${option} takes a whole number, not "${text}"`);
  return value;
}

/** k=v pairs, v a number. */
export function assignments(option: string, texts: readonly string[]): Record<string, number> {
  return pairs(option, texts, numberArgument);
}

/** k=v pairs, v an expression without symbols: it keeps its exact value. */
export function assignedTerms(option: string, texts: readonly string[]): Record<string, Term> {
  return pairs(option, texts, (name, text) => {
    const term = parse(text, { source: name });
    if (freeSymbols(term).length > 0) throw new Failure("usage", `${name} takes a number, not "${text}"`);
    return term;
  });
}

function pairs<T>(
  option: string,
  texts: readonly string[],
  read: (option: string, text: string) => T,
): Record<string, T> {
  const values: Record<string, T> = {};
  for (const text of texts.flatMap((each) => each.split(/,(?=\s*[\p{L}_][^,]*=)/u))) {
    const at = text.indexOf("=");
    const name = text.slice(0, at).trim();
    if (at <= 0 || name === "") throw new Failure("usage", `${option} takes name=value, not "${text}"`);
    if (Object.hasOwn(values, name)) throw new Failure("usage", `${option} gives "${name}" twice`);
    values[name] = read(`${option} ${name}`, text.slice(at + 1).trim());
  }
  return values;
}

export function choice<T extends string>(option: string, text: string, choices: readonly T[]): T {
  const found = choices.find((each) => each === text);
  if (found === undefined)
    throw new Failure(
      "usage",
      `${option} takes ${choices.slice(0, -1).join(", ")} or ${choices[choices.length - 1]}, not "${text}"`,
    );
  return found;
}
