// Pass: accesses of arrays with a stated length are proved to lie within it, or guarded by a check that ends the program.
// Indices are polynomials of i32 parameters and loop variables; a loop variable is replaced by its first or last value, as the
// sign of its coefficient asks, and what remains is compared with the length coefficient by coefficient (parameters that occur
// in lengths are not negative: `call` checks it). Elements of index arrays lie in their stated range. An access that is
// certainly outside is refused. Functions without stated lengths are trusted and left as they are, and those that are marked
// `checked`: by this pass, so that passes after it may widen the accesses, or by their author.
// Left out: relations between parameters (n <= m), strides that skip the last value, floating-point indices.
import { Failure } from "../../base/index.ts";
import * as ir from "../builder.ts";
import type { Argument, ArrayType, Expression, Program, ProgramFunction, Statement, StructuredFunction, Variable } from "../ir.ts"; // oxfmt-ignore
import { isLanes, LANES } from "../operations.ts";
import { printExpression, printStatement } from "../print.ts";
import { assignedIn, mapExpression, parametersOf, replaceFunctions, visitExpression } from "../shape.ts";

/** Sum of coefficients times products of variables; the key of a product is its variables' numbers, sorted. */
export type Polynomial = ReadonlyMap<string, number>;

export const monomial = (key: string, c: number): Polynomial => (c === 0 ? new Map() : new Map([[key, c]]));

export function sum(a: Polynomial, b: Polynomial, scale = 1): Polynomial {
  const out = new Map(a);
  for (const [key, c] of b) {
    const total = (out.get(key) ?? 0) + scale * c;
    if (total === 0) out.delete(key);
    else out.set(key, total);
  }
  return out;
}

export function product(a: Polynomial, b: Polynomial): Polynomial {
  let out: Polynomial = new Map();
  for (const [x, c] of a)
    for (const [y, d] of b) {
      const key = [...x.split(" "), ...y.split(" ")].filter((word) => word !== "").sort().join(" "); // oxfmt-ignore
      out = sum(out, monomial(key, c * d));
    }
  return out;
}

/** What bounds were found: counts for `--explain`. */
export interface BoundsReport {
  proved: number;
  guarded: number;
}

export function checkBounds(program: Program, report: BoundsReport = { proved: 0, guarded: 0 }): Program {
  return replaceFunctions(program, program.functions.map((f) => (f.kind === "tape" ? f : checkFunction(f, report)))); // oxfmt-ignore
}

interface Loop {
  readonly first: Polynomial | undefined;
  readonly last: Polynomial | undefined;
}

function checkFunction(f: StructuredFunction, report: BoundsReport): StructuredFunction {
  if (f.checked) return f;
  const bounded = f.parameters.filter((p) => p.length);
  if (bounded.length === 0) return f;
  const numbers = new Map<Variable, string>();
  const numberOf = (v: Variable): string => {
    let known = numbers.get(v);
    if (!known) numbers.set(v, (known = `v${numbers.size}`));
    return known;
  };
  const changing = assignedIn(f.body);
  const natural = new Set<string>();
  for (const p of bounded)
    visitExpression(p.length!, (e) => {
      if (e.kind === "variable") natural.add(numberOf(e));
    });
  const loops = new Map<string, Loop>();
  /** Locals set once, to what they were set to. */
  const values = new Map<Variable, Polynomial>();
  /** Bounds of other locals that are set once. */
  const ranges = new Map<Variable, { low?: Polynomial; high?: Polynomial }>();
  const setCount = new Map<Variable, number>();
  /** Loops over a variable: 1, or 2 for several. */
  const loopCount = new Map<string, 1 | 2>();
  const count = (list: readonly Statement[]): void => {
    for (const s of list) {
      if (s.kind === "set") setCount.set(s.target, (setCount.get(s.target) ?? 0) + 1);
      if (s.kind === "for") loopCount.set(numberOf(s.target), loopCount.has(numberOf(s.target)) ? 2 : 1);
      if (s.kind === "for" || s.kind === "while") count(s.body);
      if (s.kind === "if") {
        count(s.body);
        count(s.otherwise);
      }
    }
  };
  count(f.body);
  let uncertain = 0;
  return { ...f, body: block(f.body), checked: true };

  /** An i32 expression as a polynomial, if it is one. */
  function polynomial(e: Expression): Polynomial | undefined {
    if (e.type !== "i32") return undefined;
    if (e.kind === "constant") return monomial("", Number(e.value));
    if (e.kind === "variable") {
      const value = values.get(e);
      if (value) return value;
      const key = numberOf(e);
      return loops.has(key) || !changing.has(e) ? monomial(key, 1) : undefined;
    }
    if (e.kind !== "operation") return undefined;
    const [a, b] = e.args.map((x) => polynomial(x));
    if (!a) return undefined;
    if (e.op === "neg") return sum(new Map(), a, -1);
    if (!b) return undefined;
    switch (e.op) {
      case "add": return sum(a, b);
      case "sub": return sum(a, b, -1);
      case "mul": return product(a, b);
      case "shl": {
        const by = b.size === 0 ? 0 : b.size === 1 ? b.get("") : undefined;
        return by !== undefined && by >= 0 && by < 31 ? product(a, monomial("", 2 ** by)) : undefined;
      }
      default: return undefined;
    } // oxfmt-ignore
  }

  /** Is the polynomial certainly not negative while its loops run? Loop variables are taken at their worst. */
  function notNegative(p: Polynomial, depth = 0): boolean {
    if (depth > 12) return false;
    // The innermost loop variable first: its limits may depend on those outside.
    const inside = [...loops.keys()].reverse().find((key) => [...p.keys()].some((m) => m.split(" ").includes(key)));
    if (inside === undefined)
      return [...p].every(([key, c]) => c >= 0 && (key === "" || key.split(" ").every((v) => natural.has(v))));
    let coefficient: Polynomial = new Map();
    let rest: Polynomial = new Map();
    for (const [key, c] of p) {
      const words = key.split(" ");
      const at = words.indexOf(inside);
      if (at < 0) rest = sum(rest, monomial(key, c));
      else {
        words.splice(at, 1);
        if (words.includes(inside)) return false;
        coefficient = sum(coefficient, monomial(words.join(" "), c));
      }
    }
    const { first, last } = loops.get(inside)!;
    if (first && notNegative(coefficient, depth + 1))
      return notNegative(sum(rest, product(coefficient, first)), depth + 1);
    const minus = sum(new Map(), coefficient, -1);
    if (last && notNegative(minus, depth + 1)) return notNegative(sum(rest, product(coefficient, last)), depth + 1);
    return false;
  }

  /** Bounds [least, greatest] of an index as polynomials, by its form. */
  function bounds(e: Expression): { low?: Polynomial; high?: Polynomial; exact: boolean } {
    const own = polynomial(e);
    if (own) return { low: own, high: own, exact: true };
    if (e.kind === "load" && e.array.range) {
      const to = polynomial(e.array.range.to);
      return { low: polynomial(e.array.range.from), high: to && sum(to, monomial("", 1), -1), exact: false };
    }
    if (e.kind === "load" && (e.array.type === "u8[]" || e.array.type === "u16[]"))
      return { low: new Map(), high: monomial("", e.array.type === "u8[]" ? 255 : 65535), exact: false };
    if (e.kind === "variable" && ranges.has(e)) return { ...ranges.get(e)!, exact: false };
    if (e.kind === "operation" && (e.op === "add" || e.op === "sub")) {
      const a = bounds(e.args[0]);
      const b = bounds(e.args[1]);
      const plus = (x?: Polynomial, y?: Polynomial, s = 1): Polynomial | undefined => x && y && sum(x, y, s);
      return e.op === "add"
        ? { low: plus(a.low, b.low), high: plus(a.high, b.high), exact: false }
        : { low: plus(a.low, b.high, -1), high: plus(a.high, b.low, -1), exact: false };
    }
    if (e.kind === "operation" && e.op === "and") {
      const mask = e.args.find((x) => x.kind === "constant" && Number(x.value) >= 0);
      if (mask?.kind === "constant") return { low: new Map(), high: monomial("", Number(mask.value)), exact: false };
    }
    return { exact: false };
  }

  /** "outside" only where an access is certain to happen there. */
  function judge(index: Expression, length: Expression, lanes: number): "inside" | "outside" | "unknown" {
    const size = polynomial(length);
    if (!size) return "unknown";
    const { low, high, exact } = bounds(index);
    const below = low !== undefined && notNegative(low);
    const above = high !== undefined && notNegative(sum(sum(size, high, -1), monomial("", lanes), -1));
    if (below && above) return "inside";
    if (exact && uncertain === 0 && low && high) {
      // Loop variables reach both of their limits: an access is outside if it is so at the last value, or at the first.
      const at = (end: "first" | "last", p: Polynomial): Polynomial | undefined => {
        let out: Polynomial | undefined = p;
        for (const key of [...loops.keys()].reverse()) {
          if (!out || ![...out.keys()].some((m) => m.split(" ").includes(key))) continue;
          const value = loops.get(key)![end];
          if (!value) return undefined;
          let next: Polynomial = new Map();
          for (const [m, c] of out) {
            let part = monomial("", c);
            for (const word of m.split(" ")) part = product(part, word === key ? value : monomial(word, 1));
            next = sum(next, part);
          }
          out = next;
        }
        return out;
      };
      for (const end of ["first", "last"] as const) {
        const reached = at(end, high);
        if (!reached) continue;
        if (notNegative(sum(sum(reached, monomial("", lanes - 1)), size, -1))) return "outside";
        if (notNegative(sum(monomial("", -1), reached, -1))) return "outside";
      }
    }
    return "unknown";
  }

  function lengthOf(array: Variable<ArrayType>, at: Statement): Expression {
    return (
      array.length ??
      fail(at, `the length of ${array.name} is not stated`, `write its type as "${array.type.slice(0, -1)}n]"`)
    );
  }

  function fail(at: Statement, what: string, hint?: string): never {
    throw new Failure("domain", `function ${f.name}, statement "${printStatement(at)}": ${what}`, { hint });
  }

  /** Guards for one access, or none. */
  function access(array: Variable<ArrayType>, index: Expression, lanes: number, at: Statement): Statement[] {
    const length = lengthOf(array, at);
    const verdict = judge(index, length, lanes);
    if (verdict === "inside") {
      report.proved++;
      return [];
    }
    if (verdict === "outside")
      fail(at, `${array.name}[${printExpression(index)}] is outside the array, which has ${printExpression(length)} elements`); // oxfmt-ignore
    report.guarded++;
    const limit = lanes === 1 ? length : ir.sub(length, lanes - 1);
    const inside = lanes === 1 ? ir.ltu(index, limit) : ir.and(ir.ge(index, 0), ir.lt(index, limit));
    const why = `${array.name}[${printExpression(index)}] is outside the array, in function ${f.name}`;
    return [{ kind: "if", condition: inside, body: [], otherwise: [{ kind: "trap", why }] }];
  }

  function width(type: Expression["type"]): number {
    return isLanes(type as "f64x2") ? LANES[type as "f64x2"].count : 1;
  }

  /** Guards for the loads and calls in an expression, innermost first. */
  function guards(e: Expression, at: Statement): Statement[] {
    const out: Statement[] = [];
    visitExpression(e, (x) => {
      if (x.kind === "load") out.push(...access(x.array, x.index, x.half ? width(x.type) / 2 : width(x.type), at));
      else if (x.kind === "call") out.push(...passing(x.callee, x.args, at));
    });
    return out;
  }

  /** Arrays handed to another function must be as long as it says. */
  function passing(callee: ProgramFunction, args: readonly Argument[], at: Statement): Statement[] {
    const expected = parametersOf(callee);
    const out: Statement[] = [];
    args.forEach((x, k) => {
      const array = x.kind === "slice" ? x.array : x.kind === "variable" && x.type.endsWith("[]") ? x : undefined;
      if (!array) return;
      const wanted = expected[k].length;
      if (!wanted) fail(at, `${callee.name} does not state the length of ${expected[k].name}`);
      const bound = mapExpression(wanted!, (e) => {
        if (e.kind !== "variable") return e;
        const j = expected.findIndex((p) => (p as Variable) === e);
        return args[j] as Expression;
      });
      const length = lengthOf(array as Variable<ArrayType>, at);
      const offset = x.kind === "slice" ? x.offset : ir.i32(0);
      const left = polynomial(ir.sub(ir.sub(length, offset), bound));
      const from = polynomial(offset);
      if (left && from && notNegative(left) && notNegative(from)) {
        report.proved++;
        return;
      }
      report.guarded++;
      const fits = ir.and(ir.and(ir.ge(offset, 0), ir.ge(bound, 0)), ir.ge(ir.sub(ir.sub(length, offset), bound), 0));
      const why = `${array.name} is shorter than ${callee.name} needs, in function ${f.name}`;
      out.push({ kind: "if", condition: fits, body: [], otherwise: [{ kind: "trap", why }] });
    });
    return out;
  }

  function block(list: readonly Statement[]): Statement[] {
    return list.flatMap((s) => statement(s));
  }

  function statement(s: Statement): Statement[] {
    switch (s.kind) {
      case "set": {
        const before = guards(s.value, s);
        if (s.target.type === "i32" && setCount.get(s.target) === 1) {
          const value = polynomial(s.value);
          if (value && [...value.keys()].every((m) => m.split(" ").every((key) => loopCount.get(key) !== 2)))
            values.set(s.target, value);
          else {
            const { low, high } = bounds(s.value);
            if (low || high) ranges.set(s.target, { low, high });
          }
        }
        return [...before, s];
      }
      case "store":
        return [...guards(s.index, s), ...guards(s.value, s), ...access(s.array, s.index, width(s.value.type), s), s];
      case "view":
        return fail(s, "views are not allowed in functions whose arrays state their lengths", "index the array itself");
      case "return":
        return s.value ? [...guards(s.value, s), s] : [s];
      case "do":
        return [...s.args.flatMap((x) => guards(x.kind === "slice" ? x.offset : x, s)), ...passing(s.callee, s.args, s), s]; // oxfmt-ignore
      case "for": {
        const before = [...guards(s.from, s), ...guards(s.to, s)];
        const key = numberOf(s.target);
        const from = polynomial(s.from);
        const to = polynomial(s.to);
        const one = monomial("", 1);
        // The last value is at most to - 1; with a step of 1 it is that, if there is any.
        loops.set(key, s.step > 0 ? { first: from, last: to && sum(to, one, -1) } : { first: to && sum(to, one), last: from }); // oxfmt-ignore
        // Other steps may not reach their last value.
        const exact = Math.abs(s.step) === 1;
        if (!exact) uncertain++;
        const body = block(s.body);
        if (!exact) uncertain--;
        loops.delete(key);
        return [...before, { ...s, body }];
      }
      case "while": {
        const before = guards(s.condition, s);
        uncertain++;
        const body = block(s.body);
        uncertain--;
        if (before.length === 0) return [{ ...s, body }];
        const leave: Statement = { kind: "if", condition: s.condition, body: [], otherwise: [{ kind: "break" }] };
        return [{ ...s, condition: ir.i32(1), body: [...before, leave, ...body] }];
      }
      case "if": {
        const before = guards(s.condition, s);
        uncertain++;
        const next = { ...s, body: block(s.body), otherwise: block(s.otherwise) };
        uncertain--;
        return [...before, next];
      }
      default:
        return [s];
    }
  }
}
