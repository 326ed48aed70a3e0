// calculemus doctor: what this machine offers, found by asking and not by guessing.
import { spawnSync } from "node:child_process";
import { availableParallelism, totalmem } from "node:os";
import { bandwidthAt, engineFeatures, measureRoofline, nativeMissing, type Roofline } from "../compile/index.ts";
import { machine } from "./machine.ts";
import { rooflinePath, storeRoofline } from "./roofline.ts";
import { version } from "./version.ts";

interface Finding {
  readonly name: string;
  readonly found: boolean;
  readonly detail: string;
}

export function doctorCommand(options: Record<string, unknown>): void {
  const features = engineFeatures();
  const findings: Finding[] = [
    {
      name: "Node.js",
      found: Number(process.versions.node.split(".")[0]) >= 20,
      detail: `${process.version} (20 or newer is needed)`,
    },
    { name: "WebAssembly SIMD", found: features.simd, detail: "vector instructions in compiled kernels" },
    { name: "WebAssembly relaxed SIMD", found: features.relaxedSimd, detail: "fused multiply-add in compiled kernels" },
    { name: "WebAssembly threads", found: features.threads, detail: "shared memory between workers" },
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
