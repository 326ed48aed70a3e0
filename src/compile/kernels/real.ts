// The two kinds of numbers that kernels are written for, with the lanes that hold them.
import type { ArrayType, Lanes } from "../ir.ts";

export type Real = "f64" | "f32";

export interface RealLanes {
  readonly lanes: Lanes;
  /** Numbers in 128 bits. */
  readonly width: number;
  readonly array: ArrayType;
  /** At the end of a kernel's name. */
  readonly suffix: "F64" | "F32";
}

export const REAL: Record<Real, RealLanes> = {
  f64: { lanes: "f64x2", width: 2, array: "f64[]", suffix: "F64" },
  f32: { lanes: "f32x4", width: 4, array: "f32[]", suffix: "F32" },
};
