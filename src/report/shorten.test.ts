import * as fc from "fast-check";
import { expect, test } from "vitest";
import { shortenAll, shortenMiddle } from "./shorten.ts";

const within = (n: number) => (text: string) => [...text].length <= n;

test("the middle goes, the ends stay", () => {
  expect(shortenMiddle("abcdefghij", within(5))).toBe("ab…ij");
  expect(shortenMiddle("abc", within(5))).toBe("abc");
  expect(shortenMiddle("abc", within(0))).toBe("…");
});

test("different names stay different, equal ones equal", () => {
  expect(shortenAll(["Receptor(a~U,b)", "Receptor(a~P,b)"], within(7))).toEqual(["…a~U,b)", "…a~P,b)"]);
  const names = fc.array(fc.string({ minLength: 1, maxLength: 12, unit: fc.constantFrom("a", "b", "c") }), {
    maxLength: 20,
  });
  fc.assert(
    fc.property(names, (list) => {
      const short = shortenAll(list, within(7));
      return list.every((name, i) => list.every((other, j) => name === other || short[i] !== short[j]));
    }),
  );
});
