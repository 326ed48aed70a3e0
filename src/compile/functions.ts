// The default function table: functions of JavaScript's Math, which `math` expressions and call1/call2 of tapes name.
// Targets js and wasm call the same functions, so that their results agree bit by bit within one engine; engines differ
// from each other in the last bits. The room `special` provides functions with stated error bounds under the same names.
import type { FunctionTable } from "./tape.ts";

export const mathFunctions: FunctionTable = {
  exp: Math.exp, expm1: Math.expm1, log: Math.log, log1p: Math.log1p, log2: Math.log2, log10: Math.log10,
  sin: Math.sin, cos: Math.cos, tan: Math.tan, asin: Math.asin, acos: Math.acos, atan: Math.atan, atan2: Math.atan2,
  sinh: Math.sinh, cosh: Math.cosh, tanh: Math.tanh, asinh: Math.asinh, acosh: Math.acosh, atanh: Math.atanh,
  pow: Math.pow, cbrt: Math.cbrt, hypot: Math.hypot, sign: Math.sign, round: Math.round, trunc: Math.trunc,
  cot: (x) => 1 / Math.tan(x),
  sec: (x) => 1 / Math.cos(x),
  csc: (x) => 1 / Math.sin(x),
  /** x - y floor(x / y): the sign of y. */
  mod: (x, y) => x - y * Math.floor(x / y),
}; // oxfmt-ignore
