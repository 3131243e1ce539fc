/**
 * Where an upload session may be: anywhere away from the registry, but at the registry at no other place of its API.
 *
 * Requests to the registry carry credentials and bytes, so whoever names the place (a storage the registry trusts, a proxy
 * before it) must not make them read, replace or delete something else.
 *
 * Seen: `/v2/<name>/blobs/uploads/<id>` (distribution, Docker Hub, ECR, Quay, Harbor, GitLab, Gitea),
 * `/v2/<name>/blobs/upload/<id>` (GHCR), `/artifacts-uploads/namespaces/<n>/repositories/<r>/uploads/<id>` (Google).
 *
 * @see https://github.com/opencontainers/distribution-spec/blob/v1.1.1/spec.md#pushing-blobs
 * @module
 */
import type { RepositoryName } from '@squizzle/oci-spec';

/** `session`: surely one · `unknown`: the registry's own affair · `other`: another place of the API. */
export type UploadPlace = 'session' | 'unknown' | 'other';

/** Of a location at the registry itself. */
export function placeOfUpload(location: URL, repository: RepositoryName): UploadPlace {
  const path = decodePath(location.pathname);
  if (path === undefined || /(?:^|\/)\.\.?(?:\/|$)|\\|\/\//.test(path)) return 'other';
  const [, id] = sessionAt(path, repository) ?? [];
  if (id !== undefined) return namesContent(id) ? 'other' : 'session';
  return /^\/v2(?:\/|$)/i.test(path) || namesContent(path) ? 'other' : 'unknown';
}

const GOOGLE = /^\/artifacts-uploads\/(.+)$/;
const BELOW_REPOSITORY = /^blobs\/uploads?\/(.+)$/;

function sessionAt(path: string, repository: RepositoryName): RegExpExecArray | null {
  const own = `/v2/${repository}/`;
  return path.startsWith(own) ? BELOW_REPOSITORY.exec(path.slice(own.length)) : GOOGLE.exec(path);
}

/** `…/manifests/<reference>`, `…/tags/list`, `…/blobs/<digest>`, wherever the API may begin. */
function namesContent(path: string): boolean {
  return /(?:^|\/)(?:manifests|tags|referrers|_catalog|blobs)(?:\/|$)/i.test(path);
}

/** Servers decode it too, some of them twice; `undefined`: it cannot be decoded. */
function decodePath(path: string): string | undefined {
  try {
    const once = decodeURIComponent(path);
    return once.includes('%') ? decodeURIComponent(once) : once;
  } catch {
    return undefined;
  }
}
