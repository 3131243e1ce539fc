/**
 * What the calls of one embedded driver share: its database, opened on first use, its turns and its lock.
 *
 * @module
 */
import { SquizzleError, type LockOptions } from '@squizzle/core';
import type { LedgerNames } from '../ledger/ledger-names.ts';
import { openEmbedded, type EmbeddedDatabase, type EmbeddedLocation } from './embedded-database.ts';
import { createTurns, type Turns } from './turn.ts';

export interface EmbeddedContext {
  readonly names: LedgerNames;
  readonly description: string;
  readonly turns: Turns;
  /** The migration lock: of this driver, as no other has the folder open. */
  readonly lock: { holder: string | null };
  isOpen(): boolean;
  open(options: LockOptions): Promise<EmbeddedDatabase>;
  close(): Promise<void>;
}

export function createContext(location: EmbeddedLocation, names: LedgerNames): EmbeddedContext {
  let opened: Promise<EmbeddedDatabase> | null = null;
  let ended = false;
  return {
    names,
    description: location.description,
    turns: createTurns(location.description),
    lock: { holder: null },
    isOpen: () => opened !== null,
    open: async (options) => {
      if (ended) throw closed(location.description);
      opened ??= openEmbedded(location, options).catch((error: unknown) => {
        opened = null;
        throw error;
      });
      return opened;
    },
    close: async () => {
      const database = await opened?.catch(() => null);
      opened = null;
      ended = location.dataDir === 'memory';
      await database?.close();
    },
  };
}

/** What was in memory is gone: another database, and an empty one, must not take its place unseen. */
function closed(description: string): SquizzleError {
  const message = `the ${description} was closed, and what it held is gone`;
  return new SquizzleError('DATABASE_UNREACHABLE', message, { database: description });
}
