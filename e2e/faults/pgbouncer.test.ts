/**
 * PgBouncer between SQUIZZLE and the server: what shares sessions is refused and left as it was.
 */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openClient, sessionsOf } from '../support/client.ts';
import { pgbouncerFault, startPgBouncer } from '../support/pgbouncer.ts';
import type { Project } from '../support/project.ts';
import { newest, query } from '../support/servers.ts';
import { until } from '../support/until.ts';
import { FAULTS } from './fault-table.ts';
import { changeRig, createFaultyProject, MARKS } from './faulty-project.ts';
import { expectFinishes, expectOutcome, expectState, openScene, sceneAt } from './scene.ts';
import { expectApplied } from './truth.ts';

let project: Project;
beforeAll(async () => {
  project = await createFaultyProject();
});
afterAll(() => project.remove());

const REASON = newest.missing ?? pgbouncerFault;

describe.skipIf(REASON !== null)(`PgBouncer before PostgreSQL ${newest.version} (${REASON ?? 'real server'})`, () => {
  it.each([
    { name: 'pooler-transaction', mode: 'transaction', poolSize: 1 },
    { name: 'pooler-transaction', mode: 'transaction', poolSize: 3 },
    { name: 'pooler-statement', mode: 'statement', poolSize: 3 },
  ] as const)('$name, $poolSize backends', async ({ name, mode, poolSize }) => {
    const direct = await openScene(newest, project);
    await using pooler = await startPgBouncer(direct.url, { mode, poolSize });
    const pooled = sceneAt(pooler.url(direct.url), project);
    const before = await settingsOf(pooled.url);
    const { message } = expectOutcome(name, await pooled.run('apply'));
    expect(message).toContain('SQUIZZLE_MIGRATION_DATABASE_URL');
    expect(await settingsOf(pooled.url)).toEqual(before);
    await until('no lock is held', async () => (await query(direct.url, ADVISORY)).length === 0, 3_000);
    const past = sceneAt(pooled.url, project, { SQUIZZLE_MIGRATION_DATABASE_URL: direct.url });
    expect((await past.run('apply')).code).toBe(0);
    await expectApplied(direct.url, MARKS);
    for (const args of [['status'], ['plan'], ['history']]) {
      const read = await pooled.run(...args);
      expect(read.code, read.stderr).toBe(0);
    }
  });

  it.each([1, 3])(`pooler-session: ${FAULTS['pooler-session'].fault}, %i backends`, async (poolSize) => {
    const direct = await openScene(newest, project);
    await using pooler = await startPgBouncer(direct.url, { mode: 'session', poolSize });
    const pooled = sceneAt(pooler.url(direct.url), project);
    expectOutcome('pooler-session', await pooled.run('apply'));
    await expectApplied(direct.url, MARKS);
    expect(await query(direct.url, ADVISORY)).toEqual([]);
    expectOutcome('pooler-session', await pooled.run('rollback', '--all'));
    await expectState(direct, []);
  });

  it(`pooler-restart: ${FAULTS['pooler-restart'].fault}`, async () => {
    const direct = await openScene(newest, project, { transaction: 'PERFORM pg_sleep(60);' });
    await using pooler = await startPgBouncer(direct.url, { mode: 'session' });
    await using client = await openClient(direct.url, 'watcher');
    const running = sceneAt(pooler.url(direct.url), project).start('apply');
    await until('the statement runs', async () =>
      (await sessionsOf(client)).some((session) => session['wait_event'] === 'PgSleep'),
    );
    await pooler.kill();
    expectOutcome('pooler-restart', await running.ended);
    await expectState(direct, []);
    await changeRig(direct.url);
    await expectFinishes(direct);
  });
});

const ADVISORY = `SELECT pid FROM pg_locks WHERE locktype = 'advisory'
  AND database = (SELECT oid FROM pg_database WHERE datname = current_database())`;

/** What applications find set in the sessions that they share, each with a name of its own as applications have. */
async function settingsOf(url: string): Promise<readonly unknown[]> {
  const settings = `SELECT name, setting FROM pg_settings WHERE source = 'session'
    AND name NOT IN ('client_encoding', 'DateStyle', 'TimeZone', 'standard_conforming_strings')`;
  const named = Object.assign(new URL(url), { search: '?application_name=application' }).href;
  const found = await Promise.all(Array.from({ length: 5 }, () => query(named, settings)));
  return found.flat();
}
