// Series with their own horizontal values: work-precision diagrams, phase planes. Lines in the order of the points, with dots
// where asked; further marks (arrows, level lines) come from the caller.
import { Failure } from "../base/index.ts";
import { formatNumber } from "./format.ts";
import { checkSize, drawFrame, type Geometry, lineWidth, type Markish, type PlotModule } from "./frame.ts";
import { lineStyle } from "./linestyle.ts";

export interface Series {
  readonly name: string;
  readonly x: ArrayLike<number>;
  readonly y: ArrayLike<number>;
}

export interface XyOptions {
  readonly title?: string;
  readonly subtitle?: string;
  readonly xLabel?: string;
  readonly yLabel?: string;
  readonly width?: number;
  readonly height?: number;
  readonly logX?: boolean;
  readonly logY?: boolean;
  /** A dot at each point. Default false. */
  readonly dots?: boolean;
  /** A dot at the first point of each series: where it starts. Default false. */
  readonly starts?: boolean;
  /** Ranges of the axes, where they are to be wider than the data. */
  readonly xRange?: readonly [number, number];
  readonly yRange?: readonly [number, number];
  /** Marks below the lines. */
  readonly under?: (Plot: PlotModule, geometry: Geometry) => readonly Markish[];
}

/** Points of a series at most; of longer ones every so many are drawn, ends included. */
const POINTS = 4000;

/**
 * Draws series as a standalone SVG document. Points that are not finite, or at zero or below on a logarithmic axis, break a line and are
 * counted in the subtitle.
 * @throws Failure "domain" where nothing can be drawn or lengths differ; "usage" for a picture too small.
 */
export function plotSeries(series: readonly Series[], options: XyOptions = {}): Promise<string> {
  checkSize(options);
  const { logX = false, logY = false, dots = false, starts = false } = options;
  const can = (x: number, y: number): boolean =>
    Number.isFinite(x) && Number.isFinite(y) && !(logX && x <= 0) && !(logY && y <= 0);
  const x: [number, number] = [options.xRange?.[0] ?? Infinity, options.xRange?.[1] ?? -Infinity];
  const y: [number, number] = [options.yRange?.[0] ?? Infinity, options.yRange?.[1] ?? -Infinity];
  let left = 0;
  const drawn = series.map((each) => {
    if (each.x.length !== each.y.length)
      throw new Failure("domain", `series "${each.name}" has ${each.x.length} and ${each.y.length} values`);
    let any = false;
    for (let i = 0; i < each.x.length; i++) {
      if (!can(each.x[i], each.y[i])) {
        left++;
        continue;
      }
      any = true;
      x[0] = Math.min(x[0], each.x[i]);
      x[1] = Math.max(x[1], each.x[i]);
      y[0] = Math.min(y[0], each.y[i]);
      y[1] = Math.max(y[1], each.y[i]);
    }
    return any;
  });
  if (!drawn.includes(true))
    throw new Failure("domain", "no point can be drawn: none is finite, or none is above zero on a logarithmic axis");
  const names = series.map(({ name }) => name);
  return drawFrame(
    {
      ...options,
      xLabel: options.xLabel ?? "",
      names,
      drawn,
      x,
      y,
      notes:
        left === 0
          ? ""
          : `Not drawn: ${left} point${left === 1 ? "" : "s"} (not finite, or at zero or below on a logarithmic axis).`,
      about: `Plot of ${names.slice(0, 40).join(", ")}: ${options.yLabel ?? "values"} from ${formatNumber(y[0])} to ${formatNumber(y[1])} over ${options.xLabel ?? "values"} from ${formatNumber(x[0])} to ${formatNumber(x[1])}.`,
    },
    (geometry) => {
      const lines = series.map((each): [number, number][] => {
        const stride = Math.max(1, Math.ceil(each.x.length / POINTS));
        const points: [number, number][] = [];
        for (let i = 0; i < each.x.length; i++)
          if (i % stride === 0 || i === each.x.length - 1)
            points.push(can(each.x[i], each.y[i]) ? [each.x[i], each.y[i]] : [Number.NaN, Number.NaN]);
        return points;
      });
      return {
        // A name stands at the end of its line that lies farthest to the right.
        ends: lines.map((points) => {
          const good = points.filter(([a]) => !Number.isNaN(a));
          if (good.length === 0) return undefined;
          const last = good.reduce((far, each) => (each[0] >= far[0] ? each : far));
          return { x: geometry.toX(last[0]), y: geometry.toY(last[1]) };
        }),
        marks: (Plot) => [
          ...(options.under?.(Plot, geometry) ?? []),
          ...lines.flatMap((points, i) => {
            const { colour, dash } = lineStyle(i);
            const strokeWidth = lineWidth(series.length);
            const good = points.filter(([a]) => !Number.isNaN(a));
            return [
              Plot.line(points, {
                stroke: colour,
                strokeDasharray: dash || undefined,
                strokeWidth,
                strokeLinejoin: "round",
              }),
              dots ? Plot.dot(good, { fill: colour, r: 3 }) : null,
              starts && good.length > 0 ? Plot.dot([good[0]], { fill: colour, r: 3.5 }) : null,
            ];
          }),
        ],
      };
    },
  );
}

/** One measurement of a solver on a problem. */
export interface WorkPoint {
  readonly solver: string;
  /** Error reached, above zero. */
  readonly error: number;
  /** Work: a time or a number of evaluations. */
  readonly work: number;
}

/** A work-precision diagram: work over the error reached, both logarithmic, accurate runs to the left; a line for each solver. */
export function plotWorkPrecision(
  points: readonly WorkPoint[],
  options: Omit<XyOptions, "logX" | "logY" | "dots"> = {},
): Promise<string> {
  const solvers = [...new Set(points.map(({ solver }) => solver))];
  const series = solvers.map((solver): Series => {
    const own = points.filter((point) => point.solver === solver).sort((a, b) => a.error - b.error);
    return { name: solver, x: own.map(({ error }) => error), y: own.map(({ work }) => work) };
  });
  return plotSeries(series, {
    xLabel: "error reached (smaller to the left)",
    yLabel: "time in ms",
    ...options,
    logX: true,
    logY: true,
    dots: true,
  });
}
