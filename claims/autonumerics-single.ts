// Single-precision programs for 2^x of the claim autonumerics, and their time in WebAssembly beside the engine's own function.
import { approximate, type FloatProgram, programMap } from "calculemus/approximate";
import { compileProgramSync, hoist, program, vectorise } from "calculemus/compile";

/** With r in this range and x = k + r, the sum 1 + t of every good program loses least: results below 1 have units half as great. */
export const RANGE: readonly [number, number] = [-0.375, 0.625];

export interface Single {
  readonly what: string;
  readonly given: FloatProgram;
}

/** The shortest programs found within a unit at samples: of polynomials and quotients, and of evolved programs. */
export async function exp2Programs(time_ms: number): Promise<Single[]> {
  const out: Single[] = [];
  for (const search of ["remez", "evolve"] as const) {
    const found = await approximate("2^x", {
      on: RANGE,
      format: "f32",
      ulp: 1,
      operations: 12,
      search,
      exhaustive: false,
      budget: { time_ms },
    });
    const { best } = found;
    out.push({ what: search === "evolve" ? "evolved" : best.kind, given: best.float });
  }
  return out;
}

const N = 4096;
const ROUNDS = 41;

const median = (values: number[]): number => values.sort((a, b) => a - b)[values.length >> 1];

/** Nanoseconds an element: programs as vectorised WebAssembly over arrays, and Math.pow(2, x) rounded to single precision. */
export function timeExp2(programs: readonly FloatProgram[]): { ours: number[]; engine: number } {
  const kernels = programs.map((given) => {
    const kernel = compileProgramSync(hoist(vectorise(program("exp2", programMap(given)), { unroll: 4 })));
    const [x, y] = [kernel.runtime.f32(N), kernel.runtime.f32(N)];
    for (let i = 0; i < N; i++) x[i] = RANGE[0] + ((RANGE[1] - RANGE[0]) * i) / N;
    return { kernel, x, y };
  });
  const [x, y] = [Float32Array.from(kernels[0].x), new Float32Array(N)];
  const engine = (): void => {
    for (let i = 0; i < N; i++) y[i] = 2 ** x[i];
  };
  const timed = (f: () => void, repeat: number): number => {
    const begin = performance.now();
    for (let r = 0; r < repeat; r++) f();
    return ((performance.now() - begin) * 1e6) / (N * repeat);
  };
  const ours: number[][] = programs.map(() => []);
  const theirs: number[] = [];
  for (let round = -5; round < ROUNDS; round++) {
    kernels.forEach(({ kernel, x: from, y: to }, k) => {
      const time = timed(() => kernel.call.map(N, from, to), 50);
      if (round >= 0) ours[k].push(time);
    });
    const time = timed(engine, 4);
    if (round >= 0) theirs.push(time);
  }
  for (const { kernel } of kernels) kernel.dispose();
  return { ours: ours.map(median), engine: median(theirs) };
}
