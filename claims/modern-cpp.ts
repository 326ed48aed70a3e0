// Claim modern-cpp: code in a high-level notation as fast as native benchmarks (Heller, Kaiser, Diehl, Fey, Schweitzer 2016, with STREAM),
// here: the four loops of STREAM (McCalpin 1995) from one description each, beside the same loops written by hand in C and
// compiled by gcc -O3 -march=native. Both run on one thread, in turns; bandwidths are ratios of medians.
// Left out: threads; the paper's other benchmarks.
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Claim, ClaimContext, ClaimResult } from "calculemus/claims";
import { nativeMissing, NumericKernels, type TargetName } from "calculemus/compile";
import type { Evidence } from "calculemus/evidence";

const LOOPS = ["copy", "scale", "sum", "triad"] as const;
type Loop = (typeof LOOPS)[number];

/** Prints the median milliseconds of each loop. Arguments: elements, calls. */
const HAND_WRITTEN = `
#define _POSIX_C_SOURCE 200809L
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
__attribute__((noinline)) void copy(int n, const double *restrict a, double *restrict c) { for (int i = 0; i < n; i++) c[i] = a[i]; }
__attribute__((noinline)) void scale(int n, double s, const double *restrict c, double *restrict b) { for (int i = 0; i < n; i++) b[i] = s * c[i]; }
__attribute__((noinline)) void sum(int n, const double *restrict a, const double *restrict b, double *restrict c) { for (int i = 0; i < n; i++) c[i] = a[i] + b[i]; }
__attribute__((noinline)) void triad(int n, double s, const double *restrict b, const double *restrict c, double *restrict a) { for (int i = 0; i < n; i++) a[i] = b[i] + s * c[i]; }
static double now(void) { struct timespec t; clock_gettime(CLOCK_MONOTONIC, &t); return t.tv_sec * 1e3 + t.tv_nsec * 1e-6; }
static int ascending(const void *a, const void *b) { return (*(double *)a > *(double *)b) - (*(double *)a < *(double *)b); }
int main(int argc, char **argv) {
  if (argc < 3) return 1;
  int n = atoi(argv[1]), calls = atoi(argv[2]);
  double *a = malloc(8ul * n), *b = malloc(8ul * n), *c = malloc(8ul * n), *ms = malloc(8ul * calls);
  for (int i = 0; i < n; i++) { a[i] = 1; b[i] = 2; c[i] = 0; }
  for (int loop = 0; loop < 4; loop++) {
    for (int k = -1; k < calls; k++) {
      double begin = now();
      if (loop == 0) copy(n, a, c); else if (loop == 1) scale(n, 3, c, b); else if (loop == 2) sum(n, a, b, c); else triad(n, 3, b, c, a);
      if (k >= 0) ms[k] = now() - begin;
    }
    qsort(ms, calls, sizeof(double), ascending);
    printf("%.6f\\n", ms[calls / 2]);
  }
  return a[n / 2] == 0.123;
}
`;

export interface Sizes {
  readonly elements: number;
  readonly rounds: number;
  readonly calls: number;
}

const FULL: Sizes = { elements: 1 << 22, rounds: 7, calls: 5 };
const WANTED = 0.9;

function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[values.length >> 1];
}

/** Our loops on one target; times of one round. */
function ours(target: TargetName, n: number): { round(calls: number): number[]; dispose(): void } {
  const k = new NumericKernels({ target, bytes: 24 * n + (8 << 20) });
  const [a, b, c] = [k.array(n), k.array(n), k.array(n)];
  a.fill(1);
  b.fill(2);
  const call = (name: Loop, ...args: (number | Float64Array)[]): unknown => k.kernels.call[`${name}F64`](n, ...args);
  const run: Record<Loop, () => unknown> = {
    copy: () => call("copy", a, c),
    scale: () => call("scale", 3, c, b),
    sum: () => call("sum", a, b, c),
    triad: () => call("triad", 3, b, c, a),
  };
  return {
    round: (calls) =>
      LOOPS.map((name) => {
        run[name]();
        return median(
          Array.from({ length: calls }, () => {
            const begin = performance.now();
            run[name]();
            return performance.now() - begin;
          }),
        );
      }),
    dispose: () => k.dispose(),
  };
}

export async function run(context: ClaimContext, sizes: Sizes = FULL): Promise<ClaimResult> {
  const folder = mkdtempSync(join(tmpdir(), "calculemus-"));
  try {
    const [source, program] = [join(folder, "stream.c"), join(folder, "stream")];
    writeFileSync(source, HAND_WRITTEN);
    const built = spawnSync("gcc", ["-O3", "-march=native", source, "-o", program], { encoding: "utf8" });
    if (built.error || built.status !== 0)
      return { verdict: "not run", summary: `gcc is needed for the hand-written loops: ${built.error?.message ?? built.stderr}`, evidence: [] }; // oxfmt-ignore
    const byHand = (): number[] => {
      const out = spawnSync(program, [String(sizes.elements), String(sizes.calls)], { encoding: "utf8" });
      return out.stdout.trim().split("\n").map(Number);
    };
    const missing = nativeMissing();
    const targets: readonly TargetName[] = missing ? ["wasm"] : ["wasm", "c"];
    const evidence: Evidence[] = [];
    const parts: string[] = [];
    let reached = true;
    for (const target of targets) {
      const own = ours(target, sizes.elements);
      own.round(sizes.calls);
      await new Promise((resolve) => setTimeout(resolve, 100));
      const [mine, theirs]: [number[][], number[][]] = [[], []];
      for (let round = 0; round < sizes.rounds; round++) {
        mine.push(own.round(sizes.calls));
        theirs.push(byHand());
      }
      own.dispose();
      context.log(`measured target ${target}`);
      const shares = LOOPS.map((name, i) => {
        const [ms, peer] = [median(mine.map((r) => r[i])), median(theirs.map((r) => r[i]))];
        const bytes = (name === "copy" || name === "scale" ? 16 : 24) * sizes.elements;
        evidence.push({
          statement: `${name} on target ${target}: ${(bytes / ms / 1e6).toFixed(1)} GB/s, by hand in C ${(bytes / peer / 1e6).toFixed(1)} GB/s`,
          grade: "sampled",
          bound: peer / ms,
          unit: "bandwidth over that of C",
          method: `medians of ${sizes.rounds} rounds, one after the other, ${sizes.elements} elements`,
          machine: context.machine,
        });
        return peer / ms;
      });
      reached &&= shares.every((share) => share >= WANTED);
      parts.push(`${target}: ${LOOPS.map((name, i) => `${name} ${shares[i].toFixed(2)}`).join(", ")}`);
    }
    return {
      verdict: reached ? "shown" : "refuted",
      summary: `bandwidth over that of hand-written C (at least ${WANTED} wanted): ${parts.join("; ")}${missing ? `; target c left out (${missing})` : ""}`,
      evidence,
    };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

export const claim: Claim = {
  id: "modern-cpp",
  title: "STREAM from one description beside hand-written C",
  source:
    "Heller, Kaiser, Diehl, Fey, Schweitzer 2016, Closing the Performance Gap with Modern C++; McCalpin 1995, Memory Bandwidth and Machine Balance in Current High Performance Computers.",
  statement:
    "The four loops of STREAM over 2^22 doubles, compiled from one description each, reach at least 90 % of the bandwidth of the same loops written in C and compiled by gcc -O3 -march=native, on each available target (wasm, c), on one thread.",
  run: (context) => run(context),
};
