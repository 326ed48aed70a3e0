// Bytes that come in pieces, unpacked where they are gzipped. DecompressionStream is in Node.js and in browsers.
import { Failure } from "../base/index.ts";

/** A stream of bytes: one of Node.js or of a browser, or anything that gives pieces. */
export type Chunks = AsyncIterable<Uint8Array> | Iterable<Uint8Array> | ReadableStream<Uint8Array>;

async function* plain(chunks: Chunks): AsyncGenerator<Uint8Array<ArrayBuffer>> {
  if (Symbol.asyncIterator in chunks || Symbol.iterator in chunks) {
    for await (const chunk of chunks as AsyncIterable<Uint8Array<ArrayBuffer>>) yield chunk;
    return;
  }
  const reader = (chunks as ReadableStream<Uint8Array<ArrayBuffer>>).getReader();
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return;
    yield value;
  }
}

/** The pieces, unpacked if the first two bytes are those of gzip. */
export async function* chunksOf(chunks: Chunks, source = "the stream"): AsyncGenerator<Uint8Array> {
  const pieces = plain(chunks);
  // The first pieces may be shorter than the mark.
  let head = new Uint8Array();
  while (head.length < 2) {
    const { done, value } = await pieces.next();
    if (done) break;
    const joined = new Uint8Array(head.length + value.length);
    joined.set(head);
    joined.set(value, head.length);
    head = joined;
  }
  async function* all(): AsyncGenerator<Uint8Array<ArrayBuffer>> {
    yield head;
    yield* pieces;
  }
  if (head[0] === 0x1f && head[1] === 0x8b) yield* gunzip(all(), source);
  else yield* all();
}

/** Unpacked bytes of a gzip stream. */
export async function* gunzip(
  packed: AsyncIterable<Uint8Array<ArrayBuffer>> | Iterable<Uint8Array<ArrayBuffer>>,
  source: string,
): AsyncGenerator<Uint8Array> {
  const stream = new DecompressionStream("gzip");
  const writer = stream.writable.getWriter();
  let trouble: unknown;
  const written = (async () => {
    try {
      for await (const chunk of packed) await writer.write(chunk);
      await writer.close();
    } catch (error) {
      trouble ??= error;
      await writer.abort(error).catch(() => undefined);
    }
  })();
  const reader = stream.readable.getReader();
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) break;
      yield value;
    }
  } catch (cause) {
    const why = (trouble ?? cause) instanceof Failure ? trouble : undefined;
    if (why) throw why;
    throw new Failure("io", `${source}: the packed data are broken or cut off`, { hint: "Get the file again.", cause });
  } finally {
    await reader.cancel().catch(() => undefined);
    await written;
  }
}
