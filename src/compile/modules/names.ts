// Names of variables in generated JavaScript: those that mean something else there get another one.
const RESERVED =
  `arguments await break case catch class const continue debugger default delete do else enum eval export extends
  false finally for function if implements import in instanceof interface let new null package private protected public return
  static super switch this throw true try typeof undefined var void while with yield`.split(/\s+/);

export class Names {
  readonly #taken: Set<string>;

  constructor(taken: readonly string[]) {
    this.#taken = new Set([...RESERVED, ...taken]);
  }

  /** An identifier like `name` that is not taken yet. */
  take(name: string): string {
    let found = name.replaceAll(/[^\p{ID_Continue}$]/gu, "_");
    if (!/^[\p{ID_Start}$_]/u.test(found)) found = `_${found}`;
    while (this.#taken.has(found)) found += "_";
    this.#taken.add(found);
    return found;
  }

  /** A prefix of numbered names that no name has. */
  prefix(wish: string): string {
    let found = wish;
    const clashes = (): boolean => [...this.#taken].some((name) => name.startsWith(found) && /^\d+$/.test(name.slice(found.length))); // oxfmt-ignore
    while (clashes()) found += "_";
    return found;
  }
}
