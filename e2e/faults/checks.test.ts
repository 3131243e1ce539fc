/**
 * What a file says must be true before and after it, in one transaction and in segments.
 */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { buildReleases, configFor, createProject, type Project } from '../support/project.ts';
import { runScript, servers } from '../support/servers.ts';
import { expectOutcome, openScene, type Scene } from './scene.ts';
import { expectApplied, expectTruth, type ReleaseMarks } from './truth.ts';

const BEFORE = 'SELECT count(*) = 1 FROM rig.orders';
const AFTER = 'SELECT count(*) = 0 FROM e';
const checked = (up: string): string => `-- +check\n${BEFORE};\n-- +up\n${up}\n-- +verify\n${AFTER};\n`;
const INDEX = 'CREATE INDEX CONCURRENTLY e_x ON e (i);\n';
const FILL = 'INSERT INTO e SELECT id FROM rig.orders WHERE id < 0;\n';

interface Case {
  readonly why: string;
  readonly sql: string;
  readonly segments: readonly (readonly string[])[];
}
const PLAIN: Case = { why: 'in one transaction', sql: checked(`CREATE TABLE e (i int);\n${FILL}`), segments: [['e']] };
const DIRECTIVE: Case = {
  why: 'by directive',
  sql: `-- squizzle: check "${BEFORE}"\nCREATE TABLE e (i int);\n`,
  segments: [['e']],
};
const SEGMENTED: Case = {
  why: 'in segments',
  sql: checked(`CREATE TABLE e (i int);\n${INDEX}CREATE TABLE f (i int);\n${FILL}`),
  segments: [['e'], ['e_x'], ['f']],
};
const CASES = [PLAIN, DIRECTIVE, SEGMENTED];

const projects = new Map<Case, Project>();
beforeAll(async () => {
  for (const each of CASES) {
    const project = await createProject({ 'squizzle.yaml': configFor('checked') });
    projects.set(each, project);
    await buildReleases(project, [{ version: '1.0.0', files: { 'db/migrations/1.sql': each.sql } }]);
  }
});
afterAll(async () => {
  for (const project of projects.values()) await project.remove();
});

const marksOf = ({ segments }: Case): readonly ReleaseMarks[] => [{ version: '1.0.0', segments }];

describe.each(servers)('checks on PostgreSQL $version', (server) => {
  describe.skipIf(server.url === null)(`(${server.missing ?? 'real server'})`, () => {
    it.each([
      { name: 'check-before', rows: '(1), (2)', when: 'before', of: PLAIN },
      { name: 'check-before', rows: '(1), (2)', when: 'before', of: DIRECTIVE },
      { name: 'check-after', rows: '(-1)', when: 'after', of: PLAIN },
      { name: 'check-segmented', rows: '(1), (2)', when: 'before', of: SEGMENTED },
      { name: 'check-segmented', rows: '(-1)', when: 'after', of: SEGMENTED },
    ] as const)('$name, $when: $of.why', async ({ name, rows, when, of }) => {
      const scene = await openScene(server, projects.get(of) as Project);
      await setOrders(scene, rows);
      const { details } = expectOutcome(name, await scene.run('apply'));
      expect(details).toMatchObject({ path: 'migrations/1.sql', when, query: when === 'before' ? BEFORE : AFTER });
      const history = await expectTruth(scene.url, marksOf(of));
      expect(history.events.at(-1)).toMatchObject({ event: 'failed', details: { code: 'CHECK_FAILED' } });
      expectOutcome(name, await scene.run('apply'));
      await expectTruth(scene.url, marksOf(of));
      await setOrders(scene, '(1)');
      const next = await scene.run('apply');
      expect(next.code, next.stderr).toBe(0);
      await expectApplied(scene.url, marksOf(of));
    });
  });
});

async function setOrders({ url }: Scene, rows: string): Promise<void> {
  await runScript(url, `TRUNCATE rig.orders; INSERT INTO rig.orders VALUES ${rows}`);
}
