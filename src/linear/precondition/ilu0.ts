// Incomplete LU factorisation without fill, on the pattern of A in the order given, row by row (Saad 2003, algorithm 10.4).
// No pivoting. Where a pivot vanishes there is no such factorisation: a Failure with the row.
import { Failure } from "../../base/index.ts";
import type { Preconditioner } from "../operator.ts";
import { type GivenMatrix, squareMatrix } from "./given.ts";
import { Triangles } from "./triangles.ts";

/** A pivot below this part of the largest entry of its row counts as zero. */
const SMALLEST = 1e-14;

/** ILU(0). @throws Failure where a pivot vanishes. */
export function ilu0(given: GivenMatrix): Preconditioner {
  const { n, matrix, runtime } = squareMatrix("ILU(0)", given);
  const { ptr, idx } = matrix;
  const values = matrix.values.slice(0, ptr[n]);
  const inverse = new Float64Array(n);
  /** Place of the first entry right of the diagonal. */
  const right = new Int32Array(n);
  const place = new Int32Array(n).fill(-1);
  for (let i = 0; i < n; i++) {
    const [from, to] = [ptr[i], ptr[i + 1]];
    let most = 0;
    for (let p = from; p < to; p++) {
      place[idx[p]] = p;
      most = Math.max(most, Math.abs(values[p]));
    }
    let p = from;
    for (; p < to && idx[p] < i; p++) {
      const k = idx[p];
      const x = (values[p] *= inverse[k]);
      if (x === 0) continue;
      for (let q = right[k]; q < ptr[k + 1]; q++) {
        const at = place[idx[q]];
        if (at >= 0) values[at] -= x * values[q];
      }
    }
    const pivot = p < to && idx[p] === i ? values[p] : 0;
    if (!(Math.abs(pivot) > SMALLEST * most))
      throw new Failure("numeric", `ILU(0): the pivot of row ${i} is ${pivot}`, {
        hint: "Permute the rows so that the diagonal is not zero, or use ILUT.",
      });
    inverse[i] = 1 / pivot;
    right[i] = p + 1;
    for (let q = from; q < to; q++) place[idx[q]] = -1;
  }
  return unpack(n, ptr, idx, values, inverse, right, { name: "ILU(0)", symmetric: false, runtime });
}

/** E = L - I and F = D^-1 U - I out of one array of rows. */
function unpack(
  n: number,
  ptr: Int32Array,
  idx: Int32Array,
  values: Float64Array,
  inverse: Float64Array,
  right: Int32Array,
  options: ConstructorParameters<typeof Triangles>[3],
): Preconditioner {
  const ep = new Int32Array(n + 1);
  const fp = new Int32Array(n + 1);
  for (let i = 0; i < n; i++) {
    ep[i + 1] = ep[i] + right[i] - 1 - ptr[i];
    fp[i + 1] = fp[i] + ptr[i + 1] - right[i];
  }
  const e = { ptr: ep, idx: new Int32Array(ep[n]), values: new Float64Array(ep[n]) };
  const f = { ptr: fp, idx: new Int32Array(fp[n]), values: new Float64Array(fp[n]) };
  for (let i = 0; i < n; i++) {
    e.idx.set(idx.subarray(ptr[i], right[i] - 1), ep[i]);
    e.values.set(values.subarray(ptr[i], right[i] - 1), ep[i]);
    for (let p = right[i], to = fp[i]; p < ptr[i + 1]; p++, to++) {
      f.idx[to] = idx[p];
      f.values[to] = values[p] * inverse[i];
    }
  }
  return new Triangles(e, inverse, f, options);
}
