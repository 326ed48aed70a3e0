// Definitions in an order in which each uses only earlier ones; cycles are named.
import { Failure } from "../base/index.ts";
import { freeSymbols } from "../term/index.ts";
import type { Definition } from "./model.ts";

/** Sorts definitions topologically (depth first, keeping the given order where it is free). Fails on a cycle, naming it. */
export function inOrder(definitions: readonly Definition[], what: string): Definition[] {
  const byName = new Map(definitions.map((definition) => [definition.name, definition]));
  const state = new Map<string, "open" | "done">();
  const sorted: Definition[] = [];
  for (const first of definitions) {
    // Explicit stack: chains of definitions can be long.
    const stack: { definition: Definition; uses: string[]; next: number }[] = [];
    const enter = (definition: Definition): void => {
      state.set(definition.name, "open");
      stack.push({
        definition,
        uses:
          definition.term.args.length === 0 && definition.term.name === ""
            ? []
            : freeSymbols(definition.term).map((symbol) => symbol.name),
        next: 0,
      });
    };
    if (state.get(first.name) === undefined) enter(first);
    while (stack.length > 0) {
      const top = stack[stack.length - 1];
      if (top.next === top.uses.length) {
        state.set(top.definition.name, "done");
        sorted.push(top.definition);
        stack.pop();
        continue;
      }
      const used = byName.get(top.uses[top.next++]);
      if (used === undefined || state.get(used.name) === "done") continue;
      if (state.get(used.name) === "open") {
        const names = stack.map((entry) => entry.definition.name);
        const cycle = [...names.slice(names.indexOf(used.name)), used.name];
        throw new Failure(
          "name",
          `${what} define each other in a circle: ${cycle.slice(0, 8).join(" -> ")}${cycle.length > 8 ? " ..." : ""}`,
          {
            place: used.place,
            hint: "Break the circle by giving one of them a number.",
          },
        );
      }
      enter(used);
    }
  }
  return sorted;
}
