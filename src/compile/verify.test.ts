import { expect, test } from "vitest";
import { add, at, at2, call, f64, fn, i32, lane, mul, program, splat, tapeFunction } from "./builder.ts";
import type { Expression, ProgramFunction, Statement, StructuredFunction, Variable } from "./ir.ts";
import { printProgram, printTape } from "./print.ts";
import { Op, TapeBuilder } from "./tape.ts";
import { verify, verifyTape } from "./verify.ts";

const refuse = (message: string | RegExp, ...functions: ProgramFunction[]): void =>
  expect(() => verify({ name: "p", functions })).toThrow(message);
const local = (name: string, type: "f64" | "i32" = "f64"): Variable<"f64" | "i32"> => ({
  kind: "variable",
  name,
  type,
});
const plain = (body: Statement[], result?: "f64" | "i32"): StructuredFunction => ({
  kind: "structured",
  name: "g",
  parameters: [],
  result,
  body,
});

test("the builder refuses types that do not fit, naming the function", () => {
  const bad = (write: (k: Parameters<Parameters<typeof fn>[3]>[1]) => void) => () =>
    fn("g", {}, undefined, (_, k) => write(k));
  expect(bad((k) => k.let("a", add(i32(1), f64(1))))).toThrow(
    "function g: an expression of type f64 where i32 is needed",
  );
  expect(bad((k) => k.let("a", mul(i32(1), 0.5)))).toThrow("0.5 is not a 32-bit integer");
  expect(bad((k) => k.let("a", call(fn("h", {}, undefined, () => {}))))).toThrow("h has no result");
});

test("a variable read before it is set on some way", () => {
  const v = local("v");
  refuse('function g, statement "return v": v is read before it is set', plain([{ kind: "return", value: v }], "f64"));
  const one: Statement = { kind: "set", target: v, value: f64(1) };
  const condition = i32(1);
  refuse(
    "read before it is set",
    plain(
      [
        { kind: "if", condition, body: [one], otherwise: [] },
        { kind: "return", value: v },
      ],
      "f64",
    ),
  );
  refuse(
    "read before it is set",
    plain(
      [
        { kind: "while", condition, body: [one] },
        { kind: "return", value: v },
      ],
      "f64",
    ),
  );
  verify(
    program(
      "p",
      plain(
        [
          { kind: "if", condition, body: [one], otherwise: [one] },
          { kind: "return", value: v },
        ],
        "f64",
      ),
    ),
  );
  verify(
    program(
      "p",
      plain(
        [
          { kind: "if", condition, body: [one], otherwise: [{ kind: "return", value: f64(0) }] },
          { kind: "return", value: v },
        ],
        "f64",
      ),
    ),
  );
});

test("wrong types, ways without a result, unreachable statements, breaks outside loops", () => {
  const v = local("v", "i32");
  refuse("an expression of type f64 where i32 is needed", plain([{ kind: "set", target: v, value: f64(1) }]));
  refuse("ends without a result", plain([], "f64"));
  refuse("cannot be reached", plain([{ kind: "return" }, { kind: "return" }]));
  refuse("break outside a loop", plain([{ kind: "break" }]));
  refuse(
    "is the variable of a running loop",
    plain([
      {
        kind: "for",
        target: v as Variable<"i32">,
        from: i32(0),
        to: i32(1),
        step: 1,
        body: [{ kind: "set", target: v, value: i32(0) }],
      },
    ]),
  );
  refuse("step 0", plain([{ kind: "for", target: v as Variable<"i32">, from: i32(0), to: i32(1), step: 0, body: [] }]));
  refuse(
    "floor of i32 does not give i32",
    plain([{ kind: "set", target: v, value: { kind: "operation", type: "i32", op: "floor", args: [i32(1)] } }]),
  );
});

test("names used twice, callees outside the program, recursion", () => {
  const g = plain([]);
  refuse("two functions are called g", g, plain([]));
  refuse("the function g is not in the program", { ...plain([{ kind: "do", callee: g, args: [] }]), name: "h" });
  const body: Statement[] = [];
  const loop: StructuredFunction = { kind: "structured", name: "loop", parameters: [], body };
  body.push({ kind: "do", callee: loop, args: [] });
  refuse("function loop calls itself", loop);
});

test("arrays must be parameters of the function; nesting is limited", () => {
  const x: Variable<"f64[]"> = { kind: "variable", name: "x", type: "f64[]" };
  refuse("the array x is not a parameter", plain([{ kind: "return", value: at(x, 0) }], "f64"));
  let deep: Expression = f64(1);
  for (let i = 0; i < 1000; i++) deep = add(deep, 1);
  refuse("nested more than", plain([{ kind: "return", value: deep }], "f64"));
});

test("lanes and views: where they may stand, and how they print", () => {
  const v: Variable<"f64x2"> = { kind: "variable", name: "v", type: "f64x2" };
  const x: Variable<"f64[]"> = { kind: "variable", name: "x", type: "f64[]" };
  const y: Variable<"f64[]"> = { kind: "variable", name: "y", type: "f64[]" };
  const one = fn("one", {}, "f64", (_, k) => k.return(f64(1)));
  refuse("the parameter v is of type f64x2", { ...plain([]), parameters: [v] });
  refuse("inside an f64x2", one, plain([{ kind: "set", target: v, value: add(splat(call(one)), 1) }]));
  refuse("rem of f64x2 and f64x2 does not give f64x2", plain([
    { kind: "set", target: v, value: splat(1) },
    { kind: "set", target: v, value: { kind: "operation", type: "f64x2", op: "rem", args: [v, v] } },
  ])); // oxfmt-ignore
  refuse("v is read before it is set", plain([{ kind: "return", value: lane(v, 1) }], "f64"));
  const view: Statement = { kind: "view", target: y, array: x, offset: i32(1) };
  refuse("the array x is not a parameter", plain([view]));
  refuse("the parameter x cannot become a view", { ...plain([{ ...view, target: x }]), parameters: [x] });
  const f = fn("f", { x: "f64[]", n: "i32" }, "f64", ({ x, n }, k) => {
    const p = k.view("p", x, n);
    const s = k.let2("s", mul(at2(p, 2), at(x, 0)));
    k.store(p, 0, s);
    k.return(lane(s, 1));
  });
  verify(program("p", f));
  expect(printProgram(program("p", f))).toBe(
    "program p\n\nfunction f(x: f64[], n: i32): f64\n  p = x[n ...]\n  s = (p[2 : 2] * splat(x[0]))\n  p[0] = s\n  return lane(s, 1)",
  );
});

test("tapes: operands, indices, access", () => {
  const arrays = [{ name: "x", length: 2, access: "read" }, { name: "y", length: 2, access: "write" }] as const; // oxfmt-ignore
  const build = (write: (t: TapeBuilder) => void) => {
    const t = new TapeBuilder("t", [], arrays);
    write(t);
    return t.build();
  };
  expect(() => build((t) => t.load(0, 2))).toThrow("outside array x");
  expect(() => verifyTape(build((t) => t.emit(Op.neg, 0)))).toThrow(
    "tape t, instruction 0: operand 0 is not an earlier value",
  );
  expect(() => verifyTape(build((t) => t.emit(Op.load, 0, 2)))).toThrow("index 2 is outside array x of length 2");
  expect(() => verifyTape(build((t) => t.load(1, 0)))).toThrow("array y is for write only");
  expect(() => verifyTape(build((t) => t.emit(Op.scalar, 0)))).toThrow("there is no scalar 0");
  expect(() => verifyTape(build((t) => { t.store(t.constant(1), 1, 0); t.emit(Op.neg, 1); }))).toThrow("is a store"); // oxfmt-ignore
});

test("programs and tapes are printed", () => {
  const axpy = fn("axpy", { n: "i32", a: "f64", x: "f64[]", y: "f64[]" }, undefined, ({ n, a, x, y }, k) => {
    k.for("i", 0, n, (i) => k.store(y, i, add(mul(a, at(x, i)), at(y, i))));
  });
  const t = new TapeBuilder("t", ["s"], [{ name: "y", length: 1, access: "write" }]);
  t.store(t.call("exp", t.emit(Op.scalar, 0)), 0, 0);
  expect(printProgram(program("p", axpy, tapeFunction(t.build())))).toMatchInlineSnapshot(`
    "program p

    function axpy(n: i32, a: f64, x: f64[], y: f64[])
      for i from 0 to n
        y[i] = ((a * x[i]) + y[i])

    tape t(s, write y[1])
      v0 = s
      v1 = exp(v0)
      y[0] = v1"
  `);
  expect(printTape(t.build(), 1)).toContain("... 2 more");
});
