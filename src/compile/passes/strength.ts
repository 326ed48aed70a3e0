// Pass: operations become cheaper ones. Divisions by a power of two become exact multiplications, products of integers with a power
// of two shifts, sums and products with constants are computed: bit for bit the same. With `relaxed`, a division by any other
// constant becomes a multiplication by its reciprocal, whose result differs by at most one unit in the last place (two roundings
// for one); integer powers by calls of `pow` become at most six products, of one rounding each.
// Left out: Horner's form (factor.ts works on terms, where sums may be rearranged), divisions of integers.
import * as ir from "../builder.ts";
import type { Expression, Operation, Program, Statement } from "../ir.ts";
import { mapExpression, mapStatement, replaceFunctions } from "../shape.ts";

export interface StrengthOptions {
  /** Reciprocals and products for powers are granted, of one rounding each. Default false. */
  readonly relaxed?: boolean;
}

export function reduceStrength(program: Program, { relaxed = false }: StrengthOptions = {}): Program {
  const change = (e: Expression): Expression => mapExpression(e, (x) => cheaper(x, relaxed));
  const walk = (list: readonly Statement[]): Statement[] =>
    list.map((s): Statement => {
      const next = mapStatement(s, change);
      if (next.kind === "for" || next.kind === "while") return { ...next, body: walk(next.body) };
      if (next.kind === "if") return { ...next, body: walk(next.body), otherwise: walk(next.otherwise) };
      return next;
    });
  return replaceFunctions(program, program.functions.map((f) => (f.kind === "tape" ? f : { ...f, body: walk(f.body) }))); // oxfmt-ignore
}

function cheaper(e: Expression, relaxed: boolean): Expression {
  if (e.kind === "math") return relaxed && e.name === "pow" ? power(e) : e;
  if (e.kind !== "operation" || e.args.length !== 2) return e;
  const [a, b] = e.args;
  if (e.type === "f64" && e.op === "div" && b.kind === "constant" && b.type === "f64") {
    const reciprocal = 1 / b.value;
    if (
      isPowerOfTwo(b.value) ||
      (relaxed && Number.isFinite(reciprocal) && Math.abs(reciprocal) >= 2 ** -1022 && b.value !== 0)
    )
      return ir.mul(a, reciprocal);
    return e;
  }
  return e.type === "i32" ? integer(e) : e;
}

/** |x| = 2^k with a reciprocal that is a normal number too. */
function isPowerOfTwo(x: number): boolean {
  const size = Math.abs(x);
  return size >= 2 ** -1022 && size <= 2 ** 1022 && Number.isInteger(Math.log2(size)) && 2 ** Math.log2(size) === size;
}

function integer(e: Operation): Expression {
  const [a, b] = e.args;
  const value = (x: Expression): number | undefined =>
    x.kind === "constant" && x.type === "i32" ? x.value : undefined;
  const [x, y] = [value(a), value(b)];
  if (x !== undefined && y !== undefined) {
    if (e.op === "add") return ir.i32((x + y) | 0);
    if (e.op === "sub") return ir.i32((x - y) | 0);
    if (e.op === "mul") return ir.i32(Math.imul(x, y));
    return e;
  }
  const [other, constant] = x === undefined ? [a, y] : [b, x];
  if (constant === 0 && (e.op === "add" || (e.op === "sub" && y === 0))) return other;
  if (e.op !== "mul" || constant === undefined) return e;
  if (constant === 1) return other;
  return constant > 1 && (constant & (constant - 1)) === 0 ? ir.shl(other, Math.log2(constant)) : e;
}

/** pow(x, n) for a whole n from 2 to 16 and a variable x: repeated squaring, at most six products. */
function power(e: Expression & { kind: "math" }): Expression {
  const [base, exponent] = e.args;
  if (base.kind !== "variable" || exponent.kind !== "constant") return e;
  const n = Number(exponent.value);
  if (!Number.isInteger(n) || n < 2 || n > 16) return e;
  const raise = (k: number): Expression => {
    if (k === 1) return base;
    const half = raise(k >> 1);
    const square = ir.mul(half, half);
    return k % 2 === 1 ? ir.mul(square, base) : square;
  };
  return raise(n);
}
