/**
 * Stores, databases and the SQL parser, each loaded when it is first needed: `squizzle --help` loads none of them.
 *
 * @module
 */
import type { ContentStore, DatabaseDriver, DeletableStore, ImmutableTagStore, SqlAnalyzer } from '@squizzle/core';

export type ReleaseStore = ContentStore & ImmutableTagStore & Partial<DeletableStore>;

/** A database as the configuration names it, read and with its paths made absolute. */
export type DatabaseTarget =
  | { readonly kind: 'server'; readonly connectionString: string; readonly ledgerSchema: string }
  | {
      readonly kind: 'embedded';
      /** `null`: in memory, gone when the command ends. */
      readonly dataFolder: string | null;
      readonly templateCacheFolder: string;
      readonly ledgerSchema: string;
    };

export interface Adapters {
  /** @param folder absolute; it need not exist. */
  openStore(folder: string): Promise<ReleaseStore>;
  openDatabase(target: DatabaseTarget): Promise<DatabaseDriver>;
  createAnalyzer(): Promise<SqlAnalyzer>;
}

export const SYSTEM_ADAPTERS: Adapters = {
  openStore: async (folder) => {
    const { createLayoutStore } = await import('@squizzle/oci');
    return createLayoutStore(folder);
  },
  openDatabase: async (target) => {
    const { ledgerSchema } = target;
    if (target.kind === 'server') {
      const { createPostgresDriver } = await import('@squizzle/postgres');
      return createPostgresDriver({ connectionString: target.connectionString, ledgerSchema });
    }
    const { createEmbeddedDriver } = await import('@squizzle/postgres/embedded');
    const { dataFolder, templateCacheFolder: templateCacheDir } = target;
    return createEmbeddedDriver({ dataDir: dataFolder ?? 'memory', templateCacheDir, ledgerSchema });
  },
  createAnalyzer: async () => {
    const { createSqlAnalyzer } = await import('@squizzle/sql');
    return createSqlAnalyzer();
  },
};
