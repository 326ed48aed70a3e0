// One attempt of an explicit Runge-Kutta pair: stages, new point, error norm, signs of stiffness. Systems made of tapes run it
// in one compiled function, others here.
import { compileProgramSync, fn, ir, type Kernels, program, type StructuredFunction } from "../compile/index.ts";
import { cached, MOST_INSTRUCTIONS, resident } from "./compiled-stages.ts";
import { elements } from "./lanes.ts";
import type { OdeSystem, SystemCode, Tolerances } from "./system.ts";
import type { RungeKuttaName, RungeKuttaTableau } from "./tableau.ts";

const { abs, add, at, div, f64, i32, max, mul, slice, sqrt, sub } = ir;

export interface ExplicitStages {
  /** k[i] is stage i + 1; after them f at the new point, then the further stages of the dense output. */
  readonly k: readonly Float64Array[];
  readonly y: Float64Array;
  /** The new point after an attempt. */
  readonly next: Float64Array;
  /**
   * Error in units of the tolerance. k[0] must hold f(t, y), or with `shift` f at the last new point is taken over from there.
   */
  attempt(t: number, h: number, shift: boolean): number;
  /** After an accepted attempt: f at the new point is in its place. Returns 1 where it had to be evaluated, else 0. */
  finish(t: number): number;
  /** h times an estimate of the largest eigenvalue, of the last attempt, after `finish`. */
  stiffness(h: number): number;
}

export function explicitStages(
  name: RungeKuttaName,
  tableau: RungeKuttaTableau,
  system: OdeSystem,
  tolerances: Tolerances,
): ExplicitStages {
  return compiledStages(name, tableau, system, tolerances) ?? new GeneralExplicit(tableau, system, tolerances);
}

/** Compiled stages, or undefined where they do not fit. */
function compiledStages(
  name: RungeKuttaName,
  tableau: RungeKuttaTableau,
  system: OdeSystem,
  tolerances: Tolerances,
): ExplicitStages | undefined {
  const { code, n } = system;
  if (code === undefined || code.rhs.tape.op.length > MOST_INSTRUCTIONS) return undefined;
  const kernels = cached(code, name, (): Kernels =>
    compileProgramSync(program(name, stepFunction(n, code, tableau), finishFunction(n, code)), {
      runtime: code.runtime,
      target: code.target,
      functions: code.functions,
    }),
  );
  const stages = tableau.c.length;
  const all = stages + 1 + tableau.denseC.length;
  const memory = resident(system, [n, n, n, n, all * n, 2, Math.max(1, kernels.scratchLength(code.rhs.name))]);
  if (memory === undefined) return undefined;
  const [y, next, , absolute, block, seen] = memory;
  absolute.set(tolerances.absolute);
  const { step, finish } = kernels.raw;
  const { relative } = tolerances;
  const p = code.parameters.byteOffset;
  const [yAt, nextAt, stageAt, absoluteAt, blockAt, seenAt, workAt] = memory.map((array) => array.byteOffset);
  const k = Array.from({ length: all }, (_, i) => block.subarray(i * n, (i + 1) * n));
  const lastAt = k[stages].byteOffset;
  const beforeAt = k[stages - 1].byteOffset;
  const evaluates = usesLast(tableau) ? 0 : 1;
  return {
    k,
    y,
    next,
    attempt: (t, h, shift) => step(t, h, relative, shift ? 1 : 0, yAt, p, nextAt, stageAt, absoluteAt, workAt, blockAt),
    finish: (t) => {
      finish(t, relative, evaluates, yAt, p, nextAt, stageAt, absoluteAt, workAt, beforeAt, lastAt, seenAt);
      return evaluates;
    },
    stiffness: (h) => h * seen[0],
  };
}

/** f at the new point takes part in the error. */
const usesLast = ({ c, e }: RungeKuttaTableau): boolean => e.length > c.length;

/** One attempt; formulas in tableau.ts. */
function stepFunction(n: number, code: SystemCode, tableau: RungeKuttaTableau): StructuredFunction {
  const { a, b, c, e, e3 } = tableau;
  const stages = c.length;
  const names = {
    y: "f64[]",
    p: "f64[]",
    next: "f64[]",
    stage: "f64[]",
    absolute: "f64[]",
    work: "f64[]",
    k: "f64[]",
  } as const;
  return fn(
    "step",
    { t: "f64", h: "f64", relative: "f64", shift: "i32", ...names },
    "f64",
    ({ t, h, relative, shift, y, p, next, stage, absolute, work, k }, block) => {
      block.if(shift, () =>
        elements(block, n, "s", (l, { load }) => block.store(k, l, load(k, add(l, i32(stages * n))))),
      );
      const combine = (name: string, weights: readonly number[], target: typeof stage): void => {
        const scaled = weights.map((value, j) =>
          value === 0 ? undefined : block.let(`${name}w${j}`, mul(h, f64(value))),
        );
        elements(block, n, name, (l, { load, number }) => {
          let sum = load(y, l);
          scaled.forEach((weight, j) => {
            if (weight !== undefined) sum = add(sum, mul(number(weight), load(k, add(l, i32(j * n)))));
          });
          block.store(target, l, sum);
        });
      };
      for (let i = 1; i < stages; i++) {
        combine(`l${i}`, a[i], stage);
        block.do(code.rhs, add(t, mul(f64(c[i]), h)), stage, p, slice(k, i32(i * n)), work);
      }
      combine("b", b, next);
      if (usesLast(tableau)) block.do(code.rhs, add(t, h), next, p, slice(k, i32(stages * n)), work);
      const sum = block.let("sum", f64(0));
      const sum3 = block.let("sum3", f64(0));
      block.for("m", i32(0), i32(n), (l) => {
        const weight = block.let(
          "weight",
          div(f64(1), add(mul(relative, max(abs(at(y, l)), abs(at(next, l)))), at(absolute, l))),
        );
        const part = (name: string, weights: readonly number[]) => {
          let combined: ReturnType<typeof add> | undefined;
          weights.forEach((value, j) => {
            if (value === 0) return;
            const term = mul(f64(value), at(k, add(l, i32(j * n))));
            combined = combined === undefined ? term : add(combined, term);
          });
          return block.let(name, mul(mul(h, combined!), weight));
        };
        const one = part("part", e);
        block.set(sum, add(sum, mul(one, one)));
        if (e3 !== undefined) {
          const three = part("part3", e3);
          block.set(sum3, add(sum3, mul(three, three)));
        }
      });
      if (e3 === undefined) block.return(sqrt(div(sum, f64(n))));
      else {
        const both = add(sum, mul(f64(0.01), sum3));
        block.return(div(sum, sqrt(mul(f64(n), max(both, f64(Number.MIN_VALUE))))));
      }
    },
  );
}

/** f at the new point where it is not there yet, and |k_last - k_before| / |y_last - y_before|. */
function finishFunction(n: number, code: SystemCode): StructuredFunction {
  const names = {
    y: "f64[]",
    p: "f64[]",
    next: "f64[]",
    stage: "f64[]",
    absolute: "f64[]",
    work: "f64[]",
    before: "f64[]",
    last: "f64[]",
    seen: "f64[]",
  } as const;
  return fn(
    "finish",
    { t: "f64", relative: "f64", evaluate: "i32", ...names },
    undefined,
    ({ t, relative, evaluate, y, p, next, stage, absolute, work, before, last, seen }, block) => {
      block.if(evaluate, () => block.do(code.rhs, t, next, p, last, work));
      const slope = block.let("slope", f64(0));
      const distance = block.let("distance", f64(0));
      block.for("m", i32(0), i32(n), (l) => {
        const value = block.let("value", at(next, l));
        const weight = block.let(
          "weight",
          div(f64(1), add(mul(relative, max(abs(at(y, l)), abs(value))), at(absolute, l))),
        );
        const dk = block.let("dk", mul(sub(at(last, l), at(before, l)), weight));
        const dy = block.let("dy", mul(sub(value, at(stage, l)), weight));
        block.set(slope, add(slope, mul(dk, dk)));
        block.set(distance, add(distance, mul(dy, dy)));
      });
      block.store(seen, i32(0), sqrt(div(slope, distance)));
    },
  );
}

/** The stages for systems that are not made of tapes. */
class GeneralExplicit implements ExplicitStages {
  readonly k: readonly Float64Array[];
  readonly y: Float64Array;
  readonly next: Float64Array;
  readonly #tableau: RungeKuttaTableau;
  readonly #system: OdeSystem;
  readonly #tolerances: Tolerances;
  readonly #stage: Float64Array;

  constructor(tableau: RungeKuttaTableau, system: OdeSystem, tolerances: Tolerances) {
    this.#tableau = tableau;
    this.#system = system;
    this.#tolerances = tolerances;
    this.k = Array.from({ length: tableau.c.length + 1 + tableau.denseC.length }, () => system.vector());
    [this.y, this.next, this.#stage] = Array.from({ length: 3 }, () => system.vector());
  }

  attempt(t: number, h: number, shift: boolean): number {
    const { a, b, c, e, e3 } = this.#tableau;
    const stages = c.length;
    const { y, next, k } = this;
    const { n } = this.#system;
    if (shift) k[0].set(k[stages]);
    for (let i = 1; i < stages; i++) {
      combine(y, h, a[i], k, this.#stage);
      this.#system.rhs(t + c[i] * h, this.#stage, k[i]);
    }
    combine(y, h, b, k, next);
    if (usesLast(this.#tableau)) this.#system.rhs(t + h, next, k[stages]);
    const { relative, absolute } = this.#tolerances;
    let sum = 0;
    let sum3 = 0;
    for (let l = 0; l < n; l++) {
      const weight = 1 / (relative * Math.max(Math.abs(y[l]), Math.abs(next[l])) + absolute[l]);
      let part = 0;
      for (let j = 0; j < e.length; j++) part += e[j] * k[j][l];
      part *= h * weight;
      sum += part * part;
      if (e3 === undefined) continue;
      let three = 0;
      for (let j = 0; j < e3.length; j++) three += e3[j] * k[j][l];
      three *= h * weight;
      sum3 += three * three;
    }
    return e3 === undefined ? Math.sqrt(sum / n) : sum / Math.sqrt(n * Math.max(sum + 0.01 * sum3, Number.MIN_VALUE));
  }

  finish(t: number): number {
    if (usesLast(this.#tableau)) return 0;
    this.#system.rhs(t, this.next, this.k[this.#tableau.c.length]);
    return 1;
  }

  stiffness(h: number): number {
    const { y, next, k } = this;
    const { relative, absolute } = this.#tolerances;
    const stages = this.#tableau.c.length;
    const stage = this.#stage;
    let slope = 0;
    let distance = 0;
    for (let l = 0; l < y.length; l++) {
      const weight = 1 / (relative * Math.max(Math.abs(y[l]), Math.abs(next[l])) + absolute[l]);
      const dk = (k[stages][l] - k[stages - 1][l]) * weight;
      const dy = (next[l] - stage[l]) * weight;
      slope += dk * dk;
      distance += dy * dy;
    }
    return h * Math.sqrt(slope / distance);
  }
}

/** out = y + h sum_j weights[j] k[j] */
export function combine(
  y: Float64Array,
  h: number,
  weights: readonly number[],
  k: readonly Float64Array[],
  out: Float64Array,
): void {
  out.set(y);
  weights.forEach((weight, j) => {
    if (weight === 0) return;
    const factor = h * weight;
    const kj = k[j];
    for (let l = 0; l < out.length; l++) out[l] += factor * kj[l];
  });
}
