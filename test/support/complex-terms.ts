// Values of terms (ordinary or held) at complex points in BigFloat arithmetic, principal branches: for tests of identities.
import { bigfloat, type BigFloat, bigFloats, type Complex, complexField, Q } from "../../src/number/index.ts";
import { Kind, postorder, type Term } from "../../src/term/index.ts";

export type ComplexValue = Complex<BigFloat>;

export const PRECISION = 200;
export const real = bigFloats(PRECISION);
export const field = complexField(real);
const { add, subtract, multiply, divide, negate, exp, sin, cos, complex } = field;

export const complexOf = (re: number, im = 0): ComplexValue => complex(real.from(re), real.from(im));
const one = complexOf(1);

/** One zero: cuts are continuous from above, whatever sign a zero got on the way. */
const unsigned = (z: ComplexValue): ComplexValue => (real.isZero(z.im) ? complex(z.re, real.from(0)) : z);
const log = (z: ComplexValue): ComplexValue => field.log(unsigned(z));
const sqrt = (z: ComplexValue): ComplexValue => field.sqrt(unsigned(z));
/** Whole powers by multiplication, so that real numbers stay real. */
function pow(a: ComplexValue, b: ComplexValue): ComplexValue {
  const n = real.isZero(b.im) ? bigfloat.toNumber(b.re) : Number.NaN;
  if (!Number.isInteger(n) || n === 0 || Math.abs(n) > 100) return field.pow(unsigned(a), unsigned(b));
  let power = a;
  for (let k = 1; k < Math.abs(n); k++) power = multiply(power, a);
  return n < 0 ? divide(one, power) : power;
}

const half = complexOf(0.5);
const i = complexOf(0, 1);
const pi = (): ComplexValue => complex(real.atan2(real.from(0), real.from(-1)), real.from(0));
const sinh = (z: ComplexValue): ComplexValue => multiply(half, subtract(exp(z), exp(negate(z))));
const cosh = (z: ComplexValue): ComplexValue => multiply(half, add(exp(z), exp(negate(z))));
/** log(1 + z), DLMF 4.23, 4.37. */
const log1 = (z: ComplexValue): ComplexValue => log(add(one, z));
const asin = (z: ComplexValue): ComplexValue =>
  negate(multiply(i, log(add(multiply(i, z), sqrt(subtract(one, multiply(z, z)))))));
const isReal = (z: ComplexValue): boolean => real.isZero(z.im);

const FUNCTIONS: Readonly<Record<string, (...args: ComplexValue[]) => ComplexValue>> = {
  "+": add,
  "-": subtract,
  "*": multiply,
  "/": divide,
  "^": pow,
  neg: negate,
  exp,
  log,
  sqrt,
  sin,
  cos,
  tan: (z) => divide(sin(z), cos(z)),
  cot: (z) => divide(cos(z), sin(z)),
  sec: (z) => divide(one, cos(z)),
  csc: (z) => divide(one, sin(z)),
  asin,
  acos: (z) => subtract(multiply(half, pi()), asin(z)),
  atan: (z) => multiply(multiply(half, i), subtract(log1(negate(multiply(i, z))), log1(multiply(i, z)))),
  sinh,
  cosh,
  tanh: (z) => divide(sinh(z), cosh(z)),
  asinh: (z) => log(add(z, sqrt(add(multiply(z, z), one)))),
  acosh: (z) => log(add(z, multiply(sqrt(add(z, one)), sqrt(subtract(z, one))))),
  atanh: (z) => multiply(half, subtract(log1(z), log1(negate(z)))),
  abs: (z) => complex(field.absolute(z), real.from(0)),
  sign: (z) => {
    if (!isReal(z)) throw new Error("sign of a complex number");
    return complexOf(real.isZero(z.re) ? 0 : real.isNegative(z.re) ? -1 : 1);
  },
  e: () => exp(one),
  pi,
};

/** The value of a term; symbols by name. Throws a Failure where it has none, an Error where this evaluator does not know a function. */
export function complexValue(term: Term, values: Readonly<Record<string, ComplexValue>>): ComplexValue {
  const done = new Map<Term, ComplexValue>();
  for (const part of postorder([term])) done.set(part, valueOf(part, done, values));
  return done.get(term)!;
}

function valueOf(
  part: Term,
  done: ReadonlyMap<Term, ComplexValue>,
  values: Readonly<Record<string, ComplexValue>>,
): ComplexValue {
  const rational = (value: typeof part.value): ComplexValue =>
    complex(bigfloat.fromRational(value, PRECISION), real.from(0));
  const args = part.args.map((arg) => done.get(arg)!);
  switch (part.kind) {
    case Kind.number:
      return rational(part.value);
    case Kind.symbol: {
      const value = values[part.name];
      if (value === undefined) throw new Error(`no value of ${part.name}`);
      return value;
    }
    case Kind.sum:
      return args.reduce((sum, arg, k) => add(sum, multiply(rational(part.weights[k]), arg)), rational(part.value));
    case Kind.product:
      return args.reduce((all, arg, k) => {
        const weight = part.weights[k];
        if (typeof weight !== "number") return multiply(all, pow(arg, rational(weight)));
        let power = one;
        for (let n = 0; n < Math.abs(weight); n++) power = multiply(power, arg);
        return weight < 0 ? divide(all, power) : multiply(all, power);
      }, rational(part.value));
    case Kind.power:
      return pow(args[0], args[1]);
    case Kind.call:
    case Kind.held: {
      const f = FUNCTIONS[part.name];
      if (f === undefined) throw new Error(`no complex values of ${part.name}`);
      return f(...args);
    }
    default:
      throw new Error(`no complex values of ${Q.toString(part.kind)}`);
  }
}

/** |a - b| / max(|a|, |b|, 1e-10) as a double. */
export function relativeDifference(a: ComplexValue, b: ComplexValue): number {
  const size = Math.max(bigfloat.toNumber(field.absolute(a)), bigfloat.toNumber(field.absolute(b)), 1e-10);
  return bigfloat.toNumber(field.absolute(subtract(a, b))) / size;
}
