import { describe, expect, it } from 'vitest';
import type { VerifiedArtifact } from '../model/artifact.ts';
import { EMPTY_HISTORY, type History } from '../model/history.ts';
import { sealEntry, type LedgerEntry, type LedgerEvent } from '../model/ledger-event.ts';
import { verifiedChain, version } from '../testing/shop.ts';
import { artifactDigestOf } from '../model/artifact.ts';
import { planMigration } from './plan.ts';
import { planRollback } from './rollback.ts';

const options = { environment: 'development' };
const table = (name: string): string => `CREATE TABLE ${name} (i int);`;
const down = (name: string): string => `DROP TABLE ${name};`;

const CHAIN = {
  '1.0.0': { 'migrations/1.sql': table('a'), 'migrations/1.down.sql': down('a') },
  '1.1.0': { 'migrations/2.sql': table('b'), 'migrations/2.down.sql': down('b') },
  '1.2.0': { 'migrations/3.sql': table('c'), 'migrations/3.down.sql': down('c') },
};

function history(
  artifact: VerifiedArtifact,
  ...events: readonly (readonly [LedgerEntry['event'], string, Partial<LedgerEntry>?])[]
): History {
  const sealed: LedgerEvent[] = [];
  for (const [event, text, overrides] of events) {
    const entry = {
      event,
      version: version(text),
      artifactDigest: artifactDigestOf(artifact, version(text)) ?? artifact.root.digest,
      checksum: artifact.releases.find((release) => release.version === text)?.checksum ?? artifact.manifest.checksum,
      signer: null,
      actor: 'anna',
      environment: 'development',
      client: 'test',
      startedAt: '2026-01-01T00:00:00.000Z',
      finishedAt: '2026-01-01T00:00:01.000Z',
      durationMs: 1000,
      schemaDigest: null,
      details: {},
      ...overrides,
    };
    sealed.push(sealEntry(entry, sealed.at(-1) ?? null));
  }
  return { initialized: true, events: sealed, journal: [] };
}

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
  ])('on an unfinished run gives $code: $why', async ({ event, code }) => {
    const artifact = await verifiedChain(CHAIN);
    const plan = () => planMigration(artifact, history(artifact, event), options);
    if (code === null) expect(plan().releases[0]?.resume).not.toBeNull();
    else expect(plan).toThrow(expect.objectContaining({ code }));
  });

  it.each([
    { details: { segments: 1 }, environment: 'production', why: 'other seeds may have run' },
    { details: { segments: 2 }, environment: 'development', why: 'the segments are not those of the plan' },
  ])('refuses to go on with $details for $environment: $why', async ({ details, environment }) => {
    const artifact = await verifiedChain(CHAIN);
    const past = history(artifact, ['started', '1.0.0', { details, environment }]);
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

describe('planRollback', () => {
  it.each([
    { target: '1.1.0', expected: ['1.2.0'], why: 'one back' },
    { target: '1.0.0', expected: ['1.2.0', '1.1.0'], why: 'newest first' },
    { target: null, expected: ['1.2.0', '1.1.0', '1.0.0'], why: 'to before the first' },
    { target: '1.2.0', expected: [], why: 'already there' },
  ])('to $target undoes $expected: $why', async ({ target, expected }) => {
    const artifact = await verifiedChain(CHAIN);
    const past = history(artifact, ['applied', '1.0.0'], ['applied', '1.1.0'], ['applied', '1.2.0']);
    const plan = planRollback(artifact, past, target === null ? null : version(target), options);
    expect(plan.releases.map((release) => release.version)).toEqual(expected);
    expect(plan).toMatchObject({ direction: 'down', from: '1.2.0', to: target });
  });

  it.each([
    { texts: { 'migrations/1.sql': table('a') }, code: 'ROLLBACK_MISSING', why: 'nothing says how to undo it' },
    {
      texts: { 'migrations/1.sql': `-- squizzle: irreversible=ok\n${table('a')}` },
      code: null,
      why: 'its author said that it may be passed over',
    },
  ])('gives $code: $why', async ({ texts, code }) => {
    const artifact = await verifiedChain({ '1.0.0': texts });
    const plan = () => planRollback(artifact, history(artifact, ['applied', '1.0.0']), null, options);
    if (code === null) expect(plan().releases[0]?.segments).toEqual([]);
    else
      expect(plan).toThrow(expect.objectContaining({ code, details: { version: '1.0.0', path: 'migrations/1.sql' } }));
  });

  it('runs rollbacks in reverse, then the former texts of repeatables in their order', async () => {
    const artifact = await verifiedChain({
      '1.0.0': {
        'migrations/1.sql': table('a'),
        'repeatable/v.sql': 'CREATE VIEW v AS SELECT 1;',
        'repeatable/w.sql': 'CREATE VIEW w AS SELECT 1;',
      },
      '1.1.0': {
        'migrations/2.sql': table('b'),
        'migrations/2.down.sql': down('b'),
        'repeatable/v.sql': 'CREATE VIEW v AS SELECT 2;',
        'repeatable/v.down.sql': 'DROP VIEW v;',
        'repeatable/w.sql': 'CREATE VIEW w AS SELECT 2;',
      },
    });
    const past = history(artifact, ['applied', '1.0.0'], ['applied', '1.1.0']);
    const [release] = planRollback(artifact, past, version('1.0.0'), options).releases;
    const [segment] = release?.segments ?? [];
    expect(segment?.kind === 'transaction' && segment.parts.map((part) => `${part.release} ${part.path}`)).toEqual([
      '1.1.0 rollback/repeatable/v.sql',
      '1.1.0 rollback/migrations/2.sql',
      '1.0.0 repeatable/v.sql',
      '1.0.0 repeatable/w.sql',
    ]);
  });

  it('takes a repeatable back to the text of the release before', async () => {
    const artifact = await verifiedChain({
      '1.0.0': { 'migrations/1.sql': table('a'), 'repeatable/v.sql': 'CREATE VIEW v AS SELECT 1;' },
      '1.1.0': { 'repeatable/v.sql': 'CREATE VIEW v AS SELECT 2;' },
    });
    const past = history(artifact, ['applied', '1.0.0'], ['applied', '1.1.0']);
    const [release] = planRollback(artifact, past, version('1.0.0'), options).releases;
    expect(release?.segments).toMatchObject([
      { kind: 'transaction', parts: [{ release: '1.0.0', path: 'repeatable/v.sql' }] },
    ]);
  });

  it.each([
    { events: [['applied', '1.0.0']], target: '1.1.0', code: 'VERSION_INVALID', why: 'the target is not applied' },
    {
      events: [
        ['applied', '1.0.0'],
        ['started', '1.1.0'],
      ],
      target: null,
      code: 'RELEASE_UNFINISHED',
      why: 'an apply was interrupted',
    },
    {
      events: [['applied', '9.0.0']],
      target: null,
      code: 'HISTORY_DIVERGED',
      why: 'the artifact does not know the release',
    },
  ] as const)('refuses with $code: $why', async ({ events, target, code }) => {
    const artifact = await verifiedChain(CHAIN);
    const past = history(artifact, ...events);
    const plan = () => planRollback(artifact, past, target === null ? null : version(target), options);
    expect(plan).toThrow(expect.objectContaining({ code }));
  });
});
