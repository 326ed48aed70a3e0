// The long comparison of the fast rounding path with the oracle: adversarial doubles, N per mode for each of twelve formats
// and N/100 for other formats. Not a test: 10^7 per mode takes hours. Run a part of it:
//   node tools/run.mjs bench/rounding-exhaustive.ts [N = 10000] [seed = 1] [format ...]
// Prints a line for each format; ends with status 1 if anything differs.
import { type FloatFormat, formatNamed, numberOf, OVERFLOW_RULES, randomBits, roundExact, rounder, ROUNDING_MODES, type RoundingMode } from "../src/number/index.ts"; // oxfmt-ignore
import { adversarial } from "../test/support/adversarial.ts";

const TWELVE = ["binary16", "binary32", "bfloat16", "tf32", "e5m2", "e4m3fn", "e3m2fn", "e2m3fn", "e2m1fn", "e4m3fnuz", "ue5m3", "p3109:k8p1se"]; // oxfmt-ignore
const OTHERS = ["e5m2fnuz", "e4m3b11fnuz", "e3m4", "e11m50", "e6m9", "p3109:k8p4se", "p3109:k8p3uf", "p3109:k16p11se", "pow2:-7..0"]; // oxfmt-ignore

const [count = "10000", seed = "1", ...chosen] = process.argv.slice(2);
let failed = 0;
for (const name of chosen.length > 0 ? chosen : [...TWELVE, ...OTHERS]) {
  const format = formatNamed(name) as FloatFormat;
  const n = TWELVE.includes(name) ? Number(count) : Math.ceil(Number(count) / 100);
  let compared = 0;
  let different = 0;
  for (const mode of Object.keys(ROUNDING_MODES) as RoundingMode[]) {
    const next = adversarial(format, Number(seed));
    for (let i = 0; i < n; i++) {
      const x = next();
      const bits = 1 + (i % 32);
      const random = randomBits(Number(seed), 1, i, bits);
      const options = { mode, overflow: OVERFLOW_RULES[i % OVERFLOW_RULES.length], bits, random };
      const y = rounder(format, options)(x, 0);
      compared++;
      if (Object.is(y, numberOf(roundExact(x, format, options)))) continue;
      if (different++ < 5) console.error(`${name} ${mode} ${options.overflow} ${x}: ${y}`);
    }
  }
  failed += different;
  console.log(`${name}: ${compared} roundings in 11 modes, ${different} differ`);
}
process.exit(failed === 0 ? 0 : 1);
