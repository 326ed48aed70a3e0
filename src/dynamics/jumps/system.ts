// Jump processes: whole numbers that change at random instants. Reaction j happens with probability a_j(x) dt in the next dt and adds
// its change to the state (Gillespie 1977, "Exact stochastic simulation of coupled chemical reactions", J. Phys. Chem. 81:2340-2361).
// Left out: propensities that depend on time, events, rules beside reactions: whoever makes a system refuses them.
import { Failure } from "../../base/index.ts";
import { fn, ir, structureTape, type Tape } from "../../compile/index.ts";
import type { Block } from "../../compile/index.ts";
import type { Expression, StructuredFunction, Variable } from "../../compile/ir.ts";

const { add, at, lt, mul, toF64 } = ir;

export interface JumpReaction {
  readonly name: string;
  /** State -> whole number, never 0. */
  readonly change: ReadonlyMap<number, number>;
  /** States that the propensity depends on, and its degree in each (3 where it is no polynomial). */
  readonly degrees: ReadonlyMap<number, number>;
  /** The propensity: scalar t, which it does not use, arrays y and p (read) and out. */
  readonly propensity: Tape;
}

export interface JumpSystem {
  readonly name: string;
  readonly states: readonly string[];
  readonly reactions: readonly JumpReaction[];
  /** Number of parameters. */
  readonly parameters: number;
  readonly outputNames: readonly string[];
  /** Scalar t, arrays y, p, out. */
  readonly outputs: Tape;
}

/** Where the method keeps what, from the start of a record. */
export interface JumpPlaces {
  readonly random: number;
  readonly y: number;
  readonly p: number;
  readonly a: number;
  readonly scratch: number;
  /** The method's own numbers. */
  readonly own: number;
}

/** Where the table of a system keeps what: changes by reaction, reactions to look at again after each. */
export interface JumpTable {
  readonly data: Int32Array;
  /** Starts of the changes of reaction j at changes + j, ends at the next; then pairs state, change. */
  readonly changes: number;
  readonly pairs: number;
  /** The same for the reactions whose propensities change, the reaction itself included. */
  readonly dependents: number;
  readonly list: number;
}

/** Status of members that cannot go on. */
export const NEGATIVE_STATE = 2;
export const BAD_PROPENSITY = 3;

export function jumpTable({ reactions }: JumpSystem): JumpTable {
  const users: number[][] = [];
  reactions.forEach(({ degrees }, j) => {
    for (const state of degrees.keys()) (users[state] ??= []).push(j);
  });
  const [changeStart, pairs, dependentStart, list] = [[0], [] as number[], [0], [] as number[]];
  reactions.forEach(({ change }, j) => {
    const touched = new Set([j]);
    for (const [state, by] of change) {
      pairs.push(state, by);
      for (const user of users[state] ?? []) touched.add(user);
    }
    changeStart.push(pairs.length / 2);
    list.push(...[...touched].sort((a, b) => a - b));
    dependentStart.push(list.length);
  });
  const changes = 0;
  const pairsAt = changes + changeStart.length;
  const dependents = pairsAt + pairs.length;
  const listAt = dependents + dependentStart.length;
  const data = Int32Array.from([...changeStart, ...pairs, ...dependentStart, ...list]);
  return { data, changes, pairs: pairsAt, dependents, list: listAt };
}

/** Mean number of reactions to look at again after one. */
export const meanDependents = ({ reactions }: JumpSystem, { data, dependents }: JumpTable): number =>
  data[dependents + reactions.length] / Math.max(1, reactions.length);

type Numbers = Variable<"f64[]">;

/** Reactions of one compiled function; larger functions take the engine's optimiser too long. */
const GROUP = 64;

function propensity(k: Block, { propensity }: JumpReaction, y: Numbers, p: Numbers): Expression {
  let value: Expression = ir.f64(0);
  structureTape(propensity, k, {
    scalar: () => ir.f64(0),
    load: (array, index) => at(array === 0 ? y : p, index),
    store: (_array, _index, x) => (value = x),
  });
  return value;
}

/** All propensities: (y, p, a). */
export function allPropensities({ reactions }: JumpSystem): StructuredFunction {
  const parts: StructuredFunction[] = [];
  for (let first = 0; first < reactions.length; first += GROUP)
    parts.push(
      fn(`propensities${first}`, { y: "f64[]", p: "f64[]", a: "f64[]" }, undefined, ({ y, p, a }, k) =>
        reactions
          .slice(first, first + GROUP)
          .forEach((reaction, i) => k.store(a, first + i, propensity(k, reaction, y, p))),
      ),
    );
  return fn("propensities", { y: "f64[]", p: "f64[]", a: "f64[]" }, undefined, ({ y, p, a }, k) =>
    parts.forEach((part) => k.do(part, y, p, a)),
  );
}

/** One propensity: (j, y, p). Found by halving, so that its cost grows with the logarithm of their number. */
export function onePropensity({ reactions }: JumpSystem): StructuredFunction {
  const leaf = (first: number, count: number): StructuredFunction =>
    fn(`propensity${first}`, { j: "i32", y: "f64[]", p: "f64[]" }, "f64", ({ j, y, p }, k) =>
      halve(k, j, first, count, 1, (at) => k.return(propensity(k, reactions[at], y, p))),
    );
  const parts = Array.from({ length: Math.ceil(reactions.length / GROUP) }, (_, g) =>
    leaf(g * GROUP, Math.min(GROUP, reactions.length - g * GROUP)),
  );
  return fn("propensity", { j: "i32", y: "f64[]", p: "f64[]" }, "f64", ({ j, y, p }, k) =>
    halve(k, j, 0, parts.length, GROUP, (g) => k.return(ir.call(parts[g], j, y, p))),
  );
}

/** Code for the one of first ... first + count - 1 that j / unit is. */
function halve(k: Block, j: Expression, first: number, count: number, unit: number, body: (at: number) => void): void {
  if (count <= 1) {
    body(first);
    return;
  }
  const half = count >> 1;
  k.if(
    lt(j, (first + half) * unit),
    () => halve(k, j, first, half, unit, body),
    () => halve(k, j, first + half, count - half, unit, body),
  );
}

/** Carries out reaction j: (j, y, table). Returns 1 + the state that became negative, 0 if none did. */
export function fireReaction(table: JumpTable): StructuredFunction {
  return fn("fire", { j: "i32", y: "f64[]", table: "i32[]" }, "i32", ({ j, y, table: data }, k) => {
    const wrong = k.let("wrong", ir.i32(0));
    k.for("c", at(data, add(j, table.changes)), at(data, add(j, table.changes + 1)), (c) => {
      const pair = k.let("pair", add(mul(c, 2), table.pairs));
      const state = k.let("state", at(data, pair));
      const value = k.let("value", add(at(y, state), toF64(at(data, add(pair, 1)))));
      k.store(y, state, value);
      k.if(lt(value, 0), () => k.set(wrong, add(state, 1)));
    });
    k.return(wrong);
  });
}

/** What to say of a member that stopped. */
export function jumpFailure(
  system: JumpSystem,
  status: number,
  member: number,
  j: number,
  state: number,
  t: number,
): Failure {
  const name = system.reactions[j]?.name ?? "?";
  if (status === NEGATIVE_STATE)
    return new Failure(
      "numeric",
      `run ${member + 1}: the reaction ${name} made ${system.states[state] ?? "a state"} negative at t = ${t}`,
      {
        hint: "Its rate must vanish where there are too few to react: k*X*(X - 1)/2 for 2 X -> ..., not k*X^2.",
      },
    );
  return new Failure(
    "numeric",
    `run ${member + 1}: the rate of the reaction ${name} is negative or no number at t = ${t}`,
    {
      hint: "Rates of jump processes must be numbers that are not negative, in every state that can be reached.",
    },
  );
}
