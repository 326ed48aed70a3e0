// Derivatives on the graph: each shared term is differentiated once and results are shared (forward mode over the DAG;
// Griewank and Walther 2008, chapter 3). Nothing is simplified beyond the constructors' normal forms.
import { Failure } from "../base/index.ts";
import { Q, type Rational } from "../number/index.ts";
import { index } from "./array.ts";
import { div, isCondition, mul, piecewise, pow, relation, sub } from "./build.ts";
import { call, eulersNumber, functionRule } from "./functions.ts";
import { release } from "./held.ts";
import { ProductBuilder } from "./product.ts";
import { SumBuilder } from "./sum.ts";
import { Kind, type Term } from "./term.ts";
import { postorder } from "./traverse.ts";

/** d term / d variable. `variable` is a symbol or an element `a[k]` of an array symbol with a fixed index. */
export function diff(term: Term, variable: Term, times = 1): Term {
  checkVariable(variable);
  let result = term;
  for (let i = 0; i < times; i++) result = gradient(result, [variable]).get(0) ?? term.context.number(0);
  return result;
}

/** The nonzero partial derivatives of a term: position in `variables` -> derivative. */
export function gradient(term: Term, variables: readonly Term[]): Map<number, Term> {
  for (const variable of variables) checkVariable(variable);
  return new Differentiator(variables).gradient(term);
}

/** Sparse Jacobian: one row a term, each a map from the variable's position to the nonzero derivative, ascending. */
export function jacobian(terms: readonly Term[], variables: readonly Term[]): Map<number, Term>[] {
  for (const variable of variables) checkVariable(variable);
  const differentiator = new Differentiator(variables);
  return terms.map((term) => new Map([...differentiator.gradient(term)].sort((a, b) => a[0] - b[0])));
}

function checkVariable(variable: Term): void {
  if (variable.kind !== Kind.symbol && !(variable.kind === Kind.index && variable.args[0].kind === Kind.symbol))
    throw new Failure("usage", `cannot differentiate by "${variable}"`, {
      hint: "Give a symbol, or an element a[k] of an array symbol.",
    });
}

type Gradient = ReadonlyMap<number, Term>;
const NONE: Gradient = new Map();

class Differentiator {
  readonly #memo = new Map<Term, Gradient>();
  /** Elements of each array symbol among the variables: array -> [position, index terms]. */
  readonly #elements = new Map<Term, [number, readonly Term[]][]>();

  constructor(variables: readonly Term[]) {
    variables.forEach((variable, at) => {
      if (variable.kind === Kind.index) {
        const list = this.#elements.get(variable.args[0]) ?? [];
        list.push([at, variable.args.slice(1)]);
        this.#elements.set(variable.args[0], list);
      } else this.#memo.set(variable, new Map([[at, variable.context.number(1)]]));
    });
  }

  gradient(root: Term): Map<number, Term> {
    if (isCondition(root)) throw new Failure("domain", `a condition has no derivative: ${root}`);
    // A held term is released as a whole: its held parts need no derivatives of their own.
    for (const term of postorder([root], (t) => !this.#memo.has(t) && t.kind !== Kind.held))
      if (!this.#memo.has(term)) this.#memo.set(term, this.#one(term));
    return new Map(this.#memo.get(root)!);
  }

  #one(term: Term): Gradient {
    switch (term.kind) {
      case Kind.number:
      case Kind.float:
      case Kind.symbol:
      case Kind.bound:
        return NONE;
      case Kind.sum:
        return this.#sum(term);
      case Kind.product:
        return this.#product(term);
      case Kind.power:
        return this.#power(term);
      case Kind.call:
        return this.#call(term);
      case Kind.piecewise:
        return this.#each(term.args, (at, d) =>
          piecewise(
            pairs(term.args, (value, i) => (i % 2 === 0 ? d(i, at) : value)),
            d(term.args.length - 1, at),
          ),
        );
      case Kind.index:
        return this.#index(term);
      case Kind.array:
        return this.#each(term.args, (at, d) =>
          term.context.intern(
            Kind.array,
            "",
            0,
            term.args.map((_, i) => d(i, at)),
            [],
          ),
        );
      case Kind.comprehension:
      case Kind.reduction:
        return this.#range(term);
      case Kind.held:
        return this.gradient(release(term));
      default:
        // Conditions: they choose between pieces and contribute nothing.
        return NONE;
    }
  }

  /** Applies `make` at every position where one of the values among args has a derivative. */
  #each(args: readonly Term[], make: (at: number, d: (arg: number, at: number) => Term) => Term): Gradient {
    const positions = new Set<number>();
    const gradients = args.map((arg) => {
      const gradient = this.#memo.get(arg) ?? NONE;
      for (const at of gradient.keys()) positions.add(at);
      return gradient;
    });
    if (positions.size === 0) return NONE;
    const d = (arg: number, at: number): Term => gradients[arg].get(at) ?? args[arg].context.number(0);
    return dropZeros(new Map([...positions].map((at) => [at, make(at, d)])));
  }

  #sum(term: Term): Gradient {
    const sums = new Map<number, SumBuilder>();
    for (let i = 0; i < term.args.length; i++)
      for (const [at, derivative] of this.#memo.get(term.args[i])!) {
        let sum = sums.get(at);
        if (sum === undefined) sums.set(at, (sum = new SumBuilder(term.context)));
        sum.add(derivative, term.weights[i]);
      }
    return built(sums);
  }

  /** d(c a^m b^n ...) = sum over factors of c m a^(m-1) da b^n ... */
  #product(term: Term): Gradient {
    const { context, args, weights } = term;
    const sums = new Map<number, SumBuilder>();
    for (let i = 0; i < args.length; i++) {
      const gradient = this.#memo.get(args[i])!;
      if (gradient.size === 0) continue;
      const rest = (factor: Term | undefined): Term => {
        const product = new ProductBuilder(context);
        product.coefficient = Q.multiply(term.value, weights[i]);
        for (let j = 0; j < args.length; j++) {
          const exponent: Rational = j === i ? Q.subtract(weights[i], 1) : weights[j];
          if (exponent !== 0) product.multiply(args[j], exponent);
        }
        if (factor !== undefined) product.multiply(factor);
        return product.build();
      };
      for (const [at, derivative] of gradient) {
        let sum = sums.get(at);
        if (sum === undefined) sums.set(at, (sum = new SumBuilder(context)));
        sum.add(rest(derivative.kind === Kind.number && derivative.value === 1 ? undefined : derivative));
      }
    }
    return built(sums);
  }

  /** d(b^e) = b^e (e' log b + e b'/b); for b = e (Euler's number) the second part vanishes and log b = 1. */
  #power(term: Term): Gradient {
    const [base, exponent] = term.args;
    const { context } = term;
    return this.#each(term.args, (at, d) => {
      const dBase = d(0, at);
      const dExponent = d(1, at);
      const parts = new SumBuilder(context);
      if (dExponent !== context.number(0))
        parts.add(
          base === eulersNumber(context) ? mul(term, dExponent) : mul(term, dExponent, call(context, "log", base)),
        );
      if (dBase !== context.number(0)) parts.add(mul(exponent, pow(base, sub(exponent, 1)), dBase));
      return parts.build();
    });
  }

  #call(term: Term): Gradient {
    if (term.args.length === 0) return NONE;
    if (term.args.every((arg) => this.#memo.get(arg)!.size === 0)) return NONE;
    const partials = functionRule(term.name)?.derivatives?.(...term.args);
    if (partials === undefined) throw new Failure("unsupported", `the derivative of ${term.name} is not known`);
    return this.#each(term.args, (at, d) => {
      const sum = new SumBuilder(term.context);
      partials.forEach((partial, i) => {
        const inner = d(i, at);
        if (partial === undefined) {
          if (inner === term.context.number(0)) return;
          throw new Failure("unsupported", `the derivative of ${term.name} by its argument ${i + 1} is not known`);
        }
        sum.add(mul(partial, inner));
      });
      return sum.build();
    });
  }

  /** d a[i] / d a[k] = 1 where i = k, else 0. */
  #index(term: Term): Gradient {
    const [base, ...indices] = term.args;
    const elements = this.#elements.get(base);
    if (base.kind !== Kind.symbol) return this.#each([base], (at, d) => index(d(0, at), ...indices));
    if (elements === undefined) return NONE;
    const { context } = term;
    const found = new Map<number, Term>();
    for (const [at, fixed] of elements) {
      if (fixed.length !== indices.length) continue;
      const open = indices.flatMap((i, k) => (i === fixed[k] ? [] : [[i, fixed[k]] as const]));
      if (open.some(([i, k]) => i.kind === Kind.number && k.kind === Kind.number)) continue;
      found.set(
        at,
        open.reduceRight(
          (inner, [i, k]) => piecewise([[inner, relation("=", i, k)]], context.number(0)),
          context.number(1),
        ),
      );
    }
    return found;
  }

  /** Derivative under a range; the bounds must not depend on the variables. */
  #range(term: Term): Gradient {
    const [body, from, to] = term.args;
    for (const bound of [from, to])
      if (this.#memo.get(bound)!.size > 0)
        throw new Failure("unsupported", `the range ${from} .. ${to} depends on the variable of differentiation`);
    if (term.kind === Kind.reduction && (term.name === "min" || term.name === "max") && this.#memo.get(body)!.size > 0)
      throw new Failure("unsupported", `the derivative of a ${term.name} over a range is not done yet`);
    return this.#each([body], (at, d) => {
      const same = (inner: Term): Term =>
        term.context.intern(term.kind, term.kind === Kind.reduction ? "sum" : "", 0, [inner, from, to], []);
      return term.name === "product" ? mul(term, same(div(d(0, at), body))) : same(d(0, at));
    });
  }
}

function pairs(args: readonly Term[], map: (arg: Term, i: number) => Term): [Term, Term][] {
  const cases: [Term, Term][] = [];
  for (let i = 0; i + 1 < args.length; i += 2) cases.push([map(args[i], i), map(args[i + 1], i + 1)]);
  return cases;
}

function built(sums: ReadonlyMap<number, SumBuilder>): Gradient {
  if (sums.size === 0) return NONE;
  const gradient = new Map<number, Term>();
  for (const [at, sum] of sums) gradient.set(at, sum.build());
  return dropZeros(gradient);
}

function dropZeros(gradient: Map<number, Term>): Gradient {
  for (const [at, derivative] of gradient)
    if (derivative.kind === Kind.number && derivative.value === 0) gradient.delete(at);
  return gradient;
}
