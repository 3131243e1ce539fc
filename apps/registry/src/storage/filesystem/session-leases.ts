/**
 * Sessions that a request of this process is writing to: one request each.
 *
 * @module
 */
import type { RepositoryName } from '@squizzle/oci-spec';
import { ifThere, withFile, type FileFacts, type FileSystem } from './file-system.ts';
import type { Session, SessionFiles } from './session-files.ts';
import { uploadBusy, uploadUnknown } from '../upload-errors.ts';

export interface OpenSession extends Session {
  readonly fd: number;
  /** Of the data, when it was opened. */
  readonly facts: FileFacts;
  /** @throws {RegistryError} `UPLOAD_UNKNOWN` when the session was ended meanwhile by this process. */
  readonly requireOpen: () => void;
}

export interface SessionLeases {
  /**
   * Runs `work` with the session, its data open, while no other request of this process writes to it.
   *
   * @throws {RegistryError} `UPLOAD_UNKNOWN`; `UPLOAD_BUSY`.
   */
  withSession<T>(repository: RepositoryName, id: string, work: (session: OpenSession) => Promise<T>): Promise<T>;
  isHeld(id: string): boolean;
  /** Tells whoever writes to the session that it is no more. */
  end(id: string): void;
}

export interface LeaseOptions {
  /** Whether a session that was last written to at this time is as good as gone. */
  readonly isExpired: (mtimeMs: number) => boolean;
}

export function createSessionLeases(
  fs: FileSystem,
  sessions: SessionFiles,
  { isExpired }: LeaseOptions,
): SessionLeases {
  const held = new Map<string, { ended: boolean }>();

  async function withData<T>(session: Session, work: (fd: number, facts: FileFacts) => Promise<T>): Promise<T> {
    const unknown = (): Error => uploadUnknown(session.repository, session.id);
    const fd = await ifThere(fs.open(session.dataPath, 'r+'));
    if (fd === undefined) throw unknown();
    return withFile(fs, fd, async () => {
      const facts = await fs.inspect(fd);
      // A second name would be that of a blob, when a power failure has kept only half of a rename: not to be written to.
      if (facts.nlink !== 1 || isExpired(facts.mtimeMs)) throw unknown();
      return work(fd, facts);
    });
  }

  return {
    async withSession(repository, id, work) {
      const session = await sessions.find(repository, id);
      if (session === undefined) throw uploadUnknown(repository, id);
      if (held.has(id)) throw uploadBusy(repository, id);
      const lease = { ended: false };
      const requireOpen = (): void => {
        if (lease.ended) throw uploadUnknown(repository, id);
      };
      held.set(id, lease);
      try {
        return await withData(session, async (fd, facts) => work({ ...session, fd, facts, requireOpen }));
      } finally {
        held.delete(id);
      }
    },
    isHeld: (id) => held.has(id),
    end(id) {
      const lease = held.get(id);
      if (lease !== undefined) lease.ended = true;
    },
  };
}
