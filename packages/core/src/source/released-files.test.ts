import { describe, expect, it } from 'vitest';
import { checksumOf } from '../model/checksum.ts';
import type { ReleaseManifest, Step } from '../model/release-manifest.ts';
import { createSourceTree, createStatementAnalyzer, emptyRelease } from '../testing/release-builder.ts';
import { buildArtifact } from '../stages/build.ts';
import { buildOptions } from '../testing/shop.ts';
import { selectUnreleased } from './released-files.ts';
import type { Texts } from './source-fixture.ts';

/** A release of these texts; `….down.sql` is the rollback of its neighbour. */
function release(version: string, texts: Texts): ReleaseManifest {
  const steps = createSourceTree(texts).files.map(({ path, kind, rollback }) => ({
    path,
    kind,
    checksum: checksumOf(texts[path] ?? ''),
    rollback:
      rollback === null
        ? null
        : { path: rollback.path, checksum: checksumOf(texts[path.replace(/\.sql$/, '.down.sql')] ?? '') },
  }));
  return emptyRelease({ version: version as ReleaseManifest['version'], steps: steps as unknown as readonly Step[] });
}

const select = async (texts: Texts, ...releases: ReleaseManifest[]): Promise<readonly string[]> =>
  (await selectUnreleased(createSourceTree(texts), releases, createStatementAnalyzer())).map(
    ({ source }) => source.path,
  );

const ONE = { 'migrations/1.sql': 'one' };
const VIEW = { 'repeatable/v.sql': 'view' };

describe('selectUnreleased takes', () => {
  it.each<{ why: string; texts: Texts; releases: ReleaseManifest[]; takes: string[] }>([
    {
      why: 'all, when nothing is released',
      texts: { ...ONE, ...VIEW },
      releases: [],
      takes: ['migrations/1.sql', 'repeatable/v.sql'],
    },
    {
      why: 'nothing, when all is',
      texts: { ...ONE, ...VIEW },
      releases: [release('1.0.0', { ...ONE, ...VIEW })],
      takes: [],
    },
    {
      why: 'what is new, though its name is old',
      texts: { 'migrations/0_late.sql': 'x', ...ONE },
      releases: [release('1.0.0', ONE)],
      takes: ['migrations/0_late.sql'],
    },
    {
      why: 'a repeatable that changed',
      texts: { 'repeatable/v.sql': 'new' },
      releases: [release('1.0.0', VIEW)],
      takes: ['repeatable/v.sql'],
    },
    {
      why: 'a repeatable that changed back',
      texts: VIEW,
      releases: [release('1.0.0', VIEW), release('1.1.0', { 'repeatable/v.sql': 'new' })],
      takes: ['repeatable/v.sql'],
    },
    {
      why: 'no repeatable that is as it was last',
      texts: VIEW,
      releases: [release('1.0.0', { 'repeatable/v.sql': 'old' }), release('1.1.0', VIEW)],
      takes: [],
    },
    {
      why: 'nothing for a repeatable that is gone',
      texts: ONE,
      releases: [release('1.0.0', { ...ONE, ...VIEW })],
      takes: [],
    },
    {
      why: 'a seed that is new',
      texts: { ...ONE, 'seeds/dev/a.sql': 'x' },
      releases: [release('1.0.0', ONE)],
      takes: ['seeds/dev/a.sql'],
    },
  ])('$why', async ({ texts, releases, takes }) => expect(await select(texts, ...releases)).toEqual(takes));

  it('the bytes of the file and of its rollback', async () => {
    const [file] = await selectUnreleased(
      createSourceTree({ ...ONE, 'migrations/1.down.sql': 'undo' }),
      [],
      createStatementAnalyzer(),
    );
    expect(Buffer.from(file?.bytes ?? []).toString()).toBe('one');
    expect(Buffer.from(file?.rollbackBytes ?? []).toString()).toBe('undo');
  });
});

describe('selectUnreleased refuses', () => {
  const WITH_UNDO = { ...ONE, 'migrations/1.down.sql': 'undo' };
  it.each<{ why: string; texts: Texts; released: Texts; path: string; actual: string | null; says: string }>([
    {
      why: 'a migration that changed',
      texts: { 'migrations/1.sql': 'other' },
      released: ONE,
      path: 'db/migrations/1.sql',
      actual: 'other',
      says: 'put it back',
    },
    {
      why: 'a migration that is gone',
      texts: VIEW,
      released: ONE,
      path: 'migrations/1.sql',
      actual: null,
      says: 'is gone',
    },
    {
      why: 'a seed that changed',
      texts: { 'seeds/a.sql': 'new' },
      released: { 'seeds/a.sql': 'old' },
      path: 'db/seeds/a.sql',
      actual: 'new',
      says: 'put it back',
    },
    {
      why: 'a rollback that changed',
      texts: { ...ONE, 'migrations/1.down.sql': 'other' },
      released: WITH_UNDO,
      path: 'db/migrations/1.down.sql',
      actual: 'other',
      says: 'put it back',
    },
    {
      why: 'a rollback that is gone',
      texts: ONE,
      released: WITH_UNDO,
      path: 'rollback/migrations/1.sql',
      actual: null,
      says: 'is gone',
    },
    {
      why: 'a rollback that came later',
      texts: WITH_UNDO,
      released: ONE,
      path: 'db/migrations/1.down.sql',
      actual: 'undo',
      says: 'take the file away',
    },
    {
      why: 'a rollback of a repeatable that changed alone',
      texts: { ...VIEW, 'repeatable/v.down.sql': 'x' },
      released: VIEW,
      path: 'db/repeatable/v.down.sql',
      actual: 'x',
      says: 'take the file away',
    },
  ])('$why, naming the release and both checksums', async ({ texts, released, path, actual, says }) => {
    const failure: unknown = await select(texts, release('1.0.0', released)).catch((cause: unknown) => cause);
    expect(failure).toMatchObject({
      code: 'HISTORY_REWRITTEN',
      message: expect.stringContaining(says) as string,
      details: { path, version: '1.0.0', actual: actual === null ? null : checksumOf(actual) },
    });
  });

  it.each([
    { text: 'a\r\nb\r\n', hint: true, why: 'line endings alone changed' },
    { text: 'a\r\nc\r\n', hint: false, why: 'more than line endings changed' },
    { text: 'a\nc\n', hint: false, why: 'line endings are not what changed' },
  ])('and names line endings only when it is they: $why', async ({ text, hint }) => {
    const failure: unknown = await select(
      { 'migrations/1.sql': text },
      release('1.0.0', { 'migrations/1.sql': 'a\nb\n' }),
    ).catch((cause: unknown) => cause);
    expect(String(failure).includes('.gitattributes')).toBe(hint);
  });
});

describe('selectUnreleased sees queries change that the checksum does not', () => {
  const UP = '-- +up\nCREATE TABLE t (i int);\n';
  const checked = (query: string, after = ''): string => `-- +check\n${query};\n${UP}${after}`;

  /** A release as the build makes it. */
  async function built(texts: Texts): Promise<ReleaseManifest> {
    const options = buildOptions('1.0.0', { analyzer: createStatementAnalyzer() });
    return (await buildArtifact(createSourceTree(texts), null, options)).manifest;
  }

  it.each<{ why: string; before: Texts; after: Texts; path: string }>([
    {
      why: 'a query before it',
      before: { 'migrations/1.sql': checked('SELECT 1') },
      after: { 'migrations/1.sql': checked('SELECT 2') },
      path: 'db/migrations/1.sql',
    },
    {
      why: 'a query after it that is new',
      before: { 'migrations/1.sql': UP },
      after: { 'migrations/1.sql': `${UP}-- +verify\nSELECT 1;` },
      path: 'db/migrations/1.sql',
    },
    {
      why: 'a query after it that is gone',
      before: { 'migrations/1.sql': `${UP}-- +verify\nSELECT 1;` },
      after: { 'migrations/1.sql': UP },
      path: 'db/migrations/1.sql',
    },
    {
      why: 'its sections are gone, and blank lines stand there',
      before: { 'migrations/1.sql': checked('SELECT 1') },
      after: { 'migrations/1.sql': '\n\n\nCREATE TABLE t (i int);\n' },
      path: 'db/migrations/1.sql',
    },
    {
      why: 'a query of its rollback',
      before: { 'migrations/1.sql': UP, 'migrations/1.down.sql': '-- +down\nDROP TABLE t;\n-- +verify\nSELECT 1;' },
      after: { 'migrations/1.sql': UP, 'migrations/1.down.sql': '-- +down\nDROP TABLE t;\n-- +verify\nSELECT 2;' },
      path: 'db/migrations/1.down.sql',
    },
  ])('and refuses: $why', async ({ before, after, path }) => {
    await expect(select(after, await built(before))).rejects.toMatchObject({
      code: 'HISTORY_REWRITTEN',
      message: expect.stringContaining('put them back as they were') as string,
      details: { path, version: '1.0.0' },
    });
  });

  it.each<{ why: string; before: Texts; after: Texts; takes: string[] }>([
    {
      why: 'nothing, where all is as it was',
      before: { 'migrations/1.sql': checked('SELECT 1', '-- +verify\nSELECT 2;') },
      after: { 'migrations/1.sql': checked('SELECT 1', '-- +verify\nSELECT 2;') },
      takes: [],
    },
    {
      why: 'nothing, where a directive is as it was',
      before: { 'migrations/1.sql': '-- squizzle: check "SELECT 1"\nCREATE TABLE t (i int);' },
      after: { 'migrations/1.sql': '-- squizzle: check "SELECT 1"\nCREATE TABLE t (i int);' },
      takes: [],
    },
    {
      why: 'a repeatable, to run again',
      before: { 'repeatable/v.sql': checked('SELECT 1') },
      after: { 'repeatable/v.sql': checked('SELECT 2') },
      takes: ['repeatable/v.sql'],
    },
  ])('and takes $why', async ({ before, after, takes }) => {
    expect(await select(after, await built(before))).toEqual(takes);
  });

  it('and says where a released file can no longer be read', async () => {
    const cause = Object.assign(new Error('no'), { name: 'SqlError', details: { line: 1, column: 2 } });
    const texts = { 'migrations/1.sql': checked('SELECT 1') };
    const failing = { ...createStatementAnalyzer(), analyze: async () => Promise.reject(cause) };
    await expect(selectUnreleased(createSourceTree(texts), [await built(texts)], failing)).rejects.toMatchObject({
      code: 'SOURCE_INVALID',
      details: { path: 'db/migrations/1.sql', line: 1 },
    });
  });
});
