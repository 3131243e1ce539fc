/**
 * Credential files of Docker (`config.json`) and of podman, skopeo and buildah (`auth.json`): who keeps what.
 *
 * For each registry: `credHelpers[host]`, else `credsStore`, else the entry in `auths` with the longest namespace that
 * holds the repository. Entries of other registries are not looked at, whatever is wrong with them.
 *
 * @see https://github.com/containers/image/blob/v5.36.0/docs/containers-auth.json.5.md
 * @module
 */
import type { JsonObject } from '@squizzle/oci-spec';
import type { Credential, CredentialQuery } from '../credential.ts';
import { credentialsUnusable } from '../credentials-unusable.ts';
import { namesHost, normalHost, parseHostKey, serverAddress } from '../host-key.ts';
import { readAuthEntry } from './auth-entry.ts';
import { objectAt, parseAuthJson } from './auth-json.ts';

export interface AuthDocument {
  /** For messages: the file or variable it was read from. */
  readonly source: string;
  readonly root: JsonObject;
}

/** @throws {SquizzleError} `CREDENTIALS_UNUSABLE` when the text is no JSON object. */
export function parseAuthDocument(text: string, source: string): AuthDocument {
  return { source, root: parseAuthJson(text, source) };
}

/** The suffix of the program that keeps the host's credentials; `undefined`: the file itself does. */
export function helperFor({ root, source }: AuthDocument, host: string): string | undefined {
  const helpers = objectAt(root, 'credHelpers', source);
  const [own] = keysOf(helpers, host);
  const name = (own === undefined ? root['credsStore'] : helpers[own]) ?? '';
  if (typeof name !== 'string') {
    const member = own === undefined ? '"credsStore"' : `the entry of ${host} in "credHelpers"`;
    throw credentialsUnusable(source, `${member} is no text: write the name of a credential helper there`);
  }
  return name === '' ? undefined : name;
}

/** @throws {SquizzleError} `CREDENTIALS_UNUSABLE` when the entry of this registry cannot be read. */
export function entryFor(
  { root, source }: AuthDocument,
  { host, repository }: CredentialQuery,
): Credential | undefined {
  const auths = objectAt(root, 'auths', source);
  const namespaces = Object.keys(auths)
    .filter((key) => holds(key, host, repository))
    .sort((one, other) => lengthOf(other) - lengthOf(one));
  for (const key of [...namespaces, ...keysOf(auths, host)]) {
    const credential = readAuthEntry(auths[key] ?? {}, { source, host });
    if (credential !== undefined) return credential;
  }
  return undefined;
}

/** The hosts that have an entry, be it one that points to a helper. */
export function hostsIn({ root, source }: AuthDocument): readonly string[] {
  const places = Object.keys(objectAt(root, 'auths', source)).map(parseHostKey);
  const hosts = places.filter((place) => place?.namespace === '').map((place) => place?.host ?? '');
  return [...new Set(hosts)].sort();
}

/** Whether an entry of the whole registry says more than that there is a login. */
export function holdsContent({ root, source }: AuthDocument, host: string): boolean {
  const auths = objectAt(root, 'auths', source);
  return keysOf(auths, host).some((key) => Object.keys(auths[key] ?? {}).length > 0);
}

/** Every key that means the whole registry; the spelling that tools write now comes first. */
export function keysOf(members: JsonObject, host: string): readonly string[] {
  const usual = [serverAddress(host), normalHost(host)];
  const rank = (key: string): number => (usual.includes(key) ? usual.indexOf(key) : usual.length);
  return Object.keys(members)
    .filter((key) => namesHost(key, host))
    .sort((one, other) => rank(one) - rank(other));
}

function holds(key: string, host: string, repository: string | null): boolean {
  const place = parseHostKey(key);
  if (repository === null || place === undefined || place.namespace === '') return false;
  if (place.host !== normalHost(host)) return false;
  return repository === place.namespace || repository.startsWith(`${place.namespace}/`);
}

function lengthOf(key: string): number {
  return parseHostKey(key)?.namespace.length ?? 0;
}
