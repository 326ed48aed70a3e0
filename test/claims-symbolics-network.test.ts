// The network part of claim symbolics, on small sums: equal values in exact arithmetic, lower costs, honest reports.
import { costOf } from "calculemus/rewrite";
import { Context, freeSymbols, parse, substitute, type Term } from "calculemus/term";
import { describe, expect, test } from "vitest";
import { complexOf, complexValue, relativeDifference } from "./support/complex-terms.ts";
import {
  egraphNetwork,
  largestError,
  network,
  NETWORK_COST,
  publishedRoute,
  PUBLISHED_RULES,
} from "../claims/symbolics-network.ts";

const context = new Context();
const t = (text: string): Term => parse(text, { context });

/** The exact value where the symbols are different primes. */
function exact(term: Term): Term {
  const primes = [2, 3, 5, 7, 11, 13, 17, 19, 23, 29, 31, 37, 41, 43];
  return substitute(term, new Map(freeSymbols(term).map((symbol) => [symbol, primes[symbol.name.charCodeAt(0) % 14]])));
}

const SUMS = [
  "k*a*b + k*a*c + k*a*d - q*a",
  "k*a*b + k*a*c - k*d*b - k*d*c",
  "2*k*a^2 + k*a*b - 3*k*b + 5",
  "a*c + a*d + b*c + b*d + f*g*h + f*g*i + j",
  "k*a*b + k*a*c + k*a*d + k*a*f + k*a*g + k*a*h + l*a*b + l*a*c + l*a*d",
  "-a*b - a*c - a*d",
  "a + b + c",
  "a",
].map(t);

describe("e-graph route of sums of products", () => {
  test("values stay, costs fall", () => {
    const { terms, before, after, graphs, stops } = egraphNetwork(SUMS);
    terms.forEach((term, i) => expect(exact(term)).toBe(exact(SUMS[i])));
    terms.forEach((term, i) => expect(costOf(NETWORK_COST, term)).toBeLessThanOrEqual(costOf(NETWORK_COST, SUMS[i])));
    expect([before > 2 * after, graphs > 0, [...stops.keys()]]).toEqual([true, true, ["done"]]);
  });

  test("both ways of factoring are found where the choice matters", () => {
    // k (a b + a c) before a (k b + k c): one product less inside.
    const [term] = egraphNetwork([t("k*a*b + k*a*c")]).terms;
    expect(costOf(NETWORK_COST, term)).toBe(7);
    const [square] = egraphNetwork([t("a*c + a*d + b*c + b*d")]).terms;
    expect(costOf(NETWORK_COST, square)).toBe(5);
  });

  test("the rules hold at complex points", () => {
    const [a, b, c] = [complexOf(0.7, -1.3), complexOf(-2, 0.25), complexOf(-0.5, 0.5)];
    for (const { lhs, rhs } of PUBLISHED_RULES) {
      const point = { "?a": a, "?b": b, "?x": b, "?y": c };
      expect(relativeDifference(complexValue(lhs, point), complexValue(rhs, point))).toBeLessThan(1e-50);
    }
  });

  test("without time nothing is touched, and that is said", () => {
    const { terms, untouched } = egraphNetwork(SUMS, { time_ms: -1 });
    expect(terms).toEqual(SUMS);
    expect(untouched).toBe(7);
  });

  test("the route as published keeps values' cost at most", () => {
    const { before, after } = publishedRoute(SUMS, 1);
    expect(after).toBeLessThanOrEqual(before);
  });

  test("errors are measured against the sizes of the terms", () => {
    expect(largestError([t("a - b")], (symbol) => (symbol.name === "a" ? 1 : 1), [0])).toBe(0);
    expect(largestError([t("a - b")], () => 1, [1e-3])).toBeCloseTo(5e-4, 12);
  });

  test("without the data the part says so and has no evidence", async () => {
    const said: string[] = [];
    const evidence = await network({ machine: "test", data: "docs", log: (message) => said.push(message) });
    expect([evidence, said.length]).toEqual([[], 1]);
  });
});
