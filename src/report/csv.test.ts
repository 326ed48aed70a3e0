import * as fc from "fast-check";
import { expect, test } from "vitest";
import { Failure } from "../base/index.ts";
import { curvesToCsv, readTimes } from "./csv.ts";

test("names are quoted when they must be", () => {
  const curves = [
    { name: "g(a!1,b)", values: [1, 0.1] },
    { name: 'say "x"', values: Float64Array.of(-0, NaN) },
    { name: "two\nlines", values: [1e21, Infinity] },
  ];
  expect(curvesToCsv({ time: [0, 0.5], curves })).toBe(
    'time,"g(a!1,b)","say ""x""","two\nlines"\n0,1,-0,1e+21\n0.5,0.1,NaN,Infinity\n',
  );
});

test("numbers read back to the same doubles", () => {
  fc.assert(
    fc.property(fc.array(fc.double(), { minLength: 1 }), (values) => {
      const text = curvesToCsv({ time: values.map((_, i) => i), curves: [{ name: "x", values }] });
      const back = text.trim().split("\n").slice(1).map((line) => Number(line.split(",")[1])); // oxfmt-ignore
      return back.every((x, i) => Object.is(x, values[i]));
    }),
  );
});

test("the times of our own CSV come back", () => {
  const ascending = fc.uniqueArray(
    fc.double({ noNaN: true, noDefaultInfinity: true }).map((x) => x + 0),
    {
      minLength: 1,
      comparator: (a, b) => a === b,
    },
  );
  fc.assert(
    fc.property(ascending, (list) => {
      const time = Float64Array.from(list).sort();
      const text = curvesToCsv({ time, curves: [{ name: "a,b", values: time }] });
      expect(readTimes(text)).toEqual(time);
    }),
  );
});

test("reads headers, comments, blanks, quotes, other separators and a byte order mark", () => {
  expect([...readTimes('\ufefft [s];x\r\n0;1\r\n\r\n# pause\r\n  1.5e1 7\r\n"20",3\r\n+30.\t')]).toEqual([
    0, 15, 20, 30,
  ]);
  expect([...readTimes("-1\n.5")]).toEqual([-1, 0.5]);
});

const message = (text: string) => {
  try {
    readTimes(text, "t.csv");
  } catch (error) {
    expect(error).toBeInstanceOf(Failure);
    return (error as Failure).message;
  }
  throw new Error("no failure");
};

test("errors name file, line and column and say what to do", () => {
  expect(message("time\n0\n 1,5x\n1x")).toMatch(/^t\.csv:4:1: "1x" is not a number\n {2}1x\n {2}\^\n {2}Give one time/);
  expect(message("0\n2\n  2")).toMatch(/^t\.csv:3:3: time 2 does not come after 2 of line 2\n[^]*sort them/);
  expect(message("0\nNaN")).toContain('t.csv:2:1: "NaN" is not a number');
  expect(message("inf\n1")).toContain('t.csv:1:1: "inf" is not a number');
  expect(message("1e999")).toContain("too large");
  expect(message("0\n,3")).toContain("t.csv:2:1: there is no time in the first column");
  expect(message('0\n"1')).toContain("t.csv:2:1");
  expect(message("0\n1d-3")).toContain('"1d-3" is not a number');
  expect(message("time\n# nothing\n")).toContain("t.csv:1:1: there is no time in this text");
});
