// Phase planes: trajectories, the field of directions, and nullclines (where a state does not change), as level lines of zero
// found by marching squares on a grid.
import { Failure } from "../base/index.ts";
import type { Geometry, Markish, PlotModule } from "./frame.ts";
import { plotSeries, type Series, type XyOptions } from "./xy.ts";

export interface PhasePlane {
  /** Names of the two states. */
  readonly x: string;
  readonly y: string;
  readonly trajectories: readonly Series[];
  /** Rates of change of both at a point of the plane: [dx/dt, dy/dt]. */
  readonly field?: (x: number, y: number) => readonly [number, number];
}

/** Arrows a side, and cells a side of the grid on which nullclines are looked for. */
const ARROWS = 18;
const CELLS = 120;
const ARROW_COLOUR = "#b6bcc7";
const NULLCLINES = ["#8d6e63", "#607d8b"] as const;

/**
 * Draws a phase plane as a standalone SVG document: trajectories with a dot at their start, arrows of equal length along the field, and
 * both nullclines.
 * @throws Failure "domain" where nothing can be drawn.
 */
export function plotPhase(
  plane: PhasePlane,
  options: Omit<XyOptions, "under" | "logX" | "logY"> = {},
): Promise<string> {
  if (plane.trajectories.length === 0) throw new Failure("domain", "a phase plane needs at least one trajectory");
  const { field } = plane;
  const range = (of: "x" | "y"): [number, number] => {
    let [low, high] = [Infinity, -Infinity];
    for (const each of plane.trajectories)
      for (let i = 0; i < each[of].length; i++)
        if (Number.isFinite(each[of][i])) {
          low = Math.min(low, each[of][i]);
          high = Math.max(high, each[of][i]);
        }
    const room = 0.08 * (high - low || Math.abs(high) || 1);
    return [low - room, high + room];
  };
  const [xRange, yRange] = [options.xRange ?? range("x"), options.yRange ?? range("y")];
  const legend =
    field === undefined
      ? ""
      : `Arrows: direction of change. Thin lines: ${plane.x}' = 0 (brown) and ${plane.y}' = 0 (grey-blue).`;
  // A single trajectory needs no name.
  const series =
    plane.trajectories.length > 1
      ? plane.trajectories
      : [{ ...plane.trajectories[0], name: options.yLabel ?? plane.y }];
  return plotSeries(series, {
    ...options,
    xLabel: options.xLabel ?? plane.x,
    yLabel: options.yLabel ?? plane.y,
    subtitle: [options.subtitle ?? "", legend].filter((part) => part !== "").join("\n"),
    starts: true,
    xRange,
    yRange,
    under: field === undefined ? undefined : (Plot, geometry) => underlay(Plot, geometry, field),
  });
}

function underlay(
  Plot: PlotModule,
  { toX, toY, left, right, top, bottom }: Geometry,
  field: NonNullable<PhasePlane["field"]>,
): Markish[] {
  const at = (from: number, to: number, k: number, n: number): number => from + ((to - from) * k) / n;
  const [perX, perY] = [toX(1) - toX(0), toY(1) - toY(0)];
  // The whole drawing area, in units of the data.
  const [x0, x1] = [(left - toX(0)) / perX, (right - toX(0)) / perX];
  const [y0, y1] = [(bottom - toY(0)) / perY, (top - toY(0)) / perY];
  const arrows: { x1: number; y1: number; x2: number; y2: number }[] = [];
  // Directions as they look: rates in pixels.
  const length = (0.62 * Math.abs(toX(x1) - toX(x0))) / ARROWS;
  for (let i = 0; i < ARROWS; i++)
    for (let j = 0; j < ARROWS; j++) {
      const [x, y] = [at(x0, x1, i + 0.5, ARROWS), at(y0, y1, j + 0.5, ARROWS)];
      const [u, v] = field(x, y);
      const size = Math.hypot(u * perX, v * perY);
      if (!(size > 0) || size === Infinity) continue;
      const [dx, dy] = [(u * length) / size / 2, (v * length) / size / 2];
      arrows.push({ x1: x - dx, y1: y - dy, x2: x + dx, y2: y + dy });
    }
  const grid = Array.from({ length: CELLS + 1 }, (_, j) =>
    Array.from({ length: CELLS + 1 }, (__, i) => field(at(x0, x1, i, CELLS), at(y0, y1, j, CELLS))),
  );
  const nullclines = [0, 1].map((component) =>
    zeroLines(grid.map((row) => row.map((value) => value[component]))).map(([a, b, c, d]) => ({
      x1: at(x0, x1, a, CELLS),
      y1: at(y0, y1, b, CELLS),
      x2: at(x0, x1, c, CELLS),
      y2: at(y0, y1, d, CELLS),
    })),
  );
  const ends = { x1: "x1", y1: "y1", x2: "x2", y2: "y2" } as const;
  return [
    Plot.arrow(arrows, { ...ends, stroke: ARROW_COLOUR, strokeWidth: 1, headLength: 5 }),
    ...nullclines.map((segments, k) =>
      segments.length === 0 ? null : Plot.link(segments, { ...ends, stroke: NULLCLINES[k], strokeWidth: 1.4 }),
    ),
  ];
}

/** Segments where a function on a grid is zero, in cells: [x1, y1, x2, y2]. NaN and infinite corners have none. */
export function zeroLines(values: readonly (readonly number[])[]): [number, number, number, number][] {
  const segments: [number, number, number, number][] = [];
  for (let j = 0; j + 1 < values.length; j++)
    for (let i = 0; i + 1 < values[j].length; i++) {
      const corners = [values[j][i], values[j][i + 1], values[j + 1][i + 1], values[j + 1][i]];
      if (!corners.every(Number.isFinite)) continue;
      const places = [[i, j], [i + 1, j], [i + 1, j + 1], [i, j + 1]] as const; // oxfmt-ignore
      const crossings: [number, number][] = [];
      for (let k = 0; k < 4; k++) {
        const [a, b] = [corners[k], corners[(k + 1) % 4]];
        if (a < 0 === b < 0) continue;
        const s = a / (a - b);
        const [from, to] = [places[k], places[(k + 1) % 4]];
        crossings.push([from[0] + s * (to[0] - from[0]), from[1] + s * (to[1] - from[1])]);
      }
      for (let k = 0; k + 1 < crossings.length; k += 2) segments.push([...crossings[k], ...crossings[k + 1]]);
    }
  return segments;
}
