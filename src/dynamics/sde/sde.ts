// Runs of stochastic differential equations: choice of the method, many members at once.
import { Failure } from "../../base/index.ts";
import type { Plan } from "../../plan/index.ts";
import { memberProgram, scratchOf } from "../members/code.ts";
import { RANDOM_LENGTH, startRandom } from "../members/random.ts";
import { DETAIL, type MemberCode, type MembersOptions, type MembersResult, runMembers, TIME } from "../members/run.ts";
import { NOT_FINITE, ownLength, PATH_TOO_FINE, SDE_HEAD, SDE_SIZE, sdeBody, type SdeMethod, type SdePlaces } from "./methods.ts"; // oxfmt-ignore
import type { SdeSystem } from "./system.ts";

export const SDE_METHODS = ["em", "milstein", "sri"] as const;

export interface SdeOptions extends MembersOptions {
  /** Default: sri where each noise depends on its own state alone, else em. */
  readonly method?: SdeMethod;
  readonly from: number;
  /** State s of member m at y[m * states + s], or one state for all. */
  readonly y: Float64Array;
  readonly parameters: Float64Array;
  readonly seed?: number;
  /** Greatest step of fixed size; default for em and milstein a thousandth of the span; sri is adaptive without it. */
  readonly step?: number;
  /** Of fixed steps: increments of the path that make a step. h with 2 and h/2 with 1 follow the same path. Default 1. */
  readonly parts?: number;
  /** Of adaptive steps: local error, relative to the state. Default 1e-3. */
  readonly tolerance?: number;
}

const STEPS = 1000;

/** Runs stochastic differential equations. Fails (Failure) on methods that the noise does not allow and where a state is not finite. */
export async function runSde(system: SdeSystem, options: SdeOptions): Promise<MembersResult & { plan: Plan }> {
  const { from, y, parameters, seed = 0, parts = 1, tolerance = 1e-3, times } = options;
  const diagonal = system.slopes !== undefined;
  const method = options.method ?? (diagonal ? "sri" : "em");
  if (!SDE_METHODS.includes(method))
    throw new Failure("usage", `there is no method ${String(method)}`, { hint: `Methods: ${SDE_METHODS.join(", ")}.` });
  if (method !== "em" && !diagonal)
    throw new Failure("unsupported", `${method} needs noise of each state that depends on no other state`, {
      hint: "Take em, which takes any noise.",
    });
  if (!(Number.isSafeInteger(seed) && seed >= 0))
    throw new Failure("usage", `the seed must be a whole number that is not negative, not ${seed}`);
  if (options.step !== undefined && !(options.step > 0 && Number.isFinite(options.step)))
    throw new Failure("usage", `the step must be a positive number, not ${options.step}`);
  if (!(Number.isInteger(parts) && parts >= 1))
    throw new Failure("usage", `parts must be a whole number, 1 or more, not ${parts}`);
  if (!(tolerance > 0 && tolerance < 1))
    throw new Failure("usage", `the tolerance must lie between 0 and 1, not ${tolerance}`);
  const n = system.states.length;
  const span = times[times.length - 1] - from;
  const step = options.step ?? (method === "sri" ? undefined : span / STEPS);
  const largest = y.reduce((sum, value) => Math.max(sum, Math.abs(value)), 0);
  const absolute = tolerance * (largest > 0 ? largest : 1);
  const random = SDE_HEAD;
  const places: SdePlaces = (() => {
    const yAt = random + RANDOM_LENGTH;
    const p = yAt + n;
    const scratch = p + system.parameters;
    const tapes = [system.drift, system.diffusion, system.outputs, ...(system.slopes ? [system.slopes] : [])];
    return { random, y: yAt, p, scratch, own: scratch + scratchOf(...tapes) };
  })();
  const stride = 2 * Math.ceil((places.own + ownLength(system, step === undefined)) / 2);
  const width = system.outputNames.length;
  const settings = { method, step, parts, relative: tolerance, absolute };
  const own = (list: Float64Array, each: number, member: number): Float64Array =>
    list.length === each ? list : list.subarray(member * each, (member + 1) * each);
  const code: MemberCode = {
    program: memberProgram("sde", stride, width, sdeBody(system, places, settings)),
    stride,
    perRecord: 1,
    outputs: width,
    table: new Int32Array(),
    stepSeconds: 1e-7 * (1 + n),
    begin(member, _count, record) {
      record[TIME] = from;
      record[SDE_SIZE] = span / STEPS;
      startRandom(record.subarray(random, random + RANDOM_LENGTH), seed, member);
      record.set(own(y, n, member), places.y);
      record.set(own(parameters, system.parameters, member), places.p);
    },
    failure(status, member, record) {
      const t = record[TIME];
      if (status === NOT_FINITE)
        return new Failure(
          "numeric",
          `run ${member + 1}: ${system.states[record[DETAIL]]} is not finite after t = ${t}`,
          {
            hint: step === undefined ? "The solution may leave every bound." : "Take smaller steps.",
          },
        );
      return new Failure(
        "numeric",
        `run ${member + 1}: ${status === PATH_TOO_FINE ? "the path would need too many pieces" : "the steps become too small"} at t = ${t}`,
        { hint: "Ask for a larger tolerance, or take em with a step." },
      );
    },
  };
  const result = await runMembers(code, options);
  const plan: Plan = {
    candidates: [
      { name: "em", cost: STEPS, note: "any noise, strong order 1/2, weak order 1" },
      ...(diagonal
        ? [
            { name: "milstein", cost: 1.3 * STEPS, note: "noise of each state on its own, strong order 1" },
            { name: "sri", cost: STEPS, note: "noise of each state on its own, strong order 3/2, adaptive" },
          ]
        : []),
    ],
    chosen: method,
    reason:
      options.method !== undefined
        ? "asked for"
        : diagonal
          ? "each noise depends on its own state alone"
          : "the noise depends on several states",
    pinned: options.method !== undefined,
    parameters: step === undefined ? { tolerance } : { step },
  };
  return { ...result, plan };
}
