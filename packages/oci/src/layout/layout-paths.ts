/**
 * Where things lie in a layout folder:
 *
 *     <root>/
 *       oci-layout            {"imageLayoutVersion":"1.0.0"}: the mark of an image layout
 *       index.json            an image index: every manifest pushed, tags as annotations
 *       blobs/<alg>/<hex>     content by digest
 *       .squizzle/            ours alone, no part of the specification: other tools pass it over
 *         index.lock          held while index.json changes
 *         arriving/<uuid>     files that are still being written
 *
 * @see https://github.com/opencontainers/image-spec/blob/v1.1.1/image-layout.md
 * @module
 */
import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { digestAlgorithm, digestHex, parseDigest, type Digest } from '@squizzle/oci-spec';

/** The name of our folder in somebody's layout. */
export const WORK_FOLDER = '.squizzle';

export interface LayoutPaths {
  readonly root: string;
  readonly marker: string;
  readonly index: string;
  readonly lock: string;
  readonly arrivals: string;
  readonly blobs: string;
  /** A new name in `arrivals` each time. */
  readonly arriving: () => string;
  /** @throws {TypeError} for text that only claims to be a digest: nothing else may become part of a path. */
  blob(digest: Digest): string;
}

export function layoutPaths(root: string): LayoutPaths {
  const arrivals = join(root, WORK_FOLDER, 'arriving');
  const blobs = join(root, 'blobs');
  return {
    root,
    marker: join(root, 'oci-layout'),
    index: join(root, 'index.json'),
    lock: join(root, WORK_FOLDER, 'index.lock'),
    arrivals,
    blobs,
    arriving: () => join(arrivals, randomUUID()),
    blob(digest) {
      const checked = parseDigest(digest);
      if (checked === undefined) throw new TypeError(`not a digest: ${JSON.stringify(digest)}`);
      return join(blobs, digestAlgorithm(checked), digestHex(checked));
    },
  };
}
