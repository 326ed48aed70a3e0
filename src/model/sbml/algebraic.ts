// Algebraic rules: which quantity each determines (a maximum matching of rules and free quantities: SBML Level 3 Version 2 Core,
// section 4.9.5), and which of them can be solved for it by hand.
import { Failure } from "../../base/index.ts";
import { diff, div, freeSymbols, Kind, neg, substitute, type Term } from "../../term/index.ts";
import type { Mathematics } from "./mathematics.ts";
import type { Definition } from "../model.ts";
import type { Quantities, Quantity } from "./quantities.ts";

/** The search for a matching goes as deep as there are rules. */
const MOST_RULES = 1000;

/** What is left of the algebraic rules: equations and the quantities that follow from them. */
export interface Algebraic {
  readonly equations: readonly Definition[];
  readonly unknowns: readonly Quantity[];
}

export function matchAlgebraic(
  rules: readonly Definition[],
  quantities: Quantities,
  mathematics: Mathematics,
): Algebraic {
  if (rules.length > MOST_RULES)
    throw new Failure("limit", `more than ${MOST_RULES} algebraic rules are not read`, { place: rules[0].place });
  const involved = rules.map((rule) => reach(rule.term, quantities));
  const free = (quantity: Quantity, events: boolean): boolean =>
    ["compartment", "species", "parameter", "reference"].includes(quantity.kind) &&
    !quantity.constant &&
    quantity.assignment === undefined &&
    quantity.rate === undefined &&
    !quantity.inReactions &&
    (events || !quantity.inEvents);
  const ruleOf = new Map<Quantity, number>();
  for (const events of [false, true])
    rules.forEach((_, rule) => {
      if ([...ruleOf.values()].includes(rule)) return;
      augment(rule, new Set(), ruleOf, (r) => involved[r].filter((quantity) => free(quantity, events)));
    });
  const matched = new Set(ruleOf.values());
  rules.forEach((rule, r) => {
    if (!matched.has(r))
      throw new Failure("syntax", "an algebraic rule has no quantity that is free to fulfil it", {
        place: rule.place,
        hint: "All that it names is constant or has a rule, a reaction or another algebraic rule of its own.",
      });
  });
  const equations: Definition[] = [];
  const unknowns: Quantity[] = [];
  for (const [quantity, r] of [...ruleOf].sort((a, b) => a[1] - b[1])) {
    const solved = quantity.inEvents ? undefined : solve(rules[r].term, quantity, quantities, mathematics);
    if (solved !== undefined) quantity.assignment = { term: solved, node: quantity.node };
    else {
      quantity.unknown = true;
      equations.push(rules[r]);
      unknowns.push(quantity);
    }
  }
  return { equations, unknowns };
}

/** The quantities a term depends on, through assignments too; those it names come first. */
function reach(term: Term, quantities: Quantities): Quantity[] {
  const seen = new Set<Quantity>();
  const queue = [term];
  for (let next = queue.shift(); next !== undefined; next = queue.shift())
    for (const symbol of freeSymbols(next)) {
      const quantity = quantities.get(symbol.name);
      if (quantity === undefined || seen.has(quantity)) continue;
      seen.add(quantity);
      if (quantity.assignment !== undefined) queue.push(quantity.assignment.term);
    }
  return [...seen];
}

/** Finds a quantity for a rule, moving others to other quantities where that helps (Kuhn). */
function augment(
  rule: number,
  seen: Set<Quantity>,
  ruleOf: Map<Quantity, number>,
  choices: (rule: number) => readonly Quantity[],
): boolean {
  for (const quantity of choices(rule)) {
    if (seen.has(quantity)) continue;
    seen.add(quantity);
    const holder = ruleOf.get(quantity);
    if (holder !== undefined && !augment(holder, seen, ruleOf, choices)) continue;
    ruleOf.set(quantity, rule);
    return true;
  }
  return false;
}

/** The quantity from 0 = a + b*quantity, where b is a constant and a does not depend on the quantity; or undefined. */
function solve(term: Term, quantity: Quantity, quantities: Quantities, mathematics: Mathematics): Term | undefined {
  const symbol = mathematics.context.symbol(quantity.name);
  if (!freeSymbols(term).includes(symbol)) return undefined;
  const slope = diff(term, symbol);
  if (slope.kind !== Kind.number) {
    const fixed = freeSymbols(slope).every((each) => {
      const used = quantities.get(each.name);
      return used !== undefined && used.constant && used.initial === undefined && used.kind === "parameter";
    });
    if (!fixed) return undefined;
  }
  const rest = substitute(term, new Map([[symbol, mathematics.context.number(0)]]));
  if (reach(rest, quantities).includes(quantity)) return undefined;
  return neg(div(rest, slope));
}
