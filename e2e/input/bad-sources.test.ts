import { chmod, mkdir, readdir, rm, symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { getuid } from 'node:process';
import { afterEach, describe, expect, it } from 'vitest';
import { configFor, createProject, type Project } from '../support/project.ts';
import { mustSquizzle, squizzle } from '../support/squizzle.ts';

const CONFIG = { 'squizzle.yaml': configFor('shop', 'pglite:./data') };
const GOOD = 'CREATE TABLE a (i int);\n';

let project: Project | undefined;
afterEach(() => project?.remove());

async function open(files: Readonly<Record<string, string | Uint8Array>>): Promise<string> {
  project = await createProject({ ...CONFIG, ...files });
  await mkdir(join(project.folder, 'db/migrations'), { recursive: true });
  return project.folder;
}

/** Every build that fails must leave no store behind. */
async function refused(
  folder: string,
): Promise<{ readonly code: number | null; readonly error: { readonly code: string; readonly message: string } }> {
  const { code, stderr } = await squizzle(['build', '1.0.0', '--json'], { cwd: folder });
  expect(await readdir(folder)).not.toContain('.squizzle');
  return { code, ...(JSON.parse(stderr) as { error: { code: string; message: string } }) };
}

describe('build refuses, with a code, and writes nothing', () => {
  it.each([
    { what: 'SQL that does not parse', file: 'CREATE TABEL a;\n', code: 'SOURCE_INVALID', says: /1\.sql:1:8/, exit: 2 },
    { what: 'a file without bytes', file: '', code: 'SOURCE_INVALID', says: /is empty/, exit: 2 },
    { what: 'a file of comments', file: '-- nothing yet\n', code: 'SOURCE_INVALID', says: /no SQL statement/, exit: 2 },
    { what: 'a byte order mark', file: `\uFEFF${GOOD}`, code: 'SOURCE_INVALID', says: /byte order mark/i, exit: 2 },
    { what: 'CRLF line endings', file: GOOD.replaceAll('\n', '\r\n'), code: 'SOURCE_INVALID', says: /eol=lf/, exit: 2 },
    {
      what: 'bytes that are no UTF-8',
      file: Buffer.from([0x53, 0xff, 0xfe, 0x0a]),
      code: 'SOURCE_INVALID',
      says: /UTF-8/,
      exit: 2,
    },
    { what: 'a NUL byte', file: 'SELECT 1;\0\n', code: 'SOURCE_INVALID', says: /NUL/i, exit: 2 },
    { what: 'a psql command', file: '\\i other.sql\n', code: 'SOURCE_INVALID', says: /psql/i, exit: 2 },
    { what: 'COPY FROM STDIN', file: 'COPY a FROM STDIN;\n1\n\\.\n', code: 'SOURCE_INVALID', says: /COPY/, exit: 2 },
    { what: 'transaction control', file: `BEGIN;\n${GOOD}COMMIT;\n`, code: 'SOURCE_INVALID', says: /BEGIN/, exit: 2 },
    {
      what: 'a concurrent index without a name',
      file: `${GOOD}CREATE INDEX CONCURRENTLY ON a (i);\n`,
      code: 'SOURCE_INVALID',
      says: /1\.sql:2.*name the index/s,
      exit: 2,
    },
    {
      what: 'a setting that would not hold for the statement after it',
      file: 'SET search_path = app;\nCREATE INDEX CONCURRENTLY x ON a (i);\n',
      code: 'SOURCE_INVALID',
      says: /schema/,
      exit: 2,
    },
    {
      what: 'more statements outside a transaction than a reader takes',
      file: `-- squizzle: transaction=off\n${'SELECT 1;\n'.repeat(20_001)}`,
      code: 'ARTIFACT_TOO_LARGE',
      says: /20001 statements/,
      exit: 4,
    },
    {
      what: 'an unknown directive',
      file: `-- squizzle: lock_timout=1s\n${GOOD}`,
      code: 'SOURCE_INVALID',
      says: /lock_timeout/,
      exit: 2,
    },
  ])('$what', async ({ file, code, says, exit }) => {
    const failure = await refused(await open({ 'db/migrations/1.sql': file }));
    expect(failure).toMatchObject({ code: exit, error: { code } });
    expect(failure.error.message).toMatch(says);
  });

  it('an empty folder', async () => {
    expect(await refused(await open({}))).toMatchObject({ code: 2, error: { code: 'NOTHING_TO_RELEASE' } });
  });

  it('a folder that is not there', async () => {
    project = await createProject(CONFIG);
    expect(await refused(project.folder)).toMatchObject({ code: 3, error: { code: 'SOURCE_NOT_FOUND' } });
  });

  it('a symbolic link', async () => {
    const folder = await open({ 'elsewhere.sql': GOOD });
    await symlink('../../elsewhere.sql', join(folder, 'db/migrations/1.sql'));
    const failure = await refused(folder);
    expect(failure).toMatchObject({ code: 2, error: { code: 'SOURCE_INVALID' } });
    expect(failure.error.message).toMatch(/symbolic link/);
  });

  it('two names that are one on some systems', async () => {
    expect(await refused(await open({ 'db/migrations/A.sql': GOOD, 'db/migrations/a.sql': GOOD }))).toMatchObject({
      code: 2,
      error: { code: 'SOURCE_INVALID' },
    });
  });

  it.skipIf(getuid?.() === 0)(
    'into a folder that is read-only (skipped as root, who may write everywhere)',
    async () => {
      const folder = await open({ 'db/migrations/1.sql': GOOD });
      await chmod(folder, 0o555);
      try {
        expect(await refused(folder)).toMatchObject({ code: 7, error: { code: 'STORE_UNUSABLE' } });
      } finally {
        await chmod(folder, 0o755);
      }
    },
  );

  it('where a file is in the place of the store', async () => {
    const folder = await open({
      'db/migrations/1.sql': GOOD,
      'squizzle.yaml': `${CONFIG['squizzle.yaml']}store: taken\n`,
      taken: 'x',
    });
    expect(await refused(folder)).toMatchObject({ code: 7, error: { code: 'STORE_UNUSABLE' } });
  });
});

describe('build takes', () => {
  it('paths with spaces and unicode', async () => {
    const folder = await open({ 'db/migrations/0001 übergröße 😀.sql': GOOD });
    await mustSquizzle(['build', '1.0.0'], { cwd: folder });
    expect((await mustSquizzle(['apply'], { cwd: folder })).code).toBe(0);
  });

  it('a seed of 50 MB, and applies it', async () => {
    const row = `INSERT INTO a VALUES (1); -- ${'x'.repeat(970)}\n`;
    const folder = await open({ 'db/migrations/1.sql': GOOD, 'db/seeds/big.sql': row.repeat(50_000) });
    await mustSquizzle(['build', '1.0.0'], { cwd: folder });
    expect((await mustSquizzle(['apply'], { cwd: folder })).code).toBe(0);
  });
});

describe('a released file', () => {
  it.each([
    { what: 'edited', change: { 'db/migrations/1.sql': 'CREATE TABLE a (i bigint);\n' } },
    { what: 'deleted', change: {} },
  ])('that was $what fails the next build, naming file, checksums and release', async ({ what, change }) => {
    const folder = await open({ 'db/migrations/1.sql': GOOD });
    await mustSquizzle(['build', '1.0.0'], { cwd: folder });
    if (what === 'deleted') await rm(join(folder, 'db/migrations/1.sql'));
    await project?.write({ ...change, 'db/migrations/2.sql': 'CREATE TABLE b (i int);\n' });
    const { code, stderr } = await squizzle(['build', '1.1.0'], { cwd: folder });
    expect(code).toBe(5);
    expect(stderr).toMatch(/HISTORY_REWRITTEN/);
    expect(stderr).toMatch(/migrations\/1\.sql.*1\.0\.0.*[0-9a-f]{64}/s);
  });

  it('late with an old name lands in the next release', async () => {
    const folder = await open({ 'db/migrations/5.sql': GOOD });
    await mustSquizzle(['build', '1.0.0'], { cwd: folder });
    await mustSquizzle(['apply'], { cwd: folder });
    await project?.write({ 'db/migrations/1_late.sql': 'CREATE TABLE late (i int);\n' });
    await mustSquizzle(['build', '1.1.0'], { cwd: folder });
    const { stdout } = await mustSquizzle(['plan'], { cwd: folder });
    expect(stdout).toContain('1_late.sql');
    await mustSquizzle(['apply'], { cwd: folder });
  });
});
