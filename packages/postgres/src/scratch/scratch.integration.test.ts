import { MigrationEngine, parseVersion, rehearseRelease, createArtifactStorage, type Version } from '@squizzle/core';
import {
  createMemoryContentStore,
  createSourceTree,
  createStatementAnalyzer,
  describeScratchDatabasesContract,
} from '@squizzle/core/testing';
import { expect, it, onTestFinished } from 'vitest';
import { EMBEDDED_TEMPLATES } from '../../test/embedded-templates.ts';
import { containing } from '../../test/matchers.ts';
import { createTestDatabase, describeEachServer, runSql, withUser } from '../../test/servers.ts';
import { createEmbeddedScratch } from '../embedded/index.ts';
import { createScratchServer } from '../index.ts';

describeEachServer('scratch databases', (server) => {
  const makeRole = (name: string, right: string): Promise<unknown> =>
    runSql(server.url, `DO $$ BEGIN CREATE ROLE ${name} LOGIN ${right}; EXCEPTION WHEN duplicate_object THEN END $$`);
  const leftovers = async (): Promise<readonly string[]> => {
    const rows = await runSql(
      server.url,
      "SELECT datname FROM pg_database WHERE datname LIKE 'squizzle\\_scratch\\_%'",
    );
    return rows.map(({ datname }) => String(datname));
  };

  describeScratchDatabasesContract('on a server', async () => {
    await makeRole('scratch_maker', 'CREATEDB');
    const connectionString = withUser(server.url, 'scratch_maker');
    return { scratch: createScratchServer({ connectionString }), leftovers, close: () => Promise.resolve() };
  });

  it('say which right is missing, and leave the database they were given alone', async () => {
    await makeRole('no_maker', 'NOCREATEDB');
    const database = await createTestDatabase(server);
    const scratch = createScratchServer({ connectionString: withUser(database.url, 'no_maker') });
    const message = containing('ALTER ROLE "no_maker" CREATEDB');
    await expect(scratch.create()).rejects.toMatchObject({ code: 'DATABASE_DENIED', message });
    expect(
      await database.run("SELECT 1 FROM pg_class WHERE relnamespace >= 16384 OR relnamespace = 'public'::regnamespace"),
    ).toEqual([]);
    expect(await leftovers()).toEqual([]);
    await database.drop();
  });

  it('are told of by name where they cannot be dropped', async () => {
    const database = await createTestDatabase(server);
    const scratch = createScratchServer({ connectionString: database.url });
    const made = await scratch.create();
    await database.drop();
    const disposing = made[Symbol.asyncDispose]();
    await expect(disposing).rejects.toMatchObject({ message: containing('DROP DATABASE squizzle_scratch_') });
    for (const name of await leftovers()) await runSql(server.url, `DROP DATABASE ${name}`);
  });

  it('let a release be rehearsed that makes what belongs to no database', async () => {
    const engine = new MigrationEngine({
      storage: createArtifactStorage(createMemoryContentStore(), { urlOf: (text) => text }),
      policy: { unsigned: { allowed: true, reason: 'a test' } },
    });
    const analyzer = createStatementAnalyzer();
    const sources = createSourceTree({
      'migrations/1.sql': 'CREATE ROLE rehearsed;\nCREATE TABLE t (i int);\nGRANT SELECT ON t TO rehearsed;\n',
      'migrations/1.down.sql': 'DROP TABLE t;\nDROP ROLE rehearsed;\n',
    });
    const version = parseVersion('1.0.0') as Version;
    await engine.build(sources, { name: 'shop', version, created: new Date(0), analyzer });
    onTestFinished(() => runSql(server.url, 'DROP ROLE IF EXISTS rehearsed').then(() => undefined));
    const scratch = createScratchServer({ connectionString: server.url });
    const options = { from: null, environment: 'test', analyzer };
    expect(await rehearseRelease(await engine.verify('1.0.0'), scratch, options)).toMatchObject({
      rollback: { missing: null, differences: [] },
      again: [],
    });
    expect(await leftovers()).toEqual([]);
  });

  it('cannot be had from a server that does not answer', async () => {
    const scratch = createScratchServer({ connectionString: 'postgres://u:hidden@127.0.0.1:1/db' });
    await expect(scratch.create()).rejects.toMatchObject({ code: 'DATABASE_UNREACHABLE' });
    expect(scratch.description).not.toContain('hidden');
  });
});

describeScratchDatabasesContract('PGlite in memory', () =>
  Promise.resolve({
    scratch: createEmbeddedScratch({ templateCacheDir: EMBEDDED_TEMPLATES }),
    close: () => Promise.resolve(),
  }),
);
