/**
 * The users of a file that may change while the server runs: looked at when it is used, once a second at most.
 *
 * Once there were users there are always some: a file that became wrong or vanished keeps those before it, and says so
 * in the log once.
 *
 * @module
 */
import { readFile, stat } from 'node:fs';
import type { Logger } from '../log/logger.ts';
import { assertHtpasswdSize, HtpasswdError, parseHtpasswd, type Htpasswd } from './htpasswd.ts';

export interface HtpasswdStat {
  readonly isFile: boolean;
  readonly inode: number;
  readonly sizeBytes: number;
  readonly modifiedMs: number;
}

export interface HtpasswdFileSystem {
  stat(path: string): Promise<HtpasswdStat>;
  readFile(path: string): Promise<Uint8Array>;
}

export interface HtpasswdFile {
  /** Never fails. */
  users(): Promise<Htpasswd>;
}

export interface HtpasswdFileOptions {
  readonly path: string;
  readonly fileSystem?: HtpasswdFileSystem;
  readonly logger: Logger;
  readonly now: () => number;
}

const CHECK_EVERY_MS = 1_000;

/** @throws {HtpasswdError} when there are no users to begin with. */
export async function openHtpasswdFile(options: HtpasswdFileOptions): Promise<HtpasswdFile> {
  const { path, fileSystem = FILE_SYSTEM, logger, now } = options;
  let { users, version } = await readUsers(fileSystem, path).catch((thrown: unknown) => {
    throw toHtpasswdError(path, thrown);
  });
  let checkedAt = now();
  let failure: string | undefined;
  let checking: Promise<void> | undefined;

  const check = async (): Promise<void> => {
    try {
      const found = versionOf(await fileSystem.stat(path));
      if (found === version && failure === undefined) return;
      const read = await readUsers(fileSystem, path);
      // Written to while it was read: what was read may be half of it. The next look will tell.
      if (versionOf(await fileSystem.stat(path)) !== read.version) return;
      ({ users, version } = read);
      failure = undefined;
      logger.info('file of users read again', { path, users: users.hashes.size });
    } catch (thrown) {
      const { message } = toHtpasswdError(path, thrown);
      if (message !== failure) logger.error('new users cannot be read, those before them stay', { error: message });
      failure = message;
    }
  };

  return {
    async users() {
      if (checking === undefined && now() - checkedAt >= CHECK_EVERY_MS) {
        checking = check().finally(() => {
          checkedAt = now();
          checking = undefined;
        });
      }
      await checking;
      return users;
    },
  };
}

interface ReadUsers {
  readonly users: Htpasswd;
  /** From before the file was read, so that no later change is missed. */
  readonly version: string;
}

async function readUsers(fileSystem: HtpasswdFileSystem, path: string): Promise<ReadUsers> {
  const found = await fileSystem.stat(path);
  if (!found.isFile) throw new HtpasswdError('it is no regular file');
  assertHtpasswdSize(found.sizeBytes);
  return { users: parseHtpasswd(await fileSystem.readFile(path)), version: versionOf(found) };
}

function versionOf({ inode, sizeBytes, modifiedMs }: HtpasswdStat): string {
  return `${inode} ${sizeBytes} ${modifiedMs}`;
}

/** Names the file: the message goes to the operator alone. */
function toHtpasswdError(path: string, thrown: unknown): HtpasswdError {
  const isMissing = thrown instanceof Error && 'code' in thrown && thrown.code === 'ENOENT';
  const message = thrown instanceof Error ? thrown.message : String(thrown);
  const fault = isMissing ? 'it does not exist; make it with "htpasswd -B -c"' : message;
  return new HtpasswdError(`file of users ${path}: ${fault}`, { cause: thrown });
}

const FILE_SYSTEM: HtpasswdFileSystem = {
  stat: (path) =>
    new Promise((resolve, reject) => {
      stat(path, (error, found) => {
        if (error !== null) return reject(error);
        resolve({ isFile: found.isFile(), inode: found.ino, sizeBytes: found.size, modifiedMs: found.mtimeMs });
      });
    }),
  readFile: (path) =>
    new Promise((resolve, reject) => {
      readFile(path, (error, bytes) => (error === null ? resolve(bytes) : reject(error)));
    }),
};
