// The code that there is for one function: for each type its variants, from the cheapest to the most accurate. The first one
// whose bound meets what is asked for is taken, so that a later one with the same bound must have something that the first has
// not: it calls nothing, say.
import type { Expansion } from "../compile/index.ts";

export type Variants = Readonly<Record<"f64" | "f32", readonly Expansion[]>>;
