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
import { NodeState, type EGraph } from "./egraph.ts";
import { isVariable } from "./pattern.ts";

/** Live nodes sorted by class, then operator; runs of one operator in one class, listed by operator. Valid until the graph changes. */
export class NodeIndex {
  readonly graph: EGraph;
  /** Nodes, and the first place of their arguments. */
  readonly nodes: Int32Array;
  readonly ops: Int32Array;
  readonly ats: Int32Array;
  /** First place in `nodes` of a class; parallel to node numbers, with one more. Valid for names of classes. */
  readonly start: Int32Array;
  readonly end: Int32Array;
  /** Runs by operator: runFirst[k], runClass[k] for k in opStart[op] .. opStart[op + 1]. */
  readonly opStart: Int32Array;
  readonly runClass: Int32Array;
  readonly classes: Int32Array;
  /** recent[d]: when a class, or what its terms contain down to depth d, last changed. */
  readonly #recent: Int32Array[];

  constructor(graph: EGraph) {
    this.graph = graph;
    const { nodeCount, op, state, at } = graph;
    const opCount = graph.operators.length;
    const home = new Int32Array(nodeCount);
    const perOp = new Int32Array(opCount + 1);
    const perClass = new Int32Array(nodeCount + 1);
    let live = 0;
    for (let node = 0; node < nodeCount; node++) {
      if (state[node] !== NodeState.live) continue;
      const cls = graph.find(node);
      home[node] = cls;
      perOp[op[node] + 1]++;
      perClass[cls + 1]++;
      live++;
    }
    for (let i = 0; i < opCount; i++) perOp[i + 1] += perOp[i];
    const place = perOp.slice();
    const byOp = new Int32Array(live);
    for (let node = 0; node < nodeCount; node++) if (state[node] === NodeState.live) byOp[place[op[node]]++] = node;
    for (let i = 0; i < nodeCount; i++) perClass[i + 1] += perClass[i];
    this.start = perClass.slice();
    const next = perClass.slice();
    this.nodes = new Int32Array(live);
    this.ops = new Int32Array(live);
    this.ats = new Int32Array(live);
    for (let i = 0; i < live; i++) {
      const node = byOp[i];
      const slot = next[home[node]]++;
      this.nodes[slot] = node;
      this.ops[slot] = op[node];
      this.ats[slot] = at[node];
    }
    this.end = next;
    // Classes by operator, in the order of byOp: one entry where the class changes; a class has its nodes of one operator together.
    const seen = new Int32Array(nodeCount).fill(-1);
    const runClass = new Int32Array(live);
    this.opStart = new Int32Array(opCount + 1);
    let runs = 0;
    for (let o = 0; o < opCount; o++) {
      this.opStart[o] = runs;
      for (let i = perOp[o]; i < perOp[o + 1]; i++) {
        const cls = home[byOp[i]];
        if (seen[cls] === o) continue;
        seen[cls] = o;
        runClass[runs++] = cls;
      }
    }
    this.opStart[opCount] = runs;
    this.runClass = runClass;
    this.#recent = [graph.stamp];
    let names = 0;
    const classes = new Int32Array(nodeCount);
    for (let node = 0; node < nodeCount; node++)
      if (state[node] !== NodeState.proof && graph.find(node) === node) classes[names++] = node;
    this.classes = classes.subarray(0, names);
  }

  /** By class: when something last changed in it or in its nodes' arguments down to a depth. */
  recent(depth: number): Int32Array {
    const { graph, classes, start, end, ops, ats } = this;
    while (this.#recent.length <= depth) {
      const above = this.#recent[this.#recent.length - 1];
      const next = new Int32Array(graph.nodeCount);
      for (let c = 0; c < classes.length; c++) {
        const cls = classes[c];
        let latest = above[cls];
        for (let i = start[cls]; i < end[cls]; i++) {
          const { arity } = graph.operators[ops[i]];
          for (let k = 0; k < arity; k++) {
            const below = above[graph.args[ats[i] + k]];
            if (below > latest) latest = below;
          }
        }
        next[cls] = latest;
      }
      this.#recent.push(next);
    }
    return this.#recent[depth];
  }

  /** First place in `nodes` with the operator in the class, or the end of the class. */
  first(cls: number, op: number): number {
    const { ops } = this;
    let low = this.start[cls];
    let high = this.end[cls];
    while (high - low > 8) {
      const mid = (low + high) >> 1;
      if (ops[mid] < op) low = mid + 1;
      else high = mid;
    }
    while (low < this.end[cls] && ops[low] < op) low++;
    return low;
  }
}

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
export function isClosed(pattern: Term): boolean {
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
