// The frame of a picture: title, subtitle, axes with their names, grid, and the names of what is drawn, at the ends of lines or
// in a legend. What stands inside comes from the caller as marks of Observable Plot, in units of the data.
import type * as ObservablePlot from "@observablehq/plot";
import { Failure } from "../base/index.ts";
import { type Axis, linearAxis, logAxis } from "./axis.ts";
import { endLabels, legendBelow, type LineEnd } from "./legend.ts";
import { escapeXml, FONT, px, serialise, textWidth, wrap } from "./svg.ts";

export type PlotModule = typeof ObservablePlot;
export type Markish = ObservablePlot.Markish;

export interface FrameOptions {
  readonly title?: string;
  readonly subtitle?: string;
  readonly xLabel?: string;
  readonly yLabel?: string;
  readonly width?: number;
  readonly height?: number;
  readonly logX?: boolean;
  readonly logY?: boolean;
  /** Names of what is drawn, and whether anything of it is. */
  readonly names: readonly string[];
  readonly drawn: readonly boolean[];
  /** Ranges of the data. */
  readonly x: [number, number];
  readonly y: [number, number];
  /** Added to the subtitle: what could not be drawn. */
  readonly notes?: string;
  /** What the picture shows, in words. */
  readonly about: string;
  /** The horizontal axis ends where the data do. */
  readonly exactX?: boolean;
}

export interface Geometry {
  readonly toX: (v: number) => number;
  readonly toY: (v: number) => number;
  readonly left: number;
  readonly right: number;
  readonly top: number;
  readonly bottom: number;
}

export interface Content {
  readonly marks: (Plot: PlotModule) => readonly Markish[];
  /** Where each name belongs, in pixels. */
  readonly ends: readonly (LineEnd | undefined)[];
}

/** Up to so many lines are named at their ends, more in a legend. */
const DIRECT = 8;

/** Width of lines in a picture of so many. */
export const lineWidth = (count: number): number => (count <= DIRECT ? 1.8 : count <= 40 ? 1.5 : 1);

export function checkSize({ width = 720, height = 440 }: { readonly width?: number; readonly height?: number }): void {
  if (!(width >= 240 && width <= 20_000) || !(height >= 160 && height <= 20_000))
    throw new Failure("usage", `a plot of ${width} x ${height} pixels cannot be drawn`, {
      hint: "Width must be 240 to 20000 pixels, height 160 to 20000.",
    });
}

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

function textLines(lines: readonly string[], x: number, y: number, size: number, style: string): string {
  const leading = Math.round(size * 1.3);
  return lines
    .map(
      (line, i) =>
        `<text x="${px(x)}" y="${px(y + i * leading)}" font-size="${size}" ${style}>${escapeXml(line)}</text>\n`,
    )
    .join("");
}

/** A standalone SVG document with this content. */
export async function drawFrame(options: FrameOptions, content: (geometry: Geometry) => Content): Promise<string> {
  const { width = 720, height = 440, logX = false, logY = false, names, drawn } = options;
  // Layout, from the top: title, subtitle, name of the vertical axis, plot area, ticks, name of the time axis, legend.
  const titleLines = wrap(options.title ?? "", width - 2 * EDGE, 16, "bold");
  const subtitleLines = wrap([options.subtitle ?? "", options.notes ?? ""].join("\n"), width - 2 * EDGE, 11.5);
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
  const yAxis = valueAxis(options.y, logY, Math.max(3, Math.floor((bottom - top) / (logY ? 32 : 46))));
  const left = Math.round(Math.max(EDGE + 14, EDGE + 12 + Math.max(...yAxis.ticks.map(({ text }) => tickWidth(text)))));
  const labels = !single && names.length <= DIRECT ? endLabels(names, drawn, Math.max(110, width * 0.36)) : undefined;
  const direct = labels !== undefined && labels.height <= bottom - top ? labels : undefined;
  const right = Math.round(width - (direct ? direct.width + EDGE : EDGE + 14));
  const legend = single || direct ? undefined : legendBelow(names, drawn, left, width - left - EDGE);
  const total = Math.ceil(bottom + below + (legend?.height ?? 0));
  const xAxis = options.exactX
    ? timeAxis(options.x, logX, right - left)
    : valueAxis(options.x, logX, Math.max(3, Math.floor((right - left) / 90)));

  const toX = scale(xAxis, left, right);
  const toY = scale(yAxis, bottom, top);
  const { marks, ends } = content({ toX, toY, left, right, top, bottom });
  const area = await drawArea(marks, xAxis, yAxis, { width, height: total, left, right, top, bottom });
  const parts = [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${px(width)}" height="${total}" viewBox="0 0 ${px(width)} ${total}"`,
    ` role="img" font-family="${FONT}" font-size="12" color="${INK}" fill="${INK}">\n`,
    `<title>${escapeXml(options.title || `Curves over ${xLabel || "time"}`)}</title>\n`,
    `<desc>${escapeXml(options.about)}</desc>\n`,
    `<rect width="100%" height="100%" fill="#ffffff"/>\n`,
    textLines(titleLines, EDGE, titleAt, 16, `font-weight="bold"`),
    textLines(subtitleLines, EDGE, subtitleAt, 11.5, `fill="${GREY}"`),
    textLines(yLines, EDGE, yLabelAt, 12, `fill="${INK}"`),
    `<g text-anchor="middle">${area}</g>\n`,
    textLines(xLabel === "" ? [] : [xLabel], (left + right) / 2, bottom + 39, 12, `text-anchor="middle" fill="${INK}"`),
    direct ? `${direct.draw(ends, right, top, bottom)}\n` : "",
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
async function drawArea(marks: Content["marks"], x: Axis, y: Axis, area: Area): Promise<string> {
  const [Plot, { parseHTML }] = await Promise.all([import("@observablehq/plot"), import("linkedom")]);
  const document = parseHTML("<html><body></body></html>").document as unknown as Document;
  const axis = { label: null, color: INK, fontSize: 12, tickSize: 5, fontVariant: "normal" } as const;
  const minor = { label: null, text: null, color: INK, tickSize: 3, strokeOpacity: 0.6 } as const;
  const grid = { stroke: GRID, strokeOpacity: 1, strokeWidth: 1 } as const;
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
      ...marks(Plot),
    ],
  });
  return [...svg.childNodes].map(serialise).join("\n");
}
