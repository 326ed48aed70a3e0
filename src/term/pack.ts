// Flat form of terms for travel between contexts, workers and files: parallel arrays in which arguments come first.
import { Failure } from "../base/index.ts";
import { Fraction, Q, type Rational } from "../number/index.ts";
import type { Context } from "./context.ts";
import { Kind, type KindCode, type Term } from "./term.ts";
import { postorder } from "./traverse.ts";

/** Structured-clonable. Node i has kind[i], name[i], value[i], and arguments args[start[i]] .. args[start[i + 1] - 1], all smaller than i. */
export interface PackedTerms {
  readonly kind: Uint8Array;
  readonly name: readonly string[];
  /** Numbers, or "n/d" for fractions. */
  readonly value: readonly (number | string)[];
  readonly start: Int32Array;
  readonly args: Int32Array;
  /** Parallel to args where the kind has weights, else empty. */
  readonly weights: readonly (readonly (number | string)[])[];
  readonly roots: Int32Array;
}

const flat = (value: Rational): number | string => (typeof value === "number" ? value : value.toString());

function raise(value: number | string): Rational {
  if (typeof value === "number") return value;
  const [n, d = "1"] = value.split("/");
  const result = Q.rational(BigInt(n), BigInt(d));
  if (!(result instanceof Fraction)) throw new Failure("syntax", `"${value}" is not a packed fraction in lowest terms`);
  return result;
}

export function pack(roots: readonly Term[]): PackedTerms {
  const order = postorder(roots);
  const place = new Map(order.map((term, i) => [term, i]));
  const start = new Int32Array(order.length + 1);
  const args: number[] = [];
  order.forEach((term, i) => {
    for (const arg of term.args) args.push(place.get(arg)!);
    start[i + 1] = args.length;
  });
  return {
    kind: Uint8Array.from(order, (term) => term.kind),
    name: order.map((term) => term.name),
    value: order.map((term) => flat(term.value)),
    start,
    args: Int32Array.from(args),
    weights: order.map((term) => term.weights.map(flat)),
    roots: Int32Array.from(roots, (root) => place.get(root)!),
  };
}

/** Rebuilds packed terms in `context`. Trusts that they came from `pack`. */
export function unpack(context: Context, packed: PackedTerms): Term[] {
  const made: Term[] = [];
  for (let i = 0; i < packed.kind.length; i++) {
    const args = Array.from(packed.args.subarray(packed.start[i], packed.start[i + 1]), (at) => made[at]);
    const kind = packed.kind[i] as KindCode;
    const value = kind === Kind.float ? (packed.value[i] as number) : raise(packed.value[i]);
    made.push(
      kind === Kind.symbol
        ? context.symbol(packed.name[i])
        : context.intern(kind, packed.name[i], value, args, packed.weights[i].map(raise)),
    );
  }
  return Array.from(packed.roots, (at) => made[at]);
}

/** The same term in another context. */
export function transfer(term: Term, context: Context): Term {
  return term.context === context ? term : unpack(context, pack([term]))[0];
}

/** Are two terms, perhaps of different contexts, structurally the same? */
export function sameStructure(a: Term, b: Term): boolean {
  if (a.context === b.context) return a === b;
  return a.hash === b.hash && transfer(b, a.context) === a;
}
