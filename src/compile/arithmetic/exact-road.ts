// The other road of emulated arithmetic: a tape run operation by operation in exact rationals, each result rounded to the format.
// For every format whose values are doubles, in every mode; slow. Roots are found to 256 bits with a sticky bit; functions
// (exp, ...) are correctly rounded to 256 bits and then to the format.
import { Failure } from "../../base/index.ts";
import { BigFloat, bigfloat, exact, type Format, numberOf, Q, roundExact, type RoundOptions, withinDoubles } from "../../number/index.ts"; // oxfmt-ignore
import { Op, type Tape } from "../tape.ts";

const BITS = 256;

type Unary = (x: BigFloat, precision?: number) => BigFloat;

function viaBigFloat(name: string, args: readonly number[]): BigFloat {
  const table = bigfloat as unknown as Record<string, Unary | ((a: BigFloat, b: BigFloat, p?: number) => BigFloat)>;
  const f = table[name];
  if (typeof f !== "function") throw new Failure("unsupported", `${name} cannot be rounded to this format: it has no exact counterpart here`); // oxfmt-ignore
  const values = args.map((x) => bigfloat.fromNumber(x, 53));
  return values.length === 1 ? (f as Unary)(values[0], BITS) : (f as (a: BigFloat, b: BigFloat, p?: number) => BigFloat)(values[0], values[1], BITS); // oxfmt-ignore
}

/** Values of a tape at points: `at(point, scalar)` gives inputs, `store(point, index, value)` takes results. */
export function runExactly(
  tape: Tape,
  format: Format,
  options: RoundOptions,
  points: number,
  at: (point: number, scalar: number) => number,
  store: (point: number, index: number, value: number) => void,
): void {
  if (!withinDoubles(format)) throw new Failure("unsupported", `values of ${format.name} are beyond doubles`);
  const { op, a, b, c, constants, functions } = tape;
  const values = new Float64Array(op.length);
  const operations = op.reduce((n, code) => n + (rounds(code) ? 1 : 0), 0);
  for (let point = 0; point < points; point++) {
    let index = point * 4 * Math.ceil(operations / 4);
    const settle = (x: number | bigint | ReturnType<typeof Q.rational> | BigFloat): number => {
      const value = x instanceof BigFloat ? fromBig(x) : exact(x as number);
      return numberOf(roundExact(value, format, { ...options, index: index++ }));
    };
    const input = (x: number): number => numberOf(roundExact(x, format));
    const rational = (i: number): ReturnType<typeof Q.rational> => Q.fromNumber(values[i]);
    const finite = (...list: number[]): boolean => list.every((i) => Number.isFinite(values[i]));
    for (let i = 0; i < op.length; i++) {
      switch (op[i]) {
        case Op.constant: values[i] = input(constants[a[i]]); break;
        case Op.scalar: values[i] = input(at(point, a[i])); break;
        case Op.store: store(point, c[i], values[a[i]]); break;
        case Op.neg: values[i] = -values[a[i]]; break;
        case Op.abs: values[i] = Math.abs(values[a[i]]); break;
        case Op.floor: values[i] = Math.floor(values[a[i]]); break;
        case Op.ceil: values[i] = Math.ceil(values[a[i]]); break;
        case Op.min: values[i] = Math.min(values[a[i]], values[b[i]]); break;
        case Op.max: values[i] = Math.max(values[a[i]], values[b[i]]); break;
        case Op.lt: values[i] = Number(values[a[i]] < values[b[i]]); break;
        case Op.le: values[i] = Number(values[a[i]] <= values[b[i]]); break;
        case Op.eq: values[i] = Number(values[a[i]] === values[b[i]]); break;
        case Op.ne: values[i] = Number(values[a[i]] !== values[b[i]]); break;
        case Op.and: values[i] = Number(values[a[i]] !== 0 && values[b[i]] !== 0); break;
        case Op.or: values[i] = Number(values[a[i]] !== 0 || values[b[i]] !== 0); break;
        case Op.not: values[i] = Number(values[a[i]] === 0); break;
        case Op.select: values[i] = values[c[i]] !== 0 ? values[a[i]] : values[b[i]]; break;
        case Op.add: case Op.sub: {
          const y = op[i] === Op.sub ? -values[b[i]] : values[b[i]];
          const plain = values[a[i]] + y;
          // An exact zero keeps the sign that IEEE 754 gives it.
          values[i] = finite(a[i], b[i]) && (values[a[i]] !== 0 || y !== 0) && values[a[i]] !== -y ? settle(Q.add(rational(a[i]), Q.fromNumber(y))) : settle(plain);
          break;
        }
        case Op.mul: {
          const plain = values[a[i]] * values[b[i]];
          values[i] = finite(a[i], b[i]) && values[a[i]] !== 0 && values[b[i]] !== 0 ? settle(Q.multiply(rational(a[i]), rational(b[i]))) : settle(plain);
          break;
        }
        case Op.div: {
          const plain = values[a[i]] / values[b[i]];
          values[i] = finite(a[i], b[i]) && values[a[i]] !== 0 && values[b[i]] !== 0 ? settle(Q.divide(rational(a[i]), rational(b[i]))) : settle(plain);
          break;
        }
        case Op.sqrt: {
          const x = values[a[i]];
          values[i] = x > 0 && Number.isFinite(x) ? settle(squareRoot(x)) : settle(Math.sqrt(x));
          break;
        }
        case Op.call1: values[i] = settle(viaBigFloat(functions[b[i]], [values[a[i]]])); break;
        default: values[i] = settle(viaBigFloat(functions[c[i]], [values[a[i]], values[b[i]]])); break;
      } // oxfmt-ignore
    }
  }
}

function rounds(code: number): boolean {
  return code === Op.add || code === Op.sub || code === Op.mul || code === Op.div || code === Op.sqrt || code === Op.call1 || code === Op.call2; // oxfmt-ignore
}

/** sqrt(x) cut off after 256 bits, with a last bit more if it is not exact: no format's midpoint lies between. */
export function squareRoot(x: number): ReturnType<typeof Q.rational> {
  const down = bigfloat.sqrt(bigfloat.fromNumber(x, 53), BITS, "zero");
  const up = bigfloat.sqrt(bigfloat.fromNumber(x, 53), BITS, "away");
  const low = bigfloat.toRational(down);
  return bigfloat.equal(down, up) ? low : Q.divide(Q.add(low, bigfloat.toRational(up)), 2);
}

function fromBig(x: BigFloat): ReturnType<typeof exact> {
  if (x.kind === "normal") return exact(bigfloat.toRational(x));
  return exact(bigfloat.toNumber(x));
}
