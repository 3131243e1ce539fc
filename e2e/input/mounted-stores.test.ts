import { spawnSync } from 'node:child_process';
import { mkdir, readdir, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { configFor, createProject, type Project } from '../support/project.ts';
import { mustSquizzle, squizzle } from '../support/squizzle.ts';

/** A small file system of its own needs the right to mount; without it the tests are skipped by name. */
const mountFault = ((): string | null => {
  const probe = spawnSync('unshare', ['--mount', 'mount', '-t', 'tmpfs', 'none', '/mnt'], { encoding: 'utf8' });
  return probe.status === 0 ? null : (probe.error?.message ?? probe.stderr.trim());
})();

let project: Project | undefined;
let mounted: string | undefined;

afterEach(async () => {
  if (mounted !== undefined) spawnSync('umount', [mounted]);
  mounted = undefined;
  await project?.remove();
});

async function openOn(size: string): Promise<string> {
  project = await createProject({
    'squizzle.yaml': configFor('shop', 'pglite:memory'),
    'db/migrations/1.sql': 'CREATE TABLE a (i int);\n',
  });
  mounted = join(project.folder, '.squizzle');
  await mkdir(mounted);
  expect(spawnSync('mount', ['-t', 'tmpfs', '-o', `size=${size}`, 'none', mounted]).status).toBe(0);
  return project.folder;
}

/** Random text: a seed that does not compress to nothing. */
function noise(bytes: number): string {
  let text = '';
  for (let state = 1; text.length < bytes; state = (state * 48_271) % 2_147_483_647) text += state.toString(36);
  return text;
}

async function filesIn(folder: string): Promise<readonly string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  return entries.filter((entry) => entry.isFile()).map((entry) => entry.name);
}

describe.skipIf(mountFault !== null)(
  `a store on a file system of its own${mountFault === null ? '' : ` (skipped: ${mountFault})`}`,
  () => {
    it('that is full: build fails with a code, leaves nothing half-written, and what was there stays readable', async () => {
      const cwd = await openOn('512k');
      await mustSquizzle(['build', '1.0.0'], { cwd });
      await writeFile(join(cwd, 'db/migrations/2.sql'), `SELECT '${noise(2_000_000)}';\n`);
      const { code, stderr } = await squizzle(['build', '1.1.0', '--json'], { cwd });
      expect(code).toBe(7);
      expect(JSON.parse(stderr)).toMatchObject({
        error: { code: 'STORE_UNUSABLE', details: { systemCode: 'ENOSPC' } },
      });
      const { stdout } = await mustSquizzle(['list', '--json'], { cwd });
      expect(stdout).toContain('1.0.0');
      expect(stdout).not.toContain('1.1.0');
      expect((await filesIn(join(cwd, '.squizzle'))).filter((name) => /tmp|partial|arriving/.test(name))).toEqual([]);
      await mustSquizzle(['verify', '1.0.0'], { cwd });
    });

    it('that is read-only: reading works, building fails with a code', async () => {
      const cwd = await openOn('2m');
      await mustSquizzle(['build', '1.0.0'], { cwd });
      expect(spawnSync('mount', ['-o', 'remount,ro', join(cwd, '.squizzle')]).status).toBe(0);
      await writeFile(join(cwd, 'db/migrations/2.sql'), 'CREATE TABLE b (i int);\n');
      const { code, stderr } = await squizzle(['build', '1.1.0', '--json'], { cwd });
      expect(code).toBe(7);
      expect(JSON.parse(stderr)).toMatchObject({ error: { code: 'STORE_UNUSABLE', details: { systemCode: 'EROFS' } } });
      await mustSquizzle(['list'], { cwd });
      await mustSquizzle(['apply', '1.0.0'], { cwd });
      expect((await stat(join(cwd, 'db/migrations/2.sql'))).size).toBeGreaterThan(0);
    });
  },
);
