// Room report: curves as CSV and SVG, tables and numbers for people.
export { checkCurves, type Curves } from "./curves.ts";
export { curvesToCsv, readTimes } from "./csv.ts";
export { plotCurves, type PlotOptions } from "./plot.ts";
export { plotBranches, type BranchPicture, type BranchPlotOptions } from "./branches.ts";
export { spy, type SpyOptions } from "./spy.ts";
export { displayWidth, table, type Cell, type TableOptions } from "./table.ts";
export { engineering, formatDuration, formatNumber } from "./format.ts";
