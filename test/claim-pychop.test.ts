import { expect, test } from "vitest";
import { claim, runAt } from "../claims/pychop.ts";

test("the claim pychop at a small scale", () => {
  const result = runAt({ inputs: 60, order: 30 }, { machine: "test", log: () => undefined });
  expect(result.verdict).toBe("shown");
  expect(result.summary).toMatch(/^0 of \d+ roundings wrong/);
  expect(result.summary).toContain("0.000244140625 with subnormals (2^-12), 0 flushed");
  expect(result.evidence.map(({ grade }) => grade)).toEqual(["cross-checked", "sampled", ...Array<string>(4).fill("sampled")]); // oxfmt-ignore
  expect(claim.id).toBe("pychop");
});
