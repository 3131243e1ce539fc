import { describe, expect, it } from 'vitest';
import { createSqlAnalyzer } from './analyzer.ts';

const analyzer = createSqlAnalyzer();

describe('hazards', () => {
  it.each([
    { sql: 'drop table t', hazards: ['drops-data'], why: 'rows' },
    { sql: 'drop schema s', hazards: ['drops-data'], why: 'a schema may hold tables' },
    { sql: 'drop database d', hazards: ['drops-data'], why: 'all of them' },
    { sql: 'drop owned by r', hazards: ['drops-data'], why: 'a role may own tables' },
    { sql: 'truncate t', hazards: ['drops-data'], why: 'rows' },
    { sql: 'alter table t add column a int, drop column b', hazards: ['drops-data'], why: 'a column' },
    { sql: 'alter type pair drop attribute a', hazards: ['drops-data'], why: 'a column of a composite type' },
    { sql: 'drop type t cascade', hazards: ['drops-data'], why: 'CASCADE takes columns of the type' },
    { sql: 'drop extension e cascade', hazards: ['drops-data'], why: 'and of an extension’s types' },
    { sql: 'drop type t', hazards: [], why: 'refused while columns use it' },
    { sql: 'drop view v cascade; drop index i; drop function f', hazards: [], why: 'definitions, no data' },
    { sql: 'alter foreign table t drop column a, alter column b type int', hazards: [], why: 'its data is elsewhere' },
    { sql: 'delete from t', hazards: [], why: 'an author knows what DELETE does' },
    { sql: 'alter table t alter a type bigint', hazards: ['rewrites-table'], why: 'all rows' },
    { sql: 'alter table t alter a set default 1', hazards: [], why: 'no row' },
    { sql: "alter type t add value 'x'", hazards: ['enum-value'], why: 'no way back' },
    { sql: "alter type t rename value 'x' to 'y'", hazards: [], why: 'there is a way back' },
    { sql: 'create index concurrently on t (a)', hazards: ['unnamed-concurrent-index'], why: 'cannot be found again' },
    { sql: 'create index concurrently i on t (a)', hazards: [], why: 'the good form' },
    { sql: 'create index i on t (a)', hazards: ['index-not-concurrent'], why: 'blocks writers' },
    { sql: 'create table t (a int); create index on t (a)', hazards: [], why: 'nobody writes to a table just made' },
    { sql: 'create table s.t (a int); create index on t (a)', hazards: [], why: 'it may be that one' },
    { sql: 'create table t (a int); create index on s.t (a)', hazards: [], why: 'it may be that one' },
    {
      sql: 'create table s.t (a int); create index on r.t (a)',
      hazards: ['index-not-concurrent'],
      why: 'another schema',
    },
    { sql: 'create table t (a int); create index on u (a)', hazards: ['index-not-concurrent'], why: 'another table' },
    { sql: 'create index on t (a); create table t (a int)', hazards: ['index-not-concurrent'], why: 'made afterwards' },
    { sql: 'create materialized view v as select 1 a; create index on v (a)', hazards: [], why: 'a view just made' },
    { sql: 'select 1 a into t; create index on t (a)', hazards: [], why: 'SELECT INTO makes a table' },
    { sql: "set search_path = ''", hazards: ['session-settings'], why: 'outlives the file' },
    { sql: 'set session authorization r', hazards: ['session-settings'], why: 'a setting' },
    { sql: 'set role r', hazards: ['session-settings'], why: 'a setting' },
    { sql: 'reset all', hazards: ['session-settings'], why: 'undoes ours' },
    { sql: 'reset role', hazards: ['session-settings'], why: 'a setting' },
    {
      sql: 'set session characteristics as transaction read only',
      hazards: ['session-settings'],
      why: 'of the session',
    },
    {
      sql: 'set local role r; set transaction read only; set constraints all deferred',
      hazards: [],
      why: 'end with the transaction',
    },
    { sql: 'alter role r set search_path = a', hazards: [], why: 'of later sessions' },
    { sql: "select pg_catalog.set_config('a', 'b', false)", hazards: ['session-settings'], why: 'SET as a function' },
    {
      sql: "with c as (select set_config('a', 'b', $1)) insert into t select * from c",
      hazards: ['session-settings'],
      why: 'perhaps, deep inside',
    },
    { sql: "select set_config('a', 'b', true), 1 as set_config", hazards: [], why: 'SET LOCAL as a function' },
    { sql: "create view v as select set_config('a', 'b', false)", hazards: [], why: 'a definition runs nothing' },
    { sql: 'select set_config from t', hazards: [], why: 'a column' },
    { sql: "select 'set_config(1)'", hazards: [], why: 'a string' },
    {
      sql: "truncate t; alter type t add value 'x'; drop table t",
      hazards: ['drops-data', 'enum-value'],
      why: 'sorted, each once',
    },
  ])('$sql → $hazards: $why', async ({ sql, hazards }) => {
    expect((await analyzer.analyze(Buffer.from(sql))).hazards).toEqual(hazards);
  });
});
