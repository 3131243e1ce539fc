/**
 * Where releases are kept, as people write it: a folder, or a repository of a registry.
 *
 * A text is a repository when its first segment can only be a host (`ghcr.io/acme/db`, `localhost:5000/db`); all else
 * is a folder. `oci://` and `file:` say which is meant.
 *
 * @module
 */
import { parseReference, parseRegistryHost, type RegistryHost, type RepositoryName } from '@squizzle/oci-spec';

export interface RegistryPlace {
  readonly kind: 'registry';
  readonly registry: RegistryHost;
  readonly repository: RepositoryName;
}

export type StorePlace =
  | RegistryPlace
  /** As it is written: relative to whatever holds the text. `~/` is the home folder. */
  | { readonly kind: 'folder'; readonly path: string };

export type StorePlaceResult =
  | { readonly ok: true; readonly place: StorePlace }
  /** `expected …, found …` is the sentence. */
  | { readonly ok: false; readonly expected: string };

export const STORE_PLACE_EXPECTED =
  'a folder, as ./releases, or a repository of a registry, as ghcr.io/acme/migrations';

const FOLDER_START = /^(?:[./\\~]|[A-Za-z]:[/\\])/;
/** A dot, a port, or the one host name that has neither. */
const HOST_START = /^(?:localhost|[^/]*[.:][^/]*)\//;
const SCHEME = /^([a-z][a-z0-9+.-]+):\/\//i;

export function parseStorePlace(text: string): StorePlaceResult {
  if (text.trim() === '' || /\p{Cc}/u.test(text)) return { ok: false, expected: STORE_PLACE_EXPECTED };
  if (text.startsWith('oci://')) return toRegistry(text.slice('oci://'.length));
  if (text.startsWith('file:')) return toFolder(text.slice('file:'.length).replace(/^\/\/(?=\/)/, ''));
  if (SCHEME.test(text)) {
    return { ok: false, expected: `${STORE_PLACE_EXPECTED}; of schemes only oci:// and file: are known here` };
  }
  return HOST_START.test(text) && !FOLDER_START.test(text) ? toRegistry(text) : toFolder(text);
}

function toFolder(path: string): StorePlaceResult {
  return path === '' ? { ok: false, expected: 'file: and a path, as file:./releases' } : folder(path);
}

const folder = (path: string): StorePlaceResult => ({ ok: true, place: { kind: 'folder', path } });

function toRegistry(text: string): StorePlaceResult {
  const trimmed = text.replace(/\/+$/, '');
  const [host = '', ...path] = trimmed.split('/');
  const isNamed = path.length > 0 && parseRegistryHost(host) !== undefined; // else Docker Hub would be taken for granted
  const reference = isNamed ? parseReference(trimmed) : undefined;
  if (reference === undefined) return { ok: false, expected: explain(trimmed) };
  const { registry, repository, tag, digest } = reference;
  if (tag === undefined && digest === undefined) return { ok: true, place: { kind: 'registry', registry, repository } };
  return { ok: false, expected: 'a repository without tag or digest: which release is meant is said elsewhere' };
}

function explain(text: string): string {
  const lower = text.toLowerCase();
  const isUpper = lower !== text && parseReference(lower) !== undefined;
  const what = isUpper
    ? 'the name of a repository in lower case: registries take no other'
    : 'a registry and a repository in it, as ghcr.io/acme/migrations or localhost:5000/migrations';
  return `${what}; a folder of that name is written with ./ before it`;
}
