// The schedule of a tape: which values are written inside the expression of their only user, which live in locals and which
// in scratch memory, and how the tape is cut into chunks (functions of bounded size, called in turn).
// Engines compile functions of a few thousand nodes well and huge ones badly or never (docs/decisions/0101-tapes-in-chunks.md).
// Both source-emitting targets share this schedule; operations are never reordered or changed, only placed.
// Left out: reordering units for locality, recomputing cheap values instead of spilling them.
import { Op, type Tape } from "./tape.ts";

/** Number of value operands by instruction code. */
export const ARITY = new Uint8Array(25);
for (const op of [Op.store, Op.neg, Op.sqrt, Op.abs, Op.floor, Op.ceil, Op.not, Op.call1]) ARITY[op] = 1;
for (const op of [Op.add, Op.sub, Op.mul, Op.div, Op.min, Op.max, Op.lt, Op.le, Op.eq, Op.ne, Op.and, Op.or, Op.call2])
  ARITY[op] = 2;
ARITY[Op.select] = 3;

/** Where a value lives. */
export const Place = {
  /** nothing needs it */ dead: 0,
  /** constants, scalars, loads: written again at every use */ leaf: 1,
  /** inside the expression of its only user */ inline: 2,
  /** local `slot` of its chunk */ local: 3,
  /** scratch memory, element `slot` */ scratch: 4,
  /** not a value */ store: 5,
} as const;

export interface Schedule {
  readonly place: Uint8Array;
  /** Local number within the chunk, or element of scratch memory. */
  readonly slot: Int32Array;
  /** Instructions that are statements (stores and values in locals or scratch), in order; chunk k is units[start[k]] ... units[start[k + 1] - 1]. */
  readonly units: Int32Array;
  readonly start: Int32Array;
  /** Number of locals of each chunk. */
  readonly locals: Int32Array;
  /** Needed elements of scratch memory. */
  readonly scratchLength: number;
  /** True if scalars are copied to the first elements of scratch memory, from where chunks read them. */
  readonly scalarsInScratch: boolean;
}

/** A statement's expression is cut when it has more nodes than this ... */
const UNIT_NODES = 250;
/** ... or needs more operands at a time than this. */
const UNIT_DEPTH = 24;

/** Values used later than this many instructions go to scratch memory: registers are few, and a spilled one costs as much. */
const LOCAL_SPAN = 100;

/** Schedules a tape in chunks of about `chunkNodes` nodes. */
export function schedule(tape: Tape, chunkNodes: number): Schedule {
  const { op, a, b, c } = tape;
  const n = op.length;
  // Uses of live values, backwards from the stores.
  const uses = new Int32Array(n);
  for (let i = n - 1; i >= 0; i--) {
    if (uses[i] === 0 && op[i] !== Op.store) continue;
    const arity = ARITY[op[i]];
    if (arity > 0) uses[a[i]]++;
    if (arity > 1) uses[b[i]]++;
    if (arity > 2) uses[c[i]]++;
  }
  // Size (nodes) and depth (operands held at a time) of each value's expression; long and deep ones are cut.
  const place = new Uint8Array(n);
  const size = new Int32Array(n);
  const depth = new Uint8Array(n);
  let unitCount = 0;
  for (let i = 0; i < n; i++) {
    const code = op[i];
    if (uses[i] === 0 && code !== Op.store) continue;
    const arity = ARITY[code];
    if (arity === 0) {
      place[i] = Place.leaf;
      continue;
    }
    // Most instructions have two operands that stand alone.
    if (code !== Op.store && arity === 2 && place[a[i]] !== Place.inline && place[b[i]] !== Place.inline) {
      size[i] = 3;
      depth[i] = 2;
      if (uses[i] > 1) {
        place[i] = Place.local;
        unitCount++;
      } else place[i] = Place.inline;
      continue;
    }
    let nodes = 1;
    let held = 1;
    for (let k = 0; k < arity; k++) {
      const v = k === 0 ? a[i] : k === 1 ? b[i] : c[i];
      if (place[v] !== Place.inline) {
        nodes++;
        if (held < k + 1) held = k + 1;
        continue;
      }
      if (k > 0 && k + depth[v] > UNIT_DEPTH) {
        place[v] = Place.local;
        unitCount++;
        nodes++;
        if (held < k + 1) held = k + 1;
        continue;
      }
      nodes += size[v];
      if (held < k + depth[v]) held = k + depth[v];
    }
    size[i] = nodes;
    depth[i] = held;
    if (code === Op.store) place[i] = Place.store;
    else if (uses[i] > 1 || nodes > UNIT_NODES) place[i] = Place.local;
    else {
      place[i] = Place.inline;
      continue;
    }
    unitCount++;
  }
  // Units in order, cut into chunks; `home` is the chunk in which an instruction is computed.
  const units = new Int32Array(unitCount);
  const home = new Int32Array(n);
  const starts: number[] = [0];
  let chunk = 0;
  let filled = 0;
  unitCount = 0;
  for (let i = 0; i < n; i++) {
    if (place[i] !== Place.local && place[i] !== Place.store) continue;
    if (filled > 0 && filled + size[i] > chunkNodes) {
      starts.push(unitCount);
      chunk++;
      filled = 0;
    }
    filled += size[i];
    home[i] = chunk;
    units[unitCount++] = i;
  }
  starts.push(unitCount);
  const start = Int32Array.from(starts);
  // Values needed by a later chunk go to scratch memory.
  const last = new Int32Array(n);
  for (let i = n - 1; i >= 0; i--) {
    if (place[i] === Place.dead || place[i] === Place.leaf) continue;
    const arity = ARITY[op[i]];
    const here = home[i];
    for (let k = 0; k < arity; k++) {
      const v = k === 0 ? a[i] : k === 1 ? b[i] : c[i];
      if (place[v] === Place.inline) home[v] = here;
      else if (place[v] === Place.local || place[v] === Place.scratch) {
        if (here !== home[v] || i - v > LOCAL_SPAN) place[v] = Place.scratch;
        if (here > last[v]) last[v] = here;
      }
    }
  }
  // Locals by chunk; elements of scratch memory are used again once the last chunk that reads them is over.
  const slot = new Int32Array(n);
  const chunks = chunk + 1;
  const locals = new Int32Array(chunks);
  const scalarsInScratch = chunks > 1 && tape.scalars.length > 0;
  let scratchLength = scalarsInScratch ? tape.scalars.length : 0;
  const free: number[] = [];
  const expiring: number[][] = [];
  for (let k = 0; k < chunks; k++) {
    const done = k > 0 ? expiring[k - 1] : undefined;
    if (done) for (let j = done.length - 1; j >= 0; j--) free.push(done[j]);
    for (let u = start[k]; u < start[k + 1]; u++) {
      const i = units[u];
      if (place[i] === Place.local) slot[i] = locals[k]++;
      else if (place[i] === Place.scratch) {
        slot[i] = free.length > 0 ? free.pop()! : scratchLength++;
        (expiring[last[i]] ??= []).push(slot[i]);
      }
    }
  }
  return { place, slot, units, start, locals, scratchLength, scalarsInScratch };
}
