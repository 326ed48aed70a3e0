// How simple a term looks: the number of tokens of its usual notation without parentheses. Shared parts count once a use, as readers see them.
import { Q, type Rational } from "../number/index.ts";
import { Kind, postorder, type Term } from "../term/index.ts";

/** Digits beyond three count as tokens, so that long numbers are not free. */
function numberTokens(value: Rational): number {
  const digits = (n: bigint): number => 1 + Math.floor(Math.max(0, String(n < 0n ? -n : n).length - 1) / 3);
  const den = Q.denominator(value);
  return (Q.sign(value) < 0 ? 1 : 0) + digits(Q.numerator(value)) + (den === 1n ? 0 : 1 + digits(den));
}

/** Tokens of the term; saturates instead of overflowing. */
export function measure(root: Term): number {
  const sizes = new Map<Term, number>();
  for (const term of postorder([root]))
    sizes.set(
      term,
      sizeOf(term, (arg) => sizes.get(arg)!),
    );
  return sizes.get(root)!;
}

function sizeOf(term: Term, of: (arg: Term) => number): number {
  const { args } = term;
  switch (term.kind) {
    case Kind.number:
      return numberTokens(term.value);
    case Kind.sum: {
      // One sign between neighbours; a leading minus counts.
      let size = args.length - 1 + (term.value === 0 ? 0 : 1 + numberTokens(Q.absolute(term.value)));
      let positive = Q.sign(term.value) > 0;
      args.forEach((arg, k) => {
        const weight = Q.absolute(term.weights[k]);
        size += weight === 1 ? of(arg) : scaledSize(weight, of(arg));
        positive ||= Q.sign(term.weights[k]) > 0;
      });
      return size + (positive ? 0 : 1);
    }
    case Kind.product:
      return productSize(term, of);
    case Kind.power:
      return isE(args[0]) ? 1 + of(args[1]) : of(args[0]) + 1 + of(args[1]);
    case Kind.call:
      return (
        args.reduce((sum, arg) => sum + of(arg), 1) + Math.max(0, args.length - 1) + (isInverted(term) ? INVERSION : 0)
      );
    default:
      return args.reduce((sum, arg) => sum + of(arg) + 1, 1);
  }
}

const isE = (term: Term): boolean => term.kind === Kind.call && term.name === "e";

const INVERSES = new Set(["asin", "acos", "atan", "asinh", "acosh", "atanh"]);
/** A function of an inverse function reads harder than the root that it is. */
const INVERSION = 4;

function isInverted({ args }: Term): boolean {
  return args.length === 1 && args[0].kind === Kind.call && INVERSES.has(args[0].name);
}

/** A coefficient before a term: n * x, or n x / d. */
function scaledSize(weight: Rational, size: number): number {
  const num = Q.numerator(weight);
  const den = Q.denominator(weight);
  return (
    size + (num === 1n ? 0 : 1 + numberTokens(Q.rational(num))) + (den === 1n ? 0 : 1 + numberTokens(Q.rational(den)))
  );
}

function productSize(term: Term, of: (arg: Term) => number): number {
  let above = 0;
  let below = 0;
  let size = 0;
  term.args.forEach((arg, k) => {
    const weight = term.weights[k];
    const e = Q.absolute(weight);
    // A square root is one token, as a function; another power its exponent and a sign.
    size += of(arg) + (e === 1 ? 0 : isHalf(e) ? 1 : isE(arg) ? 1 : 1 + numberTokens(e));
    if (Q.sign(weight) < 0) below++;
    else above++;
  });
  const value = Q.absolute(term.value);
  const num = Q.numerator(value);
  const den = Q.denominator(value);
  if (num !== 1n || above === 0) {
    above++;
    size += numberTokens(Q.rational(num));
  }
  if (den !== 1n) {
    below++;
    size += numberTokens(Q.rational(den));
  }
  return size + above - 1 + below + (Q.sign(term.value) < 0 ? 1 : 0);
}

const isHalf = (e: Rational): boolean => typeof e !== "number" && e.num === 1n && e.den === 2n;
