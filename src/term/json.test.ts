import { expect, test } from "vitest";
import { Failure } from "../base/index.ts";
import { Context, parse, printTerm, readTerm } from "./index.ts";

const context = new Context();
const read = (text: string) => readTerm(text, { notation: "json", context });

test("the form", () => {
  const print = (infix: string): string => printTerm(parse(infix, { context }), { notation: "json" });
  expect(JSON.parse(print("sin(x)^2"))).toEqual({ op: "^", args: [{ op: "sin", args: ["x"] }, 2] });
  expect(JSON.parse(print("1/3"))).toEqual({ number: "1/3" });
  expect(JSON.parse(print("float(-0)"))).toEqual({ float: "-0" });
  expect(JSON.parse(print("sum(k, k = 1 .. n)"))).toEqual({ op: "reduce:sum", args: [{ bound: 0 }, 1, "n"] });
  expect(JSON.parse(print("pi"))).toEqual({ op: "pi", args: [] });
});

test("what people write by hand is read as well", () => {
  expect(read(' {"args": ["x", 0.5], "op": "-"} ')).toBe(parse("x - 1/2", { context }));
  expect(read('{"op":"/","args":[1,{"op":"neg","args":["x"]}]}')).toBe(parse("-1/x", { context }));
  expect(read('{"op":">","args":["x",1]}')).toBe(parse("x > 1", { context }));
  expect(read('{"number": "12.5"}')).toBe(parse("25/2", { context }));
  expect(read('"\\u0061"')).toBe(parse("a", { context }));
});

// [JSON, what is said, line, column]
test.each<[string, RegExp, number, number]>([
  ["", /empty/, 1, 1],
  ["{", /ends too early/, 1, 2],
  ["{}", /object is empty/, 1, 1],
  ["[1]", /list is not a term/, 1, 1],
  ["true", /"true" is not a term/, 1, 1],
  ["01", /"01" is not a term/, 1, 1],
  ["1 2", /text after/, 1, 3],
  ['""', /needs a name/, 1, 1],
  ['"\\x"', /wrong escape/, 1, 1],
  ['{"op":"+",\n"args":[1,]}', /a value is missing/, 2, 11],
  ['{"op":"+" "args":[1]}', /"," or "}" is missing/, 1, 11],
  ['{"op":"+"}', /"args" is missing/, 1, 1],
  ['{"op":1,"args":[]}', /"op" takes the name/, 1, 7],
  ['{"op":"+","args":1}', /"args" takes a list/, 1, 18],
  ['{"op":"+","args":[],"more":1}', /"more" is not known/, 1, 28],
  ['{"op":"+","op":"-","args":[]}', /stands twice/, 1, 11],
  ['{"op":"foo","args":[1]}', /"foo" is not an operation/, 1, 7],
  ['{"op":"constructor","args":[1]}', /not an operation/, 1, 7],
  ['{"op":"sin","args":[1,2]}', /takes 1 argument/, 1, 7],
  ['{"op":"/","args":[1,0]}', /division by zero/, 1, 7],
  ['{"op":"sin","args":[{"op":"<","args":[1,2]}]}', /condition/, 1, 7],
  ['{"op":"piecewise","args":[1,2,3]}', /not a condition/, 1, 7],
  ['{"number":"1/0"}', /division by zero/, 1, 11],
  ['{"number":"x"}', /not a number/, 1, 11],
  ['{"float":"1e999"}', /cannot stand in a term/, 1, 10],
  ['{"bound":0}', /outside its range/, 1, 1],
  ['{"op":"reduce:sum","args":[{"bound":1},1,2]}', /outside its range/, 1, 1],
  ['{"op":"reduce:sum","args":[{"bound":0},1,{"bound":0}]}', /outside its range/, 1, 1],
  ['{"op":"reduce:sum","args":[1,2]}', /takes body, from and to/, 1, 7],
  ['{"op":"held:foo","args":[1]}', /unknown operation/, 1, 7],
])("%s is refused", (text, what, line, column) => {
  try {
    read(text);
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    expect(error.what).toMatch(what);
    expect([error.place?.line, error.place?.column], error.message).toEqual([line, column]);
    return;
  }
  expect.fail(`${text} was read as ${String(read(text))}`);
});
