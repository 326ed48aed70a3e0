// What a traced function computes with: numbers, truths, arrays, functions. A number has up to three faces:
//   term   its value, as a term (held operations in held mode);
//   index  the same as an ordinary term, if it is surely a whole number: what indices and loop bounds are made of;
//   known  the very double that JavaScript would have, if it does not depend on the parameters.
import type { Term } from "../term.ts";
import type { Source } from "./source.ts";
import type { FunctionNode } from "./source.ts";

export interface Num {
  readonly type: "number";
  /** Absent for infinities, which only start a minimum or maximum. */
  readonly term: Term | undefined;
  readonly index?: Term;
  readonly known?: number;
}

export interface Bool {
  readonly type: "boolean";
  readonly known?: boolean;
  /** Absent if known. */
  readonly condition?: Term;
}

/** Nothing yet: a variable without a value, an element that was never written, and why. */
export interface Hole {
  readonly type: "hole";
  readonly why: string;
}

export interface FunctionValue {
  readonly type: "function";
  readonly node: FunctionNode;
  readonly scope: Scope;
  readonly source: Source;
  readonly name: string;
}

/** An array, or the part of a tensor at fixed first indices. */
export interface ArrayValue {
  readonly type: "array";
  readonly array: Arr;
  /** Indices from 0. */
  readonly prefix: readonly Term[];
}

export type Value = Num | Bool | Hole | FunctionValue | ArrayValue;

/** A loop variable of a finished loop, over from .. to. `low` and `high` are numbers it never leaves. */
export interface LayerVariable {
  readonly symbol: Term;
  readonly from: Term;
  readonly to: Term;
  readonly low: number;
  readonly high: number;
}

/** Elements written one by one: index terms (their hashes' identity as a key) -> value. */
export interface Overlay {
  readonly kind: "overlay";
  readonly epoch: number;
  readonly entries: Map<string, { readonly index: readonly Term[]; readonly value: Num | Hole }>;
  /** All indices are numbers. */
  readonly literal: boolean;
}

/** Elements written by a finished loop, or under a condition. */
export interface Layer {
  readonly kind: "layer";
  readonly epoch: number;
  readonly variables: readonly LayerVariable[];
  readonly index: readonly Term[];
  readonly value: Num | Hole;
  readonly condition?: Term;
}

/** What lies below: every element at once. */
export interface Ground {
  readonly kind: "ground";
  readonly epoch: number;
  readonly at: (index: readonly Term[]) => Num | Hole;
  /** Not to be passed: reads end here. */
  readonly reads?: true;
}

export type Segment = Overlay | Layer | Ground;

/** A tensor of numbers, or a list of any values. */
export class Arr {
  readonly birth: number;
  /** Where it came from, for messages. */
  readonly name: string;
  /** A parameter of the traced function. */
  readonly parameter: boolean;
  /** Lengths, outermost first (tensors). */
  lengths: readonly Num[];
  /** Oldest first; later ones hide earlier ones (tensors). */
  segments: Segment[];
  /** Elements (lists); tensors have none. */
  list: Value[] | undefined;

  constructor(
    birth: number,
    name: string,
    parameter: boolean,
    lengths: readonly Num[],
    segments: Segment[],
    list?: Value[],
  ) {
    this.birth = birth;
    this.name = name;
    this.parameter = parameter;
    this.lengths = lengths;
    this.segments = segments;
    this.list = list;
  }
}

/** A variable. */
export interface Cell {
  value: Value;
  readonly constant: boolean;
  readonly birth: number;
  readonly name: string;
}

export class Scope {
  readonly parent: Scope | undefined;
  /** The body of a function: where `var` puts its variables. */
  readonly isFunction: boolean;
  readonly cells = new Map<string, Cell>();

  constructor(parent: Scope | undefined, isFunction = false) {
    this.parent = parent;
    this.isFunction = isFunction;
  }

  find(name: string): Cell | undefined {
    let cell = this.cells.get(name);
    for (let scope = this.parent; cell === undefined && scope !== undefined; scope = scope.parent) cell = scope.cells.get(name); // oxfmt-ignore
    return cell;
  }
}
