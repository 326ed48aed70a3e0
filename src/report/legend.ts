// Naming the curves of a drawing: labels at the line ends for a few, a legend in columns below for many.
// Both return SVG text. Swatches carry the style; the words stay dark, because pale words are hard to read.
import { lineStyle, STYLES } from "./linestyle.ts";
import { shortenAll } from "./shorten.ts";
import { spread } from "./spread.ts";
import { escapeXml, px, textWidth } from "./svg.ts";

const SIZE = 12;
const INK = "#1b1e23";

/** The most names a legend spells out: more would repeat its styles. */
const MOST = STYLES;

/** Where a curve ends: pixels, or nothing when none of it is drawn. */
export type LineEnd = { readonly x: number; readonly y: number } | undefined;

function swatch(i: number, x1: number, x2: number, y: number): string {
  const { colour, dash } = lineStyle(i);
  const dashes = dash === "" ? "" : ` stroke-dasharray="${dash}"`;
  return `<path d="M${px(x1)},${px(y)}H${px(x2)}" fill="none" stroke="${colour}" stroke-width="2.2"${dashes}/>`;
}

function words(text: string, x: number, y: number): string {
  return `<text x="${px(x)}" y="${px(y + SIZE * 0.35)}" font-size="${SIZE}" fill="${INK}">${escapeXml(text)}</text>`;
}

/** What stands beside a swatch; curves of which nothing is drawn say so. */
function caption(short: string, drawn: boolean): string {
  return drawn ? short : `${short} (nothing to draw)`;
}

/** Labels at the line ends: width needed to the right of the plot area, and the drawing once the ends are known. */
export function endLabels(names: readonly string[], drawn: readonly boolean[], most: number) {
  const room = most - 34;
  const short = shortenAll(names, (s) => textWidth(s, SIZE) <= room).map((s, i) => caption(s, drawn[i]));
  const width = 34 + Math.max(...short.map((s) => textWidth(s, SIZE)));
  const gap = SIZE * 1.3;
  return {
    width,
    /** Height that the labels need at least. */
    height: gap * names.length,
    draw(ends: readonly LineEnd[], right: number, top: number, bottom: number): string {
      const wanted = ends.map((end) => end?.y ?? bottom);
      const at = spread(wanted, gap, top, bottom);
      return ends
        .map((end, i) => {
          const leader =
            end && Math.abs(end.x - right) < 2
              ? `<path d="M${px(right + 2)},${px(end.y)}L${px(right + 12)},${px(at[i])}" fill="none" stroke="${lineStyle(i).colour}" stroke-width="1"/>`
              : "";
          const line = leader + swatch(i, right + 12, right + 24, at[i]) + words(short[i], right + 28, at[i]);
          return `<g>${short[i] === names[i] ? "" : `<title>${escapeXml(names[i])}</title>`}${line}</g>`;
        })
        .join("\n");
    },
  };
}

/** A legend in columns, filled downwards: height needed below the drawing, and the drawing. */
export function legendBelow(names: readonly string[], drawn: readonly boolean[], left: number, width: number) {
  const shown = names.slice(0, MOST);
  const gap = SIZE * 1.45;
  // Two columns at least, unless that leaves no room for names.
  const half = Math.max(width / 2 - 54, Math.min(width - 54, 150));
  const short = shortenAll(shown, (s) => textWidth(s, SIZE) <= half).map((s, i) => caption(s, drawn[i]));
  const entry = 54 + Math.max(...short.map((s) => textWidth(s, SIZE)));
  const columns = Math.max(1, Math.min(shown.length, Math.floor((width + 20) / entry)));
  const rows = Math.ceil(shown.length / columns);
  const pitch = Math.min((width + 20) / columns, entry + 40);
  const more = names.length - shown.length;
  return {
    height: (rows + (more > 0 ? 1 : 0)) * gap + 20,
    draw(top: number): string {
      const entries = short.map((text, i) => {
        const x = left + Math.floor(i / rows) * pitch;
        const y = top + 6 + ((i % rows) + 0.5) * gap;
        const full = shown[i] === text ? "" : `<title>${escapeXml(shown[i])}</title>`;
        return `<g>${full}${swatch(i, x, x + 30, y)}${words(text, x + 36, y)}</g>`;
      });
      if (more > 0)
        entries.push(words(`… and ${more} more, whose line styles repeat`, left, top + 6 + (rows + 0.5) * gap));
      return entries.join("\n");
    },
  };
}
