// How near to zero an algebraic number can be without being zero: the bound of Burnikel, Funke, Mehlhorn, Schirra and Schmitt (2001,
// "A separation bound for real algebraic expressions") for expressions of integers, + - * / and roots. With u and l tracked through the
// expression and D the product of the degrees of all roots in it, a value that is not zero is at least 1 / (u^(D-1) l). Conjugates of
// principal roots are bounded by the same u, so the bound holds for complex ones as well.
import { Q } from "../number/index.ts";
import { Kind, postorder, type Term } from "../term/index.ts";

/** Logarithms to base 2, rounded up, of u and l. */
interface Bound {
  readonly u: number;
  readonly l: number;
}

/** Bits b such that the value is zero or at least 2^-b; undefined for terms that are not algebraic numbers in this sense. */
export function separationBits(root: Term): number | undefined {
  const bounds = new Map<Term, Bound>();
  let degree = 1;
  const roots = new Set<string>();
  for (const term of postorder([root])) {
    const bound = boundOf(
      term,
      (arg) => bounds.get(arg)!,
      (base, den) => {
        const key = `${den} ${base.hash} ${base.toString()}`;
        if (roots.has(key)) return;
        roots.add(key);
        degree *= den;
      },
    );
    if (bound === undefined) return undefined;
    bounds.set(term, bound);
  }
  const { u, l } = bounds.get(root)!;
  return Math.ceil(Math.max(0, (degree - 1) * u + l)) + 2;
}

const log2 = (n: bigint): number => {
  const size = n < 0n ? -n : n;
  return size === 0n ? 0 : size.toString(2).length;
};

const sum = (a: Bound, b: Bound): Bound => ({ u: Math.max(a.u + b.l, a.l + b.u) + 1, l: a.l + b.l });
const product = (a: Bound, b: Bound): Bound => ({ u: a.u + b.u, l: a.l + b.l });
const inverse = (a: Bound): Bound => ({ u: a.l, l: a.u });
const rational = (value: Term["value"]): Bound => ({
  u: log2(Q.numerator(value)),
  l: log2(Q.denominator(value)) - (Q.isInteger(value) ? 1 : 0),
});

function boundOf(
  term: Term,
  of: (arg: Term) => Bound,
  countRoot: (base: Term, den: number) => void,
): Bound | undefined {
  switch (term.kind) {
    case Kind.number:
      return rational(term.value);
    case Kind.sum: {
      let total = rational(term.value);
      term.args.forEach((arg, k) => (total = sum(total, product(rational(term.weights[k]), of(arg)))));
      return total;
    }
    case Kind.product: {
      let total = rational(term.value);
      for (let k = 0; k < term.args.length; k++) {
        const weight = term.weights[k];
        const den = Q.denominator(weight);
        if (den > 64n || Q.compare(Q.absolute(weight), 1000) > 0) return undefined;
        let factor = of(term.args[k]);
        if (den !== 1n) {
          countRoot(term.args[k], Number(den));
          factor = rootOf(factor, Number(den));
        }
        if (Q.sign(weight) < 0) factor = inverse(factor);
        const n = Number(Q.numerator(Q.absolute(weight)));
        total = product(total, { u: factor.u * n, l: factor.l * n });
      }
      return total;
    }
    default:
      return undefined;
  }
}

function rootOf({ u, l }: Bound, k: number): Bound {
  return u >= l ? { u: (u + (k - 1) * l) / k, l } : { u, l: ((k - 1) * u + l) / k };
}
