/**
 * `measured`: entries of `pg_locks` that the statement's transaction held at its end, the larger figure of PostgreSQL 14
 * and 18, fast-path locks counted, locks of schemas and of the transaction left out. Tables that the text does not
 * create were there: `p (id bigint PRIMARY KEY, name text, q int)`, `r (a int)`, or as `given` says.
 */
import { describe, expect, it } from 'vitest';
import { createSqlAnalyzer } from '../analyzer.ts';

const analyzer = createSqlAnalyzer({ maxParsedBytes: 10_000 });
const estimate = async (sql: string): Promise<number> => (await analyzer.analyze(Buffer.from(sql))).locks ?? 0;

describe('locks: as many as measured, and at most half as many more or two', () => {
  it.each([
    { sql: 'select 1', measured: 0 },
    { sql: 'create table t ()', measured: 1 },
    { sql: 'create table t (a int)', measured: 1 },
    { sql: 'create table t (a varchar(10), b numeric(10,2), c char(3), d bit(8), e "char", f interval)', measured: 1 },
    { sql: 'create table t (a varchar(255), b int)', measured: 1 },
    { sql: 'create table t (a varchar(255), b varchar(255))', measured: 3 },
    { sql: 'create table t (a int, b numeric)', measured: 3 },
    { sql: 'create table t (a int[])', measured: 3 },
    { sql: 'create table t (a jsonb)', measured: 3 },
    { sql: "create type e as enum ('a'); create table t (a e, b int)", measured: 1 },
    { sql: 'create table t (a int primary key)', measured: 2 },
    { sql: 'create table t (id serial primary key, v text)', measured: 5 },
    {
      sql: 'create table t (id bigint primary key, name text not null, created timestamptz default now())',
      measured: 4,
    },
    {
      sql: 'create table t (id bigint generated always as identity primary key, email text unique not null)',
      measured: 6,
    },
    { sql: 'create table t (a int references p, b int references p)', measured: 2 },
    { sql: 'create table t (a int primary key, p bigint references p (id), n text, unique (p, n))', measured: 6 },
    { sql: 'create table t (a int, exclude using gist (a with =))', measured: 2 },
    { sql: 'create table t (like p including all)', measured: 5 },
    { sql: 'create table t (c int) inherits (p)', measured: 4 },
    { sql: 'create table t as select * from p', measured: 5 },
    { sql: 'select * into t from p', measured: 5 },
    { sql: 'create materialized view v as select * from p', measured: 10 },
    { sql: 'create table m (a int primary key, b text) partition by range (a)', measured: 2 },
    {
      sql: 'create table m1 partition of m for values from (1) to (2)',
      measured: 8,
      given: 'a primary key and an index',
    },
    {
      sql:
        'create table m (a int primary key, b text) partition by range (a); create table m1 partition of m for values from (1) to (2);' +
        'create table m2 partition of m for values from (2) to (3); create index on m (b)',
      measured: 13,
    },
    { sql: 'create schema app', measured: 0 },
    { sql: 'create schema app create table t (a int primary key) create view v as select * from t', measured: 3 },
    { sql: 'create index i on p (name)', measured: 2 },
    { sql: 'create view v as select p.id from p join r on r.a = p.id', measured: 3 },
    { sql: 'create view v as with w as (select * from p) select * from w', measured: 2 },
    { sql: 'create function f() returns bigint language sql as $$ select count(*) from p $$', measured: 1 },
    { sql: 'create function f() returns bigint begin atomic select count(*) from p; end', measured: 1 },
    { sql: 'create function f() returns int language plpgsql as $$ begin return 1; end $$', measured: 0 },
    { sql: "create type e as enum ('a')", measured: 0 },
    { sql: 'create type c as (a int, b text)', measured: 1 },
    { sql: 'create domain d as int check (value > 0)', measured: 0 },
    { sql: 'create sequence s; alter sequence s restart 5', measured: 1 },
    { sql: 'create trigger g before insert on p for each row execute function f()', measured: 1 },
    { sql: 'create policy x on p using (true)', measured: 1 },
    { sql: 'create rule x as on insert to p do also notify x', measured: 1 },
    { sql: 'create statistics s on id, q from p', measured: 1 },
    { sql: 'create publication u for table p', measured: 1 },
    { sql: 'create foreign table f (a int) server s', measured: 1 },
    { sql: 'create extension citext', measured: 2 },
    { sql: 'create role x', measured: 3 },
    { sql: 'grant x to postgres', measured: 3 },
    { sql: 'alter table p add column z int default 0', measured: 1 },
    {
      sql: "alter table p add column z timestamptz default now(), add y int[] default array[1, '2'::int]",
      measured: 1,
    },
    { sql: 'alter table r add column z text', measured: 3 },
    { sql: 'alter table p add column z int unique', measured: 2 },
    { sql: 'alter table p add column z uuid default gen_random_uuid()', measured: 9 },
    { sql: 'alter table p add column z int generated always as (q * 2) stored', measured: 9 },
    { sql: 'alter table p add column z serial', measured: 10 },
    { sql: 'alter table p alter q type bigint', measured: 10 },
    { sql: 'alter table p set unlogged', measured: 9 },
    { sql: 'alter table p owner to x', measured: 5 },
    { sql: 'alter view v owner to x', measured: 2 },
    { sql: 'alter table p set (fillfactor = 50)', measured: 2 },
    { sql: 'alter table p alter q set not null', measured: 1 },
    { sql: 'alter table p alter q drop not null', measured: 2 },
    { sql: 'alter table p alter q set default 4', measured: 2, given: 'a default' },
    { sql: 'alter table p alter q drop identity', measured: 2, given: 'an identity' },
    { sql: 'alter table p alter q add generated always as identity', measured: 2 },
    { sql: 'alter table p add check (q > 0)', measured: 1 },
    { sql: 'alter table p add primary key (id)', measured: 2, given: 'none' },
    { sql: 'alter table p add constraint u unique using index i', measured: 2 },
    { sql: 'alter table r add foreign key (a) references p', measured: 3 },
    { sql: 'alter table r validate constraint k', measured: 3, given: 'a foreign key' },
    { sql: 'alter table r drop constraint k', measured: 7, given: 'a foreign key' },
    { sql: 'alter table p drop column q', measured: 4, given: 'a serial column' },
    { sql: 'alter table m attach partition p for values from (1) to (2)', measured: 7, given: 'indexes, a default' },
    { sql: 'alter table m detach partition m1', measured: 3, given: 'an index' },
    { sql: 'alter table p rename to pp; alter table p rename q to qq', measured: 1 },
    { sql: 'alter index i rename to j', measured: 1 },
    { sql: 'alter table p set schema o', measured: 1 },
    { sql: "alter type e rename value 'a' to 'b'", measured: 1 },
    { sql: 'alter function f() owner to x', measured: 1 },
    { sql: 'drop table t', measured: 8, given: 'p' },
    { sql: 'drop table t', measured: 11, given: 'as the third above, and an index' },
    { sql: 'drop table p cascade', measured: 16, given: 'two views' },
    { sql: 'drop table p cascade', measured: 14, given: 'a foreign key' },
    { sql: 'create table t (id serial primary key, v text); drop table t', measured: 10 },
    { sql: 'drop view v', measured: 4 },
    { sql: 'drop materialized view v', measured: 6 },
    { sql: 'drop index i', measured: 2 },
    { sql: 'drop function f', measured: 1 },
    { sql: 'drop type e', measured: 2 },
    { sql: 'drop domain d', measured: 3 },
    { sql: 'drop sequence s', measured: 1 },
    { sql: 'drop schema app', measured: 1 },
    { sql: 'drop schema app cascade', measured: 9, given: 'one table' },
    { sql: 'drop trigger g on p; drop policy x on p', measured: 3 },
    { sql: 'drop extension hstore', measured: 125 },
    { sql: 'insert into r values (1)', measured: 3, given: 'a foreign key' },
    { sql: 'insert into p values (1); insert into p values (2); update p set q = 1', measured: 2 },
    { sql: 'delete from p', measured: 4, given: 'a foreign key of another table' },
    { sql: 'merge into p using (values (1)) v(i) on p.id = v.i when matched then delete', measured: 2 },
    { sql: "copy p to '/dev/null'", measured: 1 },
    { sql: 'truncate p', measured: 4 },
    { sql: 'truncate p cascade', measured: 6, given: 'a foreign key of another table' },
    { sql: 'lock table p', measured: 1 },
    { sql: 'analyze p', measured: 2 },
    { sql: 'analyze', measured: 194 },
    { sql: 'reindex table p', measured: 4 },
    { sql: 'cluster p using i', measured: 9 },
    { sql: 'refresh materialized view v', measured: 10 },
    { sql: 'refresh materialized view concurrently v', measured: 14 },
    { sql: "comment on table p is 'x'; comment on column p.q is 'x'", measured: 2 },
    { sql: "comment on function f() is 'x'", measured: 2 },
    { sql: 'grant select on p to public', measured: 1 },
    { sql: 'grant execute on function f() to public', measured: 1 },
    { sql: 'grant select on all tables in schema public to public', measured: 0 },
    { sql: "set search_path = 'a'; set constraints all deferred", measured: 0 },
    { sql: 'do $$ begin insert into p values (1); end $$', measured: 2 },
    {
      sql:
        'create table t (id serial primary key, v text); create index on t (v); alter table t add z int;' +
        'insert into t values (1); select * from t',
      measured: 6,
    },
  ])('$measured: $sql', async ({ sql, measured }) => {
    const locks = await estimate(sql);
    expect(locks).toBeGreaterThanOrEqual(measured);
    expect(locks).toBeLessThanOrEqual(Math.max(measured * 1.5, measured + 2));
  });
});

describe('locks', () => {
  it('of 1,000 ordinary tables fit three quarters of the smallest lock table that servers have by default', async () => {
    const table = (at: number): string =>
      `create table t${at} (id bigint primary key, name text not null, created timestamptz default now());`;
    expect(await estimate(Array.from({ length: 100 }, (_, at) => table(at)).join('\n'))).toBe(400);
    expect(10 * 400).toBeLessThan(0.75 * 64 * 100);
  });

  it('are left out where there are none, so that no manifest says 0', async () => {
    expect(await analyzer.analyze(Buffer.from('set a = 1'))).not.toHaveProperty('locks');
  });

  it.each([
    { sql: 'create index concurrently i on p (q); vacuum', locks: 0, why: 'they run outside of the transaction' },
    { sql: '-- squizzle: transaction=off\ncreate table t (a int)', locks: 0, why: 'each has a transaction of its own' },
    {
      sql: 'create table t (a int); create index concurrently i on p (q)',
      locks: 1,
      why: 'the others still share one',
    },
    { sql: 'create table a.t (a int); drop table t', locks: 13, why: 'it may be another table' },
    {
      sql: `${'insert into t values (1);\n'.repeat(500)}create table u (a int);`,
      locks: 9,
      why: 'data that is not parsed counts little, what is parsed in between as always',
    },
  ])('$sql → $locks: $why', async ({ sql, locks }) => expect(await estimate(sql)).toBe(locks));
});
