// The functions that compiled models call: those of JavaScript's Math, and for the other functions of terms (gamma, erf, Bessel ...)
// their values in double precision by BigFloat: slow, but correctly rounded.
import { type FunctionTable, mathFunctions } from "../compile/index.ts";
import { functionNames, functionRule } from "../term/index.ts";

export const modelFunctions: FunctionTable = Object.fromEntries([
  ...functionNames().map((name) => [name, functionRule(name)!.value] as const),
  ...Object.entries(mathFunctions),
]);
