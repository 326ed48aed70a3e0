// Runs the syntax tree of a function on terms. Loops and callbacks over arrays are kept as loops where loop.ts can, and written
// out where their bounds are known numbers; branches on what is not known run both ways and are put together piecewise.
// Left out, refused by line: everything that is not numbers, arrays and local functions; recursion; leaving a loop under a
// condition on values; arrays that change their length under a condition.
import type * as ac from "acorn";
import { Failure } from "../../base/index.ts";
import { Q } from "../../number/index.ts";
import { array as literalArray, comprehension, index as element } from "../array.ts";
import { add, logic, mul, relation, sub } from "../build.ts";
import type { Context } from "../context.ts";
import { Kind, Term } from "../term.ts";
import { Arithmetic, tidyRelation } from "./arithmetic.ts";
import { Heap } from "./heap.ts";
import { LoopKeeper, type Turns } from "./loop.ts";
import { Ranges } from "./ranges.ts";
import { describe, readFunction, refusal, someNode, type Source } from "./source.ts";
import { Arr, type ArrayValue, type Bool, type Cell, type FunctionValue, Scope, type Value, type Num, type Segment, type Overlay } from "./values.ts"; // oxfmt-ignore

/** How a statement ended, if not at its end. */
type Completion =
  | { readonly kind: "return"; readonly value?: Value }
  | { readonly kind: "break" | "continue" }
  | undefined;

/** A loop that was kept, or written out. */
export interface LoopNote {
  readonly line: number;
  readonly column: number;
  /** kept: what it became ("array", "sum", "product", "min", "max"); written out: empty. */
  readonly became: readonly string[];
  /** Why it was written out. */
  readonly reason?: string;
}

export interface InterpreterOptions {
  readonly context: Context;
  readonly held: boolean;
  readonly unroll: boolean;
  readonly limit: number;
  readonly constants: Readonly<Record<string, unknown>>;
}

const COMPARISONS = new Set(["==", "===", "!=", "!==", "<", "<=", ">", ">="]);
const COMPOUND = /^(\+|-|\*\*|\*|\/|%|\||&|\^|<<|>>>|>>)=$/;
/** Literal elements up to which an array with single writes is still one comprehension. */
const MOST_PIECES = 8;

/** Functions of Array that make arrays. */
const MAKERS = { from: true };

interface Delta {
  readonly cells: Map<Cell, { value: Value; range?: readonly [number, number] }>;
  readonly arrays: Map<Arr, Segment[]>;
  readonly lists: Map<Arr, Map<number, { value: Value; range?: readonly [number, number] }>>;
}

export class Interpreter {
  readonly context: Context;
  readonly ranges = new Ranges();
  readonly arithmetic: Arithmetic;
  readonly heap: Heap;
  notes: LoopNote[] = [];
  readonly #keeper: LoopKeeper;
  readonly #options: InterpreterOptions;
  readonly #active: FunctionValue[] = [];
  readonly #constants = new Map<string, Value>();
  /** Arrays that belong to the caller. */
  readonly #fixed = new WeakSet<Arr>();
  #source: Source;
  #spent = 0;

  constructor(options: InterpreterOptions, source: Source) {
    this.#options = options;
    this.#source = source;
    this.context = options.context;
    this.arithmetic = new Arithmetic(options.context, options.held, this.ranges);
    this.heap = new Heap(this.arithmetic);
    this.#keeper = new LoopKeeper(this.heap);
  }

  #refuse(node: ac.Node, what: string, hint?: string): never {
    throw refusal(this.#source, node, what, hint);
  }

  /** Failures of arithmetic get the place they happened at. */
  #placed<T>(node: ac.Node, run: () => T): T {
    try {
      return run();
    } catch (error) {
      if (error instanceof Failure && error.place === undefined)
        throw refusal(this.#source, node, error.what, error.hint, error.kind);
      throw error;
    }
  }

  #spend(node: ac.Node): void {
    if (++this.#spent > this.#options.limit)
      throw refusal(this.#source, node, `the trace takes more than ${this.#options.limit} operations`, "Keep loops as loops, or raise `limit`.", "limit"); // oxfmt-ignore
  }

  // Statements.

  /** Calls a function value. */
  call(fn: FunctionValue, args: readonly Value[], node: ac.Node): Value {
    if (this.#active.some((other) => other.node === fn.node)) this.#refuse(node, `${fn.name} calls itself`);
    if (this.#active.length > 64) this.#refuse(node, "calls nest more than 64 deep");
    const outer = this.#source;
    const scope = new Scope(fn.scope, true);
    this.#active.push(fn);
    this.#source = fn.source;
    try {
      fn.node.params.forEach((parameter, i) => {
        this.#bind(parameter, args[i] ?? { type: "hole", why: `${this.#text(parameter)} is not given` }, scope, false);
      });
      if (fn.node.body.type !== "BlockStatement") return this.evaluate(fn.node.body, scope);
      const end = this.#list(fn.node.body.body, 0, scope, undefined);
      if (end === undefined || (end.kind === "return" && end.value === undefined)) return { type: "hole", why: `${fn.name} returns nothing` }; // oxfmt-ignore
      if (end.kind !== "return") this.#refuse(fn.node, `${end.kind} outside of a loop`);
      return end.value!;
    } finally {
      this.#active.pop();
      this.#source = outer;
    }
  }

  #text(node: ac.Node): string {
    return this.#source.text.slice(node.start, Math.min(node.end, node.start + 40));
  }

  #declare(name: string, value: Value, scope: Scope, constant: boolean): Cell {
    const cell: Cell = { value, constant, birth: this.heap.tick(), name };
    scope.cells.set(name, cell);
    return cell;
  }

  /** Declares the names of a pattern. */
  #bind(pattern: ac.Pattern, value: Value, scope: Scope, constant: boolean): void {
    switch (pattern.type) {
      case "Identifier":
        this.#declare(pattern.name, value, scope, constant);
        return;
      case "AssignmentPattern":
        this.#bind(pattern.left, value.type === "hole" ? this.evaluate(pattern.right, scope) : value, scope, constant);
        return;
      case "ArrayPattern":
        this.#parts(pattern, value).forEach(([part, each]) => this.#bind(part, each, scope, constant));
        return;
      default:
        this.#refuse(pattern, `${describe(pattern)} cannot be traced here`);
    }
  }

  #parts(pattern: ac.ArrayPattern, value: Value): [ac.Pattern, Value][] {
    return pattern.elements.flatMap((part, i): [ac.Pattern, Value][] => {
      if (part === null) return [];
      if (part.type === "RestElement") this.#refuse(part, "a rest element cannot be traced");
      const source = this.#array(pattern, value);
      return [[part, this.#element(part, source, this.arithmetic.constant(i))]];
    });
  }

  /** Statements from `from` on, then `rest`. */
  #list(
    list: readonly (ac.Statement | ac.ModuleDeclaration)[],
    from: number,
    scope: Scope,
    rest: (() => Completion) | undefined,
  ): Completion {
    if (from === 0)
      for (const each of list) if (each.type === "FunctionDeclaration") this.#declareFunction(each as ac.FunctionDeclaration, scope); // oxfmt-ignore
    for (let i = from; i < list.length; i++) {
      const statement = list[i] as ac.Statement;
      const after = (): Completion => this.#list(list, i + 1, scope, rest);
      const end = this.#statement(statement, scope, after);
      if (end === "went on") return this.#went;
      if (end !== undefined) return end;
    }
    return rest?.();
  }

  /** What came of the statements after one that ran them itself. */
  #went: Completion;

  #statement(node: ac.Statement, scope: Scope, after: () => Completion): Completion | "went on" {
    this.#spend(node);
    switch (node.type) {
      case "EmptyStatement":
      case "FunctionDeclaration":
        return undefined;
      case "VariableDeclaration":
        this.#variables(node, scope);
        return undefined;
      case "ExpressionStatement":
        if ("directive" in node && node.directive !== undefined) return undefined;
        this.evaluate(node.expression, scope, true);
        return undefined;
      case "ReturnStatement":
        return node.argument ? { kind: "return", value: this.evaluate(node.argument, scope) } : { kind: "return" };
      case "BreakStatement":
      case "ContinueStatement":
        if (node.label) this.#refuse(node, "labels cannot be traced");
        return { kind: node.type === "BreakStatement" ? "break" : "continue" };
      case "BlockStatement": {
        // A block with a way out under a condition takes what follows with it.
        if (!leaves(node)) return this.#list(node.body, 0, new Scope(scope), undefined);
        let went = false;
        const end = this.#list(node.body, 0, new Scope(scope), () => {
          went = true;
          return after();
        });
        if (!went) return end;
        this.#went = end;
        return "went on";
      }
      case "IfStatement":
        return this.#if(node, scope, after);
      case "ForStatement":
        return this.#for(node, scope);
      case "ForOfStatement":
        return this.#forOf(node, scope);
      case "WhileStatement":
      case "DoWhileStatement":
        return this.#while(node, scope);
      default:
        return this.#refuse(node, `${describe(node)} cannot be traced`);
    }
  }

  #declareFunction(node: ac.FunctionDeclaration, scope: Scope): void {
    if (node.async || node.generator) this.#refuse(node, `${node.async ? "an async function" : "a generator"} cannot be traced`); // oxfmt-ignore
    const fn: FunctionValue = { type: "function", node: node as unknown as ac.FunctionExpression, scope, source: this.#source, name: node.id.name }; // oxfmt-ignore
    this.#declare(node.id.name, fn, scope, true);
  }

  #variables(node: ac.VariableDeclaration, scope: Scope): void {
    if (node.kind === "var") this.#refuse(node, "var cannot be traced", "Write let or const.");
    for (const { id, init } of node.declarations) {
      const value: Value = init
        ? this.evaluate(init, scope)
        : { type: "hole", why: `${this.#text(id)} has no value yet` };
      if (init && value.type === "hole") this.#refuse(init, value.why);
      this.#bind(id, value.type === "function" && id.type === "Identifier" ? { ...value, name: id.name } : value, scope, node.kind === "const"); // oxfmt-ignore
    }
  }

  #if(node: ac.IfStatement, scope: Scope, after: () => Completion): Completion | "went on" {
    const test = this.#truth(node.test, scope);
    const run = (branch: ac.Statement | null | undefined, next: () => Completion): Completion => {
      if (!branch) return next();
      const end = this.#statement(branch, new Scope(scope), next);
      if (end === "went on") return this.#went;
      return end ?? next();
    };
    const nothing = (): Completion => undefined;
    if (test.known !== undefined) {
      const branch = test.known ? node.consequent : node.alternate;
      return branch ? this.#statement(branch, new Scope(scope), after) : undefined;
    }
    const leaving = leaves(node);
    const next = leaving ? after : nothing;
    const [a, b] = this.#branch(
      node,
      test.condition!,
      () => run(node.consequent, next),
      () => run(node.alternate, next),
    );
    if (!leaving) return undefined;
    this.#went = this.#joined(node, test.condition!, a.value, b.value, a.range, b.range);
    return "went on";
  }

  #joined(
    node: ac.Node,
    condition: Term,
    a: Completion,
    b: Completion,
    ra?: readonly [number, number],
    rb?: readonly [number, number],
  ): Completion {
    const ended = (end: Completion): boolean => end === undefined || end.kind === "continue";
    if (ended(a) && ended(b)) return undefined;
    if (a?.kind === "return" && b?.kind === "return") {
      if (a.value === undefined && b.value === undefined) return a;
      if (a.value !== undefined && b.value !== undefined)
        return {
          kind: "return",
          value: this.#placed(node, () => this.#merged(condition, a.value!, b.value!, ra, rb, "the result")),
        };
    }
    if (this.#active.length > 0 && (a?.kind === "break" || b?.kind === "break"))
      this.#refuse(node, "a loop is left under a condition that is not known");
    return this.#refuse(node, "there is a result in one case only");
  }

  #range(value: Value | Completion): readonly [number, number] | undefined {
    const inner = value && "kind" in value ? (value.kind === "return" ? value.value : undefined) : value;
    return inner?.type === "number" && inner.index ? [this.ranges.low(inner.index), this.ranges.high(inner.index)] : undefined; // oxfmt-ignore
  }

  /** Runs both branches from the same state and puts the states together. */
  #branch<T extends Value | Completion>(
    node: ac.Node,
    condition: Term,
    a: () => T,
    b: () => T,
  ): [{ value: T; range?: readonly [number, number] }, { value: T; range?: readonly [number, number] }] {
    const { heap } = this;
    const mark = heap.journal.length;
    const one = (truth: boolean, run: () => T): { value: T; range?: readonly [number, number]; delta: Delta } => {
      const birth = heap.tick();
      try {
        return this.ranges.assuming(condition, truth, () => {
          const value = run();
          return { value, range: this.#range(value), delta: this.#delta(node, mark, birth) };
        });
      } finally {
        heap.rollback(mark);
        heap.tick();
      }
    };
    const first = one(true, a);
    const second = one(false, b);
    this.#placed(node, () => this.#merge(condition, first.delta, second.delta));
    return [first, second];
  }

  #delta(node: ac.Node, mark: number, birth: number): Delta {
    const { cells, arrays, lists } = this.heap.changes(mark);
    const ranged = (value: Value): { value: Value; range?: readonly [number, number] } => ({ value, range: this.#range(value) }); // oxfmt-ignore
    const delta: Delta = { cells: new Map(), arrays: new Map(), lists: new Map() };
    for (const cell of cells) if (cell.birth < birth) delta.cells.set(cell, ranged(cell.value));
    for (const array of arrays) {
      if (array.birth >= birth) continue;
      if (array.list !== undefined) this.#refuse(node, `${array.name} changes its form under a condition`);
      if (array.segments.some((segment) => segment.epoch >= birth && segment.kind === "ground"))
        this.#refuse(node, `${array.name} is filled under a condition`);
      const segments = array.segments
        .filter((segment) => segment.epoch >= birth)
        .map((segment) => (segment.kind === "overlay" ? { ...segment, entries: new Map(segment.entries) } : segment));
      if (segments.length > 0) delta.arrays.set(array, segments);
    }
    for (const [array, places] of lists)
      if (array.birth < birth) delta.lists.set(array, new Map([...places].map((at) => [at, ranged(array.list![at])])));
    return delta;
  }

  #merge(condition: Term, a: Delta, b: Delta): void {
    const { heap } = this;
    for (const cell of new Set([...a.cells.keys(), ...b.cells.keys()])) {
      const [x, y] = [a, b].map(
        (delta) => delta.cells.get(cell) ?? { value: cell.value, range: this.#range(cell.value) },
      );
      heap.setCell(cell, this.#merged(condition, x.value, y.value, x.range, y.range, cell.name));
    }
    for (const array of new Set([...a.lists.keys(), ...b.lists.keys()])) {
      for (const at of new Set([...(a.lists.get(array)?.keys() ?? []), ...(b.lists.get(array)?.keys() ?? [])])) {
        const old = array.list![at];
        if (old === undefined) throw new Failure("unsupported", `${array.name} changes its length under a condition`);
        const [x, y] = [a, b].map(
          (delta) => delta.lists.get(array)?.get(at) ?? { value: old, range: this.#range(old) },
        );
        heap.setElement(array, at, this.#merged(condition, x.value, y.value, x.range, y.range, array.name));
      }
    }
    const otherwise = this.arithmetic.negation(condition);
    for (const array of new Set([...a.arrays.keys(), ...b.arrays.keys()])) {
      const [xs, ys] = [a.arrays.get(array) ?? [], b.arrays.get(array) ?? []];
      const single = (list: readonly Segment[]): list is readonly Overlay[] =>
        list.length === 0 || (list.length === 1 && list[0].kind === "overlay");
      if (single(xs) && single(ys)) {
        const [x, y] = [xs[0]?.entries, ys[0]?.entries];
        for (const [key, { index, value }] of x ?? []) {
          const other = y?.get(key)?.value ?? heap.read(array, index);
          heap.write(array, index, heap.either(condition, value, other));
        }
        for (const [key, { index, value }] of y ?? [])
          if (!x?.has(key)) heap.write(array, index, heap.either(condition, heap.read(array, index), value));
        continue;
      }
      for (const [list, when] of [
        [xs, condition],
        [ys, otherwise],
      ] as const)
        // oxfmt-ignore
        for (const segment of list) {
          if (segment.kind === "layer") heap.push(array, { ...segment, epoch: heap.now, condition: segment.condition ? logic("and", when, segment.condition) : when }); // oxfmt-ignore
          else if (segment.kind === "overlay")
            for (const { index, value } of segment.entries.values())
              heap.push(array, { kind: "layer", epoch: heap.now, variables: [], index, value, condition: when });
        }
    }
  }

  #merged(
    condition: Term,
    a: Value,
    b: Value,
    ra: readonly [number, number] | undefined,
    rb: readonly [number, number] | undefined,
    name: string,
  ): Value {
    if (a === b) return a;
    if (a.type === "number" && b.type === "number") {
      if (a.known !== undefined && a.known === b.known && a.term === b.term) return a;
      const both: [number, number] | undefined = ra && rb && [Math.min(ra[0], rb[0]), Math.max(ra[1], rb[1])];
      return this.arithmetic.choose(condition, a, b, both);
    }
    if (a.type === "boolean" && b.type === "boolean") {
      const both = (when: Term, value: Bool): Term[] =>
        value.known === false ? [] : [value.known ? when : logic("and", when, value.condition!)];
      const parts = [...both(condition, a), ...both(this.arithmetic.negation(condition), b)];
      if (a.known !== undefined && a.known === b.known) return a;
      return { type: "boolean", condition: parts.length === 1 ? parts[0] : logic("or", ...parts) };
    }
    if (a.type === "array" && b.type === "array" && a.array === b.array && a.prefix.every((i, d) => i === b.prefix[d])) return a; // oxfmt-ignore
    if (a.type === "function" && b.type === "function" && a.node === b.node && a.scope === b.scope) return a;
    if (a.type === "hole" || b.type === "hole") return { type: "hole", why: `${name} has no value in some cases` };
    throw new Failure("unsupported", `${name} is of different kinds, or different arrays, in two cases`);
  }

  // Loops.

  #note(node: ac.Node, became: readonly string[], reason?: string): void {
    const place = refusal(this.#source, node, "").place!;
    this.notes.push({ line: place.line, column: place.column, became, reason });
  }

  /** Keeps a loop; gives the reason if that cannot be done. */
  #keep(node: ac.Node, turns: Turns | Failure): Failure | undefined {
    if (turns instanceof Failure) return turns;
    const noted = this.notes.length;
    if (
      turns.from.kind === Kind.number &&
      turns.to.kind === Kind.number &&
      Q.compare(turns.from.value, turns.to.value) >= 0
    )
      // oxfmt-ignore
      return new Failure("unsupported", "it has one turn at most");
    try {
      const body = (turn: Term): void => {
        this.notes.length = noted;
        turns.body(turn);
      };
      const kinds = this.#keeper.keep({ ...turns, body });
      this.#note(node, [...kinds]);
      return undefined;
    } catch (error) {
      if (!(error instanceof Failure) || error.kind === "limit") throw error;
      this.notes.length = noted;
      return error;
    }
  }

  /** Notes that a loop is written out. Reasons are kept once a loop. */
  #writtenOut(node: ac.Node, reason: Failure | undefined): void {
    if (this.#options.unroll) return;
    const place = refusal(this.#source, node, "").place!;
    if (
      !this.notes.some((note) => note.line === place.line && note.column === place.column && note.reason !== undefined)
    )
      // oxfmt-ignore
      this.#note(node, [], reason?.what);
  }

  /** The turns of `for (let i = a; i < b; i += c)`, or why it has another form. */
  #turns(node: ac.ForStatement, scope: Scope): Turns | Failure {
    const other = (what: string): Failure => refusal(this.#source, node, what);
    const { init, test, update } = node;
    if (init?.type !== "VariableDeclaration" || init.declarations.length !== 1) return other("it has no single loop variable"); // oxfmt-ignore
    const [{ id, init: start }] = init.declarations;
    if (id.type !== "Identifier" || !start || test?.type !== "BinaryExpression" || !update) return other("it does not count from one number to another"); // oxfmt-ignore
    let operator: string = test.operator;
    let end = test.right;
    if (end.type === "Identifier" && end.name === id.name) {
      operator = { "<": ">", "<=": ">=", ">": "<", ">=": "<=" }[operator] ?? operator;
      end = test.left as ac.Expression;
    } else if (test.left.type !== "Identifier" || test.left.name !== id.name) return other("its test is not of its variable"); // oxfmt-ignore
    const isVariable = (each: ac.Node): boolean =>
      each.type === "Identifier" && (each as ac.Identifier).name === id.name;
    if (init.kind === "var") return other("it uses var");
    if (effects(start) || effects(end) || (update.type === "AssignmentExpression" && effects(update.right))) return other("its bounds or its step are computed by a call, or change something"); // oxfmt-ignore
    const watched = new Set<Cell>();
    const watch = (each: ac.Node): void =>
      void someNode(each, (part) => {
        const cell = part.type === "Identifier" ? scope.find((part as ac.Identifier).name) : undefined;
        if (cell !== undefined) watched.add(cell);
        return false;
      });
    watch(end);
    let step: Num;
    if (update.type === "UpdateExpression" && isVariable(update.argument))
      step = this.arithmetic.constant(update.operator === "++" ? 1 : -1); // oxfmt-ignore
    else if (update.type === "AssignmentExpression" && isVariable(update.left)) {
      let by: ac.Expression = update.right;
      let sign = update.operator === "-=" ? -1 : 1;
      if (update.operator === "=" && by.type === "BinaryExpression" && isVariable(by.left) && (by.operator === "+" || by.operator === "-")) {
        sign = by.operator === "-" ? -1 : 1;
        by = by.right;
      } else if (update.operator !== "+=" && update.operator !== "-=") return other("its variable does not move in equal steps"); // oxfmt-ignore
      watch(by);
      const size = this.#number(by, scope);
      step = sign < 0 ? this.arithmetic.negate(size) : size;
    } else return other("its variable does not move in equal steps");
    const by = step.known;
    if (by === undefined || !Number.isInteger(by) || by === 0) return other("its step is not a known whole number");
    const [a, b] = [this.#number(start, scope), this.#number(end as ac.Expression, scope)];
    if (a.index === undefined) return other("it does not begin at a whole number");
    const up = by > 0;
    let last: Term;
    if (b.index !== undefined) {
      if (operator === "!==" || operator === "!=") {
        if (Math.abs(by) !== 1 || (up ? this.ranges.atMost(a.index, b.index) : this.ranges.atMost(b.index, a.index)) !== true) return other("it is not sure to meet its end"); // oxfmt-ignore
        operator = up ? "<" : ">";
      }
      last = operator === "<" ? sub(b.index, 1) : operator === ">" ? add(b.index, 1) : b.index;
    } else if (b.known !== undefined && this.context.number(0) && b.term?.kind === Kind.number) {
      // Between whole numbers; the exact value and the double have the same whole part, or the comparison is refused.
      const below = Math.floor(b.known);
      this.arithmetic.compare("<", this.arithmetic.constant(below), b);
      this.arithmetic.compare("<", b, this.arithmetic.constant(below + 1));
      last = this.context.number(up ? below : below + 1);
    } else return other("its end is not surely a whole number");
    if (up ? operator !== "<" && operator !== "<=" : operator !== ">" && operator !== ">=") return other("its step leads away from its end"); // oxfmt-ignore
    const first = a.index;
    const body = (value: Term): void => {
      const inner = new Scope(scope);
      const cell = this.#declare(id.name, this.#index(value), inner, false);
      const before = cell.value;
      this.#turn(node, node.body, inner);
      if (cell.value !== before) this.#refuse(node, "the body changes the loop variable");
    };
    if (Math.abs(by) === 1)
      return {
        from: add(up ? first : last, 1),
        to: add(up ? last : first, 1),
        direction: up ? 1 : -1,
        body: (turn) => body(sub(turn, 1)),
        watched,
      };
    const distance = up ? sub(last, first) : sub(first, last);
    const count = add(this.arithmetic.quotient(distance, Math.abs(by)), 1);
    return {
      from: this.context.number(1),
      to: count,
      direction: 1,
      body: (turn) => body(add(first, mul(sub(turn, 1), by))),
      watched,
    };
  }

  /** One turn of a loop that is being kept. */
  #turn(node: ac.Node, body: ac.Statement, scope: Scope): void {
    const after = (): Completion => undefined;
    let end = this.#statement(body, scope, after);
    if (end === "went on") end = this.#went;
    if (end !== undefined && end.kind !== "continue") this.#refuse(node, `the loop is left by ${end.kind}`);
  }

  #index(term: Term): Num {
    return { type: "number", term, index: term, known: term.kind === Kind.number ? Q.toNumber(term.value) : undefined };
  }

  #for(node: ac.ForStatement, scope: Scope): Completion {
    let reason: Failure | undefined;
    if (!this.#options.unroll) {
      reason = this.#keep(node, this.#turns(node, scope));
      if (reason === undefined) return undefined;
    }
    let current = new Scope(scope);
    if (node.init?.type === "VariableDeclaration") this.#variables(node.init, current);
    else if (node.init) this.evaluate(node.init, current, true);
    this.#writtenOut(node, reason);
    for (;;) {
      if (node.test && !this.#knownTest(node, node.test, current, reason)) return undefined;
      let end = this.#statement(node.body, new Scope(current), () => undefined);
      if (end === "went on") end = this.#went;
      if (end?.kind === "break") return undefined;
      if (end?.kind === "return") return end;
      // Each turn has variables of its own, for the functions made in it.
      const next = new Scope(scope);
      for (const [name, cell] of current.cells) this.#declare(name, cell.value, next, cell.constant);
      current = next;
      if (node.update) this.evaluate(node.update, current, true);
      this.#spend(node);
    }
  }

  #knownTest(node: ac.Node, test: ac.Expression, scope: Scope, reason: Failure | undefined): boolean {
    const value = this.#truth(test, scope);
    if (value.known !== undefined) return value.known;
    if (reason?.place !== undefined && reason.place.line !== refusal(this.#source, node, "").place!.line)
      throw new Failure(reason.kind, `${reason.what}; so the loop around it cannot be kept, and its bounds are not known numbers`, { place: reason.place, hint: reason.hint }); // oxfmt-ignore
    return this.#refuse(node, reason ? `the loop cannot be kept: ${reason.what}; and its bounds are not known numbers, so it cannot be written out` : "the bounds of the loop are not known numbers"); // oxfmt-ignore
  }

  #while(node: ac.WhileStatement | ac.DoWhileStatement, scope: Scope): Completion {
    let first = node.type === "DoWhileStatement";
    for (;;) {
      if (!first) {
        const test = this.#truth(node.test, scope);
        if (test.known === undefined)
          this.#refuse(
            node,
            "a while loop whose end depends on values cannot be traced",
            "Use a for loop with known bounds.",
          );
        if (!test.known) return undefined;
      }
      first = false;
      let end = this.#statement(node.body, new Scope(scope), () => undefined);
      if (end === "went on") end = this.#went;
      if (end?.kind === "break") return undefined;
      if (end?.kind === "return") return end;
      this.#spend(node);
    }
  }

  #forOf(node: ac.ForOfStatement, scope: Scope): Completion {
    if (node.await) this.#refuse(node, "await cannot be traced");
    const list = this.#array(node.right, this.evaluate(node.right, scope));
    const declare = (inner: Scope, value: Value): void => {
      if (node.left.type === "VariableDeclaration" && node.left.kind === "var") this.#refuse(node.left, "var cannot be traced", "Write let or const."); // oxfmt-ignore
      if (node.left.type === "VariableDeclaration")
        this.#bind(node.left.declarations[0].id, value, inner, node.left.kind === "const"); // oxfmt-ignore
      else this.#assign(node.left, value, inner);
    };
    const length = this.#length(node.right, list);
    let reason: Failure | undefined;
    if (!this.#options.unroll) {
      reason = this.#keep(node, {
        from: this.context.number(1),
        to: length.index!,
        direction: 1,
        body: (turn) => {
          const inner = new Scope(scope);
          declare(inner, this.#element(node.right, list, this.#index(sub(turn, 1))));
          this.#turn(node, node.body, inner);
        },
      });
      if (reason === undefined) return undefined;
    }
    this.#writtenOut(node, reason);
    if (length.known === undefined) this.#refuse(node, `the loop cannot be kept: ${reason?.what ?? "it is to be written out"}; and the length is not a known number`); // oxfmt-ignore
    // The length as it is now: the body may make the array longer.
    for (let i = 0; i < this.#length(node.right, list).known!; i++) {
      this.#spend(node);
      const inner = new Scope(scope);
      declare(inner, this.#element(node.right, list, this.arithmetic.constant(i)));
      let end = this.#statement(node.body, inner, () => undefined);
      if (end === "went on") end = this.#went;
      if (end?.kind === "break") return undefined;
      if (end?.kind === "return") return end;
    }
    return undefined;
  }

  /** The array of `each(i)` for i from 0 to length - 1. */
  #build(node: ac.Node, length: Num, each: (i: Num) => Value): ArrayValue {
    const { heap } = this;
    let reason: Failure | undefined;
    if (!this.#options.unroll && length.index !== undefined) {
      const made = this.#tensor("this array", [length]);
      reason = this.#keep(node, {
        from: this.context.number(1),
        to: length.index,
        direction: 1,
        body: (turn) => {
          const birth = heap.now;
          const at = sub(turn, 1);
          const value = each(this.#index(at));
          if (value.type === "number") {
            heap.write(made, [at], value);
            return;
          }
          if (value.type !== "array" || value.array.birth <= birth || value.array.list || value.prefix.length > 0) this.#refuse(node, "its elements are no numbers"); // oxfmt-ignore
          // Rows that were made here and are known nowhere else: a tensor with one more index.
          const inner = value.array.lengths.map((size, d) => {
            const symbol = this.#keeper.fresh();
            const from = this.context.number(1);
            this.ranges.declare(symbol, from, size.index);
            if (size.index === undefined || this.ranges.low(size.index) === -Infinity) this.#refuse(node, `length ${d + 1} of a row is not known`); // oxfmt-ignore
            return { symbol, from, to: size.index!, low: 1, high: this.ranges.high(size.index!) };
          });
          const index = inner.map(({ symbol }) => sub(symbol, 1));
          made.lengths = [length, ...value.array.lengths];
          heap.push(made, { kind: "layer", epoch: heap.now, variables: inner, index: [at, ...index], value: heap.read(value.array, index) }); // oxfmt-ignore
        },
      });
      const [layer] = made.segments;
      if (layer?.kind === "layer") made.segments = [heap.asGround(layer)];
      if (reason === undefined) return { type: "array", array: made, prefix: [] };
    }
    if (length.known === undefined) this.#refuse(node, `it cannot be kept: ${reason?.what ?? "it is to be written out"}; and its length is not a known number`); // oxfmt-ignore
    this.#writtenOut(node, reason);
    const list: Value[] = [];
    for (let i = 0; i < length.known!; i++) {
      this.#spend(node);
      const value = each(this.arithmetic.constant(i));
      if (value.type === "hole") this.#refuse(node, value.why);
      list.push(value);
    }
    return this.#listOf(list, "this array");
  }

  // Arrays.

  #tensor(name: string, lengths: readonly Num[], fill?: Num): Arr {
    const birth = this.heap.tick();
    const ground: Segment[] = fill ? [{ kind: "ground", epoch: birth, at: () => fill }] : [];
    return new Arr(birth, name, false, lengths, ground);
  }

  #listOf(list: Value[], name: string): ArrayValue {
    return { type: "array", array: new Arr(this.heap.tick(), name, false, [], [], list), prefix: [] };
  }

  #array(node: ac.Node, value: Value): ArrayValue {
    if (value.type === "hole") this.#refuse(node, value.why);
    if (value.type !== "array")
      this.#refuse(
        node,
        `${this.#text(node)} is ${value.type === "number" ? "a number" : `a ${value.type}`}, not an array`,
        node.type === "Identifier" ? `If it is one, say its shape: parameters: { ${(node as ac.Identifier).name}: [n] }.` : undefined, // oxfmt-ignore
      );
    return value;
  }

  #length(node: ac.Node, { array, prefix }: ArrayValue): Num {
    if (array.list === undefined) return array.lengths[prefix.length];
    if (prefix.length === 0) return this.arithmetic.constant(array.list.length);
    const lengths = array.list.map((row) => this.#length(node, this.#array(node, row)));
    const [first] = lengths;
    if (prefix.length > 1 || lengths.some((length) => length.known === undefined || length.known !== first.known))
      this.#refuse(node, "rows have different lengths, or more than two indices");
    return first;
  }

  #inside(node: ac.Node, index: Num, length: Num, name: string): Term {
    if (index.index === undefined)
      this.#refuse(node, "an index is not surely a whole number", "Math.floor makes whole numbers of quotients of indices."); // oxfmt-ignore
    const { ranges } = this;
    const low = ranges.low(index.index!);
    const last = sub(length.index!, 1);
    if (low >= 0 && ranges.atMost(index.index!, last) === true) return index.index!;
    if (ranges.high(index.index!) < 0 || ranges.atMost(index.index!, last) === false)
      this.#refuse(node, `the index ${index.known ?? ""} is outside of ${name}`.replace("  ", " "));
    return this.#refuse(node, `the index may leave ${name}`);
  }

  /** source[index]: an element, or an inner array. */
  #element(node: ac.Node, source: ArrayValue, index: Num): Value {
    const { array, prefix } = source;
    const at = this.#inside(node, index, this.#length(node, source), array.name);
    const full = [...prefix, at];
    if (array.list !== undefined) {
      if (prefix.length === 0 && at.kind === Kind.number) {
        const found = array.list[Q.toNumber(at.value)];
        if (found.type === "hole") this.#refuse(node, found.why);
        return found;
      }
      if (array.parameter && array.list.some((each) => each.type === "number" && each.known === undefined))
        this.#refuse(node, `the elements of ${array.name} have names, so they need known indices`);
      const deep = this.#depth(array);
      if (deep === undefined) this.#refuse(node, `the elements of ${array.name} are of different kinds, so they need known indices`); // oxfmt-ignore
      if (full.length < deep!) return { type: "array", array, prefix: full };
      if (full.length === 1 && array.list.length <= MOST_PIECES) return this.#placed(node, () => this.#oneOf(array.list as Num[], at)); // oxfmt-ignore
      const term = this.#placed(node, () => element(this.arrayTerm(node, { type: "array", array, prefix: [] }), ...full.map((i) => add(i, 1)))); // oxfmt-ignore
      return this.arithmetic.unknown(term);
    }
    if (full.length < array.lengths.length) return { type: "array", array, prefix: full };
    const value = this.#placed(node, () => this.heap.read(array, full));
    return value.type === "hole" ? this.#refuse(node, value.why) : value;
  }

  /** An element of a short list: by cases, which have values wherever they are not chosen. */
  #oneOf(list: readonly Num[], at: Term): Num {
    return list.slice(0, -1).reduceRight((rest, each, i) => this.arithmetic.choose(tidyRelation("=", at, this.context.number(i)), each, rest, undefined), list[list.length - 1]); // oxfmt-ignore
  }

  /** How many indices lead to a number; undefined if that differs. */
  #depth(array: Arr): number | undefined {
    if (array.list === undefined) return array.lengths.length;
    const depths = new Set(array.list.map((value) => {
      if (value.type === "number") return 1;
      if (value.type !== "array" || value.prefix.length > 0) return undefined;
      const inner = this.#depth(value.array);
      return inner === undefined ? undefined : inner + 1;
    })); // oxfmt-ignore
    return depths.size === 1 ? [...depths][0] : undefined;
  }

  /** Fails on arrays that were given as constants: they are not results. */
  #ownArray(node: ac.Node, array: Arr): void {
    if (this.#fixed.has(array)) this.#refuse(node, `the constant ${array.name} is changed`, "Make it a parameter.");
  }

  #store(node: ac.Node, target: ArrayValue, index: Num, value: Value): void {
    const { array, prefix } = target;
    if (value.type === "hole") this.#refuse(node, value.why);
    this.#ownArray(node, array);
    const at = this.#inside(node, index, this.#length(node, target), array.name);
    if (array.list !== undefined) {
      if (prefix.length === 0 && at.kind === Kind.number) {
        this.heap.setElement(array, Q.toNumber(at.value), value);
        return;
      }
      if (prefix.length > 0 || !array.list.every((each) => each.type === "number") || value.type !== "number")
        this.#refuse(node, `elements of ${array.name} need known indices here`);
      this.#spread(array);
    }
    const full = [...prefix, at];
    if (full.length === array.lengths.length && value.type === "number") {
      if (value.term === undefined) this.#refuse(node, `${String(value.known)} cannot be an element`);
      this.#placed(node, () => this.heap.write(array, full, value));
      return;
    }
    const length = array.lengths[0];
    const fresh = !array.parameter && array.lengths.length === 1 && array.segments.every((segment) => segment.kind === "overlay" && segment.literal); // oxfmt-ignore
    if (
      full.length === 1 &&
      fresh &&
      at.kind === Kind.number &&
      length.known !== undefined &&
      value.type !== "number"
    ) {
      const list = Array.from({ length: length.known }, (_, i): Value => this.heap.read(array, [this.context.number(i)])); // oxfmt-ignore
      this.heap.toList(array, list);
      this.heap.setElement(array, Q.toNumber(at.value), value);
      return;
    }
    this.#refuse(node, full.length < array.lengths.length ? `a whole row of ${array.name} is replaced; write its elements` : `elements of ${array.name} are numbers, not ${value.type === "array" ? "arrays" : `a ${value.type}`}`); // oxfmt-ignore
  }

  /** A list of numbers becomes a tensor, so that it can be written at indices that are not known. */
  #spread(array: Arr): void {
    const list = array.list! as Num[];
    const terms = list.map((each) => this.arithmetic.term(each));
    const whole = literalArray(this.context, terms);
    const { heap, arithmetic } = this;
    const epoch = array.birth;
    heap.journal.push({
      undo: () => {
        array.list = list;
        array.segments = [];
        array.lengths = [];
      },
      array,
    });
    array.list = undefined;
    array.lengths = [arithmetic.constant(list.length)];
    const at = ([i]: readonly Term[]): Num => (i.kind === Kind.number ? list[Q.toNumber(i.value)] : arithmetic.unknown(element(whole, add(i, 1)))); // oxfmt-ignore
    array.segments = [{ kind: "ground", epoch, at }];
  }

  /** An array as a term, numbered from 1: a comprehension where its writes are loops, elements one by one otherwise. */
  arrayTerm(node: ac.Node, { array, prefix }: ArrayValue): Term {
    const of = (value: Value): Term => {
      if (value.type === "number") return this.#placed(node, () => this.arithmetic.term(value));
      if (value.type === "array") return this.arrayTerm(node, value);
      return this.#refuse(node, value.type === "hole" ? value.why : `an element of ${array.name} is no number`);
    };
    if (array.list !== undefined) {
      if (prefix.length > 0) this.#refuse(node, "a row that is not known cannot be a result");
      return literalArray(this.context, array.list.map(of));
    }
    const lengths = array.lengths.slice(prefix.length);
    const single = array.segments.reduce((sum, segment) => sum + (segment.kind === "overlay" ? segment.entries.size : 0), 0); // oxfmt-ignore
    const known = lengths.every((length) => length.known !== undefined);
    let reason: Failure | undefined;
    const size = lengths.reduce((product, length) => product * (length.known ?? Infinity), 1);
    const mostly = 2 * single >= size && !array.segments.some((segment) => segment.kind === "layer");
    if (!this.#options.unroll && !mostly && (single <= MOST_PIECES || !known)) {
      try {
        return this.#placed(node, () => this.#comprehension(array, prefix, lengths));
      } catch (error) {
        if (!(error instanceof Failure)) throw error;
        if (!known) throw error;
        reason = error;
      }
    }
    if (!known) this.#refuse(node, reason?.what ?? `the lengths of ${array.name} are not known numbers`);
    const each = (index: readonly Term[]): Term => {
      if (index.length === array.lengths.length) return of(this.#placed(node, () => this.heap.read(array, index)));
      const length = array.lengths[index.length].known!;
      return literalArray(
        this.context,
        Array.from({ length }, (_, i) => each([...index, this.context.number(i)])),
      );
    };
    return each(prefix);
  }

  #comprehension(array: Arr, prefix: readonly Term[], lengths: readonly Num[]): Term {
    const one = this.context.number(1);
    const variables = lengths.map((length) => {
      const symbol = this.#keeper.fresh();
      this.ranges.declare(symbol, one, length.index);
      return symbol;
    });
    const value = this.heap.read(array, [...prefix, ...variables.map((symbol) => sub(symbol, 1))]);
    if (value.type === "hole") throw new Failure("unsupported", value.why);
    let body = this.arithmetic.term(value);
    for (let d = variables.length - 1; d >= 0; d--) body = comprehension(body, variables[d], one, lengths[d].index!);
    return body;
  }

  // Expressions.

  evaluate(
    node: ac.Expression | ac.Super | ac.SpreadElement | ac.PrivateIdentifier,
    scope: Scope,
    unused = false,
  ): Value {
    return this.#placed(node, () => this.#expression(node as ac.Expression, scope, unused));
  }

  #number(node: ac.Expression, scope: Scope): Num {
    return this.#asNumber(node, this.evaluate(node, scope));
  }

  #asNumber(node: ac.Node, value: Value): Num {
    if (value.type === "number") return value;
    if (value.type === "hole") this.#refuse(node, value.why);
    return this.#refuse(node, `${this.#text(node)} is ${value.type === "array" ? "an array" : `a ${value.type}`}, not a number`, value.type === "boolean" ? "Write condition ? 1 : 0." : undefined); // oxfmt-ignore
  }

  #truth(node: ac.Expression, scope: Scope): Bool {
    const value = this.evaluate(node, scope);
    if (value.type === "boolean") return value;
    if (value.type === "number") return this.arithmetic.compare("!==", value, this.arithmetic.constant(0));
    return this.#refuse(node, value.type === "hole" ? value.why : `${this.#text(node)} is no condition`);
  }

  #constant(node: ac.Identifier): Value {
    const { name } = node;
    const known = this.#constants.get(name);
    if (known !== undefined) return known;
    const { constants } = this.#options;
    if (!Object.hasOwn(constants, name)) {
      if (name === "Infinity") return this.arithmetic.constant(Infinity);
      if (name === "undefined") return { type: "hole", why: "the value is undefined" };
      this.#refuse(
        node,
        `"${name}" is not known here`,
        `Give it: constants: { ${name}: ... }, or make it a parameter.`,
      );
    }
    const value = this.#placed(node, () => this.fromConstant(constants[name], name));
    this.#constants.set(name, value);
    return value;
  }

  /** A value given by the caller. */
  fromConstant(given: unknown, name: string): Value {
    if (typeof given === "number") return this.arithmetic.constant(given);
    if (typeof given === "boolean") return { type: "boolean", known: given };
    if (given instanceof Term) return this.arithmetic.unknown(given);
    if (typeof given === "function") {
      const { node, source } = readFunction(given, name);
      return { type: "function", node, source, scope: new Scope(undefined, true), name };
    }
    if (Array.isArray(given) || ArrayBuffer.isView(given)) {
      const list = Array.from(given as unknown as ArrayLike<unknown>, (each, i) =>
        this.fromConstant(each, `${name}[${i}]`),
      );
      const array = new Arr(0, name, true, [], [], list);
      this.#fixed.add(array);
      return { type: "array", array, prefix: [] };
    }
    throw new Failure("usage", `the constant ${name} is neither a number, a truth, an array, a function nor a term`);
  }

  #expression(node: ac.Expression, scope: Scope, unused: boolean): Value {
    const { arithmetic } = this;
    switch (node.type) {
      case "Literal":
        if (typeof node.value === "number") {
          const text = node.raw!.replaceAll("_", "");
          return arithmetic.constant(node.value, Q.parseDecimal(text));
        }
        if (typeof node.value === "boolean") return { type: "boolean", known: node.value };
        return this.#refuse(node, "only numbers and truths can be traced");
      case "Identifier": {
        const cell = scope.find(node.name);
        return cell === undefined ? this.#constant(node) : cell.value.type === "hole" ? this.#refuse(node, cell.value.why) : cell.value; // oxfmt-ignore
      }
      case "ParenthesizedExpression":
        return this.evaluate(node.expression, scope);
      case "UnaryExpression":
        if (node.operator === "!") return arithmetic.not(this.#truth(node.argument, scope));
        if (node.operator === "-") return arithmetic.negate(this.#number(node.argument, scope));
        if (node.operator === "+") return this.#number(node.argument, scope);
        return this.#refuse(node, `${node.operator} cannot be traced`);
      case "BinaryExpression": {
        if (node.left.type === "PrivateIdentifier") return this.#refuse(node, "private names cannot be traced");
        const [a, b] = [this.evaluate(node.left, scope), this.evaluate(node.right, scope)];
        if (a.type === "boolean" && b.type === "boolean" && /^[!=]==?$/.test(node.operator)) return this.#sameTruth(node, a, b); // oxfmt-ignore
        const [x, y] = [this.#asNumber(node.left, a), this.#asNumber(node.right, b)];
        return COMPARISONS.has(node.operator) ? arithmetic.compare(node.operator === "!=" ? "!==" : node.operator, x, y) : arithmetic.binary(node.operator, x, y); // oxfmt-ignore
      }
      case "LogicalExpression":
        return this.#logical(node, scope);
      case "ConditionalExpression": {
        const test = this.#truth(node.test, scope);
        if (test.known !== undefined) return this.evaluate(test.known ? node.consequent : node.alternate, scope);
        const condition = test.condition!;
        const [a, b] = this.#branch<Value>(
          node,
          condition,
          () => this.evaluate(node.consequent, scope),
          () => this.evaluate(node.alternate, scope),
        );
        return this.#merged(condition, a.value, b.value, a.range, b.range, "the value");
      }
      case "AssignmentExpression":
        return this.#assignment(node, scope);
      case "UpdateExpression": {
        const place = this.#reference(node.argument, scope);
        const old = this.#asNumber(node.argument, place.get());
        const next = arithmetic.binary(node.operator === "++" ? "+" : "-", old, arithmetic.constant(1));
        place.set(next);
        return node.prefix || unused ? next : old;
      }
      case "MemberExpression":
        return this.#member(node, scope);
      case "CallExpression":
        return this.#callExpression(node, scope, unused);
      case "NewExpression":
        return this.#new(node, scope);
      case "ArrayExpression": {
        const list: Value[] = [];
        for (const part of node.elements) {
          if (part === null) this.#refuse(node, "an array with holes cannot be traced");
          else if (part.type === "SpreadElement")
            list.push(...this.#all(part, this.#array(part.argument, this.evaluate(part.argument, scope)))); // oxfmt-ignore
          else {
            const value = this.evaluate(part, scope);
            if (value.type === "hole") this.#refuse(part, value.why);
            list.push(value);
          }
        }
        return this.#listOf(list, "this array");
      }
      case "ArrowFunctionExpression":
      case "FunctionExpression":
        if (node.async || node.generator) return this.#refuse(node, node.async ? "an async function cannot be traced" : "a generator cannot be traced"); // oxfmt-ignore
        return { type: "function", node, scope, source: this.#source, name: "this function" };
      case "SequenceExpression":
        return node.expressions.map((part) => this.evaluate(part, scope)).at(-1)!;
      default:
        return this.#refuse(node, `${describe(node)} cannot be traced`);
    }
  }

  #sameTruth(node: ac.BinaryExpression, a: Bool, b: Bool): Bool {
    const same = node.operator.startsWith("=");
    if (b.known === undefined && a.known === undefined) this.#refuse(node, "two conditions are compared");
    const [known, other] = a.known === undefined ? [b.known!, a] : [a.known, b];
    return known === same ? other : this.arithmetic.not(other);
  }

  /** && and || of conditions; ?? of values that are there. */
  #logical(node: ac.LogicalExpression, scope: Scope): Value {
    if (node.operator === "??") return this.evaluate(node.left, scope);
    const a = this.evaluate(node.left, scope);
    if (a.type !== "boolean" && !(a.type === "number" && a.known !== undefined))
      this.#refuse(node.left, `${this.#text(node.left)} is no condition`, `Write it as a comparison: x !== 0 ${node.operator} ...`); // oxfmt-ignore
    const and = node.operator === "&&";
    const known = a.type === "number" ? a.known !== 0 : a.type === "boolean" ? a.known : undefined;
    if (known !== undefined) return known === and ? this.evaluate(node.right, scope) : a;
    const mark = this.heap.journal.length;
    const b = this.evaluate(node.right, scope);
    if (this.heap.journal.length !== mark) this.#refuse(node.right, "something is assigned under a condition inside an expression"); // oxfmt-ignore
    if (b.type !== "boolean") this.#refuse(node.right, `${this.#text(node.right)} is no condition`);
    if ((b as Bool).known !== undefined) return (b as Bool).known === and ? a : b;
    return { type: "boolean", condition: logic(and ? "and" : "or", (a as Bool).condition!, (b as Bool).condition!) };
  }

  #assignment(node: ac.AssignmentExpression, scope: Scope): Value {
    const { left } = node;
    if (left.type === "ArrayPattern" || left.type === "ObjectPattern") {
      if (node.operator !== "=") this.#refuse(node, `${node.operator} cannot be traced`);
      const value = this.evaluate(node.right, scope);
      this.#assign(left, value, scope);
      return value;
    }
    const place = this.#reference(left, scope);
    if (node.operator === "=") {
      const value = this.evaluate(node.right, scope);
      place.set(value);
      return value;
    }
    const compound = COMPOUND.exec(node.operator);
    if (compound === null) this.#refuse(node, `${node.operator} cannot be traced`);
    const old = this.#asNumber(left, place.get());
    const by = this.#number(node.right, scope);
    const value = this.#placed(node, () => this.arithmetic.binary(compound![1], old, by));
    place.set(value);
    return value;
  }

  /** A variable or an element, its array and index computed once and before the value, as the language has it. */
  #reference(target: ac.Pattern | ac.Expression, scope: Scope): { get: () => Value; set: (value: Value) => void } {
    if (target.type === "MemberExpression" && target.computed) {
      const array = this.#array(target.object, this.evaluate(target.object, scope));
      const index = this.#number(target.property as ac.Expression, scope);
      return {
        get: () => this.#element(target, array, index),
        set: (value) => this.#store(target, array, index, value),
      };
    }
    return {
      get: () => this.evaluate(target as ac.Expression, scope),
      set: (value) => this.#assign(target, value, scope),
    };
  }

  #assign(target: ac.Pattern | ac.Expression, value: Value, scope: Scope): void {
    switch (target.type) {
      case "Identifier": {
        const cell = scope.find(target.name);
        if (cell === undefined) this.#refuse(target, `"${target.name}" is not declared here`);
        if (cell!.constant) this.#refuse(target, `"${target.name}" is constant`);
        if (value.type === "hole") this.#refuse(target, value.why);
        this.heap.setCell(cell!, value);
        return;
      }
      case "MemberExpression":
        if (!target.computed) this.#refuse(target, `a member "${this.#text(target.property)}" cannot be written`);
        this.#reference(target, scope).set(value);
        return;
      case "ArrayPattern":
        for (const [part, each] of this.#parts(target, value)) this.#assign(part, each, scope);
        return;
      default:
        this.#refuse(target, `${describe(target)} cannot be written`);
    }
  }

  #member(node: ac.MemberExpression, scope: Scope): Value {
    const { object, property } = node;
    if (node.optional) this.#refuse(node, "?. cannot be traced");
    if (!node.computed) {
      const name = (property as ac.Identifier).name;
      if (object.type === "Identifier" && object.name === "Math" && scope.find("Math") === undefined)
        return this.arithmetic.mathConstant(name) ?? this.#refuse(node, `Math.${name} is called, not read`);
      if (name === "length") return this.#length(node, this.#array(object, this.evaluate(object, scope)));
      return this.#refuse(node, `the member "${name}" cannot be traced`);
    }
    const array = this.#array(object, this.evaluate(object, scope));
    return this.#element(node, array, this.#number(property as ac.Expression, scope));
  }

  /** All elements of an array of known length. */
  #all(node: ac.Node, source: ArrayValue): Value[] {
    const length = this.#length(node, source).known;
    if (length === undefined) this.#refuse(node, "the length is not a known number");
    return Array.from({ length: length! }, (_, i) => this.#element(node, source, this.arithmetic.constant(i)));
  }

  #new(node: ac.NewExpression | ac.CallExpression, scope: Scope): Value {
    const name = node.callee.type === "Identifier" ? node.callee.name : "";
    const [first] = node.arguments;
    if (name !== "Array" && name !== "Float64Array")
      this.#refuse(node, `new ${this.#text(node.callee)} cannot be traced`, name.endsWith("Array") ? "Its elements are no doubles; use Float64Array or Array." : undefined); // oxfmt-ignore
    const values = node.arguments.map((each) => this.evaluate(each, scope));
    if (values.length === 1 && values[0].type === "number") {
      const length = values[0];
      if (length.index === undefined || this.ranges.low(length.index) < 0) this.#refuse(first, "the length of an array must be a whole number that is not negative"); // oxfmt-ignore
      return { type: "array", array: this.#tensor("this array", [length], name === "Float64Array" ? this.arithmetic.constant(0) : undefined), prefix: [] }; // oxfmt-ignore
    }
    if (name === "Float64Array") {
      if (values.length === 1 && values[0].type === "array") return this.#copy(node, values[0]);
      this.#refuse(node, "Float64Array takes a length or an array");
    }
    return this.#listOf(values, "this array");
  }

  /** A new array of the same elements. */
  #copy(node: ac.Node, source: ArrayValue): ArrayValue {
    return this.#build(node, this.#length(node, source), (i) => this.#element(node, source, i));
  }

  #function(node: ac.Node, value: Value | undefined): FunctionValue {
    return value?.type === "function" ? value : this.#refuse(node, "a function is wanted here");
  }

  #callExpression(node: ac.CallExpression, scope: Scope, unused: boolean): Value {
    if (node.optional) this.#refuse(node, "?. cannot be traced");
    const { callee } = node;
    const args = (): Value[] =>
      node.arguments.flatMap((each) =>
        each.type === "SpreadElement"
          ? this.#all(each, this.#array(each.argument, this.evaluate(each.argument, scope)))
          : [this.evaluate(each, scope)],
      );
    if (callee.type === "MemberExpression" && !callee.computed) {
      const name = (callee.property as ac.Identifier).name;
      const { object } = callee;
      const owner = object.type === "Identifier" && scope.find(object.name) === undefined ? object.name : undefined;
      if (owner === "Math") {
        const values = args().map((each, i) => this.#asNumber(node.arguments[i] ?? node, each));
        return this.arithmetic.mathCall(name, values) ?? this.#refuse(node, `Math.${name} cannot be traced${this.arithmetic.held ? " in held mode" : ""}`); // oxfmt-ignore
      }
      if ((owner === "Array" || owner === "Float64Array") && Object.hasOwn(MAKERS, name))
        return this.#arrayFrom(node, scope);
      if (owner === "Number" && (name === "isFinite" || name === "isInteger")) this.#refuse(node, `Number.${name} cannot be traced`); // oxfmt-ignore
      if (object.type !== "Super") return this.#method(node, name, this.#array(object, this.evaluate(object, scope)), args, unused); // oxfmt-ignore
    }
    if (
      callee.type === "Identifier" &&
      scope.find(callee.name) === undefined &&
      !Object.hasOwn(this.#options.constants, callee.name)
    ) {
      // Development tools wrap functions to keep their names.
      if (callee.name === "__name") return this.evaluate(node.arguments[0], scope);
      if (callee.name === "Array") return this.#new(node, scope);
      this.#refuse(callee, `"${callee.name}" is not known here`, `Give it: constants: { ${callee.name} }.`);
    }
    const fn = this.evaluate(callee, scope);
    if (fn.type !== "function") this.#refuse(node, `${this.#text(callee)} is no function`);
    const result = this.call(fn as FunctionValue, args(), node);
    if (result.type === "hole" && !unused) this.#refuse(node, result.why);
    return result;
  }

  #arrayFrom(node: ac.CallExpression, scope: Scope): Value {
    const [source, map] = node.arguments;
    const fn = map && this.#function(map, this.evaluate(map, scope));
    if (source?.type === "ObjectExpression") {
      const [property] = source.properties;
      if (source.properties.length !== 1 || property.type !== "Property" || property.computed || (property.key as ac.Identifier).name !== "length") this.#refuse(source, "an object here is { length: n }"); // oxfmt-ignore
      const length = this.#number((property as ac.Property).value, scope);
      if (length.index === undefined || this.ranges.low(length.index) < 0) this.#refuse(source, "the length of an array must be a whole number that is not negative"); // oxfmt-ignore
      if (!fn) return { type: "array", array: this.#tensor("this array", [length]), prefix: [] };
      return this.#build(node, length, (i) =>
        this.call(fn, [{ type: "hole", why: "the value is undefined" }, i], node),
      );
    }
    const list = this.#array(source ?? node, source ? this.evaluate(source, scope) : { type: "hole", why: "Array.from of nothing" }); // oxfmt-ignore
    if (!fn) return this.#copy(node, list);
    return this.#build(node, this.#length(node, list), (i) => this.call(fn, [this.#element(node, list, i), i], node));
  }

  #method(node: ac.CallExpression, name: string, list: ArrayValue, args: () => Value[], unused: boolean): Value {
    const length = this.#length(node, list);
    const { heap, arithmetic } = this;
    switch (name) {
      case "map": {
        const fn = this.#function(node, args()[0]);
        return this.#build(node, length, (i) => this.call(fn, [this.#element(node, list, i), i, list], node));
      }
      case "slice": {
        const bounds = args().map((each) => this.#asNumber(node, each));
        if (bounds.length === 0) return this.#copy(node, list);
        const [from, to = length] = bounds;
        const [a, b] = [from.known, to.known];
        if (a === undefined || b === undefined || length.known === undefined) this.#refuse(node, "slice needs known bounds"); // oxfmt-ignore
        return this.#listOf(this.#all(node, list).slice(a, b), "this array");
      }
      case "fill": {
        const [value, ...rest] = args();
        if (rest.length > 0 || list.prefix.length > 0 || list.array.parameter || value === undefined) this.#refuse(node, "fill of a part, or of a parameter, cannot be traced"); // oxfmt-ignore
        const { array } = list;
        this.#ownArray(node, array);
        if (value.type === "number" && array.list === undefined)
          heap.push(array, { kind: "ground", epoch: heap.tick(), at: () => value }); // oxfmt-ignore
        else {
          if (length.known === undefined) this.#refuse(node, "the length is not a known number");
          if (array.list === undefined) heap.toList(array, []);
          for (let i = 0; i < length.known!; i++) heap.setElement(array, i, value);
        }
        // A ground in the middle of a loop would not be seen as a write.
        if (heap.frames.some((frame) => array.birth < frame.start)) this.#refuse(node, "fill inside a loop");
        return list;
      }
      case "forEach": {
        const fn = this.#function(node, args()[0]);
        this.#each(node, length, (i) => void this.call(fn, [this.#element(node, list, i), i, list], node));
        return { type: "hole", why: "forEach returns nothing" };
      }
      case "reduce": {
        const [given, start] = args();
        const fn = this.#function(node, given);
        if (start === undefined && !(length.known! > 0)) this.#refuse(node, "reduce without a first value needs a known length above 0"); // oxfmt-ignore
        const cell: Cell = { value: start ?? this.#element(node, list, arithmetic.constant(0)), constant: false, birth: heap.tick(), name: "the accumulated value" }; // oxfmt-ignore
        this.#each(
          node,
          length,
          (i) => heap.setCell(cell, this.call(fn, [cell.value, this.#element(node, list, i), i, list], node)),
          start === undefined ? 1 : 0,
        );
        return cell.value;
      }
      case "push": {
        if (list.array.list === undefined || list.prefix.length > 0) this.#refuse(node, `push onto ${list.array.name} cannot be traced`); // oxfmt-ignore
        this.#ownArray(node, list.array);
        for (const value of args()) {
          if (value.type === "hole") this.#refuse(node, value.why);
          heap.setElement(list.array, list.array.list!.length, value);
        }
        return this.arithmetic.constant(list.array.list!.length);
      }
      default:
        void unused;
        return this.#refuse(node, `the method "${name}" cannot be traced`);
    }
  }

  /** Runs `body` for indices from `first` to length - 1: as one loop, or one after the other. */
  #each(node: ac.Node, length: Num, body: (i: Num) => void, first = 0): void {
    let reason: Failure | undefined;
    if (!this.#options.unroll && length.index !== undefined) {
      reason = this.#keep(node, {
        from: this.context.number(first + 1),
        to: length.index,
        direction: 1,
        body: (turn) => body(this.#index(sub(turn, 1))),
      });
      if (reason === undefined) return;
    }
    if (length.known === undefined) this.#refuse(node, `it cannot be kept: ${reason?.what ?? "it is to be written out"}; and the length is not a known number`); // oxfmt-ignore
    this.#writtenOut(node, reason);
    for (let i = first; i < length.known!; i++) {
      this.#spend(node);
      body(this.arithmetic.constant(i));
    }
  }

  /** The relation that a condition stands for; a known one as 0 = 0 or 0 = 1. */
  conditionTerm(value: Bool): Term {
    return value.condition ?? relation("=", this.context.number(0), value.known ? 0 : 1);
  }
}

const leaveKnown = new WeakMap<ac.Node, boolean>();

/** Does a statement have a way out: return, break or continue? */
function leaves(node: ac.Node): boolean {
  let known = leaveKnown.get(node);
  if (known === undefined) {
    known = someNode(node, ({ type }) => type === "ReturnStatement" || type === "BreakStatement" || type === "ContinueStatement"); // oxfmt-ignore
    leaveKnown.set(node, known);
  }
  return known;
}

/** Does an expression call anything but functions of Math, or change something? */
function effects(node: ac.Node): boolean {
  return someNode(node, (part) => {
    if (part.type === "AssignmentExpression" || part.type === "UpdateExpression" || part.type === "NewExpression") return true; // oxfmt-ignore
    if (part.type !== "CallExpression") return false;
    const { callee } = part as ac.CallExpression;
    return !(
      callee.type === "MemberExpression" &&
      callee.object.type === "Identifier" &&
      callee.object.name === "Math"
    );
  });
}
