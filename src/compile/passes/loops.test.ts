// Loop passes and strength reduction: the same results, and refusals where iterations would meet.
import { expect, test } from "vitest";
import { fn, program, type Block } from "../builder.ts";
import * as ir from "../builder.ts";
import type { Program, StructuredFunction, Variable } from "../ir.ts";
import { compileProgramSync } from "../kernel.ts";
import { printProgram } from "../print.ts";
import { fuseLoops } from "./fuse-loops.ts";
import { reduceStrength } from "./strength.ts";
import { tile } from "./tile.ts";
import { vectorise } from "./vectorise.ts";

type Arrays = Record<"x" | "y" | "z", Variable<"f64[]">>;

function two(body: (p: Arrays & { n: Variable<"i32"> }, k: Block) => void): StructuredFunction {
  return fn("f", { n: "i32", x: "f64[]", y: "f64[]", z: "f64[]" }, undefined, body);
}

function run(p: Program, n: number): number[] {
  const kernels = compileProgramSync(p);
  const arrays = [0, 1, 2].map((j) => {
    const view = kernels.runtime.f64(40);
    view.forEach((_, i) => (view[i] = ((i * 7 + j * 3) % 11) - 4.5));
    return view;
  });
  kernels.call.f(n, ...arrays);
  const result = arrays.flatMap((view) => [...view]);
  kernels.dispose();
  return result;
}

const loops = (p: Program): number => printProgram(p).split("for ").length - 1;

test("loops over one range are joined where elements stay apart", () => {
  const f = two(({ n, x, y, z }, k) => {
    k.for("i", 0, n, (i) => k.store(y, i, ir.mul(ir.at(x, i), 2)));
    k.for("j", 0, n, (j) => k.store(z, j, ir.add(ir.at(y, j), ir.at(x, j))));
    k.for("m", 0, n, (m) => k.store(x, m, ir.at(z, m)));
  });
  const fused = fuseLoops(program("p", f));
  expect(loops(fused)).toBe(1);
  for (const n of [0, 1, 17]) expect(run(fused, n)).toEqual(run(program("p", f), n));
});

test("loops that need one another's other elements, locals or ranges stay apart", () => {
  const kept = [
    two(({ n, x, y, z }, k) => {
      k.for("i", 0, n, (i) => k.store(y, i, ir.at(x, i)));
      k.for("i", 0, n, (i) => k.store(z, i, ir.at(y, ir.add(i, 1))));
    }),
    two(({ n, x, y, z }, k) => {
      k.for("i", 0, n, (i) => k.store(y, i, ir.at(x, i)));
      k.for("i", 1, n, (i) => k.store(z, i, ir.at(y, i)));
    }),
    two(({ n, x, y, z }, k) => {
      const s = k.let("s", 0);
      k.for("i", 0, n, (i) => k.set(s, ir.add(s, ir.at(x, i))));
      k.for("i", 0, n, (i) => k.store(z, i, ir.mul(ir.at(y, i), s)));
    }),
    two(({ n, x, y, z }, k) => {
      k.for("i", 0, n, (i) => k.store(y, i, ir.at(z, ir.sub(n, i))));
      k.for("i", 0, n, (i) => k.store(z, i, ir.at(x, i)));
    }),
  ];
  for (const f of kept) {
    const plain = program("p", f);
    expect(loops(fuseLoops(plain))).toBe(2);
    expect(run(fuseLoops(plain), 9)).toEqual(run(plain, 9));
  }
});

test("tiles cover every element once, whatever the sizes", () => {
  const transpose = fn("f", { n: "i32", x: "f64[]", y: "f64[]", z: "f64[]" }, undefined, ({ n, x, y }, k) =>
    k.for("i", 0, n, (i) =>
      k.for("j", 0, n, (j) => {
        const v = k.let("v", ir.at(x, ir.add(ir.mul(i, n), j)));
        k.store(y, ir.add(ir.mul(j, n), i), ir.mul(v, 2));
      }),
    ),
  );
  const plain = program("p", transpose);
  for (const [rows, columns] of [[1, 1], [2, 3], [4, 4], [100, 2]]) {
    const blocked = tile(plain, { rows, columns });
    expect(loops(blocked)).toBe(4);
    for (const n of [0, 1, 5, 6]) expect(run(blocked, n)).toEqual(run(plain, n));
  }
  const sums = fn("f", { n: "i32", x: "f64[]", y: "f64[]", z: "f64[]" }, undefined, ({ n, x, y }, k) =>
    k.for("i", 0, n, (i) => k.for("j", 0, n, (j) => k.store(y, i, ir.add(ir.at(y, i), ir.at(x, j))))),
  );
  expect(loops(tile(program("p", sums), { rows: 2, columns: 2 }))).toBe(2);
  const sweep = fn("f", { n: "i32", x: "f64[]", y: "f64[]", z: "f64[]" }, undefined, ({ n, x }, k) =>
    k.for("i", 1, n, (i) => k.for("j", 1, n, (j) => k.store(x, ir.add(ir.mul(i, n), j), ir.at(x, ir.add(ir.mul(ir.sub(i, 1), n), j))))),
  );
  expect(loops(tile(program("p", sweep), { rows: 2, columns: 2 }))).toBe(2);
}); // oxfmt-ignore

test("strength: exact where nothing is granted, reciprocals and powers where one unit is", () => {
  const f = two(({ n, x, y, z }, k) =>
    k.for("i", 0, n, (i) => {
      const v = k.let("v", ir.at(x, ir.mul(ir.add(ir.i32(0), i), 1)));
      k.store(y, i, ir.div(v, 8));
      k.store(z, ir.div(ir.mul(i, 4), ir.i32(4)), ir.add(ir.div(v, 3), ir.math("pow", v, 5)));
    }),
  );
  const plain = program("p", f);
  const exact = reduceStrength(plain);
  expect(printProgram(exact)).toContain("(v * 0.125)");
  expect(printProgram(exact)).toContain("(v / 3)");
  expect(printProgram(exact)).toContain("(i << 2)");
  expect(run(exact, 20)).toEqual(run(plain, 20));
  const relaxed = reduceStrength(plain, { relaxed: true });
  expect(printProgram(relaxed)).not.toContain("/ 3");
  expect(printProgram(relaxed)).not.toContain("pow");
  run(relaxed, 20).forEach((value, i) =>
    expect(Math.abs(value - run(plain, 20)[i])).toBeLessThan(1e-12 * (1 + Math.abs(value))),
  );
});

type All = Arrays & { n: Variable<"i32">; q: Variable<"i32[]"> };

/** As `run`, with an index array in which elements occur several times. */
function runIndexed(p: Program, n: number): number[] {
  const kernels = compileProgramSync(p);
  const arrays = [0, 1, 2].map((j) => kernels.runtime.f64(120).map((_, i) => ((i * 7.3 + j * 3) % 11) - 4.5));
  const views = arrays.map((values) => {
    const view = kernels.runtime.f64(120);
    view.set(values);
    return view;
  });
  const q = kernels.runtime.i32(40);
  q.forEach((_, i) => (q[i] = (i * 5) % 7));
  kernels.call.f(n, ...views, q);
  const result = views.flatMap((view) => [...view]);
  kernels.dispose();
  return result;
}

const indexed = (body: (p: All, k: Block) => void): Program =>
  program("p", fn("f", { n: "i32", x: "f64[]", y: "f64[]", z: "f64[]", q: "i32[]" }, undefined, body));

test("loops that share an element between iterations, or whose limits change, are not joined", () => {
  const cases: ((p: All, k: Block) => void)[] = [
    ({ n, x, y, z }, k) => {
      k.store(y, 0, 0);
      k.for("i", 0, n, (i) => k.store(y, 0, ir.add(ir.at(y, 0), ir.at(x, i))));
      k.for("i", 0, n, (i) => k.store(z, i, ir.div(ir.at(x, i), ir.at(y, 0))));
    },
    ({ n, x, y, z }, k) => {
      k.for("i", 0, n, (i) => k.store(y, ir.shr(i, 1), ir.at(x, i)));
      k.for("i", 0, n, (i) => k.store(z, i, ir.at(y, ir.shr(i, 1))));
    },
    ({ n, x, y, z, q }, k) => {
      k.for("i", 0, n, (i) => k.store(y, ir.at(q, i), ir.at(x, i)));
      k.for("i", 0, n, (i) => k.store(z, i, ir.at(y, ir.at(q, i))));
    },
    ({ n, x, y, z }, k) => {
      const m = k.let("m", ir.add(n, 0));
      k.for("i", 0, m, (i) => {
        k.store(y, i, ir.at(x, i));
        k.set(m, ir.i32(3));
      });
      k.for("i", 0, m, (i) => k.store(z, i, ir.at(y, i)));
    },
    ({ z, q }, k) => {
      const limit = ir.at(q, 3);
      k.for("i", 0, limit, (i) => k.store(q, ir.add(i, 3), ir.i32(6)));
      k.for("i", 0, limit, (i) => k.store(z, i, 1));
    },
    ({ n, x, y, z }, k) => {
      let last: Variable<"i32"> | undefined;
      k.for("i", 0, n, (i) => k.store(y, i, ir.at(x, i)));
      k.for("j", 0, n, (j) => {
        last = j;
        k.store(z, j, 1);
      });
      k.store(z, 0, ir.toF64(last!));
    },
  ];
  for (const body of cases) {
    const plain = indexed(body);
    expect(loops(fuseLoops(plain))).toBe(2);
    expect(runIndexed(fuseLoops(plain), 9)).toEqual(runIndexed(plain, 9));
  }
});

test("loops are not tiled where iterations share an element, a local or a limit", () => {
  const nest = (k: Block, n: Variable<"i32">, to: Variable, body: (i: Variable<"i32">, j: Variable<"i32">) => void) => k.for("i", 0, n, (i) => k.for("j", 0, to, (j) => body(i, j))); // oxfmt-ignore
  const cases: ((p: All, k: Block) => void)[] = [
    // A convolution: its sums would be taken in another order.
    ({ n, x, y }, k) =>
      nest(k, n, n, (i, j) =>
        k.store(y, ir.add(i, j), ir.add(ir.at(y, ir.add(i, j)), ir.mul(ir.at(x, i), ir.at(x, ir.add(j, 20))))),
      ),
    ({ n, x, y }, k) => nest(k, n, n, (i, j) => k.store(y, ir.add(i, j), ir.at(x, ir.add(ir.mul(i, n), j)))),
    ({ n, x, y }, k) => nest(k, n, n, (i, j) => k.store(y, ir.add(ir.mul(i, 3), j), ir.at(x, ir.add(ir.mul(i, n), j)))),
    ({ n, x, y }, k) => {
      const v = k.let("v", 0);
      nest(k, n, n, (i, j) => {
        k.store(y, ir.add(ir.mul(i, n), j), v);
        k.set(v, ir.at(x, ir.add(ir.mul(i, n), j)));
      });
    },
    ({ n, x, y, z }, k) => {
      const v = k.let("v", 0);
      nest(k, n, n, (i, j) => {
        const own = ir.at(x, ir.add(ir.mul(i, n), j));
        k.store(y, ir.add(ir.mul(i, n), j), own);
        k.if(ir.gt(own, 4), () => k.set(v, own));
      });
      k.store(z, 0, v);
    },
    ({ n, x, y }, k) => {
      const m = k.let("m", ir.add(n, 0));
      nest(k, n, m, (i, j) => {
        k.store(y, ir.add(ir.mul(i, n), j), ir.at(x, j));
        k.set(m, ir.i32(3));
      });
    },
  ];
  for (const body of cases) {
    const plain = indexed(body);
    const tiles = tile(plain, { rows: 3, columns: 2 });
    expect(loops(tiles)).toBe(2);
    expect(runIndexed(tiles, 9)).toEqual(runIndexed(plain, 9));
  }
});

test.each([0, -1, 1.5, Number.NaN])("a tile of %s rows is refused", (rows) => {
  const plain = indexed(() => {});
  expect(() => tile(plain, { rows, columns: 4 })).toThrow(/whole number of rows and columns/);
});

test("lanes: a local that an outer loop reads later, and two locals of one name", () => {
  const cases: ((p: All, k: Block) => void)[] = [
    ({ n, x, y, z }, k) => {
      const v = k.let("v", 0);
      k.for("i", 0, n, (i) => {
        k.store(y, i, v);
        k.for("j", 0, n, (j) => {
          k.set(v, ir.at(x, j));
          k.store(z, j, ir.mul(v, 2));
        });
      });
    },
    ({ n, x, y, z }, k) => {
      const v = k.let("v", 0);
      k.for("i", 0, n, () =>
        k.for("j", 0, n, (j) => {
          k.set(v, ir.at(x, j));
          k.store(z, j, ir.mul(v, 2));
        }),
      );
      k.store(y, 0, v);
    },
    ({ n, x, y, z }, k) => {
      const v = k.let("v", 1);
      k.for("i", 0, n, (i) => {
        k.store(z, i, ir.at(x, i));
        k.if(ir.gt(ir.at(x, i), 0), () => k.set(v, ir.mul(v, ir.at(x, i))));
      });
      k.store(y, 0, v);
    },
    ({ n, y }, k) => {
      const from = k.let("b", ir.add(n, 0));
      const to = k.let("b", ir.add(n, 1));
      k.for("i", 0, n, (i) => k.store(y, ir.add(i, to), ir.mul(ir.at(y, ir.add(i, from)), 1.5)));
    },
  ];
  for (const body of cases) {
    const plain = indexed(body);
    expect(runIndexed(vectorise(plain), 9)).toEqual(runIndexed(plain, 9));
  }
});
