// Arithmetic of a float format, emulated in f64: every operation rounded once, as if the format's own hardware did it.
// One f64 operation and a rounding to t bits are enough where the f64 result is exact, or for nearest modes where 53 >= 2t + 2
// (Figueroa 1995, "When is double rounding innocuous?"). Elsewhere the f64 result is first made odd: its error is found exactly
// (TwoSum, Knuth; TwoProduct, Dekker 1971, Veltkamp's splitting; remainders of quotients and roots), and if it is not zero the
// neighbour with an odd significand is taken; rounding that to at most 51 bits rounds the exact result (Boldo and Melquiond
// 2008, "Emulation of FMA and correctly rounded sums: proved algorithms using rounding to odd").
// Functions (exp, ...) are computed in f64, below 1 ULP there, and rounded: faithful, not correctly rounded.
// Left out: formats of more than 51 bits and of exponents near the ends of f64; `canEmulate` says so, with the reason.
import { type FloatRounding, floatRounding, round } from "../../number/index.ts";
import { Block } from "../builder.ts";
import * as ir from "../builder.ts";
import type { Expression, Program, Statement, Variable } from "../ir.ts";
import type { OperationName } from "../operations.ts";
import { mapStatement, replaceFunctions } from "../shape.ts";
import { canRound, needsRandom, roundingCode } from "./rounding-code.ts";
import { philoxScalar } from "./philox-code.ts";

/** undefined, or why the format's arithmetic cannot be emulated in f64. */
export function canEmulate(rounding: FloatRounding): string | undefined {
  const { precision: t, emin, emax, format, mode, bits } = rounding;
  if (!canRound(rounding, "f64")) return `there is no code for rounding to ${format.name} by ${mode}`;
  if (t > 51) return `${format.name} has ${t} bits; odd f64 results decide at most 51`;
  if (2 * emax > 980 || 2 * (emin - t) < -900) return `exponents of products in ${format.name} leave the range of f64`;
  if (needsRandom(rounding) && t + bits + 1 > 52)
    return `${t} bits and ${bits} random bits do not fit in f64; ask for fewer random bits`;
  return undefined;
}

type Road = "plain" | "odd";

/** Which operations need an odd intermediate result. */
export function roads(rounding: FloatRounding): Record<"add" | "mul" | "div" | "sqrt", Road> {
  const { precision: t, emin, emax, mode } = rounding;
  const innocuous = mode.startsWith("nearest") && 53 >= 2 * t + 2;
  const exactSum = emax - (emin - t + 1) + 2 <= 53;
  return {
    add: innocuous || exactSum ? "plain" : "odd",
    mul: innocuous || 2 * t <= 53 ? "plain" : "odd",
    div: innocuous ? "plain" : "odd",
    sqrt: innocuous ? "plain" : "odd",
  };
}

/** s, or its neighbour toward s + e, whichever has an odd significand, if e is not 0. */
function odd(k: Block, s: Expression, e: Expression): Expression {
  const error = k.let("e", e);
  const word = k.let("w", ir.bits(s, "i64"), "i64");
  const inexact = ir.or(ir.lt(error, 0), ir.gt(error, 0));
  const even = ir.eq(ir.and(word, ir.i64(1)), ir.i64(0));
  const toward = ir.xor(ir.gt(error, 0), ir.gt(s, 0));
  const step = ir.select(ir.and(inexact, even), ir.select(toward, ir.i64(-1), ir.i64(1)), ir.i64(0));
  return k.let("odd", ir.bits(ir.add(word, step), "f64"));
}

/** The error of s = a + b. */
function sumError(k: Block, a: Expression, b: Expression, s: Expression): Expression {
  const bb = k.let("bb", ir.sub(s, a));
  return ir.add(ir.sub(a, ir.sub(s, bb)), ir.sub(b, bb));
}

/** Two halves of a, of 26 bits each. */
function split(k: Block, a: Expression): [Expression, Expression] {
  const c = k.let("c", ir.mul(a, 134217729));
  const high = k.let("hi", ir.sub(c, ir.sub(c, a)));
  return [high, k.let("lo", ir.sub(a, high))];
}

/** The error of p = a b. */
function productError(k: Block, a: Expression, b: Expression, p: Expression): Expression {
  const [a1, a2] = split(k, a);
  const [b1, b2] = split(k, b);
  const first = ir.add(ir.add(ir.sub(ir.mul(a1, b1), p), ir.mul(a1, b2)), ir.mul(a2, b1));
  return ir.add(first, ir.mul(a2, b2));
}

/** a op b in f64, exact or odd, ready to be rounded. */
export function exactly(k: Block, rounding: FloatRounding, op: OperationName, args: readonly Expression[]): Expression {
  const road = roads(rounding);
  const [a, b] = args;
  switch (op) {
    case "add":
    case "sub": {
      const second = op === "sub" ? k.let("b", ir.neg(b)) : b;
      const s = k.let("s", ir.add(a, second));
      return road.add === "plain" ? s : odd(k, s, sumError(k, a, second, s));
    }
    case "mul": {
      const p = k.let("p", ir.mul(a, b));
      return road.mul === "plain" ? p : odd(k, p, productError(k, a, b, p));
    }
    case "div": {
      const q = k.let("q", ir.div(a, b));
      if (road.div === "plain") return q;
      // a - q b is exact; the quotient is above q if it has the sign of b.
      const p = k.let("p", ir.mul(q, b));
      const rest = k.let("rest", ir.sub(ir.sub(a, p), productError(k, q, b, p)));
      return odd(k, q, ir.select(ir.lt(b, 0), ir.neg(rest), rest));
    }
    case "sqrt": {
      const q = k.let("q", ir.sqrt(a));
      if (road.sqrt === "plain") return q;
      const p = k.let("p", ir.mul(q, q));
      return odd(k, q, ir.sub(ir.sub(a, p), productError(k, q, q, p)));
    }
    default:
      throw new Error(`${op} is not an operation that rounds`);
  }
}

/** a b + c, exact or odd: the product of two numbers of at most 26 bits is exact; otherwise its error joins that of the sum. */
export function exactFma(k: Block, rounding: FloatRounding, a: Expression, b: Expression, c: Expression): Expression {
  const p = k.let("p", ir.mul(a, b));
  const s = k.let("s", ir.add(p, c));
  const lost = k.let("lost", sumError(k, p, c, s));
  if (2 * rounding.precision <= 53) return odd(k, s, lost);
  // p + p' + c with p' the error of p: the sum of both errors is made odd, then added and made odd again.
  const small = k.let("small", productError(k, a, b, p));
  const t = k.let("t", ir.add(lost, small));
  const rest = odd(k, t, sumError(k, lost, small, t));
  const total = k.let("total", ir.add(s, rest));
  return odd(k, total, sumError(k, s, rest, total));
}

const ROUNDING: ReadonlySet<OperationName> = new Set(["add", "sub", "mul", "div", "sqrt"]);

export interface EmulateOptions {
  /** Key of the random bits of stochastic modes. */
  readonly seed?: number;
  /** A local whose operations are rounded otherwise: an accumulator. */
  readonly accumulator?: { readonly variable: Variable; readonly rounding: FloatRounding };
}

/** The parameter, if a function has it, that is added to the loop variable to number points: maps run in blocks. */
export const FIRST_POINT = "first";
/** The parameter with the value that a reduction begins with: in the accumulator's format already. */
export const START = "start";

/**
 * Every f64 operation of the program's loops and straight-line code rounded to the format; constants and numbers read from
 * arrays are rounded to nearest first. Random bits of stochastic modes are numbered by the loop variable and the operation.
 */
export function emulate(program: Program, rounding: FloatRounding, options: EmulateOptions = {}): Program {
  const functions = program.functions.map((f) => {
    if (f.kind === "tape") return f;
    const first = f.parameters.find((p) => p.name === FIRST_POINT);
    const inputs = new Set(f.parameters.filter((p) => p.type === "f64" && p.name !== START));
    return { ...f, body: new Emulator(rounding, options, first, inputs).body(f.body, undefined) };
  });
  return replaceFunctions(program, functions);
}

class Emulator {
  readonly #rounding: FloatRounding;
  readonly #options: EmulateOptions;
  readonly #first: Variable | undefined;
  /** Numbers given from outside: rounded when they are read. */
  readonly #inputs: ReadonlySet<Variable>;
  /** How data are read: to nearest, with the format's own overflow. */
  readonly #reading: FloatRounding;
  /** Operations met so far in a loop's body, and the last four random words. */
  #count = 0;
  #words: readonly Expression[] = [];
  #total = 0;

  constructor(
    rounding: FloatRounding,
    options: EmulateOptions,
    first: Variable | undefined,
    inputs: ReadonlySet<Variable>,
  ) {
    this.#inputs = inputs;
    this.#rounding = rounding;
    this.#options = options;
    this.#first = first;
    this.#reading = floatRounding(rounding.format);
  }

  body(list: readonly Statement[], point: Variable | undefined): Statement[] {
    const out: Statement[] = [];
    for (const s of list) {
      const k = new Block();
      const { accumulator } = this.#options;
      const rounding = s.kind === "set" && s.target === accumulator?.variable ? accumulator.rounding : this.#rounding;
      const next = mapStatement(s, (e) => this.#value(e, k, point, rounding));
      out.push(...k.statements);
      if (next.kind === "for") {
        const outer = [this.#count, this.#words] as const;
        this.#count = 0;
        this.#words = [];
        this.#total = operationsIn(next.body);
        out.push({ ...next, body: this.body(next.body, next.target) });
        [this.#count, this.#words] = outer;
      } else if (next.kind === "while") out.push({ ...next, body: this.body(next.body, point) });
      else if (next.kind === "if")
        out.push({ ...next, body: this.body(next.body, point), otherwise: this.body(next.otherwise, point) }); // oxfmt-ignore
      else out.push(next);
    }
    return out;
  }

  #round(x: Expression, k: Block, point: Variable | undefined, rounding: FloatRounding): Expression {
    if (!needsRandom(rounding)) return k.let("f", roundingCode(k, rounding, k.let("x", x)));
    const at = this.#count++;
    if (at % 4 === 0) {
      // Four roundings share a block: counter = point * ceil(total/4) + at/4.
      const per = Math.ceil(this.#total / 4);
      const number = point && ir.convert(this.#first ? ir.add(this.#first as Expression, point) : point, "i64");
      const base = number ? ir.mul(number, ir.i64(per)) : ir.i64(0);
      this.#words = philoxScalar(k, ir.add(base, ir.i64(Math.floor(at / 4))), this.#options.seed ?? 0);
    }
    const random = ir.shru(this.#words[at % 4], ir.i64(32 - rounding.bits));
    const asNumber = ir.sub(ir.bits(ir.or(random, ir.i64(0x4330000000000000n)), "f64"), 2 ** 52);
    return k.let("f", roundingCode(k, rounding, k.let("x", x), k.let("r", asNumber)));
  }

  /** `rounding` is that of the outermost operation; those inside it round as usual. */
  #value(e: Expression, k: Block, point: Variable | undefined, rounding = this.#rounding): Expression {
    switch (e.kind) {
      case "constant":
        return e.type === "f64" ? ir.f64(round(e.value, this.#reading.format)) : e;
      case "load":
        return e.type === "f64" ? k.let("f", roundingCode(k, this.#reading, k.let("x", e))) : e;
      case "variable":
        return e.type === "f64" && this.#inputs.has(e) ? k.let("f", roundingCode(k, this.#reading, e)) : e;
      case "math":
        return this.#round({ ...e, args: e.args.map((x) => this.#value(x, k, point)) }, k, point, rounding);
      case "operation": {
        const args = e.args.map((x) => this.#value(x, k, point));
        if (e.type !== "f64" || !ROUNDING.has(e.op)) return { ...e, args };
        const places = args.map((x) => (x.kind === "variable" || x.kind === "constant" ? x : k.let("x", x)));
        return this.#round(exactly(k, rounding, e.op, places), k, point, rounding);
      }
      default:
        return e;
    }
  }
}

/** Roundings in a loop's body, one for each operation. */
function operationsIn(body: readonly Statement[]): number {
  let total = 0;
  const visit = (e: Expression): void => {
    if (e.kind === "operation") {
      if (e.type === "f64" && ROUNDING.has(e.op)) total++;
      e.args.forEach(visit);
    } else if (e.kind === "math") {
      total++;
      e.args.forEach(visit);
    }
  };
  for (const s of body) mapStatement(s, (e) => (visit(e), e));
  return total;
}
