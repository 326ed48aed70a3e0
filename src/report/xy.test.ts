// Pictures of series with their own horizontal values, phase planes, pages.
import { parseXml } from "@rgrove/parse-xml";
import { describe, expect, test } from "vitest";
import { readCalc } from "../model/index.ts";
import { phasePlane } from "../phase.ts";
import { htmlPage, plotCurves, plotPhase, plotSeries, plotWorkPrecision } from "./index.ts";
import { zeroLines } from "./phase.ts";

const well = (svg: string): string => {
  parseXml(svg);
  return svg;
};

describe("series", () => {
  test("a line each, dots where asked, ranges in words", async () => {
    const svg = well(
      await plotWorkPrecision([
        { solver: "a", error: 1e-3, work: 1 },
        { solver: "a", error: 1e-6, work: 4 },
        { solver: "b", error: 1e-4, work: 2 },
      ]),
    );
    expect(svg.match(/<circle/g)).toHaveLength(3);
    expect(svg).toContain("from 1 to 4 over error reached (smaller to the left) from 1e-6 to 0.001");
  });

  test("points that cannot be drawn are counted; nothing to draw, lengths that differ and tiny pictures are refused", async () => {
    const svg = await plotSeries([{ name: "a", x: [1, 2, 3], y: [1, -2, NaN] }], { logY: true });
    expect(svg).toContain("Not drawn: 2 points");
    expect(() => plotSeries([{ name: "a", x: [0], y: [0] }], { logX: true })).toThrow(/no point can be drawn/);
    expect(() => plotSeries([{ name: "a", x: [0, 1], y: [0] }])).toThrow(/2 and 1 values/);
    expect(() => plotSeries([{ name: "a", x: [0], y: [0] }], { width: 3 })).toThrow(/3 x 440/);
  });
});

describe("bands", () => {
  test("an area of the curve's colour, within the axis", async () => {
    const time = [0, 1, 2];
    const curves = [{ name: "x", values: [0, 1, 0] }];
    const svg = well(await plotCurves({ time, curves }, { bands: [{ curve: 0, low: [-1, 0, -1], high: [1, 30, 1] }] }));
    expect(svg).toContain('fill-opacity="0.18"');
    expect(svg).toContain("values from -1 to 30");
    await expect(plotCurves({ time, curves }, { bands: [{ curve: 1, low: [0], high: [0] }] })).rejects.toThrow(
      /band of curve 1/,
    );
  });
});

describe("phase planes", () => {
  const model = readCalc("state x = 1, y = 0 \n x' = y \n y' = -x \n time 0 .. 6 points 61");

  test("the field is that of the model, and trajectories start where asked", async () => {
    const { plane, section, dispose } = await phasePlane(model, { x: "x", y: "y", starts: [[0.5, 0.25]] });
    expect(section).toBe(false);
    expect(plane.field!(3, 4)).toEqual([4, -3]);
    expect([plane.trajectories[1].x[0], plane.trajectories[1].y[0]]).toEqual([0.5, 0.25]);
    const svg = well(await plotPhase(plane));
    expect(svg).toContain("Arrows: direction of change");
    dispose();
  });

  test("unknown and equal states are refused", async () => {
    await expect(phasePlane(model, { x: "x", y: "z" })).rejects.toThrow(/no state "z"/);
    await expect(phasePlane(model, { x: "x", y: "x" })).rejects.toThrow(/two different states/);
  });

  test("zero lines of a plane function lie on a straight line", () => {
    const grid = Array.from({ length: 5 }, (_, j) => Array.from({ length: 5 }, (__, i) => i + 2 * j - 4.5));
    const lines = zeroLines(grid);
    expect(lines.length).toBeGreaterThan(4);
    for (const [a, b, c, d] of lines) {
      expect(a + 2 * b).toBeCloseTo(4.5, 12);
      expect(c + 2 * d).toBeCloseTo(4.5, 12);
    }
    expect(zeroLines([[NaN, 1], [-1, 1]])).toEqual([]); // oxfmt-ignore
  });
});

test("a page holds the drawing, the notes and the numbers, escaped", async () => {
  const curves = { time: [0, 1], curves: [{ name: "a<b", values: [1, 2] }] };
  const page = htmlPage({ title: "x & y", svg: await plotCurves(curves), notes: ["1 < 2"], curves });
  expect(page).toContain("<title>x &amp; y</title>");
  expect(page).toContain("<li>1 &lt; 2</li>");
  expect(page).toContain("a&lt;b");
  expect(page).not.toContain("<script");
});
