/**
 * Upload sessions: chunks go into a file as they arrive, and the file becomes the blob.
 *
 * One request at a time writes to a session; other processes on the same storage are noticed only by what they leave
 * in the file. Every operation may find that someone has just ended the session, and says then that it is unknown.
 *
 * @module
 */
import { digestAlgorithm, type Digest, type RepositoryName } from '@squizzle/oci-spec';
import type { Chunk, UploadManager, UploadStatus } from '../contracts.ts';
import type { AdmitBlob } from './blob-files.ts';
import { digestFile } from './digest-file.ts';
import { hasCode, ifThere, type FileFacts } from './file-system.ts';
import type { LiveHash, LiveHashes } from './live-hashes.ts';
import { receiveChunk, type Received, type Receiver } from './receive-chunk.ts';
import { createSemaphore } from './semaphore.ts';
import type { SessionFiles } from './session-files.ts';
import { createSessionLeases, type OpenSession } from './session-leases.ts';
import { settleAll } from './settle-all.ts';
import { blobTooLarge, chunkOutOfOrder, digestInvalid, uploadUnknown } from '../upload-errors.ts';

export interface UploadParts extends Receiver {
  readonly sessions: SessionFiles;
  readonly admit: AdmitBlob;
  readonly hashes: LiveHashes;
  /** Throws when the store is closing: hashing a large upload anew would hold that up. The session stays. */
  readonly requireOpen: () => void;
  /** Milliseconds since the epoch, as the file system counts them. */
  readonly now: () => number;
  readonly expiryMs: number;
  /** A UUID of version 4 in lower case, another one each time. */
  readonly randomId: () => string;
}

/** A blob never changes: nobody needs the right to write it. */
const READ_ONLY = 0o444;
/** Sessions looked at or removed at once when the expired ones are. */
const REMOVALS_AT_ONCE = 16;

export function createUploadSessions(parts: UploadParts): UploadManager {
  const { fs, sessions, hashes, now, expiryMs, randomId } = parts;
  const isExpired = (mtimeMs: number): boolean => now() - mtimeMs > expiryMs;
  const leases = createSessionLeases(fs, sessions, { isExpired });
  const removals = createSemaphore(REMOVALS_AT_ONCE);

  async function removeIfExpired(id: string): Promise<boolean> {
    const lastWritten = await sessions.lastWritten(id);
    if (lastWritten === undefined || !isExpired(lastWritten) || leases.isHeld(id)) return false;
    hashes.forget(id);
    return sessions.remove(id);
  }

  async function status(repository: RepositoryName, id: string): Promise<UploadStatus | undefined> {
    const session = await sessions.find(repository, id);
    const facts = session && (await ifThere(fs.stat(session.dataPath)));
    if (facts === undefined || (isExpired(facts.mtimeMs) && !leases.isHeld(id))) return undefined;
    return { id, sizeBytes: facts.size };
  }

  return {
    async create(repository, { algorithm = 'sha256' } = {}) {
      const id = randomId();
      await sessions.create(id, { repository, algorithm, started: now() });
      return { id, sizeBytes: 0 };
    },
    status,
    async append(repository, id, chunk) {
      const { received, hash, facts } = await leases.withSession(repository, id, async (session) =>
        append(parts, session, chunk),
      );
      // Only now: a file that could not be closed may not have taken all that was written.
      if (hash !== undefined && facts !== undefined) hashes.keep(id, hash, facts);
      if (received.type !== 'whole') throw received.reason;
      return { id, sizeBytes: received.sizeBytes };
    },
    complete: async (repository, id, digest) =>
      leases.withSession(repository, id, async (session) => {
        await complete(parts, session, digest);
        return { sizeBytes: session.facts.size };
      }),
    async cancel(repository, id) {
      if ((await status(repository, id)) === undefined) return false;
      const ended = await sessions.remove(id);
      if (ended) leases.end(id);
      hashes.forget(id);
      return ended;
    },
    async removeExpired() {
      const ids = await sessions.list();
      const removed = await settleAll(ids.map(async (id) => removals.run(async () => removeIfExpired(id))));
      return removed.filter(Boolean).length;
    },
  };
}

interface Appended {
  readonly received: Received;
  /** Both set when the hash is that of the file as it is now. */
  readonly hash?: LiveHash | undefined;
  readonly facts?: FileFacts;
}

async function append(parts: UploadParts, session: OpenSession, chunk: Chunk): Promise<Appended> {
  const { id, repository, algorithm, fd, facts } = session;
  const { size } = facts;
  if (chunk.offset !== undefined && chunk.offset !== size) throw chunkOutOfOrder(id, size, chunk.offset);
  if (size + (chunk.sizeBytes ?? 0) > parts.maxBlobBytes) throw blobTooLarge(parts.maxBlobBytes);
  const hash = parts.hashes.take(id, algorithm, facts);
  const received = await receiveChunk(parts, { ...session, offset: size, hash }, chunk);
  switch (received.type) {
    case 'whole': {
      const written = await touch(parts, fd);
      if (written.nlink === 0) throw uploadUnknown(repository, id);
      return { received, hash, facts: written };
    }
    case 'interrupted': {
      const written = await touch(parts, fd).catch(() => undefined);
      return { received, ...(written !== undefined && { hash, facts: written }) };
    }
    case 'refused':
      return { received };
    case 'spoilt':
      await parts.sessions.remove(id).catch(() => undefined);
      return { received };
  }
}

/** Begins the time to expiry anew, also after a chunk without bytes. */
async function touch({ fs, now }: UploadParts, fd: number): Promise<FileFacts> {
  await fs.touch(fd, now());
  return fs.inspect(fd);
}

async function complete(parts: UploadParts, session: OpenSession, digest: Digest): Promise<void> {
  const { fs, sessions, admit } = parts;
  const { id, repository, fd, facts, dataPath } = session;
  const actual = await identify(parts, session, digest);
  if (actual !== digest) {
    await sessions.remove(id);
    throw digestInvalid(digest, actual, facts.size);
  }
  try {
    await admit(repository, digest, {
      path: dataPath,
      sizeBytes: facts.size,
      flush: async () => flush(parts, session),
    });
  } catch (thrown) {
    if (hasCode(thrown, 'ENOENT') && (await fs.inspect(fd)).nlink === 0) throw uploadUnknown(repository, id);
    throw thrown;
  }
  // The blob is there. What cannot be tidied up now goes with the expired sessions.
  await fs.chmod(fd, facts.mode & READ_ONLY).catch(() => undefined);
  await sessions.remove(id).catch(() => undefined);
}

/** The digest of the session's bytes, in the algorithm of the one that is expected. */
async function identify(parts: UploadParts, { id, fd, facts }: OpenSession, expected: Digest): Promise<Digest> {
  const algorithm = digestAlgorithm(expected);
  const hash = parts.hashes.take(id, algorithm, facts);
  if (hash?.algorithm === algorithm) return hash.digester.digest();
  return digestFile(parts.fs, fd, algorithm, parts.permits, parts.requireOpen);
}

/**
 * Bytes that failed to be flushed may be lost though they can still be read, and a second attempt would not fail. So
 * the session goes.
 */
async function flush({ fs, sessions }: UploadParts, { id, fd }: OpenSession): Promise<void> {
  try {
    await fs.sync(fd);
  } catch (thrown) {
    await sessions.remove(id).catch(() => undefined);
    throw thrown;
  }
}
