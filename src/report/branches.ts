// Curves of steady states over a parameter: solid where they are stable, dashed where not, with marks at bifurcations.
// One standalone SVG, the same text on every run. Left out: several outputs in one picture, logarithmic axes.
import { Failure } from "../base/index.ts";
import { linearAxis } from "./axis.ts";
import { escapeXml, FONT, px, raised, textWidth, wrap } from "./svg.ts";

export interface BranchPicture {
  readonly branches: readonly {
    readonly x: ArrayLike<number>;
    readonly y: ArrayLike<number>;
    /** 0: stable. */
    readonly unstable: ArrayLike<number>;
  }[];
  readonly marks: readonly { readonly kind: "fold" | "hopf" | "branch"; readonly x: number; readonly y: number }[];
}

export interface BranchPlotOptions {
  readonly title?: string;
  readonly subtitle?: string;
  readonly xLabel: string;
  readonly yLabel: string;
  /** Pixels; default 720 x 440. */
  readonly width?: number;
  readonly height?: number;
}

const INK = "#1b1e23";
const GREY = "#555b66";
const GRID = "#e4e6ea";
const LINE = "#20466b";
const MARK = "#b3402a";
const NAMES = { fold: "fold", hopf: "Hopf point", branch: "branch point" } as const;

/** The picture as SVG text. Failure "domain" where there is no point. */
export function plotBranches({ branches, marks }: BranchPicture, options: BranchPlotOptions): string {
  const { title, subtitle, xLabel, yLabel, width = 720, height = 440 } = options;
  const range = (key: "x" | "y"): [number, number] => {
    let [low, high] = [Infinity, -Infinity];
    for (const branch of branches)
      for (let i = 0; i < branch[key].length; i++) {
        low = Math.min(low, branch[key][i]);
        high = Math.max(high, branch[key][i]);
      }
    if (!(Number.isFinite(low) && Number.isFinite(high)))
      throw new Failure("domain", "there is no finite point of a branch to draw");
    return low === high ? [low - 0.5, high + 0.5] : [low, high];
  };
  const titles = title === undefined ? [] : wrap(title, width - 28, 15, "bold");
  const notes = subtitle === undefined ? [] : wrap(subtitle, width - 28, 12);
  const top = 40 + 20 * titles.length + 16 * notes.length;
  const bottom = height - 46;
  const vertical = linearAxis(...range("y"), Math.max(2, Math.floor((bottom - top) / 45)), "nice");
  const left = 24 + Math.max(...vertical.ticks.map(({ text }) => textWidth(text, 11)));
  const right = width - 20;
  const horizontal = linearAxis(...range("x"), Math.max(2, Math.floor((right - left) / 90)), "exact");
  const map = ([low, high]: readonly [number, number], from: number, to: number) => (v: number): number =>
    from + ((v - low) / (high - low)) * (to - from); // oxfmt-ignore
  const [toX, toY] = [map(horizontal.domain, left, right), map(vertical.domain, bottom, top)];
  const text = (x: number, y: number, content: string, style: string): string =>
    `<text x="${px(x)}" y="${px(y)}" ${style}>${raised(content)}</text>`;
  const out = [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" font-family="${escapeXml(FONT)}" role="img">`,
    `<title>${escapeXml(`${title ?? "Steady states"}: ${yLabel} over ${xLabel}`)}</title>`,
    `<rect width="${width}" height="${height}" fill="white"/>`,
    ...titles.map((line, k) => text(14, 24 + 20 * k, line, `font-size="15" font-weight="bold" fill="${INK}"`)),
    ...notes.map((line, k) => text(14, 24 + 20 * titles.length + 16 * k, line, `font-size="12" fill="${GREY}"`)),
    text(14, top - 12, yLabel, `font-size="12" fill="${INK}"`),
    text((left + right) / 2, height - 10, xLabel, `font-size="12" fill="${INK}" text-anchor="middle"`),
  ];
  for (const { value, text: label } of vertical.ticks)
    out.push(
      `<path d="M${px(left)} ${px(toY(value))}H${px(right)}" stroke="${GRID}"/>`,
      text(left - 7, toY(value) + 4, label, `font-size="11" fill="${INK}" text-anchor="end"`),
    );
  for (const { value, text: label } of horizontal.ticks)
    out.push(
      `<path d="M${px(toX(value))} ${px(bottom)}v5" stroke="${GREY}"/>`,
      text(toX(value), bottom + 18, label, `font-size="11" fill="${INK}" text-anchor="middle"`),
    );
  out.push(`<path d="M${px(left)} ${px(bottom)}H${px(right)}" stroke="${GREY}"/>`);
  const drawn: (readonly [number, number])[] = [];
  for (const { x, y, unstable } of branches)
    for (const [from, to] of pieces(unstable)) {
      const points: string[] = [];
      for (let i = from; i <= to; i++) {
        const at = [toX(x[i]), toY(y[i])] as const;
        drawn.push(at);
        points.push(`${px(at[0])} ${px(at[1])}`);
      }
      const dash = unstable[from] === 0 ? "" : ` stroke-dasharray="5 4"`;
      out.push(`<path d="M${points.join("L")}" fill="none" stroke="${LINE}" stroke-width="1.8"${dash}/>`);
    }
  for (const { kind, x, y } of marks) {
    const [cx, cy] = [toX(x), toY(y)];
    const label = `${NAMES[kind]}, ${xLabel} = ${Number(x.toPrecision(5))}`;
    const wide = textWidth(label, 11);
    // The corner with the least of the curves under it.
    let best = { crowd: Infinity, x: cx + 8, y: cy - 8 };
    for (const [lx, ly] of [
      [cx + 8, cy - 8],
      [cx - 8 - wide, cy - 8],
      [cx + 8, cy + 16],
      [cx - 8 - wide, cy + 16],
    ]) {
      // oxfmt-ignore
      if (lx < left || lx + wide > width - 4) continue;
      const crowd = drawn.reduce((n, [u, v]) => n + (u > lx - 4 && u < lx + wide + 4 && v > ly - 12 && v < ly + 4 ? 1 : 0), 0); // oxfmt-ignore
      if (crowd < best.crowd) best = { crowd, x: lx, y: ly };
    }
    out.push(
      `<circle cx="${px(cx)}" cy="${px(cy)}" r="4" fill="${kind === "hopf" ? "white" : MARK}" stroke="${MARK}" stroke-width="1.5"/>`,
      text(best.x, best.y, label, `font-size="11" fill="${MARK}" stroke="white" stroke-width="3" paint-order="stroke"`),
    );
  }
  return `${out.join("\n")}\n</svg>\n`;
}

/** First and last points of pieces that are stable, or not; each begins where the one before ends. */
function pieces(unstable: ArrayLike<number>): [number, number][] {
  const found: [number, number][] = [];
  for (let from = 0, i = 1; i <= unstable.length; i++)
    if (i === unstable.length || (unstable[i] === 0) !== (unstable[from] === 0)) {
      found.push([from, Math.min(i, unstable.length - 1)]);
      from = i;
    }
  return found;
}
