// Room evidence: what was shown and how.
export {
  checkRequirement,
  digitsReached,
  GRADES,
  MOST_DIGITS,
  shortfall,
  weaker,
  type Evidence,
  type Grade,
  type Requirement,
} from "./evidence.ts";
