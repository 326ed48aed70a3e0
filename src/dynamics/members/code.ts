// Pieces of compiled code that the methods for members share: tapes as functions, writing of outputs, the loop over records.
import {
  type Block,
  fn,
  ir,
  type Program,
  program,
  structureTape,
  type Tape,
  tapeFunction,
} from "../../compile/index.ts";
import type { Expression, ProgramFunction, Variable } from "../../compile/ir.ts";
import { DONE_STATUS, NEXT, RUNNING, STATUS, STEPS, TIME } from "./run.ts";

const { add, at, eq, lt, mul, toF64, toI32 } = ir;
type Numbers = Variable<"f64[]">;

/** Longer tapes stay tapes, which targets cut into chunks. */
const MOST_STRUCTURED = 3000;

/** A tape of scalar t and arrays y, p, out as a function (t, y, p, out, scratch). */
export function termFunction(tape: Tape): ProgramFunction {
  if (tape.op.length > MOST_STRUCTURED) return tapeFunction(tape);
  return fn(
    tape.name,
    { t: "f64", y: "f64[]", p: "f64[]", out: "f64[]", scratch: "f64[]" },
    undefined,
    ({ t, y, p, out }, k) =>
      structureTape(tape, k, {
        scalar: () => t,
        load: (array, index) => at(array === 0 ? y : p, index),
        store: (_array, index, value) => k.store(out, index, value),
      }),
  );
}

/** Numbers of scratch memory that such a function may take. */
export const scratchOf = (...tapes: readonly Tape[]): number =>
  Math.max(1, ...tapes.map((tape) => (tape.op.length > MOST_STRUCTURED ? 8 * tape.op.length : 0)));

/** What the code of one member works with. */
export interface MemberPlaces {
  readonly k: Block;
  readonly record: Numbers;
  /** Outputs of this member, time by time. */
  readonly out: Numbers;
  readonly times: Numbers;
  readonly count: Expression;
  readonly fuel: Expression;
  readonly table: Variable<"i32[]">;
  /** Local copies of time, next output and steps; written back at the end. */
  readonly t: Variable<"f64">;
  readonly next: Variable<"i32">;
  readonly steps: Variable<"f64">;
}

/** The program that takes records of one member each further by `body`. */
export function memberProgram(name: string, stride: number, outputs: number, body: (m: MemberPlaces) => void): Program {
  const advance = fn(
    "advance",
    {
      from: "i32",
      to: "i32",
      fuel: "i32",
      count: "i32",
      members: "i32",
      records: "f64[]",
      times: "f64[]",
      out: "f64[]",
      table: "i32[]",
    },
    undefined,
    ({ from, to, fuel, count, records, times, out: all, table }, k) => {
      k.for("member", from, to, (member) => {
        const record = k.view("record", records, mul(member, stride));
        k.if(eq(at(record, STATUS), RUNNING), () => {
          const out = k.view("own", all, mul(mul(member, count), outputs));
          const t = k.let("t", at(record, TIME)) as Variable<"f64">;
          const next = k.let("next", toI32(at(record, NEXT))) as Variable<"i32">;
          const steps = k.let("steps", at(record, STEPS)) as Variable<"f64">;
          body({ k, record, out, times, count, fuel, table, t, next, steps });
          k.store(record, TIME, t);
          k.store(record, NEXT, toF64(next));
          k.store(record, STEPS, steps);
        });
      });
    },
  );
  return program(name, advance);
}

/** Writes the outputs of all times before `until` (not after it, if `through`), and ends the member after the last. */
export function recordOutputs(
  m: MemberPlaces,
  outputs: ProgramFunction,
  width: number,
  places: { readonly y: Numbers; readonly p: Numbers; readonly scratch: Numbers },
  until: Expression,
  through = false,
): void {
  const { k, times, next, count, out, record } = m;
  k.while(lt(next, count), () => {
    const time = k.let("time", at(times, next));
    k.if(through ? ir.gt(time, until) : ir.ge(time, until), () => k.break());
    const row = k.view("row", out, mul(next, width));
    k.do(outputs, time, places.y, places.p, row, places.scratch);
    k.set(next, add(next, 1));
  });
  k.if(ir.ge(next, count), () => k.store(record, STATUS, DONE_STATUS));
}
