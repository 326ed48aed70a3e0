// Claim fp32-or-death: greedy decoding depends on the batch size, because kernels add in another order for another batch size;
// in bfloat16 the answers part, in binary32 rarely, with reproducible sums never (Yuan et al. 2025).
// A decoder-only transformer with random weights (Philox): two layers, two heads, pre-norm, a ReLU network. Every dot product,
// mean, variance and softmax denominator goes through one `reduce`, whose order is that of the batch size: partial sums over
// blocks of the inner dimension, as split-K kernels do. Nothing else of batching matters to a row, and nothing else is modelled.
// Left out: trained models, sampling, GPUs; accuracy on tasks, and the figure of the paper on it.
import { Random } from "calculemus/base";
import { exactDot, exactSum } from "calculemus/number";
import type { Claim, ClaimContext, ClaimResult } from "calculemus/claims";

const double = new Float64Array(1);
const words = new Uint32Array(double.buffer);
const HIGH = new Uint8Array(new Uint16Array([1]).buffer)[0] === 1 ? 1 : 0;
const BF16_MAX = (2 - 2 ** -7) * 2 ** 127;

/**
 * x rounded to bfloat16, nearest even, from the double in one step: with s = 2^floor(log2 |x|), at least 2^-126, adding and
 * subtracting 3 s 2^44 rounds to multiples of s 2^-7.
 */
export function bfloat16(x: number): number {
  double[0] = x;
  const exponent = (words[HIGH] >>> 20) & 0x7ff;
  if (exponent >= 1023 + 128) return Number.isNaN(x) ? x : Math.sign(x) * Infinity;
  words[HIGH] = Math.max(exponent, 1023 - 126) << 20;
  words[1 - HIGH] = 0;
  const M = 3 * 2 ** 44 * double[0];
  const y = x + M - M;
  if (y === 0) return x < 0 || Object.is(x, -0) ? -0 : 0;
  return Math.abs(y) > BF16_MAX ? Math.sign(y) * Infinity : y;
}

/** Lengths of the blocks that partial sums run over, by batch size. */
const BLOCK_OF_BATCH: Readonly<Record<number, number>> = { 1: 4, 2: 8, 4: 16, 8: 32, 16: 64 };
export const BATCHES = Object.keys(BLOCK_OF_BATCH).map(Number);

/** How numbers are stored, multiplied and added. */
export interface Arithmetic {
  readonly name: string;
  /** Rounding of weights, and of what an operation stores. */
  readonly weight: (x: number) => number;
  readonly store: (x: number) => number;
  /** sum_i x_i y_i (y absent: sum_i x_i), in blocks of the given length, rounded as it goes. */
  readonly reduce: (x: Float64Array, y: Float64Array | undefined, block: number) => number;
}

/** Products and partial sums rounded by `round`. */
function blocked(round: (x: number) => number): Arithmetic["reduce"] {
  return (x, y, block) => {
    let total = 0;
    for (let start = 0; start < x.length; start += block) {
      const end = Math.min(start + block, x.length);
      let part = 0;
      for (let i = start; i < end; i++) part = round(part + (y === undefined ? x[i] : round(x[i] * y[i])));
      total = round(total + part);
    }
    return total;
  };
}

export const ARITHMETICS: readonly Arithmetic[] = [
  { name: "bf16", weight: bfloat16, store: bfloat16, reduce: blocked(bfloat16) },
  { name: "bf16 with f32 sums", weight: bfloat16, store: bfloat16, reduce: blocked(Math.fround) },
  { name: "bf16 storage, f32 arithmetic", weight: bfloat16, store: Math.fround, reduce: blocked(Math.fround) },
  { name: "f32", weight: Math.fround, store: Math.fround, reduce: blocked(Math.fround) },
  {
    name: "f32, reproducible sums",
    weight: Math.fround,
    store: Math.fround,
    reduce: (x, y) => Math.fround(y === undefined ? exactSum(x) : exactDot(x, y)),
  },
];

/** Sizes of the network. */
const VOCABULARY = 64;
const WIDTH = 64;
const HEADS = 2;
const LAYERS = 2;
const INNER = 128;
/** Random networks are nearly linear at small weights; this gain makes attention and logits sharp enough to choose. */
const GAIN = 1.5;

interface Layer {
  readonly q: Float64Array[];
  readonly k: Float64Array[];
  readonly v: Float64Array[];
  readonly o: Float64Array[];
  readonly up: Float64Array[];
  readonly down: Float64Array[];
}

export interface Network {
  readonly embedding: Float64Array[];
  readonly positions: Float64Array[];
  readonly layers: Layer[];
  readonly head: Float64Array[];
}

/** Random weights in doubles, rows of matrices. */
export function network(seed: number, length: number): Network {
  let stream = 0;
  const matrix = (rows: number, columns: number, scale: number): Float64Array[] => {
    const random = new Random(seed, stream++);
    // A sum of four uniforms is close to a normal variable of variance 1/3.
    const normal = (): number => (random.next() + random.next() + random.next() + random.next() - 2) * Math.sqrt(3);
    return Array.from({ length: rows }, () => Float64Array.from({ length: columns }, () => normal() * scale));
  };
  const scale = GAIN / Math.sqrt(WIDTH);
  return {
    embedding: matrix(VOCABULARY, WIDTH, 1),
    positions: matrix(length, WIDTH, 0.5),
    layers: Array.from({ length: LAYERS }, () => ({
      q: matrix(WIDTH, WIDTH, scale),
      k: matrix(WIDTH, WIDTH, scale),
      v: matrix(WIDTH, WIDTH, scale),
      o: matrix(WIDTH, WIDTH, scale),
      up: matrix(INNER, WIDTH, scale),
      down: matrix(WIDTH, INNER, GAIN / Math.sqrt(INNER)),
    })),
    head: matrix(VOCABULARY, WIDTH, scale),
  };
}

/** The network with its weights rounded as the arithmetic stores them. */
function rounded(net: Network, { weight }: Arithmetic): Network {
  const rows = (matrix: Float64Array[]): Float64Array[] => matrix.map((row) => row.map(weight));
  return {
    embedding: rows(net.embedding),
    positions: rows(net.positions),
    layers: net.layers.map(({ q, k, v, o, up, down }) => ({
      q: rows(q), k: rows(k), v: rows(v), o: rows(o), up: rows(up), down: rows(down),
    })), // oxfmt-ignore
    head: rows(net.head),
  };
}

export interface Decoded {
  readonly tokens: number[];
  /** Logits of every decoded token. */
  readonly logits: Float64Array[];
}

/** Greedy decoding of `count` tokens after the prompt, one row of a batch. */
export function decode(
  net: Network,
  prompt: readonly number[],
  count: number,
  arithmetic: Arithmetic,
  block: number,
): Decoded {
  // oxfmt-ignore
  const { store, reduce } = arithmetic;
  const times = (matrix: Float64Array[], x: Float64Array): Float64Array =>
    Float64Array.from(matrix, (row) => store(reduce(row, x, block)));
  const add = (x: Float64Array, y: Float64Array): Float64Array => x.map((each, i) => store(each + y[i]));
  const normalise = (x: Float64Array): Float64Array => {
    const mean = store(reduce(x, undefined, block) / x.length);
    const centred = x.map((each) => store(each - mean));
    const variance = store(reduce(centred, centred, block) / x.length);
    const scale = store(1 / Math.sqrt(variance + 1e-5));
    return centred.map((each) => store(each * scale));
  };
  const size = WIDTH / HEADS;
  const keys = net.layers.map((): Float64Array[][] => Array.from({ length: HEADS }, () => []));
  const values = net.layers.map((): Float64Array[][] => Array.from({ length: HEADS }, () => []));
  const attend = (layer: number, q: Float64Array): Float64Array => {
    const out = new Float64Array(WIDTH);
    for (let h = 0; h < HEADS; h++) {
      const own = q.subarray(h * size, (h + 1) * size);
      const scores = Float64Array.from(keys[layer][h], (key) => store(reduce(key, own, block) / Math.sqrt(size)));
      const most = scores.reduce((a, b) => Math.max(a, b), -Infinity);
      const powers = scores.map((each) => store(Math.exp(each - most)));
      const total = store(reduce(powers, undefined, block));
      const weights = powers.map((each) => store(each / total));
      for (let i = 0; i < size; i++) {
        const column = Float64Array.from(values[layer][h], (value) => value[i]);
        out[h * size + i] = store(reduce(column, weights, block));
      }
    }
    return out;
  };
  const step = (token: number, position: number): Float64Array => {
    let x: Float64Array = add(net.embedding[token], net.positions[position]);
    net.layers.forEach((layer, l) => {
      const y = normalise(x);
      const [k, v] = [times(layer.k, y), times(layer.v, y)];
      for (let h = 0; h < HEADS; h++) {
        keys[l][h].push(k.subarray(h * size, (h + 1) * size));
        values[l][h].push(v.subarray(h * size, (h + 1) * size));
      }
      x = add(x, times(layer.o, attend(l, times(layer.q, y))));
      const inner = times(layer.up, normalise(x)).map((each) => Math.max(each, 0));
      x = add(x, times(layer.down, inner));
    });
    return times(net.head, normalise(x));
  };
  let logits: Float64Array = new Float64Array(0);
  prompt.forEach((token, position) => (logits = step(token, position)));
  const decoded: Decoded = { tokens: [], logits: [] };
  for (let t = 0; t < count; t++) {
    let best = 0;
    for (let i = 1; i < VOCABULARY; i++) if (logits[i] > logits[best]) best = i;
    decoded.tokens.push(best);
    decoded.logits.push(logits);
    if (t + 1 < count) logits = step(best, prompt.length + t);
  }
  return decoded;
}

export interface Sizes {
  readonly prompts: number;
  readonly promptLength: number;
  readonly decoded: number;
}

const FULL: Sizes = { prompts: 12, promptLength: 8, decoded: 32 };

export interface Divergence {
  readonly name: string;
  /** Sequences of another batch size than 1, those that differ from batch size 1, and the mean place of the first difference. */
  readonly sequences: number;
  readonly diverged: number;
  readonly firstDifference: number;
  /** Tokens that differ, of all. */
  readonly tokens: number;
  readonly allTokens: number;
  /** Logits that differ up to and including the first token that does, of all compared; their largest difference. */
  readonly logits: number;
  readonly allLogits: number;
  readonly largest: number;
}

/** Decodes the same prompts at every batch size and compares with batch size 1. */
export function divergence(arithmetic: Arithmetic, sizes: Sizes, seed: number): Divergence {
  const { prompts, promptLength, decoded: count } = sizes;
  const net = rounded(network(seed, promptLength + count), arithmetic);
  const random = new Random(seed, 999);
  const texts = Array.from({ length: prompts }, () =>
    Array.from({ length: promptLength }, () => Math.floor(random.next() * VOCABULARY)),
  );
  const runs = BATCHES.map((batch) => texts.map((text) => decode(net, text, count, arithmetic, BLOCK_OF_BATCH[batch])));
  let [diverged, places, tokens, logits, allLogits, largest] = [0, 0, 0, 0, 0, 0];
  for (const other of runs.slice(1))
    other.forEach((sequence, p) => {
      const base = runs[0][p];
      const first = sequence.tokens.findIndex((token, t) => token !== base.tokens[t]);
      if (first >= 0) {
        diverged++;
        places += first;
      }
      tokens += sequence.tokens.filter((token, t) => token !== base.tokens[t]).length;
      const last = first < 0 ? count : first + 1;
      for (let t = 0; t < last; t++)
        for (let i = 0; i < VOCABULARY; i++) {
          const gap = Math.abs(sequence.logits[t][i] - base.logits[t][i]);
          if (gap !== 0) logits++;
          if (!(gap <= largest)) largest = gap;
        }
      allLogits += last * VOCABULARY;
    });
  const sequences = (BATCHES.length - 1) * prompts;
  return {
    name: arithmetic.name,
    sequences,
    diverged,
    firstDifference: diverged === 0 ? Number.NaN : places / diverged,
    tokens,
    allTokens: sequences * count,
    logits,
    allLogits,
    largest,
  };
}

export async function run(context: ClaimContext, sizes: Sizes = FULL): Promise<ClaimResult> {
  const found = ARITHMETICS.map((arithmetic) => {
    const result = divergence(arithmetic, sizes, 32);
    context.log(`${arithmetic.name}: ${result.diverged} of ${result.sequences} sequences diverge`);
    return result;
  });
  const [bf16, , cast, f32, exact] = found;
  const rarely = (each: Divergence): boolean => each.diverged * 10 <= bf16.diverged;
  const shown = bf16.diverged > 0 && rarely(f32) && rarely(cast) && exact.tokens === 0 && exact.logits === 0;
  return {
    verdict: shown ? "shown" : "refuted",
    summary: `sequences that part from batch size 1: ${found.map((each) => `${each.diverged} of ${each.sequences} in ${each.name}`).join(", ")}`,
    evidence: found.map((each) => ({
      statement: `${each.name}: ${each.diverged} of ${each.sequences} sequences diverge${each.diverged > 0 ? `, at token ${each.firstDifference.toFixed(1)} on average` : ""}; ${each.tokens} of ${each.allTokens} tokens and ${each.logits} of ${each.allLogits} logits differ, by at most ${each.largest.toExponential(2)}`,
      grade: "sampled" as const,
      bound: each.diverged / each.sequences,
      unit: "part of the sequences",
      method: `${sizes.prompts} random prompts of ${sizes.promptLength} tokens, ${sizes.decoded} decoded, batch sizes ${BATCHES.join(", ")} (Philox, seed 32); logits compared up to the first token that differs`,
      measured: { diverged: each.diverged, tokens: each.tokens, logits: each.logits, largest: each.largest },
    })),
  };
}

export const claim: Claim = {
  id: "fp32-or-death",
  title: "Greedy decoding beside the batch size in bf16, f32 and reproducible arithmetic",
  source:
    "Yuan, Li, Ding et al. 2025, Give Me FP32 or Give Me Death? Challenges and Solutions for Reproducible Reasoning (arXiv 2506.09501).",
  statement:
    "With the order of summation that batch sizes 1 to 16 bring, sequences of a small random transformer diverge in bf16 with every operation rounded, at most a tenth as often in f32 and with bf16 storage and f32 arithmetic, and never, in no bit of a logit, with reproducible sums. bf16 with f32 sums, as GPUs multiply, is reported beside them and not part of the verdict.",
  run: (context) => run(context),
};
