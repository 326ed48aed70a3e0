// The proof forest of an e-graph: a tree over the nodes of each class whose edges say why two nodes are equal (Nieuwenhuis and
// Oliveras 2005). An edge is made when two classes meet and never changes, so the path between two nodes is the one that was there
// when they became equal; it rests on older equalities only.
import { Failure } from "../base/index.ts";
import { grown, grownBytes } from "./flat.ts";

/** Why two nodes were united: a number >= 0 is given by the caller, these are the graph's own. */
export const Reason = { congruence: -1, swapped: -2, given: -3, arithmetic: -4 } as const;

export interface ProofEdge {
  readonly from: number;
  readonly to: number;
  readonly reason: number;
  /** Does the reason read in this direction? */
  readonly forward: boolean;
}

export class ProofForest {
  #parent = new Int32Array(1024);
  #reason = new Int32Array(1024);
  /** 1 if the reason leads from the node to its parent. */
  #forward = new Uint8Array(1024);

  /** A node that is equal to nothing yet. Nodes are entered in ascending order. */
  enter(node: number): void {
    if (node === this.#parent.length) {
      this.#parent = grown(this.#parent);
      this.#reason = grown(this.#reason);
      this.#forward = grownBytes(this.#forward);
    }
    this.#parent[node] = node;
    this.#reason[node] = Reason.given;
  }

  /** Hangs the tree of `a` under `b`: the path from `a` to its root is turned round first. */
  link(a: number, b: number, reason: number, forward: boolean): void {
    let child = a;
    let up = this.#parent[child];
    let why = this.#reason[child];
    let way = this.#forward[child];
    while (up !== child) {
      const [nextUp, nextWhy, nextWay] = [this.#parent[up], this.#reason[up], this.#forward[up]];
      this.#parent[up] = child;
      this.#reason[up] = why;
      this.#forward[up] = 1 - way;
      if (nextUp === up) break;
      child = up;
      up = nextUp;
      why = nextWhy;
      way = nextWay;
    }
    this.#parent[a] = b;
    this.#reason[a] = reason;
    this.#forward[a] = forward ? 1 : 0;
  }

  /** The edges from `a` to `b`. */
  path(a: number, b: number): ProofEdge[] {
    const above = new Set<number>();
    for (let node = a; ; node = this.#parent[node]) {
      above.add(node);
      if (this.#parent[node] === node) break;
    }
    const down: ProofEdge[] = [];
    let meet = b;
    while (!above.has(meet)) {
      const up = this.#parent[meet];
      if (up === meet)
        throw new Failure("usage", "the two are not equal in this graph, so there is nothing to explain");
      down.push({ from: up, to: meet, reason: this.#reason[meet], forward: this.#forward[meet] === 0 });
      meet = up;
    }
    const path: ProofEdge[] = [];
    for (let node = a; node !== meet; node = this.#parent[node])
      path.push({
        from: node,
        to: this.#parent[node],
        reason: this.#reason[node],
        forward: this.#forward[node] === 1,
      });
    return [...path, ...down.toReversed()];
  }
}
