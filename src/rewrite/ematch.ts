// E-matching: all places of an e-graph where a pattern stands, by a small machine over registers (de Moura and Bjorner 2007;
// Willsey et al. 2021). Patterns are compiled once per graph; an index of nodes by class and operator is made once per round.
//   bind r op out   for every node op(...) of the class in register r whose arguments are those that are known already: its
//                   arguments into registers from `out` on
//   compare r s     the classes in r and s are the same
//   check k         the k-th test holds
//   yield           the registers of the variables are a match
// Operations are binary here, so a segment ??x is one operand like ?x.
// Classes in which nothing changed since a rule was last searched, down to the depth of its pattern, are passed over.
// Left out: patterns joined by shared variables only.
import { Failure } from "../base/index.ts";
import { Kind, transfer, type Term } from "../term/index.ts";
import type { EGraph } from "./egraph.ts";
import type { NodeIndex } from "./node-index.ts";
import { isVariable } from "./pattern.ts";

const BIND = 0;
const COMPARE = 1;
const CHECK = 2;
const YIELD = 3;

/** A test of the registers, made when the pattern is compiled. */
export type RegisterTest = (registers: Int32Array) => boolean;

export interface PatternTests {
  /** Variables by name that a test needs, and the test made from their registers. */
  readonly needs: readonly string[];
  readonly make: (register: (name: string) => number) => RegisterTest;
}

/** Growing list of matches: the class of the root, then the classes of the variables. */
export class Matches {
  data = new Int32Array(256);
  length = 0;

  push(root: number, registers: Int32Array, slots: readonly number[]): void {
    if (this.length + slots.length + 1 > this.data.length) {
      const larger = new Int32Array(this.data.length * 2 + slots.length);
      larger.set(this.data);
      this.data = larger;
    }
    this.data[this.length++] = root;
    for (let i = 0; i < slots.length; i++) this.data[this.length++] = registers[slots[i]];
  }
}

/** A pattern compiled for one graph. */
export class Matcher {
  readonly graph: EGraph;
  /** Names of variables in the order in which matches list them. */
  readonly variables: readonly string[];
  readonly #slots: number[];
  readonly #code: Int32Array;
  readonly #tests: RegisterTest[] = [];
  readonly #registers: Int32Array;
  /** Closed subpatterns and the registers that hold their classes. */
  readonly #ground: { readonly term: Term; readonly register: number }[] = [];
  /** Operator of the root, or -1 for a variable or a closed pattern. */
  readonly #rootOp: number;
  /** Depth of the pattern: a change further below cannot make a new match. */
  readonly #depth: number;
  #index!: NodeIndex;
  #out!: Matches;
  #limit = 0;
  #stop: (() => boolean) | undefined;
  #ticks = 0;
  #full = false;

  constructor(graph: EGraph, pattern: Term, tests: readonly PatternTests[] = []) {
    this.graph = graph;
    const code: number[] = [];
    const slotOf = new Map<string, number>();
    const waiting = [...tests];
    let registers = 1;
    const bindReady = (): void => {
      for (let i = 0; i < waiting.length;) {
        const test = waiting[i];
        if (test.needs.every((name) => slotOf.has(name))) {
          code.push(CHECK, this.#tests.length);
          this.#tests.push(test.make((name) => slotOf.get(name)!));
          waiting.splice(i, 1);
        } else i++;
      }
    };
    const later: { register: number; pattern: Term }[] = [];
    /** Variables and closed parts are settled at once, operations later: comparisons come before loops. */
    const settle = (register: number, part: Term): void => {
      if (isVariable(part)) {
        const before = slotOf.get(part.name);
        if (before === undefined) slotOf.set(part.name, register);
        else code.push(COMPARE, before, register);
      } else if (isClosed(part)) this.#ground.push({ term: part, register });
      else later.push({ register, pattern: part });
    };
    this.#rootOp = isVariable(pattern) || isClosed(pattern) ? -1 : operatorFor(graph, pattern);
    this.#depth = depthOf(pattern);
    settle(0, pattern);
    bindReady();
    while (later.length > 0) {
      const { register, pattern: part } = later.shift()!;
      const op = operatorFor(graph, part);
      const out = registers;
      registers += part.args.length;
      // Arguments that are known before the loop are compared inside it.
      const wanted = part.args.map((arg) => {
        if (isVariable(arg)) return slotOf.get(arg.name) ?? -1;
        if (!isClosed(arg)) return -1;
        const own = registers++;
        this.#ground.push({ term: arg, register: own });
        return own;
      });
      code.push(BIND, register, op, part.args.length, out, ...wanted);
      part.args.forEach((arg, i) => {
        if (wanted[i] < 0) settle(out + i, arg);
      });
      bindReady();
    }
    if (waiting.length > 0) throw new Failure("usage", "a condition needs variables that the pattern does not bind");
    code.push(YIELD);
    this.#code = Int32Array.from(code);
    this.variables = [...slotOf.keys()];
    this.#slots = [...slotOf.values()];
    this.#registers = new Int32Array(registers);
  }

  /** Numbers that one match takes. */
  get stride(): number {
    return this.#slots.length + 1;
  }

  /**
   * Adds matches to `out`, at most `limit` of them, of classes that changed since the round `since`; `stop` is asked now and then. Returns the number found, or -1 if the
   * limit or `stop` ended the search before all were found.
   */
  search(index: NodeIndex, out: Matches, since = 0, limit = Infinity, stop?: () => boolean): number {
    this.#index = index;
    this.#out = out;
    this.#limit = limit;
    this.#stop = stop;
    this.#full = false;
    const before = out.length;
    const { graph } = this;
    for (const { term, register } of this.#ground) {
      const found = lookupClosed(graph, term);
      if (found < 0) return 0;
      this.#registers[register] = graph.find(found);
    }
    const registers = this.#registers;
    const recent = index.recent(this.#depth);
    if (this.#rootOp >= 0) {
      if (this.#rootOp + 1 < index.opStart.length) {
        const last = index.opStart[this.#rootOp + 1];
        for (let i = index.opStart[this.#rootOp]; i < last && !this.#full; i++) {
          const cls = index.runClass[i];
          if (recent[cls] < since) continue;
          registers[0] = cls;
          this.#run(0);
        }
      }
    } else if (this.#ground.length > 0 && this.#ground[0].register === 0) this.#run(0);
    else
      for (let i = 0; i < index.classes.length && !this.#full; i++) {
        const cls = index.classes[i];
        if (recent[cls] < since) continue;
        registers[0] = cls;
        this.#run(0);
      }
    return this.#full ? -1 : (out.length - before) / this.stride;
  }

  #run(pc: number): void {
    const code = this.#code;
    const registers = this.#registers;
    for (;;) {
      switch (code[pc]) {
        case COMPARE:
          if (registers[code[pc + 1]] !== registers[code[pc + 2]]) return;
          pc += 3;
          break;
        case CHECK:
          if (!this.#tests[code[pc + 1]](registers)) return;
          pc += 2;
          break;
        case BIND: {
          const cls = registers[code[pc + 1]];
          const op = code[pc + 2];
          const arity = code[pc + 3];
          const out = code[pc + 4];
          const index = this.#index;
          const { ops, ats } = index;
          const { args } = this.graph;
          const end = index.end[cls];
          const next = pc + 5 + arity;
          if (arity === 2) {
            const first = code[pc + 5] < 0 ? -1 : registers[code[pc + 5]];
            const second = code[pc + 6] < 0 ? -1 : registers[code[pc + 6]];
            const swap = this.graph.operators[op].commutative;
            for (let i = index.first(cls, op); i < end && ops[i] === op; i++) {
              const a = args[ats[i]];
              const b = args[ats[i] + 1];
              if ((first < 0 || first === a) && (second < 0 || second === b)) {
                registers[out] = a;
                registers[out + 1] = b;
                this.#run(next);
                if (this.#full) return;
              }
              if (swap && a !== b && (first < 0 || first === b) && (second < 0 || second === a)) {
                registers[out] = b;
                registers[out + 1] = a;
                this.#run(next);
                if (this.#full) return;
              }
            }
            return;
          }
          candidates: for (let i = index.first(cls, op); i < end && ops[i] === op; i++) {
            const at = ats[i];
            for (let k = 0; k < arity; k++) {
              const wanted = code[pc + 5 + k];
              if (wanted >= 0 && registers[wanted] !== args[at + k]) continue candidates;
              registers[out + k] = args[at + k];
            }
            this.#run(next);
            if (this.#full) return;
          }
          return;
        }
        default:
          this.#out.push(registers[0], registers, this.#slots);
          if (this.#out.length >= this.#limit * this.stride) this.#full = true;
          if ((++this.#ticks & 1023) === 0 && this.#stop?.() === true) this.#full = true;
          return;
      }
    }
  }
}

/** Levels of operations. */
function depthOf(pattern: Term): number {
  return pattern.kind === Kind.held ? 1 + Math.max(0, ...pattern.args.map(depthOf)) : 0;
}

/** No variables in it? */
function isClosed(pattern: Term): boolean {
  if (isVariable(pattern)) return false;
  return pattern.kind !== Kind.held || pattern.args.every(isClosed);
}

function operatorFor(graph: EGraph, pattern: Term): number {
  return graph.operator(pattern.name, pattern.args.length);
}

/** The node of a closed pattern, if the graph has it; -1 otherwise. */
function lookupClosed(graph: EGraph, term: Term): number {
  if (term.kind !== Kind.held) {
    const op = graph.knownLeaf(transfer(term, graph.context));
    return op === undefined ? -1 : graph.lookup(op);
  }
  const args: number[] = [];
  for (const arg of term.args) {
    const found = lookupClosed(graph, arg);
    if (found < 0) return -1;
    args.push(found);
  }
  const op = graph.knownOperator(term.name, args.length);
  return op === undefined ? -1 : graph.lookup(op, args);
}

/** A pattern made into nodes of a graph, for given classes of its variables. */
export class Builder {
  readonly #graph: EGraph;
  /** Instructions: operator, then the registers of its arguments; results go to registers after the variables. */
  readonly #steps: { readonly op: number; readonly args: readonly number[]; readonly scratch: Int32Array }[] = [];
  readonly #values: Int32Array;
  readonly #root: number;
  readonly #count: number;

  /** `variables` in the order in which values are given. */
  constructor(graph: EGraph, pattern: Term, variables: readonly string[]) {
    this.#graph = graph;
    this.#count = variables.length;
    const place = new Map<Term, number>();
    const make = (part: Term): number => {
      if (isVariable(part)) return variables.indexOf(part.name);
      const known = place.get(part);
      if (known !== undefined) return known;
      const args = part.kind === Kind.held ? part.args.map(make) : [];
      const op =
        part.kind === Kind.held
          ? graph.operator(part.name, part.args.length)
          : graph.leaf(transfer(part, graph.context));
      const register = variables.length + this.#steps.length;
      this.#steps.push({ op, args, scratch: new Int32Array(args.length) });
      place.set(part, register);
      return register;
    };
    this.#root = make(pattern);
    this.#values = new Int32Array(variables.length + this.#steps.length);
  }

  /** The node of the pattern for the values data[at], data[at + 1], ... of its variables. */
  build(data: Int32Array, at: number): number {
    const values = this.#values;
    for (let i = 0; i < this.#count; i++) values[i] = data[at + i];
    let register = this.#count;
    for (let s = 0; s < this.#steps.length; s++) {
      const { op, args, scratch } = this.#steps[s];
      if (args.length === 2 && !this.#graph.explanations) {
        values[register++] = this.#graph.addPair(op, values[args[0]], values[args[1]]);
        continue;
      }
      for (let i = 0; i < args.length; i++) scratch[i] = values[args[i]];
      values[register++] = this.#graph.add(op, scratch);
    }
    return values[this.#root];
  }
}
