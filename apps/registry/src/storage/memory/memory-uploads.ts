/**
 * Upload sessions in memory: the chunks as they came, copied, joined and hashed when the upload is completed.
 *
 * @module
 */
import { digestAlgorithm, digestOf, type RepositoryName } from '@squizzle/oci-spec';
import type { RegistryError } from '../../registry-error.ts';
import type { Chunk, UploadManager, UploadStatus } from '../contracts.ts';
import {
  blobTooLarge,
  chunkOutOfOrder,
  digestInvalid,
  sizeInvalid,
  uploadBusy,
  uploadUnknown,
} from '../upload-errors.ts';
import { ensureRepository, type MemoryState } from './memory-state.ts';

export interface MemoryUploadOptions {
  /** Milliseconds since an arbitrary start, never going back. */
  readonly now: () => number;
  readonly uploadExpiryMs: number;
  readonly maxBlobBytes: number;
  readonly randomId: () => string;
}

interface Session {
  readonly id: string;
  readonly repository: RepositoryName;
  readonly chunks: Uint8Array[];
  sizeBytes: number;
  /** A chunk is arriving. */
  busy: boolean;
  writtenAt: number;
}

export function createMemoryUploads(state: MemoryState, options: MemoryUploadOptions): UploadManager {
  const { now, uploadExpiryMs, randomId } = options;
  const sessions = new Map<string, Session>();

  const isExpired = ({ busy, writtenAt }: Session): boolean => !busy && now() - writtenAt > uploadExpiryMs;

  function find(repository: RepositoryName, id: string): Session | undefined {
    const session = sessions.get(id);
    return session?.repository === repository && !isExpired(session) ? session : undefined;
  }

  /** The session, when no chunk is arriving in it. */
  function findIdle(repository: RepositoryName, id: string): Session {
    const session = find(repository, id);
    if (session === undefined) throw uploadUnknown(repository, id);
    if (session.busy) throw uploadBusy(repository, id);
    return session;
  }

  return {
    async create(repository) {
      const id = randomId();
      sessions.set(id, { id, repository, chunks: [], sizeBytes: 0, busy: false, writtenAt: now() });
      return { id, sizeBytes: 0 };
    },
    async status(repository, id) {
      const session = find(repository, id);
      return session && toStatus(session);
    },
    async append(repository, id, chunk) {
      const session = findIdle(repository, id);
      if (chunk.offset !== undefined && chunk.offset !== session.sizeBytes) {
        throw chunkOutOfOrder(id, session.sizeBytes, chunk.offset);
      }
      session.busy = true;
      try {
        await receive(session, chunk, { ...options, isOpen: () => sessions.get(id) === session });
        return toStatus(session);
      } finally {
        session.busy = false;
      }
    },
    async complete(repository, id, digest) {
      const session = findIdle(repository, id);
      sessions.delete(id);
      const bytes = Buffer.concat(session.chunks, session.sizeBytes);
      const actual = digestOf(bytes, digestAlgorithm(digest));
      if (actual !== digest) throw digestInvalid(digest, actual, bytes.byteLength);
      if (!state.contents.has(digest)) state.contents.set(digest, bytes);
      ensureRepository(state, repository).blobs.add(digest);
      return { sizeBytes: bytes.byteLength };
    },
    cancel: async (repository, id) => find(repository, id) !== undefined && sessions.delete(id),
    async removeExpired() {
      const expired = [...sessions.values()].filter(isExpired);
      for (const { id } of expired) sessions.delete(id);
      return expired.length;
    },
  };
}

interface ReceiveOptions extends MemoryUploadOptions {
  /** Turns false when the session is cancelled. */
  readonly isOpen: () => boolean;
}

async function receive(session: Session, chunk: Chunk, options: ReceiveOptions): Promise<void> {
  const { now, maxBlobBytes, isOpen } = options;
  const start = { chunks: session.chunks.length, sizeBytes: session.sizeBytes, writtenAt: session.writtenAt };
  const announced = chunk.sizeBytes ?? Infinity;
  for await (const bytes of chunk.bytes) {
    if (!isOpen()) break;
    const received = session.sizeBytes - start.sizeBytes + bytes.byteLength;
    if (received > announced) throw takeBack(session, start, sizeInvalid(announced, `at least ${received}`));
    if (start.sizeBytes + received > maxBlobBytes) throw takeBack(session, start, blobTooLarge(maxBlobBytes));
    // A copy: what arrives may lie in a buffer that its owner fills again.
    session.chunks.push(new Uint8Array(bytes));
    session.sizeBytes += bytes.byteLength;
    session.writtenAt = now();
  }
  if (!isOpen()) throw uploadUnknown(session.repository, session.id);
  const received = session.sizeBytes - start.sizeBytes;
  if (chunk.sizeBytes !== undefined && received !== chunk.sizeBytes) {
    throw takeBack(session, start, sizeInvalid(chunk.sizeBytes, `${received}`));
  }
  session.writtenAt = now();
}

interface ChunkStart extends Pick<Session, 'sizeBytes' | 'writtenAt'> {
  readonly chunks: number;
}

/** Makes the session what it was before the chunk; gives the reason back to be thrown. */
function takeBack(session: Session, start: ChunkStart, reason: RegistryError): RegistryError {
  session.chunks.length = start.chunks;
  session.sizeBytes = start.sizeBytes;
  session.writtenAt = start.writtenAt;
  return reason;
}

const toStatus = ({ id, sizeBytes }: Session): UploadStatus => ({ id, sizeBytes });
