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

/** Measured times of the classes of operations of one target, in nanoseconds. */
export interface OperationTimes {
  readonly add: number;
  readonly mul: number;
  readonly div: number;
  readonly root: number;
  /** A call of a function, by name; `otherwise` for those not named. */
  readonly calls?: Readonly<Record<string, number>>;
  readonly otherwise: number;
}

/** Processor time on a target. Whole powers count as the multiplications of repeated squaring when the exponent is known, else as a call. */
export function timeCost(target: string, times: OperationTimes): Cost {
  return {
    name: `time on ${target}`,
    operation(name, arity) {
      switch (name) {
        case "+":
        case "-":
          return times.add;
        case "neg":
          return arity === 1 ? times.add : times.otherwise;
        case "*":
          return times.mul;
        case "/":
          return times.div;
        case "sqrt":
          return times.root;
        default:
          return times.calls?.[name] ?? times.otherwise;
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
