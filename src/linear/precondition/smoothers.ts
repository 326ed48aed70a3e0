// Gauss-Seidel sweeps over a matrix in compressed rows, and grid transfers, as compiled loops. `mid` holds the places of the diagonal
// entries, d their inverses.
import { forLines, LINES, lineSum, rangeOfLine } from "../../array/index.ts";
import {
  type Compiled,
  compileModuleSync,
  fn,
  ir,
  kernelFunctions,
  program,
  type Runtime,
} from "../../compile/index.ts";

const { add, at, mul, sub } = ir;

/** forwardFromZero(n, start, column, value, mid, d, b, x): x = (D + L)^-1 b */
const forwardFromZero = fn(
  "forwardFromZero",
  { n: "i32", ...LINES, mid: "i32[]", d: "f64[]", b: "f64[]", x: "f64[]" },
  undefined,
  ({ n, mid, d, b, x, ...a }, k) =>
    k.for("i", 0, n, (i) => {
      const range = { begin: at(a.start, i), end: at(mid, i) };
      k.store(x, i, mul(at(d, i), lineSum(k, a, range, x, { from: at(b, i), sign: -1 })));
    }),
);

/** upperResidual(n, start, column, value, mid, x, r): r = -U x, the residual after `forwardFromZero` */
const upperResidual = fn(
  "upperResidual",
  { n: "i32", ...LINES, mid: "i32[]", x: "f64[]", r: "f64[]" },
  undefined,
  ({ n, mid, x, r, ...a }, k) =>
    k.for("i", 0, n, (i) => {
      const range = { begin: add(at(mid, i), 1), end: at(a.start, add(i, 1)) };
      k.store(r, i, lineSum(k, a, range, x, { sign: -1 }));
    }),
);

/** forward(n, start, column, value, d, b, x): one sweep, rows ascending, x_i += d_i (b - A x)_i */
const forward = fn("forward", { n: "i32", ...LINES, d: "f64[]", b: "f64[]", x: "f64[]" }, undefined, ({ n, d, b, x, ...a }, k) =>
  forLines(k, a.start, n, (i, range) => {
    const sum = lineSum(k, a, range, x, { from: at(b, i), sign: -1 });
    k.store(x, i, add(at(x, i), mul(at(d, i), sum)));
  }),
); // oxfmt-ignore

/** backward(n, start, column, value, d, b, x): one sweep, rows descending */
const backward = fn("backward", { n: "i32", ...LINES, d: "f64[]", b: "f64[]", x: "f64[]" }, undefined, ({ n, d, b, x, ...a }, k) =>
  k.for("i", sub(n, 1), -1, (i) => {
    const sum = lineSum(k, a, rangeOfLine(k, a.start, i), x, { from: at(b, i), sign: -1 });
    k.store(x, i, add(at(x, i), mul(at(d, i), sum)));
  }, -1),
); // oxfmt-ignore

let compiled: Compiled | undefined;
const linked = new WeakMap<Runtime, Readonly<Record<string, (...args: number[]) => number>>>();

/** The sweeps in the memory of a runtime; d may be scaled by a relaxation omega. */
export function smoothers(runtime: Runtime): Readonly<Record<string, (...args: number[]) => number>> {
  let raw = linked.get(runtime);
  if (!raw) {
    const own = [forwardFromZero, upperResidual, forward, backward].map((f) => kernelFunctions.checkedByAuthor(f));
    compiled ??= compileModuleSync(program("smoothers", ...own), { target: typeof WebAssembly === "undefined" ? "js" : "wasm" }); // oxfmt-ignore
    linked.set(runtime, (raw = compiled.link(runtime).raw));
  }
  return raw;
}
