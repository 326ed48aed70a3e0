// The other road of emulated arithmetic: a tape run operation by operation in exact rationals, each result rounded to the format.
// For every format whose values are doubles, in every mode; slow.
import { Failure } from "../../base/index.ts";
import { type Format, numberOf, roundExact, type RoundOptions, withinDoubles } from "../../number/index.ts";
import { Op, type Tape } from "../tape.ts";
import { exactOperations } from "./exact-operations.ts";

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
    const exactly = exactOperations((x) => numberOf(roundExact(x, format, { ...options, index: index++ })));
    const input = (x: number): number => numberOf(roundExact(x, format));
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
        case Op.add: values[i] = exactly.add(values[a[i]], values[b[i]]); break;
        case Op.sub: values[i] = exactly.sub(values[a[i]], values[b[i]]); break;
        case Op.mul: values[i] = exactly.mul(values[a[i]], values[b[i]]); break;
        case Op.div: values[i] = exactly.div(values[a[i]], values[b[i]]); break;
        case Op.sqrt: values[i] = exactly.sqrt(values[a[i]]); break;
        case Op.call1: values[i] = exactly.call(functions[b[i]], values[a[i]]); break;
        default: values[i] = exactly.call(functions[c[i]], values[a[i]], values[b[i]]); break;
      } // oxfmt-ignore
    }
  }
}

function rounds(code: number): boolean {
  return code === Op.add || code === Op.sub || code === Op.mul || code === Op.div || code === Op.sqrt || code === Op.call1 || code === Op.call2; // oxfmt-ignore
}
