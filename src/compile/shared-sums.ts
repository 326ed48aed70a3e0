// Common parts of sums: a pass over the graph that finds two addends standing together in several sums, a + b or a - b up
// to a common factor, adds them up once, and goes on with the result as one addend. Greedy, most frequent pair first
// (Hosangadi, Fallah, Kastner 2006, "Optimizing polynomial expressions by algebraic factorization and common subexpression
// elimination", section V; two-term divisors). The result depends on the terms' canonical order alone.
import { Q, type Rational } from "../number/index.ts";
import { Kind, postorder, type Term } from "../term/index.ts";

/** An addend: a term, or the sum or difference of two addends that is shared. */
export type Addend = Term | SharedPair;

export class SharedPair {
  readonly a: Addend;
  readonly b: Addend;
  readonly minus: boolean;

  constructor(a: Addend, b: Addend, minus: boolean) {
    this.a = a;
    this.b = b;
    this.minus = minus;
  }
}

export interface WeightedAddend {
  readonly addend: Addend;
  readonly weight: Rational;
}

/** Sums with more addends are left alone: their pairs are too many. */
const MOST_ADDENDS = 80;

/** Items (addends by number) of one sum: item -> weight. */
type Items = Map<number, Rational>;

/** For each sum in the graph of the roots that has shared pairs: its addends. */
export function sharedSums(roots: readonly Term[]): Map<Term, readonly WeightedAddend[]> {
  const sums = postorder(roots).filter((term) => term.kind === Kind.sum);
  const uses = new Map<Term, number>();
  for (const sum of sums) for (const arg of sum.args) uses.set(arg, (uses.get(arg) ?? 0) + 1);
  const items: Addend[] = [];
  const number = new Map<Term, number>();
  // Items of each sum that stand in other sums too; the rest is kept as it is.
  const shared = sums.map((sum): Items => {
    const found: Items = new Map();
    if (sum.args.length <= MOST_ADDENDS)
      sum.args.forEach((arg, i) => {
        if (uses.get(arg)! < 2) return;
        let id = number.get(arg);
        if (id === undefined) number.set(arg, (id = items.push(arg) - 1));
        found.set(id, sum.weights[i]);
      });
    return found;
  });
  const pairs = new PairTable(shared);
  shared.forEach((found, s) => pairs.addAll(s, [...found.keys()]));
  for (let pair = pairs.next(); pair !== undefined; pair = pairs.next()) {
    const { a, b, minus, occurrences } = pair;
    const id = items.push(new SharedPair(items[a], items[b], minus)) - 1;
    for (const s of occurrences) {
      const found = shared[s];
      const weight = found.get(a)!;
      found.delete(a);
      found.delete(b);
      const others = [...found.keys()];
      found.set(id, weight);
      for (const other of others) pairs.add(s, other, id);
    }
    pairs.flush();
  }
  const result = new Map<Term, readonly WeightedAddend[]>();
  sums.forEach((sum, s) => {
    const found = shared[s];
    if (![...found.keys()].some((id) => items[id] instanceof SharedPair)) return;
    const list: WeightedAddend[] = [];
    sum.args.forEach((arg, i) => {
      const id = number.get(arg);
      if (id === undefined || sum.args.length > MOST_ADDENDS || found.has(id))
        list.push({ addend: arg, weight: sum.weights[i] });
    });
    for (const [id, weight] of found) if (items[id] instanceof SharedPair) list.push({ addend: items[id], weight });
    result.set(sum, list);
  });
  return result;
}

interface Pair {
  readonly a: number;
  readonly b: number;
  readonly minus: boolean;
  readonly occurrences: readonly number[];
}

/** Where pairs stand, and the most frequent one. Entries may be stale: they are checked when they are taken. */
class PairTable {
  readonly #shared: readonly Items[];
  readonly #where = new Map<number, number[]>();
  /** Keys by the number of occurrences they had when they were put in. */
  readonly #buckets: number[][] = [];
  readonly #changed = new Set<number>();

  constructor(shared: readonly Items[]) {
    this.#shared = shared;
  }

  addAll(s: number, ids: readonly number[]): void {
    for (let i = 0; i < ids.length; i++) for (let j = i + 1; j < ids.length; j++) this.add(s, ids[i], ids[j]);
  }

  /** Notes that items a and b stand together in sum s. */
  add(s: number, a: number, b: number): void {
    if (a > b) [a, b] = [b, a];
    const key = this.#key(s, a, b);
    if (key === undefined) return;
    const list = this.#where.get(key);
    if (list === undefined) this.#where.set(key, [s]);
    else {
      list.push(s);
      this.#changed.add(key);
    }
  }

  /** Same size of weights: a + b or a - b up to a factor. */
  #key(s: number, a: number, b: number): number | undefined {
    const found = this.#shared[s];
    const wa = found.get(a);
    const wb = found.get(b);
    if (wa === undefined || wb === undefined || !Q.equal(Q.absolute(wa), Q.absolute(wb))) return undefined;
    return (a * 2 ** 24 + b) * 2 + (Q.sign(wa) === Q.sign(wb) ? 0 : 1);
  }

  /** Puts what has changed into its bucket. */
  flush(): void {
    for (const key of this.#changed) (this.#buckets[this.#where.get(key)!.length] ??= []).push(key);
    this.#changed.clear();
  }

  /** The most frequent pair that stands in two sums at least. */
  next(): Pair | undefined {
    this.flush();
    while (this.#buckets.length > 2) {
      const count = this.#buckets.length - 1;
      const bucket = this.#buckets[count];
      if (bucket === undefined || bucket.length === 0) {
        this.#buckets.pop();
        continue;
      }
      const key = bucket.pop()!;
      const list = this.#where.get(key);
      if (list === undefined) continue;
      const minus = key % 2 === 1;
      const both = Math.floor(key / 2);
      const a = Math.floor(both / 2 ** 24);
      const b = both % 2 ** 24;
      const occurrences = list.filter((s) => this.#key(s, a, b) === key);
      if (occurrences.length < 2) this.#where.delete(key);
      else if (occurrences.length < count) {
        this.#where.set(key, occurrences);
        (this.#buckets[occurrences.length] ??= []).push(key);
      } else {
        this.#where.delete(key);
        return { a, b, minus, occurrences };
      }
    }
    return undefined;
  }
}
