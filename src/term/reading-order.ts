// The order in which people write sums and products: monomials by falling degree, then by their first names with the higher power first
// (x^2 + x*y + y^2); within a product symbols before sums before functions. Canonical order is by hash; this one is for printers.
import { Q, type Rational } from "../number/index.ts";
import { Kind, type Term } from "./term.ts";

/** What a summand is compared by. `factors`: text and exponent, in the order in which they are written. */
export interface Place {
  readonly degree: number;
  readonly factors: readonly (readonly [text: string, exponent: number])[];
}

/** Rank of a factor within a product. */
export function factorRank(factor: Term): number {
  switch (factor.kind) {
    case Kind.number:
    case Kind.float:
      return 0;
    case Kind.symbol:
    case Kind.bound:
    case Kind.index:
      return 2;
    case Kind.call:
      return factor.args.length === 0 ? 1 : 5;
    case Kind.power:
      return 3;
    case Kind.sum:
      return 4;
    default:
      return 6;
  }
}

/** The place of a summand without its coefficient; `degree` and `text` are those of its factors. */
export function placeOf(term: Term, degree: (term: Term) => number, text: (term: Term) => string): Place {
  const pairs: (readonly [Term, Rational])[] =
    term.kind === Kind.product ? term.args.map((arg, k) => [arg, term.weights[k]] as const) : [[term, 1]];
  const factors = pairs
    .map(([arg, weight]) => ({ rank: factorRank(arg), text: text(arg), exponent: Q.toNumber(weight) }))
    .sort((a, b) => a.rank - b.rank || (a.text < b.text ? -1 : a.text > b.text ? 1 : 0));
  return { degree: degree(term), factors: factors.map((each) => [each.text, each.exponent] as const) };
}

/** Summands as they are written: by place; a positive one of the highest degree goes before a negative one that would begin the sum. */
export function inReadingOrder<T extends { readonly place: Place; readonly negative: boolean }>(summands: T[]): T[] {
  summands.sort((a, b) => comparePlaces(a.place, b.place));
  if (!summands[0]?.negative) return summands;
  const { degree } = summands[0].place;
  const at = summands.findIndex(({ place, negative }) => !negative && place.degree === degree);
  if (at > 0) summands.unshift(...summands.splice(at, 1));
  return summands;
}

/** Sign of the order of two summands. */
function comparePlaces(a: Place, b: Place): number {
  if (a.degree !== b.degree) return b.degree - a.degree;
  for (let k = 0; k < a.factors.length && k < b.factors.length; k++) {
    const [[textA, exponentA], [textB, exponentB]] = [a.factors[k], b.factors[k]];
    if (textA !== textB) return textA < textB ? -1 : 1;
    if (exponentA !== exponentB) return exponentB - exponentA;
  }
  return a.factors.length - b.factors.length;
}
