// Signatures and walks: the parameters and result of any function of a program, structured or tape, the functions it calls,
// and visits of expressions and statements that passes and targets share.
import type {
  Argument,
  Expression,
  Program,
  ProgramFunction,
  Scalar,
  Statement,
  StructuredFunction,
  Variable,
} from "./ir.ts";
import { Op } from "./tape.ts";

export function parametersOf(f: ProgramFunction): readonly Pick<Variable, "name" | "type" | "length" | "range">[] {
  if (f.kind === "structured") return f.parameters;
  return [
    ...f.tape.scalars.map((name) => ({ name, type: "f64" as const })),
    ...f.tape.arrays.map(({ name }) => ({ name, type: "f64[]" as const })),
    { name: "scratch", type: "f64[]" as const },
  ];
}

export function resultOf(f: ProgramFunction): Scalar | undefined {
  return f.kind === "structured" ? f.result : undefined;
}

/** Functions of the function table that a program calls: name, number of arguments and their type. */
export interface MathUse {
  readonly name: string;
  readonly arity: number;
  readonly type: "f64" | "f32";
}

/** `name/arity`, with `/f32` for those of f32. */
export function mathKey(name: string, arity: number, type: "f64" | "f32"): string {
  return type === "f64" ? `${name}/${arity}` : `${name}/${arity}/f32`;
}

/** What the bodies of functions call, by key. */
export function mathUses(functions: readonly ProgramFunction[]): Map<string, MathUse> {
  const found = new Map<string, MathUse>();
  const note = (name: string, arity: number, type: "f64" | "f32") => {
    const key = mathKey(name, arity, type);
    if (!found.has(key)) found.set(key, { name, arity, type });
  };
  for (const f of functions) {
    if (f.kind === "tape") {
      const { op, b, c, functions: names } = f.tape;
      if (names.length === 0) continue;
      for (let i = 0; i < op.length; i++) {
        if (op[i] === Op.call1) note(names[b[i]], 1, "f64");
        else if (op[i] === Op.call2) note(names[c[i]], 2, "f64");
      }
    } else
      visitStatements(f.body, (e) => {
        if (e.kind === "math") note(e.name, e.args.length, e.type);
      });
  }
  return found;
}

/** Calls `visit` for every expression and subexpression of the statements, operands first. */
export function visitStatements(body: readonly Statement[], visit: (e: Expression) => void): void {
  const argument = (x: Argument): void => visitExpression(x.kind === "slice" ? x.offset : x, visit);
  for (const s of body) {
    switch (s.kind) {
      case "set": visitExpression(s.value, visit); break;
      case "view": visitExpression(s.offset, visit); break;
      case "store": visitExpression(s.index, visit); visitExpression(s.value, visit); break;
      case "for": visitExpression(s.from, visit); visitExpression(s.to, visit); visitStatements(s.body, visit); break;
      case "while": visitExpression(s.condition, visit); visitStatements(s.body, visit); break;
      case "if": visitExpression(s.condition, visit); visitStatements(s.body, visit); visitStatements(s.otherwise, visit); break;
      case "return": if (s.value) visitExpression(s.value, visit); break;
      case "do": s.args.forEach(argument); break;
      case "break": case "trap": break;
    } // oxfmt-ignore
  }
}

export function visitExpression(e: Expression, visit: (e: Expression) => void): void {
  switch (e.kind) {
    case "load": visitExpression(e.index, visit); break;
    case "operation": case "math": for (const x of e.args) visitExpression(x, visit); break;
    case "call": for (const x of e.args) visitExpression(x.kind === "slice" ? x.offset : x, visit); break;
    default: break;
  } // oxfmt-ignore
  visit(e);
}

/** The expression with `change` applied to it and its parts, operands first; parts that do not change are kept as they are. */
export function mapExpression(e: Expression, change: (e: Expression) => Expression): Expression {
  switch (e.kind) {
    case "load": {
      const index = mapExpression(e.index, change);
      return change(index === e.index ? e : { ...e, index });
    }
    case "operation":
    case "math": {
      const args = mapAll(e.args, (x) => mapExpression(x, change));
      return change(args === e.args ? e : ({ ...e, args } as Expression));
    }
    case "call": {
      const args = mapAll(e.args, (x) => mapArgument(x, change));
      return change(args === e.args ? e : { ...e, args });
    }
    default:
      return change(e);
  }
}

function mapArgument(x: Argument, change: (e: Expression) => Expression): Argument {
  if (x.kind !== "slice") return mapExpression(x, change);
  const offset = mapExpression(x.offset, change);
  return offset === x.offset ? x : { ...x, offset };
}

/** list.map(f), or the list itself if nothing changes. */
function mapAll<T>(list: readonly T[], f: (x: T) => T): readonly T[] {
  let out: T[] | undefined;
  for (let i = 0; i < list.length; i++) {
    const y = f(list[i]);
    if (out) out.push(y);
    else if (y !== list[i]) out = [...list.slice(0, i), y];
  }
  return out ?? list;
}

/** The statement with every expression in it (not in nested statements) changed. */
export function mapStatement(s: Statement, change: (e: Expression) => Expression): Statement {
  switch (s.kind) {
    case "set": return { ...s, value: change(s.value) };
    case "view": return { ...s, offset: change(s.offset) };
    case "store": return { ...s, index: change(s.index), value: change(s.value) };
    case "for": return { ...s, from: change(s.from), to: change(s.to) };
    case "while": case "if": return { ...s, condition: change(s.condition) };
    case "return": return s.value ? { ...s, value: change(s.value) } : s;
    case "do": return { ...s, args: s.args.map((x) => (x.kind === "slice" ? { ...x, offset: change(x.offset) } : change(x))) };
    default: return s;
  } // oxfmt-ignore
}

/** Statements, outermost first. */
export function visitBody(body: readonly Statement[], visit: (s: Statement) => void): void {
  for (const s of body) {
    visit(s);
    if (s.kind === "for" || s.kind === "while") visitBody(s.body, visit);
    else if (s.kind === "if") {
      visitBody(s.body, visit);
      visitBody(s.otherwise, visit);
    }
  }
}

/** Variables that statements set, in order of appearance. */
export function assignedIn(body: readonly Statement[]): Set<Variable> {
  const found = new Set<Variable>();
  visitBody(body, (s) => {
    if (s.kind === "set" || s.kind === "view" || s.kind === "for") found.add(s.target);
  });
  return found;
}

/** Variables that a function's body sets, in order of appearance. */
export function assigned(f: StructuredFunction): Set<Variable> {
  return assignedIn(f.body);
}

/** Functions that a function calls, in order of appearance. */
export function callees(f: StructuredFunction): Set<ProgramFunction> {
  const found = new Set<ProgramFunction>();
  visitBody(f.body, (s) => {
    if (s.kind === "do") found.add(s.callee);
  });
  visitStatements(f.body, (e) => {
    if (e.kind === "call") found.add(e.callee);
  });
  return found;
}

/**
 * The program with functions[k] in place of its k-th: calls name the new functions. The program itself if nothing changed.
 */
export function replaceFunctions(program: Program, functions: readonly ProgramFunction[]): Program {
  if (functions.every((f, k) => f === program.functions[k])) return program;
  const to = new Map<ProgramFunction, ProgramFunction>();
  const change = (e: Expression): Expression =>
    mapExpression(e, (x) => (x.kind === "call" && to.has(x.callee) ? { ...x, callee: to.get(x.callee)! } : x));
  const walk = (list: readonly Statement[]): Statement[] =>
    list.map((s): Statement => {
      const next = mapStatement(s, change);
      if (next.kind === "for" || next.kind === "while") return { ...next, body: walk(next.body) };
      if (next.kind === "if") return { ...next, body: walk(next.body), otherwise: walk(next.otherwise) };
      return next.kind === "do" ? { ...next, callee: to.get(next.callee) ?? next.callee } : next;
    });
  const resolve = (f: ProgramFunction): ProgramFunction => {
    const known = to.get(f);
    if (known) return known;
    const at = program.functions.indexOf(f);
    // Callees that a pass has added are what they are.
    const next = at < 0 ? f : functions[at];
    if (next.kind === "structured") for (const callee of callees(next)) resolve(callee);
    const calling = next.kind === "structured" && [...callees(next)].some((g) => to.get(g) !== g);
    const done = calling ? { ...next, body: walk(next.body) } : next;
    to.set(f, done);
    return done;
  };
  return { ...program, functions: program.functions.map(resolve) };
}
