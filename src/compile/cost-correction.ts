// The learned correction of the cost model, written by `npm run bench -- cost --fit` (bench/cost.ts). Not to be edited by hand.
import type { Correction } from "./cost.ts";

/** Features: log time; share of divisions and roots; share of integers; share of loads and stores; share of functions; share of loops and calls; share of coming in; log of memory over operations; chain over operations; lanes; log footprint; js; table; c. Fitted to 240 timings; on 168 of other kernels the rank correlation was 0.989. */
export const fittedCorrection: Correction | null = {
  mean: [8.426, 0.1982, 0.03187, 0.185, 0.2364, 0.04607, 0.1258, -2.191, 0.5262, 0.3743, 10.24, 0.5, 0, 0],
  scale: [3.537, 0.2229, 0.04883, 0.1814, 0.3316, 0.06895, 0.213, 1.14, 0.2894, 0.3943, 3.57, 0.5, 1, 1],
  weight: [
    0.3108, -0.08867, -0.09002, 0.2866, -0.08618, 0.1671, 0.2344, -0.4312, 0.03292, -0.1087, -0.1786, -0.3356, 0, 0,
  ],
  intercept: -0.08405,
};
