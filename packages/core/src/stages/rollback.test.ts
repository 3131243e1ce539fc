import { describe, expect, it } from 'vitest';
import { journalEntry } from '../testing/ledger-samples.ts';
import { CHAIN, down, history, options, table } from '../testing/plan-fixture.ts';
import { verifiedChain, version } from '../testing/shop.ts';
import { planRollback, requireFinishedApply } from './rollback.ts';

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
    const past = { ...history(artifact, ...events), journal: [journalEntry({ startedSeq: 2 })] };
    const plan = () => planRollback(artifact, past, target === null ? null : version(target), options);
    expect(plan).toThrow(expect.objectContaining({ code }));
  });

  it('goes back past an apply that kept nothing: there is nothing of it to undo', async () => {
    const artifact = await verifiedChain(CHAIN);
    const past = history(artifact, ['applied', '1.0.0'], ['started', '1.1.0'], ['failed', '1.1.0']);
    const { releases } = planRollback(artifact, past, null, options);
    expect(releases).toMatchObject([{ version: '1.0.0', resume: null }]);
  });
});

describe('a rollback while an apply is open that kept nothing', () => {
  it.each([
    {
      applied: ['1.0.0', '1.1.0'],
      target: 'previous',
      refused: /to take back 1\.1\.0.*: squizzle rollback 1\.0\.0 --env development$/,
      why: 'nobody said how far',
    },
    {
      applied: ['1.0.0'],
      target: 'previous',
      refused: /: squizzle rollback --all --env development$/,
      why: 'it is the first release',
    },
    { applied: [], target: 'previous', refused: null, why: 'there is nothing that could be taken back by mistake' },
    { applied: ['1.0.0'], target: 'named', refused: null, why: 'a person said how far' },
  ] as const)('after $applied, its target being $target: $why', async ({ applied, target, refused }) => {
    const artifact = await verifiedChain(CHAIN);
    const rows = applied.map((text) => ['applied', text] as const);
    const past = history(artifact, ...rows, ['started', '1.2.0'], ['failed', '1.2.0']);
    const require = (): void => requireFinishedApply(past, target);
    if (refused === null) expect(require).not.toThrow();
    else
      expect(require).toThrow(
        expect.objectContaining({ code: 'RELEASE_UNFINISHED', message: expect.stringMatching(refused) as unknown }),
      );
  });
});
