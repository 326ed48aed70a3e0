import * as fc from "fast-check";
import { expect, test } from "vitest";
import { Failure } from "../base/index.ts";
import type { Curves } from "./curves.ts";
import { plotCurves } from "./plot.ts";

/** Throws unless `text` is one well-formed XML element of tags, text and the five named entities. */
function checkXml(text: string): void {
  const open: string[] = [];
  const token = /<\/([\w-]+)>|<([\w-]+)((?: [\w:-]+="[^"<]*")*)(\/?)>|([^<>]+)/gy;
  let end = 0;
  for (let found = token.exec(text); found; found = token.exec(text)) {
    end = token.lastIndex;
    const [whole, close, name, attributes = "", empty, words] = found;
    if (/&(?!(?:amp|lt|gt|quot|apos);)/.test(whole)) throw new Error(`bare & in ${whole}`);
    const keys = [...attributes.matchAll(/ ([\w:-]+)=/g)].map(([, key]) => key);
    if (new Set(keys).size < keys.length) throw new Error(`repeated attribute in ${whole}`);
    if (close !== undefined && open.pop() !== close) throw new Error(`unexpected ${whole}`);
    if (name !== undefined && empty === "") open.push(name);
    if (words !== undefined && open.length === 0 && words.trim() !== "") throw new Error(`text outside: ${words}`);
  }
  if (end !== text.length || open.length > 0) throw new Error(`not well-formed at ${text.slice(end, end + 60)}`);
}

const grid = (n: number, end: number) => Float64Array.from({ length: n }, (_, i) => (end * i) / (n - 1));
const some = (count: number, n = 50): Curves => ({
  time: grid(n, 10),
  curves: Array.from({ length: count }, (_, k) => ({
    name: `S${k + 1}`,
    values: grid(n, 3).map((x) => k + Math.sin(x + k)),
  })),
});

test.each([1, 3, 8, 9, 30, 70])("%i curves make a well-formed, self-contained, repeatable document", async (count) => {
  const options = { title: 'A <b> & "c"', subtitle: "Evidence: error < 1e-6", yLabel: "y & z" };
  const svg = await plotCurves(some(count), options);
  checkXml(svg);
  expect(svg).toBe(await plotCurves(some(count), options));
  expect(svg.startsWith('<svg xmlns="http://www.w3.org/2000/svg" width="720" ')).toBe(true);
  expect(svg).toContain("<title>A &lt;b&gt; &amp; &quot;c&quot;</title>");
  expect(svg).toContain(`<desc>Line plot of ${count} curve`);
  expect(svg).toContain("Evidence: error &lt; 1e-6</text>");
  expect(svg).not.toMatch(/<style|<script|href|url\(|@import|NaN/);
  for (let k = 1; k <= Math.min(count, 40); k++) expect(svg).toContain(`>S${k}</text>`);
  if (count > 40) expect(svg).toContain("… and 30 more");
});

test("thirty curves have thirty line styles", async () => {
  const svg = await plotCurves(some(30));
  const styles = [...svg.matchAll(/<path d="M[^"]*H[^"]*" fill="none" (stroke="[^"]*") stroke-width="2.2"([^/]*)\/>/g)];
  expect(new Set(styles.map(([, colour, dash]) => colour + dash)).size).toBe(30);
});

test("any name is escaped or replaced, never breaks the document", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.string({ unit: "binary", maxLength: 60 }), { minLength: 1, maxLength: 12 }),
      async (names) => {
        const curves = names.map((name, k) => ({ name, values: [k, 1] }));
        checkXml(await plotCurves({ time: [0, 1], curves }, { title: names[0], subtitle: names.at(-1), width: 240 }));
      },
    ),
    { numRuns: 30 },
  );
});

test("long names are shortened in the middle and kept in full as a title", async () => {
  const name = "gTetR(lac!1,lac!2).pLacI(tet!1).pLacI(tet!2).More(a!3)";
  const svg = await plotCurves({ time: [0, 1], curves: [...some(2, 2).curves, { name, values: [1, 2] }] });
  expect(svg).toContain(`<title>${name}</title>`);
  expect(svg).toMatch(/>gTetR\(lac[^<]*…[^<]*\(a!3\)<\/text>/);
});

test("a spike of one point among many keeps its height, and large pictures stay small", async () => {
  const n = 10_001;
  const values = new Float64Array(n).fill(1);
  values[5555] = 1000;
  const svg = await plotCurves({ time: grid(n, 1), curves: [{ name: "spike", values }] });
  const line = /aria-label="line"[^>]*><path d="([^"]*)"/.exec(svg)![1];
  const heights = [...line.matchAll(/,([\d.]+)/g)].map(([, y]) => Number(y));
  expect(Math.max(...heights) - Math.min(...heights)).toBeGreaterThan(300);
  let state = 1;
  const noise = () => (state = (state * 16807) % 2147483647) / 2147483647;
  const noisy = Array.from({ length: 30 }, (_, k) => ({
    name: `n${k}`,
    values: Float64Array.from({ length: n }, noise),
  }));
  expect((await plotCurves({ time: grid(n, 1), curves: noisy }, { width: 2000 })).length).toBeLessThan(1e6);
});

test("logarithmic axes leave out zero and below, and say so", async () => {
  const curves = [
    { name: "a", values: [0, 1e-8, 1e-4, 1] },
    { name: "b", values: [5, 1, -2, 0] },
  ];
  const svg = await plotCurves({ time: [0, 1, 10, 100], curves }, { logX: true, logY: true, subtitle: "Evidence" });
  checkXml(svg);
  expect(svg).toContain(
    ">Not drawn: 1 time at zero or below (logarithmic axis); 2 values at zero or below in 1 curve (logarithmic axis).<",
  );
  expect(svg).toMatch(/>10<tspan dy="-0.5em" font-size="0.75em">−8<\/tspan>/);
  expect(svg).toContain("<circle");
  expect(svg).not.toContain("NaN");
});

test("NaN breaks the line, infinite values are counted, an empty curve is named as such", async () => {
  const time = [0, 1, 2, 3, 4, 5];
  const svg = await plotCurves({
    time,
    curves: [
      { name: "gap", values: [0, 1, NaN, 2, 3, Infinity] },
      { name: "none", values: time.map(() => NaN) },
    ],
  });
  expect(/aria-label="line"[^>]*><path d="([^"]*)"/.exec(svg)![1].match(/M/g)).toHaveLength(2);
  expect(svg).toContain("Not drawn: 1 infinite value.");
  expect(svg).toContain("none (nothing to draw)");
});

const refuse = async (curves: Curves, options: object, kind: string, words: RegExp) => {
  const error = await plotCurves(curves, options).then(
    () => undefined,
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(Failure);
  expect((error as Failure).kind).toBe(kind);
  expect((error as Failure).message).toMatch(words);
};

const one = (...values: number[]): Curves => ({ time: values.map((_, i) => -i), curves: [{ name: "A", values }] });

test("what cannot be drawn is refused with advice", async () => {
  await refuse({ time: [], curves: [] }, {}, "domain", /no curve/);
  await refuse({ time: [], curves: [{ name: "A", values: [] }] }, {}, "domain", /no time/);
  await refuse(one(0, -1), { logY: true }, "domain", /no value is above zero[^]*logY/);
  await refuse(one(1, 2), { logX: true }, "domain", /no time is above zero[^]*logX/);
  await refuse(one(NaN, Infinity), {}, "domain", /no curve has a finite value/);
  await refuse(one(1, 2), { width: 10 }, "usage", /10 x 440/);
  await refuse(one(1, 2), { height: NaN }, "usage", /NaN/);
});

test("one point, a constant and times going backwards can be drawn", async () => {
  checkXml(await plotCurves({ time: [5], curves: [{ name: "A", values: [1.5e9] }] }, { width: 240, height: 160 }));
  checkXml(await plotCurves({ time: [0, 1], curves: [{ name: "A", values: [300, 300] }] }));
  checkXml(await plotCurves({ time: [0, 1, 0.5], curves: [{ name: "A", values: [1, 2, 3] }] }, { xLabel: "" }));
});
