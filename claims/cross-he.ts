// Claim cross-he: wide modular products and number-theoretic transforms from 8-bit integer products alone, as for machines
// whose only fast product is that of bytes accumulated in 32 bits (CROSS, Tong et al. 2025).
// Numbers are little-endian bytes. A product by a known factor is a matrix product: column i of the matrix holds the bytes of
// factor 256^i mod q, so that the reduction of the high half is done beforehand (there: basis-aligned transformation). What is
// left is reduced by Barrett's method in base 256 (Menezes, van Oorschot, Vanstone 1996, algorithm 14.42). Transforms of
// n = rows x columns points are two matrix products and a twiddle between them (four-step method, Bailey 1990).
// Every sum stays below 2^31. Left out: speed on such machines; ciphertexts.
import { Random } from "calculemus/base";
import type { Claim, ClaimContext, ClaimResult } from "calculemus/claims";

export function toBytes(n: bigint, length: number): Uint8Array {
  const bytes = new Uint8Array(length);
  for (let i = 0; i < length; i++, n >>= 8n) bytes[i] = Number(n & 255n);
  return bytes;
}

export function fromBytes(bytes: ArrayLike<number>): bigint {
  let n = 0n;
  for (let i = bytes.length - 1; i >= 0; i--) n = (n << 8n) | BigInt(bytes[i]);
  return n;
}

/** Arithmetic modulo q in bytes. Counts the 8-bit products it does. */
export class ByteModulus {
  readonly q: bigint;
  /** Bytes of q. */
  readonly width: number;
  products = 0;
  readonly #modulus: Uint8Array;
  readonly #reciprocal: Uint8Array;
  readonly #columns: Int32Array;
  readonly #wide: Uint8Array;
  readonly #quotient: Uint8Array;
  readonly #multiple: Uint8Array;

  constructor(q: bigint) {
    this.q = q;
    this.width = Math.ceil(q.toString(2).length / 8);
    const k = this.width;
    this.#modulus = toBytes(q, k);
    this.#reciprocal = toBytes((1n << BigInt(16 * k)) / q, k + 1);
    this.#columns = new Int32Array(2 * k + 6);
    this.#wide = new Uint8Array(2 * k);
    this.#quotient = new Uint8Array(2 * k + 2);
    this.#multiple = new Uint8Array(2 * k + 2);
  }

  /** out = x[from ..] * y, schoolbook: columns of products in 32 bits, then carries. */
  #multiply(x: Uint8Array, from: number, y: Uint8Array, out: Uint8Array): void {
    const [m, n] = [x.length - from, y.length];
    const columns = this.#columns;
    columns.fill(0, 0, m + n);
    for (let i = 0; i < m; i++) {
      const digit = x[from + i];
      for (let j = 0; j < n; j++) columns[i + j] += digit * y[j];
    }
    this.products += m * n;
    carry(columns, m + n, out);
  }

  /** out = wide mod q for wide < 256^(2 width); Barrett. */
  reduce(wide: Uint8Array, out: Uint8Array): void {
    const k = this.width;
    this.#multiply(wide, k - 1, this.#reciprocal, this.#quotient);
    const estimate = this.#quotient.subarray(k + 1, 2 * k + 2);
    this.#multiply(estimate, 0, this.#modulus, this.#multiple);
    // rest = wide - multiple modulo 256^(k+1); it is below 3 q.
    const rest = this.#quotient;
    let borrow = 0;
    for (let i = 0; i <= k; i++) {
      const d = (i < wide.length ? wide[i] : 0) - this.#multiple[i] - borrow;
      borrow = d < 0 ? 1 : 0;
      rest[i] = d & 255;
    }
    while (this.#atLeast(rest)) {
      borrow = 0;
      for (let i = 0; i <= k; i++) {
        const d = rest[i] - (i < k ? this.#modulus[i] : 0) - borrow;
        borrow = d < 0 ? 1 : 0;
        rest[i] = d & 255;
      }
    }
    for (let i = 0; i < k; i++) out[i] = rest[i];
  }

  /** Whether the lowest width + 1 bytes are at least q. */
  #atLeast(rest: Uint8Array): boolean {
    if (rest[this.width] !== 0) return true;
    for (let i = this.width - 1; i >= 0; i--) if (rest[i] !== this.#modulus[i]) return rest[i] > this.#modulus[i];
    return true;
  }

  /** out = x y mod q. */
  multiply(x: Uint8Array, y: Uint8Array, out: Uint8Array): void {
    this.#multiply(x, 0, y, this.#wide);
    this.reduce(this.#wide, out);
  }

  /** out = sum_j sums[from + j] 256^j mod q for `width` sums of 32 bits. Needs width >= 4. */
  gather(sums: Int32Array, from: number, out: Uint8Array): void {
    const k = this.width;
    const columns = this.#columns;
    columns.fill(0, 0, 2 * k);
    for (let j = 0; j < k; j++) columns[j] = sums[from + j];
    carry(columns, 2 * k, this.#wide);
    this.reduce(this.#wide, out);
  }

  /** Bytes of factor * 256^i mod q in column i: element (j, i) at j * stride + i of `into`, from `at`. */
  expand(factor: bigint, into: Uint8Array, at: number, stride: number): void {
    const k = this.width;
    for (let i = 0; i < k; i++) {
      let rest = (factor << BigInt(8 * i)) % this.q;
      for (let j = 0; j < k; j++, rest >>= 8n) into[at + j * stride + i] = Number(rest & 255n);
    }
  }
}

/** Passes carries on: columns of 31 bits become bytes. */
function carry(columns: Int32Array, length: number, out: Uint8Array): void {
  let rest = 0;
  for (let i = 0; i < length; i++) {
    // The carry is below 2^23 and a column below 2^31 - 2^23.
    rest += columns[i];
    out[i] = rest & 255;
    rest >>>= 8;
  }
}

/** c (m x n) = a (m x p) b (p x n), bytes in, 32-bit sums out: what a matrix unit of 8-bit products does. p <= 32,000. */
export function byteMatrixProduct(a: Uint8Array, b: Uint8Array, m: number, p: number, n: number): Int32Array {
  const c = new Int32Array(m * n);
  for (let i = 0; i < m; i++)
    for (let l = 0; l < p; l++) {
      const x = a[i * p + l];
      for (let j = 0; j < n; j++) c[i * n + j] += x * b[l * n + j];
    }
  return c;
}

export function powerMod(base: bigint, exponent: bigint, q: bigint): bigint {
  let result = 1n;
  for (base %= q; exponent > 0n; exponent >>= 1n, base = (base * base) % q)
    if (exponent & 1n) result = (result * base) % q;
  return result;
}

/** Miller and Rabin with the first 12 primes: right below 2^64 (Sorenson, Webster 2015). */
export function isPrime(n: bigint): boolean {
  const bases = [2n, 3n, 5n, 7n, 11n, 13n, 17n, 19n, 23n, 29n, 31n, 37n];
  if (n < 2n) return false;
  for (const p of bases) if (n % p === 0n) return n === p;
  let [d, s] = [n - 1n, 0];
  while ((d & 1n) === 0n) [d, s] = [d >> 1n, s + 1];
  return bases.every((a) => {
    let x = powerMod(a, d, n);
    if (x === 1n || x === n - 1n) return true;
    for (let i = 1; i < s; i++) if ((x = (x * x) % n) === n - 1n) return true;
    return false;
  });
}

/** The largest prime below 2^bits that is 1 modulo `order` (a power of two). */
export function primeBelow(bits: number, order: bigint): bigint {
  let q = (((1n << BigInt(bits)) - 2n) / order) * order + 1n;
  while (!isPrime(q)) q -= order;
  return q;
}

/** A root of unity of order n, a power of two that divides q - 1. */
export function rootOfUnity(n: bigint, q: bigint): bigint {
  for (let g = 2n; ; g++) {
    const root = powerMod(g, (q - 1n) / n, q);
    if (powerMod(root, n / 2n, q) === q - 1n) return root;
  }
}

/** The transform X_k = sum_j x_j root^(j k) modulo q of rows * columns points, as matrix products of bytes. */
export class ByteTransform {
  readonly n: number;
  readonly #modulus: ByteModulus;
  readonly #rows: number;
  readonly #columns: number;
  readonly #first: Uint8Array;
  readonly #second: Uint8Array;
  readonly #twiddles: Uint8Array;

  constructor(modulus: ByteModulus, rows: number, columns: number, root: bigint) {
    this.n = rows * columns;
    [this.#modulus, this.#rows, this.#columns] = [modulus, rows, columns];
    const { q, width } = modulus;
    const matrix = (size: number, base: bigint): Uint8Array => {
      const bytes = new Uint8Array((size * width) ** 2);
      const stride = size * width;
      for (let i = 0; i < size; i++)
        for (let j = 0; j < size; j++)
          modulus.expand(powerMod(base, BigInt(i * j), q), bytes, i * width * stride + j * width, stride);
      return bytes;
    };
    this.#first = matrix(rows, powerMod(root, BigInt(columns), q));
    this.#second = matrix(columns, powerMod(root, BigInt(rows), q));
    this.#twiddles = new Uint8Array(this.n * width * width);
    for (let r = 0; r < rows; r++)
      for (let c = 0; c < columns; c++)
        modulus.expand(powerMod(root, BigInt(r * c), q), this.#twiddles, (r * columns + c) * width * width, width);
  }

  /** size x other residues (element (i, j) at get(i, j)) from the left by the matrix; results go to put. */
  #apply(
    matrix: Uint8Array,
    size: number,
    other: number,
    input: Uint8Array,
    at: (i: number, j: number) => number,
  ): Uint8Array {
    const { width } = this.#modulus;
    const data = new Uint8Array(size * width * other);
    for (let i = 0; i < size; i++)
      for (let j = 0; j < other; j++)
        for (let b = 0; b < width; b++) data[(i * width + b) * other + j] = input[at(i, j) * width + b];
    const sums = byteMatrixProduct(matrix, data, size * width, size * width, other);
    this.#modulus.products += (size * width) ** 2 * other;
    const out = new Uint8Array(this.n * width);
    const own = new Int32Array(width);
    for (let i = 0; i < size; i++)
      for (let j = 0; j < other; j++) {
        for (let b = 0; b < width; b++) own[b] = sums[(i * width + b) * other + j];
        const place = at(i, j) * width;
        this.#modulus.gather(own, 0, out.subarray(place, place + width));
      }
    return out;
  }

  /** Residues in and out, `width` bytes each, in natural order. */
  apply(x: Uint8Array): Uint8Array {
    const { width } = this.#modulus;
    const [R, C] = [this.#rows, this.#columns];
    // x_j with j = j1 C + j2; X_k with k = k1 + R k2.
    const columnwise = this.#apply(this.#first, R, C, x, (i, j) => i * C + j);
    const sums = new Int32Array(width);
    for (let t = 0; t < this.n; t++) {
      const place = t * width;
      for (let b = 0; b < width; b++) {
        sums[b] = 0;
        for (let i = 0; i < width; i++) sums[b] += this.#twiddles[(t * width + b) * width + i] * columnwise[place + i];
      }
      this.#modulus.products += width * width;
      this.#modulus.gather(sums, 0, columnwise.subarray(place, place + width));
    }
    const rowwise = this.#apply(this.#second, C, R, columnwise, (i, j) => j * C + i);
    // rowwise holds (k1, k2) at k1 C + k2.
    const out = new Uint8Array(x.length);
    for (let k1 = 0; k1 < R; k1++)
      for (let k2 = 0; k2 < C; k2++)
        for (let b = 0; b < width; b++) out[(k1 + R * k2) * width + b] = rowwise[(k1 * C + k2) * width + b];
    return out;
  }
}

/** The transform from its definition, in BigInt. */
export function directTransform(x: readonly bigint[], root: bigint, q: bigint): bigint[] {
  const powers = x.map((_, i) => powerMod(root, BigInt(i), q));
  return x.map((_, k) => x.reduce((sum, value, j) => sum + value * powers[(j * k) % x.length], 0n) % q);
}

const words = (random: Random, bits: number): bigint => {
  let n = 0n;
  for (let have = 0; have < bits; have += 32) n = (n << 32n) | BigInt(Math.floor(random.next() * 2 ** 32));
  return n;
};

export interface Sizes {
  /** Random products by bits of the modulus. */
  readonly cases: readonly (readonly [bits: number, count: number])[];
  /** Transforms: bits of the prime, rows, columns. */
  readonly transforms: readonly (readonly [bits: number, rows: number, columns: number])[];
}

const FULL: Sizes = {
  cases: [
    [28, 200_000],
    [29, 200_000],
    [30, 200_000],
    [31, 200_000],
    [32, 200_000],
    [60, 50_000],
    [128, 10_000],
    [256, 5000],
  ],
  transforms: [
    [28, 16, 16],
    [32, 16, 32],
    [60, 16, 16],
  ],
};

/** Random products, compared with BigInt: differences, 8-bit products of each, and nanoseconds of each of both. */
export function compareProducts(
  bits: number,
  count: number,
): { wrong: number; products: number; bytes: number; bigint: number } {
  const random = new Random(28, bits);
  const q = bits <= 64 ? primeBelow(bits, 2048n) : words(random, bits) | (1n << BigInt(bits - 1)) | 1n;
  const modulus = new ByteModulus(q);
  const k = modulus.width;
  const [xs, ys, outs] = [0, 1, 2].map(() => Array.from({ length: count }, () => new Uint8Array(k)));
  const big = Array.from({ length: count }, (_, i) => {
    // The edges first: 0, 1, q - 1 by each other.
    const edges = [0n, 1n, q - 1n];
    const pair = i < 9 ? [edges[i % 3], edges[Math.floor(i / 3)]] : [words(random, bits + 32) % q, words(random, bits + 32) % q]; // oxfmt-ignore
    xs[i].set(toBytes(pair[0], k));
    ys[i].set(toBytes(pair[1], k));
    return pair as [bigint, bigint];
  });
  const begin = performance.now();
  for (let i = 0; i < count; i++) modulus.multiply(xs[i], ys[i], outs[i]);
  const middle = performance.now();
  const wanted = big.map(([x, y]) => (x * y) % q);
  const end = performance.now();
  const wrong = wanted.filter((value, i) => value !== fromBytes(outs[i])).length;
  return {
    wrong,
    products: modulus.products / count,
    bytes: ((middle - begin) * 1e6) / count,
    bigint: ((end - middle) * 1e6) / count,
  };
}

/** A transform of random residues: residues unlike the definition's, residues that the inverse does not recover, counts, times. */
export function compareTransform(
  bits: number,
  rows: number,
  columns: number,
): { n: number; wrong: number; lost: number; products: number; bytes: number; bigint: number; q: bigint } {
  const n = rows * columns;
  const q = primeBelow(bits, 2n * BigInt(n));
  const root = rootOfUnity(BigInt(n), q);
  const modulus = new ByteModulus(q);
  const { width } = modulus;
  const forward = new ByteTransform(modulus, rows, columns, root);
  const backward = new ByteTransform(modulus, rows, columns, powerMod(root, q - 2n, q));
  const random = new Random(29, bits * 4096 + n);
  const x = Array.from({ length: n }, () => words(random, bits + 32) % q);
  const bytes = new Uint8Array(n * width);
  x.forEach((value, i) => bytes.set(toBytes(value, width), i * width));
  modulus.products = 0;
  const begin = performance.now();
  const transformed = forward.apply(bytes);
  const middle = performance.now();
  const { products } = modulus;
  const wanted = directTransform(x, root, q);
  const end = performance.now();
  const residue = (list: Uint8Array, i: number): bigint => fromBytes(list.subarray(i * width, (i + 1) * width));
  const back = backward.apply(transformed);
  const scale = powerMod(BigInt(n), q - 2n, q);
  return {
    n,
    q,
    products,
    wrong: wanted.filter((value, i) => value !== residue(transformed, i)).length,
    lost: x.filter((value, i) => value !== (residue(back, i) * scale) % q).length,
    bytes: middle - begin,
    bigint: end - middle,
  };
}

export async function run(context: ClaimContext, sizes: Sizes = FULL): Promise<ClaimResult> {
  const { machine } = context;
  const products = sizes.cases.map(([bits, count]) => ({ bits, count, ...compareProducts(bits, count) }));
  context.log("products compared");
  const transforms = sizes.transforms.map(([bits, rows, columns]) => ({
    bits, rows, columns, ...compareTransform(bits, rows, columns),
  })); // oxfmt-ignore
  const total = products.reduce((sum, each) => sum + each.count, 0);
  const wrong = products.reduce((sum, each) => sum + each.wrong, 0);
  const bad = transforms.reduce((sum, each) => sum + each.wrong + each.lost, 0);
  return {
    verdict: wrong === 0 && bad === 0 ? "shown" : "refuted",
    summary: `${total} modular products of ${products[0].bits} to ${products.at(-1)!.bits} bits from 8-bit products: ${wrong} differ from BigInt; transforms of ${transforms.map((each) => `${each.n} points (${each.bits} bits)`).join(", ")}: ${bad} residues differ from the definition or are not recovered`,
    evidence: [
      ...products.map((each) => {
        const k = Math.ceil(each.bits / 8);
        return {
          statement: `${each.count} products modulo a ${each.bits}-bit number: ${each.wrong} differ; ${each.products} 8-bit products each (schoolbook product alone ${k * k}); ${each.bytes.toFixed(0)} ns beside ${each.bigint.toFixed(0)} ns with BigInt`,
          grade: "sampled" as const,
          bound: each.wrong,
          unit: "differences",
          method: "random residues (Philox) and the edges 0, 1, q - 1, against BigInt",
          measured: { products: each.products, nanoseconds: each.bytes, bigintNanoseconds: each.bigint },
          machine,
        };
      }),
      ...transforms.map((each) => {
        const k = Math.ceil(each.bits / 8);
        const butterflies = (each.n / 2) * Math.log2(each.n);
        return {
          statement: `transform of ${each.n} = ${each.rows} x ${each.columns} points modulo ${each.q}: ${each.wrong} residues differ from the definition, ${each.lost} are not recovered by the inverse; ${each.products} 8-bit products (by the definition ${each.n ** 2 * k * k} without reductions, by radix-2 butterflies ${butterflies * (k * k + (k + 1) ** 2 + (k + 1) * k)}); ${each.bytes.toFixed(1)} ms, the definition in BigInt ${each.bigint.toFixed(1)} ms`,
          grade: "sampled" as const,
          bound: each.wrong + each.lost,
          unit: "differences",
          method: "one vector of random residues (Philox), every output compared with the definition in BigInt",
          measured: { products: each.products, milliseconds: each.bytes, bigintMilliseconds: each.bigint },
          machine,
        };
      }),
    ],
  };
}

export const claim: Claim = {
  id: "cross-he",
  title: "Modular products and number-theoretic transforms from 8-bit products",
  source: "Tong, Dang, Hu et al. 2025, Leveraging ASIC AI Chips for Homomorphic Encryption (arXiv 2501.07047).",
  statement:
    "A million products modulo primes of 28 to 32 bits, and wider ones, and transforms as matrix products, all from products of bytes summed in 32 bits, agree with BigInt. Exactness and counts of products; the speed of the paper is that of another machine.",
  run: (context) => run(context),
};
