import { describe, expect, it } from 'vitest';
import { SEGMENTED, statementFailed, TWO, table } from '../testing/apply-fixture.ts';
import { createMemoryScratch } from '../testing/memory-scratch.ts';
import { createStatementAnalyzer } from '../testing/release-builder.ts';
import { verifiedChain, version } from '../testing/shop.ts';
import { isSound, rehearseRelease } from './rehearse.ts';

const rehearse = async (
  releases: Parameters<typeof verifiedChain>[0],
  from: string | null,
  scratch = createMemoryScratch(),
) =>
  rehearseRelease(await verifiedChain(releases), scratch, {
    environment: 'development',
    analyzer: createStatementAnalyzer(),
    from: from === null ? null : version(from),
  });

const LEAVES_A_VIEW = {
  ...TWO,
  '1.1.0': {
    'migrations/2.sql': `${table('b')}\nCREATE VIEW v AS SELECT 1;`,
    'migrations/2.down.sql': 'DROP TABLE b;',
  },
};

/** The server refuses a statement, or a question, when it comes for the `nth` time. */
function createScratchRefusing(refused: string, nth: number) {
  let times = 0;
  return createMemoryScratch((database) => {
    database.beforeStatement = (statement) => {
      if (statement.replace(/;$/, '') === refused && ++times === nth) throw statementFailed('XX000');
    };
  });
}

describe('rehearseRelease', () => {
  it('goes there, back and there again, and leaves no database behind', async () => {
    const scratch = createMemoryScratch();
    const rehearsal = await rehearse(TWO, '1.0.0', scratch);
    expect(rehearsal).toMatchObject({
      from: '1.0.0',
      to: '1.1.0',
      rollback: { missing: null, differences: [] },
      again: [],
    });
    expect(isSound(rehearsal)).toBe(true);
    expect(scratch.executed.filter((text) => text.startsWith('CREATE TABLE b'))).toHaveLength(2);
    expect(scratch.count).toEqual({ made: 1, open: 0 });
  });

  it('begins with an empty database where there is no release yet, and undoes all', async () => {
    const rehearsal = await rehearse(TWO, null);
    expect(rehearsal.rollback).toEqual({ missing: null, differences: [] });
    expect(rehearsal.statements.map(({ version: of, statement }) => [of, statement.replace(';', '')])).toEqual([
      ['1.0.0', 'CREATE TABLE a (i int)'],
      ['1.1.0', 'CREATE TABLE b (i int)'],
    ]);
  });

  it('shows what a rollback leaves behind, so that applying again fails as it would in production', async () => {
    await expect(rehearse(LEAVES_A_VIEW, '1.0.0')).rejects.toMatchObject({
      code: 'STEP_FAILED',
      details: { sqlState: '42P07' },
    });
    const kept = {
      ...LEAVES_A_VIEW,
      '1.1.0': {
        ...LEAVES_A_VIEW['1.1.0'],
        'migrations/2.sql': `${table('b')}\nCREATE OR REPLACE VIEW v AS SELECT 1;`,
      },
    };
    const rehearsal = await rehearse(kept, '1.0.0');
    expect(rehearsal.rollback.differences).toMatchObject([{ kind: 'view', name: 'public.v', change: 'added' }]);
    expect(isSound(rehearsal)).toBe(false);
  });

  it('says where there is no way back, and is sound without one', async () => {
    const rehearsal = await rehearse({ '1.0.0': { 'migrations/1.sql': table('a') } }, null);
    expect(rehearsal.rollback.missing).toContain('migrations/1.sql');
    expect([rehearsal.rollback.differences, rehearsal.again]).toEqual([null, null]);
    expect(isSound(rehearsal)).toBe(true);
  });

  it('has one scratch database at a time: on a server they share what belongs to no database', async () => {
    const scratch = createMemoryScratch();
    let most = 0;
    const create: typeof scratch.create = async (call) => {
      const made = await scratch.create(call);
      most = Math.max(most, scratch.count.open);
      return made;
    };
    await rehearse({ ...TWO, '1.2.0': { 'migrations/3.sql': table('c') } }, '1.1.0', { ...scratch, create });
    expect([scratch.count, most]).toEqual([{ made: 2, open: 0 }, 1]);
  });

  it('sees where the second time leads elsewhere', async () => {
    const scratch = createMemoryScratch();
    const create: typeof scratch.create = async (call) => {
      const { driver, ...made } = await scratch.create(call);
      let times = 0;
      const snapshotSchema: typeof driver.snapshotSchema = async (options) => {
        const { objects } = await driver.snapshotSchema(options);
        return { objects: [...objects, { kind: 'sequence', name: 'public.s', definition: { start: ++times > 3 } }] };
      };
      return { ...made, driver: { ...driver, snapshotSchema } };
    };
    const rehearsal = await rehearse(TWO, '1.0.0', { ...scratch, create });
    expect(rehearsal.again).toMatchObject([{ name: 'public.s', change: 'changed' }]);
    expect(isSound(rehearsal)).toBe(false);
  });

  it.each([
    { why: 'a statement of a transaction', fails: 'INSERT INTO a VALUES (1)', line: 5 },
    { why: 'a statement that runs alone', fails: 'VACUUM a', line: 6 },
  ])('says where the second time failed: $why', async ({ fails, line }) => {
    const text = `-- +check\nSELECT to_regclass('public.z') IS NULL;\n-- +up\n${table('b')}\nINSERT INTO a VALUES (1);\nVACUUM a;\n`;
    const files = { 'migrations/2.sql': text, 'migrations/2.down.sql': 'DROP TABLE b;' };
    const failing = rehearse({ ...TWO, '1.1.0': files }, '1.0.0', createScratchRefusing(fails, 2));
    const details = { version: '1.1.0', path: 'migrations/2.sql', line };
    const message = expect.stringContaining('this was the second time') as unknown;
    await expect(failing).rejects.toMatchObject({ code: 'STEP_FAILED', details, message });
  });

  it('asks nothing that is about data: there is none', async () => {
    const rows = "SELECT to_regclass('public.never') IS NOT NULL;";
    const sections = `-- +check\n${rows}\n-- +up\n${table('b')}\n-- +verify\n${rows}\n`;
    const files = { 'migrations/2.sql': sections, 'migrations/2.down.sql': 'DROP TABLE b;' };
    expect(isSound(await rehearse({ ...TWO, '1.1.0': files }, '1.0.0'))).toBe(true);
    expect(isSound(await rehearse({ ...TWO, '1.1.0': files, '1.2.0': {} }, '1.1.0'))).toBe(true);
  });

  it('tells the locks of each statement once, with its place, and what ran outside any transaction', async () => {
    const releases = {
      ...TWO,
      '1.1.0': { 'migrations/2.sql': `SELECT 1;\nLOCK TABLE a;\nLOCK TABLE a;\n${table('b')}\n` },
    };
    const { statements } = await rehearse(releases, '1.0.0');
    const lock = { target: 'public.a', mode: 'AccessExclusiveLock' };
    expect(statements.map(({ line, locks }) => [line, locks])).toEqual([
      [1, []],
      [2, [lock]],
      [3, []],
      [4, []],
    ]);
    const segmented = await rehearse(SEGMENTED, null);
    expect(segmented.statements.map(({ transactional }) => transactional)).toEqual([true, false, true]);
  });
});
