// Linear programs.
export { linearProgram, type Column, type LinearOptimum, type LinearProgram } from "./program.ts";
