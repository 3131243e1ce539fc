import { describe, expect, it } from 'vitest';
import { checksumOf } from '../model/checksum.ts';
import type { ReleaseManifest, Step } from '../model/release-manifest.ts';
import { createSourceTree, emptyRelease } from '../testing/release-builder.ts';
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
  (await selectUnreleased(createSourceTree(texts), releases)).map(({ source }) => source.path);

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
    const [file] = await selectUnreleased(createSourceTree({ ...ONE, 'migrations/1.down.sql': 'undo' }), []);
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
