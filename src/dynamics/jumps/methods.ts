// Methods for jump processes as compiled code of one member.
//   direct: the time to the next reaction is exponential with the sum of all propensities, which reaction it is by their shares.
//     Source: Gillespie 1977, J. Phys. Chem. 81:2340-2361.
//   next: every reaction has a time of its own in an indexed heap; after a reaction only the times of those whose propensities changed
//     are stretched. Source: Gibson, Bruck 2000, J. Phys. Chem. A 104:1876-1889, with the appendix on propensities that become zero.
//   tau: leaps over many reactions, their numbers Poisson, as long as the propensities change little: by `epsilon` relatively. Reactions
//     that could use up a reactant within ten happenings happen one at a time; where leaps are no longer than ten reactions, a hundred exact
//     steps follow; leaps into negative numbers are taken back and halved. Beyond the paper, leaps are so short that little comes and goes
//     of a state where gains and losses balance: its variance would be too large otherwise (by 16 percent for two isomers). Source: Cao, Gillespie, Petzold 2006, "Efficient step size
//     selection for the tau-leaping simulation method", J. Chem. Phys. 124:044109, equations 27 to 33.
import { fn, ir } from "../../compile/index.ts";
import type { Expression, StructuredFunction, Variable } from "../../compile/ir.ts";
import { type MemberPlaces, recordOutputs, termFunction } from "../members/code.ts";
import { exponential, poisson, uniform } from "../members/random.ts";
import { COUNT, DETAIL, DETAIL2, HEAD, RUNNING, STATUS } from "../members/run.ts";
import {
  allPropensities,
  BAD_PROPENSITY,
  fireReaction,
  type JumpPlaces,
  type JumpSystem,
  type JumpTable,
  NEGATIVE_STATE,
  onePropensity,
} from "./system.ts";

const { abs, add, and, at, call, div, eq, f64, floor, ge, gt, i32, lt, max, min, mul, ne, not, select, sub, toF64, toI32 } = ir; // oxfmt-ignore
type Numbers = Variable<"f64[]">;

/** A reaction that so many happenings could stop is critical. */
const CRITICAL = 10;
/** Leaps of fewer reactions do not pay; so many exact steps are taken instead. */
const FEW = 10;
const EXACT_STEPS = 100;
/** What comes and goes of a state within a leap may be so many times what its net change may be. */
const GROSS = 3;

/** A number of the head: exact steps that remain (tau), or whether the clocks have been set (next). */
const FLAG = HEAD;
/** A leap that was too long, halved (tau). */
const SHORTER = HEAD + 1;
export const JUMP_HEAD = HEAD + 2;

/** Numbers that a method needs of its own. */
export function ownLength(method: "direct" | "next" | "tau", { states, reactions }: JumpSystem): number {
  return method === "direct" ? 0 : method === "next" ? 4 * reactions.length : 4 * states.length + reactions.length;
}

interface Parts {
  readonly system: JumpSystem;
  readonly table: JumpTable;
  readonly places: JumpPlaces;
  readonly all: StructuredFunction;
  readonly fire: StructuredFunction;
}

interface Locals {
  readonly random: Numbers;
  readonly y: Numbers;
  readonly p: Numbers;
  readonly a: Numbers;
  readonly scratch: Numbers;
  /** Ends the member where reaction j cannot happen rightly. */
  fail(status: number, j: Expression, state: Expression): void;
  record(until: Expression, through?: boolean): void;
  running(): Expression;
}

function locals(m: MemberPlaces, { system, places }: Parts): Locals {
  const { k, record } = m;
  const view = (name: string, offset: number): Numbers => k.view(name, record, offset);
  const found = {
    random: view("random", places.random),
    y: view("y", places.y),
    p: view("p", places.p),
    a: view("a", places.a),
    scratch: view("scratch", places.scratch),
  };
  const outputs = termFunction(system.outputs);
  return {
    ...found,
    fail(status, j, state) {
      k.store(record, STATUS, status);
      k.store(record, DETAIL, toF64(j));
      k.store(record, DETAIL2, toF64(state));
    },
    record: (until, through) => recordOutputs(m, outputs, system.outputNames.length, found, until, through),
    running: () => eq(at(record, STATUS), RUNNING),
  };
}

/** Fails the member and leaves the loop where a propensity is negative or the sum is no number. */
function checkSum(m: MemberPlaces, { a, fail }: Locals, reactions: number, low: Expression, total: Expression): void {
  const { k } = m;
  k.if(not(and(ge(low, 0), lt(total, Infinity))), () => {
    const which = k.let("which", i32(0));
    k.for("j", 0, reactions, (j) =>
      k.if(not(and(ge(at(a, j), 0), lt(at(a, j), Infinity))), () => {
        k.set(which, j);
        k.break();
      }),
    );
    fail(BAD_PROPENSITY, which, i32(0));
    k.break();
  });
}

/** Sum of the propensities and the smallest of them. */
function sums(m: MemberPlaces, { a }: Locals, reactions: number): { total: Variable<"f64">; low: Variable<"f64"> } {
  const { k } = m;
  const total = k.let("total", 0) as Variable<"f64">;
  const low = k.let("low", 0) as Variable<"f64">;
  k.for("j", 0, reactions, (j) => {
    const value = k.let("value", at(a, j));
    k.set(total, add(total, value));
    k.set(low, min(low, value));
  });
  return { total, low };
}

/** Writes the choice of a reaction by its share of `total`, among all or those marked. */
function choose(
  m: MemberPlaces,
  { a, random }: Locals,
  reactions: number,
  total: Expression,
  weight: (j: Expression) => Expression = (j) => at(a, j),
): Variable<"i32"> {
  const { k } = m;
  const chosen = k.let("chosen", i32(0)) as Variable<"i32">;
  const level = k.let("level", mul(call(uniform, random), total));
  const sum = k.let("sum", 0);
  k.for("j", 0, reactions, (j) => {
    const part = k.let("part", weight(j));
    k.if(gt(part, 0), () => {
      k.set(chosen, j);
      k.set(sum, add(sum, part));
      k.if(lt(level, sum), () => k.break());
    });
  });
  return chosen;
}

/** The next reaction of the direct method: outputs up to its time, then the reaction. Returns which it was, if the member goes on. */
function directStep(m: MemberPlaces, parts: Parts, l: Locals, total: Expression): Variable<"i32"> {
  const { k, t, steps } = m;
  const wait = k.let("wait", call(exponential, l.random));
  const when = k.let("when", select(gt(total, 0), add(t, div(wait, total)), Infinity));
  l.record(when);
  const chosen = k.let("reaction", i32(0)) as Variable<"i32">;
  k.if(l.running(), () => {
    k.set(t, when);
    k.set(chosen, choose(m, l, parts.system.reactions.length, total));
    const wrong = k.let("wrong", call(parts.fire, chosen, l.y, m.table));
    k.set(steps, add(steps, 1));
    k.if(ne(wrong, 0), () => l.fail(NEGATIVE_STATE, chosen, sub(wrong, 1)));
  });
  return chosen;
}

/** Up to so many reactions all propensities are computed anew after each. */
const FEW_REACTIONS = 24;

function direct(m: MemberPlaces, parts: Parts): void {
  const { k } = m;
  const { system, table } = parts;
  const l = locals(m, parts);
  const reactions = system.reactions.length;
  const few = reactions <= FEW_REACTIONS;
  const one = few ? undefined : onePropensity(system);
  if (!few) k.do(parts.all, l.y, l.p, l.a);
  k.for("event", 0, m.fuel, () => {
    if (few) k.do(parts.all, l.y, l.p, l.a);
    const { total, low } = sums(m, l, reactions);
    checkSum(m, l, reactions, low, total);
    const chosen = directStep(m, parts, l, total);
    k.if(not(l.running()), () => k.break());
    if (one !== undefined)
      k.for("d", at(m.table, add(chosen, table.dependents)), at(m.table, add(chosen, table.dependents + 1)), (d) => {
        const j = k.let("again", at(m.table, add(d, table.list)));
        k.store(l.a, j, call(one, j, l.y, l.p));
      });
  });
}

/** Moves reaction j to its place in the heap: (j, n, tau, heap, place). */
const sift = fn(
  "sift",
  { j: "i32", n: "i32", tau: "f64[]", heap: "f64[]", place: "f64[]" },
  undefined,
  ({ j, n, tau, heap, place }, k) => {
    const key = k.let("key", at(tau, j));
    const here = k.let("here", toI32(at(place, j)));
    const put = (at: Expression, who: Expression): void => {
      k.store(heap, at, toF64(who));
      k.store(place, who, toF64(at));
    };
    k.while(gt(here, 0), () => {
      const up = k.let("up", ir.shr(sub(here, 1), 1));
      const other = k.let("other", toI32(at(heap, up)));
      k.if(not(lt(key, at(tau, other))), () => k.break());
      put(here, other);
      k.set(here, up);
    });
    k.while(lt(add(mul(here, 2), 1), n), () => {
      const down = k.let("down", add(mul(here, 2), 1));
      k.if(lt(add(down, 1), n), () =>
        k.if(lt(at(tau, toI32(at(heap, add(down, 1)))), at(tau, toI32(at(heap, down)))), () =>
          k.set(down, add(down, 1)),
        ),
      );
      const other = k.let("other", toI32(at(heap, down)));
      k.if(not(lt(at(tau, other), key)), () => k.break());
      put(here, other);
      k.set(here, down);
    });
    put(here, j);
  },
);

function next(m: MemberPlaces, parts: Parts): void {
  const { k, record, t, steps } = m;
  const { system, table, places } = parts;
  const l = locals(m, parts);
  const n = system.reactions.length;
  const [tau, rest, heap, place] = ["tau", "rest", "heap", "place"].map((name, i) =>
    k.view(name, record, places.own + i * n),
  );
  const one = onePropensity(system);
  k.if(eq(at(record, FLAG), 0), () => {
    k.store(record, FLAG, 1);
    k.do(parts.all, l.y, l.p, l.a);
    k.for("j", 0, n, (j) => {
      const wait = k.let("wait", call(exponential, l.random));
      const value = k.let("value", at(l.a, j));
      k.store(rest, j, wait);
      k.store(tau, j, select(gt(value, 0), add(t, div(wait, value)), Infinity));
      k.store(heap, j, toF64(j));
      k.store(place, j, toF64(j));
      k.do(sift, j, add(j, 1), tau, heap, place);
      k.if(not(and(ge(value, 0), lt(value, Infinity))), () => l.fail(BAD_PROPENSITY, j, i32(0)));
    });
  });
  k.for("event", 0, m.fuel, () => {
    k.if(not(l.running()), () => k.break());
    const first = k.let("first", n === 0 ? i32(0) : toI32(at(heap, 0)));
    const when = k.let("when", n === 0 ? f64(Infinity) : at(tau, first));
    l.record(when);
    k.if(not(l.running()), () => k.break());
    k.set(t, when);
    const wrong = k.let("wrong", call(parts.fire, first, l.y, m.table));
    k.set(steps, add(steps, 1));
    k.if(ne(wrong, 0), () => {
      l.fail(NEGATIVE_STATE, first, sub(wrong, 1));
      k.break();
    });
    k.for("d", at(m.table, add(first, table.dependents)), at(m.table, add(first, table.dependents + 1)), (d) => {
      const j = k.let("again", at(m.table, add(d, table.list)));
      const before = k.let("before", at(l.a, j));
      const now = k.let("now", call(one, j, l.y, l.p));
      k.if(not(and(ge(now, 0), lt(now, Infinity))), () => l.fail(BAD_PROPENSITY, j, i32(0)));
      k.store(l.a, j, now);
      // What remains of the exponential time, in units of the propensity.
      k.if(
        eq(j, first),
        () => k.store(rest, j, call(exponential, l.random)),
        () => k.if(gt(before, 0), () => k.store(rest, j, mul(sub(at(tau, j), t), before))),
      );
      k.store(tau, j, select(gt(now, 0), add(t, div(at(rest, j), now)), Infinity));
      k.do(sift, j, i32(n), tau, heap, place);
    });
  });
}

/** Coefficients of g_i(x) = g0 + g1/(x - 1) + g2/(x - 2): how fast the propensities that depend on state i grow with it. */
function growth({ states, reactions }: JumpSystem): ([number, number, number] | undefined)[] {
  const found: ([number, number, number] | undefined)[] = states.map(() => undefined);
  const size = ([a, b, c]: readonly number[]): number => a + b + c;
  for (const { degrees } of reactions) {
    let order = 0;
    for (const degree of degrees.values()) order += degree;
    for (const [state, degree] of degrees) {
      const g: [number, number, number] =
        degree <= 1
          ? [Math.max(1, order), 0, 0]
          : degree === 2
            ? [order, order / 2, 0]
            : degree === 3
              ? [order, 1, 2]
              : [2 * order, order, order];
      const known = found[state];
      if (known === undefined || size(g) > size(known)) found[state] = g;
    }
  }
  return found;
}

function tau(m: MemberPlaces, parts: Parts, epsilon: number): void {
  const { k, record, t, steps, times } = m;
  const { system, table, places } = parts;
  const l = locals(m, parts);
  const n = system.states.length;
  const reactions = system.reactions.length;
  const [mean, spread, gross, saved] = ["mean", "spread", "gross", "saved"].map((name, i) =>
    k.view(name, record, places.own + i * n),
  );
  /** a_j of critical reactions, 0 of others. */
  const critical = k.view("critical", record, places.own + 4 * n);
  const changesOf = (j: Expression, body: (state: Expression, by: Expression) => void): void =>
    k.for("c", at(m.table, add(j, table.changes)), at(m.table, add(j, table.changes + 1)), (c) => {
      const pair = k.let("pair", add(mul(c, 2), table.pairs));
      body(k.let("state", at(m.table, pair)), k.let("by", toF64(at(m.table, add(pair, 1)))));
    });
  k.for("step", 0, m.fuel, () => {
    k.do(parts.all, l.y, l.p, l.a);
    const { total, low } = sums(m, l, reactions);
    checkSum(m, l, reactions, low, total);
    const exact = k.let("exact", i32(1));
    const leap = k.let("leap", Infinity);
    const totalCritical = k.let("totalCritical", 0);
    k.if(gt(at(record, FLAG), 0), () => k.store(record, FLAG, sub(at(record, FLAG), 1)), () =>
      k.if(gt(total, 0), () => {
        k.for("i", 0, n, (i) => {
          k.store(mean, i, 0);
          k.store(spread, i, 0);
          k.store(gross, i, 0);
        });
        k.for("j", 0, reactions, (j) => {
          const value = k.let("value", at(l.a, j));
          k.store(critical, j, 0);
          k.if(gt(value, 0), () => {
            const often = k.let("often", Infinity);
            changesOf(j, (state, by) =>
              k.if(lt(by, 0), () => k.set(often, min(often, floor(div(at(l.y, state), ir.neg(by)))))),
            );
            k.if(
              lt(often, CRITICAL),
              () => {
                k.store(critical, j, value);
                k.set(totalCritical, add(totalCritical, value));
              },
              () =>
                changesOf(j, (state, by) => {
                  k.store(mean, state, add(at(mean, state), mul(by, value)));
                  k.store(spread, state, add(at(spread, state), mul(mul(by, by), value)));
                  k.store(gross, state, add(at(gross, state), mul(abs(by), value)));
                }),
            );
          });
        });
        growth(system).forEach((g, i) => {
          if (g === undefined) return;
          const x = k.let("x", at(l.y, i));
          let slope: Expression = f64(g[0]);
          if (g[1] > 0) slope = add(slope, div(g[1], max(sub(x, 1), 1)));
          if (g[2] > 0) slope = add(slope, div(g[2], max(sub(x, 2), 1)));
          const room = k.let("room", max(div(mul(epsilon, x), slope), 1));
          k.set(leap, min(leap, select(eq(at(mean, i), 0), Infinity, div(room, abs(at(mean, i))))));
          k.set(leap, min(leap, select(gt(at(spread, i), 0), div(mul(room, room), at(spread, i)), Infinity)));
          k.set(leap, min(leap, select(gt(at(gross, i), 0), div(max(mul(GROSS, room), 1), at(gross, i)), Infinity)));
        });
        k.if(gt(at(record, SHORTER), 0), () => k.set(leap, min(leap, at(record, SHORTER))));
        k.if(lt(mul(leap, total), FEW), () => k.store(record, FLAG, EXACT_STEPS - 1), () => k.set(exact, 0));
        k.store(record, SHORTER, 0);
      }),
    ); // oxfmt-ignore
    k.if(ne(exact, 0), () => {
      directStep(m, parts, l, total);
    }, () => {
      const wait = k.let("wait", call(exponential, l.random));
      const single = k.let("single", select(gt(totalCritical, 0), div(wait, totalCritical), Infinity));
      const one = k.let("one", lt(single, leap));
      k.set(leap, min(leap, single));
      // Leaps end at output times: the Poisson process has no memory.
      const until = k.let("until", at(times, m.next));
      const cut = k.let("cut", ge(add(t, leap), until));
      k.if(cut, () => {
        k.set(leap, sub(until, t));
        k.set(one, 0);
      });
      k.for("i", 0, n, (i) => k.store(saved, i, at(l.y, i)));
      k.for("j", 0, reactions, (j) =>
        k.if(and(gt(at(l.a, j), 0), eq(at(critical, j), 0)), () => {
          const times = k.let("happenings", call(poisson, l.random, mul(at(l.a, j), leap)));
          k.if(gt(times, 0), () =>
            changesOf(j, (state, by) => k.store(l.y, state, add(at(l.y, state), mul(by, times)))),
          );
        }),
      );
      const lowest = k.let("lowest", 0);
      k.if(one, () => {
        const chosen = choose(m, l, reactions, totalCritical, (j) => at(critical, j));
        k.do(parts.fire, chosen, l.y, m.table);
      });
      k.for("i", 0, n, (i) => k.set(lowest, min(lowest, at(l.y, i))));
      k.if(lt(lowest, 0), () => {
        k.for("i", 0, n, (i) => k.store(l.y, i, at(saved, i)));
        k.store(record, SHORTER, mul(leap, 0.5));
        k.store(record, COUNT, add(at(record, COUNT), 1));
      }, () => {
        k.if(cut, () => k.set(t, until), () => k.set(t, add(t, leap)));
        k.set(steps, add(steps, 1));
        l.record(t, true);
      });
    }); // oxfmt-ignore
    k.if(not(l.running()), () => k.break());
  });
}

/** The code of a method. */
export function jumpBody(
  method: "direct" | "next" | "tau",
  system: JumpSystem,
  table: JumpTable,
  places: JumpPlaces,
  epsilon: number,
): (m: MemberPlaces) => void {
  const parts = { system, table, places, all: allPropensities(system), fire: fireReaction(table) };
  return (m) => {
    if (method === "direct") direct(m, parts);
    else if (method === "next") next(m, parts);
    else tau(m, parts, epsilon);
  };
}
