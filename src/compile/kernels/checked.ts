// Functions whose accesses are within their arrays by construction: their author has proved it, from the stated lengths and
// from conditions that they test at their start.
import type { StructuredFunction } from "../ir.ts";

/** The function, with no bounds to be checked inside. Callers must still pass arrays of the stated lengths. */
export function checkedByAuthor(f: StructuredFunction): StructuredFunction {
  return { ...f, checked: true };
}
