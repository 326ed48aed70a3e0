// Names in a notation that is written: those that it does not allow, or that are taken, are replaced, and the replacements are told.
import { type Context, substitute, type Term } from "../../term/index.ts";

export class Names {
  readonly #allowed: (name: string) => boolean;
  /** What a name becomes before it is tried: characters that are never allowed are replaced. */
  readonly #plain: (name: string) => string;
  readonly #taken = new Set<string>();
  readonly #given = new Map<string, string>();

  constructor(allowed: (name: string) => boolean, plain: (name: string) => string) {
    this.#allowed = allowed;
    this.#plain = plain;
  }

  /** Takes names as they are where that is possible, and others for the rest. */
  declare(names: readonly string[]): void {
    const open = names.filter((name) => {
      if (this.#given.has(name)) return false;
      if (!this.#allowed(name) || this.#taken.has(name)) return true;
      this.#taken.add(name);
      this.#given.set(name, name);
      return false;
    });
    for (const name of open) this.#given.set(name, this.fresh(name));
  }

  /** A name that nothing has, close to one that is wanted. */
  fresh(wanted: string): string {
    const plain = this.#plain(wanted);
    let name = plain;
    for (let n = 2; !this.#allowed(name) || this.#taken.has(name); n++) name = `${plain}_${n}`;
    this.#taken.add(name);
    return name;
  }

  /** What a declared name is called. */
  of(name: string): string {
    return this.#given.get(name) ?? name;
  }

  /** Declared names that were replaced. */
  get renamed(): ReadonlyMap<string, string> {
    return new Map([...this.#given].filter(([before, after]) => before !== after));
  }

  /** A term in the new names; `others` replaces further symbols by name. */
  within(term: Term, context: Context, others: ReadonlyMap<string, Term>): Term {
    const table = new Map<Term, Term>();
    for (const [before, after] of this.renamed) table.set(context.symbol(before), context.symbol(after));
    for (const [before, after] of others) table.set(context.symbol(before), after);
    return substitute(term, table);
  }
}

/** How many names a note lists. */
const SHOWN = 6;

/** A note that tells the replacements; none if there are none. */
export function renamingNotes(renamed: ReadonlyMap<string, string>): string[] {
  if (renamed.size === 0) return [];
  const shown = [...renamed].slice(0, SHOWN).map(([before, after]) => `${before} is ${after}`);
  const more = renamed.size - shown.length;
  return [`names that are not allowed were replaced: ${shown.join(", ")}${more > 0 ? ` and ${more} more` : ""}`];
}
