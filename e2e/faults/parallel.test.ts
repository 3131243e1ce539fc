import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { appliedVersions, isWhole, readHistory } from '../support/ledger.ts';
import type { Project } from '../support/project.ts';
import { createDatabase, servers } from '../support/servers.ts';
import { squizzle } from '../support/squizzle.ts';
import { createSegmentedProject, RELEASES } from './segmented-project.ts';

let project: Project;
beforeAll(async () => {
  project = await createSegmentedProject();
});
afterAll(() => project.remove());

describe.each(servers)('apply at once on PostgreSQL $version', (server) => {
  it.skipIf(server.url === null).each([2, 8])(
    `at-once: %i runs all end well, each release is applied once (${server.missing ?? 'real server'})`,
    async (count) => {
      const url = await createDatabase(server);
      const options = { cwd: project.folder, env: { DB_URL: url } };
      const runs = await Promise.all(Array.from({ length: count }, () => squizzle(['apply'], options)));
      expect(runs.map((run) => [run.code, run.code === 0 ? '' : run.stderr])).toEqual(runs.map(() => [0, '']));
      const history = await readHistory(url);
      expect(appliedVersions(history)).toEqual(RELEASES);
      expect(history.events.filter(({ event }) => event === 'applied')).toHaveLength(RELEASES.length);
      expect(isWhole(history)).toBe(true);
    },
  );
});

describe('apply at once on one embedded database', () => {
  it.each([2, 8])('%i runs all end well, each release is applied once', async (count) => {
    const env = { DB_URL: `pglite:./db-${count}` };
    const options = { cwd: project.folder, env };
    const runs = await Promise.all(Array.from({ length: count }, () => squizzle(['apply', '--wait', '150s'], options)));
    expect(runs.map((run) => [run.code, run.code === 0 ? '' : run.stderr])).toEqual(runs.map(() => [0, '']));
    const { stdout } = await squizzle(['history', '--json'], options);
    const applied = stdout.match(/"event":\s*"applied"/g);
    expect(applied).toHaveLength(RELEASES.length);
  });
});
