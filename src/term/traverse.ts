// Walks over the graph of a term that visit each shared term once, with explicit stacks: depth is limited by memory only.
import { Kind, type Term } from "./term.ts";

/** All distinct terms reachable from the roots, arguments before the terms that use them. */
export function postorder(roots: readonly Term[], enter: (term: Term) => boolean = () => true): Term[] {
  const order: Term[] = [];
  const seen = new Set<Term>();
  const stack: Term[] = [];
  const next: number[] = [];
  for (const root of roots) {
    if (seen.has(root)) continue;
    seen.add(root);
    stack.push(root);
    next.push(0);
    while (stack.length > 0) {
      const top = stack.length - 1;
      const term = stack[top];
      const at = next[top];
      if (at < term.args.length && (at > 0 || enter(term))) {
        next[top] = at + 1;
        const arg = term.args[at];
        if (!seen.has(arg)) {
          seen.add(arg);
          stack.push(arg);
          next.push(0);
        }
      } else {
        order.push(term);
        stack.pop();
        next.pop();
      }
    }
  }
  return order;
}

/** The free symbols of the roots, sorted by name. */
export function freeSymbols(...roots: Term[]): Term[] {
  return postorder(roots)
    .filter((term) => term.kind === Kind.symbol)
    .sort((a, b) => (a.name < b.name ? -1 : 1));
}

/** Number of distinct terms in the graph. */
export function graphSize(...roots: Term[]): number {
  return postorder(roots).length;
}

/** Does any of the roots contain `part`? */
export function contains(part: Term, ...roots: Term[]): boolean {
  return postorder(roots).includes(part);
}
