/**
 * Whether a folder is an image layout, may become one, or is somebody else's.
 *
 * @see https://github.com/opencontainers/image-spec/blob/v1.1.1/image-layout.md#oci-layout-file
 * @module
 */
import { isContentError, parseJsonObject, type JsonObject } from '@squizzle/oci-spec';
import { namesIn, readSmallFile, type LayoutFs } from './layout-fs.ts';
import { WORK_FOLDER, type LayoutPaths } from './layout-paths.ts';
import { storeUnusable } from './store-error.ts';

/** The minor version may not change what is here: versions follow those of the image-spec. */
const SUPPORTED = /^1\.0\.\d+$/;
const MARKER_BYTES = 64 * 1024;
/** What an empty folder may hold: ours, half made, and what the root of an ext4 volume has. */
const NO_CONTENT: ReadonlySet<string> = new Set([WORK_FOLDER, 'lost+found']);

export const MARKER_TEXT = JSON.stringify({ imageLayoutVersion: '1.0.0' });

/**
 * `layout` for one we can use, `empty` for a folder without content or none at all.
 *
 * @throws {SquizzleError} `STORE_UNUSABLE` for a folder with other content, or a layout of another version.
 */
export async function inspectLayout(fs: LayoutFs, paths: LayoutPaths): Promise<'layout' | 'empty'> {
  if (await hasMarker(fs, paths)) return 'layout';
  const names = await namesIn(fs, paths.root);
  if (names.every((name) => NO_CONTENT.has(name))) return 'empty';
  // The mark comes before all else: who sees other files of a layout being made sees it now.
  if (await hasMarker(fs, paths)) return 'layout';
  throw storeUnusable(
    paths.root,
    'expected an OCI image layout or an empty folder, found files and no oci-layout; choose another folder',
  );
}

async function hasMarker(fs: LayoutFs, { marker }: LayoutPaths): Promise<boolean> {
  const bytes = await readSmallFile(fs, marker, MARKER_BYTES);
  if (bytes === undefined) return false;
  const document = parseMarker(marker, bytes);
  if (isSupportedLayout(document)) return true;
  const { imageLayoutVersion: version } = document;
  const found = typeof version === 'string' ? JSON.stringify(version.slice(0, 64)) : 'none';
  throw storeUnusable(
    marker,
    `expected imageLayoutVersion 1.0.x, found ${found}; update SQUIZZLE or choose another folder`,
  );
}

/** Whether the content of oci-layout names a version that we can use. */
export function isSupportedLayout({ imageLayoutVersion: version }: JsonObject): boolean {
  return typeof version === 'string' && SUPPORTED.test(version);
}

function parseMarker(path: string, bytes: Uint8Array): JsonObject {
  try {
    return parseJsonObject(bytes, { maxBytes: MARKER_BYTES, what: 'oci-layout' });
  } catch (cause) {
    if (!isContentError(cause)) throw cause;
    throw storeUnusable(path, `${cause.message}; restore it: ${MARKER_TEXT}`, { cause });
  }
}
