// Solves the problem set of bench/problems-algebra with this system: node tools/run.mjs bench/algebra-problems.ts [look|held-out] > RESULTS.
// Prints JSON lines {id, result, ms} for score.py; a problem has 20 seconds, as SymPy has.
import { readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { operate } from "../src/operate.ts";
import { parse } from "../src/term/index.ts";

interface Problem {
  readonly id: string;
  readonly kind: "simplify" | "factor" | "equal" | "latex";
  readonly expr: string;
  readonly other?: string;
  readonly assume?: string;
  readonly goal: string;
}

const here = fileURLToPath(new URL("./problems-algebra/", import.meta.url));
const halves = process.argv.length > 2 ? process.argv.slice(2) : ["look", "held-out"];
for (const half of halves)
  for (const file of readdirSync(`${here}${half}`).sort())
    for (const line of readFileSync(`${here}${half}/${file}`, "utf8")
      .split("\n")
      .filter((text) => text !== "")) {
      const { id, kind, expr, other, assume, goal } = JSON.parse(line) as Problem;
      const start = performance.now();
      const { ok, result, reason, evidence } = operate({ op: kind === "latex" ? "parse" : kind, expr, other, assume, from: kind === "latex" ? "latex" : "infix", timeout_ms: 20_000 }); // oxfmt-ignore
      const ms = Math.round(100 * (performance.now() - start)) / 100;
      // The rule for LaTeX is that the term is the goal's: compared here, where terms are; two texts may print one term differently.
      const shown = kind === "latex" && ok && sameTerm(result!, goal) ? goal : result;
      process.stdout.write(
        `${JSON.stringify({ id, result: ok ? shown : null, reason, grade: evidence[0]?.grade, ms })}\n`,
      );
    }

function sameTerm(a: string, b: string): boolean {
  try {
    return parse(a) === parse(b);
  } catch {
    return false;
  }
}
