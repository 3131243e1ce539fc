import {
  compareSnapshots,
  createArtifactStorage,
  MigrationEngine,
  type DatabaseDriver,
  type DatabaseInspector,
  type SchemaSnapshot,
} from '@squizzle/core';
import { createLayoutStore } from '@squizzle/oci';
import { createPostgresDriver } from '@squizzle/postgres';
import { createEmbeddedDriver } from '@squizzle/postgres/embedded';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { appliedVersions, readHistory, snapshot } from '../support/ledger.ts';
import { buildReleases, configFor, createProject, type Project } from '../support/project.ts';
import { createDatabase, newest, runScript, servers } from '../support/servers.ts';
import { mustSquizzle } from '../support/squizzle.ts';
import { differenceLines, explainedLines } from './explained-differences.ts';
import { FIXTURES, readReleases, readSchema, type TemporalRelease } from './temporal-releases.ts';

const SKIPPED = FIXTURES === undefined ? ' (skipped: SQUIZZLE_FIXTURES is not set)' : '';

/** What the releases made is what the schema's own file makes, but for the differences that have a name and a reason. */
function expectOwnSchema(schema: string, made: SchemaSnapshot, own: SchemaSnapshot): void {
  expect(differenceLines(compareSnapshots(made, own))).toEqual(explainedLines(schema));
}

describe.skipIf(FIXTURES === undefined).each(['temporal', 'visibility'])(`Temporal's schema %s${SKIPPED}`, (schema) => {
  let project: Project;
  let releases: readonly TemporalRelease[] = [];

  beforeAll(async () => {
    releases = readReleases(schema);
    project = await createProject({ 'squizzle.yaml': configFor(schema) });
    await buildReleases(project, releases);
  });
  afterAll(() => project.remove());

  it('becomes as many releases as it has versions', async () => {
    const { stdout } = await mustSquizzle(['list', '--json'], { cwd: project.folder });
    for (const { version } of releases) expect(stdout).toContain(`"${version}"`);
    expect(releases.length).toBeGreaterThan(10);
  });

  describe.each(servers)('on PostgreSQL $version', (server) => {
    const why = server.missing === null ? '' : ` (skipped: ${server.missing})`;

    it.skipIf(server.url === null)(`applied one by one it is its own schema${why}`, async () => {
      const url = await createDatabase(server);
      if (server === newest) {
        const options = { cwd: project.folder, env: { DB_URL: url } };
        for (const { version } of releases) await mustSquizzle(['apply', version], options);
      } else {
        await applyStepwise(createPostgresDriver({ connectionString: url }), project.folder, releases);
      }
      const own = await createDatabase(server);
      await runScript(own, readSchema(schema));
      expectOwnSchema(schema, await snapshot(url), await snapshot(own));
      expect(appliedVersions(await readHistory(url))).toEqual(releases.map(({ version }) => version));
    });

    it.skipIf(server.url === null)(`applied all at once it is the same${why}`, async () => {
      const url = await createDatabase(server);
      await mustSquizzle(['apply', 'latest'], { cwd: project.folder, env: { DB_URL: url } });
      const own = await createDatabase(server);
      await runScript(own, readSchema(schema));
      expectOwnSchema(schema, await snapshot(url), await snapshot(own));
      expect(appliedVersions(await readHistory(url))).toEqual(releases.map(({ version }) => version));
    });
  });

  describe('on the embedded database', () => {
    it('applied one by one, and all at once, it is its own schema', async () => {
      const own = await createProject({
        'squizzle.yaml': configFor(schema),
        'db/migrations/1.sql': readSchema(schema),
      });
      try {
        await mustSquizzle(['build', '1.0.0'], { cwd: own.folder });
        await mustSquizzle(['apply'], { cwd: own.folder, env: { DB_URL: 'pglite:./own' } });
        await mustSquizzle(['apply'], { cwd: project.folder, env: { DB_URL: 'pglite:./at-once' } });
        const expected = await snapshotEmbedded(join(own.folder, 'own'));
        expectOwnSchema(schema, await snapshotEmbedded(join(project.folder, 'at-once')), expected);
        const inMemory = createEmbeddedDriver({ dataDir: 'memory' });
        expectOwnSchema(schema, await applyStepwise(inMemory, project.folder, releases), expected);
      } finally {
        await own.remove();
      }
    });
  });
});

/** In one process: starting the command anew for each release would take most of the time. The driver is closed. */
async function applyStepwise(
  driver: DatabaseDriver & DatabaseInspector,
  folder: string,
  releases: readonly TemporalRelease[],
): Promise<SchemaSnapshot> {
  const store = createLayoutStore(join(folder, '.squizzle/store'));
  const storage = createArtifactStorage(store, { urlOf: (version) => version });
  const policy = { unsigned: { allowed: true, reason: 'an end-to-end test' } } as const;
  const engine = new MigrationEngine({ storage, driver, policy });
  try {
    for (const { version } of releases) expect(await engine.apply(version)).toHaveLength(1);
    return await driver.snapshotSchema();
  } finally {
    await driver.close();
  }
}

async function snapshotEmbedded(dataDir: string): Promise<SchemaSnapshot> {
  const driver = createEmbeddedDriver({ dataDir });
  try {
    return await driver.snapshotSchema();
  } finally {
    await driver.close();
  }
}
