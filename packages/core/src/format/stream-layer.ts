/**
 * A layer as it is written: packed, compressed and hashed while it passes, in constant memory.
 *
 * The compressor is a pinned deflate in JavaScript, because node:zlib's output depends on the CPU and on the Node
 * version, and a layer's digest must not.
 *
 * @see docs/adr/0003-byte-stable-compression.md
 * @module
 */
import { createDigester, MEDIA_TYPES, type Descriptor, type Digest } from '@squizzle/oci-spec';
import { Gzip } from 'fflate';
import type { LayerEntries } from './layer-entry.ts';
import { packEntries, type PackOptions } from './pack-entries.ts';

export interface LayerSummary {
  readonly descriptor: Descriptor;
  /** Digest of the tar before compression, for the image config. */
  readonly diffId: Digest;
}

export interface LayerStream {
  /** The compressed layer, once. */
  readonly chunks: AsyncIterable<Uint8Array>;
  /** @throws {RangeError} before the last chunk was taken. */
  summary(): LayerSummary;
}

/** Deflate's output depends on where its input is cut, so it is always cut here. */
const CUT_BYTES = 65_536;
const COMPRESSION_LEVEL = 6;

/** Whatever `entries` and their contents throw, `chunks` throws. */
export function streamLayer(entries: LayerEntries, options: PackOptions = {}): LayerStream {
  let summary: LayerSummary | undefined;
  const write = async function* (): AsyncGenerator<Uint8Array, void, undefined> {
    summary = yield* compress(cutBlocks(packEntries(entries, options)));
  };
  return {
    chunks: write(),
    summary() {
      if (summary === undefined) throw new RangeError('a layer has no digest before it was written to its end');
      return summary;
    },
  };
}

async function* compress(blocks: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array, LayerSummary, undefined> {
  const [plain, packed] = [createDigester(), createDigester()];
  let size = 0;
  let ready: Uint8Array[] = [];
  const gzip = new Gzip({ level: COMPRESSION_LEVEL, mtime: 0 }, (chunk) => {
    size += chunk.byteLength;
    packed.update(chunk);
    ready.push(chunk);
  });
  const taken = (): readonly Uint8Array[] => {
    const chunks = ready.filter((chunk) => chunk.byteLength > 0);
    ready = [];
    return chunks;
  };
  for await (const block of blocks) {
    plain.update(block);
    gzip.push(block);
    yield* taken();
  }
  gzip.push(new Uint8Array(0), true);
  yield* taken();
  const descriptor = { mediaType: MEDIA_TYPES.ociLayerTarGzip, digest: packed.digest(), size };
  return { descriptor, diffId: plain.digest() };
}

/** Blocks of one size, the last one shorter. Each is good until the next is asked for. */
async function* cutBlocks(source: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array, void, undefined> {
  const block = new Uint8Array(CUT_BYTES);
  let filled = 0;
  for await (const chunk of source) {
    for (let at = 0; at < chunk.byteLength;) {
      const taken = Math.min(CUT_BYTES - filled, chunk.byteLength - at);
      block.set(chunk.subarray(at, at + taken), filled);
      [filled, at] = [filled + taken, at + taken];
      if (filled < CUT_BYTES) continue;
      yield block;
      filled = 0;
    }
  }
  if (filled > 0) yield block.subarray(0, filled);
}
