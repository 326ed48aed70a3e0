// npm run bench -- terms: building terms, derivatives, sparse Jacobians and Hessians, tracing; SymPy and giac beside them where they
// are installed (bench/peers/algebra). Inputs are generated: a tree of 1,000 nodes and a system of 50 equations with 200
// nonzeros in its Jacobian.
import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import {
  add,
  call,
  columnColoring,
  Context,
  diff,
  elements,
  graphSize,
  jacobianSparsity,
  mul,
  parse,
  pow,
  sparseHessian,
  sparseJacobian,
  trace,
  type Term,
} from "calculemus/term";
import { reactionDiffusion } from "../claims/symbolics-pde-baseline.ts";
import { median, type Report } from "./report.ts";

const ROUNDS = 15;
const MILLION = 1_000_000;
const peers = fileURLToPath(new URL("peers/algebra/", import.meta.url));

/** x <- 1103515245 x + 12345 mod 2^31, from `seed`; numbers below k. */
function generator(seed: number): (k: number) => number {
  let state = BigInt(seed);
  return (k) => {
    state = (1103515245n * state + 12345n) % 2147483648n;
    return Number(state >> 8n) % k;
  };
}

/** Text of a random expression of `size` nodes. */
export function randomTree(size: number, seed: number): string {
  const draw = generator(seed);
  const build = (n: number): string => {
    if (n <= 1) return "xyz23"[draw(5)];
    if (n === 2 || draw(4) === 0) return `${["sin", "cos", "exp", "sin"][draw(4)]}(${build(n - 1)})`;
    const left = 1 + draw(n - 2);
    const operator = "+*+-*"[draw(5)];
    return `(${build(left)}${operator}${build(n - 1 - left)})`;
  };
  return build(size);
}

export const unknowns = Array.from({ length: 50 }, (_, i) => `x${i}`);
export const system = unknowns.map((x, i) => {
  const next = (k: number): string => unknowns[(i + k) % 50];
  return `${x}^2*${next(1)}+sin(${x}*${next(2)})+exp(-${next(3)})/(1+${x}^2)`;
});

/** Median milliseconds of a job, each time in a new context. */
function timed<T>(prepare: (context: Context) => T, job: (input: T) => void): number {
  return median(
    Array.from({ length: ROUNDS }, () => {
      const input = prepare(new Context());
      const begin = performance.now();
      job(input);
      return performance.now() - begin;
    }),
  );
}

interface Peer {
  readonly name: string;
  readonly read?: number;
  readonly diff?: number;
  readonly jacobian?: number;
  readonly nonzeros?: number;
  readonly termMicroseconds?: number;
}

function peer(script: string, input: string): Peer | undefined {
  const run = spawnSync("python3", [`${peers}${script}`], { input, encoding: "utf8", timeout: 120_000 });
  if (run.status !== 0) return undefined;
  return JSON.parse(run.stdout) as Peer;
}

/** Milliseconds and bytes of a million distinct terms: the best of three. */
function million(
  build: (context: Context, wanted: number) => void,
  collect: () => void,
): { ms: number; bytes: number } {
  const rounds = Array.from({ length: 3 }, () => millionOnce(build, collect));
  return { ms: Math.min(...rounds.map((round) => round.ms)), bytes: Math.min(...rounds.map((round) => round.bytes)) };
}

/** A function of its own, so that nothing of an earlier round is alive. */
function millionOnce(
  build: (context: Context, wanted: number) => void,
  collect: () => void,
): { ms: number; bytes: number } {
  const used = (): number => {
    collect();
    const { heapUsed, arrayBuffers } = process.memoryUsage();
    return heapUsed + arrayBuffers;
  };
  const before = used();
  const context = new Context();
  const begin = performance.now();
  build(context, MILLION);
  const ms = performance.now() - begin;
  return { ms, bytes: (used() - before) / context.size };
}

/** a_i a_j^2 + a_k: half products and powers that are met again, half sums. */
function regular(context: Context, wanted: number): void {
  const a = Array.from({ length: 100 }, (_, i) => context.symbol(`a${i}`));
  for (const left of a)
    for (const right of a) {
      const product = mul(left, pow(right, 2));
      for (const each of a) add(product, each);
      if (context.size >= wanted) return;
    }
}

/** Sums, products, powers and functions of random earlier terms. */
function random(context: Context, wanted: number): void {
  const symbols = Array.from({ length: 100 }, (_, i) => context.symbol(`a${i}`));
  const pool: Term[] = [...symbols];
  const draw = generator(1);
  while (context.size < wanted) {
    const [x, y] = [pool[draw(pool.length)], pool[draw(pool.length)]];
    const kind = draw(4);
    const term = kind === 0 ? add(x, y) : kind === 1 ? mul(x, y) : kind === 2 ? call(context, "sin", x) : pow(x, 2 + draw(3)); // oxfmt-ignore
    if (pool.length < 1000) pool.push(term);
    else pool[draw(1000)] = term.args.length > 8 ? symbols[draw(100)] : term;
  }
}

export async function termsBench(report: Report): Promise<void> {
  setFlagsFromString("--expose-gc");
  const collect = runInNewContext("gc") as () => void;
  const tree = randomTree(1000, 7);
  const input = JSON.stringify({ tree, system, unknowns });
  const [sympy, giac] = [peer("derivatives_sympy.py", input), peer("derivatives_giac.py", input)];
  const beside = (key: "read" | "diff" | "jacobian"): string => {
    const list = [sympy, giac].flatMap((each) => (each?.[key] === undefined ? [] : [`${each.name}: ${each[key].toPrecision(3)} ms`])); // oxfmt-ignore
    return list.length > 0 ? list.join("; ") : "-";
  };
  const ms = (value: number): string => `${value.toPrecision(3)} ms`;
  const readTree = (context: Context): Term => parse(tree, { context });
  const readSystem = (context: Context): { terms: Term[]; variables: Term[] } => ({
    terms: system.map((text) => parse(text, { context })),
    variables: context.symbols(...unknowns),
  });
  report.section("Terms", `Medians of ${ROUNDS} runs, each in a new context.`);
  report.row("reading a tree of 1,000 nodes", ms(timed((context) => context, readTree)), beside("read"), `${tree.length} characters; wanted <= 5 ms`); // oxfmt-ignore
  const context = new Context();
  const slope = diff(readTree(context), context.symbol("x"));
  report.row("its derivative", ms(timed(readTree, (term) => diff(term, term.context.symbol("x")))), beside("diff"), `${graphSize(slope)} distinct terms; wanted <= 5 ms`); // oxfmt-ignore
  const own = readSystem(context);
  const jacobian = sparseJacobian(own.terms, own.variables);
  report.row("sparse Jacobian, 50 by 50", ms(timed(readSystem, (each) => sparseJacobian(each.terms, each.variables))), beside("jacobian"), `${jacobian.terms.length} nonzeros (200 are right); wanted <= 10 ms`); // oxfmt-ignore
  const pattern = jacobianSparsity(own.terms, own.variables);
  report.row("its pattern alone", ms(timed(readSystem, (each) => jacobianSparsity(each.terms, each.variables))), "-", `${columnColoring(pattern).count} colours`); // oxfmt-ignore
  const energy = (context: Context): { term: Term; variables: Term[] } => {
    const each = readSystem(context);
    return { term: add(each.terms[0], ...each.terms.slice(1)), variables: each.variables };
  };
  const hessian = energy(context);
  report.row("sparse Hessian of the sum of the system", ms(timed(energy, (each) => sparseHessian(each.term, each.variables))), "-", `${sparseHessian(hessian.term, hessian.variables).terms.length} nonzeros`); // oxfmt-ignore
  const traced = (N: number, unroll: boolean): Term => trace(reactionDiffusion(N), { context: new Context(), parameters: { du: [3 * N * N], u: [3 * N * N] }, constants: { N }, unroll }).written.du; // oxfmt-ignore
  report.row("tracing reaction and diffusion, 32 x 32 cells, written out", ms(timed(() => 32, (N) => traced(N, true))), "-", `${elements(traced(32, true)).length} equations`); // oxfmt-ignore
  report.row("the same, loops kept, 1,000 x 1,000 cells", ms(timed(() => 1000, (N) => traced(N, false))), "-", `${graphSize(traced(1000, false))} distinct terms`); // oxfmt-ignore
  const perTerm = sympy?.termMicroseconds === undefined ? "-" : `${sympy.name}: ${(sympy.termMicroseconds * (MILLION / 1e6)).toFixed(1)} s for as many`; // oxfmt-ignore
  for (const [name, build, remark] of [
    ["a million distinct terms a_i a_j^2 + a_k", regular, perTerm],
    ["a million distinct terms, random", random, "-"],
  ] as const) {
    const { ms: took, bytes } = million(build, collect);
    report.row(
      name,
      `${(took / 1000).toFixed(2)} s, ${bytes.toFixed(0)} bytes each`,
      remark,
      "best of 3; wanted <= 1 s and <= 300 bytes",
    );
  }
}
