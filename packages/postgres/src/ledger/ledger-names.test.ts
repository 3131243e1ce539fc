import { expect, it } from 'vitest';
import { toLedgerNames } from './ledger-names.ts';

it('qualifies and quotes every name', () => {
  expect(toLedgerNames('My "ledger"')).toMatchObject({
    ledger: '"My ""ledger""".ledger',
    meta: '"My ""ledger""".meta',
  });
});

it.each([
  { name: '', why: 'empty' },
  { name: 'public', why: 'what the ledger’s schema holds is left out of snapshots' },
  { name: 'pg_ledger', why: 'reserved by PostgreSQL' },
  { name: 'information_schema', why: 'the server’s' },
  { name: 'x'.repeat(64), why: 'would be cut' },
])('refuses "$name": $why', ({ name }) => {
  expect(() => toLedgerNames(name)).toThrow(expect.objectContaining({ code: 'CONFIG_INVALID' }));
});
