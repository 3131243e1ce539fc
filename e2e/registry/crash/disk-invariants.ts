/**
 * What must hold of a storage folder at rest, read from the disk and not through the server.
 *
 * @module
 */
import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join, relative, sep } from 'node:path';

/** Every file under `root`, by its parts below it. */
function filesUnder(root: string): readonly (readonly string[])[] {
  if (!existsSync(root)) return [];
  return readdirSync(root, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => relative(root, join(entry.parentPath, entry.name)).split(sep));
}

const blobPath = (root: string, algorithm: string, hex: string): string =>
  join(root, 'blobs', algorithm, hex.slice(0, 2), hex);

/** Each sentence is one thing that is broken; none is what one wants to see. */
export function violations(root: string): readonly string[] {
  return [...brokenBlobs(root), ...brokenLinks(root)];
}

function brokenBlobs(root: string): readonly string[] {
  return filesUnder(join(root, 'blobs')).flatMap(([algorithm = '', prefix = '', hex = '']) => {
    const path = join(root, 'blobs', algorithm, prefix, hex);
    const actual = createHash(algorithm).update(readFileSync(path)).digest('hex');
    return actual === hex && hex.startsWith(prefix) ? [] : [`blob ${algorithm}:${hex} has the bytes of ${actual}`];
  });
}

function brokenLinks(root: string): readonly string[] {
  const repositories = join(root, 'repositories');
  return filesUnder(repositories).flatMap((parts) => {
    const kind = parts.findIndex((part) => part.startsWith('_'));
    const repository = parts.slice(0, kind).join('/');
    const [folder, ...rest] = parts.slice(kind);
    if (folder === '_layers') {
      const [algorithm = '', hex = ''] = rest;
      return existsSync(blobPath(root, algorithm, hex)) ? [] : [`${repository}: layer ${hex} has no bytes`];
    }
    if (folder !== '_manifests') return [];
    const [place, ...below] = rest;
    if (place === 'revisions') {
      const [algorithm = '', hex = ''] = below;
      return existsSync(blobPath(root, algorithm, hex)) ? [] : [`${repository}: manifest ${hex} has no bytes`];
    }
    const [algorithm = '', hex = ''] = readFileSync(join(repositories, ...parts), 'utf8')
      .trim()
      .split(':');
    const revision = join(repositories, repository, '_manifests/revisions', algorithm, hex);
    return existsSync(revision) ? [] : [`${repository}: tag ${below.join('/')} names a manifest that is not there`];
  });
}

/** How many files hold these bytes' digest: one, however many repositories have the blob. */
export function countBlobFiles(root: string): number {
  return filesUnder(join(root, 'blobs')).length;
}
