// Everything on Ball under one name: arithmetic, elementary functions, constants.
export * from "./ball.ts";
export * from "./ball-elementary.ts";
export * as constants from "./constants.ts";
export { airyAi, airyAiPrime } from "./ball-airy.ts";
export { besselJ, besselY, digamma, erf, erfc, gamma, lgamma, zeta } from "./ball-special.ts";
