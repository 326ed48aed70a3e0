// Cost models: what one operation costs, arguments not counted. The cost of a tree is the sum over its nodes, the cost of a graph
// counts a shared node once. Times come from outside as measured figures: this room knows no machine.
import { Kind, postorder, type Term } from "../term/index.ts";
import { spell } from "./spell.ts";

export interface Cost {
  readonly name: string;
  /** Cost of an operation with this name and number of arguments; not negative. */
  operation(name: string, arity: number): number;
  /** Cost of a leaf. */
  leaf(term: Term): number;
}

/** Number of nodes. */
export const sizeCost: Cost = { name: "size", operation: () => 1, leaf: () => 1 };

/** Costs from a table by name; `otherwise` for other operations, numbers and symbols as given. */
export function tableCost(
  name: string,
  table: Readonly<Record<string, number>>,
  options: { readonly otherwise?: number; readonly number?: number; readonly symbol?: number } = {},
): Cost {
  const { otherwise = 1, number = 0, symbol = 0 } = options;
  return {
    name,
    operation: (operation) => (Object.hasOwn(table, operation) ? table[operation] : otherwise),
    leaf: (term) => (term.kind === Kind.number || term.kind === Kind.float ? number : symbol),
  };
}

/** Measured times of one target in nanoseconds; a target of a roofline (room compile) has this form. */
export interface OperationTimes {
  readonly scalar: { readonly add: number; readonly mul: number; readonly div: number; readonly root: number };
  /** Calls of functions by name, powers as `pow`; `other` for those not named. */
  readonly math: Readonly<Record<string, number>>;
}

/** Processor time on a target, from measured times of operations, one after the other. */
export function timeCost(target: string, { scalar, math }: OperationTimes): Cost {
  const call = (name: string): number => (Object.hasOwn(math, name) ? math[name] : (math.other ?? 0));
  return {
    name: `time on ${target}`,
    operation(name) {
      switch (name) {
        case "+":
        case "-":
        case "neg":
          return scalar.add;
        case "*":
          return scalar.mul;
        case "/":
          return scalar.div;
        case "sqrt":
          return scalar.root;
        case "^":
          return call("pow");
        default:
          return call(name);
      }
    },
    leaf: () => 0,
  };
}

/** The cost of a term as it is spelled out: of its tree, or of its graph. */
export function costOf(cost: Cost, term: Term, options: { readonly shared?: boolean } = {}): number {
  const root = spell(term);
  const order = postorder([root]);
  const own = (part: Term): number => (part.kind === Kind.held ? cost.operation(part.name, part.args.length) : cost.leaf(part)); // oxfmt-ignore
  if (options.shared) return order.reduce((sum, part) => sum + own(part), 0);
  const total = new Map<Term, number>();
  for (const part of order) {
    let sum = own(part);
    if (part.kind === Kind.held) for (const arg of part.args) sum += total.get(arg)!;
    total.set(part, sum);
  }
  return total.get(root)!;
}
