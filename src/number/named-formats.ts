// Formats by name. Sources: IEEE 754-2019 table 3.5; NVIDIA A100 white paper (TF32); OCP 8-bit floating point 1.0 and OCP
// Microscaling 1.0 (e4m3fn ... e8m0fnu); the LLVM and StableHLO "fnuz" types; UE5M3 as proposed for block scales (5 exponent
// bits, bias 15, 3 fraction bits, no sign, one NaN 0xff, no infinity); IEEE P3109; Posit Standard 2022.
import { Failure } from "../base/index.ts";
import {
  dyadicFormat,
  fixedFormat,
  floatFormat,
  type Format,
  ieeeFormat,
  integerFormat,
  p3109Format,
  positFormat,
  powerExponentFormat,
  powerOfTwoFormat,
} from "./format.ts";
import { divide, parseDecimal, sign } from "./rational.ts";

const finiteOnly = { infinities: false } as const;
const fnuz = { infinities: false, zero: "unsigned", nan: "sign" } as const;

/** The formats with a name of their own. */
export const NAMED_FORMATS: Readonly<Record<string, Format>> = Object.freeze({
  binary16: ieeeFormat(5, 10, "binary16"),
  binary32: ieeeFormat(8, 23, "binary32"),
  binary64: ieeeFormat(11, 52, "binary64"),
  binary128: ieeeFormat(15, 112, "binary128"),
  bfloat16: ieeeFormat(8, 7, "bfloat16"),
  tf32: ieeeFormat(8, 10, "tf32"),
  e5m2: ieeeFormat(5, 2, "e5m2"),
  e4m3fn: floatFormat({ name: "e4m3fn", precision: 4, emin: -6, emax: 8, missing: 1, ...finiteOnly }),
  e3m2fn: floatFormat({ name: "e3m2fn", precision: 3, emin: -2, emax: 4, nan: "none", ...finiteOnly }),
  e2m3fn: floatFormat({ name: "e2m3fn", precision: 4, emin: 0, emax: 2, nan: "none", ...finiteOnly }),
  e2m1fn: floatFormat({ name: "e2m1fn", precision: 2, emin: 0, emax: 2, nan: "none", ...finiteOnly }),
  e8m0fnu: floatFormat({ name: "e8m0fnu", precision: 1, emin: -127, emax: 127, signed: false, zero: "none", subnormals: "none", ...finiteOnly }), // oxfmt-ignore
  e4m3fnuz: floatFormat({ name: "e4m3fnuz", precision: 4, emin: -7, emax: 7, ...fnuz }),
  e5m2fnuz: floatFormat({ name: "e5m2fnuz", precision: 3, emin: -15, emax: 15, ...fnuz }),
  e4m3b11fnuz: floatFormat({ name: "e4m3b11fnuz", precision: 4, emin: -10, emax: 4, ...fnuz }),
  ue5m3: floatFormat({ name: "ue5m3", precision: 4, emin: -14, emax: 16, signed: false, missing: 1, ...finiteOnly }),
});

const ALIASES: Readonly<Record<string, string>> = {
  fp16: "binary16",
  half: "binary16",
  fp32: "binary32",
  float: "binary32",
  fp64: "binary64",
  double: "binary64",
  fp128: "binary128",
  bf16: "bfloat16",
  e2m1: "e2m1fn",
};

/** Patterns of names and what they mean. */
const PATTERNS: readonly [pattern: RegExp, make: (...parts: string[]) => Format][] = [
  [/^e(\d+)m(\d+)$/, (e, m) => ieeeFormat(Number(e), Number(m))],
  [
    /^p3109:k(\d+)p(\d+)([su])([ef])$/,
    (k, p, s, e) => p3109Format({ width: Number(k), precision: Number(p), signed: s === "s", extended: e === "e" }),
  ],
  [/^posit(\d+)(?::es(\d+))?$/, (n, es) => positFormat(Number(n), es === undefined ? 2 : Number(es))],
  [
    /^(u?)int(\d+)(sym)?(?:\*(.+))?$/,
    (u, n, symmetric, scale) =>
      integerFormat({ bits: Number(n), signed: u === "", symmetric: symmetric !== undefined, scale: scaleOf(scale) }),
  ],
  [/^bipolar(\d+)(?:\*(.+))?$/, (n, scale) => integerFormat({ bits: Number(n), bipolar: true, scale: scaleOf(scale) })],
  [/^(u?)q(\d+)\.(\d+)$/, (u, whole, fraction) => fixedFormat(Number(whole), Number(fraction), u === "")],
  [/^dyadic:(\d+)\/(\d+)$/, (bits, shift) => dyadicFormat(Number(bits), Number(shift))],
  [/^powexp:(\d+)\/([\d.]+)$/, (bits, exponent) => powerExponentFormat(Number(bits), Number(exponent))],
  [/^(u?)pow2:(-?\d+)\.\.(-?\d+)$/, (u, low, high) => powerOfTwoFormat(Number(low), Number(high), u === "")],
];

function scaleOf(text: string | undefined): ReturnType<typeof divide> {
  if (text === undefined) return 1;
  const [top, bottom, ...more] = text.split("/").map((part) => parseDecimal(part));
  const scale = bottom === undefined ? (text.includes("/") ? undefined : top) : top && sign(bottom) !== 0 ? divide(top, bottom) : undefined; // oxfmt-ignore
  if (scale === undefined || more.length > 0)
    throw new Failure("usage", `"${text}" is no scale`, {
      hint: "A decimal or a fraction, as in int8*0.05 or int8*1/127.",
    });
  return scale;
}

/** One line for each kind of name. */
export const FORMAT_NAMES: readonly string[] = [
  Object.keys(NAMED_FORMATS).join(" "),
  "eXmY (as IEEE 754 would code it)  p3109:k8p4se (K, p, s|u signed, e|f infinities)  posit16 posit32:es3",
  "int8 uint4 int8sym bipolar2, with a scale int8*1/127  q3.4 uq0.8 (fixed point)  pow2:-7..0  powexp:4/2  dyadic:4/3",
];

/** The format of a name. Fails ("usage") on an unknown name, ("domain") on an impossible format. */
export function formatNamed(name: string): Format {
  const plain = name.trim().toLowerCase();
  const known = Object.hasOwn(ALIASES, plain) ? ALIASES[plain] : plain;
  if (Object.hasOwn(NAMED_FORMATS, known)) return NAMED_FORMATS[known];
  for (const [pattern, make] of PATTERNS) {
    const found = pattern.exec(known);
    if (found) return make(...found.slice(1));
  }
  throw new Failure("usage", `there is no format "${name}"`, { hint: `Known:\n  ${FORMAT_NAMES.join("\n  ")}` });
}
