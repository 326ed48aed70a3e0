// Methods for stochastic differential equations as compiled code of one member.
//   em: Euler and Maruyama, strong order 1/2 (1 for additive noise), weak order 1, any noise.
//   milstein: strong order 1, for diagonal noise (each process moves one state and its size depends on no other).
//     Source of both: Kloeden, Platen 1992, Numerical Solution of Stochastic Differential Equations, sections 10.2 and 10.3.
//   sri: SRI1W1, strong order 3/2 for diagonal noise. Source: Roessler 2010, "Runge-Kutta methods for the strong approximation of
//     solutions of stochastic differential equations", SIAM J. Numer. Anal. 48:922-952, table 6.2.
// Adaptive steps of sri: the error is estimated by the terms that go beyond order 1 (Rackauckas, Nie 2017, "Adaptive methods for stochastic
// differential equations via natural embeddings and rejection sampling with memory", DCDS-B 22:2731-2761, whose idea it is to keep what is
// known of the path). Kept here are pieces of the path with W and the integral of W, both at once: pieces are joined exactly, and split
// by drawing both from their joint normal distribution given the whole, so that rejected steps bias nothing.
import { type Block, ir } from "../../compile/index.ts";
import type { Expression, Variable } from "../../compile/ir.ts";
import { type MemberPlaces, recordOutputs, termFunction } from "../members/code.ts";
import { normal } from "../members/random.ts";
import { COUNT, DETAIL, HEAD, RUNNING, STATUS } from "../members/run.ts";
import type { SdeSystem } from "./system.ts";

const { abs, add, and, at, call, div, eq, f64, ge, gt, i32, le, lt, max, min, mul, ne, not, select, sqrt, sub, toF64, toI32 } = ir; // oxfmt-ignore
type Numbers = Variable<"f64[]">;

export const NOT_FINITE = 2;
export const STEP_TOO_SMALL = 3;
export const PATH_TOO_FINE = 4;

/** Numbers of the head: start of the interval between outputs, step in it, steps in it (fixed); next step size, pieces (adaptive). */
const [BASE, INDEX, INTERVAL, SIZE, PIECES] = [HEAD, HEAD + 1, HEAD + 2, HEAD + 3, HEAD + 4];
export const SDE_HEAD = HEAD + 8;
export const SDE_SIZE = SIZE;

/** Most pieces of the path that are kept, and of those that make one step. */
const MOST_PIECES = 96;
const MOST_JOINED = 48;
/** Share of the drift's part in the estimate of the error. */
const DRIFT_SHARE = 1 / 6;

export interface SdePlaces {
  readonly random: number;
  readonly y: number;
  readonly p: number;
  readonly scratch: number;
  readonly own: number;
}

export type SdeMethod = "em" | "milstein" | "sri";

/** Numbers that a method needs of its own. */
export function ownLength({ states, columns }: SdeSystem, adaptive: boolean): number {
  const [n, m] = [states.length, columns.length];
  return 5 * n + 8 * m + (adaptive ? (MOST_PIECES + 1) * (1 + 2 * m) : 0);
}

export interface SdeSettings {
  readonly method: SdeMethod;
  /** Fixed steps no longer than this, each made of `parts` increments of the path; absent: adaptive. */
  readonly step?: number;
  readonly parts: number;
  readonly relative: number;
  readonly absolute: number;
}

class SdeCode {
  readonly m: MemberPlaces;
  readonly k: Block;
  readonly system: SdeSystem;
  readonly random: Numbers;
  readonly y: Numbers;
  readonly p: Numbers;
  readonly scratch: Numbers;
  readonly f: Numbers;
  readonly f2: Numbers;
  readonly stage: Numbers;
  readonly next: Numbers;
  readonly error: Numbers;
  readonly g: readonly Numbers[];
  /** Increments of W and its integral over the step. */
  readonly w: Numbers;
  readonly integral: Numbers;
  readonly pieces: Numbers;
  readonly #drift;
  readonly #diffusion;
  readonly #outputs;

  constructor(m: MemberPlaces, system: SdeSystem, places: SdePlaces) {
    this.m = m;
    this.k = m.k;
    this.system = system;
    const [n, c] = [system.states.length, system.columns.length];
    let next = places.own;
    const view = (name: string, offset: number): Numbers => m.k.view(name, m.record, offset);
    const own = (name: string, length: number): Numbers => view(name, (next += length) - length);
    this.random = view("random", places.random);
    this.y = view("y", places.y);
    this.p = view("p", places.p);
    this.scratch = view("scratch", places.scratch);
    [this.f, this.f2, this.stage, this.next, this.error] = ["f", "f2", "stage", "next", "error"].map((name) => own(name, n)); // oxfmt-ignore
    this.g = ["g1", "g2", "g3", "g4"].map((name) => own(name, c));
    this.w = own("w", c);
    this.integral = own("integral", c);
    next += 2 * c;
    this.pieces = view("pieces", next);
    this.#drift = termFunction(system.drift);
    this.#diffusion = termFunction(system.diffusion);
    this.#outputs = termFunction(system.outputs);
  }

  drift(t: Expression, y: Numbers, out: Numbers): void {
    this.k.do(this.#drift, t, y, this.p, out, this.scratch);
  }

  diffusion(t: Expression, y: Numbers, out: Numbers): void {
    const { k, system, m } = this;
    k.do(this.#diffusion, t, y, this.p, out, this.scratch);
    if (!system.squared) return;
    const negative = k.let("negative", 0);
    k.for("j", 0, system.columns.length, (j) => {
      const value = k.let("value", at(out, j));
      k.set(negative, select(lt(value, 0), 1, negative));
      k.store(out, j, sqrt(max(value, 0)));
    });
    k.store(m.record, COUNT, add(at(m.record, COUNT), negative));
  }

  record(until: Expression): void {
    recordOutputs(this.m, this.#outputs, this.system.outputNames.length, this, until, true);
  }

  fail(status: number, detail: Expression = f64(0)): void {
    this.k.store(this.m.record, STATUS, status);
    this.k.store(this.m.record, DETAIL, detail);
  }

  running(): Expression {
    return eq(at(this.m.record, STATUS), RUNNING);
  }

  normal(): Expression {
    return this.k.let("normal", call(normal, this.random));
  }

  /** A new state is taken over, unless it is not finite. */
  accept(t: Expression): void {
    const { k, m } = this;
    const wrong = k.let("wrong", i32(0));
    k.for("s", 0, this.system.states.length, (s) => {
      const value = k.let("value", at(this.next, s));
      k.if(not(lt(abs(value), Infinity)), () => k.set(wrong, add(s, 1)));
    });
    k.if(ne(wrong, 0), () => this.fail(NOT_FINITE, toF64(sub(wrong, 1))), () => {
      k.for("s", 0, this.system.states.length, (s) => k.store(this.y, s, at(this.next, s)));
      k.set(m.t, t);
      k.set(m.steps, add(m.steps, 1));
    }); // oxfmt-ignore
  }

  /** Euler's step, with Milstein's correction where slopes are there. */
  euler(h: Expression, milstein: boolean): void {
    const { k, m, system, next } = this;
    const [g, slopes] = this.g;
    this.drift(m.t, this.y, this.f);
    this.diffusion(m.t, this.y, g);
    if (milstein) k.do(termFunction(system.slopes!), m.t, this.y, this.p, slopes, this.scratch);
    k.for("s", 0, system.states.length, (s) => k.store(next, s, add(at(this.y, s), mul(h, at(this.f, s)))));
    system.columns.forEach(({ change }, j) => {
      let kick: Expression = mul(at(g, j), at(this.w, j));
      if (milstein) {
        const square = sub(mul(at(this.w, j), at(this.w, j)), h);
        kick = add(kick, mul(mul(mul(0.5, at(g, j)), at(slopes, j)), square));
      }
      const value = k.let("kick", kick);
      for (const [state, by] of change) k.store(next, state, add(at(next, state), mul(by, value)));
    });
  }

  /** A step of SRI1W1; `error` receives the estimate. */
  sri(h: Expression): void {
    const { k, m, system, y, f, f2, stage, next, error, w, integral } = this;
    const [g1, g2, g3, g4] = this.g;
    const n = system.states.length;
    const owner = system.columns.map(({ change }) => [...change.keys()][0]);
    const root = k.let("root", sqrt(h));
    this.drift(m.t, y, f);
    this.diffusion(m.t, y, g1);
    /** stage = y + share h f + what each process adds. */
    const form = (share: number, kick: (j: number) => Expression): void => {
      k.for("s", 0, n, (s) => k.store(stage, s, add(at(y, s), mul(mul(share, h), at(f, s)))));
      owner.forEach((state, j) => k.store(stage, state, add(at(stage, state), kick(j))));
    };
    form(0.75, (j) => mul(mul(1.5, at(g1, j)), div(at(integral, j), h)));
    this.drift(add(m.t, mul(0.75, h)), stage, f2);
    form(0.25, (j) => mul(mul(0.5, root), at(g1, j)));
    this.diffusion(add(m.t, mul(0.25, h)), stage, g2);
    form(1, (j) => mul(ir.neg(root), at(g1, j)));
    this.diffusion(add(m.t, h), stage, g3);
    form(0.25, (j) => mul(root, add(add(mul(-5, at(g1, j)), mul(3, at(g2, j))), mul(0.5, at(g3, j)))));
    this.diffusion(add(m.t, mul(0.25, h)), stage, g4);
    k.for("s", 0, n, (s) => {
      const [a, b] = [k.let("a", at(f, s)), k.let("b", at(f2, s))];
      k.store(next, s, add(at(y, s), mul(h, add(mul(1 / 3, a), mul(2 / 3, b)))));
      k.store(error, s, mul(mul(h, (2 / 3) * DRIFT_SHARE), sub(b, a)));
    });
    owner.forEach((state, j) => {
      const dw = k.let("dw", at(w, j));
      const i11 = k.let("i11", div(mul(0.5, sub(mul(dw, dw), h)), root));
      const i10 = k.let("i10", div(at(integral, j), h));
      const i111 = k.let("i111", div(mul(1 / 6, sub(mul(mul(dw, dw), dw), mul(mul(3, h), dw))), h));
      const [a, b, c, d] = [g1, g2, g3, g4].map((g, i) => k.let(`g${i}`, at(g, j)));
      const combine = (i: number, p: number, q: number, r: number): Expression =>
        add(add(mul(i, a), mul(p, b)), add(mul(q, c), mul(r, d)));
      const high = k.let("high", add(mul(i10, combine(2, -4 / 3, -2 / 3, 0)), mul(i111, combine(-2, 5 / 3, -2 / 3, 1)))); // oxfmt-ignore
      const low = add(mul(dw, combine(-1, 4 / 3, 2 / 3, 0)), mul(i11, combine(-1, 4 / 3, -1 / 3, 0)));
      k.store(next, state, add(at(next, state), add(low, high)));
      k.store(error, state, add(at(error, state), high));
    });
  }
}

/** Steps of fixed size: between two outputs as many as are needed. */
function fixed(code: SdeCode, { method, step, parts }: SdeSettings): void {
  const { k, m, system } = code;
  const { record, times, next } = m;
  const columns = system.columns.length;
  k.for("step", 0, m.fuel, () => {
    k.if(ge(at(record, INDEX), at(record, INTERVAL)), () => {
      // The first time, nothing has been taken yet: the interval up to the first output begins.
      k.if(gt(at(record, INTERVAL), 0), () => k.set(m.t, at(times, next)));
      code.record(m.t);
      k.if(code.running(), () => {
        k.store(record, BASE, m.t);
        k.store(record, INDEX, 0);
        k.store(record, INTERVAL, max(1, ir.ceil(mul(div(sub(at(times, next), m.t), step!), 1 - 1e-12))));
      });
    });
    k.if(not(code.running()), () => k.break());
    const h = k.let("h", div(sub(at(times, next), at(record, BASE)), at(record, INTERVAL)));
    const root = k.let("root", sqrt(mul(h, 1 / parts)));
    const piece = k.let("piece", mul(h, 1 / parts));
    k.for("j", 0, columns, (j) => {
      k.store(code.w, j, 0);
      k.store(code.integral, j, 0);
    });
    k.for("part", 0, parts, () =>
      k.for("j", 0, columns, (j) => {
        const dw = k.let("dw", mul(root, code.normal()));
        if (method === "sri") {
          const own = mul(mul(0.5, piece), add(dw, mul(mul(root, 1 / Math.sqrt(3)), code.normal())));
          k.store(code.integral, j, add(at(code.integral, j), add(mul(piece, at(code.w, j)), own)));
        }
        k.store(code.w, j, add(at(code.w, j), dw));
      }),
    );
    if (method === "sri") code.sri(h);
    else code.euler(h, method === "milstein");
    k.store(record, INDEX, add(at(record, INDEX), 1));
    code.accept(add(at(record, BASE), mul(h, at(record, INDEX))));
    k.if(not(code.running()), () => k.break());
  });
}

/** The next pieces of the path up to h; sums W and its integral; returns their length and number. */
function gather(code: SdeCode, h: Expression): { length: Variable<"f64">; taken: Variable<"i32"> } {
  const { k, m, system, pieces } = code;
  const { record } = m;
  const columns = system.columns.length;
  const size = 1 + 2 * columns;
  const length = k.let("length", 0) as Variable<"f64">;
  const taken = k.let("taken", i32(0)) as Variable<"i32">;
  k.for("j", 0, columns, (j) => {
    k.store(code.w, j, 0);
    k.store(code.integral, j, 0);
  });
  k.while(and(lt(length, mul(h, 1 - 1e-9)), lt(taken, MOST_JOINED)), () => {
    const kept = k.let("kept", toI32(at(record, PIECES)));
    const rest = k.let("rest", sub(h, length));
    const first = k.view("first", pieces, mul(taken, size));
    const second = k.view("second", pieces, mul(add(taken, 1), size));
    k.if(ge(kept, MOST_PIECES), () => {
      code.fail(PATH_TOO_FINE);
      k.break();
    });
    k.if(ge(taken, kept), () => {
      // A new piece at the end.
      const root = k.let("root", sqrt(rest));
      k.store(first, 0, rest);
      k.for("j", 0, columns, (j) => {
        const dw = k.let("dw", mul(root, code.normal()));
        k.store(first, add(1, j), dw);
        k.store(first, add(1 + columns, j), mul(mul(0.5, rest), add(dw, mul(mul(root, 1 / Math.sqrt(3)), code.normal())))); // oxfmt-ignore
      });
      k.store(record, PIECES, toF64(add(kept, 1)));
    }, () => k.if(gt(at(first, 0), mul(rest, 1 + 1e-9)), () => {
      // Too long: split in two of lengths a and b, W and integral of the first drawn given those of the whole.
      const whole = k.let("whole", at(first, 0));
      const a = k.let("a", rest);
      const b = k.let("b", sub(whole, a));
      const from = k.let("from", mul(add(taken, 1), size));
      k.for("i", mul(kept, size), from, (i) => k.store(pieces, add(i, size - 1), at(pieces, sub(i, 1))), -1);
      k.store(first, 0, a);
      k.store(second, 0, b);
      // Gains of the linear regression on (W, integral) of the whole, and the covariance that remains.
      const over = k.let("over", div(1, whole));
      const [q, r] = [k.let("q", mul(a, over)), k.let("r", mul(b, over))];
      // Cov(Wa, W) = a, Cov(Wa, I) = a (a/2 + b), Cov(Ia, W) = a^2/2, Cov(Ia, I) = a^2 (a/3 + b/2);
      // the inverse covariance of (W, I) is [[4/h, -6/h^2], [-6/h^2, 12/h^3]].
      const wi = k.let("wi", mul(a, add(mul(0.5, a), b)));
      const iw = k.let("iw", mul(0.5, mul(a, a)));
      const ii = k.let("ii", mul(mul(a, a), add(mul(1 / 3, a), mul(0.5, b))));
      const gain = (cw: Expression, ci: Expression, name: string): [Expression, Expression] => [
        k.let(`${name}w`, sub(mul(mul(4, over), cw), mul(mul(mul(6, over), over), ci))),
        k.let(`${name}i`, sub(mul(mul(mul(mul(12, over), over), over), ci), mul(mul(mul(6, over), over), cw))),
      ];
      const [ww1, ww2] = gain(a, wi, "gw");
      const [ii1, ii2] = gain(iw, ii, "gi");
      // What remains vanishes at both ends: Var(Wa) = a b/h (1 - 3 a b/h^2), and so on; in units that do not cancel.
      const qr = k.let("qr", mul(q, r));
      const vw = k.let("vw", mul(mul(a, r), sub(1, mul(3, qr))));
      const covariance = k.let("covariance", mul(mul(mul(0.5, a), a), mul(r, mul(r, sub(1, mul(2, q))))));
      const vi = k.let("vi", mul(mul(mul(1 / 3, a), mul(a, a)), mul(r, mul(r, r))));
      const sw = k.let("sw", sqrt(max(vw, 0)));
      const slope = k.let("slope", select(gt(vw, 0), div(covariance, vw), 0));
      const si = k.let("si", sqrt(max(sub(vi, mul(slope, covariance)), 0)));
      k.for("j", 0, columns, (j) => {
        const dw = k.let("dw", at(first, add(1, j)));
        const di = k.let("di", at(first, add(1 + columns, j)));
        const nw = k.let("nw", mul(sw, code.normal()));
        const wa = k.let("wa", add(add(mul(ww1, dw), mul(ww2, di)), nw));
        const ia = k.let("ia", add(add(add(mul(ii1, dw), mul(ii2, di)), mul(slope, nw)), mul(si, code.normal())));
        k.store(first, add(1, j), wa);
        k.store(first, add(1 + columns, j), ia);
        k.store(second, add(1, j), sub(dw, wa));
        k.store(second, add(1 + columns, j), sub(sub(di, ia), mul(b, wa)));
      });
      k.store(record, PIECES, toF64(add(kept, 1)));
    })); // oxfmt-ignore
    const piece = k.let("piece", at(first, 0));
    k.for("j", 0, columns, (j) => {
      k.store(code.integral, j, add(at(code.integral, j), add(mul(piece, at(code.w, j)), at(first, add(1 + columns, j))))); // oxfmt-ignore
      k.store(code.w, j, add(at(code.w, j), at(first, add(1, j))));
    });
    k.set(length, add(length, piece));
    k.set(taken, add(taken, 1));
  });
  return { length, taken };
}

/** Steps whose size follows the estimated error. */
function adaptive(code: SdeCode, { relative, absolute }: SdeSettings): void {
  const { k, m, system, pieces } = code;
  const { record, times, next } = m;
  const n = system.states.length;
  const size = 1 + 2 * system.columns.length;
  code.record(m.t);
  k.for("step", 0, m.fuel, () => {
    k.if(not(code.running()), () => k.break());
    const until = k.let("until", at(times, next));
    const left = k.let("left", sub(until, m.t));
    const wanted = k.let("wanted", min(at(record, SIZE), left));
    const { length: h, taken } = gather(code, wanted);
    k.if(not(code.running()), () => k.break());
    code.sri(h);
    const sum = k.let("sum", 0);
    k.for("s", 0, n, (s) => {
      const scale = add(absolute, mul(relative, max(abs(at(code.y, s)), abs(at(code.next, s)))));
      const part = k.let("part", div(at(code.error, s), scale));
      k.set(sum, add(sum, mul(part, part)));
    });
    const error = k.let("estimate", sqrt(mul(sum, 1 / n)));
    k.if(le(error, 1), () => {
      const kept = k.let("kept", toI32(at(record, PIECES)));
      k.for("i", 0, mul(sub(kept, taken), size), (i) => k.store(pieces, i, at(pieces, add(i, mul(taken, size)))));
      k.store(record, PIECES, toF64(sub(kept, taken)));
      const through = k.let("through", ge(h, mul(left, 1 - 1e-8)));
      code.accept(select(through, until, add(m.t, h)));
      const factor = min(3, max(0.3, div(0.85, sqrt(max(error, 1e-3)))));
      // A step that an output or the number of pieces cut short says little about the next.
      k.store(record, SIZE, max(mul(h, factor), select(lt(h, mul(0.99, at(record, SIZE))), mul(at(record, SIZE), min(1, factor)), 0))); // oxfmt-ignore
      k.if(code.running(), () => code.record(m.t));
    }, () => {
      k.store(record, SIZE, mul(h, select(lt(error, Infinity), max(0.2, div(0.8, sqrt(error))), 0.2)));
      k.store(record, COUNT, add(at(record, COUNT), 1));
      k.if(not(gt(at(record, SIZE), mul(1e-13, add(abs(m.t), abs(left))))), () => code.fail(STEP_TOO_SMALL));
    }); // oxfmt-ignore
  });
}

/** The code of a method. */
export function sdeBody(system: SdeSystem, places: SdePlaces, settings: SdeSettings): (m: MemberPlaces) => void {
  return (m) => {
    const code = new SdeCode(m, system, places);
    if (settings.step !== undefined) fixed(code, settings);
    else adaptive(code, settings);
  };
}
