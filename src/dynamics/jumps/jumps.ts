// Runs of jump processes: choice of the method, many members at once.
import { Failure } from "../../base/index.ts";
import { type Candidate, cheapest, type Plan } from "../../plan/index.ts";
import { memberProgram, scratchOf } from "../members/code.ts";
import { RANDOM_LENGTH, startRandom } from "../members/random.ts";
import { DETAIL, DETAIL2, type MemberCode, type MembersOptions, type MembersResult, runMembers, TIME } from "../members/run.ts"; // oxfmt-ignore
import { JUMP_HEAD, jumpBody, ownLength } from "./methods.ts";
import { jumpFailure, type JumpPlaces, type JumpSystem, jumpTable, meanDependents } from "./system.ts";

export const JUMP_METHODS = ["direct", "next", "tau"] as const;
export type JumpMethod = (typeof JUMP_METHODS)[number];

export interface JumpOptions extends MembersOptions {
  /** Default: the cheaper of the exact methods; tau where more than some 10^8 reactions a run are expected. */
  readonly method?: JumpMethod;
  /** Time at the start. */
  readonly from: number;
  /** Whole numbers: state s of member m at y[m * states + s], or one state for all. */
  readonly y: Float64Array;
  /** Parameters of member m from m * parameters on, or one list for all. */
  readonly parameters: Float64Array;
  /** Default 0. */
  readonly seed?: number;
  /** Of tau: relative change of the propensities within a leap. Default 0.03. */
  readonly epsilon?: number;
  /** Sum of the propensities at the start, for the choice of the method; not known if absent. */
  readonly activity?: number;
}

/** Reactions a run from which leaps are taken without being asked for. */
const MANY = 1e8;

/** The method for a system; costs are operations for a run. */
export function jumpPlan(
  system: JumpSystem,
  span: number,
  activity: number | undefined,
  method: JumpMethod | undefined,
): Plan {
  const reactions = Math.max(1, system.reactions.length);
  const events = Math.max(1, (activity ?? 0) * span);
  const again = meanDependents(system, jumpTable(system));
  const depth = Math.log2(reactions + 1);
  const candidates: Candidate[] = [
    { name: "direct", cost: events * (60 + 6 * reactions), error: 0, note: "exact; every step looks at all reactions" },
    {
      name: "next",
      cost: events * (60 + again * (25 + 4 * depth)),
      error: 0,
      note: `exact; every step looks at ${again.toFixed(1)} reactions on average`,
    },
    {
      name: "tau",
      cost: Math.min(events, 1e5) * (100 + 60 * reactions),
      note: "leaps over many reactions; its bias is not bounded, and shrinks with epsilon",
    },
  ];
  const exact = cheapest(candidates.slice(0, 2));
  const chosen = method ?? (events > MANY ? "tau" : exact.name);
  return {
    candidates,
    chosen,
    reason:
      method !== undefined
        ? "asked for"
        : chosen === "tau"
          ? `some ${events.toExponential(0)} reactions a run are expected`
          : "the cheaper of the exact methods",
    pinned: method !== undefined,
    parameters: {},
  };
}

/** Runs a jump process. Fails (Failure) on values that are no whole numbers and on systems that leave the whole numbers >= 0. */
export async function runJumps(system: JumpSystem, options: JumpOptions): Promise<MembersResult & { plan: Plan }> {
  const { from, y, parameters, seed = 0, epsilon = 0.03, times } = options;
  const n = system.states.length;
  if (!(Number.isSafeInteger(seed) && seed >= 0))
    throw new Failure("usage", `the seed must be a whole number that is not negative, not ${seed}`);
  if (!(epsilon > 0 && epsilon < 1)) throw new Failure("usage", `epsilon must lie between 0 and 1, not ${epsilon}`);
  checkWhole(system, y);
  const plan = jumpPlan(system, times[times.length - 1] - from, options.activity, options.method);
  const method = plan.chosen as JumpMethod;
  const table = jumpTable(system);
  const random = JUMP_HEAD;
  const places: JumpPlaces = (() => {
    const yAt = random + RANDOM_LENGTH;
    const p = yAt + n;
    const a = p + system.parameters;
    const scratch = a + system.reactions.length;
    return { random, y: yAt, p, a, scratch, own: scratch + scratchOf(system.outputs) };
  })();
  const stride = 2 * Math.ceil((places.own + ownLength(method, system)) / 2);
  const width = system.outputNames.length;
  const own = <T extends Float64Array>(list: T, each: number, member: number): Float64Array =>
    list.length === each ? list : (list.subarray(member * each, (member + 1) * each) as T);
  const code: MemberCode = {
    program: memberProgram("jumps", stride, width, jumpBody(method, system, table, places, epsilon)),
    stride,
    perRecord: 1,
    outputs: width,
    table: table.data,
    stepSeconds: 2e-8 * Math.min(1000, 4 + system.reactions.length),
    begin(member, _count, record) {
      record[TIME] = from;
      startRandom(record.subarray(random, random + RANDOM_LENGTH), seed, member);
      record.set(own(y, n, member), places.y);
      record.set(own(parameters, system.parameters, member), places.p);
    },
    failure: (status, member, record) =>
      jumpFailure(system, status, member, record[DETAIL], record[DETAIL2], record[TIME]),
  };
  const result = await runMembers(code, options);
  const chosen = method === "tau" ? { ...plan, parameters: { epsilon } } : plan;
  return { ...result, plan: chosen };
}

function checkWhole({ states }: JumpSystem, y: Float64Array): void {
  const wrong = y.findIndex((value) => !(Number.isSafeInteger(value) && value >= 0));
  if (wrong >= 0)
    throw new Failure(
      "domain",
      `${states[wrong % states.length]} begins at ${y[wrong]}, which is no whole number >= 0`,
      {
        hint: "Jump processes count things: give numbers of molecules, not concentrations.",
      },
    );
}
