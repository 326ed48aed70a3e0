// calculemus doctor: what this machine offers, found by asking and not by guessing.
import { spawnSync } from "node:child_process";
import { availableParallelism, totalmem } from "node:os";
import { bandwidthAt, measureRoofline, nativeMissing, type Roofline } from "../compile/index.ts";
import { machine } from "./machine.ts";
import { rooflinePath, storeRoofline } from "./roofline.ts";
import { version } from "./version.ts";

/** Smallest modules that use a feature; the engine says whether it would compile them. */
const PROBES: Readonly<Record<string, readonly number[]>> = {
  // (func (result v128) i32.const 0 i8x16.splat)
  "WebAssembly SIMD": [
    0, 97, 115, 109, 1, 0, 0, 0, 1, 5, 1, 96, 0, 1, 123, 3, 2, 1, 0, 10, 8, 1, 6, 0, 65, 0, 253, 15, 11,
  ],
  // (func (result v128) (f64x2.relaxed_madd (splat 0) (splat 0) (splat 0)))
  "WebAssembly relaxed SIMD": [
    0, 97, 115, 109, 1, 0, 0, 0, 1, 5, 1, 96, 0, 1, 123, 3, 2, 1, 0, 10, 15, 1, 13, 0, 65, 0, 253, 15, 65, 0, 253, 15,
    65, 0, 253, 15, 253, 135, 2, 11,
  ],
  // (memory 1 1 shared)
  "WebAssembly threads": [0, 97, 115, 109, 1, 0, 0, 0, 5, 4, 1, 3, 1, 1],
};

interface Finding {
  readonly name: string;
  readonly found: boolean;
  readonly detail: string;
}

export function doctorCommand(options: Record<string, unknown>): void {
  const findings: Finding[] = [
    {
      name: "Node.js",
      found: Number(process.versions.node.split(".")[0]) >= 20,
      detail: `${process.version} (20 or newer is needed)`,
    },
    ...Object.entries(PROBES).map(([name, bytes]): Finding => ({
      name,
      found: WebAssembly.validate(Uint8Array.from(bytes)),
      detail: name.endsWith("SIMD") ? "vector instructions in compiled kernels" : "shared memory between workers",
    })),
    compiler(),
    {
      name: "memory",
      found: true,
      detail: `${(totalmem() / 2 ** 30).toFixed(1)} GB, ${availableParallelism()} processors`,
    },
  ];
  const roofline = measureRoofline({
    machine: machine(),
    targets: ["wasm", "js", "table", ...(nativeMissing() === undefined ? (["c"] as const) : [])],
  });
  findings.push(stored(roofline), ...figures(roofline));
  if (options.json)
    process.stdout.write(`${JSON.stringify({ ok: true, version, machine: machine(), findings, roofline })}\n`);
  else {
    process.stdout.write(`calculemus ${version}\n${machine()}\n`);
    for (const { name, found, detail } of findings)
      process.stdout.write(`${found ? "yes" : "no "}  ${name}: ${detail}\n`);
  }
}

/** The system's C compiler: not needed, of use to the C target. */
function compiler(): Finding {
  const run = spawnSync(process.env.CC ?? "cc", ["--version"], { encoding: "utf8", timeout: 5000 });
  const found = run.status === 0;
  return { name: "C compiler", found, detail: found ? run.stdout.split("\n")[0] : "none found; nothing here needs it" };
}

/** Keeps the roofline for later commands; a machine without a place to keep it is no worse for it. */
function stored(roofline: Roofline): Finding {
  try {
    storeRoofline(roofline);
    return { name: "cost model", found: true, detail: `this machine's figures are in ${rooflinePath()}` };
  } catch (error) {
    return { name: "cost model", found: false, detail: `built-in figures: ${(error as Error).message}` };
  }
}

/** The roofline in a few lines: additions a nanosecond, memory by working set. */
function figures(roofline: Roofline): Finding[] {
  const speeds = Object.entries(roofline.targets).map(([name, { scalar, lanes }]) => `${name} ${(1 / scalar.add).toFixed(1)}${lanes ? ` (${(2 / lanes.add).toFixed(1)} in lanes)` : ""}`); // oxfmt-ignore
  const memory = [16 << 10, 256 << 10, 4 << 20, 32 << 20].map((bytes) => `${bytes < 1 << 20 ? `${bytes >> 10} KB` : `${bytes >> 20} MB`} ${bandwidthAt(roofline, bytes).toFixed(0)}`); // oxfmt-ignore
  return [
    { name: "additions a nanosecond", found: true, detail: speeds.join(", ") },
    { name: "GB/s by working set", found: true, detail: memory.join(", ") },
  ];
}
