// Lowering: terms to a tape. Each distinct term is computed once; integer powers become products, roots and reciprocals
// instructions of their own, negative exponents one division. Piecewise terms become selects (all pieces are computed).
// The order of operations is fixed by the terms' canonical order (held terms: as written), the same on every target.
import { Failure } from "../base/index.ts";
import { Q, type Rational } from "../number/index.ts";
import { Kind, postorder, type Term } from "../term/index.ts";
import { SharedPair, sharedSums, type WeightedAddend } from "./shared-sums.ts";
import { Op, type OpCode, type Tape, type TapeArray, TapeBuilder } from "./tape.ts";

/** Where the symbols of the terms come from and where the values go. */
export interface Layout {
  readonly name: string;
  /** Symbols passed as scalars. */
  readonly scalars?: readonly Term[];
  /** Input arrays: element i is the value of symbols[i]. */
  readonly inputs: readonly { readonly name: string; readonly symbols: readonly Term[] }[];
  /** Output arrays: element `at` (or i) receives terms[i]. */
  readonly outputs: readonly {
    readonly name: string;
    readonly terms: readonly Term[];
    readonly at?: ArrayLike<number>;
    readonly length?: number;
  }[];
}

export interface LowerOptions {
  /** Compute each use of a shared sum or product anew: the unshared code that benchmarks compare with. Default false. */
  readonly unshared?: boolean;
  /** Add up pairs of addends that stand together in several sums once (shared-sums.ts). Changes the order of summation. Default false. */
  readonly shareSums?: boolean;
}

/** The tape that computes the outputs of `layout`. Fails on symbols that are not in it and on terms that are not scalar. */
export function lower(layout: Layout, options: LowerOptions = {}): Tape {
  const { scalars = [], inputs, outputs } = layout;
  const arrays: TapeArray[] = [
    ...inputs.map(({ name, symbols }): TapeArray => ({ name, length: symbols.length, access: "read" })),
    ...outputs.map(({ name, terms, length }): TapeArray => ({ name, length: length ?? terms.length, access: "write" })),
  ];
  const builder = new TapeBuilder(
    layout.name,
    scalars.map((symbol) => symbol.name),
    arrays,
  );
  const places = new Map<Term, () => number>();
  scalars.forEach((symbol, i) => places.set(symbol, () => builder.emit(Op.scalar, i)));
  inputs.forEach(({ symbols }, array) =>
    symbols.forEach((symbol, i) => places.set(symbol, () => builder.load(array, i))),
  );
  const parts = options.shareSums ? sharedSums(outputs.flatMap((output) => output.terms)) : undefined;
  const lowering = new Lowering(builder, places, parts);
  outputs.forEach(({ terms, at }, k) => {
    if (options.unshared) {
      terms.forEach((term, i) => builder.store(lowering.unshared(term), inputs.length + k, at?.[i] ?? i));
    } else terms.forEach((term, i) => builder.store(lowering.value(term), inputs.length + k, at?.[i] ?? i));
  });
  return builder.build();
}

class Lowering {
  readonly #out: TapeBuilder;
  readonly #places: ReadonlyMap<Term, () => number>;
  #values = new Map<Term, number>();
  /** Integer powers already formed: base value -> exponent -> value. */
  #powers = new Map<number, Map<number, number>>();

  /** Addends of sums with shared pairs, and the values of those pairs. */
  readonly #parts: ReadonlyMap<Term, readonly WeightedAddend[]>;
  readonly #pairs = new Map<SharedPair, number>();

  constructor(
    out: TapeBuilder,
    places: ReadonlyMap<Term, () => number>,
    parts: ReadonlyMap<Term, readonly WeightedAddend[]> = new Map(),
  ) {
    this.#out = out;
    this.#places = places;
    this.#parts = parts;
  }

  forget(): void {
    this.#values = new Map();
    this.#powers = new Map();
  }

  /** The value of a term with nothing shared between the parts of its outermost sum. */
  unshared(root: Term): number {
    if (root.kind !== Kind.sum) {
      this.forget();
      return this.value(root);
    }
    return this.#sum(root, (part) => {
      this.forget();
      return this.value(part);
    });
  }

  value(root: Term): number {
    const known = this.#values.get(root);
    if (known !== undefined) return known;
    for (const term of postorder([root], (t) => !this.#values.has(t)))
      if (!this.#values.has(term)) this.#values.set(term, this.#one(term));
    return this.#values.get(root)!;
  }

  #of(term: Term): number {
    return this.#values.get(term)!;
  }

  #constant(value: Rational): number {
    const number = Q.toNumber(value);
    if (!Number.isFinite(number))
      throw new Failure("numeric", `the number ${Q.toString(value).slice(0, 40)} is beyond the range of doubles`);
    return this.#out.constant(number);
  }

  #one(term: Term): number {
    const out = this.#out;
    const { args } = term;
    switch (term.kind) {
      case Kind.number:
        return this.#constant(term.value);
      case Kind.float:
        return out.constant(term.value as number);
      case Kind.symbol: {
        const place = this.#places.get(term);
        if (place === undefined) throw new Failure("name", `"${term.name}" is not an input of ${out.name}`);
        return place();
      }
      case Kind.sum:
        return this.#sum(term);
      case Kind.product:
        return this.#product(term.value, term.args, term.weights);
      case Kind.power:
        return isEuler(args[0])
          ? out.call("exp", this.#of(args[1]))
          : out.call("pow", this.#of(args[0]), this.#of(args[1]));
      case Kind.call:
        return this.#call(term);
      case Kind.relation:
        return out.emit(RELATION[term.name], this.#of(args[0]), this.#of(args[1]));
      case Kind.logic:
        if (term.name === "not") return out.emit(Op.not, this.#of(args[0]));
        return args
          .slice(1)
          .reduce((a, b) => out.emit(term.name === "and" ? Op.and : Op.or, a, this.#of(b)), this.#of(args[0]));
      case Kind.piecewise: {
        let value = this.#of(args[args.length - 1]);
        for (let i = args.length - 3; i >= 0; i -= 2)
          value = out.emit(Op.select, this.#of(args[i]), value, this.#of(args[i + 1]));
        return value;
      }
      case Kind.held:
        return this.#held(term);
      default:
        throw new Failure("unsupported", `"${term}" is not a scalar expression`, {
          hint: "Write ranges out with `unroll`, or take one element of the array.",
        });
    }
  }

  #sum(term: Term, of: (part: Term) => number = (part) => this.#of(part)): number {
    const out = this.#out;
    // Positive parts first, so that no leading negation is needed where there is one.
    const parts: readonly WeightedAddend[] =
      this.#parts.get(term) ?? term.args.map((addend, i) => ({ addend, weight: term.weights[i] }));
    const first = Q.sign(term.value) > 0 ? -1 : parts.findIndex(({ weight }) => Q.sign(weight) > 0);
    let total: number | undefined = first < 0 && term.value !== 0 ? this.#constant(term.value) : undefined;
    const add = ({ addend, weight }: WeightedAddend): void => {
      const negative = Q.sign(weight) < 0;
      const value = this.#scaled(addend instanceof SharedPair ? this.#pair(addend) : of(addend), Q.absolute(weight));
      if (total === undefined) total = negative ? out.emit(Op.neg, value) : value;
      else total = out.emit(negative ? Op.sub : Op.add, total, value);
    };
    if (first >= 0) add(parts[first]);
    parts.forEach((part, i) => {
      if (i !== first) add(part);
    });
    if (first >= 0 && term.value !== 0)
      total =
        Q.sign(term.value) < 0
          ? out.emit(Op.sub, total!, this.#constant(Q.negate(term.value)))
          : out.emit(Op.add, total!, this.#constant(term.value));
    return total!;
  }

  /** The value of a shared pair; pairs nest as deep as sums are long. */
  #pair(pair: SharedPair): number {
    let value = this.#pairs.get(pair);
    if (value === undefined) {
      const [a, b] = [pair.a, pair.b].map((part) => (part instanceof SharedPair ? this.#pair(part) : this.#of(part)));
      value = this.#out.emit(pair.minus ? Op.sub : Op.add, a, b);
      this.#pairs.set(pair, value);
    }
    return value;
  }

  /** weight * value for a positive weight. */
  #scaled(value: number, weight: Rational): number {
    return weight === 1 ? value : this.#out.emit(Op.mul, this.#constant(weight), value);
  }

  /** coefficient * product of args[i] ^ weights[i]: numerator and denominator are formed apart, then divided once. */
  #product(coefficient: Rational, args: readonly Term[], weights: readonly Rational[]): number {
    const out = this.#out;
    let above: number | undefined;
    let below: number | undefined;
    const size = Q.absolute(coefficient);
    if (size !== 1) above = this.#constant(size);
    args.forEach((arg, i) => {
      const weight = weights[i];
      const value = this.#power(arg, Q.absolute(weight));
      if (Q.sign(weight) < 0) below = below === undefined ? value : out.emit(Op.mul, below, value);
      else above = above === undefined ? value : out.emit(Op.mul, above, value);
    });
    let value = above ?? out.constant(1);
    if (below !== undefined) value = out.emit(Op.div, value, below);
    return Q.sign(coefficient) < 0 ? out.emit(Op.neg, value) : value;
  }

  /** arg ^ weight for a positive weight: integers and halves by products and square root, others by pow. */
  #power(arg: Term, weight: Rational): number {
    const base = this.#of(arg);
    if (weight === 1) return base;
    if (isEuler(arg)) return this.#out.call("exp", this.#constant(weight));
    if (typeof weight === "number" && weight <= 64) return this.#integerPower(base, weight);
    if (typeof weight !== "number" && weight.den === 2n && weight.num < 64n) {
      const root = this.#out.emit(Op.sqrt, base);
      const whole = Number(weight.num) >> 1;
      return whole === 0 ? root : this.#out.emit(Op.mul, this.#integerPower(base, whole), root);
    }
    return this.#out.call("pow", base, this.#constant(weight));
  }

  /** Repeated squaring; intermediate powers are shared. */
  #integerPower(base: number, n: number): number {
    if (n === 1) return base;
    let known = this.#powers.get(base);
    if (known === undefined) this.#powers.set(base, (known = new Map()));
    let value = known.get(n);
    if (value === undefined) {
      const half = this.#integerPower(base, n >> 1);
      value = this.#out.emit(Op.mul, half, half);
      if (n % 2 === 1) value = this.#out.emit(Op.mul, value, base);
      known.set(n, value);
    }
    return value;
  }

  #call(term: Term): number {
    const out = this.#out;
    const [a, b] = term.args;
    switch (term.name) {
      case "e":
        return out.constant(Math.E);
      case "pi":
        return out.constant(Math.PI);
      case "abs":
        return out.emit(Op.abs, this.#of(a));
      case "floor":
        return out.emit(Op.floor, this.#of(a));
      case "ceil":
        return out.emit(Op.ceil, this.#of(a));
      case "min":
        return out.emit(Op.min, this.#of(a), this.#of(b));
      case "max":
        return out.emit(Op.max, this.#of(a), this.#of(b));
      default:
        return out.call(term.name, this.#of(a), b === undefined ? undefined : this.#of(b));
    }
  }

  #held(term: Term): number {
    const out = this.#out;
    const [a, b] = term.args.map((arg) => this.#of(arg));
    switch (term.name) {
      case "+":
        return out.emit(Op.add, a, b);
      case "-":
        return out.emit(Op.sub, a, b);
      case "*":
        return out.emit(Op.mul, a, b);
      case "/":
        return out.emit(Op.div, a, b);
      case "neg":
        return out.emit(Op.neg, a);
      case "sqrt":
        return out.emit(Op.sqrt, a);
      case "^":
        return out.call("pow", a, b);
      default:
        return this.#call(term);
    }
  }
}

const RELATION = { "=": Op.eq, "!=": Op.ne, "<": Op.lt, "<=": Op.le } as Record<string, OpCode>;

const isEuler = (term: Term): boolean => term.kind === Kind.call && term.name === "e";
