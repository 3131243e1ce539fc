/**
 * Content that can be read again, streamed as it is read: nothing of it is held.
 *
 * One reading goes on from part to part. Where a part broke off, the content is read anew and what was sent is skipped.
 *
 * @module
 */
import type { Bytes, ContentId } from '@squizzle/oci-spec';
import { openPass, type ContentPass } from './content-pass.ts';
import type { ReadFailure, SourceOptions, UploadSource } from './upload-source.ts';

export function createStreamedSource(
  content: Bytes,
  expected: ContentId,
  { signal, progress }: SourceOptions,
): UploadSource {
  let pass: ContentPass | undefined;
  let inUse = false;
  let given = 0;
  let failure: ReadFailure | undefined;

  const passAt = async (from: number): Promise<ContentPass> => {
    if (pass !== undefined && (inUse || pass.position() !== from)) await close();
    pass ??= openPass(content, expected, signal);
    inUse = true;
    return pass;
  };
  const close = async (): Promise<void> => {
    const closing = pass;
    pass = undefined;
    await closing?.close();
  };
  const readFrom = async (own: ContentPass, mostBytes: number): Promise<Uint8Array> => {
    try {
      const bytes = await own.read(mostBytes);
      if (bytes === undefined) throw new RangeError('a part of the content reaches beyond its end');
      return bytes;
    } catch (thrown) {
      if (own === pass) failure ??= { thrown };
      throw thrown;
    }
  };
  async function* read(from: number, end: number): AsyncGenerator<Uint8Array, void, undefined> {
    const own = await passAt(from);
    while (own.position() < from) await readFrom(own, from - own.position());
    progress.reach(from);
    while (own.position() < end) {
      const bytes = await readFrom(own, end - own.position());
      given = Math.max(given, own.position());
      progress.reach(own.position());
      if (own === pass && own.position() === end) inUse = false;
      yield bytes;
    }
  }
  return {
    gives: 'everything',
    firstByte: () => 0,
    givenBytes: () => given,
    async part(from, { mostBytes }) {
      const sizeBytes = Math.min(mostBytes, expected.size - from);
      return { sizeBytes, reopenable: true, open: () => read(from, from + sizeBytes) };
    },
    failure: () => failure,
    close,
  };
}
