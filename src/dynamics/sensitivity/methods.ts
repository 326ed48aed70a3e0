// The methods whose steps have a discrete adjoint here: explicit ones for non-stiff systems, sdirk4 for stiff ones.
export const ADJOINT_METHODS = ["tsit5", "vern7", "vern9", "sdirk4"] as const;
export type AdjointMethod = (typeof ADJOINT_METHODS)[number];
