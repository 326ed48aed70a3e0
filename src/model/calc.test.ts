import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { Failure } from "../base/index.ts";
import { evaluate } from "../term/index.ts";
import { conservationLaws, derive, lowerModel, parameterValues, readCalc, type Model } from "./index.ts";

const CALC = `# A Brusselator with everything
param A = 1, B = A + 2
state x = A, y = B/2   # two states
let v = A*x^2*y
x' = A + v - (B + 1)*x + 0*t
y' = B*x - v
output s = x + y, x
time 0 .. 4*B points 51
`;
const REACTIONS = `state E = 1, S = 10, ES = 0, P = 0
param k1 = 2, k2 = 1/2, k3 = 3
reaction E + S -> ES : k1*E*S
reaction ES -> E + S : k2*ES
reaction ES -> E + P : k3*ES
reaction 2 S -> 0 : 0*S
time 0 .. 1
`;

const changed = (from: string, to: string, text = CALC): string => {
  expect(text).toContain(from);
  return text.replace(from, to);
};

describe("calc models", () => {
  test("every statement", () => {
    const model = readCalc(CALC, "b.calc");
    expect(model.span).toEqual({ from: 0, to: 12, points: 51 });
    expect(model.outputs.map((output) => output.name)).toEqual(["s", "x"]);
    expect([...parameterValues(model, {})]).toEqual([1, 3]);
    expect([...parameterValues(model, { A: 5 })]).toEqual([5, 7]);
    const { rightHandSides, jacobian } = derive(model);
    const at = { A: 1, B: 3, x: 2, y: 5, t: 0 };
    expect(rightHandSides.map((term) => evaluate(term, at))).toEqual([1 + 20 - 8, 6 - 20]);
    // d/dx, d/dy by hand: [2xy - (B+1), x^2], [B - 2xy, -x^2].
    expect(jacobian.map((row) => [...row.values()].map((term) => evaluate(term, at)))).toEqual([
      [16, 4],
      [-17, -4],
    ]);
  });

  test("the order of statements is free", () => {
    const lines = CALC.trim().split("\n");
    const other = readCalc(lines.toReversed().join("\n"));
    expect(derive(other).rightHandSides.map(String)).toEqual(derive(readCalc(CALC)).rightHandSides.map(String));
  });

  test("reactions have the rates that are written", () => {
    const model = readCalc(REACTIONS);
    const at = { E: 1, S: 10, ES: 2, P: 0, k1: 2, k2: 0.5, k3: 3 };
    expect(derive(model).rightHandSides.map((term) => evaluate(term, at))).toEqual([-20 + 1 + 6, -20 + 1, 20 - 1 - 6, 6]); // oxfmt-ignore
    expect([...model.reactions[3].change]).toEqual([[1, -2]]);
  });

  test("conservation laws are exact", () => {
    const model = readCalc(REACTIONS.replace("reaction 2 S -> 0 : 0*S\n", ""));
    const laws = conservationLaws(model).map(({ states, weights }) => [...states].map((s, i) => [s, weights[i]]));
    // E + ES and S + ES + P span the space (or any two independent combinations).
    expect(laws).toHaveLength(2);
    for (const law of laws)
      for (const { change } of model.reactions)
        expect(law.reduce((sum, [s, w]) => sum + w * (change.get(s) ?? 0), 0)).toBe(0);
    // With the degradation of S only E + ES is left.
    expect(conservationLaws(readCalc(REACTIONS))).toHaveLength(1);
    expect(conservationLaws(readCalc(CALC))).toEqual([]);
  });

  test("conservation laws of random networks hold, and there are at most n - rank of them", () => {
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.nat(4), fc.nat(4), fc.integer({ min: 1, max: 3 }), fc.integer({ min: 1, max: 3 })), { minLength: 1, maxLength: 6 }), // oxfmt-ignore
        (reactions) => {
          const text = `state ${[0, 1, 2, 3, 4].map((i) => `s${i} = 1`).join(", ")}\n${reactions.map(([a, b, m, n]) => `reaction ${m} s${a} -> ${n} s${b} : s0 + s1 + s2 + s3 + s4`).join("\n")}\n`; // oxfmt-ignore
          const model = readCalc(text);
          const laws = conservationLaws(model);
          for (const law of laws)
            for (const { change } of model.reactions)
              expect(law.states.reduce((sum, s, i) => sum + law.weights[i] * (change.get(s) ?? 0), 0)).toBe(0);
          // Rank over the rationals by elimination in plain doubles of small integers.
          const rows = model.reactions.map(({ change }) => [0, 1, 2, 3, 4].map((i) => change.get(i) ?? 0));
          let rank = 0;
          for (let column = 0; column < 5; column++) {
            const pivot = rows.findIndex((row, i) => i >= rank && Math.abs(row[column]) > 1e-9);
            if (pivot < 0) continue;
            [rows[rank], rows[pivot]] = [rows[pivot], rows[rank]];
            for (let i = rank + 1; i < rows.length; i++) {
              const f = rows[i][column] / rows[rank][column];
              for (let j = column; j < 5; j++) rows[i][j] -= f * rows[rank][j];
            }
            rank++;
          }
          expect(laws.length).toBeLessThanOrEqual(5 - rank);
        },
      ),
      { numRuns: 300, seed: 30 },
    );
  });
});

describe("refusals name file, line and column", () => {
  test.each<[string, () => string, RegExp, string]>([
    ["empty", () => "", /is empty/, ""],
    ["comments only", () => "# x\n", /is empty/, ""],
    ["binary", () => "\0", /not a text file/, ""],
    ["no state", () => "param a = 1\n", /declares no state/, ""],
    ["not a statement", () => changed("let v", "lot v"), /not a statement/, "4:1"],
    ["a bare assignment", () => `${CALC}z = 3\n`, /not a statement/, "9:1"],
    ["malformed number", () => changed("A = 1,", "A = 1.2.3,"), /not a number/, "2:11"],
    ["unknown function", () => changed("A*x^2*y", "foo(x)"), /unknown function "foo"/, "4:9"],
    ["undefined name", () => changed("A + v", "A + w"), /"w" is not defined/, "5:10"],
    ["cyclic parameters", () => changed("A = 1,", "A = B,"), /circle: .*A.*B/, "2:7"],
    ["cyclic quantities", () => changed("A*x^2*y", "v + 1"), /circle: v -> v/, "4:5"],
    ["duplicate", () => changed("y = B/2", "x = B/2"), /"x" is declared twice/, "3:14"],
    ["parameter and state", () => changed("y = B/2", "A = B/2"), /"A" is declared twice; it is already a parameter/, "3:14"], // oxfmt-ignore
    ["second equation", () => changed("y' =", "x' ="), /second equation; the first is in line 5/, "6:1"],
    ["equation of a parameter", () => changed("y' =", "B' ="), /"B" has an equation but is not a state/, "6:1"],
    ["no equation", () => changed("y' = B*x - v\n", ""), /"y" has no equation/, "3:14"],
    ["a state in a parameter", () => changed("B = A + 2", "B = x"), /"x" is not defined/, "2:18"],
    ["a state in an initial value", () => changed("y = B/2", "y = x"), /"x" is not defined/, "3:18"],
    ["time declared", () => changed("let v", "let t"), /"t" is time/, "4:5"],
    ["a function's name", () => changed("let v", "let sin"), /"sin" is a function/, "4:5"],
    ["no value", () => changed("A = 1,", "A = ,"), /"A" has no value/, "2"],
    ["nothing follows", () => `${CALC}param\n`, /nothing follows/, "9"],
    ["second time", () => `${CALC}time 0 .. 1\n`, /second time span; the first is in line 8/, "9:1"],
    ["empty span", () => changed("0 .. 4*B", "5 .. 4"), /span 5 \.\. 4 is empty/, "8"],
    ["bad span", () => changed("0 .. 4*B", "0 to 4"), /written time 0/, "8"],
    ["three ends", () => changed("0 .. 4*B", "0 .. 4 .. 5"), /written time 0/, "8"],
    ["span of a state", () => changed("4*B", "x"), /"x" is not defined/, "8:11"],
    ["no points", () => changed("points 51", "points 1"), /points must be/, "8"],
    ["twice the same output", () => changed("s = x + y, x", "x, x"), /output "x" is given twice/, "7:11"],
    ["undefined output", () => changed("s = x + y", "s = x + q"), /"q" is not defined/, "7:16"],
    ["an equation and reactions", () => `${REACTIONS}P' = 1\n`, /has an equation and takes part/, "1:30"],
    ["not a reaction", () => changed("E + S -> ES", "E + S = ES", REACTIONS), /written A \+ B -> C/, "3"],
    ["no rate", () => changed("ES : k1*E*S", "ES :", REACTIONS), /empty/, "3"],
    ["an unknown participant", () => changed("E + S ->", "E + X ->", REACTIONS), /"X" is not a state/, "3:14"],
    ["a bad participant", () => changed("E + S ->", "E + -S ->", REACTIONS), /not a participant/, "3:14"],
    ["a bad number", () => changed("2 S", "0 S", REACTIONS), /from 1 to 1000000/, "6:10"],
    ["a cut formula", () => changed("A + v -", "A + v - (", CALC), /never closed|missing|nothing/, "5"],
  ])("%s", (_, text, what, place) => {
    let failure: unknown;
    try {
      readCalc(text(), "bad.calc");
    } catch (error) {
      failure = error;
    }
    expect(failure).toBeInstanceOf(Failure);
    const { message, place: found } = failure as Failure;
    expect(message).toMatch(what);
    expect(message).toContain("bad.calc");
    if (place !== "") expect(place.includes(":") ? `${found!.line}:${found!.column}` : `${found!.line}`).toBe(place);
  });

  test("values that are not finite are refused by name when the model is lowered", async () => {
    for (const [text, what] of [
      [changed("A = 1,", "A = 1, q = log(0 - A),"), /parameter "q" is NaN/],
      [changed("y = B/2", "y = 1/(B - 3)"), /initial value of "y" is Infinity/],
    ] as const)
      await expect(lowerModel(readCalc(text))).rejects.toThrow(what);
    await expect(lowerModel(readCalc(CALC), { parameters: { q: 1 } })).rejects.toThrow('no parameter "q"');
    await expect(lowerModel(readCalc(CALC), { parameters: { A: Number.NaN } })).rejects.toThrow(Failure);
    await expect(lowerModel(readCalc(CALC), { parameters: { constructor: 1 } })).rejects.toThrow(Failure);
  });
});

function attempt(text: string): Model | undefined {
  try {
    return readCalc(text, "fuzz.calc");
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    return undefined;
  }
}

describe("no text makes the reader throw anything else", () => {
  test("random text and mutations", async () => {
    const read: Model[] = [];
    const spoil = fc.tuple(fc.constantFrom("drop", "twice", "swap", "cut", "put"), fc.nat(), fc.nat(), fc.oneof(fc.string({ unit: "binary", minLength: 1, maxLength: 2 }), fc.constantFrom("'", "=", "->", ":", ",", "..", "(", "t", "x", "#"))); // oxfmt-ignore
    fc.assert(
      fc.property(fc.constantFrom(CALC, REACTIONS), fc.array(spoil, { minLength: 1, maxLength: 3 }), (base, spoils) => {
        let text = base.split("\n");
        for (const [kind, a, b, put] of spoils) {
          const i = a % text.length;
          const j = b % text.length;
          const at = b % (text[i].length + 1);
          const line = text[i];
          if (kind === "drop" && text.length > 1) text = text.toSpliced(i, 1);
          else if (kind === "twice") text = text.toSpliced(j, 0, line);
          else if (kind === "swap") text = text.with(i, text[j]).with(j, line);
          else if (kind === "cut") text = text.with(i, line.slice(0, at) + line.slice(at + 1));
          else text = text.with(i, line.slice(0, at) + put + line.slice(at));
        }
        const model = attempt(text.join("\n"));
        if (model !== undefined) read.push(model);
      }),
      { numRuns: 2000, seed: 31 },
    );
    fc.assert(
      fc.property(fc.string({ unit: "binary", maxLength: 100 }), fc.constantFrom("", "state ", "param ", "let ", "x' = ", "reaction ", "output ", "time "), (text, head) => void attempt(`${head}${text}`)), // oxfmt-ignore
      { numRuns: 1000, seed: 32 },
    );
    expect(read.length).toBeGreaterThan(100);
    for (const model of read.slice(0, 25))
      try {
        (await lowerModel(model, { target: "js" })).problem.dispose();
      } catch (error) {
        if (!(error instanceof Failure)) throw error;
      }
  });

  const N = 50_000;
  test.each([
    ["blanks in a time span", `time x${" ".repeat(N)}y`],
    ["blanks before points", `time 0 .. 1${" ".repeat(N)}point`],
    ["blanks in a participant", `state a = 1\nreaction 2${" ".repeat(N)}! -> a : 1`],
    ["arrows", `state a = 1\nreaction ${"->".repeat(N)}`],
    ["commas", `state ${",".repeat(N)}`],
    ["brackets", `state a = ${"(".repeat(N)}1${")".repeat(N)}\na' = 1`],
    ["quotes", `x${"'".repeat(N)} = 1`],
    ["many states", `state ${Array.from({ length: 5000 }, (_, i) => `s${i} = 1`).join(", ")}`],
    ["a long chain of quantities", `state x = 1\nx' = q5000\nlet q0 = x\n${Array.from({ length: 5000 }, (_, i) => `let q${i + 1} = q${i} + 1`).join("\n")}`], // oxfmt-ignore
  ])("deep or long: %s", (_, text) => {
    attempt(text);
  });
});

test("events that act at the start, and with the values of their execution", () => {
  const text = "state x = 3\ndiscrete a = 0\nx' = -1\nwhen x > 1 after 2 drop initially late : a = x\n";
  expect(readCalc(text).events![0]).toMatchObject({ before: false, persistent: false, valuesAtTrigger: false });
  expect(readCalc(text.replace(" drop initially late", "")).events![0]).toMatchObject({ before: true, persistent: true, valuesAtTrigger: true }); // oxfmt-ignore
  expect(() => readCalc(text.replace("late", "late 3"))).toThrow('"late" takes no value');
});
