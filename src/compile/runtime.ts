// Runtime: a WebAssembly memory that kernels run in, with an allocator of slices. Memories have a fixed size and never grow, so
// views stay valid as long as the runtime (growing would detach them); untouched pages cost address space only.
// Memories are pooled in the process, because engines allow only some ten thousand (docs/decisions/0102-memories-of-fixed-size.md).
// A shared memory can be used by several threads at once (threads.ts). `Runtime.of` finds the runtime of an array.
// Left out: freeing single slices (use `mark` and `release`), 64-bit memories.
import { Failure } from "../base/index.ts";

const PAGE = 65_536;
/** Smallest memory, and the size if none is asked for, in bytes. */
const SMALLEST = 1 << 20;
export const DEFAULT_BYTES = 64 << 20;
/** Free memories kept for later; further ones are left to the garbage collector. */
const POOL = 8;
/** The first bytes are never handed out, so that address 0 is nobody's. */
const FIRST = 64;

interface Pooled {
  readonly memory: WebAssembly.Memory;
  readonly shared: boolean;
  /** Bytes below this may be other than zero. */
  readonly dirty: number;
}

const pool: Pooled[] = [];
let created = 0;

/** Memories created in this process, and those waiting in the pool. */
export function memoryCounts(): { created: number; pooled: number } {
  return { created, pooled: pool.length };
}

function take(bytes: number, shared: boolean): Pooled {
  let best = -1;
  for (let k = 0; k < pool.length; k++) {
    const size = pool[k].memory.buffer.byteLength;
    if (pool[k].shared === shared && size >= bytes && (best < 0 || size < pool[best].memory.buffer.byteLength))
      best = k;
  }
  if (best >= 0) return pool.splice(best, 1)[0];
  const pages = Math.ceil(bytes / PAGE);
  try {
    const memory = new WebAssembly.Memory({ initial: pages, maximum: pages, shared });
    created++;
    return { memory, shared, dirty: 0 };
  } catch (cause) {
    throw new Failure("limit", `the engine gives no memory of ${pages * PAGE} bytes`, {
      hint: "dispose of runtimes that are done, or ask for fewer bytes",
      cause,
    });
  }
}

export interface RuntimeOptions {
  /** Capacity in bytes, at most 4 GiB; default 64 MiB. */
  readonly bytes?: number;
  /** For use by several threads; its arrays lie in a SharedArrayBuffer. Default false. */
  readonly shared?: boolean;
}

/** Live runtimes by their memory. */
const runtimes = new WeakMap<ArrayBufferLike, WeakRef<Runtime>>();

/** A memory and its slices; give it back with `dispose()`. */
export class Runtime {
  #memory: WebAssembly.Memory | undefined;
  /** Next free byte. */
  #next = FIRST;
  /** Bytes below this may be other than zero. */
  #dirty: number;
  /** Can several threads use it? */
  readonly shared: boolean;

  constructor({ bytes = DEFAULT_BYTES, shared = false }: RuntimeOptions = {}) {
    if (!(bytes >= 0 && bytes <= 65_536 * PAGE))
      throw new Failure("limit", `a runtime of ${bytes} bytes: a memory has from 0 bytes to 4 GiB`);
    if (shared && typeof SharedArrayBuffer !== "function")
      throw new Failure("unsupported", "there are no shared memories here", {
        hint: "browsers have them on pages with the headers Cross-Origin-Opener-Policy: same-origin and Cross-Origin-Embedder-Policy: require-corp",
      });
    const { memory, dirty } = take(Math.max(bytes + FIRST, SMALLEST), shared);
    this.#memory = memory;
    this.#dirty = dirty;
    this.shared = shared;
    runtimes.set(memory.buffer, new WeakRef(this));
  }

  /** The runtime in whose memory the array lies; undefined for arrays elsewhere. */
  static of(array: ArrayBufferView): Runtime | undefined {
    return runtimes.get(array.buffer)?.deref();
  }

  /** A runtime with room for slices of these lengths (and nothing more is promised). */
  static for(needs: { readonly f64?: number; readonly i32?: number; readonly slices?: number }): Runtime {
    return new Runtime({ bytes: 8 * (needs.f64 ?? 0) + 4 * (needs.i32 ?? 0) + 16 * (needs.slices ?? 64) + FIRST });
  }

  get memory(): WebAssembly.Memory {
    if (!this.#memory) throw new Failure("usage", "this runtime has been disposed of");
    return this.#memory;
  }

  get disposed(): boolean {
    return this.#memory === undefined;
  }

  /** Bytes in use and in all. */
  get used(): number {
    return this.#next;
  }

  get capacity(): number {
    return this.memory.buffer.byteLength;
  }

  /** A slice of zeros; its `byteOffset` is the address that kernels take. Aligned to 16 bytes. */
  f64(length: number): Float64Array<ArrayBuffer> {
    return new Float64Array(this.memory.buffer as ArrayBuffer, this.#allocate(length, 8), length);
  }

  f32(length: number): Float32Array<ArrayBuffer> {
    return new Float32Array(this.memory.buffer as ArrayBuffer, this.#allocate(length, 4), length);
  }

  i64(length: number): BigInt64Array<ArrayBuffer> {
    return new BigInt64Array(this.memory.buffer as ArrayBuffer, this.#allocate(length, 8), length);
  }

  i32(length: number): Int32Array<ArrayBuffer> {
    return new Int32Array(this.memory.buffer as ArrayBuffer, this.#allocate(length, 4), length);
  }

  i16(length: number): Int16Array<ArrayBuffer> {
    return new Int16Array(this.memory.buffer as ArrayBuffer, this.#allocate(length, 2), length);
  }

  u16(length: number): Uint16Array<ArrayBuffer> {
    return new Uint16Array(this.memory.buffer as ArrayBuffer, this.#allocate(length, 2), length);
  }

  i8(length: number): Int8Array<ArrayBuffer> {
    return new Int8Array(this.memory.buffer as ArrayBuffer, this.#allocate(length, 1), length);
  }

  u8(length: number): Uint8Array<ArrayBuffer> {
    return new Uint8Array(this.memory.buffer as ArrayBuffer, this.#allocate(length, 1), length);
  }

  /** The slices made after `mark()` are given back by `release(mark)`; their views must not be used again. */
  mark(): number {
    return this.#next;
  }

  release(mark: number): void {
    if (!(mark >= FIRST && mark <= this.#next))
      throw new Failure("usage", `release(${mark}): not a mark of this runtime`);
    this.#dirty = Math.max(this.#dirty, this.#next);
    this.#next = mark;
  }

  /** Gives the memory back for reuse; slices and kernels of this runtime must not be used again. */
  dispose(): void {
    if (!this.#memory) return;
    runtimes.delete(this.#memory.buffer);
    if (pool.length < POOL)
      pool.push({ memory: this.#memory, shared: this.shared, dirty: Math.max(this.#dirty, this.#next) });
    this.#memory = undefined;
  }

  #allocate(length: number, width: number): number {
    const { buffer } = this.memory;
    const bytes = length * width;
    const start = Math.ceil(this.#next / 16) * 16;
    if (!(length >= 0 && Number.isInteger(length))) throw new Failure("usage", `a slice of ${length} elements`);
    if (start + bytes > buffer.byteLength)
      throw new Failure(
        "limit",
        `a slice of ${bytes} bytes does not fit: ${start} of ${buffer.byteLength} bytes are in use`,
        { hint: "create the runtime with more `bytes`" },
      );
    if (start < this.#dirty) new Uint8Array(buffer, start, Math.min(bytes, this.#dirty - start)).fill(0);
    this.#next = start + bytes;
    return start;
  }
}
