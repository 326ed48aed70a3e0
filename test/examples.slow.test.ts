// What the documentation shows is what happens: the same code as `npm run examples`.
import { expect, test } from "vitest";
import { codeBlocks, difference, runExamples, words } from "../tools/run-examples.ts";

test("code blocks are found with language, info and line", () => {
  expect(codeBlocks("a\n```ts\nx\ny\n```\n```text tolerance=1e-3\n1\n```")).toEqual([
    { language: "ts", info: "", line: 2, text: "x\ny" },
    { language: "text", info: "tolerance=1e-3", line: 6, text: "1" },
  ]);
});

test("outputs are compared exactly, with dots, and with a tolerance", () => {
  expect(difference("a 1\nb", "a 1\nb\n")).toBeUndefined();
  expect(difference("a 1", "a 2")).toContain("printed: a 2");
  expect(difference("a", "a\nb")).toContain("printed: b");
  expect(difference("a\nb", "a")).toContain("shown:   b");
  expect(difference("a ... c", "a b c")).toBeUndefined();
  expect(difference("a\n...\nc", "a\nb\nb\nc")).toBeUndefined();
  expect(difference("a\n...\nc", "a\nb\nd")).toBeDefined();
  expect(difference("x = 1.000, y = -2e-3", "x = 1.0001, y = -2.0001e-3", 1e-3)).toBeUndefined();
  expect(difference("x = 1.000", "x = 1.01", 1e-3)).toBeDefined();
});

test("command lines are split as a shell does", () => {
  expect(words(`eval "x + 1" --at x='2'`)).toEqual(["eval", "x + 1", "--at", "x=2"]);
});

test("every example of the documentation runs and prints what is shown", { timeout: 180_000 }, async () => {
  const outcomes = await runExamples();
  expect(outcomes.filter(({ ok }) => !ok)).toEqual([]);
  expect(outcomes.length).toBeGreaterThan(20);
});
