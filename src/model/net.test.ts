import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { Failure } from "../base/index.ts";
import { evaluate, print } from "../term/index.ts";
import { conservationLaws, derive, lowerModel, readModel, readNet, type Model } from "./index.ts";

const NET = `# made by hand
begin parameters
    1 k1   2          # Constant
    2 k2   k1/4 + sqrt(4)
    3 A0   ln(e)*10
end parameters
begin functions
    1 half() Atot/2
    2 rate2() k2*half()
end functions
begin species
    1 A() A0
    2 B(a!1).A(b!1) 0.5
    3 $S() 3
end species
begin reactions
    1 1,1 2 0.5*k1 #_R1
    2 2 1,1 rate2
    3 3 1 k1
    4 0 2 1e-3
    5 2 0 if(time() < 5, k1, 0)
end reactions
begin groups
    1 Atot 1,2*2
    2 none
end groups
`;

/** NET with lines replaced. */
const changed = (from: string, to: string): string => {
  expect(NET).toContain(from);
  return NET.replace(from, to);
};

describe("BioNetGen networks", () => {
  const model = readNet(NET, "hand.net");

  test("states, parameters, groups and functions", () => {
    expect(model.states.map((state) => [state.name, state.fixed])).toEqual([
      ["A()", false],
      ["B(a!1).A(b!1)", false],
      ["S()", true],
    ]);
    expect(model.parameters.map((parameter) => parameter.name)).toEqual(["k1", "k2", "A0"]);
    expect(model.outputs.map((output) => output.name)).toEqual(["Atot", "none"]);
    expect(print(model.outputs[1].term)).toBe("0");
    expect(model.span).toBeUndefined();
  });

  test("reactions: speeds, net changes, fixed species", () => {
    expect(model.reactions.map((reaction) => [...reaction.change])).toEqual([
      [
        [0, -2],
        [1, 1],
      ],
      [
        [1, -1],
        [0, 2],
      ],
      [[0, 1]],
      [[1, 1]],
      [[1, -1]],
    ]);
    const { rightHandSides, outputs } = derive(model);
    const at = { "A()": 3, "B(a!1).A(b!1)": 5, "S()": 3, k1: 2, k2: 2.5, time: 7 };
    // By hand: v1 = 0.5 k1 A^2 = 9; v2 = k2 Atot/2 B = 2.5 * 13/2 * 5 = 81.25; v3 = k1 S = 6; v4 = 0.001; v5 = 0.
    const v = [9, 81.25, 6, 0.001, 0];
    expect(evaluate(rightHandSides[0], at)).toBeCloseTo(-2 * v[0] + 2 * v[1] + v[2], 12);
    expect(evaluate(rightHandSides[1], at)).toBeCloseTo(v[0] - v[1] + v[3], 12);
    expect(evaluate(rightHandSides[2], at)).toBe(0);
    expect(evaluate(rightHandSides[1], { ...at, time: 4 })).toBeCloseTo(v[0] - v[1] + v[3] - 2 * 5, 12);
    expect(evaluate(outputs[0], at)).toBe(13);
  });

  test("a rate may name a group although the file has no functions", () => {
    const text = NET.replace(/begin functions[^]*end functions\n/, "").replace("rate2", "k2*Atot");
    const { rightHandSides } = derive(readNet(text));
    expect(evaluate(rightHandSides[2], {})).toBe(0);
    expect(
      evaluate(rightHandSides[1], { "A()": 3, "B(a!1).A(b!1)": 5, "S()": 3, k1: 2, k2: 2.5, time: 7 }),
    ).toBeCloseTo(9 - 2.5 * 13 * 5 + 0.001, 10);
  });

  test("a species may be called time", () => {
    const m = readNet("begin species\n1 time 2\nend species\nbegin reactions\n1 1 0 1\n2 0 1 time()\nend reactions\n");
    expect(m.states[0].symbol).not.toBe(m.time);
    expect(evaluate(derive(m).rightHandSides[0], { "time#1": 2, time: 5 })).toBe(3);
  });

  test("line ends and a byte order mark do not matter", () => {
    const other = readNet(`\uFEFF${NET.replaceAll("\n", "\r\n")}`, "hand.net");
    expect(other.reactions.map((reaction) => print(reaction.rate))).toEqual(
      model.reactions.map((reaction) => print(reaction.rate)),
    );
  });
});

describe("refusals name file, line and column", () => {
  test.each<[string, () => string, RegExp, string]>([
    ["empty file", () => "", /is empty|no species/, ""],
    ["only comments", () => "# nothing\n\n", /is empty|no species/, ""],
    ["binary file", () => "\0\x01\x02", /not a text file/, ""],
    ["not a network", () => "hello world\n", /expected "begin/, "1:1"],
    ["BNGL", () => "begin model\nend model\n", /block "model" is not supported/, "1:1"],
    ["unknown block", () => `${NET}begin compartments\nend compartments\n`, /"compartments" is not supported/, "27:1"],
    ["second block", () => `${NET}begin groups\nend groups\n`, /second block "groups"/, "27:1"],
    ["block in a block", () => changed("end parameters\n", ""), /inside the block parameters/, "6:1"],
    ["wrong end", () => changed("end species", "end reactions"), /inside the block species/, "15:1"],
    ["end of nothing", () => changed("begin species", ""), /./, ""],
    ["unended block", () => changed("end groups\n", ""), /never ended/, "23:1"],
    ["bad index", () => changed("    2 k2", "    3 k2"), /index 3.*position 2/, "4:5"],
    ["repeated reaction index", () => changed("    3 3 1 k1", "    2 3 1 k1"), /index 2.*position 3/, "19:5"],
    ["bad number", () => changed("1 k1   2", "1 k1   2.3.4"), /not a number/, "3:12"],
    ["undefined parameter", () => changed("k1/4", "k9/4"), /"k9" is not defined/, "4:12"],
    ["undefined rate", () => changed("0.5*k1", "0.5*kk"), /"kk" is not defined/, "17:17"],
    ["unknown function", () => changed("sqrt(4)", "sqr(4)"), /unknown function "sqr"/, "4:19"],
    ["cyclic parameters", () => changed("1 k1   2 ", "1 k1   k2 "), /circle: k1 -> k2 -> k1|circle: k2 -> k1 -> k2/, ""], // oxfmt-ignore
    ["cyclic functions", () => changed("Atot/2", "rate2()/2"), /circle/, ""],
    ["a parameter that changes", () => changed("ln(e)*10", "ln(e)*Atot"), /"Atot".*changes with time/, "5:7"],
    ["an initial amount that changes", () => changed("A() A0", "A() Atot"), /"Atot".*changes with time/, "12:11"],
    ["duplicate parameter", () => changed("2 k2", "2 k1"), /"k1" is defined twice/, "4:7"],
    ["duplicate species", () => changed("$S() 3", "A() 3"), /"A\(\)" is defined twice/, "14:7"],
    ["group like a parameter", () => changed("2 none", "2 k1"), /"k1" is defined twice/, "25:7"],
    ["a parameter called time", () => changed("3 A0 ", "3 time "), /time/, "5:7"],
    ["no such species", () => changed("2 2 1,1", "2 9 1,1"), /species 9 does not exist; there are 3/, "18"],
    ["malformed species list", () => changed("1,1 2 0.5", "1,x 2 0.5"), /not a list of species/, "17:7"],
    ["malformed group", () => changed("1,2*2", "1,2**2"), /not a member of a group/, "24"],
    ["no rate", () => changed("0 2 1e-3", "0 2"), /needs index, reactants, products and a rate/, "20:5"],
    ["no initial amount", () => changed("A() A0", "A()"), /no initial amount/, "12"],
    ["no value", () => changed("1 k1   2          # Constant", "1 k1"), /no value/, "3"],
    ["function with arguments", () => changed("half() Atot", "half(x) Atot"), /function without arguments/, "8:7"],
    ...["Sat", "MM", "Hill", "Arrhenius"].map((law): [string, () => string, RegExp, string] => [
      `rate law ${law}`,
      () => changed("0.5*k1", `${law} k1 k2`),
      new RegExp(`rate law ${law} is not supported`),
      "17:13",
    ]),
  ])("%s", (_, text, what, place) => {
    let failure: unknown;
    try {
      readNet(text(), "bad.net");
    } catch (error) {
      failure = error;
    }
    expect(failure).toBeInstanceOf(Failure);
    const { message } = failure as Failure;
    expect(message).toMatch(what);
    expect(message).toContain("bad.net");
    if (place !== "" && (failure as Failure).place !== undefined) {
      const { line, column } = (failure as Failure).place!;
      expect(place.includes(":") ? `${line}:${column}` : `${line}`).toBe(place);
    } else expect(place).toBe("");
  });

  test("formats by the file's name", () => {
    expect(readModel(NET, "x.NET").format).toBe("net");
    expect(readModel(NET, "x", "net").format).toBe("net");
    expect(() => readModel(NET, "x.bngl")).toThrow(/generate_network/);
    expect(() => readModel(NET, "x.xml")).toThrow(/well-formed/);
    expect(() => readModel(NET, "model")).toThrow(/no ending/);
    expect(() => readModel(NET, "x.constructor")).toThrow(Failure);
  });
});

/** A Model or a Failure, nothing else. */
function attempt(text: string): Model | undefined {
  try {
    return readNet(text, "fuzz.net");
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    return undefined;
  }
}

describe("no text makes the reader throw anything else", () => {
  test("random text", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary", maxLength: 200 }), (text) => void attempt(text)),
      { numRuns: 500, seed: 20 },
    );
    fc.assert(
      fc.property(fc.string({ maxLength: 60 }), (text) => void attempt(`begin species\n1 A() ${text}\nend species\n`)),
      { numRuns: 500, seed: 21 },
    );
  });

  test("mutations of a valid file: lines and characters deleted, repeated, swapped, replaced", async () => {
    const lines = NET.split("\n");
    const place = fc.nat();
    const mutation = fc.tuple(fc.constantFrom("drop", "twice", "swap", "cut", "double", "put"), place, place, fc.string({ unit: "binary", minLength: 1, maxLength: 2 })); // oxfmt-ignore
    const read: Model[] = [];
    fc.assert(
      fc.property(fc.array(mutation, { minLength: 1, maxLength: 3 }), (mutations) => {
        let text = lines;
        for (const [kind, a, b, put] of mutations) {
          const i = a % text.length;
          const j = b % text.length;
          const at = b % (text[i].length + 1);
          const line = text[i];
          if (kind === "drop") text = text.toSpliced(i, 1);
          else if (kind === "twice") text = text.toSpliced(j, 0, line);
          else if (kind === "swap") text = text.with(i, text[j]).with(j, line);
          else if (kind === "cut") text = text.with(i, line.slice(0, at) + line.slice(at + 1));
          else if (kind === "double") text = text.with(i, line.slice(0, at) + line.slice(Math.max(0, at - 1)));
          else text = text.with(i, line.slice(0, at) + put + line.slice(at));
        }
        const model = attempt(text.join("\n"));
        if (model !== undefined) read.push(model);
      }),
      { numRuns: 1500, seed: 22 },
    );
    expect(read.length).toBeGreaterThan(50);
    // What is read can be derived, lowered, or is refused by a Failure.
    for (const model of read.slice(0, 25))
      try {
        conservationLaws(model);
        (await lowerModel(model, { target: "js" })).problem.dispose();
      } catch (error) {
        if (!(error instanceof Failure)) throw error;
      }
  });

  const N = 50_000;
  test.each([
    ["a long line", `begin species\n1 A() ${"1+".repeat(N)}1\nend species\n`],
    ["blanks", `begin parameters\n1 k ${" ".repeat(N)}\nend parameters\n`],
    ["digits", `begin parameters\n${"1".repeat(N)}\nend parameters\n`],
    ["deep brackets", `begin parameters\n1 k ${"(".repeat(N)}1${")".repeat(N)}\nend parameters\nbegin species\nend species\n`], // oxfmt-ignore
    ["deep calls", `begin parameters\n1 k ${"tanh(".repeat(N)}time()${")".repeat(N)}\nend parameters\nbegin species\nend species\n`], // oxfmt-ignore
    ["a long chain", `begin parameters\n1 k0 1\n${Array.from({ length: 5000 }, (_, i) => `${i + 2} k${i + 1} k${i}+1`).join("\n")}\nend parameters\nbegin species\nend species\n`], // oxfmt-ignore
    ["a long circle", `begin parameters\n1 k0 k5000\n${Array.from({ length: 5000 }, (_, i) => `${i + 2} k${i + 1} k${i}+1`).join("\n")}\nend parameters\nbegin species\nend species\n`], // oxfmt-ignore
    ["many begins", "begin species\n".repeat(N)],
  ])("deep or long: %s", (_, text) => {
    attempt(text);
  });
});
