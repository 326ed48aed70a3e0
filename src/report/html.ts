// A picture as a page of its own: one HTML file with the drawing, what was shown about it, and its numbers, that opens anywhere
// without a network. No script.
import { curvesToCsv } from "./csv.ts";
import type { Curves } from "./curves.ts";
import { escapeXml } from "./svg.ts";

export interface PageOptions {
  readonly title: string;
  /** The drawing, a whole SVG document. */
  readonly svg: string;
  /** Lines of text below: how it was solved, what was shown. */
  readonly notes?: readonly string[];
  /** The numbers, to be unfolded and copied. */
  readonly curves?: Curves;
}

/** Rows of numbers in a page at most; of longer ones every so many stand there, and it says so. */
const ROWS = 1000;

/** The page as text. */
export function htmlPage({ title, svg, notes = [], curves }: PageOptions): string {
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escapeXml(title)}</title>
<style>
body { font: 15px/1.5 Helvetica, Arial, sans-serif; color: #1b1e23; max-width: 60rem; margin: 2rem auto; padding: 0 1rem; }
svg { max-width: 100%; height: auto; }
pre { overflow: auto; max-height: 24rem; background: #f5f6f8; padding: 0.75rem; font-size: 13px; }
li { margin: 0.2rem 0; }
</style>
</head>
<body>
<h1>${escapeXml(title)}</h1>
${svg.trim()}
${notes.length === 0 ? "" : `<ul>\n${notes.map((note) => `<li>${escapeXml(note)}</li>`).join("\n")}\n</ul>\n`}${numbers(curves)}</body>
</html>
`;
}

function numbers(curves: Curves | undefined): string {
  if (curves === undefined) return "";
  const stride = Math.max(1, Math.ceil(curves.time.length / ROWS));
  const every = (values: ArrayLike<number>): number[] => Array.from(values).filter((_, i) => i % stride === 0);
  const shown: Curves = {
    time: every(curves.time),
    curves: curves.curves.map(({ name, values }) => ({ name, values: every(values) })),
  };
  const which = stride === 1 ? "" : `, every ${stride}th of ${curves.time.length}`;
  return `<details>\n<summary>Numbers (CSV${which})</summary>\n<pre>${escapeXml(curvesToCsv(shown))}</pre>\n</details>\n`;
}
