/**
 * The TypeScript of `docs/registries/images.md`, run as it is written, in a folder of its own and against a registry on
 * this machine.
 */
import { readFileSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { startRegistry } from '@squizzle/registry';
import { expect, it } from 'vitest';
import { writeContext } from '../../test/context-folder.ts';
import { useTemporaryFolder } from '../../test/temporary-folder.ts';
import { createImageBuilder } from './image-builder.ts';
import { createRegistryClient, type RegistryClientOptions } from './registry-client.ts';

const DOCUMENT = readFileSync(new URL('../../../../docs/registries/images.md', import.meta.url), 'utf8');
const [build = '', keep = '', transfer = ''] = [...DOCUMENT.matchAll(/```typescript\n([\s\S]+?)```/g)].map(
  ([, code]) => code,
);
const folder = useTemporaryFolder();

it('builds, pushes, pulls, names and removes as it says', async () => {
  await using registry = await startRegistry();
  await writeContext(join(folder(), 'seed-data'), { 'a.sql': 'SELECT 1;', 'b.tmp': '' });
  const told: string[] = [];
  const given = {
    createImageBuilder,
    createRegistryClient: (options: RegistryClientOptions) =>
      createRegistryClient({ ...options, url: registry.url, ca: undefined, homeFolder: folder() }),
    process: { env: {} },
    console: { log: (line: string) => void told.push(line) },
  };
  const body = [build, transfer, keep]
    .join('\n')
    .replaceAll(/^import .*$/gm, '')
    .replaceAll("'./", `'${folder()}/`);
  // oxlint-disable-next-line typescript/no-implied-eval -- our own document
  const example = new Function(
    ...Object.keys(given),
    `return (async () => {${body}\nreturn { image, images, damaged }})()`,
  ) as (...values: readonly unknown[]) => Promise<Readonly<Record<string, unknown>>>;
  expect(await example(...Object.values(given))).toMatchObject({
    images: [{ tags: ['shop/seed-data:1.0'] }],
    damaged: [],
  });
  expect(told.length).toBeGreaterThanOrEqual(3);
  expect(await readdir(join(folder(), 'images'))).toEqual(['tags.json']);
  expect(await readdir(join(folder(), 'pulled'))).toHaveLength(2);
});
