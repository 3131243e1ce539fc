/**
 * Upload sessions on disk: a folder with what the session is (`state`, written once) and its bytes (`data`).
 *
 * The length of `data` is how far the session has come, and the time it was last written to is when it begins to
 * expire. Removing `data` is what ends a session: of two who try, one does.
 *
 * @module
 */
import type { DigestAlgorithm, RepositoryName } from '@squizzle/oci-spec';
import { ifThere, withFile, writeAll, type FileSystem } from './file-system.ts';
import type { Folders } from './folders.ts';
import { isUploadId, type Layout } from './layout.ts';
import { lineFile, readLine } from './small-files.ts';
import { isDamaged } from './storage-error.ts';

export interface Session {
  readonly id: string;
  readonly repository: RepositoryName;
  readonly algorithm: DigestAlgorithm;
  readonly dataPath: string;
}

export interface NewSession {
  readonly repository: RepositoryName;
  readonly algorithm: DigestAlgorithm;
  /** Milliseconds since the epoch. */
  readonly started: number;
}

export interface SessionFiles {
  /** Not flushed: a power failure may take a session that is under way, and its client begins another one. */
  create(id: string, session: NewSession): Promise<void>;
  /** `undefined` when there is none of this repository. Any text may be asked for. */
  find(repository: RepositoryName, id: string): Promise<Session | undefined>;
  /** Removes whatever is left of it. `false` when someone else had ended it. */
  remove(id: string): Promise<boolean>;
  list(): Promise<readonly string[]>;
  /** When it was last written to, in milliseconds since the epoch; of one without bytes, when it was last changed. */
  lastWritten(id: string): Promise<number | undefined>;
}

const STATE_BYTES = 1_024;
const DATA_MODE = 0o644;

export function createSessionFiles(fs: FileSystem, layout: Layout, folders: Folders): SessionFiles {
  async function remove(id: string): Promise<boolean> {
    const { data, state, folder } = layout.upload(id);
    const ended = await ifThere(fs.unlink(data).then(() => true));
    // What stays when one of these fails is no session any more, and goes with the expired ones.
    await fs.unlink(state).catch(() => undefined);
    await fs.rmdir(folder).catch(() => undefined);
    return ended ?? false;
  }

  return {
    remove,
    async create(id, session) {
      const { folder, data, state } = layout.upload(id);
      await folders.ensure(layout.uploads);
      await fs.mkdir(folder);
      try {
        await createFile(fs, data, async (fd) => fs.touch(fd, session.started));
        await createFile(fs, state, async (fd) => writeAll(fs, fd, lineFile(JSON.stringify(session)), 0));
      } catch (thrown) {
        await remove(id).catch(() => undefined);
        throw thrown;
      }
    },
    async find(repository, id) {
      if (!isUploadId(id)) return undefined;
      const { data, state } = layout.upload(id);
      const line = await readState(fs, state);
      const algorithm = line === undefined ? undefined : parseState(line, repository);
      return algorithm && { id, repository, algorithm, dataPath: data };
    },
    list: async () => ((await ifThere(fs.readdir(layout.uploads))) ?? []).filter(isUploadId),
    async lastWritten(id) {
      const { data, folder } = layout.upload(id);
      const facts = (await ifThere(fs.stat(data))) ?? (await ifThere(fs.stat(folder)));
      return facts?.mtimeMs;
    },
  };
}

async function createFile(fs: FileSystem, path: string, write: (fd: number) => Promise<void>): Promise<void> {
  const fd = await fs.open(path, 'wx', DATA_MODE);
  await withFile(fs, fd, async () => write(fd));
}

/** A power failure may leave a state that was never flushed: such a session is gone. */
async function readState(fs: FileSystem, path: string): Promise<string | undefined> {
  try {
    return await readLine(fs, path, STATE_BYTES);
  } catch (thrown) {
    if (isDamaged(thrown)) return undefined;
    throw thrown;
  }
}

/** What the session hashes with, or `undefined` when it is another repository's or cannot be read. */
function parseState(line: string, repository: RepositoryName): DigestAlgorithm | undefined {
  try {
    const state = Object(JSON.parse(line)) as Readonly<Record<string, unknown>>;
    if (state['repository'] !== repository) return undefined;
    return state['algorithm'] === 'sha256' || state['algorithm'] === 'sha512' ? state['algorithm'] : undefined;
  } catch {
    return undefined;
  }
}
