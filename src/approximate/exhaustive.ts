// Every single-precision argument of an interval: the program in single precision, as WebAssembly, against a reference polynomial
// whose error is proved. Source of the idea: exhaustive checks of small formats, as in CORE-MATH (Sibidanov, Zimmermann, Glondu 2022).
import { Failure, Meter, type Budget } from "../base/index.ts";
import { compileProgramSync, fn, ir, program as makeProgram } from "../compile/index.ts";
import { bigfloat as F, type BigFloat } from "../number/index.ts";
import { polynomialProgram } from "./candidates.ts";
import { type FloatProgram, programExpression } from "./code.ts";
import { inDoubles, provedError } from "./error-model.ts";
import { polynomialFamily } from "./families.ts";
import { minimax, MinimaxProblem } from "./minimax.ts";
import { roundingBound } from "./rounding-error.ts";
import type { Target } from "./target.ts";

export interface Exhausted {
  /** Greatest error in units in the last place of the exact value, the reference's own error added. */
  readonly ulp: number;
  readonly at: number;
  /** Arguments tried: all of the format in the interval. */
  readonly count: number;
}

/** The reference is to be known to this, relatively: a 2^-20 of a unit of single precision. */
const REFERENCE = 2 ** -44;
const MOST_DEGREE = 24;
/** Arguments of one call. */
const CHUNK = 1 << 22;

/** A polynomial in double precision near enough to f, its whole error proved. */
function reference(target: Target, from: BigFloat, to: BigFloat): { given: FloatProgram; error: number } {
  const problem = new MinimaxProblem(target, from, to, "relative");
  for (let n = 8; n <= MOST_DEGREE; n++) {
    const found = minimax(problem, polynomialFamily(Array.from({ length: n + 1 }, (_, i) => i)));
    if (found.error > REFERENCE / 8) continue;
    const { program, constants } = polynomialProgram(inDoubles(found.parameters));
    const error = provedError(problem, program, constants).upper;
    const { relative } = roundingBound(program, constants, problem.from, problem.to, {
      precision: 53,
      exponents: [-1022, 1024],
    });
    const total = error + relative * (1 + error);
    if (total <= REFERENCE) return { given: { program, constants: constants.map((c) => F.toNumber(c)), type: "f64" }, error: total }; // oxfmt-ignore
  }
  throw new Failure("unsolved", `no polynomial of degree ${MOST_DEGREE} serves as a reference on this range`);
}

/**
 * The program at every f32 in [from, to], which must not contain zero inside; a zero at an end is tried too. Fails with kind
 * "unsolved" where no reference is found, or the budget ends.
 */
export function exhaust(
  given: FloatProgram,
  target: Target,
  from: BigFloat,
  to: BigFloat,
  budget: Budget = {},
): Exhausted {
  if (given.type !== "f32") throw new Failure("usage", "only programs of single precision are tried at every argument");
  const [a, b] = [F.toNumber(from), F.toNumber(to)];
  if (a < 0 && b > 0) {
    const zero = F.zero(53);
    const [left, right] = [exhaust(given, target, from, zero, budget), exhaust(given, target, zero, to, budget)];
    const worse = left.ulp > right.ulp ? left : right;
    return { ...worse, count: left.count + right.count };
  }
  const { given: exact, error } = reference(target, from, to);
  const kernel = compileProgramSync(makeProgram("exhaust", checker(given, exact)));
  const meter = new Meter(budget);
  const bits = (x: number): number => new Int32Array(Float32Array.of(x).buffer)[0];
  // Numbers of one sign are in the order of their bits.
  const negative = a < 0;
  const [first, last] = negative ? [insideBits(b, a), insideBits(a, b)] : [insideBits(a, b), insideBits(b, a)];
  const out = kernel.runtime.f64(2);
  let worst = { ulp: 0, at: Number.NaN };
  for (let start = first; start <= last; start += CHUNK) {
    const count = Math.min(CHUNK, last - start + 1);
    kernel.call.worst(start | 0, count, out);
    if (!(out[0] <= worst.ulp)) worst = { ulp: out[0], at: fromBits(start + out[1]) };
    meter.steps += count;
    const stop = meter.stop();
    if (stop !== undefined && start + CHUNK <= last)
      throw new Failure("unsolved", `not all arguments tried within ${stop.detail}`);
  }
  kernel.dispose();
  return { ulp: worst.ulp + error * 2 ** 24, at: worst.at, count: last - first + 1 };

  /** Bits, without sign extension, of the f32 nearest to x on the side of y, or x itself. */
  function insideBits(x: number, y: number): number {
    let n = bits(x) >>> 0;
    if (x === 0) return negative ? 0x80000000 : 0;
    const value = Math.fround(x);
    if ((x < y && value < x) || (x > y && value > x)) n += Math.abs(y) > Math.abs(x) ? 1 : -1;
    return n;
  }
}

function fromBits(n: number): number {
  return new Float32Array(Int32Array.of(n | 0).buffer)[0];
}

/** worst(start, count, out): out[0] the greatest error in ulps for bits start .. start + count - 1, out[1] its index. */
function checker(given: FloatProgram, exact: FloatProgram): ReturnType<typeof fn> {
  return fn("worst", { start: "i32", count: "i32", out: "f64[2]" }, undefined, ({ start, count, out }, k) => {
    const most = k.let("most", ir.f64(0));
    const where = k.let("where", ir.i32(0));
    k.for("i", 0, count, (i) => {
      const x = k.let("x", ir.bits(ir.add(start, i), "f32"));
      const y = programExpression(given, x, (name, value) => k.let(name, value));
      const wide = k.let("w", ir.convert(x, "f64"));
      const f = k.let(
        "f",
        programExpression(exact, wide, (name, value) => k.let(`r${name}`, value)),
      );
      // The unit of f: 2^-23 times the power of two at or below |f|; below the normal range it stays.
      const exponent = ir.and(ir.bits(f, "i64"), ir.i64(0x7ff0000000000000n));
      const power = ir.max(ir.bits(exponent, "f64"), ir.f64(2 ** -126));
      const off = k.let("off", ir.div(ir.abs(ir.sub(ir.convert(y, "f64"), f)), ir.mul(power, ir.f64(2 ** -23))));
      k.if(ir.not(ir.le(off, most)), () => {
        k.set(most, ir.select(ir.eq(off, off), off, Infinity));
        k.set(where, i);
      });
    });
    k.store(out, 0, most);
    k.store(out, 1, ir.convert(where, "f64"));
  });
}
