// Large comparisons of bigfloat with MPFR on freshly generated vectors:
//   node tools/run.mjs bench/bigfloat-exhaustive.ts [COUNT=1000] [MIN_BITS=24] [MAX_BITS=1000] [SEED=1] [FUNCTION ...]
// COUNT cases a function, five modes each; prints counts and mismatches a function, and the first mismatches.
// Needs python3 with gmpy2 (a test-only oracle); ends with a non-zero status if anything differs.
import { spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { check } from "../test/support/bigfloat-vectors.ts";

const [count = "1000", least = "24", most = "1000", seed = "1", ...names] = process.argv.slice(2);
const script = fileURLToPath(new URL("oracle/mpfr_vectors.py", import.meta.url));
const oracle = spawn(
  process.env.CALCULEMUS_PYTHON ?? "/usr/bin/python3",
  [script, seed, count, least, most, ...names],
  {
    stdio: ["ignore", "pipe", "inherit"],
  },
);

const tally = new Map<string, { compared: number; wrong: number; absent: number; ms: number }>();
let shown = 0;
for await (const line of createInterface({ input: oracle.stdout })) {
  const name = line.slice(0, line.indexOf(" "));
  const entry = tally.get(name) ?? { compared: 0, wrong: 0, absent: 0, ms: 0 };
  tally.set(name, entry);
  const start = performance.now();
  const wrong = check(line);
  const took = performance.now() - start;
  entry.ms += took;
  if (took > 20_000) console.log(`slow (${Math.round(took)} ms): ${line.slice(0, 300)}`);
  if (wrong === undefined) {
    entry.absent++;
    continue;
  }
  entry.compared += 5;
  entry.wrong += wrong.length;
  if (wrong.length > 0 && shown++ < 12) console.log(`${line.slice(0, 240)}\n    ${wrong[0].slice(0, 300)}`);
}
let total = 0;
let mismatches = 0;
for (const [name, { compared, wrong, absent, ms }] of tally) {
  total += compared;
  mismatches += wrong;
  console.log(
    absent > 0
      ? `${name.padEnd(10)} not there`
      : `${name.padEnd(10)} ${compared} results, ${wrong} mismatches, ${((1000 * ms) / compared).toFixed(1)} us each`,
  );
}
console.log(`${total} results compared, ${mismatches} mismatches (seed ${seed}, ${least} to ${most} bits)`);
process.exitCode = mismatches === 0 && total > 0 ? 0 : 1;
