// Terms as people write them: sums with signs, quotients, roots, bound variables with names, factors in reading order.
// A layer between terms and the printers of LaTeX, MathML and FPCore, which only fold over it. Each node has few kinds of
// its own; shared terms are shared nodes. What is written reads back as the same term because constructors normalise.
import { Failure } from "../base/index.ts";
import { Q, type Rational } from "../number/index.ts";
import { instantiate } from "./array.ts";
import { factorRank, inReadingOrder, placeOf } from "./reading-order.ts";
import { Kind, type Term } from "./term.ts";
import { freeSymbols, postorder } from "./traverse.ts";

export type WrittenOp =
  /** A natural number: `name` its digits. */
  | "number"
  /** A double kept apart: `value`. */
  | "float"
  | "symbol"
  /** pi or e. */
  | "constant"
  /** args with signs `minus`. */
  | "sum"
  | "neg"
  | "product"
  | "quotient"
  | "power"
  /** The root of args[0] of degree `name`. */
  | "root"
  | "call"
  | "relation"
  | "logic"
  | "piecewise"
  | "array"
  | "index"
  /** `name` one of sum, product, min, max, array over args = [variable, body, from, to]. */
  | "range"
  | "held";

export interface Written {
  readonly op: WrittenOp;
  readonly name: string;
  readonly args: readonly Written[];
  readonly minus?: readonly boolean[];
  readonly value?: number;
  /** index: are all indices variables of enclosing sums or products? */
  readonly local?: boolean;
}

interface Entry {
  readonly node: Written;
  readonly degree: number;
  readonly key: string;
}

/** Deepest nesting of sums and comprehensions over ranges. */
const DEEPEST_RANGES = 100;
const KEY_LENGTH = 60;
const NONE: readonly Written[] = [];

const number = (value: bigint | string): Written => ({ op: "number", name: String(value), args: NONE });

/** The written form of a term. */
export function written(term: Term): Written {
  const stems = new Set(freeSymbols(term).flatMap(({ name }) => (name.includes("_") ? [name.split("_")[0]] : [])));
  return new Writer(stems).write(term, new Set(), 0);
}

/** Combines a written form from its leaves up; each shared node once; depth is limited by memory only. */
export function fold<T>(root: Written, combine: (node: Written, args: readonly T[]) => T): T {
  const done = new Map<Written, T>();
  const stack: [Written, number][] = [[root, 0]];
  while (stack.length > 0) {
    const top = stack[stack.length - 1];
    const [node, at] = top;
    if (at < node.args.length) {
      top[1]++;
      if (!done.has(node.args[at])) stack.push([node.args[at], 0]);
      continue;
    }
    stack.pop();
    if (!done.has(node))
      done.set(
        node,
        combine(
          node,
          node.args.map((arg) => done.get(arg)!),
        ),
      );
  }
  return done.get(root)!;
}

class Writer {
  readonly #entries = new Map<Term, Entry>();
  /** What stands before the subscripts of symbols: a_k is written for an element only if no symbol looks like it. */
  readonly #stems: ReadonlySet<string>;

  constructor(stems: ReadonlySet<string>) {
    this.#stems = stems;
  }

  write(term: Term, bound: ReadonlySet<Term>, depth: number): Written {
    if (depth > DEEPEST_RANGES)
      throw new Failure("limit", `more than ${DEEPEST_RANGES} ranges stand inside each other`);
    for (const part of postorder(
      [term],
      (t) => t.kind !== Kind.comprehension && t.kind !== Kind.reduction && !this.#entries.has(t),
    ))
      if (!this.#entries.has(part)) this.#entries.set(part, this.#entry(part, bound, depth));
    return this.#entries.get(term)!.node;
  }

  #entry(term: Term, bound: ReadonlySet<Term>, depth: number): Entry {
    const { args } = term;
    const of = (arg: Term): Entry => this.#entries.get(arg)!;
    const nodes = (): Written[] => args.map((arg) => of(arg).node);
    const key = `${term.name}(${args.map((arg) => of(arg)?.key ?? "").join(",")})`.slice(0, KEY_LENGTH);
    const plain = (op: WrittenOp, name = term.name): Entry => ({ node: { op, name, args: nodes() }, degree: 1, key });
    switch (term.kind) {
      case Kind.number:
        return { node: rational(term.value), degree: 0, key: Q.toString(term.value).slice(0, KEY_LENGTH) };
      case Kind.float:
        return { node: { op: "float", name: "", args: NONE, value: term.value as number }, degree: 0, key: "" };
      case Kind.symbol:
        return { ...plain("symbol"), key: term.name };
      case Kind.bound:
        throw new Failure("usage", "a bound variable has no name outside its range");
      case Kind.sum:
        return this.#sum(term, key);
      case Kind.product: {
        const node = this.#product(Q.absolute(term.value), args, term.weights);
        return {
          node: Q.sign(term.value) < 0 ? { op: "neg", name: "", args: [node] } : node,
          degree: this.#degree(term),
          key: `${args.map((arg) => of(arg).key).join("*")}`.slice(0, KEY_LENGTH),
        };
      }
      case Kind.power:
        return { ...plain("power", ""), key: `${of(args[0]).key}^` };
      case Kind.call:
        return args.length === 0 ? { ...plain("constant"), degree: 0, key: term.name } : plain("call");
      case Kind.relation:
        return plain("relation");
      case Kind.logic:
        return plain("logic");
      case Kind.piecewise:
        return plain("piecewise");
      case Kind.array:
        return plain("array");
      case Kind.index: {
        const local =
          args[0].kind === Kind.symbol &&
          !this.#stems.has(args[0].name) &&
          args.slice(1).every((arg) => bound.has(arg));
        return { node: { op: "index", name: "", args: nodes(), local }, degree: 1, key };
      }
      case Kind.comprehension:
      case Kind.reduction:
        return { node: this.#range(term, bound, depth), degree: 1, key: term.name };
      default:
        return plain("held");
    }
  }

  #range(term: Term, bound: ReadonlySet<Term>, depth: number): Written {
    const { context, args } = term;
    const name = term.kind === Kind.reduction ? term.name : "array";
    // Neither a name in use nor a subscript of one: in LaTeX x_k inside a sum over k is an element.
    const taken = new Set(freeSymbols(term).flatMap((symbol) => [symbol.name, ...symbol.name.split("_")]));
    for (const symbol of bound) taken.add(symbol.name);
    let own = "k";
    for (let n = 1; taken.has(own); n++) own = `k_${n}`;
    const variable = context.symbol(own);
    const inside = name === "array" ? bound : new Set([...bound, variable]);
    const inner = new Writer(this.#stems);
    const body = inner.write(instantiate(args[0], variable), inside, depth + 1);
    return {
      op: "range",
      name,
      args: [
        { op: "symbol", name: own, args: NONE },
        body,
        inner.write(args[1], bound, depth + 1),
        inner.write(args[2], bound, depth + 1),
      ],
    };
  }

  /** Terms by falling degree, then by name; the constant last. */
  #sum(term: Term, key: string): Entry {
    const parts = term.args.map((arg, i) => {
      const { node, degree } = this.#entries.get(arg)!;
      const weight = term.weights[i];
      const size = Q.absolute(weight);
      return {
        node: size === 1 ? node : this.#product(size, ...factorsOf(arg)),
        negative: Q.sign(weight) < 0,
        place: placeOf(
          arg,
          () => degree,
          (part) => this.#entries.get(part)!.key,
        ),
      };
    });
    const degree = Math.max(...parts.map(({ place }) => place.degree));
    inReadingOrder(parts);
    const args = parts.map(({ node }) => node);
    const minus = parts.map(({ negative }) => negative);
    if (term.value !== 0) {
      args.push(rational(Q.absolute(term.value)));
      minus.push(Q.sign(term.value) < 0);
    }
    return { node: { op: "sum", name: "", args, minus }, degree, key };
  }

  /** A positive coefficient times powers, as a product or a quotient. */
  #product(coefficient: Rational, args: readonly Term[], weights: readonly Rational[]): Written {
    const above: { node: Written; key: string; rank: number }[] = [];
    const below: typeof above = [];
    args.forEach((arg, i) => {
      const entry = this.#entries.get(arg)!;
      const node = power(entry.node, Q.absolute(weights[i]));
      (Q.sign(weights[i]) < 0 ? below : above).push({ node, key: entry.key, rank: factorRank(arg) });
    });
    const ordered = (list: typeof above, scalar: bigint): Written => {
      list.sort((a, b) => a.rank - b.rank || (a.key < b.key ? -1 : a.key > b.key ? 1 : 0));
      const nodes = list.map((each) => each.node);
      if (scalar !== 1n || nodes.length === 0) nodes.unshift(number(scalar));
      return nodes.length === 1 ? nodes[0] : { op: "product", name: "", args: nodes };
    };
    const denominator = Q.denominator(coefficient);
    const top = ordered(above, Q.numerator(coefficient));
    if (below.length === 0 && denominator === 1n) return top;
    return { op: "quotient", name: "", args: [top, ordered(below, denominator)] };
  }

  #degree(term: Term): number {
    let total = 0;
    term.args.forEach((arg, i) => {
      if (this.#entries.get(arg)!.degree !== 0) total += Q.toNumber(term.weights[i]);
    });
    return total;
  }
}

function factorsOf(term: Term): [readonly Term[], readonly Rational[]] {
  return term.kind === Kind.product ? [term.args, term.weights] : [[term], [1]];
}

function rational(value: Rational): Written {
  const size = Q.absolute(value);
  const node: Written = Q.isInteger(size)
    ? number(Q.numerator(size))
    : { op: "quotient", name: "", args: [number(Q.numerator(size)), number(Q.denominator(size))] };
  return Q.sign(value) < 0 ? { op: "neg", name: "", args: [node] } : node;
}

/** node ^ weight for a positive weight. */
function power(node: Written, weight: Rational): Written {
  if (weight === 1) return node;
  if (Q.numerator(weight) === 1n && !(node.op === "constant" && node.name === "e"))
    return { op: "root", name: String(Q.denominator(weight)), args: [node] };
  return { op: "power", name: "", args: [node, rational(weight)] };
}

/** Is the written form a number, perhaps negative or a fraction? Gives its text as 3, -3, 3/4. */
export function literal(node: Written): string | undefined {
  if (node.op === "number") return node.name;
  if (node.op === "neg") {
    const inner = literal(node.args[0]);
    return inner === undefined || inner.startsWith("-") ? undefined : `-${inner}`;
  }
  if (node.op === "quotient" && node.args.every((arg) => arg.op === "number"))
    return `${node.args[0].name}/${node.args[1].name}`;
  return undefined;
}
