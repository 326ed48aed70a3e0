// The function table with the names that JavaScript's Math lacks (erf, exp2, ...), for code that calls functions one by one: the
// table tier, target js, and formulae too long for code in place. The values are those of `elementary` at its default bound.
import { type FunctionTable, mathFunctions } from "../compile/index.ts";
import { elementary, type ElementaryFunction } from "./elementary-function.ts";
import { SPECIAL_NAMES } from "./library.ts";

/** The function is compiled when it is first called. */
function called(name: string): (x: number, y?: number) => number {
  let known: ElementaryFunction | undefined;
  return (x, y) => (known ??= elementary(name)).call(x, y);
}

export const functionTable: FunctionTable = Object.fromEntries([
  ...SPECIAL_NAMES.filter((name) => !Object.hasOwn(mathFunctions, name)).map((name) => [name, called(name)] as const),
  ...Object.entries(mathFunctions),
]);
