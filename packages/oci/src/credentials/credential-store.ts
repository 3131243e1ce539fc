/**
 * Logins kept for later: in the credential helper that the file of credentials names, else in the file itself.
 *
 * Which file: `REGISTRY_AUTH_FILE`, else `$DOCKER_CONFIG/config.json`, else `~/.docker/config.json`. Docker, podman and
 * skopeo find what is kept there. That the credentials are right is for the caller to see before.
 *
 * @module
 */
import type { CallOptions } from '@squizzle/core';
import type { RegistryHost } from '@squizzle/oci-spec';
import { helperFor, holdsContent, hostsIn, parseAuthDocument, type AuthDocument } from './auth-file/auth-document.ts';
import { toAuthEntry } from './auth-file/auth-entry.ts';
import { loginFile, type AuthFilePlace, type Surroundings } from './auth-file/auth-file-places.ts';
import { withEntry, withoutEntry } from './auth-file/edit-auth-document.ts';
import { readForEditing, rewriteAuthFile } from './auth-file/rewrite-auth-file.ts';
import { createCredentialFinder, helperSource } from './credential-finder.ts';
import type { Credential } from './credential.ts';
import { credentialsUnusable } from './credentials-unusable.ts';
import { createHelperRunner, programOf, type RunHelper } from './helper/credential-helper.ts';
import { eraseInHelper, listInHelper, storeInHelper, type Helper } from './helper/helper-verbs.ts';
import { namesHost, normalHost, serverAddress } from './host-key.ts';

export interface CredentialStoreOptions extends Surroundings {
  readonly onWarning?: ((text: string) => void) | undefined;
  /** Default: starts `docker-credential-<name>` with the variables of `env`. */
  readonly runHelper?: RunHelper | undefined;
}

export interface SavedCredential {
  /** For people, and as {@link FoundCredential.source} has it. */
  readonly savedIn: string;
  readonly kind: 'file' | 'helper';
  /** Everybody who can read the file has the secret. */
  readonly isPlainText: boolean;
  /** A source that is asked before and has other credentials for the registry: those will be used, not these. */
  readonly hiddenBy: string | null;
}

export interface RemovedCredential {
  /** Empty when nothing was kept. */
  readonly removedFrom: readonly string[];
  /** A source that logins are not written to and that still has credentials for the registry. */
  readonly stillIn: string | null;
}

export interface CredentialStore {
  /** Replaces what is kept for the registry. */
  save(host: RegistryHost, credential: Credential, options?: CallOptions): Promise<SavedCredential>;
  /** Removes what is kept for the whole registry, however it is spelled; entries for a namespace of it stay. */
  remove(host: RegistryHost, options?: CallOptions): Promise<RemovedCredential>;
  /** The registries that the file has an entry for, sorted. */
  list(): Promise<readonly string[]>;
}

/**
 * Every function throws `CREDENTIALS_UNUSABLE` when the file or the helper cannot be used; the file is then as it was.
 * Several may write at the same time: nobody's login is lost.
 */
export function createCredentialStore(options: CredentialStoreOptions): CredentialStore {
  const place = loginFile(options);
  const { source } = place;
  const run = options.runHelper ?? createHelperRunner({ env: options.env });
  const readDocument = async () => parseAuthDocument(await readForEditing(place.path, source), source);
  const helperOf = (document: AuthDocument, host: RegistryHost): Helper | undefined => {
    const name = helperFor(document, host);
    return name === undefined ? undefined : { run, name };
  };
  const removeEntry = async (host: RegistryHost, callOptions?: CallOptions): Promise<{ readonly changed: boolean }> => {
    const edit = (text: string): string => withoutEntry(text, { source, host });
    const text = await readForEditing(place.path, source);
    return edit(text) === text ? { changed: false } : rewriteAuthFile(place, edit, callOptions);
  };
  return {
    async save(host, credential, callOptions) {
      requireWritable(credential, source);
      const helper = helperOf(await readDocument(), host);
      if (helper !== undefined) await storeInHelper(helper, host, credential, callOptions);
      // An entry without content tells other tools that there is a login, and takes the place of an old secret.
      const entry = { key: keyFor(host, place), value: helper === undefined ? toAuthEntry(credential) : {} };
      await rewriteAuthFile(place, (text) => withEntry(text, entry, { source, host }), callOptions);
      const savedIn = helper === undefined ? source : helperSource(helper.name, source);
      const used = await sourceInUse({ ...options, runHelper: run }, host, callOptions);
      return {
        savedIn,
        kind: helper === undefined ? 'file' : 'helper',
        isPlainText: helper === undefined,
        hiddenBy: used === savedIn ? null : used,
      };
    },
    async remove(host, callOptions) {
      const document = await readDocument();
      const helper = helperOf(document, host);
      const erased = helper !== undefined && (await eraseAll(helper, host, options, callOptions));
      const { changed } = await removeEntry(host, callOptions);
      const removedFrom = [
        ...(helper !== undefined && erased ? [helperSource(helper.name, source)] : []),
        ...(changed && holdsContent(document, host) ? [source] : []),
      ];
      return { removedFrom, stillIn: await sourceInUse({ ...options, runHelper: run }, host, callOptions) };
    },
    list: async () => hostsIn(await readDocument()),
  };
}

/** Docker knows its Hub by another key than podman and skopeo, each in the files of its own. */
function keyFor(host: RegistryHost, { variable }: AuthFilePlace): string {
  return variable === 'REGISTRY_AUTH_FILE' ? normalHost(host) : serverAddress(host);
}

/** Files and HTTP join user and password with a colon; other tools drop NUL. */
function requireWritable(credential: Credential, source: string): void {
  if (credential.kind !== 'basic') return;
  const { username, password } = credential;
  if (username === '' || password === '') throw credentialsUnusable(source, 'a login has a user name and a password');
  if (username.includes(':')) throw credentialsUnusable(source, 'a user name has no colon: see that it is one');
  if (`${username}${password}`.includes('\0')) throw credentialsUnusable(source, 'a login has no NUL character');
}

async function eraseAll(
  helper: Helper,
  host: RegistryHost,
  { onWarning }: CredentialStoreOptions,
  options?: CallOptions,
): Promise<boolean> {
  const listed = (await listInHelper(helper, options))?.filter((address) => namesHost(address, host));
  // Also what is not listed: there are helpers that list nothing.
  const addresses = new Set([serverAddress(host), ...(listed ?? [])]);
  let erased = false;
  for (const address of addresses) {
    const outcome = await eraseInHelper(helper, address, options);
    if (outcome === undefined) onWarning?.(`${programOf(helper.name)} is not installed: what it keeps stays there`);
    erased ||= outcome === true && listed?.includes(address) !== false;
  }
  return erased;
}

/** Faults of other sources are theirs to tell when they are used. */
async function sourceInUse(
  { env, homeFolder, runHelper }: CredentialStoreOptions,
  host: RegistryHost,
  options?: CallOptions,
): Promise<string | null> {
  const find = createCredentialFinder({ env, homeFolder, host, runHelper });
  const found = await find({ host, repository: null }, options).catch(() => undefined);
  return found?.source ?? null;
}
