import { expect, test } from "vitest";
import { philox, Random } from "./random.ts";

// Known-answer vectors of the Random123 distribution (kat_vectors, philox4x32 10 rounds).
test("Philox4x32-10 gives the published vectors", () => {
  expect(philox([0, 0, 0, 0], [0, 0])).toEqual([0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8]);
  const ones = 0xffffffff;
  expect(philox([ones, ones, ones, ones], [ones, ones])).toEqual([0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd]);
  expect(philox([0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344], [0xa4093822, 0x299f31d0])).toEqual([
    0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1,
  ]);
});

test("a value depends on seed, stream and index alone", () => {
  const walk = new Random(7, 3);
  const seen = [walk.next(), walk.next(), walk.next()];
  expect(new Random(7, 3).at(2)).toBe(seen[2]);
  expect(new Random(7, 4).at(2)).not.toBe(seen[2]);
  for (const value of seen) expect(value >= 0 && value < 1).toBe(true);
});
