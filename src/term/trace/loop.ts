// Loops that stay loops. The body is run once with the loop variable unknown. Then
//   elements written at different places in each turn become a layer, if no turn reads what an earlier one wrote;
//   variables and elements that each turn changes become reductions, if a turn adds to them, multiplies them, or keeps the
//   least or greatest; or have the value of the last turn, if a turn does not read them.
// Everything else is a Failure here, which makes the caller write the loop out. Dependences between turns are tested one
// index at a time (the subscript-by-subscript tests of Allen and Kennedy 2002, chapter 3); coupled subscripts are left out.
import { Failure } from "../../base/index.ts";
import { Q } from "../../number/index.ts";
import { index as element, reduction, type ReductionName } from "../array.ts";
import { add, mul, piecewise, sub } from "../build.ts";
import { call } from "../functions.ts";
import { ProductBuilder } from "../product.ts";
import { substitute } from "../substitute.ts";
import { Kind, type Term } from "../term.ts";
import { contains } from "../traverse.ts";
import type { Frame, Heap } from "./heap.ts";
import { affine } from "./ranges.ts";
import type { Arr, Cell, Hole, LayerVariable, Num } from "./values.ts";

/** A loop whose turns are numbered from .. to by `symbol`; the turns run upwards or downwards. */
export interface Turns {
  readonly from: Term;
  readonly to: Term;
  readonly direction: 1 | -1;
  /** Runs the body of the turn with this number. */
  readonly body: (turn: Term) => void;
  /** Variables that bounds and steps were computed from: they must not change. */
  readonly watched?: ReadonlySet<Cell>;
}

interface Write {
  readonly index: readonly Term[];
  readonly variables: readonly LayerVariable[];
  readonly value: Num | Hole;
  readonly condition?: Term;
}

const refuse = (what: string): never => {
  throw new Failure("unsupported", what);
};

const CARRIED = "a turn uses what an earlier one left";

/** What an accumulation does: `change` is what each turn brings. */
interface Accumulation {
  readonly name: ReductionName;
  readonly change: Term;
}

export class LoopKeeper {
  readonly #heap: Heap;
  #count = 0;

  constructor(heap: Heap) {
    this.#heap = heap;
  }

  fresh(): Term {
    return this.#heap.arithmetic.context.symbol(`turn ${++this.#count} of a trace`);
  }

  /** Runs all turns at once, or fails and leaves everything as it was. Gives the kinds of results: "array", "sum", ... */
  keep(turns: Turns): Set<string> {
    const heap = this.#heap;
    const promoted = { cells: new Set<Cell>(), arrays: new Set<Arr>() };
    // Each attempt adds at least one variable to those that are accumulated in.
    for (;;) {
      const mark = heap.journal.length;
      const depth = heap.frames.length;
      const reads = heap.frames.map((frame) => frame.reads.length);
      const before = promoted.cells.size + promoted.arrays.size;
      let apply: (() => Set<string>) | undefined;
      try {
        apply = this.#attempt(turns, mark, promoted);
      } catch (error) {
        heap.rollback(mark);
        heap.frames.length = depth;
        heap.frames.forEach((frame, i) => (frame.reads.length = reads[i]));
        heap.tick();
        throw error;
      }
      heap.rollback(mark);
      heap.frames.length = depth;
      heap.tick();
      if (apply !== undefined) {
        const again = heap.journal.length;
        try {
          return apply();
        } catch (error) {
          heap.rollback(again);
          throw error;
        }
      }
      heap.frames.forEach((frame, i) => (frame.reads.length = reads[i]));
      if (promoted.cells.size + promoted.arrays.size === before) throw new Error("a traced loop does not settle");
    }
  }

  #attempt(
    turns: Turns,
    mark: number,
    promoted: { cells: Set<Cell>; arrays: Set<Arr> },
  ): (() => Set<string>) | undefined {
    const heap = this.#heap;
    const { arithmetic } = heap;
    const { ranges } = arithmetic;
    const turn = this.fresh();
    ranges.declare(turn, turns.from, turns.to);
    const frame: Frame = { start: heap.tick(), reads: [] };
    heap.frames.push(frame);
    const places = new Map<Cell | Arr, Term>();
    for (const cell of promoted.cells) {
      places.set(cell, this.fresh());
      heap.setCell(cell, arithmetic.unknown(places.get(cell)!));
    }
    for (const array of promoted.arrays) {
      const place = this.fresh();
      places.set(array, place);
      const at = (index: readonly Term[]): Num => arithmetic.unknown(element(place, ...index.map((i) => add(i, 1))));
      heap.push(array, { kind: "ground", epoch: heap.now, at });
    }
    turns.body(turn);

    const changes = heap.changes(mark);
    let settled = true;
    for (const cell of changes.cells) {
      if (cell.birth >= frame.start) continue;
      if (turns.watched?.has(cell)) refuse(`${cell.name} decides how often the loop runs, and changes in it`);
      if (promoted.cells.has(cell)) continue;
      promoted.cells.add(cell);
      settled = false;
    }
    for (const array of [...changes.lists.keys(), ...changes.arrays])
      if (array.birth < frame.start && array.list !== undefined)
        refuse(`${array.name} is changed in it element by element`);
    const writes = new Map<Arr, Write[]>();
    for (const array of changes.arrays) {
      if (array.birth >= frame.start) continue;
      const list = this.#writes(array, frame);
      if (list.length === 0) continue;
      writes.set(array, list);
      const moving = list.filter((write) => write.index.some((i) => contains(turn, i)));
      if (moving.length === list.length) continue;
      if (moving.length > 0) refuse(`${array.name} is written at fixed places and at moving ones`);
      if (promoted.arrays.has(array)) continue;
      promoted.arrays.add(array);
      settled = false;
    }
    if (!settled) return undefined;

    const variable: LayerVariable = {
      symbol: turn,
      from: turns.from,
      to: turns.to,
      low: ranges.low(turn),
      high: ranges.high(turn),
    };
    const foreign = [...places.values()];
    const clean = (...terms: (Term | undefined)[]): void => {
      for (const term of terms) if (term && foreign.some((place) => contains(place, term))) refuse(CARRIED);
    };
    const kinds = new Set<string>();
    const steps: (() => void)[] = [];
    for (const [array, list] of writes) {
      if (!promoted.arrays.has(array)) {
        this.#independent(turns, turn, array, list, frame);
        kinds.add("array");
        for (const { index, variables, value, condition } of list) {
          clean(...index, condition, ...(value.type === "number" ? [value.term, value.index] : []), ...variables.flatMap((v) => [v.from, v.to])); // oxfmt-ignore
          const all = [variable, ...variables];
          heap.checkSolvable({ kind: "layer", epoch: 0, variables: all, index, value, condition });
          steps.push(() => heap.push(array, { kind: "layer", epoch: heap.now, variables: all, index, value, condition })); // oxfmt-ignore
        }
        continue;
      }
      const place = places.get(array)!;
      list.forEach((a, i) =>
        list.slice(0, i).forEach((b) => {
          if (
            !a.index.some(
              (term, d) => ranges.high(term) < ranges.low(b.index[d]) || ranges.low(term) > ranges.high(b.index[d]),
            )
          )
            // oxfmt-ignore
            refuse(`${array.name} is written at two places that may be the same`);
        }),
      );
      for (const { index, variables, value, condition } of list) {
        if (value.type === "hole" || value.term === undefined) return refuse(CARRIED);
        clean(...index);
        for (const v of variables) if (contains(turn, v.from) || contains(turn, v.to)) refuse("an inner loop changes its bounds"); // oxfmt-ignore
        const own = element(place, ...index.map((i) => add(i, 1)));
        const whole = condition === undefined ? value.term : piecewise([[value.term, condition]], own);
        const final = this.#final(turns, turn, whole, own, clean, kinds);
        steps.push(() => {
          const result = final(() => heap.read(array, index));
          if (variables.length === 0) heap.write(array, index, result);
          else heap.push(array, { kind: "layer", epoch: heap.now, variables, index, value: result });
        });
      }
    }
    for (const cell of promoted.cells) {
      const { value } = cell;
      const place = places.get(cell)!;
      if (value.type !== "number" || value.term === undefined) return refuse(`${cell.name} is no number at the end of a turn`); // oxfmt-ignore
      const { term, index } = value;
      if (term === place) continue;
      const counted = sub(term, place);
      const final = this.#final(turns, turn, term, place, clean, kinds, index);
      steps.push(() => {
        let result = final(() => cell.value as Num | Hole);
        // A counter stays a whole number, if the number of turns is that of the range.
        const old = cell.value;
        const counts = ranges.atMost(turns.from, add(turns.to, 1)) === true;
        if (
          counts &&
          counted.kind === Kind.number &&
          Q.isInteger(counted.value) &&
          old.type === "number" &&
          old.index
        ) {
          const whole = add(old.index, mul(counted, add(sub(turns.to, turns.from), 1)));
          result = { type: "number", term: result.term, index: whole, known: whole.kind === Kind.number ? Q.toNumber(whole.value) : undefined }; // oxfmt-ignore
        }
        heap.setCell(cell, result);
      });
    }
    return () => {
      for (const step of steps) step();
      return kinds;
    };
  }

  /** What was written to an array in a turn, oldest first. */
  #writes(array: Arr, frame: Frame): Write[] {
    const list: Write[] = [];
    for (const segment of array.segments) {
      if (segment.epoch < frame.start || segment.kind === "ground") continue;
      if (segment.kind === "layer") list.push(segment);
      else for (const { index, value } of segment.entries.values()) list.push({ index, variables: [], value });
    }
    return list;
  }

  /** Fails if a turn may read what an earlier one wrote, or write what another one wrote. */
  #independent(turns: Turns, turn: Term, array: Arr, writes: readonly Write[], frame: Frame): void {
    for (const write of writes) {
      for (const other of writes)
        if (this.#meet(turns, turn, write.index, other.index, "write"))
          refuse(`two turns may write the same element of ${array.name}`);
      for (const read of frame.reads)
        if (read.array === array && this.#meet(turns, turn, write.index, read.index, "read"))
          refuse(`${CARRIED} in ${array.name}`);
    }
  }

  /**
   * May the element written in one turn be the one that another turn writes, or a later one reads? Each index is
   * c turn + (what is common to all turns) + (what inner loops add).
   */
  #meet(turns: Turns, turn: Term, written: readonly Term[], other: readonly Term[], mode: "read" | "write"): boolean {
    const { ranges } = this.#heap.arithmetic;
    const { order } = ranges.bounds(turn)!;
    const split = (term: Term): { c: number; common: Term; low: number; high: number } | undefined => {
      const form = affine(term);
      if (form === undefined) return undefined;
      let common: Term = term;
      let [low, high] = [0, 0];
      let c = 0;
      for (const [atom, weight] of form.parts) {
        if (atom === turn) c = weight;
        else {
          const known = ranges.bounds(atom);
          if (known !== undefined && known.order < order) continue;
          if (known === undefined && contains(turn, atom)) return undefined;
          const part = mul(atom, weight);
          low += ranges.low(part);
          high += ranges.high(part);
        }
        common = sub(common, mul(atom, weight));
      }
      return { c, common, low, high };
    };
    for (let d = 0; d < written.length; d++) {
      if (ranges.low(written[d]) > ranges.high(other[d]) || ranges.high(written[d]) < ranges.low(other[d]))
        return false;
      const [a, b] = [split(written[d]), split(other[d])];
      if (a === undefined || b === undefined || a.c !== b.c || a.c === 0) continue;
      const difference = sub(b.common, a.common);
      if (difference.kind !== Kind.number) continue;
      // c (turn - turn') lies in [low, high].
      const D = Q.toNumber(difference.value);
      let [low, high] = [(D + b.low - a.high) / a.c, (D + b.high - a.low) / a.c];
      if (low > high) [low, high] = [high, low];
      const most = ranges.high(turn) - ranges.low(turn);
      const first = Math.max(Math.ceil(low), -most);
      const last = Math.min(Math.floor(high), most);
      const meets = (q: number): boolean => q >= first && q <= last;
      // turn' is later where direction * (turn - turn') < 0.
      const earlier = turns.direction > 0 ? first <= -1 && meets(Math.min(-1, last)) : last >= 1 && meets(Math.max(1, first)); // oxfmt-ignore
      const any = (first <= -1 && meets(Math.min(-1, last))) || (last >= 1 && meets(Math.max(1, first)));
      if (mode === "read" ? !earlier : !any) return false;
    }
    return true;
  }

  /** The value after all turns of what one turn makes of `own`; the function returned takes the value before them. */
  #final(
    turns: Turns,
    turn: Term,
    result: Term,
    own: Term,
    clean: (...terms: (Term | undefined)[]) => void,
    kinds: Set<string>,
    index?: Term,
  ): (before: () => Num | Hole) => Num {
    const heap = this.#heap;
    const { arithmetic } = heap;
    const { from, to } = turns;
    if (!contains(own, result)) {
      clean(result);
      if (arithmetic.ranges.atMost(from, to) !== true) refuse("the loop may run not at all, and then leave a value unchanged"); // oxfmt-ignore
      const last = new Map([[turn, turns.direction > 0 ? to : from]]);
      return () => {
        const term = heap.settled(substitute(result, last));
        const whole = index && heap.settled(substitute(index, last));
        return { type: "number", term, index: whole, known: whole?.kind === Kind.number ? Q.toNumber(whole.value) : undefined }; // oxfmt-ignore
      };
    }
    if (arithmetic.held) refuse("the order of an accumulation is kept by writing it out");
    const found = this.#sum(result, own) ?? this.#product(result, own) ?? this.#extreme(result, own);
    if (found === undefined) return refuse(CARRIED);
    clean(found.change);
    kinds.add(found.name);
    return (before) => {
      const old = before();
      if (old.type === "hole") return refuse(old.why);
      const all = reduction(found.name, found.change, turn, from, to);
      const start = old.term;
      if (found.name === "sum") return arithmetic.unknown(add(arithmetic.term(old), all));
      if (found.name === "product") return arithmetic.unknown(mul(arithmetic.term(old), all));
      if (start === undefined) {
        if (old.known !== (found.name === "min" ? Infinity : -Infinity)) refuse(`the ${found.name} begins with ${String(old.known)}`); // oxfmt-ignore
        return arithmetic.unknown(all);
      }
      return arithmetic.unknown(call(arithmetic.context, found.name, start, all));
    };
  }

  /** result = own + change, in every piece. */
  #sum(result: Term, own: Term): Accumulation | undefined {
    const change = this.#pieces(result, own, (term) => {
      const rest = sub(term, own);
      return contains(own, rest) ? undefined : rest;
    });
    return change && { name: "sum", change };
  }

  /** result = own * change. */
  #product(result: Term, own: Term): Accumulation | undefined {
    const change = this.#pieces(result, own, (term) => {
      if (term === own) return own.context.number(1);
      if (term.kind !== Kind.product) return undefined;
      const at = term.args.indexOf(own);
      if (at < 0 || term.weights[at] !== 1) return undefined;
      const rest = new ProductBuilder(own.context);
      rest.coefficient = term.value;
      term.args.forEach((arg, i) => {
        if (i !== at) rest.multiply(arg, term.weights[i]);
      });
      const built = rest.build();
      return contains(own, built) ? undefined : built;
    });
    return change && { name: "product", change };
  }

  #pieces(result: Term, own: Term, one: (term: Term) => Term | undefined): Term | undefined {
    if (result.kind !== Kind.piecewise) return one(result);
    const cases: [Term, Term][] = [];
    const { args } = result;
    for (let i = 0; i + 1 < args.length; i += 2) {
      const change = this.#pieces(args[i], own, one);
      if (change === undefined || contains(own, args[i + 1])) return undefined;
      cases.push([change, args[i + 1]]);
    }
    const otherwise = this.#pieces(args[args.length - 1], own, one);
    return otherwise && piecewise(cases, otherwise);
  }

  /** result = min(own, change) or max, as a call or as a comparison. */
  #extreme(result: Term, own: Term): Accumulation | undefined {
    if (result.kind === Kind.call && (result.name === "min" || result.name === "max")) {
      const [a, b] = result.args;
      if (a === own && !contains(own, b)) return { name: result.name, change: b };
      if (b === own && !contains(own, a)) return { name: result.name, change: a };
      const inner = contains(own, a) ? this.#extreme(a, own) : this.#extreme(b, own);
      const other = contains(own, a) ? b : a;
      if (inner?.name !== result.name || contains(own, other)) return undefined;
      return { name: result.name, change: call(own.context, result.name, inner.change, other) };
    }
    if (result.kind !== Kind.piecewise || result.args.length !== 3) return undefined;
    const [value, condition, otherwise] = result.args;
    if (otherwise !== own || contains(own, value) || condition.kind !== Kind.relation) return undefined;
    if (condition.name !== "<" && condition.name !== "<=") return undefined;
    if (condition.args[0] === own && condition.args[1] === value) return { name: "max", change: value };
    if (condition.args[1] === own && condition.args[0] === value) return { name: "min", change: value };
    return undefined;
  }
}
