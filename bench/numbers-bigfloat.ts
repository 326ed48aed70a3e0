// npm run bench -- numbers: BigFloat beside MPFR in WebAssembly (gmp-wasm) and decimal.js, by number of digits.
// What is counted: for ours and decimal.js one call that makes its result; for gmp-wasm (a) the C function of MPFR
// called on numbers made before, its result overwriting a number made before, and (b) a call of its high-level API,
// which makes its result. Arguments change from call to call. Times are medians of interleaved rounds.
import { existsSync } from "node:fs";
import { bigfloat as F } from "calculemus/number";
import { median, type Report } from "./report.ts";

const DIGITS = [34, 100, 300, 1000, 3000];
/** decimal.js takes a tenth of a second for one exp of 1,000 digits. */
const MOST_DECIMAL_EXP = 300;
/** Many short rounds: on a shared machine most of them are not interrupted. */
const ROUNDS = 41;
const ROUND_MS = 2;
const ARGUMENTS = 16;

/** The part of the peers that is called here. */
interface Binding {
  mpfr_t(): number;
  mpfr_init2(x: number, bits: number): void;
  mpfr_set_str(x: number, text: number, base: number, rounding: number): number;
  mpfr_mul(r: number, x: number, y: number, rounding: number): number;
  mpfr_exp(r: number, x: number, rounding: number): number;
  mpfr_log(r: number, x: number, rounding: number): number;
  mpfr_sin(r: number, x: number, rounding: number): number;
  mpfr_gamma(r: number, x: number, rounding: number): number;
  mpfr_zeta(r: number, x: number, rounding: number): number;
  mpfr_get_d(x: number, rounding: number): number;
  malloc_cstr(text: string): number;
  free(pointer: number): void;
}
interface HighLevel {
  mul(y: HighLevel): HighLevel;
  exp(): HighLevel;
}
interface Gmp {
  binding: Binding;
  getContext(options: { precisionBits: number }): { Float(text: string): HighLevel; destroy(): void };
}
interface Decimal {
  times(y: Decimal): Decimal;
  exp(): Decimal;
}
interface DecimalClass {
  new (text: string): Decimal;
  clone(options: { precision: number }): DecimalClass;
}

const peer = async (path: string): Promise<Record<string, unknown> | undefined> => {
  const url = new URL(`peers/numbers/node_modules/${path}`, import.meta.url);
  return existsSync(url) ? ((await import(url.href)) as Record<string, unknown>) : undefined;
};

/** Microseconds of a call of each candidate, medians of interleaved rounds. */
function interleaved(candidates: Readonly<Record<string, ((i: number) => unknown) | undefined>>): Map<string, number> {
  const runs = Object.entries(candidates).filter(
    (each): each is [string, (i: number) => unknown] => each[1] !== undefined,
  );
  const counts = runs.map(([, run]) => {
    for (let calls = ARGUMENTS; ; calls *= 2) {
      const begin = performance.now();
      for (let i = 0; i < calls; i++) run(i % ARGUMENTS);
      const ms = performance.now() - begin;
      if (ms > 2 * ROUND_MS) return Math.max(1, Math.ceil((calls * ROUND_MS) / ms));
    }
  });
  const times = runs.map(() => [] as number[]);
  const slow = Date.now() + 8000;
  for (let round = 0; round < ROUNDS && (round < 5 || Date.now() < slow); round++)
    runs.forEach(([, run], at) => {
      const begin = performance.now();
      for (let i = 0; i < counts[at]; i++) run((i + round * counts[at]) % ARGUMENTS);
      times[at].push(((performance.now() - begin) / counts[at]) * 1000);
    });
  return new Map(runs.map(([name], at) => [name, median(times[at])]));
}

const micro = (us: number | undefined): string =>
  us === undefined ? "-" : us < 10 ? us.toPrecision(2) : us.toFixed(0);
const ratio = (a: number | undefined, b: number | undefined): string =>
  a === undefined || b === undefined ? "-" : (a / b).toPrecision(3);

export async function bigfloatBench(report: Report): Promise<void> {
  const module = await peer("gmp-wasm/dist/index.esm.js");
  const decimals = await peer("decimal.js/decimal.mjs");
  if (module === undefined || decimals === undefined)
    report.note("gmp-wasm and decimal.js are not installed (bench/peers/install-numbers.sh): ours stands alone.");
  const gmp = module === undefined ? undefined : await (module.init as () => Promise<Gmp>)();
  const raw = gmp?.binding;
  const rows: Record<"multiply" | "exp" | "others", string[][]> = { multiply: [], exp: [], others: [] };
  for (const digits of DIGITS) {
    const bits = Math.ceil(digits * Math.log2(10));
    const texts = Array.from({ length: ARGUMENTS }, (_, i) =>
      F.toDigits(F.sqrt(F.fromRational(i * i + 2, bits + 20), bits + 20), digits + 2),
    );
    const x = texts.map((text) => F.parse(text, bits));
    const context = gmp?.getContext({ precisionBits: bits });
    const high = texts.map((text) => context?.Float(text));
    const Class = (decimals?.Decimal as DecimalClass | undefined)?.clone({ precision: digits });
    const d = texts.map((text) => Class && new Class(text));
    const pointers = texts.map((text) => {
      if (raw === undefined) return 0;
      const pointer = raw.mpfr_t();
      raw.mpfr_init2(pointer, bits);
      const string = raw.malloc_cstr(text);
      raw.mpfr_set_str(pointer, string, 10, 0);
      raw.free(string);
      return pointer;
    });
    const result = raw?.mpfr_t() ?? 0;
    raw?.mpfr_init2(result, bits);
    const next = (i: number): number => (i + 1) % ARGUMENTS;
    const time = interleaved({
      ours: (i) => F.multiply(x[i], x[next(i)], bits),
      raw: raw && ((i) => raw.mpfr_mul(result, pointers[i], pointers[next(i)], 0)),
      high: context && ((i) => high[i]!.mul(high[next(i)]!)),
      decimal: Class && ((i) => d[i]!.times(d[next(i)]!)),
    });
    const line = (t: Map<string, number>): string[] => [
      micro(t.get("ours")),
      micro(t.get("raw")),
      ratio(t.get("ours"), t.get("raw")),
      micro(t.get("high")),
      ratio(t.get("ours"), t.get("high")),
      micro(t.get("decimal")),
      ratio(t.get("decimal"), t.get("ours")),
    ];
    rows.multiply.push([String(digits), ...line(time)]);
    rows.exp.push([
      String(digits),
      ...line(
        interleaved({
          ours: (i) => F.exp(x[i], bits),
          raw: raw && ((i) => raw.mpfr_exp(result, pointers[i], 0)),
          high: context && ((i) => high[i]!.exp()),
          decimal: Class && digits <= MOST_DECIMAL_EXP ? (i) => d[i]!.exp() : undefined,
        }),
      ),
    ]);
    const functions = { log: F.log, sin: F.sin, gamma: F.gamma, zeta: F.zeta };
    for (const name of ["log", "sin", "gamma", "zeta"] as const) {
      if (digits > 300 && (name === "gamma" || name === "zeta")) continue;
      const t = interleaved({
        ours: (i) => functions[name](x[i], bits),
        raw: raw && ((i) => raw[`mpfr_${name}`](result, pointers[i], 0)),
      });
      rows.others.push([
        name,
        String(digits),
        micro(t.get("ours")),
        micro(t.get("raw")),
        ratio(t.get("ours"), t.get("raw")),
      ]);
    }
    context?.destroy();
  }
  const head = [
    "digits",
    "ours us",
    "MPFR-wasm us",
    "ratio",
    "its high-level call us",
    "ratio",
    "decimal.js us",
    "decimal.js / ours",
  ];
  report.table("BigFloat: multiply", "Rounded to nearest, arguments and result of the same precision. MPFR-wasm: the C function on numbers made before. Wanted: ratio <= 1.5.", head, rows.multiply); // oxfmt-ignore
  report.table("BigFloat: exp", "As above; arguments are the square roots of i^2 + 2, i = 0 to 15. Wanted: ratio <= 1.5, and >= 40 times faster than decimal.js at 100 digits.", head, rows.exp); // oxfmt-ignore
  report.table("BigFloat: other functions", "As above.", ["function", "digits", "ours us", "MPFR-wasm us", "ratio"], rows.others); // oxfmt-ignore
}
