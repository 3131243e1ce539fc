/**
 * Source folders for tests: texts by path, in memory or in a temporary folder that goes with the test.
 *
 * @module
 */
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import type { FolderListing } from './folder-listing.ts';
import { compareNatural } from './natural-order.ts';
import type { SourceFile } from './source-tree.ts';

export type Texts = Readonly<Record<string, string>>;

/** What `listFolder` would say of `db/migrations` with these files. */
export function listingOf(texts: Texts): FolderListing {
  const files = Object.entries(texts).map(([path, text]) => ({
    path,
    origin: `db/migrations/${path}`,
    read: async () => Buffer.from(text),
    readHead: async (sizeBytes: number) => Buffer.from(text).subarray(0, sizeBytes),
  }));
  return { label: 'db/migrations', files: files.sort((a, b) => compareNatural(a.path, b.path)) };
}

const decode = async (bytes: Promise<Uint8Array>): Promise<string> => Buffer.from(await bytes).toString();

/** Each file as `[path, text, rollback's text or null]`: what tests of layouts compare. */
export async function textsOf(
  files: readonly SourceFile[],
): Promise<readonly (readonly [string, string, string | null])[]> {
  return Promise.all(
    files.map(
      async ({ path, read, rollback }) =>
        [path, await decode(read()), rollback === null ? null : await decode(rollback.read())] as const,
    ),
  );
}

/** Writes the files below a new folder, runs `work`, and removes the folder. */
export async function withFolder<T>(texts: Texts, work: (root: string) => Promise<T>): Promise<T> {
  const root = await mkdtemp(join(tmpdir(), 'squizzle-source-'));
  try {
    for (const [path, text] of Object.entries(texts)) {
      await mkdir(dirname(join(root, path)), { recursive: true });
      await writeFile(join(root, path), text);
    }
    return await work(root);
  } finally {
    await rm(root, { recursive: true, force: true });
  }
}
