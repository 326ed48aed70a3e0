// Curves of steady states in one parameter by pseudo-arclength continuation, with folds, Hopf points and branch points.
// Test functions (Seydel, Practical Bifurcation and Stability Analysis, 3rd ed. 2010, chapter 5): the parameter's part of the tangent for
// folds, the determinant of the bordered matrix for branch points, the number of eigenvalues with positive real part for Hopf points.
// A step in which more than one of them changes is halved. Points are located by bisection on the curve.
// Left out: bifurcations of higher codimension, periodic solutions, branch points with more than two branches.
import { DONE, Failure, Meter, type StopReason } from "../../base/index.ts";
import { BranchSystem, dot, unit } from "./branch-system.ts";
import { type Stability, stabilityAt } from "./stability.ts";
import type { EquilibriumSystem } from "./system.ts";

export interface ContinuationOptions {
  readonly from: number;
  readonly to: number;
  /** Longest step, in units in which the range of the parameter and the sizes of the states are 1. Default 0.02. */
  readonly step?: number;
  /** Typical sizes of the states; those at the start by default, which is not enough where the start is zero. */
  readonly sizes?: ArrayLike<number>;
  /** Most points of a branch. Default 2000. */
  readonly points?: number;
  /** Most branches followed from branch points. Default 8; 0: points are located only. */
  readonly branches?: number;
  readonly meter?: Meter;
}

export interface BranchPoint {
  readonly parameter: number;
  readonly y: Float64Array;
  readonly unstable: number;
}

export interface Branch {
  readonly points: readonly BranchPoint[];
  /** Why it ends: the range's end ("done"), a limit, or a point beyond which it could not be followed. */
  readonly stop: StopReason;
}

export interface Bifurcation {
  readonly kind: "fold" | "hopf" | "branch";
  readonly parameter: number;
  readonly y: Float64Array;
  /** Position of the branch on which it was found. */
  readonly branch: number;
  /** Of a Hopf point: imaginary part of the crossing eigenvalues. */
  readonly frequency?: number;
}

export interface Continuation {
  readonly branches: readonly Branch[];
  readonly bifurcations: readonly Bifurcation[];
  readonly stop: StopReason;
}

const SMALLEST_STEP = 1e-7;
const BISECTIONS = 52;
/**
 * Bisections towards a branch point, where the determinant vanishes: points nearer to it lose their digits. Between the last two the
 * determinant is nearly linear.
 */
const BRANCH_BISECTIONS = 13;
/** Tangents of neighbouring points differ by an angle with at least this cosine. */
const LEAST_COSINE = 0.95;

interface At {
  readonly z: Float64Array;
  readonly tangent: Float64Array;
  /** Sign of the bordered determinant, and logarithm of its size. */
  readonly sign: number;
  readonly log: number;
  readonly stability: Stability;
}

/** Follows the curve through the steady state y0 at `from` towards `to`, and the branches met on the way. */
export function continueEquilibria(
  system: EquilibriumSystem,
  y0: ArrayLike<number>,
  options: ContinuationOptions,
): Continuation {
  const { from, to } = options;
  if (system.slope === undefined)
    throw new Failure("usage", "continuation needs the derivative of the right-hand side by the parameter");
  if (!(Number.isFinite(from) && Number.isFinite(to) && from !== to))
    throw new Failure("usage", `the range of the parameter must have two different ends, not ${from} and ${to}`);
  return new Follower(system, Float64Array.from(y0), options).run();
}

class Follower {
  readonly #branches: Branch[] = [];
  readonly #found: Bifurcation[] = [];
  readonly #waiting: { readonly z: Float64Array; readonly direction: Float64Array }[] = [];
  readonly #curve: BranchSystem;
  readonly #start: Float64Array;
  readonly #options: ContinuationOptions;
  readonly #meter: Meter;
  readonly #step: number;
  readonly #range: readonly [number, number];

  constructor(system: EquilibriumSystem, y0: Float64Array, options: ContinuationOptions) {
    const { from, to } = options;
    const sizes = y0.map((v, i) => Math.max(Math.abs(v), Math.abs(options.sizes?.[i] ?? 0)));
    const largest = sizes.reduce((most, v) => Math.max(most, v), 0) || 1;
    const e = Math.abs(to - from);
    const scale = Float64Array.from([...sizes.map((v) => Math.max(v, 0.1 * largest)), e]);
    this.#curve = new BranchSystem(system, scale);
    this.#start = Float64Array.from([...y0, from], (v, i) => v / scale[i]);
    this.#options = options;
    this.#meter = options.meter ?? new Meter();
    this.#step = options.step ?? 0.02;
    this.#range = [Math.min(from, to) / e, Math.max(from, to) / e];
  }

  run(): Continuation {
    const N = this.#curve.size;
    const forward = new Float64Array(N);
    forward[N - 1] = Math.sign(this.#options.to - this.#options.from);
    const tangent = this.#curve.tangent(this.#start, forward);
    if (tangent === undefined)
      throw new Failure(
        "numeric",
        `the steady state at ${this.#options.from} is singular: there is no one curve through it`,
        {
          hint: "Start from another value of the parameter.",
        },
      );
    let stop = this.#follow(this.#start, tangent);
    const most = this.#options.branches ?? 8;
    while (this.#waiting.length > 0 && this.#branches.length <= most && this.#meter.stop() === undefined) {
      const { z, direction } = this.#waiting.shift()!;
      const step = this.#step / 4;
      const aside = this.#curve.correct(z.map((v, i) => v + step * direction[i]), direction, z, step); // oxfmt-ignore
      const start = aside && this.#curve.tangent(aside.z, direction);
      if (start !== undefined && Math.abs(dot(start, direction)) > 0.1 && this.#admissible(aside!.z))
        this.#follow(aside!.z, start);
    }
    const spent = this.#meter.stop();
    if (spent !== undefined) stop = spent;
    return { branches: this.#branches, bifurcations: this.#found, stop };
  }

  #at(z: Float64Array, like: Float64Array): At | undefined {
    const tangent = this.#curve.tangent(z, like);
    const matrix = tangent && this.#curve.bordered(z, tangent);
    if (matrix === undefined) return undefined;
    const stability = stabilityAt(this.#curve.system, this.#curve.state(z), this.#curve.parameter(z));
    return { z, tangent: tangent!, sign: matrix.sign, log: matrix.log, stability };
  }

  #admissible(z: Float64Array): boolean {
    return this.#curve.system.admissible?.(this.#curve.state(z), this.#curve.parameter(z)) ?? true;
  }

  /** One branch from z on. */
  #follow(start: Float64Array, direction: Float64Array): StopReason {
    const { points: most = 2000 } = this.#options;
    const last = this.#curve.size - 1;
    const points: BranchPoint[] = [];
    const index = this.#branches.push({ points, stop: DONE }) - 1;
    const add = ({ z, stability }: At): void => {
      points.push({
        parameter: this.#curve.parameter(z),
        y: this.#curve.state(z),
        unstable: stability.unstable,
      });
    };
    const end = (stop: StopReason): StopReason => {
      this.#branches[index] = { points, stop };
      return stop;
    };
    let here = this.#at(start, direction);
    if (here === undefined) return end({ kind: "other", detail: "the first point is singular" });
    add(here);
    let h = this.#step / 4;
    for (;;) {
      if (points.length >= most) return end({ kind: "steps", detail: `${most} points` });
      const spent = this.#meter.stop();
      if (spent !== undefined) return end(spent);
      // Long states take long steps.
      const reach = here.z.reduce((size, v, i) => (i === last ? size : Math.max(size, Math.abs(v))), 1);
      const predicted = here.z.map((v, i) => v + h * here!.tangent[i]);
      const corrected = this.#curve.correct(predicted, here.tangent, here.z, h);
      const next: At | undefined = corrected && this.#at(corrected.z, here.tangent);
      const tooFar = next === undefined || dot(next.tangent, here.tangent) < LEAST_COSINE || events(here, next) > 1;
      if (tooFar && h > SMALLEST_STEP) {
        h /= 2;
        continue;
      }
      if (next === undefined)
        return end({
          kind: "other",
          detail: `the curve could not be followed beyond ${this.#curve.parameter(here.z).toPrecision(6)}`,
        });
      if (!this.#admissible(next.z))
        return end({
          kind: "done",
          detail: `amounts become negative beyond ${this.#curve.parameter(here.z).toPrecision(6)}`,
        });
      const [low, high] = this.#range;
      const p = next.z[last];
      const outside = p < low ? low : p > high ? high : undefined;
      if (outside !== undefined) {
        const row = new Float64Array(last + 1);
        row[last] = 1;
        const share = (outside - here.z[last]) / (p - here.z[last]);
        const guess = here.z.map((v, i) => v + share * (next.z[i] - v));
        const border = this.#curve.correct(guess, row, guess, 0);
        const at = border && this.#at(border.z, here.tangent);
        if (at !== undefined) {
          this.#locate(here, at, index);
          add(at);
        }
        return end(DONE);
      }
      this.#locate(here, next, index);
      add(next);
      if (points.length > 20 && Math.hypot(...next.z.map((v, i) => v - start[i])) < 0.5 * h)
        return end({ kind: "done", detail: "the curve is closed" });
      here = next;
      if (corrected!.iterations <= 4) h = Math.min(1.5 * h, this.#step * reach);
    }
  }

  /** Finds what changes between two neighbouring points. */
  #locate(a: At, b: At, branch: number): void {
    const last = this.#curve.size - 1;
    if (a.tangent[last] * b.tangent[last] < 0) {
      const [low, at] = this.#bisect(a, b, (each) => each.tangent[last] * a.tangent[last] < 0, BISECTIONS);
      if (low !== a || at !== b) this.#report({ kind: "fold", branch, ...this.#place(at.z) });
    }
    if (a.sign !== b.sign) {
      const [low, high] = this.#bisect(a, b, (each) => each.sign !== a.sign, BRANCH_BISECTIONS);
      const share = 1 / (1 + Math.exp(high.log - low.log));
      const z = low.z.map((v, i) => v + share * (high.z[i] - v));
      if (this.#report({ kind: "branch", branch, ...this.#place(z) })) this.#leave(z, low);
    }
    if (crossesPair(a, b)) {
      const [, at] = this.#bisect(a, b, (each) => each.stability.unstable !== a.stability.unstable, BISECTIONS);
      const { re, im } = at.stability;
      let nearest = 0;
      for (let k = 1; k < re.length; k++) if (Math.abs(re[k]) < Math.abs(re[nearest])) nearest = k;
      if (im[nearest] !== 0)
        this.#report({ kind: "hopf", branch, ...this.#place(at.z), frequency: Math.abs(im[nearest]) });
    }
  }

  /** Halves the way from a to b on the curve; the last points before and after `passed` becomes true. */
  #bisect(a: At, b: At, passed: (each: At) => boolean, times: number): [At, At] {
    const distance = b.z.map((v, i) => v - a.z[i]);
    const total = dot(a.tangent, distance);
    let [low, high] = [0, 1];
    let [before, after] = [a, b];
    for (let k = 0; k < times; k++) {
      const middle = (low + high) / 2;
      const guess = a.z.map((v, i) => v + middle * distance[i]);
      const solved = this.#curve.correct(guess, a.tangent, a.z, middle * total);
      const each = solved && this.#at(solved.z, a.tangent);
      if (each === undefined) break;
      if (passed(each)) [high, after] = [middle, each];
      else [low, before] = [middle, each];
    }
    return [before, after];
  }

  #place(z: Float64Array): { parameter: number; y: Float64Array } {
    return { parameter: this.#curve.parameter(z), y: this.#curve.state(z) };
  }

  /** Adds what is not known yet. */
  #report(found: Bifurcation): boolean {
    const { scale } = this.#curve;
    const near = (each: Bifurcation): boolean =>
      each.kind === found.kind &&
      Math.abs(each.parameter - found.parameter) < 1e-5 * scale[scale.length - 1] &&
      each.y.every((v, i) => Math.abs(v - found.y[i]) < 1e-4 * (Math.abs(v) + scale[i]));
    if (this.#found.some(near)) return false;
    this.#found.push(found);
    return true;
  }

  /** Directions of the other branch at the branch point z, near which `beside` lies: across the tangent, in the null space of f_z. */
  #leave(z: Float64Array, beside: At): void {
    const { tangent } = beside;
    const matrix = this.#curve.bordered(beside.z, tangent);
    if (matrix === undefined) return;
    // Inverse iteration: the bordered matrix is nearly singular along the other branch.
    let direction: Float64Array | undefined = Float64Array.from(tangent, (_, i) => Math.sin(1 + i));
    for (let k = 0; k < 6 && direction !== undefined; k++) {
      matrix.solve(direction);
      direction = unit(direction);
    }
    if (direction === undefined) return;
    const along = dot(direction, tangent);
    const across = unit(direction.map((v, i) => v - along * tangent[i]));
    if (across === undefined) return;
    this.#waiting.push({ z, direction: across }, { z, direction: across.map((v) => -v) });
  }
}

/** Has the number of unstable eigenvalues changed by more than folds and branch points explain? */
function crossesPair(a: At, b: At): boolean {
  const change = Math.abs(a.stability.unstable - b.stability.unstable);
  return change >= 2;
}

/** Number of things that change between two points. */
function events(a: At, b: At): number {
  const last = a.z.length - 1;
  const change = Math.abs(a.stability.unstable - b.stability.unstable);
  return (a.tangent[last] * b.tangent[last] < 0 ? 1 : 0) + (a.sign !== b.sign ? 1 : 0) + Math.floor(change / 2);
}
