// Small vector work shared by the steppers.
import { Failure } from "../base/index.ts";
import type { OdeSystem, Tolerances } from "./system.ts";

/** w_i = 1 / (relative |y_i| + absolute_i). */
export function errorWeights(tolerances: Tolerances, y: Float64Array, w: Float64Array): void {
  const { relative, absolute } = tolerances;
  for (let i = 0; i < w.length; i++) w[i] = 1 / (relative * Math.abs(y[i]) + absolute[i]);
}

/** sqrt(sum (v_i w_i)^2 / n), the weighted root mean square. NaN and overflow come out as NaN or infinity. */
export function weightedNorm(v: Float64Array, w: Float64Array): number {
  let sum = 0;
  for (let i = 0; i < w.length; i++) {
    const part = v[i] * w[i];
    sum += part * part;
  }
  return Math.sqrt(sum / w.length);
}

/** Names of the components of v that are not finite. */
export function notFinite(names: readonly string[], v: Float64Array): string[] {
  const bad: string[] = [];
  for (let i = 0; i < names.length; i++) if (!Number.isFinite(v[i])) bad.push(names[i]);
  return bad;
}

/** Refuses initial states and right-hand sides that are not finite, naming the components. */
export function checkStart(system: Pick<OdeSystem, "names">, t: number, y: Float64Array, dy: Float64Array): void {
  const list = (bad: string[]): string =>
    `${bad.slice(0, 3).join(", ")}${bad.length > 3 ? ` and ${bad.length - 3} more` : ""}`;
  const badStart = notFinite(system.names, y);
  if (badStart.length > 0)
    throw new Failure("numeric", `the initial value of ${list(badStart)} is not a finite number`, {
      hint: "Check the parameters and initial values it is made from.",
    });
  const badRate = notFinite(system.names, dy);
  if (badRate.length > 0)
    throw new Failure("numeric", `the derivative of ${list(badRate)} is not a finite number at the start, t = ${t}`, {
      hint: "Look for a division by zero, or a logarithm or root of a negative number, in its equation.",
    });
}

/** The failure of a step size that became too small. */
export function stepUnderflow(
  method: string,
  t: number,
  h: number,
  names: readonly string[],
  y: Float64Array,
  dy: Float64Array,
): Failure {
  let worst = 0;
  for (let i = 1; i < names.length; i++) if (!(Math.abs(dy[i]) <= Math.abs(dy[worst]))) worst = i;
  return new Failure(
    "numeric",
    `${method}: the step size fell to ${Math.abs(h).toExponential(1)} at t = ${t}; the solution seems to blow up there (${names[worst]} = ${y[worst].toPrecision(4)}, derivative ${dy[worst].toPrecision(4)})`,
    {
      hint: "End the run before this time, or check the equation of the named state.",
    },
  );
}

/**
 * First step size of Hairer, Norsett, Wanner (Solving ODEs I, section II.4) for a method of order p.
 * f0 = f(t, y); `work` are two scratch vectors. Calls the right-hand side once.
 */
export function firstStep(
  system: Pick<OdeSystem, "rhs">,
  t: number,
  y: Float64Array,
  f0: Float64Array,
  w: Float64Array,
  order: number,
  span: number,
  work: readonly [Float64Array, Float64Array],
): number {
  const [y1, f1] = work;
  const d0 = weightedNorm(y, w);
  const d1 = weightedNorm(f0, w);
  const h0 = Math.min(d0 < 1e-5 || d1 < 1e-5 ? 1e-6 : (0.01 * d0) / d1, span);
  for (let i = 0; i < w.length; i++) y1[i] = y[i] + h0 * f0[i];
  system.rhs(t + h0, y1, f1);
  for (let i = 0; i < w.length; i++) f1[i] -= f0[i];
  const d2 = weightedNorm(f1, w) / h0;
  const largest = Math.max(d1, d2);
  if (!Number.isFinite(largest)) return Math.min(h0 * 1e-3, span);
  const h1 = largest <= 1e-15 ? Math.max(1e-6, h0 * 1e-3) : (0.01 / largest) ** (1 / (order + 1));
  return Math.min(100 * h0, h1, span);
}
