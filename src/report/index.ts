// Room report: curves as CSV and SVG, tables and numbers for people.
export { checkCurves, type Curves } from "./curves.ts";
export { curvesToCsv, readTimes } from "./csv.ts";
export { type Band, plotCurves, type PlotOptions } from "./plot.ts";
export { plotSeries, plotWorkPrecision, type Series, type WorkPoint, type XyOptions } from "./xy.ts";
export { type PhasePlane, plotPhase } from "./phase.ts";
export { htmlPage, type PageOptions } from "./html.ts";
export { plotBranches, type BranchPicture, type BranchPlotOptions } from "./branches.ts";
export { spy, type SpyOptions } from "./spy.ts";
export { displayWidth, table, type Cell, type TableOptions } from "./table.ts";
export { engineering, formatDuration, formatNumber } from "./format.ts";
