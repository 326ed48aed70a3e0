// E-graphs: nodes a second from the start to 10^5 nodes (search, application of matches and rebuilding, from the first round to the
// end of the one that reaches the limit), and the time of each theorem of egg's tests. No peer: egg needs a Rust compiler.
import {
  backoff,
  calculusRules,
  commutativity,
  eager,
  explain,
  neutralRules,
  saturate,
  type Scheduler,
  TermGraph,
  type TermGraphOptions,
} from "calculemus/rewrite";
import { Context } from "calculemus/term";
import { median, type Report } from "./report.ts";

/** What the graph begins with: expressions of the kind of egg's tests. */
const START = [
  "1/((1 + sqrt(5))/2 - (1 - sqrt(5))/2)",
  "int(log(x) + cos(x), x)",
  "int(x^2, x)*cos(x)",
  "diff(x^3 - 7*x^2, x)",
  "(y + 1)*diff(y^2 + x*log(x), x)",
  "(a + b)*(c + d)*(x + y)",
];
const NODES = 100_000;
const ROUNDS = 9;

/** The theorems of egg's tests (x non-zero), both sides as written. */
export const THEOREMS: readonly (readonly [string, string])[] = [
  ["x + (x + (x + x))", "4*x"],
  ["2^x * 2^y", "2^(x + y)"],
  ["1 + (a - (2 - 1)*a)", "1"],
  ["diff(x, x)", "1"],
  ["diff(y, x)", "0"],
  ["diff(1 + 2*x, x)", "2"],
  ["diff(1 + x*y, x)", "y"],
  ["diff(ln(x), x)", "1/x"],
  ["diff(x^3, x)", "3*x^2"],
  ["diff(x^3 - 7*x^2, x)", "x*(3*x - 14)"],
  ["int(1, x)", "x"],
  ["int(cos(x), x)", "sin(x)"],
  ["int(x, x)", "x^2/2"],
  ["int(x*cos(x), x)", "x*sin(x) + cos(x)"],
  ["int(ln(x), x)", "x*ln(x) - x"],
];

const ASSUME = { x: "nonzero" } as const;
const list = (commutative: boolean) => (commutative ? calculusRules : [...calculusRules, ...commutativity]);

interface Throughput {
  readonly nodes: number;
  readonly ms: number;
  /** Processor time of all threads of the process, those of the engine too. */
  readonly cpu: number;
  readonly rounds: number;
  readonly search: number;
  readonly apply: number;
  readonly rebuild: number;
}

function throughput(commutative: boolean, scheduler: Scheduler): Throughput {
  const options: TermGraphOptions = {
    context: new Context(),
    assume: ASSUME,
    commutative: commutative ? undefined : [],
  };
  const graph = new TermGraph(options);
  for (const text of START) graph.addTerm(text);
  const before = process.cpuUsage();
  const begin = performance.now();
  const { rounds } = saturate(graph, [...list(commutative), ...neutralRules], { budget: { nodes: NODES, steps: 500 }, scheduler }); // oxfmt-ignore
  const ms = performance.now() - begin;
  const { user, system } = process.cpuUsage(before);
  const cpu = (user + system) / 1000;
  const total = (key: "search_ms" | "apply_ms" | "rebuild_ms"): number => rounds.reduce((sum, round) => sum + round[key], 0); // oxfmt-ignore
  return { nodes: graph.size, ms, cpu, rounds: rounds.length, search: total("search_ms"), apply: total("apply_ms"), rebuild: total("rebuild_ms") }; // oxfmt-ignore
}

/** Milliseconds, nodes and rounds of a proof; steps of its explanation. */
function prove(
  left: string,
  right: string,
  commutative: boolean,
  explanations: boolean,
): { ms: number; nodes: number; rounds: number; steps: number } {
  const graph = new TermGraph({ context: new Context(), assume: ASSUME, commutative: commutative ? undefined : [], explanations }); // oxfmt-ignore
  const [a, b] = [graph.addTerm(left), graph.addTerm(right)];
  const begin = performance.now();
  const { rounds } = saturate(graph, list(commutative), { budget: { steps: 30, nodes: 50_000, time_ms: 20_000 }, until: () => graph.same(a, b) }); // oxfmt-ignore
  const ms = performance.now() - begin;
  if (!graph.same(a, b)) throw new Error(`${left} = ${right} was not proved`);
  return { ms, nodes: graph.size, rounds: rounds.length, steps: explanations ? explain(graph, a, b).steps.length : 0 };
}

export function egraphBench(report: Report): void {
  const configurations = [
    ["commutativity as rules, every rule every round", false, eager],
    ["commutativity as rules, backoff", false, backoff],
    ["commutative by construction, every rule every round", true, eager],
    ["commutative by construction, backoff", true, backoff],
  ] as const;
  const runs = configurations.map((): Throughput[] => []);
  for (let round = 0; round < ROUNDS; round++)
    configurations.forEach(([, commutative, scheduler], i) => runs[i].push(throughput(commutative, scheduler())));
  report.table(
    "E-graphs: nodes a second",
    `Rules of calculus and arithmetic with neutral elements put in, from ${START.length} expressions to ${NODES.toLocaleString("en")} nodes; search, application and rebuilding together, compilation of the rules included. Medians of ${ROUNDS} runs in turn, the first is cold. Wanted: 300,000 a second.`,
    ["how", "nodes/s", "fastest", "per second of processor time", "ms", "search", "apply", "rebuild", "rounds"],
    configurations.map(([name], i) => {
      const of = (key: keyof Throughput): number => median(runs[i].map((run) => run[key]));
      const rates = runs[i].map((run) => (run.nodes / run.ms) * 1000);
      return [
        name,
        Math.round(median(rates)).toLocaleString("en"),
        Math.round(Math.max(...rates)).toLocaleString("en"),
        Math.round(median(runs[i].map((run) => (run.nodes / run.cpu) * 1000))).toLocaleString("en"),
        ...(["ms", "search", "apply", "rebuild"] as const).map((key) => of(key).toFixed(0)),
        String(of("rounds")),
      ];
    }),
  );
  const rows: string[][] = [];
  const sums = [0, 0];
  for (const [left, right] of THEOREMS) {
    const cells: string[] = [];
    for (const [k, commutative] of [true, false].entries()) {
      const proofs = Array.from({ length: ROUNDS }, () => prove(left, right, commutative, false));
      const ms = median(proofs.map((proof) => proof.ms));
      sums[k] += ms;
      cells.push(ms.toFixed(2), String(proofs[0].nodes), String(prove(left, right, commutative, true).steps));
    }
    rows.push([`\`${left} = ${right}\``, ...cells]);
  }
  rows.push(["all", sums[0].toFixed(1), "", "", sums[1].toFixed(1), "", ""]);
  report.table(
    "E-graphs: theorems",
    `Milliseconds until both sides are in one class (median of ${ROUNDS}, each in a new graph), nodes then, and steps of the explanation.`,
    ["theorem", "commutative by construction: ms", "nodes", "steps", "commutativity as rules: ms", "nodes", "steps"],
    rows,
  );
}
