// The plain side of claim symbolics, part normal forms: expressions as generic call trees, brought to a normal form by rules that
// are tried until none applies any more. FROZEN: what constructors are compared with; changing it changes the claim.
// Design: that of SymbolicUtils.jl before sums and products became dictionaries (pull request 154): patterns with slots and
// segments; rules of sums and products that try all pairs of arguments; a chain that starts again after each success, walked over
// the tree from the leaves up, to a fixpoint. Made as fast as that design allows: patterns are compiled to closures, hashes are
// kept in the nodes and compared first, unchanged subtrees are kept. Written anew; no code is taken over.

export type Tree = number | string | Call;

export class Call {
  readonly op: string;
  readonly args: readonly Tree[];
  readonly hash: number;

  constructor(op: string, args: readonly Tree[]) {
    this.op = op;
    this.args = args;
    let hash = op.charCodeAt(0);
    for (const arg of args) hash = (Math.imul(hash, 31) + hashOf(arg)) | 0;
    this.hash = hash;
  }
}

function hashOf(tree: Tree): number {
  if (tree instanceof Call) return tree.hash;
  if (typeof tree === "number") return Math.imul((tree * 4096) | 0, 0x85ebca6b);
  return Math.imul(tree.charCodeAt(0) + 256 * tree.length, 0xc2b2ae35);
}

function same(a: Tree, b: Tree): boolean {
  if (a === b) return true;
  if (!(a instanceof Call && b instanceof Call) || a.hash !== b.hash || a.op !== b.op) return false;
  return a.args.length === b.args.length && a.args.every((arg, i) => same(arg, b.args[i]));
}

/** Numbers first, then names, then calls by size. */
function compare(a: Tree, b: Tree): number {
  const [x, y] = [rank(a), rank(b)];
  if (x !== y) return x - y;
  if (typeof a === "number") return a - (b as number);
  if (typeof a === "string") return a < (b as string) ? -1 : a > (b as string) ? 1 : 0;
  const [p, q] = [a as Call, b as Call];
  if (p.op !== q.op) return p.op < q.op ? -1 : 1;
  if (p.args.length !== q.args.length) return p.args.length - q.args.length;
  if (p.hash !== q.hash) return p.hash - q.hash;
  for (let i = 0; i < p.args.length; i++) {
    const order = compare(p.args[i], q.args[i]);
    if (order !== 0) return order;
  }
  return 0;
}

const rank = (tree: Tree): number => (typeof tree === "number" ? 0 : typeof tree === "string" ? 1 : 2);

// Patterns.

type Bindings = Record<string, Tree | readonly Tree[]>;
type Pattern =
  | { readonly slot: string; readonly test?: (tree: Tree) => boolean }
  | { readonly segment: string }
  | { readonly op: string; readonly args: readonly Pattern[] };
/** Matches one tree and goes on; false where nothing that follows fits. */
type Matcher = (tree: Tree, bound: Bindings, then: () => boolean) => boolean;

const slot = (name: string, test?: (tree: Tree) => boolean): Pattern => ({ slot: name, test });
const segment = (name: string): Pattern => ({ segment: name });
const call = (op: string, ...args: Pattern[]): Pattern => ({ op, args });

function matcher(pattern: Pattern): Matcher {
  if ("slot" in pattern) {
    const { slot: name, test } = pattern;
    return (tree, bound, then) => {
      const old = bound[name];
      if (old !== undefined) return same(old as Tree, tree) && then();
      if (test !== undefined && !test(tree)) return false;
      bound[name] = tree;
      if (then()) return true;
      delete bound[name];
      return false;
    };
  }
  if ("segment" in pattern) throw new Error("a segment stands among arguments");
  const { op, args } = pattern;
  const parts = args.map((arg) => ("segment" in arg ? arg.segment : matcher(arg)));
  return (tree, bound, then) => {
    if (!(tree instanceof Call) || tree.op !== op) return false;
    const list = tree.args;
    const from = (part: number, at: number): boolean => {
      if (part === parts.length) return at === list.length && then();
      const next = parts[part];
      if (typeof next !== "string") return at < list.length && next(list[at], bound, () => from(part + 1, at + 1));
      const old = bound[next] as readonly Tree[] | undefined;
      if (old !== undefined)
        return (
          at + old.length <= list.length &&
          old.every((each, i) => same(each, list[at + i])) &&
          from(part + 1, at + old.length)
        );
      for (let end = list.length; end >= at; end--) {
        bound[next] = list.slice(at, end);
        if (from(part + 1, end)) return true;
      }
      delete bound[next];
      return false;
    };
    return from(0, 0);
  };
}

// Rules: a function that gives the new tree, or nothing.

type Rule = (tree: Tree) => Tree | undefined;
type Build = (bound: Bindings) => Tree | undefined;

function rule(pattern: Pattern, build: Build): Rule {
  const match = matcher(pattern);
  return (tree) => {
    const bound: Bindings = {};
    let result: Tree | undefined;
    match(tree, bound, () => {
      result = build(bound);
      return result !== undefined;
    });
    return result;
  };
}

/** A rule of two arguments of an associative and commutative operator, tried on all pairs; in one order if `ordered`. */
function pairRule(op: string, first: Pattern, second: Pattern, build: Build, ordered = false): Rule {
  const [one, two] = [matcher(first), matcher(second)];
  return (tree) => {
    if (!(tree instanceof Call) || tree.op !== op) return undefined;
    const { args } = tree;
    for (let i = 0; i < args.length; i++)
      for (let j = ordered ? i + 1 : 0; j < args.length; j++) {
        if (i === j) continue;
        const bound: Bindings = {};
        let result: Tree | undefined;
        const found = one(args[i], bound, () => two(args[j], bound, () => (result = build(bound)) !== undefined));
        if (!found) continue;
        const rest = args.filter((_, k) => k !== i && k !== j);
        return rest.length === 0 ? result : new Call(op, [result!, ...rest]);
      }
    return undefined;
  };
}

const isNumber = (tree: Tree): boolean => typeof tree === "number";
const isWhole = (tree: Tree): boolean => Number.isInteger(tree);
const num = (bound: Bindings, name: string): number => bound[name] as number;
const one = (bound: Bindings, name: string): Tree => bound[name] as Tree;
const many = (bound: Bindings, name: string): readonly Tree[] => bound[name] as readonly Tree[];
const product = (...args: Tree[]): Tree => (args.length === 1 ? args[0] : new Call("*", args));

const flat = (op: string): Rule => (tree) =>
  tree instanceof Call && tree.op === op && tree.args.some((arg) => arg instanceof Call && arg.op === op)
    ? new Call(op, tree.args.flatMap((arg) => (arg instanceof Call && arg.op === op ? arg.args : [arg])))
    : undefined; // oxfmt-ignore

const sorted = (op: string): Rule => (tree) => {
  if (!(tree instanceof Call) || tree.op !== op) return undefined;
  const { args } = tree;
  let inOrder = true;
  for (let i = 1; i < args.length && inOrder; i++) inOrder = compare(args[i - 1], args[i]) <= 0;
  return inOrder ? undefined : new Call(op, [...args].sort(compare));
}; // oxfmt-ignore

/** Neighbours that are equal become one, by `merge` with their number. */
const repeats = (op: string, merge: (tree: Tree, count: number) => Tree): Rule => (tree) => {
  if (!(tree instanceof Call) || tree.op !== op) return undefined;
  const { args } = tree;
  if (!args.some((arg, i) => i > 0 && !isNumber(arg) && same(args[i - 1], arg))) return undefined;
  const merged: Tree[] = [];
  for (let i = 0; i < args.length; ) {
    let end = i + 1;
    while (end < args.length && !isNumber(args[i]) && same(args[i], args[end])) end++;
    merged.push(end - i > 1 ? merge(args[i], end - i) : args[i]);
    i = end;
  }
  return merged.length === 1 ? merged[0] : new Call(op, merged);
}; // oxfmt-ignore

const x = slot("x");
const [a, b] = [slot("a", isNumber), slot("b", isNumber)];
const xs = segment("xs");

const ASSORTED: readonly Rule[] = [
  rule(call("/", x, slot("y")), (m) => new Call("*", [one(m, "x"), new Call("^", [one(m, "y"), -1])])),
];
const SUM: readonly Rule[] = [
  flat("+"),
  sorted("+"),
  pairRule("+", a, b, (m) => num(m, "a") + num(m, "b"), true),
  pairRule("+", call("*", xs), call("*", b, xs), (m) => product(1 + num(m, "b"), ...many(m, "xs"))),
  pairRule("+", call("*", a, xs), call("*", b, xs), (m) => product(num(m, "a") + num(m, "b"), ...many(m, "xs")), true), // oxfmt-ignore
  pairRule("+", slot("x", (tree) => !isNumber(tree)), call("*", b, x), (m) => product(1 + num(m, "b"), one(m, "x"))), // oxfmt-ignore
  repeats("+", (tree, count) => new Call("*", [count, tree])),
  pairRule(
    "+",
    slot("z", (tree) => tree === 0),
    x,
    (m) => one(m, "x"),
    true,
  ),
  rule(call("+", x), (m) => one(m, "x")),
];
const PRODUCT: readonly Rule[] = [
  flat("*"),
  sorted("*"),
  pairRule("*", a, b, (m) => num(m, "a") * num(m, "b"), true),
  repeats("*", (tree, count) => new Call("^", [tree, count])),
  pairRule("*", call("^", slot("y"), a), slot("y"), (m) => new Call("^", [one(m, "y"), num(m, "a") + 1])),
  pairRule("*", call("^", slot("y"), a), call("^", slot("y"), b), (m) => new Call("^", [one(m, "y"), num(m, "a") + num(m, "b")]), true), // oxfmt-ignore
  pairRule(
    "*",
    slot("z", (tree) => tree === 1),
    x,
    (m) => one(m, "x"),
    true,
  ),
  pairRule(
    "*",
    slot("z", (tree) => tree === 0),
    x,
    () => 0,
    true,
  ),
  rule(call("*", x), (m) => one(m, "x")),
];
const POWER: readonly Rule[] = [
  rule(call("^", call("*", xs), slot("n", isWhole)), (m) => new Call("*", many(m, "xs").map((each) => new Call("^", [each, num(m, "n")])))), // oxfmt-ignore
  rule(call("^", call("^", x, slot("p", isWhole)), slot("q", isWhole)), (m) => new Call("^", [one(m, "x"), num(m, "p") * num(m, "q")])), // oxfmt-ignore
  rule(call("^", a, slot("n", isWhole)), (m) => num(m, "a") ** num(m, "n")),
  rule(
    call(
      "^",
      x,
      slot("n", (tree) => tree === 0),
    ),
    () => 1,
  ),
  rule(
    call(
      "^",
      x,
      slot("n", (tree) => tree === 1),
    ),
    (m) => one(m, "x"),
  ),
];
const RULES: Readonly<Record<string, readonly Rule[]>> = { "/": ASSORTED, "+": SUM, "*": PRODUCT, "^": POWER };

/** Applies the rules at one node until none applies. */
function settle(tree: Tree): Tree {
  let current = tree;
  restart: for (;;) {
    if (!(current instanceof Call)) return current;
    for (const each of RULES[current.op]) {
      const next = each(current);
      if (next !== undefined) {
        if (performance.now() > deadline) throw GIVEN_UP;
        current = next;
        continue restart;
      }
    }
    return current;
  }
}

function walk(tree: Tree): Tree {
  if (!(tree instanceof Call)) return tree;
  let changed = false;
  const args = tree.args.map((arg) => {
    const next = walk(arg);
    changed ||= next !== arg;
    return next;
  });
  return settle(changed ? new Call(tree.op, args) : tree);
}

/** When the walk in progress is given up. */
let deadline = Infinity;
const GIVEN_UP = Symbol("given up");

/**
 * The normal form of a call tree; `walks` counts the walks over the whole tree, the last of which changes nothing. Undefined if
 * it takes longer than `limit` milliseconds.
 */
export function simplify(tree: Tree, limit = Infinity): { tree: Tree; walks: number } | undefined {
  deadline = performance.now() + limit;
  let current = tree;
  try {
    for (let walks = 1; ; walks++) {
      const next = walk(current);
      if (same(next, current)) return { tree: next, walks };
      current = next;
    }
  } catch (error) {
    if (error === GIVEN_UP) return undefined;
    throw error;
  }
}

/** The value at a point. */
export function valueOf(tree: Tree, at: Readonly<Record<string, number>>): number {
  if (typeof tree === "number") return tree;
  if (typeof tree === "string") return at[tree];
  const values = tree.args.map((arg) => valueOf(arg, at));
  switch (tree.op) {
    case "+":
      return values.reduce((s, v) => s + v);
    case "*":
      return values.reduce((s, v) => s * v);
    case "/":
      return values[0] / values[1];
    default:
      return values[0] ** values[1];
  }
}
