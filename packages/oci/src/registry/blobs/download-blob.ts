/**
 * Pulling a blob: verified while it passes, gone on with where it broke off.
 *
 * Short and wrong are different faults: what is short is asked for again from there; what is wrong fails at once.
 * `urls` and `data` of a descriptor are not looked at: a registry has what it has.
 *
 * @see https://github.com/opencontainers/distribution-spec/blob/v1.1.1/spec.md#pulling-blobs
 * @module
 */
import { isSquizzleError, type CallOptions, type SquizzleError } from '@squizzle/core';
import { verifiedContent, type ContentId } from '@squizzle/oci-spec';
import type { RepositoryAccess } from '../repository-access.ts';
import { createBlobProgress } from './blob-progress.ts';
import { openDownload } from './download/open-download.ts';
import { createPatience, outlast } from './patience.ts';

/**
 * The blob; each iteration pulls it from the start, and holds a place at the gate until it ends or is closed.
 *
 * `blob-finished` is told when all bytes have come and are known to be right.
 *
 * @throws {ContentError} `SIZE_MISMATCH`, `DIGEST_MISMATCH`.
 * @throws {SquizzleError} at the first read `CONTENT_NOT_FOUND`; `DIGEST_MISMATCH` when the registry itself calls the
 *   content by another digest; `TRUNCATED`; `RESPONSE_INVALID`; as `expectStatus`.
 */
export function downloadBlob(
  access: RepositoryAccess,
  descriptor: ContentId,
  { signal }: CallOptions = {},
): AsyncIterable<Uint8Array> {
  const finish = (): void => createBlobProgress(access, 'pull', descriptor).finish('transferred');
  return verifiedContent(() => receive(access, descriptor, signal), descriptor, finish);
}

/** What may come of a blob in all, as a multiple of its size and beyond it: also tries that fail have an end. */
const MOST_TIMES = 4;
const MOST_BYTES_MORE = 1024 * 1024;

async function* receive(
  access: RepositoryAccess,
  descriptor: ContentId,
  signal: AbortSignal | undefined,
): AsyncGenerator<Uint8Array, void, undefined> {
  const leave = await access.gate.enter({ signal, lane: 'pull' });
  try {
    const progress = createBlobProgress(access, 'pull', descriptor);
    let doneBytes = 0;
    for await (const chunk of receiveAll(access, descriptor, signal)) {
      doneBytes += chunk.byteLength;
      progress.reach(doneBytes);
      yield chunk;
      signal?.throwIfAborted();
    }
  } finally {
    leave();
  }
}

/** The bytes of as many answers as it takes. Ends early when the registry has no more of them. */
async function* receiveAll(
  access: RepositoryAccess,
  descriptor: ContentId,
  signal: AbortSignal | undefined,
): AsyncGenerator<Uint8Array, void, undefined> {
  const patience = createPatience(access, descriptor, { method: 'GET', signal });
  const mostBytes = MOST_TIMES * descriptor.size + MOST_BYTES_MORE;
  let receivedBytes = 0;
  let doneBytes = 0;
  let validator: string | undefined;
  const onBytes = (count: number): void => {
    receivedBytes += count;
    if (receivedBytes > mostBytes) throw patience.giveUp(doneBytes, undefined);
  };
  for (let tries = 0; ; tries += 1) {
    const ask = async () => openDownload(access, descriptor, { from: doneBytes, validator, signal, onBytes });
    const download = await (tries === 0 ? ask() : outlast(patience, doneBytes, ask));
    if (download === 'beyond-end') return;
    validator = download.validator;
    let broken: SquizzleError | undefined;
    try {
      for await (const chunk of download.chunks) {
        doneBytes += chunk.byteLength;
        yield chunk;
      }
      if (download.isWhole(doneBytes)) return;
    } catch (thrown) {
      signal?.throwIfAborted();
      if (!isSquizzleError(thrown, 'UNREACHABLE')) throw thrown;
      broken = thrown;
    }
    if (doneBytes >= descriptor.size) return;
    await patience.tryAgain(doneBytes, broken, { resent: download.resent });
  }
}
