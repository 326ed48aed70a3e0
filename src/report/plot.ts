// Curves as a picture: one standalone SVG, the same text on every run, for a page, a paper or an image converter.
// Observable Plot draws axes, grid and lines in a linkedom document, so no browser is needed; both are imported on the
// first call only, so importing this room costs nothing. Ticks (axis.ts), thinning (thin.ts), names (legend.ts) and the XML (svg.ts)
// are ours. Left out on purpose: bars, heat maps, dates.
import { Failure } from "../base/index.ts";
import { checkCurves, type Curves } from "./curves.ts";
import { formatNumber } from "./format.ts";
import { checkSize, drawFrame, lineWidth, type Markish, type PlotModule } from "./frame.ts";
import type { LineEnd } from "./legend.ts";
import { lineStyle } from "./linestyle.ts";
import { thin } from "./thin.ts";

export interface PlotOptions {
  readonly title?: string;
  /** Small text under the title; the evidence line goes here. Notes about points that are not drawn are added. */
  readonly subtitle?: string;
  /** Name of the horizontal axis; default "time". */
  readonly xLabel?: string;
  /** Name of the vertical axis; default: the name of the curve when there is only one, else none. */
  readonly yLabel?: string;
  /** Pixels, at least 240; default 720. */
  readonly width?: number;
  /** Pixels, at least 160; default 440. The legend of more than eight curves comes below and adds to it. */
  readonly height?: number;
  /** Logarithmic axes: points at zero or below are left out, and the subtitle says how many. */
  readonly logX?: boolean;
  readonly logY?: boolean;
  /** Bands around curves, such as quantiles over an ensemble. */
  readonly bands?: readonly Band[];
}

export interface Band {
  /** Position of the curve it belongs to. */
  readonly curve: number;
  /** Lower and upper edge, one value a time. */
  readonly low: ArrayLike<number>;
  readonly high: ArrayLike<number>;
}

/** Points of a band at most. */
const BAND_POINTS = 1000;

/** The most points in one picture (keeps it well below 1 MB); columns get wider until all curves together fit. */
const POINTS = 36_000;

/** Which points can be drawn, what range they span, and how many were left out for which reason. */
function survey({ time, curves }: Curves, logX: boolean, logY: boolean, bands: readonly Band[]) {
  const can = (t: number, v: number) =>
    Number.isFinite(t) && Number.isFinite(v) && !(logX && t <= 0) && !(logY && v <= 0);
  const x: [number, number] = [Infinity, -Infinity];
  const y: [number, number] = [Infinity, -Infinity];
  let badTimes = 0;
  let badValues = 0;
  let badCurves = 0;
  let infinite = 0;
  for (let i = 0; i < time.length; i++) if (logX && time[i] <= 0) badTimes++;
  const drawn = curves.map(({ values }) => {
    let any = false;
    let bad = 0;
    for (let i = 0; i < time.length; i++) {
      const v = values[i];
      if (can(time[i], v)) {
        any = true;
        x[0] = Math.min(x[0], time[i]);
        x[1] = Math.max(x[1], time[i]);
        y[0] = Math.min(y[0], v);
        y[1] = Math.max(y[1], v);
      } else if (Number.isNaN(time[i]) || (logX && time[i] <= 0)) continue;
      else if (Math.abs(v) === Infinity) infinite++;
      else if (logY && v <= 0) bad++;
    }
    badValues += bad;
    if (bad > 0) badCurves++;
    return any;
  });
  for (const { low, high } of bands)
    for (let i = 0; i < time.length; i++)
      if (can(time[i], low[i]) && can(time[i], high[i])) {
        y[0] = Math.min(y[0], low[i]);
        y[1] = Math.max(y[1], high[i]);
      }
  const notes: string[] = [];
  if (badTimes > 0) notes.push(`${badTimes} ${badTimes === 1 ? "time" : "times"} at zero or below (logarithmic axis)`);
  if (badValues > 0) {
    const where = curves.length === 1 ? "" : ` in ${badCurves} ${badCurves === 1 ? "curve" : "curves"}`;
    notes.push(`${badValues} ${badValues === 1 ? "value" : "values"} at zero or below${where} (logarithmic axis)`);
  }
  if (infinite > 0) notes.push(`${infinite} infinite ${infinite === 1 ? "value" : "values"}`);
  return { can, x, y, drawn, badTimes, badValues, notes: notes.length > 0 ? `Not drawn: ${notes.join("; ")}.` : "" };
}

function refuseEmpty(found: ReturnType<typeof survey>, { time }: Curves): void {
  if (found.drawn.includes(true)) return;
  if (found.badTimes === time.length)
    throw new Failure("domain", "no time is above zero, so a logarithmic time axis can show nothing", {
      hint: "Turn logX off, or give output times above zero.",
    });
  if (found.badValues > 0)
    throw new Failure("domain", "no value is above zero, so a logarithmic axis can show nothing", {
      hint: "Turn logY off, or plot the negated or shifted values.",
    });
  throw new Failure("domain", "no curve has a finite value at a finite time, so there is nothing to draw", {
    hint: "Look at the solution as CSV: where do the values become NaN or infinite?",
  });
}

interface Thinned {
  /** Points in data units; NaN breaks the line. */
  readonly points: [number, number][];
  /** Points with no neighbour, which a line cannot show. */
  readonly dots: [number, number][];
  readonly end: LineEnd;
}

/** Every curve thinned to the pixels, all together within POINTS. */
function thinAll(
  { time, curves }: Curves,
  can: (t: number, v: number) => boolean,
  toX: (t: number) => number,
  toY: (v: number) => number,
): Thinned[] {
  const n = time.length;
  const pixels = curves.map(({ values }) => {
    const x = new Float64Array(n).fill(NaN);
    const y = new Float64Array(n).fill(NaN);
    for (let i = 0; i < n; i++)
      if (can(time[i], values[i])) {
        x[i] = toX(time[i]);
        y[i] = toY(values[i]);
      }
    return { x, y };
  });
  let kept: number[][] = [];
  for (let column = 1; column < 4096; column *= 1.5) {
    kept = pixels.map(({ x, y }) => thin(x, y, column));
    if (kept.reduce((sum, { length }) => sum + length, 0) <= POINTS) break;
  }
  return kept.map((indices, c) => {
    const { x, y } = pixels[c];
    const { values } = curves[c];
    const gone = (at: number) => at < 0 || at >= indices.length || Number.isNaN(y[indices[at]]);
    const points = indices.map((i): [number, number] => [time[i], Number.isNaN(y[i]) ? NaN : values[i]]);
    const dots = points.filter((_, at) => !gone(at) && gone(at - 1) && gone(at + 1));
    const last = indices.findLast((i) => !Number.isNaN(y[i]));
    return { points, dots, end: last === undefined ? undefined : { x: x[last], y: y[last] } };
  });
}

const LOG = " on a logarithmic axis";

/** What the picture shows, in words. */
function describe({ curves }: Curves, { x, y, notes }: ReturnType<typeof survey>, options: PlotOptions): string {
  const names = curves.slice(0, 40).map(({ name }) => name);
  if (curves.length > names.length) names.push(`and ${curves.length - names.length} more`);
  return [
    `Line plot of ${curves.length} ${curves.length === 1 ? "curve" : "curves"}: ${names.join(", ")}.`,
    `${options.xLabel ?? "time"} from ${formatNumber(x[0])} to ${formatNumber(x[1])}${options.logX ? LOG : ""};`,
    `values from ${formatNumber(y[0])} to ${formatNumber(y[1])}${options.logY ? LOG : ""}.`,
    options.subtitle ?? "",
    notes,
  ]
    .filter((part) => part !== "")
    .join(" ");
}

/**
 * Draws curves over time as a standalone SVG document (a string; xmlns, white background, no outside fonts or styles).
 * Up to eight curves are named at their right ends, more in a legend below. NaN breaks a line; infinite values and, on
 * logarithmic axes, points at zero or below are left out and counted in the subtitle. Long curves are thinned to what
 * the pixels show with every spike kept, so the text stays below 1 MB.
 * @throws Failure "domain" without curves, times or anything that can be drawn; "usage" for a picture too small.
 */
export async function plotCurves(curves: Curves, options: PlotOptions = {}): Promise<string> {
  checkCurves(curves);
  const { logX = false, logY = false, bands = [] } = options;
  checkSize(options);
  for (const { curve, low, high } of bands)
    if (curves.curves[curve] === undefined || low.length !== curves.time.length || high.length !== low.length)
      throw new Failure(
        "domain",
        `a band of curve ${curve} has ${low.length} and ${high.length} values for ${curves.time.length} times`,
        {
          hint: "A band needs a curve and two values a time.",
        },
      );
  const found = survey(curves, logX, logY, bands);
  refuseEmpty(found, curves);
  const names = curves.curves.map(({ name }) => name);

  return drawFrame(
    {
      ...options,
      names,
      drawn: found.drawn,
      x: found.x,
      y: found.y,
      notes: found.notes,
      about: describe(curves, found, options),
      exactX: true,
    },
    ({ toX, toY }) => {
      const thinned = thinAll(curves, found.can, toX, toY);
      return {
        ends: thinned.map(({ end }) => end),
        marks: (Plot) => [
          ...bandMarks(Plot, curves.time, options.bands ?? [], found.can),
          ...thinned.flatMap(({ points, dots }, i) => {
            const { colour, dash } = lineStyle(i);
            const strokeWidth = lineWidth(thinned.length);
            const strokeLinecap = dash === "" ? "round" : "butt";
            return [
              points.length > dots.length
                ? Plot.line(points, { stroke: colour, strokeDasharray: dash || undefined, strokeLinecap, strokeWidth })
                : null,
              dots.length > 0 ? Plot.dot(dots, { fill: colour, r: strokeWidth * 1.2 }) : null,
            ];
          }),
        ],
      };
    },
  );
}

/** Filled areas between the lower and the upper edge of bands, in the colour of their curves. */
function bandMarks(
  Plot: PlotModule,
  time: Curves["time"],
  bands: readonly Band[],
  can: (t: number, v: number) => boolean,
): Markish[] {
  return bands.map(({ curve, low, high }) => {
    const kept: { t: number; low: number; high: number }[] = [];
    const stride = Math.max(1, Math.ceil(time.length / BAND_POINTS));
    // Of a group of points the lowest and the highest edge, so that nothing sticks out unseen.
    for (let i = 0; i < time.length; i += stride) {
      let [least, most] = [Infinity, -Infinity];
      for (let k = i; k < Math.min(time.length, i + stride); k++)
        if (can(time[k], low[k]) && can(time[k], high[k])) {
          least = Math.min(least, low[k]);
          most = Math.max(most, high[k]);
        }
      kept.push({ t: time[i], low: least <= most ? least : NaN, high: least <= most ? most : NaN });
    }
    return Plot.areaY(kept, { x: "t", y1: "low", y2: "high", fill: lineStyle(curve).colour, fillOpacity: 0.18 });
  });
}
