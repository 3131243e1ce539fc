import { describe, expect, it } from 'vitest';
import { EMPTY_HISTORY } from '../model/history.ts';
import { withFiles } from '../testing/apply-fixture.ts';
import { journalEntry } from '../testing/ledger-samples.ts';
import { CHAIN, history, options, table } from '../testing/plan-fixture.ts';
import { verifiedChain, version } from '../testing/shop.ts';
import { planMigration } from './plan.ts';
import { planRollback } from './rollback.ts';

describe('planMigration', () => {
  it.each([
    { applied: [], expected: ['1.0.0', '1.1.0', '1.2.0'], why: 'an empty database takes the whole chain' },
    { applied: ['1.0.0'], expected: ['1.1.0', '1.2.0'], why: 'what is applied is left out' },
    { applied: ['1.0.0', '1.1.0'], expected: ['1.2.0'], why: 'one fewer' },
    { applied: ['1.0.0', '1.1.0', '1.2.0'], expected: [], why: 'nothing to do' },
  ])('plans $expected over $applied: $why', async ({ applied, expected }) => {
    const artifact = await verifiedChain(CHAIN);
    const plan = planMigration(
      artifact,
      history(artifact, ...applied.map((text) => ['applied', text] as const)),
      options,
    );
    expect(plan.releases.map((release) => release.version)).toEqual(expected);
    expect(plan).toMatchObject({ direction: 'up', from: applied.at(-1) ?? null, to: '1.2.0' });
  });

  it('gives each release of the chain the digest it was published under', async () => {
    const artifact = await verifiedChain(CHAIN);
    const plan = planMigration(artifact, EMPTY_HISTORY, options);
    expect(plan.releases[0]?.digest).toBe(artifact.releases[1]?.previous?.digest);
    expect(plan.releases[2]?.digest).toBe(artifact.root.digest);
  });

  it('goes on after a baseline', async () => {
    const artifact = await verifiedChain(CHAIN);
    const plan = planMigration(artifact, history(artifact, ['baselined', '1.1.0']), options);
    expect(plan.releases.map((release) => release.version)).toEqual(['1.2.0']);
  });

  it('plans again what was reverted', async () => {
    const artifact = await verifiedChain(CHAIN);
    const past = history(artifact, ['applied', '1.0.0'], ['applied', '1.1.0'], ['reverted', '1.1.0']);
    expect(planMigration(artifact, past, options).releases.map((release) => release.version)).toEqual([
      '1.1.0',
      '1.2.0',
    ]);
  });

  it('refuses a release that is applied under another digest', async () => {
    const artifact = await verifiedChain(CHAIN);
    const other = (await verifiedChain({ '1.0.0': { 'migrations/1.sql': table('z') } })).root.digest;
    const past = history(artifact, ['applied', '1.0.0', { artifactDigest: other }]);
    expect(() => planMigration(artifact, past, options)).toThrow(
      expect.objectContaining({
        code: 'HISTORY_DIVERGED',
        details: { version: '1.0.0', applied: other, expected: artifact.releases[1]?.previous?.digest },
      }),
    );
  });

  it.each([
    { applied: '2.0.0', code: 'VERSION_OLDER', why: 'the database is past the artifact' },
    { applied: '1.1.5', code: 'HISTORY_DIVERGED', why: 'the chain went another way' },
  ])('refuses with $code at $applied: $why', async ({ applied, code }) => {
    const artifact = await verifiedChain(CHAIN);
    const past = history(artifact, ['applied', applied]);
    expect(() => planMigration(artifact, past, options)).toThrow(expect.objectContaining({ code }));
  });

  it.each([
    {
      event: ['started', '1.0.0', { details: { segments: 1 } }] as const,
      code: null,
      why: 'the interrupted release is the next one',
    },
    {
      event: ['started', '1.0.0', { details: { direction: 'down' } }] as const,
      code: 'RELEASE_UNFINISHED',
      why: 'a rollback was interrupted',
    },
    { event: ['started', '1.2.0', {}] as const, code: 'RELEASE_UNFINISHED', why: 'another release was interrupted' },
  ])('on a run that is half done gives $code: $why', async ({ event, code }) => {
    const artifact = await verifiedChain(CHAIN);
    const past = { ...history(artifact, event), journal: [journalEntry({})] };
    const plan = () => planMigration(artifact, past, options);
    if (code === null) expect(plan().releases[0]?.resume).not.toBeNull();
    else expect(plan).toThrow(expect.objectContaining({ code }));
  });

  const onward = { direction: 'up', segments: 1, transaction: 'release' };

  it.each([
    { event: ['started', '1.0.0', { details: onward }] as const, asked: {}, resumed: true, why: 'it fits' },
    {
      event: ['started', '1.0.0', { details: { ...onward, segments: 9 } }] as const,
      asked: {},
      resumed: false,
      why: 'it was cut otherwise',
    },
    {
      event: ['started', '1.0.0', { details: onward, environment: 'production' }] as const,
      asked: {},
      resumed: false,
      why: 'it was for another environment',
    },
    {
      event: ['started', '1.0.0', { details: onward }] as const,
      asked: { transaction: 'step' },
      resumed: false,
      why: 'another scope is asked for now',
    },
    {
      event: ['started', '1.2.0', { details: onward }] as const,
      asked: {},
      resumed: false,
      why: 'it was another release',
    },
    {
      event: ['started', '1.0.0', { details: { ...onward, direction: 'down' } }] as const,
      asked: {},
      resumed: false,
      why: 'it was a rollback',
    },
  ] as const)(
    'is not hindered by a run that kept nothing, resumed: $resumed, as $why',
    async ({ event, asked, resumed }) => {
      const artifact = await verifiedChain(CHAIN);
      const { releases } = planMigration(artifact, history(artifact, event, ['failed', event[1]]), {
        ...options,
        ...asked,
      });
      expect(releases.map((release) => release.version)).toEqual(['1.0.0', '1.1.0', '1.2.0']);
      expect(releases[0]?.resume !== null).toBe(resumed);
    },
  );

  it.each([
    { direction: 'up', command: /squizzle apply sha256:[0-9a-f]{64} --env production$/ },
    { direction: 'down', command: /squizzle rollback 1\.0\.0 --env production$/ },
  ])('says the whole command that finishes a run $direction', async ({ direction, command }) => {
    const artifact = await verifiedChain(CHAIN);
    const [text, details] = [direction === 'up' ? '1.2.0' : '1.1.0', { direction, segments: 2 }];
    const past = history(
      artifact,
      ['applied', '1.0.0'],
      ['applied', '1.1.0'],
      ['started', text, { details, environment: 'production' }],
    );
    const begun = { ...past, journal: [journalEntry({ startedSeq: 3 })] };
    const other =
      direction === 'up'
        ? () => planRollback(artifact, begun, version('1.0.0'), options)
        : () => planMigration(artifact, begun, options);
    expect(other).toThrow(command);
  });

  it.each([
    { details: { segments: 1 }, environment: 'production', why: 'other seeds may have run' },
    { details: { segments: 2 }, environment: 'development', why: 'the segments are not those of the plan' },
  ])('refuses to go on with $details for $environment: $why', async ({ details, environment }) => {
    const artifact = await verifiedChain(CHAIN);
    const begun = history(artifact, ['started', '1.0.0', { details, environment }]);
    const past = { ...begun, journal: [journalEntry({})] };
    expect(() => planMigration(artifact, past, options)).toThrow(
      expect.objectContaining({ code: 'RELEASE_UNFINISHED' }),
    );
  });

  it('goes on with the transaction scope of the interrupted run', async () => {
    const artifact = await verifiedChain({
      '1.0.0': { 'migrations/1.sql': table('a'), 'migrations/2.sql': table('b') },
    });
    const past = history(artifact, ['started', '1.0.0', { details: { segments: 2, transaction: 'step' } }]);
    expect(planMigration(artifact, past, options).releases[0]?.segments).toHaveLength(2);
  });

  it('refuses an applied release whose layer is another, though its digest is claimed to be the same', async () => {
    const artifact = await verifiedChain(CHAIN);
    const other = (await verifiedChain({ '1.0.0': { 'migrations/1.sql': table('z') } })).manifest.checksum;
    const past = history(artifact, ['applied', '1.0.0', { checksum: other }]);
    expect(() => planMigration(artifact, past, options)).toThrow(expect.objectContaining({ code: 'HISTORY_DIVERGED' }));
  });

  it('runs the seeds of the environment and of all, and of no other', async () => {
    const artifact = await verifiedChain({
      '1.0.0': {
        'migrations/1.sql': table('a'),
        'seeds/all.sql': 'INSERT INTO a VALUES (1);',
        'seeds/production/p.sql': 'INSERT INTO a VALUES (2);',
      },
    });
    const paths = (environment: string) =>
      planMigration(artifact, EMPTY_HISTORY, { environment }).releases.flatMap((release) =>
        release.segments.flatMap((segment) =>
          segment.kind === 'transaction' ? segment.parts.map((part) => part.path) : [],
        ),
      );
    expect(paths('development')).toEqual(['migrations/1.sql', 'seeds/all.sql']);
    expect(paths('production')).toEqual(['migrations/1.sql', 'seeds/all.sql', 'seeds/production/p.sql']);
  });

  it.each([
    { sql: `${table('b')}\n`, scope: 'release', segments: ['transaction 2'], why: 'all share one transaction' },
    {
      sql: `${table('b')}\n`,
      scope: 'step',
      segments: ['transaction 1', 'transaction 1'],
      why: 'each step by itself when asked for',
    },
    {
      sql: 'CREATE INDEX CONCURRENTLY x ON a (i);\n',
      scope: 'release',
      segments: ['transaction 1', 'statement'],
      why: 'a statement alone ends the transaction',
    },
    {
      sql: `${table('b')}\nVACUUM a;\n${table('c')}\n`,
      scope: 'release',
      segments: ['transaction 2', 'statement', 'transaction 1'],
      why: 'what surrounds it stays together',
    },
    {
      sql: "ALTER TYPE t ADD VALUE 'x';\n",
      scope: 'release',
      segments: ['transaction 1', 'transaction 1'],
      why: 'a new enum value must be committed',
    },
  ] as const)('cuts $sql at scope $scope: $why', async ({ sql, scope, segments }) => {
    const artifact = await verifiedChain({ '1.0.0': { 'migrations/1.sql': table('a'), 'migrations/2.sql': sql } });
    const plan = planMigration(artifact, EMPTY_HISTORY, { ...options, transaction: scope });
    expect(
      plan.releases[0]?.segments.map((each) =>
        each.kind === 'transaction' ? `transaction ${each.parts.length}` : each.kind,
      ),
    ).toEqual(segments);
  });
});

describe('the parts of a file', () => {
  const CHECKS = [{ sql: 'SELECT true', line: 1 }];
  const VERIFIES = [{ sql: 'SELECT false', line: 9 }];

  it.each([
    { sql: table('a'), expected: ['1 1 7'], why: 'a file of one part has all' },
    {
      sql: `${table('a')}\nVACUUM a;\n${table('b')}\n`,
      expected: ['1 0 7', '0 0 0', '0 1 0'],
      why: 'the first asks before, the last asks afterwards',
    },
    {
      sql: 'VACUUM a;\nVACUUM a;\n',
      expected: ['1 0 0', '0 1 0'],
      why: 'statements alone are parts, and hold few locks',
    },
    {
      sql: `VACUUM a;\n${table('a')}\nVACUUM a;\n`,
      expected: ['1 0 0', '0 0 7', '0 1 0'],
      why: 'the locks belong to the first part in a transaction',
    },
    { sql: "ALTER TYPE t ADD VALUE 'x';\n", expected: ['1 1 7'], why: 'a transaction of its own is one, too' },
  ])('of $sql have checks, verifies and locks $expected: $why', async ({ sql, expected }) => {
    const texts = { 'migrations/1.sql': 'SELECT 1;', 'migrations/1.down.sql': sql };
    const change = { checks: CHECKS, verifies: VERIFIES, locks: 7 };
    const forward = withFiles(await verifiedChain({ '1.0.0': { 'migrations/1.sql': sql } }), {
      'migrations/1.sql': change,
    });
    const back = withFiles(await verifiedChain({ '1.0.0': texts }), { 'rollback/migrations/1.sql': change });
    const plans = [
      planMigration(forward, EMPTY_HISTORY, options),
      planRollback(back, history(back, ['applied', '1.0.0']), null, options),
    ];
    for (const { releases } of plans) {
      const parts = releases.flatMap(({ segments }) =>
        segments.flatMap((each) => (each.kind === 'transaction' ? each.parts : [each.part])),
      );
      expect(parts.map((part) => `${part.checks.length} ${part.verifies.length} ${part.locks}`)).toEqual(expected);
    }
  });
});
