import { loadModule, parseSync } from 'libpg-query';
import { beforeAll, describe, expect, it } from 'vitest';
import { checkTransactionControl } from './transaction-control.ts';

function check(sql: string, transaction?: 'off'): void {
  for (const { stmt } of parseSync(sql).stmts ?? [])
    checkTransactionControl(Buffer.from(sql), 0, stmt ?? { SelectStmt: {} }, transaction);
}

beforeAll(loadModule);

describe('checkTransactionControl', () => {
  it.each([
    { sql: 'begin', statement: 'BEGIN', why: 'begins one' },
    { sql: 'begin work isolation level serializable', statement: 'BEGIN', why: 'with options' },
    { sql: 'start transaction', statement: 'START TRANSACTION', why: 'the standard’s word' },
    { sql: 'commit', statement: 'COMMIT', why: 'ends ours' },
    { sql: 'commit and chain', statement: 'COMMIT', why: 'ends ours and begins another' },
    { sql: 'end', statement: 'COMMIT', why: 'another word for it' },
    { sql: 'rollback', statement: 'ROLLBACK', why: 'undoes ours' },
    { sql: 'abort', statement: 'ROLLBACK', why: 'another word for it' },
    { sql: "prepare transaction 'x'", statement: 'PREPARE TRANSACTION', why: 'takes ours away' },
    { sql: "commit prepared 'x'", statement: 'COMMIT PREPARED', why: 'somebody else’s' },
    { sql: 'discard all', statement: 'DISCARD ALL', why: 'releases the migration lock' },
    { sql: "rollback prepared 'x'", statement: 'ROLLBACK PREPARED', why: 'somebody else’s' },
  ])('refuses $sql as $statement: $why', ({ sql, statement }) => {
    for (const transaction of [undefined, 'off'] as const) {
      expect(() => check(sql, transaction)).toThrow(
        expect.objectContaining({
          code: 'SQL_TRANSACTION_CONTROL',
          details: { line: 1, column: 1, offset: 0, statement },
        }),
      );
    }
  });

  it.each([
    { sql: 'savepoint a', statement: 'SAVEPOINT', why: 'begins a part' },
    { sql: 'release a', statement: 'RELEASE SAVEPOINT', why: 'ends it' },
    { sql: 'rollback to a', statement: 'ROLLBACK TO SAVEPOINT', why: 'undoes it' },
  ])('allows $sql, except where every statement is alone: $why', ({ sql, statement }) => {
    expect(() => check(sql)).not.toThrow();
    expect(() => check(sql, 'off')).toThrow(`expected no ${statement} under transaction=off`);
  });

  it.each([
    { sql: 'select 1', why: 'no transaction statement' },
    { sql: 'do $$ begin commit; end $$', why: 'a block is opaque' },
    { sql: 'set transaction read only', why: 'a setting of ours' },
    { sql: 'discard plans', why: 'only ALL gives up locks' },
    { sql: 'prepare p as select 1', why: 'a prepared statement' },
  ])('allows $sql: $why', ({ sql }) => {
    expect(() => check(sql, 'off')).not.toThrow();
  });
});
