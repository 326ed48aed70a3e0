// Signatures: the parameters and result of any function of a program, structured or tape, and the functions it calls.
import type {
  Argument,
  Expression,
  ProgramFunction,
  Scalar,
  Statement,
  StructuredFunction,
  Type,
  Variable,
} from "./ir.ts";
import { Op } from "./tape.ts";

export interface Parameter {
  readonly name: string;
  readonly type: Type;
}

export function parametersOf(f: ProgramFunction): readonly Parameter[] {
  if (f.kind === "structured") return f.parameters;
  return [
    ...f.tape.scalars.map((name): Parameter => ({ name, type: "f64" })),
    ...f.tape.arrays.map(({ name }): Parameter => ({ name, type: "f64[]" })),
    { name: "scratch", type: "f64[]" },
  ];
}

export function resultOf(f: ProgramFunction): Scalar | undefined {
  return f.kind === "structured" ? f.result : undefined;
}

export function isArray(type: Type): type is "f64[]" | "i32[]" {
  return type === "f64[]" || type === "i32[]";
}

/** Functions of the function table that a program calls: name and number of arguments. */
export interface MathUse {
  readonly name: string;
  readonly arity: number;
}

/** What the bodies of functions call; each key of `math` is `name/arity`. */
export function mathUses(functions: readonly ProgramFunction[]): Map<string, MathUse> {
  const found = new Map<string, MathUse>();
  const note = (name: string, arity: number) => {
    const key = `${name}/${arity}`;
    if (!found.has(key)) found.set(key, { name, arity });
  };
  for (const f of functions) {
    if (f.kind === "tape") {
      const { op, b, c, functions: names } = f.tape;
      if (names.length === 0) continue;
      for (let i = 0; i < op.length; i++) {
        if (op[i] === Op.call1) note(names[b[i]], 1);
        else if (op[i] === Op.call2) note(names[c[i]], 2);
      }
    } else
      visitStatements(f.body, (e) => {
        if (e.kind === "math") note(e.name, e.args.length);
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
      case "break": break;
    } // oxfmt-ignore
  }
}

export function visitExpression(e: Expression, visit: (e: Expression) => void): void {
  switch (e.kind) {
    case "load": visitExpression(e.index, visit); break;
    case "unary": case "splat": case "lane": visitExpression(e.a, visit); break;
    case "binary": case "compare": case "pair": visitExpression(e.a, visit); visitExpression(e.b, visit); break;
    case "select": visitExpression(e.condition, visit); visitExpression(e.a, visit); visitExpression(e.b, visit); break;
    case "math": for (const x of e.args) visitExpression(x, visit); break;
    case "call": for (const x of e.args) visitExpression(x.kind === "slice" ? x.offset : x, visit); break;
    default: break;
  } // oxfmt-ignore
  visit(e);
}

/** Variables that a function's body sets, in order of appearance. */
export function assigned(f: StructuredFunction): Set<Variable> {
  const found = new Set<Variable>();
  const walk = (list: readonly Statement[]): void => {
    for (const s of list) {
      if (s.kind === "set" || s.kind === "view") found.add(s.target);
      else if (s.kind === "for") {
        found.add(s.target);
        walk(s.body);
      } else if (s.kind === "while") walk(s.body);
      else if (s.kind === "if") {
        walk(s.body);
        walk(s.otherwise);
      }
    }
  };
  walk(f.body);
  return found;
}

/** Functions that a function calls, in order of appearance. */
export function callees(f: StructuredFunction): Set<ProgramFunction> {
  const found = new Set<ProgramFunction>();
  const walk = (list: readonly Statement[]): void => {
    for (const s of list) {
      if (s.kind === "do") found.add(s.callee);
      else if (s.kind === "for" || s.kind === "while") walk(s.body);
      else if (s.kind === "if") {
        walk(s.body);
        walk(s.otherwise);
      }
    }
  };
  walk(f.body);
  visitStatements(f.body, (e) => {
    if (e.kind === "call") found.add(e.callee);
  });
  return found;
}
