// Shortening long names in the middle, where model names differ least, and keeping the shortened names apart.
// Characters are code points; grapheme clusters of several code points may be cut.

/** The longest of `head…tail` of `text` that fits; `text` itself when that fits, "…" when nothing does. */
export function shortenMiddle(text: string, fits: (text: string) => boolean): string {
  if (fits(text)) return text;
  const characters = [...text];
  for (let keep = characters.length - 1; keep > 0; keep--) {
    const head = Math.ceil(keep / 2);
    const short = `${characters.slice(0, head).join("")}…${characters.slice(characters.length - (keep - head)).join("")}`;
    if (fits(short)) return short;
  }
  return "…";
}

/**
 * Shortens every name so that it fits and different names stay different: names that would look alike lose what they
 * have in common at the front first, and get their number (counted from 1) as the last resort.
 */
export function shortenAll(names: readonly string[], fits: (text: string) => boolean): string[] {
  const short = names.map((name) => shortenMiddle(name, fits));
  for (const group of alike(short, names)) {
    const first = names[group[0]];
    let common = first.length;
    for (const i of group) {
      let n = 0;
      while (n < common && names[i][n] === first[n]) n++;
      common = n;
    }
    for (const i of group) {
      // A little of what is common says where the rest begins.
      const tails = [4, 2, 0].map((back) => `…${names[i].slice(Math.max(0, common - back))}`);
      short[i] = tails.find(fits) ?? shortenMiddle(tails[2], fits);
    }
  }
  for (const group of alike(short, names))
    for (const i of group) short[i] = `${shortenMiddle(names[i], (s) => fits(`${s} #${i + 1}`))} #${i + 1}`;
  return short;
}

/** Groups of indices whose short forms agree though the names differ. */
function alike(short: readonly string[], names: readonly string[]): number[][] {
  const groups = new Map<string, number[]>();
  for (const [i, s] of short.entries()) {
    const group = groups.get(s);
    if (group) group.push(i);
    else groups.set(s, [i]);
  }
  return [...groups.values()].filter((group) => group.some((i) => names[i] !== names[group[0]]));
}
