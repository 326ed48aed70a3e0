// Room plan: choosing between candidates, with the reason.
export { cheapest, type Candidate, type Plan } from "./plan.ts";
