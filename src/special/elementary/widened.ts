// f32 functions computed in f64 and rounded at the end: an error of u units in the last place of f64 leaves 0.5 + u 2^-29 units
// in that of f32, on the whole range, since what is subnormal in f32 is not in f64.
import { ir, type Expansion, type Expression } from "../../compile/index.ts";
import type { Variants } from "../variants.ts";

/** Code for f32 from code for f64; `ulp` where it is not 0.5 + expansion.ulp 2^-29. */
export function widened(expansion: Expansion, ulp = 0.501): Expansion {
  return {
    ulp,
    source: `in f64, rounded once: ${expansion.source}`,
    widens: true,
    calls: expansion.calls,
    expand: (k, args) => {
      const wide = args.map((x) => k.let("wide", ir.convert(x, "f64")));
      return ir.convert(k.let("narrow", expansion.expand(k, wide) as Expression), "f32");
    },
  };
}

/** The variants of a function: those of f64; of f32 those given, then the cheapest of f64 widened. */
export const variants = (f64: readonly Expansion[], f32: readonly Expansion[] = []): Variants => ({
  f64,
  f32: [...f32, widened(f64[0])],
});
