// npm run bench -- algebra: polynomial and symbolic jobs beside SymPy, giac and PARI/GP, in one run. Inputs are those of published
// comparisons and textbooks; generators are written out here. Ours: median of warm repetitions, each with its input in a new context. SymPy: medians with its
// cache cleared. giac: its own time(). PARI: getabstime around enough repetitions.
import { spawnSync } from "node:child_process";
import { rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import {
  assume,
  expand,
  factorPolynomial,
  gcd,
  groebnerBasis,
  measure,
  polynomial as P,
  ringOf,
  simplify,
  toTerm,
  type Polynomial,
} from "calculemus/algebra";
import { Context, diff, graphSize, jacobian, parse, type Term } from "calculemus/term";
import { geometricMean, median, type Report } from "./report.ts";
import { randomTree, system, unknowns } from "./terms.ts";

interface Job {
  readonly id: string;
  readonly what: string;
  /** Makes the input, in a context of its own, and the timed run, which returns what `check` counts. */
  readonly prepare: () => () => number;
  readonly sympy?: { readonly setup: string; readonly code: string; readonly check: string };
  /** A giac expression to time, and one whose value is the count. */
  readonly giac?: { readonly setup?: string; readonly code: string; readonly check: string };
  readonly pari?: { readonly setup?: string; readonly code: string; readonly check: string };
  /** Milliseconds wanted of ours. */
  readonly wanted?: number;
}

const XYZ = "x,y,z=symbols('x y z')";

/** Terms of a sum, its constant among them. */
const summands = (sum: Term): number => sum.args.length + (sum.value === 0 ? 0 : 1);

const variables = (n: number): Polynomial[] => Array.from({ length: n }, (_, v) => P.variable(v, n));

/** Polynomials of a text in variables, by the ring. */
function polynomialsOf(texts: readonly string[], names: string): Polynomial[] {
  const context = new Context();
  const symbols = names.split(" ").map((name) => context.symbol(name));
  const terms = texts.map((text) => parse(text, { context }));
  const ring = ringOf([...terms, ...symbols], { first: symbols });
  return terms.map((term) => ring.of(term).num);
}

function cyclic(n: number): string[] {
  const x = (i: number): string => `x${i % n}`;
  const sums = Array.from({ length: n - 1 }, (_, k) =>
    Array.from({ length: n }, (_each, i) => Array.from({ length: k + 1 }, (_one, j) => x(i + j)).join("*")).join("+"),
  );
  return [...sums, `${Array.from({ length: n }, (_, i) => x(i)).join("*")}-1`];
}

function katsura(n: number): string[] {
  const x = (i: number): string => (Math.abs(i) <= n ? `x${Math.abs(i)}` : "0");
  const range = Array.from({ length: 2 * n + 1 }, (_, i) => i - n);
  return [
    ...Array.from({ length: n }, (_, m) => `${range.map((i) => `${x(i)}*${x(m - i)}`).join("+")}-x${m}`),
    `${range.map(x).join("+")}-1`,
  ];
}

function jobs(): Job[] {
  const list: Job[] = [];
  for (const [n, wanted] of [[5], [10], [15, 3], [20, 8]] as const) {
    list.push({
      id: `expand${n}`,
      what: `expand (x+y+z+1)^${n}, as terms`,
      wanted,
      prepare: () => {
        const context = new Context();
        return () => summands(expand(parse(`(x+y+z+1)^${n}`, { context })));
      },
      sympy: { setup: XYZ, code: `sp.expand((x+y+z+1)**${n})`, check: "len(value.args)" },
      giac: { code: `expand((x+y+z+1)^${n})`, check: `nops(expand((x+y+z+1)^${n}))` },
    });
  }
  const tree = randomTree(1000, 7);
  list.push({
    id: "read",
    what: "read the 1,000-node expression",
    prepare: () => {
      const context = new Context();
      return () => graphSize(parse(tree, { context }));
    },
    sympy: { setup: `t='''${tree}'''.replace('^','**')`, code: "sp.sympify(t)", check: "1" },
  });
  list.push({
    id: "diff",
    what: "its derivative",
    wanted: 5,
    prepare: () => {
      const context = new Context();
      const term = parse(tree, { context });
      return () => graphSize(diff(term, context.symbol("x")));
    },
    sympy: { setup: `${XYZ}\nt=sp.sympify('''${tree}'''.replace('^','**'))`, code: "sp.diff(t,x)", check: "1" },
    giac: { code: `diff(${tree},x)`, check: "1" },
  });
  list.push({
    id: "jacobian",
    what: "50 x 50 Jacobian, 200 nonzeros",
    wanted: 10,
    prepare: () => {
      const context = new Context();
      const terms = system.map((text) => parse(text, { context }));
      const symbols = context.symbols(...unknowns);
      return () => jacobian(terms, symbols).reduce((sum, row) => sum + row.size, 0);
    },
    sympy: {
      setup: `s=[sp.sympify(f.replace('^','**')) for f in ${JSON.stringify(system)}]; u=sp.symbols('x0:50')`,
      code: "sp.Matrix(s).jacobian(u)",
      check: "sum(e != 0 for e in value)",
    },
    giac: {
      setup: `s:=[${system.join(",")}]; u:=[${unknowns.join(",")}]`,
      code: "diff(s,u)",
      check: "sum(map(flatten(diff(s,u)),t->when(t==0,0,1)))",
    },
  });
  const four = variables(4);
  const sum4 = four.reduce((a, b) => P.add(a, b));
  const [dense1, dense2] = [1, 2].map((c) => P.power(P.add(sum4, P.constant(c, 4)), 10));
  list.push({
    id: "multiply",
    what: "product of two dense polynomials, 4 variables, 1,001 terms each",
    wanted: 60,
    prepare: () => () => P.size(P.multiply(dense1, dense2)),
    sympy: {
      setup: "R,a,b,c,d=sp.ring('a b c d',sp.ZZ); f=(a+b+c+d+1)**10; g=(a+b+c+d+2)**10",
      code: "f*g",
      check: "len(value)",
    },
    giac: {
      setup: "f:=expand((a+b+c+d+1)^10); g:=expand((a+b+c+d+2)^10)",
      code: "expand(f*g)",
      check: "nops(expand(f*g))",
    },
    pari: { setup: "f=(a+b+c+d+1)^10; g=(a+b+c+d+2)^10", code: "f*g", check: "10626" },
  });
  const gcds: [string, string, string, string, string][] = [
    ["gcd1", "(x+y+z+1)^8", "x-2*y+3*z-5", "2*x+y-z+7", "x y z"],
    ["gcd2", "(x^2*y+3*z-1)^4", "(x+y*z+2)^3", "(x*y-z^2+5)^3", "x y z"],
    ["gcd3", "x^20-3*x^7+2", "x^30+x+1", "x^25-x^3+7", "x"],
    ["gcd4", "(x*y*z*w+x+y+z+w)^2", "(x-y+2*w)^4", "(z+3*w-x)^4", "x y z w"],
  ];
  for (const [id, g, a, b, names] of gcds) {
    const py = (text: string): string => text.replaceAll("^", "**");
    const symbols = `${names.replaceAll(" ", ",")}=symbols('${names}')`;
    list.push({
      id,
      what: `gcd of expanded (${g})(${a}) and (${g})(${b})`,
      prepare: () => {
        const context = new Context();
        const [f, h] = [a, b].map((other) => expand(parse(`(${g})*(${other})`, { context })));
        return () => {
          const ring = ringOf([f, h]);
          return summands(toTerm(ring, gcd(ring.of(f).num, ring.of(h).num)));
        };
      },
      sympy: {
        setup: `${symbols}; f=sp.expand((${py(g)})*(${py(a)})); h=sp.expand((${py(g)})*(${py(b)}))`,
        code: "sp.gcd(f,h)",
        check: "len(value.args)",
      },
      giac: {
        setup: `f:=expand((${g})*(${a})); h:=expand((${g})*(${b}))`,
        code: "gcd(f,h)",
        check: "nops(expand(gcd(f,h)))",
      },
      ...(names === "x" ? { pari: { setup: `f=(${g})*(${a}); h=(${g})*(${b})`, code: "gcd(f,h)", check: "3" } } : {}),
    });
  }
  const factors: [string, string, string, string][] = [
    ["factor1", "factor x^100 - 1", "x^100-1", "x"],
    ["factor2", "factor expanded (x^2+yz-3)(xy+z^2+1)(x+y+z-2)^2", "(x^2+y*z-3)*(x*y+z^2+1)*(x+y+z-2)^2", "x y z"],
    ["factor3", "factor expanded (x-1)...(x-20)", Array.from({ length: 20 }, (_, k) => `(x-${k + 1})`).join("*"), "x"],
    [
      "factor4",
      "factor expanded (x^6+3x^4-2x+7)(x^8-x^5+11)(5x^7+x^2-3)",
      "(x^6+3*x^4-2*x+7)*(x^8-x^5+11)*(5*x^7+x^2-3)",
      "x",
    ],
    [
      "factor5",
      "factor expanded (x^3y-2z+1)(xz^2+y^2-5)(x^2+y^2+z^2+1)",
      "(x^3*y-2*z+1)*(x*z^2+y^2-5)*(x^2+y^2+z^2+1)",
      "x y z",
    ],
    [
      "factor6",
      "the fourth Swinnerton-Dyer polynomial (irreducible)",
      "x^16-136*x^14+6476*x^12-141912*x^10+1513334*x^8-7453176*x^6+13950764*x^4-5596840*x^2+46225",
      "x",
    ],
  ];
  for (const [id, what, text, names] of factors) {
    const py = text.replaceAll("^", "**");
    list.push({
      id,
      what,
      prepare: () => {
        const f = expand(parse(text, { context: new Context() }));
        return () => {
          const ring = ringOf([f]);
          const found = factorPolynomial(ring.of(f).num).factors;
          for (const [part] of found) toTerm(ring, part);
          return found.length;
        };
      },
      sympy: {
        setup: `${names.split(" ").join(",")}=symbols('${names}'); f=sp.expand(${py})`,
        code: "sp.factor_list(f)",
        check: "len(value[1])",
      },
      giac: { setup: `f:=expand(${text})`, code: "factors(f)", check: "length(factors(f))/2" },
      ...(names === "x" ? { pari: { setup: `f=${text}`, code: "factor(f)", check: "matsize(factor(f))[1]" } } : {}),
    });
  }
  for (const [id, what, texts, count] of [
    ["cyclic5", "Groebner basis of cyclic-5, grevlex", cyclic(5), 5],
    ["katsura5", "Groebner basis of katsura-5, grevlex", katsura(5), 6],
  ] as const) {
    const names = Array.from({ length: count }, (_, i) => `x${i}`);
    const input = polynomialsOf(texts, names.join(" "));
    list.push({
      id,
      what,
      prepare: () => () => groebnerBasis(input).basis.length,
      sympy: {
        setup: `u=sp.symbols('x0:${count}'); f=[sp.sympify(t.replace('^','**')) for t in ${JSON.stringify(texts)}]`,
        code: "sp.groebner(f,*u,order='grevlex')",
        check: "len(value.exprs)",
      },
      giac: {
        setup: `f:=[${texts.join(",")}]; u:=[${names.join(",")}]`,
        code: "gbasis(f,u,revlex)",
        check: "length(gbasis(f,u,revlex))",
      },
    });
  }
  return list;
}

function ours(job: Job): { ms: number; check: number } {
  let check = 0;
  const times: number[] = [];
  // A third of the time warms; the input is made anew before each run, and not timed.
  const begin = performance.now();
  do {
    const run = job.prepare();
    const start = performance.now();
    check = run();
    if (start - begin > 700) times.push(performance.now() - start);
  } while ((performance.now() - begin < 2100 && times.length < 400) || times.length === 0);
  return { ms: median(times), check };
}

function sympy(list: readonly Job[]): Map<string, { ms: number | null; check: number | null }> {
  const here = fileURLToPath(new URL("./peers/algebra/sympy_jobs.py", import.meta.url));
  const input = JSON.stringify(list.filter((job) => job.sympy).map(({ id, sympy: code }) => ({ id, ...code })));
  const run = spawnSync("python3", [here], { input, encoding: "utf8", maxBuffer: 1 << 26 });
  const lines = run.stdout.split("\n").filter((line) => line.startsWith("{"));
  return new Map(
    lines
      .map((line) => JSON.parse(line) as { id: string; ms: number | null; check: number | null })
      .map((each) => [each.id, each]),
  );
}

function giac({ giac: code }: Job): { ms: number; check: number } | undefined {
  if (!code) return undefined;
  const ask = (...texts: string[]): string => {
    const { stdout } = spawnSync("giac", texts, { encoding: "utf8", timeout: 60_000 });
    const lines = stdout.split("\n").filter((line) => line !== "" && !line.startsWith("//"));
    return lines.at(-1)?.trim() ?? "";
  };
  const setup = code.setup ? code.setup.split("; ") : [];
  const times = Array.from(
    { length: 3 },
    () => Number(/\[[^,[\]]+,([-+.\deE]+)\]/.exec(ask(...setup, `time(${code.code})`))?.[1] ?? Number.NaN) * 1000,
  );
  return { ms: median(times), check: Number(ask(...setup, code.check)) };
}

function pari({ pari: code }: Job): { ms: number; check: number } | undefined {
  if (!code) return undefined;
  // Repeated inside until the clock of a millisecond is good enough.
  const script = `${code.setup ? `${code.setup};` : ""} n=1; t=0; while(t<300, t0=getabstime(); for(i=1,n,${code.code}); t=getabstime()-t0; if(t<300, n=2*n)); print(t/n*1.,";",${code.check})`;
  const { stdout } = spawnSync("gp", ["-q", "-f", "-s", "512M"], {
    input: `${script}\n`,
    encoding: "utf8",
    timeout: 60_000,
  });
  const found = /([\d.]+(?:E-?\d+)?);(\d+)/.exec(stdout.replaceAll(" E", "E"));
  return found ? { ms: Number(found[1]), check: Number(found[2]) } : undefined;
}

/** Jobs of the comparison that the wanted ratios were stated for. */
const PUBLISHED = new Set(["expand5", "expand10", "expand15", "expand20", "read", "diff", "jacobian", "gcd1", "factor1", "factor2", "cyclic5", "katsura5"]); // oxfmt-ignore

/** Time beside the peers, job by job; fails where two systems count differently. */
export function algebraBench(report: Report): void {
  const list = jobs();
  const beside = sympy(list);
  const rows: string[][] = [];
  const ratios: { sympy: number[]; giac: number[]; pari: number[] } = { sympy: [], giac: [], pari: [] };
  const published: { sympy: number[]; giac: number[]; pari: number[] } = { sympy: [], giac: [], pari: [] };
  const show = (ms: number | null | undefined): string =>
    ms === null || ms === undefined || Number.isNaN(ms) ? "-" : ms.toPrecision(3);
  for (const job of list) {
    const mine = ours(job);
    const peers = { sympy: beside.get(job.id), giac: giac(job), pari: pari(job) };
    const cells: string[] = [];
    for (const name of ["sympy", "giac", "pari"] as const) {
      const peer = peers[name];
      const agree =
        !peer || peer.check === null || !Number.isFinite(peer.check) || peer.check === 1 || peer.check === mine.check;
      if (!agree) throw new Error(`${job.id}: ${mine.check} here, ${peer.check} by ${name}`);
      if (peer?.ms) ratios[name].push(peer.ms / mine.ms);
      if (peer?.ms && PUBLISHED.has(job.id)) published[name].push(peer.ms / mine.ms);
      cells.push(peer?.ms ? `${show(peer.ms)} (${(peer.ms / mine.ms).toFixed(peer.ms / mine.ms < 10 ? 1 : 0)}x)` : "-");
    }
    rows.push([
      `${job.what}${PUBLISHED.has(job.id) ? " (*)" : ""}`,
      show(mine.ms),
      job.wanted === undefined ? "" : `<= ${job.wanted}`,
      ...cells,
    ]);
  }
  report.table(
    "Algebra",
    "Milliseconds, medians; in parentheses the peer's time over ours. SymPy 1.14, giac 1.9.0, PARI/GP 2.15.2. Counts of terms, factors and basis elements agree.",
    ["job", "Calculemus", "wanted", "SymPy", "giac", "PARI"],
    [
      ...rows,
      [
        "geometric mean over the jobs of the published comparison (*)",
        "",
        "SymPy >= 50x, giac >= 1x",
        `${geometricMean(published.sympy).toFixed(1)}x`,
        `${geometricMean(published.giac).toFixed(1)}x`,
        "",
      ],
      [
        "geometric mean over all",
        "",
        "",
        ...(["sympy", "giac", "pari"] as const).map((name) => `${geometricMean(ratios[name]).toFixed(1)}x`),
      ],
    ],
  );
  identities(report);
  problemSet(report);
}

/** The committed problem set, solved here and by SymPy in this run, scored by its own rules (bench/problems-algebra). */
function problemSet(report: Report): void {
  const root = fileURLToPath(new URL("..", import.meta.url));
  const folder = `${root}bench/problems-algebra`;
  const python = ["/usr/bin/env", "python3"] as const;
  const solve = (name: string, command: string, args: readonly string[], cwd: string): string => {
    const { stdout } = spawnSync(command, [...args], { cwd, encoding: "utf8", maxBuffer: 1 << 26 });
    const path = join(tmpdir(), `calculemus-problems-${name}-${process.pid}.jsonl`);
    writeFileSync(path, stdout);
    return path;
  };
  const files = {
    Calculemus: solve(
      "ours",
      process.execPath,
      [join(root, "tools/run.mjs"), join(root, "bench/algebra-problems.ts")],
      root,
    ),
    SymPy: solve("sympy", python[0], [python[1], "sympy_solve.py"], folder),
  };
  const rows: string[][] = [];
  for (const half of ["look", "held-out"])
    for (const [name, path] of Object.entries(files)) {
      const { stdout } = spawnSync(python[0], [python[1], "score.py", path, "--half", half], {
        cwd: folder,
        encoding: "utf8",
      });
      for (const line of stdout.split("\n")) {
        const found =
          /^(\S+) (\w+): (\d+) of (\d+) right(?:, short (\d+))?, (\d+) missed, (\d+) wrong, median ([\d.]+) ms/.exec(
            line,
          );
        if (found)
          rows.push([half, found[2], name, `${found[3]} of ${found[4]}`, found[5] ?? "", found[6], found[7], found[8]]);
      }
    }
  for (const path of Object.values(files)) rmSync(path, { force: true });
  report.table(
    "Problem set of algebra",
    "530 problems, written and committed before the code that solves them; of the held-out half only totals were read. Right: by value, number of factors, answer, or term. Wrong answers are counted apart from those not given. SymPy reads LaTeX by its lark or antlr backend.",
    ["half", "kind", "system", "right", "short", "missed", "wrong", "median ms"],
    rows.sort((a, b) => a[0].localeCompare(b[0]) * -1 || a[1].localeCompare(b[1])),
  );
}

const IDENTITIES: readonly (readonly [string, string])[] = [
  ["sin(x)^2+cos(x)^2", "1"], ["1-sin(x)^2", "cos(x)^2"], ["2*sin(x)*cos(x)", "sin(2*x)"], ["cos(x)^2-sin(x)^2", "cos(2*x)"],
  ["sin(x)/cos(x)", "tan(x)"], ["1+tan(x)^2", "1/cos(x)^2"], ["sin(x)*cos(y)+cos(x)*sin(y)", "sin(x+y)"],
  ["sin(x)^4-cos(x)^4", "-cos(2*x)"], ["cosh(x)^2-sinh(x)^2", "1"], ["exp(x)*exp(-x)", "1"], ["(x^2-1)/(x-1)", "x+1"],
  ["(x^3-y^3)/(x-y)", "x^2+x*y+y^2"], ["1/(x-1)-1/(x+1)", "2/(x^2-1)"], ["(x^2+2*x+1)/(x+1)", "x+1"], ["x/(x*y+x)", "1/(y+1)"],
  ["(a+b)^2-(a-b)^2", "4*a*b"], ["(x^4-2*x^2+1)/(x^2-2*x+1)", "(x+1)^2"], ["log(exp(x))", "x"],
  ["sin(x)^2*cos(y)^2+cos(x)^2*cos(y)^2+sin(y)^2", "1"], ["(exp(2*x)-1)/(exp(x)-1)", "exp(x)+1"],
]; // oxfmt-ignore

/** The twenty identities, x, y, a, b real: how many come out no longer than the goal, and how long each takes. */
function identities(report: Report): void {
  const known = assume("x real, y real, a real, b real");
  const times: number[] = [];
  let reached = 0;
  for (const [text, goal] of IDENTITIES) {
    const run = (): Term => simplify(parse(text, { context: new Context() }), { assumptions: known }).term;
    const result = run();
    if (measure(result) <= measure(parse(goal))) reached++;
    for (let k = 0; k < 3; k++) run();
    const laps = Array.from({ length: 7 }, () => {
      const start = performance.now();
      run();
      return performance.now() - start;
    });
    times.push(median(laps));
  }
  const code = IDENTITIES.map(([text]) => `sp.simplify(sp.sympify('${text.replaceAll("^", "**")}', locals=r))`);
  const peer = sympy(IDENTITIES.map(([text], k) => ({ id: String(k), what: text, prepare: () => () => 0, sympy: { setup: "r={n: sp.Symbol(n, real=True) for n in 'abxy'}", code: code[k], check: "1" } }))); // oxfmt-ignore
  const theirs = IDENTITIES.map((_, k) => peer.get(String(k))?.ms ?? Number.NaN);
  report.table(
    "Twenty identities",
    "simplify on the twenty identities of the tests, x, y, a, b real.",
    ["what", "Calculemus", "wanted", "SymPy"],
    [
      ["in the simplest form", `${reached}/20`, "20/20", "20/20 (published)"],
      ["median, ms", median(times).toFixed(2), "", median(theirs).toFixed(1)],
      ["slowest, ms", Math.max(...times).toFixed(2), "", Math.max(...theirs).toFixed(1)],
    ],
  );
}
