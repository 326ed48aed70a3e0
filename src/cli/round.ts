// calculemus round: numbers rounded to a format.
import { readFileSync } from "node:fs";
import { isNpy, readNpy } from "../array/index.ts";
import { Failure } from "../base/index.ts";
import { anyFormatNamed, type BlockFormat, codeNumber, doubleOf, encode, type Exact, exact, type FloatFormat, type Format, hex, isFast, nanCode, numberOf, OVERFLOW_RULES, readExact, roundBlocks, rounder, roundExact, roundingMode, type RoundOptions, shortestDecimal } from "../number/index.ts"; // oxfmt-ignore
import { choice, wholeArgument } from "./arguments.ts";

interface Line {
  readonly value: string;
  /** Undefined where the format has no code for the value (NaN in a format without NaN). */
  readonly code: string | undefined;
}

/** Are all values of the format doubles, or printed exactly? Scaled integers and tables of rationals are not. */
function exactValues(format: Format | BlockFormat): boolean {
  return format.kind === "float" || format.kind === "posit" || format.kind === "block";
}

export function roundCommand(file: string | undefined, options: Record<string, unknown>): void {
  const format = anyFormatNamed(options.format as string);
  const mode = roundingMode(options.mode as string);
  const given = options.overflow as string | undefined;
  if (given !== undefined && options.saturate)
    throw new Failure("usage", "--saturate and --overflow exclude each other");
  const overflow = given === undefined ? (options.saturate ? "propagate" : undefined) : choice("--overflow", given, OVERFLOW_RULES); // oxfmt-ignore
  if (format.kind === "block" && overflow !== undefined && overflow !== "saturate" && !options.saturate)
    throw new Failure("usage", `--overflow ${overflow}: the elements of ${format.name} always saturate`);
  const reading = choice("--read", options.read as string, ["auto", "exact", "double"]);
  const rounding: RoundOptions = {
    mode,
    overflow,
    seed: wholeArgument("--seed", options.seed as string),
    stream: wholeArgument("--stream", options.stream as string),
    bits: wholeArgument("--bits", options.bits as string),
  };
  const wide = format.kind === "float" && format.precision > 53;
  const numbers = input(file, wide && reading === "auto" ? "exact" : reading);
  const blocks = format.kind === "block" ? roundInBlocks(numbers, format, rounding, options.columns as string | undefined) : undefined; // oxfmt-ignore
  const lines = blocks?.lines ?? roundNumbers(numbers, format as Format, rounding);
  if (options.json) {
    const extra = blocks === undefined ? {} : { scales: blocks.scales, tensor_scale: blocks.tensorScale };
    process.stdout.write(`${JSON.stringify({ ok: true, format: format.name, mode, overflow: format.kind === "block" ? "saturate" : (overflow ?? format.overflow), results: lines.map(({ value, code }) => ({ value, code: code ?? null })), ...extra, evidence: [{ statement: exactValues(format) ? "every result is the exactly rounded value" : "every code is that of the exactly rounded value; the values printed are the doubles nearest to it", grade: "proved", method: "rounding by integers" }] })}\n`); // oxfmt-ignore
    return;
  }
  let text = "";
  for (const { value, code } of lines) {
    text += `${value}\t${code ?? "-"}\n`;
    if (text.length > 1 << 16) {
      process.stdout.write(text);
      text = "";
    }
  }
  process.stdout.write(text);
}

/** Doubles go the quick road where the format has one; what is no double, or has none, is rounded by integers. */
function roundNumbers(numbers: readonly Exact[], format: Format, rounding: RoundOptions): Line[] {
  const fast = format.kind === "float" && format.bits <= 53 && isFast(format) ? rounder(format, rounding) : undefined;
  return numbers.map((x, index): Line => {
    const double = fast === undefined ? undefined : doubleOf(x);
    if (double === undefined) return line(roundExact(x, format, { ...rounding, index }), format);
    const y = fast!(double, index);
    if (Number.isNaN(y)) return line(exact(y), format);
    const code = codeNumber(format as FloatFormat, y)
      .toString(16)
      .padStart(Math.ceil(format.bits / 4), "0");
    return { value: shortestDecimal(y, format), code: `0x${code}` };
  });
}

function line(value: Exact, format: Format): Line {
  const codeless = value.kind === "nan" && nanCode(format) === undefined;
  return { value: shortestDecimal(value, format), code: codeless ? undefined : hex(format, encode(format, value)) };
}

function roundInBlocks(numbers: readonly Exact[], format: BlockFormat, options: RoundOptions, columns?: string) {
  const xs = numbers.map((x) => {
    const y = numberOf(x);
    if (x.kind === "finite" && y !== 0 && !sameNumber(x, y))
      throw new Failure("unsupported", "block formats take doubles; one of the numbers is not a double", { hint: "Read it as one with --read double." }); // oxfmt-ignore
    return y;
  });
  const rounded = roundBlocks(xs, format, { ...options, columns: columns === undefined ? undefined : wholeArgument("--columns", columns) }); // oxfmt-ignore
  const binary64 = anyFormatNamed("binary64") as Format;
  const lines = rounded.codes.map((code, i): Line => ({
    value: shortestDecimal(exact(rounded.values[i]), binary64),
    code: code === undefined ? undefined : hex(format.element, code),
  }));
  const scales = rounded.scales.map((scale, i) => ({ value: shortestDecimal(exact(scale), binary64), code: rounded.scaleCodes[i] === undefined ? null : `0x${rounded.scaleCodes[i].toString(16).padStart(2, "0")}` })); // oxfmt-ignore
  return { lines, scales, tensorScale: rounded.tensorScale };
}

function sameNumber(x: Exact, y: number): boolean {
  const z = exact(y);
  return z.kind === "finite" && x.kind === "finite" && z.num * x.den * 2n ** BigInt(Math.max(0, z.exponent - x.exponent)) === x.num * 2n ** BigInt(Math.max(0, x.exponent - z.exponent)); // oxfmt-ignore
}

/** The numbers of a file or of standard input: lines of text, or a .npy file. */
function input(file: string | undefined, reading: "auto" | "exact" | "double"): Exact[] {
  const source = file ?? "standard input";
  let bytes: Buffer;
  try {
    bytes = readFileSync(file ?? 0);
  } catch (error) {
    throw new Failure("io", `${source} cannot be read: ${error instanceof Error ? error.message : String(error)}`);
  }
  if (isNpy(bytes) || file?.endsWith(".npy")) {
    const { values, imaginary, text } = readNpy(bytes, source);
    if (imaginary || text !== undefined)
      throw new Failure("io", `${source}: only arrays of real numbers can be rounded`);
    return Array.from(values, (x) => exact(x));
  }
  const numbers: Exact[] = [];
  bytes.toString("utf8").split(/\r?\n/).forEach((text, i) => {
    if (text.trim() === "") return;
    const x = readExact(text, reading);
    if (x === undefined)
      throw new Failure("syntax", `"${text.trim().slice(0, 60)}" is ${/^[+-]?(0x[\da-f.]+(p[+-]?\d+)?|[\d.]+(e[+-]?\d+)?)$/i.test(text.trim()) && !/\..*\./.test(text) ? "beyond the exponents and digits that are read" : "not a number"}`, {
        place: { source, line: i + 1, column: 1 },
        hint: "One number a line: 0.1, -3e-5, 0x1.8p-3, inf, -inf, nan.",
      });
    numbers.push(x);
  }); // oxfmt-ignore
  return numbers;
}
