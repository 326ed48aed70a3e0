// Room special: elementary and special functions as programs in the compiler's IR, with stated error bounds.
export { closedFunctions, SPECIAL_NAMES, specialFunctions, variantsOf } from "./library.ts";
export { sincos } from "./elementary/circular.ts";
export { elementary, type ElementaryFunction, type ElementaryOptions } from "./elementary-function.ts";
export { functionTable } from "./function-table.ts";
export { elementaryComplex } from "./complex-values.ts";
