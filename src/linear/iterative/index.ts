// Iterative methods: A x = b by products with A.
export type { IterativeOptions } from "./iteration.ts";
export { cg, flexibleCg } from "./cg.ts";
export { minres } from "./minres.ts";
export { fgmres, gmres, type GmresOptions } from "./gmres.ts";
export { bicgstab } from "./bicgstab.ts";
