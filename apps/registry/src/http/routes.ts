/**
 * Which endpoint a request is for: pure, so that each endpoint of the specification is a row in the tests.
 *
 * Names of repositories hold slashes, also such names as `blobs/uploads`, so a path is read from its end. It is split
 * as it arrived; what stands between the slashes is decoded once and must then be a name, digest, tag or upload id.
 *
 * @see https://github.com/opencontainers/distribution-spec/blob/v1.1.1/spec.md#endpoints
 * @module
 */
import type { Digest, RepositoryName } from '@squizzle/oci-spec';
import type { ManifestReference } from '../services/manifests.ts';
import { readDigest, readReference, readRepository, readUploadId } from './path-parameters.ts';

/** What each endpoint's path says. */
interface RouteParameters {
  health: unknown;
  ready: unknown;
  base: unknown;
  catalog: unknown;
  tags: { readonly repository: RepositoryName };
  referrers: { readonly repository: RepositoryName; readonly digest: Digest };
  manifest: { readonly repository: RepositoryName; readonly reference: ManifestReference };
  blob: { readonly repository: RepositoryName; readonly digest: Digest };
  uploads: { readonly repository: RepositoryName };
  upload: { readonly repository: RepositoryName; readonly id: string };
}

export type RouteName = keyof RouteParameters;
export type RouteOf<N extends RouteName> = { readonly name: N } & RouteParameters[N];
export type Route = { [N in RouteName]: RouteOf<N> }[RouteName];

export type RouteMatch =
  | { readonly type: 'found'; readonly route: Route }
  /** `allow` is the value of the header of that name; empty when the resource takes no method at all. */
  | { readonly type: 'method-not-allowed'; readonly allow: string }
  | { readonly type: 'not-found' };

export interface RouteSettings {
  /** Whether blobs, manifests and tags may be deleted. */
  readonly deleteEnabled: boolean;
  /** Nothing may be changed at all. */
  readonly readOnly: boolean;
}

/**
 * The route of a request by its method and raw path, without the query.
 *
 * @throws {RegistryError} `NAME_INVALID`; `DIGEST_INVALID`; `TAG_INVALID`, or `MANIFEST_UNKNOWN` for a read by what
 *   can be no tag; `UPLOAD_UNKNOWN`; `REQUEST_INVALID` for a parameter that is no percent-encoded UTF-8.
 */
export type MatchRoute = (method: string, path: string) => RouteMatch;

const METHODS: Readonly<Record<RouteName, readonly string[]>> = {
  health: ['GET', 'HEAD'],
  ready: ['GET', 'HEAD'],
  base: ['GET', 'HEAD'],
  catalog: ['GET', 'HEAD'],
  tags: ['GET', 'HEAD'],
  referrers: ['GET', 'HEAD'],
  manifest: ['GET', 'HEAD', 'PUT', 'DELETE'],
  blob: ['GET', 'HEAD', 'DELETE'],
  uploads: ['POST'],
  upload: ['GET', 'HEAD', 'PATCH', 'PUT', 'DELETE'],
};

/** A path taken apart, its parts as they arrived. */
interface Located {
  readonly name: RouteName;
  readonly repository: string;
  /** The last segment. */
  readonly parameter: string;
}

const FIXED: ReadonlyMap<string, Located> = new Map(
  (
    [
      ['/v2/', 'base'],
      ['/v2', 'base'],
      ['/v2/_catalog', 'catalog'],
      ['/health', 'health'],
      ['/health/ready', 'ready'],
    ] as const
  ).map(([path, name]) => [path, { name, repository: '', parameter: '' }]),
);

const API = '/v2/';
const NOT_FOUND: RouteMatch = { type: 'not-found' };

export function createRouteMatcher({ deleteEnabled, readOnly }: RouteSettings): MatchRoute {
  const isEnabled = (name: RouteName, method: string): boolean => {
    if (method === 'GET' || method === 'HEAD') return true;
    // Giving an upload up deletes nothing that was there.
    return !readOnly && (deleteEnabled || method !== 'DELETE' || name === 'upload');
  };
  return (method, path) => {
    const located = locate(path);
    if (located === undefined) return NOT_FOUND;
    const { name } = located;
    if (METHODS[name].includes(method) && isEnabled(name, method)) {
      return { type: 'found', route: readRoute(located, method) };
    }
    const allowed = METHODS[name].filter((other) => isEnabled(name, other));
    return { type: 'method-not-allowed', allow: allowed.join(', ') };
  };
}

function locate(path: string): Located | undefined {
  const fixed = FIXED.get(path);
  if (fixed !== undefined) return fixed;
  if (!path.startsWith(API)) return undefined;
  const end = path.lastIndexOf('/');
  const parameter = path.slice(end + 1);
  const before = path.slice(API.length, end);
  const found = (name: RouteName, suffix: string): Located => ({
    name,
    repository: before.slice(0, -suffix.length),
    parameter,
  });
  if (before.endsWith('/manifests')) return found('manifest', '/manifests');
  if (before.endsWith('/blobs')) return found(parameter === 'uploads' ? 'uploads' : 'blob', '/blobs');
  if (before.endsWith('/blobs/uploads')) return found(parameter === '' ? 'uploads' : 'upload', '/blobs/uploads');
  if (before.endsWith('/referrers')) return found('referrers', '/referrers');
  if (before.endsWith('/tags') && parameter === 'list') return found('tags', '/tags');
  return undefined;
}

function readRoute(located: Located, method: string): Route {
  const { name, parameter } = located;
  switch (name) {
    case 'health':
    case 'ready':
    case 'base':
    case 'catalog':
      return { name };
    case 'tags':
    case 'uploads':
      return { name, repository: readRepository(located.repository) };
    case 'manifest':
      return {
        name,
        repository: readRepository(located.repository),
        reference: readReference(parameter, method),
      };
    case 'blob':
    case 'referrers':
      return { name, repository: readRepository(located.repository), digest: readDigest(parameter) };
    case 'upload':
      return { name, repository: readRepository(located.repository), id: readUploadId(parameter) };
  }
}
