// approximate: the cheapest program for a function on a range that meets a requirement. Candidates are classical approximations by
// Remez' algorithm and programs found by evolution; the front of the fewest operations against the error is kept, the chosen one's
// error is proved, its rounding errors included, and in single precision all arguments are tried.
import { type Budget, Failure, type StopReason } from "../base/index.ts";
import { equal } from "../algebra/index.ts";
import type { Evidence } from "../evidence/index.ts";
import { balls as B, bigfloat as F, type BigFloat } from "../number/index.ts";
import { div, evaluateBall, freeSymbols, neg, parse, pow, substitute, Term } from "../term/index.ts";
import { type Baseline, baselines } from "./baselines.ts";
import { type Candidate, classicalCandidates } from "./candidates.ts";
import { type CodeTarget, type FloatProgram, sourceCode } from "./code.ts";
import { inDoubles, provedError } from "./error-model.ts";
import { evolve, type EvolveProgress } from "./evolution/evolve.ts";
import { programFamily } from "./evolution/family.ts";
import { type Instruction, type Program, programText, valueOf } from "./evolution/program.ts";
import { exhaust, type Exhausted } from "./exhaustive.ts";
import { fpminimax } from "./fpminimax.ts";
import { chebyshev, MinimaxProblem } from "./minimax.ts";
import { checkRegular, type Parity, zerosSeen } from "./regular.ts";
import { refined } from "./refine.ts";
import { roundConstants } from "./round-constants.ts";
import { roundingBound } from "./rounding-error.ts";
import { type Target, targetOfTerm } from "./target.ts";
import { TaylorArithmetic } from "./taylor-model.ts";

/** What the program computes in: single or double precision, or real numbers. */
export type ApproximationFormat = "f32" | "f64" | "any";

export interface ApproximateOptions {
  /** The range: numbers, or constants such as "pi/4". */
  readonly on: readonly [number | string | Term, number | string | Term];
  /** Default "f64". */
  readonly format?: ApproximationFormat;
  /** The accuracy asked for, one of these; without one, the most accurate program of the front is chosen. */
  readonly ulp?: number;
  readonly relative?: number;
  /** |y - y*| <= 0.5 10^-digits |y*|. */
  readonly digits?: number;
  readonly absolute?: number;
  /** Most operations; default 12. */
  readonly operations?: number;
  /** Of the code; default "c". */
  readonly target?: CodeTarget;
  /** remez: classical approximations alone; evolve: programs from the search alone; auto (default): both. */
  readonly search?: "remez" | "evolve" | "auto";
  readonly instructions?: readonly Instruction[];
  /** Of the search by evolution; default 10 s. */
  readonly budget?: Budget;
  /** In single precision, try every argument of the range; default true. Up to half a minute for [0, 1]. */
  readonly exhaustive?: boolean;
  readonly seed?: number;
  readonly islands?: number;
  readonly signal?: AbortSignal;
  readonly progress?: (state: EvolveProgress) => void;
}

export interface Approximation {
  /** Steps; what depends on constants alone costs nothing. */
  readonly operations: number;
  /** Correct decimal digits, -log10 of the bound of the weighted error. */
  readonly digits: number;
  /** The same in units in the last place of the format; absent for "any" and for absolute errors. */
  readonly ulp?: number;
  /** "evolved", or which classical approximation. */
  readonly kind: string;
  /** Assignments, one a line. */
  readonly program: string;
  /** Decimal. */
  readonly constants: readonly string[];
  readonly code: string;
  readonly evidence: readonly Evidence[];
  /** The program with its constants as doubles, or singles. */
  readonly float: FloatProgram;
  /** Value in double or single precision. */
  readonly evaluate: (x: number) => number;
}

export interface Approximated {
  readonly name: string;
  readonly on: readonly [number, number];
  /** Whether errors are relative or absolute. */
  readonly weight: "relative" | "absolute";
  readonly front: readonly Approximation[];
  readonly best: Approximation;
  /** Does `best` meet what was asked? */
  readonly met: boolean;
  readonly stop?: StopReason;
  readonly evidence: readonly Evidence[];
  /** Textbook approximations of as many operations, in exact arithmetic. */
  readonly baselines: readonly Baseline[];
  /** The weighted error of `best` in its own arithmetic at some hundred points. */
  readonly curve: { readonly x: readonly number[]; readonly error: readonly number[] };
}

const BITS = { f32: 24, f64: 53, any: 128 } as const;
const EXPONENTS = { f32: [-126, 128], f64: [-1022, 1024] } as const;
const DEFAULT_BUDGET: Budget = { time_ms: 10_000 };
const PROOF: Budget = { time_ms: 10_000 };
/** Programs whose single precision is tried at every argument, at most. */
const EXHAUSTED = 3;
const CURVE = 400;
/** Evolved programs beside the front that are judged in the arithmetic of the format. */
const CLOSE = 16;
/** Of higher order a zero at 0 is not looked for. */
const MOST_ZEROS = 8;

/** A candidate in the arithmetic of the format, with what is known of its error. */
interface Judged {
  readonly kind: string;
  readonly program: Program;
  readonly constants: readonly BigFloat[];
  /** Bound of the weighted error: proved, or found by search. */
  readonly error: number;
  readonly evidence: readonly Evidence[];
}

export async function approximate(f: string | Term | Target, options: ApproximateOptions): Promise<Approximated> {
  const target =
    typeof f === "string" ? targetOfTerm(parse(f, { source: "function" }), f) : f instanceof Term ? targetOfTerm(f) : f;
  const { format = "f64", operations = 12, search = "auto" } = options;
  if (!Object.hasOwn(BITS, format)) throw new Failure("usage", `the format is f32, f64 or any, not ${String(format)}`);
  if (!["remez", "evolve", "auto"].includes(search))
    throw new Failure("usage", `the search is remez, evolve or auto, not ${String(search)}`);
  if (!Number.isInteger(operations) || operations < 1 || operations > 32)
    throw new Failure("usage", `the number of operations is a whole number from 1 to 32, not ${operations}`);
  const [from, to] = options.on.map(endOf);
  const wanted = wantedOf(options, format);
  const plain = new MinimaxProblem(target, from, to, "absolute");
  checkRegular(target, plain.from, plain.to);
  const weight = weightOf(plain, wanted);
  const problem = new MinimaxProblem(target, from, to, weight);
  // Where the function vanishes at 0 and errors are relative, f / x^m is approximated, and multiplied by x^m at the end.
  const zeros = weight === "relative" && zerosSeen(plain).length > 0 ? orderAtZero(target) : 0;
  const inner = zeros === 0 ? problem : new MinimaxProblem(withoutZeros(target, zeros), from, to, "relative");
  const room = operations - zeros;
  const candidates: Candidate[] = [];
  if (search !== "evolve")
    candidates.push(...classicalCandidates(inner, room, inner.target.term && parityOf(inner.target.term)));
  let stop: StopReason | undefined;
  if (search !== "remez" && room > 0) {
    const { instructions, seed, islands, signal, progress } = options;
    const found = await evolve(inner, { operations: room, instructions, seed, islands, signal, progress, budget: options.budget ?? DEFAULT_BUDGET }); // oxfmt-ignore
    stop = found.stop;
    // Where rounding matters, programs are worth a look that are not the best in exact arithmetic.
    const close = found.all.filter(({ error }) => format !== "any" && error < 2 ** (1 - BITS[format])).slice(0, CLOSE);
    for (const { program, constants, error } of new Set([...found.front, ...close]))
      candidates.push({ kind: "evolved", program, constants, error });
  }
  const whole = candidates.map((each) => ({ ...each, program: timesX(each.program, zeros) }));
  const front = judgedFront(problem, whole, format);
  if (front.length === 0)
    throw new Failure("unsolved", `no approximation of ${target.name} was found within the budget`, { hint: "Give the search more time or operations." }); // oxfmt-ignore
  const chosen = choose(problem, front, format, wanted, options.exhaustive !== false);
  const entries = front.map((each) => entryOf(problem, each === chosen.before ? chosen.judged : each, format, options));
  const best = entries[front.indexOf(chosen.before)];
  return {
    name: target.name,
    on: [F.toNumber(problem.from), F.toNumber(problem.to)],
    weight,
    front: entries,
    best,
    met: chosen.met,
    stop,
    evidence: best.evidence,
    baselines: baselines(inner, room).map((each) => ({ ...each, operations: each.operations + zeros })),
    curve: curveOf(problem, chosen.judged, format),
  };
}

/** A constant: a number, or text or a term without variables. */
export function endOf(value: number | string | Term): BigFloat {
  if (typeof value === "number") {
    if (!Number.isFinite(value)) throw new Failure("usage", `an end of the range is a finite number, not ${value}`);
    return F.fromNumber(value, 192);
  }
  const term = typeof value === "string" ? parse(value, { source: "range" }) : value;
  if (freeSymbols(term).length > 0) throw new Failure("usage", `an end of the range is a constant, not "${term}"`);
  return F.round(evaluateBall(term, 256).mid, 192);
}

interface Wanted {
  readonly kind: "relative" | "absolute" | "none";
  readonly bound: number;
  readonly ulp?: number;
}

function wantedOf(options: ApproximateOptions, format: ApproximationFormat): Wanted {
  const { ulp, relative, digits, absolute } = options;
  const given = Object.entries({ ulp, relative, digits, absolute }).filter(([, value]) => value !== undefined);
  if (given.length > 1)
    throw new Failure(
      "usage",
      `one accuracy is asked for, not ${given.length}: ${given.map(([name]) => name).join(", ")}`,
    );
  if (given.length === 0) return { kind: "none", bound: 0 };
  const [[name, value]] = given;
  if (!(value! > 0) || !Number.isFinite(value))
    throw new Failure("usage", `${name} is a positive number, not ${value}`);
  if (name === "ulp") {
    if (format === "any")
      throw new Failure("usage", "real arithmetic has no last place", { hint: "Ask for digits or a relative error." });
    return { kind: "relative", bound: value! * 2 ** -BITS[format], ulp: value };
  }
  if (name === "absolute") return { kind: "absolute", bound: value! };
  return { kind: "relative", bound: name === "digits" ? 0.5 * 10 ** -value! : value! };
}

/** Relative errors where the function does not vanish, or only at 0, where programs can vanish too. */
function weightOf(plain: MinimaxProblem, wanted: Wanted): "relative" | "absolute" {
  if (wanted.kind === "absolute") return "absolute";
  const zeros = zerosSeen(plain);
  if (zeros.length === 0) return "relative";
  if (wanted.kind === "none") return "absolute";
  if (zeros.every((x) => x === 0)) return "relative";
  throw new Failure("usage", `${plain.target.name} vanishes near ${zeros.find((x) => x !== 0)}: no relative error can be kept there`, {
    hint: "Ask for an absolute error, or choose a range without that point.",
  }); // oxfmt-ignore
}

/** How often f vanishes at 0, shown by its Taylor coefficients. */
function orderAtZero({ model, name }: Target): number {
  const found = model?.(B.ZERO, new TaylorArithmetic(B.ZERO, MOST_ZEROS + 1, 192)).coefficients.findIndex(
    (c) => B.sign(c) !== 0,
  );
  if (found === undefined || found <= 0)
    throw new Failure("usage", `${name} vanishes near 0, and the order of that zero is not known`, { hint: "Ask for an absolute error." }); // oxfmt-ignore
  return found;
}

function withoutZeros({ term, name }: Target, order: number): Target {
  const [x] = freeSymbols(term!);
  return targetOfTerm(div(term!, pow(x, order)), `(${name})/x^${order}`);
}

function timesX(program: Program, count: number): Program {
  const steps = [...program.steps];
  for (let k = 0; k < count; k++) steps.push({ op: "*", left: steps.length, right: 0 });
  return { steps, constants: program.constants };
}

/** Symmetry about zero, shown by algebra. */
function parityOf(term: Term): Parity {
  const [x] = freeSymbols(term);
  const mirrored = substitute(term, new Map([[x, neg(x)]]));
  if (equal(mirrored, term, { budget: { time_ms: 500 } }).answer === "yes") return "even";
  return equal(mirrored, neg(term), { budget: { time_ms: 500 } }).answer === "yes" ? "odd" : undefined;
}

/** Of every number of operations the best, as long as it is better than all shorter ones, in the arithmetic of the format. */
function judgedFront(problem: MinimaxProblem, candidates: readonly Candidate[], format: ApproximationFormat): Judged[] {
  const front: Judged[] = [];
  const byCost = [...candidates].sort((a, b) => a.program.steps.length - b.program.steps.length || a.error - b.error);
  for (const each of byCost) {
    const last = front.at(-1);
    const same = last?.program.steps.length === each.program.steps.length;
    // A gain of less than a hundredth of a digit over a shorter program is none.
    const shorter = same ? front.at(-2) : last;
    if (!(each.error < 0.98 * (shorter?.error ?? Infinity)) || (same && !(each.error < last!.error))) continue;
    const judged = judge(problem, each, format);
    if (!(judged.error < 0.98 * (shorter?.error ?? Infinity))) continue;
    if (!same) front.push(judged);
    else if (judged.error < last!.error) front[front.length - 1] = judged;
  }
  return front;
}

/** Constants in the format, and bounds of the errors that follow. */
function judge(
  problem: MinimaxProblem,
  { kind, program, constants, error, powers }: Candidate,
  format: ApproximationFormat,
): Judged {
  const bits = BITS[format];
  let kept = constants.map((c) => F.round(c, bits));
  // Where rounding the constants matters, they are rounded with care.
  if (format !== "any" && error < 2 ** (6 - bits))
    kept =
      powers === undefined
        ? roundConstants(problem, programFamily(program), constants, bits).constants
        : [...fpminimax(powers.problem, powers.exponents, { formats: format, start: constants }).coefficients];
  return judgeKept(problem, { kind, program, constants: kept, error }, format);
}

/** Bounds of the errors of a program whose constants are numbers of the format. */
function judgeKept(
  problem: MinimaxProblem,
  { kind, program, constants: kept, error }: Candidate,
  format: ApproximationFormat,
): Judged {
  const evidence: Evidence[] = [];
  let bound = error;
  const what = problem.weight === "relative" ? "relative error" : "absolute error";
  try {
    const proof = provedError(problem, program, kept, { budget: PROOF });
    bound = proof.upper;
    evidence.push({
      statement: `in exact arithmetic, with the constants given, the ${what} is at most ${bound.toPrecision(4)} and reaches ${proof.lower.toPrecision(4)} at ${proof.at}`,
      grade: "proved", bound, unit: what, method: `Taylor models on ${proof.pieces} pieces, branch and bound`,
    }); // oxfmt-ignore
  } catch (failure) {
    if (!(failure instanceof Failure) || failure.kind === "name") throw failure;
    evidence.push({ statement: `the ${what} is about ${error.toPrecision(4)}`, grade: "sampled", bound: error, unit: what, method: `extrema found by search; not proved: ${failure.what}` }); // oxfmt-ignore
  }
  if (format === "any") return { kind, program, constants: kept, error: bound, evidence };
  try {
    const { relative, absolute, least } = roundingBound(program, kept, problem.from, problem.to, { precision: BITS[format], exponents: EXPONENTS[format], budget: PROOF }); // oxfmt-ignore
    // Relative errors: the computed value is p (1 + d), so of f it is off by at most e + d (1 + e).
    const whole = bound + (problem.weight === "relative" ? relative * (1 + bound) : absolute);
    if (!Number.isFinite(whole)) throw new Failure("unsolved", "the approximation may vanish");
    bound = whole;
    const proved = evidence[0].grade === "proved";
    const except = least === 0 ? "" : `, for |x| >= ${least.toPrecision(3)}`;
    evidence.push({
      statement: `computed in ${format}, the ${what} is ${proved ? "at most" : "about"} ${bound.toPrecision(4)}${except}`,
      grade: proved ? "proved" : "sampled",
      bound, unit: what, method: "rounding errors of every step, in ball arithmetic",
    }); // oxfmt-ignore
  } catch (failure) {
    if (!(failure instanceof Failure)) throw failure;
    const seen = computedError(problem, { program, constants: kept.map((c) => F.toNumber(c)), type: format });
    bound = Math.max(bound, seen);
    evidence.push({ statement: `computed in ${format}, the ${what} reaches ${seen.toPrecision(4)}`, grade: "sampled", bound: seen, unit: what, method: `${CURVE} points; not bounded: ${failure.what}` }); // oxfmt-ignore
  }
  return { kind, program, constants: kept, error: bound, evidence };
}

/** The shortest that meets what was asked, else the most accurate. In single precision all arguments are tried. */
function choose(
  problem: MinimaxProblem,
  front: readonly Judged[],
  format: ApproximationFormat,
  wanted: Wanted,
  exhaustive: boolean,
): { before: Judged; judged: Judged; met: boolean } {
  const accurate = front.reduce((a, b) => (b.error < a.error ? b : a));
  if (format !== "f32" || problem.weight !== "relative") {
    const enough = wanted.kind === "none" ? accurate : front.find(({ error }) => error <= wanted.bound);
    const before = enough ?? accurate;
    return { before, judged: before, met: enough !== undefined };
  }
  // The bound of the rounding errors is about twice what happens: samples say which programs are worth the trial of all arguments.
  const floats = front.map((each) => {
    const constants = each.constants.map((c) => F.toNumber(c));
    return refined(problem, { program: each.program, constants, type: "f32" });
  });
  const within = (ulp: number): boolean =>
    wanted.ulp !== undefined ? ulp <= wanted.ulp : ulp * 2 ** -23 <= wanted.bound;
  const order = front.map((_, k) => k).filter((k) => wanted.kind === "none" || within(floats[k].worst));
  if (wanted.kind === "none") order.sort((a, b) => floats[a].worst - floats[b].worst);
  if (!exhaustive && order.length > 0) {
    const [k] = order;
    const judged = refinedOf(problem, front[k], floats[k].given);
    const evidence: Evidence = { statement: `computed in f32, the result is within ${floats[k].worst.toFixed(3)} units in the last place`, grade: "sampled", bound: floats[k].worst, unit: "ulp", method: "4,096 arguments" }; // oxfmt-ignore
    return { before: front[k], judged: { ...judged, evidence: [...judged.evidence.slice(0, 1), evidence] }, met: true };
  }
  const tried: { k: number; exhausted: Exhausted }[] = [];
  for (const k of order.slice(0, wanted.kind === "none" ? 1 : EXHAUSTED)) {
    try {
      const exhausted = exhaust(floats[k].given, problem.target, problem.from, problem.to);
      tried.push({ k, exhausted });
      if (wanted.kind !== "none" && within(exhausted.ulp)) break;
    } catch (error) {
      if (!(error instanceof Failure) || error.kind !== "unsolved") throw error;
      break;
    }
  }
  const last = tried.at(-1);
  if (last === undefined) {
    const enough = front.find(({ error }) => error <= wanted.bound);
    return { before: enough ?? accurate, judged: enough ?? accurate, met: enough !== undefined };
  }
  const { k, exhausted } = last;
  const evidence: Evidence = {
    statement: `computed in f32, the result is within ${exhausted.ulp.toFixed(4)} units in the last place, worst at ${exhausted.at}`,
    grade: "exhaustive", bound: exhausted.ulp, unit: "ulp",
    method: `all ${exhausted.count.toLocaleString("en")} arguments of the range, against a polynomial with a proved error of less than 2^-44`,
  }; // oxfmt-ignore
  const again = refinedOf(problem, front[k], floats[k].given);
  const judged = {
    ...again,
    error: Math.min(again.error, exhausted.ulp * 2 ** -23),
    evidence: [...again.evidence.slice(0, 1), evidence],
  };
  return { before: front[k], judged, met: wanted.kind === "none" || within(exhausted.ulp) };
}

/** The same program with other constants, judged anew. */
function refinedOf(problem: MinimaxProblem, judged: Judged, { constants }: FloatProgram): Judged {
  return judgeKept(problem, { ...judged, constants: constants.map((c) => F.fromNumber(c)) }, "f32");
}

/** Greatest weighted error of the program in its own arithmetic at the points of the curve. */
function computedError(problem: MinimaxProblem, given: FloatProgram): number {
  return curve(problem, given).error.reduce((most, e) => Math.max(most, Math.abs(e)), 0);
}

function curveOf(
  problem: MinimaxProblem,
  { program, constants }: Judged,
  format: ApproximationFormat,
): { x: number[]; error: number[] } {
  if (format !== "any")
    return curve(problem, { program, constants: constants.map((c) => F.toNumber(c)), type: format });
  const family = programFamily(program);
  const places = problem.grid(CURVE);
  const kept = places
    .map((place) => [place, problem.error(family, constants, place)] as const)
    .filter(([, e]) => e !== undefined);
  return { x: kept.map(([{ x }]) => F.toNumber(x)), error: kept.map(([, e]) => F.toNumber(e!)) };
}

function curve(problem: MinimaxProblem, given: FloatProgram): { x: number[]; error: number[] } {
  const xs: number[] = [];
  const errors: number[] = [];
  for (let k = 0; k <= CURVE; k++) {
    const exact = F.toNumber(problem.point(chebyshev(k, CURVE)));
    const x = given.type === "f32" ? Math.fround(exact) : exact;
    if (x < F.toNumber(problem.from) || x > F.toNumber(problem.to)) continue;
    const place = problem.place(F.fromNumber(x, problem.precision));
    if (F.isZero(place.w)) continue;
    const y = F.fromNumber(evaluateFloat(given, x), problem.precision);
    xs.push(x);
    errors.push(F.toNumber(F.multiply(F.subtract(y, place.f), place.w)));
  }
  return { x: xs, error: errors };
}

/** The value in the program's own arithmetic. */
export function evaluateFloat({ program, constants, type }: FloatProgram, x: number): number {
  if (type === "f64") return valueOf(program, constants, x);
  const values: number[] = [];
  const at = (operand: number): number =>
    operand === 0 ? x : operand > 0 ? values[operand - 1] : constants[-operand - 1];
  for (const { op, left, right } of program.steps) {
    const [a, b] = [at(left), at(right)];
    values.push(
      Math.fround(op === "+" ? a + b : op === "-" ? a - b : op === "*" ? a * b : op === "/" ? a / b : Math.sqrt(a)),
    );
  }
  return values[values.length - 1];
}

function entryOf(
  problem: MinimaxProblem,
  judged: Judged,
  format: ApproximationFormat,
  options: ApproximateOptions,
): Approximation {
  const { kind, program, constants, error, evidence } = judged;
  const texts = format === "any" ? constants.map(String) : constants.map((c) => String(F.toNumber(c)));
  const type = format === "f32" ? "f32" : "f64";
  const given: FloatProgram = { program, constants: inDoubles(constants).map((c) => F.toNumber(c)), type };
  const ulps = evidence.find(({ unit }) => unit === "ulp")?.bound;
  return {
    operations: program.steps.length,
    digits: -Math.log10(error),
    ...(format !== "any" && problem.weight === "relative" ? { ulp: ulps ?? error * 2 ** BITS[format] } : {}),
    kind,
    program: programText(program, texts),
    constants: texts,
    code: sourceCode(given, options.target ?? "c"),
    evidence,
    float: given,
    evaluate: (x) => evaluateFloat(given, x),
  };
}
