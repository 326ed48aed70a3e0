// Random functions, run as JavaScript and as traced terms: kept, written out and held.
import { Failure, Random } from "calculemus/base";
import {
  Context,
  elements,
  evaluate,
  index,
  Kind,
  postorder,
  substitute,
  trace,
  type NumericValue,
  type Term,
  type Traced,
} from "calculemus/term";
import { N, randomFunction } from "./random-function.ts";

const flat = (v: unknown): number[] =>
  typeof v === "number" ? [v] : Array.from(v as ArrayLike<unknown>).flatMap(flat);
const close = (a: number, b: number): boolean => a === b || Math.abs(a - b) <= 1e-8 * (1 + Math.abs(a) + Math.abs(b));

/** Exact powers and numbers beyond doubles: evaluation in doubles says nothing. */
const huge = (term: Term): boolean =>
  postorder([term]).some(
    (part) => String(part.value).length > 250 || part.weights.some((weight) => Number(weight) > 64),
  );

export interface Checked {
  readonly compared: number;
  readonly kept: number;
  /** What was different: a description of each. */
  readonly wrong: readonly string[];
}

/** Compares all results of the random functions from seed `first` on. Everything must be traced. */
export function checkRandomFunctions(first: number, count: number): Checked {
  const wrong: string[] = [];
  let [compared, kept] = [0, 0];
  for (let seed = first; seed < first + count; seed++) {
    const text = randomFunction(seed);
    // oxlint-disable-next-line no-implied-eval -- the reference is the function itself
    const f = new Function("N", `return ${text}`)(N) as (...args: unknown[]) => unknown;
    const random = new Random(seed + 77);
    const number = (): number => Math.round((random.next() - 0.5) * 16) / 8;
    const list = (): number[] => Array.from({ length: N }, number);
    const at = { out: list(), u: list(), v: list(), A: Array.from({ length: N }, list), x: number(), y: number() };
    const js = structuredClone(at);
    const result = flat(f(js.out, js.u, js.v, js.A, js.x, js.y));
    for (const mode of ["kept", "unrolled", "held"] as const) {
      const context = new Context();
      let traced: Traced;
      try {
        traced = trace(text, {
          context,
          parameters: { out: [N], u: [N], v: [N], A: [N, N] },
          constants: { N },
          unroll: mode === "unrolled",
          held: mode === "held",
        });
      } catch (error) {
        // Repeated squaring of exact numbers has a limit; nothing else is refused.
        if (error instanceof Failure && error.kind === "limit" && mode !== "held") continue;
        throw error;
      }
      if (mode === "kept") kept += traced.loops.filter((loop) => loop.reason === undefined).length;
      const out = traced.written.out;
      if (out === undefined && js.out.some((x, i) => x !== at.out[i])) wrong.push(`${seed} ${mode}: writes not seen`);
      for (const [wanted, term] of [
        [result, traced.value],
        [js.out, out],
      ] as const) {
        if (term === undefined) continue;
        const terms = elements(term);
        if (terms.length !== wanted.length)
          wrong.push(`${seed} ${mode}: ${terms.length} elements, not ${wanted.length}`);
        terms.forEach((each, i) => {
          if (!(Math.abs(wanted[i]) < 1e12) || (mode !== "held" && huge(each))) return;
          const values = at as Record<string, NumericValue>;
          const found = [evaluate(each, values)];
          if (term.kind === Kind.comprehension && terms.length === N) found.push(evaluate(index(term, context.number(i + 1)), values)); // oxfmt-ignore
          compared++;
          for (const x of found)
            if (mode === "held" ? x !== wanted[i] : !close(x, wanted[i])) wrong.push(`${seed} ${mode} element ${i}: ${x}, not ${wanted[i]}`); // oxfmt-ignore
        });
      }
    }
  }
  return { compared, kept, wrong };
}

/** The body under `u.length > 3`, so that its literal indices are inside, without flattened arrays and without a result. */
function withOpenLengths(text: string): string {
  return text
    .replace(/F\[[^[\]]*\]/g, "w[0]")
    .replace(", F = new Float64Array(N * N)", "")
    .replace("=> {", "=> {\n const N = u.length; if (N > 3) {")
    .replace(/\[(\d)\]/g, "[0]")
    .replace(/\((\d)\)/g, "(0)")
    .replaceAll("[[0, x], [3, y], [1, 0.25]]", "[[0, x], [0, y]]")
    .replace(/\n *(if \(s > 1\) )?return .*\n\}$/, "\n}}");
}

/** Random functions of arrays whose lengths are symbols. Many are refused; what is traced must be right for every length. */
export function checkOpenLengths(first: number, count: number): { traced: number; wrong: readonly string[] } {
  const wrong: string[] = [];
  let traced = 0;
  for (let seed = first; seed < first + count; seed++) {
    const text = withOpenLengths(randomFunction(seed));
    // oxlint-disable-next-line no-implied-eval -- the reference is the function itself
    const f = new Function(`return ${text}`)() as (...args: unknown[]) => unknown;
    const [list, square] = [{ shape: ["n"] }, { shape: ["n", "n"] }];
    let out: Term | undefined;
    try {
      out = trace(text, { context: new Context(), parameters: { out: list, u: list, v: list, A: square } }).written.out;
    } catch (error) {
      if (!(error instanceof Failure)) throw error;
      continue;
    }
    if (out === undefined) continue;
    traced++;
    for (const n of [2, 4, 6]) {
      const random = new Random(seed + n);
      const number = (): number => Math.round((random.next() - 0.5) * 16) / 8;
      const row = (): number[] => Array.from({ length: n }, number);
      const at = { out: row(), u: row(), v: row(), A: Array.from({ length: n }, row), x: number(), y: number(), n };
      const js = structuredClone(at);
      f(js.out, js.u, js.v, js.A, js.x, js.y);
      elements(substitute(out, { n })).forEach((each, i) => {
        if (!(Math.abs(js.out[i]) < 1e9) || huge(each)) return;
        const value = evaluate(each, at as Record<string, NumericValue>);
        if (!close(value, js.out[i])) wrong.push(`${seed}, n = ${n}, element ${i}: ${value}, not ${js.out[i]}`);
      });
    }
  }
  return { traced, wrong };
}
