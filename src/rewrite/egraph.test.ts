// The graph itself: congruence, counts, analyses, contradictions, budgets, extraction, explanations.
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { complexOf, complexValue, relativeDifference } from "../../test/support/complex-terms.ts";
import { Failure } from "../base/index.ts";
import { defaultRoofline } from "../compile/index.ts";
import { Context, Kind, m, parse, release, type Term } from "../term/index.ts";
import * as room from "./index.ts";
import { associativity, backoff, calculusRules, commutativity, costOf, degrees, eager, EGraph, explain, extract, operation, ringRules, rule, rules, saturate, sizeCost, spell, tableCost, TermGraph, timeCost, verify } from "./index.ts"; // oxfmt-ignore

const graphOf = (options: room.TermGraphOptions = {}): TermGraph =>
  new TermGraph({ context: new Context(), ...options });

describe("congruence", () => {
  test("equal nodes are one; equal arguments give equal results after rebuild", () => {
    const graph = new EGraph();
    const [a, b, f, g] = [
      graph.operator("a", 0),
      graph.operator("b", 0),
      graph.operator("f", 1),
      graph.operator("g", 2),
    ];
    const [na, nb] = [graph.add(a), graph.add(b)];
    const [fa, fb] = [graph.add(f, [na]), graph.add(f, [nb])];
    const [gfa, gfb] = [graph.add(g, [fa, nb]), graph.add(g, [fb, nb])];
    expect(graph.add(f, [na])).toBe(fa);
    expect([graph.size, graph.classCount]).toEqual([6, 6]);
    graph.union(na, nb);
    expect(graph.same(fa, fb)).toBe(false);
    expect(graph.rebuild()).toBe(2);
    expect(graph.same(gfa, gfb)).toBe(true);
    expect([graph.size, graph.classCount]).toEqual([4, 3]);
  });

  test("f(f(f(f(f(a))))) = a and f(f(f(a))) = a give f(a) = a (Nelson and Oppen)", () => {
    const graph = new EGraph({ explanations: true });
    const [a, f] = [graph.operator("a", 0), graph.operator("f", 1)];
    const chain = [graph.add(a)];
    for (let i = 0; i < 5; i++) chain.push(graph.add(f, [chain[i]]));
    graph.union(chain[5], chain[0]);
    graph.union(chain[3], chain[0]);
    graph.rebuild();
    expect(graph.same(chain[1], chain[0])).toBe(true);
    expect([graph.size, graph.classCount]).toEqual([2, 1]);
  });

  test("random unions keep the closure that a naive one finds", () => {
    const node = fc.tuple(fc.nat(2), fc.nat(40), fc.nat(40));
    fc.assert(
      fc.property(fc.array(node, { minLength: 3, maxLength: 40 }), fc.array(fc.tuple(fc.nat(40), fc.nat(40)), { maxLength: 12 }), fc.boolean(), (nodes, unions, explanations) => {
        const graph = new EGraph({ explanations });
        const made: { op: number; args: number[]; id: number }[] = [];
        for (const [kind, i, j] of nodes) {
          const args = made.length === 0 ? [] : [i % made.length, j % made.length].slice(0, kind);
          const op = args.length === 0 ? graph.operator(`c${made.length}`, 0) : graph.operator("f", args.length);
          made.push({ op, args, id: graph.add(op, args.map((k) => made[k].id)) });
        }
        const n = made.length;
        // Naive: a matrix of equalities, closed until nothing changes.
        const name = made.map((_, k) => k);
        const join = (a: number, b: number): boolean => {
          const [from, to] = [name[a], name[b]];
          if (from === to) return false;
          name.forEach((each, k) => { if (each === from) name[k] = to; });
          return true;
        };
        for (const [a, b] of unions) { graph.union(made[a % n].id, made[b % n].id); join(a % n, b % n); }
        graph.rebuild();
        for (let changed = true; changed; ) {
          changed = false;
          for (let a = 0; a < n; a++)
            for (let b = 0; b < a; b++)
              if (made[a].op === made[b].op && made[a].args.every((arg, k) => name[arg] === name[made[b].args[k]])) changed = join(a, b) || changed;
        }
        for (let a = 0; a < n; a++) for (let b = 0; b < a; b++) expect(graph.same(made[a].id, made[b].id)).toBe(name[a] === name[b]);
        expect(graph.classCount).toBe(new Set(name).size);
      }),
      { numRuns: 200, seed: 11 },
    ); // oxfmt-ignore
  });
});

describe("saturation", () => {
  test("sums of n symbols: 2^n - 1 classes, and the nodes of all splits", () => {
    for (const n of [3, 4, 5, 6]) {
      const graph = graphOf();
      graph.addTerm(Array.from({ length: n }, (_, i) => `x${i}`).join(" + "));
      const { saturated } = saturate(graph, associativity, { budget: {}, scheduler: eager() });
      expect(saturated).toBe(true);
      expect(graph.classCount).toBe(2 ** n - 1);
      // Unordered splits of every subset into two parts, and the symbols.
      expect(graph.size).toBe((3 ** n - 2 ** (n + 1) + 1) / 2 + n);
    }
  });

  test("stop reasons: rounds, nodes, time, cancelled, reached, saturated", () => {
    const run = (options: room.SaturateOptions): string => {
      const graph = graphOf();
      graph.addTerm("(a + b + c + d)*(e + f + g + h)*(x + y + z)");
      const { stop, rounds } = saturate(graph, [...calculusRules, ...room.neutralRules], options);
      expect(rounds.every((round) => round.nodes >= round.classes)).toBe(true);
      return stop.kind;
    };
    expect(run({ budget: { steps: 2 } })).toBe("steps");
    expect(run({ budget: { nodes: 500 } })).toBe("nodes");
    expect(run({ budget: { time_ms: 1 } })).toBe("time");
    expect(run({ signal: AbortSignal.abort() })).toBe("cancelled");
    expect(run({ until: () => true })).toBe("done");
    const graph = graphOf();
    graph.addTerm("x*1 + 0");
    expect(saturate(graph, ringRules).saturated).toBe(true);
  });

  test("a budget of nodes is kept", () => {
    const graph = graphOf();
    graph.addTerm("(a + b + c + d)*(e + f + g + h)*(x + y + z)");
    saturate(graph, calculusRules, { budget: { nodes: 1000 } });
    expect(graph.size).toBeLessThan(1050);
  });

  test("the backoff scheduler lets a busy rule rest and comes to the same end", () => {
    const classes = (scheduler: room.Scheduler): [boolean, number] => {
      const graph = graphOf({ commutative: [] });
      graph.addTerm("a + b + c + d + f + g");
      const { saturated, rounds } = saturate(graph, [...associativity, ...commutativity], { budget: { steps: 500 }, scheduler });
      if (scheduler !== everything) expect(rounds.some((round) => round.resting.length > 0)).toBe(true);
      return [saturated, graph.classCount];
    }; // oxfmt-ignore
    const everything = eager();
    expect(classes(backoff({ matches: 20, rest: 2 }))).toEqual(classes(everything));
  });

  test("rounds record what happened", () => {
    const graph = graphOf();
    graph.addTerm("a*b + a*c");
    const { rounds, used } = saturate(graph, ringRules);
    expect(rounds[0].matches).toBeGreaterThan(0);
    expect(used.get("factoring")).toBeGreaterThan(0);
  });

  test("a core graph of another language, rules without conditions", () => {
    const graph = new EGraph({ commutative: ["both"] });
    const [p, q, no, both] = [graph.operator("p", 0), graph.operator("q", 0), graph.operator("no", 1), graph.operator("both", 2)]; // oxfmt-ignore
    const root = graph.add(both, [graph.add(no, [graph.add(no, [graph.add(p)])]), graph.add(q)]);
    const logic = ["no(no(?x)) -> ?x", "no(both(?x, no(?y))) -> no(both(no(?y), ?x))"].map((text, i) => rule(`law ${i}`, text, "logic", { operators: ["no", "both"] })); // oxfmt-ignore
    expect(saturate(graph, logic).saturated).toBe(true);
    expect(graph.same(root, graph.add(both, [graph.add(q), graph.add(p)]))).toBe(true);
    expect(() => saturate(graph, [rule("r", "?x/?x -> 1 if ?x != 0")])).toThrow(Failure);
  });
});

describe("analyses", () => {
  test("a false equality of constants is said at once", () => {
    const graph = graphOf();
    const a = graph.addTerm("2 + 3");
    const b = graph.addTerm("6");
    expect(() => {
      graph.union(a, b);
      graph.rebuild();
    }).toThrow(/constants 5 and 6|constants 6 and 5/);
  });

  test("an unsound rule is found out: x/x -> 1 without its condition merges 0 and 1", () => {
    const graph = graphOf();
    graph.addTerm("(y - y)/(y - y)");
    graph.addTerm("0/(y - y)");
    const unsound = rules("wrong", { "x/x": "?x/?x -> 1", "0/x": "0/?x -> 0", "x-x": "?x - ?x -> 0" });
    expect(() => saturate(graph, unsound)).toThrow(/contradiction/);
  });

  test("ranges: a positive and a negative value cannot be equal", () => {
    const graph = graphOf({ assume: { x: "positive", y: "negative" } });
    const [a, b] = [graph.addTerm("x + 1"), graph.addTerm("y - 1")];
    expect(() => {
      graph.union(a, b);
      graph.rebuild();
    }).toThrow(/contradiction/);
  });

  test("constants, dependencies and ranges of sums", () => {
    const graph = graphOf({ assume: { x: "real" } });
    const node = graph.addTerm("x^2 + 1");
    expect(graph.data(graph.ranges, node)).toMatchObject({ nonzero: true });
    expect(graph.data(graph.constants, graph.addTerm("2^10/3 - 1/3"))).toBe(341);
    const mixed = graph.addTerm("x*y");
    expect(graph.data(graph.dependencies, mixed)).not.toBe(0);
    graph.union(mixed, graph.addTerm("3*y"));
    graph.rebuild();
    // It equals 3 y, so it does not depend on x.
    expect(graph.data(graph.dependencies, mixed)).toBe(graph.data(graph.dependencies, graph.addTerm("y")));
  });

  test("degrees: an upper bound that equalities lower", () => {
    const context = new Context();
    const degree = degrees(context.symbol("x"));
    const graph = new TermGraph({ context, analyses: [degree as room.Analysis<unknown>] });
    const node = graph.addTerm("(x + 1)*(x - 1)*(y + x)^3");
    expect(graph.data(degree, node)).toBe(5);
    expect(graph.data(degree, graph.addTerm("sin(x)"))).toBe(Infinity);
    const zero = graph.addTerm("x^3 - x^3");
    saturate(graph, ringRules, { budget: { steps: 3, nodes: 2000 } });
    expect(graph.data(degree, zero)).toBe(0);
  });

  test("facts reach nodes that were there before", () => {
    const graph = graphOf({ assume: { x: "positive" } });
    const quotient = graph.addTerm("y/y");
    graph.union(graph.addTerm("y"), graph.addTerm("x"));
    saturate(graph, room.divisionRules);
    expect(graph.data(graph.constants, quotient)).toBe(1);
  });
});

describe("extraction", () => {
  const paper = tableCost("paper", { "+": 1, "-": 1, neg: 1, "*": 3, "/": 24, "^": 100, sin: 134 });

  test("the cheapest term: factored, not expanded", () => {
    const graph = graphOf();
    const root = graph.addTerm("a*x + a*y + a*z");
    saturate(graph, [...associativity, ...ringRules], { budget: { steps: 8, nodes: 5000 } });
    const { term, cost } = extract(graph, root, { cost: paper });
    expect(cost).toBe(5);
    expect(release(term)).toBe(parse("a*(x + y + z)", { context: graph.context }));
  });

  test("with sharing, what is used twice counts once", () => {
    const graph = graphOf();
    const root = graph.addTerm("sin(x + 1)*sin(x + 1)");
    expect(extract(graph, root, { cost: paper }).cost).toBe(3 + 2 * 135);
    expect(extract(graph, root, { cost: paper, shared: true }).cost).toBe(3 + 135);
  });

  test("sharing changes the choice", () => {
    const graph = graphOf();
    // As a tree f = sin(a) is dear; b's other form costs less alone, but sin(a) is there anyway.
    const root = graph.addTerm("sin(a) + b");
    graph.union(graph.addTerm("b"), graph.addTerm("sin(a)*2"));
    graph.union(graph.addTerm("b"), graph.addTerm("c*c*c*c*c"));
    graph.rebuild();
    const priced = tableCost("priced", { "+": 1, "*": 3, sin: 10 }, { symbol: 50 });
    const { term, cost } = extract(graph, root, { cost: priced, shared: true });
    expect([String(term), cost]).toEqual(["sin(a) + sin(a)*2", 50 + 10 + 3 + 1]);
  });

  test("never dearer than the input, by tree and with sharing", () => {
    const leaf = fc.constantFrom("a", "b", "2", "x");
    const { tree } = fc.letrec<{ tree: string }>((tie) => ({
      tree: fc.oneof(
        { depthSize: "small", withCrossShrink: true },
        leaf,
        fc.tuple(tie("tree"), fc.constantFrom("+", "-", "*"), tie("tree")).map(([l, o, r]) => `(${l}${o}${r})`),
        tie("tree").map((each) => `sin(${each})`),
      ),
    })); // oxfmt-ignore
    fc.assert(
      fc.property(tree, fc.boolean(), (text, shared) => {
        const graph = graphOf();
        const input = parse(text, { context: graph.context, held: true });
        const root = graph.addTerm(input);
        saturate(graph, [...associativity, ...ringRules], { budget: { steps: 4, nodes: 1500 } });
        const { term, cost } = extract(graph, root, { cost: paper, shared, input });
        expect(cost).toBeLessThanOrEqual(costOf(paper, input, { shared }));
        expect(cost).toBe(costOf(paper, term, { shared }));
        const point = { a: complexOf(0.7, -1.3), b: complexOf(-2, 0.25), x: complexOf(-0.5, 0.5) };
        expect(relativeDifference(complexValue(term, point), complexValue(input, point))).toBeLessThan(1e-35);
      }),
      { numRuns: 60, seed: 5 },
    );
  });

  test("a class that contains itself only through longer terms still has its finite one", () => {
    const graph = graphOf();
    const root = graph.addTerm("x");
    graph.union(root, graph.addTerm("x + 0"));
    graph.rebuild();
    expect(String(extract(graph, root).term)).toBe("x");
    expect(String(extract(graph, root, { shared: true }).term)).toBe("x");
  });

  test("times of a target decide between two forms", () => {
    const graph = graphOf({ assume: { b: "nonzero" } });
    const root = graph.addTerm("a/b + c/b");
    saturate(graph, rules("field", { "common denominator": "?a/?b + ?c/?b <-> (?a + ?c)/?b if ?b != 0" }));
    const { wasm } = defaultRoofline.targets;
    expect(String(extract(graph, root, { cost: timeCost("wasm", wasm!) }).term)).toBe("(a + c)/b");
    // Three calls of exp cost more than one.
    const other = graph.addTerm("exp(x)*exp(y)*exp(z)");
    graph.union(other, graph.addTerm("exp(x + y + z)"));
    graph.rebuild();
    expect(String(release(extract(graph, other, { cost: timeCost("wasm", wasm!) }).term))).toBe("exp(x + y + z)");
    expect(() => extract(graph, root, { cost: tableCost("wrong", { "+": -1 }) })).toThrow(Failure);
  });

  test("terms in normal form go in and come out with the same value", () => {
    for (const text of ["x^2/y - 3*x + 1/2", "exp(2*x)/sqrt(y)", "exp(2) - e", "-x", "2^x*x^-3", "abs(x) + sin(x)^2", "x^(1/3)"]) {
      const term = parse(text, { context: new Context() });
      expect(release(spell(term))).toBe(term);
      const graph = new TermGraph({ context: term.context });
      expect(release(extract(graph, graph.addTerm(term)).term)).toBe(term);
      expect(costOf(sizeCost, term)).toBeGreaterThan(1);
    }
  }); // oxfmt-ignore

  test("long sums need no deep stack", () => {
    const context = new Context();
    let sum: Term = context.symbol("x0");
    for (let i = 1; i < 20_000; i++) sum = operation(context, "+", sum, context.symbol(`x${i}`));
    const graph = new TermGraph({ context });
    const root = graph.addTerm(sum);
    expect(extract(graph, root).cost).toBe(39_999);
  });
});

describe("explanations", () => {
  test("a false step is refused by the replay", () => {
    const graph = graphOf({ explanations: true });
    const [a, b] = [graph.addTerm("x*1 + 0"), graph.addTerm("x")];
    saturate(graph, ringRules);
    const explanation = explain(graph, a, b);
    expect(verify(explanation)).toBe(undefined);
    expect(explanation.steps.map((step) => (typeof step.by === "string" ? step.by : step.by.name))).toContain("one times"); // oxfmt-ignore
    const other = graph.context.symbol("y");
    const bent = explanation.steps.map((step, i) => (i === 0 ? { ...step, to: other } : step));
    expect(verify({ ...explanation, steps: bent })).toMatch(/step 1/);
    expect(verify({ ...explanation, to: other })).toMatch(/end/);
    expect(verify({ ...explanation, steps: explanation.steps.slice(1) })).toMatch(/step 1/);
  });

  test("what is not equal, or not kept, is not explained", () => {
    const graph = graphOf({ explanations: true });
    expect(() => explain(graph, graph.addTerm("x"), graph.addTerm("y"))).toThrow(Failure);
    const plain = graphOf();
    expect(() => plain.proofPath(plain.addTerm("x"), plain.addTerm("x"))).toThrow(Failure);
  });

  test("explanations of random equal terms replay, and every step keeps the value", () => {
    const point = { a: complexOf(0.7, -1.3), b: complexOf(-2, 0.25), x: complexOf(-0.5, 0.5) };
    for (const text of ["(a + b)*(a - b)", "a*(b + x) - a*x", "(x + 1)*(x + 1)", "2*(a + a) + b*0", "(2 + 3)*x - x"])
      for (const commutative of [undefined, []]) {
        const graph = graphOf({ explanations: true, commutative });
        const root = graph.addTerm(text);
        const list = [...associativity, ...ringRules, ...(commutative === undefined ? [] : commutativity)];
        saturate(graph, list, { budget: { steps: 5, nodes: 800 } });
        const best = graph.addTerm(extract(graph, root).term);
        const explanation = explain(graph, root, best);
        expect(verify(explanation)).toBe(undefined);
        for (const { before, after } of explanation.steps)
          expect(relativeDifference(complexValue(before, point), complexValue(after, point))).toBeLessThan(1e-35);
      }
  });
});

test("terms that are not arithmetic: pieces and relations are operations, sums over a range are leaves", () => {
  const graph = graphOf();
  const context = graph.context;
  const piece = parse("piecewise(x + x, x < 1, 0)", { context });
  const range = parse("sum(i^2, i = 1 .. n) + 1", { context });
  expect(extract(graph, graph.addTerm(piece)).cost).toBeGreaterThan(4);
  const out = extract(graph, graph.addTerm(range)).term;
  expect(out.args.some((arg) => arg.kind === Kind.reduction)).toBe(true);
  expect(release(out)).toBe(range);
  expect(m`x`.kind).toBe(Kind.symbol);
});
