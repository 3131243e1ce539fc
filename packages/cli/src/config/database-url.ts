/**
 * Database addresses of the configuration: a server's URL, or `pglite:` and a folder.
 *
 * @module
 */
import { resolve } from 'node:path';
import type { DatabaseTarget } from '../adapters.ts';

const SERVER = /^postgres(?:ql)?:\/\//i;
const EMBEDDED = /^pglite:(?!\/\/)(?<folder>.+)$/s;

export function isServerUrl(url: string): boolean {
  return SERVER.test(url);
}

/** What is wrong with the address, or `undefined`. Never repeats it: it may hold a password. */
export function databaseUrlFault(url: string): string | undefined {
  if (isServerUrl(url) || EMBEDDED.test(url)) return undefined;
  return 'it begins with neither postgres://, postgresql:// nor pglite:';
}

export interface TargetContext {
  /** What a relative `pglite:` path is relative to. */
  readonly folder: string;
  readonly templateCacheFolder: string;
  readonly ledgerSchema: string;
}

/** @param url one without fault. */
export function toDatabaseTarget(
  url: string,
  { folder, templateCacheFolder, ledgerSchema }: TargetContext,
): DatabaseTarget {
  const path = EMBEDDED.exec(url)?.groups?.['folder'];
  if (path === undefined) return { kind: 'server', connectionString: url, ledgerSchema };
  const dataFolder = path === 'memory' ? null : resolve(folder, path);
  return { kind: 'embedded', dataFolder, templateCacheFolder, ledgerSchema };
}
