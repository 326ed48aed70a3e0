// SVG as text: escaping, estimated text widths, and the serialisation of a drawing made by Observable Plot in linkedom.
// The serialiser is our own because the result must be XML (linkedom writes HTML) and the same on every run.
// Text widths are estimates from the widths of DejaVu Sans, the widest of the common sans-serif faces, so that a label
// that fits here fits with Helvetica, Arial and Liberation Sans too. Left out: fonts, kerning, right-to-left text.

/** The faces asked for; nothing is loaded. */
export const FONT = "Helvetica, Arial, 'Liberation Sans', 'DejaVu Sans', sans-serif";

/** Text as XML character data or attribute value; characters that XML 1.0 forbids become U+FFFD. */
export function escapeXml(text: string): string {
  return text
    .replaceAll(/[^\t\n\r\u{20}-\u{d7ff}\u{e000}-\u{fffd}\u{10000}-\u{10ffff}]/gu, "\ufffd")
    .replaceAll("&", "&amp;")
    .replaceAll("<", "&lt;")
    .replaceAll(">", "&gt;")
    .replaceAll('"', "&quot;");
}

/** Estimated width of one line of text in pixels. */
export function textWidth(text: string, size: number, weight: "normal" | "bold" = "normal"): number {
  let em = 0;
  for (const c of text)
    if (/[ijlI.,:;'|!()[\]ftr \-/]/.test(c)) em += 0.37;
    else if (/[mwMW@%&—…]/.test(c)) em += 0.95;
    else if (/[A-Z_~=+<>×−]/.test(c)) em += 0.7;
    else if (c.codePointAt(0)! >= 0x2e80) em += 1;
    else em += 0.62;
  return em * size * (weight === "bold" ? 1.1 : 1);
}

/** Breaks text into lines of at most `width` pixels, at spaces where there are any. */
export function wrap(text: string, width: number, size: number, weight: "normal" | "bold" = "normal"): string[] {
  const lines: string[] = [];
  for (const paragraph of text.split(/\r\n|\n|\r/)) {
    let line = "";
    for (let word of paragraph.split(/\s+/)) {
      if (word === "") continue;
      if (line !== "" && textWidth(`${line} ${word}`, size, weight) <= width) {
        line += ` ${word}`;
        continue;
      }
      if (line !== "") lines.push(line);
      while (textWidth(word, size, weight) > width && word.length > 1) {
        let cut = word.length - 1;
        while (cut > 1 && textWidth(word.slice(0, cut), size, weight) > width) cut--;
        lines.push(word.slice(0, cut));
        word = word.slice(cut);
      }
      line = word;
    }
    if (line !== "") lines.push(line);
  }
  return lines;
}

/** "a×10^-3" with a raised exponent; everything else escaped as it is. Superscripts without baseline-shift, which not all viewers know. */
export function raised(text: string): string {
  const found = /^(.*10)\^([−-]?\d+)$/.exec(text);
  if (!found) return escapeXml(text);
  return `${escapeXml(found[1])}<tspan dy="-0.5em" font-size="0.75em">${found[2].replace("-", "−")}</tspan>`;
}

/** A number with at most two decimals, as coordinates need no more. */
export function px(x: number): string {
  return String(Math.round(x * 100) / 100);
}

/** Any text attribute with its long decimals cut to two places. */
function roundDecimals(text: string): string {
  return text.replaceAll(/-?\d+\.\d{3,}/g, (number) => px(Number(number)));
}

/** The node and all below it as XML. Style sheets are left out, text is taken as tick labels (see `raised`). */
export function serialise(node: Node): string {
  if (node.nodeType === 3) return raised(node.nodeValue ?? "");
  if (node.nodeType !== 1) return "";
  const element = node as Element;
  const name = element.localName;
  if (name === "style") return "";
  let attributes = "";
  for (const { name: key, value } of element.attributes)
    if (key !== "class" && key !== "aria-hidden") attributes += ` ${key}="${escapeXml(roundDecimals(value))}"`;
  const content = [...element.childNodes].map(serialise).join("");
  return content === "" ? `<${name}${attributes}/>` : `<${name}${attributes}>${content}</${name}>`;
}
