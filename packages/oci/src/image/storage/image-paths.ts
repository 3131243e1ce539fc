/**
 * Where images lie:
 *
 *     <storageDir>/
 *       <hex>.tar             an image as an OCI layout in a tar; <hex> is its manifest's SHA-256
 *       tags.json             {"formatVersion":1,"tags":{"app:1.0":"sha256:<hex>"}}: what images are called now
 *       .tags.lock            held while an image or a name comes or goes
 *       .arriving-<uuid>.*    what is still being written
 *
 * An image's file never changes, and appears whole: reading needs no lock.
 *
 * @module
 */
import { randomUUID } from 'node:crypto';
import { join, resolve } from 'node:path';
import { digestFromHex, digestHex, type Digest } from '@squizzle/oci-spec';

export const ARRIVING_PREFIX = '.arriving-';
const SUFFIX = '.tar';

export interface ImagePaths {
  readonly root: string;
  readonly tags: string;
  readonly lock: string;
  /** A new name each time. */
  arriving(): string;
  image(digest: Digest): string;
}

export function imagePaths(storageDir: string): ImagePaths {
  const root = resolve(storageDir);
  return {
    root,
    tags: join(root, 'tags.json'),
    lock: join(root, '.tags.lock'),
    arriving: () => join(root, `${ARRIVING_PREFIX}${randomUUID()}`),
    image: (digest) => join(root, `${digestHex(digest)}${SUFFIX}`),
  };
}

/** The image that a file of this name holds, unless it is something else. */
export function digestOfFile(name: string): Digest | undefined {
  return name.endsWith(SUFFIX) ? digestFromHex('sha256', name.slice(0, -SUFFIX.length)) : undefined;
}
