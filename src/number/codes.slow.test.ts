// Every code of the 16-bit formats, rounded in every deterministic mode, and more gaps than the fast tests try.
import { expect, test } from "vitest";
import { exhaust } from "../../test/support/exhaust.ts";
import { formatNamed } from "./named-formats.ts";
import { isStochastic, ROUNDING_MODES, type RoundingMode } from "./rounding.ts";

const MODES = (Object.keys(ROUNDING_MODES) as RoundingMode[]).filter((mode) => !isStochastic(mode));
const SIXTEEN = ["binary16", "bfloat16", "e6m9", "p3109:k16p11se", "p3109:k16p1se", "p3109:k16p5uf", "p3109:k16p16ue", "posit16", "int16", "uint16", "q7.8"]; // oxfmt-ignore

test.each(SIXTEEN)("%s", { timeout: 300_000 }, (name) => expect(exhaust(formatNamed(name), MODES, 5000)).toEqual([]));
