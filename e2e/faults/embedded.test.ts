/**
 * The embedded database: one process, no server, and the same promises.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { buildReleases, configFor, createProject, type Project } from '../support/project.ts';
import { mustSquizzle } from '../support/squizzle.ts';
import { FAULTS } from './fault-table.ts';
import { expectOutcome, sceneAt, type Scene } from './scene.ts';

const FIRST = 'CREATE TABLE a AS SELECT i FROM generate_series(1, 20) AS g (i);\n';
const INDEX = 'CREATE UNIQUE INDEX CONCURRENTLY a_x ON a ((i % 10));\n';

let project: Project;
/** Of a whole run. */
let fullMs = 0;
beforeAll(async () => {
  project = await createProject({ 'squizzle.yaml': configFor('embedded') });
  await buildReleases(project, [
    { version: '1.0.0', files: { 'db/migrations/1.sql': FIRST } },
    {
      version: '1.1.0',
      files: { 'db/migrations/2.sql': `CREATE TABLE b (i int);\n${INDEX}CREATE TABLE c (i int);\n` },
    },
  ]);
});
afterAll(() => project.remove());

describe('the embedded database', () => {
  it(`embedded-failed: ${FAULTS['embedded-failed'].fault}`, async () => {
    const scene = sceneAt('pglite:./failed', project);
    const since = performance.now();
    const failed = await scene.run('apply');
    fullMs = performance.now() - since;
    expect(expectOutcome('embedded-failed', failed).details).toMatchObject({
      sqlState: '23505',
      line: 2,
    });
    const skipping = await scene.run('apply', '--interrupted', 'skip');
    expect(skipping.code, skipping.stderr).toBe(0);
    expect(await eventsOf(scene)).toEqual(['applied 1.0.0', 'started 1.1.0', 'failed 1.1.0', 'applied 1.1.0']);
  });

  it(`embedded-killed: ${FAULTS['embedded-killed'].fault}`, async () => {
    expect(fullMs).toBeGreaterThan(0);
    const scene = sceneAt('pglite:./killed', project);
    const { child, ended } = scene.start('apply', '1.0.0');
    await sleep(fullMs * (0.4 + 0.5 * Math.random()));
    child.kill('SIGKILL');
    await ended;
    await mustSquizzle(['apply', '1.0.0'], { cwd: project.folder, env: { DB_URL: scene.url } });
    expect(await eventsOf(scene)).toEqual(['applied 1.0.0']);
  });
});

/** `history` numbers the newest event first or last; by `seq` here. */
async function eventsOf(scene: Scene): Promise<readonly string[]> {
  const { stdout } = await scene.run('history');
  const { events } = JSON.parse(stdout) as {
    readonly events: readonly { readonly seq: number; readonly event: string; readonly version: string }[];
  };
  return events.toSorted((a, b) => a.seq - b.seq).map(({ event, version }) => `${event} ${version}`);
}
