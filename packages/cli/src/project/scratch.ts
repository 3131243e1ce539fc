/**
 * Where releases are tried out: embedded databases, or databases on a server that `--scratch` names.
 *
 * @module
 */
import { SquizzleError, type ScratchDatabases } from '@squizzle/core';
import { Option } from 'commander';
import { isServerUrl } from '../config/database-url.ts';
import { readOverride } from '../config/overrides.ts';
import type { Project } from './project.ts';
import { cacheFolder } from './user-folders.ts';

export interface ScratchFlags {
  readonly scratch?: string;
}

export interface Scratch extends ScratchDatabases {
  /** Inside this process: it has fewer extensions than a server may have. */
  readonly embedded: boolean;
}

export function scratchOption(): Option {
  return new Option(
    '--scratch <url>',
    'a server on which databases may be made and dropped, never one that matters: what belongs to no database, as roles do, is made on it and stays (default: an embedded one) [SQUIZZLE_SCRATCH_URL]',
  );
}

/** @throws {SquizzleError} `USAGE_INVALID` for what is no server's URL, which is never repeated: it may hold a password. */
export async function openScratch(flags: ScratchFlags, { environment, settings }: Project): Promise<Scratch> {
  const { adapters, env } = environment;
  const { ledgerSchema } = settings();
  const url = flags.scratch ?? readOverride('SQUIZZLE_SCRATCH_URL', env);
  if (url === undefined) {
    const templateCacheFolder = cacheFolder(environment);
    return { ...(await adapters.openScratch({ kind: 'embedded', templateCacheFolder, ledgerSchema })), embedded: true };
  }
  if (!isServerUrl(url)) {
    const argument = flags.scratch === undefined ? 'SQUIZZLE_SCRATCH_URL' : '--scratch';
    const message = `${argument} names no server: expected a URL that begins with postgres:// or postgresql://`;
    throw new SquizzleError('USAGE_INVALID', message, { argument });
  }
  return { ...(await adapters.openScratch({ kind: 'server', connectionString: url, ledgerSchema })), embedded: false };
}
