// Products of few bits beside single precision: bit planes, tables and unpacking, one vector and many. Every way that is timed
// is checked at its shape first. Relaxed SIMD is switched on, so that f32 has its fused multiply-add.
import { setFlagsFromString } from "node:v8";
import { Products, type Shape, time, type Way } from "../claims/low-bit.ts";
import type { Report } from "./report.ts";

/** A wanted factor over f32, out of cache and in cache. */
const WANTED: Readonly<Record<string, readonly [number, number]>> = {
  "tables W2": [8, 4],
  "planes W2A2": [10, 5],
};

const HEAD = ["way", "ms", "products a ns", "over f32", "weights MB", "wrong or error", "wanted"];

function rows(shape: Shape, ways: readonly Way[], place: 0 | 1 | undefined, rounds: number): string[][] {
  const found = ways.map((way) => way.check());
  const ms = time(ways, { rounds, warm: 100 });
  const count = shape.rows * shape.columns * (shape.batch ?? 1);
  return ways.map((way, i) => {
    const wanted = place === undefined ? undefined : WANTED[way.name]?.[place];
    return [
      way.name,
      ms[i].toFixed(3),
      (count / ms[i] / 1e6).toFixed(1),
      (ms[0] / ms[i]).toFixed(1),
      (way.bytes / 1e6).toFixed(1),
      Number.isInteger(found[i]) ? String(found[i]) : found[i].toExponential(0),
      wanted === undefined ? "" : `>= ${wanted}`,
    ];
  });
}

export function lowBitBench(report: Report): void {
  setFlagsFromString("--experimental-wasm-relaxed-simd");
  for (const [place, shape] of [
    { rows: 4096, columns: 4096 },
    { rows: 1024, columns: 2048 },
  ].entries()) {
    const products = new Products(shape);
    const ways = [
      products.floats(),
      products.planes(1, 1),
      products.planes(1, 2),
      products.planes(2, 2),
      products.planes(4, 4),
      ...[1, 2, 3, 4].map((bits) => products.lookup(bits)),
      products.lookup(2, { scaled: true }),
      products.unpacking(1),
      products.unpacking(2),
      products.unpacking(4),
    ];
    report.table(
      `Low-bit products of a matrix ${shape.rows} x ${shape.columns} and a vector`,
      `f32 weights ${place === 0 ? "out of" : "in"} cache. Medians of runs in turn. Activations are packed, tables made anew in each run. Weights are bipolar; tables take whole activations up to 15, so "tables W2" also does what "planes W2A2" does.`,
      HEAD,
      rows(shape, ways, place as 0 | 1, 25),
    );
    products.dispose();
  }
  const shape = { rows: 512, columns: 2048, batch: 64 };
  const products = new Products(shape);
  const ways = [
    products.floats(),
    ...([[1, 1], [1, 2], [2, 2], [4, 4]] as const).map(([w, a]) => products.planes(w, a)),
    products.unpacking(4),
  ]; // oxfmt-ignore
  report.table(
    `Low-bit products of a matrix ${shape.rows} x ${shape.columns} and ${shape.batch} vectors`,
    "Bit planes at 1 and 2 bits are to be faster than f32.",
    HEAD,
    rows(shape, ways, undefined, 15),
  );
  products.dispose();
  const batches = [1, 2, 4, 8, 16, 32, 64, 128];
  const line = batches.map((batch) => {
    const each = new Products({ rows: 4096, columns: 4096, batch });
    const pair = [each.floats(), each.unpacking(4)];
    const error = pair[1].check();
    const [f32, ours] = time(pair, { rounds: batch >= 32 ? 5 : 11 });
    each.dispose();
    return [String(batch), f32.toFixed(2), ours.toFixed(2), (f32 / ours).toFixed(2), error.toExponential(0)];
  });
  report.table(
    "Weights of 4 bits, 4096 x 4096, by batch",
    "Groups of 128 columns with f32 scales, f32 vectors (the question of MARLIN).",
    ["vectors", "f32 ms", "4-bit ms", "over f32", "largest error over the sum of sizes"],
    line,
  );
}
