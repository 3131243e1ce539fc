/**
 * An embedded database from its first use to its end: lock of the folder, template, PGlite.
 *
 * @module
 */
import type { LockOptions } from '@squizzle/core';
import { DEFAULT_WAIT_MS } from '../session/migration-lock.ts';
import { loadContribExtensions } from './contrib-extensions.ts';
import { lookAt, openDataFolder, resolveDataFolder, unusable } from './data-folder.ts';
import { takeFolderLock, type FolderLock } from './folder-lock.ts';
import { createPgliteConnection, type PgliteConnection } from './pglite-connection.ts';
import { findPgliteVersion, loadPglite, type Pglite, type PgliteModule } from './pglite-module.ts';
import { openTemplate } from './template-cache.ts';

export interface EmbeddedLocation {
  /** A folder, or `memory`. */
  readonly dataDir: string;
  readonly templateCacheDir: string | null;
  readonly description: string;
}

export interface EmbeddedDatabase {
  readonly connection: PgliteConnection;
  close(): Promise<void>;
}

/** Whether a first use would have to make the database. */
export async function isMissing({ dataDir }: EmbeddedLocation): Promise<boolean> {
  if (dataDir === 'memory') return false;
  return (await lookAt((await resolveDataFolder(dataDir)).path)) === 'absent';
}

/** @throws {SquizzleError} `STORE_LOCKED`, `STORE_UNUSABLE`, `CONFIG_INVALID`, `CANCELLED`. */
export async function openEmbedded(location: EmbeddedLocation, options: LockOptions): Promise<EmbeddedDatabase> {
  const [module, extensions] = await Promise.all([loadPglite(), loadContribExtensions()]);
  const template = (): Promise<Blob | null> => loadTemplate(module, location);
  if (location.dataDir === 'memory') {
    const blob = await template();
    const db = await module.PGlite.create({ extensions, ...(blob === null ? {} : { loadDataDir: blob }) });
    return toDatabase(module, db, location, null);
  }
  const folder = await resolveDataFolder(location.dataDir);
  const lock = await lockFolder(folder.lock, options);
  try {
    const db = await openDataFolder(module, folder.path, template, { extensions });
    return toDatabase(module, db, location, lock);
  } catch (error) {
    await lock.release();
    throw error;
  }
}

async function loadTemplate(module: PgliteModule, { templateCacheDir }: EmbeddedLocation): Promise<Blob | null> {
  const version = templateCacheDir === null ? null : await findPgliteVersion();
  if (templateCacheDir === null || version === null) return null;
  return openTemplate(module, templateCacheDir, version);
}

async function lockFolder(path: string, options: LockOptions): Promise<FolderLock> {
  const { waitMs = DEFAULT_WAIT_MS, signal, onWaiting } = options;
  try {
    return await takeFolderLock(path, { waitMs, signal, onWaiting });
  } catch (error) {
    const isSystemError = typeof (error as NodeJS.ErrnoException).syscall === 'string';
    throw isSystemError ? unusable(path, 'its lock cannot be written', error) : error;
  }
}

function toDatabase(
  module: PgliteModule,
  db: Pglite,
  location: EmbeddedLocation,
  lock: FolderLock | null,
): EmbeddedDatabase {
  const connection = createPgliteConnection(db, module.protocol, location.description);
  return {
    connection,
    close: async () => {
      try {
        await connection.close();
      } finally {
        await lock?.release();
      }
    },
  };
}
