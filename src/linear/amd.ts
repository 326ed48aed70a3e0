// Approximate minimum degree ordering of a symmetric graph.
// Source: Amestoy, Davis, Duff, "An approximate minimum degree ordering algorithm", SIAM J. Matrix Anal. Appl. 17 (1996),
// sections 3-5: quotient graph, element absorption (also aggressive), approximate external degrees, supervariables by
// hashing, mass elimination; dense rows are set aside and ordered last; the assembly tree is postordered.
// Leaves out constraints on the order. Storage differs from the paper: a variable's list only shrinks and stays in
// place, and element lists live in a buffer of their own that is compacted when it is full.
import type { SparsePattern } from "./pattern.ts";

export interface AmdOptions {
  /** A row is dense, and ordered last, when it has more than max(16, denseFactor * sqrt(n)) neighbours. */
  readonly denseFactor?: number;
}

/**
 * Fill-reducing order of a symmetric pattern without diagonal (see `symmetrized`).
 * Returns the permutation `order`: order[k] is the k-th variable to eliminate.
 */
export function amd({ n, colPtr, rowIdx }: SparsePattern, options: AmdOptions = {}): Int32Array {
  const dense = Math.max(16, (options.denseFactor ?? 10) * Math.sqrt(n));
  const nnz = colPtr[n];

  // Variable i: elements at varIdx[varStart[i] ..+ elen[i]), then variables up to varStart[i] + vlen[i].
  const varIdx = rowIdx.slice(0, nnz);
  const varStart = colPtr.slice(0, n);
  const vlen = new Int32Array(n);
  const elen = new Int32Array(n);
  // Element e: its variables at elmIdx[elmStart[e] ..+ elmLen[e]); created[] lists elements in order of their place.
  const elmIdx = new Int32Array(2 * nnz + n + 1);
  const elmStart = new Int32Array(n);
  const elmLen = new Int32Array(n);
  const created = new Int32Array(n);
  let createdCount = 0;
  let elmFree = 0;

  // nv > 0: principal variable or element standing for nv columns; 0: absorbed. Negative only while in the pivot list.
  const nv = new Int32Array(n).fill(1);
  // Of a variable its approximate external degree, of an element the weight of its list.
  const degree = new Int32Array(n);
  // mark[e] - flag = weight of L_e outside L_p while scanning; 0 = dead element. Variables keep their own marks in `seen`.
  const mark = new Int32Array(n);
  let flag = 1;
  const seen = new Int32Array(n).fill(-1);
  // -1 a root, otherwise the element or variable that absorbed this one.
  const parent = new Int32Array(n).fill(-1);
  const isElement = new Uint8Array(n);

  const head = new Int32Array(n + 1).fill(-1);
  const next = new Int32Array(n).fill(-1);
  const prev = new Int32Array(n).fill(-1);
  const hashHead = new Int32Array(n).fill(-1);
  const hashNext = new Int32Array(n).fill(-1);
  const hashOf = new Int32Array(n);

  const pivots = new Int32Array(n);
  let pivotCount = 0;
  const last: number[] = [];
  let eliminated = 0;

  const unlink = (i: number): void => {
    const a = prev[i];
    const b = next[i];
    if (b >= 0) prev[b] = a;
    if (a >= 0) next[a] = b;
    else head[degree[i]] = b;
  };
  const link = (i: number, d: number): void => {
    const b = head[d];
    next[i] = b;
    prev[i] = -1;
    if (b >= 0) prev[b] = i;
    head[d] = i;
  };

  for (let i = 0; i < n; i++) {
    const d = colPtr[i + 1] - colPtr[i];
    vlen[i] = d;
    degree[i] = d;
    if (d > dense) {
      nv[i] = 0;
      last.push(i);
      eliminated++;
    }
  }
  last.sort((a, b) => degree[a] - degree[b] || a - b);
  for (let i = n - 1; i >= 0; i--) if (nv[i] > 0) link(i, degree[i]);

  let mindeg = 0;
  while (eliminated < n) {
    while (head[mindeg] < 0) mindeg++;
    const p = head[mindeg];
    unlink(p);
    let pivotWeight = nv[p];
    nv[p] = -pivotWeight;

    // L_p = (A_p + union of L_e, e in E_p) \ p
    let bound = vlen[p] - elen[p];
    for (let q = varStart[p]; q < varStart[p] + elen[p]; q++) bound += elmLen[varIdx[q]];
    if (elmFree + bound > elmIdx.length) {
      let to = 0;
      let kept = 0;
      for (let c = 0; c < createdCount; c++) {
        const e = created[c];
        if (mark[e] === 0) continue;
        const from = elmStart[e];
        elmStart[e] = to;
        for (let q = from; q < from + elmLen[e]; q++) elmIdx[to++] = elmIdx[q];
        created[kept++] = e;
      }
      createdCount = kept;
      elmFree = to;
    }
    const lp = elmFree;
    let end = lp;
    let weight = 0;
    for (let q = varStart[p]; q < varStart[p] + elen[p]; q++) {
      const e = varIdx[q];
      for (let r = elmStart[e]; r < elmStart[e] + elmLen[e]; r++) {
        const i = elmIdx[r];
        if (nv[i] <= 0) continue;
        weight += nv[i];
        nv[i] = -nv[i];
        elmIdx[end++] = i;
        unlink(i);
      }
      mark[e] = 0;
      parent[e] = p;
    }
    for (let q = varStart[p] + elen[p]; q < varStart[p] + vlen[p]; q++) {
      const i = varIdx[q];
      if (nv[i] <= 0) continue;
      weight += nv[i];
      nv[i] = -nv[i];
      elmIdx[end++] = i;
      unlink(i);
    }
    isElement[p] = 1;
    elmStart[p] = lp;

    // mark[e] - flag = |L_e \ L_p| for every element beside L_p
    for (let r = lp; r < end; r++) {
      const i = elmIdx[r];
      const weightI = -nv[i];
      for (let q = varStart[i]; q < varStart[i] + elen[i]; q++) {
        const e = varIdx[q];
        const m = mark[e];
        if (m >= flag) mark[e] = m - weightI;
        else if (m !== 0) mark[e] = degree[e] + flag - weightI;
      }
    }

    // d_i = |A_i \ L_p| + sum |L_e \ L_p|; dead and swallowed elements go, p enters the element list
    for (let r = lp; r < end; r++) {
      const i = elmIdx[r];
      const start = varStart[i];
      const elements = start + elen[i];
      let to = start;
      let d = 0;
      let hash = 0;
      for (let q = start; q < elements; q++) {
        const e = varIdx[q];
        const m = mark[e];
        if (m === 0) continue;
        const outside = m - flag;
        if (outside > 0) {
          d += outside;
          hash += e;
          varIdx[to++] = e;
        } else {
          mark[e] = 0;
          parent[e] = p;
        }
      }
      const split = to;
      for (let q = elements; q < start + vlen[i]; q++) {
        const j = varIdx[q];
        if (nv[j] <= 0) continue;
        d += nv[j];
        hash += j;
        varIdx[to++] = j;
      }
      if (d === 0) {
        // Mass elimination: i has no neighbour outside L_p.
        weight += nv[i];
        pivotWeight -= nv[i];
        parent[i] = p;
        nv[i] = 0;
        continue;
      }
      if (d < degree[i]) degree[i] = d;
      varIdx[to] = varIdx[split];
      varIdx[split] = p;
      elen[i] = split + 1 - start;
      vlen[i] = to + 1 - start;
      hash = (hash + p) % n;
      hashOf[i] = hash;
      hashNext[i] = hashHead[hash];
      hashHead[hash] = i;
    }
    mark[p] = 1;
    flag += n + 1;
    if (flag > 2 ** 30) {
      for (let e = 0; e < n; e++) if (mark[e] !== 0) mark[e] = 1;
      flag = 2;
    }

    // Variables with equal lists become one supervariable.
    for (let r = lp; r < end; r++) {
      const first = elmIdx[r];
      if (nv[first] >= 0) continue;
      const hash = hashOf[first];
      let i = hashHead[hash];
      hashHead[hash] = -1;
      for (; i >= 0 && hashNext[i] >= 0; i = hashNext[i]) {
        const length = vlen[i];
        const elements = elen[i];
        const start = varStart[i];
        for (let q = start; q < start + length; q++) seen[varIdx[q]] = i;
        let before = i;
        let j = hashNext[i];
        while (j >= 0) {
          let same = vlen[j] === length && elen[j] === elements;
          for (let q = varStart[j]; same && q < varStart[j] + length; q++) same = seen[varIdx[q]] === i;
          if (same) {
            nv[i] += nv[j];
            nv[j] = 0;
            parent[j] = i;
            j = hashNext[j];
            hashNext[before] = j;
          } else {
            before = j;
            j = hashNext[j];
          }
        }
        for (let q = start; q < start + length; q++) seen[varIdx[q]] = -1;
      }
    }

    eliminated += pivotWeight;
    let to = lp;
    for (let r = lp; r < end; r++) {
      const i = elmIdx[r];
      if (nv[i] >= 0) continue;
      nv[i] = -nv[i];
      const d = Math.min(degree[i] + weight - nv[i], n - eliminated - nv[i]);
      degree[i] = d;
      link(i, d);
      if (d < mindeg) mindeg = d;
      elmIdx[to++] = i;
    }
    nv[p] = pivotWeight;
    degree[p] = weight;
    elmLen[p] = to - lp;
    if (to === lp) mark[p] = 0;
    else created[createdCount++] = p;
    elmFree = to;
    pivots[pivotCount++] = p;
  }

  return assemble(n, pivots.subarray(0, pivotCount), parent, isElement, last);
}

/** Postorder of the assembly tree; an element is followed by the variables eliminated with it, dense rows come last. */
function assemble(
  n: number,
  pivots: Int32Array,
  parent: Int32Array,
  isElement: Uint8Array,
  dense: readonly number[],
): Int32Array {
  const member = new Int32Array(n).fill(-1);
  const memberNext = new Int32Array(n).fill(-1);
  const isDense = new Uint8Array(n);
  for (const i of dense) isDense[i] = 1;
  for (let i = n - 1; i >= 0; i--) {
    if (isElement[i] || isDense[i]) continue;
    let e = i;
    while (!isElement[e]) e = parent[e];
    for (let j = i; !isElement[j];) {
      const up = parent[j];
      parent[j] = e;
      j = up;
    }
    memberNext[i] = member[e];
    member[e] = i;
  }
  const child = new Int32Array(n).fill(-1);
  const sibling = new Int32Array(n).fill(-1);
  for (let k = pivots.length - 1; k >= 0; k--) {
    const e = pivots[k];
    const up = parent[e];
    if (up < 0) continue;
    sibling[e] = child[up];
    child[up] = e;
  }
  const order = new Int32Array(n);
  const stack = new Int32Array(n + 1);
  let count = 0;
  for (const root of pivots) {
    if (parent[root] >= 0) continue;
    let top = 0;
    stack[0] = root;
    while (top >= 0) {
      const e = stack[top];
      const c = child[e];
      if (c >= 0) {
        child[e] = sibling[c];
        stack[++top] = c;
        continue;
      }
      top--;
      order[count++] = e;
      for (let i = member[e]; i >= 0; i = memberNext[i]) order[count++] = i;
    }
  }
  for (const i of dense) order[count++] = i;
  return order;
}
