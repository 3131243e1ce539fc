/**
 * The folder of an embedded database: made beside and renamed, so that it is there whole or not at all.
 *
 * @module
 */
import { mkdir, readdir, realpath, rename, rm } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { SquizzleError } from '@squizzle/core';
import type { Pglite, PgliteModule, PgliteOptions } from './pglite-module.ts';

export interface DataFolder {
  /** Without symbolic links in between, so that all who use it agree on its lock. */
  readonly path: string;
  readonly lock: string;
}

export async function resolveDataFolder(dataDir: string): Promise<DataFolder> {
  const path = await realpath(dataDir).catch(async () => {
    const parent = resolve(dirname(dataDir));
    return join(await realpath(parent).catch(() => parent), basename(dataDir));
  });
  return { path, lock: `${path}.lock` };
}

/** `absent`: nothing is there, or an empty folder. */
export async function lookAt(path: string): Promise<'absent' | 'database' | 'other'> {
  try {
    const names = await readdir(path);
    if (names.length === 0) return 'absent';
    return names.includes('PG_VERSION') ? 'database' : 'other';
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return 'absent';
    throw unusable(path, 'it cannot be read', error);
  }
}

/**
 * Opens the database in the folder, making it first where it is absent. To be called with the folder's lock held.
 *
 * @throws {SquizzleError} `STORE_UNUSABLE`.
 */
export async function openDataFolder(
  module: PgliteModule,
  path: string,
  template: () => Promise<Blob | null>,
  options: PgliteOptions,
): Promise<Pglite> {
  const found = await lookAt(path);
  if (found === 'other') throw unusable(path, 'it holds files that are not a database', null);
  if (found === 'absent') await makeDataFolder(module, path, await template());
  try {
    return await module.PGlite.create({ ...options, dataDir: path });
  } catch (error) {
    const advice = `it does not open; it may be damaged, or of another version of PGlite. Remove it to begin anew`;
    throw unusable(path, advice, error);
  }
}

async function makeDataFolder({ PGlite }: PgliteModule, path: string, template: Blob | null): Promise<void> {
  const arriving = `${path}.arriving`;
  try {
    await rm(arriving, { recursive: true, force: true }); // of a run that was killed: we hold the lock
    await mkdir(dirname(path), { recursive: true });
    const db = await PGlite.create({ dataDir: arriving, ...(template === null ? {} : { loadDataDir: template }) });
    await db.close();
    await rename(arriving, path);
  } catch (error) {
    throw unusable(path, 'it could not be made', error);
  }
}

export function unusable(path: string, reason: string, cause: unknown): SquizzleError {
  const code: unknown = (cause as { readonly code?: unknown } | null)?.code;
  const systemCode = typeof code === 'string' ? code : null;
  const said = cause instanceof Error ? ` (${cause.message})` : '';
  const message = `the embedded database ${path} cannot be used: ${reason}${said}`;
  return new SquizzleError('STORE_UNUSABLE', message, { path, systemCode }, cause === null ? {} : { cause });
}
