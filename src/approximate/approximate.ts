// approximate: the cheapest program for a function on a range that meets a requirement. Candidates are classical approximations by
// Remez' algorithm and programs found by evolution; the front of the fewest operations against the error is kept, the chosen one's
// error is proved, its rounding errors included, and in single precision all arguments are tried.
import { type Budget, Failure, type StopReason } from "../base/index.ts";
import { equal } from "../algebra/index.ts";
import type { Evidence } from "../evidence/index.ts";
import { bigfloat as F, type BigFloat } from "../number/index.ts";
import { evaluateBall, freeSymbols, neg, parse, substitute, Term } from "../term/index.ts";
import { type Baseline, baselines } from "./baselines.ts";
import { type Candidate, classicalCandidates } from "./candidates.ts";
import { choose, type Wanted } from "./choose.ts";
import { type CodeTarget, type FloatProgram, sourceCode } from "./code.ts";
import { curve, type ErrorCurve, evaluateFloat, exactCurve } from "./curve.ts";
import { evolve, type EvolveProgress } from "./evolution/evolve.ts";
import { type Instruction, programText } from "./evolution/program.ts";
import { type ApproximationFormat, BITS, type Judged, judgedFront } from "./judge.ts";
import { MinimaxProblem } from "./minimax.ts";
import { checkRegular, type Parity, zerosSeen } from "./regular.ts";
import { type Target, targetOfTerm } from "./target.ts";
import { orderAtZero, timesX, withoutZeros } from "./zeros.ts";

export type { ApproximationFormat };

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
  readonly curve: ErrorCurve;
}

const DEFAULT_BUDGET: Budget = { time_ms: 10_000 };
/** Evolved programs beside the front that are judged in the arithmetic of the format. */
const CLOSE = 16;

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
    curve: format === "any" ? exactCurve(problem, chosen.judged) : curve(problem, floatOf(chosen.judged, format)),
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

/** Symmetry about zero, shown by algebra. */
function parityOf(term: Term): Parity {
  const [x] = freeSymbols(term);
  const mirrored = substitute(term, new Map([[x, neg(x)]]));
  if (equal(mirrored, term, { budget: { time_ms: 500 } }).answer === "yes") return "even";
  return equal(mirrored, neg(term), { budget: { time_ms: 500 } }).answer === "yes" ? "odd" : undefined;
}

/** The program in double or single precision; real constants become doubles. */
function floatOf({ program, constants }: Judged, format: ApproximationFormat): FloatProgram {
  return { program, constants: constants.map((c) => F.toNumber(c)), type: format === "f32" ? "f32" : "f64" };
}

function entryOf(
  problem: MinimaxProblem,
  judged: Judged,
  format: ApproximationFormat,
  options: ApproximateOptions,
): Approximation {
  const { kind, program, constants, error, evidence } = judged;
  const texts = format === "any" ? constants.map(String) : constants.map((c) => String(F.toNumber(c)));
  const given = floatOf(judged, format);
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
