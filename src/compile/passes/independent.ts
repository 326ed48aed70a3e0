// Analysis: is a function one loop whose turns do not depend on each other, so that they may run in any order or at once?
// Locals must be set before they are read in every turn and unread afterwards. Of an array that is written, every access must
// be at i S + r with one invariant stride S for all, and all r in one range of S numbers: then turns touch disjoint places.
// r is found from constants and inner loop variables (i * columns + j with j from 0 to columns). Arrays of different
// parameters are taken to be apart: who calls checks that.
// Left out: stores through index arrays, reductions, stores guarded by conditions on the index.
import type { Expression, Statement, StructuredFunction, Variable } from "../ir.ts";
import { assignedIn, visitBody, visitExpression, visitStatements } from "../shape.ts";
import { monomial, type Polynomial, product, sum } from "./bounds.ts";

export interface IndependentLoop {
  /** Statements before the loop; they store nothing. */
  readonly before: readonly Statement[];
  readonly loop: Statement & { readonly kind: "for" };
  /** Array parameters that the loop writes. */
  readonly written: ReadonlySet<Variable>;
  /** The parameter that an array, perhaps a local view, is part of. */
  root(array: Variable): Variable;
}

/** The loop, or why the function is none. */
export function independentLoop(f: StructuredFunction): IndependentLoop | { readonly why: string } {
  try {
    return new Analysis(f).run();
  } catch (error) {
    if (error instanceof Dependent) return { why: error.message };
    throw error;
  }
}

class Dependent extends Error {}

function refuse(why: string): never {
  throw new Dependent(why);
}

/** Numbers lo ... hi: lo a constant, hi a constant plus `strides` times the stride. */
interface Span {
  readonly low: number;
  readonly high: number;
  readonly strides: 0 | 1;
}

class Analysis {
  readonly #f: StructuredFunction;
  readonly #numbers = new Map<Variable, string>();
  readonly #roots = new Map<Variable, Variable>();
  /** What locals that are set once, and views, stand for. */
  readonly #values = new Map<Variable, Polynomial | undefined>();
  readonly #inner = new Map<string, { readonly from: Expression; readonly to: Expression }>();
  #own: ReadonlySet<Variable> = new Set();

  constructor(f: StructuredFunction) {
    this.#f = f;
  }

  run(): IndependentLoop {
    const { body, result } = this.#f;
    if (result) refuse("it gives a result");
    const loop = body.at(-1);
    if (loop?.kind !== "for") return refuse("its last statement is no loop");
    if (loop.step !== 1) refuse(`the step of its loop over ${loop.target.name} is not 1`);
    const before = body.slice(0, -1);
    visitBody(before, (s) => {
      if (s.kind === "store" || s.kind === "do") refuse("it stores before its last loop");
    });
    this.#own = assignedIn(loop.body);
    this.#flow(loop.body, new Set([loop.target]), 0);
    return {
      before,
      loop,
      written: this.#memory(before, loop),
      root: (array) => this.#roots.get(array) ?? array,
    };
  }

  /** Every local is set before it is read; nothing leaves the loop. */
  #flow(list: readonly Statement[], set: Set<Variable>, loops: number): Set<Variable> {
    const read = (e: Expression): void =>
      visitExpression(e, (x) => {
        if (x.kind === "variable") this.#carried(x, set);
        if (x.kind === "load") this.#carried(x.array, set);
      });
    for (const s of list) {
      switch (s.kind) {
        case "set": read(s.value); set.add(s.target); break;
        case "view": this.#carried(s.array, set); read(s.offset); set.add(s.target); break;
        case "store": this.#carried(s.array, set); read(s.index); read(s.value); break;
        case "for": {
          read(s.from);
          read(s.to);
          // What the variable is after its loop is not followed.
          this.#flow(s.body, new Set([...set, s.target]), loops + 1);
          break;
        }
        case "while": read(s.condition); this.#flow(s.body, new Set(set), loops + 1); break;
        case "if": {
          read(s.condition);
          const a = this.#flow(s.body, new Set(set), loops);
          const b = this.#flow(s.otherwise, new Set(set), loops);
          for (const v of a) if (b.has(v)) set.add(v);
          break;
        }
        case "break": if (loops === 0) refuse("it leaves its loop early"); break;
        case "return": refuse("it returns from its loop"); break;
        case "do": refuse(`it calls ${s.callee.name}`); break;
        case "trap": break;
      } // oxfmt-ignore
    }
    return set;
  }

  #carried(x: Variable, set: ReadonlySet<Variable>): void {
    if (this.#own.has(x) && !set.has(x)) refuse(`${x.name} goes from one turn of its loop to the next`);
  }

  #memory(before: readonly Statement[], loop: IndependentLoop["loop"]): Set<Variable> {
    const counts = new Map<Variable, number>();
    const all: readonly Statement[] = [...before, loop];
    visitBody(all, (s) => {
      if (s.kind === "set" || s.kind === "for" || s.kind === "view") counts.set(s.target, (counts.get(s.target) ?? 0) + 1);
    }); // oxfmt-ignore
    visitBody(all, (s) => {
      const once = "target" in s && counts.get(s.target) === 1;
      if (s.kind === "for" && once && s.step > 0) this.#inner.set(this.#number(s.target), s);
      else if (s.kind === "set" && this.#own.has(s.target)) this.#values.set(s.target, once ? this.#polynomial(s.value) : undefined);
      else if (s.kind === "view") {
        const root = this.#roots.get(s.array) ?? s.array;
        if ((this.#roots.get(s.target) ?? root) !== root) refuse(`${s.target.name} is a view of several arrays`);
        this.#roots.set(s.target, root);
        const offset = once ? this.#polynomial(s.offset) : undefined;
        const base = this.#values.get(s.array) ?? monomial("", 0);
        this.#values.set(s.target, offset && sum(base, offset));
      }
    }); // oxfmt-ignore
    const written = new Set<Variable>();
    visitBody(loop.body, (s) => void (s.kind === "store" && written.add(this.#roots.get(s.array) ?? s.array)));
    const accesses = new Map<Variable, Polynomial[]>();
    const access = (array: Variable, index: Expression): void => {
      const root = this.#roots.get(array) ?? array;
      if (!written.has(root)) return;
      const within = this.#polynomial(index);
      const base = root === array ? monomial("", 0) : this.#values.get(array);
      if (!within || !base) return refuse(`${root.name} is written, but an index into it cannot be followed`);
      accesses.set(root, [...(accesses.get(root) ?? []), sum(base, within)]);
    };
    visitBody(loop.body, (s) => void (s.kind === "store" && access(s.array, s.index)));
    visitStatements(loop.body, (e) => void (e.kind === "load" && access(e.array, e.index)));
    for (const [array, list] of accesses) this.#disjoint(array, list, this.#number(loop.target));
    return written;
  }

  #number(v: Variable): string {
    let known = this.#numbers.get(v);
    if (!known) this.#numbers.set(v, (known = `v${this.#numbers.size}`));
    return known;
  }

  /** An i32 expression of the loop variables and of what does not change in the loop. */
  #polynomial(e: Expression): Polynomial | undefined {
    if (e.type !== "i32") return undefined;
    if (e.kind === "constant") return monomial("", Number(e.value));
    if (e.kind === "variable") {
      if (this.#values.has(e)) return this.#values.get(e);
      const key = this.#number(e);
      return !this.#own.has(e) || this.#inner.has(key) ? monomial(key, 1) : undefined;
    }
    if (e.kind !== "operation") return undefined;
    const [a, b] = e.args.map((x) => this.#polynomial(x));
    if (!a) return undefined;
    if (e.op === "neg") return sum(new Map(), a, -1);
    if (!b) return undefined;
    if (e.op === "add") return sum(a, b);
    if (e.op === "sub") return sum(a, b, -1);
    if (e.op === "mul") return product(a, b);
    return e.op === "shl" && e.args[1].kind === "constant" ? product(a, monomial("", 2 ** (Number(e.args[1].value) & 31))) : undefined; // oxfmt-ignore
  }

  #disjoint(array: Variable, list: readonly Polynomial[], i: string): void {
    const fail = (): never => refuse(`turns of its loop may touch the same elements of ${array.name}, which it writes`);
    let stride: Polynomial | undefined;
    let base: Polynomial | undefined;
    const spans: Span[] = [];
    for (const index of list) {
      const own = new Map<string, number>();
      const rest = new Map<string, number>();
      const varying = new Map<string, number>();
      let constant = 0;
      for (const [key, c] of index) {
        const words = key.split(" ").filter((word) => word !== "");
        const at = words.indexOf(i);
        if (at >= 0) {
          words.splice(at, 1);
          if (words.some((word) => word === i || this.#inner.has(word))) fail();
          own.set(words.join(" "), c);
        } else if (words.length === 0) constant = c;
        else if (words.some((word) => this.#inner.has(word))) varying.set(key, c);
        else rest.set(key, c);
      }
      stride ??= own;
      base ??= rest;
      if (sum(stride, own, -1).size > 0 || sum(base, rest, -1).size > 0) fail();
      spans.push(this.#span(varying, constant, stride) ?? fail());
    }
    const low = Math.min(...spans.map((span) => span.low));
    const fixed = stride!.size === 1 ? stride!.get("") : undefined;
    for (const { high, strides } of spans) {
      // high < low + stride
      if (strides === 1 ? high >= low : fixed === undefined || high >= low + fixed) fail();
    }
  }

  /** The values of `constant` plus at most one inner loop variable. */
  #span(varying: Polynomial, constant: number, stride: Polynomial): Span | undefined {
    if (varying.size === 0) return { low: constant, high: constant, strides: 0 };
    const [[key, c]] = varying;
    const range = this.#inner.get(key);
    if (varying.size > 1 || c !== 1 || !range) return undefined;
    const from = this.#polynomial(range.from);
    const to = this.#polynomial(range.to);
    const number = (p: Polynomial | undefined): number | undefined =>
      p && [...p.keys()].every((word) => word === "") ? (p.get("") ?? 0) : undefined;
    const low = number(from);
    if (low === undefined || !to) return undefined;
    const last = number(to);
    if (last !== undefined) return { low: low + constant, high: last - 1 + constant, strides: 0 };
    const beyond = number(sum(to, stride, -1));
    return beyond === undefined ? undefined : { low: low + constant, high: beyond - 1 + constant, strides: 1 };
  }
}
