// Sums of arctangents of rational numbers as one: the product of (d + i n)^m over the parts m atan(n/d) is a Gaussian integer whose argument
// is the sum up to a multiple of 2 pi, which a ball decides. Of atan u + atan 1/u, by the sign of u, nothing but pi/2 is left.
import { balls as B, Q, type Rational } from "../number/index.ts";
import { add, call, evaluateBall, Kind, mul, pi, type Term } from "../term/index.ts";
import type { Assumptions } from "./assumptions.ts";

/** Greatest multiple of one arctangent. */
const MOST = 200n;

interface Part {
  readonly argument: Term;
  readonly weight: Rational;
}

/** The sum with its arctangents joined; undefined where nothing joins. */
export function joinArctangents(term: Term, known: Assumptions): Term | undefined {
  if (term.kind !== Kind.sum) return undefined;
  const { context } = term;
  const numbers: Part[] = [];
  const others: Part[] = [];
  let rest = context.number(term.value);
  term.args.forEach((arg, k) => {
    const weight = term.weights[k];
    if (arg.kind !== Kind.call || arg.name !== "atan") rest = add(rest, mul(context.number(weight), arg));
    else (arg.args[0].kind === Kind.number ? numbers : others).push({ argument: arg.args[0], weight });
  });
  const joined = numbers.length > 1 ? ofNumbers(numbers) : undefined;
  const reciprocal = joinReciprocals(others, known);
  if (!joined && !reciprocal) return undefined;
  const plain = (parts: readonly Part[]): Term =>
    parts.reduce(
      (sum, { argument, weight }) => add(sum, mul(context.number(weight), call(context, "atan", argument))),
      context.number(0),
    );
  return add(rest, joined ?? plain(numbers), reciprocal ?? plain(others));
}

function ofNumbers(parts: readonly Part[]): Term | undefined {
  const { context } = parts[0].argument;
  // Common denominator of the weights: the sum is 1/q of a sum with whole multiples.
  const q = parts.reduce((d, { weight }) => d * Q.denominator(weight), 1n);
  let [re, im] = [1n, 0n];
  for (const { argument, weight } of parts) {
    const m = Q.numerator(Q.multiply(weight, Q.rational(q)));
    const size = m < 0n ? -m : m;
    if (size > MOST) return undefined;
    const [c, s] = [Q.denominator(argument.value), m < 0n ? -Q.numerator(argument.value) : Q.numerator(argument.value)];
    for (let k = 0n; k < size; k++) [re, im] = [re * c - im * s, re * s + im * c];
  }
  let principal: Term;
  if (re === 0n) principal = mul(context.number(Q.rational(im > 0n ? 1n : -1n, 2n)), pi(context));
  else if (im === re || im === -re) principal = mul(context.number(Q.rational(im === re ? 1n : -1n, 4n)), pi(context));
  else principal = call(context, "atan", context.number(Q.rational(im, re)));
  const whole = parts.reduce((sum, { argument, weight }) => add(sum, mul(context.number(Q.multiply(weight, Q.rational(q))), call(context, "atan", argument))), context.number(0)); // oxfmt-ignore
  // whole = principal + k pi; the difference is that multiple, hence told by a short ball.
  const difference = B.divide(
    B.subtract(evaluateBall(whole, 64), evaluateBall(principal, 64), 64),
    B.constants.pi(64),
    64,
  );
  const [low, high] = B.rationalEnds(difference);
  const k = Math.round((Q.toNumber(low) + Q.toNumber(high)) / 2);
  if (Q.compare(low, Q.subtract(k, Q.rational(1n, 4n))) < 0 || Q.compare(high, Q.add(k, Q.rational(1n, 4n))) > 0)
    return undefined;
  return mul(context.number(Q.rational(1n, q)), add(principal, mul(context.number(k), pi(context))));
}

/** w atan u + w atan 1/u = w pi/2 for u > 0, -w pi/2 for u < 0. */
function joinReciprocals(parts: readonly Part[], known: Assumptions): Term | undefined {
  for (let i = 0; i < parts.length; i++)
    for (let j = i + 1; j < parts.length; j++) {
      const [a, b] = [parts[i], parts[j]];
      const product = mul(a.argument, b.argument);
      if (product.kind !== Kind.number || product.value !== 1 || !Q.equal(a.weight, b.weight)) continue;
      const sign = known.isPositive(a.argument) ? 1 : known.isNegative(a.argument) ? -1 : 0;
      if (sign === 0) continue;
      const { context } = a.argument;
      const half = mul(context.number(Q.multiply(a.weight, Q.rational(BigInt(sign), 2n))), pi(context));
      return parts
        .filter((_, k) => k !== i && k !== j)
        .reduce(
          (sum, { argument, weight }) => add(sum, mul(context.number(weight), call(context, "atan", argument))),
          half,
        );
    }
  return undefined;
}
