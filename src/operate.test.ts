import { expect, test } from "vitest";
import { operate, OPERATIONS, type Operation } from "./operate.ts";

const result = (op: string, expr: string, more: Partial<Operation> = {}): string | null =>
  operate({ op, expr, ...more }).result;

test("every operation answers in text, with evidence", () => {
  const used = new Set<string>();
  const result = (op: string, expr: string, more: Partial<Operation> = {}): string | null => {
    used.add(op);
    const outcome = operate({ op, expr, ...more });
    expect(outcome.evidence.length).toBeGreaterThan(0);
    return outcome.result;
  };
  expect(result("parse", "\\frac12 \\sin^2 x")).toBe("sin(x)^2/2");
  expect(result("simplify", "(x^2 - 1)/(x - 1)")).toBe("x + 1");
  expect(result("expand", "(x + 1)^2")).toBe("x^2 + 2*x + 1");
  expect(result("factor", "x^2 - 1")).toBe("(x + 1)*(x - 1)");
  expect(result("together", "1/x + 1/y")).toBe("(x + y)/(x*y)");
  expect(result("cancel", "(x^2 - 1)/(x - 1)")).toBe("x + 1");
  expect(result("apart", "1/(x^2 - x)")).toBe("1/(x - 1) - 1/x");
  expect(result("collect", "a*x + b*x + x^2", { var: "x" })).toBe("x^2 + x*(a + b)");
  expect(result("groebner", "[x^2 + y^2 = 1, x = y]")).toBe("[2*y^2 - 1, x - y]");
  expect(result("diff", "x^3", { var: "x", times: 2 })).toBe("6*x");
  expect(result("jacobian", "[x*y, x + y^2]", { var: "x, y" })).toBe("[[y, x], [1, 2*y]]");
  expect(result("det", "\\begin{pmatrix} a & b \\\\ c & d \\end{pmatrix}")).toBe("a*d - b*c");
  expect(result("equal", "sin(x)^2 + cos(x)^2", { other: "1" })).toBe("yes");
  expect(result("equal", "x + x = 2*x")).toBe("yes");
  expect(result("eval", "x^2 + y", { at: { x: 2, y: "1/3" } })).toBe("13/3");
  expect(result("eval", "sqrt(2)", { digits: 30 })).toBe("1.41421356237309504880168872421");
  expect([...used].sort()).toEqual([...OPERATIONS].sort());
});

test("notations of result and input", () => {
  expect(result("factor", "x^2 - 1", { to: "latex" })).toContain("\\left(x + 1\\right)");
  expect(result("expand", "(FPCore (x) (* x (+ x 1)))")).toBe("x^2 + x");
  expect(operate({ op: "simplify", expr: "x", to: "braille" })).toMatchObject({ ok: false, kind: "usage" });
});

test("assumptions reach the operations", () => {
  expect(result("simplify", "sqrt(x^2)", { assume: "x > 0" })).toBe("x");
  expect(result("equal", "sqrt(x^2)", { other: "x" })).toBe("no");
  expect(operate({ op: "equal", expr: "sqrt(x^2)", other: "x" }).witness).toEqual({ x: "-1" });
  expect(operate({ op: "simplify", expr: "x", assume: "x > 0, x < 0" })).toMatchObject({ ok: false, kind: "domain" });
});

test("conditions lost at reading and on the way are told", () => {
  expect(operate({ op: "simplify", expr: "x/x" }).conditions).toEqual(["x != 0"]);
  expect(operate({ op: "cancel", expr: "(x^2 - 1)/(x - 1)" }).conditions).toEqual(["x - 1 != 0"]);
  expect(operate({ op: "cancel", expr: "x/(x*y + x^2)" }).conditions).toEqual(["x^2 + x*y != 0"]);
  expect(operate({ op: "factor", expr: "x^2/x", assume: "x > 0" }).conditions).toBeUndefined();
  expect(operate({ op: "diff", expr: "abs(x)" }).conditions).toEqual(["abs does not jump or bend"]);
});

// Bad input: a clear error or Unsolved within the budget, never a crash, a hang or a stack overflow.
test.each<[string, string, Partial<Operation>, RegExp]>([
  ["simplify", "1/0", {}, /division by zero/],
  ["simplify", "x/(y - y)", {}, /division by zero/],
  ["simplify", "0^0", {}, /0\^0/],
  ["eval", "0^0", {}, /0\^0/],
  ["expand", "2^(10^9)", {}, /bits/],
  ["expand", "(x + 1)^(10^9)", {}, /too large/],
  ["factor", "x^(10^9) - 1", {}, /at most|budget/],
  ["parse", "\\frac{1}{x", {}, /:1:/],
  ["parse", "\\left( x", {}, /:1:/],
  ["parse", "x^{2", {}, /:1:/],
  ["parse", "sin(x", {}, /:1:/],
  ["parse", "f(x) + 1", {}, /unknown function/],
  ["det", "[[1, 2], [3]]", {}, /different lengths/],
  ["det", "x", {}, /array of rows/],
  ["groebner", "[sin(x), x]", {}, /polynomial/],
  ["groebner", "[1/x, x]", {}, /polynomial/],
  ["collect", "1/x", { var: "x" }, /denominator/],
  ["apart", "x*y", {}, /variable/],
  ["diff", "x*y", {}, /needs the variable/],
  ["equal", "x", {}, /needs "other"/],
  ["eval", "x + 1", {}, /has no value/],
  ["eval", "x", { at: "x = y" }, /has no value/],
  ["eval", "x", { at: "7" }, /name=value/],
  ["integrate", "x", {}, /unknown operation/],
  ["simplify", "x", { assume: "x is happy" }, /not understood/],
])("%s %s %j is refused", (op, expr, more, message) => {
  const outcome = operate({ op, expr, timeout_ms: 3000, ...more });
  expect(outcome.ok).toBe(false);
  expect(outcome.result).toBeNull();
  expect(outcome.reason).toMatch(message);
});

test("a million nestings are answered or refused, not overflowed", () => {
  const depth = 1_000_000;
  for (const text of [
    "(".repeat(depth) + "x" + ")".repeat(depth),
    "sin(".repeat(depth) + "x" + ")".repeat(depth),
    "{".repeat(depth),
    "-".repeat(depth) + "x",
    "\\sqrt{".repeat(depth) + "x" + "}".repeat(depth),
  ])
    for (const op of ["parse", "simplify"]) {
      const outcome = operate({ op, expr: text, timeout_ms: 3000 });
      // Parentheses and signs are no nesting of terms; the rest is refused for its reason.
      if (text.startsWith("(") || text.startsWith("-")) expect(outcome.result).toBe("x");
      else
        expect(outcome).toMatchObject({
          ok: false,
          reason: expect.stringMatching(/deeper|longer than|unexpected character/),
        });
    }
}, 60_000);
