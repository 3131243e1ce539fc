/**
 * Stores, databases and the SQL parser, each loaded when it is first needed: `squizzle --help` loads none of them.
 *
 * @module
 */
import type {
  ContentStore,
  DatabaseDriver,
  DatabaseInspector,
  DeletableStore,
  ImmutableTagStore,
  ReferrerStore,
  ScratchDatabases,
  SqlAnalyzer,
} from '@squizzle/core';
import type * as oci from '@squizzle/oci';
import type * as security from '@squizzle/security';
import { openBrowser } from './open-browser.ts';

export type ReleaseStore = ContentStore & ImmutableTagStore & Partial<DeletableStore & ReferrerStore>;

/** A registry's repository as configuration, variables and flags describe it, its paths made absolute. */
export interface RegistryTarget extends oci.RegistryOptions {
  readonly repository: string;
  /** Where content that was read is kept for the next command. */
  readonly cacheFolder: string;
}

/** Connections are open until it is closed. */
export type RegistryReleaseStore = ReleaseStore & { close(): Promise<void> };

/** Read, migrated and looked into. */
export type Database = DatabaseDriver & DatabaseInspector;

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

/** Where databases are made that are thrown away. */
export type ScratchTarget =
  | { readonly kind: 'server'; readonly connectionString: string; readonly ledgerSchema: string }
  | { readonly kind: 'embedded'; readonly templateCacheFolder: string; readonly ledgerSchema: string };

/** What commands use of the package beside its stores. */
export type OciTools = Pick<
  typeof oci,
  | 'createContentCache'
  | 'createCredentialStore'
  | 'createImageBuilder'
  | 'createRegistryClient'
  | 'diagnoseRegistry'
  | 'exportArchive'
  | 'openLayoutArchive'
>;

/** What commands use of the package that signs and verifies. */
export type SecurityTools = Pick<
  typeof security,
  | 'applyReceipt'
  | 'approval'
  | 'builtinTrustedRoot'
  | 'claimsOfToken'
  | 'createInteractiveToken'
  | 'createKeylessStatementSigner'
  | 'createKeyStatementSigner'
  | 'createPolicyFileReader'
  | 'createPolicyVerifier'
  | 'createSignatureStatement'
  | 'createStatement'
  | 'cyclonedxBom'
  | 'explainDecision'
  | 'explainMissingToken'
  | 'explicitToken'
  | 'fetchTrustedRoot'
  | 'findIdentityToken'
  | 'formatPolicyFault'
  | 'generateKeyPair'
  | 'genericProvenance'
  | 'githubProvenance'
  | 'gitlabProvenance'
  | 'keyFingerprint'
  | 'lintTrustPolicy'
  | 'openKeySigner'
  | 'openTrustPolicy'
  | 'parseSigningConfig'
  | 'parseTrustPolicy'
  | 'PREDICATE_TYPES'
  | 'PUBLIC_GOOD_INSTANCE'
  | 'PUBLIC_GOOD_MIRROR'
  | 'readPinnedRoot'
  | 'readPolicyText'
  | 'readPublicKey'
  | 'rehearsalReport'
  | 'releaseBinding'
  | 'signTrustPolicy'
  | 'toAttachment'
  | 'verifyPolicySignature'
  | 'writeCosignSignature'
>;

export interface Adapters {
  /** @param folder absolute; it need not exist. */
  openStore(folder: string): Promise<ReleaseStore>;
  openRegistry(target: RegistryTarget): Promise<RegistryReleaseStore>;
  loadOciTools(): Promise<OciTools>;
  openDatabase(target: DatabaseTarget): Promise<Database>;
  /** Nothing is connected to until a database is asked for. */
  openScratch(target: ScratchTarget): Promise<ScratchDatabases>;
  createAnalyzer(): Promise<SqlAnalyzer>;
  loadSecurity(): Promise<SecurityTools>;
  /** Shows a page to whoever sits there. Rejects where that cannot be done. */
  openBrowser(url: string): Promise<void>;
}

export const SYSTEM_ADAPTERS: Adapters = {
  openStore: async (folder) => {
    const { createLayoutStore } = await import('@squizzle/oci');
    return createLayoutStore(folder);
  },
  openRegistry: async ({ cacheFolder, ...target }) => {
    const { createContentCache, createRegistryStore, withCache } = await import('@squizzle/oci');
    return withCache(createRegistryStore(target), createContentCache(cacheFolder));
  },
  loadOciTools: async () => import('@squizzle/oci'),
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
  openScratch: async (target) => {
    const { ledgerSchema } = target;
    if (target.kind === 'server') {
      const { createScratchServer } = await import('@squizzle/postgres');
      return createScratchServer({ connectionString: target.connectionString, ledgerSchema });
    }
    const { createEmbeddedScratch } = await import('@squizzle/postgres/embedded');
    return createEmbeddedScratch({ templateCacheDir: target.templateCacheFolder, ledgerSchema });
  },
  createAnalyzer: async () => {
    const { createSqlAnalyzer } = await import('@squizzle/sql');
    return createSqlAnalyzer();
  },
  loadSecurity: async () => import('@squizzle/security'),
  openBrowser,
};
