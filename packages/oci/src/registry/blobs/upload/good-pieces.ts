/**
 * Chunks of any size as pieces of a size that is good to send: small ones together, large ones apart, none empty.
 *
 * @module
 */
export const LARGEST_BYTES = 256 * 1024;
const GATHER_BYTES = 64 * 1024;
/** From here on a copy costs more than a write of its own. */
const LARGE_ENOUGH_BYTES = 32 * 1024;

export async function* inGoodPieces(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array, void, undefined> {
  let gathered = new Uint8Array(0);
  let filled = 0;
  for await (const chunk of chunks) {
    if (filled > 0 && filled + chunk.byteLength > GATHER_BYTES) {
      yield gathered.subarray(0, filled);
      filled = 0;
    }
    if (chunk.byteLength >= LARGE_ENOUGH_BYTES && filled === 0) yield* apart(chunk);
    else if (chunk.byteLength > 0) {
      if (filled === 0) gathered = new Uint8Array(GATHER_BYTES); // the one before is still on its way
      gathered.set(chunk, filled);
      filled += chunk.byteLength;
    }
  }
  if (filled > 0) yield gathered.subarray(0, filled);
}

/** The same bytes, not copied. */
export function* apart(bytes: Uint8Array): Generator<Uint8Array, void, undefined> {
  for (let at = 0; at < bytes.byteLength; at += LARGEST_BYTES) yield bytes.subarray(at, at + LARGEST_BYTES);
}
