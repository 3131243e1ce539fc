import type { Plan } from '@squizzle/core';
import { expect, it } from 'vitest';
import { PLAIN } from './paint.ts';
import { planLines, toPlanJson } from './plan-report.ts';

const part = (path: string, more: object = {}) => {
  return {
    release: '1.1.0',
    path,
    kind: 'migration',
    start: 0,
    end: 9,
    settings: {},
    checks: [],
    verifies: [],
    locks: 0,
    ...more,
  };
};
const CHECK = { sql: 'SELECT count(*) = 0\n  FROM old_orders', line: 3 };

function planOf(...segments: readonly object[]): Plan {
  const release = { version: '1.1.0', digest: `sha256:${'a'.repeat(64)}`, segments, resume: null };
  const artifact = {
    root: { digest: release.digest },
    signer: null,
    unsignedReason: 'a test',
    policyDigest: null,
    attestations: [],
  };
  return {
    direction: 'up',
    name: 'shop',
    environment: 'production',
    artifact,
    expectedHead: null,
    from: '1.0.0',
    to: '1.1.0',
    releases: [release],
  } as unknown as Plan;
}

it('shows what must be true before and after a file, and how many locks a large transaction takes', () => {
  const plan = planOf(
    {
      kind: 'transaction',
      parts: [
        part('migrations/1.sql', { checks: [CHECK], locks: 4_000 }),
        part('migrations/1.sql', { verifies: [{ sql: `SELECT ${'x'.repeat(200)}`, line: 9 }] }),
        part('migrations/2.sql', { locks: 1_200 }),
      ],
    },
    { kind: 'statement', part: part('migrations/3.sql', { checks: [CHECK] }), effect: { kind: 'create-index' } },
  );
  expect(planLines(plan, 'memory', PLAIN).slice(2)).toEqual([
    '1.1.0 sha256:aaaaaaaaaaaa',
    '  in one transaction, which takes about 5200 locks:',
    '    migrations/1.sql',
    '      before: SELECT count(*) = 0 FROM old_orders',
    `      after: SELECT ${'x'.repeat(82)}…`,
    '    migrations/2.sql',
    '  alone, outside any transaction (create-index):',
    '    migrations/3.sql [bytes 0-9]',
    '      before: SELECT count(*) = 0 FROM old_orders',
  ]);
  const [transaction, statement] = toPlanJson(plan, 'memory', []).releases[0]?.segments ?? [];
  expect(transaction).toMatchObject({ files: ['migrations/1.sql', 'migrations/2.sql'], locks: 5_200 });
  expect(transaction?.checks).toHaveLength(2);
  expect(statement?.checks).toEqual([{ file: 'migrations/3.sql', line: 3, when: 'before', sql: CHECK.sql }]);
});

it('says nothing of few locks', () => {
  const lines = planLines(planOf({ kind: 'transaction', parts: [part('a.sql', { locks: 999 })] }), 'memory', PLAIN);
  expect(lines).toContain('  in one transaction:');
});
