// Infix printing. What is printed reads back as the same term (parse(print(t)) is t for ordinary terms without bound
// variables). Canonical order is by hash; here terms are put into the order people expect: sums by falling degree, then
// names; products numbers first, then names. The output is a tree: shared terms are written once per use, so its length
// is limited.
import { Failure } from "../base/index.ts";
import { Q, type Rational } from "../number/index.ts";
import { instantiate } from "./array.ts";
import { isReservedName } from "./functions.ts";
import { operands } from "./interface.ts";
import { factorRank, inReadingOrder, type Place, placeOf } from "./reading-order.ts";
import { Kind, Term } from "./term.ts";
import { freeSymbols, postorder } from "./traverse.ts";

/** Binding strength of a printed piece: an argument weaker than its place asks for parentheses. */
const Level = { or: 1, and: 2, not: 3, relation: 4, sum: 5, product: 6, unary: 7, power: 8, atom: 9 } as const;

interface Piece {
  readonly text: string;
  readonly level: number;
}

/** Longest text `print` makes, in characters. */
export const PRINT_LIMIT = 10_000_000;

/** The term in infix notation. */
export function print(term: Term): string {
  return text(
    term,
    postorder([term]).some((part) => part.kind === Kind.held),
  );
}

/** `held`: is the text read as held operations, so that numbers must be single leaves? */
function text(term: Term, held: boolean): string {
  const pieces = new Map<Term, Piece>();
  let total = 0;
  for (const part of postorder([term], (t) => t.kind !== Kind.comprehension && t.kind !== Kind.reduction)) {
    const piece = one(part, (arg) => pieces.get(arg) ?? leafOrOther(arg, pieces, held), held);
    total += piece.text.length;
    if (piece.text.length > PRINT_LIMIT || total > 40 * PRINT_LIMIT)
      throw new Failure("limit", `the printed term is longer than ${PRINT_LIMIT} characters`, {
        hint: "It shares subterms; print its parts, or compile it instead.",
      });
    pieces.set(part, piece);
  }
  return pieces.get(term)!.text;
}

Term.show = print;

/** Pieces that are no arguments of the graph (numbers made for printing, split-off powers). */
function leafOrOther(term: Term, pieces: Map<Term, Piece>, held: boolean): Piece {
  const piece = one(term, (arg) => pieces.get(arg) ?? leafOrOther(arg, pieces, held), held);
  pieces.set(term, piece);
  return piece;
}

const within = (piece: Piece, level: number): string => (piece.level < level ? `(${piece.text})` : piece.text);

function number(value: Rational): Piece {
  const text = Q.toString(value);
  if (Q.sign(value) < 0) return { text, level: Level.sum };
  return { text, level: Q.isInteger(value) ? Level.atom : Level.product };
}

function one(term: Term, of: (arg: Term) => Piece, held: boolean): Piece {
  const { args } = term;
  switch (term.kind) {
    case Kind.number:
      if (held && !(Q.isInteger(term.value) && Q.sign(term.value) >= 0))
        return { text: `rational(${Q.toString(term.value)})`, level: Level.atom };
      return number(term.value);
    case Kind.float: {
      const value = term.value as number;
      return { text: `float(${Object.is(value, -0) ? "-0" : String(value)})`, level: Level.atom };
    }
    case Kind.symbol:
      return { text: symbolText(term.name), level: Level.atom };
    case Kind.bound:
      return { text: `#${term.value}`, level: Level.atom };
    case Kind.sum:
      return sum(term, of);
    case Kind.product:
      return product(term, of);
    case Kind.power:
      if (isEuler(args[0])) return { text: `exp(${of(args[1]).text})`, level: Level.atom };
      return { text: `${within(of(args[0]), Level.atom)}^${within(of(args[1]), Level.power)}`, level: Level.power };
    case Kind.call:
      return {
        text: args.length === 0 ? term.name : `${term.name}(${args.map((arg) => of(arg).text).join(", ")})`,
        level: Level.atom,
      };
    case Kind.relation:
      return {
        text: `${within(of(args[0]), Level.sum)} ${term.name} ${within(of(args[1]), Level.sum)}`,
        level: Level.relation,
      };
    case Kind.logic: {
      if (term.name === "not") return { text: `not ${within(of(args[0]), Level.atom)}`, level: Level.not };
      const level = term.name === "and" ? Level.and : Level.or;
      return { text: args.map((arg) => within(of(arg), level + 1)).join(` ${term.name} `), level };
    }
    case Kind.piecewise:
      return { text: `piecewise(${args.map((arg) => of(arg).text).join(", ")})`, level: Level.atom };
    case Kind.array:
      return { text: `[${args.map((arg) => of(arg).text).join(", ")}]`, level: Level.atom };
    case Kind.index:
      return {
        text: `${within(of(args[0]), Level.atom)}[${args
          .slice(1)
          .map((arg) => of(arg).text)
          .join(", ")}]`,
        level: Level.atom,
      };
    case Kind.comprehension:
    case Kind.reduction: {
      const taken = new Set(freeSymbols(term).map((symbol) => symbol.name));
      let name = "i";
      for (let n = 1; taken.has(name) || postorder([args[0]]).some((t) => t.name === name); n++) name = `i${n}`;
      const body = text(instantiate(args[0], term.context.symbol(name)), held);
      return {
        text: `${term.kind === Kind.reduction ? term.name : "array"}(${body}, ${name} = ${text(args[1], held)} .. ${text(args[2], held)})`,
        level: Level.atom,
      };
    }
    default:
      return heldPiece(term, of);
  }
}

/** Names that are not plain identifiers are quoted with backticks. */
export function symbolText(name: string): string {
  return /^[\p{L}_][\p{L}\p{N}_]*$/u.test(name) && !RESERVED.has(name) && !isReservedName(name) ? name : `\`${name}\``;
}

const RESERVED = new Set([
  "and",
  "or",
  "not",
  "pi",
  "e",
  "piecewise",
  "if",
  "sum",
  "product",
  "array",
  "min",
  "max",
  "float",
  "rational",
]);

const isEuler = (term: Term): boolean => term.kind === Kind.call && term.name === "e";

interface Entry {
  readonly piece: Piece;
  readonly negative: boolean;
  readonly place: Place;
}

function degree(term: Term): number {
  if (term.kind === Kind.number || term.kind === Kind.float || (term.kind === Kind.call && term.args.length === 0))
    return 0;
  if (term.kind !== Kind.product) return 1;
  let total = 0;
  for (let i = 0; i < term.args.length; i++) total += degree(term.args[i]) === 0 ? 0 : Q.toNumber(term.weights[i]);
  return total;
}

function sum(term: Term, of: (arg: Term) => Piece): Piece {
  const entries = term.args.map((arg, i): Entry => {
    const weight = term.weights[i];
    const factor = Q.absolute(weight);
    const piece = factor === 1 ? of(arg) : coefficientTimes(factor, arg, of);
    return { piece, negative: Q.sign(weight) < 0, place: placeOf(arg, degree, (part) => of(part).text) };
  });
  const parts: { readonly piece: Piece; readonly negative: boolean }[] = inReadingOrder(entries);
  if (term.value !== 0) parts.push({ piece: number(Q.absolute(term.value)), negative: Q.sign(term.value) < 0 });
  const text = parts
    .map(
      ({ piece, negative }, i) =>
        `${i === 0 ? (negative ? "-" : "") : negative ? " - " : " + "}${within(piece, Level.product)}`,
    )
    .join("");
  return { text, level: Level.sum };
}

/** factor * arg for a positive factor and an arg without coefficient, printed like a product. */
function coefficientTimes(factor: Rational, arg: Term, of: (arg: Term) => Piece): Piece {
  const parts = arg.kind === Kind.product ? arg : undefined;
  return productPiece(factor, parts?.args ?? [arg], parts?.weights ?? [1], of);
}

function product(term: Term, of: (arg: Term) => Piece): Piece {
  if (Q.sign(term.value) >= 0) return productPiece(term.value, term.args, term.weights, of);
  const inner = productPiece(Q.negate(term.value), term.args, term.weights, of);
  return { text: `-${within(inner, Level.product)}`, level: Level.sum };
}

function productPiece(
  coefficient: Rational,
  args: readonly Term[],
  weights: readonly Rational[],
  of: (arg: Term) => Piece,
): Piece {
  const above: { text: string; key: string; level: number; rank: number }[] = [];
  const below: typeof above = [];
  args.forEach((arg, i) => {
    const weight = weights[i];
    const negative = Q.sign(weight) < 0;
    const piece = powerPiece(arg, Q.absolute(weight), of);
    (negative ? below : above).push({ text: piece.text, key: of(arg).text, level: piece.level, rank: factorRank(arg) });
  });
  const byKey = (a: { key: string; rank: number }, b: { key: string; rank: number }): number =>
    a.rank - b.rank || (a.key < b.key ? -1 : a.key > b.key ? 1 : 0);
  above.sort(byKey);
  below.sort(byKey);
  const num = Q.numerator(coefficient);
  const den = Q.denominator(coefficient);
  if (num !== 1n || above.length === 0) above.unshift({ text: String(num), key: "", level: Level.atom, rank: 0 });
  if (den !== 1n) below.unshift({ text: String(den), key: "", level: Level.atom, rank: 0 });
  const joined = (list: { text: string; level: number }[]): string =>
    list.map((part) => within(part, Level.unary)).join("*");
  if (below.length === 0) return above.length === 1 ? above[0] : { text: joined(above), level: Level.product };
  const denominator = below.length === 1 ? within(below[0], Level.power) : `(${joined(below)})`;
  return { text: `${joined(above)}/${denominator}`, level: Level.product };
}

/** arg ^ weight for a positive weight. */
function powerPiece(arg: Term, weight: Rational, of: (arg: Term) => Piece): Piece {
  const base = of(arg);
  if (weight === 1) return base;
  if (isEuler(arg)) return { text: `exp(${Q.toString(weight)})`, level: Level.atom };
  if (typeof weight !== "number" && weight.num === 1n && weight.den === 2n)
    return { text: `sqrt(${base.text})`, level: Level.atom };
  const exponent = Q.isInteger(weight) ? Q.toString(weight) : `(${Q.toString(weight)})`;
  return { text: `${within(base, Level.atom)}^${exponent}`, level: Level.power };
}

/** Held operations print exactly as written, with parentheses where reading would regroup. */
function heldPiece(term: Term, of: (arg: Term) => Piece): Piece {
  const [a, b] = term.args;
  switch (term.name) {
    case "+":
    case "-":
      return { text: `${within(of(a), Level.sum)} ${term.name} ${within(of(b), Level.product)}`, level: Level.sum };
    case "*":
    case "/":
      return { text: `${within(of(a), Level.product)}${term.name}${within(of(b), Level.unary)}`, level: Level.product };
    case "^":
      return { text: `${within(of(a), Level.atom)}^${within(of(b), Level.power)}`, level: Level.power };
    case "neg":
      return { text: `-${within(of(a), Level.unary)}`, level: Level.sum };
    default:
      return {
        text: `${term.name}(${operands(term)
          .map((arg) => of(arg).text)
          .join(", ")})`,
        level: Level.atom,
      };
  }
}
