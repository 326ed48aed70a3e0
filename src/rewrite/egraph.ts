// E-graphs: a set of terms with an equality that is closed under congruence (Nelson and Oppen 1980), kept in flat arrays.
// Hash-consed nodes, union-find, deferred rebuilding and analyses of classes follow Willsey et al. 2021 ("egg", sections 2-4);
// the proof forest follows Nieuwenhuis and Oliveras 2005. The language is open: an operator is a name and a number of arguments.
// Classes are named by nodes: a node's number is the name of its class until a union gives that class another.
// Left out: removal of nodes, contexts (equalities that hold under a condition only).
import { Failure } from "../base/index.ts";
import { type Context, defaultContext, type Term } from "../term/index.ts";
import { grown, grownBytes, hashMix } from "./flat.ts";
import { type ProofEdge, ProofForest, Reason } from "./proof-forest.ts";

/** An operator of the language of a graph. */
export interface Operator {
  readonly name: string;
  readonly arity: number;
  /** Leaves that stand for a term (a number, a symbol, something opaque). */
  readonly leaf?: Term;
  /** The two arguments are a set: a + b and b + a are one node. */
  readonly commutative: boolean;
}

/** Facts about classes, computed upwards: `make` from a node, `merge` where classes meet. */
export interface Analysis<D> {
  readonly name: string;
  /** `facts` is what is known of classes, by name: facts[graph.find(argument)]. */
  make(graph: EGraph, node: number, facts: readonly D[]): D;
  /** What is known when both hold. Returns `a` itself if `b` adds nothing. Throws a Failure where they contradict each other. */
  merge(a: D, b: D): D;
  /** Do two facts say the same? By default: are they the same value. */
  same?(a: D, b: D): boolean;
  /** May add nodes to the class and unite them with it. */
  modify?(graph: EGraph, cls: number, data: D): void;
}

export interface EGraphOptions {
  /** Context of the terms that leaves stand for. */
  readonly context?: Context;
  /** Names of operators whose two arguments commute by construction. */
  readonly commutative?: readonly string[];
  readonly analyses?: readonly Analysis<unknown>[];
  /** Keep what explanations need; adding and uniting then cost more. */
  readonly explanations?: boolean;
}

/** What a node is to matching: `live` is matched, `hidden` stands for itself only, the others are not in the graph any more. */
export const NodeState = { live: 0, hidden: 1, merged: 2, proof: 3 } as const;

const NONE = -1;

export class EGraph {
  readonly context: Context;
  readonly operators: Operator[] = [];
  readonly #operatorOf = new Map<string, number>();
  readonly #leafOf = new Map<Term, number>();
  readonly #commutative: ReadonlySet<string>;
  readonly explanations: boolean;

  /** Nodes: operator, first place of the arguments in `args`, state, next node of the same class (a ring). */
  op = new Int32Array(1024);
  at = new Int32Array(1024);
  state = new Uint8Array(1024);
  next = new Int32Array(1024);
  #parent = new Int32Array(1024);
  /** Arguments as classes; canonical after `rebuild` for nodes that are in the graph. */
  args = new Int32Array(4096);
  /** Arguments as they were given: with them a node is one certain term. Kept for explanations only. */
  exact = new Int32Array(0);
  nodeCount = 0;
  #argCount = 0;
  /** Nodes in the graph, and classes. */
  #live = 0;
  #classes = 0;
  #ranks = new Int32Array(1024);

  /** Uses of a class: a list of nodes that have it as an argument, with head, tail and length. */
  #useHead = new Int32Array(1024).fill(NONE);
  #useTail = new Int32Array(1024).fill(NONE);
  #useLength = new Int32Array(1024);
  #useNode = new Int32Array(4096);
  #useNext = new Int32Array(4096);
  #useCount = 0;

  /** Open addressing; holds node + 1, 0 is empty. Entries whose node has changed since stay until the next growth. */
  #table = new Int32Array(4096);
  #filled = 0;

  /** Use lists of classes that lost their name: pairs (head, length). */
  #pending: number[] = [];
  readonly #analyses: readonly Analysis<unknown>[];
  readonly #data: unknown[][];
  /** Places of the analyses that may add to classes. */
  readonly #modifying: readonly number[];
  /** Uses of classes of which more is known: triples (class, head, length). */
  #changed: number[] = [];

  readonly #proof: ProofForest | undefined;
  readonly #exactNode = new Map<string, number>();

  unions = 0;
  /** The caller's count of rounds, and when a class last changed: a node came, classes met, or more became known. */
  clock = 0;
  stamp = new Int32Array(1024);

  constructor(options: EGraphOptions = {}) {
    this.context = options.context ?? defaultContext;
    this.#commutative = new Set(options.commutative ?? []);
    this.explanations = options.explanations ?? false;
    this.#analyses = options.analyses ?? [];
    this.#data = this.#analyses.map(() => []);
    this.#modifying = this.#analyses.flatMap((analysis, k) => (analysis.modify === undefined ? [] : [k]));
    if (this.explanations) {
      this.exact = new Int32Array(4096);
      this.#proof = new ProofForest();
    }
  }

  /** Nodes in the graph (equal ones counted once). */
  get size(): number {
    return this.#live;
  }

  get classCount(): number {
    return this.#classes;
  }

  /** The number of an operator, entered if it is new. */
  operator(name: string, arity: number): number {
    const key = `${arity} ${name}`;
    let found = this.#operatorOf.get(key);
    if (found === undefined) {
      found = this.operators.length;
      this.operators.push({ name, arity, commutative: arity === 2 && this.#commutative.has(name) });
      this.#operatorOf.set(key, found);
    }
    return found;
  }

  /** The number of the operator without arguments that stands for a term. */
  leaf(term: Term): number {
    let found = this.#leafOf.get(term);
    if (found === undefined) {
      found = this.operators.length;
      this.operators.push({ name: String(term), arity: 0, leaf: term, commutative: false });
      this.#leafOf.set(term, found);
    }
    return found;
  }

  /** The operator that stands for a term, if the graph has it. */
  knownLeaf(term: Term): number | undefined {
    return this.#leafOf.get(term);
  }

  knownOperator(name: string, arity: number): number | undefined {
    return this.#operatorOf.get(`${arity} ${name}`);
  }

  /** The node that names the class of a node. */
  find(node: number): number {
    const parent = this.#parent;
    let root = node;
    while (parent[root] !== root) root = parent[root];
    while (parent[node] !== root) {
      const up = parent[node];
      parent[node] = root;
      node = up;
    }
    return root;
  }

  same(a: number, b: number): boolean {
    return this.find(a) === this.find(b);
  }

  #hash(op: number, source: Int32Array, at: number, arity: number): number {
    let hash = Math.imul(op + 1, 0x9e3779b1);
    for (let i = 0; i < arity; i++) hash = hashMix(hash, source[at + i]);
    hash ^= hash >>> 15;
    hash = Math.imul(hash, 0x2c1b3c6d);
    return hash ^ (hash >>> 13);
  }

  /** The node with this operator and these canonical arguments, or -1. */
  #probe(op: number, source: Int32Array, at: number, arity: number): number {
    const { args, state } = this;
    const table = this.#table;
    const mask = table.length - 1;
    for (let slot = this.#hash(op, source, at, arity) & mask; ; slot = (slot + 1) & mask) {
      const node = table[slot] - 1;
      if (node < 0) return NONE;
      if (this.op[node] !== op || state[node] === NodeState.merged) continue;
      const own = this.at[node];
      let i = 0;
      while (i < arity && args[own + i] === source[at + i]) i++;
      if (i === arity) return node;
    }
  }

  #enter(node: number): void {
    const table = this.#table;
    const mask = table.length - 1;
    let slot = this.#hash(this.op[node], this.args, this.at[node], this.operators[this.op[node]].arity) & mask;
    while (table[slot] !== 0) slot = (slot + 1) & mask;
    table[slot] = node + 1;
    if (++this.#filled * 2 > table.length) this.#growTable();
  }

  #growTable(): void {
    let length = 4096;
    while (length < this.#live * 4) length *= 2;
    this.#table = new Int32Array(length);
    this.#filled = 0;
    for (let node = 0; node < this.nodeCount; node++) if (this.state[node] <= NodeState.hidden) this.#enter(node);
  }

  #scratch = new Int32Array(16);

  /** Canonical arguments of a node to be, into scratch. Returns whether the two arguments were swapped. */
  #canonical(op: number, source: ArrayLike<number>, from: number, arity: number): boolean {
    if (arity > this.#scratch.length) this.#scratch = new Int32Array(2 * arity);
    const scratch = this.#scratch;
    for (let i = 0; i < arity; i++) scratch[i] = this.find(source[from + i]);
    if (arity !== 2 || scratch[0] <= scratch[1] || !this.operators[op].commutative) return false;
    const first = scratch[0];
    scratch[0] = scratch[1];
    scratch[1] = first;
    return true;
  }

  /**
   * The node op(source[from], ...), added if no equal one is there. Without explanations the result is some node of the
   * class; with them it is the node of exactly this term.
   */
  add(op: number, source: ArrayLike<number> = [], from = 0): number {
    const { arity } = this.operators[op];
    if (this.explanations) return this.#addExact(op, source, from, arity);
    this.#canonical(op, source, from, arity);
    const known = this.#probe(op, this.#scratch, 0, arity);
    return known >= 0 ? known : this.#create(op, arity, source, from);
  }

  /** The same for two arguments, where no explanations are kept: half of all that an e-graph does. */
  addPair(op: number, a: number, b: number): number {
    let first = this.find(a);
    let second = this.find(b);
    if (first > second && this.operators[op].commutative) [first, second] = [second, first];
    let hash = hashMix(hashMix(Math.imul(op + 1, 0x9e3779b1), first), second);
    hash ^= hash >>> 15;
    hash = Math.imul(hash, 0x2c1b3c6d);
    hash ^= hash >>> 13;
    const { args, at, state } = this;
    const ops = this.op;
    const table = this.#table;
    const mask = table.length - 1;
    for (let slot = hash & mask; ; slot = (slot + 1) & mask) {
      const node = table[slot] - 1;
      if (node < 0) break;
      if (ops[node] !== op || state[node] === NodeState.merged) continue;
      const own = at[node];
      if (args[own] === first && args[own + 1] === second) return node;
    }
    this.#scratch[0] = first;
    this.#scratch[1] = second;
    return this.#create(op, 2, this.#scratch, 0);
  }

  /** The node op(source...) if the graph has it, else -1. */
  lookup(op: number, source: ArrayLike<number> = [], from = 0): number {
    const { arity } = this.operators[op];
    this.#canonical(op, source, from, arity);
    return this.#probe(op, this.#scratch, 0, arity);
  }

  #addExact(op: number, source: ArrayLike<number>, from: number, arity: number): number {
    let key = String(op);
    for (let i = 0; i < arity; i++) key += `,${source[from + i]}`;
    const before = this.#exactNode.get(key);
    if (before !== undefined) return before;
    this.#canonical(op, source, from, arity);
    const known = this.#probe(op, this.#scratch, 0, arity);
    if (known < 0) return this.#create(op, arity, source, from, key);
    const node = this.#place(op, arity, source, from);
    this.#exactNode.set(key, node);
    this.state[node] = NodeState.proof;
    this.#parent[node] = this.find(known);
    this.#proof!.link(node, known, this.#kindOfCongruence(node, known), true);
    return node;
  }

  /** Do two congruent nodes agree argument by argument, or only with the two arguments swapped? */
  #kindOfCongruence(a: number, b: number): number {
    const { arity, commutative } = this.operators[this.op[a]];
    if (!commutative) return Reason.congruence;
    for (let i = 0; i < arity; i++)
      if (!this.same(this.exact[this.at[a] + i], this.exact[this.at[b] + i])) return Reason.swapped;
    return Reason.congruence;
  }

  /** Room for a node with the arguments in scratch (as given in source); it is in no class yet. */
  #place(op: number, arity: number, source: ArrayLike<number>, from: number): number {
    const node = this.nodeCount++;
    if (node === this.op.length) this.#growNodes();
    const at = this.#argCount;
    this.#argCount += arity;
    if (this.#argCount > this.args.length) {
      this.args = grown(this.args);
      if (this.explanations) this.exact = grown(this.exact);
    }
    this.op[node] = op;
    this.at[node] = at;
    for (let i = 0; i < arity; i++) this.args[at + i] = this.#scratch[i];
    if (this.#proof !== undefined) {
      for (let i = 0; i < arity; i++) this.exact[at + i] = source[from + i];
      this.#proof.enter(node);
    }
    return node;
  }

  #create(op: number, arity: number, source: ArrayLike<number>, from: number, key?: string): number {
    const node = this.#place(op, arity, source, from);
    if (key !== undefined) this.#exactNode.set(key, node);
    this.#parent[node] = node;
    this.next[node] = node;
    this.#useHead[node] = NONE;
    this.#useTail[node] = NONE;
    this.stamp[node] = this.clock;
    this.#live++;
    this.#classes++;
    const at = this.at[node];
    for (let i = 0; i < arity; i++) this.#use(this.args[at + i], node);
    this.#enter(node);
    for (let k = 0; k < this.#analyses.length; k++) {
      const table = this.#data[k];
      table[node] = this.#analyses[k].make(this, node, table);
    }
    for (const k of this.#modifying) {
      const cls = this.find(node);
      this.#analyses[k].modify!(this, cls, this.#data[k][cls]);
    }
    return node;
  }

  #use(cls: number, node: number): void {
    const entry = this.#useCount++;
    if (entry === this.#useNode.length) {
      this.#useNode = grown(this.#useNode);
      this.#useNext = grown(this.#useNext);
    }
    this.#useNode[entry] = node;
    this.#useNext[entry] = NONE;
    if (this.#useHead[cls] === NONE) this.#useHead[cls] = entry;
    else this.#useNext[this.#useTail[cls]] = entry;
    this.#useTail[cls] = entry;
    this.#useLength[cls]++;
  }

  #growNodes(): void {
    this.op = grown(this.op);
    this.at = grown(this.at);
    this.next = grown(this.next);
    this.stamp = grown(this.stamp);
    this.#parent = grown(this.#parent);
    this.#ranks = grown(this.#ranks);
    this.#useHead = grown(this.#useHead);
    this.#useTail = grown(this.#useTail);
    this.#useLength = grown(this.#useLength);
    this.state = grownBytes(this.state);
  }

  /** What an analysis knows about the class of a node. */
  data<D>(analysis: Analysis<D>, node: number): D {
    const k = this.#analyses.indexOf(analysis as Analysis<unknown>);
    if (k < 0) throw new Failure("usage", `the graph has no analysis "${analysis.name}"`);
    return this.#data[k][this.find(node)] as D;
  }

  /**
   * Makes two nodes equal. Congruence is restored by the next `rebuild`. The reason is kept for explanations: a number that
   * the caller understands. Returns whether they were different.
   */
  union(a: number, b: number, reason: number = Reason.given): boolean {
    let winner = this.find(a);
    let loser = this.find(b);
    if (winner === loser) return false;
    if (this.#proof !== undefined) {
      // The tree that is turned round is the one of the smaller class.
      if (this.#ranks[winner] < this.#ranks[loser]) this.#proof.link(a, b, reason, true);
      else this.#proof.link(b, a, reason, false);
    }
    if (this.#useLength[winner] < this.#useLength[loser]) [winner, loser] = [loser, winner];
    this.unions++;
    this.#classes--;
    this.#parent[loser] = winner;
    this.stamp[winner] = this.clock;
    this.#ranks[winner] += this.#ranks[loser] + 1;
    // Two rings become one.
    const after = this.next[winner];
    this.next[winner] = this.next[loser];
    this.next[loser] = after;
    let [winnerLearns, loserLearns] = [false, false];
    for (let k = 0; k < this.#analyses.length; k++) {
      const { merge, same = Object.is } = this.#analyses[k];
      const table = this.#data[k];
      const [one, other] = [table[winner], table[loser]];
      if (one === other) continue;
      const both = merge(one, other);
      table[winner] = both;
      table[loser] = undefined;
      if (!winnerLearns && both !== one && !same(both, one)) winnerLearns = true;
      if (!loserLearns && both !== other && !same(both, other)) loserLearns = true;
    }
    if (winnerLearns) this.#changed.push(winner, this.#useHead[winner], this.#useLength[winner]);
    if (loserLearns) this.#changed.push(winner, this.#useHead[loser], this.#useLength[loser]);
    const length = this.#useLength[loser];
    if (length > 0) {
      this.#pending.push(this.#useHead[loser], length);
      if (this.#useHead[winner] === NONE) this.#useHead[winner] = this.#useHead[loser];
      else this.#useNext[this.#useTail[winner]] = this.#useHead[loser];
      this.#useTail[winner] = this.#useTail[loser];
      this.#useLength[winner] += length;
    }
    return true;
  }

  /** Restores congruence and brings analyses up to date. Returns the number of unions it made. */
  rebuild(): number {
    const before = this.unions;
    while (this.#pending.length > 0 || this.#changed.length > 0) {
      while (this.#pending.length > 0) {
        const length = this.#pending.pop()!;
        let entry = this.#pending.pop()!;
        for (let i = 0; i < length; i++) {
          const node = this.#useNode[entry];
          entry = this.#useNext[entry];
          if (this.state[node] <= NodeState.hidden) this.#repair(node);
        }
      }
      while (this.#changed.length > 0) {
        const length = this.#changed.pop()!;
        const head = this.#changed.pop()!;
        this.#propagate(this.find(this.#changed.pop()!), head, length);
      }
    }
    return this.unions - before;
  }

  /** A node whose arguments may have other names now. */
  #repair(node: number): void {
    const op = this.op[node];
    const { arity } = this.operators[op];
    const at = this.at[node];
    this.#canonical(op, this.args, at, arity);
    const scratch = this.#scratch;
    let i = 0;
    while (i < arity && this.args[at + i] === scratch[i]) i++;
    if (i === arity) return;
    const twin = this.#probe(op, scratch, 0, arity);
    for (i = 0; i < arity; i++) this.args[at + i] = scratch[i];
    if (twin < 0) {
      this.#enter(node);
      return;
    }
    this.state[node] = NodeState.merged;
    this.#live--;
    this.union(node, twin, this.explanations ? this.#kindOfCongruence(node, twin) : Reason.congruence);
  }

  /** More is known of a class: of the nodes that use it (a part of its list) more may be known, too. */
  #propagate(cls: number, head: number, length: number): void {
    for (const k of this.#modifying) {
      const now = this.find(cls);
      this.#analyses[k].modify!(this, now, this.#data[k][now]);
    }
    let entry = head;
    for (let i = 0; i < length; i++) {
      const node = this.#useNode[entry];
      entry = this.#useNext[entry];
      if (this.state[node] > NodeState.hidden) continue;
      const home = this.find(node);
      let changed = false;
      for (let k = 0; k < this.#analyses.length; k++) {
        const { merge, same = Object.is } = this.#analyses[k];
        const table = this.#data[k];
        const old = table[home];
        const now = merge(old, this.#analyses[k].make(this, node, table));
        if (now === old || same(now, old)) continue;
        table[home] = now;
        changed = true;
      }
      if (!changed) continue;
      this.stamp[home] = this.clock;
      this.#changed.push(home, this.#useHead[home], this.#useLength[home]);
    }
  }

  /** Takes all nodes of a class but its leaves out of matching and out of the class: what is a number needs no other form. */
  keepLeaves(cls: number): void {
    const first = this.find(cls);
    if (this.next[first] === first) return;
    const leaves: number[] = [];
    let node = first;
    do {
      const { arity } = this.operators[this.op[node]];
      if (this.state[node] === NodeState.live) {
        if (arity === 0) leaves.push(node);
        else this.state[node] = NodeState.hidden;
      }
      node = this.next[node];
    } while (node !== first);
    // The name of the class stays in its ring, even if it is no leaf itself.
    if (!leaves.includes(first)) leaves.push(first);
    leaves.forEach((leaf, i) => (this.next[leaf] = leaves[(i + 1) % leaves.length]));
  }

  /** The nodes of a class that are in the graph, hidden ones too. */
  *nodesOf(cls: number): Generator<number> {
    const first = this.find(cls);
    let node = first;
    do {
      if (this.state[node] <= NodeState.hidden) yield node;
      node = this.next[node];
    } while (node !== first);
  }

  /** Arguments of a node, as classes. */
  argsOf(node: number): number[] {
    const at = this.at[node];
    return Array.from({ length: this.operators[this.op[node]].arity }, (_, i) => this.find(this.args[at + i]));
  }

  /** The edges from `a` to `b` in the proof forest. */
  proofPath(a: number, b: number): ProofEdge[] {
    if (this.#proof === undefined)
      throw new Failure("usage", "the graph keeps no explanations", { hint: "Make it with { explanations: true }." });
    return this.#proof.path(a, b);
  }
}
