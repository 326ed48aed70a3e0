// Evidence: what was shown about an answer, and how. Grades are never rounded up.
import { Failure } from "../base/index.ts";

/**
 * Grades, strongest first:
 * proved (interval or ball arithmetic, or algebra), exhaustive (every input of a format tried), bounded (a published
 * error bound whose conditions were checked), cross-checked (an independent method or higher precision agreed, on a
 * directly evaluated problem), sampled, estimated (an embedded error estimate, or the same method at a tighter
 * tolerance), none.
 */
export const GRADES = ["proved", "exhaustive", "bounded", "cross-checked", "sampled", "estimated", "none"] as const;
export type Grade = (typeof GRADES)[number];

export interface Evidence {
  /** What is claimed, in one sentence. */
  readonly statement: string;
  readonly grade: Grade;
  /** The number that the statement bounds or reports, if there is one, in `unit`. */
  readonly bound?: number;
  readonly unit?: string;
  /** How it was shown. */
  readonly method: string;
  /** Further measured numbers by name. */
  readonly measured?: Readonly<Record<string, number>>;
  /** Where it was measured, for timings. */
  readonly machine?: string;
}

/** The weaker of two grades. */
export function weaker(a: Grade, b: Grade): Grade {
  return GRADES.indexOf(a) >= GRADES.indexOf(b) ? a : b;
}

/**
 * The accuracy asked for.
 * digits: |y - y*| <= 0.5 * 10^-digits * max|y*| over the curve (or the number itself);
 * relative with floor: |y - y*| <= relative * max(|y*|, floor) at every point; absolute: |y - y*| <= absolute.
 */
export type Requirement =
  | { readonly digits: number }
  | { readonly relative: number; readonly floor?: number }
  | { readonly absolute: number };

/** Most correct digits that double precision can be asked for along a whole curve. */
export const MOST_DIGITS = 12;

/** Refuses requirements that no solver in double precision can meet, or that are not requirements. */
export function checkRequirement(requirement: Requirement): void {
  const refuse = (what: string, hint: string): never => {
    throw new Failure("usage", what, { hint });
  };
  if ("digits" in requirement) {
    const { digits } = requirement;
    if (!Number.isFinite(digits) || digits <= 0)
      refuse(`the number of digits must be positive, not ${digits}`, "Ask for 3 to 10 digits.");
    if (digits > MOST_DIGITS)
      refuse(`${digits} digits cannot be reached in double precision`, `Ask for at most ${MOST_DIGITS}.`);
  } else if ("relative" in requirement) {
    const { relative, floor = 0 } = requirement;
    if (!(relative > 0) || !(relative < 1))
      refuse(`the relative tolerance must lie between 0 and 1, not ${relative}`, "Ask for 1e-3 to 1e-10.");
    if (relative < 0.5 * 10 ** -MOST_DIGITS)
      refuse(
        `a relative tolerance of ${relative} cannot be reached in double precision`,
        `Ask for at least ${0.5 * 10 ** -MOST_DIGITS}.`,
      );
    if (!(floor >= 0) || !Number.isFinite(floor))
      refuse(`the floor must not be negative, not ${floor}`, "Give the size below which a value counts as zero.");
  } else if (!(requirement.absolute > 0) || !Number.isFinite(requirement.absolute))
    refuse(
      `the absolute tolerance must be positive, not ${requirement.absolute}`,
      "Give the error that you can accept.",
    );
}

/**
 * Error of a curve against another in units of what the requirement allows (1: just met): the largest over the points.
 * Both curves have the same points; a value that is not finite gives infinity.
 */
export function shortfall(requirement: Requirement, curve: ArrayLike<number>, reference: ArrayLike<number>): number {
  let largest = 0;
  for (let i = 0; i < reference.length; i++) largest = Math.max(largest, Math.abs(reference[i]));
  let worst = 0;
  for (let i = 0; i < reference.length; i++) {
    const error = Math.abs(curve[i] - reference[i]);
    if (error === 0) continue;
    const allowed =
      "digits" in requirement
        ? 0.5 * 10 ** -requirement.digits * largest
        : "relative" in requirement
          ? requirement.relative * Math.max(Math.abs(reference[i]), requirement.floor ?? 0)
          : requirement.absolute;
    const part = error / allowed;
    if (!(part <= worst)) worst = Number.isNaN(part) ? Infinity : part;
  }
  return worst;
}

/** Correct digits of a curve in the sense of the requirement {digits}: -log10(2 max|error| / max|reference|); at most 16. */
export function digitsReached(curve: ArrayLike<number>, reference: ArrayLike<number>): number {
  const units = shortfall({ digits: 0 }, curve, reference);
  return Number.isFinite(units) ? Math.min(16, units === 0 ? 16 : -Math.log10(units)) : 0;
}
