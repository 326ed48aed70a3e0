// Checks a program before it is translated: types, variables read before they are set, callees outside the program, recursion,
// names used twice, breaks outside loops, and the operands of tapes. The first error becomes a Failure of kind "domain" that
// names the function and the statement. Targets rely on it and check nothing again.
// Left out: bounds of computed indices (an index outside its array is the caller's mistake, with an unspecified result).
import { Failure } from "../base/index.ts";
import type { Argument, Expression, Program, ProgramFunction, Statement, StructuredFunction, Variable } from "./ir.ts";
import { allowed, elementOf, fits, isArray, isLanes, scalarOf } from "./operations.ts";
import { printStatement } from "./print.ts";
import { ARITY } from "./schedule.ts";
import { parametersOf, resultOf, visitExpression } from "./shape.ts";
import { Op, type Tape } from "./tape.ts";
import { LIMITS } from "./wasm/encoder.ts";

/** Expressions and statements nested deeper are refused (targets recurse over them). */
const MAX_NESTING = 500;

export function verify(program: Program): void {
  const names = new Set<string>();
  const known = new Set<ProgramFunction>(program.functions);
  for (const f of program.functions) {
    if (names.has(f.name)) throw new Failure("domain", `program ${program.name}: two functions are called ${f.name}`);
    names.add(f.name);
    if (parametersOf(f).length > LIMITS.parameters)
      throw new Failure(
        "limit",
        `function ${f.name}: ${parametersOf(f).length} parameters; an engine allows ${LIMITS.parameters}`,
        { hint: "pass them in an array" },
      );
  }
  const callees = new Map<ProgramFunction, Set<ProgramFunction>>();
  for (const f of program.functions) {
    if (f.kind === "tape") verifyTape(f.tape);
    else callees.set(f, verifyFunction(f, known));
  }
  // Recursion: depth-first over calls.
  const state = new Map<ProgramFunction, "open" | "done">();
  const walk = (f: ProgramFunction): void => {
    if (state.get(f) === "open")
      throw new Failure(
        "domain",
        `function ${f.name} calls itself (perhaps through others); recursion is not supported`,
        { hint: "write a loop" },
      );
    if (state.get(f) === "done") return;
    state.set(f, "open");
    for (const callee of callees.get(f) ?? []) walk(callee);
    state.set(f, "done");
  };
  program.functions.forEach(walk);
}

function verifyFunction(f: StructuredFunction, program: ReadonlySet<ProgramFunction>): Set<ProgramFunction> {
  const callees = new Set<ProgramFunction>();
  let at: Statement | undefined;
  const parameters = new Set<Variable>(f.parameters);
  if (parameters.size !== f.parameters.length) fail("a parameter appears twice");
  for (const p of f.parameters) if (isLanes(p.type)) fail(`the parameter ${p.name} is of type ${p.type}`);
  /** Variables certainly set here; `trail` holds those that are not parameters, in the order they were set. */
  const set = new Set<Variable>(f.parameters);
  const trail: Variable[] = [];
  const running = new Set<Variable>();
  const end = statements(f.body, 0, 0);
  at = undefined;
  if (f.result && end) fail(`a way through the function ends without a result (${f.result})`);
  return callees;

  function fail(what: string): never {
    const place = at ? `, statement "${printStatement(at)}"` : "";
    throw new Failure("domain", `function ${f.name}${place}: ${what}`);
  }

  function assign(v: Variable): void {
    if (set.has(v)) return;
    set.add(v);
    trail.push(v);
  }

  /** Forgets what was set since the trail had this length, and returns it. */
  function undo(length: number): Variable[] {
    const undone = trail.splice(length);
    for (const v of undone) set.delete(v);
    return undone;
  }

  /** Checks statements; false if their end cannot be reached. */
  function statements(list: readonly Statement[], loops: number, nesting: number): boolean {
    if (nesting > MAX_NESTING) fail(`more than ${MAX_NESTING} statements inside one another`);
    let reachable = true;
    for (const s of list) {
      at = s;
      if (!reachable) fail("this statement cannot be reached");
      reachable = statement(s, loops, nesting);
    }
    return reachable;
  }

  function statement(s: Statement, loops: number, nesting: number): boolean {
    switch (s.kind) {
      case "set":
        scalar(s.target);
        check(s.value, s.target.type);
        assign(s.target);
        return true;
      case "view":
        if (!isArray(s.target.type)) fail(`${s.target.name} is not an array`);
        if (parameters.has(s.target)) fail(`the parameter ${s.target.name} cannot become a view`);
        arrayOf(s.array);
        if (s.array.type !== s.target.type) fail(`${s.target.name} is ${s.target.type}, but ${s.array.name} ${s.array.type}`); // oxfmt-ignore
        check(s.offset, "i32");
        assign(s.target);
        return true;
      case "store":
        arrayOf(s.array);
        check(s.index, "i32");
        if (isLanes(s.value.type)) {
          if (!fits(s.value.type, s.array.type)) fail(`${s.value.type} cannot be stored in ${s.array.name}, an ${s.array.type}`); // oxfmt-ignore
          check(s.value, s.value.type);
        } else check(s.value, scalarOf(elementOf(s.array.type)));
        return true;
      case "for": {
        scalar(s.target);
        if (s.target.type !== "i32") fail(`the loop variable ${s.target.name} is ${String(s.target.type)}, not i32`);
        if (!Number.isInteger(s.step) || s.step === 0 || Math.abs(s.step) > 0x7fffffff)
          fail(`step ${s.step} is not an integer other than 0`);
        check(s.from, "i32");
        check(s.to, "i32");
        assign(s.target);
        const before = trail.length;
        running.add(s.target);
        statements(s.body, loops + 1, nesting + 1);
        running.delete(s.target);
        undo(before);
        return true;
      }
      case "while": {
        check(s.condition, "i32");
        const before = trail.length;
        statements(s.body, loops + 1, nesting + 1);
        undo(before);
        return true;
      }
      case "if": {
        check(s.condition, "i32");
        const before = trail.length;
        const a = statements(s.body, loops, nesting + 1);
        const inThen = undo(before);
        const b = statements(s.otherwise, loops, nesting + 1);
        const inElse = undo(before);
        if (a && b) {
          const both = new Set(inElse);
          for (const v of inThen) if (both.has(v)) assign(v);
        } else if (a) inThen.forEach(assign);
        else if (b) inElse.forEach(assign);
        return a || b;
      }
      case "break":
        if (loops === 0) fail("break outside a loop");
        return false;
      case "return":
        if (f.result) {
          if (!s.value) fail(`return without a value of type ${f.result}`);
          check(s.value!, f.result);
        } else if (s.value) fail("returns a value, but the function has no result");
        return false;
      case "trap":
        return false;
      case "do":
        callee(s.callee, s.args);
        return true;
    }
  }

  function scalar(v: Variable): void {
    if (isArray(v.type)) fail(`${v.name} is an array and cannot be set`);
    if (running.has(v)) fail(`${v.name} is the variable of a running loop and cannot be set`);
  }

  function arrayOf(v: Variable): void {
    if (!isArray(v.type)) fail(`${v.name} is not an array`);
    if (!set.has(v)) fail(`the array ${v.name} is not a parameter of this function, nor a view set before`);
  }

  function check(e: Expression, type: string, nesting = 0): void {
    if (nesting > MAX_NESTING) fail(`an expression nested more than ${MAX_NESTING} deep`);
    if (e.type !== type) fail(`an expression of type ${e.type} where ${type} is needed`);
    if (isLanes(e.type) && e.kind !== "variable") {
      // Targets without SIMD compute an operand once for each lane.
      visitExpression(e, (x) => {
        if (x.kind === "call")
          fail(`the call of ${x.callee.name} inside an ${e.type}; set a local to its result first`);
      });
    }
    const next = nesting + 1;
    switch (e.kind) {
      case "constant":
        if (e.type === "i32" && (e.value | 0) !== e.value) fail(`${e.value} is not an i32`);
        if (e.type === "f32" && !Object.is(Math.fround(e.value), e.value)) fail(`${e.value} is not an f32`);
        if (e.type === "i64" && BigInt.asIntN(64, e.value) !== e.value) fail(`${e.value} is not an i64`);
        return;
      case "variable":
        if (!set.has(e)) fail(`${e.name} is read before it is set`);
        return;
      case "load":
        arrayOf(e.array);
        if (isLanes(e.type) ? !fits(e.type, e.array.type) : scalarOf(elementOf(e.array.type)) !== e.type || e.half)
          fail(`${e.array.name} is ${e.array.type}, but the load is ${e.type}`);
        check(e.index, "i32", next);
        return;
      case "operation":
        if (
          !allowed(
            e.op,
            e.type,
            e.args.map((x) => x.type),
            e.immediate,
          )
        )
          // oxfmt-ignore
          fail(`${e.op} of ${e.args.map((x) => x.type).join(" and ")} does not give ${e.type}`);
        for (const x of e.args) check(x, x.type, next);
        return;
      case "math":
        for (const x of e.args) check(x, e.type, next);
        return;
      case "call":
        if (resultOf(e.callee) !== e.type)
          fail(`${e.callee.name} gives ${resultOf(e.callee) ?? "nothing"}, not ${e.type}`);
        callee(e.callee, e.args, next);
        return;
    }
  }

  function callee(g: ProgramFunction, args: readonly Argument[], nesting = 0): void {
    if (!program.has(g)) fail(`the function ${g.name} is not in the program`);
    callees.add(g);
    const expected = parametersOf(g);
    if (args.length !== expected.length) fail(`${g.name} takes ${expected.length} arguments, not ${args.length}`);
    expected.forEach(({ name, type }, k) => {
      const x = args[k];
      if (x.kind === "slice") {
        arrayOf(x.array);
        if (x.array.type !== type) fail(`argument ${name} of ${g.name}: ${x.array.type} where ${type} is needed`);
        check(x.offset, "i32", nesting);
      } else if (isArray(type)) {
        if (x.type !== type || x.kind !== "variable")
          fail(`argument ${name} of ${g.name}: ${x.type} where ${type} is needed`);
        arrayOf(x as Variable);
      } else check(x, type, nesting);
    });
  }
}

/** Checks the invariants written at `Tape`, and that read arrays are only read and written ones only written. */
export function verifyTape(tape: Tape): void {
  const { op, a, b, c } = tape;
  const fail = (i: number, what: string): never => {
    throw new Failure("domain", `tape ${tape.name}, instruction ${i}: ${what}`);
  };
  if (a.length !== op.length || b.length !== op.length || c.length !== op.length)
    fail(0, "operand arrays of unequal lengths");
  for (let i = 0; i < op.length; i++) {
    const code = op[i];
    if (code > Op.call2) fail(i, `unknown instruction ${code}`);
    const arity = ARITY[code];
    // The usual case without a loop; what is wrong is told by the loop.
    if (arity === 2 && a[i] >= 0 && a[i] < i && b[i] >= 0 && b[i] < i && op[a[i]] !== Op.store && op[b[i]] !== Op.store && code !== Op.call2) continue; // oxfmt-ignore
    for (let k = 0; k < arity; k++) {
      const v = k === 0 ? a[i] : k === 1 ? b[i] : c[i];
      if (!(v >= 0 && v < i)) fail(i, `operand ${v} is not an earlier value`);
      if (op[v] === Op.store) fail(i, `operand ${v} is a store, which yields no value`);
    }
    if (code === Op.constant && !(a[i] >= 0 && a[i] < tape.constants.length)) fail(i, `there is no constant ${a[i]}`);
    else if (code === Op.scalar && !(a[i] >= 0 && a[i] < tape.scalars.length)) fail(i, `there is no scalar ${a[i]}`);
    else if (code === Op.call1 && !(b[i] >= 0 && b[i] < tape.functions.length)) fail(i, `there is no function ${b[i]}`);
    else if (code === Op.call2 && !(c[i] >= 0 && c[i] < tape.functions.length)) fail(i, `there is no function ${c[i]}`);
    else if (code === Op.load || code === Op.store) {
      const array = tape.arrays[code === Op.load ? a[i] : b[i]];
      const index = code === Op.load ? b[i] : c[i];
      if (!array) fail(i, "there is no such array");
      if (!(index >= 0 && index < array.length))
        fail(i, `index ${index} is outside array ${array.name} of length ${array.length}`);
      if (array.access !== (code === Op.load ? "read" : "write"))
        fail(i, `array ${array.name} is for ${array.access} only`);
    }
  }
}
