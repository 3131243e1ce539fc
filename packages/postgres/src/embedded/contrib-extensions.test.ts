import { readdir } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { expect, it } from 'vitest';
import { CONTRIB, loadContribExtensions } from './contrib-extensions.ts';

it('lists every contrib extension that PGlite ships', async () => {
  const entry = createRequire(import.meta.url).resolve('@electric-sql/pglite');
  const shipped = (await readdir(join(dirname(entry), 'contrib'))).filter((name) => name.endsWith('.js'));
  expect(Object.keys(CONTRIB)).toEqual(shipped.map((name) => name.slice(0, -'.js'.length)).sort());
});

it('loads them all, without libraries to preload', async () => {
  const extensions = await loadContribExtensions();
  expect(Object.keys(extensions)).toEqual(Object.keys(CONTRIB));
  expect(await extensions['pg_stat_statements']?.setup({}, {})).not.toHaveProperty('sharedPreloadLibraries');
});
