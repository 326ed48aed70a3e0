// Run in a fresh process by bcr.ts: read, derive and compile a network; prints one JSON line with times and peak memory.
import { readFileSync } from "node:fs";
import { gunzipSync } from "node:zlib";
import { lowerModel, readModel } from "calculemus/model";

const bytes = readFileSync(process.argv[2]);
const begin = performance.now();
const model = readModel(gunzipSync(bytes).toString(), "bcr.net");
const read = performance.now() - begin;
const { problem, deriveMs, compileMs, size } = await lowerModel(model);
const { system } = problem;
const [y, dy, J] = [system.vector(), system.vector(), system.vector(system.pattern.rowIdx.length)];
y.set(problem.y0);
system.rhs(0, y, dy);
system.jacobian(0, y, J);
const total = performance.now() - begin;
console.log(
  JSON.stringify({
    read,
    derive: deriveMs,
    compile: compileMs,
    total,
    peakMB: process.resourceUsage().maxRSS / 1024,
    size,
    nonzeros: J.length,
  }),
);
