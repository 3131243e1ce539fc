import { createArtifactStorage, MigrationEngine, parseVersion, readSourceFolder } from '@squizzle/core';
import { createLayoutStore } from '@squizzle/oci';
import { createPostgresDriver } from '@squizzle/postgres';
import { createSqlAnalyzer } from '@squizzle/sql';
import { join, resolve } from 'node:path';
import { expect, it } from 'vitest';
import { createProject } from '../support/project.ts';
import { createDatabase, newest } from '../support/servers.ts';

const SHOP = resolve(import.meta.dirname, '../../examples/shop');

it.skipIf(newest.url === null)(
  `the packages do the main job for a program, as the README of core shows (${newest.missing ?? 'real server'})`,
  async () => {
    const project = await createProject({});
    const driver = createPostgresDriver({ connectionString: await createDatabase(newest) });
    try {
      const store = createLayoutStore(join(project.folder, 'releases'));
      const storage = createArtifactStorage(store, { urlOf: (version) => `./releases:v${version}` });
      const policy = { unsigned: { allowed: true, reason: 'a test' } } as const;
      const engine = new MigrationEngine({ storage, driver, policy, environment: 'production', actor: 'deploy@ci' });
      const source = await readSourceFolder({
        root: SHOP,
        migrations: 'db/migrations',
        repeatable: 'db/repeatable',
        seeds: 'db/seeds',
      });
      const version = parseVersion('1.0.0');
      if (version === undefined) throw new RangeError('1.0.0 is a version');
      await engine.build(source, { name: 'shop', version, created: new Date(0), analyzer: createSqlAnalyzer() });
      expect(await engine.apply('1.0.0')).toMatchObject([{ version: '1.0.0', steps: 5 }]);
      expect(await engine.status()).toMatchObject({ current: '1.0.0', pending: 0 });
      const { artifact, manifest } = await storage.pull('1.0.0');
      expect(await storage.push('1.0.0', artifact, manifest), 'pushing again is no fault').toBe('./releases:v1.0.0');
      await engine.rollback(null);
      expect(await engine.status()).toMatchObject({ current: null, pending: 1 });
      expect((await driver.snapshotSchema()).objects.filter(({ kind }) => kind === 'table')).toEqual([]);
    } finally {
      await driver.close();
      await project.remove();
    }
  },
);
