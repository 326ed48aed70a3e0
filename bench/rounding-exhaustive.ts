// The long comparison of rounding with an oracle. Not a test: N = 10^7 takes about an hour. Run all of it or a part:
//   node tools/run.mjs bench/rounding-exhaustive.ts [N = 10000] [seed = 1] [format ...]
// N adversarial doubles per mode for each of twelve formats, N/100 for all others, in batches that go through the four
// overflow rules and 1 to 32 random bits. Float formats within doubles are compared with test/support/integer-oracle.ts,
// which is compared with the BigInt oracle (roundExact) on every hundredth batch, at least once a format and mode; the
// others with a search of the list of their values (test/support/list-oracle.ts). Formats of at most 16 bits are also given
// every value of binary16 and of bfloat16. Prints a line for each format; ends with status 1 if anything differs.
import { blockFormatNamed, exact, type Format, formatNamed, numberOf, type Overflow, OVERFLOW_RULES, randomBits, roundArray, roundExact, rounder, ROUNDING_MODES, type RoundingMode, valuesOf, withinDoubles } from "../src/number/index.ts"; // oxfmt-ignore
import { adversarial } from "../test/support/adversarial.ts";
import { integerOracle } from "../test/support/integer-oracle.ts";
import { listOracle } from "../test/support/list-oracle.ts";

const TWELVE = ["binary16", "bfloat16", "tf32", "binary32", "e4m3fn", "e5m2", "e3m2fn", "e2m3fn", "e2m1fn", "e4m3fnuz", "e5m2fnuz", "p3109:k8p4se"]; // oxfmt-ignore
const P3109 = [3, 4, 5, 6, 7, 8].flatMap((k) =>
  ["s", "u"].flatMap((s) =>
    Array.from({ length: s === "s" ? k - 1 : k }, (_, p) => ["e", "f"].map((e) => `p3109:k${k}p${p + 1}${s}${e}`)).flat(),
  ),
); // oxfmt-ignore
const OTHERS = [
  "binary64", "e8m0fnu", "e4m3b11fnuz", "ue5m3", "e3m4", "e4m3", "e2m1", "e11m50", "e11m51", "e6m9", "p3109:k16p11se", "p3109:k16p5uf", "pow2:-7..0", "upow2:-3..3",
  "int8", "int4", "uint8", "int8sym", "int16", "int8*1/16", "int8*1/127", "bipolar1", "bipolar4", "q3.4", "uq4.4", "uq0.8", "dyadic:4/3", "powexp:4/2", "powexp:8/0.5",
  "posit6", "posit8", "posit16", "posit10:es1", "posit12:es0", "posit8:es3", "posit10:es4",
]; // oxfmt-ignore
const ELEMENTS = ["mxint8", "bfp8", "bfp4", "dfx8"].map((name) => blockFormatNamed(name)!.element);
const MODES = Object.keys(ROUNDING_MODES) as RoundingMode[];
const BATCH = 10_000;

const [count = "10000", seedText = "1", ...chosen] = process.argv.slice(2);
const seed = Number(seedText);

/** Every value of binary16 and bfloat16 that is no NaN, both zeros included. */
const sixteen = Float64Array.from(
  ["binary16", "bfloat16"].flatMap((name) => [...valuesOf(formatNamed(name)).map(numberOf), -0, Infinity, -Infinity, Number.NaN]), // oxfmt-ignore
);

interface Tally {
  compared: number;
  different: number;
  oracles: number;
}

/** Rounds a batch in a mode and compares. */
function compare(format: Format, mode: RoundingMode, batch: number, xs: Float64Array, tally: Tally): void {
  const overflow: Overflow = OVERFLOW_RULES[batch % OVERFLOW_RULES.length];
  const bits = 1 + (Math.floor(batch / OVERFLOW_RULES.length) % 32);
  const options = { mode, overflow, bits, seed, stream: 1, index: batch * BATCH };
  const oracle = format.kind === "float" ? integerOracle(format, mode, overflow, bits) : listOracle(format, mode, overflow, bits); // oxfmt-ignore
  const ys = roundArray(xs, format, options);
  const scalar = rounder(format, options);
  const check = batch % 100 === 0 && format.kind === "float";
  for (let i = 0; i < xs.length; i++) {
    const random = mode.startsWith("stochastic") ? randomBits(seed, 1, options.index + i, bits) : 0;
    const expected = oracle(xs[i], random);
    tally.compared++;
    if (check) {
      tally.oracles++;
      const certain = numberOf(roundExact(exact(xs[i]), format, { ...options, index: options.index + i }));
      if (!Object.is(expected, certain)) report(`the oracles: ${expected}, ${certain}`, i);
      if (!Object.is(scalar(xs[i], options.index + i), certain)) report("the scalar road", i);
    }
    if (!Object.is(ys[i], expected)) report(`${ys[i]}, not ${expected}`, i);
  }

  function report(what: string, i: number): void {
    if (tally.different++ < 5) console.error(`${format.name} ${mode} ${overflow} N=${bits} ${xs[i]}: ${what}`);
  }
}

let failed = 0;
let all = 0;
const formats = chosen.length > 0 ? chosen.map(formatNamed) : [...[...TWELVE, ...P3109.filter((name) => !TWELVE.includes(name)), ...OTHERS].map(formatNamed), ...ELEMENTS]; // oxfmt-ignore
for (const format of formats) {
  if (!withinDoubles(format)) {
    console.log(`${format.name}: left out, its values are beyond doubles`);
    continue;
  }
  const begin = performance.now();
  const n = TWELVE.includes(format.name) ? Number(count) : Math.ceil(Number(count) / 100);
  const tally: Tally = { compared: 0, different: 0, oracles: 0 };
  const next = adversarial(format, seed);
  for (let done = 0, batch = 0; done < n; done += BATCH, batch++) {
    const xs = Float64Array.from({ length: Math.min(BATCH, n - done) }, next);
    for (const mode of MODES) compare(format, mode, batch, xs, tally);
  }
  const adversaries = tally.compared;
  if (format.bits <= 16)
    for (let start = 0, batch = 1; start < sixteen.length; start += BATCH, batch += 5)
      for (const mode of MODES) compare(format, mode, batch, sixteen.subarray(start, start + BATCH), tally);
  failed += tally.different;
  all += tally.compared;
  console.log(
    `${format.name}: ${adversaries} adversarial and ${tally.compared - adversaries} 16-bit inputs in ${MODES.length} modes, ${tally.oracles} of them also against BigInt, ${tally.different} differ (${((performance.now() - begin) / 1000).toFixed(0)} s)`,
  );
}
console.log(`${all} roundings, ${failed} differ`);
process.exit(failed === 0 ? 0 : 1);
