// A Context owns terms: a strong hash table in which each distinct term stands once. It is dropped whole or cleared.
// (A table of weak references was measured at a second per million terms; see docs/decisions.)
import { Failure } from "../base/index.ts";
import { Fraction, type Rational } from "../number/index.ts";
import { Kind, Term, type KindCode } from "./term.ts";

const ONES: (readonly Rational[])[] = [];

/** A shared frozen array of n ones: most sums and products have only unit weights. */
export function ones(n: number): readonly Rational[] {
  return n < 64 ? (ONES[n] ??= Object.freeze(new Array<Rational>(n).fill(1))) : new Array<Rational>(n).fill(1);
}

function mix(hash: number, value: number): number {
  hash = Math.imul(hash ^ value, 0x85ebca6b);
  return (hash << 13) | (hash >>> 19);
}

function finish(hash: number): number {
  hash ^= hash >>> 16;
  hash = Math.imul(hash, 0xc2b2ae35);
  return (hash ^ (hash >>> 13)) | 0;
}

export function hashString(text: string): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193);
  return hash | 0;
}

const scratch = new Float64Array(1);
const scratchWords = new Int32Array(scratch.buffer);

function hashRational(value: Rational): number {
  if (typeof value === "number") {
    if ((value | 0) === value && value !== 0) return value;
    scratch[0] = value;
    return scratchWords[0] ^ Math.imul(scratchWords[1], 31);
  }
  return hashString(value.toString());
}

function sameRational(a: Rational, b: Rational): boolean {
  if (a === b) return a !== 0 || Object.is(a, b);
  return a instanceof Fraction && b instanceof Fraction && a.num === b.num && a.den === b.den;
}

/** A copy without spare room: lists that were built by pushing hold up to four times what they show. */
function exactly(args: readonly Term[]): readonly Term[] {
  switch (args.length) {
    case 0:
      return NONE;
    case 1:
      return [args[0]];
    case 2:
      return [args[0], args[1]];
    case 3:
      return [args[0], args[1], args[2]];
    default:
      return args.slice();
  }
}

const FIRST_SLOTS = 1024;
const CHUNK_BITS = 12;
const CHUNK = 1 << CHUNK_BITS;

const NONE: readonly Term[] = [];
const NO_WEIGHTS: readonly Rational[] = [];

export class Context {
  /**
   * Open addressing with linear probing, at most half full: pairs of a hash and a number, 0 for an empty place, else one more
   * than the place of the term in `#chunks`. Plain integers: the collector does not look at them, and a miss touches no term.
   */
  #slots = new Int32Array(2 * FIRST_SLOTS);
  /** All terms in order of creation, in arrays of CHUNK. */
  #chunks: Term[][] = [];
  #count = 0;
  readonly #symbols = new Map<string, Term>();
  #integers: Term[] = [];
  /** Bases that cancelled (x/x, x^0): what was simplified holds where none of them is zero. */
  #cancelled = new Set<Term>();

  constructor() {
    this.#makeIntegers();
  }

  #makeIntegers(): void {
    this.#integers = [];
    for (let i = -8; i <= 32; i++) this.#integers.push(this.intern(Kind.number, "", i, NONE, NO_WEIGHTS));
  }

  /** Number of distinct terms. */
  get size(): number {
    return this.#count;
  }

  /** Forgets all terms. Terms made before must not be used with this context any more. */
  clear(): void {
    this.#slots = new Int32Array(2 * FIRST_SLOTS);
    this.#chunks = [];
    this.#count = 0;
    this.#symbols.clear();
    this.#cancelled = new Set();
    this.#makeIntegers();
  }

  /**
   * The unique term of this structure. The caller guarantees the invariants of its kind (see Term); constructors in
   * build.ts establish them.
   */
  intern(kind: KindCode, name: string, value: Rational, args: readonly Term[], weights: readonly Rational[]): Term {
    let hash = mix(kind + 1, hashRational(value));
    if (name !== "") hash = mix(hash, hashString(name));
    for (let i = 0; i < args.length; i++) hash = mix(hash, args[i].hash);
    for (let i = 0; i < weights.length; i++) hash = mix(hash, hashRational(weights[i]));
    hash = finish(hash);
    const slots = this.#slots;
    const mask = (slots.length >> 1) - 1;
    let slot = hash & mask;
    probe: for (let id = slots[2 * slot + 1]; id !== 0; slot = (slot + 1) & mask, id = slots[2 * slot + 1]) {
      if (slots[2 * slot] !== hash) continue;
      const found = this.#chunks[(id - 1) >> CHUNK_BITS][(id - 1) & (CHUNK - 1)];
      if (
        found.kind !== kind ||
        found.name !== name ||
        found.args.length !== args.length ||
        !sameRational(found.value, value)
      )
        continue;
      for (let i = 0; i < args.length; i++) if (found.args[i] !== args[i]) continue probe;
      if (found.weights !== weights)
        for (let i = 0; i < weights.length; i++) if (!sameRational(found.weights[i], weights[i])) continue probe;
      return found;
    }
    for (let i = 0; i < args.length; i++)
      if (args[i].context !== this)
        throw new Failure("usage", "terms of two contexts meet in one expression", {
          hint: "Carry one over with `transfer(term, context)`.",
        });
    const term = new Term(this, kind, hash, name, value, exactly(args), weights);
    const id = this.#count++;
    if ((id & (CHUNK - 1)) === 0) this.#chunks.push([]);
    this.#chunks[id >> CHUNK_BITS].push(term);
    slots[2 * slot] = hash;
    slots[2 * slot + 1] = id + 1;
    if (4 * this.#count > slots.length) this.#grow();
    return term;
  }

  #grow(): void {
    const old = this.#slots;
    const slots = new Int32Array(2 * old.length);
    const mask = (slots.length >> 1) - 1;
    for (let i = 0; i < old.length; i += 2) {
      const id = old[i + 1];
      if (id === 0) continue;
      let slot = old[i] & mask;
      while (slots[2 * slot + 1] !== 0) slot = (slot + 1) & mask;
      slots[2 * slot] = old[i];
      slots[2 * slot + 1] = id;
    }
    this.#slots = slots;
  }

  /** An exact number. */
  number(value: Rational): Term {
    if (typeof value === "number" && value >= -8 && value <= 32 && Number.isInteger(value))
      return this.#integers[value + 8];
    return this.intern(Kind.number, "", value, NONE, NO_WEIGHTS);
  }

  /** A double, kept apart from exact numbers. Fails on NaN and infinities, which are not numbers of mathematics. */
  float(value: number): Term {
    if (!Number.isFinite(value)) throw new Failure("domain", `${value} cannot stand in a term`);
    return this.intern(Kind.float, "", value, NONE, NO_WEIGHTS);
  }

  symbol(name: string): Term {
    let term = this.#symbols.get(name);
    if (term === undefined) {
      if (name === "") throw new Failure("name", "a symbol needs a name");
      term = this.intern(Kind.symbol, name, 0, NONE, NO_WEIGHTS);
      this.#symbols.set(name, term);
    }
    return term;
  }

  symbols(...names: string[]): Term[] {
    return names.map((name) => this.symbol(name));
  }

  /** Records that `base` cancelled, so that the result holds only where it is not zero. */
  recordCancelled(base: Term): void {
    this.#cancelled.add(base);
  }

  /** The bases that have cancelled since the last call (each must be nonzero for the results to hold); empties the record. */
  takeCancelled(): Term[] {
    const all = [...this.#cancelled];
    this.#cancelled = new Set();
    return all;
  }
}

/** The context used where none is given. */
export const defaultContext = new Context();
