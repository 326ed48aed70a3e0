import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { Failure } from "../../base/index.ts";
import { bigfloat } from "../../number/index.ts";
import { parse } from "../../term/index.ts";
import { barycentric, berrutWeights, chebyshevWeights, lagrangeWeights } from "./barycentric.ts";
import type { NotResolved } from "../not-resolved.ts";
import { Chebyshev } from "./chebyshev.ts";
import { chop } from "./chop.ts";
import { chebyshevPoints, toCoefficients, toValues } from "./transform.ts";

/** Largest difference at many points that no grid has. */
function distance(f: (x: number) => number, g: (x: number) => number, [a, b]: readonly [number, number]): number {
  let worst = 0;
  for (let i = 0; i < 777; i++) {
    const x = a + (b - a) * ((i * 0.6180339887) % 1);
    const error = Math.abs(f(x) - g(x));
    if (!(error <= worst)) worst = error;
  }
  return worst;
}

/** The failure of kind `kind` that a call throws. */
function failure(kind: Failure["kind"], call: () => unknown): Failure {
  try {
    call();
  } catch (error) {
    expect(error).toBeInstanceOf(Failure);
    expect((error as Failure).kind).toBe(kind);
    return error as Failure;
  }
  throw new Error("nothing was thrown");
}

const coefficients = fc.array(fc.integer({ min: -8, max: 8 }), { minLength: 1, maxLength: 24 });

describe("transform", () => {
  test("coefficients are those of the cosine sum written out", () => {
    for (const n of [1, 2, 8, 64]) {
      const x = chebyshevPoints(n);
      const values = x.map((t, j) => Math.cos(3 * j) + t);
      const c = toCoefficients(values);
      for (let k = 0; k <= n; k++) {
        let sum = 0;
        for (let j = 0; j <= n; j++)
          sum += (j === 0 || j === n ? 0.5 : 1) * values[n - j] * Math.cos((Math.PI * j * k) / n);
        expect(c[k]).toBeCloseTo((sum * (k === 0 || k === n ? 1 : 2)) / n, 13);
      }
      expect(distance((t) => toValues(c, n)[Math.floor(t)], (t) => values[Math.floor(t)], [0, n + 0.999])).toBeLessThan(1e-13); // oxfmt-ignore
    }
  });

  test("points are exactly symmetric and end at -1 and 1", () => {
    for (const n of [1, 7, 16, 1000]) {
      const x = chebyshevPoints(n);
      expect([x[0], x[n]]).toEqual([-1, 1]);
      for (let j = 0; j <= n; j++) expect(x[j] + x[n - j]).toBe(0);
    }
  });
});

describe("chop", () => {
  test("keeps what is above the plateau, and all of a series that has none", () => {
    const falling = Float64Array.from({ length: 65 }, (_, k) => 2 ** -k);
    expect(chop(falling, 2 ** -52)).toBe(65);
    const noise = (k: number): number => 2 ** -52 * Math.sin(k * k);
    const flat = Float64Array.from({ length: 129 }, (_, k) => 2 ** -k + noise(k));
    expect(chop(flat, 2 ** -52)).toBeGreaterThan(45);
    expect(chop(flat, 2 ** -52)).toBeLessThan(60);
    expect(chop(new Float64Array(33), 2 ** -52)).toBe(1);
    expect(
      chop(
        Float64Array.from({ length: 65 }, (_, k) => 1 / (k + 1)),
        2 ** -52,
      ),
    ).toBe(65);
  });
});

describe("construction", () => {
  test.each([
    ["exp(x)*sin(50*x)", [-1, 1], 100, 1e-13],
    ["1/(1 + 25*x^2)", [-1, 1], 200, 1e-14],
    ["exp(-x^2/2)*cos(3*x)", [-6, 6], 120, 1e-14],
    ["x^3 - 2*x", [2, 5], 3, 1e-13],
    ["7", [0, 1], 0, 0],
  ] as const)("%s is resolved", (text, on, most, error) => {
    const f = Chebyshev.of(text, { on });
    expect(f.pieces).toHaveLength(1);
    expect(f.degree).toBeLessThanOrEqual(most);
    expect(f.evidence[0].grade).toBe("sampled");
    expect(f.evidence[0].bound).toBeLessThanOrEqual(error);
  });

  test("the values of BigFloat, which no grid of doubles knows", () => {
    const f = Chebyshev.of((x) => Math.exp(x) * Math.cos(7 * x), { on: [0, 2] });
    for (let i = 1; i < 40; i++) {
      const x = bigfloat.fromNumber(i * 0.0487, 120);
      const cos = bigfloat.cos(bigfloat.multiply(x, bigfloat.fromNumber(7), 120));
      const wanted = bigfloat.toNumber(bigfloat.multiply(bigfloat.exp(x), cos, 120));
      expect(Math.abs(f.at(i * 0.0487) - wanted)).toBeLessThan(2e-14);
    }
  });

  test("a term, its text and a function give the same", () => {
    const [f, g, h] = [parse("sin(3*y)"), "sin(3*y)", (x: number): number => Math.sin(3 * x)].map((each) => Chebyshev.of(each)); // oxfmt-ignore
    expect(f.pieces).toEqual(g.pieces);
    expect(f.pieces).toEqual(h.pieces);
  });

  test("fewer digits, fewer coefficients", () => {
    const f = (x: number): number => 1 / (2 + Math.cos(9 * x));
    const [few, all] = [Chebyshev.of(f, { digits: 5 }), Chebyshev.of(f)];
    expect(few.degree).toBeLessThan(0.6 * all.degree);
    expect(few.evidence[0].bound).toBeLessThan(1e-4);
    expect(all.evidence[0].bound).toBeLessThan(1e-14);
  });

  test("jumps and bends are found and become breaks", () => {
    expect(Chebyshev.of((x) => Math.abs(x - 0.3)).breaks).toEqual([-1, 0.3, 1]);
    expect(Chebyshev.of((x) => Math.sign(x)).breaks).toEqual([-1, 0, 1]);
    const floor = Chebyshev.of((x) => Math.floor(x) + Math.sin(x), { on: [0, 10] });
    expect(floor.breaks).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
    expect(floor.evidence[0].bound).toBeLessThan(1e-14);
    const cubic = Chebyshev.of((x) => Math.abs(x - 0.2) ** 3);
    expect(cubic.pieces).toHaveLength(2);
    expect(cubic.evidence[0].bound).toBeLessThan(1e-14);
  });

  test("steep ends are met by graded pieces, removable gaps by neighbours", () => {
    const root = Chebyshev.of("sqrt(x)", { on: [0, 1] });
    expect(root.evidence[0].bound).toBeLessThan(1e-14);
    expect(root.integral()).toBeCloseTo(2 / 3, 14);
    const sinc = Chebyshev.of("sin(x)/x", { on: [-8, 8] });
    expect(sinc.at(0)).toBeCloseTo(1, 14);
    // Beside zero this one has no digits left in doubles.
    const flat = Chebyshev.of("(x - sin(x))/x^3", { on: [-4, 4], digits: 12 });
    expect(flat.at(0)).toBeCloseTo(1 / 6, 10);
    expect(sinc.evidence[0].statement).toContain("no value of its own at 0");
  });

  test("poles, noise and undefined values are clear failures with the best so far", () => {
    const pole = failure("unsolved", () => Chebyshev.of((x) => 1 / (x - 0.1)));
    expect(pole.message).toContain("grow without bound near 0.1");
    expect((pole as NotResolved<Chebyshev>).best.on).toEqual([-1, 1]);
    expect((pole as NotResolved<Chebyshev>).best.unresolved).toHaveLength(1);
    expect(failure("domain", () => Chebyshev.of("1/x")).message).toContain("infinite at 0");
    expect(failure("domain", () => Chebyshev.of("sqrt(x)")).message).toContain("no real value");
    failure("domain", () => Chebyshev.of(() => NaN));
    let state = 1;
    const noise = (): number => (state = (Math.imul(state, 1103515245) + 12345) >>> 0) / 2 ** 32;
    failure("unsolved", () => Chebyshev.of(noise, { mostDegree: 1024, mostPieces: 20 }));
    const stopped = failure("unsolved", () =>
      Chebyshev.of(noise, { budget: { time_ms: 0 } }),
    ) as NotResolved<Chebyshev>;
    expect(stopped.stop.kind).toBe("time");
    const slow = (x: number): number => {
      const begin = performance.now();
      while (performance.now() - begin < 0.2);
      return Math.abs(x - 0.1234567) ** 1.5;
    };
    const budget = { time_ms: 60 };
    for (const splitting of [false, "auto"] as const) {
      const late = failure("unsolved", () => Chebyshev.of(slow, { budget, splitting })) as NotResolved<Chebyshev>;
      expect(late.stop.kind).toBe("time");
      expect(late.best.degree).toBeLessThan(1000);
    }
    const one = failure("unsolved", () =>
      Chebyshev.of(Math.abs, { splitting: false, mostDegree: 64 }),
    ) as NotResolved<Chebyshev>;
    expect(one.best.degree).toBe(64);
    expect(one.best.at(0.5)).toBeCloseTo(0.5, 2);
  });

  test("a pole that a grid point nearly meets does not drown the rest", () => {
    const far = failure("unsolved", () => Chebyshev.of((x) => 1 / (x - Math.SQRT1_2) ** 2));
    expect((far as NotResolved<Chebyshev>).best.at(0)).toBeDefined();
    expect(failure("unsolved", () => Chebyshev.of((x) => (x === 0 ? 1e9 : x))).message).toContain("stands alone");
    // One-sided values at jumps are no such thing.
    expect(Chebyshev.of((x) => (x <= 0 ? x + 2 : -x)).breaks).toEqual([-1, 0, 1]);
    expect(Chebyshev.of((x) => (x < 0 ? -x : x + 2)).at(0)).toBe(2);
  });

  test("narrow intervals far from zero, tiny and huge values", () => {
    for (const [a, b, error] of [
      [1, 1 + 1e-12, 3e-16],
      [1e8, 1e8 + 1, 2e-8],
    ] as const)
      // oxfmt-ignore
      expect(Chebyshev.of(Math.sin, { on: [a, b] }).evidence[0].bound).toBeLessThan(error);
    expect(Chebyshev.of((x) => 1e300 * Math.exp(x)).integral()).toBeCloseTo(1e300 * (Math.E - 1 / Math.E), -287);
    expect(Chebyshev.of((x) => 1e-300 * Math.exp(x)).norm(Infinity) / 1e-300).toBeCloseTo(Math.E, 14);
    expect(Chebyshev.of((x) => x / 1e300, { on: [-1e300, 5e299] }).roots()[0]).toBeCloseTo(0, -286);
    const spike = Chebyshev.of((x) => Math.exp(-1e4 * (x - 0.123) ** 2));
    expect(spike.maximum().x).toBeCloseTo(0.123, 9);
    expect(spike.norm(1)).toBeCloseTo(Math.sqrt(Math.PI) / 100, 15);
    failure("domain", () => spike.roots());
  });

  test("bad intervals and options are refused", () => {
    for (const on of [
      [1, 1],
      [2, 1],
      [0, Infinity],
      [NaN, 1],
      [-1e308, 1e308],
    ] as const)
      // oxfmt-ignore
      failure("usage", () => Chebyshev.of("x", { on }));
    failure("usage", () => Chebyshev.of("x", { digits: 30 }));
    failure("usage", () => Chebyshev.of("x*y"));
    failure("domain", () => Chebyshev.of("x < 1"));
    failure("domain", () => Chebyshev.of("x").at(1.5));
    failure("domain", () => Chebyshev.of("x").at(NaN));
    failure("usage", () => Chebyshev.of("x").add(Chebyshev.of("x", { on: [0, 1] })));
    failure("usage", () => Chebyshev.fromCoefficients([]));
    failure("domain", () => Chebyshev.fromCoefficients([1, NaN]));
  });
});

describe("operations", () => {
  test("(f g)' = f' g + f g' and the antiderivative undoes the derivative", () => {
    fc.assert(
      fc.property(coefficients, coefficients, (a, b) => {
        const [f, g] = [Chebyshev.fromCoefficients(a, [0, 3]), Chebyshev.fromCoefficients(b, [0, 3])];
        const left = f.multiply(g).derivative();
        const right = f.derivative().multiply(g).add(f.multiply(g.derivative()));
        expect(
          distance(
            (x) => left.at(x),
            (x) => right.at(x),
            [0, 3],
          ),
        ).toBeLessThanOrEqual(1e-11 * (1 + left.scale));
        const back = f.derivative().antiderivative().add(f.at(0));
        expect(distance((x) => back.at(x), (x) => f.at(x), [0, 3])).toBeLessThanOrEqual(1e-12 * (1 + f.scale) * a.length); // oxfmt-ignore
      }),
      { numRuns: 60, seed: 7 },
    );
  });

  test("roots of a product of factors are the factors' zeros", () => {
    fc.assert(
      fc.property(fc.uniqueArray(fc.integer({ min: -19, max: 19 }), { minLength: 1, maxLength: 9 }), (twentieths) => {
        const wanted = twentieths.map((k) => k / 20).sort((x, y) => x - y);
        const f = wanted
          .map((r) => Chebyshev.fromCoefficients([-r, 1]))
          .reduce((p, q) => p.multiply(q), Chebyshev.of("exp(sin(5*x))"));
        const roots = f.roots();
        expect(roots).toHaveLength(wanted.length);
        roots.forEach((root, i) => expect(Math.abs(root - wanted[i])).toBeLessThan(1e-9));
      }),
      { numRuns: 40, seed: 3 },
    );
  });

  test("roots: many, at ends, double, triple, across breaks, none, everywhere", () => {
    const sine = Chebyshev.of((x) => Math.sin(x), { on: [0, 1000] }).roots();
    expect(sine).toHaveLength(319);
    sine.forEach((x, k) => expect(Math.abs(x - k * Math.PI)).toBeLessThan(1e-12));
    const multiple = Chebyshev.of((x) => (x - 0.3) ** 2 * (x + 0.5) ** 3).roots();
    expect(multiple).toHaveLength(2);
    expect(multiple[0]).toBeCloseTo(-0.5, 4);
    expect(multiple[1]).toBeCloseTo(0.3, 6);
    expect(Chebyshev.of((x) => Math.abs(x - 0.25) - 0.5).roots()).toEqual([-0.25, 0.75]);
    expect(Chebyshev.of((x) => Math.abs(x) ** 3).roots()).toHaveLength(1);
    expect(Chebyshev.of((x) => Math.sign(x) + 0.1 * x).roots()).toEqual([]);
    expect(Chebyshev.of("1 + x^2").roots()).toEqual([]);
    failure("domain", () => Chebyshev.of(() => 0).roots());
  });

  test("zeros of the Bessel function J0", () => {
    const f = Chebyshev.of("besselJ(0, x)", { on: [0, 60] });
    const roots = f.roots();
    expect(roots).toHaveLength(19);
    // Watson 1944, table VII.
    [2.404825557695773, 5.520078110286311, 8.653727912911013, 11.791534439014281].forEach((x, i) =>
      expect(Math.abs(roots[i] - x)).toBeLessThan(1e-13),
    );
  });

  test("integrals and norms known in closed form", () => {
    expect(Chebyshev.of("exp(x)").integral()).toBeCloseTo(Math.E - 1 / Math.E, 15);
    expect(Chebyshev.of("1/(1 + x^2)", { on: [0, 1] }).integral()).toBeCloseTo(Math.PI / 4, 15);
    expect(Chebyshev.of("cos(x)", { on: [0, 5] }).integral(1, 2)).toBeCloseTo(Math.sin(2) - Math.sin(1), 14);
    const sine = Chebyshev.of("sin(x)", { on: [0, 2 * Math.PI] });
    expect(sine.norm(1)).toBeCloseTo(4, 13);
    expect(sine.norm(2)).toBeCloseTo(Math.sqrt(Math.PI), 14);
    expect(sine.norm(Infinity)).toBeCloseTo(1, 15);
    expect(Chebyshev.of((x) => Math.abs(x)).norm(1)).toBeCloseTo(1, 14);
    failure("usage", () => sine.norm(3));
  });

  test("estimated errors of results are not below the true ones", () => {
    const f = Chebyshev.of((x) => Math.exp(x) * Math.sin(20 * x));
    const exact = (x: number): number => Math.exp(x) * (Math.sin(20 * x) + 20 * Math.cos(20 * x));
    const [slope, square] = [f.derivative(), f.multiply(f)];
    for (const each of [slope, square, f.antiderivative(), f.add(1).scaled(3)]) {
      expect(each.evidence[0].grade).toBe("estimated");
      expect(each.evidence[0].bound).toBe(each.error);
    }
    expect(distance((x) => slope.at(x), exact, [-1, 1])).toBeLessThan(slope.error);
    expect(distance((x) => square.at(x), (x) => (Math.exp(x) * Math.sin(20 * x)) ** 2, [-1, 1])).toBeLessThan(2 * square.error); // oxfmt-ignore
    expect(slope.error).toBeLessThan(1e-9);
  });

  test("extrema", () => {
    const f = Chebyshev.of("x^3 - x", { on: [-1, 2] });
    expect(f.maximum()).toEqual({ x: 2, value: 6 });
    expect(f.minimum().x).toBeCloseTo(1 / Math.sqrt(3), 14);
    expect(f.extrema()).toHaveLength(4);
    const tent = Chebyshev.of((x) => -Math.abs(x - 0.5)).maximum();
    expect(tent.x).toBe(0.5);
    expect(tent.value).toBeCloseTo(0, 15);
  });

  test("quotients, compositions and parts", () => {
    const [s, c] = [Chebyshev.of("sin(x)"), Chebyshev.of("cos(x)")];
    expect(distance((x) => s.divide(c).at(x), Math.tan, [-1, 1])).toBeLessThan(1e-15 * 8);
    failure("domain", () => c.divide(s));
    failure("domain", () => s.divide(0));
    expect(
      distance(
        (x) => s.compose(Math.exp).at(x),
        (x) => Math.exp(Math.sin(x)),
        [-1, 1],
      ),
    ).toBeLessThan(1e-14);
    const bent = s.compose(Chebyshev.of((y) => Math.abs(y)));
    expect(bent.breaks).toEqual([-1, 0, 1]);
    failure("domain", () => Chebyshev.of("2*x").compose(s));
    const part = Chebyshev.of((x) => Math.abs(x)).restrict(-0.5, 0.25);
    expect(part.breaks).toEqual([-0.5, 0, 0.25]);
    expect(part.at(-0.4)).toBeCloseTo(0.4, 15);
    failure("domain", () => s.restrict(0, 2));
    expect(s.subtract(s).add(2).negate().at(0.3)).toBe(-2);
    expect(s.derivative(2).add(s).norm(Infinity)).toBeLessThan(1e-11);
    failure("usage", () => s.derivative(-1));
  });
});

describe("barycentric", () => {
  test("a polynomial is reproduced from any points", () => {
    const points = [-2, 0, 0.5, 3, 4.25];
    const p = (x: number): number => 3 + x * (2 - x * (1 + 0.5 * x * x));
    const weights = lagrangeWeights(points);
    for (const x of [-2, -1.3, 0.7, 4]) expect(barycentric(points, points.map(p), weights, x)).toBeCloseTo(p(x), 11);
    failure("usage", () => lagrangeWeights([1, 1]));
    failure("usage", () => lagrangeWeights([]));
  });

  test("Chebyshev weights give the polynomial of the coefficients, Berrut's a rational function through the values", () => {
    const points = chebyshevPoints(12);
    const values = points.map((t) => Math.exp(t));
    const f = Chebyshev.fromValues(values);
    const rational = (x: number): number => barycentric(points, values, berrutWeights(13), x);
    for (const x of [-0.77, 0.123, 0.9]) {
      expect(barycentric(points, values, chebyshevWeights(12), x)).toBeCloseTo(f.at(x), 14);
      expect(Math.abs(rational(x) - Math.exp(x))).toBeLessThan(0.2);
    }
    points.forEach((x, j) => expect(rational(x)).toBe(values[j]));
  });
});
