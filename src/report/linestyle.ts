// Line styles: a colour and a dash pattern for the i-th curve. The colours are those of Okabe and Ito (2008, "Color
// universal design"), told apart with any common colour blindness, with grey instead of their yellow, which is
// too faint for a line on white. Eight colours times five dash patterns make forty styles, then they repeat.

export interface LineStyle {
  readonly colour: string;
  /** SVG stroke-dasharray; "" is solid. */
  readonly dash: string;
}

const COLOURS = ["#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9", "#000000", "#8c8c8c"];

/** Solid, dashed, dotted, dash-dot, long dash. */
const DASHES = ["", "7 3.5", "1.8 2.2", "8 2.5 1.8 2.5", "14 4"];

/** How many curves can be told apart by their style. */
export const STYLES = COLOURS.length * DASHES.length;

export function lineStyle(i: number): LineStyle {
  return { colour: COLOURS[i % COLOURS.length], dash: DASHES[Math.floor(i / COLOURS.length) % DASHES.length] };
}
