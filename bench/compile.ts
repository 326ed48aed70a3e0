// npm run bench -- compile: from a description to the first value and the steady state of straight-line models, programs made and
// dropped, and a formula over arrays, beside peers. Latency is measured in processes of their own (bench/compile-latency.ts), since
// an engine that has compiled one model compiles the next one faster. Peers come by bench/peers/install.sh; absent ones are left out.
import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { setFlagsFromString } from "node:v8";
import { engineFeatures, nativeMissing, threadsMissing } from "calculemus/compile";
import { compileSync, type CompiledFormula } from "../src/formula.ts";
import { median, type Report } from "./report.ts";

const here = fileURLToPath(new URL(".", import.meta.url));
const peers = join(here, "peers");

/** What bench/compile-latency.ts prints. */
export interface LatencyResult {
  readonly nodes: number;
  /** Milliseconds: making the tape, compiling and linking, the first call. */
  readonly generate: number;
  readonly compile: number;
  readonly first: number;
  /** Milliseconds of the thread for all three; NaN where the system does not tell. */
  readonly cpu: number | null;
  /** Nanoseconds a node, median of the last quarter. */
  readonly steady: number;
}

/** A process with the sources of this repository, or a plain script. */
function run(script: string, args: readonly string[], flags: readonly string[] = []): string | undefined {
  const tsx = script.endsWith(".ts") ? ["--conditions=calculemus-src", "--import", import.meta.resolve("tsx")] : [];
  const { status, stdout } = spawnSync(process.execPath, [...flags, ...tsx, script, ...args], { encoding: "utf8" });
  return status === 0 ? stdout : undefined;
}

const ROUNDS = 3;

function latencyOf(target: string, nodes: number): LatencyResult & { readonly total: number } {
  const all = Array.from({ length: ROUNDS }, () => JSON.parse(run(join(here, "compile-latency.ts"), [target, String(nodes)])!) as LatencyResult); // oxfmt-ignore
  const of = (pick: (result: LatencyResult) => number): number => median(all.map(pick));
  return {
    nodes: all[0].nodes,
    generate: of((r) => r.generate),
    compile: of((r) => r.compile),
    first: of((r) => r.first),
    cpu: of((r) => r.cpu ?? Number.NaN),
    steady: of((r) => r.steady),
    total: of((r) => r.generate + r.compile + r.first),
  };
}

/** The best road of a plain generator at a size: a peer of a few lines without a compiler's generality. */
function plain(nodes: number): { total: number; steady: number } | undefined {
  const all: { total: number; steady: number }[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    const out = run(join(peers, "latency.mjs"), [String(nodes)]);
    if (out === undefined) return undefined;
    all.push(JSON.parse(out) as { total: number; steady: number });
  }
  return { total: median(all.map((r) => r.total)), steady: median(all.map((r) => r.steady)) };
}

function latency(report: Report): void {
  const rows: string[][] = [];
  for (const [nodes, target, wanted] of [
    [10, "js", 1], [10, "wasm", 1], [1000, "js", 3], [1000, "wasm", 3], [20_000, "wasm", 15], [200_000, "wasm", 150], [200_000, "table", 20],
  ] as const) {
    const own = latencyOf(target, nodes);
    const peer = target === "wasm" ? plain(nodes) : undefined;
    rows.push([
      String(nodes), target, own.generate.toFixed(2), own.compile.toFixed(2), own.first.toFixed(2), own.total.toFixed(2), own.cpu!.toFixed(1), `<= ${wanted}`, own.steady.toFixed(3),
      peer ? `${peer.total.toFixed(2)} ms, ${peer.steady.toFixed(3)} ns` : "-", peer ? (own.steady / peer.steady).toFixed(2) : "-",
    ]);
  } // oxfmt-ignore
  report.table(
    "From a description to the first value",
    "Mass-action networks; milliseconds, medians of three fresh processes: making the tape, compiling, first call, their sum, and what of it the thread itself ran (others share the machine). Steady state in ns a node. The peer writes bytes for this one kind of model straight from its arrays.",
    ["nodes", "target", "generate", "compile", "first call", "sum, ms", "of the thread", "wanted", "steady, ns/node", "plain encoder", "steady / plain (wanted <= 1.3)"], // oxfmt-ignore
    rows,
  );
}

/** Programs made and dropped: what stays. */
function dropped(report: Report): void {
  const out = run(join(here, "compile-latency.ts"), ["drop", "10000"], ["--expose-gc"]);
  if (out === undefined) {
    report.note("Programs made and dropped: the run failed.");
    return;
  }
  const { before, after, seconds } = JSON.parse(out) as Record<"before" | "after", Record<"rss" | "heap" | "external", number>> & { seconds: number }; // oxfmt-ignore
  const mb = (bytes: number): string => (bytes / 2 ** 20).toFixed(0);
  report.table(
    "10,000 programs compiled and dropped",
    `MB before (after 200 programs) and after, garbage collected; ${seconds.toFixed(1)} s. Wanted: less than 50 MB more.`,
    ["what", "before", "after", "more"],
    (["rss", "heap", "external"] as const).map((name) => [name, mb(before[name]), mb(after[name]), mb(after[name] - before[name])]), // oxfmt-ignore
  );
}

const FORMULA = "exp(-x*x)*sin(3*x) + x^3/(1 + x^2)";
const N = 1_000_000;

/** ns an element printed by a peer process under names; empty where it cannot run. */
function printed(command: string, args: readonly string[]): Record<string, number> {
  const { status, stdout } = spawnSync(command, args, { encoding: "utf8" });
  return status === 0 ? (JSON.parse(stdout) as Record<string, number>) : {};
}

export function elementwise(report: Report): void {
  const x = Float64Array.from({ length: N }, (_, i) => -5 + (10 * i) / N);
  const out = new Float64Array(N);
  const wide = compileSync(FORMULA, { target: "wasm", ulp: 4 });
  const [inside, results] = [wide.array(N), wide.array(N)];
  inside.set(x);
  const own: [string, CompiledFormula][] = [
    ["wasm, 4 ulp", compileSync(FORMULA, { target: "wasm", ulp: 4 })],
    ["wasm, 1 ulp", compileSync(FORMULA, { target: "wasm", ulp: 1 })],
    ["js", compileSync(FORMULA, { target: "js" })],
    ...(nativeMissing() === undefined
      ? ([
          ["c, 4 ulp", compileSync(FORMULA, { target: "c", ulp: 4 })],
          ["c, 1 ulp", compileSync(FORMULA, { target: "c", ulp: 1 })],
        ] as [string, CompiledFormula][])
      : []),
  ];
  const times = new Map<string, number[]>();
  const note = (what: string, ns: number): void => void times.set(what, [...(times.get(what) ?? []), ns]);
  const peer = mathjs();
  for (const [, f] of own) for (let k = 0; k < 15; k++) f.map(x, { out });
  const inPlace: [string, () => void][] = [
    ["wasm, 4 ulp, arrays in its memory", () => void wide.map(inside, { out: results })],
    ["wasm, 4 ulp, in its memory, two threads", () => void wide.map(inside, { out: results, threads: 2 })],
  ];
  if (threadsMissing() !== undefined) inPlace.pop();
  for (const [, run] of inPlace) for (let k = 0; k < 15; k++) run();
  const timed = (run: () => void): number =>
    median(
      Array.from({ length: 7 }, () => {
        const begin = performance.now();
        run();
        return ((performance.now() - begin) * 1e6) / N;
      }),
    );
  for (let round = 0; round < ROUNDS; round++) {
    for (const [what, run] of inPlace) note(what, timed(run));
    for (const [what, f] of own)
      note(
        what,
        timed(() => void f.map(x, { out })),
      );
    if (peer) note("mathjs, compiled", peer());
    const native = join(peers, "build", "elementwise");
    if (existsSync(native)) for (const [what, ns] of Object.entries(printed(native, [String(N)]))) note(what, ns);
    for (const [what, ns] of Object.entries(printed("/usr/bin/python3", [join(peers, "elementwise.py"), String(N)]))) note(what, ns); // oxfmt-ignore
  }
  wide.dispose();
  const ours = median(times.get("wasm, 4 ulp, arrays in its memory")!);
  const wanted: Readonly<Record<string, string>> = { "mathjs, compiled": ">= 130", "numpy, products": ">= 2.2", "numexpr, one thread": ">= 2", "gcc -O3 -ffast-math, libmvec": ">= 0.38" }; // oxfmt-ignore
  report.table(
    "A formula over arrays",
    `${FORMULA} at 10^6 doubles, one thread, ns an element (medians of ${ROUNDS} rounds, one after the other); arrays are copied in and out in blocks, or lie in the memory of the formula. Bounds of our functions: 4 or 1 ulp.`,
    ["what", "ns", "time / ours (wasm, 4 ulp, in its memory)", "wanted"],
    [...times].map(([what, list]) => [what, median(list).toFixed(2), (median(list) / ours).toFixed(2), wanted[what] ?? ""]), // oxfmt-ignore
  );
}

/** The formula in mathjs, ns an element over fewer points; undefined where it is not installed. */
function mathjs(): (() => number) | undefined {
  try {
    const load = createRequire(join(peers, "build", "node", "package.json"));
    const { compile } = load("mathjs") as { compile(text: string): { evaluate(scope: object): number } };
    const code = compile(FORMULA);
    const points = 20_000;
    return () => {
      const scope = { x: 0 };
      const begin = performance.now();
      for (let i = 0; i < points; i++) {
        scope.x = -5 + (10 * i) / points;
        code.evaluate(scope);
      }
      return ((performance.now() - begin) * 1e6) / points;
    };
  } catch {
    return undefined;
  }
}

export function compileBench(report: Report): void {
  if (!engineFeatures().relaxedSimd && process.version.startsWith("v20")) setFlagsFromString("--experimental-wasm-relaxed-simd"); // oxfmt-ignore
  latency(report);
  dropped(report);
  elementwise(report);
}
