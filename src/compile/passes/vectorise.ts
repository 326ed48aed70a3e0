// Pass: innermost loops over independent elements compute several elements side by side, in lanes.
// A loop qualifies if it counts by 1, sets only locals of its own that no other iteration and nothing after it reads, and
// stores each array at the same place that it reads it (or reads it not at all). Elements that do not fill the lanes go through
// the same operations with all lanes alike, so an element's bits do not depend on where it stands. Functions that stay calls
// are called lane by lane; a branch is taken if any lane takes it, and then lane by lane. Rare branches are taken out: a turn of the
// loop is computed without them, and once more with them if one was needed. With `reassociate`, sums, products,
// minima and maxima over the loop are kept as one partial result a lane: the order of the operations changes.
// Lanes are 128 bits, 2 of f64 or 4 of f32, or as wide as target c has them. Beside f64, f32 uses half of its lanes. Left out: loops of integers alone, strides, loops with conditional stores of lanes.
import * as ir from "../builder.ts";
import type {
  ArrayType,
  Expression,
  Lanes,
  Operation,
  Program,
  ProgramFunction,
  Scalar,
  Statement,
  ValueType,
  Variable,
} from "../ir.ts";
import { elementOf, isArray, isCompare, isLanes, isScalar, LANES, type OperationName } from "../operations.ts";
import {
  assignedIn,
  callees,
  mapExpression,
  replaceFunctions,
  visitBody,
  visitExpression,
  visitStatements,
} from "../shape.ts";
import { setsBeforeReading } from "./dependence.ts";

export interface VectoriseOptions {
  /** Bytes of the lanes: 16, or 32 and 64 for target c. Default 16. */
  readonly bytes?: 16 | 32 | 64;
  /** Copies of the body a turn of the loop. Default 1. */
  readonly unroll?: number;
  /** Reductions may add up in another order. Default false. */
  readonly reassociate?: boolean;
  /** Names of arrays of which no two iterations touch the same element, by the caller's word; found out otherwise. */
  readonly distinct?: ReadonlySet<string>;
}

/** Loops changed and left, for `--explain`. */
export interface VectoriseReport {
  readonly done: string[];
  readonly left: string[];
}

export function vectorise(
  program: Program,
  options: VectoriseOptions = {},
  report: VectoriseReport = { done: [], left: [] },
): Program {
  const functions = program.functions.map((f) => {
    if (f.kind === "tape") return f;
    const note: Note = (loop, why) => void (why === undefined ? report.done : report.left).push(`${f.name}: loop over ${loop}${why === undefined ? "" : `: ${why}`}`);
    const body = walk(f.body, options, note, new Set(), false);
    return body === f.body ? f : { ...f, body };
  }); // oxfmt-ignore
  return replaceFunctions(program, functions);
}

type Note = (loop: string, why?: string) => void;

function hasLoop(body: readonly Statement[]): boolean {
  let found = false;
  visitBody(body, (s) => (found ||= s.kind === "for" || s.kind === "while"));
  return found;
}

/** `after` are the variables that are read after these statements have run; `again`: the statements may run anew, inside a loop. */
function walk(
  list: readonly Statement[],
  options: VectoriseOptions,
  note: Note,
  after: ReadonlySet<Variable>,
  again: boolean,
): readonly Statement[] {
  let changed = false;
  const out: Statement[] = [];
  /** What is read after statement `at`, and by other parts of it. */
  const later = (at: number, parts: readonly Expression[] = []): Set<Variable> => {
    const reads = new Set(after);
    const note = (e: Expression): void => void (e.kind === "variable" && reads.add(e));
    visitStatements(list.slice(at + 1), note);
    if (!again) return reads;
    visitStatements(list.slice(0, at), note);
    for (const e of parts) visitExpression(e, note);
    return reads;
  };
  list.forEach((s, at) => {
    if (s.kind === "for" && !hasLoop(s.body)) {
      try {
        out.push(...new Vectoriser(s, options, later(at, [s.from, s.to])).run());
        changed = true;
        note(s.target.name);
        return;
      } catch (error) {
        if (!(error instanceof NotVectorisable)) throw error;
        note(s.target.name, error.message);
      }
    }
    if ((s.kind === "for" || s.kind === "while") && hasLoop(s.body)) {
      const reads = later(at, s.kind === "for" ? [s.from, s.to] : []);
      if (s.kind === "while") visitExpression(s.condition, (e) => void (e.kind === "variable" && reads.add(e)));
      const body = walk(s.body, options, note, reads, true);
      changed ||= body !== s.body;
      out.push(body === s.body ? s : { ...s, body });
    } else if (s.kind === "if" && hasLoop([s])) {
      const part = (own: readonly Statement[], other: readonly Statement[]): readonly Statement[] => {
        const reads = later(at, [s.condition]);
        if (again) visitStatements(other, (e) => void (e.kind === "variable" && reads.add(e)));
        return walk(own, options, note, reads, again);
      };
      const body = part(s.body, s.otherwise);
      const otherwise = part(s.otherwise, s.body);
      changed ||= body !== s.body || otherwise !== s.otherwise;
      out.push({ ...s, body, otherwise });
    } else out.push(s);
  });
  return changed ? out : list;
}

class NotVectorisable extends Error {}

/** Does the function only compute a number from numbers? */
function isPure(f: ProgramFunction): boolean {
  if (f.kind === "tape" || !f.result || f.parameters.some((p) => isArray(p.type))) return false;
  return [...callees(f)].every(isPure);
}

function refuse(why: string): never {
  throw new NotVectorisable(why);
}

/** e + c, with constants put together so that targets find them. */
function plus(e: Expression, c: number): Expression {
  if (c === 0) return e;
  if (e.kind === "constant" && e.type === "i32") return ir.i32(e.value + c);
  if (e.kind === "operation" && e.op === "add" && e.args[1].kind === "constant" && e.args[1].type === "i32")
    return plus(e.args[0], e.args[1].value + c);
  return ir.add(e, c);
}

const REDUCTIONS: ReadonlySet<OperationName> = new Set(["add", "mul", "min", "max"]);
const IDENTITY: Partial<Record<OperationName, number>> = { add: -0, mul: 1, min: Infinity, max: -Infinity };

interface Reduction {
  readonly variable: Variable<Scalar>;
  readonly op: OperationName;
  readonly partial: Variable<Lanes>[];
}

interface Deferred {
  /** Lanes in which a rare condition held, and those in which all conditions held that a rare branch negates. */
  readonly rare: Variable<Lanes>;
  readonly usual: Variable<Lanes>;
  readonly met: Set<Variable<Lanes>>;
  /** The second time through, with the branches. */
  again?: boolean;
  /** Statements after both, and the locals that they read. */
  readonly ends: Statement[];
  readonly results: Map<string, Variable<Lanes>>;
}

class Vectoriser {
  readonly #loop: Statement & { kind: "for" };
  readonly #unroll: number;
  readonly #distinct: ReadonlySet<string> | undefined;
  readonly #bytes: number;
  readonly #float: "f64" | "f32";
  readonly #lanes: Lanes;
  readonly #mask: Lanes;
  readonly #width: number;
  /** Locals of the body. */
  readonly #own: ReadonlySet<Variable>;
  readonly #written = new Set<Variable>();
  readonly #reductions = new Map<Variable, Reduction>();
  /** i32 locals that serve as indices, by what they stand for. */
  readonly #indices = new Map<Variable, Expression>();
  /** Locals that live inside a branch. */
  readonly #branchLocals = new Set<Variable>();
  /** i32 locals that hold truth values. */
  readonly #truths = new Set<Variable>();
  /** Lanes in place of the body's locals. */
  #vectors = new Map<Variable, Variable<Lanes>>();
  #out: Statement[] = [];
  /** Distance of this copy of the body from the loop variable; "all" if every lane is the same element. */
  #offset: number | "all" = 0;
  #copy = 0;
  /** While rare branches are kept out of the usual way. */
  #deferred: Deferred | undefined;

  constructor(loop: Statement & { kind: "for" }, options: VectoriseOptions, after: ReadonlySet<Variable>) {
    this.#loop = loop;
    this.#unroll = options.unroll ?? 1;
    this.#distinct = options.distinct;
    if (loop.step !== 1) refuse("its step is not 1");
    const own = assignedIn(loop.body);
    this.#own = own;
    let f64 = false;
    let f32 = false;
    visitStatements(loop.body, (e) => {
      if (e.kind === "call" && !isPure(e.callee)) refuse(`it calls ${e.callee.name}`);
      if (isLanes(e.type)) refuse("it uses lanes already");
      f64 ||= e.type === "f64";
      f32 ||= e.type === "f32";
    });
    if (!f64 && !f32) refuse("it has no floating-point numbers");
    this.#float = f64 ? "f64" : "f32";
    this.#bytes = options.bytes ?? 16;
    this.#lanes = this.#wide(this.#float);
    this.#mask = LANES[this.#lanes].mask;
    this.#width = LANES[this.#lanes].count;
    this.#checkFlow(after, options.reassociate ?? false);
    this.#checkMemory();
    if (this.#reductions.size > 0) this.#refuseGathers();
  }

  /** Locals are set before they are read, in each iteration anew; others are reductions, or the loop is refused. */
  #checkFlow(after: ReadonlySet<Variable>, reassociate: boolean): void {
    const set = new Set<Variable>();
    const read = (e: Expression): void =>
      visitExpression(e, (x) => {
        if (x.kind === "variable" && this.#own.has(x) && !set.has(x)) refuse(`${x.name} goes from one iteration to the next`); // oxfmt-ignore
      });
    for (const s of this.#loop.body) {
      switch (s.kind) {
        case "set": {
          const reduction = reassociate && !set.has(s.target) ? this.#reductionOf(s) : undefined;
          if (reduction) {
            read(reduction.rest);
            this.#reductions.set(s.target, {
              variable: s.target as Variable<Scalar>,
              op: reduction.op,
              partial: [],
            });
            continue;
          }
          read(s.value);
          set.add(s.target);
          break;
        }
        case "store":
          read(s.index);
          read(s.value);
          this.#written.add(s.array);
          break;
        case "if": {
          read(s.condition);
          const inside = assignedIn(s.body);
          for (const v of assignedIn(s.otherwise)) inside.add(v);
          // What a branch sets must have been set before it, or stay inside.
          visitBody([s], (t) => {
            if (t.kind !== "set" && t.kind !== "if") refuse("it has branches with more than assignments");
          });
          visitStatements([s], (e) => {
            if (e.kind === "variable" && this.#own.has(e) && !set.has(e) && !inside.has(e)) refuse(`${e.name} goes from one iteration to the next`); // oxfmt-ignore
          });
          if (!setsBeforeReading([s], set)) refuse("a branch reads a local before it sets it");
          // Those first set in the branch stay inside it: a later read finds them unset and refuses the loop.
          for (const v of inside) if (!set.has(v)) this.#branchLocals.add(v);
          break;
        }
        default:
          refuse(`it has a statement ${s.kind}`);
      }
    }
    for (const v of this.#own) if (after.has(v) && !this.#reductions.has(v)) refuse(`${v.name} is used after it`);
    for (const { variable } of this.#reductions.values()) {
      let uses = 0;
      visitStatements(this.#loop.body, (e) => void (e === variable && uses++));
      if (uses !== 1) refuse(`${variable.name} is used elsewhere in the loop`);
    }
  }

  /** Sums of gathered elements stay in order: lanes would be filled one by one, and the rows of sparse matrices are short. */
  #refuseGathers(): void {
    visitStatements(this.#loop.body, (e) => {
      if (e.kind !== "load") return;
      visitExpression(this.#plainIndex(e.index), (x) => {
        if (x.kind === "load" && this.#varies(x))
          refuse(`it sums elements of ${e.array.name} found through ${x.array.name}`);
      });
    });
  }

  /** v = v op e */
  #reductionOf(s: Statement & { kind: "set" }): { op: OperationName; rest: Expression } | undefined {
    const e = s.value;
    if (e.kind !== "operation" || !REDUCTIONS.has(e.op) || e.args.length !== 2 || e.type !== this.#float)
      return undefined;
    if (e.args[0] === s.target) return { op: e.op, rest: e.args[1] };
    return e.args[1] === s.target ? { op: e.op, rest: e.args[0] } : undefined;
  }

  /** A written array is read and written at one place only, relative to the loop variable. */
  #checkMemory(): void {
    const places = new Map<Variable, string>();
    const numbers = new Map<Variable, number>();
    const place = (array: Variable, index: Expression): void => {
      if (!this.#written.has(array)) return;
      const { kind, base } = this.#classify(index);
      if (kind !== "contiguous") refuse(`${array.name} is written at an index that is not next to the last`);
      if (this.#distinct?.has(array.name)) return;
      // Variables by identity: two may have one name.
      const key = JSON.stringify(base, (_name, value: unknown) => {
        if (typeof value === "bigint") return String(value);
        if ((value as Variable | null)?.kind !== "variable") return value;
        if (!numbers.has(value as Variable)) numbers.set(value as Variable, numbers.size);
        return `variable ${numbers.get(value as Variable)}`;
      });
      if ((places.get(array) ?? key) !== key) refuse(`${array.name} is read and written at different places`);
      places.set(array, key);
    };
    this.#collectIndices();
    visitStatements(this.#loop.body, (e) => void (e.kind === "load" && place(e.array, e.index)));
    for (const s of this.#loop.body) if (s.kind === "store") place(s.array, s.index);
  }

  #collectIndices(): void {
    const counts = new Map<Variable, number>();
    visitBody(this.#loop.body, (s) => void (s.kind === "set" && counts.set(s.target, (counts.get(s.target) ?? 0) + 1)));
    for (const s of this.#loop.body) {
      if (s.kind !== "set" || s.target.type !== "i32") continue;
      if (this.#isTruth(s.value)) this.#truths.add(s.target);
      else if (this.#isIndex(s.value)) {
        if (counts.get(s.target) !== 1) refuse(`the index ${s.target.name} is set more than once`);
        this.#indices.set(s.target, this.#plainIndex(s.value));
      }
    }
  }

  /** Computed from the loop variable, from what does not change and from index arrays. */
  #isIndex(e: Expression): boolean {
    let index = true;
    visitExpression(e, (x) => {
      if (x.type !== "i32" && this.#varies(x)) index = false;
      if (x.kind === "variable" && this.#own.has(x) && x !== this.#loop.target && !this.#indices.has(x)) index = false;
    });
    return index;
  }

  /** An i32 that is 0 or 1. */
  #isTruth(e: Expression): boolean {
    if (e.type !== "i32") return false;
    if (e.kind === "constant") return e.value === 0 || e.value === 1;
    if (e.kind === "variable") return this.#truths.has(e);
    if (e.kind !== "operation") return false;
    if (isCompare(e.op) || e.op === "not") return true;
    return (e.op === "and" || e.op === "or" || e.op === "xor") && e.args.every((x) => this.#isTruth(x));
  }

  /** An index with locals that stand for indices written out. */
  #plainIndex(e: Expression): Expression {
    return mapExpression(e, (x) => (x.kind === "variable" ? (this.#indices.get(x) ?? x) : x));
  }

  #varies(e: Expression): boolean {
    let found = false;
    visitExpression(e, (x) => {
      if (x.kind === "variable" && (x === this.#loop.target || this.#own.has(x))) found = true;
      if (x.kind === "load" && this.#written.has(x.array)) found = true;
    });
    return found;
  }

  /** How an index depends on the loop variable: not, as i + base, or otherwise. */
  #classify(given: Expression): { kind: "same" | "contiguous" | "other"; base?: Expression } {
    const e = this.#plainIndex(given);
    if (!this.#varies(e)) return { kind: "same", base: e };
    if (e === this.#loop.target) return { kind: "contiguous", base: ir.i32(0) };
    if (e.kind === "operation" && (e.op === "add" || e.op === "sub")) {
      const [a, b] = e.args;
      if (!this.#varies(b)) {
        const inner = this.#classify(a);
        if (inner.kind === "contiguous") return { kind: "contiguous", base: { ...e, args: [inner.base!, b] } };
      } else if (e.op === "add" && !this.#varies(a)) {
        const inner = this.#classify(b);
        if (inner.kind === "contiguous") return { kind: "contiguous", base: { ...e, args: [a, inner.base!] } };
      }
    }
    return { kind: "other" };
  }

  /** The index for lane k of this copy, a scalar expression of the loop variable. */
  #indexAt(given: Expression, k: number): Expression {
    const by = (this.#offset === "all" ? 0 : this.#offset) + (this.#offset === "all" ? 0 : k);
    const e = this.#plainIndex(given);
    visitExpression(e, (x) => {
      if (x.kind === "variable" && this.#own.has(x)) refuse(`an index depends on ${x.name}`);
    });
    if (by === 0 || !this.#varies(e)) return e;
    if (this.#classify(e).kind === "contiguous") return plus(e, by);
    return mapExpression(e, (x) => (x === this.#loop.target ? plus(x, by) : x));
  }

  run(): Statement[] {
    const { target, from, to } = this.#loop;
    const out: Statement[] = [];
    const local = (name: string, value: Expression): Variable<"i32"> => {
      if (value.kind === "constant" || (value.kind === "variable" && !this.#own.has(value)))
        return value as Variable<"i32">;
      const v: Variable<"i32"> = { kind: "variable", name, type: "i32" };
      out.push({ kind: "set", target: v, value });
      return v;
    };
    const first = local(`${target.name}.from`, from);
    const last = local(`${target.name}.to`, to);
    const block = this.#width * this.#unroll;
    for (const r of this.#reductions.values())
      for (let u = 0; u < this.#unroll; u++) {
        const partial: Variable<Lanes> = { kind: "variable", name: `${r.variable.name}.${u}`, type: this.#lanes };
        r.partial.push(partial);
        out.push({ kind: "set", target: partial, value: ir.constant(IDENTITY[r.op]!, this.#lanes) });
      }
    const main = this.#body(Array.from({ length: this.#unroll }, (_, u) => u * this.#width));
    const tail = this.#body(["all"]);
    // first + the largest multiple of `block` that fits
    const count = ir.max(ir.sub(last, first), 0);
    const middle = local(`${target.name}.mid`, ir.add(first, ir.sub(count, ir.rem(count, block))));
    out.push({ kind: "for", target, from: first, to: middle, step: block, body: main });
    let next: Expression = middle;
    if (this.#unroll > 1) {
      const rest = ir.sub(ir.max(last, first), middle);
      const single = local(`${target.name}.end`, ir.add(middle, ir.sub(rest, ir.rem(rest, this.#width))));
      out.push({ kind: "for", target, from: middle, to: single, step: this.#width, body: this.#body([0]) });
      next = single;
    }
    out.push({ kind: "for", target, from: next, to: last, step: 1, body: tail });
    for (const r of this.#reductions.values()) out.push(...this.#combine(r));
    return out;
  }

  /** Partial results of the lanes, in order, after the value before the loop. */
  #combine(r: Reduction): Statement[] {
    let total: Expression = r.partial[0];
    for (const partial of r.partial.slice(1)) total = ir.operation(r.op, this.#lanes, [total, partial]);
    const whole: Variable<Lanes> = { kind: "variable", name: `${r.variable.name}.all`, type: this.#lanes };
    let value: Expression = ir.lane(whole, 0);
    for (let k = 1; k < this.#width; k++) value = ir.operation(r.op, this.#float, [value, ir.lane(whole, k)]);
    return [
      { kind: "set", target: whole, value: total },
      { kind: "set", target: r.variable, value: ir.operation(r.op, this.#float, [r.variable, value]) },
    ];
  }

  #body(offsets: readonly (number | "all")[]): Statement[] {
    const out: Statement[] = (this.#out = []);
    if (!this.#canDefer || offsets[0] === "all") {
      this.#copies(offsets);
      return out;
    }
    // The usual way first, without the rare branches but with a note of their conditions; all of it again, with them, if any
    // was met; then what leaves the loop's body: stores and reductions.
    const rare: Variable<Lanes> = { kind: "variable", name: "rare", type: this.#mask };
    const usual: Variable<Lanes> = { kind: "variable", name: "usual", type: this.#mask };
    this.#deferred = { rare, usual, met: new Set(), ends: [], results: new Map() };
    this.#copies(offsets);
    const { ends, met } = this.#deferred;
    const unusual = ir.xor(usual, -1);
    const all = !met.has(usual) ? rare : met.has(rare) ? ir.or(rare, unusual) : unusual;
    this.#deferred.again = true;
    this.#out = [];
    this.#copies(offsets);
    out.push({ kind: "if", condition: ir.anyTrue(all), body: this.#out, otherwise: [], rare: true }, ...ends);
    this.#deferred = undefined;
    return out;
  }

  /** Statement by statement: the chains of the copies lie side by side, and where one waits, another goes on. */
  #copies(offsets: readonly (number | "all")[]): void {
    const vectors = offsets.map(() => new Map<Variable, Variable<Lanes>>());
    for (const s of this.#loop.body)
      offsets.forEach((offset, copy) => {
        this.#offset = offset;
        this.#copy = copy;
        this.#vectors = vectors[copy];
        this.#statement(s);
      });
  }

  /** There are rare branches, and nothing is read that was stored before in the same iteration. */
  get #canDefer(): boolean {
    let rare = false;
    let stored = false;
    for (const s of this.#loop.body) {
      if (s.kind === "if" && s.rare) rare = true;
      if (s.kind === "store") stored = true;
      else if (stored && s.kind !== "set") return false;
      if (stored) {
        let reads = false;
        visitStatements([s], (e) => (reads ||= e.kind === "load" && this.#written.has(e.array)));
        if (reads && s.kind !== "store") return false;
      }
    }
    return rare;
  }

  /** Sets the local for a value that leaves the body, and returns it; the first time, `end` is noted. */
  #leaving(s: Statement, value: Expression, end: (v: Variable<Lanes>) => Statement[]): boolean {
    if (!this.#deferred) return false;
    const key = `${this.#copy} ${this.#loop.body.indexOf(s)}`;
    let result = this.#deferred.results.get(key);
    if (!result) {
      result = { kind: "variable", name: "end", type: value.type as Lanes };
      this.#deferred.results.set(key, result);
      this.#deferred.ends.push(...end(result));
    }
    this.#out.push({ kind: "set", target: result, value });
    return true;
  }

  /** The value in a local, if it is more than a local. */
  #local(value: Expression): Expression {
    if (value.kind === "variable") return value;
    const target: Variable<Lanes> = { kind: "variable", name: "v", type: value.type as Lanes };
    this.#out.push({ kind: "set", target, value });
    return target;
  }

  #vectorFor(v: Variable): Variable<Lanes> {
    let vector = this.#vectors.get(v);
    if (!vector) {
      const type: Lanes = v.type === this.#float ? this.#lanes : v.type === "i32" || v.type === "i64" ? this.#mask : this.#lanesOf(v.type as Scalar); // oxfmt-ignore
      this.#vectors.set(v, (vector = { kind: "variable", name: v.name, type }));
    }
    return vector;
  }

  #statement(s: Statement): void {
    if (s.kind === "set") {
      const reduction = this.#reductions.get(s.target);
      if (reduction) {
        this.#reduce(reduction, s);
        return;
      }
      if (this.#indices.has(s.target)) return;
      const value = this.#truths.has(s.target) ? this.#truth(s.value) : this.#value(s.value);
      const target = this.#vectorFor(s.target);
      if (value.type !== target.type) refuse(`${s.target.name} is ${s.target.type}`);
      this.#out.push({ kind: "set", target, value });
    } else if (s.kind === "store") {
      if (this.#offset === "all") {
        const value = this.#value(s.value);
        this.#out.push({ ...s, index: this.#indexAt(s.index, 0), value: this.#stored(ir.lane(value, 0), s.array) });
      } else {
        const value = this.#value(s.value);
        if (`${LANES[value.type as Lanes].scalar}[]` !== s.array.type) refuse(`${s.array.name} holds ${elementOf(s.array.type)}`); // oxfmt-ignore
        // Of f32 beside f64 the lower lanes count, one by one.
        const { count } = LANES[value.type as Lanes];
        const stores = (v: Expression): Statement[] =>
          count === this.#width
            ? [{ ...s, index: this.#indexAt(s.index, 0), value: v }]
            : Array.from({ length: this.#width }, (_, k) => ({ ...s, index: this.#indexAt(s.index, k), value: ir.lane(v, k) })); // oxfmt-ignore
        if (!this.#leaving(s, value, stores)) this.#out.push(...stores(this.#local(value)));
      }
    } else if (s.kind === "if") {
      if (s.rare && this.#deferred && !this.#deferred.again) {
        // Negations are left for the end: one for all copies.
        const { rare, usual, met } = this.#deferred;
        const c = s.condition;
        const negated = c.kind === "operation" && c.op === "not" && this.#isTruth(c.args[0]);
        const mask = this.#truth(negated ? c.args[0] : c);
        const target = negated ? usual : rare;
        const join = negated ? ir.and : ir.or;
        this.#out.push({ kind: "set", target, value: met.has(target) ? join(target, mask) : mask });
        met.add(target);
      } else this.#branch(s);
    }
  }

  #stored(value: Expression, array: Variable<ArrayType>): Expression {
    return `${value.type}[]` === array.type ? value : refuse(`${array.name} holds ${elementOf(array.type)}`);
  }

  #reduce(r: Reduction, s: Statement & { kind: "set" }): void {
    const e = s.value as Operation;
    const rest = e.args[0] === s.target ? e.args[1] : e.args[0];
    const target = r.partial[this.#offset === "all" ? 0 : this.#copy];
    let value = this.#value(rest);
    // The last elements count once: in lane 0.
    if (this.#offset === "all") value = ir.replace(ir.constant(IDENTITY[r.op]!, this.#lanes), 0, ir.lane(value, 0));
    const whole = (v: Expression): Statement[] => [{ kind: "set", target, value: ir.operation(r.op, this.#lanes, [target, v]) }]; // oxfmt-ignore
    if (!this.#leaving(s, value, whole)) this.#out.push(...whole(value));
  }

  /** Taken if any lane takes it; inside, lane by lane, on scalars. */
  #branch(s: Statement & { kind: "if" }): void {
    if (!this.#varies(s.condition)) {
      const outer = this.#out;
      const part = (list: readonly Statement[]): Statement[] => {
        this.#out = [];
        for (const t of list) this.#statement(t);
        return this.#out;
      };
      const body = part(s.body);
      const otherwise = part(s.otherwise);
      this.#out = outer;
      outer.push({ ...s, body, otherwise });
      return;
    }
    const mask: Variable<Lanes> = { kind: "variable", name: "taken", type: this.#mask };
    this.#out.push({ kind: "set", target: mask, value: this.#truth(s.condition) });
    const assigned = assignedIn([...s.body, ...s.otherwise]);
    const branch = (list: readonly Statement[], wanted: 0 | 1): Statement[] => {
      const out: Statement[] = [];
      for (let k = 0; k < (this.#offset === "all" ? 1 : this.#width); k++) {
        const scalars = new Map<Variable, Variable>();
        const inner: Statement[] = [];
        const read = (x: Expression): Expression => {
          if (x.kind === "load") return { ...x, index: this.#indexAt(x.index, k) };
          if (x.kind === "operation" || x.kind === "math" || x.kind === "call") return { ...x, args: x.args.map((y) => read(y as Expression)) } as Expression; // oxfmt-ignore
          if (x.kind !== "variable") return x;
          if (x === this.#loop.target || this.#indices.has(x)) return this.#indexAt(x, k);
          if (!this.#own.has(x)) return x;
          const known = scalars.get(x);
          if (known) return known;
          const vector = this.#vectorFor(x);
          return this.#truths.has(x) ? ir.ne(ir.lane(vector, k), 0) : ir.lane(vector, k);
        };
        const copy = (part: readonly Statement[], into: Statement[]): void => {
          for (const t of part) {
            if (t.kind === "set") {
              const value = read(t.value);
              let scalar = scalars.get(t.target);
              if (!scalar) scalars.set(t.target, (scalar = { ...t.target, name: `${t.target.name}.${k}` }));
              into.push({ kind: "set", target: scalar as Variable<ValueType>, value });
            } else if (t.kind === "if") {
              const condition = read(t.condition);
              // Variables set in one of its parts must have a value after it.
              for (const v of assignedIn([t]))
                if (!scalars.has(v) && !this.#branchLocals.has(v)) {
                  const value = read(v as Expression);
                  const scalar = { ...v, name: `${v.name}.${k}` };
                  scalars.set(v, scalar);
                  into.push({ kind: "set", target: scalar as Variable<ValueType>, value });
                }
              const body: Statement[] = [];
              const otherwise: Statement[] = [];
              copy(t.body, body);
              copy(t.otherwise, otherwise);
              into.push({ ...t, condition, body, otherwise });
            }
          }
        };
        copy(list, inner);
        for (const [v, scalar] of scalars) {
          if (this.#branchLocals.has(v)) continue;
          const vector = this.#vectorFor(v);
          const value = this.#truths.has(v) ? ir.neg(ir.ne(scalar as Expression, 0)) : (scalar as Expression);
          const lane = value.type === "i32" && LANES[vector.type].scalar === "i64" ? ir.convert(value, "i64") : value;
          if (this.#offset === "all") inner.push({ kind: "set", target: vector, value: ir.splat(lane, vector.type) });
          else inner.push({ kind: "set", target: vector, value: ir.replace(vector, k, lane) });
        }
        const test = ir.ne(ir.lane(mask, k), 0);
        out.push({ kind: "if", condition: wanted ? test : ir.not(test), body: inner, otherwise: [] });
      }
      return out;
    };
    for (const v of assigned) if (!this.#branchLocals.has(v)) this.#vectorFor(v);
    if (s.body.length > 0)
      this.#out.push({ kind: "if", condition: ir.anyTrue(mask), body: branch(s.body, 1), otherwise: [] });
    if (s.otherwise.length > 0)
      this.#out.push({ kind: "if", condition: ir.not(ir.allTrue(mask)), body: branch(s.otherwise, 0), otherwise: [] });
  }

  /** A condition as a mask of lanes. */
  #truth(e: Expression): Expression {
    const all = (x: Expression): Expression =>
      ir.splat(ir.select(x, ir.constant(-1, LANES[this.#mask].scalar), ir.constant(0, LANES[this.#mask].scalar)), this.#mask); // oxfmt-ignore
    if (!this.#varies(e)) return all(e);
    if (e.kind === "variable" && this.#truths.has(e)) return this.#vectorFor(e);
    if (e.kind !== "operation") return refuse("a condition is computed from integers");
    const [a, b] = e.args;
    if (isCompare(e.op)) {
      const [x, y] = [this.#value(a), this.#value(b)];
      return ir.operation(e.op, LANES[x.type as Lanes].mask, [x, y]);
    }
    if (e.op === "not" && this.#isTruth(a)) return ir.xor(this.#truth(a), -1);
    if ((e.op === "and" || e.op === "or" || e.op === "xor") && this.#isTruth(e)) return ir.operation(e.op, this.#mask, [this.#truth(a), this.#truth(b)]); // oxfmt-ignore
    return refuse(`a condition is computed by ${e.op}`);
  }

  /** An expression as lanes. */
  #value(e: Expression): Expression {
    if (!isScalar(e.type)) return refuse(`a value of type ${e.type}`);
    const lanes = this.#lanesOf(e.type);
    if (!this.#varies(e)) return ir.splat(e.kind === "call" ? this.#calledOnce(e) : e, lanes);
    switch (e.kind) {
      case "variable":
        if (e === this.#loop.target || this.#indices.has(e)) return this.#integers(e);
        return this.#vectorFor(e);
      case "load":
        return this.#load(e.array, e.index, lanes);
      case "math":
        return this.#called(e);
      case "operation":
        return this.#operation(e, lanes);
      default:
        return refuse(`an expression of kind ${e.kind}`);
    }
  }

  /** The lanes of a scalar that fill a vector. */
  #wide(type: Scalar): Lanes {
    return `${type}x${this.#bytes / (type === "f64" || type === "i64" ? 8 : 4)}` as Lanes;
  }

  /** The result of a call that is the same for all lanes, in a local, since lanes are not made of calls. */
  #calledOnce(e: Expression & { kind: "call" }): Expression {
    const v: Variable<Scalar> = { kind: "variable", name: e.callee.name, type: e.type };
    this.#out.push({ kind: "set", target: v, value: e });
    return v;
  }

  #lanesOf(type: Scalar): Lanes {
    if (type === this.#float) return this.#lanes;
    if (type === LANES[this.#mask].scalar) return this.#mask;
    // Half of these lanes are used.
    if (type === "f32") return this.#wide("f32");
    return refuse(`${type} beside ${this.#float}`);
  }

  /** Values of an i32 expression of the loop variable, lane by lane. */
  #integers(e: Expression): Expression {
    if (this.#float !== "f32") return refuse("integers beside f64");
    return this.#vectorOf(this.#mask, (k) => this.#indexAt(e, k));
  }

  #load(array: Variable<ArrayType>, index: Expression, lanes: Lanes): Expression {
    const { kind } = this.#classify(index);
    const element = LANES[lanes].scalar;
    if (this.#offset === "all" || kind === "same") return ir.splat(ir.at(array, this.#indexAt(index, 0)), lanes);
    if (kind === "contiguous" && `${element}[]` === array.type)
      return (LANES[lanes].count === this.#width ? ir.at : ir.atHalf)(array, this.#indexAt(index, 0), lanes);
    return this.#vectorOf(lanes, (k) => ir.at(array, this.#indexAt(index, k)));
  }

  /** Lanes made one by one; those beyond the elements of a turn are 0. */
  #vectorOf(lanes: Lanes, make: (k: number) => ir.Value): Expression {
    return ir.vector(lanes, Array.from({ length: LANES[lanes].count }, (_, k) => (k < this.#width ? make(k) : 0))); // oxfmt-ignore
  }

  /** A function that stays a call: once for each lane. */
  #called(e: Expression & { kind: "math" }): Expression {
    const lanes = this.#lanesOf(e.type);
    const args = e.args.map((x) => {
      const v: Variable<Lanes> = { kind: "variable", name: `${e.name}.x`, type: lanes };
      this.#out.push({ kind: "set", target: v, value: this.#value(x) });
      return v;
    });
    const results = Array.from({ length: this.#offset === "all" ? 1 : this.#width }, (_, k) => {
      const v: Variable<Scalar> = { kind: "variable", name: `${e.name}.${k}`, type: e.type };
      this.#out.push({ kind: "set", target: v, value: { ...e, args: args.map((x) => ir.lane(x, k)) } });
      return v;
    });
    return results.length === 1 ? ir.splat(results[0], lanes) : this.#vectorOf(lanes, (k) => results[k]);
  }

  #operation(e: Operation, lanes: Lanes): Expression {
    const { op, args } = e;
    const [a, b] = args;
    if (e.type === "i32" && this.#isTruth(e)) return this.#float === "f32" ? ir.neg(this.#truth(e)) : refuse("a truth value as a number"); // oxfmt-ignore
    switch (op) {
      case "select": {
        const test = args[2];
        return ir.operation("select", lanes, [
          this.#value(a),
          this.#value(b),
          this.#varies(test) ? this.#truth(test) : test,
        ]);
      }
      case "convert":
      case "convertu":
        return this.#converted(e, lanes);
      case "bits":
        return ir.bits(this.#value(a), lanes);
      case "shl":
      case "shr":
      case "shru": {
        if (this.#varies(b)) return refuse("lanes are shifted by different amounts");
        const by = b.kind === "constant" ? ir.i32(Number(b.value)) : ir.convert(b, "i32");
        return ir.operation(op, lanes, [this.#value(a), by]);
      }
      case "copysign": {
        // |a| with the sign of b, |a| where b is NaN
        const [x, y] = [this.#value(a), this.#value(b)];
        const minus = ir.bits(ir.constant(-0, lanes), this.#mask);
        const sign = ir.and(ir.and(ir.bits(y, this.#mask), minus), ir.eq(y, y));
        return ir.bits(ir.or(ir.bits(ir.abs(x), this.#mask), sign), lanes);
      }
      default: {
        const values = args.map((x) => this.#value(x));
        try {
          return ir.operation(op, lanes, values);
        } catch {
          return refuse(`${op} has no form for ${lanes}`);
        }
      }
    }
  }

  #converted(e: Operation, lanes: Lanes): Expression {
    const [a] = e.args;
    if (a.type === "i32" && this.#isTruth(a) && e.op === "convert") {
      const one = ir.constant(1, lanes);
      return ir.operation("select", lanes, [one, ir.constant(0, lanes), this.#truth(a)]);
    }
    if (this.#float === "f32" && (a.type === "i32" || e.type === "i32"))
      return ir.operation(e.op, lanes, [a.type === "i32" && !this.#isVector(a) ? this.#integers(a) : this.#value(a)]);
    if (
      e.type === "f64" &&
      a.type === "i32" &&
      a.kind === "load" &&
      this.#offset !== "all" &&
      a.array.type === "i32[]"
    ) {
      const { kind } = this.#classify(a.index);
      if (kind === "contiguous")
        return ir.operation(e.op, lanes, [ir.atHalf(a.array, this.#indexAt(a.index, 0), this.#wide("i32"))]);
    }
    if ((e.type === "f64" && a.type === "f32") || (e.type === "f32" && a.type === "f64"))
      return ir.convert(this.#value(a), lanes);
    // An integer of the loop variable or of an index array: lane by lane.
    if ((e.type === "f64" || e.type === "i64") && a.type === "i32" && !this.#readsOwn(a)) {
      const lane = (k: number): Expression => ir.operation(e.op, e.type as "f64", [this.#indexAt(a, k)]);
      return this.#offset === "all" ? ir.splat(lane(0), lanes) : this.#vectorOf(lanes, lane);
    }
    return refuse(`a conversion from ${a.type} to ${e.type}`);
  }

  #isVector(e: Expression): boolean {
    return this.#readsOwn(e) || e.kind === "load";
  }

  /** Reads a local of the body that is not an index. */
  #readsOwn(e: Expression): boolean {
    let found = false;
    visitExpression(e, (x) => (found ||= x.kind === "variable" && this.#own.has(x) && !this.#indices.has(x)));
    return found;
  }
}
