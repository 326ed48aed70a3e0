// The variables and arrays of a function under trace, with a journal so that an attempt can be taken back.
// A tensor is a pile of writes: single elements (overlays), whole loops (layers) and a ground. Reading an element goes down
// the pile; a layer's loop variables are solved for by inverting its affine index (mixed radix where several variables stand in
// one index). Where it cannot be told at once which write an element has, the value becomes piecewise in the indices.
import { Failure } from "../../base/index.ts";
import { Q } from "../../number/index.ts";
import { isBinder } from "../array.ts";
import { add, logic, mul, neg, piecewise, relation, sub, type RelationName } from "../build.ts";
import { rebuild } from "../interface.ts";
import { substitute } from "../substitute.ts";
import { Kind, type Term } from "../term.ts";
import { postorder } from "../traverse.ts";
import { type Arithmetic, tidyRelation } from "./arithmetic.ts";
import { affine } from "./ranges.ts";
import type { Arr, Cell, Ground, Hole, Layer, LayerVariable, Num, Overlay, Segment, Value } from "./values.ts";

/** An element read that nothing written inside the frame answered: it had its value before. */
export interface Read {
  readonly array: Arr;
  readonly index: readonly Term[];
}

/** One turn of a loop that is being kept. */
export interface Frame {
  readonly start: number;
  readonly reads: Read[];
}

interface Change {
  readonly undo: () => void;
  readonly cell?: Cell;
  readonly array?: Arr;
  /** Pushed onto the array. */
  readonly segment?: Segment;
  /** Element of a list. */
  readonly at?: number;
}

/** An element is looked for among so many that might be it. */
const MOST_CANDIDATES = 8;

export class Heap {
  readonly arithmetic: Arithmetic;
  readonly frames: Frame[] = [];
  readonly journal: Change[] = [];
  #clock = 0;
  readonly #ids = new Map<Term, number>();

  constructor(arithmetic: Arithmetic) {
    this.arithmetic = arithmetic;
  }

  tick(): number {
    return ++this.#clock;
  }

  get now(): number {
    return this.#clock;
  }

  rollback(mark: number): void {
    while (this.journal.length > mark) this.journal.pop()!.undo();
  }

  setCell(cell: Cell, value: Value): void {
    const old = cell.value;
    this.journal.push({ undo: () => (cell.value = old), cell });
    cell.value = value;
  }

  setElement(array: Arr, at: number, value: Value): void {
    const list = array.list!;
    const old = list[at];
    const { length } = list;
    this.journal.push({
      undo: () => {
        list[at] = old;
        list.length = length;
      },
      array,
      at,
    });
    list[at] = value;
  }

  /** A tensor without writes becomes a list, so that it can hold more than numbers. */
  toList(array: Arr, list: Value[]): void {
    const { segments, lengths } = array;
    this.journal.push({
      undo: () => {
        array.list = undefined;
        array.segments = segments;
        array.lengths = lengths;
      },
      array,
    });
    array.list = list;
    array.segments = [];
  }

  push(array: Arr, segment: Segment): void {
    array.segments.push(segment);
    this.journal.push({ undo: () => void array.segments.pop(), array, segment });
  }

  #key(index: readonly Term[]): string {
    let key = "";
    for (const term of index) {
      let id = this.#ids.get(term);
      if (id === undefined) this.#ids.set(term, (id = this.#ids.size));
      key += `${id},`;
    }
    return key;
  }

  write(array: Arr, index: readonly Term[], value: Num | Hole): void {
    const literal = index.every((term) => term.kind === Kind.number);
    const key = this.#key(index);
    let top = array.segments.at(-1);
    const fits = (segment: Segment | undefined): segment is Overlay =>
      segment?.kind === "overlay" &&
      segment.epoch === this.#clock &&
      segment.literal === literal &&
      (literal || [...segment.entries].every(([other, entry]) => other === key || this.#apart(entry.index, index)));
    if (!fits(top)) {
      top = { kind: "overlay", epoch: this.#clock, entries: new Map(), literal };
      this.push(array, top);
    }
    const { entries } = top;
    const old = entries.get(key);
    this.journal.push({
      undo: () => {
        if (old === undefined) entries.delete(key);
        else entries.set(key, old);
      },
      array,
    });
    entries.set(key, { index, value });
  }

  #apart(a: readonly Term[], b: readonly Term[]): boolean {
    return a.some((term, d) => this.arithmetic.ranges.equal(term, b[d]) === false);
  }

  /** The element at these indices (from 0, known to be inside). */
  read(array: Arr, index: readonly Term[]): Num | Hole {
    let open = this.frames.length;
    const literal = index.every((term) => term.kind === Kind.number);
    const key = this.#key(index);
    const down = (from: number): Num | Hole => {
      for (let s = from; s >= 0; s--) {
        const segment = array.segments[s];
        for (; open > 0 && segment.epoch < this.frames[open - 1].start; open--)
          if (array.birth < this.frames[open - 1].start) this.frames[open - 1].reads.push({ array, index });
        if (segment.kind === "ground") return segment.at(index);
        if (segment.kind === "overlay") {
          const found = segment.entries.get(key);
          if (found !== undefined) return found.value;
          if (literal && segment.literal) continue;
          const candidates = [...segment.entries.values()].filter((entry) => !this.#apart(entry.index, index));
          if (candidates.length === 0) continue;
          if (candidates.length > MOST_CANDIDATES)
            throw new Failure("unsupported", `it is not clear which of ${candidates.length} written elements of ${array.name} this is`); // oxfmt-ignore
          // Each later case knows that the earlier ones did not hold.
          const among = (k: number): Num | Hole => {
            if (k === candidates.length) return down(s - 1);
            const condition = this.#same(candidates[k].index, index);
            return this.either(condition, candidates[k].value, this.arithmetic.ranges.assuming(condition, false, () => among(k + 1))); // oxfmt-ignore
          };
          return among(0);
        }
        const found = this.#solve(segment, index);
        if (found === undefined) continue;
        const value = this.#settle(segment.value, found.bind);
        const { condition } = found;
        if (condition === undefined) return value;
        return this.either(
          condition,
          value,
          this.arithmetic.ranges.assuming(condition, false, () => down(s - 1)),
        );
      }
      return { type: "hole", why: `this element of ${array.name} has no value yet` };
    };
    return down(array.segments.length - 1);
  }

  #same(a: readonly Term[], b: readonly Term[]): Term {
    const open = a.flatMap((term, d) => (term === b[d] ? [] : [tidyRelation("=", b[d], term)]));
    return open.length === 1 ? open[0] : logic("and", ...open);
  }

  /** The value where a condition holds and where not. */
  either(condition: Term, a: Num | Hole, b: Num | Hole): Num | Hole {
    if (a.type === "hole" && b.type === "hole") return a;
    if (a.type === "hole" || b.type === "hole")
      return { type: "hole", why: `${(a.type === "hole" ? a : (b as Hole)).why} in some cases` };
    const { ranges } = this.arithmetic;
    const both: [number, number] | undefined = a.index && b.index && [Math.min(ranges.low(a.index), ranges.low(b.index)), Math.max(ranges.high(a.index), ranges.high(b.index))]; // oxfmt-ignore
    return this.arithmetic.choose(condition, a, b, both);
  }

  /** A number with its loop variables replaced and its conditions on indices decided as far as they are known. */
  #settle(value: Num | Hole, bind: ReadonlyMap<Term, Term>): Num | Hole {
    if (value.type === "hole" || bind.size === 0) return value;
    const term = value.term && this.settled(substitute(value.term, bind));
    const index = value.index && this.settled(substitute(value.index, bind));
    const known = index?.kind === Kind.number ? Q.toNumber(index.value) : value.known;
    return { type: "number", term, index, known };
  }

  /** Drops the pieces that are not chosen, outside of inner loops. */
  settled(root: Term): Term {
    const parts = postorder([root], (term) => !isBinder(term));
    if (!parts.some((part) => part.kind === Kind.piecewise)) return root;
    const done = new Map<Term, Term>();
    for (const part of parts) {
      if (part.args.length === 0 || isBinder(part)) {
        done.set(part, part);
        continue;
      }
      const args = part.args.map((arg) => done.get(arg)!);
      if (part.kind !== Kind.piecewise) {
        done.set(part, args.every((arg, i) => arg === part.args[i]) ? part : rebuild(part, args));
        continue;
      }
      const cases: [Term, Term][] = [];
      let otherwise = args[args.length - 1];
      for (let i = 0; i + 1 < args.length; i += 2) {
        const holds = this.decide(args[i + 1]);
        if (holds === false) continue;
        if (holds === true) {
          otherwise = args[i];
          break;
        }
        cases.push([args[i], args[i + 1]]);
      }
      done.set(part, piecewise(cases, otherwise));
    }
    return done.get(root)!;
  }

  /** Whether a condition holds, where ranges tell. */
  decide(condition: Term): boolean | undefined {
    const { ranges } = this.arithmetic;
    const [a, b] = condition.args;
    const not = (x: boolean | undefined): boolean | undefined => (x === undefined ? undefined : !x);
    if (condition.kind === Kind.relation)
      switch (condition.name) {
        case "=":
          return ranges.equal(a, b);
        case "!=":
          return not(ranges.equal(a, b));
        case "<=":
          return ranges.atMost(a, b);
        default:
          return not(ranges.atMost(b, a));
      }
    const parts = condition.args.map((arg) => this.decide(arg));
    if (condition.name === "not") return not(parts[0]);
    const settles = condition.name === "or";
    if (parts.includes(settles)) return settles;
    return parts.every((part) => part === !settles) ? !settles : undefined;
  }

  /** The turn of a layer's loops that writes the element, and under which condition there is one; undefined if there is none. */
  #solve(layer: Layer, index: readonly Term[]): { bind: Map<Term, Term>; condition?: Term } | undefined {
    const bind = new Map<Term, Term>();
    const conditions: Term[] = [];
    const require = (condition: Term): boolean => {
      const holds = this.decide(condition);
      const [a, b] = condition.args;
      if (holds === undefined) conditions.push(condition.kind === Kind.relation ? tidyRelation(condition.name as RelationName, a, b) : condition); // oxfmt-ignore
      return holds !== false;
    };
    const open = new Map(layer.variables.map((variable) => [variable.symbol, variable]));
    const rest = layer.index.map((_, d) => d);
    const inside = (d: number): number => postorder([layer.index[d]]).filter((part) => open.has(part)).length;
    while (rest.length > 0) {
      rest.sort((a, b) => inside(b) - inside(a));
      const d = rest.pop()!;
      const wanted = index[d];
      const written = bind.size === 0 ? layer.index[d] : substitute(layer.index[d], bind);
      if (inside(d) === 0) {
        if (!require(relation("=", wanted, written))) return undefined;
        continue;
      }
      const solved = this.#invert(written, wanted, open);
      if (solved === undefined) throw new Failure("unsupported", `it cannot be told which turn of the loop wrote this element of an array`); // oxfmt-ignore
      for (const [symbol, value] of solved.values) {
        bind.set(symbol, value);
        open.delete(symbol);
      }
      for (const condition of solved.conditions) if (!require(condition)) return undefined;
    }
    if (open.size > 0) throw new Failure("unsupported", "an element is written in several turns of a loop");
    for (const { symbol, from, to } of layer.variables) {
      const value = bind.get(symbol)!;
      if (!require(relation("<=", substitute(from, bind), value)) || !require(relation("<=", value, substitute(to, bind)))) return undefined; // oxfmt-ignore
    }
    if (layer.condition !== undefined && !require(this.settled(substitute(layer.condition, bind)))) return undefined;
    return { bind, condition: conditions.length === 0 ? undefined : conditions.length === 1 ? conditions[0] : logic("and", ...conditions) }; // oxfmt-ignore
  }

  /** A layer that wrote every element of an array, index d by its variable d, as the ground of that array. */
  asGround(layer: Layer): Ground {
    const at = (index: readonly Term[]): Num | Hole => this.#settle(layer.value, new Map(layer.variables.map(({ symbol }, d) => [symbol, add(index[d], 1)]))); // oxfmt-ignore
    return { kind: "ground", epoch: layer.epoch, at };
  }

  /** Fails unless every element written by such a layer tells its turn. */
  checkSolvable(layer: Layer): void {
    const { context } = this.arithmetic;
    this.#solve(layer, layer.index.map((_, d) => context.symbol(`index ${d + 1} of a trace`))); // oxfmt-ignore
  }

  /** written(t1, t2, ...) = wanted, solved for the open variables in it, largest coefficient first. */
  #invert(
    written: Term,
    wanted: Term,
    open: ReadonlyMap<Term, LayerVariable>,
  ): { values: [Term, Term][]; conditions: Term[] } | undefined {
    const form = affine(written);
    if (form === undefined) return undefined;
    const parts = [...form.parts].filter(([atom]) => open.has(atom)).sort((a, b) => Math.abs(b[1]) - Math.abs(a[1]));
    for (const part of postorder([written])) if (open.has(part) && !parts.some(([atom]) => atom === part)) return undefined; // oxfmt-ignore
    for (const [atom] of form.parts) if (!open.has(atom) && postorder([atom]).some((part) => open.has(part))) return undefined; // oxfmt-ignore
    let rest = sub(wanted, written);
    for (const [atom, weight] of parts) rest = add(rest, mul(atom, weight));
    const values: [Term, Term][] = [];
    const conditions: Term[] = [];
    const { arithmetic } = this;
    parts.forEach(([symbol, weight], k) => {
      const size = Math.abs(weight);
      let below = 0;
      let width = 0;
      for (const [later, w] of parts.slice(k + 1)) {
        const { low, high } = open.get(later)!;
        below += Math.min(w * low, w * high);
        width += Math.abs(w) * (high - low);
      }
      if (!(width < size)) throw new Failure("unsupported", "turns of a loop write the same element");
      const last = k === parts.length - 1;
      const shifted = last ? rest : sub(rest, below);
      const count = size === 1 ? shifted : arithmetic.quotient(shifted, size);
      if (last && size > 1) conditions.push(relation("=", arithmetic.remainder(shifted, size), 0));
      values.push([symbol, weight < 0 ? neg(count) : count]);
      if (!last) rest = add(arithmetic.remainder(shifted, size), below);
    });
    return { values, conditions };
  }

  /** The changes since `mark`, by variable and by array. */
  changes(mark: number): { cells: Set<Cell>; arrays: Set<Arr>; lists: Map<Arr, Set<number>> } {
    const cells = new Set<Cell>();
    const arrays = new Set<Arr>();
    const lists = new Map<Arr, Set<number>>();
    for (let i = mark; i < this.journal.length; i++) {
      const { cell, array, at } = this.journal[i];
      if (cell !== undefined) cells.add(cell);
      if (array !== undefined && at === undefined) arrays.add(array);
      if (array !== undefined && at !== undefined) lists.set(array, (lists.get(array) ?? new Set()).add(at));
    }
    return { cells, arrays, lists };
  }
}
