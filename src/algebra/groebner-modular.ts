// Reduced Groebner bases modulo a prime, by Faugere's F4 (1999): critical pairs of least degree together become one sparse matrix, whose
// rows are reduced densely one after the other. Pairs are kept few by the criteria of Gebauer and Moeller (1988).
// Polynomials are falling keys of monomials and residues. Left out: signatures (F5), tracing across primes.
import { Failure, type Meter } from "../base/index.ts";
import * as M from "./modular.ts";
import type { PrimeField } from "./modular.ts";
import type { OrderedMonomials } from "./monomial-order.ts";

/** Monomials falling, leading coefficient 1. */
export interface ModularPolynomial {
  readonly keys: Float64Array;
  readonly coefficients: Float64Array;
}

interface Element extends ModularPolynomial {
  readonly lead: Int32Array;
  /** Its leading monomial is a multiple of a later one's. */
  redundant: boolean;
}

interface Pair {
  readonly i: number;
  readonly j: number;
  readonly lcm: Int32Array;
  readonly key: number;
  readonly degree: number;
}

const sumOf = (e: Int32Array): number => {
  let sum = 0;
  for (let v = 0; v < e.length; v++) sum += e[v];
  return sum;
};

function divides(a: Int32Array, b: Int32Array): boolean {
  for (let v = 0; v < a.length; v++) if (a[v] > b[v]) return false;
  return true;
}

function same(a: Int32Array, b: Int32Array): boolean {
  for (let v = 0; v < a.length; v++) if (a[v] !== b[v]) return false;
  return true;
}

function coprime(a: Int32Array, b: Int32Array): boolean {
  for (let v = 0; v < a.length; v++) if (a[v] > 0 && b[v] > 0) return false;
  return true;
}

/** The reduced basis, leading monomials rising. */
export function modularBasis(
  input: readonly ModularPolynomial[],
  order: OrderedMonomials,
  field: PrimeField,
  meter: Meter,
): ModularPolynomial[] {
  const basis: Element[] = [];
  let pairs: Pair[] = [];
  const insert = (f: ModularPolynomial): void => {
    pairs = extend(basis, pairs, f, order);
  };
  [...input].sort((a, b) => a.keys[0] - b.keys[0]).forEach((f) => f.keys.length > 0 && insert(f));
  while (pairs.length > 0) {
    const stop = meter.stop();
    if (stop !== undefined)
      throw new Failure("unsolved", `the Groebner basis was not finished within the budget: ${stop.detail}`);
    const degree = pairs.reduce((least, pair) => Math.min(least, pair.degree), Infinity);
    const chosen = pairs.filter((pair) => pair.degree === degree);
    pairs = pairs.filter((pair) => pair.degree !== degree);
    for (const row of reducePairs(chosen, basis, order, field)) insert(row);
    meter.nodes = basis.length;
  }
  // Rows of one matrix may have leading monomials that divide each other.
  const minimal = basis.filter((f, i) => !f.redundant && !basis.some((g, j) => j !== i && !g.redundant && divides(g.lead, f.lead) && !same(g.lead, f.lead))); // oxfmt-ignore
  return interreduced(minimal, order, field);
}

/** Pairs with a new element, by the criteria of Gebauer and Moeller; marks elements that it makes redundant. */
function extend(basis: Element[], pairs: readonly Pair[], f: ModularPolynomial, order: OrderedMonomials): Pair[] {
  const lead = order.exponents(f.keys[0]);
  const lcms = basis.map((g) => g.lead.map((e, v) => Math.max(e, lead[v])));
  const index = basis.length;
  // B: an old pair goes where the new monomial divides its lcm strictly.
  const kept = pairs.filter(({ i, j, lcm }) => !divides(lead, lcm) || same(lcms[i], lcm) || same(lcms[j], lcm));
  // M and F: among new pairs, those whose lcm is a multiple of another's go; of equal ones one stays, none if one is coprime.
  const candidates: Pair[] = [];
  basis.forEach((g, i) => {
    if (g.redundant) return;
    const lcm = lcms[i];
    candidates.push({ i, j: index, lcm, key: order.key(lcm), degree: sumOf(lcm) });
  });
  candidates.sort((a, b) => a.key - b.key);
  const chosen: Pair[] = [];
  for (let k = 0; k < candidates.length;) {
    let end = k;
    while (end < candidates.length && candidates[end].key === candidates[k].key) end++;
    const group = candidates.slice(k, end);
    k = end;
    if (chosen.some((pair) => divides(pair.lcm, group[0].lcm))) continue;
    // A coprime pair reduces to zero, and stands for the others of its lcm: it takes part in the M test, and is dropped after it.
    chosen.push(group.find(({ i }) => coprime(basis[i].lead, lead)) ?? group[0]);
  }
  for (const g of basis) if (!g.redundant && divides(lead, g.lead)) g.redundant = true;
  basis.push({ ...f, lead, redundant: false });
  return [...kept, ...chosen.filter(({ i }) => !coprime(basis[i].lead, lead))];
}

/** One matrix: new elements of the basis from pairs. */
function reducePairs(
  pairs: readonly Pair[],
  basis: readonly Element[],
  order: OrderedMonomials,
  field: PrimeField,
): ModularPolynomial[] {
  const rows: { readonly f: Element; readonly shift: number }[] = [];
  const taken = new Set<string>();
  const want = (f: number, lcm: Int32Array): void => {
    const shift = order.key(lcm) - basis[f].keys[0];
    const name = `${f} ${shift}`;
    if (!taken.has(name)) {
      taken.add(name);
      rows.push({ f: basis[f], shift });
    }
  };
  for (const { i, j, lcm } of pairs) {
    want(i, lcm);
    want(j, lcm);
  }
  return eliminate(rows, basis, order, field);
}

/** Reduces shifted polynomials by each other and by the basis; returns rows with new leading monomials. */
function eliminate(
  rows: readonly { readonly f: ModularPolynomial; readonly shift: number }[],
  basis: readonly Element[],
  order: OrderedMonomials,
  field: PrimeField,
): ModularPolynomial[] {
  const live = basis.filter((f) => !f.redundant);
  /** Monomial to its reducer among the rows, or -1 where none is known. */
  const seen = new Map<number, number>();
  const matrix: { readonly f: ModularPolynomial; readonly shift: number }[] = [...rows];
  const work: { readonly f: ModularPolynomial; readonly shift: number }[] = [];
  const pivots = new Map<number, { readonly f: ModularPolynomial; readonly shift: number }>();
  for (const row of rows) {
    const key = row.f.keys[0] + row.shift;
    if (pivots.has(key)) work.push(row);
    else pivots.set(key, row);
  }
  const open: number[] = [];
  const meet = (row: { readonly f: ModularPolynomial; readonly shift: number }): void => {
    const { keys } = row.f;
    for (let k = 0; k < keys.length; k++) {
      const key = keys[k] + row.shift;
      if (seen.has(key)) continue;
      seen.set(key, 0);
      open.push(key);
    }
  };
  matrix.forEach(meet);
  for (let key = open.pop(); key !== undefined; key = open.pop()) {
    if (pivots.has(key)) continue;
    const exponents = order.exponents(key);
    const reducer = live.find((g) => g.keys[0] <= key && divides(g.lead, exponents));
    if (reducer === undefined) continue;
    const row = { f: reducer, shift: key - reducer.keys[0] };
    pivots.set(key, row);
    meet(row);
  }
  const columns = Float64Array.from(seen.keys()).sort().reverse();
  columns.forEach((key, c) => seen.set(key, c));
  const n = columns.length;
  const { p, inverse } = field;
  const square = p * p;
  /** For each column the row that has its pivot there: places and residues, monic. */
  const pivotPlaces: (Int32Array | undefined)[] = new Array<Int32Array | undefined>(n).fill(undefined);
  const pivotValues: (Float64Array | undefined)[] = new Array<Float64Array | undefined>(n).fill(undefined);
  const placesOf = ({ f, shift }: { readonly f: ModularPolynomial; readonly shift: number }): Int32Array => {
    const places = new Int32Array(f.keys.length);
    for (let k = 0; k < places.length; k++) places[k] = seen.get(f.keys[k] + shift)!;
    return places;
  };
  for (const [key, row] of pivots) {
    const c = seen.get(key)!;
    pivotPlaces[c] = placesOf(row);
    pivotValues[c] = row.f.coefficients;
  }
  const dense = new Float64Array(n);
  const made: ModularPolynomial[] = [];
  for (const row of work) {
    const places = placesOf(row);
    dense.fill(0);
    for (let k = 0; k < places.length; k++) dense[places[k]] = row.f.coefficients[k];
    let first = -1;
    for (let c = places[0]; c < n; c++) {
      const raw = dense[c];
      if (raw === 0) continue;
      let x = raw - Math.floor(raw * inverse) * p;
      if (x < 0) x += p;
      else if (x >= p) x -= p;
      dense[c] = x;
      if (x === 0) continue;
      const at = pivotPlaces[c];
      if (at === undefined) {
        if (first < 0) first = c;
        continue;
      }
      const values = pivotValues[c]!;
      // Kept in [0, p^2): one comparison instead of a division.
      for (let k = 0; k < at.length; k++) {
        const d = dense[at[k]] - x * values[k];
        dense[at[k]] = d < 0 ? d + square : d;
      }
      dense[c] = 0;
    }
    if (first < 0) continue;
    let count = 0;
    for (let c = first; c < n; c++) if (dense[c] !== 0) count++;
    const at = new Int32Array(count);
    const values = new Float64Array(count);
    const unit = M.invert(dense[first], field);
    for (let c = first, k = 0; c < n; c++)
      if (dense[c] !== 0) {
        at[k] = c;
        values[k++] = M.times(dense[c], unit, field);
      }
    pivotPlaces[first] = at;
    pivotValues[first] = values;
    made.push({ keys: Float64Array.from(at, (c) => columns[c]), coefficients: values });
  }
  return made.sort((a, b) => a.keys[0] - b.keys[0]);
}

/** Every element reduced by the others; leading monomials rising. */
function interreduced(basis: readonly Element[], order: OrderedMonomials, field: PrimeField): ModularPolynomial[] {
  const sorted = [...basis].sort((a, b) => a.keys[0] - b.keys[0]);
  return sorted.map((f) => {
    // The tail alone is reduced, which leaves the leading monomial.
    const tail = { keys: f.keys.subarray(1), coefficients: f.coefficients.subarray(1) };
    const reduced = normalForm(tail, sorted, order, field);
    const keys = new Float64Array(reduced.keys.length + 1);
    keys[0] = f.keys[0];
    keys.set(reduced.keys, 1);
    const coefficients = new Float64Array(keys.length);
    coefficients[0] = 1;
    coefficients.set(reduced.coefficients, 1);
    return { keys, coefficients };
  });
}

/** f modulo the basis; not made monic. */
function normalForm(
  f: ModularPolynomial,
  basis: readonly Element[],
  order: OrderedMonomials,
  field: PrimeField,
): ModularPolynomial {
  const rest = new Map<number, number>();
  f.keys.forEach((key, k) => rest.set(key, f.coefficients[k]));
  const open = Array.from(f.keys).reverse();
  const keys: number[] = [];
  const values: number[] = [];
  for (let key = open.pop(); key !== undefined; key = open.pop()) {
    const x = rest.get(key)!;
    if (x === 0) continue;
    const exponents = order.exponents(key);
    const g = basis.find((each) => each.keys[0] <= key && divides(each.lead, exponents));
    if (g === undefined) {
      keys.push(key);
      values.push(x);
      continue;
    }
    const shift = key - g.keys[0];
    let fresh = false;
    for (let k = 1; k < g.keys.length; k++) {
      const at = g.keys[k] + shift;
      const before = rest.get(at);
      if (before === undefined) {
        open.push(at);
        fresh = true;
      }
      const d = (before ?? 0) - M.times(x, g.coefficients[k], field);
      rest.set(at, d < 0 ? d + field.p : d);
    }
    if (fresh) open.sort((a, b) => a - b);
  }
  return { keys: Float64Array.from(keys), coefficients: Float64Array.from(values) };
}
