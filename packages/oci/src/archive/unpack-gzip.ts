/**
 * Gzip from anyone, unpacked under limits: no bomb, nothing behind its end, nothing missing.
 *
 * @see https://www.rfc-editor.org/rfc/rfc1952
 * @module
 */
import { pipeline } from 'node:stream/promises';
import { createGunzip } from 'node:zlib';
import type { Bytes } from '@squizzle/oci-spec';
import type { Refuse } from './archive-error.ts';
import { ARCHIVE_LIMITS } from './archive-limits.ts';

const MAGIC = { gzip: [0x1f, 0x8b], zstd: [0x28, 0xb5, 0x2f, 0xfd], xz: [0xfd, 0x37, 0x7a, 0x58], bzip2: [0x42, 0x5a] };
/** The longest of them. */
const MAGIC_BYTES = 4;

export type Compression = keyof typeof MAGIC | 'none';

/** How content is compressed, by its first four bytes. */
export function compressionOf(head: Uint8Array): Compression {
  const names = Object.keys(MAGIC) as readonly (keyof typeof MAGIC)[];
  return names.find((name) => MAGIC[name].every((byte, at) => head[at] === byte)) ?? 'none';
}

/** The tar in the source, gzipped or not; as `unpackGzip`. */
export async function* unpackTar(
  source: Bytes,
  refuse: Refuse,
  maxBytes: number,
): AsyncGenerator<Uint8Array, void, undefined> {
  const iterator = Symbol.asyncIterator in source ? source[Symbol.asyncIterator]() : source[Symbol.iterator]();
  try {
    const head = await takeHead(iterator);
    const compression = compressionOf(head);
    if (compression === 'none') yield* follow(head, iterator);
    else if (compression === 'gzip') yield* unpackGzip(follow(head, iterator), refuse, maxBytes);
    else refuse(null, `is compressed with ${compression}, which is not read here`);
  } finally {
    await iterator.return?.();
  }
}

type BytesIterator = AsyncIterator<Uint8Array> | Iterator<Uint8Array>;

async function takeHead(iterator: BytesIterator): Promise<Uint8Array> {
  let head: Uint8Array = new Uint8Array(0);
  while (head.byteLength < MAGIC_BYTES) {
    const next = await iterator.next();
    if (next.done === true) break;
    head = Buffer.concat([head, next.value]);
  }
  return head;
}

async function* follow(head: Uint8Array, iterator: BytesIterator): AsyncGenerator<Uint8Array, void, undefined> {
  if (head.byteLength > 0) yield head;
  for (let next = await iterator.next(); next.done !== true; next = await iterator.next()) yield next.value;
}

/**
 * The unpacked bytes. Reads the source to its end, so that a source that verifies has its say.
 *
 * @throws {SquizzleError} `ARCHIVE_INVALID`: no gzip, cut short, with bytes behind its end, more than 100 times as
 *   large as the source, more than `maxBytes`. What the source throws passes unchanged.
 */
export async function* unpackGzip(
  source: Bytes,
  refuse: Refuse,
  maxBytes: number,
): AsyncGenerator<Uint8Array, void, undefined> {
  const input = watchInput(source);
  const engine = createGunzip();
  // What fails here is met by the reader below, or noted by the input.
  const feeding = pipeline(input.content(), engine).catch(() => undefined);
  let bytesOut = 0;
  try {
    for await (const chunk of engine as AsyncIterable<Uint8Array>) {
      bytesOut += chunk.byteLength;
      if (bytesOut > maxBytes) refuse(null, `unpacks to more than ${maxBytes} bytes`);
      if (bytesOut > Math.max(ARCHIVE_LIMITS.unsuspectedBytes, input.seen.bytes * ARCHIVE_LIMITS.ratio)) {
        refuse(null, `unpacks to more than ${ARCHIVE_LIMITS.ratio} times its size`);
      }
      yield chunk;
    }
  } catch (thrown) {
    if (isZlibError(thrown)) refuse(null, 'is no gzip, or is damaged', { cause: thrown });
    throw thrown;
  }
  await feeding;
  if (input.seen.fault !== undefined) throw input.seen.fault as Error;
  // zlib passes over zeros behind a gzip: bytes that no checksum covers.
  if (!input.seen.ended || engine.bytesWritten !== input.seen.bytes) refuse(null, 'has bytes behind its gzip');
}

interface InputSeen {
  bytes: number;
  ended: boolean;
  fault: unknown;
}

function watchInput(source: Bytes): { readonly seen: InputSeen; content(): AsyncGenerator<Uint8Array> } {
  const seen: InputSeen = { bytes: 0, ended: false, fault: undefined };
  return {
    seen,
    async *content() {
      try {
        for await (const chunk of source) {
          seen.bytes += chunk.byteLength;
          yield chunk;
        }
        seen.ended = true;
      } catch (thrown) {
        seen.fault = thrown;
        throw thrown;
      }
    },
  };
}

function isZlibError(thrown: unknown): boolean {
  return thrown instanceof Error && 'code' in thrown && typeof thrown.code === 'string' && thrown.code.startsWith('Z_');
}
