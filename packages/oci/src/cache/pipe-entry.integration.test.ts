import { execFileSync } from 'node:child_process';
import { mkdir, readdir } from 'node:fs/promises';
import { platform } from 'node:os';
import { dirname, join } from 'node:path';
import { sampleBlob } from '@squizzle/core/testing';
import { digestHex } from '@squizzle/oci-spec';
import { expect, it } from 'vitest';
import { useTemporaryFolder } from '../../test/temporary-folder.ts';
import { createContentCache } from './content-cache.ts';

const folder = useTemporaryFolder();

it.skipIf(platform() === 'win32')('a cache removes a pipe in place of an entry, and waits for nobody', async () => {
  const { descriptor } = sampleBlob(100);
  const hex = digestHex(descriptor.digest);
  const path = join(folder(), 'v1', 'blobs', 'sha256', hex.slice(0, 2), hex);
  await mkdir(dirname(path), { recursive: true });
  execFileSync('mkfifo', [path]);
  expect(await createContentCache(folder()).read(descriptor)).toBeUndefined();
  expect(await readdir(dirname(path))).toEqual([]);
});
