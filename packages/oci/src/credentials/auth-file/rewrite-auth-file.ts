/**
 * Replacing the text of a credential file: readable for its owner alone, whole or not at all, nobody's change lost.
 *
 * Those who use this package take turns by a lock beside the file. Docker and podman know no lock; against them the
 * file is read immediately before it is replaced.
 *
 * @module
 */
import { randomUUID } from 'node:crypto';
import fs from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { isSquizzleError, type CallOptions } from '@squizzle/core';
import { withFileLock } from '../../layout/file-lock.ts';
import { publishFile } from '../../layout/publish-file.ts';
import { credentialsUnusable } from '../credentials-unusable.ts';
import type { AuthFilePlace } from './auth-file-places.ts';
import { readAuthFile } from './read-auth-file.ts';

const FOLDER_MODE = 0o700;
const FILE_MODE = 0o600;

/** The text, empty where there is no file. @throws {SquizzleError} `CREDENTIALS_UNUSABLE` */
export async function readForEditing(path: string, source: string): Promise<string> {
  const content = await readAuthFile(path, source);
  if (content.kind === 'unreadable') throw credentialsUnusable(source, content.reason);
  return content.kind === 'text' ? content.text : '';
}

/**
 * Replaces the text by what `edit` makes of it, and does nothing where that is the same. Makes the folder if needed;
 * behind a symbolic link it is the file it leads to that is replaced.
 *
 * @throws {SquizzleError} `CREDENTIALS_UNUSABLE`; the file is then as it was.
 */
export async function rewriteAuthFile(
  place: AuthFilePlace,
  edit: (text: string) => string,
  options: CallOptions = {},
): Promise<{ readonly changed: boolean }> {
  const { source } = place;
  return guarded(source, async () => {
    const path = await followLink(place.path);
    await fs.mkdir(dirname(path), { recursive: true, mode: FOLDER_MODE });
    return withFileLock(
      fs,
      `${path}.lock`,
      async ({ assertHeld }) => {
        const before = await readForEditing(path, source);
        const after = edit(before);
        if (after === before) return { changed: false };
        await publish(path, after, assertHeld);
        return { changed: true };
      },
      options,
    );
  });
}

async function publish(path: string, text: string, assertHeld: () => Promise<void>): Promise<void> {
  const arriving = `${path}.${randomUUID()}.tmp`;
  const beforeRename = async (): Promise<void> => {
    await keepOwner(path, arriving);
    await assertHeld();
  };
  await publishFile(fs, { arriving, path, mode: FILE_MODE, beforeRename }, [Buffer.from(text)]);
}

/** Written with `sudo`, the file still belongs to whom it belonged. */
async function keepOwner(path: string, arriving: string): Promise<void> {
  const [before, after] = await Promise.all([fs.stat(path).catch(() => undefined), fs.stat(arriving)]);
  if (before === undefined || (before.uid === after.uid && before.gid === after.gid)) return;
  await fs.chown(arriving, before.uid, before.gid).catch(() => undefined);
}

/** Where the link leads, also when nothing is there yet. */
async function followLink(path: string): Promise<string> {
  const found = await fs.realpath(path).catch(() => undefined);
  if (found !== undefined) return found;
  const target = await fs.readlink(path).catch(() => undefined);
  return target === undefined ? path : resolve(dirname(path), target);
}

async function guarded<T>(source: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (cause) {
    if (isSquizzleError(cause, 'STORE_UNUSABLE')) {
      throw credentialsUnusable(source, `cannot be written: ${cause.message}`, { cause });
    }
    if (cause instanceof Error && 'syscall' in cause) {
      throw credentialsUnusable(source, `cannot be written: ${cause.message}`, { cause });
    }
    throw cause;
  }
}
