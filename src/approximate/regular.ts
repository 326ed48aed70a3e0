// Is a function fit to be approximated on an interval: without poles and jumps, and where does it vanish?
import { Failure } from "../base/index.ts";
import { bigfloat as F, balls as B, type BigFloat } from "../number/index.ts";
import type { MinimaxProblem } from "./minimax.ts";
import type { Target } from "./target.ts";
import { TaylorArithmetic } from "./taylor-model.ts";

const MOST_DEPTH = 30;
const MOST_PIECES = 4000;
const BITS = 96;

/** Fails with kind "domain" at a pole, a jump or a place without a value; a point without a derivative alone is no fault. */
export function checkRegular(target: Target, from: BigFloat, to: BigFloat): void {
  const value = (x: BigFloat): number => {
    try {
      return F.toNumber(target.value(x, 53).mid);
    } catch (error) {
      if (error instanceof Failure && (error.kind === "domain" || error.kind === "numeric" || error.kind === "unsolved"))
        throw new Failure("domain", `${target.name} has no value at ${F.toNumber(x)}: ${error.what}`, { hint: "Choose a range inside its domain." }); // oxfmt-ignore
      throw error;
    }
  };
  value(from);
  value(to);
  if (!hasModel(target, from, to)) {
    checkBySamples(target, from, to, value);
    return;
  }
  const stack = [{ a: from, b: to, depth: 0 }];
  for (let pieces = 0; stack.length > 0; pieces++) {
    const { a, b, depth } = stack.pop()!;
    const middle = F.scale(F.add(a, b, BITS), -1);
    if (enclosed(target, a, b, middle)) continue;
    if (depth < MOST_DEPTH && pieces < MOST_PIECES) {
      stack.push({ a: middle, b, depth: depth + 1 }, { a, b: middle, depth: depth + 1 });
      continue;
    }
    // Nothing is enclosed, however small the piece: where values on both sides agree, the function only bends there.
    const [left, mid, right] = [value(a), value(middle), value(b)];
    const size = Math.max(Math.abs(value(from)), Math.abs(value(to)), Math.abs(mid), Number.MIN_VALUE);
    if (!(Math.abs(left - mid) <= 1e-3 * size) || !(Math.abs(right - mid) <= 1e-3 * size) || size === Infinity)
      throw new Failure("domain", `${target.name} has a pole or a jump near ${F.toNumber(middle)}`, { hint: "Choose a range without it, or approximate on both sides." }); // oxfmt-ignore
  }
}

function hasModel(target: Target, from: BigFloat, to: BigFloat): boolean {
  if (target.model === undefined) return false;
  const middle = B.fromBigFloat(F.scale(F.add(from, to, BITS), -1));
  try {
    target.model(middle, new TaylorArithmetic(B.ZERO, 2, BITS));
  } catch (error) {
    if (error instanceof Failure && error.kind === "unsupported") return false;
    if (!(error instanceof Failure) || (error.kind !== "numeric" && error.kind !== "domain")) throw error;
  }
  return true;
}

/** Points looked at, and how often a suspicious stretch between two is halved. */
const SAMPLES = 257;
const HALVINGS = 40;

/** A stretch across which the values differ much, and still do when it has been halved again and again, has a jump or a pole in it. */
function checkBySamples(target: Target, from: BigFloat, to: BigFloat, value: (x: BigFloat) => number): void {
  const width = F.subtract(to, from, BITS);
  const points = Array.from({ length: SAMPLES }, (_, i) =>
    F.add(from, F.multiply(width, F.fromNumber(i / (SAMPLES - 1)), BITS), BITS),
  );
  const values = points.map(value);
  const spread = Math.max(...values) - Math.min(...values);
  for (let i = 1; i < SAMPLES; i++) {
    if (!(Math.abs(values[i] - values[i - 1]) > 0.05 * spread)) continue;
    let [a, b] = [points[i - 1], points[i]];
    let [u, v] = [values[i - 1], values[i]];
    const first = Math.abs(v - u);
    for (let k = 0; k < HALVINGS; k++) {
      const middle = F.scale(F.add(a, b, BITS), -1);
      const m = value(middle);
      if (Math.abs(m - u) > Math.abs(v - m)) [b, v] = [middle, m];
      else [a, u] = [middle, m];
    }
    if (!(Math.abs(v - u) < 0.1 * first))
      throw new Failure("domain", `${target.name} has a pole or a jump near ${F.toNumber(a)}`, { hint: "Choose a range without it, or approximate on both sides." }); // oxfmt-ignore
  }
}

/** Is there a model over the piece, around its middle or an end? */
function enclosed(target: Target, a: BigFloat, b: BigFloat, middle: BigFloat): boolean {
  for (const x0 of [middle, a, b]) {
    const centre = B.fromBigFloat(x0);
    const [low, high] = [a, b].map((end) => B.subtract(B.fromBigFloat(end), centre, BITS));
    const k = new TaylorArithmetic(B.hull(low, high, BITS), 3, BITS);
    try {
      k.range(target.model!(centre, k));
      return true;
    } catch (error) {
      if (!(error instanceof Failure)) throw error;
      if (error.kind !== "numeric" && error.kind !== "domain" && error.kind !== "limit") throw error;
    }
  }
  return false;
}

/** Zeros seen on a grid: at an end, or between points where the sign changes. */
export function zerosSeen(problem: MinimaxProblem): number[] {
  const grid = problem.grid(128);
  const found: number[] = [];
  const tiny = 1e-12 * grid.reduce((most, { f }) => Math.max(most, Math.abs(F.toNumber(f))), 0);
  grid.forEach(({ x, f }, k) => {
    if (Math.abs(F.toNumber(f)) <= tiny) found.push(Math.abs(F.toNumber(x)) < 1e-15 ? 0 : F.toNumber(x));
    else if (k > 0 && grid[k - 1].f.kind === "normal" && grid[k - 1].f.sign !== f.sign)
      found.push(vanishesAtZero(problem.target, grid[k - 1].x, x) ? 0 : F.toNumber(x));
  });
  return found;
}

/** Does 0 lie between, and is f(0) = 0 exactly? */
function vanishesAtZero(target: Target, a: BigFloat, b: BigFloat): boolean {
  if (!(a.sign < 0 && b.sign > 0)) return false;
  return B.sign(target.value(F.zero(BITS), BITS)) === 0;
}

/** odd: f(-x) = -f(x), even: f(-x) = f(x), both shown by algebra; undefined otherwise. */
export type Parity = "odd" | "even" | undefined;
