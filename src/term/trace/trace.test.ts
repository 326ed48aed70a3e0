import { describe, expect, test } from "vitest";
import { Failure } from "../../base/index.ts";
import { Context, elements, evaluate, index, parse, print, trace, type TraceOptions, type Traced } from "../index.ts";

/** Texts rather than functions: test runners rewrite functions. */
const of = (text: string, options: TraceOptions = {}): Traced => trace(text, { context: new Context(), ...options });
const value = (text: string, options: TraceOptions = {}): string => print(of(text, options).value!);
const refused = (text: string, options: TraceOptions = {}): Failure => {
  try {
    of(text, options);
  } catch (error) {
    if (error instanceof Failure) return error;
    throw error;
  }
  throw new Error("it was traced");
};
const u5 = { parameters: { u: [5] } } as const;

describe("scalars", () => {
  test("decimals are exact, helpers are inlined, constants come from outside", () => {
    expect(value("(x, y) => x * y + 0.1 + 0.2")).toBe("x*y + 3/10");
    expect(value("(x) => { const sq = (a) => a * a; function twice(a) { return 2 * a; } return twice(sq(x)) + D; }", { constants: { D: 0.5 } })).toBe("2*x^2 + 1/2"); // oxfmt-ignore
    expect(value("(x) => f(x) + K[1]", { constants: { f: (a: number) => a / 2, K: [1, 2] } })).toBe("x/2 + 2");
    expect(value("(x) => Math.hypot(x, 3) + Math.PI + Math.log1p(x)")).toBe("log(x + 1) + sqrt(x^2 + 9) + pi");
  });

  test("real functions, methods and functions with default values", () => {
    const context = new Context();
    function named(x: number, k = 3): number {
      return x * k;
    }
    expect(print(trace(named, { context }).value!)).toBe("3*x");
    const holder = {
      area(r: number): number {
        return Math.PI * r ** 2;
      },
    };
    expect(print(trace(holder.area, { context }).value!)).toBe("pi*r^2");
  });

  test("branches on values", () => {
    expect(value("(x) => { if (x < 0) return -x; return x; }")).toBe("piecewise(-x, x < 0, x)");
    expect(value("(x) => { let y; if (x > 1) y = x; else y = 1; return y; }")).toBe("piecewise(x, 1 < x, 1)");
    expect(value("(x) => x > 0 && x < 1 ? x : Math.trunc(x)")).toBe("piecewise(x, 0 < x and x < 1, floor(x), 0 <= x, ceil(x))"); // oxfmt-ignore
    expect(value("(x) => { if (x > 1) { if (x > 2) return 2; } return x; }")).toBe("piecewise(piecewise(2, 2 < x, x), 1 < x, x)"); // oxfmt-ignore
  });

  test("names and destructuring", () => {
    expect(value("([x, y], [a, b]) => { [x, y] = [y, x]; return [a * x, b * y]; }")).toBe("[a*y, b*x]");
    expect(value("(y, p) => [-p[0] * y[0] * y[1]]", { parameters: { y: ["S", "I"], p: ["beta"] } })).toBe("[-I*S*beta]"); // oxfmt-ignore
    expect(value("(y) => y[0] + y[1]", { parameters: [["a", "b"]] })).toBe("a + b");
  });

  test("held mode keeps what was written, on doubles", () => {
    const sum = of("(x, y) => (x + y) - x", { held: true });
    expect(evaluate(sum.value!, { x: 1e16, y: 1 })).toBe(1e16 + 1 - 1e16);
    expect(evaluate(of("() => 0.1 + 0.2", { held: true }).value!)).toBe(0.1 + 0.2);
    const total = of("(u) => { let s = 0; for (const x of u) s += x; return s; }", { held: true, ...u5 });
    const u = [1e16, 1, -1e16, 1, 1];
    expect(evaluate(total.value!, { u })).toBe(u.reduce((a, b) => a + b, 0));
  });
});

describe("loops stay loops", () => {
  test("accumulations become reductions", () => {
    expect(value("(u) => { let s = 0; for (let i = 0; i < u.length; i++) s += u[i] ** 2; return s; }", u5)).toBe("sum(u[i]^2, i = 1 .. 5)"); // oxfmt-ignore
    expect(value("(u) => { let m = -Infinity; for (const x of u) if (x > m) m = x; return m; }", u5)).toBe("max(u[i], i = 1 .. 5)"); // oxfmt-ignore
    expect(value("(u) => u.map((x, i) => x * i).reduce((a, b) => a + b, 0)", u5)).toBe("sum(u[i]*(i - 1), i = 1 .. 5)"); // oxfmt-ignore
    expect(value("(x, n) => { let p = 1; for (let i = 0; i < n; i++) p *= x + i; return p; }", { parameters: { n: "integer" } })).toBe("product(i + x - 1, i = 1 .. n)"); // oxfmt-ignore
    expect(value("(u) => { let s = 0; for (const x of u) s += x; return s / u.length; }", { parameters: { u: { shape: ["n"] } } })).toBe("sum(u[i], i = 1 .. n)/n"); // oxfmt-ignore
  });

  test("writes become comprehensions", () => {
    const parameters = { du: [10], u: [10] };
    const traced = of("(du, u) => { for (let i = 1; i < 9; i++) du[i] = u[i - 1] - 2 * u[i] + u[i + 1]; du[0] = 0; du[9] = 0; }", { parameters }); // oxfmt-ignore
    expect(print(traced.written.du)).toBe("array(piecewise(0, i = 1, 0, i = 10, u[i + 1] + u[i - 1] - 2*u[i]), i = 1 .. 10)"); // oxfmt-ignore
    expect(traced.loops).toEqual([{ line: 1, column: 14, became: ["array"], reason: undefined }]);
    const open = of("(du, u) => { for (let i = 0; i < u.length; i++) du[i] = i > 0 ? u[i] - u[i - 1] : u[i]; }", { parameters: { du: { shape: ["n"] }, u: { shape: ["n"] } } }); // oxfmt-ignore
    expect(print(open.written.du)).toBe("array(piecewise(u[i] - u[i - 1], 1 < i, u[i]), i = 1 .. n)");
  });

  test("matrix products, in both orders of the loops", () => {
    const parameters = { A: [4, 4], B: [4, 4] };
    for (const order of ["ijk", "ikj", "kij"])
      expect(value(`(A, B) => { const n = A.length; const C = Array.from({ length: n }, () => new Float64Array(n)); ${[...order].map((i) => `for (let ${i} = 0; ${i} < n; ${i}++)`).join(" ")} C[i][j] += A[i][k] * B[k][j]; return C; }`, { parameters })).toBe("array(array(sum(A[i, i2]*B[i2, i1], i2 = 1 .. 4), i1 = 1 .. 4), i = 1 .. 4)"); // oxfmt-ignore
  });

  test("flattened indices, wrapped indices, strides", () => {
    const { value: w } = of("(u) => { const w = new Float64Array(9); for (let i = 0; i < 3; i++) for (let j = 0; j < 3; j++) w[i * 3 + j] = u[j * 3 + i]; return w; }", { parameters: { u: [9] } }); // oxfmt-ignore
    const u = [1, 2, 3, 4, 5, 6, 7, 8, 9];
    expect(Array.from(u, (_, i) => evaluate(index(w!, w!.context.number(i + 1)), { u }))).toEqual([1, 4, 7, 2, 5, 8, 3, 6, 9]); // oxfmt-ignore
    expect(value("(u) => u.map((x, i) => u[(i + 1) % u.length])", u5)).toBe("array(u[mod(i, 5) + 1], i = 1 .. 5)");
    const { value: s, loops } = of("(u) => { const w = new Float64Array(5); for (let i = 0; i < 5; i += 2) w[i] = u[i]; return w; }", u5); // oxfmt-ignore
    expect(loops[0].became).toEqual(["array"]);
    expect(elements(s!).map((each) => evaluate(each, { u: u.slice(0, 5) }))).toEqual([1, 0, 3, 0, 5]);
  });

  test("what is carried from turn to turn is written out, with the reason", () => {
    const { value: w, loops } = of("(u) => { const w = new Float64Array(5); w[0] = u[0]; for (let i = 1; i < 5; i++) w[i] = w[i - 1] + u[i]; return w; }", u5); // oxfmt-ignore
    expect(print(elements(w!)[2])).toBe("u[1] + u[2] + u[3]");
    expect(loops[0].reason).toContain("a turn uses what an earlier one left");
    expect(of("(u) => { for (let i = 0; i < 4; i++) u[i] = u[i + 1]; }", u5).loops[0].became).toEqual(["array"]);
    expect(of("(u) => { for (let i = 3; i >= 0; i--) u[i] = u[i + 1]; }", u5).loops[0].became).toEqual([]);
    expect(of("(u) => { for (let i = 0; i < 4; i++) u[i + 1] = u[i]; }", u5).loops[0].became).toEqual([]);
  });

  test("a counter counts turns, also where there are none", () => {
    const parameters = { u: { shape: ["n"] } };
    const count = of("(u) => { let k = 0; for (let i = 1; i < u.length; i++) k++; return k; }", { parameters }).value!;
    for (const n of [0, 1, 4]) expect(evaluate(count, { n })).toBe(Math.max(0, n - 1));
    // As an index it would be -1 for an empty array.
    expect(refused("(u) => { let k = 0; for (let i = 1; i < u.length; i++) k++; return u[k]; }", { parameters }).message).toContain("not surely a whole number"); // oxfmt-ignore
    expect(value("(u) => { let k = 0; for (const x of u) k++; return k; }", { parameters })).toBe("sum(1, i = 1 .. n)");
  });

  test("written out when asked for", () => {
    expect(value("(u) => { let s = 0; for (const x of u) s += x; return s; }", { unroll: true, parameters: { u: [3] } })).toBe("u[1] + u[2] + u[3]"); // oxfmt-ignore
    expect(of("(x) => { let k = 0; while (k < 3) { k++; if (k === 2) continue; x *= k; } return x; }").value).toBeDefined(); // oxfmt-ignore
  });

  test("elements that are left alone stay as they were", () => {
    expect(print(of("(u) => { u[1] *= 2; }", { parameters: { u: [3] } }).written.u)).toBe("array(piecewise(2*u[2], i = 2, u[i]), i = 1 .. 3)"); // oxfmt-ignore
  });

  test("places are computed once, and before the value", () => {
    const run = (text: string): number[] => elements(of(text, { parameters: { u: [3] } }).value!).map((each) => evaluate(each, { u: [1, 2, 3] })); // oxfmt-ignore
    for (const body of [
      "const w = [0, 0, 0]; let k = 0; w[k++] = k; w[k++] += u[k]; w[k]++; return [k, w];",
      "const w = [5, 6, 7]; let k = 0; w[k++]++; w[k++] *= 2; [w[0], w[k]] = [w[k], w[0]]; return [k, w];",
      "const w = [1, 2]; for (const x of w) if (w.length < 5) w.push(x * 2); return w;",
      "const w = [1, 2, 3]; let k = 0; const v = w.slice(k++, 2); return [k, v];",
      "let s = 3; const f = () => s; let k = 0; for (let i = 0; i < f(); i++) { k++; if (k === 1) s = 5; } return [k, s];",
      "let k = 0; for (let i = k++; i < 3; i++) k += 10; return [k];",
      "const w = new Float64Array(3); if (u[0] > 5) for (let i = 0; i < 3; i++) w[i] = u[i]; return w;",
      "let s = 1; s += (s = 3); return [s];",
    ])
      // oxlint-disable-next-line no-implied-eval -- the reference is the function itself
      expect(run(`(u) => { ${body} }`), body).toEqual(Array.from(new Function("u", body)([1, 2, 3]) as number[]).flat()); // oxfmt-ignore
  });

  test("the size of a kept trace does not grow with the grid", () => {
    const text = "(du, u) => { for (let i = 0; i < N; i++) for (let j = 0; j < N; j++) du[i][j] = u[i][j] * u[j][i]; }";
    const size = (n: number): number => print(of(text, { parameters: { du: [n, n], u: [n, n] }, constants: { N: n } }).written.du).length; // oxfmt-ignore
    expect(size(100_000) - size(10)).toBeLessThan(20);
  });
});

describe("refused, with line and column", () => {
  test.each<[string, TraceOptions, string, number, number]>([
    ["(x) => {\n  while (x > 1) x /= 2;\n  return x;\n}", {}, "a while loop", 2, 3],
    ["(x) => {\n  try { return x; } catch { return 0; }\n}", {}, "try cannot be traced", 2, 3],
    ["async (x) => x", {}, "async", 1, 1],
    ["(x) => {\n  let y;\n  return y + x;\n}", {}, "y has no value yet", 3, 10],
    ["(x) => {\n  let y;\n  if (x > 0) y = 1;\n  return y;\n}", {}, "y has no value in some cases", 4, 10],
    ["(x) => Math.random() * x", {}, "Math.random cannot be traced", 1, 8],
    ["(x) => foo(x)", {}, '"foo" is not known here', 1, 8],
    ["(x) => N * x", {}, '"N" is not known here', 1, 8],
    ["(x) => { const f = (y) => f(y - 1); return f(x); }", {}, "f calls itself", 1, 27],
    ["(u) => u[5]", u5, "outside of u", 1, 8],
    ["(u) => u[-1]", u5, "outside of u", 1, 8],
    ["(u, x) => u[x]", u5, "not surely a whole number", 1, 11],
    ["(u, k) => u[k]", { parameters: { u: [5], k: "integer" } }, "the index may leave u", 1, 11],
    ["(x, y) => x % y", {}, "% is traced for whole numbers", 1, 11],
    [
      "(u) => {\n  let s = 0;\n  for (let i = 0; i < 5; i++) s += u[(i - 1) % 5];\n  return s;\n}",
      u5,
      "outside of u",
      3,
      36,
    ],
    ["(x) => x | 0", {}, "| is traced for whole numbers only", 1, 8],
    ["(x) => 0.1 + 0.2 === 0.3 ? x : 1", {}, "rounding decides this comparison", 1, 8],
    ["(x, n) => { for (let i = 0; i < n; i++) x *= 2; return x; }", {}, "its end is not surely a whole number", 1, 13],
    ["(x, u) => { for (const y of u) { if (y > x) break; x += y; } return x; }", { parameters: { u: [3] } }, "a loop is left under a condition", 1, 34], // oxfmt-ignore
    ["(x) => ({ x })", {}, "an object cannot be traced", 1, 9],
    ["(x) => { const w = new Array(3); w[0] = x; return w; }", {}, "has no value yet", 1, 1],
    ["(x) => new Float32Array(3)", {}, "cannot be traced", 1, 8],
    ["(x) => 1 / 0 * x", {}, "the value is Infinity", 1, 8],
    ["(x) => { if (x > 0) return 1; }", {}, "there is a result in one case only", 1, 10],
    ["(x) => Math.round(x)", { held: true }, "in held mode", 1, 8],
    ["(x) => x +", {}, "Unexpected token", 1, 11],
    ["(u) => { for (let i = 0; i < 5; i++) { var t = u[i]; } return t; }", u5, "var cannot be traced", 1, 40],
    [
      "(x) => { const w = new Float64Array(3); if (x > 0) w.fill(1); return w; }",
      {},
      "is filled under a condition",
      1,
      41,
    ],
    ["(x) => { K[0] = x; return x; }", { constants: { K: [1] } }, "the constant K is changed", 1, 10],
    ["class A {}", {}, "no function", 1, 1],
    ["(u) => { for (let i = 1; i < u.length; i++) u[i] += u[i - 1]; }", { parameters: { u: { shape: ["n"] } } }, "a turn uses what an earlier one left", 1, 10], // oxfmt-ignore
  ])("%j", (text, options, what, line, column) => {
    const failure = refused(text, options);
    expect(failure.message).toContain(what);
    expect([failure.place?.line, failure.place?.column]).toEqual([line, column]);
    expect(failure.place?.text).toBe(text.split("\n")[line - 1]);
  });

  test("built-in functions and misspelt parameters", () => {
    expect(() => trace(Math.sin)).toThrow("no source text");
    expect(() => trace("(x) => x", { parameters: { y: "number" } })).toThrow('no parameter "y"');
    expect(() => trace(3 as never)).toThrow("trace takes a function");
    expect(refused("(x) => { let s = 0; for (let i = 0; i < 1000; i++) for (let j = 0; j < 1000; j++) s = s * x + j; return s; }", { limit: 5000 }).kind).toBe("limit"); // oxfmt-ignore
  });
});

test("a trace is an ordinary term of its context", () => {
  const context = new Context();
  expect(trace("(x) => x * x + 2 * x", { context }).value).toBe(parse("x^2 + 2*x", { context }));
});
