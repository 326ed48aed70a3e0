// Random small functions of numbers and arrays as JavaScript text, for tests of tracing. Every index stays inside, so each of
// them runs; loops, branches on indices and on values, accumulations, local arrays, helper functions, in-place writes.
import { Random } from "calculemus/base";

export const N = 5;

class Writer {
  readonly #random: Random;
  #names = 0;
  /** Loop variables in scope, each from 0 to N - 1. */
  #indices: string[] = [];
  #scalars: string[] = [];

  constructor(random: Random) {
    this.#random = random;
  }

  #draw(n: number): number {
    return Math.floor(this.#random.next() * n);
  }

  #pick<T>(list: readonly T[]): T {
    return list[this.#draw(list.length)];
  }

  index(): string {
    if (this.#indices.length === 0) return String(this.#draw(N));
    const i = this.#pick(this.#indices);
    return this.#pick([
      i, i, i, i, `N - 1 - ${i}`, `(${i} + 1) % N`, `(${i} + N - 1) % N`, `Math.max(${i} - 1, 0)`, `${i} > 0 ? ${i} - 1 : 0`,
      `${i} < N - 1 ? ${i} + 1 : ${i}`, String(this.#draw(N)), `${i} >> 1`, `Math.floor(${i} / 2)`,
    ]); // oxfmt-ignore
  }

  element(): string {
    return this.#pick([
      () => `u[${this.index()}]`,
      () => `u[${this.index()}]`,
      () => `v[${this.index()}]`,
      () => `w[${this.index()}]`,
      () => `out[${this.index()}]`,
      () => `A[${this.index()}][${this.index()}]`,
      () => `B[${this.index()}][${this.index()}]`,
      () => `F[(${this.index()}) * N + (${this.index()})]`,
      () => `[x, y, 2][(${this.index()}) % 3]`,
    ])();
  }

  value(depth = 2): string {
    if (depth === 0 || this.#draw(4) === 0)
      return this.#pick([
        () => this.element(),
        () => this.element(),
        () => this.#pick(["x", "y", "0.1", "2", "0.5", ...this.#scalars, ...this.#indices]),
      ])();
    const [a, b] = [this.value(depth - 1), this.value(depth - 1)];
    return this.#pick([
      `(${a} + ${b})`, `(${a} - ${b})`, `(${a} * ${b})`, `(${a} + ${b})`, `Math.sin(${a})`, `h(${a}, ${b})`, `-(${a})`,
      `(${this.condition()} ? ${a} : ${b})`, `Math.max(${a}, ${b})`, `(${a}) / 4`, `(${a}) ** 2`,
    ]); // oxfmt-ignore
  }

  condition(): string {
    if (this.#indices.length === 0 || this.#draw(5) === 0) return `${this.value(0)} > ${this.value(0)}`;
    const i = this.#pick(this.#indices);
    const j = this.#pick(this.#indices);
    return this.#pick([`${i} > 0`, `${i} === 0`, `${i} !== ${j}`, `${i} <= ${j}`, `${i} < N - 1 && ${i} > 0`, `${i} % 2 === 0`, `${i} === N - 1 || ${j} === 1`]); // oxfmt-ignore
  }

  write(): string {
    const target = this.#pick([
      () => `out[${this.index()}]`,
      () => `out[${this.index()}]`,
      () => `w[${this.index()}]`,
      () => `B[${this.index()}][${this.index()}]`,
      () => `F[(${this.index()}) * N + (${this.index()})]`,
    ])();
    return `${target} ${this.#pick(["=", "=", "+=", "*="])} ${this.value()};`;
  }

  accumulate(): string {
    if (this.#scalars.length === 0) return this.write();
    const s = this.#pick(this.#scalars);
    const a = this.value(1);
    return this.#pick([`${s} += ${a};`, `${s} += ${a};`, `${s} -= ${a};`, `${s} *= ${a};`, `${s} = Math.min(${s}, ${a});`, `if (${a} > ${s}) ${s} = ${a};`, `${s} = ${a};`]); // oxfmt-ignore
  }

  statement(depth: number): string {
    const roll = this.#draw(depth > 0 ? 12 : 5);
    if (roll < 3) return this.write();
    if (roll < 5) return this.accumulate();
    if (roll < 7) {
      const [a, b] = [this.block(depth - 1, 1), this.block(depth - 1, 1)];
      return `if (${this.condition()}) { ${a} }${this.#draw(2) ? ` else { ${b} }` : ""}`;
    }
    if (roll === 7) {
      const name = `s${this.#names++}`;
      const text = `let ${name} = ${this.value(1)};`;
      this.#scalars.push(name);
      return text;
    }
    const i = `i${this.#names++}`;
    const outer = this.#indices.at(-1);
    const head = this.#pick([
      `for (let ${i} = 0; ${i} < N; ${i}++)`,
      `for (let ${i} = 0; ${i} < N; ${i}++)`,
      `for (let ${i} = 1; ${i} < u.length - 1; ${i} += 1)`,
      `for (let ${i} = N - 1; ${i} >= 0; ${i}--)`,
      `for (let ${i} = 0; ${i} < N; ${i} += 2)`,
      outer ? `for (let ${i} = 0; ${i} <= ${outer}; ${i}++)` : `for (let ${i} = 2; ${i} !== N; ++${i})`,
      `for (const [${i}, q${i}] of [[0, x], [3, y], [1, 0.25]])`,
    ]); // oxfmt-ignore
    this.#indices.push(i);
    const scalars = [...this.#scalars];
    const body = this.block(depth - 1, 2);
    this.#scalars = scalars;
    this.#indices.pop();
    return `${head} { ${body} }`;
  }

  block(depth: number, most: number): string {
    const scalars = [...this.#scalars];
    const text = Array.from({ length: 1 + this.#draw(most) }, () => this.statement(depth)).join(" ");
    this.#scalars = scalars;
    return text;
  }

  whole(): string {
    this.#scalars.push("s");
    const lines = Array.from({ length: 1 + this.#draw(3) }, () => this.statement(3));
    const made = this.#pick([
      "const w = new Float64Array(N);",
      "const w = u.map((a, k) => a * k);",
      "const w = Array.from({ length: N }, (_, k) => k + x);",
    ]);
    const end = this.#pick([
      "return s;",
      "return [s, w, B];",
      "return w;",
      "return u.map((a, k) => a * w[k]).reduce((a, b) => a + b, s);",
      "if (s > 1) return w[0]; return -s;",
    ]);
    return [
      "(out, u, v, A, x, y) => {",
      "  const h = (a, b) => { const c = a - b; return a * c + 1; };",
      `  ${made}`,
      "  const B = Array.from({ length: N }, () => new Array(N).fill(1)), F = new Float64Array(N * N);",
      "  let s = 0;",
      ...lines.map((line) => `  ${line}`),
      `  ${end}`,
      "}",
    ].join("\n");
  }
}

/** A function (out, u, v, A, x, y); it also uses the constant N. */
export function randomFunction(seed: number): string {
  return new Writer(new Random(seed)).whole();
}
