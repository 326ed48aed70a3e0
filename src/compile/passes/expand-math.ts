// Pass: calls of functions by name become code of a library, written in the IR itself (room `special` provides one).
// Expansions are straight-line code without branches where they can be, so that later passes share, vectorise and fuse them;
// what the library does not have stays a call of the function table.
// Left out: calls in the conditions of `while`, which stay calls.
import { Block, program as whole, type Value } from "../builder.ts";
import type { Expression, Program, Statement } from "../ir.ts";
import { mapStatement, replaceFunctions, visitStatements } from "../shape.ts";

/** What a call is to be: the type of its arguments and whether operations may be fused or must round as written. */
export interface MathRequest {
  readonly name: string;
  readonly type: "f64" | "f32";
  /** Greatest error in units of the last place that is accepted. */
  readonly ulp: number;
  /** May the code call the function table, for arguments that it leaves out? Default true. */
  readonly calls?: boolean;
  /** May the code of an f32 function compute in f64? Default true. */
  readonly widens?: boolean;
}

/**
 * Code for one function: writes statements into `k` and returns the value. In branches for rare arguments it may call functions
 * with scalar parameters, which are the same objects at each expansion; those are not expanded themselves.
 */
export interface Expansion {
  /** Bound of the error in units in the last place, over the whole range of arguments. */
  readonly ulp: number;
  /** How the bound is known, for the evidence. */
  readonly source: string;
  /** Some arguments go to the function table. */
  readonly calls?: boolean;
  /** Of f32: it computes in f64. */
  readonly widens?: boolean;
  expand(k: Block, args: readonly Expression[]): Value;
}

/** Functions by name; undefined where there is none good enough. */
export type MathLibrary = (request: MathRequest) => Expansion | undefined;

export function expandMath(program: Program, library: MathLibrary, ulp: number): Program {
  const functions = program.functions.map((f) => {
    if (f.kind === "tape") return f;
    let found = false;
    visitStatements(f.body, (e) => (found ||= e.kind === "math"));
    return found ? { ...f, body: new Expander(library, ulp).body(f.body) } : f;
  });
  const { name, functions: expanded } = replaceFunctions(program, functions);
  // Code may call functions of its own: they join the program.
  return whole(name, ...expanded);
}

class Expander {
  readonly #library: MathLibrary;
  readonly #ulp: number;

  constructor(library: MathLibrary, ulp: number) {
    this.#library = library;
    this.#ulp = ulp;
  }

  body(list: readonly Statement[]): Statement[] {
    const out: Statement[] = [];
    for (const s of list) {
      if (s.kind === "while") {
        out.push({ ...s, body: this.body(s.body) });
        continue;
      }
      const before = new Block();
      const next = mapStatement(s, (e) => this.#expanded(e, before));
      out.push(...before.statements);
      if (next.kind === "for") out.push({ ...next, body: this.body(next.body) });
      else if (next.kind === "if")
        out.push({ ...next, body: this.body(next.body), otherwise: this.body(next.otherwise) }); // oxfmt-ignore
      else out.push(next);
    }
    return out;
  }

  #expanded(e: Expression, k: Block): Expression {
    switch (e.kind) {
      case "operation":
        return { ...e, args: e.args.map((x) => this.#expanded(x, k)) };
      case "load":
        return { ...e, index: this.#expanded(e.index, k) };
      case "call":
        return { ...e, args: e.args.map((x) => (x.kind === "slice" ? { ...x, offset: this.#expanded(x.offset, k) } : this.#expanded(x, k))) }; // oxfmt-ignore
      case "math": {
        const args = e.args.map((x) => this.#expanded(x, k));
        const expansion = this.#library({ name: e.name, type: e.type, ulp: this.#ulp });
        if (!expansion) return { ...e, args };
        const places = args.map((x, j) => (x.kind === "variable" || x.kind === "constant" ? x : k.let(`${e.name}.${j}`, x))); // oxfmt-ignore
        return k.let(e.name, expansion.expand(k, places), e.type);
      }
      default:
        return e;
    }
  }
}
