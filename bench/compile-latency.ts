// One measurement of bench/compile.ts, in a process of its own: a mass-action network from its arrays to steady state, or many
// programs made and dropped. Prints one line of JSON.
//   compile-latency.ts js|wasm|table NODES        compile-latency.ts drop PROGRAMS   (with --expose-gc)
import { readFileSync } from "node:fs";
import { compileProgramSync, Op, program, Runtime, tapeFunction, type Tape, TapeBuilder } from "calculemus/compile";
import { compileSync } from "../src/formula.ts";
import { median } from "./report.ts";

interface Network {
  readonly species: number;
  readonly a: Int32Array;
  readonly b: Int32Array;
  readonly k: Float64Array;
  /** By species: reactions, 1 higher, with their sign. */
  readonly terms: readonly (readonly number[])[];
  readonly nodes: number;
}

/** R = N/11 reactions among R/4 species; a linear congruential generator from a fixed seed. */
function network(wanted: number): Network {
  const reactions = Math.max(1, Math.round(wanted / 11));
  const species = Math.max(3, Math.ceil(reactions / 4));
  let s = 12345;
  const random = (): number => (s = (Math.imul(s, 1103515245) + 12345) >>> 0) / 2 ** 32;
  const [a, b] = [new Int32Array(reactions), new Int32Array(reactions)];
  const k = new Float64Array(reactions);
  const terms: number[][] = Array.from({ length: species }, () => []);
  for (let r = 0; r < reactions; r++) {
    a[r] = Math.floor(random() * species);
    b[r] = Math.floor(random() * species);
    const c = Math.floor(random() * species);
    k[r] = random();
    terms[a[r]].push(-(r + 1));
    terms[b[r]].push(-(r + 1));
    terms[c].push(r + 1);
  }
  return { species, a, b, k, terms, nodes: 5 * reactions + terms.reduce((sum, list) => sum + 2 * list.length, 0) };
}

function tapeOf({ species, a, b, k, terms }: Network): Tape {
  const builder = new TapeBuilder("rates", [], [{ name: "y", length: species, access: "read" }, { name: "d", length: species, access: "write" }]); // oxfmt-ignore
  const y = Array.from({ length: species }, (_, i) => builder.load(0, i));
  const rate = Array.from(k, (value, r) => builder.emit(Op.mul, builder.emit(Op.mul, builder.constant(value), y[a[r]]), y[b[r]])); // oxfmt-ignore
  const zero = builder.constant(0);
  terms.forEach((list, i) => {
    let sum = zero;
    for (const t of list) sum = builder.emit(t < 0 ? Op.sub : Op.add, sum, rate[Math.abs(t) - 1]);
    builder.store(sum, 1, i);
  });
  return builder.build();
}

/** The same by plain loops. */
function reference({ a, b, k, terms }: Network, y: Float64Array): Float64Array {
  const rate = k.map((value, r) => value * y[a[r]] * y[b[r]]);
  return Float64Array.from(terms, (list) => list.reduce((sum, t) => (t < 0 ? sum - rate[-t - 1] : sum + rate[t - 1]), 0)); // oxfmt-ignore
}

/** Milliseconds that this thread has run, where the system tells (Linux): on a shared machine the clock counts others too. */
function cpu(): number {
  try {
    return Number(readFileSync("/proc/self/schedstat", "utf8").split(" ")[0]) / 1e6;
  } catch {
    return Number.NaN;
  }
}

function latency(target: "js" | "wasm" | "table", wanted: number): void {
  const model = network(wanted);
  const runtime = Runtime.for({ f64: 2 * model.species + 4 * model.nodes });
  const [y, d] = [runtime.f64(model.species), runtime.f64(model.species)];
  for (let i = 0; i < model.species; i++) y[i] = 0.5 + ((i * 7) % 11) / 10;
  const c0 = cpu();
  const t0 = performance.now();
  const tape = tapeOf(model);
  const t1 = performance.now();
  const kernels = compileProgramSync(program("network", tapeFunction(tape)), { target, runtime });
  const { rates } = kernels.raw;
  const [from, to] = [y.byteOffset, d.byteOffset];
  const scratch = runtime.f64(kernels.scratchLength("rates")).byteOffset;
  const t2 = performance.now();
  rates(from, to, scratch);
  const t3 = performance.now();
  const c3 = cpu();
  const expected = reference(model, y);
  expected.forEach((value, i) => {
    if (value !== d[i]) throw new Error(`species ${i}: ${d[i]} instead of ${value}`);
  });
  const samples: number[] = [];
  const repeats = Math.max(1, Math.ceil(200_000 / model.nodes));
  const length = target === "table" ? 300 : 2000;
  while (performance.now() - t3 < length) {
    const begin = performance.now();
    for (let k = 0; k < repeats; k++) rates(from, to, scratch);
    samples.push(((performance.now() - begin) * 1e6) / repeats / model.nodes);
  }
  const steady = median(samples.slice(-Math.max(3, samples.length >> 2)));
  console.log(
    JSON.stringify({ nodes: model.nodes, generate: t1 - t0, compile: t2 - t1, first: t3 - t2, cpu: c3 - c0, steady }),
  );
}

async function drop(count: number): Promise<void> {
  if (!global.gc) throw new Error("run with --expose-gc");
  const one = (k: number): void => {
    const f = compileSync(`(x + ${k})*exp(-x*${k + 1}) + ${k}/(1 + x^2)`, { target: k % 4 === 0 ? "js" : "wasm" });
    if (!(f(0.5) > -1)) throw new Error(`program ${k} gives ${f(0.5)}`);
  };
  const memory = async (): Promise<Record<string, number>> => {
    for (let k = 0; k < 6; k++) {
      global.gc!();
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    const { rss, heapUsed, external } = process.memoryUsage();
    return { rss, heap: heapUsed, external };
  };
  for (let k = 0; k < 200; k++) one(k);
  const before = await memory();
  const begin = performance.now();
  for (let k = 0; k < count; k++) {
    one(1000 + k);
    // Finalizers of modules run between turns.
    if (k % 200 === 199) await new Promise((resolve) => setTimeout(resolve, 0));
  }
  const seconds = (performance.now() - begin) / 1000;
  console.log(JSON.stringify({ before, after: await memory(), seconds }));
}

const [what, size] = process.argv.slice(2);
if (what === "drop") await drop(Number(size));
else latency(what as "js" | "wasm" | "table", Number(size));
