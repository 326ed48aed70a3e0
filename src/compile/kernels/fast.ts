// From the plain description of a kernel to the one that is compiled: bounds proved or guarded, then lanes, multiply-adds and
// constants before loops. Reductions may be summed in another order and products may be fused; with `exact` neither is done,
// and every result has the bits of the plain loop.
// The order of a fast sum: element i of a loop goes to partial sum i mod (width * unroll), where width is the number of lanes;
// what is left at the end goes to partial sum 0; partial sums are added vector by vector, then lane by lane.
import type { Program } from "../ir.ts";
import { checkBounds } from "../passes/bounds.ts";
import { contract } from "../passes/contract.ts";
import { hoist } from "../passes/hoist.ts";
import { vectorise } from "../passes/vectorise.ts";

export interface FastOptions {
  /** No change to any bit. Default false. */
  readonly exact?: boolean;
  /** Vectors a turn of a loop. Default 4. */
  readonly unroll?: number;
}

export function fast(program: Program, { exact = false, unroll = 4 }: FastOptions = {}): Program {
  const wide = vectorise(checkBounds(program), { unroll, reassociate: !exact });
  return hoist(exact ? wide : contract(wide));
}
