// The machine in words and in facts.
import { cpus, totalmem } from "node:os";

/** For evidence: processor, cores, engine. */
export function machine(): string {
  const list = cpus();
  return `${list[0]?.model.trim() ?? "unknown processor"}, ${list.length} cores, ${Math.round(totalmem() / 2 ** 30)} GB, Node.js ${process.version.slice(1)} (V8 ${process.versions.v8})`;
}
