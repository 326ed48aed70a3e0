// calculemus format: what a number format can represent.
import { anyFormatNamed, type BlockFormat, codeTable, type Exact, factsOf, type Format, hex, isFast, nanCode, rationalOf, shortestDecimal, withinDoubles } from "../number/index.ts"; // oxfmt-ignore

export function formatCommand(name: string, options: Record<string, unknown>): void {
  const format = anyFormatNamed(name);
  const inner = format.kind === "block" ? format.element : format;
  const rows = [...(format.kind === "block" ? blockFacts(format) : []), ...facts(inner)];
  const table = options.table
    ? codeTable(inner).map(({ code, value }) => ({ code: hex(inner, code), value: value === undefined ? null : shown(value, inner) }))
    : undefined; // oxfmt-ignore
  if (options.json) {
    const described = Object.fromEntries(rows.map(([key, value]) => [key.replaceAll(" ", "_"), value]));
    process.stdout.write(
      `${JSON.stringify({ ok: true, format: { name: format.name, ...described }, table, evidence: [] })}\n`,
    );
    return;
  }
  process.stdout.write(`${format.name}\n`);
  for (const [key, value] of rows) process.stdout.write(`  ${key}: ${value}\n`);
  for (const { code, value } of table ?? []) process.stdout.write(`${code}\t${value ?? "-"}\n`);
}

type Row = readonly [key: string, value: string];

function blockFacts({ rule, block, blockRows = 1, element }: BlockFormat): Row[] {
  const scale = { mx: "e8m0fnu, 2^(floor(log2 amax) - emax of the element)", nvfp4: "e4m3fn of amax/6, over a binary32 scale of the tensor", bfp: "a power of two from the largest magnitude", dynamic: "the smallest power of two without overflow" }[rule]; // oxfmt-ignore
  return [
    ["kind", "block"],
    [
      "numbers in a block",
      `${blockRows === 1 ? "" : `${blockRows} rows of `}${block === Infinity ? "a row" : String(block)}`,
    ],
    ["scale", scale],
    ["element", element.name],
  ];
}

function facts(format: Format): Row[] {
  const { largest, smallest, smallestPositive, smallestNormal, smallestSubnormal, epsilon, values } = factsOf(format);
  const rows: Row[] = [
    ["kind", format.kind],
    ["bits", String(format.bits)],
  ];
  if (format.kind === "float")
    rows.push(
      ["precision", String(format.precision)],
      ["exponents", `${format.emin} .. ${format.emax}`],
      ["zero", format.zero],
      ["infinities", format.infinities ? "yes" : "no"],
      ["subnormals", smallestSubnormal === undefined ? "none" : format.subnormals],
    );
  const nan = nanCode(format);
  rows.push(["nan", nan === undefined ? "no" : hex(format, nan)]);
  const add = (key: string, value: Exact | undefined): void => {
    if (value !== undefined) rows.push([key, shown(value, format)]);
  };
  add("largest", largest);
  add("smallest", smallest);
  add("smallest positive", smallestPositive);
  add("smallest normal", smallestNormal);
  add("smallest subnormal", smallestSubnormal);
  add("epsilon", epsilon);
  rows.push(["finite values", String(values)], ["overflow", format.overflow]);
  rows.push(["rounding of doubles", isFast(format) ? "fast path" : withinDoubles(format) ? "exact integers" : "exact integers, values beyond doubles"]); // oxfmt-ignore
  return rows;
}

/** Decimals for floats and posits, fractions for the rest. */
function shown(value: Exact, format: Format): string {
  if (value.kind === "finite" && (format.kind === "integer" || format.kind === "table"))
    return String(rationalOf(value));
  return shortestDecimal(value, format);
}
