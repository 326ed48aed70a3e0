// Room base: what every room needs.
export { Failure, placeAt, type FailureKind, type FailureOptions, type Place } from "./failure.ts";
export { DONE, Meter, type Budget, type StopReason } from "./budget.ts";
export { philox, philoxWords, Random } from "./random.ts";
