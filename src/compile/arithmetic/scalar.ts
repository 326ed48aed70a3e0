// The operations of a format on single numbers: add, sub, mul, div, sqrt and fma, each rounded once. In compiled code where f64
// decides every rounding (emulate.ts), otherwise through exact rationals; `road` says which.
import { floatRounding, type Format, numberOf, roundExact, type RoundOptions, withinDoubles } from "../../number/index.ts"; // oxfmt-ignore
import { Failure } from "../../base/index.ts";
import { fn, program } from "../builder.ts";
import type { OperationName } from "../operations.ts";
import { compileProgramSync } from "../kernel.ts";
import { canEmulate, exactFma, exactly } from "./emulate.ts";
import { needsRandom, roundingCode } from "./rounding-code.ts";
import { exactOperations } from "./exact-operations.ts";

export interface FormatArithmetic {
  readonly road: "f64" | "exact";
  add(a: number, b: number): number;
  sub(a: number, b: number): number;
  mul(a: number, b: number): number;
  div(a: number, b: number): number;
  sqrt(a: number): number;
  /** a b + c */
  fma(a: number, b: number, c: number): number;
}

/**
 * Arithmetic of a format. Arguments must be values of the format (round them first); a sum that is exactly zero is +0 in every
 * mode. Stochastic modes number their random bits by the calls made, from `options.index` on.
 */
export function formatArithmetic(format: Format, options: RoundOptions = {}): FormatArithmetic {
  if (!withinDoubles(format)) throw new Failure("unsupported", `values of ${format.name} are beyond doubles`);
  if (format.kind === "float") {
    const rounding = floatRounding(format, options);
    if (canEmulate(rounding) === undefined && !needsRandom(rounding)) {
      const two = (op: OperationName): ReturnType<typeof fn> =>
        fn(op, { a: "f64", b: "f64" }, "f64", ({ a, b }, k) => k.return(roundingCode(k, rounding, k.let("x", exactly(k, rounding, op, [a, b]))))); // oxfmt-ignore
      const root = fn("sqrt", { a: "f64" }, "f64", ({ a }, k) => k.return(roundingCode(k, rounding, k.let("x", exactly(k, rounding, "sqrt", [a]))))); // oxfmt-ignore
      const fma = fn("fma", { a: "f64", b: "f64", c: "f64" }, "f64", ({ a, b, c }, k) => k.return(roundingCode(k, rounding, k.let("x", exactFma(k, rounding, a, b, c))))); // oxfmt-ignore
      const { raw } = compileProgramSync(program("arithmetic", two("add"), two("sub"), two("mul"), two("div"), root, fma), { target: "wasm" }); // oxfmt-ignore
      return { road: "f64", add: raw.add, sub: raw.sub, mul: raw.mul, div: raw.div, sqrt: raw.sqrt, fma: raw.fma };
    }
  }
  let index = options.index ?? 0;
  const { add, sub, mul, div, sqrt, fma } = exactOperations((x) =>
    numberOf(roundExact(x, format, { ...options, index: index++ })),
  );
  return { road: "exact", add, sub, mul, div, sqrt, fma };
}
