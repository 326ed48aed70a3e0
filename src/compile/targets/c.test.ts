// Target c against the others: random programs bit for bit, functions of <math.h> to the last bits, stops, and what is missing.
import { spawnSync } from "node:child_process";
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { beforeEach, describe, expect, test } from "vitest";
import { Failure } from "../../base/index.ts";
import { fn, program, tapeFunction } from "../builder.ts";
import * as ir from "../builder.ts";
import { mathFunctions } from "../functions.ts";
import type { StructuredFunction } from "../ir.ts";
import { compileModuleSync, compileProgram, compileProgramSync, type Kernels } from "../kernel.ts";
import { expandMath } from "../passes/expand-math.ts";
import { vectorise } from "../passes/vectorise.ts";
import { Runtime } from "../runtime.ts";
import { SPECIAL_NAMES, specialFunctions } from "../../special/index.ts";
import { Op, TapeBuilder } from "../tape.ts";
import { emitC } from "./c.ts";
import { findCompiler, nativeMissing } from "./c-build.ts";
import { randomFunction, randomTape, SPECIAL } from "../../../test/compile/programs.ts";

const missing = nativeMissing();

/** Equal bit by bit, except for the bits of NaN. */
function same(what: string, actual: ArrayLike<number | bigint>, expected: ArrayLike<number | bigint>): void {
  expect(actual.length).toBe(expected.length);
  for (let i = 0; i < actual.length; i++)
    if (!Object.is(actual[i], expected[i])) expect([what, i, actual[i]]).toEqual([what, i, expected[i]]);
}

const pairs = Array.from({ length: 60 }, (_, k): [StructuredFunction, StructuredFunction] => {
  const inner = randomFunction(7919 * (k + 1), `inner${k}`, [], { calls: false });
  return [inner, randomFunction(104_729 * (k + 1), `outer${k}`, [inner], { calls: false })];
});
const randomProgram = program("random", ...pairs.flat());
const tapes = Array.from({ length: 40 }, (_, k) =>
  randomTape(31_337 * (k + 1), 20 + 10 * k, 1 + (k % 60), { calls: false, name: `tape${k}` }),
);

describe("source", () => {
  test("readable C for a kernel, the same for every machine", () => {
    const axpy = fn("axpy", { n: "i32", a: "f64", x: "f64[]", y: "f64[]" }, undefined, ({ n, a, x, y }, k) =>
      k.for("i", 0, n, (i) => k.store(y, i, ir.add(ir.mul(a, ir.at(x, i)), ir.at(y, i)))),
    );
    const source = emitC(program("blas", axpy));
    expect(source.text).toContain("Program blas: 1 functions");
    expect(source.text.slice(source.text.indexOf("void blas_axpy"))).toBe(
      `void blas_axpy(int32_t n, double a, const double *x, double *y)
{
  int32_t i = 0;
  for (i = 0; i < n; i++) {
    y[i] = (a * x[i]) + y[i];
  }
}
`,
    );
    expect(source.names.get("axpy")).toBe("blas_axpy");
  });

  test("names that C has already, names that are no identifiers, equal names", () => {
    const f = fn("9 lives", { int: "f64", "a b": "f64", a_b: "f64", exp: "f64", t0: "f64" }, "f64", (p, k) =>
      k.return(ir.add(ir.add(p.int, p["a b"]), ir.add(p.a_b, ir.add(ir.math("exp", p.exp), p.t0)))),
    );
    const { text, names } = emitC({ name: "double", functions: [f] });
    expect(names.get("9 lives")).toBe("double_2_9_lives");
    expect(text).toContain("(double int_2, double a_b, double a_b_2, double exp_2, double t0_)");
    expect(text).toContain("exp(exp_2)");
    const inner = fn("inner", { n: "i32" }, "i32", ({ n }, k) => k.return(ir.div(1, n)));
    const outer = fn("stopped", { p_inner_body: "i32", p_inner: "i32" }, "i32", (v, k) =>
      k.return(ir.add(ir.call(inner, v.p_inner), v.p_inner_body)),
    );
    const clashing = emitC(program("p", inner, outer));
    expect(clashing.names.get("stopped")).not.toBe(clashing.stopped);
    expect(clashing.text).toContain("p_inner_body(p_inner_2) , p_inner_body_".replace(" ,", ","));
  });

  test("functions that C does not have are refused", () => {
    const f = fn("f", { x: "f64" }, "f64", ({ x }, k) => k.return(ir.math("zeta", x)));
    expect(() => emitC(program("p", f))).toThrow("target c has no function zeta of 1 arguments");
  });

  test("what is missing is a Failure that says how to get it", () => {
    expect(() => findCompiler("no-such-compiler-here")).toThrow(
      expect.objectContaining({ kind: "unsupported", hint: expect.stringContaining("install gcc") }) as Failure,
    );
  });

  test("strict C11 without a warning", (context) => {
    const compiler = (["gcc", "clang"] as const).filter((x) => spawnSync(x, ["--version"]).status === 0);
    if (compiler.length === 0) context.skip("neither gcc nor clang");
    const folder = mkdtempSync(join(tmpdir(), "calculemus-test-"));
    const lanes = fn("lanes", { n: "i32", d: "i32", b: "i8[]", w: "i64[]" }, "i32", ({ n, d, b, w }, k) => {
      const v = k.let("v", ir.at(b, 0, "i8x16"), "i8x16");
      k.store(b, n, ir.swizzle(ir.addsat(v, v), ir.shuffle(v, ir.popcnt(v), [31, 3, 17, 0, 1, 2, 16, 15, 9, 8, 7, 22, 1, 5, 5, 30]))); // oxfmt-ignore
      k.store(w, 0, ir.divu(ir.at(w, 1), ir.i64(-7)));
      k.return(ir.add(ir.rem(n, d), ir.select(ir.ltu(n, 0), ir.div(n, d), ir.ctz(ir.clz(n)))));
    });
    const tapesOfAll = program("warnings", lanes, ...pairs.slice(0, 8).flat(), ...tapes.slice(0, 12).map(tapeFunction)); // oxfmt-ignore
    try {
      for (const kind of ["vector", "scalar"] as const) {
        const file = join(folder, `${kind}.c`);
        writeFileSync(file, emitC(tapesOfAll, { lanes: kind }).text);
        for (const name of compiler) {
          const strict = [
            "-std=c11",
            "-O1",
            "-Wall",
            "-Wextra",
            "-Werror",
            ...(kind === "scalar" ? ["-Wpedantic"] : []),
          ];
          const done = spawnSync(name, [...strict, "-c", file, "-o", join(folder, "out.o")], { encoding: "utf8" });
          expect(`${name} ${kind}: ${done.stderr}`).toBe(`${name} ${kind}: `);
        }
      }
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});

describe("machine code", () => {
  beforeEach((context) => {
    if (missing) context.skip(missing);
  });

  test("random programs give the bits of js", () => {
    const native = { optimise: 1 } as const;
    const js = compileProgramSync(randomProgram, { target: "js" });
    const c = compileProgramSync(randomProgram, { target: "c", native });
    let seed = 1;
    const random = (): number => ((seed = (Math.imul(seed, 1103515245) + 12345) | 0) >>> 0) / 2 ** 32;
    const some = (): number => (random() < 0.3 ? SPECIAL[Math.floor(random() * SPECIAL.length)] : 20 * random() - 10);
    const outcome = (k: Kernels, name: string, a: number, n: number, x: number[], j: number[]) => {
      const mark = k.runtime.mark();
      const [xs, js] = [k.runtime.f64(16), k.runtime.i32(16)];
      xs.set(x);
      js.set(j);
      const result = k.call[name](a, n, xs, js)!;
      k.runtime.release(mark);
      return [result, ...xs, ...js];
    };
    for (const [inner, outer] of pairs)
      for (let round = 0; round < 10; round++) {
        const [a, n] = [some(), Math.floor((random() - 0.5) * 2 ** 32)];
        const x = Array.from({ length: 16 }, some);
        const j = Array.from({ length: 16 }, () => Math.floor((random() - 0.5) * (round % 2 ? 40 : 2 ** 32)));
        for (const { name } of [inner, outer]) same(name, outcome(c, name, a, n, x, j), outcome(js, name, a, n, x, j));
      }
    c.dispose();
    js.dispose();
  });

  test.each([undefined, 50])("random tapes give the bits of the table tier, chunks of %s nodes", async (chunkNodes) => {
    const some = chunkNodes ? tapes.slice(25) : tapes.slice(0, 30);
    const p = program("tapes", ...some.map(tapeFunction));
    const table = compileProgramSync(p, { target: "table" });
    const c = await compileProgram(p, { target: "c", chunkNodes, native: { optimise: 1 } });
    const run = (k: Kernels, t: (typeof tapes)[number]): Float64Array => {
      const mark = k.runtime.mark();
      const arrays = t.arrays.map(({ length }) => k.runtime.f64(length));
      arrays[0].set(SPECIAL.slice(4, 12));
      arrays[1].set([0.1, 0.2, -0.3, 7, -8, 9.5, 1e-3, 1e5]);
      k.call[t.name](0.75, -3, ...arrays, k.runtime.f64(k.scratchLength(t.name)));
      const out = arrays[2].slice();
      k.runtime.release(mark);
      return out;
    };
    for (const tape of some) same(tape.name, run(c, tape), run(table, tape));
    c.dispose();
    table.dispose();
  });

  test("a tape of 600 scalars, and a chain of 3,000", () => {
    const names = Array.from({ length: 600 }, (_, i) => `s${i}`);
    const t = new TapeBuilder("scalars", names, [{ name: "out", length: 600, access: "write" }]);
    names.forEach((_, i) => t.store(t.emit(Op.mul, t.emit(Op.scalar, i), t.emit(Op.scalar, 599 - i)), 0, i));
    const chain = new TapeBuilder("chain", [], [{ name: "x", length: 8, access: "read" }, { name: "out", length: 1, access: "write" }]); // oxfmt-ignore
    const leaves = Array.from({ length: 3000 }, (_, i) => chain.load(0, i % 8));
    chain.store(leaves.reduce((value, leaf) => chain.emit(Op.sub, leaf, value)), 1, 0); // oxfmt-ignore
    const k = compileProgramSync(program("p", tapeFunction(t.build()), tapeFunction(chain.build())), { target: "c" });
    const out = k.runtime.f64(600);
    k.call.scalars(...names.map((_, i) => i + 0.25), out, k.runtime.f64(k.scratchLength("scalars")));
    same("scalars", out, names.map((_, i) => (i + 0.25) * (599 - i + 0.25))); // oxfmt-ignore
    const x = k.runtime.f64(8);
    x.set([1, 2, 3, 4, 5, 6, 7, 8]);
    k.call.chain(x, out, k.runtime.f64(k.scratchLength("chain")));
    expect(out[0]).toBe(leaves.map((_, i) => (i % 8) + 1).reduce((value, leaf) => leaf - value));
    k.dispose();
  });

  test("functions of the table agree with Math to the last bits, and exactly at special values", () => {
    const names = Object.keys(mathFunctions);
    const arity = (name: string): number => (["atan2", "pow", "hypot", "mod"].includes(name) ? 2 : 1);
    const functions = names.map((name) =>
      fn(name, { x: "f64", y: "f64" }, "f64", ({ x, y }, k) =>
        k.return(arity(name) === 2 ? ir.math(name, x, y) : ir.math(name, x)),
      ),
    );
    const single = fn("single", { x: "f32" }, "f32", ({ x }, k) => k.return(ir.math("exp", x)));
    const k = compileProgramSync(program("p", ...functions, single), { target: "c", native: { optimise: 1 } });
    const wrong: unknown[] = [];
    const values = [...SPECIAL.filter((x) => Math.abs(x) < 1e9 || !Number.isFinite(x)), 0.3, -0.7, 7.25, 30];
    for (const name of names)
      for (const x of values)
        for (const y of arity(name) === 2 ? values : [0]) {
          const [actual, expected] = [k.call[name](x, y) as number, mathFunctions[name](x, y)];
          const error = Math.abs(actual - expected) / Math.abs(expected);
          if (!Object.is(actual, expected) && !(error < 1e-14)) wrong.push([name, x, y, actual, expected]);
        }
    expect(wrong).toEqual([]);
    expect(k.call.single(1.5)).toBe(Math.fround(Math.exp(1.5)));
    k.dispose();
  });

  test("stencils, triangles and views, whose indices are formed in the width of a pointer", () => {
    const stencil = fn("stencil", { n: "i32", u: "f64[]", v: "f64[]" }, undefined, ({ n, u, v }, k) => {
      k.for("i", 1, ir.sub(n, 1), (i) =>
        k.for("j", 1, ir.sub(n, 1), (j) => {
          const c = k.let("c", ir.add(ir.mul(i, n), j));
          const around = ir.add(ir.at(u, ir.sub(c, n)), ir.mul(ir.at(u, ir.add(c, n)), 3));
          k.store(v, c, ir.add(around, ir.sub(ir.at(u, ir.add(c, 1)), ir.mul(ir.at(u, ir.sub(c, 1)), 5))));
        }),
      );
      const shifted = k.view("shifted", v, ir.mul(n, 2));
      k.for("i", ir.sub(n, 1), -1, (i) =>
        k.for("j", 0, ir.add(i, 1), (j) => {
          const back = k.let("back", ir.sub(ir.add(j, 1), ir.add(n, i)));
          k.store(shifted, back, ir.add(ir.at(shifted, ir.sub(j, n)), ir.at(u, ir.add(ir.add(j, -1), ir.add(i, 1)))));
        }),
      -1);
    }); // oxfmt-ignore
    const results = (["wasm", "c"] as const).map((target) => {
      const k = compileProgramSync(program("p", stencil), { target });
      const [u, v] = [k.runtime.f64(49), k.runtime.f64(49)];
      u.forEach((_, i) => (u[i] = Math.sqrt(i)));
      k.call.stencil(7, u, v);
      const out = v.slice();
      k.dispose();
      return out;
    });
    expect(results[0].some((x) => x !== 0)).toBe(true);
    same("stencil", results[1], results[0]);
  });

  test("functions expanded from the room special give the bits of wasm, scalar and in lanes", () => {
    const functions = SPECIAL_NAMES.flatMap((name) =>
      (["f64", "f32"] as const).map((type) => {
        const parameters = { n: "i32", x: `${type}[n]`, z: `${type}[n]`, y: `${type}[n]` } as const;
        return fn(`${name}_${type}`, parameters, undefined, ({ n, x, z, y }, k) =>
          k.for("i", 0, n, (i) => {
            const args = ["pow", "atan2", "hypot"].includes(name) ? [ir.at(x, i), ir.at(z, i)] : [ir.at(x, i)];
            k.store(y, i, ir.math(name, ...args));
          }),
        );
      }),
    );
    const scalar = expandMath(program("special", ...functions), specialFunctions, 4);
    const values = [...SPECIAL, ...Array.from({ length: 500 }, (_, i) => Math.sinh((i - 250) / 25) * 3)];
    const others = values.map((_, i) => values[(i * 7) % values.length]);
    for (const p of [scalar, vectorise(scalar)]) {
      const [wasm, c] = (["wasm", "c"] as const).map((target) => {
        const k = compileProgramSync(p, { target, relaxed: false, native: { optimise: 1 } });
        const results = functions.map(({ name }) => {
          const slice = (): Float64Array | Float32Array => (name.endsWith("f64") ? k.runtime.f64(values.length) : k.runtime.f32(values.length)); // oxfmt-ignore
          const [x, z, y] = [slice(), slice(), slice()];
          x.set(values);
          z.set(others);
          k.call[name](values.length, x, z, y);
          return [...y];
        });
        k.dispose();
        return results;
      });
      functions.forEach(({ name }, i) => same(name, c[i], wasm[i]));
    }
  });

  test("i64 and f32 arguments and results; a division that stops where its value is not chosen", () => {
    const long = fn("long", { a: "i64", b: "i64" }, "i64", ({ a, b }, k) => k.return(ir.div(a, b)));
    const short = fn("short", { a: "f32" }, "f32", ({ a }, k) => k.return(ir.mul(a, a)));
    const chosen = fn("chosen", { a: "i32" }, "i32", ({ a }, k) => k.return(ir.select(ir.eq(a, 0), 7, ir.div(1, a))));
    const outer = fn("outer", { a: "i32" }, "i32", ({ a }, k) => k.return(ir.add(ir.call(chosen, a), 1)));
    const p = program("p", long, short, chosen, outer);
    for (const target of ["c", "wasm"] as const) {
      const k = compileProgramSync(p, { target });
      expect(k.call.long(-(2n ** 62n), 3n)).toBe(-(2n ** 62n) / 3n);
      expect(k.call.long(7n, 2n)).toBe(3n);
      expect(() => k.call.long(1n, 0n)).toThrow(/kernel long stopped: .*div.* zero/);
      expect(() => k.call.long(-(2n ** 63n), -1n)).toThrow("kernel long stopped");
      expect(k.call.short(0.1)).toBe(Math.fround(Math.fround(0.1) ** 2));
      expect(() => k.call.chosen(0)).toThrow("kernel chosen stopped");
      expect(() => k.call.outer(0)).toThrow("kernel outer stopped");
      expect(k.call.outer(1)).toBe(2);
      k.dispose();
    }
  });

  test("parts of an expression are computed from left to right, whatever a called function writes", () => {
    const bump = fn("bump", { x: "f64[]" }, "f64", ({ x }, k) => {
      k.store(x, 0, ir.mul(ir.at(x, 0), 2));
      k.return(ir.at(x, 0));
    });
    const mixed = fn("mixed", { x: "f64[]" }, "f64", ({ x }, k) => {
      k.set(k.let("n", 0), 0);
      k.while(ir.lt(ir.sub(ir.at(x, 0), ir.call(bump, x)), -100), () => k.break());
      k.return(ir.sub(ir.sub(ir.at(x, 0), ir.call(bump, x)), ir.mul(ir.at(x, 0), ir.call(bump, x))));
    });
    const results = (["wasm", "c"] as const).map((target) => {
      const k = compileProgramSync(program("p", bump, mixed), { target });
      const x = k.runtime.f64(1);
      x[0] = 3;
      const result = k.call.mixed(x);
      const after = x[0];
      k.dispose();
      return [result, after];
    });
    expect(results[1]).toEqual(results[0]);
  });

  test("one library serves many runtimes, is shared by equal programs, and leaves no file", () => {
    const files = (): number =>
      readdirSync(tmpdir()).filter((name) => name.startsWith(`calculemus-c-${process.pid}-`)).length;
    const set = fn("set", { x: "f64[]", v: "f64" }, undefined, ({ x, v }, k) => k.store(x, 0, v));
    const compiled = compileModuleSync(program("p", set), { target: "c" });
    const runtimes = [new Runtime({ bytes: 1 << 20 }), new Runtime({ bytes: 1 << 20 })];
    const linked = runtimes.map((runtime) => compiled.link(runtime));
    const views = runtimes.map((runtime) => runtime.f64(1));
    linked.forEach((k, i) => k.call.set(views[i], i + 1));
    expect(views.map((x) => x[0])).toEqual([1, 2]);
    linked.forEach((k) => k.dispose());
    expect(() => linked[0].raw.set(64, 1)).toThrow("have been disposed of");
    const again = compileProgramSync(program("p", set), { target: "c", runtime: runtimes[0] });
    again.call.set(views[0], 9);
    expect(views[0][0]).toBe(9);
    again.dispose();
    runtimes.forEach((runtime) => runtime.dispose());
    expect(files()).toBe(0);
  });

  test("functions of JavaScript are refused", () => {
    const f = fn("f", { x: "f64" }, "f64", ({ x }, k) => k.return(ir.math("exp", x)));
    const options = { target: "c", functions: { exp: (x: number) => x } } as const;
    expect(() => compileProgramSync(program("p", f), options)).toThrow("target c cannot call the function exp");
  });
});
