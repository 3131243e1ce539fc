/**
 * Content of which a part is in memory until the registry has it.
 *
 * @module
 */
import type { Bytes, ContentId } from '@squizzle/oci-spec';
import type { HttpBody } from '../../../http/http.ts';
import type { BlobProgress } from '../blob-progress.ts';
import { openPass } from './content-pass.ts';
import { apart } from './good-pieces.ts';
import type { PartSize, ReadFailure, SourceOptions, UploadSource } from './upload-source.ts';

/** All of it: verified before. */
export function createHeldSource(bytes: Uint8Array, { progress }: Pick<SourceOptions, 'progress'>): UploadSource {
  let given = 0;
  return {
    gives: 'everything',
    firstByte: () => 0,
    givenBytes: () => given,
    async part(from, { mostBytes }) {
      const end = Math.min(bytes.byteLength, from + mostBytes);
      given = Math.max(given, end);
      return heldBody(bytes.subarray(from, end), from, progress);
    },
    failure: () => undefined,
    close: async () => undefined,
  };
}

/** Several pushes run at once, and each holds so much; more where the registry asks for larger chunks. */
const HELD_BYTES = 8 * 1024 * 1024;
/** Registries may ask for chunks as large as they like; more than this is not held for them. */
const MOST_HELD_BYTES = 64 * 1024 * 1024;

/** What can be read once: a part is read into memory, and stays until the next one is asked for. */
export function createReadOnceSource(
  content: Bytes,
  expected: ContentId,
  { signal, progress }: SourceOptions,
): UploadSource {
  const pass = openPass(content, expected, signal);
  let memory = new Uint8Array(0);
  let first = 0;
  let end = 0;
  let failure: ReadFailure | undefined;

  const readNext = async ({ mostBytes, leastBytes }: PartSize): Promise<void> => {
    const wanted = Math.max(Math.min(mostBytes, HELD_BYTES), leastBytes);
    const size = Math.min(wanted, expected.size - end, MOST_HELD_BYTES);
    if (memory.byteLength < size) memory = new Uint8Array(size);
    first = end;
    while (end - first < size) {
      const bytes = await pass.read(size - (end - first));
      if (bytes === undefined) throw new RangeError('a part of the content reaches beyond its end');
      memory.set(bytes, end - first);
      end += bytes.byteLength;
    }
  };
  return {
    gives: 'parts',
    firstByte: () => first,
    givenBytes: () => end,
    async part(from, size) {
      try {
        if (from === end) await readNext(size);
      } catch (thrown) {
        failure ??= { thrown };
        throw thrown;
      }
      const at = from - first;
      return heldBody(memory.subarray(at, Math.min(end - first, at + size.mostBytes)), from, progress);
    },
    failure: () => failure,
    close: () => pass.close(),
  };
}

function heldBody(bytes: Uint8Array, from: number, progress: BlobProgress): HttpBody {
  return {
    sizeBytes: bytes.byteLength,
    reopenable: true,
    *open() {
      let doneBytes = from;
      progress.reach(doneBytes);
      for (const piece of apart(bytes)) {
        doneBytes += piece.byteLength;
        progress.reach(doneBytes);
        yield piece;
      }
    },
  };
}
