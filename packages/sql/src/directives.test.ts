import { describe, expect, it } from 'vitest';
import { createDirectiveReader } from './directives.ts';
import { isSqlError, type SqlError } from './errors.ts';
import type { SqlDirectives } from './model.ts';
import { scanSql } from './scanner.ts';

function readDirectives(text: string): SqlDirectives {
  const sql = Buffer.from(text);
  const reader = createDirectiveReader(sql);
  scanSql(sql, { statement: () => undefined, lineComment: reader.read });
  return reader.directives;
}

function refusalOf(text: string): SqlError<'SQL_DIRECTIVE'> {
  try {
    readDirectives(text);
  } catch (thrown) {
    if (isSqlError(thrown, 'SQL_DIRECTIVE')) return thrown;
    throw thrown;
  }
  throw new RangeError('accepted');
}

describe('directives', () => {
  it.each([
    { text: '-- squizzle: transaction=off', directives: { transaction: 'off' }, why: 'the plain form' },
    { text: '--SQUIZZLE:transaction=off', directives: { transaction: 'off' }, why: 'case and blanks do not matter' },
    { text: '\t -- Squizzle: irreversible=ok', directives: { irreversible: 'ok' }, why: 'the line may be indented' },
    {
      text: '-- squizzle: lock_timeout=1s  statement_timeout=5min',
      directives: { lockTimeoutMs: 1000, statementTimeoutMs: 300_000 },
      why: 'several pairs in a line',
    },
    {
      text: '-- squizzle: lock_timeout=250ms\nselect 1;\n-- squizzle: statement_timeout=2h',
      directives: { lockTimeoutMs: 250, statementTimeoutMs: 7_200_000 },
      why: 'several lines, anywhere in the file',
    },
    {
      text: 'create table t (\n-- squizzle: transaction=off\na int)',
      directives: { transaction: 'off' },
      why: 'inside a statement',
    },
    {
      text: '-- squizzle: lock_timeout=1s\n-- squizzle: lock_timeout=1000ms',
      directives: { lockTimeoutMs: 1000 },
      why: 'the same value again',
    },
    { text: "select '\n-- squizzle: transaction=off\n'", directives: {}, why: 'a string is no comment' },
    { text: 'do $$\n-- squizzle: transaction=off\n$$', directives: {}, why: 'nor is a dollar-quoted body' },
    { text: '/*\n-- squizzle: transaction=off\n*/', directives: {}, why: 'nor does a block comment count' },
    { text: '-- see squizzle: transaction=off', directives: {}, why: 'a remark about squizzle' },
    { text: '-- squizzle is great', directives: {}, why: 'no colon' },
  ])('$why', ({ text, directives }) => {
    expect(readDirectives(text)).toEqual(directives);
  });

  it.each([
    { text: '-- squizzle: transation=off', offset: 13, contains: 'Did you mean transaction?', why: 'an unknown key' },
    {
      text: '-- squizzle: Lock_Timeout=1s',
      offset: 13,
      contains: 'Did you mean lock_timeout?',
      why: 'keys are in lower case',
    },
    {
      text: '-- squizzle: transaction=on',
      offset: 13,
      contains: 'expected transaction=off',
      why: 'on is the default, not a value',
    },
    { text: '-- squizzle: irreversible', offset: 13, contains: 'expected irreversible=ok', why: 'a value is missing' },
    { text: '-- squizzle: lock_timeout=5', offset: 13, contains: '500ms', why: 'a unit is missing' },
    { text: '-- squizzle: lock_timeout=0ms', offset: 13, contains: 'above 0', why: 'PostgreSQL reads 0 as no limit' },
    { text: '-- squizzle: lock_timeout=-1s', offset: 13, contains: 'above 0', why: 'negative' },
    { text: '-- squizzle: lock_timeout=1.5s', offset: 13, contains: 'whole number', why: 'a fraction' },
    {
      text: '-- squizzle: statement_timeout=600h',
      offset: 13,
      contains: 'statement_timeout',
      why: 'more than PostgreSQL can hold',
    },
    { text: '-- squizzle: lock_timeout=1s=2s', offset: 13, contains: 'lock_timeout=1s=2s', why: 'two values' },
    { text: '-- squizzle: lock_timeout = 1s', offset: 13, contains: 'lock_timeout', why: 'blanks around =' },
    { text: '-- squizzle: lock_timeout=1s, transaction=off', offset: 13, contains: '1s,', why: 'commas' },
    {
      text: '-- squizzle: lock_timeout=1s lock_timeout=2s',
      offset: 29,
      contains: 'each key once',
      why: 'two values for a key',
    },
    { text: '-- squizzle:  ', offset: 12, contains: 'found nothing', why: 'no pair' },
    {
      text: 'select 1; -- squizzle: transaction=off',
      offset: 10,
      contains: 'a line of its own',
      why: 'behind a statement',
    },
    { text: '-- squizzle: transaction=öff', offset: 13, contains: 'transaction=öff', why: 'not ASCII' },
  ])('refuses $text: $why', ({ text, offset, contains }) => {
    const error = refusalOf(text);
    expect(error.details.offset).toBe(offset);
    expect(`${error.message} ${error.hint}`).toContain(contains);
    expect(error.hint).toContain('-- squizzle: lock_timeout=1s');
  });
});
