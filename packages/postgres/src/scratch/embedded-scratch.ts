/**
 * Scratch databases inside the process: each a PGlite of its own, in memory.
 *
 * @module
 */
import type { ScratchDatabases } from '@squizzle/core';
import { refuseAborted } from '../connection/abort.ts';
import { createEmbeddedDriver, type EmbeddedDriverOptions } from '../embedded/embedded-driver.ts';

export type EmbeddedScratchOptions = Omit<EmbeddedDriverOptions, 'dataDir'>;

/** A database takes about 300 MB until it is disposed of. Needs the package `@electric-sql/pglite`. */
export function createEmbeddedScratch(options: EmbeddedScratchOptions): ScratchDatabases {
  return {
    description: 'embedded PostgreSQL',
    create: async (call) => {
      refuseAborted(call?.signal, 'creating a scratch database');
      const driver = createEmbeddedDriver({ ...options, dataDir: 'memory' });
      return { driver, [Symbol.asyncDispose]: () => driver.close() };
    },
  };
}
