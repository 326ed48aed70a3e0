// A readable text form of programs and tapes, for people and for error messages. It is not read back.
// Left out: parsing, types of locals at every use.
import type { Argument, Expression, Program, ProgramFunction, Statement } from "./ir.ts";
import { isLanes, LANES, type OperationName } from "./operations.ts";
import { parametersOf, resultOf } from "./shape.ts";
import { Op, type Tape } from "./tape.ts";

/** Operations that are written between their operands. */
const INFIX: Partial<Record<OperationName, string>> = {
  add: "+",
  sub: "-",
  mul: "*",
  div: "/",
  rem: "%",
  and: "&",
  or: "|",
  xor: "^",
  shl: "<<",
  shr: ">>",
  shru: ">>>",

  eq: "==",
  ne: "!=",
  lt: "<",
  le: "<=",
  gt: ">",
  ge: ">=",
};

/** Deeper parts of an expression are shown as "...". */
const MAX_DEPTH = 40;

export function printProgram(program: Program): string {
  return [`program ${program.name}`, ...program.functions.map(printFunction)].join("\n\n");
}

export function printFunction(f: ProgramFunction): string {
  if (f.kind === "tape") return printTape(f.tape);
  const parameters = parametersOf(f).map(
    ({ name, type, length }) => `${name}: ${length ? `${type.slice(0, -1)}${printExpression(length)}]` : type}`,
  );
  const result = resultOf(f);
  return [
    `function ${f.name}(${parameters.join(", ")})${result ? `: ${result}` : ""}`,
    ...f.body.flatMap((s) => lines(s, "  ")),
  ].join("\n");
}

function lines(s: Statement, indent: string): string[] {
  const inside = (list: readonly Statement[]): string[] => list.flatMap((t) => lines(t, `${indent}  `));
  const head = `${indent}${printStatement(s)}`;
  if (s.kind === "for" || s.kind === "while") return [head, ...inside(s.body)];
  if (s.kind === "if")
    return [head, ...inside(s.body), ...(s.otherwise.length > 0 ? [`${indent}else`, ...inside(s.otherwise)] : [])];
  return [head];
}

/** One line; of a statement with a body, its head. */
export function printStatement(s: Statement): string {
  switch (s.kind) {
    case "set":
      return `${s.target.name} = ${printExpression(s.value)}`;
    case "view":
      return `${s.target.name} = ${s.array.name}[${printExpression(s.offset)} ...]`;
    case "store":
      return `${s.array.name}[${printExpression(s.index)}] = ${printExpression(s.value)}`;
    case "for":
      return `for ${s.target.name} from ${printExpression(s.from)} to ${printExpression(s.to)}${s.step === 1 ? "" : ` step ${s.step}`}`;
    case "while":
      return `while ${printExpression(s.condition)}`;
    case "if":
      return `if ${printExpression(s.condition)}`;
    case "break":
      return "break";
    case "trap":
      return `trap ${JSON.stringify(s.why)}`;
    case "return":
      return s.value ? `return ${printExpression(s.value)}` : "return";
    case "do":
      return `do ${s.callee.name}(${s.args.map((x) => argument(x, 0)).join(", ")})`;
  }
}

export function printExpression(e: Expression, depth = 0): string {
  if (depth > MAX_DEPTH) return "...";
  const show = (x: Expression): string => printExpression(x, depth + 1);
  switch (e.kind) {
    case "constant":
      return Object.is(e.value, -0) ? "-0" : String(e.value);
    case "variable":
      return e.name;
    case "load":
      return `${e.array.name}[${show(e.index)}${isLanes(e.type) ? ` : ${LANES[e.type].count / (e.half ? 2 : 1)}` : ""}]`;
    case "operation": {
      const args = e.args.map(show);
      const infix = INFIX[e.op];
      if (infix) return `(${args[0]} ${infix} ${args[1]})`;
      if (e.op === "select") return `(${args[2]} ? ${args[0]} : ${args[1]})`;
      if (e.op === "convert" || e.op === "convertu" || e.op === "bits") return `${e.op === "convert" ? "" : `${e.op}.`}${e.type}(${args[0]})`; // oxfmt-ignore
      return `${e.op}(${[...args, ...(e.immediate ? [e.immediate.join(" ")] : [])].join(", ")})`;
    }
    case "math":
      return `${e.name}(${e.args.map(show).join(", ")})`;
    case "call":
      return `${e.callee.name}(${e.args.map((x) => argument(x, depth + 1)).join(", ")})`;
  }
}

function argument(x: Argument, depth: number): string {
  return x.kind === "slice" ? `${x.array.name}[${printExpression(x.offset, depth)} ...]` : printExpression(x, depth);
}

const OP_NAMES = Object.fromEntries(Object.entries(Op).map(([name, code]) => [code, name]));

/** One instruction a line, at most `limit` of them. */
export function printTape(tape: Tape, limit = 200): string {
  const { op, a, b, c } = tape;
  const out = [
    `tape ${tape.name}(${[...tape.scalars, ...tape.arrays.map((x) => `${x.access} ${x.name}[${x.length}]`)].join(", ")})`,
  ];
  for (let i = 0; i < Math.min(op.length, limit); i++) {
    const name = OP_NAMES[op[i]] ?? `op${op[i]}`;
    let what: string;
    switch (op[i]) {
      case Op.constant: what = String(tape.constants[a[i]]); break;
      case Op.scalar: what = tape.scalars[a[i]]; break;
      case Op.load: what = `${tape.arrays[a[i]]?.name}[${b[i]}]`; break;
      case Op.store: out.push(`  ${tape.arrays[b[i]]?.name}[${c[i]}] = v${a[i]}`); continue;
      case Op.select: what = `v${c[i]} ? v${a[i]} : v${b[i]}`; break;
      case Op.call1: what = `${tape.functions[b[i]]}(v${a[i]})`; break;
      case Op.call2: what = `${tape.functions[c[i]]}(v${a[i]}, v${b[i]})`; break;
      case Op.neg: case Op.sqrt: case Op.abs: case Op.floor: case Op.ceil: case Op.not: what = `${name} v${a[i]}`; break;
      default: what = `${name} v${a[i]} v${b[i]}`;
    } // oxfmt-ignore
    out.push(`  v${i} = ${what}`);
  }
  if (op.length > limit) out.push(`  ... ${op.length - limit} more`);
  return out.join("\n");
}
