// Fingerprints of programs: the values at fixed points, with fixed values for the free constants, rounded. Programs that differ only
// in the order of independent steps or of operands, or that reach the same values by other steps, have equal fingerprints and
// share their fits. The idea is functional hashing (Gillard et al. 2023, "Unified functional hashing in automatic machine
// learning", arXiv 2302.05433). A constant's value depends on what it is combined with, not on its number, so that numbering
// does not matter; the second constant of the same place gets another value than the first.
// Left out: equality up to a change of the constants themselves, (x + c1)/c2 against x c3 + c4; such twins are told by their errors.
import type { Program } from "./program.ts";

/** In units of the interval; away from its ends, where programs have poles. */
const SHARES = [0.07, 0.19, 0.31, 0.43, 0.58, 0.71, 0.83, 0.97];
const DIGITS = 9;

export class Fingerprinter {
  readonly #points: readonly number[];

  constructor(from: number, to: number) {
    this.#points = SHARES.map((share) => from + share * (to - from));
  }

  of({ steps }: Program): string {
    const rows: (readonly number[])[] = [];
    const names: string[] = ["x"];
    const places = new Map<string, number>();
    for (const { op, left, right } of steps) {
      const side = left < 0 ? "l" : right < 0 ? "r" : "";
      let constant = 0;
      if (side !== "") {
        const place = `${op}${side}${names[left < 0 ? right : left]}`;
        const count = places.get(place) ?? 0;
        places.set(place, count + 1);
        constant = valueFor(`${place}#${count}`);
      }
      const row = this.#points.map((x, i) => {
        const at = (operand: number): number => (operand === 0 ? x : operand > 0 ? rows[operand - 1][i] : constant);
        const [a, b] = [at(left), at(right)];
        return op === "+"
          ? a + b
          : op === "-"
            ? a - b
            : op === "*"
              ? a * b
              : op === "/"
                ? a / b
                : Math.sqrt(Math.abs(a));
      });
      rows.push(row);
      names.push(row.map((v) => v.toPrecision(DIGITS)).join());
    }
    return names[names.length - 1];
  }
}

/** A number between 0.5 and 1.5 from a text (FNV-1a, with a last mixing). */
function valueFor(text: string): number {
  let h = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) h = Math.imul(h ^ text.charCodeAt(i), 0x01000193);
  h = Math.imul(h ^ (h >>> 15), 0x2c1b3c6d);
  h ^= h >>> 13;
  return 0.5 + (h >>> 0) / 2 ** 32;
}

/** A whole number from a text, for the seed of a fit. */
export function seedFor(text: string): number {
  return Math.floor((valueFor(text) - 0.5) * 2 ** 32);
}
