import type { Node } from 'libpg-query';
import { loadModule, parseSync } from 'libpg-query';
import { beforeAll, describe, expect, it } from 'vitest';
import { classifyStatement, classifyUnparsed, classifyWithoutTransaction } from './classify.ts';
import type { StatementEffect } from './model.ts';

const RERUNNABLE = { kind: 'rerunnable' } as const;
const OWN_TRANSACTION = { kind: 'own-transaction' } as const;
const UNKNOWN = { kind: 'unknown' } as const;

function parseOne(sql: string): Node {
  const node = parseSync(sql).stmts?.[0]?.stmt;
  if (node === undefined) throw new RangeError('no statement');
  return node;
}

const ALONE: { sql: string; effect: StatementEffect; why: string }[] = [
  {
    sql: 'create index concurrently i on t (a)',
    effect: { kind: 'create-index', index: '"i"', table: '"t"', ifNotExists: false, unique: false },
    why: 'built in several transactions',
  },
  {
    sql: 'create unique index concurrently if not exists "I""x" on only S."T" (a)',
    effect: { kind: 'create-index', index: '"I""x"', table: '"s"."T"', ifNotExists: true, unique: true },
    why: 'names are folded and quoted, the index has its table’s schema',
  },
  {
    sql: 'create index concurrently on t (a)',
    effect: { kind: 'create-index', index: null, table: '"t"', ifNotExists: false, unique: false },
    why: 'the server chooses the name',
  },
  { sql: 'drop index concurrently if exists s.i', effect: { kind: 'drop-index', index: '"s"."i"' }, why: 'qualified' },
  { sql: 'drop index concurrently i', effect: { kind: 'drop-index', index: '"i"' }, why: 'not qualified' },
  { sql: 'drop index concurrently i, j', effect: UNKNOWN, why: 'PostgreSQL refuses several' },
  { sql: 'reindex index concurrently i', effect: RERUNNABLE, why: 'REINDEX CONCURRENTLY' },
  { sql: 'reindex (verbose, concurrently true) table t', effect: RERUNNABLE, why: 'the same as an option' },
  { sql: 'reindex schema s', effect: RERUNNABLE, why: 'one transaction for each table' },
  { sql: 'reindex (concurrently off) database', effect: RERUNNABLE, why: 'one for each table, concurrently or not' },
  { sql: 'reindex system d', effect: RERUNNABLE, why: 'the same' },
  { sql: 'vacuum', effect: RERUNNABLE, why: 'one transaction for each table' },
  { sql: 'vacuum (full, analyze) t', effect: RERUNNABLE, why: 'with a table too' },
  { sql: 'cluster', effect: RERUNNABLE, why: 'every table clustered before' },
  { sql: 'cluster (verbose)', effect: RERUNNABLE, why: 'the same' },
  { sql: "alter system set work_mem = '1MB'", effect: RERUNNABLE, why: 'writes a file' },
  { sql: 'alter system reset all', effect: RERUNNABLE, why: 'the same' },
  {
    sql: 'create database "D"',
    effect: { kind: 'create-database', name: '"D"' },
    why: 'copies files; the name quoted',
  },
  {
    sql: 'drop database if exists d with (force)',
    effect: { kind: 'drop-database', name: '"d"' },
    why: 'removes files',
  },
  { sql: 'alter database d set tablespace x', effect: RERUNNABLE, why: 'moves files' },
  {
    sql: "create tablespace ts location '/x'",
    effect: { kind: 'create-tablespace', name: '"ts"' },
    why: 'makes a folder',
  },
  { sql: 'drop tablespace ts', effect: { kind: 'drop-tablespace', name: '"ts"' }, why: 'removes it' },
  {
    sql: 'alter table s.t detach partition "P" concurrently',
    effect: { kind: 'detach-partition', table: '"s"."t"', partition: '"P"' },
    why: 'in two transactions',
  },
  {
    sql: "create subscription s connection '' publication p",
    effect: { kind: 'create-subscription', name: '"s"' },
    why: 'makes a slot on the publisher',
  },
  {
    sql: "create subscription s connection '' publication p with (connect, create_slot = on, enabled = false)",
    effect: { kind: 'create-subscription', name: '"s"' },
    why: 'says so',
  },
  {
    sql: 'drop subscription s',
    effect: { kind: 'drop-subscription', name: '"s"' },
    why: 'drops the slot, if there is one',
  },
  { sql: 'alter subscription s refresh publication', effect: RERUNNABLE, why: 'asks the publisher' },
  { sql: 'alter subscription s set publication p, q', effect: RERUNNABLE, why: 'refreshes by default' },
  { sql: 'alter subscription s add publication p', effect: UNKNOWN, why: 'a second time fails' },
  { sql: 'alter subscription s drop publication p with (refresh = true)', effect: UNKNOWN, why: 'a second time fails' },
  { sql: 'alter subscription s set (two_phase = off)', effect: RERUNNABLE, why: 'changes the slot' },
  { sql: 'alter subscription s set (failover)', effect: RERUNNABLE, why: 'changes the slot' },
  {
    sql: "alter type s.color add value if not exists 'red' before 'blue'",
    effect: OWN_TRANSACTION,
    why: 'usable after a commit',
  },
];

const TOGETHER = [
  { sql: 'create index i on t (a)', why: 'an ordinary index' },
  { sql: 'drop index i, j', why: 'dropped at once' },
  { sql: 'drop table t', why: 'another kind of object' },
  { sql: 'reindex table t', why: 'one table; a partitioned one cannot be told' },
  { sql: 'reindex (concurrently off) index i', why: 'not concurrently' },
  { sql: 'analyze', why: 'ANALYZE without VACUUM' },
  { sql: 'cluster t using i', why: 'one table' },
  { sql: 'discard temp', why: 'only DISCARD ALL is refused' },
  { sql: 'alter database d set work_mem = 1', why: 'a catalog row' },
  { sql: 'alter database d connection limit 3', why: 'a catalog row' },
  { sql: 'alter table t detach partition p', why: 'not concurrently' },
  { sql: 'alter table t detach partition p finalize', why: 'the second half of a detach' },
  { sql: 'alter table t add column a int, drop column b', why: 'other commands' },
  { sql: "create subscription s connection '' publication p with (create_slot = false)", why: 'no slot' },
  { sql: "create subscription s connection '' publication p with (connect = off)", why: 'no connection, no slot' },
  { sql: 'alter subscription s set publication p with (refresh = false)', why: 'a catalog row' },
  { sql: 'alter subscription s add publication p with (refresh = off)', why: 'a catalog row' },
  { sql: 'alter subscription s set (synchronous_commit = off)', why: 'an option of no slot' },
  { sql: 'alter subscription s disable', why: 'a catalog row' },
  { sql: "alter type color rename value 'red' to 'rot'", why: 'renames a row' },
  { sql: 'alter type pair add attribute c int', why: 'a composite type' },
  { sql: 'insert into t select 1', why: 'data' },
  { sql: 'do $$ begin end $$', why: 'it may COMMIT only outside a transaction' },
];

beforeAll(loadModule);

describe('classifyStatement', () => {
  it.each(ALONE)('$sql is $effect.kind: $why', ({ sql, effect }) => {
    expect(classifyStatement(parseOne(sql))).toEqual(effect);
    expect(classifyWithoutTransaction(parseOne(sql))).toEqual(effect);
  });

  it.each(TOGETHER)('$sql may share a transaction: $why', ({ sql }) => {
    expect(classifyStatement(parseOne(sql))).toBeNull();
  });
});

describe('classifyWithoutTransaction', () => {
  it.each([
    { sql: 'do $$ begin commit; end $$', effect: UNKNOWN, why: 'a DO block may commit' },
    { sql: 'call p()', effect: UNKNOWN, why: 'a procedure may commit' },
    { sql: 'create table t ()', effect: OWN_TRANSACTION, why: 'anything else is done whole or not at all' },
    { sql: 'analyze t', effect: OWN_TRANSACTION, why: 'anything else' },
  ])('$sql is $effect.kind: $why', ({ sql, effect }) => {
    expect(classifyWithoutTransaction(parseOne(sql))).toEqual(effect);
  });

  it.each([
    { word: 'DO', effect: UNKNOWN, why: 'as if parsed' },
    { word: 'CALL', effect: UNKNOWN, why: 'as if parsed' },
    { word: 'INSERT', effect: OWN_TRANSACTION, why: 'as if parsed' },
    { word: undefined, effect: OWN_TRANSACTION, why: 'no word, no DO' },
  ])('$word, not parsed, is $effect.kind: $why', ({ word, effect }) => {
    expect(classifyUnparsed(word)).toEqual(effect);
  });
});
