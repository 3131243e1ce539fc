/**
 * A blob in chunks, gone on with where it broke off.
 *
 * After every fault the registry is asked how much it has, and what it says after a chunk is compared: some registries
 * take the same bytes twice and say that all is well.
 *
 * @see https://github.com/opencontainers/distribution-spec/blob/v1.1.1/spec.md#pushing-a-blob-in-chunks
 * @module
 */
import type { SquizzleError } from '@squizzle/core';
import type { HttpResponse } from '../../../http/http.ts';
import { responseInvalid } from '../../response-error.ts';
import { parseReceived } from '../byte-range.ts';
import { hasBlob } from '../has-blob.ts';
import { outlast } from '../patience.ts';
import { closeSession } from './send-whole.ts';
import { sendToSession, type Setback } from './session-answer.ts';
import type { UploadSession } from './upload-session.ts';
import type { LostSession, SessionEnd, UploadTask } from './upload-task.ts';

/** Where the next chunk begins and how large it may be. */
interface ChunkPlace {
  readonly kind: 'at';
  readonly at: number;
  readonly chunkBytes: number;
  /** Bytes may have arrived twice. */
  readonly doubtful: boolean;
}

/** What is too large for whatever stands before the registry is cut smaller, down to this. */
const SMALLEST_CHUNK_BYTES = 256 * 1024;

export async function sendChunks(task: UploadTask, session: UploadSession): Promise<SessionEnd> {
  const { access, descriptor } = task;
  const chunkBytes = Math.max(access.limits.chunkBytes, smallestChunk(task, session));
  let place: ChunkPlace | LostSession = { kind: 'at', at: 0, chunkBytes, doubtful: false };
  for (;;) {
    while (place.kind === 'at' && place.at < descriptor.size) place = await sendChunk(task, session, place);
    if (place.kind === 'lost') return place;
    const end = await closeSession(task, session, place);
    if (end.kind === 'committed' || end.setback === 'gone' || end.setback === 'spoilt') return end;
    const ask = async () => hasBlob(access, descriptor, { signal: task.signal, action: 'push' });
    if (await outlast(task.patience, descriptor.size, ask)) return { kind: 'committed' };
    place = await resume(task, session, { ...place, ...end, end: descriptor.size });
  }
}

function smallestChunk({ access }: UploadTask, { minChunkBytes }: UploadSession): number {
  return Math.max(access.profile.minChunkBytes, minChunkBytes);
}

async function sendChunk(
  task: UploadTask,
  session: UploadSession,
  place: ChunkPlace,
): Promise<ChunkPlace | LostSession> {
  const { at, chunkBytes } = place;
  const body = await task.source.part(at, { mostBytes: chunkBytes, leastBytes: smallestChunk(task, session) });
  const end = at + body.sizeBytes;
  const headers = { 'content-type': 'application/octet-stream', 'content-range': `${at}-${end - 1}` };
  const request = { method: 'PATCH', headers, body, expected: [200, 201, 202, 204] } as const;
  const answer = await sendToSession(task, session, request);
  if (answer.kind === 'not-taken') {
    const smaller =
      answer.setback === 'too-large' ? cutSmaller(task, session, body.sizeBytes, answer.cause) : chunkBytes;
    return resume(task, session, { ...answer, at, end, chunkBytes: smaller });
  }
  // Who answers before all was sent has not got all.
  if (task.source.givenBytes() >= end && hasReceived(answer.response, end)) return { ...place, at: end };
  const cause = unexpectedCount(task, answer.response, end);
  return resume(task, session, { setback: 'astray', cause, at, end, chunkBytes });
}

function cutSmaller(task: UploadTask, session: UploadSession, sizeBytes: number, cause: SquizzleError): number {
  const smaller = Math.ceil(sizeBytes / 4);
  if (smaller < Math.max(SMALLEST_CHUNK_BYTES, smallestChunk(task, session))) throw cause;
  return smaller;
}

/** Registries that do not say are believed. */
function hasReceived({ headers }: HttpResponse, end: number): boolean {
  const received = parseReceived(headers.get('range'));
  return received === undefined || received === end || (received === 0 && end === 1);
}

function unexpectedCount({ access }: UploadTask, response: HttpResponse, end: number): SquizzleError {
  const found = parseReceived(response.headers.get('range')) ?? 'no';
  return responseInvalid(access, response, `expected the registry to have ${end} bytes of a blob, it says ${found}`);
}

interface Interruption {
  readonly setback: Setback;
  readonly cause: SquizzleError;
  /** The chunk that is in doubt. */
  readonly at: number;
  readonly end: number;
  readonly chunkBytes: number;
}

async function resume(
  task: UploadTask,
  session: UploadSession,
  { setback, cause, at, end, chunkBytes }: Interruption,
): Promise<ChunkPlace | LostSession> {
  if (setback === 'gone') return { kind: 'lost', setback, cause };
  const { source, patience } = task;
  const ask = async (): Promise<number | 'busy' | undefined> => {
    await patience.tryAgain(at, cause);
    return outlast(patience, at, async () => askReceived(task, session));
  };
  let received = await ask();
  while (received === 'busy') received = await ask();
  const most = Math.min(end, source.givenBytes());
  if (received === undefined || received < source.firstByte() || received > most)
    return { kind: 'lost', setback, cause, waited: true };
  return { kind: 'at', at: received, chunkBytes, doubtful: true };
}

/** How many bytes the session has; `undefined` where the registry does not say, or has forgotten the session. */
async function askReceived({ signal }: UploadTask, session: UploadSession): Promise<number | 'busy' | undefined> {
  const response = await session.send({ method: 'GET', signal });
  await response.discard();
  if (response.status === 409) return 'busy';
  return response.status >= 200 && response.status < 300 ? parseReceived(response.headers.get('range')) : undefined;
}
