// A program with free constants as a family for Remez' algorithm: values in BigFloat, derivatives carried forward.
import { bigfloat as F, type BigFloat } from "../../number/index.ts";
import type { Family, Sample } from "../minimax.ts";
import { isUnary, type Program } from "./program.ts";

/** A number with its derivatives by the constants; undefined where a constant does not matter. */
interface Dual {
  readonly value: BigFloat;
  readonly slopes: readonly (BigFloat | undefined)[];
}

export function programFamily(program: Program): Family {
  const n = program.constants;
  return {
    parameters: n,
    linear: false,
    evaluate(c, x, p): Sample | undefined {
      const none = new Array<undefined>(n).fill(undefined);
      const one = F.fromInteger(1n, p);
      const constants = c.map((value, j): Dual => ({ value, slopes: none.map((_, i) => (i === j ? one : undefined)) }));
      const results: Dual[] = [];
      const at = (operand: number): Dual =>
        operand === 0 ? { value: x, slopes: none } : operand > 0 ? results[operand - 1] : constants[-operand - 1];
      for (const { op, left, right } of program.steps) {
        const a = at(left);
        const b = isUnary(op) ? a : at(right);
        const result = step(op, a, b, n, p);
        if (!F.isFinite(result.value)) return undefined;
        results.push(result);
      }
      const last = results[results.length - 1];
      const zero = F.zero(p);
      return { value: last.value, slopes: last.slopes.map((s) => s ?? zero) };
    },
  };
}

function step(op: string, a: Dual, b: Dual, n: number, p: number): Dual {
  const slopes = (f: (da: BigFloat | undefined, db: BigFloat | undefined) => BigFloat | undefined): Dual["slopes"] =>
    Array.from({ length: n }, (_, j) => f(a.slopes[j], b.slopes[j]));
  const sum = (x: BigFloat | undefined, y: BigFloat | undefined): BigFloat | undefined =>
    x === undefined ? y : y === undefined ? x : F.add(x, y, p);
  const times = (x: BigFloat | undefined, y: BigFloat): BigFloat | undefined =>
    x === undefined ? undefined : F.multiply(x, y, p);
  const minus = (x: BigFloat | undefined): BigFloat | undefined => (x === undefined ? undefined : F.negate(x));
  const over = (x: BigFloat | undefined, y: BigFloat): BigFloat | undefined =>
    x === undefined ? undefined : F.divide(x, y, p);
  switch (op) {
    case "+":
      return { value: F.add(a.value, b.value, p), slopes: slopes(sum) };
    case "-":
      return { value: F.subtract(a.value, b.value, p), slopes: slopes((x, y) => sum(x, minus(y))) };
    case "*":
      return {
        value: F.multiply(a.value, b.value, p),
        slopes: slopes((x, y) => sum(times(x, b.value), times(y, a.value))),
      };
    case "/": {
      const value = F.divide(a.value, b.value, p);
      return { value, slopes: slopes((x, y) => over(sum(x, minus(times(y, value))), b.value)) };
    }
    default: {
      const value = F.sqrt(a.value, p);
      return { value, slopes: slopes((x) => over(x, F.scale(value, 1))) };
    }
  }
}
