// Curves as a picture: one standalone SVG, the same text on every run, for a page, a paper or an image converter.
// Observable Plot draws axes, grid and lines in a linkedom document, so no browser is needed; both are imported on the
// first call only, so importing this room costs nothing. Ticks (axis.ts), thinning (thin.ts), names (legend.ts) and the XML (svg.ts)
// are ours. Left out on purpose: bars, heat maps, error bands, interaction, dates.
import { Failure } from "../base/index.ts";
import { linearAxis, logAxis, type Axis } from "./axis.ts";
import { checkCurves, type Curves } from "./curves.ts";
import { formatNumber } from "./format.ts";
import { endLabels, legendBelow, type LineEnd } from "./legend.ts";
import { lineStyle } from "./linestyle.ts";
import { escapeXml, FONT, px, serialise, textWidth, wrap } from "./svg.ts";
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
}

/** Up to so many curves are named at their ends, more in a legend. */
const DIRECT = 8;

/** The most points in one picture (keeps it well below 1 MB); columns get wider until all curves together fit. */
const POINTS = 36_000;

const INK = "#1b1e23";
const GREY = "#555b66";
const GRID = "#e4e6ea";
const EDGE = 14;

/** The linear or logarithmic map from `domain` to pixels [from, to]. */
function scale({ type, domain: [a, b] }: Axis, from: number, to: number): (v: number) => number {
  if (type === "linear") return (v) => from + ((v - a) / (b - a)) * (to - from);
  const [la, lb] = [Math.log10(a), Math.log10(b)];
  return (v) => from + ((Math.log10(v) - la) / (lb - la)) * (to - from);
}

/** Which points can be drawn, what range they span, and how many were left out for which reason. */
function survey({ time, curves }: Curves, logX: boolean, logY: boolean) {
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

/** Axis of values: zero belongs to it when it is near. */
function valueAxis([low, high]: [number, number], log: boolean, count: number): Axis {
  if (log) return logAxis(low, high, count, "nice");
  if (low > 0 && low < 0.4 * high) low = 0;
  if (high < 0 && high > 0.4 * low) high = 0;
  return linearAxis(low, high, count, "nice");
}

/** Axis of times: exact ends, and as many ticks as their texts leave room for. */
function timeAxis([low, high]: [number, number], log: boolean, width: number): Axis {
  for (let count = Math.max(2, Math.floor(width / 70)); ; count--) {
    const axis = log ? logAxis(low, high, count, "exact") : linearAxis(low, high, count, "exact");
    const at = axis.ticks.map(({ value }) => scale(axis, 0, width)(value));
    const closest = at.reduce((least, x, i) => (i === 0 ? least : Math.min(least, x - at[i - 1])), Infinity);
    if (count <= 2 || closest >= 12 + Math.max(...axis.ticks.map(({ text }) => tickWidth(text)))) return axis;
  }
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

function textLines(lines: readonly string[], x: number, y: number, size: number, style: string): string {
  const leading = Math.round(size * 1.3);
  return lines
    .map(
      (line, i) =>
        `<text x="${px(x)}" y="${px(y + i * leading)}" font-size="${size}" ${style}>${escapeXml(line)}</text>\n`,
    )
    .join("");
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
  const { width = 720, height = 440, logX = false, logY = false } = options;
  if (!(width >= 240 && width <= 20_000) || !(height >= 160 && height <= 20_000))
    throw new Failure("usage", `a plot of ${width} x ${height} pixels cannot be drawn`, {
      hint: "Width must be 240 to 20000 pixels, height 160 to 20000.",
    });
  const found = survey(curves, logX, logY);
  refuseEmpty(found, curves);
  const names = curves.curves.map(({ name }) => name);

  // Layout, from the top: title, subtitle, name of the vertical axis, plot area, ticks, name of the time axis, legend.
  const titleLines = wrap(options.title ?? "", width - 2 * EDGE, 16, "bold");
  const subtitleLines = wrap([options.subtitle ?? "", found.notes].join("\n"), width - 2 * EDGE, 11.5);
  const xLabel = options.xLabel ?? "time";
  const single = names.length === 1 && (options.yLabel === undefined || options.yLabel === names[0]);
  const yLines = wrap(options.yLabel ?? (single ? names[0] : ""), width - 2 * EDGE, 12);
  const titleAt = EDGE + 14;
  const subtitleAt = titleLines.length > 0 ? titleAt + titleLines.length * 21 - 3 : EDGE + 10;
  const heading =
    subtitleLines.length > 0
      ? subtitleAt + subtitleLines.length * 15 - 6
      : titleLines.length > 0
        ? subtitleAt - 8
        : EDGE - 6;
  const yLabelAt = heading + 18;
  const top = Math.round(yLines.length > 0 ? yLabelAt + yLines.length * 16 : heading + 16);
  const below = xLabel === "" ? 34 : 52;
  const bottom = Math.max(height - below, top + 100);
  const yAxis = valueAxis(found.y, logY, Math.max(3, Math.floor((bottom - top) / (logY ? 32 : 46))));
  const left = Math.round(Math.max(EDGE + 14, EDGE + 12 + Math.max(...yAxis.ticks.map(({ text }) => tickWidth(text)))));
  const labels =
    !single && names.length <= DIRECT ? endLabels(names, found.drawn, Math.max(110, width * 0.36)) : undefined;
  const direct = labels !== undefined && labels.height <= bottom - top ? labels : undefined;
  const right = Math.round(width - (direct ? direct.width + EDGE : EDGE + 14));
  const legend = single || direct ? undefined : legendBelow(names, found.drawn, left, width - left - EDGE);
  const total = Math.ceil(bottom + below + (legend?.height ?? 0));
  const xAxis = timeAxis(found.x, logX, right - left);

  const toY = scale(yAxis, bottom, top);
  const thinned = thinAll(curves, found.can, scale(xAxis, left, right), toY);
  const area = await drawArea(thinned, xAxis, yAxis, { width, height: total, left, right, top, bottom });
  const parts = [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${px(width)}" height="${total}" viewBox="0 0 ${px(width)} ${total}"`,
    ` role="img" font-family="${FONT}" font-size="12" color="${INK}" fill="${INK}">\n`,
    `<title>${escapeXml(options.title || `Curves over ${xLabel || "time"}`)}</title>\n`,
    `<desc>${escapeXml(describe(curves, found, options))}</desc>\n`,
    `<rect width="100%" height="100%" fill="#ffffff"/>\n`,
    textLines(titleLines, EDGE, titleAt, 16, `font-weight="bold"`),
    textLines(subtitleLines, EDGE, subtitleAt, 11.5, `fill="${GREY}"`),
    textLines(yLines, EDGE, yLabelAt, 12, `fill="${INK}"`),
    `<g text-anchor="middle">${area}</g>\n`,
    textLines(xLabel === "" ? [] : [xLabel], (left + right) / 2, bottom + 39, 12, `text-anchor="middle" fill="${INK}"`),
    direct
      ? `${direct.draw(
          thinned.map(({ end }) => end),
          right,
          top,
          bottom,
        )}\n`
      : "",
    legend ? `${legend.draw(bottom + below)}\n` : "",
    "</svg>\n",
  ];
  return parts.join("");
}

/** Width of a tick's text, whose exponent is raised and smaller. */
function tickWidth(text: string): number {
  const [base, exponent] = text.split("^");
  return textWidth(base, 12) + (exponent === undefined ? 0 : textWidth(exponent, 9));
}

interface Area {
  readonly width: number;
  readonly height: number;
  /** Edges of the plot area, in pixels from the left and the top. */
  readonly left: number;
  readonly right: number;
  readonly top: number;
  readonly bottom: number;
}

/** The ticks of an axis and their texts, as Plot's options. */
function labelled({ ticks }: Axis) {
  const texts = new Map(ticks.map(({ value, text }) => [value, text]));
  return { ticks: ticks.map(({ value }) => value), tickFormat: (value: number) => texts.get(value) ?? "" };
}

/** Grid, axes and lines by Observable Plot, as XML. */
async function drawArea(lines: readonly Thinned[], x: Axis, y: Axis, area: Area): Promise<string> {
  const [Plot, { parseHTML }] = await Promise.all([import("@observablehq/plot"), import("linkedom")]);
  const document = parseHTML("<html><body></body></html>").document as unknown as Document;
  const axis = { label: null, color: INK, fontSize: 12, tickSize: 5, fontVariant: "normal" } as const;
  const minor = { label: null, text: null, color: INK, tickSize: 3, strokeOpacity: 0.6 } as const;
  const grid = { stroke: GRID, strokeOpacity: 1, strokeWidth: 1 } as const;
  const strokeWidth = lines.length <= DIRECT ? 1.8 : lines.length <= 40 ? 1.5 : 1;
  const svg = Plot.plot({
    document,
    width: area.width,
    height: area.height,
    marginLeft: area.left,
    marginRight: area.width - area.right,
    marginTop: area.top,
    marginBottom: area.height - area.bottom,
    x: { type: x.type, domain: [...x.domain] },
    y: { type: y.type, domain: [...y.domain] },
    marks: [
      Plot.gridX(
        x.ticks.map(({ value }) => value),
        grid,
      ),
      Plot.gridY(
        y.ticks.map(({ value }) => value),
        grid,
      ),
      Plot.frame({ anchor: "bottom", stroke: GREY }),
      Plot.frame({ anchor: "left", stroke: GREY }),
      Plot.axisX({ ...axis, ...labelled(x) }),
      Plot.axisY({ ...axis, ...labelled(y) }),
      x.minor.length > 0 ? Plot.axisX({ ...minor, ticks: [...x.minor] }) : null,
      y.minor.length > 0 ? Plot.axisY({ ...minor, ticks: [...y.minor] }) : null,
      ...lines.flatMap(({ points, dots }, i) => {
        const { colour, dash } = lineStyle(i);
        const strokeLinecap = dash === "" ? "round" : "butt";
        return [
          points.length > dots.length
            ? Plot.line(points, { stroke: colour, strokeDasharray: dash || undefined, strokeLinecap, strokeWidth })
            : null,
          dots.length > 0 ? Plot.dot(dots, { fill: colour, r: strokeWidth * 1.2 }) : null,
        ];
      }),
    ],
  });
  return [...svg.childNodes].map(serialise).join("\n");
}
